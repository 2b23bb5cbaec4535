/* test_buyers.c - the shape of demand and the answer to prices, against the formulas written out slowly with libm. */
#include "sim/market/buyers.h"

#include <math.h>
#include <stdlib.h>

#include "base/time.h"
#include "tests/check/check.h"

static sp_market_buyers plain(void)
{
	sp_market_buyers params = {0};
	sp_params_init(sp_market_buyer_params, sp_market_buyer_n_params, &params);
	return params;
}

static void the_daily_wave_is_a_cosine_with_mean_one(void **unused)
{
	(void)unused;
	sp_market_buyers params = plain();
	params.day_swing_ppb = 400000000;
	params.day_peak_ns = 15 * SP_HOUR;
	double sum = 0;
	for (int64_t minute = 0; minute < 1440; minute++) {
		double wave = sp_buyers_wave(&params, 20000 * SP_DAY + minute * SP_MIN);
		check_near(wave, 1 + 0.4 * cos(2 * M_PI * (double)(minute - 900) / 1440), 1e-15);
		sum += wave;
	}
	check_near(sum / 1440, 1, 1e-14);
	check_near(sp_buyers_wave(&params, 15 * SP_HOUR), 1.4, 1e-15);
	check_near(sp_buyers_wave(&params, 3 * SP_HOUR), 0.6, 1e-15);
	params.day_peak_ns = 0;
	check_near(sp_buyers_wave(&params, 0), 1.4, 1e-15);
}

static void a_crowd_comes_stays_and_halves(void **unused)
{
	(void)unused;
	sp_market_buyers params = plain();
	params.spike = 3;
	params.spike_at_ns = SP_HOUR;
	params.spike_rise_ns = 10 * SP_MIN;
	params.spike_for_ns = 30 * SP_MIN;
	params.spike_half_life_ns = 20 * SP_MIN;
	static const struct {
		int64_t minute;
		double times;
	} points[] = {{0, 1}, {59, 1}, {60, 1}, {65, 2}, {70, 3}, {90, 3}, {100, 3}, {120, 2}, {140, 1.5}, {160, 1.25}};
	for (size_t i = 0; i < sizeof points / sizeof points[0]; i++)
		check_near(sp_buyers_events(&params, points[i].minute * SP_MIN), points[i].times, 1e-14);
	params.spike_rise_ns = params.spike_for_ns = 0;
	check_near(sp_buyers_events(&params, SP_HOUR - 1), 1, 0);
	check_near(sp_buyers_events(&params, SP_HOUR), 3, 0);
	params.spike = 0; /* nobody comes while it lasts */
	check_near(sp_buyers_events(&params, SP_HOUR), 0, 0);
}

static void demand_steps_and_grows(void **unused)
{
	(void)unused;
	sp_market_buyers params = plain();
	params.step_ppb = 250000000;
	params.step_at_ns = SP_DAY;
	check_near(sp_buyers_events(&params, SP_DAY - 1), 1, 0);
	check_near(sp_buyers_events(&params, SP_DAY), 1.25, 0);
	params.step_ppb = -1000000000;
	check_near(sp_buyers_events(&params, SP_DAY), 0, 0);
	params.step_ppb = 0;
	params.growth_ppb = 100000000;
	check_near(sp_buyers_events(&params, 7 * SP_DAY), 1.1, 1e-14);
	check_near(sp_buyers_events(&params, 21 * SP_DAY), 1.331, 1e-14);
	params.growth_ppb = 10 * SP_NANO;
	check_near(sp_buyers_events(&params, 100 * 365 * SP_DAY), 1e12, 0); /* bounded */
}

static void the_elasticity_is_what_was_set(void **unused)
{
	(void)unused;
	static const double elasticities[] = {0, 0.3, 1, 1.5, 2, 4.5, 20};
	static const double prices[] = {0.1, 0.5, 0.99, 1, 1.01, 1.5, 3, 20};
	for (size_t e = 0; e < sizeof elasticities / sizeof elasticities[0]; e++)
		for (size_t p = 0; p < sizeof prices / sizeof prices[0]; p++) {
			sp_market_buyers params = plain();
			params.elasticity = elasticities[e];
			params.response_lag_ns = 0;
			sp_buyers buyers;
			check_status(sp_buyers_open(&buyers, &params, SP_MIN, 1), SP_OK);
			double answer = sp_buyers_answer(&buyers, prices[p], 1);
			if (prices[p] != 1)
				check_near(-log(answer) / log(prices[p]), elasticities[e], 1e-12);
			else
				check_near(answer, 1, 0);
			sp_buyers_close(&buyers);
		}
}

