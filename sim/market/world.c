/* world.c - see world.h. */
#include "sim/market/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"
#include "sim/market/buyers.h"
#include "sim/market/plant.h"
#include "sim/market/shape.h"
#include "sim/market/stream.h"

#define WORLD_START_NS (INT64_C(20458) * SP_DAY) /* Monday, 2026-01-05: no clock is read */
#define WORLD_WEEK     (7 * SP_DAY)
#define WORLD_LAW      "LAW" /* where the policy goes in a template */

/* Recorded demand, in the folder given. */
typedef struct world_trace {
	const char *name, *spec;
} world_trace;

static const world_trace world_traces[] = {
    {"service_a", "servegen/m-large_10min_week1.csv,time=t_s,value=req_per_s,missing=zero+null"},
    {"service_b", "servegen/m-small_10min_week1.csv,time=t_s,value=req_per_s,missing=zero+null"},
    {"image", "genai_cluster/system_5min.csv,value=generative_qps_sum,missing=null"},
    {"daily", "burstgpt/hour_of_day.csv,time=hour,unit=1h,value=norm"},
};

static double world_ratio(int64_t x)
{
	return (double)x * 1e-9;
}

/* So much of the way is gone in one period. */
static double world_way(const sp_world *world, int64_t lag_ns)
{
	return lag_ns > 0 ? 1 - sp_exp(-(double)world->period_ns / (double)lag_ns) : 1;
}

static uint32_t world_span(const sp_world *world, int64_t span_ns)
{
	return (uint32_t)((span_ns + world->period_ns - 1) / world->period_ns);
}

/* --- the template --- */

static char *template_fill(const char *text, const char *policy)
{
	const char *at = strstr(text, WORLD_LAW);
	size_t size = strlen(text) + strlen(policy) + 1;
	char *filled = malloc(size);

	if (filled == NULL)
		return NULL;
	if (at == NULL)
		at = text + strlen(text);
	snprintf(filled, size, "%.*s%s%s", (int)(at - text), text, policy, *at != '\0' ? at + strlen(WORLD_LAW) : "");
	return filled;
}

static sp_status template_parse(const char *name, const char *text, const char *policy, sp_config **config,
                                sp_message *message)
{
	sp_complaints complaints = {0};
	char *yaml = template_fill(text, policy);

	if (yaml == NULL)
		return SP_E_MEMORY;
	sp_status status = sp_config_parse(name, yaml, strlen(yaml), NULL, NULL, 0, config, &complaints);
	if (status != SP_OK && status != SP_E_MEMORY)
		sp_message_set(message, status, "%s", complaints.n > 0 ? complaints.list[0].text : name);
	sp_complaints_fini(&complaints);
	free(yaml);
	return status;
}

sp_status sp_world_config(const sp_world_kind *kind, const char *policy, sp_config **config, sp_message *message)
{
	sp_world_recipe *recipe = NULL;

	SP_ASSERT(kind != NULL && policy != NULL && config != NULL);
	sp_status status = sp_world_recipe_open(kind, &recipe, message);
	if (status == SP_OK)
		status = template_parse(kind->name, sp_world_recipe_config(recipe), policy, config, message);
	sp_world_recipe_close(recipe);
	return status;
}

/* --- what stands still --- */

static bool lot_rents(const sp_lot_setup *lot)
{
	return lot->kind == SP_LOT_ON_DEMAND || lot->kind == SP_LOT_SPOT;
}

sp_money sp_world_gpu_usd(const sp_world *world, uint32_t lot, uint32_t period)
{
	const sp_lot_setup *row = &world->setup->lots[lot];
	const sp_world_traits *traits = &world->traits;

	SP_ASSERT(lot < world->setup->n_lots && period < world->n_periods);
	if (!row->by_signal)
		return row->usd_per_gpu_h;
	const int64_t since = (int64_t)period * world->period_ns;
	const sp_money start = row->kind == SP_LOT_SPOT ? traits->spot_usd_per_h : traits->gpu_usd_per_h;
	double cost = (double)start.nano *
	              sp_exp((double)since / (double)WORLD_WEEK * sp_log(1 + world_ratio(traits->gpu_drift_ppb)));
	if (since >= traits->gpu_step_at_ns)
		cost *= 1 + world_ratio(traits->gpu_step_ppb);
	const sp_kind *kind = &sp_kinds[SP_KIND_usd_per_gpu_h];
	sp_money usd = {0};
	sp_status status = sp_round_even(sp_clamp(cost, kind->min * 1e9, kind->max * 1e9), &usd.nano);
	SP_ASSERT(status == SP_OK);
	return usd;
}

