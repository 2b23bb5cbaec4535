/* series.c - see series.h. */
#include "bench/live/series.h"

#include <stdlib.h>

#include "base/assert.h"

void sp_bench_series_add(sp_bench_series *series, double x)
{
	SP_ASSERT(series->n < SP_BENCH_SERIES_MAX);
	series->at[series->n++] = x;
}

static int series_order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double sp_bench_series_part(const sp_bench_series *series, double part)
{
	sp_bench_series sorted = *series;
	uint32_t place = (uint32_t)(part * series->n);

	SP_ASSERT(series->n > 0 && part >= 0 && part <= 1);
	qsort(sorted.at, sorted.n, sizeof sorted.at[0], series_order);
	return sorted.at[place < series->n ? place : series->n - 1];
}
