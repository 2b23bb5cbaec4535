/* quantile.c - how large the quantity is in a share q of its recent observations: a histogram that forgets.
 *
 * Cells are logarithmic (DDSketch: Masson, Rim and Lee 2019). With gamma = (1 + error) / (1 - error) a value x lies in cell
 *
 *     i = ceil(ln|x| / ln gamma), one set of cells for each sign;   the cell's value is 2 gamma^i / (1 + gamma)
 *
 * which is at most `error` x |x| from any x in it. An observation weighs 2^((t - ref) / half_life), so that no older weight need
 * be touched; ref is moved on, and all weights brought down, every 32 half-lives (as Kubernetes' VPA does).
 *
 *     value     of the first cell, from -infinity up, with which the weights reach q x sum(w); never beyond what was ever seen,
 *               so that a constant comes out as itself
 *     count     n = sum(w)^2 / sum(w^2)                              Kish's effective number
 *     variance  ((Q(q + d) - Q(q - d)) / 2)^2 + (error x value)^2 / 3    of the value: Woodruff's interval and the cell's width,
 *               d = sqrt(q (1 - q) c / n)
 *     lag       sum(w (t_n - t_i)) / sum(w);   noise: none, for observations do not lie about a quantile
 *
 * c >= 1 corrects for observations that resemble one another (persistence.h, about the median): for an AR(1) process exact at
 * the median's neighbourhood for small c and too wide, on the safe side, in the tails. Where less than one observation is
 * expected beyond the quantile, nothing is known of its error: the variance is the square of the value.
 *
 * The stated error. There are 256 cells a sign, below the largest magnitude seen: with error 2% over four decades, 5% eleven,
 * 1% two. What is smaller counts as 0 (the lowest cells collapse), so that
 *
 *     |value - x| <= error x |x|         for an x of magnitude above gamma^(top - 256), else value = 0
 *
 * where x is the exact weighted quantile. Once the largest values weigh less than 2^-30 of all they are forgotten whole, when ref
 * moves: a wild value does not blind the histogram for ever.
 *
 * Deviations: a) from DDSketch: the two signs share their top, and collapse into zero instead of into a lowest cell, whose
 * error would have no bound; b) from VPA: cells have no fixed first one. Values are held within +-10^100, and are 0 below
 * 10^-100. */
#include "estimators/quantile.h"

#include "base/assert.h"
#include "base/math.h"
#include "base/money.h"
#include "base/time.h"
#include "estimators/estimator.h"
#include "estimators/persistence.h"

#define QUANTILE_LARGEST   1e100
#define QUANTILE_SMALLEST  1e-100
#define QUANTILE_CELLS     256     /* a sign; a power of two: with the rest of the state 4.1 KiB */
#define QUANTILE_REACH     32.0    /* [half-lives] after which weights are brought down */
#define QUANTILE_FORGOTTEN 0x1p-30 /* a cell with a smaller share is emptied then */
#define QUANTILE_SLACK     1e-12   /* of sum(w): what rounding may take from a sum that should reach its share */
#define QUANTILE_FAR       INT64_C(1000000) /* beyond every exponent: ln(10^100) / ln gamma is under 120,000 */
#define QUANTILE_PIVOTS    64               /* [observations] between two looks at the median */

typedef struct quantile_params {
	int64_t q_ppb;
	int64_t half_life_ns;
	int64_t error_ppb;
} quantile_params;

typedef struct quantile_state {
	double cells[2][QUANTILE_CELLS]; /* weights: positive, negative; exponent i stands at i mod QUANTILE_CELLS */
	double zero;                     /* weight of 0 and of what is too small */
	double total, squares;           /* sum(w), sum(w^2) */
	double moment;                   /* sum(w (t - ref)) [s] */
	double least, largest;           /* ever seen */
	double log_gamma, cells_a_e;     /* ln gamma, and its inverse */
	int64_t top;                     /* the largest exponent there is a cell for */
	int64_t ref_ns, last_ns, seen;
	int64_t pivot; /* the median's place, for the persistence */
	sp_persistence persistence;
} quantile_state;

