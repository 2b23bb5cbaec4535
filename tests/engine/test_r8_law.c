/* test_r8_law.c - what a law is asked with and told (R8), and the dates and versions of what it leads to (R9). */
#include <string.h>

#include "tests/engine/world.h"

#define POINT (SP_NANO / 100)

static void newest_alone(world *w)
{
	memset(w->pools[0].load.params, 0, sizeof w->pools[0].load.params);
	memset(w->pools[0].cost.params, 0, sizeof w->pools[0].cost.params);
}

static void r8_a_law_is_asked_with_its_last_readings_even_when_they_are_stale(void **state)
{
	world w;
	const sp_law_input *in = &world_says.input;

	(void)state;
	world_init(&w);
	newest_alone(&w);
	w.pools[0].clocks[SP_CLOCK_DEMAND].feed = SP_FEED_FED;
	world_build(&w);
	world_step(&w);
	check_i64(in->readings[SP_READING_LOAD].answer.knowledge, SP_TOO_LITTLE);
	check_i64(in->readings[SP_READING_LOAD].clock, SP_CLOCK_STALE);
	world_send(&w, SP_KIND_utilization, "p", 0.5);
	world_step(&w);
	check_near(in->readings[SP_READING_LOAD].estimate.value, 4000, 0);
	check_i64(in->readings[SP_READING_LOAD].clock, SP_CLOCK_FRESH);
	world_steps(&w, 20);
	check_u64(world_says.decide_calls, 22);
	check_near(in->readings[SP_READING_LOAD].estimate.value, 4000, 0);
	check_i64(in->readings[SP_READING_LOAD].clock, SP_CLOCK_STALE);
	check_i64(in->readings[SP_READING_LOAD].estimate.age_ns, 21 * SP_MIN);
	check_near(in->capacity, 8000, 0);
	check_near(in->setpoint, 0.7, 1e-15);
	check_near(in->units_per_usd, 1e7, 1e-6); /* a token of weight 1 at 0.10 USD a million */
	check_near(in->readings[SP_READING_COST].estimate.value, 2 / 3.6e6, 1e-20);
	check_i64(in->readings[SP_READING_MARKET].answer.knowledge, SP_TOO_LITTLE);
	check_i64(in->period_ns, SP_MIN);
	check_i64(in->now_ns, w.now_ns);
	world_fini(&w);
}

static void r8_it_is_told_the_book_the_interval_and_what_bound_last(void **state)
{
	world w;
	const sp_law_input *in = &world_says.input;

	(void)state;
	world_init(&w);
	w.families[0].rails.min_interval_ns = 3 * SP_MIN;
	w.families[0].rails.max_step_ppb = POINT;
	w.families[0].rails.notice_ns = SP_HOUR;
	world_build(&w);
	world_push(&w, 2 * POINT);
	check_true(in->change_due);
	check_i64(in->since_change_ns, SP_TIME_NEVER);
	world_push(&w, 2 * POINT);
	check_u64(in->bound, SP_RAIL_BIT(step) | SP_RAIL_BIT(notice));
	check_i64(in->since_change_ns, SP_MIN);
	check_true(!in->change_due);
	check_i64(in->told.ppb, 101 * POINT);
	check_i64(in->in_force.ppb, SP_NANO);
	check_u64(in->n_pending, 1);
	check_i64(in->pending[0].not_before_ns, w.now_ns - SP_MIN + SP_HOUR);
	world_steps(&w, 2);
	check_u64(in->bound, SP_RAIL_BIT(min_interval)); /* the own index is back within the step */
	check_true(in->change_due);
	check_true(sp_engine_readings(w.engine, 0)->pending[0].index.ppb == 101 * POINT);
	world_fini(&w);
}

static void r8_means_are_since_the_last_change(void **state)
{
	world w;
	const sp_law_input *in = &world_says.input;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_step(&w);
	check_near(in->load_mean_count, 0, 0);
	world_send(&w, SP_KIND_utilization, "p", 0.5);
	world_step(&w);
	world_send(&w, SP_KIND_utilization, "p", 1.0);
	world_push(&w, POINT);
	check_near(in->load_mean, 6000, 0);
	check_near(in->load_mean_count, 2, 0);
	world_send(&w, SP_KIND_utilization, "p", 0.25);
	world_step(&w);
	check_near(in->load_mean, 2000, 0);
	check_near(in->load_mean_count, 1, 0);
	world_fini(&w);
}

/* EIP-1559 on 8,000 units/s at a setpoint of 0.7: used 7,200 of 5,600, so + floor(floor(10^9 x 1600 / 5600) / 8). Then the mean
 * of 0.9 and 0.5 is the target itself. */
