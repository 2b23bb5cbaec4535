/* The tests' own assertions, each shown an error that it must not let pass. */
#include "tests/check/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"

/* One planted error: two doubles and how they are compared. */
typedef struct planted {
	double actual, expected, allowed;
} planted;

static void plant_near(void *argument)
{
	const planted *p = argument;
	check_near(p->actual, p->expected, p->allowed);
}

static void plant_ulp(void *argument)
{
	const planted *p = argument;
	check_ulp(p->actual, p->expected, (uint64_t)p->allowed);
}

static void nearness_fails_on_what_is_not_finite(void **state)
{
	(void)state;
	planted cases[] = {
	    {NAN, 1, 0.01},       {1, NAN, 0.01},   {NAN, NAN, 0.01},           {1, 1, NAN},
	    {INFINITY, 1, 1e300}, {1, INFINITY, 1}, {INFINITY, INFINITY, 0.01}, {1, 1.02, 0.01},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *said = sp_check_stopped(plant_near, &cases[i]);
		check_contains(said, "p->actual is");
		check_contains(said, "test_check.c");
	}
	check_near(1.005, 1, 0.01);
	check_near(1, 1, 0);
}

static void ulp_fails_on_nan_and_on_what_is_further(void **state)
{
	(void)state;
	planted cases[] = {{NAN, 1, 1e18}, {1, NAN, 1e18}, {NAN, NAN, 1e18}, {1, 0x1.0000000000002p+0, 1}, {-1, 1, 1e18}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		check_contains(sp_check_stopped(plant_ulp, &cases[i]), "ulp apart");
	}
	check_ulp(1, 0x1.0000000000001p+0, 1);
	check_ulp(0.0, -0.0, 0);
}

static void ulps_count_representable_steps(void **state)
{
	(void)state;
	check_u64(sp_check_ulps(1, 1), 0);
	check_u64(sp_check_ulps(0.0, -0.0), 0);
	check_u64(sp_check_ulps(0x1p-1074, -0x1p-1074), 2);
	check_u64(sp_check_ulps(1, 2), UINT64_C(1) << 52);
	check_u64(sp_check_ulps(2, 1), UINT64_C(1) << 52);
	check_u64(sp_check_ulps(NAN, 1), UINT64_MAX);
	check_u64(sp_check_ulps(INFINITY, 0x1.fffffffffffffp+1023), 1);
}

static void plant_true(void *argument)
{
	check_true(*(int *)argument == 2);
}

static void plant_i64(void *argument)
{
	check_i64(*(int *)argument, INT64_MIN);
}

static void plant_u64(void *argument)
{
	check_u64((uint64_t) * (int *)argument, UINT64_MAX);
}

static void plant_money(void *argument)
{
	check_money(((sp_money){*(int *)argument}), ((sp_money){2}));
}

static void plant_index(void *argument)
{
	check_index(((sp_index){*(int *)argument}), ((sp_index){2}));
}

static void plant_status(void *argument)
{
	check_status((sp_status) * (int *)argument, SP_OK);
}

static void plant_text(void *argument)
{
	check_text(*(int *)argument == 1 ? "one" : "two", "two");
}

static void plant_no_text(void *argument)
{
	check_text(*(int *)argument == 1 ? NULL : "two", "two");
}

static void plant_contains(void *argument)
{
	check_contains(*(int *)argument == 1 ? "one" : "two", "tw");
}

static void plant_contains_nothing(void *argument)
{
	check_contains(*(int *)argument == 1 ? NULL : "two", "tw");
}

static void plant_bytes(void *argument)
{
	const uint8_t a[] = {1, 2, (uint8_t) * (int *)argument, 4};
	const uint8_t b[] = {1, 2, 3, 4};
	check_bytes(a, b, sizeof a);
}

static void every_check_says_both_values(void **state)
{
	(void)state;
	int one = 1;
	check_contains(sp_check_stopped(plant_true, &one), "== 2 is not true");
	check_contains(sp_check_stopped(plant_i64, &one), "is 1, expected -9223372036854775808");
	check_contains(sp_check_stopped(plant_u64, &one), "is 1 (0x1), expected 18446744073709551615");
	check_contains(sp_check_stopped(plant_money, &one), "is 1, expected 2");
	check_contains(sp_check_stopped(plant_index, &one), "is 1, expected 2");
	check_contains(sp_check_stopped(plant_status, &one), "is E_SYNTAX, expected OK");
	check_contains(sp_check_stopped(plant_text, &one), "\"one\", expected\n  \"two\"");
	check_contains(sp_check_stopped(plant_no_text, &one), "\"(null)\", expected\n  \"two\"");
	check_contains(sp_check_stopped(plant_contains, &one), "\"one\", which does not contain\n  \"tw\"");
	check_contains(sp_check_stopped(plant_contains_nothing, &one), "does not contain");
	check_contains(sp_check_stopped(plant_bytes, &one), "differs at byte 2 of 4");
	check_contains(sp_check_stopped(plant_bytes, &one), "actual   01 04");
}

static void assert_two(void *argument)
{
	SP_ASSERT(*(int *)argument == 2);
}

static void an_assertion_stops_and_says_where(void **state)
{
	(void)state;
	int value = 1;
	check_contains(sp_check_stopped(assert_two, &value), "test_check.c:");
	check_contains(sp_check_stopped(assert_two, &value), "assertion failed: *(int *)argument == 2");
	value = 2;
	check_true(sp_check_stopped(assert_two, &value) == NULL);
}

