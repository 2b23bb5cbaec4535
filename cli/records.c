/* records.c - see records.h. */
#include "cli/records.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#include "base/assert.h"
#include "base/time.h"

static const char *const record_columns[SP_RECORD_COLUMNS] = {"t", "kind", "subject", "value", "source"};

static sp_status complain(const sp_records *records, sp_status status, const sp_message *what, sp_message *message)
{
	return sp_message_set(message, status, "%s:%llu: %.800s", records->name, (unsigned long long)records->csv.lines.row,
	                      what->text);
}

static sp_status read_error(const sp_records *records, sp_status status, sp_message *message)
{
	if (status == SP_E_MEMORY)
		return sp_message_set(message, status, "out of memory");
	return sp_message_set(message, status, "%s: reading failed after %llu bytes: %s", records->name,
	                      (unsigned long long)sp_lines_bytes(&records->csv.lines), strerror(errno));
}

/* --- opening --- */

static sp_status find_columns(sp_records *records, sp_message *message)
{
	sp_message what;

	for (uint32_t i = 0; i < SP_RECORD_COLUMNS; i++) {
		const char *name = record_columns[i];
		records->columns[i] = sp_csv_column(&records->csv, name, strlen(name));
		if (records->columns[i] < SP_CSV_FIELDS_MAX || i == SP_RECORD_T || i == SP_RECORD_SOURCE)
			continue;
		sp_message_set(&what, SP_E_SYNTAX,
		               "%s: no such column; expected JSON Lines, or CSV with a header t,kind,subject,value[,source]",
		               name);
		return complain(records, SP_E_SYNTAX, &what, message);
	}
	return SP_OK;
}

static sp_status read_header(sp_records *records, sp_message *message)
{
	sp_message what = {""};
	int first = sp_lines_first(&records->csv.lines);
	sp_status status;

	records->json = first == '{' || first < 0; /* an empty file has no rows, and lacks no header */
	if (records->json)
		return SP_OK;
	status = sp_csv_header(&records->csv, &what);
	if (status == SP_E_SYNTAX)
		return complain(records, status, &what, message);
	return status == SP_OK ? find_columns(records, message) : read_error(records, status, message);
}

sp_status sp_records_open(const char *path, sp_records *records, sp_message *message)
{
	bool is_stdin = strcmp(path, "-") == 0;
	struct stat found;
	sp_status status;

	*records = (sp_records){.name = is_stdin ? "standard input" : path};
	records->file = is_stdin ? stdin : fopen(path, "rbe");
	if (!records->file) {
		status = errno == ENOENT ? SP_E_ABSENT : errno == EACCES ? SP_E_PERMISSION : SP_E_IO;
		return sp_message_set(message, status, "%s: cannot be read: %s", path, strerror(errno));
	}
	if (fstat(fileno(records->file), &found) == 0 && S_ISREG(found.st_mode))
		records->bytes_total = (uint64_t)found.st_size;
	status = sp_csv_open(&records->csv, records->file);
	return status == SP_OK ? read_header(records, message) : read_error(records, status, message);
}

void sp_records_close(sp_records *records)
{
	sp_csv_close(&records->csv);
	if (records->file && records->file != stdin)
		fclose(records->file);
	*records = (sp_records){0};
}

/* --- rows --- */

/* A column's field in the running row; empty where there is no such column. */
static sp_csv_field field_of(const sp_records *records, uint32_t column)
{
	uint32_t at = records->columns[column];

	SP_ASSERT(at == SP_CSV_FIELDS_MAX || at < records->csv.n);
	return at < SP_CSV_FIELDS_MAX ? records->csv.fields[at] : (sp_csv_field){"", 0};
}

static sp_status take_time(const sp_records *records, sp_signal_line *line, sp_message *what)
{
	sp_csv_field t = field_of(records, SP_RECORD_T);
	char shown[SP_EXCERPT_MAX];

	line->t_ns = SP_TIME_NEVER;
	if (t.n == 0 || (t.n == 3 && memcmp(t.text, "now", 3) == 0))
		return SP_OK;
	if (sp_time_parse(t.text, t.n, &line->t_ns) == SP_OK)
		return SP_OK;
	return sp_message_set(what, SP_E_SYNTAX, "t: '%s' is no time; expected one such as 2026-11-24T00:00:00Z, or now",
	                      sp_excerpt(t.text, t.n, shown));
}

static sp_status take_source(const sp_records *records, sp_signal_line *line, sp_message *what)
{
	sp_csv_field source = field_of(records, SP_RECORD_SOURCE);

	if (source.n > 0 && sp_id_check(source.text, source.n) != SP_OK)
		return sp_message_set(what, SP_E_SYNTAX, "source: expected a name of 1-128 of A-Z a-z 0-9 . _ : / @ + -");
	memcpy(line->source, source.text, source.n);
	line->source[source.n] = '\0';
	return SP_OK;
}

static sp_status take_fields(const sp_records *records, sp_signal_line *line, sp_message *what)
{
	sp_csv_field kind = field_of(records, SP_RECORD_KIND), subject = field_of(records, SP_RECORD_SUBJECT);
	sp_csv_field value = field_of(records, SP_RECORD_VALUE);
	sp_status status = take_time(records, line, what);

	if (status == SP_OK && (sp_signal_names(NULL, kind.text, kind.n, subject.text, subject.n, line, what) ||
	                        sp_signal_value(line->kind, value.text, value.n, &line->value, what)))
		status = SP_E_SYNTAX;
	return status == SP_OK ? take_source(records, line, what) : status;
}

static sp_status read_json(sp_records *records, sp_signal_line *line, sp_message *what)
{
	char *text;
	size_t n = 0;
	sp_status status;

	do {
		status = sp_lines_next(&records->csv.lines, &text, &n);
	} while (status == SP_OK && n == 0);
	if (status == SP_E_FULL)
		return sp_message_set(what, SP_E_SYNTAX, "row: longer than %u bytes; is it JSON Lines?", SP_LINE_MAX);
	if (status == SP_OK && sp_signal_line_parse(text, n, NULL, line, what) != SP_REFUSED_none)
		status = SP_E_SYNTAX;
	return status;
}

static sp_status read_row(sp_records *records, sp_signal_line *line, sp_message *what)
{
	sp_status status;

	if (records->json)
		return read_json(records, line, what);
	status = sp_csv_next(&records->csv, what);
	return status == SP_OK ? take_fields(records, line, what) : status;
}

sp_status sp_records_next(sp_records *records, sp_signal_line *line, sp_message *message)
{
	sp_message what = {""};
	sp_status status;

	SP_ASSERT(records->file && line);
	do {
		*line = (sp_signal_line){0};
		status = read_row(records, line, &what);
	} while (status == SP_OK && line->tick);
	if (status == SP_OK || status == SP_E_END)
		return status;
	return status == SP_E_SYNTAX ? complain(records, status, &what, message) : read_error(records, status, message);
}

bool sp_records_waiting(const sp_records *records)
{
	const sp_lines *lines = &records->csv.lines;
	struct pollfd more = {.fd = fileno(records->file), .events = POLLIN};

	return !memchr(lines->buffer + lines->next, '\n', lines->end - lines->next) && poll(&more, 1, 0) == 0;
}
