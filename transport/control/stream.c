/* stream.c - see stream.h. */
#include "transport/control/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/assert.h"
#include "transport/socket/url.h"

#define STREAM_MESSAGE 1 /* the first byte of a head */
#define STREAM_LENGTH  8 /* [bytes] */
#define STREAM_NUMBER  4 /* [bytes] */

int64_t sp_stream_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

sp_status sp_stream_address(const char *url, struct sockaddr_un *address, sp_message *message)
{
	const char *path = sp_socket_url_path(url);
	if (path == NULL) {
		return sp_message_set(message, SP_E_SYNTAX,
		                      "\"%.200s\" is no ipc address: commands stay on their machine, write ipc:///PATH", url);
	}
	const sp_status status = sp_socket_url_check(url, message);
	if (status == SP_OK) {
		*address = (struct sockaddr_un){.sun_family = AF_UNIX};
		memcpy(address->sun_path, path, strlen(path));
	}
	return status;
}

/* --- runs of bytes --- */

/* Until the socket is ready for `events`. */
static int stream_wait(int sock, short events, int64_t until_ms)
{
	struct pollfd ready = {.fd = sock, .events = events};
	const int64_t left = until_ms - sp_stream_now();
	const int n = left > 0 ? poll(&ready, 1, (int)left) : 0;
	if (n == 0) {
		return ETIMEDOUT;
	}
	return n > 0 || errno == EINTR ? 0 : errno;
}

int sp_stream_send(int sock, const void *bytes, size_t n, int64_t until_ms)
{
	SP_ASSERT(sock >= 0 && bytes != NULL);
	size_t done = 0;
	int error = 0;
	while (done < n && error == 0) {
		const ssize_t sent = send(sock, (const uint8_t *)bytes + done, n - done, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent >= 0) {
			done += (size_t)sent;
		} else {
			error = errno == EAGAIN ? stream_wait(sock, POLLOUT, until_ms) : errno;
		}
	}
	return error;
}

int sp_stream_receive(int sock, void *bytes, size_t n, int64_t until_ms)
{
	SP_ASSERT(sock >= 0 && bytes != NULL);
	size_t done = 0;
	int error = 0;
	while (done < n && error == 0) {
		const ssize_t got = recv(sock, (uint8_t *)bytes + done, n - done, MSG_DONTWAIT);
		if (got > 0) {
			done += (size_t)got;
		} else if (got == 0) {
			error = ECONNRESET;
		} else {
			error = errno == EAGAIN ? stream_wait(sock, POLLIN, until_ms) : errno;
		}
	}
	return error;
}

/* --- greetings and heads --- */

void sp_stream_greeting(uint8_t bytes[SP_STREAM_GREETING], uint8_t protocol)
{
	memcpy(bytes, (const uint8_t[SP_STREAM_GREETING]){0, 'S', 'P', 0, 0, protocol, 0, 0}, SP_STREAM_GREETING);
}

uint8_t sp_stream_protocol(const uint8_t bytes[SP_STREAM_GREETING])
{
	uint8_t expected[SP_STREAM_GREETING];
	sp_stream_greeting(expected, bytes[5]);
	return memcmp(bytes, expected, sizeof expected) == 0 ? bytes[5] : 0;
}

static void stream_put(uint8_t *bytes, uint64_t x, size_t n)
{
	for (size_t i = n; i-- > 0; x >>= 8) {
		bytes[i] = (uint8_t)x;
	}
}

static uint64_t stream_get(const uint8_t *bytes, size_t n)
{
	uint64_t x = 0;
	for (size_t i = 0; i < n; i++) {
		x = x << 8 | bytes[i];
	}
	return x;
}

void sp_stream_head(uint8_t bytes[SP_STREAM_HEAD], uint32_t number, size_t n_body)
{
	SP_ASSERT((number & SP_STREAM_NUMBERED) != 0);
	bytes[0] = STREAM_MESSAGE;
	stream_put(bytes + 1, n_body + STREAM_NUMBER, STREAM_LENGTH);
	stream_put(bytes + 1 + STREAM_LENGTH, number, STREAM_NUMBER);
}

uint64_t sp_stream_body(const uint8_t bytes[SP_STREAM_HEAD], uint32_t *number)
{
	const uint64_t n = stream_get(bytes + 1, STREAM_LENGTH);
	*number = (uint32_t)stream_get(bytes + 1 + STREAM_LENGTH, STREAM_NUMBER);
	const bool sound = bytes[0] == STREAM_MESSAGE && n >= STREAM_NUMBER && (*number & SP_STREAM_NUMBERED) != 0;
	return sound ? n - STREAM_NUMBER : UINT64_MAX;
}
