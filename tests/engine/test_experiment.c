/* test_experiment.c - moves that are made to learn: what they ask, what they may cost, and that they end. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/engine/experiment.h"
#include "controller/engine/state.h"
#include "tests/engine/world.h"

#define POINT (SP_NANO / 100)

/* --- pure parts --- */

static void a_sign_is_drawn_anew_for_each_block_and_the_same_in_every_run(void **state)
{
	int up = 0, changes = 0;

	(void)state;
	for (uint32_t block = 1; block <= 2000; block++) {
		int sign = sp_experiment_sign("chat/us/batch", block);
		check_true(sign == 1 || sign == -1);
		check_i64(sign, sp_experiment_sign("chat/us/batch", block));
		up += sign > 0;
		changes += block > 1 && sign != sp_experiment_sign("chat/us/batch", block - 1);
	}
	check_true(up > 900 && up < 1100);
	check_true(changes > 900 && changes < 1100);
	int same = 0;
	for (uint32_t block = 1; block <= 2000; block++)
		same += sp_experiment_sign("a", block) == sp_experiment_sign("b", block);
	check_true(same > 900 && same < 1100); /* each family has draws of its own */
}

static void blocks_are_counted_by_time(void **state)
{
	const sp_experiment_setup setup = {.size_ppb = POINT, .block_ns = 10, .blocks = 3};

	(void)state;
	check_u64(sp_experiment_block(&setup, 100, 100), 1);
	check_u64(sp_experiment_block(&setup, 100, 109), 1);
	check_u64(sp_experiment_block(&setup, 100, 110), 2);
	check_u64(sp_experiment_block(&setup, 100, 129), 3);
	check_u64(sp_experiment_block(&setup, 100, 130), 0);
	check_u64(sp_experiment_block(&setup, 100, INT64_MAX / 2), 0);
}

static void what_the_rails_cut_is_taken_from_the_experiment_first(void **state)
{
	(void)state;
	check_i64(sp_experiment_left(10, 0), 10);
	check_i64(sp_experiment_left(10, 4), 6);
	check_i64(sp_experiment_left(10, 14), 0);
	check_i64(sp_experiment_left(10, -3), 10);
	check_i64(sp_experiment_left(-10, -4), -6);
	check_i64(sp_experiment_left(-10, -14), 0);
	check_i64(sp_experiment_left(-10, 3), -10);
	check_i64(sp_experiment_left(0, 5), 0);
	check_i64(sp_experiment_room(10, 3, -5, 5), 2);
	check_i64(sp_experiment_room(10, 7, -5, 5), 0);
	check_i64(sp_experiment_room(10, -3, -5, 5), 8);
	check_i64(sp_experiment_room(-10, 3, -5, 5), -8);
	check_i64(sp_experiment_room(-10, -7, -5, 5), 0);
	check_i64(sp_experiment_room(1, 0, -5, 5), 1);
	check_i64(sp_experiment_offset(SP_NANO, 10 * POINT, 1), 10 * POINT);
	check_i64(sp_experiment_offset(19, 10 * POINT, -1), -1); /* toward the base */
}

static void the_loss_is_that_of_the_elasticity_that_loses_most_and_a_gain_is_none(void **state)
{
	sp_experiment_trade dear = {100, 1.1, 1.0, 0.5, 1, 3}, cheap = {100, 0.9, 1.0, 0.5, 1, 3};

	(void)state;
	check_near(sp_experiment_loss(&dear), 0.5 * 100 * 1.331 - 0.6 * 100, 1e-9); /* at 3 */
	check_near(sp_experiment_loss(&cheap), 0.5 * 100 * 0.9 - 0.4 * 100, 1e-9);  /* at 1 */
	cheap.low = 3;
	check_near(sp_experiment_loss(&cheap), 0, 0); /* 0.5 x 0.729 < 0.4: it gains */
	dear.demand = 1e30;
	check_near(sp_experiment_loss(&dear), 1e5, 0);
}

/* --- in the engine --- */

/* A family of experiments of an hour each, moved every ten minutes. */
static void experiment_world(world *w, int64_t size_ppb)
{
	world_init(w);
	w->lots[0].gpus = 1000000; /* all demand is believable */
	w->families[0].experiment = (sp_experiment_setup){size_ppb, SP_HOUR, 4, {INT64_C(500) * SP_NANO}, 0};
	w->families[0].rails.min_interval_ns = 10 * SP_MIN;
	w->families[0].rails.max_step_ppb = 5 * POINT;
}

