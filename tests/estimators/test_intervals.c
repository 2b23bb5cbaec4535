/* test_intervals.c - intervals that say 90 % hold 90 %: one step ahead, on noise that resembles itself and on real load.
 *
 * Before each observation the estimator is read at the observation's time; it is covered when it lies within 1.645 roots of
 * variance + noise of the value. Covered must be 85 to 95 % of a series. */
#include "tests/check/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "tests/estimators/slot.h"

#define START  INT64_C(1764000000000000000)
#define LONG   1500
#define SERIES 1100

static const char *const kinds[] = {"local_level", "local_trend"};
static const char *const as_it_comes[] = {NULL};

typedef struct stretch {
	int64_t t_ns[LONG];
	double x[LONG];
	int n;
} stretch;

/* The share of observations, from the first that can be foretold on, within `width` of what was said of 90 %. */
static double covered(const char *kind, const stretch *s, double width)
{
	slot e;
	int asked = 0, within = 0;
	slot_open(&e, kind, as_it_comes);
	for (int i = 0; i < s->n; i++) {
		sp_estimate out;
		if (e.ops->read(e.state, e.params, s->t_ns[i], &out).knowledge == SP_KNOWN) {
			asked++;
			within += fabs(s->x[i] - out.value) <= width * 1.6449 * sqrt(out.variance + out.noise);
		}
		e.ops->update(e.state, e.params, s->t_ns[i], s->x[i], 0);
	}
	check_true(asked > s->n - 10);
	return (double)within / asked;
}

static void check_covered(const char *kind, const char *what, const stretch *s)
{
	double share = covered(kind, s, 1);
	printf("  %-12s %-34s %5.1f %% of %d\n", kind, what, 100 * share, s->n);
	check_true(share >= 0.85 && share <= 0.95);
	check_true(covered(kind, s, 0.5) < 0.85); /* so that the check can fail */
}

/* --- noise that resembles itself --- */

/* AR(1) about a level, in steps of ten minutes or of up to twenty; rho is between two observations ten minutes apart. */
static void draw_noise(stretch *s, int n, sp_rng *rng, double rho, bool irregular)
{
	double x = sp_rng_normal(rng);
	s->n = n;
	int64_t t_ns = START;
	for (int i = 0; i < n; i++) {
		int64_t gap_ns = irregular ? 1 + (int64_t)sp_rng_below(rng, 20 * SP_MIN) : 10 * SP_MIN;
		double kept = rho > 0 ? pow(rho, (double)gap_ns / (double)(10 * SP_MIN)) : 0;
		x = kept * x + sqrt(1 - kept * kept) * sp_rng_normal(rng);
		t_ns += gap_ns;
		s->t_ns[i] = t_ns;
		s->x[i] = 1000 + 50 * x;
	}
}

static void intervals_hold_on_autocorrelated_noise(void **state)
{
	(void)state;
	static const double rhos[] = {0, 0.5, 0.9};
	static stretch s;
	sp_rng rng;
	sp_check_seed("intervals_hold_on_autocorrelated_noise", &rng);
	for (int round = 0; round < 4; round++)
		for (int i = 0; i < 6; i++) {
			char what[64];
			bool irregular = i >= 3;
			snprintf(what, sizeof what, "AR(1) %.1f%s", rhos[i % 3], irregular ? ", irregular" : "");
			draw_noise(&s, LONG, &rng, rhos[i % 3], irregular);
			for (int k = 0; k < 2; k++)
				check_covered(kinds[k], what, &s);
		}
}

/* A series' first intervals are made of one error, of two, …: many series, each asked when it has seen so many. */
#define FIRST 16
#define MANY  2000

static void count_first(const char *kind, const stretch *s, int asked[FIRST], int within[FIRST])
{
	slot e;
	slot_open(&e, kind, as_it_comes);
	for (int i = 0; i < FIRST; i++) {
		sp_estimate out;
		if (e.ops->read(e.state, e.params, s->t_ns[i], &out).knowledge == SP_KNOWN) {
			asked[i]++;
			within[i] += fabs(s->x[i] - out.value) <= 1.6449 * sqrt(out.variance + out.noise);
		}
		e.ops->update(e.state, e.params, s->t_ns[i], s->x[i], 0);
	}
}

