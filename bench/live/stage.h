/* stage.h - the daemon's way from a tick to gateways, without waiting for its periods: sp_drive, sp_news, the recorder and the feed in
 * this process, the loop's few lines around them, a subscriber in another process. A tick time is a minute, whatever the clock says.
 *
 * After each tick the same is done once more alone: the same rows committed to a second log, the same frames sent over a hop. */
#ifndef SP_BENCH_LIVE_STAGE_H
#define SP_BENCH_LIVE_STAGE_H

#include "bench/live/series.h"
#include "bench/live/town.h"

typedef struct sp_bench_stage sp_bench_stage; /* opaque */

/* What ticks took [ms], each from its start. */
typedef struct sp_bench_steps {
	sp_bench_series engine; /* closing the period, with the checkpoint that every tick keeps */
	sp_bench_series news;   /* who changed, and how */
	sp_bench_series commit; /* until publication begins: it is on the disk */
	sp_bench_series frames; /* from there until the subscriber has decoded the last frame */
	sp_bench_series path;   /* all of these: from the start of the tick to the last price at the subscriber */
	sp_bench_series turn;   /* from the start of the tick until the loop knows that it is done */
	sp_bench_series alone;  /* the same rows, committed alone */
	sp_bench_series hop;    /* the same frames, sent and received alone */
	uint32_t families, prices, n_frames; /* of the last tick */
	uint64_t gaps, repaired;             /* of the subscriber, since the start */
} sp_bench_steps;

sp_bench_stage *sp_bench_stage_open(const char *place, const char *name, const sp_bench_town *town);
void sp_bench_stage_close(sp_bench_stage *stage);

/* sp_bench_stage_crowd - so many subscribers more, until the next call. */
void sp_bench_stage_crowd(sp_bench_stage *stage, uint32_t n);

/* sp_bench_stage_run - ticks in which all families of the first `pools` pools move, and no other.
 * in     alone: do it once more alone, too */
void sp_bench_stage_run(sp_bench_stage *stage, uint32_t ticks, uint32_t pools, bool alone, sp_bench_steps *steps);

#endif
