/* errors.c - weights of one-step errors; see errors.h. */
#include "estimators/errors.h"

#include <stddef.h>

#include "base/assert.h"
#include "base/math.h"

#define ERRORS_KEPT_LEAST 0.97857206208770013451 /* 2^(-1/32) */

double sp_errors_kept(int64_t elapsed_ns, int64_t memory_ns)
{
	SP_ASSERT(elapsed_ns >= 0 && memory_ns > 0);
	double kept = sp_exp2(-(double)elapsed_ns / (double)memory_ns);
	return kept > ERRORS_KEPT_LEAST ? kept : ERRORS_KEPT_LEAST;
}

void sp_errors_add(sp_errors *errors, double kept)
{
	SP_ASSERT(errors != NULL && kept >= 0 && kept <= 1);
	errors->weight = kept * errors->weight + 1;
	errors->squares = kept * kept * errors->squares + 1;
}

double sp_errors_widening(const sp_errors *errors)
{
	SP_ASSERT(errors->weight > 0 && errors->squares > 0);
	double n = errors->weight * errors->weight / errors->squares;
	return 1 + 2 / n + 10 / (n * n * n);
}
