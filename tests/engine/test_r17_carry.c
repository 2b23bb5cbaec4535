/* test_r17_carry.c - a reload: one engine takes over from another by id, whatever changed (R17). */
#include <string.h>

#include "tests/engine/world.h"

#define POINT (SP_NANO / 100)

typedef struct bytes {
	uint8_t at[1 << 14];
	size_t n;
} bytes;

static void encode(bytes *b, const sp_decision *d)
{
	sp_writer writer = {.at = b->at, .size = sizeof b->at};

	sp_decision_encode(d, &writer);
	b->n = writer.n;
}

/* Much of what there is: two families, notice, rates, clocks, an estimator with a memory. */
static void rich(world *w)
{
	world_init(w);
	world_add_family(w, "g", 0);
	w->lots[0].by_signal = true;
	w->pools[0].clocks[SP_CLOCK_DEMAND].feed = SP_FEED_FED;
	w->pools[0].clocks[SP_CLOCK_COST].feed = SP_FEED_FED;
	w->families[0].rails.notice_ns = 3 * SP_MIN;
	w->families[0].rails.max_per_hour_ppb = 5 * POINT;
	w->families[0].rails.max_per_day_ppb = 10 * POINT;
	w->families[0].rails.worst_of_last_ns = 2 * SP_MIN;
	w->families[0].rails.min_interval_ns = 5 * SP_MIN;
	world_use_law(w, 1, "utilization_pi");
}

static void live(world *w, int i)
{
	world_says.push_ppb = (i % 7 - 3) * POINT / 2;
	world_says.cost_ppb = i % 11 * POINT / 3;
	if (i % 2 == 0)
		world_send(w, SP_KIND_utilization, "p", 0.4 + i % 5 * 0.1);
	if (i % 3 == 0)
		world_send(w, SP_KIND_usd_per_gpu_h, "p:base", 2 + i % 4 * 0.1);
	if (i % 4 == 0)
		world_published(w, 4 * SP_MIN);
	if (i % 3 == 0) {
		world_bar(w, SP_SCOPE_ALL, 0, w->now_ns);
		world_thaw(w, SP_SCOPE_ALL, 0);
	}
	world_step(w);
}

/* A reload of the same configuration at any tick changes no decision from then on, byte for byte. */
static void r17_a_reload_of_the_same_configuration_changes_nothing(void **state)
{
	static bytes want, got;

	(void)state;
	for (int at = 1; at < 60; at += 3) {
		world w, reloaded;
		uint32_t withdrawn = 0;
		rich(&w);
		world_build(&w);
		for (int i = 0; i < at; i++)
			live(&w, i);
		rich(&reloaded);
		world_build(&reloaded);
		check_status(world_carry(&reloaded, &w, false, NULL), SP_OK);
		world_says.action = SP_LAW_MOVE;
		for (int i = at; i < at + 60; i++) {
			live(&w, i);
			live(&reloaded, i);
			withdrawn += strcmp(w.tick->decisions[0].reason, "withdrawn") == 0;
			for (uint32_t f = 0; f < 2; f++) {
				encode(&want, &w.tick->decisions[f]);
				encode(&got, &reloaded.tick->decisions[f]);
				check_u64(got.n, want.n);
				check_bytes(got.at, want.at, want.n);
				check_true(w.tick->decisions[f].recorded == reloaded.tick->decisions[f].recorded);
			}
			check_u64(reloaded.tick->n_alarms, w.tick->n_alarms);
			check_u64(reloaded.tick->n_rollups, w.tick->n_rollups);
		}
		check_true(withdrawn > 0);
		world_fini(&w);
		world_fini(&reloaded);
	}
}

