/* The FREEZE file is the one truth of the kill switch: whoever writes it, whatever fails, and wherever the program dies (R18). */
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

#include "base/failpoint.h"
#include "base/time.h"
#include "daemon/freeze.h"

#define NOW  (INT64_C(1795478400) * SP_SEC) /* 2026-11-24 */
#define TICK (NOW + SP_MIN)

#define NOBODY 65534

static sp_freeze freeze;
static char folder[256], path[300];

/* --- a disk that fails, and somebody who edits just then: the linker puts these in between --- */

static struct {
	int fails;      /* so many calls from now; 0: none */
	char order[64]; /* of the calls so far: w, f, r, u, m by their names here */
	int error;
	void (*meanwhile)(void); /* called once, at the next fsync of a file */
} disk;

static bool disk_fails(char call)
{
	size_t n = strlen(disk.order);

	if (n + 1 < sizeof disk.order)
		disk.order[n] = call;
	if (disk.fails == 0 || --disk.fails > 0)
		return false;
	errno = disk.error;
	return true;
}

ssize_t __real_write(int fd, const void *bytes, size_t n);
ssize_t __wrap_write(int fd, const void *bytes, size_t n);
int __wrap_fsync(int fd);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_unlink(const char *name);
int __wrap_unlink(const char *name);
int __real_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode);

/* A full disk takes a part first. */
ssize_t __wrap_write(int fd, const void *bytes, size_t n)
{
	if (disk_fails('w')) {
		(void)!__real_write(fd, bytes, n / 2);
		errno = disk.error;
		return -1;
	}
	return __real_write(fd, bytes, n);
}

int __wrap_fsync(int fd)
{
	void (*meanwhile)(void) = disk.meanwhile;

	(void)fd;
	disk.meanwhile = NULL;
	if (meanwhile)
		meanwhile();
	return disk_fails('f') ? -1 : 0;
}

int __wrap_rename(const char *from, const char *to)
{
	return disk_fails('r') ? -1 : __real_rename(from, to);
}

int __wrap_unlink(const char *name)
{
	return disk_fails('u') ? -1 : __real_unlink(name);
}

int __wrap_fchmod(int fd, mode_t mode)
{
	return disk_fails('m') ? -1 : __real_fchmod(fd, mode);
}

/* --- --- */

/* Another state directory, empty. */
static void move_on(void)
{
	static int n;

	memset(&disk, 0, sizeof disk);
	(void)snprintf(folder, sizeof folder, "%s/%d", sp_check_scratch(), n++);
	(void)snprintf(path, sizeof path, "%s/FREEZE", folder);
	check_i64(mkdir(folder, 0700), 0);
	sp_freeze_init(&freeze, path);
}

static void hand(const char *text, int flags)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);

	check_true(fd >= 0);
	check_i64(__real_write(fd, text, strlen(text)), (int64_t)strlen(text));
	close(fd);
}

static void by_hand(const char *text)
{
	hand(text, O_TRUNC);
}

