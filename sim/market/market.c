/* market.c - see market.h. */
#include "sim/market/market.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"
#include "sim/market/buyers.h"

/* What a kind of signal can hold at most (signal.h); a market beyond it is no market. */
#define MARKET_DEMAND_MAX 1e15

typedef struct market_sku {
	double base;            /* [meter quantity/s] at list price on a mean day; a series: its mean */
	double value;           /* base in USD of the sheet: its weight in the family's price */
	double offered, served; /* [meter quantity/s] of the last step */
	bool by_series;
} market_sku;

typedef struct market_family {
	sp_buyers buyers;
	double base;   /* [resource units/s], over its SKUs */
	double demand; /* of the last step, relative to base */
	int64_t revenue_nano;
	bool by_series;
} market_family;

typedef struct market_pool {
	double capacity, load; /* [resource units/s] of the last step */
} market_pool;

struct sp_market {
	const sp_setup *setup;
	const sp_series *series;
	sp_market_plan plan;
	int64_t start_ns, now_ns;
	market_sku *skus;
	market_family *families;
	market_pool *pools;
	sp_market_money last, total;
};

/* --- open --- */

static bool market_rents(const sp_lot_setup *lot)
{
	return lot->kind == SP_LOT_ON_DEMAND || lot->kind == SP_LOT_SPOT;
}

/* GPUs of a lot that run at a time. */
static int64_t market_gpus(const sp_market *market, uint32_t slot, int64_t t_ns)
{
	const sp_lot_setup *lot = &market->setup->lots[slot];
	int64_t gpus = lot->gpus;
	if (lot->ends_ns != SP_PARAM_NONE && t_ns >= lot->ends_ns)
		return 0;
	if (market_rents(lot)) {
		sp_status status = sp_muldiv_even(lot->gpus, market->plan.fleets[lot->pool].rented_ppb, SP_NANO, &gpus);
		SP_ASSERT(status == SP_OK); /* a share of at most 1 */
	}
	return gpus;
}

static double market_capacity(const sp_market *market, uint32_t pool, int64_t t_ns)
{
	const sp_pool_setup *row = &market->setup->pools[pool];
	double gpus = 0;
	for (uint32_t i = row->first_lot; i < row->first_lot + row->n_lots; i++)
		gpus += (double)market_gpus(market, i, t_ns);
	return gpus * row->units_per_gpu_s;
}

/* A meter that takes no resources is wanted as often as one that takes one unit. */
static double market_weight(const sp_sku_setup *sku)
{
	return sku->weight > 0 ? sku->weight : 1;
}

/* The pool's load at list price goes to its families by their share, and in a family to every SKU alike. */
static void market_share_out(sp_market *market, uint32_t pool)
{
	const sp_setup *setup = market->setup;
	double load = market_capacity(market, pool, market->start_ns) * (double)market->plan.fleets[pool].load_ppb * 1e-9;
	double shares = 0;
	for (uint32_t f = 0; f < setup->n_families; f++)
		shares += setup->families[f].pool == pool ? market->plan.buyers[f].share : 0;
	for (uint32_t f = 0; f < setup->n_families; f++) {
		const sp_family_setup *row = &setup->families[f];
		if (row->pool != pool)
			continue;
		double base = shares > 0 ? load * market->plan.buyers[f].share / shares : 0;
		for (uint32_t i = row->first_sku; i < row->first_sku + row->n_skus; i++)
			market->skus[i].base = base / row->n_skus / market_weight(&setup->skus[i]);
	}
}

static void market_take_series(sp_market *market, const sp_series *series)
{
	SP_ASSERT(series->n_skus == market->setup->n_skus && series->n_periods > 0);
	market->series = series;
	for (uint32_t i = 0; i < series->n_skus; i++)
		if (series->given[i])
			market->families[market->setup->skus[i].family].by_series = true;
	for (uint32_t i = 0; i < series->n_skus; i++)
		if (market->families[market->setup->skus[i].family].by_series) {
			market->skus[i].by_series = true;
			market->skus[i].base = series->mean[i];
		}
}

static void market_value(sp_market *market)
{
	for (uint32_t i = 0; i < market->setup->n_skus; i++) {
		const sp_sku_setup *sku = &market->setup->skus[i];
		market->skus[i].value = market->skus[i].base / sku->quantity * (double)sku->sheet.nano;
		market->families[sku->family].base += market->skus[i].base * market_weight(sku);
	}
}

/* FNV-1a (Fowler, Noll and Vo): the family's id as a number. */
static uint64_t market_hash(const char *id)
{
	uint64_t hash = UINT64_C(14695981039346656037);
	for (; *id != '\0'; id++)
		hash = (hash ^ (unsigned char)*id) * UINT64_C(1099511628211);
	return hash;
}

