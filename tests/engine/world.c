/* world.c - a small setup built by hand; see world.h. */
#include "tests/engine/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

world_script world_says;

/* --- the scripted law --- */

static const sp_law_term script_terms[] = {
    {"push", false, false, SP_CLOCK_DEMAND},
    {"cost", true, true, SP_CLOCK_COST},
    {"trend", false, false, SP_CLOCK_MARKET},
};
static const char *const script_reasons[] = {"as_told", "refused", NULL};

static void script_init(void *state, const void *params)
{
	(void)params;
	memset(state, 0, 8);
}

static void script_decide(const sp_law_input *input, void *state, const void *params, sp_wish *wish)
{
	(void)state, (void)params;
	world_says.input = *input;
	world_says.decide_calls++;
	wish->action = world_says.action;
	wish->reason = world_says.action == SP_LAW_REFUSE ? script_reasons[1] : script_reasons[0];
	wish->terms[0] = (sp_term_wish){.exact = true, .amount = {world_says.push_ppb}};
	wish->terms[1] = (sp_term_wish){.exact = true, .amount = {world_says.cost_ppb}};
	wish->terms[2] = (sp_term_wish){.log_ratio = world_says.trend};
}

static void script_told(const sp_told *told, void *state, const void *params)
{
	(void)state, (void)params;
	world_says.told = *told;
	world_says.told_calls++;
}

const sp_law_ops world_law = {
    .name = "scripted",
    .version = 1,
    .source = "tests",
    .help = "Does as the test says.",
    .state_size = 8,
    .needs = SP_NEEDS(LOAD) | SP_NEEDS(COST),
    .terms = script_terms,
    .n_terms = 3,
    .reasons = script_reasons,
    .init = script_init,
    .decide = script_decide,
    .told = script_told,
};

/* --- the setup --- */

void world_add_pool(world *w, const char *id)
{
	sp_pool_setup *pool = &w->pools[w->setup.n_pools++];

	memset(pool, 0, sizeof *pool);
	sp_params_init(sp_pool_params, sp_pool_n_params, pool);
	pool->id = id;
	pool->units_per_gpu_s = 1000;
	pool->load.ops = pool->cost.ops = sp_estimator_find("ewma", 4);
	sp_params_init(pool->load.ops->params, pool->load.ops->n_params, pool->load.params);
	sp_params_init(pool->cost.ops->params, pool->cost.ops->n_params, pool->cost.params);
	for (int clock = 0; clock < SP_CLOCKS; clock++) {
		pool->clocks[clock].feed = SP_FEED_ABSENT;
		pool->clocks[clock].max_age_ns = 15 * SP_MIN;
	}
}

void world_add_lot(world *w, const char *id, uint32_t pool)
{
	sp_lot_setup *lot = &w->lots[w->setup.n_lots++];

	memset(lot, 0, sizeof *lot);
	sp_params_init(sp_lot_params, sp_lot_n_params, lot);
	lot->id = id;
	lot->pool = pool;
	lot->kind = SP_LOT_RESERVED;
	lot->gpus = 8;
	lot->usd_per_gpu_h.nano = 2 * SP_NANO;
	w->pools[pool].n_lots++;
}

void world_add_sku(world *w, const char *meter, int64_t usd_nano, double weight)
{
	char *id = w->sku_names[w->setup.n_skus];
	sp_sku_setup *sku = &w->skus[w->setup.n_skus++];

	snprintf(id, sizeof w->sku_names[0], "%.48s/%s", w->families[w->setup.n_families - 1].id, meter);
	*sku = (sp_sku_setup){
	    .id = id,
	    .meter = meter,
	    .unit = "1M tokens",
	    .family = w->setup.n_families - 1,
	    .quantity = 1e6,
	    .weight = weight,
	    .sheet = {usd_nano},
	    .grid = {1},
	};
	w->families[w->setup.n_families - 1].n_skus++;
}

void world_add_family(world *w, const char *id, uint32_t pool)
{
	sp_family_setup *f = &w->families[w->setup.n_families++];

	memset(f, 0, sizeof *f);
	f->id = id;
	f->profile = "dynamic";
	f->pool = pool;
	f->first_sku = w->setup.n_skus;
	f->mode = SP_MODE_AUTO;
	f->law = &world_law;
	sp_params_init(sp_guardrail_params, sp_guardrail_n_params, &f->rails);
	f->rails.max_step_ppb = f->rails.max_per_day_ppb = f->rails.cost_max_per_day_ppb = SP_PARAM_NONE;
	f->rails.min_interval_ns = 0;
	world_add_sku(w, "input", SP_NANO / 10, 1);
	world_add_sku(w, "output", 4 * SP_NANO / 10, 4);
}

