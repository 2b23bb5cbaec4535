/* book.c - the price book of one family: the version in force, those announced, and what customers were last told (R1, R2,
 * R7, R9).
 *
 * Pending versions stand in the order of their dates, of their numbers and, since a lower one withdraws those above it, of their
 * indexes; the number of the version in force is below theirs. A SKU's told price is state: it is rounded once, toward the price told
 * before, and never recomputed. Before a family tells, its book is copied: see publication.c. */
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "controller/engine/family.h"

static uint32_t first_sku(const sp_turn *turn)
{
	return turn->setup->first_sku;
}

static uint32_t end_sku(const sp_turn *turn)
{
	return turn->setup->first_sku + turn->setup->n_skus;
}

/* --- prices on their grid --- */

int64_t sp_book_price_at(const sp_sku_setup *sku, int64_t index_ppb, int64_t told_nano)
{
	__int128 exact = (__int128)sku->sheet.nano * index_ppb; /* in 10^-9 nano-USD */
	__int128 unit = (__int128)sku->grid.nano * SP_NANO;
	int64_t below = (int64_t)(exact / unit) * sku->grid.nano;
	int64_t above = below + sku->grid.nano;

	SP_ASSERT(index_ppb > 0 && sku->grid.nano > 0);
	if (exact % unit == 0)
		return below;
	/* A told price that is off the grid (the world's own) stands where rounding would pass it: no raise lowers a price. */
	if (told_nano > below && told_nano < above)
		return told_nano;
	return told_nano <= below ? below : above;
}

/* At most what a price may be: beyond leads only an index that the world made, or a sheet that an operator accepted. */
static int64_t capped(const sp_sku_setup *sku, int64_t nano)
{
	int64_t most = SP_PRICE_MAX_NANO / sku->grid.nano * sku->grid.nano;

	return nano > most ? most : nano;
}

int64_t sp_book_price_anew(const sp_sku_setup *sku, int64_t index_ppb, int64_t told_nano)
{
	return capped(sku, sp_book_price_at(sku, index_ppb, told_nano));
}

/* Into the SKU's own bounds, where that stays within a grid unit of the exact product: outside its bounds the index is on its
 * way back, and so is the price. Prices stay above zero. */
static int64_t into_bounds(const sp_turn *turn, const sp_sku_setup *sku, int64_t index_ppb, int64_t nano)
{
	int64_t low = sp_sku_floor(sku, &turn->setup->rails).nano, high = sp_sku_ceiling(sku, &turn->setup->rails).nano;
	int64_t bounded = nano < low ? low : nano > high ? high : nano;
	__int128 off = (__int128)bounded * SP_NANO - (__int128)sku->sheet.nano * index_ppb;
	__int128 unit = (__int128)sku->grid.nano * SP_NANO;

	if (off >= unit || off <= -unit)
		bounded = nano;
	return bounded < sku->grid.nano ? sku->grid.nano : capped(sku, bounded);
}

/* A version that exists already keeps its prices: going back to it changes no digit. */
static int64_t price_told(const sp_turn *turn, uint32_t sku, int64_t index_ppb)
{
	const sp_family_book *book = &turn->state->book;
	const sp_sku_book *prices = &turn->engine->skus[sku].book;
	const sp_sku_setup *setup = &turn->engine->setup->skus[sku];

	if (index_ppb == book->told_ppb)
		return prices->told_nano;
	if (index_ppb == book->in_force_ppb)
		return prices->in_force_nano;
	for (uint32_t i = 0; i < book->n_pending; i++) {
		if (index_ppb == book->pending[i].index_ppb)
			return prices->pending_nano[i];
	}
	return into_bounds(turn, setup, index_ppb, sp_book_price_at(setup, index_ppb, prices->told_nano));
}

bool sp_book_outside(const sp_turn *turn, int64_t index_ppb)
{
	return index_ppb < turn->state->bounds.low || index_ppb > turn->state->bounds.high;
}

sp_offer sp_book_offer(const sp_turn *turn, int64_t index_ppb)
{
	return sp_offer_outside(turn->setup, turn->state->bounds, index_ppb);
}

