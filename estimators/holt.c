/* holt.c - a level with a trend that fades: for a quantity on its way somewhere.
 *
 * With k = elapsed / step (a real number) and S(k) = phi + phi^2 + ... + phi^k (damped.h), each observation x folds as
 *
 *     p = l + S(k) b                      what was expected; e = x - p
 *     v = v / ((1 - alpha)^k + v)         weight of the newest (Wright 1986); alpha for steady steps
 *     l' = p + v e
 *     g = 1 - (1 - beta)^k
 *     b' = g (l' - l) / k + (1 - g) phi^k b       [unit/step]; unchanged when k = 0
 *
 * which for k = 1 is Holt's method with Gardner's damping; beta = 0 without a first trend is simple exponential smoothing.
 * Deviations from Wright: a) the trend's weight g goes by time, not by count: a count's weight would divide by a tiny k and
 * throw the trend about; b) observations of the same instant share its level and leave the trend alone.
 * Start: l = y0, and b = 0 or, by `initial_trend: difference`, b = (y1 - y0) / k before y0 (the textbook's start, which
 * then folds y0 and y1).
 *
 * Read at a time h = (now - last) / step after the newest observation: value l + S(h) b, slope phi^h b / step. With F the
 * mean square of e, decaying with v, the variance is F (v (1 - v) + h (v (1 + beta S(h)))^2): the filtered level's share,
 * and at most what h more steps add (Hyndman and others 2008, table 6.1: c_j rises with j). noise = F (1 - v), the rest of F:
 * one step ahead the two make F again (and a little for the trend), the square of the errors that were seen.
 * count = (2 - v) / v, that of a decaying mean, and never more than was seen. lag: behind a ramp the level trails by
 * step (1 - alpha) / alpha x (1 - phi) / (1 - (1 - beta) phi).
 *
 * Values are held within +-10^100, so that no square or product overflows. */
#include "estimators/estimator.h"

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"
#include "estimators/damped.h"

#define HOLT_LARGEST 1e100

typedef enum holt_start { HOLT_START_ZERO, HOLT_START_DIFFERENCE } holt_start;

typedef struct holt_params {
	double alpha, beta, phi;
	int64_t step_ns;
	uint32_t start; /* holt_start */
	uint32_t unused;
} holt_params;

typedef struct holt_state {
	double level, trend; /* [unit], [unit/step] */
	double weight;       /* v, of the newest observation */
	double error2;       /* F; meaningful from the second observation on */
	int64_t last_ns;
	int64_t seen;
} holt_state;

_Static_assert(sizeof(holt_state) <= SP_ESTIMATOR_STATE_MAX, "the state fits a slot");

static const char *const holt_starts[] = {"zero", "difference", NULL};

static const sp_param holt_rows[] = {
    {"alpha", SP_PARAM_REAL, "", offsetof(holt_params, alpha), 0.0001, 1, "0.3", NULL,
     "Weight of the newest observation in the level, for one observation a step."},
    {"beta", SP_PARAM_REAL, "", offsetof(holt_params, beta), 0, 0.99, "0.1", NULL,
     "Weight of the newest change of level in the trend, for one observation a step."},
    {"phi", SP_PARAM_REAL, "", offsetof(holt_params, phi), 0, 1, "0.9", NULL,
     "Share of the trend that is left after a step; 1 lets it run on forever."},
    {"step", SP_PARAM_SPAN, "s", offsetof(holt_params, step_ns), 0.001, 365 * 86400.0, "1m", NULL,
     "The time that alpha, beta and phi are per."},
    {"initial_trend", SP_PARAM_CHOICE, "", offsetof(holt_params, start), 0, 0, "zero", holt_starts,
     "How the trend starts: at zero, or at the difference of the first two observations."},
};

static void holt_init(void *state, const void *params)
{
	SP_ASSERT(state != NULL);
	const holt_params *p = params;
	SP_ASSERT(p->step_ns > 0 && p->alpha > 0);
	*(holt_state *)state = (holt_state){.weight = p->alpha};
}

static double holt_hold(double x)
{
	return sp_clamp(x, -HOLT_LARGEST, HOLT_LARGEST);
}

