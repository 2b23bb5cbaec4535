/* The command socket, over real sockets: who is answered, what becomes of questions that are none, and what an asker is told when
 * there is no daemon, a dead one, a mute one, or one that dies in the middle. */
#include "transport/control/control.h"

#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check/check.h"
#include "tests/transport/control/peer.h"
#include "transport/control/stream.h"

#define REQ    0x30
#define REP    0x31
#define NOBODY 65534 /* a user who is neither root nor the daemon's */
#define LONG   5000  /* [ms] */

#define ANSWERED_NO  101 /* what a child that asks says; else a status */
#define ANSWERED_YES 102

static const char *path_of(const char *name)
{
	static _Thread_local char path[128];

	snprintf(path, sizeof path, "%s/%s", sp_check_scratch(), name);
	return path;
}

static const char *url_of(const char *name)
{
	static _Thread_local char url[160];

	snprintf(url, sizeof url, "ipc://%s", path_of(name));
	return url;
}

static sp_control *open_control(const char *name)
{
	sp_control *control;
	sp_message message = {0};

	check_status(sp_control_open(url_of(name), &control, &message), SP_OK);
	return control;
}

static sp_control_request question(sp_control_verb verb, const char *argument)
{
	sp_control_request q = {.verb = verb, .n_arguments = argument != NULL};

	snprintf(q.arguments[0], sizeof q.arguments[0], "%s", argument != NULL ? argument : "");
	return q;
}

static const char alarms[] = "\x94\x01\x40\xa6"
                             "alarms\x90";

/* --- an asker --- */

static struct {
	sp_wire_decoder *decoder;
	sp_control_table table;
	sp_message message;
	int64_t took_ms;
} asker;

static sp_status ask(const char *name, sp_control_verb verb, const char *argument, int wait_ms)
{
	sp_control_request q = question(verb, argument);
	int64_t before = sp_stream_now();
	sp_status status;

	asker.message.text[0] = '\0';
	status = sp_control_ask(url_of(name), &q, wait_ms, asker.decoder, &asker.table, &asker.message);
	asker.took_ms = sp_stream_now() - before;
	check_i64(status == SP_OK, asker.message.text[0] == '\0');
	return status;
}

/* --- a daemon in a thread of its own --- */

typedef struct server {
	sp_control *control;
	pthread_t thread;
	atomic_bool stop;
	_Atomic uint32_t answered;
	_Atomic uint32_t uid;
	uint32_t n_rows; /* of 16 cells, in each answer */
	sp_control_answer answer;
} server;

/* Echoes verb and argument, and answers with rows. */
static void answer_one(server *d, const sp_control_request *q)
{
	const char *cells[SP_CONTROL_CELLS_MAX];

	sp_control_answer_init(&d->answer);
	d->answer.status =
	    sp_message_set(&d->answer.message, SP_OK, "%s [%.100s]", sp_control_verb_name(q->verb), q->arguments[0]);
	for (size_t i = 0; i < SP_CONTROL_CELLS_MAX; i++)
		cells[i] = "twenty-nine letters in a cell";
	for (uint32_t i = 0; i < d->n_rows; i++)
		check_true(sp_control_answer_row(&d->answer, cells, SP_CONTROL_CELLS_MAX));
	atomic_fetch_add(&d->answered, 1);
	sp_control_reply(d->control, &d->answer);
}

static void *run_daemon(void *context)
{
	server *d = context;
	sp_control_request q;
	uid_t uid;

	while (!atomic_load(&d->stop)) {
		sp_status status = sp_control_next(d->control, 20, &q, &uid);
		if (status == SP_OK) {
			atomic_store(&d->uid, uid);
			answer_one(d, &q);
		} else {
			check_status(status, SP_E_END);
		}
	}
	return NULL;
}

static server *start(const char *name, uint32_t n_rows)
{
	server *d = calloc(1, sizeof *d);

	check_true(d != NULL);
	d->control = open_control(name);
	d->n_rows = n_rows;
	check_i64(pthread_create(&d->thread, NULL, run_daemon, d), 0);
	return d;
}

static void stop(server *d)
{
	atomic_store(&d->stop, true);
	pthread_join(d->thread, NULL);
	sp_control_close(d->control);
	free(d);
}

/* --- asked and answered --- */

