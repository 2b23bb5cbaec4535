/* test_csv.c - lines and the CSV reader against what files really hold. */
#include "sim/trace/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/trace/whole.h"
#include "tests/check/check.h"

static FILE *open_bytes(const char *bytes, size_t n)
{
	FILE *file = n > 0 ? fmemopen((void *)(uintptr_t)bytes, n, "rb") : fopen("/dev/null", "rb");
	check_true(file != NULL);
	return file;
}

/* Reads a whole file into "a|b|c;" text; a bad row as "!message;". */
static char *read_all(const char *bytes, size_t n)
{
	static char out[1 << 20];
	FILE *file = open_bytes(bytes, n);
	sp_csv csv;
	sp_message message = {""};
	size_t used = 0;
	check_status(sp_csv_open(&csv, file), SP_OK);
	sp_status status = sp_csv_header(&csv, &message);
	out[0] = '\0';
	if (status != SP_OK)
		used += (size_t)sprintf(out, "!%s;", message.text);
	for (bool begun = status == SP_OK; begun && (status = sp_csv_next(&csv, &message)) != SP_E_END;) {
		if (status != SP_OK)
			used += (size_t)sprintf(out + used, "!%llu %s;", (unsigned long long)csv.lines.row, message.text);
		for (uint32_t i = 0; status == SP_OK && i < csv.n; i++) {
			memcpy(out + used, csv.fields[i].text, csv.fields[i].n);
			used += csv.fields[i].n;
			out[used++] = i + 1 < csv.n ? '|' : ';';
		}
		out[used] = '\0';
	}
	if (used == 0 || out[0] != '!')
		check_u64(sp_lines_bytes(&csv.lines), n);
	sp_csv_close(&csv);
	fclose(file);
	return out;
}

static void expect_rows(const char *text, const char *rows)
{
	check_text(read_all(text, strlen(text)), rows);
}

static void rows_end_with_newline_crlf_or_the_file(void **unused)
{
	(void)unused;
	expect_rows("a,b\n1,2\n3,4\n", "1|2;3|4;");
	expect_rows("a,b\r\n1,2\r\n3,4", "1|2;3|4;");
	expect_rows("a,b\n1,\n,2", "1|;|2;");
	expect_rows("a,b", "");
}

static void a_byte_order_mark_and_empty_lines_are_passed_over(void **unused)
{
	(void)unused;
	expect_rows("\xEF\xBB\xBF\"a\",b\n\n1,2\n\r\n\n3,4\n\n", "1|2;3|4;");
	expect_rows("\n\na,b\n1,2\n", "1|2;");
}

static void quotes_protect_commas_quotes_and_line_ends(void **unused)
{
	(void)unused;
	expect_rows("a,b\n\"1,5\",\"say \"\"hi\"\"\"\n", "1,5|say \"hi\";");
	expect_rows("a,b\n\"one\ntwo\r\nthree\",x\n4,5\n", "one\ntwo\r\nthree|x;4|5;");
	expect_rows("a,b\n\"\",\"\"\n\"x\",\n", "|;x|;");
	expect_rows("a,b\n1,\"2\"", "1|2;");
}

static void bad_rows_say_why_and_the_next_row_is_read(void **unused)
{
	(void)unused;
	expect_rows("a,b\n1\n2,3\n", "!2 row: has 1 column, the header has 2;2|3;");
	expect_rows("a,b\n1,2,3\n4,5\n", "!2 row: has 3 columns, the header has 2;4|5;");
	expect_rows("a,b\n5\" pipe,2\n4,5\n",
	            "!2 row: a quote inside an unquoted field; quote the field and double the quotes in it;4|5;");
	expect_rows("a,b\n\"1\"x,2\n4,5\n", "!2 row: text after a closing quote; double the quotes inside a field;4|5;");
	expect_rows("a,b\n1,2\n\"never,2\n4,5\n", "1|2;!3 row: a quote that opens in this row and never closes;");
	check_text(read_all("a,b\n1,\0\n4,5\n", 12), "!2 row: a NUL byte; save the file as UTF-8 text;4|5;");
}

static void files_that_are_no_csv_are_refused_at_the_header(void **unused)
{
	(void)unused;
	expect_rows("", "!row: no header: the file is empty;");
	expect_rows("\n\n\r\n", "!row: no header: the file is empty;");
	expect_rows("a,b,a\n1,2,3\n", "!a: this column stands twice in the header;");
	check_text(read_all("\xFF\xFE"
	                    "a\0,\0",
	                    6),
	           "!row: a NUL byte; save the file as UTF-8 text;");
	char wide[400];
	memset(wide, ',', sizeof wide);
	check_text(read_all(wide, sizeof wide), "!row: more than 128 columns; is the separator a comma?;");
	wide[0] = wide[1] = '"';
	check_text(read_all(wide, sizeof wide), "!row: more than 128 columns; is the separator a comma?;");
}

