/* earned.c - see earned.h. */
#include "cli/earned.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/time.h"

#define SECONDS_PER_DAY 86400.0

static sp_status by_the_day(const sp_margins *margins, sp_money sum, sp_money *per_day)
{
	return margins->span_ns > 0 ? sp_muldiv_even(sum.nano, SP_DAY, margins->span_ns, &per_day->nano) : SP_OK;
}

/* Money of the while by the day; 0 where none was recorded. */
static sp_status spent(const sp_view *view, const sp_margins *margins, uint32_t subject, uint32_t kind, sp_money *usd)
{
	sp_money sum;

	*usd = (sp_money){0};
	return sp_tally_money(view->scene.tally, subject, kind, &sum) ? by_the_day(margins, sum, usd) : SP_OK;
}

/* --- revenue --- */

/* Of all SKUs that were sold; a record that is missing is no 0. */
static sp_answer revenue_of_skus(const sp_view *view, const sp_family_setup *family, sp_money *sum)
{
	const sp_setup *setup = view->scene.setup;
	const sp_stock *stock = &view->stocks[family->pool];
	bool any = false, missing = false, by_demand;
	double rate;
	sp_money one;

	*sum = (sp_money){0};
	for (uint32_t i = family->first_sku; i < family->first_sku + family->n_skus; i++) {
		if (sp_tally_money(view->scene.tally, setup->skus[i].subject, SP_KIND_revenue, &one)) {
			any = true;
			if (sp_add(sum->nano, one.nano, &sum->nano) != SP_OK)
				return (sp_answer){SP_NOT_IDENTIFIED, "its revenue is more than can be held"};
		} else {
			missing = missing || (sp_stock_sold(stock, i, &rate, &by_demand) && rate > 0);
		}
	}
	if (!any)
		return (sp_answer){SP_TOO_LITTLE, "no revenue was sent for it"};
	return missing ? (sp_answer){SP_TOO_LITTLE, "not every SKU that was sold sent its revenue"}
	               : (sp_answer){SP_KNOWN, NULL};
}

static sp_status take_revenue(const sp_view *view, uint32_t slot, sp_margins *margins)
{
	const sp_family_setup *setup = &view->scene.setup->families[slot];
	sp_family_margin *family = &margins->families[slot];
	sp_money sum, per_day = {0};
	sp_status status;

	if (sp_tally_money(view->scene.tally, setup->subject, SP_KIND_revenue, &sum))
		family->revenue_answer = (sp_answer){SP_KNOWN, NULL};
	else
		family->revenue_answer = revenue_of_skus(view, setup, &sum);
	if (family->revenue_answer.knowledge != SP_KNOWN)
		return SP_OK;
	status = by_the_day(margins, sum, &per_day);
	family->revenue = sp_amount_exact(per_day);
	return status;
}

/* --- load --- */

/* What its units cost beside capacity [USD/day]. */
static double variable_usd(const sp_view *view, uint32_t slot)
{
	const sp_setup *setup = view->scene.setup;
	const sp_family_setup *family = &setup->families[slot];
	double usd = 0, units_per_s;
	bool by_demand;

	for (uint32_t i = family->first_sku; i < family->first_sku + family->n_skus; i++)
		if (sp_stock_sold(&view->stocks[family->pool], i, &units_per_s, &by_demand))
			usd += units_per_s * SECONDS_PER_DAY * ((double)setup->skus[i].variable_cost.nano / (double)SP_NANO);
	return usd;
}

static void take_load(const sp_view *view, uint32_t slot, sp_margins *margins)
{
	sp_family_margin *family = &margins->families[slot];
	sp_figure served;
	bool by_demand;

	if (!sp_stock_family_served(&view->stocks[family->pool], slot, &served, &by_demand)) {
		family->load_answer = (sp_answer){SP_TOO_LITTLE, "neither served nor demand was sent for its SKUs"};
		return;
	}
	family->load_answer = (sp_answer){SP_KNOWN, NULL};
	family->variable_usd = variable_usd(view, slot);
	family->load = sp_figure_scaled(served, SECONDS_PER_DAY);
	if (by_demand)
		family->load.basis = SP_BASIS_ASSUMED;
}

static sp_status take_family(const sp_view *view, uint32_t slot, sp_margins *margins)
{
	uint32_t subject = view->scene.setup->families[slot].subject;
	sp_family_margin *family = &margins->families[slot];
	sp_status status = take_revenue(view, slot, margins);

	take_load(view, slot, margins);
	if (status == SP_OK)
		status = spent(view, margins, subject, SP_KIND_support_cost, &family->support);
	return status == SP_OK ? spent(view, margins, subject, SP_KIND_incident_cost, &family->incidents) : status;
}

static sp_status take_pool(const sp_view *view, uint32_t slot, sp_margins *margins)
{
	uint32_t subject = view->scene.setup->pools[slot].subject;
	sp_pool_margin *pool = &margins->pools[slot];
	sp_status status = spent(view, margins, subject, SP_KIND_support_cost, &pool->support);

	return status == SP_OK ? spent(view, margins, subject, SP_KIND_incident_cost, &pool->incidents) : status;
}

static sp_status settle(const sp_view *view, sp_margins *margins)
{
	sp_margin_supply *supplies = calloc((size_t)view->n_stocks + 1, sizeof *supplies);
	sp_status status;

	if (!supplies)
		return SP_E_MEMORY;
	for (uint32_t i = 0; i < view->n_stocks; i++) {
		const sp_stock *stock = &view->stocks[i];
		supplies[i] = (sp_margin_supply){stock->supply, stock->until_ns, view->beliefs.per_gpu_s[i],
		                                 stock->service.running_known};
	}
	status = sp_margins_settle(supplies, view->scene.t_ns, margins);
	free(supplies);
	return status;
}

sp_status sp_earned_of(const sp_view *view, sp_margins *margins)
{
	const sp_setup *setup = view->scene.setup;
	sp_status status = sp_margins_init(setup, sp_tally_span(view->scene.tally), margins);

	SP_ASSERT(view->n_stocks == setup->n_pools);
	margins->beside = true;
	for (uint32_t i = 0; status == SP_OK && i < setup->n_families; i++)
		status = take_family(view, i, margins);
	for (uint32_t i = 0; status == SP_OK && i < setup->n_pools; i++)
		status = take_pool(view, i, margins);
	return status == SP_OK ? settle(view, margins) : status;
}
