/* Intake over real sockets: what nng's senders send arrives, in order and whole, or they feel that it is not taken; who speaks
 * wrongly disturbs nobody; what a killed daemon left behind is taken over. */
#include "transport/intake/intake.h"

#include <nng/nng.h>
#include <nng/protocol/pipeline0/push.h>
#include <nng/supplemental/util/platform.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check/check.h"
#include "tests/transport/intake/line.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define WAIT_MS     10000

/* --- an intake with one address by ipc and one by tcp --- */

typedef struct site {
	sp_intake *intake;
	char ipc[128], tcp[64];
	atomic_uint woken;
} site;

static void woke(void *context)
{
	site *at = context;

	atomic_fetch_add(&at->woken, 1);
}

static const char *fresh_url(void)
{
	static char url[128];
	static unsigned n;

	snprintf(url, sizeof url, "ipc://%s/%u", sp_check_scratch(), n++);
	return url;
}

static sp_status site_try(site *at, const char *ipc, sp_message *message)
{
	const char *const urls[] = {ipc, "tcp://127.0.0.1:0"};
	sp_intake_options options = {.urls = urls, .n_urls = 2, .wake = woke, .context = at};

	*at = (site){0};
	snprintf(at->ipc, sizeof at->ipc, "%s", ipc);
	return sp_intake_open(&options, &at->intake, message);
}

static void site_open(site *at, const char *ipc)
{
	sp_message message = {{0}};
	sp_status status = site_try(at, ipc, &message);

	if (status != SP_OK)
		print_error("%s\n", message.text);
	check_status(status, SP_OK);
	check_u64(sp_intake_port(at->intake, 0), 0);
	check_true(sp_intake_port(at->intake, 1) > 0);
	snprintf(at->tcp, sizeof at->tcp, "tcp://127.0.0.1:%u", sp_intake_port(at->intake, 1));
}

static sp_intake_counts counts_of(const site *at)
{
	sp_intake_counts counts;

	sp_intake_count(at->intake, &counts);
	check_true(counts.waiting <= SP_INTAKE_MESSAGES_MAX);
	return counts;
}

/* The next message, waited for. */
static sp_intake_message take(const site *at)
{
	sp_intake_message message = {0};

	for (int ms = 0; !sp_intake_next(at->intake, &message); ms++) {
		check_true(ms < WAIT_MS);
		nng_msleep(1);
	}
	return message;
}

/* Until so many messages wait, or so many senders are connected. */
static void await_waiting(const site *at, uint32_t n)
{
	for (int ms = 0; counts_of(at).waiting < n; ms++) {
		check_true(ms < WAIT_MS);
		nng_msleep(1);
	}
}

static void await_senders(const site *at, uint32_t n)
{
	for (int ms = 0; counts_of(at).senders != n; ms++) {
		check_true(ms < WAIT_MS);
		nng_msleep(1);
	}
}

/* --- senders of nng's own; each message says whose it is, and its number --- */

static nng_socket push_open(const char *url, int wait_ms)
{
	nng_socket push;

	check_i64(nng_push0_open(&push), 0);
	check_i64(nng_socket_set_ms(push, NNG_OPT_SENDTIMEO, wait_ms), 0);
	check_i64(nng_dial(push, url, NULL, NNG_FLAG_NONBLOCK), 0);
	return push;
}

static int push_number(nng_socket push, uint32_t sender, uint32_t number, size_t n)
{
	nng_msg *message;
	const uint32_t head[2] = {sender, number};

	check_true(n >= sizeof head);
	check_i64(nng_msg_alloc(&message, n), 0);
	memset(nng_msg_body(message), (int)number, n);
	memcpy(nng_msg_body(message), head, sizeof head);
	const int error = nng_sendmsg(push, message, 0);
	if (error != 0)
		nng_msg_free(message);
	return error;
}

static uint32_t number_of(const sp_intake_message *message, uint32_t *sender)
{
	uint32_t head[2];

	check_true(message->n >= sizeof head);
	memcpy(head, message->bytes, sizeof head);
	for (size_t i = sizeof head; i < message->n; i += 997)
		check_u64(message->bytes[i], (uint8_t)head[1]);
	*sender = head[0];
	return head[1];
}

