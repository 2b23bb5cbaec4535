/* sellable.h - what a pool's capacity is, and what a sellable unit of it costs, whatever today's load.
 *
 * Every lot that counts enters the cost at its listed size and full price, running or not, credited or not: else the cost
 * would fall with the load and rise with idleness, and a price that followed it would drive customers away just when
 * they are missing. All functions are pure; none allocates. */
#ifndef SP_ECONOMICS_SELLABLE_H
#define SP_ECONOMICS_SELLABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/estimate.h"
#include "base/money.h"
#include "controller/economics/unit_cost.h"

/* One supply lot as it stands now. */
typedef struct sp_supply_lot {
	int64_t gpus;           /* listed size, >= 0 */
	sp_money usd_per_gpu_h; /* full price; meaningful only when priced */
	bool counted;           /* in force now: its term has not ended */
	bool priced;            /* its price is known; false until a signalled price arrives */
	bool rented;            /* on-demand or spot: runs only as far as `running` says */
	double running;         /* GPUs of a rented lot that run, >= 0; 0 until sent */
} sp_supply_lot;

typedef struct sp_supply {
	const sp_supply_lot *lots;
	uint32_t n_lots;
	double units_per_gpu_s; /* [resource units/GPU/s] > 0 */
	double redundancy;      /* [1] >= 1: spare capacity that is not listed as a lot */
	double slo_headroom;    /* [1] in [0, 1): share kept free so that latency holds */
} sp_supply;

/* Lots added up: exact. */
typedef struct sp_supply_sum {
	__int128 nano_per_h, gpus; /* 2^63 GPUs at 2^63 nano-USD still fit */
} sp_supply_sum;

/* sp_supply_spread - a bill of so much over all that so many GPUs can sell [USD/resource unit].
 * in     sum: at least one GPU (asserted); supply: units_per_gpu_s, redundancy and headroom are read, lots are not */
double sp_supply_spread(const sp_supply_sum *sum, const sp_supply *supply);

/* sp_supply_cost - the sellable-capacity cost of one resource unit.
 *
 *     cost = sum(gpus x usd_per_gpu_h) x redundancy / (sum(gpus) x units_per_gpu_s x 3600 x (1 - slo_headroom))
 *
 * in     supply: sums over the counted lots
 * out    *cost [USD/resource unit] >= 0, without a band (sp_sellable_of has one); written only when known. Of a type that a realised cost
 *        cannot take: the engine gives no other cost to its laws
 * fails  SP_TOO_LITTLE while a counted lot with GPUs has no price yet: a cost without it would be wrong, not rough;
 *        SP_NOT_IDENTIFIED when no counted lot has a GPU
 * source reference economics: "sellable-capacity cost"; R22 */
sp_answer sp_supply_cost(const sp_supply *supply, sp_sellable_cost *cost);

/* sp_sellable_of - the same with its band, for a unit of so many resource units. What GPUs cost and how many there are is on
 * contracts; what one of them serves, and what a unit takes, may be guesses.
 *
 *     cost = sp_supply_cost x unit;  lowest where a GPU serves most and a unit takes least
 *
 * in     supply, whose own units_per_gpu_s is not read; per_gpu_s: what one GPU serves, its whole band > 0; unit >= 0
 * out    *cost, written only when known; its value is bit for bit what the engine computes
 * fails  as sp_supply_cost */
sp_answer sp_sellable_of(const sp_supply *supply, sp_figure per_gpu_s, sp_figure unit, sp_sellable_cost *cost);

/* sp_supply_owned - capacity of the owned and reserved lots [resource units/s]; 0 when there is none. */
double sp_supply_owned(const sp_supply *supply);

/* sp_supply_running - what runs now [resource units/s]: owned and reserved lots, and of the rented ones what is running. Used
 * while no fresh `capacity` signal says better (R22). */
double sp_supply_running(const sp_supply *supply);

#endif