static const char *file_text(void)
{
	static char text[SP_FREEZE_FILE_MAX + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return NULL;
	n = read(fd, text, sizeof text - 1);
	check_true(n >= 0);
	text[n] = 0;
	close(fd);
	return text;
}

/* The scopes that hold, "all, pool p, family a", or with "-" those that are thawed and not forgotten. */
static const char *held(void)
{
	static char text[1 << 17];
	size_t n = 0;

	text[0] = 0;
	for (uint32_t i = 0; i < freeze.n; i++) {
		char scope[SP_FREEZE_TEXT_MAX];

		n += (size_t)snprintf(text + n, sizeof text - n, "%s%s%s%s", n ? ", " : "", freeze.scopes[i].holds ? "" : "-",
		                      sp_frozen_text(&freeze.scopes[i], scope), freeze.scopes[i].barred_ns ? "!" : "");
		check_true(n < sizeof text);
	}
	return text;
}

static void load(void)
{
	check_status(sp_freeze_load(&freeze, path, NOW, NULL), SP_OK);
}

static void poll_ok(void)
{
	check_status(sp_freeze_poll(&freeze, NOW, NULL), SP_OK);
}

static void tell(void)
{
	char subject[SP_ID_MAX + 1];
	sp_command command;

	while (sp_freeze_next(&freeze, &command, subject))
		continue;
}

static void command(const char *scope)
{
	check_status(sp_freeze_add(&freeze, scope, "uid-7", NOW), SP_OK);
	check_status(sp_freeze_write(&freeze, NULL), SP_OK);
}

static void thaw(const char *scope)
{
	check_status(sp_freeze_thaw(&freeze, scope, "uid-8", NULL), SP_OK);
}

/* --- commands --- */

static void r18_a_freeze_survives_a_restart(void **state)
{
	char subject[SP_ID_MAX + 1];
	sp_command given;
	struct stat found;

	(void)state;
	move_on();
	load();
	check_text(held(), "");
	command("family a");
	command("pool p");
	check_contains(file_text(),
	               "\npool p by=uid-7 since=2026-11-24T00:00:00Z\nfamily a by=uid-7 since=2026-11-24T00:00:00Z\n");
	check_i64(stat(path, &found), 0);
	check_u64(found.st_mode & 07777, 0600);
	load();
	check_text(held(), "pool p, family a");
	check_text(freeze.scopes[0].by, "uid-7");
	check_i64(freeze.scopes[0].since_ns, NOW);
	check_true(!freeze.unfiled);
	for (int i = 0; i < 2; i++) { /* and is told to the engine */
		check_true(sp_freeze_next(&freeze, &given, subject));
		check_u64(given.kind, SP_COMMAND_FREEZE);
		check_text(subject, i ? "a" : "p");
	}
	check_true(!sp_freeze_next(&freeze, &given, subject));
}

static void r18_a_thaw_survives_a_restart(void **state)
{
	(void)state;
	move_on();
	load();
	command("family a");
	command("all");
	thaw("all");
	load();
	check_text(held(), "family a");
	thaw("family a");
	check_true(file_text() == NULL); /* an empty one would freeze all */
	load();
	check_text(held(), "");
}

/* A name is given only to what is on the disk, and then the name is put there; so no power cut finds half of it. */
static void r18_each_step_is_on_the_disk_before_the_next(void **state)
{
	(void)state;
	move_on();
	load();
	command("all");
	check_text(disk.order, "mwfrf");
	memset(disk.order, 0, sizeof disk.order);
	command("family a");
	check_text(disk.order, "mwfrf");
	memset(disk.order, 0, sizeof disk.order);
	thaw("all");
	check_text(disk.order, "mwfrf");
	memset(disk.order, 0, sizeof disk.order);
	thaw("family a");
	check_text(disk.order, "uf");
}

static void r18_only_what_is_frozen_can_be_thawed(void **state)
{
	sp_message message;

	(void)state;
	move_on();
	load();
	command("all");
	check_status(sp_freeze_thaw(&freeze, "family a", "uid-8", &message), SP_E_ABSENT);
	check_text(message.text, "family a is not frozen by itself: all is");
	check_status(sp_freeze_thaw(&freeze, "famly a", "uid-8", &message), SP_E_SYNTAX);
	check_contains(message.text, "\"all\", \"pool ID\" or \"family ID\"");
	thaw("all");
	check_status(sp_freeze_thaw(&freeze, "all", "uid-8", &message), SP_E_ABSENT);
	check_text(message.text, "all is not frozen");
}

static void r18_a_barred_tick_is_in_the_file_until_it_is_withdrawn(void **state)
{
	char subject[SP_ID_MAX + 1];
	sp_command given;

	(void)state;
	move_on();
	load();
	sp_freeze_begin(&freeze, TICK);
	command("family a");
	check_contains(file_text(), " barred=2026-11-24T00:01:00Z\n");
	load(); /* it died before the tick's publication */
	check_text(held(), "family a!");
	check_true(sp_freeze_next(&freeze, &given, subject));
	check_i64(given.withdraw_ns, TICK);
	thaw("family a");
	check_contains(file_text(), "\nthawed family a by=uid-7 since=2026-11-24T00:00:00Z barred=2026-11-24T00:01:00Z\n");
	load(); /* and again before the withdrawal was committed */
	check_text(held(), "-family a!");
	check_true(sp_freeze_next(&freeze, &given, subject));
	check_u64(given.kind, SP_COMMAND_FREEZE);
	check_i64(given.withdraw_ns, TICK);
	check_true(sp_freeze_next(&freeze, &given, subject));
	check_u64(given.kind, SP_COMMAND_THAW);
	check_true(!sp_freeze_next(&freeze, &given, subject));
	sp_freeze_committed(&freeze, TICK + SP_MIN);
	check_true(freeze.unfiled);
	check_status(sp_freeze_write(&freeze, NULL), SP_OK);
	check_true(file_text() == NULL);
}

static void r18_thawed_lines_do_not_hide_one_that_holds(void **state)
{
	(void)state;
	move_on();
	by_hand("all\nthawed all barred=2026-11-24T00:01:00Z\nthawed all barred=2026-11-24T00:02:00Z\n");
	load();
	check_text(held(), "-all!, -all!, all");
	check_true(sp_freeze_holds(&freeze, "a", "p"));
	by_hand("thawed all barred=2026-11-24T00:01:00Z\n");
	load();
	check_text(held(), "-all!");
	check_true(!sp_freeze_holds(&freeze, "a", "p"));
}

static void r18_what_root_freezes_the_daemons_user_can_read(void **state)
{
	struct stat found;

	(void)state;
	if (geteuid() != 0)
		skip(); /* only root gives files away */
	move_on();
	check_i64(chown(folder, NOBODY, NOBODY), 0);
	load();
	command("family a");
	check_i64(stat(path, &found), 0);
	check_u64(found.st_uid, NOBODY);
	check_u64(found.st_mode & 07777, 0600);
}

/* A command writes the file itself where a daemon does not answer: another process, at the same time. */
static void r18_several_who_write_at_once_leave_a_whole_file(void **state)
{
	pid_t children[4];

	(void)state;
	move_on();
	load();
	for (int c = 0; c < 4; c++) {
		children[c] = fork();
		check_true(children[c] >= 0);
		for (int i = 0; children[c] == 0 && i < 50; i++) {
			char scope[32];

			(void)snprintf(scope, sizeof scope, "family c%d-%d", c, i);
			if (sp_freeze_add(&freeze, scope, "uid-7", NOW) != SP_OK || sp_freeze_write(&freeze, NULL) != SP_OK)
				_exit(1);
		}
		if (children[c] == 0)
			_exit(0);
	}
	for (int c = 0; c < 4; c++) {
		int status = -1;

		while (waitpid(children[c], &status, WNOHANG) == 0)
			check_true(sp_freeze_poll(&freeze, NOW, NULL) == SP_OK); /* never half a line, never none */
		check_i64(status, 0);
	}
	load();
	for (int c = 0; c < 4; c++) {
		char last[32];

		(void)snprintf(last, sizeof last, "c%d-0", c);
		check_true(sp_freeze_holds(&freeze, last, "p"));
	}
}

/* --- by hand --- */

static void r18_a_line_added_by_hand_freezes_and_one_removed_thaws(void **state)
{
	(void)state;
	move_on();
	load();
	by_hand("# why\nfamily a\n");
	poll_ok();
	check_text(held(), "family a");
	check_text(freeze.scopes[0].by, "file");
	check_true(freeze.scopes[0].since_ns > INT64_C(1577836800) * SP_SEC); /* when the file was changed */
	check_true(!freeze.unfiled);
	by_hand("family a\npool p by=alice\n");
	poll_ok();
	check_text(held(), "pool p, family a");
	check_text(freeze.scopes[0].by, "alice");
	tell();
	by_hand("pool p\n");
	poll_ok();
	check_text(held(), "pool p, family a"); /* an editor may be at work */
	poll_ok();
	check_text(held(), "pool p, -family a");
	check_true(!freeze.unfiled);
	tell();
	check_text(held(), "pool p");
	check_i64(__real_unlink(path), 0);
	poll_ok();
	by_hand("pool p\n");
	poll_ok();
	check_i64(__real_unlink(path), 0);
	poll_ok();
	check_text(held(), "pool p");
	poll_ok();
	tell();
	check_text(held(), "");
}

static void r18_an_empty_file_freezes_all(void **state)
{
	static const char *const texts[] = {"", "\n", "# all\n", "  \n\t\n", "#all"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		move_on();
		load();
		by_hand(texts[i]);
		poll_ok();
		check_text(held(), "all");
		load();
		check_text(held(), "all");
		tell();
		poll_ok();
		check_i64(__real_unlink(path), 0);
		poll_ok();
		poll_ok();
		check_text(held(), "-all");
	}
}

static void r18_a_file_that_cannot_be_read_freezes_all(void **state)
{
	static const char *const texts[] = {"famly a\n", "family a\nall who=me\n", "family\n", "family a\n\xff\n"};
	sp_message message;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		move_on();
		by_hand("family a\nfamily b\n");
		load();
		tell();
		by_hand(texts[i]);
		for (int k = 0; k < 3; k++) { /* said each time; nothing thaws meanwhile */
			check_status(sp_freeze_poll(&freeze, NOW, &message), SP_E_SYNTAX);
			check_contains(message.text, path);
			check_contains(message.text, "all is frozen");
			check_text(held(), "all, family a, family b");
		}
		by_hand("family a\n");
		poll_ok();
		poll_ok();
		tell();
		check_text(held(), "family a");
		by_hand(texts[i]);
		check_status(sp_freeze_load(&freeze, path, NOW, &message), SP_E_SYNTAX);
		check_true(sp_freeze_holds(&freeze, "z", "z"));
	}
	by_hand("family a\n\n\nfamly b\n");
	check_status(sp_freeze_load(&freeze, path, NOW, &message), SP_E_SYNTAX);
	check_contains(message.text, "FREEZE:4: not \"all\"");
}

