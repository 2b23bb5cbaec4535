/* test_r7_quantising.c - what makes a move wait: worst_of_last, min_interval, dead band, grid, in this order (R7). */
#include <string.h>

#include "tests/engine/world.h"

#define POINT (SP_NANO / 100)

/* Wishes of 1.03, 1.02 and 1.05 within the window: the lowest of them is told once 1.00 has left it. */
static void r7_worst_of_last_raises_to_the_lowest_and_cuts_to_the_highest(void **state)
{
	(void)state;
	for (int64_t sign = -1; sign <= 1; sign += 2) {
		world w;
		const sp_decision *d;
		world_init(&w);
		w.families[0].rails.worst_of_last_ns = 3 * SP_MIN;
		world_build(&w);
		world_step(&w);
		d = world_push(&w, sign * 3 * POINT);
		check_i64(d->outcome, SP_OUTCOME_HELD);
		check_u64(d->binds, SP_RAIL_BIT(worst_of_last));
		check_i64(world_term(d, "rail.worst_of_last"), -sign * 3 * POINT);
		world_push(&w, -sign * POINT);
		d = world_push(&w, sign * 3 * POINT);
		check_i64(d->wish.ppb, SP_NANO + sign * 5 * POINT);
		check_i64(world_step(&w)->outcome, SP_OUTCOME_HELD);
		d = world_step(&w); /* four minutes after the first wish */
		check_i64(d->outcome, SP_OUTCOME_PUBLISHED);
		check_i64(d->index.ppb, SP_NANO + sign * 2 * POINT);
		check_i64(world_term(d, "rail.worst_of_last"), -sign * 3 * POINT);
		world_fini(&w);
	}
}

static void r7_worst_of_last_lets_nothing_pass_that_turned_within_the_window(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	w.families[0].rails.worst_of_last_ns = 3 * SP_MIN;
	world_build(&w);
	world_step(&w);
	for (int i = 0; i < 20; i++) {
		check_i64(world_push(&w, 2 * POINT)->outcome, SP_OUTCOME_HELD);
		check_i64(world_push(&w, -2 * POINT)->outcome, SP_OUTCOME_HELD);
	}
	world_fini(&w);
}

static void r7_min_interval_ends_to_the_nanosecond(void **state)
{
	world w;
	const sp_decision *d;
	int64_t moved;

	(void)state;
	world_init(&w);
	w.families[0].rails.min_interval_ns = SP_HOUR;
	world_build(&w);
	world_push(&w, POINT);
	moved = w.now_ns;
	world_says.push_ppb = POINT;
	d = world_tick(&w, moved + SP_HOUR - 1);
	check_u64(d->binds, SP_RAIL_BIT(min_interval));
	check_true(!world_says.input.change_due);
	d = world_tick(&w, moved + SP_HOUR);
	check_i64(d->outcome, SP_OUTCOME_PUBLISHED);
	check_true(world_says.input.change_due);
	check_i64(world_says.input.since_change_ns, SP_HOUR);
	world_fini(&w);
}

static void r7_the_dead_bands_edge_is_free(void **state)
{
	(void)state;
	for (int64_t sign = -1; sign <= 1; sign += 2) {
		world w;
		world_init(&w);
		w.families[0].rails.dead_band_ppb = POINT;
		w.skus[0].sheet.nano = SP_NANO; /* so that a point of 10^-9 shows in the price */
		world_build(&w);
		check_u64(world_push(&w, sign * (POINT - 1))->binds, SP_RAIL_BIT(dead_band));
		check_i64(world_push(&w, sign)->outcome, SP_OUTCOME_PUBLISHED);
		world_fini(&w);
	}
}

static void r7_the_dead_band_is_of_the_last_told(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	w.families[0].rails.dead_band_ppb = POINT;
	world_build(&w);
	world_push(&w, 50 * POINT);
	check_u64(world_push(&w, POINT + POINT / 2 - 1)->binds, SP_RAIL_BIT(dead_band));
	check_i64(world_push(&w, 1)->outcome, SP_OUTCOME_PUBLISHED);
	world_fini(&w);
}

/* On a grid of a tenth of the sheet, prices round toward the last told: they move when the whole of a grid unit is reached. */
static void r7_a_move_that_changes_no_price_is_held_by_the_grid(void **state)
{
	(void)state;
	for (int64_t sign = -1; sign <= 1; sign += 2) {
		world w;
		const sp_decision *d;
		world_init(&w);
		w.skus[0].grid.nano = 10000000;
		w.skus[1].grid.nano = 40000000;
		world_build(&w);
		for (int i = 1; i < 10; i++) {
			d = world_push(&w, sign * POINT);
			check_u64(d->binds, SP_RAIL_BIT(grid));
			check_i64(d->wish.ppb, SP_NANO + sign * i * POINT);
			check_i64(world_term(d, "rail.grid"), -sign * i * POINT);
		}
		d = world_push(&w, sign * POINT);
		check_i64(d->outcome, SP_OUTCOME_PUBLISHED);
		check_money(d->prices[0].amount, (sp_money){100000000 + sign * 10000000});
		check_money(d->prices[1].amount, (sp_money){400000000 + sign * 40000000});
		world_fini(&w);
	}
}

