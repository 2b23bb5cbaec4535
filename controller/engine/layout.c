/* layout.c - where everything lies in the memory that the host gives, and how it begins.
 *
 * The block (head … laws) is the state and is copied whole as a checkpoint; behind it stands what every tick makes anew, or
 * what never changes under one setup. */
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "controller/engine/state.h"

/* --- memory: the block's tables one after the other, each 64-aligned --- */

static size_t aligned(size_t n)
{
	return (n + 63) & ~(size_t)63;
}

static uint32_t count_gauges(const sp_setup *setup, uint32_t step[SP_SUBJECT_TYPES])
{
	memset(step, 0, SP_SUBJECT_TYPES * sizeof step[0]);
	for (uint32_t type = 0; type < SP_SUBJECT_TYPES; type++) {
		for (uint32_t kind = 0; kind < SP_SIGNAL_KINDS; kind++)
			step[type] += sp_kinds[kind].subjects >> type & 1;
	}
	return step[SP_SUBJECT_POOL] * setup->n_pools + step[SP_SUBJECT_LOT] * setup->n_lots +
	       step[SP_SUBJECT_FAMILY] * setup->n_families + step[SP_SUBJECT_SKU] * setup->n_skus;
}

static const sp_estimator_setup *estimator_of(const sp_pool_setup *pool, sp_pool_estimator which)
{
	SP_ASSERT(which < SP_POOL_ESTIMATORS);
	return which == SP_POOL_COST ? &pool->cost : &pool->load;
}

/* A state takes what its kind needs: a decaying mean 64 bytes, a season of 288 phases some thousands. */
static size_t estimators_size(const sp_setup *setup)
{
	size_t size = 0;

	for (uint32_t pool = 0; pool < setup->n_pools; pool++) {
		for (uint32_t which = 0; which < SP_POOL_ESTIMATORS; which++)
			size += estimator_of(&setup->pools[pool], which)->ops->state_size;
	}
	return size;
}

static size_t laws_size(const sp_setup *setup)
{
	size_t size = 0;

	for (uint32_t family = 0; family < setup->n_families; family++)
		size += setup->families[family].law->state_size;
	return size;
}

static size_t totals_size(const sp_setup *setup, uint32_t n_gauges)
{
	for (uint32_t kind = 0; kind < SP_SIGNAL_KINDS; kind++) {
		if (setup->kinds[kind].total)
			return n_gauges * sizeof(sp_total);
	}
	return 0;
}

/* Does anybody ask how a family's buyers answer: an experiment, or its law? */
static bool learns_answer(const sp_family_setup *f)
{
	return sp_experiment_is_on(&f->experiment) || (sp_law_needs(f->law, f->law_params) & SP_NEEDS(ELASTICITY));
}

static uint32_t count_experiments(const sp_setup *setup)
{
	uint32_t n = 0;

	for (uint32_t family = 0; family < setup->n_families; family++)
		n += learns_answer(&setup->families[family]);
	return n;
}

#define LAID_OUT 20 /* tables, of which the first eleven are the block */

