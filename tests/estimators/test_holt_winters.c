/* test_holt_winters.c - the season: by hand, against Winters' method as it is printed, and against a twin that makes everything
 * anew from the history and never centres the season. */
#include "tests/check/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "estimators/estimator.h"
#include "tests/estimators/series.h"

#define DAY0    (20000 * SP_DAY) /* a midnight, UTC */
#define HISTORY 400
#define PHASES  12 /* at most, in the twin */

/* The same layout as the estimator's block, so that a test can set any number; the rows are checked against it. */
typedef struct settings {
	double alpha, beta, gamma, phi;
	int64_t season_ns, phases;
} settings;

typedef struct winters {
	const sp_estimator_ops *ops;
	settings set;
	_Alignas(8) unsigned char state[SP_ESTIMATOR_STATE_MAX];
} winters;

static void winters_start(winters *w, settings set)
{
	w->ops = sp_estimator_find("holt_winters", 12);
	assert_non_null(w->ops);
	assert_int_equal(w->ops->params_size, sizeof set);
	w->set = set;
	w->ops->init(w->state, &w->set);
}

static void winters_see(winters *w, int64_t t_ns, double x)
{
	w->ops->update(w->state, &w->set, t_ns, x, 0);
}

static sp_estimate winters_at(const winters *w, int64_t now_ns)
{
	sp_estimate out;
	check_true(w->ops->read(w->state, &w->set, now_ns, &out).knowledge == SP_KNOWN);
	return out;
}

static const char *winters_reason(const winters *w, int64_t now_ns)
{
	sp_estimate out;
	return w->ops->read(w->state, &w->set, now_ns, &out).reason;
}

static void the_rows_describe_the_block(void **state)
{
	(void)state;
	static const settings expected = {0.5, 0.05, 0.2, 0.9, SP_DAY, 24};
	const sp_estimator_ops *ops = sp_estimator_find("holt_winters", 12);
	settings set;
	memset(&set, 0, sizeof set);
	sp_params_init(ops->params, ops->n_params, &set);
	check_bytes(&set, &expected, sizeof set);
}

/* --- by hand --- */

static void two_phases_are_worked_by_hand(void **state)
{
	(void)state;
	winters w;
	winters_start(&w, (settings){0.5, 0.5, 0.4, 0.5, 2 * SP_HOUR, 2});
	winters_see(&w, DAY0, 10);
	winters_see(&w, DAY0 + SP_HOUR, 20); /* l = 15, s = -5, 5, b = 0 */
	check_text(winters_reason(&w, DAY0 + SP_HOUR), "nothing was seen since the season was whole");
	winters_see(&w, DAY0 + 2 * SP_HOUR, 14);
	/* e = 14 - 15 + 5 = 4; l = 17; b = 0.5 x 2 = 1; s0 = -5 + 0.4 x 0.5 x 4 = -4.2 */
	sp_estimate out = winters_at(&w, DAY0 + 2 * SP_HOUR);
	check_near(out.value, 17 - 4.2, 1e-14);
	check_near(out.slope, 1.0 / 3600, 1e-18);
	/* in the next phase: 17 + 0.5 x 1 + 5, then 17 + 0.75 - 4.2 */
	check_near(winters_at(&w, DAY0 + 3 * SP_HOUR).value, 22.5, 1e-13);
	check_near(winters_at(&w, DAY0 + 4 * SP_HOUR).value, 13.55, 1e-13);
	/* one error, 4: c = 13; v = 0.5, w = 0.4 in phase 0 */
	check_near(out.variance, 13 * 16 * (0.25 + 0.4), 1e-11);
	check_near(out.noise, 13 * 16 * 0.1, 1e-11);
}

/* As printed (Winters 1960, additive, and Forecasting: Principles and Practice, 8.3, with gamma of the new level). */
static void it_is_winters_method_for_one_observation_a_phase(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("it_is_winters_method_for_one_observation_a_phase", &rng);
	double alpha = 0.3, beta = 0.2, gamma = 0.25, l = 0, b = 0, s[24];
	winters w;
	winters_start(&w, (settings){alpha, beta, gamma, 1, SP_DAY, 24});
	for (int i = 0; i < 24; i++) {
		s[i] = 100 + 20 * sin(i * M_PI / 12) + sp_rng_normal(&rng);
		l += s[i] / 24;
		winters_see(&w, DAY0 + i * SP_HOUR, s[i]);
	}
	for (int i = 0; i < 24; i++)
		s[i] -= l;
	for (int64_t i = 24; i < 2000; i++) {
		double y = 100 + 0.05 * (double)i + 20 * sin((double)i * M_PI / 12) + sp_rng_normal(&rng), before = l;
		winters_see(&w, DAY0 + i * SP_HOUR, y);
		l = alpha * (y - s[i % 24]) + (1 - alpha) * (before + b);
		b = beta * (l - before) + (1 - beta) * b;
		s[i % 24] = gamma * (y - l) + (1 - gamma) * s[i % 24];
		for (int h = 0; i % 37 == 0 && h < 48; h++)
			check_near(winters_at(&w, DAY0 + (i + h) * SP_HOUR).value, l + h * b + s[(i + h) % 24], 1e-10);
	}
}

