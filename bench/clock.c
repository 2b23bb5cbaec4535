/* clock.c - medians of runs that take turns, and the rows that show them. */
#include "bench/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/assert.h"

#define CLOCK_NAME_WIDTH 40

typedef struct clock_series {
	double ns[SP_BENCH_RUNS_MAX]; /* in the order of the runs */
	uint32_t n;
} clock_series;

int64_t sp_bench_now_ns(void)
{
	struct timespec now;
	int failed = clock_gettime(CLOCK_MONOTONIC, &now);
	SP_ASSERT(!failed);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int clock_order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static sp_bench_time clock_median(const clock_series *series)
{
	SP_ASSERT(series->n > 0);
	clock_series sorted = *series;
	qsort(sorted.ns, sorted.n, sizeof sorted.ns[0], clock_order);
	sp_bench_time time = {sorted.ns[sorted.n / 2], sorted.ns[sorted.n / 4], sorted.ns[sorted.n - 1 - sorted.n / 4],
	                      sorted.n, false};
	time.settled = time.runs >= SP_BENCH_RUNS_MIN &&
	               time.quartile_high_ns - time.quartile_low_ns <= SP_BENCH_SPREAD * time.median_ns;
	return time;
}

static void clock_run(sp_bench_fn fn, void *context, clock_series *series)
{
	SP_ASSERT(series->n < SP_BENCH_RUNS_MAX);
	int64_t start_ns = sp_bench_now_ns();
	fn(context);
	series->ns[series->n++] = (double)(sp_bench_now_ns() - start_ns);
}

void sp_bench_compare(sp_bench_fn ours, void *our_context, sp_bench_fn ceiling, void *ceiling_context,
                      sp_bench_time *our_time, sp_bench_time *ceiling_time)
{
	SP_ASSERT(ours != NULL && our_time != NULL);
	clock_series our_series = {.n = 0}, ceiling_series = {.n = 0};
	int64_t end_ns = sp_bench_now_ns() + (int64_t)(SP_BENCH_SECONDS * 1e9);
	bool settled = false;
	while (!settled && our_series.n < SP_BENCH_RUNS_MAX && (our_series.n == 0 || sp_bench_now_ns() < end_ns)) {
		clock_run(ours, our_context, &our_series);
		*our_time = clock_median(&our_series);
		settled = our_time->settled;
		if (ceiling == NULL)
			continue;
		clock_run(ceiling, ceiling_context, &ceiling_series);
		*ceiling_time = clock_median(&ceiling_series);
		settled = settled && ceiling_time->settled;
	}
}

sp_bench_time sp_bench_measure(sp_bench_fn fn, void *context)
{
	sp_bench_time time = {.runs = 0};
	sp_bench_compare(fn, context, NULL, NULL, &time, NULL);
	return time;
}

void sp_bench_print_head(const char *unit)
{
	printf("%-*s %14s %14s %8s   [%s/s]\n", CLOCK_NAME_WIDTH, "", "ours", "ceiling", "ratio", unit);
}

static double clock_rate(double items, const sp_bench_time *time)
{
	SP_ASSERT(time->runs > 0 && time->median_ns > 0);
	return items * 1e9 / time->median_ns;
}

double sp_bench_print(const char *name, double items, const sp_bench_time *ours, const sp_bench_time *ceiling)
{
	double our_rate = clock_rate(items, ours), ceiling_rate = clock_rate(items, ceiling);
	double ratio = our_rate / ceiling_rate;
	printf("%-*s %13.0f%s %13.0f%s %8.3f\n", CLOCK_NAME_WIDTH, name, our_rate, ours->settled ? " " : "~", ceiling_rate,
	       ceiling->settled ? " " : "~", ratio);
	fflush(stdout);
	return ratio;
}

double sp_bench_print_alone(const char *name, double items, const sp_bench_time *ours)
{
	double rate = clock_rate(items, ours);
	printf("%-*s %13.0f%s %14s %8s\n", CLOCK_NAME_WIDTH, name, rate, ours->settled ? " " : "~", "-", "-");
	fflush(stdout);
	return rate;
}
