/* test_local_level.c - the wandering level: by hand, against what is published, and against twins that keep the whole history. */
#include "tests/check/check.h"

#include <math.h>
#include <string.h>

#include "base/time.h"
#include "estimators/bank.h"
#include "estimators/errors.h"
#include "estimators/estimator.h"
#include "tests/estimators/series.h"

#define START INT64_C(1764000000000000000)

/* The same layout as the estimator's block, so that a test can set any number; the rows are checked against it. */
typedef struct settings {
	uint32_t given, unused;
	int64_t memory_ns;
	double noise_sd, level_sd;
} settings;

typedef struct level {
	const sp_estimator_ops *ops;
	settings set;
	_Alignas(8) unsigned char state[SP_ESTIMATOR_STATE_MAX];
} level;

static void level_start(level *l, settings set)
{
	l->ops = sp_estimator_find("local_level", 11);
	assert_non_null(l->ops);
	assert_int_equal(l->ops->params_size, sizeof set);
	l->set = set;
	check_status(l->ops->check(&l->set, NULL), SP_OK);
	l->ops->init(l->state, &l->set);
}

static void level_see(level *l, int64_t t_ns, double x)
{
	l->ops->update(l->state, &l->set, t_ns, x, 0);
}

static sp_estimate level_at(const level *l, int64_t now_ns)
{
	sp_estimate out;
	check_true(l->ops->read(l->state, &l->set, now_ns, &out).knowledge == SP_KNOWN);
	return out;
}

static const settings learns = {0, 0, 6 * SP_HOUR, 1, 1};

static void the_rows_describe_the_block(void **state)
{
	(void)state;
	const sp_estimator_ops *ops = sp_estimator_find("local_level", 11);
	settings set;
	memset(&set, 0, sizeof set);
	sp_params_init(ops->params, ops->n_params, &set);
	check_bytes(&set, &learns, sizeof set);
}

/* --- by hand, variances given --- */

static void two_observations_are_worked_by_hand(void **state)
{
	(void)state;
	level l;
	level_start(&l, (settings){1, 0, SP_HOUR, 2, 6}); /* r = 4, q = 36 an hour */
	level_see(&l, START, 10);
	sp_estimate out = level_at(&l, START);
	check_near(out.value, 10, 0);
	check_near(out.variance, 4, 0);
	check_near(out.noise, 4, 0);
	check_near(out.count, 1, 0);
	level_see(&l, START + SP_HOUR, 21);
	/* P = 4 + 36 = 40, F = 44, K = 10/11 */
	out = level_at(&l, START + SP_HOUR);
	check_near(out.value, 20, 1e-14);
	check_near(out.variance, 40.0 / 11, 1e-14);
	check_near(out.count, 1.1, 1e-14);
	check_near(out.lag_s, 3600.0 / 11, 1e-10);
	check_near(out.slope, 0, 0);
	/* a quarter of an hour on the level has wandered by 9 */
	out = level_at(&l, START + SP_HOUR + 15 * SP_MIN);
	check_near(out.value, 20, 1e-14);
	check_near(out.variance, 40.0 / 11 + 9, 1e-13);
	check_near(out.noise, 4, 0);
	check_i64(out.age_ns, 15 * SP_MIN);
}

static void observations_of_one_instant_are_repeated_measurements(void **state)
{
	(void)state;
	level l;
	level_start(&l, (settings){1, 0, SP_HOUR, 3, 100});
	for (int i = 1; i <= 4; i++)
		level_see(&l, START, i);
	level_see(&l, START - SP_HOUR, 5); /* late: no time has passed either */
	sp_estimate out = level_at(&l, START);
	check_near(out.value, 3, 1e-15);
	check_near(out.variance, 9.0 / 5, 1e-15);
	check_near(out.count, 5, 1e-14);
	check_near(out.lag_s, 0, 0);
}

/* Durbin and Koopman 2012, 2.2.3: the flow of the Nile, r = 15099 and q = 1469.1 a step; P of the filter comes to 5501.29 before
 * an observation and 4032.16 after it. */
