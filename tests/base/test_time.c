/* Times in text: every day, every second of a day, every offset. */
#include "tests/check/check.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"

#define UNTOUCHED INT64_C(-77)

static void check_parse(const char *text, sp_status status, int64_t expected)
{
	int64_t t_ns = UNTOUCHED;
	const sp_status got = sp_time_parse(text, strlen(text), &t_ns);
	if (got != status) {
		print_error("\"%s\":\n", text);
	}
	check_status(got, status);
	check_i64(t_ns, status == SP_OK ? expected : UNTOUCHED);
}

/* The twin counts: one day after the other, with the rule of leap years and nothing else. */
static void every_day_from_1970_to_2200_goes_both_ways(void **state)
{
	(void)state;
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t t_ns = 0;
	for (int year = 1970; year < 2200; year++) {
		const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
		for (int month = 1; month <= 12; month++) {
			const int length = lengths[month - 1] + (month == 2 && leap ? 1 : 0);
			for (int day = 1; day <= length; day++, t_ns += SP_DAY) {
				char text[40];
				char written[SP_TIME_TEXT_MAX];
				snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
				check_parse(text, SP_OK, t_ns);
				strcat(text, "T00:00:00Z");
				check_parse(text, SP_OK, t_ns);
				check_text(sp_time_format(t_ns, written), text);
			}
			char past[40];
			snprintf(past, sizeof past, "%04d-%02d-%02d", year, month, length + 1);
			check_parse(past, SP_E_RANGE, 0);
		}
	}
	check_i64(t_ns, SP_TIME_MAX_NS);
}

static void every_second_of_a_day_goes_both_ways(void **state)
{
	(void)state;
	const int64_t midnight = INT64_C(1795478400) * SP_SEC; /* 2026-11-24, from `date -u -d 2026-11-24 +%s` */
	for (int second = 0; second < 86400; second++) {
		char text[40];
		char written[SP_TIME_TEXT_MAX];
		snprintf(text, sizeof text, "2026-11-24T%02d:%02d:%02dZ", second / 3600, second / 60 % 60, second % 60);
		check_parse(text, SP_OK, midnight + second * SP_SEC);
		check_text(sp_time_format(midnight + second * SP_SEC, written), text);
	}
}

static void every_offset_shifts_the_time(void **state)
{
	(void)state;
	const int64_t noon = INT64_C(1795521600) * SP_SEC;
	for (int minutes = -1439; minutes <= 1439; minutes++) {
		char text[64];
		const int size = minutes < 0 ? -minutes : minutes;
		snprintf(text, sizeof text, "2026-11-24T12:00:00%c%02d:%02d", minutes < 0 ? '-' : '+', size / 60, size % 60);
		check_parse(text, SP_OK, noon - minutes * SP_MIN);
	}
}

static void fractions_have_one_to_nine_digits(void **state)
{
	(void)state;
	const int64_t second = INT64_C(1700157710) * SP_SEC;
	check_parse("2023-11-16 18:01:50.9890000", SP_OK, second + 989 * SP_MS); /* the Azure traces: seven, no zone */
	check_parse("2023-11-16 18:01:50.9890000+00:00", SP_OK, second + 989 * SP_MS);
	const char *digits = "123456789";
	int64_t value = 0;
	int64_t scale = SP_SEC;
	for (int n = 1; n <= 9; n++) {
		char text[64];
		snprintf(text, sizeof text, "2023-11-16T18:01:50.%.*sZ", n, digits);
		value = value * 10 + (digits[n - 1] - '0');
		scale /= 10;
		check_parse(text, SP_OK, second + value * scale);
	}
	check_parse("2023-11-16T18:01:50.1234567891Z", SP_E_SYNTAX, 0);
	check_parse("2023-11-16T18:01:50.Z", SP_E_SYNTAX, 0);
	check_parse("2023-11-16T18:01:50.", SP_E_SYNTAX, 0);
}

static void the_forms_of_the_header_are_read(void **state)
{
	(void)state;
	const int64_t midnight = INT64_C(1795478400) * SP_SEC;
	static const char *const texts[] = {
	    "2026-11-24",
	    "2026-11-24T00:00:00Z",
	    "2026-11-24t00:00:00z",
	    "2026-11-24 00:00:00",
	    "2026-11-24T00:00:00",
	    "2026-11-24T00:00:00+00:00",
	    "2026-11-24T00:00:00-00:00",
	    "2026-11-24T02:00:00+02:00",
	    "2026-11-23 16:00:00-08:00",
	    "2026-11-24 05:45:00+05:45",
	    "1795478400000000000",
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		check_parse(texts[i], SP_OK, midnight);
	}
}

static void integers_are_nanoseconds_from_eleven_digits_on(void **state)
{
	(void)state;
	check_parse("00000000000", SP_OK, 0);
	check_parse("10000000000", SP_OK, 10 * SP_SEC);
	check_parse("1700157710", SP_E_SYNTAX, 0); /* ten digits: seconds, most likely */
	check_parse("7258118399999999999", SP_OK, SP_TIME_MAX_NS - 1);
	check_parse("7258118400000000000", SP_E_RANGE, 0);
	check_parse("9223372036854775807", SP_E_RANGE, 0);
	check_parse("9223372036854775808", SP_E_RANGE, 0);
	check_parse("99999999999999999999999999", SP_E_RANGE, 0);
	check_parse("-17001577100", SP_E_SYNTAX, 0);
}