/* Takes a message that must be that one. */
static void take_number(const site *at, uint32_t sender, uint32_t number)
{
	sp_intake_message message = take(at);
	uint32_t from;

	check_u64(number_of(&message, &from), number);
	check_u64(from, sender);
	sp_intake_release(at->intake, &message);
}

static void it_is_known_how_a_message_came(void **state)
{
	site at;
	sp_intake_message message;
	struct stat file;

	(void)state;
	site_open(&at, fresh_url());
	check_i64(stat(at.ipc + strlen("ipc://"), &file), 0);
	check_i64(file.st_mode & 07777, 0600);
	for (unsigned i = 0; i < 4; i++) {
		const bool local = i % 2 == 0;
		nng_socket push = push_open(local ? at.ipc : at.tcp, WAIT_MS);
		check_i64(push_number(push, i, 7, 100), 0);
		message = take(&at);
		check_true(message.local == local);
		check_u64(message.n, 100);
		sp_intake_release(at.intake, &message);
		check_true(!sp_intake_next(at.intake, &message));
		nng_close(push);
	}
	await_senders(&at, 0);
	check_u64(counts_of(&at).connections, 4);
	check_u64(counts_of(&at).messages, 4);
	check_u64(counts_of(&at).bytes, 400);
	check_u64(counts_of(&at).turned_away, 0);
	check_u64(atomic_load(&at.woken), 4);
	sp_intake_close(at.intake);
	check_i64(access(at.ipc + strlen("ipc://"), F_OK), -1);
}

/* --- back-pressure --- */

/* Sends until nobody takes it any more; returns how many went. */
static uint32_t push_until_felt(nng_socket push, uint32_t sender, size_t n)
{
	uint32_t sent = 0;

	while (push_number(push, sender, sent, n) == 0)
		check_true(++sent < 100000);
	return sent;
}

static void check_full(const char *url, const site *at, size_t n, uint32_t least)
{
	nng_socket push = push_open(url, 150);
	const uint32_t sent = push_until_felt(push, 1, n);

	check_true(counts_of(at).waiting >= least && sent > least);
	check_true(counts_of(at).waiting * n <= SP_INTAKE_BYTES_MAX);
	check_true(counts_of(at).held);
	check_u64(counts_of(at).held_times, 1);
	for (uint32_t i = 0; i < sent; i++)
		take_number(at, 1, i);
	check_i64(push_number(push, 1, sent, n), 0); /* the one that was not taken is sent again */
	take_number(at, 1, sent);
	check_u64(counts_of(at).messages, sent + 1);
	check_true(!counts_of(at).held);
	nng_close(push);
}

static void r24_a_ring_full_of_messages_is_felt_by_the_sender_and_loses_none(void **state)
{
	site at;

	(void)state;
	site_open(&at, fresh_url());
	check_full(at.ipc, &at, 4096, SP_INTAKE_MESSAGES_MAX - 1);
	sp_intake_close(at.intake);
	site_open(&at, fresh_url());
	check_full(at.tcp, &at, 16384, SP_INTAKE_MESSAGES_MAX - 1);
	sp_intake_close(at.intake);
}

static void r24_a_ring_full_of_bytes_is_felt_by_the_sender_and_loses_none(void **state)
{
	site at;

	(void)state;
	site_open(&at, fresh_url());
	check_full(at.ipc, &at, SP_INTAKE_LONGEST, SP_INTAKE_BYTES_MAX / SP_INTAKE_LONGEST - 1);
	sp_intake_close(at.intake);
}

/* --- many at once --- */

/* A thread that sends so many messages and stays until it is over: nng closes a socket with what it has not written yet. What was
 * not taken is sent again. */
typedef struct sender {
	const char *url;
	uint32_t id, n;
	atomic_bool *over;
	nng_thread *thread;
} sender;

static void sender_run(void *context)
{
	sender *s = context;
	nng_socket push = push_open(s->url, 20);

	for (uint32_t sent = 0; sent < s->n;)
		sent += push_number(push, s->id, sent, 64 + sent % 512) == 0;
	while (!atomic_load(s->over))
		nng_msleep(1);
	nng_close(push);
}

