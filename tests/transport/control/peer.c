/* peer.c - see peer.h. */
#include "tests/transport/control/peer.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define MESSAGE  1 /* the byte before each */
#define ANSWERED 0x80000000u

static struct sockaddr_un address(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
	return at;
}

static int new_socket(void)
{
	struct timeval limit = {.tv_sec = PEER_WAIT_S};
	int sock = socket(AF_UNIX, SOCK_STREAM, 0);

	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	return sock;
}

int peer_listen(const char *path)
{
	struct sockaddr_un at = address(path);
	int sock = new_socket();

	unlink(path);
	if (bind(sock, (struct sockaddr *)&at, sizeof at) == 0 && listen(sock, 1) == 0)
		return sock;
	close(sock);
	return -1;
}

int peer_connect(const char *path)
{
	struct sockaddr_un at = address(path);
	int sock = new_socket();

	if (connect(sock, (struct sockaddr *)&at, sizeof at) == 0)
		return sock;
	close(sock);
	return -1;
}

int peer_accept(int listener, int wait_ms)
{
	struct pollfd ready = {.fd = listener, .events = POLLIN};

	return poll(&ready, 1, wait_ms) == 1 ? accept(listener, NULL, NULL) : -1;
}

bool peer_send(int sock, const void *bytes, size_t n)
{
	return send(sock, bytes, n, MSG_NOSIGNAL) == (ssize_t)n;
}

bool peer_receive(int sock, void *bytes, size_t n)
{
	return recv(sock, bytes, n, MSG_WAITALL) == (ssize_t)n;
}

bool peer_greet(int sock, uint8_t own, uint8_t *other)
{
	const uint8_t ours[8] = {0, 'S', 'P', 0, 0, own, 0, 0};
	uint8_t theirs[8];

	if (!peer_send(sock, ours, sizeof ours) || !peer_receive(sock, theirs, sizeof theirs))
		return false;
	*other = theirs[5];
	return memcmp(theirs, "\0SP\0", 4) == 0;
}

static void put(uint8_t *at, uint64_t x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		at[i] = (uint8_t)(x >> 8 * (n - 1 - i));
}

static uint64_t get(const uint8_t *at, size_t n)
{
	uint64_t x = 0;

	for (size_t i = 0; i < n; i++)
		x = x << 8 | at[i];
	return x;
}

bool peer_ask(int sock, uint32_t number, const void *bytes, size_t n)
{
	uint8_t head[13] = {MESSAGE};

	put(head + 1, n + 4, 8);
	put(head + 9, number | ANSWERED, 4);
	return peer_send(sock, head, sizeof head) && peer_send(sock, bytes, n);
}

long peer_read(int sock, uint32_t *number, void *bytes, size_t size)
{
	uint8_t head[13];
	uint64_t n;

	if (!peer_receive(sock, head, sizeof head) || head[0] != MESSAGE)
		return -1;
	n = get(head + 1, 8) - 4;
	*number = (uint32_t)get(head + 9, 4) & ~ANSWERED;
	return n <= size && peer_receive(sock, bytes, n) ? (long)n : -1;
}
