/* agree.c - see agree.h. */
#include "estimators/agree.h"

#include <stddef.h>

#include "base/assert.h"
#include "base/math.h"

#define AGREE_Z_MAX    1e6
#define AGREE_LARGEST  1e150 /* whose square is finite; variances are held below its square */
#define AGREE_SMALLEST 1e-150

static double agree_held(double x)
{
	return sp_clamp(x, -AGREE_LARGEST, AGREE_LARGEST);
}

static double agree_z(const sp_estimate *a, const sp_estimate *b, double tolerance)
{
	double x = agree_held(a->value), y = agree_held(b->value);
	double larger = sp_abs(x) > sp_abs(y) ? sp_abs(x) : sp_abs(y), apart = tolerance * larger;
	double most = AGREE_LARGEST * AGREE_LARGEST;
	double variance =
	    sp_clamp(a->variance, 0, most) + sp_clamp(b->variance, 0, most) + sp_clamp(apart * apart, 0, most);
	double error = sp_sqrt(variance);
	error = error > AGREE_SMALLEST ? error : AGREE_SMALLEST;
	return sp_clamp((x - y) / error, -AGREE_Z_MAX, AGREE_Z_MAX);
}

/* The one of two that disagree whose mistake hurts less; of equal ones there is none, for they would agree. */
static int32_t agree_safer(const sp_estimate *a, const sp_estimate *b, bool falling, sp_direction direction)
{
	bool first_is_larger = a->value > b->value;
	bool larger = (direction == SP_DIRECTION_RAISE) == falling;
	if (direction == SP_DIRECTION_HOLD)
		larger = !falling;
	return first_is_larger == larger ? 0 : 1;
}

sp_agreement sp_agree(const sp_estimate *a, const sp_estimate *b, const sp_agree_rule *rule, sp_direction direction)
{
	SP_ASSERT(a != NULL && b != NULL && rule != NULL && rule->limit > 0);
	SP_ASSERT(rule->tolerance >= 0 && rule->tolerance <= 1);
	SP_ASSERT(sp_finite(a->value) && sp_finite(b->value) && a->variance >= 0 && b->variance >= 0);
	double z = agree_z(a, b, rule->tolerance);
	if (sp_abs(z) <= rule->limit)
		return (sp_agreement){true, z, a->variance <= b->variance ? 0 : 1};
	return (sp_agreement){false, z, agree_safer(a, b, rule->falling, direction)};
}
