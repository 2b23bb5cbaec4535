/* test_rails_twin.c - every rail at once, against the slow twin in twin/rails.py: the whole of a small space of states, and random
 * ones.
 *
 * A state is a family that was told something (told, in force, prices), the rails of its setup, the clocks of its pool, and what its
 * law or a person wants. It is reached as in life (a tick, a raise told or announced, an hour), copied, and then decided
 * once. A second family, frozen, is there for the relation. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/engine/state.h"
#include "tests/engine/world.h"

#define POINT (SP_NANO / 100)

typedef struct state_case {
	uint32_t mode, cuts;
	bool waiting, due, full, worst, no_raise, blackout, incident, frozen, closed;
	bool stale[SP_CLOCKS];
	int64_t push, cost, hand; /* hand: 0 none */
	int64_t floor, ceiling, at_most, other, marginal, margin;
	int64_t step, day, cost_day, band, grid, notice_ns;
} state_case;

/* --- the states --- */

typedef struct stage {
	world w;
	void *memory[2];
	sp_engine *before[2]; /* a raise of 5 % in force; announced */
	int64_t now_ns;
} stage;

static void stage_send(stage *s, const bool stale[SP_CLOCKS])
{
	if (!stale[SP_CLOCK_COST])
		world_send(&s->w, SP_KIND_usd_per_gpu_h, "p:base", 2);
	if (!stale[SP_CLOCK_DEMAND])
		world_send(&s->w, SP_KIND_utilization, "p", 0.5);
	if (!stale[SP_CLOCK_RELIABILITY])
		world_send(&s->w, SP_KIND_slo, "p", 1);
}

/* 1.05, told in two steps, so that two changes stand. */
static void stage_live(stage *s, bool waiting)
{
	static const bool fresh[SP_CLOCKS];
	world *w = &s->w;

	w->families[0].rails.worst_of_last_ns = 0;
	w->engine = sp_engine_init(w->engine_memory, sp_engine_size(&w->setup), &w->setup);
	w->now_ns = WORLD_START;
	w->engine->families[1].frozen = 1;
	w->families[0].rails.notice_ns = 0;
	w->families[0].rails.max_per_day_ppb = 100 * SP_NANO; /* wide, but its window remembers */
	w->families[0].rails.cost_max_per_day_ppb = 100 * SP_NANO;
	stage_send(s, fresh);
	world_step(w);
	check_i64(world_push(w, POINT)->outcome, SP_OUTCOME_PUBLISHED);
	check_i64(world_push(w, -POINT)->outcome, SP_OUTCOME_PUBLISHED);
	w->families[0].rails.notice_ns = waiting ? 30 * SP_DAY : 0;
	check_i64(world_push(w, 5 * POINT)->outcome, waiting ? SP_OUTCOME_ANNOUNCED : SP_OUTCOME_PUBLISHED);
	s->now_ns = w->now_ns + SP_HOUR;
	s->before[waiting] = sp_engine_init(s->memory[waiting], sp_engine_size(&w->setup), &w->setup);
	sp_engine_fork(s->before[waiting], w->engine);
}

static void stage_open(stage *s)
{
	world *w = &s->w;

	world_init(w);
	world_add_family(w, "standard", 0);
	w->lots[0].by_signal = true;
	for (int clock = 0; clock <= SP_CLOCK_RELIABILITY; clock++)
		w->pools[0].clocks[clock].feed = SP_FEED_FED;
	w->setup.n_blackouts = 1;
	w->families[0].blackouts = 1;
	world_build(w);
	for (int waiting = 0; waiting < 2; waiting++) {
		s->memory[waiting] = aligned_alloc(64, (sp_engine_size(&w->setup) + 63) & ~(size_t)63);
		stage_live(s, waiting);
	}
}

static void stage_close(stage *s)
{
	free(s->memory[0]);
	free(s->memory[1]);
	world_fini(&s->w);
}

