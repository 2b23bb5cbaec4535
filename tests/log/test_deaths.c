/* P2: a writer that is killed at any of the log's failpoints leaves a log that goes on as if it had not been.
 *
 * A life of a log is a list of acts. Undisturbed, it says which head stands after each act. Then, for each failpoint and each time
 * that a life comes by it, a child lives until it is killed there; it tells of each act that has returned. The log it leaves
 * must open with the head after the last act told, or after the one in the making; the rest of the acts must lead to the
 * undisturbed life's head; so no tick is lost and no number is given twice. */
#include "tests/log/sample.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/failpoint.h"
#include "controller/log/store.h"

#define DEATHS_ACTS 14

typedef struct life {
	const char *path;
	sp_log_file *log;
} life;

/* --- the acts --- */

static sp_status act_open(life *l, int64_t argument)
{
	const sp_log_options options = sample_options();
	sp_status status;

	(void)argument;
	sp_log_close(l->log);
	l->log = NULL;
	status = sp_log_open(l->path, &options, &l->log, NULL);
	if (status == SP_OK)
		l->log->wal_limit = 1; /* each commit writes the WAL back */
	return status;
}

static sp_status act_epoch(life *l, int64_t argument)
{
	const sp_log_start start = sample_start(l->log);
	sp_log_epoch_row epoch;

	(void)argument;
	return sp_log_epoch(l->log, &start, &epoch, NULL);
}

static sp_status act_commit(life *l, int64_t number)
{
	sp_log_receipt receipt;
	sample s;

	sample_make(&s, number);
	s.tick.frames = sample_frames(l->log, number);
	return sp_log_commit(l->log, &s.tick, &receipt, NULL);
}

static sp_status act_append(life *l, int64_t n)
{
	uint8_t bytes[64];

	memset(bytes, (int)n, sizeof bytes);
	return sp_log_append(l->log, bytes, (size_t)n, NULL);
}

static sp_status act_prune(life *l, int64_t number)
{
	return sp_log_prune(l->log, sample_time(number), 0, NULL);
}

static sp_status act_rotate(life *l, int64_t argument)
{
	(void)argument;
	return sp_log_rotate(l->log, NULL);
}

/* A log of schema 1 with four ticks is brought forward, and so on. Ticks 6 and 9 have a checkpoint. */
static const struct {
	sp_status (*act)(life *, int64_t);
	int64_t argument;
} acts[DEATHS_ACTS] = {{act_open, 0},  {act_epoch, 0},  {act_commit, 5},  {act_append, 20}, {act_commit, 6},
                       {act_prune, 6}, {act_rotate, 0}, {act_append, 30}, {act_commit, 7},  {act_open, 0},
                       {act_epoch, 0}, {act_commit, 8}, {act_append, 40}, {act_commit, 9}};

/* --- an undisturbed life --- */

static uint8_t heads[DEATHS_ACTS + 1][SP_HASH_SIZE]; /* after so many acts */

static void live_undisturbed(void)
{
	life l = {.path = sample_path("whole.db")};
	uint64_t counter, seq;

	sample_old(l.path);
	check_status(sp_hash_parse(SAMPLE_OLD_HEAD, heads[0]), SP_OK);
	for (int i = 0; i < DEATHS_ACTS; i++) {
		check_status(acts[i].act(&l, acts[i].argument), SP_OK);
		sp_log_head(l.log, heads[i + 1]);
	}
	sp_log_feed(l.log, &counter, NULL, &seq);
	check_u64(counter, 2);
	check_u64(seq, 2 + (2 + 0 + 1) + 3 + (2 + 0)); /* books and ticks 5 to 9 */
	sp_log_close(l.log);
}

/* --- a life that ends --- */

static _Noreturn void live_and_die(const char *path, const char *plan, int told)
{
	life l = {.path = path};

	(void)setenv(SP_FAILPOINT_VARIABLE, plan, 1);
	for (int i = 0; i < DEATHS_ACTS; i++)
		if (acts[i].act(&l, acts[i].argument) != SP_OK || write(told, "x", 1) != 1)
			_exit(9);
	_exit(0);
}

/* How many acts were told; *status as of waitpid. */
static int live_until(const char *path, const char *plan, int *status)
{
	int told[2], n = 0;
	char byte;
	pid_t child;

	check_i64(pipe(told), 0);
	child = fork();
	check_true(child >= 0);
	if (child == 0)
		live_and_die(path, plan, told[1]);
	close(told[1]);
	while (read(told[0], &byte, 1) == 1)
		n++;
	close(told[0]);
	check_i64(waitpid(child, status, 0), child);
	return n;
}

