/* Intake over real sockets: what nng's senders send arrives, in order and whole, or they feel that it is not taken; who speaks
 * wrongly disturbs nobody. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/transport/intake/site.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* --- arrival --- */

static void it_is_known_how_a_message_came(void **state)
{
	sp_site at;
	sp_intake_message message;
	struct stat file;

	(void)state;
	sp_site_open(&at, sp_site_url());
	check_i64(stat(at.ipc + strlen("ipc://"), &file), 0);
	check_i64(file.st_mode & 07777, 0600);
	for (unsigned i = 0; i < 4; i++) {
		const bool local = i % 2 == 0;
		nng_socket push = sp_site_push(local ? at.ipc : at.tcp, SP_SITE_WAIT_MS);
		check_i64(sp_site_send(push, i, 7, 100), 0);
		message = sp_site_take(&at);
		check_true(message.local == local);
		check_u64(message.n, 100);
		sp_intake_release(at.intake, &message);
		check_true(!sp_intake_next(at.intake, &message));
		nng_close(push);
	}
	sp_site_await_senders(&at, 0);
	check_u64(sp_site_counts(&at).connections, 4);
	check_u64(sp_site_counts(&at).messages, 4);
	check_u64(sp_site_counts(&at).bytes, 400);
	check_u64(sp_site_counts(&at).turned_away, 0);
	check_u64(atomic_load(&at.woken), 4);
	sp_intake_close(at.intake);
	check_i64(access(at.ipc + strlen("ipc://"), F_OK), -1);
}

/* --- back-pressure --- */

/* Sends until nobody takes it any more; returns how many went. */
static uint32_t push_until_felt(nng_socket push, uint32_t sender, size_t n)
{
	uint32_t sent = 0;

	while (sp_site_send(push, sender, sent, n) == 0)
		check_true(++sent < 100000);
	return sent;
}

static void check_full(const char *url, const sp_site *at, size_t n, uint32_t least)
{
	nng_socket push = sp_site_push(url, 150);
	const uint32_t sent = push_until_felt(push, 1, n);

	check_true(sp_site_counts(at).waiting >= least && sent > least);
	check_true(sp_site_counts(at).waiting * n <= SP_INTAKE_BYTES_MAX);
	check_true(sp_site_counts(at).held);
	check_u64(sp_site_counts(at).held_times, 1);
	for (uint32_t i = 0; i < sent; i++)
		sp_site_take_number(at, 1, i);
	check_i64(sp_site_send(push, 1, sent, n), 0); /* the one that was not taken is sent again */
	sp_site_take_number(at, 1, sent);
	check_u64(sp_site_counts(at).messages, sent + 1);
	check_true(!sp_site_counts(at).held);
	nng_close(push);
}

static void r24_a_ring_full_of_messages_is_felt_by_the_sender_and_loses_none(void **state)
{
	sp_site at;

	(void)state;
	sp_site_open(&at, sp_site_url());
	check_full(at.ipc, &at, 4096, SP_INTAKE_MESSAGES_MAX - 1);
	sp_intake_close(at.intake);
	sp_site_open(&at, sp_site_url());
	check_full(at.tcp, &at, 16384, SP_INTAKE_MESSAGES_MAX - 1);
	sp_intake_close(at.intake);
}

static void r24_a_ring_full_of_bytes_is_felt_by_the_sender_and_loses_none(void **state)
{
	sp_site at;

	(void)state;
	sp_site_open(&at, sp_site_url());
	check_full(at.ipc, &at, SP_INTAKE_LONGEST, SP_INTAKE_BYTES_MAX / SP_INTAKE_LONGEST - 1);
	sp_intake_close(at.intake);
}

static void a_full_ring_receives_again_when_a_quarter_of_it_is_free(void **state)
{
	atomic_bool over = false;
	uint32_t next[1] = {0};
	uint64_t before;
	sp_flood flood;
	sp_site at;

	(void)state;
	sp_site_open(&at, sp_site_url());
	sp_flood_start(&flood, at.ipc, 0, &over);
	sp_site_await_waiting(&at, SP_INTAKE_MESSAGES_MAX - 1); /* the place of tcp's receive is taken too */
	before = sp_site_counts(&at).messages;
	for (uint32_t i = 1; i <= SP_INTAKE_MESSAGES_MAX / 4; i++) {
		sp_intake_message message = sp_site_take(&at);
		sp_site_check_next(&message, next);
		if (i == SP_INTAKE_MESSAGES_MAX / 4)
			nng_msleep(20); /* time for something to come */
		check_true(sp_site_counts(&at).held);
		check_u64(sp_site_counts(&at).messages, before);
		sp_intake_release(at.intake, &message);
	}
	sp_site_await_waiting(&at, SP_INTAKE_MESSAGES_MAX - 1); /* and now it does */
	atomic_store(&over, true);
	sp_flood_end(&flood);
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
	nng_socket push = sp_site_push(s->url, 20);

	for (uint32_t sent = 0; sent < s->n;)
		sent += sp_site_send(push, s->id, sent, 64 + sent % 512) == 0;
	while (!atomic_load(s->over))
		nng_msleep(1);
	nng_close(push);
}

