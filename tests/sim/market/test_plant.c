/* test_plant.c - one period after the other, worked by hand, and against the formulas written out slowly with libm. */
#include "sim/market/plant.h"

#include <math.h>
#include <string.h>

#include "base/time.h"
#include "tests/check/check.h"

#define PERIODS 64

/* A pool of 100 units/s, steps of 10 for 0.036 USD an hour each, list price 1 USD for 10^6 units, hours as periods. */
typedef struct stand {
	sp_world world;
	sp_world_period periods[PERIODS];
} stand;

static void stand_open(stand *s, double wanted)
{
	memset(s, 0, sizeof *s);
	s->world = (sp_world){
	    .traits = {.elasticity = 2},
	    .period_ns = SP_HOUR,
	    .n_periods = PERIODS,
	    .n_priced = PERIODS,
	    .change_periods = 4,
	    .list_usd = 1e-6,
	    .variable_usd = 1e-7,
	    .rent_at = 0.8,
	    .credits_from = 0.9,
	    .credits_full = 1.1,
	    .credit_share = 0.5,
	    .rejection_usd = 2e-7,
	    .n_rented = 1,
	    .rented = {{.step = 10, .usd_per_s = 1e-5 / 10, .most = 8, .start_periods = 3, .hold_periods = 5}},
	    .periods = s->periods,
	};
	for (int t = 0; t < PERIODS; t++)
		s->periods[t] =
		    (sp_world_period){.wanted = wanted, .shared = 1, .pull = 1, .owned = 100, .rate = {1e-6}, .most = {8}};
}

static void a_period_is_what_a_pencil_says(void **unused)
{
	(void)unused;
	stand s;
	sp_plant plant;
	sp_plant_flow flow;
	stand_open(&s, 60);
	sp_plant_init(&s.world, &plant);
	sp_plant_step(&s.world, &plant, 0.8, &flow);
	/* bill 0.8, demand 60 / 0.64 = 93.75 of 100: rho 0.9375, credits 0.5 x (0.0375 / 0.2) = 9.375 % of revenue */
	check_near(flow.offered, 93.75, 1e-9);
	check_near(flow.served, 93.75, 1e-9);
	check_near(flow.paid, 0.8, 0);
	check_i64(flow.money.revenue.nano, 270000000); /* 93.75 x 3600 x 0.8e-6 USD */
	check_i64(flow.money.credits.nano, 25312500);  /* 9.375 % of it */
	check_i64(flow.money.variable.nano, 33750000); /* 93.75 x 3600 x 1e-7 */
	check_i64(flow.money.rejected.nano, 0);
	check_i64(flow.money.rented.nano, 0);
	check_i64(flow.money.margin.nano, 270000000 - 25312500 - 33750000);
	check_i64(plant.total.margin.nano, flow.money.margin.nano);
	check_near(plant.bill, 0.8, 0);
}

static void what_is_too_much_is_turned_away_and_costs(void **unused)
{
	(void)unused;
	stand s;
	sp_plant plant;
	sp_plant_flow flow;
	stand_open(&s, 200);
	s.world.n_rented = 0;
	sp_plant_init(&s.world, &plant);
	sp_plant_step(&s.world, &plant, 1, &flow);
	check_near(flow.offered, 200, 0);
	check_near(flow.served, 100, 0);
	check_i64(flow.money.revenue.nano, 360000000);
	check_i64(flow.money.credits.nano, 180000000); /* rho 2: all of the share is due */
	check_i64(flow.money.rejected.nano, 72000000); /* 100 x 3600 x 2e-7 */
	check_i64(flow.money.margin.nano, 360000000 - 180000000 - 36000000 - 72000000);
	s.world.variable_usd = 1e-6; /* selling at cost, with credits on top */
	sp_plant_step(&s.world, &plant, 1, &flow);
	check_i64(flow.money.margin.nano, 360000000 - 180000000 - 360000000 - 72000000);
	check_i64(plant.total.below.nano, -flow.money.margin.nano);
}

