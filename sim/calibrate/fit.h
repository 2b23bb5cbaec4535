/* fit.h - what moves a load, and how surely: load = sum of coefficient x quantity + noise, over windows of time.
 *
 * Coefficients are least squares that cannot be negative (nnls.h), after windows that lie far off were set aside. Their errors are those
 * of plain least squares by Newey and West, because neighbouring windows err alike: with L lags the variance of the summed scores is
 *
 *     (1 / (L + 1)) x sum over every run of L + 1 windows of B B',   B = sum of x e in the run,   L = 1.3 root(n)
 *
 * which is the Bartlett-weighted sum of autocovariances, and at the same time what a moving-block bootstrap would draw, without chance and
 * seed. A bootstrap of the bounded fit itself would be wrong where a coefficient is 0 (Andrews, Econometrica 68, 399 (2000)). Scores are
 * whitened first, z(t) = x e (t) - m x e (t - 1), and the result coloured again by 1 / (1 - m)^2: few lags hold only part of a long memory. A
 * gap is time that passed without scores. The normal's 1.645 is raised to the fixed-b value for so many lags: a variance from few
 * runs is itself uncertain. Intervals at and near 0: unified.h.
 * source  Newey and West, Econometrica 55, 703 (1987); whitening Andrews and Monahan,
 *         Econometrica 60, 953 (1992); lags and values as Lazarus, Lewis, Stock and Watson, Journal of Business and
 *         Economic Statistics 36, 541 (2018), and Kiefer and Vogelsang, Econometric Theory 21, 1130 (2005), table 1 */
#ifndef SP_SIM_CALIBRATE_FIT_H
#define SP_SIM_CALIBRATE_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "sim/calibrate/nnls.h"

#define SP_FIT_OUTLIER 5.0 /* [robust standard deviations] a window further off is set aside */

typedef struct sp_fit_rows {
	uint32_t n_columns; /* 1..SP_NNLS_COLUMNS_MAX */
	size_t n;
	const int64_t *at; /* number of the window in time, strictly rising */
	const double *x;   /* n x n_columns, >= 0; no column is all 0 */
	const double *y;   /* load */
} sp_fit_rows;

typedef struct sp_fit {
	uint32_t n_columns, lag;
	size_t n_used, n_outliers;
	double coefs[SP_NNLS_COLUMNS_MAX];     /* >= 0 */
	double free[SP_NNLS_COLUMNS_MAX];      /* without the bound: what the errors are of */
	double inflation[SP_NNLS_COLUMNS_MAX]; /* variance inflation: 1 when no other column moves with it */
	uint32_t partner[SP_NNLS_COLUMNS_MAX]; /* the column that moves with it most; itself when it is alone */
	double mean_x[SP_NNLS_COLUMNS_MAX], mean_y;
	double noise;       /* standard deviation of what is not explained */
	double persistence; /* correlation of neighbouring windows' noise */
	double memory;      /* of scores, that was whitened away */
	double widening;    /* of standard errors, for the uncertainty of the errors themselves */
	sp_gram covariance; /* of `free`, widening included */
} sp_fit;

/* sp_fit_least - fewer windows than this say too little about so many columns. */
size_t sp_fit_least(uint32_t n_columns);

/* sp_fit_of - in   rows: at least sp_fit_least (asserted), all finite
 *             out  *fit, written only on SP_OK; every number finite
 *             fails  SP_E_MEMORY
 *             cost O(turns x n x columns^2), allocates and frees: O(n) */
sp_status sp_fit_of(const sp_fit_rows *rows, sp_fit *fit);

/* sp_fit_level, sp_fit_ratio - the 90 % interval of a coefficient, or of its ratio to another one's.
 * fails  false: there is no upper end, because the other one may be 0 */
bool sp_fit_level(const sp_fit *fit, uint32_t column, double *low, double *high);
bool sp_fit_ratio(const sp_fit *fit, uint32_t column, uint32_t to, double *low, double *high);

/* sp_fit_sigmas - how many standard errors a coefficient lies above 0. */
double sp_fit_sigmas(const sp_fit *fit, uint32_t column);

#endif
