/* report.h - a law's life in a world as one HTML page: pictures inline, no script, no font, no link; it asks no network. */
#ifndef SP_CLI_REPORT_H
#define SP_CLI_REPORT_H

#include <stdio.h>

#include "sim/market/trial.h"

/* One period, as the page draws it. */
typedef struct sp_report_period {
	double price, bill;             /* relative to list */
	double offered, capacity;       /* [resource units/s] */
	int64_t margin_nano, list_nano; /* made in it; and at list price all along */
} sp_report_period;

typedef struct sp_report {
	const sp_world *world;
	const char *law, *help; /* of the command line; of the kind */
	const sp_trial_result *result;
	sp_money list;                   /* margin at list price all along */
	const sp_report_period *periods; /* [world->n_periods] */
} sp_report;

/* sp_report_write - the page. Errors of the stream are the caller's to see. SP_E_MEMORY. */
sp_status sp_report_write(const sp_report *report, FILE *out);

/* sp_report_traits - "KEY VALUE help" of each trait that is not its row's initial value, one after the other. */
void sp_report_traits(const sp_world *world,
                      void (*each)(void *context, const char *key, const char *value, const char *help), void *context);

#endif
