/* decide.h - the engine over standard streams: signals in as JSON Lines, decisions out as JSON Lines, flushed at every tick.
 *
 * Any program in any language can close the loop with it. A line that is no signal or names no subject is refused alone,
 * counted in the tick's marker, and said on the error stream with its line number; the loop goes on. */
#ifndef SP_SIM_DECIDE_DECIDE_H
#define SP_SIM_DECIDE_DECIDE_H

#include <stdio.h>

#include "controller/drive/drive.h"

typedef struct sp_decide_counts {
	uint64_t lines, signals, ticks, refused;
} sp_decide_counts;

/* sp_decide_run - until the end of `in`, an open stream from which nothing was read yet. log_path NULL: no log.
 * fails  SP_E_IO the input cannot be read, or the output cannot be written; what sp_drive_open and sp_drive_tick answer */
sp_status sp_decide_run(const sp_config *config, const char *log_path, FILE *in, FILE *out, FILE *err,
                        sp_decide_counts *counts, sp_message *message);

#endif
