/* follow.c - see follow.h. It either has the book as of a seq and reads frames, or fetches the book; while it fetches, the frames
 * that come wait at the feed, or are lost there. */
#include "transport/feed/follow.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "transport/feed/epoch.h"
#include "transport/feed/fetch.h"
#include "transport/socket/link.h"

#define FOLLOW_AGAIN_MS       20 /* after an answer that was no book */
#define FOLLOW_ACKNOWLEDGE_MS 1000

struct sp_follow {
	sp_link *sub; /* NULL: not open */
	sp_fetch fetch;
	sp_wire_decoder *decoder;
	bool has_book;         /* else it is to be fetched */
	uint32_t shown;        /* chunks of a fetched book that were handed on; it is whole when fetch.n is n_chunks */
	sp_epoch epoch;        /* counter 0: none yet */
	uint64_t seq;          /* handed on up to here */
	sp_link_message last;  /* the last event's frame lives in it */
	sp_link_message ahead; /* a frame behind a gap, looked at again when the gap is closed */
	sp_epoch forked;
	sp_follow_counts counts;
};

/* --- frames --- */

static bool follow_decode(sp_follow *follow, sp_link_message message, sp_frame *frame)
{
	return sp_frame_decode(follow->decoder, message.bytes, message.n, frame) == SP_WIRE_ok;
}

/* The book is to be fetched; of whose epoch will be seen. */
static void follow_lose(sp_follow *follow)
{
	sp_fetch_forget(&follow->fetch);
	follow->shown = 0;
	follow->has_book = false;
}

/* Who speaks? True: it is an event, or to be left out (SP_E_END); false: the publisher that is followed. */
static bool follow_judge_epoch(sp_follow *follow, const sp_epoch *epoch, sp_follow_event *event, sp_status *status)
{
	*status = SP_OK;
	if (sp_epoch_equal(epoch, &follow->epoch)) {
		return false;
	}
	if (epoch->counter > follow->epoch.counter) {
		*event = SP_FOLLOW_EPOCH;
		follow->epoch = *epoch;
		follow->seq = 0;
	} else if (epoch->counter == follow->epoch.counter && !sp_epoch_equal(epoch, &follow->forked)) {
		*event = SP_FOLLOW_FORKED;
		follow->forked = *epoch;
	} else {
		*status = SP_E_END;
	}
	return true;
}

/* A frame of the publisher that is followed: SP_OK it is the next event; SP_E_END old; SP_E_ABSENT there is a gap before it. */
static sp_status follow_judge_seq(sp_follow *follow, const sp_frame *frame, sp_follow_event *event)
{
	const bool is_book = frame->kind == SP_FRAME_BOOK;
	const uint64_t next = follow->seq + (is_book ? 1 : 0);
	if (frame->seq != next) {
		return frame->seq < next ? SP_E_END : SP_E_ABSENT;
	}
	*event = is_book ? SP_FOLLOW_BOOK : SP_FOLLOW_HEARTBEAT;
	follow->counts.frames += is_book ? 1 : 0;
	follow->counts.heartbeats += is_book ? 0 : 1;
	follow->seq = frame->seq;
	return SP_OK;
}

/* Looks at a message, which is follow's from here on. SP_E_END: no event. */
static sp_status follow_judge(sp_follow *follow, sp_link_message message, sp_follow_event *event, sp_frame *frame)
{
	sp_status status = SP_E_END;
	if (!follow_decode(follow, message, frame) || frame->kind == SP_FRAME_SNAPSHOT) {
		follow->counts.malformed++;
	} else if (follow_judge_epoch(follow, &frame->epoch, event, &status)) {
		if (status == SP_OK && *event == SP_FOLLOW_EPOCH) {
			follow_lose(follow);
		}
	} else {
		status = follow_judge_seq(follow, frame, event);
	}
	if (status == SP_E_ABSENT) {
		follow->counts.gaps++;
		follow_lose(follow);
		follow->ahead = message;
		return SP_E_END;
	}
	if (status == SP_OK) {
		follow->last = message;
	} else {
		free(message.bytes);
	}
	return status;
}

static sp_status follow_read(sp_follow *follow, int64_t until_ms, sp_follow_event *event, sp_frame *frame)
{
	sp_link_message message = follow->ahead;
	follow->ahead.bytes = NULL;
	if (message.bytes == NULL) {
		const sp_status status = sp_link_receive(follow->sub, until_ms, &message);
		if (status != SP_OK) {
			return status == SP_E_MEMORY ? status : SP_E_END; /* a lost connection is made again by the next call */
		}
	}
	return follow_judge(follow, message, event, frame);
}

/* --- the whole book --- */

static bool follow_is_whole(const sp_follow *follow)
{
	return follow->fetch.n > 0 && follow->fetch.n == follow->fetch.n_chunks;
}

/* A book of an earlier publisher, of a second one, or older than what was handed on is none for us. */
static bool follow_takes(const sp_follow *follow)
{
	const sp_epoch *epoch = &follow->fetch.epoch;
	return sp_epoch_equal(epoch, &follow->epoch) ? follow->fetch.seq >= follow->seq
	                                             : epoch->counter > follow->epoch.counter;
}

static void follow_pause(int64_t until_ms)
{
	const int64_t left_ms = until_ms - sp_link_clock();
	if (left_ms > 0) {
		poll(NULL, 0, left_ms < FOLLOW_AGAIN_MS ? (int)left_ms : FOLLOW_AGAIN_MS);
	}
}

