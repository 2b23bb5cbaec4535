/* causes.c - two scenes lined up by the names of their lots and SKUs; see causes.h. */
#include "cli/causes.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "controller/economics/share.h"

#define POOL_UNIT 1e6

/* --- lots, side by side --- */

/* Lot i of one side is lot i of the other; one that is not there does not count. */
typedef struct lots_pair {
	sp_supply_lot *lots[2]; /* owned */
	uint32_t n;
} lots_pair;

static const char *lot_id(const sp_stock *stock, uint32_t i)
{
	const sp_setup *setup = stock->scene->setup;

	return setup->lots[setup->pools[stock->pool].first_lot + i].id;
}

static uint32_t find_lot(const sp_stock *stock, const char *id)
{
	for (uint32_t i = 0; i < stock->supply.n_lots; i++)
		if (strcmp(lot_id(stock, i), id) == 0)
			return i;
	return SP_NO_SLOT;
}

static sp_status line_lots_up(const sp_causes_pair *pair, lots_pair *lots)
{
	uint32_t most = pair->from->supply.n_lots + pair->to->supply.n_lots;

	*lots = (lots_pair){
	    {calloc((size_t)most + 1, sizeof(sp_supply_lot)), calloc((size_t)most + 1, sizeof(sp_supply_lot))}, 0};
	if (!lots->lots[0] || !lots->lots[1])
		return SP_E_MEMORY;
	for (uint32_t i = 0; i < pair->from->supply.n_lots; i++, lots->n++) {
		uint32_t other = find_lot(pair->to, lot_id(pair->from, i));
		lots->lots[0][lots->n] = pair->from->lots[i];
		if (other != SP_NO_SLOT)
			lots->lots[1][lots->n] = pair->to->lots[other];
	}
	for (uint32_t i = 0; i < pair->to->supply.n_lots; i++) {
		if (find_lot(pair->from, lot_id(pair->to, i)) == SP_NO_SLOT)
			lots->lots[1][lots->n++] = pair->to->lots[i];
	}
	return SP_OK;
}

static void lots_fini(lots_pair *lots)
{
	free(lots->lots[0]);
	free(lots->lots[1]);
}

/* --- mixes, side by side --- */

typedef struct mixes_pair {
	sp_mix sides[2];
	double *amounts[2], *units[2], *mean; /* owned; by SKU of either side, in the order of ids */
	const char **skus;                    /* owned */
	uint32_t n;
	bool known; /* both are */
} mixes_pair;

static const char *sku_id(const sp_stock *stock, uint32_t family, uint32_t i)
{
	const sp_setup *setup = stock->scene->setup;
	const sp_family_setup *f = &setup->families[family];

	return i < f->n_skus ? setup->skus[f->first_sku + i].id : NULL;
}

/* One row more; a SKU that is on one side only takes there what it takes on the other, and sold nothing. */
static void add_sku(mixes_pair *mixes, const uint32_t at[2], const bool has[2], const char *id)
{
	for (int side = 0; side < 2; side++) {
		int of = has[side] ? side : 1 - side;
		mixes->units[side][mixes->n] = mixes->sides[of].units[at[of]];
		mixes->amounts[side][mixes->n] = has[side] ? mixes->sides[side].amounts[at[side]] : 0;
	}
	mixes->mean[mixes->n] = (mixes->units[0][mixes->n] + mixes->units[1][mixes->n]) / 2;
	mixes->skus[mixes->n++] = id;
}

/* Both sides are in the order of ids: merged, they stay so. */
static void merge_skus(const sp_causes_pair *pair, const uint32_t slots[2], mixes_pair *mixes)
{
	uint32_t at[2] = {0, 0};

	for (;;) {
		const char *ids[] = {sku_id(pair->from, slots[0], at[0]), sku_id(pair->to, slots[1], at[1])};
		int order = !ids[0] ? 1 : !ids[1] ? -1 : strcmp(ids[0], ids[1]);
		const bool has[] = {ids[0] && order <= 0, ids[1] && order >= 0};
		if (!ids[0] && !ids[1])
			return;
		add_sku(mixes, at, has, has[0] ? ids[0] : ids[1]);
		at[0] += has[0];
		at[1] += has[1];
	}
}

