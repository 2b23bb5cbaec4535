/* bench_laws.c - what one family's turn costs under each law: its decision, alone and with the rails and the rest of the engine's tick.
 *
 * 10,000 families of 10 SKUs in 10 pools, every pool with a utilization and every family with a demand of its own before each tick;
 * every family may change at every tick. `decide` is the law's own function on the inputs of the last tick, over 10,000 states;
 * `turn` is the whole tick over its families. The ceiling of a turn is a bare loop over 10,000 states that reads and writes what a decision
 * cannot leave out: the family's state and its answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"
#include "bench/clock.h"
#include "controller/engine/engine.h"
#include "controller/engine/state.h"
#include "policies/price/blend.h"

#define POOLS    10
#define FAMILIES 10000
#define SKUS     10
#define START_NS (INT64_C(1795478400) * SP_SEC)
#define NAME_MAX 32

typedef struct town {
	sp_setup setup;
	sp_pool_setup pools[POOLS];
	sp_lot_setup lots[POOLS];
	sp_family_setup *families;
	sp_sku_setup *skus;
	sp_subject *subjects;
	char (*names)[NAME_MAX];
	sp_ids *ids;
	sp_engine *engine;
	sp_tick *tick;
	int64_t now_ns;
	uint32_t n_ticks;
	/* the law alone */
	sp_law_input input;
	uint8_t *states;
	sp_wish wish;
	double moved;
} town;

static void *taken(size_t n)
{
	void *memory = aligned_alloc(64, (n + 63) & ~(size_t)63);

	SP_ASSERT(memory != NULL);
	memset(memory, 0, n);
	return memory;
}

static uint32_t named(town *t, char *name, const char *text, uint32_t i, sp_subject subject)
{
	uint32_t slot = SP_NO_SLOT;

	snprintf(name, NAME_MAX, text, i);
	sp_status status = sp_ids_add(t->ids, name, strlen(name), &slot);
	SP_ASSERT(status == SP_OK);
	t->subjects[slot] = subject;
	return slot;
}

static void add_pool(town *t, uint32_t i)
{
	static char names[POOLS][2][NAME_MAX];
	sp_pool_setup *pool = &t->pools[i];
	sp_lot_setup *lot = &t->lots[i];

	sp_params_init(sp_pool_params, sp_pool_n_params, pool);
	sp_params_init(sp_lot_params, sp_lot_n_params, lot);
	for (int clock = 0; clock < SP_CLOCKS; clock++)
		sp_params_init(sp_clock_params, sp_clock_n_params, &pool->clocks[clock]);
	pool->units_per_gpu_s = 9000;
	pool->first_lot = i;
	pool->n_lots = 1;
	pool->load.ops = pool->cost.ops = sp_estimator_find("ewma", 4);
	sp_params_init(pool->load.ops->params, pool->load.ops->n_params, pool->load.params);
	sp_params_init(pool->cost.ops->params, pool->cost.ops->n_params, pool->cost.params);
	pool->subject = named(t, names[i][0], "pool-%02u", i, (sp_subject){SP_SUBJECT_POOL, i});
	pool->id = names[i][0];
	*lot = (sp_lot_setup){.id = "base",
	                      .pool = i,
	                      .kind = SP_LOT_RESERVED,
	                      .gpus = 64,
	                      .usd_per_gpu_h = {2 * SP_NANO},
	                      .ends_ns = lot->ends_ns,
	                      .credits_until_ns = lot->credits_until_ns};
	lot->subject = named(t, names[i][1], "pool-%02u:base", i, (sp_subject){SP_SUBJECT_LOT, i});
}

