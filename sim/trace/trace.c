/* trace.c - opening a trace and reading its rows; what rows mean is the preset's (preset.h). */
#include "sim/trace/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/assert.h"
#include "base/ids.h"
#include "base/time.h"
#include "sim/trace/preset.h"

#define TRACE_LIST_MAX 400 /* [bytes] of a list in a message: what a person reads */

/* --- lists and nearest names, for messages --- */

static void trace_list_add(char list[TRACE_LIST_MAX], const char *name)
{
	size_t used = strlen(list), n = strlen(name);
	if (used + n + 8 > TRACE_LIST_MAX) {
		if (used < 3 || strcmp(list + used - 3, "...") != 0)
			strcat(list, ", ...");
		return;
	}
	if (used > 0)
		strcat(list, ", ");
	strcat(list, name);
}

static void trace_list_presets(char list[TRACE_LIST_MAX])
{
	list[0] = '\0';
	for (uint32_t i = 0; i < sp_trace_n_presets; i++)
		trace_list_add(list, sp_trace_preset_table[i]->name);
}

static void trace_list_columns(const sp_csv *csv, char list[TRACE_LIST_MAX])
{
	list[0] = '\0';
	for (uint32_t i = 0; i < csv->n_columns; i++) {
		char shown[SP_EXCERPT_MAX];
		trace_list_add(list, sp_excerpt(csv->columns[i], strlen(csv->columns[i]), shown));
	}
}

/* --- the spec --- */

static sp_status trace_find_preset(sp_trace *trace, sp_message *message)
{
	char list[TRACE_LIST_MAX];
	trace_list_presets(list);
	if (trace->spec.preset == NULL)
		return sp_message_set(message, SP_E_UNKNOWN,
		                      "trace '%s': is no decision log and names no preset; write PRESET:FILE with one of: %s",
		                      trace->spec_text, list);
	for (uint32_t i = 0; i < sp_trace_n_presets; i++)
		if (strcmp(sp_trace_preset_table[i]->name, trace->spec.preset) == 0) {
			trace->preset = sp_trace_preset_table[i];
			return SP_OK;
		}
	return sp_message_set(message, SP_E_UNKNOWN, "trace '%s': no preset '%s'; there are: %s", trace->spec_text,
	                      trace->spec.preset, list);
}

static sp_status trace_take_options(sp_trace *trace, const sp_trace_options *options, sp_message *message)
{
	trace->skip_bad = options != NULL && options->skip_bad;
	const char *align = sp_spec_find(&trace->spec, "align");
	trace->aligned = align != NULL;
	if (align != NULL && strcmp(align, "start") != 0)
		return sp_message_set(message, SP_E_UNKNOWN, "trace '%s': align=%s is not known; the one there is: align=start",
		                      trace->spec_text, align);
	return SP_OK;
}

static bool trace_takes_option(const sp_trace *trace, const char *key)
{
	for (uint32_t i = 0; i < SP_PRESET_OPTIONS_MAX && trace->preset->options[i] != NULL; i++)
		if (strcmp(trace->preset->options[i], key) == 0)
			return true;
	return strcmp(key, "align") == 0;
}

/* Every key that is no option filters a column of the file. */
static sp_status trace_take_filters(sp_trace *trace, sp_message *message)
{
	for (uint32_t i = 0; i < trace->spec.n_keys; i++) {
		const sp_spec_key *key = &trace->spec.keys[i];
		if (trace_takes_option(trace, key->key))
			continue;
		uint32_t column = sp_csv_column(&trace->csv, key->key, strlen(key->key));
		if (column == SP_CSV_FIELDS_MAX) {
			char list[TRACE_LIST_MAX];
			trace_list_columns(&trace->csv, list);
			return sp_message_set(message, SP_E_UNKNOWN,
			                      "trace '%s': '%s' is no option of %s and no column of the file%s%s", trace->spec_text,
			                      key->key, trace->preset->name,
			                      trace->json ? " (JSON Lines take no filters)" : "; its columns: ", list);
		}
		trace->filters[trace->n_filters++] = (sp_trace_filter){column, key->value, strlen(key->value)};
	}
	return SP_OK;
}