/* A mix that is known on one side only is taken on both: what is not known is no change. */
static void level_mixes(mixes_pair *mixes)
{
	const bool known[] = {mixes->sides[0].known, mixes->sides[1].known};

	mixes->known = known[0] && known[1];
	for (uint32_t i = 0; !mixes->known && i < mixes->n; i++) {
		double amount = known[0] ? mixes->amounts[0][i] : known[1] ? mixes->amounts[1][i] : 1;
		mixes->amounts[0][i] = mixes->amounts[1][i] = amount;
	}
}

static sp_status line_mixes_up(const sp_causes_pair *pair, const uint32_t slots[2], mixes_pair *mixes)
{
	size_t most;

	*mixes = (mixes_pair){0};
	if (sp_mix_open(pair->from, slots[0], &mixes->sides[0]) != SP_OK ||
	    sp_mix_open(pair->to, slots[1], &mixes->sides[1]) != SP_OK)
		return SP_E_MEMORY;
	most = (size_t)mixes->sides[0].n + mixes->sides[1].n + 1;
	for (int side = 0; side < 2; side++) {
		mixes->amounts[side] = calloc(most, sizeof(double));
		mixes->units[side] = calloc(most, sizeof(double));
	}
	mixes->mean = calloc(most, sizeof(double));
	mixes->skus = calloc(most, sizeof *mixes->skus);
	if (!mixes->amounts[0] || !mixes->amounts[1] || !mixes->units[0] || !mixes->units[1] || !mixes->mean ||
	    !mixes->skus)
		return SP_E_MEMORY;
	merge_skus(pair, slots, mixes);
	level_mixes(mixes);
	return SP_OK;
}

static void mixes_fini(mixes_pair *mixes)
{
	for (int side = 0; side < 2; side++) {
		sp_mix_close(&mixes->sides[side]);
		free(mixes->amounts[side]);
		free(mixes->units[side]);
	}
	free(mixes->mean);
	free(mixes->skus);
}

/* --- a change --- */

static sp_status units_of_family(const sp_causes_pair *pair, const uint32_t slots[2], mixes_pair *mixes,
                                 sp_cost_change *change)
{
	sp_status status = line_mixes_up(pair, slots, mixes);

	for (int i = 0; status == SP_OK && i < 4; i++)
		sp_share_mean_unit(mixes->amounts[i % 2], mixes->units[i / 2], mixes->n, &change->units[i / 2][i % 2]);
	return status;
}

static void units_of_sku(const sp_causes_pair *pair, const uint32_t slots[2], sp_cost_change *change)
{
	const sp_stock *sides[] = {pair->from, pair->to};

	for (int i = 0; i < 4; i++) {
		const sp_stock *stock = sides[i / 2];
		uint32_t sku = slots[i / 2];
		change->units[i / 2][i % 2] = stock->beliefs->weights[sku].value * stock->scene->setup->skus[sku].quantity;
	}
}

/* Costs of the unit on one side, from the one function that shows them elsewhere. */
static sp_status fall_of(const sp_stock *stock, double unit, uint32_t family, sp_waterfall *fall)
{
	bool known = stock->realised.knowledge == SP_KNOWN;
	sp_beside beside = known ? sp_stock_beside(stock, family) : (sp_beside){{{0}}, 0, 0, 0};
	sp_waterfall_input input = {&stock->supply, unit, unit, known ? &beside : NULL};
	sp_answer answer;

	return sp_waterfall_of(&input, fall, &answer);
}

