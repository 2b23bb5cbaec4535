/* peer.c - see peer.h. Three runs of bytes come one after the other: the greeting once, then of each question the head and the
 * body. */
#include "transport/control/peer.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"

void sp_peer_open(sp_peer *peer, int sock)
{
	SP_ASSERT(peer->sock < 0 && sock >= 0);
	struct ucred who = {0};
	socklen_t n = sizeof who;
	uint8_t greeting[SP_STREAM_GREETING];
	sp_stream_greeting(greeting, SP_STREAM_REP);
	const bool known = getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0;
	*peer = (sp_peer){.sock = sock, .uid = who.uid};
	if (!known || sp_stream_send(sock, greeting, sizeof greeting, 0) != 0) {
		sp_peer_close(peer);
	}
}

void sp_peer_close(sp_peer *peer)
{
	if (peer->sock >= 0) {
		close(peer->sock);
	}
	peer->sock = -1;
}

/* --- what it says --- */

/* Reads on until n bytes are there: then SP_PEER_QUESTION. */
static sp_peer_word peer_fill(sp_peer *peer, uint8_t *bytes, size_t n)
{
	while (peer->got < n) {
		const ssize_t got = recv(peer->sock, bytes + peer->got, n - peer->got, MSG_DONTWAIT);
		if (got <= 0) {
			return got < 0 && (errno == EAGAIN || errno == EINTR) ? SP_PEER_PART : SP_PEER_GONE;
		}
		peer->got += (size_t)got;
	}
	peer->got = 0;
	return SP_PEER_QUESTION;
}

static sp_peer_word peer_greeting(sp_peer *peer)
{
	const sp_peer_word word = peer_fill(peer, peer->head, SP_STREAM_GREETING);
	if (word != SP_PEER_QUESTION) {
		return word;
	}
	peer->greeted = sp_stream_protocol(peer->head) == SP_STREAM_REQ;
	return peer->greeted ? SP_PEER_QUESTION : SP_PEER_GONE;
}

static sp_peer_word peer_head(sp_peer *peer)
{
	const sp_peer_word word = peer_fill(peer, peer->head, SP_STREAM_HEAD);
	if (word != SP_PEER_QUESTION) {
		return word;
	}
	peer->n = sp_stream_body(peer->head, &peer->number);
	if (peer->n == UINT64_MAX) {
		return SP_PEER_GONE;
	}
	return peer->n <= sizeof peer->bytes ? SP_PEER_QUESTION : SP_PEER_LONGER;
}

sp_peer_word sp_peer_hear(sp_peer *peer)
{
	SP_ASSERT(peer->sock >= 0);
	sp_peer_word word = SP_PEER_QUESTION;
	if (!peer->greeted) {
		word = peer_greeting(peer);
	}
	if (word == SP_PEER_QUESTION && peer->number == 0) {
		word = peer_head(peer);
	}
	if (word == SP_PEER_QUESTION) {
		word = peer_fill(peer, peer->bytes, (size_t)peer->n);
	}
	return word;
}

bool sp_peer_is_there(const sp_peer *peer)
{
	SP_ASSERT(peer->sock >= 0);
	uint8_t next;
	return recv(peer->sock, &next, sizeof next, MSG_DONTWAIT | MSG_PEEK) != 0;
}

/* --- what it is told --- */

bool sp_peer_answer(sp_peer *peer, const uint8_t *bytes, size_t n, int64_t until_ms)
{
	SP_ASSERT(peer->sock >= 0 && peer->number != 0);
	uint8_t head[SP_STREAM_HEAD];
	sp_stream_head(head, peer->number, n);
	peer->number = 0; /* the next question may come */
	return sp_stream_send(peer->sock, head, sizeof head, until_ms) == 0 &&
	       sp_stream_send(peer->sock, bytes, n, until_ms) == 0;
}
