/* bare.h - each estimator's formula as a loop over arrays and nothing else: no contract, no checks, no late ones, no extremes.
 *
 * The ceiling for the speed of an update. The C library's exp, log and pow, which the engine may not call (P7: no decision depends on
 * the C library): what that promise costs is in the ratio. */
#ifndef SP_BENCH_ESTIMATORS_BARE_H
#define SP_BENCH_ESTIMATORS_BARE_H

#include <stddef.h>

typedef struct bare_series {
	const double *gap_s; /* [n] since the one before */
	const double *x;     /* [n] */
	size_t n;
} bare_series;

/* Each returns something of what it computed, so that no compiler leaves it out. */
typedef double (*bare_loop)(const bare_series *series);

/* The loop of a kind, with the kind's default parameters; NULL: none was written. */
bare_loop bare_find(const char *kind);

#endif
