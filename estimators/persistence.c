/* persistence.c - see persistence.h. */
#include "estimators/persistence.h"

#include <stddef.h>

#include "base/assert.h"
#include "base/math.h"

#define PERSISTENCE_PRIOR   4.0 /* [pairs] that agreed as often as not */
#define PERSISTENCE_PHI_MAX 0.98
#define PERSISTENCE_HALF_PI 1.57079632679489661923

void sp_persistence_fold(sp_persistence *p, double kept, double weight, double deviation)
{
	SP_ASSERT(p != NULL && kept >= 0 && weight >= 0);
	double sign = (double)((deviation > 0) - (deviation < 0));
	p->pairs *= kept;
	p->agreement *= kept;
	if (sign * p->last != 0) {
		p->pairs += weight;
		p->agreement += weight * (sign * p->last);
	}
	p->last = sign;
}

/* sin(pi r / 2) for r in [0, 1], by its series: the first term left out, (pi/2)^17 / 17!, is below 7e-12. */
static double persistence_sine(double r)
{
	double x = PERSISTENCE_HALF_PI * r, z = x * x, sum = 0;
	for (int i = 15; i > 1; i -= 2)
		sum = z / (double)(i * (i - 1)) * (1 - sum);
	return x * (1 - sum);
}

double sp_persistence_inflation(const sp_persistence *p, double one)
{
	SP_ASSERT(p != NULL && one > 0);
	double r = p->agreement / (p->pairs + PERSISTENCE_PRIOR * one);
	double phi = sp_clamp(persistence_sine(sp_clamp(r, 0, 1)), 0, PERSISTENCE_PHI_MAX);
	return (1 + phi) / (1 - phi);
}
