/* ask.c - what a law is told when it is asked (law.h).
 *
 * Whose load it is: a family that sends demand or served offers that. What the pool's gauge shows beyond all those is of the
 * families that send nothing, in equal parts: nobody knows better, their sum is right, and the variance says how little that is. A
 * pool of one family needs nothing but its gauge.
 *
 * What more capacity costs: all rented lots as one, at their mean price, in steps of the largest of them.
 *
 * Lists and variable costs are those of the mix that is being asked for; each SKU counts the same until one is. */
#include "controller/engine/ask.h"

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"
#include "controller/economics/marginal.h"
#include "controller/engine/pool.h"

#define RATIO_MAX 1e12 /* of the load by the gauge to that offered: what hangs on it stays finite */

#define SECONDS_PER_HOUR 3600.0

static double share(int64_t nano)
{
	return (double)nano / (double)SP_NANO;
}

/* --- the pool's part --- */

sp_reading sp_ask_estimator(const sp_engine *engine, uint32_t pool, sp_pool_estimator which, int64_t now_ns)
{
	const sp_estimator_setup *estimator = sp_engine_estimator(engine, pool, which);
	const sp_clock clock = which == SP_POOL_COST ? SP_CLOCK_COST : SP_CLOCK_DEMAND;
	sp_reading reading = {.clock = engine->pool_scratch[pool].clocks[clock].state};

	reading.answer = estimator->ops->read(sp_engine_estimator_state(engine, pool, which), estimator->params, now_ns,
	                                      &reading.estimate);
	SP_ASSERT(reading.answer.knowledge != SP_KNOWN || sp_finite(reading.estimate.value));
	return reading;
}

/* An outage raises no price: the capacity counted is never less than owned (R22). */
static double counted_capacity(const sp_pool_setup *setup, const sp_pool_scratch *scratch)
{
	if (setup->capacity == SP_CAPACITY_RUNNING && scratch->running > scratch->owned)
		return scratch->running;
	return scratch->owned;
}

static bool can_be_rented(const sp_supply_lot *lot)
{
	return lot->rented && lot->counted && lot->priced && lot->gpus > 0;
}

/* All rented lots as one. */
static void rented_supply(const sp_engine *engine, uint32_t pool, sp_law_supply *supply)
{
	const sp_pool_setup *setup = &engine->setup->pools[pool];
	const sp_supply *lots = &engine->pool_scratch[pool].supply;
	double gpus = 0, usd_per_h = 0;
	int64_t largest = 0, step_gpus = 1;

	for (uint32_t i = 0; i < lots->n_lots; i++) {
		const sp_supply_lot *lot = &lots->lots[i];
		if (!can_be_rented(lot))
			continue;
		gpus += (double)lot->gpus;
		usd_per_h += (double)lot->gpus * share(lot->usd_per_gpu_h.nano);
		if (lot->gpus > largest) {
			largest = lot->gpus;
			step_gpus = engine->setup->lots[setup->first_lot + i].step_gpus;
		}
	}
	if (largest == 0)
		return;
	supply->step = (double)step_gpus * setup->units_per_gpu_s * (1 - lots->slo_headroom);
	supply->most = gpus / (double)step_gpus;
	supply->usd_per_s = usd_per_h / gpus * (double)step_gpus * setup->redundancy / SECONDS_PER_HOUR;
}

static void fill_supply(const sp_engine *engine, uint32_t pool, sp_law_supply *supply)
{
	const sp_overload_setup *overload = &engine->setup->pools[pool].overload;
	const sp_pool_scratch *scratch = &engine->pool_scratch[pool];

	*supply = (sp_law_supply){
	    .owned = scratch->owned * (1 - scratch->supply.slo_headroom),
	    .rent_at = share(overload->rent_at_ppb),
	    .credits_from = share(overload->credits_from_ppb),
	    .credits_full = share(overload->credits_full_ppb),
	    .credit_share = share(overload->credit_share_ppb),
	    .rejection_usd = share(overload->rejection_per_1m.nano) / 1e6,
	};
	rented_supply(engine, pool, supply);
}

