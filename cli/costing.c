/* costing.c - see costing.h. */
#include "cli/costing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "controller/economics/share.h"

#define SECONDS_PER_DAY 86400.0
#define POOL_UNIT       1e6 /* resource units: about a cent, where one would be too little to be written down */

/* --- mixes --- */

sp_status sp_mix_open(const sp_stock *stock, uint32_t family, sp_mix *mix)
{
	const sp_setup *setup = stock->scene->setup;
	const sp_family_setup *f = &setup->families[family];
	bool by_demand, any = false;

	*mix = (sp_mix){.n = f->n_skus};
	mix->amounts = calloc((size_t)mix->n + 1, sizeof *mix->amounts);
	mix->units = calloc((size_t)mix->n + 1, sizeof *mix->units);
	mix->takes = calloc((size_t)mix->n + 1, sizeof *mix->takes);
	if (!mix->amounts || !mix->units || !mix->takes)
		return SP_E_MEMORY;
	for (uint32_t i = 0; i < mix->n; i++) {
		uint32_t sku = f->first_sku + i;
		mix->takes[i] = sp_figure_scaled(stock->beliefs->weights[sku], setup->skus[sku].quantity);
		mix->units[i] = mix->takes[i].value;
		if (sp_stock_sold(stock, sku, &mix->amounts[i], &by_demand))
			any = any || mix->amounts[i] > 0;
	}
	mix->known = any;
	for (uint32_t i = 0; i < mix->n && !any; i++)
		mix->amounts[i] = 1;
	return SP_OK;
}

void sp_mix_close(sp_mix *mix)
{
	free(mix->amounts);
	free(mix->units);
	free(mix->takes);
	*mix = (sp_mix){0};
}

double sp_mix_reference(const sp_mix *mix)
{
	double sum = 0;

	for (uint32_t i = 0; i < mix->n; i++)
		sum += mix->units[i];
	return mix->n > 0 ? sum / mix->n : 0;
}

static double mix_sum(const sp_mix *mix)
{
	double sum = 0;

	for (uint32_t i = 0; i < mix->n; i++)
		sum += mix->amounts[i];
	return sum;
}

/* The mean unit, with the band of its weights: shares are as they are. */
static sp_figure mix_mean(const sp_mix *mix)
{
	sp_figure mean = sp_figure_exact(0);
	double sum = mix_sum(mix), value = 0;

	for (uint32_t i = 0; i < mix->n; i++)
		mean = sp_figure_sum(mean, sp_figure_scaled(mix->takes[i], mix->amounts[i] / sum));
	if (sp_share_mean_unit(mix->amounts, mix->units, mix->n, &value) && value >= mean.low && value <= mean.high)
		mean.value = value; /* the number that a change is attributed by */
	return mean;
}

/* --- units --- */

/* The word for a family's unit: its SKUs' own where they agree. */
static void family_unit(const sp_setup *setup, const sp_family_setup *f, bool known, char unit[SP_COSTING_UNIT_MAX])
{
	const char *word = f->n_skus > 0 ? setup->skus[f->first_sku].unit : "unit";

	for (uint32_t i = f->first_sku; i < f->first_sku + f->n_skus; i++)
		if (strcmp(setup->skus[i].unit, word) != 0)
			word = "unit";
	snprintf(unit, SP_COSTING_UNIT_MAX, "%.100s, mean of %s", word, known ? "what was sold" : "its SKUs");
}

static sp_status unit_of_family(const sp_stock *stock, uint32_t family, sp_costing *costing, double *variable_nano)
{
	const sp_family_setup *f = &stock->scene->setup->families[family];
	sp_mix mix;
	sp_status status = sp_mix_open(stock, family, &mix);
	double sum;

	if (status == SP_OK) {
		family_unit(stock->scene->setup, f, mix.known, costing->unit);
		costing->takes = mix_mean(&mix);
		costing->reference = sp_mix_reference(&mix);
		costing->lacks |= mix.known ? 0 : 1u << SP_LACK_mix;
		costing->sold_known = mix.known;
		sum = mix_sum(&mix);
		costing->sold_per_day = sum * SECONDS_PER_DAY;
		for (uint32_t i = 0; i < mix.n; i++)
			*variable_nano +=
			    mix.amounts[i] / sum * (double)stock->scene->setup->skus[f->first_sku + i].variable_cost.nano;
	}
	sp_mix_close(&mix);
	return status;
}

