/* test_rerun.c - a log's inputs through the engine again: every digest must come out, and what was changed before it was
 * hashed must be found (P11). */
#include <stdlib.h>
#include <string.h>

#include "controller/drive/recording.h"
#include "controller/drive/rerun.h"
#include "tests/drive/scribe.h"

static sp_log_file *open_log(const char *path, bool read_only)
{
	sp_log_options options = {.read_only = read_only, .engine_version = SP_ENGINE_VERSION};
	sp_log_file *log = NULL;
	sp_message message = {{0}};

	check_status(sp_log_open(path, &options, &log, &message), SP_OK);
	return log;
}

static sp_rerun_verdict rerun(const char *path)
{
	sp_log_file *log = open_log(path, true);
	sp_rerun_verdict verdict;
	sp_message message = {{0}};
	sp_status status = sp_rerun_log(log, NULL, NULL, &verdict, &message);

	if (status != SP_OK)
		print_error("%s\n", message.text);
	check_status(status, SP_OK);
	sp_log_close(log);
	return verdict;
}

static sp_status rerun_fails(const char *path, sp_message *message)
{
	sp_log_file *log = open_log(path, true);
	sp_rerun_verdict verdict;
	sp_status status = sp_rerun_log(log, NULL, NULL, &verdict, message);

	sp_log_close(log);
	return status;
}

/* The tape, recorded. */
static const char *record(int64_t periods)
{
	sp_config *config = tape_config(tape_yaml);
	const char *path = tape_path();
	sp_drive *drive = tape_open(config, path);

	tape_play_all(drive, 0, periods, NULL);
	sp_drive_close(drive);
	sp_config_close(config);
	return path;
}

static void count_calls(void *context, double share)
{
	check_true(share > 0 && share <= 1);
	++*(int *)context;
}

static void a_recording_runs_again_to_the_same_digests(void **state)
{
	const char *path = record(130);
	sp_rerun_verdict verdict = rerun(path);
	sp_log_file *log = open_log(path, true);
	sp_message message = {{0}};
	int calls = 0;

	(void)state;
	check_true(verdict.sound && verdict.first_wrong == 0 && verdict.skipped == 0);
	check_i64(verdict.ticks, 130);
	check_i64(verdict.from_tick, 1);
	check_status(sp_rerun_log(log, count_calls, &calls, &verdict, &message), SP_OK);
	check_true(verdict.sound && calls == 2);
	sp_log_close(log);
}

static void one_input_altered_before_it_was_hashed_is_found(void **state)
{
	const char *path = tape_path();
	sp_rerun_verdict verdict;
	scribe s;

	(void)state;
	scribe_open(&s, path, SP_ENGINE_VERSION);
	scribe_periods(&s, 0, 100);
	s.lie = 0.001;
	scribe_period(&s, 100);
	s.lie = 0;
	scribe_periods(&s, 101, 150);
	scribe_close(&s);
	verdict = rerun(path);
	check_true(!verdict.sound);
	check_i64(verdict.first_wrong, 101);
	check_i64(verdict.ticks, 150);
}

static void an_honest_scribe_is_believed(void **state)
{
	const char *path = tape_path();
	scribe s;

	(void)state;
	scribe_open(&s, path, SP_ENGINE_VERSION);
	scribe_periods(&s, 0, 150);
	scribe_close(&s);
	check_true(rerun(path).sound);
}

static void r13_ticks_of_another_engine_are_not_compared(void **state)
{
	const char *path = tape_path();
	sp_rerun_verdict verdict;
	scribe s;

	(void)state;
	scribe_open(&s, path, SP_ENGINE_VERSION + 1);
	s.lie = 0.1;
	scribe_periods(&s, 0, 50);
	scribe_close(&s);
	verdict = rerun(path);
	check_true(verdict.sound);
	check_i64(verdict.skipped, 50);
	check_i64(verdict.ticks, 0);
}

