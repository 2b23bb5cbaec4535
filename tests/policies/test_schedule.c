/* test_schedule.c - the table by the hour, told ahead, and fitted. */
#include "tests/policies/asked.h"

#include <math.h>

#include "policies/price/schedule.h"

#define MONDAY INT64_C(1763942400000000000) /* 2025-11-24T00:00:00Z */

static void start(asked *a)
{
	asked_start(a, "schedule");
	asked_set(a, "peak.level", "120%");
	asked_set(a, "shoulder.level", "105%");
	asked_set(a, "night.level", "80%");
	asked_set(a, "weekend.level", "90%");
}

static void at(asked *a, int day, int hour, int minute)
{
	a->input.now_ns = MONDAY + ((day * 24 + hour) * INT64_C(60) + minute) * SP_MIN;
}

static void check_goal(asked *a, double index)
{
	sp_wish wish = asked_decide(a);
	check_near((double)(a->input.told.ppb + wish.terms[0].amount.ppb) / 1e9, index, 1e-9);
	check_true(wish.action == (wish.terms[0].amount.ppb == 0 ? SP_LAW_HOLD : SP_LAW_MOVE));
}

static void each_hour_has_the_price_of_the_first_class_that_covers_it(void **state)
{
	(void)state;
	static const struct {
		int day, hour;
		double level;
	} rows[] = {
	    {0, 0, 0.80},  {0, 5, 0.80},  {0, 6, 1.00},  {0, 7, 1.05},  {0, 8, 1.05},  {0, 9, 1.20},
	    {0, 17, 1.20}, {0, 18, 1.05}, {0, 21, 1.05}, {0, 22, 0.80}, {4, 12, 1.20}, {5, 3, 0.80},
	    {5, 6, 0.90},  {5, 12, 0.90}, {6, 21, 0.90}, {6, 22, 0.80}, {6, 23, 0.80},
	};
	asked a;
	start(&a);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		at(&a, rows[i].day, rows[i].hour, 0);
		check_goal(&a, rows[i].level);
		at(&a, rows[i].day, rows[i].hour, 59);
		check_goal(&a, rows[i].level);
	}
}

static void local_time_is_utc_and_the_offset(void **state)
{
	(void)state;
	asked a;
	start(&a);
	asked_set(&a, "utc_offset_minutes", "330");
	at(&a, 0, 3, 29); /* 8:59 */
	check_goal(&a, 1.05);
	at(&a, 0, 3, 30); /* 9:00 */
	check_goal(&a, 1.20);
	asked_set(&a, "utc_offset_minutes", "-720");
	at(&a, 0, 0, 0); /* Sunday noon */
	check_goal(&a, 0.90);
}

static void a_day_past_midnight_is_of_the_day_it_began_on(void **state)
{
	(void)state;
	asked a;
	asked_start(&a, "schedule");
	asked_set(&a, "night.days", "fri");
	asked_set(&a, "night.level", "50%");
	at(&a, 4, 22, 0);
	check_goal(&a, 0.5);
	at(&a, 5, 5, 59);
	check_goal(&a, 0.5);
	at(&a, 5, 6, 0);
	check_goal(&a, 1);
	at(&a, 4, 5, 0); /* of Thursday */
	check_goal(&a, 1);
}

/* A raise is told so much ahead that its notice ends on the hour; a cut comes on the hour; a dip that is shorter is left out. */
static void raises_are_told_ahead_and_cuts_on_the_hour(void **state)
{
	(void)state;
	asked a;
	start(&a);
	asked_set(&a, "ahead", "4h");
	at(&a, 0, 1, 59);
	check_goal(&a, 0.80);
	at(&a, 0, 2, 0); /* for 6:00 */
	check_goal(&a, 1.00);
	at(&a, 0, 3, 0); /* for 7:00 */
	check_goal(&a, 1.05);
	at(&a, 0, 5, 0); /* for 9:00 */
	check_goal(&a, 1.20);
	at(&a, 0, 17, 59);
	check_goal(&a, 1.20);
	at(&a, 0, 18, 0);
	check_goal(&a, 1.05);
	at(&a, 0, 22, 0);
	check_goal(&a, 0.80);
	asked_start(&a, "schedule");
	asked_set(&a, "ahead", "4h");
	asked_set(&a, "night.from_h", "2");
	asked_set(&a, "night.to_h", "5"); /* three hours */
	asked_set(&a, "night.level", "80%");
	at(&a, 0, 2, 0);
	check_goal(&a, 1);
	asked_set(&a, "peak.level", "120%");
	asked_set(&a, "peak.to_h", "10"); /* an hour: not withdrawn before it comes */
	at(&a, 0, 6, 30);
	check_goal(&a, 1.2);
	at(&a, 0, 8, 59);
	check_goal(&a, 1.2);
	at(&a, 0, 10, 0);
	check_goal(&a, 1);
}

