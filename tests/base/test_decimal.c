/* Decimals in text: exact, or refused for the right reason. */
#include "tests/check/check.h"

#include <stdio.h>
#include <string.h>

#define UNTOUCHED INT64_C(-77)

typedef sp_status parse(const char *text, size_t n, int64_t *nano);

static void check_parse(parse *read, const char *text, sp_status status, int64_t expected)
{
	int64_t nano = UNTOUCHED;
	const sp_status got = read(text, strlen(text), &nano);
	if (got != status) {
		print_error("\"%s\":\n", text);
	}
	check_status(got, status);
	check_i64(nano, status == SP_OK ? expected : UNTOUCHED);
}

static void decimals_are_read_exactly(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t nano;
	} rows[] = {
	    {"0", 0},
	    {"-0", 0},
	    {"+0.000", 0},
	    {"1", SP_NANO},
	    {"0.45", 450000000},
	    {"-3", -3 * SP_NANO},
	    {"1e-7", 100},
	    {"+2.50E3", 2500 * SP_NANO},
	    {"2.5e+3", 2500 * SP_NANO},
	    {"007.10", 7100000000},
	    {"0.000000001", 1},
	    {"1e-9", 1},
	    {"10e-10", 1},
	    {"1000000000000e-21", 1},
	    {"0.0000000010000000000000000000000", 1},
	    {"0.00000000000000000000000000000000000001e29", 1},
	    {"123456789.987654321", INT64_C(123456789987654321)},
	    {"9223372036.854775807", INT64_MAX},
	    {"-9223372036.854775808", INT64_MIN},
	    {"-9223372036854775808e-9", INT64_MIN},
	    {"9223372036.8547758070000", INT64_MAX},
	    {"0e99999999999999999999999", 0},
	    {"0.0e-99999999999999999999999", 0},
	    {"0.1", 100000000}, /* not 0.1000000000000000055 */
	    {"0.3", 300000000},
	    {"4.35", 4350000000},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		check_parse(sp_decimal_parse, rows[i].text, SP_OK, rows[i].nano);
		check_parse(sp_decimal_parse_rounded, rows[i].text, SP_OK, rows[i].nano);
	}
}

static void what_is_no_decimal_is_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {
	    "",      "-",     "+",      ".",      "1.",    ".5",   "-.5",   "1..2", "1.2.3", "1e",    "1e+",
	    "1e-",   "1e1.5", "e5",     "1,5",    " 1",    "1 ",   "1_000", "0x10", "--1",   "+-1",   "1-",
	    "NaN",   "inf",   "$1",     "1USD",   "1e5e5", "1.e5", "1.5x",  "\t1",  "1\n",   "1.0e ", "١",
	    "1e--5", "- 1",   "1.2e5 ", "0x1p-3", "1'000", "1.-5", "1e0x1", "é",
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		check_parse(sp_decimal_parse, texts[i], SP_E_SYNTAX, 0);
		check_parse(sp_decimal_parse_rounded, texts[i], SP_E_SYNTAX, 0);
	}
	int64_t nano = UNTOUCHED;
	check_status(sp_decimal_parse("1\0002", 3, &nano), SP_E_SYNTAX);
	check_status(sp_decimal_parse(NULL, 0, &nano), SP_E_SYNTAX);
	check_i64(nano, UNTOUCHED);
}

static void only_the_given_bytes_are_read(void **state)
{
	(void)state;
	int64_t nano = 0;
	check_status(sp_decimal_parse("12.75", 2, &nano), SP_OK);
	check_i64(nano, 12 * SP_NANO);
	check_status(sp_decimal_parse("12.75", 3, &nano), SP_E_SYNTAX);
	check_status(sp_decimal_parse("1e7", 1, &nano), SP_OK);
	check_i64(nano, SP_NANO);
}

static void finer_than_a_nano_is_out_of_range(void **state)
{
	(void)state;
	static const char *const texts[] = {"0.0000000001",  "1e-10",  "-1e-10",
	                                    "0.45000000010", "1e-400", "1e-99999999999999999999",
	                                    "9.9999999999",  "15e-10", "0.00000024999988"};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		check_parse(sp_decimal_parse, texts[i], SP_E_RANGE, 0);
	}
}

static void what_does_not_fit_is_an_overflow(void **state)
{
	(void)state;
	static const char *const texts[] = {"9223372036.854775808",
	                                    "-9223372036.854775809",
	                                    "9223372037",
	                                    "18446744073.709551616", /* 2^64 nano: must not wrap to 0 */
	                                    "1e10",
	                                    "1e99999999999999999999",
	                                    "-1e11",
	                                    "100000000000000000000000000000000000000000000000000000000000",
	                                    "0.00001e30"};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		check_parse(sp_decimal_parse, texts[i], SP_E_OVERFLOW, 0);
		check_parse(sp_decimal_parse_rounded, texts[i], SP_E_OVERFLOW, 0);
	}
	check_parse(sp_decimal_parse_rounded, "9223372036.8547758075", SP_E_OVERFLOW, 0);
	check_parse(sp_decimal_parse_rounded, "-9223372036.8547758085", SP_OK, INT64_MIN); /* a half, and MIN is even */
	check_parse(sp_decimal_parse_rounded, "-9223372036.85477580851", SP_E_OVERFLOW, 0);
	check_parse(sp_decimal_parse_rounded, "9223372036.85477580749", SP_OK, INT64_MAX);
}

