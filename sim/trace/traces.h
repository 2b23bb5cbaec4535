/* traces.h - several traces as one stream, as a driver feeds them to the engine (R12).
 *
 * Records come in order of time; at equal times in the order of the specs, and within a trace in the order of its rows.
 *
 * align=start shifts a trace by whole periods: so many that the period of its first record becomes the period of the first
 * record of the first spec. The place within the period stays as recorded. sp_traces_shift says by how much, and drivers print it.
 *
 * Where it ends:
 *   shortest   with the trace whose last record is earliest: of the others nothing later is given
 *   longest    when every trace has ended
 *   TIME       records before TIME are given (before shifting back: TIME is on the stream's own axis) */
#ifndef SP_SIM_TRACE_TRACES_H
#define SP_SIM_TRACE_TRACES_H

#include "sim/trace/trace.h"

#define SP_TRACES_MAX 64 /* one file each: what a command line holds and a person means */

typedef enum sp_until_kind { SP_UNTIL_SHORTEST, SP_UNTIL_LONGEST, SP_UNTIL_TIME } sp_until_kind;

typedef struct sp_until {
	sp_until_kind kind;
	int64_t t_ns; /* SP_UNTIL_TIME */
} sp_until;

/* sp_until_parse - reads "shortest", "longest" or a time. */
sp_status sp_until_parse(const char *text, sp_until *until, sp_message *message);

typedef struct sp_traces_options {
	sp_until until; /* all zero: shortest */
	bool skip_bad;
} sp_traces_options;

typedef struct sp_traces sp_traces;

/* sp_traces_open - opens every spec and reads the first record of each, so that shifts are known.
 *
 * in     specs, n in 1..SP_TRACES_MAX; options NULL: shortest, stop at bad rows; at most one spec reads "-"
 * fails  as sp_trace_open and sp_trace_next; SP_E_SYNTAX a trace without any record; SP_E_RANGE too many */
sp_status sp_traces_open(const char *const *specs, uint32_t n, const sp_setup *setup, const sp_traces_options *options,
                         sp_traces **traces, sp_message *message);
void sp_traces_close(sp_traces *traces); /* NULL is accepted */

/* sp_traces_next - the next record of all; its time is shifted. SP_E_END after the last. */
sp_status sp_traces_next(sp_traces *traces, sp_trace_record *record, sp_message *message);

/* The time of the first record of the stream, shifted; known from open on. */
int64_t sp_traces_first(const sp_traces *traces);

uint32_t sp_traces_n(const sp_traces *traces);
const sp_trace *sp_traces_trace(const sp_traces *traces, uint32_t i);
int64_t sp_traces_shift(const sp_traces *traces, uint32_t i);  /* [ns] added to every time; 0 unless aligned */
uint64_t sp_traces_given(const sp_traces *traces, uint32_t i); /* records of trace i that were given */

/* sp_traces_progress - the share done [1], for a bar: by bytes of the traces that end the reading, or by time up to TIME;
 * negative when it cannot be known. */
double sp_traces_progress(const sp_traces *traces);

#endif
