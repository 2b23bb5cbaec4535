/* cusum.c - the level since it last changed: a change is looked for on both sides, dated, measured, and told once it has stayed.
 *
 * Each observation x is compared with the level m and the noise s of those before it,
 *
 *     z = (x - m) / (s sqrt(c)),        c = (1 + phi) / (1 - phi) >= 1 (persistence.h)
 *     S+ = max(0, S+ + w(z) - k),  S- = max(0, S- + w(-z) - k),    w holds within +-(3 h / 4 + k)
 *
 * (Page 1954). A sum above h is a suspicion; it began with the first observation after the sum was 0 last. By w no single
 * observation makes one. k = drift / sqrt(c) + 1 / sqrt(n): the standard error of a level known from n observations is no drift
 * of the world.
 *
 * h follows from the false alarms that are accepted, by Siegmund's approximation (1985, eq. 2.57) to the mean number of
 * observations to a false alarm of one side; with k = drift / sqrt(c),
 *
 *     A = (e^y - y - 1) / (2 k^2),   y = 2 k (h + 1.166 / sqrt(c));     both sides: A / 2 = 30 d / (step x false_alarms)
 *
 * solved as y = ln(1 + y + 2 k^2 A), one step of it with every observation since c is learnt; at least h = 1. That is exact for
 * independent normal noise (c = 1). Sums of correlated noise grow as if s were sqrt(c) times as large: in that unit they are
 * independent noise again, under a drift that is as much smaller, so h grows. Told are fewer than that: see confirm.
 *
 * A suspicion is told as a change when it is `confirm` old and still holds; until then the level stays where it was and learns nothing.
 * What reverses sooner is no change. Two rules see it: a) with d = (mean since it began - m) / (s sqrt(c)) the log-likelihood
 * ratio of "back at m" against "still there" is summed by Page's rule, R = max(0, R + d (d / 2 - z)), and R > 2 k h drops the
 * suspicion: one observation does it where d is large, several where it is small; b) four observations on end, over confirm / 12 or longer,
 * that are nearer to m than to the mean since it began end a sum, suspicion or not, however small d is.
 * When a change is told, the level becomes the mean since it began.
 *
 * Level and noise are robust: of the first 8 observations median and MAD (median.h); from then on, with e = x - m held within
 * +-2.5 s and an effective number n of observations that halves every half_life,
 *
 *     m' = m + e / n,    s2' = ((n - 1) s2 + e^2 / 0.97756) / n          0.97756 = E min(Z^2, 2.5^2), so that normal noise is met
 *
 * and s never counts as less than least_noise x |m|: quoted prices repeat exactly, and without it a cent would be a change. Where
 * both are 0 the first e is taken as it is.
 * After a change n starts from the number of observations since it began, for the noise with 8 at most: the new level's may be another.
 *
 * Read: value m, variance s2 c / n, noise s2, count n, lag the mean age of what m is made of. Changes: sp_estimator_ops.change;
 * `after - before` has the variance s2 c (1 / n + 1 / n'). Values are held within +-10^100, so that no square or sum overflows. */
#include "estimators/estimator.h"

#include "base/assert.h"
#include "base/math.h"
#include "base/money.h"
#include "base/time.h"
#include "estimators/median.h"
#include "estimators/persistence.h"

#define CUSUM_LARGEST   1e100
#define CUSUM_SMALLEST  1e-200  /* s counts as no less, so that a constant zero has a z */
#define CUSUM_Z_MAX     1e6     /* further off says no more */
#define CUSUM_FIRST     8       /* observations before anything is looked for */
#define CUSUM_REACH     2.5     /* [s] an observation moves level and noise at most as if it were so far off */
#define CUSUM_HAIR      1e-9    /* [s] nearer than this is on the level: rounding has no sign */
#define CUSUM_NORMAL    0.97756 /* E min(Z^2, 2.5^2) */
#define CUSUM_OVERSHOOT 1.166   /* Siegmund: 2 x 0.583 */
#define CUSUM_H_MIN     1.0
#define CUSUM_MONTH_S   (30 * 86400.0)
#define CUSUM_SETTLED   150 /* steps after which the slowest h above its least stands still */
#define CUSUM_STAY      12  /* a stay back at the level of this part of confirm is a reversal */
#define CUSUM_BACK      4   /* observations of it at least */

typedef struct cusum_params {
	double drift;
	double false_alarms;
	int64_t step_ns;
	int64_t confirm_ns;
	int64_t half_life_ns;
	int64_t least_noise_ppb;
} cusum_params;

