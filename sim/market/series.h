/* series.h - base demand from a recorded trace, as a table of periods and SKUs.
 *
 * A record of kind `demand` holds for the periods since the SKU's last one, up to and with its own; the first also for those before. So
 * hourly usage fills its minutes. Other kinds are passed over. */
#ifndef SP_SIM_MARKET_SERIES_H
#define SP_SIM_MARKET_SERIES_H

#include <stdbool.h>
#include <stddef.h>

#include "controller/engine/setup.h"

#define SP_SERIES_CELLS_MAX (UINT64_C(1) << 27) /* 1 GiB of doubles: a year of minutes of 250 SKUs */

typedef struct sp_series {
	size_t n_periods;
	uint32_t n_skus;
	double *demand; /* owned: [meter quantity/s], by period, then by SKU slot */
	bool *given;    /* owned: by SKU: did the trace have records of it? */
	double *mean;   /* owned: by SKU, over the periods */
} sp_series;

/* sp_series_read - reads a trace (sim/trace/trace.h) to its end.
 * fails  as the trace; SP_E_SYNTAX no demand of any SKU in it; SP_E_FULL too long; SP_E_MEMORY. Then nothing is to be freed. */
sp_status sp_series_read(const char *spec, const sp_setup *setup, sp_series *series, sp_message *message);
void sp_series_fini(sp_series *series); /* accepts all zero */

#endif
