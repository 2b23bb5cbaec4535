/* pack.h - how this room writes msgpack: through msgpack-c's packer, which always takes the shortest form, into an sp_writer. */
#ifndef SP_WIRE_PACK_H
#define SP_WIRE_PACK_H

#include <msgpack.h>

#include "base/bytes.h"

void sp_pack_begin(msgpack_packer *packer, sp_writer *writer);
void sp_pack_text(msgpack_packer *packer, const char *text, size_t n);
void sp_pack_binary(msgpack_packer *packer, const void *bytes, size_t n);

#endif
