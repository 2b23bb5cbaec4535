/* fit.c - bounded least squares, outliers set aside, errors under autocorrelation; see fit.h. */
#include "sim/calibrate/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "sim/calibrate/unified.h"

#define FIT_TURNS_MAX  10     /* of setting aside and fitting anew */
#define FIT_MAD_NORMAL 1.4826 /* standard deviation over median absolute deviation, of a normal */
#define FIT_LAGS       1.3    /* x root(n) */
#define FIT_MEMORY_MAX 0.97   /* as Andrews and Monahan */
#define FIT_LEAST_BASE 20
#define FIT_LEAST_EACH 10

typedef struct fit_work {
	const sp_fit_rows *rows;
	bool *used;     /* owned */
	double *errors; /* owned: load that is not explained */
	double *sorted; /* owned */
	double scale[SP_NNLS_COLUMNS_MAX];
	sp_gram gram, inverse;
	double right[SP_NNLS_COLUMNS_MAX];
} fit_work;

size_t sp_fit_least(uint32_t n_columns)
{
	return FIT_LEAST_BASE + FIT_LEAST_EACH * (size_t)n_columns;
}

/* --- normal equations of the windows in use, columns of unit length --- */

static void fit_add(fit_work *work, size_t row)
{
	uint32_t k = work->rows->n_columns;
	const double *x = &work->rows->x[row * k];

	for (uint32_t i = 0; i < k; i++) {
		double scaled = x[i] / work->scale[i];
		work->right[i] += scaled * work->rows->y[row];
		for (uint32_t j = 0; j <= i; j++)
			work->gram[i * k + j] += scaled * (x[j] / work->scale[j]);
	}
}

static void fit_scale(fit_work *work)
{
	uint32_t k = work->rows->n_columns;

	for (uint32_t i = 0; i < k; i++) {
		double square = 0;
		for (size_t row = 0; row < work->rows->n; row++)
			square += work->rows->x[row * k + i] * work->rows->x[row * k + i];
		SP_ASSERT(square > 0);
		work->scale[i] = sqrt(square);
	}
}

static void fit_sum(fit_work *work)
{
	uint32_t k = work->rows->n_columns;

	memset(work->gram, 0, sizeof work->gram);
	memset(work->right, 0, sizeof work->right);
	for (size_t row = 0; row < work->rows->n; row++)
		if (work->used[row])
			fit_add(work, row);
	for (uint32_t i = 0; i < k; i++) {
		work->gram[i * k + i] += SP_NNLS_RIDGE;
		for (uint32_t j = 0; j < i; j++)
			work->gram[j * k + i] = work->gram[i * k + j];
	}
}

/* --- what lies far off --- */

static void fit_explain(fit_work *work, const double *coefs)
{
	uint32_t k = work->rows->n_columns;

	for (size_t row = 0; row < work->rows->n; row++) {
		double load = 0;
		for (uint32_t i = 0; i < k; i++)
			load += coefs[i] * (work->rows->x[row * k + i] / work->scale[i]);
		work->errors[row] = work->rows->y[row] - load;
	}
}

static int fit_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* How large an error may be: so many robust deviations about 0. 0 when the fit is exact: then nothing is set aside. */
static double fit_bound(fit_work *work)
{
	size_t n = work->rows->n;

	for (size_t row = 0; row < n; row++)
		work->sorted[row] = fabs(work->errors[row]);
	qsort(work->sorted, n, sizeof *work->sorted, fit_compare);
	return SP_FIT_OUTLIER * FIT_MAD_NORMAL * work->sorted[n / 2];
}

/* Sets aside anew; true when a window changed sides. */
static bool fit_set_aside(fit_work *work)
{
	double bound = fit_bound(work);
	bool changed = false;

	for (size_t row = 0; row < work->rows->n; row++) {
		bool used = bound <= 0 || fabs(work->errors[row]) <= bound;
		changed = changed || used != work->used[row];
		work->used[row] = used;
	}
	return changed;
}

static void fit_settle(fit_work *work, double *coefs)
{
	for (size_t row = 0; row < work->rows->n; row++)
		work->used[row] = true;
	for (int turn = 0; turn < FIT_TURNS_MAX; turn++) {
		fit_sum(work);
		sp_nnls_solve(work->gram, work->right, work->rows->n_columns, coefs);
		fit_explain(work, coefs);
		if (!fit_set_aside(work))
			return;
	}
	fit_sum(work);
	sp_nnls_solve(work->gram, work->right, work->rows->n_columns, coefs);
}

/* --- errors --- */

