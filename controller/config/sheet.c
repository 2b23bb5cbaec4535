/* sheet.c - reads a price sheet cell by cell. A broken row is complained about and left out; the others are read on. */
#include "controller/config/sheet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "controller/config/complaint.h"
#include "controller/config/nearest.h"

/* --- columns --- */

static const char *const sheet_text_columns[SP_COLUMN_PARAMS] = {"sku", "family", "meter", "unit"};

uint32_t sp_columns_count(void)
{
	return SP_COLUMN_PARAMS + (uint32_t)sp_sku_n_params;
}

const char *sp_column_name(uint32_t column)
{
	SP_ASSERT(column < sp_columns_count());
	return column < SP_COLUMN_PARAMS ? sheet_text_columns[column] : sp_sku_params[column - SP_COLUMN_PARAMS].key;
}

bool sp_column_required(uint32_t column)
{
	return column < SP_COLUMN_PARAMS || !sp_sku_params[column - SP_COLUMN_PARAMS].initial;
}

static uint32_t column_find(const char *text, size_t n)
{
	for (uint32_t i = 0; i < sp_columns_count(); i++) {
		if (strlen(sp_column_name(i)) == n && memcmp(sp_column_name(i), text, n) == 0)
			return i;
	}
	return SP_COLUMNS_MAX;
}

/* --- complaints --- */

/* The place of a column in this file, from 1; 0 when it has none. */
static uint32_t sheet_place(const sp_sheet *sheet, const char *column)
{
	for (uint32_t i = 0; i < sheet->n_columns; i++) {
		if (strcmp(sp_column_name(sheet->columns[i]), column) == 0)
			return i + 1;
	}
	return 0;
}

void sp_sheet_say(sp_sheet *sheet, uint32_t line, const char *column, const char *format, ...)
{
	char text[512];
	sp_complaint_place place = {text, "", line, column ? sheet_place(sheet, column) : 0};
	va_list args;

	snprintf(text, sizeof(text), column ? "%.400s:%u: %.60s" : "%.400s:%u", sheet->name, line, column);
	va_start(args, format);
	sp_complaints_add(sheet->complaints, &place, format, args);
	va_end(args);
}

/* --- cells --- */

static bool sheet_line_ended(const sp_sheet *sheet)
{
	const char *at = sheet->text + sheet->at;
	size_t left = sheet->n - sheet->at;

	return left == 0 || at[0] == '\n' || (at[0] == '\r' && (left == 1 || at[1] == '\n'));
}

static void sheet_skip_blanks(sp_sheet *sheet)
{
	while (sheet->at < sheet->n && (sheet->text[sheet->at] == ' ' || sheet->text[sheet->at] == '\t'))
		sheet->at++;
}

static void sheet_skip_line(sp_sheet *sheet)
{
	while (sheet->at < sheet->n && sheet->text[sheet->at] != '\n')
		sheet->at++;
	if (sheet->at < sheet->n)
		sheet->at++;
	sheet->line++;
}

static bool sheet_line_is_empty(const sp_sheet *sheet)
{
	sp_sheet ahead = *sheet;

	sheet_skip_blanks(&ahead);
	return sheet_line_ended(&ahead);
}

static void sheet_keep(sp_sheet *sheet, char c)
{
	sheet->cells[sheet->used++] = c;
}

/* After the opening quote; NULL or what is wrong. */
static const char *sheet_quoted(sp_sheet *sheet)
{
	while (!sheet_line_ended(sheet)) {
		char c = sheet->text[sheet->at++];
		if (c != '"') {
			sheet_keep(sheet, c);
			continue;
		}
		if (sheet->at < sheet->n && sheet->text[sheet->at] == '"') {
			sheet_keep(sheet, '"');
			sheet->at++;
			continue;
		}
		sheet_skip_blanks(sheet);
		if (sheet_line_ended(sheet) || sheet->text[sheet->at] == ',')
			return NULL;
		return "text after a closing quote: put a comma before it, or double a quote that is meant";
	}
	return "a quote is not closed on its line: close it with \"";
}

static const char *sheet_plain(sp_sheet *sheet)
{
	size_t from = sheet->used;

	while (!sheet_line_ended(sheet) && sheet->text[sheet->at] != ',') {
		char c = sheet->text[sheet->at++];
		if (c == '"')
			return "a quote inside a cell: put the whole cell in quotes and double the quote";
		if (c == '\r')
			return "a carriage return inside a row: end lines with a newline";
		sheet_keep(sheet, c);
	}
	while (sheet->used > from && (sheet->cells[sheet->used - 1] == ' ' || sheet->cells[sheet->used - 1] == '\t'))
		sheet->used--;
	return NULL;
}

/* One cell and the comma after it; *last when the line ends behind it. */
static const char *sheet_cell(sp_sheet *sheet, sp_cell *cell, bool *last)
{
	const char *wrong;

	cell->text = sheet->cells + sheet->used;
	sheet_skip_blanks(sheet);
	if (sheet->at < sheet->n && sheet->text[sheet->at] == '"') {
		sheet->at++;
		wrong = sheet_quoted(sheet);
	} else {
		wrong = sheet_plain(sheet);
	}
	cell->n = (size_t)(sheet->cells + sheet->used - cell->text);
	if (!wrong && memchr(cell->text, '\0', cell->n))
		wrong = "a zero byte: this is not a text file";
	sheet_keep(sheet, '\0');
	*last = sheet_line_ended(sheet);
	if (!*last)
		sheet->at++;
	return wrong;
}

