/* fetch.c - see fetch.h. */
#include "transport/feed/fetch.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "transport/feed/epoch.h"

sp_status sp_fetch_open(sp_fetch *fetch, const char *url, const char *client, sp_message *message)
{
	*fetch = (sp_fetch){0};
	const size_t n = strnlen(client, sizeof fetch->client);
	if (sp_id_check(client, n) != SP_OK) {
		return sp_message_set(message, SP_E_SYNTAX, "\"%.140s\" is no name of a client", client);
	}
	memcpy(fetch->client, client, n);
	return sp_link_open(url, SP_LINK_REQ, SP_FRAME_BYTES_MAX, &fetch->req, message);
}

void sp_fetch_forget(sp_fetch *fetch)
{
	for (uint32_t i = 0; i < fetch->n; i++) {
		free(fetch->chunks[i].bytes);
	}
	free(fetch->chunks);
	fetch->chunks = NULL;
	fetch->n = fetch->n_chunks = 0;
}

void sp_fetch_close(sp_fetch *fetch)
{
	sp_fetch_forget(fetch);
	sp_link_close(fetch->req);
}

/* --- asking --- */

static sp_status fetch_ask(sp_fetch *fetch, const sp_request *asked, int64_t until_ms, sp_link_message *answer)
{
	uint8_t bytes[SP_REQUEST_BYTES_MAX];
	sp_writer writer = {bytes, sizeof bytes, 0};
	sp_request request = *asked;
	memcpy(request.client, fetch->client, sizeof request.client);
	const sp_wire_reason reason = sp_request_encode(&request, &writer);
	SP_ASSERT(reason == SP_WIRE_ok && writer.n <= sizeof bytes);
	return sp_link_ask(fetch->req, until_ms, bytes, writer.n, answer);
}

sp_status sp_fetch_acknowledge(sp_fetch *fetch, sp_wire_decoder *decoder, const sp_request *applied, int64_t until_ms)
{
	SP_ASSERT(applied->kind == SP_REQUEST_ACKNOWLEDGE);
	sp_link_message answer;
	sp_status status = fetch_ask(fetch, applied, until_ms, &answer);
	if (status == SP_OK) {
		if (sp_reply_decode(decoder, answer.bytes, answer.n, &status) != SP_WIRE_ok) {
			status = SP_E_DAMAGED;
		}
		free(answer.bytes);
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

static sp_status fetch_keep(sp_fetch *fetch, const sp_frame *frame, sp_link_message chunk)
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
static sp_status fetch_refused(sp_wire_decoder *decoder, sp_link_message answer)
{
	sp_status status;
	const bool is_reply = sp_reply_decode(decoder, answer.bytes, answer.n, &status) == SP_WIRE_ok;
	return is_reply && status != SP_OK && status != SP_E_END ? status : SP_E_DAMAGED;
}

sp_status sp_fetch_step(sp_fetch *fetch, sp_wire_decoder *decoder, int64_t until_ms)
{
	SP_ASSERT(fetch->n == 0 || fetch->n < fetch->n_chunks);
	sp_request request = {.kind = SP_REQUEST_SNAPSHOT, .chunk = fetch->n};
	if (fetch->n > 0) {
		request.epoch = fetch->epoch;
		request.seq = fetch->seq;
	}
	sp_link_message answer;
	sp_frame frame;
	sp_status status = fetch_ask(fetch, &request, until_ms, &answer);
	if (status != SP_OK) {
		return status;
	}
	if (sp_frame_decode(decoder, answer.bytes, answer.n, &frame) == SP_WIRE_ok) {
		status = fetch_fits(fetch, &frame) ? fetch_keep(fetch, &frame, answer) : SP_E_DAMAGED;
	} else {
		status = fetch_refused(decoder, answer);
	}
	if (status != SP_OK && status != SP_E_END) {
		free(answer.bytes);
		sp_fetch_forget(fetch);
	}
	return status;
}
