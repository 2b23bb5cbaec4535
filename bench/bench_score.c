/* bench_score.c - worlds a second: what a world costs to draw, to find the baselines of and to try a law on, and how two cores share.
 *
 * The ceiling of the scaling is two bare processes: each scores half of the worlds alone, with nobody to share with. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "bench/clock.h"
#include "sim/market/trial.h"
#include "sim/score/baseline.h"
#include "sim/score/foresight.h"
#include "sim/score/score.h"

#define WORLDS 4

typedef struct one {
	sp_world *world;
	sp_config *config;
	uint32_t moves;
} one;

static void run_baseline(void *context)
{
	const one *o = context;
	sp_baseline baseline;
	sp_status status = sp_baseline_find(o->world, o->moves, &baseline);

	SP_ASSERT(status == SP_OK);
	sp_baseline_close(&baseline);
}

static void run_trial(void *context)
{
	const one *o = context;
	sp_trial_result result;
	sp_status status = sp_trial_run(o->world, o->config, NULL, &result, NULL);

	SP_ASSERT(status == SP_OK);
	sp_trial_close(&result);
}

static void bench_parts(void)
{
	static const char *const laws[] = {"fixed", "utilization_pi", "margin_curve"};
	one o = {.moves = 0};
	sp_status status = sp_world_open(sp_world_kind_find("daily"), 1, NULL, &o.world, NULL);

	SP_ASSERT(status == SP_OK);
	sp_bench_time plan = sp_bench_measure(run_baseline, &o);
	o.moves = SP_FORESIGHT_MOVES;
	sp_bench_time whole = sp_bench_measure(run_baseline, &o);
	printf("one world, %u periods\n  static and the dynamic programme %7.1f ms\n  and %d block moves %16.1f ms\n",
	       o.world->n_periods, plan.median_ns / 1e6, SP_FORESIGHT_MOVES, whole.median_ns / 1e6);
	for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) {
		char policy[64];
		snprintf(policy, sizeof policy, "{use: %s}", laws[i]);
		status = sp_world_config(o.world->kind, policy, &o.config, NULL);
		SP_ASSERT(status == SP_OK);
		sp_bench_time trial = sp_bench_measure(run_trial, &o);
		printf("  %-20s %19.1f ms   %5.2f million ticks a second\n", laws[i], trial.median_ns / 1e6,
		       o.world->n_periods * 1e3 / trial.median_ns);
		sp_config_close(o.config);
	}
	sp_world_close(o.world);
}

/* --- scaling --- */

typedef struct many {
	sp_entrant entrants[2];
	uint64_t first;
	uint32_t n, jobs;
} many;

static void run_many(void *context)
{
	const many *m = context;
	static const uint32_t kinds[] = {3};
	sp_score score;
	const sp_score_plan plan = {
	    .entrants = m->entrants,
	    .n_entrants = 2,
	    .kinds = kinds,
	    .n_kinds = 1,
	    .first_seed = m->first,
	    .n_seeds = m->n,
	    .moves = SP_FORESIGHT_MOVES,
	    .jobs = m->jobs,
	};
	sp_message message = {""};
	sp_status status = sp_score_run(&plan, &score, &message);

	SP_ASSERT(status == SP_OK);
	sp_score_close(&score);
}

/* Two processes that know nothing of each other, half of the worlds each. */
static void run_bare(void *context)
{
	many half = *(const many *)context;
	pid_t other;

	half.n /= 2;
	half.jobs = 1;
	fflush(NULL);
	other = fork();
	SP_ASSERT(other >= 0);
	if (other == 0)
		half.first += half.n;
	run_many(&half);
	if (other == 0)
		_exit(0);
	int how = 0;
	pid_t ended = waitpid(other, &how, 0);
	SP_ASSERT(ended == other && how == 0);
}

static void bench_scaling(void)
{
	many single = {.first = 1, .n = WORLDS, .jobs = 1}, two;
	sp_bench_time alone, ours, bare;

	sp_entrant_parse("fixed", &single.entrants[0], NULL);
	sp_entrant_parse("utilization_pi", &single.entrants[1], NULL);
	two = single;
	two.jobs = 2;
	alone = sp_bench_measure(run_many, &single);
	sp_bench_compare(run_many, &two, run_bare, &two, &ours, &bare);
	printf("\n%d worlds, two laws\n", WORLDS);
	sp_bench_print_head("worlds/s");
	sp_bench_print_alone("one process", WORLDS, &alone);
	sp_bench_print("two, against two bare processes", WORLDS, &ours, &bare);
	printf("  two over one %.2f\n", alone.median_ns / ours.median_ns);
}

int main(void)
{
	bench_parts();
	bench_scaling();
	return 0;
}
