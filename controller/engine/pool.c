/* pool.c - load, capacity and cost of one pool, observed once per tick before any law is asked (R22).
 *
 * Load = sum of offered x weight once every family of the pool is fresh, else utilization x running capacity. Cost is the
 * sellable-capacity cost of all lots, never the realised one: that falls with idleness and no policy may read it. */
#include "controller/engine/ask.h"
#include "controller/engine/pool.h"
#include "controller/engine/sources.h"

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"

const sp_gauge *sp_pool_gauge(const sp_engine *engine, uint32_t pool, sp_signal_kind kind)
{
	return &engine->gauges[sp_engine_gauge(engine, SP_SUBJECT_POOL, pool, kind)];
}

const sp_gauge *sp_lot_gauge(const sp_engine *engine, uint32_t lot, sp_signal_kind kind)
{
	return &engine->gauges[sp_engine_gauge(engine, SP_SUBJECT_LOT, lot, kind)];
}

static void observe(sp_engine *engine, uint32_t pool, sp_pool_estimator which, int64_t t_ns, double x)
{
	const sp_estimator_setup *estimator = sp_engine_estimator(engine, pool, which);

	estimator->ops->update(sp_engine_estimator_state(engine, pool, which), estimator->params, t_ns, x, 0);
}

/* --- supply --- */

static void supply_lot(sp_engine *engine, uint32_t lot, int64_t now_ns)
{
	const sp_lot_setup *setup = &engine->setup->lots[lot];
	const sp_gauge *price = sp_lot_gauge(engine, lot, SP_KIND_usd_per_gpu_h);
	const sp_gauge *running = sp_lot_gauge(engine, lot, SP_KIND_gpus_running);

	engine->lots[lot] = (sp_supply_lot){
	    .gpus = setup->gpus,
	    .usd_per_gpu_h = setup->by_signal ? (sp_money){price->value.nano} : setup->usd_per_gpu_h,
	    .counted = setup->ends_ns == SP_PARAM_NONE || now_ns < setup->ends_ns,
	    .priced = !setup->by_signal || price->seen,
	    .rented = setup->kind == SP_LOT_ON_DEMAND || setup->kind == SP_LOT_SPOT,
	    .running = running->seen ? running->value.real : 0,
	};
}

static void supply(sp_engine *engine, uint32_t pool, int64_t now_ns)
{
	const sp_pool_setup *setup = &engine->setup->pools[pool];
	sp_pool_scratch *scratch = &engine->pool_scratch[pool];
	const sp_gauge *capacity = sp_pool_gauge(engine, pool, SP_KIND_capacity);

	for (uint32_t i = setup->first_lot; i < setup->first_lot + setup->n_lots; i++)
		supply_lot(engine, i, now_ns);
	scratch->supply = (sp_supply){
	    .lots = engine->lots + setup->first_lot,
	    .n_lots = setup->n_lots,
	    .units_per_gpu_s = setup->units_per_gpu_s,
	    .redundancy = setup->redundancy,
	    .slo_headroom = (double)setup->slo_headroom_ppb / (double)SP_NANO,
	};
	scratch->owned = sp_supply_owned(&scratch->supply);
	scratch->running = sp_supply_running(&scratch->supply);
	if (capacity->seen && sp_clock_fresh(setup, SP_CLOCK_DEMAND, capacity->t_ns, now_ns))
		scratch->running = capacity->value.real < scratch->listed ? capacity->value.real : scratch->listed;
}

/* --- cost --- */

static int64_t newest_price_ns(const sp_engine *engine, const sp_pool_setup *setup)
{
	int64_t newest = SP_TIME_MIN_NS;

	for (uint32_t i = setup->first_lot; i < setup->first_lot + setup->n_lots; i++) {
		const sp_gauge *price = sp_lot_gauge(engine, i, SP_KIND_usd_per_gpu_h);
		if (engine->setup->lots[i].by_signal && price->seen && price->t_ns > newest)
			newest = price->t_ns;
	}
	return newest;
}

/* The first price of a lot was refuted by the next: what was made of it is forgotten, and the laws that read cost begin with
 * today's, as at the start. */
static void restart_cost(sp_engine *engine, uint32_t pool)
{
	const sp_pool_setup *setup = &engine->setup->pools[pool];

	setup->cost.ops->init(sp_engine_estimator_state(engine, pool, SP_POOL_COST), setup->cost.params);
	engine->pools[pool].has_cost = engine->pools[pool].cost_restarts = 0;
	for (uint32_t i = engine->first_of_pool[pool]; i < engine->first_of_pool[pool + 1]; i++) {
		uint32_t family = engine->pool_families[i];
		const sp_family_setup *f = &engine->setup->families[family];
		if (!(sp_law_needs(f->law, f->law_params) & SP_NEEDS(COST)))
			continue;
		f->law->init(sp_engine_law_state(engine, family), f->law_params);
		sp_ledger_clear(&engine->families[family]);
	}
}

/* The one way in: no other cost than a sellable one comes to a law. */
static void take_cost(sp_engine *engine, uint32_t pool, int64_t t_ns, sp_sellable_cost cost)
{
	sp_pool_state *state = &engine->pools[pool];

	observe(engine, pool, SP_POOL_COST, t_ns, cost.usd.value);
	state->cost = cost.usd.value;
	state->cost_t_ns = t_ns;
	state->has_cost = 1;
}

