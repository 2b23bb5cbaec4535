/* bench_estimators.c - what an estimate costs: an update of each kind beside a bare loop of its formula, and a tick's part.
 *
 *   update   10,000 noisy observations about a minute apart into one state; the ceiling is the formula as a loop over arrays
 *            (estimators/bare.c), the two in turns. Wanted: at most twice the ceiling
 *   read     what is known, after them
 *   tick     10,000 families, each with a state of its own, take one observation each and are read: more than a cache holds. They
 *            have seen a day of hours, so that there is a season, and half an hour of minutes */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/rng.h"
#include "base/time.h"
#include "bench/clock.h"
#include "bench/estimators/bare.h"
#include "estimators/estimator.h"

#define OBSERVATIONS 10000
#define FAMILIES     10000
#define START_NS     (INT64_C(1795478400) * SP_SEC)

static double gaps_s[OBSERVATIONS], values[OBSERVATIONS];
static int64_t times_ns[OBSERVATIONS];
static volatile double sink;

static void make_series(void)
{
	sp_rng rng;
	int64_t t_ns = START_NS;

	sp_rng_init(&rng, 1);
	for (int i = 0; i < OBSERVATIONS; i++) {
		int64_t gap_ns = SP_SEC + (int64_t)sp_rng_below(&rng, 2 * SP_MIN);
		t_ns += gap_ns;
		times_ns[i] = t_ns;
		gaps_s[i] = (double)gap_ns / 1e9;
		values[i] = 100 + 10 * sp_rng_normal(&rng);
	}
}

/* --- one subject --- */

typedef struct slot {
	const sp_estimator_ops *ops;
	_Alignas(8) unsigned char params[SP_ESTIMATOR_PARAMS_MAX];
	_Alignas(64) unsigned char state[SP_ESTIMATOR_STATE_MAX];
} slot;

static void run_updates(void *context)
{
	slot *s = context;

	s->ops->init(s->state, s->params);
	for (int i = 0; i < OBSERVATIONS; i++)
		s->ops->update(s->state, s->params, times_ns[i], values[i], 0);
}

static void run_reads(void *context)
{
	slot *s = context;
	double sum = 0;

	for (int i = 0; i < OBSERVATIONS; i++) {
		sp_estimate out = {.value = 0};
		s->ops->read(s->state, s->params, times_ns[OBSERVATIONS - 1] + i, &out);
		sum += out.value;
	}
	sink = sum;
}

static void run_bare(void *context)
{
	const bare_series series = {gaps_s, values, OBSERVATIONS};

	sink = (*(const bare_loop *)context)(&series);
}

static void bench_kind(const sp_estimator_ops *ops)
{
	static slot s;
	bare_loop loop = bare_find(ops->name);
	sp_bench_time ours, bare, reads;

	SP_ASSERT(loop != NULL); /* a new kind needs its loop in estimators/bare.c */
	s.ops = ops;
	sp_params_init(ops->params, ops->n_params, s.params);
	sp_bench_compare(run_updates, &s, run_bare, &loop, &ours, &bare);
	reads = sp_bench_measure(run_reads, &s);
	printf("  %-13s %5zu B %8.1f%s %9.1f%s %5.2f %9.1f%s\n", ops->name, ops->state_size, ours.median_ns / OBSERVATIONS,
	       ours.settled ? " " : "~", bare.median_ns / OBSERVATIONS, bare.settled ? " " : "~",
	       ours.median_ns / bare.median_ns, reads.median_ns / OBSERVATIONS, reads.settled ? "" : "~");
}

/* --- a tick's part --- */

typedef struct crowd {
	slot kind;
	size_t stride;
	unsigned char *states;
	int64_t now_ns, step_ns;
	size_t i;
} crowd;

static void run_tick(void *context)
{
	crowd *c = context;
	const sp_estimator_ops *ops = c->kind.ops;
	double sum = 0;

	c->now_ns += c->step_ns;
	c->i++;
	for (size_t k = 0; k < FAMILIES; k++) {
		sp_estimate out = {.value = 0};
		void *state = c->states + k * c->stride;
		ops->update(state, c->kind.params, c->now_ns, values[(k + c->i) % OBSERVATIONS], 0);
		ops->read(state, c->kind.params, c->now_ns, &out);
		sum += out.value;
	}
	sink = sum;
}

static void bench_tick(const sp_estimator_ops *ops)
{
	static crowd c;

	c = (crowd){.kind.ops = ops, .stride = (ops->state_size + 63) / 64 * 64, .now_ns = START_NS, .step_ns = SP_HOUR};
	c.states = aligned_alloc(64, FAMILIES * c.stride);
	SP_ASSERT(c.states != NULL);
	sp_params_init(ops->params, ops->n_params, c.kind.params);
	for (size_t k = 0; k < FAMILIES; k++)
		ops->init(c.states + k * c.stride, c.kind.params);
	for (int i = 0; i < 25; i++)
		run_tick(&c);
	c.step_ns = SP_MIN;
	for (int i = 0; i < 32; i++)
		run_tick(&c);
	sp_bench_time time = sp_bench_measure(run_tick, &c);
	printf("  %-14s %8.2f ms%s\n", ops->name, time.median_ns / 1e6, time.settled ? "" : "   ~");
	free(c.states);
}

int main(void)
{
	make_series();
	printf("an observation and an answer [ns]\n  %-13s %7s %9s %10s %5s %9s\n", "", "state", "update", "bare", "ratio",
	       "read");
	for (size_t i = 0; sp_estimators[i]; i++)
		bench_kind(sp_estimators[i]);
	printf("the estimators' part of a tick with %d families: one observation and one answer each\n", FAMILIES);
	for (size_t i = 0; sp_estimators[i]; i++)
		bench_tick(sp_estimators[i]);
	return 0;
}
