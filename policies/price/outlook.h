/* outlook.h - what a law believes about a family's demand: its level at list price for each elasticity that buyers may have, how
 * far forecasts miss, how it peaks, and which elasticities the days so far speak for.
 *
 * Buyers feel the price with a lag. If they answered with e_k, the demand seen now would be, at list price, b_k = log D + e_k x. A wrong
 * e_k makes b_k move when the price does; the days tell them apart, slowly, and no more than what a person told is forgotten at once.
 *
 *     bill  += (1 - exp(-dt / response_lag)) (price - bill);  x = log bill                what buyers feel
 *     lev_k += max(1 - 2^(-dt / level_half_life), 1/n) (b_k - lev_k); slow_k likewise
 *     f_k    = slow_k + level_mix (lev_k - slow_k)                                        the forecast
 *     errors : what sum w_k (b_k - f_k) was, in bins, fading by spread_half_life; from the start a day's worth of N(0, 0.2)
 *     peak  += (1 - exp(-dt / day)) (clip((m / 1.16)^2.5, 1, 2.5) - peak), m = most of the last 90 min / D: only bursts outrun
 *              the lots; waves and noise find room
 *     each day, m_k = mean of b_k: regress on the day before's, both freed of a trend, which growth is: c_ab less
 *              c_at c_bt / (c_tt + 300 / n), t the day's number
 *     phi    = clip((c12 + 0.8 L) / (c11 + L), 0, 1), L = 0.02 / n;  rss = c22 - 2 phi c12 + phi^2 c11
 *     log w_k = - (log(e_k / e_0) / sd)^2 / 2 - (log(e_k / 2) / 0.7)^2 / 2 - 0.7 n/2 log((n rss + 0.04) / (n + 4))
 *              - (e_k - e)^2 / (2 var): what was told, what is usual, what the days say, and e, what was measured
 *
 * Prices are planned by w_k / e_k: where buyers answer little, most is won, and a price too dear shows within days; one too
 * cheap shows nothing. The first days are the yardstick: whoever waits with the first move until a level is known learns most from it. */
#ifndef SP_POLICIES_PRICE_OUTLOOK_H
#define SP_POLICIES_PRICE_OUTLOOK_H

#include <stdint.h>

#include "policies/price/curve.h"

#define SP_OUTLOOK_RECENT 6 /* spans of a quarter of an hour, over which a peak is remembered */

typedef struct sp_outlook_params {
	double elasticity, elasticity_sd; /* median of what is believed, and sd of its logarithm; 0: it is known */
	int64_t response_lag_ns, level_half_life_ns, slow_half_life_ns, spread_half_life_ns;
	int64_t level_mix_ppb;
} sp_outlook_params;

/* Sums over pairs of days, of one elasticity: before x, after y; about the first day's mean; t the number of the day after. */
typedef struct sp_outlook_days {
	double x, y, xx, xy, yy, xt, yt;
} sp_outlook_days;

typedef struct sp_outlook {
	double elasticity[SP_CURVE_BANK], weight[SP_CURVE_BANK];
	double level[SP_CURVE_BANK], slow[SP_CURVE_BANK];
	double errors[SP_CURVE_BINS], fresh; /* fresh: what an error seen now weighs; the bins fade by its growth */
	double bill, peak;
	double recent[SP_OUTLOOK_RECENT]; /* most of each span, log */
	int64_t recent_ns;                /* where the running span began */
	double count;                     /* observations so far */
	int64_t first_ns;                 /* the first observation; SP_TIME_NEVER: none */
	int64_t seen_ns, day_ns;          /* the last observation; where the running day began. SP_TIME_NEVER: none */
	double today[SP_CURVE_BANK], today_s;
	double yesterday[SP_CURVE_BANK], first[SP_CURVE_BANK];
	double pairs, t, tt, number; /* pairs of days, sums over them, and the number of the running day */
	uint32_t has_yesterday, has_first;
	double measured, measured_variance; /* elasticity of an experiment; 0: none */
	sp_outlook_days days[SP_CURVE_BANK];
} sp_outlook;

void sp_outlook_init(sp_outlook *outlook, const sp_outlook_params *params);

/* sp_outlook_feel - time passes under the price in force (log index). */
void sp_outlook_feel(sp_outlook *outlook, const sp_outlook_params *params, double log_price, double span_s);

/* sp_outlook_see - demand at now_ns [resource units/s], >= 0; censored: it is at least that much. */
void sp_outlook_see(sp_outlook *outlook, const sp_outlook_params *params, int64_t now_ns, double demand, bool censored);

/* sp_outlook_measure - what an experiment says of the elasticity, > 0, from the next day on; the last one counts. */
void sp_outlook_measure(sp_outlook *outlook, double elasticity, double variance);

/* sp_outlook_age_ns - how long demand has been seen; -1: never. */
int64_t sp_outlook_age_ns(const sp_outlook *outlook, int64_t now_ns);

/* sp_outlook_expect - the forecast: level and weights of each elasticity, and the errors. False before the first observation. */
bool sp_outlook_expect(const sp_outlook *outlook, const sp_outlook_params *params, sp_curve_demand *expected);

#endif
