/* hostile.h - worlds and inputs at random, biased to the edges: what no configuration is too strange and no sender too broken for.
 *
 * A life is a world of one to four families, each under a law of the registry (or the scripted one, which wishes anything) with
 * parameters from all over its rows, with guardrails, modes, clocks, estimators and portfolio limits of its own. What it is sent is made
 * of ordinary records and of the worst there are: NaN, infinities, denormals, the ends of every range and just beyond, jumps, times
 * that go back, come twice or lie years off. Everything follows from the seed. */
#ifndef SP_TESTS_ENGINE_HOSTILE_H
#define SP_TESTS_ENGINE_HOSTILE_H

#include "tests/engine/world.h"

/* hostile_open - a world, built; the caller's to end by world_fini. */
void hostile_open(world *w, sp_rng *rng);

/* hostile_send - one signal or, now and then, a command. True when it was taken. */
bool hostile_send(world *w, sp_rng *rng);

/* hostile_next - the time of the next tick: mostly a period on, now and then a nanosecond, hours, months. */
int64_t hostile_next(const world *w, sp_rng *rng);

#endif