static void the_nile_comes_to_its_published_steady_state(void **state)
{
	(void)state;
	level l;
	level_start(&l, (settings){1, 0, SP_HOUR, sqrt(15099), sqrt(1469.1)});
	for (int64_t i = 0; i < 200; i++)
		level_see(&l, START + i * SP_HOUR, 900 + (double)(i % 7));
	check_near(level_at(&l, START + 199 * SP_HOUR).variance, 4032.16, 0.01);
	check_near(level_at(&l, START + 200 * SP_HOUR).variance, 5501.26, 0.05);
}

static void no_ratio_of_the_variances_breaks_it(void **state)
{
	(void)state;
	static const double sizes[] = {0, 5e-324, 1e-160, 1e-75, 1, 1e75};
	for (int i = 0; i < 6; i++)
		for (int j = 0; j < 6; j++) {
			if (i + j == 0)
				continue;
			level l;
			level_start(&l, (settings){1, 0, SP_HOUR, sizes[i], sizes[j]});
			for (int64_t k = 0; k < 200; k++) {
				level_see(&l, START + k / 3 * SP_HOUR, (k % 5 == 0 ? 1e300 : 1) * (double)(k % 11));
				sp_estimate out = level_at(&l, START + k * SP_HOUR);
				check_true(out.variance >= 0 && isfinite(out.variance) && isfinite(out.value));
				check_true(out.count >= 1 - 1e-12 && out.count <= (double)(k + 1) * (1 + 1e-12));
			}
			/* a level that stands still is the mean of all, one without noise (10^-160 has no square) the newest */
			sp_estimate out = level_at(&l, START + 66 * SP_HOUR);
			check_true(sizes[j] > 0 || i < 3 || fabs(out.count - 200) < 1e-9);
			check_true(i >= 3 || out.value == (double)(199 % 11));
		}
}

static void without_noise_and_wandering_there_is_nothing_to_estimate(void **state)
{
	(void)state;
	const sp_estimator_ops *ops = sp_estimator_find("local_level", 11);
	settings set = {1, 0, SP_HOUR, 0, 0};
	sp_message message = {""};
	check_status(ops->check(&set, &message), SP_E_RANGE);
	check_contains(message.text, "variances: learnt");
	set.given = 0;
	check_status(ops->check(&set, &message), SP_OK);
}

/* --- learnt --- */

static void it_waits_for_a_second_observation(void **state)
{
	(void)state;
	level l;
	sp_estimate out;
	level_start(&l, learns);
	check_text(l.ops->read(l.state, &l.set, START, &out).reason, "no observation yet");
	level_see(&l, START, 1);
	check_text(l.ops->read(l.state, &l.set, START, &out).reason, "one observation does not show how much they vary");
	level_see(&l, START + SP_MIN, 3);
	level_at(&l, START + SP_MIN);
}

/* Where the level stands still, the mean of all is the best there is; where it wanders without noise, the newest. */
static void it_learns_whether_a_change_is_real(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("it_learns_whether_a_change_is_real", &rng);
	level still, walking;
	level_start(&still, learns);
	level_start(&walking, learns);
	double walk = 0, sum = 0;
	for (int64_t i = 0; i < 400; i++) {
		double x = sp_rng_normal(&rng);
		sum += x;
		walk += x;
		level_see(&still, START + i * SP_MIN, x);
		level_see(&walking, START + i * SP_MIN, walk);
	}
	sp_estimate a = level_at(&still, START + 399 * SP_MIN), b = level_at(&walking, START + 399 * SP_MIN);
	check_near(a.value, sum / 400, 0.3);
	check_true(a.count > 30 && a.variance < 0.05 && fabs(a.noise - 1) < 0.4);
	check_near(b.value, walk, 0.2);
	check_true(b.count < 1.2 && b.lag_s < 15);
}

