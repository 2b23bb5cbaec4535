/* test_basis.c - bands hold what their parts allow, the weaker basis wins, and a sign that flips is unknown. */
#include "tests/check/check.h"

#include <float.h>

#include "base/math.h"
#include "controller/economics/basis.h"

static void check_band(sp_figure figure, double low, double value, double high, sp_basis basis)
{
	check_ulp(figure.low, low, 0);
	check_ulp(figure.value, value, 0);
	check_ulp(figure.high, high, 0);
	check_i64(figure.basis, basis);
}

static void bands_combine_as_worked_by_hand(void **state)
{
	(void)state;
	sp_figure a = sp_figure_between(1, 2, 4, SP_BASIS_MEASURED);
	sp_figure b = sp_figure_between(-3, 1, 5, SP_BASIS_ASSUMED);
	sp_figure c = sp_figure_between(-8, -4, -2, SP_BASIS_MEASURED), q;
	check_band(sp_figure_sum(a, b), -2, 3, 9, SP_BASIS_ASSUMED);
	check_band(sp_figure_difference(a, b), -4, 1, 7, SP_BASIS_ASSUMED);
	check_band(sp_figure_product(a, b), -12, 2, 20, SP_BASIS_ASSUMED);
	check_band(sp_figure_product(a, c), -32, -8, -2, SP_BASIS_MEASURED);
	check_band(sp_figure_scaled(a, -2), -8, -4, -2, SP_BASIS_MEASURED);
	check_true(sp_figure_quotient(a, c, &q));
	check_band(q, -2, -0.5, -0.125, SP_BASIS_MEASURED);
	check_band(sp_figure_exact(3), 3, 3, 3, SP_BASIS_MEASURED);
	check_band(sp_figure_assumed(8), 6, 8, 10, SP_BASIS_ASSUMED);
	check_band(sp_figure_assumed(-8), -10, -8, -6, SP_BASIS_ASSUMED);
}

static void nothing_is_known_of_a_quotient_by_what_may_be_zero(void **state)
{
	(void)state;
	sp_figure q = sp_figure_exact(7);
	check_true(!sp_figure_quotient(q, sp_figure_between(-1, 1, 2, SP_BASIS_MEASURED), &q));
	check_true(!sp_figure_quotient(q, sp_figure_between(0, 1, 2, SP_BASIS_MEASURED), &q));
	check_true(!sp_figure_quotient(q, sp_figure_exact(0), &q));
	check_band(q, 7, 7, 7, SP_BASIS_MEASURED);
}

static void a_sign_that_flips_inside_its_band_is_unknown(void **state)
{
	(void)state;
	const struct {
		double low, value, high;
		sp_sign sign;
	} rows[] = {
	    {-1, 5, 9, SP_SIGN_UNKNOWN},    {-1, -1, 1e-300, SP_SIGN_UNKNOWN}, {0, 0, 0, SP_SIGN_ZERO},
	    {0, 0, 1, SP_SIGN_POSITIVE},    {1, 2, 3, SP_SIGN_POSITIVE},       {-2, -1, 0, SP_SIGN_NEGATIVE},
	    {-3, -2, -1, SP_SIGN_NEGATIVE},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		check_i64(sp_figure_sign(sp_figure_between(rows[i].low, rows[i].value, rows[i].high, SP_BASIS_ASSUMED)),
		          rows[i].sign);
	}
	check_i64(sp_amount_sign((sp_amount){{-1}, {4}, {9}, SP_BASIS_MEASURED}), SP_SIGN_UNKNOWN);
	check_i64(sp_amount_sign((sp_amount){{0}, {4}, {9}, SP_BASIS_MEASURED}), SP_SIGN_POSITIVE);
	check_i64(sp_amount_sign((sp_amount){{-9}, {-4}, {0}, SP_BASIS_MEASURED}), SP_SIGN_NEGATIVE);
	check_i64(sp_amount_sign(sp_amount_exact((sp_money){0})), SP_SIGN_ZERO);
}

