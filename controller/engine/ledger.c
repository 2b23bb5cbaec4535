/* ledger.c - why the index moves: terms per name since the last told, in integers that sum exactly (R3, R4).
 *
 * The law's own index is not stored: it is the last told plus the ledger. Log-ratios become integers one after the other, each
 * on the index reached so far, so nothing is lost between them. */
#include <string.h>

#include "base/assert.h"
#include "base/math.h"
#include "controller/engine/family.h"

static int64_t sum(const int64_t *terms, size_t n)
{
	int64_t total = 0;

	for (size_t i = 0; i < n; i++)
		total += terms[i];
	return total;
}

/* With what an experiment made of the last told: laws are told it without. */
int64_t sp_ledger_own(const sp_family_state *state, const sp_law_ops *law)
{
	return state->book.told_ppb + sum(state->law_terms_ppb, law->n_terms) + sum(state->rail_terms_ppb, SP_SATURATING);
}

static int64_t clamp_index(int64_t ppb)
{
	return ppb < SP_INDEX_MIN_PPB ? SP_INDEX_MIN_PPB : ppb > SP_INDEX_MAX_PPB ? SP_INDEX_MAX_PPB : ppb;
}

/* An index stays where an index can be, or comes no further out: parts of a move may cancel out beyond (a cost that a rail
 * cut, and what the law gathered against it). */
static int64_t stay(int64_t reached, int64_t base)
{
	int64_t low = base < SP_INDEX_MIN_PPB ? base : SP_INDEX_MIN_PPB;
	int64_t high = base > SP_INDEX_MAX_PPB ? base : SP_INDEX_MAX_PPB;

	return reached < low ? low : reached > high ? high : reached;
}

/* What a term adds to an index of `base`. */
static int64_t term_amount(const sp_term_wish *term, int64_t base)
{
	int64_t from = clamp_index(base), reached;

	if (term->exact) {
		if (sp_add(base, term->amount.ppb, &reached) != SP_OK)
			reached = term->amount.ppb > 0 ? SP_INDEX_MAX_PPB : SP_INDEX_MIN_PPB;
		return stay(reached, base) - base;
	}
	SP_ASSERT(sp_finite(term->log_ratio));
	if (term->log_ratio == 0)
		return 0;
	if (sp_round_even((double)from * sp_exp(term->log_ratio), &reached) != SP_OK)
		reached = SP_INDEX_MAX_PPB;
	return stay(base + clamp_index(reached) - from, base) - base;
}

/* Terms whose clock is stale do not move: increments wait, levels keep their last value (DESIGN, "Clocks"). */
static bool term_waits(const sp_turn *turn, const sp_law_term *term, const sp_term_wish *wish, int64_t held,
                       uint32_t *binds)
{
	bool market = term->clock == SP_CLOCK_MARKET;

	if (market ? turn->market.state != SP_CLOCK_STALE : !(turn->pool->stale >> term->clock & 1))
		return false;
	if (term->clock == SP_CLOCK_DEMAND || market) {
		int64_t still = term->level ? held : 0;
		if (wish->exact ? wish->amount.ppb != still : wish->log_ratio != 0)
			*binds |= term->clock == SP_CLOCK_DEMAND ? SP_RAIL_BIT(stale_demand) : SP_RAIL_BIT(stale_market);
		return true;
	}
	return false;
}

