/* carry.c - one engine takes over from another under a changed configuration, by id (R17).
 *
 * Carried whatever changed: book, announced versions, rate windows, last changes, freezes, alarms, last values and the
 * running hour. Estimator slots and law state only where kind, version and parameters are the same, else they start fresh. */
#include <string.h>

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"
#include "controller/engine/state.h"

/* The slot of a name in an engine's setup; SP_NO_SLOT where there is none, or of another type. */
static uint32_t slot_in(const sp_engine *engine, uint32_t type, const char *name)
{
	uint32_t subject = sp_ids_find(engine->setup->names, name, strlen(name));

	if (subject == SP_NO_SLOT || engine->setup->subjects[subject].type != type)
		return SP_NO_SLOT;
	return engine->setup->subjects[subject].slot;
}

/* --- may it be taken over at all? --- */

#define LOST_SHOWN   4
#define LOST_ROW_MAX (SP_ID_MAX + 32)

/* Appends " id (what)". */
static void add_row(char *rows, const char *id, const char *what)
{
	strcat(rows, rows[0] ? ", " : " ");
	strcat(rows, id);
	strcat(rows, " (");
	strcat(rows, what);
	strcat(rows, ")");
}

static sp_status find_lost(const sp_engine *to, const sp_engine *from, bool accept_sheet, sp_message *message)
{
	char rows[LOST_SHOWN * LOST_ROW_MAX] = "";
	uint32_t lost = 0;

	for (uint32_t i = 0; i < from->setup->n_skus; i++) {
		const sp_sku_setup *sku = &from->setup->skus[i];
		uint32_t now = slot_in(to, SP_SUBJECT_SKU, sku->id);
		const char *what = NULL;
		if (now == SP_NO_SLOT)
			what = "removed";
		else if (!accept_sheet && to->setup->skus[now].sheet.nano != sku->sheet.nano)
			what = "another sheet price";
		else if (strcmp(to->setup->families[to->setup->skus[now].family].id, from->setup->families[sku->family].id) !=
		         0)
			what = "another family";
		if (!what)
			continue;
		if (lost++ < LOST_SHOWN)
			add_row(rows, sku->id, what);
	}
	if (lost == 0)
		return SP_OK;
	return sp_message_set(
	    message, SP_E_MISMATCH,
	    "%u SKUs with a price in force cannot be changed by a reload:%s%s; keep their rows, or let the "
	    "operator accept the sheet",
	    lost, rows, lost > LOST_SHOWN ? ", …" : "");
}

/* --- one thing after the other --- */

/* An estimator's state goes over where its kind and parameters are the same; else it stays as it was initialised. */
static bool carry_estimator(sp_engine *to, uint32_t pool, const sp_engine *from, uint32_t former,
                            sp_pool_estimator which)
{
	const sp_estimator_setup *a = sp_engine_estimator(to, pool, which);
	const sp_estimator_setup *b = sp_engine_estimator(from, former, which);

	if (a->ops != b->ops || memcmp(a->params, b->params, a->ops->params_size) != 0)
		return false;
	memcpy(sp_engine_estimator_state(to, pool, which), sp_engine_estimator_state(from, former, which),
	       a->ops->state_size);
	return true;
}

static void carry_gauges(sp_engine *to, const sp_engine *from)
{
	for (uint32_t i = 0; i < to->setup->n_subjects; i++) {
		const sp_subject *subject = &to->setup->subjects[i];
		uint32_t former = slot_in(from, subject->type, sp_ids_name(to->setup->names, i));
		if (former == SP_NO_SLOT)
			continue;
		for (uint32_t kind = 0; kind < SP_SIGNAL_KINDS; kind++) {
			uint32_t here, there;
			if (!(sp_kinds[kind].subjects >> subject->type & 1))
				continue;
			here = sp_engine_gauge(to, subject->type, subject->slot, kind);
			there = sp_engine_gauge(from, subject->type, former, kind);
			to->gauges[here] = from->gauges[there];
			to->hours[here] = from->hours[there];
			if (to->setup->kinds[kind].total && from->setup->kinds[kind].total)
				to->totals[here] = from->totals[there];
		}
	}
}

static void carry_pool(sp_engine *to, const sp_engine *from, uint32_t pool)
{
	uint32_t former = slot_in(from, SP_SUBJECT_POOL, to->setup->pools[pool].id);

	if (former == SP_NO_SLOT)
		return;
	to->pools[pool] = from->pools[former];
	if (!carry_estimator(to, pool, from, former, SP_POOL_LOAD))
		to->pools[pool].dirty = SP_DIRTY_DEMAND | SP_DIRTY_GAUGE; /* it begins with the last load known */
	carry_estimator(to, pool, from, former, SP_POOL_GAUGED);
	if (!carry_estimator(to, pool, from, former, SP_POOL_COST))
		to->pools[pool].has_cost = 0;
}