static void check_unreadable(const char *why)
{
	sp_message message;

	check_status(sp_freeze_load(&freeze, path, NOW, &message), SP_E_IO);
	check_contains(message.text, why);
	check_text(held(), "all");
	sp_freeze_init(&freeze, path);
	check_status(sp_freeze_poll(&freeze, NOW, &message), SP_E_IO);
	check_contains(message.text, why);
	check_text(held(), "all");
}

static void r18_what_is_no_file_freezes_all(void **state)
{
	char aside[300], line[1024];
	int fd;

	(void)state;
	move_on();
	check_i64(symlink("/dev/null", path), 0);
	check_unreadable("symbolic links");
	check_i64(__real_unlink(path), 0);
	check_i64(mkdir(path, 0700), 0);
	check_unreadable("not a file");
	check_i64(rmdir(path), 0);
	check_i64(mkfifo(path, 0600), 0); /* nobody writes: it must not wait */
	check_unreadable("not a file");
	check_i64(__real_unlink(path), 0);
	memset(line, '#', sizeof line);
	line[sizeof line - 1] = '\n';
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	for (int i = 0; i <= SP_FREEZE_FILE_MAX / (int)sizeof line; i++)
		check_i64(__real_write(fd, line, sizeof line), sizeof line);
	close(fd);
	check_unreadable("too long");
	if (geteuid() != 0) {
		by_hand("");
		check_i64(chmod(path, 0), 0);
		check_unreadable("Permission denied");
		check_i64(__real_unlink(path), 0);
	}
	/* The disk goes away: that thaws nobody. */
	by_hand("family a\n");
	load();
	(void)snprintf(aside, sizeof aside, "%s-aside", folder);
	check_i64(__real_rename(folder, aside), 0);
	check_status(sp_freeze_poll(&freeze, NOW, NULL), SP_E_IO);
	check_status(sp_freeze_poll(&freeze, NOW, NULL), SP_E_IO);
	check_text(held(), "all, family a");
	check_unreadable("directory is gone");
}

