/* agree.h - two sources of one quantity: do they tell the same, and which of them is to be believed?
 *
 *     z = (a - b) / sqrt(variance a + variance b + (tolerance x max(|a|, |b|))^2)
 *
 * They disagree when |z| is beyond `limit` (3: one in 370 by chance, where errors are normal and apart). What two sources of one
 * quantity always differ by - where they measure, how they round - is no error of either's and is given as tolerance.
 *
 * Neither is averaged away: while they disagree at least one is wrong, and the mean of a right and a wrong one is wrong. The
 * one whose mistake would hurt less is used, until somebody finds out:
 *
 *     to raise a price    the value that asks for less of a raise: of cost or load the smaller
 *     to cut a price      the value that asks for less of a cut: of cost or load the larger
 *     to hold             that of a cut: what must be covered
 *
 * and of a margin the other way round (Kubernetes' autoscaler fills in what is missing in the same spirit). While they agree, the
 * better known one is used: the smaller variance, of equal ones the first, which is the one the configuration names first. */
#ifndef SP_ESTIMATORS_AGREE_H
#define SP_ESTIMATORS_AGREE_H

#include <stdbool.h>

#include "base/estimate.h"

/* What the price would do with the answer. */
typedef enum sp_direction { SP_DIRECTION_HOLD, SP_DIRECTION_RAISE, SP_DIRECTION_CUT } sp_direction;

typedef struct sp_agree_rule {
	double limit;     /* of |z|, > 0 */
	double tolerance; /* of the larger magnitude, in [0, 1] */
	bool falling;     /* a larger value speaks for a lower price (a margin); else for a higher one (cost, load) */
} sp_agree_rule;

typedef struct sp_agreement {
	bool agree;
	double z;     /* finite; within +-10^6: further apart says no more */
	int32_t used; /* 0: the first, 1: the second */
} sp_agreement;

/* sp_agree - compares two estimates of one quantity at one time.
 *
 * in     both known: finite values, variances >= 0 (asserted)
 * cost   O(1), allocates: no
 * thread pure */
sp_agreement sp_agree(const sp_estimate *a, const sp_estimate *b, const sp_agree_rule *rule, sp_direction direction);

#endif
