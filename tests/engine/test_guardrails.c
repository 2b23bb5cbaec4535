/* test_guardrails.c - the saturating rails on a move of the index: tables worked by hand, properties over random moves, and
 * the slow twin in twin/guardrails.py. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/engine/guardrails.h"
#include "tests/check/check.h"

#define PERCENT (SP_NANO / 100)
#define MILLION INT64_C(1000000)

/* --- the intervals --- */

static void check_interval(sp_interval actual, int64_t low, int64_t high)
{
	check_i64(actual.low, low);
	check_i64(actual.high, high);
}

static void r6_step_is_the_whole_part_of_told_times_percent(void **state)
{
	(void)state;
	check_interval(sp_rails_step(1000 * MILLION, 5 * PERCENT), 950 * MILLION, 1050 * MILLION);
	check_interval(sp_rails_step(1000000019, 5 * PERCENT), 950000019, 1050000019); /* 50,000,000.95 */
	check_interval(sp_rails_step(1999, PERCENT / 10), 1998, 2000);                 /* 1.999 */
	check_interval(sp_rails_step(999, PERCENT / 10), 999, 999);                    /* 0.999: too little to move */
	check_interval(sp_rails_step(SP_INDEX_MAX_PPB, 1000 * PERCENT), -9 * SP_INDEX_MAX_PPB, 11 * SP_INDEX_MAX_PPB);
	check_interval(sp_rails_step(SP_NANO, SP_PARAM_NONE), SP_EVERYTHING.low, SP_EVERYTHING.high);
	check_interval(sp_rails_step(1, 200 * PERCENT), -1, 3);
}

static void r5_marginal_cost_and_its_margin_are_rounded_up(void **state)
{
	(void)state;
	check_i64(sp_rails_least(1000000001, 10 * PERCENT), 1100000002); /* 1,100,000,001.1 */
	check_i64(sp_rails_least(1000, 0), 1000);
	check_i64(sp_rails_least(0, 10 * PERCENT), 0);
	check_i64(sp_rails_least(1000, SP_PARAM_NONE), 0);
	check_i64(sp_rails_least(INT64_MAX, 1), INT64_MAX);
}

static void r5_bounds_give_way_to_each_other_and_never_cross(void **state)
{
	const sp_interval bounds = {500, 900};

	(void)state;
	check_interval(sp_rails_below(bounds, 700), 500, 700);
	check_interval(sp_rails_below(bounds, 500), 500, 500);
	check_interval(sp_rails_below(bounds, 499), 500, 500);
	check_interval(sp_rails_below(bounds, 900), 500, 900);
	check_interval(sp_rails_below(bounds, 901), 500, 900);
	check_interval(sp_rails_above(bounds, 700), 700, 900);
	check_interval(sp_rails_above(bounds, 900), 900, 900);
	check_interval(sp_rails_above(bounds, 901), 900, 900);
	check_interval(sp_rails_above(bounds, 500), 500, 900);
	check_interval(sp_rails_above(bounds, 499), 500, 900);
	check_interval(sp_rails_below((sp_interval){500, 500}, 600), 500, 500);
	check_interval(sp_rails_above((sp_interval){500, 500}, 400), 500, 500);
}

/* high - floor(high x percent) <= new <= low + floor(low x percent) */
static void r6_rate_is_measured_from_the_extremes_of_the_window(void **state)
{
	const sp_interval window = {950 * MILLION, 1100 * MILLION};

	(void)state;
	check_interval(sp_rails_rate(window, window, 1000 * MILLION, 25 * PERCENT), 825 * MILLION, 1187500000);
	check_interval(sp_rails_rate((sp_interval){1001, 1999}, (sp_interval){1001, 1999}, 1500, PERCENT / 10), 1500,
	               1500); /* 1,998 … 1,002: crossed, so the told alone is left */
	check_interval(sp_rails_rate(window, window, 1000 * MILLION, SP_PARAM_NONE), SP_EVERYTHING.low, SP_EVERYTHING.high);
}

