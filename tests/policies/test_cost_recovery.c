/* test_cost_recovery.c - the ledger by tables worked by hand, and the trap of realised cost. */
#include "tests/policies/asked.h"

#include "policies/price/cost_recovery.h"

/* Units 100, E 900, inertia 9: a weight of 100 / (100 + 100) = 1/2. */
static void steps_are_as_worked_by_hand(void **state)
{
	(void)state;
	static const struct {
		double surplus, have, units, equilibration, inertia, most, step;
	} rows[] = {
	    {0, 0, 100, 900, 9, 1, 0},          /* nothing owed, nothing earned: stands */
	    {-90, 0, 100, 900, 9, 1, 0.05},     /* want 0.1, half of it */
	    {-90, 0.1, 100, 900, 9, 1, 0},      /* it earns what it wants */
	    {-90, 0.2, 100, 900, 9, 1, -0.05},  /* more than it wants */
	    {180, 0, 100, 900, 9, 1, -0.1},     /* a surplus is given back */
	    {-9000, 0, 100, 900, 9, 0.5, 0.25}, /* want 10, capped at 0.5 */
	    {9000, 0, 100, 900, 9, 0.5, -0.25}, /* the same downward */
	    {-90, 0, 0, 900, 9, 1, 0},          /* nothing sold: stands */
	    {-90, 0, 300, 900, 9, 1, 0.075},    /* 300 / 400: more sold, quicker */
	    {-90, 0, 100, 900, 1, 1, 0.01},     /* 100 / 1000: less inertia allowed, slower */
	    {-90, -0.3, 100, 900, 9, 0, 0.15},  /* no cap left: only to zero margin */
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		sp_recovery r = {rows[i].surplus,       rows[i].have,    rows[i].units,
		                 rows[i].equilibration, rows[i].inertia, rows[i].most};
		check_near(sp_cost_recovery_step(&r), rows[i].step, 1e-12);
	}
}

/* List 1 USD, sold at the sheet; a unit costs 0.80 and 25 % of it: due is 1. 10 units/s; settle 1 h, inertia 10. */
static void start(asked *a)
{
	asked_start(a, "cost_recovery");
	asked_set(a, "markup", "25%");
	asked_set(a, "settle", "1h");
	asked_set(a, "inertia", "10");
	asked_set(a, "cap", "20%");
	a->input.readings[SP_READING_COST].estimate.value = 0.8;
	a->input.readings[SP_READING_DEMAND].estimate.value = 10;
	check_text(asked_decide(a).reason, "nothing_sold");
}

static sp_wish pass(asked *a, double seconds)
{
	a->input.now_ns += (int64_t)(seconds * 1e9);
	sp_wish wish = asked_decide(a);
	a->input.own.ppb += wish.terms[0].amount.ppb;
	return wish;
}

static double own(const asked *a)
{
	return (double)a->input.own.ppb / 1e9;
}

static void a_price_at_what_is_due_stands(void **state)
{
	(void)state;
	asked a;
	start(&a);
	for (int i = 0; i < 100; i++)
		check_text(pass(&a, 60).reason, "settled");
	check_near(own(&a), 1, 0);
}

/* After 60 s at a cost of 0.88, due 1.10: 600 units lost 0.10 each, surplus -60; E 36000; want 60 / 36000; have -0.10; the
 * weight 600 / (600 + 3600) = 1/7. */
static void a_dearer_cost_is_charged_with_what_was_lost_meanwhile(void **state)
{
	(void)state;
	asked a;
	start(&a);
	a.input.readings[SP_READING_COST].estimate.value = 0.88;
	sp_wish wish = pass(&a, 60);
	check_text(wish.reason, "below_due");
	check_near(own(&a) - 1, (60.0 / 36000 + 0.1) / 7, 1e-9);
	for (int i = 0; i < 10000; i++) {
		a.input.in_force = a.input.own;
		pass(&a, 60);
	}
	check_near(own(&a), 1.1, 1e-6); /* the ledger is settled */
}