static void observations_of_one_visit_weigh_as_one(void **state)
{
	(void)state;
	winters w;
	winters_start(&w, (settings){0.0001, 0, 0.5, 1, 2 * SP_HOUR, 2});
	/* the level stands nearly still; each phase's mean over the last visit counts by half against what was */
	for (int64_t i = 0; i < 20 * 120; i++) {
		bool second = i / 60 % 2 != 0, last = i >= 19 * 120;
		winters_see(&w, DAY0 + i * SP_MIN, second ? (last ? 0 : 20) : (last ? 30 : 10));
	}
	check_near(winters_at(&w, DAY0 + 40 * SP_HOUR).value, 20, 0.1);
	check_near(winters_at(&w, DAY0 + 41 * SP_HOUR).value, 10, 0.1);
}

/* --- the time stamp says the phase --- */

static double rhythm(int64_t t_ns)
{
	return 50 + 30 * sin(2 * M_PI * (double)(t_ns / SP_HOUR % 24) / 24);
}

static void gaps_and_irregular_times_do_not_shift_the_season(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("gaps_and_irregular_times_do_not_shift_the_season", &rng);
	winters w;
	winters_start(&w, (settings){0.3, 0, 0.3, 0.9, SP_DAY, 24});
	int64_t t_ns = DAY0 + 7 * SP_HOUR;
	for (int i = 0; i < 1500; i++) {
		winters_see(&w, t_ns, rhythm(t_ns));
		if (sp_rng_below(&rng, 10) == 0)
			winters_see(&w, t_ns - 5 * SP_HOUR, rhythm(t_ns - 5 * SP_HOUR)); /* late, of another phase */
		t_ns += (int64_t)sp_rng_below(&rng, 2 * SP_HOUR);
		t_ns += sp_rng_below(&rng, 50) == 0 ? (int64_t)sp_rng_below(&rng, 5 * SP_DAY) : 0;
	}
	for (int64_t h = 0; h < 72; h++)
		check_near(winters_at(&w, t_ns + h * SP_HOUR).value, rhythm(t_ns + h * SP_HOUR), 0.01);
}

static void times_of_1970_and_2200_have_a_phase(void **state)
{
	(void)state;
	winters w;
	winters_start(&w, (settings){0.5, 0.1, 0.5, 0.9, 366 * SP_DAY, 336});
	for (int i = 0; i < 336; i++)
		winters_see(&w, (int64_t)(366.0 * 86400e9 * (i + 0.5) / 336), i);
	winters_see(&w, SP_TIME_MAX_NS, 5);
	sp_estimate out = winters_at(&w, SP_TIME_MAX_NS);
	check_true(isfinite(out.value) && isfinite(out.variance));
	check_true(isfinite(winters_at(&w, SP_TIME_MIN_NS).value));
}

/* --- the start --- */

static void it_waits_until_every_phase_was_seen(void **state)
{
	(void)state;
	winters w;
	winters_start(&w, (settings){0.5, 0.1, 0.2, 0.9, SP_DAY, 24});
	check_text(winters_reason(&w, DAY0), "no observation yet");
	for (int64_t i = 0; i < 24; i++) {
		winters_see(&w, DAY0 + i * SP_HOUR, 5);
		winters_see(&w, DAY0 + i * SP_HOUR + SP_MIN, 7);
		if (i < 23)
			check_text(winters_reason(&w, DAY0 + i * SP_HOUR), "not every phase of the season has been seen yet");
	}
	check_near(winters_at(&w, DAY0 + SP_DAY).value, 6, 1);
}

