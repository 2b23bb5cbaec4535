/* test_local_trend.c - the wandering level and slope: by hand, and against twins: least squares over the whole history, and
 * Kalman's filter with full matrices in four times the digits. */
#include "tests/check/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "estimators/estimator.h"
#include "tests/estimators/series.h"

#define START INT64_C(1764000000000000000)

/* The same layout as the estimator's block, so that a test can set any number; the rows are checked against it. */
typedef struct settings {
	uint32_t given, unused;
	int64_t memory_ns;
	double noise_sd, level_sd, slope_sd;
} settings;

typedef struct trend {
	const sp_estimator_ops *ops;
	settings set;
	_Alignas(8) unsigned char state[SP_ESTIMATOR_STATE_MAX];
} trend;

static void trend_start(trend *l, settings set)
{
	l->ops = sp_estimator_find("local_trend", 11);
	assert_non_null(l->ops);
	assert_int_equal(l->ops->params_size, sizeof set);
	l->set = set;
	check_status(l->ops->check(&l->set, NULL), SP_OK);
	l->ops->init(l->state, &l->set);
}

static void trend_see(trend *l, int64_t t_ns, double x)
{
	l->ops->update(l->state, &l->set, t_ns, x, 0);
}

static sp_estimate trend_at(const trend *l, int64_t now_ns)
{
	sp_estimate out;
	check_true(l->ops->read(l->state, &l->set, now_ns, &out).knowledge == SP_KNOWN);
	return out;
}

static const settings learns = {0, 0, 6 * SP_HOUR, 1, 1, 1};

static void the_rows_describe_the_block(void **state)
{
	(void)state;
	const sp_estimator_ops *ops = sp_estimator_find("local_trend", 11);
	settings set;
	memset(&set, 0, sizeof set);
	sp_params_init(ops->params, ops->n_params, &set);
	check_bytes(&set, &learns, sizeof set);
}

/* --- by hand, variances given --- */

static void the_first_two_observations_make_the_slope(void **state)
{
	(void)state;
	trend l;
	trend_start(&l, (settings){1, 0, SP_HOUR, 2, 6, 3}); /* an hour: r = 4, q t = 36, z t^3 / 3 = 3 */
	trend_see(&l, START, 10);
	trend_see(&l, START + SP_HOUR, 16);
	sp_estimate out = trend_at(&l, START + SP_HOUR);
	check_near(out.value, 16, 0);
	check_near(out.slope, 6.0 / 3600, 1e-18);
	check_near(out.variance, 4, 1e-13);
	check_near(out.noise, 4, 0);
	check_near(out.count, 1, 1e-13);
	check_near(out.lag_s, 0, 0);
	/* half an hour on: 16 + 3; by hand, in hours, b's variance is r + r + q + z / 3 = 47 (its own wandering z less twice the
	 * z / 2 shared with the level is in it), cov 4: 4 + 2 x 4 / 2 + 47 / 4 + 36 / 2 + 9 / 24 */
	out = trend_at(&l, START + SP_HOUR + SP_HOUR / 2);
	check_near(out.value, 19, 1e-14);
	check_near(out.variance, 4 + 4 + 47.0 / 4 + 18 + 9.0 / 24, 1e-12);
}

/* A slope that never changes in noise: least squares' straight line, with its textbook variance. */
static void a_constant_slope_is_the_regression_line(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("a_constant_slope_is_the_regression_line", &rng);
	trend l;
	trend_start(&l, (settings){1, 0, SP_HOUR, 2, 0, 0});
	double n = 0, st = 0, stt = 0, sx = 0, stx = 0, t = 0;
	for (int i = 0; i < 50; i++) {
		double x = 100 + 3 * t + 2 * sp_rng_normal(&rng);
		trend_see(&l, START + (int64_t)t * SP_SEC, x);
		n += 1, st += t, stt += t * t, sx += x, stx += t * x;
		t += 1 + (double)sp_rng_below(&rng, 5);
	}
	double d = n * stt - st * st, b = (n * stx - st * sx) / d, a = (sx - b * st) / n;
	sp_estimate out = trend_at(&l, START + (int64_t)t * SP_SEC);
	check_near(out.slope, b, 1e-11);
	check_near(out.value, a + b * t, 1e-9);
	check_near(out.variance, 4 * (1 / n + (t - st / n) * (t - st / n) / (stt - st * st / n)), 1e-9);
}