/* The first of the pending versions above an index: they are withdrawn when it is told. */
static uint32_t first_above(const sp_family_book *book, int64_t index_ppb)
{
	uint32_t i = book->n_pending;

	while (i > 0 && book->pending[i - 1].index_ppb > index_ppb)
		i--;
	return i;
}

/* The version that a new one of this index stands on: what was told after it is withdrawn. */
static uint64_t stands_on(const sp_family_book *book, int64_t index_ppb)
{
	uint32_t keep = first_above(book, index_ppb);

	return keep > 0 ? book->pending[keep - 1].version : book->in_force_version;
}

/* Would a SKU's told price now come later, because the versions that said it first are withdrawn? */
static bool comes_later(const sp_turn *turn, uint32_t sku, int64_t index_ppb)
{
	const sp_family_book *book = &turn->state->book;
	const sp_sku_book *prices = &turn->engine->skus[sku].book;
	uint32_t keep = first_above(book, index_ppb);

	if (keep == book->n_pending || index_ppb == book->told_ppb)
		return false;
	return prices->told_nano != (keep > 0 ? prices->pending_nano[keep - 1] : prices->in_force_nano);
}

static sp_price *next_price(sp_turn *turn)
{
	sp_decision *decision = turn->decision;
	sp_price *price = turn->tick->prices + (decision->prices - turn->tick->prices) + decision->n_prices++;

	SP_ASSERT(price < turn->tick->prices + turn->tick->prices_max);
	return price;
}

uint32_t sp_book_prices(sp_turn *turn, int64_t index_ppb)
{
	bool announced;
	int64_t not_before = sp_book_not_before(turn, index_ppb, &announced);
	const sp_setup *setup = turn->engine->setup;
	sp_offer offer = sp_book_offer(turn, index_ppb);
	uint32_t changed = 0;

	if (!announced) /* nobody knows how full the pool will be on a later day */
		offer = sp_offer_stricter(offer, (sp_offer)turn->state->shed);
	turn->decision->n_prices = 0;
	for (uint32_t i = first_sku(turn); i < end_sku(turn); i++) {
		int64_t before = turn->engine->skus[i].book.told_nano, nano = price_told(turn, i, index_ppb);
		if (nano == before && !comes_later(turn, i, index_ppb))
			continue;
		changed += nano != before;
		*next_price(turn) = (sp_price){
		    .sku = i,
		    .sku_id = setup->skus[i].id,
		    .unit = setup->skus[i].unit,
		    .version = turn->state->version + 1,
		    .parent = stands_on(&turn->state->book, index_ppb),
		    .before = {before},
		    .amount = {nano},
		    .offer = offer,
		    .not_before_ns = not_before,
		    .not_before_existing_ns = not_before,
		};
	}
	return changed;
}

/* --- dates --- */

/* The first moment at or after t that lies in no blackout of the family. */
static int64_t after_blackouts(const sp_turn *turn, int64_t t_ns)
{
	const sp_setup *setup = turn->engine->setup;
	bool moved = true;

	while (moved) {
		moved = false;
		for (uint32_t i = 0; i < setup->n_blackouts; i++) {
			if (!(turn->setup->blackouts >> i & 1) || t_ns < setup->blackouts[i].from_ns ||
			    t_ns >= setup->blackouts[i].to_ns)
				continue;
			t_ns = setup->blackouts[i].to_ns;
			moved = true;
		}
	}
	return t_ns;
}

int64_t sp_book_not_before(const sp_turn *turn, int64_t index_ppb, bool *announced)
{
	const sp_family_book *book = &turn->state->book;
	int64_t soonest = turn->now_ns + turn->engine->setup->lateness_ns + turn->engine->setup->convergence_ns;
	int64_t notice = turn->setup->rails.notice_ns, earlier;
	uint32_t keep;

	*announced = index_ppb > book->in_force_ppb && (notice > 0 || book->n_pending > 0);
	if (!*announced)
		return soonest;
	keep = first_above(book, index_ppb);
	if (keep > 0 && book->pending[keep - 1].index_ppb == index_ppb) /* stands already */
		return book->pending[keep - 1].not_before_ns;
	if (keep < book->n_pending) /* a lowered raise keeps the latest date withdrawn (R1) */
		return book->pending[book->n_pending - 1].not_before_ns;
	soonest = turn->now_ns + notice > soonest ? turn->now_ns + notice : soonest;
	earlier = keep > 0 ? book->pending[keep - 1].not_before_ns : book->not_before_ns;
	soonest = soonest > earlier ? soonest : earlier + 1; /* dates rise strictly (R1) */
	return after_blackouts(turn, soonest);
}