static void r17_book_versions_interval_and_freeze_are_carried_by_id(void **state)
{
	world w, to;
	const sp_decision *d;
	int64_t date;

	(void)state;
	world_init(&w);
	w.families[0].rails.notice_ns = 10 * SP_MIN;
	w.families[0].rails.min_interval_ns = SP_HOUR;
	world_build(&w);
	date = world_push(&w, 3 * POINT)->prices[0].not_before_ns;
	world_freeze(&w, SP_SCOPE_FAMILY, 0);
	world_step(&w);
	/* Another family comes before it, so that every slot is another. */
	world_init(&to);
	to.setup.n_families = to.setup.n_skus = 0;
	world_add_family(&to, "a", 0);
	world_add_family(&to, "f", 0);
	to.families[1].rails.min_interval_ns = SP_HOUR;
	world_build(&to);
	check_status(world_carry(&to, &w, false, NULL), SP_OK);
	check_true(!sp_engine_frozen(to.engine, 0) && sp_engine_frozen(to.engine, 1));
	check_i64(sp_engine_now(to.engine), w.now_ns);
	world_tick(&to, date);
	d = &to.tick->decisions[1];
	check_text(d->family_id, "f");
	check_u64(d->activated[0].version, 1);
	check_i64(world_price(&to, 2), 103000000);
	check_i64(world_price(&to, 0), 100000000);
	world_thaw(&to, SP_SCOPE_FAMILY, 1);
	world_says.action = SP_LAW_MOVE;
	world_push(&to, POINT);
	check_i64(to.tick->decisions[0].outcome, SP_OUTCOME_PUBLISHED);
	check_u64(to.tick->decisions[1].binds, SP_RAIL_BIT(min_interval)); /* since before the reload */
	world_fini(&w);
	world_fini(&to);
}

static void r17_rate_windows_are_carried_whatever_the_new_limit(void **state)
{
	world w, to;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].rails.max_per_day_ppb = 20 * POINT;
	world_build(&w);
	world_push(&w, 10 * POINT);
	world_init(&to);
	to.families[0].rails.max_per_day_ppb = 12 * POINT;
	world_build(&to);
	check_status(world_carry(&to, &w, false, NULL), SP_OK);
	d = world_push(&to, 10 * POINT);
	check_i64(d->index.ppb, 112 * POINT); /* of the day's lowest, 1.00 */
	check_u64(d->binds, SP_RAIL_BIT(rate_day));
	world_fini(&w);
	world_fini(&to);
}

static void r17_alarms_and_clock_ages_are_carried(void **state)
{
	world w, to;

	(void)state;
	rich(&w);
	world_build(&w);
	world_send(&w, SP_KIND_utilization, "p", 0.5);
	world_steps(&w, 3);
	check_true(world_alarmed(&w, "stale_cost", "p"));
	rich(&to);
	to.families[0].rails.max_step_ppb = POINT;
	world_build(&to);
	check_status(world_carry(&to, &w, false, NULL), SP_OK);
	world_step(&to);
	check_u64(to.tick->n_alarms, 0); /* it stands, and is not raised anew */
	check_true(world_alarmed(&to, "stale_cost", "p"));
	check_i64(to.tick->decisions[0].clocks[SP_CLOCK_DEMAND].age_ns, 4 * SP_MIN);
	check_i64(to.tick->decisions[0].clocks[SP_CLOCK_DEMAND].state, SP_CLOCK_FRESH);
	world_fini(&w);
	world_fini(&to);
}

static void r17_a_clock_declared_absent_clears_its_alarm(void **state)
{
	world w, to;

	(void)state;
	rich(&w);
	world_build(&w);
	world_step(&w);
	rich(&to);
	to.pools[0].clocks[SP_CLOCK_COST].feed = SP_FEED_ABSENT;
	world_build(&to);
	check_status(world_carry(&to, &w, false, NULL), SP_OK);
	world_step(&to);
	check_true(world_alarm(&to, "stale_cost") && !world_alarm(&to, "stale_cost")->raised);
	world_fini(&w);
	world_fini(&to);
}

static double load_of(const world *w)
{
	return sp_engine_readings(w->engine, 0)->readings[SP_READING_LOAD].estimate.value;
}

