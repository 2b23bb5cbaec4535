/* csv.h - the one CSV reader: RFC 4180 with \n or \r\n, streaming, a header in the first row.
 *
 * A field may be quoted; inside quotes commas, line ends and doubled quotes stand for themselves. A row has as many fields as the header;
 * empty lines are passed over. Refused: NUL bytes (UTF-16 has them), a quote inside an unquoted field, text after a closing quote, a
 * quote that never closes, rows over SP_LINE_MAX bytes. A refused row is passed over as a whole: the next call gives the next. */
#ifndef SP_SIM_TRACE_CSV_H
#define SP_SIM_TRACE_CSV_H

#include "sim/trace/lines.h"

#define SP_CSV_FIELDS_MAX 128 /* columns of the widest export we know (FOCUS) have 43 */

typedef struct sp_csv_field {
	const char *text; /* not terminated */
	size_t n;
} sp_csv_field;

typedef struct sp_csv {
	sp_lines lines;
	char *header; /* owned: the column names, zero-terminated, one after the other */
	const char *columns[SP_CSV_FIELDS_MAX];
	uint32_t n_columns, n;
	sp_csv_field fields[SP_CSV_FIELDS_MAX]; /* of the row given last */
} sp_csv;

/* sp_csv_open - over an open file; reads nothing yet. SP_E_MEMORY. */
sp_status sp_csv_open(sp_csv *csv, FILE *file);
void sp_csv_close(sp_csv *csv); /* leaves the file open; accepts all zero */

/* sp_csv_header - reads the first row as column names.
 * fails  SP_E_SYNTAX no header, a name twice, or no CSV at all; SP_E_IO, SP_E_MEMORY. The message is without place. */
sp_status sp_csv_header(sp_csv *csv, sp_message *message);

/* sp_csv_next - the next row; its fields live until the next call, its number in the file is csv->lines.row.
 * fails  SP_E_END; SP_E_SYNTAX a bad row, the message says why ("row: …"); SP_E_IO */
sp_status sp_csv_next(sp_csv *csv, sp_message *message);

/* sp_csv_column - the place of a column, or SP_CSV_FIELDS_MAX. */
uint32_t sp_csv_column(const sp_csv *csv, const char *name, size_t n);

/* A field as it may be shown to a person: at most 40 bytes, what is not printable as "?". */
#define SP_EXCERPT_MAX 48
char *sp_excerpt(const char *text, size_t n, char shown[SP_EXCERPT_MAX]);

#endif
