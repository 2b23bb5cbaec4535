/* table.c - see table.h. */
#include "cli/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "cli/wrap.h"

#define GAP        2  /* [columns] between two */
#define TEXT_LEAST 30 /* [columns] a last column narrower than this is not wrapped: one word a line is not read */

typedef struct table_row {
	sp_colour colour;
	char *cells[SP_TABLE_COLUMNS_MAX]; /* of a note none */
	char *note;                        /* owned; NULL: a row of cells */
	int indent;                        /* of the note */
} table_row;

struct sp_table {
	const sp_table_column *columns;
	uint32_t n_columns;
	table_row *rows;
	size_t n, room;
	bool failed;
};

/* How wide a column is, in all and before its point. */
typedef struct table_width {
	int all, before;
} table_width;

/* Columns on the screen: a character of several bytes is one. */
static int text_columns(const char *text, size_t n)
{
	int columns = 0;

	for (size_t i = 0; i < n; i++)
		columns += ((unsigned char)text[i] & 0xC0) != 0x80;
	return columns;
}

static int columns_of(const char *text)
{
	return text_columns(text, strlen(text));
}

static int columns_before(const char *text)
{
	return text_columns(text, strcspn(text, "."));
}

/* --- rows --- */

sp_table *sp_table_open(const sp_table_column *columns)
{
	sp_table *table = calloc(1, sizeof *table);

	if (!table)
		return NULL;
	table->columns = columns;
	while (columns[table->n_columns].heading)
		table->n_columns++;
	SP_ASSERT(table->n_columns > 0 && table->n_columns <= SP_TABLE_COLUMNS_MAX);
	return table;
}

void sp_table_close(sp_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->n; i++) {
		for (uint32_t c = 0; c < table->n_columns; c++)
			free(table->rows[i].cells[c]);
		free(table->rows[i].note);
	}
	free(table->rows);
	free(table);
}

static table_row *next_row(sp_table *table)
{
	if (table->n == table->room) {
		size_t room = table->room ? 2 * table->room : 16;
		table_row *rows = realloc(table->rows, room * sizeof *rows);
		if (!rows)
			return NULL;
		table->rows = rows;
		table->room = room;
	}
	memset(&table->rows[table->n], 0, sizeof *table->rows);
	return &table->rows[table->n++];
}

void sp_table_add(sp_table *table, sp_colour colour, const char *const *cells)
{
	table_row *row = next_row(table);

	if (!row) {
		table->failed = true;
		return;
	}
	row->colour = colour;
	for (uint32_t c = 0; c < table->n_columns; c++) {
		SP_ASSERT(cells[c]);
		row->cells[c] = strdup(cells[c]);
		table->failed |= !row->cells[c];
	}
}

void sp_table_note(sp_table *table, int indent, const char *text)
{
	table_row *row = next_row(table);

	SP_ASSERT(indent >= 0);
	SP_ASSERT(text);
	if (row) {
		row->note = strdup(text);
		row->indent = indent;
	}
	table->failed |= !row || !row->note;
}

/* --- in print --- */

static table_width measure(const sp_table *table, uint32_t column)
{
	table_width width = {0};
	int after = 0;

	for (size_t i = 0; i < table->n; i++) {
		const char *cell = table->rows[i].note ? "" : table->rows[i].cells[column];
		int before = columns_before(cell), all = columns_of(cell);
		width.before = before > width.before ? before : width.before;
		width.all = all > width.all ? all : width.all;
		after = all - before > after ? all - before : after;
	}
	if (width.all > 0 && table->columns[column].align == SP_TABLE_POINT)
		width.all = width.before + after;
	if (width.all > 0 && columns_of(table->columns[column].heading) > width.all)
		width.all = columns_of(table->columns[column].heading);
	return width;
}

/* Blanks before a cell, so that its column is aligned. */
static int lead(const sp_table_column *column, const table_width *width, const char *cell, bool heading)
{
	if (column->align == SP_TABLE_LEFT || (heading && column->align == SP_TABLE_POINT))
		return 0;
	if (column->align == SP_TABLE_POINT)
		return width->before - columns_before(cell);
	return width->all - columns_of(cell);
}

/* A text after which nothing comes in its line. */
static void print_last(FILE *out, const sp_screen *screen, const char *cell, int at)
{
	if (screen->width - at >= TEXT_LEAST)
		sp_wrap_line(out, screen, cell, at, at);
	else
		fprintf(out, "%s\n", cell);
}

static void print_cells(const sp_table *table, const table_width *widths, const char *const *cells, bool heading,
                        const sp_screen *screen, FILE *out)
{
	uint32_t last = table->n_columns;
	int at = 0;

	while (last > 1 && (widths[last - 1].all == 0 || !cells[last - 1][0]))
		last--; /* no blanks at the end of a line */
	for (uint32_t c = 0; c < last; c++) {
		int before = lead(&table->columns[c], &widths[c], cells[c], heading);
		if (widths[c].all == 0)
			continue;
		if (c + 1 == last) {
			fprintf(out, "%*s", before, "");
			print_last(out, screen, cells[c], at + before);
			return;
		}
		fprintf(out, "%*s%s%*s", before, "", cells[c], widths[c].all - before - columns_of(cells[c]) + GAP, "");
		at += widths[c].all + GAP;
	}
	putc('\n', out);
}

static void print_row(const sp_table *table, const table_width *widths, const table_row *row, const sp_screen *screen,
                      FILE *out)
{
	if (row->note) {
		fprintf(out, "%*s", row->indent, "");
		sp_wrap_line(out, screen, row->note, row->indent, row->indent + GAP);
		return;
	}
	if (row->colour != SP_COLOUR_PLAIN)
		fputs(sp_screen_paint(screen, row->colour), out);
	print_cells(table, widths, (const char *const *)row->cells, false, screen, out);
	if (row->colour != SP_COLOUR_PLAIN)
		fputs(sp_screen_paint(screen, SP_COLOUR_PLAIN), out);
}

sp_status sp_table_print(const sp_table *table, const sp_screen *screen, FILE *out)
{
	table_width widths[SP_TABLE_COLUMNS_MAX];
	const char *headings[SP_TABLE_COLUMNS_MAX];

	if (table->failed)
		return SP_E_MEMORY;
	if (table->n == 0)
		return SP_OK;
	for (uint32_t c = 0; c < table->n_columns; c++) {
		widths[c] = measure(table, c);
		headings[c] = table->columns[c].heading;
	}
	fputs(sp_screen_paint(screen, SP_COLOUR_BOLD), out);
	print_cells(table, widths, headings, true, screen, out);
	fputs(sp_screen_paint(screen, SP_COLOUR_PLAIN), out);
	for (size_t i = 0; i < table->n; i++)
		print_row(table, widths, &table->rows[i], screen, out);
	return SP_OK;
}
