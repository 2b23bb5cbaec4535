/* envelope.h - inside the room: frames and replies as messages of nng. */
#ifndef SP_FEED_ENVELOPE_H
#define SP_FEED_ENVELOPE_H

#include <nng/nng.h>

#include "transport/wire/frame.h"
#include "transport/wire/request.h"

/* Each NULL when out of memory. */

/* in     a frame as a decoder would take it (asserted); room to write it in */
nng_msg *sp_envelope_frame(const sp_frame *frame, uint8_t *room, size_t size);
nng_msg *sp_envelope_reply(sp_status status);

#endif