/* Pulsing pays nothing by itself: a price of a quiet hour hardly enters the bill. */
static void the_bill_is_weighted_by_demand(void **unused)
{
	(void)unused;
	stand s;
	sp_plant plant;
	stand_open(&s, 60);
	sp_plant_init(&s.world, &plant);
	s.periods[0].shared = 0.1;
	s.periods[1].shared = 0.4;
	sp_plant_step(&s.world, &plant, 2, NULL);
	check_near(plant.bill, 1.1, 1e-12);
	sp_plant_step(&s.world, &plant, 0.5, NULL);
	check_near(plant.bill, 1.1 + 0.4 * (0.5 - 1.1), 1e-12);
}

static void a_price_reaches_buyers_after_its_delay(void **unused)
{
	(void)unused;
	stand s;
	sp_plant plant;
	sp_plant_flow flow;
	stand_open(&s, 60);
	s.world.delay_periods = 2;
	sp_plant_init(&s.world, &plant);
	for (int t = 0; t < 4; t++) {
		sp_plant_step(&s.world, &plant, 2, &flow);
		check_near(flow.offered, t < 2 ? 60 : 15, 1e-12);
		check_near(flow.paid, 2, 0); /* they pay it all the same */
	}
}

static void steps_start_after_their_delay_and_stay_their_time(void **unused)
{
	(void)unused;
	/* D of each hour and the steps that run in it: 100 / 0.8 - 100 = 25 is asked for after hour 2, 3 steps from hour 5 on, for 5 hours */
	static const double wanted[] = {60, 60, 100, 100, 100, 100, 60, 60, 60, 60, 60, 60};
	static const uint32_t running[] = {0, 0, 0, 0, 0, 3, 3, 3, 3, 3, 0, 0};
	stand s;
	sp_plant plant;
	sp_plant_flow flow;
	stand_open(&s, 60);
	for (size_t t = 0; t < sizeof wanted / sizeof *wanted; t++)
		s.periods[t].wanted = wanted[t];
	sp_plant_init(&s.world, &plant);
	for (size_t t = 0; t < sizeof wanted / sizeof *wanted; t++) {
		sp_plant_step(&s.world, &plant, 1, &flow);
		check_u64(flow.running[0], running[t]);
		check_near(flow.capacity, 100 + 10.0 * running[t], 0);
		check_i64(flow.money.rented.nano, running[t] * INT64_C(3600000)); /* 1e-6 USD/s */
	}
}

static void what_has_not_started_is_called_off(void **unused)
{
	(void)unused;
	stand s;
	sp_plant plant;
	sp_plant_flow flow;
	stand_open(&s, 60);
	s.periods[0].wanted = 60;
	s.periods[1].wanted = 100;
	sp_plant_init(&s.world, &plant);
	for (int t = 0; t < 8; t++) {
		sp_plant_step(&s.world, &plant, 1, &flow);
		check_u64(flow.running[0], 0);
	}
}

static void check_running(const double *wanted, const uint32_t *running, size_t n)
{
	stand s;
	sp_plant plant;
	sp_plant_flow flow;
	stand_open(&s, 60);
	for (size_t t = 0; t < n; t++)
		s.periods[t].wanted = wanted[t];
	sp_plant_init(&s.world, &plant);
	for (size_t t = 0; t < n; t++) {
		sp_plant_step(&s.world, &plant, 1, &flow);
		check_u64(flow.running[0], running[t]);
	}
}

static void what_is_about_to_start_is_not_called_off(void **unused)
{
	(void)unused;
	static const double wanted[] = {60, 60, 100, 100, 60, 60, 60, 60, 60, 60, 60};
	static const uint32_t running[] = {0, 0, 0, 0, 0, 3, 3, 3, 3, 3, 0};
	check_running(wanted, running, sizeof wanted / sizeof *wanted);
}

