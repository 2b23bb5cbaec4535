/* lines.h - a file as lines, through one buffer: what the CSV reader and the JSON Lines reader stand on.
 *
 * A line ends with \n, \r\n or the file; a byte-order mark at the start is passed over. Lines are bounded, so a file without line ends
 * costs a refusal and not the memory. What is there is taken at once: a pipe that is written line by line is read so. */
#ifndef SP_SIM_TRACE_LINES_H
#define SP_SIM_TRACE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

#define SP_LINE_MAX (64u << 10) /* [bytes] a row of 500 long names; beyond it is no row of ours */

typedef struct sp_lines {
	FILE *file; /* the caller's */
	char *buffer;
	size_t begin, next, end; /* [bytes] the text given last, the first byte after it, the end of what was read */
	uint64_t row;            /* of the line that the text given last begins with, from 1 */
	uint64_t n_rows;         /* lines given or passed over */
	uint64_t base;           /* where the buffer begins in the file */
	bool ended, begun;
} sp_lines;

/* sp_lines_open - over an open file from which nothing was read yet; SP_E_MEMORY. */
sp_status sp_lines_open(sp_lines *lines, FILE *file);
void sp_lines_close(sp_lines *lines); /* leaves the file open; accepts all zero */

/* sp_lines_first - the first byte that is not a blank or line end, without taking it; -1 when there is none in the first
 * buffer. Before the first line only. */
int sp_lines_first(sp_lines *lines);

/* sp_lines_next - the next line without its end. The text may be written to, and lives until the next call.
 * fails  SP_E_END; SP_E_FULL longer than SP_LINE_MAX: passed over whole; SP_E_IO */
sp_status sp_lines_next(sp_lines *lines, char **text, size_t *n);

/* sp_lines_extend - the text given last together with its line end and the next line (a line end inside quotes).
 * in     what was there, where `*text` may have moved but not changed
 * fails  as sp_lines_next; SP_E_END when there is no further line */
sp_status sp_lines_extend(sp_lines *lines, char **text, size_t *n);

uint64_t sp_lines_bytes(const sp_lines *lines); /* given or passed over so far */

#endif
