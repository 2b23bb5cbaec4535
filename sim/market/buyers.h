/* buyers.h - a family's buyers: how much they want, and how they answer to what they pay.
 *
 *     demand at list price   D0 = base x shape(t) x exp(chance - variance / 2)
 *     the bill they feel     bill += min(1, a D0 / mean D0) (price - bill),  a = 1 - exp(-dt / response_lag)
 *     demand                 D = D0 bill^-elasticity
 *
 * Prices and the bill are relative to the sheet. The bill is the *demand-weighted* mean price: who buys more has paid more of it, so that
 * pulsing a price when few look earns nothing by itself. The price is the one of `delay_periods` ago. Everything is computed with our
 * own exp and log: the same numbers on every machine. */
#ifndef SP_SIM_MARKET_BUYERS_H
#define SP_SIM_MARKET_BUYERS_H

#include "base/rng.h"
#include "base/status.h"
#include "sim/market/scenario.h"

typedef struct sp_buyers {
	sp_market_buyers params;
	double bill;
	double chance;    /* the slow one: logarithm, stationary from the start on */
	double keep;      /* of it, from one period to the next */
	double responded; /* a */
	double *seen;     /* owned: the last delay_periods + 1 prices, a ring */
	uint32_t n_seen, at;
	sp_rng rng;
} sp_buyers;

/* sp_buyers_open - buyers who know the list price only. SP_E_MEMORY. */
sp_status sp_buyers_open(sp_buyers *buyers, const sp_market_buyers *params, int64_t period_ns, uint64_t seed);
void sp_buyers_close(sp_buyers *buyers); /* accepts all zero */

/* sp_buyers_wave - the daily wave alone, mean 1 over a day. */
double sp_buyers_wave(const sp_market_buyers *params, int64_t t_ns);

/* sp_buyers_events - growth, step and spike at a time after the start: what the base demand is multiplied by. */
double sp_buyers_events(const sp_market_buyers *params, int64_t since_ns);

/* sp_buyers_chance - the chance of the next period, mean 1. Draws two numbers, whatever the parameters are. */
double sp_buyers_chance(sp_buyers *buyers);

/* sp_buyers_answer - one period: the price now (relative to the sheet, > 0) and how much is wanted at list price relative to its
 * mean; returns what that is multiplied by. */
double sp_buyers_answer(sp_buyers *buyers, double price, double wanted);

#endif
