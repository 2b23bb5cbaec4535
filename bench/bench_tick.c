/* bench_tick.c - what the engine can carry: a tick in which every price moves, a tick in which none does, and a month of ticks.
 *
 *   moving   10,000 families of 10 SKUs in 10 pools; every tick moves every price. The ceiling is a bare loop that does only
 *            what no engine could leave out: it rounds 100,000 prices and writes them and 10,000 decisions down.
 *   quiet    the same families, with nothing to do
 *   month    1,000 families, 43,200 ticks of a minute, one utilization a pool and tick: what 30 days of control take on one
 *            core, under the law that computes least and the one that computes most, and with the digest of every tick */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "bench/clock.h"
#include "controller/engine/engine.h"
#include "controller/engine/state.h"
#include "controller/log/log.h"

#define POOLS    10
#define START_NS (INT64_C(1795478400) * SP_SEC)
#define NAME_MAX 32

/* --- a setup of any size --- */

typedef struct town {
	sp_setup setup;
	sp_pool_setup pools[POOLS];
	sp_lot_setup lots[POOLS];
	sp_family_setup *families;
	sp_sku_setup *skus;
	sp_subject *subjects;
	char (*names)[NAME_MAX]; /* of families, then of SKUs */
	sp_ids *ids;
	sp_engine *engine;
	sp_tick *tick;
	int64_t now_ns;
	uint64_t moved;   /* prices, since the start */
	sp_log_file *log; /* for the log's part of a tick; else NULL */
} town;

static void *taken(size_t n)
{
	void *memory = aligned_alloc(64, (n + 63) & ~(size_t)63);

	SP_ASSERT(memory != NULL);
	memset(memory, 0, n);
	return memory;
}

static uint32_t named(town *t, const char *name, sp_subject subject)
{
	uint32_t slot = SP_NO_SLOT;
	sp_status status = sp_ids_add(t->ids, name, strlen(name), &slot);

	SP_ASSERT(status == SP_OK);
	t->subjects[slot] = subject;
	return slot;
}

static void add_pool(town *t, uint32_t i)
{
	static char names[POOLS][2][NAME_MAX];
	sp_pool_setup *pool = &t->pools[i];
	sp_lot_setup *lot = &t->lots[i];

	snprintf(names[i][0], NAME_MAX, "pool-%02u", i);
	snprintf(names[i][1], NAME_MAX, "pool-%02u:base", i);
	sp_params_init(sp_pool_params, sp_pool_n_params, pool);
	sp_params_init(sp_lot_params, sp_lot_n_params, lot);
	for (int clock = 0; clock < SP_CLOCKS; clock++)
		sp_params_init(sp_clock_params, sp_clock_n_params, &pool->clocks[clock]);
	pool->id = names[i][0];
	pool->units_per_gpu_s = 9000;
	pool->first_lot = i;
	pool->n_lots = 1;
	pool->load.ops = pool->cost.ops = sp_estimator_find("ewma", 4);
	sp_params_init(pool->load.ops->params, pool->load.ops->n_params, pool->load.params);
	sp_params_init(pool->cost.ops->params, pool->cost.ops->n_params, pool->cost.params);
	lot->id = "base";
	lot->pool = i;
	lot->kind = SP_LOT_RESERVED;
	lot->gpus = 64;
	lot->usd_per_gpu_h.nano = 2 * SP_NANO;
	pool->subject = named(t, names[i][0], (sp_subject){SP_SUBJECT_POOL, i});
	lot->subject = named(t, names[i][1], (sp_subject){SP_SUBJECT_LOT, i});
}

static void add_sku(town *t, uint32_t family, uint32_t i)
{
	char *name = t->names[t->setup.n_families + i];

	snprintf(name, NAME_MAX, "model-%05u/meter-%02u", family, i - t->families[family].first_sku);
	t->skus[i] = (sp_sku_setup){
	    .id = name,
	    .meter = "output",
	    .unit = "1M tokens",
	    .family = family,
	    .quantity = 1e6,
	    .weight = 1 + i % 4,
	    .sheet = {(1 + i % 97) * SP_NANO / 10},
	    .grid = {1000},
	    .subject = named(t, name, (sp_subject){SP_SUBJECT_SKU, i}),
	};
}

