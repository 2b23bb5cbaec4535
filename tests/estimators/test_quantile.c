/* test_quantile.c - the forgetful histogram against the exact weighted quantile, a twin that keeps every observation, and itself,
 * merged. */
#include "tests/check/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "estimators/quantile.h"
#include "tests/estimators/rough.h"
#include "tests/estimators/slot.h"

#define START ROUGH_START
#define CELLS 256 /* a sign, as the estimator's head says */

typedef struct setting {
	const char *q, *half_life, *error;
	double q_share, half_life_s, relative;
} setting;

static const setting settings[] = {
    {"50%", "1d", "2%", 0.5, 86400, 0.02},
    {"95%", "5m", "5%", 0.95, 300, 0.05},
    {"1%", "30d", "10%", 0.01, 2592000, 0.1},
    {"99%", "1h", "1%", 0.99, 3600, 0.01},
    {"25%", "365d", "2%", 0.25, 365 * 86400.0, 0.02},
    {"80%", "12h", "0.2%", 0.8, 43200, 0.002},
};
#define SETTINGS (int)(sizeof settings / sizeof *settings)

static void quantile_open(slot *s, const setting *set)
{
	slot_open(s, "quantile", (const char *[]){"q", set->q, "half_life", set->half_life, "error", set->error, NULL});
}

/* --- by hand --- */

static void a_median_of_five_is_the_middle_one_to_the_stated_error(void **state)
{
	(void)state;
	static const double x[] = {10, -3, 7, 100, 0.5};
	slot s;
	slot_open(&s, "quantile", (const char *[]){"half_life", "365d", NULL});
	for (int i = 0; i < 5; i++)
		slot_see(&s, START, x[i]);
	sp_estimate out = slot_at(&s, START + SP_MIN);
	check_near(out.value, 7, 0.02 * 7);
	check_near(out.count, 5, 1e-9);
	check_near(out.lag_s, 0, 1e-6);
	check_i64(out.age_ns, SP_MIN);
	/* the cell of 7: gamma = 1.02 / 0.98, i = ceil(ln 7 / ln gamma) = 49, value 2 gamma^49 / (1 + gamma) */
	double gamma = 1.02 / 0.98;
	check_near(out.value, 2 * pow(gamma, 49) / (1 + gamma), 1e-12);
}

static void zero_and_both_signs_have_their_order(void **state)
{
	(void)state;
	static const double x[] = {-100, -1, 0, 0, 1, 100};
	static const struct {
		const char *q;
		double value;
	} cases[] = {{"1%", -100}, {"17%", -1}, {"34%", 0}, {"66%", 0}, {"80%", 1}, {"99%", 100}};
	for (int c = 0; c < 6; c++) {
		slot s;
		slot_open(&s, "quantile", (const char *[]){"q", cases[c].q, NULL});
		for (int i = 0; i < 6; i++)
			slot_see(&s, START, x[i]);
		check_near(slot_at(&s, START).value, cases[c].value, 0.020001 * fabs(cases[c].value));
	}
}

static void an_old_observation_weighs_half_after_a_half_life(void **state)
{
	(void)state;
	slot s;
	slot_open(&s, "quantile", (const char *[]){"half_life", "1h", "q", "66%", NULL});
	slot_see(&s, START, 10);
	slot_see(&s, START + SP_HOUR, 1); /* the weights: 1/2 of 10, 1 of 1; the sum reaches 66 % with 1 */
	check_near(slot_at(&s, START + SP_HOUR).value, 1, 0.02);
	check_near(slot_at(&s, START + SP_HOUR).count, 1.5 * 1.5 / 1.25, 1e-12);
	check_near(slot_at(&s, START + SP_HOUR).lag_s, 3600 / 3.0, 1e-9);
	slot_set(&s, "q", "67%");
	check_near(slot_at(&s, START + SP_HOUR).value, 10, 0.2);
}