/* A thread that sends as fast as it can until it is over, over a plain socket: nng 1.5.2 loses memory when it closes a PUSH socket
 * that is sending. */
typedef struct flood {
	sp_line line;
	uint32_t id;
	atomic_bool *over;
	nng_thread *thread;
} flood;

static void flood_run(void *context)
{
	flood *f = context;
	uint8_t message[9 + 64 + 511];

	for (uint32_t number = 0; !atomic_load(f->over); number++) {
		const uint32_t head[2] = {f->id, number};
		const size_t n = 64 + number % 512, n_head = sp_line_frame(&f->line, message, n);
		memset(message + n_head, (int)number, n);
		memcpy(message + n_head, head, sizeof head);
		for (size_t at = 0; at < n_head + n && !atomic_load(f->over);) {
			const size_t wrote = sp_line_try(&f->line, message + at, n_head + n - at);
			at += wrote;
			nng_msleep(wrote == 0);
		}
	}
}

static void flood_start(flood *f, const char *url, uint32_t id, atomic_bool *over)
{
	*f = (flood){.line = sp_line_open(url), .id = id, .over = over};
	check_i64(nng_thread_create(&f->thread, flood_run, f), 0);
}

static void flood_end(flood *f)
{
	nng_thread_destroy(f->thread);
	sp_line_close(&f->line);
}

/* Each sender's messages are numbered from 0; next[] is what must come. */
static uint32_t check_next(const sp_intake_message *message, uint32_t *next)
{
	uint32_t from;
	const uint32_t number = number_of(message, &from);

	check_u64(number, next[from]++);
	return from;
}

static void r24_ten_senders_at_once_are_all_taken_each_in_its_order(void **state)
{
	enum { SENDERS = 10 };
	atomic_bool over = false;
	const uint32_t each = getenv("SETPOINT_SOAK") != NULL ? 50000 : 1000;
	sender senders[SENDERS] = {0};
	uint32_t next[SENDERS] = {0};
	site at;

	(void)state;
	site_open(&at, fresh_url());
	for (uint32_t i = 0; i < SENDERS; i++) {
		senders[i] = (sender){.url = i % 2 ? at.ipc : at.tcp, .id = i, .n = each, .over = &over};
		check_i64(nng_thread_create(&senders[i].thread, sender_run, &senders[i]), 0);
	}
	for (uint32_t taken = 0; taken < SENDERS * each; taken++) {
		sp_intake_message message = take(&at);
		check_true(message.local == (check_next(&message, next) % 2 == 1));
		sp_intake_release(at.intake, &message);
	}
	check_u64(counts_of(&at).connections, SENDERS);
	atomic_store(&over, true);
	for (uint32_t i = 0; i < SENDERS; i++) {
		nng_thread_destroy(senders[i].thread);
		check_u64(next[i], each);
	}
	check_u64(counts_of(&at).messages, SENDERS * each);
	check_u64(atomic_load(&at.woken), SENDERS * each);
	sp_intake_close(at.intake);
}

static void a_flood_over_tcp_does_not_keep_ipc_out(void **state)
{
	atomic_bool over = false;
	flood tcp;
	nng_socket push;
	uint32_t from = 1, before = 0;
	site at;

	(void)state;
	site_open(&at, fresh_url());
	flood_start(&tcp, at.tcp, 1, &over);
	await_waiting(&at, SP_INTAKE_MESSAGES_MAX - 2);
	push = push_open(at.ipc, WAIT_MS);
	check_i64(push_number(push, 2, 0, 100), 0);
	nng_msleep(50); /* so that nng has read it */
	for (; from != 2; before++) {
		sp_intake_message message = take(&at);
		number_of(&message, &from);
		sp_intake_release(at.intake, &message);
	}
	check_true(before <= SP_INTAKE_MESSAGES_MAX + 16);
	atomic_store(&over, true);
	flood_end(&tcp);
	nng_close(push);
	sp_intake_close(at.intake);
}