static void the_oldest_go_first(void **unused)
{
	(void)unused;
	/* one from hour 5 on, two more from hour 7; then one is enough: the first may go at 10, the next at 12 */
	static const double wanted[] = {60, 60, 84, 84, 100, 100, 100, 100, 84, 84, 84, 84, 84, 84};
	static const uint32_t running[] = {0, 0, 0, 0, 0, 1, 1, 3, 3, 3, 2, 2, 1, 1};
	check_running(wanted, running, sizeof wanted / sizeof *wanted);
}

static void a_second_lot_takes_what_the_first_has_not(void **unused)
{
	(void)unused;
	stand s;
	sp_plant plant;
	stand_open(&s, 150);
	s.world.n_rented = 2;
	s.world.rented[1] = s.world.rented[0];
	for (int t = 0; t < PERIODS; t++) {
		s.periods[t].rate[1] = s.periods[t].rate[0];
		s.periods[t].most[0] = 4;
		s.periods[t].most[1] = 16;
	}
	sp_plant_init(&s.world, &plant); /* 150 / 0.8 - 100 = 87.5: nine steps, of them four of the first */
	check_u64(plant.steps[0].n, 4);
	check_u64(plant.steps[1].n, 5);
	s.periods[0].wanted = 195; /* what counts is what was asked for, not what could be served */
	sp_plant_step(&s.world, &plant, 1, NULL);
	check_u64(plant.steps[0].n, 4);
	check_u64(plant.steps[1].n, 11);
}

static void a_step_is_asked_for_only_when_it_earns_its_rent(void **unused)
{
	(void)unused;
	stand s;
	sp_plant plant;
	stand_open(&s, 100);
	/* earns p 1e-6 - 1e-7 + 2e-7 a unit; costs 1e-5 / 10 / 0.8 = 1.25e-6: worth it above p = 1.15 */
	for (int t = 0; t < PERIODS; t++)
		s.periods[t].rate[0] = 1e-5;
	s.world.traits.elasticity = 0;
	sp_plant_init(&s.world, &plant);
	sp_plant_step(&s.world, &plant, 1.14, NULL);
	check_u64(plant.steps[0].n, 0);
	sp_plant_step(&s.world, &plant, 1.16, NULL);
	check_u64(plant.steps[0].n, 3);
}

static void the_first_morning_has_what_it_wants(void **unused)
{
	(void)unused;
	stand s;
	sp_plant plant;
	sp_plant_flow flow;
	stand_open(&s, 100);
	sp_plant_init(&s.world, &plant);
	sp_plant_step(&s.world, &plant, 1, &flow);
	check_u64(flow.running[0], 3);
}

static void interrupted_steps_are_gone_at_once_and_come_back_late(void **unused)
{
	(void)unused;
	static const uint32_t running[] = {3, 3, 0, 0, 0, 0, 3, 3};
	stand s;
	sp_plant plant;
	sp_plant_flow flow;
	stand_open(&s, 100);
	s.periods[2].most[0] = s.periods[3].most[0] = 0;
	sp_plant_init(&s.world, &plant);
	for (int t = 0; t < 8; t++) { /* back from hour 4 on: asked for in the answer to hour 3, there 3 hours later */
		sp_plant_step(&s.world, &plant, 1, &flow);
		check_u64(flow.running[0], running[t]);
	}
}

static void a_contract_feels_a_price_when_it_is_renewed(void **unused)
{
	(void)unused;
	stand s;
	sp_plant plant;
	sp_plant_flow flow;
	stand_open(&s, 40);
	s.world.traits.contract_ppb = 500000000;
	s.world.renewed = 0.5;
	sp_plant_init(&s.world, &plant);
	sp_plant_step(&s.world, &plant, 2, &flow);
	/* half of the contracts were renewed at 2: they pay 1.5 on average */
	check_near(plant.contract, 1.5, 0);
	check_near(flow.offered, 20 / 4.0 + 20 / 2.25, 1e-12);
	check_near(flow.paid, (5 * 2 + 20 / 2.25 * 1.5) / (5 + 20 / 2.25), 1e-12);
}

