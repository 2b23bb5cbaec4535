/* nearest.c - the nearest known word by edit distance: at most 3 edits and a third of the longer word, as sp_ids_nearest. */
#include "controller/config/nearest.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/ids.h"

#define NEAREST_EDITS_MAX 3

sp_nearest sp_nearest_to(const char *text, size_t n)
{
	SP_ASSERT(text);
	return (sp_nearest){text, NULL, n, 0, NEAREST_EDITS_MAX + 1};
}

void sp_nearest_offer(sp_nearest *nearest, const char *word, size_t n_word)
{
	size_t longer = n_word > nearest->n ? n_word : nearest->n;
	size_t shorter = n_word < nearest->n ? n_word : nearest->n;
	unsigned distance;

	if (longer - shorter > NEAREST_EDITS_MAX || longer > SP_ID_MAX)
		return;
	distance = sp_text_distance(nearest->text, nearest->n, word, n_word, NEAREST_EDITS_MAX);
	if (distance < nearest->distance && distance * 3 <= longer) {
		nearest->distance = distance;
		nearest->best = word;
		nearest->n_best = n_word;
	}
}

const char *sp_nearest_words(const sp_nearest *nearest, char words[160])
{
	words[0] = '\0';
	if (nearest->best)
		snprintf(words, 160, ": did you mean %.*s?", (int)nearest->n_best, nearest->best);
	return words;
}
