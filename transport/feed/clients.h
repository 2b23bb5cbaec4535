/* clients.h - inside the room: who has applied what, as the acknowledgements say.
 *
 * A client says its own name, so this is for looking, never for deciding. In order of their last acknowledgement; when the table is
 * full the longest silent is forgotten. Not safe by itself: the feed locks. */
#ifndef SP_FEED_CLIENTS_H
#define SP_FEED_CLIENTS_H

#include "transport/feed/feed.h"

typedef struct sp_clients {
	uint32_t n;
	sp_feed_client list[SP_FEED_CLIENTS_MAX]; /* the latest first */
} sp_clients;

/* sp_clients_seen - takes an acknowledgement. O(clients). */
void sp_clients_seen(sp_clients *clients, const sp_request *request, int64_t now_ns);

/* As sp_feed_clients. */
uint32_t sp_clients_copy(const sp_clients *clients, sp_feed_client *copies, uint32_t max);

#endif
