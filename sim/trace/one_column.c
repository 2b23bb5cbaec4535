/* one_column.c - the preset `column`: one column of any CSV as signals of one kind about one subject (column.h).
 *
 *     column:week.csv,kind=demand,subject=chat/east/output,value=out_tok_per_s,covers=10m,start=2026-11-23,missing=zero
 *
 * A cell that is declared missing makes no record and is counted as filtered: what was not measured is not fed as 0. Money kinds are
 * read as decimals, exactly, and take no scale. Rows are in order of time.
 *
 * With total=yes the column is a running total, and a record is the rate since the row before (estimators/total.h), at the second of the
 * two. The first row, one of the same time, and one at which the total went back make none; the latter are counted as resets. */
#include "sim/trace/preset.h"

#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "estimators/total.h"
#include "sim/trace/column.h"
#include "sim/trace/signal_line.h"

typedef struct one_column_state {
	sp_column column;
	sp_signal_line line; /* kind and subject; t_ns and value of the row taken last */
	sp_total total;      /* with total=yes */
	bool totals;
	bool begun, ready;
} one_column_state;

static sp_status one_column_fail(const sp_trace *trace, sp_status status, const sp_message *what, sp_message *message)
{
	return sp_message_set(message, status, "trace '%s': %s", trace->spec_text, what->text);
}

/* Is it a running total? A kind that the configuration declares to come as one is the engine's to make rates of. */
static sp_status one_column_total(sp_trace *trace, sp_message *what)
{
	one_column_state *state = trace->state;
	const char *total = sp_spec_find(&trace->spec, "total");
	uint32_t kind = state->line.kind;
	if (total == NULL || strcmp(total, "no") == 0)
		return SP_OK;
	if (strcmp(total, "yes") != 0)
		return sp_message_set(what, SP_E_UNKNOWN, "total=%s: write yes or no", total);
	if (kind != SP_KIND_demand && kind != SP_KIND_served && kind != SP_KIND_rejected)
		return sp_message_set(what, SP_E_UNKNOWN, "%s is no rate: only demand, served and rejected can come as totals",
		                      sp_kinds[kind].name);
	if (trace->setup->kinds[kind].total)
		return sp_message_set(what, SP_E_UNKNOWN,
		                      "signals.%s.total says already that %s comes as totals; leave total=yes out",
		                      sp_kinds[kind].name, sp_kinds[kind].name);
	state->totals = true;
	return SP_OK;
}

static sp_status one_column_begin(sp_trace *trace, sp_message *message)
{
	one_column_state *state = trace->state;
	const char *kind = sp_spec_find(&trace->spec, "kind"), *subject = sp_spec_find(&trace->spec, "subject");
	sp_message what = {""};
	sp_status status = sp_column_find(&trace->spec, &trace->csv, &state->column, &what);
	if (status == SP_OK && (kind == NULL || subject == NULL))
		status = sp_message_set(&what, SP_E_UNKNOWN, "measures what, of whom? Say kind=KIND and subject=NAME");
	if (status == SP_OK && sp_signal_names(trace->setup, kind, strlen(kind), subject, strlen(subject), &state->line,
	                                       &what) != SP_REFUSED_none)
		status = SP_E_UNKNOWN;
	if (status == SP_OK && sp_kinds[state->line.kind].money && sp_spec_find(&trace->spec, "scale") != NULL)
		status = sp_message_set(&what, SP_E_UNKNOWN, "money is exact and takes no scale");
	if (status == SP_OK)
		status = one_column_total(trace, &what);
	return status == SP_OK ? SP_OK : one_column_fail(trace, status, &what, message);
}

/* The value as the kind stores it; the number was read already, so that money is at least one. */
static sp_status one_column_value(const sp_trace *trace, one_column_state *state, double x, sp_message *message)
{
	const sp_csv_field *field = &trace->csv.fields[state->column.value];
	if (!sp_kinds[state->line.kind].money) {
		state->line.value.real = x;
		return SP_OK;
	}
	sp_refusal refusal = sp_signal_value(state->line.kind, field->text, field->n, &state->line.value, message);
	return refusal == SP_REFUSED_none ? SP_OK : SP_E_RANGE;
}

/* The rate since the total before; SP_E_END where there is none. */
static sp_status one_column_rate(sp_trace *trace, int64_t t_ns, double *x, sp_message *message)
{
	one_column_state *state = trace->state;
	sp_total_rate made;
	switch (sp_total_fold(&state->total, t_ns, *x, &made)) {
	case SP_TOTAL_RATE:
		*x = made.rate;
		return SP_OK;
	case SP_TOTAL_RESTARTED:
	case SP_TOTAL_CORRECTED:
		trace->counts.resets++;
		return SP_E_END;
	case SP_TOTAL_REFUSED:
		return sp_message_set(message, SP_E_RANGE, "%s: no running total is negative",
		                      trace->csv.columns[state->column.value]);
	default:
		return SP_E_END;
	}
}

static sp_status one_column_take(sp_trace *trace, sp_message *message)
{
	one_column_state *state = trace->state;
	int64_t t_ns;
	double x;
	SP_ASSERT(!state->ready);
	sp_status status = sp_column_read(&state->column, &trace->csv, &t_ns, &x, message);
	if (status == SP_E_ABSENT)
		return SP_E_END; /* no measurement */
	if (status == SP_OK && state->begun && t_ns < state->line.t_ns)
		status = sp_message_set(message, SP_E_RANGE, "%s: before the row before it; sort the file by time",
		                        trace->csv.columns[state->column.time]);
	if (status == SP_OK && state->totals)
		status = one_column_rate(trace, t_ns, &x, message);
	if (status == SP_OK)
		status = one_column_value(trace, state, x, message);
	if (status == SP_E_END)
		state->line.t_ns = t_ns;
	state->begun = state->begun || status == SP_E_END;
	if (status != SP_OK)
		return status;
	state->line.t_ns = t_ns;
	state->begun = state->ready = true;
	return SP_OK;
}

static bool one_column_emit(sp_trace *trace, sp_trace_record *record)
{
	one_column_state *state = trace->state;
	if (!state->ready)
		return false;
	state->ready = false;
	*record = (sp_trace_record){.t_ns = state->line.t_ns,
	                            .kind = state->line.kind,
	                            .subject = state->line.subject,
	                            .value = state->line.value,
	                            .source = trace->preset->name};
	return true;
}

const sp_trace_preset sp_preset_column = {
    .name = "column",
    .help = "One column of any CSV as signals of one kind about one subject; missing= says what means \"not "
            "measured\", total=yes that "
            "it is a running total.",
    .options = {"kind", "subject", "value", "time", "start", "unit", "covers", "missing", "scale", "total"},
    .state_size = sizeof(one_column_state),
    .begin = one_column_begin,
    .row = one_column_take,
    .emit = one_column_emit,
};
