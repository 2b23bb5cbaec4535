/* test_pool_estimators.c - every kind of estimator serves a pool's load and cost; each state has its own place and size. */
#include <string.h>

#include "controller/engine/state.h"
#include "tests/engine/world.h"

static void use(sp_estimator_setup *estimator, const sp_estimator_ops *ops)
{
	const sp_param *season = sp_param_find(ops->params, ops->n_params, "season", 6);
	const sp_param *phases = sp_param_find(ops->params, ops->n_params, "phases", 6);

	memset(estimator, 0, sizeof *estimator);
	estimator->ops = ops;
	sp_params_init(ops->params, ops->n_params, estimator->params);
	if (season != NULL && phases != NULL) { /* a short one, that a test can wait for */
		check_status(sp_param_parse(season, "10m", 3, estimator->params, NULL), SP_OK);
		check_status(sp_param_parse(phases, "5", 1, estimator->params, NULL), SP_OK);
	}
}

static const sp_estimator_ops *kind(const char *name)
{
	const sp_estimator_ops *ops = sp_estimator_find(name, strlen(name));

	check_true(ops != NULL);
	return ops;
}

/* One minute: a utilization and a price, each a little other than before. */
static void live(world *w, int i)
{
	world_send(w, SP_KIND_utilization, "p", 0.6 + 0.01 * (i * 7 % 11));
	world_send(w, SP_KIND_usd_per_gpu_h, "p:base", 2 + 0.01 * (i * 5 % 13));
	world_step(w);
}

static void pool_of(world *w, const sp_estimator_ops *load, const sp_estimator_ops *cost)
{
	world_init(w);
	use(&w->pools[0].load, load);
	use(&w->pools[0].cost, cost);
	w->lots[0].by_signal = true;
	world_use_law(w, 0, "utilization_pi");
}

static void every_kind_reads_load_and_cost(void **state)
{
	(void)state;
	for (size_t i = 0; sp_estimators[i] != NULL; i++) {
		world w;
		const sp_law_input *input;
		pool_of(&w, sp_estimators[i], sp_estimators[i]);
		world_build(&w);
		for (int minute = 0; minute < 60; minute++)
			live(&w, minute);
		input = sp_engine_readings(w.engine, 0);
		for (int role = SP_READING_LOAD; role <= SP_READING_COST; role++)
			check_i64(input->readings[role].answer.knowledge, SP_KNOWN);
		check_near(input->readings[SP_READING_LOAD].estimate.value, 5200, 500); /* 0.65 of 8 GPUs of 1,000 */
		check_near(3.6e6 * input->readings[SP_READING_COST].estimate.value, 2.06, 0.15);
		world_fini(&w);
	}
}

/* The engine's state is bit for bit that of the kernel alone, whatever lies beside it. */
static void states_do_not_touch_one_another(void **state)
{
	_Alignas(8) uint8_t load[SP_ESTIMATOR_STATE_MAX], cost[SP_ESTIMATOR_STATE_MAX];
	const sp_estimator_ops *a, *b;
	world w;

	(void)state;
	for (size_t i = 0; sp_estimators[i] != NULL; i++) {
		a = sp_estimators[i];
		b = sp_estimators[i + 1] != NULL ? sp_estimators[i + 1] : sp_estimators[0];
		pool_of(&w, a, b);
		world_build(&w);
		a->init(load, w.pools[0].load.params);
		b->init(cost, w.pools[0].cost.params);
		for (int minute = 0; minute < 40; minute++) {
			live(&w, minute);
			a->update(load, w.pools[0].load.params,
			          w.engine->gauges[sp_engine_gauge(w.engine, SP_SUBJECT_POOL, 0, SP_KIND_utilization)].t_ns,
			          w.engine->pools[0].load, 0);
			b->update(cost, w.pools[0].cost.params, w.engine->pools[0].cost_t_ns, w.engine->pools[0].cost, 0);
		}
		check_bytes(sp_engine_estimator_state(w.engine, 0, SP_POOL_LOAD), load, a->state_size);
		check_bytes(sp_engine_estimator_state(w.engine, 0, SP_POOL_COST), cost, b->state_size);
		world_fini(&w);
	}
}

static size_t block_of(const char *load, const char *cost)
{
	world w;
	size_t size;

	pool_of(&w, kind(load), kind(cost));
	world_build(&w);
	size = w.engine->block_size;
	world_fini(&w);
	return size;
}