static sp_status market_open_parts(sp_market *market, const sp_market_options *options)
{
	const sp_setup *setup = market->setup;
	market->skus = calloc(setup->n_skus + 1, sizeof *market->skus);
	market->families = calloc(setup->n_families + 1, sizeof *market->families);
	market->pools = calloc(setup->n_pools + 1, sizeof *market->pools);
	if (market->skus == NULL || market->families == NULL || market->pools == NULL)
		return SP_E_MEMORY;
	for (uint32_t f = 0; f < setup->n_families; f++) {
		sp_status status = sp_buyers_open(&market->families[f].buyers, &market->plan.buyers[f], setup->period_ns,
		                                  options->seed ^ market_hash(setup->families[f].id));
		if (status != SP_OK)
			return status;
	}
	for (uint32_t pool = 0; pool < setup->n_pools; pool++)
		market_share_out(market, pool);
	if (options->series != NULL)
		market_take_series(market, options->series);
	market_value(market);
	return SP_OK;
}

static sp_status market_begin(sp_market *market, const sp_market_options *options, sp_message *message)
{
	const char *scenario = options->scenario != NULL ? options->scenario : "calm";
	if (options->start_ns < SP_TIME_MIN_NS || options->start_ns >= SP_TIME_MAX_NS ||
	    options->start_ns % market->setup->period_ns != 0)
		return sp_message_set(message, SP_E_RANGE, "market: starts at a multiple of the period between 1970 and 2200");
	sp_status status = sp_market_plan_open(&market->plan, market->setup, scenario, message);
	for (uint32_t i = 0; status == SP_OK && i < options->n_settings; i++)
		status = sp_market_plan_set(&market->plan, options->settings[i], message);
	return status == SP_OK ? market_open_parts(market, options) : status;
}

sp_status sp_market_open(const sp_setup *setup, const sp_market_options *options, sp_market **opened,
                         sp_message *message)
{
	SP_ASSERT(setup != NULL && options != NULL && opened != NULL);
	SP_ASSERT(setup->period_ns > 0);
	sp_status status = SP_E_MEMORY;
	sp_market *market = calloc(1, sizeof *market);
	if (market != NULL) {
		market->setup = setup;
		market->start_ns = market->now_ns = options->start_ns;
		status = market_begin(market, options, message);
	}
	if (status == SP_OK) {
		*opened = market;
		return SP_OK;
	}
	if (status == SP_E_MEMORY)
		sp_message_set(message, status, "market: out of memory");
	sp_market_close(market);
	return status;
}

void sp_market_close(sp_market *market)
{
	if (market == NULL)
		return;
	for (uint32_t f = 0; market->families != NULL && f < market->setup->n_families; f++)
		sp_buyers_close(&market->families[f].buyers);
	free(market->skus);
	free(market->families);
	free(market->pools);
	sp_market_plan_close(&market->plan);
	free(market);
}

/* --- one period --- */

/* What buyers of the mean day's basket pay, relative to the sheet. */
static double family_price(const sp_market *market, uint32_t family, const sp_money *prices)
{
	const sp_setup *setup = market->setup;
	const sp_family_setup *row = &setup->families[family];
	double paid = 0, list = 0, ratios = 0;
	for (uint32_t i = row->first_sku; i < row->first_sku + row->n_skus; i++) {
		SP_ASSERT(prices[i].nano > 0);
		double ratio = (double)prices[i].nano / (double)setup->skus[i].sheet.nano;
		paid += market->skus[i].value * ratio;
		list += market->skus[i].value;
		ratios += ratio;
	}
	return list > 0 ? paid / list : ratios / row->n_skus;
}

static double sku_wanted(const sp_market *market, uint32_t sku, double wave)
{
	const market_sku *row = &market->skus[sku];
	if (!row->by_series)
		return row->base * wave;
	size_t period =
	    (size_t)((market->now_ns - market->start_ns) / market->setup->period_ns) % market->series->n_periods;
	return market->series->demand[period * market->series->n_skus + sku];
}

/* Offers of one family: what its SKUs are asked for in the period that begins at now. */
static void family_offer(sp_market *market, uint32_t family, const sp_money *prices)
{
	const sp_setup *setup = market->setup;
	const sp_family_setup *row = &setup->families[family];
	market_family *state = &market->families[family];
	const int64_t middle = market->now_ns + setup->period_ns / 2;
	double wave = sp_buyers_wave(&state->buyers.params, middle);
	double events =
	    sp_buyers_events(&state->buyers.params, middle - market->start_ns) * sp_buyers_chance(&state->buyers);
	double wanted = 0;
	for (uint32_t i = row->first_sku; i < row->first_sku + row->n_skus; i++) {
		market->skus[i].offered = sku_wanted(market, i, wave) * events;
		wanted += market->skus[i].offered * market_weight(&setup->skus[i]);
	}
	wanted = state->base > 0 ? wanted / state->base : 0;
	double answer = sp_buyers_answer(&state->buyers, family_price(market, family, prices), wanted);
	state->demand = wanted * answer;
	for (uint32_t i = row->first_sku; i < row->first_sku + row->n_skus; i++)
		market->skus[i].offered = sp_clamp(market->skus[i].offered * answer, 0, MARKET_DEMAND_MAX);
}

