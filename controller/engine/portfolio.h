/* portfolio.h - the rails over all families together: who may move while there is room for some only.
 *
 * Every family that is about to tell customers another price has a stake. The stakes are sorted, the one that loses most by
 * standing still first, and admitted one after the other while revenue_share, below_cost and exploration leave room; one
 * that finds no room holds, and a smaller one behind it may still find some.
 *
 * Pure functions on integers; rates of money are nano-USD per second. */
#ifndef SP_ENGINE_PORTFOLIO_H
#define SP_ENGINE_PORTFOLIO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/decision.h"

/* A family's rate of money is at most this: those of 10,000 families add up, and a day of one fits an int64. */
#define SP_RATE_MAX INT64_C(100000000000000)

/* For how long a price below cost is paid for in advance [s]: so much must be left of the budget. */
#define SP_BELOW_COST_AHEAD_S 86400

typedef struct sp_stake {
	uint32_t family;       /* slot: the first of two that lose the same goes first */
	uint32_t place;        /* of its turn among those that wait; the caller's */
	int64_t loss;          /* by standing still: the revenue that the move is about [nano-USD/s] */
	int64_t revenue;       /* at the price in force [nano-USD/s] */
	int64_t deepens;       /* how much more is lost below cost after the move [nano-USD/s]; 0 or less: none */
	int64_t explores_nano; /* what an experiment may cost that asks for this move; 0: none does */
	bool moved;            /* the family's revenue counts in the window already */
} sp_stake;

/* What is left for moves at this tick; INT64_MAX: as much as anyone wants. May be negative. */
typedef struct sp_portfolio {
	int64_t revenue;      /* that may still move in this window [nano-USD/s] */
	int64_t below_nano;   /* of the budget for selling below cost */
	int64_t explore_nano; /* of the budget for experiments */
} sp_portfolio;

/* sp_portfolio_room - share of the total that has not moved yet: floor(total x share) - moved; everything for SP_PARAM_NONE. */
int64_t sp_portfolio_room(int64_t total, int64_t moved, int64_t share_ppb);

/* sp_portfolio_budget - budget - spent; everything for SP_PARAM_NONE. */
int64_t sp_portfolio_budget(int64_t budget_nano, int64_t spent_nano);

/* sp_portfolio_rate - rate x ppb / 10^9, within 0 … SP_RATE_MAX; what a family's money is at another index. */
int64_t sp_portfolio_rate(int64_t rate, int64_t ppb);

/* sp_portfolio_sort - by loss, largest first, then by family. In place: O(n log n), allocates: no. */
void sp_portfolio_sort(sp_stake *stakes, uint32_t n);

/* sp_portfolio_admit - may this one move? Takes what it needs of the room, or nothing.
 * returns  SP_RAILS, or the first rail that has no room for it */
sp_rail sp_portfolio_admit(sp_portfolio *portfolio, const sp_stake *stake);

#endif