static void r6_rate_is_widened_to_contain_the_last_told(void **state)
{
	const sp_interval window = {800 * MILLION, 1000 * MILLION};

	(void)state;
	/* 900 … 880: a fifth was raised within the window already */
	check_interval(sp_rails_rate(window, window, 1000 * MILLION, 10 * PERCENT), 900 * MILLION, 1000 * MILLION);
	check_interval(sp_rails_rate(window, window, 800 * MILLION, 10 * PERCENT), 800 * MILLION, 880 * MILLION);
	check_interval(sp_rails_rate(window, window, 850 * MILLION, 10 * PERCENT), 850 * MILLION, 880 * MILLION);
}

static void r6_cost_rate_is_a_share_of_the_told_index(void **state)
{
	const sp_interval window = {-20 * MILLION, 30 * MILLION}, told = {1200 * MILLION, 1200 * MILLION};

	(void)state;
	check_interval(sp_rails_rate(window, told, 30 * MILLION, 25 * PERCENT), -270 * MILLION, 280 * MILLION);
	check_interval(sp_rails_rate(window, told, 30 * MILLION, PERCENT), 18 * MILLION, 30 * MILLION);
}

/* --- moves, worked by hand: all in parts per million, told 1,000,000 unless said --- */

typedef struct row {
	const char *why;
	int64_t told, told_cost, increments, levels, cost;
	sp_interval bounds, step, rate_hour, rate_day, cost_day; /* {0, 0}: everything */
	int64_t index, cost_left;
	int64_t terms[6]; /* by rail */
	int64_t kept[6];  /* of them, for good */
} row;

#define FLOOR   [SP_RAIL_floor]
#define CEILING [SP_RAIL_ceiling]
#define STEP    [SP_RAIL_step]
#define HOUR    [SP_RAIL_rate_hour]
#define DAY     [SP_RAIL_rate_day]
#define COST    [SP_RAIL_cost_rate_day]

