/* Frames: both ways, one spelling only, and how a book is split into them. */
#include "transport/wire/frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ids.h"
#include "base/time.h"
#include "tests/check/check.h"

#define T      INT64_C(1795478400000000000)
#define ROOM   (1 << 20)
#define SAMPLE 40

/* A frame with its families, prices and texts. */
typedef struct sample {
	char families[SAMPLE][SP_ID_MAX + 1], skus[SAMPLE][SP_ID_MAX + 1];
	sp_price prices[SAMPLE];
	sp_frame_group groups[SAMPLE];
	sp_frame frame;
} sample;

static sp_money random_price(sp_rng *rng)
{
	return (sp_money){1 + (int64_t)sp_rng_below(rng, SP_PRICE_MAX_NANO) / (int64_t)(1 + sp_rng_below(rng, 1000000))};
}

static int64_t random_date(sp_rng *rng)
{
	return sp_rng_below(rng, 4) == 0 ? SP_TIME_NEVER : (int64_t)sp_rng_below(rng, SP_TIME_MAX_NS);
}

static void random_price_of(sp_rng *rng, sample *s, uint32_t i)
{
	static const char *const units[] = {"1M tokens", "1 image", "1k GPU-seconds", "x"};
	uint64_t version = sp_rng_below(rng, 8) == 0 ? 0 : 1 + sp_rng_next(rng) / 2;

	snprintf(s->skus[i], sizeof s->skus[i], "f/sku-%03u", i);
	s->prices[i] = (sp_price){.sku = i,
	                          .sku_id = s->skus[i],
	                          .unit = units[sp_rng_below(rng, 4)],
	                          .version = version,
	                          .parent = version == 0 ? 0 : sp_rng_below(rng, version),
	                          .before = {sp_rng_below(rng, 3) == 0 ? 0 : random_price(rng).nano},
	                          .amount = random_price(rng),
	                          .fallback = {sp_rng_below(rng, 2) == 0 ? 0 : random_price(rng).nano},
	                          .offer = (sp_offer)sp_rng_below(rng, SP_OFFERS),
	                          .not_before_ns = random_date(rng),
	                          .not_before_existing_ns = random_date(rng)};
}

static void random_bytes(sp_rng *rng, uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)sp_rng_next(rng);
}

static void random_groups(sp_rng *rng, sample *s)
{
	uint32_t n = 1 + (uint32_t)sp_rng_below(rng, SAMPLE - 1), at = 0;

	s->frame.groups = s->groups;
	while (at < n) {
		uint32_t group = s->frame.n_groups++, size = 1 + (uint32_t)sp_rng_below(rng, 5);
		size = size < n - at ? size : n - at;
		snprintf(s->families[group], sizeof s->families[group], "family-%03u", group);
		s->groups[group] = (sp_frame_group){s->families[group], s->prices + at, size};
		for (uint32_t i = 0; i < size; i++)
			random_price_of(rng, s, at++);
	}
}

static void random_frame(sp_rng *rng, sample *s)
{
	memset(&s->frame, 0, sizeof s->frame);
	s->frame.kind = (sp_frame_kind)(1 + sp_rng_below(rng, 3));
	s->frame.epoch.counter = 1 + sp_rng_next(rng) / 2;
	random_bytes(rng, s->frame.epoch.random, sizeof s->frame.epoch.random);
	s->frame.seq = 1 + sp_rng_next(rng) / 2;
	s->frame.issued_ns = (int64_t)sp_rng_below(rng, SP_TIME_MAX_NS);
	s->frame.lease_ns = 1 + (int64_t)sp_rng_below(rng, INT64_MAX);
	random_bytes(rng, s->frame.config, sizeof s->frame.config);
	s->frame.is_signed = sp_rng_below(rng, 2) == 0;
	if (s->frame.is_signed) {
		random_bytes(rng, s->frame.key, sizeof s->frame.key);
		random_bytes(rng, s->frame.signature, sizeof s->frame.signature);
	}
	if (s->frame.kind == SP_FRAME_HEARTBEAT) {
		random_bytes(rng, s->frame.head, sizeof s->frame.head);
		return;
	}
	random_groups(rng, s);
	if (s->frame.kind == SP_FRAME_SNAPSHOT) {
		s->frame.chunks = 1 + (uint32_t)sp_rng_below(rng, UINT32_MAX);
		s->frame.chunk = (uint32_t)sp_rng_below(rng, s->frame.chunks);
	}
}

