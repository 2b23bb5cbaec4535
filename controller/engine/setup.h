/* setup.h - what an engine is built from: pools, lots, families and SKUs, every value checked.
 *
 * The configuration room fills it and owns its memory; the engine only reads it, and it outlives the engine. The tables of
 * parameter rows at the end describe the structs: from them come binding, checks, `config show`, docs and schema.
 * Families are in bytewise order of their ids, SKUs in the order of their families and within them of their ids; lots in the
 * order of their pools. So a slot's order is the order of the tick's digest (R15). */
#ifndef SP_ENGINE_SETUP_H
#define SP_ENGINE_SETUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/decision.h"
#include "base/ids.h"
#include "base/money.h"
#include "base/param.h"
#include "base/signal.h"
#include "estimators/estimator.h"
#include "policies/price/law.h"

#define SP_CONFIG_HASH_SIZE 32
#define SP_BLACKOUTS_MAX    32 /* a calendar of a year's closed days and change freezes */

typedef enum sp_lot_kind { SP_LOT_OWNED, SP_LOT_RESERVED, SP_LOT_ON_DEMAND, SP_LOT_SPOT, SP_LOT_KINDS } sp_lot_kind;

typedef struct sp_lot_setup {
	const char *id; /* as in the pool: "burst" */
	uint32_t subject, pool;
	bool by_signal; /* usd_per_gpu_h: signal */
	uint32_t kind;  /* sp_lot_kind, key `term` */
	int64_t gpus;
	sp_money usd_per_gpu_h;            /* 0 when by signal */
	int64_t ends_ns, credits_until_ns; /* SP_PARAM_NONE: never, none */
	int64_t step_gpus, start_delay_ns, min_hold_ns;
} sp_lot_setup;

typedef enum sp_clock_feed { SP_FEED_IMPLIED, SP_FEED_FED, SP_FEED_ABSENT } sp_clock_feed;

typedef struct sp_clock_setup {
	uint32_t feed; /* sp_clock_feed; implied is resolved by the engine (R10) */
	int64_t max_age_ns;
} sp_clock_setup;

typedef struct sp_estimator_setup {
	const sp_estimator_ops *ops;
	_Alignas(8) uint8_t params[SP_ESTIMATOR_PARAMS_MAX];
} sp_estimator_setup;

/* What a pool that is too full does and costs: when more is rented, what customers are owed, what turning them away costs. */
typedef struct sp_overload_setup {
	int64_t rent_at_ppb;                        /* of utilization */
	int64_t credits_from_ppb, credits_full_ppb; /* of utilization */
	int64_t credit_share_ppb;                   /* of revenue */
	sp_money rejection_per_1m;                  /* USD per million resource units turned away */
} sp_overload_setup;

/* A target of latency and the queue that is to keep it (controller/economics/headroom.h): the pool's headroom, unless it is given. */
typedef struct sp_slo_setup {
	int64_t places; /* SP_PARAM_NONE: no target */
	int64_t service_ns, wait_ns, late_ppb;
	double variability;
} sp_slo_setup;

typedef enum sp_capacity { SP_CAPACITY_OWNED, SP_CAPACITY_RUNNING } sp_capacity;

typedef struct sp_pool_setup {
	const char *id;
	uint32_t subject;
	uint32_t first_lot, n_lots;
	double units_per_gpu_s;                           /* resource units/GPU/s */
	double units_per_gpu_s_low, units_per_gpu_s_high; /* measured ends; both 0: it is assumed */
	int64_t setpoint_ppb;                             /* of utilization */
	double redundancy;                                /* >= 1: spare capacity that is not listed as a lot */
	int64_t slo_headroom_ppb;                         /* share of capacity kept free for latency */
	uint32_t capacity;                                /* sp_capacity: what the process variable counts */
	sp_overload_setup overload;
	int64_t max_hold_ns; /* one-way moves under a stale clock end after this */
	sp_slo_setup slo;
	int64_t load_tolerance_ppb; /* how far demand and utilization may tell the load apart, of the larger */
	sp_clock_setup clocks[SP_CLOCKS];
	sp_estimator_setup load, cost;
} sp_pool_setup;

typedef struct sp_sku_setup {
	const char *id, *meter, *unit;
	uint32_t subject, family;
	double quantity;                        /* meter quantity in one unit: 1M tokens = 1e6 */
	double weight;                          /* resource units per meter quantity */
	double weight_low, weight_high;         /* measured ends; both 0: it is assumed */
	sp_money sheet;                         /* the reference price of one unit */
	sp_money variable_cost, floor, ceiling; /* USD of the sheet; 0: none */
	sp_money grid;                          /* prices are multiples of this */
} sp_sku_setup;