static void a_question_is_answered_over_a_real_socket(void **state)
{
	server *d = start("control", 1);

	(void)state;
	check_status(ask("control", SP_CONTROL_freeze, "family chat/us-east", LONG), SP_OK);
	check_status(asker.table.status, SP_OK);
	check_text(asker.table.text, "freeze [family chat/us-east]");
	check_u64(asker.table.n_rows, 1);
	check_u64(asker.table.n_cells, SP_CONTROL_CELLS_MAX);
	check_text(asker.table.cells[15], "twenty-nine letters in a cell");
	check_u64(atomic_load(&d->uid), geteuid());
	check_status(ask("control", SP_CONTROL_alarms, NULL, LONG), SP_OK); /* and the next */
	check_text(asker.table.text, "alarms []");
	check_u64(sp_control_refused(d->control), 0);
	stop(d);
}

static void the_largest_table_comes_over(void **state)
{
	server *d = start("control", SP_CONTROL_ROWS_MAX);

	(void)state;
	check_status(ask("control", SP_CONTROL_prices, "*", LONG), SP_OK);
	check_u64(asker.table.n_rows, SP_CONTROL_ROWS_MAX);
	check_text(asker.table.cells[SP_CONTROL_ROWS_MAX * SP_CONTROL_CELLS_MAX - 1], "twenty-nine letters in a cell");
	check_true(!asker.table.more);
	stop(d);
}

static void a_daemon_that_is_not_asked_waits_no_longer_than_it_says(void **state)
{
	sp_control *control = open_control("control");
	sp_control_request q = {.n_arguments = 7};
	uid_t uid = 7;
	int64_t before = sp_stream_now();

	(void)state;
	check_status(sp_control_next(control, 0, &q, &uid), SP_E_END);
	check_status(sp_control_next(control, 100, &q, &uid), SP_E_END);
	int64_t took_ms = sp_stream_now() - before;
	check_true(took_ms >= 100 && took_ms < 2000);
	check_u64(q.n_arguments, 7); /* untouched */
	check_u64(uid, 7);
	sp_control_close(control);
	sp_control_close(NULL);
}

/* nng's own REQ socket, with its numbers and its way to connect. */
static void a_req_socket_of_nng_is_answered(void **state)
{
	server *d = start("control", 3);
	sp_control_table table;
	nng_socket req;
	nng_msg *msg;

	(void)state;
	check_i64(nng_req0_open(&req), 0);
	check_i64(nng_socket_set_ms(req, NNG_OPT_RECVTIMEO, LONG), 0);
	check_i64(nng_dial(req, url_of("control"), NULL, 0), 0);
	for (int i = 0; i < 3; i++) {
		check_i64(nng_send(req, (void *)alarms, sizeof alarms - 1, 0), 0);
		check_i64(nng_recvmsg(req, &msg, 0), 0);
		check_i64(sp_control_answer_decode(asker.decoder, nng_msg_body(msg), nng_msg_len(msg), &table), SP_WIRE_ok);
		check_text(table.text, "alarms []");
		check_u64(table.n_rows, 3);
		nng_msg_free(msg);
	}
	nng_close(req);
	stop(d);
}

/* --- many at once --- */

#define ASKERS 200

static void *ask_by_number(void *context)
{
	sp_wire_decoder *decoder = sp_wire_open();
	sp_control_request q = question(SP_CONTROL_freeze, NULL);
	sp_control_table table;
	sp_message message;
	char expected[32];

	q.n_arguments = 1;
	snprintf(q.arguments[0], sizeof q.arguments[0], "pool %d", *(int *)context);
	snprintf(expected, sizeof expected, "freeze [pool %d]", *(int *)context);
	*(int *)context = decoder != NULL &&
	                  sp_control_ask(url_of("control"), &q, 60000, decoder, &table, &message) == SP_OK &&
	                  strcmp(table.text, expected) == 0;
	sp_wire_close(decoder);
	return NULL;
}

static void two_hundred_who_ask_at_once_each_get_their_own_answer(void **state)
{
	server *d = start("control", 20);
	static pthread_t threads[ASKERS];
	static int numbers[ASKERS];
	int answered = 0;

	(void)state;
	for (int i = 0; i < ASKERS; i++) {
		numbers[i] = i;
		check_i64(pthread_create(&threads[i], NULL, ask_by_number, &numbers[i]), 0);
	}
	for (int i = 0; i < ASKERS; i++) {
		pthread_join(threads[i], NULL);
		answered += numbers[i];
	}
	check_i64(answered, ASKERS);
	check_u64(atomic_load(&d->answered), ASKERS); /* none twice */
	stop(d);
}

/* --- who may ask --- */

static void only_root_and_the_daemons_own_user_may_ask(void **state)
{
	(void)state;
	check_true(sp_control_may_ask(0, 0));
	check_true(sp_control_may_ask(0, 1000));
	check_true(sp_control_may_ask(1000, 1000));
	check_true(!sp_control_may_ask(1001, 1000));
	check_true(!sp_control_may_ask(1000, 0));
	check_true(!sp_control_may_ask((uid_t)-1, 0));
	check_true(!sp_control_may_ask((uid_t)-1, 1000));
}