/* The trap: a level has nothing to wind up. */
static void no_wind_up_at_the_floor(void **state)
{
	(void)state;
	asked a;
	start(&a);
	a.input.told = a.input.own = (sp_index){950000000}; /* the family's floor */
	for (int i = 0; i < 100; i++) {
		at(&a, 0, 1, i % 60);
		check_i64(asked_decide(&a).terms[0].amount.ppb, -150000000);
	}
	at(&a, 0, 9, 0);
	check_i64(asked_decide(&a).terms[0].amount.ppb, 250000000);
}

/* --- fitting --- */

static void fill(double load[SP_WEEK_HOURS], double peak, double night, double weekend)
{
	for (int h = 0; h < SP_WEEK_HOURS; h++) {
		int day = h / 24, hour = h % 24;
		load[h] = day >= 5 ? weekend : hour >= 8 && hour < 17 ? peak : hour < 5 || hour >= 23 ? night : 100;
	}
}

static void a_clear_profile_is_found(void **state)
{
	(void)state;
	double load[SP_WEEK_HOURS], before = 0, after = 0;
	sp_schedule s = {.utc_offset_min = 60, .ahead_ns = SP_HOUR};
	fill(load, 200, 40, 60);
	sp_schedule_fit(load, 2, 2 * SP_NANO, &s);
	check_i64(s.classes[SP_SCHEDULE_PEAK].from_h, 8);
	check_i64(s.classes[SP_SCHEDULE_PEAK].to_h, 17);
	check_i64(s.classes[SP_SCHEDULE_NIGHT].from_h, 23);
	check_i64(s.classes[SP_SCHEDULE_NIGHT].to_h, 5);
	check_true(s.classes[SP_SCHEDULE_SHOULDER].level_ppb == SP_PARAM_NONE);
	check_true(s.classes[SP_SCHEDULE_PEAK].level_ppb > s.level_ppb);
	check_true(s.level_ppb > s.classes[SP_SCHEDULE_WEEKEND].level_ppb);
	check_true(s.classes[SP_SCHEDULE_WEEKEND].level_ppb > s.classes[SP_SCHEDULE_NIGHT].level_ppb);
	check_near((double)s.classes[SP_SCHEDULE_PEAK].level_ppb / (double)s.level_ppb, sqrt(2), 0.02);
	check_i64(s.utc_offset_min, 60);
	for (int h = 0; h < SP_WEEK_HOURS; h++) {
		before += load[h];
		after += load[h] * (double)sp_schedule_level(&s, h) / 1e9;
	}
	check_near(after / before, 1, 0.005); /* the same load pays the same */
}

static void a_peak_may_pass_midnight(void **state)
{
	(void)state;
	double load[SP_WEEK_HOURS];
	sp_schedule s = {0};
	for (int h = 0; h < SP_WEEK_HOURS; h++)
		load[h] = h % 24 >= 21 || h % 24 < 2 ? 300 : 100;
	sp_schedule_fit(load, 1.5, 2 * SP_NANO, &s);
	check_i64(s.classes[SP_SCHEDULE_PEAK].from_h, 21);
	check_i64(s.classes[SP_SCHEDULE_PEAK].to_h, 2);
	check_true(s.classes[SP_SCHEDULE_NIGHT].level_ppb == SP_PARAM_NONE);
}

static void a_flat_or_empty_profile_has_one_price(void **state)
{
	(void)state;
	double load[SP_WEEK_HOURS];
	for (int i = 0; i < 2; i++) {
		sp_schedule s = {0};
		for (int h = 0; h < SP_WEEK_HOURS; h++)
			load[h] = i * 100;
		sp_schedule_fit(load, 2, 2 * SP_NANO, &s);
		for (int h = 0; h < SP_WEEK_HOURS; h++)
			check_i64(sp_schedule_level(&s, h), SP_NANO);
	}
}

static void levels_stay_within_the_most(void **state)
{
	(void)state;
	double load[SP_WEEK_HOURS];
	sp_schedule s = {0};
	fill(load, 1e6, 0, 1);
	sp_schedule_fit(load, 0.3, 1500000000, &s);
	check_true(s.classes[SP_SCHEDULE_PEAK].level_ppb <= 2250000000);
	check_true(s.classes[SP_SCHEDULE_NIGHT].level_ppb >= 400000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_hour_has_the_price_of_the_first_class_that_covers_it),
	    cmocka_unit_test(local_time_is_utc_and_the_offset),
	    cmocka_unit_test(a_day_past_midnight_is_of_the_day_it_began_on),
	    cmocka_unit_test(raises_are_told_ahead_and_cuts_on_the_hour),
	    cmocka_unit_test(no_wind_up_at_the_floor),
	    cmocka_unit_test(a_clear_profile_is_found),
	    cmocka_unit_test(a_peak_may_pass_midnight),
	    cmocka_unit_test(a_flat_or_empty_profile_has_one_price),
	    cmocka_unit_test(levels_stay_within_the_most),
	};
	return cmocka_run_group_tests_name("price laws: schedule", tests, NULL, NULL);
}