static void contracts_come_to_the_price_while_what_is_felt_lags_behind(void **unused)
{
	(void)unused;
	stand s;
	sp_plant plant;
	stand_open(&s, 40);
	s.world.traits.contract_ppb = 500000000;
	s.world.renewed = 0.5;
	s.periods[0].shared = s.periods[1].shared = 0.5;
	sp_plant_init(&s.world, &plant);
	sp_plant_run(&s.world, &plant, 2, 2);
	check_near(plant.contract, 1.75, 0);
	check_near(plant.held, 1.25 + 0.5 * (1.75 - 1.25), 0);
	check_near(plant.bill, 1.75, 0);
}

static void a_rival_follows_and_brings_demand_back(void **unused)
{
	(void)unused;
	stand s;
	sp_plant plant;
	sp_plant_flow flow;
	stand_open(&s, 60);
	s.world.traits.reaction = 1;
	s.world.traits.cross = 2;
	s.world.reacted = 1;
	sp_plant_init(&s.world, &plant);
	sp_plant_step(&s.world, &plant, 2, &flow);
	check_near(flow.offered, 15, 1e-12);
	sp_plant_step(&s.world, &plant, 2, &flow);
	check_near(flow.offered, 60, 1e-9); /* it asks 2 too, and our buyers have nowhere to go */
}

/* A period as plant.h says it, once more, slowly; rented steps are the plant's own. */
static double slow_margin(const stand *s, double bill, double price, const sp_plant_flow *flow)
{
	const sp_world *w = &s->world;
	double d = s->periods[0].wanted * pow(bill, -w->traits.elasticity);
	double c = s->periods[0].owned + flow->running[0] * w->rented[0].step;
	double q = fmin(d, c), rho = d / c;
	double due = w->credit_share * fmin(fmax((rho - w->credits_from) / (w->credits_full - w->credits_from), 0), 1);
	return 3600 * (q * (price * w->list_usd * (1 - due) - w->variable_usd) - w->rejection_usd * fmax(d - c, 0) -
	               flow->running[0] * s->periods[0].rate[0]);
}

static void any_period_agrees_with_its_slow_twin(void **unused)
{
	(void)unused;
	sp_rng rng;
	sp_check_seed("any_period_agrees_with_its_slow_twin", &rng);
	for (int k = 0; k < 300; k++) {
		stand s;
		sp_plant plant;
		sp_plant_flow flow;
		sp_plant_money sum = {0};
		stand_open(&s, 300 * sp_rng_uniform(&rng));
		s.world.traits.elasticity = 0.3 + 4 * sp_rng_uniform(&rng);
		double share = sp_rng_uniform(&rng), bill = 1;
		for (int t = 0; t < PERIODS; t++)
			s.periods[t].shared = share;
		sp_plant_init(&s.world, &plant);
		for (int t = 0; t < PERIODS; t++) {
			double price = 0.4 + 1.6 * sp_rng_uniform(&rng);
			sp_plant_step(&s.world, &plant, price, &flow);
			bill += share * (price - bill);
			check_near((double)flow.money.margin.nano * 1e-9, slow_margin(&s, bill, price, &flow), 1e-8);
			check_near(flow.served, fmin(flow.offered, flow.capacity), 0); /* offered = served + turned away */
			check_true(flow.served >= 0 && flow.offered >= flow.served);
			check_i64(flow.money.margin.nano, flow.money.revenue.nano - flow.money.credits.nano -
			                                      flow.money.variable.nano - flow.money.rejected.nano -
			                                      flow.money.rented.nano);
			sum.margin.nano += flow.money.margin.nano;
			sum.revenue.nano += flow.money.revenue.nano;
			sum.rented.nano += flow.money.rented.nano;
		}
		check_i64(plant.total.margin.nano, sum.margin.nano);
		check_i64(plant.total.revenue.nano, sum.revenue.nano);
		check_i64(plant.total.rented.nano, sum.rented.nano);
	}
}