/* --- the collapse, and what is forgotten --- */

static void what_is_too_small_beside_the_largest_counts_as_zero(void **state)
{
	(void)state;
	double gamma = 1.02 / 0.98, reach = pow(gamma, CELLS);
	slot s;
	slot_open(&s, "quantile", NULL);
	slot_see(&s, START, 0);
	for (int i = 0; i < 9; i++)
		slot_see(&s, START, 1);
	slot_see(&s, START, 0.5 * reach); /* 1 keeps its cell */
	check_near(slot_at(&s, START).value, 1, 0.020001);
	slot_see(&s, START, 2 * reach);
	check_near(slot_at(&s, START).value, 0, 0);
	slot_see(&s, START, 1); /* too small by now */
	check_near(slot_at(&s, START).value, 0, 0);
}

static void a_wild_value_does_not_blind_for_ever(void **state)
{
	(void)state;
	slot s;
	slot_open(&s, "quantile", (const char *[]){"half_life", "1h", NULL});
	slot_see(&s, START, -1e99);
	int64_t t_ns = START;
	double value = 0;
	while (value < 0.5 && t_ns < START + 100 * SP_HOUR) {
		t_ns += 10 * SP_MIN;
		slot_see(&s, t_ns, 1);
		value = slot_at(&s, t_ns).value;
	}
	/* forgotten with the first or second move of ref, 32 half-lives apart; then the zeros it made have to fade */
	check_true(t_ns > START + 32 * SP_HOUR && t_ns <= START + 66 * SP_HOUR);
	check_near(value, 1, 0.020001);
}

/* --- the twin --- */

typedef struct observed {
	double x, weight;
} observed;

static int by_value(const void *a, const void *b)
{
	double x = ((const observed *)a)->x, y = ((const observed *)b)->x;
	return (x > y) - (x < y);
}

static double cell_of(double x, double gamma)
{
	return ceil(log(fabs(x)) / log(gamma));
}

/* Sorts all there is and walks up to the share: the exact quantile. The sums that the estimate has are told beside. */
static double exact_quantile(const rough *s, const setting *set, sp_estimate *sums)
{
	observed all[ROUGH_MAX];
	double total = 0, squares = 0, ages = 0;
	for (int i = 0; i < s->n; i++) {
		double age_s = (double)(s->t_ns[s->n - 1] - s->t_ns[i]) / 1e9;
		all[i] = (observed){s->x[i], pow(2, -age_s / set->half_life_s)};
		total += all[i].weight;
		squares += all[i].weight * all[i].weight;
		ages += all[i].weight * age_s;
	}
	*sums = (sp_estimate){.count = total * total / squares, .lag_s = ages / total};
	qsort(all, (size_t)s->n, sizeof *all, by_value);
	double reached = 0;
	int i = 0;
	while (i < s->n - 1 && (reached += all[i].weight) < set->q_share * total - 1e-12 * total)
		i++;
	return all[i].x;
}

/* The value of the exact quantile's cell: 0 where there is none any more, and never beyond what was seen. */
static double value_of(const rough *s, const setting *set, double exact, bool *has_cell)
{
	double gamma = (1 + set->relative) / (1 - set->relative), top = -INFINITY, least = INFINITY, most = -INFINITY;
	for (int i = 0; i < s->n; i++) {
		if (fabs(s->x[i]) >= 1e-100)
			top = fmax(top, cell_of(s->x[i], gamma));
		least = fmin(least, s->x[i]);
		most = fmax(most, s->x[i]);
	}
	double value = 0;
	*has_cell = fabs(exact) >= 1e-100 && cell_of(exact, gamma) > top - CELLS;
	if (*has_cell)
		value = copysign(2 / (1 + gamma) * pow(gamma, cell_of(exact, gamma)), exact);
	return fmin(fmax(value, least), most);
}

