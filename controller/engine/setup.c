/* setup.c - the parameter rows of what an engine is built from, and the questions a setup can answer by itself. */
#include "controller/engine/setup.h"

#include <string.h>

#include "base/assert.h"
#include "base/time.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static const char *const lot_kinds[] = {"owned", "reserved", "on_demand", "spot", NULL};
static const char *const capacities[] = {"owned", "running", NULL};
static const char *const modes[] = {"observe", "propose", "auto", NULL};
static const char *const cuts[] = {"auto", "propose", NULL};
static const char *const outsides[] = {"restricted", "closed", NULL};
static const char *const feeds[] = {"implied", "fed", "absent", NULL};

#define YEARS(n) ((n)*365.0 * 86400.0)

/* [records/s] of a source unless told otherwise: all of 100,000 SKUs every other second; a sender in an endless loop is over
 * it at once. */
#define SOURCE_PER_S 50000
#define TEXT_OF(x)   #x
#define TEXT(x)      TEXT_OF(x)

#define AT(field) offsetof(sp_setup, field)
const sp_param sp_setup_params[] = {
    {"period", SP_PARAM_SPAN, "", AT(period_ns), 1, 86400, "60s", NULL,
     "The control period: every family is estimated and its law asked once in it."},
    {"lateness", SP_PARAM_SPAN, "", AT(lateness_ns), 0, 3600, "none", NULL,
     "How long after its end a period is closed, so that late signals count; without it the smaller of 2s and a "
     "quarter of the period."},
    {"convergence", SP_PARAM_SPAN, "", AT(convergence_ns), 0, 3600, "2s", NULL,
     "How long a price takes to reach every gateway; no price takes effect sooner after its tick."},
    {"max_ahead", SP_PARAM_SPAN, "", AT(max_ahead_ns), 0, 86400, "1h", NULL,
     "A signal dated further ahead of the running period is refused."},
    {"keep_inputs.age", SP_PARAM_SPAN, "", AT(keep_age_ns), 3600, YEARS(20), "30d", NULL,
     "Recorded inputs older than this are pruned by the live daemon; their hashes stay in the chain."},
    {"keep_inputs.size", SP_PARAM_COUNT, "bytes", AT(keep_size_bytes), 1e6, 1e13, "20000000000", NULL,
     "The oldest recorded inputs are pruned by the live daemon beyond this many bytes."},
    {"portfolio.revenue_share", SP_PARAM_RATIO, "of all revenue", AT(revenue_share_ppb), 0, 1, "none", NULL,
     "So much of it may have its prices moved within the window; the family that loses most by waiting goes first. One "
     "with more than this share never moves by itself."},
    {"portfolio.window", SP_PARAM_SPAN, "", AT(revenue_window_ns), 1, YEARS(1), "1d", NULL,
     "The rolling window of revenue_share."},
    {"portfolio.below_cost_usd", SP_PARAM_MONEY, "USD per 30 days", AT(below_cost_budget), 0, 1e9, "none", NULL,
     "What selling below marginal cost may lose; a cut that would lose more waits."},
    {"portfolio.exploration_usd", SP_PARAM_MONEY, "USD per 30 days", AT(explore_budget), 0, 1e9, "none", NULL,
     "What experiments may cost together."},
};
#undef AT
const size_t sp_setup_n_params = ROWS(sp_setup_params);

