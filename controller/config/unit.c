/* unit.c - the grammar of units is narrow on purpose: a unit that is off by a thousand is a bill that is off by a thousand. */
#include "controller/config/unit.h"

#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "base/money.h"

#define UNIT_QUANTITY_MAX 1e12

static sp_status unit_refuse(sp_message *message)
{
	return sp_message_set(
	    message, SP_E_SYNTAX,
	    "expected a unit: a number, k, M or G, a blank and a noun, such as \"1M tokens\" or \"1 image\"");
}

static double unit_scale(char letter)
{
	switch (letter) {
	case 'k':
		return 1e3;
	case 'M':
		return 1e6;
	case 'G':
		return 1e9;
	default:
		return 0;
	}
}

/* The first word as an amount: a number, a number with a letter, or a letter. False: it is the noun. */
static bool unit_amount(const char *text, size_t n, double *quantity)
{
	double scale = n > 0 ? unit_scale(text[n - 1]) : 0;
	int64_t nano = SP_NANO;

	if (scale == 0)
		scale = 1;
	else if (--n == 0) {
		*quantity = scale;
		return true;
	}
	if (sp_decimal_parse(text, n, &nano) != SP_OK)
		return false;
	*quantity = (double)nano / 1e9 * scale;
	return true;
}

static bool unit_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Words of two letters or more, so that "1 M tokens" is no million of "tokens" that someone reads as one. */
static bool unit_noun(const char *text, size_t n)
{
	size_t word = 0;

	if (n == 0 || !unit_letter(text[0]))
		return false;
	for (size_t i = 0; i < n; i++) {
		bool part =
		    unit_letter(text[i]) ||
		    (word > 0 && ((text[i] >= '0' && text[i] <= '9') || text[i] == '-' || text[i] == '_' || text[i] == '/'));
		if (!part && (text[i] != ' ' || word < 2))
			return false;
		word = part ? word + 1 : 0;
	}
	return word >= 2;
}

sp_status sp_unit_parse(const char *text, size_t n, double *quantity, sp_message *message)
{
	const char *blank = memchr(text, ' ', n);
	size_t first = blank ? (size_t)(blank - text) : n;
	double amount = 1;

	SP_ASSERT(text && quantity);
	if (n > SP_UNIT_TEXT_MAX)
		return sp_message_set(message, SP_E_RANGE, "a unit has at most %d bytes", SP_UNIT_TEXT_MAX);
	if (blank && unit_amount(text, first, &amount)) {
		text += first + 1;
		n -= first + 1;
	}
	if (!unit_noun(text, n))
		return unit_refuse(message);
	if (!(amount > 0 && amount <= UNIT_QUANTITY_MAX))
		return sp_message_set(message, SP_E_RANGE,
		                      "a unit counts more than 0 and at most 1000G, such as \"1M tokens\"");
	*quantity = amount;
	return SP_OK;
}
