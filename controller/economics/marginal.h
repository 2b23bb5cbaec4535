/* marginal.h - what the next unit costs: its variable cost, and a shadow price for the capacity it takes.
 *
 * While reserved capacity idles the next unit takes nothing from anybody: its shadow price is 0. Once owned and reserved lots are full,
 * as far as they may be sold, it makes us rent, and costs what the next rented GPU does. Rented lots are taken cheapest first. When
 * everything listed is full the next unit can only displace another one, which is worth at least the dearest GPU listed. */
#ifndef SP_ECONOMICS_MARGINAL_H
#define SP_ECONOMICS_MARGINAL_H

#include "controller/economics/sellable.h"

/* The next unit of a pool: how full it is, how much the unit takes, and what it costs beside capacity. */
typedef struct sp_next_unit {
	sp_figure load;    /* [resource units/s] >= 0: as a band, since its estimate is one */
	sp_figure unit;    /* [resource units] >= 0 in one unit */
	sp_money variable; /* of one unit: what is paid for it alone; on a contract, so without a band */
} sp_next_unit;

/* sp_marginal_shadow - the shadow price of one resource unit.
 *
 *     sellable    = GPUs x units_per_gpu_s x (1 - slo_headroom), added up lot by lot: owned and reserved first, then rented by price
 *     shadow      = 0                                                      load < sellable of owned and reserved
 *                   p x redundancy / (units_per_gpu_s x 3600 x (1 - slo_headroom)), p the price of the rented lot in which load falls
 *     beyond all  p the dearest of all lots: no less than that
 *
 * out    *usd_per_unit [USD/resource unit] >= 0; *full: load is beyond all lots. Written only when known
 * fails  SP_TOO_LITTLE while the lots to compare have no price
 * source merit order of capacity, peak-load pricing: Boiteux 1949 (English in Journal of Business 33, 1960) */
sp_answer sp_marginal_shadow(const sp_supply *supply, double load, double *usd_per_unit, bool *full);

/* sp_marginal_of - variable cost + shadow price x unit, with the band over the ends of load, per_gpu_s and unit: the shadow
 * price rises with load and falls with what a GPU serves, so the ends of one are those of the other.
 *
 * in     supply, whose own units_per_gpu_s is not read; per_gpu_s: its whole band > 0
 * out    *cost; *full: the pool is full at the load that is most likely
 * fails  as sp_marginal_shadow, at any end */
sp_answer sp_marginal_of(const sp_supply *supply, sp_figure per_gpu_s, const sp_next_unit *next, sp_marginal_cost *cost,
                         bool *full);

#endif
