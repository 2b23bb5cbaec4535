/* outlook.c - what is believed about a family's demand; see outlook.h. */
#include "policies/price/outlook.h"

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"

#define OUTLOOK_LOWEST   0.3                 /* the bank, log-spaced, moved a little so that what was told is in it */
#define OUTLOOK_SPACING  0.35167633760170434 /* log(5 / 0.3) / 8 */
#define OUTLOOK_USUAL    2.0 /* elasticities are about that, within a factor of two, two times in three */
#define OUTLOOK_USUAL_SD 0.7
#define OUTLOOK_DAY_S    86400.0
#define OUTLOOK_SD       0.2 /* of forecast errors, until some are seen */
#define OUTLOOK_FAR \
	3.0 /* a forecast misses by no more than that, in the logarithm: an empty hour is no end of demand */
#define OUTLOOK_CALM     0.15 /* demand that rises by less in 90 minutes finds capacity: it was rented with room */
#define OUTLOOK_HASTE    2.5  /* what rises by more: its lots come late and stay long */
#define OUTLOOK_PEAK_MAX 2.5
#define OUTLOOK_RIDGE    0.02 /* of phi, which is 0.8 until the days say otherwise */
#define OUTLOOK_PHI      0.8
#define OUTLOOK_TREND    300.0  /* of the trend: 3 % a week is credible, a third in a day is not */
#define OUTLOOK_KEEP     0.9923 /* of what a day said, on the next: half in 90 days */
#define OUTLOOK_DAYS     4.0    /* so many days of noise are believed beforehand */
#define OUTLOOK_NOISE    0.01   /* their variance */
#define OUTLOOK_COARSE   0.17   /* half of what lies between two of the bank, as a part of an elasticity */
#define OUTLOOK_RARE     1e-7   /* errors rarer than that are none */
#define OUTLOOK_GAP      900.0  /* half-lives */
#define OUTLOOK_FADES    1e6    /* fresh errors weigh no more than that before all are brought down */

static double outlook_share(double span_s, int64_t half_life_ns)
{
	return 1 - sp_exp2(-span_s * 1e9 / (double)half_life_ns);
}

static void outlook_bank(sp_outlook *o, const sp_outlook_params *p)
{
	double place = (sp_log(p->elasticity) - sp_log(OUTLOOK_LOWEST)) / OUTLOOK_SPACING;
	int told = (int)sp_clamp(place + 0.5, 0, SP_CURVE_BANK - 1);
	for (int k = 0; k < SP_CURVE_BANK; k++) {
		o->elasticity[k] = p->elasticity * sp_exp((k - told) * OUTLOOK_SPACING);
		o->weight[k] = k == told;
	}
}

static double outlook_error(int bin)
{
	return (bin - 0.5 * (SP_CURVE_BINS - 1)) * SP_CURVE_BIN;
}

/* log of the prior's weight of the k-th. */
static double outlook_prior(const sp_outlook *o, const sp_outlook_params *p, int k)
{
	double off = sp_log(o->elasticity[k] / p->elasticity) / p->elasticity_sd;
	double unusual = sp_log(o->elasticity[k] / OUTLOOK_USUAL) / OUTLOOK_USUAL_SD;
	return -0.5 * (off * off + unusual * unusual);
}

/* --- the days --- */

/* The covariance of two of the day before (a), the day (b) and its number (t), freed of the trend. */
static double outlook_freed(const sp_outlook *o, double ab, double a_sum, double b_sum, double at, double bt)
{
	double n = o->pairs, t = o->t / n, ctt = o->tt / n - t * t + OUTLOOK_TREND / n;
	double cat = at / n - a_sum / n * t, cbt = bt / n - b_sum / n * t;
	return ab / n - a_sum / n * (b_sum / n) - cat * cbt / ctt;
}

