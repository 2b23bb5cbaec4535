/* exp, log and their kin against libm: its long double is the truth, to within 2^-11 of a double's step. */
#include "tests/check/check.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/math.h"

#define POINTS 2000000

/* The error in steps of a double at the true value. */
static double error_ulp(double actual, long double truth)
{
	const double nearest = fabs((double)truth);
	const double step = nextafter(nearest, INFINITY) - nearest;
	return (double)(fabsl((long double)actual - truth) / step);
}

/* The largest error over many draws of x. */
typedef struct worst {
	double error, at;
} worst;

static void worst_take(worst *w, double x, double actual, long double truth)
{
	const double error = error_ulp(actual, truth);
	if (!(error <= w->error)) { /* a NaN is the worst of all */
		w->error = error;
		w->at = x;
	}
}

static void worst_check(const worst *w, const char *what, double bound)
{
	print_message("%s: at most %.3f ulp, at %.17g\n", what, w->error, w->at);
	check_true(w->error < bound);
}

static double between(sp_rng *rng, double low, double high)
{
	return low + (high - low) * sp_rng_uniform(rng);
}

static void exp_is_within_an_ulp_of_libm(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed(__func__, &rng);
	worst whole = {0};
	worst near_zero = {0};
	worst denormal = {0};
	worst tiny = {0};
	for (unsigned i = 0; i < POINTS; i++) {
		double x = between(&rng, -708.39, 709.782712893384);
		worst_take(&whole, x, sp_exp(x), expl(x));
		x = between(&rng, -1, 1);
		worst_take(&near_zero, x, sp_exp(x), expl(x));
		x = between(&rng, -745.13, -708.39);
		worst_take(&denormal, x, sp_exp(x), expl(x));
		x = (i & 1 ? 1 : -1) * sp_exp2(between(&rng, -1074, -1));
		worst_take(&tiny, x, sp_exp(x), expl(x));
	}
	worst_check(&whole, "exp over all normal results", 1);
	worst_check(&near_zero, "exp over [-1, 1]", 1);
	worst_check(&denormal, "exp over all denormal results", 1);
	worst_check(&tiny, "exp of tiny arguments", 1);
}

/* Where k changes, the reduced argument is largest. */
static void exp_holds_at_the_seams_of_its_reduction(void **state)
{
	(void)state;
	worst seams = {0};
	for (int k = -1021; k <= 1023; k++) {
		double x = (k + 0.5) * SP_LN2;
		for (int step = -50; step <= 50; step++) {
			const double at = x * (1 + step * DBL_EPSILON);
			worst_take(&seams, at, sp_exp(at), expl(at));
		}
	}
	worst_check(&seams, "exp at its seams", 1);
}

static void exp_saturates_at_both_ends(void **state)
{
	(void)state;
	check_ulp(sp_exp(709.782712893384), 0x1.fffffffffff2ap+1023, 1);
	check_ulp(sp_exp(nextafter(709.782712893384, 1000)), DBL_MAX, 0);
	check_ulp(sp_exp(DBL_MAX), DBL_MAX, 0);
	check_ulp(sp_exp(-745.13), 0x1p-1074, 0);
	check_ulp(sp_exp(-745.1332191019411), 0x1p-1074, 0);
	check_ulp(sp_exp(-745.1332191019413), 0, 0);
	check_ulp(sp_exp(-DBL_MAX), 0, 0);
	check_ulp(sp_exp(0), 1, 0);
	check_ulp(sp_exp(-0.0), 1, 0);
	check_ulp(sp_exp(0x1p-1074), 1, 0);
	check_ulp(sp_exp(1), 0x1.5bf0a8b145769p+1, 0);
}

static double any_positive(sp_rng *rng)
{
	double x = 0;
	while (!(x > 0 && sp_finite(x))) {
		const uint64_t bits = sp_rng_next(rng) >> 1;
		memcpy(&x, &bits, sizeof x);
	}
	return x;
}

