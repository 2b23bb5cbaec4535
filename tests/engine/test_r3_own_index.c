/* test_r3_own_index.c - the law's own index: what adds to it, what sets it back, what lets it run (R3). */
#include <string.h>

#include "base/math.h"
#include "tests/engine/world.h"

#define POINT (SP_NANO / 100)

/* A dead band of half the price: nothing moves, and the own index can be watched. */
static void banded(world *w)
{
	world_init(w);
	w->families[0].rails.dead_band_ppb = 50 * POINT;
}

/* The own index as the law is told at the next tick. */
static int64_t own_index(world *w)
{
	world_step(w);
	return world_says.input.own.ppb;
}

static void r3_increments_add_and_levels_replace(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	banded(&w);
	world_build(&w);
	world_says.cost_ppb = 3 * POINT;
	check_i64(world_push(&w, POINT)->wish.ppb, 104 * POINT);
	check_i64(world_push(&w, POINT)->wish.ppb, 105 * POINT);
	d = world_push(&w, POINT);
	check_i64(d->wish.ppb, 106 * POINT);
	check_i64(world_term(d, "push"), 3 * POINT);
	check_i64(world_term(d, "cost"), 3 * POINT);
	check_i64(world_term(d, "rail.dead_band"), -6 * POINT);
	world_says.cost_ppb = -POINT;
	check_i64(world_push(&w, 0)->wish.ppb, 102 * POINT);
	check_i64(own_index(&w), 102 * POINT);
	world_fini(&w);
}

static void r3_on_hold_increments_wait_and_levels_stand(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	banded(&w);
	world_build(&w);
	world_says.action = SP_LAW_HOLD;
	world_says.cost_ppb = 2 * POINT;
	d = world_push(&w, POINT);
	check_i64(d->wish.ppb, 102 * POINT);
	check_i64(world_term(d, "push"), 0);
	world_fini(&w);
}

/* 1 + 0.1, and then a tenth of what is reached: 1.21. */
static void r3_terms_are_applied_in_the_order_of_the_laws_table(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	banded(&w);
	world_build(&w);
	world_says.trend = sp_log(1.1);
	d = world_push(&w, 10 * POINT);
	check_near((double)d->wish.ppb, 1.21e9, 1);
	check_near((double)world_term(d, "trend"), 0.11e9, 1);
	check_i64(world_term(d, "push") + world_term(d, "trend"), d->wish.ppb - SP_NANO);
	world_fini(&w);
}

static void r3_a_saturating_rail_sets_it_to_what_it_allows(void **state)
{
	world w;

	(void)state;
	banded(&w);
	w.families[0].rails.max_step_ppb = 5 * POINT;
	world_build(&w);
	world_push(&w, 9 * POINT);
	check_i64(own_index(&w), 105 * POINT);
	world_push(&w, -POINT);
	check_i64(own_index(&w), 104 * POINT); /* nothing to unwind */
	world_fini(&w);
}

static void r3_floor_ceiling_and_rates_set_it_too(void **state)
{
	world w;

	(void)state;
	banded(&w);
	w.families[0].rails.ceiling_ppb = 103 * POINT;
	w.families[0].rails.floor_ppb = 98 * POINT;
	world_build(&w);
	world_push(&w, 9 * POINT);
	check_i64(own_index(&w), 103 * POINT);
	world_push(&w, -20 * POINT);
	check_i64(own_index(&w), 98 * POINT);
	world_fini(&w);

	banded(&w);
	w.families[0].rails.max_per_day_ppb = 2 * POINT;
	world_build(&w);
	world_push(&w, 9 * POINT);
	check_i64(own_index(&w), 102 * POINT);
	world_fini(&w);
}

static void r3_quantising_rails_let_it_run_until_the_change_is_due(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].rails.min_interval_ns = 5 * SP_MIN;
	world_build(&w);
	check_i64(world_push(&w, POINT)->outcome, SP_OUTCOME_PUBLISHED);
	for (int i = 1; i < 5; i++)
		check_i64(world_push(&w, POINT)->index.ppb, 101 * POINT);
	d = world_push(&w, POINT);
	check_i64(d->index.ppb, 106 * POINT);
	check_i64(world_term(d, "push"), 5 * POINT);
	world_fini(&w);
}

static void r3_freeze_sets_it_back_to_the_last_told(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	banded(&w);
	world_build(&w);
	world_push(&w, 2 * POINT);
	world_freeze(&w, SP_SCOPE_FAMILY, 0);
	d = world_push(&w, POINT);
	check_i64(d->wish.ppb, 103 * POINT);
	check_i64(world_term(d, "rail.frozen"), -3 * POINT);
	check_u64(d->binds, SP_RAIL_BIT(frozen));
	check_i64(own_index(&w), SP_NANO);
	world_fini(&w);
}

