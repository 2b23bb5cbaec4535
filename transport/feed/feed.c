/* feed.c - see feed.h. Two locks, taken in this order:
 *
 *     line   what goes out on PUB, in the order of its numbers: publications, and heartbeats between them
 *     book   what is shown: the shelf, where it stands, who has applied it. Held for as long as one snapshot takes to write
 *
 * A publication puts all its groups and its last number under `book` at once, then sends, so that a snapshot is always as of one
 * seq; somebody who fetches it before the frames have reached him throws them away as old. */
#include "transport/feed/feed.h"

#include <nng/nng.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/supplemental/util/platform.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/failpoint.h"
#include "base/time.h"
#include "transport/feed/clients.h"
#include "transport/feed/envelope.h"
#include "transport/feed/replies.h"
#include "transport/feed/snapshots.h"
#include "transport/socket/close.h"
#include "transport/socket/listen.h"
#include "transport/socket/url.h"

#define FEED_LONGEST   1   /* [bytes] of a message that PUB reads: subscribers say nothing */
#define FEED_HEARTBEAT 512 /* [bytes] that one takes at most */
#define FEED_LINGER_MS 100 /* at the end, for what was sent last to reach who reads */

struct sp_feed {
	sp_feed_options options; /* the urls are not looked at after open */
	nng_socket pub;          /* id 0: not open */
	sp_replies *replies;
	nng_aio *pulse;
	nng_mtx *line, *book;
	atomic_uint subscribers;

	/* under line */
	uint8_t bytes[SP_FRAME_BYTES_MAX];
	sp_frame_group groups[SP_FRAME_PRICES_MAX];

	/* under book */
	sp_shelf *shelf;
	sp_frame now; /* what stands in every frame: epoch (counter 0: not begun), seq, lease, config, head */
	int64_t alive_ns;
	sp_feed_counts counts;
	sp_clients clients;
	sp_snapshots snapshots;
	sp_wire_decoder *decoder;
};

static int64_t feed_now(const sp_feed *feed)
{
	return feed->options.now(feed->options.context);
}

uint32_t sp_feed_frames(const sp_frame_group *groups, uint32_t n_groups)
{
	SP_ASSERT(groups != NULL || n_groups == 0);
	uint32_t frames = 0;
	for (uint32_t i = 0; i < n_groups; frames++) {
		const uint32_t fit = sp_frame_fit(groups + i, n_groups - i);
		SP_ASSERT(fit > 0); /* the configuration has no larger family */
		i += fit;
	}
	return frames;
}

/* --- heartbeats --- */

/* A frame as of now; under book. Whatever it is, it renews no lease for longer than the log is known to work. */
static sp_frame feed_frame(const sp_feed *feed, sp_frame_kind kind, int64_t now_ns)
{
	const int64_t until_ns = feed->alive_ns + feed->options.grace_ns;
	sp_frame frame = feed->now;
	frame.kind = kind;
	frame.issued_ns = now_ns < until_ns ? now_ns : until_ns;
	return frame;
}

/* PUB never blocks. */
static void feed_send(sp_feed *feed, nng_msg *message)
{
	if (message != NULL && nng_sendmsg(feed->pub, message, 0) != 0) {
		nng_msg_free(message);
	}
}

static void feed_beat(sp_feed *feed)
{
	uint8_t bytes[FEED_HEARTBEAT];
	const int64_t now_ns = feed_now(feed);
	nng_mtx_lock(feed->line);
	nng_mtx_lock(feed->book);
	const bool due = now_ns - feed->alive_ns <= feed->options.grace_ns;
	const sp_frame frame = feed_frame(feed, SP_FRAME_HEARTBEAT, now_ns);
	feed->counts.heartbeats += due ? 1 : 0;
	sp_snapshots_forget(&feed->snapshots);
	nng_mtx_unlock(feed->book);
	if (due) {
		feed_send(feed, sp_envelope_frame(&frame, bytes, sizeof bytes));
	}
	nng_mtx_unlock(feed->line);
}

