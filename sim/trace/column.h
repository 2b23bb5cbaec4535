/* column.h - one column of any CSV as a quantity over time, as the keys of a spec declare it:
 *
 *     FILE,value=COLUMN[,time=COLUMN][,start=TIME][,unit=SPAN][,covers=SPAN][,missing=zero+null+-1][,scale=X][,COLUMN=VALUE…]
 *
 *     time     the column of times, the first unless given
 *     start    when a column that counts begins: TIME; 1970 unless given
 *     unit     what it counts: 1s unless given, 1d for a column of days
 *     covers   a row is a mean or sum over so long from its time on: it is known, and dated, at the last nanosecond of that (R12)
 *     missing  what is written where nothing was measured (cell.h): such a row is no measurement
 *     scale    multiplies every value (a coverage put right, thousands made units) */
#ifndef SP_SIM_TRACE_COLUMN_H
#define SP_SIM_TRACE_COLUMN_H

#include "sim/trace/cell.h"
#include "sim/trace/csv.h"
#include "sim/trace/spec.h"

typedef struct sp_column {
	uint32_t time, value; /* columns of the file */
	int64_t start_ns, unit_ns, covers_ns;
	double scale;
	sp_missing missing;
} sp_column;

/* sp_column_find - the columns that a spec names, in a file whose header is read.
 * fails  SP_E_UNKNOWN no such column; else a key's own error. The message is without place */
sp_status sp_column_find(const sp_spec *spec, const sp_csv *csv, sp_column *column, sp_message *message);

/* sp_column_read - the running row.
 * fails  SP_E_ABSENT nothing was measured (*t_ns is written); else "COLUMN: what; cure" in the message */
sp_status sp_column_read(const sp_column *column, const sp_csv *csv, int64_t *t_ns, double *x, sp_message *message);

/* Is a key of a spec one of the above? Then it filters no column. */
bool sp_column_takes(const char *key);

#endif
