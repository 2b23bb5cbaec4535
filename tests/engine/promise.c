/* promise.c - see promise.h. */
#include "tests/engine/promise.h"

#include <string.h>

#include "controller/engine/state.h"

void promise_init(promise *p)
{
	for (int i = 0; i < WORLD_FAMILIES; i++)
		p->lists[i].n = 0, p->lists[i].followed = false;
	p->broken = NULL;
	p->family = 0;
	p->told = p->tried = p->turns = 0;
}

static bool promise_keep(promise *p, bool kept, const char *what)
{
	if (!kept && p->broken == NULL)
		p->broken = what;
	return kept;
}

/* --- what was told --- */

static void promise_append(promise_list *list, int64_t t_ns, int64_t told, int64_t cost)
{
	uint32_t n = list->n;

	if (n > 0 && list->rest[n - 1] == told - cost && list->cost[n - 1] == cost)
		return;
	check_true(n < PROMISE_TOLD_MAX);
	list->t_ns[n] = t_ns;
	list->rest[n] = told - cost;
	list->cost[n] = cost;
	list->n++;
}

static int64_t promise_lowest(const sp_family_book *book)
{
	int64_t lowest = book->in_force_ppb;

	for (uint32_t i = 0; i < book->n_pending; i++)
		lowest = book->pending[i].index_ppb < lowest ? book->pending[i].index_ppb : lowest;
	return lowest;
}

void promise_before_tick(promise *p, const world *w)
{
	for (uint32_t i = 0; i < w->setup.n_families; i++) {
		const sp_family_book *book = &w->engine->families[i].book;
		p->before[i] = (promise_before){book->told_ppb, book->told_cost_ppb, book->told_experiment_ppb};
	}
}

/* --- limits, from the list and the configuration alone --- */

static int64_t promise_share(int64_t x, int64_t ratio)
{
	return x <= 0 ? 0 : (int64_t)((__int128)x * ratio / SP_NANO);
}

/* Of what was held within the span before t, up to the last: the extreme on one side. */
static int64_t promise_extreme(const promise_list *list, const int64_t *values, int64_t since_ns, bool high)
{
	int64_t extreme = values[list->n - 1];

	for (uint32_t i = list->n - 1; i-- > 0 && list->t_ns[i + 1] > since_ns;)
		if (high ? values[i] > extreme : values[i] < extreme)
			extreme = values[i];
	return extreme;
}

/* A value that is to follow the list's last one; base: what percent are of, beside the extreme. */
static bool promise_rate(const promise_list *list, bool cost, int64_t value, int64_t since_ns, int64_t ratio,
                         int64_t told)
{
	const int64_t *values = cost ? list->cost : list->rest;
	int64_t held = values[list->n - 1], held_cost = list->cost[list->n - 1];
	int64_t low = promise_extreme(list, values, since_ns, false), high = promise_extreme(list, values, since_ns, true);

	if (ratio == SP_PARAM_NONE)
		return true;
	if (value > held)
		return value <= low + promise_share(cost ? told : low + held_cost, ratio);
	return value == held || value >= high - promise_share(cost ? told : high + held_cost, ratio);
}

/* --- bounds --- */

static __int128 promise_up(__int128 x, __int128 unit)
{
	return (x + unit - 1) / unit * unit;
}

/* A SKU's own bounds [nano-USD], on its grid, inward. */
static int64_t sku_floor(const sp_sku_setup *sku, const sp_guardrails *rails)
{
	__int128 floor = promise_up((__int128)sku->sheet.nano * rails->floor_ppb, SP_NANO) / SP_NANO;

	floor = floor > sku->floor.nano ? floor : sku->floor.nano;
	return (int64_t)promise_up(floor, sku->grid.nano);
}

static int64_t sku_ceiling(const sp_sku_setup *sku, const sp_guardrails *rails)
{
	__int128 ceiling = (__int128)sku->sheet.nano * rails->ceiling_ppb / SP_NANO;

	if (sku->ceiling.nano > 0 && sku->ceiling.nano < ceiling)
		ceiling = sku->ceiling.nano;
	return (int64_t)(ceiling / sku->grid.nano * sku->grid.nano);
}

