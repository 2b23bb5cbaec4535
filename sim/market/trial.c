/* trial.c - see trial.h. */
#include "sim/market/trial.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"

#define TRIAL_WEEK_DAYS 7

typedef struct trial {
	const sp_world *world;
	const sp_trial_options *options;
	const sp_setup *setup; /* of the configuration tried */
	sp_drive *drive;
	sp_plant plant;
	sp_trial_result *result;
	sp_message *message;
	sp_index floor, ceiling;
	double *bills; /* by day */
	uint32_t source, n_bills;
	bool incident;
} trial;

/* --- prices --- */

/* What the family's mix costs, relative to list: what buyers pay is what the plant is told. */
static double trial_price(const trial *t)
{
	const sp_engine *engine = sp_drive_engine(t->drive);
	double paid = 0, list = 0;

	for (uint32_t i = 0; i < t->setup->n_skus; i++) {
		const sp_sku_setup *sku = &t->setup->skus[i];
		const double units = 1 / (sku->weight * sku->quantity);
		paid += units * (double)sp_engine_price(engine, i, NULL).nano;
		list += units * (double)sku->sheet.nano;
	}
	return paid / list;
}

static void trial_note_price(trial *t, uint32_t at, double price)
{
	const int64_t ppb = (int64_t)(price * 1e9 + 0.5);
	const int64_t near = SP_NANO / 1000; /* prices on their grid stop a little inside their bounds */

	t->result->path[at] = price;
	t->result->moves += price != (at > 0 ? t->result->path[at - 1] : 1);
	t->result->at_rail += at < t->world->n_priced && (ppb <= t->floor.ppb + near || ppb >= t->ceiling.ppb - near);
}

/* --- signals --- */

static sp_status trial_send(trial *t, uint32_t kind, uint32_t subject, int64_t t_ns, sp_value value)
{
	const sp_signal signal = {.t_ns = t_ns, .kind = kind, .subject = subject, .source = t->source, .value = value};

	SP_ASSERT(sp_kind_check(kind, value) == SP_OK);
	return sp_drive_take(t->drive, &signal, NULL, t->message);
}

static sp_status trial_send_supply(trial *t, uint32_t period, int64_t t_ns, const sp_plant_flow *flow)
{
	const sp_world *world = t->world;
	const sp_pool_setup *pool = &t->setup->pools[0];
	const bool incident = world->periods[period].incident;
	sp_status status = SP_OK;

	for (uint32_t i = 0; i < t->setup->n_lots && status == SP_OK; i++)
		if (t->setup->lots[i].by_signal)
			status = trial_send(t, SP_KIND_usd_per_gpu_h, t->setup->lots[i].subject, t_ns,
			                    (sp_value){.nano = sp_world_gpu_usd(world, i, period).nano});
	for (uint32_t i = 0; i < world->n_rented && status == SP_OK; i++) {
		const sp_lot_setup *lot = &t->setup->lots[world->rented[i].lot];
		status = trial_send(t, SP_KIND_gpus_running, lot->subject, t_ns,
		                    (sp_value){.real = (double)flow->running[i] * (double)lot->step_gpus});
	}
	if (status == SP_OK && incident != t->incident)
		status = trial_send(t, SP_KIND_incident, pool->subject, t_ns, (sp_value){.real = incident});
	t->incident = incident;
	if (status == SP_OK)
		status = trial_send(t, SP_KIND_capacity, pool->subject, t_ns, (sp_value){.real = flow->capacity});
	if (status == SP_OK)
		status = trial_send(t, SP_KIND_utilization, pool->subject, t_ns,
		                    (sp_value){.real = flow->capacity > 0 ? flow->served / flow->capacity : 0});
	return status;
}

static bool trial_shows_market(const sp_world_traits *traits)
{
	return traits->cross != 0 || traits->market_noise_ppb != 0 || traits->market_step_ppb != 0;
}

static sp_status trial_send_sku(trial *t, uint32_t i, uint32_t period, int64_t t_ns, const sp_plant_flow *flow)
{
	const sp_sku_setup *sku = &t->setup->skus[i];
	const double part = 1 / (sku->weight * (double)t->setup->n_skus);
	const double market = t->world->periods[period].market + t->plant.rival;
	sp_value price = {0};
	sp_status status = trial_send(t, SP_KIND_demand, sku->subject, t_ns, (sp_value){.real = flow->offered * part});

	if (status == SP_OK)
		status = trial_send(t, SP_KIND_served, sku->subject, t_ns, (sp_value){.real = flow->served * part});
	if (status == SP_OK)
		status = trial_send(t, SP_KIND_rejected, sku->subject, t_ns,
		                    (sp_value){.real = (flow->offered - flow->served) * part});
	if (status == SP_OK && trial_shows_market(&t->world->traits) &&
	    sp_round_even((double)sku->sheet.nano * sp_exp(market), &price.nano) == SP_OK && price.nano > 0)
		status = trial_send(t, SP_KIND_market_price, sku->subject, t_ns, price);
	return status;
}

/* --- a life --- */

