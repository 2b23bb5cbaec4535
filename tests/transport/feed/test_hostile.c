/* Whatever is said to the feed, and whatever a follower is told: nothing crashes, what is none is counted, and the others notice
 * nothing. */
#include <netinet/in.h>
#include <nng/nng.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/reqrep0/rep.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/time.h"
#include "tests/check/check.h"
#include "tests/transport/feed/stand.h"
#include "transport/feed/replies.h"
#include "transport/socket/close.h"
#include "transport/socket/listen.h"
#include "transport/socket/url.h"

#define FAMILIES 6
#define SKUS     3

static void noise(sp_rng *rng, uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)sp_rng_below(rng, 256);
}

/* Changes some bytes, cuts or lengthens. */
static size_t spoil(sp_rng *rng, uint8_t *bytes, size_t n, size_t room)
{
	for (uint64_t i = sp_rng_below(rng, 4); i > 0 && n > 0; i--)
		bytes[sp_rng_below(rng, n)] = (uint8_t)sp_rng_below(rng, 256);
	if (sp_rng_below(rng, 4) == 0)
		return sp_rng_below(rng, n + 1);
	if (sp_rng_below(rng, 8) == 0 && n + 8 <= room) {
		noise(rng, bytes + n, 8);
		return n + sp_rng_below(rng, 9);
	}
	return n;
}

static void check_well(stand *s)
{
	reader r;

	stand_move(s, 2);
	reader_open(&r, s->prices_url, s->book_url);
	reader_reach(&r, 1, s->seq);
	reader_check(&r, s);
	reader_close(&r);
}

/* --- questions --- */

static size_t some_request(sp_rng *rng, const stand *s, uint8_t bytes[SP_REQUEST_BYTES_MAX])
{
	sp_writer writer = {bytes, SP_REQUEST_BYTES_MAX, 0};
	sp_request request = {.kind = SP_REQUEST_SNAPSHOT, .client = "x"};

	if (sp_rng_below(rng, 2) == 0) {
		request.kind = SP_REQUEST_ACKNOWLEDGE;
		request.epoch.counter = 1 + sp_rng_below(rng, 3);
		request.seq = 1 + sp_rng_below(rng, s->seq);
		request.applied_ns = (int64_t)sp_rng_below(rng, SP_TIME_MAX_NS);
	} else if (sp_rng_below(rng, 2) == 0) {
		request.epoch.counter = 1;
		memset(request.epoch.random, 0xaa, sizeof request.epoch.random);
		request.seq = s->seq;
		request.chunk = (uint32_t)sp_rng_below(rng, 3);
	}
	check_i64(sp_request_encode(&request, &writer), SP_WIRE_ok);
	return writer.n;
}

static void every_question_is_answered_whatever_it_is(void **state)
{
	stand s;
	sp_link *link;
	sp_link_message answer;
	sp_wire_decoder *decoder = sp_wire_open();
	sp_feed_counts counts;
	sp_rng rng;
	uint64_t refused = 0;

	(void)state;
	sp_check_seed(__func__, &rng);
	stand_init(&s, "asked", 1, FAMILIES, SKUS);
	stand_open(&s);
	stand_begin(&s, 1, 0xaa);
	check_status(sp_link_open(s.book_url, SP_LINK_REQ, SP_FRAME_BYTES_MAX, &link, NULL), SP_OK);
	for (int i = 0; i < 3000; i++) {
		uint8_t bytes[SP_REPLIES_LONGEST];
		size_t n = some_request(&rng, &s, bytes);
		sp_frame frame;
		sp_status status = SP_OK;
		n = spoil(&rng, bytes, n, sizeof bytes);
		if (sp_rng_below(&rng, 20) == 0)
			noise(&rng, bytes, n = sp_rng_below(&rng, sizeof bytes - 4)); /* 4 for its number */
		check_status(sp_link_ask(link, sp_link_clock() + STAND_WAIT_MS, bytes, n, &answer), SP_OK);
		if (sp_frame_decode(decoder, answer.bytes, answer.n, &frame) != SP_WIRE_ok)
			check_i64(sp_reply_decode(decoder, answer.bytes, answer.n, &status), SP_WIRE_ok);
		check_true(status == SP_OK || status == SP_E_SYNTAX || status == SP_E_ABSENT);
		refused += status != SP_OK;
		free(answer.bytes);
	}
	sp_feed_count(s.feed, &counts);
	check_u64(counts.refused, refused);
	check_true(refused > 1000 && counts.snapshots > 100 && counts.acknowledgements > 100);
	sp_link_close(link);
	check_well(&s);
	stand_fini(&s);
	sp_wire_close(decoder);
}

