/* test_r10_clocks.c - the four clocks: what feeds them, when they are stale, and what then may move (R10, P5). */
#include <string.h>

#include "base/math.h"
#include "tests/engine/world.h"

#define POINT (SP_NANO / 100)

static sp_clock_reading clock_of(const world *w, sp_clock clock)
{
	return w->tick->decisions[0].clocks[clock];
}

static void feed(world *w, sp_clock clock, sp_clock_feed how)
{
	w->pools[0].clocks[clock].feed = how;
}

static void r10_what_the_configuration_reads_implies_the_clocks(void **state)
{
	world w;

	(void)state;
	for (int signalled = 0; signalled < 2; signalled++) {
		world_init(&w);
		for (sp_clock clock = 0; clock < SP_CLOCKS; clock++)
			feed(&w, clock, SP_FEED_IMPLIED);
		w.lots[0].by_signal = signalled;
		world_build(&w);
		world_step(&w);
		check_i64(clock_of(&w, SP_CLOCK_COST).state, signalled ? SP_CLOCK_STALE : SP_CLOCK_ABSENT);
		check_i64(clock_of(&w, SP_CLOCK_DEMAND).state, SP_CLOCK_STALE);
		check_i64(clock_of(&w, SP_CLOCK_RELIABILITY).state, SP_CLOCK_ABSENT);
		check_i64(clock_of(&w, SP_CLOCK_MARKET).state, SP_CLOCK_ABSENT);
		world_fini(&w);
	}
	world_init(&w);
	feed(&w, SP_CLOCK_DEMAND, SP_FEED_IMPLIED);
	world_use_law(&w, 0, "cost_plus"); /* reads no load */
	world_build(&w);
	world_step(&w);
	check_i64(clock_of(&w, SP_CLOCK_DEMAND).state, SP_CLOCK_ABSENT);
	world_fini(&w);
}

static void r10_an_absent_clock_constrains_nothing_and_has_no_age(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_send(&w, SP_KIND_utilization, "p", 0.5);
	d = world_push(&w, -POINT);
	check_i64(d->outcome, SP_OUTCOME_PUBLISHED);
	check_i64(clock_of(&w, SP_CLOCK_DEMAND).state, SP_CLOCK_ABSENT);
	check_i64(clock_of(&w, SP_CLOCK_DEMAND).age_ns, 0);
	check_u64(w.tick->n_alarms, 0);
	world_fini(&w);
}

static void r10_each_kind_feeds_its_clock(void **state)
{
	const struct {
		sp_signal_kind kind;
		const char *subject;
		sp_clock clock;
		double value;
	} cases[] = {
	    {SP_KIND_usd_per_gpu_h, "p:base", SP_CLOCK_COST, 2},  {SP_KIND_utilization, "p", SP_CLOCK_DEMAND, 0.5},
	    {SP_KIND_slo, "p", SP_CLOCK_RELIABILITY, 0.99},       {SP_KIND_incident, "p", SP_CLOCK_RELIABILITY, 0},
	    {SP_KIND_error_budget, "p", SP_CLOCK_RELIABILITY, 1}, {SP_KIND_market_price, "f/input", SP_CLOCK_MARKET, 0.1},
	    {SP_KIND_demand, "f/input", SP_CLOCK_DEMAND, 10},     {SP_KIND_served, "f/output", SP_CLOCK_DEMAND, 10},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		world w;
		world_init(&w);
		for (sp_clock clock = 0; clock < SP_CLOCKS; clock++)
			feed(&w, clock, SP_FEED_FED);
		w.lots[0].by_signal = true;
		world_build(&w);
		world_send(&w, cases[i].kind, cases[i].subject, cases[i].value);
		world_step(&w);
		for (sp_clock clock = 0; clock < SP_CLOCKS; clock++)
			check_i64(clock_of(&w, clock).state, clock == cases[i].clock ? SP_CLOCK_FRESH : SP_CLOCK_STALE);
		world_fini(&w);
	}
}

static void r10_what_is_rejected_or_queued_alone_is_no_demand(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	feed(&w, SP_CLOCK_DEMAND, SP_FEED_FED);
	world_build(&w);
	world_send(&w, SP_KIND_rejected, "f/input", 10);
	world_send(&w, SP_KIND_queue, "f/input", 10);
	world_step(&w);
	check_i64(clock_of(&w, SP_CLOCK_DEMAND).state, SP_CLOCK_STALE);
	world_fini(&w);
}

