/* ids.c - interned names: an array of names by slot, and an open hash table of slots with linear probing.
 *
 * The table has a power of two of places, at most half of them taken; it holds slot + 1, so that 0 is an empty place. Names
 * are never removed. Hashes are kept, so that growing does not read the names again. */
#include "base/ids.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define IDS_ROOM_FIRST 64

struct sp_ids {
	char **names;
	uint32_t *hashes; /* of the names, by slot */
	uint32_t n, room; /* names, and room for them */
	uint32_t *places; /* slot + 1, or 0 */
	uint64_t mask;    /* number of places - 1 */
};

/* FNV-1a, then a last mixing (of MurmurHash3), since only low bits choose the place. */
static uint32_t ids_hash(const char *text, size_t n)
{
	uint32_t hash = UINT32_C(2166136261);
	for (size_t i = 0; i < n; i++) {
		hash = (hash ^ (unsigned char)text[i]) * UINT32_C(16777619);
	}
	hash = (hash ^ hash >> 16) * UINT32_C(0x85ebca6b);
	hash = (hash ^ hash >> 13) * UINT32_C(0xc2b2ae35);
	return hash ^ hash >> 16;
}

/* What a name may be made of. */
static const bool ids_letters[UINT8_MAX + 1] = {
    ['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true, ['.'] = true, ['_'] = true,
    [':'] = true,         ['/'] = true,         ['@'] = true,         ['+'] = true, ['-'] = true,
};

sp_status sp_id_check(const char *text, size_t n)
{
	SP_ASSERT(text != NULL || n == 0);
	if (n == 0 || n > SP_ID_MAX) {
		return SP_E_SYNTAX;
	}
	for (size_t i = 0; i < n; i++) {
		if (!ids_letters[(unsigned char)text[i]]) {
			return SP_E_SYNTAX;
		}
	}
	return SP_OK;
}

sp_ids *sp_ids_open(void)
{
	return calloc(1, sizeof(sp_ids));
}

void sp_ids_close(sp_ids *ids)
{
	if (ids == NULL) {
		return;
	}
	for (uint32_t i = 0; i < ids->n; i++) {
		free(ids->names[i]);
	}
	free(ids->names);
	free(ids->hashes);
	free(ids->places);
	free(ids);
}

/* The place of a name, or the empty one where it would go. */
static uint64_t ids_place(const sp_ids *ids, const char *text, size_t n, uint32_t hash)
{
	uint64_t place = hash & ids->mask;
	while (ids->places[place] != 0) {
		const uint32_t slot = ids->places[place] - 1;
		const char *name = ids->names[slot];
		if (ids->hashes[slot] == hash && strncmp(name, text, n) == 0 && name[n] == '\0') {
			break;
		}
		place = (place + 1) & ids->mask;
	}
	return place;
}

static void ids_fill_places(sp_ids *ids)
{
	for (uint32_t slot = 0; slot < ids->n; slot++) {
		uint64_t place = ids->hashes[slot] & ids->mask;
		while (ids->places[place] != 0) {
			place = (place + 1) & ids->mask;
		}
		ids->places[place] = slot + 1;
	}
}

/* Doubles the room. Each array is whole at every moment, so that running out of memory leaves the names as they were. */
static sp_status ids_grow(sp_ids *ids)
{
	const uint32_t room = ids->room == 0 ? IDS_ROOM_FIRST : ids->room > UINT32_MAX / 2 ? UINT32_MAX - 1 : ids->room * 2;
	uint64_t n_places = 2;
	while (n_places < 2 * (uint64_t)room) {
		n_places *= 2;
	}
	char **names = realloc(ids->names, room * sizeof *names);
	if (names == NULL) {
		return SP_E_MEMORY;
	}
	ids->names = names;
	uint32_t *hashes = realloc(ids->hashes, room * sizeof *hashes);
	if (hashes == NULL) {
		return SP_E_MEMORY;
	}
	ids->hashes = hashes;
	uint32_t *places = calloc(n_places, sizeof *places);
	if (places == NULL) {
		return SP_E_MEMORY;
	}
	free(ids->places);
	ids->places = places;
	ids->mask = n_places - 1;
	ids->room = room;
	ids_fill_places(ids);
	return SP_OK;
}

static sp_status ids_append(sp_ids *ids, const char *text, size_t n, uint32_t *slot)
{
	if (ids->n == SP_NO_SLOT - 1) {
		return SP_E_FULL;
	}
	if (ids->n == ids->room && ids_grow(ids) != SP_OK) {
		return SP_E_MEMORY;
	}
	char *name = strndup(text, n);
	if (name == NULL) {
		return SP_E_MEMORY;
	}
	const uint32_t hash = ids_hash(text, n);
	ids->names[ids->n] = name;
	ids->hashes[ids->n] = hash;
	*slot = ids->n++;
	ids->places[ids_place(ids, text, n, hash)] = ids->n;
	return SP_OK;
}

sp_status sp_ids_add(sp_ids *ids, const char *text, size_t n, uint32_t *slot)
{
	SP_ASSERT(ids != NULL && slot != NULL);
	if (sp_id_check(text, n) != SP_OK) {
		return SP_E_SYNTAX;
	}
	const uint32_t known = sp_ids_find(ids, text, n);
	if (known != SP_NO_SLOT) {
		*slot = known;
		return SP_OK;
	}
	return ids_append(ids, text, n, slot);
}

uint32_t sp_ids_find(const sp_ids *ids, const char *text, size_t n)
{
	SP_ASSERT(ids != NULL);
	if (ids->n == 0 || n == 0 || n > SP_ID_MAX) {
		return SP_NO_SLOT;
	}
	const uint32_t found = ids->places[ids_place(ids, text, n, ids_hash(text, n))];
	return found != 0 ? found - 1 : SP_NO_SLOT;
}

const char *sp_ids_name(const sp_ids *ids, uint32_t slot)
{
	SP_ASSERT(ids != NULL);
	SP_ASSERT(slot < ids->n);
	return ids->names[slot];
}

uint32_t sp_ids_count(const sp_ids *ids)
{
	SP_ASSERT(ids != NULL);
	return ids->n;
}

const char *sp_ids_nearest(const sp_ids *ids, const char *text, size_t n)
{
	SP_ASSERT(ids != NULL);
	unsigned limit = n / 3 < 3 ? (unsigned)(n / 3) : 3;
	const char *best = NULL;
	for (uint32_t slot = 0; slot < ids->n; slot++) {
		const char *name = ids->names[slot];
		const unsigned distance = sp_text_distance(name, strlen(name), text, n, limit);
		if (distance > limit) {
			continue;
		}
		best = name;
		if (distance == 0) {
			break;
		}
		limit = distance - 1; /* the first of equals stays */
	}
	return best;
}
