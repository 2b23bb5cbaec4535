/* draft.c - what is known and what is guessed; see draft.h. */
#include "sim/draft/draft.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define DRAFT_PER_MILLION INT64_C(1000000)

/* What a meter weighs against an input token, as long as nobody has measured it. */
static const struct {
	const char *meter, *weight;
} draft_weights[] = {{"input", "1"}, {"output", "4"}, {"reasoning", "4"}, {"cached", "0.1"}, {"cache_write", "1"}};

static void *draft_room(void *list, uint32_t n, uint32_t *room, size_t size)
{
	if (n < *room)
		return list;
	uint32_t grown = *room > 0 ? 2 * *room : 32;
	void *more = realloc(list, grown * size);
	if (more != NULL)
		*room = grown;
	return more;
}

static const char *draft_weight(const char *meter)
{
	for (size_t i = 0; i < sizeof draft_weights / sizeof draft_weights[0]; i++)
		if (strcmp(draft_weights[i].meter, meter) == 0)
			return draft_weights[i].weight;
	return "1";
}

/* chat/us-east/output is the meter output of the family chat/us-east; a name without a slash is a family's only SKU. */
static char *draft_family(const char *sku)
{
	const char *slash = strrchr(sku, '/');
	char *family = NULL;
	if (slash != NULL && slash > sku)
		return strndup(sku, (size_t)(slash - sku));
	return asprintf(&family, "family-%s", sku) < 0 ? NULL : family;
}

static char *draft_meter(const char *sku)
{
	const char *slash = strrchr(sku, '/');
	return strdup(slash != NULL && slash[1] != '\0' ? slash + 1 : "output");
}

static sp_status draft_name(sp_draft *draft, const char *sku)
{
	uint32_t slot;
	if (draft->names == NULL)
		draft->names = sp_ids_open();
	if (draft->names == NULL)
		return SP_E_MEMORY;
	if (sp_ids_find(draft->names, sku, strlen(sku)) != SP_NO_SLOT)
		return SP_E_DUPLICATE;
	return sp_ids_add(draft->names, sku, strlen(sku), &slot);
}

sp_status sp_draft_add_sku(sp_draft *draft, const sp_draft_sku *given)
{
	SP_ASSERT(given->sku != NULL && given->usd != NULL);
	sp_status status = draft_name(draft, given->sku);
	if (status != SP_OK)
		return status;
	sp_draft_sku *skus = draft_room(draft->skus, draft->n_skus, &draft->room_skus, sizeof *skus);
	if (skus == NULL)
		return SP_E_MEMORY;
	draft->skus = skus;
	sp_draft_sku *sku = &skus[draft->n_skus++];
	bool family = given->family[0] != '\0', meter = given->meter[0] != '\0';
	*sku = (sp_draft_sku){.sku = strdup(given->sku),
	                      .family = family ? strdup(given->family) : draft_family(given->sku),
	                      .meter = meter ? strdup(given->meter) : draft_meter(given->sku),
	                      .unit = strdup(given->unit[0] != '\0' ? given->unit : "1M tokens"),
	                      .usd = strdup(given->usd)};
	draft->n_families += !family;
	draft->n_meters += !meter;
	draft->n_units += given->unit[0] == '\0';
	draft->n_weights += given->weight[0] == '\0';
	if (sku->meter != NULL)
		sku->weight = strdup(given->weight[0] != '\0' ? given->weight : draft_weight(sku->meter));
	return sku->sku && sku->family && sku->meter && sku->unit && sku->usd && sku->weight ? SP_OK : SP_E_MEMORY;
}

/* Is there no lot before the last one of its name in its pool? */
static bool draft_lot_is_new(const sp_draft *draft)
{
	const sp_draft_lot *last = &draft->lots[draft->n_lots - 1];
	for (const sp_draft_lot *lot = draft->lots; lot < last; lot++)
		if (strcmp(lot->id, last->id) == 0 && strcmp(lot->pool, last->pool) == 0)
			return false;
	return true;
}

