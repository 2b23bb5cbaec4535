/* Questions and answers: both ways, each bound, texts that no terminal may see, and every byte and bit changed. */
#include "transport/wire/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check/check.h"

static sp_wire_decoder *decoder;
static sp_control_answer answer; /* large: one for all tests, begun anew by each */
static uint8_t bytes[SP_CONTROL_BYTES_MAX + 1], again[SP_CONTROL_BYTES_MAX];

static size_t encode_answer(void)
{
	sp_writer writer = {bytes, sizeof bytes, 0};

	sp_control_answer_encode(&answer, &writer);
	check_true(writer.n <= SP_CONTROL_BYTES_MAX);
	return writer.n;
}

static sp_control_table decode_answer(void)
{
	sp_control_table table;
	size_t n = encode_answer();

	check_i64(sp_control_answer_decode(decoder, bytes, n, &table), SP_WIRE_ok);
	return table;
}

static bool add(const char *first, const char *second)
{
	const char *cells[] = {first, second};

	return sp_control_answer_row(&answer, cells, 2);
}

/* --- questions --- */

static sp_control_request question(sp_control_verb verb, uint32_t n, const char *first, const char *second)
{
	sp_control_request q = {.verb = verb, .n_arguments = n};

	snprintf(q.arguments[0], sizeof q.arguments[0], "%s", first);
	snprintf(q.arguments[1], sizeof q.arguments[1], "%s", second);
	return q;
}

static size_t encode_question(const sp_control_request *q)
{
	sp_writer writer = {bytes, SP_CONTROL_REQUEST_MAX, 0};

	check_i64(sp_control_request_encode(q, &writer), SP_WIRE_ok);
	check_true(writer.n <= writer.size);
	return writer.n;
}

static void check_question(const sp_control_request *q)
{
	sp_control_request read;
	size_t n = encode_question(q);

	check_i64(sp_control_request_decode(decoder, bytes, n, &read), SP_WIRE_ok);
	check_i64(read.verb, q->verb);
	check_u64(read.n_arguments, q->n_arguments);
	for (uint32_t i = 0; i < SP_CONTROL_ARGUMENTS_MAX; i++)
		check_text(read.arguments[i], i < q->n_arguments ? q->arguments[i] : "");
}

static void a_question_is_read_as_it_was_asked(void **state)
{
	sp_control_request q;

	(void)state;
	for (int verb = 0; verb < SP_CONTROL_VERBS; verb++) {
		q = question((sp_control_verb)verb, 0, "", "");
		check_question(&q);
		q = question((sp_control_verb)verb, 2, "*/köln", "");
		check_question(&q);
	}
	memset(&q, 'a', sizeof q); /* the longest */
	q.verb = SP_CONTROL_frozen;
	q.n_arguments = SP_CONTROL_ARGUMENTS_MAX;
	for (uint32_t i = 0; i < SP_CONTROL_ARGUMENTS_MAX; i++)
		q.arguments[i][SP_CONTROL_TEXT_MAX] = '\0';
	check_question(&q);
}

static void check_not_asked(const sp_control_request *q, sp_wire_reason expected)
{
	sp_writer writer = {bytes, sizeof bytes, 0};

	check_i64(sp_control_request_encode(q, &writer), expected);
	check_u64(writer.n, 0);
}

static void an_unsound_question_is_not_asked(void **state)
{
	sp_control_request q = question(SP_CONTROL_freeze, SP_CONTROL_ARGUMENTS_MAX + 1, "all", "");

	(void)state;
	check_not_asked(&q, SP_WIRE_arguments);
	q = question(SP_CONTROL_freeze, 1, "pool a\nb", "");
	check_not_asked(&q, SP_WIRE_text);
	q = question(SP_CONTROL_freeze, 1, "all", "");
	memset(q.arguments[0], 'a', sizeof q.arguments[0]); /* without an end */
	check_not_asked(&q, SP_WIRE_text);
}