/* A blend is nothing without parts: cost_plus and utilization_pi, half each. */
static void fill_blend(sp_blend *blend)
{
	static const char *const parts[] = {"cost_plus", "utilization_pi"};
	sp_message message;

	for (blend->n = 0; blend->n < 2; blend->n++) {
		const char *name = parts[blend->n];
		sp_status status = sp_blend_set(&blend->parts[blend->n], sp_law_find(name, strlen(name)), &message);
		SP_ASSERT(status == SP_OK);
		blend->parts[blend->n].weight_ppb = SP_NANO / 2;
	}
}

static void add_family(town *t, uint32_t i, const sp_law_ops *law)
{
	sp_family_setup *f = &t->families[i];

	sp_params_init(sp_guardrail_params, sp_guardrail_n_params, &f->rails);
	f->rails.min_interval_ns = 0;
	f->profile = "dynamic";
	f->pool = i / (FAMILIES / POOLS);
	f->first_sku = i * SKUS;
	f->n_skus = SKUS;
	f->mode = SP_MODE_AUTO;
	f->law = law;
	sp_params_init(law->params, law->n_params, f->law_params);
	if (strcmp(law->name, "blend") == 0)
		fill_blend((sp_blend *)(void *)f->law_params);
	f->subject = named(t, t->names[i], "model-%05u", i, (sp_subject){SP_SUBJECT_FAMILY, i});
	f->id = t->names[i];
	for (uint32_t k = f->first_sku; k < f->first_sku + SKUS; k++) {
		char *name = t->names[FAMILIES + k];
		t->skus[k] = (sp_sku_setup){.meter = "output",
		                            .unit = "1M tokens",
		                            .family = i,
		                            .quantity = 1e6,
		                            .weight = 1,
		                            .sheet = {(1 + k % 97) * SP_NANO / 10},
		                            .grid = {1000},
		                            .id = name};
		t->skus[k].subject = named(t, name, "model-sku-%06u", k, (sp_subject){SP_SUBJECT_SKU, k});
	}
}

static void town_build(town *t, const sp_law_ops *law)
{
	sp_setup *s = &t->setup;

	memset(t, 0, sizeof *t);
	sp_params_init(sp_setup_params, sp_setup_n_params, s);
	s->lateness_ns = 2 * SP_SEC;
	for (int kind = 0; kind < SP_SIGNAL_KINDS; kind++)
		s->kinds[kind] =
		    (sp_kind_setup){sp_kinds[kind].min, sp_kinds[kind].max, sp_kinds[kind].jump, sp_kinds[kind].confirm, false};
	s->n_pools = s->n_lots = POOLS;
	s->n_families = FAMILIES;
	s->n_skus = FAMILIES * SKUS;
	s->pools = t->pools;
	s->lots = t->lots;
	s->families = t->families = taken(FAMILIES * sizeof *t->families);
	s->skus = t->skus = taken(s->n_skus * sizeof *t->skus);
	s->subjects = t->subjects = taken((2 * POOLS + FAMILIES + s->n_skus) * sizeof *t->subjects);
	t->names = taken((FAMILIES + s->n_skus) * sizeof *t->names);
	s->names = t->ids = sp_ids_open();
	for (uint32_t i = 0; i < POOLS; i++)
		add_pool(t, i);
	for (uint32_t i = 0; i < FAMILIES; i++)
		add_family(t, i, law);
	s->n_subjects = sp_ids_count(t->ids);
	t->engine = sp_engine_init(taken(sp_engine_size(s)), sp_engine_size(s), s);
	t->tick = sp_tick_init(taken(sp_tick_size(s)), sp_tick_size(s), s);
	t->now_ns = START_NS;
	t->states = taken((size_t)FAMILIES * law->state_size + 64);
	for (uint32_t i = 0; i < FAMILIES; i++)
		law->init(t->states + (size_t)i * law->state_size, t->families[0].law_params);
}

static void town_fini(town *t)
{
	sp_ids_close(t->ids);
	free(t->families);
	free(t->skus);
	free(t->subjects);
	free(t->names);
	free(t->engine);
	free(t->tick);
	free(t->states);
}