static void sells(world *w, double units)
{
	for (uint32_t i = 0; i < 2; i++)
		check_i64(world_send(w, SP_KIND_demand, w->skus[i].id, units * 1e6), SP_REFUSED_none);
}

static const sp_decision *trades(world *w, int minutes, double units)
{
	const sp_decision *d = NULL;

	for (int i = 0; i < minutes; i++) {
		sells(w, units);
		d = world_step(w);
		check_i64(sp_decision_sum(d), d->index.ppb - d->before.ppb);
	}
	return d;
}

static int64_t told(const world *w)
{
	return w->engine->families[0].book.told_ppb;
}

static int64_t part(const world *w)
{
	return w->engine->families[0].book.told_experiment_ppb;
}

static const sp_experiment *experiment(const world *w)
{
	return &w->engine->experiments[w->engine->fixed[0].experiment];
}

static void a_block_moves_the_price_by_its_size_in_steps_that_the_rails_allow(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	experiment_world(&w, 10 * POINT);
	world_says.action = SP_LAW_HOLD;
	world_build(&w);
	d = trades(&w, 60, 0.0001); /* a block of demand is watched first */
	check_i64(told(&w), SP_NANO);
	check_u64(d->block, 0);
	d = trades(&w, 1, 0.0001);
	int sign = sp_experiment_sign("f", 1);
	check_u64(d->block, 1);
	check_i64(d->outcome, SP_OUTCOME_PUBLISHED);
	check_text(d->reason, "experiment");
	check_i64(world_term(d, "experiment"), sign * 5 * POINT);
	check_i64(d->propensity_ppb, SP_NANO / 2);
	trades(&w, 58, 0.0001);
	check_i64(told(&w), SP_NANO + sign * 10 * POINT);
	check_i64(part(&w), sign * 10 * POINT);
	check_i64(world_says.input.told.ppb, SP_NANO); /* the law does not see it */
	check_i64(world_says.input.own.ppb, SP_NANO);
	check_i64(world_says.input.in_force.ppb, SP_NANO + sign * 10 * POINT);
	world_fini(&w);
}

static void the_law_moves_the_base_as_if_there_were_no_experiment(void **state)
{
	world w;

	(void)state;
	experiment_world(&w, 10 * POINT);
	world_build(&w);
	trades(&w, 100, 0.0001);
	check_true(part(&w) != 0);
	int64_t base = told(&w) - part(&w);
	check_i64(base, SP_NANO);
	sells(&w, 0.0001);
	world_push(&w, 2 * POINT);
	trades(&w, 19, 0.0001);
	check_i64(told(&w) - part(&w), SP_NANO + 2 * POINT);
	check_i64(part(&w), sp_experiment_sign("f", 1) * (10 * POINT + 2 * POINT / 10));
	world_fini(&w);
}

static void rails_hold_an_experiment_like_all_else_and_the_propensity_says_so(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	experiment_world(&w, 10 * POINT);
	w.families[0].rails.ceiling_ppb = 102 * POINT;
	w.families[0].rails.floor_ppb = 98 * POINT;
	world_build(&w);
	d = trades(&w, 61, 0.0001);
	check_i64(world_term(d, "experiment"), sp_experiment_sign("f", 1) * 2 * POINT); /* what they leave */
	check_i64(d->propensity_ppb, SP_NANO / 2);
	d = trades(&w, 30, 0.0001);
	check_i64(part(&w), sp_experiment_sign("f", 1) * 2 * POINT);
	world_fini(&w);
	experiment_world(&w, 10 * POINT);
	w.families[0].rails.ceiling_ppb = w.families[0].rails.floor_ppb = SP_NANO; /* no room at all */
	world_build(&w);
	d = trades(&w, 61, 0.0001);
	check_u64(d->block, 1);
	check_i64(told(&w), SP_NANO);
	check_i64(d->propensity_ppb, SP_NANO); /* either sign leads to this price */
	world_fini(&w);
}

static void check_home(world *w, sp_experiment_end end)
{
	check_i64(experiment(w)->end, end);
	check_i64(part(w), 0);
	check_i64(told(w), SP_NANO);
	trades(w, 600, 0.0001);
	check_i64(told(w), SP_NANO);
	check_u64(w->tick->decisions[0].block, 0);
}