/* Fetches on until the book is whole, at most until then. */
static sp_status follow_fetch(sp_follow *follow, int64_t until_ms)
{
	sp_status status = SP_E_END;
	do {
		status = sp_fetch_step(&follow->fetch, follow->decoder, until_ms);
		if (status == SP_OK && !follow_takes(follow)) {
			sp_fetch_forget(&follow->fetch);
			status = SP_E_ABSENT;
		}
		if (status != SP_OK && status != SP_E_END) {
			follow_pause(until_ms);
		}
	} while (status != SP_OK && status != SP_E_MEMORY && sp_link_clock() < until_ms);
	return status;
}

/* The next chunk of a whole book; before the first, whose it is, if that is news. */
static sp_status follow_show(sp_follow *follow, sp_follow_event *event, sp_frame *frame)
{
	sp_fetch *fetch = &follow->fetch;
	const bool sound = follow_decode(follow, fetch->chunks[follow->shown], frame);
	SP_ASSERT(sound); /* it was when it was fetched */
	if (!sp_epoch_equal(&fetch->epoch, &follow->epoch)) {
		const bool is_first = follow->epoch.counter == 0;
		follow->epoch = fetch->epoch;
		follow->seq = 0;
		if (!is_first) {
			*event = SP_FOLLOW_EPOCH;
			return SP_OK;
		}
	}
	*event = SP_FOLLOW_SNAPSHOT;
	follow->shown++;
	if (follow->shown == fetch->n_chunks) {
		follow->seq = fetch->seq;
		follow->has_book = true;
		follow->counts.snapshots++;
	}
	return SP_OK;
}

/* --- opening, reading, closing --- */

/* Subscribes first, so that nothing is missed that is sent while the book is fetched. */
static sp_status follow_begin(sp_follow *follow, int64_t until_ms)
{
	const sp_status status = sp_link_connect(follow->sub, until_ms);
	return status == SP_OK ? follow_fetch(follow, until_ms) : status;
}

static sp_status follow_fault(sp_status status, const char *url, int wait_ms, sp_message *message)
{
	switch (status) {
	case SP_OK:
		return SP_OK;
	case SP_E_MEMORY:
		return sp_message_set(message, status, "no memory for the price book");
	case SP_E_UNREACHABLE:
		return sp_message_set(message, status, "no answer at %s within %d ms: is the daemon running?", url, wait_ms);
	default:
		return sp_message_set(message, SP_E_ABSENT,
		                      "no price book at %s within %d ms (%s): has the daemon just started?", url, wait_ms,
		                      sp_status_text(status));
	}
}

sp_status sp_follow_open(const char *prices_url, const char *book_url, const char *client, int wait_ms,
                         sp_follow **follow, sp_message *message)
{
	SP_ASSERT(prices_url != NULL && book_url != NULL && client != NULL && wait_ms >= 0);
	sp_follow *opened = calloc(1, sizeof *opened);
	if (opened == NULL || (opened->decoder = sp_wire_open()) == NULL) {
		sp_follow_close(opened);
		return sp_message_set(message, SP_E_MEMORY, "no memory to follow the feed");
	}
	sp_status status = sp_link_open(prices_url, SP_LINK_SUB, SP_FRAME_BYTES_MAX, &opened->sub, message);
	if (status == SP_OK) {
		status = sp_fetch_open(&opened->fetch, book_url, client, message);
	}
	if (status == SP_OK) {
		status = follow_begin(opened, sp_link_clock() + wait_ms);
		status = follow_fault(status, book_url, wait_ms, message);
	}
	if (status != SP_OK) {
		sp_follow_close(opened);
		return status;
	}
	*follow = opened;
	return SP_OK;
}

void sp_follow_close(sp_follow *follow)
{
	if (follow == NULL) {
		return;
	}
	sp_link_close(follow->sub);
	sp_fetch_close(&follow->fetch);
	free(follow->last.bytes);
	free(follow->ahead.bytes);
	sp_wire_close(follow->decoder);
	free(follow);
}

sp_status sp_follow_next(sp_follow *follow, int wait_ms, sp_follow_event *event, sp_frame *frame, sp_message *message)
{
	SP_ASSERT(follow != NULL && wait_ms >= 0);
	const int64_t until_ms = sp_link_clock() + wait_ms;
	sp_status status = SP_E_END;
	free(follow->last.bytes);
	follow->last.bytes = NULL;
	do {
		if (follow->has_book) {
			sp_fetch_forget(&follow->fetch); /* all of it was handed on */
			follow->shown = 0;
			status = follow_read(follow, until_ms, event, frame);
		} else if (follow_is_whole(follow)) {
			status = follow_show(follow, event, frame);
		} else if (follow_fetch(follow, until_ms) == SP_E_MEMORY) {
			return sp_message_set(message, SP_E_MEMORY, "no memory for the price book");
		}
	} while (status == SP_E_END && (follow_is_whole(follow) || sp_link_clock() < until_ms));
	return status;
}

sp_status sp_follow_acknowledge(sp_follow *follow, int64_t applied_ns, sp_message *message)
{
	SP_ASSERT(follow != NULL);
	if (follow->seq == 0) {
		return sp_message_set(message, SP_E_ABSENT, "nothing has been applied yet");
	}
	const sp_request applied = {
	    .kind = SP_REQUEST_ACKNOWLEDGE, .epoch = follow->epoch, .seq = follow->seq, .applied_ns = applied_ns};
	const sp_status status =
	    sp_fetch_acknowledge(&follow->fetch, follow->decoder, &applied, sp_link_clock() + FOLLOW_ACKNOWLEDGE_MS);
	return status == SP_OK ? SP_OK
	                       : sp_message_set(message, status, "the feed did not take it: %s", sp_status_text(status));
}

void sp_follow_count(const sp_follow *follow, sp_follow_counts *counts)
{
	SP_ASSERT(follow != NULL && counts != NULL);
	*counts = follow->counts;
}
