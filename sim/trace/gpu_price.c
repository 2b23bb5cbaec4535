/* gpu_price.c - prices of GPUs, as usd_per_gpu_h of a supply lot whose price comes by signal: `gpu-spot`, what a market asks, and
 * `gpu-list`, what lists say.
 *
 * source  gpu-spot: tugot17/gpu-price-tracker (MIT), about every 30 minutes one row per GPU and socket: ts_utc with six fractional
 *         digits and +00:00, and the price's distribution over offers: min, p10 … p90, max, mean.
 *         gpu-list: the-full-stack/website (MIT), a row when a list changed: date, cloud, gpu_type, gpus, instance, on_demand_usd_h,
 *         per_gpu_usd_h, spot_usd_h; amorton45/aws-gpu-price-tracker, one instance type, each look at it: ts_utc, price_usd_per_gpu_h
 *
 * value= chooses the column. Filters must leave one price per time (gpu=H100_80GB,socket=SXM5): of two at one time for one lot, which
 * would count? Prices are read as decimals, exactly. Lists differ from markets in three ways:
 * a) a cell without a price, or 0, says that nothing is on offer: no measurement, counted as filtered;
 * b) the same price twice at one time is one price: lists are read off pages that name an offer more than once;
 * c) some columns are of an instance: per=gpus divides by that column, rounded half to even, once. */
#include "sim/trace/preset.h"

#include <string.h>

#include "base/assert.h"
#include "base/money.h"
#include "base/time.h"
#include "sim/trace/subject.h"
#include "sim/trace/whole.h"

#define PRICE_GPUS_MAX 1024 /* in one instance */

enum { PRICE_TIME, PRICE_DATE }; /* whose column of times; lists have either */

typedef struct price_state {
	uint32_t subject, column; /* column of the file */
	uint32_t per;             /* column to divide by; SP_CSV_FIELDS_MAX: none */
	uint32_t time;
	int64_t last_ns, last_nano;
	bool is_list, begun, ready;
	sp_trace_record record;
} price_state;

/* --- begin --- */

static bool price_fits(const sp_setup *setup, uint32_t lot)
{
	return setup->lots[lot].by_signal;
}

static const sp_trace_choice price_choice = {SP_SUBJECT_LOT, "a lot with usd_per_gpu_h: signal", price_fits};

/* The column that value= names, else the first of the usual ones that is there. */
static sp_status price_find_column(sp_trace *trace, const char *const *usual, sp_message *message)
{
	price_state *state = trace->state;
	const char *given = sp_spec_find(&trace->spec, "value");
	state->column = SP_CSV_FIELDS_MAX;
	if (given != NULL)
		state->column = sp_csv_column(&trace->csv, given, strlen(given));
	for (size_t i = 0; given == NULL && state->column == SP_CSV_FIELDS_MAX && usual[i] != NULL; i++)
		state->column = sp_csv_column(&trace->csv, usual[i], strlen(usual[i]));
	if (state->column != SP_CSV_FIELDS_MAX)
		return SP_OK;
	return sp_message_set(message, SP_E_UNKNOWN, "trace '%s': value=%s is no column of the file; usual are %s, %s, %s",
	                      trace->spec_text, given != NULL ? given : usual[0], usual[0], usual[1], usual[2]);
}

static sp_status price_find_lot(sp_trace *trace, sp_message *message)
{
	uint32_t lot;
	sp_status status = sp_trace_choose(trace, &price_choice, &lot, message);
	if (status == SP_OK)
		((price_state *)trace->state)->subject = trace->setup->lots[lot].subject;
	return status;
}

static sp_status spot_begin(sp_trace *trace, sp_message *message)
{
	static const char *const usual[] = {"median", "p25", "min", NULL};
	price_state *state = trace->state;
	state->per = SP_CSV_FIELDS_MAX;
	sp_status status = price_find_column(trace, usual, message);
	return status == SP_OK ? price_find_lot(trace, message) : status;
}

static sp_status list_begin(sp_trace *trace, sp_message *message)
{
	static const char *const usual[] = {"per_gpu_usd_h", "price_usd_per_gpu_h", "on_demand_usd_h", NULL};
	price_state *state = trace->state;
	const char *per = sp_spec_find(&trace->spec, "per");
	state->is_list = true;
	state->time = trace->columns[PRICE_TIME] != SP_CSV_FIELDS_MAX ? PRICE_TIME : PRICE_DATE;
	state->per = per != NULL ? sp_csv_column(&trace->csv, per, strlen(per)) : SP_CSV_FIELDS_MAX;
	if (trace->columns[state->time] == SP_CSV_FIELDS_MAX)
		return sp_message_set(message, SP_E_SYNTAX, "trace '%s': no column of times: ts_utc or date", trace->spec_text);
	if (per != NULL && state->per == SP_CSV_FIELDS_MAX)
		return sp_message_set(message, SP_E_UNKNOWN, "trace '%s': per=%s is no column of the file; usual is gpus",
		                      trace->spec_text, per);
	sp_status status = price_find_column(trace, usual, message);
	return status == SP_OK ? price_find_lot(trace, message) : status;
}