bool sp_book_has_room(const sp_turn *turn, int64_t index_ppb)
{
	return first_above(&turn->state->book, index_ppb) < SP_PENDING_MAX;
}

/* --- what the world charges (R2) --- */

static const sp_gauge *list_price(const sp_engine *engine, uint32_t sku)
{
	return &engine->gauges[sp_engine_gauge(engine, SP_SUBJECT_SKU, sku, SP_KIND_list_price)];
}

/* The index that a list price says; false where it says none that an index can be, or is older than the version in force: then
 * that version is the price. */
static bool list_index(const sp_engine *engine, uint32_t sku, int64_t *ppb)
{
	const sp_gauge *gauge = list_price(engine, sku);
	const sp_family_state *state = &engine->families[engine->setup->skus[sku].family];

	return gauge->seen && gauge->t_ns >= state->book.activated_t_ns &&
	       sp_muldiv_even(gauge->value.nano, SP_NANO, engine->setup->skus[sku].sheet.nano, ppb) == SP_OK &&
	       *ppb >= SP_INDEX_MIN_PPB && *ppb <= SP_INDEX_MAX_PPB;
}

/* In observe and propose a list price of a later event time says what is in force, whatever was announced. */
static bool world_spoke_later(const sp_turn *turn, int64_t t_ns)
{
	int64_t ppb;

	for (uint32_t i = first_sku(turn); i < end_sku(turn) && turn->setup->mode != SP_MODE_AUTO; i++) {
		if (list_index(turn->engine, i, &ppb) && list_price(turn->engine, i)->t_ns > t_ns)
			return true;
	}
	return false;
}

/* --- into force --- */

static void activate_sku(sp_turn *turn, uint32_t sku, int64_t nano, uint64_t version)
{
	sp_sku_book *prices = &turn->engine->skus[sku].book;
	sp_decision *decision = turn->decision;
	sp_activation *at =
	    turn->tick->activations + (decision->activated - turn->tick->activations) + decision->n_activated;

	if (prices->in_force_nano == nano)
		return;
	prices->in_force_nano = nano;
	decision->n_activated++;
	SP_ASSERT(at < turn->tick->activations + turn->tick->activations_max);
	*at = (sp_activation){sku, turn->engine->setup->skus[sku].id, version, {nano}};
}

/* Forgets the first n pending versions. */
static void drop_pending(sp_turn *turn, uint32_t n)
{
	sp_family_book *book = &turn->state->book;
	uint32_t left = book->n_pending - n;

	SP_ASSERT(n <= book->n_pending);
	memmove(book->pending, book->pending + n, left * sizeof book->pending[0]);
	memset(book->pending + left, 0, n * sizeof book->pending[0]);
	for (uint32_t i = first_sku(turn); i < end_sku(turn); i++) {
		int64_t *nano = turn->engine->skus[i].book.pending_nano;
		memmove(nano, nano + n, left * sizeof nano[0]);
		memset(nano + left, 0, n * sizeof nano[0]);
	}
	book->n_pending = left;
}

void sp_book_activate(sp_turn *turn)
{
	sp_family_book *book = &turn->state->book;
	uint32_t due = 0;

	while (due < book->n_pending && book->pending[due].not_before_ns <= turn->now_ns)
		due++;
	if (due == 0)
		return;
	if (!world_spoke_later(turn, book->pending[due - 1].not_before_ns)) {
		const sp_pending *last = &book->pending[due - 1];
		for (uint32_t i = first_sku(turn); i < end_sku(turn); i++)
			activate_sku(turn, i, turn->engine->skus[i].book.pending_nano[due - 1], last->version);
		book->in_force_ppb = last->index_ppb;
		book->in_force_cost_ppb = last->cost_ppb;
		book->in_force_version = last->version;
		book->not_before_ns = book->activated_t_ns = last->not_before_ns;
	}
	drop_pending(turn, due);
	turn->state->list_dirty |= book->n_pending == 0 && book->told_ppb != book->in_force_ppb;
}

