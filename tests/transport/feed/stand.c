/* stand.c - see stand.h. */
#include "tests/transport/feed/stand.h"

#include <nng/protocol/pubsub0/pub.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "tests/check/check.h"
#include "transport/socket/close.h"
#include "transport/socket/listen.h"

#define CONVERGENCE (2 * SP_SEC)

static int64_t stand_now(void *context)
{
	stand *s = context;

	return s->now_ns;
}

void stand_init(stand *s, const char *name, uint64_t seed, uint32_t n_families, uint32_t n_skus)
{
	memset(s, 0, sizeof *s);
	mint_init(&s->mint, seed, n_families, n_skus, CONVERGENCE);
	s->now_ns = STAND_T;
	snprintf(s->prices_url, sizeof s->prices_url, "ipc://%s/%s.p", sp_check_scratch(), name);
	snprintf(s->book_url, sizeof s->book_url, "ipc://%s/%s.b", sp_check_scratch(), name);
}

void stand_fini(stand *s)
{
	sp_feed_close(s->feed);
	mint_fini(&s->mint);
}

void stand_open(stand *s)
{
	const char *prices = s->prices_url, *book = s->book_url;
	sp_feed_options options = {.prices = &prices,
	                           .n_prices = 1,
	                           .book = &book,
	                           .n_book = 1,
	                           .lease_ns = SP_SEC,
	                           .heartbeat_ns = STAND_BEAT_MS * SP_MS,
	                           .grace_ns = SP_MIN,
	                           .convergence_ns = CONVERGENCE,
	                           .now = stand_now,
	                           .context = s};
	sp_message message = {""};

	check_status(sp_feed_open(&options, &s->feed, &message), SP_OK);
}

static sp_feed_news news_of(stand *s)
{
	sp_feed_news news = {.groups = s->mint.groups, .n_groups = s->mint.n_groups, .first_seq = s->seq + 1};

	s->seq += sp_feed_frames(news.groups, news.n_groups);
	news.last_seq = s->seq;
	memset(news.config, 0xc0, sizeof news.config);
	memset(news.head, (int)(s->seq & 0xff), sizeof news.head);
	return news;
}

void stand_begin(stand *s, uint64_t counter, uint8_t random)
{
	sp_epoch epoch = {.counter = counter};
	sp_feed_news news;

	memset(epoch.random, random, sizeof epoch.random);
	mint_tell_all(&s->mint);
	news = news_of(s);
	check_status(sp_feed_begin(s->feed, &epoch, &news, NULL), SP_OK);
}

void stand_restart(stand *s, uint64_t counter, uint8_t random)
{
	sp_feed_close(s->feed);
	stand_open(s);
	stand_begin(s, counter, random);
}

int64_t stand_publish(stand *s)
{
	sp_feed_news news = news_of(s);
	int64_t published_ns = 0;

	check_status(sp_feed_publish(s->feed, &news, &published_ns, NULL), SP_OK);
	return published_ns;
}

void stand_move(stand *s, uint32_t one_in)
{
	mint *m = &s->mint;

	mint_clear(m);
	for (uint32_t i = 0; i < m->n_families; i++) {
		if (sp_rng_below(&m->rng, one_in) == 0) {
			mint_change(m, i, s->now_ns);
			mint_tell(m, i);
		}
	}
	stand_publish(s);
}

void stand_bar(stand *s, uint32_t n)
{
	mint_clear(&s->mint);
	s->seq += n;
	stand_publish(s);
}

/* --- reading --- */

void reader_open(reader *r, const char *prices_url, const char *book_url)
{
	sp_message message = {""};

	memset(r, 0, sizeof *r);
	r->book = sp_shelf_open();
	check_status(sp_follow_open(prices_url, book_url, "reader", STAND_WAIT_MS, &r->follow, &message), SP_OK);
}

void reader_close(reader *r)
{
	sp_follow_close(r->follow);
	sp_shelf_close(r->book);
}

static void read_put(reader *r, const sp_frame *frame)
{
	check_status(sp_shelf_put(r->book, frame->groups, frame->n_groups, frame->issued_ns, frame->issued_ns), SP_OK);
}

static void read_snapshot(reader *r, const sp_frame *frame)
{
	check_u64(frame->chunk, r->in_snapshot ? r->chunk + 1 : 0);
	check_true(frame->seq >= r->seq);
	if (frame->chunk == 0) {
		sp_shelf_close(r->book);
		r->book = sp_shelf_open();
	}
	read_put(r, frame);
	r->chunk = frame->chunk;
	r->in_snapshot = frame->chunk + 1 < frame->chunks;
	if (!r->in_snapshot)
		r->seq = frame->seq;
}

static void read_event(reader *r, sp_follow_event event, const sp_frame *frame)
{
	bool same = memcmp(&frame->epoch, &r->epoch, sizeof r->epoch) == 0;

	r->events[event]++;
	r->last = *frame;
	if (event == SP_FOLLOW_FORKED) {
		check_true(!same && frame->epoch.counter == r->epoch.counter);
		return;
	}
	if (event == SP_FOLLOW_EPOCH || r->epoch.counter == 0) {
		check_true(frame->epoch.counter > r->epoch.counter);
		check_true(!r->in_snapshot && (r->epoch.counter > 0 || event == SP_FOLLOW_SNAPSHOT));
		r->epoch = frame->epoch;
		r->seq = 0;
		same = true;
	}
	check_true(same);
	if (event == SP_FOLLOW_SNAPSHOT) {
		read_snapshot(r, frame);
	} else if (event == SP_FOLLOW_BOOK) {
		check_true(!r->in_snapshot);
		check_u64(frame->seq, ++r->seq);
		read_put(r, frame);
	} else if (event == SP_FOLLOW_HEARTBEAT) {
		check_true(!r->in_snapshot);
		check_u64(frame->seq, r->seq);
	}
}

