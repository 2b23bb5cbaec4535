/* hampel.c - a level that spikes cannot move: the mean of those in a window that lie near its median.
 *
 * Over the newest `count` observations that are not older than `window` before the newest,
 *
 *     m = median(x),   S = 1.4826 b_n median|x - m|             location and scale (median.h)
 *     value     mean of the x with |x - m| <= reject x S         the others are spikes (Hampel's identifier)
 *     variance  S^2 / max(1, n' / c)                             of the value; n' how many were kept
 *     noise     S^2
 *     count     n',   lag: the mean age of those kept
 *
 * c >= 1 corrects for observations that resemble one another (persistence.h), as seen over four windows about the window's own
 * median: what wanders more slowly than that is level, not noise.
 *
 * It rejects spikes and not changes of level: spikes move nothing as long as they are less than half of the window; a level that stays
 * is followed at once when it makes up more than half of it, that is with the (n / 2 + 1)-th observation of the new level, n those in
 * the window (11 of 21); earlier where the time window is short. Where more than half are equal the scale is 0 and only equal
 * ones are kept. One observation shows no spread: the variance is then the square of the value.
 *
 * Deviations from the filter as usually written (Pearson 2002): a) the window trails, for there is no future; b) the answer is a level
 * and its variance instead of the newest value put right; c) b_n, without which a handful of values looks too sure.
 *
 * The window is kept in order of value beside the order of arrival, so an update moves at most `count` bytes. Values are held
 * within +-10^100, so that no square or sum overflows. */
#include "estimators/estimator.h"

#include <string.h>

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"
#include "estimators/median.h"
#include "estimators/persistence.h"

#define HAMPEL_LARGEST 1e100
#define HAMPEL_MOST    128 /* of a window; places fit a byte */
#define HAMPEL_MEMORY  4.0 /* [windows] over which persistence is seen */

typedef struct hampel_params {
	int64_t window_ns;
	int64_t count;
	double reject;
} hampel_params;

typedef struct hampel_state {
	double x[HAMPEL_MOST];      /* a ring in order of arrival: `n` from `first` on */
	int64_t t_ns[HAMPEL_MOST];  /* late ones at the time of the newest before them */
	uint8_t order[HAMPEL_MOST]; /* places in the ring, in order of value; `n` of them */
	int64_t first, n;
	int64_t last_ns, seen;
	sp_persistence persistence;
} hampel_state;

_Static_assert(sizeof(hampel_state) <= SP_ESTIMATOR_STATE_MAX, "the state fits a slot");

static const sp_param hampel_rows[] = {
    {"window", SP_PARAM_SPAN, "s", offsetof(hampel_params, window_ns), 0.001, 365 * 86400.0, "1h", NULL,
     "Observations older than this before the newest are left out."},
    {"count", SP_PARAM_COUNT, "", offsetof(hampel_params, count), 3, HAMPEL_MOST, "21", NULL,
     "At most so many of the newest are looked at; a new level is followed when it fills half of them."},
    {"reject", SP_PARAM_REAL, "standard deviations", offsetof(hampel_params, reject), 1, 100, "3", NULL,
     "Further from the median than this is a spike."},
};

static void hampel_init(void *state, const void *params)
{
	const hampel_params *p = params;
	SP_ASSERT(state != NULL && p->window_ns > 0);
	SP_ASSERT(p->count >= 3 && p->count <= HAMPEL_MOST);
	*(hampel_state *)state = (hampel_state){0};
}

