/* decision.h - what the engine answers for one family at one tick: the price, and all that led to it. */
#ifndef SP_BASE_DECISION_H
#define SP_BASE_DECISION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/money.h"

typedef enum sp_mode { SP_MODE_OBSERVE, SP_MODE_PROPOSE, SP_MODE_AUTO, SP_MODES } sp_mode;
typedef enum sp_offer { SP_OFFER_OPEN, SP_OFFER_RESTRICTED, SP_OFFER_CLOSED, SP_OFFERS } sp_offer;
typedef enum sp_clock { SP_CLOCK_COST, SP_CLOCK_DEMAND, SP_CLOCK_RELIABILITY, SP_CLOCK_MARKET, SP_CLOCKS } sp_clock;
typedef enum sp_clock_state { SP_CLOCK_ABSENT, SP_CLOCK_FRESH, SP_CLOCK_STALE, SP_CLOCK_STATES } sp_clock_state;
typedef enum sp_outcome {
	SP_OUTCOME_HELD,
	SP_OUTCOME_OBSERVED,
	SP_OUTCOME_PROPOSED,
	SP_OUTCOME_ANNOUNCED,
	SP_OUTCOME_PUBLISHED,
	SP_OUTCOMES
} sp_outcome;

/* The rails in their order (DESIGN, "Guardrails"; R5-R7). The numbers are stored: a place is never given away. Those
 * marked "place" are kept for rails that no version applies yet.
 * X(name, number, class) */
#define SP_RAIL_MAP(X)                          \
	X(floor, 0, SATURATING)                     \
	X(ceiling, 1, SATURATING)                   \
	X(step, 2, SATURATING)                      \
	X(rate_hour, 3, SATURATING)                 \
	X(rate_day, 4, SATURATING)                  \
	X(cost_rate_day, 5, SATURATING)             \
	X(worst_of_last, 8, QUANTISING)             \
	X(min_interval, 9, QUANTISING)              \
	X(max_changes, 10, QUANTISING) /* place */  \
	X(dead_band, 11, QUANTISING)                \
	X(grid, 12, QUANTISING)                     \
	X(notice, 16, PROMISE)                      \
	X(no_raise_before, 17, PROMISE) /* place */ \
	X(relation, 18, PROMISE)        /* place */ \
	X(blackout, 19, PROMISE)                    \
	X(incident, 20, PROMISE) /* place */        \
	X(pending_full, 21, PROMISE)                \
	X(revenue_share, 22, PORTFOLIO) /* place */ \
	X(below_cost, 23, PORTFOLIO)    /* place */ \
	X(exploration, 24, PORTFOLIO)   /* place */ \
	X(approval, 25, MODE)                       \
	X(frozen, 26, CLOCKS)                       \
	X(stale_cost, 27, CLOCKS)                   \
	X(stale_demand, 28, CLOCKS)                 \
	X(stale_reliability, 29, CLOCKS)            \
	X(stale_market, 30, CLOCKS)                 \
	X(last_check, 31, CLOCKS)

typedef enum sp_rail {
#define X(name, number, class) SP_RAIL_##name = number,
	SP_RAIL_MAP(X)
#undef X
	    SP_RAILS = 32
} sp_rail;

#define SP_RAIL_BIT(name) (UINT32_C(1) << SP_RAIL_##name)

const char *sp_rail_name(unsigned rail); /* "step"; NULL for a number without a rail */
const char *sp_rail_term(unsigned rail); /* "rail.step" */
const char *sp_mode_name(sp_mode mode);
const char *sp_offer_name(sp_offer offer);
const char *sp_clock_name(sp_clock clock);
const char *sp_clock_state_name(sp_clock_state state);
const char *sp_outcome_name(sp_outcome outcome);

/* One line of the ledger: how far this cause moved the index. */
typedef struct sp_term {
	const char *name; /* static: a law's term, "rail.step", "outside", "manual" */
	sp_index index;   /* a difference, may be negative */
} sp_term;

typedef struct sp_clock_reading {
	sp_clock_state state;
	int64_t age_ns; /* of the oldest part; 0 unless something was ever taken */
} sp_clock_reading;

/* One SKU's price in a version: immutable once told. Times are SP_TIME_NEVER where there is none. */
typedef struct sp_price {
	uint32_t sku; /* slot */
	const char *sku_id;
	const char *unit;         /* "1M tokens" */
	uint64_t version, parent; /* parent: the version this one stands on; what was told after it is withdrawn */
	sp_money before, amount;  /* last told, and this one */
	sp_money fallback;        /* 0: none agreed */
	sp_offer offer;
	int64_t not_before_ns;          /* new customers */
	int64_t not_before_existing_ns; /* existing customers */
} sp_price;

/* An announced version that came into force at this tick. */
typedef struct sp_activation {
	uint32_t sku;
	const char *sku_id;
	uint64_t version;
	sp_money amount;
} sp_activation;

#define SP_DECISION_TERMS_MAX 24

/* `before` and every price's `before` are the last told; `index` and `amount` are what the rails left: effective when
 * published, from not_before when announced, would-be when observed or proposed (R19). The terms sum exactly to
 * index - before. Pointers live until the engine's next tick. */
typedef struct sp_decision {
	int64_t t_ns;
	uint32_t family; /* slot: families are in bytewise order of their ids */
	const char *family_id, *policy, *reason;
	sp_mode mode;
	sp_outcome outcome;
	sp_offer offer;
	bool recorded;  /* has a row in the log: something moved, or its reason, binding rails or freshness changed */
	uint32_t binds; /* SP_RAIL_BIT */
	sp_index before, wish, index, in_force;
	uint32_t block; /* of an experiment, from 1; 0: none runs */
	int64_t
	    propensity_ppb; /* the probability with which its draw leads to the last told price, after the rails; 0: none runs */
	uint32_t n_terms, n_prices, n_activated;
	sp_term terms[SP_DECISION_TERMS_MAX];
	sp_clock_reading clocks[SP_CLOCKS];
	const sp_price *prices;
	const sp_activation *activated;
} sp_decision;

/* sp_decision_encode - the canonical bytes that the tick's digest is over (R15): no id, epoch, path or configuration hash. */
void sp_decision_encode(const sp_decision *decision, sp_writer *writer);

/* sp_decision_sum - the sum of the terms [ppb]; equals index - before for every decision there is. */
int64_t sp_decision_sum(const sp_decision *decision);

#endif