#define AT(field) offsetof(sp_pool_setup, field)
const sp_param sp_pool_params[] = {
    {"units_per_gpu_s", SP_PARAM_REAL, "resource units per GPU and second", AT(units_per_gpu_s), 1e-6, 1e12, NULL, NULL,
     "What one GPU serves; a SKU's weight converts its meter to these units."},
    {"units_per_gpu_s_low", SP_PARAM_REAL, "resource units per GPU and second", AT(units_per_gpu_s_low), 0, 1e12, "0",
     NULL, "Lower end of what calibrate measured; reports only, no price depends on it. 0: not measured."},
    {"units_per_gpu_s_high", SP_PARAM_REAL, "resource units per GPU and second", AT(units_per_gpu_s_high), 0, 1e12, "0",
     NULL, "Upper end of it; without both ends the value is assumed, and taken to be right within a quarter."},
    {"utilization_setpoint", SP_PARAM_RATIO, "of capacity", AT(setpoint_ppb), 0.01, 1, "70%", NULL,
     "The load that the pool should run at."},
    {"redundancy", SP_PARAM_REAL, "1", AT(redundancy), 1, 10, "1", NULL,
     "Spare capacity that is paid for but not listed as a lot: 1.10 is ten percent more."},
    {"slo_headroom", SP_PARAM_RATIO, "of capacity", AT(slo_headroom_ppb), 0, 0.9, "0%", NULL,
     "Share of capacity kept free so that latency holds; it makes a sellable unit dearer. Computed from `slo`, where "
     "that is "
     "given and this is not."},
    {"slo.places", SP_PARAM_COUNT, "requests", AT(slo.places), 1, 100000, "none", NULL,
     "Requests that the whole pool can serve at once: GPUs x batch places. From the target slo_headroom is computed."},
    {"slo.service", SP_PARAM_SPAN, "", AT(slo.service_ns), 1e-6, 86400, "none", NULL,
     "How long a request takes a place, on average."},
    {"slo.wait", SP_PARAM_SPAN, "", AT(slo.wait_ns), 0, 86400, "1s", NULL,
     "The longest wait for a place that is well."},
    {"slo.late", SP_PARAM_RATIO, "of requests", AT(slo.late_ppb), 0.000001, 0.5, "1%", NULL,
     "How many may wait longer than that."},
    {"slo.variability", SP_PARAM_REAL, "1", AT(slo.variability), 0.01, 100, "1", NULL,
     "Of arrivals and services, (ca^2 + cs^2) / 2: 1 for Poisson and exponential, more for bursts."},
    {"load_tolerance", SP_PARAM_RATIO, "of the larger", AT(load_tolerance_ppb), 0.01, 1, "25%", NULL,
     "How far demand and utilization may tell the load apart before they are said to disagree; weights are guesses."},
    {"capacity", SP_PARAM_CHOICE, "", AT(capacity), 0, 0, "owned", capacities,
     "What utilization is measured against: owned and reserved GPUs, or all that run."},
    {"overload.rent_at", SP_PARAM_RATIO, "of capacity", AT(overload.rent_at_ppb), 0.01, 1, "90%", NULL,
     "The utilization beyond which more is rented, where lots can be; laws that weigh margins plan with it."},
    {"overload.credits_from", SP_PARAM_RATIO, "of capacity", AT(overload.credits_from_ppb), 0.01, 10, "90%", NULL,
     "Offered load beyond which service suffers and credits begin to be owed."},
    {"overload.credits_full", SP_PARAM_RATIO, "of capacity", AT(overload.credits_full_ppb), 0.01, 10, "110%", NULL,
     "Offered load at which all of credit_share is owed; between the two it rises evenly."},
    {"overload.credit_share", SP_PARAM_RATIO, "of revenue", AT(overload.credit_share_ppb), 0, 1, "0%", NULL,
     "What customers are owed of their bill when the pool is that full."},
    {"overload.rejection_usd_per_1m_units", SP_PARAM_MONEY, "USD per million resource units",
     AT(overload.rejection_per_1m), 0, 1e6, "0", NULL,
     "What turning demand away costs beside the revenue: customers who do not come back."},
    {"max_hold", SP_PARAM_SPAN, "", AT(max_hold_ns), 60, YEARS(1), "6h", NULL,
     "How long a stale clock may still let prices move one way; then they hold, with an alarm."},
};
#undef AT
const size_t sp_pool_n_params = ROWS(sp_pool_params);

