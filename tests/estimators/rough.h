/* rough.h - rough series to try an estimator and its twin on: steps, spikes, repeats, gaps, late ones, scales of 1e-80 to 1e90. */
#ifndef SP_TESTS_ESTIMATORS_ROUGH_H
#define SP_TESTS_ESTIMATORS_ROUGH_H

#include <math.h>
#include <stdbool.h>

#include "base/rng.h"
#include "base/time.h"

#define ROUGH_COUNT 10000 /* series a twin is tried on */
#define ROUGH_MAX   96    /* observations of one */
#define ROUGH_START INT64_C(1764000000000000000)

typedef struct rough {
	int64_t t_ns[ROUGH_MAX];
	double x[ROUGH_MAX];
	int n;
	double largest; /* magnitude */
} rough;

static inline int64_t rough_gap(sp_rng *rng)
{
	switch (sp_rng_below(rng, 12)) {
	case 0:
	case 1:
		return 0; /* the same instant */
	case 2:
		return -(int64_t)sp_rng_below(rng, SP_HOUR); /* late */
	case 3:
		return (int64_t)sp_rng_below(rng, 3 * SP_DAY);
	case 4:
		return sp_rng_below(rng, 40) == 0 ? (int64_t)sp_rng_below(rng, 365 * SP_DAY) : SP_MIN;
	default:
		return (int64_t)sp_rng_below(rng, 5 * SP_MIN);
	}
}

/* A series lives on one scale, about one level, with steps, spikes and repeats; of the wild every eighth has values of all scales. */
static inline void rough_draw(rough *s, sp_rng *rng, bool wild)
{
	static const double scales[] = {1, 1, 1, 1e-6, 1e-30, 1e-80, 1e9, 1e40, 1e90};
	double scale = scales[sp_rng_below(rng, sizeof scales / sizeof *scales)];
	double level = scale * 10 * sp_rng_normal(rng), noise = scale * sp_rng_uniform(rng);
	uint64_t coarse = sp_rng_below(rng, 4); /* tame ones never 0, about which every digit would be rounding's */
	int64_t t_ns = ROUGH_START;
	bool scattered = wild && sp_rng_below(rng, 8) == 0;
	s->n = 2 + (int)sp_rng_below(rng, ROUGH_MAX - 2);
	s->largest = 0;
	for (int i = 0; i < s->n; i++) {
		if (sp_rng_below(rng, 30) == 0)
			level += scale * 10 * sp_rng_normal(rng);
		double x = level + noise * sp_rng_normal(rng);
		if (sp_rng_below(rng, 25) == 0)
			x *= 50;
		if (coarse == 0)
			x = scale * (floor(x / scale) + (wild ? 0 : 0.5));
		if (scattered)
			x *= exp(20 * sp_rng_normal(rng));
		if (i > 0 && sp_rng_below(rng, 10) == 0)
			x = s->x[i - 1];
		s->x[i] = x;
		s->t_ns[i] = t_ns;
		s->largest = fmax(s->largest, fabs(x));
		t_ns += rough_gap(rng);
	}
}

/* As estimators take them: late ones are as new as the newest before them, and values lie within +-10^100. */
static inline void rough_settle(rough *s)
{
	for (int i = 1; i < s->n; i++)
		s->t_ns[i] = s->t_ns[i] > s->t_ns[i - 1] ? s->t_ns[i] : s->t_ns[i - 1];
	for (int i = 0; i < s->n; i++)
		s->x[i] = fmin(fmax(s->x[i], -1e100), 1e100);
	s->largest = fmin(s->largest, 1e100);
}

/* The next of a Gaussian AR(1) process with variance 1. */
static inline double rough_ar1(sp_rng *rng, double *x, double phi)
{
	*x = phi * *x + sqrt(1 - phi * phi) * sp_rng_normal(rng);
	return *x;
}

#endif