/* A level and noise of known ratio: learning it costs little. */
static void learning_costs_little_against_being_told(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("learning_costs_little_against_being_told", &rng);
	static const double wander[] = {0.03, 0.1, 0.3, 1, 3};
	for (int i = 0; i < 5; i++) {
		level told, learnt;
		level_start(&told, (settings){1, 0, SP_HOUR, 1, wander[i] * sqrt(60)});
		level_start(&learnt, learns);
		double truth = 0, of_told = 0, of_learnt = 0;
		for (int64_t k = 0; k < 3000; k++) {
			truth += wander[i] * sp_rng_normal(&rng);
			double x = truth + sp_rng_normal(&rng);
			if (k >= 100) {
				of_told += pow(x - level_at(&told, START + k * SP_MIN).value, 2);
				of_learnt += pow(x - level_at(&learnt, START + k * SP_MIN).value, 2);
			}
			level_see(&told, START + k * SP_MIN, x);
			level_see(&learnt, START + k * SP_MIN, x);
		}
		check_true(of_learnt < 1.05 * of_told);
		sp_estimate out = level_at(&told, START + 2999 * SP_MIN);
		check_near(of_told / 2900, out.variance + out.noise + wander[i] * wander[i],
		           0.15 * (1 + wander[i] * wander[i]));
	}
}

static void the_memory_forgets_what_the_noise_was(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("the_memory_forgets_what_the_noise_was", &rng);
	level l;
	level_start(&l, (settings){0, 0, SP_HOUR, 1, 1});
	for (int64_t i = 0; i < 1200; i++)
		level_see(&l, START + i * SP_MIN, (i < 600 ? 10 : 1) * sp_rng_normal(&rng));
	check_true(level_at(&l, START + 1200 * SP_MIN).noise < 2);
	/* ten hours are ten half-lives: 2^-10 of 100 is left, and 1 */
}

/* --- intervals of few errors: against Student's table --- */

static void few_errors_widen_as_student_does(void **state)
{
	(void)state;
	/* t at 95 %, for 1, 2, … degrees of freedom */
	static const double t[] = {6.3138, 2.9200, 2.3534, 2.1318, 2.0150, 1.9432, 1.8946, 1.8595, 1.8331, 1.8125};
	sp_errors errors = {0};
	for (int n = 1; n <= 10; n++) {
		sp_errors_add(&errors, 1);
		double exact = pow(t[n - 1] / 1.6449, 2);
		check_near(sp_errors_widening(&errors), exact, (n == 1 ? 0.12 : 0.04) * exact);
	}
	for (int n = 11; n <= 1000; n++)
		sp_errors_add(&errors, 1);
	check_near(sp_errors_widening(&errors), pow(1.6464 / 1.6449, 2), 0.001);
	/* by time, but a month of days is not forgotten at once */
	check_near(sp_errors_kept(SP_HOUR, 10 * SP_HOUR), pow(2, -0.1), 0.05);
	check_near(sp_errors_kept(SP_HOUR, 100 * SP_HOUR), pow(2, -0.01), 1e-15);
	check_near(pow(sp_errors_kept(SP_DAY, SP_HOUR), 32), 0.5, 1e-14);
}

/* --- twin 1: no filter at all. Levels and noise are jointly normal; the newest level given all x, by solving for it --- */

#define BATCH_MAX 12

typedef struct batch {
	long double v[BATCH_MAX][BATCH_MAX + 2]; /* covariance of x about the newest level | ones | x */
	int n;
} batch;

/* Solves v y = right for both right sides, by elimination with pivots. */
static void batch_solve(batch *b)
{
	for (int i = 0; i < b->n; i++) {
		int best = i;
		for (int k = i; k < b->n; k++)
			best = fabsl(b->v[k][i]) > fabsl(b->v[best][i]) ? k : best;
		for (int j = 0; j < b->n + 2; j++) {
			long double swap = b->v[i][j];
			b->v[i][j] = b->v[best][j];
			b->v[best][j] = swap;
		}
		for (int k = 0; k < b->n; k++) {
			long double part = b->v[k][i] / b->v[i][i];
			for (int j = i; k != i && j < b->n + 2; j++)
				b->v[k][j] -= part * b->v[i][j];
		}
	}
	for (int i = 0; i < b->n; i++)
		for (int j = b->n; j < b->n + 2; j++)
			b->v[i][j] /= b->v[i][i];
}

/* x_i = l_n - (l_n - l_i) + noise, the middle of variance q (t_n - t_i) and shared by those before it: generalised least
 * squares for l_n, about which nothing is known beforehand. */