/* Adds a window's score, or takes it away. */
static void fit_score(const fit_work *work, size_t row, double sign, double *run)
{
	uint32_t k = work->rows->n_columns;

	if (work->used[row])
		for (uint32_t i = 0; i < k; i++)
			run[i] += sign * work->errors[row] * (work->rows->x[row * k + i] / work->scale[i]);
}

/* How like a window's scores are to those of the window before. */
static double fit_memory(const fit_work *work)
{
	const sp_fit_rows *rows = work->rows;
	double now[SP_NNLS_COLUMNS_MAX], before[SP_NNLS_COLUMNS_MAX] = {0}, square = 0, product = 0;

	for (size_t row = 0; row < rows->n; row++) {
		bool next = row > 0 && rows->at[row - 1] + 1 == rows->at[row];
		memset(now, 0, sizeof now);
		fit_score(work, row, 1, now);
		for (uint32_t i = 0; i < rows->n_columns; i++) {
			square += now[i] * now[i];
			product += next ? now[i] * before[i] : 0;
		}
		memcpy(before, now, sizeof now);
	}
	return square > 0 ? fmin(FIT_MEMORY_MAX, fmax(0, product / square)) : 0;
}

/* Adds the square of a run's sum, less what it remembers of the run one window earlier. */
static void fit_square(const double *run, const double *before, const sp_fit *fit, double *sum)
{
	double new[SP_NNLS_COLUMNS_MAX];
	uint32_t k = fit->n_columns;

	for (uint32_t i = 0; i < k; i++)
		new[i] = run[i] - fit->memory *before[i];
	for (uint32_t i = 0; i < k; i++)
		for (uint32_t j = 0; j < k; j++)
			sum[i * k + j] += new[i] * new[j];
}

/* The sum over all runs of lag + 1 windows, those that reach over the ends included. */
static void fit_runs(const fit_work *work, const sp_fit *fit, double *sum)
{
	const sp_fit_rows *rows = work->rows;
	double run[SP_NNLS_COLUMNS_MAX] = {0}, before[SP_NNLS_COLUMNS_MAX] = {0};
	size_t head = 0, tail = 0;

	memset(sum, 0, sizeof(sp_gram));
	for (int64_t t = rows->at[0]; tail < rows->n; t++) {
		if (head == tail) { /* a gap longer than a run */
			fit_square(run, before, fit, sum);
			memset(run, 0, sizeof run);
			memset(before, 0, sizeof before);
			t = rows->at[head];
		}
		while (head < rows->n && rows->at[head] == t)
			fit_score(work, head++, 1, run);
		while (tail < head && rows->at[tail] < t - fit->lag)
			fit_score(work, tail++, -1, run);
		fit_square(run, before, fit, sum);
		memcpy(before, run, sizeof run);
	}
}

/* The 95 % point of a statistic whose variance rests on a share b of the windows, over the normal's. */
static double fit_widening(double b)
{
	double point = 1.6449 + b * (2.1859 + b * (0.3142 - b * 0.3427));

	return point / 1.6449;
}

/* V = P S P in the columns' own units. */
static void fit_covariance(const fit_work *work, const double *sum, double factor, sp_fit *fit)
{
	uint32_t k = fit->n_columns;
	sp_gram half;

	for (uint32_t i = 0; i < k; i++)
		for (uint32_t j = 0; j < k; j++) {
			half[i * k + j] = 0;
			for (uint32_t m = 0; m < k; m++)
				half[i * k + j] += work->inverse[i * k + m] * sum[m * k + j];
		}
	for (uint32_t i = 0; i < k; i++)
		for (uint32_t j = 0; j < k; j++) {
			double product = 0;
			for (uint32_t m = 0; m < k; m++)
				product += half[i * k + m] * work->inverse[m * k + j];
			fit->covariance[i * k + j] = product * factor / (work->scale[i] * work->scale[j]);
		}
}

static void fit_errors(fit_work *work, sp_fit *fit)
{
	sp_gram sum;
	double n = (double)fit->n_used, free_rows = fmax(1, n - fit->n_columns);

	fit->lag = (uint32_t)ceil(FIT_LAGS * sqrt(n));
	fit->widening = fit_widening(fmin(1, (fit->lag + 1) / fmax(1, n)));
	fit->memory = fit_memory(work);
	double innovation = fit->widening / (1 - fit->memory);
	fit_runs(work, fit, sum);
	fit_covariance(work, sum, n / free_rows * innovation * innovation / (fit->lag + 1), fit);
}

/* --- the answer --- */