static void connections_beyond_the_bound_are_closed_at_once_those_by_ipc_apart(void **state)
{
	enum { EXTRA = 4 };
	static sp_line lines[SP_INTAKE_SENDERS_MAX + EXTRA];
	nng_socket push;
	site at;

	(void)state;
	site_open(&at, fresh_url());
	for (uint32_t i = 0; i < SP_INTAKE_SENDERS_MAX; i++)
		lines[i] = sp_line_open(at.tcp);
	await_senders(&at, SP_INTAKE_SENDERS_MAX);
	for (uint32_t i = SP_INTAKE_SENDERS_MAX; i < COUNT(lines); i++) {
		lines[i] = sp_line_open(at.tcp);
		check_true(sp_line_ended(&lines[i]));
	}
	check_u64(counts_of(&at).turned_away, EXTRA);
	push = push_open(at.ipc, WAIT_MS);
	check_i64(push_number(push, 9, 0, 100), 0);
	take_number(&at, 9, 0);
	check_true(sp_line_send(&lines[0], "\x03\0\0\0\x05\0\0\0", 8));
	take_number(&at, 3, 5);
	for (uint32_t i = 0; i < COUNT(lines); i++)
		sp_line_close(&lines[i]);
	nng_close(push);
	await_senders(&at, 0);
	lines[0] = sp_line_open(at.tcp);
	check_true(sp_line_send(&lines[0], "\x04\0\0\0\x06\0\0\0", 8));
	take_number(&at, 4, 6);
	sp_line_close(&lines[0]);
	sp_intake_close(at.intake);
}

/* --- who speaks wrongly --- */

static void a_message_longer_than_may_be_drops_its_connection_and_no_other(void **state)
{
	static uint8_t bytes[SP_INTAKE_LONGEST + 1];
	const char *urls[2];
	site at;

	(void)state;
	site_open(&at, fresh_url());
	urls[0] = at.ipc;
	urls[1] = at.tcp;
	for (size_t i = 0; i < COUNT(urls); i++) {
		sp_line good = sp_line_open(urls[i]), line = sp_line_open(urls[i]);
		sp_intake_message message;
		check_true(sp_line_send(&line, bytes, SP_INTAKE_LONGEST));
		message = take(&at);
		check_u64(message.n, SP_INTAKE_LONGEST);
		sp_intake_release(at.intake, &message);
		check_true(sp_line_head(&line, SP_INTAKE_LONGEST + 1));
		check_true(sp_line_ended(&line));
		check_true(sp_line_send(&good, "\x01\0\0\0\x02\0\0\0", 8));
		take_number(&at, 1, 2);
		sp_line_close(&line);
		sp_line_close(&good);
	}
	await_senders(&at, 0);
	check_u64(counts_of(&at).waiting, 0);
	sp_intake_close(at.intake);
}

/* Some thousand bytes that are no greeting, or what follows one. */
static void write_garbage(const sp_line *line, uint64_t seed)
{
	uint8_t bytes[4096];
	sp_rng rng;

	sp_rng_init(&rng, seed);
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(sp_rng_next(&rng) >> 32);
	bytes[0] |= 0x80; /* no greeting, and no length that may be */
	sp_line_write(line, bytes, sizeof bytes);
}

/* Lines on which something is wrong: each must end, and what is said over others meanwhile must arrive. */
static void check_wrong(const site *at, const char *url, const sp_line *good, uint32_t round)
{
	sp_line no_greeting = sp_line_connect(url), puller = sp_line_connect(url), garbage = sp_line_open(url),
	        huge = sp_line_open(url), longest = sp_line_open(url);
	const uint32_t word[2] = {77, round};

	write_garbage(&no_greeting, round);
	check_true(sp_line_ended(&no_greeting));
	sp_line_greet(&puller, SP_LINE_PULL); /* the other end of a pipe */
	check_true(sp_line_ended(&puller));
	write_garbage(&garbage, round + 1000);
	check_true(sp_line_ended(&garbage));
	sp_line_head(&huge, UINT64_C(1) << 60);
	check_true(sp_line_ended(&huge));
	sp_line_head(&longest, UINT64_MAX);
	check_true(sp_line_ended(&longest));
	check_true(sp_line_send(good, word, sizeof word));
	take_number(at, 77, round);
	sp_line_close(&no_greeting);
	sp_line_close(&puller);
	sp_line_close(&garbage);
	sp_line_close(&huge);
	sp_line_close(&longest);
}