static void batch_level(const series *s, long double r, long double q, long double *value, long double *variance)
{
	batch b = {.n = s->n};
	int64_t newest_ns = series_newest(s, s->n);
	for (int i = 0; i < s->n; i++)
		for (int j = 0; j < s->n; j++) {
			int later = i > j ? i : j;
			b.v[i][j] = q * (long double)(newest_ns - series_newest(s, later + 1)) / 1e9L + (i == j ? r : 0);
		}
	for (int i = 0; i < s->n; i++) {
		b.v[i][s->n] = 1;
		b.v[i][s->n + 1] = s->x[i];
	}
	batch_solve(&b);
	long double ones = 0, sum = 0;
	for (int i = 0; i < s->n; i++) {
		ones += b.v[i][s->n];
		sum += b.v[i][s->n + 1];
	}
	*value = sum / ones;
	*variance = 1 / ones;
}

static void it_agrees_with_least_squares_over_the_whole_history(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("it_agrees_with_least_squares_over_the_whole_history", &rng);
	for (int round = 0; round < 2000; round++) {
		series s;
		series_draw(&s, &rng);
		s.n = s.n > BATCH_MAX ? BATCH_MAX : s.n;
		settings set = {1, 0, SP_HOUR, pow(10, 4 * sp_rng_uniform(&rng) - 2), pow(10, 4 * sp_rng_uniform(&rng) - 2)};
		level l;
		level_start(&l, set);
		for (int i = 0; i < s.n; i++)
			level_see(&l, s.t_ns[i], s.x[i]);
		sp_estimate out = level_at(&l, series_newest(&s, s.n));
		long double value, variance;
		batch_level(&s, (long double)set.noise_sd * set.noise_sd, (long double)set.level_sd * set.level_sd / 3600,
		            &value, &variance);
		check_near(out.value, (double)value, 1e-12 * s.size);
		check_near(out.variance, (double)variance, 1e-12 * (double)variance);
	}
}

/* --- twin 2: the bank, everything anew from the history, in long double, the formulas as they are printed --- */

typedef struct twin {
	long double value, variance, noise, count, lag;
} twin;

typedef struct run {
	long double level, p, age;                    /* P' */
	long double error[SERIES_MAX], f[SERIES_MAX]; /* of the i-th observation, from 1 on */
	long double likelihood, s2, share;
} run;

static run run_filter(const series *s, long double q)
{
	run w = {.level = s->x[0], .p = 1};
	for (int i = 1; i < s->n; i++) {
		long double t = (long double)s->gap_ns[i] / 1e9L, p = w.p + q * t, gain;
		w.f[i] = p + 1;
		w.error[i] = s->x[i] - w.level;
		gain = p / w.f[i];
		w.level += gain * w.error[i];
		w.p = (1 - gain) * (1 - gain) * p + gain * gain; /* Joseph */
		w.age = (w.age + t) / w.f[i];                    /* 1 - gain = 1 / F */
	}
	return w;
}

/* The weights of errors: all products of what was kept since. */
static void run_weights(const series *s, int64_t memory_ns, long double weight[SERIES_MAX])
{
	long double w = 1;
	for (int i = s->n - 1; i >= 1; i--) {
		weight[i] = w;
		long double kept = exp2l(-(long double)s->gap_ns[i] / (long double)memory_ns);
		w *= kept > exp2l(-1.0L / 32) ? kept : exp2l(-1.0L / 32);
	}
}

static void run_judge(run *w, const series *s, const long double weight[SERIES_MAX])
{
	long double sum = 0, square = 0, log_f = 0;
	for (int i = 1; i < s->n; i++) {
		sum += weight[i];
		square += weight[i] * w->error[i] * w->error[i] / w->f[i];
		log_f += weight[i] * logl(w->f[i]);
	}
	w->s2 = square / sum;
	w->likelihood = -(log_f + sum * logl(w->s2 > 1e-300L ? w->s2 : 1e-300L)) / 2;
}

