/* test_ledger.c - the ledger's arithmetic at its extremes, every small state of a family once, and a random year: the terms sum
 * exactly, every told index keeps its limits (P1), and nothing moves where a rule forbids it. */
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "base/math.h"
#include "controller/engine/guardrails.h"
#include "controller/engine/state.h"
#include "tests/engine/world.h"

#define PERCENT (SP_NANO / 100)

/* --- log-ratios become integers one after the other --- */

static void r3_a_ratio_is_booked_on_the_index_reached_before_it(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_says.push_ppb = 100000000;
	world_says.cost_ppb = 50000000;
	world_says.trend = 0.1; /* of 1.15: 1.15 x 0.105170918… = 0.1209465562… */
	d = world_step(&w);
	check_i64(world_term(d, "push"), 100000000);
	check_i64(world_term(d, "cost"), 50000000);
	check_i64(world_term(d, "trend"), 120946556);
	check_i64(d->index.ppb, 1270946556);
	check_i64(w.engine->families[0].book.told_cost_ppb, 50000000);
	world_fini(&w);
}

/* Whatever a law wishes, the own index stays an index and the wish one, too. */
static void r3_the_wildest_wish_stays_an_index(void **state)
{
	static const int64_t amounts[] = {0, 1, -1, SP_INDEX_MAX_PPB, -SP_INDEX_MAX_PPB, INT64_MAX, INT64_MIN};
	static const double ratios[] = {0, 1e-300, -1e-300, 700, -700, 1e300, -1e300, DBL_MAX, -DBL_MAX};
	const size_t n = sizeof amounts / sizeof amounts[0], m = sizeof ratios / sizeof ratios[0];
	world w;

	(void)state;
	world_init(&w);
	w.families[0].mode = SP_MODE_PROPOSE;
	world_build(&w);
	for (size_t i = 0; i < n * n * m; i++) {
		const sp_decision *d;
		world_says.push_ppb = amounts[i % n];
		world_says.cost_ppb = amounts[i / n % n];
		world_says.trend = ratios[i / n / n];
		d = world_step(&w);
		check_true(d->wish.ppb >= SP_INDEX_MIN_PPB && d->wish.ppb <= SP_INDEX_MAX_PPB);
		check_true(d->index.ppb >= 500000000 && d->index.ppb <= 2000000000);
		check_true(!(d->binds & SP_RAIL_BIT(last_check)));
	}
	world_fini(&w);
}

/* Increments that only made sense against a large cost must not turn into a push when the cost is gone. */
static void r3_no_push_is_made_of_what_the_index_cannot_reach(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].rails.min_interval_ns = SP_DAY;
	world_build(&w);
	world_push(&w, 1000000); /* told, so that the interval holds from here on */
	world_says.cost_ppb = 500 * SP_NANO;
	world_says.trend = -700;
	world_step(&w);
	world_says.trend = 0;
	d = world_step(&w);
	check_i64(world_term(d, "push"), 0);
	world_says.cost_ppb = 0;
	d = world_step(&w);
	check_i64(world_term(d, "push"), 0);
	check_i64(world_term(d, "cost"), 0);
	world_fini(&w);
}

static void r6_the_law_is_told_how_much_of_its_cost_was_passed_on(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	w.families[0].rails.max_step_ppb = 5 * PERCENT;
	world_build(&w);
	world_says.cost_ppb = 20 * PERCENT;
	world_says.push_ppb = 10 * PERCENT; /* cut first */
	world_step(&w);
	check_near(world_says.told.cost_passed, 0.25, 1e-15);
	check_i64(w.engine->families[0].book.told_cost_ppb, 5 * PERCENT);
	world_says.cost_ppb = -PERCENT;
	world_says.push_ppb = 0;
	world_step(&w);
	check_near(world_says.told.cost_passed, 1, 0);
	check_i64(w.engine->families[0].book.told_cost_ppb, 4 * PERCENT);
	world_fini(&w);
}

