/* check.c - the tests' assertions: each prints both values and fails the running cmocka test at the caller's line.
 *
 * Doubles are compared in double, by distance or by representable steps, and whatever is not finite fails: cmocka 1.1.5
 * compares in float and lets NaN pass. */
#include "tests/check/check.h"

#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/math.h"

#define CHECK_SEED_DEFAULT UINT64_C(0x5e7901d7)
#define CHECK_PATH_MAX     1024
#define CHECK_PATHS        16 /* so many paths of sp_check_data live at once */
#define CHECK_BYTES_SHOWN  16
#define CHECK_STDERR_MAX   4096
#define CHECK_SKIPPED      77 /* CTest's SKIP_RETURN_CODE of every sp_test */

static char check_scratch[CHECK_PATH_MAX];
static pid_t check_scratch_owner; /* a forked child must not remove its parent's directory */
static pid_t check_absent_owner;  /* whose program looked for real data in vain; 0: none did */

void sp_check_true(int condition, const char *text, const char *file, int line)
{
	if (!condition) {
		print_error("%s is not true\n", text);
		_fail(file, line);
	}
}

void sp_check_i64(int64_t actual, int64_t expected, const char *text, const char *file, int line)
{
	if (actual != expected) {
		print_error("%s is %" PRId64 ", expected %" PRId64 "\n", text, actual, expected);
		_fail(file, line);
	}
}

void sp_check_u64(uint64_t actual, uint64_t expected, const char *text, const char *file, int line)
{
	if (actual != expected) {
		print_error("%s is %" PRIu64 " (0x%" PRIx64 "), expected %" PRIu64 " (0x%" PRIx64 ")\n", text, actual, actual,
		            expected, expected);
		_fail(file, line);
	}
}

void sp_check_status(sp_status actual, sp_status expected, const char *text, const char *file, int line)
{
	if (actual != expected) {
		print_error("%s is %s, expected %s\n", text, sp_status_name(actual), sp_status_name(expected));
		_fail(file, line);
	}
}

void sp_check_text(const char *actual, const char *expected, const char *text, const char *file, int line)
{
	if (actual == expected) {
		return;
	}
	if (actual == NULL || expected == NULL || strcmp(actual, expected) != 0) {
		print_error("%s is\n  \"%s\", expected\n  \"%s\"\n", text, actual != NULL ? actual : "(null)",
		            expected != NULL ? expected : "(null)");
		_fail(file, line);
	}
}

void sp_check_contains(const char *actual, const char *part, const char *text, const char *file, int line)
{
	if (actual == NULL || part == NULL || strstr(actual, part) == NULL) {
		print_error("%s is\n  \"%s\", which does not contain\n  \"%s\"\n", text, actual != NULL ? actual : "(null)",
		            part != NULL ? part : "(null)");
		_fail(file, line);
	}
}

static void check_print_bytes(const char *name, const uint8_t *bytes, size_t n)
{
	char line[3 * CHECK_BYTES_SHOWN + 1] = "";
	for (size_t i = 0; i < n && i < CHECK_BYTES_SHOWN; i++) {
		snprintf(line + 3 * i, 4, " %02x", bytes[i]);
	}
	print_error("  %s%s\n", name, line);
}

void sp_check_bytes(const void *actual, const void *expected, size_t n, const char *text, const char *file, int line)
{
	const uint8_t *a = actual;
	const uint8_t *e = expected;
	for (size_t i = 0; i < n; i++) {
		if (a[i] != e[i]) {
			print_error("%s differs at byte %zu of %zu; from there:\n", text, i, n);
			check_print_bytes("actual  ", a + i, n - i);
			check_print_bytes("expected", e + i, n - i);
			_fail(file, line);
		}
	}
}

void sp_check_near(double actual, double expected, double tolerance, const char *text, const char *file, int line)
{
	/* Written so that a NaN anywhere fails. */
	if (!(sp_finite(actual) && sp_finite(expected) && sp_abs(actual - expected) <= tolerance)) {
		print_error("%s is %.17g, expected %.17g within %.3g\n", text, actual, expected, tolerance);
		_fail(file, line);
	}
}

/* The doubles in order of size as consecutive integers; both zeros are 0. */
static int64_t check_rank(double x)
{
	int64_t bits = 0;
	memcpy(&bits, &x, sizeof bits);
	return bits < 0 ? INT64_MIN - bits : bits;
}

