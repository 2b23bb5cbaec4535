/* test_r2_real.c - following what is real: list prices in observe and propose, an alarm in auto (R2). */
#include <string.h>

#include "tests/engine/world.h"

#define POINT (SP_NANO / 100)

static void mode(world *w, sp_mode m)
{
	world_init(w);
	w->families[0].mode = m;
}

static void r2_a_list_price_moves_what_was_told_as_outside(void **state)
{
	world w;
	const sp_decision *d;
	uint64_t version;

	(void)state;
	mode(&w, SP_MODE_OBSERVE);
	world_build(&w);
	world_step(&w);
	check_i64(world_send(&w, SP_KIND_list_price, "f/input", 0.11), SP_REFUSED_none);
	d = world_step(&w);
	check_i64(d->outcome, SP_OUTCOME_HELD);
	check_true(d->recorded);
	check_i64(d->before.ppb, SP_NANO);
	check_i64(d->index.ppb, 110 * POINT);
	check_i64(d->in_force.ppb, 110 * POINT);
	check_i64(world_term(d, "outside"), 10 * POINT);
	check_u64(d->n_terms, 1);
	check_u64(d->n_activated, 2);
	check_money(sp_engine_price(w.engine, 1, &version), (sp_money){440000000});
	check_u64(version, 1);
	check_u64(world_says.told_calls, 1);
	check_i64(world_says.told.by, SP_TOLD_OUTSIDE);
	check_i64(world_says.told.before.ppb, SP_NANO);
	check_i64(world_says.told.after.ppb, 110 * POINT);
	d = world_step(&w); /* said once */
	check_i64(d->before.ppb, 110 * POINT);
	check_u64(d->n_terms, 0);
	world_fini(&w);
}

/* 1.2 and 1.1: the lower; 1.3, 1.1, 1.2: the middle; with 1.25 beside them the lower of the middle two. */
static void r2_the_index_is_the_lower_median_and_each_sku_keeps_its_own_price(void **state)
{
	world w;

	(void)state;
	mode(&w, SP_MODE_OBSERVE);
	world_add_sku(&w, "cached", SP_NANO / 50, 0.2);
	world_add_sku(&w, "image", SP_NANO, 40);
	world_build(&w);
	world_send(&w, SP_KIND_list_price, "f/input", 0.12);
	world_send(&w, SP_KIND_list_price, "f/output", 0.44);
	check_i64(world_step(&w)->in_force.ppb, 110 * POINT);
	check_i64(world_price(&w, 0), 120000000);
	check_i64(world_price(&w, 1), 440000000);
	check_i64(world_price(&w, 2), 22000000);
	world_send(&w, SP_KIND_list_price, "f/input", 0.13);
	world_send(&w, SP_KIND_list_price, "f/cached", 0.024);
	check_i64(world_step(&w)->in_force.ppb, 120 * POINT);
	check_i64(world_price(&w, 3), SP_NANO * 12 / 10);
	world_send(&w, SP_KIND_list_price, "f/image", 1.25);
	check_i64(world_step(&w)->in_force.ppb, 120 * POINT);
	check_i64(world_price(&w, 3), SP_NANO * 125 / 100);
	world_fini(&w);
}

static void r2_the_index_of_a_list_price_is_rounded_half_to_even(void **state)
{
	world w;

	(void)state;
	mode(&w, SP_MODE_OBSERVE);
	w.skus[0].sheet.nano = 2 * SP_NANO;
	world_build(&w);
	world_send(&w, SP_KIND_list_price, "f/input", 2.000000001); /* 1000000000.5 */
	check_i64(world_step(&w)->in_force.ppb, 1000000000);
	world_send(&w, SP_KIND_list_price, "f/input", 2.000000003); /* 1000000001.5 */
	check_i64(world_step(&w)->in_force.ppb, 1000000002);
	world_fini(&w);
}

static void r2_in_auto_a_list_price_moves_nothing_and_alarms_beyond_a_thousandth(void **state)
{
	world w;
	const sp_alarm_change *alarm;
	int64_t raised;

	(void)state;
	mode(&w, SP_MODE_AUTO);
	world_build(&w);
	world_send(&w, SP_KIND_list_price, "f/input", 0.1001);
	check_i64(world_step(&w)->in_force.ppb, SP_NANO);
	check_true(world_alarm(&w, "list_price_differs") == NULL);
	world_send(&w, SP_KIND_list_price, "f/input", 0.100100001);
	check_u64(world_step(&w)->n_terms, 0);
	check_i64(world_price(&w, 0), 100000000);
	alarm = world_alarm(&w, "list_price_differs");
	check_true(alarm && alarm->raised);
	check_text(alarm->alarm.subject, "f");
	raised = w.now_ns;
	check_i64(alarm->alarm.since_ns, raised);
	world_step(&w);
	check_true(world_alarm(&w, "list_price_differs") == NULL && world_alarmed(&w, "list_price_differs", "f"));
	world_send(&w, SP_KIND_list_price, "f/input", 0.0999);
	world_step(&w);
	alarm = world_alarm(&w, "list_price_differs");
	check_true(alarm && !alarm->raised);
	check_i64(alarm->alarm.since_ns, raised);
	check_true(!world_alarmed(&w, "list_price_differs", "f"));
	world_fini(&w);
}

