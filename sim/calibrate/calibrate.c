/* calibrate.c - a fit turned into weights, a capacity, and words about what is not known; see calibrate.h. */
#include "sim/calibrate/calibrate.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define CALIBRATE_CLEAR     3.0  /* [standard errors] from 0: the reference's GPU time, a load without traffic */
#define CALIBRATE_TURNS     5    /* of leaving out full windows; each leaves out fewer */
#define CALIBRATE_INFLATION 10.0 /* from here on a wide interval is the other column's doing */

typedef struct calibrate_work {
	const sp_setup *setup;
	sp_calibration *out;
	uint32_t reference; /* column */
} calibrate_work;

const char *sp_calibrate_word_name(sp_calibrate_word word)
{
	static const char *const names[] = {"assumed", "not identified", "measured"};

	SP_ASSERT(word <= SP_CALIBRATE_MEASURED);
	return names[word];
}

void sp_calibrate_close(sp_calibration *calibration)
{
	if (calibration)
		free(calibration->weights);
	free(calibration);
}

/* --- words --- */

static void __attribute__((format(printf, 3, 4)))
calibrate_say(sp_calibrated *c, sp_calibrate_word word, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(c->reason, sizeof c->reason, format, arguments);
	va_end(arguments);
	c->word = word;
}

static const char *calibrate_name(const calibrate_work *work, uint32_t column)
{
	if (column == work->out->windows.n_skus)
		return "what GPUs do without traffic";
	return work->setup->skus[work->out->windows.skus[column]].id;
}

static void calibrate_together(const calibrate_work *work, uint32_t column, sp_calibrated *c)
{
	const sp_fit *fit = &work->out->fit;
	uint32_t other = fit->partner[column];

	calibrate_say(
	    c, SP_CALIBRATE_NOT_IDENTIFIED,
	    "%s and %s rise and fall together: %.3g to 1 throughout, and only %.2g %% of it moves by itself; hours in "
	    "which one comes without the other would tell them apart (long prompts with short answers, a cache "
	    "switched off, one model alone)",
	    calibrate_name(work, column), calibrate_name(work, other),
	    fit->mean_x[column] / fmax(fit->mean_x[other], 1e-300), 100 / sqrt(fit->inflation[column]));
}

static void calibrate_drowned(const calibrate_work *work, double low, double high, sp_calibrated *c)
{
	double unit = 100 / fmax(work->out->fit.mean_y, 1e-300);

	if (!isfinite(high))
		calibrate_say(c, SP_CALIBRATE_NOT_IDENTIFIED,
		              "the load's noise drowns it; a longer trace, or one in which it varies more, would tell");
	else
		calibrate_say(
		    c, SP_CALIBRATE_NOT_IDENTIFIED,
		    "the load's noise drowns it: it takes from %.2g to %.2g %% of the load; a longer trace, or one in which "
		    "it varies more, would tell",
		    low * unit, high * unit);
}

/* What speaks against a column whatever its interval: false when nothing does. */
static bool calibrate_refused(const calibrate_work *work, uint32_t column, sp_calibrated *c)
{
	const sp_fit *fit = &work->out->fit;
	double n = (double)(fit->n_used + fit->n_outliers), outliers = (double)fit->n_outliers / n;

	if (outliers > SP_CALIBRATE_OUTLIERS_MAX)
		calibrate_say(
		    c, SP_CALIBRATE_NOT_IDENTIFIED,
		    "%.0f %% of the windows lie far off any fit: something that the trace does not hold moves the load",
		    100 * outliers);
	else if (fit->inflation[column] > SP_CALIBRATE_INFLATION_MAX)
		calibrate_together(work, column, c);
	else if (sp_fit_sigmas(fit, column) < -CALIBRATE_CLEAR)
		calibrate_say(
		    c, SP_CALIBRATE_NOT_IDENTIFIED,
		    "the load falls when it rises: something that the trace does not hold moves the load the other way");
	else
		return false;
	return true;
}