/* The mean square that is left of the days when each is foretold from the one before. */
static double outlook_rss(const sp_outlook *o, int k)
{
	const sp_outlook_days *d = &o->days[k];
	double ridge = OUTLOOK_RIDGE / o->pairs;
	double c11 = outlook_freed(o, d->xx, d->x, d->x, d->xt, d->xt);
	double c12 = outlook_freed(o, d->xy, d->x, d->y, d->xt, d->yt);
	double c22 = outlook_freed(o, d->yy, d->y, d->y, d->yt, d->yt);
	double phi = sp_clamp((c12 + OUTLOOK_PHI * ridge) / (c11 + ridge), 0, 1);
	double rss = c22 - 2 * phi * c12 + phi * phi * c11;
	return rss > 0 ? rss : 0;
}

/* log of how well the k-th agrees with what was measured. */
static double outlook_measured(const sp_outlook *o, int k)
{
	double off = o->elasticity[k] - o->measured, coarse = OUTLOOK_COARSE * o->measured;
	return o->measured > 0 ? -0.5 * off * off / (o->measured_variance + coarse * coarse) : 0;
}

/* Weights from what was told, what was measured and what the days say. */
static void outlook_weigh(sp_outlook *o, const sp_outlook_params *p)
{
	double score[SP_CURVE_BANK], best = -1e300, sum = 0, n = o->pairs;
	if (p->elasticity_sd <= 0)
		return;
	for (int k = 0; k < SP_CURVE_BANK; k++) {
		score[k] = outlook_prior(o, p, k) + outlook_measured(o, k);
		if (n > 0)
			score[k] -= 0.35 * n * sp_log((n * outlook_rss(o, k) + OUTLOOK_DAYS * OUTLOOK_NOISE) / (n + OUTLOOK_DAYS));
		best = score[k] > best ? score[k] : best;
	}
	for (int k = 0; k < SP_CURVE_BANK; k++)
		sum += o->weight[k] = sp_exp(score[k] - best);
	for (int k = 0; k < SP_CURVE_BANK; k++)
		o->weight[k] /= sum;
}

static void outlook_sum(double *sum, double x)
{
	*sum = OUTLOOK_KEEP * *sum + x;
}

/* What yesterday and today say, and a little forgetting: buyers change too. */
static void outlook_pair(sp_outlook *o, const double day[SP_CURVE_BANK])
{
	double t = o->number;
	for (int k = 0; k < SP_CURVE_BANK; k++) {
		double x = o->yesterday[k] - o->first[k], y = day[k] - o->first[k];
		sp_outlook_days *d = &o->days[k];
		outlook_sum(&d->x, x);
		outlook_sum(&d->y, y);
		outlook_sum(&d->xx, x * x);
		outlook_sum(&d->xy, x * y);
		outlook_sum(&d->yy, y * y);
		outlook_sum(&d->xt, x * t);
		outlook_sum(&d->yt, y * t);
	}
	outlook_sum(&o->pairs, 1);
	outlook_sum(&o->t, t);
	outlook_sum(&o->tt, t * t);
}

/* A day of less than half its observations says nothing. */
static void outlook_close_day(sp_outlook *o, const sp_outlook_params *p, bool next)
{
	double day[SP_CURVE_BANK];
	bool whole = o->today_s >= OUTLOOK_DAY_S / 2;
	for (int k = 0; whole && k < SP_CURVE_BANK; k++) {
		day[k] = o->today[k] / o->today_s;
		o->first[k] = o->has_first ? o->first[k] : day[k];
	}
	o->has_first = o->has_first || whole;
	if (whole && o->has_yesterday) {
		outlook_pair(o, day);
		outlook_weigh(o, p);
	}
	o->has_yesterday = whole && next;
	for (int k = 0; k < SP_CURVE_BANK; k++) {
		o->yesterday[k] = whole ? day[k] : 0;
		o->today[k] = 0;
	}
	o->today_s = 0;
}

static void outlook_day(sp_outlook *o, const sp_outlook_params *p, int64_t now_ns)
{
	int64_t days = (now_ns - o->day_ns) / SP_DAY;
	if (days < 1)
		return;
	outlook_close_day(o, p, days == 1);
	o->day_ns += days * SP_DAY;
	o->number += (double)days;
}

/* --- the hours --- */

