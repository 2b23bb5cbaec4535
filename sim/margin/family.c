/* family.c - see family.h. */
#include "sim/margin/family.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "controller/economics/credits.h"
#include "controller/economics/realised.h"
#include "controller/economics/share.h"

#define HOURS_PER_DAY 24.0

/* --- supply --- */

/* A pool's lots as they stand at a moment; how much of the rented ones runs is not known. */
typedef struct margin_supply {
	sp_supply supply;
	sp_supply_lot *lots; /* owned */
	int64_t *until_ns;   /* owned */
} margin_supply;

static sp_status supply_open(const sp_setup *setup, uint32_t pool, int64_t now_ns, margin_supply *out)
{
	const sp_pool_setup *from = &setup->pools[pool];
	*out = (margin_supply){.lots = calloc(from->n_lots + 1, sizeof *out->lots),
	                       .until_ns = calloc(from->n_lots + 1, sizeof *out->until_ns)};
	if (out->lots == NULL || out->until_ns == NULL)
		return SP_E_MEMORY;
	for (uint32_t i = 0; i < from->n_lots; i++) {
		const sp_lot_setup *lot = &setup->lots[from->first_lot + i];
		out->lots[i] = (sp_supply_lot){.gpus = lot->gpus,
		                               .usd_per_gpu_h = lot->usd_per_gpu_h,
		                               .counted = lot->ends_ns == SP_PARAM_NONE || now_ns < lot->ends_ns,
		                               .priced = !lot->by_signal,
		                               .rented = lot->kind == SP_LOT_ON_DEMAND || lot->kind == SP_LOT_SPOT};
		out->until_ns[i] = lot->credits_until_ns == SP_PARAM_NONE ? SP_CREDITS_NONE : lot->credits_until_ns;
	}
	out->supply = (sp_supply){.lots = out->lots,
	                          .n_lots = from->n_lots,
	                          .units_per_gpu_s = from->units_per_gpu_s,
	                          .redundancy = from->redundancy,
	                          .slo_headroom = (double)from->slo_headroom_ppb / 1e9};
	return SP_OK;
}

static void supply_close(margin_supply *supply)
{
	free(supply->lots);
	free(supply->until_ns);
}

/* --- loads and revenue --- */

static sp_status margins_per_day(const sp_margins *margins, sp_exact usd, sp_money *per_day)
{
	sp_money money;
	sp_exact residue;
	sp_status status = sp_exact_money(usd, &money, &residue);
	return status == SP_OK ? sp_muldiv_even(money.nano, SP_DAY, margins->span_ns, &per_day->nano) : status;
}

static sp_figure margins_weight(const sp_sku_setup *sku)
{
	return sku->weight == 1 ? sp_figure_exact(1) : sp_figure_assumed(sku->weight);
}

static sp_status margins_take_sku(const sp_setup *setup, const sp_billed *billed, uint32_t slot, sp_margins *margins)
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
	const sp_sku_setup *sku = &setup->skus[setup->subjects[subject].slot];
	sp_family_margin *family = &margins->families[sku->family];
	double per_day_units = units * ((double)SP_DAY / (double)margins->span_ns);
	family->load = sp_figure_sum(family->load, sp_figure_scaled(margins_weight(sku), per_day_units));
	status = margins_per_day(margins, usd, &per_day);
	return status == SP_OK ? sp_amount_sum(family->revenue, sp_amount_exact(per_day), &family->revenue) : status;
}

/* --- a pool --- */

static sp_status margins_share_credits(sp_margins *margins, uint32_t pool)
{
	double *uses = calloc(margins->n_families + 1, sizeof *uses);
	sp_money *parts = calloc(margins->n_families + 1, sizeof *parts);
	sp_status status = uses != NULL && parts != NULL ? SP_OK : SP_E_MEMORY;
	for (uint32_t i = 0; status == SP_OK && i < margins->n_families; i++)
		uses[i] = margins->families[i].pool == pool ? margins->families[i].load.value : 0;
	if (status == SP_OK &&
	    sp_share_split(margins->pools[pool].credits.value, uses, margins->n_families, parts) == SP_OK)
		for (uint32_t i = 0; i < margins->n_families; i++)
			if (margins->families[i].pool == pool)
				margins->families[i].credits = sp_amount_exact(parts[i]);
	free(uses);
	free(parts);
	return status;
}

static sp_status margins_cost_family(const margin_supply *supply, sp_family_margin *family)
{
	sp_sellable_cost cost;
	family->answer =
	    sp_sellable_of(&supply->supply, sp_figure_assumed(supply->supply.units_per_gpu_s), family->load, &cost);
	if (family->answer.knowledge != SP_KNOWN)
		return SP_OK;
	sp_status status = sp_amount_of(cost.usd, &family->cost);
	if (status != SP_OK)
		return status;
	sp_amount nothing = sp_amount_exact((sp_money){0});
	sp_margin_lines lines = {family->revenue, family->cost, nothing, nothing, family->credits};
	return sp_margin_of(&lines, &family->margin);
}