/* --- the file --- */

static bool trace_reads_stdin(const sp_trace *trace)
{
	return strcmp(trace->spec.file, "-") == 0;
}

static sp_status trace_open_error(const sp_trace *trace, sp_message *message)
{
	sp_status status = errno == ENOENT ? SP_E_ABSENT : errno == EACCES ? SP_E_PERMISSION : SP_E_IO;
	return sp_message_set(message, status, "%s: cannot be read: %s", trace->spec.file, strerror(errno));
}

static sp_status trace_open_file(sp_trace *trace, const sp_trace_options *options, sp_message *message)
{
	struct stat found;
	if (options != NULL && options->file != NULL)
		trace->file = options->file;
	else if (trace_reads_stdin(trace))
		trace->file = stdin;
	else
		trace->file = fopen(trace->spec.file, "rbe");
	if (trace->file == NULL)
		return trace_open_error(trace, message);
	if (fileno(trace->file) >= 0 && fstat(fileno(trace->file), &found) == 0 && S_ISREG(found.st_mode))
		trace->counts.bytes_total = (uint64_t)found.st_size;
	return sp_csv_open(&trace->csv, trace->file);
}

/* Writes a message with its place before it. */
static sp_status trace_complain(const sp_trace *trace, uint64_t row, sp_status status, const char *what,
                                sp_message *message)
{
	return sp_message_set(message, status, "%s:%llu: %s", sp_trace_file_name(trace), (unsigned long long)row, what);
}

static sp_status trace_read_error(const sp_trace *trace, sp_status status, sp_message *message)
{
	return sp_message_set(message, status, "%s: reading failed after %llu bytes: %s", sp_trace_file_name(trace),
	                      (unsigned long long)sp_lines_bytes(&trace->csv.lines), strerror(errno));
}

static sp_status trace_find_columns(sp_trace *trace, sp_message *message)
{
	const sp_trace_preset *preset = trace->preset;
	for (uint32_t i = 0; i < SP_PRESET_COLUMNS_MAX && preset->columns[i] != NULL; i++) {
		trace->columns[i] = sp_csv_column(&trace->csv, preset->columns[i], strlen(preset->columns[i]));
		if (trace->columns[i] == SP_CSV_FIELDS_MAX && i < preset->n_required) {
			char list[TRACE_LIST_MAX], what[SP_MESSAGE_MAX];
			trace_list_columns(&trace->csv, list);
			snprintf(what, sizeof what, "%s: no such column, and %s needs it; the header has: %s", preset->columns[i],
			         preset->name, list);
			return trace_complain(trace, trace->csv.lines.row, SP_E_SYNTAX, what, message);
		}
	}
	return SP_OK;
}

static sp_status trace_read_header(sp_trace *trace, sp_message *message)
{
	sp_message what = {""};
	trace->json = trace->preset->json_lines && sp_lines_first(&trace->csv.lines) == '{';
	if (trace->json)
		return SP_OK;
	sp_status status = sp_csv_header(&trace->csv, &what);
	if (status == SP_E_SYNTAX)
		return trace_complain(trace, trace->csv.lines.row, status, what.text, message);
	if (status == SP_E_IO)
		return trace_read_error(trace, status, message);
	return status == SP_OK ? trace_find_columns(trace, message) : status;
}

static sp_status trace_begin(sp_trace *trace, const sp_trace_options *options, sp_message *message)
{
	sp_status status = sp_spec_parse(trace->spec_text, &trace->spec, message);
	if (status == SP_OK)
		status = trace_find_preset(trace, message);
	if (status == SP_OK)
		status = trace_take_options(trace, options, message);
	if (status == SP_OK)
		status = trace_open_file(trace, options, message);
	if (status == SP_OK)
		status = trace_read_header(trace, message);
	if (status == SP_OK)
		status = trace_take_filters(trace, message);
	if (status != SP_OK)
		return status;
	trace->state = calloc(1, trace->preset->state_size);
	return trace->state != NULL ? trace->preset->begin(trace, message) : SP_E_MEMORY;
}

