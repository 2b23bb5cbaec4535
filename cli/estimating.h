/* estimating.h - `t,x[,u]` lines through one estimator: `t,value,stderr,slope` lines out, one for one, as they come. */
#ifndef SP_CLI_ESTIMATING_H
#define SP_CLI_ESTIMATING_H

#include <stdbool.h>
#include <stdio.h>

#include "base/status.h"
#include "controller/engine/setup.h"
#include "sim/trace/cell.h"

typedef struct sp_estimating {
	sp_estimator_setup kind;
	sp_missing missing;   /* what in the column x means "not measured": such a line is answered and not folded */
	const char *at;       /* NULL: an answer for every line; else one, for this time, after the last */
	int64_t at_ns;        /* the same */
	bool json;            /* JSON Lines instead */
	const char *svg_path; /* NULL: no picture */
} sp_estimating;

/* sp_estimating_run - reads `in` to its end and answers on `out`, line by line; says on `err` why nothing is known, what changed, and
 * how many there were.
 * fails  a line's SP_E_SYNTAX, SP_E_RANGE … with its number; SP_E_IO of the picture or the input; SP_E_MEMORY */
sp_status sp_estimating_run(const sp_estimating *asked, FILE *in, FILE *out, FILE *err, sp_message *message);

#endif