static void who_speaks_wrongly_is_cut_off_and_disturbs_nobody(void **state)
{
	site at;

	(void)state;
	site_open(&at, fresh_url());
	sp_line ipc = sp_line_open(at.ipc), tcp = sp_line_open(at.tcp);
	for (uint32_t round = 0; round < 8; round++) {
		check_wrong(&at, at.ipc, &tcp, 2 * round);
		check_wrong(&at, at.tcp, &ipc, 2 * round + 1);
	}
	await_senders(&at, 2);
	sp_line_close(&ipc);
	sp_line_close(&tcp);
	sp_intake_close(at.intake);
}

static void who_stops_in_the_middle_of_a_message_disturbs_nobody(void **state)
{
	static const uint8_t half[2000];
	sp_intake_message message;
	site at;

	(void)state;
	site_open(&at, fresh_url());
	sp_line silent = sp_line_connect(at.tcp), greeting = sp_line_connect(at.tcp), head = sp_line_open(at.tcp),
	        body = sp_line_open(at.tcp), local = sp_line_open(at.ipc), good = sp_line_open(at.tcp);
	check_true(sp_line_write(&greeting, "\0SP", 3));
	check_true(sp_line_write(&head, "\0\0\0", 3));
	check_true(sp_line_head(&body, SP_INTAKE_LONGEST) && sp_line_write(&body, half, sizeof half));
	check_true(sp_line_head(&local, 2001) && sp_line_write(&local, half, sizeof half));
	for (uint32_t i = 0; i < 100; i++) {
		const uint32_t word[2] = {5, i};
		check_true(sp_line_send(&good, word, sizeof word));
		take_number(&at, 5, i);
	}
	check_true(sp_line_write(&local, half, 1)); /* one of them goes on */
	message = take(&at);
	check_u64(message.n, 2001);
	sp_intake_release(at.intake, &message);
	sp_line_close(&silent);
	sp_line_close(&greeting);
	sp_line_close(&head);
	sp_line_close(&local);
	sp_line_close(&good);
	await_senders(&at, 1);
	sp_intake_close(at.intake); /* with one in the middle of its message */
	sp_line_close(&body);
}

static void an_empty_message_is_a_message(void **state)
{
	sp_intake_message message;
	site at;

	(void)state;
	site_open(&at, fresh_url());
	sp_line line = sp_line_open(at.ipc);
	check_true(sp_line_send(&line, "", 0));
	message = take(&at);
	check_u64(message.n, 0);
	sp_intake_release(at.intake, &message);
	sp_line_close(&line);
	sp_intake_close(at.intake);
}

/* --- stopping --- */

static void what_is_in_the_ring_is_read_after_the_stop(void **state)
{
	sp_intake_message message;
	atomic_bool over = false;
	nng_socket push;
	flood late;
	site at;

	(void)state;
	site_open(&at, fresh_url());
	push = push_open(at.ipc, WAIT_MS);
	for (uint32_t i = 0; i < 100; i++)
		check_i64(push_number(push, 1, i, 100), 0);
	await_waiting(&at, 100);
	sp_intake_stop(at.intake);
	sp_intake_stop(at.intake);
	flood_start(&late, at.tcp, 2, &over); /* comes to nobody */
	nng_msleep(50);
	for (uint32_t i = 0; i < 100; i++)
		take_number(&at, 1, i);
	check_true(!sp_intake_next(at.intake, &message));
	check_u64(counts_of(&at).messages, 100);
	check_true(!counts_of(&at).held);
	nng_close(push);
	sp_intake_close(at.intake);
	sp_intake_close(NULL);
	atomic_store(&over, true);
	flood_end(&late);
}