static void stage_setup(stage *s, const state_case *c)
{
	sp_family_setup *f = &s->w.families[0];
	sp_guardrails *rails = &f->rails;

	f->mode = c->mode;
	f->cuts = c->cuts;
	rails->max_step_ppb = c->step;
	rails->max_per_day_ppb = c->day;
	rails->cost_max_per_day_ppb = c->cost_day;
	rails->dead_band_ppb = c->band;
	rails->notice_ns = c->notice_ns;
	rails->min_interval_ns = c->due ? SP_HOUR : SP_HOUR + 1;
	rails->max_changes = c->full ? 3 : 4;
	rails->changes_window_ns = 2 * SP_HOUR;
	rails->worst_of_last_ns = c->worst ? 2 * SP_HOUR : 0;
	rails->no_raise_before_ns = c->no_raise ? s->now_ns + 1000 * SP_DAY : SP_PARAM_NONE;
	rails->at_most_ppb = c->at_most;
	rails->least_margin_ppb = c->margin;
	rails->outside = c->closed ? SP_OUTSIDE_CLOSED : SP_OUTSIDE_RESTRICTED;
	f->relation = 1;
	s->w.setup.blackouts[0] = (sp_blackout){s->now_ns - SP_DAY, s->now_ns + (c->blackout ? 1 : -SP_HOUR)};
	for (uint32_t i = 0; i < 2; i++) {
		s->w.skus[i].grid.nano = c->grid;
		s->w.skus[i].variable_cost.nano = s->w.skus[i].sheet.nano / 256 * (c->marginal * 256 / SP_NANO);
	}
}

/* What only a state that was lived in for longer would have. */
static void stage_poke(stage *s, const state_case *c)
{
	sp_engine *engine = s->w.engine;

	engine->fixed[0].floor.ppb = c->floor;
	engine->fixed[0].ceiling.ppb = c->ceiling;
	engine->fixed[0].relation_ppb = c->at_most == SP_PARAM_NONE ? 0 : c->at_most;
	engine->fixed[0].list_usd = engine->fixed[0].variable_usd = 0;
	for (uint32_t i = 0; i < 2; i++) {
		const sp_sku_setup *sku = &s->w.skus[i];
		engine->fixed[0].list_usd += (double)sku->sheet.nano / (sku->weight * sku->quantity * 2e9);
		engine->fixed[0].variable_usd += (double)sku->variable_cost.nano / (sku->weight * sku->quantity * 2e9);
	}
	engine->families[1].book.told_ppb = engine->families[1].book.in_force_ppb = c->other;
	engine->families[0].frozen = c->frozen;
	if (c->worst) /* until now the law wanted what is told */
		sp_window_set(&engine->families[0].windows[SP_WINDOW_WORST], &engine->windows[SP_WINDOW_WORST], 2 * SP_HOUR,
		              s->now_ns - SP_MIN, engine->families[0].book.told_ppb);
}

static const sp_decision *stage_decide(stage *s, const state_case *c)
{
	world *w = &s->w;

	stage_setup(s, c);
	sp_engine_fork(w->engine, s->before[c->waiting]);
	w->now_ns = s->now_ns - SP_MIN;
	stage_send(s, c->stale);
	world_send(w, SP_KIND_incident, "p", c->incident);
	/* an incident is a sign of life of that clock; here they are apart */
	w->engine->pools[0].reliability_t_ns = c->stale[SP_CLOCK_RELIABILITY] ? s->now_ns - SP_HOUR : s->now_ns;
	stage_poke(s, c);
	w->engine->families[0].manual_ppb = c->hand;
	world_says.push_ppb = c->push;
	world_says.cost_ppb = c->cost;
	return world_tick(w, s->now_ns);
}

/* --- what the twin is told --- */

static void put_amount(FILE *file, const char *name, int64_t amount)
{
	if (amount == SP_PARAM_NONE)
		fprintf(file, " %s=-", name);
	else
		fprintf(file, " %s=%" PRId64, name, amount);
}

