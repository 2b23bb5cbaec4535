/* stability.c - is a family's loop calm? See stability.h. */
#include "controller/config/stability.h"

#include <string.h>

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"
#include "controller/config/roots.h"

#define STABILITY_LAG_MAX 1e5 /* steps: then roots lie some 1e-5 apart, a thousand times what they are found to */
#define STABILITY_HALVES  40

/* --- the closed loop --- */

typedef struct stability_ratio {
	sp_polynomial over, under;
} stability_ratio;

/* P(z) as a ratio. */
static stability_ratio stability_plant(const sp_plant *plant)
{
	stability_ratio r = {{0, {1}}, {(size_t)plant->delay, {0}}};

	r.under.c[plant->delay] = 1;
	if (plant->lag > 0) {
		double a = sp_exp(-1 / plant->lag);
		r.over = sp_polynomial_times(&r.over, &(sp_polynomial){1, {0, 1 - a}});
		r.under = sp_polynomial_times(&r.under, &(sp_polynomial){1, {-a, 1}});
	}
	if (plant->weight < 1) {
		r.over = sp_polynomial_times(&r.over, &(sp_polynomial){1, {0, plant->weight}});
		r.under = sp_polynomial_times(&r.under, &(sp_polynomial){1, {plant->weight - 1, 1}});
	}
	return r;
}

static sp_polynomial stability_polynomial(const sp_closed_loop *loop)
{
	stability_ratio p = stability_plant(&loop->plant), p0;
	sp_polynomial sum, part;

	if (!loop->predicts) {
		sum = sp_polynomial_times(&(sp_polynomial){1, {-1, 1}}, &p.under);
		return sp_polynomial_plus(&sum, loop->gain * loop->plant.elasticity, &p.over);
	}
	p0 = stability_plant(&loop->told);
	sum = sp_polynomial_times(&(sp_polynomial){1, {loop->gain - 1, 1}}, &p.under);
	sum = sp_polynomial_times(&sum, &p0.under);
	part = sp_polynomial_times(&p0.over, &p.under);
	sum = sp_polynomial_plus(&sum, -loop->gain, &part);
	part = sp_polynomial_times(&p.over, &p0.under);
	return sp_polynomial_plus(&sum, loop->gain * loop->plant.elasticity / loop->told.elasticity, &part);
}

/* The same plant in steps of k. */
static sp_plant stability_coarser(sp_plant plant, double k)
{
	plant.delay = (int)(plant.delay / k + 0.5);
	plant.lag /= k;
	plant.weight = plant.weight < 1 ? 1 - sp_exp(k * sp_log(1 - plant.weight)) : 1;
	return plant;
}

/* By how much a plant's lag or delay is longer than what is computed as it is; at most 1: not longer. */
static double stability_excess(const sp_plant *plant)
{
	double lag = plant->lag / STABILITY_LAG_MAX, delay = (double)plant->delay / SP_DELAY_MAX;

	return lag > delay ? lag : delay;
}

sp_rest sp_stability_rest(const sp_closed_loop *loop)
{
	sp_complex roots[SP_DEGREE_MAX];
	sp_closed_loop l = *loop;
	double k = stability_excess(&l.plant), told = l.predicts ? stability_excess(&l.told) : 0;
	sp_polynomial p;
	sp_rest rest = {0, 0};
	double angle = 0;

	SP_ASSERT(l.plant.delay >= 0 && l.told.delay >= 0 && l.gain >= 0);
	k = told > k ? told : k;
	if (k > 1) {
		l.plant = stability_coarser(l.plant, k);
		l.told = stability_coarser(l.told, k);
		l.gain *= k;
	}
	p = stability_polynomial(&l);
	sp_roots_find(&p, roots);
	for (size_t i = 0; i < p.degree; i++) {
		double size = sp_complex_size(roots[i]);
		if (size <= rest.size)
			continue;
		rest.size = size;
		angle = sp_complex_angle(roots[i]);
	}
	rest.swing = angle > 1e-9 ? sp_exp(SP_PI / angle * sp_log(rest.size)) : 0;
	return rest;
}

sp_verdict sp_stability_verdict(sp_rest rest, double swing_most)
{
	if (rest.size >= 1)
		return SP_VERDICT_UNSTABLE;
	return rest.swing > swing_most ? SP_VERDICT_SWINGS : SP_VERDICT_CALM;
}