static void town_send(town *t, uint32_t kind, uint32_t subject, double value)
{
	const sp_signal signal = {
	    .t_ns = t->now_ns + t->setup.period_ns - SP_SEC, .kind = kind, .subject = subject, .value = {.real = value}};

	sp_engine_take(t->engine, &signal);
}

/* What is not timed: everyone sends. */
static void town_signals(town *t)
{
	double load = t->n_ticks++ / 8 % 2 == 0 ? 0.95 : 0.55;

	for (uint32_t i = 0; i < POOLS; i++)
		town_send(t, SP_KIND_utilization, t->pools[i].subject, load);
	for (uint32_t i = 0; i < FAMILIES; i++)
		town_send(t, SP_KIND_demand, t->families[i].subject, load * 64 * 9000 / (FAMILIES / POOLS));
}

static void run_turns(void *context)
{
	town *t = context;

	t->now_ns += t->setup.period_ns;
	sp_engine_tick(t->engine, t->now_ns, t->tick);
}

static void run_decide(void *context)
{
	town *t = context;
	const sp_law_ops *law = t->families[0].law;

	t->input.now_ns += t->input.period_ns;
	for (uint32_t i = 0; i < FAMILIES; i++) {
		memset(&t->wish, 0, sizeof t->wish);
		law->decide(&t->input, t->states + (size_t)i * law->state_size, t->families[i].law_params, &t->wish);
		t->moved += t->wish.terms[0].log_ratio;
	}
}

static void run_bare(void *context)
{
	town *t = context;

	for (uint32_t i = 0; i < FAMILIES; i++) {
		sp_family_state *f = &t->engine->families[i];
		t->moved += (double)f->book.told_ppb + f->load;
		memset(&t->tick->decisions[i].terms, 0, sizeof t->tick->decisions[i].terms);
		t->tick->decisions[i].index.ppb = f->book.told_ppb;
	}
}

#define TICKS 24

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Median over ticks, in turns with the ceiling; signals between are not counted. */
static void bench_law(const sp_law_ops *law)
{
	static town t;
	double turn[TICKS], bare[TICKS], decide[TICKS];
	uint64_t told = 0;

	town_build(&t, law);
	for (int i = -8; i < TICKS; i++) {
		town_signals(&t);
		int64_t begin = sp_bench_now_ns();
		run_turns(&t);
		int64_t middle = sp_bench_now_ns();
		for (uint32_t f = 0; f < FAMILIES; f++)
			told += i >= 0 && t.tick->decisions[f].n_prices > 0;
		t.input = *sp_engine_readings(t.engine, POOLS - 1);
		int64_t late = sp_bench_now_ns();
		run_decide(&t);
		int64_t end = sp_bench_now_ns();
		run_bare(&t);
		if (i < 0)
			continue;
		turn[i] = (double)(middle - begin) / FAMILIES;
		decide[i] = (double)(end - late) / FAMILIES;
		bare[i] = (double)(sp_bench_now_ns() - end) / FAMILIES;
	}
	qsort(turn, TICKS, sizeof *turn, by_size);
	qsort(bare, TICKS, sizeof *bare, by_size);
	qsort(decide, TICKS, sizeof *decide, by_size);
	printf("  %-16s %9.0f %9.0f %9.0f %8.3f %9.0f%%\n", law->name, decide[TICKS / 2], turn[TICKS / 2], bare[TICKS / 2],
	       bare[TICKS / 2] / turn[TICKS / 2], 100.0 * (double)told / TICKS / FAMILIES);
	fflush(stdout);
	town_fini(&t);
}

int main(void)
{
	printf("%d families of %d SKUs, ns a family\n  %-16s %9s %9s %9s %8s %10s\n", FAMILIES, SKUS, "law", "decide",
	       "turn", "ceiling", "ratio", "told");
	for (size_t i = 0; sp_laws[i] != NULL; i++)
		bench_law(sp_laws[i]);
	return 0;
}