_Static_assert(sizeof(quantile_state) <= SP_ESTIMATOR_STATE_MAX, "the state fits a slot");

enum { QUANTILE_POSITIVE, QUANTILE_NEGATIVE };

static const sp_param quantile_rows[] = {
    {"q", SP_PARAM_RATIO, "of the observations", offsetof(quantile_params, q_ppb), 0.01, 0.99, "50%", NULL,
     "The share of observations that are at most the value; 95% for one that is rarely exceeded."},
    {"half_life", SP_PARAM_SPAN, "s", offsetof(quantile_params, half_life_ns), 1, 365 * 86400.0, "1d", NULL,
     "An observation this old counts half as much as a new one."},
    {"error", SP_PARAM_RATIO, "of the value", offsetof(quantile_params, error_ppb), 0.002, 0.1, "2%", NULL,
     "How far the value may be from the exact one; a smaller error leaves fewer decades below the largest value."},
};

/* --- cells --- */

/* A value's place among all: negative ones by falling exponent, 0, positive ones by rising exponent. */
static int64_t quantile_place(const quantile_state *s, double x)
{
	double magnitude = sp_abs(x);
	if (magnitude < QUANTILE_SMALLEST)
		return 0;
	double exact = sp_log(magnitude) * s->cells_a_e;
	int64_t exponent = (int64_t)exact;
	exponent += (double)exponent < exact;
	return x > 0 ? QUANTILE_FAR + exponent : -QUANTILE_FAR - exponent;
}

static int64_t quantile_exponent(int64_t place)
{
	return (place > 0 ? place : -place) - QUANTILE_FAR;
}

static double quantile_value(const quantile_state *s, int64_t place)
{
	if (place == 0)
		return 0;
	double low = 2 / (1 + sp_exp(s->log_gamma));
	double value = low * sp_exp((double)quantile_exponent(place) * s->log_gamma);
	return place > 0 ? value : -value;
}

static size_t quantile_slot(int64_t exponent)
{
	return (uint64_t)exponent & (QUANTILE_CELLS - 1);
}

/* Makes room for an exponent above the top; the lowest cells become zero. */
static void quantile_raise(quantile_state *s, int64_t top)
{
	int64_t rise = top - s->top, n = rise < QUANTILE_CELLS ? rise : QUANTILE_CELLS;
	for (int64_t i = 0; i < n; i++) {
		size_t slot = quantile_slot(top - i);
		s->zero += s->cells[QUANTILE_POSITIVE][slot] + s->cells[QUANTILE_NEGATIVE][slot];
		s->cells[QUANTILE_POSITIVE][slot] = s->cells[QUANTILE_NEGATIVE][slot] = 0;
	}
	s->top = top;
}

static void quantile_add(quantile_state *s, int64_t place, double weight)
{
	int64_t exponent = quantile_exponent(place);
	if (place != 0 && exponent > s->top)
		quantile_raise(s, exponent);
	if (place == 0 || exponent <= s->top - QUANTILE_CELLS)
		s->zero += weight;
	else
		s->cells[place > 0 ? QUANTILE_POSITIVE : QUANTILE_NEGATIVE][quantile_slot(exponent)] += weight;
}

/* --- time --- */

static double quantile_half_lives(const quantile_params *p, int64_t from_ns, int64_t to_ns)
{
	return (double)(to_ns - from_ns) / (double)p->half_life_ns;
}

/* Brings every weight down; a cell with less than the share `forgotten` of all is emptied. */
static void quantile_scale(quantile_state *s, double factor, double forgotten)
{
	double least = forgotten * factor * s->total;
	s->zero *= factor;
	s->total = s->zero;
	for (int64_t i = 0; i < QUANTILE_CELLS; i++) {
		for (int sign = 0; sign < 2; sign++) {
			double weight = factor * s->cells[sign][i];
			s->cells[sign][i] = weight < least ? 0 : weight;
			s->total += s->cells[sign][i];
		}
	}
	s->squares *= factor * factor;
	s->persistence.pairs *= factor;
	s->persistence.agreement *= factor;
}

