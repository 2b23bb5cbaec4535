/* stream.h - chance by name: every use of a seed draws from a stream of its own, so that one use more changes no other. */
#ifndef SP_SIM_MARKET_STREAM_H
#define SP_SIM_MARKET_STREAM_H

#include "base/rng.h"

/* sp_stream - the stream of a seed and a name; the same name, the same numbers. */
sp_rng sp_stream(uint64_t seed, const char *name);

#endif
