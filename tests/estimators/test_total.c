/* test_total.c - totals made into rates: restarts, corrections, repeats, late ones, gaps, and a long random life. */
#include "tests/check/check.h"

#include <math.h>
#include <string.h>

#include "base/math.h"
#include "base/time.h"
#include "estimators/total.h"

#define START INT64_C(1764000000000000000)

static void every_case_has_its_verdict(void **state)
{
	(void)state;
	static const struct {
		int64_t t_s;
		double reading;
		sp_total_verdict verdict;
		double rate;
	} life[] = {
	    {0, 1000, SP_TOTAL_FIRST, 0},      {60, 1600, SP_TOTAL_RATE, 10},
	    {120, 1600, SP_TOTAL_RATE, 0},                                        /* stands still */
	    {120, 1660, SP_TOTAL_REPEATED, 0}, {120, 1650, SP_TOTAL_REPEATED, 0}, /* the larger counts */
	    {180, 1720, SP_TOTAL_RATE, 1},     {100, 1500, SP_TOTAL_LATE, 0},
	    {240, 1780, SP_TOTAL_RATE, 1},     {300, 120, SP_TOTAL_RESTARTED, 2},
	    {360, 0, SP_TOTAL_RESTARTED, 0},   {361, 0, SP_TOTAL_RATE, 0},
	    {421, 600, SP_TOTAL_RATE, 10},     {481, 599, SP_TOTAL_CORRECTED, 0}, /* no restart looks so */
	    {541, 659, SP_TOTAL_RATE, 1},      {601, -1, SP_TOTAL_REFUSED, 0},
	    {601, NAN, SP_TOTAL_REFUSED, 0},   {601, INFINITY, SP_TOTAL_REFUSED, 0},
	    {601, 719, SP_TOTAL_RATE, 1},      {90601, 90719, SP_TOTAL_RATE, 1}, /* a gap */
	};
	sp_total total = {0};
	for (size_t i = 0; i < sizeof life / sizeof *life; i++) {
		sp_total_rate rate = {-7, -7, -7};
		sp_total_verdict verdict = sp_total_fold(&total, START + life[i].t_s * SP_SEC, life[i].reading, &rate);
		check_i64(verdict, life[i].verdict);
		bool made = verdict == SP_TOTAL_RATE || verdict == SP_TOTAL_RESTARTED;
		check_near(rate.rate, made ? life[i].rate : -7, 1e-12);
		check_i64(rate.t_ns, made ? START + life[i].t_s * SP_SEC : -7);
	}
}

static void a_rate_says_what_time_it_is_the_mean_of(void **state)
{
	(void)state;
	sp_total total = {0};
	sp_total_rate rate;
	sp_total_fold(&total, START, 5, &rate);
	sp_total_fold(&total, START - SP_HOUR, 4, &rate); /* late: does not count */
	check_i64(sp_total_fold(&total, START + SP_DAY, 5 + 86400, &rate), SP_TOTAL_RATE);
	check_i64(rate.from_ns, START);
	check_i64(rate.t_ns, START + SP_DAY);
	check_near(rate.rate, 1, 0);
}

/* A counter lives: it counts, restarts, is read late, twice, or not at all. What it counted is what the rates add up to, but for what
 * was counted between the last reading and a restart. */
static void rates_add_up_to_what_was_counted(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("rates_add_up_to_what_was_counted", &rng);
	for (int life = 0; life < 300; life++) {
		sp_total total = {0};
		sp_total_rate rate;
		double counter = 0, whole = 0, lost = 0, sum = 0, unread = 0;
		int64_t t_ns = START, verdicts[7] = {0};
		sp_total_fold(&total, t_ns, 0, &rate);
		for (int i = 0; i < 500; i++) {
			double counted = (double)sp_rng_below(&rng, 1000);
			t_ns += 1 + (int64_t)sp_rng_below(&rng, SP_HOUR);
			if (sp_rng_below(&rng, 40) == 0 && total.total > 50000) { /* so that it is seen to restart */
				lost += unread;
				counter = unread = 0;
			}
			counter += counted;
			whole += counted;
			unread += counted;
			if (sp_rng_below(&rng, 5) == 0)
				continue; /* not read */
			int64_t late_ns = total.t_ns - 1 - (int64_t)sp_rng_below(&rng, SP_HOUR);
			if (sp_rng_below(&rng, 8) == 0)
				verdicts[sp_total_fold(&total, late_ns, counter, &rate)]++;
			bool restarted = counter < total.total;
			sp_total_verdict verdict = sp_total_fold(&total, t_ns, counter, &rate);
			verdicts[verdict]++;
			check_true(verdict == SP_TOTAL_RATE || (restarted && verdict == SP_TOTAL_RESTARTED));
			sum += rate.rate * (double)(rate.t_ns - rate.from_ns) / 1e9;
			if (sp_rng_below(&rng, 8) == 0)
				verdicts[sp_total_fold(&total, t_ns, counter, &rate)]++;
			unread = 0;
		}
		check_near(sum, whole - lost - unread, 1e-9 * whole);
		check_true(verdicts[SP_TOTAL_LATE] > 0 && verdicts[SP_TOTAL_REPEATED] > 0 && verdicts[SP_TOTAL_CORRECTED] == 0);
	}
}

