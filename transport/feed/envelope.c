/* envelope.c - see envelope.h. */
#include "transport/feed/envelope.h"

#include <string.h>

#include "base/assert.h"

static nng_msg *envelope_of(const sp_writer *writer)
{
	SP_ASSERT(writer->n > 0 && writer->n <= writer->size);
	nng_msg *message = NULL;
	if (nng_msg_alloc(&message, writer->n) != 0) {
		return NULL;
	}
	memcpy(nng_msg_body(message), writer->at, writer->n);
	return message;
}

nng_msg *sp_envelope_frame(const sp_frame *frame, uint8_t *room, size_t size)
{
	sp_writer writer = {room, size, 0};
	const sp_wire_reason reason = sp_frame_encode(frame, &writer);
	SP_ASSERT(reason == SP_WIRE_ok);
	return envelope_of(&writer);
}

nng_msg *sp_envelope_reply(sp_status status)
{
	uint8_t bytes[SP_REQUEST_BYTES_MAX];
	sp_writer writer = {bytes, sizeof bytes, 0};
	sp_reply_encode(status, &writer);
	return envelope_of(&writer);
}
