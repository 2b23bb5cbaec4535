/* test_r1_told.c - what customers were told last: several announced versions, lowered, withdrawn and come into force (R1). */
#include <string.h>

#include "tests/engine/world.h"

#define POINT (SP_NANO / 100) /* one percent of the sheet, in index points */

/* A raise needs an hour's notice; the sheet is 0.10 and 0.40 USD. */
static void noticed(world *w)
{
	world_init(w);
	w->families[0].rails.notice_ns = SP_HOUR;
}

static void r1_steps_count_from_the_latest_announced_version(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	noticed(&w);
	w.families[0].rails.max_step_ppb = 5 * POINT;
	world_build(&w);
	world_push(&w, 5 * POINT);
	d = world_push(&w, 10 * POINT);
	check_i64(d->outcome, SP_OUTCOME_ANNOUNCED);
	check_i64(d->before.ppb, 1050000000);
	check_i64(d->index.ppb, 1102500000); /* + floor(1.05 x 5 %) */
	check_i64(world_term(d, "rail.step"), -47500000);
	check_i64(d->in_force.ppb, SP_NANO);
	check_money(d->prices[0].before, (sp_money){105000000});
	check_money(d->prices[0].amount, (sp_money){110250000});
	check_u64(world_says.input.n_pending, 1);
	check_i64(world_says.input.pending[0].index.ppb, 1050000000);
	world_fini(&w);
}

static void r1_a_further_raise_is_a_new_version_with_full_notice(void **state)
{
	world w;
	const sp_decision *d;
	int64_t first;

	(void)state;
	noticed(&w);
	world_build(&w);
	d = world_push(&w, POINT);
	first = d->prices[0].not_before_ns;
	check_i64(first, w.now_ns + SP_HOUR);
	check_u64(d->prices[0].version, 1);
	check_u64(d->prices[0].parent, 0);
	d = world_push(&w, POINT);
	check_i64(d->prices[0].not_before_ns, first + SP_MIN);
	check_i64(d->prices[0].not_before_existing_ns, first + SP_MIN);
	check_u64(d->prices[0].version, 2);
	check_u64(d->prices[0].parent, 1);
	d = world_tick(&w, first);
	check_u64(d->n_activated, 2);
	check_u64(d->activated[1].version, 1);
	check_money(d->activated[1].amount, (sp_money){404000000});
	check_i64(d->in_force.ppb, 1010000000);
	d = world_step(&w);
	check_u64(d->activated[0].version, 2);
	check_i64(world_price(&w, 0), 102000000);
	world_fini(&w);
}

static void r1_dates_rise_strictly_when_notice_has_become_shorter(void **state)
{
	world w, shorter;
	const sp_decision *d;
	int64_t first;

	(void)state;
	noticed(&w);
	world_build(&w);
	first = world_push(&w, POINT)->prices[0].not_before_ns;
	noticed(&shorter);
	shorter.families[0].rails.notice_ns = SP_MIN;
	world_build(&shorter);
	check_status(world_carry(&shorter, &w, false, NULL), SP_OK);
	world_says.action = SP_LAW_MOVE;
	d = world_push(&shorter, POINT);
	check_i64(d->prices[0].not_before_ns, first + 1);
	world_fini(&w);
	world_fini(&shorter);
}