/* What a child that is another user says of it; by a pipe, since a checker of memory has exit codes of its own. */
static int as_nobody(int (*act)(const char *name), const char *name)
{
	int ends[2], said = -1;
	pid_t child;

	check_i64(pipe(ends), 0);
	child = fork();
	check_true(child >= 0);
	if (child == 0) {
		said = setgid(NOBODY) == 0 && setuid(NOBODY) == 0 ? act(name) : -1;
		_exit(write(ends[1], &said, sizeof said) != sizeof said);
	}
	close(ends[1]);
	check_i64(read(ends[0], &said, sizeof said), sizeof said);
	close(ends[0]);
	check_i64(waitpid(child, NULL, 0), child);
	return said;
}

/* By hand: the answer's status and its words stand at known places. */
static int is_refused_by_name(const char *name)
{
	static const uint8_t freeze[] = "\x94\x01\x40\xa6"
	                                "freeze\x91\xa3"
	                                "all";
	uint8_t other, said[512] = {0};
	uint32_t number = 0;
	int sock = peer_connect(path_of(name));

	if (sock < 0 || !peer_greet(sock, REQ, &other) || other != REP)
		return 1;
	if (!peer_ask(sock, 17, freeze, sizeof freeze - 1) || peer_read(sock, &number, said, sizeof said - 1) < 8)
		return 2;
	close(sock);
	return number == 17 && said[3] == SP_E_PERMISSION && strstr((char *)said + 6, "user 65534 may not ask") ? 0 : 3;
}

static int cannot_connect(const char *name)
{
	return peer_connect(path_of(name)) < 0 ? 0 : 1;
}

static int asks_properly(const char *name)
{
	sp_control_request q = question(SP_CONTROL_freeze, "all");
	sp_wire_decoder *decoder = sp_wire_open();
	sp_control_table table;
	sp_message message;
	sp_status status = sp_control_ask(url_of(name), &q, LONG, decoder, &table, &message);

	sp_wire_close(decoder); /* the table's own status stays */
	if (status == SP_OK)
		return table.status == SP_E_PERMISSION ? ANSWERED_NO : ANSWERED_YES;
	return (int)status;
}

static void another_user_is_refused_and_counted(void **state)
{
	server *d;

	(void)state;
	if (geteuid() != 0)
		skip();
	d = start("control", 0);
	check_i64(chmod(sp_check_scratch(), 0711), 0);
	check_i64(as_nobody(cannot_connect, "control"), 0); /* the file is its owner's alone */
	check_i64(as_nobody(asks_properly, "control"), SP_E_PERMISSION);
	check_u64(sp_control_refused(d->control), 0);
	check_i64(chmod(path_of("control"), 0666), 0); /* and if somebody opens it to all */
	check_i64(as_nobody(is_refused_by_name, "control"), 0);
	check_u64(sp_control_refused(d->control), 1);
	check_i64(as_nobody(asks_properly, "control"), ANSWERED_NO);
	check_u64(sp_control_refused(d->control), 2);
	check_u64(atomic_load(&d->answered), 0);
	check_status(ask("control", SP_CONTROL_frozen, NULL, LONG), SP_OK);
	check_text(asker.table.text, "frozen []");
	stop(d);
}

/* --- where it listens --- */

static void the_socket_file_is_its_owners_alone_and_goes_with_it(void **state)
{
	sp_control *control = open_control("control");
	struct stat file;

	(void)state;
	check_i64(stat(path_of("control"), &file), 0);
	check_i64(file.st_mode & 0777, 0600);
	sp_control_close(control);
	check_i64(stat(path_of("control"), &file), -1);
}

static void a_second_daemon_and_a_wrong_address_are_refused(void **state)
{
	sp_control *first = open_control("control"), *second = NULL;
	sp_control_request q = question(SP_CONTROL_alarms, NULL);
	sp_message message;
	char url[256] = "ipc:///";

	(void)state;
	check_status(sp_control_open(url_of("control"), &second, &message), SP_E_BUSY);
	check_contains(message.text, url_of("control"));
	sp_control_close(first);
	check_status(sp_control_open("tcp://127.0.0.1:0", &second, &message), SP_E_SYNTAX);
	memset(url + 7, 'x', 200);
	check_status(sp_control_open(url, &second, &message), SP_E_RANGE);
	check_true(second == NULL);
	check_status(sp_control_ask(url, &q, LONG, asker.decoder, &asker.table, &message), SP_E_RANGE);
	check_status(sp_control_ask("tcp://127.0.0.1:1", &q, LONG, asker.decoder, &asker.table, &message), SP_E_SYNTAX);
}

