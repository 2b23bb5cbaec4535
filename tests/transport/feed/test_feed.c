/* The feed: what is sent and when, heartbeats and grace, dates, who is remembered, and how it opens and closes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "tests/check/check.h"
#include "tests/transport/feed/stand.h"
#include "transport/feed/clients.h"

#define FAMILIES 8
#define SKUS     3

/* --- heartbeats and grace --- */

static void heartbeats_renew_the_lease_of_what_stands(void **state)
{
	stand s;
	reader r;
	uint8_t head[SP_FRAME_HASH_MAX];

	(void)state;
	stand_init(&s, "beat", 1, FAMILIES, SKUS);
	stand_open(&s);
	stand_begin(&s, 7, 0xaa);
	reader_open(&r, s.prices_url, s.book_url);
	reader_hear(&r, SP_FOLLOW_HEARTBEAT);
	check_u64(r.last.seq, s.seq);
	check_i64(r.last.issued_ns, STAND_T);
	check_i64(r.last.lease_ns, SP_SEC);
	check_u64(r.last.config[0], 0xc0);
	check_u64(r.last.head[0], s.seq & 0xff);
	check_true(!r.last.is_signed);
	s.now_ns += 5 * SP_SEC;
	memset(head, 0x77, sizeof head);
	sp_feed_alive(s.feed, head, s.now_ns);
	reader_hear(&r, SP_FOLLOW_HEARTBEAT);
	reader_hear(&r, SP_FOLLOW_HEARTBEAT);
	check_i64(r.last.issued_ns, STAND_T + 5 * SP_SEC);
	check_u64(r.last.head[0], 0x77);
	reader_close(&r);
	stand_fini(&s);
}

static void no_heartbeat_goes_before_the_feed_has_begun(void **state)
{
	stand s;
	sp_feed_counts counts;

	(void)state;
	stand_init(&s, "silent", 2, FAMILIES, SKUS);
	stand_open(&s);
	nng_msleep(5 * STAND_BEAT_MS);
	sp_feed_count(s.feed, &counts);
	check_u64(counts.heartbeats + counts.frames, 0);
	stand_fini(&s);
}

static void hear_nothing(reader *r, int ms)
{
	nng_time until = nng_clock() + (nng_time)ms;

	while (nng_clock() < until)
		check_i64(reader_step(r, STAND_BEAT_MS), -1);
}

static void p4_leases_are_renewed_until_grace_and_again_when_the_log_works(void **state)
{
	stand s;
	reader r, late;
	uint8_t head[SP_FRAME_HASH_MAX] = {0};

	(void)state;
	stand_init(&s, "grace", 3, FAMILIES, SKUS);
	stand_open(&s);
	stand_begin(&s, 1, 0xaa);
	reader_open(&r, s.prices_url, s.book_url);
	s.now_ns = STAND_T + SP_MIN; /* the last moment of grace */
	reader_hear(&r, SP_FOLLOW_HEARTBEAT);
	reader_hear(&r, SP_FOLLOW_HEARTBEAT);
	s.now_ns = STAND_T + SP_MIN + 1;
	while (reader_step(&r, 3 * STAND_BEAT_MS) >= 0) /* what was under way */
		;
	hear_nothing(&r, 5 * STAND_BEAT_MS);
	s.now_ns = STAND_T + SP_HOUR; /* nor does a snapshot renew it */
	reader_open(&late, s.prices_url, s.book_url);
	reader_hear(&late, SP_FOLLOW_SNAPSHOT);
	check_true(late.last.issued_ns <= STAND_T + SP_MIN);
	hear_nothing(&late, 3 * STAND_BEAT_MS);
	reader_close(&late);
	sp_feed_alive(s.feed, head, s.now_ns);
	reader_hear(&r, SP_FOLLOW_HEARTBEAT);
	check_i64(r.last.issued_ns, STAND_T + SP_HOUR);
	reader_close(&r);
	stand_fini(&s);
}

static void a_snapshot_that_is_asked_for_later_is_as_fresh_as_a_heartbeat(void **state)
{
	stand s;
	reader r;

	(void)state;
	stand_init(&s, "fresh", 4, FAMILIES, SKUS);
	stand_open(&s);
	stand_begin(&s, 1, 0xaa);
	for (int i = 0; i < 3; i++) {
		reader_open(&r, s.prices_url, s.book_url);
		check_i64(reader_step(&r, STAND_WAIT_MS), SP_FOLLOW_SNAPSHOT);
		check_i64(r.last.issued_ns, s.now_ns);
		reader_close(&r);
		s.now_ns += 30 * SP_SEC; /* nothing changes */
		nng_msleep(2 * STAND_BEAT_MS);
	}
	stand_fini(&s);
}

