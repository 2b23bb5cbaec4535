/* clients.c - see clients.h. */
#include "transport/feed/clients.h"

#include <string.h>

#include "base/assert.h"

/* The place of a name; else the end, or, when there is none, that of the longest silent. */
static uint32_t clients_find(const sp_clients *clients, const char *name)
{
	uint32_t i = 0;
	while (i < clients->n && strcmp(clients->list[i].name, name) != 0) {
		i++;
	}
	return i < SP_FEED_CLIENTS_MAX ? i : SP_FEED_CLIENTS_MAX - 1;
}

void sp_clients_seen(sp_clients *clients, const sp_request *request, int64_t now_ns)
{
	SP_ASSERT(request->kind == SP_REQUEST_ACKNOWLEDGE && clients->n <= SP_FEED_CLIENTS_MAX);
	sp_feed_client client = {
	    .epoch = request->epoch, .seq = request->seq, .applied_ns = request->applied_ns, .seen_ns = now_ns};
	memcpy(client.name, request->client, sizeof client.name);
	const uint32_t place = clients_find(clients, client.name);
	memmove(clients->list + 1, clients->list, place * sizeof client);
	clients->list[0] = client;
	clients->n += place == clients->n ? 1 : 0;
	SP_ASSERT(clients->n <= SP_FEED_CLIENTS_MAX);
}

uint32_t sp_clients_copy(const sp_clients *clients, sp_feed_client *copies, uint32_t max)
{
	SP_ASSERT(copies != NULL || max == 0);
	const uint32_t n = clients->n < max ? clients->n : max;
	if (n > 0) {
		memcpy(copies, clients->list, n * sizeof *copies);
	}
	return clients->n;
}
