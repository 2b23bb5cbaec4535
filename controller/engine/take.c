/* take.c - one signal in: checked against its kind and its own past, then kept as the last value of its subject.
 *
 * A refused signal changes nothing but the counts (and, for a jump, its confirmations). What needs a clock or a name is
 * checked before, by the driver. */
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "controller/engine/state.h"

void sp_engine_refuse(sp_engine *engine, sp_refusal refusal, uint32_t n)
{
	uint32_t *count;

	SP_ASSERT(refusal > SP_REFUSED_none && refusal < SP_REFUSALS && n > 0);
	count = &engine->head->refused[refusal];
	*count = n <= UINT32_MAX - *count ? *count + n : UINT32_MAX; /* no count goes round */
}

static bool in_bounds(const sp_kind_setup *bounds, double x)
{
	return x >= bounds->min && x <= bounds->max;
}

static bool is_future(const sp_engine *engine, int64_t t_ns)
{
	const sp_head *head = engine->head;

	return head->ticked && t_ns > head->now_ns + engine->setup->period_ns + engine->setup->max_ahead_ns;
}

/* One dated ahead of the running period is last only until the next: it must not shut out those of today. */
static bool is_ahead(const sp_engine *engine, int64_t t_ns)
{
	return engine->head->ticked && t_ns > engine->head->now_ns + engine->setup->period_ns;
}

/* The checks in their order; the first that fails names the refusal. */
static sp_refusal refusal_of(sp_engine *engine, const sp_signal *signal, const sp_subject *subject)
{
	const sp_setup *setup = engine->setup;
	sp_gauge *gauge;

	if (!(sp_kinds[signal->kind].subjects >> subject->type & 1))
		return SP_REFUSED_wrong_subject;
	if (sp_kind_check(signal->kind, signal->value) == SP_E_NOT_FINITE)
		return SP_REFUSED_not_finite;
	if (!in_bounds(&setup->kinds[signal->kind], sp_kind_real(signal->kind, signal->value)))
		return SP_REFUSED_out_of_range;
	if (is_future(engine, signal->t_ns))
		return SP_REFUSED_future;
	gauge = &engine->gauges[sp_engine_gauge(engine, subject->type, subject->slot, signal->kind)];
	if (gauge->seen && signal->t_ns < gauge->t_ns && !is_ahead(engine, gauge->t_ns))
		return SP_REFUSED_older;
	if (subject->type == SP_SUBJECT_FAMILY &&
	    (signal->kind == SP_KIND_demand || signal->kind == SP_KIND_served || signal->kind == SP_KIND_rejected ||
	     signal->kind == SP_KIND_queue) &&
	    engine->fixed[subject->slot].weight == 0)
		return SP_REFUSED_mixed_weights;
	if (!sp_plausible(engine, gauge, signal, subject))
		return SP_REFUSED_jump;
	return SP_REFUSED_none;
}

/* --- what a taken signal sets in motion --- */

static double gauge_real(const sp_engine *engine, uint32_t type, uint32_t slot, uint32_t kind)
{
	const sp_gauge *gauge = &engine->gauges[sp_engine_gauge(engine, type, slot, kind)];

	return gauge->seen ? gauge->value.real : 0;
}

/* Is one gauge of a SKU or family at most the demand clock's age older than another? */
static bool is_of_the_time(const sp_engine *engine, uint32_t type, uint32_t slot, const sp_gauge *of,
                           const sp_gauge *part)
{
	const sp_setup *setup = engine->setup;
	uint32_t family = type == SP_SUBJECT_SKU ? setup->skus[slot].family : slot;

	return of->t_ns - part->t_ns <= setup->pools[setup->families[family].pool].clocks[SP_CLOCK_DEMAND].max_age_ns;
}

/* Is this part of an offered load as young as the newest `served` allows? What stopped being sent stops counting (P5). */
static bool is_current(const sp_engine *engine, uint32_t type, uint32_t slot, uint32_t kind)
{
	const sp_gauge *served = &engine->gauges[sp_engine_gauge(engine, type, slot, SP_KIND_served)];
	const sp_gauge *part = &engine->gauges[sp_engine_gauge(engine, type, slot, kind)];

	return part->seen && (!served->seen || is_of_the_time(engine, type, slot, served, part));
}

/* Offered = demand where sent, else served + rejected + growth of the queue (R22); never below 0. */
static double offered_by(const sp_engine *engine, uint32_t type, uint32_t slot, double queue_rate)
{
	double offered;

	if (engine->gauges[sp_engine_gauge(engine, type, slot, SP_KIND_demand)].seen)
		return gauge_real(engine, type, slot, SP_KIND_demand);
	offered = gauge_real(engine, type, slot, SP_KIND_served);
	if (is_current(engine, type, slot, SP_KIND_rejected))
		offered += gauge_real(engine, type, slot, SP_KIND_rejected);
	if (is_current(engine, type, slot, SP_KIND_queue))
		offered += queue_rate;
	return offered > 0 ? offered : 0;
}