/* Observed when a price arrived, and when the cost changed without one (a lot's term ended). */
static void observe_cost(sp_engine *engine, uint32_t pool, int64_t now_ns)
{
	const sp_pool_setup *setup = &engine->setup->pools[pool];
	const sp_pool_state *state = &engine->pools[pool];
	int64_t newest = newest_price_ns(engine, setup), t_ns = newest;
	sp_sellable_cost cost;

	if (state->cost_restarts)
		restart_cost(engine, pool);
	if (sp_supply_cost(&engine->pool_scratch[pool].supply, &cost).knowledge != SP_KNOWN)
		return;
	if (state->has_cost && newest <= state->cost_t_ns) {
		if (cost.usd.value == state->cost)
			return;
		t_ns = now_ns;
	}
	take_cost(engine, pool, t_ns, cost);
}

/* --- load --- */

/* A gauge that ends at 1 says nothing more than "at least this much" near its end. */
#define CENSORED_FROM 0.98

/* More than twice what every listed GPU could serve says no more to any law, and would stay in an average for hours. */
#define LOAD_MOST 2.0

bool sp_pool_demand(const sp_engine *engine, uint32_t pool, int64_t now_ns, int64_t *oldest_ns)
{
	const sp_pool_setup *setup = &engine->setup->pools[pool];
	bool fresh = engine->first_of_pool[pool] < engine->first_of_pool[pool + 1];

	*oldest_ns = SP_TIME_NEVER;
	for (uint32_t i = engine->first_of_pool[pool]; i < engine->first_of_pool[pool + 1]; i++) {
		const sp_family_state *family = &engine->families[engine->pool_families[i]];
		if (!family->has_demand) {
			*oldest_ns = SP_TIME_NEVER;
			return false;
		}
		*oldest_ns = family->demand_t_ns < *oldest_ns ? family->demand_t_ns : *oldest_ns;
		fresh = fresh && sp_clock_fresh(setup, SP_CLOCK_DEMAND, family->demand_t_ns, now_ns);
	}
	return fresh;
}

static double offered_load(sp_engine *engine, uint32_t pool, int64_t *newest_ns)
{
	double load = 0;

	*newest_ns = SP_TIME_MIN_NS;
	engine->pools[pool].away = 0;
	for (uint32_t i = engine->first_of_pool[pool]; i < engine->first_of_pool[pool + 1]; i++) {
		sp_family_state *family = &engine->families[engine->pool_families[i]];
		if (family->demand_dirty)
			sp_take_family_load(engine, engine->pool_families[i]);
		load += family->load;
		engine->pools[pool].away += family->away;
		*newest_ns = family->demand_t_ns > *newest_ns ? family->demand_t_ns : *newest_ns;
	}
	return load;
}

static double plausible_load(const sp_engine *engine, uint32_t pool, double load)
{
	double listed = engine->pool_scratch[pool].listed;

	return listed > 0 ? sp_clamp(load, 0, LOAD_MOST * listed) : load;
}

/* What the gauge tells by itself. What was turned away no GPU shows, so that is added while the families' own signals are fresh. */
static void observe_gauge(sp_engine *engine, uint32_t pool, const sp_gauge *gauge, bool by_demand)
{
	sp_pool_state *state = &engine->pools[pool];
	double load = gauge->value.real * engine->pool_scratch[pool].running + (by_demand ? state->away : 0);

	state->gauge_full = gauge->value.real >= CENSORED_FROM && gauge->value.real <= 1;
	state->gauged = plausible_load(engine, pool, load > 0 ? load : 0);
	observe(engine, pool, SP_POOL_GAUGED, gauge->t_ns, state->gauged);
}

/* Each source is observed when it sent something: what the other sent is no reason to count a value twice. */
static void observe_load(sp_engine *engine, uint32_t pool, int64_t now_ns)
{
	sp_pool_state *state = &engine->pools[pool];
	const sp_gauge *gauge = sp_pool_gauge(engine, pool, SP_KIND_utilization);
	int64_t t_ns = gauge->t_ns, oldest;
	bool by_demand = sp_pool_demand(engine, pool, now_ns, &oldest);
	uint32_t dirty = state->dirty;

	state->dirty = 0;
	if (by_demand && (dirty & SP_DIRTY_DEMAND))
		state->load = offered_load(engine, pool, &t_ns);
	if ((dirty & SP_DIRTY_GAUGE) && gauge->seen)
		observe_gauge(engine, pool, gauge, by_demand);
	if (by_demand && (dirty & SP_DIRTY_DEMAND)) {
		state->censored = 0;
	} else if (!by_demand && (dirty & SP_DIRTY_GAUGE) && gauge->seen) {
		state->load = gauge->value.real * engine->pool_scratch[pool].running;
		state->censored = gauge->value.real >= CENSORED_FROM && gauge->value.real <= 1;
	} else {
		return;
	}
	state->load = plausible_load(engine, pool, state->load);
	state->has_load = 1;
	observe(engine, pool, SP_POOL_LOAD, t_ns, state->load);
}

void sp_pool_tick(sp_engine *engine, uint32_t pool, int64_t now_ns, sp_tick *tick)
{
	supply(engine, pool, now_ns);
	observe_cost(engine, pool, now_ns);
	observe_load(engine, pool, now_ns);
	sp_clocks_tick(engine, pool, now_ns, tick);
	sp_ask_pool(engine, pool, now_ns);
	sp_sources_tick(engine, pool, now_ns, tick);
}
