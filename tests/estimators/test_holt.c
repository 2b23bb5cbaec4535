/* test_holt.c - the damped trend against published forecasts, numbers worked by hand, and a slow twin. */
#include "tests/check/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "estimators/damped.h"
#include "estimators/estimator.h"

#define START   INT64_C(1764000000000000000)
#define HISTORY 200

/* The same layout as the estimator's block, so that a test can set any number; the rows' offsets are checked against it. */
typedef struct settings {
	double alpha, beta, phi;
	int64_t step_ns;
	uint32_t difference, unused;
} settings;

typedef struct holt {
	const sp_estimator_ops *ops;
	settings set;
	_Alignas(8) unsigned char state[SP_ESTIMATOR_STATE_MAX];
} holt;

static void holt_start(holt *h, settings set)
{
	h->ops = sp_estimator_find("holt", 4);
	assert_non_null(h->ops);
	assert_int_equal(h->ops->params_size, sizeof set);
	h->set = set;
	h->ops->init(h->state, &h->set);
}

static void holt_see(holt *h, int64_t t_ns, double x)
{
	h->ops->update(h->state, &h->set, t_ns, x, 0);
}

static sp_estimate holt_at(const holt *h, int64_t now_ns)
{
	sp_estimate out;
	check_true(h->ops->read(h->state, &h->set, now_ns, &out).knowledge == SP_KNOWN);
	return out;
}

static void the_rows_describe_the_block(void **state)
{
	(void)state;
	const sp_estimator_ops *ops = sp_estimator_find("holt", 4);
	settings set = {0};
	sp_params_init(ops->params, ops->n_params, &set);
	check_near(set.alpha, 0.3, 0);
	check_near(set.beta, 0.1, 0);
	check_near(set.phi, 0.9, 0);
	check_i64(set.step_ns, SP_MIN);
	check_u64(set.difference, 0);
}

/* --- published forecasts: Hyndman and Athanasopoulos through statsmodels --- */

static int read_series(const char *path, const char *name, double *y, int max)
{
	char line[256], series[64];
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	int n = 0;
	double value;
	while (fgets(line, sizeof line, file) != NULL)
		if (sscanf(line, "%63[^,],%*d,%lf", series, &value) == 2 && strcmp(series, name) == 0) {
			assert_true(n < max);
			y[n++] = value;
		}
	fclose(file);
	return n;
}

static void holt_fold_series(holt *h, const double *y, int n)
{
	for (int i = 0; i < n; i++)
		holt_see(h, START + i * h->set.step_ns, y[i]);
}

/* Every row of the file whose parameters are given: alpha, beta and a start that is told. */
static int check_vectors(const char *vectors, const char *series_path)
{
	char line[512], series[64], method[64];
	FILE *file = fopen(vectors, "r");
	assert_non_null(file);
	int checked = 0;
	while (fgets(line, sizeof line, file) != NULL) {
		double alpha, beta = 0, expected, tolerance;
		int steps;
		if (sscanf(line, "%63[^,],%63[^,],alpha=%lf", series, method, &alpha) != 3 || strstr(line, "l0=y0") == NULL)
			continue;
		bool simple = strcmp(method, "SES") == 0;
		if (!simple && strcmp(method, "Holt") != 0)
			continue;
		if (!simple)
			assert_int_equal(sscanf(strstr(line, "beta="), "beta=%lf", &beta), 1);
		assert_int_equal(sscanf(strstr(line, "l0=y0"), "%*[^,],%d,%lf,%lf", &steps, &expected, &tolerance), 3);
		double y[64];
		int n = read_series(series_path, series, y, 64);
		holt h;
		holt_start(&h, (settings){alpha, beta, 1, SP_DAY, !simple, 0});
		holt_fold_series(&h, y, n);
		check_near(holt_at(&h, START + (n - 1 + steps) * SP_DAY).value, expected, tolerance);
		checked++;
	}
	fclose(file);
	return checked;
}

