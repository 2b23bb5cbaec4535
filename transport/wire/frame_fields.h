/* frame_fields.h - inside the room: how many fields each array of a frame has, for those who write and those who read it. */
#ifndef SP_WIRE_FRAME_FIELDS_H
#define SP_WIRE_FRAME_FIELDS_H

#include <msgpack.h>

#include "transport/wire/fields.h"
#include "transport/wire/frame.h"

#define SP_FRAME_FIELDS          10
#define SP_FRAME_SNAPSHOT_FIELDS 3
#define SP_FRAME_ITEM_FIELDS     3
#define SP_FRAME_PRICE_FIELDS    10
#define SP_EPOCH_FIELDS          2

#define SP_FRAME_ITEM_PRICES 1 /* the first field of an item says what it is: list prices of a family */

void sp_epoch_pack(msgpack_packer *packer, const sp_epoch *epoch);
sp_epoch sp_epoch_read(sp_fields *fields, uint64_t least);

#endif
