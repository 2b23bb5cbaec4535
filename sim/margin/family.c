/* family.c - see family.h: what a family's load costs at its pool's sellable cost, and what was spent beside it. */
#include "sim/margin/family.h"

#include <stdlib.h>

#include "base/assert.h"
#include "controller/economics/credits.h"
#include "controller/economics/realised.h"
#include "controller/economics/share.h"

#define MARGINS_HOURS_PER_DAY 24.0

/* --- what is shared --- */

/* One of a family's lines that a pool's is shared into. */
typedef sp_money *(*margins_line)(sp_family_margin *family);

static sp_money *margins_credits(sp_family_margin *family)
{
	return &family->credits;
}

static sp_money *margins_support(sp_family_margin *family)
{
	return &family->support;
}

static sp_money *margins_incidents(sp_family_margin *family)
{
	return &family->incidents;
}

/* By load, over the pool's families of which it is known. SP_E_RANGE: none has any, and nothing is shared. */
static sp_status margins_share(sp_margins *margins, uint32_t pool, sp_money whole, margins_line line)
{
	double *uses = calloc(margins->n_families + 1, sizeof *uses);
	sp_money *parts = calloc(margins->n_families + 1, sizeof *parts);
	sp_status status = uses != NULL && parts != NULL ? SP_OK : SP_E_MEMORY;
	for (uint32_t i = 0; status == SP_OK && i < margins->n_families; i++) {
		const sp_family_margin *family = &margins->families[i];
		uses[i] = family->pool == pool && family->load_answer.knowledge == SP_KNOWN ? family->load.value : 0;
	}
	if (status == SP_OK)
		status = margins->n_families > 0 ? sp_share_split(whole, uses, margins->n_families, parts) : SP_E_RANGE;
	for (uint32_t i = 0; status == SP_OK && i < margins->n_families; i++) {
		sp_money *into = line(&margins->families[i]);
		status = sp_add(into->nano, parts[i].nano, &into->nano);
	}
	free(uses);
	free(parts);
	return status;
}

/* What cannot be shared is left with the pool, and told. */
static sp_status margins_share_cost(sp_margins *margins, uint32_t pool, sp_money whole, margins_line line)
{
	sp_money *left = &margins->pools[pool].left;
	sp_status status = margins_share(margins, pool, whole, line);
	return status == SP_E_RANGE ? sp_add(left->nano, whole.nano, &left->nano) : status;
}

static sp_status margins_share_pool(sp_margins *margins, uint32_t pool)
{
	const sp_pool_margin *of = &margins->pools[pool];
	sp_status status = margins_share(margins, pool, of->credits, margins_credits);
	if (status == SP_E_RANGE)
		status = SP_OK;
	if (status == SP_OK)
		status = margins_share_cost(margins, pool, of->support, margins_support);
	return status == SP_OK ? margins_share_cost(margins, pool, of->incidents, margins_incidents) : status;
}

/* --- a pool --- */

static sp_status margins_pay(const sp_margin_supply *supply, int64_t now_ns, sp_pool_margin *pool)
{
	sp_figure rate;
	sp_amount credits;
	double usd_per_h = 0;
	pool->answer = sp_realised_rate(&supply->supply, supply->running_known, &rate);
	if (pool->answer.knowledge == SP_KNOWN)
		pool->answer = sp_credits_rate(&supply->supply, supply->until_ns, now_ns, &usd_per_h);
	if (pool->answer.knowledge != SP_KNOWN)
		return SP_OK;
	sp_status status = sp_amount_of(sp_figure_scaled(rate, MARGINS_HOURS_PER_DAY), &pool->paid);
	if (status == SP_OK)
		status = sp_amount_of(sp_figure_exact(usd_per_h * MARGINS_HOURS_PER_DAY), &credits);
	if (status == SP_OK)
		pool->credits = credits.value;
	return status;
}

static sp_status margins_cost(const sp_margin_supply *supply, sp_family_margin *family)
{
	sp_sellable_cost cost;
	family->answer = family->load_answer;
	if (family->answer.knowledge == SP_KNOWN)
		family->answer = sp_sellable_of(&supply->supply, supply->per_gpu_s, family->load, &cost);
	if (family->answer.knowledge != SP_KNOWN)
		return SP_OK;
	sp_amount variable;
	sp_status status = sp_amount_of(cost.usd, &family->capacity);
	if (status == SP_OK)
		status = sp_amount_of(sp_figure_exact(family->variable_usd), &variable);
	return status == SP_OK ? sp_amount_sum(family->capacity, variable, &family->cost) : status;
}

static bool margins_both(const sp_family_margin *family)
{
	return family->answer.knowledge == SP_KNOWN && family->revenue_answer.knowledge == SP_KNOWN;
}