static void what_a_killed_daemon_left_is_taken_over(void **state)
{
	server *d;

	(void)state;
	close(peer_listen(path_of("left")));
	d = start("left", 0);
	check_status(ask("left", SP_CONTROL_status, NULL, LONG), SP_OK);
	stop(d);
}

/* --- nobody there --- */

static void check_nobody(const char *name)
{
	check_status(ask(name, SP_CONTROL_freeze, "all", LONG), SP_E_UNREACHABLE);
	check_contains(asker.message.text, "no daemon answers at ipc://");
	check_contains(asker.message.text, "is `setpoint run` running with this --state?");
	check_true(asker.took_ms < LONG / 2); /* known at once */
}

static void where_nobody_is_the_asker_is_told_at_once(void **state)
{
	(void)state;
	check_nobody("absent");
	close(peer_listen(path_of("left"))); /* a killed daemon's file */
	check_nobody("left");
}

/* A stopped daemon: the kernel connects, nobody greets. After two its queue is full, and the kernel sends away. */
static void a_mute_listener_is_waited_for_no_longer_than_said(void **state)
{
	int listener = peer_listen(path_of("mute"));

	(void)state;
	for (int i = 0; i < 4; i++) {
		check_status(ask("mute", SP_CONTROL_freeze, "all", 150), SP_E_UNREACHABLE);
		check_contains(asker.message.text, "does not speak within 150 ms");
		check_contains(asker.message.text, "Nothing was asked");
		check_true(asker.took_ms >= 150 && asker.took_ms < 2000);
	}
	close(listener);
}

/* Who gave up is not waiting for anything to be done: the question is left out. Had the daemon been at it, it would have been done. */
static void a_daemon_that_does_not_answer_is_waited_for_no_longer_than_said(void **state)
{
	sp_control *control = open_control("control");
	sp_control_request q;
	uid_t uid;

	(void)state;
	check_status(ask("control", SP_CONTROL_freeze, "all", 150), SP_E_UNREACHABLE);
	check_contains(asker.message.text, "does not speak within 150 ms"); /* it did not even come to greet */
	check_true(asker.took_ms >= 150 && asker.took_ms < 2000);
	check_status(sp_control_next(control, 50, &q, &uid), SP_E_END);
	check_u64(sp_control_refused(control), 0);
	sp_control_close(control);
}

static void *ask_in_vain(void *context)
{
	int *contains = context;

	check_status(ask("control", SP_CONTROL_freeze, "all", 300), SP_E_UNREACHABLE);
	*contains = strstr(asker.message.text, "has not answered within 300 ms; what was asked may still be done") != NULL;
	return NULL;
}

static void a_question_that_is_answered_too_late_may_have_been_done(void **state)
{
	static sp_control_answer answer;
	sp_control *control = open_control("control");
	sp_control_request q;
	pthread_t thread;
	int told = 0;
	uid_t uid;

	(void)state;
	check_i64(pthread_create(&thread, NULL, ask_in_vain, &told), 0);
	check_status(sp_control_next(control, LONG, &q, &uid), SP_OK);
	check_text(q.arguments[0], "all");
	pthread_join(thread, NULL);
	check_true(told);
	sp_control_answer_init(&answer);
	sp_control_reply(control, &answer); /* to nobody */
	check_status(sp_control_next(control, 50, &q, &uid), SP_E_END);
	sp_control_close(control);
}

static void *ask_and_be_cut_off(void *context)
{
	int *contains = context;

	check_status(ask("control", SP_CONTROL_freeze, "all", LONG), SP_E_UNREACHABLE);
	*contains = strstr(asker.message.text, "went away before it answered") != NULL;
	return NULL;
}

static void a_question_without_a_reply_is_told_before_the_next(void **state)
{
	sp_control *control = open_control("control");
	sp_control_request q;
	pthread_t thread;
	int told = 0;
	uid_t uid;

	(void)state;
	check_i64(pthread_create(&thread, NULL, ask_and_be_cut_off, &told), 0);
	check_status(sp_control_next(control, LONG, &q, &uid), SP_OK);
	check_status(sp_control_next(control, 10, &q, &uid), SP_E_END);
	pthread_join(thread, NULL);
	check_true(told);
	sp_control_close(control);
}

static void *hang_up(void *context)
{
	int sock = peer_accept(*(int *)context, LONG);

	if (sock >= 0)
		close(sock);
	return NULL;
}