static const row rows[] = {
    {"nothing in its way", 1000, 0, 30, 0, 20, .index = 1050, .cost_left = 20},
    {"no move at all", 1000, 0, 0, 0, 0, {500, 2000}, {950, 1050}, {900, 1100}, {900, 1100}, {-50, 50}, .index = 1000},

    {"step cuts a raise", 1000, 0, 90, 0, 0, .step = {950, 1050}, .index = 1050, .terms = {STEP = -40},
     .kept = {STEP = -40}},
    {"step cuts a cut", 1000, 0, -90, 0, 0, .step = {950, 1050}, .index = 950, .terms = {STEP = 40},
     .kept = {STEP = 40}},
    {"step takes from R first", 1000, 0, 60, 0, 40, .step = {950, 1050}, .index = 1050, .cost_left = 40,
     .terms = {STEP = -50}, .kept = {STEP = -50}},
    {"step takes of R what R has, then of C", 1000, 0, 30, 0, 80, .step = {950, 1050}, .index = 1050, .cost_left = 50,
     .terms = {STEP = -60}, .kept = {STEP = -30}},
    {"step leaves an R that leads the other way", 1000, 0, -20, 0, 100, .step = {950, 1050}, .index = 1050,
     .cost_left = 70, .terms = {STEP = -30}},
    {"step takes increments before levels", 1000, 0, 40, 50, 0, .step = {950, 1050}, .index = 1050,
     .terms = {STEP = -40}, .kept = {STEP = -40}},
    {"step takes of levels what is left", 1000, 0, 40, 70, 0, .step = {950, 1050}, .index = 1050, .terms = {STEP = -60},
     .kept = {STEP = -40}},
    {"a step of nothing holds", 1000, 0, 5, 0, 7, .step = {1000, 1000}, .index = 1000, .terms = {STEP = -12},
     .kept = {STEP = -5}},

    {"ceiling cuts", 1000, 0, 90, 0, 0, .bounds = {500, 1030}, .index = 1030, .terms = {CEILING = -60},
     .kept = {CEILING = -60}},
    {"floor cuts R first", 1000, 0, -60, 0, -80, .bounds = {900, 2000}, .index = 900, .cost_left = -80,
     .terms = {FLOOR = 40}, .kept = {FLOOR = 40}},
    {"floor takes of C what R has not", 1000, 0, -10, 0, -150, .bounds = {900, 2000}, .index = 900, .cost_left = -100,
     .terms = {FLOOR = 60}, .kept = {FLOOR = 10}},
    {"ceiling, then step", 1000, 0, 400, 0, 0, .bounds = {500, 1300}, .step = {950, 1050}, .index = 1050,
     .terms = {CEILING = -100, STEP = -250}, .kept = {CEILING = -100, STEP = -250}},

    {"the hour's rate holds R", 1000, 0, 90, 0, 30, .rate_hour = {950, 1040}, .index = 1070, .cost_left = 30,
     .terms = {HOUR = -50}, .kept = {HOUR = -50}},
    {"the day's rate, tighter", 1000, 0, 90, 0, 0, .rate_hour = {900, 1080}, .rate_day = {950, 1020}, .index = 1020,
     .terms = {HOUR = -10, DAY = -60}, .kept = {HOUR = -10, DAY = -60}},
    {"rates hold R alone: told less its cost", 1100, 100, 90, 0, 0, .rate_day = {900, 1050}, .index = 1150,
     .terms = {DAY = -40}, .kept = {DAY = -40}},
    {"cost has an allowance of its own", 1100, 100, 0, 0, 90, .rate_day = {1000, 1000}, .cost_day = {50, 150},
     .index = 1150, .cost_left = 50, .terms = {COST = -40}},
    {"a fall in cost as well", 1100, 100, 0, 0, -90, .cost_day = {50, 150}, .index = 1050, .cost_left = -50,
     .terms = {COST = 40}},

    {"step once more when the cost rate has cut", 1000, 0, -80, 0, 100, .step = {950, 1050}, .cost_day = {0, 0 + 1},
     .index = 950, .cost_left = 1, .terms = {STEP = 29, COST = -99}, .kept = {STEP = 29}},
    {"floor once more when the cost rate has cut", 1000, 0, -80, 0, 100, .bounds = {970, 2000}, .cost_day = {0, 10},
     .index = 970, .cost_left = 10, .terms = {FLOOR = 40, COST = -90}, .kept = {FLOOR = 40}},
    {"step once more when the rate has cut", 1000, 0, -80, 0, 100, .step = {960, 1040}, .rate_hour = {990, 1010},
     .index = 1040, .cost_left = 50, .terms = {HOUR = 70, STEP = -50}, .kept = {HOUR = 70}},

    {"recovery into the floor, at once", 800, 0, 0, 0, 0, .bounds = {850, 2000}, .index = 850, .terms = {FLOOR = 50}},
    {"recovery as far as the step allows", 800, 0, 0, 0, 0, .bounds = {900, 2000}, .step = {760, 840}, .index = 840,
     .terms = {FLOOR = 100, STEP = -60}},
    {"recovery as far as the rate allows", 800, 0, 0, 0, 0, .bounds = {900, 2000}, .step = {760, 840},
     .rate_day = {700, 820}, .index = 820, .terms = {FLOOR = 100, STEP = -60, DAY = -20}},
    {"recovery from above", 1000, 0, 0, 0, 0, .bounds = {500, 900}, .step = {950, 1050}, .index = 950,
     .terms = {CEILING = -100, STEP = 50}},
    {"outside, the law may not lead further out", 800, 0, -50, 0, 0, .bounds = {900, 2000}, .step = {800, 800},
     .index = 800, .terms = {FLOOR = 150, STEP = -100}, .kept = {FLOOR = 50}},
    {"outside, the law may lead in further than the bound", 800, 0, 150, 0, 0, .bounds = {900, 2000}, .index = 950},
    {"R is not cut for a cost that may not be told", 1000, 0, 30, 0, 60, .step = {950, 1050}, .cost_day = {0, 1},
     .index = 1031, .cost_left = 1, .terms = {COST = -59}},
    {"recovery goes on by R where the cost rate cut C", 1000, 0, 0, 0, -50, .bounds = {500, 900}, .step = {950, 1050},
     .rate_day = {980, 1020}, .cost_day = {-10, 10}, .index = 970, .cost_left = -10,
     .terms = {CEILING = -90, STEP = 50, DAY = 20, COST = 40}},
    {"recovery gives up a C that leads away", 900, 0, 20, 0, -20, .bounds = {950, 2000}, .rate_day = {880, 902},
     .index = 902, .terms = {FLOOR = 50, DAY = -48}, .kept = {DAY = -20}},
    {"the same when the rate has cut", 900, 0, 20, 0, -12, .bounds = {905, 2000}, .rate_day = {880, 902}, .index = 902,
     .terms = {FLOOR = 12, DAY = -18}, .kept = {DAY = -18}},
};

