/* Doubles in text. */
#include "tests/check/check.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/math.h"
#include "base/real.h"

static void check_parse(const char *text, sp_status status, double expected)
{
	double x = -77;
	const sp_status got = sp_real_parse(text, strlen(text), &x);
	if (got != status) {
		print_error("\"%s\":\n", text);
	}
	check_status(got, status);
	check_ulp(x, status == SP_OK ? expected : -77, 0);
}

static void numbers_are_read_as_the_nearest_double(void **state)
{
	(void)state;
	check_parse("0", SP_OK, 0);
	check_parse("0.1", SP_OK, 0.1);
	check_parse("-12.5e3", SP_OK, -12500);
	check_parse("1e22", SP_OK, 1e22);
	check_parse("1.7976931348623157e308", SP_OK, DBL_MAX);
	check_parse("4.9e-324", SP_OK, 0x1p-1074);
	check_parse("1e-400", SP_OK, 0);
	check_parse("9007199254740993", SP_OK, 9007199254740992.0); /* 2^53 + 1: half to even */
}

static void there_is_one_zero(void **state)
{
	(void)state;
	double x = 1;
	check_status(sp_real_parse("-0.0", 4, &x), SP_OK);
	check_true(x == 0 && !signbit(x));
	check_status(sp_real_parse("-1e-400", 7, &x), SP_OK);
	check_true(x == 0 && !signbit(x));
}

static void nan_and_infinity_have_their_own_answer(void **state)
{
	(void)state;
	static const char *const texts[] = {"nan",  "NaN",  "NAN",  "-nan",  ".nan",     ".NaN",     "inf",
	                                    "-inf", "+Inf", ".inf", "-.INF", "Infinity", "-infinity"};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		check_parse(texts[i], SP_E_NOT_FINITE, 0);
	}
}

static void what_strtod_would_take_beyond_the_grammar_is_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {"",   " 1", "1 ", "0x10", "0x1p3", "nan(1)", "infinit",
	                                    ".5", "5.", "1e", "1,5",  "one",   "-"};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		check_parse(texts[i], SP_E_SYNTAX, 0);
	}
	double x = -77;
	check_status(sp_real_parse("1\0002", 3, &x), SP_E_SYNTAX);
	check_status(sp_real_parse(NULL, 0, &x), SP_E_SYNTAX);
	char digits[SP_REAL_PARSE_MAX + 1];
	memset(digits, '0', sizeof digits);
	check_status(sp_real_parse(digits, SP_REAL_PARSE_MAX, &x), SP_OK);
	check_status(sp_real_parse(digits, SP_REAL_PARSE_MAX + 1, &x), SP_E_SYNTAX);
}

static void too_large_is_an_overflow(void **state)
{
	(void)state;
	check_parse("1e309", SP_E_OVERFLOW, 0);
	check_parse("-1e999999999999", SP_E_OVERFLOW, 0);
}

static void written_doubles_read_back_to_the_bit(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed(__func__, &rng);
	for (unsigned i = 0; i < 100000; i++) {
		const uint64_t bits = sp_rng_next(&rng);
		double x = 0;
		memcpy(&x, &bits, sizeof x);
		if (!sp_finite(x)) {
			continue;
		}
		char text[SP_REAL_TEXT_MAX];
		check_parse(sp_real_format(x, text), SP_OK, x);
	}
}

static void doubles_are_written_short(void **state)
{
	(void)state;
	char text[SP_REAL_TEXT_MAX];
	check_text(sp_real_format(0.1, text), "0.1");
	check_text(sp_real_format(2, text), "2");
	check_text(sp_real_format(-0.3, text), "-0.3");
	check_text(sp_real_format(1e300, text), "1e+300");
	check_text(sp_real_format(1.0 / 3, text), "0.3333333333333333");
	check_text(sp_real_format(0.1 + 0.2, text), "0.30000000000000004");
	check_text(sp_real_format(-2.2250738585072014e-308, text), "-2.2250738585072014e-308");
}

static void format_nan(void *text)
{
	sp_real_format(NAN, text);
}

static void nan_is_never_written(void **state)
{
	(void)state;
	char text[SP_REAL_TEXT_MAX];
	check_contains(sp_check_stopped(format_nan, text), "sp_finite(x)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers_are_read_as_the_nearest_double),
	    cmocka_unit_test(there_is_one_zero),
	    cmocka_unit_test(nan_and_infinity_have_their_own_answer),
	    cmocka_unit_test(what_strtod_would_take_beyond_the_grammar_is_refused),
	    cmocka_unit_test(too_large_is_an_overflow),
	    cmocka_unit_test(written_doubles_read_back_to_the_bit),
	    cmocka_unit_test(doubles_are_written_short),
	    cmocka_unit_test(nan_is_never_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
