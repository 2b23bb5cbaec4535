/* scenario.c - see scenario.h: the rows, the scenarios, and the plan they make. */
#include "sim/market/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define YEAR_S      (366.0 * 86400.0)

#define AT(field) offsetof(sp_market_buyers, field)
const sp_param sp_market_buyer_params[] = {
    {"share", SP_PARAM_REAL, "", AT(share), 0, 1e6, "1", NULL,
     "The family's part of its pool's load at list price, relative to the pool's other families."},
    {"elasticity", SP_PARAM_REAL, "", AT(elasticity), 0, 20, "1.5", NULL,
     "How demand answers to the price that buyers feel: a rise of 1% loses this many percent."},
    {"response_lag", SP_PARAM_SPAN, "", AT(response_lag_ns), 0, YEAR_S, "1h", NULL,
     "The time constant with which a price enters the bill that buyers answer to."},
    {"delay_periods", SP_PARAM_COUNT, "periods", AT(delay_periods), 0, 10000, "0", NULL,
     "How many periods pass before buyers see a price at all."},
    {"day_swing", SP_PARAM_RATIO, "of the mean", AT(day_swing_ppb), 0, 1, "0%", NULL,
     "The height of the daily wave of demand over its mean."},
    {"day_peak", SP_PARAM_SPAN, "after midnight UTC", AT(day_peak_ns), 0, 86400, "15h", NULL,
     "The time of day at which the daily wave is highest."},
    {"growth_per_week", SP_PARAM_RATIO, "of demand", AT(growth_ppb), -0.99, 10, "0%", NULL,
     "How much demand grows in a week, compounding."},
    {"step", SP_PARAM_RATIO, "of demand", AT(step_ppb), -1, 100, "0%", NULL, "A lasting change of demand."},
    {"step_at", SP_PARAM_SPAN, "after the start", AT(step_at_ns), 0, YEAR_S, "0s", NULL, "When demand steps."},
    {"spike", SP_PARAM_REAL, "times demand", AT(spike), 0, 1000, "1", NULL,
     "A crowd that comes and goes: what demand is multiplied by while it is there."},
    {"spike_at", SP_PARAM_SPAN, "after the start", AT(spike_at_ns), 0, YEAR_S, "0s", NULL,
     "When the crowd begins to come."},
    {"spike_rise", SP_PARAM_SPAN, "", AT(spike_rise_ns), 0, YEAR_S, "10m", NULL, "How long the crowd takes to come."},
    {"spike_for", SP_PARAM_SPAN, "", AT(spike_for_ns), 0, YEAR_S, "30m", NULL, "How long all of it stays."},
    {"spike_half_life", SP_PARAM_SPAN, "", AT(spike_half_life_ns), 1e-9, YEAR_S, "30m", NULL,
     "The time in which half of those who are left leave."},
    {"drift_noise", SP_PARAM_RATIO, "of demand", AT(drift_noise_ppb), 0, 3, "0%", NULL,
     "Standard deviation of slow chance in demand's logarithm."},
    {"drift_noise_time", SP_PARAM_SPAN, "", AT(drift_noise_time_ns), 1e-9, YEAR_S, "3h", NULL,
     "The time constant of the slow chance."},
    {"white_noise", SP_PARAM_RATIO, "of demand", AT(white_noise_ppb), 0, 3, "0%", NULL,
     "Standard deviation of chance in demand's logarithm that is new in every period."},
};
#undef AT
const size_t sp_market_buyer_n_params = ROWS(sp_market_buyer_params);

#define AT(field) offsetof(sp_market_fleet, field)
const sp_param sp_market_fleet_params[] = {
    {"load", SP_PARAM_RATIO, "of running capacity", AT(load_ppb), 0, 100, "65%", NULL,
     "What all families of a pool are asked for together at list price, on a mean day."},
    {"rented", SP_PARAM_RATIO, "of rented GPUs", AT(rented_ppb), 0, 1, "100%", NULL,
     "How many of the GPUs of on-demand and spot lots run."},
};
#undef AT
const size_t sp_market_fleet_n_params = ROWS(sp_market_fleet_params);

