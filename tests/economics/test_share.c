/* test_share.c - a bill is shared to the last nano-USD, and the SKUs that shift a mix are named. */
#include "tests/check/check.h"

#include <math.h>

#include "controller/economics/share.h"

#define MANY 200

static void a_bill_is_shared_as_worked_by_hand(void **state)
{
	(void)state;
	/* 100 by 1 : 1 : 1: the running thirds are 33, 67, 100. */
	const double thirds[] = {2, 2, 2}, idle[] = {0, 4, 0, 1, 0};
	sp_money parts[5];
	check_status(sp_share_split((sp_money){100}, thirds, 3, parts), SP_OK);
	check_i64(parts[0].nano, 33);
	check_i64(parts[1].nano, 34);
	check_i64(parts[2].nano, 33);
	check_status(sp_share_split((sp_money){-7}, idle, 5, parts), SP_OK);
	check_i64(parts[0].nano, 0);
	check_i64(parts[1].nano, -6); /* -5.6 */
	check_i64(parts[2].nano, 0);
	check_i64(parts[3].nano, -1);
	check_i64(parts[4].nano, 0); /* who took nothing pays nothing */
}

static void a_bill_that_nobody_caused_is_not_shared(void **state)
{
	(void)state;
	const double idle[] = {0, 0};
	sp_money parts[2] = {{7}, {7}};
	check_status(sp_share_split((sp_money){100}, idle, 2, parts), SP_E_RANGE);
	check_i64(parts[0].nano, 7);
}

/* Whole uses, so that the exact share is an integer quotient. */
static void shares_sum_exactly_and_none_is_off_by_more_than_one(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("shares_sum_exactly_and_none_is_off_by_more_than_one", &rng);
	for (int round = 0; round < 500; round++) {
		uint32_t n = 1 + (uint32_t)sp_rng_below(&rng, MANY);
		int64_t total = (int64_t)sp_rng_below(&rng, UINT64_C(1) << (1 + sp_rng_below(&rng, 48))), whole = 0, sum = 0;
		double uses[MANY];
		sp_money parts[MANY];
		total = sp_rng_below(&rng, 2) ? total : -total;
		for (uint32_t i = 0; i < n; i++) {
			uint64_t use = sp_rng_below(&rng, 4) == 0 ? 0 : sp_rng_below(&rng, 1000000);
			uses[i] = (double)use;
			whole += (int64_t)use;
		}
		if (whole == 0)
			continue;
		check_status(sp_share_split((sp_money){total}, uses, n, parts), SP_OK);
		for (uint32_t i = 0; i < n; i++) {
			__int128 off = (__int128)parts[i].nano * whole - (__int128)total * (int64_t)uses[i];
			check_true(off > -2 * (__int128)whole && off < 2 * (__int128)whole);
			check_true(uses[i] > 0 || parts[i].nano == 0);
			sum += parts[i].nano;
		}
		check_i64(sum, total);
	}
}

static void any_uses_share_any_total(void **state)
{
	(void)state;
	const double uses[] = {4.9e-324, 1e308, 0, 1.7e308, 3, 1e-300};
	const int64_t totals[] = {0, 1, -1, INT64_MAX, INT64_MIN, 999999999999999999};
	for (size_t t = 0; t < 6; t++) {
		sp_money parts[6];
		int64_t sum = 0;
		check_status(sp_share_split((sp_money){totals[t]}, uses, 6, parts), SP_OK);
		for (int i = 0; i < 6; i++)
			sum += parts[i].nano;
		check_i64(sum, totals[t]);
		check_i64(parts[2].nano, 0);
	}
}

static void the_mean_unit_is_weighed_by_what_was_sold(void **state)
{
	(void)state;
	const double amounts[] = {3, 1}, units[] = {1e6, 4e6}, none[] = {0, 0}, huge[] = {1e308, 1e308};
	double mean = -1;
	check_true(sp_share_mean_unit(amounts, units, 2, &mean));
	check_ulp(mean, 1.75e6, 2);
	check_true(sp_share_mean_unit(huge, units, 2, &mean));
	check_ulp(mean, 2.5e6, 2);
	check_true(!sp_share_mean_unit(none, units, 2, &mean));
}

static void a_shift_is_named_as_worked_by_hand(void **state)
{
	(void)state;
	/* Input 3 : 1 output becomes 2 : 2. The mean unit goes from 1.75 to 2.5: of 0.75, input's smaller share of a cheap unit
	 * makes (-1/4)(1 - 1.75) = 3/16, output's (1/4)(4 - 1.75) = 9/16. */
	const double from[] = {3, 1}, to[] = {50, 50}, units[] = {1, 4};
	const double *mixes[] = {from, to}, *same[] = {from, from};
	sp_money parts[2];
	check_true(sp_share_shift((sp_money){1600}, mixes, units, 2, parts));
	check_i64(parts[0].nano, 400);
	check_i64(parts[1].nano, 1200);
	check_true(!sp_share_shift((sp_money){0}, same, units, 2, parts));
}

static void named_shifts_sum_to_what_the_mix_did(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("named_shifts_sum_to_what_the_mix_did", &rng);
	for (int round = 0; round < 1000; round++) {
		uint32_t n = 2 + (uint32_t)sp_rng_below(&rng, 30);
		double from[32], to[32], units[32];
		const double *mixes[] = {from, to};
		int64_t total = (int64_t)sp_rng_below(&rng, 1000000000) - 500000000, sum = 0;
		sp_money parts[32];
		for (uint32_t i = 0; i < n; i++) {
			from[i] = exp(5 * sp_rng_uniform(&rng));
			to[i] = exp(5 * sp_rng_uniform(&rng));
			units[i] = exp(3 * sp_rng_uniform(&rng));
		}
		if (!sp_share_shift((sp_money){total}, mixes, units, n, parts))
			continue;
		for (uint32_t i = 0; i < n; i++)
			sum += parts[i].nano;
		check_i64(sum, total);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_bill_is_shared_as_worked_by_hand),
	    cmocka_unit_test(a_bill_that_nobody_caused_is_not_shared),
	    cmocka_unit_test(shares_sum_exactly_and_none_is_off_by_more_than_one),
	    cmocka_unit_test(any_uses_share_any_total),
	    cmocka_unit_test(the_mean_unit_is_weighed_by_what_was_sold),
	    cmocka_unit_test(a_shift_is_named_as_worked_by_hand),
	    cmocka_unit_test(named_shifts_sum_to_what_the_mix_did),
	};
	return cmocka_run_group_tests_name("economics: share", tests, NULL, NULL);
}