/* The highest cell that is not empty becomes the top. */
static void quantile_lower(quantile_state *s)
{
	for (int64_t i = 0; i < QUANTILE_CELLS; i++) {
		size_t slot = quantile_slot(s->top - i);
		if (s->cells[QUANTILE_POSITIVE][slot] + s->cells[QUANTILE_NEGATIVE][slot] > 0) {
			s->top -= i;
			return;
		}
	}
	s->top = -QUANTILE_FAR;
}

static void quantile_move_ref(quantile_state *s, const quantile_params *p, int64_t ref_ns, double forgotten)
{
	SP_ASSERT(ref_ns >= s->ref_ns);
	double factor = sp_exp2(-quantile_half_lives(p, s->ref_ns, ref_ns));
	s->moment = factor * (s->moment - (double)(ref_ns - s->ref_ns) / 1e9 * s->total);
	quantile_scale(s, factor, forgotten);
	quantile_lower(s);
	s->ref_ns = ref_ns;
}

/* --- questions --- */

#define QUANTILE_PLACES (2 * QUANTILE_CELLS + 1)

/* The i-th cell in order of value: the negative ones, 0, the positive ones. */
static double quantile_cell(const quantile_state *s, int64_t i, int64_t *place)
{
	int64_t up = i - QUANTILE_CELLS, exponent = up > 0 ? s->top - QUANTILE_CELLS + up : s->top - i;
	*place = up > 0 ? QUANTILE_FAR + exponent : up < 0 ? -QUANTILE_FAR - exponent : 0;
	if (up == 0)
		return s->zero;
	return s->cells[up > 0 ? QUANTILE_POSITIVE : QUANTILE_NEGATIVE][quantile_slot(exponent)];
}

static bool quantile_eight_are_empty(const double *cells)
{
	return cells[0] + cells[1] + (cells[2] + cells[3]) + (cells[4] + cells[5] + (cells[6] + cells[7])) <= 0;
}

/* The first cell from the i-th on that is not empty; QUANTILE_PLACES: none is. Most of the positive ones are, far below the
 * largest. */
static int64_t quantile_next(const quantile_state *s, int64_t i)
{
	for (; i < QUANTILE_CELLS; i++)
		if (s->cells[QUANTILE_NEGATIVE][quantile_slot(s->top - i)] > 0)
			return i;
	if (i == QUANTILE_CELLS && s->zero > 0)
		return i;
	for (i += i == QUANTILE_CELLS; i < QUANTILE_PLACES; i++) {
		const double *cell = &s->cells[QUANTILE_POSITIVE][quantile_slot(s->top + i)];
		if (quantile_slot(s->top + i) % 8 == 0 && i + 8 <= QUANTILE_PLACES && quantile_eight_are_empty(cell))
			i += 7;
		else if (*cell > 0)
			return i;
	}
	return QUANTILE_PLACES;
}

/* The places with which the weights from below reach n shares of all, in rising order. */
static void quantile_reach(const quantile_state *s, const double *shares, size_t n, int64_t *places)
{
	double reached = QUANTILE_SLACK * s->total;
	int64_t newest = 0, i = quantile_next(s, s->least < 0 ? 0 : QUANTILE_CELLS);
	size_t found = 0;
	for (; i < QUANTILE_PLACES && found < n; i = quantile_next(s, i + 1)) {
		reached += quantile_cell(s, i, &newest);
		for (; found < n && reached >= shares[found] * s->total; found++)
			places[found] = newest;
	}
	for (; found < n; found++) /* rounding left the sum a little short: the highest */
		places[found] = newest;
}

static double quantile_held(const quantile_state *s, int64_t place)
{
	return sp_clamp(quantile_value(s, place), s->least, s->largest);
}

