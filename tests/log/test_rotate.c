/* From one file to the next: the chain runs through all of them, and no interruption leaves a log that does not go on. */
#include "tests/log/sample.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "controller/log/store.h"
#include "tests/log/crash_vfs.h"

static const sp_log_options reading = {.read_only = true};

/* The path of archived file `sequence` of the log. */
static const char *archived(const char *path, int64_t sequence)
{
	static char found[2][512];
	static int which;
	sp_archive archive;
	char *out = found[which++ % 2];

	check_status(sp_archive_list(path, &archive, NULL), SP_OK);
	check_true((int64_t)archive.n >= sequence);
	(void)snprintf(out, sizeof found[0], "%s", archive.paths[sequence - 1]);
	sp_archive_fini(&archive);
	return out;
}

static sp_log_verdict verdict_of_all(const char *path, const uint8_t *head)
{
	sp_log_verdict verdict = {.sound = false};
	sp_message message = {""};
	sp_status status = sp_log_verify_files(path, head, NULL, NULL, &verdict, &message);

	if (status != SP_OK || !verdict.sound)
		print_message("%s%s: %s\n", message.text, verdict.where, verdict.what);
	check_status(status, SP_OK);
	return verdict;
}

/* Three files: ticks 1-4, 5-8, 9-10. */
static const char *three_files(uint8_t head[SP_HASH_SIZE])
{
	const char *path = sample_path("setpoint.db");
	sp_log_file *log = sample_open(path, NULL);

	sample_config_put(log);
	sample_epoch(log);
	sample_commit(log, 1, 4);
	check_status(sp_log_rotate(log, NULL), SP_OK);
	sample_commit(log, 5, 8);
	sample_epoch(log);
	check_status(sp_log_rotate(log, NULL), SP_OK);
	sample_commit(log, 9, 10);
	sp_log_head(log, head);
	sp_log_close(log);
	return path;
}

static void p11_the_chain_runs_through_all_files(void **state)
{
	uint8_t head[SP_HASH_SIZE];
	const char *path = three_files(head);
	sp_log_verdict verdict;

	(void)state;
	verdict = verdict_of_all(path, head);
	check_true(verdict.sound);
	check_i64(verdict.ticks, 10);
	check_i64(verdict.files, 3);
	check_bytes(verdict.head, head, SP_HASH_SIZE);
	check_contains(archived(path, 1), "archive/setpoint.db.000001.20260528T203");
	check_true(sample_verdict(archived(path, 2), NULL).sound);
}

static void ticks_and_ids_count_on_in_the_next_file(void **state)
{
	const char *path = sample_path("a.db"), *whole = sample_path("a.db");
	sp_log_file *log = sample_open(path, NULL), *same = sample_open(whole, NULL);
	sp_log_receipt rotated, unrotated;
	void *yaml, *sheet;
	size_t n_yaml, n_sheet;

	(void)state;
	sample_config_put(log);
	sample_commit(log, 1, 5);
	check_status(sp_log_rotate(log, NULL), SP_OK);
	check_i64(sp_log_last_tick(log, NULL), 5);
	rotated = sample_commit(log, 6, 7);
	unrotated = sample_commit(same, 1, 7);
	check_i64(rotated.tick, unrotated.tick);
	check_i64(rotated.first_id, unrotated.first_id);
	check_bytes(rotated.digest, unrotated.digest, SP_HASH_SIZE);
	/* The configuration in force has come along. */
	check_status(sp_log_config_find(log, sample_config, &yaml, &n_yaml, &sheet, &n_sheet, NULL), SP_OK);
	check_text(yaml, sample_yaml);
	check_text(sheet, sample_sheet);
	free(yaml), free(sheet);
	sp_log_close(log);
	sp_log_close(same);
}

typedef struct inputs_seen {
	int64_t n, ticks[8];
	uint8_t first[8];
} inputs_seen;

static bool see_inputs(void *context, int64_t tick, const uint8_t *bytes, size_t n)
{
	inputs_seen *seen = context;

	check_true(bytes && n > 0);
	seen->ticks[seen->n] = tick;
	seen->first[seen->n++] = bytes[0];
	return true;
}

