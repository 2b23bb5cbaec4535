/* control.c - the daemon's end: nng's REP socket, which holds one question until it is replied to; others wait in their
 * connections. */
#include "transport/control/control.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/supplemental/util/platform.h>

#include "base/assert.h"
#include "transport/socket/listen.h"
#include "transport/socket/url.h"

/* A question too long is still told as such; beyond this nng drops the connection. */
#define CONTROL_LONGEST (UINT32_C(64) << 10)

/* Who asks twice without reading the first answer makes us wait for so long, then gets no second one. */
#define CONTROL_SEND_MS 1000

struct sp_control {
	nng_socket socket;
	sp_wire_decoder *decoder;
	uid_t own;
	bool asked; /* a question that has no reply yet */
	_Atomic uint64_t refused;
	sp_control_answer answer; /* for refusals: large, so not on the stack */
};

bool sp_control_may_ask(uid_t uid, uid_t own)
{
	return uid == own || uid == 0;
}

/* --- open and close --- */

static sp_status control_listen(sp_control *control, const char *url, sp_message *message)
{
	const int error = nng_socket_set_ms(control->socket, NNG_OPT_SENDTIMEO, CONTROL_SEND_MS);
	if (error != 0) {
		return sp_socket_fault(error, "listen", url, message);
	}
	return sp_socket_listen(control->socket, url, CONTROL_LONGEST, NULL, message);
}

sp_status sp_control_open(const char *url, sp_control **control, sp_message *message)
{
	SP_ASSERT(url != NULL && control != NULL);
	if (sp_socket_url_path(url) == NULL) {
		return sp_message_set(message, SP_E_SYNTAX,
		                      "\"%.200s\" is no ipc address: commands come from this machine alone", url);
	}
	sp_control *opened = calloc(1, sizeof *opened);
	sp_wire_decoder *decoder = sp_wire_open();
	if (opened == NULL || decoder == NULL || nng_rep0_open(&opened->socket) != 0) {
		sp_wire_close(decoder);
		free(opened);
		return sp_message_set(message, SP_E_MEMORY, "cannot listen at %s: out of memory", url);
	}
	opened->decoder = decoder;
	opened->own = geteuid();
	const sp_status status = control_listen(opened, url, message);
	if (status != SP_OK) {
		sp_control_close(opened);
		return status;
	}
	*control = opened;
	return SP_OK;
}

void sp_control_close(sp_control *control)
{
	if (control != NULL) {
		nng_close(control->socket);
		sp_wire_close(control->decoder);
		free(control);
	}
}

/* --- answers --- */

/* Known: where the asker goes in the very moment in which nng 1.5.2 sends, it forgets the message without freeing it (its ipc_pipe_send
 * on a connection that is being closed). A question takes the daemon longer than that moment, so it is left at that. */
static void control_send(sp_control *control, const sp_control_answer *answer)
{
	sp_writer counted = {0};
	sp_control_answer_encode(answer, &counted);
	nng_msg *msg;
	if (nng_msg_alloc(&msg, counted.n) != 0) {
		return; /* the asker will say that no answer came */
	}
	sp_writer writer = {nng_msg_body(msg), nng_msg_len(msg), 0};
	sp_control_answer_encode(answer, &writer);
	SP_ASSERT(writer.n == counted.n);
	if (nng_sendmsg(control->socket, msg, 0) != 0) {
		nng_msg_free(msg);
	}
}

void sp_control_reply(sp_control *control, const sp_control_answer *answer)
{
	SP_ASSERT(control != NULL && answer != NULL);
	SP_ASSERT(control->asked);
	control->asked = false;
	control_send(control, answer);
}

uint64_t sp_control_refused(const sp_control *control)
{
	return atomic_load_explicit(&control->refused, memory_order_relaxed);
}

/* --- questions --- */

/* Who is at the other end of a message's connection; false where it is gone. */
static bool control_peer(const nng_msg *msg, uid_t *uid)
{
	uint64_t peer;
	if (nng_pipe_get_uint64(nng_msg_get_pipe(msg), NNG_OPT_IPC_PEER_UID, &peer) != 0) {
		return false;
	}
	*uid = (uid_t)peer;
	return true;
}

/* Only then are its bytes looked at. */
static bool control_admit(sp_control *control, uid_t uid)
{
	if (sp_control_may_ask(uid, control->own)) {
		return true;
	}
	sp_control_answer_init(&control->answer);
	control->answer.status = sp_message_set(&control->answer.message, SP_E_PERMISSION,
	                                        "user %ju may not ask this daemon: ask as its own user, %ju, or as root",
	                                        (uintmax_t)uid, (uintmax_t)control->own);
	control_send(control, &control->answer);
	return false;
}

static bool control_read(sp_control *control, nng_msg *msg, sp_control_request *request)
{
	const sp_wire_reason reason =
	    sp_control_request_decode(control->decoder, nng_msg_body(msg), nng_msg_len(msg), request);
	if (reason == SP_WIRE_ok) {
		return true;
	}
	sp_control_answer_init(&control->answer);
	control->answer.status = sp_message_set(&control->answer.message, SP_E_SYNTAX,
	                                        "no question: %s (%s); is the command of another version than the daemon?",
	                                        sp_wire_reason_text(reason), sp_wire_reason_name(reason));
	control_send(control, &control->answer);
	return false;
}

/* Is it a question that is to be answered? */
static bool control_take(sp_control *control, nng_msg *msg, sp_control_request *request, uid_t *uid)
{
	uid_t peer;
	control->asked = control_peer(msg, &peer) && control_admit(control, peer) && control_read(control, msg, request);
	if (control->asked) {
		*uid = peer;
	} else {
		atomic_fetch_add_explicit(&control->refused, 1, memory_order_relaxed);
	}
	return control->asked;
}

static int control_receive(sp_control *control, nng_duration wait_ms, nng_msg **msg)
{
	const int error = nng_socket_set_ms(control->socket, NNG_OPT_RECVTIMEO, wait_ms);
	return error != 0 ? error : nng_recvmsg(control->socket, msg, 0);
}

/* A stream of refused questions does not keep us beyond the time. */
sp_status sp_control_next(sp_control *control, int wait_ms, sp_control_request *request, uid_t *uid)
{
	SP_ASSERT(control != NULL && wait_ms >= 0);
	SP_ASSERT(request != NULL && uid != NULL);
	nng_time now = nng_clock();
	const nng_time until = now + (nng_time)wait_ms;
	do {
		nng_msg *msg;
		const int error = control_receive(control, (nng_duration)(until - now), &msg);
		if (error != 0) {
			return error == NNG_ETIMEDOUT ? SP_E_END : SP_E_IO;
		}
		const bool taken = control_take(control, msg, request, uid);
		nng_msg_free(msg);
		if (taken) {
			return SP_OK;
		}
		now = nng_clock();
	} while (now < until);
	return SP_E_END;
}