static void check_price(const sp_price *read, const sp_price *given)
{
	check_u64(read->sku, SP_NO_SLOT);
	check_text(read->sku_id, given->sku_id);
	check_text(read->unit, given->unit);
	check_u64(read->version, given->version);
	check_u64(read->parent, given->parent);
	check_money(read->before, given->before);
	check_money(read->amount, given->amount);
	check_money(read->fallback, given->fallback);
	check_i64(read->offer, given->offer);
	check_i64(read->not_before_ns, given->not_before_ns);
	check_i64(read->not_before_existing_ns, given->not_before_existing_ns);
}

static void check_frame(const sp_frame *read, const sp_frame *given)
{
	check_i64(read->kind, given->kind);
	check_i64(read->is_signed, given->is_signed);
	check_bytes(read->key, given->key, sizeof given->key);
	check_bytes(read->signature, given->signature, sizeof given->signature);
	check_u64(read->epoch.counter, given->epoch.counter);
	check_bytes(read->epoch.random, given->epoch.random, sizeof given->epoch.random);
	check_u64(read->seq, given->seq);
	check_i64(read->issued_ns, given->issued_ns);
	check_i64(read->lease_ns, given->lease_ns);
	check_bytes(read->config, given->config, sizeof given->config);
	check_bytes(read->head, given->head, sizeof given->head);
	check_u64(read->chunk, given->chunk);
	check_u64(read->chunks, given->chunks);
	check_u64(read->n_groups, given->n_groups);
	for (uint32_t i = 0; i < given->n_groups; i++) {
		check_text(read->groups[i].family, given->groups[i].family);
		check_u64(read->groups[i].n_prices, given->groups[i].n_prices);
		for (uint32_t k = 0; k < given->groups[i].n_prices; k++)
			check_price(&read->groups[i].prices[k], &given->groups[i].prices[k]);
	}
}

/* --- both ways --- */

static void r9_what_is_encoded_is_decoded_with_both_dates(void **state)
{
	sp_wire_decoder *decoder = sp_wire_open();
	uint8_t *bytes = malloc(ROOM);
	static sample s;
	sp_frame read;
	sp_rng rng;

	(void)state;
	sp_check_seed("frames", &rng);
	for (int i = 0; i < (getenv("SETPOINT_SOAK") != NULL ? 100000 : 2000); i++) {
		sp_writer writer = {bytes, ROOM, 0}, counter = {NULL, 0, 0};
		random_frame(&rng, &s);
		check_i64(sp_frame_encode(&s.frame, &writer), SP_WIRE_ok);
		check_i64(sp_frame_encode(&s.frame, &counter), SP_WIRE_ok);
		check_u64(counter.n, writer.n);
		check_i64(sp_frame_decode(decoder, bytes, writer.n, &read), SP_WIRE_ok);
		check_frame(&read, &s.frame);
	}
	free(bytes);
	sp_wire_close(decoder);
}

/* What was signed cannot be spelt in another way: whatever a decoder takes, it would write itself, byte for byte. */
static void every_change_of_a_byte_is_refused_or_another_frame(void **state)
{
	sp_wire_decoder *decoder = sp_wire_open();
	static uint8_t room[ROOM], again[ROOM];
	static sample s;
	size_t taken = 0, refused = 0;
	sp_frame read;
	sp_rng rng;

	(void)state;
	sp_check_seed("changes", &rng);
	for (int round = 0; round < (getenv("SETPOINT_SOAK") != NULL ? 300 : 12); round++) {
		sp_writer writer = {room, sizeof room, 0};
		do
			random_frame(&rng, &s);
		while (s.frame.n_groups > 2);
		check_i64(sp_frame_encode(&s.frame, &writer), SP_WIRE_ok);
		uint8_t *bytes = malloc(writer.n);
		memcpy(bytes, room, writer.n);
		for (size_t at = 0; at < writer.n; at++) {
			for (unsigned byte = 0; byte < 256; byte += getenv("SETPOINT_SOAK") != NULL ? 1 : 5) {
				sp_writer w = {again, sizeof again, 0};
				bytes[at] = (uint8_t)(room[at] + byte);
				if (sp_frame_decode(decoder, bytes, writer.n, &read) != SP_WIRE_ok) {
					refused++;
					continue;
				}
				taken++;
				check_i64(sp_frame_encode(&read, &w), SP_WIRE_ok);
				check_u64(w.n, writer.n);
				check_bytes(again, bytes, w.n);
			}
			bytes[at] = room[at];
		}
		for (size_t n = 0; n < writer.n; n++)
			check_i64(sp_frame_decode(decoder, bytes, n, &read), SP_WIRE_truncated);
		free(bytes);
	}
	print_message("%zu taken, %zu refused\n", taken, refused);
	check_true(taken > 0 && refused > 0);
	sp_wire_close(decoder);
}

