/* preset.h - what a preset is: a file format and how its rows become signals.
 *
 * Adding one: a file with an ops table, and one line in presets.c. trace.c opens the file, reads the header, applies filters, counts
 * rows and words messages; the preset sees one row at a time and answers with records.
 *
 *     begin   once: the header is read; find the subject, set up the state
 *     row     per row: check it and take it in, or answer what is wrong with it
 *     emit    until it says no, before the next row is read: the records that are ready
 *     end     once, after the last row: what is still open becomes records
 *     fini    once: frees what begin took
 *
 * Records of one trace never go back in time; a row that would is bad. A row that cannot be taken in changes nothing. */
#ifndef SP_SIM_TRACE_PRESET_H
#define SP_SIM_TRACE_PRESET_H

#include "sim/trace/csv.h"
#include "sim/trace/spec.h"
#include "sim/trace/trace.h"

#define SP_PRESET_COLUMNS_MAX 9
#define SP_PRESET_OPTIONS_MAX 10

/* Time may not jump by more than this from row to row: it is a wrong date then, and would make millions of empty periods. */
#define SP_TRACE_GAP_MAX_NS (366 * SP_DAY)

typedef struct sp_trace_preset {
	const char *name;
	const char *help;                           /* one sentence */
	const char *columns[SP_PRESET_COLUMNS_MAX]; /* that it reads, the first n_required must be there */
	uint32_t n_required;
	const char *options[SP_PRESET_OPTIONS_MAX]; /* keys beside align=start and the columns of the file */
	bool json_lines; /* a file that begins with { is one JSON object a line, without header and fields */
	size_t state_size;
	sp_status (*begin)(sp_trace *trace, sp_message *message);
	/* SP_OK: taken in. SP_E_END: no measurement, counted as filtered. Else the row is bad; "column: what; cure". */
	sp_status (*row)(sp_trace *trace, sp_message *message);
	bool (*emit)(sp_trace *trace, sp_trace_record *record);
	void (*end)(sp_trace *trace);  /* may be NULL */
	void (*fini)(sp_trace *trace); /* may be NULL; accepts a state of zeros */
} sp_trace_preset;

typedef struct sp_trace_filter {
	uint32_t column; /* of the file */
	const char *value;
	size_t n;
} sp_trace_filter;

/* A trace as its preset sees it. */
struct sp_trace {
	const sp_trace_preset *preset;
	const sp_setup *setup;
	char *spec_text;
	sp_spec spec;
	FILE *file;
	sp_csv csv;
	bool json; /* rows are JSON lines: `line`, n_line */
	char *line;
	size_t n_line;
	uint32_t columns[SP_PRESET_COLUMNS_MAX]; /* where the preset's columns stand; SP_CSV_FIELDS_MAX: absent */
	uint32_t n_filters;
	sp_trace_filter filters[SP_SPEC_KEYS_MAX];
	bool skip_bad, aligned, ended, broken;
	sp_trace_counts counts;
	void *state; /* the preset's, zeroed before begin */
};

/* The table (presets.c). */
extern const sp_trace_preset *const sp_trace_preset_table[];
extern const uint32_t sp_trace_n_presets;

extern const sp_trace_preset sp_preset_azure_llm, sp_preset_gpu_spot, sp_preset_gpu_list, sp_preset_usage,
    sp_preset_litellm_spendlogs, sp_preset_signals, sp_preset_column;

/* The field of the running row in the preset's column i, which must be there (asserted). */
const sp_csv_field *sp_trace_field(const sp_trace *trace, uint32_t i);

/* sp_trace_read_time - the running row's time in the preset's column i, with the complaint for a bad one. */
sp_status sp_trace_read_time(const sp_trace *trace, uint32_t i, int64_t *t_ns, sp_message *message);

#endif
