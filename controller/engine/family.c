/* family.c - one family's turn in a tick: ask the law, book its terms, hold them to the rails, tell or hold.
 *
 * The order is the contract (DESIGN, "Guardrails"): versions due come into force; the world's prices are followed; the law is
 * asked; clocks; saturating rails; quantising rails; prices on their grid; promises; the mode; the last check. */
#include "controller/engine/family.h"

#include <string.h>

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"
#include "controller/engine/ask.h"

/* --- asking the law --- */

/* What the law's own index gathered since the last told is dropped where it may move nothing: a refusal is held (R19), and no
 * move is driven by a load that has gone stale, nor by what it drove while a change was waiting (R3). */
static void forget(sp_turn *turn)
{
	const sp_law_ops *law = turn->setup->law;
	sp_family_state *state = turn->state;
	bool driven = false;

	if (turn->wish.action == SP_LAW_REFUSE)
		sp_ledger_clear(state);
	for (size_t i = 0; i < law->n_terms; i++)
		driven = driven || (law->terms[i].clock == SP_CLOCK_DEMAND && state->law_terms_ppb[i] != 0);
	if (!driven || !(turn->pool->stale >> SP_CLOCK_DEMAND & 1))
		return;
	for (size_t i = 0; i < law->n_terms; i++) {
		if (!law->terms[i].level || law->terms[i].clock == SP_CLOCK_DEMAND)
			state->law_terms_ppb[i] = 0;
	}
	memset(state->rail_terms_ppb, 0, sizeof state->rail_terms_ppb); /* of increments, all of them */
	turn->move.binds |= SP_RAIL_BIT(stale_demand);
}

static void ask_law(sp_turn *turn)
{
	const sp_law_ops *law = turn->setup->law;
	sp_family_state *state = turn->state;

	if (turn->engine->pools[turn->setup->pool].has_load) {
		state->load_sum += turn->engine->pools[turn->setup->pool].load;
		state->load_count++;
	}
	sp_ask_family(turn);
	memset(&turn->wish, 0, sizeof turn->wish);
	law->decide(turn->input, sp_engine_law_state(turn->engine, turn->family), turn->setup->law_params, &turn->wish);
	SP_ASSERT(turn->wish.reason != NULL && turn->wish.action <= SP_LAW_REFUSE);
	if (law->per_change && turn->wish.action == SP_LAW_MOVE) {
		state->block_ns = turn->now_ns;
		state->load_sum = state->load_count = 0;
	}
	forget(turn);
	sp_ledger_book(turn);
	if (state->manual_ppb > 0 && (!turn->withdrawn || sp_engine_frozen(turn->engine, turn->family))) {
		turn->by_hand = true;
		turn->move.increments = state->manual_ppb - state->book.told_ppb;
		turn->move.levels = turn->move.cost = 0;
		turn->move.binds = 0;
		state->manual_ppb = 0;
	}
	turn->decision->wish.ppb = sp_move_index(&turn->move);
}

/* --- the rails of this move --- */

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
static void windows_hold_told(sp_turn *turn)
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

static void make_rails(sp_turn *turn)
{
	const sp_guardrails *rails = &turn->setup->rails;
	const sp_family_state *state = turn->state;

	turn->rails.step = sp_rails_step(state->book.told_ppb, rails->max_step_ppb);
	turn->rails.rate_hour = rate(turn, SP_WINDOW_HOUR, rails->max_per_hour_ppb);
	turn->rails.rate_day = rate(turn, SP_WINDOW_DAY, rails->max_per_day_ppb);
	turn->rails.cost_day = rate(turn, SP_WINDOW_COST_DAY, rails->cost_max_per_day_ppb);
}

/* Is there a raise that customers were told and that is not in force yet? */
static bool raise_waits(const sp_turn *turn)
{
	return turn->state->book.n_pending > 0 && turn->state->book.in_force_ppb < turn->state->book.told_ppb;
}

/* Down to the index in force, withdrawing or lowering a raise that waits skips step and rates (R1): there only the bounds
 * count. A move that the ordinary rails let go further is an ordinary cut. */
static void saturate(sp_turn *turn)
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
}

/* --- holding --- */

/* Freeze, stale clocks and promises send the law's own index back to the last told (R3). */
static void hold_and_reset(sp_turn *turn, sp_rail rail)
{
	sp_guardrails_hold(&turn->move, rail);
	turn->reset = true;
}