/* Nights without signals: after two days the line between the neighbours stands in; a first observation replaces it. */
static void phases_never_seen_are_interpolated_after_two_seasons(void **state)
{
	(void)state;
	winters w;
	winters_start(&w, (settings){0.0001, 0, 0, 0.9, SP_DAY, 24});
	for (int64_t i = 0; i < 48; i++) {
		if (i % 24 >= 2 && i % 24 < 22)
			winters_see(&w, DAY0 + i * SP_HOUR, i % 24 == 2 ? 10 : i % 24 == 21 ? 35 : 20);
		check_text(winters_reason(&w, DAY0 + i * SP_HOUR),
		           i < 2 ? "no observation yet" : "not every phase of the season has been seen yet");
	}
	winters_see(&w, DAY0 + 50 * SP_HOUR, 10);
	winters_see(&w, DAY0 + 51 * SP_HOUR, 21);
	static const double night[] = {35, 30, 25, 20, 15, 10}; /* 21 h, 22 h, … 2 h */
	for (int64_t i = 0; i < 6; i++)
		check_near(winters_at(&w, DAY0 + (69 + i) * SP_HOUR).value, night[i], 1e-3);
	check_true(winters_at(&w, DAY0 + 72 * SP_HOUR).variance > 5 * winters_at(&w, DAY0 + 75 * SP_HOUR).variance);
	winters_see(&w, DAY0 + 72 * SP_HOUR, 400);
	check_near(winters_at(&w, DAY0 + 96 * SP_HOUR).value, 400, 1);
}

static void fewer_than_half_of_the_phases_are_no_season(void **state)
{
	(void)state;
	winters w;
	winters_start(&w, (settings){0.5, 0.1, 0.2, 0.9, SP_DAY, 288});
	for (int64_t i = 0; i < 1000; i++)
		winters_see(&w, DAY0 + i * SP_HOUR, 5);
	check_text(winters_reason(&w, DAY0 + 1000 * SP_HOUR), "not every phase of the season has been seen yet");
}

/* The season is the state's first table. */
static double season_mean(const winters *w)
{
	double sum = 0, s[24];
	memcpy(s, w->state, sizeof s);
	for (int i = 0; i < 24; i++)
		sum += s[i];
	return sum / 24;
}

/* A season that learns from its errors gathers a mean, which belongs to the level: a new season begins without. */
static void the_mean_of_the_season_is_zero(void **state)
{
	(void)state;
	winters w;
	winters_start(&w, (settings){0.1, 0, 0.9, 0.9, SP_DAY, 24});
	double most = 0;
	for (int64_t i = 0; i < 24 * 200; i++) {
		double before = season_mean(&w);
		winters_see(&w, DAY0 + i * SP_HOUR, 100 + 3 * (double)i + rhythm(i * SP_HOUR));
		most = fabs(season_mean(&w)) > most && i >= 24 ? fabs(season_mean(&w)) : most;
		if (i < 48 || i % 24 != 0)
			continue;
		check_true(fabs(before) > 1); /* the day's */
		check_true(fabs(season_mean(&w)) < 5);
	}
	check_true(most < 100); /* without, it would come to thousands */
}

/* --- the twin --- */

typedef struct past {
	double x[HISTORY];
	int64_t t_ns[HISTORY], newest_ns[HISTORY];
	int n;
	double size, reach; /* the largest |x|, the longest gap [steps] */
} past;

static int64_t past_phase(const settings *p, int64_t t_ns)
{
	return (int64_t)((__int128)(t_ns % p->season_ns) * p->phases / p->season_ns);
}

static long double past_k(const past *h, const settings *p, int from, int to)
{
	return (long double)(h->newest_ns[to] - h->newest_ns[from]) * (long double)p->phases / (long double)p->season_ns;
}

/* How many observations the start takes; more than n: it is not over. */
static int past_start(const past *h, const settings *p, bool seen[PHASES])
{
	int shown = 0;
	memset(seen, 0, PHASES * sizeof *seen);
	for (int i = 0; i < h->n; i++) {
		shown += !seen[past_phase(p, h->t_ns[i])];
		seen[past_phase(p, h->t_ns[i])] = true;
		if (shown == p->phases || (h->newest_ns[i] - h->t_ns[0] >= 2 * p->season_ns && 2 * shown >= p->phases))
			return i + 1;
	}
	return h->n + 1;
}

typedef struct twin {
	long double level, trend, season[PHASES], weights[PHASES]; /* 1 / w */
	long double newest;                                        /* 1 / v */
	int64_t visited[PHASES];                                   /* -1: interpolated */
	long double sum, squares, square;                          /* of the errors */
	long double most;                                          /* the largest number that it had to do with */
} twin;