static void *greet_with(int listener, const char *greeting)
{
	int sock = peer_accept(listener, LONG);

	peer_send(sock, greeting, 8);
	peer_receive(sock, (uint8_t[9]){0}, 9); /* until the asker goes, who says no more than eight bytes */
	close(sock);
	return NULL;
}

static void *greet_as_pull(void *context)
{
	return greet_with(*(int *)context, "\0SP\0\0\x51\0");
}

static void *greet_as_nothing(void *context)
{
	return greet_with(*(int *)context, "HTTP/1.1");
}

static void what_hangs_up_or_speaks_otherwise_was_asked_nothing(void **state)
{
	void *(*const acts[])(void *) = {hang_up, greet_as_pull, greet_as_nothing};

	(void)state;
	for (int i = 0; i < 3; i++) {
		pthread_t thread;
		int listener = peer_listen(path_of("other"));
		check_i64(pthread_create(&thread, NULL, acts[i], &listener), 0);
		check_status(ask("other", SP_CONTROL_freeze, "all", LONG), SP_E_UNREACHABLE);
		check_contains(asker.message.text, "hangs up or speaks otherwise");
		check_contains(asker.message.text, "Nothing was asked");
		check_true(asker.took_ms < LONG / 2);
		pthread_join(thread, NULL);
		close(listener);
	}
}

/* --- a daemon that dies, or lies --- */

typedef struct liar {
	int listener;
	const uint8_t *says; /* what is sent after the question */
	size_t n;
	pthread_t thread;
	int questions;
} liar;

static bool take_question(int sock, uint32_t *number)
{
	uint8_t other, bytes[SP_CONTROL_REQUEST_MAX];

	return peer_greet(sock, REP, &other) && other == REQ && peer_read(sock, number, bytes, sizeof bytes) > 0;
}

/* Answers whoever comes in the same way, and counts. Where it has nothing to say it dies in mid-answer. */
static void *run_liar(void *context)
{
	liar *l = context;
	uint32_t number;
	int sock;

	while ((sock = peer_accept(l->listener, l->questions == 0 ? LONG : 500)) >= 0) {
		if (take_question(sock, &number)) {
			l->questions++;
			if (l->n > 0)
				peer_ask(sock, number, l->says, l->n);
			else
				peer_send(sock, "\1\0\0\0\0\0\0\1\0\x80\0\0\1half", 17);
			if (l->n > 0)
				peer_receive(sock, (uint8_t[1]){0}, 1); /* until the asker goes */
		}
		close(sock);
	}
	return NULL;
}

static liar *start_liar(const char *name, const uint8_t *says, size_t n)
{
	liar *l = calloc(1, sizeof *l);

	check_true(l != NULL);
	l->listener = peer_listen(path_of(name));
	l->says = says;
	l->n = n;
	check_true(l->listener >= 0);
	check_i64(pthread_create(&l->thread, NULL, run_liar, l), 0);
	return l;
}

/* How often it was asked. */
static int stop_liar(liar *l)
{
	int questions;

	pthread_join(l->thread, NULL);
	close(l->listener);
	questions = l->questions;
	free(l);
	return questions;
}

static void a_daemon_that_dies_in_mid_answer_is_asked_once(void **state)
{
	liar *l = start_liar("dying", NULL, 0);

	(void)state;
	check_status(ask("dying", SP_CONTROL_freeze, "all", LONG), SP_E_UNREACHABLE);
	check_contains(asker.message.text, "went away before it answered");
	check_contains(asker.message.text, "may have been done");
	check_true(asker.took_ms < LONG / 2);
	check_i64(stop_liar(l), 1);
}

static void what_is_no_answer_is_told_with_its_reason(void **state)
{
	static const uint8_t garbage[] = "\x93\x01\x20\x00", hostile[] = "\x96\x01\x50\x00\xa4\x1b[2J\x00\x90";
	static uint8_t longer[SP_CONTROL_BYTES_MAX + 1];
	liar *l = start_liar("lying", garbage, sizeof garbage - 1);

	(void)state;
	check_status(ask("lying", SP_CONTROL_status, NULL, LONG), SP_E_DAMAGED);
	check_contains(asker.message.text, "(shape)");
	check_i64(stop_liar(l), 1);
	l = start_liar("lying", hostile, sizeof hostile - 1);
	check_status(ask("lying", SP_CONTROL_status, NULL, LONG), SP_E_DAMAGED);
	check_contains(asker.message.text, "(text)");
	check_i64(stop_liar(l), 1);
	l = start_liar("lying", longer, sizeof longer);
	check_status(ask("lying", SP_CONTROL_status, NULL, LONG), SP_E_DAMAGED);
	check_contains(asker.message.text, "(too_long)");
	check_i64(stop_liar(l), 1);
}

