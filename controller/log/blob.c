/* blob.c - cold bytes: compressed, and known to the chain by the hash of the compressed form, so that any changed byte
 * of the file shows and nothing is decompressed that is not what was written. */
#include <stdlib.h>

#include <sodium.h>

#include "base/assert.h"
#include "controller/log/store.h"

#define BLOB_LEVEL 3 /* zstd: 300 MB/s, well beyond what a tick takes in */

sp_status sp_blob_pack(ZSTD_CCtx *squeeze, const void *plain, size_t n, void **packed, size_t *n_packed)
{
	size_t room = ZSTD_compressBound(n), used;
	void *bytes = malloc(room);

	SP_ASSERT(squeeze && (plain || n == 0));
	if (!bytes)
		return SP_E_MEMORY;
	used = ZSTD_compressCCtx(squeeze, bytes, room, n ? plain : "", n, BLOB_LEVEL);
	if (ZSTD_isError(used)) { /* with room for the bound only memory can be missing */
		free(bytes);
		return SP_E_MEMORY;
	}
	*packed = bytes;
	*n_packed = used;
	return SP_OK;
}

sp_status sp_blob_unpack(const void *packed, size_t n_packed, int64_t n, void **plain)
{
	uint8_t *bytes;
	size_t used;

	if (n < 0 || n > SP_LOG_PLAIN_MAX || !packed || ZSTD_getFrameContentSize(packed, n_packed) != (uint64_t)n)
		return SP_E_DAMAGED;
	bytes = malloc((size_t)n + 1);
	if (!bytes)
		return SP_E_MEMORY;
	used = ZSTD_decompress(bytes, (size_t)n, packed, n_packed);
	if (used != (size_t)n) {
		free(bytes);
		return SP_E_DAMAGED;
	}
	bytes[n] = 0;
	*plain = bytes;
	return SP_OK;
}

void sp_blob_hash(const void *packed, size_t n, uint8_t hash[SP_HASH_SIZE])
{
	crypto_generichash(hash, SP_HASH_SIZE, n ? packed : NULL, n, NULL, 0);
}
