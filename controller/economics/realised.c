/* realised.c - sums over what is paid for; see realised.h. */
#include "controller/economics/realised.h"

#include "base/assert.h"

#define REALISED_SECONDS_PER_HOUR 3600.0

/* GPUs of a lot that are paid for; of a rented one of which nothing was heard none to all, and as the engine counts it: none (R22). */
static sp_figure realised_gpus(const sp_supply_lot *lot, bool running_known)
{
	if (!lot->rented)
		return sp_figure_exact((double)lot->gpus);
	if (running_known)
		return sp_figure_exact(lot->running);
	return sp_figure_between(0, 0, (double)lot->gpus, SP_BASIS_ASSUMED);
}

sp_answer sp_realised_rate(const sp_supply *supply, bool running_known, sp_figure *usd_per_h)
{
	SP_ASSERT(supply->lots != NULL || supply->n_lots == 0);
	SP_ASSERT(supply->redundancy >= 1);
	sp_figure sum = sp_figure_exact(0);
	for (uint32_t i = 0; i < supply->n_lots; i++) {
		const sp_supply_lot *lot = &supply->lots[i];
		if (!lot->counted || lot->gpus == 0)
			continue;
		if (!lot->priced)
			return (sp_answer){SP_TOO_LITTLE, "a lot's price has not been sent yet"};
		double usd = (double)lot->usd_per_gpu_h.nano / (double)SP_NANO;
		sum = sp_figure_sum(sum, sp_figure_scaled(realised_gpus(lot, running_known), usd));
	}
	*usd_per_h = sp_figure_scaled(sum, supply->redundancy);
	return (sp_answer){SP_KNOWN, NULL};
}

sp_answer sp_realised_of(const sp_supply *supply, const sp_service *service, sp_figure unit, sp_realised_cost *cost)
{
	SP_ASSERT(sp_figure_check(service->served) && service->served.low >= 0);
	SP_ASSERT(sp_figure_check(unit) && unit.low >= 0);
	sp_figure rate, one;
	sp_answer answer = sp_realised_rate(supply, service->running_known, &rate);
	if (answer.knowledge != SP_KNOWN)
		return answer;
	if (!sp_figure_quotient(rate, sp_figure_scaled(service->served, REALISED_SECONDS_PER_HOUR), &one))
		return (sp_answer){SP_NOT_IDENTIFIED, "nothing was served"};
	cost->usd = sp_figure_product(one, unit);
	return answer;
}
