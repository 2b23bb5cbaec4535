/* One daemon a directory, whatever became of the last; and nobody else's eyes in it. */
#include "tests/check/check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/home.h"

#define NOBODY 65534

static char fresh_path[512];

/* A path below the scratch folder that is not there yet. */
static const char *fresh(const char *tail)
{
	static int n;

	(void)snprintf(fresh_path, sizeof fresh_path, "%s/%d%s", sp_check_scratch(), n++, tail);
	return fresh_path;
}

static const char *below(const char *path, const char *name)
{
	static char whole[2][600];
	static int which;
	char *out = whole[which++ % 2];

	(void)snprintf(out, sizeof whole[0], "%s/%s", path, name);
	return out;
}

static unsigned mode_of(const char *path)
{
	struct stat found;

	check_i64(lstat(path, &found), 0);
	return found.st_mode & 07777;
}

static void check_taken(const char *path)
{
	sp_home home;
	sp_message message = {""};
	sp_status status = sp_home_take(path, "a.yaml", &home, &message);

	if (status != SP_OK)
		print_error("%s\n", message.text);
	check_status(status, SP_OK);
	check_true(home.lock_fd >= 0);
	sp_home_fini(&home);
}

static const char *refused(const char *path, sp_status expected)
{
	static sp_message message;
	sp_home home = {.lock_fd = -77};

	check_status(sp_home_take(path, "a.yaml", &home, &message), expected);
	check_i64(home.lock_fd, -77);
	return message.text;
}

static void the_usual_place_is_where_xdg_says(void **state)
{
	static const struct {
		const char *xdg, *home, *expected;
	} places[] = {{"/var/x", "/root-of-a", "/var/x/setpoint"},
	              {NULL, "/root-of-a", "/root-of-a/.local/state/setpoint"},
	              {"", "/root-of-a", "/root-of-a/.local/state/setpoint"},
	              {"relative", "/root-of-a", "/root-of-a/.local/state/setpoint"},
	              {NULL, "relative", NULL},
	              {NULL, "", NULL},
	              {NULL, NULL, NULL}};

	(void)state;
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		char *path;

		unsetenv("XDG_STATE_HOME");
		unsetenv("HOME");
		if (places[i].xdg)
			setenv("XDG_STATE_HOME", places[i].xdg, 1);
		if (places[i].home)
			setenv("HOME", places[i].home, 1);
		path = sp_home_default();
		check_text(path, places[i].expected);
		free(path);
	}
}

static void its_paths_are_absolute_and_nothing_is_made(void **state)
{
	char expected[600], here[512];
	sp_home home;

	(void)state;
	check_status(sp_home_find("/nowhere/at/all//", &home, NULL), SP_OK);
	check_text(home.path, "/nowhere/at/all");
	check_text(home.db, "/nowhere/at/all/setpoint.db");
	check_text(home.freeze, "/nowhere/at/all/FREEZE");
	check_text(home.lock, "/nowhere/at/all/lock");
	check_text(home.signals, "ipc:///nowhere/at/all/run/signals");
	check_text(home.prices, "ipc:///nowhere/at/all/run/prices");
	check_text(home.book, "ipc:///nowhere/at/all/run/book");
	check_text(home.control, "ipc:///nowhere/at/all/run/control");
	check_i64(home.lock_fd, -1);
	sp_home_fini(&home);
	sp_home_fini(&home);
	check_true(getcwd(here, sizeof here) != NULL);
	check_status(sp_home_find("not-there", &home, NULL), SP_OK);
	(void)snprintf(expected, sizeof expected, "%s/not-there", here);
	check_text(home.path, expected);
	sp_home_fini(&home);
	check_i64(access("not-there", F_OK), -1);
	check_status(sp_home_find("", &home, NULL), SP_E_SYNTAX);
}

static void a_path_too_long_for_a_socket_is_refused_with_the_way_out(void **state)
{
	char path[128], link[600];
	sp_message message;
	sp_home home;

	(void)state;
	memset(path, 'x', sizeof path);
	path[0] = '/';
	path[107 - 12] = 0;
	check_status(sp_home_find(path, &home, &message), SP_OK);
	sp_home_fini(&home);
	path[107 - 12] = 'x';
	path[107 - 11] = 0;
	check_status(sp_home_find(path, &home, &message), SP_E_RANGE);
	check_contains(message.text, "108 bytes, unix sockets allow 107");
	check_contains(message.text, "short symbolic link");

	(void)snprintf(link, sizeof link, "%s", fresh("-link"));
	check_i64(mkdir(fresh("-a-rather-long-name-for-a-directory-that-holds-but-one-daemon-and-its-log"), 0700), 0);
	check_i64(symlink(fresh_path, link), 0);
	check_taken(link);
	check_u64(mode_of(below(fresh_path, "run")), 0700);
}

