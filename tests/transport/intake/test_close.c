/* How an intake begins and ends: a stop loses nothing that was counted, an address in use is refused, what a killed daemon left
 * behind is taken over, and closing ends. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/transport/intake/site.h"
#include "transport/socket/close.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* --- stopping --- */

static void what_is_in_the_ring_is_read_after_the_stop(void **state)
{
	sp_intake_message message;
	atomic_bool over = false;
	nng_socket push;
	sp_flood late;
	sp_site at;

	(void)state;
	sp_site_open(&at, sp_site_url());
	push = sp_site_push(at.ipc, SP_SITE_WAIT_MS);
	for (uint32_t i = 0; i < 100; i++)
		check_i64(sp_site_send(push, 1, i, 100), 0);
	sp_site_await_waiting(&at, 100);
	sp_intake_stop(at.intake);
	sp_intake_stop(at.intake);
	sp_flood_start(&late, at.tcp, 2, &over); /* comes to nobody */
	nng_msleep(50);
	for (uint32_t i = 0; i < 100; i++)
		sp_site_take_number(&at, 1, i);
	check_true(!sp_intake_next(at.intake, &message));
	check_u64(sp_site_counts(&at).messages, 100);
	check_true(!sp_site_counts(&at).held);
	nng_close(push);
	sp_intake_close(at.intake);
	sp_intake_close(NULL);
	atomic_store(&over, true);
	sp_flood_end(&late);
}

static void a_stop_in_the_middle_of_a_flood_loses_nothing_that_was_counted(void **state)
{
	const unsigned rounds = getenv("SETPOINT_SOAK") != NULL ? 500 : 12;

	(void)state;
	for (unsigned round = 0; round < rounds; round++) {
		atomic_bool over = false;
		sp_flood floods[2];
		uint32_t next[2] = {0}, drained = 0;
		sp_intake_message message;
		sp_site at;

		sp_site_open(&at, sp_site_url());
		sp_flood_start(&floods[0], at.ipc, 0, &over);
		sp_flood_start(&floods[1], at.tcp, 1, &over);
		for (unsigned i = 0; i < 37 * round; i++) {
			message = sp_site_take(&at);
			sp_site_check_next(&message, next);
			sp_intake_release(at.intake, &message);
		}
		sp_intake_stop(at.intake);
		const sp_intake_counts counts = sp_site_counts(&at);
		check_u64(counts.messages, atomic_load(&at.woken));
		if (round % 3 == 0)
			drained = counts.waiting; /* unread: close frees them */
		for (; round % 3 != 0 && sp_intake_next(at.intake, &message); drained++) {
			sp_site_check_next(&message, next);
			sp_intake_release(at.intake, &message);
		}
		check_u64(37 * round + drained, counts.messages);
		sp_intake_close(at.intake);
		atomic_store(&over, true);
		sp_flood_end(&floods[0]);
		sp_flood_end(&floods[1]);
		check_u64(counts.messages, atomic_load(&at.woken));
	}
}

/* --- who has the address --- */

static void two_intakes_at_one_address_are_refused(void **state)
{
	sp_site first, second;
	sp_message message = {{0}};

	(void)state;
	sp_site_open(&first, sp_site_url());
	check_status(sp_site_try(&second, first.ipc, &message), SP_E_BUSY);
	check_contains(message.text, first.ipc);
	const char *const urls[] = {first.tcp};
	sp_intake_options options = {.urls = urls, .n_urls = 1};
	check_status(sp_intake_open(&options, &second.intake, &message), SP_E_BUSY);
	check_contains(message.text, first.tcp);
	sp_line line = sp_line_open(first.ipc); /* and the first goes on */
	check_true(sp_line_send(&line, "\x01\0\0\0\x02\0\0\0", 8));
	sp_site_take_number(&first, 1, 2);
	sp_line_close(&line);
	sp_intake_close(first.intake);
}

static void an_address_that_is_none_is_refused(void **state)
{
	char longest[128] = "ipc://";
	const struct {
		const char *url;
		sp_status status;
	} wrong[] = {{"ws://127.0.0.1:0", SP_E_SYNTAX}, {longest, SP_E_RANGE}, {"ipc:///none/such", SP_E_ABSENT}};
	sp_intake *intake = NULL;
	sp_message message = {{0}};

	(void)state;
	memset(longest + strlen(longest), 'p', 108);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		const char *const urls[] = {"tcp://127.0.0.1:0", wrong[i].url};
		sp_intake_options options = {.urls = urls, .n_urls = 2};
		check_status(sp_intake_open(&options, &intake, &message), wrong[i].status);
		check_true(intake == NULL);
		check_contains(message.text, wrong[i].url);
	}
}

