/* law.h - the contract of a price law, and the registry of those there are.
 *
 * A law is asked every control period with the last readings and their freshness, and answers hold, move or refuse, with
 * named terms and a reason from its own list. It sees readings, the index in force and announced, and which rails bound
 * last time; never estimators, store, sockets or guardrails. Freshness rules are the engine's (R8): a law is asked even
 * when its clocks are stale.
 *
 * Life: check → init → { decide | told }*. No function allocates, locks, logs, reads a clock, draws a number or calls libm.
 * State is plain memory without pointers, 8-aligned. */
#ifndef SP_POLICIES_PRICE_LAW_H
#define SP_POLICIES_PRICE_LAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/decision.h"
#include "base/estimate.h"
#include "base/money.h"
#include "base/param.h"

/* What a law can read. */
typedef enum sp_reading_role {
	SP_READING_LOAD,       /* offered load of the pool [resource units/s], estimated */
	SP_READING_COST,       /* sellable-capacity cost of the pool [USD/resource unit], estimated; never realised cost */
	SP_READING_MARKET,     /* market price over own sheet price [1] */
	SP_READING_DEMAND,     /* offered by the family alone [resource units/s], at the price in force */
	SP_READING_MARGINAL,   /* what the next unit costs: variable cost and shadow price [USD/resource unit] */
	SP_READING_ELASTICITY, /* of the family's demand, > 0: measured, never told; the variance is that of its value [1] */
	SP_READINGS
} sp_reading_role;

#define SP_NEEDS(role) (1u << SP_READING_##role)

typedef struct sp_reading {
	sp_answer answer;
	sp_estimate estimate; /* meaningful only when known */
	sp_clock_state clock; /* of the clock that feeds it */
} sp_reading;

/* The bounds of what a law and a family can hold; the registry checks its tables against them. */
#define SP_LAW_TERMS_MAX  8
#define SP_LAW_STATE_MAX  8192
#define SP_LAW_PARAMS_MAX 512
#define SP_LOOP_KEYS_MAX  4 /* parameters that make a gain, and the NULL after them */
#define SP_PENDING_MAX    8 /* announced versions of a family at once: a 30-day notice with a change every 4 days */

/* One of a law's terms. An increment adds to the law's own index; a level is what this cause amounts to since the last told
 * index and replaces its former value (R3). Cost terms are levels and count against cost_max_per_day. */
typedef struct sp_law_term {
	const char *name; /* read by pricing people: "cost", "utilization" */
	bool level, cost;
	sp_clock clock; /* that feeds it */
} sp_law_term;

typedef struct sp_pending_level {
	sp_index index;
	int64_t not_before_ns;
} sp_pending_level;

/* What a pool can sell, what more of it costs, and what being too full costs: what a law reads that weighs margins. Zero where the
 * configuration says nothing. */
typedef struct sp_law_supply {
	double owned; /* may be sold of owned and reserved lots [resource units/s] */
	double step;  /* one step of rented capacity, as far as it may be sold [resource units/s]; 0: none can be rented */
	double most;  /* so many steps can be rented */
	double usd_per_s;                  /* one step that runs [USD/s] */
	double rent_at;                    /* utilization beyond which a step is asked for [1], in (0, 1] */
	double credits_from, credits_full; /* utilization where overload credits begin, and where all are due [1] */
	double credit_share;               /* of revenue, when all are due [1] */
	double rejection_usd;              /* what turning a unit away costs [USD/resource unit] */
} sp_law_supply;

typedef struct sp_law_input {
	int64_t now_ns, period_ns;
	int64_t since_change_ns;      /* now - the last change (or would-be change); SP_TIME_NEVER: none yet */
	sp_index own, told, in_force; /* the law's own index; last told to customers; in force now */
	/* What each of its terms amounts to since the last told: of a level that was damped, or that waits, not what was wished. */
	sp_index booked[SP_LAW_TERMS_MAX];
	const sp_pending_level *pending; /* announced, not_before rising */
	uint32_t n_pending;
	uint32_t bound;  /* SP_RAIL_BIT of the rails that bound last time */
	bool change_due; /* the minimum interval since the last change has passed */
	sp_reading readings[SP_READINGS];
	bool censored;          /* the load is a full gauge: the truth is at least this much */
	double capacity;        /* counted for the process variable [resource units/s]; 0: unknown */
	double setpoint;        /* of load / capacity [1] */
	double load_mean;       /* of the load since the last change [resource units/s] */
	double load_mean_count; /* ticks it was made of; 0: none */
	double units_per_usd;   /* median over the SKUs of weight x quantity of the unit / sheet price
	                                      [resource units/USD]: cost x this = cost as a part of the sheet [1] */
	double list_usd;        /* of the family's mix, at index 1 [USD/resource unit]; > 0 */
	double variable_usd;    /* of the family's mix [USD/resource unit] */
	double others;          /* load of the pool's other families [resource units/s] */
	sp_law_supply supply;   /* of the pool */
} sp_law_input;