static void r8_a_law_per_change_waits_and_uses_the_mean_since_then(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	world_use_law(&w, 0, "eip1559");
	w.families[0].rails.min_interval_ns = 10 * SP_MIN;
	world_build(&w);
	check_text(world_step(&w)->reason, "load_unknown");
	world_send(&w, SP_KIND_utilization, "p", 0.9);
	d = world_step(&w);
	check_i64(d->index.ppb, SP_NANO + 35714285);
	check_text(d->reason, "above_target");
	for (int i = 1; i < 10; i++) {
		world_send(&w, SP_KIND_utilization, "p", i <= 5 ? 0.9 : 0.5);
		d = world_step(&w);
		check_text(d->reason, "waiting");
		check_i64(d->wish.ppb, SP_NANO + 35714285);
	}
	world_send(&w, SP_KIND_utilization, "p", 0.5);
	d = world_step(&w);
	check_text(d->reason, "at_target");
	check_i64(d->outcome, SP_OUTCOME_HELD);
	world_fini(&w);
}

static void r8_a_law_is_told_of_every_change_of_what_was_told(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_push(&w, POINT);
	check_u64(world_says.told_calls, 1);
	check_i64(world_says.told.by, SP_TOLD_BY_LAW);
	check_i64(world_says.told.before.ppb, SP_NANO);
	check_i64(world_says.told.after.ppb, 101 * POINT);
	check_i64(world_says.told.now_ns, w.now_ns);
	world_set_index(&w, 0, 103 * POINT);
	world_step(&w);
	check_u64(world_says.told_calls, 2);
	check_i64(world_says.told.by, SP_TOLD_BY_HAND);
	world_steps(&w, 5);
	check_u64(world_says.told_calls, 2);
	world_fini(&w);
}

static void r9_a_price_takes_effect_after_lateness_and_convergence(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.setup.lateness_ns = 3 * SP_SEC;
	w.setup.convergence_ns = 7 * SP_SEC;
	world_build(&w);
	d = world_push(&w, POINT);
	check_i64(d->outcome, SP_OUTCOME_PUBLISHED);
	check_i64(d->prices[0].not_before_ns, w.now_ns + 10 * SP_SEC);
	check_i64(d->prices[1].not_before_existing_ns, w.now_ns + 10 * SP_SEC);
	check_i64(d->in_force.ppb, 101 * POINT); /* counted at its own tick */
	check_u64(d->n_activated, 0);
	check_i64(world_price(&w, 0), 101000000);
	world_fini(&w);
}

static void r9_a_raise_takes_effect_after_its_notice_where_that_is_longer(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].rails.notice_ns = SP_SEC;
	world_build(&w);
	d = world_push(&w, POINT);
	check_i64(d->outcome, SP_OUTCOME_ANNOUNCED);
	check_i64(d->prices[0].not_before_ns, w.now_ns + 4 * SP_SEC);
	check_u64(d->binds, SP_RAIL_BIT(notice));
	world_fini(&w);

	world_init(&w);
	w.families[0].rails.notice_ns = SP_DAY;
	world_build(&w);
	d = world_push(&w, POINT);
	check_i64(d->prices[0].not_before_ns, w.now_ns + SP_DAY);
	d = world_push(&w, -2 * POINT); /* cuts need none */
	check_i64(d->prices[0].not_before_ns, w.now_ns + 4 * SP_SEC);
	world_fini(&w);
}

static void r9_versions_rise_by_one_and_name_their_parent(void **state)
{
	world w;
	const sp_decision *d;
	uint64_t version;

	(void)state;
	world_init(&w);
	world_build(&w);
	sp_engine_price(w.engine, 0, &version);
	check_u64(version, 0);
	for (uint64_t i = 1; i < 5; i++) {
		d = world_push(&w, POINT);
		check_u64(d->prices[0].version, i);
		check_u64(d->prices[1].version, i);
		check_u64(d->prices[0].parent, i - 1);
		check_text(d->prices[0].unit, "1M tokens");
		sp_engine_price(w.engine, 1, &version);
		check_u64(version, i);
		world_step(&w);
	}
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r8_a_law_is_asked_with_its_last_readings_even_when_they_are_stale),
	    cmocka_unit_test(r8_it_is_told_the_book_the_interval_and_what_bound_last),
	    cmocka_unit_test(r8_means_are_since_the_last_change),
	    cmocka_unit_test(r8_a_law_per_change_waits_and_uses_the_mean_since_then),
	    cmocka_unit_test(r8_a_law_is_told_of_every_change_of_what_was_told),
	    cmocka_unit_test(r9_a_price_takes_effect_after_lateness_and_convergence),
	    cmocka_unit_test(r9_a_raise_takes_effect_after_its_notice_where_that_is_longer),
	    cmocka_unit_test(r9_versions_rise_by_one_and_name_their_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
