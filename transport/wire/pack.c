/* pack.c - the packer's callback counts what does not fit, as a writer does; so packing itself never fails. */
#include "transport/wire/pack.h"

#include "base/assert.h"

static int pack_write(void *context, const char *bytes, size_t n)
{
	sp_put_bytes(context, bytes, n);
	return 0;
}

void sp_pack_begin(msgpack_packer *packer, sp_writer *writer)
{
	SP_ASSERT(writer != NULL && writer->n <= writer->size);
	msgpack_packer_init(packer, writer, pack_write);
}

void sp_pack_text(msgpack_packer *packer, const char *text, size_t n)
{
	msgpack_pack_str(packer, n);
	msgpack_pack_str_body(packer, text, n);
}

void sp_pack_binary(msgpack_packer *packer, const void *bytes, size_t n)
{
	msgpack_pack_bin(packer, n);
	msgpack_pack_bin_body(packer, bytes, n);
}
