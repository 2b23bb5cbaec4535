/* sellable.c - sums over a pool's lots: exact in integers as far as the lots go, one division at the end. */
#include "controller/economics/sellable.h"

#include <stddef.h>

#include "base/assert.h"
#include "base/math.h"

#define SUPPLY_SECONDS_PER_HOUR 3600.0

static void supply_check(const sp_supply *supply)
{
	SP_ASSERT(supply->lots != NULL || supply->n_lots == 0);
	SP_ASSERT(supply->units_per_gpu_s > 0 && sp_finite(supply->units_per_gpu_s));
}

/* GPUs that serve: rented ones as far as they run when `rented`, else none of them. */
static double supply_gpus(const sp_supply *supply, bool rented)
{
	double gpus = 0;
	for (uint32_t i = 0; i < supply->n_lots; i++) {
		const sp_supply_lot *lot = &supply->lots[i];
		SP_ASSERT(lot->gpus >= 0 && lot->running >= 0);
		if (!lot->counted)
			continue;
		if (!lot->rented)
			gpus += (double)lot->gpus;
		else if (rented)
			gpus += lot->running;
	}
	return gpus;
}

double sp_supply_spread(const sp_supply_sum *sum, const sp_supply *supply)
{
	SP_ASSERT(sum->gpus > 0 && sum->nano_per_h >= 0);
	SP_ASSERT(supply->redundancy >= 1 && supply->slo_headroom >= 0 && supply->slo_headroom < 1);
	double usd_per_h = (double)sum->nano_per_h / (double)SP_NANO * supply->redundancy;
	double units_per_h =
	    (double)sum->gpus * supply->units_per_gpu_s * SUPPLY_SECONDS_PER_HOUR * (1 - supply->slo_headroom);
	double usd_per_unit = usd_per_h / units_per_h;
	SP_ASSERT(sp_finite(usd_per_unit));
	return usd_per_unit;
}

sp_answer sp_supply_cost(const sp_supply *supply, sp_sellable_cost *cost)
{
	supply_check(supply);
	sp_supply_sum sum = {0, 0};
	for (uint32_t i = 0; i < supply->n_lots; i++) {
		const sp_supply_lot *lot = &supply->lots[i];
		SP_ASSERT(lot->gpus >= 0);
		if (!lot->counted || lot->gpus == 0)
			continue;
		if (!lot->priced)
			return (sp_answer){SP_TOO_LITTLE, "a lot's price has not been sent yet"};
		sum.nano_per_h += (__int128)lot->gpus * lot->usd_per_gpu_h.nano;
		sum.gpus += lot->gpus;
	}
	if (sum.gpus == 0)
		return (sp_answer){SP_NOT_IDENTIFIED, "the pool has no GPUs"};
	double usd = sp_supply_spread(&sum, supply);
	cost->usd = (sp_figure){usd, usd, usd, SP_BASIS_ASSUMED};
	return (sp_answer){SP_KNOWN, NULL};
}

/* The cost of one resource unit where a GPU serves so much; known already. */
static double supply_cost_at(const sp_supply *supply, double per_gpu_s)
{
	sp_supply at = *supply;
	sp_sellable_cost cost = {{0}};

	at.units_per_gpu_s = per_gpu_s;
	sp_supply_cost(&at, &cost);
	return cost.usd.value;
}

sp_answer sp_sellable_of(const sp_supply *supply, sp_figure per_gpu_s, sp_figure unit, sp_sellable_cost *cost)
{
	SP_ASSERT(sp_figure_check(per_gpu_s) && per_gpu_s.low > 0);
	SP_ASSERT(sp_figure_check(unit) && unit.low >= 0);
	sp_supply at = *supply;
	sp_sellable_cost plain;
	at.units_per_gpu_s = per_gpu_s.value;
	sp_answer answer = sp_supply_cost(&at, &plain);
	if (answer.knowledge != SP_KNOWN)
		return answer;
	sp_figure one = sp_figure_between(supply_cost_at(supply, per_gpu_s.high), plain.usd.value,
	                                  supply_cost_at(supply, per_gpu_s.low), per_gpu_s.basis);
	cost->usd = sp_figure_product(one, unit);
	return answer;
}

double sp_supply_owned(const sp_supply *supply)
{
	supply_check(supply);
	return supply_gpus(supply, false) * supply->units_per_gpu_s;
}

double sp_supply_running(const sp_supply *supply)
{
	supply_check(supply);
	return supply_gpus(supply, true) * supply->units_per_gpu_s;
}