/* 1.02, 1.05 and 1.08 wait; 1.04 withdraws the latter two and takes the date of 1.08. */
static void r1_a_lowered_raise_keeps_the_latest_date_withdrawn(void **state)
{
	world w;
	const sp_decision *d;
	int64_t first, last;

	(void)state;
	noticed(&w);
	world_build(&w);
	first = world_push(&w, 2 * POINT)->prices[0].not_before_ns;
	world_push(&w, 3 * POINT);
	last = world_push(&w, 3 * POINT)->prices[0].not_before_ns;
	d = world_push(&w, -4 * POINT);
	check_i64(d->outcome, SP_OUTCOME_ANNOUNCED);
	check_i64(d->index.ppb, 1040000000);
	check_i64(d->prices[0].not_before_ns, last);
	world_step(&w);
	check_u64(world_says.input.n_pending, 2);
	check_i64(world_says.input.pending[0].index.ppb, 1020000000);
	check_i64(world_says.input.pending[1].index.ppb, 1040000000);
	check_i64(world_tick(&w, first)->in_force.ppb, 1020000000);
	check_u64(world_step(&w)->n_activated, 0); /* 1.05 was withdrawn */
	d = world_tick(&w, last);
	check_u64(d->activated[0].version, 4);
	check_i64(d->in_force.ppb, 1040000000);
	check_i64(world_price(&w, 1), 416000000);
	world_fini(&w);
}

static void r1_lowering_to_the_level_of_a_waiting_version_keeps_its_date(void **state)
{
	world w;
	const sp_decision *d;
	int64_t first;

	(void)state;
	noticed(&w);
	world_build(&w);
	first = world_push(&w, 2 * POINT)->prices[0].not_before_ns;
	world_push(&w, 3 * POINT);
	d = world_push(&w, -3 * POINT);
	check_i64(d->outcome, SP_OUTCOME_ANNOUNCED);
	check_i64(d->prices[0].not_before_ns, first);
	check_u64(d->prices[0].version, 3);
	check_money(d->prices[0].amount, (sp_money){102000000});
	world_step(&w);
	check_u64(world_says.input.n_pending, 1);
	d = world_tick(&w, first);
	check_u64(d->activated[0].version, 3); /* the number that customers were told */
	check_u64(world_steps(&w, 10)->n_activated, 0);
	check_i64(world_price(&w, 0), 102000000);
	world_fini(&w);
}

static void r1_a_raise_withdrawn_never_comes_into_force(void **state)
{
	world w;
	const sp_decision *d;
	uint64_t version;

	(void)state;
	noticed(&w);
	world_build(&w);
	world_push(&w, 5 * POINT);
	d = world_push(&w, -5 * POINT);
	check_i64(d->outcome, SP_OUTCOME_PUBLISHED);
	check_i64(d->index.ppb, SP_NANO);
	check_u64(d->n_prices, 2);
	check_money(d->prices[1].before, (sp_money){420000000});
	check_money(d->prices[1].amount, (sp_money){400000000});
	check_u64(d->n_activated, 0);
	check_money(sp_engine_price(w.engine, 0, &version), (sp_money){100000000});
	check_u64(version, 2);
	for (int i = 0; i < 70; i++)
		check_u64(world_step(&w)->n_activated, 0);
	check_i64(world_price(&w, 0), 100000000);
	world_fini(&w);
}

/* The raise was made by cost. Taken back by the rest alone it would break the rest's own rates, were they not skipped. */
static void r1_withdrawing_skips_step_rates_and_interval(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	noticed(&w);
	w.families[0].rails.max_step_ppb = 6 * POINT;
	w.families[0].rails.max_per_day_ppb = w.families[0].rails.max_per_hour_ppb = POINT;
	w.families[0].rails.cost_max_per_day_ppb = 12 * POINT;
	w.families[0].rails.min_interval_ns = SP_MIN;
	world_build(&w);
	world_says.cost_ppb = 6 * POINT;
	world_step(&w);
	check_i64(world_step(&w)->index.ppb, 112 * POINT);
	world_says.cost_ppb = 0;
	world_says.push_ppb = -4 * POINT;
	d = world_tick(&w, w.now_ns + SP_SEC); /* the interval is not over */
	check_i64(d->outcome, SP_OUTCOME_ANNOUNCED);
	check_i64(d->index.ppb, 108 * POINT);
	check_u64(d->binds, SP_RAIL_BIT(notice));
	world_says.push_ppb = -8 * POINT; /* more than a step */
	d = world_tick(&w, w.now_ns + SP_SEC);
	check_i64(d->outcome, SP_OUTCOME_PUBLISHED);
	check_i64(d->index.ppb, SP_NANO);
	check_u64(d->binds, 0);
	world_fini(&w);
}