static long double run_widening(const series *s, const long double weight[SERIES_MAX])
{
	long double sum = 0, squares = 0;
	for (int i = 1; i < s->n; i++) {
		sum += weight[i];
		squares += weight[i] * weight[i];
	}
	long double n = sum * sum / squares;
	return 1 + 2 / n + 10 / (n * n * n);
}

static twin twin_read(const series *s, int64_t memory_ns, long double h_s)
{
	run runs[12];
	long double weight[SERIES_MAX], best = -INFINITY, all = 0;
	twin out = {0};
	run_weights(s, memory_ns, weight);
	for (int j = 0; j < 12; j++) {
		runs[j] = run_filter(s, powl(8, 2 - j));
		run_judge(&runs[j], s, weight);
		best = fmaxl(best, runs[j].likelihood);
	}
	for (int j = 0; j < 12; j++)
		all += expl(runs[j].likelihood - best);
	for (int j = 0; j < 12; j++) {
		runs[j].share = expl(runs[j].likelihood - best) / all;
		out.value += runs[j].share * runs[j].level;
		out.lag += runs[j].share * runs[j].age;
		out.count += runs[j].share * runs[j].p;
	}
	out.count = 1 / out.count;
	long double c = run_widening(s, weight);
	for (int j = 0; j < 12; j++) {
		out.noise += runs[j].share * c * runs[j].s2;
		out.variance += runs[j].share * c * runs[j].s2 * (runs[j].p + powl(8, 2 - j) * h_s);
		out.variance += runs[j].share * (runs[j].level - out.value) * (runs[j].level - out.value);
	}
	return out;
}

/* An error is the difference of two values, each good to 1e-16 of the largest: squares and shares are as good as that. */
static double square_tolerance(double square, double noise, double size)
{
	return 1e-12 * square * (1 + size / sqrt(noise));
}

static void it_agrees_with_a_bank_made_anew_from_the_history(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("it_agrees_with_a_bank_made_anew_from_the_history", &rng);
	for (int round = 0; round < 10000; round++) {
		series s;
		series_draw(&s, &rng);
		settings set = learns;
		set.memory_ns = (int64_t)(1e9 * pow(10, 7 * sp_rng_uniform(&rng)));
		level l;
		level_start(&l, set);
		for (int i = 0; i < s.n; i++)
			level_see(&l, s.t_ns[i], s.x[i]);
		double h_s = floor(pow(10, 6 * sp_rng_uniform(&rng)));
		sp_estimate out = level_at(&l, series_newest(&s, s.n) + (int64_t)h_s * SP_SEC);
		twin slow = twin_read(&s, set.memory_ns, h_s);
		check_near(out.value, (double)slow.value, 1e-12 * s.size);
		check_near(out.variance, (double)slow.variance,
		           square_tolerance((double)slow.variance, (double)slow.noise, s.size));
		check_near(out.noise, (double)slow.noise, square_tolerance((double)slow.noise, (double)slow.noise, s.size));
		check_near(out.count, (double)slow.count, 1e-10 * (double)slow.count);
		check_near(out.lag_s, (double)slow.lag, 1e-10 * (1e-9 + (double)slow.lag));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_rows_describe_the_block),
	    cmocka_unit_test(two_observations_are_worked_by_hand),
	    cmocka_unit_test(observations_of_one_instant_are_repeated_measurements),
	    cmocka_unit_test(the_nile_comes_to_its_published_steady_state),
	    cmocka_unit_test(no_ratio_of_the_variances_breaks_it),
	    cmocka_unit_test(without_noise_and_wandering_there_is_nothing_to_estimate),
	    cmocka_unit_test(it_waits_for_a_second_observation),
	    cmocka_unit_test(it_learns_whether_a_change_is_real),
	    cmocka_unit_test(learning_costs_little_against_being_told),
	    cmocka_unit_test(the_memory_forgets_what_the_noise_was),
	    cmocka_unit_test(few_errors_widen_as_student_does),
	    cmocka_unit_test(it_agrees_with_least_squares_over_the_whole_history),
	    cmocka_unit_test(it_agrees_with_a_bank_made_anew_from_the_history),
	};
	return cmocka_run_group_tests_name("estimators: local_level", tests, NULL, NULL);
}
