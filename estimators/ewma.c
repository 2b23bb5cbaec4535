/* ewma.c - the mean of what was seen, recent values first: an observation's weight halves every half_life.
 *
 * With w_i = 2^(-(t_n - t_i) / half_life), all sums over the observations so far,
 *
 *     value     m = sum(w x) / sum(w)              the first value keeps only its own weight (bias correction)
 *     count     n = sum(w)^2 / sum(w^2)            Kish's effective number
 *     spread    s2 = sum(w (x - m)^2) / (sum(w) - sum(w^2) / sum(w))      unbiased, of one observation
 *     variance  s2 / n                             of the value; noise: s2
 *     lag       sum(w (t_n - t_i)) / sum(w)        mean age; half_life / ln 2 for a dense constant stream
 *
 * All sums are kept by recursion (West 1979 with decay). sum(w) - sum(w^2) / sum(w) is kept as 2 C / sum(w) with
 * C = sum over pairs i < j of w_i w_j, because the difference would cancel after a long gap.
 *
 * One observation shows no spread: the variance is then the square of the value, "not one digit is sure". A half_life of
 * 0 is the newest value alone. Values are held within +-10^100, so that no square or sum overflows. */
#include "estimators/estimator.h"

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"

#define EWMA_LARGEST 1e100
/* Below this the pair sum is what underflow left of it. */
#define EWMA_LEAST_PAIRS 1e-200

typedef struct ewma_params {
	int64_t half_life_ns;
} ewma_params;

typedef struct ewma_state {
	double weight;  /* sum(w) */
	double squares; /* sum(w^2) */
	double pairs;   /* C */
	double mean;
	double spread; /* sum(w (x - m)^2) */
	double age;    /* sum(w age) [s], ages at the newest observation */
	int64_t last_ns;
	int64_t seen;
} ewma_state;

_Static_assert(sizeof(ewma_state) <= SP_ESTIMATOR_STATE_MAX, "the state fits a slot");

static const sp_param ewma_rows[] = {
    {"half_life", SP_PARAM_SPAN, "s", offsetof(ewma_params, half_life_ns), 0, 365 * 86400.0, "5m", NULL,
     "An observation this old counts half as much as a new one; 0s takes the newest value alone."},
};

static void ewma_init(void *state, const void *params)
{
	SP_ASSERT(state != NULL && params != NULL);
	*(ewma_state *)state = (ewma_state){0};
}

/* What is left of a weight after a while. */
static double ewma_decay(const ewma_params *params, int64_t elapsed_ns)
{
	if (params->half_life_ns == 0)
		return 0;
	return sp_exp2(-(double)elapsed_ns / (double)params->half_life_ns);
}

static void ewma_fold(ewma_state *s, double decay, double elapsed_s, double x)
{
	s->age = decay * (s->age + elapsed_s * s->weight);
	double kept = decay * s->weight; /* sum(w) of the older ones */
	double gap = x - s->mean;
	s->weight = kept + 1;
	s->pairs = decay * decay * s->pairs + kept;
	s->squares = decay * decay * s->squares + 1;
	s->spread = decay * s->spread + gap * gap * (kept / s->weight);
	s->mean += gap / s->weight;
}

static void ewma_update(void *state, const void *params, int64_t t_ns, double x, double u)
{
	ewma_state *s = state;
	(void)u;
	SP_ASSERT(t_ns >= SP_TIME_MIN_NS && t_ns <= SP_TIME_MAX_NS);
	SP_ASSERT(sp_finite(x));
	int64_t elapsed_ns = s->seen > 0 && t_ns > s->last_ns ? t_ns - s->last_ns : 0;
	ewma_fold(s, ewma_decay(params, elapsed_ns), (double)elapsed_ns / 1e9, sp_clamp(x, -EWMA_LARGEST, EWMA_LARGEST));
	if (s->seen == 0 || t_ns > s->last_ns)
		s->last_ns = t_ns;
	s->seen++;
}

static bool ewma_has_spread(const ewma_state *s)
{
	return s->pairs >= EWMA_LEAST_PAIRS;
}

/* s2; 0 where none shows. */
static double ewma_noise(const ewma_state *s)
{
	return ewma_has_spread(s) ? s->spread / (2 * s->pairs / s->weight) : 0;
}

static double ewma_variance(const ewma_state *s)
{
	if (!ewma_has_spread(s))
		return s->mean * s->mean;
	return ewma_noise(s) * s->squares / (s->weight * s->weight);
}

static sp_answer ewma_read(const void *state, const void *params, int64_t now_ns, sp_estimate *out)
{
	const ewma_state *s = state;
	(void)params;
	SP_ASSERT(now_ns >= SP_TIME_MIN_NS && now_ns <= SP_TIME_MAX_NS);
	if (s->seen == 0)
		return (sp_answer){SP_TOO_LITTLE, "no observation yet"};
	*out = (sp_estimate){
	    .value = s->mean,
	    .variance = ewma_variance(s),
	    .noise = ewma_noise(s),
	    .count = s->weight * s->weight / s->squares,
	    .lag_s = s->age / s->weight,
	    .age_ns = now_ns > s->last_ns ? now_ns - s->last_ns : 0,
	};
	SP_ASSERT(sp_finite(out->value) && sp_finite(out->variance) && sp_finite(out->lag_s));
	return (sp_answer){SP_KNOWN, NULL};
}

extern const sp_estimator_ops sp_ewma;
const sp_estimator_ops sp_ewma = {
    .name = "ewma",
    .version = 1,
    .source =
        "exponential weights in time, bias-corrected; West 1979 (incremental spread), Kish 1965 (effective count)",
    .formula = "m = sum(w x) / sum(w),  w = 2^(-age / half_life)",
    .help = "A decaying mean: for a quantity that wanders around a level.",
    .params = ewma_rows,
    .n_params = sizeof ewma_rows / sizeof *ewma_rows,
    .params_size = sizeof(ewma_params),
    .state_size = sizeof(ewma_state),
    .init = ewma_init,
    .update = ewma_update,
    .read = ewma_read,
};