/* Lays the engine out from `at` on, or only counts when engine is NULL; returns the bytes used. */
static size_t lay_out(sp_engine *engine, uint8_t *at, const sp_setup *setup)
{
	uint32_t step[SP_SUBJECT_TYPES];
	uint32_t n_gauges = count_gauges(setup, step);
	size_t size[LAID_OUT] = {
	    aligned(sizeof(sp_head)),
	    aligned(setup->n_pools * sizeof(sp_pool_state)),
	    aligned(setup->n_families * sizeof(sp_family_state)),
	    aligned(setup->n_skus * sizeof(sp_sku_state)),
	    aligned((size_t)setup->n_families * SP_WINDOWS * sizeof(sp_window_slots)),
	    aligned(n_gauges * sizeof(sp_gauge)),
	    aligned(n_gauges * sizeof(sp_hour)),
	    aligned(totals_size(setup, n_gauges)),
	    aligned(estimators_size(setup)),
	    aligned(laws_size(setup)),
	    aligned(count_experiments(setup) * sizeof(sp_experiment)),
	    aligned(setup->n_pools * sizeof(sp_pool_scratch)),
	    aligned(setup->n_families * sizeof(sp_family_fixed)),
	    aligned(setup->n_lots * sizeof(sp_supply_lot)),
	    aligned(setup->n_families * sizeof(uint32_t)),
	    aligned((setup->n_pools + 1) * sizeof(uint32_t)),
	    aligned((size_t)setup->n_pools * SP_POOL_ESTIMATORS * sizeof(uint32_t)),
	    aligned(setup->n_families * sizeof(uint32_t)),
	    aligned(setup->n_families * sizeof(uint32_t)),
	    aligned(sp_allot_size(setup)),
	};
	size_t place[LAID_OUT + 1] = {0};

	for (int i = 0; i < LAID_OUT; i++)
		place[i + 1] = place[i] + size[i];
	if (engine) {
		engine->block = at;
		engine->block_size = place[11];
		engine->head = (sp_head *)(void *)(at + place[0]);
		engine->pools = (sp_pool_state *)(void *)(at + place[1]);
		engine->families = (sp_family_state *)(void *)(at + place[2]);
		engine->skus = (sp_sku_state *)(void *)(at + place[3]);
		engine->windows = (sp_window_slots *)(void *)(at + place[4]);
		engine->gauges = (sp_gauge *)(void *)(at + place[5]);
		engine->hours = (sp_hour *)(void *)(at + place[6]);
		engine->totals = (sp_total *)(void *)(at + place[7]);
		engine->estimators = at + place[8];
		engine->laws = at + place[9];
		engine->experiments = (sp_experiment *)(void *)(at + place[10]);
		engine->pool_scratch = (sp_pool_scratch *)(void *)(at + place[11]);
		engine->fixed = (sp_family_fixed *)(void *)(at + place[12]);
		engine->lots = (sp_supply_lot *)(void *)(at + place[13]);
		engine->pool_families = (uint32_t *)(void *)(at + place[14]);
		engine->first_of_pool = (uint32_t *)(void *)(at + place[15]);
		engine->estimator_at = (uint32_t *)(void *)(at + place[16]);
		engine->law_at = (uint32_t *)(void *)(at + place[17]);
		engine->turn_order = (uint32_t *)(void *)(at + place[18]);
		engine->allot = sp_allot_init(at + place[19], setup);
		engine->n_gauges = n_gauges;
		engine->n_totals = totals_size(setup, n_gauges) > 0 ? n_gauges : 0;
	}
	return place[LAID_OUT];
}

size_t sp_engine_size(const sp_setup *setup)
{
	return aligned(sizeof(sp_engine)) + lay_out(NULL, NULL, setup);
}

static void number_gauges(sp_engine *engine)
{
	const sp_setup *setup = engine->setup;
	uint32_t slots[SP_SUBJECT_TYPES] = {setup->n_pools, setup->n_lots, setup->n_families, setup->n_skus};
	uint32_t base = 0;

	count_gauges(setup, engine->gauge_step);
	for (uint32_t type = 0; type < SP_SUBJECT_TYPES; type++) {
		uint8_t place = 0;
		for (uint32_t kind = 0; kind < SP_SIGNAL_KINDS; kind++)
			engine->gauge_of[type][kind] = sp_kinds[kind].subjects >> type & 1 ? place++ : UINT8_MAX;
		engine->gauge_base[type] = base;
		base += slots[type] * engine->gauge_step[type];
	}
	SP_ASSERT(base == engine->n_gauges);
}

uint32_t sp_engine_gauge(const sp_engine *engine, uint32_t type, uint32_t slot, uint32_t kind)
{
	SP_ASSERT(type < SP_SUBJECT_TYPES && kind < SP_SIGNAL_KINDS && engine->gauge_of[type][kind] != UINT8_MAX);
	return engine->gauge_base[type] + slot * engine->gauge_step[type] + engine->gauge_of[type][kind];
}

