/* peer.c - see peer.h. A connection goes forward through its states as far as time allows, and begins anew when it fails:
 *
 *     away → connecting → greeting → up
 *
 * A message that has come half-way waits for its rest in the next call. One that was sent half-way ends the connection. */
#include "transport/socket/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "transport/socket/dial.h"
#include "transport/socket/url.h"

#define PEER_GREETING 8
#define PEER_HEAD_MAX 9                   /* a byte 1 over ipc, then the length */
#define PEER_ID       4                   /* before a question, and before its answer */
#define PEER_ID_LAST  (UINT32_C(1) << 31) /* marks the last part of a way back */

typedef enum peer_state { PEER_AWAY, PEER_CONNECTING, PEER_GREETED, PEER_UP } peer_state;

struct sp_peer {
	char *url;
	sp_peer_role role;
	size_t longest;
	peer_state state;
	int fd; /* -1: away */
	int64_t again_ms;
	unsigned attempt; /* which of a name's addresses is tried next */
	uint32_t id;      /* of the last question */

	uint8_t head[PEER_HEAD_MAX]; /* of the greeting, then of each message */
	size_t n_head;
	uint8_t *body; /* NULL: the head has not all come */
	size_t size, n_body;
};

int64_t sp_peer_clock(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- opening and closing --- */

sp_status sp_peer_open(const char *url, sp_peer_role role, size_t longest, sp_peer **peer, sp_message *message)
{
	SP_ASSERT(role == SP_PEER_SUB || role == SP_PEER_REQ);
	SP_ASSERT(longest > 0);
	const sp_status status = sp_socket_url_check(url, message);
	if (status != SP_OK) {
		return status;
	}
	sp_peer *opened = calloc(1, sizeof *opened);
	if (opened == NULL || (opened->url = strdup(url)) == NULL) {
		free(opened);
		return sp_message_set(message, SP_E_MEMORY, "no memory to connect to %s", url);
	}
	opened->role = role;
	opened->longest = longest + (role == SP_PEER_REQ ? PEER_ID : 0);
	opened->fd = -1;
	*peer = opened;
	return SP_OK;
}

/* What came of it is gone. */
static void peer_forget(sp_peer *peer)
{
	free(peer->body);
	peer->body = NULL;
	peer->n_head = peer->n_body = peer->size = 0;
}

static sp_status peer_drop(sp_peer *peer)
{
	if (peer->fd >= 0) {
		close(peer->fd);
	}
	peer->fd = -1;
	peer->state = PEER_AWAY;
	peer->again_ms = sp_peer_clock() + SP_SOCKET_RECONNECT_MS;
	peer_forget(peer);
	return SP_E_UNREACHABLE;
}

void sp_peer_close(sp_peer *peer)
{
	if (peer != NULL) {
		peer_drop(peer);
		free(peer->url);
	}
	free(peer);
}

/* --- reading and writing --- */

/* Waits until the connection may be read or written (or has failed): true; false: not by then. */
static bool peer_wait(const sp_peer *peer, short events, int64_t until_ms)
{
	struct pollfd fd = {.fd = peer->fd, .events = events};
	int n;
	do {
		const int64_t left_ms = until_ms - sp_peer_clock();
		n = poll(&fd, 1, left_ms > 0 ? (int)left_ms : 0);
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

static bool peer_may_go_on(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Reads on until there are `size` bytes. */
static sp_status peer_read(sp_peer *peer, uint8_t *bytes, size_t size, size_t *n, int64_t until_ms)
{
	while (*n < size) {
		const ssize_t got = recv(peer->fd, bytes + *n, size - *n, MSG_DONTWAIT);
		if (got > 0) {
			*n += (size_t)got;
		} else if (got == 0 || !peer_may_go_on()) {
			return peer_drop(peer);
		} else if (!peer_wait(peer, POLLIN, until_ms)) {
			return SP_E_END;
		}
	}
	return SP_OK;
}

static sp_status peer_write(sp_peer *peer, const uint8_t *bytes, size_t size, int64_t until_ms)
{
	for (size_t n = 0; n < size;) {
		const ssize_t sent = send(peer->fd, bytes + n, size - n, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent > 0) {
			n += (size_t)sent;
		} else if (!peer_may_go_on() || !peer_wait(peer, POLLOUT, until_ms)) {
			return peer_drop(peer);
		}
	}
	return SP_OK;
}

/* --- connecting --- */

/* Begins to connect to an address; true: it may come to something. */
static bool peer_try(sp_peer *peer, const struct sockaddr *address, socklen_t size)
{
	peer->fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return peer->fd >= 0 && (connect(peer->fd, address, size) == 0 || errno == EINPROGRESS);
}

static bool peer_try_path(sp_peer *peer, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memcpy(address.sun_path, path, strlen(path) + 1); /* the url was checked */
	return peer_try(peer, (const struct sockaddr *)&address, sizeof address);
}

/* A name may have several addresses: each attempt takes the next one. */
static bool peer_try_host(sp_peer *peer)
{
	char host[256];
	const char *begin = peer->url + strlen("tcp://"), *colon = strrchr(begin, ':');
	const bool bare = begin[0] != '[';
	const int n = (int)(colon - begin) - (bare ? 0 : 2);
	snprintf(host, sizeof host, "%.*s", n, bare ? begin : begin + 1);
	const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	struct addrinfo *found = NULL, *each;
	if (getaddrinfo(host, colon + 1, &wanted, &found) != 0) {
		return false;
	}
	unsigned count = 0;
	for (each = found; each != NULL; each = each->ai_next) {
		count++;
	}
	each = found;
	for (unsigned i = peer->attempt++ % count; i > 0; i--) {
		each = each->ai_next;
	}
	const bool began = peer_try(peer, each->ai_addr, each->ai_addrlen);
	freeaddrinfo(found);
	return began;
}

static sp_status peer_begin(sp_peer *peer, int64_t until_ms)
{
	const int64_t left_ms = peer->again_ms - sp_peer_clock();
	if (left_ms > 0) {
		const int64_t limit_ms = until_ms - sp_peer_clock();
		const int64_t wait_ms = left_ms < limit_ms ? left_ms : limit_ms;
		poll(NULL, 0, wait_ms > 0 ? (int)wait_ms : 0);
	}
	if (sp_peer_clock() < peer->again_ms) {
		return SP_E_END;
	}
	const char *path = sp_socket_url_path(peer->url);
	if (!(path != NULL ? peer_try_path(peer, path) : peer_try_host(peer))) {
		return peer_drop(peer);
	}
	peer->state = PEER_CONNECTING;
	return SP_OK;
}

static sp_status peer_say(sp_peer *peer, int64_t until_ms)
{
	const uint8_t greeting[PEER_GREETING] = {0, 'S', 'P', 0, 0, (uint8_t)peer->role, 0, 0};
	int error = 0;
	socklen_t size = sizeof error;
	if (!peer_wait(peer, POLLOUT, until_ms)) {
		return SP_E_END;
	}
	if (getsockopt(peer->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
		return peer_drop(peer);
	}
	const sp_status status = peer_write(peer, greeting, sizeof greeting, until_ms);
	peer->state = status == SP_OK ? PEER_GREETED : peer->state;
	return status;
}

static sp_status peer_hear(sp_peer *peer, int64_t until_ms)
{
	const uint8_t other = peer->role == SP_PEER_SUB ? SP_PEER_SUB - 1 : SP_PEER_REQ + 1;
	const uint8_t expected[PEER_GREETING] = {0, 'S', 'P', 0, 0, other, 0, 0};
	const sp_status status = peer_read(peer, peer->head, PEER_GREETING, &peer->n_head, until_ms);
	if (status != SP_OK) {
		return status;
	}
	if (memcmp(peer->head, expected, sizeof expected) != 0) {
		return peer_drop(peer);
	}
	peer->n_head = 0;
	peer->state = PEER_UP;
	return SP_OK;
}

/* Goes forward until it is connected. SP_E_END: not by then. */
static sp_status peer_reach(sp_peer *peer, int64_t until_ms)
{
	sp_status status = SP_OK;
	while (peer->state != PEER_UP && status != SP_E_END) {
		switch (peer->state) {
		case PEER_AWAY:
			status = peer_begin(peer, until_ms);
			break;
		case PEER_CONNECTING:
			status = peer_say(peer, until_ms);
			break;
		default:
			status = peer_hear(peer, until_ms);
			break;
		}
	}
	return status;
}

sp_status sp_peer_connect(sp_peer *peer, int64_t until_ms)
{
	SP_ASSERT(peer != NULL);
	return peer_reach(peer, until_ms) == SP_OK ? SP_OK : SP_E_UNREACHABLE;
}

/* --- messages --- */

static size_t peer_head_size(const sp_peer *peer)
{
	return sp_socket_url_path(peer->url) != NULL ? PEER_HEAD_MAX : PEER_HEAD_MAX - 1;
}

/* The head has come: makes room for its message. */
static sp_status peer_make_room(sp_peer *peer)
{
	const size_t n_head = peer_head_size(peer);
	uint64_t size = 0;
	for (size_t i = n_head - 8; i < n_head; i++) {
		size = size << 8 | peer->head[i];
	}
	if ((n_head == PEER_HEAD_MAX && peer->head[0] != 1) || size > peer->longest) {
		return peer_drop(peer);
	}
	peer->body = malloc((size_t)size + 1);
	peer->size = (size_t)size;
	return peer->body != NULL ? SP_OK : SP_E_MEMORY;
}

sp_status sp_peer_receive(sp_peer *peer, int64_t until_ms, sp_peer_message *message)
{
	SP_ASSERT(peer != NULL && message != NULL);
	sp_status status = peer_reach(peer, until_ms);
	if (status == SP_OK) {
		status = peer_read(peer, peer->head, peer_head_size(peer), &peer->n_head, until_ms);
	}
	if (status == SP_OK && peer->body == NULL) {
		status = peer_make_room(peer);
	}
	if (status == SP_OK) {
		status = peer_read(peer, peer->body, peer->size, &peer->n_body, until_ms);
	}
	if (status == SP_OK) {
		*message = (sp_peer_message){peer->body, peer->size};
		peer->body = NULL;
		peer_forget(peer);
	}
	return status;
}

/* In one piece, so that nothing waits for the rest of it. */
static sp_status peer_put(sp_peer *peer, int64_t until_ms, const uint8_t id[PEER_ID], const uint8_t *question, size_t n)
{
	uint8_t bytes[PEER_HEAD_MAX + PEER_ID + SP_PEER_QUESTION_MAX] = {1};
	const size_t n_head = peer_head_size(peer);
	const uint64_t size = n + PEER_ID;
	for (size_t i = 0; i < 8; i++) {
		bytes[n_head - 1 - i] = (uint8_t)(size >> (8 * i));
	}
	memcpy(bytes + n_head, id, PEER_ID);
	memcpy(bytes + n_head + PEER_ID, question, n);
	const sp_status status = peer_reach(peer, until_ms);
	return status == SP_OK ? peer_write(peer, bytes, n_head + size, until_ms) : status;
}

/* Answers to earlier questions, which came too late, are thrown away. */
static sp_status peer_answer(sp_peer *peer, int64_t until_ms, const uint8_t id[PEER_ID], sp_peer_message *answer)
{
	sp_status status;
	while ((status = sp_peer_receive(peer, until_ms, answer)) == SP_OK) {
		if (answer->n >= PEER_ID && memcmp(answer->bytes, id, PEER_ID) == 0) {
			answer->n -= PEER_ID;
			memmove(answer->bytes, answer->bytes + PEER_ID, answer->n);
			return SP_OK;
		}
		free(answer->bytes);
	}
	return status;
}

sp_status sp_peer_ask(sp_peer *peer, int64_t until_ms, const uint8_t *question, size_t n, sp_peer_message *answer)
{
	SP_ASSERT(peer != NULL && peer->role == SP_PEER_REQ && n <= SP_PEER_QUESTION_MAX);
	sp_status status;
	do {
		const uint32_t number = ++peer->id | PEER_ID_LAST;
		const uint8_t id[PEER_ID] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
		                             (uint8_t)number};
		status = peer_put(peer, until_ms, id, question, n);
		if (status == SP_OK) {
			status = peer_answer(peer, until_ms, id, answer);
		}
	} while (status == SP_E_UNREACHABLE && sp_peer_clock() < until_ms);
	return status == SP_E_END ? SP_E_UNREACHABLE : status;
}