static void r18_too_many_lines_freeze_all(void **state)
{
	char line[32];
	sp_message message;

	(void)state;
	move_on();
	for (int i = 0; i <= SP_FREEZE_SCOPES_MAX; i++) {
		(void)snprintf(line, sizeof line, "family n%d\n", i);
		hand(line, O_APPEND);
	}
	check_status(sp_freeze_load(&freeze, path, NOW, &message), SP_E_FULL);
	check_contains(message.text, "1024 scopes");
	check_u64(freeze.n, SP_FREEZE_SCOPES_MAX + 1);
	check_true(sp_freeze_holds(&freeze, "z", "z"));
	check_status(sp_freeze_poll(&freeze, NOW, NULL), SP_E_FULL);
	by_hand("family n0\n");
	poll_ok();
	check_true(sp_freeze_holds(&freeze, "z", "z"));
	poll_ok();
	tell();
	check_text(held(), "family n0");
}

static void r18_by_hand_a_tick_in_flight_is_barred_too(void **state)
{
	(void)state;
	move_on();
	load();
	sp_freeze_begin(&freeze, TICK);
	by_hand("family a\n");
	poll_ok();
	check_text(held(), "family a!");
	check_true(freeze.unfiled); /* the file must know */
	check_status(sp_freeze_write(&freeze, NULL), SP_OK);
	check_contains(file_text(), "family a by=file since=");
	check_contains(file_text(), " barred=2026-11-24T00:01:00Z\n");
	check_i64(__real_unlink(path), 0);
	poll_ok();
	poll_ok();
	check_text(held(), "-family a!");
	check_true(freeze.unfiled);
	check_status(sp_freeze_write(&freeze, NULL), SP_OK);
	check_contains(file_text(), "\nthawed family a ");
	check_i64(__real_unlink(path), 0); /* once more: it comes back until it is withdrawn */
	poll_ok();
	check_true(freeze.unfiled);
	by_hand("family b barred=2026-11-24T00:00:30Z\n"); /* what a hand writes of ticks is not believed while we run */
	sp_freeze_begin(&freeze, 0);
	poll_ok();
	check_text(held(), "-family a!, family b");
}

