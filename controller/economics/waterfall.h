/* waterfall.h - from the raw GPU to what a unit costs, and on to what the books show: steps in whole nano-USD that sum exactly.
 *
 *     raw GPU      what a reference unit costs on GPUs that sell all they can
 *     redundancy   the spare capacity that is not listed as a lot
 *     headroom     the capacity that is not sold so that latency holds
 *     mix          the unit shown instead of the reference unit
 *     = sellable   the cost that prices rest on
 *     idle         what was paid for and not served (negative where more was served than is to be sold)
 *     = realised   the cost of a unit served
 *     credits      paid by somebody else, until a date: negative
 *     support, incidents
 *     = booked     what the books show for a unit served
 *
 * The reference unit of a family is the plain mean of its SKUs' units: of the sheet, so that the mix is what customers made of it. A
 * SKU's own mix is what its unit takes more or less than that mean. */
#ifndef SP_ECONOMICS_WATERFALL_H
#define SP_ECONOMICS_WATERFALL_H

#include "controller/economics/realised.h"

typedef enum sp_waterfall_step {
	SP_STEP_GPU,
	SP_STEP_REDUNDANCY,
	SP_STEP_HEADROOM,
	SP_STEP_MIX,
	SP_STEP_IDLE,
	SP_STEP_CREDITS,
	SP_STEP_SUPPORT,
	SP_STEP_INCIDENTS,
	SP_STEPS
} sp_waterfall_step;

/* What stands beside the cost of a unit, per resource unit served. */
typedef struct sp_beside {
	sp_realised_cost realised;                      /* of one resource unit */
	double credits_usd, support_usd, incidents_usd; /* [USD/resource unit] >= 0 */
} sp_beside;

typedef struct sp_waterfall_input {
	const sp_supply *supply;
	double reference;        /* resource units in the reference unit, >= 0 */
	double unit;             /* resource units in the unit shown, >= 0 */
	const sp_beside *beside; /* NULL: it is not known what was served, and these steps stay 0 */
} sp_waterfall_input;

typedef struct sp_waterfall {
	sp_money steps[SP_STEPS];
	sp_money sellable; /* = the first four */
	sp_money realised; /* = sellable + idle */
	sp_money booked;   /* = all */
	bool beside_known;
} sp_waterfall;

const char *sp_waterfall_step_name(sp_waterfall_step step); /* "raw GPU" */

/* sp_waterfall_of - the steps of a unit's cost.
 *
 *     level_k = the unit's cost with the first k steps, rounded half to even;  step_k = level_k - level_(k-1)
 *
 * Sequential differences in the order above: each step answers "how much dearer does this make what came before", and they sum
 * to the total whatever the rounding.
 *
 * out    *waterfall; written only when SP_OK and known
 * fails  *answer not known: as sp_supply_cost; SP_E_OVERFLOW a level beyond int64 */
sp_status sp_waterfall_of(const sp_waterfall_input *input, sp_waterfall *waterfall, sp_answer *answer);

#endif