static void observations_of_one_instant_leave_the_slope_to_others(void **state)
{
	(void)state;
	trend l;
	sp_estimate out;
	trend_start(&l, (settings){1, 0, SP_HOUR, 2, 0, 0});
	for (int i = 1; i <= 4; i++)
		trend_see(&l, START, i);
	check_text(l.ops->read(l.state, &l.set, START, &out).reason, "a slope needs observations of two times");
	trend_see(&l, START + 10 * SP_SEC, 12.5);
	out = trend_at(&l, START + 10 * SP_SEC);
	check_near(out.slope, 1, 1e-15);
	trend_see(&l, START + 10 * SP_SEC, 14.5);
	out = trend_at(&l, START + 10 * SP_SEC);
	check_near(out.value, 13.5, 1e-14);
	check_near(out.slope, 1.1, 1e-14);
	check_near(out.variance, 2, 1e-14);
}

static void the_value_runs_no_further_ahead_than_was_watched(void **state)
{
	(void)state;
	trend l;
	trend_start(&l, learns);
	trend_see(&l, START, 10);
	trend_see(&l, START + 1, 11);
	trend_see(&l, START + 2, 10.5);
	sp_estimate out = trend_at(&l, START + SP_MIN);
	check_true(out.value > 9 && out.value < 13);
	check_true(out.variance > 1e18); /* and it is known to be nothing */
}

static void no_ratio_of_the_variances_breaks_it(void **state)
{
	(void)state;
	static const double sizes[] = {0, 5e-324, 1e-160, 1e-75, 1, 1e75};
	static const int64_t gaps[] = {0, 1, SP_SEC, SP_HOUR, 3650 * SP_DAY};
	for (int i = 1; i < 6 * 6 * 6; i++) {
		sp_rng rng;
		sp_rng_init(&rng, (uint64_t)i);
		trend l;
		trend_start(&l, (settings){1, 0, SP_HOUR, sizes[i % 6], sizes[i / 6 % 6], sizes[i / 36]});
		int64_t t_ns = START;
		trend_see(&l, t_ns++, 1);
		for (int k = 0; k < 100; k++) {
			trend_see(&l, t_ns, (k % 5 == 0 ? 1e300 : 1) * (double)(k % 11));
			sp_estimate out = trend_at(&l, t_ns + SP_HOUR);
			check_true(out.variance >= 0 && isfinite(out.variance) && isfinite(out.value) && isfinite(out.slope));
			check_true(out.count >= 1 - 1e-12 && out.count <= k + 2 + 1e-9);
			t_ns += gaps[sp_rng_below(&rng, k % 9 == 0 ? 5 : 4)];
			t_ns = t_ns > SP_TIME_MAX_NS - SP_DAY ? SP_TIME_MAX_NS - SP_DAY : t_ns;
		}
	}
}

static void without_noise_and_wandering_there_is_nothing_to_estimate(void **state)
{
	(void)state;
	const sp_estimator_ops *ops = sp_estimator_find("local_trend", 11);
	settings set = {1, 0, SP_HOUR, 0, 0, 0};
	sp_message message = {""};
	check_status(ops->check(&set, &message), SP_E_RANGE);
	check_contains(message.text, "variances: learnt");
	set.slope_sd = 1;
	check_status(ops->check(&set, &message), SP_OK);
}

/* --- learnt --- */

static void it_waits_for_a_third_observation(void **state)
{
	(void)state;
	trend l;
	sp_estimate out;
	trend_start(&l, learns);
	check_text(l.ops->read(l.state, &l.set, START, &out).reason, "no observation yet");
	trend_see(&l, START, 1);
	check_text(l.ops->read(l.state, &l.set, START, &out).reason, "a slope needs observations of two times");
	trend_see(&l, START + SP_MIN, 3);
	check_text(l.ops->read(l.state, &l.set, START + SP_MIN, &out).reason,
	           "two observations do not show how much they vary");
	trend_see(&l, START + 2 * SP_MIN, 4);
	trend_at(&l, START + 2 * SP_MIN);
}