static void put_case(FILE *file, const stage *s, const state_case *c)
{
	const sp_engine *before = s->before[c->waiting];
	const sp_family_book *book = &before->families[0].book;
	const struct {
		const char *name;
		int64_t amount;
	} words[] = {{"told", book->told_ppb},
	             {"in_force", book->in_force_ppb},
	             {"price0", before->skus[0].book.told_nano},
	             {"price1", before->skus[1].book.told_nano},
	             {"former0", before->skus[0].book.in_force_nano},
	             {"former1", before->skus[1].book.in_force_nano},
	             {"mode", c->mode},
	             {"cuts", c->cuts},
	             {"due", c->due},
	             {"full", c->full},
	             {"worst", c->worst},
	             {"no_raise", c->no_raise},
	             {"blackout", c->blackout},
	             {"incident", c->incident},
	             {"frozen", c->frozen},
	             {"closed", c->closed},
	             {"stale_cost", c->stale[SP_CLOCK_COST]},
	             {"stale_demand", c->stale[SP_CLOCK_DEMAND]},
	             {"stale_reliability", c->stale[SP_CLOCK_RELIABILITY]},
	             {"push", c->push},
	             {"cost", c->cost},
	             {"hand", c->hand == 0 ? SP_PARAM_NONE : c->hand},
	             {"floor", c->floor},
	             {"ceiling", c->ceiling},
	             {"at_most", c->at_most},
	             {"other", c->other},
	             {"marginal", c->marginal},
	             {"margin", c->margin},
	             {"step", c->step},
	             {"day", c->day},
	             {"cost_day", c->cost_day},
	             {"band", c->band},
	             {"grid", c->grid},
	             {"notice", c->notice_ns}};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		put_amount(file, words[i].name, words[i].amount);
	fputc('\n', file);
}

/* --- the whole of a small space --- */

static uint32_t digit(uint32_t *number, uint32_t base)
{
	uint32_t d = *number % base;

	*number /= base;
	return d;
}

#define SMALL_SPACE (4 * 8 * 3 * 3 * 2 * 2 * 2 * 2 * 2 * 2 * 2 * 2)

/* Modes x clocks x wishes x bounds x what waits, promises and people. */
static state_case small_case(uint32_t number)
{
	static const int64_t wishes[] = {0, 8 * POINT, -8 * POINT}, floors[] = {80, 110, 50}, ceilings[] = {120, 150, 90};
	state_case c = {.at_most = SP_PARAM_NONE, .margin = SP_PARAM_NONE, .other = SP_NANO, .cost_day = SP_PARAM_NONE};
	uint32_t mode = digit(&number, 4), stale = digit(&number, 8), bounds;

	c.mode = mode > SP_MODE_AUTO ? SP_MODE_AUTO : mode;
	c.cuts = mode > SP_MODE_AUTO ? SP_CUTS_PROPOSE : SP_CUTS_AUTO;
	for (int clock = 0; clock <= SP_CLOCK_RELIABILITY; clock++)
		c.stale[clock] = stale >> clock & 1;
	c.push = wishes[digit(&number, 3)];
	bounds = digit(&number, 3);
	c.floor = floors[bounds] * POINT;
	c.ceiling = ceilings[bounds] * POINT;
	c.waiting = digit(&number, 2);
	c.due = digit(&number, 2);
	c.full = digit(&number, 2);
	c.notice_ns = digit(&number, 2) ? 30 * SP_DAY : 0;
	c.no_raise = digit(&number, 2);
	c.blackout = digit(&number, 2);
	c.incident = digit(&number, 2);
	if (digit(&number, 2)) /* by hand, in the direction of the wish */
		c.hand = 105 * POINT + c.push / 2;
	c.day = SP_PARAM_NONE;
	c.step = 5 * POINT;
	c.band = POINT;
	c.grid = 1;
	return c;
}

/* --- random states --- */

static int64_t any(sp_rng *rng, int64_t low, int64_t high)
{
	return low + (int64_t)sp_rng_below(rng, (uint64_t)(high - low) + 1);
}

static bool rarely(sp_rng *rng)
{
	return sp_rng_below(rng, 8) == 0;
}

static int64_t any_ratio(sp_rng *rng)
{
	return sp_rng_below(rng, 2) ? SP_PARAM_NONE : any(rng, POINT / 100, 12 * POINT);
}

static int64_t any_part(sp_rng *rng)
{
	switch (sp_rng_below(rng, 3)) {
	case 0:
		return 0;
	case 1:
		return any(rng, -POINT / 10, POINT / 10);
	default:
		return any(rng, -30 * POINT, 30 * POINT);
	}
}

