/* guardrails.c - the rails on a move of the index; see guardrails.h. */
#include "controller/engine/guardrails.h"

#include "base/assert.h"

int64_t sp_move_index(const sp_move *move)
{
	return move->told + move->increments + move->levels + move->cost;
}

static int64_t part_of(int64_t x, int64_t ratio_ppb)
{
	int64_t part = 0, product;
	sp_status status;

	if (x <= 0)
		return 0;
	if (!__builtin_mul_overflow(x, ratio_ppb, &product)) /* nearly always; a 128-bit division costs ten times as much */
		return product / SP_NANO;
	status = sp_muldiv_floor(x, ratio_ppb, SP_NANO, &part);
	SP_ASSERT(status == SP_OK);
	return part;
}

sp_interval sp_rails_step(int64_t told, int64_t ratio_ppb)
{
	int64_t room;

	SP_ASSERT(told > 0);
	if (ratio_ppb == SP_PARAM_NONE)
		return SP_EVERYTHING;
	room = part_of(told, ratio_ppb);
	return (sp_interval){told - room, told + room};
}

sp_interval sp_rails_rate(sp_interval extremes, sp_interval bases, int64_t held, int64_t ratio_ppb)
{
	sp_interval allowed;

	SP_ASSERT(extremes.low <= extremes.high && bases.low <= bases.high);
	if (ratio_ppb == SP_PARAM_NONE)
		return SP_EVERYTHING;
	allowed.low = extremes.high - part_of(bases.high, ratio_ppb);
	allowed.high = extremes.low + part_of(bases.low, ratio_ppb);
	allowed.low = held < allowed.low ? held : allowed.low;
	allowed.high = held > allowed.high ? held : allowed.high;
	return allowed;
}

int64_t sp_rails_least(int64_t marginal_ppb, int64_t margin_ppb)
{
	int64_t least;

	SP_ASSERT(marginal_ppb >= 0);
	if (margin_ppb == SP_PARAM_NONE)
		return 0;
	return sp_muldiv_ceil(marginal_ppb, SP_NANO + margin_ppb, SP_NANO, &least) == SP_OK ? least : INT64_MAX;
}

sp_interval sp_rails_below(sp_interval bounds, int64_t cap)
{
	SP_ASSERT(bounds.low <= bounds.high);
	cap = cap < bounds.low ? bounds.low : cap;
	bounds.high = cap < bounds.high ? cap : bounds.high;
	return bounds;
}

sp_interval sp_rails_above(sp_interval bounds, int64_t least)
{
	SP_ASSERT(bounds.low <= bounds.high);
	least = least > bounds.high ? bounds.high : least;
	bounds.low = least > bounds.low ? least : bounds.low;
	return bounds;
}

sp_interval sp_interval_with(sp_interval interval, int64_t x)
{
	interval.low = x < interval.low ? x : interval.low;
	interval.high = x > interval.high ? x : interval.high;
	return interval;
}

static int64_t clamp(int64_t x, sp_interval to)
{
	return x < to.low ? to.low : x > to.high ? to.high : x;
}

static bool is_within(int64_t x, sp_interval interval)
{
	return x >= interval.low && x <= interval.high;
}

/* Takes of `part` what it has in the direction of the excess; returns what it took. */
static int64_t take_from(int64_t *part, int64_t *excess)
{
	int64_t taken = 0;

	if (*excess > 0 && *part > 0)
		taken = *part < *excess ? *part : *excess;
	else if (*excess < 0 && *part < 0)
		taken = *part > *excess ? *part : *excess;
	*part -= taken;
	*excess -= taken;
	return taken;
}

/* Shortens the rest of the move by as much of the excess as it has in that direction: increments before levels. Returns
 * what was taken from increments. */
static int64_t take_from_rest(sp_move *move, int64_t *excess)
{
	int64_t rest = move->increments + move->levels;
	int64_t taken = take_from(&rest, excess), left = taken, of_increments;

	of_increments = take_from(&move->increments, &left);
	move->levels -= left;
	return of_increments;
}

static void book(sp_move *move, sp_rail rail, int64_t excess, int64_t of_increments, bool keep)
{
	if (keep) {
		SP_ASSERT(rail < SP_SATURATING);
		move->kept[rail] -= of_increments;
		move->now[rail] -= excess - of_increments;
	} else {
		move->now[rail] -= excess;
	}
	move->binds |= UINT32_C(1) << rail;
}

