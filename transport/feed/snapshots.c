/* snapshots.c - see snapshots.h. */
#include "transport/feed/snapshots.h"

#include <stdlib.h>

#include "base/assert.h"
#include "transport/feed/envelope.h"
#include "transport/feed/epoch.h"

static void snapshot_fini(sp_snapshot *snapshot)
{
	for (uint32_t i = 0; i < snapshot->n_chunks; i++) {
		nng_msg_free(snapshot->chunks[i]);
	}
	free(snapshot->chunks);
	*snapshot = (sp_snapshot){0};
}

void sp_snapshots_fini(sp_snapshots *snapshots)
{
	for (int i = 0; i < SP_SNAPSHOTS_MAX; i++) {
		snapshot_fini(&snapshots->list[i]);
	}
}

/* An empty book has one empty chunk. */
static uint32_t snapshot_count(const sp_frame_group *groups, uint32_t n_groups)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < n_groups; n++) {
		i += sp_frame_fit(groups + i, n_groups - i);
	}
	return n > 0 ? n : 1;
}

static bool snapshot_encode(sp_snapshot *snapshot, const sp_shelf *shelf, const sp_frame *head, uint8_t *bytes)
{
	uint32_t n_groups, first = 0;
	const sp_frame_group *groups = sp_shelf_groups(shelf, &n_groups);
	sp_frame frame = *head;
	frame.chunks = snapshot_count(groups, n_groups);
	snapshot->chunks = calloc(frame.chunks, sizeof *snapshot->chunks);
	for (; snapshot->chunks != NULL && frame.chunk < frame.chunks; frame.chunk++) {
		frame.groups = groups + first;
		frame.n_groups = sp_frame_fit(frame.groups, n_groups - first);
		nng_msg *chunk = sp_envelope_frame(&frame, bytes, SP_FRAME_BYTES_MAX);
		if (chunk == NULL) {
			return false;
		}
		snapshot->chunks[snapshot->n_chunks++] = chunk;
		first += frame.n_groups;
	}
	SP_ASSERT(snapshot->chunks == NULL || first == n_groups);
	return snapshot->chunks != NULL;
}

/* An empty place; where there is none, that of the longest unasked. */
static sp_snapshot *snapshots_place(sp_snapshots *snapshots)
{
	sp_snapshot *place = &snapshots->list[0];
	for (int i = 0; i < SP_SNAPSHOTS_MAX; i++) {
		if (snapshots->list[i].chunks == NULL) {
			return &snapshots->list[i];
		}
		if (snapshots->list[i].asked_ms < place->asked_ms) {
			place = &snapshots->list[i];
		}
	}
	snapshot_fini(place);
	return place;
}

sp_snapshot *sp_snapshots_latest(sp_snapshots *snapshots, const sp_shelf *shelf, const sp_frame *head,
                                 nng_duration fresh_ms)
{
	SP_ASSERT(head->kind == SP_FRAME_SNAPSHOT && head->seq > 0);
	const nng_time now_ms = nng_clock();
	sp_snapshot *snapshot = sp_snapshots_find(snapshots, &head->epoch, head->seq);
	if (snapshot != NULL && now_ms - snapshot->made_ms <= (nng_time)fresh_ms) {
		return snapshot;
	}
	snapshot = snapshots_place(snapshots);
	if (!snapshot_encode(snapshot, shelf, head, snapshots->bytes)) {
		snapshot_fini(snapshot);
		return NULL;
	}
	snapshot->epoch = head->epoch;
	snapshot->seq = head->seq;
	snapshot->made_ms = snapshot->asked_ms = now_ms;
	return snapshot;
}

/* Of several as of one seq the newest: they say the same, but for how long it may be used. */
sp_snapshot *sp_snapshots_find(sp_snapshots *snapshots, const sp_epoch *epoch, uint64_t seq)
{
	sp_snapshot *found = NULL;
	for (int i = 0; i < SP_SNAPSHOTS_MAX; i++) {
		sp_snapshot *each = &snapshots->list[i];
		const bool fits = each->chunks != NULL && each->seq == seq && sp_epoch_equal(&each->epoch, epoch);
		if (fits && (found == NULL || each->made_ms > found->made_ms)) {
			found = each;
		}
	}
	return found;
}

nng_msg *sp_snapshots_chunk(sp_snapshot *snapshot, uint32_t chunk)
{
	SP_ASSERT(snapshot != NULL && chunk < snapshot->n_chunks);
	nng_msg *copy = NULL;
	snapshot->asked_ms = nng_clock();
	return nng_msg_dup(&copy, snapshot->chunks[chunk]) == 0 ? copy : NULL;
}

void sp_snapshots_forget(sp_snapshots *snapshots)
{
	const nng_time now_ms = nng_clock();
	for (int i = 0; i < SP_SNAPSHOTS_MAX; i++) {
		if (now_ms - snapshots->list[i].asked_ms > SP_SNAPSHOT_KEPT_MS) {
			snapshot_fini(&snapshots->list[i]);
		}
	}
}
