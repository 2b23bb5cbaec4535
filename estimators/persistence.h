/* persistence.h - how much an observation resembles the one before it, seen through signs alone.
 *
 * Observations that resemble one another say less than as many independent ones: the mean of n of them has the variance
 * s2 / n x (1 + phi) / (1 - phi) for an AR(1) process with lag-one correlation phi and long n. Of a Gaussian AR(1) process about its
 * median, consecutive signs agree with a mean product r = (2 / pi) asin(phi) (Kedem 1980), so phi = sin(pi r / 2). Signs do not
 * feel spikes, scale or the shape of the distribution, and need no variance.
 *
 *     r = sum(sign sign') / (pairs + 4)        the 4 keep a handful of pairs from claiming anything; phi in [0, 0.98]
 *
 * A sign of 0 (on the level exactly) makes no pair. Negative correlation counts as none: that errs to the wider side. */
#ifndef SP_ESTIMATORS_PERSISTENCE_H
#define SP_ESTIMATORS_PERSISTENCE_H

#include <stddef.h>

#include "base/assert.h"
#include "base/math.h"

typedef struct sp_persistence {
	double pairs, agreement; /* weights of the pairs, and of those of equal signs less those of unequal ones */
	double last;             /* the newest sign: -1, 0, 1 */
} sp_persistence;

/* sp_persistence_fold - one more observation, by its deviation from the level. What was seen before keeps the share `kept`,
 * the new pair weighs `weight`. */
static inline void sp_persistence_fold(sp_persistence *p, double kept, double weight, double deviation)
{
	SP_ASSERT(p != NULL && kept >= 0 && weight >= 0);
	double sign = (double)((deviation > 0) - (deviation < 0)), alike = sign * p->last; /* 0: no pair */
	p->pairs = kept * p->pairs + weight * sp_abs(alike); /* no branch: which sign comes next is anyone's guess */
	p->agreement = kept * p->agreement + weight * alike;
	p->last = sign;
}

/* sp_persistence_inflation - by what the variance of a mean grows: (1 + phi) / (1 - phi), in [1, 99]. `one` is the weight of a new
 * pair. */
double sp_persistence_inflation(const sp_persistence *p, double one);

#endif
