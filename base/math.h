/* math.h - exp and log of our own, so that decisions do not depend on the C library (promise P7).
 *
 * Both are total: every finite input has a finite answer. Errors against libm are below 1 ulp over the whole range
 * (tests/base/test_math.c). Plain double arithmetic gives the same bits with every compiler. All is inline, for estimators are
 * made of little else, and works on two numbers side by side, as the processor does: sp_exp and sp_log use one of the two,
 * sp_exp_each and sp_log_each both, so that many at once are one by one to the bit.
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
 *       The first term left out, 2 z^12 / 25, is below 2^-64. */
#ifndef SP_BASE_MATH_H
#define SP_BASE_MATH_H

#include <emmintrin.h>
#include <float.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"

#define SP_LN2 0.693147180559945309417232121458

/* ln 2 = high + low; high has 33 bits, so that k x high is exact for every exponent k. */
#define SP_MATH_LN2_HIGH 0x1.62e42feep-1
#define SP_MATH_LN2_LOW  0x1.a39ef35793c76p-33
#define SP_MATH_LOG2E    0x1.71547652b82fep+0

#define SP_MATH_EXP_MAX  0x1.62e42fefa39efp+9  /* ln(DBL_MAX), rounded down */
#define SP_MATH_EXP_MIN  -0x1.74910d52d3051p+9 /* ln(2^-1075): below, e^x rounds to 0 */
#define SP_MATH_PLAIN    708.0                 /* |x| up to which 2^k is a normal double */
#define SP_MATH_SQRT2    0x1.6a09e667f3bcdp+0
#define SP_MATH_MANTISSA UINT64_C(0x000fffffffffffff)

static inline uint64_t math_bits(double x)
{
	uint64_t bits = 0;
	memcpy(&bits, &x, sizeof bits);
	return bits;
}

static inline double math_from_bits(uint64_t bits)
{
	double x = 0;
	memcpy(&x, &bits, sizeof x);
	return x;
}

/* sp_finite - neither NaN nor infinite. */
static inline bool sp_finite(double x)
{
	return (math_bits(x) >> 52 & 0x7ff) != 0x7ff;
}

static inline double sp_abs(double x)
{
	return math_from_bits(math_bits(x) & INT64_MAX);
}

static inline double sp_clamp(double x, double low, double high)
{
	SP_ASSERT(low <= high);
	return x < low ? low : x > high ? high : x;
}

/* 2^k for -1022 <= k <= 1023. */
static inline double math_power(int k)
{
	return math_from_bits((uint64_t)(k + 1023) << 52);
}

/* y 2^k for y in [1/2, 2] and -1076 <= k <= 1024: in two steps where 2^k itself is no normal double. */
static inline double math_scale(double y, int k)
{
	if (k > 1023) {
		return y * 2 * math_power(k - 1);
	}
	if (k < -1022) {
		return y * math_power(k + 128) * 0x1p-128;
	}
	return y * math_power(k);
}

/* Two numbers side by side. */
typedef double sp_pair __attribute__((vector_size(16)));

static inline sp_pair math_pair_of(double x)
{
	return (sp_pair){x, x};
}

/* e^(high - low) for |high - low| <= ln(2)/2. What 1 + high loses in rounding is known and put back (Dekker 1971). */
static inline sp_pair math_exp_reduced(sp_pair high, sp_pair low)
{
	const sp_pair r = high - low;
	const sp_pair z = r * r;
	const sp_pair a = 1.0 / 6 + z * (-1.0 / 360 + z * (1.0 / 15120));
	const sp_pair b = -1.0 / 604800 + z * (1.0 / 23950080 + z * (-691.0 / 653837184000.0));
	const sp_pair c = r - z * (a + z * z * z * b);
	const sp_pair sum = 1 + high;
	const sp_pair lost = high - (sum - 1);
	return sum + (lost - (low - r * c / (2 - c)));
}

/* sp_exp - e^x, saturating at the largest finite double (x > 709.78) and at 0 (x < -745.13). x finite (asserted). */
static inline double sp_exp(double x)
{
	SP_ASSERT(sp_finite(x));
	if (x > SP_MATH_EXP_MAX) {
		return DBL_MAX;
	}
	if (x < SP_MATH_EXP_MIN) {
		return 0;
	}
	const int k = (int)(x * SP_MATH_LOG2E + (x < 0 ? -0.5 : 0.5));
	const sp_pair high = math_pair_of(x - k * SP_MATH_LN2_HIGH), low = math_pair_of(k * SP_MATH_LN2_LOW);
	return math_scale(math_exp_reduced(high, low)[0], k);
}

/* sp_exp2 - 2^x = sp_exp(x ln 2), for half-lives. */
static inline double sp_exp2(double x)
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
	return math_scale(math_exp_reduced(math_pair_of((x - k) * SP_LN2), math_pair_of(0))[0], k);
}

/* R(z) = 2z/3 + 2z^2/5 + … + 2z^11/23, as a sum of even and odd terms, which the processor works on at once. */
static inline sp_pair math_log_series(sp_pair z)
{
	const sp_pair w = z * z;
	const sp_pair odd = 2.0 / 3 + w * (2.0 / 7 + w * (2.0 / 11 + w * (2.0 / 15 + w * (2.0 / 19 + w * (2.0 / 23)))));
	const sp_pair even = 2.0 / 5 + w * (2.0 / 9 + w * (2.0 / 13 + w * (2.0 / 17 + w * (2.0 / 21))));
	return z * odd + w * even;
}

