/* local_trend.c - a level on its way, whose slope wanders too, seen through noise: told how much of each, or learning it.
 *
 *     x = l + noise, of variance r;    dl = b dt + Wiener(q a second);    db = Wiener(z a second)
 *
 * The slope's wandering integrates into the level. Exactly discretised over t seconds (Harvey 1989, chapter 9), l grows by b t and
 *
 *     Q = ( q t + z t^3 / 3    z t^2 / 2 )
 *         ( z t^2 / 2          z t       )
 *
 * is added to the covariance of (l, b). That is kept as P = ( f + m^2 v, m v; m v, v ): v the variance of the slope, m how much
 * level goes with it, f the variance of the level were the slope known (UD form, Bierman 1977). Both steps are sums, products and
 * quotients of positive numbers, so P stays positive whatever the ratios of r, q, z and t:
 *
 *     ahead  g = z t;  v = v' + g;  m = t / 2 + v' / v (m' + t / 2);  f = f' + q t + g t^2 / 12 + v' g / v (m' + t / 2)^2
 *     seen   F = f + m^2 v + r;  K = ( (f + m^2 v) / F, m v / F );  v' = v (f + r) / F;  m' = m r / (f + r);  f' = f r / (f + r)
 *
 * The start is the exact diffuse one: the observations of the first instant give the level alone, variance p; the first of
 * a later one, t on, gives slope and level
 *
 *     b = (x - l') / t,  l = x,    G = r + p + q t + z t^3 / 3:    v = (r + p + q t) / t^2 + z t / 3,  m = r t / G,  f = r (G - r) / G
 *
 * Variances given (noise_sd; level_sd, and slope_sd in an hour): believed as they are told. Variances learnt: a bank
 * (bank.h) of 26 filters with r = 1. In 12 the slope is constant and the level wanders, as far as the noise in 8^j seconds, j = -2 … 9;
 * in 14 the level moves by the slope alone, which wanders so that the level is as far off as the noise after 4^j seconds, j = 0 … 13
 * (z = 3 / 4^3j). Intervals: as in local_level.c.
 *
 *     value     sum(share (l + b h))        h: seconds since the newest observation, at most those between the first and it
 *     variance  c sum(share s2 P(h)) + sum(share (l + b h - value)^2), P grown over all of the time since the newest
 *     noise     c sum(share s2);   given: r
 *     slope     sum(share b)
 *     count     1 / sum(share P), of as many observations of a level that stands still
 *     lag       0: behind a ramp it does not trail
 *
 * Deviation: h ends where the time watched ends, because two observations a moment apart make a slope that is nothing but noise, and a
 * minute of it a value that no one has seen; the variance says so, but not every reader looks at that. Levels are held within
 * +-10^100 and slopes within +-10^110, so that no square or product overflows. */
#include "estimators/estimator.h"

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"
#include "estimators/bank.h"
#include "estimators/errors.h"

#define TREND_LARGEST  1e100
#define TREND_STEEPEST 1e110
#define TREND_FILTERS  26
/* A given noise whose variance is smaller counts as none: no product of it may underflow. */
#define TREND_LEAST_NOISE 1e-280

/* What the filter believes of noise and wandering. */
typedef struct trend_rates {
	double r, q, z; /* [unit^2], [unit^2/s], [unit^2/s^3] */
} trend_rates;

static const trend_rates trend_bank[TREND_FILTERS] = {
    {1, 64, 0},          {1, 8, 0},           {1, 1, 0},           {1, 0x1p-3, 0},      {1, 0x1p-6, 0},
    {1, 0x1p-9, 0},      {1, 0x1p-12, 0},     {1, 0x1p-15, 0},     {1, 0x1p-18, 0},     {1, 0x1p-21, 0},
    {1, 0x1p-24, 0},     {1, 0x1p-27, 0},     {1, 0, 3},           {1, 0, 3 * 0x1p-6},  {1, 0, 3 * 0x1p-12},
    {1, 0, 3 * 0x1p-18}, {1, 0, 3 * 0x1p-24}, {1, 0, 3 * 0x1p-30}, {1, 0, 3 * 0x1p-36}, {1, 0, 3 * 0x1p-42},
    {1, 0, 3 * 0x1p-48}, {1, 0, 3 * 0x1p-54}, {1, 0, 3 * 0x1p-60}, {1, 0, 3 * 0x1p-66}, {1, 0, 3 * 0x1p-72},
    {1, 0, 3 * 0x1p-78},
};