static void it_is_its_owners_alone_whatever_the_umask(void **state)
{
	static const mode_t umasks[] = {0, 022, 077, 0777};

	(void)state;
	for (size_t i = 0; i < sizeof umasks / sizeof umasks[0]; i++) {
		mode_t before;

		(void)fresh("/deeper/state");
		before = umask(umasks[i]);
		check_taken(fresh_path);
		umask(before);
		check_u64(mode_of(fresh_path), 0700);
		check_u64(mode_of(below(fresh_path, "run")), 0700);
		check_u64(mode_of(below(fresh_path, "lock")), 0600);
		check_u64(mode_of(below(fresh_path, "..")), 0700);
		check_taken(fresh_path); /* and once more, as it is now */
	}
}

static void one_that_others_can_look_into_is_refused(void **state)
{
	const char *path = fresh("");

	(void)state;
	check_i64(mkdir(path, 0700), 0);
	for (unsigned bits = 1; bits < 0100; bits++) {
		char cure[600];

		check_i64(chmod(path, 0700 | bits), 0);
		(void)snprintf(cure, sizeof cure, "%04o): chmod 700 %s", 0700 | bits, path);
		check_contains(refused(path, SP_E_PERMISSION), cure);
	}
	check_i64(access(below(path, "lock"), F_OK), -1);
	check_i64(chmod(path, 0700), 0);
	check_taken(path);
}

static void one_of_another_user_is_refused(void **state)
{
	const char *path = fresh("");

	(void)state;
	if (geteuid() != 0)
		skip(); /* only root gives files away */
	check_i64(mkdir(path, 0700), 0);
	check_i64(chown(path, NOBODY, (gid_t)-1), 0);
	check_contains(refused(path, SP_E_PERMISSION), "belongs to user 65534 and this is user 0");
	check_contains(refused(path, SP_E_PERMISSION), "chown -R 0 ");
	check_i64(chown(path, 0, (gid_t)-1), 0);
	check_taken(path);
	check_i64(chown(below(path, "run"), NOBODY, (gid_t)-1), 0);
	check_contains(refused(path, SP_E_PERMISSION), "/run belongs to user 65534");
}

static void nothing_below_is_a_link_or_of_another_kind(void **state)
{
	static const char *const files[] = {"lock", "setpoint.db", "setpoint.db-wal", "setpoint.db-shm"};
	static const char *const folders[] = {"archive", "keys", "run"};

	(void)state;
	for (size_t i = 0; i < 7; i++) {
		const char *name = i < 4 ? files[i] : folders[i - 4];

		check_i64(mkdir(fresh(""), 0700), 0);
		check_i64(symlink(i < 4 ? "elsewhere" : ".", below(fresh_path, name)), 0);
		check_contains(refused(fresh_path, SP_E_PERMISSION), name);
		check_contains(refused(fresh_path, SP_E_PERMISSION), i < 4 ? "no plain file" : "no directory");
		check_i64(access(below(fresh_path, "elsewhere"), F_OK), -1);
		check_i64(unlink(below(fresh_path, name)), 0);
		check_i64(mkfifo(below(fresh_path, name), 0600), 0); /* opening it would wait for ever */
		check_contains(refused(fresh_path, SP_E_PERMISSION), name);
		check_i64(unlink(below(fresh_path, name)), 0);
		check_taken(fresh_path);
	}
	check_i64(symlink("elsewhere", below(fresh_path, "FREEZE")), 0);
	check_taken(fresh_path); /* that freezes, later */
}

