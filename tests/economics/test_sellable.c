/* test_sellable.c - capacity and the cost of a sellable unit: worked by hand, and what must not change them. */
#include "tests/check/check.h"

#include "controller/economics/sellable.h"

/* 64 reserved at 2.10, 32 on-demand at 3.50 of which 8 run, 8 reserved at 3.00 (on credits: at full price all the same). */
static const sp_supply_lot fleet[] = {
    {.gpus = 64, .usd_per_gpu_h = {2100000000}, .counted = true, .priced = true},
    {.gpus = 32, .usd_per_gpu_h = {3500000000}, .counted = true, .priced = true, .rented = true, .running = 8},
    {.gpus = 8, .usd_per_gpu_h = {3000000000}, .counted = true, .priced = true},
};

static sp_supply supply_of(const sp_supply_lot *lots, uint32_t n_lots)
{
	return (sp_supply){.lots = lots, .n_lots = n_lots, .units_per_gpu_s = 9000, .redundancy = 1, .slo_headroom = 0};
}

static double cost_of(const sp_supply *supply)
{
	sp_sellable_cost cost = {{0}};
	check_true(sp_supply_cost(supply, &cost).knowledge == SP_KNOWN);
	check_true(sp_figure_check(cost.usd) && cost.usd.low == cost.usd.value && cost.usd.high == cost.usd.value);
	return cost.usd.value;
}

static void cost_is_all_lots_over_all_that_they_can_sell(void **state)
{
	(void)state;
	sp_supply supply = supply_of(fleet, 3);
	double rate = 64 * 2.10 + 32 * 3.50 + 8 * 3.00, units = 104.0 * 9000 * 3600;
	check_ulp(cost_of(&supply), rate / units, 4);
	supply.redundancy = 1.10;
	supply.slo_headroom = 0.25;
	check_ulp(cost_of(&supply), rate * 1.10 / (units * 0.75), 4);
}

static void r22_cost_does_not_depend_on_what_runs(void **state)
{
	(void)state;
	sp_supply_lot lots[3] = {fleet[0], fleet[1], fleet[2]};
	sp_supply supply = supply_of(lots, 3);
	double before = cost_of(&supply);
	lots[1].running = 0;
	check_ulp(cost_of(&supply), before, 0);
	lots[1].running = 32;
	check_ulp(cost_of(&supply), before, 0);
}

static void r22_owned_counts_no_rented_lot_and_running_counts_what_runs(void **state)
{
	(void)state;
	sp_supply_lot lots[3] = {fleet[0], fleet[1], fleet[2]};
	sp_supply supply = supply_of(lots, 3);
	check_near(sp_supply_owned(&supply), 72 * 9000.0, 0);
	check_near(sp_supply_running(&supply), 80 * 9000.0, 0);
	lots[1].running = 0;
	check_near(sp_supply_running(&supply), 72 * 9000.0, 0);
}

static void a_lot_whose_term_has_ended_counts_nowhere(void **state)
{
	(void)state;
	sp_supply_lot lots[2] = {fleet[0], fleet[1]};
	sp_supply supply = supply_of(lots, 2);
	lots[0].counted = false;
	lots[0].priced = false;
	check_ulp(cost_of(&supply), 3.50 / (9000 * 3600.0), 4);
	check_near(sp_supply_owned(&supply), 0, 0);
	check_near(sp_supply_running(&supply), 8 * 9000.0, 0);
}

static void a_price_that_was_not_sent_yet_leaves_the_cost_unknown(void **state)
{
	(void)state;
	sp_supply_lot lots[2] = {fleet[0], fleet[1]};
	sp_supply supply = supply_of(lots, 2);
	sp_sellable_cost cost = {{.value = -7}};
	lots[1].priced = false;
	sp_answer answer = sp_supply_cost(&supply, &cost);
	check_true(answer.knowledge == SP_TOO_LITTLE && answer.reason != NULL);
	check_near(cost.usd.value, -7, 0);
	lots[1].gpus = 0; /* without GPUs it costs nothing at any price */
	check_ulp(cost_of(&supply), 2.10 / (9000 * 3600.0), 4);
}

static void without_gpus_there_is_no_cost(void **state)
{
	(void)state;
	sp_supply_lot lots[1] = {{.gpus = 0, .counted = true, .priced = true}};
	sp_supply supply = supply_of(lots, 1);
	sp_sellable_cost cost = {{.value = -7}};
	check_true(sp_supply_cost(&supply, &cost).knowledge == SP_NOT_IDENTIFIED);
	supply.n_lots = 0;
	supply.lots = NULL;
	check_true(sp_supply_cost(&supply, &cost).knowledge == SP_NOT_IDENTIFIED);
	check_near(cost.usd.value, -7, 0);
	check_near(sp_supply_owned(&supply), 0, 0);
	check_near(sp_supply_running(&supply), 0, 0);
}

static void splitting_a_lot_changes_nothing(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("splitting_a_lot_changes_nothing", &rng);
	for (int round = 0; round < 1000; round++) {
		int64_t gpus = 1 + (int64_t)sp_rng_below(&rng, 100000);
		int64_t part = (int64_t)sp_rng_below(&rng, (uint64_t)gpus + 1);
		sp_supply_lot whole = {.gpus = gpus, .counted = true, .priced = true, .rented = sp_rng_below(&rng, 2) == 1};
		whole.usd_per_gpu_h.nano = 1 + (int64_t)sp_rng_below(&rng, 10000 * UINT64_C(1000000000));
		sp_supply_lot parts[2] = {whole, whole};
		parts[0].gpus = part;
		parts[1].gpus = gpus - part;
		sp_supply one = supply_of(&whole, 1), two = supply_of(parts, 2);
		check_ulp(cost_of(&two), cost_of(&one), 0);
		check_near(sp_supply_owned(&two), sp_supply_owned(&one), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cost_is_all_lots_over_all_that_they_can_sell),
	    cmocka_unit_test(r22_cost_does_not_depend_on_what_runs),
	    cmocka_unit_test(r22_owned_counts_no_rented_lot_and_running_counts_what_runs),
	    cmocka_unit_test(a_lot_whose_term_has_ended_counts_nowhere),
	    cmocka_unit_test(a_price_that_was_not_sent_yet_leaves_the_cost_unknown),
	    cmocka_unit_test(without_gpus_there_is_no_cost),
	    cmocka_unit_test(splitting_a_lot_changes_nothing),
	};
	return cmocka_run_group_tests_name("economics: sellable", tests, NULL, NULL);
}