/* In the middle of a block above or below its base, whose demand is `units`; its budget is that of all the tests here. */
static void experiment_lives(world *w, double units)
{
	experiment_world(w, 10 * POINT);
	w->families[0].experiment.budget.nano = INT64_C(1000000) * SP_NANO;
	world_build(w);
	trades(w, 100, units);
	check_true(part(w) != 0);
}

/* A reload, as `to` was prepared. */
static void reloads(world *to, const world *from)
{
	sp_message message;

	world_build(to);
	check_status(world_carry(to, from, false, &message), SP_OK);
}

static void going_home_needs_no_approval_and_skips_the_dead_band_and_the_interval(void **state)
{
	(void)state;
	for (int scene = 0; scene < 3; scene++) {
		world w, other;
		experiment_lives(&w, 0.0001);
		experiment_world(&other, 10 * POINT);
		other.families[0].experiment = (sp_experiment_setup){.size_ppb = SP_PARAM_NONE};
		other.families[0].cuts = scene == 0 ? SP_CUTS_PROPOSE : SP_CUTS_AUTO;
		other.families[0].rails.dead_band_ppb = scene == 1 ? 20 * POINT : 0;
		other.families[0].rails.min_interval_ns = scene == 2 ? 30 * SP_DAY : 0;
		reloads(&other, &w);
		trades(&other, 5, 0.0001);
		check_i64(part(&other), 0);
		check_i64(told(&other), SP_NANO);
		world_fini(&other);
		world_fini(&w);
	}
}

/* Where cuts are a person's to approve, the law's waits and does not go along. */
static void a_cut_of_the_law_does_not_slip_home_with_an_experiment(void **state)
{
	world w, other;
	const sp_decision *d;

	(void)state;
	experiment_lives(&w, 0.0001);
	experiment_world(&other, 10 * POINT);
	other.families[0].cuts = SP_CUTS_PROPOSE;
	other.families[0].rails.max_step_ppb = SP_PARAM_NONE;
	other.families[0].rails.min_interval_ns = 0;
	reloads(&other, &w);
	sells(&other, 0.0001);
	d = world_push(&other, -3 * POINT);
	check_i64(d->outcome, SP_OUTCOME_PUBLISHED);
	check_i64(part(&other), 0);
	check_i64(told(&other), SP_NANO);
	sells(&other, 0.0001);
	d = world_push(&other, -3 * POINT);
	check_i64(d->outcome, SP_OUTCOME_PROPOSED);
	check_i64(told(&other), SP_NANO);
	world_fini(&other);
	world_fini(&w);
}

/* The most that a tick may lose at ten percent off, by the widest belief. */
static void a_budget_is_looked_at_before_it_is_spent(void **state)
{
	(void)state;
	for (int dollars = 0; dollars < 40; dollars++) {
		world w;
		int64_t budget = (int64_t)(dollars * dollars) * SP_NANO / 4, last = 0, most = 0;
		experiment_world(&w, 10 * POINT);
		w.families[0].experiment.budget.nano = budget;
		w.families[0].rails.min_interval_ns = 4 * SP_HOUR;
		world_build(&w);
		for (int i = 0; i < 600; i++) {
			trades(&w, 1, i < 80 ? 1 : 1.5); /* more demand than the block was begun with */
			most = experiment(&w)->spent_nano - last > most ? experiment(&w)->spent_nano - last : most;
			last = experiment(&w)->spent_nano;
		}
		check_true(last <= budget + most);
		check_true(dollars > 0 || last == 0);
		check_home(&w,
		           last == 0 || experiment(&w)->end == SP_EXPERIMENT_SPENT ? SP_EXPERIMENT_SPENT : SP_EXPERIMENT_DONE);
		world_fini(&w);
	}
}

