/* The parts that the command's nouns share, without the command: exit codes, numbers, lines and pictures. */
#include "tests/check/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "cli/chart.h"
#include "cli/exit.h"
#include "cli/finding.h"
#include "cli/number.h"
#include "cli/table.h"
#include "cli/wrap.h"

#define SHOWN_MAX 65536

static const sp_screen unicode = {.utf8 = true, .width = 60};
static const sp_screen ascii = {.width = 60};

/* What a printing function printed, in a buffer that the next call reuses. */
static char shown[SHOWN_MAX];

static FILE *show(void)
{
	memset(shown, 0, sizeof shown);
	return fmemopen(shown, sizeof shown - 1, "w");
}

/* --- exit codes --- */

static void every_status_has_an_exit_code_of_the_contract(void **state)
{
	static const int contract[] = {0, 1, 2, 64, 65, 69, 74, 75, 77, 78};

	(void)state;
#define X(name, number, text)                                                                     \
	{                                                                                             \
		bool known = false;                                                                       \
		for (size_t i = 0; i < sizeof contract / sizeof contract[0]; i++)                         \
			known |= (int)sp_exit_of(SP_##name) == contract[i];                                   \
		check_true(known);                                                                        \
		check_true((sp_exit_of(SP_##name) == SP_EXIT_OK) == (number == 0 || number == SP_E_END)); \
	}
	SP_STATUS_MAP(X)
#undef X
}

static void exit_codes_tell_causes_apart(void **state)
{
	(void)state;
	check_i64(sp_exit_of(SP_E_BUSY), SP_EXIT_TEMPORARY);
	check_i64(sp_exit_of(SP_E_UNREACHABLE), SP_EXIT_UNREACHABLE);
	check_i64(sp_exit_of(SP_E_PERMISSION), SP_EXIT_PERMISSION);
	check_i64(sp_exit_of(SP_E_DISK_FULL), SP_EXIT_IO);
	check_i64(sp_exit_of(SP_E_ABSENT), SP_EXIT_IO);
	check_i64(sp_exit_of(SP_E_DAMAGED), SP_EXIT_BAD_INPUT);
	check_i64(sp_exit_of(SP_E_UNKNOWN), SP_EXIT_USAGE);
	check_i64(sp_exit_of(SP_E_MEMORY), SP_EXIT_FAILURE);
}

/* --- numbers --- */

static void spans_are_told_in_whole_seconds(void **state)
{
	char text[SP_NUMBER_MAX];

	(void)state;
	check_text(sp_number_span(3 * SP_HOUR + 12 * SP_MIN + 5 * SP_SEC, text), "3 h 12 min");
	check_text(sp_number_span(6 * SP_SEC + 108 * SP_MS, text), "6 s");
	check_text(sp_number_span(999 * SP_MS, text), "0 s");
	check_text(sp_number_span(-SP_HOUR, text), "0 s");
}

static void counts_are_grouped_by_thousands(void **state)
{
	char text[SP_NUMBER_MAX];

	(void)state;
	check_text(sp_number_count(0, text), "0");
	check_text(sp_number_count(999, text), "999");
	check_text(sp_number_count(1000, text), "1,000");
	check_text(sp_number_count(19366, text), "19,366");
	check_text(sp_number_count(UINT64_MAX, text), "18,446,744,073,709,551,615");
}

static void nouns_are_counted_in_english(void **state)
{
	char text[2 * SP_NUMBER_MAX];

	(void)state;
	check_text(sp_number_plural(1, "family", text), "1 family");
	check_text(sp_number_plural(2, "family", text), "2 families");
	check_text(sp_number_plural(0, "SKU", text), "0 SKUs");
}

static void moves_and_moments_read_as_people_write_them(void **state)
{
	const int64_t noon = INT64_C(1795521600) * SP_SEC;
	char text[SP_NUMBER_MAX];

	(void)state;
	check_text(sp_number_index((sp_index){1050000000}, text), "1.0500");
	check_text(sp_number_change((sp_index){1000000000}, (sp_index){1050000000}, text), "+5.0 %");
	check_text(sp_number_change((sp_index){1000000000}, (sp_index){870000000}, text), "-13.0 %");
	check_text(sp_number_moment(noon, text), "2026-11-24 12:00");
	check_text(sp_number_moment(noon + SP_SEC, text), "2026-11-24 12:00:01");
	check_text(sp_number_moment(SP_TIME_NEVER, text), "never");
	check_text(sp_number_clock(noon, text), "12:00");
}

/* --- tables --- */

static const sp_table_column bill[] = {{"name", SP_TABLE_LEFT}, {"USD", SP_TABLE_POINT}, {"n", SP_TABLE_RIGHT},
                                       {"not", SP_TABLE_LEFT},  {"text", SP_TABLE_LEFT}, {0}};

static sp_table *filled(void)
{
	sp_table *table = sp_table_open(bill);

	sp_table_add(table, SP_COLOUR_PLAIN, (const char *const[]){"übergroß", "12.5", "7", "", "a"});
	sp_table_add(table, SP_COLOUR_RED, (const char *const[]){"b", "0.125", "1,000", "", ""});
	sp_table_add(table, SP_COLOUR_PLAIN,
	             (const char *const[]){"c", "3", "12", "", "see that it is never wider than so"});
	return table;
}

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
	sp_table *table = filled();
	FILE *out = show();

	(void)state;
	check_status(sp_table_print(table, &(sp_screen){.width = 100}, out), SP_OK);
	fclose(out);
	check_text(shown, "name      USD         n  text\n"
	                  "übergroß  12.5        7  a\n"
	                  "b          0.125  1,000\n"
	                  "c          3         12  see that it is never wider than so\n");
	sp_table_close(table);
}

static void a_table_without_rows_prints_nothing(void **state)
{
	sp_table *table = sp_table_open(bill);
	FILE *out = show();

	(void)state;
	check_status(sp_table_print(table, &ascii, out), SP_OK);
	fclose(out);
	check_text(shown, "");
	sp_table_close(table);
	sp_table_close(NULL);
}

static void the_last_column_is_wrapped(void **state)
{
	sp_table *table = filled();
	FILE *out = show();

	(void)state;
	check_status(sp_table_print(table, &(sp_screen){.width = 56}, out), SP_OK);
	fclose(out);
	check_contains(shown, "c          3         12  see that it is never wider than\n"
	                      "                         so\n");
	sp_table_close(table);
}

static void the_worst_finding_counts_and_cures_stand_below(void **state)
{
	sp_findings findings = {0};
	FILE *out = show();

	(void)state;
	check_i64(sp_findings_worst(&findings), SP_FINDING_OK);
	sp_finding_add(&findings, SP_FINDING_BAD, "disk", "make room", "full to %d %%", 100);
	sp_finding_add(&findings, SP_FINDING_WARN, "clock", "", "slow");
	check_i64(sp_findings_worst(&findings), SP_FINDING_BAD);
	sp_findings_words(&findings, &ascii, out);
	fclose(out);
	check_text(shown, "bad   disk           full to 100 %\n"
	                  "                     -> make room\n"
	                  "warn  clock          slow\n");
	sp_findings_fini(&findings);
}

/* --- lines --- */

static void long_lines_break_at_blanks_and_go_on_further_in(void **state)
{
	const sp_screen narrow = {.utf8 = true, .width = 20};
	char text[] = "  one two three four five six\nshort\n\nlast";
	FILE *out = show();

	(void)state;
	sp_wrap_text(out, &narrow, text);
	fclose(out);
	check_text(shown, "  one two three four\n    five six\nshort\n\nlast\n");
}

static void a_line_is_never_wider_than_its_screen_unless_a_word_is(void **state)
{
	const sp_screen narrow = {.utf8 = true, .width = 10};
	char text[] = "a  table      with gaps → arrows\nimmeasurable";
	FILE *out = show();

	(void)state;
	sp_wrap_text(out, &narrow, text);
	fclose(out);
	check_text(shown, "a  table\n  with\n  gaps →\n  arrows\nimmeasurable\n");
}

static void arrows_are_spelt_out_without_unicode(void **state)
{
	FILE *out = show();

	(void)state;
	sp_wrap_line(out, &ascii, "1.0000 → 1.0500", 0, 2);
	fclose(out);
	check_text(shown, "1.0000 -> 1.0500\n");
}

/* --- pictures --- */

#define POINTS 100

static int64_t times[POINTS];
static double ramp[POINTS], bound[POINTS], nothing[POINTS];

static sp_chart ramp_chart(const sp_chart_series *series, size_t n)
{
	for (int i = 0; i < POINTS; i++) {
		times[i] = INT64_C(1795478400) * SP_SEC + i * SP_MIN;
		ramp[i] = i / (double)(POINTS - 1);
		bound[i] = 0.5;
		nothing[i] = NAN;
	}
	return (sp_chart){
	    .title = "ramp", .rows = 6, .t_ns = times, .n = POINTS, .series = series, .n_series = n, .least_span = 0.1};
}

static void a_rising_line_goes_from_the_lower_left_to_the_upper_right(void **state)
{
	const sp_chart_series series[] = {{"ramp", ramp, SP_COLOUR_CYAN, false, '*'}};
	sp_chart chart = ramp_chart(series, 1);
	FILE *out = show();
	int last = 1000;
	char *rest = shown, *line;

	(void)state;
	sp_chart_draw(&chart, &ascii, out);
	fclose(out);
	check_text(strsep(&rest, "\n"), "ramp   *** ramp");
	for (int row = 0; row < 6; row++) {
		line = strsep(&rest, "\n");
		check_true(strchr(line, '*') != NULL);
		check_true(strchr(line, '*') - line < last);
		last = (int)(strchr(line, '*') - line);
	}
	check_contains(strsep(&rest, "\n"), "+---");
	check_contains(strsep(&rest, "\n"), "00:30");
}

static void labels_stand_at_round_values(void **state)
{
	const sp_chart_series series[] = {{"ramp", ramp, SP_COLOUR_CYAN, false, '*'}};
	sp_chart chart = ramp_chart(series, 1);
	FILE *out = show();

	(void)state;
	chart.percent = true;
	sp_chart_draw(&chart, &ascii, out);
	fclose(out);
	check_contains(shown, "   100 % |");
	check_contains(shown, "    50 % |");
	check_contains(shown, "     0 % |");
}

/* Steps of 2.5 %: 62 % would stand where 62.5 % is. */
static void labels_have_the_digits_that_make_them_true(void **state)
{
	static double near[POINTS];
	const sp_chart_series series[] = {{"near", near, SP_COLOUR_CYAN, false, '*'}};
	sp_chart chart = ramp_chart(series, 1);
	FILE *out = show();

	(void)state;
	for (int i = 0; i < POINTS; i++)
		near[i] = 0.6 + 0.05 * i / (POINTS - 1);
	chart.percent = true;
	chart.least_span = 0.05;
	sp_chart_draw(&chart, &ascii, out);
	fclose(out);
	check_contains(shown, "  60.0 % |");
	check_contains(shown, "  62.5 % |");
	check_contains(shown, "  65.0 % |");
}

static void a_bound_is_dotted_and_a_line_is_on_top_of_it(void **state)
{
	const sp_chart_series series[] = {{"bound", bound, SP_COLOUR_RED, true, '.'},
	                                  {"ramp", ramp, SP_COLOUR_CYAN, false, '*'}};
	sp_chart chart = ramp_chart(series, 2);
	FILE *out = show();

	(void)state;
	sp_chart_draw(&chart, &ascii, out);
	fclose(out);
	check_contains(shown, ". . . .");
	check_contains(shown, "*");
}

static void unicode_pictures_are_as_wide_as_their_screen_at_most(void **state)
{
	const sp_chart_series series[] = {{"ramp", ramp, SP_COLOUR_CYAN, false, '*'}};
	sp_chart chart = ramp_chart(series, 1);
	FILE *out = show();
	char *rest = shown, *line;

	(void)state;
	sp_chart_draw(&chart, &unicode, out);
	fclose(out);
	check_contains(shown, "\xE2\xA0"); /* braille begins so */
	check_true(strchr(shown, '\033') == NULL);
	while ((line = strsep(&rest, "\n")) != NULL) {
		int columns = 0;
		for (const char *c = line; *c; c++)
			columns += ((unsigned char)*c & 0xC0) != 0x80;
		check_true(columns <= unicode.width);
	}
}

static void colours_are_named_only_where_they_can_be_seen(void **state)
{
	const sp_chart_series series[] = {{"ramp", ramp, SP_COLOUR_CYAN, false, '*'}};
	const sp_screen painted = {.utf8 = true, .colour = true, .width = 60};
	sp_chart chart = ramp_chart(series, 1);
	FILE *out = show();

	(void)state;
	sp_chart_draw(&chart, &painted, out);
	fclose(out);
	check_contains(shown, "\033[36m");
}

static void nothing_known_draws_nothing(void **state)
{
	const sp_chart_series series[] = {{"nothing", nothing, SP_COLOUR_CYAN, false, '*'}};
	sp_chart chart = ramp_chart(series, 1);
	FILE *out = show();

	(void)state;
	sp_chart_draw(&chart, &ascii, out);
	fclose(out);
	check_text(shown, "");
}

static void a_flat_line_is_not_made_to_look_like_news(void **state)
{
	const sp_chart_series series[] = {{"bound", bound, SP_COLOUR_RED, false, '*'}};
	sp_chart chart = ramp_chart(series, 1);
	FILE *out = show();
	int rows = 0;
	char *rest = shown, *line;

	(void)state;
	sp_chart_draw(&chart, &ascii, out);
	fclose(out);
	strsep(&rest, "\n");
	while ((line = strsep(&rest, "\n")) != NULL)
		rows += strchr(line, '*') != NULL;
	check_i64(rows, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_status_has_an_exit_code_of_the_contract),
	    cmocka_unit_test(exit_codes_tell_causes_apart),
	    cmocka_unit_test(counts_are_grouped_by_thousands),
	    cmocka_unit_test(nouns_are_counted_in_english),
	    cmocka_unit_test(spans_are_told_in_whole_seconds),
	    cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
	    cmocka_unit_test(a_table_without_rows_prints_nothing),
	    cmocka_unit_test(the_last_column_is_wrapped),
	    cmocka_unit_test(the_worst_finding_counts_and_cures_stand_below),
	    cmocka_unit_test(moves_and_moments_read_as_people_write_them),
	    cmocka_unit_test(long_lines_break_at_blanks_and_go_on_further_in),
	    cmocka_unit_test(a_line_is_never_wider_than_its_screen_unless_a_word_is),
	    cmocka_unit_test(arrows_are_spelt_out_without_unicode),
	    cmocka_unit_test(a_rising_line_goes_from_the_lower_left_to_the_upper_right),
	    cmocka_unit_test(labels_stand_at_round_values),
	    cmocka_unit_test(labels_have_the_digits_that_make_them_true),
	    cmocka_unit_test(a_bound_is_dotted_and_a_line_is_on_top_of_it),
	    cmocka_unit_test(unicode_pictures_are_as_wide_as_their_screen_at_most),
	    cmocka_unit_test(colours_are_named_only_where_they_can_be_seen),
	    cmocka_unit_test(nothing_known_draws_nothing),
	    cmocka_unit_test(a_flat_line_is_not_made_to_look_like_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
