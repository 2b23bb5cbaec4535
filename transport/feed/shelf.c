/* shelf.c - see shelf.h. A family is one block of memory: its prices as told, all of them where some were kept besides, and the
 * texts. A put builds the blocks first and exchanges them when all are there, so that it happens wholly or not at all. */
#include "transport/feed/shelf.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/ids.h"

/* A family's block; the prices and texts follow it. */
typedef struct shelf_family {
	sp_frame_group told;
	sp_frame_group whole; /* told, and what was kept beside it */
} shelf_family;

struct sp_shelf {
	shelf_family **families; /* in bytewise order */
	sp_frame_group *wholes;  /* of each, side by side */
	uint32_t n, room;
};

/* What is to be built: a group, the family that stands here (or NULL), and when. */
typedef struct shelf_turn {
	const sp_frame_group *group, *old; /* old: all of it */
	int64_t now_ns, soonest_ns;
	bool in_force_only; /* keep no more than what counts now */
} shelf_turn;

sp_shelf *sp_shelf_open(void)
{
	return calloc(1, sizeof(sp_shelf));
}

void sp_shelf_close(sp_shelf *shelf)
{
	for (uint32_t i = 0; shelf != NULL && i < shelf->n; i++) {
		free(shelf->families[i]);
	}
	if (shelf != NULL) {
		free(shelf->families);
		free(shelf->wholes);
	}
	free(shelf);
}

/* --- looking up --- */

/* The first place whose family is not before the name (or, with `after`, is behind it). */
static uint32_t shelf_search(const sp_shelf *shelf, const char *family, bool after)
{
	uint32_t low = 0, high = shelf->n;
	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;
		const int order = strcmp(shelf->wholes[middle].family, family);
		if (order < 0 || (after && order == 0)) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static const shelf_family *shelf_find(const sp_shelf *shelf, const char *family)
{
	const uint32_t place = shelf_search(shelf, family, false);
	const bool is_there = place < shelf->n && strcmp(shelf->wholes[place].family, family) == 0;
	return is_there ? shelf->families[place] : NULL;
}

const sp_frame_group *sp_shelf_told(const sp_shelf *shelf, const char *family)
{
	SP_ASSERT(shelf != NULL && family != NULL);
	const shelf_family *found = shelf_find(shelf, family);
	return found != NULL ? &found->told : NULL;
}

const sp_frame_group *sp_shelf_groups(const sp_shelf *shelf, uint32_t *n_groups)
{
	SP_ASSERT(shelf != NULL && n_groups != NULL);
	*n_groups = shelf->n;
	return shelf->wholes;
}

uint32_t sp_shelf_after(const sp_shelf *shelf, const char *family)
{
	SP_ASSERT(shelf != NULL && family != NULL);
	return shelf_search(shelf, family, true);
}

/* --- what differs --- */

static bool shelf_is_same(const sp_price *told, const sp_price *given)
{
	return strcmp(told->sku_id, given->sku_id) == 0 && strcmp(told->unit, given->unit) == 0 &&
	       told->version == given->version && told->parent == given->parent &&
	       told->before.nano == given->before.nano && told->amount.nano == given->amount.nano &&
	       told->fallback.nano == given->fallback.nano && told->offer == given->offer &&
	       told->not_before_ns >= given->not_before_ns && told->not_before_existing_ns >= given->not_before_existing_ns;
}

bool sp_shelf_differs(const sp_shelf *shelf, const sp_frame_group *group)
{
	SP_ASSERT(shelf != NULL && group != NULL);
	const sp_frame_group *told = sp_shelf_told(shelf, group->family);
	if (told == NULL || told->n_prices != group->n_prices) {
		return true;
	}
	for (uint32_t i = 0; i < group->n_prices; i++) {
		if (!shelf_is_same(&told->prices[i], &group->prices[i])) {
			return true;
		}
	}
	return false;
}

/* --- building a family --- */

/* The prices of one SKU among a family's: from `first`, so many. */
typedef struct shelf_run {
	const sp_price *prices;
	uint32_t n;
} shelf_run;

static shelf_run shelf_run_at(const sp_frame_group *group, uint32_t first)
{
	uint32_t n = 1;
	while (first + n < group->n_prices && strcmp(group->prices[first].sku_id, group->prices[first + n].sku_id) == 0) {
		n++;
	}
	return (shelf_run){group->prices + first, n};
}

/* The old prices of a SKU. `*at` goes forward with the SKUs, which are in order. */
static shelf_run shelf_run_of(const sp_frame_group *old, const char *sku, uint32_t *at)
{
	while (old != NULL && *at < old->n_prices && strcmp(old->prices[*at].sku_id, sku) < 0) {
		++*at;
	}
	const bool is_there = old != NULL && *at < old->n_prices && strcmp(old->prices[*at].sku_id, sku) == 0;
	return is_there ? shelf_run_at(old, *at) : (shelf_run){0};
}

static const sp_price *shelf_version(shelf_run run, uint64_t version)
{
	for (uint32_t i = 0; i < run.n; i++) {
		if (run.prices[i].version == version) {
			return &run.prices[i];
		}
	}
	return NULL;
}

static int64_t later(int64_t a_ns, int64_t b_ns)
{
	return a_ns > b_ns ? a_ns : b_ns;
}

/* The dates under which a price is told. Of a version that is there with another amount (a price of the world's own) they are as
 * given, as they are of a SKU that nobody knows yet. */
static void shelf_date(sp_price *price, shelf_run old, int64_t soonest_ns)
{
	const sp_price *there = shelf_version(old, price->version);
	if (old.n == 0 || (there != NULL && there->amount.nano != price->amount.nano)) {
		return;
	}
	price->not_before_ns = later(price->not_before_ns, there != NULL ? there->not_before_ns : soonest_ns);
	price->not_before_existing_ns =
	    later(price->not_before_existing_ns, there != NULL ? there->not_before_existing_ns : soonest_ns);
}

/* Copies what is kept of a SKU: what counts before its first version does. Returns how many. */
static uint32_t shelf_keep(const shelf_turn *turn, shelf_run old, const sp_price *first, sp_price *kept)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < old.n && old.prices[i].version < first->version; i++) {
		const int64_t from_ns = old.prices[i].not_before_ns;
		if (first->not_before_ns <= turn->now_ns || from_ns >= first->not_before_ns) {
			continue;
		}
		if (from_ns <= turn->now_ns) {
			n = 0; /* what counted before it does no more */
		} else if (turn->in_force_only) {
			continue;
		}
		kept[n++] = old.prices[i];
	}
	return n;
}