sp_status sp_draft_add_lot(sp_draft *draft, const sp_draft_lot *given)
{
	SP_ASSERT(given->gpus != NULL && given->usd != NULL);
	sp_draft_lot *lots = draft_room(draft->lots, draft->n_lots, &draft->room_lots, sizeof *lots);
	if (lots == NULL)
		return SP_E_MEMORY;
	draft->lots = lots;
	sp_draft_lot *lot = &lots[draft->n_lots++];
	char id[24];
	snprintf(id, sizeof id, "lot-%u", draft->n_lots);
	*lot = (sp_draft_lot){.pool = strdup(given->pool[0] != '\0' ? given->pool : "gpus"),
	                      .id = strdup(given->id[0] != '\0' ? given->id : id),
	                      .term = strdup(given->term[0] != '\0' ? given->term : "reserved"),
	                      .gpus = strdup(given->gpus),
	                      .usd = strdup(given->usd),
	                      .ends = strdup(given->ends),
	                      .credits_until = strdup(given->credits_until),
	                      .term_guessed = given->term[0] == '\0'};
	if (!lot->pool || !lot->id || !lot->term || !lot->gpus || !lot->usd || !lot->ends || !lot->credits_until)
		return SP_E_MEMORY;
	return draft_lot_is_new(draft) ? SP_OK : SP_E_DUPLICATE;
}

void sp_draft_fini(sp_draft *draft)
{
	for (uint32_t i = 0; i < draft->n_skus; i++) {
		sp_draft_sku *sku = &draft->skus[i];
		char *texts[] = {sku->sku, sku->family, sku->meter, sku->unit, sku->usd, sku->weight};
		for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++)
			free(texts[t]);
	}
	for (uint32_t i = 0; i < draft->n_lots; i++) {
		sp_draft_lot *lot = &draft->lots[i];
		char *texts[] = {lot->pool, lot->id, lot->term, lot->gpus, lot->usd, lot->ends, lot->credits_until};
		for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++)
			free(texts[t]);
	}
	free(draft->skus);
	free(draft->lots);
	sp_ids_close(draft->names);
	sp_billed_fini(&draft->billed);
	*draft = (sp_draft){0};
}

/* --- what the files leave open --- */

/* revenue / units x 10^6: what a million came to on average, discounts and all. */
static sp_status draft_price_of(const sp_billed *billed, uint32_t sku, char text[SP_DECIMAL_TEXT_MAX])
{
	double units;
	sp_exact revenue;
	int64_t nano;
	sp_status status = sp_billed_sum(billed, sku, &units, &revenue);
	if (status != SP_OK)
		return status;
	if (units <= 0 || revenue.atto <= 0)
		return SP_E_ABSENT;
	status = sp_round_even((double)revenue.atto / 1e18 / units * (double)DRAFT_PER_MILLION * (double)SP_NANO, &nano);
	if (status == SP_OK && nano > 0)
		sp_decimal_format_short(nano, text);
	return status == SP_OK && nano > 0 ? SP_OK : SP_E_ABSENT;
}

static sp_status draft_prices_of_usage(sp_draft *draft)
{
	char usd[SP_DECIMAL_TEXT_MAX], none[] = "";
	sp_status status = SP_OK;
	for (uint32_t i = 0; status == SP_OK && i < sp_ids_count(draft->billed.skus); i++) {
		status = draft_price_of(&draft->billed, i, usd);
		if (status == SP_E_ABSENT) {
			draft->n_skipped++;
			status = SP_OK;
			continue;
		}
		char *name = strdup(sp_ids_name(draft->billed.skus, i));
		if (name == NULL)
			return SP_E_MEMORY;
		status = sp_draft_add_sku(draft, &(sp_draft_sku){name, none, none, none, usd, none});
		free(name);
		draft->n_prices++;
	}
	return status;
}

sp_status sp_draft_settle(sp_draft *draft, sp_message *message)
{
	char none[] = "", gpus[] = "8", usd[] = "2.50";
	sp_status status = SP_OK;
	if (draft->n_skus == 0 && draft->has_usage)
		status = draft_prices_of_usage(draft);
	if (status == SP_OK && draft->n_skus == 0)
		return sp_message_set(
		    message, SP_E_SYNTAX,
		    "no price list, and the usage has no SKU with both units and revenue to make prices of; give "
		    "--prices");
	if (status == SP_OK && draft->n_lots == 0)
		status = sp_draft_add_lot(draft, &(sp_draft_lot){none, none, none, gpus, usd, none, none, true});
	return status;
}