/* --- both at once --- */

static void add_line(void)
{
	hand("family hand\n", O_APPEND);
}

static void replace_file(void)
{
	by_hand("all\n");
}

static void r18_a_line_added_during_a_write_is_not_lost(void **state)
{
	(void)state;
	move_on();
	load();
	command("family a");
	disk.meanwhile = add_line;
	command("family b");
	check_text(held(), "family a, family b, family hand");
	check_contains(file_text(), "\nfamily hand by=file");
	disk.meanwhile = replace_file;
	thaw("family b");
	check_contains(file_text(), "\nall by=file");
	check_true(strstr(file_text(), "family b") == NULL);
	load();
	check_text(held(), "all, family a, family hand");
	hand("family late\n", O_APPEND); /* before a command, and no poll has seen it */
	thaw("family late");
	hand("pool p\n", O_APPEND);
	command("pool q");
	load();
	check_text(held(), "all, pool p, pool q, family a, family hand");
}

static void r18_a_malformed_file_is_thawed_by_a_command_too(void **state)
{
	(void)state;
	move_on();
	by_hand("family a\nnonsense\n");
	check_status(sp_freeze_load(&freeze, path, NOW, NULL), SP_E_SYNTAX);
	check_text(held(), "all, family a");
	thaw("all");
	load();
	check_text(held(), "family a");
	by_hand("");
	poll_ok();
	thaw("family a");
	check_contains(file_text(), "\nall by=file");
	thaw("all");
	check_true(file_text() == NULL);
}

/* --- a disk that fails --- */

static void r18_what_cannot_be_written_holds_until_restart(void **state)
{
	static const struct {
		int error;
		sp_status status;
		const char *cure;
	} faults[] = {{ENOSPC, SP_E_DISK_FULL, "free some space"},
	              {EIO, SP_E_IO, "check the path and the disk"},
	              {EROFS, SP_E_PERMISSION, "check who owns it"}};
	sp_message message;

	(void)state;
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		move_on();
		load();
		disk.fails = 1;
		disk.error = faults[i].error;
		check_status(sp_freeze_add(&freeze, "family a", "uid-7", NOW), SP_OK);
		check_status(sp_freeze_write(&freeze, &message), faults[i].status);
		check_contains(message.text, faults[i].cure);
		check_contains(message.text, "holds until restart");
		check_true(file_text() == NULL && freeze.unfiled);
		poll_ok();
		poll_ok();
		check_text(held(), "family a"); /* no line of it went: none was there */
		check_status(sp_freeze_write(&freeze, NULL), SP_OK);
		check_contains(file_text(), "\nfamily a ");
		check_true(!freeze.unfiled);
	}
}

