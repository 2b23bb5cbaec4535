/* words.c - rows in words. Bounds are written by sp_param_format, as `config show` writes values. */
#include "controller/config/words.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/money.h"

/* Beyond this a bound is the type's, not the parameter's. */
#define BOUND_SILENT 1e15

char *sp_row_bound(const sp_param *row, double bound, char text[64])
{
	sp_param at_start = *row;
	union {
		double real;
		int64_t integer;
	} field;

	SP_ASSERT(row->type <= SP_PARAM_MONEY);
	at_start.offset = 0;
	text[0] = '\0';
	if (bound > BOUND_SILENT || bound < -BOUND_SILENT)
		return text;
	if (row->type == SP_PARAM_REAL)
		field.real = bound;
	else if (sp_round_even(row->type == SP_PARAM_COUNT ? bound : bound * (double)SP_NANO, &field.integer) != SP_OK)
		return text;
	return sp_param_format(&at_start, &field, text);
}

static const char *row_noun(sp_param_type type)
{
	static const char *const nouns[] = {
	    [SP_PARAM_REAL] = "number",          [SP_PARAM_COUNT] = "whole number",
	    [SP_PARAM_SPAN] = "duration",        [SP_PARAM_RATIO] = "percentage or fraction",
	    [SP_PARAM_MONEY] = "quoted decimal", [SP_PARAM_TIME] = "date or time",
	    [SP_PARAM_CHOICE] = "one of",        [SP_PARAM_FLAG] = "`true` or `false`",
	};

	SP_ASSERT(type < sizeof(nouns) / sizeof(nouns[0]));
	return nouns[type];
}

char *sp_row_words(const sp_param *row, char words[SP_WORDS_MAX])
{
	char low[64] = "", high[64] = "";
	int n = snprintf(words, SP_WORDS_MAX, "%s", row_noun(row->type));

	for (size_t i = 0; row->type == SP_PARAM_CHOICE && row->choices[i]; i++)
		n += snprintf(words + n, SP_WORDS_MAX - (size_t)n, "%s `%s`", i ? "," : "", row->choices[i]);
	if (row->type <= SP_PARAM_MONEY) {
		sp_row_bound(row, row->min, low);
		sp_row_bound(row, row->max, high);
	}
	if (low[0] && high[0])
		snprintf(words + n, SP_WORDS_MAX - (size_t)n, ", %s to %s", low, high);
	else if (low[0])
		snprintf(words + n, SP_WORDS_MAX - (size_t)n, ", at least %s", low);
	else if (high[0])
		snprintf(words + n, SP_WORDS_MAX - (size_t)n, ", at most %s", high);
	return words;
}

const char *sp_key_words(sp_key_type type)
{
	static const char *const words[SP_KEY_TYPES] = {
	    [SP_KEY_VERSION] = "`1`",
	    [SP_KEY_ID] = "a new name",
	    [SP_KEY_NAME] = "a name",
	    [SP_KEY_PATTERN] = "a pattern",
	    [SP_KEY_PATTERNS] = "a list of patterns",
	    [SP_KEY_KINDS] = "a list of signal kinds",
	    [SP_KEY_TEXT] = "text",
	    [SP_KEY_ADDRESSES] = "an address, or a list of up to 4",
	    [SP_KEY_UNIT] = "a unit",
	    [SP_KEY_PRICE] = "quoted decimal, 0.00 to 10000.00, or `signal`",
	    [SP_KEY_CLOCK] = "`fed`, `absent`, `implied`, or keys",
	    [SP_KEY_FLAG] = "`true` or `false`",
	    [SP_KEY_LAW] = "`use` and its parameters",
	    [SP_KEY_LAWS] = "a list of laws",
	    [SP_KEY_ESTIMATOR] = "`use` and its parameters",
	    [SP_KEY_MAP] = "keys",
	    [SP_KEY_LIST] = "a list",
	    [SP_KEY_PROFILES] = "names, each with keys",
	    [SP_KEY_SIGNALS] = "kinds, each with keys",
	};

	SP_ASSERT(type < SP_KEY_TYPES && words[type]);
	return words[type];
}