static void what_is_no_time_is_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {
	    "",
	    "2026",
	    "2026-11",
	    "2026-11-2",
	    "26-11-24",
	    "2026/11/24",
	    "20261124",
	    "2026-11-24T",
	    "2026-11-24T00",
	    "2026-11-24T00:00",
	    "2026-11-24T00:00Z",
	    "2026-11-24T00:00:0Z",
	    "2026-11-24T0:00:00Z",
	    "2026-11-24_00:00:00",
	    "2026-11-24T00:00:00 Z",
	    "2026-11-24T00:00:00ZZ",
	    "2026-11-24T00:00:00+0000",
	    "2026-11-24T00:00:00+00",
	    "2026-11-24T00:00:00+00:0",
	    "2026-11-24T00:00:00+",
	    "2026-11-24T00:00:00UTC",
	    "2026-11-24Z",
	    " 2026-11-24",
	    "2026-11-24 ",
	    "2026-1a-24",
	    "+2026-11-24",
	    "now",
	    "2026-11-24T00:00:00,5Z",
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		check_parse(texts[i], SP_E_SYNTAX, 0);
	}
	int64_t t_ns = UNTOUCHED;
	check_status(sp_time_parse(NULL, 0, &t_ns), SP_E_SYNTAX);
	check_status(sp_time_parse("2026-11-24T00:00:00Z", 12, &t_ns), SP_E_SYNTAX);
	check_i64(t_ns, UNTOUCHED);
}

static void what_does_not_exist_or_is_too_far_is_out_of_range(void **state)
{
	(void)state;
	static const char *const texts[] = {
	    "2026-00-10",
	    "2026-13-10",
	    "2026-04-31",
	    "2026-02-29",
	    "2100-02-29",
	    "2026-11-00",
	    "2026-11-24T24:00:00Z",
	    "2026-11-24T23:60:00Z",
	    "2016-12-31T23:59:60Z",
	    "2026-11-24T00:00:00+24:00",
	    "2026-11-24T00:00:00+00:60",
	    "1969-12-31",
	    "1969-12-31T23:59:59.999999999Z",
	    "1970-01-01T00:59:59+01:00",
	    "2200-01-01",
	    "2199-12-31T23:00:00-01:00",
	    "0000-01-01",
	    "9999-12-31T23:59:59Z",
	    "2201-01-01",
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		check_parse(texts[i], SP_E_RANGE, 0);
	}
	check_parse("1969-12-31T23:00:00-01:00", SP_OK, 0);
	check_parse("2200-01-01T00:59:59.999999999+01:00", SP_OK, SP_TIME_MAX_NS - 1);
	check_parse("2024-02-29", SP_OK, INT64_C(1709164800) * SP_SEC);
}

static void fractions_are_written_in_threes(void **state)
{
	(void)state;
	char text[SP_TIME_TEXT_MAX];
	check_text(sp_time_format(0, text), "1970-01-01T00:00:00Z");
	check_text(sp_time_format(120 * SP_MS, text), "1970-01-01T00:00:00.120Z");
	check_text(sp_time_format(SP_US, text), "1970-01-01T00:00:00.000001Z");
	check_text(sp_time_format(1, text), "1970-01-01T00:00:00.000000001Z");
	check_text(sp_time_format(SP_TIME_MAX_NS - 1, text), "2199-12-31T23:59:59.999999999Z");
}

static void any_number_has_a_text(void **state)
{
	(void)state;
	char text[SP_TIME_TEXT_MAX];
	check_text(sp_time_format(SP_TIME_NEVER, text), "never");
	check_text(sp_time_format(-1, text), "1969-12-31T23:59:59.999999999Z");
	check_text(sp_time_format(INT64_MIN, text), "1677-09-21T00:12:43.145224192Z");
	check_text(sp_time_format(INT64_MAX - 1, text), "2262-04-11T23:47:16.854775806Z");
}

static void written_times_read_back(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed(__func__, &rng);
	for (unsigned i = 0; i < 200000; i++) {
		static const int64_t grains[] = {1, SP_US, SP_MS, SP_SEC};
		const int64_t grain = grains[i % 4];
		const int64_t t_ns = (int64_t)sp_rng_below(&rng, (uint64_t)SP_TIME_MAX_NS) / grain * grain;
		char text[SP_TIME_TEXT_MAX];
		check_parse(sp_time_format(t_ns, text), SP_OK, t_ns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_day_from_1970_to_2200_goes_both_ways),
	    cmocka_unit_test(every_second_of_a_day_goes_both_ways),
	    cmocka_unit_test(every_offset_shifts_the_time),
	    cmocka_unit_test(fractions_have_one_to_nine_digits),
	    cmocka_unit_test(the_forms_of_the_header_are_read),
	    cmocka_unit_test(integers_are_nanoseconds_from_eleven_digits_on),
	    cmocka_unit_test(what_is_no_time_is_refused),
	    cmocka_unit_test(what_does_not_exist_or_is_too_far_is_out_of_range),
	    cmocka_unit_test(fractions_are_written_in_threes),
	    cmocka_unit_test(any_number_has_a_text),
	    cmocka_unit_test(written_times_read_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
