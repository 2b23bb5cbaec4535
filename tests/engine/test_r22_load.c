/* test_r22_load.c - load, capacity and cost of a pool, from what was sent (R22). */
#include <string.h>

#include "tests/engine/world.h"

/* The newest observation alone is the estimate. */
static void raw(world *w)
{
	world_init(w);
	for (int i = 0; i < 2; i++) {
		memset(w->pools[i].load.params, 0, sizeof w->pools[i].load.params);
		memset(w->pools[i].cost.params, 0, sizeof w->pools[i].cost.params);
	}
}

static double load(world *w)
{
	const sp_reading *reading;

	world_step(w);
	reading = &sp_engine_readings(w->engine, 0)->readings[SP_READING_LOAD];
	check_i64(reading->answer.knowledge, SP_KNOWN);
	return reading->estimate.value;
}

static double capacity(world *w)
{
	world_step(w);
	return sp_engine_readings(w->engine, 0)->capacity;
}

static double cost(world *w)
{
	const sp_reading *reading;

	world_step(w);
	reading = &sp_engine_readings(w->engine, 0)->readings[SP_READING_COST];
	check_i64(reading->answer.knowledge, SP_KNOWN);
	return reading->estimate.value;
}

static void r22_load_is_offered_times_weight(void **state)
{
	world w;

	(void)state;
	raw(&w);
	world_build(&w);
	world_send(&w, SP_KIND_demand, "f/input", 1000);
	check_near(load(&w), 1000, 0);
	world_send(&w, SP_KIND_demand, "f/output", 500); /* weighs 4; the input's last demand is kept */
	check_near(load(&w), 3000, 0);
	world_send(&w, SP_KIND_demand, "f/input", 0);
	check_near(load(&w), 2000, 0);
	world_fini(&w);
}

static void r22_offered_is_served_and_rejected_and_the_growth_of_the_queue(void **state)
{
	world w;

	(void)state;
	raw(&w);
	world_build(&w);
	world_send(&w, SP_KIND_served, "f/input", 1000);
	world_send(&w, SP_KIND_rejected, "f/input", 200);
	world_send(&w, SP_KIND_queue, "f/input", 500);
	check_near(load(&w), 1200, 0); /* one queue length has no growth */
	world_send(&w, SP_KIND_queue, "f/input", 500 + 60 * 30);
	check_near(load(&w), 1230, 0);
	world_send(&w, SP_KIND_queue, "f/input", 500 + 60 * 30); /* again, a minute later: it stands */
	check_near(load(&w), 1200, 0);
	world_send(&w, SP_KIND_queue, "f/input", 1100);
	check_near(load(&w), 1180, 0);
	world_send(&w, SP_KIND_queue, "f/input", 1100); /* the same record twice says nothing new */
	world_send(&w, SP_KIND_queue, "f/input", 1100);
	world_send(&w, SP_KIND_served, "f/input", 1001);
	check_near(load(&w), 1201, 0);
	world_fini(&w);
}

/* P5: what stopped being sent does not count for ever beside what goes on; max_age is 15 minutes here. */
static void r22_rejections_that_stopped_being_sent_stop_counting(void **state)
{
	world w;

	(void)state;
	raw(&w);
	world_build(&w);
	world_send(&w, SP_KIND_served, "f/input", 1000);
	world_send(&w, SP_KIND_rejected, "f/input", 500);
	check_near(load(&w), 1500, 0);
	for (int i = 0; i < 14; i++) {
		world_send(&w, SP_KIND_served, "f/input", 1000);
		check_near(load(&w), 1500, 0);
	}
	world_send(&w, SP_KIND_served, "f/input", 1000); /* 15 minutes after the last rejection: still within */
	check_near(load(&w), 1500, 0);
	world_send(&w, SP_KIND_served, "f/input", 1000);
	check_near(load(&w), 1000, 0);
	world_fini(&w);
}

static void r22_a_queue_record_sent_twice_does_not_end_its_growth(void **state)
{
	world w;

	(void)state;
	raw(&w);
	world_build(&w);
	world_send(&w, SP_KIND_served, "f/input", 1000);
	world_send(&w, SP_KIND_queue, "f/input", 0);
	world_step(&w);
	world_send(&w, SP_KIND_queue, "f/input", 600);
	world_send(&w, SP_KIND_queue, "f/input", 600);
	check_near(load(&w), 1010, 0);
	world_fini(&w);
}