#define AT(field) offsetof(sp_market_gpus, field)
const sp_param sp_market_gpu_params[] = {
    {"gpu_usd_per_h", SP_PARAM_MONEY, "USD per GPU and hour", AT(usd_per_gpu_h), 0.0001, 10000, "2.50", NULL,
     "What a GPU costs at the start, in lots whose price comes by signal."},
    {"gpu_step", SP_PARAM_RATIO, "of the cost", AT(step_ppb), -0.99, 10, "0%", NULL, "A lasting change of that cost."},
    {"gpu_step_at", SP_PARAM_SPAN, "after the start", AT(step_at_ns), 0, YEAR_S, "0s", NULL, "When that cost steps."},
    {"gpu_drift_per_week", SP_PARAM_RATIO, "of the cost", AT(drift_ppb), -0.99, 10, "0%", NULL,
     "How much that cost drifts in a week, compounding."},
};
#undef AT
const size_t sp_market_gpu_n_params = ROWS(sp_market_gpu_params);

const sp_scenario sp_scenarios[] = {
    {"calm", "Steady demand with a little chance in it.", {"drift_noise=3%", "white_noise=1%"}},
    {"day", "A daily wave, highest at 15:00 UTC, with chance.", {"day_swing=40%", "drift_noise=5%", "white_noise=3%"}},
    {"spike",
     "Steady demand and, two hours in, a crowd of 1.8 times the load that stays for an hour.",
     {"spike=1.8", "spike_at=2h", "spike_rise=10m", "spike_for=1h", "drift_noise=3%", "white_noise=1%"}},
    {"cost_step",
     "Steady demand; four hours in, GPUs cost 30% more.",
     {"gpu_step=30%", "gpu_step_at=4h", "drift_noise=3%", "white_noise=1%"}},
    {"demo_day",
     "One day: a wave of demand, a crowd at nine hours, GPUs 30% dearer from sixteen hours on.",
     {"load=60%", "day_swing=30%", "spike=1.7", "spike_at=9h", "spike_rise=15m", "spike_for=45m", "gpu_step=30%",
      "gpu_step_at=16h", "drift_noise=3%", "white_noise=2%"}},
};
const size_t sp_scenario_n = ROWS(sp_scenarios);

const sp_scenario *sp_scenario_find(const char *name)
{
	for (size_t i = 0; i < sp_scenario_n; i++) {
		if (strcmp(sp_scenarios[i].name, name) == 0)
			return &sp_scenarios[i];
	}
	return NULL;
}

/* --- the three kinds of subject, each with its table and its records in a plan --- */

typedef struct plan_part {
	const sp_param *rows;
	size_t n_rows, record_size;
	char *records;
	uint32_t n;
	sp_subject_type type;
	const char *noun;
} plan_part;

#define PLAN_PARTS 3

static void plan_parts(const sp_market_plan *plan, plan_part parts[PLAN_PARTS])
{
	const sp_setup *setup = plan->setup;
	parts[0] = (plan_part){sp_market_buyer_params,
	                       sp_market_buyer_n_params,
	                       sizeof *plan->buyers,
	                       (char *)plan->buyers,
	                       setup->n_families,
	                       SP_SUBJECT_FAMILY,
	                       "a family"};
	parts[1] = (plan_part){sp_market_fleet_params,
	                       sp_market_fleet_n_params,
	                       sizeof *plan->fleets,
	                       (char *)plan->fleets,
	                       setup->n_pools,
	                       SP_SUBJECT_POOL,
	                       "a pool"};
	parts[2] = (plan_part){sp_market_gpu_params,
	                       sp_market_gpu_n_params,
	                       sizeof *plan->gpus,
	                       (char *)plan->gpus,
	                       setup->n_lots,
	                       SP_SUBJECT_LOT,
	                       "a lot"};
}

static sp_status plan_unknown_key(const plan_part parts[PLAN_PARTS], const char *key, size_t n, sp_message *message)
{
	const char *near = NULL;
	unsigned least = 4;
	for (int p = 0; p < PLAN_PARTS; p++)
		for (size_t i = 0; i < parts[p].n_rows; i++) {
			const char *known = parts[p].rows[i].key;
			unsigned distance = n <= 64 ? sp_text_distance(known, strlen(known), key, n, 3) : least;
			if (distance < least) {
				least = distance;
				near = known;
			}
		}
	return sp_message_set(message, SP_E_UNKNOWN, "market: no setting '%.*s'%s%s%s", (int)(n < 64 ? n : 64), key,
	                      near != NULL ? "; did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?" : "");
}

/* The slot that @SUBJECT names, or SP_NO_SLOT for all. */
static sp_status plan_find_slot(const sp_market_plan *plan, const plan_part *part, const char *subject, size_t n,
                                uint32_t *slot, sp_message *message)
{
	const sp_setup *setup = plan->setup;
	uint32_t found = sp_ids_find(setup->names, subject, n);
	if (found != SP_NO_SLOT && setup->subjects[found].type == part->type) {
		*slot = setup->subjects[found].slot;
		return SP_OK;
	}
	const char *near = found == SP_NO_SLOT ? sp_ids_nearest(setup->names, subject, n) : NULL;
	return sp_message_set(message, SP_E_UNKNOWN, "market: '%.*s' is not %s of the configuration%s%s%s",
	                      (int)(n < SP_ID_MAX ? n : SP_ID_MAX), subject, part->noun,
	                      near != NULL ? "; did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?" : "");
}

