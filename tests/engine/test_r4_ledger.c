/* test_r4_ledger.c - the ledger of a move: which terms last, which are of one tick, and that they sum exactly (R4, R19). */
#include <string.h>

#include "tests/engine/world.h"

#define POINT (SP_NANO / 100)

static void r4_the_laws_terms_accumulate_until_customers_are_told(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].rails.dead_band_ppb = 3 * POINT;
	world_build(&w);
	world_says.cost_ppb = POINT / 2;
	world_push(&w, POINT);
	d = world_push(&w, POINT);
	check_i64(d->outcome, SP_OUTCOME_HELD);
	check_i64(d->index.ppb, d->before.ppb);
	check_i64(world_term(d, "push"), 2 * POINT);
	check_i64(world_term(d, "cost"), POINT / 2);
	check_i64(world_term(d, "rail.dead_band"), -5 * POINT / 2);
	d = world_push(&w, POINT);
	check_i64(d->outcome, SP_OUTCOME_PUBLISHED);
	check_i64(world_term(d, "push"), 3 * POINT);
	check_i64(world_term(d, "rail.dead_band"), 0);
	check_u64(d->n_terms, 2);
	world_says.cost_ppb = 0;
	check_u64(world_step(&w)->n_terms, 0);
	world_fini(&w);
}

static void r4_saturating_rails_accumulate_and_the_others_do_not(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].rails.max_step_ppb = 5 * POINT;
	w.families[0].rails.dead_band_ppb = 10 * POINT;
	world_build(&w);
	d = world_push(&w, 9 * POINT);
	check_i64(world_term(d, "rail.step"), -4 * POINT);
	check_i64(world_term(d, "rail.dead_band"), -5 * POINT);
	d = world_push(&w, 9 * POINT);
	check_i64(d->wish.ppb, 114 * POINT);
	check_i64(world_term(d, "push"), 18 * POINT);
	check_i64(world_term(d, "rail.step"), -13 * POINT);
	check_i64(world_term(d, "rail.dead_band"), -5 * POINT);
	world_fini(&w);
}

static void r4_it_is_cleared_when_the_own_index_returns_to_the_last_told(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].rails.max_step_ppb = 5 * POINT;
	w.families[0].rails.dead_band_ppb = 10 * POINT;
	world_build(&w);
	world_push(&w, 9 * POINT);
	d = world_push(&w, -5 * POINT);
	check_i64(world_term(d, "push"), 4 * POINT);
	check_i64(world_term(d, "rail.step"), -4 * POINT);
	d = world_push(&w, POINT);
	check_i64(world_term(d, "push"), POINT);
	check_i64(world_term(d, "rail.step"), 0);
	world_fini(&w);
}

static void r4_an_index_set_by_hand_is_the_term_manual_alone(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].rails.max_step_ppb = 5 * POINT;
	w.families[0].rails.min_interval_ns = SP_HOUR;
	world_build(&w);
	world_push(&w, POINT);
	world_push(&w, POINT);
	world_set_index(&w, 0, 110 * POINT);
	d = world_push(&w, POINT);
	check_i64(d->wish.ppb, 110 * POINT);
	check_i64(world_term(d, "manual"), 9 * POINT);
	check_i64(world_term(d, "rail.step"), -9 * POINT + 101 * POINT / 20);
	check_u64(d->n_terms, 2);
	check_text(d->reason, "set_by_hand");
	check_u64(world_step(&w)->n_terms, 0);
	world_fini(&w);
}

/* What the law gathered while a change waited is not published by a law that now refuses. */
static void r19_a_laws_refusal_is_held(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].rails.min_interval_ns = 3 * SP_MIN;
	world_build(&w);
	world_push(&w, POINT);
	world_push(&w, POINT);
	world_says.action = SP_LAW_REFUSE;
	d = world_push(&w, POINT);
	check_text(d->reason, "refused");
	d = world_step(&w); /* the interval is over */
	check_true(world_says.input.change_due);
	check_i64(d->outcome, SP_OUTCOME_HELD);
	check_i64(d->index.ppb, 101 * POINT);
	check_i64(d->wish.ppb, 101 * POINT);
	check_u64(d->n_terms, 0);
	world_says.action = SP_LAW_MOVE;
	check_i64(world_push(&w, POINT)->index.ppb, 102 * POINT);
	world_fini(&w);
}

static void r19_before_is_the_last_told_and_index_what_the_rails_left(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].rails.notice_ns = SP_HOUR;
	world_build(&w);
	world_push(&w, 2 * POINT);
	d = world_push(&w, POINT);
	check_i64(d->before.ppb, 102 * POINT);
	check_i64(d->index.ppb, 103 * POINT);
	check_i64(d->in_force.ppb, SP_NANO);
	check_money(d->prices[1].before, (sp_money){408000000});
	check_money(d->prices[1].amount, (sp_money){412000000});
	d = world_step(&w);
	check_i64(d->outcome, SP_OUTCOME_HELD);
	check_i64(d->before.ppb, 103 * POINT);
	check_i64(d->index.ppb, 103 * POINT);
	check_u64(d->n_prices, 0);
	check_text(d->reason, "as_told");
	world_fini(&w);
}