/* --- after a kill --- */

static const char *program;

/* The other program: listens until it is killed. */
static int hold(const char *url)
{
	sp_site at;

	if (sp_site_try(&at, url, NULL) != SP_OK)
		return 1;
	if (write(STDOUT_FILENO, "!", 1) != 1)
		return 1;
	for (;;)
		pause();
}

/* Starts it and waits until it listens. */
static pid_t start_holder(const char *url)
{
	int ends[2];
	char byte;

	check_i64(pipe(ends), 0);
	const pid_t child = fork();
	check_true(child >= 0);
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		execl(program, program, "hold", url, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	check_i64(read(ends[0], &byte, 1), 1);
	close(ends[0]);
	return child;
}

static void what_a_killed_daemon_left_behind_is_taken_over(void **state)
{
	char url[128];
	sp_site at;

	(void)state;
	snprintf(url, sizeof url, "%s", sp_site_url());
	for (uint32_t i = 0; i < 2; i++) {
		const pid_t child = start_holder(url);
		check_status(sp_site_try(&at, url, NULL), SP_E_BUSY);
		check_i64(kill(child, SIGKILL), 0);
		check_i64(waitpid(child, NULL, 0), child);
		check_i64(access(url + strlen("ipc://"), F_OK), 0);
	}
	sp_site_open(&at, url);
	sp_line line = sp_line_open(url);
	check_true(sp_line_send(&line, "\x01\0\0\0\x02\0\0\0", 8));
	sp_site_take_number(&at, 1, 2);
	sp_line_close(&line);
	sp_intake_close(at.intake);
}

/* --- who never comes to rest --- */

typedef struct dribble {
	sp_line lines[16];
	atomic_bool over;
	nng_thread *thread;
} dribble;

/* Messages without end, byte by byte. */
static void dribble_run(void *context)
{
	dribble *d = context;
	uint8_t message[9 + 2000] = {0};
	const size_t n = sp_line_frame(&d->lines[0], message, 2000) + 2000;

	for (size_t at = 0; !atomic_load(&d->over); at = at + 1 < n ? at + 1 : 0) {
		for (size_t i = 0; i < COUNT(d->lines); i++)
			sp_line_try(&d->lines[i], message + at, 1);
	}
}

/* How long closing took [ms] while such senders were there. */
static nng_time close_under(sp_site *at, dribble *d)
{
	for (size_t i = 0; i < COUNT(d->lines); i++)
		d->lines[i] = sp_line_open(at->ipc);
	atomic_store(&d->over, false);
	check_i64(nng_thread_create(&d->thread, dribble_run, d), 0);
	nng_msleep(10);
	const nng_time before = nng_clock();
	sp_intake_close(at->intake);
	const nng_time took = nng_clock() - before;
	atomic_store(&d->over, true);
	nng_thread_destroy(d->thread);
	for (size_t i = 0; i < COUNT(d->lines); i++)
		sp_line_close(&d->lines[i]);
	return took;
}

/* The other program: closes until nng hung, and once more; each time in time. Then it ends, which must not hang either. */
static int outlast(const char *url)
{
	static dribble d;
	bool stuck = false;
	unsigned round = 0;
	sp_site at;

	for (; round < 20 && !stuck; round++) {
		stuck = sp_socket_is_stuck();
		sp_site_open(&at, url);
		if (close_under(&at, &d) > 3000)
			return 1;
	}
	print_message("closed %u times%s\n", round, stuck ? "; nng hung" : "");
	return 0;
}

static void who_never_comes_to_rest_does_not_keep_a_daemon_from_closing(void **state)
{
	int ended;

	(void)state;
	const pid_t child = fork();
	if (child == 0) {
		execl(program, program, "outlast", sp_site_url(), (char *)NULL);
		_exit(127);
	}
	check_i64(waitpid(child, &ended, 0), child);
	check_true(WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_in_the_ring_is_read_after_the_stop),
	    cmocka_unit_test(a_stop_in_the_middle_of_a_flood_loses_nothing_that_was_counted),
	    cmocka_unit_test(two_intakes_at_one_address_are_refused),
	    cmocka_unit_test(an_address_that_is_none_is_refused),
	    cmocka_unit_test(what_a_killed_daemon_left_behind_is_taken_over),
	    cmocka_unit_test(who_never_comes_to_rest_does_not_keep_a_daemon_from_closing),
	};

	program = argv[0];
	if (argc == 3 && strcmp(argv[1], "hold") == 0)
		return hold(argv[2]);
	if (argc == 3 && strcmp(argv[1], "outlast") == 0)
		return outlast(argv[2]);
	return cmocka_run_group_tests(tests, NULL, sp_site_end);
}
