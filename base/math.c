/* math.c - exp, log and their kin, in plain double arithmetic that gives the same bits with every compiler.
 *
 * Method of FDLIBM's e_exp.c and e_log.c (Sun Microsystems 1993), derived anew: where FDLIBM has fitted (Remez) polynomials,
 * these are the exact Taylor coefficients, a term or four longer, which anyone can check by hand.
 *
 * exp   x = k ln 2 + r, |r| <= ln(2)/2, with ln 2 in two parts so that r is good to more than a double. Then
 *           r coth(r/2) = 2 + r^2/6 - r^4/360 + …  (Bernoulli numbers: 2 B_2k r^2k / (2k)!)
 *       gives e^r = 1 + 2r / (r coth(r/2) - r), written so that the small part is added last:
 *           c = r - (r coth(r/2) - 2),  e^r = (1 + r) + r c / (2 - c).
 *       The first term left out, r^14 / 37362124800 x 2, is below 2^-58 of the result.
 * log   x = 2^k (1 + f), sqrt(2)/2 <= 1 + f < sqrt(2); s = f / (2 + f); then
 *           ln(1 + f) = 2s + 2s^3/3 + 2s^5/5 + … = f - s (f - R(s^2)),  R(z) = 2z/3 + 2z^2/5 + …
 *       The first term left out, 2 z^12 / 25, is below 2^-64.
 *
 * The tests measure against libm's long double over millions of points (tests/base/test_math.c). */
#include "base/math.h"

#include <emmintrin.h>
#include <float.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"

/* ln 2 = high + low; high has 33 bits, so that k x high is exact for every exponent k. */
#define MATH_LN2_HIGH 0x1.62e42feep-1
#define MATH_LN2_LOW  0x1.a39ef35793c76p-33
#define MATH_LOG2E    0x1.71547652b82fep+0

#define MATH_EXP_MAX  0x1.62e42fefa39efp+9  /* ln(DBL_MAX), rounded down */
#define MATH_EXP_MIN  -0x1.74910d52d3051p+9 /* ln(2^-1075): below, e^x rounds to 0 */
#define MATH_SQRT2    0x1.6a09e667f3bcdp+0
#define MATH_MANTISSA UINT64_C(0x000fffffffffffff)

static uint64_t math_bits(double x)
{
	uint64_t bits = 0;
	memcpy(&bits, &x, sizeof bits);
	return bits;
}

static double math_from_bits(uint64_t bits)
{
	double x = 0;
	memcpy(&x, &bits, sizeof x);
	return x;
}

bool sp_finite(double x)
{
	return (math_bits(x) >> 52 & 0x7ff) != 0x7ff;
}

double sp_abs(double x)
{
	return math_from_bits(math_bits(x) & INT64_MAX);
}

double sp_clamp(double x, double low, double high)
{
	SP_ASSERT(low <= high);
	return x < low ? low : x > high ? high : x;
}

/* 2^k for -1022 <= k <= 1023. */
static double math_power(int k)
{
	return math_from_bits((uint64_t)(k + 1023) << 52);
}

/* y 2^k for y in [1/2, 2] and -1076 <= k <= 1024: in two steps where 2^k itself is no normal double. */
static double math_scale(double y, int k)
{
	if (k > 1023) {
		return y * 2 * math_power(k - 1);
	}
	if (k < -1022) {
		return y * math_power(k + 128) * 0x1p-128;
	}
	return y * math_power(k);
}

/* e^(high - low) for |high - low| <= ln(2)/2. What 1 + high loses in rounding is known and put back (Dekker 1971). */
static double math_exp_reduced(double high, double low)
{
	const double r = high - low;
	const double z = r * r;
	const double a = 1.0 / 6 + z * (-1.0 / 360 + z * (1.0 / 15120));
	const double b = -1.0 / 604800 + z * (1.0 / 23950080 + z * (-691.0 / 653837184000.0));
	const double c = r - z * (a + z * z * z * b);
	const double sum = 1 + high;
	const double lost = high - (sum - 1);
	return sum + (lost - (low - r * c / (2 - c)));
}

double sp_exp(double x)
{
	SP_ASSERT(sp_finite(x));
	if (x > MATH_EXP_MAX) {
		return DBL_MAX;
	}
	if (x < MATH_EXP_MIN) {
		return 0;
	}
	const int k = (int)(x * MATH_LOG2E + (x < 0 ? -0.5 : 0.5));
	return math_scale(math_exp_reduced(x - k * MATH_LN2_HIGH, k * MATH_LN2_LOW), k);
}

double sp_exp2(double x)
{
	SP_ASSERT(sp_finite(x));
	if (x >= 1024) {
		return DBL_MAX;
	}
	if (x < -1075) {
		return 0;
	}
	/* x - k is exact, so a whole number gives its power of two exactly. */
	const int k = (int)(x + (x < 0 ? -0.5 : 0.5));
	return math_scale(math_exp_reduced((x - k) * SP_LN2, 0), k);
}

/* R(z) = 2z/3 + 2z^2/5 + … + 2z^11/23, as a sum of even and odd terms, which the processor works on at once. */
static double math_log_series(double z)
{
	const double w = z * z;
	const double odd = 2.0 / 3 + w * (2.0 / 7 + w * (2.0 / 11 + w * (2.0 / 15 + w * (2.0 / 19 + w * (2.0 / 23)))));
	const double even = 2.0 / 5 + w * (2.0 / 9 + w * (2.0 / 13 + w * (2.0 / 17 + w * (2.0 / 21))));
	return z * odd + w * even;
}

double sp_log(double x)
{
	SP_ASSERT(x > 0 && sp_finite(x));
	int k = 0;
	if (x < DBL_MIN) {
		x *= 0x1p54;
		k = -54;
	}
	const uint64_t bits = math_bits(x);
	k += (int)(bits >> 52) - 1023;
	double m = math_from_bits((bits & MATH_MANTISSA) | UINT64_C(1023) << 52);
	if (m >= MATH_SQRT2) {
		m *= 0.5;
		k++;
	}
	const double f = m - 1;
	const double s = f / (2 + f);
	/* f - s (f - R) with f^2/2 taken out, whose rounding is known: s f = f^2/2 - s f^2/2. */
	const double half = 0.5 * f * f;
	const double rest = s * (half + math_log_series(s * s)) + k * MATH_LN2_LOW;
	return k * MATH_LN2_HIGH - ((half - rest) - f);
}

double sp_sqrt(double x)
{
	SP_ASSERT(x >= 0);
	const __m128d v = _mm_set_sd(x);
	return _mm_cvtsd_f64(_mm_sqrt_sd(v, v));
}
