/* test_unit_cost.c - the three costs of a unit: worked by hand, and what each depends on and what it does not. */
#include "tests/check/check.h"

#include "controller/economics/marginal.h"
#include "controller/economics/realised.h"

/* 64 reserved at 2.10, 32 on-demand at 3.50 of which 8 run, 16 spot at 1.40 of which 4 run. */
static const sp_supply_lot fleet[] = {
    {.gpus = 64, .usd_per_gpu_h = {2100000000}, .counted = true, .priced = true},
    {.gpus = 32, .usd_per_gpu_h = {3500000000}, .counted = true, .priced = true, .rented = true, .running = 8},
    {.gpus = 16, .usd_per_gpu_h = {1400000000}, .counted = true, .priced = true, .rented = true, .running = 4},
};

static const sp_supply supply = {
    .lots = fleet, .n_lots = 3, .units_per_gpu_s = 1000, .redundancy = 1.1, .slo_headroom = 0.2};

#define HOUR 3600.0

static void sellable_cost_has_the_band_of_its_guesses(void **state)
{
	(void)state;
	double rate = 64 * 2.10 + 32 * 3.50 + 16 * 1.40;
	double one = rate * 1.1 / (112 * 1000 * HOUR * 0.8);
	sp_sellable_cost cost;
	sp_answer answer =
	    sp_sellable_of(&supply, sp_figure_assumed(1000), sp_figure_between(3, 4, 5, SP_BASIS_MEASURED), &cost);
	check_true(answer.knowledge == SP_KNOWN);
	check_ulp(cost.usd.value, one * 4, 4);
	check_ulp(cost.usd.low, one / 1.25 * 3, 4);
	check_ulp(cost.usd.high, one / 0.75 * 5, 4);
	check_i64(cost.usd.basis, SP_BASIS_ASSUMED);
	check_true(sp_sellable_of(&supply, sp_figure_exact(1000), sp_figure_exact(1), &cost).knowledge == SP_KNOWN);
	check_ulp(cost.usd.low, cost.usd.high, 0);
	check_i64(cost.usd.basis, SP_BASIS_MEASURED);
}

static void r22_the_value_is_bit_for_bit_the_engine_s(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("r22_the_value_is_bit_for_bit_the_engine_s", &rng);
	for (int round = 0; round < 1000; round++) {
		sp_supply any = supply;
		sp_sellable_cost plain, cost;
		any.units_per_gpu_s = 1 + 1e5 * sp_rng_uniform(&rng);
		any.slo_headroom = 0.9 * sp_rng_uniform(&rng);
		check_true(sp_supply_cost(&any, &plain).knowledge == SP_KNOWN);
		check_true(sp_sellable_of(&any, sp_figure_assumed(any.units_per_gpu_s), sp_figure_exact(1), &cost).knowledge ==
		           SP_KNOWN);
		check_ulp(cost.usd.value, plain.usd.value, 0);
	}
}

static sp_realised_cost realised_at(const sp_supply *paid, double served, bool running_known)
{
	sp_service service = {sp_figure_exact(served), running_known};
	sp_realised_cost cost = {{0}};
	check_true(sp_realised_of(paid, &service, sp_figure_exact(1), &cost).knowledge == SP_KNOWN);
	return cost;
}

static void realised_cost_is_what_is_paid_over_what_was_served(void **state)
{
	(void)state;
	double rate = 64 * 2.10 + 8 * 3.50 + 4 * 1.40;
	sp_figure per_hour;
	check_true(sp_realised_rate(&supply, true, &per_hour).knowledge == SP_KNOWN);
	check_ulp(per_hour.value, rate * 1.1, 4);
	check_ulp(realised_at(&supply, 20000, true).usd.value, rate * 1.1 / (20000 * HOUR), 4);
	check_ulp(realised_at(&supply, 10000, true).usd.value, rate * 1.1 / (10000 * HOUR),
	          4); /* twice as dear when idle */
}

static void served_as_far_as_it_may_be_sold_nothing_idles(void **state)
{
	(void)state;
	sp_supply_lot lots[] = {fleet[0], fleet[1]};
	sp_supply full = supply;
	sp_sellable_cost cost;
	lots[1].running = (double)lots[1].gpus;
	full.lots = lots;
	full.n_lots = 2;
	check_true(sp_supply_cost(&full, &cost).knowledge == SP_KNOWN);
	check_ulp(realised_at(&full, 96 * 1000 * 0.8, true).usd.value, cost.usd.value, 4);
}

static void rented_lots_of_which_nothing_was_heard_run_wholly_or_not_at_all(void **state)
{
	(void)state;
	double fixed = 64 * 2.10, all = fixed + 32 * 3.50 + 16 * 1.40;
	sp_realised_cost cost = realised_at(&supply, 20000, false);
	check_ulp(cost.usd.low, fixed * 1.1 / (20000 * HOUR), 4);
	check_ulp(cost.usd.high, all * 1.1 / (20000 * HOUR), 4);
	check_i64(cost.usd.basis, SP_BASIS_ASSUMED);
}

static void nothing_served_is_no_realised_cost(void **state)
{
	(void)state;
	sp_service service = {sp_figure_exact(0), true};
	sp_realised_cost cost = {sp_figure_exact(7)};
	sp_supply_lot lots[] = {fleet[0]};
	sp_supply unpriced = {.lots = lots, .n_lots = 1, .units_per_gpu_s = 1, .redundancy = 1};
	sp_answer answer = sp_realised_of(&supply, &service, sp_figure_exact(1), &cost);
	check_true(answer.knowledge == SP_NOT_IDENTIFIED && answer.reason != NULL);
	service.served = sp_figure_between(0, 5, 9, SP_BASIS_ASSUMED);
	check_true(sp_realised_of(&supply, &service, sp_figure_exact(1), &cost).knowledge == SP_NOT_IDENTIFIED);
	lots[0].priced = false;
	service.served = sp_figure_exact(5);
	check_true(sp_realised_of(&unpriced, &service, sp_figure_exact(1), &cost).knowledge == SP_TOO_LITTLE);
	check_ulp(cost.usd.value, 7, 0);
}