static void twin_interpolate(twin *w, const settings *p, const bool seen[PHASES])
{
	for (int64_t i = 0; i < p->phases; i++) {
		int64_t before = 0, after = 0;
		while (!seen[(i + p->phases - before) % p->phases])
			before++;
		while (!seen[(i + after) % p->phases])
			after++;
		long double a = w->season[(i + p->phases - before) % p->phases], b = w->season[(i + after) % p->phases];
		if (!seen[i])
			w->season[i] = (a * (long double)after + b * (long double)before) / (long double)(after + before);
	}
}

static void twin_begin(twin *w, const past *h, const settings *p, int n)
{
	bool seen[PHASES];
	int count[PHASES] = {0};
	*w = (twin){.newest = 1 / (long double)p->alpha};
	past_start(h, p, seen);
	for (int64_t j = 0; j < p->phases; j++)
		w->visited[j] = -1;
	for (int i = 0; i < n; i++) {
		int64_t j = past_phase(p, h->t_ns[i]);
		w->season[j] += h->x[i];
		w->visited[j] = h->t_ns[i] / p->season_ns;
		count[j]++;
	}
	for (int64_t j = 0; j < p->phases; j++) {
		w->season[j] /= count[j] > 0 ? count[j] : 1;
		w->weights[j] = count[j] / (long double)p->gamma;
	}
	twin_interpolate(w, p, seen);
}

/* The season keeps its mean, and the level goes without: their sum is the same. */
static void twin_fold(twin *w, const past *h, const settings *p, int i)
{
	int64_t j = past_phase(p, h->t_ns[i]), number = h->t_ns[i] / p->season_ns;
	long double k = past_k(h, p, i - 1, i), phi = p->phi;
	long double reach = phi < 1 ? phi * -expm1l(k * logl(phi)) / (1 - phi) : k;
	long double expected = w->level + reach * w->trend, error = h->x[i] - expected - w->season[j];
	w->most = fmaxl(w->most, fabsl(expected) + fabsl(error));
	w->newest = 1 + powl(1 - p->alpha, k) * w->newest;
	long double level = expected + error / w->newest;
	if (k > 0)
		w->trend = -expm1l(k * logl(1 - p->beta)) * (level - w->level) / k + powl((1 - p->beta) * phi, k) * w->trend;
	w->level = level;
	long double part = 1, kept = number > w->visited[j] ? powl(1 - p->gamma, (long double)(number - w->visited[j])) : 1;
	if (w->visited[j] < 0)
		w->weights[j] = 1 / (long double)p->gamma;
	else
		part = 1 / (w->weights[j] = 1 + kept * w->weights[j]);
	w->visited[j] = number > w->visited[j] ? number : w->visited[j];
	w->season[j] += part * (h->x[i] - level - w->season[j]);
	kept = exp2l(-(long double)(h->newest_ns[i] - h->newest_ns[i - 1]) / (long double)p->season_ns);
	kept = kept > exp2l(-1.0L / 32) ? kept : exp2l(-1.0L / 32);
	w->sum = 1 + kept * w->sum;
	w->squares = 1 + kept * kept * w->squares;
	w->square = error * error + kept * w->square;
}

static void random_past(past *h, const settings *p, sp_rng *rng)
{
	double unit = sp_rng_below(rng, 2) == 0 ? 1 : pow(10, 120 * sp_rng_uniform(rng) - 60), level = 100, odd;
	int64_t t_ns = DAY0 + (int64_t)sp_rng_below(rng, (uint64_t)p->season_ns);
	int64_t usual_ns = p->season_ns / p->phases / (1 + (int64_t)sp_rng_below(rng, 4)), newest_ns = t_ns;
	*h = (past){.n = 3 + (int)sp_rng_below(rng, HISTORY - 3)};
	for (int i = 0; i < h->n; i++) {
		odd = sp_rng_below(rng, 60) == 0 ? 1e6 : sp_rng_below(rng, 60) == 0 ? 1e-6 : 1;
		level += 0.1 + 0.1 * sp_rng_normal(rng);
		h->x[i] = unit * odd * (level + 10 * sin((double)past_phase(p, t_ns)) + sp_rng_normal(rng));
		newest_ns = t_ns > newest_ns ? t_ns : newest_ns;
		h->t_ns[i] = t_ns;
		h->newest_ns[i] = newest_ns;
		h->size = fabs(h->x[i]) > h->size ? fabs(h->x[i]) : h->size;
		h->reach = fmax(h->reach, i > 0 ? (double)past_k(h, p, i - 1, i) : 0);
		t_ns = newest_ns + series_gap(rng, usual_ns);
	}
}

