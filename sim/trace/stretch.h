/* stretch.h - sums over fixed stretches of time, for presets that aggregate rows (R12).
 *
 * Stretches are multiples of their width since 1970 UTC. Rows may come in any order within the running stretch; one of a later stretch
 * closes it, and the empty ones between. A closed stretch is emitted item by item (one per sum), dated at its last nanosecond. */
#ifndef SP_SIM_TRACE_STRETCH_H
#define SP_SIM_TRACE_STRETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

typedef struct sp_stretch {
	int64_t width_ns;
	int64_t start_ns;          /* of the running stretch */
	int64_t resume_ns;         /* while closing: the stretch that runs afterwards */
	int64_t first_ns, last_ns; /* of the rows so far */
	uint32_t item;             /* while closing: the next to be emitted */
	bool begun, closing, ended;
} sp_stretch;

typedef enum sp_stretch_place { SP_STRETCH_NOW, SP_STRETCH_LATER, SP_STRETCH_PAST, SP_STRETCH_FAR } sp_stretch_place;

/* sp_stretch_take - where a row's time lies. NOW: add it to the sums. LATER: keep it until the closing that begins now is over.
 * PAST, FAR (beyond SP_TRACE_GAP_MAX_NS): refuse it; nothing is changed. */
sp_stretch_place sp_stretch_take(sp_stretch *stretch, int64_t t_ns);

/* sp_stretch_refuse - the complaint for PAST and FAR, about the column that holds the time. */
sp_status sp_stretch_refuse(const sp_stretch *stretch, sp_stretch_place place, const char *column, sp_message *message);

/* sp_stretch_end - the last row was read: closes the running stretch. */
void sp_stretch_end(sp_stretch *stretch);

/* sp_stretch_stamp - the running stretch's last nanosecond. */
int64_t sp_stretch_stamp(const sp_stretch *stretch);

/* sp_stretch_covered - how much of the running stretch the trace covers [ns]: it may begin and end inside one, and a sum over a
 * part is a rate over that part. Under an eighth, too little to say anything, the stretch counts whole. */
int64_t sp_stretch_covered(const sp_stretch *stretch);

/* sp_stretch_advance - every item is emitted: the next stretch runs; closing ends where resume_ns is reached. */
void sp_stretch_advance(sp_stretch *stretch);

#endif
