/* Hostile messages: each has its reason, none crashes, none allocates. What they ask for is counted by a malloc of the test's own, in
 * msgpack-c's too (it is linked as an archive). */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "tests/check/check.h"
#include "tests/transport/wire/tell.h"
#include "transport/wire/control.h"
#include "transport/wire/request.h"
#include "transport/wire/signals.h"

/* --- what is asked of the heap --- */

static size_t asked; /* [bytes] */

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t n);
void *__wrap_realloc(void *old, size_t n);

static int64_t countdown; /* the allocation that fails; 0: none */

static bool heap_fails(size_t n)
{
	asked += n;
	return countdown > 0 && --countdown == 0;
}

void *__wrap_malloc(size_t n)
{
	return heap_fails(n) ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return heap_fails(n * size) ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t n)
{
	return heap_fails(n) ? NULL : __real_realloc(old, n);
}

/* --- building bytes --- */

#define ROOM (2u << 20)

static struct {
	uint8_t *bytes; /* ROOM */
	size_t n;
} made;

static void put(const char *bytes, size_t n)
{
	check_true(made.n + n <= ROOM);
	memcpy(made.bytes + made.n, bytes, n);
	made.n += n;
}

#define PUT(literal) put((literal), sizeof(literal) - 1)

static void put_byte(unsigned byte)
{
	char c = (char)byte;

	put(&c, 1);
}

static void put_whole(unsigned head, uint64_t x, unsigned n)
{
	put_byte(head);
	for (unsigned i = n; i-- > 0;)
		put_byte((unsigned)(x >> 8 * i & 0xff));
}

static void put_double(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof bits);
	put_whole(0xcb, bits, 8);
}

static void put_text(const char *text)
{
	put_whole(0xd9, strlen(text), 1);
	put(text, strlen(text));
}

#define T INT64_C(1795478400000000000)

/* [1, "a", 7, — and what follows are the records. */
static void begin(void)
{
	made.n = 0;
	PUT("\x94\x01\xa1"
	    "a\x07");
}

/* … [[T, kind, "p" — and what follows is the value. */
static void begin_value(const char *kind)
{
	begin();
	PUT("\x91\x94");
	put_whole(0xcf, T, 8);
	put_text(kind);
	PUT("\xa1p");
}

/* --- meeting them --- */

static sp_wire_decoder *decoder;
static size_t met;

/* Decodes what was made, in memory of exactly its size: as expected, as expected again, and no other decoder takes it. */
static void meet(const char *name, const char *expected)
{
	uint8_t *bytes = malloc(made.n > 0 ? made.n : 1);
	sp_wire_message message;
	sp_frame frame;
	sp_request request;
	sp_status status;
	sp_control_request question;
	sp_control_table table;
	char *verdict;

	memcpy(bytes, made.bytes, made.n);
	asked = 0;
	sp_wire_decode(decoder, bytes, made.n, &message);
	check_true(sp_frame_decode(decoder, bytes, made.n, &frame) != SP_WIRE_ok);
	check_true(sp_request_decode(decoder, bytes, made.n, &request) != SP_WIRE_ok);
	check_true(sp_reply_decode(decoder, bytes, made.n, &status) != SP_WIRE_ok);
	check_true(sp_control_request_decode(decoder, bytes, made.n, &question) != SP_WIRE_ok);
	check_true(sp_control_answer_decode(decoder, bytes, made.n, &table) != SP_WIRE_ok);
	check_u64(asked, 0);
	for (int i = 0; i < 2; i++) {
		verdict = sp_tell_signals(decoder, bytes, made.n);
		if (strcmp(verdict, expected) != 0)
			print_message("%s\n", name);
		check_text(verdict, expected);
		free(verdict);
	}
	free(bytes);
	met++;
}

/* --- structure --- */

