/* told.c - the whole group of a family for the price book: what is in force, and what is announced. */
#include "base/assert.h"
#include "base/time.h"
#include "controller/engine/state.h"

/* A date after the permitted times is none. */
static int64_t date_of(int64_t not_before_ns)
{
	return not_before_ns < SP_TIME_MAX_NS ? not_before_ns : SP_TIME_NEVER;
}

/* Writes a SKU's prices; each announced one stands on the one before it. */
static uint32_t tell_sku(const sp_engine *engine, uint32_t sku, sp_price *prices)
{
	const sp_sku_setup *setup = &engine->setup->skus[sku];
	const sp_family_setup *family = &engine->setup->families[setup->family];
	const sp_family_state *state = &engine->families[setup->family];
	const sp_family_book *book = &state->book;
	const sp_sku_book *own = &engine->skus[sku].book;
	sp_price price = {.sku = sku, .sku_id = setup->id, .unit = setup->unit};

	price.version = book->in_force_version;
	price.amount.nano = own->in_force_nano;
	price.offer = sp_offer_stricter((sp_offer)state->shed, sp_offer_outside(family, state->bounds, book->in_force_ppb));
	price.not_before_ns = price.not_before_existing_ns = date_of(book->not_before_ns);
	prices[0] = price;
	for (uint32_t i = 0; i < book->n_pending; i++) {
		const sp_pending *pending = &book->pending[i];
		SP_ASSERT(pending->version > price.version);
		price.parent = price.version;
		price.version = pending->version;
		price.before = price.amount;
		price.amount.nano = own->pending_nano[i];
		price.offer = sp_offer_outside(family, state->bounds, pending->index_ppb);
		price.not_before_ns = price.not_before_existing_ns = date_of(pending->not_before_ns);
		prices[i + 1] = price;
	}
	return 1 + book->n_pending;
}

uint32_t sp_engine_told(const sp_engine *engine, uint32_t family, sp_price *prices)
{
	const sp_family_setup *setup;
	uint32_t n = 0;

	SP_ASSERT(family < engine->setup->n_families && prices);
	setup = &engine->setup->families[family];
	for (uint32_t i = setup->first_sku; i < setup->first_sku + setup->n_skus; i++)
		n += tell_sku(engine, i, prices + n);
	SP_ASSERT(n <= setup->n_skus * SP_TOLD_PER_SKU);
	return n;
}
