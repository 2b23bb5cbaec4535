/* A planned point ends or holds the program exactly where and when it was planned; in a build without them it is nothing. */
#include "tests/check/check.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/failpoint.h"
#include "base/time.h"

static void a_plan_is_read_in_each_of_its_forms(void **state)
{
	static const struct {
		const char *text;
		uint32_t nth;
		int32_t pause_ms;
	} plans[] = {{"wal_trim", 1, -1},
	             {"wal_trim:1", 1, -1},
	             {"wal_trim:37", 37, -1},
	             {"wal_trim:*", 0, -1},
	             {"wal_trim:2:pause=0", 2, 0},
	             {"wal_trim:*:pause=5", 0, 5},
	             {"wal_trim:007", 7, -1},
	             {"wal_trim:1:pause=600000", 1, 600000},
	             {"wal_trim:1000000000", 1000000000, -1}};

	(void)state;
	for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
		sp_failpoint_plan plan = {.nth = 99};

		check_status(sp_failpoint_parse(plans[i].text, &plan), SP_OK);
		check_u64(plan.point, SP_FAILPOINT_wal_trim);
		check_u64(plan.nth, plans[i].nth);
		check_i64(plan.pause_ms, plans[i].pause_ms);
	}
}

static void what_is_no_plan_is_refused(void **state)
{
	static const char *const unknown[] = {"", "wal", "wal_trim2", "Wal_trim", ":3", "wal_trim :3"};
	static const char *const malformed[] = {"wal_trim:",           "wal_trim:0",
	                                        "wal_trim:-1",         "wal_trim:3x",
	                                        "wal_trim:**",         "wal_trim:1:",
	                                        "wal_trim:1:sleep=",   "wal_trim:1:pause=",
	                                        "wal_trim:1:pause=3x", "wal_trim::pause=3",
	                                        "wal_trim:1000000001", "wal_trim:1:pause=600001",
	                                        "wal_trim:1:pause=3:", "wal_trim:99999999999999999999"};
	sp_failpoint_plan plan = {.nth = 99};

	(void)state;
	for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
		check_status(sp_failpoint_parse(unknown[i], &plan), SP_E_UNKNOWN);
	for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++)
		check_status(sp_failpoint_parse(malformed[i], &plan), SP_E_SYNTAX);
	check_u64(plan.nth, 99); /* written only on SP_OK */
}

static void every_point_is_planned_by_its_own_name(void **state)
{
	(void)state;
	for (int i = 0; i < SP_FAILPOINTS; i++) {
		sp_failpoint_plan plan = {.point = SP_FAILPOINTS};

		check_status(sp_failpoint_parse(sp_failpoint_name((sp_failpoint)i), &plan), SP_OK);
		check_u64(plan.point, (uint64_t)i);
		check_true(strlen(sp_failpoint_place((sp_failpoint)i)) > 10);
	}
	check_text(sp_failpoint_name(SP_FAILPOINTS), "?");
	check_text(sp_failpoint_place((sp_failpoint)-1), "?");
}

/* How a child ends that comes by two points, first `others` times by the one, then ten times by the other; *passed: how often it
 * had come by the latter. */
static int child_ends(const char *plan, int others, int *passed)
{
	int ways[2], status = -1;
	char byte;
	pid_t child;

	check_i64(pipe(ways), 0);
	child = fork();
	check_true(child >= 0);
	if (child == 0) {
		(void)setenv(SP_FAILPOINT_VARIABLE, plan, 1);
		(void)close(STDERR_FILENO);
		for (int i = 0; i < others; i++)
			SP_FAILPOINT(commit_before_begin);
		for (int i = 0; i < 10; i++) {
			(void)!write(ways[1], "x", 1);
			SP_FAILPOINT(wal_trim);
		}
		_exit(0);
	}
	close(ways[1]);
	for (*passed = 0; read(ways[0], &byte, 1) == 1;)
		++*passed;
	close(ways[0]);
	check_i64(waitpid(child, &status, 0), child);
	return status;
}

static void check_killed_at(const char *plan, int nth)
{
	int passed, status = child_ends(plan, 3, &passed);

	if (!SP_FAILPOINTS_BUILT)
		nth = 0;
	check_i64(passed, nth > 0 ? nth : 10);
	if (nth > 0)
		check_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	else
		check_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void a_program_dies_by_sigkill_exactly_at_the_nth_passing(void **state)
{
	(void)state;
	check_killed_at("wal_trim", 1);
	check_killed_at("wal_trim:1", 1);
	check_killed_at("wal_trim:2", 2);
	check_killed_at("wal_trim:10", 10);
	check_killed_at("wal_trim:11", 0);
	check_killed_at("wal_trim:*", 1);
	check_killed_at("epoch_after_commit", 0);
	check_killed_at("commit_before_begin:4", 0);
	check_killed_at("", 0);
}

static void a_plan_that_cannot_be_read_stops_the_program(void **state)
{
	int passed, status = child_ends("wal_trin", 1, &passed);

	(void)state;
	if (SP_FAILPOINTS_BUILT)
		check_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && passed == 0);
	else
		check_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int64_t now_ns(void)
{
	struct timespec now;

	check_i64(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return now.tv_sec * SP_SEC + now.tv_nsec;
}

static void a_pause_holds_the_program_and_lets_it_go_on(void **state)
{
	int passed, status;
	int64_t start = now_ns(), took;

	(void)state;
	status = child_ends("wal_trim:3:pause=50", 1, &passed);
	took = now_ns() - start;
	check_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	check_i64(passed, 10);
	if (SP_FAILPOINTS_BUILT)
		check_true(took >= 50 * SP_MS);
	start = now_ns();
	status = child_ends("wal_trim:*:pause=10", 1, &passed);
	took = now_ns() - start;
	check_true(WIFEXITED(status) && passed == 10);
	if (SP_FAILPOINTS_BUILT)
		check_true(took >= 100 * SP_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_plan_is_read_in_each_of_its_forms),
	    cmocka_unit_test(what_is_no_plan_is_refused),
	    cmocka_unit_test(every_point_is_planned_by_its_own_name),
	    cmocka_unit_test(a_program_dies_by_sigkill_exactly_at_the_nth_passing),
	    cmocka_unit_test(a_plan_that_cannot_be_read_stops_the_program),
	    cmocka_unit_test(a_pause_holds_the_program_and_lets_it_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