static void every_prefix_of_a_message_is_truncated(void **state)
{
	size_t whole;

	(void)state;
	begin();
	PUT("\x92\x94");
	put_whole(0xcf, T, 8);
	PUT("\xabutilization\xac"
	    "us-east/h100");
	put_double(0.72);
	PUT("\x94");
	put_whole(0xcf, T + 1, 8);
	PUT("\xadusd_per_gpu_h\xb2us-east/h100:burst\xce\x7d\x2b\x75\x00");
	whole = made.n;
	for (made.n = 0; made.n < whole; made.n++)
		meet("a prefix", "refused: truncated");
	PUT("x");
	for (unsigned byte = 0; byte < 256; byte += 15) {
		made.bytes[whole] = (uint8_t)byte;
		meet("one byte more", "refused: trailing");
	}
}

static void nothing_is_reserved_for_what_is_only_declared(void **state)
{
	(void)state;
	for (int depth = 1; depth <= 30; depth++) {
		made.n = 0;
		for (int i = 0; i < depth; i++)
			put_whole(0xdd, 1000000000, 4);
		meet("nested arrays of 10^9", "refused: truncated");
	}
	for (int depth = 9; depth <= 40; depth++) {
		made.n = 0;
		for (int i = 0; i < depth; i++)
			put_byte(0x91);
		PUT("\x01");
		meet("nested arrays of one", "refused: too_deep");
	}
	made.n = 0;
	for (int i = 0; i < 100000; i++)
		put_byte(0x91);
	meet("100,000 nested arrays", "refused: too_deep");
}

static void lengths_beyond_the_bytes_are_truncated(void **state)
{
	static const struct {
		unsigned head, size;
	} forms[] = {{0xd9, 1}, {0xda, 2}, {0xdb, 4}, {0xc4, 1}, {0xc5, 2}, {0xc6, 4}, {0xdc, 2}, {0xdd, 4}};

	(void)state;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		made.n = 0;
		PUT("\x94\x01");
		put_whole(forms[i].head, UINT64_MAX, forms[i].size);
		PUT("abcd");
		meet("as a source", "refused: truncated");
		begin();
		PUT("\x91\x94\x01\xa1k");
		put_whole(forms[i].head, UINT64_MAX, forms[i].size);
		PUT("abcd\x01");
		meet("as a subject", "refused: truncated");
		begin_value("cost");
		put_whole(forms[i].head, UINT64_MAX, forms[i].size);
		meet("as a value", "refused: truncated");
	}
}