static bool is_load_kind(uint32_t kind)
{
	return kind == SP_KIND_demand || kind == SP_KIND_served || kind == SP_KIND_rejected || kind == SP_KIND_queue;
}

/* Growth of a queue between its last two records; as before when they are of the same instant. */
static double queue_growth(const sp_gauge *before, const sp_signal *signal, double growth)
{
	int64_t elapsed_ns = signal->t_ns - before->t_ns;

	if (!before->seen || elapsed_ns <= 0)
		return growth;
	return (signal->value.real - before->value.real) / ((double)elapsed_ns / (double)SP_SEC);
}

static void load_changed(sp_engine *engine, uint32_t family, const sp_signal *signal)
{
	sp_family_state *state = &engine->families[family];

	state->demand_dirty = 1;
	engine->pools[engine->setup->families[family].pool].dirty |= SP_DIRTY_DEMAND;
	if (signal->kind != SP_KIND_demand && signal->kind != SP_KIND_served)
		return;
	if (!state->has_demand || signal->t_ns > state->demand_t_ns)
		state->demand_t_ns = signal->t_ns;
	state->has_demand = 1;
}

static void sku_took(sp_engine *engine, uint32_t sku, const sp_signal *signal, const sp_gauge *before)
{
	uint32_t family = engine->setup->skus[sku].family;
	sp_family_state *f = &engine->families[family];
	sp_pool_state *pool = &engine->pools[engine->setup->families[family].pool];

	if (signal->kind == SP_KIND_queue)
		engine->skus[sku].queue_rate = queue_growth(before, signal, engine->skus[sku].queue_rate);
	if (is_load_kind(signal->kind)) {
		engine->skus[sku].offered = offered_by(engine, SP_SUBJECT_SKU, sku, engine->skus[sku].queue_rate);
		load_changed(engine, family, signal);
	} else if (signal->kind == SP_KIND_list_price) {
		f->list_dirty = 1;
		f->list_t_ns = signal->t_ns > f->list_t_ns ? signal->t_ns : f->list_t_ns;
	} else if (signal->kind == SP_KIND_market_price) {
		pool->has_market = 1;
		pool->market_t_ns = signal->t_ns > pool->market_t_ns ? signal->t_ns : pool->market_t_ns;
	}
}

static void family_took(sp_engine *engine, uint32_t family, const sp_signal *signal, const sp_gauge *before)
{
	if (signal->kind == SP_KIND_queue)
		engine->families[family].queue_rate = queue_growth(before, signal, engine->families[family].queue_rate);
	if (is_load_kind(signal->kind))
		load_changed(engine, family, signal);
}

static void pool_took(sp_engine *engine, uint32_t pool, const sp_signal *signal)
{
	sp_pool_state *state = &engine->pools[pool];

	if (signal->kind == SP_KIND_slo || signal->kind == SP_KIND_error_budget || signal->kind == SP_KIND_incident) {
		state->has_reliability = 1;
		state->reliability_t_ns = signal->t_ns > state->reliability_t_ns ? signal->t_ns : state->reliability_t_ns;
	} else if (signal->kind == SP_KIND_utilization || signal->kind == SP_KIND_capacity) {
		state->dirty |= SP_DIRTY_GAUGE;
	}
}

/* How often a gauge was seen, as far as anybody asks: 0, once, or seconded by a later record that agrees. */
static uint32_t seconded(const sp_engine *engine, const sp_gauge *before, const sp_signal *signal)
{
	if (!before->seen || sp_plausible_corrects(engine, before, signal))
		return 1;
	return signal->t_ns > before->t_ns ? 2 : before->seen;
}

static sp_refusal refuse(sp_engine *engine, sp_refusal refusal)
{
	sp_engine_refuse(engine, refusal, 1);
	return refusal;
}

