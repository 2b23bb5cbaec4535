/* test_checkpoint.c - the state as bytes and back: a restored engine decides as the one it was copied from (R13). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/engine/state.h"
#include "tests/engine/world.h"

#define TICKS      500
#define ANSWER_MAX 4096

/* A world in which much happens: two families, notice, rates, a window of wishes, stale clocks, list prices. */
static void build(world *w)
{
	world_init(w);
	world_add_family(w, "g", 0);
	w->lots[0].by_signal = true;
	w->pools[0].clocks[SP_CLOCK_COST] = (sp_clock_setup){SP_FEED_FED, 20 * SP_MIN};
	w->pools[0].clocks[SP_CLOCK_DEMAND] = (sp_clock_setup){SP_FEED_FED, 20 * SP_MIN};
	w->families[0].rails.notice_ns = SP_HOUR;
	w->families[0].rails.max_step_ppb = SP_NANO / 50;
	w->families[0].rails.max_per_hour_ppb = SP_NANO / 20;
	w->families[0].rails.worst_of_last_ns = 5 * SP_MIN;
	w->families[1].mode = SP_MODE_OBSERVE;
	w->families[1].rails.max_per_day_ppb = w->families[1].rails.cost_max_per_day_ppb = SP_NANO / 10;
	w->families[1].rails.min_interval_ns = 10 * SP_MIN;
	w->setup.hash[0] = 1;
	world_build(w);
}

/* What happens in one period: the same numbers give the same events. */
typedef struct period {
	int64_t gap_ns;
	double utilization, usd, list; /* below 0: not sent */
	int64_t push_ppb, cost_ppb;
	double trend;
	uint32_t
	    act; /* 0 freezes, 1 sets an index by hand, to 9 thaw, from 40 the last tick is barred; others do nothing */
} period;

static void random_periods(sp_rng *rng, period *periods)
{
	for (int i = 0; i < TICKS; i++) {
		periods[i] = (period){
		    .gap_ns = SP_MIN * (sp_rng_below(rng, 20) == 0 ? 45 : 1),
		    .utilization = sp_rng_below(rng, 3) > 0 ? sp_rng_uniform(rng) : -1,
		    .usd = sp_rng_below(rng, 10) == 0 ? 2 + sp_rng_uniform(rng) : -1,
		    .list = sp_rng_below(rng, 40) == 0 ? 0.09 + 0.02 * sp_rng_uniform(rng) : -1,
		    .push_ppb = (int64_t)sp_rng_below(rng, 20000001) - 10000000,
		    .cost_ppb = (int64_t)sp_rng_below(rng, 20000001) - 10000000,
		    .trend = (sp_rng_uniform(rng) - 0.5) / 100,
		    .act = (uint32_t)sp_rng_below(rng, 60),
		};
	}
}

static void live(world *w, const period *p)
{
	const uint32_t kind = p->act == 0 ? SP_COMMAND_FREEZE : p->act == 1 ? SP_COMMAND_SET_INDEX : SP_COMMAND_THAW;
	sp_command command = {.kind = kind, .scope = SP_SCOPE_FAMILY, .index = {990000000}, .by = "ann"};

	if (p->utilization >= 0)
		world_send(w, SP_KIND_utilization, "p", p->utilization);
	if (p->usd >= 0)
		world_send(w, SP_KIND_usd_per_gpu_h, "p:base", p->usd);
	if (p->list >= 0)
		world_send(w, SP_KIND_list_price, "g/input", p->list);
	world_published(w, p->act % 4 == 0 ? 90 * SP_MIN : 2 * SP_SEC);
	if (p->act < 10)
		check_status(sp_engine_command(w->engine, &command), SP_OK);
	if (p->act >= 40) {
		world_bar(w, SP_SCOPE_POOL, 0, w->now_ns);
		world_thaw(w, SP_SCOPE_POOL, 0);
	}
	world_says.push_ppb = p->push_ppb;
	world_says.cost_ppb = p->cost_ppb;
	world_says.trend = p->trend;
	world_tick(w, w->now_ns + p->gap_ns);
}

/* All that a tick says, in canonical bytes. */
typedef struct answer {
	uint8_t bytes[ANSWER_MAX];
	size_t n;
} answer;

