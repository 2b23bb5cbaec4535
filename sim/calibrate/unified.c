/* unified.c - the construction of Feldman and Cousins, by bisection; see unified.h. */
#include "sim/calibrate/unified.h"

#include <math.h>

#include "base/assert.h"

#define UNIFIED_HELD     0.9
#define UNIFIED_Z_ONE    1.2815515655446004 /* the normal's 90 % point */
#define UNIFIED_HALVINGS 60                 /* to the last bit of a double, nearly */
#define UNIFIED_DOUBLES  200                /* of the upper end, from one standard error on */

static double unified_phi(double x)
{
	return 0.5 * erfc(-x * M_SQRT1_2);
}

/* How far below a truth of 0 < m < Z its measurement may lie, when it may lie d above. */
static double unified_below(double m, double d)
{
	return m / 2 + d * d / (2 * m);
}

/* How far above a truth of m its measurement may lie. */
static double unified_above(double m)
{
	double low = UNIFIED_Z_ONE, high = SP_UNIFIED_Z;

	if (m >= SP_UNIFIED_Z || m <= 0)
		return m > 0 ? high : low;
	for (int i = 0; i < UNIFIED_HALVINGS; i++) {
		double d = (low + high) / 2;
		if (unified_phi(d) - unified_phi(-unified_below(m, d)) < UNIFIED_HELD)
			low = d;
		else
			high = d;
	}
	return high;
}

/* Standard errors that the measurement lies above a truth; *m: the truth in standard errors. */
static double unified_off(double measured, sp_unified_error error, double truth, double *m)
{
	double square = error.own - 2 * truth * error.shared + truth * truth * error.other;
	double s = sqrt(fmax(square, 1e-300)) / error.scale;

	*m = truth / s;
	return (measured - truth) / s;
}

static bool unified_too_low(double measured, sp_unified_error error, double truth)
{
	double m, off = unified_off(measured, error, truth, &m);

	return off > unified_above(m);
}

static bool unified_too_high(double measured, sp_unified_error error, double truth)
{
	double m, off = unified_off(measured, error, truth, &m);

	if (m <= 0)
		return false;
	return -off > (m >= SP_UNIFIED_Z ? SP_UNIFIED_Z : unified_below(m, unified_above(m)));
}

/* The end of the interval between a truth that is in it and one that is not. */
static double unified_end(double measured, sp_unified_error error, double in, double out)
{
	bool below = out < in;

	for (int i = 0; i < UNIFIED_HALVINGS; i++) {
		double middle = in + (out - in) / 2;
		bool refused = below ? unified_too_low(measured, error, middle) : unified_too_high(measured, error, middle);
		if (refused)
			out = middle;
		else
			in = middle;
	}
	return in;
}

bool sp_unified_interval(double measured, sp_unified_error error, double *low, double *high)
{
	double best = fmax(measured, 0), step, m;

	SP_ASSERT(isfinite(measured) && isfinite(error.own) && isfinite(error.shared) && isfinite(error.other));
	SP_ASSERT(error.scale > 0);
	unified_off(measured, error, best, &m);
	step = m > 0 ? best / m : sqrt(fmax(error.own, 1e-300)) / error.scale;
	for (int i = 0; i < UNIFIED_DOUBLES && !unified_too_high(measured, error, best + step); i++)
		step *= 2;
	if (!isfinite(best + step) || !unified_too_high(measured, error, best + step))
		return false;
	*low = unified_too_low(measured, error, 0) ? unified_end(measured, error, best, 0) : 0;
	*high = unified_end(measured, error, best, best + step);
	return true;
}