sp_refusal sp_engine_take_value(sp_engine *engine, const sp_signal *signal)
{
	const sp_subject *subject;
	sp_refusal refusal;
	sp_gauge *gauge, before;
	uint32_t place;

	SP_ASSERT(signal->kind < SP_SIGNAL_KINDS && signal->subject < engine->setup->n_subjects);
	SP_ASSERT(signal->t_ns >= SP_TIME_MIN_NS && signal->t_ns < SP_TIME_MAX_NS);
	subject = &engine->setup->subjects[signal->subject];
	refusal = refusal_of(engine, signal, subject);
	if (refusal != SP_REFUSED_none)
		return refuse(engine, refusal);
	place = sp_engine_gauge(engine, subject->type, subject->slot, signal->kind);
	gauge = &engine->gauges[place];
	before = *gauge;
	gauge->value = signal->value;
	gauge->t_ns = signal->t_ns;
	gauge->seen = seconded(engine, &before, signal);
	engine->head->taken++;
	sp_hours_fold(engine, place, signal->kind, signal->value);
	if (subject->type == SP_SUBJECT_SKU)
		sku_took(engine, subject->slot, signal, &before);
	else if (subject->type == SP_SUBJECT_FAMILY)
		family_took(engine, subject->slot, signal, &before);
	else if (subject->type == SP_SUBJECT_POOL)
		pool_took(engine, subject->slot, signal);
	else if (sp_plausible_corrects(engine, &before, signal))
		engine->pools[engine->setup->lots[subject->slot].pool].cost_restarts = 1;
	return SP_REFUSED_none;
}

/* --- running totals: of each is made the rate since the one before --- */

/* What can be wrong with a total before it is compared with the last. */
static sp_refusal refusal_of_total(const sp_engine *engine, const sp_signal *signal, const sp_subject *subject)
{
	sp_status status;

	if (!(sp_kinds[signal->kind].subjects >> subject->type & 1))
		return SP_REFUSED_wrong_subject;
	status = sp_kind_check(signal->kind, signal->value);
	if (status != SP_OK)
		return status == SP_E_NOT_FINITE ? SP_REFUSED_not_finite : SP_REFUSED_out_of_range;
	return is_future(engine, signal->t_ns) ? SP_REFUSED_future : SP_REFUSED_none;
}

/* One whose rate is refused counts for nothing: the next is compared with the last that was believed. */
static sp_refusal take_rate(sp_engine *engine, const sp_signal *signal, const sp_total *total, double rate,
                            sp_total *kept)
{
	sp_signal made = *signal;
	sp_refusal refusal;

	made.value.real = rate;
	refusal = sp_engine_take_value(engine, &made);
	if (refusal == SP_REFUSED_none)
		*kept = *total;
	return refusal;
}

/* A total that went back makes no rate, restarted or corrected: a gap is safer than a load that was half seen. */
static sp_refusal take_total(sp_engine *engine, const sp_signal *signal, const sp_subject *subject)
{
	sp_refusal refusal = refusal_of_total(engine, signal, subject);
	sp_total *kept, total;
	sp_total_rate made;

	if (refusal != SP_REFUSED_none)
		return refuse(engine, refusal);
	kept = &engine->totals[sp_engine_gauge(engine, subject->type, subject->slot, signal->kind)];
	total = *kept;
	if (total.seen > 0 && signal->t_ns < total.t_ns && is_ahead(engine, total.t_ns))
		total = (sp_total){0};
	switch (sp_total_fold(&total, signal->t_ns, signal->value.real, &made)) {
	case SP_TOTAL_RATE:
		return take_rate(engine, signal, &total, made.rate, kept);
	case SP_TOTAL_RESTARTED:
	case SP_TOTAL_CORRECTED:
		*kept = total;
		return refuse(engine, SP_REFUSED_total_reset);
	case SP_TOTAL_LATE:
		return refuse(engine, SP_REFUSED_older);
	case SP_TOTAL_REFUSED:
		return refuse(engine, SP_REFUSED_out_of_range);
	default: /* the first, or again of the same instant */
		*kept = total;
		engine->head->taken++;
		return SP_REFUSED_none;
	}
}

sp_refusal sp_engine_take(sp_engine *engine, const sp_signal *signal)
{
	SP_ASSERT(signal->kind < SP_SIGNAL_KINDS && signal->subject < engine->setup->n_subjects);
	SP_ASSERT(signal->t_ns >= SP_TIME_MIN_NS && signal->t_ns < SP_TIME_MAX_NS);
	if (!engine->setup->kinds[signal->kind].total)
		return sp_engine_take_value(engine, signal);
	return take_total(engine, signal, &engine->setup->subjects[signal->subject]);
}

/* --- at the first tick --- */

/* What is derived from the gauges of one subject, made anew. */
static void derive_subject(sp_engine *engine, const sp_subject *subject)
{
	sp_gauge nothing = {0};

	for (uint32_t kind = 0; kind < SP_SIGNAL_KINDS; kind++) {
		const sp_gauge *gauge;
		sp_signal signal = {.kind = kind};
		if (!(sp_kinds[kind].subjects >> subject->type & 1))
			continue;
		gauge = &engine->gauges[sp_engine_gauge(engine, subject->type, subject->slot, kind)];
		if (!gauge->seen)
			continue;
		signal.t_ns = gauge->t_ns;
		signal.value = gauge->value;
		if (subject->type == SP_SUBJECT_SKU)
			sku_took(engine, subject->slot, &signal, &nothing);
		else if (subject->type == SP_SUBJECT_FAMILY)
			family_took(engine, subject->slot, &signal, &nothing);
		else if (subject->type == SP_SUBJECT_POOL)
			pool_took(engine, subject->slot, &signal);
	}
}

