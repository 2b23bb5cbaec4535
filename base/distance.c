/* distance.c - how far apart two texts are, for "did you mean": the table of Wagner and Fischer (1974), of which only the
 * diagonal band is worked out that can still lie within the limit (Ukkonen 1985). It needs no memory but one row. */
#include "base/ids.h"

#include "base/assert.h"

#define DISTANCE_BAND (2 * SP_DISTANCE_LIMIT_MAX + 3) /* both sides, the diagonal, and a guard at each end */

static unsigned distance_least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Row i of the table over the band: row[k] is the distance of a's first i bytes and b's first i + k - 1 - limit. */
static void distance_row(const char *a, size_t i, const char *b, size_t nb, unsigned limit, unsigned *row)
{
	for (unsigned k = 1; k <= 2 * limit + 1; k++) {
		if (i + k < limit + 1 || i + k - 1 - limit > nb) {
			row[k] = limit + 1;
			continue;
		}
		const size_t j = i + k - 1 - limit;
		if (j == 0) {
			row[k] = (unsigned)i;
			continue;
		}
		const unsigned replaced = row[k] + (a[i - 1] == b[j - 1] ? 0 : 1);
		const unsigned added_or_left_out = distance_least(row[k - 1], row[k + 1]) + 1;
		row[k] = distance_least(limit + 1, distance_least(replaced, added_or_left_out));
	}
}

unsigned sp_text_distance(const char *a, size_t na, const char *b, size_t nb, unsigned limit)
{
	SP_ASSERT((a != NULL || na == 0) && (b != NULL || nb == 0));
	SP_ASSERT(limit <= SP_DISTANCE_LIMIT_MAX);
	if ((na > nb ? na - nb : nb - na) > limit) {
		return limit + 1;
	}
	unsigned row[DISTANCE_BAND];
	row[0] = limit + 1;
	row[2 * limit + 2] = limit + 1;
	for (unsigned k = 1; k <= 2 * limit + 1; k++) { /* row 0: as many added as b has bytes */
		row[k] = k >= limit + 1 ? k - 1 - limit : limit + 1;
	}
	for (size_t i = 1; i <= na; i++) {
		distance_row(a, i, b, nb, limit, row);
	}
	return row[nb + limit + 1 - na];
}