#define AT(field) offsetof(sp_lot_setup, field)
const sp_param sp_lot_params[] = {
    {"term", SP_PARAM_CHOICE, "", AT(kind), 0, 0, NULL, lot_kinds, "On what terms the lot is held."},
    {"gpus", SP_PARAM_COUNT, "GPUs", AT(gpus), 0, 1e7, NULL, NULL,
     "Its size; of a rented lot, the most that can be rented."},
    {"ends", SP_PARAM_TIME, "", AT(ends_ns), 0, 0, "none", NULL,
     "When the term ends; from then on the lot counts for nothing."},
    {"credits_until", SP_PARAM_TIME, "", AT(credits_until_ns), 0, 0, "none", NULL,
     "Until when credits pay for it; kept beside the lot, no price depends on it."},
    {"step_gpus", SP_PARAM_COUNT, "GPUs", AT(step_gpus), 1, 1e7, "1", NULL,
     "The smallest number rented or returned at once; kept for planning, no price depends on it."},
    {"start_delay", SP_PARAM_SPAN, "", AT(start_delay_ns), 0, YEARS(1), "0s", NULL,
     "From asking for capacity to having it; kept for planning, no price depends on it."},
    {"min_hold", SP_PARAM_SPAN, "", AT(min_hold_ns), 0, YEARS(10), "0s", NULL,
     "The least time that rented capacity is paid for; kept for planning, no price depends on it."},
};
#undef AT
const size_t sp_lot_n_params = ROWS(sp_lot_params);

#define AT(field) offsetof(sp_clock_setup, field)
const sp_param sp_clock_params[] = {
    {"feed", SP_PARAM_CHOICE, "", AT(feed), 0, 0, "implied", feeds,
     "Whether signals feed this clock; implied: by what the configuration reads."},
    {"max_age", SP_PARAM_SPAN, "", AT(max_age_ns), 1, YEARS(1), "15m", NULL, "A reading older than this is stale."},
};
#undef AT
const size_t sp_clock_n_params = ROWS(sp_clock_params);

#define AT(field) offsetof(sp_family_setup, field)
const sp_param sp_family_params[] = {
    {"mode", SP_PARAM_CHOICE, "", AT(mode), 0, 0, "observe", modes,
     "observe: only logged; propose: a person approves; auto: published while inside the guardrails."},
    {"cuts", SP_PARAM_CHOICE, "", AT(cuts), 0, 0, "auto", cuts,
     "In auto: are cuts published, or proposed to a person?"},
    {"contract", SP_PARAM_FLAG, "", AT(contract), 0, 0, "false", NULL,
     "Are these prices agreed with customers by contract? Then no experiment may run here."},
};
#undef AT
const size_t sp_family_n_params = ROWS(sp_family_params);