static sp_interval scaled(sp_interval interval)
{
	if (interval.low == 0 && interval.high == 0)
		return SP_EVERYTHING;
	return (sp_interval){interval.low * MILLION, interval.high * MILLION};
}

static sp_move move_of(const row *r)
{
	return (sp_move){
	    .told = r->told * MILLION,
	    .told_cost = r->told_cost * MILLION,
	    .increments = r->increments * MILLION,
	    .levels = r->levels * MILLION,
	    .cost = r->cost * MILLION,
	};
}

static void check_row(const row *r)
{
	const sp_rails rails = {scaled(r->bounds), scaled(r->step), scaled(r->rate_hour), scaled(r->rate_day),
	                        scaled(r->cost_day)};
	sp_move move = move_of(r);

	print_message("%s\n", r->why);
	sp_guardrails_saturate(&move, &rails);
	check_i64(sp_move_index(&move), r->index * MILLION);
	check_i64(move.cost, r->cost_left * MILLION);
	for (int rail = 0; rail < 6; rail++) {
		check_i64(move.kept[rail] + move.now[rail], r->terms[rail] * MILLION);
		check_i64(move.kept[rail], r->kept[rail] * MILLION);
		check_true(r->terms[rail] == 0 || (move.binds >> rail & 1));
	}
	check_true(sp_guardrails_check(&move, &rails));
}

static void r6_moves_worked_by_hand_are_cut_as_worked(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check_row(&rows[i]);
}

static void r6_a_move_that_leads_into_its_bounds_recovers(void **state)
{
	const sp_interval bounds = {900, 1100};
	sp_move move = {.told = 800, .increments = 1};

	(void)state;
	check_true(sp_guardrails_recovers(&move, bounds));
	move.increments = 0;
	check_true(!sp_guardrails_recovers(&move, bounds));
	move.told = 1200;
	move.cost = -1;
	check_true(sp_guardrails_recovers(&move, bounds));
	move.cost = 1;
	check_true(!sp_guardrails_recovers(&move, bounds));
	move.cost = 0;
	check_true(!sp_guardrails_recovers(&move, bounds));
	move.told = 1000;
	check_true(!sp_guardrails_recovers(&move, bounds));
	move.told = 900; /* on a bound is inside */
	move.cost = 1;
	check_true(!sp_guardrails_recovers(&move, bounds));
	move.told = 1100;
	move.cost = -1;
	check_true(!sp_guardrails_recovers(&move, bounds));
}

static void a_move_is_idle_when_no_part_of_it_leads_anywhere_from_inside_the_bounds(void **state)
{
	const sp_interval bounds = {900, 1100};
	const sp_move busy[] = {{.told = 1000, .increments = 1},
	                        {.told = 1000, .levels = -1},
	                        {.told = 1000, .cost = 1},
	                        {.told = 1000, .increments = 5, .levels = -5},
	                        {.told = 899},
	                        {.told = 1101}};
	const sp_move idle[] = {{.told = 1000}, {.told = 900}, {.told = 1100}};

	(void)state;
	for (size_t i = 0; i < sizeof busy / sizeof busy[0]; i++)
		check_true(!sp_guardrails_idle(&busy[i], bounds));
	for (size_t i = 0; i < sizeof idle / sizeof idle[0]; i++)
		check_true(sp_guardrails_idle(&idle[i], bounds));
}

