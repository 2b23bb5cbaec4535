/* total.c - see total.h. */
#include "estimators/total.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"

#define TOTAL_LARGEST 1e100 /* so that no rate overflows */

/* What was counted since the reading before; negative: nobody knows. */
static double total_counted(const sp_total *total, double reading)
{
	if (reading >= total->total)
		return reading - total->total;
	return reading <= total->total / 2 ? reading : -1;
}

static sp_total_verdict total_advance(sp_total *total, int64_t t_ns, double reading, sp_total_rate *rate)
{
	double counted = total_counted(total, reading);
	bool shrunk = reading < total->total;
	if (counted >= 0)
		*rate = (sp_total_rate){counted / ((double)(t_ns - total->t_ns) / 1e9), total->t_ns, t_ns};
	*total = (sp_total){reading, t_ns, total->seen + 1};
	if (counted < 0)
		return SP_TOTAL_CORRECTED;
	SP_ASSERT(sp_finite(rate->rate) && rate->rate >= 0);
	return shrunk ? SP_TOTAL_RESTARTED : SP_TOTAL_RATE;
}

sp_total_verdict sp_total_fold(sp_total *total, int64_t t_ns, double reading, sp_total_rate *rate)
{
	SP_ASSERT(total != NULL && rate != NULL);
	SP_ASSERT(t_ns >= SP_TIME_MIN_NS && t_ns <= SP_TIME_MAX_NS);
	if (!sp_finite(reading) || reading < 0)
		return SP_TOTAL_REFUSED;
	if (total->seen > 0 && t_ns < total->t_ns)
		return SP_TOTAL_LATE;
	reading = reading < TOTAL_LARGEST ? reading : TOTAL_LARGEST;
	if (total->seen > 0 && t_ns > total->t_ns)
		return total_advance(total, t_ns, reading, rate);
	sp_total_verdict verdict = total->seen > 0 ? SP_TOTAL_REPEATED : SP_TOTAL_FIRST;
	*total = (sp_total){reading > total->total ? reading : total->total, t_ns, total->seen + 1};
	return verdict;
}
