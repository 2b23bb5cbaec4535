/* world.h - everything in a market that prices do not change, laid out period by period: what a seed drew of a kind of world.
 *
 *     base demand       D0 = load x owned capacity x shape x events x chance, in resource units/s, at list price
 *     chance            AR(1) 3 h + AR(1) 3 d + white, in the logarithm, mean 1
 *     market            y: logarithm of the market price over its usual level; buyers compare with what it was a while ago
 *     supply            owned capacity (incidents take some of it), what a step of each rented lot costs, how many there are
 *
 * Prices meet it in plant.h. A world is made once and only read from then on, by any number of threads. The same kind, seed, base
 * shape and configuration template give the same bytes on every machine. All draws are the seed's; every trait has a stream of its own, so
 * that one trait more changes no other. */
#ifndef SP_SIM_MARKET_WORLD_H
#define SP_SIM_MARKET_WORLD_H

#include <stdint.h>

#include "controller/config/config.h"
#include "sim/market/traits.h"
#include "sim/market/worlds.h"

#define SP_WORLD_PERIODS_MAX 18000 /* 125 days of 10 minutes */
#define SP_WORLD_RENTED_MAX  2     /* one on demand, one spot: in the order of the pool's lots */

/* One control period. */
typedef struct sp_world_period {
	double wanted; /* D0 [resource units/s] */
	double shared; /* min(1, a D0 / mean D0): how much of the bill that buyers feel is of this period */
	double pull;   /* exp(x_cross y), y a while ago */
	double market; /* y now, before a rival reacts to us */
	double owned;  /* capacity without rented lots [resource units/s] */
	double rate[SP_WORLD_RENTED_MAX];   /* [USD/s] of one step that runs */
	uint32_t most[SP_WORLD_RENTED_MAX]; /* steps that can run: 0 while spot is interrupted */
	int64_t reserved_nano,
	    subsidy_nano; /* owned and reserved GPUs: sunk, the same for every price; of it, paid by credits */
	bool incident;
} sp_world_period;

/* A lot that can be rented by the step. */
typedef struct sp_world_rented {
	uint32_t lot;     /* slot in the setup */
	double step;      /* one step [resource units/s] */
	double usd_per_s; /* one step, at the start */
	uint32_t most;
	uint32_t start_periods, hold_periods; /* from asking to having; the least it is paid for */
} sp_world_rented;

typedef struct sp_world {
	const sp_world_kind *kind;
	uint64_t seed;
	uint64_t draws;         /* seed and kind in one: two kinds draw nothing alike under one seed */
	sp_world_traits traits; /* as drawn: elasticity and response_lag_ns are what a law "told the truth" is told */
	const char *base;       /* where the base demand is from: a shape's name or a trace's */
	sp_config *config; /* owned: the kind's template under the law `fixed`; its setup is what the world is made of */
	const sp_setup *setup;
	int64_t start_ns, period_ns;
	uint32_t n_periods;            /* lived, with the tail */
	uint32_t n_priced;             /* the price is frozen from this one on, and the rest counts all the same */
	uint32_t change_periods;       /* a price may change at multiples of this: the family's min_interval */
	uint32_t notice_periods;       /* of raises */
	uint32_t delay_periods;        /* until a price reaches buyers at all */
	double list_usd, variable_usd; /* of the family's mix at index 1 [USD/resource unit] */
	double rent_at, credits_from, credits_full, credit_share; /* [1]; the pool's `overload` */
	double rejection_usd;                                     /* [USD/resource unit] */
	double renewed;                                           /* of contracts, in one period [1] */
	double reacted;                                           /* of a rival's way to its answer, in one period [1] */
	uint32_t n_rented;
	sp_world_rented rented[SP_WORLD_RENTED_MAX];
	sp_world_period *periods; /* owned: [n_periods] */
} sp_world;

typedef struct sp_world_options {
	const char *traces;          /* folder of recorded demand; NULL: the shapes that come with the project */
	const char *const *settings; /* KEY=VALUE, after the kind's own; the last wins */
	uint32_t n_settings;
} sp_world_options;

/* sp_world_open - draws a world. `kind` outlives it.
 *
 * out    *world, the caller's to close; written only on SP_OK
 * fails  a setting's error; SP_E_SYNTAX the kind's file or its template, with the complaint; what a trace's reader answers; SP_E_MEMORY */
sp_status sp_world_open(const sp_world_kind *kind, uint64_t seed, const sp_world_options *options, sp_world **world,
                        sp_message *message);
void sp_world_close(sp_world *world); /* NULL is accepted */

/* sp_world_config - the kind's template under a law: `policy` is what stands after "policy:", such as "{use: margin_curve, elasticity: 1.5}".
 * out    *config, the caller's to close
 * fails  SP_E_SYNTAX: the message holds the first complaint; SP_E_MEMORY */
sp_status sp_world_config(const sp_world_kind *kind, const char *policy, sp_config **config, sp_message *message);

/* sp_world_gpu_usd - what a GPU-hour of a lot costs in a period: what usd_per_gpu_h says of it. */
sp_money sp_world_gpu_usd(const sp_world *world, uint32_t lot, uint32_t period);

#endif
