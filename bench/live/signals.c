/* signals.c - signals that a daemon applies in a second, over tcp, 256 a message, as fast as back-pressure lets.
 *
 * Counted by the sender's clock, from the first byte sent until the daemon says that it has taken the last record: received, decoded,
 * admitted, recorded, folded into the engine, while the recorder compresses, hashes and commits on its own thread. The ceiling is
 * msgpack-c alone, unpacking the same messages into one zone that is reused, on one core. The two take turns. Where others use the
 * machine, too, five threads that want its cores get less of them than one does: then CPU tells more than the clock. */
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
	sp_bench_series ours, bare; /* [records/s] */
	sp_bench_series bare_cpu;   /* [ns a record] */
	sp_bench_cpu cpu;           /* of the daemon, while signals came */
	double seconds, sending;    /* so long they came, and the sender's own CPU */
} signals_bench;

static double since(int64_t start_ns)
{
	return (double)(sp_bench_now_ns() - start_ns) / 1e9;
}

static double own_cpu(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static void unpack(signals_bench *bench)
{
	int64_t start_ns = sp_bench_now_ns();
	double before = own_cpu(), records = 0;

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
	sp_bench_series_add(&bench->bare, records / since(start_ns));
	sp_bench_series_add(&bench->bare_cpu, (own_cpu() - before) * 1e9 / records);
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
	sp_bench_cpu before = sp_bench_child_cpu(&bench->host.child);
	uint64_t sent = bench->sender.sent;
	double own = own_cpu(), seconds;
	int64_t start_ns = sp_bench_now_ns();

	while (since(start_ns) < SIGNALS_SEND_S) {
		for (uint32_t i = 0; i < SP_BENCH_MESSAGES; i++)
			sp_bench_sender_send(&bench->sender, i);
	}
	bench->sending += own_cpu() - own;
	await(bench);
	seconds = since(start_ns);
	sp_bench_cpu_add(&bench->cpu, before, sp_bench_child_cpu(&bench->host.child));
	sp_bench_series_add(&bench->ours, (double)(bench->sender.sent - sent) / seconds);
	bench->seconds += seconds;
}

static void show(signals_bench *bench)
{
	double ours = sp_bench_series_part(&bench->ours, 0.5), bare = sp_bench_series_part(&bench->bare, 0.5);
	double records = (double)bench->sender.sent, bare_cpu = sp_bench_series_part(&bench->bare_cpu, 0.5);

	sp_bench_row_head("signals over tcp, 256 a message", "applied", "msgpack-c", "ratio");
	sp_bench_row_ratio("a second", ours, bare, ours / bare, SIGNALS_WANTED, true);
	sp_bench_row_pair("CPU of the loop [ns a record]", bench->cpu.loop * 1e9 / records, bare_cpu);
	sp_bench_row_alone("  of the log's thread, which compresses", bench->cpu.rest * 1e9 / records, "ns a record");
	sp_bench_row_alone("  of nng's threads", bench->cpu.nng * 1e9 / records, "ns a record");
	sp_bench_row_alone("  of the sender", bench->sending * 1e9 / records, "ns a record, packed in advance");
	sp_bench_row_alone("the loop was running", bench->cpu.loop / bench->seconds, "of the time");
	sp_bench_row_alone("  waiting for a core that others had", bench->cpu.late / bench->seconds, "of the time");
	sp_bench_row_alone("a sender packs", bench->sender.packing, "records a second");
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
	bench.bare.n = bench.bare_cpu.n = 0; /* that was to warm up */
	for (int i = 0; i < SIGNALS_TURNS; i++) {
		send_and_count(&bench);
		unpack(&bench);
	}
	show(&bench);
	sp_bench_host_stop(&bench.host);
	sp_bench_sender_close(&bench.sender);
	msgpack_zone_destroy(&bench.zone);
}
