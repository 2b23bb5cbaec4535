/* sheet.h - the price sheet: a CSV with one row a SKU, its columns found by name.
 *
 * RFC 4180 with a person's habits allowed: a byte order mark, CRLF, blanks around cells, empty lines, no newline at the end.
 * A cell holds no line break, so that a row is a line, in an editor and in a spreadsheet alike. */
#ifndef SP_CONFIG_SHEET_H
#define SP_CONFIG_SHEET_H

#include <stdbool.h>

#include "controller/config/config.h"
#include "controller/config/shape.h"

#define SP_SHEET_ROWS_MAX 500000 /* what SP_SHEET_BYTES_MAX holds */

/* The text columns; the others are the rows of sp_sku_params, in their order. */
typedef enum sp_column { SP_COLUMN_SKU, SP_COLUMN_FAMILY, SP_COLUMN_METER, SP_COLUMN_UNIT, SP_COLUMN_PARAMS } sp_column;

#define SP_COLUMNS_MAX (SP_COLUMN_PARAMS + SP_ROWS_MAX)

typedef struct sp_cell {
	const char *text; /* zero-terminated; NULL: no such column */
	size_t n;
} sp_cell;

typedef struct sp_sheet_row {
	uint32_t line;
	sp_cell cells[SP_COLUMNS_MAX]; /* by column */
} sp_sheet_row;

typedef struct sp_sheet {
	const char *name, *text;
	size_t n, at;
	sp_complaints *complaints; /* NULL: silent */
	char *cells;               /* owned: the cells' own texts; kept until fini */
	size_t used;
	uint32_t line, n_rows;
	uint32_t n_columns, columns[SP_COLUMNS_MAX]; /* of the file's, in its order */
	bool whole;                                  /* every row so far could be read */
} sp_sheet;

/* sp_sheet_init - reads the header; name and text must outlive the sheet.
 * fails  SP_E_SYNTAX with complaints; SP_E_MEMORY. Fini accepts either. */
sp_status sp_sheet_init(sp_sheet *sheet, const char *name, const char *text, size_t n, sp_complaints *complaints);
void sp_sheet_fini(sp_sheet *sheet);

/* sp_sheet_next - the next row that is well-formed; complains about those that are not. False at the end. */
bool sp_sheet_next(sp_sheet *sheet, sp_sheet_row *row);

const char *sp_column_name(uint32_t column);
bool sp_column_required(uint32_t column);
uint32_t sp_columns_count(void);

/* sp_sheet_say - complains as "file:row: column: message"; column NULL: the row as a whole. */
void sp_sheet_say(sp_sheet *sheet, uint32_t line, const char *column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
