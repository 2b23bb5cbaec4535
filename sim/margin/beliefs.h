/* beliefs.h - what a GPU serves and what a SKU takes, with band and basis: measured where the configuration carries the ends of what
 * `calibrate` measured, or a file of its answer is given; else assumed. A weight of exactly 1 is the unit of measure and has no band. */
#ifndef SP_SIM_MARGIN_BELIEFS_H
#define SP_SIM_MARGIN_BELIEFS_H

#include "controller/economics/basis.h"
#include "controller/engine/setup.h"

typedef struct sp_beliefs {
	sp_figure *per_gpu_s; /* owned; by pool: resource units/GPU/s */
	sp_figure *weights;   /* owned; by SKU: resource units per meter quantity */
} sp_beliefs;

/* sp_beliefs_open - the configured values, and over them those of `setpoint calibrate --json` in a file, unless `path` is NULL.
 *
 * A calibration answers in a scale of its own, in which one SKU weighs 1; so of a pool that it knows all values are taken, those that
 * it could not measure as assumed. What the configuration does not have is passed over. Close it whatever the answer.
 * fails  SP_E_SYNTAX no calibration, the message says where; SP_E_IO, SP_E_MEMORY */
sp_status sp_beliefs_open(const sp_setup *setup, const char *path, sp_beliefs *beliefs, sp_message *message);
void sp_beliefs_close(sp_beliefs *beliefs);

#endif
