/* world.h - a small setup built by hand for tests of the engine, and a law that does as the test says.
 *
 * world_init gives one pool "p" with one reserved lot "p:base" (8 GPUs at 2 USD, 1,000 units per GPU and second) and one
 * family "f" in `auto` with SKUs "f/input" (0.10 USD per 1M tokens, weight 1) and "f/output" (0.40 USD, weight 4), the
 * scripted law and wide rails. A test changes fields of the setup, then calls world_build. */
#ifndef SP_TESTS_ENGINE_WORLD_H
#define SP_TESTS_ENGINE_WORLD_H

#include "base/time.h"
#include "controller/engine/engine.h"
#include "tests/check/check.h"

#define WORLD_POOLS    3
#define WORLD_LOTS     6
#define WORLD_FAMILIES 6
#define WORLD_SKUS     12

typedef struct world {
	sp_setup setup;
	sp_pool_setup pools[WORLD_POOLS];
	sp_lot_setup lots[WORLD_LOTS];
	sp_family_setup families[WORLD_FAMILIES];
	sp_sku_setup skus[WORLD_SKUS];
	sp_subject subjects[WORLD_POOLS + WORLD_LOTS + WORLD_FAMILIES + WORLD_SKUS];
	char sku_names[WORLD_SKUS][64];
	sp_ids *names;
	void *engine_memory, *tick_memory;
	sp_engine *engine;
	sp_tick *tick;
	int64_t now_ns;
} world;

/* The first tick of every world: 2026-11-24T00:01:00Z; the period is a minute. */
#define WORLD_START (INT64_C(1795478400) * SP_SEC)

/* What the scripted law answers until told otherwise: `push` an increment fed by the demand clock, `cost` a level fed by the
 * cost clock (counts as cost), `trend` a log-ratio increment fed by nothing that can go stale (market, absent). */
typedef struct world_script {
	sp_law_action action;
	int64_t push_ppb, cost_ppb;
	double trend;
	/* what the engine told the law last */
	uint32_t told_calls, decide_calls;
	sp_told told;
	sp_law_input input;
} world_script;

extern world_script world_says;
extern const sp_law_ops world_law;

void world_init(world *w);
/* Adds a pool, a lot, a family, a SKU with the same defaults, under another name; before world_build. */
void world_add_family(world *w, const char *id, uint32_t pool);
void world_build(world *w);
void world_fini(world *w);

/* One period later; returns the decision of family 0. */
const sp_decision *world_step(world *w);
/* A tick at a given time. */
const sp_decision *world_tick(world *w, int64_t now_ns);

/* Sends one signal dated now + age (negative: earlier); the value in the kind's unit (money in USD). */
sp_refusal world_send(world *w, sp_signal_kind kind, const char *subject, double value);
sp_refusal world_send_at(world *w, sp_signal_kind kind, const char *subject, double value, int64_t t_ns);

/* The amount of a term by name in a decision; 0 when it is not there. */
int64_t world_term(const sp_decision *decision, const char *name);

#endif