static void write_answer(const sp_tick *tick, answer *a)
{
	sp_writer w = {.at = a->bytes, .size = sizeof a->bytes};

	for (uint32_t i = 0; i < tick->n_families; i++)
		sp_decision_encode(&tick->decisions[i], &w);
	for (uint32_t i = 0; i < tick->n_alarms; i++) {
		sp_put_text(&w, tick->alarms[i].alarm.code);
		sp_put_zigzag(&w, tick->alarms[i].alarm.since_ns);
		sp_put_u8(&w, tick->alarms[i].raised);
	}
	for (uint32_t i = 0; i < tick->n_rollups; i++) {
		sp_put_text(&w, tick->rollups[i].subject);
		sp_put_bytes(&w, &tick->rollups[i].mean, sizeof(sp_value));
	}
	sp_put_varint(&w, tick->n_recorded);
	sp_put_varint(&w, tick->taken);
	sp_put_u8(&w, tick->checkpoint_due);
	a->n = w.n;
	check_true(a->n <= sizeof a->bytes);
}

static void check_answer(const sp_tick *tick, const answer *want)
{
	static answer got;

	write_answer(tick, &got);
	check_u64(got.n, want->n);
	check_bytes(got.bytes, want->bytes, got.n);
}

#define LATER 40 /* ticks that are lived again from each checkpoint; from every 50th to the end */

static void r13_a_restored_engine_decides_the_same_at_every_tick(void **state)
{
	static period periods[TICKS];
	static answer answers[TICKS];
	static uint8_t *saved[TICKS];
	world w, v;
	sp_rng rng;
	size_t size;
	uint32_t moved = 0, withdrawn = 0;

	(void)state;
	sp_check_seed(__func__, &rng);
	random_periods(&rng, periods);
	build(&w);
	size = sp_engine_save_size(w.engine);
	for (int i = 0; i < TICKS; i++) {
		live(&w, &periods[i]);
		write_answer(w.tick, &answers[i]);
		moved += w.tick->decisions[0].outcome >= SP_OUTCOME_ANNOUNCED;
		withdrawn += strcmp(w.tick->decisions[0].reason, "withdrawn") == 0;
		saved[i] = malloc(size);
		sp_engine_save(w.engine, saved[i], size);
	}
	print_message("%u moves told, %u withdrawn\n", moved, withdrawn);
	check_true(moved > 20 && withdrawn > 5);
	build(&v);
	for (int i = 0; i < TICKS; i++) {
		check_status(sp_engine_restore(v.engine, saved[i], size, NULL), SP_OK);
		v.now_ns = sp_engine_now(v.engine);
		for (int k = i + 1; k < TICKS && (k <= i + LATER || i % 50 == 0); k++) {
			live(&v, &periods[k]);
			check_answer(v.tick, &answers[k]);
		}
		check_true(i % 50 != 0 || memcmp(v.engine->block, w.engine->block, w.engine->block_size) == 0);
	}
	for (int i = 0; i < TICKS; i++)
		free(saved[i]);
	world_fini(&v);
	world_fini(&w);
}

static void r13_a_fork_lives_on_its_own(void **state)
{
	static period periods[TICKS];
	answer want;
	world w, v;
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	random_periods(&rng, periods);
	build(&w);
	for (int i = 0; i < 100; i++)
		live(&w, &periods[i]);
	v = w;
	v.engine_memory = aligned_alloc(64, (sp_engine_size(&w.setup) + 63) & ~(size_t)63);
	v.engine = sp_engine_init(v.engine_memory, sp_engine_size(&w.setup), sp_engine_setup(w.engine));
	sp_engine_fork(v.engine, w.engine);
	live(&v, &periods[100]);
	write_answer(v.tick, &want);
	for (int i = 101; i < 200; i++)
		live(&v, &periods[i]);
	live(&w, &periods[100]);
	check_answer(w.tick, &want);
	free(v.engine_memory);
	world_fini(&w);
}

/* --- refusals: each leaves the engine as it was --- */

typedef struct shelf {
	world w;
	uint8_t *bytes, *before;
	size_t size;
} shelf;

static void shelf_init(shelf *s)
{
	period p = {.gap_ns = SP_MIN, .utilization = 0.5, .usd = 2, .list = -1, .push_ppb = 1000000, .act = 10};

	build(&s->w);
	live(&s->w, &p);
	s->size = sp_engine_save_size(s->w.engine);
	s->bytes = malloc(s->size + 1);
	s->before = malloc(s->size);
	sp_engine_save(s->w.engine, s->bytes, s->size);
	live(&s->w, &p);
	sp_engine_save(s->w.engine, s->before, s->size);
}

static void shelf_fini(shelf *s)
{
	free(s->bytes);
	free(s->before);
	world_fini(&s->w);
}