/* The rank that a value has, or would get after its equals. */
static int64_t hampel_rank(const hampel_state *s, double x)
{
	int64_t low = 0, high = s->n;
	while (low < high) {
		int64_t middle = (low + high) / 2;
		if (s->x[s->order[middle]] <= x)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void hampel_drop_oldest(hampel_state *s)
{
	SP_ASSERT(s->n > 0);
	const uint8_t *found = memchr(s->order, (int)s->first, (size_t)s->n);
	SP_ASSERT(found != NULL);
	int64_t rank = found - s->order;
	memmove(s->order + rank, s->order + rank + 1, (size_t)(s->n - rank - 1));
	s->first = (s->first + 1) % HAMPEL_MOST;
	s->n--;
}

static void hampel_expire(hampel_state *s, const hampel_params *p)
{
	if (s->n > 0 && s->last_ns - s->t_ns[(s->first + s->n - 1) % HAMPEL_MOST] > p->window_ns)
		s->n = 0;
	while (s->n > 0 && (s->n >= p->count || s->last_ns - s->t_ns[s->first] > p->window_ns))
		hampel_drop_oldest(s);
}

static void hampel_insert(hampel_state *s, double x)
{
	SP_ASSERT(s->n < HAMPEL_MOST);
	int64_t rank = hampel_rank(s, x), place = (s->first + s->n) % HAMPEL_MOST;
	memmove(s->order + rank + 1, s->order + rank, (size_t)(s->n - rank));
	s->order[rank] = (uint8_t)place;
	s->x[place] = x;
	s->t_ns[place] = s->last_ns;
	s->n++;
}

static double hampel_median(const hampel_state *s)
{
	double high = s->x[s->order[s->n / 2]];
	return s->n % 2 == 1 ? high : (s->x[s->order[s->n / 2 - 1]] + high) / 2;
}

static void hampel_update(void *state, const void *params, int64_t t_ns, double x, double u)
{
	hampel_state *s = state;
	const hampel_params *p = params;
	(void)u;
	SP_ASSERT(t_ns >= SP_TIME_MIN_NS && t_ns <= SP_TIME_MAX_NS);
	SP_ASSERT(sp_finite(x));
	x = sp_clamp(x, -HAMPEL_LARGEST, HAMPEL_LARGEST);
	if (s->seen == 0 || t_ns > s->last_ns)
		s->last_ns = t_ns;
	hampel_expire(s, p);
	if (s->n > 0)
		sp_persistence_fold(&s->persistence, 1 - 1 / (HAMPEL_MEMORY * (double)p->count), 1, x - hampel_median(s));
	hampel_insert(s, x);
	s->seen++;
}

typedef struct hampel_kept {
	double n, mean, age_s;
} hampel_kept;

/* The mean of those within `reach` of the median, in order of value. */
static hampel_kept hampel_keep(const hampel_state *s, double median, double reach)
{
	hampel_kept kept = {0};
	double away = 0;
	for (int64_t i = 0; i < s->n; i++) {
		double x = s->x[s->order[i]];
		if (sp_abs(x - median) > reach)
			continue;
		kept.n++;
		away += x - median;
		kept.age_s += (double)(s->last_ns - s->t_ns[s->order[i]]) / 1e9;
	}
	SP_ASSERT(kept.n > 0); /* the middle ones: reject >= 1 */
	return (hampel_kept){kept.n, median + away / kept.n, kept.age_s / kept.n};
}

static double hampel_variance(const hampel_state *s, const hampel_kept *kept, double scale)
{
	if (s->n == 1)
		return kept->mean * kept->mean;
	double n = kept->n / sp_persistence_inflation(&s->persistence, 1);
	return scale * scale / (n > 1 ? n : 1);
}

static sp_answer hampel_read(const void *state, const void *params, int64_t now_ns, sp_estimate *out)
{
	const hampel_state *s = state;
	const hampel_params *p = params;
	double sorted[HAMPEL_MOST];
	SP_ASSERT(now_ns >= SP_TIME_MIN_NS && now_ns <= SP_TIME_MAX_NS);
	if (s->seen == 0)
		return (sp_answer){SP_TOO_LITTLE, "no observation yet"};
	for (int64_t i = 0; i < s->n; i++)
		sorted[i] = s->x[s->order[i]];
	double scale = sp_median_scale(sorted, (size_t)s->n);
	hampel_kept kept = hampel_keep(s, sp_median(sorted, (size_t)s->n), p->reject * scale);
	*out = (sp_estimate){
	    .value = kept.mean,
	    .variance = hampel_variance(s, &kept, scale),
	    .noise = scale * scale,
	    .count = kept.n,
	    .lag_s = kept.age_s,
	    .age_ns = now_ns > s->last_ns ? now_ns - s->last_ns : 0,
	};
	SP_ASSERT(sp_finite(out->value) && sp_finite(out->variance) && sp_finite(out->lag_s));
	return (sp_answer){SP_KNOWN, NULL};
}

extern const sp_estimator_ops sp_hampel;
const sp_estimator_ops sp_hampel = {
    .name = "hampel",
    .version = 1,
    .source =
        "Hampel 1974 (median and MAD), Davies and Gather 1993 (Hampel's identifier), Pearson 2002 (moving window), "
        "Croux and Rousseeuw 1992 (few values)",
    .formula = "mean of the x in the window with |x - m| <= reject S;  m = median(x),  S = 1.4826 b_n median|x - m|",
    .help = "A level that spikes cannot move: for a quantity that is measured wrong now and then.",
    .params = hampel_rows,
    .n_params = sizeof hampel_rows / sizeof *hampel_rows,
    .params_size = sizeof(hampel_params),
    .state_size = sizeof(hampel_state),
    .init = hampel_init,
    .update = hampel_update,
    .read = hampel_read,
};