static void r24_ten_senders_at_once_are_all_taken_each_in_its_order(void **state)
{
	enum { SENDERS = 10 };
	atomic_bool over = false;
	const uint32_t each = getenv("SETPOINT_SOAK") != NULL ? 50000 : 1000;
	sender senders[SENDERS] = {0};
	uint32_t next[SENDERS] = {0};
	sp_site at;

	(void)state;
	sp_site_open(&at, sp_site_url());
	for (uint32_t i = 0; i < SENDERS; i++) {
		senders[i] = (sender){.url = i % 2 ? at.ipc : at.tcp, .id = i, .n = each, .over = &over};
		check_i64(nng_thread_create(&senders[i].thread, sender_run, &senders[i]), 0);
	}
	for (uint32_t taken = 0; taken < SENDERS * each; taken++) {
		sp_intake_message message = sp_site_take(&at);
		check_true(message.local == (sp_site_check_next(&message, next) % 2 == 1));
		sp_intake_release(at.intake, &message);
	}
	check_u64(sp_site_counts(&at).connections, SENDERS);
	atomic_store(&over, true);
	for (uint32_t i = 0; i < SENDERS; i++) {
		nng_thread_destroy(senders[i].thread);
		check_u64(next[i], each);
	}
	check_u64(sp_site_counts(&at).messages, SENDERS * each);
	check_u64(atomic_load(&at.woken), SENDERS * each);
	sp_intake_close(at.intake);
}

static void a_flood_over_tcp_does_not_keep_ipc_out(void **state)
{
	atomic_bool over = false;
	sp_flood tcp;
	nng_socket push;
	uint32_t next[3] = {0}, from = 1, before = 0;
	sp_site at;

	(void)state;
	sp_site_open(&at, sp_site_url());
	sp_flood_start(&tcp, at.tcp, 1, &over);
	sp_site_await_waiting(&at, SP_INTAKE_MESSAGES_MAX - 2);
	push = sp_site_push(at.ipc, SP_SITE_WAIT_MS);
	check_i64(sp_site_send(push, 2, 0, 100), 0);
	nng_msleep(50); /* so that nng has read it */
	for (; from != 2; before++) {
		sp_intake_message message = sp_site_take(&at);
		from = sp_site_check_next(&message, next);
		sp_intake_release(at.intake, &message);
	}
	check_true(before <= SP_INTAKE_MESSAGES_MAX + 16);
	atomic_store(&over, true);
	sp_flood_end(&tcp);
	nng_close(push);
	sp_intake_close(at.intake);
}

static void connections_beyond_the_bound_are_closed_at_once_those_by_ipc_apart(void **state)
{
	enum { EXTRA = 4 };
	static sp_line lines[SP_INTAKE_SENDERS_MAX + EXTRA];
	nng_socket push;
	sp_site at;

	(void)state;
	sp_site_open(&at, sp_site_url());
	for (uint32_t i = 0; i < SP_INTAKE_SENDERS_MAX; i++)
		lines[i] = sp_line_open(at.tcp);
	sp_site_await_senders(&at, SP_INTAKE_SENDERS_MAX);
	for (uint32_t i = SP_INTAKE_SENDERS_MAX; i < COUNT(lines); i++) {
		lines[i] = sp_line_open(at.tcp);
		check_true(sp_line_ended(&lines[i]));
	}
	check_u64(sp_site_counts(&at).turned_away, EXTRA);
	push = sp_site_push(at.ipc, SP_SITE_WAIT_MS);
	check_i64(sp_site_send(push, 9, 0, 100), 0);
	sp_site_take_number(&at, 9, 0);
	check_true(sp_line_send(&lines[0], "\x03\0\0\0\x05\0\0\0", 8));
	sp_site_take_number(&at, 3, 5);
	for (uint32_t i = 0; i < COUNT(lines); i++)
		sp_line_close(&lines[i]);
	nng_close(push);
	sp_site_await_senders(&at, 0);
	lines[0] = sp_line_open(at.tcp);
	check_true(sp_line_send(&lines[0], "\x04\0\0\0\x06\0\0\0", 8));
	sp_site_take_number(&at, 4, 6);
	sp_line_close(&lines[0]);
	sp_intake_close(at.intake);
}

/* --- who speaks wrongly --- */