static void r22_offered_is_never_below_zero_and_demand_overrides_what_was_served(void **state)
{
	world w;

	(void)state;
	raw(&w);
	world_build(&w);
	world_send(&w, SP_KIND_served, "f/input", 10);
	world_send(&w, SP_KIND_queue, "f/input", 6000);
	world_step(&w);
	world_send(&w, SP_KIND_queue, "f/input", 0); /* drains faster than it serves */
	check_near(load(&w), 0, 0);
	world_send(&w, SP_KIND_demand, "f/input", 70);
	world_send(&w, SP_KIND_served, "f/input", 20);
	check_near(load(&w), 70, 0);
	world_fini(&w);
}

static void r22_a_familys_own_demand_counts_where_its_skus_weigh_the_same(void **state)
{
	world w;

	(void)state;
	raw(&w);
	w.skus[0].weight = w.skus[1].weight = 3;
	world_build(&w);
	check_i64(world_send(&w, SP_KIND_served, "f", 100), SP_REFUSED_none);
	world_send(&w, SP_KIND_rejected, "f", 10);
	world_send(&w, SP_KIND_queue, "f", 0);
	check_near(load(&w), 330, 0);
	world_send(&w, SP_KIND_queue, "f", 300);
	check_near(load(&w), 345, 0);
	world_send(&w, SP_KIND_demand, "f", 200);
	check_near(load(&w), 600, 0);
	world_send(&w, SP_KIND_demand, "f/input", 50); /* by SKU says more */
	check_near(load(&w), 150, 0);
	world_fini(&w);
}

static void r22_a_familys_own_demand_is_refused_where_its_skus_weigh_differently(void **state)
{
	const sp_signal_kind kinds[] = {SP_KIND_demand, SP_KIND_served, SP_KIND_rejected, SP_KIND_queue};
	world w;

	(void)state;
	raw(&w);
	world_build(&w);
	for (int i = 0; i < 4; i++)
		check_i64(world_send(&w, kinds[i], "f", 100), SP_REFUSED_mixed_weights);
	check_i64(world_send(&w, SP_KIND_revenue, "f", 100), SP_REFUSED_none);
	world_step(&w);
	check_u64(w.tick->refused[SP_REFUSED_mixed_weights], 4);
	world_fini(&w);
}

/* Until every family is fresh the gauge counts; then their demand; and the gauge again when one falls silent. */
static void r22_the_gauge_counts_until_every_family_is_fresh(void **state)
{
	world w;

	(void)state;
	raw(&w);
	world_add_family(&w, "g", 0);
	world_build(&w);
	world_send(&w, SP_KIND_demand, "f/input", 1000);
	world_send(&w, SP_KIND_utilization, "p", 0.5);
	check_near(load(&w), 4000, 0);
	world_send(&w, SP_KIND_demand, "g/input", 700);
	check_near(load(&w), 1700, 0);
	world_send(&w, SP_KIND_utilization, "p", 0.6); /* demand says more than a gauge */
	check_near(load(&w), 1700, 0);
	world_steps(&w, 20);
	world_send(&w, SP_KIND_utilization, "p", 0.6);
	check_near(load(&w), 4800, 0);
	world_fini(&w);
}

/* A gauge that was sent once is observed once, however often a single family sends. With a half-life, a value folded a
 * hundred times would outweigh the next. */
static void r22_a_load_is_observed_once(void **state)
{
	world w, twin;
	double first, second;

	(void)state;
	world_init(&w);
	world_add_family(&w, "g", 0);
	world_build(&w);
	world_init(&twin);
	world_add_family(&twin, "g", 0);
	world_build(&twin);
	world_send(&w, SP_KIND_utilization, "p", 0.5);
	world_send(&twin, SP_KIND_utilization, "p", 0.5);
	for (int i = 0; i < 10; i++) {
		world_send(&w, SP_KIND_demand, "f/input", 1000 + i);
		world_step(&w);
		world_step(&twin);
	}
	world_send(&w, SP_KIND_utilization, "p", 1);
	world_send(&twin, SP_KIND_utilization, "p", 1);
	first = load(&w);
	second = load(&twin);
	check_near(first, second, 0);
	check_near(sp_engine_readings(w.engine, 0)->load_mean_count, 11, 0);
	world_fini(&w);
	world_fini(&twin);
}

