/* stock.c - see stock.h. */
#include "cli/stock.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/math.h"
#include "controller/economics/credits.h"

#define NINETY_PERCENT 1.6449 /* standard errors either way */
#define SECONDS_PER_H  3600.0

static const struct {
	const char *name, *what, *cure;
} lacks[SP_LACKS] = {
#define X(name, what, cure) {#name, what, cure},
    SP_LACK_MAP(X)
#undef X
};

const char *sp_lack_name(sp_lack lack)
{
	SP_ASSERT(lack < SP_LACKS);
	return lacks[lack].name;
}

const char *sp_lack_what(sp_lack lack)
{
	SP_ASSERT(lack < SP_LACKS);
	return lacks[lack].what;
}

const char *sp_lack_cure(sp_lack lack)
{
	SP_ASSERT(lack < SP_LACKS);
	return lacks[lack].cure;
}

static void lack(sp_stock *stock, sp_lack what)
{
	stock->lacks |= 1u << what;
}

static void lack_of_lot(sp_stock *stock, sp_lack what, uint32_t lot)
{
	if (!(stock->lacks >> what & 1))
		stock->lot_lack[what == SP_LACK_running] = lot;
	lack(stock, what);
}

/* --- lots --- */

static void look_at_lot(sp_stock *stock, uint32_t i)
{
	const sp_scene *scene = stock->scene;
	uint32_t slot = scene->setup->pools[stock->pool].first_lot + i;
	const sp_lot_setup *setup = &scene->setup->lots[slot];
	sp_value price = {.nano = setup->usd_per_gpu_h.nano}, running = {0};
	int64_t t_ns;
	bool priced =
	    !setup->by_signal || sp_engine_last(scene->engine, setup->subject, SP_KIND_usd_per_gpu_h, &price, &t_ns);
	bool runs = sp_engine_last(scene->engine, setup->subject, SP_KIND_gpus_running, &running, &t_ns);
	bool rented = setup->kind == SP_LOT_ON_DEMAND || setup->kind == SP_LOT_SPOT;
	bool counted = setup->ends_ns == SP_PARAM_NONE || scene->t_ns < setup->ends_ns;

	stock->lots[i] =
	    (sp_supply_lot){setup->gpus, {priced ? price.nano : 0}, counted, priced, rented, runs ? running.real : 0};
	stock->until_ns[i] = setup->credits_until_ns;
	if (counted && setup->gpus > 0 && !priced)
		lack_of_lot(stock, SP_LACK_price, slot);
	if (counted && setup->gpus > 0 && rented && !runs)
		lack_of_lot(stock, SP_LACK_running, slot);
}

static sp_status look_at_lots(sp_stock *stock)
{
	const sp_pool_setup *pool = &stock->scene->setup->pools[stock->pool];

	stock->lots = calloc((size_t)pool->n_lots + 1, sizeof *stock->lots);
	stock->until_ns = calloc((size_t)pool->n_lots + 1, sizeof *stock->until_ns);
	if (!stock->lots || !stock->until_ns)
		return SP_E_MEMORY;
	for (uint32_t i = 0; i < pool->n_lots; i++)
		look_at_lot(stock, i);
	stock->supply = (sp_supply){.lots = stock->lots,
	                            .n_lots = pool->n_lots,
	                            .units_per_gpu_s = stock->beliefs->per_gpu_s[stock->pool].value,
	                            .redundancy = pool->redundancy,
	                            .slo_headroom = (double)pool->slo_headroom_ppb / (double)SP_NANO};
	return SP_OK;
}

/* --- what was served --- */

/* A subject's rate: served where that was sent, else demand. */
static bool rate_of(const sp_stock *stock, uint32_t subject, double *rate, bool *by_demand)
{
	*by_demand = false;
	if (sp_tally_mean(stock->scene->tally, subject, SP_KIND_served, rate))
		return true;
	*by_demand = true;
	return sp_tally_mean(stock->scene->tally, subject, SP_KIND_demand, rate);
}