/* The price that takes effect late is not moved on and on: the own one settles within the cap. */
static void a_price_that_is_not_in_force_yet_does_not_run_away(void **state)
{
	(void)state;
	asked a;
	start(&a);
	a.input.readings[SP_READING_COST].estimate.value = 0.88;
	for (int i = 0; i < 30 * 1440; i++)
		pass(&a, 60);
	check_near(own(&a), 1.1 + 0.2 * 0.88, 1e-6); /* due, and at most 20 % of cost for the past */
	a.input.in_force = a.input.own;
	for (int i = 0; i < 10000; i++) {
		pass(&a, 60);
		a.input.in_force = a.input.own;
	}
	check_near(own(&a), 1.1, 1e-6); /* what it remembers is no more than the cap settles */
}

/* The trap: realised cost would rise tenfold here. */
static void an_idle_fleet_does_not_become_dearer(void **state)
{
	(void)state;
	asked a;
	start(&a);
	a.input.readings[SP_READING_DEMAND].estimate.value = 1;
	for (int i = 0; i < 10000; i++)
		pass(&a, 60);
	check_near(own(&a), 1, 1e-9);
	a.input.readings[SP_READING_DEMAND].estimate.value = 0;
	for (int i = 0; i < 100; i++)
		check_text(pass(&a, 60).reason, "nothing_sold");
	check_near(own(&a), 1, 1e-9);
}

/* The trap: while a floor keeps the price above due, the surplus grows; it is remembered no further than the cap settles. */
static void no_wind_up_at_the_floor(void **state)
{
	(void)state;
	asked a;
	start(&a);
	a.input.readings[SP_READING_COST].estimate.value = 0.4; /* due 0.5, floor at 1 */
	for (int i = 0; i < 30 * 1440; i++) {
		pass(&a, 60);
		a.input.own.ppb = a.input.own.ppb < SP_NANO ? SP_NANO : a.input.own.ppb;
	}
	a.input.readings[SP_READING_COST].estimate.value = 1.2; /* due 1.5 */
	pass(&a, 60);
	check_true(own(&a) > 1.05);
	for (int i = 0; i < 10000; i++) {
		a.input.in_force = a.input.own;
		pass(&a, 60);
	}
	check_near(own(&a), 1.5, 1e-6);
}

static void what_is_unknown_is_refused_and_not_booked(void **state)
{
	(void)state;
	asked a;
	start(&a);
	a.input.readings[SP_READING_COST].answer = (sp_answer){SP_TOO_LITTLE, "none"};
	check_text(pass(&a, 36000).reason, "cost_unknown");
	a.input.readings[SP_READING_COST].answer = (sp_answer){SP_KNOWN, NULL};
	a.input.readings[SP_READING_DEMAND].answer = (sp_answer){SP_TOO_LITTLE, "none"};
	check_text(pass(&a, 36000).reason, "demand_unknown");
	a.input.readings[SP_READING_DEMAND].answer = (sp_answer){SP_KNOWN, NULL};
	check_text(pass(&a, 60).reason, "settled");
}

/* The trap: a sender silent for two days, at a price below due, is no debt of two days. */
static void sales_that_nobody_saw_are_not_booked(void **state)
{
	(void)state;
	asked a, silent;
	start(&a);
	start(&silent);
	a.input.in_force.ppb = silent.input.in_force.ppb = 9 * SP_NANO / 10;
	silent.input.readings[SP_READING_DEMAND].clock = SP_CLOCK_STALE;
	for (int i = 0; i < 2 * 1440; i++)
		check_text(pass(&silent, 60).reason, "demand_unknown");
	check_near(own(&silent), 1, 0);
	silent.input.readings[SP_READING_DEMAND].clock = SP_CLOCK_FRESH;
	pass(&a, 60);
	pass(&silent, 60);
	check_near(own(&silent), own(&a), 0); /* a minute's debt, as of one that was never silent */
	check_true(own(&a) > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(steps_are_as_worked_by_hand),
	    cmocka_unit_test(a_price_at_what_is_due_stands),
	    cmocka_unit_test(a_dearer_cost_is_charged_with_what_was_lost_meanwhile),
	    cmocka_unit_test(a_price_that_is_not_in_force_yet_does_not_run_away),
	    cmocka_unit_test(an_idle_fleet_does_not_become_dearer),
	    cmocka_unit_test(no_wind_up_at_the_floor),
	    cmocka_unit_test(what_is_unknown_is_refused_and_not_booked),
	    cmocka_unit_test(sales_that_nobody_saw_are_not_booked),
	};
	return cmocka_run_group_tests_name("price laws: cost_recovery", tests, NULL, NULL);
}