/* R first, then C, and what neither has (a price outside its bounds is pushed back) is forced upon R. */
static void cut_index(sp_move *move, sp_rail rail, int64_t target, bool keep)
{
	int64_t whole = sp_move_index(move) - target, excess = whole, of_increments;

	if (whole == 0)
		return;
	of_increments = take_from_rest(move, &excess);
	take_from(&move->cost, &excess);
	move->levels -= excess;
	book(move, rail, whole, of_increments, keep);
	SP_ASSERT(sp_move_index(move) == target);
}

static void cut_rest(sp_move *move, sp_rail rail, sp_interval allowed)
{
	int64_t r = move->told - move->told_cost + move->increments + move->levels;
	int64_t whole = r - clamp(r, allowed), excess = whole, of_increments;

	if (whole == 0)
		return;
	of_increments = take_from_rest(move, &excess);
	SP_ASSERT(excess == 0); /* the R told is within its rates, so the rest has what they take */
	book(move, rail, whole, of_increments, true);
}

static void cut_cost(sp_move *move, sp_rail rail, sp_interval allowed)
{
	int64_t c = move->told_cost + move->cost;
	int64_t whole = c - clamp(c, allowed);

	if (whole == 0)
		return;
	move->cost -= whole;
	book(move, rail, whole, 0, true);
}

static void cut_to_bounds(sp_move *move, sp_interval bounds)
{
	int64_t index = sp_move_index(move);

	if (index < bounds.low)
		cut_index(move, SP_RAIL_floor, bounds.low, true);
	else if (index > bounds.high)
		cut_index(move, SP_RAIL_ceiling, bounds.high, true);
}

/* The last cut, when R's rates have shortened R: back into the bounds, or from outside them as near as what leads away can
 * give. R itself has no more room to be forced: its rates have just cut it. */
static void cut_toward_bounds(sp_move *move, const sp_rails *rails)
{
	int64_t index = sp_move_index(move), whole = index - clamp(clamp(index, rails->bounds), rails->step);
	int64_t excess = whole, of_increments = take_from_rest(move, &excess);

	take_from(&move->cost, &excess);
	if (excess != whole)
		book(move, index < rails->bounds.low ? SP_RAIL_floor : SP_RAIL_ceiling, whole - excess, of_increments, true);
}

void sp_guardrails_saturate(sp_move *move, const sp_rails *rails)
{
	SP_ASSERT(rails->bounds.low <= rails->bounds.high && move->told > 0);
	cut_cost(move, SP_RAIL_cost_rate_day, rails->cost_day);
	cut_to_bounds(move, rails->bounds);
	cut_index(move, SP_RAIL_step, clamp(sp_move_index(move), rails->step), true);
	cut_rest(move, SP_RAIL_rate_hour, rails->rate_hour);
	cut_rest(move, SP_RAIL_rate_day, rails->rate_day);
	cut_index(move, SP_RAIL_step, clamp(sp_move_index(move), rails->step), true);
	cut_toward_bounds(move, rails);
}

bool sp_guardrails_idle(const sp_move *move, sp_interval bounds)
{
	return move->increments == 0 && move->levels == 0 && move->cost == 0 && is_within(move->told, bounds);
}

void sp_guardrails_limit(sp_move *move, sp_rail rail, int64_t target)
{
	SP_ASSERT(rail >= SP_RAIL_worst_of_last && rail < SP_RAILS);
	cut_index(move, rail, target, false);
}

void sp_guardrails_hold(sp_move *move, sp_rail rail)
{
	move->binds |= UINT32_C(1) << rail;
	sp_guardrails_limit(move, rail, move->told);
}

bool sp_guardrails_check(const sp_move *move, const sp_rails *rails)
{
	int64_t index = sp_move_index(move);
	int64_t cost = move->told_cost + move->cost;

	return index >= SP_INDEX_MIN_PPB && index <= SP_INDEX_MAX_PPB &&
	       is_within(index, sp_interval_with(rails->bounds, move->told)) && is_within(index, rails->step) &&
	       is_within(index - cost, rails->rate_hour) && is_within(index - cost, rails->rate_day) &&
	       is_within(cost, rails->cost_day);
}

bool sp_guardrails_recovers(const sp_move *move, sp_interval bounds)
{
	int64_t index = sp_move_index(move);

	return (move->told < bounds.low && index > move->told) || (move->told > bounds.high && index < move->told);
}