static void it_does_not_trail_a_ramp(void **state)
{
	(void)state;
	trend l;
	trend_start(&l, learns);
	for (int64_t i = 0; i < 500; i++)
		trend_see(&l, START + i * SP_MIN, 5.0 * (double)i);
	sp_estimate out = trend_at(&l, START + 509 * SP_MIN);
	check_near(out.value, 5.0 * 509, 1e-6);
	check_near(out.slope * 60, 5, 1e-9);
}

/* Levels that wander, slopes that wander, a wave: learning which it is costs little against being told. */
static void learning_costs_little_against_being_told(void **state)
{
	(void)state;
	static const double wander[][2] = {{0, 0.01}, {0, 0.3}, {1, 0}, {0.1, 0}, {0.5, 0.01}};
	sp_rng rng;
	sp_check_seed("learning_costs_little_against_being_told", &rng);
	for (int i = 0; i < 5; i++) {
		trend told, learnt;
		double a = wander[i][0], b = wander[i][1];
		trend_start(&told, (settings){1, 0, SP_HOUR, 1, a * sqrt(60), b * 60 * sqrt(60)});
		trend_start(&learnt, learns);
		double l = 0, s = 0, of_told = 0, of_learnt = 0;
		for (int64_t k = 0; k < 3000; k++) {
			double turn = b * sp_rng_normal(&rng); /* the slope's step, half of it felt in this minute's level */
			l += s + turn / 2 + b / sqrt(12) * sp_rng_normal(&rng) + a * sp_rng_normal(&rng);
			s += turn;
			double x = l + sp_rng_normal(&rng);
			if (k >= 100) {
				of_told += pow(x - trend_at(&told, START + k * SP_MIN).value, 2);
				of_learnt += pow(x - trend_at(&learnt, START + k * SP_MIN).value, 2);
			}
			trend_see(&told, START + k * SP_MIN, x);
			trend_see(&learnt, START + k * SP_MIN, x);
		}
		check_true(of_learnt < 1.12 * of_told);
		sp_estimate out = trend_at(&told, START + 3000 * SP_MIN);
		check_near(of_told / 2900, out.variance + out.noise, 0.15 * (out.variance + out.noise));
	}
}

/* --- twins: four times the digits, because full matrices cancel where the estimator's form does not --- */

typedef __float128 wide;

/* Twin 1: no filter. Relative to level and slope at the newest time, of which nothing is known beforehand, an observation is
 * l - b a + w, a its age and w the level's wandering since, of covariance q min(a, a') + z m^2 (3 M - m) / 6 (m, M the smaller and the larger
 * age: a Wiener process integrated twice over): generalised least squares for (l, b). */
#define BATCH_MAX 10

typedef struct batch {
	wide v[BATCH_MAX][BATCH_MAX + 3]; /* covariance of x | ones | -ages | x */
	wide age_s[BATCH_MAX];
	int n;
} batch;

static wide wide_size(wide x)
{
	return x < 0 ? -x : x;
}

static void batch_solve(batch *b)
{
	for (int i = 0; i < b->n; i++) {
		int best = i;
		for (int k = i; k < b->n; k++)
			best = wide_size(b->v[k][i]) > wide_size(b->v[best][i]) ? k : best;
		for (int j = 0; j < b->n + 3; j++) {
			wide swap = b->v[i][j];
			b->v[i][j] = b->v[best][j];
			b->v[best][j] = swap;
		}
		for (int k = 0; k < b->n; k++) {
			wide part = b->v[k][i] / b->v[i][i];
			for (int j = i; k != i && j < b->n + 3; j++)
				b->v[k][j] -= part * b->v[i][j];
		}
	}
	for (int i = 0; i < b->n; i++)
		for (int j = b->n; j < b->n + 3; j++)
			b->v[i][j] /= b->v[i][i];
}

static void batch_fill(batch *b, const series *s, wide r, wide q, wide z)
{
	b->n = s->n;
	for (int i = 0; i < s->n; i++)
		b->age_s[i] = (wide)(series_newest(s, s->n) - series_newest(s, i + 1)) / (wide)1e9;
	for (int i = 0; i < s->n; i++)
		for (int j = 0; j < s->n; j++) {
			wide less = b->age_s[i > j ? i : j], more = b->age_s[i > j ? j : i];
			b->v[i][j] = q * less + z * less * less * (3 * more - less) / 6 + (i == j ? r : 0);
		}
	for (int i = 0; i < s->n; i++) {
		b->v[i][s->n] = 1;
		b->v[i][s->n + 1] = -b->age_s[i];
		b->v[i][s->n + 2] = s->x[i];
	}
}