static sp_status world_add_rented(sp_world *world, uint32_t lot, sp_message *message)
{
	const sp_lot_setup *row = &world->setup->lots[lot];
	const double per_gpu = world->setup->pools[0].units_per_gpu_s;
	const int64_t most = row->gpus / row->step_gpus;

	if (world->n_rented == SP_WORLD_RENTED_MAX || most > SP_PLANT_STEPS_MAX)
		return sp_message_set(message, SP_E_RANGE, "world %s: at most %d rented lots of %d steps", world->kind->name,
		                      SP_WORLD_RENTED_MAX, SP_PLANT_STEPS_MAX);
	world->rented[world->n_rented++] = (sp_world_rented){
	    .lot = lot,
	    .step = (double)row->step_gpus * per_gpu,
	    .usd_per_s = (double)sp_world_gpu_usd(world, lot, 0).nano * 1e-9 / 3600 * (double)row->step_gpus,
	    .most = (uint32_t)most,
	    .start_periods = world_span(world, row->start_delay_ns),
	    .hold_periods = world_span(world, row->min_hold_ns),
	};
	return SP_OK;
}

/* In a family every SKU takes the same share of resources. */
static sp_status world_mix(sp_world *world, sp_message *message)
{
	const sp_setup *setup = world->setup;

	for (uint32_t i = 0; i < setup->n_skus; i++) {
		const sp_sku_setup *sku = &setup->skus[i];
		if (!(sku->weight > 0))
			return sp_message_set(message, SP_E_RANGE, "world %s: a SKU without weight", world->kind->name);
		const double units = 1 / (sku->weight * sku->quantity * (double)setup->n_skus);
		world->list_usd += units * (double)sku->sheet.nano * 1e-9;
		world->variable_usd += units * (double)sku->variable_cost.nano * 1e-9;
	}
	return SP_OK;
}

static void world_lay_out(sp_world *world)
{
	const sp_setup *setup = world->setup;
	const sp_world_traits *traits = &world->traits;
	const sp_overload_setup *overload = &setup->pools[0].overload;
	const sp_guardrails *rails = &setup->families[0].rails;

	world->n_priced = (uint32_t)(traits->length_ns / world->period_ns);
	world->n_periods = world->n_priced + world_span(world, traits->tail_ns);
	world->change_periods = world_span(world, rails->min_interval_ns);
	if (world->change_periods == 0)
		world->change_periods = 1;
	world->notice_periods = world_span(world, rails->notice_ns);
	world->delay_periods = world_span(world, traits->delay_ns);
	world->renewed = world_way(world, traits->contract_term_ns);
	world->reacted = world_way(world, traits->reaction_lag_ns);
	world->rent_at = world_ratio(overload->rent_at_ppb);
	world->credits_from = world_ratio(overload->credits_from_ppb);
	world->credits_full = world_ratio(overload->credits_full_ppb);
	world->credit_share = world_ratio(overload->credit_share_ppb);
	world->rejection_usd = (double)overload->rejection_per_1m.nano * 1e-15;
}

static sp_status world_check(const sp_world *world, sp_message *message)
{
	if (world->n_priced == 0 || world->n_periods > SP_WORLD_PERIODS_MAX)
		return sp_message_set(message, SP_E_RANGE, "world %s: lives 1 to %d periods", world->kind->name,
		                      SP_WORLD_PERIODS_MAX);
	if (world->delay_periods > SP_PLANT_DELAY_MAX)
		return sp_message_set(message, SP_E_RANGE, "world %s: a delay of at most %d periods", world->kind->name,
		                      SP_PLANT_DELAY_MAX);
	return SP_OK;
}

/* --- what the seed draws --- */

/* An AR(1) from its stationary law on: standard deviation sd, time constant. */
typedef struct world_drift {
	double x, keep, fresh;
	sp_rng rng;
} world_drift;