static void add_family(town *t, uint32_t i, const char *law, uint32_t skus)
{
	sp_family_setup *f = &t->families[i];

	snprintf(t->names[i], NAME_MAX, "model-%05u", i);
	sp_params_init(sp_guardrail_params, sp_guardrail_n_params, &f->rails);
	f->id = t->names[i];
	f->profile = "dynamic";
	f->pool = i / (t->setup.n_families / POOLS);
	f->first_sku = i * skus;
	f->n_skus = skus;
	f->mode = SP_MODE_AUTO;
	f->law = sp_law_find(law, strlen(law));
	SP_ASSERT(f->law != NULL);
	sp_params_init(f->law->params, f->law->n_params, f->law_params);
	f->subject = named(t, f->id, (sp_subject){SP_SUBJECT_FAMILY, i});
	for (uint32_t k = 0; k < skus; k++)
		add_sku(t, i, f->first_sku + k);
}

static void town_setup(town *t, uint32_t families, uint32_t skus, const char *law)
{
	sp_setup *s = &t->setup;
	uint32_t n = families * skus;

	memset(t, 0, sizeof *t);
	sp_params_init(sp_setup_params, sp_setup_n_params, s);
	s->lateness_ns = 2 * SP_SEC;
	for (int kind = 0; kind < SP_SIGNAL_KINDS; kind++)
		s->kinds[kind] =
		    (sp_kind_setup){sp_kinds[kind].min, sp_kinds[kind].max, sp_kinds[kind].jump, sp_kinds[kind].confirm, false};
	s->n_pools = s->n_lots = POOLS;
	s->n_families = families;
	s->n_skus = n;
	s->pools = t->pools;
	s->lots = t->lots;
	s->families = t->families = taken(families * sizeof *t->families);
	s->skus = t->skus = taken(n * sizeof *t->skus);
	s->subjects = t->subjects = taken((2 * POOLS + families + n) * sizeof *t->subjects);
	t->names = taken((families + n) * sizeof *t->names);
	s->names = t->ids = sp_ids_open();
	for (uint32_t i = 0; i < POOLS; i++)
		add_pool(t, i);
	for (uint32_t i = 0; i < families; i++)
		add_family(t, i, law, skus);
	s->n_subjects = sp_ids_count(t->ids);
}

static void town_build(town *t)
{
	t->engine = sp_engine_init(taken(sp_engine_size(&t->setup)), sp_engine_size(&t->setup), &t->setup);
	t->tick = sp_tick_init(taken(sp_tick_size(&t->setup)), sp_tick_size(&t->setup), &t->setup);
	t->now_ns = START_NS;
}

static void town_fini(town *t)
{
	sp_ids_close(t->ids);
	free(t->families);
	free(t->skus);
	free(t->subjects);
	free(t->names);
	free(t->engine);
	free(t->tick);
}

/* --- living in it --- */

/* One utilization a pool, then the period's end. */
static void town_step(town *t, double utilization)
{
	t->now_ns += t->setup.period_ns;
	for (uint32_t i = 0; i < POOLS && utilization > 0; i++) {
		sp_signal signal = {.t_ns = t->now_ns - SP_SEC, .kind = SP_KIND_utilization, .subject = t->pools[i].subject};
		signal.value.real = utilization;
		sp_engine_take(t->engine, &signal);
	}
	sp_engine_tick(t->engine, t->now_ns, t->tick);
	for (uint32_t i = 0; i < t->tick->n_families; i++)
		t->moved += t->tick->decisions[i].n_prices;
}

/* High and low in turns, so that a bound never ends it. */
static void run_moving(void *context)
{
	town *t = context;
	uint64_t before = t->moved;

	town_step(t, (t->now_ns / SP_MIN) % 16 < 8 ? 0.95 : 0.45);
	SP_ASSERT(t->moved - before == t->setup.n_skus);
}

