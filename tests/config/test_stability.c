/* test_stability.c - the closed loop's roots, against limits that are known. */
#include "tests/check/check.h"

#include "controller/config/roots.h"
#include "controller/config/stability.h"

static void roots_of_a_known_product_are_found(void **state)
{
	/* (z - 1/2) (z + 2) (z^2 + 1) */
	sp_polynomial p = {4, {-1, 1.5, 0, 1.5, 1}};
	sp_complex roots[SP_DEGREE_MAX];
	bool half = false, two = false;

	(void)state;
	check_true(sp_roots_find(&p, roots));
	for (int i = 0; i < 4; i++) {
		half = half || (roots[i].re > 0.4999999 && roots[i].re < 0.5000001);
		two = two || (roots[i].re < -1.9999999 && roots[i].re > -2.0000001);
	}
	check_true(half && two);
}

static double limit(int delay, double weight, sp_verdict worst)
{
	sp_closed_loop loop = {.plant = {.elasticity = 1, .delay = delay, .weight = weight}};

	return sp_stability_limit(&loop, worst, 0);
}

/* 2 sin(pi / (2 (2 d + 1))) */
static void integral_action_with_delay_is_stable_up_to_the_published_gain(void **state)
{
	static const double want[] = {2, 1, 0.6180339887, 0.4450418679};

	(void)state;
	for (int d = 0; d < 4; d++)
		check_near(limit(d, 1, SP_VERDICT_SWINGS), want[d], 1e-6);
}

/* The same beyond the delays that are computed step by step: 2 sin(pi / 66), 2 sin(pi / 242), 2 sin(pi / 2002). */
static void a_long_delay_allows_as_little_as_it_must(void **state)
{
	static const struct {
		int delay;
		double want;
	} rows[] = {{16, 0.0951638316}, {60, 0.0259626240}, {500, 0.0031384590}};

	(void)state;
	for (int i = 0; i < 3; i++)
		check_near(limit(rows[i].delay, 1, SP_VERDICT_SWINGS) / rows[i].want, 1, 0.04);
}

/* d^d / (d + 1)^(d + 1) */
static void it_does_not_oscillate_up_to_the_published_gain(void **state)
{
	static const double want[] = {1, 0.25, 4.0 / 27, 27.0 / 256};

	(void)state;
	for (int d = 0; d < 4; d++)
		check_near(limit(d, 1, SP_VERDICT_CALM), want[d], 1e-4);
}

/* An EWMA of weight 0.1: 38, 1.0, 0.51. */
static void a_filter_and_a_delay_together_are_far_worse_than_each(void **state)
{
	static const double want[] = {38, 1.0, 0.51};

	(void)state;
	for (int d = 0; d < 3; d++)
		check_near(limit(d, 0.1, SP_VERDICT_SWINGS) / want[d], 1, 0.01);
}

/* With a lag of N steps no oscillation only up to 1 / (4 N). */
static void people_who_answer_slowly_allow_a_quarter_of_their_lag(void **state)
{
	(void)state;
	for (int n = 50; n <= 3200; n *= 4) {
		sp_closed_loop loop = {.plant = {.elasticity = 1, .lag = n, .weight = 1}};
		check_near(sp_stability_limit(&loop, SP_VERDICT_CALM, 0) * 4 * n, 1, 0.02);
	}
}

/* Told right, a predictor leaves z - 1 + gain = 0, whatever the delay and the lag. */
static void a_predictor_told_right_feels_neither_delay_nor_lag(void **state)
{
	sp_closed_loop loop = {.gain = 0.25,
	                       .plant = {.elasticity = 2, .delay = 3, .lag = 20, .weight = 1},
	                       .predicts = true,
	                       .told = {.elasticity = 2, .delay = 3, .lag = 20, .weight = 1}};

	(void)state;
	check_i64(sp_stability_verdict(sp_stability_rest(&loop), 0.05), SP_VERDICT_CALM);
	loop.plant.elasticity = 8;
	loop.plant.delay = 8;
	check_true(sp_stability_verdict(sp_stability_rest(&loop), 0.05) != SP_VERDICT_CALM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(roots_of_a_known_product_are_found),
	    cmocka_unit_test(integral_action_with_delay_is_stable_up_to_the_published_gain),
	    cmocka_unit_test(a_long_delay_allows_as_little_as_it_must),
	    cmocka_unit_test(it_does_not_oscillate_up_to_the_published_gain),
	    cmocka_unit_test(a_filter_and_a_delay_together_are_far_worse_than_each),
	    cmocka_unit_test(people_who_answer_slowly_allow_a_quarter_of_their_lag),
	    cmocka_unit_test(a_predictor_told_right_feels_neither_delay_nor_lag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
