/* test_hampel.c - the level that spikes cannot move, against numbers worked by hand, a slow twin, spikes and changes of level. */
#include "tests/check/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "estimators/median.h"
#include "estimators/persistence.h"
#include "tests/estimators/rough.h"
#include "tests/estimators/slot.h"

#define START ROUGH_START

/* --- median and scale --- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double middle_of(double *x, int n)
{
	qsort(x, (size_t)n, sizeof *x, by_value);
	return n % 2 == 1 ? x[n / 2] : 0.5 * (x[n / 2 - 1] + x[n / 2]);
}

/* By definition: sort, take distances, sort those. */
static double scale_of(const double *x, int n)
{
	static const double few[] = {1, 1, 1.196, 1.495, 1.363, 1.206, 1.200, 1.140, 1.129, 1.107};
	double copy[ROUGH_MAX];
	memcpy(copy, x, (size_t)n * sizeof *x);
	double middle = middle_of(copy, n);
	for (int i = 0; i < n; i++)
		copy[i] = fabs(x[i] - middle);
	return 1.4826 * (n < 10 ? few[n] : n / (n - 0.8)) * middle_of(copy, n);
}

static void the_median_distance_is_found_without_sorting_distances(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("the_median_distance_is_found_without_sorting_distances", &rng);
	for (int round = 0; round < ROUGH_COUNT; round++) {
		rough s;
		rough_draw(&s, &rng, true);
		rough_settle(&s);
		double scale = scale_of(s.x, s.n), middle = middle_of(s.x, s.n); /* sorts */
		check_near(sp_median(s.x, (size_t)s.n), middle, 0);
		check_near(sp_median_scale(s.x, (size_t)s.n), scale, 1e-15 * scale);
	}
}

static void the_scale_is_unbiased_for_few_values(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("the_scale_is_unbiased_for_few_values", &rng);
	for (int n = 2; n <= 21; n++) {
		double sum = 0, x[21];
		enum { WORLDS = 20000 };
		for (int world = 0; world < WORLDS; world++) {
			for (int i = 0; i < n; i++)
				x[i] = sp_rng_normal(&rng);
			qsort(x, (size_t)n, sizeof *x, by_value);
			sum += sp_median_scale(x, (size_t)n);
		}
		check_near(sum / WORLDS, 1, 0.025);
	}
}

/* --- by hand --- */

static void a_spike_among_seven_is_left_out(void **state)
{
	(void)state;
	static const double x[] = {10, 11, 9, 1000, 10, 12, 10};
	slot s;
	slot_open(&s, "hampel", NULL);
	for (int i = 0; i < 7; i++)
		slot_see(&s, START + i * SP_MIN, x[i]);
	sp_estimate out = slot_at(&s, START + 10 * SP_MIN);
	/* median 10, distances 0 0 0 1 1 2 990: MAD 1; six are kept */
	double scale = 1.4826 * 1.140;
	check_near(out.value, 62 / 6.0, 1e-12);
	check_near(out.count, 6, 0);
	check_near(out.lag_s, 60 * (6 + 5 + 4 + 2 + 1 + 0) / 6.0, 1e-9);
	check_i64(out.age_ns, 4 * SP_MIN);
	check_true(out.variance >= scale * scale / 6);
}

static void one_observation_is_not_sure_of_a_single_digit(void **state)
{
	(void)state;
	slot s;
	slot_open(&s, "hampel", NULL);
	slot_see(&s, START, 7);
	sp_estimate out = slot_at(&s, START);
	check_near(out.value, 7, 0);
	check_near(out.variance, 49, 0);
}

static void the_window_is_of_time_and_of_count(void **state)
{
	(void)state;
	slot s;
	slot_open(&s, "hampel", (const char *[]){"window", "10m", "count", "5", NULL});
	for (int i = 0; i < 20; i++)
		slot_see(&s, START + i * SP_MIN, i);
	check_near(slot_at(&s, START + 20 * SP_MIN).value, 17, 0); /* 15 … 19 */
	slot_see(&s, START + 28 * SP_MIN, 100);                    /* 18 and 19 are at most ten minutes older */
	check_near(slot_at(&s, START + 28 * SP_MIN).count, 2, 0);
	slot_see(&s, START + SP_DAY, 3);
	check_near(slot_at(&s, START + SP_DAY).value, 3, 0);
	slot_see(&s, START + SP_DAY - SP_HOUR, 5); /* late: as new as the newest */
	check_near(slot_at(&s, START + SP_DAY).value, 4, 0);
}

