/* state.h - the engine's state, as plain memory without pointers: copying it is a checkpoint.
 *
 * Private to the engine's files. The state is one block: a head, then the tables of pools, families, SKUs, windows, gauges
 * and hours, each walked in slot order, then the states of the pools' estimators and of the families' laws, each of the size that
 * its kind needs. Beside it stands scratch that every tick makes anew. */
#ifndef SP_ENGINE_STATE_H
#define SP_ENGINE_STATE_H

#include "controller/economics/sellable.h"
#include "controller/engine/engine.h"
#include "controller/engine/experiment.h"
#include "controller/engine/guardrails.h"
#include "controller/engine/health.h"
#include "controller/engine/offer.h"
#include "controller/engine/response.h"
#include "controller/engine/spend.h"
#include "controller/engine/window.h"
#include "estimators/total.h"

/* The last value taken of one subject and kind, and a jump that waits for confirmation. */
typedef struct sp_gauge {
	sp_value value;
	int64_t t_ns;
	sp_value candidate;
	int64_t candidate_t_ns;
	uint32_t streak; /* records in a row, of different times, that agree with the candidate */
	uint32_t seen;   /* 0: nothing taken yet */
} sp_gauge;

/* The running hour of one gauge (R24). Money is summed in 128 bits. */
typedef struct sp_hour {
	union {
		double real;
		__int128 nano;
	} sum;
	sp_value min, max, last;
	uint32_t count, pad;
} sp_hour;

/* The estimators of a pool, in the order in which their states lie. */
typedef enum sp_pool_estimator {
	SP_POOL_LOAD, /* by demand, while it is fresh; else by the gauge */
	SP_POOL_COST,
	SP_POOL_GAUGED, /* the same load by the gauge alone, for comparison (sources.c) */
	SP_POOL_ESTIMATORS
} sp_pool_estimator;

/* The alarms of a pool, in the order of sp_alarm_code: its clocks' first. */
#define SP_POOL_ALARMS (SP_CLOCKS + 1)

/* What makes a pool's load be observed anew: its families' demand, or its gauges. */
#define SP_DIRTY_DEMAND 1u
#define SP_DIRTY_GAUGE  2u

typedef struct sp_pool_state {
	double load;       /* last observed [resource units/s] */
	double gauged;     /* the same by the gauge, with what was turned away */
	double away;       /* turned away or waiting, as far as its families say [resource units/s] */
	double cost;       /* last observed [USD/resource unit] */
	int64_t cost_t_ns; /* of the newest signal in it */
	int64_t reliability_t_ns, market_t_ns;
	int64_t stale_since_ns[SP_CLOCKS];      /* SP_TIME_NEVER: not stale */
	int64_t alarm_since_ns[SP_POOL_ALARMS]; /* SP_TIME_NEVER: no alarm */
	uint32_t has_load, has_cost, has_reliability, has_market;
	uint32_t censored, dirty;       /* dirty: which signals of load came since the last tick */
	uint32_t frozen, cost_restarts; /* the cost so far was of a price that its successor refuted */
	uint32_t gauge_full, pad;
} sp_pool_state;

/* A version told to customers that is not in force yet. */
typedef struct sp_pending {
	int64_t index_ppb, cost_ppb; /* its index, and the part of it that cost terms made */
	int64_t not_before_ns;
	uint64_t version;
} sp_pending;

typedef enum sp_window_kind {
	SP_WINDOW_HOUR,
	SP_WINDOW_DAY,
	SP_WINDOW_COST_DAY,
	SP_WINDOW_WORST,
	SP_WINDOWS
} sp_window_kind;

/* The alarms of a family, in the order of sp_alarm_code from the first of theirs. */
#define SP_FAMILY_ALARMS 7

/* The price book of a family: what is in force, what is announced, and what customers were last told. */
typedef struct sp_family_book {
	int64_t told_ppb, told_cost_ppb;         /* last told, and the part of it that cost terms made (R6: C) */
	int64_t told_experiment_ppb;             /* the part of it that is an experiment's (E); the law does not see it */
	int64_t in_force_ppb, in_force_cost_ppb; /* in force now */
	int64_t not_before_ns;                   /* of the version in force */
	int64_t activated_t_ns;                  /* list prices of before it are past */
	int64_t last_move_ns; /* last change or would-be change, which intervals count from; SP_TIME_NEVER: none */
	uint64_t told_version, in_force_version;
	uint32_t n_pending, pad;
	sp_pending pending[SP_PENDING_MAX];
} sp_family_book;

/* What counts tellings, as it stood before the last one: what is barred was none (publication.c). */
typedef struct sp_counted {
	int64_t change_ns; /* whose place among changes_ns the last one took */
	int64_t moved_ns;
	sp_health health;
} sp_counted;