#define AT(field) offsetof(sp_guardrails, field)
const sp_param sp_guardrail_params[] = {
    {"floor", SP_PARAM_RATIO, "of the sheet", AT(floor_ppb), 0.000001, 1000, "50%", NULL, "No price below this."},
    {"ceiling", SP_PARAM_RATIO, "of the sheet", AT(ceiling_ppb), 0.000001, 1000, "200%", NULL, "No price above this."},
    {"max_step", SP_PARAM_RATIO, "of the last told", AT(max_step_ppb), 0.000001, 10, "5%", NULL,
     "The largest single change."},
    {"max_per_hour", SP_PARAM_RATIO, "of the window's extremes", AT(max_per_hour_ppb), 0.000001, 10, "none", NULL,
     "The largest net change within an hour, cost apart."},
    {"max_per_day", SP_PARAM_RATIO, "of the window's extremes", AT(max_per_day_ppb), 0.000001, 10, "25%", NULL,
     "The largest net change within a day, cost apart."},
    {"cost_max_per_day", SP_PARAM_RATIO, "of the last told", AT(cost_max_per_day_ppb), 0.000001, 10, "25%", NULL,
     "The largest net change that cost terms may make within a day."},
    {"worst_of_last", SP_PARAM_SPAN, "", AT(worst_of_last_ns), 0, YEARS(1), "0s", NULL,
     "Raise to the lowest, cut to the highest value wished for in this window; 0s: off."},
    {"min_interval", SP_PARAM_SPAN, "", AT(min_interval_ns), 0, YEARS(1), "1h", NULL,
     "The least time between two changes."},
    {"dead_band", SP_PARAM_RATIO, "of the last told", AT(dead_band_ppb), 0, 1, "0%", NULL, "Smaller changes wait."},
    {"notice", SP_PARAM_SPAN, "", AT(notice_ns), 0, YEARS(2), "0s", NULL,
     "How long before it takes effect a raise is announced."},
    {"max_changes", SP_PARAM_COUNT, "changes", AT(max_changes), 1, SP_CHANGES_MAX, "none", NULL,
     "How many changes customers are told within changes_window."},
    {"changes_window", SP_PARAM_SPAN, "", AT(changes_window_ns), 60, YEARS(1), "92d", NULL,
     "The rolling window of max_changes; the longest quarter has 92 days."},
    {"no_raise_before", SP_PARAM_TIME, "", AT(no_raise_before_ns), 0, 0, "none", NULL,
     "Promised to customers: no raise takes effect before."},
    {"at_most", SP_PARAM_RATIO, "of the prices of at_most_of", AT(at_most_ppb), 0.000001, 1000, "none", NULL,
     "No price is more than this of the other family's for the same meter and unit: batch at most 60% of standard."},
    {"least_margin", SP_PARAM_RATIO, "of marginal cost", AT(least_margin_ppb), 0, 100, "none", NULL,
     "The floor is also marginal cost and this much, as far as the ceiling allows; none: marginal cost is no floor."},
    {"restrict_at", SP_PARAM_RATIO, "of running capacity", AT(restrict_at_ppb), 0.01, 100, "none", NULL,
     "From this load of the pool on the offer is restricted: no new batch or spot admissions."},
    {"close_at", SP_PARAM_RATIO, "of running capacity", AT(close_at_ppb), 0.01, 100, "none", NULL,
     "From this load of the pool on the offer is closed: no new load."},
    {"outside", SP_PARAM_CHOICE, "", AT(outside), 0, 0, "restricted", outsides,
     "The offer while a price is outside its floor or ceiling, on its way back."},
};
#undef AT
const size_t sp_guardrail_n_params = ROWS(sp_guardrail_params);

#define AT(field) offsetof(sp_experiment_setup, field)
const sp_param sp_experiment_params[] = {
    {"size", SP_PARAM_RATIO, "of the base price", AT(size_ppb), 0.005, 0.5, "none", NULL,
     "How far a block moves the price, up or down as is drawn: large enough to be felt. none: no experiments here."},
    {"block", SP_PARAM_SPAN, "", AT(block_ns), 3600, YEARS(1), "2d", NULL,
     "How long a block lasts: longer than buyers take to answer."},
    {"blocks", SP_PARAM_COUNT, "blocks", AT(blocks), 1, 1000, "5", NULL,
     "How many at most; then the experiment is over."},
    {"budget_usd", SP_PARAM_MONEY, "USD", AT(budget), 0, 1e9, "500", NULL,
     "What it may lose against the base price: no block begins that would not fit into the rest, and it ends while the "
     "way home still does."},
    {"enough", SP_PARAM_REAL, "standard error of the elasticity", AT(enough), 0, 10, "0.3", NULL,
     "When the elasticity is known so well at the end of a block, the experiment is over."},
};
#undef AT
const size_t sp_experiment_n_params = ROWS(sp_experiment_params);

