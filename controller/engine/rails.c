/* rails.c - the rails of one family's move, in their one order (DESIGN, "Guardrails"; R5-R7).
 *
 * The table at the end is the order: read it from top to bottom. A rail either shortens the move or holds it at the last told;
 * none makes a move but the bounds, into which a price outside them is led back. The arithmetic of the saturating ones
 * is in guardrails.c, the rails over all families together in portfolio.c; those come last, before the mode. */
#include "base/assert.h"
#include "base/time.h"
#include "controller/engine/family.h"

bool sp_turn_leads(const sp_turn *turn)
{
	return sp_move_index(&turn->move) != turn->move.told;
}

/* Freeze, stale clocks, promises and the portfolio send the law's own index back to the last told (R3). */
void sp_rails_hold(sp_turn *turn, sp_rail rail)
{
	sp_guardrails_hold(&turn->move, rail);
	turn->reset = true;
}

/* A raise for customers: more than they were told, and more than they pay. */
static bool raises(const sp_turn *turn)
{
	int64_t index = sp_move_index(&turn->move);

	return index > turn->move.told && index > turn->state->book.in_force_ppb;
}

/* Is there a raise that customers were told and that is not in force yet? */
static bool raise_waits(const sp_turn *turn)
{
	return turn->state->book.n_pending > 0 && turn->state->book.in_force_ppb < turn->state->book.told_ppb;
}

bool sp_rails_withdraws(const sp_turn *turn)
{
	int64_t index = sp_move_index(&turn->move);

	return raise_waits(turn) && index < turn->move.told && index >= turn->state->book.in_force_ppb;
}

/* --- bounds --- */

/* The lowest index that a family has in force or has announced; the last told is one of them. */
static int64_t lowest_index(const sp_family_book *book)
{
	int64_t lowest = book->in_force_ppb;

	for (uint32_t i = 0; i < book->n_pending; i++)
		lowest = book->pending[i].index_ppb < lowest ? book->pending[i].index_ppb : lowest;
	return lowest;
}

/* What the other family's prices leave; everything where no relation is given. */
static int64_t relation_cap(const sp_turn *turn)
{
	int64_t cap;

	if (turn->setup->rails.at_most_ppb == SP_PARAM_NONE)
		return SP_EVERYTHING.high;
	cap = lowest_index(&turn->engine->families[turn->setup->relation].book);
	return sp_muldiv_floor(cap, turn->fixed->relation_ppb, SP_NANO, &cap) == SP_OK ? cap : SP_EVERYTHING.high;
}

/* Marginal cost as a part of the sheet price of the family's mix; 0 while nobody knows it. */
static int64_t marginal_index(const sp_turn *turn)
{
	const sp_reading *marginal = &turn->input->readings[SP_READING_MARGINAL];
	int64_t ppb;

	if (marginal->answer.knowledge != SP_KNOWN || !(turn->input->list_usd > 0) ||
	    sp_round_even(marginal->estimate.value / turn->input->list_usd * (double)SP_NANO, &ppb) != SP_OK)
		return 0;
	return ppb < 0 ? 0 : ppb > SP_INDEX_MAX_PPB ? SP_INDEX_MAX_PPB : ppb;
}

/* The bounds of this tick, with the other family's book as it stands now. */
static void make_bounds(sp_turn *turn)
{
	const sp_family_fixed *fixed = turn->fixed;
	sp_interval bounds = {fixed->floor.ppb, fixed->ceiling.ppb};
	int64_t least = sp_rails_least(turn->marginal_ppb, turn->setup->rails.least_margin_ppb);

	turn->lasting = sp_rails_below(bounds, relation_cap(turn));
	turn->related = turn->lasting.high < bounds.high;
	if (turn->pool->shadow.clock == SP_CLOCK_STALE && least > turn->state->book.told_ppb)
		least = turn->state->book.told_ppb; /* what is stale raises no price (P5) */
	turn->below_cost = least > turn->lasting.high;
	turn->rails.bounds = sp_rails_above(turn->lasting, least);
	turn->state->bounds = turn->rails.bounds;
}

