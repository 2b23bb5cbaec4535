/* The structural check against two twins: msgpack-c itself, which must read whatever the check lets pass, to the same end; and
 * a recursive reading of the specification, which must agree on every byte string. */
#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/check/check.h"
#include "transport/wire/check.h"
#include "transport/wire/signals.h"

/* --- the twin --- */

typedef struct twin {
	const uint8_t *bytes;
	size_t n, at;
	uint32_t nodes;
	bool sound, shortest;
} twin;

static uint64_t twin_number(twin *t, size_t size)
{
	uint64_t x = 0;

	for (size_t i = 0; i < size; i++) {
		if (t->at == t->n) {
			t->sound = false;
			return 0;
		}
		x = x * 256 + t->bytes[t->at++];
	}
	return x;
}

static void twin_skip(twin *t, uint64_t n)
{
	if (n > t->n - t->at)
		t->sound = false;
	else
		t->at += n;
}

static void twin_element(twin *t, uint32_t depth);

static void twin_array(twin *t, uint64_t count, uint32_t depth)
{
	if (depth == SP_WIRE_DEPTH_MAX)
		t->sound = false;
	for (uint64_t i = 0; i < count && t->sound; i++)
		twin_element(t, depth + 1);
}

static void twin_whole(twin *t, uint8_t head)
{
	size_t size = (size_t)1 << (head & 3);
	uint64_t x = twin_number(t, size);
	int64_t value = size == 1 ? (int8_t)x : size == 2 ? (int16_t)x : size == 4 ? (int32_t)x : (int64_t)x;

	if (head < 0xd0)
		t->shortest &= size == 1 ? x > 127 : size == 2 ? x > 255 : size == 4 ? x > 65535 : x > 4294967295;
	else
		t->shortest &= size == 1   ? value < -32
		               : size == 2 ? value < -128
		               : size == 4 ? value < -32768
		                           : value < INT64_C(-2147483648);
}

static void twin_element(twin *t, uint32_t depth)
{
	uint8_t head = (uint8_t)twin_number(t, 1);
	uint64_t n;

	if (!t->sound)
		return;
	t->nodes++;
	if (head < 0x80 || head >= 0xe0 || head == 0xc0 || head == 0xc2 || head == 0xc3)
		return;
	if (head >= 0x90 && head <= 0x9f) {
		twin_array(t, head - 0x90, depth);
	} else if (head >= 0xa0 && head <= 0xbf) {
		twin_skip(t, head - 0xa0);
	} else if (head == 0xca || head == 0xcb) {
		twin_skip(t, head == 0xca ? 4 : 8);
		t->shortest &= head == 0xcb;
	} else if (head >= 0xcc && head <= 0xd3) {
		twin_whole(t, head);
	} else if (head == 0xc4 || head == 0xc5 || head == 0xc6) {
		n = twin_number(t, (size_t)1 << (head - 0xc4));
		t->shortest &= head == 0xc4 || (head == 0xc5 ? n > 255 : n > 65535);
		twin_skip(t, n);
	} else if (head == 0xd9 || head == 0xda || head == 0xdb) {
		n = twin_number(t, (size_t)1 << (head - 0xd9));
		t->shortest &= head == 0xd9 ? n > 31 : head == 0xda ? n > 255 : n > 65535;
		twin_skip(t, n);
	} else if (head == 0xdc || head == 0xdd) {
		n = twin_number(t, head == 0xdc ? 2 : 4);
		t->shortest &= head == 0xdc ? n > 15 : n > 65535;
		twin_array(t, n, depth);
	} else {
		t->sound = false;
	}
}

static const sp_wire_limits loose = {.bytes = 1 << 20, .nodes = 1 << 20, .depth = SP_WIRE_DEPTH_MAX};
static const sp_wire_limits strict = {
    .bytes = 1 << 20, .nodes = 1 << 20, .depth = SP_WIRE_DEPTH_MAX, .canonical = true};

static size_t agreed_sound;

/* All three on the same bytes. */
static void compare(const uint8_t *bytes, size_t n)
{
	twin t = {.bytes = bytes, .n = n, .sound = true, .shortest = true};
	sp_wire_reason reason = sp_wire_check(bytes, n, &loose), canonical = sp_wire_check(bytes, n, &strict);
	size_t read = 0;
	msgpack_zone zone;
	msgpack_object object;

	twin_element(&t, 0);
	check_i64(reason == SP_WIRE_ok, t.sound && t.at == n);
	check_i64(canonical == SP_WIRE_ok, t.sound && t.at == n && t.shortest);
	if (reason != SP_WIRE_ok)
		return;
	agreed_sound++;
	check_true(msgpack_zone_init(&zone, 64));
	check_i64(msgpack_unpack((const char *)bytes, n, &read, &zone, &object), MSGPACK_UNPACK_SUCCESS);
	check_u64(read, n);
	msgpack_zone_destroy(&zone);
}

