/* usage.c - billed usage by hour, SKU and cohort: the one rollup that any warehouse can export.
 *
 *     hour,sku,cohort,units,revenue
 *     demand [meter quantity/s] = units of the hour / 3600,   revenue [USD] = the hour's sum
 *
 * Both per SKU, summed over cohorts, dated at the hour's last nanosecond (R12). `units` are meter quantities (tokens, not millions of
 * tokens). What was billed is taken as what was asked for: a warehouse does not know what was turned away. From its first row on a SKU
 * has a value in every hour of the trace, 0 where no row says more. `revenue` may be missing from the file. */
#include "sim/trace/preset.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/ids.h"
#include "base/money.h"
#include "base/real.h"
#include "base/time.h"
#include "sim/trace/stretch.h"

enum { USAGE_HOUR, USAGE_SKU, USAGE_UNITS, USAGE_REVENUE };
#define USAGE_ITEMS 2 /* demand and revenue of each SKU */

typedef struct usage_sum {
	bool seen;
	double units;
	int64_t revenue_nano;
} usage_sum;

typedef struct usage_row {
	int64_t t_ns;
	uint32_t sku;
	double units;
	int64_t revenue_nano;
} usage_row;

typedef struct usage_state {
	sp_stretch stretch;
	usage_sum *sums; /* owned; by SKU slot */
	bool has_revenue, holds;
	usage_row held;
} usage_state;

static sp_status usage_begin(sp_trace *trace, sp_message *message)
{
	usage_state *state = trace->state;
	(void)message;
	state->sums = calloc(trace->setup->n_skus > 0 ? trace->setup->n_skus : 1, sizeof *state->sums);
	state->has_revenue = trace->columns[USAGE_REVENUE] != SP_CSV_FIELDS_MAX;
	state->stretch.width_ns = SP_HOUR;
	return state->sums != NULL ? SP_OK : SP_E_MEMORY;
}

static void usage_fini(sp_trace *trace)
{
	free(((usage_state *)trace->state)->sums);
}

static sp_status usage_read_sku(const sp_trace *trace, uint32_t *sku, sp_message *message)
{
	const sp_csv_field *field = sp_trace_field(trace, USAGE_SKU);
	char shown[SP_EXCERPT_MAX];
	const sp_setup *setup = trace->setup;
	uint32_t subject = sp_ids_find(setup->names, field->text, field->n);
	if (subject != SP_NO_SLOT && setup->subjects[subject].type == SP_SUBJECT_SKU) {
		*sku = setup->subjects[subject].slot;
		return SP_OK;
	}
	if (subject != SP_NO_SLOT)
		return sp_message_set(message, SP_E_UNKNOWN, "sku: '%s' is in the configuration, but is no SKU",
		                      sp_ids_name(setup->names, subject));
	const char *near = sp_ids_nearest(setup->names, field->text, field->n);
	return sp_message_set(message, SP_E_UNKNOWN, "sku: no SKU '%s' in the configuration%s%s%s",
	                      sp_excerpt(field->text, field->n, shown), near != NULL ? "; did you mean '" : "",
	                      near != NULL ? near : "", near != NULL ? "'?" : "");
}

static sp_status usage_read_units(const sp_trace *trace, double *units, sp_message *message)
{
	const sp_csv_field *field = sp_trace_field(trace, USAGE_UNITS);
	char shown[SP_EXCERPT_MAX];
	sp_status status = sp_real_parse(field->text, field->n, units);
	if (status == SP_OK)
		status = sp_kind_check(SP_KIND_demand, (sp_value){.real = *units / 3600.0});
	if (status == SP_OK)
		return SP_OK;
	return sp_message_set(message, status,
	                      "units: '%s' is no quantity; expected a number, 0 or more, of meter quantities",
	                      sp_excerpt(field->text, field->n, shown));
}

static sp_status usage_read_revenue(const sp_trace *trace, int64_t *nano, sp_message *message)
{
	const usage_state *state = trace->state;
	*nano = 0;
	if (!state->has_revenue)
		return SP_OK;
	const sp_csv_field *field = sp_trace_field(trace, USAGE_REVENUE);
	char shown[SP_EXCERPT_MAX];
	sp_value value = {0};
	sp_status status = sp_decimal_parse_rounded(field->text, field->n, &value.nano);
	if (status == SP_OK)
		status = sp_kind_check(SP_KIND_revenue, value);
	if (status != SP_OK)
		return sp_message_set(message, status, "revenue: '%s' is no amount; expected USD such as 12.50",
		                      sp_excerpt(field->text, field->n, shown));
	*nano = value.nano;
	return SP_OK;
}