static void a_refused_frame_leaves_the_caller_s_as_it_was(void **state)
{
	sp_wire_decoder *decoder = sp_wire_open();
	sp_frame frame, before;

	(void)state;
	memset(&frame, 0x5a, sizeof frame);
	before = frame;
	check_i64(sp_frame_decode(decoder, (const uint8_t *)"\x91\x01", 2, &frame), SP_WIRE_shape);
	check_bytes(&frame, &before, sizeof frame);
	sp_wire_close(decoder);
}

/* The signature comes later, over the bytes before it: putting one in its place changes nothing else. */
static void a_signature_is_put_behind_what_it_signs(void **state)
{
	sp_wire_decoder *decoder = sp_wire_open();
	static uint8_t bytes[ROOM];
	static sample s;
	sp_writer writer = {bytes, sizeof bytes, 0};
	sp_frame read;
	sp_rng rng;
	size_t n;

	(void)state;
	sp_check_seed("signature", &rng);
	random_frame(&rng, &s);
	s.frame.is_signed = false;
	memset(s.frame.key, 0, sizeof s.frame.key);
	memset(s.frame.signature, 0, sizeof s.frame.signature);
	check_i64(sp_frame_encode(&s.frame, &writer), SP_WIRE_ok);
	check_u64(sp_frame_preceding(&s.frame, writer.n), writer.n - 2);
	s.frame.is_signed = true;
	memset(s.frame.key, 7, sizeof s.frame.key);
	writer.n = 0;
	check_i64(sp_frame_encode(&s.frame, &writer), SP_WIRE_ok);
	n = sp_frame_preceding(&s.frame, writer.n);
	check_u64(writer.n - n, 2 + SP_FRAME_SIGNATURE_MAX);
	memset(bytes + n + 2, 0x77, SP_FRAME_SIGNATURE_MAX);
	check_i64(sp_frame_decode(decoder, bytes, writer.n, &read), SP_WIRE_ok);
	check_u64(read.signature[0], 0x77);
	check_u64(read.signature[SP_FRAME_SIGNATURE_MAX - 1], 0x77);
	sp_wire_close(decoder);
}

/* --- the bounds --- */

/* A book of families of some sizes, with the longest names there are. */
typedef struct book {
	char (*names)[SP_ID_MAX + 1];
	sp_price *prices;
	sp_frame_group *groups;
	uint32_t n_groups;
} book;

static const char longest_unit[] = "1M tokens of the very longest kind that a price sheet could have";

static void name_of(char name[SP_ID_MAX + 1], char first, uint32_t i)
{
	char number[16];

	memset(name, first, SP_ID_MAX);
	snprintf(number, sizeof number, "%08u", i);
	memcpy(name + SP_ID_MAX - 8, number, 8);
	name[SP_ID_MAX] = '\0';
}

