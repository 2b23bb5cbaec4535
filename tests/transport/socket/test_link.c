/* Links: they speak with nng's own sockets, connect again by themselves, keep their time limits, and take nothing from whoever
 * speaks otherwise. */
#include "transport/socket/link.h"

#include <netinet/in.h>
#include <nng/nng.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/supplemental/util/platform.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/check/check.h"
#include "transport/socket/close.h"
#include "transport/socket/listen.h"

#define LONGEST 1000
#define WAIT_MS 3000

static int64_t in(int64_t ms)
{
	return sp_link_clock() + ms;
}

static const char *url_of(const char *name)
{
	static char url[300];

	snprintf(url, sizeof url, "ipc://%s/%s", sp_check_scratch(), name);
	return url;
}

static sp_link *open_link(const char *url, sp_link_role role)
{
	sp_link *link = NULL;

	check_status(sp_link_open(url, role, LONGEST, &link, NULL), SP_OK);
	return link;
}

static void check_message(sp_link_message message, const void *bytes, size_t n)
{
	check_u64(message.n, n);
	check_bytes(message.bytes, bytes, n);
	free(message.bytes);
}

/* --- with nng at the other end --- */

static const char *listen_at(nng_socket socket, const char *url)
{
	static char at[300];
	nng_listener listener;

	check_status(sp_socket_listen(socket, url, LONGEST, &listener, NULL), SP_OK);
	snprintf(at, sizeof at, "%s", url);
	if (sp_socket_port(listener) > 0)
		snprintf(at, sizeof at, "tcp://127.0.0.1:%d", sp_socket_port(listener));
	return at;
}

static void check_subscribed(const char *url)
{
	static uint8_t bytes[LONGEST] = {7};
	nng_socket pub;
	sp_link *link;
	sp_link_message message;

	check_i64(nng_pub0_open(&pub), 0);
	link = open_link(listen_at(pub, url), SP_LINK_SUB);
	check_status(sp_link_connect(link, in(WAIT_MS)), SP_OK);
	check_status(sp_link_receive(link, in(30), &message), SP_E_END);
	check_i64(nng_send(pub, bytes, 3, 0), 0);
	check_i64(nng_send(pub, bytes, 0, 0), 0);
	check_i64(nng_send(pub, bytes, LONGEST, 0), 0);
	check_status(sp_link_receive(link, in(WAIT_MS), &message), SP_OK);
	check_message(message, bytes, 3);
	check_status(sp_link_receive(link, in(WAIT_MS), &message), SP_OK);
	check_message(message, bytes, 0);
	check_status(sp_link_receive(link, in(WAIT_MS), &message), SP_OK);
	check_message(message, bytes, LONGEST);
	sp_link_close(link);
	sp_socket_close(pub);
}

static void a_subscriber_reads_what_pub_sends(void **state)
{
	(void)state;
	check_subscribed(url_of("sub"));
	check_subscribed("tcp://127.0.0.1:0");
	sp_link_close(NULL);
}

typedef struct echo {
	nng_socket rep;
	nng_thread *thread;
} echo;

static void echo_run(void *context)
{
	echo *e = context;
	nng_msg *message;

	while (nng_recvmsg(e->rep, &message, 0) == 0) {
		if (nng_msg_len(message) == 0 || nng_sendmsg(e->rep, message, 0) != 0) {
			nng_msg_free(message); /* an empty question ends it */
			return;
		}
	}
}

static void check_answered(const char *url)
{
	echo e;
	sp_link *link;
	sp_link_message answer;
	uint8_t question[LONGEST];
	int64_t began;

	check_i64(nng_rep0_open(&e.rep), 0);
	link = open_link(listen_at(e.rep, url), SP_LINK_REQ);
	check_i64(nng_thread_create(&e.thread, echo_run, &e), 0);
	began = sp_link_clock();
	for (int i = 0; i < 50; i++) {
		memset(question, i, sizeof question);
		check_status(sp_link_ask(link, in(WAIT_MS), question, 1 + (size_t)i * 10, &answer), SP_OK);
		check_message(answer, question, 1 + (size_t)i * 10);
	}
	check_true(sp_link_clock() - began < 1500); /* nothing waits for the rest of a packet, which takes 40 ms each */
	check_status(sp_link_ask(link, in(50), question, 0, &answer), SP_E_UNREACHABLE);
	nng_thread_destroy(e.thread);
	sp_link_close(link);
	sp_socket_close(e.rep);
}

static void a_question_is_answered(void **state)
{
	(void)state;
	check_answered(url_of("req"));
	check_answered("tcp://127.0.0.1:0");
}

