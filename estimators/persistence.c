/* persistence.c - see persistence.h. */
#include "estimators/persistence.h"

#include <stddef.h>

#include "base/assert.h"
#include "base/math.h"

#define PERSISTENCE_PRIOR   4.0 /* [pairs] that agreed as often as not */
#define PERSISTENCE_PHI_MAX 0.98
#define PERSISTENCE_HALF_PI 1.57079632679489661923

#define PERSISTENCE_TERMS 8

/* sin(pi r / 2) for r in [0, 1], by its series x (1 - z/6 (1 - z/20 (1 - …))), z = x^2: the first term left out,
 * (pi/2)^17 / 17!, is below 7e-12. */
static double persistence_sine(double r)
{
	static const double under[PERSISTENCE_TERMS] = {1, 6, 20, 42, 72, 110, 156, 210}; /* i (i - 1) of odd i */
	double x = PERSISTENCE_HALF_PI * r, z = x * x, sum = 0, terms[PERSISTENCE_TERMS];
	for (int i = 0; i < PERSISTENCE_TERMS; i++)
		terms[i] = z / under[i];
	for (int i = PERSISTENCE_TERMS - 1; i > 0; i--)
		sum = terms[i] * (1 - sum);
	return x * (1 - sum);
}

double sp_persistence_inflation(const sp_persistence *p, double one)
{
	SP_ASSERT(p != NULL && one > 0);
	double r = p->agreement / (p->pairs + PERSISTENCE_PRIOR * one);
	if (r <= 0)
		return 1;
	double phi = sp_clamp(persistence_sine(sp_clamp(r, 0, 1)), 0, PERSISTENCE_PHI_MAX);
	return (1 + phi) / (1 - phi);
}