static world_drift drift_begin(const sp_world *world, const char *name, int64_t sd_ppb, int64_t time_ns)
{
	world_drift drift = {.rng = sp_stream(world->draws, name)};

	drift.keep = sp_exp(-(double)world->period_ns / (double)time_ns);
	drift.fresh = world_ratio(sd_ppb) * sp_sqrt(1 - drift.keep * drift.keep);
	drift.x = world_ratio(sd_ppb) * sp_rng_normal(&drift.rng);
	return drift;
}

static double drift_next(world_drift *drift)
{
	drift->x = drift->keep * drift->x + drift->fresh * sp_rng_normal(&drift->rng);
	return drift->x;
}

/* Something that comes by chance and stays a while: interruptions, incidents. */
typedef struct world_spell {
	double chance; /* of one beginning in a period */
	double stays;  /* on average [periods] */
	double left;   /* of the running one [periods] */
	sp_rng rng;
} world_spell;

static world_spell spell_begin(const sp_world *world, const char *name, double a_week, int64_t stays_ns)
{
	return (world_spell){
	    .chance = a_week * (double)world->period_ns / (double)WORLD_WEEK,
	    .stays = (double)stays_ns / (double)world->period_ns,
	    .rng = sp_stream(world->draws, name),
	};
}

static bool spell_next(world_spell *spell)
{
	const double begins = sp_rng_uniform(&spell->rng), lasts = 1 - sp_rng_uniform(&spell->rng);

	spell->left -= 1;
	if (spell->left <= 0 && begins < spell->chance)
		spell->left = -spell->stays * sp_log(lasts) + 1;
	return spell->left > 0;
}

static double world_events(const sp_world *world, int64_t since_ns)
{
	const sp_world_traits *traits = &world->traits;
	const sp_market_buyers buyers = {
	    .growth_ppb = traits->growth_ppb,
	    .step_ppb = traits->step_ppb,
	    .step_at_ns = traits->step_at_ns,
	    .spike = traits->spike,
	    .spike_at_ns = traits->spike_at_ns,
	    .spike_rise_ns = traits->spike_rise_ns,
	    .spike_for_ns = traits->spike_for_ns,
	    .spike_half_life_ns = traits->spike_half_life_ns,
	};
	const double stays = since_ns >= traits->leave_at_ns ? 1 - world_ratio(traits->leave_ppb) : 1;

	return stays * sp_buyers_events(&buyers, since_ns);
}

static double world_owned_units(const sp_world *world, int64_t t_ns)
{
	const sp_setup *setup = world->setup;
	double gpus = 0;

	for (uint32_t i = 0; i < setup->n_lots; i++)
		if (!lot_rents(&setup->lots[i]) && (setup->lots[i].ends_ns == SP_PARAM_NONE || t_ns < setup->lots[i].ends_ns))
			gpus += (double)setup->lots[i].gpus;
	return gpus * setup->pools[0].units_per_gpu_s;
}

/* D0: levels hold the shape. */
static void world_draw_demand(sp_world *world, const double *levels)
{
	const sp_world_traits *traits = &world->traits;
	const double base = world_ratio(traits->load_ppb) * world_owned_units(world, world->start_ns);
	const double fast_sd = world_ratio(traits->fast_noise_ppb), slow_sd = world_ratio(traits->slow_noise_ppb),
	             white_sd = world_ratio(traits->white_noise_ppb);
	const double even = (fast_sd * fast_sd + slow_sd * slow_sd + white_sd * white_sd) / 2;
	world_drift fast = drift_begin(world, "fast_noise", traits->fast_noise_ppb, traits->fast_time_ns);
	world_drift slow = drift_begin(world, "slow_noise", traits->slow_noise_ppb, traits->slow_time_ns);
	sp_rng white = sp_stream(world->draws, "white_noise");
	const double answered = world_way(world, traits->response_lag_ns);
	double sum = 0;

	for (uint32_t t = 0; t < world->n_periods; t++) {
		const int64_t middle = (int64_t)t * world->period_ns + world->period_ns / 2;
		const double chance = drift_next(&fast) + drift_next(&slow) + white_sd * sp_rng_normal(&white) - even;
		world->periods[t].wanted = base * levels[t] * world_events(world, middle) * sp_exp(chance);
		sum += world->periods[t].wanted;
	}
	const double mean = sum / (double)world->n_periods;
	for (uint32_t t = 0; t < world->n_periods; t++) {
		const double share = mean > 0 ? answered * world->periods[t].wanted / mean : 0;
		world->periods[t].shared = share < 1 ? share : 1;
	}
}

