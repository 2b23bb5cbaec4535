/* link.c - see link.h. A connection goes forward through its states as far as time allows, and begins anew when it fails:
 *
 *     away → connecting → greeting → up
 *
 * A message that has come half-way waits for its rest in the next call. One that was sent half-way ends the connection. */
#include "transport/socket/link.h"

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

#define LINK_GREETING 8
#define LINK_HEAD_MAX 9                   /* a byte 1 over ipc, then the length */
#define LINK_ID       4                   /* before a question, and before its answer */
#define LINK_ID_LAST  (UINT32_C(1) << 31) /* marks the last part of a way back */

typedef enum link_state { LINK_AWAY, LINK_CONNECTING, LINK_GREETED, LINK_UP } link_state;

struct sp_link {
	char *url;
	sp_link_role role;
	size_t longest;
	link_state state;
	int fd; /* -1: away */
	int64_t again_ms;
	unsigned attempt; /* which of a name's addresses is tried next */
	uint32_t id;      /* of the last question */

	uint8_t head[LINK_HEAD_MAX]; /* of the greeting, then of each message */
	size_t n_head;
	uint8_t *body; /* NULL: the head has not all come */
	size_t size, n_body;
};

int64_t sp_link_clock(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- opening and closing --- */

sp_status sp_link_open(const char *url, sp_link_role role, size_t longest, sp_link **link, sp_message *message)
{
	SP_ASSERT(role == SP_LINK_SUB || role == SP_LINK_REQ);
	SP_ASSERT(longest > 0);
	const sp_status status = sp_socket_url_check(url, message);
	if (status != SP_OK) {
		return status;
	}
	sp_link *opened = calloc(1, sizeof *opened);
	if (opened == NULL || (opened->url = strdup(url)) == NULL) {
		free(opened);
		return sp_message_set(message, SP_E_MEMORY, "no memory to connect to %s", url);
	}
	opened->role = role;
	opened->longest = longest + (role == SP_LINK_REQ ? LINK_ID : 0);
	opened->fd = -1;
	*link = opened;
	return SP_OK;
}

/* What came of it is gone. */
static void link_forget(sp_link *link)
{
	free(link->body);
	link->body = NULL;
	link->n_head = link->n_body = link->size = 0;
}

static sp_status link_drop(sp_link *link)
{
	if (link->fd >= 0) {
		close(link->fd);
	}
	link->fd = -1;
	link->state = LINK_AWAY;
	link->again_ms = sp_link_clock() + SP_SOCKET_RECONNECT_MS;
	link_forget(link);
	return SP_E_UNREACHABLE;
}

void sp_link_close(sp_link *link)
{
	if (link != NULL) {
		link_drop(link);
		free(link->url);
	}
	free(link);
}

/* --- reading and writing --- */

/* Waits until the connection may be read or written (or has failed): true; false: not by then. */
static bool link_wait(const sp_link *link, short events, int64_t until_ms)
{
	struct pollfd fd = {.fd = link->fd, .events = events};
	int n;
	do {
		const int64_t left_ms = until_ms - sp_link_clock();
		n = poll(&fd, 1, left_ms > 0 ? (int)left_ms : 0);
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

static bool link_may_go_on(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Reads on until there are `size` bytes. */
static sp_status link_read(sp_link *link, uint8_t *bytes, size_t size, size_t *n, int64_t until_ms)
{
	while (*n < size) {
		const ssize_t got = recv(link->fd, bytes + *n, size - *n, MSG_DONTWAIT);
		if (got > 0) {
			*n += (size_t)got;
		} else if (got == 0 || !link_may_go_on()) {
			return link_drop(link);
		} else if (!link_wait(link, POLLIN, until_ms)) {
			return SP_E_END;
		}
	}
	return SP_OK;
}

static sp_status link_write(sp_link *link, const uint8_t *bytes, size_t size, int64_t until_ms)
{
	for (size_t n = 0; n < size;) {
		const ssize_t sent = send(link->fd, bytes + n, size - n, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent > 0) {
			n += (size_t)sent;
		} else if (!link_may_go_on() || !link_wait(link, POLLOUT, until_ms)) {
			return link_drop(link);
		}
	}
	return SP_OK;
}

/* --- connecting --- */

/* Begins to connect to an address; true: it may come to something. */
static bool link_try(sp_link *link, const struct sockaddr *address, socklen_t size)
{
	link->fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return link->fd >= 0 && (connect(link->fd, address, size) == 0 || errno == EINPROGRESS);
}

static bool link_try_path(sp_link *link, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memcpy(address.sun_path, path, strlen(path) + 1); /* the url was checked */
	return link_try(link, (const struct sockaddr *)&address, sizeof address);
}

/* A name may have several addresses: each attempt takes the next one. */
static bool link_try_host(sp_link *link)
{
	char host[256];
	const char *begin = link->url + strlen("tcp://"), *colon = strrchr(begin, ':');
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
	for (unsigned i = link->attempt++ % count; i > 0; i--) {
		each = each->ai_next;
	}
	const bool began = link_try(link, each->ai_addr, each->ai_addrlen);
	freeaddrinfo(found);
	return began;
}

static sp_status link_begin(sp_link *link, int64_t until_ms)
{
	const int64_t left_ms = link->again_ms - sp_link_clock();
	if (left_ms > 0) {
		const int64_t limit_ms = until_ms - sp_link_clock();
		const int64_t wait_ms = left_ms < limit_ms ? left_ms : limit_ms;
		poll(NULL, 0, wait_ms > 0 ? (int)wait_ms : 0);
	}
	if (sp_link_clock() < link->again_ms) {
		return SP_E_END;
	}
	const char *path = sp_socket_url_path(link->url);
	if (!(path != NULL ? link_try_path(link, path) : link_try_host(link))) {
		return link_drop(link);
	}
	link->state = LINK_CONNECTING;
	return SP_OK;
}

static sp_status link_say(sp_link *link, int64_t until_ms)
{
	const uint8_t greeting[LINK_GREETING] = {0, 'S', 'P', 0, 0, (uint8_t)link->role, 0, 0};
	int error = 0;
	socklen_t size = sizeof error;
	if (!link_wait(link, POLLOUT, until_ms)) {
		return SP_E_END;
	}
	if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
		return link_drop(link);
	}
	const sp_status status = link_write(link, greeting, sizeof greeting, until_ms);
	link->state = status == SP_OK ? LINK_GREETED : link->state;
	return status;
}

static sp_status link_hear(sp_link *link, int64_t until_ms)
{
	const uint8_t other = link->role == SP_LINK_SUB ? SP_LINK_SUB - 1 : SP_LINK_REQ + 1;
	const uint8_t expected[LINK_GREETING] = {0, 'S', 'P', 0, 0, other, 0, 0};
	const sp_status status = link_read(link, link->head, LINK_GREETING, &link->n_head, until_ms);
	if (status != SP_OK) {
		return status;
	}
	if (memcmp(link->head, expected, sizeof expected) != 0) {
		return link_drop(link);
	}
	link->n_head = 0;
	link->state = LINK_UP;
	return SP_OK;
}

/* Goes forward until it is connected. SP_E_END: not by then. */
static sp_status link_reach(sp_link *link, int64_t until_ms)
{
	sp_status status = SP_OK;
	while (link->state != LINK_UP && status != SP_E_END) {
		switch (link->state) {
		case LINK_AWAY:
			status = link_begin(link, until_ms);
			break;
		case LINK_CONNECTING:
			status = link_say(link, until_ms);
			break;
		default:
			status = link_hear(link, until_ms);
			break;
		}
	}
	return status;
}

sp_status sp_link_connect(sp_link *link, int64_t until_ms)
{
	SP_ASSERT(link != NULL);
	return link_reach(link, until_ms) == SP_OK ? SP_OK : SP_E_UNREACHABLE;
}

/* --- messages --- */

static size_t link_head_size(const sp_link *link)
{
	return sp_socket_url_path(link->url) != NULL ? LINK_HEAD_MAX : LINK_HEAD_MAX - 1;
}

/* The head has come: makes room for its message. */
static sp_status link_make_room(sp_link *link)
{
	const size_t n_head = link_head_size(link);
	uint64_t size = 0;
	for (size_t i = n_head - 8; i < n_head; i++) {
		size = size << 8 | link->head[i];
	}
	if ((n_head == LINK_HEAD_MAX && link->head[0] != 1) || size > link->longest) {
		return link_drop(link);
	}
	link->body = malloc((size_t)size + 1);
	link->size = (size_t)size;
	return link->body != NULL ? SP_OK : SP_E_MEMORY;
}

sp_status sp_link_receive(sp_link *link, int64_t until_ms, sp_link_message *message)
{
	SP_ASSERT(link != NULL && message != NULL);
	sp_status status = link_reach(link, until_ms);
	if (status == SP_OK) {
		status = link_read(link, link->head, link_head_size(link), &link->n_head, until_ms);
	}
	if (status == SP_OK && link->body == NULL) {
		status = link_make_room(link);
	}
	if (status == SP_OK) {
		status = link_read(link, link->body, link->size, &link->n_body, until_ms);
	}
	if (status == SP_OK) {
		*message = (sp_link_message){link->body, link->size};
		link->body = NULL;
		link_forget(link);
	}
	return status;
}

/* In one piece, so that nothing waits for the rest of it. */
static sp_status link_put(sp_link *link, int64_t until_ms, const uint8_t id[LINK_ID], const uint8_t *question, size_t n)
{
	uint8_t bytes[LINK_HEAD_MAX + LINK_ID + SP_LINK_QUESTION_MAX] = {1};
	const size_t n_head = link_head_size(link);
	const uint64_t size = n + LINK_ID;
	for (size_t i = 0; i < 8; i++) {
		bytes[n_head - 1 - i] = (uint8_t)(size >> (8 * i));
	}
	memcpy(bytes + n_head, id, LINK_ID);
	memcpy(bytes + n_head + LINK_ID, question, n);
	const sp_status status = link_reach(link, until_ms);
	return status == SP_OK ? link_write(link, bytes, n_head + size, until_ms) : status;
}

/* Answers to earlier questions, which came too late, are thrown away. */
static sp_status link_answer(sp_link *link, int64_t until_ms, const uint8_t id[LINK_ID], sp_link_message *answer)
{
	sp_status status;
	while ((status = sp_link_receive(link, until_ms, answer)) == SP_OK) {
		if (answer->n >= LINK_ID && memcmp(answer->bytes, id, LINK_ID) == 0) {
			answer->n -= LINK_ID;
			memmove(answer->bytes, answer->bytes + LINK_ID, answer->n);
			return SP_OK;
		}
		free(answer->bytes);
	}
	return status;
}

sp_status sp_link_ask(sp_link *link, int64_t until_ms, const uint8_t *question, size_t n, sp_link_message *answer)
{
	SP_ASSERT(link != NULL && link->role == SP_LINK_REQ && n <= SP_LINK_QUESTION_MAX);
	sp_status status;
	do {
		const uint32_t number = ++link->id | LINK_ID_LAST;
		const uint8_t id[LINK_ID] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
		                             (uint8_t)number};
		status = link_put(link, until_ms, id, question, n);
		if (status == SP_OK) {
			status = link_answer(link, until_ms, id, answer);
		}
	} while (status == SP_E_UNREACHABLE && sp_link_clock() < until_ms);
	return status == SP_E_END ? SP_E_UNREACHABLE : status;
}