static void a_copied_state_lives_the_same_life(void **unused)
{
	(void)unused;
	stand s;
	sp_plant plant, copy;
	stand_open(&s, 90);
	sp_plant_init(&s.world, &plant);
	sp_plant_run(&s.world, &plant, 1.1, 20);
	copy = plant;
	sp_money one = sp_plant_run(&s.world, &plant, 0.9, 10);
	sp_plant_run(&s.world, &plant, 1.3, PERIODS);
	check_u64(plant.t, PERIODS); /* no longer than the world */
	check_money(sp_plant_run(&s.world, &copy, 0.9, 10), one);
	sp_plant_run(&s.world, &copy, 1.3, PERIODS);
	check_bytes(&copy, &plant, sizeof plant);
}

static void a_path_is_held_to_the_end(void **unused)
{
	(void)unused;
	static const double path[] = {1.05, 1.1};
	stand s;
	sp_plant plant;
	stand_open(&s, 90);
	sp_plant_init(&s.world, &plant);
	sp_plant_run(&s.world, &plant, 1.05, s.world.change_periods);
	sp_plant_run(&s.world, &plant, 1.1, PERIODS);
	check_money(sp_plant_path(&s.world, path, 2), plant.total.margin);
}

/* However absurd, no sum overflows. */
static void money_beyond_bounds_is_cut(void **unused)
{
	(void)unused;
	stand s;
	sp_plant plant;
	sp_plant_flow flow;
	stand_open(&s, 1e300);
	s.periods[0].owned = 1e200;
	sp_plant_init(&s.world, &plant);
	sp_plant_step(&s.world, &plant, 2, &flow);
	check_i64(flow.money.revenue.nano, SP_PLANT_NANO_MAX);
	check_true(INT64_MAX / SP_WORLD_PERIODS_MAX / 5 >= SP_PLANT_NANO_MAX);
}

static void live_too_long(void *argument)
{
	stand *s = argument;
	sp_plant plant;
	sp_plant_init(&s->world, &plant);
	sp_plant_run(&s->world, &plant, 1, PERIODS);
	sp_plant_step(&s->world, &plant, 1, NULL);
}

static void pay_nothing(void *argument)
{
	stand *s = argument;
	sp_plant plant;
	sp_plant_init(&s->world, &plant);
	sp_plant_step(&s->world, &plant, 0, NULL);
}

static void a_wrong_call_stops_the_program(void **unused)
{
	(void)unused;
	stand s;
	stand_open(&s, 60);
	check_true(sp_check_stopped(live_too_long, &s) != NULL);
	check_true(sp_check_stopped(pay_nothing, &s) != NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_period_is_what_a_pencil_says),
	    cmocka_unit_test(what_is_too_much_is_turned_away_and_costs),
	    cmocka_unit_test(the_bill_is_weighted_by_demand),
	    cmocka_unit_test(a_price_reaches_buyers_after_its_delay),
	    cmocka_unit_test(steps_start_after_their_delay_and_stay_their_time),
	    cmocka_unit_test(what_has_not_started_is_called_off),
	    cmocka_unit_test(what_is_about_to_start_is_not_called_off),
	    cmocka_unit_test(the_oldest_go_first),
	    cmocka_unit_test(a_second_lot_takes_what_the_first_has_not),
	    cmocka_unit_test(a_step_is_asked_for_only_when_it_earns_its_rent),
	    cmocka_unit_test(the_first_morning_has_what_it_wants),
	    cmocka_unit_test(interrupted_steps_are_gone_at_once_and_come_back_late),
	    cmocka_unit_test(a_contract_feels_a_price_when_it_is_renewed),
	    cmocka_unit_test(contracts_come_to_the_price_while_what_is_felt_lags_behind),
	    cmocka_unit_test(a_rival_follows_and_brings_demand_back),
	    cmocka_unit_test(any_period_agrees_with_its_slow_twin),
	    cmocka_unit_test(a_copied_state_lives_the_same_life),
	    cmocka_unit_test(a_path_is_held_to_the_end),
	    cmocka_unit_test(money_beyond_bounds_is_cut),
	    cmocka_unit_test(a_wrong_call_stops_the_program),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