/* --- every small state once --- */

enum { BELOW, AT_FLOOR, INSIDE, AT_CEILING, ABOVE, PLACES };

static const int64_t places[PLACES] = {700000000, 800000000, 1000000000, 1200000000, 1300000000};
static const int64_t pushes[] = {-300000000, -20000000, 0, 20000000, 300000000};
static const int64_t costs[] = {-100000000, -10000000, 0, 10000000, 100000000};

#define N(array) (sizeof(array) / sizeof((array)[0]))

typedef struct situation {
	int place;
	int64_t push, cost;
	bool step, day, cost_day, frozen, cuts_propose;
	uint32_t mode;
	sp_clock_state clocks[3]; /* cost, demand, reliability */
} situation;

static bool is_stale(const situation *s, sp_clock clock)
{
	return s->clocks[clock] == SP_CLOCK_STALE;
}

static int n_stale(const situation *s)
{
	return is_stale(s, SP_CLOCK_COST) + is_stale(s, SP_CLOCK_DEMAND) + is_stale(s, SP_CLOCK_RELIABILITY);
}

/* A family between 0.8 and 1.2 whose clocks are as the situation says; nothing ticked yet. */
static void build_clocks(world *w, const situation *s)
{
	world_init(w);
	w->families[0].rails.floor_ppb = 80 * PERCENT;
	w->families[0].rails.ceiling_ppb = 120 * PERCENT;
	w->lots[0].by_signal = true;
	for (int clock = 0; clock < 3; clock++)
		w->pools[0].clocks[clock].feed = s->clocks[clock] == SP_CLOCK_ABSENT ? SP_FEED_ABSENT : SP_FEED_FED;
	world_build(w);
	if (s->clocks[SP_CLOCK_COST] == SP_CLOCK_FRESH)
		world_send(w, SP_KIND_usd_per_gpu_h, "p:base", 2);
	if (s->clocks[SP_CLOCK_DEMAND] == SP_CLOCK_FRESH)
		world_send(w, SP_KIND_utilization, "p", 0.5);
	if (s->clocks[SP_CLOCK_RELIABILITY] == SP_CLOCK_FRESH)
		world_send(w, SP_KIND_slo, "p", 1);
}

static void enter(world *w, const situation *s)
{
	sp_family_state *f = &w->engine->families[0];
	sp_guardrails *rails = &w->families[0].rails;

	f->book.told_ppb = f->book.in_force_ppb = places[s->place];
	f->frozen = s->frozen;
	for (int i = 0; i < 2; i++)
		check_status(
		    sp_muldiv_even(w->skus[i].sheet.nano, places[s->place], SP_NANO, &w->engine->skus[i].book.told_nano),
		    SP_OK);
	for (int i = 0; i < 2; i++)
		w->engine->skus[i].book.in_force_nano = w->engine->skus[i].book.told_nano;
	w->families[0].mode = s->mode;
	w->families[0].cuts = s->cuts_propose ? SP_CUTS_PROPOSE : SP_CUTS_AUTO;
	rails->max_step_ppb = s->step ? 5 * PERCENT : SP_PARAM_NONE;
	rails->max_per_day_ppb = s->day ? PERCENT : SP_PARAM_NONE;
	rails->cost_max_per_day_ppb = s->cost_day ? PERCENT / 2 : SP_PARAM_NONE;
	world_says.push_ppb = s->push;
	world_says.cost_ppb = s->cost;
	w->now_ns = WORLD_START;
}

static int64_t size_of(int64_t x)
{
	return x < 0 ? -x : x;
}

static sp_outcome outcome_due(const situation *s, int64_t moved)
{
	if (moved == 0)
		return SP_OUTCOME_HELD;
	if (s->mode == SP_MODE_OBSERVE)
		return SP_OUTCOME_OBSERVED;
	if (s->mode == SP_MODE_PROPOSE || (s->cuts_propose && moved < 0))
		return SP_OUTCOME_PROPOSED;
	return SP_OUTCOME_PUBLISHED;
}

