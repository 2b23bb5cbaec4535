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
/* Adds a pool, a lot, a family, a SKU with the same defaults, under another name; before world_build. A family comes with
 * its two SKUs, and a SKU belongs to the last family. */
void world_add_pool(world *w, const char *id);
void world_add_lot(world *w, const char *id, uint32_t pool);
void world_add_family(world *w, const char *id, uint32_t pool);
void world_add_sku(world *w, const char *meter, int64_t usd_nano, double weight);
/* Gives a family one of the registry's laws, with its initial parameters; returns them. */
void *world_use_law(world *w, uint32_t family, const char *name);
void world_build(world *w);
void world_fini(world *w);

/* One period later; returns the decision of family 0. */
const sp_decision *world_step(world *w);
/* n periods later. */
const sp_decision *world_steps(world *w, int n);
/* One period later, with this push in that period only. */
const sp_decision *world_push(world *w, int64_t push_ppb);
/* A tick at a given time. */
const sp_decision *world_tick(world *w, int64_t now_ns);

/* Sends one signal dated now + age (negative: earlier); the value in the kind's unit (money in USD). */
sp_refusal world_send(world *w, sp_signal_kind kind, const char *subject, double value);
sp_refusal world_send_at(world *w, sp_signal_kind kind, const char *subject, double value, int64_t t_ns);

/* Commands, which must be accepted. */
void world_set_index(world *w, uint32_t family, int64_t index_ppb);
void world_freeze(world *w, sp_scope scope, uint32_t slot);
void world_thaw(world *w, sp_scope scope, uint32_t slot);
/* Freezes, and bars the tick of barred_ns from publication. */
void world_bar(world *w, sp_scope scope, uint32_t slot, int64_t barred_ns);
/* What the last tick told reached the feed so long after it. */
void world_published(world *w, int64_t after_ns);

/* Lets `to`, built and not yet lived in, take over from `from`: the next tick is to's. */
sp_status world_carry(world *to, const world *from, bool accept_sheet, sp_message *message);

/* The change of an alarm by code in the last tick; NULL when there was none. */
const sp_alarm_change *world_alarm(const world *w, const char *code);
/* Does this alarm stand? */
bool world_alarmed(const world *w, const char *code, const char *subject);

/* A family's whole group, as the price book shows it. */
#define WORLD_TOLD_MAX (WORLD_SKUS * SP_TOLD_PER_SKU)
typedef struct world_group {
	sp_price prices[WORLD_TOLD_MAX];
	uint32_t n;
} world_group;
world_group world_told(const world *w, uint32_t family);
/* The same prices, to the digit, with the same versions and dates? */
void world_check_group(const world_group *got, const world_group *want);

/* A SKU's price in force [nano-USD]. */
int64_t world_price(const world *w, uint32_t sku);

/* The amount of a term by name in a decision; 0 when it is not there. */
int64_t world_term(const sp_decision *decision, const char *name);

#endif