/* Read as "any decrease is a restart", one wrong digit would be a day's traffic in a minute. */
static void a_glitch_makes_a_gap_and_no_spike(void **state)
{
	(void)state;
	sp_total total = {0};
	sp_total_rate rate;
	double largest = 0;
	for (int i = 0; i < 1000; i++) {
		double reading = 1e9 + 100.0 * i - (i % 50 == 49 ? 4000 : 0);
		sp_total_verdict verdict = sp_total_fold(&total, START + i * SP_MIN, reading, &rate);
		if (verdict == SP_TOTAL_RATE || verdict == SP_TOTAL_RESTARTED)
			largest = fmax(largest, rate.rate);
	}
	check_near(largest, 4100 / 60.0, 1e-9); /* what the glitch took comes back at once */
}

static void the_years_1970_and_2200_are_times_like_others(void **state)
{
	(void)state;
	sp_total total = {0};
	sp_total_rate rate = {-7, -7, -7};
	check_i64(sp_total_fold(&total, SP_TIME_MIN_NS, 0, &rate), SP_TOTAL_FIRST);
	check_i64(sp_total_fold(&total, SP_TIME_MAX_NS, 1e300, &rate), SP_TOTAL_RATE);
	check_true(sp_finite(rate.rate) && rate.rate > 0);
	check_i64(rate.from_ns, SP_TIME_MIN_NS);
	check_i64(sp_total_fold(&total, SP_TIME_MIN_NS, 1, &rate), SP_TOTAL_LATE);
	check_i64(sp_total_fold(&total, SP_TIME_MAX_NS, 1, &rate), SP_TOTAL_REPEATED);
	check_i64(total.t_ns, SP_TIME_MAX_NS);
}

static void every_rate_is_finite_whatever_comes_in(void **state)
{
	(void)state;
	static const double worst[] = {0, 5e-324, 1e-300, 1, 1e18, 1e99, 1e300, 1.7e308, -1, -1e300};
	sp_rng rng;
	sp_check_seed("every_rate_is_finite_whatever_comes_in", &rng);
	sp_total total = {0};
	for (int i = 0; i < 20000; i++) {
		sp_total_rate rate;
		int64_t t_ns = sp_rng_below(&rng, 2) ? total.t_ns + (int64_t)sp_rng_below(&rng, 3)
		                                     : (int64_t)sp_rng_below(&rng, (uint64_t)SP_TIME_MAX_NS);
		if (sp_rng_below(&rng, 50) == 0)
			total = (sp_total){0};
		t_ns = t_ns > SP_TIME_MAX_NS ? SP_TIME_MAX_NS : t_ns;
		sp_total_verdict verdict = sp_total_fold(&total, t_ns, worst[sp_rng_below(&rng, 10)], &rate);
		if (verdict == SP_TOTAL_RATE || verdict == SP_TOTAL_RESTARTED)
			check_true(sp_finite(rate.rate) && rate.rate >= 0 && rate.t_ns > rate.from_ns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_case_has_its_verdict),
	    cmocka_unit_test(a_rate_says_what_time_it_is_the_mean_of),
	    cmocka_unit_test(rates_add_up_to_what_was_counted),
	    cmocka_unit_test(a_glitch_makes_a_gap_and_no_spike),
	    cmocka_unit_test(the_years_1970_and_2200_are_times_like_others),
	    cmocka_unit_test(every_rate_is_finite_whatever_comes_in),
	};
	return cmocka_run_group_tests_name("estimators: total", tests, NULL, NULL);
}
