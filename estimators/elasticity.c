/* elasticity.c - elasticity by instruments, day by day; see elasticity.h. */
#include "estimators/elasticity.h"

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"

#define ELASTICITY_LEAST   7.0    /* pairs of days: fewer say nothing about phi */
#define ELASTICITY_KEEP    0.9923 /* of what a day said, on the next: half in 90 days */
#define ELASTICITY_ROUNDS  6
#define ELASTICITY_PHI     0.8 /* of a day's demand on the day before, until the days say otherwise: */
#define ELASTICITY_BELIEF  3.0 /* believed as so many days are */
#define ELASTICITY_PHI_MAX 0.98
#define ELASTICITY_MOVE    0.005 /* a day whose exogenous part is that far from the last move's is a move */
#define ELASTICITY_FAR     5.0   /* a day that changes by so many sd is no answer to a price */
#define ELASTICITY_SPREAD  0.01  /* mean square of such changes, beforehand; believed as ELASTICITY_BELIEF days */
#define ELASTICITY_LARGEST 1e3   /* of a logarithm: everything that a price or demand can be */

enum { Y = SP_ELASTICITY_DEMAND, X = SP_ELASTICITY_PRICE, Z = SP_ELASTICITY_MOVED, SERIES = SP_ELASTICITY_SERIES };

void sp_elasticity_init(sp_elasticity *elasticity, int64_t lag_ns)
{
	SP_ASSERT(elasticity != NULL && lag_ns >= 0);
	*elasticity = (sp_elasticity){.lag_ns = lag_ns};
}

/* --- days --- */

static void elasticity_sum(double *sum, double x)
{
	*sum = ELASTICITY_KEEP * *sum + x;
}

/* The day before and the day. */
static void elasticity_pair(sp_elasticity_sums *s, const double before[SERIES], const double now[SERIES])
{
	elasticity_sum(&s->n, 1);
	for (int i = 0; i < SERIES; i++) {
		elasticity_sum(&s->now[i], now[i]);
		elasticity_sum(&s->before[i], before[i]);
		for (int j = 0; j < SERIES; j++) {
			elasticity_sum(&s->now_now[i][j], now[i] * now[j]);
			elasticity_sum(&s->before_before[i][j], before[i] * before[j]);
			elasticity_sum(&s->now_before[i][j], now[i] * before[j]);
		}
	}
}

/* Did demand change by more than days have changed so far? Then something else happened to it. */
static bool elasticity_jumped(sp_elasticity *s, double change)
{
	double believed = (s->spread + ELASTICITY_BELIEF * ELASTICITY_SPREAD) / (s->days + ELASTICITY_BELIEF);
	double square = change * change, far = ELASTICITY_FAR * ELASTICITY_FAR * believed;
	s->spread += square < far ? square : far;
	s->days++;
	return square > far;
}

static void elasticity_count_move(sp_elasticity *s, double moved)
{
	if (sp_abs(moved - s->moved_last) < ELASTICITY_MOVE)
		return;
	s->moved_last = moved;
	s->moves += s->moves < UINT32_MAX;
}

static void elasticity_close_day(sp_elasticity *s, bool next)
{
	double day[SERIES];
	bool whole = s->today_s >= 43200;
	for (int i = 0; whole && i < SERIES; i++) {
		day[i] = s->today[i] / s->today_s;
		s->first[i] = s->has_first ? s->first[i] : day[i];
		day[i] -= s->first[i];
	}
	if (whole) {
		s->has_first = 1;
		elasticity_count_move(s, day[Z]);
	}
	if (whole && s->has_yesterday && !elasticity_jumped(s, day[Y] - s->yesterday[Y]))
		elasticity_pair(&s->sums, s->yesterday, day);
	s->has_yesterday = whole && next;
	for (int i = 0; i < SERIES; i++) {
		s->yesterday[i] = whole ? day[i] : 0;
		s->today[i] = 0;
	}
	s->today_s = 0;
}

static void elasticity_end_days(sp_elasticity *s, int64_t t_ns)
{
	int64_t days = (t_ns - s->day_ns) / SP_DAY;
	if (days < 1)
		return;
	elasticity_close_day(s, days == 1);
	s->day_ns += days * SP_DAY;
}

/* --- observations --- */

