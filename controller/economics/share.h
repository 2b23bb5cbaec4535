/* share.h - one bill over the SKUs that caused it, by the resources they took; and which of them shifted the mix. */
#ifndef SP_ECONOMICS_SHARE_H
#define SP_ECONOMICS_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/money.h"
#include "base/status.h"

/* sp_share_split - splits an amount by what each took of the resource: meter quantity x weight.
 *
 *     parts[i] = R(total x (uses[0] + … + uses[i]) / sum) - R(total x (uses[0] + … + uses[i-1]) / sum),  R rounds half to even
 *
 * Sequential differences: the parts sum to the total to the last nano-USD, none is off by more than one from its exact share (and
 * 2^-50 of the total, for sums of doubles), and one that took nothing pays nothing. Needs no memory, however many there are.
 *
 * in     uses[n] >= 0 and finite; n > 0
 * out    parts[n]; written only on SP_OK; may not overlap uses
 * fails  SP_E_RANGE when nobody took anything: there is nothing to share by
 * cost   O(n), allocates: no */
sp_status sp_share_split(sp_money total, const double *uses, uint32_t n, sp_money *parts);

/* sp_share_mean_unit - the resource units of a mean unit, at a mix of so many units of each.
 *
 *     mean = sum(amounts[i] x units[i]) / sum(amounts[i])
 *
 * in     amounts[n] >= 0, units[n] >= 0: resource units of one unit of each
 * out    *mean; written only when true
 * fails  false when there is nothing to weigh by */
bool sp_share_mean_unit(const double *amounts, const double *units, uint32_t n, double *mean);

/* sp_share_shift - names the SKUs that shifted a mix: what the cost of a mean unit changed by, because each one's share did.
 *
 *     weight_i = (to_i - from_i) x (units[i] - mean unit at `from`)
 *     parts[i] = total x weight_i / sum(weight), by sequential differences as above
 *
 * A share that grew of a unit dearer than the mean made the mean dearer, one that grew of a cheaper unit made it cheaper.
 *
 * in     from[n], to[n]: amounts at each mix, in any scale; units[n]; total: what the mix did in all (attribution.h)
 * out    parts[n], summing to total; meaningless unless true
 * fails  false when a mix is empty, or the shifts cancel out: then no SKU can be named */
bool sp_share_shift(sp_money total, const double *const mixes[2], const double *units, uint32_t n, sp_money *parts);

#endif
