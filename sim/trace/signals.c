/* signals.c - our own records, as CSV (t,kind,subject,value[,source] in any order of columns) or as JSON Lines.
 *
 * A file whose first byte is { is JSON Lines (signal_line.h). Tick lines, as `decide` takes them, are no measurements and are counted
 * as filtered: a replay makes its own ticks. Rows are in order of time. */
#include "sim/trace/preset.h"

#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "sim/trace/signal_line.h"

enum { SIGNALS_TIME, SIGNALS_KIND, SIGNALS_SUBJECT, SIGNALS_VALUE, SIGNALS_SOURCE };

typedef struct signals_state {
	sp_signal_line line;
	int64_t last_ns;
	bool ready;
} signals_state;

static sp_status signals_begin(sp_trace *trace, sp_message *message)
{
	(void)message;
	((signals_state *)trace->state)->last_ns = SP_TIME_MIN_NS;
	return SP_OK;
}

/* A refusal as the status of a bad row. */
static sp_status signals_status(sp_refusal refusal)
{
	switch (refusal) {
	case SP_REFUSED_none:
		return SP_OK;
	case SP_REFUSED_unknown_kind:
	case SP_REFUSED_unknown_subject:
		return SP_E_UNKNOWN;
	case SP_REFUSED_not_finite:
		return SP_E_NOT_FINITE;
	case SP_REFUSED_out_of_range:
		return SP_E_OVERFLOW;
	default:
		return SP_E_SYNTAX;
	}
}

static sp_status signals_read_source(const sp_trace *trace, sp_signal_line *line, sp_message *message)
{
	line->source[0] = '\0';
	if (trace->columns[SIGNALS_SOURCE] == SP_CSV_FIELDS_MAX)
		return SP_OK;
	const sp_csv_field *source = sp_trace_field(trace, SIGNALS_SOURCE);
	if (source->n == 0)
		return SP_OK;
	if (sp_id_check(source->text, source->n) != SP_OK)
		return sp_message_set(message, SP_E_SYNTAX, "source: expected a name of 1-128 of A-Z a-z 0-9 . _ : / @ + -");
	memcpy(line->source, source->text, source->n);
	line->source[source->n] = '\0';
	return SP_OK;
}

static sp_status signals_read_fields(const sp_trace *trace, sp_signal_line *line, sp_message *message)
{
	const sp_csv_field *kind = sp_trace_field(trace, SIGNALS_KIND), *subject = sp_trace_field(trace, SIGNALS_SUBJECT);
	const sp_csv_field *value = sp_trace_field(trace, SIGNALS_VALUE);
	sp_status status = sp_trace_read_time(trace, SIGNALS_TIME, &line->t_ns, message);
	if (status != SP_OK)
		return status;
	sp_refusal refusal = sp_signal_names(trace->setup, kind->text, kind->n, subject->text, subject->n, line, message);
	if (refusal == SP_REFUSED_none)
		refusal = sp_signal_value(line->kind, value->text, value->n, &line->value, message);
	if (refusal != SP_REFUSED_none)
		return signals_status(refusal);
	return signals_read_source(trace, line, message);
}

static sp_status signals_take(sp_trace *trace, sp_message *message)
{
	signals_state *state = trace->state;
	sp_signal_line line = {0};
	SP_ASSERT(!state->ready);
	sp_status status =
	    trace->json ? signals_status(sp_signal_line_parse(trace->line, trace->n_line, trace->setup, &line, message))
	                : signals_read_fields(trace, &line, message);
	if (status != SP_OK)
		return status;
	if (line.tick)
		return SP_E_END;
	if (line.t_ns < state->last_ns)
		return sp_message_set(message, SP_E_RANGE, "t: before the row before it; sort the file by time");
	state->line = line;
	state->last_ns = line.t_ns;
	state->ready = true;
	return SP_OK;
}

static bool signals_emit(sp_trace *trace, sp_trace_record *record)
{
	signals_state *state = trace->state;
	if (!state->ready)
		return false;
	state->ready = false;
	*record = (sp_trace_record){.t_ns = state->line.t_ns,
	                            .kind = state->line.kind,
	                            .subject = state->line.subject,
	                            .value = state->line.value,
	                            .source = state->line.source[0] != '\0' ? state->line.source : trace->preset->name};
	return true;
}

const sp_trace_preset sp_preset_signals = {
    .name = "signals",
    .help = "Setpoint's own records, as CSV with these columns in any order or as JSON Lines with these keys.",
    .columns = {"t", "kind", "subject", "value", "source"},
    .n_required = 4,
    .json_lines = true,
    .state_size = sizeof(signals_state),
    .begin = signals_begin,
    .row = signals_take,
    .emit = signals_emit,
};