#define AT(field) offsetof(sp_loop_setup, field)
const sp_param sp_loop_params[] = {
    {"alternations", SP_PARAM_COUNT, "turns", AT(alternations), 0, 100000, "5", NULL,
     "More turns of the told price within the window are a swing: the law's gain halves. 0: any number."},
    {"flap_budget", SP_PARAM_COUNT, "moves", AT(flap_budget), 1, 100000, "none", NULL,
     "More told moves of at least least_move within the window are flapping: the gain halves. none: any number."},
    {"window", SP_PARAM_SPAN, "", AT(window_ns), 1, YEARS(1), "1d", NULL,
     "How long turns and moves are remembered: one counts 37% after this time."},
    {"recovery", SP_PARAM_SPAN, "", AT(recovery_ns), 1, YEARS(1), "3d", NULL,
     "After so long without trouble a halved gain doubles; longer each time that it was too early."},
    {"least_move", SP_PARAM_RATIO, "of the last told", AT(least_move_ppb), 0, 1, "0.5%", NULL,
     "Smaller moves are no flapping, and a smaller way back is no turn."},
    {"elasticity.low", SP_PARAM_REAL, "", AT(elasticity_low), 0, 20, "0", NULL,
     "Config check takes buyers to answer at least so strongly; 0: half of what the law is told, else 0.75."},
    {"elasticity.high", SP_PARAM_REAL, "", AT(elasticity_high), 0, 20, "0", NULL,
     "And at most so strongly; 0: twice what the law is told, else 3."},
    {"lag.low", SP_PARAM_SPAN, "", AT(lag_low_ns), 0, YEARS(1), "none", NULL,
     "And to take at least so long; none: half of what the law is told, else at once."},
    {"lag.high", SP_PARAM_SPAN, "", AT(lag_high_ns), 0, YEARS(1), "none", NULL,
     "And at most so long; none: twice what the law is told, else a day."},
    {"delay.low", SP_PARAM_SPAN, "", AT(delay_low_ns), 0, YEARS(1), "none", NULL,
     "Before a price shows in the load at all passes at least this; none: what the law is told, else no time."},
    {"delay.high", SP_PARAM_SPAN, "", AT(delay_high_ns), 0, YEARS(1), "none", NULL,
     "And at most this; none: a period more than delay.low."},
};
#undef AT
const size_t sp_loop_n_params = ROWS(sp_loop_params);

#define AT(field) offsetof(sp_kind_setup, field)
const sp_param sp_kind_params[] = {
    {"min", SP_PARAM_REAL, "the kind's", AT(min), -1e18, 1e18, "none", NULL, "The smallest value taken."},
    {"max", SP_PARAM_REAL, "the kind's", AT(max), -1e18, 1e18, "none", NULL, "The largest value taken."},
    {"max_jump", SP_PARAM_REAL, "1", AT(max_jump), 0, 1e9, "none", NULL,
     "The largest plausible ratio to the last value, either way; 0: any."},
    {"confirm", SP_PARAM_COUNT, "records", AT(confirm), 1, 1000, "none", NULL,
     "How many records in a row make a larger jump real."},
    {"total", SP_PARAM_FLAG, "", AT(total), 0, 0, "false", NULL,
     "Arrives as a running total, as counters tell it, and is made into rates; for demand, served and rejected."},
};
#undef AT
const size_t sp_kind_n_params = ROWS(sp_kind_params);

#define AT(field) offsetof(sp_source_setup, field)
const sp_param sp_source_params[] = {
    {"max_per_s", SP_PARAM_COUNT, "records per second", AT(max_per_s), 1, 1e7, TEXT(SOURCE_PER_S), NULL,
     "How many records it may send; one second's worth may come at once. What is over it is refused and counted."},
};
#undef AT
const size_t sp_source_n_params = ROWS(sp_source_params);