void *world_use_law(world *w, uint32_t family, const char *name)
{
	sp_family_setup *f = &w->families[family];

	f->law = sp_law_find(name, strlen(name));
	check_true(f->law != NULL);
	sp_params_init(f->law->params, f->law->n_params, f->law_params);
	return f->law_params;
}

void world_init(world *w)
{
	memset(w, 0, sizeof *w);
	memset(&world_says, 0, sizeof world_says);
	world_says.action = SP_LAW_MOVE;
	sp_params_init(sp_setup_params, sp_setup_n_params, &w->setup);
	w->setup.lateness_ns = 2 * SP_SEC;
	for (int kind = 0; kind < SP_SIGNAL_KINDS; kind++)
		w->setup.kinds[kind] =
		    (sp_kind_setup){sp_kinds[kind].min, sp_kinds[kind].max, sp_kinds[kind].jump, sp_kinds[kind].confirm, false};
	world_add_pool(w, "p");
	world_add_lot(w, "base", 0);
	world_add_family(w, "f", 0);
}

static uint32_t subject(world *w, const char *name, uint32_t type, uint32_t slot)
{
	uint32_t at = SP_NO_SLOT;

	check_status(sp_ids_add(w->names, name, strlen(name), &at), SP_OK);
	w->subjects[at] = (sp_subject){type, slot};
	return at;
}

void world_build(world *w)
{
	sp_setup *s = &w->setup;

	w->names = sp_ids_open();
	for (uint32_t i = 0; i < s->n_pools; i++)
		w->pools[i].subject = subject(w, w->pools[i].id, SP_SUBJECT_POOL, i);
	for (uint32_t i = 0; i < s->n_lots; i++) {
		char name[64];
		snprintf(name, sizeof name, "%s:%s", w->pools[w->lots[i].pool].id, w->lots[i].id);
		w->lots[i].subject = subject(w, name, SP_SUBJECT_LOT, i);
	}
	for (uint32_t i = 0; i < s->n_families; i++)
		w->families[i].subject = subject(w, w->families[i].id, SP_SUBJECT_FAMILY, i);
	for (uint32_t i = 0; i < s->n_skus; i++)
		w->skus[i].subject = subject(w, w->skus[i].id, SP_SUBJECT_SKU, i);
	s->pools = w->pools;
	s->lots = w->lots;
	s->families = w->families;
	s->skus = w->skus;
	s->subjects = w->subjects;
	s->names = w->names;
	s->n_subjects = sp_ids_count(w->names);
	w->engine_memory = aligned_alloc(64, (sp_engine_size(s) + 63) & ~(size_t)63);
	w->tick_memory = aligned_alloc(64, (sp_tick_size(s) + 63) & ~(size_t)63);
	w->engine = sp_engine_init(w->engine_memory, sp_engine_size(s), s);
	w->tick = sp_tick_init(w->tick_memory, sp_tick_size(s), s);
	w->now_ns = WORLD_START;
}

void world_fini(world *w)
{
	sp_ids_close(w->names);
	free(w->engine_memory);
	free(w->tick_memory);
}

/* --- living in it --- */

const sp_decision *world_tick(world *w, int64_t now_ns)
{
	w->now_ns = now_ns;
	sp_engine_tick(w->engine, now_ns, w->tick);
	for (uint32_t i = 0; i < w->tick->n_families; i++) {
		const sp_decision *d = &w->tick->decisions[i];
		check_i64(sp_decision_sum(d), d->index.ppb - d->before.ppb);
	}
	return &w->tick->decisions[0];
}

const sp_decision *world_step(world *w)
{
	return world_tick(w, w->now_ns + w->setup.period_ns);
}

const sp_decision *world_steps(world *w, int n)
{
	const sp_decision *decision = NULL;

	for (int i = 0; i < n; i++)
		decision = world_step(w);
	return decision;
}

const sp_decision *world_push(world *w, int64_t push_ppb)
{
	const sp_decision *decision;

	world_says.push_ppb = push_ppb;
	decision = world_step(w);
	world_says.push_ppb = 0;
	return decision;
}