/* --- dates --- */

/* The date of the first price that a reader's book tells of the first family. */
static const sp_price *first_price(const reader *r)
{
	return &sp_shelf_told(r->book, "f00000")->prices[0];
}

static void r9_what_is_late_is_told_with_a_later_date_and_what_is_not_keeps_its_own(void **state)
{
	stand s;
	reader r;
	int64_t published_ns;

	(void)state;
	stand_init(&s, "dates", 5, 1, SKUS);
	stand_open(&s);
	stand_begin(&s, 1, 0xaa);
	reader_open(&r, s.prices_url, s.book_url);
	reader_reach(&r, 1, s.seq);
	mint_publish(&s.mint, 0, 500, STAND_T); /* to count from STAND_T + convergence */
	s.now_ns = STAND_T + 10 * SP_SEC;       /* its commit takes ten seconds */
	mint_tell_all(&s.mint);
	published_ns = stand_publish(&s);
	check_i64(published_ns, STAND_T + 10 * SP_SEC);
	reader_reach(&r, 1, s.seq);
	check_i64(first_price(&r)->not_before_ns, published_ns + s.mint.convergence_ns);
	check_i64(r.last.issued_ns, published_ns);
	check_true(!sp_feed_differs(s.feed, &s.mint.groups[0])); /* what the engine still says, is no other date */
	s.mint.families[0].in_force.not_before_ns = STAND_T + SP_HOUR;
	mint_publish(&s.mint, 0, 501, STAND_T + SP_HOUR);
	mint_tell_all(&s.mint);
	stand_publish(&s);
	reader_reach(&r, 1, s.seq);
	check_i64(first_price(&r)->not_before_ns, STAND_T + SP_HOUR + s.mint.convergence_ns);
	reader_check(&r, &s);
	reader_close(&r);
	stand_fini(&s);
}

static void r9_no_new_version_is_told_sooner_than_convergence_after_it_is_sent(void **state)
{
	stand s;
	reader r;
	sp_rng rng;

	(void)state;
	stand_init(&s, "soon", sp_check_seed(__func__, &rng), 1, SKUS);
	stand_open(&s);
	stand_begin(&s, 1, 0xaa);
	reader_open(&r, s.prices_url, s.book_url);
	reader_reach(&r, 1, s.seq);
	for (int i = 0; i < 200; i++) {
		s.now_ns += (int64_t)sp_rng_below(&rng, 3 * SP_SEC);
		mint_publish(&s.mint, 0, 1000 + i, s.now_ns - (int64_t)sp_rng_below(&rng, 4 * SP_SEC));
		mint_tell_all(&s.mint);
		stand_publish(&s);
		reader_reach(&r, 1, s.seq);
		check_true(first_price(&r)->not_before_ns >= s.now_ns + s.mint.convergence_ns);
		check_true(first_price(&r)->not_before_existing_ns >= s.now_ns + s.mint.convergence_ns);
	}
	reader_close(&r);
	stand_fini(&s);
}

/* --- frames, the book --- */

static void frames_are_whole_families_of_five_hundred_prices_at_most(void **state)
{
	mint m;

	(void)state;
	mint_init(&m, 1, 41, 25, 0);
	mint_tell_all(&m);
	check_u64(sp_feed_frames(m.groups, 0), 0);
	check_u64(sp_feed_frames(m.groups, 20), 1);
	check_u64(sp_feed_frames(m.groups, 21), 2);
	check_u64(sp_feed_frames(m.groups, 41), 3);
	mint_fini(&m);
}

static bool take_three(void *context, const sp_frame_group *group)
{
	char(*names)[16] = context;
	int n = 0;

	while (names[n][0] != '\0')
		n++;
	snprintf(names[n], sizeof names[n], "%s", group->family);
	return n < 2;
}

static void the_book_is_shown_in_pages(void **state)
{
	stand s;
	char names[4][16] = {""};

	(void)state;
	stand_init(&s, "pages", 6, FAMILIES, SKUS);
	stand_open(&s);
	stand_begin(&s, 1, 0xaa);
	sp_feed_groups(s.feed, "", take_three, names);
	check_text(names[0], "f00000");
	check_text(names[2], "f00002");
	memset(names, 0, sizeof names);
	sp_feed_groups(s.feed, "f00005", take_three, names);
	check_text(names[0], "f00006");
	check_text(names[1], "f00007");
	check_text(names[2], "");
	stand_fini(&s);
}