/* --- following what is real (R2) --- */

/* The lower median of what the SKUs' list prices say, by counting; false when none says anything. */
static bool list_median(const sp_turn *turn, int64_t *median_ppb)
{
	uint32_t n = 0;
	int64_t x, y;

	for (uint32_t i = first_sku(turn); i < end_sku(turn); i++)
		n += list_index(turn->engine, i, &x);
	for (uint32_t i = first_sku(turn); i < end_sku(turn) && n > 0; i++) {
		uint32_t below = 0, equal = 0;
		if (!list_index(turn->engine, i, &x))
			continue;
		for (uint32_t j = first_sku(turn); j < end_sku(turn); j++) {
			if (!list_index(turn->engine, j, &y))
				continue;
			below += y < x;
			equal += y == x;
		}
		if (below <= (n - 1) / 2 && (n - 1) / 2 < below + equal) {
			*median_ppb = x;
			return true;
		}
	}
	return false;
}

/* When the world began to charge what it charges: the newest of the list prices that count. */
static int64_t list_since(const sp_turn *turn)
{
	int64_t since_ns = SP_TIME_MIN_NS, ppb;

	for (uint32_t i = first_sku(turn); i < end_sku(turn); i++) {
		int64_t t_ns = list_price(turn->engine, i)->t_ns;
		if (list_index(turn->engine, i, &ppb) && t_ns > since_ns)
			since_ns = t_ns;
	}
	return since_ns < turn->now_ns ? since_ns : turn->now_ns;
}

/* The world's own price is a new version in force. Those announced stand on it from now on, and their numbers stay above it. */
static void follow_into_force(sp_turn *turn, int64_t index_ppb)
{
	sp_family_state *state = turn->state;
	sp_family_book *book = &state->book;

	book->in_force_ppb = index_ppb;
	book->in_force_cost_ppb = 0;
	book->in_force_version = ++state->version;
	book->not_before_ns = list_since(turn);
	for (uint32_t i = 0; i < book->n_pending; i++)
		book->told_version = book->pending[i].version = ++state->version;
	state->told_ns = SP_TIME_NEVER; /* what stood before is no more */
}

void sp_book_follow(sp_turn *turn)
{
	sp_engine *engine = turn->engine;
	sp_family_book *book = &turn->state->book;
	int64_t ppb, x, before = book->told_ppb;
	uint32_t changed = turn->decision->n_activated;

	if (!turn->state->list_dirty || turn->setup->mode == SP_MODE_AUTO)
		return;
	turn->state->list_dirty = 0;
	if (!list_median(turn, &ppb))
		return;
	for (uint32_t i = first_sku(turn); i < end_sku(turn); i++) {
		const sp_sku_setup *sku = &engine->setup->skus[i];
		int64_t nano = list_index(engine, i, &x) ? list_price(engine, i)->value.nano
		                                         : sp_book_price_anew(sku, ppb, engine->skus[i].book.in_force_nano);
		activate_sku(turn, i, nano, turn->state->version + 1);
		if (book->n_pending == 0)
			engine->skus[i].book.told_nano = engine->skus[i].book.in_force_nano;
	}
	if (turn->decision->n_activated != changed || ppb != book->in_force_ppb)
		follow_into_force(turn, ppb);
	else if (ppb == before)
		return;
	if (book->n_pending > 0)
		return;
	book->told_ppb = ppb;
	book->told_cost_ppb = 0;
	book->told_version = book->in_force_version;
	turn->outside = ppb - before;
	sp_family_told(turn, SP_TOLD_OUTSIDE, before, 1);
}

