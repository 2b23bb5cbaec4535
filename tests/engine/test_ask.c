/* test_ask.c - what a law is told: whose load it is, what more of it costs, what a mix sells for, what others charge. */
#include "tests/engine/world.h"

static const sp_law_input *asked(void)
{
	return &world_says.input;
}

static double demand_of(const sp_law_input *input)
{
	check_i64(input->readings[SP_READING_DEMAND].answer.knowledge, SP_KNOWN);
	return input->readings[SP_READING_DEMAND].estimate.value;
}

/* A second family that asks last: what the scripted law saw is its. */
static void two_families(world *w)
{
	world_init(w);
	world_add_family(w, "g", 0);
}

static void a_familys_demand_is_what_its_skus_offer_and_others_are_the_rest(void **state)
{
	(void)state;
	world w;
	two_families(&w);
	world_build(&w);
	world_send(&w, SP_KIND_demand, "f/input", 1000);
	world_send(&w, SP_KIND_demand, "g/input", 200);
	world_send(&w, SP_KIND_demand, "g/output", 100); /* weighs 4 */
	world_step(&w);
	check_near(demand_of(asked()), 600, 1e-9);
	check_near(asked()->others, 1000, 1e-9);
	check_near(asked()->readings[SP_READING_DEMAND].estimate.variance, 0, 0);
	world_fini(&w);
}

static void a_gauge_alone_is_the_load_of_a_pools_only_family(void **state)
{
	(void)state;
	world w;
	world_init(&w);
	world_build(&w);
	world_step(&w);
	check_true(asked()->readings[SP_READING_DEMAND].answer.knowledge != SP_KNOWN);
	world_send(&w, SP_KIND_utilization, "p", 0.5);
	world_step(&w);
	check_near(demand_of(asked()), 4000, 1e-9); /* of 8 GPUs of 1,000 */
	check_near(asked()->others, 0, 1e-9);
	world_fini(&w);
}

static void what_a_gauge_shows_beyond_the_rest_is_of_the_silent_in_equal_parts(void **state)
{
	(void)state;
	world w;
	two_families(&w);
	world_build(&w);
	world_send(&w, SP_KIND_utilization, "p", 0.5);
	world_step(&w);
	check_near(demand_of(asked()), 2000, 1e-9);
	check_near(asked()->others, 2000, 1e-9);
	check_near(asked()->readings[SP_READING_DEMAND].estimate.variance, 2000.0 * 2000, 1e-6); /* a guess */
	world_send(&w, SP_KIND_demand, "f/input", 1000);
	world_send(&w, SP_KIND_utilization, "p", 0.5);
	world_step(&w);
	check_near(demand_of(asked()), 3000, 1e-9);
	check_near(asked()->readings[SP_READING_DEMAND].estimate.variance, 0, 0);
	world_fini(&w);
}

/* Two rented lots as one: mean price, steps of the larger, headroom and redundancy counted. */
static void supply_says_what_can_be_sold_and_what_more_costs(void **state)
{
	(void)state;
	world w;
	world_init(&w);
	world_add_lot(&w, "burst", 0);
	world_add_lot(&w, "spot", 0);
	w.lots[1].kind = SP_LOT_ON_DEMAND;
	w.lots[1].gpus = 30;
	w.lots[1].step_gpus = 2;
	w.lots[1].usd_per_gpu_h.nano = 4 * SP_NANO;
	w.lots[2].kind = SP_LOT_SPOT;
	w.lots[2].gpus = 10;
	w.lots[2].usd_per_gpu_h.nano = 2 * SP_NANO;
	w.pools[0].slo_headroom_ppb = SP_NANO / 10;
	w.pools[0].redundancy = 1.2;
	w.pools[0].overload.rent_at_ppb = SP_NANO * 8 / 10;
	w.pools[0].overload.credit_share_ppb = SP_NANO / 4;
	w.pools[0].overload.rejection_per_1m.nano = 3 * SP_NANO;
	world_build(&w);
	world_step(&w);
	check_near(asked()->supply.owned, 7200, 1e-9);
	check_near(asked()->supply.step, 1800, 1e-9);
	check_near(asked()->supply.most, 20, 1e-9);
	check_near(asked()->supply.usd_per_s, 3.5 * 2 * 1.2 / 3600, 1e-12);
	check_near(asked()->supply.rent_at, 0.8, 1e-12);
	check_near(asked()->supply.credits_from, 0.9, 1e-12);
	check_near(asked()->supply.credits_full, 1.1, 1e-12);
	check_near(asked()->supply.credit_share, 0.25, 1e-12);
	check_near(asked()->supply.rejection_usd, 3e-6, 1e-18);
	world_fini(&w);
}

