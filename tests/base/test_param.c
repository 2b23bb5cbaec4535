/* Parameter rows: read, refused with words that say the cure, written, and checked. */
#include "tests/check/check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/param.h"
#include "base/time.h"

typedef struct sample {
	double gain;
	int64_t points;
	int64_t period_ns, age_ns;
	int64_t step_ppb;
	sp_money floor, ceiling;
	int64_t until_ns;
	uint32_t law;
	bool enabled;
	double damping;
} sample;

static const char *const laws[] = {"fixed", "cost_plus", "none", NULL};

enum { GAIN, POINTS, PERIOD, AGE, STEP, FLOOR, CEILING, UNTIL, LAW, ENABLED, DAMPING, ROWS };

static const sp_param rows[ROWS] = {
    [GAIN] = {"gain", SP_PARAM_REAL, "", offsetof(sample, gain), 0, 10, "2.0", NULL, "How hard it pulls."},
    [POINTS] = {"points", SP_PARAM_COUNT, "", offsetof(sample, points), 1, 1000, "64", NULL, "How many."},
    [PERIOD] = {"period", SP_PARAM_SPAN, "s", offsetof(sample, period_ns), 1, 86400, "30s", NULL, "How often."},
    [AGE] = {"max_age", SP_PARAM_SPAN, "s", offsetof(sample, age_ns), 1, 86400, "none", NULL, "How old."},
    [STEP] = {"step.up", SP_PARAM_RATIO, "of the price", offsetof(sample, step_ppb), 0, 0.5, "5%", NULL, "How far."},
    [FLOOR] = {"floor", SP_PARAM_MONEY, "USD", offsetof(sample, floor), 0.01, 100, NULL, NULL, "How low."},
    [CEILING] = {"ceiling", SP_PARAM_MONEY, "USD", offsetof(sample, ceiling), 0.01, 1e300, "none", NULL, "How high."},
    [UNTIL] = {"until", SP_PARAM_TIME, "", offsetof(sample, until_ns), 0, 0, "none", NULL, "How long."},
    [LAW] = {"law", SP_PARAM_CHOICE, "", offsetof(sample, law), 0, 0, "cost_plus", laws, "Which law."},
    [ENABLED] = {"enabled", SP_PARAM_FLAG, "", offsetof(sample, enabled), 0, 0, "true", NULL, "Whether at all."},
    [DAMPING] = {"damping", SP_PARAM_REAL, "", offsetof(sample, damping), -INFINITY, INFINITY, "none", NULL,
                 "How calm."},
};

/* A record none of whose bytes a parse may change by accident. */
static sample untouched(void)
{
	sample s;
	memset(&s, 0x5a, sizeof s);
	return s;
}

static void check_refusal(unsigned row, const char *text, sp_status status, const char *words)
{
	const sample before = untouched();
	sample s = before;
	sp_message message;
	const sp_status got = sp_param_parse(&rows[row], text, strlen(text), &s, &message);
	if (got != status) {
		print_error("%s: \"%s\": %s\n", rows[row].key, text, message.text);
	}
	check_status(got, status);
	check_text(message.text, words);
	check_bytes(&s, &before, sizeof s);
	check_status(sp_param_parse(&rows[row], text, strlen(text), &s, NULL), status);
}

static void check_accepted(unsigned row, const char *text, sample *s)
{
	sp_message message;
	const sp_status got = sp_param_parse(&rows[row], text, strlen(text), s, &message);
	if (got != SP_OK) {
		print_error("%s: \"%s\": %s\n", rows[row].key, text, message.text);
	}
	check_status(got, SP_OK);
	check_text(message.text, "");
}

