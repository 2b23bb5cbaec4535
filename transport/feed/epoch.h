/* epoch.h - inside the room: is it the same publisher? */
#ifndef SP_FEED_EPOCH_H
#define SP_FEED_EPOCH_H

#include "transport/wire/frame.h"

bool sp_epoch_equal(const sp_epoch *a, const sp_epoch *b);

#endif