static void r3_a_stale_clock_sets_it_back_to_the_last_told(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	banded(&w);
	w.pools[0].clocks[SP_CLOCK_RELIABILITY].feed = SP_FEED_FED;
	world_build(&w);
	world_push(&w, 2 * POINT);
	check_i64(own_index(&w), 102 * POINT); /* stale from the start: raises are free */
	d = world_push(&w, -3 * POINT);
	check_u64(d->binds, SP_RAIL_BIT(stale_reliability));
	check_i64(world_term(d, "rail.stale_reliability"), POINT);
	check_i64(own_index(&w), SP_NANO);
	world_fini(&w);
}

/* What the load drove while a change was waiting is no longer true once the load is unknown. */
static void r3_what_load_drove_is_dropped_when_the_load_goes_stale(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].rails.min_interval_ns = 30 * SP_MIN;
	w.pools[0].clocks[SP_CLOCK_DEMAND].feed = SP_FEED_FED;
	world_build(&w);
	world_send(&w, SP_KIND_utilization, "p", 0.9);
	check_i64(world_push(&w, POINT)->index.ppb, 101 * POINT);
	for (int i = 1; i < 15; i++)
		world_push(&w, POINT);
	check_i64(own_index(&w), 115 * POINT);
	d = &w.tick->decisions[0];
	check_u64(d->binds, SP_RAIL_BIT(stale_demand));
	check_i64(d->wish.ppb, 101 * POINT);
	check_i64(world_steps(&w, 30)->index.ppb, 101 * POINT);
	world_fini(&w);
}

static void r3_a_cost_level_that_reverts_leaves_nothing_behind(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].rails.max_step_ppb = 5 * POINT;
	w.families[0].rails.min_interval_ns = SP_HOUR;
	world_build(&w);
	world_push(&w, POINT);
	world_says.cost_ppb = 10 * POINT;
	d = world_steps(&w, 3);
	check_i64(d->wish.ppb, 111 * POINT);
	check_i64(world_term(d, "rail.step"), -10 * POINT + 5 * POINT + POINT / 20);
	world_says.cost_ppb = 0;
	d = world_step(&w);
	check_i64(d->wish.ppb, 101 * POINT);
	check_u64(d->n_terms, 0);
	check_i64(world_steps(&w, 60)->index.ppb, 101 * POINT);
	world_fini(&w);
}

static void r3_the_law_is_told_what_share_of_a_cost_level_passed(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	w.families[0].rails.max_step_ppb = 5 * POINT;
	world_build(&w);
	world_says.cost_ppb = 20 * POINT;
	check_i64(world_step(&w)->index.ppb, 105 * POINT);
	check_near(world_says.told.cost_passed, 0.25, 0);
	check_i64(world_says.told.by, SP_TOLD_BY_LAW);
	world_says.cost_ppb = 2 * POINT;
	world_step(&w);
	check_near(world_says.told.cost_passed, 1, 0);
	world_says.cost_ppb = 0;
	world_push(&w, POINT);
	check_near(world_says.told.cost_passed, 1, 0);
	world_fini(&w);
}

/* The real law: a GPU price from 2 to 3 USD is worth 5 points here; a step of 2 % passes it on in three moves. */
static void r3_what_a_rail_cut_off_a_cost_rise_stays_due(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	world_use_law(&w, 0, "cost_plus");
	w.families[0].rails.max_step_ppb = 2 * POINT;
	w.pools[0].units_per_gpu_s = 1e6 / 18;
	w.lots[0].by_signal = true;
	memset(w.pools[0].cost.params, 0, sizeof w.pools[0].cost.params); /* the newest price alone */
	world_build(&w);
	world_send(&w, SP_KIND_usd_per_gpu_h, "p:base", 2);
	check_text(world_step(&w)->reason, "cost_steady");
	world_send(&w, SP_KIND_usd_per_gpu_h, "p:base", 3);
	check_i64(world_step(&w)->index.ppb, 102 * POINT);
	check_i64(world_step(&w)->index.ppb, 102 * POINT + 102 * POINT / 50);
	check_near((double)world_step(&w)->index.ppb, 1.05e9, 3);
	check_near((double)world_steps(&w, 20)->index.ppb, 1.05e9, 3);
	world_fini(&w);
}