static void published_forecasts_are_met_to_the_printed_precision(void **state)
{
	(void)state;
	const char *vectors = sp_check_data("vectors/fpp_vectors.csv");
	if (vectors == NULL)
		skip();
	char path[512];
	snprintf(path, sizeof path, "%s", vectors);
	const char *series = sp_check_data("vectors/fpp_series.csv");
	if (series == NULL)
		skip();
	check_i64(check_vectors(path, series), 7);
}

/* The same numbers in short, for where the file is absent (Forecasting: Principles and Practice, 7.1 and 7.2). */
static void the_textbook_example_comes_out(void **state)
{
	(void)state;
	static const double air[] = {17.5534, 21.8601, 23.8866,   26.9293,   26.8885,   28.8314,   30.0751,  30.9535,
	                             30.1857, 31.5797, 32.577569, 33.477398, 39.021581, 41.386432, 41.596552};
	static const double expected[] = {43.76, 45.59, 47.43, 49.27, 51.10};
	holt h;
	holt_start(&h, (settings){0.8, 0.2, 1, SP_HOUR, 1, 0});
	holt_fold_series(&h, air, 15);
	for (int i = 0; i < 5; i++)
		check_near(holt_at(&h, START + (15 + i) * SP_HOUR).value, expected[i], 5e-3);
}

/* --- by hand --- */

static void a_damped_step_is_worked_by_hand(void **state)
{
	(void)state;
	holt h;
	holt_start(&h, (settings){0.5, 0.5, 0.5, SP_MIN, 0, 0});
	holt_see(&h, START, 10);
	holt_see(&h, START + SP_MIN, 14);
	/* p = 10, e = 4, l = 12, b = 0.5 x 2 = 1 */
	sp_estimate out = holt_at(&h, START + SP_MIN);
	check_near(out.value, 12, 1e-12);
	check_near(out.slope, 1 / 60.0, 1e-12);
	/* one step on: 12 + 0.5 x 1; two: + 0.25; for ever: + phi / (1 - phi) = 1 */
	check_near(holt_at(&h, START + 2 * SP_MIN).value, 12.5, 1e-12);
	check_near(holt_at(&h, START + 3 * SP_MIN).value, 12.75, 1e-12);
	check_near(holt_at(&h, START + 3000 * SP_MIN).value, 13, 1e-12);
	check_near(holt_at(&h, START + 2 * SP_MIN).slope, 0.5 / 60, 1e-12);
	check_near(out.count, 2, 1e-12); /* never more than was seen, though (2 - v) / v = 3 */
	check_near(out.variance, 16 * 0.25, 1e-12);
	check_near(out.noise, 16 * 0.5, 1e-12);
	/* then 14 again: p = 12.5, e = 1.5, l = 13.25, b = 0.5 x 1.25 + 0.5 x 0.5 x 1 = 0.875 */
	holt_see(&h, START + 2 * SP_MIN, 14);
	out = holt_at(&h, START + 2 * SP_MIN);
	check_near(out.value, 13.25, 1e-12);
	check_near(out.slope, 0.875 / 60, 1e-12);
}

static void two_steps_at_once_weigh_as_two(void **state)
{
	(void)state;
	holt h;
	holt_start(&h, (settings){0.5, 0.5, 0.5, SP_MIN, 0, 0});
	holt_see(&h, START, 10);
	holt_see(&h, START + 2 * SP_MIN, 14);
	/* v = 0.5 / (0.25 + 0.5) = 2/3: l = 10 + 8/3; g = 0.75: b = 0.75 x (8/3) / 2 = 1 */
	sp_estimate out = holt_at(&h, START + 2 * SP_MIN);
	check_near(out.value, 10 + 8.0 / 3, 1e-12);
	check_near(out.slope, 1 / 60.0, 1e-12);
}

static void observations_of_one_instant_leave_the_trend_alone(void **state)
{
	(void)state;
	holt h;
	holt_start(&h, (settings){1, 0.5, 0.9, SP_MIN, 0, 0});
	holt_see(&h, START, 10);
	holt_see(&h, START, 20);
	holt_see(&h, START, 60);
	sp_estimate out = holt_at(&h, START);
	check_near(out.value, 30, 1e-12); /* each counts the same */
	check_near(out.slope, 0, 0);
	check_near(out.lag_s, 0, 0);
}