static void intervals_hold_from_the_first_on(void **state)
{
	(void)state;
	static stretch s;
	sp_rng rng;
	sp_check_seed("intervals_hold_from_the_first_on", &rng);
	for (int k = 0; k < 2; k++) {
		int within[FIRST] = {0}, asked[FIRST] = {0};
		for (int round = 0; round < MANY; round++) {
			draw_noise(&s, FIRST, &rng, round % 2 == 0 ? 0 : 0.5, false);
			count_first(kinds[k], &s, asked, within);
		}
		for (int i = 0; i < FIRST; i++) {
			double share = asked[i] > 0 ? (double)within[i] / asked[i] : 0;
			check_true(asked[i] == (i < k + 2 ? 0 : MANY));
			if (asked[i] == 0)
				continue;
			printf("  %-12s observation %-2d of %d series %11.1f %%\n", kinds[k], i + 1, MANY, 100 * share);
			check_true(share >= 0.85 && share <= 0.95);
		}
	}
}

/* --- real load: two models, windows of ten minutes --- */

typedef struct window {
	double t_s, requests, clients, in_tokens, out_tokens, of_top_client, token_coverage;
} window;

static int read_windows(const char *path, window windows[SERIES])
{
	char line[256];
	int n = 0;
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof line, file) != NULL) {
		window w;
		if (sscanf(line, "%lf,%lf,%lf,%lf,%lf,%lf,%lf", &w.t_s, &w.requests, &w.clients, &w.in_tokens, &w.out_tokens,
		           &w.of_top_client, &w.token_coverage) != 7)
			continue; /* the head */
		assert_true(n < SERIES);
		windows[n++] = w;
	}
	fclose(file);
	return n;
}

/* Tokens were counted for a part of the requests: of all, they are so many more. */
static double all_tokens(const window *w, double tokens)
{
	return tokens / w->token_coverage;
}

static double of_window(const window *w, int column)
{
	switch (column) {
	case 0:
		return w->requests;
	case 1:
		return w->clients;
	case 2:
		return all_tokens(w, w->in_tokens);
	case 3:
		return all_tokens(w, w->out_tokens);
	default:
		return w->of_top_client;
	}
}

static void check_load(const char *model, const char *path)
{
	static const char *const columns[] = {"requests", "clients", "input tokens", "output tokens", "largest client"};
	static window windows[SERIES];
	static stretch s;
	int n = read_windows(path, windows);
	check_i64(n, 1008);
	for (int column = 0; column < 5; column++) {
		char what[64];
		s = (stretch){0};
		for (int i = 0; i < n; i++) {
			if (windows[i].requests == 0 || windows[i].token_coverage == 0)
				continue; /* no one counted then; it is no load of 0 */
			s.t_ns[s.n] = START + (int64_t)windows[i].t_s * SP_SEC;
			s.x[s.n++] = of_window(&windows[i], column);
		}
		snprintf(what, sizeof what, "servegen %s, %s", model, columns[column]);
		for (int k = 0; k < 2; k++)
			check_covered(kinds[k], what, &s);
	}
}

static void intervals_hold_on_real_load(void **state)
{
	(void)state;
	char large[512];
	const char *path = sp_check_data("servegen/m-large_10min_week1.csv");
	if (path == NULL)
		skip();
	snprintf(large, sizeof large, "%s", path);
	path = sp_check_data("servegen/m-small_10min_week1.csv");
	if (path == NULL)
		skip();
	check_load("large", large);
	check_load("small", path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(intervals_hold_on_autocorrelated_noise),
	    cmocka_unit_test(intervals_hold_from_the_first_on),
	    cmocka_unit_test(intervals_hold_on_real_load),
	};
	return cmocka_run_group_tests_name("estimators: intervals", tests, NULL, NULL);
}
