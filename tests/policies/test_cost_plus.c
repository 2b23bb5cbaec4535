/* test_cost_plus.c - dollars for dollars (R23), by tables worked by hand: what rose, what was told, what stays due. */
#include "tests/policies/asked.h"

#include <math.h>

/* A sheet of 0.45 USD for 1M tokens of weight 1: a USD buys 1e6 / 0.45 units. */
#define UNITS_PER_USD (1e6 / 0.45)

static void cost_is(asked *a, double usd_per_1m)
{
	a->input.readings[SP_READING_COST].estimate.value = usd_per_1m / 1e6;
}

static void start(asked *a, const char *up, const char *down)
{
	asked_start(a, "cost_plus");
	asked_set(a, "pass_through.up", up);
	asked_set(a, "pass_through.down", down);
	a->input.units_per_usd = UNITS_PER_USD;
	cost_is(a, 0.20);
	check_text(asked_decide(a).reason, "cost_steady");
}

/* Asks, and checks the level as USD per 1M tokens. */
static void check_level(asked *a, double usd_per_1m, const char *reason)
{
	sp_wish wish = asked_decide(a);
	check_text(wish.reason, reason);
	check_true(wish.terms[0].exact);
	check_near((double)wish.terms[0].amount.ppb * 0.45 / 1e9, usd_per_1m, 1e-9);
	check_true(wish.action == (fabs(usd_per_1m) < 1e-12 ? SP_LAW_HOLD : SP_LAW_MOVE));
}

static void r23_the_first_reading_moves_nothing(void **state)
{
	(void)state;
	asked a;
	start(&a, "100%", "100%");
	check_level(&a, 0, "cost_steady");
}

static void r23_a_rise_in_cost_is_passed_on_in_dollars(void **state)
{
	(void)state;
	asked a;
	start(&a, "80%", "0%");
	cost_is(&a, 0.25);
	check_level(&a, 0.04, "cost_rose"); /* 80 % of 5 cents, whatever the price is: no percentage of the price */
	cost_is(&a, 0.30);
	check_level(&a, 0.08, "cost_rose"); /* a level, not an increment: it replaces the 4 cents */
	/* exactly: 0.8 x 0.10 / 0.45 of the sheet */
	check_i64(asked_decide(&a).terms[0].amount.ppb, 177777778);
}

static void r23_a_fall_in_cost_is_passed_on_by_its_own_share(void **state)
{
	(void)state;
	asked a;
	start(&a, "80%", "50%");
	cost_is(&a, 0.10);
	check_level(&a, -0.05, "cost_fell");
}

static void r23_a_direction_that_is_not_passed_on_leaves_c0(void **state)
{
	(void)state;
	asked a;
	start(&a, "80%", "0%");
	cost_is(&a, 0.10);
	check_level(&a, 0, "cost_fell_not_passed");
	asked_told(&a, SP_TOLD_BY_LAW, 1); /* another term moved the price */
	cost_is(&a, 0.20);
	check_level(&a, 0, "cost_steady"); /* back to the old cost raises nothing */
	cost_is(&a, 0.25);
	check_level(&a, 0.04, "cost_rose");
	start(&a, "0%", "100%");
	cost_is(&a, 0.30);
	check_level(&a, 0, "cost_rose_not_passed");
	asked_told(&a, SP_TOLD_BY_LAW, 1);
	cost_is(&a, 0.20);
	check_level(&a, 0, "cost_steady");
}

static void r23_what_was_told_is_not_asked_for_again(void **state)
{
	(void)state;
	asked a;
	start(&a, "80%", "100%");
	cost_is(&a, 0.25);
	check_level(&a, 0.04, "cost_rose");
	asked_told(&a, SP_TOLD_BY_LAW, 1);
	check_level(&a, 0, "cost_steady");
	cost_is(&a, 0.20);
	check_level(&a, -0.05, "cost_fell");
}

/* The raise of 4 cents is told and waits; in force is the sheet. */
static void start_with_a_raise_that_waits(asked *a, const char *down)
{
	start(a, "80%", down);
	cost_is(a, 0.25);
	check_level(a, 0.04, "cost_rose");
	asked_told(a, SP_TOLD_BY_LAW, 1);
	a->input.in_force.ppb = SP_NANO;
	a->input.told.ppb = SP_NANO + 88888889;
}