void sp_rails_bound(sp_turn *turn)
{
	turn->marginal_ppb = marginal_index(turn);
	make_bounds(turn);
}

/* The other family may have told another price since the bounds were made, while this one waited for the portfolio: no move leads out
 * of what its prices leave now. Where they leave less than was told before, this family follows at the next tick. */
void sp_rails_relate(sp_turn *turn)
{
	int64_t index = sp_move_index(&turn->move);
	bool over, under; /* under: a floor of marginal cost that a relation held down has risen with it */

	if (turn->setup->rails.at_most_ppb == SP_PARAM_NONE)
		return;
	make_bounds(turn);
	over = index > turn->move.told && index > turn->rails.bounds.high;
	under = index < turn->move.told && index < turn->rails.bounds.low;
	if (!over && !under)
		return;
	turn->move.binds &= ~SP_RAIL_BIT(notice); /* nothing is announced */
	sp_guardrails_hold(&turn->move, SP_RAIL_relation);
}

/* --- the windows of the rates --- */

static int64_t window_span(const sp_family_setup *setup, sp_window_kind kind)
{
	switch (kind) {
	case SP_WINDOW_HOUR:
		return setup->rails.max_per_hour_ppb == SP_PARAM_NONE ? 0 : SP_HOUR;
	case SP_WINDOW_DAY:
		return setup->rails.max_per_day_ppb == SP_PARAM_NONE ? 0 : SP_DAY;
	case SP_WINDOW_COST_DAY:
		return setup->rails.cost_max_per_day_ppb == SP_PARAM_NONE ? 0 : SP_DAY;
	default:
		return setup->rails.worst_of_last_ns;
	}
}

static void window_hold(sp_turn *turn, sp_window_kind kind, int64_t value)
{
	int64_t span = window_span(turn->setup, kind);

	if (span > 0)
		sp_window_set(&turn->state->windows[kind], &turn->engine->windows[turn->family * SP_WINDOWS + kind], span,
		              turn->now_ns, value);
}

/* The told R and C are held in their windows; called every tick (time passes) and after every change. */
void sp_rails_hold_told(sp_turn *turn)
{
	const sp_family_state *state = turn->state;
	int64_t r = state->book.told_ppb - state->book.told_cost_ppb;

	for (sp_window_kind kind = SP_WINDOW_HOUR; kind <= SP_WINDOW_COST_DAY; kind++) {
		const sp_window *window = &state->windows[kind];
		int64_t value = kind == SP_WINDOW_COST_DAY ? state->book.told_cost_ppb : r;
		if (window->begun < 0 || turn->now_ns >= window->next_ns || window->value != value)
			window_hold(turn, kind, value);
	}
}

static sp_interval rate(const sp_turn *turn, sp_window_kind kind, int64_t ratio_ppb)
{
	const sp_family_state *state = turn->state;
	const sp_window *window = &state->windows[kind];
	bool cost = kind == SP_WINDOW_COST_DAY;
	sp_interval extremes = {window->low, window->high};
	sp_interval bases = {state->book.told_ppb, state->book.told_ppb};
	int64_t held = cost ? state->book.told_cost_ppb : state->book.told_ppb - state->book.told_cost_ppb;

	if (ratio_ppb == SP_PARAM_NONE)
		return SP_EVERYTHING;
	if (!cost) /* what the index was at R's extremes, with today's cost */
		bases = (sp_interval){extremes.low + state->book.told_cost_ppb, extremes.high + state->book.told_cost_ppb};
	return sp_rails_rate(extremes, bases, held, ratio_ppb);
}

/* --- the saturating rails --- */

static void make_rails(sp_turn *turn)
{
	const sp_guardrails *rails = &turn->setup->rails;
	const sp_family_state *state = turn->state;

	turn->rails.step = sp_rails_step(state->book.told_ppb, rails->max_step_ppb);
	turn->rails.rate_hour = rate(turn, SP_WINDOW_HOUR, rails->max_per_hour_ppb);
	turn->rails.rate_day = rate(turn, SP_WINDOW_DAY, rails->max_per_day_ppb);
	turn->rails.cost_day = rate(turn, SP_WINDOW_COST_DAY, rails->cost_max_per_day_ppb);
}