/* What must never happen, whatever else does. */
static void check_forbidden(const situation *s, const sp_decision *d, int64_t moved)
{
	int64_t told = places[s->place];
	bool may_fall = !is_stale(s, SP_CLOCK_COST) && !is_stale(s, SP_CLOCK_RELIABILITY);

	check_true(moved == 0 || !s->frozen);
	check_true(moved == 0 || n_stale(s) < 2);
	check_true(moved >= 0 || may_fall);
	check_true(!s->step || size_of(moved) <= told / 20);
	check_true(!s->day || !s->cost_day || size_of(moved) <= told / 100 + told / 200);
	if (s->push == 0 && s->place != BELOW && s->place != ABOVE && s->cost_day)
		check_true(size_of(moved) <= told / 200);
	if (is_stale(s, SP_CLOCK_DEMAND))
		check_i64(world_term(d, "push"), 0);
	switch (s->place) {
	case BELOW:
		check_true(moved >= 0);
		break;
	case ABOVE:
		check_true(moved <= 0);
		break;
	default:
		check_true(d->index.ppb >= 800000000 && d->index.ppb <= 1200000000);
	}
}

/* What must happen. */
static void check_due(const situation *s, const sp_decision *d, int64_t moved)
{
	int64_t told = places[s->place], push = is_stale(s, SP_CLOCK_DEMAND) ? 0 : s->push, wish = told + push + s->cost;
	bool free = !s->step && !s->day && !s->cost_day && !s->frozen && n_stale(s) == 0;
	bool recovers = !s->frozen && n_stale(s) == 0;

	check_i64(d->wish.ppb, wish);
	if (free && wish >= 800000000 && wish <= 1200000000)
		check_i64(d->index.ppb, wish);
	if (free && wish < 800000000)
		check_i64(d->index.ppb, 800000000);
	if (free && wish > 1200000000)
		check_i64(d->index.ppb, 1200000000);
	if (recovers && s->place == BELOW)
		check_true(moved > 0);
	if (recovers && s->place == ABOVE)
		check_true(moved < 0);
	if (recovers && s->place == BELOW && s->step && !s->day)
		check_true(moved >= told / 20);
	check_i64(d->outcome, outcome_due(s, moved));
	check_i64((d->binds & SP_RAIL_BIT(frozen)) != 0, s->frozen);
}

/* P1 on what customers were told, and that only a published move tells them anything. */
static void check_told(const world *w, const situation *s, const sp_decision *d)
{
	const sp_family_state *f = &w->engine->families[0];
	int64_t told = places[s->place], cost = f->book.told_cost_ppb;

	check_i64(f->book.told_ppb, d->outcome == SP_OUTCOME_PUBLISHED ? d->index.ppb : told);
	check_i64(f->book.in_force_ppb, f->book.told_ppb);
	check_i64(d->in_force.ppb, f->book.in_force_ppb);
	check_true(!s->cost_day || size_of(cost) <= told / 200);
	check_true(!s->day || size_of(f->book.told_ppb - told - cost) <= told / 100);
	check_true(size_of(cost) <= size_of(s->cost) && (cost == 0 || (cost > 0) == (s->cost > 0)));
	check_i64(d->offer,
	          f->book.told_ppb < 800000000 || f->book.told_ppb > 1200000000 ? SP_OFFER_RESTRICTED : SP_OFFER_OPEN);
	if (d->outcome != SP_OUTCOME_PUBLISHED)
		check_i64(w->engine->skus[0].book.in_force_nano, told / 10);
}