/* The cells of a line in the file's order; *n may exceed SP_COLUMNS_MAX, then only those are written. */
static const char *sheet_cells(sp_sheet *sheet, sp_cell cells[SP_COLUMNS_MAX], uint32_t *n)
{
	const char *wrong = NULL;
	bool last = false;
	sp_cell cell;

	for (*n = 0; !last && !wrong; (*n)++) {
		wrong = sheet_cell(sheet, &cell, &last);
		if (*n < SP_COLUMNS_MAX)
			cells[*n] = cell;
	}
	return wrong;
}

/* --- header --- */

static bool header_cell(sp_sheet *sheet, const sp_cell *cell)
{
	uint32_t column = column_find(cell->text, cell->n);
	sp_nearest nearest = sp_nearest_to(cell->text, cell->n);

	if (column == SP_COLUMNS_MAX) {
		for (uint32_t i = 0; i < sp_columns_count(); i++)
			sp_nearest_offer(&nearest, sp_column_name(i), strlen(sp_column_name(i)));
		sp_sheet_say(sheet, sheet->line, NULL, "no such column as \"%.*s\": %s", SP_QUOTE(cell->n, cell->text),
		             sp_nearest_words(&nearest));
		return false;
	}
	if (sheet_place(sheet, cell->text)) {
		sp_sheet_say(sheet, sheet->line, cell->text, "this column is given twice: keep one");
		return false;
	}
	sheet->columns[sheet->n_columns++] = column;
	return true;
}

static bool header_whole(sp_sheet *sheet, const char *first)
{
	bool whole = true;

	for (uint32_t i = 0; i < sp_columns_count(); i++) {
		if (!sp_column_required(i) || sheet_place(sheet, sp_column_name(i)))
			continue;
		sp_sheet_say(sheet, sheet->line, NULL, "the column %s is missing%s", sp_column_name(i),
		             strchr(first, ';') ? ": separate columns by commas" : ": the header names the columns");
		whole = false;
		if (strchr(first, ';'))
			break;
	}
	return whole;
}

static sp_status sheet_header(sp_sheet *sheet)
{
	sp_cell cells[SP_COLUMNS_MAX];
	uint32_t n = 0;
	const char *wrong;
	bool good = true;

	while (sheet->at < sheet->n && sheet_line_is_empty(sheet))
		sheet_skip_line(sheet);
	if (sheet->at == sheet->n) {
		sp_sheet_say(sheet, 1, NULL, "the sheet is empty: its first row is sku,family,meter,unit,usd,weight");
		return SP_E_SYNTAX;
	}
	wrong = sheet_cells(sheet, cells, &n);
	if (wrong || n > SP_COLUMNS_MAX) {
		sp_sheet_say(sheet, sheet->line, NULL, "%s", wrong ? wrong : "too many columns: keep those that are known");
		return SP_E_SYNTAX;
	}
	for (uint32_t i = 0; i < n && !strchr(cells[0].text, ';'); i++)
		good = header_cell(sheet, &cells[i]) && good;
	good = header_whole(sheet, cells[0].text) && good;
	sheet_skip_line(sheet);
	return good ? SP_OK : SP_E_SYNTAX;
}

sp_status sp_sheet_init(sp_sheet *sheet, const char *name, const char *text, size_t n, sp_complaints *complaints)
{
	SP_ASSERT(name && (text || n == 0));
	SP_ASSERT(sp_columns_count() <= SP_COLUMNS_MAX);
	*sheet = (sp_sheet){.name = name, .text = text, .n = n, .complaints = complaints, .line = 1, .whole = true};
	sheet->cells = malloc(n + 2);
	if (!sheet->cells)
		return SP_E_MEMORY;
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		sheet->at = 3;
	return sheet_header(sheet);
}

void sp_sheet_fini(sp_sheet *sheet)
{
	free(sheet->cells);
	sheet->cells = NULL;
}

/* --- rows --- */

static bool sheet_too_long(sp_sheet *sheet)
{
	if (sheet->n_rows++ < SP_SHEET_ROWS_MAX)
		return false;
	sp_sheet_say(sheet, sheet->line, NULL, "more than %d rows: split the sheet", SP_SHEET_ROWS_MAX);
	sheet->at = sheet->n;
	sheet->whole = false;
	return true;
}

/* The line at hand; false when it is no row (empty or broken). */
static bool sheet_row(sp_sheet *sheet, sp_sheet_row *row)
{
	sp_cell cells[SP_COLUMNS_MAX];
	const char *wrong;
	uint32_t n = 0;

	if (sheet_line_is_empty(sheet))
		return false;
	wrong = sheet_cells(sheet, cells, &n);
	if (wrong) {
		sp_sheet_say(sheet, sheet->line, n <= sheet->n_columns ? sp_column_name(sheet->columns[n - 1]) : NULL, "%s",
		             wrong);
	} else if (n != sheet->n_columns) {
		sp_sheet_say(sheet, sheet->line, NULL, "%u cells, but the header has %u: quote a cell that holds a comma", n,
		             sheet->n_columns);
	} else {
		memset(row, 0, sizeof(*row));
		row->line = sheet->line;
		for (uint32_t i = 0; i < n; i++)
			row->cells[sheet->columns[i]] = cells[i];
		return true;
	}
	sheet->whole = false;
	return false;
}

bool sp_sheet_next(sp_sheet *sheet, sp_sheet_row *row)
{
	bool got = false;

	while (!got && sheet->at < sheet->n && !sheet_too_long(sheet)) {
		got = sheet_row(sheet, row);
		sheet_skip_line(sheet);
	}
	return got;
}
