/* calibrate.h - what a unit of every SKU takes of its pool, and what a GPU serves, measured from a trace instead of assumed.
 *
 *     load [GPUs] = sum of g(sku) x quantity(sku) [meter quantity/s],   g in GPU-seconds per meter quantity
 *     weight(sku) = g(sku) / g(reference),   units_per_gpu_s = (1 - idle) / g(reference)
 *
 * Weights are relative, so one is fixed to 1: that of the reference, the pool's first SKU whose GPU time is clear of 0 and known at least
 * half as surely as that of the best known. Load that is there without traffic, a share `idle` of every GPU, is looked for, and counted
 * apart where it is clear. A weight that the trace cannot tell is *not identified*, with the reason
 * and what would tell; it keeps what the configuration assumes, in the scale of the reference. */
#ifndef SP_SIM_CALIBRATE_CALIBRATE_H
#define SP_SIM_CALIBRATE_CALIBRATE_H

#include "controller/economics/basis.h"
#include "sim/calibrate/windows.h"

/* Beyond it, less than 3.2 % of a column moves by itself: no more than counting a request in the window beside its own makes. */
#define SP_CALIBRATE_INFLATION_MAX 1000.0
#define SP_CALIBRATE_WIDE          0.5 /* [of the weight] half an interval: wider is no measurement … */
#define SP_CALIBRATE_SLIGHT        0.1 /* [of the load] … unless all of it is at most so little */
#define SP_CALIBRATE_OUTLIERS_MAX  0.1 /* [of the windows] more say that something else moves the load */

typedef enum sp_calibrate_word {
	SP_CALIBRATE_ASSUMED,
	SP_CALIBRATE_NOT_IDENTIFIED,
	SP_CALIBRATE_MEASURED
} sp_calibrate_word;

#define SP_CALIBRATE_REASON_MAX 400

typedef struct sp_calibrated {
	uint32_t sku; /* SP_NO_SLOT: the pool's units_per_gpu_s */
	sp_calibrate_word word;
	sp_figure figure; /* measured: its 90 % interval; else what the configuration assumes, in this scale */
	double share;     /* of the load [1]; 0 unless measured */
	double inflation; /* of its variance; 0 when it had no traffic */
	char reason[SP_CALIBRATE_REASON_MAX]; /* "" when measured without reservation */
} sp_calibrated;

typedef struct sp_calibration {
	sp_windows_pool windows;
	sp_fit fit; /* n_columns 0: too little for one; one more than SKUs: the last is idle load */
	uint32_t
	    reference; /* SKU whose weight is 1; SP_NO_SLOT: no weight was measured, and they stay in the configuration's scale */
	sp_calibrated capacity;     /* [resource units/GPU/s] */
	double idle_low, idle_high; /* [of a GPU] load without traffic; 0, 0 when it is not clear of 0 */
	uint32_t n_weights;
	sp_calibrated *weights; /* of all SKUs of the pool, in their order */
} sp_calibration;

const char *sp_calibrate_word_name(sp_calibrate_word word); /* "not identified" */

/* sp_calibrate_pool - in   windows: read; pool: a slot of their setup
 *                     out  *calibration, the caller's to close; written only on SP_OK
 *                     fails  SP_E_MEMORY. Too little of a trace is an answer and not a failure. */
sp_status sp_calibrate_pool(sp_windows *windows, const sp_setup *setup, uint32_t pool, sp_calibration **calibration);
void sp_calibrate_close(sp_calibration *calibration); /* NULL is accepted */

#endif