/* Down to the index in force, withdrawing or lowering a raise that waits skips step and rates (R1): there only the bounds
 * count. A move that the ordinary rails let go further is an ordinary cut. */
static void cut(sp_turn *turn)
{
	int64_t wish = sp_move_index(&turn->move), told = turn->move.told, in_force = turn->state->book.in_force_ppb;
	bool lowers = turn->rails.bounds.low < told && (wish < told || turn->rails.bounds.high < told);

	if (raise_waits(turn) && lowers) {
		sp_move ordinary = turn->move;
		sp_guardrails_saturate(&ordinary, &turn->rails);
		if (sp_move_index(&ordinary) >= in_force) {
			turn->rails.step = (sp_interval){in_force, told};
			turn->rails.rate_hour = turn->rails.rate_day = turn->rails.cost_day = SP_EVERYTHING;
		}
	}
	sp_guardrails_saturate(&turn->move, &turn->rails);
	if (turn->related && (turn->move.binds & SP_RAIL_BIT(ceiling)))
		turn->move.binds |= SP_RAIL_BIT(relation);
}

static void rail_saturating(sp_turn *turn)
{
	make_rails(turn);
	cut(turn);
	if (!turn->by_hand)
		sp_ledger_keep(turn);
}

/* Where bounds and rates of R leave the law less room for what an experiment made of the last told, that gives way, not the law. */
void sp_rails_cut(sp_turn *turn)
{
	int64_t part = turn->state->book.told_experiment_ppb;
	sp_interval *const room[] = {&turn->rails.bounds, &turn->rails.rate_hour, &turn->rails.rate_day};
	sp_interval bounds = turn->rails.bounds;

	make_rails(turn);
	for (size_t i = 0; i < sizeof room / sizeof room[0]; i++) {
		room[i]->low += part < 0 ? part : 0;
		room[i]->high += part > 0 ? part : 0;
	}
	cut(turn);
	sp_ledger_keep(turn);
	turn->rails.bounds = bounds;
	make_rails(turn);
}

/* --- clocks --- */

/* Cost stale: no decrease; reliability stale: no decrease; two of three stale, or one for too long: nothing moves. */
static void rail_clocks(sp_turn *turn)
{
	uint32_t stale = turn->pool->stale;
	bool cost = stale >> SP_CLOCK_COST & 1, demand = stale >> SP_CLOCK_DEMAND & 1;
	bool reliability = stale >> SP_CLOCK_RELIABILITY & 1;
	bool hold = cost + demand + reliability >= 2 || turn->pool->held != 0;
	bool cut = sp_move_index(&turn->move) < turn->move.told;

	if (!sp_turn_leads(turn))
		return;
	if (cost && (hold || cut))
		sp_rails_hold(turn, SP_RAIL_stale_cost);
	if (reliability && (hold || cut))
		sp_rails_hold(turn, SP_RAIL_stale_reliability);
	if (demand && hold)
		sp_rails_hold(turn, SP_RAIL_stale_demand);
}

/* --- quantising --- */

/* Raise to the lowest, cut to the highest of what was wished for in the window. */
static void rail_worst_of_last(sp_turn *turn)
{
	const sp_window *window = &turn->state->windows[SP_WINDOW_WORST];
	int64_t index = sp_move_index(&turn->move), told = turn->move.told, target = index;

	window_hold(turn, SP_WINDOW_WORST, index);
	if (window_span(turn->setup, SP_WINDOW_WORST) == 0)
		return;
	if (index > told)
		target = window->low > told ? window->low : told;
	else if (index < told)
		target = window->high < told ? window->high : told;
	sp_guardrails_limit(&turn->move, SP_RAIL_worst_of_last, target);
}

/* Down to the index in force, lowering or withdrawing a raise that waits needs no interval and is no change (R1); what goes
 * beyond is. */
