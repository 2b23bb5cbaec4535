/* test_multi_window.c - backlogs by tables worked by hand: capacity 1000 x setpoint 0.7 = a target of 700. */
#include "tests/policies/asked.h"

#include <math.h>

/* Only the long window counts: 100 s of backlog multiply by e; the others never fill. */
static void start(asked *a, const char *tolerance)
{
	asked_start(a, "multi_window");
	asked_set(a, "least", "100%");
	asked_set(a, "tolerance", tolerance);
	asked_set(a, "short.target", "1000%");
	asked_set(a, "middle.target", "1000%");
	asked_set(a, "long.window", "100s");
	asked_decide(a);
}

/* Asks after so many seconds at this load; the engine takes the whole move. */
static sp_wish pass(asked *a, double seconds, double load)
{
	a->input.now_ns += (int64_t)(seconds * 1e9);
	a->input.readings[SP_READING_LOAD].estimate.value = load;
	sp_wish wish = asked_decide(a);
	a->input.own.ppb += wish.terms[0].amount.ppb;
	return wish;
}

static double own(const asked *a)
{
	return (double)a->input.own.ppb / 1e9;
}

static void a_backlog_is_what_was_used_beyond_the_target(void **state)
{
	(void)state;
	asked a;
	start(&a, "0s");
	check_text(pass(&a, 60, 700).reason, "at_target");
	check_text(pass(&a, 60, 1400).reason, "above_target"); /* 60 x 1400 - 60 x 700 = 42000 = 60 s of 700 */
	check_near(own(&a), exp(0.6), 1e-8);
	check_text(pass(&a, 30, 0).reason, "below_target"); /* 30 s worked off */
	check_near(own(&a), exp(0.3), 1e-8);
	pass(&a, 30, 1050); /* half a second a second */
	check_near(own(&a), exp(0.45), 1e-8);
	pass(&a, 1000, 0);
	check_near(own(&a), 1, 0);
	check_true(pass(&a, 60, 0).action == SP_LAW_HOLD);
}

static void elapsed_time_counts_not_how_often_it_is_asked(void **state)
{
	(void)state;
	asked once, often;
	start(&once, "0s");
	start(&often, "0s");
	pass(&once, 60, 1400);
	for (int i = 0; i < 60; i++)
		pass(&often, 1, 1400);
	check_near(own(&once), own(&often), 1e-7);
}

static void a_backlog_within_the_tolerance_moves_nothing(void **state)
{
	(void)state;
	asked a;
	start(&a, "10s");
	check_true(pass(&a, 10, 1400).action == SP_LAW_HOLD);
	pass(&a, 10, 1400);
	check_near(own(&a), exp(0.1), 1e-8); /* 20 s less 10 s */
}

static void windows_add_up_and_a_short_one_lets_its_target_pass(void **state)
{
	(void)state;
	asked a;
	start(&a, "0s");
	asked_set(&a, "short.window", "10s");
	asked_set(&a, "short.target", "150%"); /* 1050 */
	pass(&a, 10, 1050);
	check_near(own(&a), exp(0.05), 1e-8); /* 5 s of 700 in 100 s; the short one is just full */
	pass(&a, 10, 1575);                   /* long: 5 + 12.5; short: 5 s of 1050 in 10 s */
	check_near(own(&a), exp(0.175 + 0.5), 1e-8);
}

static void it_starts_from_the_price_that_stands(void **state)
{
	(void)state;
	asked a;
	asked_start(&a, "multi_window"); /* least 50% */
	check_true(asked_decide(&a).action == SP_LAW_HOLD);
	check_near(own(&a), 1, 0);
	pass(&a, 600, 0);
	check_true(own(&a) < 1 && own(&a) > 0.98); /* by the long window, of a day */
}

/* The trap: hours at the floor must not take hours to leave. */
static void no_wind_up_at_the_floor(void **state)
{
	(void)state;
	asked a;
	start(&a, "0s");
	a.input.own.ppb = 2000000000;
	for (int i = 0; i < 500; i++) {
		pass(&a, 60, 0);
		if (a.input.own.ppb < 1500000000) /* the family's floor */
			a.input.own.ppb = 1500000000;
	}
	pass(&a, 10, 1400);
	check_near(own(&a), 1.5 * exp(0.1), 1e-6);
}

static void no_wind_up_at_the_ceiling(void **state)
{
	(void)state;
	asked a;
	start(&a, "0s");
	for (int i = 0; i < 500; i++) {
		pass(&a, 60, 1400);
		if (a.input.own.ppb > 2000000000)
			a.input.own.ppb = 2000000000;
	}
	pass(&a, 10, 0);
	check_near(own(&a), 2 * exp(-0.1), 1e-6);
}

static void a_full_gauge_works_nothing_off_and_time_without_a_load_is_at_target(void **state)
{
	(void)state;
	asked a;
	start(&a, "0s");
	pass(&a, 60, 1400);
	a.input.censored = true;
	pass(&a, 60, 100);
	check_near(own(&a), exp(0.6), 1e-8);
	a.input.censored = false;
	a.input.readings[SP_READING_LOAD].answer = (sp_answer){SP_TOO_LITTLE, "none"};
	check_text(pass(&a, 3600, 0).reason, "load_unknown");
	a.input.readings[SP_READING_LOAD].answer = (sp_answer){SP_KNOWN, NULL};
	pass(&a, 10, 0);
	check_near(own(&a), exp(0.5), 1e-8);
	a.input.capacity = 0;
	check_text(pass(&a, 10, 0).reason, "capacity_unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_backlog_is_what_was_used_beyond_the_target),
	    cmocka_unit_test(elapsed_time_counts_not_how_often_it_is_asked),
	    cmocka_unit_test(a_backlog_within_the_tolerance_moves_nothing),
	    cmocka_unit_test(windows_add_up_and_a_short_one_lets_its_target_pass),
	    cmocka_unit_test(it_starts_from_the_price_that_stands),
	    cmocka_unit_test(no_wind_up_at_the_floor),
	    cmocka_unit_test(no_wind_up_at_the_ceiling),
	    cmocka_unit_test(a_full_gauge_works_nothing_off_and_time_without_a_load_is_at_target),
	};
	return cmocka_run_group_tests_name("price laws: multi_window", tests, NULL, NULL);
}
