/* checkpoint.c - the state as bytes and back (R13): a header that says of what, then the block as it is. */
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "controller/engine/state.h"

#define CHECKPOINT_MAGIC "SPcheck1"
#define MAGIC_SIZE       8
#define HEADER_SIZE      (MAGIC_SIZE + 8 + SP_CONFIG_HASH_SIZE + 16) /* magic, version, setup hash, length and padding */

static void put_fixed(uint8_t *at, uint64_t x)
{
	for (int i = 0; i < 8; i++)
		at[i] = (uint8_t)(x >> 8 * i);
}

static uint64_t get_fixed(const uint8_t *at)
{
	uint64_t x = 0;

	for (int i = 0; i < 8; i++)
		x |= (uint64_t)at[i] << 8 * i;
	return x;
}

size_t sp_engine_save_size(const sp_engine *engine)
{
	return HEADER_SIZE + engine->block_size;
}

void sp_engine_save(const sp_engine *engine, uint8_t *bytes, size_t size)
{
	SP_ASSERT(size >= sp_engine_save_size(engine));
	memset(bytes, 0, HEADER_SIZE);
	memcpy(bytes, CHECKPOINT_MAGIC, MAGIC_SIZE);
	put_fixed(bytes + MAGIC_SIZE, SP_ENGINE_VERSION);
	memcpy(bytes + MAGIC_SIZE + 8, engine->setup->hash, SP_CONFIG_HASH_SIZE);
	put_fixed(bytes + MAGIC_SIZE + 8 + SP_CONFIG_HASH_SIZE, engine->block_size);
	memcpy(bytes + HEADER_SIZE, engine->block, engine->block_size);
}

sp_status sp_engine_restore(sp_engine *engine, const uint8_t *bytes, size_t size, sp_message *message)
{
	uint64_t version;

	if (size < MAGIC_SIZE || memcmp(bytes, CHECKPOINT_MAGIC, MAGIC_SIZE) != 0)
		return sp_message_set(message, SP_E_FOREIGN, "these bytes are no checkpoint of an engine");
	if (size < HEADER_SIZE)
		return sp_message_set(message, SP_E_DAMAGED, "the checkpoint is cut off after %zu bytes", size);
	version = get_fixed(bytes + MAGIC_SIZE);
	if (version != SP_ENGINE_VERSION)
		return sp_message_set(
		    message, version > SP_ENGINE_VERSION ? SP_E_NEWER : SP_E_MISMATCH,
		    "the checkpoint is of engine version %llu, this is version %d: start from an earlier one, "
		    "or replay the log's inputs",
		    (unsigned long long)version, SP_ENGINE_VERSION);
	if (memcmp(bytes + MAGIC_SIZE + 8, engine->setup->hash, SP_CONFIG_HASH_SIZE) != 0)
		return sp_message_set(message, SP_E_MISMATCH, "the checkpoint is of another configuration");
	if (get_fixed(bytes + MAGIC_SIZE + 8 + SP_CONFIG_HASH_SIZE) != engine->block_size ||
	    size != sp_engine_save_size(engine))
		return sp_message_set(message, SP_E_DAMAGED, "the checkpoint has %zu bytes where this setup needs %zu", size,
		                      sp_engine_save_size(engine));
	memcpy(engine->block, bytes + HEADER_SIZE, engine->block_size);
	return SP_OK;
}