/* A group under its dates, and with what is kept: `*whole` has room for both. Returns how many prices that is. */
static uint32_t shelf_merge(const shelf_turn *turn, sp_price *told, sp_price *whole)
{
	uint32_t n = 0, at = 0;
	for (uint32_t i = 0; i < turn->group->n_prices;) {
		const shelf_run run = shelf_run_at(turn->group, i);
		const shelf_run old = shelf_run_of(turn->old, run.prices[0].sku_id, &at);
		for (uint32_t k = 0; k < run.n; k++) {
			told[i + k] = run.prices[k];
			shelf_date(&told[i + k], old, turn->soonest_ns);
		}
		n += shelf_keep(turn, old, &told[i], whole + n);
		memcpy(whole + n, told + i, run.n * sizeof *whole);
		n += run.n;
		i += run.n;
	}
	return n;
}

static size_t shelf_text_size(const sp_price *prices, uint32_t n)
{
	size_t size = 0;
	for (uint32_t i = 0; i < n; i++) {
		size += strlen(prices[i].sku_id) + 1 + strlen(prices[i].unit) + 1;
	}
	return size;
}

static const char *shelf_copy_text(char **at, const char *text)
{
	char *copy = *at;
	const size_t size = strlen(text) + 1;
	memcpy(copy, text, size);
	*at += size;
	return copy;
}

static sp_price *shelf_copy_prices(sp_price *to, const sp_price *prices, uint32_t n, char **texts)
{
	for (uint32_t i = 0; i < n; i++) {
		to[i] = prices[i];
		to[i].sku = SP_NO_SLOT; /* the caller's; means nothing here */
		to[i].sku_id = shelf_copy_text(texts, prices[i].sku_id);
		to[i].unit = shelf_copy_text(texts, prices[i].unit);
	}
	return to;
}

