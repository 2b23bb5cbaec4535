/* Followers: whatever a line loses, doubles or swaps, and whoever comes late or begins anew, the book that is read in the end
 * is the book that was published, and it never goes back on the way (P3). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "tests/check/check.h"
#include "tests/transport/feed/stand.h"

#define FAMILIES 12
#define SKUS     4
#define MOVED    15 /* readers of a book that moves */

static bool soak(void)
{
	const char *given = getenv("SETPOINT_SOAK");

	return given != NULL && given[0] != '\0';
}

static void a_late_joiner_gets_the_whole_book_first(void **state)
{
	stand s;
	reader r;

	(void)state;
	stand_init(&s, "late", 1, FAMILIES, SKUS);
	stand_open(&s);
	stand_begin(&s, 1, 0xaa);
	for (int i = 0; i < 5; i++)
		stand_move(&s, 2);
	reader_open(&r, s.prices_url, s.book_url);
	check_i64(reader_step(&r, STAND_WAIT_MS), SP_FOLLOW_SNAPSHOT);
	check_u64(r.seq, s.seq);
	reader_check(&r, &s);
	reader_hear(&r, SP_FOLLOW_HEARTBEAT);
	check_u64(r.events[SP_FOLLOW_SNAPSHOT], 1);
	reader_close(&r);
	stand_fini(&s);
}

static void changes_come_in_order_without_a_snapshot_in_between(void **state)
{
	stand s;
	reader r;
	sp_follow_counts counts;

	(void)state;
	stand_init(&s, "order", 2, FAMILIES, SKUS);
	stand_open(&s);
	stand_begin(&s, 1, 0xaa);
	reader_open(&r, s.prices_url, s.book_url);
	reader_hear(&r, SP_FOLLOW_HEARTBEAT);
	for (int i = 0; i < 50; i++) {
		s.now_ns += SP_SEC;
		stand_move(&s, 2);
	}
	reader_reach(&r, 1, s.seq);
	reader_check(&r, &s);
	check_u64(r.events[SP_FOLLOW_SNAPSHOT], 1);
	sp_follow_count(r.follow, &counts);
	check_u64(counts.frames, r.events[SP_FOLLOW_BOOK]);
	check_u64(counts.frames, s.seq - 1);
	check_u64(counts.gaps + counts.malformed, 0);
	reader_close(&r);
	stand_fini(&s);
}

/* --- a line that loses --- */

static void lose_and_converge(uint64_t seed, int n)
{
	stand s;
	relay line;
	reader r;

	stand_init(&s, "lossy", seed, FAMILIES, SKUS);
	stand_open(&s);
	stand_begin(&s, 1, 0xaa);
	relay_open(&line, "lossy", s.prices_url, seed);
	reader_open(&r, line.url, s.book_url);
	reader_hear(&r, SP_FOLLOW_HEARTBEAT);
	line.lost = 200;
	line.doubled = 200;
	line.swapped = 100;
	for (int i = 0; i < n; i++) {
		s.now_ns += (int64_t)sp_rng_below(&s.mint.rng, 3 * SP_SEC);
		stand_move(&s, 4);
		if (sp_rng_below(&s.mint.rng, 10) == 0)
			stand_bar(&s, 1 + (uint32_t)sp_rng_below(&s.mint.rng, 3));
		if (sp_rng_below(&s.mint.rng, 3) == 0)
			reader_step(&r, 1);
	}
	reader_reach(&r, 1, s.seq);
	reader_check(&r, &s);
	check_true(line.n_lost > 0 && r.events[SP_FOLLOW_SNAPSHOT] > 1);
	line.lost = 0;
	reader_quiet(&r);
	reader_close(&r);
	relay_close(&line);
	stand_fini(&s);
}

static void p3_through_a_bad_line_the_book_converges_and_never_goes_back(void **state)
{
	sp_rng rng;
	uint64_t seed = sp_check_seed(__func__, &rng);

	(void)state;
	for (uint64_t i = 0; i < (soak() ? 300 : 8); i++)
		lose_and_converge(seed + i, 100);
}

/* Nobody reads while more comes than waits anywhere; PUB says nothing. */
static void what_pub_loses_is_repaired(void **state)
{
	stand s;
	reader r;
	sp_follow_counts counts;

	(void)state;
	stand_init(&s, "burst", 3, 1, 1);
	stand_open(&s);
	stand_begin(&s, 1, 0xaa);
	reader_open(&r, s.prices_url, s.book_url);
	reader_hear(&r, SP_FOLLOW_HEARTBEAT);
	for (int i = 0; i < SP_FEED_WAITING_MAX + 4000; i++)
		stand_move(&s, 1);
	reader_reach(&r, 1, s.seq);
	reader_check(&r, &s);
	sp_follow_count(r.follow, &counts);
	check_true(counts.gaps > 0);
	reader_quiet(&r);
	reader_close(&r);
	stand_fini(&s);
}

