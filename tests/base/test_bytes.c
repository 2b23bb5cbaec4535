/* The canonical bytes, both ways and cut off anywhere. */
#include "tests/check/check.h"

#include <math.h>
#include <string.h>

#include "base/bytes.h"

static const uint64_t edges[] = {
    0, 1, 0x7f, 0x80, 0x3fff, 0x4000, UINT32_MAX, (uint64_t)INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX};

#define EDGES (sizeof edges / sizeof edges[0])

static void varints_have_their_known_bytes(void **state)
{
	(void)state;
	uint8_t bytes[32];
	sp_writer w = {bytes, sizeof bytes, 0};
	sp_put_varint(&w, 624485); /* the example of the DWARF standard, figure of unsigned LEB128 */
	check_u64(w.n, 3);
	check_bytes(bytes, "\xe5\x8e\x26", 3);
	w.n = 0;
	sp_put_varint(&w, UINT64_MAX);
	check_u64(w.n, 10);
	check_bytes(bytes, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10);
	w.n = 0;
	sp_put_zigzag(&w, 0);
	sp_put_zigzag(&w, -1);
	sp_put_zigzag(&w, 1);
	sp_put_zigzag(&w, -2);
	check_bytes(bytes, "\x00\x01\x02\x03", 4);
	w.n = 0;
	sp_put_zigzag(&w, INT64_MIN);
	check_bytes(bytes, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10);
}

static void doubles_and_texts_have_their_known_bytes(void **state)
{
	(void)state;
	uint8_t bytes[32];
	sp_writer w = {bytes, sizeof bytes, 0};
	sp_put_double(&w, 1.5);
	check_bytes(bytes, "\0\0\0\0\0\0\xf8\x3f", 8);
	w.n = 0;
	sp_put_double(&w, -0.0);
	check_bytes(bytes, "\0\0\0\0\0\0\0\x80", 8);
	w.n = 0;
	sp_put_text(&w, "step");
	sp_put_text(&w, "");
	sp_put_text(&w, NULL);
	check_u64(w.n, 7);
	check_bytes(bytes, "\x04step\0\0", 7);
}

/* One of everything, for every edge. */
static void put_all(sp_writer *w)
{
	for (size_t i = 0; i < EDGES; i++) {
		sp_put_u8(w, (uint8_t)edges[i]);
		sp_put_varint(w, edges[i]);
		sp_put_zigzag(w, (int64_t)edges[i]);
		sp_put_double(w, (double)edges[i]);
		sp_put_text(w, "rail.step");
		sp_put_bytes(w, &edges[i], sizeof edges[i]);
	}
}

static void get_all(sp_reader *r, bool whole)
{
	for (size_t i = 0; i < EDGES; i++) {
		size_t n = 0;
		const uint8_t byte = sp_get_u8(r);
		const uint64_t x = sp_get_varint(r);
		const int64_t z = sp_get_zigzag(r);
		const double d = sp_get_double(r);
		const char *text = sp_get_text(r, &n);
		const uint8_t *bytes = sp_get_bytes(r, sizeof edges[i]);
		if (!whole) {
			continue;
		}
		check_u64(byte, (uint8_t)edges[i]);
		check_u64(x, edges[i]);
		check_i64(z, (int64_t)edges[i]);
		check_ulp(d, (double)edges[i], 0);
		check_u64(n, 9);
		check_bytes(text, "rail.step", 9);
		check_bytes(bytes, &edges[i], sizeof edges[i]);
	}
}

static void what_is_written_reads_back(void **state)
{
	(void)state;
	uint8_t bytes[1024];
	sp_writer w = {bytes, sizeof bytes, 0};
	put_all(&w);
	check_true(w.n <= sizeof bytes);
	sp_reader r = {bytes, w.n, 0, true};
	get_all(&r, true);
	check_true(sp_reader_ended(&r));
}