/* --- the contract --- */

static void quantile_init(void *state, const void *params)
{
	const quantile_params *p = params;
	SP_ASSERT(state != NULL && p->half_life_ns > 0);
	SP_ASSERT(p->error_ppb > 0 && p->error_ppb < SP_NANO);
	double error = (double)p->error_ppb / SP_NANO;
	double log_gamma = sp_log((1 + error) / (1 - error));
	*(quantile_state *)state =
	    (quantile_state){.log_gamma = log_gamma, .cells_a_e = 1 / log_gamma, .top = -QUANTILE_FAR};
}

/* Takes the time in; returns the weight of an observation now. */
static double quantile_begin(quantile_state *s, const quantile_params *p, int64_t t_ns)
{
	if (s->seen == 0)
		s->ref_ns = s->last_ns = t_ns;
	if (t_ns > s->last_ns)
		s->last_ns = t_ns;
	s->seen++;
	double half_lives = quantile_half_lives(p, s->ref_ns, s->last_ns);
	if (half_lives <= QUANTILE_REACH)
		return sp_exp2(half_lives);
	quantile_move_ref(s, p, s->last_ns, QUANTILE_FORGOTTEN);
	return 1;
}

static void quantile_bound(quantile_state *s, double least, double largest)
{
	s->least = s->seen == 0 || least < s->least ? least : s->least;
	s->largest = s->seen == 0 || largest > s->largest ? largest : s->largest;
}

static void quantile_find_pivot(quantile_state *s)
{
	static const double half = 0.5;
	quantile_reach(s, &half, 1, &s->pivot);
}

static void quantile_update(void *state, const void *params, int64_t t_ns, double x, double u)
{
	quantile_state *s = state;
	const quantile_params *p = params;
	(void)u;
	SP_ASSERT(t_ns >= SP_TIME_MIN_NS && t_ns <= SP_TIME_MAX_NS);
	SP_ASSERT(sp_finite(x));
	x = sp_clamp(x, -QUANTILE_LARGEST, QUANTILE_LARGEST);
	quantile_bound(s, x, x);
	double weight = quantile_begin(s, p, t_ns);
	int64_t place = quantile_place(s, x);
	if (s->seen > 1)
		sp_persistence_fold(&s->persistence, 1, weight, (double)(place - s->pivot));
	quantile_add(s, place, weight);
	s->total += weight;
	s->squares += weight * weight;
	s->moment += weight * ((double)(s->last_ns - s->ref_ns) / 1e9);
	if (s->seen % QUANTILE_PIVOTS == 0 ||
	    (s->seen & (s->seen - 1)) == 0) /* at first whenever their number has doubled */
		quantile_find_pivot(s);
}

/* d; and c n, the number of observations that would say as much if they were independent. */
static double quantile_distance(const quantile_state *s, const quantile_params *p, double count, double *n)
{
	double q = (double)p->q_ppb / SP_NANO, newest = sp_exp2(quantile_half_lives(p, s->ref_ns, s->last_ns));
	*n = count / sp_persistence_inflation(&s->persistence, newest);
	return sp_sqrt(q * (1 - q) / *n);
}

static double quantile_variance(const quantile_state *s, const quantile_params *p, double n, const int64_t places[3])
{
	double q = (double)p->q_ppb / SP_NANO, value = quantile_held(s, places[1]);
	if (n * q < 1 || n * (1 - q) < 1)
		return value * value;
	double half = quantile_held(s, places[2]) / 2 - quantile_held(s, places[0]) / 2;
	double width = (double)p->error_ppb / SP_NANO * value;
	return half * half + width * width / 3;
}

