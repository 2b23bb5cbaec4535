/* decision.c - names of what a decision is made of, and its canonical bytes: what a tick's digest is over (R15).
 *
 * Layout (bytes.h: u8, varint, zigzag, text); differences wrap in 64 bits, so that every value has one encoding:
 *
 *     u8      outcome + 16 x offer + 128 where an experiment runs
 *     zigzag  before; then wish, index, in force, each less before            [ppb]
 *     varint  binds                                                           one bit a rail
 *     text    reason
 *     varint  number of terms, then each:  text name, zigzag difference       [ppb]
 *     u8      states of the clocks, two bits each, cost lowest; then each:    varint age [ns]
 *     varint  number of prices, then each: varint sku slot, varint version, zigzag version less parent,
 *             zigzag before, zigzag amount less before, zigzag fallback       [nano-USD]
 *             u8 offer, zigzag not_before, zigzag not_before_existing less not_before  [ns]
 *     varint  number of activations, then each: varint sku slot, varint version, zigzag amount
 *     varint  number of the experiment's block, varint propensity [ppb]       where one runs
 *
 * Not in it, so that two runs on the same inputs agree wherever they run: the tick's time, the family and its mode, names
 * of SKUs, whether the log keeps a row, epoch, paths, the configuration's hash. The digest concatenates families in
 * bytewise order of their ids, quiet ones too; every part says its own length, so nothing can pass for something else. */
#include "base/decision.h"

#include <stddef.h>

#include "base/assert.h"

static const char *const decision_modes[] = {"observe", "propose", "auto"};
static const char *const decision_offers[] = {"open", "restricted", "closed"};
static const char *const decision_clocks[] = {"cost", "demand", "reliability", "market"};
static const char *const decision_clock_states[] = {"absent", "fresh", "stale"};
static const char *const decision_outcomes[] = {"held", "observed", "proposed", "announced", "published"};

static const char *const decision_rails[SP_RAILS] = {
#define X(name, number, class) [number] = #name,
    SP_RAIL_MAP(X)
#undef X
};

static const char *const decision_rail_terms[SP_RAILS] = {
#define X(name, number, class) [number] = "rail." #name,
    SP_RAIL_MAP(X)
#undef X
};

const char *sp_rail_name(unsigned rail)
{
	return rail < SP_RAILS ? decision_rails[rail] : NULL;
}

const char *sp_rail_term(unsigned rail)
{
	return rail < SP_RAILS ? decision_rail_terms[rail] : NULL;
}

const char *sp_mode_name(sp_mode mode)
{
	SP_ASSERT((unsigned)mode < SP_MODES);
	return decision_modes[mode];
}

const char *sp_offer_name(sp_offer offer)
{
	SP_ASSERT((unsigned)offer < SP_OFFERS);
	return decision_offers[offer];
}

const char *sp_clock_name(sp_clock clock)
{
	SP_ASSERT((unsigned)clock < SP_CLOCKS);
	return decision_clocks[clock];
}

const char *sp_clock_state_name(sp_clock_state state)
{
	SP_ASSERT((unsigned)state < SP_CLOCK_STATES);
	return decision_clock_states[state];
}

const char *sp_outcome_name(sp_outcome outcome)
{
	SP_ASSERT((unsigned)outcome < SP_OUTCOMES);
	return decision_outcomes[outcome];
}

int64_t sp_decision_sum(const sp_decision *decision)
{
	SP_ASSERT(decision->n_terms <= SP_DECISION_TERMS_MAX);
	int64_t sum = 0;
	for (uint32_t i = 0; i < decision->n_terms; i++) {
		const sp_status status = sp_add(sum, decision->terms[i].index.ppb, &sum);
		SP_ASSERT(status == SP_OK);
	}
	return sum;
}

/* a - b in wrapping arithmetic: dates may be SP_TIME_NEVER. */
static void decision_put_difference(sp_writer *w, int64_t a, int64_t b)
{
	sp_put_zigzag(w, (int64_t)((uint64_t)a - (uint64_t)b));
}

static void decision_put_ledger(sp_writer *w, const sp_decision *d)
{
	sp_put_zigzag(w, d->before.ppb);
	decision_put_difference(w, d->wish.ppb, d->before.ppb);
	decision_put_difference(w, d->index.ppb, d->before.ppb);
	decision_put_difference(w, d->in_force.ppb, d->before.ppb);
	sp_put_varint(w, d->binds);
	sp_put_text(w, d->reason);
	sp_put_varint(w, d->n_terms);
	for (uint32_t i = 0; i < d->n_terms; i++) {
		sp_put_text(w, d->terms[i].name);
		sp_put_zigzag(w, d->terms[i].index.ppb);
	}
}

static void decision_put_clocks(sp_writer *w, const sp_decision *d)
{
	unsigned states = 0;
	for (unsigned i = 0; i < SP_CLOCKS; i++) {
		SP_ASSERT((unsigned)d->clocks[i].state < SP_CLOCK_STATES);
		states |= (unsigned)d->clocks[i].state << 2 * i;
	}
	sp_put_u8(w, (uint8_t)states);
	for (unsigned i = 0; i < SP_CLOCKS; i++) {
		sp_put_varint(w, (uint64_t)d->clocks[i].age_ns);
	}
}

static void decision_put_price(sp_writer *w, const sp_price *p)
{
	sp_put_varint(w, p->sku);
	sp_put_varint(w, p->version);
	decision_put_difference(w, (int64_t)p->version, (int64_t)p->parent);
	sp_put_zigzag(w, p->before.nano);
	decision_put_difference(w, p->amount.nano, p->before.nano);
	sp_put_zigzag(w, p->fallback.nano);
	sp_put_u8(w, (uint8_t)p->offer);
	sp_put_zigzag(w, p->not_before_ns);
	decision_put_difference(w, p->not_before_existing_ns, p->not_before_ns);
}

void sp_decision_encode(const sp_decision *decision, sp_writer *writer)
{
	SP_ASSERT((unsigned)decision->outcome < SP_OUTCOMES && (unsigned)decision->offer < SP_OFFERS);
	SP_ASSERT(sp_decision_sum(decision) == decision->index.ppb - decision->before.ppb);
	SP_ASSERT((decision->block > 0) == (decision->propensity_ppb > 0));
	sp_put_u8(writer,
	          (uint8_t)((unsigned)decision->outcome | (unsigned)decision->offer << 4 | (decision->block > 0) << 7));
	decision_put_ledger(writer, decision);
	decision_put_clocks(writer, decision);
	sp_put_varint(writer, decision->n_prices);
	for (uint32_t i = 0; i < decision->n_prices; i++) {
		decision_put_price(writer, &decision->prices[i]);
	}
	sp_put_varint(writer, decision->n_activated);
	for (uint32_t i = 0; i < decision->n_activated; i++) {
		sp_put_varint(writer, decision->activated[i].sku);
		sp_put_varint(writer, decision->activated[i].version);
		sp_put_zigzag(writer, decision->activated[i].amount.nano);
	}
	if (decision->block > 0) {
		sp_put_varint(writer, decision->block);
		sp_put_varint(writer, (uint64_t)decision->propensity_ppb);
	}
}