/* A pool serves what fits; what does not is turned away from every SKU alike, but for meters that take no resources. */
static void market_serve(sp_market *market)
{
	const sp_setup *setup = market->setup;
	for (uint32_t p = 0; p < setup->n_pools; p++)
		market->pools[p] = (market_pool){.capacity = market_capacity(market, p, market->now_ns)};
	for (uint32_t i = 0; i < setup->n_skus; i++)
		market->pools[setup->families[setup->skus[i].family].pool].load +=
		    market->skus[i].offered * setup->skus[i].weight;
	for (uint32_t i = 0; i < setup->n_skus; i++) {
		const market_pool *pool = &market->pools[setup->families[setup->skus[i].family].pool];
		bool full = setup->skus[i].weight > 0 && pool->load > pool->capacity;
		market->skus[i].served =
		    full ? market->skus[i].offered * (pool->capacity / pool->load) : market->skus[i].offered;
	}
}

/* --- money --- */

static int64_t lot_nano(const sp_market *market, uint32_t slot)
{
	const sp_lot_setup *lot = &market->setup->lots[slot];
	const sp_market_gpus *gpus = &market->plan.gpus[slot];
	if (!lot->by_signal)
		return lot->usd_per_gpu_h.nano;
	const int64_t since = market->now_ns - market->start_ns;
	double weeks = (double)since / (double)(7 * SP_DAY);
	double cost = (double)gpus->usd_per_gpu_h.nano * sp_exp(weeks * sp_log(1 + (double)gpus->drift_ppb * 1e-9));
	if (since >= gpus->step_at_ns)
		cost *= 1 + (double)gpus->step_ppb * 1e-9;
	const sp_kind *kind = &sp_kinds[SP_KIND_usd_per_gpu_h];
	int64_t nano = 0;
	sp_status status = sp_round_even(sp_clamp(cost, kind->min * 1e9, kind->max * 1e9), &nano);
	SP_ASSERT(status == SP_OK);
	return nano;
}

static sp_status market_count_capacity(const sp_market *market, int64_t *nano)
{
	*nano = 0;
	for (uint32_t i = 0; i < market->setup->n_lots; i++) {
		int64_t an_hour = 0, cost = 0;
		sp_status status = sp_muldiv_even(market_gpus(market, i, market->now_ns), lot_nano(market, i), 1, &an_hour);
		if (status == SP_OK)
			status = sp_muldiv_even(an_hour, market->setup->period_ns, SP_HOUR, &cost);
		if (status == SP_OK)
			status = sp_add(*nano, cost, nano);
		if (status != SP_OK)
			return status;
	}
	return SP_OK;
}

static sp_status market_count_sku(sp_market *market, uint32_t i, const sp_money *prices, sp_market_money *money)
{
	const sp_sku_setup *sku = &market->setup->skus[i];
	market_family *family = &market->families[sku->family];
	const double units = market->skus[i].served * ((double)market->setup->period_ns * 1e-9) / sku->quantity;
	int64_t revenue = 0, variable = 0;
	sp_status status = sp_round_even(units * (double)prices[i].nano, &revenue);
	if (status == SP_OK)
		status = sp_round_even(units * (double)sku->variable_cost.nano, &variable);
	if (status == SP_OK)
		status = sp_add(money->revenue.nano, revenue, &money->revenue.nano);
	if (status == SP_OK)
		status = sp_add(money->variable.nano, variable, &money->variable.nano);
	if (status == SP_OK)
		status = sp_add(family->revenue_nano, revenue, &family->revenue_nano);
	return status;
}

static sp_status money_close(sp_market_money *money)
{
	sp_status status = sp_sub(money->revenue.nano, money->variable.nano, &money->margin.nano);
	return status == SP_OK ? sp_sub(money->margin.nano, money->capacity.nano, &money->margin.nano) : status;
}

