/* snapshots.h - inside the room: whole books, encoded once for all who ask, each as of one seq.
 *
 * A gateway fetches a book chunk by chunk while prices go on changing; so what it began with is kept until nobody has asked for
 * it for SP_SNAPSHOT_KEPT_MS. A book of 100,000 SKUs is 200 chunks, some 10 MB; at most SP_SNAPSHOTS_MAX are kept, and the one
 * that was not asked for the longest goes first: its reader begins anew. Not safe by itself: the feed locks. */
#ifndef SP_FEED_SNAPSHOTS_H
#define SP_FEED_SNAPSHOTS_H

#include <nng/nng.h>
#include <nng/supplemental/util/platform.h>

#include "transport/feed/shelf.h"
#include "transport/wire/frame.h"

#define SP_SNAPSHOTS_MAX    4
#define SP_SNAPSHOT_KEPT_MS 10000

typedef struct sp_snapshot {
	nng_msg **chunks; /* NULL: none here */
	uint32_t n_chunks;
	sp_epoch epoch;
	uint64_t seq;
	nng_time made_ms, asked_ms; /* by nng's clock */
} sp_snapshot;

typedef struct sp_snapshots {
	sp_snapshot list[SP_SNAPSHOTS_MAX];
	uint8_t bytes[SP_FRAME_BYTES_MAX]; /* a chunk while it is written */
} sp_snapshots;

void sp_snapshots_fini(sp_snapshots *snapshots);

/* sp_snapshots_latest - the book as of the head's seq: one that was made within fresh_ms, else a new one.
 * in     head: of kind SNAPSHOT, all but groups and chunks
 * out    lives until the next call; NULL: no memory */
sp_snapshot *sp_snapshots_latest(sp_snapshots *snapshots, const sp_shelf *shelf, const sp_frame *head,
                                 nng_duration fresh_ms);

/* sp_snapshots_find - the one as of (epoch, seq); NULL: held no more, or never. */
sp_snapshot *sp_snapshots_find(sp_snapshots *snapshots, const sp_epoch *epoch, uint64_t seq);

/* sp_snapshots_chunk - a copy of a chunk, for sending; notes that it was asked for. NULL: no memory. chunk < n_chunks (asserted). */
nng_msg *sp_snapshots_chunk(sp_snapshot *snapshot, uint32_t chunk);

/* sp_snapshots_forget - lets go of what nobody has asked for lately. */
void sp_snapshots_forget(sp_snapshots *snapshots);

#endif
