/* frame.h - what the feed sends: prices as they change, the whole book in chunks, and heartbeats in between.
 *
 * A frame is one msgpack array with one spelling only, so that it can be signed as bytes:
 *
 *     [version, kind, key, [epoch counter, epoch random], seq, issued, lease, config, body, signature]
 *     body of a book      [[1, family, [price, …]], …]
 *             heartbeat   log head
 *             snapshot    [chunk, chunks, items as of a book]
 *
 * The signature (Ed25519) is over all bytes before its own element. Until there are keys, key and signature are empty.
 * Families stand in bytewise order, a family's prices by SKU and version: that is the engine's own order. A family is never
 * split over frames (R24). Layout and test vectors: docs/wire.md. */
#ifndef SP_WIRE_FRAME_H
#define SP_WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/decision.h"
#include "transport/wire/check.h"
#include "transport/wire/decoder.h"

#define SP_FRAME_PRICES_MAX    500
#define SP_FRAME_UNIT_MAX      64                    /* [bytes], as in the price sheet */
#define SP_FRAME_BYTES_MAX     (UINT32_C(256) << 10) /* 500 prices of the longest names in 500 families are 230 KiB */
#define SP_FRAME_SIGNATURE_MAX 64
#define SP_FRAME_KEY_MAX       8
#define SP_FRAME_HASH_MAX      32
#define SP_EPOCH_RANDOM_MAX    16

extern const sp_wire_limits sp_frame_limits;

/* The numbers are on the wire: never reused. Those of requests and replies go on from 16 (request.h). */
typedef enum sp_frame_kind {
	SP_FRAME_BOOK = 1,      /* the families that a tick changed */
	SP_FRAME_HEARTBEAT = 2, /* renews the lease; takes no number of its own: seq is that of the last book */
	SP_FRAME_SNAPSHOT = 3,  /* one chunk of the whole book as of seq */
} sp_frame_kind;

/* Which publisher: an equal counter with other bytes is a second one. */
typedef struct sp_epoch {
	uint64_t counter; /* from 1; rises at each start */
	uint8_t random[SP_EPOCH_RANDOM_MAX];
} sp_epoch;

/* The whole group of one family, at least one price: of each SKU the version in force and those announced. It replaces what was
 * announced of the family; what is in force stays so until the SKU's first version here takes effect. In a snapshot the version
 * that counts until then stands before it. The SKU's slot means nothing on the wire (SP_NO_SLOT after decoding). */
typedef struct sp_frame_group {
	const char *family;
	const sp_price *prices; /* by SKU and version, strictly rising */
	uint32_t n_prices;
} sp_frame_group;

typedef struct sp_frame {
	sp_frame_kind kind;
	bool is_signed; /* key and signature are there; both are zero where not */
	uint8_t key[SP_FRAME_KEY_MAX];
	uint8_t signature[SP_FRAME_SIGNATURE_MAX];
	sp_epoch epoch;
	uint64_t seq; /* counts books, from 1; a heartbeat before the first has 0 */
	int64_t issued_ns, lease_ns;
	uint8_t config[SP_FRAME_HASH_MAX];
	uint8_t head[SP_FRAME_HASH_MAX]; /* HEARTBEAT: of the log's chain */
	uint32_t chunk, chunks;          /* SNAPSHOT: this one from 0, and how many; an empty book has one empty chunk */
	const sp_frame_group *groups;    /* BOOK, SNAPSHOT: families in bytewise order */
	uint32_t n_groups;
} sp_frame;

/* sp_frame_decode - reads a frame; the signature is not judged here.
 *
 * out    *frame, written only on SP_WIRE_ok; its groups, prices and texts (terminated) live in the decoder until its next use
 * cost   O(n), allocates: no */
sp_wire_reason sp_frame_decode(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n, sp_frame *frame);

/* sp_frame_encode - writes a frame, checked as a decoder would.
 *
 * out    writer->n grows by the frame's bytes, also when they do not fit: compare it with writer->size. Unless it is SP_WIRE_ok, the
 *        same as before */
sp_wire_reason sp_frame_encode(const sp_frame *frame, sp_writer *writer);

/* sp_frame_preceding - of a frame's n bytes, the first so many are what is signed; the signature's 64 are the last. */
size_t sp_frame_preceding(const sp_frame *frame, size_t n);

/* sp_frame_check - are all fields as a decoder would take them? */
sp_wire_reason sp_frame_check(const sp_frame *frame);

/* sp_frame_fit - how many of the leading groups make one frame: as many whole families as have at most 500 prices together.
 * Called again on the rest it splits a book into frames. 0: the first family alone has more (or there is none). */
uint32_t sp_frame_fit(const sp_frame_group *groups, uint32_t n_groups);

#endif