/* The shadow price of the pool's next unit; each family adds its variable cost. */
static sp_reading read_shadow(const sp_engine *engine, uint32_t pool)
{
	const sp_pool_scratch *scratch = &engine->pool_scratch[pool];
	const sp_reading *load = &scratch->input.readings[SP_READING_LOAD];
	sp_reading reading = {.answer = load->answer, .clock = scratch->clocks[SP_CLOCK_COST].state};
	bool full;

	if (load->answer.knowledge != SP_KNOWN)
		return reading;
	reading.estimate = (sp_estimate){.count = 1, .age_ns = load->estimate.age_ns, .lag_s = load->estimate.lag_s};
	reading.answer = sp_marginal_shadow(&scratch->supply, load->estimate.value > 0 ? load->estimate.value : 0,
	                                    &reading.estimate.value, &full);
	return reading;
}

/* How much the families that send what they offer offer together, and how many send nothing. */
static void hear_families(sp_engine *engine, uint32_t pool)
{
	sp_pool_scratch *scratch = &engine->pool_scratch[pool];

	scratch->said = 0;
	scratch->silent = 0;
	for (uint32_t i = engine->first_of_pool[pool]; i < engine->first_of_pool[pool + 1]; i++) {
		sp_family_state *family = &engine->families[engine->pool_families[i]];
		if (family->has_demand && family->demand_dirty)
			sp_take_family_load(engine, engine->pool_families[i]);
		scratch->said += family->has_demand ? family->load : 0;
		scratch->silent += !family->has_demand;
	}
}

/* By how much the source tells more load than demand does: what each family is told of its own goes with it. */
static double told_ratio(const sp_pool_state *pool, sp_pool_estimator source)
{
	double ratio = source == SP_POOL_GAUGED && pool->load > 0 ? pool->gauged / pool->load : 1;

	return ratio < RATIO_MAX ? ratio : RATIO_MAX; /* next to nothing offered, and a gauge that shows load */
}

void sp_ask_load(sp_engine *engine, uint32_t pool, sp_pool_estimator source, int64_t now_ns)
{
	const sp_pool_state *state = &engine->pools[pool];
	sp_pool_scratch *scratch = &engine->pool_scratch[pool];

	SP_ASSERT(source == SP_POOL_LOAD || source == SP_POOL_GAUGED);
	scratch->by_gauge = source == SP_POOL_GAUGED;
	scratch->ratio = told_ratio(state, source);
	scratch->input.censored = scratch->by_gauge ? state->gauge_full != 0 : state->censored != 0;
	scratch->input.readings[SP_READING_LOAD] = sp_ask_estimator(engine, pool, source, now_ns);
	scratch->shadow = read_shadow(engine, pool);
}

void sp_ask_pool(sp_engine *engine, uint32_t pool, int64_t now_ns)
{
	const sp_pool_setup *setup = &engine->setup->pools[pool];
	sp_pool_scratch *scratch = &engine->pool_scratch[pool];
	sp_law_input *input = &scratch->input;

	SP_ASSERT(pool < engine->setup->n_pools);
	input->now_ns = now_ns;
	input->period_ns = engine->setup->period_ns;
	input->capacity = counted_capacity(setup, scratch);
	input->setpoint = share(setup->setpoint_ppb);
	input->readings[SP_READING_COST] = sp_ask_estimator(engine, pool, SP_POOL_COST, now_ns);
	sp_ask_load(engine, pool, SP_POOL_LOAD, now_ns);
	fill_supply(engine, pool, &input->supply);
	hear_families(engine, pool);
}

/* --- whose load it is --- */

static int64_t age(int64_t now_ns, int64_t t_ns)
{
	return now_ns > t_ns ? now_ns - t_ns : 0;
}

/* The gauge's load beyond what the others say is theirs. */
static sp_reading demand_by_gauge(const sp_turn *turn, const sp_pool_state *pool)
{
	const sp_reading *load = &turn->input->readings[SP_READING_LOAD];
	const uint32_t silent = turn->pool->silent;
	sp_reading reading = {.answer = load->answer, .clock = load->clock};
	double left = pool->load - turn->pool->said, own;

	if (!pool->has_load || load->answer.knowledge != SP_KNOWN)
		return reading;
	SP_ASSERT(silent > 0);
	own = left > 0 ? left / silent : 0;
	reading.estimate = (sp_estimate){.value = own, .count = 1, .age_ns = load->estimate.age_ns};
	reading.estimate.variance = silent > 1 ? own * own : 0;
	return reading;
}