static void exit_quietly(void *argument)
{
	exit(*(int *)argument);
}

static void a_plain_exit_is_not_a_stop(void **state)
{
	(void)state;
	int code = 3;
	check_true(sp_check_stopped(exit_quietly, &code) == NULL);
}

static void the_seed_comes_from_the_environment(void **state)
{
	(void)state;
	sp_rng rng;
	const char *given = getenv("SETPOINT_SEED");
	char *kept = given != NULL ? strdup(given) : NULL;
	setenv("SETPOINT_SEED", "0x12d687", 1);
	check_u64(sp_check_seed(__func__, &rng), 1234567);
	check_u64(rng.s[0], UINT64_C(6457827717110365317));
	unsetenv("SETPOINT_SEED");
	check_u64(sp_check_seed(__func__, &rng), sp_check_seed(__func__, &rng));
	if (kept != NULL) {
		setenv("SETPOINT_SEED", kept, 1);
	}
	free(kept);
}

/* The exit status of a program that does only this: a child of its own, quiet, and not ended by a failed check. */
static int status_of(void (*act)(void *), void *argument)
{
	int status = 0;
	fflush(NULL);
	const pid_t child = fork();
	check_true(child >= 0);
	if (child == 0) {
		check_true(freopen("/dev/null", "w", stdout) != NULL && freopen("/dev/null", "w", stderr) != NULL);
		unsetenv("CMOCKA_TEST_ABORT");
		act(argument);
		_exit(99);
	}
	check_i64(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void one_without_its_file(void **state)
{
	(void)state;
	if (sp_check_data("absent.csv") == NULL) {
		skip();
	}
}

static void one_that_passes(void **state)
{
	(void)state;
	check_true(sp_check_data(".") != NULL);
}

static void one_that_fails(void **state)
{
	(void)state;
	check_true(false);
}

/* A test program: which of the three tests it has is told by bits. */
static void run_planted(void *argument)
{
	const struct CMUnitTest all[] = {
	    cmocka_unit_test(one_without_its_file),
	    cmocka_unit_test(one_that_passes),
	    cmocka_unit_test(one_that_fails),
	};
	struct CMUnitTest tests[3];
	size_t n = 0;
	for (unsigned i = 0; i < 3; i++) {
		if (*(int *)argument & 1 << i) {
			tests[n++] = all[i];
		}
	}
	exit(_cmocka_run_group_tests("planted", tests, n, NULL, NULL));
}

static void a_program_without_its_files_is_skipped_and_a_failure_still_fails(void **state)
{
	(void)state;
	static const int expected[] = {0, 77, 0, 77, 1, 1, 1, 1}; /* by the bits of run_planted */
	setenv("SETPOINT_DATA", sp_check_scratch(), 1);
	for (int tests = 1; tests < 8; tests++) {
		check_i64(status_of(run_planted, &tests), expected[tests]);
	}
	unsetenv("SETPOINT_DATA");
}

/* Its own child is no test program and keeps its status. */
static void absent_here_not_in_the_child(void *argument)
{
	int zero = 0;
	check_true(sp_check_data("absent.csv") == NULL);
	exit(status_of(exit_quietly, &zero) == 0 ? *(int *)argument : 98);
}

static void a_child_of_a_skipped_program_keeps_its_status(void **state)
{
	(void)state;
	int code = 0;
	check_i64(status_of(absent_here_not_in_the_child, &code), 77);
	code = 5;
	check_i64(status_of(absent_here_not_in_the_child, &code), 5);
}

/* In a child: else this program would count as skipped. */
static void look_for_files(void *argument)
{
	const char *present = sp_check_data("trace.csv");
	const bool told = present != NULL && strcmp(present, argument) == 0 && sp_check_data("absent.csv") == NULL;
	_exit(told ? 0 : 1);
}

static void absent_files_are_told_from_present_ones(void **state)
{
	(void)state;
	char path[4096];
	snprintf(path, sizeof path, "%s/trace.csv", sp_check_scratch());
	FILE *file = fopen(path, "w");
	check_true(file != NULL);
	fclose(file);
	setenv("SETPOINT_DATA", sp_check_scratch(), 1);
	check_i64(status_of(look_for_files, path), 0);
	unsetenv("SETPOINT_DATA");
}

static void scratch_is_one_folder_and_outlives_a_child(void **state)
{
	(void)state;
	int code = 0;
	const char *scratch = sp_check_scratch();
	check_i64(access(scratch, W_OK), 0);
	check_true(sp_check_scratch() == scratch);
	check_true(sp_check_stopped(exit_quietly, &code) == NULL); /* runs the child's atexit */
	check_i64(access(scratch, W_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nearness_fails_on_what_is_not_finite),
	    cmocka_unit_test(ulp_fails_on_nan_and_on_what_is_further),
	    cmocka_unit_test(ulps_count_representable_steps),
	    cmocka_unit_test(every_check_says_both_values),
	    cmocka_unit_test(an_assertion_stops_and_says_where),
	    cmocka_unit_test(a_plain_exit_is_not_a_stop),
	    cmocka_unit_test(the_seed_comes_from_the_environment),
	    cmocka_unit_test(absent_files_are_told_from_present_ones),
	    cmocka_unit_test(a_program_without_its_files_is_skipped_and_a_failure_still_fails),
	    cmocka_unit_test(a_child_of_a_skipped_program_keeps_its_status),
	    cmocka_unit_test(scratch_is_one_folder_and_outlives_a_child),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