/* 0.2, then 0.8: an ewma remembers the first, a fresh one knows only the last. */
static void r17_estimators_start_fresh_only_when_they_changed(void **state)
{
	(void)state;
	for (int changed = 0; changed < 3; changed++) {
		world w, to;
		double before;
		world_init(&w);
		world_build(&w);
		world_send(&w, SP_KIND_utilization, "p", 0.2);
		world_step(&w);
		world_send(&w, SP_KIND_utilization, "p", 0.8);
		world_step(&w);
		before = load_of(&w);
		check_true(before > 3000 && before < 5000);
		world_init(&to);
		if (changed == 1) {
			to.pools[0].load.ops = sp_estimator_find("holt", 4);
			sp_params_init(to.pools[0].load.ops->params, to.pools[0].load.ops->n_params, to.pools[0].load.params);
		} else if (changed == 2) {
			memset(to.pools[0].load.params, 0, sizeof to.pools[0].load.params);
			memset(to.pools[0].cost.params, 0, sizeof to.pools[0].cost.params);
		}
		world_build(&to);
		check_status(world_carry(&to, &w, false, NULL), SP_OK);
		world_step(&to);
		if (changed == 1) /* of one observation it makes no trend */
			check_i64(sp_engine_readings(to.engine, 0)->readings[SP_READING_LOAD].answer.knowledge, SP_TOO_LITTLE);
		else
			check_near(load_of(&to), changed ? 6400 : before, 1e-9);
		check_i64(sp_engine_readings(to.engine, 0)->readings[SP_READING_COST].answer.knowledge, SP_KNOWN);
		world_fini(&w);
		world_fini(&to);
	}
}

/* cost_plus remembers the cost that the price carries. The same law keeps it; another parameter begins at today's cost. */
static void r17_a_laws_state_starts_fresh_only_when_it_changed(void **state)
{
	(void)state;
	for (int changed = 0; changed < 2; changed++) {
		world w, to;
		const sp_decision *d;
		world_init(&w);
		world_use_law(&w, 0, "cost_plus");
		w.lots[0].by_signal = true;
		w.pools[0].units_per_gpu_s = 1e6 / 18;
		memset(w.pools[0].cost.params, 0, sizeof w.pools[0].cost.params);
		w.families[0].rails.dead_band_ppb = 10 * POINT;
		world_build(&w);
		world_send(&w, SP_KIND_usd_per_gpu_h, "p:base", 2);
		world_step(&w);
		world_send(&w, SP_KIND_usd_per_gpu_h, "p:base", 3);
		d = world_step(&w);
		check_near((double)d->wish.ppb, 1.05e9, 2);
		to = w;
		to.names = NULL;
		if (changed)
			memcpy(to.families[0].law_params, &(int64_t){SP_NANO / 2}, sizeof(int64_t)); /* up: 50 % */
		world_build(&to);
		check_status(world_carry(&to, &w, false, NULL), SP_OK);
		d = world_step(&to);
		check_near((double)d->wish.ppb, changed ? 1e9 : 1.05e9, 2);
		world_fini(&w);
		world_fini(&to);
	}
}

static void r17_another_law_begins_at_the_last_told(void **state)
{
	world w, to;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].rails.dead_band_ppb = 20 * POINT;
	world_build(&w);
	world_push(&w, 5 * POINT);
	world_init(&to);
	world_use_law(&to, 0, "fixed");
	world_build(&to);
	check_status(world_carry(&to, &w, false, NULL), SP_OK);
	d = world_step(&to);
	check_i64(d->wish.ppb, SP_NANO);
	check_u64(d->n_terms, 0);
	check_true(d->recorded); /* its reason is another law's */
	world_fini(&w);
	world_fini(&to);
}

static void r17_switching_to_auto_makes_no_jump(void **state)
{
	world w, to;

	(void)state;
	world_init(&w);
	w.families[0].mode = SP_MODE_PROPOSE;
	world_build(&w);
	for (int i = 0; i < 100; i++)
		world_push(&w, 5 * POINT);
	world_init(&to);
	world_build(&to);
	check_status(world_carry(&to, &w, false, NULL), SP_OK);
	check_i64(world_step(&to)->index.ppb, SP_NANO);
	check_i64(world_price(&to, 0), 100000000);
	world_fini(&w);
	world_fini(&to);
}