static void what_is_no_directory_is_refused(void **state)
{
	char through[600];
	int fd;

	(void)state;
	fd = open(fresh("file"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	check_true(fd >= 0);
	close(fd);
	check_contains(refused(fresh_path, SP_E_IO), "Not a directory");
	(void)snprintf(through, sizeof through, "%s/deeper", fresh_path);
	check_contains(refused(through, SP_E_IO), "Not a directory");
	check_contains(refused("/proc/nowhere/state", SP_E_IO), "check the path");
}

/* --- the lock --- */

static const char *lock_text(const char *path)
{
	static char text[4096];
	int fd = open(below(path, "lock"), O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof text - 1);

	check_true(fd >= 0 && n >= 0);
	text[n] = 0;
	close(fd);
	return text;
}

static void the_second_is_told_who_the_first_is(void **state)
{
	char path[512], expected[700], since[40];
	sp_home home;
	long process;

	(void)state;
	(void)snprintf(path, sizeof path, "%s", fresh(""));
	check_status(sp_home_take(path, "/etc/hosts", &home, NULL), SP_OK);
	check_i64(sscanf(lock_text(path), "process %ld\nsince %39s\nconfiguration /etc/hosts\n", &process, since), 2);
	check_i64(process, getpid());
	(void)snprintf(expected, sizeof expected, "another daemon holds %s: process %ld since %s, with /etc/hosts", path,
	               process, since);
	check_text(refused(path, SP_E_BUSY), expected);
	check_text(refused(path, SP_E_BUSY), expected); /* trying does not let go of it */
	sp_home_fini(&home);
	check_text(lock_text(path), "");
	check_taken(path);
}

static void what_the_file_says_need_not_be_readable(void **state)
{
	static const char *const texts[] = {
	    "", "process", "process x\n", "process 1\nsince ", "\xff\xff", "process 1\nsince x\n"};
	char path[512];
	sp_home home;

	(void)state;
	(void)snprintf(path, sizeof path, "%s", fresh(""));
	check_status(sp_home_take(path, "a\nb.yaml", &home, NULL), SP_OK);
	check_contains(refused(path, SP_E_BUSY), "with a?b.yaml");
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		check_i64(ftruncate(home.lock_fd, 0), 0);
		check_i64(pwrite(home.lock_fd, texts[i], strlen(texts[i]), 0), (int64_t)strlen(texts[i]));
		check_contains(refused(path, SP_E_BUSY), "it is just starting");
	}
	sp_home_fini(&home);
}

/* A child that holds it until it is killed. */
static pid_t holder(const char *path)
{
	int ends[2];
	char byte;
	pid_t child;

	check_i64(pipe(ends), 0);
	child = fork();
	check_true(child >= 0);
	if (child == 0) {
		sp_home home;

		if (sp_home_take(path, "a.yaml", &home, NULL) != SP_OK || write(ends[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ends[1]);
	check_i64(read(ends[0], &byte, 1), 1);
	close(ends[0]);
	return child;
}

static void the_lock_ends_with_its_holder_however_that_ends(void **state)
{
	char path[512];

	(void)state;
	(void)snprintf(path, sizeof path, "%s", fresh(""));
	for (int i = 0; i < 5; i++) {
		char expected[64];
		pid_t child = holder(path);

		(void)snprintf(expected, sizeof expected, "process %ld since", (long)child);
		check_contains(refused(path, SP_E_BUSY), expected);
		check_i64(kill(child, SIGKILL), 0);
		check_i64(waitpid(child, NULL, 0), child);
		check_contains(lock_text(path), "process "); /* it had no time to clear it, and that does no harm */
		check_taken(path);
	}
}

/* What a child that waits for the start signal answers: t, it has taken it, b, it was busy. It holds on until it is killed. */
static _Noreturn void compete(const char *path, const int go[2], int answer)
{
	sp_home home;
	sp_status status;
	char byte;

	close(go[1]);
	(void)!read(go[0], &byte, 1); /* until the parent closes it */
	status = sp_home_take(path, "a.yaml", &home, NULL);
	byte = status == SP_OK ? 't' : status == SP_E_BUSY ? 'b' : '?';
	(void)!write(answer, &byte, 1);
	for (;;)
		pause();
}

static void of_many_that_start_together_one_gets_it(void **state)
{
	pid_t children[12];
	const int many = sizeof children / sizeof children[0];
	const char *path = fresh("/deeper");
	int go[2], answers[2], taken = 0, busy = 0;

	(void)state;
	check_i64(pipe(go), 0);
	check_i64(pipe(answers), 0);
	for (int i = 0; i < many; i++) {
		children[i] = fork();
		check_true(children[i] >= 0);
		if (children[i] == 0)
			compete(path, go, answers[1]);
	}
	close(go[0]);
	close(go[1]);
	for (int i = 0; i < many; i++) {
		char byte = 0;

		check_i64(read(answers[0], &byte, 1), 1);
		taken += byte == 't';
		busy += byte == 'b';
	}
	for (int i = 0; i < many; i++) {
		check_i64(kill(children[i], SIGKILL), 0);
		check_i64(waitpid(children[i], NULL, 0), children[i]);
	}
	close(answers[0]);
	close(answers[1]);
	check_i64(taken, 1);
	check_i64(busy, many - 1);
	check_taken(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_usual_place_is_where_xdg_says),
	    cmocka_unit_test(its_paths_are_absolute_and_nothing_is_made),
	    cmocka_unit_test(a_path_too_long_for_a_socket_is_refused_with_the_way_out),
	    cmocka_unit_test(it_is_its_owners_alone_whatever_the_umask),
	    cmocka_unit_test(one_that_others_can_look_into_is_refused),
	    cmocka_unit_test(one_of_another_user_is_refused),
	    cmocka_unit_test(nothing_below_is_a_link_or_of_another_kind),
	    cmocka_unit_test(what_is_no_directory_is_refused),
	    cmocka_unit_test(the_second_is_told_who_the_first_is),
	    cmocka_unit_test(what_the_file_says_need_not_be_readable),
	    cmocka_unit_test(the_lock_ends_with_its_holder_however_that_ends),
	    cmocka_unit_test(of_many_that_start_together_one_gets_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
