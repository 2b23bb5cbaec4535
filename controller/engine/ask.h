/* ask.h - what a law is told when it is asked: the pool's part once a tick, the family's part at its turn; private to the engine. */
#ifndef SP_ENGINE_ASK_H
#define SP_ENGINE_ASK_H

#include "controller/engine/family.h"

/* Fills the pool's part of its families' inputs: readings, capacity, supply. After its load and cost were observed. */
void sp_ask_pool(sp_engine *engine, uint32_t pool, int64_t now_ns);

/* What one of a pool's estimators knows, and whether the clock that feeds it is fresh. */
sp_reading sp_ask_estimator(const sp_engine *engine, uint32_t pool, sp_pool_estimator which, int64_t now_ns);

/* Fills what hangs on the pool's load anew, by another source: SP_POOL_LOAD or SP_POOL_GAUGED. */
void sp_ask_load(sp_engine *engine, uint32_t pool, sp_pool_estimator source, int64_t now_ns);

/* Fills the family's part: index, intervals, means, and what it alone offers and asks for. Sets turn->due. */
void sp_ask_family(sp_turn *turn);

#endif
