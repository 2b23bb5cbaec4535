/* cost_change.h - why a unit's cost is not what it was: each cause's nano-USD, summing exactly to the change (attribution.h). */
#ifndef SP_ECONOMICS_COST_CHANGE_H
#define SP_ECONOMICS_COST_CHANGE_H

#include "controller/economics/attribution.h"
#include "controller/economics/sellable.h"

/* X(name, words); the number decides between equal remainders of rounding: keep the order. */
#define SP_CAUSE_MAP(X)                                         \
	X(gpu_price, "GPU price: what the same lots cost")          \
	X(lots, "lots: which there are, and how large")             \
	X(capacity, "capacity: what a GPU serves")                  \
	X(redundancy, "redundancy: spare capacity beside the lots") \
	X(headroom, "headroom: capacity kept free for latency")     \
	X(weights, "weights: what a SKU takes")                     \
	X(mix, "mix: which SKUs were sold")

typedef enum sp_cause {
#define X(name, words) SP_CAUSE_##name,
	SP_CAUSE_MAP(X)
#undef X
	    SP_CAUSES
} sp_cause;

const char *sp_cause_name(sp_cause cause);  /* "gpu_price" */
const char *sp_cause_words(sp_cause cause); /* "GPU price: what the same lots cost" */

/* A pool before and after. Lot i of one is lot i of the other: a lot that is on one side only stands on the other with
 * `counted` false. A lot counts for its price where both sides have it; one that came or went is the cause `lots` alone. */
typedef struct sp_cost_change {
	const sp_supply *from, *to;
	double units[2][2]; /* [weights][mix], 0 before and 1 after: resource units in the unit; finite, >= 0 */
} sp_cost_change;

/* sp_cost_change_of - the sellable cost's change by cause.
 *
 * in     change: as many lots on both sides (asserted), the cost of both known
 * out    parts, summing to the difference of the two costs as each is shown, rounded half to even; only when SP_OK and known
 * fails  *answer not known: as sp_supply_cost, of either side; SP_E_OVERFLOW
 * cost   2^SP_CAUSES x lots, allocates: no
 * source attribution.h; as reference economics has it */
sp_status sp_cost_change_of(const sp_cost_change *change, sp_money parts[SP_CAUSES], sp_answer *answer);

#endif
