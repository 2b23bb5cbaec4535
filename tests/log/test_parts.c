/* The small parts on their own: what SQLite's answers mean, cold bytes, refusal counts, the gate. */
#include "tests/log/sample.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "controller/log/store.h"

static void each_answer_of_sqlite_has_a_status_and_a_cure(void **state)
{
	static const struct {
		int rc;
		sp_status status;
		const char *cure;
	} rows[] = {
	    {SQLITE_FULL, SP_E_DISK_FULL, "free some space"},
	    {SQLITE_IOERR_SHMSIZE, SP_E_DISK_FULL, "free some space"},
	    {SQLITE_NOMEM, SP_E_MEMORY, "memory"},
	    {SQLITE_IOERR_NOMEM, SP_E_MEMORY, "memory"},
	    {SQLITE_BUSY_SNAPSHOT, SP_E_BUSY, "other program"},
	    {SQLITE_LOCKED, SP_E_BUSY, "other program"},
	    {SQLITE_PROTOCOL, SP_E_BUSY, "other program"},
	    {SQLITE_IOERR_FSYNC, SP_E_IO, "disk"},
	    {SQLITE_CANTOPEN, SP_E_IO, "disk"},
	    {SQLITE_READONLY_DBMOVED, SP_E_PERMISSION, "owns the file"},
	    {SQLITE_PERM, SP_E_PERMISSION, "owns the file"},
	    {SQLITE_AUTH, SP_E_PERMISSION, "owns the file"},
	    {SQLITE_NOTADB, SP_E_FOREIGN, "another file"},
	    {SQLITE_CORRUPT_VTAB, SP_E_DAMAGED, "log verify"},
	    {SQLITE_CONSTRAINT_CHECK, SP_E_DAMAGED, "log verify"},
	    {SQLITE_ERROR, SP_E_DAMAGED, "log verify"},
	};

	(void)state;
	check_status(sp_log_status(NULL, SQLITE_OK), SP_OK);
	check_status(sp_log_status(NULL, SQLITE_ROW), SP_OK);
	check_status(sp_log_status(NULL, SQLITE_DONE), SP_OK);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		check_status(sp_log_status(NULL, rows[i].rc), rows[i].status);
		check_contains(sp_log_cure(rows[i].status), rows[i].cure);
	}
}

static void each_answer_of_the_system_has_a_status(void **state)
{
	static const struct {
		int number;
		sp_status status;
	} rows[] = {{ENOENT, SP_E_ABSENT},
	            {ENOTDIR, SP_E_ABSENT},
	            {EACCES, SP_E_PERMISSION},
	            {EPERM, SP_E_PERMISSION},
	            {EROFS, SP_E_PERMISSION},
	            {ENOSPC, SP_E_DISK_FULL},
	            {EDQUOT, SP_E_DISK_FULL},
	            {ENOMEM, SP_E_MEMORY},
	            {EEXIST, SP_E_DUPLICATE},
	            {EIO, SP_E_IO},
	            {0, SP_E_IO}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check_status(sp_log_errno_status(rows[i].number), rows[i].status);
}

static void cold_bytes_come_back_or_are_refused(void **state)
{
	ZSTD_CCtx *squeeze = ZSTD_createCCtx();
	uint8_t plain[1000];
	void *packed = NULL, *back = NULL;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof plain; i++)
		plain[i] = (uint8_t)(i % 7);
	check_status(sp_blob_pack(squeeze, plain, sizeof plain, &packed, &n), SP_OK);
	check_true(n < sizeof plain / 10);
	check_status(sp_blob_unpack(packed, n, sizeof plain, &back), SP_OK);
	check_bytes(back, plain, sizeof plain);
	free(back);
	check_status(sp_blob_unpack(packed, n, sizeof plain - 1, &back), SP_E_DAMAGED);
	check_status(sp_blob_unpack(packed, n - 3, sizeof plain, &back), SP_E_DAMAGED);
	check_status(sp_blob_unpack(packed, n, -1, &back), SP_E_DAMAGED);
	check_status(sp_blob_unpack(packed, n, SP_LOG_PLAIN_MAX + 1, &back), SP_E_DAMAGED);
	check_status(sp_blob_unpack(NULL, 0, 0, &back), SP_E_DAMAGED);
	free(packed);
	check_status(sp_blob_pack(squeeze, NULL, 0, &packed, &n), SP_OK);
	check_status(sp_blob_unpack(packed, n, 0, &back), SP_OK);
	free(back);
	free(packed);
	ZSTD_freeCCtx(squeeze);
}