static void maps_extensions_and_the_reserved_byte_are_no_part_of_a_message(void **state)
{
	(void)state;
	for (unsigned head = 0x80; head <= 0xdf; head++) {
		bool map = head < 0x90 || head >= 0xde,
		     extension = (head >= 0xc7 && head <= 0xc9) || (head >= 0xd4 && head <= 0xd8);
		if (!map && !extension && head != 0xc1)
			continue;
		made.n = 0;
		put_byte(head);
		PUT("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
		meet("at the top", "refused: type");
		begin_value("slo");
		put_byte(head);
		PUT("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
		meet("as a value", "refused: type");
	}
}

static void what_is_too_much_is_refused(void **state)
{
	(void)state;
	begin();
	put_whole(0xdc, 4097, 2);
	for (int i = 0; i < 4097; i++)
		PUT("\x01");
	meet("4097 records that are none", "refused: records");
	begin();
	put_whole(0xdc, 4097, 2);
	for (int i = 0; i < 4097; i++)
		PUT("\x94\x01\x01\x01\x01");
	meet("4097 records of four fields", "refused: too_many");
	begin();
	put_whole(0xdd, 200000, 4);
	for (int i = 0; i < 200000; i++)
		PUT("\xc0");
	meet("200,000 nils", "refused: too_many");
	begin();
	put_whole(0xdd, 1u << 20, 4);
	for (int i = 0; i < 1 << 20; i++)
		PUT("\xc0");
	meet("1 MiB of nils", "refused: too_long");
	begin();
	PUT("\x90");
	while (made.n <= SP_WIRE_SIGNALS_MAX)
		PUT("\0");
	meet("a byte over 256 KiB", "refused: too_long");
	made.n--;
	meet("256 KiB, most of it after the end", "refused: trailing");
}

/* --- the fields of a message --- */

static void a_source_that_is_no_name_is_refused(void **state)
{
	static const char *const sources[] = {"",
	                                      " ",
	                                      "a b",
	                                      "a\n",
	                                      "\t",
	                                      "a\"",
	                                      "'",
	                                      "a,b",
	                                      "*",
	                                      "a?",
	                                      "\\",
	                                      "a\x7f",
	                                      "\x01",
	                                      "\xc3\xa9",
	                                      "\xc3\x28",
	                                      "\xff\xfe",
	                                      "\xed\xa0\x80",
	                                      "\xf4\x90\x80\x80",
	                                      "\xc0\xaf",
	                                      "\xe2\x82",
	                                      "\xf0\x9f\x92\xa9",
	                                      "<a>",
	                                      "a;b",
	                                      "a%00",
	                                      "$(a)",
	                                      "`a`",
	                                      "{a}",
	                                      "[a]",
	                                      "a|b",
	                                      "a#b",
	                                      "~",
	                                      "a=b",
	                                      "a&b",
	                                      "a!",
	                                      "a^b"};
	char longest[200];

	(void)state;
	for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
		made.n = 0;
		PUT("\x94\x01");
		put_text(sources[i]);
		PUT("\x07\x90");
		meet(sources[i], "refused: name");
	}
	for (size_t n = 129; n <= 199; n += 10) {
		memset(longest, 'a', n);
		longest[n] = '\0';
		made.n = 0;
		PUT("\x94\x01");
		put_text(longest);
		PUT("\x07\x90");
		meet("a long source", "refused: name");
	}
	made.n = 0;
	PUT("\x94\x01\xc4\x01"
	    "a\x07\x90");
	meet("a source of bytes", "refused: name");
}

typedef struct spelling {
	const char *name, *bytes;
	size_t n;
} spelling;

#define SPELLING(name, literal)            \
	{                                      \
		name, literal, sizeof(literal) - 1 \
	}

static void a_seq_that_is_none_is_refused(void **state)
{
	static const spelling seqs[] = {
	    SPELLING("0", "\x00"),
	    SPELLING("0, longer", "\xcf\0\0\0\0\0\0\0\0"),
	    SPELLING("-1", "\xff"),
	    SPELLING("the least int64", "\xd3\x80\0\0\0\0\0\0\0"),
	    SPELLING("2^63", "\xcf\x80\0\0\0\0\0\0\0"),
	    SPELLING("2^64-1", "\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
	    SPELLING("7.0", "\xcb\x40\x1c\0\0\0\0\0\0"),
	    SPELLING("NaN", "\xcb\x7f\xf8\0\0\0\0\0\0"),
	    SPELLING("nil", "\xc0"),
	    SPELLING("true", "\xc3"),
	    SPELLING("a text", "\xa1"
	                       "7"),
	    SPELLING("bytes", "\xc4\x01\x07"),
	    SPELLING("a list", "\x91\x07"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof seqs / sizeof seqs[0]; i++) {
		made.n = 0;
		PUT("\x94\x01\xa1"
		    "a");
		put(seqs[i].bytes, seqs[i].n);
		PUT("\x90");
		meet(seqs[i].name, "refused: seq");
	}
}

static void other_versions_and_shapes_are_refused(void **state)
{
	static const spelling versions[] = {
	    SPELLING("0", "\x00"),
	    SPELLING("2", "\x02"),
	    SPELLING("-1", "\xff"),
	    SPELLING("nil", "\xc0"),
	    SPELLING("1.0", "\xcb\x3f\xf0\0\0\0\0\0\0"),
	    SPELLING("'1'", "\xa1"
	                    "1"),
	    SPELLING("[1]", "\x91\x01"),
	};
	static const spelling wholes[] = {
	    SPELLING("an empty list", "\x90"),
	    SPELLING("five fields", "\x95\x01\xa1"
	                            "a\x07\x90\xc0"),
	    SPELLING("nil", "\xc0"),
	    SPELLING("a number", "\x01"),
	    SPELLING("NaN", "\xcb\x7f\xf8\0\0\0\0\0\0"),
	    SPELLING("a text", "\xa3"
	                       "abc"),
	    SPELLING("bytes", "\xc4\x03"
	                      "abc"),
	};
	static const spelling records[] = {
	    SPELLING("nil", "\xc0"),       SPELLING("a number", "\x07"), SPELLING("a text", "\xa0"),
	    SPELLING("bytes", "\xc4\x00"), SPELLING("false", "\xc2"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
		made.n = 0;
		PUT("\x94");
		put(versions[i].bytes, versions[i].n);
		PUT("\xa1"
		    "a\x07\x90");
		meet(versions[i].name, "refused: version");
	}
	for (size_t i = 0; i < sizeof wholes / sizeof wholes[0]; i++) {
		made.n = 0;
		put(wholes[i].bytes, wholes[i].n);
		meet(wholes[i].name, "refused: shape");
	}
	for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
		begin();
		put(records[i].bytes, records[i].n);
		meet(records[i].name, "refused: records");
	}
}

/* --- records: refused alone, and the message is taken --- */

static const spelling odd_values[] = {
    SPELLING("nil", "\xc0"),
    SPELLING("true", "\xc3"),
    SPELLING("a text", "\xa4"
                       "0.72"),
    SPELLING("bytes", "\xc4\x01\x01"),
    SPELLING("a list", "\x91\x01"),
    SPELLING("lists in lists", "\x91\x91\x91\x01"),
    SPELLING("an empty list", "\x90"),
};

static const spelling not_finite[] = {
    SPELLING("NaN", "\xcb\x7f\xf8\0\0\0\0\0\0"),
    SPELLING("a signalling NaN", "\xcb\x7f\xf0\0\0\0\0\0\x01"),
    SPELLING("-NaN", "\xcb\xff\xf8\0\0\0\0\0\0"),
    SPELLING("infinity", "\xcb\x7f\xf0\0\0\0\0\0\0"),
    SPELLING("-infinity", "\xcb\xff\xf0\0\0\0\0\0\0"),
    SPELLING("NaN in four bytes", "\xca\x7f\xc0\0\0"),
    SPELLING("infinity in four bytes", "\xca\x7f\x80\0\0"),
};

static void meet_values(const char *kind, const spelling *values, size_t n, const char *expected)
{
	for (size_t i = 0; i < n; i++) {
		begin_value(kind);
		put(values[i].bytes, values[i].n);
		meet(values[i].name, expected);
	}
}

static void a_value_of_the_wrong_type_is_refused_alone(void **state)
{
	static const spelling money_only[] = {
	    SPELLING("2.10", "\xcb\x40\x00\xcc\xcc\xcc\xcc\xcc\xcd"),
	    SPELLING("2.0", "\xcb\x40\0\0\0\0\0\0\0"),
	    SPELLING("-0.0", "\xcb\x80\0\0\0\0\0\0\0"),
	    SPELLING("0.5 in four bytes", "\xca\x3f\0\0\0"),
	};
	static const spelling beyond[] = {
	    SPELLING("2^63", "\xcf\x80\0\0\0\0\0\0\0"),
	    SPELLING("2^64-1", "\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
	};
	static const spelling inexact[] = {
	    SPELLING("2^53+1", "\xcf\0\x20\0\0\0\0\0\x01"),
	    SPELLING("-(2^53+1)", "\xd3\xff\xdf\xff\xff\xff\xff\xff\xff"),
	    SPELLING("2^64-1", "\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
	    SPELLING("2^63-1", "\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"),
	};

	(void)state;
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
	for (int kind = 0; kind < SP_SIGNAL_KINDS; kind++) {
		const char *name = sp_kinds[kind].name;
		meet_values(name, odd_values, COUNT(odd_values), "a #7: refused malformed");
		meet_values(name, not_finite, COUNT(not_finite), "a #7: refused not_finite");
		if (sp_kinds[kind].money) {
			meet_values(name, money_only, COUNT(money_only), "a #7: refused malformed");
			meet_values(name, beyond, COUNT(beyond), "a #7: refused out_of_range");
		} else {
			meet_values(name, inexact, COUNT(inexact), "a #7: refused malformed");
		}
	}
}

static void a_kind_that_is_unknown_is_refused_alone(void **state)
{
	static const char *const kinds[] = {"",         "Utilization", "utilization ", "utilizatio", "utilizations",
	                                    "cost\xc3", "\xff\xff",    "none",         "usd",        "COST",
	                                    "demand.x"};

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		begin_value(kinds[i]);
		PUT("\x01");
		meet(kinds[i], "a #7: refused unknown_kind");
	}
	for (size_t i = 0; i < COUNT(odd_values); i++) {
		if (odd_values[i].bytes[0] == '\xa4')
			continue;
		begin();
		PUT("\x91\x94\x01");
		put(odd_values[i].bytes, odd_values[i].n);
		PUT("\xa1p\x01");
		meet(odd_values[i].name, "a #7: refused malformed");
	}
}

static void a_subject_or_time_that_is_none_is_refused_alone(void **state)
{
	static const char *const subjects[] = {"",    " ",    "us east", "a\n",     "*", "\xc3\x28", "\xff", "\xed\xa0\x80",
	                                       "a,b", "\x01", "a\"",     "\xe2\x82"};
	static const spelling times[] = {
	    SPELLING("-1", "\xff"),
	    SPELLING("the least", "\xd3\x80\0\0\0\0\0\0\0"),
	    SPELLING("2^63-1", "\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"),
	    SPELLING("2^64-1", "\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
	    SPELLING("2200", "\xcf\x64\xba\x04\x3a\xc9\xba\0\0"),
	    SPELLING("a float", "\xcb\x43\xb8\xea\xd2\x17\x89\xe3\0"),
	    SPELLING("NaN", "\xcb\x7f\xf8\0\0\0\0\0\0"),
	    SPELLING("a text", "\xb4"
	                       "2026-11-24T00:00:00Z"),
	    SPELLING("nil", "\xc0"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(subjects); i++) {
		begin();
		PUT("\x91\x94\x01\xa3slo");
		put_text(subjects[i]);
		PUT("\x01");
		meet(subjects[i], "a #7: refused malformed");
	}
	for (size_t i = 0; i < COUNT(times); i++) {
		begin();
		PUT("\x91\x94");
		put(times[i].bytes, times[i].n);
		PUT("\xa3slo\xa1p\x01");
		meet(times[i].name, "a #7: refused malformed");
	}
}

static void records_of_other_shapes_are_refused_alone(void **state)
{
	char expected[64];

	(void)state;
	for (unsigned n = 0; n < 16; n++) {
		if (n == 4)
			continue;
		begin();
		put_byte(0x91);
		put_byte(0x90 + n);
		for (unsigned i = 0; i < n; i++)
			PUT("\x01");
		meet("so many fields", "a #7: refused malformed");
	}
	for (size_t i = 0; i < COUNT(odd_values); i++) {
		begin();
		put_byte(0x91);
		put(odd_values[i].bytes, odd_values[i].n);
		meet(odd_values[i].name, "a #7: refused malformed");
	}
	begin();
	PUT("\x92\xc0\x94\x00\xa3slo\xa1p\x01");
	snprintf(expected, sizeof expected, "a #7: refused malformed, 0 slo p 1");
	meet("one of two", expected);
}

/* --- memory --- */

static void a_decoder_holds_no_more_than_its_bound(void **state)
{
	sp_wire_decoder *other;

	(void)state;
	asked = 0;
	other = sp_wire_open();
	print_message("a decoder holds %zu bytes\n", asked);
	check_true(asked > SP_WIRE_RECORDS_MAX * sizeof(sp_wire_record)); /* the count sees msgpack-c's zone as well */
	check_true(asked <= SP_WIRE_DECODER_MAX);
	sp_wire_close(other);
	sp_wire_close(NULL);
}

static void a_decoder_that_gets_no_memory_is_none(void **state)
{
	(void)state;
	for (int64_t nth = 1; nth <= 2; nth++) {
		countdown = nth;
		check_true(sp_wire_open() == NULL);
		check_i64(countdown, 0);
	}
}

/* The largest message that there can be is taken, from the memory that is there. */
static void the_largest_message_allocates_nothing(void **state)
{
	sp_wire_message message;

	(void)state;
	begin();
	put_whole(0xdc, SP_WIRE_RECORDS_MAX, 2);
	for (int i = 0; i < SP_WIRE_RECORDS_MAX; i++) {
		PUT("\x94");
		put_whole(0xcf, T + (uint64_t)i, 8);
		PUT("\xa6"
		    "demand\xb8");
		put("llama-70b/us-east/output", 24);
		put_double(i);
	}
	check_true(made.n <= SP_WIRE_SIGNALS_MAX);
	asked = 0;
	check_i64(sp_wire_decode(decoder, made.bytes, made.n, &message), SP_WIRE_ok);
	check_u64(asked, 0);
	check_u64(message.n_records, SP_WIRE_RECORDS_MAX);
	for (uint32_t i = 0; i < message.n_records; i++) {
		check_i64(message.records[i].refusal, SP_REFUSED_none);
		check_i64(message.records[i].t_ns, T + i);
		check_ulp(message.records[i].value.real, i, 0);
	}
}

/* So is the largest answer: 500 rows of 16 cells, as many bytes as there may be. */
static void the_largest_answer_allocates_nothing(void **state)
{
	static sp_control_answer answer;
	const char *cells[SP_CONTROL_CELLS_MAX];
	sp_writer writer = {made.bytes, ROOM, 0};
	sp_control_table table;

	(void)state;
	for (int i = 0; i < SP_CONTROL_CELLS_MAX; i++)
		cells[i] = "a cell of twenty-nine letters";
	sp_control_answer_init(&answer);
	memset(answer.message.text, 'x', sizeof answer.message.text - 1);
	for (int i = 0; i < SP_CONTROL_ROWS_MAX; i++)
		check_true(sp_control_answer_row(&answer, cells, SP_CONTROL_CELLS_MAX));
	sp_control_answer_encode(&answer, &writer);
	asked = 0;
	check_i64(sp_control_answer_decode(decoder, made.bytes, writer.n, &table), SP_WIRE_ok);
	check_u64(asked, 0);
	check_u64(table.n_rows, SP_CONTROL_ROWS_MAX);
	check_text(table.cells[SP_CONTROL_ROWS_MAX * SP_CONTROL_CELLS_MAX - 1], cells[0]);
}

static void there_were_hundreds(void **state)
{
	(void)state;
	print_message("%zu hostile messages\n", met);
	check_true(met >= 300);
}

static int open_all(void **state)
{
	(void)state;
	made.bytes = malloc(ROOM);
	decoder = sp_wire_open();
	return made.bytes == NULL || decoder == NULL;
}

static int close_all(void **state)
{
	(void)state;
	sp_wire_close(decoder);
	free(made.bytes);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_prefix_of_a_message_is_truncated),
	    cmocka_unit_test(nothing_is_reserved_for_what_is_only_declared),
	    cmocka_unit_test(lengths_beyond_the_bytes_are_truncated),
	    cmocka_unit_test(maps_extensions_and_the_reserved_byte_are_no_part_of_a_message),
	    cmocka_unit_test(what_is_too_much_is_refused),
	    cmocka_unit_test(a_source_that_is_no_name_is_refused),
	    cmocka_unit_test(a_seq_that_is_none_is_refused),
	    cmocka_unit_test(other_versions_and_shapes_are_refused),
	    cmocka_unit_test(a_value_of_the_wrong_type_is_refused_alone),
	    cmocka_unit_test(a_kind_that_is_unknown_is_refused_alone),
	    cmocka_unit_test(a_subject_or_time_that_is_none_is_refused_alone),
	    cmocka_unit_test(records_of_other_shapes_are_refused_alone),
	    cmocka_unit_test(a_decoder_holds_no_more_than_its_bound),
	    cmocka_unit_test(a_decoder_that_gets_no_memory_is_none),
	    cmocka_unit_test(the_largest_message_allocates_nothing),
	    cmocka_unit_test(the_largest_answer_allocates_nothing),
	    cmocka_unit_test(there_were_hundreds),
	};
	return cmocka_run_group_tests(tests, open_all, close_all);
}