static void run_quiet(void *context)
{
	town *t = context;
	uint64_t before = t->moved;

	town_step(t, 0);
	SP_ASSERT(t->moved == before);
}

static void show(const char *name, const town *t, const sp_bench_time *time)
{
	printf("  %-34s %8.2f ms   %6.0f ns a family   %5.0f ns a SKU%s\n", name, time->median_ns / 1e6,
	       time->median_ns / t->setup.n_families, time->median_ns / t->setup.n_skus, time->settled ? "" : "   ~");
}

/* The last tick that moved, committed once more: what the log does with it. */
static void run_logged(void *context)
{
	town *t = context;
	sp_log_tick row = {
	    .decisions = t->tick->decisions, .n_decisions = t->tick->n_families, .refused = t->tick->refused};
	sp_log_receipt receipt;
	sp_message message = {""};

	t->now_ns += t->setup.period_ns;
	row.t_ns = t->now_ns;
	for (uint32_t i = 0; i < t->tick->n_families; i++)
		t->tick->decisions[i].t_ns = t->now_ns;
	if (sp_log_commit(t->log, &row, &receipt, &message) != SP_OK) {
		fprintf(stderr, "bench_tick: %s\n", message.text);
		exit(1);
	}
}

static void bench_logged(town *t)
{
	sp_log_options options = {.create = true, .engine_version = SP_ENGINE_VERSION};
	const char *folder = getenv("TMPDIR") ? getenv("TMPDIR") : "/var/tmp";
	static const uint8_t hash[SP_HASH_SIZE];
	sp_message message = {""};
	char path[512], command[1200];
	sp_bench_time time;

	snprintf(path, sizeof path, "%s/bench_tick.db", folder);
	snprintf(command, sizeof command, "rm -f '%s' '%s'-*", path, path);
	SP_ASSERT(system(command) == 0);
	if (sp_log_open(path, &options, &t->log, &message) != SP_OK ||
	    sp_log_config(t->log, hash, "", 0, "", 0, &message) != SP_OK) {
		fprintf(stderr, "bench_tick: %s\n", message.text);
		exit(1);
	}
	time = sp_bench_measure(run_logged, t);
	show("committed to the log, on disk", t, &time);
	sp_log_close(t->log);
	SP_ASSERT(system(command) == 0);
}

/* The same prices and decisions, rounded and written, and nothing else. */
static void run_bare(void *context)
{
	town *t = context;
	static int64_t index = SP_NANO;

	index = index > 2 * SP_NANO ? SP_NANO : index + SP_NANO / 100;
	for (uint32_t i = 0; i < t->setup.n_skus; i++) {
		const sp_sku_setup *sku = &t->skus[i];
		int64_t told = t->engine->skus[i].book.told_nano;
		t->tick->prices[i] = (sp_price){.sku = i,
		                                .sku_id = sku->id,
		                                .unit = sku->unit,
		                                .version = 1,
		                                .before = {told},
		                                .amount = {sp_book_price_at(sku, index, told)}};
	}
	for (uint32_t i = 0; i < t->setup.n_families; i++)
		t->tick->decisions[i] = (sp_decision){.family = i, .family_id = t->families[i].id, .index = {index}};
}

static void bench_moving(void)
{
	town t;
	sp_bench_time ours, bare, quiet;

	town_setup(&t, 10000, 10, "utilization_pi");
	for (uint32_t i = 0; i < t.setup.n_families; i++) {
		t.families[i].rails.min_interval_ns = 0;
		t.families[i].rails.max_per_day_ppb = SP_NANO;
	}
	town_build(&t);
	for (int i = 0; i < 16; i++)
		town_step(&t, 0.7);
	printf("a tick of %u families and %u SKUs\n", t.setup.n_families, t.setup.n_skus);
	sp_bench_compare(run_moving, &t, run_bare, &t, &ours, &bare);
	show("every price moves", &t, &ours);
	show("ceiling: rounded and written", &t, &bare);
	printf("  ratio %.3f\n", bare.median_ns / ours.median_ns);
	run_moving(&t);
	bench_logged(&t);
	for (uint32_t i = 0; i < t.setup.n_families; i++)
		t.families[i].rails.min_interval_ns = 365 * SP_DAY;
	quiet = sp_bench_measure(run_quiet, &t);
	show("no price moves", &t, &quiet);
	town_fini(&t);
}

