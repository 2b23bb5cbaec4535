/* marginal.c - walks a pool's lots in merit order; see marginal.h. Lots are few, so the next one is looked for each time. */
#include "controller/economics/marginal.h"

#include <stddef.h>

#include "base/assert.h"
#include "base/math.h"

#define MARGINAL_SECONDS_PER_HOUR 3600.0

static bool marginal_takes(const sp_supply_lot *lot)
{
	return lot->counted && lot->gpus > 0;
}

/* The cheapest rented lot behind `last` in the order of prices, equal ones in the order of the list; NULL: there is none. */
static const sp_supply_lot *marginal_next(const sp_supply *supply, const sp_supply_lot *last)
{
	const sp_supply_lot *next = NULL;

	for (uint32_t i = 0; i < supply->n_lots; i++) {
		const sp_supply_lot *lot = &supply->lots[i];
		int64_t price = lot->usd_per_gpu_h.nano;
		if (!marginal_takes(lot) || !lot->rented)
			continue;
		if (last && (price < last->usd_per_gpu_h.nano || (price == last->usd_per_gpu_h.nano && lot <= last)))
			continue;
		if (!next || price < next->usd_per_gpu_h.nano)
			next = lot;
	}
	return next;
}

/* The dearest lot of all, NULL where no lot has GPUs; *priced: every lot has its price. */
static const sp_supply_lot *marginal_dearest(const sp_supply *supply, bool *priced)
{
	const sp_supply_lot *dearest = NULL;

	*priced = true;
	for (uint32_t i = 0; i < supply->n_lots; i++) {
		const sp_supply_lot *lot = &supply->lots[i];
		if (!marginal_takes(lot))
			continue;
		*priced = *priced && lot->priced;
		if (!dearest || lot->usd_per_gpu_h.nano > dearest->usd_per_gpu_h.nano)
			dearest = lot;
	}
	return dearest;
}

/* What a resource unit costs on a GPU at this price. */
static double marginal_rate(const sp_supply *supply, const sp_supply_lot *lot)
{
	double usd_per_h = (double)lot->usd_per_gpu_h.nano / (double)SP_NANO * supply->redundancy;

	return usd_per_h / (supply->units_per_gpu_s * MARGINAL_SECONDS_PER_HOUR * (1 - supply->slo_headroom));
}

sp_answer sp_marginal_shadow(const sp_supply *supply, double load, double *usd_per_unit, bool *full)
{
	SP_ASSERT(load >= 0 && sp_finite(load));
	SP_ASSERT(supply->redundancy >= 1 && supply->slo_headroom >= 0 && supply->slo_headroom < 1);
	double sold_by_gpu = supply->units_per_gpu_s * (1 - supply->slo_headroom);
	double room = sp_supply_owned(supply) * (1 - supply->slo_headroom);
	bool priced;
	const sp_supply_lot *dearest = marginal_dearest(supply, &priced), *lot = NULL;
	if (!dearest)
		return (sp_answer){SP_NOT_IDENTIFIED, "the pool has no GPUs"};
	if (load < room) {
		*usd_per_unit = 0;
		*full = false;
		return (sp_answer){SP_KNOWN, NULL};
	}
	if (!priced)
		return (sp_answer){SP_TOO_LITTLE, "a lot's price has not been sent yet"};
	while (load >= room && (lot = marginal_next(supply, lot)) != NULL)
		room += (double)lot->gpus * sold_by_gpu;
	*full = lot == NULL;
	*usd_per_unit = marginal_rate(supply, lot ? lot : dearest);
	return (sp_answer){SP_KNOWN, NULL};
}

/* One end of the band. */
static sp_answer marginal_at(const sp_supply *supply, double per_gpu_s, double load, double *usd, bool *full)
{
	sp_supply at = *supply;

	at.units_per_gpu_s = per_gpu_s;
	return sp_marginal_shadow(&at, load, usd, full);
}

sp_answer sp_marginal_of(const sp_supply *supply, sp_figure per_gpu_s, const sp_next_unit *next, sp_marginal_cost *cost,
                         bool *full)
{
	SP_ASSERT(sp_figure_check(per_gpu_s) && per_gpu_s.low > 0);
	SP_ASSERT(sp_figure_check(next->load) && next->load.low >= 0 && sp_figure_check(next->unit));
	double low, value, high;
	bool full_low, full_high, full_value;
	sp_answer answer = marginal_at(supply, per_gpu_s.high, next->load.low, &low, &full_low);
	if (answer.knowledge == SP_KNOWN)
		answer = marginal_at(supply, per_gpu_s.value, next->load.value, &value, &full_value);
	if (answer.knowledge == SP_KNOWN)
		answer = marginal_at(supply, per_gpu_s.low, next->load.high, &high, &full_high);
	if (answer.knowledge != SP_KNOWN)
		return answer;
	sp_basis basis = sp_basis_weaker(per_gpu_s.basis, next->load.basis);
	sp_figure shadow = sp_figure_product(sp_figure_between(low, value, high, basis), next->unit);
	cost->usd = sp_figure_sum(shadow, sp_figure_exact((double)next->variable.nano / (double)SP_NANO));
	*full = full_value;
	return answer;
}