static void place_estimators(sp_engine *engine)
{
	uint32_t at = 0;

	for (uint32_t pool = 0; pool < engine->setup->n_pools; pool++) {
		for (uint32_t which = 0; which < SP_POOL_ESTIMATORS; which++) {
			engine->estimator_at[pool * SP_POOL_ESTIMATORS + which] = at;
			at += (uint32_t)sp_engine_estimator(engine, pool, which)->ops->state_size;
		}
	}
	SP_ASSERT(at == estimators_size(engine->setup));
}

const sp_estimator_setup *sp_engine_estimator(const sp_engine *engine, uint32_t pool, sp_pool_estimator which)
{
	SP_ASSERT(pool < engine->setup->n_pools);
	return estimator_of(&engine->setup->pools[pool], which);
}

void *sp_engine_estimator_state(const sp_engine *engine, uint32_t pool, sp_pool_estimator which)
{
	SP_ASSERT(pool < engine->setup->n_pools && which < SP_POOL_ESTIMATORS);
	return engine->estimators + engine->estimator_at[pool * SP_POOL_ESTIMATORS + which];
}

static void place_laws(sp_engine *engine)
{
	uint32_t at = 0;

	for (uint32_t family = 0; family < engine->setup->n_families; family++) {
		engine->law_at[family] = at;
		at += (uint32_t)engine->setup->families[family].law->state_size;
	}
	SP_ASSERT(at == laws_size(engine->setup));
}

void *sp_engine_law_state(const sp_engine *engine, uint32_t family)
{
	SP_ASSERT(family < engine->setup->n_families);
	return engine->laws + engine->law_at[family];
}

static void place_experiments(sp_engine *engine)
{
	uint32_t n = 0;

	for (uint32_t family = 0; family < engine->setup->n_families; family++) {
		engine->fixed[family].experiment = learns_answer(&engine->setup->families[family]) ? n : SP_NO_SLOT;
		if (engine->fixed[family].experiment != SP_NO_SLOT)
			sp_experiment_init(&engine->experiments[n++]);
	}
	SP_ASSERT(n == count_experiments(engine->setup));
}

/* --- what never changes for a family --- */

static double sku_units_per_usd(const sp_sku_setup *sku)
{
	return sku->weight * sku->quantity / ((double)sku->sheet.nano / (double)SP_NANO);
}

/* The k-th smallest (from 0) of a family's ratios, by counting: a family has few SKUs, and this runs once. */
static double kth_units_per_usd(const sp_setup *setup, const sp_family_setup *f, uint32_t k)
{
	for (uint32_t i = f->first_sku; i < f->first_sku + f->n_skus; i++) {
		double x = sku_units_per_usd(&setup->skus[i]);
		uint32_t below = 0, equal = 0;
		for (uint32_t j = f->first_sku; j < f->first_sku + f->n_skus; j++) {
			double y = sku_units_per_usd(&setup->skus[j]);
			below += y < x;
			equal += y == x;
		}
		if (below <= k && k < below + equal)
			return x;
	}
	SP_ASSERT(false);
	return 0;
}

static double median_units_per_usd(const sp_setup *setup, const sp_family_setup *f)
{
	return (kth_units_per_usd(setup, f, (f->n_skus - 1) / 2) + kth_units_per_usd(setup, f, f->n_skus / 2)) / 2;
}

/* List and variable cost of a mix in which each SKU takes as much as another. */
static void even_mix(const sp_setup *setup, const sp_family_setup *f, sp_family_fixed *fixed)
{
	for (uint32_t i = f->first_sku; i < f->first_sku + f->n_skus; i++) {
		const sp_sku_setup *sku = &setup->skus[i];
		double units = sku->weight * sku->quantity * (double)SP_NANO * f->n_skus;
		fixed->list_usd += (double)sku->sheet.nano / units;
		fixed->variable_usd += (double)sku->variable_cost.nano / units;
	}
}

