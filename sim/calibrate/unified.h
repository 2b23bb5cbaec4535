/* unified.h - 90 % confidence intervals of a quantity that cannot be negative, honest at 0 as well.
 *
 * Cutting a plain interval off at 0 holds a truth of 0 in 95 %, not 90 %, and is a single point or empty when noise puts the measurement far
 * below. Here the interval holds every truth in 90 %, is never empty, and turns by itself from "at most" into "from, to". A truth m is
 * in the interval of a measurement x, both in standard errors, when x lies in [x1, x2]:
 *
 *     P(x1 <= x <= x2 | m) = 0.9,  and both ends are equally likely beside the best truth that is allowed, max(x, 0)
 *     m >= 1.645:  x1 = m - 1.645, x2 = m + 1.645
 *     else         x2 = m + d, x1 = m/2 - d^2 / (2 m),  d from 1.282 (m = 0: an upper limit) to 1.645
 *
 * source  Feldman and Cousins, Physical Review D 57, 3873 (1998), section IV B */
#ifndef SP_SIM_CALIBRATE_UNIFIED_H
#define SP_SIM_CALIBRATE_UNIFIED_H

#include <stdbool.h>

#define SP_UNIFIED_Z 1.6448536269514722 /* the normal's 95 % point */

/* How uncertain a quantity is were its truth `at`: of a ratio, that depends on the ratio.
 *
 *     s(at)^2 = (own - 2 at x shared + at^2 x other) / scale^2
 *
 * A plain standard error s: own = s^2, scale = 1, the others 0. A ratio a / b: own, shared and other are the variance of a, the covariance, and
 * the variance of b; scale is b (Fieller, Quarterly Journal of Pharmacy 17, 117 (1944)). */
typedef struct sp_unified_error {
	double own, shared, other, scale;
} sp_unified_error;

/* sp_unified_interval - the truths that a measurement allows.
 * in     measured, error: finite; scale > 0
 * out    0 <= *low <= *high, written only when true
 * fails  false when there is no upper end: the ratio's other part may be 0 */
bool sp_unified_interval(double measured, sp_unified_error error, double *low, double *high);

#endif