bool sp_stock_sold(const sp_stock *stock, uint32_t sku, double *units_per_s, bool *by_demand)
{
	const sp_sku_setup *setup = &stock->scene->setup->skus[sku];

	SP_ASSERT(sku < stock->scene->setup->n_skus);
	if (!rate_of(stock, setup->subject, units_per_s, by_demand))
		return false;
	*units_per_s /= setup->quantity;
	return true;
}

/* A family may be measured as a whole where its SKUs weigh the same, as believed. */
static bool whole_family_served(const sp_stock *stock, const sp_family_setup *family, sp_figure *served,
                                bool *by_demand)
{
	const sp_figure *weights = &stock->beliefs->weights[family->first_sku];
	double rate;

	if (family->n_skus == 0 || !rate_of(stock, family->subject, &rate, by_demand))
		return false;
	for (uint32_t i = 1; i < family->n_skus; i++)
		if (weights[i].value != weights[0].value || weights[i].low != weights[0].low ||
		    weights[i].high != weights[0].high)
			return false;
	*served = sp_figure_scaled(weights[0], rate);
	return true;
}

bool sp_stock_family_served(const sp_stock *stock, uint32_t family, sp_figure *served, bool *by_demand)
{
	const sp_setup *setup = stock->scene->setup;
	const sp_family_setup *f = &setup->families[family];
	sp_figure sum = sp_figure_exact(0);
	bool any = false, of_sku;
	double rate;

	*by_demand = false;
	for (uint32_t i = f->first_sku; i < f->first_sku + f->n_skus; i++) {
		if (!rate_of(stock, setup->skus[i].subject, &rate, &of_sku))
			continue;
		sum = sp_figure_sum(sum, sp_figure_scaled(stock->beliefs->weights[i], rate));
		*by_demand = *by_demand || of_sku;
		any = true;
	}
	if (!any)
		return whole_family_served(stock, f, served, by_demand);
	*served = sum;
	return true;
}

static bool served_by_families(sp_stock *stock, bool *by_demand)
{
	const sp_setup *setup = stock->scene->setup;
	sp_figure sum = sp_figure_exact(0), one;
	bool any = false, of_family;

	*by_demand = false;
	for (uint32_t i = 0; i < setup->n_families; i++) {
		if (setup->families[i].pool != stock->pool)
			continue;
		if (!sp_stock_family_served(stock, i, &one, &of_family))
			return false;
		sum = sp_figure_sum(sum, one);
		*by_demand = *by_demand || of_family;
		any = true;
	}
	stock->service.served = sum;
	return any;
}

/* A fleet's own gauge, of what runs: what is beyond 1 waits, and was not served. */
static bool served_by_gauge(sp_stock *stock)
{
	uint32_t subject = stock->scene->setup->pools[stock->pool].subject;
	double utilization, gpus = sp_supply_running(&stock->supply) / stock->supply.units_per_gpu_s;

	if (!sp_tally_mean(stock->scene->tally, subject, SP_KIND_utilization, &utilization))
		return false;
	utilization = sp_clamp(utilization, 0, 1);
	stock->service.served = sp_figure_scaled(stock->beliefs->per_gpu_s[stock->pool], gpus * utilization);
	return true;
}

static void look_at_service(sp_stock *stock)
{
	bool by_demand = false;

	stock->service.running_known = !(stock->lacks & 1u << SP_LACK_running);
	if (stock->scene->hourly)
		lack(stock, SP_LACK_hourly);
	stock->served = (sp_answer){SP_KNOWN, NULL};
	if (served_by_families(stock, &by_demand)) {
		if (by_demand) {
			stock->service.served.basis = SP_BASIS_ASSUMED;
			lack(stock, SP_LACK_demand);
		}
	} else if (served_by_gauge(stock)) {
		lack(stock, SP_LACK_gauge);
	} else {
		lack(stock, stock->scene->pruned ? SP_LACK_pruned : SP_LACK_served);
		stock->served = (sp_answer){SP_TOO_LITTLE, "it is not known what was served"};
	}
}