static void r22_a_reading_is_dated_by_its_newest_signal(void **state)
{
	world w;

	(void)state;
	raw(&w);
	world_build(&w);
	world_send_at(&w, SP_KIND_demand, "f/input", 10, WORLD_START + 10 * SP_SEC);
	world_send_at(&w, SP_KIND_demand, "f/output", 10, WORLD_START + 40 * SP_SEC);
	load(&w);
	check_i64(sp_engine_readings(w.engine, 0)->readings[SP_READING_LOAD].estimate.age_ns, 20 * SP_SEC);
	world_fini(&w);
}

static void r22_a_gauge_near_its_end_is_censored(void **state)
{
	world w;
	const struct {
		double gauge;
		bool censored;
	} cases[] = {{0.97, false}, {0.98, true}, {1, true}, {1.01, false}};

	(void)state;
	raw(&w);
	world_build(&w);
	for (int i = 0; i < 4; i++) {
		world_send(&w, SP_KIND_utilization, "p", cases[i].gauge);
		load(&w);
		check_true(world_says.input.censored == cases[i].censored);
	}
	world_send(&w, SP_KIND_utilization, "p", 1);
	world_send(&w, SP_KIND_demand, "f/input", 9000); /* demand is not cut off */
	check_near(load(&w), 9000, 0);
	check_true(!world_says.input.censored);
	world_fini(&w);
}

static void rented(world *w, sp_capacity counted)
{
	raw(w);
	world_add_lot(w, "burst", 0);
	w->lots[1].kind = SP_LOT_ON_DEMAND;
	w->lots[1].gpus = 4;
	w->pools[0].capacity = counted;
}

static void r22_running_counts_rented_gpus_as_far_as_they_run(void **state)
{
	world w;

	(void)state;
	rented(&w, SP_CAPACITY_RUNNING);
	world_build(&w);
	check_near(capacity(&w), 8000, 0); /* none until sent */
	world_send(&w, SP_KIND_gpus_running, "p:burst", 3);
	check_near(capacity(&w), 11000, 0);
	world_send(&w, SP_KIND_utilization, "p", 0.5);
	check_near(load(&w), 5500, 0);
	world_fini(&w);

	rented(&w, SP_CAPACITY_OWNED);
	world_build(&w);
	world_send(&w, SP_KIND_gpus_running, "p:burst", 3);
	check_near(capacity(&w), 8000, 0);
	world_send(&w, SP_KIND_utilization, "p", 0.5);
	check_near(load(&w), 5500, 0); /* the gauge is of all that runs */
	world_fini(&w);
}

static void r22_a_fresh_capacity_signal_says_what_runs(void **state)
{
	world w;

	(void)state;
	rented(&w, SP_CAPACITY_RUNNING);
	world_build(&w);
	world_send(&w, SP_KIND_gpus_running, "p:burst", 3);
	world_send(&w, SP_KIND_capacity, "p", 11500);
	check_near(capacity(&w), 11500, 0);
	world_steps(&w, 14);
	check_near(capacity(&w), 11000, 0); /* 16 minutes old */
	world_fini(&w);
}

/* Half the pool is down and what is left is full: no reason for a raise. */
static void r22_an_outage_raises_no_price(void **state)
{
	world w;

	(void)state;
	rented(&w, SP_CAPACITY_RUNNING);
	world_use_law(&w, 0, "utilization_pi");
	world_build(&w);
	world_send(&w, SP_KIND_capacity, "p", 4000);
	world_send(&w, SP_KIND_utilization, "p", 1);
	check_near(load(&w), 4000, 0);
	check_near(capacity(&w), 8000, 0);
	for (int i = 0; i < 60; i++) {
		world_send(&w, SP_KIND_capacity, "p", 4000);
		world_send(&w, SP_KIND_utilization, "p", 1);
		check_true(world_step(&w)->index.ppb <= SP_NANO);
	}
	world_fini(&w);
}

