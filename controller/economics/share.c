/* share.c - sequential differences of a running share; see share.h. */
#include "controller/economics/share.h"

#include <stddef.h>

#include "base/assert.h"
#include "base/math.h"

#define SHARE_ONE       (INT64_C(1) << 62) /* a whole, in fixed point: finer than any double below it */
#define SHARE_CANCELLED 1e-9               /* shifts that sum to less than this part of what they move name nobody */

/* total x share, share in [0, 1]. */
static int64_t share_of(sp_money total, double share)
{
	int64_t part = 0, fixed = 0;
	sp_status status = sp_round_even(sp_clamp(share, 0, 1) * (double)SHARE_ONE, &fixed);

	SP_ASSERT(status == SP_OK);
	status = sp_muldiv_even(total.nano, fixed, SHARE_ONE, &part);
	SP_ASSERT(status == SP_OK);
	return part;
}

static double share_largest(const double *uses, uint32_t n)
{
	double largest = 0;

	for (uint32_t i = 0; i < n; i++) {
		SP_ASSERT(uses[i] >= 0 && sp_finite(uses[i]));
		largest = uses[i] > largest ? uses[i] : largest;
	}
	return largest;
}

/* Relative to the largest, so that no sum overflows. */
static double share_sum(const double *uses, uint32_t n, double largest)
{
	double sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += uses[i] / largest;
	return sum;
}

sp_status sp_share_split(sp_money total, const double *uses, uint32_t n, sp_money *parts)
{
	SP_ASSERT(uses != NULL && parts != NULL && n > 0);
	double largest = share_largest(uses, n), running = 0, sum;
	int64_t before = 0;
	uint32_t last = 0; /* who took anything */
	if (largest == 0)
		return SP_E_RANGE;
	sum = share_sum(uses, n, largest);
	for (uint32_t i = 0; i < n; i++)
		last = uses[i] > 0 ? i : last;
	for (uint32_t i = 0; i < n; i++) {
		running += uses[i] / largest;
		int64_t upto = i >= last ? total.nano : share_of(total, running / sum);
		parts[i].nano = upto - before;
		before = upto;
	}
	return SP_OK;
}

bool sp_share_mean_unit(const double *amounts, const double *units, uint32_t n, double *mean)
{
	SP_ASSERT((amounts != NULL && units != NULL) || n == 0);
	double largest = share_largest(amounts, n), sum = 0, weighed = 0;
	if (largest == 0)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		SP_ASSERT(units[i] >= 0 && sp_finite(units[i]));
		sum += amounts[i] / largest;
	}
	for (uint32_t i = 0; i < n; i++)
		weighed += amounts[i] / largest / sum * units[i];
	*mean = weighed;
	return true;
}

/* What is needed to weigh one SKU's shift. */
typedef struct share_shift {
	const double *from, *to, *units;
	double sum_from, sum_to, largest_from, largest_to, mean;
} share_shift;

static double share_shifted(const share_shift *shift, uint32_t i)
{
	double before = shift->from[i] / shift->largest_from / shift->sum_from;
	double after = shift->to[i] / shift->largest_to / shift->sum_to;

	return (after - before) * (shift->units[i] - shift->mean);
}

static bool share_begin(share_shift *shift, uint32_t n)
{
	shift->largest_from = share_largest(shift->from, n);
	shift->largest_to = share_largest(shift->to, n);
	if (shift->largest_from == 0 || shift->largest_to == 0)
		return false;
	shift->sum_from = share_sum(shift->from, n, shift->largest_from);
	shift->sum_to = share_sum(shift->to, n, shift->largest_to);
	return sp_share_mean_unit(shift->from, shift->units, n, &shift->mean);
}

bool sp_share_shift(sp_money total, const double *const mixes[2], const double *units, uint32_t n, sp_money *parts)
{
	SP_ASSERT(mixes[0] != NULL && mixes[1] != NULL && units != NULL && parts != NULL);
	share_shift shift = {.from = mixes[0], .to = mixes[1], .units = units};
	double sum = 0, size = 0, running = 0;
	int64_t before = 0;
	uint32_t last = 0;
	if (!share_begin(&shift, n))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		double weight = share_shifted(&shift, i);
		sum += weight;
		size += sp_abs(weight);
		last = weight != 0 ? i : last;
	}
	if (sp_abs(sum) <= SHARE_CANCELLED * size)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		int64_t upto = total.nano; /* shifts have signs: on its way the sum may be far beyond the total */
		running += share_shifted(&shift, i);
		if (i < last && sp_round_even((double)total.nano * (running / sum), &upto) != SP_OK)
			return false;
		if (sp_sub(upto, before, &parts[i].nano) != SP_OK)
			return false;
		before = upto;
	}
	return true;
}