static void wait(sp_turn *turn, sp_rail rail)
{
	int64_t index = sp_move_index(&turn->move), in_force = turn->state->book.in_force_ppb;

	if (!raise_waits(turn) || index > turn->move.told)
		sp_guardrails_hold(&turn->move, rail);
	else if (index < in_force)
		sp_guardrails_limit(&turn->move, rail, in_force);
}

/* What an experiment moved goes home all the same, alone: the law's move waits. */
static bool goes_home(sp_turn *turn, sp_rail rail)
{
	int64_t home = raise_waits(turn) ? 0 : sp_experiment_home(turn);

	if (home == 0)
		return false;
	turn->homed = true;
	sp_guardrails_limit(&turn->move, rail, turn->move.told + home);
	return true;
}

static void rail_min_interval(sp_turn *turn)
{
	if (!turn->due && !goes_home(turn, SP_RAIL_min_interval))
		wait(turn, SP_RAIL_min_interval);
}

/* Was the oldest of the last max_changes within the window? */
static bool changes_are_full(const sp_turn *turn)
{
	const sp_family_state *state = turn->state;
	const sp_guardrails *rails = &turn->setup->rails;
	uint32_t most = (uint32_t)rails->max_changes;

	if (rails->max_changes == SP_PARAM_NONE || state->n_changes < most)
		return false;
	SP_ASSERT(most > 0 && most <= SP_CHANGES_MAX);
	return turn->now_ns - state->changes_ns[(state->n_changes - most) % SP_CHANGES_MAX] < rails->changes_window_ns;
}

static void rail_max_changes(sp_turn *turn)
{
	if (changes_are_full(turn))
		wait(turn, SP_RAIL_max_changes);
}

void sp_rails_count_change(sp_turn *turn)
{
	sp_family_state *state = turn->state;

	state->changes_ns[state->n_changes % SP_CHANGES_MAX] = turn->now_ns;
	state->n_changes++;
}

/* Where cuts are a person's to approve, a raise that waits is withdrawn at once all the same; what would lower the price in
 * force is proposed when the next change is due. */
static void rail_approval(sp_turn *turn)
{
	if (turn->setup->mode != SP_MODE_AUTO || turn->setup->cuts != SP_CUTS_PROPOSE ||
	    sp_move_index(&turn->move) >= turn->state->book.in_force_ppb || goes_home(turn, SP_RAIL_approval))
		return;
	if (raise_waits(turn))
		sp_guardrails_limit(&turn->move, SP_RAIL_approval, turn->state->book.in_force_ppb);
}

static bool is_in_dead_band(const sp_turn *turn, int64_t index_ppb)
{
	int64_t told = turn->move.told, off = index_ppb - told;

	return (__int128)(off < 0 ? -off : off) * SP_NANO < (__int128)told * turn->setup->rails.dead_band_ppb;
}

bool sp_rails_is_small(sp_turn *turn, int64_t index_ppb)
{
	return is_in_dead_band(turn, index_ppb) || sp_book_prices(turn, index_ppb) == 0;
}

static void rail_dead_band(sp_turn *turn)
{
	if (is_in_dead_band(turn, sp_move_index(&turn->move)) && !goes_home(turn, SP_RAIL_dead_band))
		sp_guardrails_hold(&turn->move, SP_RAIL_dead_band);
}

static void rail_grid(sp_turn *turn)
{
	if (sp_book_prices(turn, sp_move_index(&turn->move)) == 0)
		sp_guardrails_hold(&turn->move, SP_RAIL_grid);
}

/* --- promises --- */

/* When the move would take effect; is that announced ahead? */
static int64_t takes_effect(const sp_turn *turn, bool *announced)
{
	return sp_book_not_before(turn, sp_move_index(&turn->move), announced);
}

static void rail_no_raise_before(sp_turn *turn)
{
	int64_t before_ns = turn->setup->rails.no_raise_before_ns;
	bool announced;

	if (before_ns != SP_PARAM_NONE && raises(turn) && takes_effect(turn, &announced) < before_ns)
		sp_rails_hold(turn, SP_RAIL_no_raise_before);
}