static void what_a_reload_leaves_off_its_base_is_counted_whatever_the_mode(void **state)
{
	(void)state;
	for (int scene = 0; scene < 3; scene++) {
		world w, other;
		int64_t spent;
		experiment_lives(&w, 0.1);
		spent = experiment(&w)->spent_nano;
		experiment_world(&other, 10 * POINT);
		other.families[0].experiment.budget.nano = INT64_C(1000000) * SP_NANO;
		other.families[0].mode = scene == 0 ? SP_MODE_OBSERVE : SP_MODE_PROPOSE;
		if (scene == 2) /* taken away */
			other.families[0].experiment = (sp_experiment_setup){.size_ppb = SP_PARAM_NONE};
		reloads(&other, &w);
		trades(&other, 30, 0.1);
		check_true(part(&other) != 0);
		check_true(sp_spend_sum(&other.engine->head->explored, SP_BUDGET_SPAN_NS, other.now_ns) > spent);
		if (scene < 2)
			check_true(sp_spend_sum(&other.engine->head->explored, SP_BUDGET_SPAN_NS, other.now_ns) ==
			           experiment(&other)->spent_nano);
		world_fini(&other);
		world_fini(&w);
	}
}

static void rails_take_nothing_of_the_law_for_an_experiment(void **state)
{
	world w;
	int sign = sp_experiment_sign("f", 1);

	(void)state;
	experiment_world(&w, 10 * POINT);
	w.families[0].rails.ceiling_ppb = 104 * POINT;
	w.families[0].rails.floor_ppb = 96 * POINT;
	world_build(&w);
	trades(&w, 65, 0.0001);
	check_i64(part(&w), sign * 4 * POINT);
	sells(&w, 0.0001);
	world_push(&w, sign * 3 * POINT); /* no move is due: it waits in the law's own index */
	trades(&w, 5 * 60, 0.0001);
	check_i64(part(&w), 0);
	check_i64(told(&w), SP_NANO + sign * 3 * POINT);
	world_fini(&w);
}

static void a_draw_that_moves_nothing_is_certain_and_the_experiment_ends(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	experiment_world(&w, 10 * POINT);
	w.families[0].rails.dead_band_ppb = 20 * POINT;
	w.families[0].rails.max_step_ppb = SP_PARAM_NONE;
	world_build(&w);
	d = trades(&w, 61, 0.0001);
	check_u64(d->block, 1);
	check_true(d->binds & SP_RAIL_BIT(dead_band));
	check_i64(d->propensity_ppb, SP_NANO);
	check_i64(told(&w), SP_NANO);
	trades(&w, 60, 0.0001);
	check_home(&w, SP_EXPERIMENT_STUCK);
	world_fini(&w);
}

/* Trap: an experiment left on cost 4.7 % in the prototype. What else would leave one on has its own scenes above. */
static void trap_an_experiment_left_on(void **state)
{
	world w, other;
	sp_message message;

	(void)state;
	experiment_world(&w, 10 * POINT);
	world_build(&w);
	trades(&w, 60 + 4 * 60 + 1, 0.0001);
	check_i64(experiment(&w)->end, SP_EXPERIMENT_DONE);
	trades(&w, 40, 0.0001);
	check_home(&w, SP_EXPERIMENT_DONE); /* all blocks are done */
	world_fini(&w);

	experiment_world(&w, 10 * POINT);
	w.families[0].experiment.budget.nano = 1; /* less than a minute costs */
	world_build(&w);
	trades(&w, 100, 1);
	check_i64(experiment(&w)->spent_nano, 0);
	check_home(&w, SP_EXPERIMENT_SPENT);
	world_fini(&w);

	experiment_world(&w, 10 * POINT);
	world_build(&w);
	trades(&w, 100, 0.0001);
	check_true(part(&w) != 0);
	experiment_world(&other, SP_PARAM_NONE); /* a reload without it */
	other.families[0].experiment.size_ppb = SP_PARAM_NONE;
	world_build(&other);
	check_status(world_carry(&other, &w, false, &message), SP_OK);
	trades(&other, 40, 0.0001);
	check_i64(part(&other), 0);
	check_i64(told(&other), SP_NANO);
	world_fini(&other);
	world_fini(&w);

	going_home_needs_no_approval_and_skips_the_dead_band_and_the_interval(state);
	a_budget_is_looked_at_before_it_is_spent(state);
	what_a_reload_leaves_off_its_base_is_counted_whatever_the_mode(state);
}

static void a_price_set_by_hand_ends_it_and_is_the_base(void **state)
{
	world w;

	(void)state;
	experiment_world(&w, 10 * POINT);
	world_build(&w);
	trades(&w, 100, 0.0001);
	check_true(part(&w) != 0);
	int64_t by_hand = told(&w) + POINT;
	world_set_index(&w, 0, by_hand);
	trades(&w, 100, 0.0001);
	check_i64(experiment(&w)->end, SP_EXPERIMENT_INTERRUPTED);
	check_i64(told(&w), by_hand);
	check_i64(part(&w), 0);
	world_fini(&w);
}