static sp_status plan_write(const plan_part *part, const sp_param *row, uint32_t slot, const char *value,
                            sp_message *message)
{
	sp_message what = {""};
	for (uint32_t i = 0; i < part->n; i++) {
		if (slot != SP_NO_SLOT && slot != i)
			continue;
		sp_status status = sp_param_parse(row, value, strlen(value), part->records + i * part->record_size, &what);
		if (status != SP_OK)
			return sp_message_set(message, status, "market: %s: %s", row->key, what.text);
	}
	return SP_OK;
}

sp_status sp_market_plan_set(sp_market_plan *plan, const char *setting, sp_message *message)
{
	SP_ASSERT(plan->setup != NULL && setting != NULL);
	plan_part parts[PLAN_PARTS];
	plan_parts(plan, parts);
	const char *equals = strchr(setting, '=');
	if (equals == NULL || equals == setting)
		return sp_message_set(message, SP_E_SYNTAX, "market: '%s': expected KEY=VALUE or KEY@SUBJECT=VALUE", setting);
	const char *at = memchr(setting, '@', (size_t)(equals - setting));
	size_t n_key = (size_t)((at != NULL ? at : equals) - setting);
	for (int p = 0; p < PLAN_PARTS; p++) {
		const sp_param *row = sp_param_find(parts[p].rows, parts[p].n_rows, setting, n_key);
		if (row == NULL)
			continue;
		uint32_t slot = SP_NO_SLOT;
		sp_status status = SP_OK;
		if (at != NULL)
			status = plan_find_slot(plan, &parts[p], at + 1, (size_t)(equals - at - 1), &slot, message);
		return status == SP_OK ? plan_write(&parts[p], row, slot, equals + 1, message) : status;
	}
	return plan_unknown_key(parts, setting, n_key, message);
}

/* --- open and close --- */

static sp_status plan_unknown_scenario(const char *scenario, sp_message *message)
{
	char list[200] = "";
	for (size_t i = 0; i < sp_scenario_n; i++)
		snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i > 0 ? ", " : "", sp_scenarios[i].name);
	return sp_message_set(message, SP_E_UNKNOWN, "market: no scenario '%s'; there are: %s", scenario, list);
}

static void *plan_room(uint32_t n, size_t size)
{
	return calloc(n > 0 ? n : 1, size);
}

static sp_status plan_fill(sp_market_plan *plan, const sp_scenario *scenario, sp_message *message)
{
	plan_part parts[PLAN_PARTS];
	plan_parts(plan, parts);
	for (int p = 0; p < PLAN_PARTS; p++)
		for (uint32_t i = 0; i < parts[p].n; i++)
			sp_params_init(parts[p].rows, parts[p].n_rows, parts[p].records + i * parts[p].record_size);
	sp_status status = SP_OK;
	for (size_t i = 0; status == SP_OK && i < SP_SCENARIO_SETTINGS_MAX && scenario->settings[i] != NULL; i++)
		status = sp_market_plan_set(plan, scenario->settings[i], message);
	return status;
}

sp_status sp_market_plan_open(sp_market_plan *plan, const sp_setup *setup, const char *name, sp_message *message)
{
	SP_ASSERT(plan != NULL && setup != NULL && name != NULL);
	*plan = (sp_market_plan){.setup = setup};
	const sp_scenario *scenario = sp_scenario_find(name);
	if (scenario == NULL)
		return plan_unknown_scenario(name, message);
	plan->buyers = plan_room(setup->n_families, sizeof *plan->buyers);
	plan->fleets = plan_room(setup->n_pools, sizeof *plan->fleets);
	plan->gpus = plan_room(setup->n_lots, sizeof *plan->gpus);
	sp_status status = SP_E_MEMORY;
	if (plan->buyers != NULL && plan->fleets != NULL && plan->gpus != NULL)
		status = plan_fill(plan, scenario, message);
	if (status != SP_OK)
		sp_market_plan_close(plan);
	return status;
}

void sp_market_plan_close(sp_market_plan *plan)
{
	free(plan->buyers);
	free(plan->fleets);
	free(plan->gpus);
	*plan = (sp_market_plan){0};
}