static void r3_a_rail_that_limits_for_a_tick_takes_nothing_for_good(void **state)
{
	sp_move move = {.told = 1000, .increments = 50, .cost = 20};

	(void)state;
	sp_guardrails_limit(&move, SP_RAIL_worst_of_last, 1030);
	check_i64(sp_move_index(&move), 1030);
	check_i64(move.now[SP_RAIL_worst_of_last], -40);
	for (int rail = 0; rail < SP_SATURATING; rail++)
		check_i64(move.kept[rail], 0);
	sp_guardrails_limit(&move, SP_RAIL_dead_band, 1030);
	check_u64(move.binds, SP_RAIL_BIT(worst_of_last));
	sp_guardrails_hold(&move, SP_RAIL_min_interval);
	check_i64(sp_move_index(&move), 1000);
	check_i64(move.now[SP_RAIL_min_interval], -30);
	sp_guardrails_hold(&move, SP_RAIL_frozen);
	check_i64(move.now[SP_RAIL_frozen], 0);
	check_u64(move.binds, SP_RAIL_BIT(worst_of_last) | SP_RAIL_BIT(min_interval) | SP_RAIL_BIT(frozen));
}

/* The last check must be able to fail: each promise broken alone. */
static void p1_the_last_check_finds_every_broken_limit(void **state)
{
	const sp_rails wide = {SP_EVERYTHING, SP_EVERYTHING, SP_EVERYTHING, SP_EVERYTHING, SP_EVERYTHING};
	const sp_move move = {
	    .told = 1000 * MILLION, .told_cost = 100 * MILLION, .increments = 30 * MILLION, .cost = 20 * MILLION};
	sp_rails broken[] = {wide, wide, wide, wide, wide};
	sp_move high = {.told = SP_INDEX_MAX_PPB, .increments = 1}, low = {.told = SP_INDEX_MIN_PPB, .increments = -1};

	(void)state;
	check_true(sp_guardrails_check(&move, &wide));
	broken[0].bounds = (sp_interval){0, 1049 * MILLION};
	broken[1].step = (sp_interval){0, 1049 * MILLION};
	broken[2].rate_hour = (sp_interval){0, 929 * MILLION};
	broken[3].rate_day = (sp_interval){931 * MILLION, 2000 * MILLION};
	broken[4].cost_day = (sp_interval){0, 119 * MILLION};
	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
		check_true(!sp_guardrails_check(&move, &broken[i]));
	check_true(!sp_guardrails_check(&high, &wide));
	check_true(!sp_guardrails_check(&low, &wide));
	high.increments = low.increments = 0; /* as far as an index goes */
	check_true(sp_guardrails_check(&high, &wide));
	check_true(sp_guardrails_check(&low, &wide));
}

/* --- random moves --- */

/* A move and the rails around it, as family.c makes them; kept in numbers for the twin. */
typedef struct trial {
	sp_move move;
	sp_interval bounds, hour, day, cost; /* the extremes of the windows */
	int64_t step_ppb, hour_ppb, day_ppb, cost_ppb;
	bool pending;
	int64_t in_force, in_force_cost;
	sp_rails rails;
} trial;

static int64_t between(sp_rng *rng, int64_t low, int64_t high)
{
	return low + (int64_t)sp_rng_below(rng, (uint64_t)(high - low) + 1);
}

static int64_t random_ratio(sp_rng *rng)
{
	static const int64_t ratios[] = {SP_PARAM_NONE, 1000,         PERCENT / 10,  PERCENT,
	                                 5 * PERCENT,   25 * PERCENT, 100 * PERCENT, 1000 * PERCENT};

	return ratios[sp_rng_below(rng, sizeof ratios / sizeof ratios[0])];
}

/* A part of a move: often nothing, often small, sometimes larger than anything allows. */
static int64_t random_part(sp_rng *rng, int64_t scale)
{
	switch (sp_rng_below(rng, 4)) {
	case 0:
		return 0;
	case 1:
		return between(rng, -scale / 20, scale / 20);
	case 2:
		return between(rng, -scale / 3, scale / 3);
	default:
		return between(rng, -2 * scale, 2 * scale);
	}
}