/* A measured figure; the value was kept from below 0 and may lie a little outside of the interval. */
static void calibrate_measured(sp_calibrated *c, double low, double value, double high)
{
	if (!isfinite(low) || !isfinite(value) || !isfinite(high)) {
		calibrate_say(c, SP_CALIBRATE_NOT_IDENTIFIED, "its numbers are beyond what can be computed with");
		return;
	}
	c->word = SP_CALIBRATE_MEASURED;
	c->figure = sp_figure_between(fmin(low, value), value, fmax(high, value), SP_BASIS_MEASURED);
}

/* --- the parts --- */

/* Standard errors above 0 of a SKU that may be the reference; 0: it may not. */
static double calibrate_surety(const calibrate_work *work, uint32_t column)
{
	const sp_fit *fit = &work->out->fit;
	sp_calibrated unused = {0};
	double sigmas = sp_fit_sigmas(fit, column);

	if (sigmas <= CALIBRATE_CLEAR || fit->coefs[column] <= 0 || calibrate_refused(work, column, &unused))
		return 0;
	return sigmas;
}

/* The first SKU that is known at least half as surely as the best known. */
static bool calibrate_refer(calibrate_work *work)
{
	uint32_t n = work->out->windows.n_skus;
	double best = 0;

	for (uint32_t i = 0; i < n; i++)
		best = fmax(best, calibrate_surety(work, i));
	for (uint32_t i = 0; i < n && best > 0; i++)
		if (calibrate_surety(work, i) >= best / 2) {
			work->reference = i;
			work->out->reference = work->out->windows.skus[i];
			return true;
		}
	return false;
}

static void calibrate_weigh(const calibrate_work *work, uint32_t column, sp_calibrated *c)
{
	const sp_fit *fit = &work->out->fit;
	double value = fit->coefs[column] / fit->coefs[work->reference], low, high;
	double load = fit->mean_x[column] * fit->coefs[work->reference]; /* of a weight of 1 */

	c->inflation = fit->inflation[column];
	if (calibrate_refused(work, column, c))
		return;
	if (!sp_fit_ratio(fit, column, work->reference, &low, &high)) {
		calibrate_drowned(work, 0, (double)INFINITY, c);
		return;
	}
	if (high - low <= 2 * SP_CALIBRATE_WIDE * value || high * load <= SP_CALIBRATE_SLIGHT * fit->mean_y) {
		calibrate_measured(c, low, value, high);
		c->share = value * load / fit->mean_y;
	} else if (fit->inflation[column] > CALIBRATE_INFLATION)
		calibrate_together(work, column, c);
	else
		calibrate_drowned(work, low * load, high * load, c);
}

/* units_per_gpu_s from the GPU time of one unit, and what a GPU does without any. */
static void calibrate_serve(const sp_fit *fit, uint32_t column, sp_figure idle, sp_calibrated *c)
{
	double low, high;

	if (fit->coefs[column] > 0 && sp_fit_level(fit, column, &low, &high) && low > 0)
		calibrate_measured(c, (1 - idle.high) / high, (1 - idle.value) / fit->coefs[column], (1 - idle.low) / low);
	else
		calibrate_say(c, SP_CALIBRATE_NOT_IDENTIFIED, "the load's noise drowns the traffic's part in it");
}

/* Weights cannot be told: then at least what a GPU serves at the assumed ones. */
static sp_status calibrate_serve_assumed(calibrate_work *work)
{
	sp_calibration *out = work->out;
	const sp_fit_rows *rows = &out->windows.rows;
	double *units = calloc(rows->n, sizeof *units);
	sp_fit *fit = calloc(1, sizeof *fit);
	sp_status status = units && fit ? SP_OK : SP_E_MEMORY;

	for (size_t row = 0; row < rows->n && status == SP_OK; row++)
		for (uint32_t i = 0; i < rows->n_columns; i++)
			units[row] += rows->x[row * rows->n_columns + i] * work->setup->skus[out->windows.skus[i]].weight;
	if (status == SP_OK)
		status = sp_fit_of(&(sp_fit_rows){1, rows->n, rows->at, units, rows->y}, fit);
	if (status == SP_OK)
		calibrate_serve(fit, 0, sp_figure_exact(0), &out->capacity);
	if (status == SP_OK && out->capacity.word == SP_CALIBRATE_MEASURED)
		calibrate_say(&out->capacity, SP_CALIBRATE_MEASURED,
		              "at the weights that the configuration assumes, and for a mix such as the trace's");
	free(units);
	free(fit);
	return status;
}