static void log_is_within_an_ulp_of_libm(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed(__func__, &rng);
	worst whole = {0};
	worst near_one = {0};
	worst closest = {0};
	worst denormal = {0};
	for (unsigned i = 0; i < POINTS; i++) {
		double x = any_positive(&rng);
		worst_take(&whole, x, sp_log(x), logl(x));
		x = between(&rng, 0.5, 2);
		worst_take(&near_one, x, sp_log(x), logl(x));
		x = 1 + (between(&rng, -1, 1) * sp_exp2(between(&rng, -52, -4)));
		worst_take(&closest, x, sp_log(x), logl(x));
		x = between(&rng, 0, 1) * DBL_MIN;
		worst_take(&denormal, x, x > 0 ? sp_log(x) : 0, x > 0 ? logl(x) : 0);
	}
	worst_check(&whole, "log over all doubles", 1);
	worst_check(&near_one, "log over [1/2, 2]", 1);
	worst_check(&closest, "log close to 1", 1);
	worst_check(&denormal, "log of denormals", 1);
}

static void log_holds_at_its_ends_and_at_one(void **state)
{
	(void)state;
	check_ulp(sp_log(1), 0, 0);
	check_ulp(sp_log(0x1p-1074), -744.4400719213812, 0);
	check_ulp(sp_log(DBL_MIN), -708.3964185322641, 0);
	check_ulp(sp_log(DBL_MAX), 709.782712893384, 0);
	check_ulp(sp_log(nextafter(1, 2)), 0x1.fffffffffffffp-53, 0);
	check_ulp(sp_log(nextafter(1, 0)), -0x1p-53, 1);
	for (int k = -1022; k <= 1023; k++) {
		check_true(error_ulp(sp_log(sp_exp2(k)), k * logl(2)) < 1 || k == 0);
	}
}

static void exp2_is_within_an_ulp_and_exact_at_whole_numbers(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed(__func__, &rng);
	worst whole = {0};
	worst denormal = {0};
	for (unsigned i = 0; i < POINTS; i++) {
		double x = between(&rng, -1022, 1024);
		worst_take(&whole, x, sp_exp2(x), exp2l(x));
		x = between(&rng, -1074, -1022);
		worst_take(&denormal, x, sp_exp2(x), exp2l(x));
	}
	worst_check(&whole, "exp2 over all normal results", 1);
	worst_check(&denormal, "exp2 over all denormal results", 1);
	for (int k = -1074; k <= 1023; k++) {
		check_ulp(sp_exp2(k), ldexp(1, k), 0);
	}
	check_ulp(sp_exp2(1024), DBL_MAX, 0);
	check_ulp(sp_exp2(1e300), DBL_MAX, 0);
	const double last = nextafter(1024, 0);
	check_true(error_ulp(sp_exp2(last), exp2l(last)) < 1);
	check_ulp(sp_exp2(-1075.5), 0, 0);
	check_ulp(sp_exp2(-1e300), 0, 0);
}

static void sqrt_is_correctly_rounded(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed(__func__, &rng);
	for (unsigned i = 0; i < 200000; i++) {
		const double x = any_positive(&rng);
		check_ulp(sp_sqrt(x), sqrt(x), 0);
	}
	check_ulp(sp_sqrt(0), 0, 0);
	check_ulp(sp_sqrt(4), 2, 0);
}

static void finite_is_neither_nan_nor_infinite(void **state)
{
	(void)state;
	check_true(sp_finite(0) && sp_finite(-0.0) && sp_finite(DBL_MAX) && sp_finite(-0x1p-1074));
	check_true(!sp_finite(NAN) && !sp_finite(-NAN) && !sp_finite(INFINITY) && !sp_finite(-INFINITY));
}

static void clamp_and_abs_do_what_they_say(void **state)
{
	(void)state;
	check_ulp(sp_clamp(5, 1, 3), 3, 0);
	check_ulp(sp_clamp(-5, 1, 3), 1, 0);
	check_ulp(sp_clamp(2, 1, 3), 2, 0);
	check_ulp(sp_clamp(2, 2, 2), 2, 0);
	check_ulp(sp_abs(-2), 2, 0);
	check_ulp(sp_abs(2), 2, 0);
	check_true(!signbit(sp_abs(-0.0)));
}