static void a_stop_in_the_middle_of_a_flood_loses_nothing_that_was_counted(void **state)
{
	const unsigned rounds = getenv("SETPOINT_SOAK") != NULL ? 500 : 12;

	(void)state;
	for (unsigned round = 0; round < rounds; round++) {
		atomic_bool over = false;
		flood floods[2];
		uint32_t next[2] = {0}, drained = 0;
		sp_intake_message message;
		site at;

		site_open(&at, fresh_url());
		flood_start(&floods[0], at.ipc, 0, &over);
		flood_start(&floods[1], at.tcp, 1, &over);
		for (unsigned i = 0; i < 37 * round; i++) {
			message = take(&at);
			check_next(&message, next);
			sp_intake_release(at.intake, &message);
		}
		sp_intake_stop(at.intake);
		const sp_intake_counts counts = counts_of(&at);
		check_u64(counts.messages, atomic_load(&at.woken));
		if (round % 3 == 0)
			drained = counts.waiting; /* unread: close frees them */
		for (; round % 3 != 0 && sp_intake_next(at.intake, &message); drained++) {
			check_next(&message, next);
			sp_intake_release(at.intake, &message);
		}
		check_u64(37 * round + drained, counts.messages);
		sp_intake_close(at.intake);
		atomic_store(&over, true);
		flood_end(&floods[0]);
		flood_end(&floods[1]);
		check_u64(counts.messages, atomic_load(&at.woken));
	}
}

/* --- who has the address --- */

static void two_intakes_at_one_address_are_refused(void **state)
{
	site first, second;
	sp_message message = {{0}};

	(void)state;
	site_open(&first, fresh_url());
	check_status(site_try(&second, first.ipc, &message), SP_E_BUSY);
	check_contains(message.text, first.ipc);
	const char *const urls[] = {first.tcp};
	sp_intake_options options = {.urls = urls, .n_urls = 1};
	check_status(sp_intake_open(&options, &second.intake, &message), SP_E_BUSY);
	check_contains(message.text, first.tcp);
	sp_line line = sp_line_open(first.ipc); /* and the first goes on */
	check_true(sp_line_send(&line, "\x01\0\0\0\x02\0\0\0", 8));
	take_number(&first, 1, 2);
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
	site at;

	if (site_try(&at, url, NULL) != SP_OK)
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
	site at;

	(void)state;
	snprintf(url, sizeof url, "%s", fresh_url());
	for (uint32_t i = 0; i < 2; i++) {
		const pid_t child = start_holder(url);
		check_status(site_try(&at, url, NULL), SP_E_BUSY);
		check_i64(kill(child, SIGKILL), 0);
		check_i64(waitpid(child, NULL, 0), child);
		check_i64(access(url + strlen("ipc://"), F_OK), 0);
	}
	site_open(&at, url);
	sp_line line = sp_line_open(url);
	check_true(sp_line_send(&line, "\x01\0\0\0\x02\0\0\0", 8));
	take_number(&at, 1, 2);
	sp_line_close(&line);
	sp_intake_close(at.intake);
}

/* What nng is still taking down in the background is no leak. */
static int close_all(void **state)
{
	(void)state;
	nng_fini();
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_is_known_how_a_message_came),
	    cmocka_unit_test(r24_a_ring_full_of_messages_is_felt_by_the_sender_and_loses_none),
	    cmocka_unit_test(r24_a_ring_full_of_bytes_is_felt_by_the_sender_and_loses_none),
	    cmocka_unit_test(r24_ten_senders_at_once_are_all_taken_each_in_its_order),
	    cmocka_unit_test(a_flood_over_tcp_does_not_keep_ipc_out),
	    cmocka_unit_test(connections_beyond_the_bound_are_closed_at_once_those_by_ipc_apart),
	    cmocka_unit_test(a_message_longer_than_may_be_drops_its_connection_and_no_other),
	    cmocka_unit_test(who_speaks_wrongly_is_cut_off_and_disturbs_nobody),
	    cmocka_unit_test(who_stops_in_the_middle_of_a_message_disturbs_nobody),
	    cmocka_unit_test(an_empty_message_is_a_message),
	    cmocka_unit_test(what_is_in_the_ring_is_read_after_the_stop),
	    cmocka_unit_test(a_stop_in_the_middle_of_a_flood_loses_nothing_that_was_counted),
	    cmocka_unit_test(two_intakes_at_one_address_are_refused),
	    cmocka_unit_test(an_address_that_is_none_is_refused),
	    cmocka_unit_test(what_a_killed_daemon_left_behind_is_taken_over),
	};

	program = argv[0];
	if (argc == 3 && strcmp(argv[1], "hold") == 0)
		return hold(argv[2]);
	return cmocka_run_group_tests(tests, NULL, close_all);
}