const char *sp_verdict_words(sp_verdict verdict)
{
	static const char *const words[] = {"stable, no oscillation", "stable, oscillates", "unstable"};

	SP_ASSERT(verdict <= SP_VERDICT_UNSTABLE);
	return words[verdict];
}

double sp_stability_limit(const sp_closed_loop *loop, sp_verdict worst, double swing_most)
{
	sp_closed_loop l = *loop;
	double low = 1e-9, high = 1e6;

	for (int i = 0; i < STABILITY_HALVES; i++) {
		l.gain = sp_sqrt(low * high);
		if (sp_stability_verdict(sp_stability_rest(&l), swing_most) <= worst)
			low = l.gain;
		else
			high = l.gain;
	}
	return low;
}

/* --- a family --- */

#define STABILITY_E_LOW   0.75
#define STABILITY_E_HIGH  3.0
#define STABILITY_TWICE   2
#define STABILITY_TELLING 1.0 /* a gain of 1 undoes all of an error at once: no more is asked for */

/* The bands, as configured or else as the law is told, or assumed. */
static void stability_bands(const sp_setup *setup, const sp_loop_setup *bands, const sp_law_loop *law,
                            sp_stability *out)
{
	double told = law->predicts ? law->elasticity : 0;
	int64_t lag = law->predicts ? law->response_lag_ns : 0;

	out->assumed = bands->elasticity_low <= 0 || bands->elasticity_high <= 0;
	out->low = bands->elasticity_low > 0 ? bands->elasticity_low : told > 0 ? told / STABILITY_TWICE : STABILITY_E_LOW;
	out->high = bands->elasticity_high > 0 ? bands->elasticity_high
	            : told > 0                 ? told * STABILITY_TWICE
	                                       : STABILITY_E_HIGH;
	out->lag_low_ns = bands->lag_low_ns != SP_PARAM_NONE ? bands->lag_low_ns : lag / STABILITY_TWICE;
	out->lag_high_ns = bands->lag_high_ns != SP_PARAM_NONE ? bands->lag_high_ns
	                   : law->predicts                     ? lag * STABILITY_TWICE
	                                                       : SP_DAY;
	out->delay_low_ns = bands->delay_low_ns != SP_PARAM_NONE ? bands->delay_low_ns : law->predicts ? law->delay_ns : 0;
	out->delay_high_ns =
	    bands->delay_high_ns != SP_PARAM_NONE ? bands->delay_high_ns : out->delay_low_ns + setup->period_ns;
}

#define STABILITY_DELAY_MOST 1000000 /* steps: twelve days of seconds */

/* Whole steps: a delay of part of one shows at the next. */
static int stability_delay(int64_t delay_ns, int64_t step_ns)
{
	int64_t steps = (delay_ns + step_ns - 1) / step_ns;

	return steps > STABILITY_DELAY_MOST ? STABILITY_DELAY_MOST : (int)steps;
}

/* The weight of the newest in the pool's load, where the law does not undo the smoothing and it is a plain decaying mean. */
static double stability_weight(const sp_pool_setup *pool, const sp_law_loop *law)
{
	const sp_estimator_ops *ops = pool->load.ops;
	const sp_param *row = sp_param_find(ops->params, ops->n_params, "half_life", strlen("half_life"));
	int64_t half_life;

	if (!law->filtered || !row || row->type != SP_PARAM_SPAN)
		return 1;
	memcpy(&half_life, pool->load.params + row->offset, sizeof half_life);
	return half_life > 0 ? 1 - sp_exp2(-(double)law->step_ns / (double)half_life) : 1;
}

#define STABILITY_CORNERS 27

/* The corner of the bands by its number: low, the geometric middle, high of each. */
static sp_plant stability_corner(const sp_stability *s, double weight, int number)
{
	int e = number % 3, lag = number / 3 % 3, delay = number / 9;
	double lags[] = {(double)s->lag_low_ns, 0, (double)s->lag_high_ns};
	double es[] = {s->low, sp_sqrt(s->low * s->high), s->high};
	int64_t delays[] = {s->delay_low_ns, (s->delay_low_ns + s->delay_high_ns) / 2, s->delay_high_ns};

	lags[1] = lags[0] > 0 ? sp_sqrt(lags[0] * lags[2]) : lags[2] / 8;
	return (sp_plant){es[e], stability_delay(delays[delay], s->step_ns), lags[lag] / (double)s->step_ns, weight};
}

