/* clocks.c - how fresh what a pool is told is: cost, demand, reliability, market (R10).
 *
 * A clock is absent (constrains nothing), fresh, or stale: from the start until its first signal and again past max_age. */
#include "base/assert.h"
#include "base/time.h"
#include "controller/engine/pool.h"

static int64_t age(int64_t t_ns, int64_t now_ns)
{
	return now_ns > t_ns ? now_ns - t_ns : 0;
}

bool sp_clock_fresh(const sp_pool_setup *pool, sp_clock clock, int64_t t_ns, int64_t now_ns)
{
	return age(t_ns, now_ns) <= pool->clocks[clock].max_age_ns;
}

/* --- what implies that a clock is fed --- */

static bool has_signalled_lot(const sp_setup *setup, const sp_pool_setup *pool)
{
	for (uint32_t i = pool->first_lot; i < pool->first_lot + pool->n_lots; i++) {
		if (setup->lots[i].by_signal)
			return true;
	}
	return false;
}

static bool reads_load(const sp_engine *engine, uint32_t pool)
{
	for (uint32_t i = engine->first_of_pool[pool]; i < engine->first_of_pool[pool + 1]; i++) {
		const sp_family_setup *f = &engine->setup->families[engine->pool_families[i]];
		if (sp_law_needs(f->law, f->law_params) & (SP_NEEDS(LOAD) | SP_NEEDS(DEMAND)))
			return true;
	}
	return false;
}

void sp_clocks_init(sp_engine *engine, uint32_t pool)
{
	const sp_pool_setup *setup = &engine->setup->pools[pool];
	bool *fed = engine->pool_scratch[pool].fed;

	for (int clock = 0; clock < SP_CLOCKS; clock++)
		fed[clock] = setup->clocks[clock].feed == SP_FEED_FED;
	if (setup->clocks[SP_CLOCK_COST].feed == SP_FEED_IMPLIED)
		fed[SP_CLOCK_COST] = has_signalled_lot(engine->setup, setup);
	if (setup->clocks[SP_CLOCK_DEMAND].feed == SP_FEED_IMPLIED)
		fed[SP_CLOCK_DEMAND] = reads_load(engine, pool);
}

/* --- the newest signal of each clock, or SP_TIME_NEVER --- */

/* The oldest lot counts; a lot whose term has ended does not. */
static int64_t cost_time(const sp_engine *engine, uint32_t pool)
{
	const sp_pool_setup *setup = &engine->setup->pools[pool];
	int64_t oldest = SP_TIME_NEVER;

	for (uint32_t i = setup->first_lot; i < setup->first_lot + setup->n_lots; i++) {
		const sp_gauge *price = sp_lot_gauge(engine, i, SP_KIND_usd_per_gpu_h);
		if (!engine->setup->lots[i].by_signal || !engine->lots[i].counted)
			continue;
		if (!price->seen)
			return SP_TIME_NEVER;
		oldest = price->t_ns < oldest ? price->t_ns : oldest;
	}
	return oldest;
}

/* The demand of all families where all are fresh, else the gauge, else whichever is younger. */
static int64_t demand_time(const sp_engine *engine, uint32_t pool, int64_t now_ns)
{
	const sp_gauge *gauge = sp_pool_gauge(engine, pool, SP_KIND_utilization);
	int64_t oldest, demand;

	if (sp_pool_demand(engine, pool, now_ns, &oldest))
		return oldest;
	demand = oldest == SP_TIME_NEVER ? SP_TIME_MIN_NS : oldest;
	if (gauge->seen)
		return gauge->t_ns > demand ? gauge->t_ns : demand;
	return oldest;
}

static int64_t clock_time(const sp_engine *engine, uint32_t pool, sp_clock clock, int64_t now_ns)
{
	const sp_pool_state *state = &engine->pools[pool];

	switch (clock) {
	case SP_CLOCK_COST:
		return cost_time(engine, pool);
	case SP_CLOCK_DEMAND:
		return demand_time(engine, pool, now_ns);
	case SP_CLOCK_RELIABILITY:
		return state->has_reliability ? state->reliability_t_ns : SP_TIME_NEVER;
	default:
		return state->has_market ? state->market_t_ns : SP_TIME_NEVER;
	}
}

/* --- the tick --- */

static sp_clock_reading read_clock(const sp_engine *engine, uint32_t pool, sp_clock clock, int64_t now_ns)
{
	int64_t t_ns = clock_time(engine, pool, clock, now_ns);
	sp_clock_reading reading = {SP_CLOCK_ABSENT, t_ns == SP_TIME_NEVER ? 0 : age(t_ns, now_ns)};
	bool fresh = t_ns != SP_TIME_NEVER && sp_clock_fresh(&engine->setup->pools[pool], clock, t_ns, now_ns);

	if (engine->pool_scratch[pool].fed[clock])
		reading.state = fresh ? SP_CLOCK_FRESH : SP_CLOCK_STALE;
	else
		reading.age_ns = 0;
	return reading;
}

/* One-way moves end when the clock has been stale for max_hold. The market's term only stops growing. */
static bool held_too_long(const sp_pool_setup *setup, sp_clock clock, int64_t since_ns, int64_t now_ns)
{
	return clock != SP_CLOCK_MARKET && since_ns != SP_TIME_NEVER && now_ns - since_ns >= setup->max_hold_ns;
}

void sp_clocks_tick(sp_engine *engine, uint32_t pool, int64_t now_ns, sp_tick *tick)
{
	const sp_pool_setup *setup = &engine->setup->pools[pool];
	sp_pool_state *state = &engine->pools[pool];
	sp_pool_scratch *scratch = &engine->pool_scratch[pool];

	scratch->stale = scratch->held = 0;
	for (unsigned clock = 0; clock < SP_CLOCKS; clock++) {
		sp_clock_reading reading = read_clock(engine, pool, clock, now_ns);
		bool stale = reading.state == SP_CLOCK_STALE;
		if (!stale)
			state->stale_since_ns[clock] = SP_TIME_NEVER;
		else if (state->stale_since_ns[clock] == SP_TIME_NEVER)
			state->stale_since_ns[clock] = now_ns;
		scratch->clocks[clock] = reading;
		scratch->stale |= (uint32_t)stale << clock;
		scratch->held |= (uint32_t)held_too_long(setup, clock, state->stale_since_ns[clock], now_ns) << clock;
		sp_alarm_state(tick, &state->alarm_since_ns[clock], stale, SP_ALARM_stale_cost + clock, setup->id, now_ns);
	}
}
