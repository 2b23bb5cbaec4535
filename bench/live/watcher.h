/* watcher.h - subscribers in processes of their own.
 *
 * A watcher follows a feed as a gateway would, decodes every frame, and tells when each was there. Beside it, on a socket of its own,
 * it takes the bare messages of a hop: one PUB to one SUB, nothing decoded. A crowd takes all frames and throws them away. */
#ifndef SP_BENCH_LIVE_WATCHER_H
#define SP_BENCH_LIVE_WATCHER_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/live/child.h"

typedef enum sp_bench_sight { SP_BENCH_BOOK, SP_BENCH_SNAPSHOT, SP_BENCH_HOP } sp_bench_sight;

/* One frame or message, as the watcher saw it. */
typedef struct sp_bench_seen {
	uint32_t sight; /* sp_bench_sight */
	uint32_t prices;
	uint32_t left; /* chunks of a snapshot that are still to come */
	uint32_t pad;
	uint64_t seq;            /* of a HOP: how many there were */
	int64_t at_ns;           /* CLOCK_MONOTONIC, once it was decoded */
	int64_t wall_ns;         /* CLOCK_REALTIME then */
	uint64_t gaps, repaired; /* frames that were missed since the start, and snapshots fetched after the first */
} sp_bench_seen;

/* sp_bench_watcher_start - follows; hop: the url of a hop, or "" for none. */
sp_bench_child sp_bench_watcher_start(const char *prices, const char *book, const char *hop);

/* sp_bench_watcher_next - what it saw next; false: nothing within wait_ms. */
bool sp_bench_watcher_next(const sp_bench_child *watcher, int wait_ms, sp_bench_seen *seen);

/* sp_bench_watcher_await - until a sight of at least that seq, the last chunk of it; ends the bench after ten seconds. */
sp_bench_seen sp_bench_watcher_await(const sp_bench_child *watcher, sp_bench_sight sight, uint64_t seq);

sp_bench_child sp_bench_crowd_start(const char *prices, uint32_t n);

/* The children's own mains: bench_live --watch PRICES BOOK HOP, --crowd PRICES N. */
int sp_bench_watcher_main(char **arguments);
int sp_bench_crowd_main(char **arguments);

#endif
