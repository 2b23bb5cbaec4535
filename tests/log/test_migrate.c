/* A file of an older schema: read as it is, brought forward after a copy, or left as it was; and rotated files keep theirs. */
#include "tests/log/sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/log/store.h"

static const sp_log_options reading = {.read_only = true};

static void old_head(uint8_t head[SP_HASH_SIZE])
{
	check_status(sp_hash_parse(SAMPLE_OLD_HEAD, head), SP_OK);
}

static sp_log_verdict verdict_of(sp_log_file *log, const uint8_t *head)
{
	sp_log_verdict verdict;

	check_status(sp_log_verify(log, head, NULL, NULL, &verdict, NULL), SP_OK);
	if (!verdict.sound)
		print_message("%s: %s\n", verdict.where, verdict.what);
	return verdict;
}

static sp_log_verdict verdict_of_all(const char *path, const uint8_t *head)
{
	sp_log_verdict verdict;

	check_status(sp_log_verify_files(path, head, NULL, NULL, &verdict, NULL), SP_OK);
	if (!verdict.sound)
		print_message("%s: %s\n", verdict.where, verdict.what);
	return verdict;
}

static bool count_epoch(void *context, const sp_log_epoch_row *row)
{
	(void)row;
	++*(int64_t *)context;
	return true;
}

static bool count_publication(void *context, const sp_log_publication_row *row)
{
	(void)row;
	++*(int64_t *)context;
	return true;
}

static bool count_inputs(void *context, int64_t tick, const uint8_t *bytes, size_t n)
{
	check_i64(tick, 5);
	check_u64(n, 5);
	check_bytes(bytes, "\1\2\3\4\5", 5);
	++*(int64_t *)context;
	return true;
}

static void a_log_of_schema_1_is_read_as_it_is(void **state)
{
	const char *path = sample_path("a.db");
	uint8_t head[SP_HASH_SIZE], last[SP_HASH_SIZE];
	uint64_t counter = 9, seq = 9;
	sp_log_verdict verdict;
	sp_log_decision_row decision;
	sp_log_file *log;
	int64_t rows = 0;

	(void)state;
	sample_old(path);
	old_head(head);
	log = sample_open(path, &reading);
	check_i64(sp_log_last_tick(log, NULL), 4);
	sp_log_head(log, last);
	check_bytes(last, head, SP_HASH_SIZE);
	sp_log_feed(log, &counter, NULL, &seq);
	check_u64(counter, 0);
	check_u64(seq, 0);
	check_status(sp_log_epochs(log, 0, count_epoch, &rows, NULL), SP_OK);
	check_status(sp_log_publications(log, 0, count_publication, &rows, NULL), SP_OK);
	check_i64(rows, 0);
	check_status(sp_log_decision_find(log, 1, &decision, NULL), SP_OK);
	verdict = verdict_of(log, head);
	check_true(verdict.sound);
	check_i64(verdict.ticks, 4);
	sp_log_close(log);
	check_i64(sample_ask(path, "PRAGMA user_version"), 1);
}

static void a_changed_row_of_schema_1_is_found(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_verdict verdict;

	(void)state;
	sample_old(path);
	sample_sql(path, "DROP TRIGGER rollup_kept; UPDATE rollup SET count = 9 WHERE count = 3");
	verdict = sample_verdict(path, NULL);
	check_true(!verdict.sound);
	check_contains(verdict.where, "rollup");

	/* Tables of a later version in a file that says it is of an earlier one. */
	path = sample_path("a.db");
	sample_log(path, 3, NULL);
	sample_sql(path, "PRAGMA user_version = 1");
	check_true(!sample_verdict(path, NULL).sound);
}

static void a_log_of_schema_1_is_backed_up_and_brought_forward(void **state)
{
	const char *path = sample_path("a.db");
	uint8_t head[SP_HASH_SIZE];
	sp_log_epoch_row epoch;
	sp_log_receipt receipt;
	sp_log_verdict verdict;
	sp_log_file *log;
	int64_t rows = 0;
	char copy[300];

	(void)state;
	sample_old(path);
	old_head(head);
	log = sample_open(path, NULL);
	check_status(sp_log_inputs(log, 5, count_inputs, &rows, NULL), SP_OK);
	check_i64(rows, 1);
	epoch = sample_epoch(log);
	check_u64(epoch.counter, 1);
	check_u64(epoch.first_seq, 1);
	receipt = sample_commit(log, 5, 8);
	check_i64(receipt.tick, 8);
	check_u64(receipt.first_seq, 1 + 2 + 2 + 0 + 1); /* after the book, and ticks 5 to 7 */
	verdict = verdict_of(log, head);
	check_true(verdict.sound);
	check_i64(verdict.ticks, 8);
	sp_log_close(log);
	check_i64(sample_ask(path, "PRAGMA user_version"), SP_LOG_SCHEMA);
	check_true(sample_verdict(path, head).sound);

	(void)snprintf(copy, sizeof copy, "%s.schema-1", path);
	check_i64(sample_ask(copy, "PRAGMA user_version"), 1);
	verdict = sample_verdict(copy, head);
	check_true(verdict.sound);
	check_i64(verdict.ticks, 4);
	check_bytes(verdict.head, head, SP_HASH_SIZE);
}

