/* trace.h - recorded signals, read in time order from a file through a preset.
 *
 * A spec is PRESET:FILE[,key=value…]; FILE "-" is standard input. Each preset is one file and one line of the table
 * (preset.h). Reading is streaming: a trace holds one buffer and its sums, however long the file is.
 *
 * Every row is accounted for: rows = used + filtered + bad. A bad row ends the reading with the message
 * "file:row: column: message" (the header is row 1), or is counted and passed over with `skip_bad`.
 *
 * Several traces are merged by sp_traces (traces.h); what drivers use is that one. */
#ifndef SP_SIM_TRACE_TRACE_H
#define SP_SIM_TRACE_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/signal.h"
#include "base/status.h"
#include "controller/engine/setup.h"
#include "sim/import/exact.h"
#include "sim/trace/csv.h"

typedef struct sp_trace sp_trace;

typedef struct sp_trace_options {
	bool skip_bad; /* count bad rows and go on; else the first one ends the reading */
	FILE *file;    /* NULL: open the spec's; else read this one, the trace's from the call on: tests and fuzzers */
} sp_trace_options;

/* One recorded measurement. */
typedef struct sp_trace_record {
	int64_t t_ns;       /* never before the trace's last record */
	uint32_t kind;      /* sp_signal_kind */
	uint32_t subject;   /* slot in the setup's subjects */
	sp_value value;     /* finite; whether it is plausible is the engine's to say */
	const char *source; /* who measured it; the preset's name where the file does not say. Lives until the next call */
} sp_trace_record;

/* What became of the file so far. */
typedef struct sp_trace_counts {
	uint64_t rows;          /* read, the header and empty lines not counted; = used + filtered + bad */
	uint64_t used;          /* in a record, or to be in the next ones */
	uint64_t filtered;      /* not chosen by COLUMN=VALUE, or no measurement (a tick line) */
	uint64_t bad;           /* refused; with skip_bad passed over */
	uint64_t unmatched;     /* of the bad: of a name that the configuration lacks, with an amount that can be read */
	sp_exact unmatched_usd; /* what they would have brought */
	char unmatched_name[SP_EXCERPT_MAX]; /* of the first one */
	uint64_t resets;                     /* of the filtered: a running total went back there, and no rate was made */
	uint64_t records;                    /* made of the used rows */
	uint64_t bytes, bytes_total;         /* read, and to be read; total 0 when not known (standard input) */
	int64_t first_ns, last_ns;           /* of the records so far; SP_TIME_NEVER and SP_TIME_MIN_NS before the first */
} sp_trace_counts;

/* sp_trace_open - opens a trace of a configuration's signals.
 *
 * in     spec; setup and options (NULL: stop at bad rows) — the setup outlives the trace
 * out    *trace, the caller's to close; written only on SP_OK
 * fails  SP_E_UNKNOWN no such preset, option, column or subject: the message lists what there is; SP_E_ABSENT, SP_E_IO,
 *        SP_E_PERMISSION of the file; SP_E_SYNTAX a file without the preset's columns; SP_E_MEMORY */
sp_status sp_trace_open(const char *spec, const sp_setup *setup, const sp_trace_options *options, sp_trace **trace,
                        sp_message *message);
void sp_trace_close(sp_trace *trace); /* NULL is accepted */

/* sp_trace_next - the next record in time order.
 * fails  SP_E_END after the last; else a bad row's or the file's error, after which the trace can only be closed */
sp_status sp_trace_next(sp_trace *trace, sp_trace_record *record, sp_message *message);

void sp_trace_count(const sp_trace *trace, sp_trace_counts *counts);

/* The spec as given, its preset's name and its file's name ("-" as "standard input"). */
const char *sp_trace_spec_text(const sp_trace *trace);
const char *sp_trace_preset_name(const sp_trace *trace);
const char *sp_trace_file_name(const sp_trace *trace);

/* sp_trace_aligned - was align=start asked for? The merger shifts it (traces.h). */
bool sp_trace_aligned(const sp_trace *trace);

/* sp_trace_names_log - does this spec name a decision log: `log:FILE`, or a SQLite database without a preset? Its driver
 * reads it through the log room, with commands and configurations too (R16). *path points into spec, or to the whole of it. */
bool sp_trace_names_log(const char *spec, const char **path);

/* sp_trace_presets - one line per preset: name, columns, options, and a sentence; for --help and docs. */
void sp_trace_presets(FILE *out);

#endif