static bool leads(const sp_turn *turn)
{
	return sp_move_index(&turn->move) != turn->move.told;
}

/* Cost stale: no decrease; reliability stale: no decrease; two of three stale, or one for too long: nothing moves. */
static void apply_clocks(sp_turn *turn)
{
	uint32_t stale = turn->pool->stale;
	bool cost = stale >> SP_CLOCK_COST & 1, demand = stale >> SP_CLOCK_DEMAND & 1;
	bool reliability = stale >> SP_CLOCK_RELIABILITY & 1;
	bool hold = cost + demand + reliability >= 2 || turn->pool->held != 0;
	bool cut = sp_move_index(&turn->move) < turn->move.told;

	if (turn->by_hand || !leads(turn))
		return;
	if (cost && (hold || cut))
		hold_and_reset(turn, SP_RAIL_stale_cost);
	if (reliability && (hold || cut))
		hold_and_reset(turn, SP_RAIL_stale_reliability);
	if (demand && hold)
		hold_and_reset(turn, SP_RAIL_stale_demand);
}

/* Raise to the lowest, cut to the highest of what was wished for in the window. */
static void apply_worst_of_last(sp_turn *turn)
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

static bool in_dead_band(const sp_turn *turn)
{
	int64_t told = turn->move.told, off = sp_move_index(&turn->move) - told;

	return (__int128)(off < 0 ? -off : off) * SP_NANO < (__int128)told * turn->setup->rails.dead_band_ppb;
}

/* Down to the index in force, lowering or withdrawing a raise that waits needs no interval (R1); what goes beyond does. */
static void apply_min_interval(sp_turn *turn)
{
	int64_t index = sp_move_index(&turn->move), in_force = turn->state->book.in_force_ppb;

	if (turn->due)
		return;
	if (!raise_waits(turn) || index > turn->move.told)
		sp_guardrails_hold(&turn->move, SP_RAIL_min_interval);
	else if (index < in_force)
		sp_guardrails_limit(&turn->move, SP_RAIL_min_interval, in_force);
}

/* Where cuts are a person's to approve, a raise that waits is withdrawn at once all the same; what would lower the price in
 * force is proposed when the next change is due. */
static void leave_cut_to_a_person(sp_turn *turn)
{
	if (turn->setup->mode == SP_MODE_AUTO && turn->setup->cuts == SP_CUTS_PROPOSE && raise_waits(turn) &&
	    sp_move_index(&turn->move) < turn->state->book.in_force_ppb)
		sp_guardrails_limit(&turn->move, SP_RAIL_approval, turn->state->book.in_force_ppb);
}