/* Up or down: Page's sum, and what was seen since it was 0. */
typedef struct cusum_side {
	double sum, n, mean, moment; /* moment: sum of (t - began) [s] */
	int64_t began_ns;
	int64_t back_n, back_ns; /* nearer to the level again: how many on end, since when */
} cusum_side;

typedef struct cusum_state {
	double level, noise2;
	double level_n, noise_n; /* effective observations in them */
	double age;              /* sum of ages in the level, at the newest observation [s] */
	double first[CUSUM_FIRST];
	cusum_side sides[2];
	double steps;    /* to a false alarm that is accepted */
	double y, h;     /* of Siegmund's approximation; the threshold */
	double reversal; /* R */
	int64_t suspect; /* 0 none, 1 up, 2 down */
	int64_t last_ns, seen;
	sp_persistence persistence;
	sp_change change;
} cusum_state;

_Static_assert(sizeof(cusum_state) <= SP_ESTIMATOR_STATE_MAX, "the state fits a slot");

static const sp_param cusum_rows[] = {
    {"drift", SP_PARAM_REAL, "standard deviations", offsetof(cusum_params, drift), 0.05, 3, "0.5", NULL,
     "Half the smallest change worth finding, by the noise of an observation."},
    {"false_alarms", SP_PARAM_REAL, "in 30 days", offsetof(cusum_params, false_alarms), 0.0001, 1000, "1", NULL,
     "How often chance alone may raise a suspicion; fewer are told."},
    {"step", SP_PARAM_SPAN, "s", offsetof(cusum_params, step_ns), 0.001, 30 * 86400.0, "1m", NULL,
     "The usual time between two observations, by which false alarms are counted."},
    {"confirm", SP_PARAM_SPAN, "s", offsetof(cusum_params, confirm_ns), 0, 365 * 86400.0, "1d", NULL,
     "A change is told when it has stayed this long; what reverses sooner is none."},
    {"half_life", SP_PARAM_SPAN, "s", offsetof(cusum_params, half_life_ns), 1, 3650 * 86400.0, "7d", NULL,
     "In the level and its noise an observation this old counts half as much as a new one."},
    {"least_noise", SP_PARAM_RATIO, "of the level", offsetof(cusum_params, least_noise_ppb), 0, 1, "1%", NULL,
     "The noise never counts as less: for quantities that repeat exactly."},
};

/* --- the threshold --- */

/* One step towards the h for the accepted false alarms, c being what it is now; k = drift / root, root = sqrt(c). */
static void cusum_settle(cusum_state *s, double k, double root)
{
	s->y = sp_log(1 + s->y + 4 * k * k * s->steps);
	double h = s->y / (2 * k) - CUSUM_OVERSHOOT / root;
	s->h = h > CUSUM_H_MIN ? h : CUSUM_H_MIN;
}

static void cusum_init(void *state, const void *params)
{
	const cusum_params *p = params;
	SP_ASSERT(state != NULL && p->step_ns > 0 && p->half_life_ns > 0);
	SP_ASSERT(p->drift > 0 && p->false_alarms > 0);
	cusum_state *s = state;
	*s = (cusum_state){.y = 1, .steps = CUSUM_MONTH_S / ((double)p->step_ns / 1e9) / p->false_alarms};
	for (int i = 0; i < CUSUM_SETTLED; i++)
		cusum_settle(s, p->drift, 1);
}

/* s, with its least. */
static double cusum_noise(const cusum_state *s, const cusum_params *p)
{
	double least = (double)p->least_noise_ppb / SP_NANO * sp_abs(s->level), noise = sp_sqrt(s->noise2);
	noise = noise > least ? noise : least;
	return noise > CUSUM_SMALLEST ? noise : CUSUM_SMALLEST;
}

/* What an observation is seen by: s, sqrt(c) and drift / sqrt(c). */
typedef struct cusum_view {
	double noise, root, k;
} cusum_view;

static cusum_view cusum_look_at(const cusum_state *s, const cusum_params *p)
{
	double root = sp_sqrt(sp_persistence_inflation(&s->persistence, 1));
	return (cusum_view){cusum_noise(s, p), root, p->drift / root};
}

static double cusum_z(double away, double unit)
{
	return sp_clamp(away / unit, -CUSUM_Z_MAX, CUSUM_Z_MAX);
}

/* --- the level --- */

