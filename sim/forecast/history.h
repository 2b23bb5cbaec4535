/* history.h - a quantity over time from a file, whole in memory: what forecasts are tried on.
 *
 * A spec is FILE,value=COLUMN[,key=value…] as sim/trace/column.h has it, without a preset; every other key filters a column. */
#ifndef SP_SIM_FORECAST_HISTORY_H
#define SP_SIM_FORECAST_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define SP_HISTORY_MAX ((size_t)1 << 24) /* measurements: 256 MiB of them; 30 years of minutes */

typedef struct sp_history {
	char *name; /* owned: file and column */
	size_t n;
	int64_t *t_ns;                    /* owned: never falling */
	double *x;                        /* owned */
	int64_t step_ns;                  /* the usual time between two: the median of those above 0; 0: there is none */
	uint64_t rows, missing, filtered; /* rows = n + missing + filtered */
} sp_history;

/* sp_history_read - reads a file to its end.
 * fails  SP_E_ABSENT, SP_E_PERMISSION, SP_E_IO of the file; SP_E_UNKNOWN a column; SP_E_SYNTAX, SP_E_RANGE … of a row, with its
 *        number; SP_E_FULL; SP_E_MEMORY. Then nothing is to be freed */
sp_status sp_history_read(const char *spec, sp_history *history, sp_message *message);
void sp_history_fini(sp_history *history); /* accepts all zero */

#endif
