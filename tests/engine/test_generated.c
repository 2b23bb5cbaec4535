/* test_generated.c - inputs made at random and biased to the edges, through every law and the guardrails: no price breaks P1, no
 * assertion falls, no ledger is off (hostile.h makes them, promise.h judges).
 *
 * A life is one world and a thousand inputs; its seed is printed when it fails, and lives it again: SETPOINT_SEED=… SETPOINT_LIFE=….
 *   SETPOINT_INPUTS  how many (10^6; with SETPOINT_SOAK 10^9)
 *   SETPOINT_PART    K/N: this process lives every N-th life from the K-th on, and a N-th of the inputs */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "controller/engine/state.h"
#include "tests/engine/hostile.h"
#include "tests/engine/promise.h"

#define LIFE_INPUTS 1000

typedef struct crowd {
	uint64_t seed, lives, inputs, taken, turns, told, tried;
	uint64_t by_law[16]; /* families, by place in sp_laws; the scripted one last */
} crowd;

static uint64_t living, living_seed;

static void say_who(int number)
{
	(void)number;
	fprintf(stderr, "stopped in life %llu: SETPOINT_SEED=0x%llx SETPOINT_LIFE=%llu\n", (unsigned long long)living,
	        (unsigned long long)living_seed, (unsigned long long)living);
}

static void count_laws(crowd *c, const world *w)
{
	for (uint32_t i = 0; i < w->setup.n_families; i++) {
		size_t law = 0;
		while (sp_laws[law] != NULL && sp_laws[law] != w->families[i].law)
			law++;
		c->by_law[law]++;
	}
}

/* What the scripted law wishes next. */
static void script(sp_rng *rng)
{
	int shift = (int)sp_rng_below(rng, 12) * 4;

	world_says.action = (sp_law_action)(sp_rng_below(rng, 8) % 3 == 0 ? sp_rng_below(rng, 3) : SP_LAW_MOVE);
	world_says.push_ppb = ((int64_t)sp_rng_next(rng) >> 22) >> shift;
	world_says.cost_ppb = ((int64_t)sp_rng_next(rng) >> 22) >> shift;
	world_says.trend = (sp_rng_uniform(rng) - 0.5) / (double)(1 + sp_rng_below(rng, 100));
	if (world_says.action != SP_LAW_MOVE)
		world_says.push_ppb = 0, world_says.trend = 0;
}