static void check_refused(shelf *s, size_t size, sp_status status, const char *text)
{
	uint8_t *after = malloc(s->size);
	sp_message message;

	check_status(sp_engine_restore(s->w.engine, s->bytes, size, &message), status);
	check_contains(message.text, text);
	sp_engine_save(s->w.engine, after, s->size);
	check_bytes(after, s->before, s->size);
	free(after);
}

static void r13_bytes_that_are_no_checkpoint_are_refused(void **state)
{
	shelf s;

	(void)state;
	shelf_init(&s);
	check_refused(&s, 0, SP_E_FOREIGN, "no checkpoint");
	check_refused(&s, 7, SP_E_FOREIGN, "no checkpoint");
	s.bytes[0] ^= 1;
	check_refused(&s, s.size, SP_E_FOREIGN, "no checkpoint");
	shelf_fini(&s);
}

static void r13_a_checkpoint_of_another_engine_version_is_refused(void **state)
{
	char this[32];
	shelf s;

	(void)state;
	snprintf(this, sizeof this, "this is version %d", SP_ENGINE_VERSION);
	shelf_init(&s);
	s.bytes[8] = SP_ENGINE_VERSION + 1;
	check_refused(&s, s.size, SP_E_NEWER, this);
	s.bytes[8] = SP_ENGINE_VERSION;
	s.bytes[15] = 1;
	check_refused(&s, s.size, SP_E_NEWER, "replay the log's inputs");
	s.bytes[15] = 0;
	s.bytes[8] = SP_ENGINE_VERSION - 1;
	check_refused(&s, s.size, SP_E_MISMATCH, "start from an earlier one");
	shelf_fini(&s);
}

static void r13_a_checkpoint_of_another_configuration_is_refused(void **state)
{
	shelf s;

	(void)state;
	shelf_init(&s);
	s.bytes[16] ^= 1;
	check_refused(&s, s.size, SP_E_MISMATCH, "another configuration");
	s.bytes[16] ^= 1;
	s.bytes[47] ^= 1;
	check_refused(&s, s.size, SP_E_MISMATCH, "another configuration");
	shelf_fini(&s);
}

static void r13_a_checkpoint_of_another_length_is_refused(void **state)
{
	shelf s;

	(void)state;
	shelf_init(&s);
	for (size_t n = 8; n < 64; n++)
		check_refused(&s, n, SP_E_DAMAGED, "bytes");
	check_refused(&s, 64, SP_E_DAMAGED, "bytes");
	check_refused(&s, s.size - 1, SP_E_DAMAGED, "bytes");
	check_refused(&s, s.size + 1, SP_E_DAMAGED, "bytes");
	s.bytes[48] ^= 1; /* the length that its header says */
	check_refused(&s, s.size, SP_E_DAMAGED, "bytes");
	s.bytes[48] ^= 1;
	check_status(sp_engine_restore(s.w.engine, s.bytes, s.size, NULL), SP_OK);
	shelf_fini(&s);
}

static void r13_every_byte_of_the_state_comes_back(void **state)
{
	shelf s;
	uint8_t *after;

	(void)state;
	shelf_init(&s);
	after = malloc(s.size);
	memset(s.w.engine->block, 0xff, s.w.engine->block_size);
	check_status(sp_engine_restore(s.w.engine, s.bytes, s.size, NULL), SP_OK);
	sp_engine_save(s.w.engine, after, s.size);
	check_bytes(after, s.bytes, s.size);
	free(after);
	shelf_fini(&s);
}

/* The same state gives the same bytes, whatever the memory held before. */
static void a_checkpoint_has_no_byte_of_chance(void **state)
{
	shelf a, b;

	(void)state;
	shelf_init(&a);
	shelf_init(&b);
	check_bytes(a.before, b.before, a.size);
	memset(a.bytes, 0xa5, a.size);
	memset(b.bytes, 0x5a, b.size);
	sp_engine_save(a.w.engine, a.bytes, a.size);
	sp_engine_save(b.w.engine, b.bytes, b.size);
	check_bytes(a.bytes, b.bytes, a.size);
	shelf_fini(&a);
	shelf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r13_a_restored_engine_decides_the_same_at_every_tick),
	    cmocka_unit_test(r13_a_fork_lives_on_its_own),
	    cmocka_unit_test(r13_bytes_that_are_no_checkpoint_are_refused),
	    cmocka_unit_test(r13_a_checkpoint_of_another_engine_version_is_refused),
	    cmocka_unit_test(r13_a_checkpoint_of_another_configuration_is_refused),
	    cmocka_unit_test(r13_a_checkpoint_of_another_length_is_refused),
	    cmocka_unit_test(r13_every_byte_of_the_state_comes_back),
	    cmocka_unit_test(a_checkpoint_has_no_byte_of_chance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