static void a_price_by_hand_that_is_barred_interrupts_nothing(void **state)
{
	world w;
	sp_experiment before;

	(void)state;
	experiment_lives(&w, 0.0001);
	before = *experiment(&w);
	world_set_index(&w, 0, told(&w) + POINT);
	trades(&w, 1, 0.0001);
	check_i64(experiment(&w)->end, SP_EXPERIMENT_INTERRUPTED);
	world_bar(&w, SP_SCOPE_FAMILY, 0, w.now_ns);
	world_thaw(&w, SP_SCOPE_FAMILY, 0);
	trades(&w, 1, 0.0001);
	check_i64(experiment(&w)->end, SP_EXPERIMENT_RUNS);
	check_u64(experiment(&w)->block, before.block);
	check_near(experiment(&w)->shift, before.shift, 0);
	check_near(experiment(&w)->moved, before.moved, 1e-12); /* the part counts once */
	check_i64(part(&w), experiment(&w)->block == 1 ? sp_experiment_sign("f", 1) * 10 * POINT : 0);
	world_fini(&w);
}

static void none_runs_in_observe_or_propose_or_without_the_mark_or_under_notice_or_approval(void **state)
{
	(void)state;
	for (int trial = 0; trial < 5; trial++) {
		world w;
		experiment_world(&w, trial == 2 ? SP_PARAM_NONE : 10 * POINT);
		w.families[0].mode = trial == 0 ? SP_MODE_OBSERVE : trial == 1 ? SP_MODE_PROPOSE : SP_MODE_AUTO;
		w.families[0].rails.notice_ns = trial == 3 ? SP_DAY : 0;
		w.families[0].cuts = trial == 4 ? SP_CUTS_PROPOSE : SP_CUTS_AUTO;
		world_build(&w);
		for (int i = 0; i < 400; i++) {
			const sp_decision *d = trades(&w, 1, 0.0001);
			check_i64(d->outcome, SP_OUTCOME_HELD);
			check_u64(d->block, 0);
			check_i64(d->propensity_ppb, 0);
		}
		world_fini(&w);
	}
}

static void the_portfolios_budget_holds_experiments_and_not_the_law(void **state)
{
	world w;

	(void)state;
	experiment_world(&w, 10 * POINT);
	w.setup.explore_budget.nano = 1000; /* nothing */
	world_build(&w);
	trades(&w, 100, 0.001);
	check_i64(told(&w), SP_NANO);
	sells(&w, 0.001);
	world_push(&w, 2 * POINT);
	check_i64(told(&w), SP_NANO + 2 * POINT);
	world_fini(&w);
	experiment_world(&w, 10 * POINT);
	w.setup.explore_budget.nano = INT64_C(1000) * SP_NANO;
	world_build(&w);
	trades(&w, 100, 0.001);
	check_true(part(&w) != 0);
	check_true(sp_spend_sum(&w.engine->head->explored, SP_BUDGET_SPAN_NS, w.now_ns) == experiment(&w)->spent_nano);
	world_fini(&w);
}

static void the_same_inputs_give_the_same_bytes_with_an_experiment(void **state)
{
	world a, b;

	(void)state;
	experiment_world(&a, 10 * POINT);
	world_build(&a);
	experiment_world(&b, 10 * POINT);
	world_build(&b);
	for (int i = 0; i < 400; i++) {
		uint8_t x[4096], y[4096];
		sp_writer wx = {.at = x, .size = sizeof x}, wy = {.at = y, .size = sizeof y};
		sp_decision_encode(trades(&a, 1, 0.0001), &wx);
		sp_decision_encode(trades(&b, 1, 0.0001), &wy);
		check_u64(wx.n, wy.n);
		check_bytes(x, y, wx.n);
		check_true((x[0] >> 7) == (a.tick->decisions[0].block > 0));
	}
	check_u64(a.engine->block_size, b.engine->block_size);
	check_bytes(a.engine->block, b.engine->block, a.engine->block_size);
	world_fini(&a);
	world_fini(&b);
}