void world_set_index(world *w, uint32_t family, int64_t index_ppb)
{
	sp_command command = {.kind = SP_COMMAND_SET_INDEX, .slot = family, .index = {index_ppb}, .by = "ann"};

	check_status(sp_engine_command(w->engine, &command), SP_OK);
}

void world_freeze(world *w, sp_scope scope, uint32_t slot)
{
	sp_command command = {.kind = SP_COMMAND_FREEZE, .scope = scope, .slot = slot, .by = "ann"};

	check_status(sp_engine_command(w->engine, &command), SP_OK);
}

void world_thaw(world *w, sp_scope scope, uint32_t slot)
{
	sp_command command = {.kind = SP_COMMAND_THAW, .scope = scope, .slot = slot, .by = "ann"};

	check_status(sp_engine_command(w->engine, &command), SP_OK);
}

void world_bar(world *w, sp_scope scope, uint32_t slot, int64_t barred_ns)
{
	sp_command command = {
	    .kind = SP_COMMAND_FREEZE, .scope = scope, .slot = slot, .withdraw_ns = barred_ns, .by = "ann"};

	check_status(sp_engine_command(w->engine, &command), SP_OK);
}

void world_published(world *w, int64_t after_ns)
{
	sp_command command = {.kind = SP_COMMAND_PUBLISHED, .published_ns = w->now_ns + after_ns};

	check_status(sp_engine_command(w->engine, &command), SP_OK);
}

sp_status world_carry(world *to, const world *from, bool accept_sheet, sp_message *message)
{
	to->now_ns = from->now_ns;
	return sp_engine_carry(to->engine, from->engine, accept_sheet, message);
}

/* --- what it answers --- */

const sp_alarm_change *world_alarm(const world *w, const char *code)
{
	for (uint32_t i = 0; i < w->tick->n_alarms; i++) {
		if (strcmp(w->tick->alarms[i].alarm.code, code) == 0)
			return &w->tick->alarms[i];
	}
	return NULL;
}

bool world_alarmed(const world *w, const char *code, const char *subject)
{
	sp_alarm alarms[64];
	uint32_t n = sp_engine_alarms(w->engine, alarms, 64);

	check_true(n <= 64);
	for (uint32_t i = 0; i < n; i++) {
		if (strcmp(alarms[i].code, code) == 0 && strcmp(alarms[i].subject, subject) == 0)
			return true;
	}
	return false;
}

world_group world_told(const world *w, uint32_t family)
{
	world_group group = {.n = 0};

	group.n = sp_engine_told(w->engine, family, group.prices);
	check_true(group.n <= w->setup.families[family].n_skus * SP_TOLD_PER_SKU);
	return group;
}

void world_check_group(const world_group *got, const world_group *want)
{
	check_u64(got->n, want->n);
	for (uint32_t i = 0; i < want->n; i++) {
		const sp_price *g = &got->prices[i], *p = &want->prices[i];
		check_text(g->sku_id, p->sku_id);
		check_text(g->unit, p->unit);
		check_u64(g->version, p->version);
		check_u64(g->parent, p->parent);
		check_money(g->before, p->before);
		check_money(g->amount, p->amount);
		check_money(g->fallback, p->fallback);
		check_i64(g->offer, p->offer);
		check_i64(g->not_before_ns, p->not_before_ns);
		check_i64(g->not_before_existing_ns, p->not_before_existing_ns);
	}
}

int64_t world_price(const world *w, uint32_t sku)
{
	return sp_engine_price(w->engine, sku, NULL).nano;
}

/* --- signals --- */

sp_refusal world_send_at(world *w, sp_signal_kind kind, const char *name, double value, int64_t t_ns)
{
	sp_signal signal = {.t_ns = t_ns, .kind = kind, .subject = sp_ids_find(w->names, name, strlen(name))};

	check_true(signal.subject != SP_NO_SLOT);
	if (sp_kinds[kind].money)
		check_status(sp_round_even(value * 1e9, &signal.value.nano), SP_OK);
	else
		signal.value.real = value;
	return sp_engine_take(w->engine, &signal);
}

sp_refusal world_send(world *w, sp_signal_kind kind, const char *name, double value)
{
	return world_send_at(w, kind, name, value, w->now_ns);
}

int64_t world_term(const sp_decision *decision, const char *name)
{
	int64_t sum = 0;

	for (uint32_t i = 0; i < decision->n_terms; i++)
		sum += strcmp(decision->terms[i].name, name) == 0 ? decision->terms[i].index.ppb : 0;
	return sum;
}
