/* nearest.h - "did you mean": the known word most like what was written. */
#ifndef SP_CONFIG_NEAREST_H
#define SP_CONFIG_NEAREST_H

#include <stddef.h>

#define SP_NEAREST_TEXT_MAX 256 /* [bytes] */

/* The best candidate so far; offer each known word, then ask. */
typedef struct sp_nearest {
	const char *text, *best;
	size_t n, n_best;
	unsigned distance;
	char offered[SP_NEAREST_TEXT_MAX];
	size_t n_offered; /* [bytes] */
} sp_nearest;

sp_nearest sp_nearest_to(const char *text, size_t n);
void sp_nearest_offer(sp_nearest *nearest, const char *word, size_t n_word);

/* sp_nearest_words - "did you mean step?", or the words that were offered ("known are fast, slow") as far as they fit;
 * returns a text of the nearest. */
const char *sp_nearest_words(sp_nearest *nearest);

#endif