static void feed_sleep(sp_feed *feed)
{
	const int64_t ms = feed->options.heartbeat_ns / SP_MS;
	nng_sleep_aio(ms > 0 ? (nng_duration)ms : 1, feed->pulse);
}

static void feed_pulse(void *context)
{
	sp_feed *feed = context;
	if (nng_aio_result(feed->pulse) == 0) {
		feed_beat(feed);
		feed_sleep(feed);
	}
}

/* --- questions --- */

/* The snapshot that is asked for; under book. */
static sp_snapshot *feed_snapshot(sp_feed *feed, const sp_request *request, sp_status *status)
{
	if (request->seq > 0) {
		*status = SP_E_ABSENT;
		return sp_snapshots_find(&feed->snapshots, &request->epoch, request->seq);
	}
	if (feed->now.seq == 0) {
		*status = SP_E_ABSENT; /* nothing has been published */
		return NULL;
	}
	*status = SP_E_MEMORY;
	const sp_frame head = feed_frame(feed, SP_FRAME_SNAPSHOT, feed_now(feed));
	return sp_snapshots_latest(&feed->snapshots, feed->shelf, &head,
	                           (nng_duration)(feed->options.heartbeat_ns / SP_MS));
}

static nng_msg *feed_show(sp_feed *feed, const sp_request *request)
{
	sp_status status;
	sp_snapshot *snapshot = feed_snapshot(feed, request, &status);
	if (snapshot != NULL && request->chunk < snapshot->n_chunks) {
		feed->counts.snapshots += request->chunk == 0 ? 1 : 0;
		return sp_snapshots_chunk(snapshot, request->chunk);
	}
	feed->counts.refused++;
	return sp_envelope_reply(snapshot != NULL ? SP_E_ABSENT : status);
}

static nng_msg *feed_acknowledge(sp_feed *feed, const sp_request *request)
{
	sp_clients_seen(&feed->clients, request, feed_now(feed));
	feed->counts.acknowledgements++;
	return sp_envelope_reply(SP_OK);
}

static nng_msg *feed_reply(void *context, const uint8_t *question, size_t n)
{
	sp_feed *feed = context;
	sp_request request;
	nng_msg *answer;
	nng_mtx_lock(feed->book);
	if (sp_request_decode(feed->decoder, question, n, &request) != SP_WIRE_ok) {
		feed->counts.refused++;
		answer = sp_envelope_reply(SP_E_SYNTAX);
	} else {
		answer = request.kind == SP_REQUEST_SNAPSHOT ? feed_show(feed, &request) : feed_acknowledge(feed, &request);
	}
	nng_mtx_unlock(feed->book);
	return answer;
}

/* --- opening and closing --- */

static void feed_connected(nng_pipe pipe, nng_pipe_ev event, void *context)
{
	sp_feed *feed = context;
	(void)pipe;
	if (event == NNG_PIPE_EV_ADD_PRE) {
		atomic_fetch_add(&feed->subscribers, 1);
	} else {
		atomic_fetch_sub(&feed->subscribers, 1);
	}
}

/* What is there before any socket; 0 or an error of nng. */
static int feed_reserve(sp_feed *feed)
{
	feed->shelf = sp_shelf_open();
	feed->decoder = sp_wire_open();
	int error = feed->shelf != NULL && feed->decoder != NULL ? 0 : NNG_ENOMEM;
	error = error != 0 ? error : nng_mtx_alloc(&feed->line);
	error = error != 0 ? error : nng_mtx_alloc(&feed->book);
	return error != 0 ? error : nng_aio_alloc(&feed->pulse, feed_pulse, feed);
}

static int feed_open_pub(sp_feed *feed)
{
	int error = nng_pub0_open(&feed->pub);
	error = error != 0 ? error : nng_socket_set_int(feed->pub, NNG_OPT_SENDBUF, SP_FEED_WAITING_MAX);
	error = error != 0 ? error : nng_pipe_notify(feed->pub, NNG_PIPE_EV_ADD_PRE, feed_connected, feed);
	return error != 0 ? error : nng_pipe_notify(feed->pub, NNG_PIPE_EV_REM_POST, feed_connected, feed);
}