/* --- a pool --- */

static void calibrate_assume(const calibrate_work *work, sp_calibrated *c)
{
	const sp_sku_setup *skus = work->setup->skus;
	uint32_t reference = work->out->reference;
	double scale = reference == SP_NO_SLOT ? 1 : skus[reference].weight;

	c->figure = sp_figure_assumed(skus[c->sku].weight / scale);
}

static sp_status calibrate_list(calibrate_work *work)
{
	sp_calibration *out = work->out;

	out->weights = calloc(work->setup->n_skus + 1, sizeof *out->weights);
	if (!out->weights)
		return SP_E_MEMORY;
	for (uint32_t sku = 0; sku < work->setup->n_skus; sku++)
		if (work->setup->families[work->setup->skus[sku].family].pool == out->windows.pool) {
			sp_calibrated *c = &out->weights[out->n_weights++];
			c->sku = sku;
			calibrate_say(c, SP_CALIBRATE_ASSUMED, "no traffic in the trace");
		}
	return SP_OK;
}

static sp_calibrated *calibrate_find(sp_calibration *out, uint32_t sku)
{
	uint32_t i = 0;

	while (i + 1 < out->n_weights && out->weights[i].sku != sku)
		i++;
	SP_ASSERT(i < out->n_weights && out->weights[i].sku == sku);
	return &out->weights[i];
}

static void calibrate_little(calibrate_work *work)
{
	const sp_windows_pool *windows = &work->out->windows;
	sp_calibrated *capacity = &work->out->capacity;

	if (windows->n_skus > SP_NNLS_COLUMNS_MAX)
		calibrate_say(capacity, SP_CALIBRATE_ASSUMED, "%u SKUs of the pool have traffic; at most %d can be told apart",
		              windows->n_skus, SP_NNLS_COLUMNS_MAX);
	else if (windows->n_skus == 0)
		calibrate_say(capacity, SP_CALIBRATE_ASSUMED, "no traffic of its SKUs in the trace (served or demand, by SKU)");
	else
		calibrate_say(
		    capacity, SP_CALIBRATE_ASSUMED,
		    "too little: %zu windows hold both load and traffic of a pool that is not full, %zu are needed for %u SKUs",
		    windows->rows.n, sp_fit_least(windows->n_skus), windows->n_skus);
	for (uint32_t i = 0; i < windows->n_skus && i < SP_NNLS_COLUMNS_MAX; i++)
		calibrate_say(calibrate_find(work->out, windows->skus[i]), SP_CALIBRATE_ASSUMED, "%s", capacity->reason);
}

static bool calibrate_enough(const sp_windows_pool *windows)
{
	return windows->rows.n_columns > 0 && windows->rows.n >= sp_fit_least(windows->n_skus);
}

/* A fit of the rows with a column more: load by the GPU, whatever the traffic. */
static sp_status calibrate_fit_idle(const sp_windows_pool *windows, sp_fit *fit)
{
	const sp_fit_rows *rows = &windows->rows;
	uint32_t k = rows->n_columns;
	double *x = calloc(rows->n * (k + 1), sizeof *x);
	sp_status status;

	if (!x)
		return SP_E_MEMORY;
	for (size_t row = 0; row < rows->n; row++) {
		memcpy(&x[row * (k + 1)], &rows->x[row * k], k * sizeof *x);
		x[row * (k + 1) + k] = windows->running[row];
	}
	status = sp_fit_of(&(sp_fit_rows){k + 1, rows->n, rows->at, x, rows->y}, fit);
	free(x);
	return status;
}