static void measured_values_round_half_to_even(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t nano;
	} rows[] = {
	    {"0.00000024999988", 250},
	    {"0.00000024949988", 249},
	    {"0.0000000005", 0},
	    {"0.0000000015", 2},
	    {"0.0000000025", 2},
	    {"0.00000000250001", 3},
	    {"-0.0000000025", -2},
	    {"-0.0000000035", -4},
	    {"5e-10", 0},
	    {"5.0000001e-10", 1},
	    {"1e-400", 0},
	    {"9e-10", 1},
	    {"4.9999999999e-10", 0},
	    {"0.9999999999", SP_NANO},
	    {"0.99999999949", 999999999},
	    {"5e-11", 0},
	    {"99e-11", 1},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		check_parse(sp_decimal_parse_rounded, rows[i].text, SP_OK, rows[i].nano);
	}
}

static void written_decimals_read_back(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed(__func__, &rng);
	for (unsigned i = 0; i < 300000; i++) {
		const int64_t nano = (int64_t)sp_rng_next(&rng) >> (sp_rng_next(&rng) & 63);
		char text[SP_DECIMAL_TEXT_MAX];
		check_parse(sp_decimal_parse, sp_decimal_format(nano, text), SP_OK, nano);
		check_u64((uint64_t)(strchr(text, '\0') - strchr(text, '.')), 10);
		check_parse(sp_decimal_parse, sp_decimal_format_short(nano, text), SP_OK, nano);
	}
}

static void decimals_are_written_as_people_write_them(void **state)
{
	(void)state;
	static const struct {
		int64_t nano;
		const char *full, *brief;
	} rows[] = {
	    {0, "0.000000000", "0"},
	    {1, "0.000000001", "0.000000001"},
	    {-1, "-0.000000001", "-0.000000001"},
	    {450000000, "0.450000000", "0.45"},
	    {-500000000, "-0.500000000", "-0.5"},
	    {2 * SP_NANO, "2.000000000", "2"},
	    {100 * SP_NANO, "100.000000000", "100"},
	    {SP_PRICE_MAX_NANO, "1000000.000000000", "1000000"},
	    {INT64_MAX, "9223372036.854775807", "9223372036.854775807"},
	    {INT64_MIN, "-9223372036.854775808", "-9223372036.854775808"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[SP_DECIMAL_TEXT_MAX];
		check_text(sp_decimal_format(rows[i].nano, text), rows[i].full);
		check_text(sp_decimal_format_short(rows[i].nano, text), rows[i].brief);
	}
}

/* The slow twin: mantissa and exponent as one 128-bit fraction, compared and rounded as a whole. */
static sp_status twin(int64_t mantissa, int exponent, bool rounded, int64_t *nano)
{
	__int128 above = mantissa;
	__int128 below = 1;
	for (int e = exponent + 9; e > 0; e--) {
		above *= 10;
	}
	for (int e = exponent + 9; e < 0; e++) {
		below *= 10;
	}
	__int128 q = above / below;
	const __int128 rest = above % below < 0 ? -(above % below) : above % below;
	if (rounded && (2 * rest > below || (2 * rest == below && q % 2 != 0))) {
		q += above < 0 ? -1 : 1;
	}
	if (q > INT64_MAX || q < INT64_MIN) {
		return SP_E_OVERFLOW;
	}
	*nano = (int64_t)q;
	return !rounded && rest != 0 ? SP_E_RANGE : SP_OK;
}

static void reading_agrees_with_its_slow_twin(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed(__func__, &rng);
	unsigned answers[3] = {0};
	for (unsigned i = 0; i < 300000; i++) {
		const int64_t mantissa = (int64_t)sp_rng_next(&rng) >> (5 + sp_rng_below(&rng, 58));
		const int exponent = (int)sp_rng_below(&rng, 31) - 22; /* so that 128 bits hold both sides */
		const int shift = (int)sp_rng_below(&rng, 5);          /* zeros that the exponent takes back */
		char text[96];
		snprintf(text, sizeof text, "%lld%.*se%d", (long long)mantissa, shift, "0000", exponent - shift);
		int64_t expected = 0;
		sp_status status = twin(mantissa, exponent, false, &expected);
		check_parse(sp_decimal_parse, text, status, expected);
		answers[status == SP_OK ? 0 : status == SP_E_RANGE ? 1 : 2]++;
		status = twin(mantissa, exponent, true, &expected);
		check_parse(sp_decimal_parse_rounded, text, status, expected);
	}
	check_true(answers[0] > 10000 && answers[1] > 10000 && answers[2] > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(decimals_are_read_exactly),
	    cmocka_unit_test(what_is_no_decimal_is_refused),
	    cmocka_unit_test(only_the_given_bytes_are_read),
	    cmocka_unit_test(finer_than_a_nano_is_out_of_range),
	    cmocka_unit_test(what_does_not_fit_is_an_overflow),
	    cmocka_unit_test(measured_values_round_half_to_even),
	    cmocka_unit_test(written_decimals_read_back),
	    cmocka_unit_test(decimals_are_written_as_people_write_them),
	    cmocka_unit_test(reading_agrees_with_its_slow_twin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