/* Each call fails in its turn, once or from then on: the file is the old or the new one, and memory never holds less than it should. */
static void check_each_fault(bool onwards, bool thaws)
{
	for (int nth = 1;; nth++) {
		sp_status status;
		bool failed;

		move_on();
		load();
		command("family a");
		command("family b");
		disk.fails = nth;
		disk.error = ENOSPC;
		if (thaws) {
			status = sp_freeze_thaw(&freeze, "family a", "uid-8", NULL);
		} else {
			check_status(sp_freeze_add(&freeze, "pool p", "uid-7", NOW), SP_OK);
			status = sp_freeze_write(&freeze, NULL);
		}
		failed = disk.fails == 0;
		disk.fails = onwards ? 1 : 0;
		check_true(sp_freeze_holds(&freeze, "b", "q"));
		check_true(sp_freeze_holds(&freeze, "a", "q") == (!thaws || status != SP_OK));
		check_true(sp_freeze_holds(&freeze, "z", "p") == !thaws);
		poll_ok();
		poll_ok();
		poll_ok();
		check_true(sp_freeze_holds(&freeze, "a", "q") == (!thaws || status != SP_OK));
		disk.fails = 0;
		check_status(sp_freeze_write(&freeze, NULL), SP_OK);
		poll_ok();
		poll_ok();
		load();
		check_true(sp_freeze_holds(&freeze, "b", "q"));
		check_true(sp_freeze_holds(&freeze, "a", "q") == (!thaws || status != SP_OK));
		check_true(sp_freeze_holds(&freeze, "z", "p") == !thaws);
		if (!failed) {
			check_status(status, SP_OK);
			check_true(nth > 4); /* write, fsync, rename, fsync of the folder at least */
			return;
		}
		check_true(status != SP_OK);
	}
}

static void r18_every_fault_of_the_disk_leaves_what_was_or_what_is_to_be(void **state)
{
	(void)state;
	check_each_fault(false, false);
	check_each_fault(false, true);
	check_each_fault(true, false);
	check_each_fault(true, true);
}

/* --- a program that dies --- */

/* Freezes or thaws in a child that is killed at a failpoint; what a restart reads afterwards. */
static const char *left_by(const char *point, const char *before, bool thaws)
{
	pid_t child;
	int status = 0;

	move_on();
	by_hand(before);
	child = fork();
	check_true(child >= 0);
	if (child == 0) {
		(void)setenv(SP_FAILPOINT_VARIABLE, point, 1);
		(void)sp_freeze_load(&freeze, path, NOW, NULL);
		sp_freeze_begin(&freeze, TICK);
		if (thaws) {
			(void)sp_freeze_thaw(&freeze, "family a", "uid-8", NULL);
		} else {
			(void)sp_freeze_add(&freeze, "family b", "uid-7", NOW);
			(void)sp_freeze_write(&freeze, NULL);
		}
		_exit(0);
	}
	check_i64(waitpid(child, &status, 0), child);
	check_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	load();
	return held();
}

static void r18_a_kill_leaves_what_was_or_what_is_to_be(void **state)
{
	(void)state;
	if (!SP_FAILPOINTS_BUILT)
		skip();
	check_text(left_by("freeze_before_file", "family a\n", false), "family a");
	check_text(left_by("freeze_after_file", "family a\n", false), "family a, family b!");
	check_text(left_by("thaw_before_file", "family a\n", true), "family a");
	check_text(left_by("thaw_after_file", "family a\n", true), "");
	check_text(left_by("thaw_after_file", "family a barred=2026-11-24\n", true), "-family a!");
}

static void r18_what_a_kill_left_beside_it_does_no_harm(void **state)
{
	char beside[340];

	(void)state;
	move_on();
	(void)snprintf(beside, sizeof beside, "%s.new-%ld", path, (long)getpid());
	load();
	by_hand("all\n");
	check_i64(__real_rename(path, beside), 0);
	poll_ok();
	check_text(held(), "");
	command("family a");
	check_i64(access(beside, F_OK), -1);
	load();
	check_text(held(), "family a");
	check_i64(symlink("FREEZE", beside), 0); /* not followed */
	check_status(sp_freeze_add(&freeze, "all", "uid-7", NOW), SP_OK);
	check_true(sp_freeze_write(&freeze, NULL) != SP_OK);
	check_contains(file_text(), "\nfamily a ");
}

/* --- everything at random: commands, hands, ticks, kills --- */

#define FAMILIES 4

