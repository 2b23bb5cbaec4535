/* rest.c - a minute of three real daemons: two that have nothing to do, and one whose every price moves every second.
 *
 * Of the first two CPU and memory are shown. Of the third, how late its prices are at a subscriber, from the moment when a tick is due: on
 * the daemon's own clock and timer, with nothing left out. */
#include <stdio.h>
#include <time.h>

#include "base/time.h"
#include "bench/clock.h"
#include "bench/live/due.h"
#include "bench/live/feeder.h"
#include "bench/live/parts.h"

#define REST_SETTLE_MS 2500
#define REST_S         60

typedef struct idler {
	sp_bench_host host;
	double before; /* [s] of CPU */
} idler;

static void idler_start(idler *idle, const char *place, const char *name, const char *period)
{
	sp_bench_town town = sp_bench_town_usual;

	town.period = period;
	sp_bench_host_start(&idle->host, place, name, &town);
}

static void idler_show(const idler *idle, double seconds)
{
	double cpu = sp_bench_cpu_sum(sp_bench_child_cpu(&idle->host.child)) - idle->before;
	char name[64];

	snprintf(name, sizeof name, "nothing to do, period %s", idle->host.town.period);
	sp_bench_row_alone(name, cpu * 60 / seconds, "s of CPU a minute");
	sp_bench_row_alone("  memory", sp_bench_child_memory(&idle->host.child), "MB resident");
}

static void move_for_a_minute(const sp_bench_host *host, sp_bench_due *due)
{
	sp_bench_child watcher = sp_bench_watcher_start(host->home.prices, host->home.book, "");
	sp_bench_feeder feeder;

	sp_bench_watcher_await(&watcher, SP_BENCH_SNAPSHOT, 0);
	sp_bench_feeder_open(&feeder, host);
	for (int i = 0; i < REST_S; i++) {
		sp_bench_feeder_send(&feeder);
		sp_bench_due_read(due, &watcher, 1000);
	}
	sp_bench_feeder_close(&feeder);
	sp_bench_child_stop(&watcher);
}

void sp_bench_live_rest(const char *place)
{
	static sp_bench_due due = {.period_ns = SP_SEC};
	static idler slow, quick, moving;
	int64_t start_ns;
	double seconds;

	due.all = sp_bench_town_usual.families * sp_bench_town_usual.meters;
	idler_start(&slow, place, "slow", "60s");
	idler_start(&quick, place, "quick", "1s");
	idler_start(&moving, place, "moving", "1s");
	nanosleep(&(struct timespec){.tv_sec = REST_SETTLE_MS / 1000, .tv_nsec = REST_SETTLE_MS % 1000 * SP_MS}, NULL);
	slow.before = sp_bench_cpu_sum(sp_bench_child_cpu(&slow.host.child));
	quick.before = sp_bench_cpu_sum(sp_bench_child_cpu(&quick.host.child));
	start_ns = sp_bench_now_ns();
	move_for_a_minute(&moving.host, &due);
	seconds = (double)(sp_bench_now_ns() - start_ns) / 1e9;
	if (due.late.n == 0)
		sp_bench_fail("no tick has moved all prices");
	sp_bench_row_head("a real daemon of 160 families, 800 SKUs", "", "", "");
	idler_show(&slow, seconds);
	idler_show(&quick, seconds);
	sp_bench_row_alone("all prices move, from when a tick is due", sp_bench_series_part(&due.late, 0.5), "ms, p50");
	sp_bench_row_alone("  p99", sp_bench_series_part(&due.late, 0.99), "ms");
	sp_bench_row_alone("  ticks", due.late.n, "");
	sp_bench_host_stop(&slow.host);
	sp_bench_host_stop(&quick.host);
	sp_bench_host_stop(&moving.host);
}
