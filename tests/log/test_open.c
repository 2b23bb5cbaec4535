/* What may be opened and what not, and what the message tells a person to do. */
#include "tests/log/sample.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const sp_log_options reading = {.read_only = true};

static void write_file(const char *path, const void *bytes, size_t n)
{
	FILE *out = fopen(path, "wb");

	check_true(out != NULL);
	check_u64(fwrite(bytes, 1, n, out), n);
	check_i64(fclose(out), 0);
}

/* Opening must fail with this status and a message that names the file and the cure. */
static void check_refused(const char *path, const sp_log_options *options, sp_status expected, const char *part)
{
	sp_log_file *log = NULL;
	sp_message message = {""};
	sp_status status = sp_log_open(path, options, &log, &message);

	if (status != expected)
		print_error("%s\n", message.text);
	check_status(status, expected);
	check_true(log == NULL);
	check_contains(message.text, path);
	check_contains(message.text, part);
}

static void check_refused_both(const char *path, sp_status expected, const char *part)
{
	const sp_log_options writing = sample_options();

	check_refused(path, &writing, expected, part);
	check_refused(path, &reading, expected, part);
}

static void a_log_that_is_not_there_is_not_made_unasked(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_options options = sample_options();

	(void)state;
	options.create = false;
	check_refused(path, &options, SP_E_ABSENT, "check the path");
	check_refused(path, &reading, SP_E_ABSENT, "check the path");
	check_i64(access(path, F_OK), -1);
	check_refused("/nowhere/at/all.db", &options, SP_E_ABSENT, "check the path");
}

static void another_applications_file_is_refused_and_left_alone(void **state)
{
	const char *path = sample_path("a.db");
	struct stat before, after;

	(void)state;
	write_file(path, "sku,usd\na,1\n", 12);
	check_refused_both(path, SP_E_FOREIGN, "name another file");
	check_i64(stat(path, &after), 0);
	check_i64(after.st_size, 12);

	path = sample_path("b.db");
	write_file(path, "", 0);
	sample_sql(path, "CREATE TABLE prices (sku TEXT); PRAGMA application_id = 77");
	check_i64(stat(path, &before), 0);
	check_refused_both(path, SP_E_FOREIGN, "another application (id 77)");
	check_i64(stat(path, &after), 0);
	check_i64(after.st_size, before.st_size);
	check_i64(sample_ask(path, "SELECT count(*) FROM sqlite_schema"), 1);
}

static void an_empty_file_becomes_a_log_only_when_asked_for(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_options options = sample_options();

	(void)state;
	write_file(path, "", 0);
	check_refused(path, &reading, SP_E_FOREIGN, "an empty file");
	options.create = false;
	check_refused(path, &options, SP_E_FOREIGN, "an empty file");
	sample_log(path, 1, NULL);
	check_true(sample_verdict(path, NULL).sound);
}

static void a_newer_schema_is_refused_with_what_to_do(void **state)
{
	const char *path = sample_path("a.db");

	(void)state;
	sample_log(path, 2, NULL);
	sample_sql(path, "PRAGMA user_version = 9");
	check_refused_both(path, SP_E_NEWER, "schema 9, this one knows 2");
	check_refused_both(path, SP_E_NEWER, "use that version");
}

static void a_log_without_version_is_damaged(void **state)
{
	const char *path = sample_path("a.db");

	(void)state;
	sample_log(path, 2, NULL);
	sample_sql(path, "PRAGMA user_version = 0");
	check_refused_both(path, SP_E_DAMAGED, "go on from a backup");
}

static void a_log_cut_off_in_the_middle_is_damaged(void **state)
{
	const char *path = sample_path("a.db");
	struct stat entry;

	(void)state;
	sample_log(path, 40, NULL);
	check_i64(stat(path, &entry), 0);
	check_i64(truncate(path, entry.st_size / 2 / 4096 * 4096), 0);
	check_refused_both(path, SP_E_DAMAGED, "go on from a backup");
}

static void a_log_without_its_first_row_is_damaged(void **state)
{
	const char *path = sample_path("a.db");

	(void)state;
	sample_log(path, 2, NULL);
	sample_sql(path, "DROP TRIGGER segment_stays; DELETE FROM segment");
	check_refused_both(path, SP_E_DAMAGED, "where its chain begins");
}

static void a_writer_refuses_a_log_whose_last_ticks_do_not_fit(void **state)
{
	const char *path = sample_path("a.db");
	const sp_log_options writing = sample_options();

	(void)state;
	sample_log(path, 5, NULL);
	sample_sql(path, "DROP TRIGGER tick_kept; UPDATE tick SET taken = 3 WHERE tick = 5");
	check_refused(path, &writing, SP_E_DAMAGED, "tick 5");

	path = sample_path("a.db");
	sample_log(path, 5, NULL);
	sample_sql(path, "DROP TRIGGER tick_kept");
	check_refused(path, &writing, SP_E_DAMAGED, "trigger tick_kept");
}