/* A daemon of which the freeze is real, and the rest as simple as can be: each family moves at each tick unless the engine holds it. */
typedef struct daemon {
	bool engine_all, engine[FAMILIES]; /* as told */
	int64_t told_ns[FAMILIES];         /* by the engine, last, and not withdrawn */
	struct {                           /* as of the last commit */
		bool engine_all, engine[FAMILIES];
		int64_t told_ns[FAMILIES];
	} log;
	int64_t forbidden_ns[FAMILIES]; /* a tick that a freeze, whose command had returned, barred */
	int64_t now_ns;
	bool in_flight;
} daemon_state;

static int family_of(const char *subject)
{
	return subject[0] - 'a';
}

static void daemon_follow(daemon_state *d)
{
	char subject[SP_ID_MAX + 1];
	sp_command given;

	while (sp_freeze_next(&freeze, &given, subject)) {
		bool freezes = given.kind == SP_COMMAND_FREEZE;

		if (given.scope == SP_SCOPE_ALL)
			d->engine_all = freezes;
		else
			d->engine[family_of(subject)] = freezes;
		for (int f = 0; freezes && f < FAMILIES; f++) {
			if ((given.scope == SP_SCOPE_ALL || family_of(subject) == f) && d->told_ns[f] == given.withdraw_ns)
				d->told_ns[f] = 0;
		}
	}
}

static bool daemon_holds(int family)
{
	const char id[] = {(char)('a' + family), 0};

	return sp_freeze_holds(&freeze, id, "p");
}

static void daemon_tick(daemon_state *d)
{
	daemon_follow(d);
	d->now_ns += SP_MIN;
	sp_freeze_begin(&freeze, d->now_ns);
	for (int f = 0; f < FAMILIES; f++) {
		check_true((d->engine_all || d->engine[f]) == daemon_holds(f));
		if (!daemon_holds(f))
			d->told_ns[f] = d->now_ns;
	}
	d->in_flight = true;
}

static void daemon_commit(daemon_state *d)
{
	d->log.engine_all = d->engine_all;
	memcpy(d->log.engine, d->engine, sizeof d->engine);
	memcpy(d->log.told_ns, d->told_ns, sizeof d->told_ns);
	sp_freeze_committed(&freeze, d->now_ns);
}

static void daemon_publish(daemon_state *d)
{
	for (int f = 0; f < FAMILIES; f++) {
		const char id[] = {(char)('a' + f), 0};
		bool barred = sp_freeze_bars(&freeze, id, "p", d->now_ns);

		check_true(barred || !daemon_holds(f));
		if (d->told_ns[f] == d->now_ns && !barred)
			check_true(d->forbidden_ns[f] != d->now_ns);
	}
	sp_freeze_begin(&freeze, 0);
	d->in_flight = false;
}

/* A new process: the log as it was committed, the file as it is; then the whole book goes out. */
static void daemon_restart(daemon_state *d)
{
	(void)sp_freeze_load(&freeze, path, NOW, NULL);
	d->engine_all = d->log.engine_all;
	memcpy(d->engine, d->log.engine, sizeof d->engine);
	memcpy(d->told_ns, d->log.told_ns, sizeof d->told_ns);
	d->in_flight = false;
	daemon_follow(d);
	d->engine_all = sp_freeze_find(&freeze, SP_SCOPE_ALL, "") != NULL; /* what the file does not hold is thawed */
	for (int f = 0; f < FAMILIES; f++) {
		const char id[] = {(char)('a' + f), 0};

		d->engine[f] = sp_freeze_find(&freeze, SP_SCOPE_FAMILY, id) != NULL;
		check_true(d->told_ns[f] == 0 || d->told_ns[f] != d->forbidden_ns[f]);
	}
}

static void scope_of(int family, char scope[16])
{
	(void)snprintf(scope, 16, family == FAMILIES ? "all" : "family %c", 'a' + family);
}

static void daemon_freeze(daemon_state *d, int family)
{
	char scope[16];

	scope_of(family, scope);
	check_status(sp_freeze_add(&freeze, scope, "uid-7", NOW), SP_OK);
	if (sp_freeze_write(&freeze, NULL) != SP_OK)
		return;
	for (int f = 0; f < FAMILIES && d->in_flight; f++) {
		if ((family == FAMILIES || family == f) && d->told_ns[f] == d->now_ns)
			d->forbidden_ns[f] = d->now_ns;
	}
}

