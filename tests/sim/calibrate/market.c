/* market.c - traffic and load from known weights; see market.h. */
#include "tests/sim/calibrate/market.h"

#include <math.h>
#include <stdlib.h>

#include "base/assert.h"

#define MARKET_DAY 1440.0 /* [minutes] */

/* Noise that remembers: variance 1, whatever its persistence. */
static double market_wander(double *last, double persistence, sp_rng *rng)
{
	*last = persistence * *last + sqrt(1 - persistence * persistence) * sp_rng_normal(rng);
	return *last;
}

/* What a column's traffic is of its mean in a minute. */
static double market_wave(size_t minute, uint32_t column, double *slow, sp_rng *rng)
{
	double day = 0.35 * sin(2 * M_PI * ((double)minute / MARKET_DAY + 0.13 * column));

	return fmax(0.02, 1 + day + 0.2 * market_wander(slow, 0.98, rng) + 0.08 * sp_rng_normal(rng));
}

static double market_fill(const market_plan *plan, size_t minute, double *slow, double *x, sp_rng *rng)
{
	double first = 0, load = 0;

	for (uint32_t i = 0; i < plan->n_columns; i++) {
		double wave = market_wave(minute, i, &slow[i], rng);
		if (i == 0)
			first = wave;
		x[i] = plan->tokens[i] * (plan->together * first + (1 - plan->together) * wave);
		load += x[i] * plan->gpu_seconds[i];
	}
	return load;
}

void market_open(market *m, const market_plan *plan, sp_rng *rng)
{
	double slow[MARKET_COLUMNS_MAX] = {0}, noise = 0, mean = 0;
	size_t n = 0, gap = 0;

	SP_ASSERT(plan->n_columns <= MARKET_COLUMNS_MAX);
	m->at = calloc(plan->minutes, sizeof *m->at);
	m->x = calloc(plan->minutes * plan->n_columns, sizeof *m->x);
	m->y = calloc(plan->minutes, sizeof *m->y);
	for (uint32_t i = 0; i < plan->n_columns; i++)
		mean += plan->tokens[i] * plan->gpu_seconds[i];
	for (size_t minute = 0; minute < plan->minutes; minute++) {
		double load = market_fill(plan, minute, slow, &m->x[n * plan->n_columns], rng);
		load += plan->noise * mean * market_wander(&noise, plan->persistence, rng);
		if (sp_rng_uniform(rng) < plan->outliers)
			load *= 0.2 + 2.5 * sp_rng_uniform(rng);
		if (gap == 0 && sp_rng_uniform(rng) < plan->gaps / 30)
			gap = 30;
		if (gap > 0) {
			gap--;
			continue;
		}
		m->at[n] = (int64_t)minute;
		m->y[n++] = load;
	}
	m->rows = (sp_fit_rows){plan->n_columns, n, m->at, m->x, m->y};
}

void market_close(market *m)
{
	free(m->at);
	free(m->x);
	free(m->y);
}
