/* What fails is told, changes nothing, and succeeds when tried again: the nth write, fsync, open, read, shared-memory call and
 * allocation of a log's whole life fails, for n = 1, 2, 3 … until a life passes without; then the disk is full, and is not.
 * After each failure the same act is done again, and in the end the head is that of a life without failures. */
#include "tests/log/sample.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "controller/log/store.h"
#include "tests/log/crash_vfs.h"

/* --- allocations, ours and SQLite's --- */

static struct {
	int64_t countdown;
	bool onwards, failed;
	sqlite3_mem_methods sqlite;
} memory;

static bool memory_fails(void)
{
	if (memory.countdown == 0 || memory.countdown-- > 1)
		return false;
	if (memory.onwards)
		memory.countdown = 1;
	memory.failed = true;
	return true;
}

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t n);
void *__wrap_realloc(void *old, size_t n);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
int __wrap_asprintf(char **out, const char *format, ...) __attribute__((format(printf, 2, 3)));
ZSTD_CCtx *__real_ZSTD_createCCtx(void);
ZSTD_CCtx *__wrap_ZSTD_createCCtx(void);

void *__wrap_malloc(size_t n)
{
	return memory_fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return memory_fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t n)
{
	return memory_fails() ? NULL : __real_realloc(old, n);
}

char *__wrap_strdup(const char *text)
{
	return memory_fails() ? NULL : __real_strdup(text);
}

int __wrap_asprintf(char **out, const char *format, ...)
{
	va_list arguments;
	int n;

	if (memory_fails())
		return -1;
	va_start(arguments, format);
	n = vasprintf(out, format, arguments);
	va_end(arguments);
	return n;
}

ZSTD_CCtx *__wrap_ZSTD_createCCtx(void)
{
	return memory_fails() ? NULL : __real_ZSTD_createCCtx();
}

static void *sqlite_malloc(int n)
{
	return memory_fails() ? NULL : memory.sqlite.xMalloc(n);
}

static void *sqlite_realloc(void *old, int n)
{
	return memory_fails() ? NULL : memory.sqlite.xRealloc(old, n);
}

static void memory_plan(int64_t nth, bool onwards)
{
	memory.onwards = onwards;
	memory.countdown = nth;
}

/* --- a life: acts that may fail and are then done again --- */

typedef struct life {
	const char *path;
	char copy[300];
	sp_log_file *log;
	sp_log_options options;
	int64_t failures;
	bool each_allocation;
} life;

typedef sp_status life_act(life *l, int64_t argument, sp_message *message);

static void plans_off(void)
{
	memory_plan(0, false);
	crash_vfs_fail(0, 0, false);
}

static int64_t following(int64_t n)
{
	const char *soak = getenv("SETPOINT_SOAK");

	return soak && strcmp(soak, "1") == 0 ? n + 1 : n + 1 + n / 4;
}

/* Does it; a failure must have been planned and told, and the head must be as before. */
static sp_status try_once(life *l, life_act *act, int64_t argument)
{
	uint8_t before[SP_HASH_SIZE] = {0}, after[SP_HASH_SIZE] = {0};
	sp_message message = {""};
	bool was_closed = !l->log || l->log->closed || !l->log->db;
	sp_status status;

	if (!was_closed)
		sp_log_head(l->log, before);
	status = act(l, argument, &message);
	if (status == SP_OK)
		return status;
	l->failures++;
	if ((!crash_vfs_failed() && !memory.failed) || status == SP_E_DAMAGED)
		print_error("%s\n", message.text);
	check_true(crash_vfs_failed() || memory.failed);
	check_true(message.text[0] != 0);
	check_true(status != SP_E_FOREIGN && status != SP_E_NEWER && status != SP_E_RANGE && status != SP_E_DAMAGED &&
	           status != SP_E_MISMATCH);
	if (l->log && !was_closed && !l->log->closed) {
		sp_log_head(l->log, after);
		check_bytes(after, before, SP_HASH_SIZE);
	}
	return status;
}