static book book_of(const uint32_t *sizes, uint32_t n)
{
	book b = {.n_groups = n};
	uint32_t n_prices = 0, at = 0;

	for (uint32_t i = 0; i < n; i++)
		n_prices += sizes[i];
	b.names = calloc(n + n_prices, sizeof *b.names);
	b.prices = calloc(n_prices + 1, sizeof *b.prices);
	b.groups = calloc(n, sizeof *b.groups);
	for (uint32_t i = 0; i < n; i++) {
		name_of(b.names[n_prices + i], 'f', i);
		b.groups[i] = (sp_frame_group){b.names[n_prices + i], b.prices + at, sizes[i]};
		for (uint32_t k = 0; k < sizes[i]; k++, at++) {
			name_of(b.names[at], 's', at);
			b.prices[at] = (sp_price){.sku_id = b.names[at],
			                          .unit = longest_unit,
			                          .version = UINT64_MAX,
			                          .parent = UINT64_MAX - 1,
			                          .before = {SP_PRICE_MAX_NANO},
			                          .amount = {SP_PRICE_MAX_NANO},
			                          .fallback = {SP_PRICE_MAX_NANO},
			                          .offer = SP_OFFER_CLOSED,
			                          .not_before_ns = SP_TIME_NEVER,
			                          .not_before_existing_ns = SP_TIME_NEVER};
		}
	}
	return b;
}

static void book_fini(book *b)
{
	free(b->names);
	free(b->prices);
	free(b->groups);
}

static sp_frame frame_of(const sp_frame_group *groups, uint32_t n)
{
	return (sp_frame){.kind = SP_FRAME_BOOK,
	                  .epoch = {.counter = UINT64_MAX},
	                  .seq = UINT64_MAX,
	                  .issued_ns = SP_TIME_MAX_NS - 1,
	                  .lease_ns = INT64_MAX,
	                  .is_signed = true,
	                  .groups = groups,
	                  .n_groups = n};
}

/* 500 families of one price, with every text and number at its longest; and one family of 500. */
static void the_longest_frame_fits(void **state)
{
	static const uint32_t one_family[] = {SP_FRAME_PRICES_MAX};
	sp_wire_decoder *decoder = sp_wire_open();
	static uint32_t sizes[SP_FRAME_PRICES_MAX + 1];
	static uint8_t bytes[ROOM];
	sp_frame frame, read;

	(void)state;
	check_u64(strlen(longest_unit), SP_FRAME_UNIT_MAX);
	for (uint32_t i = 0; i <= SP_FRAME_PRICES_MAX; i++)
		sizes[i] = 1;
	for (int i = 0; i < 2; i++) {
		sp_writer writer = {bytes, sizeof bytes, 0};
		book b = i == 0 ? book_of(sizes, SP_FRAME_PRICES_MAX) : book_of(one_family, 1);
		frame = frame_of(b.groups, b.n_groups);
		check_u64(sp_frame_fit(b.groups, b.n_groups), b.n_groups);
		check_i64(sp_frame_encode(&frame, &writer), SP_WIRE_ok);
		print_message("%zu bytes\n", writer.n);
		check_true(writer.n <= SP_FRAME_BYTES_MAX);
		check_i64(sp_frame_decode(decoder, bytes, writer.n, &read), SP_WIRE_ok);
		check_frame(&read, &frame);
		book_fini(&b);
	}
	sp_wire_close(decoder);
}

/* No encoder writes such bytes: a full book's, with one more item in its list. */
static void check_one_more(const uint32_t *sizes, uint32_t n_families, uint32_t n_prices)
{
	sp_wire_decoder *decoder = sp_wire_open();
	static uint8_t bytes[ROOM];
	sp_writer writer = {bytes, sizeof bytes, 0};
	book b = book_of(sizes, n_families);
	sp_frame frame = frame_of(b.groups, b.n_groups), read;
	uint8_t item[512] = "\x93\x01\xa1z", *list, *last;
	size_t n_item = 4, price = 1 + 2 + SP_ID_MAX + 2 + SP_FRAME_UNIT_MAX + 7 * 9 + 1;

	check_i64(sp_frame_encode(&frame, &writer), SP_WIRE_ok);
	list = memmem(bytes, 200, "\x93\x01\xd9\x80", 4);
	last = bytes + sp_frame_preceding(&frame, writer.n);
	item[n_item++] = (uint8_t)(0x90 + n_prices);
	memcpy(item + n_item, last - price, n_prices * price);
	n_item += n_prices * price;
	memmove(last + n_item, last, (size_t)(bytes + writer.n - last));
	memcpy(last, item, n_item);
	list[-1]++;
	check_i64(sp_frame_decode(decoder, bytes, writer.n + n_item, &read), SP_WIRE_items);
	book_fini(&b);
	sp_wire_close(decoder);
}

