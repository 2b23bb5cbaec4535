/* Durations in text. */
#include "tests/check/check.h"

#include <string.h>

#include "base/time.h"

#define UNTOUCHED INT64_C(-77)

static void check_parse(const char *text, sp_status status, int64_t expected)
{
	int64_t span_ns = UNTOUCHED;
	const sp_status got = sp_span_parse(text, strlen(text), &span_ns);
	if (got != status) {
		print_error("\"%s\":\n", text);
	}
	check_status(got, status);
	check_i64(span_ns, status == SP_OK ? expected : UNTOUCHED);
}

static void durations_are_read_exactly(void **state)
{
	(void)state;
	check_parse("30s", SP_OK, 30 * SP_SEC);
	check_parse("0s", SP_OK, 0);
	check_parse("1ns", SP_OK, 1);
	check_parse("1us", SP_OK, SP_US);
	check_parse("250ms", SP_OK, 250 * SP_MS);
	check_parse("5m", SP_OK, 5 * SP_MIN);
	check_parse("1.5h", SP_OK, 90 * SP_MIN);
	check_parse("30d", SP_OK, 30 * SP_DAY);
	check_parse("2w", SP_OK, 14 * SP_DAY);
	check_parse("1h30m", SP_OK, 90 * SP_MIN);
	check_parse("1w1d1h1m1s1ms1us1ns", SP_OK, 8 * SP_DAY + SP_HOUR + SP_MIN + SP_SEC + SP_MS + SP_US + 1);
	check_parse("0.1d", SP_OK, 8640 * SP_SEC);
	check_parse("0.000000001s", SP_OK, 1);
	check_parse("1.000000000000000000000000000s", SP_OK, SP_SEC);
	check_parse("0.015625ms", SP_OK, 15625);
	check_parse("9223372036854775807ns", SP_OK, INT64_MAX);
	check_parse("2562047h47m16.854775807s", SP_OK, INT64_MAX);
}

static void what_is_no_duration_is_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {"",     "30",  "s",   "0",      "-5s",   "+5s",  "5 s",  " 5s",   "5s ",
	                                    "5S",   "5.s", ".5s", "1e3s",   "5sec",  "5min", "1,5h", "30m1h", "1h1h",
	                                    "1h30", "1hm", "5\n", "1.2.3s", "1h-5m", "five", "5y"};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		check_parse(texts[i], SP_E_SYNTAX, 0);
	}
	int64_t span_ns = UNTOUCHED;
	check_status(sp_span_parse(NULL, 0, &span_ns), SP_E_SYNTAX);
	check_status(sp_span_parse("30ms", 3, &span_ns), SP_OK); /* only the bytes given: "30m" */
	check_i64(span_ns, 30 * SP_MIN);
}

static void finer_than_a_nanosecond_is_out_of_range(void **state)
{
	(void)state;
	check_parse("0.5ns", SP_E_RANGE, 0);
	check_parse("1.0000000001s", SP_E_RANGE, 0);
	check_parse("0.0000000000000000000001w", SP_E_RANGE, 0);
}

static void too_long_is_an_overflow(void **state)
{
	(void)state;
	check_parse("9223372036854775808ns", SP_E_OVERFLOW, 0);
	check_parse("9223372037s", SP_E_OVERFLOW, 0);
	check_parse("106751d23h47m16.854775808s", SP_E_OVERFLOW, 0);
	check_parse("99999999999999999999w", SP_E_OVERFLOW, 0);
	check_parse("9223372036854775807w", SP_E_OVERFLOW, 0);
}

static void durations_are_written_in_one_unit(void **state)
{
	(void)state;
	static const struct {
		int64_t ns;
		const char *text;
	} rows[] = {
	    {0, "0s"},
	    {1, "1ns"},
	    {1500, "1500ns"},
	    {90 * SP_SEC, "90s"},
	    {90 * SP_MIN, "90m"},
	    {30 * SP_DAY, "30d"},
	    {14 * SP_DAY, "2w"},
	    {1500 * SP_MS, "1500ms"},
	    {25 * SP_HOUR, "25h"},
	    {INT64_MAX, "9223372036854775807ns"},
	    {INT64_MIN, "-9223372036854775808ns"},
	    {-SP_SEC, "-1s"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[SP_SPAN_TEXT_MAX];
		check_text(sp_span_format(rows[i].ns, text), rows[i].text);
	}
}

static void written_durations_read_back(void **state)
{
	(void)state;
	static const int64_t units[] = {1, SP_US, SP_MS, SP_SEC, SP_MIN, SP_HOUR, SP_DAY, 7 * SP_DAY};
	char text[SP_SPAN_TEXT_MAX];
	for (int64_t n = 0; n < 10000; n++) {
		for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
			check_parse(sp_span_format(n * units[i], text), SP_OK, n * units[i]);
		}
	}
	sp_rng rng;
	sp_check_seed(__func__, &rng);
	for (unsigned i = 0; i < 100000; i++) {
		const int64_t ns = (int64_t)(sp_rng_next(&rng) >> (1 + sp_rng_below(&rng, 63)));
		check_parse(sp_span_format(ns, text), SP_OK, ns);
	}
}

static void durations_are_said_in_two_parts_at_most(void **state)
{
	(void)state;
	static const struct {
		int64_t ns;
		const char *words;
	} rows[] = {
	    {0, "0 s"},
	    {45 * SP_SEC, "45 s"},
	    {4 * SP_HOUR + 12 * SP_MIN, "4 h 12 min"},
	    {4 * SP_HOUR + 12 * SP_MIN + 59 * SP_SEC, "4 h 12 min"},
	    {4 * SP_HOUR + 59 * SP_SEC, "4 h"},
	    {2 * SP_DAY + 3 * SP_HOUR, "2 d 3 h"},
	    {30 * SP_DAY, "30 d"},
	    {1500 * SP_MS, "1 s 500 ms"},
	    {7, "7 ns"},
	    {1007, "1 us 7 ns"},
	    {-90 * SP_SEC, "-1 min 30 s"},
	    {INT64_MAX, "106751 d 23 h"},
	    {INT64_MIN, "-106751 d 23 h"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[SP_SPAN_TEXT_MAX];
		check_text(sp_span_words(rows[i].ns, text), rows[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(durations_are_read_exactly),
	    cmocka_unit_test(what_is_no_duration_is_refused),
	    cmocka_unit_test(finer_than_a_nanosecond_is_out_of_range),
	    cmocka_unit_test(too_long_is_an_overflow),
	    cmocka_unit_test(durations_are_written_in_one_unit),
	    cmocka_unit_test(written_durations_read_back),
	    cmocka_unit_test(durations_are_said_in_two_parts_at_most),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