static void a_second_writer_is_refused_until_the_first_has_gone(void **state)
{
	const char *path = sample_path("a.db");
	const sp_log_options writing = sample_options();
	sp_log_file *first = sample_open(path, NULL), *reader;
	char who[64];

	(void)state;
	sample_commit(first, 1, 1);
	(void)snprintf(who, sizeof who, "another program writes this log (pid %d)", (int)getpid());
	check_refused(path, &writing, SP_E_BUSY, who);
	reader = sample_open(path, &reading);
	check_i64(sp_log_last_tick(reader, NULL), 1);
	sp_log_close(first);
	first = sample_open(path, NULL);
	sample_commit(first, 2, 2);
	sp_log_close(reader);
	sp_log_close(first);
}

static void a_writer_in_another_program_counts_and_its_death_frees_the_log(void **state)
{
	const char *path = sample_path("a.db");
	const sp_log_options writing = sample_options();
	int ready[2], done[2];
	char byte;
	pid_t child;

	(void)state;
	check_i64(pipe(ready), 0);
	check_i64(pipe(done), 0);
	child = fork();
	if (child == 0) {
		sample_commit(sample_open(path, NULL), 1, 3);
		(void)!write(ready[1], "x", 1);
		(void)!read(done[0], &byte, 1);
		_exit(0); /* without closing: as a crash does */
	}
	check_i64(read(ready[0], &byte, 1), 1);
	check_refused(path, &writing, SP_E_BUSY, "end it");
	check_i64(write(done[1], "x", 1), 1);
	check_i64(waitpid(child, NULL, 0), child);
	sp_log_close(sample_open(path, NULL));
	check_i64(sample_ask(path, "SELECT max(tick) FROM tick"), 3);
	close(ready[0]), close(ready[1]), close(done[0]), close(done[1]);
}

static void the_writers_lock_file_goes_with_it(void **state)
{
	const char *path = sample_path("a.db");
	char lock[300];

	(void)state;
	(void)snprintf(lock, sizeof lock, "%s-lock", path);
	sample_log(path, 1, NULL);
	check_i64(access(lock, F_OK), -1);
	check_i64(access(path, F_OK), 0);
}

static void a_log_is_opened_again_where_it_ended(void **state)
{
	const char *path = sample_path("a.db"), *whole = sample_path("a.db");
	uint8_t head[SP_HASH_SIZE], expected[SP_HASH_SIZE];
	sp_log_file *log;
	int64_t t_ns = 0;

	(void)state;
	sample_log(whole, 9, expected);
	sample_log(path, 4, head);
	log = sample_open(path, NULL);
	check_i64(sp_log_last_tick(log, &t_ns), 4);
	check_i64(t_ns, sample_time(4));
	sample_config_put(log); /* known already */
	sample_commit(log, 5, 9);
	sp_log_head(log, head);
	sp_log_close(log);
	check_bytes(head, expected, SP_HASH_SIZE);
}

static void who_may_not_write_is_told_to_look_at_the_owner(void **state)
{
	const char *path = sample_path("a.db");
	pid_t child;
	int status = 0;

	(void)state;
	sample_log(path, 1, NULL);
	child = fork();
	if (child == 0) {
		const sp_log_options writing = sample_options();
		sp_log_file *log = NULL;
		sp_message message = {""};

		if (geteuid() == 0 && seteuid(65534) != 0)
			_exit(0);
		(void)chmod(path, 0444);
		status = sp_log_open("/setpoint-test.db", &writing, &log, &message);
		_exit(status == SP_E_PERMISSION && strstr(message.text, "owns the file") ? 0 : 1);
	}
	check_i64(waitpid(child, &status, 0), child);
	check_i64(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_log_that_is_not_there_is_not_made_unasked),
	    cmocka_unit_test(another_applications_file_is_refused_and_left_alone),
	    cmocka_unit_test(an_empty_file_becomes_a_log_only_when_asked_for),
	    cmocka_unit_test(a_newer_schema_is_refused_with_what_to_do),
	    cmocka_unit_test(a_log_without_version_is_damaged),
	    cmocka_unit_test(a_log_cut_off_in_the_middle_is_damaged),
	    cmocka_unit_test(a_log_without_its_first_row_is_damaged),
	    cmocka_unit_test(a_writer_refuses_a_log_whose_last_ticks_do_not_fit),
	    cmocka_unit_test(a_second_writer_is_refused_until_the_first_has_gone),
	    cmocka_unit_test(a_writer_in_another_program_counts_and_its_death_frees_the_log),
	    cmocka_unit_test(the_writers_lock_file_goes_with_it),
	    cmocka_unit_test(a_log_is_opened_again_where_it_ended),
	    cmocka_unit_test(who_may_not_write_is_told_to_look_at_the_owner),
	};

	sample_in_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
