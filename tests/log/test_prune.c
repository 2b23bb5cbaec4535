/* R13: inputs and checkpoints go, hashes stay, and a start always finds what it needs. */
#include "tests/log/sample.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "controller/log/store.h"

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

/* n ticks with 1 MiB of inputs that do not compress, in two blocks; every 4th with a checkpoint. */
static sp_log_file *log_of_megabytes(const char *path, int n)
{
	static uint8_t noise[1 << 20];
	sp_log_file *log = sample_open(path, NULL);
	sp_log_receipt receipt;
	sp_rng rng;
	sample s;

	sp_rng_init(&rng, 1);
	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (uint8_t)sp_rng_next(&rng);
	for (int64_t i = 1; i <= n; i++) {
		sample_make(&s, i);
		check_status(sp_log_append(log, noise, sizeof noise / 2, NULL), SP_OK);
		s.tick.inputs = noise + sizeof noise / 2;
		s.tick.n_inputs = sizeof noise / 2;
		s.tick.checkpoint = i % 4 == 0 ? s.checkpoint : NULL;
		check_status(sp_log_commit(log, &s.tick, &receipt, NULL), SP_OK);
	}
	return log;
}

static int64_t inputs_there(const char *path)
{
	return sample_ask(path, "SELECT count(*) FROM input WHERE blob IS NOT NULL");
}

static void a_call_drops_a_bounded_amount_and_the_next_goes_on(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = log_of_megabytes(path, 24);
	int64_t before = inputs_there(path), calls = 0;

	(void)state;
	check_i64(before, 48);
	for (;; calls++) {
		int64_t after;

		check_status(sp_log_prune(log, INT64_MAX, 0, NULL), SP_OK);
		after = inputs_there(path);
		/* whole ticks, beyond the bound by one at most */
		check_i64(after % 2, 0);
		check_true(before - after <= 2 * (SP_LOG_PRUNE_BYTES / (1 << 20) + 1));
		/* a checkpoint goes only with all that was before it */
		check_i64(sample_ask(path, "SELECT count(*) FROM checkpoint c WHERE blob IS NULL AND tick >= (SELECT min(tick)"
		                           " FROM input WHERE blob IS NOT NULL)"),
		          0);
		if (after == before)
			break;
		before = after;
	}
	check_i64(calls, 3);
	check_i64(before, 0); /* the last checkpoint is of the last tick */
	check_i64(sample_ask(path, "SELECT count(*) FROM checkpoint WHERE blob IS NOT NULL"), 1);
	sp_log_close(log);
	check_true(sample_verdict(path, NULL).sound);
}

static void the_bytes_there_are_are_kept_count_of(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = log_of_megabytes(path, 6);
	sample s;

	(void)state;
	sample_make(&s, 1);
	check_status(sp_log_prune(log, 0, INT64_MAX, NULL), SP_OK);
	check_i64(log->now.stored, -1); /* a file smaller than that needs no count */
	check_status(sp_log_prune(log, 0, 5 << 20, NULL), SP_OK);
	check_i64(log->now.stored, sample_ask(path, "SELECT sum(length(blob)) FROM input"));
	check_i64(inputs_there(path), 8); /* a tick has its last bytes of frames beyond 1 MiB */
	check_status(sp_log_append(log, s.inputs, 100, NULL), SP_OK);
	sample_commit(log, 7, 9);
	check_i64(log->now.stored, sample_ask(path, "SELECT sum(length(blob)) FROM input"));
	check_status(sp_log_rotate(log, NULL), SP_OK);
	check_status(sp_log_append(log, s.inputs, 100, NULL), SP_OK);
	sample_commit(log, 10, 13);
	check_status(sp_log_prune(log, 0, 1000, NULL), SP_OK);
	check_i64(log->now.stored, sample_ask(path, "SELECT sum(length(blob)) FROM input"));
	sp_log_close(log);
	check_true(sample_verdict(path, NULL).sound);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r13_inputs_older_than_their_age_go_and_hashes_stay),
	    cmocka_unit_test(r13_one_checkpoint_a_day_is_kept_as_long_as_the_inputs_after_it),
	    cmocka_unit_test(r13_the_oldest_inputs_beyond_the_size_go),
	    cmocka_unit_test(nothing_after_the_last_checkpoint_goes),
	    cmocka_unit_test(pruned_inputs_are_told_as_such),
	    cmocka_unit_test(a_call_drops_a_bounded_amount_and_the_next_goes_on),
	    cmocka_unit_test(the_bytes_there_are_are_kept_count_of),
	};

	sample_in_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