typedef struct sp_family_state {
	sp_family_book book;
	sp_family_book former;                   /* as it stood before the family told last */
	int64_t told_ns;                         /* the tick that did; SP_TIME_NEVER: none, or `former` counts no more */
	int64_t law_terms_ppb[SP_LAW_TERMS_MAX]; /* the ledger since the last told (R4); own index = told + both sums */
	int64_t rail_terms_ppb[SP_SATURATING];
	int64_t block_ns;               /* when a law that is asked per change was asked last; SP_TIME_NEVER: not yet */
	int64_t manual_ppb;             /* a person's index, waiting for the tick; 0: none */
	uint64_t version;               /* last given: never goes back */
	double load;                    /* offered by its SKUs [resource units/s] */
	double away;                    /* of it, turned away or waiting */
	double queue_rate;              /* growth of its own queue [meter quantity per second] */
	double load_sum, load_count;    /* of the pool's load since the last move */
	double load_apart;              /* how much more the gauge told, where the two disagreed */
	int64_t demand_t_ns, list_t_ns; /* newest demand or served, newest list_price */
	int64_t alarm_since_ns[SP_FAMILY_ALARMS];
	sp_window windows[SP_WINDOWS];
	uint32_t has_demand, demand_dirty, list_dirty, frozen;
	uint32_t binds, reason, clocks;     /* as in the last recorded decision, to see what changed */
	int64_t changes_ns[SP_CHANGES_MAX]; /* the last ones, told or would-be, round and round */
	int64_t moved_ns;   /* customers were last told another price, by law or hand; SP_TIME_NEVER: not yet */
	sp_interval bounds; /* of the last tick */
	uint32_t n_changes;
	uint32_t shed, offer; /* sp_offer: by the pool's load; as in the last decision */
	uint32_t withdrawn;   /* what was told last is withdrawn; the next decision says so */
	sp_health health;
	sp_response response;
	sp_counted counted;
} sp_family_state;

/* A SKU's prices in its family's book. They are state, rounded once and never recomputed. */
typedef struct sp_sku_book {
	int64_t told_nano, in_force_nano;
	int64_t pending_nano[SP_PENDING_MAX];
} sp_sku_book;

typedef struct sp_sku_state {
	sp_sku_book book, former; /* as the family's */
	double offered;           /* meter quantity per second */
	double queue_rate;        /* growth of its queue [meter quantity per second] */
} sp_sku_state;

typedef struct sp_head {
	int64_t now_ns;  /* of the last tick; SP_TIME_MIN_NS before the first */
	int64_t hour_ns; /* the running hour; SP_TIME_NEVER before the first tick */
	uint32_t ticked, frozen;
	uint32_t taken, pad;
	uint32_t refused[SP_REFUSALS];
	sp_spend below_cost, explored;                 /* of SP_BUDGET_SPAN_NS */
	int64_t driver_alarm_since_ns[SP_ALARM_CODES]; /* SP_TIME_NEVER: does not stand */
	int64_t driver_alarm_told_ns[SP_ALARM_CODES];  /* as in the last tick */
} sp_head;

/* What every tick makes anew for a pool. */
typedef struct sp_pool_scratch {
	sp_law_input input;                       /* its pool's part; the family's part is filled in family by family */
	sp_pending_level pending[SP_PENDING_MAX]; /* of that family: what the input points to */
	sp_supply supply;
	double owned, running; /* capacity [resource units/s] */
	double listed;         /* of all lots at their full size */
	sp_clock_reading clocks[SP_CLOCKS];
	bool fed[SP_CLOCKS];
	sp_reading shadow;           /* the price of the next unit's capacity */
	double ratio;                /* of the load by the source that is asked, to that by demand */
	bool by_gauge;               /* which of them that is */
	bool apart, gauge_is_larger; /* they disagree */
	double said;                 /* offered by the families that send what they offer [resource units/s] */
	uint32_t silent;             /* families that send nothing */
	uint32_t stale;              /* bits of sp_clock */
	uint32_t held;               /* bits of sp_clock: stale for longer than max_hold */
} sp_pool_scratch;

/* What never changes for a family under one setup. */
typedef struct sp_family_fixed {
	sp_index floor, ceiling;
	double units_per_usd;
	double list_usd, variable_usd; /* [USD/resource unit] while no SKU's demand is known */
	int64_t relation_ppb;          /* the most that its index may be of the other family's */
	double weight;                 /* of every SKU, or 0 where they differ */
	uint32_t experiment;           /* its slot; SP_NO_SLOT: nobody asks how buyers answer */
	uint32_t depth; /* so many families bound its prices, one through the other: its turn comes after theirs */
} sp_family_fixed;

