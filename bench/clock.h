/* clock.h - how long things take, so that two runs on one noisy machine can be compared.
 *
 * A figure here is a ratio measured in one run: ours against the ceiling (the same work done by the barest loop), the two
 * taking turns, so that a slow minute slows both. Medians, with the quartiles' distance as the honest spread. */
#ifndef SP_BENCH_CLOCK_H
#define SP_BENCH_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* One run of what is measured: does all of its work once. */
typedef void (*sp_bench_fn)(void *context);

typedef struct sp_bench_time {
	double median_ns, quartile_low_ns, quartile_high_ns; /* of one run */
	uint32_t runs;
	bool settled; /* the quartiles came within SP_BENCH_SPREAD of the median */
} sp_bench_time;

#define SP_BENCH_SPREAD   0.05 /* (high - low) / median at which a time counts as settled [1] */
#define SP_BENCH_RUNS_MIN 5
#define SP_BENCH_RUNS_MAX 200
#define SP_BENCH_SECONDS  20.0 /* a measurement ends then, settled or not; it has one run at least */

/* sp_bench_now_ns - CLOCK_MONOTONIC. */
int64_t sp_bench_now_ns(void);

/* sp_bench_measure - runs fn until its median settles. */
sp_bench_time sp_bench_measure(sp_bench_fn fn, void *context);

/* sp_bench_compare - runs the two in turns until both settle. */
void sp_bench_compare(sp_bench_fn ours, void *our_context, sp_bench_fn ceiling, void *ceiling_context,
                      sp_bench_time *our_time, sp_bench_time *ceiling_time);

/* sp_bench_print_head, sp_bench_print - rows `name  ours  ceiling  ratio` on stdout: rates of `items` a run [unit/s], and ours over
 * the ceiling's (1 = as fast as the ceiling). A time that has not settled is marked with `~`. Returns the ratio. */
void sp_bench_print_head(const char *unit);
double sp_bench_print(const char *name, double items, const sp_bench_time *ours, const sp_bench_time *ceiling);

/* sp_bench_print_alone - a row without a ceiling. Returns the rate. */
double sp_bench_print_alone(const char *name, double items, const sp_bench_time *ours);

#endif