static sp_status beside_of(const sp_causes_pair *pair, const sp_cost_change *change, const uint32_t families[2],
                           sp_causes *causes)
{
	sp_waterfall from, to;
	sp_status status = fall_of(pair->from, change->units[0][0], families[0], &from);

	if (status == SP_OK)
		status = fall_of(pair->to, change->units[1][1], families[1], &to);
	if (status != SP_OK)
		return status;
	causes->before = from.sellable;
	causes->after = to.sellable;
	causes->booked = to.booked;
	causes->beside_known = from.beside_known && to.beside_known;
	for (int step = SP_STEP_IDLE; step < SP_STEPS && status == SP_OK; step++)
		status = sp_sub(to.steps[step].nano, from.steps[step].nano, &causes->beside[step].nano);
	return status;
}

static void name_shifts(mixes_pair *mixes, sp_causes *causes)
{
	const double *const amounts[] = {mixes->amounts[0], mixes->amounts[1]};

	causes->mix_known = mixes->known;
	causes->shifts = calloc((size_t)mixes->n + 1, sizeof *causes->shifts);
	if (!causes->shifts || mixes->n == 0 || !mixes->known ||
	    !sp_share_shift(causes->parts[SP_CAUSE_mix], amounts, mixes->mean, mixes->n, causes->shifts))
		return;
	causes->skus = mixes->skus;
	causes->n_shifts = mixes->n;
	mixes->skus = NULL;
}

static sp_status attribute(const sp_causes_pair *pair, const uint32_t families[2], sp_cost_change *change,
                           sp_causes *causes)
{
	lots_pair lots;
	sp_status status = line_lots_up(pair, &lots);
	sp_supply from = pair->from->supply, to = pair->to->supply;

	from.lots = lots.lots[0];
	to.lots = lots.lots[1];
	from.n_lots = to.n_lots = lots.n;
	change->from = &from;
	change->to = &to;
	if (status == SP_OK)
		status = sp_cost_change_of(change, causes->parts, &causes->answer);
	if (status == SP_OK && causes->answer.knowledge == SP_KNOWN)
		status = beside_of(pair, change, families, causes);
	lots_fini(&lots);
	return status;
}

static void describe(const sp_costing sides[2], sp_causes *causes)
{
	causes->id = sides[1].id;
	snprintf(causes->unit, sizeof causes->unit, "%s", sides[1].unit);
	causes->sold_known = sides[1].sold_known;
	causes->sold_per_day = sides[1].sold_per_day;
	causes->lacks[0] = sides[0].lacks;
	causes->lacks[1] = sides[1].lacks;
}

static uint32_t family_of(const sp_stock *stock, uint32_t type, uint32_t slot)
{
	if (type == SP_SUBJECT_POOL)
		return SP_NO_SLOT;
	return type == SP_SUBJECT_FAMILY ? slot : stock->scene->setup->skus[slot].family;
}

sp_status sp_causes_of(const sp_causes_pair *pair, uint32_t type, const uint32_t slots[2], sp_causes *causes)
{
	const uint32_t families[] = {family_of(pair->from, type, slots[0]), family_of(pair->to, type, slots[1])};
	sp_cost_change change = {.units = {{POOL_UNIT, POOL_UNIT}, {POOL_UNIT, POOL_UNIT}}};
	mixes_pair mixes = {0};
	sp_costing sides[2];
	sp_status status;

	*causes = (sp_causes){.type = type, .mix_known = true};
	status = sp_costing_of(pair->from, type, slots[0], &sides[0]);
	if (status == SP_OK)
		status = sp_costing_of(pair->to, type, slots[1], &sides[1]);
	if (status != SP_OK)
		return status;
	describe(sides, causes);
	if (type == SP_SUBJECT_FAMILY)
		status = units_of_family(pair, slots, &mixes, &change);
	else if (type == SP_SUBJECT_SKU)
		units_of_sku(pair, slots, &change);
	if (status == SP_OK)
		status = attribute(pair, families, &change, causes);
	if (status == SP_OK && type == SP_SUBJECT_FAMILY && causes->answer.knowledge == SP_KNOWN)
		name_shifts(&mixes, causes);
	mixes_fini(&mixes);
	return status;
}

void sp_causes_close(sp_causes *causes)
{
	free(causes->skus);
	free(causes->shifts);
	*causes = (sp_causes){0};
}