static sp_status trial_answer(trial *t, uint32_t period, const sp_plant_flow *flow)
{
	const int64_t end_ns = t->world->start_ns + ((int64_t)period + 1) * t->world->period_ns;
	const sp_engine *engine = sp_drive_engine(t->drive);
	sp_drive_answer answer;
	sp_status status = trial_send_supply(t, period, end_ns - 1, flow);

	for (uint32_t i = 0; i < t->setup->n_skus && status == SP_OK; i++)
		status = trial_send_sku(t, i, period, end_ns - 1, flow);
	if (status == SP_OK)
		status = sp_drive_tick(t->drive, end_ns, &answer, t->message);
	if (status != SP_OK)
		return status;
	if (t->result->story != NULL && !sp_story_tick(t->result->story, engine, &answer))
		return sp_message_set(t->message, SP_E_MEMORY, "out of memory");
	return t->options->look ? t->options->look(t->options->context, engine, &answer, flow) : SP_OK;
}

static sp_status trial_period(trial *t, uint32_t period)
{
	const bool priced = period < t->world->n_priced;
	const double price = priced || period == 0 ? trial_price(t) : t->result->path[period - 1];
	const uint32_t per_day = (uint32_t)(SP_DAY / t->world->period_ns);
	sp_plant_flow flow;

	sp_plant_step(t->world, &t->plant, price, &flow);
	trial_note_price(t, period, price);
	t->result->offered += flow.offered * (double)t->world->period_ns * 1e-9;
	t->result->rejected += (flow.offered - flow.served) * (double)t->world->period_ns * 1e-9;
	if ((period + 1) % per_day == 0)
		t->bills[t->n_bills++] = t->plant.bill;
	if (priced)
		return trial_answer(t, period, &flow);
	return t->options->look ? t->options->look(t->options->context, sp_drive_engine(t->drive), NULL, &flow) : SP_OK;
}

static int trial_order(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* From one week to the next: 95 of 100 changes are at most this. */
static double trial_bill_changes(trial *t)
{
	uint32_t n = 0;

	for (uint32_t i = TRIAL_WEEK_DAYS; i < t->n_bills; i++, n++)
		t->bills[n] = sp_abs(sp_log(t->bills[i] / t->bills[n]));
	qsort(t->bills, n, sizeof *t->bills, trial_order);
	return n > 0 ? t->bills[(95 * n + 99) / 100 - 1] : 0;
}

/* --- open --- */

static sp_status trial_check(const trial *t)
{
	const sp_setup *ours = t->setup, *theirs = t->world->setup;
	bool same = ours->period_ns == theirs->period_ns && ours->n_skus == theirs->n_skus &&
	            ours->n_lots == theirs->n_lots && ours->n_pools == 1 && ours->n_families == 1;

	for (uint32_t i = 0; same && i < ours->n_skus; i++)
		same =
		    strcmp(ours->skus[i].id, theirs->skus[i].id) == 0 && ours->skus[i].sheet.nano == theirs->skus[i].sheet.nano;
	return same ? SP_OK
	            : sp_message_set(t->message, SP_E_MISMATCH, "the configuration is not of world %s",
	                             t->world->kind->name);
}

static sp_status trial_begin(trial *t, const sp_config *config)
{
	const sp_drive_options options = {.log_path = t->options->log_path, .digest = t->options->story};
	sp_status status = trial_check(t);

	if (status == SP_OK)
		status = sp_drive_open(config, &options, &t->drive, t->message);
	if (status == SP_OK)
		status = sp_drive_source(t->drive, "market", &t->source);
	if (status != SP_OK)
		return status;
	sp_setup_bounds(t->setup, 0, &t->floor, &t->ceiling);
	sp_plant_init(t->world, &t->plant);
	t->result->path = calloc(t->world->n_periods, sizeof *t->result->path);
	t->bills = calloc(t->world->n_periods, sizeof *t->bills);
	if (t->options->story)
		t->result->story = sp_story_open(t->setup);
	bool whole = t->result->path != NULL && t->bills != NULL && (t->result->story != NULL || !t->options->story);
	return whole ? SP_OK : sp_message_set(t->message, SP_E_MEMORY, "out of memory");
}

sp_status sp_trial_run(const sp_world *world, const sp_config *config, const sp_trial_options *options,
                       sp_trial_result *result, sp_message *message)
{
	static const sp_trial_options plain = {0};
	trial t = {.world = world, .options = options != NULL ? options : &plain, .result = result, .message = message};

	SP_ASSERT(world != NULL && config != NULL);
	SP_ASSERT(result != NULL);
	*result = (sp_trial_result){0};
	t.setup = sp_config_setup(config);
	sp_status status = trial_begin(&t, config);
	for (uint32_t i = 0; i < world->n_periods && status == SP_OK; i++)
		status = trial_period(&t, i);
	result->money = t.plant.total;
	if (status == SP_OK)
		result->bill_change_p95 = trial_bill_changes(&t);
	free(t.bills);
	sp_drive_close(t.drive);
	return status;
}

void sp_trial_close(sp_trial_result *result)
{
	free(result->path);
	sp_story_close(result->story);
	*result = (sp_trial_result){0};
}