static sp_reading read_demand(const sp_turn *turn)
{
	const sp_pool_state *pool = &turn->engine->pools[turn->setup->pool];
	sp_reading reading = {.clock = turn->pool->clocks[SP_CLOCK_DEMAND].state};

	if (!turn->state->has_demand)
		return demand_by_gauge(turn, pool);
	reading.answer = (sp_answer){SP_KNOWN, NULL};
	reading.estimate = (sp_estimate){.value = turn->state->load * turn->pool->ratio, .count = 1};
	reading.estimate.age_ns = age(turn->now_ns, turn->state->demand_t_ns);
	return reading;
}

/* --- the family's mix --- */

static void fill_mix(const sp_turn *turn)
{
	const sp_family_setup *f = turn->setup;
	sp_law_input *input = turn->input;
	double units = 0, list = 0, variable = 0;

	for (uint32_t i = f->first_sku; i < f->first_sku + f->n_skus; i++) {
		const sp_sku_setup *sku = &turn->engine->setup->skus[i];
		double sold = turn->engine->skus[i].offered / sku->quantity;
		units += turn->engine->skus[i].offered * sku->weight;
		list += sold * share(sku->sheet.nano);
		variable += sold * share(sku->variable_cost.nano);
	}
	if (!(units > 0 && list > 0) || !sp_finite(list / units) || !(list / units > 0))
		return;
	input->list_usd = list / units;
	input->variable_usd = variable / units;
}

/* --- the market --- */

/* Where the market's clock is fed, a SKU's price that is older than max_age is left out: one that is alive keeps no dead one in the
 * median. When the family has no younger one its market is stale, whatever is sent for others of the pool: then its price is told as
 * it was, and the term waits. The age is that of the oldest that counts, as for cost. */

/* The SKU's price, as a part of the sheet, where it was sent since then. */
static bool market_of(const sp_engine *engine, uint32_t sku, int64_t since_ns, double *ratio)
{
	const sp_gauge *gauge = &engine->gauges[sp_engine_gauge(engine, SP_SUBJECT_SKU, sku, SP_KIND_market_price)];

	*ratio = (double)gauge->value.nano / (double)engine->setup->skus[sku].sheet.nano;
	return gauge->seen != 0 && gauge->t_ns >= since_ns;
}

/* The k-th smallest (from 0) of the SKUs' ratios, by counting. */
static double kth_market(const sp_turn *turn, int64_t since_ns, uint32_t k)
{
	const sp_family_setup *f = turn->setup;
	double x, y, found = 0;

	for (uint32_t i = f->first_sku; i < f->first_sku + f->n_skus; i++) {
		uint32_t below = 0, equal = 0;
		if (!market_of(turn->engine, i, since_ns, &x))
			continue;
		for (uint32_t j = f->first_sku; j < f->first_sku + f->n_skus; j++) {
			bool sent = market_of(turn->engine, j, since_ns, &y);
			below += sent && y < x;
			equal += sent && y == x;
		}
		if (below <= k && k < below + equal)
			found = x;
	}
	return found;
}

/* How many SKUs have a price that was sent since then, and the oldest of those. */
static uint32_t count_markets(const sp_turn *turn, int64_t since_ns, int64_t *oldest_ns)
{
	const sp_family_setup *f = turn->setup;
	double ratio;
	uint32_t n = 0;

	*oldest_ns = SP_TIME_NEVER;
	for (uint32_t i = f->first_sku; i < f->first_sku + f->n_skus; i++) {
		const sp_gauge *gauge =
		    &turn->engine->gauges[sp_engine_gauge(turn->engine, SP_SUBJECT_SKU, i, SP_KIND_market_price)];
		if (!market_of(turn->engine, i, since_ns, &ratio))
			continue;
		*oldest_ns = gauge->t_ns < *oldest_ns ? gauge->t_ns : *oldest_ns;
		n++;
	}
	return n;
}

static sp_reading read_market(sp_turn *turn)
{
	const bool fed = turn->pool->clocks[SP_CLOCK_MARKET].state != SP_CLOCK_ABSENT;
	const sp_clock_setup *clock = &turn->engine->setup->pools[turn->setup->pool].clocks[SP_CLOCK_MARKET];
	int64_t since_ns = fed ? turn->now_ns - clock->max_age_ns : SP_TIME_MIN_NS, oldest_ns;
	uint32_t n = count_markets(turn, since_ns, &oldest_ns);
	sp_reading reading = {.clock = !fed ? SP_CLOCK_ABSENT : n > 0 ? SP_CLOCK_FRESH : SP_CLOCK_STALE};

	if (n == 0) {
		since_ns = SP_TIME_MIN_NS;
		n = count_markets(turn, since_ns, &oldest_ns);
	}
	turn->market = (sp_clock_reading){reading.clock, fed && n > 0 ? age(turn->now_ns, oldest_ns) : 0};
	if (n == 0) {
		reading.answer = (sp_answer){SP_TOO_LITTLE, "no market price has been sent for the family"};
		return reading;
	}
	reading.answer = (sp_answer){SP_KNOWN, NULL};
	reading.estimate = (sp_estimate){.count = n, .age_ns = age(turn->now_ns, oldest_ns)};
	reading.estimate.value = (kth_market(turn, since_ns, (n - 1) / 2) + kth_market(turn, since_ns, n / 2)) / 2;
	return reading;
}