static void a_question_that_cannot_be_asked_reaches_nobody(void **state)
{
	(void)state;
	check_status(ask("absent", SP_CONTROL_freeze, "pool \x1b[2J", LONG), SP_E_SYNTAX);
	check_contains(asker.message.text, "freeze: cannot be asked so");
	check_true(strchr(asker.message.text, '\x1b') == NULL);
}

/* --- questions that are none --- */

static int connect_by_hand(const char *name)
{
	uint8_t other;
	int sock = peer_connect(path_of(name));

	check_true(sock >= 0);
	check_true(peer_greet(sock, REQ, &other));
	check_i64(other, REP);
	return sock;
}

static void check_said(int sock, sp_wire_reason reason)
{
	sp_wire_decoder *decoder = sp_wire_open();
	uint8_t said[2048];
	uint32_t number;
	sp_control_table table;
	long n = peer_read(sock, &number, said, sizeof said);

	check_true(n > 0 && number == 5);
	check_i64(sp_control_answer_decode(decoder, said, (size_t)n, &table), SP_WIRE_ok);
	if (reason == SP_WIRE_ok) {
		check_status(table.status, SP_OK);
	} else {
		check_status(table.status, SP_E_SYNTAX);
		check_contains(table.text, sp_wire_reason_text(reason));
	}
	sp_wire_close(decoder);
}

static void check_told(int sock, const void *bytes, size_t n, sp_wire_reason reason)
{
	check_true(peer_ask(sock, 5, bytes, n));
	check_said(sock, reason);
}

static void a_question_that_is_none_is_answered_with_its_reason(void **state)
{
	server *d = start("control", 0);
	int sock = connect_by_hand("control");

	(void)state;
	check_told(sock, "", 0, SP_WIRE_truncated);
	check_told(sock, "\x94\x01\x40\xa4melt\x90", 9, SP_WIRE_verb);
	check_told(sock,
	           "\x94\x02\x40\xa6"
	           "alarms\x90",
	           11, SP_WIRE_version);
	check_told(sock, "\xdd\x3b\x9a\xca\x00", 5, SP_WIRE_truncated);
	check_told(sock, alarms, sizeof alarms - 1, SP_WIRE_ok); /* the connection goes on */
	check_u64(sp_control_refused(d->control), 4);
	check_u64(atomic_load(&d->answered), 1);
	close(sock);
	stop(d);
}

/* Judged by its head alone: 4 KiB and a byte, and 2^64 - 1. */
static void a_question_too_long_is_told_as_such_and_ends_the_connection(void **state)
{
	static const char *const heads[] = {"\1\0\0\0\0\0\0\x10\5\x80\0\0\5",
	                                    "\1\xff\xff\xff\xff\xff\xff\xff\xff\x80\0\0\5"};
	server *d = start("control", 0);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int sock = connect_by_hand("control");
		check_true(peer_send(sock, heads[i], 13));
		check_said(sock, SP_WIRE_too_long);
		check_true(!peer_receive(sock, (uint8_t[1]){0}, 1));
		close(sock);
		check_status(ask("control", SP_CONTROL_alarms, NULL, LONG), SP_OK);
	}
	check_u64(sp_control_refused(d->control), 2);
	stop(d);
}

static void who_breaks_the_framing_is_dropped_and_others_are_served(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} broken[] = {
	    {"\1\0\0\0\0\0\0\0\3\x80\0\0\1", 13},  /* shorter than its number */
	    {"\1\0\0\0\0\0\0\0\5\0\0\0\1a", 14},   /* a number without its bit: from a device of nng's */
	    {"\2\0\0\0\0\0\0\0\5\x80\0\0\1a", 14}, /* another kind of message */
	    {"GET / HTTP/1.1\r\n\r\n", 18},
	};
	server *d = start("control", 0);

	(void)state;
	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
		int sock = connect_by_hand("control");
		check_true(peer_send(sock, broken[i].bytes, broken[i].n));
		check_true(!peer_receive(sock, (uint8_t[1]){0}, 1)); /* the other side closes */
		close(sock);
		check_status(ask("control", SP_CONTROL_alarms, NULL, LONG), SP_OK);
	}
	stop(d);
}

static void who_greets_as_something_else_is_dropped(void **state)
{
	static const char *const greetings[] = {"\0SP\0\0\x50\0", "\0SP\0\0\x31\0", "\0SP\1\0\x30\0", "\0SP\0\0\x30\1",
	                                        "GET / H"};
	server *d = start("control", 0);

	(void)state;
	for (size_t i = 0; i < sizeof greetings / sizeof greetings[0]; i++) {
		int sock = peer_connect(path_of("control"));
		check_true(sock >= 0 && peer_send(sock, greetings[i], 8));
		check_true(peer_receive(sock, (uint8_t[8]){0}, 8)); /* ours comes first */
		check_true(!peer_receive(sock, (uint8_t[1]){0}, 1));
		close(sock);
	}
	stop(d);
}

