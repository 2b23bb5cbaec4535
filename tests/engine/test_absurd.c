/* test_absurd.c - one absurd record among good ones moves no price (P5), with the laws that people run. */
#include <string.h>

#include "tests/engine/world.h"

static void use_law(world *w, const char *name)
{
	sp_family_setup *f = &w->families[0];

	f->law = sp_law_find(name, strlen(name));
	sp_params_init(f->law->params, f->law->n_params, f->law_params);
	f->rails.dead_band_ppb = SP_NANO / 200;
}

/* Eight GPUs of 1,000 units a second at the setpoint of 70 %. */
static void at_setpoint(world *w)
{
	world_init(w);
	use_law(w, "utilization_pi");
	world_build(w);
}

static void good_record(world *w, bool by_demand)
{
	if (by_demand) {
		world_send(w, SP_KIND_demand, "f/input", 1600);
		world_send(w, SP_KIND_demand, "f/output", 1000);
	} else {
		world_send(w, SP_KIND_utilization, "p", 0.7);
	}
}

/* Six hours of good records with one stray one after an hour; how often a price was told. */
static int moves_with(bool by_demand, sp_signal_kind kind, const char *subject, double value)
{
	world w;
	int moves = 0;

	at_setpoint(&w);
	for (int i = 0; i < 360; i++) {
		good_record(&w, by_demand);
		if (i == 60)
			world_send(&w, kind, subject, value);
		moves += world_step(&w)->outcome != SP_OUTCOME_HELD;
	}
	check_index(w.tick->decisions[0].in_force, SP_INDEX_ONE);
	world_fini(&w);
	return moves;
}

static void p5_one_absurd_load_moves_no_price(void **state)
{
	(void)state;
	check_i64(moves_with(true, SP_KIND_demand, "f/input", 1e15), 0);
	check_i64(moves_with(true, SP_KIND_demand, "f/output", 403200), 0);
	check_i64(moves_with(false, SP_KIND_demand, "f/input", 1e15), 0);
	check_i64(moves_with(false, SP_KIND_served, "f/input", 1e15), 0);
	check_i64(moves_with(false, SP_KIND_utilization, "p", 2.0), 0);
}

static void p5_one_absurd_capacity_moves_no_price(void **state)
{
	static const double capacities[] = {1e15, 1, 0, 100};

	(void)state;
	for (size_t i = 0; i < sizeof capacities / sizeof capacities[0]; i++)
		check_i64(moves_with(false, SP_KIND_capacity, "p", capacities[i]), 0);
}

/* What is confirmed is real: but no law is shown more than twice what all GPUs can serve. */
static void p5_a_confirmed_flood_counts_up_to_twice_the_capacity(void **state)
{
	world w;

	(void)state;
	at_setpoint(&w);
	good_record(&w, true);
	world_step(&w);
	for (int i = 0; i < 400; i++) {
		sp_refusal refusal = world_send(&w, SP_KIND_demand, "f/input", 1e12 + i);
		check_i64(refusal, i < 2 ? SP_REFUSED_jump : SP_REFUSED_none);
		world_step(&w);
	}
	check_near(sp_engine_readings(w.engine, 0)->readings[SP_READING_LOAD].estimate.value, 16000, 1e-6);
	world_fini(&w);
}

static void p5_a_record_from_the_future_before_the_first_tick_is_forgotten_at_it(void **state)
{
	world w;

	(void)state;
	at_setpoint(&w);
	world_send_at(&w, SP_KIND_utilization, "p", 0.9, w.now_ns + 365 * SP_DAY);
	check_i64(world_send(&w, SP_KIND_utilization, "p", 0.7), SP_REFUSED_older);
	world_step(&w);
	check_u64(w.tick->refused[SP_REFUSED_future], 1);
	check_u64(w.tick->taken, 0);
	check_i64(sp_engine_readings(w.engine, 0)->readings[SP_READING_LOAD].answer.knowledge, SP_TOO_LITTLE);
	check_i64(world_send(&w, SP_KIND_utilization, "p", 0.7), SP_REFUSED_none);
	world_step(&w);
	check_near(sp_engine_readings(w.engine, 0)->readings[SP_READING_LOAD].estimate.value, 5600, 1e-9);
	world_fini(&w);
}

