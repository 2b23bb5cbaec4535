/* test_waterfall.c - the steps of a unit's cost: worked by hand, and summing to the last nano-USD whatever the pool is. */
#include "tests/check/check.h"

#include <math.h>

#include "controller/economics/waterfall.h"

/* 10 GPUs at 3.60 an hour, each serving 1,000 units a second: a million units cost exactly 1 USD. */
static const sp_supply_lot lots[] = {{.gpus = 10, .usd_per_gpu_h = {3600000000}, .counted = true, .priced = true}};
static const sp_supply supply = {
    .lots = lots, .n_lots = 1, .units_per_gpu_s = 1000, .redundancy = 1.25, .slo_headroom = 0.2};

static sp_waterfall fall_of(const sp_waterfall_input *input)
{
	sp_waterfall out;
	sp_answer answer;
	check_status(sp_waterfall_of(input, &out, &answer), SP_OK);
	check_true(answer.knowledge == SP_KNOWN);
	return out;
}

static void every_step_is_as_worked_by_hand(void **state)
{
	(void)state;
	sp_beside beside = {
	    .realised = {sp_figure_exact(2.5e-6)}, .credits_usd = 0.5e-6, .support_usd = 0.1e-6, .incidents_usd = 0.025e-6};
	sp_waterfall fall =
	    fall_of(&(sp_waterfall_input){.supply = &supply, .reference = 2.5e6, .unit = 4e6, .beside = &beside});
	const int64_t by_hand[SP_STEPS] = {2500000000, 625000000,   781250000, 2343750000, /* 1.5625 x 4 = 6.25 */
	                                   3750000000, -2000000000, 400000000, 100000000};
	for (int step = 0; step < SP_STEPS; step++)
		check_i64(fall.steps[step].nano, by_hand[step]);
	check_i64(fall.sellable.nano, 6250000000);
	check_i64(fall.realised.nano, 10000000000);
	check_i64(fall.booked.nano, 8500000000);
	check_true(fall.beside_known);
}

static void what_was_not_served_leaves_nothing_beside(void **state)
{
	(void)state;
	sp_waterfall fall = fall_of(&(sp_waterfall_input){.supply = &supply, .reference = 1e6, .unit = 1e6});
	check_true(!fall.beside_known);
	check_i64(fall.sellable.nano, 1562500000);
	check_i64(fall.steps[SP_STEP_MIX].nano, 0);
	check_i64(fall.booked.nano, fall.sellable.nano);
}

static void steps_sum_exactly_whatever_the_pool_is(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("steps_sum_exactly_whatever_the_pool_is", &rng);
	for (int round = 0; round < 5000; round++) {
		sp_supply_lot any_lots[3];
		sp_supply any = {.lots = any_lots,
		                 .n_lots = 3,
		                 .units_per_gpu_s = exp(12 * sp_rng_uniform(&rng)),
		                 .redundancy = 1 + sp_rng_uniform(&rng),
		                 .slo_headroom = 0.9 * sp_rng_uniform(&rng)};
		double one, unit = exp(20 * sp_rng_uniform(&rng));
		sp_sellable_cost plain;
		for (int i = 0; i < 3; i++) {
			any_lots[i] =
			    (sp_supply_lot){.gpus = 1 + (int64_t)sp_rng_below(&rng, 1000), .counted = true, .priced = true};
			any_lots[i].usd_per_gpu_h.nano = 1 + (int64_t)sp_rng_below(&rng, 20000000000);
		}
		check_true(sp_supply_cost(&any, &plain).knowledge == SP_KNOWN);
		one = plain.usd.value;
		sp_beside beside = {.realised = {sp_figure_exact(one * 3 * sp_rng_uniform(&rng))},
		                    .credits_usd = one * sp_rng_uniform(&rng),
		                    .support_usd = one * sp_rng_uniform(&rng)};
		sp_waterfall fall = fall_of(&(sp_waterfall_input){
		    .supply = &any, .reference = unit * sp_rng_uniform(&rng), .unit = unit, .beside = &beside});
		sp_sellable_cost sellable;
		sp_amount shown;
		int64_t sum = 0;
		for (int step = 0; step < SP_STEPS; step++) {
			sum += fall.steps[step].nano;
			if (step == SP_STEP_MIX)
				check_i64(sum, fall.sellable.nano);
			if (step == SP_STEP_IDLE)
				check_i64(sum, fall.realised.nano);
		}
		check_i64(sum, fall.booked.nano);
		check_true(fall.steps[SP_STEP_REDUNDANCY].nano >= 0 && fall.steps[SP_STEP_HEADROOM].nano >= 0);
		sp_sellable_of(&any, sp_figure_exact(any.units_per_gpu_s), sp_figure_exact(unit), &sellable);
		check_status(sp_amount_of(sellable.usd, &shown), SP_OK); /* the very number that is shown with a band */
		check_money(shown.value, fall.sellable);
	}
}

static void what_is_not_known_or_too_large_is_an_answer(void **state)
{
	(void)state;
	sp_supply_lot unpriced[] = {{.gpus = 1, .counted = true}};
	sp_supply pool = {.lots = unpriced, .n_lots = 1, .units_per_gpu_s = 1, .redundancy = 1};
	sp_waterfall out = {.sellable = {7}};
	sp_answer answer;
	check_status(sp_waterfall_of(&(sp_waterfall_input){.supply = &pool, .reference = 1, .unit = 1}, &out, &answer),
	             SP_OK);
	check_true(answer.knowledge == SP_TOO_LITTLE);
	check_status(
	    sp_waterfall_of(&(sp_waterfall_input){.supply = &supply, .reference = 1, .unit = 1e300}, &out, &answer),
	    SP_E_OVERFLOW);
	check_i64(out.sellable.nano, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_step_is_as_worked_by_hand),
	    cmocka_unit_test(what_was_not_served_leaves_nothing_beside),
	    cmocka_unit_test(steps_sum_exactly_whatever_the_pool_is),
	    cmocka_unit_test(what_is_not_known_or_too_large_is_an_answer),
	};
	return cmocka_run_group_tests_name("economics: waterfall", tests, NULL, NULL);
}