/* A window's extremes: they contain what is held. */
static sp_interval random_window(sp_rng *rng, int64_t held, int64_t scale)
{
	sp_interval window = {held, held};

	if (sp_rng_below(rng, 2) == 0)
		window.low -= between(rng, 0, scale / 4);
	if (sp_rng_below(rng, 2) == 0)
		window.high += between(rng, 0, scale / 4);
	return window;
}

static sp_interval random_bounds(sp_rng *rng, int64_t told)
{
	int64_t a = between(rng, told / 2, 2 * told), b = between(rng, told / 2, 2 * told);

	if (sp_rng_below(rng, 3) > 0)
		return (sp_interval){told - told / 3, told + told / 2};
	return a < b ? (sp_interval){a, b} : (sp_interval){b, a};
}

static sp_interval random_rate(const trial *t, sp_interval extremes, int64_t ratio, bool cost)
{
	int64_t held = cost ? t->move.told_cost : t->move.told - t->move.told_cost;
	int64_t in_force = cost ? t->in_force_cost : t->in_force - t->in_force_cost;
	sp_interval told = {t->move.told, t->move.told};
	sp_interval allowed = sp_rails_rate(extremes, cost ? told : extremes, held, ratio);

	return t->pending ? sp_interval_with(allowed, in_force) : allowed;
}

static trial random_trial(sp_rng *rng)
{
	static const int64_t scales[] = {2000, 10 * MILLION, SP_NANO, 3 * SP_NANO, SP_INDEX_MAX_PPB / 4};
	int64_t scale = scales[sp_rng_below(rng, sizeof scales / sizeof scales[0])], told = between(rng, scale / 2, scale);
	trial t = {.move = {.told = told}, .pending = sp_rng_below(rng, 5) == 0};

	t.move.told_cost = random_part(rng, told);
	t.move.increments = random_part(rng, told);
	t.move.levels = random_part(rng, told) * (int64_t)sp_rng_below(rng, 2);
	t.move.cost = random_part(rng, told);
	t.bounds = random_bounds(rng, told);
	t.step_ppb = random_ratio(rng);
	t.hour_ppb = random_ratio(rng);
	t.day_ppb = random_ratio(rng);
	t.cost_ppb = random_ratio(rng);
	t.hour = random_window(rng, told - t.move.told_cost, told);
	t.day = random_window(rng, told - t.move.told_cost, told);
	t.cost = random_window(rng, t.move.told_cost, told);
	t.in_force = told - between(rng, 0, told / 4);
	t.in_force_cost = t.move.told_cost + between(rng, -told / 8, told / 8);
	t.rails.bounds = t.bounds;
	t.rails.step = sp_rails_step(told, t.step_ppb);
	if (t.pending)
		t.rails.step = sp_interval_with(t.rails.step, t.in_force);
	t.rails.rate_hour = random_rate(&t, t.hour, t.hour_ppb, false);
	t.rails.rate_day = random_rate(&t, t.day, t.day_ppb, false);
	t.rails.cost_day = random_rate(&t, t.cost, t.cost_ppb, true);
	return t;
}