static void a_lost_connection_is_made_again(void **state)
{
	nng_socket pub;
	sp_link *link = open_link(url_of("again"), SP_LINK_SUB);
	sp_link_message message;
	uint8_t byte = 1;

	(void)state;
	check_status(sp_link_connect(link, in(0)), SP_E_UNREACHABLE);
	for (byte = 1; byte < 4; byte++) {
		check_i64(nng_pub0_open(&pub), 0);
		listen_at(pub, url_of("again"));
		check_status(sp_link_connect(link, in(WAIT_MS)), SP_OK);
		nng_msleep(20); /* pub has to hear of it, too */
		check_i64(nng_send(pub, &byte, 1, 0), 0);
		check_status(sp_link_receive(link, in(WAIT_MS), &message), SP_OK);
		check_message(message, &byte, 1);
		sp_socket_close(pub);
		check_status(sp_link_receive(link, in(WAIT_MS), &message), SP_E_UNREACHABLE);
	}
	sp_link_close(link);
}

static void nobody_there_takes_as_long_as_it_may_and_no_longer(void **state)
{
	static const char *const urls[] = {"ipc:///nowhere/at/all", "tcp://127.0.0.1:1", "tcp://[::1]:1", "tcp://*:1"};
	sp_link_message message;

	(void)state;
	for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
		sp_link *link = open_link(urls[i], SP_LINK_REQ);
		int64_t began = sp_link_clock();
		check_status(sp_link_receive(link, in(120), &message), SP_E_END);
		check_status(sp_link_ask(link, in(120), (const uint8_t *)"?", 1, &message), SP_E_UNREACHABLE);
		check_true(sp_link_clock() - began >= 238 && sp_link_clock() - began < 1500);
		sp_link_close(link);
	}
	check_status(sp_link_open("ws://x:1", SP_LINK_SUB, LONGEST, NULL, NULL), SP_E_SYNTAX);
}

/* --- with a plain socket at the other end --- */

typedef struct server {
	char url[300];
	int listening, fd;
} server;

static void server_open(server *s, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(s->url, sizeof s->url, "%s", url_of(name));
	snprintf(address.sun_path, sizeof address.sun_path, "%s", s->url + 6);
	s->listening = socket(AF_UNIX, SOCK_STREAM, 0);
	s->fd = -1;
	check_i64(bind(s->listening, (struct sockaddr *)&address, sizeof address), 0);
	check_i64(listen(s->listening, 16), 0);
}

static void server_close(server *s)
{
	close(s->fd);
	close(s->listening);
}

static void server_put(server *s, const void *bytes, size_t n)
{
	check_i64(send(s->fd, bytes, n, MSG_NOSIGNAL), (int64_t)n);
}

static void server_take(server *s, void *bytes, size_t n)
{
	check_i64(recv(s->fd, bytes, n, MSG_WAITALL), (int64_t)n);
}

/* Lets the link connect as far as it gets without an answer, then takes it on. */
static void server_meet(server *s, sp_link *link, const char greeting[8])
{
	uint8_t theirs[8];

	close(s->fd);
	check_status(sp_link_connect(link, in(200)), SP_E_UNREACHABLE);
	s->fd = accept(s->listening, NULL, NULL);
	server_take(s, theirs, sizeof theirs);
	check_bytes(theirs, "\0SP\0\0", 5);
	server_put(s, greeting, 8);
}

#define PUB "\0SP\0\0\x20\0\0"
#define REP "\0SP\0\0\x31\0\0"

static void what_comes_in_pieces_is_put_together(void **state)
{
	static const uint8_t bytes[] = {1, 0, 0, 0, 0, 0, 0, 0, 3, 'a', 'b', 'c'};
	server s;
	sp_link *link;
	sp_link_message message;

	(void)state;
	server_open(&s, "pieces");
	link = open_link(s.url, SP_LINK_SUB);
	server_meet(&s, link, PUB);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < sizeof bytes; i++) {
			check_status(sp_link_receive(link, in(2), &message), SP_E_END);
			server_put(&s, bytes + i, 1);
		}
		check_status(sp_link_receive(link, in(WAIT_MS), &message), SP_OK);
		check_message(message, "abc", 3);
	}
	sp_link_close(link);
	server_close(&s);
}

static void who_greets_otherwise_is_left(void **state)
{
	static const char *const greetings[] = {REP, "\0SP\1\0\x20\0\0", "\0SP\0\0\x20\0\1", "HTTP/1.1",
	                                        "\0\0\0\0\0\0\0\0"};
	server s;
	sp_link *link;
	char byte;

	(void)state;
	server_open(&s, "greets");
	link = open_link(s.url, SP_LINK_SUB);
	for (size_t i = 0; i < sizeof greetings / sizeof greetings[0]; i++) {
		server_meet(&s, link, greetings[i]);
		check_status(sp_link_connect(link, in(20)), SP_E_UNREACHABLE);
		check_i64(recv(s.fd, &byte, 1, 0), 0); /* it hung up */
	}
	sp_link_close(link);
	server_close(&s);
}

