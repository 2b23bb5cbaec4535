/* test_tally.c - what was served and spent in a while: by time and not by records, and only what lies in the while. */
#include "tests/check/check.h"

#include <math.h>

#include "base/time.h"
#include "cli/tally.h"

#define SUBJECTS 2

static const sp_pool_setup pools[] = {{.clocks = {[SP_CLOCK_DEMAND] = {.max_age_ns = 15 * SP_MIN}}}};
static const sp_setup setup = {.period_ns = SP_MIN, .n_subjects = SUBJECTS, .n_pools = 1, .pools = pools};

static void served(sp_tally *tally, int64_t t_ns, double rate)
{
	sp_tally_add(tally, 0, SP_KIND_served, t_ns, (sp_value){.real = rate});
}

static void check_mean(const sp_tally *tally, double expected)
{
	double mean = -1;
	check_true(sp_tally_mean(tally, 0, SP_KIND_served, &mean));
	check_near(mean, expected, 1e-9 * (1 + fabs(expected)));
}

static void a_rate_weighs_by_the_time_it_stands_for(void **state)
{
	(void)state;
	sp_tally *tally = sp_tally_open(&setup, 10 * SP_HOUR, 11 * SP_HOUR);
	served(tally, 10 * SP_HOUR + 30 * SP_SEC, 100); /* the half minute since its period began */
	served(tally, 10 * SP_HOUR + 60 * SP_SEC, 200); /* half a minute */
	served(tally, 10 * SP_HOUR + 300 * SP_SEC, 10); /* four minutes */
	check_mean(tally, (30 * 100.0 + 30 * 200 + 240 * 10) / 300);
	sp_tally_close(tally);
}

static void only_what_lies_in_the_while_counts(void **state)
{
	(void)state;
	sp_tally *tally = sp_tally_open(&setup, 10 * SP_HOUR, 11 * SP_HOUR);
	served(tally, 10 * SP_HOUR - 10 * SP_MIN, 1000); /* before it */
	served(tally, 10 * SP_HOUR + 10 * SP_MIN, 6);    /* half of it */
	served(tally, 10 * SP_HOUR + 50 * SP_MIN, 3);
	served(tally, 11 * SP_HOUR + 10 * SP_MIN, 12); /* half of it again */
	served(tally, 11 * SP_HOUR + 20 * SP_MIN, 1000);
	check_mean(tally, (10 * 6.0 + 40 * 3 + 10 * 12) / 60);
	sp_tally_close(tally);
}

static void a_gap_is_not_filled_with_what_came_after_it(void **state)
{
	(void)state;
	sp_tally *tally = sp_tally_open(&setup, 0, SP_DAY);
	served(tally, SP_MIN - 1, 60);
	served(tally, 10 * SP_HOUR, 20); /* holds for an hour, the longest that a row may stand for */
	check_mean(tally, (60 * 60.0 + 3600 * 20) / (60 + 3600));
	sp_tally_close(tally);
}

static void zero_is_not_missing(void **state)
{
	(void)state;
	sp_tally *tally = sp_tally_open(&setup, 0, SP_DAY);
	double mean;
	check_true(!sp_tally_mean(tally, 0, SP_KIND_served, &mean));
	served(tally, SP_MIN, 0);
	served(tally, 2 * SP_MIN, 0);
	check_mean(tally, 0);
	check_true(!sp_tally_mean(tally, 0, SP_KIND_demand, &mean));
	check_true(!sp_tally_mean(tally, 1, SP_KIND_served, &mean));
	sp_tally_close(tally);
}

static void a_running_total_counts_as_the_rates_between_its_records(void **state)
{
	sp_setup counting = setup;
	(void)state;
	counting.kinds[SP_KIND_served].total = true;
	sp_tally *tally = sp_tally_open(&counting, 10 * SP_HOUR, 11 * SP_HOUR);
	served(tally, 10 * SP_HOUR, 5e9);
	served(tally, 10 * SP_HOUR + 60 * SP_SEC, 5e9 + 6000);
	served(tally, 10 * SP_HOUR + 120 * SP_SEC, 100); /* back: nobody knows of this minute */
	served(tally, 10 * SP_HOUR + 300 * SP_SEC, 100 + 1800);
	check_mean(tally, (6000.0 + 1800) / (60 + 180));
	sp_tally_close(tally);
}

