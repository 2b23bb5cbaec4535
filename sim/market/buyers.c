/* buyers.c - see buyers.h. */
#include "sim/market/buyers.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"

#define BUYERS_PI         3.14159265358979323846
#define BUYERS_EVENTS_MAX 1e12 /* growth without end would leave the doubles */

sp_status sp_buyers_open(sp_buyers *buyers, const sp_market_buyers *params, int64_t period_ns, uint64_t seed)
{
	SP_ASSERT(period_ns > 0 && params->delay_periods >= 0);
	*buyers = (sp_buyers){.params = *params, .bill = 1, .n_seen = (uint32_t)params->delay_periods + 1};
	buyers->seen = malloc(buyers->n_seen * sizeof *buyers->seen);
	if (buyers->seen == NULL)
		return SP_E_MEMORY;
	for (uint32_t i = 0; i < buyers->n_seen; i++)
		buyers->seen[i] = 1;
	buyers->responded =
	    params->response_lag_ns > 0 ? 1 - sp_exp(-(double)period_ns / (double)params->response_lag_ns) : 1;
	buyers->keep = sp_exp(-(double)period_ns / (double)params->drift_noise_time_ns);
	sp_rng_init(&buyers->rng, seed);
	buyers->chance = (double)params->drift_noise_ppb * 1e-9 * sp_rng_normal(&buyers->rng);
	return SP_OK;
}

void sp_buyers_close(sp_buyers *buyers)
{
	free(buyers->seen);
	*buyers = (sp_buyers){0};
}

/* cos(2 pi turns), folded into the first quarter; Taylor to x^20, below 1e-16 there. */
static double buyers_cosine(double turns)
{
	SP_ASSERT(turns >= 0 && turns <= 2);
	double x = turns - (double)(int)turns;
	x = x > 0.5 ? 1 - x : x;
	const double sign = x > 0.25 ? -1 : 1;
	x = x > 0.25 ? 0.5 - x : x;
	const double y = 4 * BUYERS_PI * BUYERS_PI * x * x;
	double sum = 1;
	for (int k = 20; k >= 2; k -= 2)
		sum = 1 - y / (double)(k * (k - 1)) * sum;
	return sign * sum;
}

double sp_buyers_wave(const sp_market_buyers *params, int64_t t_ns)
{
	SP_ASSERT(t_ns >= SP_TIME_MIN_NS);
	double turns = (double)(t_ns % SP_DAY + SP_DAY - params->day_peak_ns) / (double)SP_DAY;
	return 1 + (double)params->day_swing_ppb * 1e-9 * buyers_cosine(turns);
}

/* The share of the crowd that is there. */
static double buyers_crowd(const sp_market_buyers *params, int64_t since_ns)
{
	int64_t t = since_ns - params->spike_at_ns;
	if (t < 0)
		return 0;
	if (t < params->spike_rise_ns)
		return (double)t / (double)params->spike_rise_ns;
	t -= params->spike_rise_ns + params->spike_for_ns;
	return t <= 0 ? 1 : sp_exp2(-(double)t / (double)params->spike_half_life_ns);
}

double sp_buyers_events(const sp_market_buyers *params, int64_t since_ns)
{
	double weeks = (double)since_ns / (double)(7 * SP_DAY);
	double events = sp_exp(weeks * sp_log(1 + (double)params->growth_ppb * 1e-9));
	if (since_ns >= params->step_at_ns)
		events *= 1 + (double)params->step_ppb * 1e-9;
	events *= 1 + (params->spike - 1) * buyers_crowd(params, since_ns);
	return sp_clamp(events, 0, BUYERS_EVENTS_MAX);
}

double sp_buyers_chance(sp_buyers *buyers)
{
	const double slow_sd = (double)buyers->params.drift_noise_ppb * 1e-9;
	const double white_sd = (double)buyers->params.white_noise_ppb * 1e-9;
	const double fresh = sp_rng_normal(&buyers->rng), white = sp_rng_normal(&buyers->rng);
	buyers->chance = buyers->keep * buyers->chance + sp_sqrt(1 - buyers->keep * buyers->keep) * slow_sd * fresh;
	return sp_exp(buyers->chance + white_sd * white - (slow_sd * slow_sd + white_sd * white_sd) / 2);
}

double sp_buyers_answer(sp_buyers *buyers, double price, double wanted)
{
	SP_ASSERT(price > 0 && sp_finite(price));
	SP_ASSERT(wanted >= 0 && sp_finite(wanted));
	buyers->seen[buyers->at] = price;
	buyers->at = (buyers->at + 1) % buyers->n_seen; /* now the oldest: the price of delay_periods ago */
	const double pull = buyers->responded * wanted;
	buyers->bill += (pull < 1 ? pull : 1) * (buyers->seen[buyers->at] - buyers->bill);
	return sp_exp(-buyers->params.elasticity * sp_log(buyers->bill));
}