static void a_nanosecond_apart_throws_no_trend_about(void **state)
{
	(void)state;
	holt h;
	holt_start(&h, (settings){0.3, 0.1, 0.9, SP_MIN, 0, 0});
	holt_see(&h, START, 10);
	holt_see(&h, START + 1, 11);
	/* -ln(1 - beta) x the change of level, a step: not 6e10 times that */
	check_near(holt_at(&h, START + 1).slope * 60, -log(0.9) * 0.3 / 1.3, 1e-3);
}

static void it_waits_for_a_second_observation(void **state)
{
	(void)state;
	holt h;
	sp_estimate out;
	holt_start(&h, (settings){0.5, 0.5, 0.5, SP_MIN, 0, 0});
	check_text(h.ops->read(h.state, &h.set, START, &out).reason, "no observation yet");
	holt_see(&h, START, 1);
	check_text(h.ops->read(h.state, &h.set, START, &out).reason, "a trend needs a second observation");
}

static void the_lag_is_how_far_the_level_trails_a_ramp(void **state)
{
	(void)state;
	static const settings sets[] = {
	    {0.3, 0.1, 0.9, SP_MIN, 0, 0},  {0.8, 0.2, 1, SP_MIN, 0, 0}, {0.2, 0, 0.5, SP_MIN, 0, 0},
	    {0.5, 0.9, 0.98, SP_MIN, 0, 0}, {0.4, 0, 1, SP_MIN, 0, 0},
	};
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		holt h;
		holt_start(&h, sets[i]);
		for (int64_t k = 0; k < 3000; k++)
			holt_see(&h, START + k * SP_MIN, 5.0 * (double)k); /* 5 a minute */
		sp_estimate out = holt_at(&h, START + 2999 * SP_MIN);
		check_near(5.0 * 2999 - out.value, out.lag_s / 60 * 5, 1e-6);
	}
}

/* --- the twin: from the history, in long double, with libm, the formulas as they are printed --- */

typedef struct history {
	double x[HISTORY];
	int64_t t_ns[HISTORY];
	int n;
} history;

static long double twin_reach(long double phi, long double k)
{
	return phi < 1 ? phi * (1 - powl(phi, k)) / (1 - phi) : k;
}

typedef struct twin {
	long double l, b, v, f;
} twin;

static void twin_fold(twin *w, const settings *p, long double k, long double x, bool first_error)
{
	long double expected = w->l + twin_reach(p->phi, k) * w->b, e = x - expected;
	w->v = w->v / (powl(1 - p->alpha, k) + w->v);
	long double l = expected + w->v * e, g = 1 - powl(1 - p->beta, k);
	if (k > 0)
		w->b = g * (l - w->l) / k + (1 - g) * powl(p->phi, k) * w->b;
	w->l = l;
	w->f = first_error ? e * e : (1 - w->v) * w->f + w->v * e * e;
}

static twin twin_run(const history *h, const settings *p)
{
	twin w = {h->x[0], 0, p->alpha, 0};
	int64_t last = h->t_ns[0];
	for (int i = 1; i < h->n; i++) {
		int64_t gap = h->t_ns[i] > last ? h->t_ns[i] - last : 0;
		long double k = (long double)gap / (long double)p->step_ns;
		if (i == 1 && gap > 0 && p->difference) {
			w.b = (h->x[1] - h->x[0]) / k;
			twin_fold(&w, p, 1, h->x[0], true);
		}
		twin_fold(&w, p, k, h->x[i], i == 1);
		last += gap;
	}
	return w;
}

static settings random_settings(sp_rng *rng)
{
	settings set = {0.01 + 0.99 * sp_rng_uniform(rng), 0.9 * sp_rng_uniform(rng),
	                0.2 + 0.8 * sp_rng_uniform(rng),   SP_MIN,
	                (uint32_t)sp_rng_below(rng, 2),    0};
	if (sp_rng_below(rng, 5) == 0)
		set.phi = 1;
	if (sp_rng_below(rng, 5) == 0)
		set.beta = 0;
	return set;
}

