/* market.h - synthetic traffic with known weights: what a calibration has to find again. */
#ifndef SP_TESTS_SIM_CALIBRATE_MARKET_H
#define SP_TESTS_SIM_CALIBRATE_MARKET_H

#include "base/rng.h"
#include "sim/calibrate/fit.h"

#define MARKET_COLUMNS_MAX 8

/* Input, output and cached tokens a second over days of minutes: a daily wave each, slow wandering, and jitter of every minute. */
typedef struct market_plan {
	uint32_t n_columns;
	size_t minutes;
	double gpu_seconds[MARKET_COLUMNS_MAX]; /* per token: the truth; may be 0 */
	double tokens[MARKET_COLUMNS_MAX];      /* mean a second */
	double noise;                           /* of the load [1] */
	double persistence;                     /* correlation of one minute's noise with the next's */
	double gaps, outliers;                  /* share of the windows */
	double together;                        /* 1: all columns move as the first; 0: each by itself */
} market_plan;

typedef struct market {
	sp_fit_rows rows;
	int64_t *at;
	double *x, *y;
} market;

void market_open(market *m, const market_plan *plan, sp_rng *rng);
void market_close(market *m);

#endif
