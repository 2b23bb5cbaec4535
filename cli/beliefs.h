/* beliefs.h - what a GPU serves and what a SKU takes, with band and basis: as configured, which is assumed, or as a calibration
 * measured it. A weight of exactly 1 is the unit of measure and has no band. */
#ifndef SP_CLI_BELIEFS_H
#define SP_CLI_BELIEFS_H

#include "cli/exit.h"
#include "controller/economics/basis.h"
#include "controller/engine/setup.h"

typedef struct sp_beliefs {
	sp_figure *per_gpu_s; /* owned; by pool: resource units/GPU/s */
	sp_figure *weights;   /* owned; by SKU: resource units per meter quantity */
} sp_beliefs;

/* sp_beliefs_open - the configured values, and over them those of `setpoint calibrate --json` in a file, unless `path` is NULL.
 *
 * A calibration answers in a scale of its own, in which one SKU weighs 1; so of a pool that it knows all values are taken, those that
 * it could not measure as assumed. What the configuration does not have is passed over. Says on stderr what is wrong. Close it
 * whatever the answer.
 * fails  SP_EXIT_BAD_INPUT no calibration; SP_EXIT_IO; SP_EXIT_FAILURE */
sp_exit sp_beliefs_open(const sp_setup *setup, const char *path, sp_beliefs *beliefs);
void sp_beliefs_close(sp_beliefs *beliefs);

#endif