static void r17_a_reload_that_loses_or_reprices_a_sku_is_refused_whole(void **state)
{
	world w, to;
	sp_message message = {0};

	(void)state;
	world_init(&w);
	world_add_family(&w, "g", 0);
	world_build(&w);
	world_push(&w, POINT);
	for (int what = 0; what < 3; what++) {
		world_init(&to);
		if (what != 0)
			world_add_family(&to, "g", 0);
		if (what == 1)
			to.skus[1].sheet.nano++;
		if (what == 2)
			to.skus[1].id = "f/another";
		world_build(&to);
		check_status(world_carry(&to, &w, false, &message), SP_E_MISMATCH);
		check_contains(message.text, what == 0   ? "g/input (removed), g/output (removed)"
		                             : what == 1 ? "f/output (another sheet price)"
		                                         : "f/output (removed)");
		check_i64(sp_engine_now(to.engine), SP_TIME_MIN_NS); /* as it was initialised */
		check_i64(world_price(&to, 0), to.skus[0].sheet.nano);
		world_fini(&to);
	}
	world_fini(&w);
}

static void r17_a_sku_of_another_family_is_refused_and_many_rows_are_counted(void **state)
{
	world w, to;
	sp_message message = {0};

	(void)state;
	world_init(&w);
	world_add_family(&w, "g", 0);
	world_add_family(&w, "h", 0);
	world_build(&w);
	world_init(&to);
	to.setup.n_families = to.setup.n_skus = 0;
	world_add_family(&to, "z", 0);
	to.skus[0].id = "f/input";
	world_build(&to);
	check_status(world_carry(&to, &w, true, &message), SP_E_MISMATCH);
	check_contains(message.text, "6 SKUs");
	check_contains(message.text, "f/input (another family)");
	check_contains(message.text, "…");
	world_fini(&to);
	world_fini(&w);
}

/* A sheet of 0.12 instead of 0.10 at an index of 1.05, and 1.10 announced. */
static void r17_an_accepted_sheet_keeps_the_index(void **state)
{
	world w, to;
	const sp_decision *d;
	int64_t date;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_push(&w, 5 * POINT);
	w.families[0].rails.notice_ns = 10 * SP_MIN;
	date = world_push(&w, 5 * POINT)->prices[0].not_before_ns;
	world_init(&to);
	to.skus[0].sheet.nano = 120000000;
	world_build(&to);
	check_status(world_carry(&to, &w, true, NULL), SP_OK);
	check_i64(world_price(&to, 0), 126000000);
	check_i64(world_price(&to, 1), 420000000);
	d = world_step(&to);
	check_i64(d->before.ppb, 110 * POINT);
	check_i64(d->in_force.ppb, 105 * POINT);
	world_tick(&to, date);
	check_i64(world_price(&to, 0), 132000000);
	world_fini(&w);
	world_fini(&to);
}

static void r17_new_rows_apply_at_sheet_times_index(void **state)
{
	world w, to;
	const sp_decision *d;
	int64_t date;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_push(&w, 5 * POINT);
	w.families[0].rails.notice_ns = 10 * SP_MIN;
	date = world_push(&w, 5 * POINT)->prices[0].not_before_ns;
	world_init(&to);
	world_add_sku(&to, "cached", SP_NANO / 50, 0.2);
	world_add_family(&to, "g", 0);
	world_build(&to);
	check_status(world_carry(&to, &w, false, NULL), SP_OK);
	check_i64(world_price(&to, 2), 21000000);
	check_i64(world_price(&to, 3), 100000000); /* a new family begins at its sheet */
	d = world_tick(&to, date);
	check_u64(d->n_activated, 3);
	check_i64(world_price(&to, 2), 22000000);
	world_says.action = SP_LAW_MOVE;
	d = world_push(&to, POINT);
	check_u64(d->n_prices, 3);
	check_money(d->prices[2].before, (sp_money){22000000});
	world_fini(&w);
	world_fini(&to);
}