#define SP_CHANGES_MAX 32 /* changes that are remembered: one every 45 minutes of a day */

typedef enum sp_outside { SP_OUTSIDE_RESTRICTED, SP_OUTSIDE_CLOSED } sp_outside;

/* Bounds of a family. Ratios are of the sheet (floor, ceiling) or of the last told index; SP_PARAM_NONE: no such rail. */
typedef struct sp_guardrails {
	int64_t floor_ppb, ceiling_ppb;
	int64_t max_step_ppb, max_per_hour_ppb, max_per_day_ppb, cost_max_per_day_ppb;
	int64_t worst_of_last_ns; /* 0: off */
	int64_t min_interval_ns;
	int64_t dead_band_ppb;
	int64_t max_changes, changes_window_ns; /* told versions within the window; at most SP_CHANGES_MAX */
	int64_t no_raise_before_ns;             /* no raise takes effect before; SP_PARAM_NONE: any time */
	int64_t at_most_ppb;                    /* of the prices of another family (`relation` of the family's setup) */
	int64_t least_margin_ppb;               /* over marginal cost: with it that is a floor */
	int64_t restrict_at_ppb, close_at_ppb;  /* of running capacity: from this load on new load is not admitted */
	uint32_t outside;                       /* sp_outside: what a price outside its bounds does to the offer */
	int64_t notice_ns;                      /* of raises, to customers; 0: none */
} sp_guardrails;

typedef enum sp_cuts { SP_CUTS_AUTO, SP_CUTS_PROPOSE } sp_cuts;

/* How calm a family's loop must be (health.h), and in which bands its stability is checked (controller/config/stability.h). */
typedef struct sp_loop_setup {
	int64_t alternations, flap_budget; /* within the window; SP_PARAM_NONE or 0: any number */
	int64_t window_ns, recovery_ns;
	int64_t least_move_ppb;
	double elasticity_low, elasticity_high; /* 0: twice either way of what the law is told, or assumed */
	int64_t lag_low_ns, lag_high_ns;        /* SP_PARAM_NONE: the same */
	int64_t delay_low_ns, delay_high_ns;
} sp_loop_setup;

/* Moves that are made to learn how buyers answer (experiment.h). */
typedef struct sp_experiment_setup {
	int64_t size_ppb; /* of the base price; SP_PARAM_NONE: the family is not marked for experiments */
	int64_t block_ns, blocks;
	sp_money budget;
	double enough; /* standard error of the elasticity */
} sp_experiment_setup;

typedef struct sp_family_setup {
	const char *id, *profile;
	uint32_t subject, pool;
	uint32_t first_sku, n_skus;
	uint32_t mode; /* sp_mode */
	uint32_t cuts; /* sp_cuts: may the loop lower a price by itself in auto? */
	bool contract; /* agreed with customers: nothing is tried on them */
	const sp_law_ops *law;
	_Alignas(8) uint8_t law_params[SP_LAW_PARAMS_MAX];
	sp_guardrails rails;
	sp_loop_setup loop;
	sp_experiment_setup experiment;
	uint32_t relation;  /* slot of the family that `at_most` is of; read only where that is given */
	uint32_t blackouts; /* bits of the setup's calendar that concern this family */
} sp_family_setup;

typedef struct sp_blackout {
	int64_t from_ns, to_ns; /* half-open */
} sp_blackout;

typedef struct sp_subject {
	uint32_t type; /* sp_subject_type */
	uint32_t slot; /* in the setup's table of that type */
} sp_subject;

/* Bounds of one kind of signal; from the table of kinds unless the configuration says otherwise. */
typedef struct sp_kind_setup {
	double min, max;
	double max_jump; /* 0: any */
	int64_t confirm;
	bool total; /* arrives as a running total, of which the engine makes rates (estimators/total.h) */
} sp_kind_setup;

/* Who may send what: patterns over subject names, "*" matching any run of characters. */
typedef struct sp_source_setup {
	const char *id;
	uint32_t kinds; /* bits of sp_signal_kind */
	const char *const *subjects;
	uint32_t n_subjects;
	int64_t max_per_s; /* records; those over it are refused and counted (R24) */
} sp_source_setup;

