/* family.h - contribution margin by family, by the day: from what was billed, or from what a log recorded.
 *
 *     load    = sum over the family's SKUs of  units x weight                              [resource units]
 *     cost    = sellable-capacity cost of that load: full price, credited or not, whatever the pool's load
 *               + variable cost of its units (licences, egress), as the price sheet has it
 *     margin  = revenue - cost - support - incidents;  as booked: + the credits of the family's pool, shared by load
 *
 * Weights and what a GPU serves come with their basis and band (beliefs.h), so every cost has them; a margin whose sign flips inside
 * its band is unknown. Beside it stands what neither weights nor capacity are in: all revenue less all that the lots are paid. What was
 * spent on a whole pool (credits, support, incidents) is shared over its families by load, to the last nano-USD; while a pool has no load
 * it stays the pool's. */
#ifndef SP_SIM_MARGIN_FAMILY_H
#define SP_SIM_MARGIN_FAMILY_H

#include "controller/economics/margin.h"
#include "controller/economics/sellable.h"
#include "sim/import/billed.h"
#include "sim/margin/beliefs.h"

typedef struct sp_family_margin {
	const char *id;
	uint32_t pool;
	/* Told by the caller of sp_margins_init. */
	sp_answer load_answer, revenue_answer; /* is it known, and why not */
	sp_figure load;                        /* [resource units/day]; known only */
	sp_amount revenue;                     /* [USD/day]; known only */
	double variable_usd;                   /* of its units [USD/day] */
	sp_money support, incidents;           /* its own [USD/day] */
	/* Found by sp_margins_settle. */
	sp_answer answer;   /* of the cost */
	sp_amount capacity; /* its load at sellable cost; known only */
	sp_amount cost;     /* that and what its units cost beside it; known only */
	sp_money credits;   /* of its pool, by load; support and incidents have their share in them by then */
	sp_margin margin;   /* known only, of cost and revenue */
} sp_family_margin;

typedef struct sp_pool_margin {
	const char *id;
	sp_money support, incidents; /* the pool's own [USD/day], told by the caller */
	sp_answer answer;
	sp_amount paid;   /* [USD/day] for its lots, at full price; known only */
	sp_amount sold;   /* its families' loads at sellable cost */
	sp_money credits; /* of paid, by credits */
	sp_money left;    /* of support and incidents, what no family had a load to bear */
} sp_pool_margin;

typedef struct sp_margins {
	sp_family_margin *families; /* owned; those with load or without, in the setup's order */
	sp_pool_margin *pools;      /* owned */
	uint32_t n_families, n_pools;
	int64_t span_ns; /* the while that it is made of */
	bool beside;     /* support and incidents are in it */
	bool known;      /* the total is: every family's load, revenue and cost */
	bool revenue_known, paid_known;
	sp_amount revenue, cost, paid; /* of what is known */
	sp_margin margin;
	uint32_t n_strange; /* SKUs of the usage that the configuration does not know */
	sp_exact strange;   /* their revenue in all of the span */
} sp_margins;

/* A pool's supply at the moment; one for each pool. */
typedef struct sp_margin_supply {
	sp_supply supply;
	const int64_t *until_ns; /* by lot: when its credits end */
	sp_figure per_gpu_s;
	bool running_known;
} sp_margin_supply;

/* sp_margins_init - families and pools with their names, nothing known of them. SP_E_MEMORY. Fini whatever the answer. */
sp_status sp_margins_init(const sp_setup *setup, int64_t span_ns, sp_margins *margins);

/* sp_margins_settle - costs and margins from what was told of families and pools.
 * in     supplies: by pool; now_ns: credits that have ended by then pay nothing
 * fails  SP_E_OVERFLOW, SP_E_MEMORY */
sp_status sp_margins_settle(const sp_margin_supply *supplies, int64_t now_ns, sp_margins *margins);

/* sp_margins_of - of what was billed, under a configuration's lots; support and incidents are not in it. The setup outlives the margins.
 * fails  SP_E_OVERFLOW, SP_E_MEMORY. Fini whatever the answer. */
sp_status sp_margins_of(const sp_setup *setup, const sp_beliefs *beliefs, const sp_billed *billed, sp_margins *margins);
void sp_margins_fini(sp_margins *margins); /* accepts all zero */

#endif
