/* test_unified.c - intervals beside 0: the published table, exact coverage, never empty. */
#include "sim/calibrate/unified.h"

#include <math.h>

#include "tests/check/check.h"

static const sp_unified_error one = {1, 0, 0, 1};

static void ends_are_those_of_the_published_table(void **state)
{
	/* Feldman and Cousins 1998, table X, 90 %. */
	static const double table[][3] = {{-3.0, 0, 0.26}, {-2.0, 0, 0.40}, {-1.0, 0, 0.81},
	                                  {0.0, 0, 1.64},  {1.0, 0, 2.64},  {3.1, 1.46, 4.74}};
	double low, high;

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		check_true(sp_unified_interval(table[i][0], one, &low, &high));
		check_near(low, table[i][1], 0.0051);
		check_near(high, table[i][2], 0.0051);
	}
}

static void intervals_far_from_zero_are_the_plain_ones(void **state)
{
	double low, high;

	(void)state;
	check_true(sp_unified_interval(50, one, &low, &high));
	check_near(low, 50 - SP_UNIFIED_Z, 1e-9);
	check_near(high, 50 + SP_UNIFIED_Z, 1e-9);
}

/* The probability of the measurements in whose interval the truth lies, by fine steps. */
static void every_truth_is_held_in_ninety_percent(void **state)
{
	(void)state;
	for (double truth = 0; truth < 3; truth += 0.25) {
		double held = 0, step = 0.01, low, high;
		for (double x = truth - 6; x < truth + 6; x += step) {
			check_true(sp_unified_interval(x, one, &low, &high));
			if (low <= truth && truth <= high)
				held += step * exp(-(x - truth) * (x - truth) / 2) / sqrt(2 * M_PI);
		}
		check_near(held, 0.9, 0.004);
	}
}

static void a_ratio_to_what_may_be_zero_has_no_upper_end(void **state)
{
	double low, high;

	(void)state;
	check_true(!sp_unified_interval(1, (sp_unified_error){1, 0, 1, 1.5}, &low, &high)); /* 1.5 standard errors */
	check_true(sp_unified_interval(1, (sp_unified_error){1, 0, 1, 3}, &low, &high));
	check_true(high > 1 && isfinite(high));
}

static void extreme_measurements_have_finite_ends(void **state)
{
	static const double huge[] = {-1e300, -1e9, 0, 1e-300, 1e9, 1e300};
	double low, high;

	(void)state;
	for (size_t i = 0; i < sizeof huge / sizeof *huge; i++)
		for (double own = 0; own <= 1e12; own = own > 0 ? own * 1e12 : 1e-12)
			if (sp_unified_interval(huge[i], (sp_unified_error){own, 0, 0, 1}, &low, &high))
				check_true(isfinite(low) && isfinite(high) && low >= 0 && low <= high);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ends_are_those_of_the_published_table),
	    cmocka_unit_test(intervals_far_from_zero_are_the_plain_ones),
	    cmocka_unit_test(every_truth_is_held_in_ninety_percent),
	    cmocka_unit_test(a_ratio_to_what_may_be_zero_has_no_upper_end),
	    cmocka_unit_test(extreme_measurements_have_finite_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