static void quantise(sp_turn *turn)
{
	bool skips = sp_guardrails_recovers(&turn->move, turn->rails.bounds) || turn->by_hand;

	if (!skips)
		apply_worst_of_last(turn);
	if (!skips && leads(turn))
		apply_min_interval(turn);
	if (!turn->by_hand)
		leave_cut_to_a_person(turn);
	if (!skips && leads(turn) && in_dead_band(turn))
		sp_guardrails_hold(&turn->move, SP_RAIL_dead_band);
	if (leads(turn) && sp_book_prices(turn, sp_move_index(&turn->move)) == 0)
		sp_guardrails_hold(&turn->move, SP_RAIL_grid);
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

static void promise(sp_turn *turn)
{
	bool announced;
	int64_t index = sp_move_index(&turn->move), not_before;

	if (!leads(turn))
		return;
	not_before = sp_book_not_before(turn, index, &announced);
	/* Neither told in a blackout nor, a moment before one, in force in it. */
	if (in_blackout(turn, turn->now_ns) || (!announced && in_blackout(turn, not_before))) {
		hold_and_reset(turn, SP_RAIL_blackout);
	} else if (announced && !sp_book_has_room(turn, index)) {
		turn->pending_full = true;
		hold_and_reset(turn, SP_RAIL_pending_full);
	} else if (announced) {
		turn->move.binds |= SP_RAIL_BIT(notice);
	}
}

static void hold_to_rails(sp_turn *turn)
{
	make_rails(turn);
	saturate(turn);
	if (!turn->by_hand)
		sp_ledger_keep(turn);
	apply_clocks(turn);
	quantise(turn);
	promise(turn);
}

/* --- telling --- */

void sp_family_told(sp_turn *turn, sp_told_by by, int64_t before_ppb, double cost_passed)
{
	const sp_law_ops *law = turn->setup->law;
	sp_told told = {turn->now_ns, by, {before_ppb}, {turn->state->book.told_ppb}, cost_passed};

	SP_ASSERT(cost_passed >= 0 && cost_passed <= 1);
	sp_ledger_clear(turn->state);
	turn->state->book.last_move_ns = turn->now_ns;
	turn->state->load_sum = turn->state->load_count = 0;
	if (law->told)
		law->told(&told, sp_engine_law_state(turn->engine, turn->family), turn->setup->law_params);
}

/* Of what the cost terms asked for, the share that customers are told. */
static double cost_passed(const sp_turn *turn)
{
	const sp_law_ops *law = turn->setup->law;
	int64_t asked = 0;

	for (size_t i = 0; i < law->n_terms; i++)
		asked += law->terms[i].cost ? turn->state->law_terms_ppb[i] : 0;
	return asked == 0 ? 1 : sp_clamp((double)turn->move.cost / (double)asked, 0, 1);
}

static sp_outcome outcome_of(const sp_turn *turn)
{
	bool announced;
	int64_t index = sp_move_index(&turn->move);

	if (!leads(turn))
		return SP_OUTCOME_HELD;
	if (turn->setup->mode == SP_MODE_OBSERVE)
		return SP_OUTCOME_OBSERVED;
	if (!turn->by_hand) {
		if (turn->setup->mode == SP_MODE_PROPOSE)
			return SP_OUTCOME_PROPOSED;
		if (turn->setup->cuts == SP_CUTS_PROPOSE && index < turn->state->book.in_force_ppb)
			return SP_OUTCOME_PROPOSED;
	}
	sp_book_not_before(turn, index, &announced);
	return announced ? SP_OUTCOME_ANNOUNCED : SP_OUTCOME_PUBLISHED;
}

/* What the outcome does to the state. The ledger is written before, from what led here. */
static void settle(sp_turn *turn)
{
	sp_family_state *state = turn->state;
	int64_t before = state->book.told_ppb;
	double passed = turn->by_hand ? 1 : cost_passed(turn);

	switch (turn->decision->outcome) {
	case SP_OUTCOME_HELD:
		if (turn->reset || sp_ledger_own(state, turn->setup->law) == state->book.told_ppb)
			sp_ledger_clear(state);
		break;
	case SP_OUTCOME_OBSERVED:
	case SP_OUTCOME_PROPOSED: /* a would-be move: the interval counts from it, the own index goes back (R3) */
		sp_ledger_clear(state);
		state->book.last_move_ns = turn->now_ns;
		state->load_sum = state->load_count = 0;
		break;
	default:
		sp_book_tell(turn, sp_move_index(&turn->move), state->book.told_cost_ppb + turn->move.cost);
		sp_family_told(turn, turn->by_hand ? SP_TOLD_BY_HAND : SP_TOLD_BY_LAW, before, passed);
		windows_hold_told(turn);
	}
}

/* --- what is shown --- */

/* In force or told: while notice delays the way back, the offer state stands (R6). */
static bool is_outside_bounds(const sp_turn *turn)
{
	return sp_book_outside(turn, turn->state->book.in_force_ppb) || sp_book_outside(turn, turn->state->book.told_ppb);
}

static void state_alarms(sp_turn *turn)
{
	const char *id = turn->setup->id;
	int64_t *since = turn->state->alarm_since_ns;
	sp_tick *tick = turn->tick;
	int64_t now = turn->now_ns;
	bool differs = turn->setup->mode == SP_MODE_AUTO && turn->state->list_t_ns > 0 && sp_book_differs(turn);
	const bool wrong[SP_FAMILY_ALARMS] = {is_outside_bounds(turn), turn->pool->held != 0, differs, turn->pending_full,
	                                      (turn->move.binds & SP_RAIL_BIT(last_check)) != 0};

	for (int i = 0; i < SP_FAMILY_ALARMS; i++)
		sp_alarm_state(tick, &since[i], wrong[i], SP_ALARM_outside_bounds + i, id, now);
}

static const char *reason_of(const sp_turn *turn)
{
	if (turn->withdrawn)
		return "withdrawn";
	if (turn->move.binds & SP_RAIL_BIT(frozen))
		return "frozen";
	return turn->by_hand ? "set_by_hand" : turn->wish.reason;
}

static uint32_t reason_number(const sp_turn *turn)
{
	const char *const *reasons = turn->setup->law->reasons;

	if (turn->decision->reason != turn->wish.reason)
		return turn->withdrawn ? 1002 : turn->by_hand ? 1000 : 1001;
	for (uint32_t i = 0; reasons[i]; i++) {
		if (reasons[i] == turn->wish.reason)
			return i;
	}
	SP_ASSERT(false); /* a law gives reasons from its own list */
	return 0;
}

static uint32_t clocks_number(const sp_pool_scratch *pool)
{
	uint32_t number = 0;

	for (int clock = 0; clock < SP_CLOCKS; clock++)
		number = number * SP_CLOCK_STATES + pool->clocks[clock].state;
	return number;
}

/* A row is due when something moved, or when reason, binding rails or freshness changed. */
static bool is_recorded(sp_turn *turn)
{
	sp_family_state *state = turn->state;
	const sp_decision *decision = turn->decision;
	uint32_t reason = reason_number(turn), clocks = clocks_number(turn->pool);
	bool changed = reason != state->reason || clocks != state->clocks || turn->move.binds != state->binds;

	state->reason = reason;
	state->clocks = clocks;
	state->binds = turn->move.binds;
	return changed || decision->outcome != SP_OUTCOME_HELD || decision->n_activated > 0 || turn->outside != 0 ||
	       turn->withdrawn;
}

static void decide(sp_turn *turn)
{
	sp_decision *decision = turn->decision;

	if (leads(turn) && !sp_guardrails_check(&turn->move, &turn->rails))
		hold_and_reset(turn, SP_RAIL_last_check);
	if (!leads(turn))
		decision->n_prices = 0;
	decision->index.ppb = sp_move_index(&turn->move);
	decision->outcome = outcome_of(turn);
	decision->binds = turn->move.binds;
	decision->reason = reason_of(turn);
	sp_ledger_write(turn);
	settle(turn);
	decision->in_force.ppb = turn->state->book.in_force_ppb;
	decision->offer = is_outside_bounds(turn) ? SP_OFFER_RESTRICTED : SP_OFFER_OPEN;
	state_alarms(turn);
	decision->recorded = is_recorded(turn);
	SP_ASSERT(sp_decision_sum(decision) == decision->index.ppb - decision->before.ppb);
}

void sp_family_tick(sp_engine *engine, uint32_t family, int64_t now_ns, sp_tick *tick, sp_decision *decision)
{
	const sp_family_setup *setup = &engine->setup->families[family];
	sp_turn turn = {
	    .engine = engine,
	    .family = family,
	    .now_ns = now_ns,
	    .setup = setup,
	    .fixed = &engine->fixed[family],
	    .state = &engine->families[family],
	    .pool = &engine->pool_scratch[setup->pool],
	    .input = &engine->pool_scratch[setup->pool].input,
	    .tick = tick,
	    .decision = decision,
	    .withdrawn = engine->families[family].withdrawn != 0,
	};

	decision->t_ns = now_ns;
	decision->family = family;
	decision->family_id = setup->id;
	decision->policy = setup->law->name;
	decision->mode = setup->mode;
	decision->n_prices = decision->n_activated = 0;
	decision->before.ppb = turn.state->book.told_ppb;
	memcpy(decision->clocks, turn.pool->clocks, sizeof decision->clocks);
	turn.state->withdrawn = 0;

	sp_book_activate(&turn);
	sp_book_follow(&turn);
	windows_hold_told(&turn);
	ask_law(&turn);
	turn.rails.bounds = (sp_interval){turn.fixed->floor.ppb, turn.fixed->ceiling.ppb};
	/* What was frozen and thawed again within the period was frozen all the same. */
	if (sp_engine_frozen(engine, family) || turn.withdrawn)
		hold_and_reset(&turn, SP_RAIL_frozen);
	else if (!sp_guardrails_idle(&turn.move, turn.rails.bounds))
		hold_to_rails(&turn);
	else
		apply_worst_of_last(&turn);
	decide(&turn);
}