typedef struct answer {
	wide level, slope, variance;
} answer;

static answer batch_answer(batch *b)
{
	wide ll = 0, lb = 0, bb = 0, xl = 0, xb = 0;
	batch_solve(b);
	for (int i = 0; i < b->n; i++) {
		ll += b->v[i][b->n];
		lb += b->v[i][b->n + 1];
		bb -= b->age_s[i] * b->v[i][b->n + 1];
		xl += b->v[i][b->n + 2];
		xb -= b->age_s[i] * b->v[i][b->n + 2];
	}
	wide d = ll * bb - lb * lb;
	return (answer){(bb * xl - lb * xb) / d, (ll * xb - lb * xl) / d, bb / d};
}

/* What a slope can be told to: to 10^-12 of the largest value over the last time that passed, and to the last digits of the
 * steepest slope that there was, the largest value over the shortest time, which it is a remainder of. */
static double slope_size(const series *s)
{
	int64_t last_ns = 0, shortest_ns = INT64_MAX;
	for (int i = 0; i < s->n; i++) {
		last_ns = s->gap_ns[i] > 0 ? s->gap_ns[i] : last_ns;
		shortest_ns = s->gap_ns[i] > 0 && s->gap_ns[i] < shortest_ns ? s->gap_ns[i] : shortest_ns;
	}
	return s->size / ((double)last_ns / 1e9) + 1e-3 * s->size / ((double)shortest_ns / 1e9);
}

static bool has_two_times(const series *s)
{
	return series_newest(s, s->n) > s->t_ns[0];
}

static void it_agrees_with_least_squares_over_the_whole_history(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("it_agrees_with_least_squares_over_the_whole_history", &rng);
	for (int round = 0; round < 1000; round++) {
		series s;
		series_draw(&s, &rng);
		s.n = s.n > BATCH_MAX ? BATCH_MAX : s.n;
		/* over more than some months least squares loses more digits than it has: the cubes of the ages are too much alike */
		if (!has_two_times(&s) || series_newest(&s, s.n) - s.t_ns[0] > 100 * SP_DAY)
			continue;
		settings set = {1,
		                0,
		                SP_HOUR,
		                pow(10, 2 * sp_rng_uniform(&rng) - 1),
		                pow(10, 4 * sp_rng_uniform(&rng) - 2),
		                pow(10, 4 * sp_rng_uniform(&rng) - 2)};
		trend l;
		batch b;
		trend_start(&l, set);
		for (int i = 0; i < s.n; i++)
			trend_see(&l, s.t_ns[i], s.x[i]);
		sp_estimate out = trend_at(&l, series_newest(&s, s.n));
		wide slope_sd = (wide)set.slope_sd / 3600;
		batch_fill(&b, &s, (wide)set.noise_sd * set.noise_sd, (wide)set.level_sd * set.level_sd / 3600,
		           slope_sd * slope_sd / 3600);
		answer slow = batch_answer(&b);
		check_near(out.value, (double)slow.level, 1e-12 * s.size);
		check_near(out.slope, (double)slow.slope, 1e-12 * (slope_size(&s) + fabs((double)slow.slope)));
		check_near(out.variance, (double)slow.variance, 1e-12 * (double)slow.variance);
	}
}

/* Twin 2: the bank anew from the history, Kalman's filter with full matrices. What is left of the slope's variance after an
 * observation is the difference of numbers that can be 10^25 times as large; the determinant says it without. */
typedef struct run {
	wide level, slope, ll, lb, bb, determinant;
	long double square, log_f, likelihood, s2, share;
} run;

static void run_ahead(run *w, wide q, wide z, wide t)
{
	w->determinant +=
	    z * t * (w->ll + t * w->lb + t * t * w->bb / 3) + q * t * (w->bb + z * t) + z * z * t * t * t * t / 12;
	w->level += w->slope * t;
	w->ll += 2 * t * w->lb + t * t * w->bb + q * t + z * t * t * t / 3;
	w->lb += t * w->bb + z * t * t / 2;
	w->bb += z * t;
}

