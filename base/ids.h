/* ids.h - names interned once to dense slots (0, 1, 2 …), so that the hot path never compares text. */
#ifndef SP_BASE_IDS_H
#define SP_BASE_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define SP_ID_MAX  128 /* [bytes], without the terminating zero */
#define SP_NO_SLOT UINT32_MAX

/* Opaque; owns copies of the names. Readable from any thread while nobody adds. */
typedef struct sp_ids sp_ids;

/* sp_id_check - is text a name: 1-128 bytes of [A-Za-z0-9._:/@+-]? SP_OK or SP_E_SYNTAX. */
sp_status sp_id_check(const char *text, size_t n);

sp_ids *sp_ids_open(void);      /* NULL when out of memory */
void sp_ids_close(sp_ids *ids); /* NULL is accepted */

/* sp_ids_add - the slot of a name, added when new (at the end). `n` bytes, checked by sp_id_check.
 * fails  SP_E_SYNTAX, SP_E_MEMORY, SP_E_FULL (2^32-2 names); *slot written only on SP_OK */
sp_status sp_ids_add(sp_ids *ids, const char *text, size_t n, uint32_t *slot);

/* sp_ids_find - the slot of a name, or SP_NO_SLOT. O(1). */
uint32_t sp_ids_find(const sp_ids *ids, const char *text, size_t n);

/* sp_ids_name - the name of a slot (zero-terminated, lives as long as ids). The slot must exist (asserted). */
const char *sp_ids_name(const sp_ids *ids, uint32_t slot);
uint32_t sp_ids_count(const sp_ids *ids);

/* sp_ids_nearest - the known name most like `text` by edit distance (at most 3 edits and a third of its length), or NULL:
 * for "did you mean". */
const char *sp_ids_nearest(const sp_ids *ids, const char *text, size_t n);

/* sp_text_distance - Levenshtein distance in bytes, at most `limit` + 1; limit up to SP_DISTANCE_LIMIT_MAX (asserted).
 * O(na x limit), allocates: no. source: Wagner and Fischer 1974. */
#define SP_DISTANCE_LIMIT_MAX 15
unsigned sp_text_distance(const char *a, size_t na, const char *b, size_t nb, unsigned limit);

#endif