/* The slow twin keeps every price there ever was and uses libm. */
static void delay_and_lag_equal_the_slow_twin(void **unused)
{
	(void)unused;
	sp_rng rng;
	sp_check_seed("delay_and_lag_equal_the_slow_twin", &rng);
	for (int world = 0; world < 50; world++) {
		sp_market_buyers params = plain();
		params.elasticity = 3 * sp_rng_uniform(&rng);
		params.delay_periods = (int64_t)sp_rng_below(&rng, 12);
		params.response_lag_ns = (int64_t)sp_rng_below(&rng, 3) * 10 * SP_MIN;
		sp_buyers buyers;
		check_status(sp_buyers_open(&buyers, &params, SP_MIN, 1), SP_OK);
		double prices[300], bill = 1;
		double a = params.response_lag_ns > 0 ? -expm1(-60.0 / ((double)params.response_lag_ns * 1e-9)) : 1;
		for (int k = 0; k < 300; k++) {
			prices[k] = exp(sp_rng_uniform(&rng) - 0.5);
			double wanted = 3 * sp_rng_uniform(&rng);
			double felt = k < params.delay_periods ? 1 : prices[k - params.delay_periods];
			bill += fmin(1, a * wanted) * (felt - bill);
			check_near(sp_buyers_answer(&buyers, prices[k], wanted), pow(bill, -params.elasticity), 1e-11);
			check_near(buyers.bill, bill, 1e-13);
		}
		sp_buyers_close(&buyers);
	}
}

static void the_bill_weighs_prices_by_what_was_bought(void **unused)
{
	(void)unused;
	sp_market_buyers params = plain();
	params.response_lag_ns = SP_HOUR;
	sp_buyers busy, idle;
	check_status(sp_buyers_open(&busy, &params, SP_MIN, 1), SP_OK);
	check_status(sp_buyers_open(&idle, &params, SP_MIN, 1), SP_OK);
	for (int k = 0; k < 30; k++) {
		sp_buyers_answer(&busy, 2, 1.5);
		sp_buyers_answer(&idle, 2, 0);
	}
	check_true(busy.bill > 1.4);
	check_near(idle.bill, 1, 0); /* who buys nothing learns nothing */
	sp_buyers_close(&busy);
	sp_buyers_close(&idle);
}

/* Mean 1, standard deviation and memory as set. 200,000 periods; the slow chance forgets in 10, so about 10,000 are independent:
 * the bounds are five standard errors. */
static void chance_has_mean_one_and_the_deviation_that_was_set(void **unused)
{
	(void)unused;
	sp_market_buyers params = plain();
	params.drift_noise_ppb = 200000000;
	params.drift_noise_time_ns = 10 * SP_MIN;
	params.white_noise_ppb = 100000000;
	sp_buyers buyers;
	check_status(sp_buyers_open(&buyers, &params, SP_MIN, 42), SP_OK);
	const int n = 200000;
	double sum = 0, squares = 0, products = 0, last = 0;
	for (int k = 0; k < n; k++) {
		double chance = sp_buyers_chance(&buyers), x = log(chance) + 0.025;
		sum += chance;
		squares += x * x;
		products += x * last;
		last = x;
	}
	check_near(sum / n, 1, 0.012);
	check_near(sqrt(squares / n), sqrt(0.05), 0.008);
	check_near(products / n, 0.04 * exp(-0.1), 0.004);
	sp_buyers_close(&buyers);
	params.drift_noise_ppb = params.white_noise_ppb = 0;
	check_status(sp_buyers_open(&buyers, &params, SP_MIN, 42), SP_OK);
	for (int k = 0; k < 10; k++)
		check_near(sp_buyers_chance(&buyers), 1, 0);
	sp_buyers_close(&buyers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_daily_wave_is_a_cosine_with_mean_one),
	    cmocka_unit_test(a_crowd_comes_stays_and_halves),
	    cmocka_unit_test(demand_steps_and_grows),
	    cmocka_unit_test(the_elasticity_is_what_was_set),
	    cmocka_unit_test(delay_and_lag_equal_the_slow_twin),
	    cmocka_unit_test(the_bill_weighs_prices_by_what_was_bought),
	    cmocka_unit_test(chance_has_mean_one_and_the_deviation_that_was_set),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
