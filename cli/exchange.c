/* exchange.c - what one of a currency is worth; see exchange.h. */
#include "cli/exchange.h"

#include <string.h>

#include "base/assert.h"

#define CURRENCY_LETTERS 3

sp_status sp_exchange_parse(const char *text, sp_bill_rate *rate)
{
	const char *number;
	int64_t nano;

	SP_ASSERT(text && rate);
	if (strcspn(text, "=") != CURRENCY_LETTERS || text[CURRENCY_LETTERS] != '=')
		return SP_E_SYNTAX;
	number = text + CURRENCY_LETTERS + 1;
	if (sp_decimal_parse(number, strlen(number), &nano) != SP_OK || nano <= 0)
		return SP_E_SYNTAX;
	memcpy(rate->currency, text, CURRENCY_LETTERS);
	rate->rate_nano = nano;
	return SP_OK;
}