/* Greedy with one way back: when a later part fails, the last star takes one byte more. */
bool sp_pattern_match(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;

	SP_ASSERT(pattern && text);
	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			resume = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

bool sp_setup_source_may(const sp_setup *setup, const char *source, uint32_t kind, const char *subject)
{
	if (setup->n_sources == 0)
		return true;
	for (uint32_t i = 0; i < setup->n_sources; i++) {
		const sp_source_setup *s = &setup->sources[i];
		if (strcmp(s->id, source) != 0)
			continue;
		if (!(s->kinds >> kind & 1))
			return false;
		for (uint32_t k = 0; k < s->n_subjects; k++) {
			if (sp_pattern_match(s->subjects[k], subject))
				return true;
		}
		return false;
	}
	return false;
}

int64_t sp_setup_source_rate(const sp_setup *setup, const char *source)
{
	SP_ASSERT(setup && source);
	if (setup->n_sources == 0)
		return SOURCE_PER_S;
	for (uint32_t i = 0; i < setup->n_sources; i++) {
		if (strcmp(setup->sources[i].id, source) == 0)
			return setup->sources[i].max_per_s;
	}
	return 0;
}

bool sp_setup_has_portfolio(const sp_setup *setup)
{
	return setup->revenue_share_ppb != SP_PARAM_NONE || setup->below_cost_budget.nano != SP_PARAM_NONE ||
	       setup->explore_budget.nano != SP_PARAM_NONE;
}

static bool is_same_meter(const sp_sku_setup *a, const sp_sku_setup *b)
{
	return strcmp(a->meter, b->meter) == 0 && strcmp(a->unit, b->unit) == 0;
}

int64_t sp_setup_relation(const sp_setup *setup, uint32_t family)
{
	const sp_family_setup *f = &setup->families[family], *other = &setup->families[f->relation];
	int64_t most = INT64_MAX, ppb;
	bool common = false;

	SP_ASSERT(f->rails.at_most_ppb != SP_PARAM_NONE && f->relation < setup->n_families);
	for (uint32_t i = f->first_sku; i < f->first_sku + f->n_skus; i++) {
		for (uint32_t j = other->first_sku; j < other->first_sku + other->n_skus; j++) {
			if (!is_same_meter(&setup->skus[i], &setup->skus[j]))
				continue;
			common = true;
			if (sp_muldiv_floor(setup->skus[j].sheet.nano, f->rails.at_most_ppb, setup->skus[i].sheet.nano, &ppb) ==
			    SP_OK)
				most = ppb < most ? ppb : most;
		}
	}
	return common ? most : 0;
}

/* x as a part of the sheet price [ppb]; what no index can hold answers the largest there is. */
static int64_t part_of_sheet(sp_status (*muldiv)(int64_t, int64_t, int64_t, int64_t *), sp_money x,
                             const sp_sku_setup *sku)
{
	int64_t ppb;

	return muldiv(x.nano, SP_NANO, sku->sheet.nano, &ppb) == SP_OK ? ppb : INT64_MAX;
}

/* The percent bound of the sheet in nano-USD; at most 1000 x 10^6 USD, which int64 holds. */
static int64_t percent_of_sheet(sp_status (*muldiv)(int64_t, int64_t, int64_t, int64_t *), const sp_sku_setup *sku,
                                int64_t ppb)
{
	int64_t nano = 0;
	sp_status status = muldiv(sku->sheet.nano, ppb, SP_NANO, &nano);

	SP_ASSERT(status == SP_OK);
	return nano;
}

sp_money sp_sku_floor(const sp_sku_setup *sku, const sp_guardrails *rails)
{
	int64_t grid = sku->grid.nano;
	int64_t nano = percent_of_sheet(sp_muldiv_ceil, sku, rails->floor_ppb);

	if (nano < sku->floor.nano)
		nano = sku->floor.nano;
	return (sp_money){(nano + grid - 1) / grid * grid};
}

sp_money sp_sku_ceiling(const sp_sku_setup *sku, const sp_guardrails *rails)
{
	int64_t grid = sku->grid.nano;
	int64_t nano = percent_of_sheet(sp_muldiv_floor, sku, rails->ceiling_ppb);

	if (sku->ceiling.nano > 0 && nano > sku->ceiling.nano)
		nano = sku->ceiling.nano;
	if (nano > SP_PRICE_MAX_NANO)
		nano = SP_PRICE_MAX_NANO;
	return (sp_money){nano / grid * grid};
}

sp_status sp_setup_bounds(const sp_setup *setup, uint32_t family, sp_index *floor, sp_index *ceiling)
{
	const sp_family_setup *f = &setup->families[family];
	int64_t low = SP_INDEX_MIN_PPB, high = SP_INDEX_MAX_PPB;

	for (uint32_t i = f->first_sku; i < f->first_sku + f->n_skus; i++) {
		const sp_sku_setup *sku = &setup->skus[i];
		int64_t sku_low = part_of_sheet(sp_muldiv_ceil, sp_sku_floor(sku, &f->rails), sku);
		int64_t sku_high = part_of_sheet(sp_muldiv_floor, sp_sku_ceiling(sku, &f->rails), sku);
		low = sku_low > low ? sku_low : low;
		high = sku_high < high ? sku_high : high;
	}
	floor->ppb = low;
	ceiling->ppb = high;
	return low <= high ? SP_OK : SP_E_RANGE;
}