static void every_type_is_read_into_its_field(void **state)
{
	(void)state;
	sample s = untouched();
	check_accepted(GAIN, "0.25", &s);
	check_ulp(s.gain, 0.25, 0);
	check_accepted(POINTS, "1000", &s);
	check_i64(s.points, 1000);
	check_accepted(POINTS, "+7", &s);
	check_i64(s.points, 7);
	check_accepted(PERIOD, "1.5h", &s);
	check_i64(s.period_ns, 90 * SP_MIN);
	check_accepted(FLOOR, "2.10", &s);
	check_i64(s.floor.nano, 2100000000);
	check_accepted(FLOOR, "0.010000001", &s);
	check_i64(s.floor.nano, 10000001);
	check_accepted(UNTIL, "2027-03-01", &s);
	check_i64(s.until_ns, INT64_C(1803859200) * SP_SEC);
	check_accepted(LAW, "fixed", &s);
	check_u64(s.law, 0);
	check_accepted(LAW, "none", &s); /* a choice of that name, not absence */
	check_u64(s.law, 2);
	check_accepted(ENABLED, "true", &s);
	check_u64(s.enabled, 1);
	check_accepted(ENABLED, "false", &s);
	check_u64(s.enabled, 0);
}

static void a_ratio_is_a_percentage_or_a_fraction(void **state)
{
	(void)state;
	sample s = untouched();
	check_accepted(STEP, "5%", &s);
	check_i64(s.step_ppb, 50000000);
	check_accepted(STEP, "0.05", &s);
	check_i64(s.step_ppb, 50000000);
	check_accepted(STEP, "0.0000001%", &s);
	check_i64(s.step_ppb, 1);
	check_accepted(STEP, "0%", &s);
	check_i64(s.step_ppb, 0);
	check_accepted(STEP, "50.00%", &s);
	check_i64(s.step_ppb, 500000000);
	const char *from = "expected a percentage or a fraction from 0% to 50%, such as 5%; found ";
	char words[256];
	static const char *const texts[] = {"50.0000001%",  "5",    "-1%", "0.500000001", "0.00000001%",
	                                    "0.0000000001", "1e30%"};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		snprintf(words, sizeof words, "%s\"%s\"", from, texts[i]);
		sample t = untouched();
		sp_message message;
		check_true(sp_param_parse(&rows[STEP], texts[i], strlen(texts[i]), &t, &message) != SP_OK);
		check_text(message.text, words);
	}
	check_refusal(STEP, "5 %", SP_E_SYNTAX, "expected a percentage or a fraction, such as 5%; found \"5 %\"");
	check_refusal(STEP, "%", SP_E_SYNTAX, "expected a percentage or a fraction, such as 5%; found \"%\"");
	check_refusal(STEP, "5%%", SP_E_SYNTAX, "expected a percentage or a fraction, such as 5%; found \"5%%\"");
}

static void a_wrong_form_is_answered_with_the_right_one(void **state)
{
	(void)state;
	check_refusal(GAIN, "much", SP_E_SYNTAX, "expected a number, such as 2.0; found \"much\"");
	check_refusal(GAIN, "5%", SP_E_SYNTAX, "expected a number, such as 2.0; found \"5%\"");
	check_refusal(GAIN, "", SP_E_SYNTAX, "expected a number, such as 2.0; found nothing");
	check_refusal(GAIN, ".nan", SP_E_NOT_FINITE, "expected a finite number, such as 2.0; found \".nan\"");
	check_refusal(DAMPING, "-inf", SP_E_NOT_FINITE, "expected a finite number or none, such as 2.5; found \"-inf\"");
	check_refusal(POINTS, "2.5", SP_E_SYNTAX, "expected a whole number, such as 64; found \"2.5\"");
	check_refusal(POINTS, "64.0", SP_E_SYNTAX, "expected a whole number, such as 64; found \"64.0\"");
	check_refusal(POINTS, "1e2", SP_E_SYNTAX, "expected a whole number, such as 64; found \"1e2\"");
	check_refusal(POINTS, "-", SP_E_SYNTAX, "expected a whole number, such as 64; found \"-\"");
	check_refusal(POINTS, "", SP_E_SYNTAX, "expected a whole number, such as 64; found nothing");
	check_refusal(PERIOD, "30", SP_E_SYNTAX, "expected a duration with its unit, such as 30s; found \"30\"");
	check_refusal(AGE, "soon", SP_E_SYNTAX, "expected a duration with its unit or none, such as 30s; found \"soon\"");
	check_refusal(FLOOR, "$2", SP_E_SYNTAX,
	              "expected an amount in USD as a quoted decimal, such as \"2.10\"; found \"$2\"");
	check_refusal(UNTIL, "tomorrow", SP_E_SYNTAX,
	              "expected a date or a time or none, such as 2027-03-01 or 2027-03-01T12:00:00Z; found \"tomorrow\"");
	check_refusal(ENABLED, "yes", SP_E_SYNTAX, "expected true or false; found \"yes\"");
	check_refusal(ENABLED, "True", SP_E_SYNTAX, "expected true or false; found \"True\"");
}