int reader_step(reader *r, int wait_ms)
{
	sp_follow_event event;
	sp_frame frame;
	sp_status status = sp_follow_next(r->follow, wait_ms, &event, &frame, NULL);

	if (status == SP_E_END)
		return -1;
	check_status(status, SP_OK);
	read_event(r, event, &frame);
	return (int)event;
}

void reader_reach(reader *r, uint64_t counter, uint64_t seq)
{
	nng_time until = nng_clock() + STAND_WAIT_MS;

	while (r->epoch.counter < counter || r->seq < seq || r->in_snapshot) {
		check_true(nng_clock() < until);
		reader_step(r, 100);
	}
	check_u64(r->epoch.counter, counter);
	check_u64(r->seq, seq);
}

void reader_hear(reader *r, sp_follow_event event)
{
	nng_time until = nng_clock() + STAND_WAIT_MS;
	uint32_t before = r->events[event];

	while (r->events[event] == before) {
		check_true(nng_clock() < until);
		reader_step(r, 100);
	}
}

void reader_quiet(reader *r)
{
	nng_time until = nng_clock() + STAND_WAIT_MS;

	for (int n = 0; n < 2;) {
		check_true(nng_clock() < until);
		n = reader_step(r, 100) == SP_FOLLOW_HEARTBEAT ? n + 1 : 0;
	}
}

/* --- comparing --- */

typedef struct comparison {
	const sp_frame_group *mine;
	uint32_t n, i;
} comparison;

static bool compare_group(void *context, const sp_frame_group *group)
{
	comparison *c = context;

	check_true(c->i < c->n);
	check_text(c->mine[c->i].family, group->family);
	check_u64(c->mine[c->i].n_prices, group->n_prices);
	for (uint32_t i = 0; i < group->n_prices; i++) {
		const sp_price *mine = &c->mine[c->i].prices[i], *theirs = &group->prices[i];
		check_text(mine->sku_id, theirs->sku_id);
		check_text(mine->unit, theirs->unit);
		check_u64(mine->version, theirs->version);
		check_u64(mine->parent, theirs->parent);
		check_money(mine->before, theirs->before);
		check_money(mine->amount, theirs->amount);
		check_i64(mine->not_before_ns, theirs->not_before_ns);
		check_i64(mine->not_before_existing_ns, theirs->not_before_existing_ns);
	}
	c->i++;
	return true;
}

void reader_check(const reader *r, stand *s)
{
	comparison c = {0};

	c.mine = sp_shelf_groups(r->book, &c.n);
	sp_feed_groups(s->feed, "", compare_group, &c);
	check_u64(c.i, c.n);
	check_u64(c.n, s->mint.n_families);
}

/* --- a bad line --- */

static bool per_mille(relay *line, int n)
{
	return (int)sp_rng_below(&line->rng, 1000) < n;
}

static void relay_send(relay *line, sp_link_message *message)
{
	if (message->bytes == NULL)
		return;
	if (per_mille(line, line->doubled))
		check_i64(nng_send(line->out, message->bytes, message->n, 0), 0);
	check_i64(nng_send(line->out, message->bytes, message->n, 0), 0);
	free(message->bytes);
	message->bytes = NULL;
}

static void relay_run(void *context)
{
	relay *line = context;
	sp_link_message message, held = {0};

	while (!line->stop) {
		if (sp_link_receive(line->in, sp_link_clock() + 20, &message) != SP_OK)
			continue;
		if (per_mille(line, line->lost)) {
			free(message.bytes);
			line->n_lost++;
		} else if (held.bytes == NULL && per_mille(line, line->swapped)) {
			held = message;
		} else {
			relay_send(line, &message);
			relay_send(line, &held);
		}
	}
	free(held.bytes);
}

void relay_open(relay *line, const char *name, const char *from_url, uint64_t seed)
{
	memset(line, 0, sizeof *line);
	sp_rng_init(&line->rng, seed);
	snprintf(line->url, sizeof line->url, "ipc://%s/%s.r", sp_check_scratch(), name);
	check_status(sp_link_open(from_url, SP_LINK_SUB, SP_FRAME_BYTES_MAX, &line->in, NULL), SP_OK);
	check_i64(nng_pub0_open(&line->out), 0);
	check_i64(nng_socket_set_int(line->out, NNG_OPT_SENDBUF, 1024), 0);
	check_status(sp_socket_listen(line->out, line->url, 1, NULL, NULL), SP_OK);
	check_i64(nng_thread_create(&line->thread, relay_run, line), 0);
}

void relay_close(relay *line)
{
	line->stop = true;
	nng_thread_destroy(line->thread);
	sp_link_close(line->in);
	sp_socket_close(line->out);
}