uint64_t sp_check_ulps(double a, double b)
{
	if (a != a || b != b) {
		return UINT64_MAX;
	}
	const int64_t ra = check_rank(a);
	const int64_t rb = check_rank(b);
	return ra > rb ? (uint64_t)ra - (uint64_t)rb : (uint64_t)rb - (uint64_t)ra;
}

void sp_check_ulp(double actual, double expected, uint64_t ulps, const char *text, const char *file, int line)
{
	const uint64_t apart = sp_check_ulps(actual, expected);
	if (apart == UINT64_MAX || apart > ulps) {
		print_error("%s is %.17g, expected %.17g: %" PRIu64 " ulp apart, allowed %" PRIu64 "\n", text, actual, expected,
		            apart, ulps);
		_fail(file, line);
	}
}

uint64_t sp_check_seed(const char *test, sp_rng *rng)
{
	const char *given = getenv("SETPOINT_SEED");
	const uint64_t seed = given != NULL && given[0] != '\0' ? strtoull(given, NULL, 0) : CHECK_SEED_DEFAULT;
	print_message("%s: SETPOINT_SEED=0x%" PRIx64 "\n", test, seed);
	sp_rng_init(rng, seed);
	return seed;
}

/* cmocka answers 0 when tests were skipped. glibc runs the handlers that are left with the status of a nested exit(), so
 * what they find (a leak) still fails. */
static void check_skip_at_exit(int status, void *argument)
{
	(void)argument;
	if (status == 0 && getpid() == check_absent_owner) {
		fflush(NULL);
		exit(CHECK_SKIPPED);
	}
}

static void check_remember_absent(const char *path)
{
	print_message("%s: not there\n", path);
	if (check_absent_owner == 0) {
		on_exit(check_skip_at_exit, NULL);
	}
	check_absent_owner = getpid();
}

const char *sp_check_data(const char *file)
{
	static char paths[CHECK_PATHS][CHECK_PATH_MAX];
	static size_t next = 0;
	const char *folder = getenv("SETPOINT_DATA");
	char *path = paths[next++ % CHECK_PATHS];
	const int n = snprintf(path, CHECK_PATH_MAX, "%s/%s", folder != NULL ? folder : "../shared/data", file);
	if (n > 0 && n < CHECK_PATH_MAX && access(path, R_OK) == 0) {
		return path;
	}
	check_remember_absent(path);
	return NULL;
}

static int check_remove(const char *path, const struct stat *status, int type, struct FTW *at)
{
	(void)status;
	(void)type;
	(void)at;
	return remove(path);
}

static void check_scratch_remove(void)
{
	if (getpid() == check_scratch_owner) {
		nftw(check_scratch, check_remove, 16, FTW_DEPTH | FTW_PHYS);
	}
}

const char *sp_check_scratch(void)
{
	if (check_scratch[0] != '\0') {
		return check_scratch;
	}
	const char *below = getenv("TMPDIR");
	snprintf(check_scratch, sizeof check_scratch, "%s/setpoint-test-XXXXXX", below != NULL ? below : P_tmpdir);
	if (mkdtemp(check_scratch) == NULL) {
		perror(check_scratch);
		abort();
	}
	check_scratch_owner = getpid();
	atexit(check_scratch_remove);
	return check_scratch;
}

/* The child's part: a failed check aborts instead of returning to the parent's cmocka. */
static _Noreturn void check_child(void (*act)(void *), void *argument, int out)
{
	dup2(out, STDERR_FILENO);
	setenv("CMOCKA_TEST_ABORT", "1", 1);
	act(argument);
	_exit(0);
}

const char *sp_check_stopped(void (*act)(void *), void *argument)
{
	static char text[CHECK_STDERR_MAX];
	int ends[2];
	fflush(NULL);
	const int piped = pipe(ends);
	const pid_t child = piped == 0 ? fork() : -1;
	if (child < 0) {
		perror("sp_check_stopped");
		abort();
	}
	if (child == 0) {
		check_child(act, argument, ends[1]);
	}
	close(ends[1]);
	size_t n = 0;
	for (ssize_t got = 1; got > 0 && n<sizeof text - 1; n += got> 0 ? (size_t)got : 0) {
		got = read(ends[0], text + n, sizeof text - 1 - n);
	}
	text[n] = '\0';
	close(ends[0]);
	int status = 0;
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT ? text : NULL;
}