/* When the 501st price arrives, or one more family, there are 500 prices of the longest texts: refused, and nothing is overrun. */
static void a_price_or_a_family_too_many_is_refused(void **state)
{
	static const uint32_t one_family[] = {SP_FRAME_PRICES_MAX};
	static uint32_t sizes[SP_FRAME_PRICES_MAX - 1];

	(void)state;
	for (uint32_t i = 0; i < SP_FRAME_PRICES_MAX - 1; i++)
		sizes[i] = i == 0 ? 2 : 1;
	check_one_more(one_family, 1, 1);
	check_one_more(one_family, 1, 0);
	check_one_more(sizes, SP_FRAME_PRICES_MAX - 1, 0);
}

static void r24_a_family_is_never_split_and_no_frame_has_more_than_500_prices(void **state)
{
	sp_rng rng;

	(void)state;
	sp_check_seed("split", &rng);
	for (int round = 0; round < 2000; round++) {
		sp_frame_group groups[200];
		uint32_t n = 1 + (uint32_t)sp_rng_below(&rng, 200), at = 0, most = round % 2 == 0 ? 500 : 20;
		for (uint32_t i = 0; i < n; i++)
			groups[i] = (sp_frame_group){"f", NULL, 1 + (uint32_t)sp_rng_below(&rng, most)};
		while (at < n) {
			uint32_t fit = sp_frame_fit(groups + at, n - at), n_prices = 0;
			check_true(fit >= 1 && fit <= n - at);
			for (uint32_t i = 0; i < fit; i++)
				n_prices += groups[at + i].n_prices;
			check_true(n_prices <= SP_FRAME_PRICES_MAX);
			/* and no frame is smaller than it could be */
			check_true(at + fit == n || n_prices + groups[at + fit].n_prices > SP_FRAME_PRICES_MAX);
			at += fit;
		}
	}
}

static void a_family_that_fits_in_no_frame_is_said(void **state)
{
	sp_frame_group groups[] = {{"a", NULL, 3}, {"b", NULL, 501}, {"c", NULL, 1}};

	(void)state;
	check_u64(sp_frame_fit(groups, 0), 0);
	check_u64(sp_frame_fit(groups, 3), 1);
	check_u64(sp_frame_fit(groups + 1, 2), 0);
	check_u64(sp_frame_fit(groups + 2, 1), 1);
	groups[1].n_prices = UINT32_MAX;
	check_u64(sp_frame_fit(groups, 3), 1);
	groups[1].n_prices = 0;
	check_u64(sp_frame_fit(groups, 3), 1);
}

/* --- what may not be sent --- */

static sp_price sound_price(void)
{
	return (sp_price){.sku_id = "s",
	                  .unit = "1 image",
	                  .version = 2,
	                  .parent = 1,
	                  .before = {5},
	                  .amount = {6},
	                  .not_before_ns = T,
	                  .not_before_existing_ns = T};
}

static void check_price_refused(sp_price price, sp_wire_reason expected)
{
	sp_frame_group group = {"f", &price, 1};
	sp_frame frame = frame_of(&group, 1);
	uint8_t bytes[1024];
	sp_writer writer = {bytes, sizeof bytes, 0};

	check_i64(sp_frame_encode(&frame, &writer), expected);
	check_i64(writer.n == 0, expected != SP_WIRE_ok);
}

