/* R13: inputs and checkpoints go, hashes stay, and a start always finds what it needs. */
#include "tests/log/sample.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"

/* Ticks an hour apart with inputs, every one with a checkpoint: `days` days of them. */
static sp_log_file *log_of_days(const char *path, int days)
{
	sp_log_file *log = sample_open(path, NULL);
	sp_log_receipt receipt;
	sample s;

	for (int64_t i = 0; i < 24 * days; i++) {
		sample_make(&s, 1);
		s.tick.t_ns = SP_DAY * 20000 + SP_HOUR * i;
		s.tick.checkpoint = s.checkpoint;
		memcpy(s.checkpoint, &i, sizeof i);
		check_status(sp_log_commit(log, &s.tick, &receipt, NULL), SP_OK);
	}
	return log;
}

static int64_t hour(int64_t day, int64_t h)
{
	return SP_DAY * (20000 + day) + SP_HOUR * h;
}

static void r13_inputs_older_than_their_age_go_and_hashes_stay(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = log_of_days(path, 3);
	uint8_t head[SP_HASH_SIZE], after[SP_HASH_SIZE];

	(void)state;
	sp_log_head(log, head);
	check_status(sp_log_prune(log, hour(1, 0), 0, NULL), SP_OK);
	sp_log_head(log, after);
	check_bytes(after, head, SP_HASH_SIZE);
	sp_log_close(log);
	check_i64(sample_ask(path, "SELECT count(*) FROM input WHERE blob IS NULL"), 24);
	check_i64(sample_ask(path, "SELECT max(tick) FROM input WHERE blob IS NULL"), 24);
	check_true(sample_verdict(path, head).sound);
	sample_commit(log = sample_open(path, NULL), 1000000, 1000001);
	sp_log_close(log);
	check_true(sample_verdict(path, head).sound);
}

/* Of day 1 (its inputs are kept) the first checkpoint stays; those of the last day all stay; those before the cut go. */
static void r13_one_checkpoint_a_day_is_kept_as_long_as_the_inputs_after_it(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = log_of_days(path, 5);

	(void)state;
	check_status(sp_log_prune(log, hour(1, 6), 0, NULL), SP_OK);
	sp_log_close(log);
	/* The cut is tick 30 (day 1, 5 h): its checkpoint is the first that has all inputs after it. */
	check_i64(sample_ask(path, "SELECT count(*) FROM checkpoint WHERE blob IS NOT NULL AND tick < 30"), 0);
	check_i64(sample_ask(path, "SELECT min(tick) FROM checkpoint WHERE blob IS NOT NULL"), 30);
	check_i64(sample_ask(path, "SELECT count(*) FROM checkpoint WHERE blob IS NOT NULL AND tick BETWEEN 25 AND 48"), 1);
	check_i64(sample_ask(path, "SELECT count(*) FROM checkpoint WHERE blob IS NOT NULL AND tick BETWEEN 49 AND 72"), 1);
	check_i64(sample_ask(path, "SELECT tick FROM checkpoint WHERE blob IS NOT NULL AND tick BETWEEN 49 AND 72"), 49);
	check_i64(sample_ask(path, "SELECT count(*) FROM checkpoint WHERE blob IS NOT NULL AND tick BETWEEN 97 AND 120"),
	          24);
	check_true(sample_verdict(path, NULL).sound);
}

static void r13_the_oldest_inputs_beyond_the_size_go(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = log_of_days(path, 1);
	int64_t size, kept;

	(void)state;
	size = sample_ask(path, "SELECT sum(length(blob)) FROM input");
	check_status(sp_log_prune(log, 0, size, NULL), SP_OK);
	check_i64(sample_ask(path, "SELECT count(*) FROM input WHERE blob IS NULL"), 0);
	check_status(sp_log_prune(log, 0, size / 2, NULL), SP_OK);
	kept = sample_ask(path, "SELECT sum(length(blob)) FROM input");
	check_true(kept <= size / 2 && kept > size / 3);
	check_i64(sample_ask(path, "SELECT count(*) FROM input WHERE blob IS NULL AND tick > (SELECT min(tick) FROM input"
	                           " WHERE blob IS NOT NULL)"),
	          0);
	sp_log_close(log);
	check_true(sample_verdict(path, NULL).sound);
}

static void nothing_after_the_last_checkpoint_goes(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = sample_open(path, NULL);
	uint8_t *bytes;
	int64_t tick;
	size_t n;

	(void)state;
	sample_commit(log, 1, 2); /* no checkpoint yet */
	check_status(sp_log_prune(log, INT64_MAX, 1, NULL), SP_OK);
	check_i64(sample_ask(path, "SELECT count(*) FROM input WHERE blob IS NULL"), 0);
	sample_commit(log, 3, 8); /* checkpoints at 3 and 6 */
	check_status(sp_log_append(log, (const uint8_t[]){1, 2}, 2, NULL), SP_OK);
	check_status(sp_log_prune(log, INT64_MAX, 1, NULL), SP_OK);
	check_i64(sample_ask(path, "SELECT max(tick) FROM input WHERE blob IS NULL"), 5);
	check_i64(sample_ask(path, "SELECT count(*) FROM input WHERE blob IS NOT NULL"), 2);
	check_status(sp_log_checkpoint_find(log, 8, &tick, &bytes, &n, NULL), SP_OK);
	check_i64(tick, 6);
	free(bytes);
	check_status(sp_log_checkpoint_find(log, 5, &tick, &bytes, &n, NULL), SP_E_ABSENT);
	sp_log_close(log);
}

static bool count_pruned(void *context, int64_t tick, const uint8_t *bytes, size_t n)
{
	int64_t *pruned = context;

	(void)tick;
	check_true(bytes || n == 0);
	*pruned += bytes == NULL;
	return true;
}

static void pruned_inputs_are_told_as_such(void **state)
{
	sp_log_file *log = sample_open(sample_path("a.db"), NULL);
	int64_t pruned = 0;

	(void)state;
	sample_commit(log, 1, 9);
	check_status(sp_log_prune(log, sample_time(6), 0, NULL), SP_OK);
	check_status(sp_log_inputs(log, 1, count_pruned, &pruned, NULL), SP_OK);
	check_i64(pruned, 3); /* ticks 1, 3, 5 */
	sp_log_close(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r13_inputs_older_than_their_age_go_and_hashes_stay),
	    cmocka_unit_test(r13_one_checkpoint_a_day_is_kept_as_long_as_the_inputs_after_it),
	    cmocka_unit_test(r13_the_oldest_inputs_beyond_the_size_go),
	    cmocka_unit_test(nothing_after_the_last_checkpoint_goes),
	    cmocka_unit_test(pruned_inputs_are_told_as_such),
	};

	sample_in_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
