/* test_lerner.c - the price that earns most, by tables worked by hand and by looking for it. */
#include "tests/policies/asked.h"

#include <math.h>

static void start(asked *a, const char *demand, double cost, double elasticity, double se)
{
	asked_start(a, "lerner");
	asked_set(a, "demand", demand);
	a->input.list_usd = 2;
	a->input.readings[SP_READING_MARGINAL].estimate.value = cost;
	a->input.readings[SP_READING_ELASTICITY].estimate = (sp_estimate){.value = elasticity, .variance = se * se};
}

static int64_t moved(const sp_wish *wish)
{
	return wish->terms[0].amount.ppb + wish->terms[1].amount.ppb;
}

/* The price in force is 2 USD; goals in USD, worked by hand. */
static void goals_are_as_worked_by_hand(void **state)
{
	(void)state;
	static const struct {
		const char *demand;
		double cost, elasticity, goal;
	} rows[] = {
	    {"constant", 1.0, 2, 2.0},    /* 1 x 2 / 1: already there */
	    {"constant", 1.0, 3, 1.5},    /* 1 x 3 / 2 */
	    {"constant", 0.5, 1.5, 1.5},  /* 0.5 x 1.5 / 0.5 */
	    {"constant", 0.0, 2, 2e-6},   /* nothing costs nothing: the least index, and the floor is the rails' */
	    {"exponential", 1.0, 2, 2.0}, /* b = 2 / 2: 1 + 1 */
	    {"exponential", 0.5, 4, 1.0}, /* b = 4 / 2: 0.5 + 0.5 */
	    {"linear", 1.0, 2, 2.0},      /* a / b = 2 x 1.5 = 3: (3 + 1) / 2 */
	    {"linear", 0.5, 4, 1.5},      /* a / b = 2 x 1.25 = 2.5: (2.5 + 0.5) / 2 */
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		asked a;
		start(&a, rows[i].demand, rows[i].cost, rows[i].elasticity, 0.1);
		sp_wish wish = asked_decide(&a);
		check_near(2 * (double)(SP_NANO + moved(&wish)) / 1e9, rows[i].goal, 1e-8);
		check_text(wish.reason, rows[i].goal > 2 ? "below_goal" : rows[i].goal < 2 ? "above_goal" : "at_goal");
	}
}

/* The twin: the best of 10,000 prices, by the demand itself. */
static void it_is_the_price_that_earns_most(void **state)
{
	(void)state;
	static const char *const forms[] = {"constant", "exponential", "linear"};
	sp_rng rng;
	sp_check_seed("it_is_the_price_that_earns_most", &rng);
	for (int i = 0; i < 60; i++) {
		double e = 1.3 + 3 * sp_rng_uniform(&rng), cost = 0.3 + sp_rng_uniform(&rng), best = 0, most = -1;
		asked a;
		start(&a, forms[i % 3], cost, e, 0.01);
		sp_wish wish = asked_decide(&a);
		for (double p = 0.01; p < 12; p *= 1.0005) {
			double d = i % 3 == 0 ? pow(p / 2, -e) : i % 3 == 1 ? exp(-e * (p / 2 - 1)) : 1 + e - e * p / 2;
			if (d > 0 && (p - cost) * d > most) {
				most = (p - cost) * d;
				best = p;
			}
		}
		double goal = 2 * (double)(SP_NANO + moved(&wish)) / 1e9;
		check_near(log((goal < 12 ? goal : 12) / best), 0, 0.002);
	}
}

static void it_refuses_what_is_not_identified_or_near_one(void **state)
{
	(void)state;
	asked a;
	start(&a, "constant", 1, 2, 0.6); /* 2 - 1.645 x 0.6 = 1.013 */
	check_true(asked_decide(&a).action != SP_LAW_REFUSE);
	start(&a, "constant", 1, 2, 0.61); /* 0.997 */
	check_true(asked_decide(&a).action == SP_LAW_REFUSE);
	check_text(asked_decide(&a).reason, "elasticity_near_1");
	start(&a, "linear", 1, 0.8, 0);
	check_text(asked_decide(&a).reason, "elasticity_near_1");
	a.input.readings[SP_READING_ELASTICITY].answer = (sp_answer){SP_NOT_IDENTIFIED, "only the loop's own moves"};
	check_text(asked_decide(&a).reason, "elasticity_not_identified");
	a.input.readings[SP_READING_MARGINAL].answer = (sp_answer){SP_TOO_LITTLE, "none"};
	check_text(asked_decide(&a).reason, "marginal_cost_unknown");
}

/* The trap: a rule on average or realised cost would raise here. Marginal cost falls when the fleet is idle. */
static void an_idle_fleet_does_not_become_dearer(void **state)
{
	(void)state;
	asked a;
	start(&a, "constant", 1.0, 2, 0.1);
	asked_decide(&a);
	a.input.readings[SP_READING_MARGINAL].estimate.value = 0.6;
	sp_wish wish = asked_decide(&a);
	check_true(moved(&wish) < 0);
}

/* Cost 1.0 to 1.2 at a markup of 2: + 0.4 USD = 0.2 of the sheet; the elasticity from 2 to 3: 1.8 in all. */
static void the_ledger_says_what_cost_did_and_what_is_left(void **state)
{
	(void)state;
	asked a;
	start(&a, "constant", 1.0, 2, 0.1);
	asked_decide(&a);
	a.input.readings[SP_READING_MARGINAL].estimate.value = 1.2;
	sp_wish wish = asked_decide(&a);
	check_i64(wish.terms[0].amount.ppb, 200000000);
	check_i64(wish.terms[1].amount.ppb, 0);
	a.input.readings[SP_READING_ELASTICITY].estimate.value = 3;
	wish = asked_decide(&a);
	check_i64(wish.terms[0].amount.ppb, 150000000);  /* 0.2 x 1.5 / 2 */
	check_i64(wish.terms[1].amount.ppb, -250000000); /* to 1.8 / 2 = 0.9 */
}

static void what_a_rail_cut_of_the_cost_stays_due_as_cost(void **state)
{
	(void)state;
	asked a;
	start(&a, "constant", 1.0, 2, 0.1);
	asked_decide(&a);
	a.input.readings[SP_READING_MARGINAL].estimate.value = 1.2;
	asked_decide(&a);
	a.input.told.ppb += 50000000; /* a quarter of the 0.2 */
	asked_told(&a, SP_TOLD_BY_LAW, 0.25);
	sp_wish wish = asked_decide(&a);
	check_i64(wish.terms[0].amount.ppb, 150000000);
	check_i64(wish.terms[1].amount.ppb, 0);
	asked_told(&a, SP_TOLD_BY_HAND, 1);
	wish = asked_decide(&a);
	check_i64(wish.terms[0].amount.ppb, 0);
	check_i64(wish.terms[1].amount.ppb, 150000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(goals_are_as_worked_by_hand),
	    cmocka_unit_test(it_is_the_price_that_earns_most),
	    cmocka_unit_test(it_refuses_what_is_not_identified_or_near_one),
	    cmocka_unit_test(an_idle_fleet_does_not_become_dearer),
	    cmocka_unit_test(the_ledger_says_what_cost_did_and_what_is_left),
	    cmocka_unit_test(what_a_rail_cut_of_the_cost_stays_due_as_cost),
	};
	return cmocka_run_group_tests_name("price laws: lerner", tests, NULL, NULL);
}
