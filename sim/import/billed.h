/* billed.h - what was billed in the last days, by SKU: the rollup `hour,sku,cohort,units,revenue` added up, before there is any
 * configuration that knows the SKUs. Rows may come in any order; cohorts are summed; `revenue` may be missing. */
#ifndef SP_SIM_IMPORT_BILLED_H
#define SP_SIM_IMPORT_BILLED_H

#include <stdio.h>

#include "base/ids.h"
#include "base/time.h"
#include "sim/import/exact.h"

#define SP_BILLED_DAYS 7 /* a week holds every day of the week once */

typedef struct sp_billed_day {
	int64_t day; /* since 1970 */
	double units;
	sp_exact revenue;
} sp_billed_day;

typedef struct sp_billed {
	sp_ids *skus;        /* owned; in order of their first row */
	sp_billed_day *days; /* owned; [SKU x SP_BILLED_DAYS], a day at day mod SP_BILLED_DAYS */
	uint32_t room;
	bool has_revenue;
	int64_t first_ns, end_ns; /* from the first hour's start to the last one's end; equal before any row */
} sp_billed;

/* sp_billed_read - reads a file that is open; `name` stands in messages.
 * fails  SP_E_SYNTAX, SP_E_RANGE, SP_E_OVERFLOW "file:row: column: what"; SP_E_IO, SP_E_MEMORY. Fini whatever the answer. */
sp_status sp_billed_read(FILE *file, const char *name, sp_billed *billed, sp_message *message);
void sp_billed_fini(sp_billed *billed); /* accepts all zero */

/* sp_billed_span - how long the last days are that the sums are of: at most SP_BILLED_DAYS, the last one as far as it goes. */
int64_t sp_billed_span(const sp_billed *billed);

/* sp_billed_sum - a SKU's last days. in  sku: slot in billed->skus. fails  SP_E_OVERFLOW */
sp_status sp_billed_sum(const sp_billed *billed, uint32_t sku, double *units, sp_exact *revenue);

#endif
