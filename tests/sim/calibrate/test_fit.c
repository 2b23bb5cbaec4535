/* test_fit.c - the fit finds known weights, its intervals hold them as often as they say, and collinear traffic inflates. */
#include "tests/sim/calibrate/market.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/calibrate/unified.h"
#include "tests/check/check.h"

/* Input, output and cached tokens: an output token costs 4.2 input tokens, a cached one nothing. */
static const market_plan plain = {.n_columns = 3,
                                  .minutes = 1440,
                                  .gpu_seconds = {0.0004, 0.00168, 0},
                                  .tokens = {20000, 5000, 30000},
                                  .noise = 0.05,
                                  .persistence = 0.6,
                                  .gaps = 0.03,
                                  .outliers = 0.01};

static void check_exact(const market_plan *plan, const char *name)
{
	market m;
	sp_fit *fit = malloc(sizeof *fit);
	sp_rng rng;

	sp_check_seed(name, &rng);
	market_open(&m, plan, &rng);
	check_status(sp_fit_of(&m.rows, fit), SP_OK);
	for (uint32_t i = 0; i < plan->n_columns; i++)
		check_near(fit->coefs[i], plan->gpu_seconds[i], 1e-10 + 1e-6 * plan->gpu_seconds[i]);
	market_close(&m);
	free(fit);
}

static void load_without_noise_gives_the_weights_themselves(void **state)
{
	market_plan plan = plain;

	(void)state;
	plan.noise = plan.outliers = 0;
	check_exact(&plan, __func__);
	plan.outliers = 0.05; /* the median window is exact, so all that is not lies far off */
	plan.noise = 1e-9;
	check_exact(&plan, __func__);
}

/* --- coverage --- */

typedef struct coverage {
	unsigned held[MARKET_COLUMNS_MAX], ratio[MARKET_COLUMNS_MAX], seeds;
} coverage;

static bool between(double truth, double low, double high)
{
	return low <= truth && truth <= high;
}

static void cover_one(const market_plan *plan, sp_rng *rng, coverage *c)
{
	market m;
	sp_fit *fit = malloc(sizeof *fit);
	double low, high;

	market_open(&m, plan, rng);
	check_status(sp_fit_of(&m.rows, fit), SP_OK);
	for (uint32_t i = 0; i < plan->n_columns; i++) {
		check_true(sp_fit_level(fit, i, &low, &high));
		c->held[i] += between(plan->gpu_seconds[i], low, high);
		if (i == 0)
			continue;
		check_true(sp_fit_ratio(fit, i, 0, &low, &high));
		c->ratio[i] += between(plan->gpu_seconds[i] / plan->gpu_seconds[0], low, high);
	}
	c->seeds++;
	market_close(&m);
	free(fit);
}

/* So many held of so many: is that 85 to 95 %, or within three standard errors of 90 % where there are few? */
static void check_share(unsigned held, unsigned seeds, const char *what)
{
	double share = (double)held / seeds, slack = fmax(0.05, 3 * sqrt(0.9 * 0.1 / seeds));

	print_message("  %-8s held in %u of %u: %.1f %%\n", what, held, seeds, 100 * share);
	check_near(share, 0.9, slack);
}

static void cover(const market_plan *plan, const char *name)
{
	static const char *const columns[] = {"input", "output", "cached"};
	const unsigned seeds = getenv("SETPOINT_SOAK") ? 1000 : 50;
	coverage c = {0};
	sp_rng rng;
	unsigned held = 0;

	sp_check_seed(name, &rng);
	for (unsigned seed = 0; seed < seeds; seed++)
		cover_one(plan, &rng, &c);
	for (uint32_t i = 0; i < plan->n_columns; i++)
		check_share(i == 0 ? c.held[0] : c.ratio[i], seeds, columns[i]);
	for (uint32_t i = 0; i < plan->n_columns; i++)
		held += i == 0 ? c.held[0] : c.ratio[i];
	check_share(held, seeds * plan->n_columns, "all");
}

static void intervals_hold_the_truth_as_often_as_they_say(void **state)
{
	(void)state;
	cover(&plain, __func__);
}

static void intervals_hold_it_under_noise_that_hardly_changes(void **state)
{
	market_plan plan = plain;

	(void)state;
	plan.persistence = 0.9;
	cover(&plan, __func__);
}

static void intervals_hold_it_in_a_short_trace(void **state)
{
	market_plan plan = plain;

	(void)state;
	plan.minutes = 240;
	cover(&plan, __func__);
}

/* --- identification --- */

static void traffic_that_moves_together_inflates_the_variance(void **state)
{
	market_plan plan = plain;
	market m;
	sp_fit *fit = malloc(sizeof *fit);
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	plan.together = 1;
	market_open(&m, &plan, &rng);
	check_status(sp_fit_of(&m.rows, fit), SP_OK);
	for (uint32_t i = 0; i < 3; i++)
		check_true(fit->inflation[i] > 1e6);
	check_true(fit->partner[0] != 0);
	market_close(&m);
	plan.together = 0;
	market_open(&m, &plan, &rng);
	check_status(sp_fit_of(&m.rows, fit), SP_OK);
	for (uint32_t i = 0; i < 3; i++)
		check_true(fit->inflation[i] < 30);
	market_close(&m);
	free(fit);
}

/* --- the slow twin of the errors: every lag by itself --- */

static double slow_variance(const sp_fit_rows *rows, const sp_fit *fit)
{
	size_t span = (size_t)(rows->at[rows->n - 1] - rows->at[0]) + 2;
	double *score = calloc(span, sizeof *score), sum = 0, square = 0, factor = fit->widening / (1 - fit->memory);

	for (size_t i = 0; i < rows->n; i++) {
		square += rows->x[i] * rows->x[i];
		score[rows->at[i] - rows->at[0]] = rows->x[i] * (rows->y[i] - fit->free[0] * rows->x[i]);
	}
	for (size_t t = span - 1; t > 0; t--)
		score[t] -= fit->memory * score[t - 1];
	for (size_t i = 0; i < span; i++)
		for (size_t j = 0; j < span; j++) {
			double weight = 1 - fabs((double)i - (double)j) / (fit->lag + 1);
			sum += weight > 0 ? weight * score[i] * score[j] : 0;
		}
	free(score);
	return sum / square / square * (double)rows->n / ((double)rows->n - 1) * factor * factor;
}

static void errors_equal_those_of_every_lag_by_itself(void **state)
{
	market_plan plan = plain;
	market m;
	sp_fit *fit = malloc(sizeof *fit);
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	plan.n_columns = 1;
	plan.minutes = 700;
	plan.gaps = 0.2;
	plan.outliers = 0;
	plan.noise = 0.02;
	market_open(&m, &plan, &rng);
	check_status(sp_fit_of(&m.rows, fit), SP_OK);
	check_u64(fit->n_outliers, 0);
	check_true(fit->memory > 0.1);
	check_near(fit->covariance[0] / slow_variance(&m.rows, fit), 1, 1e-7);
	market_close(&m);
	free(fit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(load_without_noise_gives_the_weights_themselves),
	    cmocka_unit_test(intervals_hold_the_truth_as_often_as_they_say),
	    cmocka_unit_test(intervals_hold_it_under_noise_that_hardly_changes),
	    cmocka_unit_test(intervals_hold_it_in_a_short_trace),
	    cmocka_unit_test(traffic_that_moves_together_inflates_the_variance),
	    cmocka_unit_test(errors_equal_those_of_every_lag_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