static sp_status usage_fold(usage_state *state, const usage_row *row, sp_message *message)
{
	usage_sum *sum = &state->sums[row->sku];
	sp_value units = {.real = sum->units + row->units}, revenue = {.nano = 0};
	if (sp_kind_check(SP_KIND_demand, (sp_value){.real = units.real / 3600.0}) != SP_OK)
		return sp_message_set(message, SP_E_RANGE,
		                      "units: the hour's sum is beyond 10^15 a second; are they meter quantities?");
	if (sp_add(sum->revenue_nano, row->revenue_nano, &revenue.nano) != SP_OK ||
	    sp_kind_check(SP_KIND_revenue, revenue) != SP_OK)
		return sp_message_set(message, SP_E_RANGE, "revenue: the hour's sum is beyond 1000000000 USD");
	*sum = (usage_sum){true, units.real, revenue.nano};
	return SP_OK;
}

static sp_status usage_take(sp_trace *trace, sp_message *message)
{
	usage_state *state = trace->state;
	usage_row row;
	sp_status status = sp_trace_read_time(trace, USAGE_HOUR, &row.t_ns, message);
	if (status == SP_OK)
		status = usage_read_sku(trace, &row.sku, message);
	if (status == SP_OK)
		status = usage_read_units(trace, &row.units, message);
	if (status == SP_OK)
		status = usage_read_revenue(trace, &row.revenue_nano, message);
	if (status != SP_OK)
		return status;
	sp_stretch_place place = sp_stretch_take(&state->stretch, row.t_ns);
	if (place == SP_STRETCH_NOW)
		return usage_fold(state, &row, message);
	if (place != SP_STRETCH_LATER)
		return sp_stretch_refuse(&state->stretch, place, trace->preset->columns[USAGE_HOUR], message);
	state->held = row;
	state->holds = true;
	return SP_OK;
}

static void usage_make(const sp_trace *trace, uint32_t item, sp_trace_record *record)
{
	const usage_state *state = trace->state;
	const usage_sum *sum = &state->sums[item / USAGE_ITEMS];
	*record = (sp_trace_record){.t_ns = sp_stretch_stamp(&state->stretch),
	                            .subject = trace->setup->skus[item / USAGE_ITEMS].subject,
	                            .source = trace->preset->name};
	if (item % USAGE_ITEMS == 0) {
		record->kind = SP_KIND_demand;
		record->value.real = sum->units / 3600.0;
	} else {
		record->kind = SP_KIND_revenue;
		record->value.nano = sum->revenue_nano;
	}
}

static void usage_clear(usage_state *state, uint32_t n_skus)
{
	for (uint32_t i = 0; i < n_skus; i++) {
		state->sums[i].units = 0;
		state->sums[i].revenue_nano = 0;
	}
}

static bool usage_emit(sp_trace *trace, sp_trace_record *record)
{
	usage_state *state = trace->state;
	sp_stretch *stretch = &state->stretch;
	while (stretch->closing) {
		while (stretch->item < trace->setup->n_skus * USAGE_ITEMS) {
			uint32_t item = stretch->item++;
			if (!state->sums[item / USAGE_ITEMS].seen || (item % USAGE_ITEMS == 1 && !state->has_revenue))
				continue;
			usage_make(trace, item, record);
			return true;
		}
		usage_clear(state, trace->setup->n_skus);
		sp_stretch_advance(stretch);
	}
	if (state->holds) {
		sp_status status = usage_fold(state, &state->held, NULL); /* into sums of 0 */
		SP_ASSERT(status == SP_OK);
		state->holds = false;
	}
	return false;
}

static void usage_end(sp_trace *trace)
{
	sp_stretch_end(&((usage_state *)trace->state)->stretch);
}

const sp_trace_preset sp_preset_usage = {
    .name = "usage",
    .help = "Billed units and revenue by hour, SKU and cohort, as demand and revenue of SKUs; cohorts are summed.",
    .columns = {"hour", "sku", "units", "revenue"},
    .n_required = 3,
    .state_size = sizeof(usage_state),
    .begin = usage_begin,
    .row = usage_take,
    .emit = usage_emit,
    .end = usage_end,
    .fini = usage_fini,
};