static void every_change_of_a_byte_is_refused_or_another_question(void **state)
{
	sp_control_request q = question(SP_CONTROL_prices, 2, "*/us-east", "ö"), read;
	sp_control_table table;
	size_t n = encode_question(&q), taken = 0;

	(void)state;
	for (size_t k = 0; k < n; k++)
		check_i64(sp_control_request_decode(decoder, bytes, k, &read), SP_WIRE_truncated);
	for (size_t at = 0; at < n; at++) {
		uint8_t kept = bytes[at];
		for (unsigned byte = 0; byte < 256; byte++) {
			bytes[at] = (uint8_t)byte;
			check_true(sp_control_answer_decode(decoder, bytes, n, &table) != SP_WIRE_ok);
			if (sp_control_request_decode(decoder, bytes, n, &read) != SP_WIRE_ok)
				continue;
			sp_writer writer = {again, sizeof again, 0};
			check_i64(sp_control_request_encode(&read, &writer), SP_WIRE_ok);
			check_u64(writer.n, n);
			check_bytes(again, bytes, n);
			taken++;
		}
		bytes[at] = kept;
	}
	check_true(taken > n);
	check_i64(sp_control_request_decode(decoder, bytes, SP_CONTROL_REQUEST_MAX + 1, &read), SP_WIRE_too_long);
}

/* --- answers --- */

static void an_answer_is_read_as_it_was_given(void **state)
{
	sp_control_table table;

	(void)state;
	sp_control_answer_init(&answer);
	table = decode_answer();
	check_status(table.status, SP_OK);
	check_text(table.text, "");
	check_u64(table.n_rows, 0);
	check_true(!table.more);

	answer.status = SP_E_ABSENT;
	snprintf(answer.message.text, sizeof answer.message.text, "there is no pool köln");
	check_true(add("stale_cost", "") && add("clock", "ahead"));
	table = decode_answer();
	check_status(table.status, SP_E_ABSENT);
	check_text(table.text, "there is no pool köln");
	check_u64(table.n_rows, 2);
	check_u64(table.n_cells, 2);
	check_text(table.cells[0], "stale_cost");
	check_text(table.cells[1], "");
	check_text(table.cells[2], "clock");
	check_text(table.cells[3], "ahead");
}