/* Books the wish into the law's terms; returns its own index then. */
static int64_t book_terms(const sp_turn *turn, int64_t terms[SP_LAW_TERMS_MAX], uint32_t *binds)
{
	const sp_law_ops *law = turn->setup->law;
	const sp_family_state *state = turn->state;
	int64_t experiment = state->book.told_experiment_ppb; /* a ratio is of what the law knows */
	int64_t reached = state->book.told_ppb - experiment + sum(state->rail_terms_ppb, SP_SATURATING);

	for (size_t i = 0; i < law->n_terms; i++)
		reached += law->terms[i].level ? 0 : terms[i];
	for (size_t i = 0; i < law->n_terms; i++) {
		const sp_law_term *term = &law->terms[i];
		const sp_term_wish *wish = &turn->wish.terms[i];
		int64_t *booked = &terms[i], amount = 0;
		bool asked = turn->wish.action == SP_LAW_MOVE || (term->level && turn->wish.action == SP_LAW_HOLD);
		asked = asked && !wish->stays;
		if (asked && !term_waits(turn, term, wish, *booked, binds))
			amount = term_amount(wish, reached);
		else if (term->level)
			amount = *booked;
		*booked = term->level ? amount : *booked + amount;
		reached += amount;
	}
	return reached + experiment;
}

int64_t sp_ledger_would(const sp_turn *turn)
{
	int64_t terms[SP_LAW_TERMS_MAX];
	uint32_t binds = 0;

	memcpy(terms, turn->state->law_terms_ppb, sizeof terms);
	return book_terms(turn, terms, &binds);
}

void sp_ledger_book(sp_turn *turn)
{
	const sp_law_ops *law = turn->setup->law;
	const sp_family_state *state = turn->state;
	sp_move *move = &turn->move;
	int64_t reached = book_terms(turn, turn->state->law_terms_ppb, &move->binds);

	*move = (sp_move){.told = state->book.told_ppb, .told_cost = state->book.told_cost_ppb, .binds = move->binds};
	move->increments = sum(state->rail_terms_ppb, SP_SATURATING);
	for (size_t i = 0; i < law->n_terms; i++) {
		if (law->terms[i].cost)
			move->cost += state->law_terms_ppb[i];
		else if (law->terms[i].level)
			move->levels += state->law_terms_ppb[i];
		else
			move->increments += state->law_terms_ppb[i];
	}
	SP_ASSERT(sp_move_index(move) == reached);
}

void sp_ledger_keep(sp_turn *turn)
{
	for (int rail = 0; rail < SP_SATURATING; rail++) {
		turn->state->rail_terms_ppb[rail] += turn->move.kept[rail];
		turn->move.kept[rail] = 0; /* the rails may cut a move twice: the law's own, then with an experiment's part */
	}
}

void sp_ledger_clear(sp_family_state *state)
{
	memset(state->law_terms_ppb, 0, sizeof state->law_terms_ppb);
	memset(state->rail_terms_ppb, 0, sizeof state->rail_terms_ppb);
}

static void write_term(sp_decision *decision, const char *name, int64_t ppb)
{
	if (ppb == 0)
		return;
	SP_ASSERT(decision->n_terms < SP_DECISION_TERMS_MAX);
	decision->terms[decision->n_terms++] = (sp_term){name, {ppb}};
}

void sp_ledger_write(sp_turn *turn)
{
	const sp_law_ops *law = turn->setup->law;
	sp_decision *decision = turn->decision;

	decision->n_terms = 0;
	write_term(decision, "outside", turn->outside);
	if (turn->by_hand) {
		write_term(decision, "manual", turn->decision->wish.ppb - turn->move.told);
	} else {
		for (size_t i = 0; i < law->n_terms; i++)
			write_term(decision, law->terms[i].name, turn->state->law_terms_ppb[i]);
		write_term(decision, "experiment", turn->experiment);
	}
	for (unsigned rail = 0; rail < SP_SATURATING; rail++) {
		int64_t kept = turn->by_hand ? turn->move.kept[rail] : turn->state->rail_terms_ppb[rail];
		if (kept + turn->move.now[rail] != 0) /* most have no part in it: no need of their names */
			write_term(decision, sp_rail_term(rail), kept + turn->move.now[rail]);
	}
	for (uint32_t others = turn->move.binds >> SP_SATURATING << SP_SATURATING; others; others &= others - 1) {
		unsigned rail = (unsigned)__builtin_ctz(others);
		write_term(decision, sp_rail_term(rail), turn->move.now[rail]);
	}
}