static void a_value_out_of_range_is_answered_with_the_bounds(void **state)
{
	(void)state;
	check_refusal(GAIN, "10.1", SP_E_RANGE, "expected a number from 0 to 10, such as 2.0; found \"10.1\"");
	check_refusal(GAIN, "-1e-300", SP_E_RANGE, "expected a number from 0 to 10, such as 2.0; found \"-1e-300\"");
	check_refusal(GAIN, "1e999", SP_E_OVERFLOW, "expected a number from 0 to 10, such as 2.0; found \"1e999\"");
	check_refusal(POINTS, "0", SP_E_RANGE, "expected a whole number from 1 to 1000, such as 64; found \"0\"");
	check_refusal(POINTS, "-5", SP_E_RANGE, "expected a whole number from 1 to 1000, such as 64; found \"-5\"");
	check_refusal(POINTS, "99999999999999999999", SP_E_OVERFLOW,
	              "expected a whole number from 1 to 1000, such as 64; found \"99999999999999999999\"");
	check_refusal(PERIOD, "2d", SP_E_RANGE, "expected a duration from 1s to 1d, such as 30s; found \"2d\"");
	check_refusal(PERIOD, "999ms", SP_E_RANGE, "expected a duration from 1s to 1d, such as 30s; found \"999ms\"");
	check_refusal(AGE, "0s", SP_E_RANGE, "expected a duration from 1s to 1d or none, such as 30s; found \"0s\"");
	check_refusal(FLOOR, "0", SP_E_RANGE,
	              "expected an amount in USD from 0.01 to 100.00, such as \"2.10\"; found \"0\"");
	check_refusal(FLOOR, "2.00000000001", SP_E_RANGE,
	              "expected an amount in USD from 0.01 to 100.00, such as \"2.10\"; found \"2.00000000001\"");
	check_refusal(CEILING, "0.001", SP_E_RANGE,
	              "expected an amount in USD of at least 0.01 or none, such as \"2.10\"; found \"0.001\"");
	check_refusal(
	    UNTIL, "2026-02-30", SP_E_RANGE,
	    "expected a date or a time or none, such as 2027-03-01 or 2027-03-01T12:00:00Z; found \"2026-02-30\"");
}

static void bounds_are_inclusive_and_exact(void **state)
{
	(void)state;
	sample s = untouched();
	check_accepted(PERIOD, "1s", &s);
	check_accepted(PERIOD, "1d", &s);
	check_accepted(GAIN, "10", &s);
	check_accepted(GAIN, "0", &s);
	check_accepted(FLOOR, "0.01", &s);
	check_accepted(FLOOR, "100", &s);
	check_accepted(STEP, "0.5", &s);
	check_accepted(CEILING, "9223372036.854775807", &s);
	check_accepted(DAMPING, "-1e300", &s);
	check_refusal(PERIOD, "0.999999999s", SP_E_RANGE,
	              "expected a duration from 1s to 1d, such as 30s; found \"0.999999999s\"");
	check_refusal(FLOOR, "100.000000001", SP_E_RANGE,
	              "expected an amount in USD from 0.01 to 100.00, such as \"2.10\"; found \"100.000000001\"");
}

