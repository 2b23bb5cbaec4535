/* windows.h - a trace as windows of time: what each pool served of every SKU, and how many GPUs were busy with it.
 *
 *     load [GPUs] = utilization x GPUs,   GPUs = owned + reserved, and of rented lots what gpus_running last said (0 until sent)
 *
 * A window's value is the mean of its records. What was served is the SKU's `served`, where it is sent, else its `demand`. Left out
 * are windows in which a value is missing (zero is a value), and, in a pool that was full at times, those in which its traffic lets a load
 * near SP_WINDOWS_FULL be expected: a full pool's load says no more what its traffic needs. They are chosen by what is expected and not
 * by what was seen, because leaving out high loads alone would make every weight too low. `capacity` is not read: it is counted in the units that are to be measured. */
#ifndef SP_SIM_CALIBRATE_WINDOWS_H
#define SP_SIM_CALIBRATE_WINDOWS_H

#include "sim/calibrate/fit.h"
#include "sim/trace/traces.h"

#define SP_WINDOWS_MAX  600000 /* more than a year of minutes */
#define SP_WINDOWS_FULL 0.98   /* [1] of utilization */

typedef struct sp_windows sp_windows;

typedef struct sp_windows_options {
	int64_t width_ns;
	void (*progress)(void *context, double share, int64_t now_ns); /* NULL: nobody looks */
	void *context;
} sp_windows_options;

/* What a pool's windows came to. */
typedef struct sp_windows_pool {
	uint32_t pool;
	size_t n_seen, n_missing, n_full; /* windows with any record; without a value; at SP_WINDOWS_FULL or above */
	size_t n_dropped;                 /* by sp_windows_unfill */
	uint32_t scarcest;                /* SKU whose value is missing most often; SP_NO_SLOT: none is */
	uint32_t n_skus;                  /* with traffic; skus[] holds at most SP_NNLS_COLUMNS_MAX of them */
	uint32_t skus[SP_NNLS_COLUMNS_MAX];
	double gpus;           /* mean */
	const double *running; /* GPUs in each row */
	sp_fit_rows rows;      /* of these SKUs; n_columns 0 when there is nothing to fit */
} sp_windows_pool;

/* sp_windows_read - reads traces to their end.
 * out    *windows, the caller's to close
 * fails  the traces' errors; SP_E_RANGE records that come more rarely than windows: the message says which width fits;
 *        SP_E_FULL more than SP_WINDOWS_MAX windows; SP_E_MEMORY */
sp_status sp_windows_read(sp_traces *traces, const sp_setup *setup, const sp_windows_options *options,
                          sp_windows **windows, sp_message *message);
void sp_windows_close(sp_windows *windows); /* NULL is accepted */

/* sp_windows_of - the rows of a pool, which stay the windows' own. They are made anew by each call. SP_E_MEMORY. */
sp_status sp_windows_of(sp_windows *windows, uint32_t pool, sp_windows_pool *out);

/* sp_windows_unfill - leaves out the rows whose expected load, and twice the noise, is at SP_WINDOWS_FULL or above.
 * in     out: of sp_windows_of; fit: of its rows; one column more is load by the GPU, whatever the traffic
 * out    how many were left out now; out->rows.n is 0 when no traffic of a SKU remains */
size_t sp_windows_unfill(sp_windows *windows, sp_windows_pool *out, const sp_fit *fit);

#endif
