/* series.h - random irregular series for twins: gaps of a nanosecond to a year, repeats, late stamps, values huge and tiny. */
#ifndef SP_TESTS_ESTIMATORS_SERIES_H
#define SP_TESTS_ESTIMATORS_SERIES_H

#include <math.h>
#include <stdint.h>

#include "base/rng.h"
#include "base/time.h"

#define SERIES_MAX 64

typedef struct series {
	double x[SERIES_MAX];
	int64_t t_ns[SERIES_MAX];   /* as stamped */
	int64_t gap_ns[SERIES_MAX]; /* to the newest before it, at least 0; 0 of the first */
	int n;
	double size; /* the largest |x| */
} series;

/* Most gaps are like one another; some are not. */
static inline int64_t series_gap(sp_rng *rng, int64_t usual_ns)
{
	static const int64_t odd[] = {0, 0, 1, -SP_SEC, -SP_DAY, SP_SEC, SP_HOUR, SP_DAY, 30 * SP_DAY, 365 * SP_DAY};
	if (sp_rng_below(rng, 4) == 0)
		return odd[sp_rng_below(rng, sizeof odd / sizeof *odd)];
	return (int64_t)sp_rng_below(rng, 2 * (uint64_t)usual_ns);
}

/* A level and a slope in noise, in a unit of 10^-60 to 10^60, or of 1; some values are far off, some nearly 0. */
static inline void series_draw(series *s, sp_rng *rng)
{
	static const int64_t usual[] = {SP_MS, SP_SEC, SP_MIN, 10 * SP_MIN, SP_HOUR, SP_DAY};
	int64_t usual_ns = usual[sp_rng_below(rng, sizeof usual / sizeof *usual)], t_ns = 20000 * SP_DAY, newest_ns = t_ns;
	double unit = sp_rng_below(rng, 2) == 0 ? 1 : pow(10, 120 * sp_rng_uniform(rng) - 60);
	double level = sp_rng_below(rng, 2) == 0 ? 100 * sp_rng_normal(rng) : 0, slope = 0.1 * sp_rng_normal(rng);
	*s = (series){.n = 2 + (int)sp_rng_below(rng, SERIES_MAX - 2)};
	for (int i = 0; i < s->n; i++) {
		uint64_t odd = sp_rng_below(rng, 40);
		level += slope;
		s->x[i] = unit * (level + sp_rng_normal(rng)) * (odd == 0 ? 1e6 : odd == 1 ? 1e-6 : 1);
		s->t_ns[i] = t_ns;
		s->gap_ns[i] = t_ns > newest_ns ? t_ns - newest_ns : 0;
		newest_ns += s->gap_ns[i];
		s->size = fabs(s->x[i]) > s->size ? fabs(s->x[i]) : s->size;
		t_ns = newest_ns + series_gap(rng, usual_ns);
	}
}

static inline int64_t series_newest(const series *s, int n)
{
	int64_t newest_ns = s->t_ns[0];
	for (int i = 0; i < n; i++)
		newest_ns += s->gap_ns[i];
	return newest_ns;
}

#endif