static void amounts_are_rounded_outward_and_then_exact(void **state)
{
	(void)state;
	sp_amount a, b, c;
	check_status(sp_amount_of(sp_figure_between(1.0000000004, 1.0000000005, 1.0000000006, SP_BASIS_ASSUMED), &a),
	             SP_OK);
	check_i64(a.low.nano, 1000000000);
	check_i64(a.high.nano, 1000000001);
	check_status(sp_amount_of(sp_figure_between(-2.5e-9, -2.5e-9, -1.5e-9, SP_BASIS_MEASURED), &b), SP_OK);
	check_i64(b.low.nano, -3);
	check_i64(b.value.nano, -2); /* half to even */
	check_i64(b.high.nano, -1);
	check_status(sp_amount_sum(a, b, &c), SP_OK);
	check_i64(c.low.nano, 999999997);
	check_i64(c.high.nano, 1000000000);
	check_i64(c.basis, SP_BASIS_ASSUMED);
	check_status(sp_amount_difference(a, b, &c), SP_OK);
	check_i64(c.low.nano, 1000000001);
	check_i64(c.high.nano, 1000000004);
}

static void an_amount_beyond_int64_is_an_answer(void **state)
{
	(void)state;
	sp_amount most = sp_amount_exact((sp_money){INT64_MAX}), one = sp_amount_exact((sp_money){1}), out = one;
	check_status(sp_amount_of(sp_figure_exact(9.3e9), &out), SP_E_OVERFLOW);
	check_status(sp_amount_of(sp_figure_exact(-DBL_MAX), &out), SP_E_OVERFLOW);
	check_status(sp_amount_sum(most, one, &out), SP_E_OVERFLOW);
	check_status(sp_amount_difference(sp_amount_exact((sp_money){-2}), most, &out), SP_E_OVERFLOW);
	check_money(out.value, one.value);
}

/* Any sign, any size from denormal to huge. */
static double any_double(sp_rng *rng)
{
	static const double sizes[] = {0, 4.9e-324, 1e-300, 1e-9, 1, 3e7, 1e300, DBL_MAX};
	double x = sizes[sp_rng_below(rng, sizeof sizes / sizeof sizes[0])] * sp_rng_uniform(rng);
	return sp_rng_below(rng, 2) ? x : -x;
}

static sp_figure any_figure(sp_rng *rng)
{
	double x[3] = {any_double(rng), any_double(rng), any_double(rng)};
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < 2; i++) {
			if (x[i] > x[i + 1]) {
				double swap = x[i];
				x[i] = x[i + 1];
				x[i + 1] = swap;
			}
		}
	}
	return sp_figure_between(x[0], x[1], x[2], sp_rng_below(rng, 2) ? SP_BASIS_MEASURED : SP_BASIS_ASSUMED);
}

/* A value that the band allows: an end, or something between. */
static double inside(sp_rng *rng, sp_figure figure)
{
	double share = sp_rng_uniform(rng);
	switch (sp_rng_below(rng, 3)) {
	case 0:
		return figure.low;
	case 1:
		return figure.high;
	default:
		return sp_clamp(figure.low * (1 - share) + figure.high * share, figure.low, figure.high);
	}
}

static double saturated(double x)
{
	return sp_clamp(x, -DBL_MAX, DBL_MAX);
}

static void check_holds(sp_figure band, double x)
{
	check_true(sp_figure_check(band));
	check_true(band.low <= saturated(x) && saturated(x) <= band.high);
}

static void whatever_the_parts_are_the_band_holds_the_result(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("whatever_the_parts_are_the_band_holds_the_result", &rng);
	for (int round = 0; round < 20000; round++) {
		sp_figure a = any_figure(&rng), b = any_figure(&rng), q;
		double x = inside(&rng, a), y = inside(&rng, b);
		check_holds(sp_figure_sum(a, b), x + y);
		check_holds(sp_figure_difference(a, b), x - y);
		check_holds(sp_figure_product(a, b), x * y);
		if (sp_figure_quotient(a, b, &q)) {
			check_holds(q, x / y);
			check_i64(q.basis, a.basis == b.basis ? a.basis : SP_BASIS_ASSUMED);
		} else {
			check_true(b.low <= 0 && b.high >= 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bands_combine_as_worked_by_hand),
	    cmocka_unit_test(nothing_is_known_of_a_quotient_by_what_may_be_zero),
	    cmocka_unit_test(a_sign_that_flips_inside_its_band_is_unknown),
	    cmocka_unit_test(amounts_are_rounded_outward_and_then_exact),
	    cmocka_unit_test(an_amount_beyond_int64_is_an_answer),
	    cmocka_unit_test(whatever_the_parts_are_the_band_holds_the_result),
	};
	return cmocka_run_group_tests_name("economics: basis", tests, NULL, NULL);
}
