/* fetch.c - see fetch.h. */
#include "transport/feed/fetch.h"

#include <nng/protocol/reqrep0/req.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "transport/feed/envelope.h"
#include "transport/socket/dial.h"
#include "transport/socket/url.h"

#define FETCH_LONGEST   (SP_FRAME_BYTES_MAX + 64) /* [bytes] a frame, and what nng puts before it */
#define FETCH_RESEND_MS 1000                      /* a question that was lost with its connection is asked again */

sp_status sp_fetch_open(sp_fetch *fetch, const char *url, const char *client, sp_message *message)
{
	*fetch = (sp_fetch){0};
	const size_t n = strnlen(client, sizeof fetch->client);
	if (sp_id_check(client, n) != SP_OK) {
		return sp_message_set(message, SP_E_SYNTAX, "\"%.140s\" is no name of a client", client);
	}
	memcpy(fetch->client, client, n);
	int error = nng_req0_open(&fetch->req);
	error = error != 0 ? error : nng_socket_set_ms(fetch->req, NNG_OPT_REQ_RESENDTIME, FETCH_RESEND_MS);
	return error != 0 ? sp_socket_fault(error, "dial", url, message)
	                  : sp_socket_dial(fetch->req, url, FETCH_LONGEST, NULL, message);
}

void sp_fetch_forget(sp_fetch *fetch)
{
	for (uint32_t i = 0; i < fetch->n; i++) {
		nng_msg_free(fetch->chunks[i]);
	}
	free(fetch->chunks);
	fetch->chunks = NULL;
	fetch->n = fetch->n_chunks = 0;
}

void sp_fetch_close(sp_fetch *fetch)
{
	sp_fetch_forget(fetch);
	if (nng_socket_id(fetch->req) > 0) {
		nng_close(fetch->req);
	}
}

/* --- asking --- */

static nng_duration fetch_left(nng_time until_ms)
{
	const nng_time now_ms = nng_clock();
	return until_ms > now_ms ? (nng_duration)(until_ms - now_ms) : 0;
}

static sp_status fetch_ask(sp_fetch *fetch, const sp_request *request, nng_time until_ms, nng_msg **answer)
{
	nng_msg *question = sp_envelope_request(request);
	if (question == NULL) {
		return SP_E_MEMORY;
	}
	nng_socket_set_ms(fetch->req, NNG_OPT_SENDTIMEO, fetch_left(until_ms));
	if (nng_sendmsg(fetch->req, question, 0) != 0) {
		nng_msg_free(question);
		return SP_E_UNREACHABLE;
	}
	nng_socket_set_ms(fetch->req, NNG_OPT_RECVTIMEO, fetch_left(until_ms));
	return nng_recvmsg(fetch->req, answer, 0) == 0 ? SP_OK : SP_E_UNREACHABLE;
}

sp_status sp_fetch_acknowledge(sp_fetch *fetch, sp_wire_decoder *decoder, const sp_request *applied, nng_time until_ms)
{
	SP_ASSERT(applied->kind == SP_REQUEST_ACKNOWLEDGE);
	nng_msg *answer;
	sp_request request = *applied;
	memcpy(request.client, fetch->client, sizeof request.client);
	sp_status status = fetch_ask(fetch, &request, until_ms, &answer);
	if (status == SP_OK) {
		if (sp_reply_decode(decoder, nng_msg_body(answer), nng_msg_len(answer), &status) != SP_WIRE_ok) {
			status = SP_E_DAMAGED;
		}
		nng_msg_free(answer);
	}
	return status;
}

/* --- the whole book --- */

/* Is it the chunk that was asked for? */
static bool fetch_fits(const sp_fetch *fetch, const sp_frame *frame)
{
	if (frame->kind != SP_FRAME_SNAPSHOT || frame->chunk != fetch->n || frame->chunks > SP_FETCH_CHUNKS_MAX) {
		return false;
	}
	return fetch->n == 0 || (frame->chunks == fetch->n_chunks && frame->seq == fetch->seq &&
	                         sp_epoch_equal(&frame->epoch, &fetch->epoch));
}

static sp_status fetch_keep(sp_fetch *fetch, const sp_frame *frame, nng_msg *chunk)
{
	if (fetch->n == 0) {
		fetch->chunks = calloc(frame->chunks, sizeof *fetch->chunks);
		fetch->n_chunks = frame->chunks;
		fetch->epoch = frame->epoch;
		fetch->seq = frame->seq;
	}
	if (fetch->chunks == NULL) {
		return SP_E_MEMORY;
	}
	fetch->chunks[fetch->n++] = chunk;
	return fetch->n == fetch->n_chunks ? SP_OK : SP_E_END;
}

/* What it is when it is no chunk: the feed's answer, unless it makes no sense. */
static sp_status fetch_refused(sp_wire_decoder *decoder, nng_msg *answer)
{
	sp_status status;
	const bool is_reply = sp_reply_decode(decoder, nng_msg_body(answer), nng_msg_len(answer), &status) == SP_WIRE_ok;
	return is_reply && status != SP_OK && status != SP_E_END ? status : SP_E_DAMAGED;
}

sp_status sp_fetch_step(sp_fetch *fetch, sp_wire_decoder *decoder, nng_time until_ms)
{
	SP_ASSERT(fetch->n == 0 || fetch->n < fetch->n_chunks);
	sp_request request = {.kind = SP_REQUEST_SNAPSHOT, .chunk = fetch->n};
	memcpy(request.client, fetch->client, sizeof request.client);
	if (fetch->n > 0) {
		request.epoch = fetch->epoch;
		request.seq = fetch->seq;
	}
	nng_msg *answer;
	sp_frame frame;
	sp_status status = fetch_ask(fetch, &request, until_ms, &answer);
	if (status != SP_OK) {
		return status;
	}
	const bool is_frame = sp_frame_decode(decoder, nng_msg_body(answer), nng_msg_len(answer), &frame) == SP_WIRE_ok;
	if (is_frame) {
		status = fetch_fits(fetch, &frame) ? fetch_keep(fetch, &frame, answer) : SP_E_DAMAGED;
	} else {
		status = fetch_refused(decoder, answer);
	}
	if (status != SP_OK && status != SP_E_END) {
		nng_msg_free(answer);
		sp_fetch_forget(fetch);
	}
	return status;
}