static void a_message_longer_than_may_be_drops_its_connection_and_no_other(void **state)
{
	static uint8_t bytes[SP_INTAKE_LONGEST + 1];
	const char *urls[2];
	sp_site at;

	(void)state;
	sp_site_open(&at, sp_site_url());
	urls[0] = at.ipc;
	urls[1] = at.tcp;
	for (size_t i = 0; i < COUNT(urls); i++) {
		sp_line good = sp_line_open(urls[i]), line = sp_line_open(urls[i]);
		sp_intake_message message;
		check_true(sp_line_send(&line, bytes, SP_INTAKE_LONGEST));
		message = sp_site_take(&at);
		check_u64(message.n, SP_INTAKE_LONGEST);
		sp_intake_release(at.intake, &message);
		check_true(sp_line_head(&line, SP_INTAKE_LONGEST + 1));
		check_true(sp_line_ended(&line));
		check_true(sp_line_send(&good, "\x01\0\0\0\x02\0\0\0", 8));
		sp_site_take_number(&at, 1, 2);
		sp_line_close(&line);
		sp_line_close(&good);
	}
	sp_site_await_senders(&at, 0);
	check_u64(sp_site_counts(&at).waiting, 0);
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
static void check_wrong(const sp_site *at, const char *url, const sp_line *good, uint32_t round)
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
	sp_site_take_number(at, 77, round);
	sp_line_close(&no_greeting);
	sp_line_close(&puller);
	sp_line_close(&garbage);
	sp_line_close(&huge);
	sp_line_close(&longest);
}

static void who_speaks_wrongly_is_cut_off_and_disturbs_nobody(void **state)
{
	sp_site at;

	(void)state;
	sp_site_open(&at, sp_site_url());
	sp_line ipc = sp_line_open(at.ipc), tcp = sp_line_open(at.tcp);
	for (uint32_t round = 0; round < 8; round++) {
		check_wrong(&at, at.ipc, &tcp, 2 * round);
		check_wrong(&at, at.tcp, &ipc, 2 * round + 1);
	}
	sp_site_await_senders(&at, 2);
	sp_line_close(&ipc);
	sp_line_close(&tcp);
	sp_intake_close(at.intake);
}

static void who_stops_in_the_middle_of_a_message_disturbs_nobody(void **state)
{
	static const uint8_t half[2000];
	sp_intake_message message;
	sp_site at;

	(void)state;
	sp_site_open(&at, sp_site_url());
	sp_line silent = sp_line_connect(at.tcp), greeting = sp_line_connect(at.tcp), head = sp_line_open(at.tcp),
	        body = sp_line_open(at.tcp), local = sp_line_open(at.ipc), good = sp_line_open(at.tcp);
	check_true(sp_line_write(&greeting, "\0SP", 3));
	check_true(sp_line_write(&head, "\0\0\0", 3));
	check_true(sp_line_head(&body, SP_INTAKE_LONGEST) && sp_line_write(&body, half, sizeof half));
	check_true(sp_line_head(&local, 2001) && sp_line_write(&local, half, sizeof half));
	for (uint32_t i = 0; i < 100; i++) {
		const uint32_t word[2] = {5, i};
		check_true(sp_line_send(&good, word, sizeof word));
		sp_site_take_number(&at, 5, i);
	}
	check_true(sp_line_write(&local, half, 1)); /* one of them goes on */
	message = sp_site_take(&at);
	check_u64(message.n, 2001);
	sp_intake_release(at.intake, &message);
	sp_line_close(&silent);
	sp_line_close(&greeting);
	sp_line_close(&head);
	sp_line_close(&local);
	sp_line_close(&good);
	sp_site_await_senders(&at, 1);
	sp_intake_close(at.intake); /* with one in the middle of its message */
	sp_line_close(&body);
}

static void an_empty_message_is_a_message(void **state)
{
	sp_intake_message message;
	sp_site at;

	(void)state;
	sp_site_open(&at, sp_site_url());
	sp_line line = sp_line_open(at.ipc);
	check_true(sp_line_send(&line, "", 0));
	message = sp_site_take(&at);
	check_u64(message.n, 0);
	sp_intake_release(at.intake, &message);
	sp_line_close(&line);
	sp_intake_close(at.intake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_is_known_how_a_message_came),
	    cmocka_unit_test(r24_a_ring_full_of_messages_is_felt_by_the_sender_and_loses_none),
	    cmocka_unit_test(r24_a_ring_full_of_bytes_is_felt_by_the_sender_and_loses_none),
	    cmocka_unit_test(a_full_ring_receives_again_when_a_quarter_of_it_is_free),
	    cmocka_unit_test(r24_ten_senders_at_once_are_all_taken_each_in_its_order),
	    cmocka_unit_test(a_flood_over_tcp_does_not_keep_ipc_out),
	    cmocka_unit_test(connections_beyond_the_bound_are_closed_at_once_those_by_ipc_apart),
	    cmocka_unit_test(a_message_longer_than_may_be_drops_its_connection_and_no_other),
	    cmocka_unit_test(who_speaks_wrongly_is_cut_off_and_disturbs_nobody),
	    cmocka_unit_test(who_stops_in_the_middle_of_a_message_disturbs_nobody),
	    cmocka_unit_test(an_empty_message_is_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, sp_site_end);
}