static void run_see(run *w, wide x, long double weight)
{
	wide f = w->ll + 1, k = w->ll / f, m = w->lb / f, e = x - w->level;
	w->bb = (w->bb + w->determinant) / f;
	w->ll = k;
	w->lb = m;
	w->determinant /= f;
	w->level += k * e;
	w->slope += m * e;
	w->square += weight * (long double)(e * e / f);
	w->log_f += weight * logl((long double)f);
}

static void run_start_slope(run *w, wide q, wide z, wide t, wide x)
{
	w->slope = (x - w->level) / t;
	w->determinant = (w->ll + q * t + z * t * t * t / 3) / (t * t);
	w->bb = (1 + w->ll + q * t) / (t * t) + z * t / 3;
	w->lb = 1 / t;
	w->ll = 1;
	w->level = x;
}

static run run_filter(const series *s, wide q, wide z, const long double weight[SERIES_MAX])
{
	run w = {.level = s->x[0], .ll = 1};
	bool sloped = false;
	for (int i = 1; i < s->n; i++) {
		wide t = (wide)s->gap_ns[i] / (wide)1e9;
		if (!sloped && t > 0) {
			run_start_slope(&w, q, z, t, s->x[i]);
			sloped = true;
			continue;
		}
		run_ahead(&w, q, z, t);
		run_see(&w, s->x[i], weight[i]);
	}
	return w;
}

/* Weights of the errors; 0 for the observation that makes the slope, which is none. What it was folded after counts as elapsed to the
 * next: its own gap is forgotten with it. */
static int run_weights(const series *s, int64_t memory_ns, long double weight[SERIES_MAX])
{
	long double w = 1;
	int maker = 0, errors = 0;
	for (int i = 1; i < s->n && maker == 0; i++)
		maker = s->gap_ns[i] > 0 ? i : 0;
	for (int i = s->n - 1; i >= 1; i--) {
		weight[i] = i == maker ? 0 : w;
		errors += i != maker;
		long double kept = exp2l(-(long double)s->gap_ns[i] / (long double)memory_ns);
		if (i != maker)
			w *= kept > exp2l(-1.0L / 32) ? kept : exp2l(-1.0L / 32);
	}
	return errors;
}

static const double bank_rates[26][2] = {
    {64, 0},      {8, 0},       {1, 0},       {0x1p-3, 0},  {0x1p-6, 0},  {0x1p-9, 0},  {0x1p-12, 0},
    {0x1p-15, 0}, {0x1p-18, 0}, {0x1p-21, 0}, {0x1p-24, 0}, {0x1p-27, 0}, {0, 1},       {0, 0x1p-6},
    {0, 0x1p-12}, {0, 0x1p-18}, {0, 0x1p-24}, {0, 0x1p-30}, {0, 0x1p-36}, {0, 0x1p-42}, {0, 0x1p-48},
    {0, 0x1p-54}, {0, 0x1p-60}, {0, 0x1p-66}, {0, 0x1p-72}, {0, 0x1p-78},
};

typedef struct bank {
	run runs[26];
	long double widening;
} bank;

static void bank_fill(bank *b, const series *s, const long double weight[SERIES_MAX])
{
	long double sum = 0, squares = 0, best = -INFINITY, all = 0;
	for (int i = 1; i < s->n; i++) {
		sum += weight[i];
		squares += weight[i] * weight[i];
	}
	long double n = sum * sum / squares;
	b->widening = 1 + 2 / n + 10 / (n * n * n);
	for (int j = 0; j < 26; j++) {
		run *w = &b->runs[j];
		*w = run_filter(s, bank_rates[j][0], 3 * bank_rates[j][1], weight);
		w->s2 = w->square / sum;
		w->likelihood = -(w->log_f + sum * logl(w->s2 > 1e-300L ? w->s2 : 1e-300L)) / 2;
		best = fmaxl(best, w->likelihood);
	}
	for (int j = 0; j < 26; j++)
		all += expl(b->runs[j].likelihood - best);
	for (int j = 0; j < 26; j++)
		b->runs[j].share = expl(b->runs[j].likelihood - best) / all;
}

