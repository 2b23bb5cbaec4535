/* holt_winters.c - a level, a trend that fades and a season: for a quantity with a clean rhythm of the day or the week.
 *
 * A season is cut into phases of equal length, and the time stamp (UTC, since 1970) says in which one an observation lies, so
 * that gaps, repeats and irregular sampling do not shift it. A step is the length of a phase; with k = elapsed / step (a real
 * number) and S(k) of damped.h an observation x in the phase j folds as
 *
 *     p = l + S(k) b                       what was expected but for the season; e = x - p - s_j
 *     v = v / ((1 - alpha)^k + v)          weight of the newest in the level (Wright 1986); alpha for steady steps
 *     l' = p + v e
 *     g = 1 - (1 - beta)^k
 *     b' = g (l' - l) / k + (1 - g) phi^k b           [unit/step]; unchanged when k = 0
 *     w_j = w_j / ((1 - gamma)^d + w_j)    its weight in the phase, d seasons after the phase's last observation
 *     s_j' = s_j + w_j (x - l' - s_j)      = s_j + w_j (1 - v) e
 *
 * For one observation a phase that is Winters' additive method (Winters 1960: the season is corrected by what is left of x
 * above the new level, which is stable for every alpha and gamma in [0, 1]; gamma (1 - alpha) is the gamma of the
 * error-correction form). n observations of a visit to a phase weigh as one: w_j comes to gamma / n.
 *
 * The mean of the season is zero: what the phases' corrections have brought to it goes into the level whenever a new season begins
 * (McKenzie 1986 does so after every observation; answers, being sums of both, are the same).
 *
 * Start: until every phase was seen only the phases' means are kept, and the answer is that there is too little. Then l is the mean
 * of these means, b = 0, s_j what is left of each. A phase that two whole seasons have not shown is interpolated between its seen
 * neighbours, if half of all were seen, and its first observation takes its place whole.
 *
 * Read at a time h = (now - last) / step after the newest observation, in the phase j: value l + S(h) b + s_j, slope phi^h b / step,
 * of the level alone: the step from a phase to the next is no slope. F is the mean square of e, an old error weighing half after
 * a season (errors.h: not before 32 more; widening c). variance c F (v (1 - v) + w_j + h (v (1 + beta S(h)))^2), as in holt.c
 * with the phase's share; noise c F (1 - v - w_j), at least 0. An interpolated phase has w_j = 1. count and lag as in holt.c.
 *
 * Values are held within +-10^100, so that no square or product overflows. */
#include "estimators/estimator.h"

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"
#include "estimators/damped.h"
#include "estimators/errors.h"

#define WINTERS_LARGEST    1e100
#define WINTERS_PHASES_MAX 336 /* a week of half hours */
#define WINTERS_NEVER      UINT32_MAX

typedef struct winters_params {
	double alpha, beta, gamma, phi;
	int64_t season_ns;
	int64_t phases;
} winters_params;

typedef struct winters_state {
	double season[WINTERS_PHASES_MAX];    /* before the start: the phases' means */
	double weight[WINTERS_PHASES_MAX];    /* w, of a phase's newest observation */
	uint32_t visited[WINTERS_PHASES_MAX]; /* the number of the season in which a phase was last seen */
	double level, trend;                  /* [unit], [unit/step] */
	double newest;                        /* v */
	double square;                        /* sum(w e^2) */
	sp_errors errors;
	int64_t first_ns, last_ns;
	int64_t seen;
	uint32_t shown;   /* phases seen so far; only before the start */
	uint32_t started; /* 1: there is a season */
} winters_state;

_Static_assert(sizeof(winters_state) <= SP_ESTIMATOR_STATE_MAX, "the state fits a slot");
_Static_assert((uint64_t)(366 * SP_DAY) <= UINT64_MAX / WINTERS_PHASES_MAX, "a time of the season times phases fits");

static const sp_param winters_rows[] = {
    {"alpha", SP_PARAM_REAL, "", offsetof(winters_params, alpha), 0.0001, 1, "0.5", NULL,
     "Weight of the newest observation in the level, for one observation a phase."},
    {"beta", SP_PARAM_REAL, "", offsetof(winters_params, beta), 0, 0.99, "0.05", NULL,
     "Weight of the newest change of level in the trend, for one observation a phase."},
    {"gamma", SP_PARAM_REAL, "", offsetof(winters_params, gamma), 0, 1, "0.2", NULL,
     "Weight of the newest season in each phase, of what the level does not explain."},
    {"phi", SP_PARAM_REAL, "", offsetof(winters_params, phi), 0, 1, "0.9", NULL,
     "Share of the trend that is left after a phase; 1 lets it run on forever."},
    {"season", SP_PARAM_SPAN, "s", offsetof(winters_params, season_ns), 60, 366 * 86400.0, "1d", NULL,
     "After how long the pattern comes again; seasons begin at midnight UTC (of a Thursday where they are weeks)."},
    {"phases", SP_PARAM_COUNT, "phases", offsetof(winters_params, phases), 2, WINTERS_PHASES_MAX, "24", NULL,
     "Into how many equal parts a season is cut; each needs observations of its own."},
};

