/* beliefs.c - see beliefs.h. */
#include "cli/beliefs.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define SCHEMA "setpoint.calibration/v1"

static sp_exit configured(const sp_setup *setup, sp_beliefs *beliefs)
{
	beliefs->per_gpu_s = calloc((size_t)setup->n_pools + 1, sizeof *beliefs->per_gpu_s);
	beliefs->weights = calloc((size_t)setup->n_skus + 1, sizeof *beliefs->weights);
	if (!beliefs->per_gpu_s || !beliefs->weights)
		return sp_exit_with(SP_E_MEMORY, NULL);
	for (uint32_t i = 0; i < setup->n_pools; i++)
		beliefs->per_gpu_s[i] = sp_figure_assumed(setup->pools[i].units_per_gpu_s);
	for (uint32_t i = 0; i < setup->n_skus; i++) {
		double weight = setup->skus[i].weight;
		beliefs->weights[i] = weight == 1 ? sp_figure_exact(1) : sp_figure_assumed(weight);
	}
	return SP_EXIT_OK;
}

/* --- measured --- */

/* One list of a calibration: where its entries belong. */
typedef struct measured_list {
	const char *list, *key; /* "pools", "units_per_gpu_s" */
	sp_subject_type type;
	sp_figure *figures; /* by slot */
} measured_list;

static sp_exit refuse(const char *path, const char *list, size_t i, const char *what)
{
	fprintf(stderr, "setpoint: %s: %s[%zu]: %s\n", path, list, i, what);
	return SP_EXIT_BAD_INPUT;
}

static bool interval(const json_t *json, sp_figure *figure)
{
	sp_figure read = {json_number_value(json_object_get(json, "low")),
	                  json_number_value(json_object_get(json, "value")),
	                  json_number_value(json_object_get(json, "high")), SP_BASIS_MEASURED};

	if (!json_is_number(json_object_get(json, "low")) || !json_is_number(json_object_get(json, "value")) ||
	    !json_is_number(json_object_get(json, "high")))
		return false;
	*figure = read;
	return sp_figure_check(read) && read.low > 0;
}

static sp_exit take_entry(const sp_setup *setup, const measured_list *list, const json_t *entry, sp_figure *figure)
{
	const char *id = json_string_value(json_object_get(entry, "id"));
	const json_t *value = json_object_get(entry, list->key);
	uint32_t slot = id ? sp_ids_find(setup->names, id, strlen(id)) : SP_NO_SLOT;

	if (!id || !value || (!json_is_null(value) && !interval(value, figure)))
		return SP_EXIT_BAD_INPUT;
	if (slot == SP_NO_SLOT || setup->subjects[slot].type != list->type || json_is_null(value))
		return SP_EXIT_OK;
	list->figures[setup->subjects[slot].slot] = *figure;
	return SP_EXIT_OK;
}

static sp_exit take_list(const sp_setup *setup, const char *path, const json_t *whole, const measured_list *list)
{
	const json_t *entries = json_object_get(whole, list->list), *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		sp_figure figure;
		if (take_entry(setup, list, entry, &figure) != SP_EXIT_OK)
			return refuse(path, list->list, i,
			              "expected an id, and an interval {low, value, high} above 0, in order, or null");
	}
	return SP_EXIT_OK;
}

static sp_exit measured(const sp_setup *setup, const char *path, sp_beliefs *beliefs)
{
	const measured_list lists[] = {{"pools", "units_per_gpu_s", SP_SUBJECT_POOL, beliefs->per_gpu_s},
	                               {"skus", "weight", SP_SUBJECT_SKU, beliefs->weights}};
	json_error_t error;
	json_t *whole = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	const char *schema = json_string_value(json_object_get(whole, "schema"));
	sp_exit code = SP_EXIT_OK;

	if (!whole) {
		fprintf(stderr, "setpoint: %s:%d:%d: %s\n", path, error.line, error.column, error.text);
		return error.line < 0 ? SP_EXIT_IO : SP_EXIT_BAD_INPUT;
	}
	if (!schema || strcmp(schema, SCHEMA) != 0) {
		fprintf(stderr, "setpoint: %s: is no calibration: its schema should be " SCHEMA "\n", path);
		code = SP_EXIT_BAD_INPUT;
	}
	for (size_t i = 0; code == SP_EXIT_OK && i < sizeof lists / sizeof lists[0]; i++)
		code = take_list(setup, path, whole, &lists[i]);
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