/* --- memory --- */

static double engine_bytes(uint32_t families, uint32_t skus, bool tick)
{
	town t;
	double bytes;

	town_setup(&t, families, skus, "utilization_pi");
	bytes = (double)(tick ? sp_tick_size(&t.setup) : sp_engine_size(&t.setup));
	town_fini(&t);
	return bytes;
}

static void bench_memory(void)
{
	printf("memory [bytes]\n");
	for (int tick = 0; tick < 2; tick++) {
		double one = engine_bytes(1000, 1, tick), two = engine_bytes(1000, 2, tick), more = engine_bytes(2000, 1, tick);
		double sku = (two - one) / 1000, family = (more - one) / 1000 - sku;
		printf("  %-34s %8.0f a family   %6.0f a SKU   %6.1f MB at 10,000 and 100,000\n", tick ? "tick" : "engine",
		       family, sku, (family * 1e4 + sku * 1e5) / 1e6);
	}
}

/* --- a month --- */

/* A day's wave with a ripple on it, made of whole numbers. */
static double utilization_at(int i)
{
	int minute = i % 1440, wave = minute < 720 ? minute : 1440 - minute;

	return 0.5 + 0.4 * wave / 720 + 0.05 * ((i * 7919) % 101 - 50) / 50;
}

/* Three towns live the same month in turns, a day each, so that a slow minute of the machine slows all three. */
typedef struct way {
	const char *law;
	bool digest;
	town town;
	double seconds;
} way;

static void live_a_day(way *w, int day)
{
	int64_t start_ns = sp_bench_now_ns();
	uint8_t hash[SP_HASH_SIZE];

	for (int i = 0; i < 1440; i++) {
		town_step(&w->town, utilization_at(day * 1440 + i));
		if (w->digest) {
			sp_status status = sp_log_digest(w->town.tick->decisions, w->town.tick->n_families, hash);
			SP_ASSERT(status == SP_OK);
		}
	}
	w->seconds += (double)(sp_bench_now_ns() - start_ns) / 1e9;
}

static void bench_month(void)
{
	way *ways = taken(3 * sizeof *ways);

	ways[0].law = "fixed";
	ways[1].law = ways[2].law = "utilization_pi";
	ways[2].digest = true;
	printf("a month: 1,000 families, %d ticks\n", 30 * 1440);
	for (int i = 0; i < 3; i++) {
		town_setup(&ways[i].town, 1000, 10, ways[i].law);
		town_build(&ways[i].town);
	}
	for (int day = 0; day < 30; day++) {
		for (int i = 0; i < 3; i++)
			live_a_day(&ways[i], day);
	}
	for (int i = 0; i < 3; i++) {
		printf("  %-16s %-17s %8.1f s   %6.0f ns a family-tick   %8llu prices told\n", ways[i].law,
		       ways[i].digest ? "with digest" : "", ways[i].seconds, ways[i].seconds * 1e9 / (30 * 1440 * 1000.0),
		       (unsigned long long)ways[i].town.moved);
		town_fini(&ways[i].town);
	}
	printf("  of which the law %.0f%%, the digest %.0f%%, readings and engine %.0f%%\n",
	       100 * (ways[1].seconds - ways[0].seconds) / ways[2].seconds,
	       100 * (ways[2].seconds - ways[1].seconds) / ways[2].seconds, 100 * ways[0].seconds / ways[2].seconds);
	free(ways);
}

int main(void)
{
	bench_memory();
	bench_moving();
	bench_month();
	return 0;
}