static void r17_pools_and_families_that_are_new_start_fresh(void **state)
{
	world w, to;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_send(&w, SP_KIND_utilization, "p", 0.5);
	world_freeze(&w, SP_SCOPE_POOL, 0);
	world_step(&w);
	world_init(&to);
	world_add_pool(&to, "q");
	world_add_lot(&to, "base", 1);
	to.pools[1].first_lot = 1;
	world_add_family(&to, "g", 1);
	world_build(&to);
	check_status(world_carry(&to, &w, false, NULL), SP_OK);
	check_true(sp_engine_frozen(to.engine, 0) && !sp_engine_frozen(to.engine, 1));
	world_step(&to);
	check_i64(sp_engine_readings(to.engine, 0)->readings[SP_READING_LOAD].answer.knowledge, SP_KNOWN);
	check_i64(sp_engine_readings(to.engine, 1)->readings[SP_READING_LOAD].answer.knowledge, SP_TOO_LITTLE);
	world_fini(&w);
	world_fini(&to);
}

/* Sent for the family as a whole while its SKUs weighed the same; after the reload they do not: the last load stands. */
static void r17_demand_that_can_no_longer_be_weighed_stands_until_it_is_sent_by_sku(void **state)
{
	world w, to;

	(void)state;
	world_init(&w);
	w.skus[1].weight = 1;
	world_build(&w);
	world_send(&w, SP_KIND_demand, "f", 3000);
	world_step(&w);
	world_init(&to);
	memset(to.pools[0].load.params, 0, sizeof to.pools[0].load.params);
	world_build(&to);
	check_status(world_carry(&to, &w, false, NULL), SP_OK);
	world_step(&to);
	check_near(load_of(&to), 3000, 0);
	check_i64(world_send(&to, SP_KIND_demand, "f", 4000), SP_REFUSED_mixed_weights);
	world_send(&to, SP_KIND_demand, "f/output", 1000);
	world_step(&to);
	check_near(load_of(&to), 4000, 0);
	world_fini(&w);
	world_fini(&to);
}

static void r24_the_running_hour_goes_on_under_the_new_configuration(void **state)
{
	world w, to;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_step(&w);
	world_send(&w, SP_KIND_utilization, "p", 0.25);
	world_step(&w);
	world_init(&to);
	world_add_family(&to, "g", 0);
	world_build(&to);
	check_status(world_carry(&to, &w, false, NULL), SP_OK);
	world_send(&to, SP_KIND_utilization, "p", 0.75);
	world_tick(&to, WORLD_START + SP_HOUR);
	check_u64(to.tick->n_rollups, 1);
	check_text(to.tick->rollups[0].subject, "p");
	check_u64(to.tick->rollups[0].count, 2);
	check_near(to.tick->rollups[0].mean.real, 0.5, 0);
	world_fini(&w);
	world_fini(&to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r17_a_reload_of_the_same_configuration_changes_nothing),
	    cmocka_unit_test(r17_book_versions_interval_and_freeze_are_carried_by_id),
	    cmocka_unit_test(r17_rate_windows_are_carried_whatever_the_new_limit),
	    cmocka_unit_test(r17_alarms_and_clock_ages_are_carried),
	    cmocka_unit_test(r17_a_clock_declared_absent_clears_its_alarm),
	    cmocka_unit_test(r17_estimators_start_fresh_only_when_they_changed),
	    cmocka_unit_test(r17_a_laws_state_starts_fresh_only_when_it_changed),
	    cmocka_unit_test(r17_another_law_begins_at_the_last_told),
	    cmocka_unit_test(r17_switching_to_auto_makes_no_jump),
	    cmocka_unit_test(r17_a_reload_that_loses_or_reprices_a_sku_is_refused_whole),
	    cmocka_unit_test(r17_a_sku_of_another_family_is_refused_and_many_rows_are_counted),
	    cmocka_unit_test(r17_an_accepted_sheet_keeps_the_index),
	    cmocka_unit_test(r17_new_rows_apply_at_sheet_times_index),
	    cmocka_unit_test(r17_pools_and_families_that_are_new_start_fresh),
	    cmocka_unit_test(r17_demand_that_can_no_longer_be_weighed_stands_until_it_is_sent_by_sku),
	    cmocka_unit_test(r24_the_running_hour_goes_on_under_the_new_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
