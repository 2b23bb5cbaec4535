/* sources.h - a pool's load has two sources: do they agree, and by which of them is a law asked? Private to the engine's files. */
#ifndef SP_ENGINE_SOURCES_H
#define SP_ENGINE_SOURCES_H

#include "controller/engine/family.h"

/* Compares what demand and the gauge tell, where both are fresh, and states the alarm. After loads and clocks of the tick. */
void sp_sources_tick(sp_engine *engine, uint32_t pool, int64_t now_ns, sp_tick *tick);

/* Asks the family's law: fills its input, and leaves its wish and state. Twice where the sources disagree: then the price moves only where
 * both lead the same way, and turn->unsure says that they do not. */
void sp_sources_ask(sp_turn *turn);

#endif