static void holt_fold(holt_state *s, const holt_params *p, double k, double x)
{
	sp_damped_step over = sp_damped_over(p->alpha, p->beta, p->phi, k);
	double expected = holt_hold(s->level + over.reach * s->trend);
	double error = x - expected, all = over.level_kept + s->weight, rest = over.level_kept / all; /* 1 - v */
	s->weight /= all;
	double level = s->weight > rest ? x - rest * error : expected + s->weight * error; /* from the nearer side */
	if (k > 0)
		s->trend = holt_hold(over.trend_taken / k * (level - s->level) + over.trend_kept * s->trend);
	s->level = level;
	s->error2 = s->seen < 2 ? error * error : s->error2 + s->weight * (error * error - s->error2);
}

/* The second observation says what the trend is, and y0 is folded again after it. */
static void holt_start_trend(holt_state *s, const holt_params *p, double k, double x)
{
	double first = s->level;
	s->trend = holt_hold((x - first) / k);
	holt_fold(s, p, 1, first);
}

static void holt_update(void *state, const void *params, int64_t t_ns, double x, double u)
{
	holt_state *s = state;
	const holt_params *p = params;
	(void)u;
	SP_ASSERT(t_ns >= SP_TIME_MIN_NS && t_ns <= SP_TIME_MAX_NS);
	SP_ASSERT(sp_finite(x));
	x = holt_hold(x);
	double k = s->seen > 0 && t_ns > s->last_ns ? (double)(t_ns - s->last_ns) / (double)p->step_ns : 0;
	if (s->seen == 0)
		s->level = x;
	if (s->seen == 1 && k > 0 && p->start == HOLT_START_DIFFERENCE)
		holt_start_trend(s, p, k, x);
	if (s->seen > 0)
		holt_fold(s, p, k, x);
	if (s->seen == 0 || t_ns > s->last_ns)
		s->last_ns = t_ns;
	s->seen++;
}

/* h steps after the newest observation; reach = S(h). */
static double holt_variance(const holt_state *s, const holt_params *p, double h, double reach)
{
	double growth = s->weight * (1 + p->beta * reach);
	return s->error2 * (s->weight * (1 - s->weight) + h * growth * growth);
}

static sp_answer holt_read(const void *state, const void *params, int64_t now_ns, sp_estimate *out)
{
	const holt_state *s = state;
	const holt_params *p = params;
	SP_ASSERT(now_ns >= SP_TIME_MIN_NS && now_ns <= SP_TIME_MAX_NS);
	if (s->seen == 0)
		return (sp_answer){SP_TOO_LITTLE, "no observation yet"};
	if (s->seen == 1)
		return (sp_answer){SP_TOO_LITTLE, "a trend needs a second observation"};
	int64_t age_ns = now_ns > s->last_ns ? now_ns - s->last_ns : 0;
	double h = (double)age_ns / (double)p->step_ns, reach = sp_damped_reach(p->phi, h);
	double count = (2 - s->weight) / s->weight;
	*out = (sp_estimate){
	    .value = s->level + reach * s->trend,
	    .variance = holt_variance(s, p, h, reach),
	    .noise = s->error2 * (1 - s->weight),
	    .slope = sp_damped_power(p->phi, h) * s->trend / ((double)p->step_ns / 1e9),
	    .count = count < (double)s->seen ? count : (double)s->seen,
	    .lag_s = sp_damped_lag_s(p->alpha, p->beta, p->phi, (double)p->step_ns / 1e9),
	    .age_ns = age_ns,
	};
	SP_ASSERT(sp_finite(out->value) && sp_finite(out->variance) && sp_finite(out->slope));
	return (sp_answer){SP_KNOWN, NULL};
}

extern const sp_estimator_ops sp_holt;
const sp_estimator_ops sp_holt = {
    .name = "holt",
    .version = 2,
    .source = "Holt 1957, damped after Gardner and McKenzie 1985, irregular times after Wright 1986",
    .formula = "l + S(h) b, h steps after the newest;  l = p + v (x - p),  p = l' + S(k) b',  S(k) = phi + ... + phi^k",
    .help = "A level and a fading trend: for a quantity that ramps.",
    .params = holt_rows,
    .n_params = sizeof holt_rows / sizeof *holt_rows,
    .params_size = sizeof(holt_params),
    .state_size = sizeof(holt_state),
    .init = holt_init,
    .update = holt_update,
    .read = holt_read,
};
