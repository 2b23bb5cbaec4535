/* median.h - location and scale that half of the values cannot spoil: the median, and the median distance from it.
 *
 *     scale = 1.4826 b_n MAD,   MAD = median |x - median|
 *
 * 1.4826 makes it the standard deviation of normal noise (Hampel 1974); b_n does so for few values (Croux and Rousseeuw 1992,
 * table 1 and b_n = n / (n - 0.8) beyond). Where more than half of the values are equal the scale is 0. */
#ifndef SP_ESTIMATORS_MEDIAN_H
#define SP_ESTIMATORS_MEDIAN_H

#include <stddef.h>

/* sp_median - of n > 0 values in rising order; the mean of the two middle ones where n is even. |values| < 10^300. O(1). */
double sp_median(const double *sorted, size_t n);

/* sp_median_scale - the scale about their median; 0 for n = 1. O(n). */
double sp_median_scale(const double *sorted, size_t n);

#endif
