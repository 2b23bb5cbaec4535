/* notify.c - see notify.h. */
#include "daemon/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/time.h"

#define NOTIFY_WAIT_S   1
#define NOTIFY_AGAIN_NS (100 * SP_MS)         /* after a sign of life that was not taken */
#define NOTIFY_TEXT_MAX (SP_MESSAGE_MAX + 32) /* [bytes] of a datagram: a message and its NAME= */
#define NOTIFY_USEC_MAX (INT64_MAX / SP_US)

/* A whole number that is all of the variable; 0: it is not set, or is none. */
static int64_t notify_number(const char *name)
{
	const char *text = getenv(name);
	int64_t number = 0;

	for (; text && *text; text++) {
		if (*text < '0' || *text > '9' || number > NOTIFY_USEC_MAX / 10 - 1)
			return 0;
		number = 10 * number + (*text - '0');
	}
	return number;
}

/* The watchdog may be meant for another process: the one that started us. */
static int64_t notify_watchdog_ns(void)
{
	const char *pid = getenv("WATCHDOG_PID");

	if (pid && *pid && notify_number("WATCHDOG_PID") != getpid())
		return 0;
	return notify_number("WATCHDOG_USEC") * SP_US / 2;
}

/* "/run/…" a file, "@…" a name in the abstract namespace, where a zero stands for the "@". */
static sp_status notify_address(const char *path, struct sockaddr_un *address, socklen_t *n, sp_message *message)
{
	size_t length = strlen(path);

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if ((path[0] != '/' && path[0] != '@') || length < 2 || length >= sizeof address->sun_path)
		return sp_message_set(message, SP_E_SYNTAX,
		                      "NOTIFY_SOCKET=%s: neither an absolute path nor \"@\" and a name, of %zu bytes at most",
		                      path, sizeof address->sun_path - 1);
	memcpy(address->sun_path, path, length);
	if (path[0] == '@')
		address->sun_path[0] = 0;
	*n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (path[0] == '/'));
	return SP_OK;
}

static sp_status notify_connect(const char *path, int *fd, sp_message *message)
{
	const struct timeval wait = {.tv_sec = NOTIFY_WAIT_S};
	struct sockaddr_un address;
	socklen_t n = 0;
	sp_status status = notify_address(path, &address, &n, message);

	if (status != SP_OK)
		return status;
	*fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (*fd >= 0 && setsockopt(*fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) == 0 &&
	    connect(*fd, (const struct sockaddr *)&address, n) == 0)
		return SP_OK;
	status = sp_message_set(message, SP_E_IO, "NOTIFY_SOCKET=%s: %s; nobody is told that this daemon is ready", path,
	                        strerror(errno));
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return status;
}

sp_status sp_notify_init(sp_notify *notify, sp_message *message)
{
	const char *path = getenv("NOTIFY_SOCKET");
	sp_status status;

	SP_ASSERT(notify);
	*notify = (sp_notify){.fd = -1};
	if (!path || !*path)
		return SP_OK;
	status = notify_connect(path, &notify->fd, message);
	if (status == SP_OK)
		notify->watchdog_ns = notify_watchdog_ns();
	return status;
}

void sp_notify_fini(sp_notify *notify)
{
	SP_ASSERT(notify);
	if (notify->fd >= 0)
		close(notify->fd);
	*notify = (sp_notify){.fd = -1};
}

static bool notify_send(const sp_notify *notify, const char *text, int flags)
{
	ssize_t n;

	SP_ASSERT(notify && *text);
	if (notify->fd < 0)
		return true;
	do
		n = send(notify->fd, text, strlen(text), MSG_NOSIGNAL | flags);
	while (n < 0 && errno == EINTR);
	return n >= 0;
}

/* A line of its own, cut at a character; what would end it becomes a blank. */
static void notify_send_line(const sp_notify *notify, const char *name, const char *value, int flags)
{
	char text[NOTIFY_TEXT_MAX];
	sp_message line;

	(void)sp_message_set(&line, SP_OK, "%s", value);
	for (char *at = line.text; *at; at++) {
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			*at = ' ';
	}
	(void)snprintf(text, sizeof text, "%s%s", name, line.text);
	(void)notify_send(notify, text, flags);
}

void sp_notify_ready(sp_notify *notify, const char *status)
{
	SP_ASSERT(notify && status);
	notify_send_line(notify, "READY=1\nSTATUS=", status, 0);
}

void sp_notify_reloading(sp_notify *notify)
{
	struct timespec now;
	char text[NOTIFY_TEXT_MAX];

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	(void)snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld", now.tv_sec * 1000000LL + now.tv_nsec / 1000);
	(void)notify_send(notify, text, 0);
}

void sp_notify_stopping(sp_notify *notify)
{
	(void)notify_send(notify, "STOPPING=1", 0);
}

void sp_notify_status(sp_notify *notify, const char *format, ...)
{
	char text[2 * SP_MESSAGE_MAX]; /* so that only sp_message_set cuts */
	va_list list;

	SP_ASSERT(notify && format);
	va_start(list, format);
	(void)vsnprintf(text, sizeof text, format, list);
	va_end(list);
	notify_send_line(notify, "STATUS=", text, MSG_DONTWAIT);
}

void sp_notify_alive(sp_notify *notify, int64_t boot_ns)
{
	SP_ASSERT(notify && boot_ns >= 0);
	if (notify->watchdog_ns == 0 || boot_ns < notify->next_ns)
		return;
	if (notify_send(notify, "WATCHDOG=1", MSG_DONTWAIT))
		notify->next_ns = boot_ns + notify->watchdog_ns;
}

int64_t sp_notify_rest(const sp_notify *notify, int64_t boot_ns)
{
	SP_ASSERT(notify && boot_ns >= 0);
	if (notify->watchdog_ns == 0)
		return INT64_MAX;
	return notify->next_ns > boot_ns ? notify->next_ns - boot_ns : NOTIFY_AGAIN_NS;
}
