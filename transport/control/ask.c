/* ask.c - the other end: one question, one answer, within a time.
 *
 * Whatever happens it is asked once: a freeze that was answered too late is not asked again behind the person's back, and the
 * message says whether it may have been done. */
#include "transport/control/control.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "transport/control/stream.h"

/* [ms] After so long it is tried again to connect to a daemon whose queue was full. */
#define ASK_AGAIN_MS 5

/* What is longer than an answer may be is read as far, and told as such. */
#define ASK_LONGEST (SP_CONTROL_BYTES_MAX + 1)

/* The one question on this connection. */
#define ASK_NUMBER (SP_STREAM_NUMBERED | 1)

typedef struct ask {
	const char *url;
	struct sockaddr_un address;
	int wait_ms;
	int64_t until;
	int sock;
	sp_message *message;
} ask;

/* --- what went wrong, in words --- */

static sp_status ask_not_connected(const ask *a, int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ENOENT:
	case ENOTDIR:
		return sp_message_set(a->message, SP_E_UNREACHABLE,
		                      "no daemon answers at %s: is `setpoint run` running with this --state?", a->url);
	case EACCES:
	case EPERM:
		return sp_message_set(a->message, SP_E_PERMISSION,
		                      "not permitted to ask at %s: ask as the daemon's own user, or as root", a->url);
	case ETIMEDOUT:
		return sp_message_set(a->message, SP_E_UNREACHABLE,
		                      "the daemon at %s does not speak within %d ms: is it stopped? Nothing was asked", a->url,
		                      a->wait_ms);
	case EPROTO:
	case ECONNRESET:
	case EPIPE:
		return sp_message_set(a->message, SP_E_UNREACHABLE,
		                      "what listens at %s hangs up or speaks otherwise: is it a daemon? Nothing was asked",
		                      a->url);
	default:
		return sp_message_set(a->message, SP_E_IO, "cannot ask at %s: error %d of the system", a->url, error);
	}
}

/* From here on it may have been done. */
static sp_status ask_not_answered(const ask *a, int error)
{
	switch (error) {
	case ETIMEDOUT:
		return sp_message_set(a->message, SP_E_UNREACHABLE,
		                      "the daemon at %s has not answered within %d ms; what was asked may still be done",
		                      a->url, a->wait_ms);
	case EPROTO:
		return sp_message_set(a->message, SP_E_DAMAGED, "what comes from %s is no answer to what was asked", a->url);
	case ENOMEM:
		return sp_message_set(a->message, SP_E_MEMORY, "no memory for the answer from %s", a->url);
	default:
		return sp_message_set(
		    a->message, SP_E_UNREACHABLE,
		    "the daemon at %s went away before it answered; what was asked may have been done: ask again "
		    "once it runs",
		    a->url);
	}
}

/* --- step by step; each 0 or errno --- */

static int ask_connect(ask *a)
{
	a->sock = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (a->sock < 0) {
		return errno;
	}
	while (connect(a->sock, (const struct sockaddr *)&a->address, sizeof a->address) != 0) {
		if (errno != EAGAIN) {
			return errno;
		}
		if (sp_stream_now() >= a->until) {
			return ETIMEDOUT;
		}
		poll(NULL, 0, ASK_AGAIN_MS);
	}
	return 0;
}

static int ask_greet(const ask *a)
{
	uint8_t greeting[SP_STREAM_GREETING];
	sp_stream_greeting(greeting, SP_STREAM_REQ);
	int error = sp_stream_send(a->sock, greeting, sizeof greeting, a->until);
	if (error == 0) {
		error = sp_stream_receive(a->sock, greeting, sizeof greeting, a->until);
	}
	return error == 0 && sp_stream_protocol(greeting) != SP_STREAM_REP ? EPROTO : error;
}

static int ask_send(const ask *a, const sp_writer *question)
{
	uint8_t head[SP_STREAM_HEAD];
	sp_stream_head(head, ASK_NUMBER, question->n);
	const int error = sp_stream_send(a->sock, head, sizeof head, a->until);
	return error != 0 ? error : sp_stream_send(a->sock, question->at, question->n, a->until);
}

/* The answer's bytes, the caller's to free. */
static int ask_receive(const ask *a, uint8_t **bytes, size_t *n)
{
	uint8_t head[SP_STREAM_HEAD];
	int error = sp_stream_receive(a->sock, head, sizeof head, a->until);
	if (error != 0) {
		return error;
	}
	uint32_t number;
	const uint64_t n_body = sp_stream_body(head, &number);
	if (n_body == UINT64_MAX || number != ASK_NUMBER) {
		return EPROTO;
	}
	*n = n_body < ASK_LONGEST ? (size_t)n_body : ASK_LONGEST;
	*bytes = malloc(*n + 1); /* an empty one, too */
	if (*bytes == NULL) {
		return ENOMEM;
	}
	error = sp_stream_receive(a->sock, *bytes, *n, a->until);
	if (error != 0) {
		free(*bytes);
	}
	return error;
}

/* --- asking --- */

static sp_status ask_read(const ask *a, sp_wire_decoder *decoder, sp_control_table *table)
{
	uint8_t *bytes;
	size_t n;
	const int error = ask_receive(a, &bytes, &n);
	if (error != 0) {
		return ask_not_answered(a, error);
	}
	const sp_wire_reason reason = sp_control_answer_decode(decoder, bytes, n, table);
	free(bytes);
	if (reason == SP_WIRE_ok) {
		return SP_OK;
	}
	return sp_message_set(a->message, SP_E_DAMAGED,
	                      "what comes from %s is no answer: %s (%s); is the daemon of another version?", a->url,
	                      sp_wire_reason_text(reason), sp_wire_reason_name(reason));
}

static sp_status ask_exchange(ask *a, const sp_writer *question, sp_wire_decoder *decoder, sp_control_table *table)
{
	int error = ask_connect(a);
	if (error == 0) {
		error = ask_greet(a);
	}
	if (error != 0) {
		return ask_not_connected(a, error);
	}
	error = ask_send(a, question);
	return error != 0 ? ask_not_answered(a, error) : ask_read(a, decoder, table);
}

sp_status sp_control_ask(const char *url, const sp_control_request *request, int wait_ms, sp_wire_decoder *decoder,
                         sp_control_table *table, sp_message *message)
{
	SP_ASSERT(url != NULL && request != NULL && wait_ms > 0);
	SP_ASSERT(decoder != NULL && table != NULL);
	ask a = {.url = url, .wait_ms = wait_ms, .until = sp_stream_now() + wait_ms, .sock = -1, .message = message};
	sp_status status = sp_stream_address(url, &a.address, message);
	if (status != SP_OK) {
		return status;
	}
	uint8_t bytes[SP_CONTROL_REQUEST_MAX];
	sp_writer question = {bytes, sizeof bytes, 0};
	const sp_wire_reason reason = sp_control_request_encode(request, &question);
	if (reason != SP_WIRE_ok) { /* what a person has typed */
		return sp_message_set(message, SP_E_SYNTAX, "%s: cannot be asked so: %s", sp_control_verb_name(request->verb),
		                      sp_wire_reason_text(reason));
	}
	SP_ASSERT(question.n <= question.size);
	status = ask_exchange(&a, &question, decoder, table);
	if (a.sock >= 0) {
		close(a.sock);
	}
	return status;
}
