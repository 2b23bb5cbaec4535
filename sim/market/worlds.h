/* worlds.h - the kinds of world there are: sim/scenarios/NAME.yaml, compiled into the program so that it needs no path.
 *
 *     help      one sentence
 *     group     main: the 16 that a law is judged on; inelastic, notice: rows of their own; reported: shown, never a goal
 *     base      shape of demand: {shape: NAME[, trace: NAME]}; the trace is used where its folder is given
 *     traits    KEY: VALUE or KEY: LOW..HIGH, which the seed draws (traits.h)
 *     config    the engine's configuration, `LAW` where the policy goes: pool, lots, overload, family, sheet, guardrails */
#ifndef SP_SIM_MARKET_WORLDS_H
#define SP_SIM_MARKET_WORLDS_H

#include <stddef.h>

#include "base/status.h"

typedef struct sp_world_kind {
	const char *name; /* of the file */
	const char *text; /* of the file, zero-terminated */
} sp_world_kind;

extern const sp_world_kind sp_world_kinds[]; /* in the scorecard's order */
extern const size_t sp_world_n_kinds;

const sp_world_kind *sp_world_kind_find(const char *name); /* NULL: no such one */

typedef enum sp_world_group { SP_WORLD_MAIN, SP_WORLD_INELASTIC, SP_WORLD_NOTICE, SP_WORLD_REPORTED } sp_world_group;

/* A kind's file, read. */
typedef struct sp_world_recipe sp_world_recipe;

/* sp_world_recipe_open - fails SP_E_SYNTAX: the message holds the first complaint; SP_E_MEMORY */
sp_status sp_world_recipe_open(const sp_world_kind *kind, sp_world_recipe **recipe, sp_message *message);
void sp_world_recipe_close(sp_world_recipe *recipe); /* NULL is accepted */

sp_world_group sp_world_recipe_group(const sp_world_recipe *recipe);
const char *sp_world_recipe_help(const sp_world_recipe *recipe);
const char *sp_world_recipe_shape(const sp_world_recipe *recipe);
const char *sp_world_recipe_trace(const sp_world_recipe *recipe); /* NULL: none */
const char *sp_world_recipe_config(const sp_world_recipe *recipe);
/* The i-th trait as written: *value NULL beyond the last. */
void sp_world_recipe_trait(const sp_world_recipe *recipe, size_t i, const char **key, const char **value);

#endif