static void one_sided_and_missing_bounds_are_worded_so(void **state)
{
	(void)state;
	sample s = untouched();
	sp_message message;
	sp_param row = rows[GAIN];
	row.min = -INFINITY;
	check_status(sp_param_parse(&row, "11", 2, &s, &message), SP_E_RANGE);
	check_text(message.text, "expected a number of at most 10, such as 2.0; found \"11\"");
	row = rows[POINTS];
	row.min = -INFINITY;
	row.max = INFINITY;
	check_status(sp_param_parse(&row, "-9223372036854775807", 20, &s, &message), SP_OK);
	check_i64(s.points, -INT64_MAX);
	/* the one number that stands for "none" is no number */
	check_status(sp_param_parse(&row, "-9223372036854775808", 20, &s, &message), SP_E_OVERFLOW);
	check_text(message.text, "expected a whole number, such as 64; found \"-9223372036854775808\"");
}

static void an_unknown_choice_is_answered_with_all_and_the_nearest(void **state)
{
	(void)state;
	check_refusal(LAW, "cost_pus", SP_E_UNKNOWN,
	              "expected one of fixed, cost_plus or none; found \"cost_pus\"; did you mean cost_plus?");
	check_refusal(LAW, "eip1559", SP_E_UNKNOWN, "expected one of fixed, cost_plus or none; found \"eip1559\"");
	check_refusal(LAW, "", SP_E_UNKNOWN, "expected one of fixed, cost_plus or none; found nothing");
}

static void none_is_accepted_only_where_the_row_starts_with_it(void **state)
{
	(void)state;
	sample s = untouched();
	check_accepted(AGE, "none", &s);
	check_i64(s.age_ns, SP_PARAM_NONE);
	check_accepted(CEILING, "none", &s);
	check_i64(s.ceiling.nano, SP_PARAM_NONE);
	check_accepted(UNTIL, "none", &s);
	check_i64(s.until_ns, SP_PARAM_NONE);
	s.damping = 0.75; /* a double has no value to spare: the field stays */
	check_accepted(DAMPING, "none", &s);
	check_ulp(s.damping, 0.75, 0);
	check_refusal(PERIOD, "none", SP_E_SYNTAX, "expected a duration with its unit, such as 30s; found \"none\"");
	check_refusal(GAIN, "none", SP_E_SYNTAX, "expected a number, such as 2.0; found \"none\"");
	check_refusal(ENABLED, "none", SP_E_SYNTAX, "expected true or false; found \"none\"");
}

static void a_refused_text_is_shown_cut_and_printable(void **state)
{
	(void)state;
	check_refusal(POINTS, "1\n2\x80", SP_E_SYNTAX, "expected a whole number, such as 64; found \"1?2?\"");
	char text[3000];
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	check_refusal(POINTS, text, SP_E_SYNTAX,
	              "expected a whole number, such as 64; found \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…\"");
}

static void more_choices_than_a_message_holds_are_cut(void **state)
{
	(void)state;
	static const char *many[101];
	for (size_t i = 0; i < 100; i++) {
		many[i] = "a_choice_with_a_rather_long_name";
	}
	sp_param row = rows[LAW];
	row.choices = many;
	sample s = untouched();
	sp_message message;
	check_status(sp_param_parse(&row, "x", 1, &s, &message), SP_E_UNKNOWN);
	check_true(strlen(message.text) < SP_MESSAGE_MAX);
	check_contains(message.text, "expected one of a_choice_with_a_rather_long_name, ");
}

static void check_written(unsigned row, const char *given, const char *expected)
{
	sample s = untouched();
	char text[64];
	check_accepted(row, given, &s);
	check_text(sp_param_format(&rows[row], &s, text), expected);
	sample again = untouched();
	check_accepted(row, text, &again);
	check_bytes(&again, &s, sizeof s);
}