static void r12_inputs_that_wait_for_their_tick_come_along(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = sample_open(path, NULL);
	const uint8_t a[] = {0xaa, 1, 2}, b[] = {0xbb, 1, 2};
	inputs_seen seen = {.n = 0};

	(void)state;
	sample_commit(log, 1, 3);
	check_status(sp_log_append(log, a, sizeof a, NULL), SP_OK);
	check_status(sp_log_rotate(log, NULL), SP_OK);
	check_status(sp_log_append(log, b, sizeof b, NULL), SP_OK);
	sample_commit(log, 4, 5);
	check_status(sp_log_inputs(log, 4, see_inputs, &seen, NULL), SP_OK);
	check_i64(seen.n, 3);
	check_i64(seen.ticks[0], 4);
	check_u64(seen.first[0], 0xaa);
	check_i64(seen.ticks[1], 4);
	check_u64(seen.first[1], 0xbb);
	check_i64(seen.ticks[2], 5);
	sp_log_close(log);
	check_true(verdict_of_all(path, NULL).sound);
}

static void a_file_beyond_its_size_is_rotated_where_a_checkpoint_begins_the_next(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_options options = sample_options();
	sp_log_file *log;
	uint8_t *bytes;
	int64_t tick;
	size_t n;

	(void)state;
	options.rotate_bytes = 100000; /* an empty log has 80 kB */
	log = sample_open(path, &options);
	sample_config_put(log);
	sample_commit(log, 1, 90);
	check_true(sp_log_tick_find(log, 1, &(sp_log_tick_row){.tick = 0}, NULL) == SP_E_ABSENT);
	/* The file can be re-run by itself: its first tick has a checkpoint. */
	check_status(sp_log_checkpoint_find(log, 90, &tick, &bytes, &n, NULL), SP_OK);
	free(bytes);
	check_status(sp_log_checkpoint_find(log, log->segment_tick + 1, &tick, &bytes, &n, NULL), SP_OK);
	check_i64(tick, log->segment_tick + 1);
	free(bytes);
	sp_log_close(log);
	check_true(verdict_of_all(path, NULL).files >= 3);
	check_i64(verdict_of_all(path, NULL).ticks, 90);
}

static void a_configuration_named_before_the_rotation_is_in_the_next_file(void **state)
{
	const char *path = sample_path("a.db");
	uint8_t other[SP_HASH_SIZE] = {5};
	sp_log_file *log = sample_open(path, NULL);
	void *yaml, *sheet;
	size_t n_yaml, n_sheet;

	(void)state;
	check_status(sp_log_config(log, other, "other", 5, "", 0, NULL), SP_OK);
	sample_commit(log, 1, 1);
	sample_config_put(log);
	sample_commit(log, 2, 2);
	check_status(sp_log_config(log, other, "other", 5, "", 0, NULL), SP_OK); /* known: nothing to store */
	check_status(sp_log_rotate(log, NULL), SP_OK);
	check_status(sp_log_config_find(log, other, &yaml, &n_yaml, &sheet, &n_sheet, NULL), SP_OK);
	check_text(yaml, "other");
	check_u64(n_sheet, 0);
	free(yaml), free(sheet);
	check_status(sp_log_config_find(log, sample_config, &yaml, &n_yaml, &sheet, &n_sheet, NULL), SP_OK);
	free(yaml), free(sheet);
	sp_log_close(log);
}

static void a_log_without_a_tick_is_not_rotated(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = sample_open(path, NULL);
	sp_message message;

	(void)state;
	check_status(sp_log_rotate(log, &message), SP_E_ABSENT);
	check_contains(message.text, "no tick to archive");
	sample_commit(log, 1, 1);
	check_status(sp_log_rotate(log, NULL), SP_OK);
	check_status(sp_log_rotate(log, NULL), SP_E_ABSENT);
	sp_log_close(log);
}

static void a_reader_keeps_the_file_that_it_has_open(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = sample_open(path, NULL), *reader;
	sp_log_tick_row row;

	(void)state;
	sample_commit(log, 1, 3);
	reader = sample_open(path, &reading);
	check_true(!sp_log_closed(reader));
	check_status(sp_log_rotate(log, NULL), SP_OK);
	sample_commit(log, 4, 6);
	check_true(sp_log_closed(reader));
	check_status(sp_log_tick_find(reader, 3, &row, NULL), SP_OK);
	check_status(sp_log_tick_find(reader, 4, &row, NULL), SP_E_ABSENT);
	sp_log_close(reader); /* and takes nothing of the new file with it */
	sample_commit(log, 7, 7);
	reader = sample_open(path, &reading);
	check_i64(sp_log_last_tick(reader, NULL), 7);
	check_true(!sp_log_closed(reader));
	sp_log_close(reader);
	sp_log_close(log);
	check_true(verdict_of_all(path, NULL).sound);
}