static void fifty_thousand_prices_of_one_commit_arrive(void **state)
{
	stand s;
	reader r;

	(void)state;
	stand_init(&s, "large", 4, 2000, 25);
	stand_open(&s);
	stand_begin(&s, 1, 0xaa);
	check_u64(s.seq, 100);
	reader_open(&r, s.prices_url, s.book_url);
	for (uint32_t i = 0; i < s.mint.n_families; i++)
		mint_publish(&s.mint, i, 777, s.now_ns);
	mint_tell_all(&s.mint);
	stand_publish(&s);
	check_u64(s.seq, 200);
	reader_reach(&r, 1, s.seq);
	reader_check(&r, &s);
	reader_close(&r);
	stand_fini(&s);
}

static void numbers_of_frames_that_were_barred_are_repaired(void **state)
{
	stand s;
	reader r;

	(void)state;
	stand_init(&s, "barred", 5, FAMILIES, SKUS);
	stand_open(&s);
	stand_begin(&s, 1, 0xaa);
	reader_open(&r, s.prices_url, s.book_url);
	reader_hear(&r, SP_FOLLOW_HEARTBEAT);
	stand_bar(&s, 3); /* nothing follows but heartbeats */
	reader_reach(&r, 1, s.seq);
	check_u64(r.events[SP_FOLLOW_SNAPSHOT], 2);
	stand_bar(&s, 1); /* a frame follows */
	stand_move(&s, 1);
	reader_reach(&r, 1, s.seq);
	reader_check(&r, &s);
	reader_close(&r);
	stand_fini(&s);
}

/* --- publishers --- */

static void after_a_restart_a_follower_finds_its_way_by_itself(void **state)
{
	stand s;
	reader r;

	(void)state;
	stand_init(&s, "restart", 6, FAMILIES, SKUS);
	stand_open(&s);
	stand_begin(&s, 1, 0xaa);
	reader_open(&r, s.prices_url, s.book_url);
	for (uint64_t counter = 2; counter < 6; counter++) {
		stand_move(&s, 2);
		stand_restart(&s, counter, 0xbb);
		stand_move(&s, 2);
		reader_reach(&r, counter, s.seq);
		reader_check(&r, &s);
		check_u64(r.events[SP_FOLLOW_EPOCH], counter - 1);
	}
	check_u64(r.events[SP_FOLLOW_FORKED], 0);
	reader_close(&r);
	stand_fini(&s);
}

static void p8_of_two_publishers_of_one_counter_the_first_is_kept(void **state)
{
	stand s;
	reader r;
	uint64_t seq;

	(void)state;
	stand_init(&s, "forked", 7, FAMILIES, SKUS);
	stand_open(&s);
	stand_begin(&s, 3, 0xaa);
	reader_open(&r, s.prices_url, s.book_url);
	reader_hear(&r, SP_FOLLOW_HEARTBEAT);
	seq = r.seq;
	stand_restart(&s, 3, 0xbb);
	reader_hear(&r, SP_FOLLOW_FORKED);
	stand_move(&s, 2);
	for (int i = 0; i < 10; i++)
		check_i64(reader_step(&r, STAND_BEAT_MS), -1); /* said once; nothing of it is handed on */
	check_u64(r.seq, seq);
	check_u64(r.epoch.random[0], 0xaa);
	stand_restart(&s, 2, 0xcc); /* an old one even less */
	for (int i = 0; i < 10; i++)
		check_i64(reader_step(&r, 2 * STAND_BEAT_MS), -1);
	stand_restart(&s, 4, 0xdd); /* one with a higher counter ends it */
	reader_reach(&r, 4, s.seq);
	reader_check(&r, &s);
	reader_close(&r);
	stand_fini(&s);
}

static void fifty_followers_read_the_same_book(void **state)
{
	static reader readers[50];
	stand s;
	sp_feed_counts counts;

	(void)state;
	stand_init(&s, "fifty", 8, FAMILIES, SKUS);
	stand_open(&s);
	stand_begin(&s, 1, 0xaa);
	for (int i = 0; i < 50; i++)
		reader_open(&readers[i], s.prices_url, s.book_url);
	for (int i = 0; i < 50; i++)
		reader_hear(&readers[i], SP_FOLLOW_HEARTBEAT);
	sp_feed_count(s.feed, &counts);
	check_u64(counts.subscribers, 50);
	check_u64(counts.snapshots, 50);
	for (int i = 0; i < 10; i++)
		stand_move(&s, 2);
	for (int i = 0; i < 50; i++) {
		reader_reach(&readers[i], 1, s.seq);
		reader_check(&readers[i], &s);
		reader_close(&readers[i]);
	}
	stand_fini(&s);
}

/* --- a book that is fetched while it changes --- */

typedef struct mover {
	stand *s;
	atomic_bool stop;
} mover;

/* Every family gets the same index, again and again. */
static void move_together(void *context)
{
	mover *m = context;
	int64_t index = 1000;

	while (!m->stop) {
		index++;
		for (uint32_t i = 0; i < m->s->mint.n_families; i++)
			mint_publish(&m->s->mint, i, index, m->s->now_ns);
		mint_tell_all(&m->s->mint);
		stand_publish(m->s);
		nng_msleep(3);
	}
}