/* --- spikes and changes of level --- */

static void spikes_in_a_third_of_the_window_move_nothing(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("spikes_in_a_third_of_the_window_move_nothing", &rng);
	slot s;
	slot_open(&s, "hampel", NULL);
	for (int i = 0; i < 2000; i++) {
		double spike = i % 3 == 0 ? 1e6 * (1 + sp_rng_uniform(&rng)) : 0;
		slot_see(&s, START + i * SP_MIN, 50 + sp_rng_normal(&rng) + spike);
		if (i > 21)
			check_near(slot_at(&s, START + i * SP_MIN).value, 50, 2);
	}
}

/* The stated number: n / 2 + 1 observations of the new level, for odd and even windows, up and down. */
static void a_level_that_stays_is_followed_with_the_stated_observation(void **state)
{
	(void)state;
	static const struct {
		const char *count;
		int n;
	} windows[] = {{"3", 3}, {"8", 8}, {"21", 21}, {"50", 50}, {"128", 128}};
	sp_rng rng;
	sp_check_seed("a_level_that_stays_is_followed_with_the_stated_observation", &rng);
	for (int w = 0; w < 5; w++) {
		slot s;
		slot_open(&s, "hampel", (const char *[]){"count", windows[w].count, "window", "1d", NULL});
		int64_t t_ns = START;
		for (int i = 0; i < 200; i++)
			slot_see(&s, t_ns += SP_MIN, 100 + sp_rng_normal(&rng));
		for (int i = 1; i <= windows[w].n / 2 + 1; i++) {
			double value = slot_at(&s, t_ns).value;
			check_near(value, 100, 28); /* not yet, or, with half of an even window, between */
			slot_see(&s, t_ns += SP_MIN, w % 2 == 0 ? 150 + sp_rng_normal(&rng) : 50 + sp_rng_normal(&rng));
		}
		check_near(slot_at(&s, t_ns).value, w % 2 == 0 ? 150 : 50, 4);
	}
}

/* --- the twin --- */

static sp_estimate twin(const rough *s, int newest, int64_t window_ns, int count, double reject)
{
	double x[ROUGH_MAX] = {0}, kept = 0, sum = 0, ages = 0, unit = s->largest > 0 ? s->largest : 1;
	int first = newest + 1 > count ? newest + 1 - count : 0, n = 0;
	while (s->t_ns[newest] - s->t_ns[first] > window_ns)
		first++;
	for (int i = first; i <= newest; i++)
		x[n++] = s->x[i];
	double scale = scale_of(x, n), middle = middle_of(x, n);
	for (int i = first; i <= newest; i++) {
		if (fabs(s->x[i] - middle) > reject * scale)
			continue;
		kept++;
		sum += s->x[i] / unit;
		ages += (double)(s->t_ns[newest] - s->t_ns[i]) / 1e9;
	}
	return (sp_estimate){.value = sum / kept * unit, .variance = scale * scale, .count = kept, .lag_s = ages / kept};
}

/* c: signs about the medians of the windows before, all anew. */
static double twin_inflation(const rough *s, int newest, int64_t window_ns, int count)
{
	double pairs = 0, agreement = 0, last = 0;
	for (int i = 1; i <= newest; i++) {
		double x[ROUGH_MAX] = {0};
		int first = i > count - 1 ? i - (count - 1) : 0, n = 0;
		while (first < i && s->t_ns[i] - s->t_ns[first] > window_ns)
			first++;
		for (int j = first; j < i; j++)
			x[n++] = s->x[j];
		if (n == 0)
			continue;
		double away = s->x[i] - middle_of(x, n), sign = (away > 0) - (away < 0);
		pairs = pairs * (1 - 0.25 / count) + (sign * last != 0);
		agreement = agreement * (1 - 0.25 / count) + sign * last;
		last = sign;
	}
	double phi = fmin(sin(M_PI / 2 * fmax(agreement / (pairs + 4), 0)), 0.98);
	return (1 + phi) / (1 - phi);
}