static void try_all(const situation *clocks, uint32_t *tried, uint32_t *moved)
{
	world w, fresh;
	situation s = *clocks;

	build_clocks(&w, clocks);
	fresh = w;
	fresh.engine_memory = aligned_alloc(64, (sp_engine_size(&w.setup) + 63) & ~(size_t)63);
	fresh.engine = sp_engine_init(fresh.engine_memory, sp_engine_size(&w.setup), &w.setup);
	sp_engine_fork(fresh.engine, w.engine);
	for (unsigned i = 0; i < PLACES * N(pushes) * N(costs) * 4 * 16; i++) {
		unsigned flags = i / (PLACES * N(pushes) * N(costs));
		const sp_decision *d;
		s.place = (int)(i % PLACES);
		s.push = pushes[i / PLACES % N(pushes)];
		s.cost = costs[i / PLACES / N(pushes) % N(costs)];
		s.step = flags & 1;
		s.day = flags & 2;
		s.cost_day = flags & 4;
		s.frozen = flags & 8;
		s.mode = flags / 16 < SP_MODES ? flags / 16 : SP_MODE_AUTO;
		s.cuts_propose = flags / 16 == SP_MODES;
		sp_engine_fork(w.engine, fresh.engine);
		enter(&w, &s);
		d = world_step(&w); /* the sum of the terms is checked there */
		check_forbidden(&s, d, d->index.ppb - places[s.place]);
		check_due(&s, d, d->index.ppb - places[s.place]);
		check_told(&w, &s, d);
		(*tried)++;
		*moved += d->index.ppb != places[s.place];
	}
	free(fresh.engine_memory);
	world_fini(&w);
}

static void p1_every_small_state_keeps_its_limits_and_its_mode(void **state)
{
	uint32_t tried = 0, moved = 0;

	(void)state;
	for (int i = 0; i < 27; i++) {
		situation s = {.clocks = {i % 3, i / 3 % 3, i / 9}};
		try_all(&s, &tried, &moved);
	}
	print_message("%u situations, %u of them moved\n", tried, moved);
	check_u64(tried, 27 * 125 * 64);
	check_true(moved > tried / 10);
}

/* --- a random year --- */

#define TOLD_MAX 8192

typedef struct told_list {
	int64_t t_ns[TOLD_MAX], rest[TOLD_MAX], cost[TOLD_MAX];
	uint32_t n;
} told_list;

/* The extremes of what was told within the span before now, from the list alone. */
static sp_interval extremes(const told_list *list, bool cost, int64_t since_ns)
{
	const int64_t *values = cost ? list->cost : list->rest;
	sp_interval e = {values[list->n - 1], values[list->n - 1]};

	for (uint32_t i = list->n - 1; i-- > 0 && list->t_ns[i + 1] > since_ns;)
		e = sp_interval_with(e, values[i]);
	return e;
}

static int64_t share(int64_t x, int64_t ratio)
{
	int64_t part = 0;

	check_status(sp_muldiv_floor(x > 0 ? x : 0, ratio, SP_NANO, &part), SP_OK);
	return part;
}

/* Does the last of the list keep high - floor(high x percent) <= new <= low + floor(low x percent), or lie nearer to what
 * was held before? The percentage is of an index: the extremes with the cost held then, or for cost the last told. */
static void check_rate(told_list *list, bool cost, int64_t span_ns, int64_t ratio, int64_t base)
{
	const int64_t *values = cost ? list->cost : list->rest;
	int64_t now = values[list->n - 1], held = values[list->n - 2], t_ns = list->t_ns[list->n - 1];
	int64_t told_cost = list->cost[list->n - 2];
	sp_interval e;

	list->n--;
	e = extremes(list, cost, t_ns - span_ns);
	list->n++;
	check_true(now <= held || now <= e.low + share(base ? base : e.low + told_cost, ratio));
	check_true(now >= held || now >= e.high - share(base ? base : e.high + told_cost, ratio));
}