static void a_reader_of_a_log_that_is_brought_forward_meanwhile_finds_no_fault(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *reader, *log;
	int64_t rows = 0;

	(void)state;
	sample_old(path);
	reader = sample_open(path, &reading);
	log = sample_open(path, NULL);
	sample_epoch(log);
	sample_commit(log, 5, 7);
	check_true(verdict_of(reader, NULL).sound);
	check_status(sp_log_publications(reader, 0, count_publication, &rows, NULL), SP_OK);
	check_i64(rows, 2);
	sp_log_close(reader);
	sp_log_close(log);
}

/* --- a schema of tomorrow, made of today's and one step --- */

static const char step_of_tomorrow[] = "CREATE TABLE note (pos INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT";
static const char step_that_fails[] = "CREATE TABLE note (pos INTEGER PRIMARY KEY) STRICT; CREATE TABLE tick (x)";

#define TOMORROW (SP_LOG_SCHEMA + 1)

static sp_log_schema schema_with(const char *step, const char *steps[TOMORROW])
{
	memcpy(steps, sp_log_schema_now.steps, SP_LOG_SCHEMA * sizeof *steps);
	steps[SP_LOG_SCHEMA] = step;
	return (sp_log_schema){TOMORROW, steps};
}

static void an_older_schema_is_backed_up_and_brought_forward(void **state)
{
	const char *path = sample_path("a.db"), *steps[TOMORROW];
	const sp_log_options writing = sample_options();
	const sp_log_schema tomorrow = schema_with(step_of_tomorrow, steps);
	uint8_t head[SP_HASH_SIZE];
	sp_log_file *log = NULL;
	sp_log_verdict verdict;
	sp_message message;
	char copy[300];

	(void)state;
	sample_log(path, 4, head);
	check_status(sp_log_open_as(path, &reading, &tomorrow, &log, &message), SP_OK);
	check_true(verdict_of(log, head).sound);
	sp_log_close(log);
	check_status(sp_log_open_as(path, &writing, &tomorrow, &log, &message), SP_OK);
	sample_commit(log, 5, 6);
	verdict = verdict_of(log, head);
	check_true(verdict.sound);
	check_i64(verdict.ticks, 6);
	sp_log_close(log);
	check_i64(sample_ask(path, "PRAGMA user_version"), TOMORROW);
	check_i64(sample_ask(path, "SELECT count(*) FROM note"), 0);
	check_status(sp_log_open(path, &reading, &log, &message), SP_E_NEWER);
	check_contains(message.text, "schema 3");

	(void)snprintf(copy, sizeof copy, "%s.schema-%d", path, SP_LOG_SCHEMA);
	verdict = sample_verdict(copy, head);
	check_true(verdict.sound);
	check_i64(verdict.ticks, 4);
}

static void a_migration_that_fails_leaves_the_log_as_it_was(void **state)
{
	const char *path = sample_path("a.db"), *bad[TOMORROW], *good[TOMORROW];
	const sp_log_options writing = sample_options();
	const sp_log_schema broken = schema_with(step_that_fails, bad), works = schema_with(step_of_tomorrow, good);
	uint8_t head[SP_HASH_SIZE];
	sp_log_file *log = NULL;
	sp_message message;
	char copy[300];

	(void)state;
	sample_log(path, 4, head);
	check_status(sp_log_open_as(path, &writing, &broken, &log, &message), SP_E_DAMAGED);
	check_contains(message.text, "cannot be brought to this version");
	check_i64(sample_ask(path, "PRAGMA user_version"), SP_LOG_SCHEMA);
	check_true(sample_verdict(path, head).sound);

	/* The copy of the first attempt stays; the second makes its own. */
	check_status(sp_log_open_as(path, &writing, &works, &log, &message), SP_OK);
	sp_log_close(log);
	(void)snprintf(copy, sizeof copy, "%s.schema-%d.1", path, SP_LOG_SCHEMA);
	check_true(sample_verdict(copy, head).sound);
}

/* --- rotated files of schema 1 --- */

/* A writer as it was. */
static sp_log_file *old_writer(const char *path)
{
	static const char *steps[1];
	const sp_log_options writing = sample_options();
	static sp_log_schema old;
	sp_log_file *log = NULL;

	steps[0] = sp_log_schema_now.steps[0];
	old = (sp_log_schema){1, steps};
	check_status(sp_log_open_as(path, &writing, &old, &log, NULL), SP_OK);
	return log;
}