static double shared_weight(const sp_setup *setup, const sp_family_setup *f)
{
	double weight = setup->skus[f->first_sku].weight;

	for (uint32_t i = f->first_sku + 1; i < f->first_sku + f->n_skus; i++) {
		if (setup->skus[i].weight != weight)
			return 0;
	}
	return weight;
}

static void family_init(sp_engine *engine, uint32_t family)
{
	const sp_setup *setup = engine->setup;
	const sp_family_setup *f = &setup->families[family];
	sp_family_state *state = &engine->families[family];
	sp_family_fixed *fixed = &engine->fixed[family];
	sp_status bounds = sp_setup_bounds(setup, family, &fixed->floor, &fixed->ceiling);

	SP_ASSERT(bounds == SP_OK && f->n_skus > 0 && f->pool < setup->n_pools);
	SP_ASSERT(f->law->n_terms <= SP_LAW_TERMS_MAX && f->law->state_size <= SP_LAW_STATE_MAX);
	fixed->units_per_usd = median_units_per_usd(setup, f);
	fixed->weight = shared_weight(setup, f);
	even_mix(setup, f, fixed);
	state->book.told_ppb = state->book.in_force_ppb = SP_NANO;
	state->book.last_move_ns = state->block_ns = state->told_ns = state->moved_ns = SP_TIME_NEVER;
	state->bounds = (sp_interval){fixed->floor.ppb, fixed->ceiling.ppb};
	if (f->rails.at_most_ppb != SP_PARAM_NONE)
		fixed->relation_ppb = sp_setup_relation(setup, family);
	state->former = state->book;
	state->reason = UINT32_MAX;
	for (int i = 0; i < SP_FAMILY_ALARMS; i++)
		state->alarm_since_ns[i] = SP_TIME_NEVER;
	for (int i = 0; i < SP_WINDOWS; i++)
		sp_window_init(&state->windows[i]);
	sp_loop_init(state);
	f->law->init(sp_engine_law_state(engine, family), f->law_params);
	for (uint32_t i = f->first_sku; i < f->first_sku + f->n_skus; i++) {
		engine->skus[i].book.told_nano = engine->skus[i].book.in_force_nano = setup->skus[i].sheet.nano;
		engine->skus[i].former = engine->skus[i].book;
	}
}

/* Families by pool, in slot order within each. */
static void sort_by_pool(sp_engine *engine)
{
	const sp_setup *setup = engine->setup;
	uint32_t *first = engine->first_of_pool, n = 0;

	for (uint32_t pool = 0; pool < setup->n_pools; pool++) {
		first[pool] = n;
		for (uint32_t i = 0; i < setup->n_families; i++) {
			if (setup->families[i].pool == pool)
				engine->pool_families[n++] = i;
		}
	}
	first[setup->n_pools] = n;
	SP_ASSERT(n == setup->n_families);
}

/* Where relations go round, as many as there are. */
static uint32_t count_relations(const sp_setup *setup, uint32_t family)
{
	uint32_t n = 0;

	while (setup->families[family].rails.at_most_ppb != SP_PARAM_NONE && n < setup->n_families) {
		family = setup->families[family].relation;
		n++;
	}
	return n;
}

/* By depth, and in slot order within each. */
static void sort_turns(sp_engine *engine)
{
	const uint32_t families = engine->setup->n_families;
	uint32_t n = 0;

	for (uint32_t i = 0; i < families; i++)
		engine->fixed[i].depth = count_relations(engine->setup, i);
	for (uint32_t depth = 0; n < families; depth++) {
		for (uint32_t i = 0; i < families; i++) {
			if (engine->fixed[i].depth == depth)
				engine->turn_order[n++] = i;
		}
		SP_ASSERT(depth <= families);
	}
}

