/* follow.h - the feed's reading end for commands and tests: every change of the book in order, gaps repaired by a snapshot.
 *
 * Not what a gateway links: that is the client library. It keeps no prices and judges no lease; it hands on what comes. One thread.
 *
 *     SNAPSHOT… { BOOK | HEARTBEAT | SNAPSHOT… (after a gap) | EPOCH SNAPSHOT… | FORKED }
 */
#ifndef SP_FEED_FOLLOW_H
#define SP_FEED_FOLLOW_H

#include "transport/wire/frame.h"

typedef struct sp_follow sp_follow; /* opaque */

typedef enum sp_follow_event {
	SP_FOLLOW_BOOK, /* changes: frame->groups */
	SP_FOLLOW_SNAPSHOT, /* a chunk of the whole book, which replaces all that was known; frame->chunk from 0 to chunks - 1, nothing else
	                       in between */
	SP_FOLLOW_HEARTBEAT, /* nothing changed */
	SP_FOLLOW_EPOCH,     /* another publisher took over; a snapshot follows */
	SP_FOLLOW_FORKED,    /* a second publisher of the same epoch counter: its frames are left out; told once */
} sp_follow_event;

typedef struct sp_follow_counts {
	uint64_t frames, heartbeats; /* handed on */
	uint64_t gaps, snapshots;
	uint64_t malformed; /* what came and was no frame of a feed */
} sp_follow_counts;

/* sp_follow_open - subscribes, then fetches the whole book.
 * in     client: a name, for acknowledgements; urls of the daemon's feed
 * fails  SP_E_UNREACHABLE nobody there within wait_ms; SP_E_ABSENT somebody, but without a book; SP_E_SYNTAX no such url or name;
 *        SP_E_RANGE; SP_E_MEMORY */
sp_status sp_follow_open(const char *prices_url, const char *book_url, const char *client, int wait_ms,
                         sp_follow **follow, sp_message *message);
void sp_follow_close(sp_follow *follow); /* NULL is accepted */

/* sp_follow_next - waits for the next event, wait_ms at most. (epoch, seq) of BOOK frames never goes back, and between two of them
 * nothing is missing but what a SNAPSHOT in between tells.
 * out    *frame: what told of the event; lives until the next call
 * fails  SP_E_END: nothing came in that time; SP_E_MEMORY */
sp_status sp_follow_next(sp_follow *follow, int wait_ms, sp_follow_event *event, sp_frame *frame, sp_message *message);

/* sp_follow_acknowledge - tells the feed that all up to the last event is applied. Ends the life of the last frame.
 * fails  SP_E_ABSENT nothing was; SP_E_UNREACHABLE no answer within a second */
sp_status sp_follow_acknowledge(sp_follow *follow, int64_t applied_ns, sp_message *message);

void sp_follow_count(const sp_follow *follow, sp_follow_counts *counts);

#endif