/* The bound holds to the byte, with and without line ends inside quotes, and what follows is read. */
static void long_rows_are_bounded(void **unused)
{
	(void)unused;
	const size_t room = 6 * SP_LINE_MAX;
	char *text = malloc(room);
	for (size_t extra = 0; extra < 3; extra++) {
		size_t n = (size_t)sprintf(text, "a,b\n");
		memset(text + n, 'x', SP_LINE_MAX - 3 + extra);
		n += SP_LINE_MAX - 3 + extra;
		n += (size_t)sprintf(text + n, ",y\n1,2\n");
		const char *rows = read_all(text, n);
		check_true((rows[0] == '!') == (extra > 1));
		check_text(rows + strlen(rows) - 4, "1|2;");
	}
	size_t n = (size_t)sprintf(text, "a,b\n");
	memset(text + n, 'x', 5 * SP_LINE_MAX);
	check_text(read_all(text, n + 5 * SP_LINE_MAX), "!2 row: longer than 65536 bytes; is it a CSV file?;");
	text[n] = '"';
	for (size_t i = n + 80; i < n + 5 * SP_LINE_MAX; i += 80)
		text[i] = '\n';
	check_contains(read_all(text, n + 5 * SP_LINE_MAX), "!2 row: a quote that opens in this row and never closes;!");
	free(text);
}

/* The slow twin: one byte at a time, unquoted fields only, over many buffers. */
static void rows_across_the_buffer_equal_the_text(void **unused)
{
	(void)unused;
	sp_rng rng;
	sp_check_seed("rows_across_the_buffer_equal_the_text", &rng);
	const size_t n_rows = 40000;
	char *text = malloc(n_rows * 64), *expected = malloc(n_rows * 64);
	size_t n = (size_t)sprintf(text, "a,b\n"), m = 0;
	for (size_t i = 0; i < n_rows; i++) {
		unsigned a = (unsigned)sp_rng_below(&rng, 1000000), b = (unsigned)sp_rng_below(&rng, 10);
		bool quoted = sp_rng_below(&rng, 4) == 0;
		n += (size_t)sprintf(text + n, quoted ? "\"%u\n%u\",%u\r\n" : "%u%u,%u\n", a, a, b);
		m += (size_t)sprintf(expected + m, quoted ? "%u\n%u|%u;" : "%u%u|%u;", a, a, b);
	}
	check_text(read_all(text, n), expected);
	free(text);
	free(expected);
}

static void the_first_byte_is_seen_without_taking_it(void **unused)
{
	(void)unused;
	static const struct {
		const char *text;
		int first;
	} cases[] = {{"{\"t\":1}", '{'}, {"\xEF\xBB\xBF \n\t{}", '{'}, {"t,kind", 't'}, {"  \n ", -1}, {"", -1}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		FILE *file = open_bytes(cases[i].text, strlen(cases[i].text));
		sp_lines lines;
		char *text;
		size_t n;
		check_status(sp_lines_open(&lines, file), SP_OK);
		check_i64(sp_lines_first(&lines), cases[i].first);
		if (cases[i].first != -1) {
			check_status(sp_lines_next(&lines, &text, &n), SP_OK);
			check_u64(lines.row, 1);
		}
		sp_lines_close(&lines);
		fclose(file);
	}
}

static void a_file_that_cannot_be_read_is_an_io_error(void **unused)
{
	(void)unused;
	FILE *file = fopen(".", "rb");
	sp_csv csv;
	check_true(file != NULL);
	check_status(sp_csv_open(&csv, file), SP_OK);
	check_status(sp_csv_header(&csv, NULL), SP_E_IO);
	sp_csv_close(&csv);
	fclose(file);
}

static void what_is_shown_of_a_field_is_short_and_printable(void **unused)
{
	(void)unused;
	char shown[SP_EXCERPT_MAX];
	check_text(sp_excerpt("a\x1b[2J\n\xff", 7, shown), "a?[2J??");
	check_text(sp_excerpt("0123456789012345678901234567890123456789", 40, shown),
	           "0123456789012345678901234567890123456789");
	check_text(sp_excerpt("01234567890123456789012345678901234567890", 41, shown),
	           "0123456789012345678901234567890123456789...");
}

static void whole_numbers_are_digits_up_to_a_bound(void **unused)
{
	(void)unused;
	uint64_t whole = 7;
	check_status(sp_whole_parse("0", 1, 9, &whole), SP_OK);
	check_u64(whole, 0);
	check_status(sp_whole_parse("00012", 5, 12, &whole), SP_OK);
	check_u64(whole, 12);
	check_status(sp_whole_parse("13", 2, 12, &whole), SP_E_RANGE);
	check_status(sp_whole_parse("99999999999999999999999999", 26, UINT64_C(1000000000000000000), &whole), SP_E_RANGE);
	check_status(sp_whole_parse("99999999999999999999999999x", 27, 12, &whole), SP_E_SYNTAX);
	static const char *const wrong[] = {"", "-1", "+1", "1.0", " 1", "1 ", "0x1", "1e3"};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		check_status(sp_whole_parse(wrong[i], strlen(wrong[i]), 12, &whole), SP_E_SYNTAX);
	check_u64(whole, 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_end_with_newline_crlf_or_the_file),
	    cmocka_unit_test(a_byte_order_mark_and_empty_lines_are_passed_over),
	    cmocka_unit_test(quotes_protect_commas_quotes_and_line_ends),
	    cmocka_unit_test(bad_rows_say_why_and_the_next_row_is_read),
	    cmocka_unit_test(files_that_are_no_csv_are_refused_at_the_header),
	    cmocka_unit_test(long_rows_are_bounded),
	    cmocka_unit_test(rows_across_the_buffer_equal_the_text),
	    cmocka_unit_test(the_first_byte_is_seen_without_taking_it),
	    cmocka_unit_test(a_file_that_cannot_be_read_is_an_io_error),
	    cmocka_unit_test(what_is_shown_of_a_field_is_short_and_printable),
	    cmocka_unit_test(whole_numbers_are_digits_up_to_a_bound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