typedef enum trend_variances { TREND_LEARNT, TREND_GIVEN } trend_variances;

typedef struct trend_params {
	uint32_t variances; /* trend_variances */
	uint32_t unused;
	int64_t memory_ns;
	double noise_sd, level_sd, slope_sd; /* [unit], [unit in an hour], [unit an hour, in an hour] */
} trend_params;

typedef struct trend_filter {
	double level, slope;
	double free;  /* f: variance of the level, were the slope known */
	double steep; /* v: variance of the slope; 0 before there is one */
	double tie;   /* m: how much level goes with the slope [s] */
} trend_filter;

/* Given variances need but the first filter. */
typedef struct trend_state {
	trend_filter filters[TREND_FILTERS];
	sp_bank_score scores[TREND_FILTERS];
	sp_errors errors;
	int64_t first_ns, last_ns; /* there is a slope once they differ */
	int64_t seen;
} trend_state;

_Static_assert(sizeof(trend_state) <= SP_ESTIMATOR_STATE_MAX, "the state fits a slot");

static const char *const trend_variances_words[] = {"learnt", "given", NULL};

static const sp_param trend_rows[] = {
    {"variances", SP_PARAM_CHOICE, "", offsetof(trend_params, variances), 0, 0, "learnt", trend_variances_words,
     "Are the three variances learnt from the errors made, or given below?"},
    {"memory", SP_PARAM_SPAN, "s", offsetof(trend_params, memory_ns), 1, 365 * 86400.0, "6h", NULL,
     "Learnt: an error this old counts half, but not before 32 more have come."},
    {"noise_sd", SP_PARAM_REAL, "the quantity's", offsetof(trend_params, noise_sd), 0, 1e75, "1", NULL,
     "Given: the standard deviation of one observation about the level."},
    {"level_sd", SP_PARAM_REAL, "the quantity's", offsetof(trend_params, level_sd), 0, 1e75, "1", NULL,
     "Given: the standard deviation by which the level leaves its slope in an hour."},
    {"slope_sd", SP_PARAM_REAL, "the quantity's per hour", offsetof(trend_params, slope_sd), 0, 1e75, "1", NULL,
     "Given: the standard deviation by which the slope, per hour, wanders in an hour."},
};

static sp_status trend_check(const void *params, sp_message *message)
{
	const trend_params *p = params;
	SP_ASSERT(p != NULL);
	if (p->variances == TREND_GIVEN && p->noise_sd == 0 && p->level_sd == 0 && p->slope_sd == 0)
		return sp_message_set(message, SP_E_RANGE,
		                      "a quantity without noise whose slope never changes needs no estimate: give noise_sd, "
		                      "level_sd or slope_sd, or variances: learnt");
	return SP_OK;
}

static void trend_init(void *state, const void *params)
{
	trend_state *s = state;
	SP_ASSERT(s != NULL && params != NULL);
	*s = (trend_state){0};
	sp_bank_init(s->scores, TREND_FILTERS);
}

static trend_rates trend_given_rates(const trend_params *p)
{
	double r = p->noise_sd * p->noise_sd, slope_sd = p->slope_sd / 3600;
	return (trend_rates){r >= TREND_LEAST_NOISE ? r : 0, p->level_sd * p->level_sd / 3600, slope_sd * slope_sd / 3600};
}

static double trend_hold(double x)
{
	return sp_clamp(x, -TREND_LARGEST, TREND_LARGEST);
}