static settings random_settings(sp_rng *rng)
{
	static const int64_t seasons[] = {SP_HOUR, SP_DAY, 7 * SP_DAY, 1000 * SP_SEC + 1};
	return (settings){
	    0.01 + 0.99 * sp_rng_uniform(rng), 0.9 * sp_rng_uniform(rng),
	    0.01 + 0.99 * sp_rng_uniform(rng), sp_rng_below(rng, 4) == 0 ? 1 : 0.2 + 0.79 * sp_rng_uniform(rng),
	    seasons[sp_rng_below(rng, 4)],     2 + (int64_t)sp_rng_below(rng, PHASES - 1)};
}

static void check_past(const past *h, const settings *p)
{
	bool seen[PHASES];
	winters w;
	twin slow;
	int start = past_start(h, p, seen);
	winters_start(&w, *p);
	for (int i = 0; i < h->n; i++)
		winters_see(&w, h->t_ns[i], h->x[i]);
	int64_t newest_ns = h->newest_ns[h->n - 1];
	if (start >= h->n) {
		check_true(winters_reason(&w, newest_ns) != NULL);
		return;
	}
	twin_begin(&slow, h, p, start);
	for (int i = start; i < h->n; i++)
		twin_fold(&slow, h, p, i);
	long double n = slow.sum * slow.sum / slow.squares,
	            step_s = (long double)p->season_ns / (long double)p->phases / 1e9L;
	long double f = (1 + 2 / n + 10 / (n * n * n)) * slow.square / slow.sum;
	for (int64_t j = 0; j < p->phases; j++) {
		int64_t now_ns = newest_ns + j * p->season_ns / p->phases, phase = past_phase(p, now_ns);
		sp_estimate out = winters_at(&w, now_ns);
		long double h_steps = (long double)(now_ns - newest_ns) / 1e9L / step_s, phi = p->phi;
		long double reach = phi < 1 ? phi * -expm1l(h_steps * logl(phi)) / (1 - phi) : h_steps;
		long double v = 1 / slow.newest, part = slow.visited[phase] < 0 ? 1 : 1 / slow.weights[phase];
		long double growth = v * (1 + p->beta * reach);
		long double slope = powl(phi, h_steps) * slow.trend / step_s;
		double value = (double)(slow.level + reach * slow.trend + slow.season[phase]);
		double size = h->size + (double)slow.most + fabs((double)(reach * slow.trend));
		check_near(out.value, value, 1e-12 * size);
		check_near(out.slope, (double)slope, 1e-12 * (size / (double)step_s + fabs((double)slope)));
		double variance = (double)(f * (v * (1 - v) + part + h_steps * growth * growth)), rest = (double)(1 - v - part);
		/* an error is good to the last digit of the largest value, and a trend's digit counts as often as steps pass */
		double loss = 1e-12 * (1 + size * (p->phi < 1 ? 1 : 1 + h->reach) / sqrt((double)f));
		check_near(out.variance, variance, loss * variance);
		check_near(out.noise, rest > 0 ? (double)f * rest : 0, loss * (double)f);
	}
}

static void it_agrees_with_a_run_over_the_whole_history(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("it_agrees_with_a_run_over_the_whole_history", &rng);
	int rounds = getenv("SETPOINT_SOAK") != NULL ? 10000 : 3000;
	for (int round = 0; round < rounds; round++) {
		settings set = random_settings(&rng);
		past h;
		random_past(&h, &set, &rng);
		check_past(&h, &set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_rows_describe_the_block),
	    cmocka_unit_test(two_phases_are_worked_by_hand),
	    cmocka_unit_test(it_is_winters_method_for_one_observation_a_phase),
	    cmocka_unit_test(observations_of_one_visit_weigh_as_one),
	    cmocka_unit_test(gaps_and_irregular_times_do_not_shift_the_season),
	    cmocka_unit_test(times_of_1970_and_2200_have_a_phase),
	    cmocka_unit_test(it_waits_until_every_phase_was_seen),
	    cmocka_unit_test(phases_never_seen_are_interpolated_after_two_seasons),
	    cmocka_unit_test(fewer_than_half_of_the_phases_are_no_season),
	    cmocka_unit_test(the_mean_of_the_season_is_zero),
	    cmocka_unit_test(it_agrees_with_a_run_over_the_whole_history),
	};
	return cmocka_run_group_tests_name("estimators: holt_winters", tests, NULL, NULL);
}