static void r1_a_wish_below_the_index_in_force_waits_there_for_the_interval(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	noticed(&w);
	w.families[0].rails.min_interval_ns = 2 * SP_HOUR;
	world_build(&w);
	world_push(&w, 5 * POINT);
	d = world_push(&w, -20 * POINT);
	check_i64(d->index.ppb, SP_NANO);
	check_u64(d->binds, SP_RAIL_BIT(min_interval));
	check_i64(world_term(d, "rail.min_interval"), 15 * POINT);
	check_i64(d->outcome, SP_OUTCOME_PUBLISHED);
	d = world_push(&w, -20 * POINT); /* nothing waits any more: now it holds */
	check_i64(d->outcome, SP_OUTCOME_HELD);
	world_fini(&w);
}

static void r1_a_wish_below_the_index_in_force_is_an_ordinary_cut_where_the_step_reaches_it(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	noticed(&w);
	w.families[0].rails.max_step_ppb = 5 * POINT;
	world_build(&w);
	world_push(&w, 5 * POINT);
	d = world_push(&w, -20 * POINT);
	check_i64(d->outcome, SP_OUTCOME_PUBLISHED);
	check_i64(d->index.ppb, 997500000); /* 1.05 - floor(1.05 x 5 %) */
	check_u64(world_steps(&w, 70)->n_activated, 0);
	check_i64(world_price(&w, 0), 99750000);
	world_fini(&w);

	noticed(&w);
	w.families[0].rails.max_step_ppb = 2 * POINT;
	world_build(&w);
	world_push(&w, 2 * POINT);
	world_push(&w, 2 * POINT);
	d = world_push(&w, -20 * POINT); /* the step alone ends at 1.0195: so to the index in force */
	check_i64(d->index.ppb, SP_NANO);
	check_u64(d->binds, SP_RAIL_BIT(step));
	world_fini(&w);
}

static void r1_withdrawing_still_waits_for_the_dead_band(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	noticed(&w);
	w.families[0].rails.dead_band_ppb = 2 * POINT;
	world_build(&w);
	world_push(&w, 5 * POINT);
	d = world_push(&w, -POINT);
	check_i64(d->outcome, SP_OUTCOME_HELD);
	check_u64(d->binds, SP_RAIL_BIT(dead_band));
	world_fini(&w);
}

static void r1_activation_is_the_first_act_of_its_tick_frozen_or_not(void **state)
{
	world w;
	const sp_decision *d;
	int64_t date;

	(void)state;
	noticed(&w);
	world_build(&w);
	date = world_push(&w, 5 * POINT)->prices[0].not_before_ns;
	world_freeze(&w, SP_SCOPE_ALL, 0);
	world_step(&w);
	check_true(!world_step(&w)->recorded);
	check_u64(world_tick(&w, date - 1)->n_activated, 0);
	d = world_tick(&w, date);
	check_u64(d->n_activated, 2);
	check_true(d->recorded);
	check_i64(d->outcome, SP_OUTCOME_HELD);
	check_i64(d->in_force.ppb, 1050000000);
	check_i64(world_says.input.in_force.ppb, 1050000000); /* the law was asked after it */
	check_text(d->reason, "frozen");
	world_fini(&w);
}

