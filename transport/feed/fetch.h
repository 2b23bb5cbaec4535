/* fetch.h - inside the room: asking a feed, and its whole book chunk by chunk.
 *
 * One thread. A book that is fetched half-way is of no use when the feed holds it no more: then it is fetched from the beginning.
 * Time limits are of sp_link_clock [ms]. */
#ifndef SP_FEED_FETCH_H
#define SP_FEED_FETCH_H

#include "transport/socket/link.h"
#include "transport/wire/frame.h"
#include "transport/wire/request.h"

#define SP_FETCH_CHUNKS_MAX 65536 /* a book of some 30 million prices: whoever says more is no feed of ours */

typedef struct sp_fetch {
	sp_link *req; /* NULL: not open */
	char client[SP_ID_MAX + 1];
	sp_link_message *chunks; /* fetched so far */
	uint32_t n, n_chunks;
	sp_epoch epoch; /* of the chunks; nothing without */
	uint64_t seq;
} sp_fetch;

/* client: a name. fails as sp_link_open; SP_E_SYNTAX no name */
sp_status sp_fetch_open(sp_fetch *fetch, const char *url, const char *client, sp_message *message);
void sp_fetch_close(sp_fetch *fetch);

/* sp_fetch_step - asks for the next chunk, waits until then at most.
 * fails  SP_E_END more are to be fetched; SP_E_UNREACHABLE no answer in time (what was fetched stays); what the feed answers, or
 *        SP_E_DAMAGED: begin anew */
sp_status sp_fetch_step(sp_fetch *fetch, sp_wire_decoder *decoder, int64_t until_ms);

/* sp_fetch_forget - what was fetched; the next step begins anew. */
void sp_fetch_forget(sp_fetch *fetch);

/* sp_fetch_acknowledge - fails SP_E_UNREACHABLE; what the feed answers */
sp_status sp_fetch_acknowledge(sp_fetch *fetch, sp_wire_decoder *decoder, const sp_request *applied, int64_t until_ms);

#endif