static void live(crowd *c, uint64_t life)
{
	static promise p;
	static world w;
	sp_rng rng;
	uint64_t until = c->inputs + LIFE_INPUTS;

	living = life;
	sp_rng_init(&rng, c->seed + life * UINT64_C(0x9e3779b97f4a7c15));
	hostile_open(&w, &rng);
	promise_init(&p);
	count_laws(c, &w);
	while (c->inputs < until && p.broken == NULL) {
		for (uint64_t n = sp_rng_below(&rng, 2 * w.setup.n_families + 2); n > 0; n--, c->inputs++)
			c->taken += hostile_send(&w, &rng);
		script(&rng);
		promise_before_tick(&p, &w);
		w.now_ns = hostile_next(&w, &rng);
		sp_engine_tick(w.engine, w.now_ns, w.tick);
		promise_after_tick(&p, &w);
	}
	if (p.broken != NULL) {
		const sp_decision *d = &w.tick->decisions[p.family];
		print_error("%s: family %u under %s, told %lld, index %lld, wish %lld, binds %#x\n", p.broken, p.family,
		            d->policy, (long long)d->before.ppb, (long long)d->index.ppb, (long long)d->wish.ppb, d->binds);
		say_who(0);
	}
	c->turns += p.turns;
	c->told += p.told;
	c->tried += p.tried;
	c->lives++;
	check_true(p.broken == NULL);
	world_fini(&w);
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text != NULL && text[0] != '\0' ? (uint64_t)strtod(text, NULL) : otherwise;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void say_progress(const crowd *c, double since)
{
	print_message(
	    "  %.3g inputs, %llu taken, in %llu lives; %llu turns, %llu told, %llu of experiments; %.3g inputs/s\n",
	    (double)c->inputs, (unsigned long long)c->taken, (unsigned long long)c->lives, (unsigned long long)c->turns,
	    (unsigned long long)c->told, (unsigned long long)c->tried, (double)c->inputs / (seconds() - since));
	fflush(NULL);
}

static void p1_no_generated_input_breaks_a_promise(void **state)
{
	const bool soak = getenv("SETPOINT_SOAK") != NULL;
	const char *part = getenv("SETPOINT_PART");
	unsigned long long k = 1, n = 1;
	double since = seconds(), shown = since;
	crowd c = {.inputs = 0};
	sp_rng rng;

	(void)state;
	c.seed = living_seed = sp_check_seed("p1_no_generated_input_breaks_a_promise", &rng);
	signal(SIGABRT, say_who);
	check_true(part == NULL || (sscanf(part, "%llu/%llu", &k, &n) == 2 && k >= 1 && k <= n));
	const uint64_t wanted = number_of("SETPOINT_INPUTS", soak ? 1000000000 : 1000000) / n;
	if (getenv("SETPOINT_LIFE") != NULL) {
		live(&c, number_of("SETPOINT_LIFE", 0));
		return;
	}
	for (uint64_t life = k - 1; c.inputs < wanted; life += n) {
		live(&c, life);
		if (seconds() - shown > 60) {
			shown = seconds();
			say_progress(&c, since);
		}
	}
	signal(SIGABRT, SIG_DFL);
	say_progress(&c, since);
	check_true(c.told > c.inputs / 200);
	for (size_t i = 0; sp_laws[i] != NULL; i++)
		check_true(c.by_law[i] > 0);
}

/* --- the checker is shown planted errors --- */

static void plant(world *w, int which)
{
	sp_guardrails *rails = &w->families[0].rails;
	sp_decision *d = &w->tick->decisions[0];

	switch (which) {
	case 0:
		rails->max_step_ppb = SP_NANO / 40 - 1;
		break;
	case 1:
		rails->max_per_hour_ppb = SP_NANO / 50 - 1;
		break;
	case 2:
		rails->max_per_day_ppb = SP_NANO / 50 - 1;
		break;
	case 3:
		rails->cost_max_per_day_ppb = SP_NANO / 200 - 1;
		break;
	case 4:
		rails->ceiling_ppb = SP_NANO / 1000 * 1024;
		w->engine->families[0].alarm_since_ns[0] = w->now_ns;
		d->offer = SP_OFFER_RESTRICTED;
		break;
	case 5:
		w->engine->skus[1].book.told_nano++;
		break;
	case 6:
		w->skus[0].grid.nano = 7;
		break;
	case 7:
		d->terms[0].index.ppb++;
		break;
	case 8:
		rails->ceiling_ppb = SP_NANO / 1000 * 1024;
		break;
	case 9:
		w->families[0].relation = 0;
		rails->at_most_ppb = SP_NANO / 100 * 99;
		break;
	case 10:
		w->engine->families[0].book.told_ppb++;
		break;
	case 11:
		w->engine->families[0].book.told_experiment_ppb = 1;
		break;
	case 12:
		d->block = 1;
		break;
	case 13:
		d->block = 1;
		d->propensity_ppb = SP_NANO;
		break;
	default:
		d->block = 1;
		d->propensity_ppb = SP_NANO;
		w->families[0].experiment =
		    (sp_experiment_setup){.size_ppb = SP_NANO / 100, .budget.nano = which == 14 ? 0 : 1};
		w->engine->families[0].book.told_experiment_ppb = SP_NANO / 100 + 1;
	}
}

/* A raise of 2.5 %, of which cost is 0.5: it keeps every limit, until a limit or the answer is another. */
static void the_checker_finds_every_planted_error(void **state)
{
	static const char *const found[] = {"step",
	                                    "rate_hour",
	                                    "rate_day",
	                                    "cost_rate_day",
	                                    "ceiling",
	                                    "a price is a grid unit or more from sheet x index",
	                                    "a price is off its grid",
	                                    "the ledger does not sum to the move",
	                                    "outside its bounds without an alarm",
	                                    "relation",
	                                    "told is not what was decided",
	                                    "an experiment without a block",
	                                    "a block without a propensity",
	                                    "a block where none may run",
	                                    "an experiment without a budget",
	                                    "an experiment larger than its size"};

	(void)state;
	for (int i = -1; i < (int)(sizeof found / sizeof *found); i++) {
		static promise p;
		world w;
		world_init(&w);
		world_build(&w);
		promise_init(&p);
		world_says.push_ppb = SP_NANO / 50;
		world_says.cost_ppb = SP_NANO / 200;
		promise_before_tick(&p, &w);
		world_step(&w);
		if (i >= 0)
			plant(&w, i);
		promise_after_tick(&p, &w);
		check_text(p.broken != NULL ? p.broken : "nothing", i >= 0 ? found[i] : "nothing");
		check_u64(p.told, 1);
		world_fini(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_checker_finds_every_planted_error),
	    cmocka_unit_test(p1_no_generated_input_breaks_a_promise),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
