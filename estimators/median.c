/* median.c - see median.h. */
#include "estimators/median.h"

#include "base/assert.h"

#define MEDIAN_NORMAL 1.4826

double sp_median(const double *sorted, size_t n)
{
	SP_ASSERT(sorted != NULL && n > 0);
	return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

/* b_n */
static double median_few(size_t n)
{
	static const double factors[] = {1, 1, 1.196, 1.495, 1.363, 1.206, 1.200, 1.140, 1.129, 1.107};
	return n < sizeof factors / sizeof *factors ? factors[n] : (double)n / ((double)n - 0.8);
}

/* The distances from the median are found in rising order, outward from the middle: the next one is to the left or to the
 * right. The middle one of n is wanted; of an even n the mean of the middle two. */
double sp_median_scale(const double *sorted, size_t n)
{
	double median = sp_median(sorted, n), before = 0, distance = 0;
	size_t left = n / 2, right = n / 2; /* left: how many are still there; right: the next one */
	for (size_t i = 0; i <= n / 2; i++) {
		before = distance;
		if (right == n || (left > 0 && median - sorted[left - 1] < sorted[right] - median))
			distance = median - sorted[--left];
		else
			distance = sorted[right++] - median;
	}
	double mad = n % 2 == 1 ? distance : (before + distance) / 2;
	SP_ASSERT(mad >= 0);
	return MEDIAN_NORMAL * median_few(n) * mad;
}