/* --- tests --- */

static void the_check_agrees_with_its_twins_on_all_short_strings(void **state)
{
	uint8_t bytes[3] = {0};

	(void)state;
	compare(bytes, 0);
	for (unsigned a = 0; a < 256; a++) {
		bytes[0] = (uint8_t)a;
		compare(bytes, 1);
		for (unsigned b = 0; b < 256; b++) {
			bytes[1] = (uint8_t)b;
			compare(bytes, 2);
			for (unsigned c = 0; c < 256; c += getenv("SETPOINT_SOAK") != NULL ? 1 : 37) {
				bytes[2] = (uint8_t)c;
				compare(bytes, 3);
			}
		}
	}
}

/* A random element, often in a longer form than need be. */
static void grow(sp_rng *rng, sp_writer *w, uint32_t depth)
{
	static const uint8_t sized[] = {0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3};
	static const uint8_t sizes[] = {4, 8, 1, 2, 4, 8, 1, 2, 4, 8};
	uint64_t form = sp_rng_below(rng, depth < 7 ? 10 : 7), i = sp_rng_below(rng, sizeof sized),
	         n = sp_rng_below(rng, 6);

	if (form < 2) {
		sp_put_u8(w, (uint8_t)(sp_rng_below(rng, 160) - 32));
	} else if (form < 5) {
		sp_put_u8(w, sized[i]);
		for (uint8_t k = 0; k < sizes[i]; k++) /* leading zeros and ones are the interesting ones */
			sp_put_u8(w, (uint8_t[]){0, 0xff, 0x80, 0x7f, (uint8_t)sp_rng_next(rng)}[sp_rng_below(rng, 5)]);
	} else if (form < 7) {
		static const uint8_t heads[] = {0xa0, 0xd9, 0xda, 0xdb, 0xc4, 0xc5, 0xc6};
		uint8_t head = heads[sp_rng_below(rng, sizeof heads)];
		uint32_t width = head == 0xa0 ? 0 : 1u << (head >= 0xd9 ? head - 0xd9 : head - 0xc4);
		n = head == 0xa0 ? n : sp_rng_below(rng, 2) ? n : 30 + sp_rng_below(rng, width > 1 ? 300 : 200);
		sp_put_u8(w, (uint8_t)(width == 0 ? head + n : head));
		for (uint32_t k = width; k-- > 0;)
			sp_put_u8(w, (uint8_t)(n >> 8 * k));
		for (uint64_t k = 0; k < n; k++)
			sp_put_u8(w, 'a');
	} else {
		uint32_t width = (uint32_t)sp_rng_below(rng, 3) * 2;
		n += sp_rng_below(rng, 8) == 0 ? 12 : 0;
		sp_put_u8(w, (uint8_t)(width == 0 ? 0x90 + (n & 15) : width == 2 ? 0xdc : 0xdd));
		for (uint32_t k = width; k-- > 0;)
			sp_put_u8(w, (uint8_t)(n >> 8 * k));
		for (uint64_t k = 0; k < (width == 0 ? (n & 15) : n); k++)
			grow(rng, w, depth + 1);
	}
}

static void the_check_agrees_with_its_twins_on_random_elements_and_their_neighbours(void **state)
{
	static uint8_t room[1 << 16];
	sp_rng rng;

	(void)state;
	sp_check_seed("check", &rng);
	for (int i = 0; i < (getenv("SETPOINT_SOAK") != NULL ? 200000 : 4000); i++) {
		sp_writer w = {room, sizeof room, 0};
		grow(&rng, &w, 0);
		if (w.n > w.size)
			continue;
		uint8_t *bytes = malloc(w.n);
		memcpy(bytes, room, w.n);
		compare(bytes, w.n);
		for (int k = 0; k < 8; k++) {
			size_t at = sp_rng_below(&rng, w.n);
			uint8_t kept = bytes[at];
			bytes[at] = (uint8_t)sp_rng_next(&rng);
			compare(bytes, w.n);
			bytes[at] = kept;
		}
		compare(bytes, w.n - 1);
		free(bytes);
	}
	print_message("%zu sound ones\n", agreed_sound);
	check_true(agreed_sound > 4000);
}