/* Age is tick less event time, never below 0; at exactly max_age a reading is fresh still. */
static void r10_a_clock_is_stale_from_the_start_and_past_its_age(void **state)
{
	world w;
	const sp_alarm_change *alarm;
	int64_t first, sent;

	(void)state;
	world_init(&w);
	feed(&w, SP_CLOCK_DEMAND, SP_FEED_FED);
	world_build(&w);
	world_step(&w);
	first = w.now_ns;
	check_i64(clock_of(&w, SP_CLOCK_DEMAND).state, SP_CLOCK_STALE);
	check_i64(clock_of(&w, SP_CLOCK_DEMAND).age_ns, 0);
	alarm = world_alarm(&w, "stale_demand");
	check_true(alarm && alarm->raised);
	check_text(alarm->alarm.subject, "p");
	check_i64(alarm->alarm.since_ns, first);
	sent = first + 90 * SP_SEC;
	world_send_at(&w, SP_KIND_utilization, "p", 0.5, sent);
	world_step(&w);
	check_i64(clock_of(&w, SP_CLOCK_DEMAND).state, SP_CLOCK_FRESH);
	check_i64(clock_of(&w, SP_CLOCK_DEMAND).age_ns, 0); /* dated ahead of the tick */
	alarm = world_alarm(&w, "stale_demand");
	check_true(alarm && !alarm->raised);
	check_i64(alarm->alarm.since_ns, first);
	world_tick(&w, sent + 15 * SP_MIN);
	check_i64(clock_of(&w, SP_CLOCK_DEMAND).state, SP_CLOCK_FRESH);
	check_i64(clock_of(&w, SP_CLOCK_DEMAND).age_ns, 15 * SP_MIN);
	world_tick(&w, sent + 15 * SP_MIN + 1);
	check_i64(clock_of(&w, SP_CLOCK_DEMAND).state, SP_CLOCK_STALE);
	check_i64(world_alarm(&w, "stale_demand")->alarm.since_ns, w.now_ns);
	world_fini(&w);
}

static void r10_the_oldest_signalled_lot_counts_and_one_that_ended_does_not(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	feed(&w, SP_CLOCK_COST, SP_FEED_IMPLIED);
	w.lots[0].by_signal = true;
	world_add_lot(&w, "spot", 0);
	w.lots[1].by_signal = true;
	w.lots[1].ends_ns = WORLD_START + 10 * SP_MIN;
	world_build(&w);
	world_send(&w, SP_KIND_usd_per_gpu_h, "p:base", 2);
	world_step(&w);
	check_i64(clock_of(&w, SP_CLOCK_COST).state, SP_CLOCK_STALE); /* spot never came */
	world_send_at(&w, SP_KIND_usd_per_gpu_h, "p:spot", 2, WORLD_START);
	world_send(&w, SP_KIND_usd_per_gpu_h, "p:base", 2);
	world_step(&w);
	check_i64(clock_of(&w, SP_CLOCK_COST).state, SP_CLOCK_FRESH);
	check_i64(clock_of(&w, SP_CLOCK_COST).age_ns, 2 * SP_MIN);
	world_steps(&w, 8);
	check_i64(clock_of(&w, SP_CLOCK_COST).age_ns, 9 * SP_MIN);
	world_fini(&w);
}

static void r10_demand_is_as_old_as_its_oldest_family_unless_the_gauge_serves(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	feed(&w, SP_CLOCK_DEMAND, SP_FEED_FED);
	world_add_family(&w, "g", 0);
	world_build(&w);
	world_send(&w, SP_KIND_demand, "f/input", 10);
	world_step(&w);
	check_i64(clock_of(&w, SP_CLOCK_DEMAND).state, SP_CLOCK_STALE); /* g never came, and there is no load */
	check_i64(world_says.input.readings[SP_READING_LOAD].answer.knowledge, SP_TOO_LITTLE);
	world_send(&w, SP_KIND_demand, "g/output", 10);
	world_steps(&w, 3);
	world_send(&w, SP_KIND_demand, "f/input", 10);
	world_step(&w);
	check_i64(clock_of(&w, SP_CLOCK_DEMAND).age_ns, 4 * SP_MIN);
	world_steps(&w, 12);
	check_i64(clock_of(&w, SP_CLOCK_DEMAND).state, SP_CLOCK_STALE);
	world_send(&w, SP_KIND_utilization, "p", 0.5);
	world_step(&w);
	check_i64(clock_of(&w, SP_CLOCK_DEMAND).state, SP_CLOCK_FRESH);
	check_i64(clock_of(&w, SP_CLOCK_DEMAND).age_ns, SP_MIN);
	world_fini(&w);
}