/* A window whose span changed remembers its extremes, over the whole of the new span: never less than was promised. */
static void carry_window(sp_engine *to, const sp_engine *from, uint32_t family, uint32_t former, int window)
{
	const sp_guardrails *a = &to->setup->families[family].rails, *b = &from->setup->families[former].rails;
	sp_window *head = &to->families[family].windows[window];
	sp_window_slots *slots = &to->windows[family * SP_WINDOWS + window];
	int64_t low = head->low, high = head->high, now_ns = from->head->now_ns;

	*slots = from->windows[former * SP_WINDOWS + window];
	if (window != SP_WINDOW_WORST || a->worst_of_last_ns == b->worst_of_last_ns || head->begun < 0)
		return;
	sp_window_init(head);
	if (a->worst_of_last_ns == 0)
		return;
	sp_window_set(head, slots, a->worst_of_last_ns, now_ns, low);
	sp_window_set(head, slots, a->worst_of_last_ns, now_ns, high);
}

/* By what an accepted sheet changed a family's prices: the mean log over the SKUs that both have. */
static double sheet_moved(const sp_engine *to, const sp_engine *from, const sp_family_setup *setup)
{
	double sum = 0, n = 0;

	for (uint32_t i = setup->first_sku; i < setup->first_sku + setup->n_skus; i++) {
		uint32_t former = slot_in(from, SP_SUBJECT_SKU, to->setup->skus[i].id);
		if (former == SP_NO_SLOT)
			continue;
		n += 1;
		if (to->setup->skus[i].sheet.nano != from->setup->skus[former].sheet.nano)
			sum += sp_log((double)to->setup->skus[i].sheet.nano / (double)from->setup->skus[former].sheet.nano);
	}
	return n > 0 ? sum / n : 0;
}

static void carry_experiment(sp_engine *to, const sp_engine *from, uint32_t family, uint32_t former)
{
	const sp_family_setup *setup = &to->setup->families[family], *before = &from->setup->families[former];
	uint32_t here = to->fixed[family].experiment, there = from->fixed[former].experiment;
	bool same = memcmp(&setup->experiment, &before->experiment, sizeof setup->experiment) == 0;

	if (here != SP_NO_SLOT && there != SP_NO_SLOT)
		sp_experiment_carry(&to->experiments[here], &from->experiments[there], same, sheet_moved(to, from, setup));
}

static void carry_family(sp_engine *to, const sp_engine *from, uint32_t family)
{
	const sp_family_setup *setup = &to->setup->families[family];
	uint32_t former = slot_in(from, SP_SUBJECT_FAMILY, setup->id);
	sp_interval bounds = to->families[family].bounds;
	const sp_family_setup *before;

	if (former == SP_NO_SLOT)
		return;
	before = &from->setup->families[former];
	to->families[family] = from->families[former];
	to->families[family].bounds = bounds;
	to->families[family].demand_dirty = 1;
	for (int window = 0; window < SP_WINDOWS; window++)
		carry_window(to, from, family, former, window);
	carry_experiment(to, from, family, former);
	if (before->law == setup->law && memcmp(before->law_params, setup->law_params, setup->law->params_size) == 0) {
		memcpy(sp_engine_law_state(to, family), sp_engine_law_state(from, former), setup->law->state_size);
		return;
	}
	sp_loop_init(&to->families[family]);
	memset(to->families[family].law_terms_ppb, 0, sizeof to->families[family].law_terms_ppb);
	memset(to->families[family].rail_terms_ppb, 0, sizeof to->families[family].rail_terms_ppb);
	to->families[family].reason = UINT32_MAX;
}

/* A SKU's prices in a book of its family: sheet x index, rounded once. */
static void price_anew(const sp_sku_setup *setup, const sp_family_book *book, sp_sku_book *prices)
{
	*prices = (sp_sku_book){.in_force_nano = sp_book_price_anew(setup, book->in_force_ppb, setup->sheet.nano)};
	prices->told_nano = prices->in_force_nano;
	for (uint32_t i = 0; i < book->n_pending; i++)
		prices->told_nano = prices->pending_nano[i] =
		    sp_book_price_anew(setup, book->pending[i].index_ppb, prices->in_force_nano);
}

/* New SKUs of a family that has prices apply at sheet x index; an accepted sheet keeps the index (R17). */
static void carry_sku(sp_engine *to, const sp_engine *from, uint32_t sku)
{
	const sp_sku_setup *setup = &to->setup->skus[sku];
	const sp_family_state *family = &to->families[setup->family];
	uint32_t former = slot_in(from, SP_SUBJECT_SKU, setup->id);
	sp_sku_state *state = &to->skus[sku];

	if (former != SP_NO_SLOT)
		*state = from->skus[former];
	if (former != SP_NO_SLOT && from->setup->skus[former].sheet.nano == setup->sheet.nano)
		return;
	price_anew(setup, &family->book, &state->book);
	price_anew(setup, &family->former, &state->former);
}

sp_status sp_engine_carry(sp_engine *to, const sp_engine *from, bool accept_sheet, sp_message *message)
{
	sp_status status = find_lost(to, from, accept_sheet, message);

	SP_ASSERT(to != from);
	if (status != SP_OK)
		return status;
	*to->head = *from->head;
	carry_gauges(to, from);
	for (uint32_t i = 0; i < to->setup->n_pools; i++)
		carry_pool(to, from, i);
	for (uint32_t i = 0; i < to->setup->n_families; i++)
		carry_family(to, from, i);
	for (uint32_t i = 0; i < to->setup->n_skus; i++)
		carry_sku(to, from, i);
	return SP_OK;
}
