/* series.c - see series.h. */
#include "sim/market/series.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "sim/trace/trace.h"

typedef struct series_reading {
	const sp_setup *setup;
	sp_series *series;
	int64_t first_period;
	size_t room;    /* periods */
	size_t *filled; /* owned: by SKU, periods written so far */
} series_reading;

static sp_status series_grow(series_reading *reading, size_t n_periods)
{
	sp_series *series = reading->series;
	if (n_periods > reading->room) {
		size_t room = reading->room < 1024 ? 1024 : 2 * reading->room;
		room = room < n_periods ? n_periods : room;
		if (n_periods > SP_SERIES_CELLS_MAX / series->n_skus)
			return SP_E_FULL;
		double *demand = realloc(series->demand, room * series->n_skus * sizeof *demand);
		if (demand == NULL)
			return SP_E_MEMORY;
		memset(demand + reading->room * series->n_skus, 0, (room - reading->room) * series->n_skus * sizeof *demand);
		series->demand = demand;
		reading->room = room;
	}
	if (n_periods > series->n_periods)
		series->n_periods = n_periods;
	return SP_OK;
}

static sp_status series_take(series_reading *reading, const sp_trace_record *record)
{
	const sp_setup *setup = reading->setup;
	sp_series *series = reading->series;
	if (record->kind != SP_KIND_demand || setup->subjects[record->subject].type != SP_SUBJECT_SKU)
		return SP_OK;
	uint32_t sku = setup->subjects[record->subject].slot;
	int64_t period = record->t_ns / setup->period_ns;
	if (series->n_periods == 0)
		reading->first_period = period;
	size_t n = (size_t)(period - reading->first_period) + 1;
	sp_status status = series_grow(reading, n);
	if (status != SP_OK)
		return status;
	/* Of two in a period the last counts. */
	size_t from = reading->filled[sku] < n ? reading->filled[sku] : n - 1;
	for (size_t i = from; i < n; i++)
		series->demand[i * series->n_skus + sku] = record->value.real;
	reading->filled[sku] = n;
	series->given[sku] = true;
	return SP_OK;
}

/* What a trace says last of a SKU holds to the end of the others. */
static void series_finish(series_reading *reading)
{
	sp_series *series = reading->series;
	for (uint32_t sku = 0; sku < series->n_skus; sku++) {
		double sum = 0;
		for (size_t i = 0; i < series->n_periods; i++) {
			double *cell = &series->demand[i * series->n_skus + sku];
			if (series->given[sku] && i >= reading->filled[sku])
				*cell = cell[-(ptrdiff_t)series->n_skus];
			sum += *cell;
		}
		series->mean[sku] = sum / (double)series->n_periods;
	}
}

static sp_status series_fill(series_reading *reading, sp_trace *trace, sp_message *message)
{
	sp_trace_record record;
	sp_status status;
	while ((status = sp_trace_next(trace, &record, message)) == SP_OK) {
		status = series_take(reading, &record);
		if (status == SP_E_FULL)
			return sp_message_set(message, status,
			                      "%s: too many periods to be a market's base demand; use a longer period",
			                      sp_trace_file_name(trace));
		if (status != SP_OK)
			return status;
	}
	if (status != SP_E_END)
		return status;
	if (reading->series->n_periods == 0)
		return sp_message_set(message, SP_E_SYNTAX, "%s: holds no demand of any SKU", sp_trace_file_name(trace));
	series_finish(reading);
	return SP_OK;
}

sp_status sp_series_read(const char *spec, const sp_setup *setup, sp_series *series, sp_message *message)
{
	SP_ASSERT(spec != NULL && setup != NULL && series != NULL);
	SP_ASSERT(setup->n_skus > 0);
	sp_series read = {.n_skus = setup->n_skus};
	series_reading reading = {.setup = setup, .series = &read};
	sp_trace *trace = NULL;
	sp_status status = sp_trace_open(spec, setup, NULL, &trace, message);
	if (status != SP_OK)
		return status;
	read.given = calloc(setup->n_skus, sizeof *read.given);
	read.mean = calloc(setup->n_skus, sizeof *read.mean);
	reading.filled = calloc(setup->n_skus, sizeof *reading.filled);
	status = SP_E_MEMORY;
	if (read.given != NULL && read.mean != NULL && reading.filled != NULL)
		status = series_fill(&reading, trace, message);
	free(reading.filled);
	sp_trace_close(trace);
	if (status == SP_OK)
		*series = read;
	else
		sp_series_fini(&read);
	return status;
}

void sp_series_fini(sp_series *series)
{
	free(series->demand);
	free(series->given);
	free(series->mean);
	*series = (sp_series){0};
}