static void an_unsound_price_is_not_sent(void **state)
{
	char long_name[SP_ID_MAX + 2], long_unit[SP_FRAME_UNIT_MAX + 2];
	sp_price p = sound_price();

	(void)state;
	memset(long_name, 'a', sizeof long_name - 1);
	long_name[sizeof long_name - 1] = '\0';
	memset(long_unit, 'a', sizeof long_unit - 1);
	long_unit[sizeof long_unit - 1] = '\0';
	check_price_refused(p, SP_WIRE_ok);
	p = sound_price(), p.sku_id = "";
	check_price_refused(p, SP_WIRE_name);
	p = sound_price(), p.sku_id = long_name;
	check_price_refused(p, SP_WIRE_name);
	p = sound_price(), p.unit = "";
	check_price_refused(p, SP_WIRE_price);
	p = sound_price(), p.unit = "\x1b[31m";
	check_price_refused(p, SP_WIRE_price);
	p = sound_price(), p.unit = long_unit;
	check_price_refused(p, SP_WIRE_price);
	p = sound_price(), p.parent = 2;
	check_price_refused(p, SP_WIRE_price);
	p = sound_price(), p.version = 0;
	check_price_refused(p, SP_WIRE_price);
	p = sound_price(), p.amount.nano = 0;
	check_price_refused(p, SP_WIRE_price);
	p = sound_price(), p.amount.nano = SP_PRICE_MAX_NANO + 1;
	check_price_refused(p, SP_WIRE_price);
	p = sound_price(), p.before.nano = -1;
	check_price_refused(p, SP_WIRE_price);
	p = sound_price(), p.fallback.nano = -1;
	check_price_refused(p, SP_WIRE_price);
	p = sound_price(), p.offer = SP_OFFERS;
	check_price_refused(p, SP_WIRE_price);
	p = sound_price(), p.not_before_ns = -1;
	check_price_refused(p, SP_WIRE_price);
	p = sound_price(), p.not_before_existing_ns = SP_TIME_MAX_NS;
	check_price_refused(p, SP_WIRE_price);
}

static void check_frame_refused(sp_frame frame, sp_wire_reason expected)
{
	check_i64(sp_frame_check(&frame), expected);
}

static void an_unsound_frame_is_not_sent(void **state)
{
	sp_price prices[] = {sound_price(), sound_price()};
	sp_frame_group groups[] = {{"f", prices, 1}, {"g", prices, 1}};
	sp_frame good = frame_of(groups, 2), f = good;

	(void)state;
	check_frame_refused(f, SP_WIRE_ok);
	f.kind = (sp_frame_kind)0;
	check_frame_refused(f, SP_WIRE_kind);
	f.kind = (sp_frame_kind)4;
	check_frame_refused(f, SP_WIRE_kind);
	f = good, f.epoch.counter = 0;
	check_frame_refused(f, SP_WIRE_epoch);
	f = good, f.seq = 0;
	check_frame_refused(f, SP_WIRE_seq);
	f.kind = SP_FRAME_HEARTBEAT;
	check_frame_refused(f, SP_WIRE_ok);
	f = good, f.issued_ns = SP_TIME_NEVER;
	check_frame_refused(f, SP_WIRE_time);
	f = good, f.lease_ns = 0;
	check_frame_refused(f, SP_WIRE_lease);
	f = good, f.n_groups = 0;
	check_frame_refused(f, SP_WIRE_items);
	f.kind = SP_FRAME_SNAPSHOT, f.chunks = 1;
	check_frame_refused(f, SP_WIRE_ok);
	f.chunks = 2;
	check_frame_refused(f, SP_WIRE_items);
	f = good, f.kind = SP_FRAME_SNAPSHOT, f.chunk = 3, f.chunks = 3;
	check_frame_refused(f, SP_WIRE_chunk);
	groups[1].family = "f";
	check_frame_refused(good, SP_WIRE_order);
	groups[1].family = "e";
	check_frame_refused(good, SP_WIRE_order);
	groups[1].family = "";
	check_frame_refused(good, SP_WIRE_name);
	groups[1] = (sp_frame_group){"g", prices, 2};
	check_frame_refused(good, SP_WIRE_order);
	prices[1].version++;
	check_frame_refused(good, SP_WIRE_ok);
	groups[1].n_prices = 0;
	check_frame_refused(good, SP_WIRE_items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r9_what_is_encoded_is_decoded_with_both_dates),
	    cmocka_unit_test(every_change_of_a_byte_is_refused_or_another_frame),
	    cmocka_unit_test(a_refused_frame_leaves_the_caller_s_as_it_was),
	    cmocka_unit_test(a_signature_is_put_behind_what_it_signs),
	    cmocka_unit_test(the_longest_frame_fits),
	    cmocka_unit_test(a_price_or_a_family_too_many_is_refused),
	    cmocka_unit_test(r24_a_family_is_never_split_and_no_frame_has_more_than_500_prices),
	    cmocka_unit_test(a_family_that_fits_in_no_frame_is_said),
	    cmocka_unit_test(an_unsound_price_is_not_sent),
	    cmocka_unit_test(an_unsound_frame_is_not_sent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