/* --- marginal --- */

static double shadow_at(const sp_supply *pool, double load, bool expect_full)
{
	double usd = -1;
	bool full = !expect_full;
	check_true(sp_marginal_shadow(pool, load, &usd, &full).knowledge == SP_KNOWN);
	check_i64(full, expect_full);
	return usd;
}

static void the_next_unit_costs_nothing_until_it_makes_us_rent_the_cheapest_first(void **state)
{
	(void)state;
	/* 51,200 sellable of owned lots, then 12,800 of spot, then 25,600 of on-demand; after 89,600 all is full. */
	double per_usd = 1.1 / (1000 * HOUR * 0.8);
	check_near(shadow_at(&supply, 0, false), 0, 0);
	check_near(shadow_at(&supply, 51199, false), 0, 0);
	check_ulp(shadow_at(&supply, 51200, false), 1.40 * per_usd, 4);
	check_ulp(shadow_at(&supply, 63999, false), 1.40 * per_usd, 4);
	check_ulp(shadow_at(&supply, 64000, false), 3.50 * per_usd, 4);
	check_ulp(shadow_at(&supply, 89599, false), 3.50 * per_usd, 4);
	check_ulp(shadow_at(&supply, 89600, true), 3.50 * per_usd, 4);
	check_ulp(shadow_at(&supply, 1e15, true), 3.50 * per_usd, 4);
}

static void marginal_cost_is_variable_cost_and_the_shadow_price_of_what_a_unit_takes(void **state)
{
	(void)state;
	double per_usd = 1.1 / (1000 * HOUR * 0.8);
	sp_next_unit next = {.load = sp_figure_exact(60000), .unit = sp_figure_exact(4e6), .variable = {30000000}};
	sp_marginal_cost cost;
	bool full = true;
	check_true(sp_marginal_of(&supply, sp_figure_exact(1000), &next, &cost, &full).knowledge == SP_KNOWN);
	check_ulp(cost.usd.value, 0.03 + 1.40 * per_usd * 4e6, 8);
	check_true(!full);
	next.load = sp_figure_between(40000, 60000, 70000, SP_BASIS_MEASURED); /* idle at one end, on-demand at the other */
	check_true(sp_marginal_of(&supply, sp_figure_exact(1000), &next, &cost, &full).knowledge == SP_KNOWN);
	check_ulp(cost.usd.low, 0.03, 0);
	check_ulp(cost.usd.high, 0.03 + 3.50 * per_usd * 4e6, 8);
}

static void a_price_is_missed_only_once_it_matters(void **state)
{
	(void)state;
	sp_supply_lot lots[] = {fleet[0], fleet[1]};
	sp_supply pool = supply;
	double usd = -7;
	bool full;
	lots[1].priced = false;
	pool.lots = lots;
	pool.n_lots = 2;
	check_near(shadow_at(&pool, 1000, false), 0, 0);
	check_true(sp_marginal_shadow(&pool, 60000, &usd, &full).knowledge == SP_TOO_LITTLE);
	pool.n_lots = 0;
	check_true(sp_marginal_shadow(&pool, 0, &usd, &full).knowledge == SP_NOT_IDENTIFIED);
	check_near(usd, -7, 0);
}

static void the_shadow_price_never_falls_with_load(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("the_shadow_price_never_falls_with_load", &rng);
	for (int round = 0; round < 1000; round++) {
		sp_supply_lot lots[6];
		sp_supply pool = {.lots = lots, .n_lots = 6, .units_per_gpu_s = 10, .redundancy = 1, .slo_headroom = 0.1};
		double before = 0, usd = 0;
		bool full = false, now_full = false;
		for (int i = 0; i < 6; i++) {
			lots[i] = (sp_supply_lot){.gpus = (int64_t)sp_rng_below(&rng, 9),
			                          .counted = sp_rng_below(&rng, 8) > 0,
			                          .priced = true,
			                          .rented = i > 1};
			lots[i].usd_per_gpu_h.nano = 1 + (int64_t)sp_rng_below(&rng, 4) * 1000000000; /* equal ones, too */
		}
		for (double load = 0; load < 500; load += 7) {
			if (sp_marginal_shadow(&pool, load, &usd, &now_full).knowledge != SP_KNOWN)
				break;
			check_true(usd >= before && now_full >= full);
			before = usd;
			full = now_full;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sellable_cost_has_the_band_of_its_guesses),
	    cmocka_unit_test(r22_the_value_is_bit_for_bit_the_engine_s),
	    cmocka_unit_test(realised_cost_is_what_is_paid_over_what_was_served),
	    cmocka_unit_test(served_as_far_as_it_may_be_sold_nothing_idles),
	    cmocka_unit_test(rented_lots_of_which_nothing_was_heard_run_wholly_or_not_at_all),
	    cmocka_unit_test(nothing_served_is_no_realised_cost),
	    cmocka_unit_test(the_next_unit_costs_nothing_until_it_makes_us_rent_the_cheapest_first),
	    cmocka_unit_test(marginal_cost_is_variable_cost_and_the_shadow_price_of_what_a_unit_takes),
	    cmocka_unit_test(a_price_is_missed_only_once_it_matters),
	    cmocka_unit_test(the_shadow_price_never_falls_with_load),
	};
	return cmocka_run_group_tests_name("economics: unit cost", tests, NULL, NULL);
}