static const char *archived(const char *path)
{
	static char found[512];
	sp_archive archive;

	check_status(sp_archive_list(path, &archive, NULL), SP_OK);
	check_true(archive.n > 0);
	(void)snprintf(found, sizeof found, "%s", archive.paths[0]);
	sp_archive_fini(&archive);
	return found;
}

static void p11_the_chain_runs_through_files_of_both_schemas(void **state)
{
	const char *path = sample_path("a.db");
	uint8_t head[SP_HASH_SIZE];
	sp_log_file *log;

	(void)state;
	sample_old(path);
	log = old_writer(path);
	check_status(sp_log_rotate(log, NULL), SP_OK);
	sample_commit(log, 5, 6);
	sp_log_close(log);
	check_i64(sample_ask(path, "PRAGMA user_version"), 1);

	log = sample_open(path, NULL);
	sample_epoch(log);
	sample_commit(log, 7, 7);
	check_status(sp_log_rotate(log, NULL), SP_OK);
	sample_commit(log, 8, 8);
	sp_log_close(log);
	check_i64(sample_ask(archived(path), "PRAGMA user_version"), 1);
	old_head(head);
	check_true(verdict_of_all(path, head).sound);
	check_i64(verdict_of_all(path, head).files, 3);
	check_i64(verdict_of_all(path, head).ticks, 8);
}

/* The old version had closed its file, but could not move it; then came this version. */
static void a_closed_file_of_schema_1_is_moved_as_it_is(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log;
	char folder[300], copy[300];
	FILE *out;

	(void)state;
	sample_old(path);
	log = old_writer(path);
	(void)snprintf(folder, sizeof folder, "%.*s/archive", (int)(strrchr(path, '/') - path), path);
	out = fopen(folder, "w"); /* a file where the folder should be */
	check_true(out != NULL);
	check_i64(fclose(out), 0);
	check_true(sp_log_rotate(log, NULL) != SP_OK);
	sp_log_close(log);
	check_i64(unlink(folder), 0);

	log = sample_open(path, NULL);
	check_u64(sample_epoch(log).first_seq, 1);
	sample_commit(log, 5, 6);
	sp_log_close(log);
	check_i64(sample_ask(archived(path), "PRAGMA user_version"), 1);
	check_i64(sample_ask(path, "PRAGMA user_version"), SP_LOG_SCHEMA);
	check_i64(verdict_of_all(path, NULL).ticks, 6);
	check_true(verdict_of_all(path, NULL).sound);
	(void)snprintf(copy, sizeof copy, "%s.schema-1", path);
	check_i64(access(copy, F_OK), -1); /* what is not changed needs no copy */
}

/* It had moved its file and was killed before it made the next. */
static void a_log_behind_an_archive_of_schema_1_goes_on(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log;
	int64_t rows = 0;

	(void)state;
	sample_old(path);
	log = old_writer(path);
	check_status(sp_log_rotate(log, NULL), SP_OK);
	sp_log_close(log);
	check_i64(unlink(path), 0);
	log = sample_open(path, NULL);
	check_status(sp_log_inputs(log, 5, count_inputs, &rows, NULL), SP_OK);
	check_i64(rows, 1);
	sample_epoch(log);
	sample_commit(log, 5, 6);
	sp_log_close(log);
	check_i64(verdict_of_all(path, NULL).ticks, 6);
	check_true(verdict_of_all(path, NULL).sound);
}

static void an_archived_file_of_schema_1_is_never_written(void **state)
{
	const char *path = sample_path("a.db"), *old;
	const sp_log_options writing = sample_options();
	sp_log_file *log;
	sp_message message;

	(void)state;
	sample_old(path);
	log = old_writer(path);
	check_status(sp_log_rotate(log, NULL), SP_OK);
	sp_log_close(log);
	old = archived(path);
	check_status(sp_log_open(old, &writing, &log, &message), SP_E_PERMISSION);
	check_contains(message.text, "name the log itself");
	check_i64(sample_ask(old, "PRAGMA user_version"), 1);
	check_true(sample_verdict(old, NULL).sound);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_log_of_schema_1_is_read_as_it_is),
	    cmocka_unit_test(a_changed_row_of_schema_1_is_found),
	    cmocka_unit_test(a_log_of_schema_1_is_backed_up_and_brought_forward),
	    cmocka_unit_test(a_reader_of_a_log_that_is_brought_forward_meanwhile_finds_no_fault),
	    cmocka_unit_test(an_older_schema_is_backed_up_and_brought_forward),
	    cmocka_unit_test(a_migration_that_fails_leaves_the_log_as_it_was),
	    cmocka_unit_test(p11_the_chain_runs_through_files_of_both_schemas),
	    cmocka_unit_test(a_closed_file_of_schema_1_is_moved_as_it_is),
	    cmocka_unit_test(a_log_behind_an_archive_of_schema_1_goes_on),
	    cmocka_unit_test(an_archived_file_of_schema_1_is_never_written),
	};

	sample_in_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