static void fit_free(const fit_work *work, double *scaled)
{
	uint32_t k = work->rows->n_columns;

	for (uint32_t i = 0; i < k; i++) {
		scaled[i] = 0;
		for (uint32_t j = 0; j < k; j++)
			scaled[i] += work->inverse[i * k + j] * work->right[j];
	}
}

static void fit_partners(const fit_work *work, sp_fit *fit)
{
	uint32_t k = fit->n_columns;

	for (uint32_t i = 0; i < k; i++) {
		double most = 0;
		fit->inflation[i] = work->inverse[i * k + i];
		fit->partner[i] = i;
		for (uint32_t j = 0; j < k; j++)
			if (j != i && fabs(work->inverse[i * k + j]) > most) {
				most = fabs(work->inverse[i * k + j]);
				fit->partner[i] = j;
			}
	}
}

static void fit_means(const fit_work *work, sp_fit *fit)
{
	const sp_fit_rows *rows = work->rows;
	double n = fmax(1, (double)fit->n_used), square = 0, product = 0;

	for (size_t row = 0; row < rows->n; row++) {
		if (!work->used[row])
			continue;
		fit->mean_y += rows->y[row] / n;
		for (uint32_t i = 0; i < rows->n_columns; i++)
			fit->mean_x[i] += rows->x[row * rows->n_columns + i] / n;
		square += work->errors[row] * work->errors[row];
		if (row > 0 && work->used[row - 1] && rows->at[row - 1] + 1 == rows->at[row])
			product += work->errors[row] * work->errors[row - 1];
	}
	fit->noise = sqrt(square / fmax(1, n - rows->n_columns));
	fit->persistence = square > 0 ? product / square : 0;
}

static void fit_answer(fit_work *work, sp_fit *fit)
{
	uint32_t k = work->rows->n_columns;
	double bounded[SP_NNLS_COLUMNS_MAX], scaled[SP_NNLS_COLUMNS_MAX];

	memset(fit, 0, sizeof *fit);
	fit->n_columns = k;
	fit_scale(work);
	fit_settle(work, bounded);
	for (size_t row = 0; row < work->rows->n; row++)
		fit->n_used += work->used[row];
	fit->n_outliers = work->rows->n - fit->n_used;
	bool definite = sp_gram_invert(work->gram, k, work->inverse);
	SP_ASSERT(definite);
	fit_free(work, scaled);
	fit_explain(work, scaled);
	fit_errors(work, fit);
	fit_partners(work, fit);
	fit_means(work, fit);
	for (uint32_t i = 0; i < k; i++) {
		fit->coefs[i] = bounded[i] / work->scale[i];
		fit->free[i] = scaled[i] / work->scale[i];
	}
}

sp_status sp_fit_of(const sp_fit_rows *rows, sp_fit *fit)
{
	fit_work *work = calloc(1, sizeof *work);
	sp_status status = SP_E_MEMORY;

	SP_ASSERT(rows->n_columns >= 1 && rows->n_columns <= SP_NNLS_COLUMNS_MAX);
	SP_ASSERT(rows->n >= sp_fit_least(rows->n_columns));
	if (!work)
		return SP_E_MEMORY;
	work->rows = rows;
	work->used = calloc(rows->n, sizeof *work->used);
	work->errors = calloc(rows->n, sizeof *work->errors);
	work->sorted = calloc(rows->n, sizeof *work->sorted);
	if (work->used && work->errors && work->sorted) {
		fit_answer(work, fit);
		status = SP_OK;
	}
	free(work->used);
	free(work->errors);
	free(work->sorted);
	free(work);
	return status;
}

/* --- intervals --- */

bool sp_fit_level(const sp_fit *fit, uint32_t column, double *low, double *high)
{
	SP_ASSERT(column < fit->n_columns);
	return sp_unified_interval(
	    fit->free[column], (sp_unified_error){fit->covariance[column * fit->n_columns + column], 0, 0, 1}, low, high);
}

bool sp_fit_ratio(const sp_fit *fit, uint32_t column, uint32_t to, double *low, double *high)
{
	uint32_t k = fit->n_columns;
	sp_unified_error error = {fit->covariance[column * k + column], fit->covariance[column * k + to],
	                          fit->covariance[to * k + to], fit->free[to]};

	SP_ASSERT(column < k && to < k && column != to);
	if (!(fit->free[to] > 0))
		return false;
	return sp_unified_interval(fit->free[column] / fit->free[to], error, low, high);
}

double sp_fit_sigmas(const sp_fit *fit, uint32_t column)
{
	double variance = fit->covariance[column * fit->n_columns + column];

	SP_ASSERT(column < fit->n_columns);
	return fit->free[column] / sqrt(fmax(variance, 1e-300));
}