static sp_status feed_listen(sp_feed *feed, sp_message *message)
{
	const sp_feed_options *options = &feed->options;
	sp_status status = SP_OK;
	for (uint32_t i = 0; i < options->n_prices && status == SP_OK; i++) {
		status = sp_socket_listen(feed->pub, options->prices[i], FEED_LONGEST, NULL, message);
	}
	return status == SP_OK ? sp_replies_open(options->book, options->n_book, feed_reply, feed, &feed->replies, message)
	                       : status;
}

sp_status sp_feed_open(const sp_feed_options *options, sp_feed **feed, sp_message *message)
{
	SP_ASSERT(options->n_prices > 0 && options->n_prices <= SP_FEED_URLS_MAX);
	SP_ASSERT(options->n_book > 0 && options->n_book <= SP_FEED_URLS_MAX);
	SP_ASSERT(options->lease_ns > 0 && options->heartbeat_ns > 0 && options->grace_ns > 0 &&
	          options->convergence_ns >= 0);
	sp_feed *opened = calloc(1, sizeof *opened);
	if (opened == NULL) {
		return sp_message_set(message, SP_E_MEMORY, "no memory for the feed");
	}
	opened->options = *options;
	opened->now.lease_ns = options->lease_ns;
	int error = feed_reserve(opened);
	error = error != 0 ? error : feed_open_pub(opened);
	const sp_status status =
	    error != 0 ? sp_socket_fault(error, "listen", options->prices[0], message) : feed_listen(opened, message);
	if (status != SP_OK) {
		sp_feed_close(opened);
		return status;
	}
	*feed = opened;
	return SP_OK;
}

/* What calls back goes first, then the sockets, then what was called for. */
static void feed_close_sockets(sp_feed *feed)
{
	if (feed->pulse != NULL) {
		nng_aio_stop(feed->pulse);
	}
	sp_replies_close(feed->replies);
	if (atomic_load(&feed->subscribers) > 0) {
		nng_msleep(FEED_LINGER_MS);
	}
	sp_socket_close(feed->pub);
}

void sp_feed_close(sp_feed *feed)
{
	if (feed == NULL) {
		return;
	}
	feed_close_sockets(feed);
	if (sp_socket_is_stuck()) {
		return; /* nng may still come by */
	}
	nng_aio_free(feed->pulse);
	sp_snapshots_fini(&feed->snapshots);
	sp_shelf_close(feed->shelf);
	sp_wire_close(feed->decoder);
	nng_mtx_free(feed->line);
	nng_mtx_free(feed->book);
	free(feed);
}

/* --- publishing --- */

/* Puts what a commit lets out, all at once; and the epoch, where one begins. */
static sp_status feed_put(sp_feed *feed, const sp_epoch *epoch, const sp_feed_news *news, int64_t now_ns)
{
	nng_mtx_lock(feed->book);
	const sp_status status =
	    sp_shelf_put(feed->shelf, news->groups, news->n_groups, now_ns, now_ns + feed->options.convergence_ns);
	if (status == SP_OK) {
		SP_ASSERT(news->last_seq >= feed->now.seq);
		feed->now.epoch = epoch != NULL ? *epoch : feed->now.epoch;
		feed->now.seq = news->last_seq;
		memcpy(feed->now.config, news->config, sizeof news->config);
		memcpy(feed->now.head, news->head, sizeof news->head);
		feed->alive_ns = now_ns;
	}
	nng_mtx_unlock(feed->book);
	return status;
}