static sp_status margins_family(const sp_margin_supply *supply, sp_family_margin *family)
{
	sp_status status = margins_cost(supply, family);
	if (status != SP_OK || !margins_both(family))
		return status;
	sp_margin_lines lines = {family->revenue, family->cost, sp_amount_exact(family->support),
	                         sp_amount_exact(family->incidents), sp_amount_exact(family->credits)};
	return sp_margin_of(&lines, &family->margin);
}

static sp_status margins_pool(const sp_margin_supply *supply, uint32_t pool, int64_t now_ns, sp_margins *margins)
{
	sp_pool_margin *out = &margins->pools[pool];
	sp_status status = margins_pay(supply, now_ns, out);
	if (status == SP_OK)
		status = margins_share_pool(margins, pool);
	for (uint32_t i = 0; status == SP_OK && i < margins->n_families; i++) {
		sp_family_margin *family = &margins->families[i];
		if (family->pool != pool)
			continue;
		status = margins_family(supply, family);
		if (status == SP_OK && family->answer.knowledge == SP_KNOWN)
			status = sp_amount_sum(out->sold, family->capacity, &out->sold);
	}
	return status;
}

/* --- the whole --- */

static sp_status margins_add_family(sp_margins *margins, const sp_family_margin *family)
{
	sp_status status = SP_OK;
	margins->known = margins->known && margins_both(family);
	margins->revenue_known = margins->revenue_known && family->revenue_answer.knowledge == SP_KNOWN;
	if (family->revenue_answer.knowledge == SP_KNOWN)
		status = sp_amount_sum(margins->revenue, family->revenue, &margins->revenue);
	if (status == SP_OK && family->answer.knowledge == SP_KNOWN)
		status = sp_amount_sum(margins->cost, family->cost, &margins->cost);
	if (status != SP_OK || !margins_both(family))
		return status;
	status = sp_amount_sum(margins->margin.ended, family->margin.ended, &margins->margin.ended);
	return status == SP_OK ? sp_amount_sum(margins->margin.booked, family->margin.booked, &margins->margin.booked)
	                       : status;
}

static sp_status margins_add_up(sp_margins *margins)
{
	sp_status status = SP_OK;
	margins->known = margins->revenue_known = margins->paid_known = true;
	for (uint32_t i = 0; status == SP_OK && i < margins->n_families; i++)
		status = margins_add_family(margins, &margins->families[i]);
	for (uint32_t i = 0; status == SP_OK && i < margins->n_pools; i++) {
		const sp_pool_margin *pool = &margins->pools[i];
		margins->paid_known = margins->paid_known && pool->answer.knowledge == SP_KNOWN;
		margins->known = margins->known && pool->left.nano == 0;
		status = sp_amount_sum(margins->paid, pool->paid, &margins->paid);
	}
	return status;
}

sp_status sp_margins_settle(const sp_margin_supply *supplies, int64_t now_ns, sp_margins *margins)
{
	SP_ASSERT(supplies != NULL || margins->n_pools == 0);
	SP_ASSERT(margins->families != NULL && margins->pools != NULL);
	sp_status status = SP_OK;
	for (uint32_t i = 0; status == SP_OK && i < margins->n_pools; i++)
		status = margins_pool(&supplies[i], i, now_ns, margins);
	return status == SP_OK ? margins_add_up(margins) : status;
}

sp_status sp_margins_init(const sp_setup *setup, int64_t span_ns, sp_margins *margins)
{
	SP_ASSERT(setup->n_families == 0 || setup->families != NULL);
	sp_amount nothing = sp_amount_exact((sp_money){0});
	sp_answer unknown = {SP_TOO_LITTLE, "nothing was told of it"};
	*margins = (sp_margins){.families = calloc(setup->n_families + 1, sizeof *margins->families),
	                        .pools = calloc(setup->n_pools + 1, sizeof *margins->pools),
	                        .span_ns = span_ns,
	                        .revenue = nothing,
	                        .cost = nothing,
	                        .paid = nothing,
	                        .margin = {nothing, nothing}};
	if (margins->families == NULL || margins->pools == NULL)
		return SP_E_MEMORY;
	margins->n_families = setup->n_families;
	margins->n_pools = setup->n_pools;
	for (uint32_t i = 0; i < setup->n_families; i++)
		margins->families[i] = (sp_family_margin){.id = setup->families[i].id,
		                                          .pool = setup->families[i].pool,
		                                          .load_answer = unknown,
		                                          .revenue_answer = unknown,
		                                          .load = sp_figure_exact(0),
		                                          .revenue = nothing,
		                                          .capacity = nothing,
		                                          .cost = nothing};
	for (uint32_t i = 0; i < setup->n_pools; i++)
		margins->pools[i] = (sp_pool_margin){.id = setup->pools[i].id, .paid = nothing, .sold = nothing};
	return SP_OK;
}

void sp_margins_fini(sp_margins *margins)
{
	free(margins->families);
	free(margins->pools);
	*margins = (sp_margins){0};
}
