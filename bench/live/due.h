/* due.h - how long after its time a real daemon's tick has reached a subscriber: all its prices, and not the first ones.
 *
 * A tick's time is the end of its period, and it is due when its lateness is over. The daemon's clock is the wall clock unless that
 * jumps, so the time of receipt alone tells how late it is: (receipt - lateness) modulo the period, which no tick takes as long as. */
#ifndef SP_BENCH_LIVE_DUE_H
#define SP_BENCH_LIVE_DUE_H

#include "bench/live/host.h"
#include "bench/live/series.h"
#include "bench/live/watcher.h"

typedef struct sp_bench_due {
	int64_t period_ns;
	uint32_t all;         /* prices that a tick changes */
	uint32_t so_far;      /* of the running tick */
	sp_bench_series late; /* [ms] */
	uint64_t gaps, repaired;
} sp_bench_due;

/* sp_bench_due_read - reads what the watcher saw, for so long. */
void sp_bench_due_read(sp_bench_due *due, const sp_bench_child *watcher, int wait_ms);

#endif