sp_status sp_trace_open(const char *spec, const sp_setup *setup, const sp_trace_options *options, sp_trace **opened,
                        sp_message *message)
{
	SP_ASSERT(spec != NULL && setup != NULL && opened != NULL);
	sp_status status = SP_E_MEMORY;
	sp_trace *trace = calloc(1, sizeof *trace);
	if (trace != NULL) {
		trace->setup = setup;
		trace->counts.first_ns = SP_TIME_NEVER;
		trace->counts.last_ns = SP_TIME_MIN_NS;
		trace->spec_text = strdup(spec);
	}
	if (trace != NULL && trace->spec_text != NULL)
		status = trace_begin(trace, options, message);
	if (status == SP_OK) {
		*opened = trace;
		return SP_OK;
	}
	if (status == SP_E_MEMORY)
		sp_message_set(message, status, "trace '%s': out of memory", spec);
	if (options != NULL && options->file != NULL && (trace == NULL || trace->file == NULL))
		fclose(options->file); /* ours from the call on */
	sp_trace_close(trace);
	return status;
}

void sp_trace_close(sp_trace *trace)
{
	if (trace == NULL)
		return;
	if (trace->state != NULL && trace->preset->fini != NULL)
		trace->preset->fini(trace);
	free(trace->state);
	sp_csv_close(&trace->csv);
	if (trace->file != NULL && trace->file != stdin)
		fclose(trace->file);
	sp_spec_fini(&trace->spec);
	free(trace->spec_text);
	free(trace);
}

/* --- the rows --- */

static bool trace_row_chosen(const sp_trace *trace)
{
	for (uint32_t i = 0; i < trace->n_filters; i++) {
		const sp_trace_filter *filter = &trace->filters[i];
		const sp_csv_field *field = &trace->csv.fields[filter->column];
		if (field->n != filter->n || memcmp(field->text, filter->value, filter->n) != 0)
			return false;
	}
	return true;
}

static sp_status trace_read_line(sp_trace *trace, sp_message *what)
{
	sp_status status;
	do {
		status = sp_lines_next(&trace->csv.lines, &trace->line, &trace->n_line);
	} while (status == SP_OK && trace->n_line == 0);
	if (status == SP_E_FULL)
		return sp_message_set(what, SP_E_SYNTAX, "row: longer than %u bytes; is it JSON Lines?", SP_LINE_MAX);
	return status;
}

/* Reads one row and lets the preset take it in. SP_E_IO and SP_E_END are the file's, the rest is about the row. */
static sp_status trace_take_row(sp_trace *trace, sp_message *what)
{
	sp_status status = trace->json ? trace_read_line(trace, what) : sp_csv_next(&trace->csv, what);
	if (status == SP_E_END || status == SP_E_IO)
		return status;
	trace->counts.rows++;
	if (status == SP_OK && !trace_row_chosen(trace)) {
		trace->counts.filtered++;
		return SP_OK;
	}
	if (status == SP_OK)
		status = trace->preset->row(trace, what);
	if (status == SP_OK)
		trace->counts.used++;
	else if (status == SP_E_END)
		trace->counts.filtered++;
	else
		trace->counts.bad++;
	SP_ASSERT(trace->counts.rows == trace->counts.used + trace->counts.filtered + trace->counts.bad);
	return status == SP_E_END ? SP_OK : status;
}

static sp_status trace_read_row(sp_trace *trace, sp_message *message)
{
	sp_message what = {""};
	sp_status status = trace_take_row(trace, &what);
	if (status == SP_E_END) {
		trace->ended = true;
		if (trace->preset->end != NULL)
			trace->preset->end(trace);
		return SP_OK;
	}
	if (status == SP_E_IO)
		return trace_read_error(trace, status, message);
	if (status == SP_OK || trace->skip_bad)
		return SP_OK;
	return trace_complain(trace, trace->csv.lines.row, status, what.text, message);
}

