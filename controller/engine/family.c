/* family.c - one family's turn in a tick: ask the law, book its terms, hold them to the rails; then tell or hold.
 *
 * From a wish to what is told, in this order, which is the contract (DESIGN, "Guardrails"):
 *
 *     step                  where             what it may change
 *     come into force       book.c            the book: versions whose date has come, first of all
 *     follow                book.c            the book, by the world's own prices: `outside`
 *     ask                   ask.c, the law    the wish and the law's own state; what the load was since the last move
 *     two sources           sources.c         the wish: where they lead apart it stays as it is (`unsure`)
 *     experiment, learning  experiment.c      what is known of buyers and which block runs; no wish, no move
 *     damping               loop.c, health.h  the wish: a part of the terms that follow demand (`damped`)
 *     forget                here              the ledger, before this wish: after a refusal all, under stale demand what it drove
 *     book                  ledger.c          the ledger and the move: terms whose clock is stale wait
 *     by hand               here              the move, instead of all of the above (`by_hand`)
 *     bounds                rails.c           floor and ceiling of this tick: marginal cost, the relation
 *     experiment, asking    experiment.c      the move: its own part on top (`experiment`), none by hand
 *     offer                 here, offer.c     how full the pool is: no price
 *     frozen                here              the move: none, and none of the rails that follow
 *     rails                 rails.c           the move: shorter or none, in the order of its table; the ledger, what they keep
 *     portfolio             allot.c           the move: none, once all families have come so far
 *     relation, once more   rails.c           the move: none, where the other family has told its price meanwhile
 *     last check            guardrails.c      the move: none, and an alarm
 *     mode                  here              what becomes of it: held, observed, proposed, announced, published; the ledger, unless held
 *     tell                  here, book.c      the book and the windows; the law hears of it
 *     loop                  loop.c            what is counted of swings; the next turn's damping
 *
 * Each looks at what those before it left, and at nothing that comes after. */
#include "controller/engine/family.h"

#include <string.h>

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"
#include "controller/engine/sources.h"

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
		const sp_pool_state *pool = &turn->engine->pools[turn->setup->pool];
		state->load_apart = state->load_count > 0 ? state->load_apart : 0;
		state->load_apart += turn->pool->apart ? pool->gauged - pool->load : 0;
		state->load_sum += pool->load;
		state->load_count++;
	}
	sp_sources_ask(turn);
	turn->decision->clocks[SP_CLOCK_MARKET] = turn->market;
	sp_experiment_see(turn);
	if (law->per_change && turn->wish.action == SP_LAW_MOVE) {
		state->block_ns = turn->now_ns;
		state->load_sum = state->load_count = 0;
	}
	sp_loop_damp(turn);
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

/* --- telling --- */

