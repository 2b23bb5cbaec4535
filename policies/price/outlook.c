/* outlook.c - what is believed about a family's demand; see outlook.h. */
#include "policies/price/outlook.h"

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"

#define OUTLOOK_LOWEST  0.3                 /* the bank, log-spaced, moved a little so that what was told is in it */
#define OUTLOOK_SPACING 0.35167633760170434 /* log(5 / 0.3) / 8 */
#define OUTLOOK_DAY_S   86400.0
#define OUTLOOK_SD      0.2 /* of forecast errors, until some are seen */
#define OUTLOOK_FAR \
	3.0 /* a forecast misses by no more than that, in the logarithm: an empty hour is no end of demand */
#define OUTLOOK_PEAK_S   60000.0
#define OUTLOOK_PEAK     1.05
#define OUTLOOK_PEAK_MAX 1.5
#define OUTLOOK_SURPRISE 3.5
#define OUTLOOK_FADES    1e6 /* fresh errors weigh no more than that before all are brought down */

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
	return -0.5 * off * off;
}

/* --- the days --- */

static double outlook_rss(const sp_outlook *o, int k, double *phi)
{
	const sp_outlook_days *d = &o->days[k];
	double n = o->pairs, ridge = 0.08 / n;
	double c11 = d->xx / n - d->x / n * (d->x / n), c12 = d->xy / n - d->x / n * (d->y / n);
	double c22 = d->yy / n - d->y / n * (d->y / n);
	*phi = sp_clamp((c12 + 0.8 * ridge) / (c11 + ridge), 0, 1);
	double rss = c22 - 2 * *phi * c12 + *phi * *phi * c11;
	return rss > 0 ? rss : 0;
}

/* Weights from what was told and what the days say. */
static void outlook_weigh(sp_outlook *o, const sp_outlook_params *p)
{
	double score[SP_CURVE_BANK], best = -1e300, sum = 0, phi;
	if (p->elasticity_sd <= 0)
		return;
	for (int k = 0; k < SP_CURVE_BANK; k++) {
		double n = o->pairs;
		score[k] = outlook_prior(o, p, k);
		if (n > 0)
			score[k] -= 0.35 * n * sp_log((n * outlook_rss(o, k, &phi) + 0.04) / (n + 4));
		best = score[k] > best ? score[k] : best;
	}
	for (int k = 0; k < SP_CURVE_BANK; k++)
		sum += o->weight[k] = sp_exp(score[k] - best);
	for (int k = 0; k < SP_CURVE_BANK; k++)
		o->weight[k] /= sum;
}

/* Does the day surprise the whole bank? */
static bool outlook_surprised(const sp_outlook *o, const double day[SP_CURVE_BANK])
{
	double miss = 0, variance = 0, phi;
	if (o->pairs < 4)
		return false;
	for (int k = 0; k < SP_CURVE_BANK; k++) {
		double rss = outlook_rss(o, k, &phi);
		double x = o->yesterday[k] - o->first[k] - o->days[k].x / o->pairs;
		double y = day[k] - o->first[k] - o->days[k].y / o->pairs;
		miss += o->weight[k] * (y - phi * x);
		variance += o->weight[k] * (o->pairs * rss + 0.04) / (o->pairs + 4);
	}
	return miss * miss > OUTLOOK_SURPRISE * OUTLOOK_SURPRISE * variance;
}

static void outlook_pair(sp_outlook *o, const double day[SP_CURVE_BANK])
{
	for (int k = 0; k < SP_CURVE_BANK; k++) {
		double x = o->yesterday[k] - o->first[k], y = day[k] - o->first[k];
		sp_outlook_days *d = &o->days[k];
		d->x += x;
		d->y += y;
		d->xx += x * x;
		d->xy += x * y;
		d->yy += y * y;
	}
	o->pairs += 1;
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
	if (whole && o->has_yesterday && !outlook_surprised(o, day)) {
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
}

/* --- the hours --- */

static void outlook_miss(sp_outlook *o, const sp_outlook_params *p, double error, double span_s)
{
	double place = error / SP_CURVE_BIN + 0.5 * SP_CURVE_BINS;
	int bin = (int)sp_clamp(place, 0, SP_CURVE_BINS - 1);
	o->fresh *= sp_exp2(span_s * 1e9 / (double)p->spread_half_life_ns);
	o->errors[bin] += o->fresh * (span_s < OUTLOOK_DAY_S ? span_s : OUTLOOK_DAY_S);
	if (o->fresh < OUTLOOK_FADES)
		return;
	for (int q = 0; q < SP_CURVE_BINS; q++)
		o->errors[q] /= o->fresh;
	o->fresh = 1;
}

/* Most of the last 90 minutes over what is now. */
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
	double peak = sp_exp(sp_clamp(most - log_demand, 0, sp_log(OUTLOOK_PEAK_MAX)));
	o->peak += (1 - sp_exp(-span_s / OUTLOOK_PEAK_S)) * (peak - o->peak);
}

void sp_outlook_init(sp_outlook *o, const sp_outlook_params *p)
{
	SP_ASSERT(p->elasticity > 0 && p->elasticity_sd >= 0);
	*o = (sp_outlook){.bill = 1, .peak = OUTLOOK_PEAK, .fresh = 1};
	o->seen_ns = o->day_ns = o->recent_ns = SP_TIME_NEVER;
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
	o->seen_ns = o->day_ns = o->recent_ns = now_ns;
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

bool sp_outlook_expect(const sp_outlook *o, const sp_outlook_params *p, sp_curve_demand *expected)
{
	double sum = 0;
	if (o->seen_ns == SP_TIME_NEVER)
		return false;
	for (int k = 0; k < SP_CURVE_BANK; k++) {
		expected->elasticity[k] = o->elasticity[k];
		expected->weight[k] = o->weight[k];
		expected->level[k] = outlook_forecast(o, p, k);
	}
	for (int q = 0; q < SP_CURVE_BINS; q++)
		sum += o->errors[q];
	SP_ASSERT(sum > 0 && sp_finite(sum));
	for (int q = 0; q < SP_CURVE_BINS; q++)
		expected->errors[q] = o->errors[q] / sum;
	return true;
}
