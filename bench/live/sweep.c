/* sweep.c - 10,000 families and 100,000 SKUs that all move in one tick, until a subscriber has them all: part by part on the stage, and
 * in a real daemon from the moment when the tick is due. */
#include <stdio.h>

#include "base/time.h"
#include "bench/live/due.h"
#include "bench/live/feeder.h"
#include "bench/live/parts.h"
#include "bench/live/stage.h"

#define SWEEP_TICKS    8
#define SWEEP_PERIOD_S 4 /* of the real daemon; a tick takes less */
#define SWEEP_LIVE     3 /* ticks of it, after the one that brings the book */

static void sweep_stage(const char *place)
{
	static sp_bench_steps steps;
	sp_bench_stage *stage = sp_bench_stage_open(place, "sweep", &sp_bench_town_large);

	sp_bench_stage_run(stage, SWEEP_TICKS, sp_bench_town_large.pools, true, &steps);
	sp_bench_row_steps("100,000 SKUs move in one tick", &steps);
	sp_bench_row_alone("  frames missed by the subscriber", (double)steps.gaps, "times, each repaired by a snapshot");
	sp_bench_stage_close(stage);
}

static void sweep_live(const char *place)
{
	static sp_bench_due due = {.period_ns = SWEEP_PERIOD_S * SP_SEC};
	sp_bench_town town = sp_bench_town_large;
	sp_bench_host host;
	sp_bench_feeder feeder;
	sp_bench_child watcher;
	char period[16];

	snprintf(period, sizeof period, "%ds", SWEEP_PERIOD_S);
	town.period = period;
	due.all = town.families * town.meters;
	sp_bench_host_start(&host, place, "large", &town);
	watcher = sp_bench_watcher_start(host.home.prices, host.home.book, "");
	sp_bench_watcher_await(&watcher, SP_BENCH_SNAPSHOT, 0);
	sp_bench_feeder_open(&feeder, &host);
	for (int i = 0; i <= SWEEP_LIVE; i++) {
		sp_bench_feeder_send(&feeder);
		sp_bench_due_read(&due, &watcher, SWEEP_PERIOD_S * 1000);
	}
	if (due.late.n == 0)
		sp_bench_fail("no tick of the large daemon has moved all prices");
	sp_bench_row_alone("a real daemon, from when it is due", sp_bench_series_part(&due.late, 0.5), "ms, p50");
	sp_bench_row_alone("  frames missed by the subscriber", (double)due.gaps, "times, each repaired by a snapshot");
	sp_bench_row_alone("  start until it answers", host.start_s, "s");
	sp_bench_row_alone("  memory", sp_bench_child_memory(&host.child), "MB resident");
	sp_bench_feeder_close(&feeder);
	sp_bench_child_stop(&watcher);
	sp_bench_host_stop(&host);
}

void sp_bench_live_sweep(const char *place)
{
	sp_bench_row_head("10,000 families, 100,000 SKUs [ms]", "p50", "commit + hop", "ratio");
	sweep_stage(place);
	sweep_live(place);
}