static void r16_several_configurations_in_one_recording_run_again_exactly(void **state)
{
	sp_config *config = tape_config(tape_yaml), *calm = tape_config(tape_yaml_calm),
	          *wide = tape_config(tape_yaml_wide);
	const char *path = tape_path();
	sp_drive *drive = tape_open(config, path);
	sp_rerun_verdict verdict;
	sp_message message = {{0}};

	(void)state;
	tape_play_all(drive, 0, 90, NULL);
	tape_feed(drive, 90); /* within a period */
	check_status(sp_drive_reload(drive, calm, false, &message), SP_OK);
	tape_play_all(drive, 91, 200, NULL);
	check_status(sp_drive_reload(drive, wide, false, &message), SP_OK);
	tape_play_all(drive, 200, 250, NULL);
	check_status(sp_drive_reload(drive, wide, false, &message), SP_OK);
	tape_play_all(drive, 250, 300, NULL);
	sp_drive_close(drive);
	verdict = rerun(path);
	check_true(verdict.sound);
	check_i64(verdict.ticks, 299);
	sp_config_close(config);
	sp_config_close(calm);
	sp_config_close(wide);
}

static bool count_block(void *context, int64_t tick, const uint8_t *bytes, size_t n)
{
	uint32_t *counts = context;

	check_true(bytes != NULL && n <= SP_INPUTS_BLOCK_MAX);
	counts[0]++;
	counts[1] += tick == 2;
	return true;
}

static void r12_inputs_beyond_a_block_are_stored_early_and_run_again(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	const char *path = tape_path();
	sp_drive *drive = tape_open(config, path);
	sp_signal signal = {.kind = SP_KIND_utilization};
	sp_drive_answer answer;
	sp_message message = {{0}};
	sp_log_file *log;
	uint32_t counts[2] = {0}, slot;
	sp_rng rng;

	(void)state;
	tape_play(drive, 0, NULL);
	sp_rng_init(&rng, 4);
	signal.subject = sp_config_setup(config)->pools[0].subject;
	check_status(sp_drive_source(drive, "tape", &slot), SP_OK);
	signal.source = slot;
	for (int64_t i = 0; i < 1000000; i++) { /* 14 bytes each at least */
		signal.t_ns = tape_end(0) + i;
		signal.value.real = sp_rng_uniform(&rng);
		check_status(sp_drive_take(drive, &signal, NULL, &message), SP_OK);
	}
	check_status(sp_drive_tick(drive, tape_end(1), &answer, &message), SP_OK);
	check_u64(answer.tick->taken, 1000000);
	tape_play(drive, 2, NULL);
	sp_drive_close(drive);
	log = open_log(path, true);
	check_status(sp_log_inputs(log, 1, count_block, counts, &message), SP_OK);
	sp_log_close(log);
	print_message("%u blocks, %u of the second tick\n", counts[0], counts[1]);
	check_true(counts[1] >= 4 && counts[0] == counts[1] + 2);
	check_true(rerun(path).sound);
	sp_config_close(config);
}

/* Two hours and a bit, so that there are checkpoints: of 01:00 and 02:00, the ticks 60 and 120. */
static const char *record_pruned(int64_t keep_from)
{
	const char *path = record(130);
	sp_log_file *log = open_log(path, false);
	sp_message message = {{0}};

	check_status(sp_log_prune(log, tape_end(keep_from), 0, &message), SP_OK);
	sp_log_close(log);
	return path;
}

static void r13_after_pruned_inputs_a_rerun_begins_at_the_next_checkpoint(void **state)
{
	const char *path = record_pruned(50);
	sp_rerun_verdict verdict = rerun(path);
	sp_log_file *log = open_log(path, true);
	sp_moment moment;
	sp_message message = {{0}};

	(void)state;
	check_true(verdict.sound);
	print_message("begins at tick %lld\n", (long long)verdict.from_tick);
	check_i64(verdict.from_tick, 61);
	check_i64(verdict.ticks, 70);
	check_status(sp_rerun_to(log, 40, &moment, &message), SP_E_ABSENT);
	check_contains(message.text, "pruned");
	sp_moment_fini(&moment);
	check_status(sp_rerun_to(log, 70, &moment, &message), SP_OK);
	sp_moment_fini(&moment);
	sp_log_close(log);
}

static uint8_t *save_behind(sp_log_file *log, int64_t tick, size_t *n)
{
	sp_drive *drive = NULL;
	sp_config *config = NULL;
	sp_message message = {{0}};
	uint8_t *bytes;

	check_status(sp_rerun_behind(log, tick, &drive, &config, &message), SP_OK);
	bytes = malloc(sp_drive_save_max(drive));
	assert_non_null(bytes);
	*n = sp_drive_save(drive, bytes);
	sp_drive_close(drive);
	sp_config_close(config);
	return bytes;
}