/* Series within 32 half-lives: no ref moves, so nothing is forgotten whole. */
static bool within_reach(const rough *s, const setting *set)
{
	return (double)(s->t_ns[s->n - 1] - s->t_ns[0]) / 1e9 < 32 * set->half_life_s;
}

static void it_agrees_with_all_observations_sorted(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("it_agrees_with_all_observations_sorted", &rng);
	int planted = 0, tried = 0;
	for (int round = 0; round < ROUGH_COUNT; round++) {
		const setting *set = &settings[round % SETTINGS];
		rough one;
		slot s;
		rough_draw(&one, &rng, true);
		quantile_open(&s, set);
		for (int i = 0; i < one.n; i++)
			slot_see(&s, one.t_ns[i], one.x[i]);
		rough_settle(&one);
		if (!within_reach(&one, set))
			continue;
		bool has_cell;
		sp_estimate sums, fast = slot_at(&s, one.t_ns[one.n - 1]);
		double exact = exact_quantile(&one, set, &sums), slow = value_of(&one, set, exact, &has_cell);
		check_near(fast.value, slow, 1e-12 * fabs(slow));
		check_near(fast.count, sums.count, 1e-12 * sums.count);
		check_near(fast.lag_s, sums.lag_s, 1e-12 * (double)(one.t_ns[one.n - 1] - one.t_ns[0]) / 1e9);
		if (has_cell) /* the stated error */
			check_near(fast.value, exact, set->relative * fabs(exact) * (1 + 1e-9));
		setting other = *set;
		other.q_share = 1 - set->q_share + 0.02;
		slow = value_of(&one, &other, exact_quantile(&one, &other, &sums), &has_cell);
		planted += fabs(slow - fast.value) > 1e-12 * fabs(slow);
		tried++;
	}
	check_true(tried >= 4000);
	check_true(planted > tried / 3); /* the comparison can fail: another quantile is found out */
}

/* --- merging --- */

static void two_merged_are_as_one_that_saw_both(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("two_merged_are_as_one_that_saw_both", &rng);
	for (int round = 0; round < ROUGH_COUNT; round++) {
		const setting *set = &settings[round % SETTINGS];
		rough drawn;
		slot both, parts[2];
		rough_draw(&drawn, &rng, true);
		rough_settle(&drawn);
		if (!within_reach(&drawn, set))
			continue;
		quantile_open(&both, set);
		quantile_open(&parts[0], set);
		quantile_open(&parts[1], set);
		for (int i = 0; i < drawn.n; i++) {
			slot_see(&both, drawn.t_ns[i], drawn.x[i]);
			slot_see(&parts[sp_rng_below(&rng, 2)], drawn.t_ns[i], drawn.x[i]);
		}
		sp_quantile_merge(parts[0].state, parts[1].state, parts[0].params);
		sp_estimate one = slot_at(&both, drawn.t_ns[drawn.n - 1]), sum = slot_at(&parts[0], drawn.t_ns[drawn.n - 1]);
		check_near(sum.value, one.value, 1e-12 * fabs(one.value));
		check_near(sum.count, one.count, 1e-12 * one.count);
		check_near(sum.lag_s, one.lag_s, 1e-12 * (double)(drawn.t_ns[drawn.n - 1] - drawn.t_ns[0]) / 1e9);
		check_i64(sum.age_ns, one.age_ns);
	}
}

static void merging_nothing_changes_nothing_and_into_nothing_copies(void **state)
{
	(void)state;
	slot empty, full, into;
	quantile_open(&empty, &settings[0]);
	quantile_open(&full, &settings[0]);
	for (int i = 0; i < 50; i++)
		slot_see(&full, START + i * SP_MIN, i - 20);
	into = full;
	sp_quantile_merge(into.state, empty.state, into.params);
	check_bytes(into.state, full.state, full.ops->state_size);
	into = empty;
	sp_quantile_merge(into.state, full.state, into.params);
	check_bytes(into.state, full.state, full.ops->state_size);
}

