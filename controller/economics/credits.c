/* credits.c - a sum over the lots on credits; see credits.h. */
#include "controller/economics/credits.h"

#include <stddef.h>

#include "base/assert.h"

sp_answer sp_credits_rate(const sp_supply *supply, const int64_t *until_ns, int64_t now_ns, double *usd_per_h)
{
	SP_ASSERT(supply->lots != NULL || supply->n_lots == 0);
	SP_ASSERT(until_ns != NULL || supply->n_lots == 0);
	double sum = 0;
	for (uint32_t i = 0; i < supply->n_lots; i++) {
		const sp_supply_lot *lot = &supply->lots[i];
		double gpus = lot->rented ? lot->running : (double)lot->gpus;
		if (!lot->counted || gpus == 0 || until_ns[i] == SP_CREDITS_NONE || now_ns >= until_ns[i])
			continue;
		if (!lot->priced)
			return (sp_answer){SP_TOO_LITTLE, "a lot's price has not been sent yet"};
		sum += gpus * ((double)lot->usd_per_gpu_h.nano / (double)SP_NANO);
	}
	*usd_per_h = sum;
	return (sp_answer){SP_KNOWN, NULL};
}
