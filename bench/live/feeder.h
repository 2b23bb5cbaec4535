/* feeder.h - what makes prices of a real daemon move: one message over ipc, a utilization for each pool. */
#ifndef SP_BENCH_LIVE_FEEDER_H
#define SP_BENCH_LIVE_FEEDER_H

#include "bench/live/host.h"
#include "transport/intake/push.h"

typedef struct sp_bench_feeder {
	const sp_bench_town *town;
	sp_push *push;
	int64_t seq;
	uint32_t sent;
} sp_bench_feeder;

void sp_bench_feeder_open(sp_bench_feeder *feeder, const sp_bench_host *host);
void sp_bench_feeder_close(sp_bench_feeder *feeder);

/* sp_bench_feeder_send - the next utilization of all pools, dated now: their prices move with the next tick. */
void sp_bench_feeder_send(sp_bench_feeder *feeder);

#endif
