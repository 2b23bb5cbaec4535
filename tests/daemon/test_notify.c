/* What systemd would read, at a fake NOTIFY_SOCKET. */
#include "tests/check/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "daemon/notify.h"

static char heard_text[4096];

/* A socket that listens at a path below the scratch folder, or at a name in the abstract namespace; NOTIFY_SOCKET names it. */
static int listens(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char path[128];
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), n;

	if (name[0] == '@')
		n = snprintf(path, sizeof path, "@setpoint-test-%d-%s", (int)getpid(), name + 1);
	else
		n = snprintf(path, sizeof path, "%s/%s", sp_check_scratch(), name);
	check_true(fd >= 0 && n > 0 && (size_t)n < sizeof address.sun_path);
	memcpy(address.sun_path, path, (size_t)n);
	if (name[0] == '@')
		address.sun_path[0] = 0;
	check_i64(bind(fd, (struct sockaddr *)&address,
	               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n + (name[0] != '@'))),
	          0);
	check_i64(setenv("NOTIFY_SOCKET", path, 1), 0);
	return fd;
}

static const char *heard(int fd)
{
	ssize_t n = recv(fd, heard_text, sizeof heard_text - 1, MSG_DONTWAIT);

	heard_text[n > 0 ? n : 0] = 0;
	return heard_text;
}

static void forget(void)
{
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

static int64_t monotonic_ns(void)
{
	struct timespec t;

	check_i64(clock_gettime(CLOCK_MONOTONIC, &t), 0);
	return t.tv_sec * SP_SEC + t.tv_nsec;
}

static void check_life(const char *name)
{
	int fd = listens(name);
	sp_notify notify;
	int64_t before_us = monotonic_ns() / 1000, usec = 0;
	char rest = 0;

	check_status(sp_notify_init(&notify, NULL), SP_OK);
	sp_notify_ready(&notify, "2 families");
	check_text(heard(fd), "READY=1\nSTATUS=2 families");
	sp_notify_status(&notify, "tick %d of %s", 7, "chat/us-east");
	check_text(heard(fd), "STATUS=tick 7 of chat/us-east");
	sp_notify_reloading(&notify);
	check_i64(sscanf(heard(fd), "RELOADING=1\nMONOTONIC_USEC=%ld%c", &usec, &rest), 1);
	check_true(usec >= before_us && usec <= monotonic_ns() / 1000);
	sp_notify_ready(&notify, "");
	check_text(heard(fd), "READY=1\nSTATUS=");
	sp_notify_stopping(&notify);
	check_text(heard(fd), "STOPPING=1");
	check_text(heard(fd), "");
	sp_notify_fini(&notify);
	check_i64(notify.fd, -1);
	sp_notify_fini(&notify);
	close(fd);
	forget();
}

static void systemd_hears_of_start_reload_and_stop(void **state)
{
	(void)state;
	check_life("notify");
	check_life("@notify");
}

static void without_the_variable_nothing_is_sent(void **state)
{
	sp_notify notify;

	(void)state;
	forget();
	for (int i = 0; i < 2; i++) {
		check_status(sp_notify_init(&notify, NULL), SP_OK);
		check_i64(notify.fd, -1);
		sp_notify_ready(&notify, "ready");
		sp_notify_reloading(&notify);
		sp_notify_status(&notify, "status");
		sp_notify_alive(&notify, 0);
		sp_notify_stopping(&notify);
		sp_notify_fini(&notify);
		setenv("NOTIFY_SOCKET", "", 1);
	}
	forget();
}

static void a_socket_that_cannot_be_told_is_said_once(void **state)
{
	char longest[200];
	const char *const paths[] = {"relative", "/", "@", "vsock:1:2", "/nowhere/at/all", "@nobody-listens-there",
	                             longest};
	sp_notify notify;
	sp_message message;

	(void)state;
	memset(longest, 'x', sizeof longest);
	longest[0] = '/';
	longest[sizeof longest - 1] = 0;
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		setenv("NOTIFY_SOCKET", paths[i], 1);
		setenv("WATCHDOG_USEC", "1000000", 1);
		check_status(sp_notify_init(&notify, &message), i == 4 || i == 5 ? SP_E_IO : SP_E_SYNTAX);
		check_contains(message.text, paths[i]);
		check_i64(notify.fd, -1);
		check_i64(notify.watchdog_ns, 0);
		sp_notify_ready(&notify, "nobody hears it");
		sp_notify_fini(&notify);
	}
	forget();
}

static int64_t watchdog_of(const char *usec, const char *pid)
{
	int fd = listens(usec);
	sp_notify notify;
	int64_t ns;

	setenv("WATCHDOG_USEC", usec, 1);
	if (pid)
		setenv("WATCHDOG_PID", pid, 1);
	check_status(sp_notify_init(&notify, NULL), SP_OK);
	ns = notify.watchdog_ns;
	sp_notify_fini(&notify);
	close(fd);
	check_i64(unlink(getenv("NOTIFY_SOCKET")), 0);
	forget();
	return ns;
}

static void the_watchdog_is_asked_for_by_the_environment(void **state)
{
	char own[16], other[16];

	(void)state;
	(void)snprintf(own, sizeof own, "%d", (int)getpid());
	(void)snprintf(other, sizeof other, "%d", (int)getppid());
	check_i64(watchdog_of("30000000", NULL), 15 * SP_SEC);
	check_i64(watchdog_of("30000000", ""), 15 * SP_SEC);
	check_i64(watchdog_of("30000000", own), 15 * SP_SEC);
	check_i64(watchdog_of("30000000", other), 0);
	check_i64(watchdog_of("30000000", "x"), 0);
	check_i64(watchdog_of("0", own), 0);
	check_i64(watchdog_of("3e7", own), 0);
	check_i64(watchdog_of("-1", own), 0);
	check_i64(watchdog_of("99999999999999999999999", own), 0);
}