static void a_reader_of_an_old_state_only_puts_the_rotation_off(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = sample_open(path, NULL);
	sqlite3 *db;
	sp_message message;

	(void)state;
	sample_commit(log, 1, 3);
	check_i64(sqlite3_open(path, &db), SQLITE_OK);
	check_i64(sqlite3_exec(db, "BEGIN; SELECT count(*) FROM tick", NULL, NULL, NULL), SQLITE_OK);
	sample_commit(log, 4, 4);
	check_status(sp_log_rotate(log, &message), SP_E_BUSY);
	check_contains(message.text, "end that program's query");
	sample_commit(log, 5, 5);
	check_i64(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	check_status(sp_log_rotate(log, NULL), SP_OK);
	sqlite3_close(db);
	sample_commit(log, 6, 6);
	sp_log_close(log);
	check_i64(verdict_of_all(path, NULL).ticks, 6);
}

static void an_archived_file_is_never_written(void **state)
{
	uint8_t head[SP_HASH_SIZE];
	const char *path = three_files(head), *old = archived(path, 1);
	const sp_log_options writing = sample_options();
	sp_log_file *log = NULL;
	sp_message message;

	(void)state;
	check_status(sp_log_open(old, &writing, &log, &message), SP_E_PERMISSION);
	check_contains(message.text, "name the log itself");
	log = sample_open(old, &reading);
	check_true(sp_log_closed(log));
	sp_log_close(log);
	check_true(verdict_of_all(path, head).sound);
}

/* --- findings over several files --- */

static void p11_an_archived_file_that_is_missing_is_found(void **state)
{
	uint8_t head[SP_HASH_SIZE];

	(void)state;
	for (int64_t sequence = 1; sequence <= 2; sequence++) {
		const char *path = three_files(head);
		sp_log_verdict verdict;
		char where[32];

		check_i64(unlink(archived(path, sequence)), 0);
		verdict = verdict_of_all(path, head);
		(void)snprintf(where, sizeof where, "file %d", (int)sequence);
		check_true(!verdict.sound);
		check_text(verdict.where, where);
		check_contains(verdict.what, "missing");
	}
}

static void p11_archived_files_that_change_places_are_found(void **state)
{
	uint8_t head[SP_HASH_SIZE];
	const char *path = three_files(head), *first = archived(path, 1), *second = archived(path, 2);
	char third[600];

	(void)state;
	(void)snprintf(third, sizeof third, "%s.x", first);
	check_i64(rename(first, third), 0);
	check_i64(rename(second, first), 0);
	check_i64(rename(third, second), 0);
	check_true(!verdict_of_all(path, head).sound);
}

/* A file of another log in the place of this one's: sound by itself. */
static void p11_an_archived_file_of_another_log_is_found(void **state)
{
	uint8_t head[SP_HASH_SIZE];
	const char *path = three_files(head), *other = sample_path("setpoint.db");
	sp_log_file *log = sample_open(other, NULL);
	sp_log_verdict verdict;

	(void)state;
	sample_commit(log, 1, 4); /* without its configuration */
	check_status(sp_log_rotate(log, NULL), SP_OK);
	sp_log_close(log);
	check_i64(rename(archived(other, 1), archived(path, 1)), 0);
	verdict = verdict_of_all(path, head);
	check_true(!verdict.sound);
	check_text(verdict.where, "file 2");
	check_contains(verdict.what, "exchanged");
}

static void p11_a_cut_archived_file_is_found(void **state)
{
	uint8_t head[SP_HASH_SIZE];
	const char *path = three_files(head), *first = archived(path, 1);
	sp_log_verdict verdict;

	(void)state;
	sample_sql(first, "DROP TRIGGER closing_stays; DELETE FROM closing;"
	                  "CREATE TRIGGER closing_stays BEFORE DELETE ON closing BEGIN SELECT RAISE(ABORT, 'the log is "
	                  "append-only: rows of closing are never deleted'); END");
	verdict = verdict_of_all(path, head);
	check_true(!verdict.sound);
	check_text(verdict.where, "file 1");
	check_contains(verdict.what, "rows were cut");

	path = three_files(head);
	sample_sql(archived(path, 2),
	           "DROP TRIGGER alarm_kept; UPDATE alarm SET text = 'none' WHERE pos = (SELECT max(pos) FROM alarm)");
	verdict = verdict_of_all(path, head);
	check_true(!verdict.sound);
	check_contains(verdict.where, "file 2, alarm");

	path = three_files(head);
	check_i64(truncate(archived(path, 2), 100), 0);
	check_true(!verdict_of_all(path, head).sound);
	path = three_files(head);
	check_i64(truncate(archived(path, 2), 4096), 0);
	verdict = verdict_of_all(path, head);
	check_true(!verdict.sound);
	check_text(verdict.where, "file 2");
}

static void p11_the_live_file_cut_behind_an_archive_is_found(void **state)
{
	uint8_t head[SP_HASH_SIZE];
	const char *path = three_files(head);
	sp_log_verdict verdict;

	(void)state;
	/* Away with it: the next writer goes on behind the archive, and only the head tells. */
	check_i64(unlink(path), 0);
	sp_log_close(sample_open(path, NULL));
	check_true(verdict_of_all(path, NULL).sound);
	verdict = verdict_of_all(path, head);
	check_true(!verdict.sound);
	check_text(verdict.where, "file 3, the end");
}

static void files_that_are_none_of_ours_in_the_archive_do_not_count(void **state)
{
	static const char *const names[] = {"setpoint.db.notes", "setpoint.db.000009.x-wal", "other.db.000001.x"};
	uint8_t head[SP_HASH_SIZE];
	const char *path = three_files(head);
	char *folder = sp_archive_folder(path), other[600];

	(void)state;
	for (int i = 0; i < 3; i++) {
		FILE *out;

		(void)snprintf(other, sizeof other, "%s/%s", folder, names[i]);
		out = fopen(other, "w");
		check_true(out != NULL);
		check_i64(fclose(out), 0);
	}
	free(folder);
	check_true(verdict_of_all(path, head).sound);
}

/* --- interruptions --- */

static void a_file_that_cannot_be_moved_is_moved_by_a_later_commit(void **state)
{
	const char *path = sample_path("setpoint.db");
	sp_log_file *log = sample_open(path, NULL);
	sp_log_receipt receipt;
	sp_message message;
	char folder[300];
	sample s;
	FILE *out;

	(void)state;
	sample_config_put(log);
	sample_commit(log, 1, 4);
	(void)snprintf(folder, sizeof folder, "%.*s/archive", (int)(strrchr(path, '/') - path), path);
	out = fopen(folder, "w"); /* a file where the folder should be */
	check_true(out != NULL);
	check_i64(fclose(out), 0);
	check_true(sp_log_rotate(log, &message) != SP_OK);
	sample_make(&s, 5);
	check_true(sp_log_commit(log, &s.tick, &receipt, &message) != SP_OK);
	check_contains(message.text, "archive");
	check_true(sp_log_append(log, s.inputs, 3, &message) != SP_OK);
	check_true(sp_log_prune(log, 1, 0, &message) != SP_OK);
	check_i64(unlink(folder), 0);
	check_status(sp_log_rotate(log, NULL), SP_OK); /* completes the one before */
	sample_commit(log, 5, 6);
	sp_log_close(log);
	check_i64(verdict_of_all(path, NULL).files, 2);
}

static void an_archived_name_is_never_overwritten(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = sample_open(path, NULL);
	char *name = sp_archive_path(path, 1, sample_time(4)), *folder = sp_archive_folder(path);
	sp_message message;
	FILE *out;

	(void)state;
	sample_commit(log, 1, 4);
	check_i64(mkdir(folder, 0755), 0);
	out = fopen(name, "w");
	check_true(out != NULL);
	check_i64(fclose(out), 0);
	check_status(sp_log_rotate(log, &message), SP_E_DUPLICATE);
	check_contains(message.text, "move it away");
	check_i64(unlink(name), 0);
	check_status(sp_log_prune(log, 1, 0, NULL), SP_OK); /* any act of the writer completes it */
	sample_commit(log, 5, 5);
	sp_log_close(log);
	free(name), free(folder);
	check_i64(verdict_of_all(path, NULL).ticks, 5);
}

static void a_log_behind_an_archive_without_end_is_refused(void **state)
{
	const char *path = sample_path("a.db"), *other = sample_path("a.db");
	char *name = sp_archive_path(path, 1, sample_time(4)), *folder = sp_archive_folder(path);
	const sp_log_options writing = sample_options();
	sp_log_file *log = NULL;
	sp_message message;

	(void)state;
	sample_log(other, 4, NULL);
	check_i64(mkdir(folder, 0755), 0);
	check_i64(rename(other, name), 0);
	check_status(sp_log_open(path, &writing, &log, &message), SP_E_DAMAGED);
	check_contains(message.text, "no end");
	free(name), free(folder);
}

/* The process dies at the nth change of the disk, or the nth rename, unlink or mkdir, of a rotation. */
static int64_t deaths_left;

static void maybe_die(void *context)
{
	(void)context;
	if (deaths_left > 0 && --deaths_left == 0)
		_exit(7);
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);

int __wrap_rename(const char *from, const char *to)
{
	int rc;

	maybe_die(NULL);
	rc = __real_rename(from, to);
	maybe_die(NULL);
	return rc;
}

int __wrap_unlink(const char *path)
{
	maybe_die(NULL);
	return __real_unlink(path);
}

/* In a child: ticks 1-4 are there; rotates and goes on to tick 6. */
static _Noreturn void rotate_and_die(const char *path, int64_t nth)
{
	sp_log_options options = sample_options();
	const uint8_t open_input[] = {1, 2, 3};
	sp_log_file *log = NULL;
	sp_log_receipt receipt;
	sample s;

	crash_vfs_reset(1);
	crash_vfs_hook(maybe_die, NULL);
	options.vfs = CRASH_VFS;
	deaths_left = 0;
	if (sp_log_open(path, &options, &log, NULL) != SP_OK || sp_log_append(log, open_input, 3, NULL) != SP_OK)
		_exit(8);
	deaths_left = nth;
	if (sp_log_rotate(log, NULL) != SP_OK)
		_exit(9);
	for (int64_t i = 5; i <= 6; i++) {
		sample_make(&s, i);
		s.tick.frames = sample_frames(log, i);
		if (sp_log_commit(log, &s.tick, &receipt, NULL) != SP_OK)
			_exit(10);
	}
	_exit(0);
}

static void p2_a_rotation_that_dies_anywhere_is_completed_by_the_next_start(void **state)
{
	int64_t nth = 0;
	int status = 7 << 8;

	(void)state;
	while (WEXITSTATUS(status) == 7) {
		const char *path = sample_path("setpoint.db");
		sp_log_file *log;
		sp_log_verdict verdict;
		inputs_seen seen = {.n = 0};
		uint64_t counter, seq;
		pid_t child;

		nth++;
		sample_log(path, 4, NULL);
		child = fork();
		if (child == 0)
			rotate_and_die(path, nth);
		check_i64(waitpid(child, &status, 0), child);
		check_true(WIFEXITED(status) && (WEXITSTATUS(status) == 7 || WEXITSTATUS(status) == 0));
		log = sample_open(path, NULL);
		check_true(sp_log_last_tick(log, NULL) >= 4);
		check_status(sp_log_inputs(log, 5, see_inputs, &seen, NULL), SP_OK);
		check_true(seen.n >= 1);
		sample_commit(log, sp_log_last_tick(log, NULL) + 1, 7);
		sp_log_feed(log, &counter, NULL, &seq);
		check_u64(counter, 1);
		check_u64(seq, 2 + 7); /* the book's and the ticks' frames: none twice, none left out */
		sp_log_close(log);
		verdict = verdict_of_all(path, NULL);
		check_true(verdict.sound);
		check_i64(verdict.ticks, 7);
		check_true(verdict.files <= 2);
	}
	print_message("a rotation died at %lld places\n", (long long)nth - 1);
	check_true(nth > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(p11_the_chain_runs_through_all_files),
	    cmocka_unit_test(ticks_and_ids_count_on_in_the_next_file),
	    cmocka_unit_test(r12_inputs_that_wait_for_their_tick_come_along),
	    cmocka_unit_test(a_file_beyond_its_size_is_rotated_where_a_checkpoint_begins_the_next),
	    cmocka_unit_test(a_configuration_named_before_the_rotation_is_in_the_next_file),
	    cmocka_unit_test(a_log_without_a_tick_is_not_rotated),
	    cmocka_unit_test(a_reader_keeps_the_file_that_it_has_open),
	    cmocka_unit_test(a_reader_of_an_old_state_only_puts_the_rotation_off),
	    cmocka_unit_test(an_archived_file_is_never_written),
	    cmocka_unit_test(p11_an_archived_file_that_is_missing_is_found),
	    cmocka_unit_test(p11_archived_files_that_change_places_are_found),
	    cmocka_unit_test(p11_an_archived_file_of_another_log_is_found),
	    cmocka_unit_test(p11_a_cut_archived_file_is_found),
	    cmocka_unit_test(p11_the_live_file_cut_behind_an_archive_is_found),
	    cmocka_unit_test(files_that_are_none_of_ours_in_the_archive_do_not_count),
	    cmocka_unit_test(a_file_that_cannot_be_moved_is_moved_by_a_later_commit),
	    cmocka_unit_test(an_archived_name_is_never_overwritten),
	    cmocka_unit_test(a_log_behind_an_archive_without_end_is_refused),
	    cmocka_unit_test(p2_a_rotation_that_dies_anywhere_is_completed_by_the_next_start),
	};

	sample_in_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