static void check_together(const reader *r)
{
	uint32_t n;
	const sp_frame_group *groups = sp_shelf_groups(r->book, &n);
	int64_t index = 0;

	for (uint32_t i = 0; i < n; i++) {
		int64_t each = mint_index_of(&groups[i].prices[groups[i].n_prices - 1]);
		check_true(i == 0 || each == index);
		index = each;
	}
}

static void a_snapshot_is_of_one_moment_while_prices_move(void **state)
{
	static reader readers[MOVED];
	static stand s;
	mover m = {.s = &s};
	nng_thread *thread;

	(void)state;
	stand_init(&s, "moving", 9, 60, 50); /* 6 chunks; 12 with what is kept */
	stand_open(&s);
	stand_begin(&s, 1, 0xaa);
	check_i64(nng_thread_create(&thread, move_together, &m), 0);
	for (int i = 0; i < MOVED; i++) {
		reader_open(&readers[i], s.prices_url, s.book_url);
		reader_hear(&readers[i], SP_FOLLOW_SNAPSHOT);
		while (readers[i].in_snapshot)
			reader_step(&readers[i], 100);
		check_true(readers[i].last.chunks >= 6);
		check_together(&readers[i]);
	}
	m.stop = true;
	nng_thread_destroy(thread);
	for (int i = 0; i < MOVED; i++) {
		reader_quiet(&readers[i]);
		reader_close(&readers[i]);
	}
	stand_fini(&s);
}

/* --- opening, acknowledging --- */

static void nobody_there_is_said_in_time(void **state)
{
	stand s;
	sp_follow *follow = NULL;
	sp_message message;
	nng_time began = nng_clock();

	(void)state;
	stand_init(&s, "nobody", 10, 1, 1);
	check_status(sp_follow_open(s.prices_url, s.book_url, "gw", 200, &follow, &message), SP_E_UNREACHABLE);
	check_contains(message.text, "is the daemon running?");
	check_true(nng_clock() - began < 2000);
	check_status(sp_follow_open("x", s.book_url, "gw", 0, &follow, &message), SP_E_SYNTAX);
	check_status(sp_follow_open(s.prices_url, "x", "gw", 0, &follow, &message), SP_E_SYNTAX);
	check_status(sp_follow_open(s.prices_url, s.book_url, "a b", 0, &follow, &message), SP_E_SYNTAX);
	stand_open(&s); /* there, but it has not begun */
	check_status(sp_follow_open(s.prices_url, s.book_url, "gw", 200, &follow, &message), SP_E_ABSENT);
	check_contains(message.text, "has the daemon just started?");
	check_true(follow == NULL);
	stand_fini(&s);
}

static void what_is_applied_is_acknowledged_and_remembered(void **state)
{
	stand s;
	reader r;
	sp_feed_client clients[2];

	(void)state;
	stand_init(&s, "applied", 11, FAMILIES, SKUS);
	stand_open(&s);
	stand_begin(&s, 1, 0xaa);
	reader_open(&r, s.prices_url, s.book_url);
	check_status(sp_follow_acknowledge(r.follow, 1, NULL), SP_E_ABSENT);
	reader_reach(&r, 1, s.seq);
	check_status(sp_follow_acknowledge(r.follow, 77, NULL), SP_OK);
	check_u64(sp_feed_clients(s.feed, clients, 2), 1);
	check_text(clients[0].name, "reader");
	check_u64(clients[0].seq, s.seq);
	check_u64(clients[0].epoch.counter, 1);
	check_i64(clients[0].applied_ns, 77);
	check_i64(clients[0].seen_ns, STAND_T);
	stand_move(&s, 1); /* reading goes on after it */
	reader_reach(&r, 1, s.seq);
	sp_feed_close(s.feed);
	s.feed = NULL;
	check_status(sp_follow_acknowledge(r.follow, 78, NULL), SP_E_UNREACHABLE);
	reader_close(&r);
	stand_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_late_joiner_gets_the_whole_book_first),
	    cmocka_unit_test(changes_come_in_order_without_a_snapshot_in_between),
	    cmocka_unit_test(p3_through_a_bad_line_the_book_converges_and_never_goes_back),
	    cmocka_unit_test(what_pub_loses_is_repaired),
	    cmocka_unit_test(fifty_thousand_prices_of_one_commit_arrive),
	    cmocka_unit_test(numbers_of_frames_that_were_barred_are_repaired),
	    cmocka_unit_test(after_a_restart_a_follower_finds_its_way_by_itself),
	    cmocka_unit_test(p8_of_two_publishers_of_one_counter_the_first_is_kept),
	    cmocka_unit_test(fifty_followers_read_the_same_book),
	    cmocka_unit_test(a_snapshot_is_of_one_moment_while_prices_move),
	    cmocka_unit_test(nobody_there_is_said_in_time),
	    cmocka_unit_test(what_is_applied_is_acknowledged_and_remembered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
