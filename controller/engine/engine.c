/* engine.c - the engine as a whole: the order of a tick, and the questions it answers. */
#include "controller/engine/engine.h"

#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "controller/engine/family.h"

/* --- the tick --- */

static void tick_begin(const sp_engine *engine, int64_t now_ns, sp_tick *tick)
{
	const sp_head *head = engine->head;

	SP_ASSERT(now_ns > SP_TIME_MIN_NS && now_ns < SP_TIME_MAX_NS);
	SP_ASSERT(!head->ticked || now_ns > head->now_ns);
	tick->t_ns = now_ns;
	tick->skipped = 0;
	if (head->ticked && now_ns - head->now_ns > engine->setup->period_ns)
		tick->skipped = (uint32_t)((now_ns - head->now_ns) / engine->setup->period_ns - 1); /* whole ones */
	tick->checkpoint_due = head->ticked && now_ns / SP_HOUR != head->now_ns / SP_HOUR;
	tick->n_recorded = tick->n_alarms = tick->n_rollups = 0;
	tick->taken = head->taken;
	memcpy(tick->refused, head->refused, sizeof tick->refused);
}

static void tick_end(sp_engine *engine, int64_t now_ns)
{
	sp_head *head = engine->head;

	head->now_ns = now_ns;
	head->ticked = 1;
	head->taken = 0;
	memset(head->refused, 0, sizeof head->refused);
}

/* Each family goes as far as its own rails, one whose prices another's bound after that one; what the portfolio may hold waits for all
 * the others. */
static void families_tick(sp_engine *engine, sp_tick *tick)
{
	size_t n_prices = 0, n_activated = 0;
	sp_turn turn;

	for (uint32_t i = 0; i < tick->n_families; i++) {
		uint32_t family = engine->turn_order[i];
		sp_decision *decision = &tick->decisions[family];
		decision->prices = tick->prices + n_prices;
		decision->activated = tick->activations + n_activated;
		sp_family_begin(engine, family, tick, &turn);
		n_prices += decision->n_prices;
		n_activated += decision->n_activated;
		SP_ASSERT(n_prices <= tick->prices_max && n_activated <= tick->activations_max);
		if (!sp_allot_keeps(&turn))
			sp_family_decide(&turn);
	}
	sp_allot_decide(engine, tick);
	for (uint32_t i = 0; i < tick->n_families; i++)
		tick->n_recorded += tick->decisions[i].recorded;
}

void sp_engine_tick(sp_engine *engine, int64_t now_ns, sp_tick *tick)
{
	if (!engine->head->ticked)
		sp_take_forget_future(engine, now_ns + engine->setup->max_ahead_ns);
	tick_begin(engine, now_ns, tick);
	for (uint32_t i = 0; i < engine->setup->n_pools; i++)
		sp_pool_tick(engine, i, now_ns, tick);
	families_tick(engine, tick);
	sp_alarms_drivers(engine, tick);
	sp_hours_close(engine, now_ns, tick);
	tick_end(engine, now_ns);
}

/* --- questions --- */

int64_t sp_engine_now(const sp_engine *engine)
{
	return engine->head->now_ns;
}

const sp_setup *sp_engine_setup(const sp_engine *engine)
{
	return engine->setup;
}

sp_money sp_engine_price(const sp_engine *engine, uint32_t sku, uint64_t *version)
{
	SP_ASSERT(sku < engine->setup->n_skus);
	if (version)
		*version = engine->families[engine->setup->skus[sku].family].book.in_force_version;
	return (sp_money){engine->skus[sku].book.in_force_nano};
}

const sp_law_input *sp_engine_readings(const sp_engine *engine, uint32_t pool)
{
	SP_ASSERT(pool < engine->setup->n_pools);
	return &engine->pool_scratch[pool].input;
}

bool sp_engine_last(const sp_engine *engine, uint32_t subject, uint32_t kind, sp_value *value, int64_t *t_ns)
{
	const sp_subject *s = &engine->setup->subjects[subject];
	const sp_gauge *gauge;

	SP_ASSERT(subject < engine->setup->n_subjects && kind < SP_SIGNAL_KINDS);
	if (!(sp_kinds[kind].subjects >> s->type & 1))
		return false;
	gauge = &engine->gauges[sp_engine_gauge(engine, s->type, s->slot, kind)];
	*value = gauge->value;
	*t_ns = gauge->t_ns;
	return gauge->seen != 0;
}

void sp_engine_fork(sp_engine *to, const sp_engine *from)
{
	SP_ASSERT(to->setup == from->setup && to->block_size == from->block_size);
	memcpy(to->block, from->block, from->block_size);
}