static void refusal_counts_are_read_as_they_were_written(void **state)
{
	static const char *const wrong[] = {"",
	                                    "x",
	                                    "{",
	                                    "{\"jump\"}",
	                                    "{\"jump\":}",
	                                    "{\"jump\":-1}",
	                                    "{\"jum\":1}",
	                                    "{\"jump\":1",
	                                    "{\"jump\":1}x",
	                                    "{\"jump\":1 }",
	                                    "{jump:1}",
	                                    "{\"jump\":4294967296}",
	                                    "{\"jump\":99999999999999999999}"};
	uint32_t counts[SP_REFUSALS] = {0}, back[SP_REFUSALS];
	sp_log_buffer text = {.n = 0};

	(void)state;
	sp_json_refused(&text, counts);
	check_text((const char *)text.at, "{}");
	check_true(sp_json_refused_read("{}", back));
	counts[SP_REFUSED_jump] = UINT32_MAX;
	counts[SP_REFUSED_source] = 1;
	text.n = 0;
	sp_json_refused(&text, counts);
	check_text((const char *)text.at, "{\"jump\":4294967295,\"source\":1}");
	check_true(sp_json_refused_read((const char *)text.at, back));
	check_bytes(back, counts, sizeof counts);
	sp_log_buffer_fini(&text);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		check_true(!sp_json_refused_read(wrong[i], back));
}

/* A reader in the door holds a rotation up, but not for long; and while names change no reader comes in. */
static void a_rotation_waits_for_a_reader_in_the_door(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = sample_open(path, NULL);
	int ready[2];
	pid_t child;
	char byte;

	(void)state;
	sample_commit(log, 1, 2);
	check_i64(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		int gate = sp_guard_enter(path);

		(void)!write(ready[1], "x", 1);
		usleep(100000);
		sp_guard_leave(gate);
		_exit(gate >= 0 ? 0 : 1);
	}
	check_i64(read(ready[0], &byte, 1), 1);
	check_status(sp_log_rotate(log, NULL), SP_OK);
	check_i64(waitpid(child, NULL, 0), child);
	sample_commit(log, 3, 3);
	sp_log_close(log);
	close(ready[0]), close(ready[1]);
}

/* Pages of the file are overwritten while it is open: the tree no longer holds together. */
static void a_file_whose_structure_breaks_is_a_finding(void **state)
{
	const char *path = sample_path("a.db");
	const sp_log_options reading = {.read_only = true};
	sp_log_verdict verdict;
	sp_log_file *log;
	struct stat entry;
	FILE *file;

	(void)state;
	sample_log(path, 200, NULL);
	sample_sql(path, "PRAGMA journal_mode = DELETE");
	check_i64(stat(path, &entry), 0);
	log = sample_open(path, &reading);
	file = fopen(path, "r+b");
	check_true(file != NULL);
	for (long page = entry.st_size / 4096 / 2; page < entry.st_size / 4096 - 30; page++) {
		check_i64(fseek(file, page * 4096, SEEK_SET), 0);
		for (int i = 0; i < 200; i++)
			(void)fputc(0xa5, file);
	}
	check_i64(fclose(file), 0);
	check_status(sp_log_verify(log, NULL, NULL, NULL, &verdict, NULL), SP_OK);
	check_true(!verdict.sound);
	check_contains(verdict.where, "after row");
	check_contains(verdict.what, "structure is broken");
	sp_log_close(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_answer_of_sqlite_has_a_status_and_a_cure),
	    cmocka_unit_test(each_answer_of_the_system_has_a_status),
	    cmocka_unit_test(cold_bytes_come_back_or_are_refused),
	    cmocka_unit_test(refusal_counts_are_read_as_they_were_written),
	    cmocka_unit_test(a_rotation_waits_for_a_reader_in_the_door),
	    cmocka_unit_test(a_file_whose_structure_breaks_is_a_finding),
	};

	sample_in_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
