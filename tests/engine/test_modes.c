/* test_modes.c - observe, propose and auto; cuts that wait for people; an index set by hand; commands and their errors. */
#include <string.h>

#include "tests/engine/world.h"

#define POINT (SP_NANO / 100)

static const sp_decision *moved(world *w, sp_mode mode, sp_cuts cuts, int64_t push_ppb)
{
	world_init(w);
	w->families[0].mode = mode;
	w->families[0].cuts = cuts;
	world_build(w);
	return world_push(w, push_ppb);
}

static void r19_observe_and_propose_say_what_would_be_and_change_nothing(void **state)
{
	(void)state;
	for (sp_mode mode = SP_MODE_OBSERVE; mode <= SP_MODE_PROPOSE; mode++) {
		world w;
		const sp_decision *d = moved(&w, mode, SP_CUTS_AUTO, 5 * POINT);
		check_i64(d->mode, mode);
		check_i64(d->outcome, mode == SP_MODE_OBSERVE ? SP_OUTCOME_OBSERVED : SP_OUTCOME_PROPOSED);
		check_true(d->recorded);
		check_i64(d->before.ppb, SP_NANO);
		check_i64(d->index.ppb, 105 * POINT);
		check_i64(d->in_force.ppb, SP_NANO);
		check_money(d->prices[0].before, (sp_money){100000000});
		check_money(d->prices[0].amount, (sp_money){105000000});
		check_i64(world_price(&w, 0), 100000000);
		d = world_push(&w, 5 * POINT);
		check_i64(d->before.ppb, SP_NANO);
		check_i64(d->index.ppb, 105 * POINT);
		check_u64(d->prices[0].version, 1); /* none was given yet */
		world_fini(&w);
	}
}

static void r19_auto_publishes(void **state)
{
	world w;
	const sp_decision *d = moved(&w, SP_MODE_AUTO, SP_CUTS_AUTO, -5 * POINT);

	(void)state;
	check_i64(d->outcome, SP_OUTCOME_PUBLISHED);
	check_i64(d->in_force.ppb, 95 * POINT);
	check_text(d->family_id, "f");
	check_text(d->policy, "scripted");
	check_i64(d->t_ns, w.now_ns);
	world_fini(&w);
}

static void cuts_may_wait_for_people_while_raises_go_out(void **state)
{
	world w;
	const sp_decision *d = moved(&w, SP_MODE_AUTO, SP_CUTS_PROPOSE, 5 * POINT);

	(void)state;
	check_i64(d->outcome, SP_OUTCOME_PUBLISHED);
	d = world_push(&w, -5 * POINT);
	check_i64(d->outcome, SP_OUTCOME_PROPOSED);
	check_i64(d->index.ppb, 100 * POINT);
	check_i64(d->in_force.ppb, 105 * POINT);
	world_step(&w);
	check_i64(world_says.input.own.ppb, 105 * POINT); /* R3: back to the last told */
	world_set_index(&w, 0, 90 * POINT);
	check_i64(world_step(&w)->outcome, SP_OUTCOME_PUBLISHED); /* a person cuts by themself */
	world_fini(&w);
}

/* A raise that is not in force yet is no price: taking it back lowers none. */
static void cuts_that_wait_do_not_keep_an_announced_raise(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].cuts = SP_CUTS_PROPOSE;
	w.families[0].rails.notice_ns = SP_HOUR;
	world_build(&w);
	world_push(&w, 5 * POINT);
	check_i64(world_push(&w, -2 * POINT)->outcome, SP_OUTCOME_ANNOUNCED);
	check_i64(world_push(&w, -3 * POINT)->outcome, SP_OUTCOME_PUBLISHED);
	d = world_push(&w, -POINT);
	check_i64(d->outcome, SP_OUTCOME_PROPOSED);
	check_i64(world_price(&w, 0), 100000000);
	world_fini(&w);
}

static void an_index_set_by_hand_is_observed_told_and_told(void **state)
{
	const sp_outcome outcomes[] = {SP_OUTCOME_OBSERVED, SP_OUTCOME_PUBLISHED, SP_OUTCOME_PUBLISHED};

	(void)state;
	for (sp_mode mode = SP_MODE_OBSERVE; mode < SP_MODES; mode++) {
		world w;
		const sp_decision *d;
		world_init(&w);
		w.families[0].mode = mode;
		world_build(&w);
		world_set_index(&w, 0, 110 * POINT);
		d = world_step(&w);
		check_i64(d->outcome, outcomes[mode]);
		check_text(d->reason, "set_by_hand");
		check_i64(world_term(d, "manual"), 10 * POINT);
		check_i64(d->in_force.ppb, mode == SP_MODE_OBSERVE ? 100 * POINT : 110 * POINT);
		check_u64(world_says.told_calls, mode == SP_MODE_OBSERVE ? 0 : 1);
		check_u64(world_step(&w)->n_terms, 0); /* said once */
		world_fini(&w);
	}
}