static void winters_init(void *state, const void *params)
{
	winters_state *s = state;
	const winters_params *p = params;
	SP_ASSERT(s != NULL && p->season_ns > 0);
	SP_ASSERT(p->phases >= 2 && p->phases <= WINTERS_PHASES_MAX);
	*s = (winters_state){0};
	for (int64_t i = 0; i < p->phases; i++)
		s->visited[i] = WINTERS_NEVER;
}

static double winters_hold(double x)
{
	return sp_clamp(x, -WINTERS_LARGEST, WINTERS_LARGEST);
}

/* --- where a time stamp lies --- */

static int64_t winters_phase(const winters_params *p, int64_t t_ns)
{
	uint64_t into = (uint64_t)(t_ns % p->season_ns) * (uint64_t)p->phases;
	return (int64_t)(into / (uint64_t)p->season_ns);
}

static uint32_t winters_number(const winters_params *p, int64_t t_ns)
{
	return (uint32_t)(t_ns / p->season_ns);
}

static double winters_step_ns(const winters_params *p)
{
	return (double)p->season_ns / (double)p->phases;
}

/* --- the start --- */

static void winters_gather(winters_state *s, int64_t phase, uint32_t number, double x)
{
	bool first = s->visited[phase] == WINTERS_NEVER;
	s->weight[phase] = first ? 1 : s->weight[phase] / (1 + s->weight[phase]);
	s->season[phase] += s->weight[phase] * (x - s->season[phase]);
	s->visited[phase] = number;
	s->shown += first;
}

/* Phases without an observation between two that have some: a straight line from one to the other. */
static void winters_bridge(winters_state *s, const winters_params *p, int64_t from, int64_t length)
{
	double a = s->season[from], b = s->season[(from + length) % p->phases];
	for (int64_t i = 1; i < length; i++)
		s->season[(from + i) % p->phases] = a + (b - a) * ((double)i / (double)length);
}

static void winters_interpolate(winters_state *s, const winters_params *p)
{
	int64_t first = 0, from = 0;
	while (s->visited[first] == WINTERS_NEVER)
		first++;
	for (int64_t i = 1; i <= p->phases; i++) {
		if (s->visited[(first + i) % p->phases] == WINTERS_NEVER)
			continue;
		winters_bridge(s, p, (first + from) % p->phases, i - from);
		from = i;
	}
}

/* What the phases have in common belongs to the level. */
static void winters_centre(winters_state *s, const winters_params *p)
{
	double sum = 0;
	for (int64_t i = 0; i < p->phases; i++)
		sum += s->season[i];
	double mean = sum / (double)p->phases;
	for (int64_t i = 0; i < p->phases; i++)
		s->season[i] = winters_hold(s->season[i] - mean);
	s->level = winters_hold(s->level + mean);
}

static bool winters_is_whole(const winters_state *s, const winters_params *p)
{
	return s->shown == p->phases || (s->last_ns - s->first_ns >= 2 * p->season_ns && 2 * s->shown >= p->phases);
}

static void winters_start(winters_state *s, const winters_params *p)
{
	winters_interpolate(s, p);
	winters_centre(s, p);
	for (int64_t i = 0; i < p->phases; i++)
		s->weight[i] = s->visited[i] == WINTERS_NEVER ? 1 : p->gamma * s->weight[i];
	s->newest = p->alpha;
	s->started = 1;
}

/* --- folding --- */

/* The weight of an observation in its phase; the first one of a phase that was interpolated takes its place. */
static double winters_weigh(winters_state *s, const winters_params *p, int64_t phase, uint32_t number)
{
	uint32_t before = s->visited[phase];
	if (before == WINTERS_NEVER) {
		s->visited[phase] = number;
		s->weight[phase] = p->gamma;
		return 1;
	}
	double kept = sp_damped_power(1 - p->gamma, number > before ? number - before : 0);
	s->weight[phase] /= kept + s->weight[phase];
	s->visited[phase] = number > before ? number : before;
	return s->weight[phase];
}

static void winters_err(winters_state *s, const winters_params *p, int64_t elapsed_ns, double error)
{
	double kept = sp_errors_kept(elapsed_ns, p->season_ns);
	sp_errors_add(&s->errors, kept);
	s->square = kept * s->square + error * error;
}

