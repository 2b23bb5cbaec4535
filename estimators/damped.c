/* damped.c - a trend that fades; see damped.h. */
#include "estimators/damped.h"

#include "base/assert.h"
#include "base/math.h"

double sp_damped_power(double x, double k)
{
	SP_ASSERT(x >= 0 && x <= 1);
	if (k <= 0)
		return 1;
	return x > 0 ? sp_exp(k * sp_log(x)) : 0;
}

/* 1 - e^-y for 0 <= y <= 1/64: the series, whose first term left out is below 2^-60 of the result. */
static double damped_lost_little(double y)
{
	return y * (1 - y / 2 * (1 - y / 3 * (1 - y / 4 * (1 - y / 5 * (1 - y / 6 * (1 - y / 7 * (1 - y / 8)))))));
}

double sp_damped_lost(double x, double k)
{
	SP_ASSERT(x >= 0 && x <= 1);
	if (k <= 0)
		return 0;
	double y = x > 0 ? -k * sp_log(x) : 1;
	return y <= 1.0 / 64 ? damped_lost_little(y) : 1 - sp_damped_power(x, k);
}

double sp_damped_reach(double phi, double k)
{
	SP_ASSERT(phi >= 0 && phi <= 1);
	return phi < 1 ? phi * sp_damped_lost(phi, k) / (1 - phi) : k;
}

double sp_damped_lag_s(double alpha, double beta, double phi, double step_s)
{
	SP_ASSERT(alpha > 0 && alpha <= 1);
	double behind = (1 - alpha) / alpha * step_s;
	double left = 1 - (1 - beta) * phi;
	return left > 0 ? behind * (1 - phi) / left : behind;
}