typedef struct twin {
	long double value, variance, noise, slope, count;
} twin;

static twin bank_read(const bank *b, wide h_s, wide watched_s)
{
	twin out = {0};
	long double level[26];
	for (int j = 0; j < 26; j++) {
		const run *w = &b->runs[j];
		level[j] = (long double)(w->level + w->slope * (h_s < watched_s ? h_s : watched_s));
		out.value += w->share * level[j];
		out.slope += w->share * (long double)w->slope;
		out.count += w->share * (long double)w->ll;
		out.noise += w->share * b->widening * w->s2;
	}
	for (int j = 0; j < 26; j++) {
		run w = b->runs[j];
		run_ahead(&w, bank_rates[j][0], 3 * bank_rates[j][1], h_s);
		out.variance += w.share * b->widening * w.s2 * (long double)w.ll;
		out.variance += w.share * (level[j] - out.value) * (level[j] - out.value);
	}
	out.count = 1 / out.count;
	return out;
}

/* An error is the difference of two values, each good to 1e-16 of the largest: squares and shares are as good as that. */
static double square_tolerance(double square, double noise, double size)
{
	return 1e-12 * square * (1 + size / sqrt(noise));
}

static void check_series(const series *s, int64_t memory_ns, int64_t h_s)
{
	long double weight[SERIES_MAX];
	trend l;
	bank b;
	settings set = learns;
	set.memory_ns = memory_ns;
	trend_start(&l, set);
	for (int i = 0; i < s->n; i++)
		trend_see(&l, s->t_ns[i], s->x[i]);
	if (!has_two_times(s) || run_weights(s, memory_ns, weight) == 0)
		return;
	sp_estimate out = trend_at(&l, series_newest(s, s->n) + h_s * SP_SEC);
	bank_fill(&b, s, weight);
	twin slow = bank_read(&b, h_s, (wide)(series_newest(s, s->n) - s->t_ns[0]) / (wide)1e9);
	/* ahead, a slope's last digit counts as often as seconds pass */
	double size = s->size + 1e-3 * fabs((double)slow.value), steep = slope_size(s) + fabs((double)slow.slope);
	check_near(out.value, (double)slow.value, 1e-12 * (size + (double)h_s * steep));
	check_near(out.slope, (double)slow.slope, 1e-12 * steep);
	check_near(out.noise, (double)slow.noise, square_tolerance((double)slow.noise, (double)slow.noise, s->size));
	check_near(out.variance, (double)slow.variance,
	           square_tolerance((double)slow.variance, (double)slow.noise, s->size));
	check_near(out.count, (double)slow.count, 1e-10 * (double)slow.count);
}

static void it_agrees_with_full_matrices_over_the_whole_history(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("it_agrees_with_full_matrices_over_the_whole_history", &rng);
	int rounds = getenv("SETPOINT_SOAK") != NULL ? 10000 : 2000;
	for (int round = 0; round < rounds; round++) {
		series s;
		series_draw(&s, &rng);
		int64_t memory_ns = (int64_t)(1e9 * pow(10, 7 * sp_rng_uniform(&rng)));
		check_series(&s, memory_ns, (int64_t)pow(10, 6 * sp_rng_uniform(&rng)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_rows_describe_the_block),
	    cmocka_unit_test(the_first_two_observations_make_the_slope),
	    cmocka_unit_test(a_constant_slope_is_the_regression_line),
	    cmocka_unit_test(observations_of_one_instant_leave_the_slope_to_others),
	    cmocka_unit_test(the_value_runs_no_further_ahead_than_was_watched),
	    cmocka_unit_test(no_ratio_of_the_variances_breaks_it),
	    cmocka_unit_test(without_noise_and_wandering_there_is_nothing_to_estimate),
	    cmocka_unit_test(it_waits_for_a_third_observation),
	    cmocka_unit_test(it_does_not_trail_a_ramp),
	    cmocka_unit_test(learning_costs_little_against_being_told),
	    cmocka_unit_test(it_agrees_with_least_squares_over_the_whole_history),
	    cmocka_unit_test(it_agrees_with_full_matrices_over_the_whole_history),
	};
	return cmocka_run_group_tests_name("estimators: local_trend", tests, NULL, NULL);
}