/* Among the first: in order of value, so that median and MAD can be told. */
static void cusum_begin(cusum_state *s, double x)
{
	int64_t i = s->seen;
	for (; i > 0 && s->first[i - 1] > x; i--)
		s->first[i] = s->first[i - 1];
	s->first[i] = x;
	double scale = sp_median_scale(s->first, (size_t)s->seen + 1);
	s->level = sp_median(s->first, (size_t)s->seen + 1);
	s->noise2 = scale * scale;
	s->level_n = s->noise_n = (double)(s->seen + 1);
}

static void cusum_learn(cusum_state *s, double noise, double kept, double x)
{
	double most = noise > CUSUM_SMALLEST ? CUSUM_REACH * noise : 2 * CUSUM_LARGEST;
	double e = sp_clamp(x - s->level, -most, most);
	double away = sp_abs(x - s->level) > CUSUM_HAIR * noise ? x - s->level : 0;
	sp_persistence_fold(&s->persistence, kept, 1, away);
	double older = kept * s->noise_n; /* a sum of positive terms: small noise after large keeps its digits */
	s->level_n = kept * s->level_n + 1;
	s->noise_n = older + 1;
	s->age *= kept;
	s->level += e / s->level_n;
	s->noise2 = (older * s->noise2 + e * e / CUSUM_NORMAL) / s->noise_n;
}

/* --- suspicion --- */

static void cusum_side_fold(cusum_side *side, int64_t t_ns, double x)
{
	side->n++;
	side->mean += (x - side->mean) / side->n;
	side->moment += (double)(t_ns - side->began_ns) / 1e9;
}

/* Is the quantity back at the level, by rule b? */
static bool cusum_is_back(cusum_side *side, const cusum_params *p, double level, int64_t t_ns, double x)
{
	double middle = (level + side->mean) / 2;
	bool nearer = side->mean > level ? x < middle : x > middle;
	if (!nearer)
		side->back_n = 0;
	else if (side->back_n++ == 0)
		side->back_ns = t_ns;
	return side->back_n >= CUSUM_BACK && p->confirm_ns > 0 && t_ns - side->back_ns >= p->confirm_ns / CUSUM_STAY;
}

static void cusum_clear(cusum_state *s)
{
	s->sides[0] = s->sides[1] = (cusum_side){0};
	s->suspect = 0;
	s->reversal = 0;
}

/* One observation more for a side, `gain` for its sum. */
static void cusum_side_step(cusum_state *s, const cusum_params *p, cusum_side *side, double gain, double x)
{
	if (side->sum <= 0 && gain <= 0)
		return;
	if (side->sum <= 0)
		side->began_ns = s->last_ns;
	side->sum += gain;
	cusum_side_fold(side, s->last_ns, x);
	if (side->sum <= 0 || cusum_is_back(side, p, s->level, s->last_ns, x))
		*side = (cusum_side){0};
}

/* Adds to both sums; a sum above h becomes the suspicion. */
static void cusum_look(cusum_state *s, const cusum_params *p, const cusum_view *view, double x)
{
	double z = cusum_z(x - s->level, view->root * view->noise), k = view->k + 1 / sp_sqrt(s->level_n);
	double most = 0.75 * s->h + k, gain = sp_clamp(z, -most, most);
	cusum_side_step(s, p, &s->sides[0], gain - k, x);
	cusum_side_step(s, p, &s->sides[1], -gain - k, x);
	for (int i = 0; i < 2 && s->suspect == 0; i++)
		s->suspect = s->sides[i].sum > s->h ? i + 1 : 0;
}

/* One more observation under suspicion: does it still hold? */
static void cusum_doubt(cusum_state *s, const cusum_params *p, const cusum_view *view, double x)
{
	cusum_side *side = &s->sides[s->suspect - 1];
	double unit = view->root * view->noise, z = cusum_z(x - s->level, unit);
	double d = cusum_z(side->mean - s->level, unit), r = s->reversal + d * (d / 2 - z);
	s->reversal = r > 0 ? r : 0;
	cusum_side_fold(side, s->last_ns, x);
	if (s->reversal > 2 * view->k * s->h || cusum_is_back(side, p, s->level, s->last_ns, x))
		cusum_clear(s);
}

/* A suspicion that has stayed becomes the level; unit = s sqrt(c). */
static void cusum_adopt(cusum_state *s, double unit)
{
	const cusum_side *side = &s->sides[s->suspect - 1];
	double before = s->level;
	s->change = (sp_change){
	    .count = s->change.count + 1,
	    .began_ns = side->began_ns,
	    .found_ns = s->last_ns,
	    .before = before,
	    .after = side->mean,
	    .variance = unit * unit * (1 / s->level_n + 1 / side->n),
	};
	s->level = side->mean;
	s->level_n = side->n;
	s->age = side->n * ((double)(s->last_ns - side->began_ns) / 1e9) - side->moment;
	s->noise_n = s->noise_n < CUSUM_FIRST ? s->noise_n : CUSUM_FIRST;
	cusum_clear(s);
}