static void r7_a_told_price_is_state_and_only_changed_ones_are_told(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.skus[0].grid.nano = 10000000;
	world_build(&w);
	d = world_push(&w, 15 * POINT); /* 0.115: toward 0.10 */
	check_money(d->prices[0].amount, (sp_money){110000000});
	d = world_push(&w, -3 * POINT); /* 0.112: 0.11 is near enough */
	check_u64(d->n_prices, 1);
	check_u64(d->prices[0].sku, 1);
	check_text(d->prices[0].sku_id, "f/output");
	check_money(d->prices[0].amount, (sp_money){448000000});
	d = world_push(&w, -3 * POINT); /* 0.109: rounds up to the 0.11 told */
	check_u64(d->n_prices, 1);
	check_i64(world_price(&w, 0), 110000000);
	d = world_push(&w, -10 * POINT); /* 0.099: toward 0.11 */
	check_money(d->prices[0].amount, (sp_money){100000000});
	check_i64(d->index.ppb, 99 * POINT); /* rounded prices never feed back */
	world_fini(&w);
}

static void r7_the_first_rail_in_the_order_names_the_hold(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	w.families[0].rails.worst_of_last_ns = 3 * SP_MIN;
	w.families[0].rails.min_interval_ns = 20 * SP_MIN;
	w.families[0].rails.dead_band_ppb = 2 * POINT;
	w.skus[0].grid.nano = 10000000;
	w.skus[1].grid.nano = 40000000;
	world_build(&w);
	world_step(&w);
	world_set_index(&w, 0, 110 * POINT);
	world_steps(&w, 8);
	check_u64(world_push(&w, POINT)->binds, SP_RAIL_BIT(worst_of_last));
	check_u64(world_steps(&w, 5)->binds, SP_RAIL_BIT(min_interval));
	check_u64(world_steps(&w, 8)->binds, SP_RAIL_BIT(dead_band));
	world_push(&w, 2 * POINT);
	check_u64(world_steps(&w, 5)->binds, SP_RAIL_BIT(grid));
	world_fini(&w);
}

/* The floor is raised by a new configuration: the way back waits for nothing, keeps to the step, and the offer says so. */
static void r6_the_way_back_into_the_bounds_waits_for_nothing(void **state)
{
	world w, raised;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_push(&w, -10 * POINT);
	world_init(&raised);
	raised.families[0].rails.floor_ppb = 98 * POINT;
	raised.families[0].rails.max_step_ppb = 5 * POINT;
	raised.families[0].rails.min_interval_ns = SP_HOUR;
	raised.families[0].rails.worst_of_last_ns = SP_HOUR;
	raised.families[0].rails.dead_band_ppb = 20 * POINT;
	world_build(&raised);
	check_status(world_carry(&raised, &w, false, NULL), SP_OK);
	d = world_step(&raised);
	check_i64(d->outcome, SP_OUTCOME_PUBLISHED);
	check_i64(d->index.ppb, 945000000);
	check_u64(d->binds, SP_RAIL_BIT(floor) | SP_RAIL_BIT(step));
	check_i64(d->offer, SP_OFFER_RESTRICTED);
	check_i64(d->prices[0].offer, SP_OFFER_RESTRICTED);
	check_true(world_alarm(&raised, "outside_bounds") && world_alarm(&raised, "outside_bounds")->raised);
	d = world_step(&raised);
	check_i64(d->index.ppb, 980000000);
	check_i64(d->offer, SP_OFFER_OPEN);
	check_i64(d->prices[0].offer, SP_OFFER_OPEN);
	check_true(world_alarm(&raised, "outside_bounds") && !world_alarm(&raised, "outside_bounds")->raised);
	check_i64(world_step(&raised)->outcome, SP_OUTCOME_HELD);
	world_fini(&w);
	world_fini(&raised);
}

static void r6_while_notice_delays_the_way_back_the_offer_stays_restricted(void **state)
{
	world w, raised;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_push(&w, -10 * POINT);
	world_init(&raised);
	raised.families[0].rails.floor_ppb = 98 * POINT;
	raised.families[0].rails.notice_ns = SP_HOUR;
	world_build(&raised);
	check_status(world_carry(&raised, &w, false, NULL), SP_OK);
	d = world_step(&raised);
	check_i64(d->outcome, SP_OUTCOME_ANNOUNCED);
	check_i64(d->index.ppb, 980000000);
	check_i64(d->offer, SP_OFFER_RESTRICTED);
	d = world_steps(&raised, 59);
	check_i64(d->offer, SP_OFFER_RESTRICTED);
	check_true(world_alarmed(&raised, "outside_bounds", "f"));
	d = world_step(&raised);
	check_i64(d->in_force.ppb, 980000000);
	check_i64(d->offer, SP_OFFER_OPEN);
	check_true(!world_alarmed(&raised, "outside_bounds", "f"));
	world_fini(&w);
	world_fini(&raised);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r7_worst_of_last_raises_to_the_lowest_and_cuts_to_the_highest),
	    cmocka_unit_test(r7_worst_of_last_lets_nothing_pass_that_turned_within_the_window),
	    cmocka_unit_test(r7_min_interval_ends_to_the_nanosecond),
	    cmocka_unit_test(r7_the_dead_bands_edge_is_free),
	    cmocka_unit_test(r7_the_dead_band_is_of_the_last_told),
	    cmocka_unit_test(r7_a_move_that_changes_no_price_is_held_by_the_grid),
	    cmocka_unit_test(r7_a_told_price_is_state_and_only_changed_ones_are_told),
	    cmocka_unit_test(r7_the_first_rail_in_the_order_names_the_hold),
	    cmocka_unit_test(r6_the_way_back_into_the_bounds_waits_for_nothing),
	    cmocka_unit_test(r6_while_notice_delays_the_way_back_the_offer_stays_restricted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