static bool within(int64_t x, sp_interval interval)
{
	return x >= interval.low && x <= interval.high;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* How far up a move could go toward its floor: the step, or all of R's room and all of the cost that leads there. */
static int64_t reach_up(const trial *t)
{
	int64_t rest = least(t->rails.rate_hour.high, t->rails.rate_day.high);
	int64_t cost = t->move.told_cost + most(0, least(t->move.cost, t->rails.cost_day.high - t->move.told_cost));

	return least(t->rails.step.high, rest + cost);
}

static int64_t reach_down(const trial *t)
{
	int64_t rest = most(t->rails.rate_hour.low, t->rails.rate_day.low);
	int64_t cost = t->move.told_cost + least(0, most(t->move.cost, t->rails.cost_day.low - t->move.told_cost));

	return most(t->rails.step.low, rest + cost);
}

static void check_saturated(const trial *t, const sp_move *move)
{
	int64_t index = sp_move_index(move), cost = move->told_cost + move->cost, taken = 0;

	check_true(within(index, t->rails.step));
	check_true(within(index - cost, t->rails.rate_hour) && within(index - cost, t->rails.rate_day));
	check_true(within(cost, t->rails.cost_day));
	if (within(move->told, t->bounds))
		check_true(within(index, t->bounds));
	else if (index < t->bounds.low)
		check_i64(index, reach_up(t));
	else if (index > t->bounds.high)
		check_i64(index, reach_down(t));
	for (int rail = 0; rail < SP_RAILS; rail++) {
		int64_t kept = rail < SP_SATURATING ? move->kept[rail] : 0;
		taken += kept + move->now[rail];
		check_true((kept == 0 && move->now[rail] == 0) || (move->binds >> rail & 1));
	}
	check_i64(sp_move_index(&t->move) + taken, index);
	if (index >= SP_INDEX_MIN_PPB && index <= SP_INDEX_MAX_PPB)
		check_true(sp_guardrails_check(move, &t->rails));
}

#define TRIALS 100000

static void p1_every_saturated_move_keeps_step_rates_and_bounds(void **state)
{
	sp_rng rng;
	uint32_t free = 0, cut = 0;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int i = 0; i < TRIALS; i++) {
		trial t = random_trial(&rng);
		sp_move move = t.move;
		sp_guardrails_saturate(&move, &t.rails);
		check_saturated(&t, &move);
		cut += move.binds != 0;
		free += move.binds == 0;
	}
	check_true(cut > TRIALS / 4 && free > TRIALS / 100);
}

static void a_saturated_move_saturates_to_the_same_index(void **state)
{
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int i = 0; i < TRIALS; i++) {
		trial t = random_trial(&rng);
		sp_move once = t.move, twice;
		sp_guardrails_saturate(&once, &t.rails);
		twice = once;
		sp_guardrails_saturate(&twice, &t.rails);
		check_i64(sp_move_index(&twice), sp_move_index(&once));
		if (within(t.move.told, t.bounds))
			check_true(memcmp(&once, &twice, sizeof once) == 0);
	}
}

/* R6: a rate limits moves, it never makes one. */
static void r6_no_move_stays_no_move_inside_the_bounds(void **state)
{
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int i = 0; i < TRIALS; i++) {
		trial t = random_trial(&rng);
		t.move.increments = t.move.levels = t.move.cost = 0;
		if (!within(t.move.told, t.bounds))
			continue;
		sp_move move = t.move;
		sp_guardrails_saturate(&move, &t.rails);
		check_true(memcmp(&move, &t.move, sizeof move) == 0);
	}
}

static void a_higher_wish_never_gives_a_lower_index(void **state)
{
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int i = 0; i < TRIALS; i++) {
		trial t = random_trial(&rng);
		sp_move low = t.move, high = t.move;
		int64_t more = most(1, between(&rng, 0, t.move.told / 10));
		if (sp_rng_below(&rng, 2))
			high.increments += more;
		else
			high.cost += more;
		sp_guardrails_saturate(&low, &t.rails);
		sp_guardrails_saturate(&high, &t.rails);
		check_true(sp_move_index(&high) >= sp_move_index(&low));
	}
}

/* The quantising and promise rails bring a move part of the way back; that breaks no limit either. */
static void p1_a_move_brought_back_part_of_the_way_keeps_every_limit(void **state)
{
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int i = 0; i < TRIALS; i++) {
		trial t = random_trial(&rng);
		sp_move move = t.move;
		int64_t target;
		sp_guardrails_saturate(&move, &t.rails);
		target = between(&rng, least(t.move.told, sp_move_index(&move)), most(t.move.told, sp_move_index(&move)));
		sp_guardrails_limit(&move, SP_RAIL_worst_of_last, target);
		check_i64(sp_move_index(&move), target);
		if (target >= SP_INDEX_MIN_PPB && target <= SP_INDEX_MAX_PPB)
			check_true(sp_guardrails_check(&move, &t.rails));
	}
}

/* --- the twin --- */

#define TWIN_TRIALS 30000