static void only_what_differs_needs_to_be_told(void **state)
{
	stand s;
	sp_feed_counts counts;

	(void)state;
	stand_init(&s, "differs", 7, FAMILIES, SKUS);
	stand_open(&s);
	stand_begin(&s, 1, 0xaa);
	for (uint32_t i = 0; i < FAMILIES; i++)
		check_true(!sp_feed_differs(s.feed, &s.mint.groups[i]));
	mint_publish(&s.mint, 3, 5, STAND_T);
	mint_tell_all(&s.mint);
	for (uint32_t i = 0; i < FAMILIES; i++)
		check_true(sp_feed_differs(s.feed, &s.mint.groups[i]) == (i == 3));
	mint_clear(&s.mint);
	mint_tell(&s.mint, 3);
	stand_publish(&s);
	check_true(!sp_feed_differs(s.feed, &s.mint.groups[0]));
	sp_feed_count(s.feed, &counts);
	check_u64(counts.frames, 2);
	check_u64(counts.seq, 2);
	stand_fini(&s);
}

/* --- requests --- */

typedef struct asker {
	sp_link *req;
	sp_wire_decoder *decoder;
	sp_link_message answer;
	sp_frame frame;
} asker;

static void asker_open(asker *a, const char *url)
{
	memset(a, 0, sizeof *a);
	a->decoder = sp_wire_open();
	check_status(sp_link_open(url, SP_LINK_REQ, SP_FRAME_BYTES_MAX, &a->req, NULL), SP_OK);
}

static void asker_close(asker *a)
{
	free(a->answer.bytes);
	sp_wire_close(a->decoder);
	sp_link_close(a->req);
}

/* SP_OK and the frame, or what the feed answers instead. */
static sp_status ask(asker *a, sp_request request)
{
	uint8_t bytes[SP_REQUEST_BYTES_MAX];
	sp_writer writer = {bytes, sizeof bytes, 0};
	sp_status status;

	snprintf(request.client, sizeof request.client, "asker");
	check_i64(sp_request_encode(&request, &writer), SP_WIRE_ok);
	free(a->answer.bytes);
	check_status(sp_link_ask(a->req, sp_link_clock() + STAND_WAIT_MS, bytes, writer.n, &a->answer), SP_OK);
	if (sp_frame_decode(a->decoder, a->answer.bytes, a->answer.n, &a->frame) == SP_WIRE_ok)
		return SP_OK;
	check_i64(sp_reply_decode(a->decoder, a->answer.bytes, a->answer.n, &status), SP_WIRE_ok);
	return status;
}

static sp_request chunk_of(const sp_frame *frame, uint32_t chunk)
{
	return (sp_request){.kind = SP_REQUEST_SNAPSHOT, .epoch = frame->epoch, .seq = frame->seq, .chunk = chunk};
}

static void a_snapshot_is_held_while_it_is_fetched(void **state)
{
	const sp_request latest = {.kind = SP_REQUEST_SNAPSHOT};
	stand s;
	asker a;
	sp_frame first, none;
	sp_feed_counts counts;

	(void)state;
	stand_init(&s, "held", 8, 60, 25); /* 3 chunks */
	stand_open(&s);
	asker_open(&a, s.book_url);
	check_status(ask(&a, latest), SP_E_ABSENT); /* nothing has been published */
	stand_begin(&s, 4, 0xaa);
	check_status(ask(&a, latest), SP_OK);
	first = a.frame;
	check_u64(first.chunks, 3);
	check_u64(first.epoch.counter, 4);
	stand_move(&s, 1);
	check_status(ask(&a, latest), SP_OK);
	check_u64(a.frame.seq, s.seq);
	check_status(ask(&a, chunk_of(&first, 2)), SP_OK); /* the one before is there, too */
	check_u64(a.frame.seq, first.seq);
	check_u64(a.frame.chunk, 2);
	check_status(ask(&a, chunk_of(&first, 3)), SP_E_ABSENT);
	none = first;
	none.seq += 1000;
	check_status(ask(&a, chunk_of(&none, 0)), SP_E_ABSENT);
	none = first;
	none.epoch.random[5]++;
	check_status(ask(&a, chunk_of(&none, 0)), SP_E_ABSENT);
	for (int i = 0; i < 4; i++) { /* but not for ever */
		stand_move(&s, 1);
		check_status(ask(&a, latest), SP_OK);
	}
	check_status(ask(&a, chunk_of(&first, 1)), SP_E_ABSENT);
	sp_feed_count(s.feed, &counts);
	check_u64(counts.snapshots, 6);
	check_u64(counts.refused, 5);
	asker_close(&a);
	stand_fini(&s);
}