static void world_draw_market(sp_world *world)
{
	const sp_world_traits *traits = &world->traits;
	world_drift drift = drift_begin(world, "market_noise", traits->market_noise_ppb, traits->market_time_ns);
	const double learnt = world_way(world, traits->cross_lag_ns),
	             step = sp_log(1 + world_ratio(traits->market_step_ppb));
	double known = 0;

	for (uint32_t t = 0; t < world->n_periods; t++) {
		const int64_t since = (int64_t)t * world->period_ns;
		const double y = drift_next(&drift) + (since >= traits->market_step_at_ns ? step : 0);
		known += learnt * (y - known);
		world->periods[t].market = y;
		world->periods[t].pull = sp_exp(traits->cross * known);
	}
}

/* Owned and reserved GPUs of a period by the hour, and what credits pay of it. */
static sp_status world_count_reserved(const sp_world *world, uint32_t t, sp_world_period *period)
{
	const int64_t now_ns = world->start_ns + (int64_t)t * world->period_ns;

	for (uint32_t i = 0; i < world->setup->n_lots; i++) {
		const sp_lot_setup *lot = &world->setup->lots[i];
		int64_t an_hour, nano;
		if (lot_rents(lot) || (lot->ends_ns != SP_PARAM_NONE && now_ns >= lot->ends_ns))
			continue;
		sp_status status = sp_muldiv_even(lot->gpus, sp_world_gpu_usd(world, i, t).nano, 1, &an_hour);
		if (status == SP_OK)
			status = sp_muldiv_even(an_hour, world->period_ns, SP_HOUR, &nano);
		if (status != SP_OK || nano > SP_PLANT_NANO_MAX)
			return SP_E_OVERFLOW;
		period->reserved_nano += nano;
		if (lot->credits_until_ns != SP_PARAM_NONE && now_ns < lot->credits_until_ns)
			period->subsidy_nano += nano;
	}
	return SP_OK;
}

static sp_status world_draw_supply(sp_world *world)
{
	const sp_world_traits *traits = &world->traits;
	world_spell away = spell_begin(world, "interruptions", traits->interruptions, traits->interrupted_for_ns);
	world_spell broken = spell_begin(world, "incidents", traits->incidents, traits->incident_for_ns);
	sp_status status = SP_OK;

	for (uint32_t t = 0; t < world->n_periods && status == SP_OK; t++) {
		sp_world_period *period = &world->periods[t];
		const bool interrupted = spell_next(&away);
		period->incident = spell_next(&broken);
		period->owned = world_owned_units(world, world->start_ns + (int64_t)t * world->period_ns) *
		                (period->incident ? 1 - world_ratio(traits->incident_ppb) : 1);
		for (uint32_t i = 0; i < world->n_rented; i++) {
			const sp_world_rented *lot = &world->rented[i];
			const sp_lot_setup *row = &world->setup->lots[lot->lot];
			period->rate[i] = (double)sp_world_gpu_usd(world, lot->lot, t).nano * 1e-9 / 3600 * (double)row->step_gpus;
			period->most[i] = interrupted && row->kind == SP_LOT_SPOT ? 0 : lot->most;
		}
		status = world_count_reserved(world, t, period);
	}
	return status;
}

/* --- open --- */

static sp_status world_read_traits(sp_world *world, const sp_world_recipe *recipe, const sp_world_options *options,
                                   sp_message *message)
{
	sp_status status = SP_OK;
	const char *key, *value;
	size_t i = 0;

	sp_params_init(sp_world_trait_params, sp_world_trait_n_params, &world->traits);
	for (sp_world_recipe_trait(recipe, i, &key, &value); status == SP_OK && key != NULL;
	     sp_world_recipe_trait(recipe, ++i, &key, &value))
		status = sp_world_trait_set(&world->traits, key, strlen(key), value, world->draws, message);
	for (i = 0; status == SP_OK && i < options->n_settings; i++) {
		key = options->settings[i];
		value = strchr(key, '=');
		if (value == NULL)
			return sp_message_set(message, SP_E_SYNTAX, "world: '%s': expected KEY=VALUE", key);
		status = sp_world_trait_set(&world->traits, key, (size_t)(value - key), value + 1, world->draws, message);
	}
	return status;
}

