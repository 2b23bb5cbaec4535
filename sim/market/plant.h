/* plant.h - what prices do in a world: buyers answer, capacity follows, money comes of it. One period at a time.
 *
 * Of period t, at price p (relative to list) in force during it:
 *
 *     contract += renewed (p - contract)                               contracts are renewed at random, at the price of the day
 *     bill     += min(1, a D0 / mean D0) (p of `delay` ago - bill)     buyers feel the demand-weighted mean price of their bill;
 *     held     += min(1, a D0 / mean D0) (contract - held)             those under contract, of what they pay
 *     D         = D0 exp(x (y + rival)) ((1 - c) bill^-e + c held^-e)  offered
 *     C         = owned + steps that run
 *     served    = min(D, C), the rest is turned away
 *     margin    = revenue (1 - credits at D / C) - variable - rejections - rented steps
 *     steps     : k = ceil((D / rent_at - owned) / step) asked for when worth renting, else 0; they start after a delay, stay a least time;
 *                 interrupted spot steps are gone at once
 *     rival    += reacted (reaction log p - rival)
 *
 * A state is plain memory without pointers: copy it to try another path. Nothing is allocated. The closed loop (trial.h) and whoever
 * looks for the best path walk this one plant. */
#ifndef SP_SIM_MARKET_PLANT_H
#define SP_SIM_MARKET_PLANT_H

#include "base/money.h"
#include "sim/market/world.h"

#define SP_PLANT_STEPS_MAX 64 /* of a rented lot: more would be the same market in finer grain */
#define SP_PLANT_DELAY_MAX 15 /* periods until a price reaches buyers */

#define SP_PLANT_NANO_MAX \
	INT64_C(100000000000000) /* 100,000 USD; five of them in each of SP_WORLD_PERIODS_MAX fit an int64 */

/* Sums of money are exact: every amount is rounded to a nano-USD in its period. */
typedef struct sp_plant_money {
	sp_money revenue;  /* of what was served, before overload credits */
	sp_money credits;  /* given back for service while too full */
	sp_money variable; /* variable cost of what was served */
	sp_money rejected; /* what turning demand away cost */
	sp_money rented;   /* steps that ran */
	sp_money margin;   /* revenue - credits - variable - rejected - rented */
	sp_money reserved; /* sunk, the same for every price: not in the margin; say it beside percentages */
	sp_money subsidy;  /* of it, what credits paid */
	sp_money below;    /* lost on periods whose margin was below 0 */
} sp_plant_money;

/* Steps of one rented lot: the period each runs from, oldest first; those asked for and not started are the last. */
typedef struct sp_plant_steps {
	uint32_t n;
	uint32_t from[SP_PLANT_STEPS_MAX];
} sp_plant_steps;

typedef struct sp_plant {
	uint32_t t;                  /* periods lived */
	uint32_t at;                 /* in seen */
	double bill, contract, held; /* relative to list */
	double rival;                /* its answer, in the logarithm */
	double seen[SP_PLANT_DELAY_MAX + 1];
	sp_plant_steps steps[SP_WORLD_RENTED_MAX];
	sp_plant_money total;
} sp_plant;

/* What one period was. Flows in resource units/s. */
typedef struct sp_plant_flow {
	double offered, served; /* offered = served + turned away */
	double capacity;
	double paid; /* mean price of what was served, relative to list: contracts pay their own */
	uint32_t running[SP_WORLD_RENTED_MAX];
	sp_plant_money money; /* of this period alone */
} sp_plant_flow;

/* sp_plant_init - the first morning: buyers know the list price only, and what they want at it is rented. */
void sp_plant_init(const sp_world *world, sp_plant *plant);

/* sp_plant_step - lives one period. plant->t < world->n_periods (asserted); price > 0. flow may be NULL.
 * cost   O(1), allocates: no. An amount of a period is cut at SP_PLANT_NANO_MAX, so that no sum of a life overflows. */
void sp_plant_step(const sp_world *world, sp_plant *plant, double price, sp_plant_flow *flow);

/* sp_plant_run - so many periods at one price, ended by the world's end; returns the margin they made. */
sp_money sp_plant_run(const sp_world *world, sp_plant *plant, double price, uint32_t n_periods);

/* sp_plant_path - the margin of a whole life: prices [n] by change period (world->change_periods each), the last one held to the end. */
sp_money sp_plant_path(const sp_world *world, const double *prices, uint32_t n);

#endif