/* Does it until it succeeds: after a planned failure that is the second time; where every allocation of the act is to fail once,
 * it is as often as there are some. */
static void live(life *l, life_act *act, int64_t argument)
{
	for (int64_t n = 1; l->each_allocation; n = following(n)) {
		memory_plan(n, false);
		if (try_once(l, act, argument) == SP_OK) {
			memory_plan(0, false);
			return;
		}
	}
	if (try_once(l, act, argument) == SP_OK)
		return;
	plans_off();
	check_status(try_once(l, act, argument), SP_OK);
}

static sp_status act_open(life *l, int64_t argument, sp_message *message)
{
	sp_status status = sp_log_open(l->path, &l->options, &l->log, message);

	(void)argument;
	if (status == SP_OK)
		l->log->wal_limit = 10;
	return status;
}

static sp_status act_config(life *l, int64_t argument, sp_message *message)
{
	(void)argument;
	return sp_log_config(l->log, sample_config, sample_yaml, strlen(sample_yaml), sample_sheet, strlen(sample_sheet),
	                     message);
}

static sp_status act_commit(life *l, int64_t number, sp_message *message)
{
	sp_log_receipt receipt = {.tick = -1};
	sample s;
	sp_status status;

	sample_make(&s, number);
	s.tick.frames = sample_frames(l->log, number);
	status = sp_log_commit(l->log, &s.tick, &receipt, message);
	check_i64(receipt.tick, status == SP_OK ? number : -1); /* written only on SP_OK */
	return status;
}

static sp_status act_epoch(life *l, int64_t argument, sp_message *message)
{
	const sp_log_start start = sample_start(l->log);
	sp_log_epoch_row epoch = {.counter = 0};
	sp_status status = sp_log_epoch(l->log, &start, &epoch, message);

	check_u64(epoch.counter, status == SP_OK ? (uint64_t)argument : 0);
	return status;
}

static bool see_frames(void *context, const sp_log_publication_row *row)
{
	*(uint64_t *)context += row->frames;
	return true;
}

static bool see_book(void *context, const sp_log_epoch_row *row)
{
	*(uint64_t *)context += row->frames;
	return true;
}

/* Each row once: no frame of ticks 1 to 4 is missing. */
static sp_status act_read_feed(life *l, int64_t argument, sp_message *message)
{
	uint64_t frames = 0;
	sp_status status = sp_log_epochs(l->log, 0, see_book, &frames, message);

	(void)argument;
	if (status == SP_OK)
		status = sp_log_publications(l->log, 0, see_frames, &frames, message);
	if (status == SP_OK)
		check_u64(frames, 2 + 4);
	return status;
}

static sp_status act_append(life *l, int64_t n, sp_message *message)
{
	uint8_t bytes[64];

	memset(bytes, (int)n, sizeof bytes);
	return sp_log_append(l->log, bytes, (size_t)n, message);
}

static sp_status act_rotate(life *l, int64_t argument, sp_message *message)
{
	(void)argument;
	/* A rotation that stopped half-way is completed by its repetition; one that was whole says that there is nothing. */
	return sp_log_rotate(l->log, message);
}

static sp_status act_prune(life *l, int64_t number, sp_message *message)
{
	return sp_log_prune(l->log, sample_time(number), 1000, message);
}

static sp_status act_backup(life *l, int64_t argument, sp_message *message)
{
	(void)argument;
	(void)unlink(l->copy);
	return sp_log_backup(l->path, l->copy, message);
}