/* Time passes under the prices that were in force. Returns how much of it [s]. */
static double elasticity_pass(sp_elasticity *s, int64_t t_ns)
{
	double span_s = t_ns > s->seen_ns ? (double)(t_ns - s->seen_ns) / 1e9 : 0;
	double left = s->lag_ns > 0 ? sp_exp(-span_s * 1e9 / (double)s->lag_ns) : 0;
	if (span_s > 0) {
		s->felt += (1 - left) * (s->price - s->felt);
		s->felt_moved += (1 - left) * (s->moved - s->felt_moved);
	}
	return span_s;
}

static double elasticity_within(double x)
{
	SP_ASSERT(sp_finite(x));
	return sp_clamp(x, -ELASTICITY_LARGEST, ELASTICITY_LARGEST);
}

static void elasticity_begin(sp_elasticity *s, int64_t t_ns, double log_price, double log_moved)
{
	s->seen = 1;
	s->day_ns = s->seen_ns = t_ns;
	s->price = s->felt = log_price;
	s->moved = s->felt_moved = log_moved;
}

/* The price in force from now on; false where the time is not newer. */
static bool elasticity_price(sp_elasticity *s, int64_t t_ns, double log_price, double log_moved, double *span_s)
{
	SP_ASSERT(t_ns >= SP_TIME_MIN_NS && t_ns <= SP_TIME_MAX_NS);
	log_price = elasticity_within(log_price);
	log_moved = elasticity_within(log_moved);
	*span_s = 0;
	if (!s->seen) {
		elasticity_begin(s, t_ns, log_price, log_moved);
		return false;
	}
	if (t_ns <= s->seen_ns)
		return false;
	elasticity_end_days(s, t_ns);
	*span_s = elasticity_pass(s, t_ns);
	s->seen_ns = t_ns;
	s->price = log_price;
	s->moved = log_moved;
	return true;
}

void sp_elasticity_skip(sp_elasticity *elasticity, int64_t t_ns, double log_price, double log_moved)
{
	double span_s;
	elasticity_price(elasticity, t_ns, log_price, log_moved, &span_s);
}

void sp_elasticity_see(sp_elasticity *elasticity, int64_t t_ns, double log_demand, double log_price, double log_moved)
{
	sp_elasticity *s = elasticity;
	double span_s;
	log_demand = elasticity_within(log_demand);
	if (!elasticity_price(s, t_ns, log_price, log_moved, &span_s))
		return;
	span_s = span_s < 86400 ? span_s : 86400;
	s->today[Y] += span_s * log_demand;
	s->today[X] += span_s * s->felt;
	s->today[Z] += span_s * s->felt_moved;
	s->today_s += span_s;
}

/* --- reading --- */

/* cov(~a, ~b) over the pairs, whitened by phi. */
static double elasticity_white(const sp_elasticity_sums *s, double phi, int a, int b)
{
	double mean_a = (s->now[a] - phi * s->before[a]) / s->n, mean_b = (s->now[b] - phi * s->before[b]) / s->n;
	double ab =
	    s->now_now[a][b] - phi * (s->now_before[a][b] + s->now_before[b][a]) + phi * phi * s->before_before[a][b];
	return ab / s->n - mean_a * mean_b;
}

/* One of two forms in r = y + e x, given those of its parts. */
static double elasticity_of_rest(double yy, double yx, double xx, double e)
{
	return yy + e * yx + e * e * xx;
}

/* phi of r, by least squares with a little belief beforehand, and what few days bias it by. */
static double elasticity_phi(const sp_elasticity_sums *s, double e)
{
	double c[2][SERIES][SERIES];
	for (int a = 0; a < SERIES; a++) {
		for (int b = 0; b < SERIES; b++) {
			c[0][a][b] = s->before_before[a][b] / s->n - s->before[a] * s->before[b] / (s->n * s->n);
			c[1][a][b] = s->now_before[a][b] / s->n - s->now[a] * s->before[b] / (s->n * s->n);
		}
	}
	double c11 = elasticity_of_rest(c[0][Y][Y], c[0][Y][X] + c[0][X][Y], c[0][X][X], e);
	double c12 = elasticity_of_rest(c[1][Y][Y], c[1][Y][X] + c[1][X][Y], c[1][X][X], e);
	double phi = c11 > 1e-12 ? sp_clamp(c12 / c11, -1, 1) : ELASTICITY_PHI;
	phi = (s->n * phi + ELASTICITY_BELIEF * ELASTICITY_PHI) / (s->n + ELASTICITY_BELIEF);
	return sp_clamp(phi + (1 + 3 * phi) / s->n, 0, ELASTICITY_PHI_MAX);
}

/* Student's t at 95 %, over that of a normal number (Cornish and Fisher 1938). */
static double elasticity_student(double df)
{
	return 1 + (1.524 + 1.42 / df) / df / 1.645;
}