static void a_sign_of_life_goes_out_twice_within_the_watchdogs_time(void **state)
{
	int fd = listens("alive");
	sp_notify notify;
	int signs = 0;

	(void)state;
	setenv("WATCHDOG_USEC", "10000000", 1);
	check_status(sp_notify_init(&notify, NULL), SP_OK);
	for (int64_t t_ns = 0; t_ns < 60 * SP_SEC; t_ns += SP_SEC) {
		sp_notify_alive(&notify, t_ns);
		if (*heard(fd)) {
			check_text(heard_text, "WATCHDOG=1");
			check_i64(t_ns % (5 * SP_SEC), 0);
			signs++;
		}
	}
	check_i64(signs, 12);
	sp_notify_fini(&notify);
	close(fd);
	forget();
}

static void whoever_sleeps_no_longer_than_it_rests_is_on_time(void **state)
{
	int fd = listens("rest");
	sp_notify notify;
	int64_t t_ns = 7;

	(void)state;
	setenv("WATCHDOG_USEC", "1000000", 1);
	check_status(sp_notify_init(&notify, NULL), SP_OK);
	for (int i = 0; i < 10; i++, t_ns += sp_notify_rest(&notify, t_ns)) {
		sp_notify_alive(&notify, t_ns);
		check_text(heard(fd), "WATCHDOG=1");
		check_i64(sp_notify_rest(&notify, t_ns), SP_SEC / 2);
		check_i64(sp_notify_rest(&notify, t_ns + 1), SP_SEC / 2 - 1);
	}
	check_i64(sp_notify_rest(&notify, t_ns + SP_SEC), SP_SEC / 10);
	sp_notify_fini(&notify);
	unsetenv("WATCHDOG_USEC");
	check_status(sp_notify_init(&notify, NULL), SP_OK);
	check_i64(sp_notify_rest(&notify, t_ns), INT64_MAX);
	sp_notify_fini(&notify);
	close(fd);
	forget();
}

static void a_status_is_one_line_of_whole_characters(void **state)
{
	int fd = listens("status");
	sp_notify notify;
	char text[3001];

	(void)state;
	check_status(sp_notify_init(&notify, NULL), SP_OK);
	sp_notify_status(&notify, "%s", "a\nREADY=0\tb\x7f\x1b[2J");
	check_text(heard(fd), "STATUS=a READY=0 b  [2J");
	sp_notify_ready(&notify, "a\nSTOPPING=1");
	check_text(heard(fd), "READY=1\nSTATUS=a STOPPING=1");
	for (size_t n = 0; n + 3 < sizeof text; n += 3)
		memcpy(text + n, "…", 3);
	text[sizeof text - 1] = 0;
	for (int shift = 0; shift < 3; shift++) {
		sp_notify_status(&notify, "%.*s%s", shift, "ab", text);
		check_true(strlen(heard(fd)) > 1000);
		check_text(heard_text + strlen(heard_text) - 3, "…");
	}
	sp_notify_fini(&notify);
	close(fd);
	forget();
}

/* Somebody who listens and does not read: what the loop says is lost at once, the rest within a second; then it is heard again. */
static void a_listener_that_hangs_holds_nobody_up(void **state)
{
	int fd = listens("hang"), before = 0;
	int64_t start_ns = monotonic_ns(), took_ns;
	sp_notify notify;

	(void)state;
	setenv("WATCHDOG_USEC", "2", 1);
	check_status(sp_notify_init(&notify, NULL), SP_OK);
	for (int i = 0; i < 20000; i++)
		sp_notify_status(&notify, "status");
	for (int i = 0; i < 20000; i++)
		sp_notify_alive(&notify, i * SP_SEC);
	took_ns = monotonic_ns() - start_ns;
	check_true(took_ns < 5 * SP_SEC); /* 40,000 waits would be eleven hours */
	check_i64(notify.next_ns, 0);     /* none was sent: it is due still, and the loop sleeps all the same */
	check_true(sp_notify_rest(&notify, 20000 * SP_SEC) >= 10 * SP_MS);
	start_ns = monotonic_ns();
	sp_notify_ready(&notify, "");
	took_ns = monotonic_ns() - start_ns;
	check_true(took_ns >= SP_SEC / 2 && took_ns < 10 * SP_SEC);
	while (*heard(fd))
		before++;
	check_true(before > 0 && before < 20000);
	sp_notify_alive(&notify, 20001 * SP_SEC);
	check_text(heard(fd), "WATCHDOG=1");
	sp_notify_fini(&notify);
	close(fd);
	forget();
}

static void whoever_listened_may_be_gone(void **state)
{
	int fd = listens("gone");
	sp_notify notify;

	(void)state;
	check_status(sp_notify_init(&notify, NULL), SP_OK);
	close(fd);
	sp_notify_ready(&notify, "ready");
	sp_notify_stopping(&notify);
	sp_notify_fini(&notify);
	forget();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(systemd_hears_of_start_reload_and_stop),
	    cmocka_unit_test(without_the_variable_nothing_is_sent),
	    cmocka_unit_test(a_socket_that_cannot_be_told_is_said_once),
	    cmocka_unit_test(the_watchdog_is_asked_for_by_the_environment),
	    cmocka_unit_test(a_sign_of_life_goes_out_twice_within_the_watchdogs_time),
	    cmocka_unit_test(whoever_sleeps_no_longer_than_it_rests_is_on_time),
	    cmocka_unit_test(a_status_is_one_line_of_whole_characters),
	    cmocka_unit_test(a_listener_that_hangs_holds_nobody_up),
	    cmocka_unit_test(whoever_listened_may_be_gone),
	};

	forget();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