static sp_status act_read(life *l, int64_t number, sp_message *message)
{
	sp_log_decision_row decision;
	sp_log_verdict verdict;
	uint8_t *bytes = NULL;
	void *yaml = NULL, *sheet = NULL;
	size_t n = 0, n_yaml = 0, n_sheet = 0;
	int64_t tick = 0;
	sp_status status = sp_log_decision_find(l->log, number, &decision, message);

	if (status == SP_OK)
		status = sp_log_checkpoint_find(l->log, number, &tick, &bytes, &n, message);
	free(bytes);
	if (status == SP_OK)
		status = sp_log_config_find(l->log, sample_config, &yaml, &n_yaml, &sheet, &n_sheet, message);
	free(yaml);
	free(sheet);
	if (status == SP_OK)
		status = sp_log_verify(l->log, NULL, NULL, NULL, &verdict, message);
	/* A file that cannot be read for want of memory is not a broken one. */
	if (status == SP_OK && !verdict.sound)
		return sp_message_set(message, SP_E_MISMATCH, "%s: %s", verdict.where, verdict.what);
	return status;
}

static sp_status act_verify_files(life *l, int64_t argument, sp_message *message)
{
	sp_log_verdict verdict;
	sp_status status = sp_log_verify_files(l->path, NULL, NULL, NULL, &verdict, message);

	(void)argument;
	if (status == SP_OK && !verdict.sound)
		return sp_message_set(message, SP_E_MISMATCH, "%s: %s", verdict.where, verdict.what);
	return status;
}

static void live_whole(life *l, uint8_t head[SP_HASH_SIZE])
{
	live(l, act_open, 0);
	live(l, act_config, 0);
	live(l, act_epoch, 1);
	for (int64_t i = 1; i <= 4; i++)
		live(l, act_commit, i);
	live(l, act_read, 3);
	live(l, act_read_feed, 0);
	live(l, act_append, 40);
	live(l, act_rotate, 0);
	live(l, act_commit, 5);
	live(l, act_commit, 6);
	live(l, act_prune, 6);
	live(l, act_backup, 0);
	sp_log_close(l->log);
	l->log = NULL;
	live(l, act_open, 0);
	live(l, act_epoch, 2);
	live(l, act_append, 30);
	live(l, act_commit, 7);
	live(l, act_verify_files, 0);
	plans_off();
	sp_log_head(l->log, head);
	sp_log_close(l->log);
	l->log = NULL;
}

/* A life in a folder of its own that is gone afterwards. */
static int64_t live_once(const char *vfs, bool each_allocation, uint8_t head[SP_HASH_SIZE])
{
	static char path[300];
	char folder[300];
	life l = {.path = path, .options = sample_options(), .each_allocation = each_allocation};

	(void)snprintf(folder, sizeof folder, "%s/life", sp_check_scratch());
	check_i64(mkdir(folder, 0755), 0);
	(void)snprintf(path, sizeof path, "%s/life/a.db", sp_check_scratch());
	(void)snprintf(l.copy, sizeof l.copy, "%s/life/copy.db", sp_check_scratch());
	l.options.vfs = vfs;
	l.options.sync = vfs ? SP_LOG_SYNC_FULL : SP_LOG_SYNC_OFF;
	live_whole(&l, head);
	sample_remove(folder);
	return l.failures;
}

static void a_life_without_failures(uint8_t head[SP_HASH_SIZE])
{
	plans_off();
	memory.failed = false;
	crash_vfs_reset(1);
	check_i64(live_once(CRASH_VFS, false, head), 0);
}

static void fail_the_disk(unsigned calls, bool onwards, const char *name)
{
	uint8_t expected[SP_HASH_SIZE], head[SP_HASH_SIZE];
	int64_t n = 1, failures = 0;

	a_life_without_failures(expected);
	for (;; n = following(n)) {
		crash_vfs_reset((uint64_t)n);
		crash_vfs_fail(calls, n, onwards);
		failures += live_once(CRASH_VFS, false, head);
		check_bytes(head, expected, SP_HASH_SIZE);
		if (!crash_vfs_failed())
			break;
	}
	print_message("%s%s: until %lld, %lld acts failed\n", name, onwards ? " (from then on)" : "", (long long)n,
	              (long long)failures);
	check_true(failures > 0);
}