/* The fit of the rows as they are: with idle load where that is clear of 0. */
static sp_status calibrate_fit_once(sp_calibration *out)
{
	const sp_fit_rows *rows = &out->windows.rows;
	uint32_t k = rows->n_columns;
	double low, high;

	out->idle_low = out->idle_high = 0;
	if (k < SP_NNLS_COLUMNS_MAX && rows->n >= sp_fit_least(k + 1)) {
		sp_status status = calibrate_fit_idle(&out->windows, &out->fit);
		if (status != SP_OK)
			return status;
		if (sp_fit_sigmas(&out->fit, k) > CALIBRATE_CLEAR && out->fit.inflation[k] <= SP_CALIBRATE_INFLATION_MAX &&
		    sp_fit_level(&out->fit, k, &low, &high) && out->fit.coefs[k] > 0 && high < 1) {
			out->idle_low = fmin(low, out->fit.coefs[k]);
			out->idle_high = fmax(high, out->fit.coefs[k]);
			return SP_OK;
		}
	}
	return sp_fit_of(rows, &out->fit);
}

/* The fit, with full windows left out where there are any: whom a clipped load misled may be found by the next fit. */
static sp_status calibrate_fit(calibrate_work *work, sp_windows *windows)
{
	sp_calibration *out = work->out;
	sp_status status = calibrate_fit_once(out);

	for (int turn = 0; turn < CALIBRATE_TURNS && status == SP_OK && out->windows.n_full > 0; turn++) {
		if (sp_windows_unfill(windows, &out->windows, &out->fit) == 0)
			break;
		if (!calibrate_enough(&out->windows)) {
			memset(&out->fit, 0, sizeof out->fit);
			break;
		}
		status = calibrate_fit_once(out);
	}
	return status;
}

static sp_figure calibrate_idle(const sp_calibration *out)
{
	if (out->idle_high <= 0)
		return sp_figure_exact(0);
	return sp_figure_between(out->idle_low, out->fit.coefs[out->windows.n_skus], out->idle_high, SP_BASIS_MEASURED);
}

static sp_status calibrate_measure(calibrate_work *work)
{
	sp_calibration *out = work->out;
	bool referred = calibrate_refer(work);

	for (uint32_t i = 0; i < out->windows.n_skus; i++) {
		sp_calibrated *c = calibrate_find(out, out->windows.skus[i]);
		c->reason[0] = '\0';
		if (referred && i != work->reference)
			calibrate_weigh(work, i, c);
		else if (!referred && !calibrate_refused(work, i, c))
			calibrate_drowned(work, 0, (double)INFINITY, c);
		c->inflation = out->fit.inflation[i];
	}
	if (!referred)
		return calibrate_serve_assumed(work);
	sp_calibrated *c = calibrate_find(out, out->reference);
	calibrate_measured(c, 1, 1, 1);
	calibrate_say(c, SP_CALIBRATE_MEASURED, "fixed to 1: weights are relative");
	c->share = out->fit.coefs[work->reference] * out->fit.mean_x[work->reference] / out->fit.mean_y;
	calibrate_serve(&out->fit, work->reference, calibrate_idle(out), &out->capacity);
	return SP_OK;
}

static sp_status calibrate_whole(calibrate_work *work, sp_windows *windows, uint32_t pool)
{
	sp_calibration *out = work->out;
	sp_status status = sp_windows_of(windows, pool, &out->windows);

	if (status == SP_OK)
		status = calibrate_list(work);
	if (status != SP_OK)
		return status;
	if (calibrate_enough(&out->windows))
		status = calibrate_fit(work, windows);
	if (status == SP_OK && out->fit.n_columns > 0)
		status = calibrate_measure(work);
	else
		calibrate_little(work);
	for (uint32_t i = 0; i < out->n_weights; i++)
		if (out->weights[i].word != SP_CALIBRATE_MEASURED)
			calibrate_assume(work, &out->weights[i]);
	if (out->capacity.word != SP_CALIBRATE_MEASURED)
		out->capacity.figure = sp_figure_assumed(work->setup->pools[pool].units_per_gpu_s);
	return status;
}

sp_status sp_calibrate_pool(sp_windows *windows, const sp_setup *setup, uint32_t pool, sp_calibration **calibration)
{
	sp_calibration *out = calloc(1, sizeof *out);
	calibrate_work work = {setup, out, 0};
	sp_status status;

	SP_ASSERT(pool < setup->n_pools);
	if (!out)
		return SP_E_MEMORY;
	out->reference = out->capacity.sku = SP_NO_SLOT;
	status = calibrate_whole(&work, windows, pool);
	if (status == SP_OK)
		*calibration = out;
	else
		sp_calibrate_close(out);
	return status;
}