static void a_pool_that_rents_nothing_has_no_step(void **state)
{
	(void)state;
	world w;
	world_init(&w);
	world_build(&w);
	world_step(&w);
	check_near(asked()->supply.step, 0, 0);
	check_near(asked()->supply.most, 0, 0);
	world_fini(&w);
}

/* 0.10 and 0.40 USD per 1M tokens at weights 1 and 4: both 1e-7 a unit, whatever the mix; variable costs are not. */
static void a_mix_sells_and_costs_what_is_asked_for(void **state)
{
	(void)state;
	world w;
	world_init(&w);
	w.skus[0].variable_cost.nano = SP_NANO / 100;
	world_build(&w);
	world_step(&w);
	check_near(asked()->list_usd * 1e7, 1, 1e-9);
	check_near(asked()->variable_usd * 1e9, 5, 1e-9); /* each as much as the other: half of 1e-8 */
	world_fini(&w);
}

/* While owned capacity idles the next unit costs what it costs alone; beyond it, a rented GPU too. */
static void marginal_cost_is_variable_cost_and_the_shadow_price(void **state)
{
	(void)state;
	world w;
	world_init(&w);
	world_add_lot(&w, "burst", 0);
	w.lots[1].kind = SP_LOT_ON_DEMAND;
	w.lots[1].usd_per_gpu_h.nano = 36 * SP_NANO / 10;
	w.skus[0].variable_cost.nano = SP_NANO / 100;
	world_build(&w);
	world_send(&w, SP_KIND_demand, "f/input", 1000);
	world_step(&w);
	const sp_reading *marginal = &asked()->readings[SP_READING_MARGINAL];
	check_i64(marginal->answer.knowledge, SP_KNOWN);
	check_near(marginal->estimate.value, asked()->variable_usd, 1e-18);
	for (int i = 0; i < 600; i++) {
		world_send(&w, SP_KIND_demand, "f/input", 12000);
		world_step(&w);
	}
	check_near(marginal->estimate.value, asked()->variable_usd + 3.6 / 3.6e6, 1e-15);
	world_fini(&w);
}

/* A law that weighs demand, and one that asks for the market. */
static void curious(world *w)
{
	static sp_law_ops law;
	law = world_law;
	law.needs |= SP_NEEDS(DEMAND) | SP_NEEDS(MARKET);
	w->families[w->setup.n_families - 1].law = &law;
}

static void a_mix_is_weighed_by_what_is_asked_for_now(void **state)
{
	(void)state;
	world w;
	world_init(&w);
	curious(&w);
	w.skus[0].variable_cost.nano = SP_NANO / 100;
	w.skus[1].sheet.nano = 8 * SP_NANO / 10; /* now 2e-7 a unit */
	world_build(&w);
	world_send(&w, SP_KIND_demand, "f/input", 3000);
	world_send(&w, SP_KIND_demand, "f/output", 250); /* 1000 units */
	world_step(&w);
	check_near(asked()->list_usd * 1e7, 0.75 * 1 + 0.25 * 2, 1e-9);
	check_near(asked()->variable_usd * 1e8, 0.75, 1e-9);
	world_fini(&w);
}

static void the_market_is_the_median_of_what_others_charge_over_the_sheet(void **state)
{
	(void)state;
	world w;
	world_init(&w);
	curious(&w);
	world_build(&w);
	world_step(&w);
	check_i64(asked()->readings[SP_READING_MARKET].answer.knowledge, SP_TOO_LITTLE);
	world_send(&w, SP_KIND_market_price, "f/input", 0.12);
	world_step(&w);
	check_near(asked()->readings[SP_READING_MARKET].estimate.value, 1.2, 1e-12);
	world_send(&w, SP_KIND_market_price, "f/output", 0.32);
	world_step(&w);
	check_near(asked()->readings[SP_READING_MARKET].estimate.value, 1.0, 1e-12);
	check_near(asked()->readings[SP_READING_MARKET].estimate.count, 2, 0);
	world_fini(&w);
}

