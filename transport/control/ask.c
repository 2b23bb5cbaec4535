/* ask.c - the other end: one question, one answer, within a time.
 *
 * nng's REQ socket sends a question again when no answer comes or the connection is lost. A freeze must not be asked twice, so that
 * is turned off: a lost connection ends the asking. Connecting has a time limit of its own there (10 s, while the other side
 * says nothing); ours is kept by a timer that closes the dialer. */
#include "transport/control/control.h"

#include <string.h>

#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/supplemental/util/platform.h>

#include "base/assert.h"
#include "transport/socket/url.h"

/* [ms] After so long it is tried again to connect to a daemon whose queue was full. */
#define ASK_AGAIN_MS 5

/* An answer too long is still told as such. */
#define ASK_LONGEST ((size_t)2 * SP_CONTROL_BYTES_MAX)

typedef struct ask {
	const char *url;
	int wait_ms;
	nng_time until;
	nng_socket socket;
	nng_dialer dialer;
	nng_aio *timer;
	sp_message *message;
} ask;

/* --- what went wrong, in words --- */

static sp_status ask_fault(const ask *a, int error)
{
	return sp_socket_fault(error, "ask", a->url, a->message);
}

static sp_status ask_not_asked(const ask *a, int error)
{
	switch (error) {
	case NNG_ECONNREFUSED:
		return sp_message_set(a->message, SP_E_UNREACHABLE,
		                      "no daemon answers at %s: is `setpoint run` running with this --state?", a->url);
	case NNG_EPERM:
		return sp_message_set(a->message, SP_E_PERMISSION,
		                      "not permitted to ask at %s: ask as the daemon's own user, or as root", a->url);
	case NNG_ETIMEDOUT:
		return sp_message_set(
		    a->message, SP_E_UNREACHABLE,
		    "nobody speaks at %s within %d ms, though something listens there: is the daemon stopped? "
		    "Nothing was asked",
		    a->url, a->wait_ms);
	case NNG_ECONNSHUT:
	case NNG_ECONNRESET:
	case NNG_EPROTO:
		return sp_message_set(a->message, SP_E_UNREACHABLE,
		                      "what listens at %s hangs up: is it a daemon, and does it still run? Nothing was asked",
		                      a->url);
	default:
		return ask_fault(a, error);
	}
}

/* From here on it may have been done. */
static sp_status ask_not_answered(const ask *a, int error)
{
	switch (error) {
	case NNG_ETIMEDOUT:
		return sp_message_set(a->message, SP_E_UNREACHABLE,
		                      "the daemon at %s has not answered within %d ms; what was asked may still be done",
		                      a->url, a->wait_ms);
	case NNG_ECONNRESET:
	case NNG_ECONNSHUT:
	case NNG_ECLOSED:
		return sp_message_set(a->message, SP_E_UNREACHABLE,
		                      "the daemon at %s went away before it answered; what was asked may have been done: "
		                      "ask again once it runs",
		                      a->url);
	default:
		return ask_fault(a, error);
	}
}

/* --- connecting --- */

static nng_duration ask_left(const ask *a)
{
	const nng_time now = nng_clock();
	return now < a->until ? (nng_duration)(a->until - now) : 1;
}

static void ask_give_up(void *context)
{
	const ask *a = context;
	if (nng_aio_result(a->timer) == 0) {
		nng_dialer_close(a->dialer);
	}
}

static int ask_dial(const ask *a)
{
	int error = nng_dialer_start(a->dialer, 0);
	while (error == NNG_EAGAIN && nng_clock() < a->until) {
		nng_msleep(ASK_AGAIN_MS);
		error = nng_dialer_start(a->dialer, 0);
	}
	return error;
}

static int ask_connect(ask *a)
{
	int error = nng_dialer_create(&a->dialer, a->socket, a->url);
	if (error == 0) {
		error = nng_dialer_set_size(a->dialer, NNG_OPT_RECVMAXSZ, ASK_LONGEST);
	}
	if (error == 0) {
		error = nng_aio_alloc(&a->timer, ask_give_up, a);
	}
	if (error != 0) {
		return error;
	}
	nng_sleep_aio(ask_left(a), a->timer);
	error = ask_dial(a);
	nng_aio_stop(a->timer); /* and its callback has returned */
	nng_aio_free(a->timer);
	return error != 0 && nng_clock() >= a->until ? NNG_ETIMEDOUT : error;
}

