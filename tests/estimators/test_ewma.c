/* test_ewma.c - the decaying mean against numbers worked by hand, and against a slow twin that keeps the whole history. */
#include "tests/check/check.h"

#include <math.h>
#include <string.h>

#include "base/time.h"
#include "estimators/estimator.h"

#define START   INT64_C(1764000000000000000)
#define HISTORY 300

typedef struct ewma {
	const sp_estimator_ops *ops;
	_Alignas(8) unsigned char params[SP_ESTIMATOR_PARAMS_MAX];
	_Alignas(8) unsigned char state[SP_ESTIMATOR_STATE_MAX];
} ewma;

static void ewma_start(ewma *e, const char *half_life)
{
	e->ops = sp_estimator_find("ewma", 4);
	assert_non_null(e->ops);
	sp_params_init(e->ops->params, e->ops->n_params, e->params);
	const sp_param *row = sp_param_find(e->ops->params, e->ops->n_params, "half_life", strlen("half_life"));
	assert_non_null(row);
	check_status(sp_param_parse(row, half_life, strlen(half_life), e->params, NULL), SP_OK);
	e->ops->init(e->state, e->params);
}

static void ewma_see(ewma *e, int64_t t_ns, double x)
{
	e->ops->update(e->state, e->params, t_ns, x, 0);
}

static sp_estimate ewma_now(const ewma *e, int64_t now_ns)
{
	sp_estimate out;
	check_true(e->ops->read(e->state, e->params, now_ns, &out).knowledge == SP_KNOWN);
	return out;
}

/* --- the twin: all observations, all sums anew, libm --- */

typedef struct history {
	double x[HISTORY];
	int64_t t_ns[HISTORY]; /* late ones at the time of the newest before them */
	int n;
	double half_life_s;
} history;

static void history_add(history *h, int64_t t_ns, double x)
{
	int64_t newest = h->n > 0 ? h->t_ns[h->n - 1] : t_ns;
	h->t_ns[h->n] = t_ns > newest ? t_ns : newest;
	h->x[h->n++] = x;
}

static double history_age_s(const history *h, int i)
{
	return (double)(h->t_ns[h->n - 1] - h->t_ns[i]) / 1e9;
}

static double history_weight(const history *h, int i)
{
	return pow(2, -history_age_s(h, i) / h->half_life_s);
}

static sp_estimate history_read(const history *h)
{
	double w = 0, w2 = 0, wx = 0, wage = 0, spread = 0, pairs = 0;
	for (int i = 0; i < h->n; i++) {
		w += history_weight(h, i);
		w2 += history_weight(h, i) * history_weight(h, i);
		wx += history_weight(h, i) * h->x[i];
		wage += history_weight(h, i) * history_age_s(h, i);
	}
	for (int i = 0; i < h->n; i++) {
		spread += history_weight(h, i) * (h->x[i] - wx / w) * (h->x[i] - wx / w);
		for (int j = 0; j < i; j++)
			pairs += history_weight(h, i) * history_weight(h, j);
	}
	double variance = pairs > 0 ? spread * w / (2 * pairs) * w2 / (w * w) : wx / w * (wx / w);
	return (sp_estimate){.value = wx / w, .variance = variance, .count = w * w / w2, .lag_s = wage / w};
}

static int near(double a, double b)
{
	return fabs(a - b) <= 1e-8 * (1e-3 + fabs(b));
}

static int agrees(const sp_estimate *a, const sp_estimate *b)
{
	return near(a->value, b->value) && near(a->variance, b->variance) && near(a->count, b->count) &&
	       near(a->lag_s, b->lag_s);
}

/* --- by hand --- */

static void the_first_value_keeps_only_its_own_weight(void **state)
{
	(void)state;
	ewma e;
	ewma_start(&e, "60s");
	ewma_see(&e, START, 1);
	ewma_see(&e, START + SP_MIN, 0);
	/* (0.5 x 1 + 1 x 0) / 1.5; without bias correction it would be 0.5 */
	check_near(ewma_now(&e, START + SP_MIN).value, 1.0 / 3, 1e-15);
}