static void what_is_written_reads_back_to_the_same_field(void **state)
{
	(void)state;
	check_written(GAIN, "0.250", "0.25");
	check_written(POINTS, "0064", "64");
	check_written(PERIOD, "0.5h", "30m");
	check_written(AGE, "none", "none");
	check_written(STEP, "0.05", "5%");
	check_written(STEP, "0.123456789", "12.3456789%");
	check_written(FLOOR, "2", "2.00");
	check_written(FLOOR, "2.1", "2.10");
	check_written(FLOOR, "2.123456789", "2.123456789");
	check_written(CEILING, "none", "none");
	check_written(UNTIL, "2027-03-01", "2027-03-01T00:00:00Z");
	check_written(LAW, "cost_plus", "cost_plus");
	check_written(ENABLED, "true", "true");
	check_written(ENABLED, "false", "false");
	sp_param wide = rows[STEP];
	wide.max = INFINITY;
	sample s = untouched();
	char text[64];
	check_status(sp_param_parse(&wide, "9223372036.5", 12, &s, NULL), SP_OK);
	check_text(sp_param_format(&wide, &s, text), "9223372036.5");
}

static void a_table_starts_with_its_initial_values(void **state)
{
	(void)state;
	sample s = untouched();
	s.damping = 0;
	const int64_t floor = s.floor.nano;
	sp_params_init(rows, ROWS, &s);
	check_ulp(s.gain, 2, 0);
	check_i64(s.points, 64);
	check_i64(s.period_ns, 30 * SP_SEC);
	check_i64(s.age_ns, SP_PARAM_NONE);
	check_i64(s.step_ppb, 50000000);
	check_i64(s.floor.nano, floor); /* must be given: left as it was */
	check_u64(s.law, 1);
	check_u64(s.enabled, 1);
	sp_params_init(NULL, 0, &s);
}

static void init_of_bad_row(void *record)
{
	sp_param row = rows[POINTS];
	row.initial = "2.5";
	sp_params_init(&row, 1, record);
}

static void an_initial_value_that_does_not_parse_is_a_programming_error(void **state)
{
	(void)state;
	sample s = untouched();
	check_contains(sp_check_stopped(init_of_bad_row, &s), "status == SP_OK");
}

static void a_row_is_found_by_its_whole_key(void **state)
{
	(void)state;
	check_true(sp_param_find(rows, ROWS, "step.up", 7) == &rows[STEP]);
	check_true(sp_param_find(rows, ROWS, "step", 4) == NULL);
	check_true(sp_param_find(rows, ROWS, "", 0) == NULL);
	check_true(sp_param_find(NULL, 0, "gain", 4) == NULL);
}

static void a_sound_table_passes(void **state)
{
	(void)state;
	sp_message message;
	const sp_status status = sp_params_check(rows, ROWS, sizeof(sample), &message);
	check_text(message.text, "");
	check_status(status, SP_OK);
	check_status(sp_params_check(NULL, 0, 0, NULL), SP_OK);
}

/* The sound table with one row replaced. */
static void check_unsound(unsigned at, sp_param row, sp_status status, const char *words)
{
	sp_param table[ROWS];
	memcpy(table, rows, sizeof table);
	table[at] = row;
	sp_message message;
	check_status(sp_params_check(table, ROWS, sizeof(sample), &message), status);
	check_contains(message.text, words);
}