/* A clean stop may fall on the tick that pruned: then the inputs of the last tick are gone, and its checkpoint is there. */
static void r13_a_tick_whose_inputs_are_pruned_stands_as_its_checkpoint_has_it(void **state)
{
	const char *path = record(120);
	sp_log_file *log = open_log(path, false);
	sp_drive *drive = NULL;
	sp_config *config = NULL;
	sp_moment moment;
	sp_message message = {{0}};
	size_t n_before, n_after;
	uint8_t *before = save_behind(log, 120, &n_before), *after;

	(void)state;
	check_status(sp_log_prune(log, tape_end(119) + 1, 0, &message), SP_OK);
	check_status(sp_rerun_to(log, 120, &moment, &message), SP_E_ABSENT);
	sp_moment_fini(&moment);
	after = save_behind(log, 120, &n_after);
	check_u64(n_after, n_before);
	check_bytes(after, before, n_before);
	check_status(sp_rerun_behind(log, 119, &drive, &config, &message), SP_E_ABSENT);
	check_contains(message.text, "pruned");
	assert_null(drive);
	free(before);
	free(after);
	sp_log_close(log);
}

static void what_was_changed_after_pruned_inputs_is_found(void **state)
{
	const char *path = tape_path();
	sp_message message = {{0}};
	sp_rerun_verdict verdict;
	scribe s;

	(void)state;
	scribe_open(&s, path, SP_ENGINE_VERSION);
	scribe_periods(&s, 0, 80);
	s.lie = 0.01;
	scribe_period(&s, 80);
	s.lie = 0;
	scribe_periods(&s, 81, 100);
	check_status(sp_log_prune(s.log, tape_end(40), 0, &message), SP_OK);
	scribe_close(&s);
	verdict = rerun(path);
	check_true(!verdict.sound && verdict.from_tick == 61);
	check_i64(verdict.first_wrong, 81);
}

static void however_much_is_pruned_the_last_checkpoint_is_a_beginning(void **state)
{
	const char *path = record_pruned(129);
	sp_rerun_verdict verdict = rerun(path);

	(void)state;
	check_true(verdict.sound);
	check_i64(verdict.from_tick, 121);
	check_i64(verdict.ticks, 10);
}

static void a_file_after_an_archived_one_runs_again_by_itself(void **state)
{
	const char *path = tape_path();
	sp_log_file *log;
	sp_moment moment;
	sp_message message = {{0}};
	sp_rerun_verdict verdict;
	scribe s;

	(void)state;
	scribe_open(&s, path, SP_ENGINE_VERSION);
	scribe_periods(&s, 0, 30);
	check_status(sp_log_rotate(s.log, &message), SP_OK);
	s.checkpoint_due = true;
	scribe_periods(&s, 30, 100);
	scribe_close(&s);
	verdict = rerun(path);
	check_true(verdict.sound);
	check_i64(verdict.from_tick, 32);
	check_i64(verdict.ticks, 69);
	log = open_log(path, true);
	check_status(sp_rerun_to(log, 31, &moment, &message), SP_E_ABSENT);
	check_contains(message.text, "archived");
	sp_moment_fini(&moment);
	check_status(sp_rerun_to(log, 40, &moment, &message), SP_OK);
	check_i64(moment.t_ns, tape_end(39));
	sp_moment_fini(&moment);
	sp_log_close(log);
}

static void a_file_after_an_archived_one_without_checkpoint_says_so(void **state)
{
	const char *path = tape_path();
	sp_message message = {{0}};
	scribe s;

	(void)state;
	scribe_open(&s, path, SP_ENGINE_VERSION);
	scribe_periods(&s, 0, 30);
	check_status(sp_log_rotate(s.log, &message), SP_OK);
	scribe_periods(&s, 30, 40);
	scribe_close(&s);
	check_status(rerun_fails(path, &message), SP_E_ABSENT);
	check_contains(message.text, "no checkpoint after tick 31");
}

/* --- damaged inputs under a sound chain --- */

