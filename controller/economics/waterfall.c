/* waterfall.c - levels first, then their differences; see waterfall.h. */
#include "controller/economics/waterfall.h"

#include <stddef.h>

#include "base/assert.h"
#include "base/math.h"

const char *sp_waterfall_step_name(sp_waterfall_step step)
{
	static const char *const names[SP_STEPS] = {"raw GPU", "redundancy", "headroom", "mix",
	                                            "idle",    "credits",    "support",  "incidents"};

	SP_ASSERT(step < SP_STEPS);
	return names[step];
}

/* The cost of a resource unit under some of a pool's terms. */
static double waterfall_cost(const sp_supply *supply, double redundancy, double headroom)
{
	sp_supply under = *supply;
	sp_sellable_cost cost = {{0}};

	under.redundancy = redundancy;
	under.slo_headroom = headroom;
	sp_supply_cost(&under, &cost);
	return cost.usd.value;
}

static void waterfall_levels(const sp_waterfall_input *input, double usd[SP_STEPS])
{
	const sp_supply *supply = input->supply;
	double whole = waterfall_cost(supply, supply->redundancy, supply->slo_headroom);

	usd[SP_STEP_GPU] = waterfall_cost(supply, 1, 0) * input->reference;
	usd[SP_STEP_REDUNDANCY] = waterfall_cost(supply, supply->redundancy, 0) * input->reference;
	usd[SP_STEP_HEADROOM] = whole * input->reference;
	for (int step = SP_STEP_MIX; step < SP_STEPS; step++)
		usd[step] = whole * input->unit;
	if (!input->beside)
		return;
	usd[SP_STEP_IDLE] = input->beside->realised.usd.value * input->unit;
	usd[SP_STEP_CREDITS] = usd[SP_STEP_IDLE] - input->beside->credits_usd * input->unit;
	usd[SP_STEP_SUPPORT] = usd[SP_STEP_CREDITS] + input->beside->support_usd * input->unit;
	usd[SP_STEP_INCIDENTS] = usd[SP_STEP_SUPPORT] + input->beside->incidents_usd * input->unit;
}

static sp_status waterfall_round(const double usd[SP_STEPS], int64_t levels[SP_STEPS])
{
	for (int step = 0; step < SP_STEPS; step++) {
		if (sp_round_even(usd[step] * (double)SP_NANO, &levels[step]) != SP_OK)
			return SP_E_OVERFLOW;
	}
	return SP_OK;
}

sp_status sp_waterfall_of(const sp_waterfall_input *input, sp_waterfall *waterfall, sp_answer *answer)
{
	SP_ASSERT(input->reference >= 0 && sp_finite(input->reference));
	SP_ASSERT(input->unit >= 0 && sp_finite(input->unit));
	double usd[SP_STEPS];
	int64_t levels[SP_STEPS], before = 0;
	sp_waterfall out = {.beside_known = input->beside != NULL};
	sp_sellable_cost any;
	*answer = sp_supply_cost(input->supply, &any);
	if (answer->knowledge != SP_KNOWN)
		return SP_OK;
	waterfall_levels(input, usd);
	if (waterfall_round(usd, levels) != SP_OK)
		return SP_E_OVERFLOW;
	for (int step = 0; step < SP_STEPS; step++) {
		if (sp_sub(levels[step], before, &out.steps[step].nano) != SP_OK)
			return SP_E_OVERFLOW;
		before = levels[step];
	}
	out.sellable.nano = levels[SP_STEP_MIX];
	out.realised.nano = levels[SP_STEP_IDLE];
	out.booked.nano = levels[SP_STEP_INCIDENTS];
	*waterfall = out;
	return SP_OK;
}
