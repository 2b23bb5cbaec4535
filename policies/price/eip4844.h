/* eip4844.h - Ethereum's blob fee as pure functions of integers: an exponential of accumulated excess. */
#ifndef SP_POLICIES_PRICE_EIP4844_H
#define SP_POLICIES_PRICE_EIP4844_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/* sp_eip4844_price - factor x e^(excess / fraction), by its Taylor series, every division rounding down.
 *
 *     a = factor x fraction, i = 1;  while a > 0: sum += a, a = a x excess / (fraction x i), i += 1;  price = sum / fraction
 *
 * in     factor >= 0, excess >= 0, fraction > 0 (asserted)
 * out    *price; written only on SP_OK
 * fails  SP_E_OVERFLOW where a product does not fit 128 bits or the price not int64
 * cost   O(excess / fraction + log(factor x fraction)), allocates: no
 * source EIP-4844, fake_exponential */
sp_status sp_eip4844_price(int64_t factor, int64_t excess, int64_t fraction, int64_t *price);

/* What a period was meant to carry and could carry, in one unit with what was used. */
typedef struct sp_eip4844_room {
	int64_t target, most;
} sp_eip4844_room;

/* sp_eip4844_excess - the excess after a period in which `used` was used.
 *
 *     excess + used < target       0
 *     the reserve binds            excess + used x (most - target) / most
 *     else                         excess + used - target
 *
 * The reserve is a floor that another cost sets; while it lies above the price, nobody feels the price, and what is used says
 * nothing about it: so the integral does not run down (EIP-7918).
 *
 * in     excess, used >= 0; 0 < target <= most (asserted)
 * returns the excess, held at INT64_MAX
 * source EIP-4844, calc_excess_blob_gas; EIP-7918 */
int64_t sp_eip4844_excess(int64_t excess, int64_t used, const sp_eip4844_room *room, bool reserve_binds);

#endif