static void a_pool_pays_for_its_kinds_only(void **state)
{
	size_t mean = kind("ewma")->state_size, season = kind("holt_winters")->state_size;

	(void)state;
	check_u64(mean % 64, 0);
	check_true(season > 20 * mean);
	/* the load twice: by demand, and by the gauge for comparison */
	check_u64(block_of("holt_winters", "holt_winters") - block_of("ewma", "ewma"),
	          (3 * season + 63) / 64 * 64 - 3 * mean);
}

/* Three pools of different kinds; in the other engine they stand in another order. */
static void three_pools(world *w, const char *first, const char *second, const char *third)
{
	const char *names[3] = {first, second, third};

	world_init(w);
	w->setup.n_pools = w->setup.n_lots = w->setup.n_families = w->setup.n_skus = 0;
	for (uint32_t i = 0; i < 3; i++) {
		world_add_pool(w, names[i]);
		w->pools[i].first_lot = i;
		world_add_lot(w, "base", i);
		use(&w->pools[i].load, kind(names[i]));
		use(&w->pools[i].cost, kind("local_level"));
	}
	for (uint32_t i = 0; i < 3; i++) {
		world_add_family(w, i == 0 ? "f" : i == 1 ? "g" : "h", i);
		world_use_law(w, i, "utilization_pi");
	}
	world_build(w);
}

static void live_in_three(world *w, int minute)
{
	world_send(w, SP_KIND_utilization, "ewma", 0.3 + 0.01 * (minute % 7));
	world_send(w, SP_KIND_utilization, "holt_winters", 0.5 + 0.02 * (minute % 10));
	world_send(w, SP_KIND_utilization, "local_trend", 0.2 + 0.005 * minute);
	world_step(w);
}

static sp_estimate load_of(const world *w, const char *pool)
{
	for (uint32_t i = 0; i < w->setup.n_pools; i++) {
		if (strcmp(w->pools[i].id, pool) == 0)
			return sp_engine_readings(w->engine, i)->readings[SP_READING_LOAD].estimate;
	}
	check_true(false);
	return (sp_estimate){0};
}

static void r17_a_reload_carries_states_of_any_size_by_id(void **state)
{
	static const char *const pools[] = {"ewma", "holt_winters", "local_trend"};
	world w, to;

	(void)state;
	three_pools(&w, "ewma", "holt_winters", "local_trend");
	three_pools(&to, "local_trend", "ewma", "holt_winters");
	for (int minute = 0; minute < 50; minute++)
		live_in_three(&w, minute);
	check_status(world_carry(&to, &w, false, NULL), SP_OK);
	for (int minute = 50; minute < 80; minute++) {
		live_in_three(&w, minute);
		live_in_three(&to, minute);
		for (int i = 0; i < 3; i++) {
			sp_estimate a = load_of(&w, pools[i]), b = load_of(&to, pools[i]);
			check_bytes(&a, &b, sizeof a);
		}
	}
	/* the tick is at the beginning of the phase in which its load is lowest */
	check_near(load_of(&w, "holt_winters").value, 8000 * (0.5 + 0.02 * 0.5), 80);
	world_fini(&w);
	world_fini(&to);
}

static void r13_a_checkpoint_holds_states_of_any_size(void **state)
{
	static uint8_t bytes[1 << 20];
	world w, to;
	sp_estimate a, b;

	(void)state;
	three_pools(&w, "ewma", "holt_winters", "local_trend");
	three_pools(&to, "ewma", "holt_winters", "local_trend");
	for (int minute = 0; minute < 50; minute++)
		live_in_three(&w, minute);
	check_true(sp_engine_save_size(w.engine) <= sizeof bytes);
	sp_engine_save(w.engine, bytes, sizeof bytes);
	check_status(sp_engine_restore(to.engine, bytes, sp_engine_save_size(w.engine), NULL), SP_OK);
	to.now_ns = w.now_ns;
	live_in_three(&w, 50);
	live_in_three(&to, 50);
	check_bytes(to.engine->block, w.engine->block, w.engine->block_size);
	a = load_of(&w, "local_trend");
	b = load_of(&to, "local_trend");
	check_bytes(&a, &b, sizeof a);
	check_true(a.noise + a.variance > 0 && a.slope > 0);
	world_fini(&w);
	world_fini(&to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_kind_reads_load_and_cost),
	    cmocka_unit_test(states_do_not_touch_one_another),
	    cmocka_unit_test(a_pool_pays_for_its_kinds_only),
	    cmocka_unit_test(r17_a_reload_carries_states_of_any_size_by_id),
	    cmocka_unit_test(r13_a_checkpoint_holds_states_of_any_size),
	};
	return cmocka_run_group_tests_name("engine: estimators of pools", tests, NULL, NULL);
}