/* Each form at the least it may hold, one less, and one more; alone, so that nothing else decides whether it is the shortest. */
static void each_form_is_shortest_from_one_value_on(void **state)
{
	static const struct {
		uint8_t head, width;
		bool counts;   /* a length or count: so many bytes follow */
		int64_t least; /* for signed ones the highest */
	} forms[] = {
	    {0xcc, 1, false, 128},
	    {0xcd, 2, false, 256},
	    {0xce, 4, false, 65536},
	    {0xd0, 1, false, -33},
	    {0xd1, 2, false, -129},
	    {0xd2, 4, false, -32769},
	    {0xcf, 8, false, INT64_C(4294967296)},
	    {0xd3, 8, false, INT64_C(-2147483649)},
	    {0xd9, 1, true, 32},
	    {0xda, 2, true, 256},
	    {0xdb, 4, true, 65536},
	    {0xc5, 2, true, 256},
	    {0xc6, 4, true, 65536},
	    {0xdc, 2, true, 16},
	    {0xdd, 4, true, 65536},
	};
	size_t before = agreed_sound;

	(void)state;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		for (int64_t x = forms[i].least - 1; x <= forms[i].least + 1; x++) {
			size_t n = 1 + forms[i].width + (forms[i].counts ? (size_t)x : 0);
			uint8_t *bytes = calloc(1, n);
			bool shortest = forms[i].least < 0 ? x <= forms[i].least : x >= forms[i].least;
			bytes[0] = forms[i].head;
			for (int k = 0; k < forms[i].width; k++)
				bytes[1 + k] = (uint8_t)((uint64_t)x >> 8 * (forms[i].width - 1 - k));
			compare(bytes, n);
			check_i64(sp_wire_check(bytes, n, &strict), shortest ? SP_WIRE_ok : SP_WIRE_not_canonical);
			free(bytes);
		}
	check_u64(agreed_sound - before, 3 * sizeof forms / sizeof forms[0]);
}

static void each_limit_holds_where_it_says(void **state)
{
	static const uint8_t three[] = {0x92, 0x01, 0x02}, nested[] = {0x91, 0x91, 0x90};
	sp_wire_limits limits = {.bytes = 3, .nodes = 3, .depth = 3};

	(void)state;
	check_i64(sp_wire_check(three, 3, &limits), SP_WIRE_ok);
	check_i64(sp_wire_check(nested, 3, &limits), SP_WIRE_ok);
	limits.nodes = 2;
	check_i64(sp_wire_check(three, 3, &limits), SP_WIRE_too_many);
	check_i64(sp_wire_check(nested, 3, &limits), SP_WIRE_too_many);
	limits.nodes = 3;
	limits.bytes = 2;
	check_i64(sp_wire_check(three, 3, &limits), SP_WIRE_too_long);
	limits.bytes = 3;
	limits.depth = 2;
	check_i64(sp_wire_check(nested, 3, &limits), SP_WIRE_too_deep);
	limits.depth = 0;
	check_i64(sp_wire_check(three, 3, &limits), SP_WIRE_too_deep);
	check_i64(sp_wire_check(three + 1, 1, &limits), SP_WIRE_ok);
	check_i64(sp_wire_check(NULL, 0, &limits), SP_WIRE_truncated);
}

/* A count is refused before its elements are walked: 2^32 - 1 of them cost nothing. */
static void what_is_declared_may_not_exceed_what_is_left(void **state)
{
	static const uint8_t most[] = {0xdd, 0xff, 0xff, 0xff, 0xff, 1, 2, 3}, owed[] = {0x93, 0x92, 1, 2, 3};

	(void)state;
	check_i64(sp_wire_check(most, sizeof most, &loose), SP_WIRE_truncated);
	check_i64(sp_wire_check(owed, sizeof owed, &loose), SP_WIRE_truncated);
	check_i64(sp_wire_check(owed, 2, &loose), SP_WIRE_truncated);
}

static void every_reason_has_a_name_and_a_text(void **state)
{
	(void)state;
	for (int i = 0; i < SP_WIRE_REASONS; i++)
		for (int k = 0; k < i; k++) {
			check_true(strcmp(sp_wire_reason_name((sp_wire_reason)i), sp_wire_reason_name((sp_wire_reason)k)) != 0);
			check_true(strcmp(sp_wire_reason_text((sp_wire_reason)i), sp_wire_reason_text((sp_wire_reason)k)) != 0);
		}
	check_text(sp_wire_reason_name(SP_WIRE_ok), "ok");
	check_text(sp_wire_reason_text(SP_WIRE_trailing), "bytes after its end");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_check_agrees_with_its_twins_on_all_short_strings),
	    cmocka_unit_test(the_check_agrees_with_its_twins_on_random_elements_and_their_neighbours),
	    cmocka_unit_test(each_form_is_shortest_from_one_value_on),
	    cmocka_unit_test(each_limit_holds_where_it_says),
	    cmocka_unit_test(what_is_declared_may_not_exceed_what_is_left),
	    cmocka_unit_test(every_reason_has_a_name_and_a_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