static void daemon_thaw(int family)
{
	char scope[16];

	scope_of(family, scope);
	(void)sp_freeze_thaw(&freeze, scope, "uid-8", NULL);
}

/* What somebody makes of the file: a line more or less, or nothing. */
static void daemon_hand(sp_rng *rng, int family)
{
	char scope[16], line[20];

	scope_of(family, scope);
	(void)snprintf(line, sizeof line, "%s\n", scope);
	switch (sp_rng_below(rng, 4)) {
	case 0:
		by_hand(line);
		break;
	case 1:
		(void)__real_unlink(path);
		break;
	case 2:
		by_hand("nonsense\n");
		break;
	default:
		hand(line, O_APPEND);
	}
}

static void r18_a_barred_tick_never_gets_out_whatever_happens(void **state)
{
	const int rounds = getenv("SETPOINT_SOAK") ? 3000 : 60;
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int i = 0; i < rounds; i++) {
		daemon_state d = {.now_ns = NOW};
		bool hands = i % 2 == 0; /* no kills then: a hand may wipe out what the file knew, until the next look at it */

		move_on();
		daemon_restart(&d);
		for (int k = 0; k < 200; k++) {
			int family = (int)sp_rng_below(&rng, FAMILIES + 1);
			uint64_t what = sp_rng_below(&rng, 12);

			disk.fails = sp_rng_below(&rng, 20) == 0 ? 1 + (int)sp_rng_below(&rng, 6) : 0;
			disk.error = EIO;
			if (what < 3 && d.in_flight) {
				daemon_commit(&d);
				if (what > 0 || hands) /* else killed between the two */
					daemon_publish(&d);
				else
					daemon_restart(&d);
			} else if (what < 5 && !d.in_flight) {
				daemon_tick(&d);
			} else if (what < 8) {
				daemon_freeze(&d, family);
			} else if (what < 10) {
				daemon_thaw(family);
			} else if (what == 10 && hands) {
				daemon_hand(&rng, family);
			} else {
				(void)sp_freeze_poll(&freeze, NOW, NULL);
				if (freeze.unfiled)
					(void)sp_freeze_write(&freeze, NULL);
			}
			if (sp_rng_below(&rng, 25) == 0 && !hands)
				daemon_restart(&d);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r18_a_freeze_survives_a_restart),
	    cmocka_unit_test(r18_a_thaw_survives_a_restart),
	    cmocka_unit_test(r18_each_step_is_on_the_disk_before_the_next),
	    cmocka_unit_test(r18_only_what_is_frozen_can_be_thawed),
	    cmocka_unit_test(r18_a_barred_tick_is_in_the_file_until_it_is_withdrawn),
	    cmocka_unit_test(r18_what_root_freezes_the_daemons_user_can_read),
	    cmocka_unit_test(r18_several_who_write_at_once_leave_a_whole_file),
	    cmocka_unit_test(r18_thawed_lines_do_not_hide_one_that_holds),
	    cmocka_unit_test(r18_a_line_added_by_hand_freezes_and_one_removed_thaws),
	    cmocka_unit_test(r18_an_empty_file_freezes_all),
	    cmocka_unit_test(r18_a_file_that_cannot_be_read_freezes_all),
	    cmocka_unit_test(r18_what_is_no_file_freezes_all),
	    cmocka_unit_test(r18_too_many_lines_freeze_all),
	    cmocka_unit_test(r18_by_hand_a_tick_in_flight_is_barred_too),
	    cmocka_unit_test(r18_a_line_added_during_a_write_is_not_lost),
	    cmocka_unit_test(r18_a_malformed_file_is_thawed_by_a_command_too),
	    cmocka_unit_test(r18_what_cannot_be_written_holds_until_restart),
	    cmocka_unit_test(r18_every_fault_of_the_disk_leaves_what_was_or_what_is_to_be),
	    cmocka_unit_test(r18_a_kill_leaves_what_was_or_what_is_to_be),
	    cmocka_unit_test(r18_what_a_kill_left_beside_it_does_no_harm),
	    cmocka_unit_test(r18_a_barred_tick_never_gets_out_whatever_happens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