static void it_agrees_with_a_run_over_the_whole_history(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("it_agrees_with_a_run_over_the_whole_history", &rng);
	for (int round = 0; round < 300; round++) {
		settings set = random_settings(&rng);
		holt fast;
		history h = {.n = 0};
		holt_start(&fast, set);
		int n = 2 + (int)sp_rng_below(&rng, HISTORY - 2);
		int64_t t_ns = START;
		for (; h.n < n; h.n++) {
			h.x[h.n] = 100 + 0.1 * h.n + 5 * sp_rng_normal(&rng);
			h.t_ns[h.n] = t_ns;
			holt_see(&fast, t_ns, h.x[h.n]);
			t_ns += (int64_t)sp_rng_below(&rng, 4 * SP_MIN) - SP_MIN; /* a quarter are late */
		}
		int64_t newest = h.t_ns[0];
		for (int i = 0; i < h.n; i++)
			newest = h.t_ns[i] > newest ? h.t_ns[i] : newest;
		twin slow = twin_run(&h, &set);
		sp_estimate out = holt_at(&fast, newest);
		double size = 1 + fabs((double)slow.l);
		check_near(out.value, (double)slow.l, 1e-8 * size);
		check_near(out.slope * 60, (double)slow.b, 1e-8 * size);
		check_near(out.variance, (double)(slow.f * slow.v * (1 - slow.v)), 1e-7 * (1 + (double)slow.f));
	}
}

static void uncertainty_grows_while_nothing_is_seen(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("uncertainty_grows_while_nothing_is_seen", &rng);
	holt h;
	holt_start(&h, random_settings(&rng));
	for (int64_t i = 0; i < 20; i++)
		holt_see(&h, START + i * SP_MIN, sp_rng_normal(&rng));
	double before = -1;
	for (int64_t i = 0; i < 50; i++) {
		double variance = holt_at(&h, START + (19 + i) * SP_MIN).variance;
		check_true(variance > before);
		before = variance;
	}
}

static void the_powers_of_a_step_are_one_by_one_to_the_bit(void **state)
{
	static const double ends[] = {0, 1e-17, 0x1p-30, 0.5, 1};
	(void)state;
	sp_rng rng;
	sp_check_seed(__func__, &rng);
	for (int i = 0; i < 100000; i++) {
		double part[3], k = sp_rng_below(&rng, 9) == 0 ? 0 : pow(10, 30 * sp_rng_uniform(&rng) - 15);
		for (int j = 0; j < 3; j++)
			part[j] = sp_rng_below(&rng, 3) == 0 ? ends[sp_rng_below(&rng, 5)] : sp_rng_uniform(&rng);
		double alpha = fmax(part[0], 1e-4), beta = part[1], phi = part[2];
		sp_damped_step over = sp_damped_over(alpha, beta, phi, k);
		check_ulp(over.reach, sp_damped_reach(phi, k), 0);
		check_ulp(over.level_kept, sp_damped_power(1 - alpha, k), 0);
		check_ulp(over.trend_taken, sp_damped_lost(1 - beta, k), 0);
		check_ulp(over.trend_kept, sp_damped_power((1 - beta) * phi, k), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_powers_of_a_step_are_one_by_one_to_the_bit),
	    cmocka_unit_test(the_rows_describe_the_block),
	    cmocka_unit_test(published_forecasts_are_met_to_the_printed_precision),
	    cmocka_unit_test(the_textbook_example_comes_out),
	    cmocka_unit_test(a_damped_step_is_worked_by_hand),
	    cmocka_unit_test(two_steps_at_once_weigh_as_two),
	    cmocka_unit_test(observations_of_one_instant_leave_the_trend_alone),
	    cmocka_unit_test(a_nanosecond_apart_throws_no_trend_about),
	    cmocka_unit_test(it_waits_for_a_second_observation),
	    cmocka_unit_test(the_lag_is_how_far_the_level_trails_a_ramp),
	    cmocka_unit_test(it_agrees_with_a_run_over_the_whole_history),
	    cmocka_unit_test(uncertainty_grows_while_nothing_is_seen),
	};
	return cmocka_run_group_tests_name("estimators: holt", tests, NULL, NULL);
}