static sp_status rerun_block(const void *bytes, size_t n, sp_message *message)
{
	const char *path = tape_path();
	scribe s;

	scribe_open(&s, path, SP_ENGINE_VERSION);
	scribe_periods(&s, 0, 3);
	scribe_block(&s, 3, bytes, n);
	scribe_close(&s);
	return rerun_fails(path, message);
}

static void inputs_that_are_none_end_the_rerun(void **state)
{
	static const uint8_t junk[] = {77, 1, 2, 3};
	static const uint8_t cut[] = {SP_INPUT_REFUSED};
	static const uint8_t unknown[1 + SP_HASH_SIZE] = {SP_INPUT_CONFIG, 1, 2, 3};
	sp_message message = {{0}};

	(void)state;
	check_status(rerun_block(junk, sizeof junk, &message), SP_E_DAMAGED);
	check_contains(message.text, "tick 4 cannot be read");
	check_status(rerun_block(cut, sizeof cut, &message), SP_E_DAMAGED);
	check_status(rerun_block(unknown, sizeof unknown, &message), SP_E_ABSENT);
}

/* A utilization of the pool at a time, as bytes. */
static size_t signal_at(uint8_t bytes[256], int64_t t_ns)
{
	sp_writer w = {.at = bytes, .size = 256};

	sp_put_u8(&w, SP_INPUT_SIGNAL);
	sp_put_varint(&w, 0);
	sp_put_text(&w, "east/h100");
	sp_put_varint(&w, 0);
	sp_put_text(&w, "scribe");
	sp_put_u8(&w, SP_KIND_utilization);
	sp_put_zigzag(&w, t_ns);
	sp_put_double(&w, 0.7);
	return w.n;
}

static void a_recorded_signal_outside_the_permitted_times_is_damage(void **state)
{
	uint8_t bytes[256];
	size_t n = signal_at(bytes, tape_end(3) - 1);
	sp_message message = {{0}};

	(void)state;
	check_status(rerun_block(bytes, n, &message), SP_OK);
	n = signal_at(bytes, -1);
	check_status(rerun_block(bytes, n, &message), SP_E_DAMAGED);
	n = signal_at(bytes, SP_TIME_MAX_NS);
	check_status(rerun_block(bytes, n, &message), SP_E_DAMAGED);
}

static void a_recording_without_configuration_is_damaged(void **state)
{
	const char *path = tape_path();
	sp_message message = {{0}};
	uint8_t bytes[256];
	size_t n = signal_at(bytes, tape_end(0) - 1);
	scribe s;

	(void)state;
	scribe_open(&s, path, SP_ENGINE_VERSION);
	scribe_block(&s, 0, bytes, n);
	scribe_close(&s);
	check_status(rerun_fails(path, &message), SP_E_DAMAGED);
	check_contains(message.text, "before its configuration");
	path = tape_path();
	scribe_open(&s, path, SP_ENGINE_VERSION);
	scribe_block(&s, 0, NULL, 0);
	scribe_close(&s);
	check_status(rerun_fails(path, &message), SP_E_DAMAGED);
}

static void a_recorded_configuration_that_this_version_refuses_is_said_so(void **state)
{
	static const char yaml[] = "version: 1\npools: []\n";
	const char *path = tape_path();
	uint8_t block[1 + SP_HASH_SIZE] = {SP_INPUT_CONFIG};
	sp_message message = {{0}};
	scribe s;

	(void)state;
	scribe_open(&s, path, SP_ENGINE_VERSION);
	sp_log_hash(yaml, sizeof yaml - 1, "", 0, block + 1);
	check_status(sp_log_config(s.log, block + 1, yaml, sizeof yaml - 1, "", 0, &message), SP_OK);
	scribe_block(&s, 0, block, sizeof block);
	scribe_close(&s);
	check_status(rerun_fails(path, &message), SP_E_SYNTAX);
	check_contains(message.text, "this version refuses the recorded configuration: ");
}

/* --- moments --- */