static state_case random_case(sp_rng *rng)
{
	static const int64_t grids[] = {1, 1000, 1000000, 5000000};
	state_case c = {.mode = (uint32_t)sp_rng_below(rng, 3), .cuts = (uint32_t)sp_rng_below(rng, 2)};

	c.waiting = sp_rng_below(rng, 2);
	c.due = !rarely(rng);
	c.full = rarely(rng);
	c.worst = rarely(rng);
	c.no_raise = rarely(rng);
	c.blackout = rarely(rng);
	c.incident = rarely(rng);
	c.frozen = rarely(rng);
	c.closed = sp_rng_below(rng, 2);
	for (int clock = 0; clock <= SP_CLOCK_RELIABILITY; clock++)
		c.stale[clock] = rarely(rng);
	c.push = any_part(rng);
	c.cost = any_part(rng);
	c.hand = rarely(rng) ? any(rng, 60 * POINT, 150 * POINT) : 0;
	c.floor = any(rng, 60 * POINT, 110 * POINT);
	c.ceiling = c.floor + any(rng, 0, 60 * POINT);
	c.at_most = rarely(rng) ? any(rng, 50 * POINT, 150 * POINT) : SP_PARAM_NONE;
	c.other = any(rng, 80 * POINT, 120 * POINT);
	c.marginal = (int64_t)sp_rng_below(rng, 384) * (SP_NANO / 256);
	c.marginal = c.marginal / (SP_NANO / 128) * (SP_NANO / 128);
	c.margin = rarely(rng) ? any(rng, 0, 20 * POINT) : SP_PARAM_NONE;
	c.step = any_ratio(rng);
	c.day = any_ratio(rng);
	c.cost_day = any_ratio(rng);
	c.band = sp_rng_below(rng, 2) ? 0 : any(rng, 0, 3 * POINT);
	c.grid = grids[sp_rng_below(rng, 4)];
	c.notice_ns = sp_rng_below(rng, 2) ? 30 * SP_DAY : 0;
	return c;
}

/* --- the comparison --- */

typedef struct source {
	bool random;
	uint32_t n, stride;
	sp_rng rng;
} source;

static state_case next_case(source *from, uint32_t i)
{
	return from->random ? random_case(&from->rng) : small_case(i * from->stride);
}

static FILE *ask_twin(const stage *s, source from)
{
	char path[256], command[400];
	FILE *file;

	snprintf(path, sizeof path, "%s/states", sp_check_scratch());
	file = fopen(path, "w");
	check_true(file != NULL);
	for (uint32_t i = 0; i < from.n; i++) {
		state_case c = next_case(&from, i);
		put_case(file, s, &c);
	}
	fclose(file);
	snprintf(command, sizeof command, "python3 -B tests/engine/twin/rails.py %s", path);
	file = popen(command, "r");
	check_true(file != NULL);
	return file;
}

static void compare(source from)
{
	stage s;
	FILE *answers;
	uint32_t outcomes[SP_OUTCOMES] = {0};

	if (system("command -v python3 >/dev/null") != 0)
		skip();
	stage_open(&s);
	answers = ask_twin(&s, from);
	for (uint32_t i = 0; i < from.n; i++) {
		state_case c = next_case(&from, i);
		const sp_decision *d = stage_decide(&s, &c);
		int64_t index, outcome, offer;
		uint32_t binds;
		check_i64(fscanf(answers, "%" SCNd64 " %" SCNd64 " %" SCNu32 " %" SCNd64, &index, &outcome, &binds, &offer), 4);
		if (index != d->index.ppb || outcome != d->outcome || binds != d->binds || offer != d->offer)
			put_case(stderr, &s, &c);
		check_i64(d->index.ppb, index);
		check_i64(d->outcome, outcome);
		check_u64(d->binds, binds);
		check_i64(d->offer, offer);
		outcomes[d->outcome]++;
	}
	check_i64(pclose(answers), 0);
	for (int outcome = 0; outcome < SP_OUTCOMES; outcome++)
		check_true(outcomes[outcome] > 0);
	stage_close(&s);
}

static void every_state_of_rails_modes_and_clocks_is_decided_as_the_slow_twin_does(void **state)
{
	const char *stride = getenv("SETPOINT_STRIDE"); /* a part is enough for who runs this a thousand times */
	source from = {.stride = stride ? (uint32_t)atoi(stride) : 1};

	check_true(from.stride > 0);
	from.n = SMALL_SPACE / from.stride;
	(void)state;
	compare(from);
}

static void random_states_are_decided_as_the_slow_twin_does(void **state)
{
	source from = {.random = true, .n = getenv("SETPOINT_SOAK") != NULL ? 1000000 : 10000};

	(void)state;
	sp_check_seed(__func__, &from.rng);
	compare(from);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_state_of_rails_modes_and_clocks_is_decided_as_the_slow_twin_does),
	    cmocka_unit_test(random_states_are_decided_as_the_slow_twin_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
