/* records.h - files of signals as a sender reads them: JSON Lines or CSV, one row after the other, without a configuration.
 *
 * JSON Lines are those of `decide` (sim/trace/signal_line.h); tick lines are passed over. CSV has a header with kind, subject, value
 * and perhaps t and source, in any order. A row that is none is told with its place, and the next one can be read. */
#ifndef SP_CLI_RECORDS_H
#define SP_CLI_RECORDS_H

#include "sim/trace/csv.h"
#include "sim/trace/signal_line.h"

enum { SP_RECORD_T, SP_RECORD_KIND, SP_RECORD_SUBJECT, SP_RECORD_VALUE, SP_RECORD_SOURCE, SP_RECORD_COLUMNS };

typedef struct sp_records {
	const char *name; /* the file's, for messages */
	FILE *file;
	sp_csv csv;
	bool json;
	uint32_t columns[SP_RECORD_COLUMNS]; /* where each stands; SP_CSV_FIELDS_MAX: nowhere */
	uint64_t bytes_total;                /* 0: not known */
} sp_records;

/* sp_records_open - in     path: "-" is standard input; it outlives the records
 * fails  SP_E_ABSENT, SP_E_PERMISSION, SP_E_IO; SP_E_SYNTAX no such columns; SP_E_MEMORY. Close it whatever the answer. */
sp_status sp_records_open(const char *path, sp_records *records, sp_message *message);
void sp_records_close(sp_records *records);

/* sp_records_next - the next signal.
 * out    line->name, t_ns SP_TIME_NEVER where it is empty or `now`, source "" for none
 * fails  SP_E_END; SP_E_SYNTAX this row is none: "file:row: column: what", go on; SP_E_IO */
sp_status sp_records_next(sp_records *records, sp_signal_line *line, sp_message *message);

/* sp_records_waiting - would the next row have to be waited for? Then whatever is gathered should go first. */
bool sp_records_waiting(const sp_records *records);

#endif