bool sp_book_differs(const sp_turn *turn)
{
	for (uint32_t i = first_sku(turn); i < end_sku(turn); i++) {
		const sp_gauge *gauge = list_price(turn->engine, i);
		int64_t nano = turn->engine->skus[i].book.in_force_nano;
		__int128 off;
		if (!gauge->seen || gauge->t_ns < turn->state->book.activated_t_ns)
			continue;
		off = (__int128)gauge->value.nano - nano;
		if ((off < 0 ? -off : off) * 1000 > nano)
			return true;
	}
	return false;
}

/* --- telling customers --- */

/* Before customers are told otherwise: what stands comes back if this never reaches them. */
static void remember(sp_turn *turn)
{
	sp_family_state *state = turn->state;

	state->former = state->book;
	for (uint32_t i = first_sku(turn); i < end_sku(turn); i++)
		turn->engine->skus[i].former = turn->engine->skus[i].book;
	state->told_ns = turn->now_ns;
}

static void tell_at_once(sp_turn *turn, int64_t index_ppb, int64_t cost_ppb)
{
	sp_family_book *book = &turn->state->book;

	for (uint32_t i = first_sku(turn); i < end_sku(turn); i++)
		turn->engine->skus[i].book.in_force_nano = turn->engine->skus[i].book.told_nano;
	book->in_force_ppb = index_ppb;
	book->in_force_cost_ppb = cost_ppb;
	book->activated_t_ns = turn->now_ns;
}

static void tell_pending(sp_turn *turn, int64_t index_ppb, int64_t cost_ppb, int64_t not_before_ns)
{
	sp_family_book *book = &turn->state->book;
	uint32_t place = book->n_pending++;

	SP_ASSERT(place < SP_PENDING_MAX);
	SP_ASSERT(place == 0 || book->pending[place - 1].not_before_ns < not_before_ns);
	book->pending[place] = (sp_pending){index_ppb, cost_ppb, not_before_ns, turn->state->version};
	for (uint32_t i = first_sku(turn); i < end_sku(turn); i++)
		turn->engine->skus[i].book.pending_nano[place] = turn->engine->skus[i].book.told_nano;
}

/* Withdraws the pending versions above an index; is one left of exactly that index, it is what was told then. */
static bool withdraw_above(sp_turn *turn, int64_t index_ppb)
{
	sp_family_book *book = &turn->state->book;
	uint32_t keep = first_above(book, index_ppb);

	for (uint32_t i = first_sku(turn); i < end_sku(turn); i++) {
		for (uint32_t p = keep; p < book->n_pending; p++)
			turn->engine->skus[i].book.pending_nano[p] = 0;
	}
	memset(book->pending + keep, 0, (book->n_pending - keep) * sizeof book->pending[0]);
	book->n_pending = keep;
	return keep > 0 && book->pending[keep - 1].index_ppb == index_ppb;
}

void sp_book_tell(sp_turn *turn, int64_t index_ppb, int64_t cost_ppb)
{
	sp_family_book *book = &turn->state->book;
	bool announced, stands;
	int64_t not_before = sp_book_not_before(turn, index_ppb, &announced);

	SP_ASSERT(index_ppb >= SP_INDEX_MIN_PPB && index_ppb <= SP_INDEX_MAX_PPB);
	remember(turn);
	for (uint32_t i = 0; i < turn->decision->n_prices; i++)
		turn->engine->skus[turn->decision->prices[i].sku].book.told_nano = turn->decision->prices[i].amount.nano;
	stands = withdraw_above(turn, announced ? index_ppb : 0); /* told at once: nothing waits any more */
	book->told_version = ++turn->state->version;
	book->told_ppb = index_ppb;
	book->told_cost_ppb = cost_ppb;
	if (!announced) {
		book->in_force_version = book->told_version;
		book->not_before_ns = not_before;
	}
	if (!announced && index_ppb == book->in_force_ppb) {
		book->told_cost_ppb = book->in_force_cost_ppb;
	} else if (!announced) {
		tell_at_once(turn, index_ppb, cost_ppb);
	} else if (stands) {
		book->told_cost_ppb = book->pending[book->n_pending - 1].cost_ppb;
		book->pending[book->n_pending - 1].version = book->told_version;
	} else {
		tell_pending(turn, index_ppb, cost_ppb, not_before);
	}
}