static void r2_in_auto_a_list_price_older_than_the_version_in_force_is_no_alarm(void **state)
{
	world w;

	(void)state;
	mode(&w, SP_MODE_AUTO);
	world_build(&w);
	world_send(&w, SP_KIND_list_price, "f/input", 0.1);
	world_push(&w, 5 * POINT);
	check_true(world_alarm(&w, "list_price_differs") == NULL);
	world_send(&w, SP_KIND_list_price, "f/input", 0.1);
	world_step(&w);
	check_true(world_alarm(&w, "list_price_differs") && world_alarm(&w, "list_price_differs")->raised);
	world_fini(&w);
}

static void r2_the_later_event_time_decides(void **state)
{
	world w;
	const sp_decision *d;
	int64_t told_ns;

	(void)state;
	mode(&w, SP_MODE_PROPOSE);
	world_build(&w);
	world_set_index(&w, 0, 110 * POINT);
	world_step(&w);
	told_ns = w.now_ns;
	world_send_at(&w, SP_KIND_list_price, "f/input", 0.12, told_ns - 1);
	d = world_step(&w);
	check_i64(d->in_force.ppb, 110 * POINT);
	check_u64(d->n_terms, 0);
	world_send_at(&w, SP_KIND_list_price, "f/input", 0.12, told_ns + 1);
	d = world_step(&w);
	check_i64(d->in_force.ppb, 120 * POINT);
	check_i64(world_term(d, "outside"), 10 * POINT);
	world_fini(&w);
}

/* After a person's change the first SKU to be charged anew speaks for itself: the other's old list price is history. */
static void r2_a_list_price_from_before_the_version_in_force_no_longer_counts(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	mode(&w, SP_MODE_PROPOSE);
	world_build(&w);
	world_send(&w, SP_KIND_list_price, "f/input", 0.1);
	world_send(&w, SP_KIND_list_price, "f/output", 0.4);
	world_step(&w);
	world_set_index(&w, 0, 110 * POINT);
	world_step(&w);
	world_send_at(&w, SP_KIND_list_price, "f/output", 0.44, w.now_ns + SP_SEC);
	d = world_step(&w);
	check_u64(d->n_terms, 0);
	check_i64(d->in_force.ppb, 110 * POINT);
	check_i64(world_price(&w, 0), 110000000);
	world_fini(&w);
}

static void r2_an_announced_version_yields_to_a_later_list_price(void **state)
{
	world w;
	const sp_decision *d;
	int64_t date;

	(void)state;
	mode(&w, SP_MODE_PROPOSE);
	w.families[0].rails.notice_ns = SP_HOUR;
	world_build(&w);
	world_set_index(&w, 0, 105 * POINT);
	date = world_step(&w)->prices[0].not_before_ns;
	check_i64(world_says.input.told.ppb, SP_NANO);
	world_send_at(&w, SP_KIND_list_price, "f/input", 0.1, date + 10 * SP_SEC);
	d = world_tick(&w, date + SP_MIN);
	check_u64(d->n_activated, 0);
	check_i64(d->before.ppb, 105 * POINT);
	check_i64(d->index.ppb, SP_NANO);
	check_i64(world_term(d, "outside"), -5 * POINT);
	check_i64(world_price(&w, 0), 100000000);
	world_fini(&w);
}

static void r2_an_announced_version_comes_into_force_over_an_earlier_list_price(void **state)
{
	world w;
	const sp_decision *d;
	int64_t date;

	(void)state;
	mode(&w, SP_MODE_PROPOSE);
	w.families[0].rails.notice_ns = SP_HOUR;
	world_build(&w);
	world_set_index(&w, 0, 105 * POINT);
	date = world_step(&w)->prices[0].not_before_ns;
	world_send_at(&w, SP_KIND_list_price, "f/input", 0.1, date - SP_SEC);
	d = world_tick(&w, date + SP_MIN);
	check_i64(d->in_force.ppb, 105 * POINT);
	check_u64(d->n_terms, 0);
	check_i64(world_price(&w, 0), 105000000);
	world_fini(&w);
}

static void r2_while_a_raise_waits_a_list_price_moves_only_what_is_in_force(void **state)
{
	world w;
	const sp_decision *d;
	uint64_t version, later;
	int64_t date;

	(void)state;
	mode(&w, SP_MODE_PROPOSE);
	w.families[0].rails.notice_ns = SP_HOUR;
	world_build(&w);
	world_set_index(&w, 0, 105 * POINT);
	date = world_step(&w)->prices[0].not_before_ns;
	world_send(&w, SP_KIND_list_price, "f/input", 0.102);
	d = world_step(&w);
	check_i64(d->in_force.ppb, 102 * POINT);
	check_i64(d->index.ppb, 105 * POINT);
	check_u64(d->n_terms, 0);
	check_u64(d->n_activated, 2);
	sp_engine_price(w.engine, 0, &version);
	check_u64(version, 2);
	world_steps(&w, 5);
	sp_engine_price(w.engine, 0, &later);
	check_u64(later, version);
	d = world_tick(&w, date);
	check_u64(d->activated[0].version, 3); /* it stands on the world's own, and so has a number after it */
	check_i64(world_price(&w, 0), 105000000);
	world_fini(&w);
}

