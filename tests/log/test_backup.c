/* A copy of a log in use is whole, one file, and never takes another's place. */
#include "tests/log/sample.h"

#include <string.h>
#include <unistd.h>

static void a_log_in_use_is_copied_whole(void **state)
{
	const char *path = sample_path("a.db"), *copy = sample_path("copy.db");
	sp_log_file *log = sample_open(path, NULL);
	uint8_t head[SP_HASH_SIZE];
	sp_log_verdict verdict;

	(void)state;
	sample_config_put(log);
	sample_commit(log, 1, 20); /* still in the WAL */
	sp_log_head(log, head);
	check_status(sp_log_backup(path, copy, NULL), SP_OK);
	sample_commit(log, 21, 22);
	sp_log_close(log);
	verdict = sample_verdict(copy, head);
	check_true(verdict.sound);
	check_i64(verdict.ticks, 20);
	check_bytes(verdict.head, head, SP_HASH_SIZE);
}

static void a_copy_goes_on_as_a_log(void **state)
{
	const char *path = sample_path("a.db"), *copy = sample_path("copy.db");
	sp_log_file *log;

	(void)state;
	sample_log(path, 5, NULL);
	check_status(sp_log_backup(path, copy, NULL), SP_OK);
	log = sample_open(copy, NULL);
	sample_commit(log, 6, 8);
	sp_log_close(log);
	check_true(sample_verdict(copy, NULL).sound);
}

static void nothing_is_overwritten(void **state)
{
	const char *path = sample_path("a.db"), *copy = sample_path("copy.db");
	uint8_t head[SP_HASH_SIZE];
	sp_message message;

	(void)state;
	sample_log(path, 5, NULL);
	sample_log(copy, 7, head);
	check_status(sp_log_backup(path, copy, &message), SP_E_DUPLICATE);
	check_contains(message.text, "name another file");
	check_true(sample_verdict(copy, head).sound);
}

static void what_is_no_log_is_not_copied(void **state)
{
	const char *path = sample_path("a.db"), *copy = sample_path("copy.db");
	sp_message message;

	(void)state;
	check_status(sp_log_backup(path, copy, &message), SP_E_ABSENT);
	check_i64(access(copy, F_OK), -1);
	sample_log(path, 1, NULL);
	check_status(sp_log_backup(path, "/nowhere/at/all.db", &message), SP_E_ABSENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_log_in_use_is_copied_whole),
	    cmocka_unit_test(a_copy_goes_on_as_a_log),
	    cmocka_unit_test(nothing_is_overwritten),
	    cmocka_unit_test(what_is_no_log_is_not_copied),
	};

	sample_in_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