/* --- whatever comes --- */

static void random_world(world *w, sp_rng *rng)
{
	sp_guardrails *rails = &w->families[0].rails;

	experiment_world(w, (1 + (int64_t)sp_rng_below(rng, 50)) * POINT);
	w->families[0].experiment.blocks = 1 + (int64_t)sp_rng_below(rng, 20);
	w->families[0].experiment.enough = sp_rng_below(rng, 2) ? 10 : 0;
	rails->min_interval_ns = (int64_t)sp_rng_below(rng, 30) * SP_MIN;
	rails->max_step_ppb = sp_rng_below(rng, 4) ? (int64_t)(1 + sp_rng_below(rng, 30)) * POINT : SP_PARAM_NONE;
	rails->max_per_day_ppb = sp_rng_below(rng, 2) ? (int64_t)(1 + sp_rng_below(rng, 60)) * POINT : SP_PARAM_NONE;
	rails->floor_ppb = (int64_t)(1 + sp_rng_below(rng, 99)) * POINT;
	rails->ceiling_ppb = (int64_t)(101 + sp_rng_below(rng, 200)) * POINT;
	rails->dead_band_ppb = (int64_t)sp_rng_below(rng, 3) * POINT;
	rails->worst_of_last_ns = sp_rng_below(rng, 4) ? 0 : SP_HOUR;
	world_build(w);
}

static void disturb(world *w, sp_rng *rng)
{
	world_says.push_ppb = sp_rng_below(rng, 3) ? 0 : (int64_t)sp_rng_below(rng, 40 * POINT) - 20 * POINT;
	world_says.cost_ppb = sp_rng_below(rng, 50) ? world_says.cost_ppb : (int64_t)sp_rng_below(rng, 20 * POINT);
	if (sp_rng_below(rng, 300) == 0)
		world_set_index(w, 0, w->engine->families[0].bounds.low + (int64_t)sp_rng_below(rng, POINT));
	if (sp_rng_below(rng, 100) == 0)
		world_freeze(w, SP_SCOPE_ALL, 0);
	if (sp_rng_below(rng, 20) == 0)
		world_thaw(w, SP_SCOPE_ALL, 0);
	if (sp_rng_below(rng, 10))
		sells(w, sp_rng_uniform(rng) * 1e-3);
}

static void p1_holds_whatever_an_experiment_and_its_law_ask(void **state)
{
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int round = 0; round < (getenv("SETPOINT_SOAK") ? 2000 : 60); round++) {
		world w;
		random_world(&w, &rng);
		for (int i = 0; i < 500; i++) {
			disturb(&w, &rng);
			const sp_decision *d = world_step(&w);
			int64_t step = w.families[0].rails.max_step_ppb, off = d->index.ppb - d->before.ppb;
			check_i64(sp_decision_sum(d), off);
			check_true((d->block > 0) == (d->propensity_ppb > 0));
			check_true(told(&w) - part(&w) > 0);
			if (step != SP_PARAM_NONE)
				check_true((off < 0 ? -off : off) <= (int64_t)((__int128)d->before.ppb * step / SP_NANO));
			check_true(told(&w) >= w.engine->fixed[0].floor.ppb && told(&w) <= w.engine->fixed[0].ceiling.ppb);
		}
		world_fini(&w);
	}
}

/* --- accepted sheets are instruments, too --- */

/* As experiment_world, whose law holds; the sheet's prices are so many times the usual. */
static void sheet_world(world *w, double times, int64_t size_ppb)
{
	experiment_world(w, size_ppb);
	for (uint32_t i = 0; i < 2; i++)
		w->skus[i].sheet.nano = (int64_t)((double)w->skus[i].sheet.nano * times);
	world_build(w);
}

/* So many days, an hour a tick, of buyers whose demand answers to the sheet at elasticity 2 at once. */
static void sheet_days(world *w, double times, int days, sp_rng *rng)
{
	for (int i = 0; i < 24 * days; i++) {
		sells(w, 0.0001 * pow(times, -2) * exp(0.02 * sp_rng_normal(rng)));
		world_tick(w, w->now_ns + SP_HOUR);
	}
}

