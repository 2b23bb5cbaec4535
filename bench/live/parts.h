/* parts.h - what bench_live measures, part by part, and how a part shows its rows. */
#ifndef SP_BENCH_LIVE_PARTS_H
#define SP_BENCH_LIVE_PARTS_H

#include <stdbool.h>

#include "bench/live/stage.h"

void sp_bench_live_signals(const char *place); /* applied in a second */
void sp_bench_live_path(const char *place);    /* from a tick to a subscriber */
void sp_bench_live_sweep(const char *place);   /* 100,000 SKUs in one tick */
void sp_bench_live_crowd(const char *place);   /* 50 subscribers */
void sp_bench_live_rest(const char *place);    /* CPU and memory with nothing to do */

/* Rows: a name, ours, what it is measured against, and the ratio of the two. */
void sp_bench_row_head(const char *title, const char *ours, const char *ceiling, const char *ratio);
/* wanted: at least this ratio, or at most; said to be missed where it is. */
void sp_bench_row_ratio(const char *name, double ours, double ceiling, double ratio, double wanted, bool at_least);
void sp_bench_row_pair(const char *name, double ours, double ceiling);
void sp_bench_row_alone(const char *name, double ours, const char *unit);

/* The whole way against commit and hop alone, then its parts, medians [ms]. */
void sp_bench_row_steps(const char *name, const sp_bench_steps *steps);

#endif
