/* beliefs.c - see beliefs.h. */
#include "sim/margin/beliefs.h"

#include <float.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define BELIEFS_SCHEMA "setpoint.calibrate/v1"

static sp_figure beliefs_assumed(double weight)
{
	return weight == 1 ? sp_figure_exact(1) : sp_figure_assumed(weight);
}

static sp_figure beliefs_capacity(const sp_pool_setup *pool)
{
	if (pool->units_per_gpu_s_high == 0)
		return sp_figure_assumed(pool->units_per_gpu_s);
	return sp_figure_between(pool->units_per_gpu_s_low, pool->units_per_gpu_s, pool->units_per_gpu_s_high,
	                         SP_BASIS_MEASURED);
}

static sp_figure beliefs_weight(const sp_sku_setup *sku)
{
	if (sku->weight_high == 0)
		return beliefs_assumed(sku->weight);
	return sp_figure_between(sku->weight_low, sku->weight, sku->weight_high, SP_BASIS_MEASURED);
}

static sp_status beliefs_configured(const sp_setup *setup, sp_beliefs *beliefs)
{
	beliefs->per_gpu_s = calloc((size_t)setup->n_pools + 1, sizeof *beliefs->per_gpu_s);
	beliefs->weights = calloc((size_t)setup->n_skus + 1, sizeof *beliefs->weights);
	if (beliefs->per_gpu_s == NULL || beliefs->weights == NULL)
		return SP_E_MEMORY;
	for (uint32_t i = 0; i < setup->n_pools; i++)
		beliefs->per_gpu_s[i] = beliefs_capacity(&setup->pools[i]);
	for (uint32_t i = 0; i < setup->n_skus; i++)
		beliefs->weights[i] = beliefs_weight(&setup->skus[i]);
	return SP_OK;
}

/* --- a calibration --- */

/* {"value": …, "low": …, "high": …, "basis": …}: its interval where it was measured, else the value as assumed. False: it is none. */
static bool beliefs_figure(const json_t *json, double least, sp_figure *figure)
{
	const char *basis = json_string_value(json_object_get(json, "basis"));
	const json_t *value = json_object_get(json, "value"), *low = json_object_get(json, "low");
	const json_t *high = json_object_get(json, "high");
	if (basis == NULL || !json_is_number(value) || json_number_value(value) < least)
		return false;
	if (strcmp(basis, "measured") != 0) {
		*figure = beliefs_assumed(json_number_value(value));
		return true;
	}
	*figure = (sp_figure){json_number_value(low), json_number_value(value), json_number_value(high), SP_BASIS_MEASURED};
	return json_is_number(low) && json_is_number(high) && sp_figure_check(*figure) && figure->low >= least;
}

/* The slot of a pool or SKU, if the configuration has it. */
static bool beliefs_find(const sp_setup *setup, const json_t *name, sp_subject_type type, uint32_t *slot)
{
	const char *id = json_string_value(name);
	uint32_t subject = id != NULL ? sp_ids_find(setup->names, id, strlen(id)) : SP_NO_SLOT;
	if (subject == SP_NO_SLOT || setup->subjects[subject].type != type)
		return false;
	*slot = setup->subjects[subject].slot;
	return true;
}

static bool beliefs_take_pool(const sp_setup *setup, const json_t *pool, sp_beliefs *beliefs)
{
	const json_t *weights = json_object_get(pool, "weights"), *weight;
	uint32_t slot;
	size_t i;
	sp_figure figure;
	if (!beliefs_figure(json_object_get(pool, "units_per_gpu_s"), DBL_MIN, &figure) || !json_is_array(weights))
		return false;
	if (!beliefs_find(setup, json_object_get(pool, "pool"), SP_SUBJECT_POOL, &slot))
		return true;
	beliefs->per_gpu_s[slot] = figure;
	json_array_foreach(weights, i, weight)
	{
		if (!beliefs_figure(weight, 0, &figure))
			return false;
		if (beliefs_find(setup, json_object_get(weight, "name"), SP_SUBJECT_SKU, &slot))
			beliefs->weights[slot] = figure;
	}
	return true;
}

static sp_status beliefs_take(const sp_setup *setup, const char *path, const json_t *whole, sp_beliefs *beliefs,
                              sp_message *message)
{
	const char *schema = json_string_value(json_object_get(whole, "schema"));
	const json_t *pool;
	size_t i;
	if (schema == NULL || strcmp(schema, BELIEFS_SCHEMA) != 0)
		return sp_message_set(message, SP_E_SYNTAX, "%s: is no calibration: make one with `setpoint calibrate --json'",
		                      path);
	json_array_foreach(json_object_get(whole, "pools"), i, pool)
	{
		if (!beliefs_take_pool(setup, pool, beliefs))
			return sp_message_set(message, SP_E_SYNTAX,
			                      "%s: pools[%zu]: is not as `setpoint calibrate --json' writes it", path, i);
	}
	return SP_OK;
}

static sp_status beliefs_measured(const sp_setup *setup, const char *path, sp_beliefs *beliefs, sp_message *message)
{
	json_error_t error;
	json_t *whole = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (whole == NULL)
		return sp_message_set(message, error.line < 0 ? SP_E_IO : SP_E_SYNTAX, "%s:%d:%d: %s", path, error.line,
		                      error.column, error.text);
	sp_status status = beliefs_take(setup, path, whole, beliefs, message);
	json_decref(whole);
	return status;
}

sp_status sp_beliefs_open(const sp_setup *setup, const char *path, sp_beliefs *beliefs, sp_message *message)
{
	SP_ASSERT(setup != NULL && beliefs != NULL);
	*beliefs = (sp_beliefs){0};
	sp_status status = beliefs_configured(setup, beliefs);
	return status == SP_OK && path != NULL ? beliefs_measured(setup, path, beliefs, message) : status;
}

void sp_beliefs_close(sp_beliefs *beliefs)
{
	free(beliefs->per_gpu_s);
	free(beliefs->weights);
	*beliefs = (sp_beliefs){0};
}
