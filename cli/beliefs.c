/* beliefs.c - see beliefs.h. */
#include "cli/beliefs.h"

#include <float.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define SCHEMA "setpoint.calibrate/v1"

static sp_figure assumed_weight(double weight)
{
	return weight == 1 ? sp_figure_exact(1) : sp_figure_assumed(weight);
}

static sp_exit configured(const sp_setup *setup, sp_beliefs *beliefs)
{
	beliefs->per_gpu_s = calloc((size_t)setup->n_pools + 1, sizeof *beliefs->per_gpu_s);
	beliefs->weights = calloc((size_t)setup->n_skus + 1, sizeof *beliefs->weights);
	if (!beliefs->per_gpu_s || !beliefs->weights)
		return sp_exit_with(SP_E_MEMORY, NULL);
	for (uint32_t i = 0; i < setup->n_pools; i++)
		beliefs->per_gpu_s[i] = sp_figure_assumed(setup->pools[i].units_per_gpu_s);
	for (uint32_t i = 0; i < setup->n_skus; i++)
		beliefs->weights[i] = assumed_weight(setup->skus[i].weight);
	return SP_EXIT_OK;
}

/* --- measured --- */

/* {"value": …, "low": …, "high": …, "basis": …}: its interval where it was measured, else the value as assumed. False: it is none. */
static bool read_figure(const json_t *json, double least, sp_figure *figure)
{
	const char *basis = json_string_value(json_object_get(json, "basis"));
	const json_t *value = json_object_get(json, "value"), *low = json_object_get(json, "low");
	const json_t *high = json_object_get(json, "high");

	if (!basis || !json_is_number(value) || json_number_value(value) < least)
		return false;
	if (strcmp(basis, "measured") != 0) {
		*figure = assumed_weight(json_number_value(value));
		return true;
	}
	*figure = (sp_figure){json_number_value(low), json_number_value(value), json_number_value(high), SP_BASIS_MEASURED};
	return json_is_number(low) && json_is_number(high) && sp_figure_check(*figure) && figure->low >= least;
}

/* The slot of a pool or SKU, if the configuration has it. */
static bool find_slot(const sp_setup *setup, const json_t *name, sp_subject_type type, uint32_t *slot)
{
	const char *id = json_string_value(name);
	uint32_t subject = id ? sp_ids_find(setup->names, id, strlen(id)) : SP_NO_SLOT;

	if (subject == SP_NO_SLOT || setup->subjects[subject].type != type)
		return false;
	*slot = setup->subjects[subject].slot;
	return true;
}

static bool take_pool(const sp_setup *setup, const json_t *pool, sp_beliefs *beliefs)
{
	const json_t *weights = json_object_get(pool, "weights"), *weight;
	uint32_t slot;
	size_t i;
	sp_figure figure;

	if (!read_figure(json_object_get(pool, "units_per_gpu_s"), DBL_MIN, &figure) || !json_is_array(weights))
		return false;
	if (!find_slot(setup, json_object_get(pool, "pool"), SP_SUBJECT_POOL, &slot))
		return true;
	beliefs->per_gpu_s[slot] = figure;
	json_array_foreach(weights, i, weight)
	{
		if (!read_figure(weight, 0, &figure))
			return false;
		if (find_slot(setup, json_object_get(weight, "name"), SP_SUBJECT_SKU, &slot))
			beliefs->weights[slot] = figure;
	}
	return true;
}

static sp_exit take_pools(const sp_setup *setup, const char *path, const json_t *whole, sp_beliefs *beliefs)
{
	const char *schema = json_string_value(json_object_get(whole, "schema"));
	const json_t *pool;
	size_t i;

	if (!schema || strcmp(schema, SCHEMA) != 0) {
		fprintf(stderr, "setpoint: %s: is no calibration: make one with `setpoint calibrate --json'\n", path);
		return SP_EXIT_BAD_INPUT;
	}
	json_array_foreach(json_object_get(whole, "pools"), i, pool)
	{
		if (take_pool(setup, pool, beliefs))
			continue;
		fprintf(stderr, "setpoint: %s: pools[%zu]: is not as `setpoint calibrate --json' writes it\n", path, i);
		return SP_EXIT_BAD_INPUT;
	}
	return SP_EXIT_OK;
}

static sp_exit measured(const sp_setup *setup, const char *path, sp_beliefs *beliefs)
{
	json_error_t error;
	json_t *whole = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	sp_exit code;

	if (!whole) {
		fprintf(stderr, "setpoint: %s:%d:%d: %s\n", path, error.line, error.column, error.text);
		return error.line < 0 ? SP_EXIT_IO : SP_EXIT_BAD_INPUT;
	}
	code = take_pools(setup, path, whole, beliefs);
	json_decref(whole);
	return code;
}

sp_exit sp_beliefs_open(const sp_setup *setup, const char *path, sp_beliefs *beliefs)
{
	sp_exit code;

	SP_ASSERT(setup && beliefs);
	*beliefs = (sp_beliefs){0};
	code = configured(setup, beliefs);
	return code == SP_EXIT_OK && path ? measured(setup, path, beliefs) : code;
}

void sp_beliefs_close(sp_beliefs *beliefs)
{
	free(beliefs->per_gpu_s);
	free(beliefs->weights);
	*beliefs = (sp_beliefs){0};
}
