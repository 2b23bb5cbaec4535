/* bench_wire.c - signals decoded per second against their ceiling: msgpack-c alone unpacking the same bytes into a zone that is
 * reused in the same way, without our check, names, kinds or values. 256 signals a message, as senders are told to send; ids
 * and kinds of a pool's usual scrape. Below it what a sender pays to pack them, and a full frame of 500 prices. */
#include <msgpack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "bench/clock.h"
#include "transport/wire/frame.h"
#include "transport/wire/signals.h"

#define SIGNALS  256
#define MESSAGES 64 /* a run: about a megabyte, so that bytes come from the cache as from a socket's buffer */
#define T        (INT64_C(1795478400) * SP_SEC)

typedef struct traffic {
	sp_wire_decoder *decoder;
	msgpack_zone zone;
	uint8_t *bytes[MESSAGES];
	size_t n[MESSAGES];
	char subjects[SIGNALS][64];
	sp_wire_record records[SIGNALS];
	sp_wire_message message;
	uint64_t seen;
} traffic;

static void make_records(traffic *t)
{
	static const sp_signal_kind kinds[] = {SP_KIND_utilization, SP_KIND_demand, SP_KIND_served, SP_KIND_latency,
	                                       SP_KIND_usd_per_gpu_h};
	static const char *const subjects[] = {"us-east/h100-%02u", "llama-70b-%02u/us-east/output",
	                                       "llama-70b-%02u/us-east/input", "us-east/h100-%02u",
	                                       "us-east/h100-%02u:burst"};

	for (unsigned i = 0; i < SIGNALS; i++) {
		unsigned which = i % 5;
		sp_wire_record *r = &t->records[i];
		int n = snprintf(t->subjects[i], sizeof t->subjects[i], subjects[which], i / 5); /* NOLINT: formats are above */
		*r = (sp_wire_record){
		    .t_ns = T + i * SP_MS, .kind = kinds[which], .subject = t->subjects[i], .n_subject = (size_t)n};
		if (sp_kinds[r->kind].money)
			r->value.nano = 2100000000 + (int64_t)i;
		else
			r->value.real = 0.5 + i / 1000.0;
	}
	t->message = (sp_wire_message){.source = "prom-1", .n_source = 6, .records = t->records, .n_records = SIGNALS};
}

static void pack_all(void *context)
{
	traffic *t = context;

	for (int i = 0; i < MESSAGES; i++) {
		sp_writer writer = {t->bytes[i], SP_WIRE_SIGNALS_MAX, 0};
		t->message.seq = T + i;
		sp_status status = sp_wire_encode(&t->message, &writer);
		SP_ASSERT(status == SP_OK);
		t->n[i] = writer.n;
	}
}

static void decode_all(void *context)
{
	traffic *t = context;
	sp_wire_message message;

	for (int i = 0; i < MESSAGES; i++) {
		sp_wire_reason reason = sp_wire_decode(t->decoder, t->bytes[i], t->n[i], &message);
		SP_ASSERT(reason == SP_WIRE_ok);
		t->seen += message.n_records;
	}
}

static void unpack_all(void *context)
{
	traffic *t = context;

	for (int i = 0; i < MESSAGES; i++) {
		msgpack_object object;
		size_t read = 0;
		msgpack_zone_clear(&t->zone);
		msgpack_unpack((const char *)t->bytes[i], t->n[i], &read, &t->zone, &object);
		SP_ASSERT(object.via.array.ptr[3].via.array.size == SIGNALS);
	}
}

static void check_all(void *context)
{
	traffic *t = context;

	for (int i = 0; i < MESSAGES; i++) {
		sp_wire_reason reason = sp_wire_check(t->bytes[i], t->n[i], &sp_wire_signals_limits);
		SP_ASSERT(reason == SP_WIRE_ok);
	}
}

/* --- a frame --- */

typedef struct feed {
	sp_wire_decoder *decoder;
	msgpack_zone zone;
	char skus[SP_FRAME_PRICES_MAX][64], families[SP_FRAME_PRICES_MAX / 5][64];
	sp_price prices[SP_FRAME_PRICES_MAX];
	sp_frame_group groups[SP_FRAME_PRICES_MAX / 5];
	sp_frame frame;
	uint8_t bytes[SP_FRAME_BYTES_MAX];
	size_t n;
} feed;