static void the_nth_write_may_fail(void **state)
{
	(void)state;
	fail_the_disk(CRASH_WRITE, false, "write");
	fail_the_disk(CRASH_WRITE, true, "write");
}

static void the_nth_fsync_may_fail(void **state)
{
	(void)state;
	fail_the_disk(CRASH_SYNC, false, "fsync");
	fail_the_disk(CRASH_SYNC, true, "fsync");
}

static void the_nth_open_may_fail(void **state)
{
	(void)state;
	fail_the_disk(CRASH_OPEN, false, "open");
	fail_the_disk(CRASH_OPEN, true, "open");
}

static void the_nth_shared_memory_call_may_fail(void **state)
{
	(void)state;
	fail_the_disk(CRASH_SHM, false, "shared memory");
	fail_the_disk(CRASH_SHM, true, "shared memory");
}

static void the_nth_read_may_fail(void **state)
{
	(void)state;
	fail_the_disk(CRASH_READ, false, "read");
}

static void any_nth_call_may_fail(void **state)
{
	(void)state;
	fail_the_disk(CRASH_ALL, true, "any call");
}

static void memory_runs_out_at_the_nth_allocation_of_a_life(void **state)
{
	uint8_t expected[SP_HASH_SIZE], head[SP_HASH_SIZE];
	int64_t n = 1, failures = 0;

	(void)state;
	a_life_without_failures(expected);
	for (;; n += 1 + n / 4) {
		memory.failed = false;
		memory_plan(n, true);
		failures += live_once(NULL, false, head); /* the faulty disk needs memory of its own */
		check_bytes(head, expected, SP_HASH_SIZE);
		if (!memory.failed)
			break;
	}
	print_message("until %lld, %lld acts failed\n", (long long)n, (long long)failures);
	check_true(failures > 20);
}

static void each_allocation_of_each_act_may_fail(void **state)
{
	uint8_t expected[SP_HASH_SIZE], head[SP_HASH_SIZE];
	int64_t failures;

	(void)state;
	a_life_without_failures(expected);
	failures = live_once(NULL, true, head);
	check_bytes(head, expected, SP_HASH_SIZE);
	print_message("%lld times an act failed\n", (long long)failures);
	check_true(failures > 100);
}

static void a_digest_without_memory_is_told(void **state)
{
	static sp_price prices[1000];
	uint8_t digest[SP_HASH_SIZE];
	sample s;

	(void)state;
	sample_make(&s, 1);
	for (int i = 0; i < 1000; i++)
		prices[i] = s.prices[0][0];
	s.decisions[0].prices = prices;
	s.decisions[0].n_prices = 1000;
	memory_plan(1, false);
	check_status(sp_log_digest(s.decisions, 1, digest), SP_E_MEMORY);
	plans_off();
	check_status(sp_log_digest(s.decisions, 1, digest), SP_OK);
}

/* --- a full disk --- */

/* Commits until the disk is full: the commit that found it so. */
static int64_t fill(sp_log_file *log, int64_t number, sp_message *message)
{
	for (;; number++) {
		sp_log_receipt receipt;
		uint8_t before[SP_HASH_SIZE], after[SP_HASH_SIZE];
		sp_status status;
		sample s;

		sample_make(&s, number);
		sp_log_head(log, before);
		status = sp_log_commit(log, &s.tick, &receipt, message);
		if (status == SP_OK)
			continue;
		check_status(status, SP_E_DISK_FULL);
		sp_log_head(log, after);
		check_bytes(after, before, SP_HASH_SIZE);
		check_status(sp_log_commit(log, &s.tick, &receipt, message), SP_E_DISK_FULL); /* still */
		return number;
	}
}

