/* signals.c - signals that a daemon applies in a second, over tcp, 256 a message, as fast as back-pressure lets.
 *
 * Counted by the sender's clock, from the first byte sent until the daemon says that it has taken the last record: received, decoded,
 * admitted, recorded, folded into the engine, while the recorder compresses, hashes and commits on its own thread. The ceiling is
 * msgpack-c alone, unpacking the same messages into one zone that is reused, on one core. The two take turns. */
#include <msgpack.h>
#include <stdio.h>
#include <time.h>

#include "base/assert.h"
#include "base/time.h"
#include "bench/clock.h"
#include "bench/live/host.h"
#include "bench/live/parts.h"
#include "bench/live/sender.h"
#include "bench/live/series.h"

#define SIGNALS_TURNS  4
#define SIGNALS_SEND_S 2.0
#define SIGNALS_BARE_S 0.5
#define SIGNALS_ASK_MS 2
#define SIGNALS_WAIT_S 30
#define SIGNALS_WANTED 0.25

typedef struct signals_bench {
	sp_bench_host host;
	sp_bench_sender sender;
	msgpack_zone zone;
	sp_bench_series ours, bare;
	sp_bench_cpu cpu; /* of the daemon, while signals came */
	double seconds;   /* so long they came */
} signals_bench;

static double since(int64_t start_ns)
{
	return (double)(sp_bench_now_ns() - start_ns) / 1e9;
}

static void unpack(signals_bench *bench)
{
	int64_t start_ns = sp_bench_now_ns();
	uint64_t records = 0;

	while (since(start_ns) < SIGNALS_BARE_S) {
		for (uint32_t i = 0; i < SP_BENCH_MESSAGES; i++) {
			msgpack_object object;
			size_t n, read = 0;
			const uint8_t *bytes = sp_bench_sender_message(&bench->sender, i, &n);
			msgpack_zone_clear(&bench->zone);
			msgpack_unpack((const char *)bytes, n, &read, &bench->zone, &object);
			SP_ASSERT(object.via.array.ptr[3].via.array.size == SP_BENCH_RECORDS);
			records += SP_BENCH_RECORDS;
		}
	}
	sp_bench_series_add(&bench->bare, (double)records / since(start_ns));
}

/* Until the daemon has taken all that was sent. */
static void await(signals_bench *bench)
{
	const struct timespec step = {.tv_nsec = SIGNALS_ASK_MS * 1000000};
	int64_t start_ns = sp_bench_now_ns();

	while (sp_bench_host_ask(&bench->host, SP_CONTROL_sources, SP_BENCH_SOURCE, 3) < bench->sender.sent) {
		if (since(start_ns) > SIGNALS_WAIT_S) {
			sp_bench_host_show_refused(&bench->host, SP_BENCH_SOURCE);
			sp_bench_fail("not all was taken");
		}
		nanosleep(&step, NULL);
	}
}

static void send_and_count(signals_bench *bench)
{
	sp_bench_cpu before = sp_bench_child_cpu(&bench->host.child), after;
	uint64_t sent = bench->sender.sent;
	int64_t start_ns = sp_bench_now_ns();
	double seconds;

	while (since(start_ns) < SIGNALS_SEND_S) {
		for (uint32_t i = 0; i < SP_BENCH_MESSAGES; i++)
			sp_bench_sender_send(&bench->sender, i);
	}
	await(bench);
	seconds = since(start_ns);
	after = sp_bench_child_cpu(&bench->host.child);
	sp_bench_series_add(&bench->ours, (double)(bench->sender.sent - sent) / seconds);
	bench->cpu.loop += after.loop - before.loop;
	bench->cpu.nng += after.nng - before.nng;
	bench->cpu.rest += after.rest - before.rest;
	bench->seconds += seconds;
}

static void show(signals_bench *bench)
{
	double ours = sp_bench_series_part(&bench->ours, 0.5), bare = sp_bench_series_part(&bench->bare, 0.5);
	double records = (double)bench->sender.sent;

	sp_bench_row_head("signals over tcp, 256 a message", "applied", "ceiling", "ratio");
	sp_bench_row_ratio("a second, msgpack-c alone", ours, bare, ours / bare, SIGNALS_WANTED, true);
	sp_bench_row_alone("  a sender packs (in advance here)", bench->sender.packing, "records/s");
	sp_bench_row_alone("  times senders were held",
	                   (double)sp_bench_host_ask(&bench->host, SP_CONTROL_status, "held_times", 1), "");
	sp_bench_row_alone("  CPU of the loop", bench->cpu.loop * 1e9 / records, "ns a record");
	sp_bench_row_alone("  CPU of the log's thread (compresses)", bench->cpu.rest * 1e9 / records, "ns a record");
	sp_bench_row_alone("  CPU of nng's threads", bench->cpu.nng * 1e9 / records, "ns a record");
	sp_bench_row_alone("  cores in use by the daemon", sp_bench_cpu_sum(bench->cpu) / bench->seconds, "");
}

void sp_bench_live_signals(const char *place)
{
	static signals_bench bench;
	sp_bench_town town = sp_bench_town_usual;

	town.spot = true;
	town.port = sp_bench_host_port();
	SP_ASSERT(msgpack_zone_init(&bench.zone, 512 << 10));
	sp_bench_sender_open(&bench.sender, &town);
	sp_bench_host_start(&bench.host, place, "signals", &town);
	sp_bench_sender_connect(&bench.sender, town.port);
	unpack(&bench);
	bench.bare.n = 0; /* that was to warm up */
	for (int i = 0; i < SIGNALS_TURNS; i++) {
		send_and_count(&bench);
		unpack(&bench);
	}
	show(&bench);
	sp_bench_host_stop(&bench.host);
	sp_bench_sender_close(&bench.sender);
	msgpack_zone_destroy(&bench.zone);
}