static sp_status world_find_shape(sp_world *world, const sp_world_recipe *recipe, const char *folder, sp_shape *shape,
                                  sp_message *message)
{
	const char *trace = sp_world_recipe_trace(recipe);
	char spec[1024];

	for (size_t i = 0; folder != NULL && trace != NULL && i < sizeof world_traces / sizeof *world_traces; i++) {
		if (strcmp(world_traces[i].name, trace) != 0)
			continue;
		snprintf(spec, sizeof spec, "%s/%s", folder, world_traces[i].spec);
		world->base = world_traces[i].name;
		return sp_shape_read(spec, world->period_ns, shape, message);
	}
	for (size_t i = 0; i < sp_shape_n_kinds; i++)
		if (strcmp(sp_shape_kinds[i].name, sp_world_recipe_shape(recipe)) == 0)
			world->base = sp_shape_kinds[i].name;
	return sp_shape_make(sp_world_recipe_shape(recipe), world->period_ns, shape, message);
}

static sp_status world_draw(sp_world *world, const sp_shape *shape)
{
	double *levels = malloc(world->n_periods * sizeof *levels);

	world->periods = calloc(world->n_periods, sizeof *world->periods);
	sp_status status = levels != NULL && world->periods != NULL ? SP_OK : SP_E_MEMORY;
	if (status == SP_OK) {
		sp_shape_tile(shape, (size_t)(SP_DAY / world->period_ns), world->draws, levels, world->n_periods);
		world_draw_demand(world, levels);
		world_draw_market(world);
		status = world_draw_supply(world);
	}
	free(levels);
	return status;
}

static sp_status world_make(sp_world *world, const sp_world_recipe *recipe, const sp_world_options *options,
                            sp_message *message)
{
	sp_shape shape = {0};
	sp_status status = world_read_traits(world, recipe, options, message);

	if (status == SP_OK)
		status =
		    template_parse(world->kind->name, sp_world_recipe_config(recipe), "{use: fixed}", &world->config, message);
	if (status != SP_OK)
		return status;
	world->setup = sp_config_setup(world->config);
	world->period_ns = world->setup->period_ns;
	if (world->setup->n_pools != 1 || world->setup->n_families != 1 || world->setup->n_skus == 0)
		return sp_message_set(message, SP_E_RANGE, "world %s: one pool and one family with SKUs", world->kind->name);
	world_lay_out(world);
	status = world_check(world, message);
	for (uint32_t i = 0; i < world->setup->n_lots && status == SP_OK; i++)
		if (lot_rents(&world->setup->lots[i]))
			status = world_add_rented(world, i, message);
	if (status == SP_OK)
		status = world_mix(world, message);
	if (status == SP_OK)
		status = world_find_shape(world, recipe, options->traces, &shape, message);
	if (status == SP_OK)
		status = world_draw(world, &shape);
	sp_shape_fini(&shape);
	return status;
}

sp_status sp_world_open(const sp_world_kind *kind, uint64_t seed, const sp_world_options *options, sp_world **opened,
                        sp_message *message)
{
	static const sp_world_options plain = {0};
	sp_world_recipe *recipe = NULL;
	sp_world *world = calloc(1, sizeof *world);

	SP_ASSERT(kind != NULL && opened != NULL);
	if (world == NULL)
		return SP_E_MEMORY;
	world->kind = kind;
	world->seed = seed;
	sp_rng mixed = sp_stream(seed, kind->name);
	world->draws = sp_rng_next(&mixed);
	world->start_ns = WORLD_START_NS;
	sp_status status = sp_world_recipe_open(kind, &recipe, message);
	if (status == SP_OK)
		status = world_make(world, recipe, options != NULL ? options : &plain, message);
	sp_world_recipe_close(recipe);
	if (status == SP_OK)
		*opened = world;
	else
		sp_world_close(world);
	return status;
}

void sp_world_close(sp_world *world)
{
	if (world == NULL)
		return;
	free(world->periods);
	sp_config_close(world->config);
	free(world);
}