/* Numbers of which every third or so is none that the quick way takes. */
static void draw_many(sp_rng *rng, bool positive, double *x, size_t n)
{
	static const double ends[] = {0, DBL_TRUE_MIN, DBL_MIN, 1, 0x1.6a09e667f3bcdp+0, 708, 708.5, 745.2, DBL_MAX};
	for (size_t i = 0; i < n; i++) {
		x[i] = between(rng, -800, 800);
		if (sp_rng_below(rng, 2) == 0)
			x[i] = between(rng, -3, 3);
		if (sp_rng_below(rng, 8) == 0)
			x[i] = (sp_rng_below(rng, 2) ? 1 : -1) * ends[sp_rng_below(rng, sizeof ends / sizeof *ends)];
		if (positive)
			x[i] = sp_rng_below(rng, 4) ? fabs(x[i]) + DBL_TRUE_MIN : sp_exp2(between(rng, -1074, 1023));
	}
}

static void many_at_once_are_one_by_one_to_the_bit(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed(__func__, &rng);
	double x[7], y[7];
	for (unsigned i = 0; i < POINTS / 8; i++) {
		size_t n = sp_rng_below(&rng, 8);
		draw_many(&rng, false, x, n);
		sp_exp_each(x, y, n);
		for (size_t j = 0; j < n; j++)
			check_ulp(y[j], sp_exp(x[j]), 0);
		draw_many(&rng, true, x, n);
		memcpy(y, x, sizeof y);
		sp_log_each(y, y, n);
		for (size_t j = 0; j < n; j++)
			check_ulp(y[j], sp_log(x[j]), 0);
	}
}

static void take_exp(void *x)
{
	sp_exp(*(double *)x);
}

static void take_exp2(void *x)
{
	sp_exp2(*(double *)x);
}

static void take_log(void *x)
{
	sp_log(*(double *)x);
}

static void take_sqrt(void *x)
{
	sp_sqrt(*(double *)x);
}

static void take_clamp(void *x)
{
	sp_clamp(1, *(double *)x, 0);
}

static void arguments_without_an_answer_are_programming_errors(void **state)
{
	(void)state;
	double none[] = {NAN, INFINITY, -INFINITY};
	for (size_t i = 0; i < 3; i++) {
		check_true(sp_check_stopped(take_exp, &none[i]) != NULL);
		check_true(sp_check_stopped(take_exp2, &none[i]) != NULL);
		check_true(sp_check_stopped(take_log, &none[i]) != NULL);
	}
	double zero = 0;
	double below = -1;
	double above = 1;
	check_true(sp_check_stopped(take_log, &zero) != NULL);
	check_true(sp_check_stopped(take_log, &below) != NULL);
	check_true(sp_check_stopped(take_sqrt, &below) != NULL);
	check_true(sp_check_stopped(take_sqrt, &none[0]) != NULL);
	check_true(sp_check_stopped(take_clamp, &above) != NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(exp_is_within_an_ulp_of_libm),
	    cmocka_unit_test(exp_holds_at_the_seams_of_its_reduction),
	    cmocka_unit_test(exp_saturates_at_both_ends),
	    cmocka_unit_test(log_is_within_an_ulp_of_libm),
	    cmocka_unit_test(log_holds_at_its_ends_and_at_one),
	    cmocka_unit_test(exp2_is_within_an_ulp_and_exact_at_whole_numbers),
	    cmocka_unit_test(sqrt_is_correctly_rounded),
	    cmocka_unit_test(finite_is_neither_nan_nor_infinite),
	    cmocka_unit_test(clamp_and_abs_do_what_they_say),
	    cmocka_unit_test(many_at_once_are_one_by_one_to_the_bit),
	    cmocka_unit_test(arguments_without_an_answer_are_programming_errors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
