/* shelf.h - the price book as customers may know it: each family's whole group, the last that was committed and let out.
 *
 * A group is put as a whole and replaces what was told of its family. What customers know already does not change under their hands:
 *
 *     a version that is new to a SKU that stands here counts from `soonest` at the earliest, however late its commit was (R9)
 *     a version that stands here keeps its date, or gets a later one
 *     what was told of a SKU with an earlier date than the first version of its new group is kept beside the group as long as
 *     that version does not count, so that somebody who begins now has a price for this moment, too
 *
 * So there are two views of a family: what is told of it (a frame's item), and all of it (a snapshot's). Families stand in
 * bytewise order; none ever goes. What is kept here is copied. Not safe by itself: the feed locks. */
#ifndef SP_FEED_SHELF_H
#define SP_FEED_SHELF_H

#include <stdbool.h>

#include "transport/wire/frame.h"

typedef struct sp_shelf sp_shelf; /* opaque */

sp_shelf *sp_shelf_open(void);        /* NULL when out of memory */
void sp_shelf_close(sp_shelf *shelf); /* NULL is accepted */

/* sp_shelf_differs - would putting this group change anything a customer can see? A new family does; an earlier date of a version
 * that stands here does not. */
bool sp_shelf_differs(const sp_shelf *shelf, const sp_frame_group *group);

/* sp_shelf_put - the groups as they are from now on.
 * in     groups: in bytewise order of their families, each of 1 to SP_FRAME_PRICES_MAX prices (asserted)
 *        soonest_ns: now + convergence
 * fails  SP_E_MEMORY: nothing has changed
 * cost   O(prices given + new families x families) */
sp_status sp_shelf_put(sp_shelf *shelf, const sp_frame_group *groups, uint32_t n_groups, int64_t now_ns,
                       int64_t soonest_ns);

/* Each lives until the next put. told: NULL where there is no such family. */
const sp_frame_group *sp_shelf_told(const sp_shelf *shelf, const char *family);
const sp_frame_group *sp_shelf_groups(const sp_shelf *shelf, uint32_t *n_groups);

/* sp_shelf_after - the place among the groups of the first family after this name ("": the first of all). */
uint32_t sp_shelf_after(const sp_shelf *shelf, const char *family);

#endif