/* The other last values stand, and what is derived from them. */
static void p5_forgetting_the_future_keeps_the_rest(void **state)
{
	world w;

	(void)state;
	at_setpoint(&w);
	world_send_at(&w, SP_KIND_list_price, "f/input", 0.2, w.now_ns + 365 * SP_DAY);
	world_send(&w, SP_KIND_demand, "f/input", 1600);
	world_send(&w, SP_KIND_demand, "f/output", 1000);
	world_step(&w);
	check_u64(w.tick->refused[SP_REFUSED_future], 1);
	check_near(sp_engine_readings(w.engine, 0)->readings[SP_READING_LOAD].estimate.value, 5600, 1e-9);
	world_fini(&w);
}

/* Nor does a forgotten demand go on counting beside those of the family's other SKUs. */
static void p5_a_forgotten_demand_offers_nothing(void **state)
{
	world w;

	(void)state;
	at_setpoint(&w);
	world_send_at(&w, SP_KIND_demand, "f/input", 1600, w.now_ns + 365 * SP_DAY);
	world_send(&w, SP_KIND_demand, "f/output", 1000);
	world_step(&w);
	check_near(sp_engine_readings(w.engine, 0)->readings[SP_READING_LOAD].estimate.value, 4000, 1e-9);
	world_fini(&w);
}

static void p5_a_record_dated_ahead_does_not_shut_out_those_of_today(void **state)
{
	world w;

	(void)state;
	at_setpoint(&w);
	good_record(&w, false);
	world_step(&w);
	check_i64(world_send_at(&w, SP_KIND_utilization, "p", 0.8, w.now_ns + 50 * SP_MIN), SP_REFUSED_none);
	check_i64(world_send(&w, SP_KIND_utilization, "p", 0.7), SP_REFUSED_none);
	world_step(&w);
	check_near(sp_engine_readings(w.engine, 0)->readings[SP_READING_LOAD].estimate.value, 5600, 1e-9);
	world_fini(&w);
}

static void cost_world(world *w)
{
	world_init(w);
	use_law(w, "cost_plus");
	w->lots[0].by_signal = true;
	world_build(w);
}

/* Which of two first prices was wrong, nobody can say: the cost begins anew at the second, and with it what the price carries. */
static void p5_an_absurd_first_gpu_price_moves_no_price(void **state)
{
	static const double firsts[] = {10000, 0.0001};

	(void)state;
	for (int first = 0; first < 2; first++) {
		world w;
		cost_world(&w);
		world_send(&w, SP_KIND_usd_per_gpu_h, "p:base", firsts[first]);
		check_i64(world_step(&w)->outcome, SP_OUTCOME_HELD);
		for (int i = 0; i < 120; i++) {
			check_i64(world_send(&w, SP_KIND_usd_per_gpu_h, "p:base", 2.5), SP_REFUSED_none);
			check_i64(world_step(&w)->outcome, SP_OUTCOME_HELD);
		}
		check_i64(world_send(&w, SP_KIND_usd_per_gpu_h, "p:base", 10000), SP_REFUSED_jump);
		world_fini(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(p5_one_absurd_load_moves_no_price),
	    cmocka_unit_test(p5_one_absurd_capacity_moves_no_price),
	    cmocka_unit_test(p5_a_confirmed_flood_counts_up_to_twice_the_capacity),
	    cmocka_unit_test(p5_a_record_from_the_future_before_the_first_tick_is_forgotten_at_it),
	    cmocka_unit_test(p5_forgetting_the_future_keeps_the_rest),
	    cmocka_unit_test(p5_a_forgotten_demand_offers_nothing),
	    cmocka_unit_test(p5_a_record_dated_ahead_does_not_shut_out_those_of_today),
	    cmocka_unit_test(p5_an_absurd_first_gpu_price_moves_no_price),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
