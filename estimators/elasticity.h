/* elasticity.h - by how many percent demand falls when the price rises by one, from moves of the price that demand did not cause.
 *
 * A loop moves its price when demand moves, so demand and price go together for two reasons, and a regression on all moves answers
 * neither. Only moves that came from outside are asked (instruments): blocks of an experiment, cost passed through, changed sheets.
 * A day at a time, with y the mean of log demand, x that of the log price that buyers feel, z the part of x that came from outside:
 *
 *     felt      x += (1 - exp(-dt / lag)) (log price - x),  z likewise              a low pass: buyers answer late
 *     whitened  ~y = y - phi y', ~x, ~z likewise                                    ' is the day before
 *     value     e = - cov(~z, ~y) / cov(~z, ~x)                                     over the pairs of days
 *     phi       corr(r, r') of r = y + e x, and what few days bias it by, (1 + 3 phi) / n; a few rounds of the two
 *     variance  s2 var(~z) / (n cov(~z, ~x)^2),  s2 = sum(~r - mean)^2 / (n - 3)    widened by Student's t: 1.645 roots hold 90 %
 *
 * Not known without exogenous moves, and not while the standard error is above a bound. Sums over pairs of days are all
 * that is kept, so phi may be chosen when it is asked for. A day of less than half its time says nothing; nor does one whose demand
 * jumped beyond belief: what has happened there is no answer to a price.
 *
 * source  instruments: P. G. Wright 1928; quasi-differences: Cochrane and Orcutt 1949; bias of phi: Kendall 1954 */
#ifndef SP_ESTIMATORS_ELASTICITY_H
#define SP_ESTIMATORS_ELASTICITY_H

#include <stdint.h>

#include "base/estimate.h"

enum { SP_ELASTICITY_DEMAND, SP_ELASTICITY_PRICE, SP_ELASTICITY_MOVED, SP_ELASTICITY_SERIES }; /* y, x, z */

typedef struct sp_elasticity_sums {
	double n;
	double now[SP_ELASTICITY_SERIES], before[SP_ELASTICITY_SERIES];
	double now_now[SP_ELASTICITY_SERIES][SP_ELASTICITY_SERIES];
	double before_before[SP_ELASTICITY_SERIES][SP_ELASTICITY_SERIES];
	double now_before[SP_ELASTICITY_SERIES][SP_ELASTICITY_SERIES];
} sp_elasticity_sums;

/* Plain memory; all zero is one that has seen nothing, whatever its lag. */
typedef struct sp_elasticity {
	int64_t lag_ns;          /* given; 0: buyers answer at once */
	int64_t seen_ns;         /* the newest observation */
	int64_t day_ns;          /* where the running day began */
	double price, moved;     /* log price and its exogenous part, since then in force */
	double felt, felt_moved; /* by the buyers */
	double today[SP_ELASTICITY_SERIES], today_s;
	double yesterday[SP_ELASTICITY_SERIES], first[SP_ELASTICITY_SERIES];
	double spread; /* mean of squared changes of demand from day to day, freed of none of its causes */
	double days;
	uint32_t seen, has_yesterday, has_first, moves; /* moves: days apart on which the exogenous part moved */
	double moved_last;                              /* z of the last day that counted as a move */
	sp_elasticity_sums sums;
} sp_elasticity;

/* What an elasticity is made of when it is known, for those who weigh several lags. */
typedef struct sp_elasticity_fit {
	double value, variance; /* of the value, Student's t included */
	double phi, residual;   /* of a day's demand on the day before; s2 */
	double n;               /* pairs of days */
} sp_elasticity_fit;

void sp_elasticity_init(sp_elasticity *elasticity, int64_t lag_ns);

/* sp_elasticity_see - folds one observation.
 *
 * in     t_ns in the permitted times, one not newer counts for nothing; log_demand, log_price finite; log_moved: the part of the log
 *        price that came from outside, finite. Both prices are in force from now on
 * cost   O(1), allocates: no */
void sp_elasticity_see(sp_elasticity *elasticity, int64_t t_ns, double log_demand, double log_price, double log_moved);

/* sp_elasticity_skip - the price stood, demand is not known: time passes. */
void sp_elasticity_skip(sp_elasticity *elasticity, int64_t t_ns, double log_price, double log_moved);

/* sp_elasticity_fit_of - the same answer as sp_elasticity_read's, before any bound on its error. */
sp_answer sp_elasticity_fit_of(const sp_elasticity *elasticity, sp_elasticity_fit *fit);

/* The largest standard error with which an elasticity is still said to be identified. */
#define SP_ELASTICITY_UNSURE  4.0
#define SP_ELASTICITY_TOO_FEW "the moves that demand did not cause are too few: the error is too large"

/* sp_elasticity_read - e, which may be negative by chance; *out written only when known. */
sp_answer sp_elasticity_read(const sp_elasticity *elasticity, int64_t now_ns, sp_estimate *out);

/* --- many goods at once, whose prices moved for reasons of their own: one slope, an intercept for each --- */

typedef struct sp_pooled {
	double n, x, y, xx, xy, yy; /* means of log price and log demand, and sums of squares about them */
} sp_pooled;

/* sp_pooled_see - one observation of one good; all zero is a good that was not seen yet. */
void sp_pooled_see(sp_pooled *good, double log_demand, double log_price);

/* sp_pooled_read - e = - sum of xy / sum of xx over the goods; whoever asks vouches that demand moved no price. */
sp_answer sp_pooled_read(const sp_pooled *goods, uint32_t n_goods, sp_estimate *out);

#endif
