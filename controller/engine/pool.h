/* pool.h - what a pool knows once per tick, before any law is asked; private to the engine's files. */
#ifndef SP_ENGINE_POOL_H
#define SP_ENGINE_POOL_H

#include "controller/engine/state.h"

/* clocks.c: freshness of the four clocks (R10), their alarms, and which have been stale for too long. */
void sp_clocks_tick(sp_engine *engine, uint32_t pool, int64_t now_ns, sp_tick *tick);

/* Is a reading of that event time fresh for the clock? */
bool sp_clock_fresh(const sp_pool_setup *pool, sp_clock clock, int64_t t_ns, int64_t now_ns);

/* Do all families of the pool have fresh demand? *oldest_ns: the oldest of their newest. False when one never had. */
bool sp_pool_demand(const sp_engine *engine, uint32_t pool, int64_t now_ns, int64_t *oldest_ns);

/* The last value taken of a pool, or of a lot. */
const sp_gauge *sp_pool_gauge(const sp_engine *engine, uint32_t pool, sp_signal_kind kind);
const sp_gauge *sp_lot_gauge(const sp_engine *engine, uint32_t lot, sp_signal_kind kind);

#endif
