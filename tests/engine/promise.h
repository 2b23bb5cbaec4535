/* promise.h - the slow checker of P1, of the ledger's sums and of what is tried to learn: what a family was told, kept as a list, and
 * every limit computed from it anew, by plain arithmetic on the configuration. It shares no code with the guardrails. */
#ifndef SP_TESTS_ENGINE_PROMISE_H
#define SP_TESTS_ENGINE_PROMISE_H

#include "tests/engine/world.h"

#define PROMISE_TOLD_MAX 4096

/* What a family was told, and since when: R and C, as the rates see them. */
typedef struct promise_list {
	int64_t t_ns[PROMISE_TOLD_MAX], rest[PROMISE_TOLD_MAX], cost[PROMISE_TOLD_MAX];
	uint32_t n;
	bool followed; /* the world's own price was taken up: its prices are not ours */
} promise_list;

/* One family's book as it stood before a tick. */
typedef struct promise_before {
	int64_t told, cost, part; /* part: an experiment's */
} promise_before;

typedef struct promise {
	promise_list lists[WORLD_FAMILIES];
	promise_before before[WORLD_FAMILIES];
	uint64_t told;  /* by law or hand, checked */
	uint64_t tried; /* of them, with a part of an experiment in it */
	uint64_t turns;
	const char *broken; /* what was broken first; NULL: nothing */
	uint32_t family;    /* by whom */
} promise;

void promise_init(promise *p);

/* promise_before_tick - looks at the book; then comes the tick; then promise_after_tick judges it.
 * returns  false as soon as something is broken; p->broken says what */
void promise_before_tick(promise *p, const world *w);
bool promise_after_tick(promise *p, const world *w);

#endif