static void r1_after_skipped_ticks_the_latest_version_due_is_in_force(void **state)
{
	world w;
	const sp_decision *d;
	int64_t second;

	(void)state;
	noticed(&w);
	world_build(&w);
	world_push(&w, 2 * POINT);
	second = world_push(&w, 2 * POINT)->prices[0].not_before_ns;
	world_push(&w, 2 * POINT);
	d = world_tick(&w, second + 30 * SP_SEC);
	check_u64(w.tick->skipped, 58);
	check_u64(d->n_activated, 2);
	check_u64(d->activated[0].version, 2);
	check_i64(d->in_force.ppb, 1040000000);
	check_i64(d->index.ppb, 1060000000); /* the third is still what was told last */
	d = world_tick(&w, second + SP_MIN);
	check_u64(d->activated[0].version, 3);
	check_i64(world_price(&w, 0), 106000000);
	world_fini(&w);
}

static void r1_notice_ends_in_no_blackout(void **state)
{
	world w;
	const sp_decision *d;
	int64_t end = WORLD_START + 3 * SP_HOUR;

	(void)state;
	noticed(&w);
	w.setup.n_blackouts = 3;
	w.setup.blackouts[0] = (sp_blackout){WORLD_START + 2 * SP_HOUR, end}; /* adjoins the next */
	w.setup.blackouts[1] = (sp_blackout){WORLD_START + SP_HOUR, WORLD_START + 2 * SP_HOUR};
	w.setup.blackouts[2] = (sp_blackout){end, end + SP_DAY}; /* of other families */
	w.families[0].blackouts = 3;
	world_build(&w);
	d = world_push(&w, POINT);
	check_i64(d->prices[0].not_before_ns, end);
	d = world_push(&w, POINT);
	check_i64(d->prices[0].not_before_ns, end + 1);
	check_i64(world_tick(&w, end)->in_force.ppb, 1010000000);
	world_fini(&w);
}

static void r1_a_blackout_holds_cuts_and_raises_alike(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.setup.n_blackouts = 1;
	w.setup.blackouts[0] = (sp_blackout){WORLD_START + SP_HOUR, WORLD_START + 2 * SP_HOUR};
	w.families[0].blackouts = 1;
	world_build(&w);
	world_says.push_ppb = -POINT;
	d = world_tick(&w, WORLD_START + SP_HOUR - 5 * SP_SEC); /* in force before it begins */
	check_i64(d->outcome, SP_OUTCOME_PUBLISHED);
	d = world_tick(&w, WORLD_START + SP_HOUR - 4 * SP_SEC); /* would take effect as it begins */
	check_i64(d->outcome, SP_OUTCOME_HELD);
	check_u64(d->binds, SP_RAIL_BIT(blackout));
	check_i64(world_term(d, "rail.blackout"), POINT);
	d = world_tick(&w, WORLD_START + SP_HOUR);
	check_u64(d->binds, SP_RAIL_BIT(blackout));
	check_i64(world_says.input.own.ppb, 990000000); /* a promise sets it back to the last told */
	d = world_tick(&w, WORLD_START + 2 * SP_HOUR);
	check_i64(d->outcome, SP_OUTCOME_PUBLISHED);
	check_i64(d->index.ppb, 980000000);
	world_fini(&w);
}

static void r1_a_ninth_raise_finds_no_room_and_is_forgotten(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	noticed(&w);
	world_build(&w);
	for (int i = 0; i < SP_PENDING_MAX; i++)
		check_i64(world_push(&w, POINT)->outcome, SP_OUTCOME_ANNOUNCED);
	d = world_push(&w, POINT);
	check_i64(d->outcome, SP_OUTCOME_HELD);
	check_u64(d->binds, SP_RAIL_BIT(pending_full));
	check_u64(d->n_prices, 0);
	check_true(world_alarm(&w, "pending_full") && world_alarm(&w, "pending_full")->raised);
	d = world_push(&w, -POINT / 2); /* lowering needs no room */
	check_i64(world_says.input.own.ppb, 1080000000);
	check_i64(d->outcome, SP_OUTCOME_ANNOUNCED);
	check_i64(d->index.ppb, 1075000000);
	check_true(world_alarm(&w, "pending_full") && !world_alarm(&w, "pending_full")->raised);
	world_fini(&w);
}

