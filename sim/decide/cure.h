/* cure.h - why the engine refused a signal, in words that say what to send instead. */
#ifndef SP_SIM_DECIDE_CURE_H
#define SP_SIM_DECIDE_CURE_H

#include "controller/engine/engine.h"

/* sp_cure - words for a refusal that the engine just gave, with the value, what it was held against, and what helps.
 * in     refusal: not none; what the engine does not answer itself gets its own short words */
void sp_cure(const sp_engine *engine, const sp_signal *signal, sp_refusal refusal, sp_message *words);

#endif