static bool in_blackout(const sp_turn *turn, int64_t t_ns)
{
	const sp_setup *setup = turn->engine->setup;

	for (uint32_t i = 0; i < setup->n_blackouts; i++) {
		if ((turn->setup->blackouts >> i & 1) && t_ns >= setup->blackouts[i].from_ns &&
		    t_ns < setup->blackouts[i].to_ns)
			return true;
	}
	return false;
}

/* Neither told in a blackout nor, a moment before one, in force in it. */
static void rail_blackout(sp_turn *turn)
{
	bool announced;
	int64_t not_before = takes_effect(turn, &announced);

	if (in_blackout(turn, turn->now_ns) || (!announced && in_blackout(turn, not_before)))
		sp_rails_hold(turn, SP_RAIL_blackout);
}

/* Our own outage raises no price. Only its end opens the way again: a sender that fell silent has not said that it is over. */
static void rail_incident(sp_turn *turn)
{
	const sp_gauge *incident =
	    &turn->engine->gauges[sp_engine_gauge(turn->engine, SP_SUBJECT_POOL, turn->setup->pool, SP_KIND_incident)];

	if (raises(turn) && incident->seen && incident->value.real > 0)
		sp_rails_hold(turn, SP_RAIL_incident);
}

static void rail_pending_full(sp_turn *turn)
{
	bool announced;

	takes_effect(turn, &announced);
	if (!announced || sp_book_has_room(turn, sp_move_index(&turn->move)))
		return;
	turn->pending_full = true;
	sp_rails_hold(turn, SP_RAIL_pending_full);
}

static void rail_notice(sp_turn *turn)
{
	bool announced;

	takes_effect(turn, &announced);
	if (announced)
		turn->move.binds |= SP_RAIL_BIT(notice);
}

/* --- the order --- */

/* Whom a rail leaves alone. By hand: a person waits for nothing (decision 0007). Recovering: from outside the bounds that last
 * toward them (R6); marginal cost moves every minute and is no such bound (decision 0025). Still: what leads nowhere. */
#define BY_HAND    1u
#define RECOVERING 2u
#define STILL      4u

typedef struct rail_row {
	void (*apply)(sp_turn *turn);
	uint32_t passes;
} rail_row;

/* The order of the rails, whole. */
static const rail_row rail_rows[] = {
    /* SATURATING: cost_rate_day; floor, ceiling (relation); step; rate_hour; rate_day; step and bounds once more */
    {rail_saturating, 0},
    /* CLOCKS: stale_cost, stale_reliability, stale_demand */
    {rail_clocks, BY_HAND},
    /* QUANTISING */
    {rail_worst_of_last, BY_HAND | RECOVERING},
    {rail_min_interval, BY_HAND | RECOVERING | STILL},
    {rail_max_changes, BY_HAND | STILL},
    {rail_approval, BY_HAND},
    {rail_dead_band, BY_HAND | RECOVERING | STILL},
    {rail_grid, STILL},
    /* PROMISE */
    {rail_no_raise_before, STILL},
    {rail_blackout, STILL},
    {rail_incident, STILL},
    {rail_pending_full, STILL},
    {rail_notice, STILL},
    /* PORTFOLIO, over all families at the end of the tick (allot.c): revenue_share, below_cost, exploration.
     * Then the mode; last_check. */
};

static bool passes(const sp_turn *turn, uint32_t whom)
{
	return ((whom & BY_HAND) && turn->by_hand) || ((whom & STILL) && !sp_turn_leads(turn)) ||
	       ((whom & RECOVERING) && sp_guardrails_recovers(&turn->move, turn->lasting));
}

void sp_rails_apply(sp_turn *turn)
{
	if (sp_guardrails_idle(&turn->move, turn->rails.bounds)) { /* most families, most of the time */
		rail_worst_of_last(turn);
		return;
	}
	for (size_t i = 0; i < sizeof rail_rows / sizeof rail_rows[0]; i++) {
		if (!passes(turn, rail_rows[i].passes))
			rail_rows[i].apply(turn);
	}
}