/* --- a row --- */

static sp_status price_divide(const sp_trace *trace, const price_state *state, int64_t *nano, sp_message *message)
{
	uint64_t gpus = 1;
	char shown[SP_EXCERPT_MAX];
	if (state->per == SP_CSV_FIELDS_MAX)
		return SP_OK;
	const sp_csv_field *field = &trace->csv.fields[state->per];
	if (sp_whole_parse(field->text, field->n, PRICE_GPUS_MAX, &gpus) != SP_OK || gpus == 0)
		return sp_message_set(message, SP_E_RANGE, "%s: '%s' is no count of GPUs; expected 1 to %d",
		                      trace->csv.columns[state->per], sp_excerpt(field->text, field->n, shown), PRICE_GPUS_MAX);
	return sp_muldiv_even(*nano, 1, (int64_t)gpus, nano);
}

/* SP_E_END: a list that offers nothing. */
static sp_status price_read(const sp_trace *trace, const price_state *state, int64_t *nano, sp_message *message)
{
	const sp_csv_field *field = &trace->csv.fields[state->column];
	char shown[SP_EXCERPT_MAX];
	sp_status status = sp_decimal_parse_rounded(field->text, field->n, nano);
	if (state->is_list && (field->n == 0 || (status == SP_OK && *nano == 0)))
		return SP_E_END;
	if (status != SP_OK || *nano <= 0)
		return sp_message_set(message, status == SP_OK ? SP_E_RANGE : status,
		                      "%s: '%s' is no price; expected USD per GPU and hour such as 2.10",
		                      trace->csv.columns[state->column], sp_excerpt(field->text, field->n, shown));
	return price_divide(trace, state, nano, message);
}

static sp_status price_check_order(const sp_trace *trace, int64_t t_ns, int64_t nano, sp_message *message)
{
	const price_state *state = trace->state;
	const char *column = trace->preset->columns[state->time];
	if (!state->begun || t_ns > state->last_ns)
		return SP_OK;
	if (t_ns < state->last_ns)
		return sp_message_set(message, SP_E_RANGE, "%s: before the row before it; sort the file by time", column);
	if (state->is_list && nano == state->last_nano)
		return SP_E_END;
	return sp_message_set(
	    message, SP_E_DUPLICATE,
	    "%s: a second price at this time for one lot; choose one series with COLUMN=VALUE, such as %s", column,
	    state->is_list ? "cloud=AWS,instance=p5.48xlarge" : "gpu=H100_80GB,socket=SXM5");
}

static sp_status price_take(sp_trace *trace, sp_message *message)
{
	price_state *state = trace->state;
	int64_t t_ns, nano = 0;
	sp_status status = sp_trace_read_time(trace, state->time, &t_ns, message);
	if (status == SP_OK)
		status = price_read(trace, state, &nano, message);
	if (status == SP_OK)
		status = price_check_order(trace, t_ns, nano, message);
	if (status != SP_OK)
		return status;
	SP_ASSERT(!state->ready && nano > 0);
	state->record = (sp_trace_record){.t_ns = t_ns,
	                                  .kind = SP_KIND_usd_per_gpu_h,
	                                  .subject = state->subject,
	                                  .value.nano = nano,
	                                  .source = trace->preset->name};
	state->last_ns = t_ns;
	state->last_nano = nano;
	state->begun = state->ready = true;
	return SP_OK;
}

static bool price_emit(sp_trace *trace, sp_trace_record *record)
{
	price_state *state = trace->state;
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
    .state_size = sizeof(price_state),
    .begin = spot_begin,
    .row = price_take,
    .emit = price_emit,
};

const sp_trace_preset sp_preset_gpu_list = {
    .name = "gpu-list",
    .help = "List prices of GPUs, as they changed, as the cost of such a lot; per=gpus divides an instance's price.",
    .columns = {"ts_utc", "date"},
    .options = {"subject", "value", "per"},
    .state_size = sizeof(price_state),
    .begin = list_begin,
    .row = price_take,
    .emit = price_emit,
};
