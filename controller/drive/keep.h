/* keep.h - a driver's checkpoint as bytes: the engine's state, and behind it the last seq of each source (R12, R13).
 *
 *     engine's bytes | sources: count, (name, seq)… | length of the engine's bytes, 8 bytes little-endian */
#ifndef SP_DRIVE_KEEP_H
#define SP_DRIVE_KEEP_H

#include "base/ids.h"
#include "controller/engine/engine.h"

typedef struct sp_keep {
	const uint8_t *bytes;
	size_t n;
} sp_keep;

/* The most bytes that a checkpoint of this engine may take, whatever its sources. */
size_t sp_keep_size_max(const sp_engine *engine);

/* sp_keep_save - writes it; returns its length. seqs: by the sources' slots. */
size_t sp_keep_save(const sp_engine *engine, const sp_ids *sources, const int64_t *seqs, uint8_t *bytes);

/* sp_keep_restore - takes it up: the engine's state, and into `sources` (empty) and `seqs` what was known of senders.
 * fails  as sp_engine_restore; SP_E_MEMORY; the engine is unchanged unless it is SP_OK */
sp_status sp_keep_restore(sp_engine *engine, sp_ids *sources, int64_t *seqs, sp_keep keep, sp_message *message);

#endif
