/* credits.h - what a provider's credits pay, as a line of its own.
 *
 * A credit never enters a cost: a credited lot counts at its full price, so that on the day the credits end no price moves. It
 * is a line of what the books show, beside the cost, and there it ends on that day. */
#ifndef SP_ECONOMICS_CREDITS_H
#define SP_ECONOMICS_CREDITS_H

#include "controller/economics/sellable.h"

#define SP_CREDITS_NONE INT64_MIN /* a lot without credits */

/* sp_credits_rate - what credits pay by the hour: the full price of the lots on credits, rented ones as far as they run.
 *
 *     rate = sum over counted lots with now < until of  GPUs paid for x usd_per_gpu_h      [USD/h]
 *
 * Spare capacity that is not a lot has no credits.
 *
 * in     until_ns[supply's lots]: when the credits of each end, SP_CREDITS_NONE: there are none
 * out    *usd_per_h, written only when known
 * fails  SP_TOO_LITTLE while a lot on credits has no price */
sp_answer sp_credits_rate(const sp_supply *supply, const int64_t *until_ns, int64_t now_ns, double *usd_per_h);

#endif