static void three_values_a_half_life_apart_are_worked_by_hand(void **state)
{
	(void)state;
	ewma e;
	ewma_start(&e, "1m");
	ewma_see(&e, START, 8);
	ewma_see(&e, START + SP_MIN, 4);
	ewma_see(&e, START + 2 * SP_MIN, 1);
	sp_estimate out = ewma_now(&e, START + 2 * SP_MIN);
	check_near(out.value, (0.25 * 8 + 0.5 * 4 + 1) / 1.75, 1e-14);
	check_near(out.count, 1.75 * 1.75 / (0.0625 + 0.25 + 1), 1e-14);
	check_near(out.lag_s, (0.25 * 120 + 0.5 * 60) / 1.75, 1e-12);
	double m = 5 / 1.75, spread = 0.25 * (8 - m) * (8 - m) + 0.5 * (4 - m) * (4 - m) + (1 - m) * (1 - m);
	check_near(out.variance, spread / (1.75 - 1.3125 / 1.75) / out.count, 1e-12);
	check_near(out.noise, spread / (1.75 - 1.3125 / 1.75), 1e-12);
	check_near(out.slope, 0, 0);
}

static void one_observation_is_not_sure_of_a_single_digit(void **state)
{
	(void)state;
	ewma e;
	ewma_start(&e, "5m");
	ewma_see(&e, START, 3);
	sp_estimate out = ewma_now(&e, START);
	check_near(out.value, 3, 0);
	check_near(out.variance, 9, 0);
	check_near(out.noise, 0, 0);
	check_near(out.count, 1, 0);
	check_near(out.lag_s, 0, 0);
}

static void a_half_life_of_zero_is_the_newest_value(void **state)
{
	(void)state;
	ewma e;
	ewma_start(&e, "0s");
	for (int i = 0; i < 5; i++)
		ewma_see(&e, START + i * SP_SEC / 2, i);
	sp_estimate out = ewma_now(&e, START + SP_HOUR);
	check_near(out.value, 4, 0);
	check_near(out.count, 1, 0);
	check_near(out.lag_s, 0, 0);
	ewma_see(&e, START, 9); /* late, yet the newest word */
	check_near(ewma_now(&e, START + SP_HOUR).value, 9, 0);
}

static void observations_of_one_instant_share_their_weight(void **state)
{
	(void)state;
	ewma e;
	ewma_start(&e, "5m");
	for (int i = 1; i <= 4; i++)
		ewma_see(&e, START, i);
	sp_estimate out = ewma_now(&e, START);
	check_near(out.value, 2.5, 1e-15);
	check_near(out.count, 4, 1e-15);
	check_near(out.variance, 5.0 / 3 / 4, 1e-14); /* the textbook's standard error, squared */
	check_near(out.noise, 5.0 / 3, 1e-14);
}

static void after_years_of_silence_the_newest_stands_alone(void **state)
{
	(void)state;
	ewma e;
	ewma_start(&e, "1s");
	for (int i = 0; i < 10; i++)
		ewma_see(&e, START + i * SP_SEC, 100 + i);
	ewma_see(&e, START + 3650 * SP_DAY, 7);
	sp_estimate out = ewma_now(&e, START + 3650 * SP_DAY);
	check_near(out.value, 7, 0);
	check_near(out.count, 1, 0);
	check_near(out.variance, 49, 0);
}

static void a_long_gap_leaves_the_spread_right(void **state)
{
	(void)state;
	ewma e;
	ewma_start(&e, "1s");
	ewma_see(&e, START, 10);
	ewma_see(&e, START + 300 * SP_SEC, 7.1); /* the old weight is 2^-300 */
	/* two values 2.9 apart: s2 = 2.9^2 / 2, however little the older one weighs */
	check_near(ewma_now(&e, START + 300 * SP_SEC).variance, 2.9 * 2.9 / 2, 1e-12);
}