/* A byte at a time, with pauses: the daemon waits for none of them. */
static void a_question_may_come_byte_by_byte(void **state)
{
	static const uint8_t all[] = "\0SP\0\0\x30\0\0"
	                             "\1\0\0\0\0\0\0\0\x0f\x80\0\0\x09"
	                             "\x94\x01\x40\xa6"
	                             "alarms\x90";
	server *d = start("control", 0);
	uint8_t said[2048];
	uint32_t number;
	int sock = peer_connect(path_of("control"));

	(void)state;
	for (size_t i = 0; i < sizeof all - 1; i++) {
		check_true(peer_send(sock, &all[i], 1));
		if (i % 8 == 3)
			check_status(ask("control", SP_CONTROL_frozen, NULL, LONG), SP_OK);
	}
	check_true(peer_receive(sock, said, 8));
	check_true(peer_read(sock, &number, said, sizeof said) > 0);
	check_u64(number, 9);
	close(sock);
	stop(d);
}

/* Those who go while they are greeted, those who go right after they asked, and those who have read a part of the answer. */
static void who_goes_before_the_answer_is_no_error(void **state)
{
	server *d = start("control", SP_CONTROL_ROWS_MAX);

	(void)state;
	for (uint32_t i = 0; i < 60; i++) {
		int sock = peer_connect(path_of("control"));
		uint8_t other;
		check_true(sock >= 0);
		if (i % 3 > 0)
			check_true(peer_greet(sock, REQ, &other) && peer_ask(sock, 1, alarms, sizeof alarms - 1));
		if (i % 3 == 2)
			check_true(peer_receive(sock, (uint8_t[1000]){0}, 1000));
		close(sock);
	}
	check_status(ask("control", SP_CONTROL_frozen, NULL, LONG), SP_OK);
	check_text(asker.table.text, "frozen []");
	stop(d);
}

static void who_has_hung_up_is_not_asked_for(void **state)
{
	sp_control *control = open_control("control");
	sp_control_request q;
	uid_t uid;

	(void)state;
	for (int i = 0; i < 100; i++) {
		int sock = peer_connect(path_of("control"));
		check_true(sock >= 0 && peer_send(sock, "\0SP\0\0\x30\0", 8) && peer_ask(sock, 1, alarms, sizeof alarms - 1));
		close(sock);
		check_status(sp_control_next(control, 2, &q, &uid), SP_E_END);
	}
	check_u64(sp_control_refused(control), 0);
	sp_control_close(control);
}

/* As many as there are places, and silent: after two seconds they make room. */
static void who_is_silent_keeps_no_place(void **state)
{
	server *d = start("control", 0);
	int socks[64];

	(void)state;
	for (int i = 0; i < 64; i++)
		socks[i] = connect_by_hand("control");
	check_status(ask("control", SP_CONTROL_status, NULL, 2 * LONG), SP_OK);
	check_true(asker.took_ms >= 1000 && asker.took_ms < LONG);
	check_true(!peer_receive(socks[0], (uint8_t[1]){0}, 1)); /* the first to come was the first to go */
	check_told(socks[63], alarms, sizeof alarms - 1, SP_WIRE_ok);
	for (int i = 0; i < 64; i++)
		close(socks[i]);
	stop(d);
}

/* Two questions, and no answer is read: the second answer is given up after a second. */
static void who_does_not_read_holds_nobody_up(void **state)
{
	server *d = start("control", SP_CONTROL_ROWS_MAX);
	int sock = connect_by_hand("control");

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		check_true(peer_ask(sock, i, alarms, sizeof alarms - 1));
	check_status(ask("control", SP_CONTROL_status, NULL, 2 * LONG), SP_OK);
	check_true(asker.took_ms < LONG);
	close(sock);
	stop(d);
}

static atomic_bool flooding;

static void *flood(void *context)
{
	uint8_t said[2048];
	uint32_t number;
	int sock = connect_by_hand("control");

	while (atomic_load(&flooding) && peer_ask(sock, 1, "none", 4) && peer_read(sock, &number, said, sizeof said) > 0)
		continue;
	close(sock);
	return context;
}

