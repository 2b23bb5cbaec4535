/* push.c - see push.h. nng's own queue is left at nothing: a send is taken when the connection before it is idle, so whoever sends
 * feels at once that nobody reads, and an idle connection means that all has left. */
#include "transport/intake/push.h"

#include <errno.h>
#include <nng/nng.h>
#include <nng/protocol/pipeline0/push.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/time.h"
#include "transport/socket/dial.h"
#include "transport/socket/url.h"

#define PUSH_ANSWER_MAX 64 /* [bytes] of a message that PULL would send: none */
#define PUSH_STEP_MS    5  /* how often a connection is looked for */

struct sp_push {
	nng_socket socket;
	int idle_fd;          /* readable while the connection is idle */
	atomic_int connected; /* connections now: 0 or 1 */
	char *url;
};

static void push_connected(nng_pipe pipe, nng_pipe_ev event, void *context)
{
	sp_push *push = context;

	(void)pipe;
	atomic_fetch_add(&push->connected, event == NNG_PIPE_EV_ADD_POST ? 1 : -1);
}

static int64_t push_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / SP_MS;
}

static sp_status push_unreachable(const sp_push *push, sp_message *message)
{
	const char *path = sp_socket_url_path(push->url);

	if (path && access(path, W_OK) != 0 && errno == EACCES)
		return sp_message_set(message, SP_E_PERMISSION, "%s: is the daemon's user's alone; send as that user",
		                      push->url);
	return sp_message_set(message, SP_E_UNREACHABLE, "%s: no daemon takes signals there; start one with `setpoint run'",
	                      push->url);
}

static sp_status push_wait_connected(sp_push *push, int wait_ms, sp_message *message)
{
	const struct timespec step = {.tv_nsec = PUSH_STEP_MS * SP_MS};
	const int64_t until = push_clock_ms() + wait_ms;

	while (atomic_load(&push->connected) == 0) {
		if (push_clock_ms() >= until)
			return push_unreachable(push, message);
		nanosleep(&step, NULL);
	}
	return SP_OK;
}

static sp_status push_begin(sp_push *push, sp_message *message)
{
	int error = nng_push0_open(&push->socket);

	if (error == 0)
		error = nng_pipe_notify(push->socket, NNG_PIPE_EV_ADD_POST, push_connected, push);
	if (error == 0)
		error = nng_pipe_notify(push->socket, NNG_PIPE_EV_REM_POST, push_connected, push);
	if (error == 0)
		error = nng_socket_get_int(push->socket, NNG_OPT_SENDFD, &push->idle_fd);
	if (error != 0)
		return sp_socket_fault(error, "dial", push->url, message);
	return sp_socket_dial(push->socket, push->url, PUSH_ANSWER_MAX, NULL, message);
}

sp_status sp_push_open(const char *url, int wait_ms, sp_push **opened, sp_message *message)
{
	sp_push *push = calloc(1, sizeof *push);
	sp_status status;

	SP_ASSERT(url && wait_ms >= 0);
	if (!push || !(push->url = strdup(url))) {
		free(push);
		return sp_message_set(message, SP_E_MEMORY, "out of memory");
	}
	status = push_begin(push, message);
	if (status == SP_OK)
		status = push_wait_connected(push, wait_ms, message);
	if (status != SP_OK) {
		sp_push_close(push);
		return status;
	}
	*opened = push;
	return SP_OK;
}

void sp_push_close(sp_push *push)
{
	if (!push)
		return;
	nng_close(push->socket); /* one that never was opened is no harm: its id is 0 */
	free(push->url);
	free(push);
}

/* Patience is over: because nobody is there, or because whoever is there does not read. */
static sp_status push_not_taken(const sp_push *push, int wait_ms, sp_message *message)
{
	char span[SP_SPAN_TEXT_MAX];

	if (atomic_load(&push->connected) == 0)
		return push_unreachable(push, message);
	return sp_message_set(message, SP_E_BUSY, "%s: the daemon has read nothing for %s: it is busy, or its disk is full",
	                      push->url, sp_span_format(wait_ms * SP_MS, span));
}

sp_status sp_push_send(sp_push *push, const void *bytes, size_t n, int wait_ms, sp_message *message)
{
	nng_msg *msg;
	int error = nng_msg_alloc(&msg, 0);

	SP_ASSERT(bytes && n > 0 && wait_ms >= 0);
	if (error != 0)
		return sp_socket_fault(error, "send", push->url, message);
	error = nng_msg_append(msg, bytes, n);
	if (error == 0)
		error = nng_socket_set_ms(push->socket, NNG_OPT_SENDTIMEO, wait_ms);
	if (error == 0)
		error = nng_sendmsg(push->socket, msg, 0);
	if (error == 0)
		return SP_OK;
	nng_msg_free(msg);
	if (error == NNG_ETIMEDOUT || error == NNG_EAGAIN)
		return push_not_taken(push, wait_ms, message);
	return sp_socket_fault(error, "send", push->url, message);
}

sp_status sp_push_flush(sp_push *push, int wait_ms, sp_message *message)
{
	struct pollfd idle = {.fd = push->idle_fd, .events = POLLIN};

	SP_ASSERT(wait_ms >= 0);
	return poll(&idle, 1, wait_ms) > 0 ? SP_OK : push_not_taken(push, wait_ms, message);
}