static void a_cut_is_noticed_wherever_it_is(void **state)
{
	(void)state;
	uint8_t bytes[1024];
	sp_writer w = {bytes, sizeof bytes, 0};
	put_all(&w);
	for (size_t size = 0; size < w.n; size++) {
		sp_reader r = {bytes, size, 0, true};
		get_all(&r, false);
		check_true(!r.ok && !sp_reader_ended(&r));
		check_true(r.n <= size);
	}
	sp_reader r = {bytes, w.n, 0, true};
	sp_get_u8(&r);
	check_true(r.ok && !sp_reader_ended(&r)); /* something is left */
}

static void a_readers_error_stays(void **state)
{
	(void)state;
	sp_reader r = {(const uint8_t *)"\x05", 1, 0, true};
	size_t n = 77;
	check_ulp(sp_get_double(&r), 0, 0);
	check_true(!r.ok);
	check_u64(sp_get_u8(&r), 0);
	check_u64(sp_get_varint(&r), 0);
	check_i64(sp_get_zigzag(&r), 0);
	check_true(sp_get_bytes(&r, 0) == NULL);
	check_true(sp_get_text(&r, &n) == NULL);
	check_u64(n, 0);
	check_u64(r.n, 0);
}

static void a_writer_counts_what_does_not_fit(void **state)
{
	(void)state;
	sp_writer counter = {NULL, 0, 0};
	put_all(&counter);
	uint8_t whole[1024];
	sp_writer w = {whole, sizeof whole, 0};
	put_all(&w);
	check_u64(counter.n, w.n);
	for (size_t size = 0; size <= w.n; size++) {
		uint8_t bytes[1024];
		memset(bytes, 0xaa, sizeof bytes);
		sp_writer cut = {bytes, size, 0};
		put_all(&cut);
		check_u64(cut.n, w.n);
		for (size_t i = size; i < w.n; i++) {
			check_u64(bytes[i], 0xaa);
		}
	}
}

static void check_refused(const char *bytes, size_t n)
{
	sp_reader r = {(const uint8_t *)bytes, n, 0, true};
	sp_get_varint(&r);
	check_true(!r.ok);
}

static void only_the_shortest_varint_is_read(void **state)
{
	(void)state;
	check_refused("\x80\x00", 2);
	check_refused("\xff\x80\x00", 3);
	check_refused("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10); /* 65 bits */
	check_refused("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11);
	check_refused("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 10);
	check_refused("\x80", 1);
	check_refused("", 0);
}

static void a_text_longer_than_what_is_left_is_refused(void **state)
{
	(void)state;
	static const char *const inputs[] = {"\x05"
	                                     "abcd",
	                                     "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
	                                     "abcd"};
	for (size_t i = 0; i < 2; i++) {
		sp_reader r = {(const uint8_t *)inputs[i], strlen(inputs[i]), 0, true};
		size_t n = 77;
		check_true(sp_get_text(&r, &n) == NULL);
		check_true(!r.ok);
	}
}

static void any_value_goes_both_ways(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed(__func__, &rng);
	for (unsigned i = 0; i < 300000; i++) {
		const uint64_t x = sp_rng_next(&rng) >> sp_rng_below(&rng, 64);
		uint8_t bytes[32];
		sp_writer w = {bytes, sizeof bytes, 0};
		sp_put_varint(&w, x);
		sp_put_zigzag(&w, (int64_t)x);
		sp_put_zigzag(&w, (int64_t)(0 - x));
		sp_reader r = {bytes, w.n, 0, true};
		check_u64(sp_get_varint(&r), x);
		check_i64(sp_get_zigzag(&r), (int64_t)x);
		check_i64(sp_get_zigzag(&r), (int64_t)(0 - x));
		check_true(sp_reader_ended(&r));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(varints_have_their_known_bytes),
	    cmocka_unit_test(doubles_and_texts_have_their_known_bytes),
	    cmocka_unit_test(what_is_written_reads_back),
	    cmocka_unit_test(a_cut_is_noticed_wherever_it_is),
	    cmocka_unit_test(a_readers_error_stays),
	    cmocka_unit_test(a_writer_counts_what_does_not_fit),
	    cmocka_unit_test(only_the_shortest_varint_is_read),
	    cmocka_unit_test(a_text_longer_than_what_is_left_is_refused),
	    cmocka_unit_test(any_value_goes_both_ways),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