/* It waits for nothing and keeps floor, ceiling, step, rates and notice (decision 0007). */
static void an_index_set_by_hand_waits_for_nothing_and_keeps_the_rails(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].rails.min_interval_ns = SP_DAY;
	w.families[0].rails.dead_band_ppb = 20 * POINT;
	w.families[0].rails.worst_of_last_ns = SP_HOUR;
	w.families[0].rails.max_step_ppb = 5 * POINT;
	w.families[0].rails.notice_ns = SP_HOUR;
	world_build(&w);
	world_steps(&w, 3);
	world_set_index(&w, 0, 103 * POINT);
	d = world_step(&w);
	check_i64(d->outcome, SP_OUTCOME_ANNOUNCED);
	check_i64(d->index.ppb, 103 * POINT);
	world_set_index(&w, 0, 150 * POINT);
	d = world_step(&w);
	check_i64(d->index.ppb, 103 * POINT + 515 * POINT / 100);
	check_u64(d->binds, SP_RAIL_BIT(step) | SP_RAIL_BIT(notice));
	world_fini(&w);
}

static void an_index_set_by_hand_to_what_is_told_moves_nothing(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_set_index(&w, 0, SP_NANO);
	d = world_step(&w);
	check_i64(d->outcome, SP_OUTCOME_HELD);
	check_u64(d->n_terms, 0);
	check_text(d->reason, "set_by_hand");
	check_u64(world_says.told_calls, 0);
	world_fini(&w);
}

static void the_last_index_set_by_hand_counts(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_set_index(&w, 0, 120 * POINT);
	world_set_index(&w, 0, 90 * POINT);
	check_i64(world_step(&w)->in_force.ppb, 90 * POINT);
	world_fini(&w);
}

static void commands_that_cannot_be_meant_are_refused(void **state)
{
	const struct {
		sp_command command;
		sp_status status;
	} cases[] = {
	    {{.kind = SP_COMMAND_KINDS}, SP_E_UNKNOWN},
	    {{.kind = SP_COMMAND_FREEZE, .scope = 3}, SP_E_UNKNOWN},
	    {{.kind = SP_COMMAND_FREEZE, .scope = SP_SCOPE_POOL, .slot = 1}, SP_E_RANGE},
	    {{.kind = SP_COMMAND_THAW, .scope = SP_SCOPE_FAMILY, .slot = SP_NO_SLOT}, SP_E_RANGE},
	    {{.kind = SP_COMMAND_SET_INDEX, .slot = 1, .index = {SP_NANO}}, SP_E_RANGE},
	    {{.kind = SP_COMMAND_SET_INDEX, .index = {50 * POINT - 1}}, SP_E_RANGE},
	    {{.kind = SP_COMMAND_SET_INDEX, .index = {200 * POINT + 1}}, SP_E_RANGE},
	    {{.kind = SP_COMMAND_SET_INDEX, .index = {0}}, SP_E_RANGE},
	    {{.kind = SP_COMMAND_SET_INDEX, .index = {-SP_NANO}}, SP_E_RANGE},
	    {{.kind = SP_COMMAND_ALARM, .alarm = SP_ALARM_stale_cost, .raised = true}, SP_E_RANGE},
	    {{.kind = SP_COMMAND_ALARM, .alarm = SP_ALARM_last_check, .raised = true}, SP_E_RANGE},
	    {{.kind = SP_COMMAND_ALARM, .alarm = SP_ALARM_CODES, .raised = true}, SP_E_RANGE},
	};
	world w;

	(void)state;
	world_init(&w);
	world_build(&w);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_status(sp_engine_command(w.engine, &cases[i].command), cases[i].status);
	check_i64(world_step(&w)->index.ppb, SP_NANO);
	check_u64(w.tick->n_alarms, 0);
	check_true(!sp_engine_frozen(w.engine, 0));
	world_set_index(&w, 0, 50 * POINT);
	check_i64(world_step(&w)->index.ppb, 50 * POINT); /* the floor itself may be meant */
	world_fini(&w);
}

static void an_engine_answers_what_it_is_asked(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	world_build(&w);
	check_i64(sp_engine_now(w.engine), SP_TIME_MIN_NS);
	check_true(sp_engine_setup(w.engine) == &w.setup);
	world_step(&w);
	check_i64(sp_engine_now(w.engine), w.now_ns);
	check_u64(w.tick->skipped, 0);
	check_true(!w.tick->checkpoint_due);
	world_tick(&w, WORLD_START + SP_HOUR);
	check_true(w.tick->checkpoint_due);
	check_u64(w.tick->skipped, 58);
	world_step(&w);
	check_true(!w.tick->checkpoint_due);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r19_observe_and_propose_say_what_would_be_and_change_nothing),
	    cmocka_unit_test(r19_auto_publishes),
	    cmocka_unit_test(cuts_may_wait_for_people_while_raises_go_out),
	    cmocka_unit_test(cuts_that_wait_do_not_keep_an_announced_raise),
	    cmocka_unit_test(an_index_set_by_hand_is_observed_told_and_told),
	    cmocka_unit_test(an_index_set_by_hand_waits_for_nothing_and_keeps_the_rails),
	    cmocka_unit_test(an_index_set_by_hand_to_what_is_told_moves_nothing),
	    cmocka_unit_test(the_last_index_set_by_hand_counts),
	    cmocka_unit_test(commands_that_cannot_be_meant_are_refused),
	    cmocka_unit_test(an_engine_answers_what_it_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
