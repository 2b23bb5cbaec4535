/* guardrails.h - the rails on a move of the index: integers only, in one fixed order, after every law (R5-R7).
 *
 * A move is told + rest + cost: told is the index customers were last told; `rest` and `cost` are what the law's terms add
 * since then, cost terms apart because they have their own allowance. Of the rest, `increments` are remembered between
 * ticks: what a saturating rail takes of them is taken from the law's own index for good (no wind-up). What it takes of
 * levels, which do not wind up, is this tick's only: so a cost step that a rail cuts is not forgotten, and one that
 * reverts leaves nothing behind (docs/decisions/0001).
 *
 * Pure functions; no state, no floats. */
#ifndef SP_ENGINE_GUARDRAILS_H
#define SP_ENGINE_GUARDRAILS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/decision.h"
#include "controller/engine/setup.h"

/* The saturating rails are the first ones: 0 … SP_SATURATING - 1. Only their terms outlive a tick. */
#define SP_SATURATING (SP_RAIL_cost_rate_day + 1)

/* An interval of permitted values, both ends inclusive. */
typedef struct sp_interval {
	int64_t low, high;
} sp_interval;

typedef struct sp_move {
	int64_t told;                /* last told [ppb] */
	int64_t told_cost;           /* the part of it that cost terms made (C); the rest is R */
	int64_t increments;          /* of the rest: remembered */
	int64_t levels;              /* of the rest: this tick's */
	int64_t cost;                /* cost terms since told */
	int64_t kept[SP_SATURATING]; /* taken from increments by saturating rails, for good */
	int64_t now[SP_RAILS];       /* taken by every rail, this tick only */
	uint32_t binds;              /* SP_RAIL_BIT: every rail that took anything, or held the move */
} sp_move;

/* The bounds of one move, made by the caller from setup and state. An interval that does not apply spans everything. */
typedef struct sp_rails {
	sp_interval bounds;    /* floor, ceiling */
	sp_interval step;      /* of the index */
	sp_interval rate_hour; /* of R */
	sp_interval rate_day;  /* of R */
	sp_interval cost_day;  /* of C */
} sp_rails;

#define SP_EVERYTHING ((sp_interval){INT64_MIN / 4, INT64_MAX / 4})

/* sp_move_index - where the move leads: told + rest + cost. */
int64_t sp_move_index(const sp_move *move);

/* sp_rails_step - |new - told| <= floor(told x ratio); everything when ratio is SP_PARAM_NONE. */
sp_interval sp_rails_step(int64_t told, int64_t ratio_ppb);

/* sp_rails_rate - high - floor(base_high x ratio) <= new <= low + floor(base_low x ratio), widened to contain `held` (R6): a
 * rate limits moves, it never makes one. The bases are indexes: R's extremes at today's cost, and for C the last told
 * (docs/decisions/0004). */
sp_interval sp_rails_rate(sp_interval extremes, sp_interval bases, int64_t held, int64_t ratio_ppb);

/* sp_rails_least - marginal cost x (1 + least margin), rounded up; 0 where margin is SP_PARAM_NONE, INT64_MAX where that is more
 * than an integer holds. */
int64_t sp_rails_least(int64_t marginal_ppb, int64_t margin_ppb);

/* sp_rails_below - bounds whose ceiling is at most `cap`, never below their floor. */
sp_interval sp_rails_below(sp_interval bounds, int64_t cap);

/* sp_rails_above - bounds whose floor is at least `least`, never above their ceiling. */
sp_interval sp_rails_above(sp_interval bounds, int64_t least);

/* sp_interval_with - widened to contain x. */
sp_interval sp_interval_with(sp_interval interval, int64_t x);

/* sp_guardrails_saturate - cuts a move to what floor, ceiling, step and rates allow.
 *
 * The cost rate first: R never makes room for cost that may not be told today. Then floor, ceiling, step (from R first), and
 * the rates of R. What these take of R can leave C too long, so step and bounds are applied once more: toward told, which
 * breaks no rate; or, outside the bounds, toward them.
 * out    the move inside step and rates, always; inside floor and ceiling, or as near as step and rates allow */
void sp_guardrails_saturate(sp_move *move, const sp_rails *rails);

/* sp_guardrails_idle - does the move ask for nothing, from inside the bounds? Then no saturating rail can cut it. */
bool sp_guardrails_idle(const sp_move *move, sp_interval bounds);

/* sp_guardrails_limit - brings the move to `target`, for this tick only, by one rail; nothing when it is there already. */
void sp_guardrails_limit(sp_move *move, sp_rail rail, int64_t target);

/* sp_guardrails_hold - brings the move back to told. */
void sp_guardrails_hold(sp_move *move, sp_rail rail);

/* sp_guardrails_check - the last check: does an index that is about to be told keep every promise (P1)? */
bool sp_guardrails_check(const sp_move *move, const sp_rails *rails);

/* sp_guardrails_recovers - is told outside its bounds, and does the move lead toward them? */
bool sp_guardrails_recovers(const sp_move *move, sp_interval bounds);

#endif