static void money_is_summed_to_the_nano_dollar_over_the_while_that_is_recorded(void **state)
{
	(void)state;
	sp_tally *tally = sp_tally_open(&setup, 10 * SP_HOUR, 20 * SP_HOUR);
	sp_value usd = {.nano = 3 * SP_NANO + 1};
	sp_money sum = {0};
	check_i64(sp_tally_span(tally), 0);
	check_true(!sp_tally_money(tally, 1, SP_KIND_support_cost, &sum));
	sp_tally_add(tally, 1, SP_KIND_support_cost, 15 * SP_HOUR + 30 * SP_SEC, usd); /* the first in it */
	sp_tally_add(tally, 1, SP_KIND_support_cost, 16 * SP_HOUR, usd);
	sp_tally_add(tally, 1, SP_KIND_support_cost, 20 * SP_HOUR, usd); /* after */
	check_i64(sp_tally_span(tally), 5 * SP_HOUR);
	check_near(sp_tally_per_s(tally, 1, SP_KIND_support_cost), 6.0 / (5 * 3600), 1e-12);
	check_true(sp_tally_money(tally, 1, SP_KIND_support_cost, &sum));
	check_i64(sum.nano, 6 * SP_NANO + 2);
	check_true(!sp_tally_money(tally, 0, SP_KIND_support_cost, &sum));
	sp_tally_reach(tally, 10 * SP_HOUR);
	check_i64(sp_tally_span(tally), 5 * SP_HOUR);
	sp_tally_reach(tally, 10 * SP_HOUR - 1); /* it was recorded already, and nothing was spent */
	check_i64(sp_tally_span(tally), 10 * SP_HOUR);
	check_near(sp_tally_per_s(tally, 0, SP_KIND_support_cost), 0, 0);
	sp_tally_close(tally);
}

static void r12_a_sum_of_an_hour_stands_for_its_hour(void **state)
{
	(void)state;
	sp_tally *tally = sp_tally_open(&setup, 0, SP_DAY);
	for (int64_t hour = 10; hour < 24; hour++)
		sp_tally_add(tally, 1, SP_KIND_revenue, (hour + 1) * SP_HOUR - 1, (sp_value){.nano = SP_NANO});
	check_i64(sp_tally_span(tally), 14 * SP_HOUR);
	check_near(sp_tally_per_s(tally, 1, SP_KIND_revenue), 1.0 / 3600, 1e-12);
	sp_tally_close(tally);
}

static void hours_hold_whole_hours_of_the_while_alone(void **state)
{
	(void)state;
	sp_tally *tally = sp_tally_open(&setup, 10 * SP_HOUR + SP_MIN, 13 * SP_HOUR + SP_MIN);
	sp_rollup hour = {.kind = SP_KIND_served, .count = 2};
	sp_money sum = {0};
	for (int64_t h = 10; h < 14; h++) { /* 11 and 12 lie in it */
		hour.hour_ns = h * SP_HOUR;
		hour.mean.real = (double)h;
		sp_tally_add_hour(tally, 0, &hour);
		sp_tally_add_hour(tally, 1, &(sp_rollup){h * SP_HOUR, "", SP_KIND_revenue, 3, {.nano = 7}, {0}, {0}, {0}});
	}
	check_mean(tally, 11.5);
	check_true(sp_tally_money(tally, 1, SP_KIND_revenue, &sum));
	check_i64(sum.nano, 42);
	check_i64(sp_tally_span(tally), 2 * SP_HOUR + SP_MIN);
	sp_tally_close(tally);
}

static void what_is_no_record_is_passed_over(void **state)
{
	(void)state;
	sp_tally *tally = sp_tally_open(&setup, 0, SP_DAY);
	served(tally, 5 * SP_MIN - 1, 7);
	served(tally, 6 * SP_MIN, NAN);
	served(tally, 6 * SP_MIN, -1);
	served(tally, 6 * SP_MIN, INFINITY);
	served(tally, 3 * SP_MIN, 1000);                                          /* older than the last */
	sp_tally_add(tally, 0, SP_KIND_queue, 7 * SP_MIN, (sp_value){.real = 7}); /* no report needs it */
	check_mean(tally, 7);
	sp_tally_close(tally);
	sp_tally_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_rate_weighs_by_the_time_it_stands_for),
	    cmocka_unit_test(only_what_lies_in_the_while_counts),
	    cmocka_unit_test(a_gap_is_not_filled_with_what_came_after_it),
	    cmocka_unit_test(zero_is_not_missing),
	    cmocka_unit_test(a_running_total_counts_as_the_rates_between_its_records),
	    cmocka_unit_test(money_is_summed_to_the_nano_dollar_over_the_while_that_is_recorded),
	    cmocka_unit_test(r12_a_sum_of_an_hour_stands_for_its_hour),
	    cmocka_unit_test(hours_hold_whole_hours_of_the_while_alone),
	    cmocka_unit_test(what_is_no_record_is_passed_over),
	};
	return cmocka_run_group_tests_name("cli: tally", tests, NULL, NULL);
}