struct sp_engine {
	const sp_setup *setup;
	uint8_t *block; /* head … laws */
	size_t block_size;
	sp_head *head;
	sp_pool_state *pools;
	sp_family_state *families;
	sp_sku_state *skus;
	sp_window_slots *windows; /* [families][SP_WINDOWS] */
	sp_gauge *gauges;
	sp_hour *hours;
	sp_total *totals;       /* [gauges] where a kind arrives as a running total; else none */
	uint8_t *estimators;    /* the states, pool by pool */
	uint32_t *estimator_at; /* [pools][SP_POOL_ESTIMATORS] where each begins [bytes into estimators] */
	uint8_t *laws;          /* the states, family by family */
	sp_experiment *experiments;
	uint32_t *law_at; /* [families] where each begins [bytes into laws] */
	uint32_t n_gauges;
	uint32_t n_totals; /* = n_gauges where a kind arrives as a total, else 0 */
	uint32_t gauge_base[SP_SUBJECT_TYPES], gauge_step[SP_SUBJECT_TYPES];
	uint8_t gauge_of[SP_SUBJECT_TYPES][SP_SIGNAL_KINDS]; /* place of a kind among those of its subject type */
	sp_pool_scratch *pool_scratch;
	sp_family_fixed *fixed;
	sp_supply_lot *lots;     /* the setup's, as they stand at this tick */
	uint32_t *pool_families; /* family slots, pool by pool */
	uint32_t *turn_order;    /* family slots: one that another's prices bound comes after it */
	struct sp_allot *allot;  /* NULL where no rail holds all families together */
	uint32_t *first_of_pool; /* [pools + 1] into pool_families */
};

/* The gauge of a subject (by type and slot) and kind, which that type must take (asserted). */
uint32_t sp_engine_gauge(const sp_engine *engine, uint32_t type, uint32_t slot, uint32_t kind);

/* The setup of one of a pool's estimators, and its state. */
const sp_estimator_setup *sp_engine_estimator(const sp_engine *engine, uint32_t pool, sp_pool_estimator which);
void *sp_engine_estimator_state(const sp_engine *engine, uint32_t pool, sp_pool_estimator which);

/* The state of a family's law. */
void *sp_engine_law_state(const sp_engine *engine, uint32_t family);

/* --- the steps of a tick, in their order; each in its own file --- */

/* pool.c: loads, capacity, cost, clocks and readings of one pool. */
void sp_pool_tick(sp_engine *engine, uint32_t pool, int64_t now_ns, sp_tick *tick);

/* clocks.c: which clocks of a pool are fed (R10); once, at init. */
void sp_clocks_init(sp_engine *engine, uint32_t pool);

/* plausible.c: is a record believable? Counts the confirmations of one that is not. */
bool sp_plausible(const sp_engine *engine, sp_gauge *gauge, const sp_signal *signal, const sp_subject *subject);

/* plausible.c: does a GPU price refute the one before it, which nothing had seconded? */
bool sp_plausible_corrects(const sp_engine *engine, const sp_gauge *before, const sp_signal *signal);

/* take.c: before the first tick nobody knows what time it is; at it, what is dated beyond the limit is forgotten. */
void sp_take_forget_future(sp_engine *engine, int64_t limit_ns);

/* take.c: the load that a family's SKUs offer, after a signal changed it. */
void sp_take_family_load(sp_engine *engine, uint32_t family);

/* allot.c: what the portfolio's rails need in every tick; 0 bytes and NULL where there are none. */
size_t sp_allot_size(const sp_setup *setup);
struct sp_allot *sp_allot_init(void *memory, const sp_setup *setup);

/* book.c: sheet x index / 10^9 on the SKU's grid, rounded toward the price told before; differs from the exact product by
 * less than a grid unit (R7). */
int64_t sp_book_price_at(const sp_sku_setup *sku, int64_t index_ppb, int64_t told_nano);

/* book.c: the same, at most what a price may be: for an index that no rail has seen. */
int64_t sp_book_price_anew(const sp_sku_setup *sku, int64_t index_ppb, int64_t told_nano);

/* publication.c: what was told at the last tick reached the feed only then: it takes effect no sooner than `soonest_ns`. */
void sp_publication_delay(sp_engine *engine, uint32_t family, int64_t soonest_ns);

/* publication.c: what was told at the tick `barred_ns` never reached the feed: what stood before comes back (R18). */
void sp_publication_bar(sp_engine *engine, uint32_t family, int64_t barred_ns);

/* loop.c: a loop of which nothing is known yet. */
void sp_loop_init(sp_family_state *state);

/* hours.c: folds a value into its running hour; writes the rows of an hour that ended. */
void sp_hours_fold(sp_engine *engine, uint32_t gauge, uint32_t kind, sp_value value);
void sp_hours_close(sp_engine *engine, int64_t now_ns, sp_tick *tick);

/* alarms.c: states a condition; appends to the tick when it changed. `since_ns` is the alarm's place in the state. */
void sp_alarm_state(sp_tick *tick, int64_t *since_ns, bool wrong, sp_alarm_code code, const char *subject,
                    int64_t now_ns);
void sp_alarms_drivers(sp_engine *engine, sp_tick *tick);

#endif