static void what_is_no_message_ends_the_connection(void **state)
{
	static const uint8_t heads[][9] = {
	    {0, 0, 0, 0, 0, 0, 0, 0, 1},                  /* no byte 1 */
	    {1, 0, 0, 0, 0, 0, 0, 3, 0xe9},               /* one byte too long */
	    {1, 0x7f, 255, 255, 255, 255, 255, 255, 255}, /* far too long */
	    {1, 255, 255, 255, 255, 255, 255, 255, 255},
	};
	server s;
	sp_link *link;
	sp_link_message message;

	(void)state;
	server_open(&s, "heads");
	link = open_link(s.url, SP_LINK_SUB);
	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		server_meet(&s, link, PUB);
		server_put(&s, heads[i], sizeof heads[i]);
		check_status(sp_link_receive(link, in(WAIT_MS), &message), SP_E_UNREACHABLE);
	}
	server_meet(&s, link, PUB); /* one that breaks off */
	server_put(&s, "\1\0\0\0\0\0\0\0\5ab", 11);
	check_status(sp_link_receive(link, in(20), &message), SP_E_END);
	close(s.fd);
	s.fd = -1;
	check_status(sp_link_receive(link, in(WAIT_MS), &message), SP_E_UNREACHABLE);
	sp_link_close(link);
	server_close(&s);
}

static void an_answer_to_an_earlier_question_is_thrown_away(void **state)
{
	uint8_t asked[14], late[14] = {1, 0, 0, 0, 0, 0, 0, 0, 5}, answer[14] = {1, 0, 0, 0, 0, 0, 0, 0, 5};
	server s;
	sp_link *link;
	sp_link_message message;

	(void)state;
	server_open(&s, "late");
	link = open_link(s.url, SP_LINK_REQ);
	server_meet(&s, link, REP);
	check_status(sp_link_ask(link, in(30), (const uint8_t *)"?", 1, &message), SP_E_UNREACHABLE);
	server_take(&s, asked, sizeof asked);
	check_u64(asked[8], 5);
	check_true((asked[9] & 0x80) != 0);
	memcpy(late + 9, asked + 9, 4);
	late[13] = 'l';
	server_put(&s, late, sizeof late);          /* now it comes */
	server_put(&s, "\1\0\0\0\0\0\0\0\2xy", 11); /* and what is no answer at all */
	memcpy(answer + 9, asked + 9, 4);
	answer[12]++; /* the next number */
	answer[13] = 'a';
	server_put(&s, answer, sizeof answer);
	check_status(sp_link_ask(link, in(WAIT_MS), (const uint8_t *)"?", 1, &message), SP_OK);
	check_message(message, "a", 1);
	sp_link_close(link);
	server_close(&s);
}

static void whatever_is_said_the_link_survives(void **state)
{
	server s;
	sp_link *link;
	sp_link_message message;
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	server_open(&s, "noise");
	for (int round = 0; round < 200; round++) {
		uint8_t bytes[64];
		size_t n = sp_rng_below(&rng, sizeof bytes);
		link = open_link(s.url, SP_LINK_SUB);
		check_status(sp_link_connect(link, in(0)), SP_E_UNREACHABLE);
		s.fd = accept(s.listening, NULL, NULL);
		for (size_t i = 0; i < n; i++)
			bytes[i] = (uint8_t)sp_rng_below(&rng, 256);
		if (sp_rng_below(&rng, 2) == 0)
			server_put(&s, PUB, 8);
		if (sp_rng_below(&rng, 2) == 0)
			bytes[0] = 1, memset(bytes + 1, 0, 7);
		server_put(&s, bytes, n);
		close(s.fd);
		for (sp_status status = SP_OK; status == SP_OK;) {
			status = sp_link_receive(link, in(0), &message);
			if (status == SP_OK)
				free(message.bytes);
		}
		sp_link_close(link);
	}
	s.fd = -1;
	server_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_subscriber_reads_what_pub_sends),
	    cmocka_unit_test(a_question_is_answered),
	    cmocka_unit_test(a_lost_connection_is_made_again),
	    cmocka_unit_test(nobody_there_takes_as_long_as_it_may_and_no_longer),
	    cmocka_unit_test(what_comes_in_pieces_is_put_together),
	    cmocka_unit_test(who_greets_otherwise_is_left),
	    cmocka_unit_test(what_is_no_message_ends_the_connection),
	    cmocka_unit_test(an_answer_to_an_earlier_question_is_thrown_away),
	    cmocka_unit_test(whatever_is_said_the_link_survives),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