static void check_goes_on(const char *path, const char *plan, int told)
{
	life l = {.path = path};
	uint8_t head[SP_HASH_SIZE];
	sp_log_verdict verdict;
	int next = told;

	check_status(act_open(&l, 0), SP_OK);
	sp_log_head(l.log, head);
	if (memcmp(head, heads[told], SP_HASH_SIZE) != 0)
		next++; /* what was in the making is there whole */
	if (next > DEATHS_ACTS || memcmp(head, heads[next], SP_HASH_SIZE) != 0)
		print_error("%s: after %d acts the log is neither before nor after the next\n", plan, told);
	check_true(next <= DEATHS_ACTS);
	check_bytes(head, heads[next], SP_HASH_SIZE);
	for (int i = next; i < DEATHS_ACTS; i++)
		check_status(acts[i].act(&l, acts[i].argument), SP_OK);
	sp_log_head(l.log, head);
	check_bytes(head, heads[DEATHS_ACTS], SP_HASH_SIZE);
	sp_log_close(l.log);
	check_status(sp_log_verify_files(path, heads[0], NULL, NULL, &verdict, NULL), SP_OK);
	check_true(verdict.sound);
	check_i64(verdict.ticks, 9);
	check_i64(verdict.files, 2);
}

/* Dies there at the nth passing, in a folder of its own; false: a life comes by it less often. */
static bool dies_and_goes_on(sp_failpoint point, int nth)
{
	char folder[300], path[320], plan[80];
	int status = 0, told;

	(void)snprintf(folder, sizeof folder, "%s/life", sp_check_scratch());
	check_i64(mkdir(folder, 0755), 0);
	(void)snprintf(path, sizeof path, "%s/a.db", folder);
	(void)snprintf(plan, sizeof plan, "%s:%d", sp_failpoint_name(point), nth);
	sample_old(path);
	told = live_until(path, plan, &status);
	if (WIFEXITED(status))
		check_i64(WEXITSTATUS(status), 0);
	else
		check_i64(WTERMSIG(status), SIGKILL);
	check_goes_on(path, plan, told);
	sample_remove(folder);
	return WIFSIGNALED(status);
}

static void p2_a_writer_killed_at_any_failpoint_leaves_a_log_that_goes_on(void **state)
{
	int deaths = 0;

	(void)state;
	if (!SP_FAILPOINTS_BUILT)
		skip();
	live_undisturbed();
	for (int point = 0; point <= SP_FAILPOINT_wal_trim; point++) {
		int nth = 1;

		while (dies_and_goes_on((sp_failpoint)point, nth))
			nth++;
		if (nth == 1)
			print_error("no life comes by %s\n", sp_failpoint_name((sp_failpoint)point));
		check_true(nth > 1);
		deaths += nth - 1;
	}
	print_message("%d deaths at %d failpoints\n", deaths, SP_FAILPOINT_wal_trim + 1);
	check_true(deaths > 50);
}

/* What a start does: whatever the death, its epoch is a new one, and its numbers are. */
static void r24_a_start_after_a_death_gives_no_number_twice(void **state)
{
	static const sp_failpoint points[] = {SP_FAILPOINT_commit_before_commit, SP_FAILPOINT_commit_after_commit,
	                                      SP_FAILPOINT_epoch_before_commit,  SP_FAILPOINT_epoch_after_commit,
	                                      SP_FAILPOINT_rotate_after_closing, SP_FAILPOINT_rotate_after_move};

	(void)state;
	if (!SP_FAILPOINTS_BUILT)
		skip();
	for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
		const char *path = sample_path("a.db");
		sp_log_epoch_row epoch;
		uint64_t counter, seq;
		sp_log_file *log;
		int status;

		sample_old(path);
		(void)live_until(path, sp_failpoint_name(points[i]), &status);
		check_true(WIFSIGNALED(status));
		log = sample_open(path, NULL);
		sp_log_feed(log, &counter, NULL, &seq);
		epoch = sample_epoch(log);
		check_u64(epoch.counter, counter + 1);
		check_u64(epoch.first_seq, seq + 1);
		check_i64(epoch.tick, sp_log_last_tick(log, NULL) + 1);
		check_u64(sample_commit(log, 10, 10).first_seq, seq + epoch.frames + 1);
		sp_log_close(log);
		check_true(sample_verdict(path, NULL).sound);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(p2_a_writer_killed_at_any_failpoint_leaves_a_log_that_goes_on),
	    cmocka_unit_test(r24_a_start_after_a_death_gives_no_number_twice),
	};

	sample_in_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