static void r10_a_stale_cost_or_reliability_lets_no_price_fall(void **state)
{
	const sp_clock clocks[] = {SP_CLOCK_COST, SP_CLOCK_RELIABILITY};
	const uint32_t binds[] = {SP_RAIL_BIT(stale_cost), SP_RAIL_BIT(stale_reliability)};

	(void)state;
	for (int i = 0; i < 2; i++) {
		world w;
		const sp_decision *d;
		world_init(&w);
		w.lots[0].by_signal = true;
		feed(&w, clocks[i], SP_FEED_FED);
		world_build(&w);
		d = world_push(&w, -POINT);
		check_i64(d->outcome, SP_OUTCOME_HELD);
		check_u64(d->binds, binds[i]);
		check_i64(d->wish.ppb, 99 * POINT);
		check_i64(world_push(&w, POINT)->outcome, SP_OUTCOME_PUBLISHED);
		world_send(&w, i == 0 ? SP_KIND_usd_per_gpu_h : SP_KIND_slo, i == 0 ? "p:base" : "p", 1);
		check_i64(world_push(&w, -POINT)->outcome, SP_OUTCOME_PUBLISHED);
		world_fini(&w);
	}
}

static void r10_a_stale_demand_lets_no_load_move_a_price(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	feed(&w, SP_CLOCK_DEMAND, SP_FEED_FED);
	world_build(&w);
	d = world_push(&w, POINT);
	check_i64(d->outcome, SP_OUTCOME_HELD);
	check_u64(d->binds, SP_RAIL_BIT(stale_demand));
	check_i64(d->wish.ppb, SP_NANO);
	world_says.cost_ppb = 2 * POINT; /* cost is another clock's */
	d = world_push(&w, POINT);
	check_i64(d->index.ppb, 102 * POINT);
	check_i64(world_term(d, "push"), 0);
	world_fini(&w);
}

static void r10_a_stale_market_keeps_its_term_where_it_is(void **state)
{
	world w;
	const sp_decision *d = NULL;
	int64_t held;

	(void)state;
	world_init(&w);
	w.families[0].rails.dead_band_ppb = 50 * POINT;
	feed(&w, SP_CLOCK_MARKET, SP_FEED_FED);
	world_build(&w);
	world_send(&w, SP_KIND_market_price, "f/input", 0.1);
	world_says.trend = sp_log(1.001);
	check_near((double)world_term(world_step(&w), "trend"), 1e6, 1);
	for (int i = 0; i < 20; i++)
		d = world_push(&w, POINT);
	check_u64(d->binds, SP_RAIL_BIT(stale_market) | SP_RAIL_BIT(dead_band));
	check_i64(world_term(d, "push"), 20 * POINT); /* others go on */
	held = world_term(d, "trend");
	check_true(held > 10000000 && held < 20000000); /* some fifteen ticks of it */
	check_i64(world_term(world_step(&w), "trend"), held);
	world_fini(&w);
}

static void r10_two_stale_clocks_hold_everything(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.lots[0].by_signal = true;
	feed(&w, SP_CLOCK_COST, SP_FEED_FED);
	feed(&w, SP_CLOCK_DEMAND, SP_FEED_FED);
	world_build(&w);
	world_says.cost_ppb = POINT;
	d = world_step(&w);
	check_i64(d->outcome, SP_OUTCOME_HELD);
	check_true((d->binds & SP_RAIL_BIT(stale_cost)) && (d->binds & SP_RAIL_BIT(stale_demand)));
	world_send(&w, SP_KIND_utilization, "p", 0.5);
	check_i64(world_step(&w)->outcome, SP_OUTCOME_PUBLISHED);
	world_fini(&w);
}

static void r10_the_market_is_not_one_of_the_two(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	feed(&w, SP_CLOCK_MARKET, SP_FEED_FED);
	feed(&w, SP_CLOCK_RELIABILITY, SP_FEED_FED);
	world_build(&w);
	check_i64(world_push(&w, POINT)->outcome, SP_OUTCOME_PUBLISHED);
	world_fini(&w);
}

