/* eip1559.h - the base-fee rule of Ethereum as a pure function of integers. */
#ifndef SP_POLICIES_PRICE_EIP1559_H
#define SP_POLICIES_PRICE_EIP1559_H

#include <stdint.h>

#include "base/status.h"

/* sp_eip1559_next - the next price after a period in which `used` was used where `target` was meant.
 *
 *     used = target    price
 *     used > target    price + max(1, price x (used - target) / target / denominator)
 *     used < target    max(0, price - price x (target - used) / target / denominator)
 *
 * Every division rounds down, target first, then denominator; so a price below `denominator` no longer falls.
 *
 * in     price >= 0, used >= 0, target > 0, denominator > 0 (asserted); any unit
 * out    *next >= 0; written only on SP_OK
 * fails  SP_E_OVERFLOW
 * source EIP-1559, "Specification" */
sp_status sp_eip1559_next(int64_t price, int64_t used, int64_t target, int64_t denominator, int64_t *next);

#endif