static sp_status unit_of_sku(const sp_stock *stock, uint32_t sku, sp_costing *costing, double *variable_nano)
{
	const sp_sku_setup *setup = &stock->scene->setup->skus[sku];
	sp_mix mix;
	sp_status status = sp_mix_open(stock, setup->family, &mix);
	bool by_demand;

	if (status == SP_OK) {
		snprintf(costing->unit, sizeof costing->unit, "%.100s", setup->unit);
		costing->takes = mix.takes[sku - stock->scene->setup->families[setup->family].first_sku];
		costing->reference = sp_mix_reference(&mix);
		costing->sold_known = sp_stock_sold(stock, sku, &costing->sold_per_day, &by_demand);
		costing->sold_per_day *= SECONDS_PER_DAY;
		*variable_nano = (double)setup->variable_cost.nano;
	}
	sp_mix_close(&mix);
	return status;
}

static void unit_of_pool(const sp_stock *stock, sp_costing *costing)
{
	snprintf(costing->unit, sizeof costing->unit, "1M resource units");
	costing->takes = sp_figure_exact(POOL_UNIT);
	costing->reference = POOL_UNIT;
	costing->sold_known = stock->served.knowledge == SP_KNOWN;
	if (costing->sold_known)
		costing->sold_per_day = stock->service.served.value * SECONDS_PER_DAY / POOL_UNIT;
}

static sp_status unit_of(const sp_stock *stock, sp_costing *costing, sp_money *variable)
{
	const sp_setup *setup = stock->scene->setup;
	double variable_nano = 0;
	sp_status status = SP_OK;

	if (costing->type == SP_SUBJECT_POOL) {
		costing->id = setup->pools[costing->slot].id;
		unit_of_pool(stock, costing);
	} else if (costing->type == SP_SUBJECT_FAMILY) {
		costing->id = setup->families[costing->slot].id;
		status = unit_of_family(stock, costing->slot, costing, &variable_nano);
	} else {
		costing->id = setup->skus[costing->slot].id;
		status = unit_of_sku(stock, costing->slot, costing, &variable_nano);
	}
	if (status != SP_OK)
		return status;
	if (costing->takes.basis == SP_BASIS_ASSUMED)
		costing->lacks |= 1u << SP_LACK_weights;
	return sp_round_even(variable_nano, &variable->nano);
}

/* --- costs --- */

static uint32_t family_of(const sp_stock *stock, const sp_costing *costing)
{
	if (costing->type == SP_SUBJECT_FAMILY)
		return costing->slot;
	return costing->type == SP_SUBJECT_SKU ? stock->scene->setup->skus[costing->slot].family : SP_NO_SLOT;
}

static void marginal_of(const sp_stock *stock, sp_money variable, sp_costing *costing)
{
	sp_next_unit next = {stock->load_figure, costing->takes, variable};

	costing->marginal_answer = stock->load;
	if (stock->load.knowledge == SP_KNOWN)
		costing->marginal_answer = sp_marginal_of(&stock->supply, stock->beliefs->per_gpu_s[stock->pool], &next,
		                                          &costing->marginal, &costing->full);
}

static sp_status waterfall_of(const sp_stock *stock, sp_costing *costing)
{
	bool known = stock->realised.knowledge == SP_KNOWN;
	sp_beside beside = known ? sp_stock_beside(stock, family_of(stock, costing)) : (sp_beside){{{0}}, 0, 0, 0};
	sp_waterfall_input input = {&stock->supply, costing->reference, costing->takes.value, known ? &beside : NULL};
	sp_answer answer;

	return sp_waterfall_of(&input, &costing->fall, &answer);
}

sp_status sp_costing_of(const sp_stock *stock, uint32_t type, uint32_t slot, sp_costing *costing)
{
	sp_money variable = {0};
	sp_status status;

	SP_ASSERT(type == SP_SUBJECT_POOL || type == SP_SUBJECT_FAMILY || type == SP_SUBJECT_SKU);
	*costing = (sp_costing){.type = type, .slot = slot, .lacks = stock->lacks};
	status = unit_of(stock, costing, &variable);
	if (status != SP_OK)
		return status;
	costing->sellable_answer =
	    sp_sellable_of(&stock->supply, stock->beliefs->per_gpu_s[stock->pool], costing->takes, &costing->sellable);
	costing->realised_answer = stock->realised;
	if (stock->realised.knowledge == SP_KNOWN)
		costing->realised.usd = sp_figure_product(stock->beside.realised.usd, costing->takes);
	marginal_of(stock, variable, costing);
	return costing->sellable_answer.knowledge == SP_KNOWN ? waterfall_of(stock, costing) : SP_OK;
}
