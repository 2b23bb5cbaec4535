/* test_alarms.c - alarms raised and cleared in a tick, the drivers' among them (R14). The engine's own causes are tested with
 * their rules. */
#include <string.h>

#include "tests/engine/world.h"

static void state_alarm(world *w, sp_alarm_code code, bool raised)
{
	sp_command command = {.kind = SP_COMMAND_ALARM, .alarm = code, .raised = raised};

	check_status(sp_engine_command(w->engine, &command), SP_OK);
}

static void r14_a_drivers_alarm_enters_in_the_next_tick(void **state)
{
	world w;
	int64_t since;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_step(&w);
	since = w.now_ns;
	state_alarm(&w, SP_ALARM_commit, true);
	check_true(world_alarmed(&w, "commit", ""));
	world_step(&w);
	check_u64(w.tick->n_alarms, 1);
	check_text(w.tick->alarms[0].alarm.code, "commit");
	check_text(w.tick->alarms[0].alarm.text, "the decision log cannot be written: prices hold");
	check_true(strlen(w.tick->alarms[0].alarm.cure) > 0);
	check_true(w.tick->alarms[0].raised);
	check_i64(w.tick->alarms[0].alarm.since_ns, since);
	state_alarm(&w, SP_ALARM_commit, true); /* stands already */
	world_step(&w);
	check_u64(w.tick->n_alarms, 0);
	state_alarm(&w, SP_ALARM_commit, false);
	check_true(!world_alarmed(&w, "commit", ""));
	world_step(&w);
	check_u64(w.tick->n_alarms, 1);
	check_true(!w.tick->alarms[0].raised);
	check_i64(w.tick->alarms[0].alarm.since_ns, since);
	world_step(&w);
	check_u64(w.tick->n_alarms, 0);
	world_fini(&w);
}

static void r14_one_that_was_raised_and_cleared_between_ticks_leaves_no_row(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_step(&w);
	state_alarm(&w, SP_ALARM_clock, true);
	state_alarm(&w, SP_ALARM_clock, false);
	world_step(&w);
	check_u64(w.tick->n_alarms, 0);
	world_fini(&w);
}

static void r14_one_that_was_cleared_and_raised_again_is_both(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_step(&w);
	state_alarm(&w, SP_ALARM_intake, true);
	world_steps(&w, 3);
	state_alarm(&w, SP_ALARM_intake, false);
	state_alarm(&w, SP_ALARM_intake, true);
	world_step(&w);
	check_u64(w.tick->n_alarms, 2);
	check_true(!w.tick->alarms[0].raised && w.tick->alarms[1].raised);
	check_i64(w.tick->alarms[0].alarm.since_ns, WORLD_START + SP_MIN);
	check_i64(w.tick->alarms[1].alarm.since_ns, WORLD_START + 4 * SP_MIN);
	world_fini(&w);
}

static void every_driver_alarm_can_stand_at_once(void **state)
{
	world w;
	sp_alarm alarms[3];

	(void)state;
	world_init(&w);
	for (sp_clock clock = 0; clock < SP_CLOCKS; clock++)
		w.pools[0].clocks[clock].feed = SP_FEED_FED;
	w.lots[0].by_signal = true;
	w.pools[0].max_hold_ns = SP_MIN;
	world_build(&w);
	for (sp_alarm_code code = SP_ALARM_commit; code < SP_ALARM_CODES; code++)
		state_alarm(&w, code, true);
	world_step(&w);
	check_u64(w.tick->n_alarms, SP_CLOCKS + SP_ALARM_CODES - SP_ALARM_commit);
	for (sp_alarm_code code = SP_ALARM_commit; code < SP_ALARM_CODES; code++) {
		state_alarm(&w, code, false);
		state_alarm(&w, code, true);
	}
	world_step(&w);
	/* as many as are told, and the engine says how many there are */
	check_u64(sp_engine_alarms(w.engine, alarms, 3), SP_CLOCKS + 1 + SP_ALARM_CODES - SP_ALARM_commit);
	check_text(alarms[0].code, "stale_cost");
	check_text(alarms[2].code, "stale_reliability");
	check_text(alarms[2].subject, "p");
	world_fini(&w);
}

static void a_drivers_alarm_survives_a_checkpoint(void **state)
{
	world w, other;
	static uint8_t bytes[1 << 17];
	sp_message message;

	(void)state;
	world_init(&w);
	world_build(&w);
	state_alarm(&w, SP_ALARM_reload, true);
	world_step(&w);
	check_true(sp_engine_save_size(w.engine) <= sizeof bytes);
	sp_engine_save(w.engine, bytes, sizeof bytes);
	world_init(&other);
	world_build(&other);
	check_status(sp_engine_restore(other.engine, bytes, sp_engine_save_size(w.engine), &message), SP_OK);
	other.now_ns = w.now_ns;
	check_true(world_alarmed(&other, "reload", ""));
	world_step(&other);
	check_u64(other.tick->n_alarms, 0); /* it was told */
	world_fini(&w);
	world_fini(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r14_a_drivers_alarm_enters_in_the_next_tick),
	    cmocka_unit_test(r14_one_that_was_raised_and_cleared_between_ticks_leaves_no_row),
	    cmocka_unit_test(r14_one_that_was_cleared_and_raised_again_is_both),
	    cmocka_unit_test(every_driver_alarm_can_stand_at_once),
	    cmocka_unit_test(a_drivers_alarm_survives_a_checkpoint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