static void every_status_is_answered(void **state)
{
	(void)state;
	sp_control_answer_init(&answer);
#define X(name, number, text)  \
	answer.status = SP_##name; \
	check_status(decode_answer().status, SP_##name);
	SP_STATUS_MAP(X)
#undef X
}

/* 500 rows of 16 cells, as long as an answer has room for. */
static void a_big_table_fits(void **state)
{
	char text[SP_CONTROL_CELLS_MAX][64];
	const char *cells[SP_CONTROL_CELLS_MAX];
	sp_control_table table;

	(void)state;
	sp_control_answer_init(&answer);
	memset(answer.message.text, 'x', sizeof answer.message.text - 1);
	for (int i = 0; i < SP_CONTROL_ROWS_MAX; i++) {
		for (int k = 0; k < SP_CONTROL_CELLS_MAX; k++) {
			snprintf(text[k], sizeof text[k], "%08d %021d", i, k); /* 30 bytes, 31 on the wire */
			cells[k] = text[k];
		}
		check_true(sp_control_answer_row(&answer, cells, SP_CONTROL_CELLS_MAX));
	}
	check_true(!answer.full);
	table = decode_answer();
	check_u64(table.n_rows, SP_CONTROL_ROWS_MAX);
	check_u64(table.n_cells, SP_CONTROL_CELLS_MAX);
	check_u64(strlen(table.text), SP_MESSAGE_MAX - 1);
	for (int i = 0; i < SP_CONTROL_ROWS_MAX * SP_CONTROL_CELLS_MAX; i++) {
		snprintf(text[0], sizeof text[0], "%08d %021d", i / SP_CONTROL_CELLS_MAX, i % SP_CONTROL_CELLS_MAX);
		check_text(table.cells[i], text[0]);
	}
	check_true(!sp_control_answer_row(&answer, cells, SP_CONTROL_CELLS_MAX)); /* one more */
	table = decode_answer();
	check_u64(table.n_rows, SP_CONTROL_ROWS_MAX);
	check_true(table.more);
}

static void what_has_no_room_ends_the_answer(void **state)
{
	char longest[SP_CONTROL_TEXT_MAX + 1];
	const char *cells[SP_CONTROL_CELLS_MAX];
	sp_control_table table;

	(void)state;
	memset(longest, 'c', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	for (int k = 0; k < SP_CONTROL_CELLS_MAX; k++)
		cells[k] = longest;
	sp_control_answer_init(&answer);
	while (sp_control_answer_row(&answer, cells, SP_CONTROL_CELLS_MAX))
		check_true(answer.n_rows < SP_CONTROL_ROWS_MAX);
	check_true(answer.full &&
	           answer.n_rows == sizeof answer.rows / (3 + 16 * 515)); /* 16 cells: an array's head of 3 bytes */
	for (int k = 0; k < SP_CONTROL_CELLS_MAX; k++)
		cells[k] = "";
	check_true(!sp_control_answer_row(&answer, cells, SP_CONTROL_CELLS_MAX)); /* full stays full */
	table = decode_answer();
	check_true(table.more);
	check_u64(table.n_rows, answer.n_rows);
	check_text(table.cells[table.n_rows * table.n_cells - 1], longest);
}

static void a_group_is_there_whole_or_not_at_all(void **state)
{
	sp_control_table table;
	char name[16];

	(void)state;
	sp_control_answer_init(&answer);
	for (int i = 0; i < SP_CONTROL_ROWS_MAX + 1; i++) {
		if (i % 7 == 0)
			sp_control_answer_group(&answer);
		snprintf(name, sizeof name, "%d", i);
		check_i64(add(name, ""), i < SP_CONTROL_ROWS_MAX);
	}
	sp_control_answer_group(&answer); /* too late to change anything */
	check_true(!add("late", ""));
	table = decode_answer();
	check_true(table.more);
	check_u64(table.n_rows, SP_CONTROL_ROWS_MAX / 7 * 7);
	check_text(table.cells[2 * table.n_rows - 2], "496");
}

static void one_group_that_is_too_large_leaves_nothing(void **state)
{
	sp_control_table table;

	(void)state;
	sp_control_answer_init(&answer);
	sp_control_answer_group(&answer);
	while (add("one", "family"))
		continue;
	table = decode_answer();
	check_true(table.more && table.n_rows == 0);
}

static size_t refused_changes, taken_changes;

/* Whatever is taken is written again byte for byte. */
static void meet(const uint8_t *changed, size_t n)
{
	static sp_control_answer rewritten;
	sp_writer writer = {again, sizeof again, 0};
	sp_control_table table;

	if (sp_control_answer_decode(decoder, changed, n, &table) != SP_WIRE_ok) {
		refused_changes++;
		return;
	}
	taken_changes++;
	sp_control_answer_init(&rewritten);
	rewritten.status = table.status;
	snprintf(rewritten.message.text, sizeof rewritten.message.text, "%s", table.text);
	for (uint32_t i = 0; i < table.n_rows; i++)
		check_true(sp_control_answer_row(&rewritten, table.cells + i * table.n_cells, table.n_cells));
	rewritten.full = table.more;
	sp_control_answer_encode(&rewritten, &writer);
	check_u64(writer.n, n);
	check_bytes(again, changed, n);
}

/* In memory of exactly its size, so that ASan sees a byte read too many. */
static void every_prefix_and_every_changed_byte_of_an_answer_is_met(void **state)
{
	sp_control_table table;
	sp_control_request read;
	uint8_t *changed;
	size_t n;

	(void)state;
	sp_control_answer_init(&answer);
	snprintf(answer.message.text, sizeof answer.message.text, "two alarms");
	check_true(add("stale_cost", "us-east/h100") && add("clock", "ahead by 10 min; Zürich") && add("", ""));
	n = encode_answer();
	for (size_t k = 0; k < n; k++) {
		changed = malloc(k + 1);
		memcpy(changed, bytes, k);
		check_i64(sp_control_answer_decode(decoder, changed, k, &table), SP_WIRE_truncated);
		free(changed);
	}
	changed = malloc(n);
	memcpy(changed, bytes, n);
	for (size_t at = 0; at < n; at++) {
		for (unsigned byte = 0; byte < 256; byte++) { /* the flipped bits are among them */
			changed[at] = (uint8_t)byte;
			meet(changed, n);
			check_true(sp_control_request_decode(decoder, changed, n, &read) != SP_WIRE_ok);
		}
		changed[at] = bytes[at];
	}
	print_message("%zu changes refused, %zu taken\n", refused_changes, taken_changes);
	check_true(refused_changes > 5000 && taken_changes > 5000);
	free(changed);
}

static void a_table_beyond_its_bounds_is_refused(void **state)
{
	static const uint8_t head[] = {0x96, 1, 80, 0, 0xa0, 0, 0xdc};
	sp_control_table table;
	size_t n = sizeof head;

	(void)state;
	memcpy(bytes, head, n);
	bytes[n++] = 501 >> 8;
	bytes[n++] = 501 & 0xff;
	for (int i = 0; i < 501; i++) {
		bytes[n++] = 0x91;
		bytes[n++] = 0xa0;
	}
	check_i64(sp_control_answer_decode(decoder, bytes, n, &table), SP_WIRE_rows);
	bytes[sizeof head + 1] = 500 & 0xff;
	check_i64(sp_control_answer_decode(decoder, bytes, n - 2, &table), SP_WIRE_ok);
	check_u64(table.n_rows, 500);
	check_i64(sp_control_answer_decode(decoder, bytes, SP_CONTROL_BYTES_MAX + 1, &table), SP_WIRE_too_long);
}

static void a_cell_of_513_bytes_is_refused(void **state)
{
	static const uint8_t head[] = {0x96, 1, 80, 0, 0xa0, 0, 0x91, 0x91, 0xda, 2};
	sp_control_table table;

	(void)state;
	memset(bytes, 'a', 600);
	memcpy(bytes, head, sizeof head);
	bytes[sizeof head] = 0;
	check_i64(sp_control_answer_decode(decoder, bytes, sizeof head + 1 + 512, &table), SP_WIRE_ok);
	check_u64(strlen(table.cells[0]), 512);
	bytes[sizeof head] = 1;
	check_i64(sp_control_answer_decode(decoder, bytes, sizeof head + 1 + 513, &table), SP_WIRE_text);
}

/* --- texts --- */

/* A cell as the other end sees it. */
static const char *shown(const char *cell)
{
	sp_control_answer_init(&answer);
	check_true(add(cell, "next"));
	sp_control_table table = decode_answer();
	check_text(table.cells[1], "next");
	return table.cells[0];
}

static void what_no_terminal_may_see_becomes_a_question_mark(void **state)
{
	(void)state;
	check_text(shown("plain"), "plain");
	check_text(shown("Zürich, 上海, 😀"), "Zürich, 上海, 😀");
	check_text(shown("\x1b[2J"), "?[2J");
	check_text(shown("a\tb\r\nc\x7f"), "a?b??c?");
	check_text(shown("\xc2\x9b"
	                 "2J"),
	           "??2J");
	check_text(shown("\xe2\x80\xae"
	                 "abc"),
	           "???abc");
	check_text(shown("\xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80 \xff \x80 \xc3"), "?? ??? ???? ? ? ?");
	sp_control_answer_init(&answer);
	strcpy(answer.message.text, "cannot write /tmp/\x1b[31m: no such file\n");
	check_text(decode_answer().text, "cannot write /tmp/?[31m: no such file?");
}

static void a_long_cell_is_cut_at_a_character(void **state)
{
	static const char *const last[] = {"a", "é", "上", "😀"};
	char cell[2 * SP_CONTROL_TEXT_MAX];

	(void)state;
	for (size_t n_last = 1; n_last <= 4; n_last++)
		for (size_t before = SP_CONTROL_TEXT_MAX - 5; before <= SP_CONTROL_TEXT_MAX; before++) {
			memset(cell, 'a', before);
			snprintf(cell + before, sizeof cell - before, "%s and more", last[n_last - 1]);
			const char *seen = shown(cell);
			size_t whole = before + n_last <= SP_CONTROL_TEXT_MAX ? before + n_last : before;
			check_bytes(seen, cell, whole);
			check_true(strlen(seen) >= whole && strlen(seen) <= SP_CONTROL_TEXT_MAX);
			check_true(strchr(seen, '?') == NULL);
		}
}

/* Every character of two bytes and every pair of bytes: the decoder takes exactly what the encoder leaves as it is. */
static void both_ends_agree_on_what_may_be_shown(void **state)
{
	sp_control_request q = question(SP_CONTROL_freeze, 1, "", ""), read;
	size_t taken = 0;

	(void)state;
	for (unsigned a = 1; a < 256; a++)
		for (unsigned b = 1; b < 256; b++) {
			char pair[3] = {(char)a, (char)b, '\0'};
			bool same = strcmp(shown(pair), pair) == 0;
			sp_writer writer = {bytes, sizeof bytes, 0};
			strcpy(q.arguments[0], pair);
			check_i64(sp_control_request_encode(&q, &writer), same ? SP_WIRE_ok : SP_WIRE_text);
			strcpy(q.arguments[0], "xx");
			size_t n = encode_question(&q);
			memcpy(bytes + n - 2, pair, 2);
			check_i64(sp_control_request_decode(decoder, bytes, n, &read), same ? SP_WIRE_ok : SP_WIRE_text);
			taken += same;
		}
	check_u64(taken, 95 * 95 + 30 * 64 - 32); /* two of ASCII; U+0080 to U+07FF but for U+0080 to U+009F */
}

static void every_character_is_shown_or_refused_by_its_number(void **state)
{
	size_t refused = 0;

	(void)state;
	for (uint32_t c = 0x800; c < 0x110000; c += c < 0x3000 || (c >= 0xd700 && c < 0xe100) ? 1 : 257) {
		char text[5] = {0};
		if (c < 0x10000)
			snprintf(text, sizeof text, "%c%c%c", 0xe0 | c >> 12, 0x80 | (c >> 6 & 0x3f), 0x80 | (c & 0x3f));
		else
			snprintf(text, sizeof text, "%c%c%c%c", 0xf0 | c >> 18, 0x80 | (c >> 12 & 0x3f), 0x80 | (c >> 6 & 0x3f),
			         0x80 | (c & 0x3f));
		bool none = (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || (c >= 0xd800 && c <= 0xdfff);
		check_i64(strcmp(shown(text), text) == 0, !none);
		refused += none;
	}
	check_u64(refused, 7 + 4 + 2048);
}

/* --- errors of the programmer --- */

static void add_other_width(void *argument)
{
	(void)argument;
	sp_control_answer_init(&answer);
	add("a", "b");
	sp_control_answer_row(&answer, (const char *[]){"a"}, 1);
}

static void add_too_wide(void *argument)
{
	const char *cells[SP_CONTROL_CELLS_MAX + 1] = {NULL};

	(void)argument;
	sp_control_answer_init(&answer);
	sp_control_answer_row(&answer, cells, SP_CONTROL_CELLS_MAX + 1);
}

static void answer_no_status(void *argument)
{
	(void)argument;
	sp_control_answer_init(&answer);
	answer.status = (sp_status)999;
	encode_answer();
}

static void what_is_no_table_stops_who_wrote_it(void **state)
{
	(void)state;
	check_true(sp_check_stopped(add_other_width, NULL) != NULL);
	check_true(sp_check_stopped(add_too_wide, NULL) != NULL);
	check_true(sp_check_stopped(answer_no_status, NULL) != NULL);
}

static int open_decoder(void **state)
{
	(void)state;
	decoder = sp_wire_open();
	return decoder == NULL;
}

static int close_decoder(void **state)
{
	(void)state;
	sp_wire_close(decoder);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_question_is_read_as_it_was_asked),
	    cmocka_unit_test(an_unsound_question_is_not_asked),
	    cmocka_unit_test(every_change_of_a_byte_is_refused_or_another_question),
	    cmocka_unit_test(an_answer_is_read_as_it_was_given),
	    cmocka_unit_test(every_status_is_answered),
	    cmocka_unit_test(a_big_table_fits),
	    cmocka_unit_test(what_has_no_room_ends_the_answer),
	    cmocka_unit_test(a_group_is_there_whole_or_not_at_all),
	    cmocka_unit_test(one_group_that_is_too_large_leaves_nothing),
	    cmocka_unit_test(every_prefix_and_every_changed_byte_of_an_answer_is_met),
	    cmocka_unit_test(a_table_beyond_its_bounds_is_refused),
	    cmocka_unit_test(a_cell_of_513_bytes_is_refused),
	    cmocka_unit_test(what_no_terminal_may_see_becomes_a_question_mark),
	    cmocka_unit_test(a_long_cell_is_cut_at_a_character),
	    cmocka_unit_test(both_ends_agree_on_what_may_be_shown),
	    cmocka_unit_test(every_character_is_shown_or_refused_by_its_number),
	    cmocka_unit_test(what_is_no_table_stops_who_wrote_it),
	};
	return cmocka_run_group_tests(tests, open_decoder, close_decoder);
}
