/* table.h - rows of texts in aligned columns, as wide as their widest cell; the last one is wrapped to the screen.
 *
 * A column in which every cell is empty is left out. The heading is bold on a terminal. */
#ifndef SP_CLI_TABLE_H
#define SP_CLI_TABLE_H

#include <stdint.h>
#include <stdio.h>

#include "base/status.h"
#include "cli/screen.h"

#define SP_TABLE_COLUMNS_MAX 12

typedef enum sp_table_align {
	SP_TABLE_LEFT,
	SP_TABLE_RIGHT,
	SP_TABLE_POINT, /* decimals, point under point */
} sp_table_align;

typedef struct sp_table_column {
	const char *heading;
	sp_table_align align;
} sp_table_column;

typedef struct sp_table sp_table;

/* sp_table_open - in  columns: end with a heading of NULL; they outlive the table. NULL when out of memory */
sp_table *sp_table_open(const sp_table_column *columns);
void sp_table_close(sp_table *table); /* NULL is accepted */

/* sp_table_add - a row; cells are copied, one for each column. Out of memory is told by sp_table_print. */
void sp_table_add(sp_table *table, sp_colour colour, const char *const *cells);

/* sp_table_note - a line below the last row, across the columns, wrapped to the screen; the text is copied. */
void sp_table_note(sp_table *table, int indent, const char *text);

/* sp_table_print - the heading and all rows; nothing where there is no row. SP_E_MEMORY: a row could not be kept. */
sp_status sp_table_print(const sp_table *table, const sp_screen *screen, FILE *out);

#endif
