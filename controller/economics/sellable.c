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

sp_answer sp_supply_cost(const sp_supply *supply, double *usd_per_unit)
{
	supply_check(supply);
	SP_ASSERT(supply->redundancy >= 1 && supply->slo_headroom >= 0 && supply->slo_headroom < 1);
	__int128 nano_per_h = 0, gpus = 0; /* 2^63 GPUs at 2^63 nano-USD still fit */
	for (uint32_t i = 0; i < supply->n_lots; i++) {
		const sp_supply_lot *lot = &supply->lots[i];
		SP_ASSERT(lot->gpus >= 0);
		if (!lot->counted || lot->gpus == 0)
			continue;
		if (!lot->priced)
			return (sp_answer){SP_TOO_LITTLE, "a lot's price has not been sent yet"};
		nano_per_h += (__int128)lot->gpus * lot->usd_per_gpu_h.nano;
		gpus += lot->gpus;
	}
	if (gpus == 0)
		return (sp_answer){SP_NOT_IDENTIFIED, "the pool has no GPUs"};
	double usd_per_h = (double)nano_per_h / (double)SP_NANO * supply->redundancy;
	double units_per_h = (double)gpus * supply->units_per_gpu_s * SUPPLY_SECONDS_PER_HOUR * (1 - supply->slo_headroom);
	*usd_per_unit = usd_per_h / units_per_h;
	SP_ASSERT(sp_finite(*usd_per_unit));
	return (sp_answer){SP_KNOWN, NULL};
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
