/* hostile.c - see hostile.h. */
#include "tests/engine/hostile.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/math.h"
#include "policies/price/blend.h"

#define PERCENT INT64_C(10000000)

static bool one_in(sp_rng *rng, uint64_t n)
{
	return sp_rng_below(rng, n) == 0;
}

static int64_t any_of(sp_rng *rng, const int64_t *list, size_t n)
{
	return list[sp_rng_below(rng, n)];
}

#define ANY_OF(rng, ...) \
	any_of((rng), (const int64_t[]){__VA_ARGS__}, sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

/* --- parameters from all over a table of rows --- */

/* The ends, or anywhere between, by size where the range spans many. */
static double hostile_within(sp_rng *rng, double low, double high)
{
	uint64_t how = sp_rng_below(rng, 6);

	if (how == 0)
		return low;
	if (how == 1)
		return high;
	if (low > 0 && how < 5)
		return sp_clamp(low * sp_exp(sp_rng_uniform(rng) * sp_log(high / low)), low, high);
	return low + sp_rng_uniform(rng) * (high - low);
}

static void hostile_field(sp_rng *rng, const sp_param *row, void *record)
{
	char *field = (char *)record + row->offset;
	double x = hostile_within(rng, row->min, row->max);
	int64_t n = (int64_t)(row->type == SP_PARAM_COUNT ? x : x * 1e9);
	uint32_t choices = 0;
	bool flag = one_in(rng, 2);

	switch (row->type) {
	case SP_PARAM_REAL:
		memcpy(field, &x, sizeof x);
		return;
	case SP_PARAM_CHOICE:
		while (row->choices[choices] != NULL)
			choices++;
		choices = (uint32_t)sp_rng_below(rng, choices);
		memcpy(field, &choices, sizeof choices);
		return;
	case SP_PARAM_FLAG:
		memcpy(field, &flag, sizeof flag);
		return;
	case SP_PARAM_TIME:
		n = WORLD_START + (int64_t)sp_rng_below(rng, 40) * SP_DAY;
		break;
	default:
		break;
	}
	memcpy(field, &n, sizeof n);
}

/* Every third row is moved, the others keep their initial values; what the law itself refuses is drawn again. */
static void hostile_params(sp_rng *rng, const sp_law_ops *law, void *params, size_t size)
{
	sp_message message;

	for (int tries = 0; tries < 8; tries++) {
		memset(params, 0, size);
		sp_params_init(law->params, law->n_params, params);
		for (size_t i = 0; i < law->n_params; i++)
			if (one_in(rng, 3))
				hostile_field(rng, &law->params[i], params);
		if (law->check == NULL || law->check(params, &message) == SP_OK)
			return;
	}
	memset(params, 0, size);
	sp_params_init(law->params, law->n_params, params);
}

static void hostile_blend(sp_rng *rng, sp_blend *blend)
{
	static const char *const parts[] = {"cost_plus",    "utilization_pi", "schedule",
	                                    "margin_curve", "cost_recovery",  "fixed"};
	sp_message message;

	for (blend->n = 0; blend->n < SP_BLEND_PARTS;) {
		sp_blend_part *part = &blend->parts[blend->n];
		const char *name = parts[sp_rng_below(rng, sizeof parts / sizeof *parts)];
		if (sp_blend_set(part, sp_law_find(name, strlen(name)), &message) == SP_OK)
			blend->n++;
		part->weight_ppb =
		    blend->how == SP_BLEND_WEIGHTS ? SP_NANO / SP_BLEND_PARTS + (blend->n == SP_BLEND_PARTS) : SP_NANO;
		if (one_in(rng, 3) && blend->n > 0)
			break;
	}
	if (blend->n > 0 && blend->how == SP_BLEND_WEIGHTS)
		blend->parts[0].weight_ppb = SP_NANO - (blend->n - 1) * (SP_NANO / SP_BLEND_PARTS);
	for (uint32_t i = 1; i < blend->n && blend->how == SP_BLEND_WEIGHTS; i++)
		blend->parts[i].weight_ppb = SP_NANO / SP_BLEND_PARTS;
}

static void hostile_law(sp_rng *rng, sp_family_setup *f)
{
	size_t n = 0;
	sp_message message;

	while (sp_laws[n] != NULL)
		n++;
	n = sp_rng_below(rng, n + 4); /* the scripted one in four of so many */
	f->law = &world_law;
	memset(f->law_params, 0, sizeof f->law_params);
	for (size_t i = 0; sp_laws[i] != NULL; i++)
		f->law = i == n ? sp_laws[i] : f->law;
	if (f->law == &world_law)
		return;
	hostile_params(rng, f->law, f->law_params, sizeof f->law_params);
	if (strcmp(f->law->name, "blend") != 0)
		return;
	hostile_blend(rng, (sp_blend *)(void *)f->law_params);
	if (f->law->check(f->law_params, &message) != SP_OK)
		f->law = &world_law;
}

/* --- guardrails --- */

static int64_t hostile_ratio(sp_rng *rng)
{
	return ANY_OF(rng, SP_PARAM_NONE, SP_PARAM_NONE, 1000, PERCENT / 10, PERCENT, 3 * PERCENT, 5 * PERCENT,
	              25 * PERCENT, 60 * PERCENT, SP_NANO, 10 * SP_NANO);
}

static void hostile_rails(sp_rng *rng, sp_guardrails *g)
{
	g->floor_ppb = ANY_OF(rng, 1000, PERCENT, 50 * PERCENT, 50 * PERCENT, 90 * PERCENT, 100 * PERCENT);
	g->ceiling_ppb =
	    ANY_OF(rng, 100 * PERCENT, 101 * PERCENT, 200 * PERCENT, 200 * PERCENT, 1000 * PERCENT, 1000 * SP_NANO);
	g->max_step_ppb = hostile_ratio(rng);
	g->max_per_hour_ppb = hostile_ratio(rng);
	g->max_per_day_ppb = hostile_ratio(rng);
	g->cost_max_per_day_ppb = hostile_ratio(rng);
	g->worst_of_last_ns = ANY_OF(rng, 0, 0, 0, 1, 5 * SP_MIN, SP_DAY);
	g->min_interval_ns = ANY_OF(rng, 0, 0, 0, 5 * SP_MIN, SP_HOUR, 4 * SP_HOUR);
	g->dead_band_ppb = ANY_OF(rng, 0, 0, 0, 1, PERCENT / 2, 5 * PERCENT);
	g->max_changes = ANY_OF(rng, SP_PARAM_NONE, SP_PARAM_NONE, 1, 4, SP_CHANGES_MAX);
	g->changes_window_ns = ANY_OF(rng, SP_MIN, SP_HOUR, SP_DAY, 92 * SP_DAY);
	g->no_raise_before_ns = one_in(rng, 8) ? WORLD_START + SP_DAY : SP_PARAM_NONE;
	g->least_margin_ppb = ANY_OF(rng, SP_PARAM_NONE, SP_PARAM_NONE, 0, 10 * PERCENT, 100 * SP_NANO);
	g->restrict_at_ppb = ANY_OF(rng, SP_PARAM_NONE, PERCENT, 85 * PERCENT, 100 * SP_NANO);
	g->close_at_ppb = ANY_OF(rng, SP_PARAM_NONE, 85 * PERCENT, 100 * PERCENT);
	g->notice_ns = ANY_OF(rng, 0, 0, 0, 1, 10 * SP_MIN, 6 * SP_HOUR, 30 * SP_DAY);
	g->outside = (uint32_t)sp_rng_below(rng, 2);
}

/* --- a world --- */

static void hostile_pool(sp_rng *rng, sp_pool_setup *pool)
{
	static const char *const kinds[] = {"ewma", "ewma", "local_level", "local_trend", "holt", "hampel"};

	for (int i = 0; i < 2; i++) {
		sp_estimator_setup *estimator = i == 0 ? &pool->load : &pool->cost;
		const char *name = kinds[sp_rng_below(rng, sizeof kinds / sizeof *kinds)];
		estimator->ops = sp_estimator_find(name, strlen(name));
		memset(estimator->params, 0, sizeof estimator->params);
		sp_params_init(estimator->ops->params, estimator->ops->n_params, estimator->params);
	}
	for (int clock = 0; clock < SP_CLOCKS; clock++) {
		pool->clocks[clock].feed = one_in(rng, 2) ? SP_FEED_ABSENT : (uint32_t)sp_rng_below(rng, 3);
		pool->clocks[clock].max_age_ns = ANY_OF(rng, SP_SEC, 15 * SP_MIN, SP_DAY, 30 * SP_DAY);
	}
	pool->capacity = (uint32_t)sp_rng_below(rng, 2);
	pool->max_hold_ns = ANY_OF(rng, SP_MIN, SP_HOUR, 6 * SP_HOUR, SP_DAY);
	pool->units_per_gpu_s = (double)ANY_OF(rng, 1, 1000, 1000, 1000000000);
	pool->setpoint_ppb = ANY_OF(rng, PERCENT, 70 * PERCENT, 70 * PERCENT, 100 * PERCENT);
	pool->load_tolerance_ppb = ANY_OF(rng, PERCENT, 10 * PERCENT, SP_NANO);
}

static void hostile_lots(sp_rng *rng, world *w)
{
	for (uint32_t i = 0; i < w->setup.n_lots; i++) {
		w->lots[i].by_signal = one_in(rng, 2);
		w->lots[i].usd_per_gpu_h.nano = w->lots[i].by_signal ? 0 : ANY_OF(rng, 100000, 2 * SP_NANO, 10000 * SP_NANO);
	}
	world_add_lot(w, "burst", 0);
	w->lots[1].kind = one_in(rng, 2) ? SP_LOT_SPOT : SP_LOT_ON_DEMAND;
	w->lots[1].by_signal = true;
	w->lots[1].usd_per_gpu_h.nano = 0;
	w->lots[1].step_gpus = ANY_OF(rng, 1, 8);
	w->lots[1].gpus = ANY_OF(rng, 8, 64);
}

static void hostile_skus(sp_rng *rng, world *w, uint32_t family)
{
	const sp_family_setup *f = &w->families[family];

	for (uint32_t i = f->first_sku; i < f->first_sku + f->n_skus; i++) {
		w->skus[i].sheet.nano =
		    one_in(rng, 2) ? w->skus[i].sheet.nano : ANY_OF(rng, 1, 7, 999, SP_NANO / 3, 5 * SP_NANO, 1000 * SP_NANO);
		w->skus[i].grid.nano = ANY_OF(rng, 1, 1, 1, 1000, SP_NANO / 1000);
		if (w->skus[i].sheet.nano % w->skus[i].grid.nano != 0)
			w->skus[i].grid.nano = 1; /* a sheet is on its grid */
		w->skus[i].variable_cost.nano = one_in(rng, 2) ? 0 : w->skus[i].sheet.nano / 4;
		w->skus[i].floor.nano = one_in(rng, 4) ? w->skus[i].sheet.nano * 3 / 5 : 0;
		w->skus[i].ceiling.nano = one_in(rng, 4) ? w->skus[i].sheet.nano * 3 / 2 : 0;
		w->skus[i].weight = one_in(rng, 4) ? (double)ANY_OF(rng, 1, 1000000) : w->skus[i].weight;
	}
}

/* Some are marked for experiments, most of them where one may run; what would hold one for good is there, too. */
static void hostile_experiment(sp_rng *rng, sp_family_setup *f)
{
	sp_experiment_setup *e = &f->experiment;

	if (one_in(rng, 2))
		return;
	e->size_ppb = ANY_OF(rng, PERCENT / 2, 10 * PERCENT, 10 * PERCENT, 50 * PERCENT);
	e->block_ns = ANY_OF(rng, SP_HOUR, SP_HOUR, SP_HOUR, 2 * SP_DAY);
	e->blocks = ANY_OF(rng, 1, 5, 1000);
	e->budget.nano = ANY_OF(rng, 0, 1, SP_NANO, 1000000000 * SP_NANO, 1000000000 * SP_NANO, 1000000000 * SP_NANO);
	e->enough = (double)ANY_OF(rng, 0, 0, 1, 10);
	if (one_in(rng, 4))
		return;
	f->mode = SP_MODE_AUTO;
	f->cuts = SP_CUTS_AUTO;
	f->rails.notice_ns = 0;
}

/* What a configuration check would refuse is drawn again, and at last given up: bounds that cross, and a sheet outside them. */
static void hostile_family(sp_rng *rng, world *w, uint32_t family)
{
	sp_family_setup *f = &w->families[family];
	sp_index low, high;

	w->setup.pools = w->pools;
	w->setup.families = w->families;
	w->setup.skus = w->skus;
	for (int tries = 0; tries < 20; tries++) {
		hostile_rails(rng, &f->rails);
		hostile_skus(rng, w, family);
		if (sp_setup_bounds(&w->setup, family, &low, &high) == SP_OK)
			break;
		f->rails.floor_ppb = PERCENT, f->rails.ceiling_ppb = 200 * PERCENT;
		for (uint32_t i = f->first_sku; i < f->first_sku + f->n_skus; i++)
			w->skus[i].sheet.nano = 5 * SP_NANO, w->skus[i].grid.nano = 1,
			w->skus[i].floor.nano = w->skus[i].ceiling.nano = 0;
	}
	f->rails.at_most_ppb = SP_PARAM_NONE;
	f->mode = (uint32_t)ANY_OF(rng, SP_MODE_AUTO, SP_MODE_AUTO, SP_MODE_AUTO, SP_MODE_PROPOSE, SP_MODE_OBSERVE);
	f->cuts = one_in(rng, 5) ? SP_CUTS_PROPOSE : SP_CUTS_AUTO;
	f->blackouts = one_in(rng, 8);
	hostile_experiment(rng, f);
	hostile_law(rng, f);
	if (one_in(rng, 2))
		sp_params_init(sp_loop_params, sp_loop_n_params, &f->loop);
}

/* Families of which each bounds some after it, or before: never round and round. */
static void hostile_relations(sp_rng *rng, world *w)
{
	uint32_t n = w->setup.n_families;
	bool back = one_in(rng, 2);

	for (uint32_t i = 1; i < n; i++) {
		uint32_t other = (uint32_t)sp_rng_below(rng, i);
		sp_family_setup *f = &w->families[back ? n - 1 - i : i];
		if (!one_in(rng, 4))
			continue;
		f->rails.at_most_ppb = ANY_OF(rng, 60 * PERCENT, SP_NANO, 10 * SP_NANO);
		f->relation = back ? n - 1 - other : other;
	}
}

void hostile_open(world *w, sp_rng *rng)
{
	static const char *const more[] = {"g", "h", "i"};
	uint64_t families = 1 + sp_rng_below(rng, 4);

	world_init(w);
	hostile_lots(rng, w);
	hostile_pool(rng, &w->pools[0]);
	hostile_family(rng, w, 0);
	for (uint32_t i = 1; i < families; i++) {
		world_add_family(w, more[i - 1], 0);
		hostile_family(rng, w, i);
	}
	hostile_relations(rng, w);
	w->setup.n_blackouts = 1;
	w->setup.blackouts[0] = (sp_blackout){WORLD_START + SP_HOUR, WORLD_START + 3 * SP_HOUR};
	if (one_in(rng, 3)) {
		w->setup.revenue_share_ppb = ANY_OF(rng, SP_PARAM_NONE, PERCENT, 30 * PERCENT, SP_NANO);
		w->setup.revenue_window_ns = ANY_OF(rng, SP_HOUR, SP_DAY);
		w->setup.below_cost_budget.nano = ANY_OF(rng, SP_PARAM_NONE, 0, 1000 * SP_NANO);
	}
	if (one_in(rng, 4))
		w->setup.explore_budget.nano = ANY_OF(rng, 0, SP_NANO, 1000000 * SP_NANO);
	if (one_in(rng, 4))
		w->setup.period_ns = ANY_OF(rng, SP_SEC, 10 * SP_MIN, SP_DAY);
	world_build(w);
}

/* --- what is sent --- */

static double hostile_real(sp_rng *rng, const sp_kind *kind)
{
	switch (sp_rng_below(rng, 24)) {
	case 0:
		return (double)NAN;
	case 1:
		return one_in(rng, 2) ? HUGE_VAL : -HUGE_VAL;
	case 2:
		return one_in(rng, 2) ? 4.9e-324 : -4.9e-324;
	case 3:
		return one_in(rng, 2) ? 0.0 : -0.0;
	case 4:
		return one_in(rng, 2) ? kind->max : kind->min;
	case 5:
		return kind->max * (one_in(rng, 2) ? 1 + DBL_EPSILON : -1);
	case 6:
		return one_in(rng, 2) ? DBL_MAX : DBL_MIN;
	case 7:
		return kind->max * sp_exp(-60 * sp_rng_uniform(rng));
	default:
		if (kind == &sp_kinds[SP_KIND_incident])
			return one_in(rng, 8);
		return kind->max <= 2 ? 1.2 * sp_rng_uniform(rng) : 8000 * sp_rng_uniform(rng) * sp_rng_uniform(rng);
	}
}

static int64_t hostile_nano(sp_rng *rng, const sp_signal *signal, const world *w)
{
	const sp_subject *subject = &w->subjects[signal->subject];
	int64_t usual = subject->type == SP_SUBJECT_SKU ? w->skus[subject->slot].sheet.nano : 2 * SP_NANO;

	switch (sp_rng_below(rng, 16)) {
	case 0:
		return ANY_OF(rng, INT64_MIN, INT64_MAX, 0, 1, -1);
	case 1:
		return usual / ANY_OF(rng, 2, 11, 1000);
	case 2:
		return usual * ANY_OF(rng, 2, 11, 1000);
	default:
		return usual + (int64_t)((sp_rng_uniform(rng) - 0.4) * 0.6 * (double)usual);
	}
}

static int64_t hostile_time(sp_rng *rng, const world *w)
{
	int64_t t_ns = w->now_ns;

	switch (sp_rng_below(rng, 16)) {
	case 0:
		t_ns -= ANY_OF(rng, 1, SP_MIN, SP_DAY, 3650 * SP_DAY);
		break;
	case 1:
		t_ns += ANY_OF(rng, SP_MIN, SP_HOUR, SP_DAY, 3650 * SP_DAY);
		break;
	case 2:
		return one_in(rng, 2) ? SP_TIME_MIN_NS : SP_TIME_MAX_NS - 1;
	default:
		t_ns += (int64_t)sp_rng_below(rng, (uint64_t)w->setup.period_ns);
	}
	return t_ns < SP_TIME_MIN_NS ? SP_TIME_MIN_NS : t_ns;
}

/* Mostly a kind that its subject takes, and one that something hangs on. */
static uint32_t hostile_kind(sp_rng *rng, uint32_t type)
{
	uint32_t kind = (uint32_t)sp_rng_below(rng, SP_SIGNAL_KINDS);

	for (int tries = 0; tries < 4 && !(sp_kinds[kind].subjects >> type & 1); tries++)
		kind = (uint32_t)sp_rng_below(rng, SP_SIGNAL_KINDS);
	if (type == SP_SUBJECT_POOL && one_in(rng, 2))
		return SP_KIND_utilization;
	if (type == SP_SUBJECT_SKU && one_in(rng, 2))
		return SP_KIND_demand;
	if (type == SP_SUBJECT_LOT && one_in(rng, 2))
		return SP_KIND_usd_per_gpu_h;
	return kind;
}

static void hostile_command(world *w, sp_rng *rng)
{
	sp_command command = {.kind = (uint32_t)sp_rng_below(rng, SP_COMMAND_KINDS + 1), .by = "ann"};

	command.slot = (uint32_t)sp_rng_below(rng, w->setup.n_families + 1);
	command.scope = (uint32_t)sp_rng_below(rng, 3);
	if (command.kind == SP_COMMAND_FREEZE && !one_in(rng, 5))
		command.kind = SP_COMMAND_THAW;
	if (command.kind == SP_COMMAND_THAW && one_in(rng, 2)) /* a freeze of everything ends soon */
		command.scope = SP_SCOPE_ALL;
	if (command.kind == SP_COMMAND_FREEZE && one_in(rng, 2))
		command.withdraw_ns = w->now_ns;
	command.index.ppb = one_in(rng, 4) ? ANY_OF(rng, INT64_MIN, INT64_MAX, 0, -1, 1000)
	                                   : SP_NANO + (int64_t)((sp_rng_uniform(rng) - 0.5) * 1e9);
	command.alarm = (uint32_t)sp_rng_below(rng, SP_ALARM_CODES + 1);
	command.raised = one_in(rng, 2);
	command.published_ns = w->now_ns + ANY_OF(rng, 0, SP_SEC, SP_HOUR);
	sp_engine_command(w->engine, &command);
}

bool hostile_send(world *w, sp_rng *rng)
{
	sp_signal signal = {.subject = (uint32_t)sp_rng_below(rng, w->setup.n_subjects)};

	if (one_in(rng, 50)) {
		hostile_command(w, rng);
		return true;
	}
	signal.kind = hostile_kind(rng, w->subjects[signal.subject].type);
	signal.t_ns = hostile_time(rng, w);
	if (sp_kinds[signal.kind].money)
		signal.value.nano = hostile_nano(rng, &signal, w);
	else
		signal.value.real = hostile_real(rng, &sp_kinds[signal.kind]);
	return sp_engine_take(w->engine, &signal) == SP_REFUSED_none;
}

int64_t hostile_next(const world *w, sp_rng *rng)
{
	if (!one_in(rng, 8))
		return w->now_ns + w->setup.period_ns;
	return w->now_ns + ANY_OF(rng, 1, SP_SEC, 7 * SP_MIN, SP_HOUR, 5 * SP_HOUR, 2 * SP_DAY, 40 * SP_DAY);
}