/* ln((1 + f) 2^k): f - s (f - R) with f^2/2 taken out, whose rounding is known: s f = f^2/2 - s f^2/2. */
static inline sp_pair math_log_reduced(sp_pair f, sp_pair k)
{
	const sp_pair s = f / (2 + f);
	const sp_pair half = 0.5 * f * f;
	const sp_pair rest = s * (half + math_log_series(s * s)) + k * SP_MATH_LN2_LOW;
	return k * SP_MATH_LN2_HIGH - ((half - rest) - f);
}

/* sp_log - natural logarithm; x > 0 and finite (asserted). */
static inline double sp_log(double x)
{
	SP_ASSERT(x > 0 && sp_finite(x));
	int k = 0;
	if (x < DBL_MIN) {
		x *= 0x1p54;
		k = -54;
	}
	const uint64_t bits = math_bits(x);
	k += (int)(bits >> 52) - 1023;
	double m = math_from_bits((bits & SP_MATH_MANTISSA) | UINT64_C(1023) << 52);
	if (m >= SP_MATH_SQRT2) {
		m *= 0.5;
		k++;
	}
	return math_log_reduced(math_pair_of(m - 1), math_pair_of(k))[0];
}

/* --- many at once --- */

/* sp_exp of two numbers within +-SP_MATH_PLAIN: k + 1023 are the exponent's bits of 2^k. */
static inline sp_pair math_exp_pair(sp_pair x)
{
	const sp_pair half = _mm_or_pd(_mm_and_pd(x, math_pair_of(-0.0)), math_pair_of(0.5));
	const __m128i k = _mm_cvttpd_epi32(x * SP_MATH_LOG2E + half);
	const sp_pair whole = _mm_cvtepi32_pd(k);
	const __m128i power = _mm_slli_epi32(_mm_add_epi32(k, _mm_set1_epi32(1023)), 20);
	return math_exp_reduced(x - whole * SP_MATH_LN2_HIGH, whole * SP_MATH_LN2_LOW) *
	       (sp_pair)_mm_unpacklo_epi32(_mm_setzero_si128(), power);
}

/* sp_log of two normal numbers > 0. `above` is all ones (-1) where m is halved, which takes one from the exponent. */
static inline sp_pair math_log_pair(sp_pair x)
{
	const __m128i bits = (__m128i)x, mantissa = _mm_set1_epi64x((int64_t)SP_MATH_MANTISSA);
	const sp_pair m = (sp_pair)_mm_or_si128(_mm_and_si128(bits, mantissa), (__m128i)math_pair_of(1));
	const sp_pair above = _mm_cmpge_pd(m, math_pair_of(SP_MATH_SQRT2));
	const __m128i exponents = _mm_sub_epi64(_mm_srli_epi64(bits, 52), (__m128i)above);
	const sp_pair k = _mm_cvtepi32_pd(_mm_shuffle_epi32(exponents, _MM_SHUFFLE(3, 3, 2, 0))) - 1023;
	const __m128i halved = _mm_add_epi64((__m128i)m, _mm_slli_epi64((__m128i)above, 52));
	return math_log_reduced((sp_pair)halved - 1, k);
}

/* Do two numbers lie within [low, high]? */
static inline bool math_pair_within(sp_pair x, double low, double high)
{
	const sp_pair in = _mm_and_pd(_mm_cmpge_pd(x, math_pair_of(low)), _mm_cmple_pd(x, math_pair_of(high)));
	return _mm_movemask_pd(in) == 3;
}

/* sp_exp_each - y = sp_exp(x) of n numbers, bit for bit; y may be x. */
static inline void sp_exp_each(const double *x, double *y, size_t n)
{
	for (size_t i = 0; i + 1 < n; i += 2) {
		const sp_pair two = _mm_loadu_pd(x + i);
		const bool plain = math_pair_within(two, -SP_MATH_PLAIN, SP_MATH_PLAIN);
		_mm_storeu_pd(y + i, plain ? math_exp_pair(two) : (sp_pair){sp_exp(two[0]), sp_exp(two[1])});
	}
	if (n % 2 == 1)
		y[n - 1] = sp_exp(x[n - 1]);
}

/* sp_log_each - y = sp_log(x) of n numbers, bit for bit; y may be x. */
static inline void sp_log_each(const double *x, double *y, size_t n)
{
	for (size_t i = 0; i + 1 < n; i += 2) {
		const sp_pair two = _mm_loadu_pd(x + i);
		const bool plain = math_pair_within(two, DBL_MIN, DBL_MAX);
		_mm_storeu_pd(y + i, plain ? math_log_pair(two) : (sp_pair){sp_log(two[0]), sp_log(two[1])});
	}
	if (n % 2 == 1)
		y[n - 1] = sp_log(x[n - 1]);
}

/* sp_sqrt - x >= 0 (asserted); the processor's own, correctly rounded instruction. */
static inline double sp_sqrt(double x)
{
	SP_ASSERT(x >= 0);
	const __m128d v = _mm_set_sd(x);
	return _mm_cvtsd_f64(_mm_sqrt_sd(v, v));
}

#endif
