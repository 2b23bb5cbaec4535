/* local_level.c - a level that wanders, seen through noise: how much of a change is real is told, or learnt.
 *
 *     x = l + noise, of variance r;    l wanders by a Wiener process, q a second: over t seconds by the variance q t
 *
 * Kalman's filter of it, exact for any spacing of the observations: with P the variance of l given all seen before,
 *
 *     P = P' + q t,   F = P + r,   K = P / F,   l = l' + K (x - l'),   P' = K r
 *
 * K r is Joseph's form (1 - K)^2 P + K^2 r of one state in one product of positive numbers: no ratio of q to r makes it
 * negative. For K > 1/2, l = x - (1 - K) (x - l'), which keeps its digits when l' is far off. Kept is K, in (0, 1]. Start: l = x,
 * K = 1, the exact diffuse one. Observations of the same instant are repeated measurements: the mean of n of them has P = r / n.
 *
 * Variances given (noise_sd, level_sd in an hour): believed as they are told. Variances learnt: a bank (bank.h) of 12 such
 * filters with r = 1 whose levels wander as far as the noise in 1/64 s, 1/8 s, 1 s, … 8^9 s = 4.3 years: q / r = 8^-j. Midway
 * between two of them one alone errs 2 % more than the best ratio would. The one-step errors themselves are the measure
 * of s2, so intervals are as wide as the errors were, autocorrelated or not (bank.h), and wider while they are few (errors.h,
 * widening c).
 *
 *     value     sum(share l)
 *     variance  c sum(share s2 (P' + q h)) + sum(share (l - value)^2)      h: seconds since the newest observation
 *     noise     c sum(share s2);   given: r
 *     count     1 / sum(share K): of as many observations of a level that stands still
 *     lag       mean age of what l is made of: a = (1 - K) (a' + t)
 *
 * Values are held within +-10^100, so that no square or product overflows. */
#include "estimators/estimator.h"

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"
#include "estimators/bank.h"
#include "estimators/errors.h"

#define LEVEL_LARGEST 1e100
#define LEVEL_FILTERS 12
/* A given noise whose variance is smaller counts as none: no product of it may underflow. */
#define LEVEL_LEAST_NOISE 1e-280

/* q / r [1/s]: the level wanders as far as the noise in 1 / q seconds. */
static const double level_rates[LEVEL_FILTERS] = {64,      8,       1,       0x1p-3,  0x1p-6,  0x1p-9,
                                                  0x1p-12, 0x1p-15, 0x1p-18, 0x1p-21, 0x1p-24, 0x1p-27};

typedef enum level_variances { LEVEL_LEARNT, LEVEL_GIVEN } level_variances;

typedef struct level_params {
	uint32_t variances; /* level_variances */
	uint32_t unused;
	int64_t memory_ns;
	double noise_sd, level_sd; /* [unit], [unit in an hour] */
} level_params;

typedef struct level_filter {
	double level;
	double gain; /* K of the newest observation; K r is the level's variance */
	double age;  /* mean age of what the level is made of [s], at the newest observation */
} level_filter;

/* Given variances need but the first filter. */
typedef struct level_state {
	level_filter filters[LEVEL_FILTERS];
	sp_bank_score scores[LEVEL_FILTERS];
	sp_errors errors;
	int64_t last_ns;
	int64_t seen;
} level_state;

_Static_assert(sizeof(level_state) <= SP_ESTIMATOR_STATE_MAX, "the state fits a slot");

static const char *const level_variances_words[] = {"learnt", "given", NULL};

static const sp_param level_rows[] = {
    {"variances", SP_PARAM_CHOICE, "", offsetof(level_params, variances), 0, 0, "learnt", level_variances_words,
     "Are the two variances learnt from the errors made, or given below?"},
    {"memory", SP_PARAM_SPAN, "s", offsetof(level_params, memory_ns), 1, 365 * 86400.0, "6h", NULL,
     "Learnt: an error this old counts half, but not before 32 more have come."},
    {"noise_sd", SP_PARAM_REAL, "the quantity's", offsetof(level_params, noise_sd), 0, 1e75, "1", NULL,
     "Given: the standard deviation of one observation about the level."},
    {"level_sd", SP_PARAM_REAL, "the quantity's", offsetof(level_params, level_sd), 0, 1e75, "1", NULL,
     "Given: the standard deviation by which the level wanders in an hour."},
};

static sp_status level_check(const void *params, sp_message *message)
{
	const level_params *p = params;
	SP_ASSERT(p != NULL);
	if (p->variances == LEVEL_GIVEN && p->noise_sd == 0 && p->level_sd == 0)
		return sp_message_set(message, SP_E_RANGE,
		                      "a quantity without noise whose level stands still needs no estimate: give noise_sd or "
		                      "level_sd, or variances: learnt");
	return SP_OK;
}

static void level_init(void *state, const void *params)
{
	level_state *s = state;
	SP_ASSERT(s != NULL && params != NULL);
	*s = (level_state){0};
	sp_bank_init(s->scores, LEVEL_FILTERS);
}

static double level_given_noise(const level_params *p)
{
	double r = p->noise_sd * p->noise_sd;
	return r >= LEVEL_LEAST_NOISE ? r : 0;
}

static double level_given_rate(const level_params *p)
{
	return p->level_sd * p->level_sd / 3600;
}