typedef struct sp_setup {
	uint8_t hash[SP_CONFIG_HASH_SIZE]; /* BLAKE2b of the YAML and the sheet (R16) */
	int64_t period_ns, lateness_ns, convergence_ns, max_ahead_ns;
	int64_t keep_age_ns, keep_size_bytes; /* keep_inputs */
	/* portfolio; each SP_PARAM_NONE where there is no such rail */
	int64_t revenue_share_ppb, revenue_window_ns; /* of all revenue, so much may move within the window */
	sp_money below_cost_budget, explore_budget;   /* per SP_BUDGET_SPAN_NS */
	uint32_t n_pools, n_lots, n_families, n_skus, n_subjects, n_sources, n_blackouts;
	const sp_pool_setup *pools;
	const sp_lot_setup *lots;
	const sp_family_setup *families;
	const sp_sku_setup *skus;
	const sp_subject *subjects;     /* by subject slot */
	const sp_ids *names;            /* of subjects, the same slots */
	const sp_source_setup *sources; /* none: every source is accepted */
	sp_blackout blackouts[SP_BLACKOUTS_MAX];
	sp_kind_setup kinds[SP_SIGNAL_KINDS];
} sp_setup;

#define SP_BUDGET_SPAN_NS (INT64_C(30) * 86400 * SP_NANO)

/* The parameter rows. Keys are those of the configuration. */
extern const sp_param sp_setup_params[]; /* of sp_setup: period, lateness, convergence, … */
extern const size_t sp_setup_n_params;
extern const sp_param sp_pool_params[]; /* of sp_pool_setup */
extern const size_t sp_pool_n_params;
extern const sp_param sp_lot_params[]; /* of sp_lot_setup */
extern const size_t sp_lot_n_params;
extern const sp_param sp_clock_params[]; /* of sp_clock_setup */
extern const size_t sp_clock_n_params;
extern const sp_param sp_family_params[]; /* of sp_family_setup: mode, cuts */
extern const size_t sp_family_n_params;
extern const sp_param sp_experiment_params[]; /* of sp_experiment_setup */
extern const size_t sp_experiment_n_params;
extern const sp_param sp_guardrail_params[]; /* of sp_guardrails */
extern const size_t sp_guardrail_n_params;
extern const sp_param sp_loop_params[]; /* of sp_loop_setup */
extern const size_t sp_loop_n_params;
extern const sp_param sp_kind_params[]; /* of sp_kind_setup: `signals: {KIND: {…}}` */
extern const size_t sp_kind_n_params;
extern const sp_param sp_source_params[]; /* of sp_source_setup: max_per_s */
extern const size_t sp_source_n_params;

/* sp_pattern_match - does `*` (any run of bytes, `/` included) match the whole of text? Anchored at both ends (R20).
 * cost O(pattern x text) at worst */
bool sp_pattern_match(const char *pattern, const char *text);

/* sp_setup_source_may - may this source send this kind for this subject? True when no sources are configured. */
bool sp_setup_source_may(const sp_setup *setup, const char *source, uint32_t kind, const char *subject);

/* sp_setup_source_rate - how many records a second this source may send (R24). Without sources each has the rows' initial
 * rate; with them, one that is not among them has 0. O(sources) */
int64_t sp_setup_source_rate(const sp_setup *setup, const char *source);

/* sp_sku_floor, sp_sku_ceiling - a SKU's own bounds: the stricter of the family's percent of the sheet and the sheet's USD
 * bound, rounded inward on the SKU's grid (R5). */
sp_money sp_sku_floor(const sp_sku_setup *sku, const sp_guardrails *rails);
sp_money sp_sku_ceiling(const sp_sku_setup *sku, const sp_guardrails *rails);

/* sp_setup_has_portfolio - does any rail hold all families together? */
bool sp_setup_has_portfolio(const sp_setup *setup);

/* sp_setup_relation - the most that a family's index may be of the other's, so that no price is more than `at_most` of the
 * other's for the same meter and unit.
 *
 *     min over SKUs i of the family, j of the other, of one meter and unit: floor(at_most x sheet_j / sheet_i)
 *
 * returns  [ppb]; 0 where the two have no meter and unit in common
 * cost     O(SKUs of the one x SKUs of the other), allocates: no */
int64_t sp_setup_relation(const sp_setup *setup, uint32_t family);

/* sp_setup_bounds - the index bounds of a family, from its tightest SKU (R5).
 *
 *     floor   = max over SKUs of ceil(SKU floor x 10^9 / sheet)
 *     ceiling = min over SKUs of floor(SKU ceiling x 10^9 / sheet)
 *
 * fails  SP_E_RANGE when they cross; both are written all the same, for the message
 * cost   O(SKUs of the family), allocates: no */
sp_status sp_setup_bounds(const sp_setup *setup, uint32_t family, sp_index *floor, sp_index *ceiling);

#endif