static void make_frame(feed *f)
{
	for (unsigned i = 0; i < SP_FRAME_PRICES_MAX; i++) {
		snprintf(f->skus[i], sizeof f->skus[i], "model-%05u/us-east/batch/meter-%u", i / 5, i % 5);
		f->prices[i] = (sp_price){.sku_id = f->skus[i],
		                          .unit = "1M tokens",
		                          .version = 42,
		                          .parent = 41,
		                          .before = {450000000},
		                          .amount = {472500000},
		                          .not_before_ns = T,
		                          .not_before_existing_ns = T};
	}
	for (unsigned i = 0; i < SP_FRAME_PRICES_MAX / 5; i++) {
		snprintf(f->families[i], sizeof f->families[i], "model-%05u/us-east/batch", i);
		f->groups[i] = (sp_frame_group){f->families[i], f->prices + (size_t)i * 5, 5};
	}
	f->frame = (sp_frame){.kind = SP_FRAME_BOOK,
	                      .epoch = {.counter = 1},
	                      .seq = 1,
	                      .issued_ns = T,
	                      .lease_ns = 30 * SP_SEC,
	                      .groups = f->groups,
	                      .n_groups = SP_FRAME_PRICES_MAX / 5};
}

static void encode_frame(void *context)
{
	feed *f = context;
	sp_writer writer = {f->bytes, sizeof f->bytes, 0};
	sp_wire_reason reason = sp_frame_encode(&f->frame, &writer);

	SP_ASSERT(reason == SP_WIRE_ok);
	f->n = writer.n;
}

static void decode_frame(void *context)
{
	feed *f = context;
	sp_frame frame;
	sp_wire_reason reason = sp_frame_decode(f->decoder, f->bytes, f->n, &frame);

	SP_ASSERT(reason == SP_WIRE_ok);
}

static void unpack_frame(void *context)
{
	feed *f = context;
	msgpack_object object;
	size_t read = 0;

	msgpack_zone_clear(&f->zone);
	msgpack_unpack((const char *)f->bytes, f->n, &read, &f->zone, &object);
	SP_ASSERT(read == f->n);
}

int main(void)
{
	static traffic t;
	static feed f;
	sp_bench_time ours, bare;
	double items = SIGNALS * MESSAGES;

	t.decoder = f.decoder = sp_wire_open();
	SP_ASSERT(t.decoder && msgpack_zone_init(&t.zone, 512 << 10) && msgpack_zone_init(&f.zone, 512 << 10));
	for (int i = 0; i < MESSAGES; i++)
		t.bytes[i] = malloc(SP_WIRE_SIGNALS_MAX);
	make_records(&t);
	pack_all(&t);
	sp_bench_print_head("signals");
	sp_bench_compare(decode_all, &t, unpack_all, &t, &ours, &bare);
	sp_bench_print("decode, msgpack-c alone", items, &ours, &bare);
	sp_bench_compare(check_all, &t, unpack_all, &t, &ours, &bare);
	sp_bench_print("structural check alone", items, &ours, &bare);
	ours = sp_bench_measure(pack_all, &t);
	sp_bench_print_alone("pack (a sender's part)", items, &ours);

	make_frame(&f);
	encode_frame(&f);
	sp_bench_print_head("prices");
	sp_bench_compare(decode_frame, &f, unpack_frame, &f, &ours, &bare);
	sp_bench_print("decode a frame of 500", SP_FRAME_PRICES_MAX, &ours, &bare);
	ours = sp_bench_measure(encode_frame, &f);
	sp_bench_print_alone("encode a frame of 500", SP_FRAME_PRICES_MAX, &ours);
	for (int i = 0; i < MESSAGES; i++)
		free(t.bytes[i]);
	msgpack_zone_destroy(&t.zone);
	msgpack_zone_destroy(&f.zone);
	sp_wire_close(t.decoder);
	return 0;
}