/* --- asking --- */

static int ask_send(const ask *a, const sp_writer *question)
{
	nng_msg *msg;
	int error = nng_msg_alloc(&msg, question->n);
	if (error != 0) {
		return error;
	}
	memcpy(nng_msg_body(msg), question->at, question->n);
	error = nng_socket_set_ms(a->socket, NNG_OPT_SENDTIMEO, ask_left(a));
	if (error == 0) {
		error = nng_sendmsg(a->socket, msg, 0);
	}
	if (error != 0) {
		nng_msg_free(msg);
	}
	return error;
}

static int ask_receive(const ask *a, nng_msg **msg)
{
	const int error = nng_socket_set_ms(a->socket, NNG_OPT_RECVTIMEO, ask_left(a));
	return error != 0 ? error : nng_recvmsg(a->socket, msg, 0);
}

static sp_status ask_read(const ask *a, nng_msg *msg, sp_wire_decoder *decoder, sp_control_table *table)
{
	const sp_wire_reason reason = sp_control_answer_decode(decoder, nng_msg_body(msg), nng_msg_len(msg), table);
	if (reason == SP_WIRE_ok) {
		return SP_OK;
	}
	return sp_message_set(a->message, SP_E_DAMAGED,
	                      "what comes from %s is no answer: %s (%s); is the daemon of another version?", a->url,
	                      sp_wire_reason_text(reason), sp_wire_reason_name(reason));
}

static sp_status ask_exchange(ask *a, const sp_writer *question, sp_wire_decoder *decoder, sp_control_table *table)
{
	int error = nng_socket_set_ms(a->socket, NNG_OPT_REQ_RESENDTIME, NNG_DURATION_INFINITE);
	if (error == 0) {
		error = ask_connect(a);
	}
	if (error == 0) {
		error = ask_send(a, question);
	}
	if (error != 0) {
		return ask_not_asked(a, error);
	}
	nng_msg *msg;
	error = ask_receive(a, &msg);
	if (error != 0) {
		return ask_not_answered(a, error);
	}
	const sp_status status = ask_read(a, msg, decoder, table);
	nng_msg_free(msg);
	return status;
}

/* What a person has typed is judged before anybody is asked. */
static sp_status ask_check(const char *url, const sp_control_request *request, sp_writer *writer, sp_message *message)
{
	if (sp_socket_url_path(url) == NULL) {
		return sp_message_set(message, SP_E_SYNTAX,
		                      "\"%.200s\" is no ipc address: daemons are asked on their own machine", url);
	}
	const sp_status status = sp_socket_url_check(url, message);
	if (status != SP_OK) {
		return status;
	}
	const sp_wire_reason reason = sp_control_request_encode(request, writer);
	if (reason != SP_WIRE_ok) {
		return sp_message_set(message, SP_E_SYNTAX, "%s: cannot be asked so: %s", sp_control_verb_name(request->verb),
		                      sp_wire_reason_text(reason));
	}
	return SP_OK;
}

sp_status sp_control_ask(const char *url, const sp_control_request *request, int wait_ms, sp_wire_decoder *decoder,
                         sp_control_table *table, sp_message *message)
{
	SP_ASSERT(url != NULL && request != NULL && wait_ms > 0);
	SP_ASSERT(decoder != NULL && table != NULL);
	uint8_t bytes[SP_CONTROL_REQUEST_MAX];
	sp_writer question = {bytes, sizeof bytes, 0};
	sp_status status = ask_check(url, request, &question, message);
	if (status != SP_OK) {
		return status;
	}
	SP_ASSERT(question.n <= question.size);
	ask a = {.url = url, .wait_ms = wait_ms, .until = nng_clock() + (nng_time)wait_ms, .message = message};
	if (nng_req0_open(&a.socket) != 0) {
		return sp_message_set(message, SP_E_MEMORY, "cannot ask at %s: out of memory", url);
	}
	status = ask_exchange(&a, &question, decoder, table);
	nng_close(a.socket);
	return status;
}