static void a_raise_that_waits_follows_cost_back_down_whatever_down_says(void **state)
{
	(void)state;
	asked a;
	start_with_a_raise_that_waits(&a, "0%");
	cost_is(&a, 0.225);
	check_level(&a, -0.02, "cost_fell"); /* half of it */
	cost_is(&a, 0.20);
	check_level(&a, -0.04, "cost_fell"); /* all of it: the raise is withdrawn */
	asked_told(&a, SP_TOLD_BY_LAW, 1);
	a.input.told.ppb = SP_NANO;
	check_level(&a, 0, "cost_steady");
	cost_is(&a, 0.10);
	check_level(&a, 0, "cost_fell_not_passed");
}

static void below_the_index_in_force_down_counts_again(void **state)
{
	(void)state;
	asked a;
	start_with_a_raise_that_waits(&a, "0%");
	cost_is(&a, 0.10); /* 12 cents at the rate of the raise: 4 of them take it back */
	check_near((double)asked_decide(&a).terms[0].amount.ppb * 0.45 / 1e9, -0.04, 1e-8);
	asked_told(&a, SP_TOLD_BY_LAW, 1);
	a.input.told.ppb = SP_NANO;
	cost_is(&a, 0.25);
	check_near((double)asked_decide(&a).terms[0].amount.ppb * 0.45 / 1e9, 0.04, 1e-8); /* c0 is 0.20 again */
	start_with_a_raise_that_waits(&a, "50%");
	cost_is(&a, 0.10);
	check_near((double)asked_decide(&a).terms[0].amount.ppb * 0.45 / 1e9, -0.04 - 0.05, 1e-8);
}

static void what_a_rail_cut_stays_due(void **state)
{
	(void)state;
	asked a;
	start(&a, "100%", "100%");
	cost_is(&a, 0.28);
	check_level(&a, 0.08, "cost_rose");
	asked_told(&a, SP_TOLD_BY_LAW, 0.25); /* a step limit let a quarter pass */
	check_level(&a, 0.06, "cost_rose");
	asked_told(&a, SP_TOLD_BY_LAW, 0);
	check_level(&a, 0.06, "cost_rose");
	asked_told(&a, SP_TOLD_BY_LAW, 1);
	check_level(&a, 0, "cost_steady");
}

/* However rails cut it, what is told in the end is what the cost rose by. */
static void steps_add_up_to_the_whole_rise(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("steps_add_up_to_the_whole_rise", &rng);
	for (int round = 0; round < 200; round++) {
		asked a;
		start(&a, "80%", "0%");
		double cost = 0.20, told = 0;
		for (int i = 0; i < 20; i++) {
			cost += 0.02 * sp_rng_uniform(&rng);
			cost_is(&a, cost);
			double passed = i == 19 ? 1 : sp_rng_uniform(&rng);
			told += passed * (double)asked_decide(&a).terms[0].amount.ppb * 0.45 / 1e9;
			asked_told(&a, SP_TOLD_BY_LAW, passed);
		}
		check_near(told, 0.8 * (cost - 0.20), 1e-7);
	}
}

static void a_price_set_by_hand_or_outside_is_set_at_todays_cost(void **state)
{
	(void)state;
	static const sp_told_by by[] = {SP_TOLD_BY_HAND, SP_TOLD_OUTSIDE};
	for (int i = 0; i < 2; i++) {
		asked a;
		start(&a, "80%", "0%");
		cost_is(&a, 0.25);
		check_level(&a, 0.04, "cost_rose");
		asked_told(&a, by[i], 1);
		check_level(&a, 0, "cost_steady");
		cost_is(&a, 0.30);
		check_level(&a, 0.04, "cost_rose");
	}
}

static void a_withdrawn_price_is_due_again(void **state)
{
	(void)state;
	asked a;
	start(&a, "80%", "0%");
	cost_is(&a, 0.25);
	check_level(&a, 0.04, "cost_rose");
	asked_told(&a, SP_TOLD_BY_LAW, 1);
	check_level(&a, 0, "cost_steady");
	asked_told(&a, SP_TOLD_WITHDRAWN, 1);
	check_level(&a, 0.04, "cost_rose");
}

static void an_unknown_cost_is_refused_and_forgets_nothing(void **state)
{
	(void)state;
	asked a;
	start(&a, "100%", "100%");
	cost_is(&a, 0.25);
	a.input.readings[SP_READING_COST].answer = (sp_answer){SP_NOT_IDENTIFIED, "the pool has no GPUs"};
	sp_wish wish = asked_decide(&a);
	check_true(wish.action == SP_LAW_REFUSE);
	check_text(wish.reason, "cost_unknown");
	a.input.readings[SP_READING_COST].answer = (sp_answer){SP_KNOWN, NULL};
	check_level(&a, 0.05, "cost_rose");
}