/* part of whole, both >= 0; 0 of nothing. */
static double trend_part(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

static double trend_spread(const trend_filter *filter)
{
	return filter->free + filter->tie * filter->tie * filter->steep;
}

/* P, t_s later, nothing seen; returns m - t, which m itself has lost the digits of when little was known of the slope. */
static double trend_grow(trend_filter *filter, const trend_rates *w, double t_s)
{
	double grown = w->z * t_s, steep = filter->steep + grown, off = filter->tie + t_s / 2;
	double kept = trend_part(filter->steep, steep), added = trend_part(grown, steep);
	double back = kept * filter->tie - added * (t_s / 2);
	filter->free += w->q * t_s + grown * (t_s * t_s / 12) + filter->steep * added * off * off;
	filter->tie = t_s / 2 + kept * off;
	filter->steep = steep;
	return back;
}

/* One observation, t_s after the last. The new slope is written as what is left of the old one and what the two levels say,
 * the new level from whichever side is nearer: so both keep their digits when the old slope was nothing but noise. */
static sp_bank_error trend_fold(trend_filter *filter, const trend_rates *w, double t_s, double x)
{
	double back = trend_grow(filter, w, t_s), spread = trend_spread(filter), known = filter->free + w->r;
	double expected = trend_hold(filter->level + filter->slope * t_s), tied = filter->tie * filter->steep;
	sp_bank_error e = {x - expected, spread + w->r};
	if (e.f == 0) { /* nothing is uncertain: the newest word counts */
		filter->level = x;
		return e;
	}
	filter->slope = filter->slope * ((known + tied * back) / e.f) + tied / e.f * (x - filter->level);
	filter->slope = sp_clamp(filter->slope, -TREND_STEEPEST, TREND_STEEPEST);
	filter->level = spread > w->r ? x - w->r / e.f * e.error : expected + spread / e.f * e.error;
	filter->steep *= known / e.f;
	filter->tie *= trend_part(w->r, known);
	filter->free = w->r * trend_part(filter->free, known);
	return e;
}

/* The first observation of a second instant, t_s after the first: it makes the slope. */
static void trend_start_slope(trend_filter *filter, const trend_rates *w, double t_s, double x)
{
	double before = filter->free + w->q * t_s, rest = before + w->z * t_s * (t_s * t_s / 3), all = w->r + rest;
	filter->slope = sp_clamp((x - filter->level) / t_s, -TREND_STEEPEST, TREND_STEEPEST);
	filter->level = x;
	filter->free = w->r * trend_part(rest, all);
	filter->steep = (w->r + before) / t_s / t_s + w->z * t_s / 3;
	filter->tie = t_s * trend_part(w->r, all);
}

static void trend_learn(trend_state *s, const trend_params *p, int64_t elapsed_ns, double x)
{
	double kept = sp_errors_kept(elapsed_ns, p->memory_ns), t_s = (double)elapsed_ns / 1e9;
	sp_errors_add(&s->errors, kept);
	sp_bank_error errors[TREND_FILTERS];
	for (size_t i = 0; i < TREND_FILTERS; i++)
		errors[i] = trend_fold(&s->filters[i], &trend_bank[i], t_s, x);
	sp_bank_note(s->scores, TREND_FILTERS, kept, errors);
	sp_bank_share(s->scores, TREND_FILTERS, s->errors.weight);
}

static void trend_start(trend_state *s, double r, int64_t t_ns, double x)
{
	for (size_t i = 0; i < TREND_FILTERS; i++)
		s->filters[i] = (trend_filter){.level = x, .free = r};
	s->first_ns = s->last_ns = t_ns;
}

static void trend_start_slopes(trend_state *s, const trend_rates *w, size_t n, double t_s, double x)
{
	for (size_t i = 0; i < n; i++)
		trend_start_slope(&s->filters[i], &w[i], t_s, x);
}

static void trend_update(void *state, const void *params, int64_t t_ns, double x, double u)
{
	trend_state *s = state;
	const trend_params *p = params;
	trend_rates given = trend_given_rates(p);
	bool learns = p->variances == TREND_LEARNT;
	(void)u;
	SP_ASSERT(t_ns >= SP_TIME_MIN_NS && t_ns <= SP_TIME_MAX_NS);
	SP_ASSERT(sp_finite(x));
	x = trend_hold(x);
	int64_t elapsed_ns = s->seen > 0 && t_ns > s->last_ns ? t_ns - s->last_ns : 0;
	double t_s = (double)elapsed_ns / 1e9;
	if (s->seen == 0)
		trend_start(s, learns ? 1 : given.r, t_ns, x);
	else if (elapsed_ns > 0 && s->first_ns == s->last_ns)
		trend_start_slopes(s, learns ? trend_bank : &given, learns ? TREND_FILTERS : 1, t_s, x);
	else if (learns)
		trend_learn(s, p, elapsed_ns, x);
	else
		trend_fold(&s->filters[0], &given, t_s, x);
	if (t_ns > s->last_ns)
		s->last_ns = t_ns;
	s->seen++;
}

/* Where a filter sees the level h_s after the newest observation; what its slope has not been watched for is not run on. */
static trend_filter trend_seen_at(const trend_state *s, size_t i, const trend_rates *w, double h_s)
{
	trend_filter filter = s->filters[i];
	double watched_s = (double)(s->last_ns - s->first_ns) / 1e9;
	filter.level = trend_hold(filter.level + filter.slope * (h_s < watched_s ? h_s : watched_s));
	trend_grow(&filter, w, h_s);
	return filter;
}

static sp_estimate trend_given(const trend_state *s, const trend_params *p, double h_s)
{
	trend_rates w = trend_given_rates(p);
	trend_filter filter = trend_seen_at(s, 0, &w, h_s);
	double spread = trend_spread(&s->filters[0]);
	return (sp_estimate){
	    .value = filter.level,
	    .variance = trend_spread(&filter),
	    .noise = w.r,
	    .slope = filter.slope,
	    .count = spread > 0 ? w.r / spread : 1,
	};
}

static sp_estimate trend_mixed(const trend_state *s, double h_s)
{
	double c = sp_errors_widening(&s->errors), spread = 0, apart = 0, levels[TREND_FILTERS];
	sp_estimate out = {0};
	for (size_t i = 0; i < TREND_FILTERS; i++) {
		trend_filter filter = trend_seen_at(s, i, &trend_bank[i], h_s);
		double share = s->scores[i].share, s2 = c * sp_bank_scale(&s->scores[i], s->errors.weight);
		levels[i] = filter.level;
		out.value += share * filter.level;
		out.variance += share * (s2 * trend_spread(&filter));
		out.noise += share * s2;
		out.slope += share * filter.slope;
		spread += share * trend_spread(&s->filters[i]);
	}
	for (size_t i = 0; i < TREND_FILTERS; i++)
		apart += s->scores[i].share * ((levels[i] - out.value) * (levels[i] - out.value));
	out.variance += apart;
	out.count = 1 / spread;
	return out;
}

static sp_answer trend_read(const void *state, const void *params, int64_t now_ns, sp_estimate *out)
{
	const trend_state *s = state;
	const trend_params *p = params;
	SP_ASSERT(now_ns >= SP_TIME_MIN_NS && now_ns <= SP_TIME_MAX_NS);
	if (s->seen == 0)
		return (sp_answer){SP_TOO_LITTLE, "no observation yet"};
	if (s->first_ns == s->last_ns)
		return (sp_answer){SP_TOO_LITTLE, "a slope needs observations of two times"};
	if (p->variances == TREND_LEARNT && s->errors.weight == 0)
		return (sp_answer){SP_TOO_LITTLE, "two observations do not show how much they vary"};
	int64_t age_ns = now_ns > s->last_ns ? now_ns - s->last_ns : 0;
	double h_s = (double)age_ns / 1e9;
	*out = p->variances == TREND_GIVEN ? trend_given(s, p, h_s) : trend_mixed(s, h_s);
	out->age_ns = age_ns;
	SP_ASSERT(sp_finite(out->value) && sp_finite(out->variance) && sp_finite(out->slope));
	return (sp_answer){SP_KNOWN, NULL};
}

extern const sp_estimator_ops sp_local_trend;
const sp_estimator_ops sp_local_trend = {
    .name = "local_trend",
    .version = 1,
    .source = "Harvey 1989, chapters 2 (local linear trend), 3 (likelihood) and 9 (irregular times); UD form after "
              "Bierman 1977 and Thornton 1976; Raftery, Karny and Ettler 2010 (forgetting)",
    .formula = "l = p + K (x - p),  b = b' + M (x - p),  p = l' + b' t;  (K, M) = (P_ll, P_lb) / (P_ll + r), P of "
               "Kalman's filter",
    .help = "A level and a slope that both wander, and how far off they may be: for ramps whose steepness is unknown.",
    .params = trend_rows,
    .n_params = sizeof trend_rows / sizeof *trend_rows,
    .params_size = sizeof(trend_params),
    .state_size = sizeof(trend_state),
    .check = trend_check,
    .init = trend_init,
    .update = trend_update,
    .read = trend_read,
};
