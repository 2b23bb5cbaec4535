/* test_totals.c - a kind that arrives as a running total: rates are made of it, and where it goes back none is. */
#include <string.h>

#include "controller/engine/state.h"
#include "tests/engine/world.h"

/* `served` as totals, and the newest observation alone as the load. */
static void counting(world *w)
{
	world_init(w);
	memset(w->pools[0].load.params, 0, sizeof w->pools[0].load.params);
	w->setup.kinds[SP_KIND_served].total = true;
	world_build(w);
}

static double load(world *w)
{
	const sp_reading *reading;

	world_step(w);
	reading = &sp_engine_readings(w->engine, 0)->readings[SP_READING_LOAD];
	return reading->answer.knowledge == SP_KNOWN ? reading->estimate.value : -1;
}

static sp_refusal count(world *w, double total)
{
	return world_send(w, SP_KIND_served, "f/input", total);
}

static void a_total_becomes_the_rate_since_the_one_before(void **state)
{
	world w;

	(void)state;
	counting(&w);
	check_i64(count(&w, 1e9), SP_REFUSED_none);
	check_near(load(&w), -1, 0); /* one total is no rate */
	check_i64(count(&w, 1e9 + 60 * 500), SP_REFUSED_none);
	check_near(load(&w), 500, 0);
	world_steps(&w, 2);
	count(&w, 1e9 + 60 * 500 + 180 * 700);
	check_near(load(&w), 700, 0); /* a gap is the mean over it */
	count(&w, 1e9 + 60 * 500 + 180 * 700);
	check_near(load(&w), 0, 0); /* standing still is a rate of 0 */
	count(&w, 1.001e9);
	check_i64(count(&w, 1.001e9), SP_REFUSED_none); /* again of the same instant */
	check_i64(world_send_at(&w, SP_KIND_served, "f/input", 1e9, w.now_ns - SP_MIN), SP_REFUSED_older);
	check_i64(count(&w, -1), SP_REFUSED_out_of_range);
	check_i64(world_send(&w, SP_KIND_served, "p", 1), SP_REFUSED_wrong_subject);
	world_fini(&w);
}

static void a_reset_makes_no_rate_and_is_counted(void **state)
{
	static const double back_to[] = {0, 60 * 100, 0.9e9}; /* restarted, restarted a while ago, corrected */

	(void)state;
	for (size_t i = 0; i < sizeof back_to / sizeof back_to[0]; i++) {
		world w;
		counting(&w);
		count(&w, 1e9);
		world_step(&w);
		count(&w, 1e9 + 60 * 500);
		check_near(load(&w), 500, 0);
		check_i64(count(&w, back_to[i]), SP_REFUSED_total_reset);
		check_near(load(&w), 500, 0);
		check_u64(w.tick->refused[SP_REFUSED_total_reset], 1);
		check_u64(w.tick->taken, 0);
		count(&w, back_to[i] + 60 * 300);
		check_near(load(&w), 300, 0);
		check_u64(w.tick->refused[SP_REFUSED_total_reset], 0);
		world_fini(&w);
	}
}

/* P5: a total that is absurd waits until others agree, and is not what the next is compared with. */
static void a_rate_that_is_not_believed_leaves_the_total_where_it_was(void **state)
{
	world w;

	(void)state;
	counting(&w);
	count(&w, 1e9);
	world_step(&w);
	count(&w, 1e9 + 60 * 500);
	check_near(load(&w), 500, 0);
	check_i64(count(&w, 1e12), SP_REFUSED_jump);
	check_near(load(&w), 500, 0);
	check_i64(count(&w, 1e9 + 180 * 500), SP_REFUSED_none);
	check_near(load(&w), 500, 0);
	check_u64(w.tick->refused[SP_REFUSED_total_reset], 0);
	world_fini(&w);
}

