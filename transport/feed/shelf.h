/* shelf.h - the price book as customers may know it: each family's whole group, the last that was committed and let out.
 *
 * Families stand in bytewise order of their names. A group is replaced as a whole; what is kept here is copied, so whoever puts
 * it may forget it. Not safe by itself: the feed locks. */
#ifndef SP_FEED_SHELF_H
#define SP_FEED_SHELF_H

#include <stdbool.h>

#include "transport/wire/frame.h"

typedef struct sp_shelf sp_shelf; /* opaque */

sp_shelf *sp_shelf_open(void); /* NULL when out of memory */
void sp_shelf_close(sp_shelf *shelf);

/* sp_shelf_differs - would putting this group change anything a customer can see? A new family does. */
bool sp_shelf_differs(const sp_shelf *shelf, const sp_frame_group *group);

/* sp_shelf_put - the group as it is from now on. Where a SKU's first version takes effect only later than now_ns, the version that
 * was in force before it is kept with it until then, so that a gateway that begins now has a price for this moment, too.
 * fails  SP_E_MEMORY: as before */
sp_status sp_shelf_put(sp_shelf *shelf, const sp_frame_group *group, int64_t now_ns);

/* All groups in order; they live until the next put. */
const sp_frame_group *sp_shelf_groups(const sp_shelf *shelf, uint32_t *n_groups);

#endif
