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
	return (sp_nearest){.text = text, .n = n, .distance = NEAREST_EDITS_MAX + 1};
}

/* Keeps a word for the list, as long as it and a closing "…" fit. */
static void nearest_list(sp_nearest *nearest, const char *word, size_t n_word)
{
	static const char more[] = ", …";
	size_t left = sizeof(nearest->offered) - nearest->n_offered;

	if (nearest->n_offered > 0 && strcmp(nearest->offered + nearest->n_offered - strlen("…"), "…") == 0)
		return;
	if (n_word + 16 + sizeof(more) > left)
		nearest->n_offered += (size_t)sprintf(nearest->offered + nearest->n_offered, "%s", more);
	else
		nearest->n_offered += (size_t)sprintf(nearest->offered + nearest->n_offered, "%s%.*s",
		                                      nearest->n_offered ? ", " : "known are ", (int)n_word, word);
}

void sp_nearest_offer(sp_nearest *nearest, const char *word, size_t n_word)
{
	size_t longer = n_word > nearest->n ? n_word : nearest->n;
	size_t shorter = n_word < nearest->n ? n_word : nearest->n;
	unsigned distance;

	nearest_list(nearest, word, n_word);
	if (longer - shorter > NEAREST_EDITS_MAX || longer > SP_ID_MAX)
		return;
	distance = sp_text_distance(nearest->text, nearest->n, word, n_word, NEAREST_EDITS_MAX);
	if (distance < nearest->distance && distance * 3 <= longer) {
		nearest->distance = distance;
		nearest->best = word;
		nearest->n_best = n_word;
	}
}

const char *sp_nearest_words(sp_nearest *nearest)
{
	if (nearest->best)
		snprintf(nearest->offered, sizeof(nearest->offered), "did you mean %.*s?", (int)nearest->n_best, nearest->best);
	return nearest->offered;
}