static void r22_a_lot_counts_until_its_term_ends(void **state)
{
	world w;

	(void)state;
	raw(&w);
	world_add_lot(&w, "old", 0);
	w.lots[1].gpus = 2;
	w.lots[1].usd_per_gpu_h.nano = 12 * SP_NANO;
	w.lots[1].ends_ns = WORLD_START + 3 * SP_MIN;
	world_build(&w);
	check_near(cost(&w), (8 * 2 + 2 * 12) / (10 * 3.6e6), 1e-20);
	check_near(capacity(&w), 10000, 0);
	check_near(cost(&w), 2 / 3.6e6, 1e-20); /* the tick at its end */
	check_near(sp_engine_readings(w.engine, 0)->capacity, 8000, 0);
	world_fini(&w);
}

static void r22_cost_is_of_all_lots_at_their_listed_size(void **state)
{
	world w;

	(void)state;
	rented(&w, SP_CAPACITY_RUNNING);
	w.pools[0].redundancy = 1.1;
	w.pools[0].slo_headroom_ppb = SP_NANO / 10;
	w.lots[1].by_signal = true;
	world_build(&w);
	world_step(&w);
	check_i64(world_says.input.readings[SP_READING_COST].answer.knowledge, SP_TOO_LITTLE);
	world_send(&w, SP_KIND_usd_per_gpu_h, "p:burst", 5);
	check_near(cost(&w), (8 * 2 + 4 * 5) * 1.1 / (12 * 3.6e6 * 0.9), 1e-20);
	world_send(&w, SP_KIND_gpus_running, "p:burst", 4); /* running or not */
	check_near(cost(&w), (8 * 2 + 4 * 5) * 1.1 / (12 * 3.6e6 * 0.9), 1e-20);
	world_send(&w, SP_KIND_usd_per_gpu_h, "p:burst", 4);
	check_near(cost(&w), (8 * 2 + 4 * 4) * 1.1 / (12 * 3.6e6 * 0.9), 1e-20);
	world_fini(&w);
}

static void r22_pools_do_not_share_their_load(void **state)
{
	world w;

	(void)state;
	raw(&w);
	world_add_pool(&w, "q");
	world_add_lot(&w, "base", 1);
	w.pools[1].first_lot = 1;
	world_add_family(&w, "g", 1);
	world_build(&w);
	world_send(&w, SP_KIND_demand, "f/input", 100);
	world_send(&w, SP_KIND_demand, "g/input", 900);
	world_send(&w, SP_KIND_utilization, "q", 0.1);
	check_near(load(&w), 100, 0);
	check_true(sp_engine_readings(w.engine, 1)->readings[SP_READING_LOAD].estimate.value > 0);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r22_load_is_offered_times_weight),
	    cmocka_unit_test(r22_offered_is_served_and_rejected_and_the_growth_of_the_queue),
	    cmocka_unit_test(r22_rejections_that_stopped_being_sent_stop_counting),
	    cmocka_unit_test(r22_a_queue_record_sent_twice_does_not_end_its_growth),
	    cmocka_unit_test(r22_offered_is_never_below_zero_and_demand_overrides_what_was_served),
	    cmocka_unit_test(r22_a_familys_own_demand_counts_where_its_skus_weigh_the_same),
	    cmocka_unit_test(r22_a_familys_own_demand_is_refused_where_its_skus_weigh_differently),
	    cmocka_unit_test(r22_the_gauge_counts_until_every_family_is_fresh),
	    cmocka_unit_test(r22_a_load_is_observed_once),
	    cmocka_unit_test(r22_a_reading_is_dated_by_its_newest_signal),
	    cmocka_unit_test(r22_a_gauge_near_its_end_is_censored),
	    cmocka_unit_test(r22_running_counts_rented_gpus_as_far_as_they_run),
	    cmocka_unit_test(r22_a_fresh_capacity_signal_says_what_runs),
	    cmocka_unit_test(r22_an_outage_raises_no_price),
	    cmocka_unit_test(r22_a_lot_counts_until_its_term_ends),
	    cmocka_unit_test(r22_cost_is_of_all_lots_at_their_listed_size),
	    cmocka_unit_test(r22_pools_do_not_share_their_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