/* Sheets of 1.2 and 1, by turns, four days each; returns what is known of the elasticity at the end. */
static sp_experiment_report sheet_life(bool changes)
{
	world w[2];
	sp_rng rng;
	sp_message message;
	sp_experiment_report report;
	int at = 0;

	sp_rng_init(&rng, 7);
	sheet_world(&w[0], 1, 10 * POINT);
	w[0].families[0].mode = SP_MODE_OBSERVE; /* no blocks */
	sheet_days(&w[0], 1, 4, &rng);
	for (int turn = 1; turn < 8; turn++, at = 1 - at) {
		double times = changes && turn % 2 ? 1.2 : 1;
		sheet_world(&w[1 - at], times, 10 * POINT);
		w[1 - at].families[0].mode = SP_MODE_OBSERVE;
		check_status(world_carry(&w[1 - at], &w[at], true, &message), SP_OK);
		world_fini(&w[at]);
		sheet_days(&w[1 - at], times, 4, &rng);
	}
	check_true(sp_engine_experiment(w[at].engine, 0, &report));
	check_near(experiment(&w[at])->sheet, changes ? log(1.2) : 0, 1e-6); /* seven turns: the last sheet is 1.2 */
	world_fini(&w[at]);
	return report;
}

static void an_accepted_sheet_tells_how_buyers_answer(void **state)
{
	sp_experiment_report with = sheet_life(true), without = sheet_life(false);

	(void)state;
	check_u64(with.elasticity.answer.knowledge, SP_KNOWN);
	printf("sheets: %.2f, 90 %% within %.2f to %.2f\n", with.elasticity.value, with.low, with.high);
	check_near(with.elasticity.value, 2, 0.1); /* buyers here answer at once, and a lag is believed in beforehand */
	check_true(with.low < with.elasticity.value && with.high > with.elasticity.value && with.high - with.low < 0.5);
	check_u64(without.elasticity.answer.knowledge, SP_NOT_IDENTIFIED);
	check_i64(with.spent_nano, 0);
	check_u64(with.block, 0);
}

/* One of two SKUs a tenth dearer, the other a fifth cheaper: the mean of the logs; a reload that accepts nothing new moves nothing. */
static void a_sheet_moves_the_family_by_the_mean_of_its_logs(void **state)
{
	world w, to, again;
	sp_message message;

	(void)state;
	sheet_world(&w, 1, 10 * POINT);
	trades(&w, 10, 0.0001);
	experiment_world(&to, 10 * POINT);
	to.skus[0].sheet.nano = to.skus[0].sheet.nano * 11 / 10;
	to.skus[1].sheet.nano = to.skus[1].sheet.nano * 8 / 10;
	world_build(&to);
	check_status(world_carry(&to, &w, true, &message), SP_OK);
	check_near(experiment(&to)->sheet, (log(1.1) + log(0.8)) / 2, 1e-9);
	check_near(experiment(&to)->moved - experiment(&w)->moved, (log(1.1) + log(0.8)) / 2, 1e-9);
	experiment_world(&again, 10 * POINT);
	memcpy(again.skus, to.skus, sizeof again.skus);
	for (uint32_t i = 0; i < 2; i++)
		again.skus[i].id = again.sku_names[i];
	world_build(&again);
	check_status(world_carry(&again, &to, true, &message), SP_OK);
	check_near(experiment(&again)->sheet, experiment(&to)->sheet, 0);
	world_fini(&again);
	world_fini(&to);
	world_fini(&w);
}

/* --- closed loop: buyers who answer, with a lag of a day --- */

typedef struct buyers {
	double e, felt, quick, slow;
	sp_rng rng;
} buyers;

static double wanders(double x, double periods, double sd, sp_rng *rng)
{
	double keep = exp(-1 / periods);
	return keep * x + sqrt(1 - keep * keep) * sd * sp_rng_normal(rng);
}

/* What they ask for in ten minutes, at this price. */
static double buyers_ask(buyers *b, int64_t in_force_ppb, int i)
{
	b->quick = wanders(b->quick, 18, 0.05, &b->rng);
	b->slow = wanders(b->slow, 432, 0.08, &b->rng);
	b->felt += (1 - exp(-1 / 144.0)) * (log((double)in_force_ppb / SP_NANO) - b->felt);
	return exp(0.2 * sin(2 * M_PI * i / 144.0) + b->quick + b->slow + 0.03 * sp_rng_normal(&b->rng) - b->e * b->felt);
}