static sp_interval promise_bounds(const sp_setup *setup, const sp_family_setup *f)
{
	sp_interval bounds = {0, INT64_MAX};

	for (uint32_t i = f->first_sku; i < f->first_sku + f->n_skus; i++) {
		const sp_sku_setup *sku = &setup->skus[i];
		__int128 low = promise_up((__int128)sku_floor(sku, &f->rails) * SP_NANO, sku->sheet.nano) / sku->sheet.nano;
		__int128 high = (__int128)sku_ceiling(sku, &f->rails) * SP_NANO / sku->sheet.nano;
		bounds.low = low > bounds.low ? (int64_t)low : bounds.low;
		bounds.high = high < bounds.high ? (int64_t)high : bounds.high;
	}
	return bounds;
}

/* The most that another family's prices leave, as they stand after the tick. */
static int64_t promise_relation(const world *w, const sp_family_setup *f)
{
	const sp_family_setup *other = &w->families[f->relation];
	int64_t now = promise_lowest(&w->engine->families[f->relation].book), most = INT64_MAX;

	if (f->rails.at_most_ppb == SP_PARAM_NONE)
		return INT64_MAX;
	for (uint32_t i = f->first_sku; i < f->first_sku + f->n_skus; i++) {
		for (uint32_t j = other->first_sku; j < other->first_sku + other->n_skus; j++) {
			__int128 ratio = (__int128)f->rails.at_most_ppb * w->skus[j].sheet.nano / w->skus[i].sheet.nano;
			__int128 cap = ratio * now / SP_NANO;
			if (strcmp(w->skus[i].meter, w->skus[j].meter) == 0 && cap < most)
				most = (int64_t)cap;
		}
	}
	return most;
}

/* --- one move --- */

/* Down to the index in force, taking back or lowering a raise that waits (R1). */
static bool promise_withdraws(const sp_family_state *state, int64_t told, int64_t index)
{
	const sp_family_book *former = &state->former;

	return former->n_pending > 0 && former->in_force_ppb < told && index < told && index >= former->in_force_ppb;
}

static void promise_limits(promise *p, const world *w, const sp_decision *d, int64_t told)
{
	const sp_guardrails *rails = &w->families[d->family].rails;
	const sp_family_state *state = &w->engine->families[d->family];
	const promise_list *list = &p->lists[d->family];
	int64_t index = d->index.ppb, cost = state->book.told_cost_ppb, off = index > told ? index - told : told - index;

	if (promise_withdraws(state, told, index))
		return;
	promise_keep(p, rails->max_step_ppb == SP_PARAM_NONE || off <= promise_share(told, rails->max_step_ppb), "step");
	promise_keep(p, promise_rate(list, false, index - cost, d->t_ns - SP_HOUR, rails->max_per_hour_ppb, told),
	             "rate_hour");
	promise_keep(p, promise_rate(list, false, index - cost, d->t_ns - SP_DAY, rails->max_per_day_ppb, told),
	             "rate_day");
	promise_keep(p, promise_rate(list, true, cost, d->t_ns - SP_DAY, rails->cost_max_per_day_ppb, told),
	             "cost_rate_day");
}

static void promise_bounded(promise *p, const world *w, const sp_decision *d, int64_t told)
{
	const sp_family_setup *f = &w->families[d->family];
	sp_interval bounds = promise_bounds(&w->setup, f);
	int64_t related = promise_relation(w, f), index = d->index.ppb;

	promise_keep(p, index >= (told < bounds.low ? told : bounds.low), "floor");
	promise_keep(p, index <= (told > bounds.high ? told : bounds.high), "ceiling");
	related = related < bounds.low ? bounds.low : related;          /* the floor outranks the relation (R5) */
	promise_keep(p, index <= told || index <= related, "relation"); /* a cut may end above it: it is on its way */
}

/* Every SKU's told price, whether it was said again or not. */
static void promise_prices(promise *p, const world *w, const sp_decision *d)
{
	const sp_family_setup *f = &w->families[d->family];
	sp_interval bounds = promise_bounds(&w->setup, f);
	bool inside = d->index.ppb >= bounds.low && d->index.ppb <= bounds.high;

	for (uint32_t i = f->first_sku; i < f->first_sku + f->n_skus && !p->lists[d->family].followed; i++) {
		const sp_sku_setup *sku = &w->skus[i];
		int64_t nano = w->engine->skus[i].book.told_nano;
		__int128 off = (__int128)nano * SP_NANO - (__int128)sku->sheet.nano * d->index.ppb;
		__int128 unit = (__int128)sku->grid.nano * SP_NANO;
		promise_keep(p, off < unit && off > -unit, "a price is a grid unit or more from sheet x index");
		promise_keep(p, nano > 0 && nano % sku->grid.nano == 0, "a price is off its grid");
		promise_keep(p, !inside || (nano >= sku_floor(sku, &f->rails) && nano <= sku_ceiling(sku, &f->rails)),
		             "a price is outside its own bounds");
	}
}