static void derive_all(sp_engine *engine)
{
	const sp_setup *setup = engine->setup;

	for (uint32_t i = 0; i < setup->n_pools; i++)
		engine->pools[i].has_reliability = engine->pools[i].has_market = 0;
	for (uint32_t i = 0; i < setup->n_families; i++) {
		sp_family_state *family = &engine->families[i];
		family->has_demand = family->list_dirty = 0;
		family->demand_t_ns = family->list_t_ns = 0;
		family->queue_rate = 0;
	}
	for (uint32_t i = 0; i < setup->n_skus; i++)
		engine->skus[i].offered = engine->skus[i].queue_rate = 0;
	for (uint32_t i = 0; i < setup->n_subjects; i++)
		derive_subject(engine, &setup->subjects[i]);
}

static uint32_t forget_totals(sp_engine *engine, int64_t limit_ns)
{
	uint32_t forgotten = 0;

	for (uint32_t i = 0; i < engine->n_totals; i++) {
		if (engine->totals[i].t_ns <= limit_ns)
			continue;
		engine->totals[i] = (sp_total){0};
		forgotten++;
	}
	return forgotten;
}

void sp_take_forget_future(sp_engine *engine, int64_t limit_ns)
{
	uint32_t forgotten = forget_totals(engine, limit_ns);

	for (uint32_t i = 0; i < engine->n_gauges; i++) {
		if (!engine->gauges[i].seen || engine->gauges[i].t_ns <= limit_ns)
			continue;
		memset(&engine->gauges[i], 0, sizeof engine->gauges[i]);
		memset(&engine->hours[i], 0, sizeof engine->hours[i]);
		forgotten++;
	}
	if (forgotten == 0)
		return;
	engine->head->refused[SP_REFUSED_future] += forgotten;
	engine->head->taken -= forgotten < engine->head->taken ? forgotten : engine->head->taken;
	derive_all(engine);
}

/* --- the load of a family, remade at the tick after a signal changed it ---
 *
 * A reload may have made the weights differ, and what was sent for the family as a whole can no longer be weighed: then the
 * last load stands. */

static bool sku_has_load(const sp_engine *engine, uint32_t sku)
{
	return engine->gauges[sp_engine_gauge(engine, SP_SUBJECT_SKU, sku, SP_KIND_demand)].seen ||
	       engine->gauges[sp_engine_gauge(engine, SP_SUBJECT_SKU, sku, SP_KIND_served)].seen;
}

/* What was asked for and is not in service: no GPU shows it. How much of a demand is, only `served` or `rejected` of its time says. */
static double away_of(const sp_engine *engine, uint32_t type, uint32_t slot, double offered)
{
	const sp_gauge *demand = &engine->gauges[sp_engine_gauge(engine, type, slot, SP_KIND_demand)];
	const sp_gauge *served = &engine->gauges[sp_engine_gauge(engine, type, slot, SP_KIND_served)];
	const sp_gauge *rejected = &engine->gauges[sp_engine_gauge(engine, type, slot, SP_KIND_rejected)];

	if (served->seen && (!demand->seen || is_of_the_time(engine, type, slot, demand, served)))
		return offered - served->value.real;
	if (rejected->seen && demand->seen && is_of_the_time(engine, type, slot, demand, rejected))
		return rejected->value.real;
	return 0;
}

void sp_take_family_load(sp_engine *engine, uint32_t family)
{
	const sp_family_setup *f = &engine->setup->families[family];
	sp_family_state *state = &engine->families[family];
	double load = 0, away = 0, weight = engine->fixed[family].weight;
	bool by_sku = false;

	state->demand_dirty = 0;
	for (uint32_t i = f->first_sku; i < f->first_sku + f->n_skus; i++) {
		by_sku = by_sku || sku_has_load(engine, i);
		load += engine->skus[i].offered * engine->setup->skus[i].weight;
		away += away_of(engine, SP_SUBJECT_SKU, i, engine->skus[i].offered) * engine->setup->skus[i].weight;
	}
	if (!by_sku && weight == 0)
		return;
	if (!by_sku) {
		double offered = offered_by(engine, SP_SUBJECT_FAMILY, family, state->queue_rate);
		load = offered * weight;
		away = away_of(engine, SP_SUBJECT_FAMILY, family, offered) * weight;
	}
	state->load = load;
	state->away = away;
}
