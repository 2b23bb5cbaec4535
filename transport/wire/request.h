/* request.h - what a gateway asks of the feed and what it is answered: the bodies of REQ/REP.
 *
 *     [version, 16, client, epoch, seq, chunk]    a chunk of the snapshot; answered by a frame of kind snapshot, or a reply
 *     [version, 17, client, epoch, seq, applied]  applied up to (epoch, seq) at that time; answered by a reply
 *     [version, 32, status]                       a reply: ok, or why not
 *
 * One spelling only, as of frames; not signed: nothing here moves a price. Vectors: docs/wire.md. */
#ifndef SP_WIRE_REQUEST_H
#define SP_WIRE_REQUEST_H

#include "base/ids.h"
#include "base/status.h"
#include "transport/wire/frame.h"

#define SP_REQUEST_BYTES_MAX 512

typedef enum sp_request_kind {
	SP_REQUEST_SNAPSHOT = 16,
	SP_REQUEST_ACKNOWLEDGE = 17,
} sp_request_kind;

typedef struct sp_request {
	sp_request_kind kind;
	char client[SP_ID_MAX + 1];
	/* SNAPSHOT: which snapshot a further chunk is of; all zero with chunk 0: the latest. ACKNOWLEDGE: what was applied last. */
	sp_epoch epoch;
	uint64_t seq;
	uint32_t chunk;     /* SNAPSHOT */
	int64_t applied_ns; /* ACKNOWLEDGE: by the gateway's clock */
} sp_request;

sp_wire_reason sp_request_decode(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n, sp_request *request);
/* As sp_frame_encode. */
sp_wire_reason sp_request_encode(const sp_request *request, sp_writer *writer);

/* A reply is a status: SP_OK; SP_E_ABSENT that snapshot is no longer held, begin again; SP_E_SYNTAX no request; … */
sp_wire_reason sp_reply_decode(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n, sp_status *status);
void sp_reply_encode(sp_status status, sp_writer *writer);

#endif