static void being_told_before_the_first_cost_means_nothing(void **state)
{
	(void)state;
	asked a;
	asked_start(&a, "cost_plus");
	a.input.units_per_usd = UNITS_PER_USD;
	asked_told(&a, SP_TOLD_BY_HAND, 1);
	cost_is(&a, 0.20);
	check_level(&a, 0, "cost_steady");
}

static void all_of_a_change_is_passed_on_unless_told_otherwise(void **state)
{
	(void)state;
	asked a;
	asked_start(&a, "cost_plus");
	a.input.units_per_usd = UNITS_PER_USD;
	cost_is(&a, 0.20);
	asked_decide(&a);
	cost_is(&a, 0.21);
	check_level(&a, 0.01, "cost_rose");
	cost_is(&a, 0.19);
	check_level(&a, -0.01, "cost_fell");
}

/* --- the trim: half of what is left in 90 days --- */

static void start_trimmed(asked *a)
{
	start(a, "80%", "0%");
	asked_set(a, "trim", "90d");
}

static void check_trim(asked *a, double usd_per_1m)
{
	sp_wish wish = asked_decide(a);
	check_near((double)wish.terms[1].amount.ppb * 0.45 / 1e9, usd_per_1m, 1e-8);
}

static void days_pass(asked *a, int days)
{
	a->input.now_ns += days * SP_DAY;
}

static void r23_the_trim_brings_back_what_pass_through_left(void **state)
{
	(void)state;
	asked a;
	start_trimmed(&a);
	cost_is(&a, 0.25); /* 4 of 5 cents are asked for at once; a cent is left */
	check_trim(&a, 0);
	days_pass(&a, 90);
	check_trim(&a, 0.005);
	days_pass(&a, 90);
	check_trim(&a, 0.0075);
	sp_told told = {a.input.now_ns, SP_TOLD_BY_LAW, {SP_NANO}, {0}, 1};
	told.after.ppb = (int64_t)(1e9 * 0.4975 / 0.45 + 0.5);
	a.ops->told(&told, a.state, a.params);
	a.input.told = told.after;
	check_trim(&a, 0); /* 0.25 cents left, from today */
	days_pass(&a, 90);
	check_trim(&a, 0.00125);
}

static void r23_a_fall_that_is_not_passed_on_is_given_back_slowly(void **state)
{
	(void)state;
	asked a;
	start_trimmed(&a);
	cost_is(&a, 0.10);
	days_pass(&a, 90);
	sp_wish wish = asked_decide(&a);
	check_text(wish.reason, "trim");
	check_true(wish.action == SP_LAW_MOVE && wish.terms[0].amount.ppb == 0);
	check_trim(&a, -0.05);
	cost_is(&a, 0.20); /* back, before anything was told: nothing is due */
	check_trim(&a, 0);
}

static void the_trim_keeps_the_margin_that_a_person_set(void **state)
{
	(void)state;
	asked a;
	start_trimmed(&a);
	cost_is(&a, 0.25);
	asked_decide(&a);
	sp_told told = {a.input.now_ns, SP_TOLD_BY_HAND, {SP_NANO}, {SP_NANO}, 1};
	a.ops->told(&told, a.state, a.params);
	days_pass(&a, 900);
	check_level(&a, 0, "cost_steady");
	check_trim(&a, 0);
}

static void without_a_trim_there_is_none(void **state)
{
	(void)state;
	asked a;
	start(&a, "80%", "0%");
	cost_is(&a, 0.10);
	days_pass(&a, 900);
	check_level(&a, 0, "cost_fell_not_passed");
	check_trim(&a, 0);
}

/* The trap: what is left is measured from the told price, so a floor that holds it for years leaves no more to come back from. */
static void no_wind_up_at_the_floor(void **state)
{
	(void)state;
	asked a;
	start_trimmed(&a);
	cost_is(&a, 0.10);
	for (int i = 0; i < 1000; i++) {
		days_pass(&a, 7);
		check_true(asked_decide(&a).terms[1].amount.ppb >= -222222223); /* 10 cents of 45 */
	}
	cost_is(&a, 0.25);
	check_level(&a, 0.04, "cost_rose");
}

/* --- the profile `announced` against the held list price, whatever the elasticity --- */

/* Margin of a day: buyers ~ p^-e, a list price that was right for the first cost, c = 1 - 1/e of it. */
static double earned(double price, double cost, double elasticity)
{
	return (price - cost) * pow(price, -elasticity);
}

