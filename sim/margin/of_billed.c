/* of_billed.c - margins from a configuration and what was billed: without a daemon, a log or a clock (family.h). */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "controller/economics/credits.h"
#include "sim/margin/family.h"

/* --- supply --- */

/* All pools' lots as they stand at a moment, in the setup's order; how much of the rented ones runs is not known. */
typedef struct billed_supply {
	sp_margin_supply *pools; /* owned, as are the others */
	sp_supply_lot *lots;
	int64_t *until_ns;
} billed_supply;

static void billed_lot(const sp_lot_setup *lot, int64_t now_ns, sp_supply_lot *out, int64_t *until_ns)
{
	*out = (sp_supply_lot){.gpus = lot->gpus,
	                       .usd_per_gpu_h = lot->usd_per_gpu_h,
	                       .counted = lot->ends_ns == SP_PARAM_NONE || now_ns < lot->ends_ns,
	                       .priced = !lot->by_signal,
	                       .rented = lot->kind == SP_LOT_ON_DEMAND || lot->kind == SP_LOT_SPOT};
	*until_ns = lot->credits_until_ns == SP_PARAM_NONE ? SP_CREDITS_NONE : lot->credits_until_ns;
}

static sp_status billed_supply_open(const sp_setup *setup, const sp_beliefs *beliefs, int64_t now_ns,
                                    billed_supply *out)
{
	*out = (billed_supply){.pools = calloc(setup->n_pools + 1, sizeof *out->pools),
	                       .lots = calloc(setup->n_lots + 1, sizeof *out->lots),
	                       .until_ns = calloc(setup->n_lots + 1, sizeof *out->until_ns)};
	if (out->pools == NULL || out->lots == NULL || out->until_ns == NULL)
		return SP_E_MEMORY;
	for (uint32_t i = 0; i < setup->n_lots; i++)
		billed_lot(&setup->lots[i], now_ns, &out->lots[i], &out->until_ns[i]);
	for (uint32_t i = 0; i < setup->n_pools; i++) {
		const sp_pool_setup *pool = &setup->pools[i];
		sp_supply supply = {.lots = out->lots + pool->first_lot,
		                    .n_lots = pool->n_lots,
		                    .units_per_gpu_s = beliefs->per_gpu_s[i].value,
		                    .redundancy = pool->redundancy,
		                    .slo_headroom = (double)pool->slo_headroom_ppb / (double)SP_NANO};
		out->pools[i] = (sp_margin_supply){supply, out->until_ns + pool->first_lot, beliefs->per_gpu_s[i], false};
	}
	return SP_OK;
}

static void billed_supply_close(billed_supply *supply)
{
	free(supply->pools);
	free(supply->lots);
	free(supply->until_ns);
}

/* --- loads and revenue --- */

static sp_status billed_per_day(const sp_margins *margins, sp_exact usd, sp_money *per_day)
{
	sp_money money;
	sp_exact residue;
	sp_status status = sp_exact_money(usd, &money, &residue);
	return status == SP_OK ? sp_muldiv_even(money.nano, SP_DAY, margins->span_ns, &per_day->nano) : status;
}

static sp_status billed_take_sku(const sp_setup *setup, const sp_beliefs *beliefs, const sp_billed *billed,
                                 uint32_t slot, sp_margins *margins)
{
	const char *name = sp_ids_name(billed->skus, slot);
	double units;
	sp_exact usd;
	sp_money per_day;
	sp_status status = sp_billed_sum(billed, slot, &units, &usd);
	if (status != SP_OK)
		return status;
	uint32_t subject = sp_ids_find(setup->names, name, strlen(name));
	if (subject == SP_NO_SLOT || setup->subjects[subject].type != SP_SUBJECT_SKU) {
		margins->n_strange++;
		return sp_exact_add(margins->strange, usd, &margins->strange);
	}
	uint32_t slot_of_sku = setup->subjects[subject].slot;
	const sp_sku_setup *sku = &setup->skus[slot_of_sku];
	sp_family_margin *family = &margins->families[sku->family];
	double per_day_units = units * ((double)SP_DAY / (double)margins->span_ns);
	family->load = sp_figure_sum(family->load, sp_figure_scaled(beliefs->weights[slot_of_sku], per_day_units));
	family->variable_usd += per_day_units / sku->quantity * ((double)sku->variable_cost.nano / (double)SP_NANO);
	status = billed_per_day(margins, usd, &per_day);
	return status == SP_OK ? sp_amount_sum(family->revenue, sp_amount_exact(per_day), &family->revenue) : status;
}

static sp_status billed_take(const sp_setup *setup, const sp_beliefs *beliefs, const sp_billed *billed,
                             sp_margins *margins)
{
	sp_status status = SP_OK;
	for (uint32_t i = 0; i < margins->n_families; i++) {
		margins->families[i].load_answer = (sp_answer){SP_KNOWN, NULL};
		margins->families[i].revenue_answer =
		    billed->has_revenue ? (sp_answer){SP_KNOWN, NULL} : (sp_answer){SP_TOO_LITTLE, "the usage has no revenue"};
	}
	for (uint32_t i = 0; status == SP_OK && margins->span_ns > 0 && i < sp_ids_count(billed->skus); i++)
		status = billed_take_sku(setup, beliefs, billed, i, margins);
	return status;
}

sp_status sp_margins_of(const sp_setup *setup, const sp_beliefs *beliefs, const sp_billed *billed, sp_margins *margins)
{
	SP_ASSERT(beliefs->per_gpu_s != NULL && beliefs->weights != NULL);
	billed_supply supply = {0};
	sp_status status = sp_margins_init(setup, sp_billed_span(billed), margins);
	if (status == SP_OK)
		status = billed_take(setup, beliefs, billed, margins);
	if (status == SP_OK)
		status = billed_supply_open(setup, beliefs, billed->end_ns, &supply);
	if (status == SP_OK)
		status = sp_margins_settle(supply.pools, billed->end_ns, margins);
	billed_supply_close(&supply);
	return status;
}