static void lag_of_a_dense_constant_stream_is_the_half_life_over_ln_2(void **state)
{
	(void)state;
	ewma e;
	ewma_start(&e, "5m");
	for (int64_t i = 0; i < 20000; i++)
		ewma_see(&e, START + i * SP_SEC / 4, 1);
	check_near(ewma_now(&e, START + 20000 * SP_SEC / 4).lag_s, 300 / M_LN2, 0.3);
}

/* --- against the twin --- */

static void run_both(ewma *e, history *h, sp_rng *rng, int n)
{
	int64_t t_ns = START;
	for (int i = 0; i < n; i++) {
		double x = 50 + 20 * sp_rng_normal(rng);
		ewma_see(e, t_ns, x);
		history_add(h, t_ns, x);
		if (sp_rng_below(rng, 8) == 0)
			t_ns -= (int64_t)sp_rng_below(rng, 2 * SP_MIN); /* late */
		else if (sp_rng_below(rng, 4) > 0)
			t_ns += (int64_t)sp_rng_below(rng, 3 * SP_MIN);
	}
}

static void it_agrees_with_the_sums_over_the_whole_history(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		double seconds;
	} half_lives[] = {{"1s", 1}, {"20s", 20}, {"5m", 300}, {"1d", 86400}, {"365d", 365 * 86400.0}};
	sp_rng rng;
	sp_check_seed("it_agrees_with_the_sums_over_the_whole_history", &rng);
	int planted = 0;
	for (int round = 0; round < 100; round++) {
		int i = round % 5;
		ewma e;
		history h = {.half_life_s = half_lives[i].seconds};
		ewma_start(&e, half_lives[i].text);
		run_both(&e, &h, &rng, 2 + (int)sp_rng_below(&rng, HISTORY - 2));
		sp_estimate fast = ewma_now(&e, h.t_ns[h.n - 1]), slow = history_read(&h);
		check_near(fast.value, slow.value, 1e-9 * (1 + fabs(slow.value)));
		check_near(fast.variance, slow.variance, 1e-7 * (1e-3 + slow.variance));
		check_near(fast.count, slow.count, 1e-9 * slow.count);
		check_near(fast.lag_s, slow.lag_s, 1e-9 * (1 + slow.lag_s));
		check_true(agrees(&fast, &slow));
		h.half_life_s *= 0.99;
		slow = history_read(&h);
		planted += !agrees(&fast, &slow);
	}
	/* the comparison itself can fail: a twin that forgets a little faster is found out, but where hardly anything is
	 * forgotten or hardly anything kept */
	check_true(planted >= 50);
}

static void the_variance_is_that_of_the_value(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("the_variance_is_that_of_the_value", &rng);
	double squares = 0, told = 0;
	enum { WORLDS = 2000 };
	for (int world = 0; world < WORLDS; world++) {
		ewma e;
		ewma_start(&e, "10m");
		for (int64_t i = 0; i < 100; i++)
			ewma_see(&e, START + i * SP_MIN, 5 + 2 * sp_rng_normal(&rng));
		sp_estimate out = ewma_now(&e, START + 100 * SP_MIN);
		squares += (out.value - 5) * (out.value - 5);
		told += out.variance;
	}
	/* what it says of its error is the error it makes; sampling noise of 2000 squares is about 3 % */
	check_near(told / squares, 1, 0.12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_value_keeps_only_its_own_weight),
	    cmocka_unit_test(three_values_a_half_life_apart_are_worked_by_hand),
	    cmocka_unit_test(one_observation_is_not_sure_of_a_single_digit),
	    cmocka_unit_test(a_half_life_of_zero_is_the_newest_value),
	    cmocka_unit_test(observations_of_one_instant_share_their_weight),
	    cmocka_unit_test(after_years_of_silence_the_newest_stands_alone),
	    cmocka_unit_test(a_long_gap_leaves_the_spread_right),
	    cmocka_unit_test(lag_of_a_dense_constant_stream_is_the_half_life_over_ln_2),
	    cmocka_unit_test(it_agrees_with_the_sums_over_the_whole_history),
	    cmocka_unit_test(the_variance_is_that_of_the_value),
	};
	return cmocka_run_group_tests_name("estimators: ewma", tests, NULL, NULL);
}