static bool stability_is_worse(sp_rest a, sp_rest b)
{
	sp_verdict x = sp_stability_verdict(a, SP_SWING_CALM), y = sp_stability_verdict(b, SP_SWING_CALM);

	return x != y ? x > y : x == SP_VERDICT_SWINGS ? a.swing > b.swing : a.size > b.size;
}

/* The worst corner at the loop's gain. */
static sp_rest stability_worst(sp_closed_loop *loop, const sp_stability *s, double weight, sp_plant *where)
{
	sp_rest worst = {-1, 0};

	for (int i = 0; i < STABILITY_CORNERS; i++) {
		sp_rest rest;
		loop->plant = stability_corner(s, weight, i);
		rest = sp_stability_rest(loop);
		if (worst.size >= 0 && !stability_is_worse(rest, worst))
			continue;
		worst = rest;
		*where = loop->plant;
	}
	return worst;
}

/* Is every corner calm? From the far end of the bands, where it is so least. */
static bool stability_calms(sp_closed_loop loop, const sp_stability *s, double weight)
{
	bool calm = true;

	for (int i = STABILITY_CORNERS; calm && i-- > 0;) {
		sp_rest rest;
		loop.plant = stability_corner(s, weight, i);
		rest = sp_stability_rest(&loop);
		calm = sp_stability_verdict(rest, SP_SWING_CALM) == SP_VERDICT_CALM;
	}
	return calm;
}

/* The largest gain that is calm at every corner, at most 1: halved intervals of its logarithm. */
static double stability_choose(sp_closed_loop loop, const sp_stability *s, double weight)
{
	double low = 1e-6, high = STABILITY_TELLING;

	for (int i = 0; i < STABILITY_HALVES / 2; i++) {
		loop.gain = sp_sqrt(low * high);
		if (stability_calms(loop, s, weight))
			low = loop.gain;
		else
			high = loop.gain;
	}
	return low;
}

/* The loop as the law steers it, and its bands; returns the weight of the load's smoothing. */
static double stability_state(const sp_setup *setup, const sp_family_setup *f, sp_closed_loop *loop, sp_stability *out)
{
	sp_law_loop law = {0};

	SP_ASSERT(f->law->steers && setup->period_ns > 0);
	f->law->steers(f->law_params, setup->period_ns, f->rails.min_interval_ns, &law);
	*out = (sp_stability){.steers = true, .step_ns = law.step_ns, .gain = law.gain};
	stability_bands(setup, &f->loop, &law, out);
	*loop = (sp_closed_loop){.gain = law.gain, .predicts = law.predicts};
	loop->told = (sp_plant){law.elasticity, stability_delay(law.delay_ns, law.step_ns),
	                        (double)law.response_lag_ns / (double)law.step_ns, 1};
	return stability_weight(&setup->pools[f->pool], &law);
}

void sp_stability_check(const sp_setup *setup, uint32_t family, sp_stability *out)
{
	const sp_family_setup *f = &setup->families[family];
	sp_closed_loop loop;
	double weight;

	SP_ASSERT(family < setup->n_families);
	*out = (sp_stability){.steers = false};
	if (!f->law->steers)
		return;
	weight = stability_state(setup, f, &loop, out);
	out->rest = stability_worst(&loop, out, weight, &out->worst);
	out->verdict = sp_stability_verdict(out->rest, SP_SWING_CALM);
	out->chosen = stability_choose(loop, out, weight);
}

bool sp_stability_is_calm(const sp_setup *setup, const sp_family_setup *family)
{
	sp_closed_loop loop;
	sp_stability s;
	double weight = stability_state(setup, family, &loop, &s);

	return stability_calms(loop, &s, weight);
}

/* Is the load of two pools read alike? */
static bool stability_reads_same(const sp_pool_setup *a, const sp_pool_setup *b)
{
	return a == b ||
	       (a->load.ops == b->load.ops && memcmp(a->load.params, b->load.params, a->load.ops->params_size) == 0);
}

bool sp_stability_same(const sp_setup *setup, const sp_family_setup *a, const sp_family_setup *b)
{
	SP_ASSERT(a->pool < setup->n_pools && b->pool < setup->n_pools);
	return a->law == b->law && stability_reads_same(&setup->pools[a->pool], &setup->pools[b->pool]) &&
	       a->rails.min_interval_ns == b->rails.min_interval_ns &&
	       memcmp(a->law_params, b->law_params, a->law->params_size) == 0 &&
	       memcmp(&a->loop, &b->loop, sizeof a->loop) == 0;
}