static void winters_fold(winters_state *s, const winters_params *p, int64_t elapsed_ns, double x, int64_t t_ns)
{
	double k = (double)elapsed_ns / winters_step_ns(p);
	int64_t phase = winters_phase(p, t_ns);
	sp_damped_step over = sp_damped_over(p->alpha, p->beta, p->phi, k);
	double expected = winters_hold(s->level + over.reach * s->trend);
	double bare = x - s->season[phase], error = bare - expected;
	double all = over.level_kept + s->newest, rest = over.level_kept / all; /* 1 - v */
	s->newest /= all;
	double level = winters_hold(s->newest > rest ? bare - rest * error : expected + s->newest * error);
	if (k > 0)
		s->trend = winters_hold(over.trend_taken / k * (level - s->level) + over.trend_kept * s->trend);
	s->level = level;
	double weight = winters_weigh(s, p, phase, winters_number(p, t_ns));
	s->season[phase] = winters_hold(s->season[phase] + weight * rest * error);
	winters_err(s, p, elapsed_ns, error);
}

static void winters_update(void *state, const void *params, int64_t t_ns, double x, double u)
{
	winters_state *s = state;
	const winters_params *p = params;
	(void)u;
	SP_ASSERT(t_ns >= SP_TIME_MIN_NS && t_ns <= SP_TIME_MAX_NS);
	SP_ASSERT(sp_finite(x));
	x = winters_hold(x);
	int64_t elapsed_ns = s->seen > 0 && t_ns > s->last_ns ? t_ns - s->last_ns : 0;
	if (s->started && winters_number(p, t_ns) > winters_number(p, s->last_ns))
		winters_centre(s, p);
	if (s->started)
		winters_fold(s, p, elapsed_ns, x, t_ns);
	else
		winters_gather(s, winters_phase(p, t_ns), winters_number(p, t_ns), x);
	if (s->seen == 0)
		s->first_ns = s->last_ns = t_ns;
	s->last_ns += elapsed_ns;
	s->seen++;
	if (!s->started && winters_is_whole(s, p))
		winters_start(s, p);
}

/* --- what is known --- */

/* The share of F that the season's phase is uncertain by. */
static double winters_phase_share(const winters_state *s, int64_t phase)
{
	return s->visited[phase] == WINTERS_NEVER ? 1 : s->weight[phase];
}

static sp_estimate winters_estimate(const winters_state *s, const winters_params *p, int64_t age_ns, int64_t now_ns)
{
	int64_t phase = winters_phase(p, now_ns);
	double h = (double)age_ns / winters_step_ns(p), step_s = winters_step_ns(p) / 1e9, v = s->newest;
	double reach = sp_damped_reach(p->phi, h), growth = v * (1 + p->beta * reach);
	double square = sp_errors_widening(&s->errors) * s->square / s->errors.weight;
	double of_phase = winters_phase_share(s, phase), rest = 1 - v - of_phase, count = (2 - v) / v;
	return (sp_estimate){
	    .value = s->level + reach * s->trend + s->season[phase],
	    .variance = square * (v * (1 - v) + of_phase + h * growth * growth),
	    .noise = rest > 0 ? square * rest : 0,
	    .slope = sp_damped_power(p->phi, h) * s->trend / step_s,
	    .count = count < (double)s->seen ? count : (double)s->seen,
	    .lag_s = sp_damped_lag_s(p->alpha, p->beta, p->phi, step_s),
	    .age_ns = age_ns,
	};
}

static sp_answer winters_read(const void *state, const void *params, int64_t now_ns, sp_estimate *out)
{
	const winters_state *s = state;
	const winters_params *p = params;
	SP_ASSERT(now_ns >= SP_TIME_MIN_NS && now_ns <= SP_TIME_MAX_NS);
	if (s->seen == 0)
		return (sp_answer){SP_TOO_LITTLE, "no observation yet"};
	if (!s->started)
		return (sp_answer){SP_TOO_LITTLE, "not every phase of the season has been seen yet"};
	if (s->errors.weight == 0)
		return (sp_answer){SP_TOO_LITTLE, "nothing was seen since the season was whole"};
	*out = winters_estimate(s, p, now_ns > s->last_ns ? now_ns - s->last_ns : 0, now_ns);
	SP_ASSERT(sp_finite(out->value) && sp_finite(out->variance) && sp_finite(out->slope));
	return (sp_answer){SP_KNOWN, NULL};
}

extern const sp_estimator_ops sp_holt_winters;
const sp_estimator_ops sp_holt_winters = {
    .name = "holt_winters",
    .version = 1,
    .source = "Winters 1960 (additive), irregular times after Wright 1986, damped after Gardner and McKenzie 1985, "
              "centred after McKenzie 1986",
    .formula = "l + S(h) b + s_j, j the phase of the time asked for;  l = p + v (x - p - s_j'),  s_j = s_j' + w (x - l "
               "- s_j')",
    .help = "A level, a fading trend and a season: for a quantity with a clean rhythm of the day or the week.",
    .params = winters_rows,
    .n_params = sizeof winters_rows / sizeof *winters_rows,
    .params_size = sizeof(winters_params),
    .state_size = sizeof(winters_state),
    .init = winters_init,
    .update = winters_update,
    .read = winters_read,
};