/* A row is due when something moved, or when reason, binding rails or freshness changed; else the tick alone says it. */
static void r19_a_quiet_family_is_recorded_only_when_something_changed(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	w.families[0].rails.dead_band_ppb = 2 * POINT;
	w.pools[0].clocks[SP_CLOCK_MARKET].feed = SP_FEED_FED;
	world_build(&w);
	check_true(world_step(&w)->recorded); /* the first says how things stand */
	check_u64(w.tick->n_recorded, 1);
	check_true(!world_step(&w)->recorded);
	check_u64(w.tick->n_recorded, 0);
	check_true(world_push(&w, POINT)->recorded); /* the dead band binds */
	check_true(!world_step(&w)->recorded);       /* still */
	check_true(world_push(&w, -POINT)->recorded);
	check_true(!world_step(&w)->recorded);
	world_says.action = SP_LAW_REFUSE;
	check_true(world_step(&w)->recorded); /* another reason */
	check_true(!world_step(&w)->recorded);
	world_says.action = SP_LAW_MOVE;
	check_true(world_step(&w)->recorded);
	world_send(&w, SP_KIND_market_price, "f/input", 0.1);
	check_true(world_step(&w)->recorded); /* the market's clock is fresh */
	check_true(!world_step(&w)->recorded);
	check_true(world_push(&w, 3 * POINT)->recorded);
	world_fini(&w);
}

static int64_t any_ppb(sp_rng *rng, int64_t most)
{
	return (int64_t)sp_rng_below(rng, (uint64_t)(2 * most + 1)) - most;
}

static void any_rails(sp_rng *rng, sp_guardrails *rails)
{
	const int64_t none = SP_PARAM_NONE;

	rails->floor_ppb = 70 * POINT;
	rails->ceiling_ppb = 140 * POINT;
	rails->max_step_ppb = sp_rng_below(rng, 2) ? 3 * POINT : none;
	rails->max_per_hour_ppb = sp_rng_below(rng, 2) ? 4 * POINT : none;
	rails->max_per_day_ppb = sp_rng_below(rng, 2) ? 9 * POINT : none;
	rails->cost_max_per_day_ppb = sp_rng_below(rng, 2) ? 5 * POINT : none;
	rails->worst_of_last_ns = sp_rng_below(rng, 2) ? 3 * SP_MIN : 0;
	rails->min_interval_ns = sp_rng_below(rng, 2) ? 5 * SP_MIN : 0;
	rails->dead_band_ppb = sp_rng_below(rng, 2) ? POINT : 0;
	rails->notice_ns = sp_rng_below(rng, 3) ? 0 : 20 * SP_MIN;
}

/* What the law is told of the book: the last told is the latest announced, else the one in force; dates and levels rise. */
static void check_book(const sp_law_input *input)
{
	const sp_pending_level *p = input->pending;

	check_i64(input->told.ppb, input->n_pending > 0 ? p[input->n_pending - 1].index.ppb : input->in_force.ppb);
	for (uint32_t i = 1; i < input->n_pending; i++) {
		check_true(p[i].not_before_ns > p[i - 1].not_before_ns);
		check_true(p[i].index.ppb > p[i - 1].index.ppb);
	}
}

/* The scripted law, which looks at the book first. */
static void decide_checked(const sp_law_input *input, void *state, const void *params, sp_wish *wish)
{
	check_book(input);
	world_law.decide(input, state, params, wish);
}

/* Whatever happens: world_tick checks the sum of every decision; here also that a told index keeps the bounds. */
static void live_at_random(sp_rng *rng, world *w)
{
	for (int i = 0; i < 400; i++) {
		const sp_decision *d;
		world_says.action = sp_rng_below(rng, 20) ? SP_LAW_MOVE : (sp_law_action)sp_rng_below(rng, 3);
		world_says.push_ppb = any_ppb(rng, POINT);
		world_says.cost_ppb = any_ppb(rng, 8 * POINT);
		world_says.trend = (double)any_ppb(rng, POINT) / 1e9;
		if (sp_rng_below(rng, 30) == 0)
			world_set_index(w, 0, 100 * POINT + any_ppb(rng, 20 * POINT));
		if (sp_rng_below(rng, 40) == 0)
			world_freeze(w, SP_SCOPE_POOL, 0);
		if (sp_rng_below(rng, 5) == 0)
			world_thaw(w, SP_SCOPE_POOL, 0);
		if (sp_rng_below(rng, 10) == 0)
			world_send(w, SP_KIND_list_price, "f/input", 0.1 + (double)any_ppb(rng, 2 * POINT) / 1e9);
		d = world_step(w);
		if (w->families[0].mode == SP_MODE_AUTO)
			check_true(d->index.ppb >= 70 * POINT && d->index.ppb <= 140 * POINT);
	}
}

static void r4_the_terms_of_every_decision_sum_to_its_move(void **state)
{
	sp_rng rng;
	sp_law_ops checked = world_law;

	(void)state;
	checked.decide = decide_checked;
	sp_check_seed(__func__, &rng);
	for (int run = 0; run < 300; run++) {
		world w;
		world_init(&w);
		w.families[0].law = &checked;
		w.families[0].mode = (uint32_t)sp_rng_below(&rng, SP_MODES);
		w.families[0].cuts = (uint32_t)sp_rng_below(&rng, 2);
		any_rails(&rng, &w.families[0].rails);
		world_build(&w);
		live_at_random(&rng, &w);
		world_fini(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r4_the_laws_terms_accumulate_until_customers_are_told),
	    cmocka_unit_test(r4_saturating_rails_accumulate_and_the_others_do_not),
	    cmocka_unit_test(r4_it_is_cleared_when_the_own_index_returns_to_the_last_told),
	    cmocka_unit_test(r4_an_index_set_by_hand_is_the_term_manual_alone),
	    cmocka_unit_test(r19_a_laws_refusal_is_held),
	    cmocka_unit_test(r19_before_is_the_last_told_and_index_what_the_rails_left),
	    cmocka_unit_test(r19_a_quiet_family_is_recorded_only_when_something_changed),
	    cmocka_unit_test(r4_the_terms_of_every_decision_sum_to_its_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
