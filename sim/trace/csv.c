/* csv.c - see csv.h. A row without quotes, nearly every one, is split by two searches; the others go through a small
 * machine that writes the unquoted text over the quoted. Fields are noted as offsets while a row may still grow. */
#include "sim/trace/csv.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

sp_status sp_csv_open(sp_csv *csv, FILE *file)
{
	SP_ASSERT(csv != NULL);
	*csv = (sp_csv){0};
	return sp_lines_open(&csv->lines, file);
}

void sp_csv_close(sp_csv *csv)
{
	sp_lines_close(&csv->lines);
	free(csv->header);
	*csv = (sp_csv){0};
}

static sp_status csv_too_many(sp_message *message)
{
	return sp_message_set(message, SP_E_SYNTAX, "row: more than %d columns; is the separator a comma?",
	                      SP_CSV_FIELDS_MAX);
}

static sp_status csv_split(sp_csv *csv, char *text, size_t n, sp_message *message)
{
	const char *end = text + n;
	csv->n = 0;
	for (const char *at = text;; at++) {
		if (csv->n == SP_CSV_FIELDS_MAX)
			return csv_too_many(message);
		const char *comma = memchr(at, ',', (size_t)(end - at));
		const char *stop = comma != NULL ? comma : end;
		csv->fields[csv->n++] = (sp_csv_field){at, (size_t)(stop - at)};
		if (comma == NULL)
			return SP_OK;
		at = comma;
	}
}

/* Where the machine stands in a row with quotes. */
typedef struct csv_machine {
	enum { FIELD_START, UNQUOTED, QUOTED, AFTER_QUOTE } state;
	size_t read, write, field; /* [bytes] from the row's start: looked at, kept, the running field's first */
	size_t starts[SP_CSV_FIELDS_MAX], sizes[SP_CSV_FIELDS_MAX];
	uint32_t n;
} csv_machine;

static bool machine_close_field(csv_machine *machine)
{
	if (machine->n == SP_CSV_FIELDS_MAX)
		return false;
	machine->starts[machine->n] = machine->field;
	machine->sizes[machine->n++] = machine->write - machine->field;
	machine->field = machine->write;
	machine->state = FIELD_START;
	return true;
}

static sp_status machine_step(csv_machine *machine, char *row, char c, sp_message *message)
{
	if (machine->state == QUOTED) {
		if (c == '"')
			machine->state = AFTER_QUOTE;
		else
			row[machine->write++] = c;
		return SP_OK;
	}
	if (c == ',')
		return machine_close_field(machine) ? SP_OK : csv_too_many(message);
	if (c == '"' && machine->state == FIELD_START) {
		machine->state = QUOTED;
		return SP_OK;
	}
	if (c == '"' && machine->state == UNQUOTED)
		return sp_message_set(message, SP_E_SYNTAX,
		                      "row: a quote inside an unquoted field; quote the field and double the quotes in it");
	if (c != '"' && machine->state == AFTER_QUOTE)
		return sp_message_set(message, SP_E_SYNTAX,
		                      "row: text after a closing quote; double the quotes inside a field");
	machine->state = c == '"' ? QUOTED : UNQUOTED;
	row[machine->write++] = c;
	return SP_OK;
}

static sp_status csv_extend(sp_csv *csv, char **text, size_t *n, sp_message *message)
{
	uint64_t row = csv->lines.row;
	sp_status status = sp_lines_extend(&csv->lines, text, n);
	if (status == SP_E_END || status == SP_E_FULL)
		return sp_message_set(message, SP_E_SYNTAX, "row: a quote that opens in this row and never closes");
	csv->lines.row = row;
	return status;
}

static sp_status csv_unquote(sp_csv *csv, char *text, size_t n, sp_message *message)
{
	csv_machine machine = {.state = FIELD_START};
	for (;;) {
		for (; machine.read < n; machine.read++) {
			sp_status status = machine_step(&machine, text, text[machine.read], message);
			if (status != SP_OK)
				return status;
		}
		if (machine.state != QUOTED)
			break;
		sp_status status = csv_extend(csv, &text, &n, message);
		if (status != SP_OK)
			return status;
	}
	if (!machine_close_field(&machine))
		return csv_too_many(message);
	for (uint32_t i = 0; i < machine.n; i++)
		csv->fields[i] = (sp_csv_field){text + machine.starts[i], machine.sizes[i]};
	csv->n = machine.n;
	return SP_OK;
}

/* One row as fields, the first that is not empty. */
static sp_status csv_read(sp_csv *csv, sp_message *message)
{
	char *text;
	size_t n = 0;
	while (n == 0) {
		sp_status status = sp_lines_next(&csv->lines, &text, &n);
		if (status == SP_E_FULL)
			return sp_message_set(message, SP_E_SYNTAX, "row: longer than %u bytes; is it a CSV file?", SP_LINE_MAX);
		if (status != SP_OK)
			return status;
	}
	if (memchr(text, '\0', n) != NULL)
		return sp_message_set(message, SP_E_SYNTAX, "row: a NUL byte; save the file as UTF-8 text");
	if (memchr(text, '"', n) == NULL)
		return csv_split(csv, text, n, message);
	return csv_unquote(csv, text, n, message);
}

uint32_t sp_csv_column(const sp_csv *csv, const char *name, size_t n)
{
	for (uint32_t i = 0; i < csv->n_columns; i++)
		if (strlen(csv->columns[i]) == n && memcmp(csv->columns[i], name, n) == 0)
			return i;
	return SP_CSV_FIELDS_MAX;
}

static sp_status csv_keep_names(sp_csv *csv, sp_message *message)
{
	char *at = csv->header;
	for (uint32_t i = 0; i < csv->n; i++) {
		const sp_csv_field *field = &csv->fields[i];
		char shown[SP_EXCERPT_MAX];
		if (sp_csv_column(csv, field->text, field->n) != SP_CSV_FIELDS_MAX)
			return sp_message_set(message, SP_E_SYNTAX, "%s: this column stands twice in the header",
			                      sp_excerpt(field->text, field->n, shown));
		memcpy(at, field->text, field->n);
		at[field->n] = '\0';
		csv->columns[csv->n_columns++] = at;
		at += field->n + 1;
	}
	return SP_OK;
}

sp_status sp_csv_header(sp_csv *csv, sp_message *message)
{
	SP_ASSERT(csv->header == NULL);
	sp_status status = csv_read(csv, message);
	if (status == SP_E_END)
		return sp_message_set(message, SP_E_SYNTAX, "row: no header: the file is empty");
	if (status != SP_OK)
		return status;
	size_t size = 0;
	for (uint32_t i = 0; i < csv->n; i++)
		size += csv->fields[i].n + 1;
	csv->header = malloc(size);
	return csv->header != NULL ? csv_keep_names(csv, message) : SP_E_MEMORY;
}

sp_status sp_csv_next(sp_csv *csv, sp_message *message)
{
	SP_ASSERT(csv->n_columns > 0);
	sp_status status = csv_read(csv, message);
	if (status == SP_OK && csv->n != csv->n_columns)
		return sp_message_set(message, SP_E_SYNTAX, "row: has %u column%s, the header has %u", csv->n,
		                      csv->n == 1 ? "" : "s", csv->n_columns);
	return status;
}

char *sp_excerpt(const char *text, size_t n, char shown[SP_EXCERPT_MAX])
{
	const size_t most = 40;
	size_t kept = n <= most ? n : most;
	for (size_t i = 0; i < kept; i++)
		shown[i] = text[i] >= ' ' && text[i] < 127 ? text[i] : '?';
	strcpy(shown + kept, n <= most ? "" : "...");
	return shown;
}
