/* keep.c - see keep.h. */
#include "controller/drive/keep.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "controller/engine/inputs.h"

#define LENGTH_SIZE 8
#define SOURCE_MAX  (2 + SP_ID_MAX + 10) /* a name with its length, and its seq */
#define COUNT_MAX   10

size_t sp_keep_size_max(const sp_engine *engine)
{
	return sp_engine_save_size(engine) + COUNT_MAX + (size_t)SP_SOURCES_MAX * SOURCE_MAX + LENGTH_SIZE;
}

size_t sp_keep_save(const sp_engine *engine, const sp_ids *sources, const int64_t *seqs, uint8_t *bytes)
{
	size_t n_engine = sp_engine_save_size(engine);
	sp_writer writer = {.at = bytes + n_engine, .size = sp_keep_size_max(engine) - n_engine};
	uint32_t n = sp_ids_count(sources);

	SP_ASSERT(n <= SP_SOURCES_MAX);
	sp_engine_save(engine, bytes, n_engine);
	sp_put_varint(&writer, n);
	for (uint32_t i = 0; i < n; i++) {
		sp_put_text(&writer, sp_ids_name(sources, i));
		sp_put_zigzag(&writer, seqs[i]);
	}
	for (int i = 0; i < LENGTH_SIZE; i++)
		sp_put_u8(&writer, (uint8_t)((uint64_t)n_engine >> 8 * i));
	SP_ASSERT(writer.n <= writer.size);
	return n_engine + writer.n;
}

/* The length of the engine's part; more than there is when it is no checkpoint. */
static uint64_t engine_part(sp_keep keep)
{
	uint64_t n = 0;

	if (keep.n < LENGTH_SIZE)
		return UINT64_MAX;
	for (int i = 0; i < LENGTH_SIZE; i++)
		n |= (uint64_t)keep.bytes[keep.n - LENGTH_SIZE + i] << 8 * i;
	return n;
}

static sp_status restore_sources(sp_reader *reader, sp_ids *sources, int64_t *seqs)
{
	uint64_t n = sp_get_varint(reader);
	sp_status status = n <= SP_SOURCES_MAX ? SP_OK : SP_E_DAMAGED;

	for (uint64_t i = 0; i < n && status == SP_OK; i++) {
		size_t length = 0;
		const char *name = sp_get_text(reader, &length);
		uint32_t slot;
		if (!reader->ok)
			return SP_E_DAMAGED;
		status = sp_ids_add(sources, name, length, &slot);
		if (status == SP_OK && slot >= SP_SOURCES_MAX)
			status = SP_E_DAMAGED;
		if (status == SP_OK)
			seqs[slot] = sp_get_zigzag(reader);
	}
	return status == SP_OK && !sp_reader_ended(reader) ? SP_E_DAMAGED : status;
}

sp_status sp_keep_restore(sp_engine *engine, sp_ids *sources, int64_t *seqs, sp_keep keep, sp_message *message)
{
	uint64_t n_engine = engine_part(keep);
	sp_reader reader;
	sp_status status;

	if (n_engine > keep.n - (keep.n < LENGTH_SIZE ? keep.n : LENGTH_SIZE))
		return sp_message_set(message, SP_E_DAMAGED, "a checkpoint has the wrong length");
	reader = (sp_reader){.at = keep.bytes + n_engine, .size = keep.n - LENGTH_SIZE - (size_t)n_engine, .ok = true};
	status = restore_sources(&reader, sources, seqs);
	if (status != SP_OK)
		return sp_message_set(message, status, "the sources of a checkpoint cannot be read");
	return sp_engine_restore(engine, keep.bytes, (size_t)n_engine, message);
}
