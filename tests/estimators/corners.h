/* corners.h - parameter blocks at the ends of every row's range, and hostile streams: what conformance tests feed. */
#ifndef SP_TESTS_ESTIMATORS_CORNERS_H
#define SP_TESTS_ESTIMATORS_CORNERS_H

#include <string.h>

#include "base/param.h"
#include "base/rng.h"
#include "base/time.h"

/* Writes a row's least (high: greatest) permitted value into the record. */
static inline void corner_set(const sp_param *row, bool high, void *record)
{
	char *field = (char *)record + row->offset;
	double x = high ? row->max : row->min;
	int64_t n = 0;
	uint32_t choice = 0;
	bool flag = high;
	switch (row->type) {
	case SP_PARAM_REAL:
		memcpy(field, &x, sizeof x);
		return;
	case SP_PARAM_CHOICE:
		while (high && row->choices[choice + 1] != NULL)
			choice++;
		memcpy(field, &choice, sizeof choice);
		return;
	case SP_PARAM_FLAG:
		memcpy(field, &flag, sizeof flag);
		return;
	case SP_PARAM_COUNT:
		n = (int64_t)x;
		break;
	default:
		n = (int64_t)(x * 1e9);
		break;
	}
	memcpy(field, &n, sizeof n);
}

/* How many blocks corner_params can make of a table: the initial one, and each row low and high. */
static inline size_t corner_count(size_t n_rows)
{
	return 1 + 2 * n_rows;
}

static inline void corner_params(const sp_param *rows, size_t n_rows, size_t corner, void *record)
{
	sp_params_init(rows, n_rows, record);
	if (corner > 0)
		corner_set(&rows[(corner - 1) / 2], corner % 2 == 0, record);
}

/* A value to be afraid of, now and then an ordinary one. */
static inline double corner_value(sp_rng *rng)
{
	static const double worst[] = {0,    -0.0, 1,     -1,     5e-324,  -5e-324,  2.3e-308, 1e-300,
	                               1e18, 1e99, 1e300, -1e300, 1.7e308, -1.7e308, 1e-18,    0.7};
	uint64_t i = sp_rng_below(rng, 2 * sizeof worst / sizeof *worst);
	return i < sizeof worst / sizeof *worst ? worst[i] : 100 * sp_rng_normal(rng);
}

/* The next time of a hostile clock: the same, backwards, a nanosecond on, a period on, years on; within permitted times. */
static inline int64_t corner_time(sp_rng *rng, int64_t t_ns)
{
	static const int64_t gaps[] = {0, -SP_HOUR, 1, SP_MIN, SP_MIN, SP_DAY, 3650 * SP_DAY, -3650 * SP_DAY};
	t_ns += gaps[sp_rng_below(rng, sizeof gaps / sizeof *gaps)];
	return t_ns < SP_TIME_MIN_NS ? SP_TIME_MIN_NS : t_ns > SP_TIME_MAX_NS ? SP_TIME_MAX_NS : t_ns;
}

#endif