typedef enum sp_law_action { SP_LAW_HOLD, SP_LAW_MOVE, SP_LAW_REFUSE } sp_law_action;

/* How one term of the law's table moves: a log-ratio of the index reached so far, or an exact amount. */
typedef struct sp_term_wish {
	bool exact, stays; /* stays: a level is left as it is booked, an increment adds nothing, whatever the amount says */
	double log_ratio;  /* finite; used unless exact */
	sp_index amount;   /* used when exact */
} sp_term_wish;

typedef struct sp_wish {
	sp_law_action action;
	const char *reason; /* from the law's list */
	sp_term_wish
	    terms[SP_LAW_TERMS_MAX]; /* in the law's table order; zero: does not move. Level terms count on hold too. */
} sp_wish;

/* Who changed the last told index. */
typedef enum sp_told_by { SP_TOLD_BY_LAW, SP_TOLD_BY_HAND, SP_TOLD_OUTSIDE, SP_TOLD_WITHDRAWN } sp_told_by;

typedef struct sp_told {
	int64_t now_ns;
	sp_told_by by;
	sp_index before, after;
	/* Of the cost terms' wished level, how much customers were told [1], in 0..1: what a rail cut off stays due. 1 unless by law. */
	double cost_passed;
} sp_told;

/* What a law with a setpoint does to a small error of the load: for the check of its loop. */
typedef struct sp_law_loop {
	double gain;     /* of a log error, so much moves the log price in a step, were the elasticity 1 [1] */
	int64_t step_ns; /* a period, or a change */
	bool filtered;   /* reads the load through the pool's estimator, and does not undo its smoothing */
	bool predicts;   /* knows what is still to come: of the next three */
	double elasticity;
	int64_t response_lag_ns, delay_ns;
	const char *keys[SP_LOOP_KEYS_MAX]; /* of the parameters that make the gain, together; NULL after the last */
	bool inverse;                       /* larger is slower: the gain is one part in so many */
} sp_law_loop;

typedef struct sp_law_ops {
	const char *name;    /* written to the log; never reused */
	uint32_t version;    /* raised when any decision may change */
	const char *formula; /* what it wishes for, in a line or two; whole in the file's head */
	const char *source;  /* paper, section, equation */
	const char *help;    /* one sentence: when to choose it */
	const sp_param *params;
	size_t n_params, params_size, state_size;
	uint32_t needs;  /* SP_NEEDS bits; of a law made of laws, what sp_law_needs says */
	bool per_change; /* answers hold until change_due and uses means since the last change */
	const sp_law_term *terms;
	size_t n_terms;
	uint32_t exogenous; /* bits of terms that would have come whatever the load did: buyers' answer shows in them */
	const char *const *reasons; /* NULL-terminated: all it can give */

	sp_status (*check)(const void *params, sp_message *message); /* NULL: nothing to check */
	uint32_t (*asks)(const void *params);                        /* NULL: needs, whatever the parameters */
	void (*init)(void *state, const void *params);
	/* *wish comes zeroed; reason must be set (asserted). */
	void (*decide)(const sp_law_input *input, void *state, const void *params, sp_wish *wish);
	/* How it steers with these parameters; NULL: it has no setpoint. */
	void (*steers)(const void *params, int64_t period_ns, int64_t interval_ns, sp_law_loop *loop);
	/* The last told index changed; NULL: the law does not care. */
	void (*told)(const sp_told *told, void *state, const void *params);
} sp_law_ops;

extern const sp_law_ops *const sp_laws[]; /* NULL-terminated */

const sp_law_ops *sp_law_find(const char *name, size_t n); /* NULL: none of that name */

/* sp_law_needs - the readings that a law asks for with these parameters; never more than its `needs`. */
uint32_t sp_law_needs(const sp_law_ops *ops, const void *params);

/* sp_law_check - is a table whole, within the bounds, of a name of its own, and are its terms and rows sound? The message
 * names what is wrong. sp_laws_check asks it of the whole registry. */
sp_status sp_law_check(const sp_law_ops *ops, sp_message *message);
sp_status sp_laws_check(sp_message *message);

#endif
