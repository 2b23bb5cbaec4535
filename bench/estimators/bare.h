/* bare.h - each estimator's formula as a loop over arrays and nothing else: no contract, no checks, no late ones, no extremes.
 *
 * What one would write in an afternoon: the ceiling for the speed of an update. With our own exp and log, as the engine must (P7: no
 * decision depends on the C library), or with the C library's, which are quicker: what that promise costs. */
#ifndef SP_BENCH_ESTIMATORS_BARE_H
#define SP_BENCH_ESTIMATORS_BARE_H

#include <stddef.h>

typedef struct bare_math {
	double (*exp)(double), (*exp2)(double), (*log)(double), (*pow)(double, double);
} bare_math;

extern const bare_math bare_math_ours, bare_math_libm;

typedef struct bare_series {
	const bare_math *m;
	const double *gap_s; /* [n] since the one before */
	const double *x;     /* [n] */
	size_t n;
} bare_series;

/* Each returns something of what it computed, so that no compiler leaves it out. */
typedef double (*bare_loop)(const bare_series *series);

/* The loop of a kind, with the kind's default parameters; NULL: none was written. */
bare_loop bare_find(const char *kind);

#endif