sp_answer sp_elasticity_fit_of(const sp_elasticity *elasticity, sp_elasticity_fit *fit)
{
	const sp_elasticity_sums *s = &elasticity->sums;
	double phi = ELASTICITY_PHI, e = 0, zx = 0;
	if (s->n < ELASTICITY_LEAST)
		return (sp_answer){SP_TOO_LITTLE, "fewer than eight days of demand"};
	if (elasticity->moves < 2)
		return (sp_answer){SP_NOT_IDENTIFIED, "no price moved for a reason other than demand"};
	for (int round = 0; round < ELASTICITY_ROUNDS; round++) {
		zx = elasticity_white(s, phi, Z, X);
		if (sp_abs(zx) < 1e-9)
			return (sp_answer){SP_NOT_IDENTIFIED, "the moves that demand did not cause are too small"};
		e = sp_clamp(-elasticity_white(s, phi, Z, Y) / zx, -100, 100);
		phi = elasticity_phi(s, e);
	}
	double zz = elasticity_white(s, phi, Z, Z), df = s->n - 3;
	double rest = elasticity_of_rest(elasticity_white(s, phi, Y, Y), 2 * elasticity_white(s, phi, Y, X),
	                                 elasticity_white(s, phi, X, X), e);
	double residual = (rest > 0 ? rest : 0) * s->n / df, t = elasticity_student(df);
	zx = elasticity_white(s, phi, Z, X);
	if (sp_abs(zx) < 1e-9)
		return (sp_answer){SP_NOT_IDENTIFIED, "the moves that demand did not cause are too small"};
	*fit = (sp_elasticity_fit){e, t * t * residual * (zz > 0 ? zz : 0) / (s->n * zx * zx), phi, residual, s->n};
	SP_ASSERT(sp_finite(fit->value) && sp_finite(fit->variance));
	return (sp_answer){SP_KNOWN, NULL};
}

sp_answer sp_elasticity_read(const sp_elasticity *elasticity, int64_t now_ns, sp_estimate *out)
{
	sp_elasticity_fit fit;
	sp_answer answer = sp_elasticity_fit_of(elasticity, &fit);
	SP_ASSERT(now_ns >= SP_TIME_MIN_NS && now_ns <= SP_TIME_MAX_NS);
	if (answer.knowledge != SP_KNOWN)
		return answer;
	if (fit.variance > SP_ELASTICITY_UNSURE * SP_ELASTICITY_UNSURE)
		return (sp_answer){SP_NOT_IDENTIFIED, SP_ELASTICITY_TOO_FEW};
	*out = (sp_estimate){
	    .value = fit.value,
	    .variance = fit.variance,
	    .count = fit.n,
	    .age_ns = now_ns > elasticity->seen_ns ? now_ns - elasticity->seen_ns : 0,
	};
	return answer;
}

/* --- many goods at once --- */

void sp_pooled_see(sp_pooled *good, double log_demand, double log_price)
{
	SP_ASSERT(good != NULL && good->n >= 0);
	double y = elasticity_within(log_demand) - good->y, x = elasticity_within(log_price) - good->x;
	good->n += 1;
	double left = (good->n - 1) / good->n;
	good->x += x / good->n;
	good->y += y / good->n;
	good->xx += x * x * left;
	good->xy += x * y * left;
	good->yy += y * y * left;
}

sp_answer sp_pooled_read(const sp_pooled *goods, uint32_t n_goods, sp_estimate *out)
{
	double n = 0, xx = 0, xy = 0, yy = 0;
	SP_ASSERT(goods != NULL && out != NULL);
	for (uint32_t i = 0; i < n_goods; i++) {
		n += goods[i].n;
		xx += goods[i].xx;
		xy += goods[i].xy;
		yy += goods[i].yy;
	}
	double df = n - n_goods - 1;
	if (df < 1)
		return (sp_answer){SP_TOO_LITTLE, "too few observations for an intercept of each and a slope"};
	if (!(xx > 1e-12))
		return (sp_answer){SP_NOT_IDENTIFIED, "no price moved"};
	double rest = yy - xy * (xy / xx), t = elasticity_student(df);
	*out = (sp_estimate){.value = -xy / xx, .count = n};
	out->variance = t * t * (rest > 0 ? rest : 0) / df / xx;
	SP_ASSERT(sp_finite(out->value) && sp_finite(out->variance));
	return (sp_answer){SP_KNOWN, NULL};
}