/* 10^6 USD on a sheet of 0.10: an index of 10^7 is none. It neither moves the family nor keeps a version from its date. */
static void r2_a_list_price_that_no_index_can_be_is_not_followed(void **state)
{
	world w;
	const sp_decision *d;
	int64_t date;

	(void)state;
	mode(&w, SP_MODE_PROPOSE);
	w.families[0].rails.notice_ns = SP_HOUR;
	world_build(&w);
	world_send(&w, SP_KIND_list_price, "f/input", 1e6);
	d = world_step(&w);
	check_u64(d->n_activated, 0);
	check_i64(d->in_force.ppb, SP_NANO);
	world_set_index(&w, 0, 105 * POINT);
	date = world_step(&w)->prices[0].not_before_ns;
	check_i64(world_send_at(&w, SP_KIND_list_price, "f/input", 9e5, date + SP_SEC), SP_REFUSED_none);
	d = world_tick(&w, date + SP_MIN);
	check_i64(d->in_force.ppb, 105 * POINT);
	world_send(&w, SP_KIND_list_price, "f/output", 0.5);
	d = world_step(&w);
	check_i64(d->in_force.ppb, 125 * POINT);
	check_i64(world_price(&w, 0), 125000000); /* the family's index, for want of a price of its own */
	world_fini(&w);
}

static void r2_a_move_outside_clears_the_ledger_and_restarts_the_interval(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	mode(&w, SP_MODE_OBSERVE);
	w.families[0].rails.min_interval_ns = 10 * SP_MIN;
	w.families[0].rails.dead_band_ppb = 5 * POINT;
	world_build(&w);
	world_push(&w, 2 * POINT);
	world_step(&w);
	check_i64(world_says.input.own.ppb, 102 * POINT);
	check_true(world_says.input.change_due);
	world_send(&w, SP_KIND_list_price, "f/input", 0.11);
	d = world_push(&w, POINT);
	check_i64(world_says.input.own.ppb, 110 * POINT);
	check_true(!world_says.input.change_due);
	check_i64(world_term(d, "push"), POINT);
	check_i64(world_term(d, "rail.min_interval"), -POINT);
	check_i64(d->index.ppb, 110 * POINT);
	check_true(!(world_steps(&w, 9), world_says.input.change_due));
	world_step(&w);
	check_true(world_says.input.change_due);
	world_fini(&w);
}

static void r2_prices_sent_in_auto_are_followed_once_the_family_observes(void **state)
{
	world w, observing;
	const sp_decision *d;

	(void)state;
	mode(&w, SP_MODE_AUTO);
	world_build(&w);
	world_push(&w, 5 * POINT);
	world_send(&w, SP_KIND_list_price, "f/input", 0.1);
	check_i64(world_step(&w)->in_force.ppb, 105 * POINT);
	mode(&observing, SP_MODE_OBSERVE);
	world_build(&observing);
	check_status(world_carry(&observing, &w, false, NULL), SP_OK);
	d = world_step(&observing);
	check_i64(d->in_force.ppb, SP_NANO);
	check_i64(world_term(d, "outside"), -5 * POINT);
	world_fini(&w);
	world_fini(&observing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r2_a_list_price_moves_what_was_told_as_outside),
	    cmocka_unit_test(r2_the_index_is_the_lower_median_and_each_sku_keeps_its_own_price),
	    cmocka_unit_test(r2_the_index_of_a_list_price_is_rounded_half_to_even),
	    cmocka_unit_test(r2_in_auto_a_list_price_moves_nothing_and_alarms_beyond_a_thousandth),
	    cmocka_unit_test(r2_in_auto_a_list_price_older_than_the_version_in_force_is_no_alarm),
	    cmocka_unit_test(r2_the_later_event_time_decides),
	    cmocka_unit_test(r2_a_list_price_from_before_the_version_in_force_no_longer_counts),
	    cmocka_unit_test(r2_an_announced_version_yields_to_a_later_list_price),
	    cmocka_unit_test(r2_an_announced_version_comes_into_force_over_an_earlier_list_price),
	    cmocka_unit_test(r2_while_a_raise_waits_a_list_price_moves_only_what_is_in_force),
	    cmocka_unit_test(r2_a_list_price_that_no_index_can_be_is_not_followed),
	    cmocka_unit_test(r2_a_move_outside_clears_the_ledger_and_restarts_the_interval),
	    cmocka_unit_test(r2_prices_sent_in_auto_are_followed_once_the_family_observes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