/* Outside its bounds: the alarm stands, and the offer says so. */
static void promise_outside(promise *p, const world *w, const sp_decision *d)
{
	const sp_family_state *state = &w->engine->families[d->family];
	sp_interval bounds = promise_bounds(&w->setup, &w->families[d->family]);
	bool inside = state->book.in_force_ppb >= bounds.low && state->book.in_force_ppb <= bounds.high &&
	              state->book.told_ppb >= bounds.low && state->book.told_ppb <= bounds.high;

	promise_keep(p, inside || state->alarm_since_ns[0] != SP_TIME_NEVER, "outside its bounds without an alarm");
	promise_keep(p, inside || d->offer != SP_OFFER_OPEN, "outside its bounds and open");
}

/* An experiment's part grows only in a block that may run, to no more than its size; else it stays or goes home. */
static void promise_tried(promise *p, const world *w, const sp_decision *d, int64_t told)
{
	const sp_family_setup *f = &w->families[d->family];
	int64_t part = w->engine->families[d->family].book.told_experiment_ppb, before = p->before[d->family].part;
	int64_t size = f->experiment.size_ppb == SP_PARAM_NONE ? 0 : promise_share(told - before, f->experiment.size_ppb);
	bool grows = before > 0 ? part > before || part < 0 : before < 0 ? part < before || part > 0 : part != 0;
	bool may = f->mode == SP_MODE_AUTO && f->cuts == SP_CUTS_AUTO && f->rails.notice_ns == 0;

	promise_keep(p, told - before > 0 && w->engine->families[d->family].book.told_ppb - part > 0, "no base is left");
	promise_keep(p, (d->block > 0) == (d->propensity_ppb > 0), "a block without a propensity");
	promise_keep(p, d->propensity_ppb <= SP_NANO, "a propensity above one");
	promise_keep(p, d->block == 0 || (may && size > 0), "a block where none may run");
	promise_keep(p, !grows || d->block > 0, "an experiment without a block");
	promise_keep(p, !grows || f->experiment.budget.nano > 0, "an experiment without a budget");
	promise_keep(p, !grows || (part < 0 ? -part : part) <= size, "an experiment larger than its size");
	p->tried += part != before;
}

static int64_t promise_sum(const sp_decision *d)
{
	int64_t sum = 0;

	for (uint32_t i = 0; i < d->n_terms; i++)
		sum += d->terms[i].index.ppb;
	return sum;
}

static void promise_judge(promise *p, const world *w, const sp_decision *d)
{
	const sp_family_book *book = &w->engine->families[d->family].book;
	promise_list *list = &p->lists[d->family];
	int64_t outside = world_term(d, "outside"), told = d->before.ppb + outside;
	bool tells = d->outcome == SP_OUTCOME_PUBLISHED || d->outcome == SP_OUTCOME_ANNOUNCED;

	list->followed =
	    list->followed || outside != 0 || (d->n_activated > 0 && w->families[d->family].mode != SP_MODE_AUTO);
	promise_append(list, d->t_ns, told, outside != 0 ? 0 : p->before[d->family].cost);
	promise_keep(p, promise_sum(d) == d->index.ppb - d->before.ppb, "the ledger does not sum to the move");
	promise_keep(p, d->before.ppb == p->before[d->family].told, "before is not what was told");
	promise_keep(p, !(d->binds & SP_RAIL_BIT(last_check)), "the last check found a breach");
	promise_keep(p, book->told_ppb == (tells ? d->index.ppb : told), "told is not what was decided");
	promise_outside(p, w, d);
	promise_tried(p, w, d, told);
	p->turns++;
	if (!tells)
		return;
	p->told++;
	promise_limits(p, w, d, told);
	promise_bounded(p, w, d, told);
	promise_prices(p, w, d);
	promise_append(list, d->t_ns, book->told_ppb, book->told_cost_ppb);
}

bool promise_after_tick(promise *p, const world *w)
{
	for (uint32_t i = 0; i < w->setup.n_families && p->broken == NULL; i++) {
		p->family = i;
		promise_judge(p, w, &w->tick->decisions[i]);
	}
	return p->broken == NULL;
}
