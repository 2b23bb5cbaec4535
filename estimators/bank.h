/* bank.h - several filters of one series side by side, each believed as far as it foretold what came.
 *
 * The filters of a bank differ in the ratios of their variances only; the common scale s2 is measured. With e a filter's one-step
 * error and s2 F its variance as that filter sees it, all sums over the errors so far, an older error's weight w decaying
 * (errors.h),
 *
 *     s2 = sum(w e^2 / F) / sum(w)                         the most likely scale (concentrated out; Harvey 1989, chapter 3)
 *     L  = -1/2 (sum(w ln F) + sum(w) ln s2)               its log-likelihood, up to what is common to all
 *     share = exp(L) / sum of all filters' exp(L)
 *
 * so that the whole is a mixture: value sum(share m), variance sum(share s2 V) + sum(share (m - value)^2). Decaying
 * likelihoods are those of a model whose ratio may change (Raftery, Karny and Ettler 2010: forgetting).
 *
 * Why an interval made of s2 F is honest whatever the errors' autocorrelation: s2 is the mean square of the errors that were
 * made, not derived from their independence. A filter that moves too little makes errors that follow one another, and
 * large ones: its share falls, and until it has fallen its interval is as wide as its errors are. */
#ifndef SP_ESTIMATORS_BANK_H
#define SP_ESTIMATORS_BANK_H

#include <stddef.h>

typedef struct sp_bank_score {
	double square; /* sum(w e^2 / F) */
	double log_f;  /* sum(w ln F) */
	double share;  /* of belief, as of the last sp_bank_share */
} sp_bank_score;

#define SP_BANK_MOST 32 /* filters of a bank */

/* How far an observation was from what a filter had foretold, and the variance F of that. */
typedef struct sp_bank_error {
	double error, f;
} sp_bank_error;

/* sp_bank_init - no error yet: all filters are believed the same. */
void sp_bank_init(sp_bank_score *scores, size_t n);

/* sp_bank_note - the next error of each of n filters; `kept` is of sp_errors_kept, f >= 1 (asserted: the filters' noise is the
 * unit). */
void sp_bank_note(sp_bank_score *scores, size_t n, double kept, const sp_bank_error *errors);

/* sp_bank_share - believes each of n filters anew; weight = sum(w) > 0, the same for all. */
void sp_bank_share(sp_bank_score *scores, size_t n, double weight);

/* sp_bank_scale - s2 of a filter; 0 where it never erred. */
double sp_bank_scale(const sp_bank_score *score, double weight);

#endif
