/* series.h - many times of one thing: its middle, and its tail. */
#ifndef SP_BENCH_LIVE_SERIES_H
#define SP_BENCH_LIVE_SERIES_H

#include <stdint.h>

#define SP_BENCH_SERIES_MAX 1024

typedef struct sp_bench_series {
	double at[SP_BENCH_SERIES_MAX];
	uint32_t n;
} sp_bench_series;

void sp_bench_series_add(sp_bench_series *series, double x);
/* The value below which this part of all lies, 0 to 1; 0.5 is the median. */
double sp_bench_series_part(const sp_bench_series *series, double part);

#endif
