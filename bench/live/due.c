/* due.c - see due.h. */
#include "bench/live/due.h"

#include "base/time.h"
#include "bench/clock.h"

#define DUE_LATENESS_MAX (2 * SP_SEC) /* as the configuration has it: the smaller of this and a quarter of the period */

static void due_complete(sp_bench_due *due, const sp_bench_seen *seen)
{
	int64_t lateness_ns = due->period_ns / 4 < DUE_LATENESS_MAX ? due->period_ns / 4 : DUE_LATENESS_MAX;

	sp_bench_series_add(&due->late, (double)((seen->wall_ns - lateness_ns) % due->period_ns) / 1e6);
	due->so_far = 0;
}

void sp_bench_due_read(sp_bench_due *due, const sp_bench_child *watcher, int wait_ms)
{
	int64_t until_ns = sp_bench_now_ns() + wait_ms * SP_MS, left_ns;
	sp_bench_seen seen;

	while ((left_ns = until_ns - sp_bench_now_ns()) > 0) {
		if (!sp_bench_watcher_next(watcher, (int)(left_ns / SP_MS) + 1, &seen))
			return;
		due->gaps = seen.gaps;
		due->repaired = seen.repaired;
		due->so_far += seen.sight == SP_BENCH_BOOK ? seen.prices : 0;
		if (due->so_far >= due->all || (seen.sight == SP_BENCH_SNAPSHOT && seen.left == 0 && due->so_far > 0))
			due_complete(due, &seen);
	}
}