static void put_ratio(FILE *file, int64_t ratio)
{
	if (ratio == SP_PARAM_NONE)
		fputs(" -", file);
	else
		fprintf(file, " %" PRId64, ratio);
}

static void put_window(FILE *file, sp_interval window, int64_t ratio)
{
	fprintf(file, " %" PRId64 " %" PRId64, window.low, window.high);
	put_ratio(file, ratio);
}

static void put_trial(FILE *file, const trial *t)
{
	fprintf(file, "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64, t->move.told,
	        t->move.told_cost, t->move.increments, t->move.levels, t->move.cost, t->bounds.low, t->bounds.high);
	put_ratio(file, t->step_ppb);
	put_window(file, t->hour, t->hour_ppb);
	put_window(file, t->day, t->day_ppb);
	put_window(file, t->cost, t->cost_ppb);
	fprintf(file, " %d %" PRId64 " %" PRId64 "\n", t->pending, t->in_force, t->in_force_cost);
}

static void write_trials(const char *path, sp_rng rng)
{
	FILE *file = fopen(path, "w");

	check_true(file != NULL);
	for (int i = 0; i < TWIN_TRIALS; i++) {
		trial t = random_trial(&rng);
		put_trial(file, &t);
	}
	fclose(file);
}

static void compare_trials(FILE *answers, sp_rng rng)
{
	for (int i = 0; i < TWIN_TRIALS; i++) {
		trial t = random_trial(&rng);
		int64_t index, cost;
		uint32_t binds;
		check_i64(fscanf(answers, "%" SCNd64 " %" SCNd64 " %" SCNu32, &index, &cost, &binds), 3);
		sp_guardrails_saturate(&t.move, &t.rails);
		if (index != sp_move_index(&t.move) || cost != t.move.cost || binds != t.move.binds)
			put_trial(stderr, &t);
		check_i64(sp_move_index(&t.move), index);
		check_i64(t.move.cost, cost);
		check_u64(t.move.binds, binds);
	}
}

static void r6_the_slow_twin_cuts_every_move_the_same(void **state)
{
	char path[256], command[400];
	FILE *answers;
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	if (system("command -v python3 >/dev/null") != 0)
		skip();
	snprintf(path, sizeof path, "%s/moves", sp_check_scratch());
	write_trials(path, rng);
	snprintf(command, sizeof command, "python3 -B tests/engine/twin/guardrails.py %s", path);
	answers = popen(command, "r");
	check_true(answers != NULL);
	compare_trials(answers, rng);
	check_i64(pclose(answers), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r6_step_is_the_whole_part_of_told_times_percent),
	    cmocka_unit_test(r5_marginal_cost_and_its_margin_are_rounded_up),
	    cmocka_unit_test(r5_bounds_give_way_to_each_other_and_never_cross),
	    cmocka_unit_test(r6_rate_is_measured_from_the_extremes_of_the_window),
	    cmocka_unit_test(r6_rate_is_widened_to_contain_the_last_told),
	    cmocka_unit_test(r6_cost_rate_is_a_share_of_the_told_index),
	    cmocka_unit_test(r6_moves_worked_by_hand_are_cut_as_worked),
	    cmocka_unit_test(r6_a_move_that_leads_into_its_bounds_recovers),
	    cmocka_unit_test(a_move_is_idle_when_no_part_of_it_leads_anywhere_from_inside_the_bounds),
	    cmocka_unit_test(r3_a_rail_that_limits_for_a_tick_takes_nothing_for_good),
	    cmocka_unit_test(p1_the_last_check_finds_every_broken_limit),
	    cmocka_unit_test(p1_every_saturated_move_keeps_step_rates_and_bounds),
	    cmocka_unit_test(a_saturated_move_saturates_to_the_same_index),
	    cmocka_unit_test(r6_no_move_stays_no_move_inside_the_bounds),
	    cmocka_unit_test(a_higher_wish_never_gives_a_lower_index),
	    cmocka_unit_test(p1_a_move_brought_back_part_of_the_way_keeps_every_limit),
	    cmocka_unit_test(r6_the_slow_twin_cuts_every_move_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