static void every_fault_of_a_table_names_its_row(void **state)
{
	(void)state;
	sp_param row = rows[GAIN];
	row.key = NULL;
	check_unsound(GAIN, row, SP_E_MISMATCH, "row 0 has no key");
	static const char *const keys[] = {"", "Gain", "1gain", "gain.", ".gain", "a..b", "a b", "a.1", "_a", "gäin"};
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		row.key = keys[i];
		check_unsound(GAIN, row, SP_E_MISMATCH, "has a key that is not");
	}
	row = rows[GAIN];
	row.key = "points";
	check_unsound(GAIN, row, SP_E_DUPLICATE, "row \"points\" is there twice");
	row = rows[GAIN];
	row.type = (sp_param_type)99;
	check_unsound(GAIN, row, SP_E_MISMATCH, "row \"gain\" has no type");
	row = rows[GAIN];
	row.offset = sizeof(sample) - 4;
	check_unsound(GAIN, row, SP_E_MISMATCH, "row \"gain\" lies outside its record");
	row.offset = sizeof(sample);
	check_unsound(GAIN, row, SP_E_MISMATCH, "row \"gain\" lies outside its record");
	row.offset = 4;
	check_unsound(GAIN, row, SP_E_MISMATCH, "is not aligned");
	row = rows[GAIN];
	row.help = "";
	check_unsound(GAIN, row, SP_E_MISMATCH, "lacks its unit or its help");
	row.help = NULL;
	check_unsound(GAIN, row, SP_E_MISMATCH, "lacks its unit or its help");
	row = rows[GAIN];
	row.unit = NULL;
	check_unsound(GAIN, row, SP_E_MISMATCH, "lacks its unit or its help");
	row = rows[GAIN];
	row.min = 11;
	check_unsound(GAIN, row, SP_E_MISMATCH, "bounds that cross");
	row.min = NAN;
	check_unsound(GAIN, row, SP_E_MISMATCH, "bounds that cross or are NaN");
}

static void faults_of_initial_values_and_choices_are_found(void **state)
{
	(void)state;
	sp_param row = rows[PERIOD];
	row.initial = "2d";
	check_unsound(PERIOD, row, SP_E_MISMATCH, "row \"period\": initial value: expected a duration from 1s to 1d");
	row.initial = "";
	check_unsound(PERIOD, row, SP_E_MISMATCH, "initial value: expected a duration with its unit");
	row = rows[ENABLED];
	row.initial = "none";
	check_unsound(ENABLED, row, SP_E_MISMATCH, "is a flag and cannot be none");
	row = rows[LAW];
	row.choices = NULL;
	check_unsound(LAW, row, SP_E_MISMATCH, "has no choices");
	static const char *const empty[] = {NULL};
	row.choices = empty;
	check_unsound(LAW, row, SP_E_MISMATCH, "has no choices");
	static const char *const blank[] = {"fixed", "", NULL};
	row.choices = blank;
	check_unsound(LAW, row, SP_E_MISMATCH, "empty or too long");
	row.choices = laws;
	row.initial = "eip1559";
	check_unsound(LAW, row, SP_E_MISMATCH, "expected one of fixed");
	row = rows[GAIN];
	row.choices = laws;
	check_unsound(GAIN, row, SP_E_MISMATCH, "has choices but is not a choice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_type_is_read_into_its_field),
	    cmocka_unit_test(a_ratio_is_a_percentage_or_a_fraction),
	    cmocka_unit_test(a_wrong_form_is_answered_with_the_right_one),
	    cmocka_unit_test(a_value_out_of_range_is_answered_with_the_bounds),
	    cmocka_unit_test(bounds_are_inclusive_and_exact),
	    cmocka_unit_test(one_sided_and_missing_bounds_are_worded_so),
	    cmocka_unit_test(an_unknown_choice_is_answered_with_all_and_the_nearest),
	    cmocka_unit_test(none_is_accepted_only_where_the_row_starts_with_it),
	    cmocka_unit_test(a_refused_text_is_shown_cut_and_printable),
	    cmocka_unit_test(more_choices_than_a_message_holds_are_cut),
	    cmocka_unit_test(what_is_written_reads_back_to_the_same_field),
	    cmocka_unit_test(a_table_starts_with_its_initial_values),
	    cmocka_unit_test(an_initial_value_that_does_not_parse_is_a_programming_error),
	    cmocka_unit_test(a_row_is_found_by_its_whole_key),
	    cmocka_unit_test(a_sound_table_passes),
	    cmocka_unit_test(every_fault_of_a_table_names_its_row),
	    cmocka_unit_test(faults_of_initial_values_and_choices_are_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