static void trace_note(sp_trace *trace, const sp_trace_record *record)
{
	sp_trace_counts *counts = &trace->counts;
	SP_ASSERT(record->t_ns >= counts->last_ns);
	SP_ASSERT(record->kind < SP_SIGNAL_KINDS && record->subject < trace->setup->n_subjects);
	if (counts->records++ == 0)
		counts->first_ns = record->t_ns;
	counts->last_ns = record->t_ns;
}

sp_status sp_trace_next(sp_trace *trace, sp_trace_record *record, sp_message *message)
{
	SP_ASSERT(trace != NULL && record != NULL && !trace->broken);
	for (;;) {
		if (trace->preset->emit(trace, record)) {
			trace_note(trace, record);
			return SP_OK;
		}
		if (trace->ended)
			return SP_E_END;
		sp_status status = trace_read_row(trace, message);
		if (status != SP_OK) {
			trace->broken = true;
			return status;
		}
	}
}

/* --- questions --- */

void sp_trace_count(const sp_trace *trace, sp_trace_counts *counts)
{
	*counts = trace->counts;
	counts->bytes = sp_lines_bytes(&trace->csv.lines);
}

const char *sp_trace_spec_text(const sp_trace *trace)
{
	return trace->spec_text;
}

const char *sp_trace_preset_name(const sp_trace *trace)
{
	return trace->preset->name;
}

const char *sp_trace_file_name(const sp_trace *trace)
{
	return trace_reads_stdin(trace) ? "standard input" : trace->spec.file;
}

bool sp_trace_aligned(const sp_trace *trace)
{
	return trace->aligned;
}

const sp_csv_field *sp_trace_field(const sp_trace *trace, uint32_t i)
{
	SP_ASSERT(i < SP_PRESET_COLUMNS_MAX && trace->columns[i] < trace->csv.n);
	return &trace->csv.fields[trace->columns[i]];
}

sp_status sp_trace_read_time(const sp_trace *trace, uint32_t i, int64_t *t_ns, sp_message *message)
{
	const sp_csv_field *field = sp_trace_field(trace, i);
	char shown[SP_EXCERPT_MAX];
	sp_status status = sp_time_parse(field->text, field->n, t_ns);
	if (status == SP_OK)
		return SP_OK;
	return sp_message_set(message, status, "%s: '%s' is no time%s; expected one such as 2026-11-24T00:00:00Z",
	                      trace->csv.columns[trace->columns[i]], sp_excerpt(field->text, field->n, shown),
	                      status == SP_E_RANGE ? " between 1970 and 2200" : "");
}

bool sp_trace_names_log(const char *spec, const char **path)
{
	static const char magic[] = "SQLite format 3"; /* with its zero: the first 16 bytes */
	char found[sizeof magic] = "";
	if (strncmp(spec, "log:", 4) == 0) {
		*path = spec + 4;
		return true;
	}
	FILE *file = fopen(spec, "rbe");
	if (file == NULL)
		return false;
	bool is_log = fread(found, 1, sizeof found, file) == sizeof found && memcmp(found, magic, sizeof magic) == 0;
	fclose(file);
	if (is_log)
		*path = spec;
	return is_log;
}

void sp_trace_presets(FILE *out)
{
	for (uint32_t i = 0; i < sp_trace_n_presets; i++) {
		const sp_trace_preset *preset = sp_trace_preset_table[i];
		fprintf(out, "%s: %s\n  columns:", preset->name, preset->help);
		if (preset->columns[0] == NULL)
			fputs(" any", out);
		for (uint32_t c = 0; c < SP_PRESET_COLUMNS_MAX && preset->columns[c] != NULL; c++)
			fprintf(out, c < preset->n_required ? " %s" : " [%s]", preset->columns[c]);
		fprintf(out, "\n  options: COLUMN=VALUE align=start");
		for (uint32_t c = 0; c < SP_PRESET_OPTIONS_MAX && preset->options[c] != NULL; c++)
			fprintf(out, " %s=", preset->options[c]);
		fprintf(out, "\n");
	}
}