static sp_status market_count(sp_market *market, const sp_money *prices)
{
	sp_market_money period = {0}, *total = &market->total;
	sp_status status = market_count_capacity(market, &period.capacity.nano);
	for (uint32_t i = 0; status == SP_OK && i < market->setup->n_skus; i++)
		status = market_count_sku(market, i, prices, &period);
	if (status == SP_OK)
		status = money_close(&period);
	if (status == SP_OK)
		status = sp_add(total->revenue.nano, period.revenue.nano, &total->revenue.nano);
	if (status == SP_OK)
		status = sp_add(total->variable.nano, period.variable.nano, &total->variable.nano);
	if (status == SP_OK)
		status = sp_add(total->capacity.nano, period.capacity.nano, &total->capacity.nano);
	if (status == SP_OK)
		status = money_close(total);
	market->last = period;
	return status;
}

/* --- signals --- */

/* Where a step's signals go. */
typedef struct market_outlet {
	sp_market_emit emit;
	void *context;
	int64_t t_ns;
	sp_status status; /* sticky: nothing is emitted after the first refusal */
} market_outlet;

static void outlet_send(market_outlet *outlet, uint32_t kind, uint32_t subject, sp_value value)
{
	sp_signal signal = {.t_ns = outlet->t_ns, .kind = kind, .subject = subject, .value = value};
	SP_ASSERT(sp_kind_check(kind, value) == SP_OK);
	if (outlet->status == SP_OK)
		outlet->status = outlet->emit(outlet->context, &signal);
}

static void market_send_lots(const sp_market *market, market_outlet *outlet)
{
	for (uint32_t i = 0; i < market->setup->n_lots; i++) {
		const sp_lot_setup *lot = &market->setup->lots[i];
		if (lot->by_signal)
			outlet_send(outlet, SP_KIND_usd_per_gpu_h, lot->subject, (sp_value){.nano = lot_nano(market, i)});
		if (market_rents(lot))
			outlet_send(outlet, SP_KIND_gpus_running, lot->subject,
			            (sp_value){.real = (double)market_gpus(market, i, market->now_ns)});
	}
}

static void market_send(const sp_market *market, market_outlet *outlet)
{
	const sp_setup *setup = market->setup;
	market_send_lots(market, outlet);
	for (uint32_t i = 0; i < setup->n_skus; i++) {
		const market_sku *sku = &market->skus[i];
		outlet_send(outlet, SP_KIND_demand, setup->skus[i].subject, (sp_value){.real = sku->offered});
		outlet_send(outlet, SP_KIND_served, setup->skus[i].subject, (sp_value){.real = sku->served});
		outlet_send(outlet, SP_KIND_rejected, setup->skus[i].subject, (sp_value){.real = sku->offered - sku->served});
	}
	for (uint32_t p = 0; p < setup->n_pools; p++) {
		const market_pool *pool = &market->pools[p];
		double used = pool->load < pool->capacity ? pool->load : pool->capacity;
		outlet_send(outlet, SP_KIND_utilization, setup->pools[p].subject,
		            (sp_value){.real = pool->capacity > 0 ? used / pool->capacity : 0});
	}
}

sp_status sp_market_step(sp_market *market, int64_t t_ns, const sp_money *prices, sp_market_emit emit, void *context)
{
	SP_ASSERT(market != NULL && prices != NULL && emit != NULL);
	SP_ASSERT(t_ns == market->now_ns + market->setup->period_ns && t_ns <= SP_TIME_MAX_NS);
	for (uint32_t f = 0; f < market->setup->n_families; f++)
		if (market->setup->families[f].n_skus > 0)
			family_offer(market, f, prices);
	market_serve(market);
	sp_status status = market_count(market, prices);
	market_outlet outlet = {emit, context, t_ns - 1, status};
	market_send(market, &outlet);
	market->now_ns = t_ns;
	return outlet.status;
}

/* --- questions --- */

void sp_market_last(const sp_market *market, sp_market_money *money)
{
	*money = market->last;
}

void sp_market_total(const sp_market *market, sp_market_money *money)
{
	*money = market->total;
}

sp_money sp_market_family_revenue(const sp_market *market, uint32_t family)
{
	SP_ASSERT(family < market->setup->n_families);
	return (sp_money){market->families[family].revenue_nano};
}

double sp_market_family_demand(const sp_market *market, uint32_t family)
{
	SP_ASSERT(family < market->setup->n_families);
	return market->families[family].demand;
}

double sp_market_family_bill(const sp_market *market, uint32_t family)
{
	SP_ASSERT(family < market->setup->n_families);
	return market->families[family].buyers.bill;
}

double sp_market_pool_load(const sp_market *market, uint32_t pool)
{
	SP_ASSERT(pool < market->setup->n_pools);
	return market->pools[pool].load;
}

double sp_market_pool_capacity(const sp_market *market, uint32_t pool)
{
	SP_ASSERT(pool < market->setup->n_pools);
	return market->pools[pool].capacity;
}
