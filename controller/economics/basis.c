/* basis.c - interval arithmetic on doubles and on nano-USD; see basis.h. */
#include "controller/economics/basis.h"

#include <float.h>

#include "base/assert.h"
#include "base/math.h"

/* 2^63 and beyond is no nano-USD. */
#define AMOUNT_NANO_END 9223372036854775808.0

const char *sp_basis_name(sp_basis basis)
{
	static const char *const names[SP_BASES] = {"assumed", "measured"};

	SP_ASSERT(basis < SP_BASES);
	return names[basis];
}

sp_basis sp_basis_weaker(sp_basis a, sp_basis b)
{
	SP_ASSERT(a < SP_BASES && b < SP_BASES);
	return a < b ? a : b;
}

/* --- figures --- */

bool sp_figure_check(sp_figure figure)
{
	return sp_finite(figure.low) && sp_finite(figure.value) && sp_finite(figure.high) && figure.low <= figure.value &&
	       figure.value <= figure.high && figure.basis < SP_BASES;
}

sp_figure sp_figure_between(double low, double value, double high, sp_basis basis)
{
	sp_figure figure = {low, value, high, basis};

	SP_ASSERT(sp_figure_check(figure));
	return figure;
}

sp_figure sp_figure_exact(double value)
{
	return sp_figure_between(value, value, value, SP_BASIS_MEASURED);
}

/* Sums and products of finite doubles are infinite at worst, and 0 x infinity is not among them. */
static double figure_saturated(double x)
{
	return sp_clamp(x, -DBL_MAX, DBL_MAX);
}

sp_figure sp_figure_assumed(double value)
{
	double off = sp_abs(value) * SP_BASIS_ASSUMED_WITHIN;

	SP_ASSERT(sp_finite(value));
	return sp_figure_between(figure_saturated(value - off), value, figure_saturated(value + off), SP_BASIS_ASSUMED);
}

/* The figure whose ends are the least and the greatest of four numbers. */
static sp_figure figure_over(const double corners[4], double value, sp_basis basis)
{
	sp_figure figure = {figure_saturated(value), figure_saturated(value), figure_saturated(value), basis};

	for (int i = 0; i < 4; i++) {
		double corner = figure_saturated(corners[i]);
		figure.low = corner < figure.low ? corner : figure.low;
		figure.high = corner > figure.high ? corner : figure.high;
	}
	SP_ASSERT(sp_figure_check(figure));
	return figure;
}

sp_figure sp_figure_sum(sp_figure a, sp_figure b)
{
	SP_ASSERT(sp_figure_check(a) && sp_figure_check(b));
	return sp_figure_between(figure_saturated(a.low + b.low), figure_saturated(a.value + b.value),
	                         figure_saturated(a.high + b.high), sp_basis_weaker(a.basis, b.basis));
}

sp_figure sp_figure_difference(sp_figure a, sp_figure b)
{
	return sp_figure_sum(a, (sp_figure){-b.high, -b.value, -b.low, b.basis});
}

sp_figure sp_figure_product(sp_figure a, sp_figure b)
{
	const double corners[4] = {a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high};

	SP_ASSERT(sp_figure_check(a) && sp_figure_check(b));
	return figure_over(corners, a.value * b.value, sp_basis_weaker(a.basis, b.basis));
}

sp_figure sp_figure_scaled(sp_figure a, double factor)
{
	return sp_figure_product(a, sp_figure_exact(factor));
}

bool sp_figure_quotient(sp_figure a, sp_figure b, sp_figure *quotient)
{
	SP_ASSERT(sp_figure_check(a) && sp_figure_check(b));
	if (b.low <= 0 && b.high >= 0)
		return false;
	const double corners[4] = {a.low / b.low, a.low / b.high, a.high / b.low, a.high / b.high};
	*quotient = figure_over(corners, a.value / b.value, sp_basis_weaker(a.basis, b.basis));
	return true;
}

sp_sign sp_figure_sign(sp_figure figure)
{
	SP_ASSERT(sp_figure_check(figure));
	if (figure.low < 0 && figure.high > 0)
		return SP_SIGN_UNKNOWN;
	if (figure.low < 0)
		return SP_SIGN_NEGATIVE;
	return figure.high > 0 ? SP_SIGN_POSITIVE : SP_SIGN_ZERO;
}

/* --- amounts --- */

static void amount_check(sp_amount amount)
{
	SP_ASSERT(amount.low.nano <= amount.value.nano && amount.value.nano <= amount.high.nano);
	SP_ASSERT(amount.basis < SP_BASES);
}

sp_sign sp_amount_sign(sp_amount amount)
{
	amount_check(amount);
	if (amount.low.nano < 0 && amount.high.nano > 0)
		return SP_SIGN_UNKNOWN;
	if (amount.low.nano < 0)
		return SP_SIGN_NEGATIVE;
	return amount.high.nano > 0 ? SP_SIGN_POSITIVE : SP_SIGN_ZERO;
}

sp_amount sp_amount_exact(sp_money money)
{
	return (sp_amount){money, money, money, SP_BASIS_MEASURED};
}

/* The whole number of nano-USD next to x USD, below it or above it. */
static sp_status amount_outward(double usd, bool up, int64_t *nano)
{
	double x = usd * (double)SP_NANO;
	int64_t whole;

	if (!(x > -AMOUNT_NANO_END && x < AMOUNT_NANO_END))
		return SP_E_OVERFLOW;
	whole = (int64_t)x; /* toward 0 */
	if (up && (double)whole < x)
		whole++;
	if (!up && (double)whole > x)
		whole--;
	*nano = whole;
	return SP_OK;
}

sp_status sp_amount_of(sp_figure usd, sp_amount *amount)
{
	sp_amount out = {.basis = usd.basis};
	sp_status status;

	SP_ASSERT(sp_figure_check(usd));
	status = amount_outward(usd.low, false, &out.low.nano);
	if (status == SP_OK)
		status = amount_outward(usd.high, true, &out.high.nano);
	if (status == SP_OK)
		status = sp_round_even(usd.value * (double)SP_NANO, &out.value.nano);
	if (status != SP_OK)
		return status;
	amount_check(out);
	*amount = out;
	return SP_OK;
}

sp_status sp_amount_sum(sp_amount a, sp_amount b, sp_amount *out)
{
	sp_amount sum = {.basis = sp_basis_weaker(a.basis, b.basis)};

	amount_check(a);
	amount_check(b);
	if (sp_add(a.low.nano, b.low.nano, &sum.low.nano) != SP_OK ||
	    sp_add(a.value.nano, b.value.nano, &sum.value.nano) != SP_OK ||
	    sp_add(a.high.nano, b.high.nano, &sum.high.nano) != SP_OK)
		return SP_E_OVERFLOW;
	*out = sum;
	return SP_OK;
}

sp_status sp_amount_difference(sp_amount a, sp_amount b, sp_amount *out)
{
	sp_amount sum = {.basis = sp_basis_weaker(a.basis, b.basis)};

	amount_check(a);
	amount_check(b);
	if (sp_sub(a.low.nano, b.high.nano, &sum.low.nano) != SP_OK ||
	    sp_sub(a.value.nano, b.value.nano, &sum.value.nano) != SP_OK ||
	    sp_sub(a.high.nano, b.low.nano, &sum.high.nano) != SP_OK)
		return SP_E_OVERFLOW;
	*out = sum;
	return SP_OK;
}
