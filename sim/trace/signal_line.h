/* signal_line.h - one signal as one JSON object on a line: what `decide` reads, and the JSON form of the signals preset.
 *
 *     {"t":"2026-11-24T00:00:00Z","kind":"utilization","subject":"us-east/h100","value":0.72,"source":"prom-1"}
 *     {"tick":"2026-11-24T00:01:00Z"}
 *
 * `t` and `tick` are RFC 3339 or whole nanoseconds since 1970; `source` may be left out. Money is a decimal string, because a JSON number goes
 * through a double in most programs; every other value is a JSON number. Unknown and repeated keys are refused. Whether a
 * value is plausible is the engine's to say: here only its form and its names are checked.
 *
 * A sender knows no configuration: without a setup any name is a subject, and `t` may be left out or "now". */
#ifndef SP_SIM_TRACE_SIGNAL_LINE_H
#define SP_SIM_TRACE_SIGNAL_LINE_H

#include <stdbool.h>

#include "base/ids.h"
#include "base/signal.h"
#include "controller/engine/setup.h"

typedef struct sp_signal_line {
	bool tick;              /* closes the period that ends at t_ns; else a signal */
	int64_t t_ns;           /* SP_TIME_NEVER: now, a sender's */
	uint32_t kind, subject; /* slot in the setup's subjects; SP_NO_SLOT without a setup */
	sp_value value;
	char source[SP_ID_MAX + 1]; /* "" when not given */
	char name[SP_ID_MAX + 1];   /* of the subject, without a setup; else "" */
} sp_signal_line;

/* sp_signal_line_parse - reads one line.
 *
 * in     text, n [bytes] without the line end; setup: whose subjects count; NULL: a sender's line
 * out    *line, written only on SP_REFUSED_none
 * fails  a refusal, to be counted under its name, and in `message` "key: what; cure"
 * cost   O(n), allocates: nothing for a line that is read flat (flat.h); else jansson's tree, freed before it returns */
sp_refusal sp_signal_line_parse(const char *text, size_t n, const sp_setup *setup, sp_signal_line *line,
                                sp_message *message);

/* sp_signal_line_parse_tree - the same, always by jansson: the slow twin, and what it falls back to. */
sp_refusal sp_signal_line_parse_tree(const char *text, size_t n, const sp_setup *setup, sp_signal_line *line,
                                     sp_message *message);

/* sp_signal_names - the kind and subject that two words name, checked against one another where there is a setup: for CSV rows too. */
sp_refusal sp_signal_names(const sp_setup *setup, const char *kind, size_t n_kind, const char *subject,
                           size_t n_subject, sp_signal_line *line, sp_message *message);

/* sp_signal_value - reads a value from text: a decimal for a money kind (digits beyond a nano-USD are rounded half to even), else
 * a finite number. */
sp_refusal sp_signal_value(uint32_t kind, const char *text, size_t n, sp_value *value, sp_message *message);

#endif