static void cusum_fold(cusum_state *s, const cusum_params *p, double kept, double x)
{
	cusum_view view = cusum_look_at(s, p);
	cusum_settle(s, view.k, view.root);
	if (s->suspect != 0)
		cusum_doubt(s, p, &view, x);
	else
		cusum_look(s, p, &view, x);
	if (s->suspect == 0)
		cusum_learn(s, view.noise, kept, x);
	else if (s->last_ns - s->sides[s->suspect - 1].began_ns >= p->confirm_ns)
		cusum_adopt(s, view.root * view.noise);
}

/* --- the contract --- */

static void cusum_update(void *state, const void *params, int64_t t_ns, double x, double u)
{
	cusum_state *s = state;
	const cusum_params *p = params;
	(void)u;
	SP_ASSERT(t_ns >= SP_TIME_MIN_NS && t_ns <= SP_TIME_MAX_NS);
	SP_ASSERT(sp_finite(x));
	x = sp_clamp(x, -CUSUM_LARGEST, CUSUM_LARGEST);
	int64_t elapsed_ns = s->seen > 0 && t_ns > s->last_ns ? t_ns - s->last_ns : 0;
	s->age += s->level_n * ((double)elapsed_ns / 1e9);
	if (s->seen == 0 || t_ns > s->last_ns)
		s->last_ns = t_ns;
	if (s->seen < CUSUM_FIRST)
		cusum_begin(s, x);
	else
		cusum_fold(s, p, sp_exp2(-(double)elapsed_ns / (double)p->half_life_ns), x);
	s->seen++;
}

static double cusum_variance(const cusum_state *s)
{
	if (s->seen == 1)
		return s->level * s->level;
	double n = s->level_n / sp_persistence_inflation(&s->persistence, 1);
	return s->noise2 / (n > 1 ? n : 1);
}

static sp_answer cusum_read(const void *state, const void *params, int64_t now_ns, sp_estimate *out)
{
	const cusum_state *s = state;
	(void)params;
	SP_ASSERT(now_ns >= SP_TIME_MIN_NS && now_ns <= SP_TIME_MAX_NS);
	if (s->seen == 0)
		return (sp_answer){SP_TOO_LITTLE, "no observation yet"};
	*out = (sp_estimate){
	    .value = s->level,
	    .variance = cusum_variance(s),
	    .noise = s->noise2,
	    .count = s->level_n,
	    .lag_s = s->age / s->level_n,
	    .age_ns = now_ns > s->last_ns ? now_ns - s->last_ns : 0,
	};
	SP_ASSERT(sp_finite(out->value) && sp_finite(out->variance) && sp_finite(out->lag_s));
	return (sp_answer){SP_KNOWN, NULL};
}

static sp_answer cusum_change(const void *state, const void *params, sp_change *out)
{
	const cusum_state *s = state;
	(void)params;
	SP_ASSERT(s != NULL && out != NULL);
	if (s->seen <= CUSUM_FIRST)
		return (sp_answer){SP_TOO_LITTLE, "a level needs 8 observations before it can be seen to change"};
	if (s->change.count == 0)
		return (sp_answer){SP_TOO_LITTLE, "no change yet"};
	*out = s->change;
	SP_ASSERT(sp_finite(out->after) && sp_finite(out->variance));
	return (sp_answer){SP_KNOWN, NULL};
}

extern const sp_estimator_ops sp_cusum;
const sp_estimator_ops sp_cusum = {
    .name = "cusum",
    .version = 1,
    .source = "Page 1954 (both sums), Siegmund 1985 (h from false alarms), Huber 1964 (level and noise)",
    .formula =
        "S = max(0, S + z - k) on both sides, z = (x - level) / noise; S > h that stays `confirm` long is a change",
    .help = "The level since it last changed, and when and by how much it did: for quoted prices.",
    .params = cusum_rows,
    .n_params = sizeof cusum_rows / sizeof *cusum_rows,
    .params_size = sizeof(cusum_params),
    .state_size = sizeof(cusum_state),
    .init = cusum_init,
    .update = cusum_update,
    .read = cusum_read,
    .change = cusum_change,
};
