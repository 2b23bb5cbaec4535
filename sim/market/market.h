/* market.h - a market that answers to prices, so that a loop can be closed without customers.
 *
 * Base demand at list price comes from a curve (scenario.h) or from a recorded trace (series.h); buyers answer to what they
 * pay (buyers.h); a pool serves up to its capacity and turns the rest away, from every SKU the same share; GPUs cost what their path says. The same setup,
 * plan, seed and prices give the same bytes, on every machine.
 *
 * A first market: rented GPUs run all the time, there is one elasticity a family, and no cross effects.
 *
 * Its signals, dated at the period's last nanosecond: usd_per_gpu_h of lots by signal, gpus_running of rented lots, demand, served and
 * rejected of SKUs, utilization (served / running capacity, as a fleet measures it) of pools. */
#ifndef SP_SIM_MARKET_MARKET_H
#define SP_SIM_MARKET_MARKET_H

#include <stdint.h>

#include "base/money.h"
#include "base/signal.h"
#include "controller/engine/setup.h"
#include "sim/market/scenario.h"
#include "sim/market/series.h"

typedef struct sp_market sp_market;

typedef struct sp_market_options {
	const char *scenario; /* NULL: calm */
	const char *const *settings;
	uint32_t n_settings;
	const sp_series
	    *series; /* NULL: the curve; else the demand of the SKUs it has, over and over; outlives the market */
	uint64_t seed;
	int64_t start_ns; /* of the first period: a multiple of the setup's period */
} sp_market_options;

/* sp_market_open - a market of this configuration. Chance is drawn per family from the seed and the family's id, so that another family
 * changes nothing for this one.
 *
 * out    *market, the caller's to close; written only on SP_OK
 * fails  a setting's error; SP_E_RANGE start; SP_E_MEMORY */
sp_status sp_market_open(const sp_setup *setup, const sp_market_options *options, sp_market **market,
                         sp_message *message);
void sp_market_close(sp_market *market); /* NULL is accepted */

/* Takes one signal (source 0); anything but SP_OK ends the step with that status. */
typedef sp_status (*sp_market_emit)(void *context, const sp_signal *signal);

/* sp_market_step - the period that ends at t_ns.
 *
 * in     t_ns: the end of the next period (asserted); prices [USD per unit] by SKU slot, in force during it, > 0
 * out    its signals to `emit`, in a fixed order: lots, SKUs, pools
 * fails  what emit says; SP_E_OVERFLOW more money than an int64 of nano-USD holds
 * cost   O(families + SKUs + lots), allocates: no */
sp_status sp_market_step(sp_market *market, int64_t t_ns, const sp_money *prices, sp_market_emit emit, void *context);

/* Money of a period or of all so far. Credits are stripped: subsidised capacity counts at its price. */
typedef struct sp_market_money {
	sp_money revenue;  /* of what was served, at the prices in force */
	sp_money variable; /* variable cost of what was served */
	sp_money capacity; /* every lot's GPUs that run, by the hour */
	sp_money margin;   /* contribution: revenue - variable - capacity */
} sp_market_money;

void sp_market_last(const sp_market *market, sp_market_money *money);        /* of the last step */
void sp_market_total(const sp_market *market, sp_market_money *money);       /* since the start */
sp_money sp_market_family_revenue(const sp_market *market, uint32_t family); /* since the start */

/* What the last step did, for pictures: a family's demand relative to its mean at list price, and the bill its buyers feel relative to the
 * sheet; a pool's offered load and running capacity [resource units/s]. */
double sp_market_family_demand(const sp_market *market, uint32_t family);
double sp_market_family_bill(const sp_market *market, uint32_t family);
double sp_market_pool_load(const sp_market *market, uint32_t pool);
double sp_market_pool_capacity(const sp_market *market, uint32_t pool);

#endif
