/* cost_change.c - a unit's cost with some terms as before and others as after; see cost_change.h. */
#include "controller/economics/cost_change.h"

#include <stddef.h>

#include "base/assert.h"
#include "base/math.h"

_Static_assert(SP_CAUSES <= SP_ATTRIBUTION_FACTORS_MAX, "more causes than can be attributed");

const char *sp_cause_name(sp_cause cause)
{
	static const char *const names[SP_CAUSES] = {
#define X(name, words) #name,
	    SP_CAUSE_MAP(X)
#undef X
	};

	SP_ASSERT(cause < SP_CAUSES);
	return names[cause];
}

const char *sp_cause_words(sp_cause cause)
{
	static const char *const all[SP_CAUSES] = {
#define X(name, words) words,
	    SP_CAUSE_MAP(X)
#undef X
	};

	SP_ASSERT(cause < SP_CAUSES);
	return all[cause];
}

static const sp_supply *cost_change_side(const sp_cost_change *change, uint32_t changed, sp_cause cause)
{
	return changed >> cause & 1 ? change->to : change->from;
}

static bool cost_change_has(const sp_supply_lot *lot)
{
	return lot->counted && lot->gpus > 0;
}

/* The lots of one side at the prices of the other, as far as that one has them. */
static sp_supply_sum cost_change_sum(const sp_supply *sizes, const sp_supply *prices)
{
	sp_supply_sum sum = {0, 0};

	for (uint32_t i = 0; i < sizes->n_lots; i++) {
		const sp_supply_lot *lot = &sizes->lots[i], *priced = &prices->lots[i];
		if (!cost_change_has(lot))
			continue;
		priced = cost_change_has(priced) ? priced : lot;
		sum.nano_per_h += (__int128)lot->gpus * priced->usd_per_gpu_h.nano;
		sum.gpus += lot->gpus;
	}
	return sum;
}

static sp_status cost_change_value(const void *context, uint32_t changed, int64_t *nano)
{
	const sp_cost_change *change = context;
	sp_supply_sum sum = cost_change_sum(cost_change_side(change, changed, SP_CAUSE_lots),
	                                    cost_change_side(change, changed, SP_CAUSE_gpu_price));
	sp_supply terms = {.units_per_gpu_s = cost_change_side(change, changed, SP_CAUSE_capacity)->units_per_gpu_s,
	                   .redundancy = cost_change_side(change, changed, SP_CAUSE_redundancy)->redundancy,
	                   .slo_headroom = cost_change_side(change, changed, SP_CAUSE_headroom)->slo_headroom};
	double unit = change->units[changed >> SP_CAUSE_weights & 1][changed >> SP_CAUSE_mix & 1];
	double exact = sp_supply_spread(&sum, &terms) * unit * (double)SP_NANO;

	return sp_round_even(exact, nano) == SP_OK ? SP_OK : SP_E_OVERFLOW;
}

sp_status sp_cost_change_of(const sp_cost_change *change, sp_money parts[SP_CAUSES], sp_answer *answer)
{
	SP_ASSERT(change->from->n_lots == change->to->n_lots);
	for (int i = 0; i < 4; i++)
		SP_ASSERT(change->units[i / 2][i % 2] >= 0 && sp_finite(change->units[i / 2][i % 2]));
	sp_sellable_cost any;
	*answer = sp_supply_cost(change->from, &any);
	if (answer->knowledge == SP_KNOWN)
		*answer = sp_supply_cost(change->to, &any);
	if (answer->knowledge != SP_KNOWN)
		return SP_OK;
	return sp_attribution_of(SP_CAUSES, cost_change_value, change, parts);
}
