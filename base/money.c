/* money.c - checked integer arithmetic, and the one place where a double becomes an integer.
 *
 * Products go through 128 bits, where they cannot overflow; the quotient is an answer or SP_E_OVERFLOW, never a wrap. */
#include "base/money.h"

#include "base/assert.h"
#include "base/math.h"

sp_status sp_add(int64_t a, int64_t b, int64_t *out)
{
	int64_t sum = 0;
	if (__builtin_add_overflow(a, b, &sum)) {
		return SP_E_OVERFLOW;
	}
	*out = sum;
	return SP_OK;
}

sp_status sp_sub(int64_t a, int64_t b, int64_t *out)
{
	int64_t difference = 0;
	if (__builtin_sub_overflow(a, b, &difference)) {
		return SP_E_OVERFLOW;
	}
	*out = difference;
	return SP_OK;
}

/* a x b / c as a quotient rounded down and what it leaves: 0 <= rest < c. */
typedef struct money_quotient {
	__int128 floor;
	int64_t rest;
} money_quotient;

static money_quotient money_divide(int64_t a, int64_t b, int64_t c)
{
	SP_ASSERT(c > 0);
	const __int128 product = (__int128)a * b;
	__int128 floor = product / c;
	int64_t rest = (int64_t)(product - floor * c);
	if (rest < 0) {
		rest += c;
		floor--;
	}
	return (money_quotient){floor, rest};
}

static sp_status money_narrow(__int128 x, int64_t *out)
{
	if (x < INT64_MIN || x > INT64_MAX) {
		return SP_E_OVERFLOW;
	}
	*out = (int64_t)x;
	return SP_OK;
}

sp_status sp_muldiv_even(int64_t a, int64_t b, int64_t c, int64_t *out)
{
	const money_quotient q = money_divide(a, b, c);
	const int64_t left = c - q.rest; /* to the next quotient; rest > left says: past the half */
	const bool up = q.rest > left || (q.rest == left && (q.floor & 1) != 0);
	return money_narrow(q.floor + (up ? 1 : 0), out);
}

sp_status sp_muldiv_floor(int64_t a, int64_t b, int64_t c, int64_t *out)
{
	return money_narrow(money_divide(a, b, c).floor, out);
}

sp_status sp_muldiv_ceil(int64_t a, int64_t b, int64_t c, int64_t *out)
{
	const money_quotient q = money_divide(a, b, c);
	return money_narrow(q.floor + (q.rest > 0 ? 1 : 0), out);
}

sp_status sp_round_even(double x, int64_t *out)
{
	if (!sp_finite(x)) {
		return SP_E_NOT_FINITE;
	}
	if (x < -0x1p63 || x >= 0x1p63) {
		return SP_E_OVERFLOW;
	}
	/* Truncation and the difference below are exact, so the processor's rounding mode plays no part. */
	int64_t whole = (int64_t)x;
	const double rest = x - (double)whole;
	if (sp_abs(rest) > 0.5 || (sp_abs(rest) == 0.5 && (whole & 1) != 0)) {
		whole += rest > 0 ? 1 : -1;
	}
	*out = whole;
	return SP_OK;
}
