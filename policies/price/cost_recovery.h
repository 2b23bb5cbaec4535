/* cost_recovery.h - Arbitrum's pricing of its parent chain as a pure function: a price that brings a ledger to zero. */
#ifndef SP_POLICIES_PRICE_COST_RECOVERY_H
#define SP_POLICIES_PRICE_COST_RECOVERY_H

typedef struct sp_recovery {
	double surplus;       /* collected less due [USD] */
	double have;          /* what a unit adds to the surplus at the price as it is [USD/unit] */
	double units;         /* sold since the last step */
	double equilibration; /* E: units within which the surplus should be gone */
	double inertia;       /* > 0: so many times in E the price may turn */
	double most;          /* of -surplus / E, either way [USD/unit] */
} sp_recovery;

/* sp_cost_recovery_step - by how much the price of a unit moves.
 *
 *     want = -surplus / E, within +-most;   (want - have) x units / (units + E / inertia)
 *
 * in     r: finite; units >= 0, equilibration > 0, inertia > 0, most >= 0 (asserted)
 * returns [USD/unit], finite
 * source Arbitrum Nitro, l1pricing UpdatePricingModel */
double sp_cost_recovery_step(const sp_recovery *r);

#endif
