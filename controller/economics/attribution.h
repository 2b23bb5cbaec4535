/* attribution.h - "each cause's dollars" of a change, with one answer: the Shapley value of the factors that changed.
 *
 * A cost is made of factors that multiply, so what one of them did depends on what the others were meanwhile. Changing them one after
 * the other gives as many answers as there are orders. The Shapley value is their mean over all orders: it depends on none, gives
 * nothing to a factor that did not change, the same to two that act alike, and sums to the whole change. */
#ifndef SP_ECONOMICS_ATTRIBUTION_H
#define SP_ECONOMICS_ATTRIBUTION_H

#include <stdint.h>

#include "base/money.h"
#include "base/status.h"

#define SP_ATTRIBUTION_FACTORS_MAX 8 /* 2^8 evaluations; products with 8! stay within 128 bits */

/* The value when the factors in `changed` (bit i: factor i) are as they are after, the others as before. The same answer each time. */
typedef sp_status (*sp_attribution_value)(const void *context, uint32_t changed, int64_t *nano);

/* sp_attribution_of - what each factor did to a value.
 *
 *     part_i = sum over S without i of  |S|! (n - |S| - 1)! / n!  x  (value(S + i) - value(S))
 *
 * The parts are computed as whole numbers over n!, exactly, then rounded to whole nano-USD that sum to value(all) - value(none) to
 * the last one: each is rounded down, and what is left goes to the largest remainders, of equal ones to the factor with the lower
 * number. So the order in which anybody looks at the factors is of no account; a factor's number is, by one nano-USD.
 *
 * in     n in 1..SP_ATTRIBUTION_FACTORS_MAX (asserted)
 * out    parts[n]; written only on SP_OK
 * fails  SP_E_OVERFLOW when a part or the whole change is beyond int64; what `value` says
 * cost   2^n values, n 2^n additions; allocates: no
 * source Shapley 1953, "A value for n-person games"; as a decomposition of costs: Sun 1998 (Energy Economics 20), Albrecht,
 *        Francois and Schoors 2002 (Energy Policy 30). Rounding: largest remainder (Hamilton) */
sp_status sp_attribution_of(uint32_t n, sp_attribution_value value, const void *context, sp_money *parts);

#endif
