/* prices.c - see prices.h. */
#include "cli/prices.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

/* The quantity of a unit in millionths; 0: it is not a whole number of them. */
static int64_t prices_per_micro(double quantity)
{
	int64_t micro = 0;

	if (sp_round_even(quantity * (double)SP_MICRO, &micro) != SP_OK || (double)micro / (double)SP_MICRO != quantity)
		return 0;
	return micro;
}

static sp_status prices_read(const sp_sku_setup *sku, sp_rate_price *price, sp_message *message)
{
	int64_t per_micro = prices_per_micro(sku->quantity);

	if (per_micro == 0)
		return sp_message_set(message, SP_E_SYNTAX, "%s: a unit of \"%s\" is no whole number of millionths", sku->id,
		                      sku->unit);
	if (sp_rate_price_init(sku->id, sku->meter, sku->sheet, per_micro, price) != SP_OK)
		return sp_message_set(
		    message, SP_E_SYNTAX,
		    "%s: meter \"%s\": expected a name, with _above_200k for a size or @16:30-00:30 for hours "
		    "(docs/rating.md)",
		    sku->id, sku->meter);
	return SP_OK;
}

sp_status sp_prices_open(const sp_setup *setup, sp_prices *prices, sp_message *message)
{
	sp_status status = SP_OK;

	SP_ASSERT(setup && prices);
	*prices = (sp_prices){setup, calloc(setup->n_skus + 1, sizeof *prices->list)};
	if (!prices->list)
		return SP_E_MEMORY;
	for (uint32_t i = 0; i < setup->n_skus && status == SP_OK; i++)
		status = prices_read(&setup->skus[i], &prices->list[i], message);
	return status;
}

void sp_prices_close(sp_prices *prices)
{
	free(prices->list);
	prices->list = NULL;
}

sp_rate_table sp_prices_of(const sp_prices *prices, const char *family)
{
	uint32_t slot = sp_ids_find(prices->setup->names, family, strlen(family));
	const sp_subject *subject = slot == SP_NO_SLOT ? NULL : &prices->setup->subjects[slot];
	const sp_family_setup *found;

	if (!subject || subject->type != SP_SUBJECT_FAMILY)
		return (sp_rate_table){NULL, 0};
	found = &prices->setup->families[subject->slot];
	return (sp_rate_table){prices->list + found->first_sku, found->n_skus};
}

const char *sp_prices_unit(const sp_prices *prices, const sp_rate_price *price)
{
	SP_ASSERT(price >= prices->list && price < prices->list + prices->setup->n_skus);
	return prices->setup->skus[price - prices->list].unit;
}