static void it_agrees_with_the_whole_window_sorted_anew(void **state)
{
	(void)state;
	static const struct {
		const char *window, *count, *reject;
		int64_t window_ns;
		int n;
		double far;
	} sets[] = {{"1h", "21", "3", SP_HOUR, 21, 3},
	            {"10m", "8", "2.5", 10 * SP_MIN, 8, 2.5},
	            {"365d", "128", "1", 365 * SP_DAY, 128, 1},
	            {"1s", "3", "5", SP_SEC, 3, 5}};
	sp_rng rng;
	sp_check_seed("it_agrees_with_the_whole_window_sorted_anew", &rng);
	int planted = 0;
	for (int round = 0; round < ROUGH_COUNT; round++) {
		int k = round % 4;
		rough one;
		slot s;
		rough_draw(&one, &rng, true);
		slot_open(&s, "hampel",
		          (const char *[]){"window", sets[k].window, "count", sets[k].count, "reject", sets[k].reject, NULL});
		for (int i = 0; i < one.n; i++)
			slot_see(&s, one.t_ns[i], one.x[i]);
		rough_settle(&one);
		int newest = one.n - 1;
		sp_estimate fast = slot_at(&s, one.t_ns[newest]);
		sp_estimate slow = twin(&one, newest, sets[k].window_ns, sets[k].n, sets[k].far);
		double wide = twin_inflation(&one, newest, sets[k].window_ns, sets[k].n), n = fmax(1, slow.count / wide);
		check_near(fast.value, slow.value, 1e-12 * one.largest);
		check_near(fast.count, slow.count, 0);
		check_near(fast.lag_s, slow.lag_s, 1e-12 * slow.lag_s);
		if (fast.count > 1)
			check_near(fast.variance, slow.variance / n, 1e-10 * slow.variance);
		check_near(fast.noise, slow.variance, 1e-12 * slow.variance);
		slow = twin(&one, newest, sets[k].window_ns, sets[k].n, 0.8 * sets[k].far);
		planted += fabs(fast.value - slow.value) > 1e-12 * one.largest;
	}
	check_true(planted > ROUGH_COUNT / 10); /* another reach is found out, where a value lies between */
}

/* --- what it says of its error --- */

static void its_interval_is_honest_where_noise_is_white(void **state)
{
	(void)state;
	enum { WORLDS = 1000 };
	sp_rng rng;
	sp_check_seed("its_interval_is_honest_where_noise_is_white", &rng);
	int held = 0;
	for (int world = 0; world < WORLDS; world++) {
		slot s;
		slot_open(&s, "hampel", (const char *[]){"count", "64", "window", "1d", NULL});
		for (int i = 0; i < 200; i++)
			slot_see(&s, START + i * SP_MIN, 10 + sp_rng_normal(&rng) * (i % 10 == 0 ? 20 : 1));
		sp_estimate out = slot_at(&s, START + 200 * SP_MIN);
		held += fabs(out.value - 10) <= 1.645 * sqrt(out.variance);
	}
	printf("white noise, a tenth spikes: nominal 90%% covers %.1f%%\n", 100.0 * held / WORLDS);
	check_true(held >= 0.85 * WORLDS && held <= 0.96 * WORLDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_median_distance_is_found_without_sorting_distances),
	    cmocka_unit_test(the_scale_is_unbiased_for_few_values),
	    cmocka_unit_test(a_spike_among_seven_is_left_out),
	    cmocka_unit_test(one_observation_is_not_sure_of_a_single_digit),
	    cmocka_unit_test(the_window_is_of_time_and_of_count),
	    cmocka_unit_test(spikes_in_a_third_of_the_window_move_nothing),
	    cmocka_unit_test(a_level_that_stays_is_followed_with_the_stated_observation),
	    cmocka_unit_test(it_agrees_with_the_whole_window_sorted_anew),
	    cmocka_unit_test(its_interval_is_honest_where_noise_is_white),
	};
	return cmocka_run_group_tests_name("estimators: hampel", tests, NULL, NULL);
}
