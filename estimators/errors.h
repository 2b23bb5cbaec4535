/* errors.h - how many one-step errors stand behind a variance, and how much wider an interval made of few must be.
 *
 * An estimator that measures its own errors (what came, less what it had foretold) forgets them: an error weighs half after `memory`,
 * but not before 32 more have come, so that daily figures are judged by a month and not by one of them. */
#ifndef SP_ESTIMATORS_ERRORS_H
#define SP_ESTIMATORS_ERRORS_H

#include <stdint.h>

typedef struct sp_errors {
	double weight, squares; /* sum(w), sum(w^2) */
} sp_errors;

/* sp_errors_kept - what is left of the older errors' weights when another comes: 2^(-elapsed / memory), at least 2^(-1/32).
 * memory > 0. */
double sp_errors_kept(int64_t elapsed_ns, int64_t memory_ns);

/* sp_errors_add - one more error; `kept` is of sp_errors_kept. */
void sp_errors_add(sp_errors *errors, double kept);

/* sp_errors_widening - by what a variance made of these errors is to be multiplied, so that 1.645 roots of it cover 90 %.
 *
 *     n = sum(w)^2 / sum(w^2),    1 + 2 / n + 10 / n^3        [1], > 1; at least one error (asserted)
 *
 * which is (Student's t at 95 % with n degrees of freedom / 1.645)^2 within 4 %, for n = 1 within 12 % (tests). */
double sp_errors_widening(const sp_errors *errors);

#endif
