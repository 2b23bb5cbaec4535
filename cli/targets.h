/* targets.h - the headroom that a latency or an objective asks for, by what was measured of a pool. */
#ifndef SP_CLI_TARGETS_H
#define SP_CLI_TARGETS_H

#include <jansson.h>

#include "cli/stock.h"

/* What is to be kept; 0: not asked for. */
typedef struct sp_targets {
	double latency_s; /* mean */
	double slo;       /* share of requests within the objective */
} sp_targets;

/* sp_targets_tell - a line for each target on stdout; or, with `into`, an object each in that list. */
void sp_targets_tell(const sp_stock *stock, const sp_targets *targets, json_t *into);

#endif
