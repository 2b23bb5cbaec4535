/* stream.c - see stream.h. */
#include "sim/market/stream.h"

#include <stddef.h>

#include "base/assert.h"

/* FNV-1a (Fowler, Noll and Vo): the name as a number. */
static uint64_t stream_hash(const char *name)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
	return hash;
}

/* Two seeds that differ by what two names differ by must not meet: the seed is spread over all bits first. */
sp_rng sp_stream(uint64_t seed, const char *name)
{
	sp_rng spread, rng;

	SP_ASSERT(name != NULL);
	sp_rng_init(&spread, seed);
	sp_rng_init(&rng, sp_rng_next(&spread) ^ stream_hash(name));
	return rng;
}