/* A SKU on a coarse grid keeps its price of 0.11 when 1.10 and 1.11 are withdrawn for 1.03, but it comes later. */
static void r1_a_price_that_stays_is_told_its_later_date(void **state)
{
	world w;
	const sp_decision *d;
	int64_t first, later;

	(void)state;
	noticed(&w);
	w.skus[0].grid.nano = 10000000;
	world_build(&w);
	first = world_push(&w, 10 * POINT)->prices[0].not_before_ns;
	d = world_push(&w, POINT);
	check_u64(d->n_prices, 1); /* 0.11 at 1.11, too */
	later = d->prices[0].not_before_ns;
	d = world_push(&w, -8 * POINT);
	check_u64(d->n_prices, 2);
	check_money(d->prices[0].before, (sp_money){110000000});
	check_money(d->prices[0].amount, (sp_money){110000000});
	check_i64(d->prices[0].not_before_ns, later);
	check_money(d->prices[1].amount, (sp_money){412000000});
	check_u64(world_tick(&w, first)->n_activated, 0);
	check_u64(world_tick(&w, later)->n_activated, 2);
	check_i64(world_price(&w, 0), 110000000);
	world_fini(&w);
}

/* In propose a person's raise waits at 1.05, the world charges 1.20 and a person says 1.10: a cut, and nothing waits. */
static void r1_a_version_told_at_once_leaves_none_waiting_below_it(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	noticed(&w);
	w.families[0].mode = SP_MODE_PROPOSE;
	world_build(&w);
	world_set_index(&w, 0, 105 * POINT);
	check_i64(world_step(&w)->outcome, SP_OUTCOME_ANNOUNCED);
	world_send(&w, SP_KIND_list_price, "f/input", 0.12);
	world_send(&w, SP_KIND_list_price, "f/output", 0.48);
	world_set_index(&w, 0, 110 * POINT);
	d = world_step(&w);
	check_i64(d->outcome, SP_OUTCOME_PUBLISHED);
	check_i64(d->in_force.ppb, 110 * POINT);
	for (int i = 0; i < 70; i++)
		check_u64(world_step(&w)->n_activated, 0);
	check_i64(world_says.input.told.ppb, 110 * POINT);
	check_i64(world_price(&w, 0), 110000000);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r1_steps_count_from_the_latest_announced_version),
	    cmocka_unit_test(r1_a_further_raise_is_a_new_version_with_full_notice),
	    cmocka_unit_test(r1_dates_rise_strictly_when_notice_has_become_shorter),
	    cmocka_unit_test(r1_a_lowered_raise_keeps_the_latest_date_withdrawn),
	    cmocka_unit_test(r1_lowering_to_the_level_of_a_waiting_version_keeps_its_date),
	    cmocka_unit_test(r1_a_raise_withdrawn_never_comes_into_force),
	    cmocka_unit_test(r1_withdrawing_skips_step_rates_and_interval),
	    cmocka_unit_test(r1_a_wish_below_the_index_in_force_waits_there_for_the_interval),
	    cmocka_unit_test(r1_a_wish_below_the_index_in_force_is_an_ordinary_cut_where_the_step_reaches_it),
	    cmocka_unit_test(r1_withdrawing_still_waits_for_the_dead_band),
	    cmocka_unit_test(r1_activation_is_the_first_act_of_its_tick_frozen_or_not),
	    cmocka_unit_test(r1_after_skipped_ticks_the_latest_version_due_is_in_force),
	    cmocka_unit_test(r1_notice_ends_in_no_blackout),
	    cmocka_unit_test(r1_a_blackout_holds_cuts_and_raises_alike),
	    cmocka_unit_test(r1_a_ninth_raise_finds_no_room_and_is_forgotten),
	    cmocka_unit_test(r1_a_price_that_stays_is_told_its_later_date),
	    cmocka_unit_test(r1_a_version_told_at_once_leaves_none_waiting_below_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