static void a_market_price_that_is_too_old_is_left_out_of_the_median(void **state)
{
	(void)state;
	for (uint32_t feed = SP_FEED_FED; feed <= SP_FEED_ABSENT; feed += SP_FEED_ABSENT - SP_FEED_FED) {
		const sp_reading *market = &asked()->readings[SP_READING_MARKET];
		world w;
		world_init(&w);
		curious(&w);
		w.pools[0].clocks[SP_CLOCK_MARKET].feed = feed;
		world_build(&w);
		world_send(&w, SP_KIND_market_price, "f/input", 0.12);
		for (int i = 0; i < 15; i++) {
			world_send(&w, SP_KIND_market_price, "f/output", 0.32);
			world_step(&w);
		}
		check_near(market->estimate.value, 1.0, 1e-12); /* just young enough */
		check_i64(market->estimate.age_ns, 15 * SP_MIN);
		world_step(&w);
		check_near(market->estimate.value, feed == SP_FEED_FED ? 0.8 : 1.0, 1e-12);
		check_near(market->estimate.count, feed == SP_FEED_FED ? 1 : 2, 0);
		check_i64(market->clock, feed == SP_FEED_FED ? SP_CLOCK_FRESH : SP_CLOCK_ABSENT);
		world_fini(&w);
	}
}

static void p5_one_familys_market_keeps_no_others_fresh(void **state)
{
	const sp_reading *market = &asked()->readings[SP_READING_MARKET];
	world w;

	(void)state;
	two_families(&w);
	curious(&w);
	w.pools[0].clocks[SP_CLOCK_MARKET].feed = SP_FEED_FED;
	world_build(&w);
	world_send(&w, SP_KIND_market_price, "g/input", 0.12);
	for (int i = 0; i < 16; i++) {
		world_send(&w, SP_KIND_market_price, "f/input", 0.11);
		world_says.trend = i == 15 ? 0.01 : 0;
		world_step(&w);
	}
	check_i64(market->clock, SP_CLOCK_STALE);
	check_near(market->estimate.value, 1.2, 1e-12); /* what it was */
	check_i64(w.tick->decisions[1].clocks[SP_CLOCK_MARKET].state, SP_CLOCK_STALE);
	check_i64(w.tick->decisions[1].clocks[SP_CLOCK_MARKET].age_ns, 16 * SP_MIN);
	check_u64(w.tick->decisions[1].binds, SP_RAIL_BIT(stale_market));
	check_i64(w.tick->decisions[1].index.ppb, SP_NANO);
	check_i64(w.tick->decisions[0].clocks[SP_CLOCK_MARKET].state, SP_CLOCK_FRESH);
	check_i64(w.tick->decisions[0].outcome, SP_OUTCOME_PUBLISHED);
	world_send(&w, SP_KIND_market_price, "g/input", 0.12);
	world_step(&w);
	check_i64(w.tick->decisions[1].outcome, SP_OUTCOME_PUBLISHED);
	world_fini(&w);
}

static void elasticity_is_not_identified_until_something_measures_it(void **state)
{
	(void)state;
	world w;
	world_init(&w);
	world_build(&w);
	world_step(&w);
	check_i64(asked()->readings[SP_READING_ELASTICITY].answer.knowledge, SP_NOT_IDENTIFIED);
	check_true(asked()->readings[SP_READING_ELASTICITY].answer.reason != NULL);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_familys_demand_is_what_its_skus_offer_and_others_are_the_rest),
	    cmocka_unit_test(a_gauge_alone_is_the_load_of_a_pools_only_family),
	    cmocka_unit_test(what_a_gauge_shows_beyond_the_rest_is_of_the_silent_in_equal_parts),
	    cmocka_unit_test(supply_says_what_can_be_sold_and_what_more_costs),
	    cmocka_unit_test(a_pool_that_rents_nothing_has_no_step),
	    cmocka_unit_test(a_mix_sells_and_costs_what_is_asked_for),
	    cmocka_unit_test(marginal_cost_is_variable_cost_and_the_shadow_price),
	    cmocka_unit_test(a_mix_is_weighed_by_what_is_asked_for_now),
	    cmocka_unit_test(the_market_is_the_median_of_what_others_charge_over_the_sheet),
	    cmocka_unit_test(a_market_price_that_is_too_old_is_left_out_of_the_median),
	    cmocka_unit_test(p5_one_familys_market_keeps_no_others_fresh),
	    cmocka_unit_test(elasticity_is_not_identified_until_something_measures_it),
	};
	return cmocka_run_group_tests_name("what a law is told", tests, NULL, NULL);
}
