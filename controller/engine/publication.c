/* publication.c - what becomes of a telling that reached the feed late, or never (R9, R18).
 *
 * A tick's decisions are committed, then published. A commit that took long must not change the past: what was told takes effect
 * only some time after its publication. And a freeze may bar a committed tick from publication: customers never saw what it
 * told, so what stood before comes back, to the digit. Versions that came into force by their date at that tick stay: they had been
 * told before. */
#include "base/assert.h"
#include "base/time.h"
#include "controller/engine/family.h"

static void delay(int64_t *not_before_ns, int64_t soonest_ns)
{
	if (*not_before_ns < soonest_ns)
		*not_before_ns = soonest_ns;
}

void sp_publication_delay(sp_engine *engine, uint32_t family, int64_t soonest_ns)
{
	sp_family_state *state = &engine->families[family];
	sp_family_book *book = &state->book;

	if (state->told_ns == SP_TIME_NEVER || state->told_ns != engine->head->now_ns)
		return;
	if (book->n_pending == 0) {
		SP_ASSERT(book->in_force_version == book->told_version);
		delay(&book->not_before_ns, soonest_ns);
	} else { /* the last of them: dates go on rising */
		SP_ASSERT(book->pending[book->n_pending - 1].version == book->told_version);
		delay(&book->pending[book->n_pending - 1].not_before_ns, soonest_ns);
	}
}

/* What nobody was told is no change, no move of the loop and none of revenue, and no cause that a load could answer to. */
static void uncount(sp_family_state *state, int64_t barred_ns)
{
	SP_ASSERT(state->n_changes > 0);
	state->n_changes--;
	state->changes_ns[state->n_changes % SP_CHANGES_MAX] = state->counted.change_ns;
	state->moved_ns = state->counted.moved_ns;
	state->health = state->counted.health;
	if (state->response.began_ns == barred_ns)
		state->response.began_ns = SP_TIME_NEVER;
}

/* The windows of rates and of worst_of_last still hold the index that was barred, and what an experiment drew stays drawn: what limits a
 * move does so too long rather than too short. */
void sp_publication_bar(sp_engine *engine, uint32_t family, int64_t barred_ns)
{
	const sp_family_setup *setup = &engine->setup->families[family];
	sp_family_state *state = &engine->families[family];
	sp_told told = {engine->head->now_ns, SP_TOLD_WITHDRAWN, {state->book.told_ppb}, {state->former.told_ppb}, 1};

	SP_ASSERT(barred_ns > SP_TIME_MIN_NS && barred_ns < SP_TIME_MAX_NS);
	if (state->told_ns != barred_ns)
		return;
	state->book = state->former;
	for (uint32_t i = setup->first_sku; i < setup->first_sku + setup->n_skus; i++)
		engine->skus[i].book = engine->skus[i].former;
	uncount(state, barred_ns);
	sp_experiment_bar(engine, family);
	state->told_ns = SP_TIME_NEVER;
	state->withdrawn = 1;
	sp_ledger_clear(state);
	if (setup->law->told)
		setup->law->told(&told, sp_engine_law_state(engine, family), setup->law_params);
}