static sp_status margins_pay(const margin_supply *supply, int64_t now_ns, sp_pool_margin *pool)
{
	sp_figure rate;
	double credits = 0;
	pool->answer = sp_realised_rate(&supply->supply, false, &rate);
	if (pool->answer.knowledge == SP_KNOWN)
		pool->answer = sp_credits_rate(&supply->supply, supply->until_ns, now_ns, &credits);
	if (pool->answer.knowledge != SP_KNOWN)
		return SP_OK;
	sp_status status = sp_amount_of(sp_figure_scaled(rate, HOURS_PER_DAY), &pool->paid);
	return status == SP_OK ? sp_amount_of(sp_figure_exact(credits * HOURS_PER_DAY), &pool->credits) : status;
}

static sp_status margins_take_pool(const sp_setup *setup, uint32_t pool, int64_t now_ns, sp_margins *margins)
{
	margin_supply supply;
	sp_pool_margin *out = &margins->pools[pool];
	sp_status status = supply_open(setup, pool, now_ns, &supply);
	if (status == SP_OK)
		status = margins_pay(&supply, now_ns, out);
	if (status == SP_OK && out->answer.knowledge == SP_KNOWN)
		status = margins_share_credits(margins, pool);
	for (uint32_t i = 0; status == SP_OK && i < margins->n_families; i++) {
		sp_family_margin *family = &margins->families[i];
		if (family->pool != pool)
			continue;
		status = margins_cost_family(&supply, family);
		if (status == SP_OK && family->answer.knowledge == SP_KNOWN)
			status = sp_amount_sum(out->sold, family->cost, &out->sold);
	}
	supply_close(&supply);
	return status;
}

/* --- the whole --- */

static sp_status margins_open(const sp_setup *setup, const sp_billed *billed, sp_margins *margins)
{
	sp_amount nothing = sp_amount_exact((sp_money){0});
	*margins = (sp_margins){.families = calloc(setup->n_families + 1, sizeof *margins->families),
	                        .pools = calloc(setup->n_pools + 1, sizeof *margins->pools),
	                        .revenue = nothing,
	                        .cost = nothing,
	                        .paid = nothing,
	                        .margin = {nothing, nothing},
	                        .has_revenue = billed->has_revenue,
	                        .span_ns = sp_billed_span(billed)};
	if (margins->families == NULL || margins->pools == NULL)
		return SP_E_MEMORY;
	margins->n_families = setup->n_families;
	margins->n_pools = setup->n_pools;
	for (uint32_t i = 0; i < setup->n_families; i++)
		margins->families[i] = (sp_family_margin){.id = setup->families[i].id,
		                                          .pool = setup->families[i].pool,
		                                          .load = sp_figure_exact(0),
		                                          .revenue = nothing,
		                                          .cost = nothing,
		                                          .credits = nothing};
	for (uint32_t i = 0; i < setup->n_pools; i++)
		margins->pools[i] =
		    (sp_pool_margin){.id = setup->pools[i].id, .paid = nothing, .sold = nothing, .credits = nothing};
	return SP_OK;
}

static sp_status margins_add_up(sp_margins *margins)
{
	sp_status status = SP_OK;
	margins->known = margins->paid_known = true;
	for (uint32_t i = 0; status == SP_OK && i < margins->n_families; i++) {
		const sp_family_margin *family = &margins->families[i];
		margins->known = margins->known && (family->answer.knowledge == SP_KNOWN || family->load.value == 0);
		status = sp_amount_sum(margins->revenue, family->revenue, &margins->revenue);
		if (status != SP_OK || family->answer.knowledge != SP_KNOWN)
			continue;
		status = sp_amount_sum(margins->cost, family->cost, &margins->cost);
		if (status == SP_OK)
			status = sp_amount_sum(margins->margin.ended, family->margin.ended, &margins->margin.ended);
		if (status == SP_OK)
			status = sp_amount_sum(margins->margin.booked, family->margin.booked, &margins->margin.booked);
	}
	for (uint32_t i = 0; status == SP_OK && i < margins->n_pools; i++) {
		margins->paid_known = margins->paid_known && margins->pools[i].answer.knowledge == SP_KNOWN;
		status = sp_amount_sum(margins->paid, margins->pools[i].paid, &margins->paid);
	}
	return status;
}

sp_status sp_margins_of(const sp_setup *setup, const sp_billed *billed, sp_margins *margins)
{
	SP_ASSERT(setup->n_families == 0 || setup->families != NULL);
	sp_status status = margins_open(setup, billed, margins);
	for (uint32_t i = 0; status == SP_OK && margins->span_ns > 0 && i < sp_ids_count(billed->skus); i++)
		status = margins_take_sku(setup, billed, i, margins);
	for (uint32_t i = 0; status == SP_OK && i < setup->n_pools; i++)
		status = margins_take_pool(setup, i, billed->end_ns, margins);
	return status == SP_OK ? margins_add_up(margins) : status;
}

void sp_margins_fini(sp_margins *margins)
{
	free(margins->families);
	free(margins->pools);
	*margins = (sp_margins){0};
}