static void outlook_miss(sp_outlook *o, const sp_outlook_params *p, double error, double span_s)
{
	double place = error / SP_CURVE_BIN + 0.5 * SP_CURVE_BINS;
	int bin = (int)sp_clamp(place, 0, SP_CURVE_BINS - 1);
	/* After so long a gap nothing of the past is left; its weight must not run over. */
	o->fresh *= sp_exp2(sp_clamp(span_s * 1e9 / (double)p->spread_half_life_ns, 0, OUTLOOK_GAP));
	o->errors[bin] += o->fresh * (span_s < OUTLOOK_DAY_S ? span_s : OUTLOOK_DAY_S);
	if (o->fresh < OUTLOOK_FADES)
		return;
	for (int q = 0; q < SP_CURVE_BINS; q++)
		o->errors[q] /= o->fresh;
	o->fresh = 1;
}

/* Most of the last 90 minutes over what is now, as far as that is a burst. */
static void outlook_peak(sp_outlook *o, int64_t now_ns, double log_demand, double span_s)
{
	const int64_t span_ns = 15 * SP_MIN;
	int64_t on = (now_ns - o->recent_ns) / span_ns;
	double most = log_demand;
	for (int64_t i = 0; i < on && i < SP_OUTLOOK_RECENT; i++) {
		for (int s = SP_OUTLOOK_RECENT - 1; s > 0; s--)
			o->recent[s] = o->recent[s - 1];
		o->recent[0] = log_demand;
	}
	o->recent_ns += on * span_ns;
	o->recent[0] = log_demand > o->recent[0] ? log_demand : o->recent[0];
	for (int s = 0; s < SP_OUTLOOK_RECENT; s++)
		most = o->recent[s] > most ? o->recent[s] : most;
	double burst = OUTLOOK_HASTE * (most - log_demand - OUTLOOK_CALM);
	double peak = sp_exp(sp_clamp(burst, 0, sp_log(OUTLOOK_PEAK_MAX)));
	o->peak += (1 - sp_exp(-span_s / OUTLOOK_DAY_S)) * (peak - o->peak);
}

void sp_outlook_init(sp_outlook *o, const sp_outlook_params *p)
{
	SP_ASSERT(p->elasticity > 0 && p->elasticity_sd >= 0);
	*o = (sp_outlook){.bill = 1, .peak = 1, .fresh = 1};
	o->first_ns = o->seen_ns = o->day_ns = o->recent_ns = SP_TIME_NEVER;
	outlook_bank(o, p);
	outlook_weigh(o, p);
	for (int q = 0; q < SP_CURVE_BINS; q++) {
		double off = outlook_error(q) / OUTLOOK_SD;
		o->errors[q] = OUTLOOK_DAY_S * SP_CURVE_BIN / OUTLOOK_SD * 0.3989422804014327 * sp_exp(-0.5 * off * off);
	}
}

void sp_outlook_feel(sp_outlook *o, const sp_outlook_params *p, double log_price, double span_s)
{
	double left = p->response_lag_ns > 0 ? sp_exp(-span_s * 1e9 / (double)p->response_lag_ns) : 0;
	SP_ASSERT(span_s >= 0);
	o->bill += (1 - left) * (sp_exp(log_price) - o->bill);
}

static double outlook_forecast(const sp_outlook *o, const sp_outlook_params *p, int k)
{
	double mix = (double)p->level_mix_ppb / (double)SP_NANO;
	return o->slow[k] + mix * (o->level[k] - o->slow[k]);
}

static void outlook_begin(sp_outlook *o, int64_t now_ns, double log_demand, double x)
{
	for (int k = 0; k < SP_CURVE_BANK; k++)
		o->level[k] = o->slow[k] = log_demand + o->elasticity[k] * x;
	for (int s = 0; s < SP_OUTLOOK_RECENT; s++)
		o->recent[s] = log_demand;
	o->first_ns = o->seen_ns = o->day_ns = o->recent_ns = now_ns;
	o->count = 1;
}

