/* contest.c - see contest.h. Forecasts are kept in a table of entrants and times; NaN where there is none. */
#include "sim/forecast/contest.h"

#include <math.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/time.h"

/* Had the i-th measurement been made when a forecast for t_ns had to be? */
static bool contest_was_known(const sp_history *history, size_t i, int64_t t_ns, int64_t ahead_ns)
{
	return ahead_ns > 0 ? history->t_ns[i] <= t_ns - ahead_ns : history->t_ns[i] < t_ns;
}

static sp_status contest_estimate(const sp_history *history, int64_t ahead_ns, const sp_estimator_setup *entrant,
                                  double *forecasts)
{
	void *state = aligned_alloc(64, (entrant->ops->state_size + 63) / 64 * 64);
	if (state == NULL)
		return SP_E_MEMORY;
	entrant->ops->init(state, entrant->params);
	for (size_t i = 0, seen = 0; i < history->n; i++) {
		sp_estimate out;
		for (; contest_was_known(history, seen, history->t_ns[i], ahead_ns); seen++)
			entrant->ops->update(state, entrant->params, history->t_ns[seen], history->x[seen], 0);
		bool known = entrant->ops->read(state, entrant->params, history->t_ns[i], &out).knowledge == SP_KNOWN;
		forecasts[i] = known ? out.value : (double)NAN;
	}
	free(state);
	return SP_OK;
}

static void contest_last(const sp_history *history, int64_t ahead_ns, double *forecasts)
{
	for (size_t i = 0, seen = 0; i < history->n; i++) {
		while (contest_was_known(history, seen, history->t_ns[i], ahead_ns))
			seen++;
		forecasts[i] = seen > 0 ? history->x[seen - 1] : (double)NAN;
	}
}

/* The measurement nearest to a day before, if it is within half a step of that. */
static void contest_yesterday(const sp_history *history, int64_t ahead_ns, double *forecasts)
{
	for (size_t i = 0, at = 0; i < history->n; i++) {
		int64_t then_ns = history->t_ns[i] - SP_DAY;
		while (at + 1 < i && llabs(history->t_ns[at + 1] - then_ns) <= llabs(history->t_ns[at] - then_ns))
			at++;
		bool near = i > 0 && llabs(history->t_ns[at] - then_ns) <= history->step_ns / 2;
		bool known = near && contest_was_known(history, at, history->t_ns[i], ahead_ns);
		forecasts[i] = known ? history->x[at] : (double)NAN;
	}
}

static void contest_count(sp_contest *contest, const sp_history *history, const double *forecasts)
{
	for (size_t r = 0; r < contest->n_rows; r++) {
		for (size_t i = 0; i < history->n; i++)
			contest->rows[r].known += !isnan(forecasts[r * history->n + i]);
		contest->rows[r].judged = 2 * contest->rows[r].known > contest->rows[SP_CONTEST_LAST].known;
	}
}

static bool contest_judges(const sp_contest *contest, const sp_history *history, const double *forecasts, size_t i)
{
	for (size_t r = 0; r < contest->n_rows; r++)
		if (contest->rows[r].judged && isnan(forecasts[r * history->n + i]))
			return false;
	return contest->rows[SP_CONTEST_LAST].judged;
}

static void contest_judge(sp_contest *contest, const sp_history *history, const double *forecasts)
{
	contest_count(contest, history, forecasts);
	for (size_t i = 0; i < history->n; i++) {
		if (!contest_judges(contest, history, forecasts, i))
			continue;
		contest->times++;
		contest->zeros += history->x[i] >= 0 && history->x[i] <= 0;
		for (size_t r = 0; r < contest->n_rows; r++)
			if (contest->rows[r].judged)
				contest->rows[r].mae += fabs(forecasts[r * history->n + i] - history->x[i]);
	}
	for (size_t r = 0; r < contest->n_rows; r++)
		contest->rows[r].mae /= contest->times > 0 ? (double)contest->times : 1;
}

sp_status sp_contest_run(const sp_history *history, int64_t ahead_ns, const sp_estimator_setup *entrants, size_t n,
                         sp_contest *contest)
{
	SP_ASSERT(history != NULL && contest != NULL && ahead_ns >= 0);
	SP_ASSERT(n <= SP_CONTEST_MAX - SP_CONTEST_BASELINES);
	size_t rows = SP_CONTEST_BASELINES + n;
	double *forecasts = calloc(rows * history->n + 1, sizeof *forecasts);
	sp_status status = forecasts != NULL ? SP_OK : SP_E_MEMORY;
	sp_contest run = {.n_rows = rows, .rows = {{.name = "last value"}, {.name = "same time yesterday"}}};
	if (status == SP_OK) {
		contest_last(history, ahead_ns, forecasts);
		contest_yesterday(history, ahead_ns, forecasts + history->n);
	}
	for (size_t i = 0; status == SP_OK && i < n; i++) {
		run.rows[SP_CONTEST_BASELINES + i].name = entrants[i].ops->name;
		status = contest_estimate(history, ahead_ns, &entrants[i], forecasts + (SP_CONTEST_BASELINES + i) * history->n);
	}
	if (status == SP_OK) {
		contest_judge(&run, history, forecasts);
		*contest = run;
	}
	free(forecasts);
	return status;
}
