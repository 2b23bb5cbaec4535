/* cell.h - one cell of a file as a time or as a number, in the codings that files use; and what counts as "not measured".
 *
 * Zero is not missing. A file writes "nothing was measured" as it likes, and only its reader knows; so it is declared, as in
 * missing=null+-1, and what is not declared is a value or an error:
 *
 *     zero   0 in any spelling          a collector that was down wrote zeros
 *     null   an empty cell, NULL, null, NaN, nan, NA
 *     -1     any number: a sentinel     equal as a number, not as text */
#ifndef SP_SIM_TRACE_CELL_H
#define SP_SIM_TRACE_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define SP_MISSING_NUMBERS_MAX 4

typedef struct sp_missing {
	bool zero, null;
	uint32_t n;
	double numbers[SP_MISSING_NUMBERS_MAX];
} sp_missing;

/* sp_missing_parse - reads a declaration, such as "null+-1"; NULL declares nothing.
 * fails  SP_E_SYNTAX; SP_E_FULL too many numbers. The message says what there is */
sp_status sp_missing_parse(const char *text, sp_missing *missing, sp_message *message);

/* sp_cell_number - a number, unless it is declared missing.
 * fails  SP_E_ABSENT missing; SP_E_SYNTAX, SP_E_NOT_FINITE, SP_E_OVERFLOW no number: the message says so, and how to declare
 *        the cell missing where it looks so */
sp_status sp_cell_number(const char *text, size_t n, const sp_missing *missing, double *x, sp_message *message);

/* What a number in a column of times counts, and from when; {0, SP_SEC}: seconds since 1970. */
typedef struct sp_cell_clock {
	int64_t start_ns, unit_ns;
} sp_cell_clock;

/* sp_cell_time - RFC 3339, nanoseconds since 1970 (more than 10 digits), or any other number: what the clock counts.
 * fails  SP_E_SYNTAX, SP_E_RANGE; the message says what is expected */
sp_status sp_cell_time(const char *text, size_t n, const sp_cell_clock *clock, int64_t *t_ns, sp_message *message);

#endif