static void a_full_disk_holds_a_commit_up_until_there_is_space(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_options options = sample_options();
	sp_log_file *log = NULL;
	sp_message message;
	uint8_t head[SP_HASH_SIZE], expected[SP_HASH_SIZE];
	int64_t number = 1;

	(void)state;
	plans_off();
	crash_vfs_reset(1);
	options.vfs = CRASH_VFS;
	options.sync = SP_LOG_SYNC_FULL;
	crash_vfs_quota(50000);
	check_status(sp_log_open(path, &options, &log, &message), SP_E_DISK_FULL);
	check_contains(message.text, "free some space");
	crash_vfs_quota(0);
	log = sample_open(path, &options);
	for (int i = 0; i < 8; i++) {
		crash_vfs_quota(crash_vfs_bytes() + 30000 * i);
		number = fill(log, number, &message);
		check_contains(message.text, "free some space; it goes on by itself");
		crash_vfs_quota(0);
		number = sample_commit(log, number, number).tick + 1;
	}
	sp_log_head(log, head);
	sp_log_close(log);
	check_true(sample_verdict(path, head).sound);
	path = sample_path("a.db");
	log = sample_open(path, NULL);
	sample_commit(log, 1, number - 1);
	sp_log_head(log, expected);
	sp_log_close(log);
	check_bytes(head, expected, SP_HASH_SIZE);
}

static void write_until_full(const char *path)
{
	static const char zeros[4096];
	FILE *out = fopen(path, "w");

	check_true(out != NULL);
	while (fwrite(zeros, 1, sizeof zeros, out) == sizeof zeros)
		;
	(void)fclose(out);
}

static void a_disk_that_is_really_full_does_so_too(void **state)
{
	char folder[300], path[320], filler[320], command[400];
	sp_log_options options = sample_options();
	sp_log_file *log;
	sp_message message;
	int64_t number;

	(void)state;
	(void)snprintf(folder, sizeof folder, "%s/small", sp_check_scratch());
	check_i64(mkdir(folder, 0755), 0);
	(void)snprintf(command, sizeof command, "mount -t tmpfs -o size=600k tmpfs '%s' 2>/dev/null", folder);
	if (system(command) != 0) {
		print_message("no small disk can be mounted here\n");
		skip();
	}
	(void)snprintf(path, sizeof path, "%s/a.db", folder);
	(void)snprintf(filler, sizeof filler, "%s/filler", folder);
	options.sync = SP_LOG_SYNC_FULL;
	log = sample_open(path, &options);
	sample_commit(log, 1, 3);
	for (int i = 0; i < 3; i++) {
		write_until_full(filler);
		number = fill(log, sp_log_last_tick(log, NULL) + 1, &message);
		check_i64(unlink(filler), 0);
		sample_commit(log, number, number + 3);
	}
	sp_log_close(log);
	check_true(sample_verdict(path, NULL).sound);
	(void)snprintf(command, sizeof command, "umount '%s'", folder);
	check_i64(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_nth_write_may_fail),
	    cmocka_unit_test(the_nth_fsync_may_fail),
	    cmocka_unit_test(the_nth_open_may_fail),
	    cmocka_unit_test(the_nth_shared_memory_call_may_fail),
	    cmocka_unit_test(the_nth_read_may_fail),
	    cmocka_unit_test(any_nth_call_may_fail),
	    cmocka_unit_test(memory_runs_out_at_the_nth_allocation_of_a_life),
	    cmocka_unit_test(each_allocation_of_each_act_may_fail),
	    cmocka_unit_test(a_digest_without_memory_is_told),
	    cmocka_unit_test(a_full_disk_holds_a_commit_up_until_there_is_space),
	    cmocka_unit_test(a_disk_that_is_really_full_does_so_too),
	};
	sqlite3_mem_methods faulty;

	/* Without its lookaside memory, so that every allocation of SQLite's can be made to fail. */
	check_i64(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0), SQLITE_OK);
	check_i64(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory.sqlite), SQLITE_OK);
	faulty = memory.sqlite;
	faulty.xMalloc = sqlite_malloc;
	faulty.xRealloc = sqlite_realloc;
	check_i64(sqlite3_config(SQLITE_CONFIG_MALLOC, &faulty), SQLITE_OK);
	sample_in_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