static void r10_one_way_moves_end_after_max_hold(void **state)
{
	world w;
	const sp_decision *d;
	const sp_alarm_change *alarm;
	int64_t since;

	(void)state;
	world_init(&w);
	feed(&w, SP_CLOCK_RELIABILITY, SP_FEED_FED);
	w.pools[0].max_hold_ns = 10 * SP_MIN;
	world_build(&w);
	for (int i = 0; i < 10; i++)
		check_i64(world_push(&w, POINT)->outcome, SP_OUTCOME_PUBLISHED);
	check_true(!world_alarmed(&w, "max_hold", "f"));
	d = world_push(&w, POINT);
	check_i64(d->outcome, SP_OUTCOME_HELD);
	check_u64(d->binds, SP_RAIL_BIT(stale_reliability));
	alarm = world_alarm(&w, "max_hold");
	check_true(alarm && alarm->raised);
	since = w.now_ns;
	check_i64(alarm->alarm.since_ns, since);
	world_send(&w, SP_KIND_slo, "p", 1);
	check_i64(world_push(&w, -POINT)->outcome, SP_OUTCOME_PUBLISHED);
	alarm = world_alarm(&w, "max_hold");
	check_true(alarm && !alarm->raised);
	check_i64(alarm->alarm.since_ns, since);
	world_fini(&w);
}

static void r10_a_stale_market_never_ends_in_a_hold(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	feed(&w, SP_CLOCK_MARKET, SP_FEED_FED);
	w.pools[0].max_hold_ns = 2 * SP_MIN;
	world_build(&w);
	world_steps(&w, 10);
	check_i64(world_push(&w, -POINT)->outcome, SP_OUTCOME_PUBLISHED);
	world_fini(&w);
}

static void r10_a_person_is_not_held_by_stale_clocks(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	for (sp_clock clock = 0; clock < SP_CLOCKS; clock++)
		feed(&w, clock, SP_FEED_FED);
	world_build(&w);
	world_set_index(&w, 0, 90 * POINT);
	check_i64(world_step(&w)->outcome, SP_OUTCOME_PUBLISHED);
	check_i64(world_price(&w, 0), 90000000);
	world_fini(&w);
}

/* The real laws on signals that stop, all of them or the load alone: nothing moves any more, for a week. */
static void week_without(const char *law, bool cost_goes_on)
{
	world w;
	int64_t price;

	world_init(&w);
	world_use_law(&w, 0, law);
	w.families[0].rails.min_interval_ns = 2 * SP_MIN;
	w.lots[0].by_signal = true;
	feed(&w, SP_CLOCK_COST, SP_FEED_FED);
	feed(&w, SP_CLOCK_DEMAND, SP_FEED_FED);
	world_build(&w);
	for (int i = 0; i < 10; i++) {
		world_send(&w, SP_KIND_utilization, "p", 0.95);
		world_send(&w, SP_KIND_usd_per_gpu_h, "p:base", 2 + i * 0.0001);
		world_step(&w);
	}
	check_true(world_price(&w, 0) > 100000000);
	price = world_price(&w, 0);
	for (int i = 0; i < 7 * 24 * 60; i++) {
		if (cost_goes_on)
			world_send(&w, SP_KIND_usd_per_gpu_h, "p:base", 2.0009);
		world_step(&w);
		if (i == 16) /* from now on all of it is stale */
			price = world_price(&w, 0);
	}
	check_i64(world_price(&w, 0), price);
	world_fini(&w);
}

static void p5_stale_inputs_move_no_price(void **state)
{
	(void)state;
	week_without("utilization_pi", false);
	week_without("utilization_pi", true);
	week_without("eip1559", false);
	week_without("eip1559", true);
	week_without("cost_plus", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r10_what_the_configuration_reads_implies_the_clocks),
	    cmocka_unit_test(r10_an_absent_clock_constrains_nothing_and_has_no_age),
	    cmocka_unit_test(r10_each_kind_feeds_its_clock),
	    cmocka_unit_test(r10_what_is_rejected_or_queued_alone_is_no_demand),
	    cmocka_unit_test(r10_a_clock_is_stale_from_the_start_and_past_its_age),
	    cmocka_unit_test(r10_the_oldest_signalled_lot_counts_and_one_that_ended_does_not),
	    cmocka_unit_test(r10_demand_is_as_old_as_its_oldest_family_unless_the_gauge_serves),
	    cmocka_unit_test(r10_a_stale_cost_or_reliability_lets_no_price_fall),
	    cmocka_unit_test(r10_a_stale_demand_lets_no_load_move_a_price),
	    cmocka_unit_test(r10_a_stale_market_keeps_its_term_where_it_is),
	    cmocka_unit_test(r10_two_stale_clocks_hold_everything),
	    cmocka_unit_test(r10_the_market_is_not_one_of_the_two),
	    cmocka_unit_test(r10_one_way_moves_end_after_max_hold),
	    cmocka_unit_test(r10_a_stale_market_never_ends_in_a_hold),
	    cmocka_unit_test(r10_a_person_is_not_held_by_stale_clocks),
	    cmocka_unit_test(p5_stale_inputs_move_no_price),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