static void append_told(told_list *list, const world *w)
{
	const sp_family_state *f = &w->engine->families[0];

	check_true(list->n < TOLD_MAX);
	list->t_ns[list->n] = w->now_ns;
	list->rest[list->n] = f->book.told_ppb - f->book.told_cost_ppb;
	list->cost[list->n++] = f->book.told_cost_ppb;
}

static int64_t random_wish(sp_rng *rng)
{
	return ((int64_t)sp_rng_below(rng, 100000001) - 50000000) >> (4 * sp_rng_below(rng, 5));
}

static int64_t random_gap(sp_rng *rng)
{
	return (sp_rng_below(rng, 30) == 0 ? (int64_t)sp_rng_below(rng, 3000) : 1) * SP_MIN + (int64_t)sp_rng_below(rng, 5);
}

static void p1_told_indexes_keep_step_and_rates_over_a_random_year(void **state)
{
	static told_list list;
	world w;
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	world_init(&w);
	w.families[0].rails.max_step_ppb = 3 * PERCENT;
	w.families[0].rails.max_per_hour_ppb = 4 * PERCENT;
	w.families[0].rails.max_per_day_ppb = 10 * PERCENT;
	w.families[0].rails.cost_max_per_day_ppb = 5 * PERCENT;
	world_build(&w);
	list.n = 0;
	append_told(&list, &w);
	for (int i = 0; i < 20000; i++) {
		const sp_decision *d;
		int64_t before = w.engine->families[0].book.told_ppb;
		world_says.push_ppb = random_wish(&rng);
		world_says.cost_ppb = random_wish(&rng) / 4;
		world_says.trend = (sp_rng_uniform(&rng) - 0.5) / 50;
		d = world_tick(&w, w.now_ns + random_gap(&rng));
		check_true(!(d->binds & SP_RAIL_BIT(last_check)));
		check_true(d->index.ppb >= 500000000 && d->index.ppb <= 2000000000);
		if (d->outcome != SP_OUTCOME_PUBLISHED)
			continue;
		check_true(size_of(d->index.ppb - before) <= before * 3 / 100);
		if (list.n == TOLD_MAX)
			break;
		append_told(&list, &w);
		check_rate(&list, false, SP_HOUR, 4 * PERCENT, 0);
		check_rate(&list, false, SP_DAY, 10 * PERCENT, 0);
		check_rate(&list, true, SP_DAY, 5 * PERCENT, before);
	}
	print_message("%u indexes told\n", list.n);
	check_true(list.n > 2000);
	world_fini(&w);
}

/* The last hours of the times there are: nothing runs over. */
static void the_engine_runs_up_to_the_last_time_there_is(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].rails.max_per_hour_ppb = w.families[0].rails.max_per_day_ppb = PERCENT;
	w.families[0].rails.worst_of_last_ns = 365 * SP_DAY;
	w.families[0].rails.notice_ns = 730 * SP_DAY;
	world_build(&w);
	world_says.push_ppb = 1000000;
	world_tick(&w, SP_TIME_MIN_NS + 1);
	world_tick(&w, SP_TIME_MAX_NS - 10 * SP_HOUR);
	for (int i = 1; i <= 599; i++) {
		d = world_step(&w);
		check_true(d->index.ppb >= d->before.ppb);
	}
	check_u64(w.tick->skipped, 0);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r3_a_ratio_is_booked_on_the_index_reached_before_it),
	    cmocka_unit_test(r3_the_wildest_wish_stays_an_index),
	    cmocka_unit_test(r3_no_push_is_made_of_what_the_index_cannot_reach),
	    cmocka_unit_test(r6_the_law_is_told_how_much_of_its_cost_was_passed_on),
	    cmocka_unit_test(p1_every_small_state_keeps_its_limits_and_its_mode),
	    cmocka_unit_test(p1_told_indexes_keep_step_and_rates_over_a_random_year),
	    cmocka_unit_test(the_engine_runs_up_to_the_last_time_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