/* --- the family's part --- */

static void fill_readings(sp_turn *turn)
{
	const uint32_t needs = sp_law_needs(turn->setup->law, turn->setup->law_params);
	sp_law_input *input = turn->input;

	input->list_usd = turn->fixed->list_usd;
	input->variable_usd = turn->fixed->variable_usd;
	input->readings[SP_READING_DEMAND] = read_demand(turn);
	fill_mix(turn); /* whatever the law asks for: the rails read marginal cost as well (R5) */
	input->others = turn->engine->pools[turn->setup->pool].load * turn->pool->ratio;
	input->others -= input->readings[SP_READING_DEMAND].estimate.value;
	input->others = input->others > 0 ? input->others : 0;
	input->readings[SP_READING_MARGINAL] = turn->pool->shadow;
	input->readings[SP_READING_MARGINAL].estimate.value += input->variable_usd;
	input->readings[SP_READING_MARKET] = (sp_reading){.answer = {SP_TOO_LITTLE, "the law does not ask for it"},
	                                                  .clock = turn->pool->clocks[SP_CLOCK_MARKET].state};
	if (needs & SP_NEEDS(MARKET))
		input->readings[SP_READING_MARKET] = read_market(turn);
	input->readings[SP_READING_ELASTICITY] = sp_experiment_elasticity(turn);
}

/* A law asked per change is asked once an interval, told or not: one that a dead band holds does not add a block every tick. */
static bool block_passed(const sp_turn *turn)
{
	int64_t block_ns = turn->state->block_ns;

	return !turn->setup->law->per_change || block_ns == SP_TIME_NEVER ||
	       turn->now_ns - block_ns >= turn->setup->rails.min_interval_ns;
}

/* Parts of a move may cancel out beyond where an index can be (ledger.c): a law is told one that can. */
static int64_t own_index(int64_t ppb)
{
	return ppb < SP_INDEX_MIN_PPB ? SP_INDEX_MIN_PPB : ppb > SP_INDEX_MAX_PPB ? SP_INDEX_MAX_PPB : ppb;
}

void sp_ask_family(sp_turn *turn)
{
	const sp_family_state *state = turn->state;
	sp_law_input *input = turn->input;
	sp_pending_level *pending = turn->engine->pool_scratch[turn->setup->pool].pending;

	SP_ASSERT(state->book.n_pending <= SP_PENDING_MAX);
	input->since_change_ns =
	    state->book.last_move_ns == SP_TIME_NEVER ? SP_TIME_NEVER : turn->now_ns - state->book.last_move_ns;
	input->own.ppb = own_index(sp_ledger_own(state, turn->setup->law) - state->book.told_experiment_ppb);
	input->told.ppb = state->book.told_ppb - state->book.told_experiment_ppb;
	input->in_force.ppb = state->book.in_force_ppb;
	for (size_t i = 0; i < SP_LAW_TERMS_MAX; i++)
		input->booked[i].ppb = state->law_terms_ppb[i];
	input->n_pending = state->book.n_pending;
	for (uint32_t i = 0; i < state->book.n_pending; i++)
		pending[i] = (sp_pending_level){{state->book.pending[i].index_ppb}, state->book.pending[i].not_before_ns};
	input->pending = pending;
	input->bound = state->binds;
	turn->due = input->since_change_ns >= turn->setup->rails.min_interval_ns;
	input->change_due = turn->due && block_passed(turn);
	double sum = state->load_sum + (turn->pool->by_gauge ? state->load_apart : 0);
	input->load_mean = state->load_count > 0 ? sum / state->load_count : 0;
	input->load_mean_count = state->load_count;
	input->units_per_usd = turn->fixed->units_per_usd;
	fill_readings(turn);
}