static void the_moment_before_a_tick_gives_its_decision(void **state)
{
	const char *path = record(100);
	sp_log_file *log = open_log(path, true);
	sp_message message = {{0}};
	sp_log_tick_row row;
	sp_drive_answer answer;
	sp_moment moment;

	(void)state;
	for (int64_t tick = 1; tick <= 100; tick += tick < 5 ? 1 : 13) {
		check_status(sp_rerun_to(log, tick, &moment, &message), SP_OK);
		check_i64(moment.t_ns, tape_end(tick - 1));
		for (size_t i = 0; i < moment.n_inputs; i++)
			check_status(sp_recording_apply(moment.drive, &moment.inputs[i], &message), SP_OK);
		check_status(sp_log_tick_find(log, tick, &row, &message), SP_OK);
		check_status(sp_drive_tick(moment.drive, moment.t_ns, &answer, &message), SP_OK);
		check_bytes(answer.digest, row.digest, SP_HASH_SIZE);
		sp_moment_fini(&moment);
	}
	check_status(sp_rerun_to(log, 101, &moment, &message), SP_E_ABSENT);
	check_contains(message.text, "no tick 101");
	sp_moment_fini(&moment);
	sp_log_close(log);
}

static void a_configuration_within_the_period_is_part_of_its_moment(void **state)
{
	sp_config *config = tape_config(tape_yaml), *calm = tape_config(tape_yaml_calm);
	const char *path = tape_path();
	sp_drive *drive = tape_open(config, path);
	sp_drive_answer answer;
	sp_moment moment;
	sp_log_file *log;
	sp_message message = {{0}};
	uint8_t digest[SP_HASH_SIZE];

	(void)state;
	tape_play_all(drive, 0, 46, NULL);
	tape_feed(drive, 46);
	check_status(sp_drive_reload(drive, calm, false, &message), SP_OK);
	tape_send(drive, SP_KIND_utilization, "east/h100", 0.9, tape_end(46) - 1);
	check_status(sp_drive_tick(drive, tape_end(46), &answer, &message), SP_OK);
	memcpy(digest, answer.digest, sizeof digest);
	sp_drive_close(drive);
	log = open_log(path, true);
	check_status(sp_rerun_to(log, 47, &moment, &message), SP_OK);
	check_u64(moment.n_inputs, 1); /* what came after the configuration */
	check_bytes(sp_drive_setup(moment.drive)->hash, sp_config_setup(calm)->hash, SP_HASH_SIZE);
	check_status(sp_recording_apply(moment.drive, &moment.inputs[0], &message), SP_OK);
	check_status(sp_drive_tick(moment.drive, moment.t_ns, &answer, &message), SP_OK);
	check_bytes(answer.digest, digest, sizeof digest);
	sp_moment_fini(&moment);
	sp_log_close(log);
	sp_config_close(config);
	sp_config_close(calm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_recording_runs_again_to_the_same_digests),
	    cmocka_unit_test(one_input_altered_before_it_was_hashed_is_found),
	    cmocka_unit_test(an_honest_scribe_is_believed),
	    cmocka_unit_test(r13_ticks_of_another_engine_are_not_compared),
	    cmocka_unit_test(r16_several_configurations_in_one_recording_run_again_exactly),
	    cmocka_unit_test(r12_inputs_beyond_a_block_are_stored_early_and_run_again),
	    cmocka_unit_test(r13_after_pruned_inputs_a_rerun_begins_at_the_next_checkpoint),
	    cmocka_unit_test(r13_a_tick_whose_inputs_are_pruned_stands_as_its_checkpoint_has_it),
	    cmocka_unit_test(what_was_changed_after_pruned_inputs_is_found),
	    cmocka_unit_test(however_much_is_pruned_the_last_checkpoint_is_a_beginning),
	    cmocka_unit_test(a_file_after_an_archived_one_runs_again_by_itself),
	    cmocka_unit_test(a_file_after_an_archived_one_without_checkpoint_says_so),
	    cmocka_unit_test(inputs_that_are_none_end_the_rerun),
	    cmocka_unit_test(a_recorded_signal_outside_the_permitted_times_is_damage),
	    cmocka_unit_test(a_recording_without_configuration_is_damaged),
	    cmocka_unit_test(a_recorded_configuration_that_this_version_refuses_is_said_so),
	    cmocka_unit_test(the_moment_before_a_tick_gives_its_decision),
	    cmocka_unit_test(a_configuration_within_the_period_is_part_of_its_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
