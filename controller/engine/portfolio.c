/* portfolio.c - the rails over all families together; see portfolio.h. */
#include "controller/engine/portfolio.h"

#include "base/assert.h"
#include "base/money.h"
#include "base/param.h"

int64_t sp_portfolio_room(int64_t total, int64_t moved, int64_t share_ppb)
{
	SP_ASSERT(total >= 0 && moved >= 0);
	if (share_ppb == SP_PARAM_NONE)
		return INT64_MAX;
	return (int64_t)((__int128)total * share_ppb / SP_NANO) - moved;
}

int64_t sp_portfolio_budget(int64_t budget_nano, int64_t spent_nano)
{
	SP_ASSERT(spent_nano >= 0);
	return budget_nano == SP_PARAM_NONE ? INT64_MAX : budget_nano - spent_nano;
}

int64_t sp_portfolio_rate(int64_t rate, int64_t ppb)
{
	__int128 product = (__int128)rate * ppb / SP_NANO;

	return product < 0 ? 0 : product > SP_RATE_MAX ? SP_RATE_MAX : (int64_t)product;
}

/* --- sorting: a heap, in place --- */

static bool portfolio_before(const sp_stake *a, const sp_stake *b)
{
	return a->loss != b->loss ? a->loss > b->loss : a->family < b->family;
}

/* Lets the stake at `at` sink until none below it comes later in the order: the last of all is on top. */
static void portfolio_sink(sp_stake *stakes, uint32_t at, uint32_t n)
{
	sp_stake sinking = stakes[at];

	for (uint32_t below = 2 * at + 1; below < n; below = 2 * at + 1) {
		if (below + 1 < n && portfolio_before(&stakes[below], &stakes[below + 1]))
			below++;
		if (!portfolio_before(&sinking, &stakes[below]))
			break;
		stakes[at] = stakes[below];
		at = below;
	}
	stakes[at] = sinking;
}

void sp_portfolio_sort(sp_stake *stakes, uint32_t n)
{
	for (uint32_t i = n / 2; i-- > 0;)
		portfolio_sink(stakes, i, n);
	for (uint32_t left = n; left > 1; left--) {
		sp_stake last = stakes[0];
		stakes[0] = stakes[left - 1];
		stakes[left - 1] = last;
		portfolio_sink(stakes, 0, left - 1);
	}
}

/* --- admitting --- */

/* Takes an amount of a room, which stays as it is where it is everything. */
static void portfolio_take(int64_t *room, int64_t amount)
{
	if (*room != INT64_MAX)
		*room -= amount;
}

sp_rail sp_portfolio_admit(sp_portfolio *portfolio, const sp_stake *stake)
{
	int64_t revenue = stake->moved ? 0 : stake->revenue;
	int64_t below = stake->deepens > 0 ? stake->deepens * SP_BELOW_COST_AHEAD_S : 0;

	SP_ASSERT(stake->revenue >= 0 && stake->revenue <= SP_RATE_MAX);
	SP_ASSERT(stake->deepens <= SP_RATE_MAX && stake->explores_nano >= 0);
	if (revenue > 0 && revenue > portfolio->revenue)
		return SP_RAIL_revenue_share;
	if (below > 0 && below > portfolio->below_nano)
		return SP_RAIL_below_cost;
	if (stake->explores_nano > 0 && stake->explores_nano > portfolio->explore_nano)
		return SP_RAIL_exploration;
	portfolio_take(&portfolio->revenue, revenue);
	portfolio_take(&portfolio->below_nano, below);
	portfolio_take(&portfolio->explore_nano, stake->explores_nano);
	return SP_RAILS;
}