/* The frames say what the shelf tells of these families, since it gave the dates. Only whoever has the line changes the shelf. */
static void feed_send_groups(sp_feed *feed, const sp_feed_news *news, sp_frame frame)
{
	frame.seq = news->first_seq;
	frame.groups = feed->groups;
	for (uint32_t i = 0; i < news->n_groups; i += frame.n_groups, frame.seq++) {
		frame.n_groups = sp_frame_fit(news->groups + i, news->n_groups - i);
		SP_ASSERT(frame.n_groups > 0 && frame.seq <= news->last_seq);
		for (uint32_t k = 0; k < frame.n_groups; k++) {
			feed->groups[k] = *sp_shelf_told(feed->shelf, news->groups[i + k].family);
		}
		feed_send(feed, sp_envelope_frame(&frame, feed->bytes, sizeof feed->bytes));
		if (i == 0 && news->n_groups > frame.n_groups) {
			SP_FAILPOINT(publish_midway);
		}
	}
}

static sp_status feed_let_out(sp_feed *feed, const sp_epoch *epoch, const sp_feed_news *news, int64_t now_ns,
                              sp_message *message)
{
	nng_mtx_lock(feed->line);
	const sp_status status = feed_put(feed, epoch, news, now_ns);
	if (status == SP_OK) {
		nng_mtx_lock(feed->book);
		const sp_frame frame = feed_frame(feed, SP_FRAME_BOOK, now_ns);
		feed->counts.frames += sp_feed_frames(news->groups, news->n_groups);
		nng_mtx_unlock(feed->book);
		feed_send_groups(feed, news, frame);
	}
	nng_mtx_unlock(feed->line);
	return status == SP_OK ? SP_OK : sp_message_set(message, status, "no memory for the price book");
}

sp_status sp_feed_begin(sp_feed *feed, const sp_epoch *epoch, const sp_feed_news *book, sp_message *message)
{
	SP_ASSERT(feed != NULL && epoch->counter > 0 && feed->now.epoch.counter == 0);
	const sp_status status = feed_let_out(feed, epoch, book, feed_now(feed), message);
	if (status == SP_OK) {
		feed_sleep(feed);
	}
	return status;
}

sp_status sp_feed_publish(sp_feed *feed, const sp_feed_news *news, int64_t *published_ns, sp_message *message)
{
	SP_ASSERT(feed != NULL && feed->now.epoch.counter > 0);
	const int64_t now_ns = feed_now(feed);
	const sp_status status = feed_let_out(feed, NULL, news, now_ns, message);
	if (status == SP_OK) {
		*published_ns = now_ns;
	}
	return status;
}

void sp_feed_alive(sp_feed *feed, const uint8_t head[SP_FRAME_HASH_MAX], int64_t now_ns)
{
	nng_mtx_lock(feed->book);
	memcpy(feed->now.head, head, sizeof feed->now.head);
	feed->alive_ns = now_ns;
	nng_mtx_unlock(feed->book);
}

/* --- looking --- */

bool sp_feed_differs(sp_feed *feed, const sp_frame_group *group)
{
	nng_mtx_lock(feed->book);
	const bool differs = sp_shelf_differs(feed->shelf, group);
	nng_mtx_unlock(feed->book);
	return differs;
}

void sp_feed_count(sp_feed *feed, sp_feed_counts *counts)
{
	nng_mtx_lock(feed->book);
	*counts = feed->counts;
	counts->seq = feed->now.seq;
	nng_mtx_unlock(feed->book);
	counts->subscribers = atomic_load(&feed->subscribers);
}

uint32_t sp_feed_clients(sp_feed *feed, sp_feed_client *clients, uint32_t max)
{
	nng_mtx_lock(feed->book);
	const uint32_t n = sp_clients_copy(&feed->clients, clients, max);
	nng_mtx_unlock(feed->book);
	return n;
}

void sp_feed_groups(sp_feed *feed, const char *after, sp_feed_group_fn fn, void *context)
{
	SP_ASSERT(after != NULL && fn != NULL);
	uint32_t n;
	nng_mtx_lock(feed->book);
	const sp_frame_group *groups = sp_shelf_groups(feed->shelf, &n);
	for (uint32_t i = sp_shelf_after(feed->shelf, after); i < n && fn(context, &groups[i]); i++) {
	}
	nng_mtx_unlock(feed->book);
}
