/* contest.h - who foretells a quantity best: each estimator against "as last" and "as at this time yesterday".
 *
 * A forecast for the time t, `ahead` before it, is what an estimator reads for t when it has seen what was measured up to
 * t - ahead; with ahead 0, everything before t: one step ahead. Nothing later is ever shown to it.
 *
 * All are judged on the same times: those for which every one of them had a forecast. One that had none for half of the times for which
 * "as last" had one is left out, and said to be. */
#ifndef SP_SIM_FORECAST_CONTEST_H
#define SP_SIM_FORECAST_CONTEST_H

#include <stdbool.h>

#include "controller/engine/setup.h"
#include "sim/forecast/history.h"

#define SP_CONTEST_MAX 18 /* entrants, the two baselines included */

enum { SP_CONTEST_LAST, SP_CONTEST_YESTERDAY, SP_CONTEST_BASELINES };

typedef struct sp_contest_row {
	const char *name; /* "last value", "same time yesterday", or the kind's */
	size_t known;     /* times for which it had a forecast */
	bool judged;      /* else it is left out */
	double mae;       /* mean absolute error over the judged times; only where judged */
} sp_contest_row;

typedef struct sp_contest {
	size_t n_rows;
	sp_contest_row rows[SP_CONTEST_MAX];
	size_t times; /* judged */
	size_t zeros; /* of them with the value 0 */
} sp_contest;

/* sp_contest_run - lets n estimators foretell a history.
 *
 * in     entrants [n]; n up to SP_CONTEST_MAX - SP_CONTEST_BASELINES (asserted); ahead_ns >= 0
 * out    *contest: the baselines, then the entrants in their order
 * fails  SP_E_MEMORY
 * cost   O(n x measurements), allocates while it runs */
sp_status sp_contest_run(const sp_history *history, int64_t ahead_ns, const sp_estimator_setup *entrants, size_t n,
                         sp_contest *contest);

#endif