void sp_family_told(sp_turn *turn, sp_told_by by, int64_t before_ppb, double cost_passed)
{
	const sp_law_ops *law = turn->setup->law;
	sp_told told = {turn->now_ns, by, {before_ppb}, {turn->state->book.told_ppb}, cost_passed};

	SP_ASSERT(cost_passed >= 0 && cost_passed <= 1);
	if (by != SP_TOLD_BY_LAW)
		sp_experiment_set(turn);
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

sp_outcome sp_family_outcome(const sp_turn *turn)
{
	bool announced;
	int64_t index = sp_move_index(&turn->move);

	if (!sp_turn_leads(turn))
		return SP_OUTCOME_HELD;
	if (turn->setup->mode == SP_MODE_OBSERVE)
		return SP_OUTCOME_OBSERVED;
	if (!turn->by_hand) {
		if (turn->setup->mode == SP_MODE_PROPOSE)
			return SP_OUTCOME_PROPOSED;
		if (turn->setup->cuts == SP_CUTS_PROPOSE && index < turn->state->book.in_force_ppb && !turn->homed)
			return SP_OUTCOME_PROPOSED;
	}
	sp_book_not_before(turn, index, &announced);
	return announced ? SP_OUTCOME_ANNOUNCED : SP_OUTCOME_PUBLISHED;
}

/* What counts this telling; sp_book_tell remembers the book itself. */
static void remember_counted(sp_family_state *state)
{
	state->counted = (sp_counted){
	    .change_ns = state->changes_ns[state->n_changes % SP_CHANGES_MAX],
	    .moved_ns = state->moved_ns,
	    .health = state->health,
	};
}

/* What the outcome does to the state. The ledger is written before, from what led here. */
static void settle(sp_turn *turn)
{
	sp_family_state *state = turn->state;
	int64_t before = state->book.told_ppb, experiment = sp_experiment_told(turn);
	double passed = turn->by_hand ? 1 : cost_passed(turn);

	switch (turn->decision->outcome) {
	case SP_OUTCOME_HELD:
		if (turn->reset || sp_ledger_own(state, turn->setup->law) == state->book.told_ppb)
			sp_ledger_clear(state);
		break;
	case SP_OUTCOME_OBSERVED:
	case SP_OUTCOME_PROPOSED: /* a would-be move: the interval counts from it, the own index goes back (R3) */
		sp_ledger_clear(state);
		sp_rails_count_change(turn);
		state->book.last_move_ns = turn->now_ns;
		state->load_sum = state->load_count = 0;
		break;
	default:
		remember_counted(state);
		sp_experiment_remember(turn);
		sp_rails_count_change(turn);
		if (!sp_rails_withdraws(turn))
			state->moved_ns = turn->now_ns;
		sp_loop_told(turn);
		sp_book_tell(turn, sp_move_index(&turn->move), state->book.told_cost_ppb + turn->move.cost);
		state->book.told_experiment_ppb = experiment;
		sp_family_told(turn, turn->by_hand ? SP_TOLD_BY_HAND : SP_TOLD_BY_LAW, before, passed);
		sp_rails_hold_told(turn);
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
	const bool wrong[SP_FAMILY_ALARMS] = {is_outside_bounds(turn),
	                                      turn->pool->held != 0,
	                                      differs,
	                                      turn->pending_full,
	                                      (turn->move.binds & SP_RAIL_BIT(last_check)) != 0,
	                                      turn->below_cost,
	                                      turn->state->health.halvings > 0};

	for (int i = 0; i < SP_FAMILY_ALARMS; i++)
		sp_alarm_state(tick, &since[i], wrong[i], SP_ALARM_outside_bounds + i, id, now);
}

static const char *reason_of(const sp_turn *turn)
{
	if (turn->withdrawn)
		return "withdrawn";
	if (turn->move.binds & SP_RAIL_BIT(frozen))
		return "frozen";
	if (turn->unsure && !turn->by_hand)
		return "sources_disagree";
	if (turn->damped && !turn->by_hand)
		return "loop_damped";
	if (turn->experiment != 0 && !turn->by_hand && turn->wish.action != SP_LAW_MOVE && sp_turn_leads(turn))
		return "experiment";
	return turn->by_hand ? "set_by_hand" : turn->wish.reason;
}

static uint32_t reason_number(const sp_turn *turn)
{
	const char *const *reasons = turn->setup->law->reasons;

	if (turn->decision->reason != turn->wish.reason)
		return turn->withdrawn                          ? 1002
		       : turn->by_hand                          ? 1000
		       : turn->move.binds & SP_RAIL_BIT(frozen) ? 1001
		       : turn->unsure                           ? 1003
		       : turn->damped                           ? 1004
		                                                : 1005;
	for (uint32_t i = 0; reasons[i]; i++) {
		if (reasons[i] == turn->wish.reason)
			return i;
	}
	SP_ASSERT(false); /* a law gives reasons from its own list */
	return 0;
}

static uint32_t clocks_number(const sp_decision *decision)
{
	uint32_t number = 0;

	for (int clock = 0; clock < SP_CLOCKS; clock++)
		number = number * SP_CLOCK_STATES + decision->clocks[clock].state;
	return number;
}

/* New load as it stands now: by the price in force and the last told, and by how full the pool is. */
static sp_offer offer_now(sp_turn *turn)
{
	const sp_family_book *book = &turn->state->book;

	return sp_offer_stricter((sp_offer)turn->state->shed, sp_offer_stricter(sp_book_offer(turn, book->in_force_ppb),
	                                                                        sp_book_offer(turn, book->told_ppb)));
}

/* A row is due when something moved, or when reason, binding rails, freshness or the offer changed. */
static bool is_recorded(sp_turn *turn)
{
	sp_family_state *state = turn->state;
	const sp_decision *decision = turn->decision;
	uint32_t reason = reason_number(turn), clocks = clocks_number(decision);
	bool changed = reason != state->reason || clocks != state->clocks || turn->move.binds != state->binds ||
	               decision->offer != state->offer;

	state->reason = reason;
	state->clocks = clocks;
	state->binds = turn->move.binds;
	state->offer = decision->offer;
	return changed || decision->outcome != SP_OUTCOME_HELD || decision->n_activated > 0 || turn->outside != 0 ||
	       turn->withdrawn;
}

void sp_family_decide(sp_turn *turn)
{
	sp_decision *decision = turn->decision;

	sp_rails_relate(turn);
	if (sp_turn_leads(turn) && !sp_guardrails_check(&turn->move, &turn->rails))
		sp_rails_hold(turn, SP_RAIL_last_check);
	if (!sp_turn_leads(turn))
		decision->n_prices = 0;
	decision->index.ppb = sp_move_index(&turn->move);
	decision->outcome = sp_family_outcome(turn);
	decision->binds = turn->move.binds;
	decision->reason = reason_of(turn);
	sp_ledger_write(turn);
	sp_experiment_log(turn);
	settle(turn);
	sp_loop_tick(turn);
	decision->in_force.ppb = turn->state->book.in_force_ppb;
	decision->offer = offer_now(turn);
	state_alarms(turn);
	decision->recorded = is_recorded(turn);
	SP_ASSERT(sp_decision_sum(decision) == decision->index.ppb - decision->before.ppb);
}

/* Load is shed by the offer, not by punishing prices: how full the pool is, as far as that is known now. */
static void shed_load(sp_turn *turn)
{
	const sp_guardrails *rails = &turn->setup->rails;
	const sp_reading *load = &turn->input->readings[SP_READING_LOAD];
	int64_t ppb;

	if (load->answer.knowledge != SP_KNOWN || load->clock == SP_CLOCK_STALE || !(turn->pool->running > 0))
		return;
	if (sp_round_even(load->estimate.value / turn->pool->running * (double)SP_NANO, &ppb) != SP_OK)
		ppb = INT64_MAX;
	turn->state->shed = sp_offer_shed((sp_offer)turn->state->shed, ppb, rails->restrict_at_ppb, rails->close_at_ppb);
}

void sp_family_begin(sp_engine *engine, uint32_t family, sp_tick *tick, sp_turn *turn)
{
	const sp_family_setup *setup = &engine->setup->families[family];
	sp_decision *decision = &tick->decisions[family];

	*turn = (sp_turn){
	    .engine = engine,
	    .family = family,
	    .now_ns = tick->t_ns,
	    .setup = setup,
	    .fixed = &engine->fixed[family],
	    .state = &engine->families[family],
	    .pool = &engine->pool_scratch[setup->pool],
	    .input = &engine->pool_scratch[setup->pool].input,
	    .tick = tick,
	    .decision = decision,
	    .withdrawn = engine->families[family].withdrawn != 0,
	};

	decision->t_ns = tick->t_ns;
	decision->family = family;
	decision->family_id = setup->id;
	decision->policy = setup->law->name;
	decision->mode = setup->mode;
	decision->n_prices = decision->n_activated = 0;
	decision->before.ppb = turn->state->book.told_ppb;
	decision->block = 0;
	decision->propensity_ppb = 0;
	memcpy(decision->clocks, turn->pool->clocks, sizeof decision->clocks);
	turn->state->withdrawn = 0;
	turn->market = turn->pool->clocks[SP_CLOCK_MARKET];

	sp_book_activate(turn);
	sp_book_follow(turn);
	sp_rails_hold_told(turn);
	ask_law(turn);
	sp_rails_bound(turn);
	sp_experiment_ask(turn);
	shed_load(turn);
	/* What was frozen and thawed again within the period was frozen all the same. */
	if (sp_engine_frozen(engine, family) || turn->withdrawn)
		sp_rails_hold(turn, SP_RAIL_frozen);
	else
		sp_rails_apply(turn);
}