static void a_question_that_is_far_too_long_is_not_read(void **state)
{
	static uint8_t bytes[SP_LINK_QUESTION_MAX];
	stand s;
	sp_link *link;
	sp_link_message answer;
	sp_feed_counts counts;

	(void)state;
	stand_init(&s, "long", 2, FAMILIES, SKUS);
	stand_open(&s);
	stand_begin(&s, 1, 0xaa);
	check_status(sp_link_open(s.book_url, SP_LINK_REQ, SP_FRAME_BYTES_MAX, &link, NULL), SP_OK);
	check_status(sp_link_ask(link, sp_link_clock() + 300, bytes, sizeof bytes, &answer), SP_E_UNREACHABLE);
	sp_feed_count(s.feed, &counts);
	check_u64(counts.refused, 0);
	check_status(sp_link_ask(link, sp_link_clock() + STAND_WAIT_MS, bytes, 600, &answer), SP_OK);
	free(answer.bytes);
	sp_feed_count(s.feed, &counts);
	check_u64(counts.refused, 1);
	sp_link_close(link);
	check_well(&s);
	stand_fini(&s);
}

/* --- plain sockets --- */

static int connect_to(const char *url)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", sp_socket_url_path(url));
	check_i64(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

static void say(int fd, const void *bytes, size_t n)
{
	(void)!send(fd, bytes, n, MSG_NOSIGNAL);
}

/* A greeting, true or false, a length, true or false, and what is no message; or nothing of it. */
static void visit(sp_rng *rng, const char *url, uint8_t protocol)
{
	const uint8_t greeting[8] = {0, 'S', 'P', 0, 0, protocol, 0, 0};
	uint8_t bytes[200];
	size_t n = sp_rng_below(rng, sizeof bytes);
	int fd = connect_to(url);

	noise(rng, bytes, sizeof bytes);
	if (sp_rng_below(rng, 4) != 0)
		say(fd, greeting, sizeof greeting);
	if (sp_rng_below(rng, 2) == 0) {
		bytes[0] = 1;
		if (sp_rng_below(rng, 2) == 0)
			memset(bytes + 1, 0, 7);
	}
	say(fd, bytes, n);
	if (sp_rng_below(rng, 4) == 0)
		shutdown(fd, SHUT_WR);
	close(fd);
}

static void plain_sockets_that_say_anything_disturb_nobody(void **state)
{
	stand s;
	reader r;
	sp_rng rng;
	sp_feed_counts counts;

	(void)state;
	sp_check_seed(__func__, &rng);
	stand_init(&s, "plain", 3, FAMILIES, SKUS);
	stand_open(&s);
	stand_begin(&s, 1, 0xaa);
	reader_open(&r, s.prices_url, s.book_url);
	for (int i = 0; i < 300; i++) {
		visit(&rng, s.prices_url, 0x21);
		visit(&rng, s.book_url, 0x30);
		if (i % 30 == 0)
			stand_move(&s, 2);
	}
	reader_reach(&r, 1, s.seq);
	reader_check(&r, &s);
	check_well(&s);
	for (int i = 0; i < 100; i++) { /* they are gone, and known to be */
		nng_msleep(20);
		sp_feed_count(s.feed, &counts);
		if (counts.subscribers == 1)
			break;
	}
	check_u64(counts.subscribers, 1);
	reader_close(&r);
	stand_fini(&s);
}

static void who_does_not_read_holds_nobody_up(void **state)
{
	stand s;
	reader r;
	int deaf[5];
	nng_time began;

	(void)state;
	stand_init(&s, "deaf", 4, 20, 25);
	stand_open(&s);
	stand_begin(&s, 1, 0xaa);
	reader_open(&r, s.prices_url, s.book_url);
	for (int i = 0; i < 5; i++) {
		deaf[i] = connect_to(s.prices_url);
		say(deaf[i], "\0SP\0\0\x21\0\0", 8);
	}
	began = nng_clock();
	for (int i = 0; i < 60; i++) {
		mint_tell_all(&s.mint);
		stand_publish(&s);
	}
	check_true(nng_clock() - began < 4000);
	reader_reach(&r, 1, s.seq);
	reader_check(&r, &s);
	for (int i = 0; i < 5; i++)
		close(deaf[i]);
	reader_quiet(&r);
	reader_close(&r);
	stand_fini(&s);
}

/* --- a follower that is told lies --- */

typedef struct liar {
	char prices_url[200], book_url[200];
	nng_socket pub, rep;
	nng_thread *thread;
	sp_rng rng;
	atomic_bool honest, stop;
	uint8_t snapshot[4096], bytes[4200];
	size_t n_snapshot;
} liar;

static const sp_price liar_price = {.sku_id = "f/s", .unit = "1M tokens", .amount = {100}};
static const sp_frame_group liar_group = {"f", &liar_price, 1};

static sp_frame liar_frame(sp_frame_kind kind, uint64_t seq)
{
	return (sp_frame){.kind = kind,
	                  .epoch = {.counter = 1},
	                  .seq = seq,
	                  .issued_ns = STAND_T,
	                  .lease_ns = SP_SEC,
	                  .chunks = 1,
	                  .groups = &liar_group,
	                  .n_groups = 1};
}

static void liar_answer(void *context)
{
	liar *l = context;
	nng_msg *message;

	while (!l->stop) {
		size_t n = l->n_snapshot;
		if (nng_recvmsg(l->rep, &message, 0) != 0)
			continue;
		nng_msg_free(message);
		memcpy(l->bytes, l->snapshot, n);
		if (!l->honest && sp_rng_below(&l->rng, 3) == 0)
			noise(&l->rng, l->bytes, n = sp_rng_below(&l->rng, 300));
		else if (!l->honest)
			n = spoil(&l->rng, l->bytes, n, sizeof l->bytes);
		nng_send(l->rep, l->bytes, n, 0);
	}
}

static void liar_open(liar *l, uint64_t seed)
{
	sp_frame frame = liar_frame(SP_FRAME_SNAPSHOT, 1);
	sp_writer writer = {l->snapshot, sizeof l->snapshot, 0};

	memset(l, 0, sizeof *l);
	sp_rng_init(&l->rng, seed);
	check_i64(sp_frame_encode(&frame, &writer), SP_WIRE_ok);
	l->n_snapshot = writer.n;
	snprintf(l->prices_url, sizeof l->prices_url, "ipc://%s/liar.p", sp_check_scratch());
	snprintf(l->book_url, sizeof l->book_url, "ipc://%s/liar.b", sp_check_scratch());
	check_i64(nng_pub0_open(&l->pub), 0);
	check_i64(nng_rep0_open(&l->rep), 0);
	check_i64(nng_socket_set_int(l->pub, NNG_OPT_SENDBUF, 4096), 0);
	check_i64(nng_socket_set_ms(l->rep, NNG_OPT_RECVTIMEO, 20), 0);
	check_status(sp_socket_listen(l->pub, l->prices_url, 1, NULL, NULL), SP_OK);
	check_status(sp_socket_listen(l->rep, l->book_url, 1024, NULL, NULL), SP_OK);
	check_i64(nng_thread_create(&l->thread, liar_answer, l), 0);
}

static void liar_close(liar *l)
{
	l->stop = true;
	nng_thread_destroy(l->thread);
	sp_socket_close(l->pub);
	sp_socket_close(l->rep);
}

/* What it says is a sound frame at times; then it must be in order all the same. */
static void a_follower_that_is_told_lies_goes_on(void **state)
{
	static liar l;
	sp_follow *follow = NULL;
	sp_follow_counts counts;
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	liar_open(&l, sp_rng_next(&rng));
	l.honest = true;
	check_status(sp_follow_open(l.prices_url, l.book_url, "gw", STAND_WAIT_MS, &follow, NULL), SP_OK);
	l.honest = false;
	for (int i = 0; i < 2000; i++) {
		uint8_t bytes[4200];
		sp_frame frame = liar_frame((sp_frame_kind)(1 + sp_rng_below(&rng, 3)), 1 + sp_rng_below(&rng, 30)), got;
		sp_writer writer = {bytes, sizeof bytes, 0};
		sp_follow_event event;
		check_i64(sp_frame_encode(&frame, &writer), SP_WIRE_ok);
		writer.n = spoil(&rng, bytes, writer.n, sizeof bytes);
		check_i64(nng_send(l.pub, bytes, writer.n, 0), 0);
		sp_status status = sp_follow_next(follow, 1, &event, &got, NULL);
		check_true(status == SP_OK || status == SP_E_END);
		if (status == SP_OK && event != SP_FOLLOW_HEARTBEAT && event != SP_FOLLOW_FORKED)
			check_i64(sp_frame_check(&got), SP_WIRE_ok);
	}
	sp_follow_count(follow, &counts);
	check_true(counts.malformed > 100);
	sp_follow_close(follow);
	follow = NULL; /* nor does one that begins with lies */
	check_true(sp_follow_open(l.prices_url, l.book_url, "gw", 100, &follow, NULL) != SP_E_MEMORY);
	sp_follow_close(follow);
	liar_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_question_is_answered_whatever_it_is),
	    cmocka_unit_test(a_question_that_is_far_too_long_is_not_read),
	    cmocka_unit_test(plain_sockets_that_say_anything_disturb_nobody),
	    cmocka_unit_test(who_does_not_read_holds_nobody_up),
	    cmocka_unit_test(a_follower_that_is_told_lies_goes_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