static sp_answer quantile_read(const void *state, const void *params, int64_t now_ns, sp_estimate *out)
{
	const quantile_state *s = state;
	const quantile_params *p = params;
	SP_ASSERT(now_ns >= SP_TIME_MIN_NS && now_ns <= SP_TIME_MAX_NS);
	if (s->seen == 0)
		return (sp_answer){SP_TOO_LITTLE, "no observation yet"};
	double count = s->total * s->total / s->squares, n, d = quantile_distance(s, p, count, &n);
	double q = (double)p->q_ppb / SP_NANO, shares[3] = {sp_clamp(q - d, 0, 1), q, sp_clamp(q + d, 0, 1)};
	int64_t places[3];
	quantile_reach(s, shares, 3, places);
	*out = (sp_estimate){
	    .value = quantile_held(s, places[1]),
	    .variance = quantile_variance(s, p, n, places),
	    .count = count,
	    .lag_s = sp_clamp((double)(s->last_ns - s->ref_ns) / 1e9 - s->moment / s->total, 0, 1e10),
	    .age_ns = now_ns > s->last_ns ? now_ns - s->last_ns : 0,
	};
	SP_ASSERT(sp_finite(out->value) && sp_finite(out->variance) && sp_finite(out->lag_s));
	return (sp_answer){SP_KNOWN, NULL};
}

/* --- merging --- */

static void quantile_take_cells(quantile_state *into, const quantile_state *from, double factor)
{
	for (int64_t i = 0; i < QUANTILE_CELLS; i++) {
		int64_t exponent = from->top - i;
		size_t slot = quantile_slot(exponent);
		double up = factor * from->cells[QUANTILE_POSITIVE][slot], down = factor * from->cells[QUANTILE_NEGATIVE][slot];
		if (up > 0)
			quantile_add(into, QUANTILE_FAR + exponent, up);
		if (down > 0)
			quantile_add(into, -QUANTILE_FAR - exponent, down);
	}
	into->zero += factor * from->zero;
}

static void quantile_take_sums(quantile_state *into, const quantile_state *from, double factor)
{
	double earlier_s = (double)(into->ref_ns - from->ref_ns) / 1e9;
	into->total += factor * from->total;
	into->squares += factor * factor * from->squares;
	into->moment += factor * (from->moment - earlier_s * from->total);
	into->persistence.pairs += factor * from->persistence.pairs;
	into->persistence.agreement += factor * from->persistence.agreement;
	into->seen += from->seen;
}

void sp_quantile_merge(void *into, const void *from, const void *params)
{
	quantile_state *a = into;
	const quantile_state *b = from;
	const quantile_params *p = params;
	SP_ASSERT(a != NULL && b != NULL && a != b && p->half_life_ns > 0);
	SP_ASSERT(a->log_gamma - b->log_gamma == 0);
	if (b->seen == 0)
		return;
	if (a->seen == 0) {
		*a = *b;
		return;
	}
	if (b->ref_ns > a->ref_ns)
		quantile_move_ref(a, p, b->ref_ns, 0);
	double factor = sp_exp2(-quantile_half_lives(p, b->ref_ns, a->ref_ns));
	quantile_take_cells(a, b, factor);
	quantile_take_sums(a, b, factor);
	quantile_bound(a, b->least, b->largest);
	if (b->last_ns > a->last_ns)
		a->last_ns = b->last_ns;
	quantile_find_pivot(a);
}

extern const sp_estimator_ops sp_quantile;
const sp_estimator_ops sp_quantile = {
    .name = "quantile",
    .version = 1,
    .source = "Masson, Rim and Lee 2019 (DDSketch), Kubernetes VPA (decaying histogram), Woodruff 1952 (interval), "
              "Kish 1965 (effective count)",
    .formula = "the x that a share q of sum(w) does not exceed, w = 2^(-age / half_life), in cells gamma^i, "
               "gamma = (1 + error) / (1 - error)",
    .help = "A quantile of what was seen lately: for a level that is to be exceeded rarely, or a median.",
    .params = quantile_rows,
    .n_params = sizeof quantile_rows / sizeof *quantile_rows,
    .params_size = sizeof(quantile_params),
    .state_size = sizeof(quantile_state),
    .init = quantile_init,
    .update = quantile_update,
    .read = quantile_read,
};