static void r3_in_observe_and_propose_it_goes_back_after_a_move_that_would_be(void **state)
{
	(void)state;
	for (sp_mode mode = SP_MODE_OBSERVE; mode <= SP_MODE_PROPOSE; mode++) {
		world w;
		const sp_decision *d;
		world_init(&w);
		w.families[0].mode = mode;
		w.families[0].rails.min_interval_ns = 10 * SP_MIN;
		world_build(&w);
		d = world_push(&w, 3 * POINT);
		check_i64(d->outcome, mode == SP_MODE_OBSERVE ? SP_OUTCOME_OBSERVED : SP_OUTCOME_PROPOSED);
		check_i64(d->index.ppb, 103 * POINT);
		check_i64(d->in_force.ppb, SP_NANO);
		check_u64(d->n_prices, 2);
		check_u64(world_says.told_calls, 0);
		world_says.push_ppb = POINT;
		for (int i = 1; i < 10; i++) {
			d = world_step(&w);
			check_i64(world_says.input.own.ppb, SP_NANO + (i - 1) * POINT);
			check_u64(d->binds, SP_RAIL_BIT(min_interval)); /* it counts from the would-be move */
		}
		d = world_step(&w);
		check_true(d->outcome == SP_OUTCOME_OBSERVED || d->outcome == SP_OUTCOME_PROPOSED);
		check_i64(d->index.ppb, 110 * POINT);
		world_fini(&w);
	}
}

static void a_month(world *w, sp_mode mode)
{
	world_init(w);
	w->families[0].mode = mode;
	w->families[0].rails.max_step_ppb = 5 * POINT;
	w->families[0].rails.max_per_day_ppb = 25 * POINT;
	w->families[0].rails.min_interval_ns = SP_HOUR;
	w->families[0].rails.dead_band_ppb = POINT / 2;
	world_build(w);
}

/* 30 days of a constant error: the wish stays within one permitted move, and the push of one tick before the rail sees
 * it, of the price that the world charges. Then auto begins there: no jump. */
static void r3_thirty_days_of_observing_wind_up_nothing(void **state)
{
	world w, automatic;
	const sp_decision *d;
	int64_t charged = 102 * POINT, step = charged / 20;

	(void)state;
	a_month(&w, SP_MODE_OBSERVE);
	world_send(&w, SP_KIND_list_price, "f/input", 0.102);
	world_send(&w, SP_KIND_list_price, "f/output", 0.408);
	world_says.push_ppb = POINT;
	for (int i = 0; i < 30 * 24 * 60; i++) {
		d = world_step(&w);
		check_i64(d->in_force.ppb, charged);
		check_true(d->wish.ppb <= charged + step + POINT && d->wish.ppb >= charged);
		check_true(d->index.ppb <= charged + step);
	}
	a_month(&automatic, SP_MODE_AUTO);
	world_says.push_ppb = POINT;
	check_status(world_carry(&automatic, &w, false, NULL), SP_OK);
	for (int i = 0; i < 60; i++) {
		d = world_step(&automatic);
		check_true(d->index.ppb <= charged + step);
	}
	check_i64(d->in_force.ppb, charged + step); /* one permitted move in the first hour */
	world_fini(&w);
	world_fini(&automatic);
}

static void r3_whatever_changes_the_last_told_sets_it_there(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	w.families[0].rails.min_interval_ns = SP_HOUR;
	world_build(&w);
	world_push(&w, POINT);
	world_push(&w, POINT);
	world_set_index(&w, 0, 120 * POINT);
	world_push(&w, POINT);
	check_i64(own_index(&w), 120 * POINT);
	check_i64(world_says.told.by, SP_TOLD_BY_HAND);
	check_i64(world_says.told.before.ppb, 101 * POINT);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r3_increments_add_and_levels_replace),
	    cmocka_unit_test(r3_on_hold_increments_wait_and_levels_stand),
	    cmocka_unit_test(r3_terms_are_applied_in_the_order_of_the_laws_table),
	    cmocka_unit_test(r3_a_saturating_rail_sets_it_to_what_it_allows),
	    cmocka_unit_test(r3_floor_ceiling_and_rates_set_it_too),
	    cmocka_unit_test(r3_quantising_rails_let_it_run_until_the_change_is_due),
	    cmocka_unit_test(r3_freeze_sets_it_back_to_the_last_told),
	    cmocka_unit_test(r3_a_stale_clock_sets_it_back_to_the_last_told),
	    cmocka_unit_test(r3_what_load_drove_is_dropped_when_the_load_goes_stale),
	    cmocka_unit_test(r3_a_cost_level_that_reverts_leaves_nothing_behind),
	    cmocka_unit_test(r3_the_law_is_told_what_share_of_a_cost_level_passed),
	    cmocka_unit_test(r3_what_a_rail_cut_off_a_cost_rise_stays_due),
	    cmocka_unit_test(r3_in_observe_and_propose_it_goes_back_after_a_move_that_would_be),
	    cmocka_unit_test(r3_thirty_days_of_observing_wind_up_nothing),
	    cmocka_unit_test(r3_whatever_changes_the_last_told_sets_it_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
