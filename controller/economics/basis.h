/* basis.h - how well a figure is known: assumed or measured, and within which band.
 *
 * A weight or a capacity is a guess until it has been measured, and a cost made of guesses is one too. So a figure is three
 * numbers and a word: the value that is used, the lowest and the highest that it may be, and whether anybody measured it.
 *
 * Bands combine by interval arithmetic: the band of a result holds every value that the parts' bands allow, and nothing is
 * assumed about how the parts hang together. That is wider than a standard error (parts that vary independently rarely all lie at
 * the bad end), and it is what a promise about a sign needs. A part that stands twice in a formula widens the band twice (the
 * dependency problem): write formulas in which each part stands once. The basis of a result is its weakest part's.
 *
 * Doubles are for what is computed; money that is shown and summed is in nano-USD (sp_amount), rounded outward once and exact from
 * there on. Every function is pure and total: finite parts give a finite answer, saturated at the largest double.
 * source  Moore, Interval Analysis, 1966, chapters 2 and 3 */
#ifndef SP_ECONOMICS_BASIS_H
#define SP_ECONOMICS_BASIS_H

#include <stdbool.h>

#include "base/money.h"

/* Weakest first: of two, the smaller one holds. Zeroed memory is assumed. */
typedef enum sp_basis {
	SP_BASIS_ASSUMED,  /* somebody's guess, a default, a list */
	SP_BASIS_MEASURED, /* from signals, bills or a calibration; what a contract says counts as measured */
	SP_BASES
} sp_basis;

/* low <= value <= high, all finite. */
typedef struct sp_figure {
	double low, value, high; /* in the unit of the quantity */
	sp_basis basis;
} sp_figure;

/* The same of money, in integers: a cost per unit, a margin of a week. */
typedef struct sp_amount {
	sp_money low, value, high;
	sp_basis basis;
} sp_amount;

/* A guess without a band of its own is taken to be right within a quarter either way. */
#define SP_BASIS_ASSUMED_WITHIN 0.25

const char *sp_basis_name(sp_basis basis); /* "assumed", "measured" */
sp_basis sp_basis_weaker(sp_basis a, sp_basis b);

/* sp_figure_exact - a number with no doubt about it: a contract's price, a count, a constant. Measured. */
sp_figure sp_figure_exact(double value);

/* sp_figure_assumed - a guess within SP_BASIS_ASSUMED_WITHIN of itself, either way. */
sp_figure sp_figure_assumed(double value);

/* sp_figure_between - in  low <= value <= high (asserted), such as the ends of a confidence interval. */
sp_figure sp_figure_between(double low, double value, double high, sp_basis basis);

/* sp_figure_check - is it one: finite, in order, its basis known? */
bool sp_figure_check(sp_figure figure);

/* Interval arithmetic.
 *
 *     sum         [a.low + b.low, a.high + b.high]
 *     difference  [a.low - b.high, a.high - b.low]
 *     product     least and greatest of the four products of ends
 *     scaled      product with an exact number */
sp_figure sp_figure_sum(sp_figure a, sp_figure b);
sp_figure sp_figure_difference(sp_figure a, sp_figure b);
sp_figure sp_figure_product(sp_figure a, sp_figure b);
sp_figure sp_figure_scaled(sp_figure a, double factor);

/* sp_figure_quotient - a / b, [least, greatest of the four quotients of ends].
 *
 * out    *quotient, written only when true
 * fails  false when b may be 0 (its band holds it): then nothing is known of the quotient */
bool sp_figure_quotient(sp_figure a, sp_figure b, sp_figure *quotient);

/* What may be said of a sign. */
typedef enum sp_sign {
	SP_SIGN_UNKNOWN, /* it flips inside the band: a margin of which nobody can say whether it is a loss */
	SP_SIGN_NEGATIVE,
	SP_SIGN_ZERO,
	SP_SIGN_POSITIVE
} sp_sign;

/* sp_figure_sign, sp_amount_sign - the sign that every value of the band has.
 *
 *     unknown   low < 0 < high
 *     zero      low = high = 0
 *     else      of the end that is not 0
 *
 * A raise, a cut or a verdict never rests on an unknown sign. */
sp_sign sp_figure_sign(sp_figure figure);
sp_sign sp_amount_sign(sp_amount amount);

/* sp_amount_exact - money with no doubt about it. Measured. */
sp_amount sp_amount_exact(sp_money money);

/* sp_amount_of - a figure in USD as money: the value rounded half to even, the ends outward, so that no value of the figure's band
 * leaves the amount's (after the product with 10^9, which is the nearest double's).
 * fails  SP_E_OVERFLOW; *amount written only on SP_OK */
sp_status sp_amount_of(sp_figure usd, sp_amount *amount);

/* sp_amount_sum, sp_amount_difference - as of figures, exact. SP_E_OVERFLOW; *out written only on SP_OK. */
sp_status sp_amount_sum(sp_amount a, sp_amount b, sp_amount *out);
sp_status sp_amount_difference(sp_amount a, sp_amount b, sp_amount *out);

#endif
