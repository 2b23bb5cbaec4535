/* test_eip4844.c - the blob fee against its published vectors, against a twin done long hand, and as a law: capacity 1000 x
 * setpoint 0.7 = a target of 700. */
#include "tests/policies/asked.h"

#include <math.h>

#include "policies/price/eip4844.h"

#define BLOB 131072 /* gas of a blob */

static int64_t price_of(int64_t factor, int64_t excess, int64_t fraction)
{
	int64_t price = -1;
	check_status(sp_eip4844_price(factor, excess, fraction, &price), SP_OK);
	return price;
}

/* Vectors of the execution clients' own tests (fake exponential; blob fee of Cancun; requests of EIP-7002). */
static void published_vectors_are_met_exactly(void **state)
{
	(void)state;
	static const struct {
		int64_t factor, numerator, denominator, expected;
	} rows[] = {
	    {1, 0, 1, 1},
	    {38493, 0, 1000, 38493},
	    {0, 1234, 2345, 0},
	    {1, 2, 1, 6},
	    {1, 4, 2, 6},
	    {1, 3, 1, 16},
	    {1, 6, 2, 18},
	    {1, 4, 1, 49},
	    {1, 8, 2, 50},
	    {10, 8, 2, 542},
	    {11, 8, 2, 596},
	    {1, 5, 1, 136},
	    {1, 5, 2, 11},
	    {2, 5, 2, 23},
	    {1, 50000000, 2225652, 5709098764},
	    {1, 380928, 3338477, 1},
	    {1, 2314057, 3338477, 1},
	    {1, 2314058, 3338477, 2},
	    {1, 10 * 1024 * 1024, 3338477, 23},
	    {1, 1, 17, 1},
	    {1, 17, 17, 2},
	    {1, 100, 17, 357},
	    {1, 170, 17, 22019},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_i64(price_of(rows[i].factor, rows[i].numerator, rows[i].denominator), rows[i].expected);
}

/* Published rows of the excess (target 3 blobs, at most 6), then EIP-7918's (6 of 9), then by hand. */
static void excess_is_counted_as_published(void **state)
{
	(void)state;
	static const sp_eip4844_room cancun = {3 * BLOB, 6 * BLOB}, osaka = {6 * BLOB, 9 * BLOB}, small = {3, 6};
	check_i64(sp_eip4844_excess(0, 0, &cancun, false), 0);
	check_i64(sp_eip4844_excess(0, 1 * BLOB, &cancun, false), 0);
	check_i64(sp_eip4844_excess(0, 3 * BLOB, &cancun, false), 0);
	check_i64(sp_eip4844_excess(0, 4 * BLOB, &cancun, false), 1 * BLOB);
	check_i64(sp_eip4844_excess(1, 4 * BLOB, &cancun, false), 1 * BLOB + 1);
	check_i64(sp_eip4844_excess(1, 5 * BLOB, &cancun, false), 2 * BLOB + 1);
	check_i64(sp_eip4844_excess(3 * BLOB, 3 * BLOB, &cancun, false), 3 * BLOB);
	check_i64(sp_eip4844_excess(3 * BLOB, 2 * BLOB, &cancun, false), 2 * BLOB);
	check_i64(sp_eip4844_excess(3 * BLOB, 1 * BLOB, &cancun, false), 1 * BLOB);
	check_i64(sp_eip4844_excess(1 * BLOB - 1, 2 * BLOB, &cancun, false), 0);
	check_i64(sp_eip4844_excess(0, 6 * BLOB, &osaka, true), 6 * BLOB * 3 / 9);
	check_i64(sp_eip4844_excess(0, 6 * BLOB, &osaka, false), 0);
	check_i64(sp_eip4844_excess(10, 5, &small, true), 12); /* 10 + 5 x 3 / 6, down */
	check_i64(sp_eip4844_excess(10, 0, &small, true), 10); /* does not run down */
	check_i64(sp_eip4844_excess(10, 0, &small, false), 7);
	check_i64(sp_eip4844_excess(2, 0, &small, true), 0); /* below one target's worth it is none, as published */
	check_i64(sp_eip4844_excess(INT64_MAX, 6, &small, false), INT64_MAX);
}

/* Wider than 64 bits inside: a billion's worth of index against e^x. */
static void large_factors_agree_with_the_exponential(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("large_factors_agree_with_the_exponential", &rng);
	for (int i = 0; i < 2000; i++) {
		int64_t factor = 1000000 + (int64_t)sp_rng_below(&rng, 1000000000);
		int64_t fraction = 100000000 + (int64_t)sp_rng_below(&rng, 100000000000);
		double x = 6 * sp_rng_uniform(&rng);
		int64_t excess = (int64_t)(x * (double)fraction);
		double expected = (double)factor * exp((double)excess / (double)fraction);
		check_near((double)price_of(factor, excess, fraction), expected, 2 + expected * 1e-12);
	}
}

static void what_does_not_fit_is_an_answer(void **state)
{
	(void)state;
	int64_t price = -7;
	check_status(sp_eip4844_price(1, 1000, 1, &price), SP_E_OVERFLOW);
	check_status(sp_eip4844_price(INT64_MAX, INT64_MAX, 1, &price), SP_E_OVERFLOW);
	check_status(sp_eip4844_price(INT64_MAX, 1, 1, &price), SP_E_OVERFLOW);
	check_i64(price, -7);
	check_i64(price_of(0, INT64_MAX, INT64_MAX), 0);
}

/* --- as a law --- */

static void start(asked *a)
{
	asked_start(a, "eip4844");
	asked_set(a, "least", "50%");
}

/* One change: the engine takes the whole move. */
static sp_wish change(asked *a, double load_mean)
{
	a->input.load_mean = load_mean;
	sp_wish wish = asked_decide(a);
	a->input.own.ppb += wish.terms[0].amount.ppb;
	return wish;
}

static void a_full_period_adds_an_eighth(void **state)
{
	(void)state;
	asked a;
	start(&a);
	check_text(change(&a, 700).reason, "at_target");
	check_i64(a.input.own.ppb, SP_NANO);
	check_text(change(&a, 1400).reason, "above_target");
	check_near((double)a.input.own.ppb / 1e9, exp(1 / 8.490186), 1e-8); /* 1.125 */
	change(&a, 99999);                                                  /* no fuller than its limit */
	check_near((double)a.input.own.ppb / 1e9, exp(2 / 8.490186), 1e-8);
	check_text(change(&a, 0).reason, "below_target");
	change(&a, 0);
	check_near((double)a.input.own.ppb / 1e9, 1, 1e-8); /* and ends where it began */
}

static void it_never_goes_below_its_least_and_leaves_it_at_once(void **state)
{
	(void)state;
	asked a;
	start(&a);
	for (int i = 0; i < 500; i++)
		change(&a, 0);
	check_i64(a.input.own.ppb, SP_NANO / 2);
	check_text(change(&a, 0).reason, "below_target");
	change(&a, 1400);
	check_near((double)a.input.own.ppb / 1e9, 0.5 * 1.125, 1e-6);
}

/* The trap: an integral that runs down while a floor holds the price needs as long to come back. */
static void no_wind_up_at_the_floor(void **state)
{
	(void)state;
	asked a;
	start(&a);
	for (int i = 0; i < 500; i++) {
		change(&a, 0);
		if (a.input.own.ppb < 800000000) /* the family's floor: the rail sets the own index back */
			a.input.own.ppb = 800000000;
	}
	change(&a, 1400);
	check_near((double)a.input.own.ppb / 1e9, 0.8 * 1.125, 1e-6);
}

static void no_wind_up_at_the_ceiling(void **state)
{
	(void)state;
	asked a;
	start(&a);
	for (int i = 0; i < 500; i++) {
		change(&a, 1400);
		if (a.input.own.ppb > 2000000000)
			a.input.own.ppb = 2000000000;
	}
	change(&a, 0);
	check_near((double)a.input.own.ppb / 1e9, 2 / 1.125, 1e-6);
}

static void while_the_reserve_binds_the_excess_does_not_run_down(void **state)
{
	(void)state;
	asked a;
	start(&a);
	asked_set(&a, "reserve", "100%");
	a.input.readings[SP_READING_COST].estimate.value = 1.1; /* above the price of 1 */
	sp_wish wish = change(&a, 0);
	check_text(wish.reason, "reserve");
	check_true(wish.action == SP_LAW_HOLD);
	check_i64(a.input.own.ppb, SP_NANO);
	a.input.readings[SP_READING_COST].estimate.value = 0.9;
	check_text(change(&a, 0).reason, "below_target");
	check_near((double)a.input.own.ppb / 1e9, 1 / 1.125, 1e-6);
	a.input.readings[SP_READING_COST].answer = (sp_answer){SP_TOO_LITTLE, "none"};
	check_text(asked_decide(&a).reason, "cost_unknown");
}

static void a_full_gauge_never_lowers_and_what_is_unknown_is_refused(void **state)
{
	(void)state;
	asked a;
	start(&a);
	a.input.censored = true;
	check_text(change(&a, 600).reason, "gauge_full");
	check_i64(a.input.own.ppb, SP_NANO);
	a.input.censored = false;
	a.input.capacity = 0;
	check_text(asked_decide(&a).reason, "capacity_unknown");
	a.input.capacity = 1000;
	a.input.load_mean_count = 0;
	check_text(asked_decide(&a).reason, "load_unknown");
	a.input.change_due = false;
	check_text(asked_decide(&a).reason, "waiting");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(published_vectors_are_met_exactly),
	    cmocka_unit_test(excess_is_counted_as_published),
	    cmocka_unit_test(large_factors_agree_with_the_exponential),
	    cmocka_unit_test(what_does_not_fit_is_an_answer),
	    cmocka_unit_test(a_full_period_adds_an_eighth),
	    cmocka_unit_test(it_never_goes_below_its_least_and_leaves_it_at_once),
	    cmocka_unit_test(no_wind_up_at_the_floor),
	    cmocka_unit_test(no_wind_up_at_the_ceiling),
	    cmocka_unit_test(while_the_reserve_binds_the_excess_does_not_run_down),
	    cmocka_unit_test(a_full_gauge_never_lowers_and_what_is_unknown_is_refused),
	};
	return cmocka_run_group_tests_name("price laws: eip4844", tests, NULL, NULL);
}
