/* damped.c - a trend that fades; see damped.h. */
#include "estimators/damped.h"

#include "base/assert.h"
#include "base/math.h"

#define DAMPED_NOTHING -1000.0 /* the exponent of what 0 leaves: e^-1000 is 0 */

static double damped_exponent(double x, double k)
{
	SP_ASSERT(x >= 0 && x <= 1);
	return x > 0 ? k * sp_log(x) : DAMPED_NOTHING;
}

double sp_damped_power(double x, double k)
{
	return k > 0 ? sp_exp(damped_exponent(x, k)) : 1;
}

/* 1 - e^-y for 0 <= y <= 1/64: the series, whose first term left out is below 2^-60 of the result. */
static double damped_lost_little(double y)
{
	return y * (1 - y / 2 * (1 - y / 3 * (1 - y / 4 * (1 - y / 5 * (1 - y / 6 * (1 - y / 7 * (1 - y / 8)))))));
}

/* 1 - kept, kept = e^exponent. */
static double damped_lost(double exponent, double kept)
{
	return exponent >= -1.0 / 64 ? damped_lost_little(-exponent) : 1 - kept;
}

double sp_damped_lost(double x, double k)
{
	if (k <= 0)
		return 0;
	double exponent = damped_exponent(x, k);
	return damped_lost(exponent, sp_exp(exponent));
}

static double damped_reach(double phi, double k, double lost)
{
	return phi < 1 ? phi * lost / (1 - phi) : k;
}

double sp_damped_reach(double phi, double k)
{
	SP_ASSERT(phi >= 0 && phi <= 1);
	return damped_reach(phi, k, sp_damped_lost(phi, k));
}

enum { DAMPED_PHI, DAMPED_ALPHA, DAMPED_BETA, DAMPED_BOTH, DAMPED_POWERS };

sp_damped_step sp_damped_over(double alpha, double beta, double phi, double k)
{
	SP_ASSERT(alpha > 0 && alpha <= 1 && beta >= 0 && beta <= 1);
	SP_ASSERT(phi >= 0 && phi <= 1);
	if (k <= 0)
		return (sp_damped_step){.level_kept = 1, .trend_kept = 1};
	const double x[DAMPED_POWERS] = {phi, 1 - alpha, 1 - beta, (1 - beta) * phi};
	double exponents[DAMPED_POWERS], kept[DAMPED_POWERS];
	for (int i = 0; i < DAMPED_POWERS; i++)
		exponents[i] = x[i] > 0 ? x[i] : 1;
	sp_log_each(exponents, exponents, DAMPED_POWERS);
	for (int i = 0; i < DAMPED_POWERS; i++)
		exponents[i] = x[i] > 0 ? k * exponents[i] : DAMPED_NOTHING;
	sp_exp_each(exponents, kept, DAMPED_POWERS);
	return (sp_damped_step){
	    .reach = damped_reach(phi, k, damped_lost(exponents[DAMPED_PHI], kept[DAMPED_PHI])),
	    .level_kept = kept[DAMPED_ALPHA],
	    .trend_taken = damped_lost(exponents[DAMPED_BETA], kept[DAMPED_BETA]),
	    .trend_kept = kept[DAMPED_BOTH],
	};
}

double sp_damped_lag_s(double alpha, double beta, double phi, double step_s)
{
	SP_ASSERT(alpha > 0 && alpha <= 1);
	double behind = (1 - alpha) / alpha * step_s;
	double left = 1 - (1 - beta) * phi;
	return left > 0 ? behind * (1 - phi) / left : behind;
}