/* --- how full it is --- */

static void look_at_load(sp_stock *stock)
{
	const sp_reading *reading = &sp_engine_readings(stock->scene->engine, stock->pool)->readings[SP_READING_LOAD];
	double value, off;

	stock->load = reading->answer;
	if (reading->answer.knowledge != SP_KNOWN) {
		lack(stock, SP_LACK_load);
		return;
	}
	value = reading->estimate.value < 0 ? 0 : reading->estimate.value;
	off = NINETY_PERCENT * sp_sqrt(reading->estimate.variance);
	stock->load_figure = sp_figure_between(value > off ? value - off : 0, value, value + off, SP_BASIS_MEASURED);
}

/* --- beside --- */

static double spent_beside(const sp_stock *stock, sp_signal_kind kind, uint32_t family)
{
	const sp_setup *setup = stock->scene->setup;

	return sp_tally_per_s(stock->scene->tally, setup->families[family].subject, kind);
}

/* Per resource unit: the pool's own over all it served, a family's own over what that family was. */
static double beside_of(const sp_stock *stock, sp_signal_kind kind, uint32_t family)
{
	const sp_setup *setup = stock->scene->setup;
	double served = stock->service.served.value;
	double usd_per_s = sp_tally_per_s(stock->scene->tally, setup->pools[stock->pool].subject, kind);
	sp_figure own;
	bool by_demand;

	for (uint32_t i = 0; family == SP_NO_SLOT && i < setup->n_families; i++)
		usd_per_s += setup->families[i].pool == stock->pool ? spent_beside(stock, kind, i) : 0;
	if (family == SP_NO_SLOT || !sp_stock_family_served(stock, family, &own, &by_demand) || own.value <= 0)
		return usd_per_s / served;
	return usd_per_s / served + spent_beside(stock, kind, family) / own.value;
}

sp_beside sp_stock_beside(const sp_stock *stock, uint32_t family)
{
	sp_beside beside = stock->beside;

	SP_ASSERT(stock->realised.knowledge == SP_KNOWN);
	beside.support_usd = beside_of(stock, SP_KIND_support_cost, family);
	beside.incidents_usd = beside_of(stock, SP_KIND_incident_cost, family);
	return beside;
}

static void look_beside(sp_stock *stock)
{
	double usd_per_h = 0;

	stock->realised = stock->served;
	if (stock->realised.knowledge == SP_KNOWN)
		stock->realised = sp_realised_of(&stock->supply, &stock->service, sp_figure_exact(1), &stock->beside.realised);
	if (stock->realised.knowledge == SP_KNOWN)
		stock->realised = sp_credits_rate(&stock->supply, stock->until_ns, stock->scene->t_ns, &usd_per_h);
	if (stock->realised.knowledge != SP_KNOWN)
		return;
	stock->beside.credits_usd = usd_per_h / SECONDS_PER_H / stock->service.served.value;
}

sp_status sp_stock_open(const sp_scene *scene, const sp_beliefs *beliefs, uint32_t pool, sp_stock *stock)
{
	SP_ASSERT(pool < scene->setup->n_pools);
	*stock = (sp_stock){.scene = scene, .beliefs = beliefs, .pool = pool};
	if (look_at_lots(stock) != SP_OK)
		return SP_E_MEMORY;
	if (beliefs->per_gpu_s[pool].basis == SP_BASIS_ASSUMED)
		lack(stock, SP_LACK_capacity);
	look_at_service(stock);
	look_at_load(stock);
	look_beside(stock);
	return SP_OK;
}

void sp_stock_close(sp_stock *stock)
{
	free(stock->lots);
	free(stock->until_ns);
	*stock = (sp_stock){0};
}
