/* decoder.c - opens the decoder's memory, and lets msgpack-c into it only after the structural check. */
#include "transport/wire/decoder.h"

#include <stdlib.h>

#include "base/assert.h"
#include "transport/wire/fields.h"

/* msgpack-c keeps one object for every element of an array; the message itself is the caller's. Texts stay in the bytes. */
#define ZONE_BYTES (SP_WIRE_NODES_MAX * sizeof(msgpack_object))

_Static_assert(sizeof(sp_wire_decoder) + ZONE_BYTES + 4096 <= SP_WIRE_DECODER_MAX, "a decoder's memory is bounded");

sp_wire_decoder *sp_wire_open(void)
{
	sp_wire_decoder *decoder = calloc(1, sizeof *decoder);
	if (decoder != NULL && !msgpack_zone_init(&decoder->zone, ZONE_BYTES)) {
		free(decoder);
		decoder = NULL;
	}
	if (decoder != NULL) {
		sp_wire_kinds_init(decoder);
	}
	return decoder;
}

void sp_wire_close(sp_wire_decoder *decoder)
{
	if (decoder != NULL) {
		msgpack_zone_destroy(&decoder->zone);
		free(decoder);
	}
}

sp_wire_reason sp_wire_unpack(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n, const sp_wire_limits *limits,
                              msgpack_object *object)
{
	SP_ASSERT(decoder != NULL && limits->nodes <= SP_WIRE_NODES_MAX);
	const sp_wire_reason reason = sp_wire_check(bytes, n, limits);
	if (reason != SP_WIRE_ok) {
		return reason;
	}
	size_t read = 0;
	msgpack_zone_clear(&decoder->zone);
	const msgpack_unpack_return answer = msgpack_unpack((const char *)bytes, n, &read, &decoder->zone, object);
	/* what the check lets pass, msgpack-c reads to the same end: tests and fuzzer see no other answer */
	return answer == MSGPACK_UNPACK_SUCCESS && read == n ? SP_WIRE_ok : SP_WIRE_shape;
}