/* Cost as a multiple of the first: steps as they happened (AWS -44 %), a rise, a drift. */
static double path(int kind, int day)
{
	if (kind == 2)
		return pow(0.97, day / 7.0);
	return day < 60 ? 1 : kind == 0 ? 0.56 : 1.3;
}

/* A year under notice: raises wait 30 days, a proposed cut is approved a week later, 23 days between changes, 10 % a step, a
 * dead band of 1 %. */
static double year(double elasticity, int kind)
{
	asked a;
	double sum = 0, in_force = 1, waiting = 0;
	int takes_effect = -1, last = -23, proposed = -1;

	start_trimmed(&a);
	a.input.units_per_usd = 1;
	a.ops->init(a.state, a.params);
	for (int day = 0; day < 365; day++) {
		double cost = (1 - 1 / elasticity) * path(kind, day), told = (double)a.input.told.ppb / 1e9;
		a.input.readings[SP_READING_COST].estimate.value = cost;
		sp_wish wish = asked_decide(&a);
		double move = (double)(wish.terms[0].amount.ppb + wish.terms[1].amount.ppb) / 1e9;
		move = fmax(-0.1 * told, fmin(0.1 * told, move));
		in_force = day == takes_effect ? waiting : in_force;
		bool due = day - last >= 23 && fabs(move) >= 0.01 * told;
		proposed = due && move < 0 ? (proposed < 0 ? day : proposed) : -1;
		if (due && (move > 0 || day - proposed >= 7)) {
			sp_told now = {a.input.now_ns, SP_TOLD_BY_LAW, a.input.told, {(int64_t)((told + move) * 1e9)}, 1};
			now.cost_passed =
			    wish.terms[0].amount.ppb == 0 ? 1 : fmin(1, fabs(move * 1e9 / (double)wish.terms[0].amount.ppb));
			a.ops->told(&now, a.state, a.params);
			a.input.told = a.input.own = now.after;
			last = day;
			waiting = told + move;
			takes_effect = move > 0 ? day + 30 : -1;
			in_force = move > 0 ? in_force : waiting;
			a.input.in_force.ppb = (int64_t)(in_force * 1e9);
		}
		a.input.in_force.ppb = (int64_t)(in_force * 1e9);
		a.input.now_ns += SP_DAY;
		sum += earned(in_force, cost, elasticity) - earned(1, cost, elasticity);
	}
	return sum;
}

static void announced_beats_the_held_list_price_on_cost_terms_alone(void **state)
{
	(void)state;
	for (int kind = 0; kind < 3; kind++)
		for (double elasticity = 1.2; elasticity < 4.1; elasticity += 0.2)
			check_true(year(elasticity, kind) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r23_the_first_reading_moves_nothing),
	    cmocka_unit_test(r23_a_rise_in_cost_is_passed_on_in_dollars),
	    cmocka_unit_test(r23_a_fall_in_cost_is_passed_on_by_its_own_share),
	    cmocka_unit_test(r23_a_direction_that_is_not_passed_on_leaves_c0),
	    cmocka_unit_test(r23_what_was_told_is_not_asked_for_again),
	    cmocka_unit_test(a_raise_that_waits_follows_cost_back_down_whatever_down_says),
	    cmocka_unit_test(below_the_index_in_force_down_counts_again),
	    cmocka_unit_test(what_a_rail_cut_stays_due),
	    cmocka_unit_test(steps_add_up_to_the_whole_rise),
	    cmocka_unit_test(a_price_set_by_hand_or_outside_is_set_at_todays_cost),
	    cmocka_unit_test(a_withdrawn_price_is_due_again),
	    cmocka_unit_test(an_unknown_cost_is_refused_and_forgets_nothing),
	    cmocka_unit_test(being_told_before_the_first_cost_means_nothing),
	    cmocka_unit_test(all_of_a_change_is_passed_on_unless_told_otherwise),
	    cmocka_unit_test(r23_the_trim_brings_back_what_pass_through_left),
	    cmocka_unit_test(r23_a_fall_that_is_not_passed_on_is_given_back_slowly),
	    cmocka_unit_test(the_trim_keeps_the_margin_that_a_person_set),
	    cmocka_unit_test(without_a_trim_there_is_none),
	    cmocka_unit_test(announced_beats_the_held_list_price_on_cost_terms_alone),
	    cmocka_unit_test(no_wind_up_at_the_floor),
	};
	return cmocka_run_group_tests_name("price laws: cost_plus", tests, NULL, NULL);
}