/* One observation, t_s after the last, when the noise has the variance r and the level wanders q a second. */
static sp_bank_error level_fold(level_filter *filter, double r, double q, double t_s, double x)
{
	double ahead = filter->gain * r + q * t_s;
	sp_bank_error e = {x - filter->level, ahead + r};
	double rest = e.f > 0 ? r / e.f : 0; /* 1 - K; where nothing is uncertain the newest word counts */
	filter->gain = e.f > 0 ? ahead / e.f : 1;
	filter->level = filter->gain > rest ? x - rest * e.error : filter->level + filter->gain * e.error;
	filter->age = rest * (filter->age + t_s);
	return e;
}

static void level_learn(level_state *s, const level_params *p, int64_t elapsed_ns, double x)
{
	double kept = sp_errors_kept(elapsed_ns, p->memory_ns), t_s = (double)elapsed_ns / 1e9;
	sp_errors_add(&s->errors, kept);
	sp_bank_error errors[LEVEL_FILTERS];
	for (size_t i = 0; i < LEVEL_FILTERS; i++)
		errors[i] = level_fold(&s->filters[i], 1, level_rates[i], t_s, x);
	sp_bank_note(s->scores, LEVEL_FILTERS, kept, errors);
	sp_bank_share(s->scores, LEVEL_FILTERS, s->errors.weight);
}

static void level_start(level_state *s, double x)
{
	for (size_t i = 0; i < LEVEL_FILTERS; i++)
		s->filters[i] = (level_filter){.level = x, .gain = 1};
}

static void level_update(void *state, const void *params, int64_t t_ns, double x, double u)
{
	level_state *s = state;
	const level_params *p = params;
	(void)u;
	SP_ASSERT(t_ns >= SP_TIME_MIN_NS && t_ns <= SP_TIME_MAX_NS);
	SP_ASSERT(sp_finite(x));
	x = sp_clamp(x, -LEVEL_LARGEST, LEVEL_LARGEST);
	int64_t elapsed_ns = s->seen > 0 && t_ns > s->last_ns ? t_ns - s->last_ns : 0;
	if (s->seen == 0)
		level_start(s, x);
	else if (p->variances == LEVEL_GIVEN)
		level_fold(&s->filters[0], level_given_noise(p), level_given_rate(p), (double)elapsed_ns / 1e9, x);
	else
		level_learn(s, p, elapsed_ns, x);
	if (s->seen == 0 || t_ns > s->last_ns)
		s->last_ns = t_ns;
	s->seen++;
}

static sp_estimate level_given(const level_state *s, const level_params *p, double h)
{
	const level_filter *filter = &s->filters[0];
	double r = level_given_noise(p);
	return (sp_estimate){
	    .value = filter->level,
	    .variance = filter->gain * r + level_given_rate(p) * h,
	    .noise = r,
	    .count = 1 / filter->gain,
	    .lag_s = filter->age,
	};
}

static sp_estimate level_mixed(const level_state *s, double h)
{
	double c = sp_errors_widening(&s->errors), gain = 0, apart = 0;
	sp_estimate out = {0};
	for (size_t i = 0; i < LEVEL_FILTERS; i++) {
		const level_filter *filter = &s->filters[i];
		double share = s->scores[i].share, s2 = c * sp_bank_scale(&s->scores[i], s->errors.weight);
		out.value += share * filter->level;
		out.variance += share * (s2 * (filter->gain + level_rates[i] * h));
		out.noise += share * s2;
		out.lag_s += share * filter->age;
		gain += share * filter->gain;
	}
	for (size_t i = 0; i < LEVEL_FILTERS; i++) {
		double off = s->filters[i].level - out.value;
		apart += s->scores[i].share * (off * off);
	}
	out.variance += apart;
	out.count = 1 / gain;
	return out;
}

static sp_answer level_read(const void *state, const void *params, int64_t now_ns, sp_estimate *out)
{
	const level_state *s = state;
	const level_params *p = params;
	SP_ASSERT(now_ns >= SP_TIME_MIN_NS && now_ns <= SP_TIME_MAX_NS);
	if (s->seen == 0)
		return (sp_answer){SP_TOO_LITTLE, "no observation yet"};
	if (s->seen == 1 && p->variances == LEVEL_LEARNT)
		return (sp_answer){SP_TOO_LITTLE, "one observation does not show how much they vary"};
	int64_t age_ns = now_ns > s->last_ns ? now_ns - s->last_ns : 0;
	double h = (double)age_ns / 1e9;
	*out = p->variances == LEVEL_GIVEN ? level_given(s, p, h) : level_mixed(s, h);
	out->age_ns = age_ns;
	SP_ASSERT(sp_finite(out->value) && sp_finite(out->variance) && sp_finite(out->noise));
	return (sp_answer){SP_KNOWN, NULL};
}

extern const sp_estimator_ops sp_local_level;
const sp_estimator_ops sp_local_level = {
    .name = "local_level",
    .version = 1,
    .source = "Harvey 1989, chapters 2 (local level), 3 (likelihood) and 9 (irregular times); Raftery, Karny and "
              "Ettler 2010 (forgetting)",
    .formula =
        "l = l' + K (x - l'),  K = P / (P + r),  P = K' r + q t;  q / r given, or 12 of them weighed by likelihood",
    .help = "A level that wanders, and how far off it may be: learns from its errors how much of a change is real.",
    .params = level_rows,
    .n_params = sizeof level_rows / sizeof *level_rows,
    .params_size = sizeof(level_params),
    .state_size = sizeof(level_state),
    .check = level_check,
    .init = level_init,
    .update = level_update,
    .read = level_read,
};