static shelf_family *shelf_block(const char *name, const sp_price *told, uint32_t n_told, const sp_price *whole,
                                 uint32_t n_whole)
{
	const uint32_t n_apart = n_whole > n_told ? n_whole : 0; /* the same where nothing was kept */
	const size_t prices_size = ((size_t)n_told + n_apart) * sizeof(sp_price);
	shelf_family *family = malloc(sizeof *family + prices_size + strlen(name) + 1 + shelf_text_size(told, n_told) +
	                              shelf_text_size(whole, n_apart));
	if (family == NULL) {
		return NULL;
	}
	sp_price *prices = (sp_price *)(family + 1);
	char *texts = (char *)prices + prices_size;
	const char *copied = shelf_copy_text(&texts, name);
	family->told = (sp_frame_group){copied, shelf_copy_prices(prices, told, n_told, &texts), n_told};
	family->whole = family->told;
	if (n_apart > 0) {
		family->whole.prices = shelf_copy_prices(prices + n_told, whole, n_apart, &texts);
		family->whole.n_prices = n_apart;
	}
	return family;
}

/* The configuration has no family whose group, and one price of each SKU besides, do not fit a frame. More than one is kept
 * where prices follow one another faster than they begin to count; if those do not fit, they are left out. */
static shelf_family *shelf_build(const shelf_turn *given)
{
	shelf_turn turn = *given;
	const uint32_t n_told = turn.group->n_prices;
	SP_ASSERT(n_told > 0 && n_told <= SP_FRAME_PRICES_MAX);
	const size_t n_old = turn.old != NULL ? turn.old->n_prices : 0;
	sp_price *told = malloc((2 * n_told + n_old) * sizeof *told), *whole = told + n_told;
	if (told == NULL) {
		return NULL;
	}
	uint32_t n_whole = shelf_merge(&turn, told, whole);
	if (n_whole > SP_FRAME_PRICES_MAX) {
		turn.in_force_only = true;
		n_whole = shelf_merge(&turn, told, whole);
	}
	SP_ASSERT(n_whole <= SP_FRAME_PRICES_MAX);
	shelf_family *family = shelf_block(turn.group->family, told, n_told, whole, n_whole);
	free(told);
	return family;
}

/* --- putting --- */

static sp_status shelf_reserve(sp_shelf *shelf, uint32_t n)
{
	if (n <= shelf->room - shelf->n) {
		return SP_OK;
	}
	const size_t room = 2 * (size_t)shelf->room + n;
	shelf_family **families = realloc(shelf->families, room * sizeof *families);
	shelf->families = families != NULL ? families : shelf->families;
	sp_frame_group *wholes = realloc(shelf->wholes, room * sizeof *wholes);
	shelf->wholes = wholes != NULL ? wholes : shelf->wholes;
	if (families == NULL || wholes == NULL) {
		return SP_E_MEMORY;
	}
	shelf->room = (uint32_t)room;
	return SP_OK;
}

static void shelf_set(sp_shelf *shelf, shelf_family *family)
{
	const uint32_t place = shelf_search(shelf, family->told.family, false);
	if (place < shelf->n && strcmp(shelf->wholes[place].family, family->told.family) == 0) {
		free(shelf->families[place]);
	} else {
		const size_t n_behind = shelf->n++ - place;
		memmove(shelf->families + place + 1, shelf->families + place, n_behind * sizeof *shelf->families);
		memmove(shelf->wholes + place + 1, shelf->wholes + place, n_behind * sizeof *shelf->wholes);
	}
	shelf->families[place] = family;
	shelf->wholes[place] = family->whole;
}

sp_status sp_shelf_put(sp_shelf *shelf, const sp_frame_group *groups, uint32_t n_groups, int64_t now_ns,
                       int64_t soonest_ns)
{
	SP_ASSERT(shelf != NULL && (groups != NULL || n_groups == 0) && soonest_ns >= now_ns);
	shelf_family **built = calloc(n_groups + (size_t)1, sizeof *built);
	sp_status status = built != NULL ? shelf_reserve(shelf, n_groups) : SP_E_MEMORY;
	for (uint32_t i = 0; i < n_groups && status == SP_OK; i++) {
		SP_ASSERT(i == 0 || strcmp(groups[i - 1].family, groups[i].family) < 0);
		const shelf_family *old = shelf_find(shelf, groups[i].family);
		const shelf_turn turn = {
		    .group = &groups[i], .old = old != NULL ? &old->whole : NULL, .now_ns = now_ns, .soonest_ns = soonest_ns};
		built[i] = shelf_build(&turn);
		status = built[i] != NULL ? SP_OK : SP_E_MEMORY;
	}
	for (uint32_t i = 0; built != NULL && i < n_groups; i++) {
		if (status == SP_OK) {
			shelf_set(shelf, built[i]);
		} else {
			free(built[i]);
		}
	}
	free(built);
	return status;
}