/* Years apart, and each way round. */
static void what_is_long_past_adds_nothing(void **state)
{
	(void)state;
	slot old, recent, into;
	quantile_open(&old, &settings[0]);
	quantile_open(&recent, &settings[0]);
	slot_see(&old, SP_TIME_MIN_NS, 1e50);
	slot_see(&recent, SP_TIME_MAX_NS - 1, 3);
	into = old;
	sp_quantile_merge(into.state, recent.state, into.params);
	check_near(slot_at(&into, SP_TIME_MAX_NS).value, 3, 0.06);
	into = recent;
	sp_quantile_merge(into.state, old.state, into.params);
	check_near(slot_at(&into, SP_TIME_MAX_NS).value, 3, 0.06);
}

/* --- what it says of its error --- */

/* How often value +- 1.645 standard errors holds the truth, over worlds of `n` observations a minute apart. */
static double coverage(sp_rng *rng, const char *q, double truth, double phi)
{
	enum { WORLDS = 400, N = 1000 }; /* a share of 400 is known to 1.5 % */
	int held = 0;
	for (int world = 0; world < WORLDS; world++) {
		slot s;
		double x = sp_rng_normal(rng);
		slot_open(&s, "quantile", (const char *[]){"q", q, "half_life", "365d", "error", "0.2%", NULL});
		for (int64_t i = 0; i < N; i++)
			slot_see(&s, START + i * SP_MIN, 10 + rough_ar1(rng, &x, phi));
		sp_estimate out = slot_at(&s, START + N * SP_MIN);
		held += fabs(out.value - 10 - truth) <= 1.645 * sqrt(out.variance);
	}
	return (double)held / WORLDS;
}

static void its_interval_is_honest_under_autocorrelation(void **state)
{
	(void)state;
	static const double phis[] = {0, 0.5, 0.9};
	sp_rng rng;
	sp_check_seed("its_interval_is_honest_under_autocorrelation", &rng);
	for (int i = 0; i < 3; i++) {
		double median = coverage(&rng, "50%", 0, phis[i]), high = coverage(&rng, "90%", 1.2815515655, phis[i]);
		printf("AR(1) with %.1f: nominal 90%% covers %.1f%% at the median, %.1f%% at the 90%% quantile\n", phis[i],
		       100 * median, 100 * high);
		check_true(median >= 0.82 && high >= 0.82);
		check_true(i > 0 || (median <= 0.98 && high <= 0.98)); /* and no wider than it must be where nothing persists */
	}
}

static void few_observations_know_nothing_of_the_tail(void **state)
{
	(void)state;
	slot s;
	slot_open(&s, "quantile", (const char *[]){"q", "99%", NULL});
	for (int i = 0; i < 50; i++)
		slot_see(&s, START, 40 + i);
	sp_estimate out = slot_at(&s, START);
	check_near(sqrt(out.variance), out.value, 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_median_of_five_is_the_middle_one_to_the_stated_error),
	    cmocka_unit_test(zero_and_both_signs_have_their_order),
	    cmocka_unit_test(an_old_observation_weighs_half_after_a_half_life),
	    cmocka_unit_test(what_is_too_small_beside_the_largest_counts_as_zero),
	    cmocka_unit_test(a_wild_value_does_not_blind_for_ever),
	    cmocka_unit_test(it_agrees_with_all_observations_sorted),
	    cmocka_unit_test(two_merged_are_as_one_that_saw_both),
	    cmocka_unit_test(merging_nothing_changes_nothing_and_into_nothing_copies),
	    cmocka_unit_test(what_is_long_past_adds_nothing),
	    cmocka_unit_test(its_interval_is_honest_under_autocorrelation),
	    cmocka_unit_test(few_observations_know_nothing_of_the_tail),
	};
	return cmocka_run_group_tests_name("estimators: quantile", tests, NULL, NULL);
}
