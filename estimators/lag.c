/* lag.c - a bank of response lags; see lag.h. */
#include "estimators/lag.h"

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"

static const int64_t lag_ns[SP_LAGS] = {
    0, 6 * SP_HOUR, 12 * SP_HOUR, 24 * SP_HOUR, 48 * SP_HOUR, 72 * SP_HOUR, 120 * SP_HOUR};

#define LAG_SOON_S 21600.0 /* lags below that are much the same: a day is what is seen */
#define LAG_DAY_S  86400.0 /* believed beforehand */
#define LAG_SD     1.0     /* of its logarithm */
#define LAG_LEAST  1e-9    /* of s2: less is a test's demand, not a market's */

void sp_lag_init(sp_lag *lag)
{
	SP_ASSERT(lag != NULL);
	for (int j = 0; j < SP_LAGS; j++)
		sp_elasticity_init(&lag->bank[j], lag_ns[j]);
}

void sp_lag_see(sp_lag *lag, int64_t t_ns, double log_demand, double log_price, double log_moved)
{
	for (int j = 0; j < SP_LAGS; j++)
		sp_elasticity_see(&lag->bank[j], t_ns, log_demand, log_price, log_moved);
}

void sp_lag_skip(sp_lag *lag, int64_t t_ns, double log_price, double log_moved)
{
	for (int j = 0; j < SP_LAGS; j++)
		sp_elasticity_skip(&lag->bank[j], t_ns, log_price, log_moved);
}

static double lag_seconds(int j)
{
	return (double)lag_ns[j] / 1e9;
}

static double lag_score(const sp_elasticity_fit *fit, int j)
{
	double off = sp_log((lag_seconds(j) + LAG_SOON_S) / (LAG_DAY_S + LAG_SOON_S)) / LAG_SD;
	double residual = fit->residual > LAG_LEAST ? fit->residual : LAG_LEAST;
	return -0.5 * fit->n * sp_log(residual) - 0.5 * off * off;
}

/* What each lag says, and how far it is believed. Known when all are. */
static sp_answer lag_weigh(const sp_lag *lag, sp_elasticity_fit fits[SP_LAGS], double weights[SP_LAGS])
{
	double best = -1e300, sum = 0;
	for (int j = 0; j < SP_LAGS; j++) {
		sp_answer answer = sp_elasticity_fit_of(&lag->bank[j], &fits[j]);
		if (answer.knowledge != SP_KNOWN)
			return answer;
		weights[j] = lag_score(&fits[j], j);
		best = weights[j] > best ? weights[j] : best;
	}
	for (int j = 0; j < SP_LAGS; j++)
		sum += weights[j] = sp_exp(weights[j] - best);
	for (int j = 0; j < SP_LAGS; j++)
		weights[j] /= sum;
	return (sp_answer){SP_KNOWN, NULL};
}

sp_answer sp_lag_elasticity(const sp_lag *lag, int64_t now_ns, sp_estimate *out)
{
	sp_elasticity_fit fits[SP_LAGS];
	double weights[SP_LAGS], mean = 0, variance = 0;
	sp_answer answer = lag_weigh(lag, fits, weights);
	SP_ASSERT(now_ns >= SP_TIME_MIN_NS && now_ns <= SP_TIME_MAX_NS);
	if (answer.knowledge != SP_KNOWN)
		return answer;
	for (int j = 0; j < SP_LAGS; j++)
		mean += weights[j] * fits[j].value;
	for (int j = 0; j < SP_LAGS; j++) {
		double off = fits[j].value - mean;
		variance += weights[j] * (fits[j].variance + off * off);
	}
	if (variance > SP_ELASTICITY_UNSURE * SP_ELASTICITY_UNSURE)
		return (sp_answer){SP_NOT_IDENTIFIED, SP_ELASTICITY_TOO_FEW};
	*out = (sp_estimate){.value = mean, .variance = variance, .count = fits[0].n};
	out->age_ns = now_ns > lag->bank[0].seen_ns ? now_ns - lag->bank[0].seen_ns : 0;
	SP_ASSERT(sp_finite(out->value) && sp_finite(out->variance));
	return answer;
}

sp_answer sp_lag_read(const sp_lag *lag, int64_t now_ns, sp_estimate *out)
{
	sp_elasticity_fit fits[SP_LAGS];
	double weights[SP_LAGS], mean = 0, variance = 0;
	sp_estimate e;
	sp_answer answer = sp_lag_elasticity(lag, now_ns, &e);
	if (answer.knowledge != SP_KNOWN)
		return answer;
	if (!(e.value > 1.645 * sp_sqrt(e.variance)))
		return (sp_answer){SP_NOT_IDENTIFIED, "buyers may not answer at all: there is nothing to be late"};
	lag_weigh(lag, fits, weights);
	for (int j = 0; j < SP_LAGS; j++)
		mean += weights[j] * lag_seconds(j);
	for (int j = 0; j < SP_LAGS; j++) {
		double off = lag_seconds(j) - mean;
		variance += weights[j] * off * off;
	}
	*out = (sp_estimate){.value = mean, .variance = variance, .count = e.count, .age_ns = e.age_ns};
	return answer;
}