static void the_longest_silent_client_is_forgotten_first(void **state)
{
	static sp_clients clients;
	sp_feed_client seen[3];
	sp_request request = {.kind = SP_REQUEST_ACKNOWLEDGE};

	(void)state;
	for (uint64_t i = 0; i < SP_FEED_CLIENTS_MAX + 10; i++) {
		snprintf(request.client, sizeof request.client, "gw-%d", (int)i);
		request.seq = i;
		sp_clients_seen(&clients, &request, (int64_t)i);
		if (i % 7 == 0) { /* the first one goes on */
			snprintf(request.client, sizeof request.client, "gw-0");
			sp_clients_seen(&clients, &request, (int64_t)i);
		}
	}
	check_u64(sp_clients_copy(&clients, seen, 3), SP_FEED_CLIENTS_MAX);
	check_text(seen[0].name, "gw-1033");
	check_text(clients.list[4].name, "gw-0"); /* the last time at 1029 */
	check_text(clients.list[SP_FEED_CLIENTS_MAX - 1].name, "gw-11");
	check_u64(sp_clients_copy(&clients, NULL, 0), SP_FEED_CLIENTS_MAX);
	for (uint32_t i = 0; i < SP_FEED_CLIENTS_MAX; i++)
		for (uint32_t k = i + 1; k < i + 20 && k < SP_FEED_CLIENTS_MAX; k++)
			check_true(strcmp(clients.list[i].name, clients.list[k].name) != 0);
}

/* --- opening and closing --- */

static sp_status open_at(const char *prices, const char *book, sp_message *message)
{
	static stand s;
	sp_feed *feed = NULL;
	sp_feed_options options = {.prices = &prices,
	                           .n_prices = 1,
	                           .book = &book,
	                           .n_book = 1,
	                           .lease_ns = SP_SEC,
	                           .heartbeat_ns = SP_SEC,
	                           .grace_ns = SP_SEC,
	                           .now = NULL,
	                           .context = &s};
	sp_status status = sp_feed_open(&options, &feed, message);

	check_true((feed != NULL) == (status == SP_OK));
	sp_feed_close(feed);
	return status;
}

static void where_it_cannot_listen_is_said_with_a_cure(void **state)
{
	stand s;
	sp_message message;
	char none[256];

	(void)state;
	stand_init(&s, "open", 9, 1, 1);
	stand_open(&s);
	check_status(open_at(s.prices_url, "tcp://127.0.0.1:0", &message), SP_E_BUSY);
	check_contains(message.text, s.prices_url);
	check_status(open_at("tcp://127.0.0.1:0", s.book_url, &message), SP_E_BUSY);
	check_contains(message.text, s.book_url);
	check_status(open_at("ws://127.0.0.1:0", s.book_url, &message), SP_E_SYNTAX);
	snprintf(none, sizeof none, "ipc://%s/none/x", sp_check_scratch());
	check_status(open_at(none, s.book_url, &message), SP_E_ABSENT);
	check_status(open_at("tcp://127.0.0.1:0", "tcp://127.0.0.1:0", &message), SP_OK);
	stand_fini(&s);
}

static void begin_twice(void *argument)
{
	stand *s = argument;

	stand_begin(s, 2, 0);
}

static void a_feed_begins_once(void **state)
{
	stand s;

	(void)state;
	stand_init(&s, "twice", 10, 1, 1);
	stand_open(&s);
	stand_begin(&s, 1, 0xaa);
	check_contains(sp_check_stopped(begin_twice, &s), "epoch.counter == 0");
	stand_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(heartbeats_renew_the_lease_of_what_stands),
	    cmocka_unit_test(no_heartbeat_goes_before_the_feed_has_begun),
	    cmocka_unit_test(p4_leases_are_renewed_until_grace_and_again_when_the_log_works),
	    cmocka_unit_test(a_snapshot_that_is_asked_for_later_is_as_fresh_as_a_heartbeat),
	    cmocka_unit_test(r9_what_is_late_is_told_with_a_later_date_and_what_is_not_keeps_its_own),
	    cmocka_unit_test(r9_no_new_version_is_told_sooner_than_convergence_after_it_is_sent),
	    cmocka_unit_test(frames_are_whole_families_of_five_hundred_prices_at_most),
	    cmocka_unit_test(the_book_is_shown_in_pages),
	    cmocka_unit_test(only_what_differs_needs_to_be_told),
	    cmocka_unit_test(a_snapshot_is_held_while_it_is_fetched),
	    cmocka_unit_test(the_longest_silent_client_is_forgotten_first),
	    cmocka_unit_test(where_it_cannot_listen_is_said_with_a_cure),
	    cmocka_unit_test(a_feed_begins_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