static void totals_of_the_skus_do_not_mix(void **state)
{
	world w;

	(void)state;
	counting(&w);
	for (int i = 0; i < 5; i++) {
		count(&w, 1e6 + 60 * 100 * i);
		world_send(&w, SP_KIND_served, "f/output", 5e9 + 60 * 50 * i); /* weighs 4 */
		world_send(&w, SP_KIND_rejected, "f/input", 7);                /* no total: as it is */
		world_step(&w);
	}
	check_near(load(&w), 100 + 200 + 7, 0);
	world_fini(&w);
}

static void r12_what_is_dated_too_far_ahead_is_forgotten_at_the_first_tick(void **state)
{
	world w;

	(void)state;
	counting(&w);
	world_send_at(&w, SP_KIND_served, "f/input", 9e12, w.now_ns + SP_DAY);
	world_step(&w);
	check_u64(w.tick->refused[SP_REFUSED_future], 1);
	check_i64(count(&w, 1e6), SP_REFUSED_none);
	world_step(&w);
	count(&w, 1e6 + 600);
	check_near(load(&w), 10, 0);
	check_i64(world_send_at(&w, SP_KIND_served, "f/input", 2e6, w.now_ns + SP_DAY), SP_REFUSED_future);
	/* within the limit, but ahead of the period: it shuts nothing out */
	world_send_at(&w, SP_KIND_served, "f/input", 1e6 + 600 + 36000, w.now_ns + 30 * SP_MIN);
	check_i64(count(&w, 1e6 + 1200), SP_REFUSED_none);
	world_step(&w);
	count(&w, 1e6 + 1800);
	check_near(load(&w), 10, 0);
	world_fini(&w);
}

static void r13_a_checkpoint_holds_the_totals(void **state)
{
	static uint8_t bytes[1 << 20];
	world w, to;

	(void)state;
	counting(&w);
	counting(&to);
	for (int i = 0; i < 4; i++) {
		count(&w, 1e9 + 60 * 500 * i);
		world_step(&w);
	}
	check_true(sp_engine_save_size(w.engine) <= sizeof bytes);
	sp_engine_save(w.engine, bytes, sizeof bytes);
	check_status(sp_engine_restore(to.engine, bytes, sp_engine_save_size(w.engine), NULL), SP_OK);
	to.now_ns = w.now_ns;
	count(&w, 1e9 + 60 * 1600);
	count(&to, 1e9 + 60 * 1600);
	check_near(load(&w), 100, 0);
	check_near(load(&to), 100, 0);
	check_bytes(to.engine->block, w.engine->block, w.engine->block_size);
	world_fini(&w);
	world_fini(&to);
}

static void r17_a_reload_carries_totals_where_both_count(void **state)
{
	world w, to, plain;

	(void)state;
	counting(&w);
	counting(&to);
	world_init(&plain);
	world_build(&plain);
	count(&w, 1e9);
	world_step(&w);
	check_status(world_carry(&to, &w, false, NULL), SP_OK);
	count(&to, 1e9 + 60 * 500);
	check_near(load(&to), 500, 0);
	check_status(world_carry(&plain, &to, false, NULL), SP_OK);
	check_i64(world_send(&plain, SP_KIND_served, "f/input", 80), SP_REFUSED_none); /* now it is a rate again */
	check_u64(plain.engine->n_totals, 0);
	check_true(plain.engine->block_size < to.engine->block_size);
	world_fini(&w);
	world_fini(&to);
	world_fini(&plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_total_becomes_the_rate_since_the_one_before),
	    cmocka_unit_test(a_reset_makes_no_rate_and_is_counted),
	    cmocka_unit_test(a_rate_that_is_not_believed_leaves_the_total_where_it_was),
	    cmocka_unit_test(totals_of_the_skus_do_not_mix),
	    cmocka_unit_test(r12_what_is_dated_too_far_ahead_is_forgotten_at_the_first_tick),
	    cmocka_unit_test(r13_a_checkpoint_holds_the_totals),
	    cmocka_unit_test(r17_a_reload_carries_totals_where_both_count),
	};
	return cmocka_run_group_tests_name("engine: running totals", tests, NULL, NULL);
}
