/* family.h - contribution margin by family, from a configuration and what was billed: without a daemon, a log or a clock.
 *
 *     load    = sum over the family's SKUs of  units x weight                              [resource units]
 *     cost    = sellable-capacity cost of that load: full price, credited or not, whatever the pool's load
 *     margin  = revenue - cost;  as booked: + the credits of the family's pool, shared by load
 *
 * All by the day. Weights and what a GPU serves are assumed here, each within SP_BASIS_ASSUMED_WITHIN, so every cost has a band; a margin
 * whose sign flips inside it is unknown. A weight of exactly 1 is the unit of measure and has none. Beside it stands what neither
 * is in: all revenue less all that the lots are paid. */
#ifndef SP_SIM_MARGIN_FAMILY_H
#define SP_SIM_MARGIN_FAMILY_H

#include "base/estimate.h"
#include "controller/economics/margin.h"
#include "controller/engine/setup.h"
#include "sim/import/billed.h"

typedef struct sp_family_margin {
	const char *id;
	uint32_t pool;
	sp_figure load;    /* [resource units/day] */
	sp_answer answer;  /* whether the cost is known, and why not */
	sp_amount revenue; /* [USD/day] */
	sp_amount cost;    /* known only */
	sp_amount credits; /* of its pool, by load */
	sp_margin margin;  /* known only */
} sp_family_margin;

typedef struct sp_pool_margin {
	const char *id;
	sp_answer answer;
	sp_amount paid;    /* [USD/day] for its lots, at full price; known only */
	sp_amount sold;    /* at sellable cost */
	sp_amount credits; /* of paid, by credits */
} sp_pool_margin;

typedef struct sp_margins {
	sp_family_margin *families; /* owned; those with usage or without, in the setup's order */
	sp_pool_margin *pools;      /* owned */
	uint32_t n_families, n_pools;
	bool known;        /* the total is: every family with usage has a cost */
	sp_amount revenue; /* of the SKUs that are known */
	sp_amount cost, paid;
	sp_margin margin;
	bool has_revenue, paid_known;
	int64_t span_ns;    /* the days that it is made of */
	uint32_t n_strange; /* SKUs of the usage that the configuration does not know */
	sp_exact strange;   /* their revenue in all of the span */
} sp_margins;

/* sp_margins_of - setup and billed outlive the margins. fails  SP_E_OVERFLOW, SP_E_MEMORY. Fini whatever the answer. */
sp_status sp_margins_of(const sp_setup *setup, const sp_billed *billed, sp_margins *margins);
void sp_margins_fini(sp_margins *margins);

#endif
