/* gpu_spot.c - market prices of GPUs, as usd_per_gpu_h of a supply lot whose price comes by signal.
 *
 * source  tugot17/gpu-price-tracker (MIT), about every 30 minutes one row per GPU and socket: ts_utc with six fractional
 *         digits and +00:00, and the price's distribution over offers: min, p10 … p90, max, mean.
 *
 * value= chooses the column (median). Filters must leave one row per time (gpu=H100_80GB,socket=SXM5): two prices at one time for one lot
 * are refused, for which would count? Prices are read as decimals, exactly. */
#include "sim/trace/preset.h"

#include <string.h>

#include "base/assert.h"
#include "base/money.h"
#include "base/time.h"
#include "sim/trace/subject.h"

enum { SPOT_TIME };

typedef struct spot_state {
	uint32_t subject, column; /* column of the file */
	int64_t last_ns;
	bool begun, ready;
	sp_trace_record record;
} spot_state;

static bool spot_fits(const sp_setup *setup, uint32_t lot)
{
	return setup->lots[lot].by_signal;
}

static const sp_trace_choice spot_choice = {SP_SUBJECT_LOT, "a lot with usd_per_gpu_h: signal", spot_fits};

static sp_status spot_begin(sp_trace *trace, sp_message *message)
{
	spot_state *state = trace->state;
	const char *column = sp_spec_find(&trace->spec, "value");
	if (column == NULL)
		column = "median";
	state->column = sp_csv_column(&trace->csv, column, strlen(column));
	if (state->column == SP_CSV_FIELDS_MAX)
		return sp_message_set(message, SP_E_UNKNOWN,
		                      "trace '%s': value=%s is no column of the file; usual are median, p25, min",
		                      trace->spec_text, column);
	uint32_t lot;
	sp_status status = sp_trace_choose(trace, &spot_choice, &lot, message);
	if (status == SP_OK)
		state->subject = trace->setup->lots[lot].subject;
	return status;
}

static sp_status spot_read_price(const sp_trace *trace, uint32_t column, int64_t *nano, sp_message *message)
{
	const sp_csv_field *field = &trace->csv.fields[column];
	char shown[SP_EXCERPT_MAX];
	sp_status status = sp_decimal_parse_rounded(field->text, field->n, nano);
	if (status == SP_OK && *nano > 0)
		return SP_OK;
	return sp_message_set(message, status == SP_OK ? SP_E_RANGE : status,
	                      "%s: '%s' is no price; expected USD per GPU and hour such as 2.10",
	                      trace->csv.columns[column], sp_excerpt(field->text, field->n, shown));
}

static sp_status spot_check_order(const sp_trace *trace, const spot_state *state, int64_t t_ns, sp_message *message)
{
	const char *column = trace->preset->columns[SPOT_TIME];
	if (state->begun && t_ns < state->last_ns)
		return sp_message_set(message, SP_E_RANGE, "%s: before the row before it; sort the file by time", column);
	if (state->begun && t_ns == state->last_ns)
		return sp_message_set(
		    message, SP_E_DUPLICATE,
		    "%s: a second price at this time for one lot; choose one series with COLUMN=VALUE, such as "
		    "gpu=H100_80GB,socket=SXM5",
		    column);
	return SP_OK;
}

static sp_status spot_take(sp_trace *trace, sp_message *message)
{
	spot_state *state = trace->state;
	int64_t t_ns, nano;
	sp_status status = sp_trace_read_time(trace, SPOT_TIME, &t_ns, message);
	if (status == SP_OK)
		status = spot_check_order(trace, state, t_ns, message);
	if (status == SP_OK)
		status = spot_read_price(trace, state->column, &nano, message);
	if (status != SP_OK)
		return status;
	SP_ASSERT(!state->ready);
	state->record = (sp_trace_record){.t_ns = t_ns,
	                                  .kind = SP_KIND_usd_per_gpu_h,
	                                  .subject = state->subject,
	                                  .value.nano = nano,
	                                  .source = trace->preset->name};
	state->last_ns = t_ns;
	state->begun = state->ready = true;
	return SP_OK;
}

static bool spot_emit(sp_trace *trace, sp_trace_record *record)
{
	spot_state *state = trace->state;
	if (!state->ready)
		return false;
	*record = state->record;
	state->ready = false;
	return true;
}

const sp_trace_preset sp_preset_gpu_spot = {
    .name = "gpu-spot",
    .help =
        "Market prices of GPUs as the cost of a lot with usd_per_gpu_h: signal; value= chooses the column (median).",
    .columns = {"ts_utc"},
    .n_required = 1,
    .options = {"subject", "value"},
    .state_size = sizeof(spot_state),
    .begin = spot_begin,
    .row = spot_take,
    .emit = spot_emit,
};