/* A loop that raises when demand is high, for 20 days; returns what is known of the elasticity at the end. */
static sp_reading live(double e, uint64_t seed, int64_t size_ppb)
{
	world w;
	buyers b = {.e = e};
	double level = 0;

	sp_rng_init(&b.rng, seed);
	b.slow = 0.08 * sp_rng_normal(&b.rng);
	experiment_world(&w, size_ppb);
	w.setup.period_ns = 10 * SP_MIN;
	w.families[0].experiment.block_ns = 2 * SP_DAY;
	w.families[0].experiment.blocks = 5;
	w.families[0].experiment.budget.nano = INT64_C(1000000) * SP_NANO;
	w.families[0].rails.min_interval_ns = 4 * SP_HOUR;
	w.families[0].rails.max_per_day_ppb = 25 * POINT;
	world_build(&w);
	for (int i = 0; i < 20 * 144; i++) {
		double asked = buyers_ask(&b, w.engine->families[0].book.in_force_ppb, i);
		level += (log(asked) - level) / 144;
		sells(&w, asked * 1e-4);
		world_says.push_ppb = i % 24 == 0 ? (int64_t)(0.1 * level * 1e9) : 0;
		const sp_decision *d = world_step(&w);
		check_i64(sp_decision_sum(d), d->index.ppb - d->before.ppb);
	}
	sp_reading reading = {.answer = sp_lag_elasticity(&experiment(&w)->answer, w.now_ns, &reading.estimate)};
	if (size_ppb != SP_PARAM_NONE)
		check_i64(part(&w), 0); /* over for good */
	world_fini(&w);
	return reading;
}

static void in_closed_loop_the_interval_holds_the_truth(void **state)
{
	uint32_t n = getenv("SETPOINT_SOAK") ? 200 : 10;

	(void)state;
	for (double e = 0.5; e <= 3; e += n > 10 ? 0.5 : 1.25) {
		uint32_t known = 0, held = 0;
		for (uint32_t seed = 0; seed < n; seed++) {
			sp_reading r = live(e, 31 * seed + 5, 10 * POINT);
			bool is_known = r.answer.knowledge == SP_KNOWN;
			known += is_known;
			held += is_known && fabs(r.estimate.value - e) <= 1.645 * sqrt(r.estimate.variance);
		}
		printf("engine, e %.2f: of %u seeds known %u, held %u\n", e, n, known, held);
		check_true(held >= 0.85 * n - (n > 10 ? 0 : 2));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_sign_is_drawn_anew_for_each_block_and_the_same_in_every_run),
	    cmocka_unit_test(blocks_are_counted_by_time),
	    cmocka_unit_test(what_the_rails_cut_is_taken_from_the_experiment_first),
	    cmocka_unit_test(the_loss_is_that_of_the_elasticity_that_loses_most_and_a_gain_is_none),
	    cmocka_unit_test(a_block_moves_the_price_by_its_size_in_steps_that_the_rails_allow),
	    cmocka_unit_test(the_law_moves_the_base_as_if_there_were_no_experiment),
	    cmocka_unit_test(rails_hold_an_experiment_like_all_else_and_the_propensity_says_so),
	    cmocka_unit_test(trap_an_experiment_left_on),
	    cmocka_unit_test(a_cut_of_the_law_does_not_slip_home_with_an_experiment),
	    cmocka_unit_test(rails_take_nothing_of_the_law_for_an_experiment),
	    cmocka_unit_test(a_draw_that_moves_nothing_is_certain_and_the_experiment_ends),
	    cmocka_unit_test(a_price_set_by_hand_ends_it_and_is_the_base),
	    cmocka_unit_test(a_price_by_hand_that_is_barred_interrupts_nothing),
	    cmocka_unit_test(none_runs_in_observe_or_propose_or_without_the_mark_or_under_notice_or_approval),
	    cmocka_unit_test(the_portfolios_budget_holds_experiments_and_not_the_law),
	    cmocka_unit_test(p1_holds_whatever_an_experiment_and_its_law_ask),
	    cmocka_unit_test(in_closed_loop_the_interval_holds_the_truth),
	    cmocka_unit_test(an_accepted_sheet_tells_how_buyers_answer),
	    cmocka_unit_test(a_sheet_moves_the_family_by_the_mean_of_its_logs),
	    cmocka_unit_test(the_same_inputs_give_the_same_bytes_with_an_experiment),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