static void pool_init(sp_engine *engine, uint32_t pool)
{
	const sp_pool_setup *p = &engine->setup->pools[pool];
	sp_pool_state *state = &engine->pools[pool];

	for (int clock = 0; clock < SP_CLOCKS; clock++)
		state->stale_since_ns[clock] = SP_TIME_NEVER;
	for (int alarm = 0; alarm < SP_POOL_ALARMS; alarm++)
		state->alarm_since_ns[alarm] = SP_TIME_NEVER;
	p->load.ops->init(sp_engine_estimator_state(engine, pool, SP_POOL_GAUGED), p->load.params);
	p->load.ops->init(sp_engine_estimator_state(engine, pool, SP_POOL_LOAD), p->load.params);
	p->cost.ops->init(sp_engine_estimator_state(engine, pool, SP_POOL_COST), p->cost.params);
	sp_clocks_init(engine, pool);
	for (uint32_t i = p->first_lot; i < p->first_lot + p->n_lots; i++)
		engine->pool_scratch[pool].listed += (double)engine->setup->lots[i].gpus * p->units_per_gpu_s;
}

sp_engine *sp_engine_init(void *memory, size_t size, const sp_setup *setup)
{
	sp_engine *engine = memory;

	SP_ASSERT(memory && ((uintptr_t)memory & 63) == 0);
	SP_ASSERT(size >= sp_engine_size(setup));
	memset(memory, 0, sp_engine_size(setup));
	engine->setup = setup;
	lay_out(engine, (uint8_t *)memory + aligned(sizeof(sp_engine)), setup);
	number_gauges(engine);
	place_estimators(engine);
	place_laws(engine);
	place_experiments(engine);
	engine->head->hour_ns = SP_TIME_NEVER;
	for (int i = 0; i < SP_ALARM_CODES; i++)
		engine->head->driver_alarm_since_ns[i] = engine->head->driver_alarm_told_ns[i] = SP_TIME_NEVER;
	sort_by_pool(engine);
	sort_turns(engine);
	for (uint32_t i = 0; i < setup->n_pools; i++)
		pool_init(engine, i);
	for (uint32_t i = 0; i < setup->n_families; i++)
		family_init(engine, i);
	return engine;
}

/* --- a tick's memory --- */

static size_t tick_bounds(const sp_setup *setup, sp_tick *tick)
{
	uint32_t step[SP_SUBJECT_TYPES];

	tick->prices_max = setup->n_skus;
	tick->activations_max = 2 * (size_t)setup->n_skus; /* one by the world, one by its date */
	tick->alarms_max = (size_t)SP_POOL_ALARMS * setup->n_pools + (size_t)SP_FAMILY_ALARMS * setup->n_families +
	                   2 * (size_t)(SP_ALARM_CODES - SP_ALARM_commit); /* a driver's may be cleared and raised again */
	tick->rollups_max = count_gauges(setup, step);
	return aligned(sizeof *tick) + aligned(setup->n_families * sizeof(sp_decision)) +
	       aligned(tick->prices_max * sizeof(sp_price)) + aligned(tick->activations_max * sizeof(sp_activation)) +
	       aligned(tick->alarms_max * sizeof(sp_alarm_change)) + aligned(tick->rollups_max * sizeof(sp_rollup));
}

size_t sp_tick_size(const sp_setup *setup)
{
	sp_tick bounds = {0};

	return tick_bounds(setup, &bounds);
}

sp_tick *sp_tick_init(void *memory, size_t size, const sp_setup *setup)
{
	sp_tick *tick = memory;
	uint8_t *at = (uint8_t *)memory + aligned(sizeof *tick);

	SP_ASSERT(memory && ((uintptr_t)memory & 63) == 0);
	memset(tick, 0, sizeof *tick);
	SP_ASSERT(size >= tick_bounds(setup, tick));
	tick->n_families = setup->n_families;
	tick->decisions = (sp_decision *)(void *)at;
	at += aligned(setup->n_families * sizeof(sp_decision));
	tick->prices = (sp_price *)(void *)at;
	at += aligned(tick->prices_max * sizeof(sp_price));
	tick->activations = (sp_activation *)(void *)at;
	at += aligned(tick->activations_max * sizeof(sp_activation));
	tick->alarms = (sp_alarm_change *)(void *)at;
	at += aligned(tick->alarms_max * sizeof(sp_alarm_change));
	tick->rollups = (sp_rollup *)(void *)at;
	return tick;
}
