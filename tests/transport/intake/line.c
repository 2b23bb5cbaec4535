/* line.c - see line.h. */
#include "tests/transport/intake/line.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/check/check.h"

static int connect_tcp(const char *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_port = htons((uint16_t)strtol(port, NULL, 10));
	check_i64(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

static int connect_ipc(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	check_i64(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

sp_line sp_line_connect(const char *url)
{
	struct timeval limit = {.tv_sec = SP_LINE_WAIT_MS / 1000};
	sp_line line = {.local = strncmp(url, "ipc://", 6) == 0};

	line.fd = line.local ? connect_ipc(url + 6) : connect_tcp(strrchr(url, ':') + 1);
	setsockopt(line.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	setsockopt(line.fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	return line;
}

void sp_line_close(sp_line *line)
{
	close(line->fd);
	line->fd = -1;
}

bool sp_line_write(const sp_line *line, const void *bytes, size_t n)
{
	const uint8_t *next = bytes;

	while (n > 0) {
		ssize_t sent = send(line->fd, next, n, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		next += sent;
		n -= (size_t)sent;
	}
	return true;
}

bool sp_line_greet(const sp_line *line, uint8_t protocol)
{
	const uint8_t mine[8] = {0, 'S', 'P', 0, 0, protocol, 0, 0}, pull[8] = {0, 'S', 'P', 0, 0, SP_LINE_PULL, 0, 0};
	uint8_t theirs[8];

	return sp_line_write(line, mine, sizeof mine) &&
	       recv(line->fd, theirs, sizeof theirs, MSG_WAITALL) == (ssize_t)sizeof theirs &&
	       memcmp(theirs, pull, sizeof pull) == 0;
}

sp_line sp_line_open(const char *url)
{
	sp_line line = sp_line_connect(url);

	check_true(sp_line_greet(&line, SP_LINE_PUSH));
	return line;
}

size_t sp_line_frame(const sp_line *line, uint8_t *head, uint64_t n)
{
	uint8_t *at = head;

	if (line->local)
		*at++ = 1;
	for (unsigned i = 0; i < 8; i++)
		*at++ = (uint8_t)(n >> (56 - 8 * i));
	return (size_t)(at - head);
}

size_t sp_line_try(const sp_line *line, const void *bytes, size_t n)
{
	ssize_t sent = send(line->fd, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT);

	return sent > 0 ? (size_t)sent : 0;
}

bool sp_line_head(const sp_line *line, uint64_t n)
{
	uint8_t head[9];

	return sp_line_write(line, head, sp_line_frame(line, head, n));
}

bool sp_line_send(const sp_line *line, const void *bytes, size_t n)
{
	return sp_line_head(line, n) && sp_line_write(line, bytes, n);
}

bool sp_line_ended(const sp_line *line)
{
	uint8_t byte;
	ssize_t got;

	do
		got = recv(line->fd, &byte, 1, 0);
	while (got > 0);
	return got == 0 || (got < 0 && errno == ECONNRESET);
}