static void a_stream_of_refused_questions_does_not_hold_the_daemon(void **state)
{
	sp_control *control = open_control("control");
	sp_control_request q;
	pthread_t thread;
	uid_t uid;
	int64_t before = sp_stream_now();

	(void)state;
	atomic_store(&flooding, true);
	check_i64(pthread_create(&thread, NULL, flood, NULL), 0);
	check_status(sp_control_next(control, 300, &q, &uid), SP_E_END);
	check_true(sp_stream_now() - before < 2000);
	check_true(sp_control_refused(control) > 10);
	atomic_store(&flooding, false);
	check_status(sp_control_next(control, 200, &q, &uid), SP_E_END);
	pthread_join(thread, NULL);
	sp_control_close(control);
}

/* The other one is heard in its turn. */
static void a_stream_of_refused_questions_does_not_hold_others(void **state)
{
	server *d = start("control", 0);
	pthread_t thread;

	(void)state;
	atomic_store(&flooding, true);
	check_i64(pthread_create(&thread, NULL, flood, NULL), 0);
	for (int i = 0; i < 20; i++) {
		check_status(ask("control", SP_CONTROL_status, NULL, LONG), SP_OK);
		check_true(asker.took_ms < LONG / 2);
	}
	atomic_store(&flooding, false);
	pthread_join(thread, NULL);
	stop(d);
}

static void reply_to_nobody(void *argument)
{
	static sp_control_answer answer;

	sp_control_answer_init(&answer);
	sp_control_reply(argument, &answer);
}

static void a_reply_without_a_question_stops_who_gives_it(void **state)
{
	sp_control *control = open_control("control");

	(void)state;
	check_true(sp_check_stopped(reply_to_nobody, control) != NULL);
	sp_control_close(control);
}

static int open_decoder(void **state)
{
	(void)state;
	asker.decoder = sp_wire_open();
	return asker.decoder == NULL;
}

static int close_decoder(void **state)
{
	(void)state;
	sp_wire_close(asker.decoder);
	nng_fini(); /* its threads end, too, so that what is left then was lost */
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_question_is_answered_over_a_real_socket),
	    cmocka_unit_test(the_largest_table_comes_over),
	    cmocka_unit_test(a_daemon_that_is_not_asked_waits_no_longer_than_it_says),
	    cmocka_unit_test(a_req_socket_of_nng_is_answered),
	    cmocka_unit_test(two_hundred_who_ask_at_once_each_get_their_own_answer),
	    cmocka_unit_test(only_root_and_the_daemons_own_user_may_ask),
	    cmocka_unit_test(another_user_is_refused_and_counted),
	    cmocka_unit_test(the_socket_file_is_its_owners_alone_and_goes_with_it),
	    cmocka_unit_test(a_second_daemon_and_a_wrong_address_are_refused),
	    cmocka_unit_test(what_a_killed_daemon_left_is_taken_over),
	    cmocka_unit_test(where_nobody_is_the_asker_is_told_at_once),
	    cmocka_unit_test(a_mute_listener_is_waited_for_no_longer_than_said),
	    cmocka_unit_test(a_daemon_that_does_not_answer_is_waited_for_no_longer_than_said),
	    cmocka_unit_test(a_question_that_is_answered_too_late_may_have_been_done),
	    cmocka_unit_test(a_question_without_a_reply_is_told_before_the_next),
	    cmocka_unit_test(what_hangs_up_or_speaks_otherwise_was_asked_nothing),
	    cmocka_unit_test(a_daemon_that_dies_in_mid_answer_is_asked_once),
	    cmocka_unit_test(what_is_no_answer_is_told_with_its_reason),
	    cmocka_unit_test(a_question_that_cannot_be_asked_reaches_nobody),
	    cmocka_unit_test(a_question_that_is_none_is_answered_with_its_reason),
	    cmocka_unit_test(a_question_too_long_is_told_as_such_and_ends_the_connection),
	    cmocka_unit_test(who_breaks_the_framing_is_dropped_and_others_are_served),
	    cmocka_unit_test(who_greets_as_something_else_is_dropped),
	    cmocka_unit_test(a_question_may_come_byte_by_byte),
	    cmocka_unit_test(who_goes_before_the_answer_is_no_error),
	    cmocka_unit_test(who_has_hung_up_is_not_asked_for),
	    cmocka_unit_test(who_is_silent_keeps_no_place),
	    cmocka_unit_test(who_does_not_read_holds_nobody_up),
	    cmocka_unit_test(a_stream_of_refused_questions_does_not_hold_the_daemon),
	    cmocka_unit_test(a_stream_of_refused_questions_does_not_hold_others),
	    cmocka_unit_test(a_reply_without_a_question_stops_who_gives_it),
	};
	return cmocka_run_group_tests(tests, open_decoder, close_decoder);
}