/* How far the forecast of the whole bank missed. */
static double outlook_off(const sp_outlook *o, const sp_outlook_params *p, double log_demand, double x)
{
	double off = 0;
	for (int k = 0; k < SP_CURVE_BANK; k++)
		off += o->weight[k] * (log_demand + o->elasticity[k] * x - outlook_forecast(o, p, k));
	return off;
}

static void outlook_learn(sp_outlook *o, const sp_outlook_params *p, double log_demand, double x, double span_s)
{
	double once = 1 / o->count;
	double quick = outlook_share(span_s, p->level_half_life_ns), slow = outlook_share(span_s, p->slow_half_life_ns);
	quick = quick > once ? quick : once;
	slow = slow > once ? slow : once;
	for (int k = 0; k < SP_CURVE_BANK; k++) {
		double b = log_demand + o->elasticity[k] * x;
		o->level[k] += quick * (b - o->level[k]);
		o->slow[k] += slow * (b - o->slow[k]);
		o->today[k] += span_s * b;
	}
	o->today_s += span_s;
}

void sp_outlook_see(sp_outlook *o, const sp_outlook_params *p, int64_t now_ns, double demand, bool censored)
{
	SP_ASSERT(demand >= 0 && sp_finite(demand));
	double x = sp_log(o->bill), log_demand = demand > 0 ? sp_log(sp_clamp(demand, 1e-30, 1e30)) : -70;
	if (o->seen_ns == SP_TIME_NEVER) {
		if (demand > 0)
			outlook_begin(o, now_ns, log_demand, x);
		return;
	}
	double span_s = now_ns > o->seen_ns ? (double)(now_ns - o->seen_ns) / 1e9 : 0, off;
	outlook_day(o, p, now_ns);
	off = outlook_off(o, p, log_demand, x);
	log_demand += sp_clamp(off, censored ? 0 : -OUTLOOK_FAR, OUTLOOK_FAR) - off;
	off = sp_clamp(off, censored ? 0 : -OUTLOOK_FAR, OUTLOOK_FAR);
	o->count += 1;
	outlook_learn(o, p, log_demand, x, span_s);
	outlook_miss(o, p, off, span_s);
	outlook_peak(o, now_ns, log_demand, span_s);
	o->seen_ns = now_ns;
}

void sp_outlook_measure(sp_outlook *o, double elasticity, double variance)
{
	SP_ASSERT(sp_finite(elasticity) && variance >= 0);
	o->measured = sp_clamp(elasticity, 0, 100);
	o->measured_variance = sp_clamp(variance, 0, 1e4);
}

int64_t sp_outlook_age_ns(const sp_outlook *o, int64_t now_ns)
{
	return o->first_ns == SP_TIME_NEVER ? -1 : now_ns - o->first_ns;
}

/* Weights lean to low elasticities: a price too dear shows within days, one too cheap shows nothing. */
static void outlook_lean(const sp_outlook *o, double weight[SP_CURVE_BANK])
{
	double sum = 0;
	for (int k = 0; k < SP_CURVE_BANK; k++)
		sum += weight[k] = o->weight[k] / o->elasticity[k];
	SP_ASSERT(sum > 0);
	for (int k = 0; k < SP_CURVE_BANK; k++)
		weight[k] /= sum;
}

bool sp_outlook_expect(const sp_outlook *o, const sp_outlook_params *p, sp_curve_demand *expected)
{
	double sum = 0;
	if (o->seen_ns == SP_TIME_NEVER)
		return false;
	for (int k = 0; k < SP_CURVE_BANK; k++) {
		expected->elasticity[k] = o->elasticity[k];
		expected->level[k] = outlook_forecast(o, p, k);
	}
	outlook_lean(o, expected->weight);
	for (int q = 0; q < SP_CURVE_BINS; q++)
		sum += o->errors[q];
	SP_ASSERT(sum > 0 && sp_finite(sum));
	for (int q = 0; q < SP_CURVE_BINS; q++)
		expected->errors[q] = o->errors[q] > OUTLOOK_RARE * sum ? o->errors[q] / sum : 0;
	return true;
}
