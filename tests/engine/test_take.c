/* test_take.c - one signal in: each way to be refused, jumps and their confirmations, and that a refusal changes nothing
 * (DESIGN "Clocks", R25, P5). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "controller/engine/state.h"
#include "tests/engine/world.h"

#define POINT (SP_NANO / 100)

/* The state as bytes, its counts of refused signals and a jump's candidate blanked: the rest must not change. */
static uint8_t *saved(const world *w)
{
	size_t size = sp_engine_save_size(w->engine);
	uint8_t *bytes = malloc(size);
	size_t block = size - w->engine->block_size;
	size_t gauges = block + (size_t)((uint8_t *)w->engine->gauges - w->engine->block);

	check_true(bytes != NULL);
	sp_engine_save(w->engine, bytes, size);
	memset(bytes + block + offsetof(sp_head, refused), 0, sizeof((sp_head *)NULL)->refused);
	for (uint32_t i = 0; i < w->engine->n_gauges; i++) {
		size_t at = gauges + i * sizeof(sp_gauge);
		memset(bytes + at + offsetof(sp_gauge, candidate), 0, sizeof(sp_value) + sizeof(int64_t) + sizeof(uint32_t));
	}
	return bytes;
}

static void check_unchanged(const world *w, uint8_t *before)
{
	uint8_t *after = saved(w);

	check_bytes(after, before, sp_engine_save_size(w->engine));
	free(before);
	free(after);
}

/* Refused for this reason, counted under it, and nothing else changed. */
static void check_refused(world *w, sp_refusal got, sp_refusal want, uint8_t *before)
{
	uint32_t counted = w->engine->head->refused[want];

	check_i64(got, want);
	check_u64(counted, 1);
	check_unchanged(w, before);
	w->engine->head->refused[want] = 0;
}

static void lived_in(world *w)
{
	world_init(w);
	w->lots[0].by_signal = true;
	world_build(w);
	world_send(w, SP_KIND_utilization, "p", 0.5);
	world_send_at(w, SP_KIND_usd_per_gpu_h, "p:base", 2, w->now_ns - SP_SEC);
	world_send(w, SP_KIND_usd_per_gpu_h, "p:base", 2); /* seconded: from now on a jump needs confirmations */
	world_send(w, SP_KIND_demand, "f/input", 100);
	world_send(w, SP_KIND_list_price, "f/input", 0.1);
	world_step(w);
}

static void p5_every_refusal_has_its_reason_and_changes_nothing_else(void **state)
{
	const struct {
		sp_signal_kind kind;
		const char *subject;
		double value;
		int64_t later_ns;
		sp_refusal refusal;
	} cases[] = {
	    {SP_KIND_utilization, "f", 0.5, 0, SP_REFUSED_wrong_subject},
	    {SP_KIND_list_price, "p", 1, 0, SP_REFUSED_wrong_subject},
	    {SP_KIND_usd_per_gpu_h, "f/input", 1, 0, SP_REFUSED_wrong_subject},
	    {SP_KIND_utilization, "p", NAN, 0, SP_REFUSED_not_finite},
	    {SP_KIND_utilization, "p", INFINITY, 0, SP_REFUSED_not_finite},
	    {SP_KIND_demand, "f/input", -INFINITY, 0, SP_REFUSED_not_finite},
	    {SP_KIND_utilization, "p", -0.01, 0, SP_REFUSED_out_of_range},
	    {SP_KIND_utilization, "p", 72, 0, SP_REFUSED_out_of_range},
	    {SP_KIND_demand, "f/input", -1, 0, SP_REFUSED_out_of_range},
	    {SP_KIND_demand, "f/input", 1e16, 0, SP_REFUSED_out_of_range},
	    {SP_KIND_usd_per_gpu_h, "p:base", 0, 0, SP_REFUSED_out_of_range},
	    {SP_KIND_usd_per_gpu_h, "p:base", -2, 0, SP_REFUSED_out_of_range},
	    {SP_KIND_usd_per_gpu_h, "p:base", 10001, 0, SP_REFUSED_out_of_range},
	    {SP_KIND_list_price, "f/input", 0, 0, SP_REFUSED_out_of_range},
	    {SP_KIND_incident, "p", 2, 0, SP_REFUSED_out_of_range},
	    {SP_KIND_utilization, "p", 0.5, -61 * SP_SEC, SP_REFUSED_older},
	    {SP_KIND_utilization, "p", 0.5, SP_HOUR + SP_MIN + 1, SP_REFUSED_future},
	    {SP_KIND_demand, "f", 100, 0, SP_REFUSED_mixed_weights},
	    {SP_KIND_usd_per_gpu_h, "p:base", 1.12, 0, SP_REFUSED_jump},
	    {SP_KIND_list_price, "f/input", 1.01, 0, SP_REFUSED_jump},
	};
	world w;

	(void)state;
	lived_in(&w);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint8_t *before = saved(&w);
		sp_refusal got =
		    world_send_at(&w, cases[i].kind, cases[i].subject, cases[i].value, w.now_ns + cases[i].later_ns);
		check_refused(&w, got, cases[i].refusal, before);
	}
	check_i64(world_step(&w)->outcome, SP_OUTCOME_HELD);
	world_fini(&w);
}

static void the_edges_are_taken(void **state)
{
	world w;

	(void)state;
	lived_in(&w);
	check_i64(world_send(&w, SP_KIND_utilization, "p", 0), SP_REFUSED_none);
	check_i64(world_send(&w, SP_KIND_utilization, "p", 1), SP_REFUSED_none);
	check_i64(world_send(&w, SP_KIND_usd_per_gpu_h, "p:base", 3), SP_REFUSED_none);
	check_i64(world_send(&w, SP_KIND_usd_per_gpu_h, "p:base", 2), SP_REFUSED_none);
	check_i64(world_send_at(&w, SP_KIND_slo, "p", 1, w.now_ns + SP_MIN + SP_HOUR), SP_REFUSED_none);
	check_i64(world_send_at(&w, SP_KIND_slo, "p", 1, w.now_ns + SP_MIN + SP_HOUR), SP_REFUSED_none);
	check_i64(world_send_at(&w, SP_KIND_latency, "p", 1, 0), SP_REFUSED_none);
	world_step(&w);
	check_u64(w.tick->taken, 7);
	world_step(&w);
	check_u64(w.tick->taken, 0);
	world_fini(&w);
}

static void a_configuration_narrows_a_kinds_bounds(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	w.setup.kinds[SP_KIND_utilization].max = 1.2;
	w.setup.kinds[SP_KIND_demand].max_jump = 2;
	w.setup.kinds[SP_KIND_demand].confirm = 1;
	world_build(&w);
	check_i64(world_send(&w, SP_KIND_utilization, "p", 1.21), SP_REFUSED_out_of_range);
	world_send(&w, SP_KIND_demand, "f/input", 1);
	check_i64(world_send(&w, SP_KIND_demand, "f/input", 1000), SP_REFUSED_none); /* one record confirms itself */
	world_fini(&w);
}

static void before_the_first_tick_any_date_is_taken(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	world_build(&w);
	check_i64(world_send_at(&w, SP_KIND_utilization, "p", 0.5, WORLD_START + SP_DAY), SP_REFUSED_none);
	world_fini(&w);
}

static void a_drivers_refusals_are_counted_in_the_next_tick(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	world_build(&w);
	sp_engine_refuse(w.engine, SP_REFUSED_malformed, 1);
	sp_engine_refuse(w.engine, SP_REFUSED_malformed, 6);
	sp_engine_refuse(w.engine, SP_REFUSED_unknown_subject, 1);
	sp_engine_refuse(w.engine, SP_REFUSED_rate, UINT32_MAX - 1);
	sp_engine_refuse(w.engine, SP_REFUSED_rate, 2); /* no count goes round */
	world_step(&w);
	check_u64(w.tick->refused[SP_REFUSED_malformed], 7);
	check_u64(w.tick->refused[SP_REFUSED_unknown_subject], 1);
	check_u64(w.tick->refused[SP_REFUSED_rate], UINT32_MAX);
	world_step(&w);
	check_u64(w.tick->refused[SP_REFUSED_malformed], 0);
	world_fini(&w);
}

/* --- jumps: a GPU price may move by half; a larger step needs three records that agree --- */

static sp_refusal gpu_price(world *w, double usd)
{
	w->now_ns += SP_SEC;
	return world_send(w, SP_KIND_usd_per_gpu_h, "p:base", usd);
}

static void a_real_step_of_minus_44_percent_is_taken_at_its_third_record(void **state)
{
	world w;

	(void)state;
	lived_in(&w);
	check_i64(gpu_price(&w, 1.12), SP_REFUSED_jump);
	check_i64(gpu_price(&w, 1.12), SP_REFUSED_jump);
	check_i64(gpu_price(&w, 1.12), SP_REFUSED_none);
	check_i64(gpu_price(&w, 1.1), SP_REFUSED_none);
	check_i64(gpu_price(&w, 2), SP_REFUSED_jump); /* the way back is a jump, too */
	world_fini(&w);
}

static void a_single_spike_is_forgotten(void **state)
{
	world w;

	(void)state;
	lived_in(&w);
	for (int i = 0; i < 10; i++) {
		check_i64(gpu_price(&w, 20), SP_REFUSED_jump);
		check_i64(gpu_price(&w, 20), SP_REFUSED_jump);
		check_i64(gpu_price(&w, 2), SP_REFUSED_none); /* ends the row */
	}
	world_fini(&w);
}

static void spikes_that_differ_do_not_confirm_each_other(void **state)
{
	world w;

	(void)state;
	lived_in(&w);
	for (int i = 0; i < 10; i++) {
		check_i64(gpu_price(&w, 20), SP_REFUSED_jump);
		check_i64(gpu_price(&w, 200), SP_REFUSED_jump);
	}
	check_i64(gpu_price(&w, 210), SP_REFUSED_jump);
	check_i64(gpu_price(&w, 190), SP_REFUSED_none);
	world_fini(&w);
}

static void a_record_sent_twice_confirms_nothing(void **state)
{
	world w;

	(void)state;
	lived_in(&w);
	w.now_ns += SP_SEC;
	for (int i = 0; i < 10; i++)
		check_i64(world_send(&w, SP_KIND_usd_per_gpu_h, "p:base", 1.12), SP_REFUSED_jump);
	check_i64(gpu_price(&w, 1.12), SP_REFUSED_jump);
	check_i64(gpu_price(&w, 1.12), SP_REFUSED_none);
	world_fini(&w);
}

static void a_gauges_first_value_is_no_jump_and_gauges_are_apart(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	world_add_lot(&w, "spot", 0);
	world_build(&w);
	check_i64(gpu_price(&w, 9000), SP_REFUSED_none);
	check_i64(gpu_price(&w, 9000), SP_REFUSED_none); /* seconded: no first price any more that the next may refute */
	check_i64(world_send_at(&w, SP_KIND_usd_per_gpu_h, "p:spot", 1, w.now_ns - SP_SEC), SP_REFUSED_none);
	check_i64(world_send(&w, SP_KIND_usd_per_gpu_h, "p:spot", 1), SP_REFUSED_none);
	check_i64(gpu_price(&w, 2), SP_REFUSED_jump);
	check_i64(gpu_price(&w, 2), SP_REFUSED_jump);
	check_i64(world_send(&w, SP_KIND_usd_per_gpu_h, "p:spot", 9), SP_REFUSED_jump); /* of its own row */
	check_i64(gpu_price(&w, 2), SP_REFUSED_none);
	world_fini(&w);
}

static void zero_is_near_nothing_but_zero(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	w.setup.kinds[SP_KIND_demand].max_jump = 2;
	w.setup.kinds[SP_KIND_demand].confirm = 2;
	world_build(&w);
	world_send(&w, SP_KIND_demand, "f/input", 0);
	check_i64(world_send(&w, SP_KIND_demand, "f/input", 0), SP_REFUSED_none);
	check_i64(world_send(&w, SP_KIND_demand, "f/input", 1), SP_REFUSED_jump);
	w.now_ns++;
	check_i64(world_send(&w, SP_KIND_demand, "f/input", 1), SP_REFUSED_none);
	world_fini(&w);
}

/* What is hostile but well-formed, sent for an hour to every subject and kind: no price moves, whatever the law. */
static void hostile(world *w, sp_rng *rng)
{
	const double values[] = {NAN, INFINITY, -INFINITY, -1, -1e300, 1e300, 1e19, -0.5};

	for (uint32_t subject = 0; subject < w->setup.n_subjects; subject++) {
		sp_signal signal = {.t_ns = w->now_ns, .subject = subject};
		signal.kind = (uint32_t)sp_rng_below(rng, SP_SIGNAL_KINDS);
		if (sp_kinds[signal.kind].money)
			signal.value.nano = INT64_MIN + (int64_t)sp_rng_below(rng, 1000);
		else
			signal.value.real = values[sp_rng_below(rng, sizeof values / sizeof *values)];
		if (signal.kind != SP_KIND_error_budget)
			check_true(sp_engine_take(w->engine, &signal) != SP_REFUSED_none);
	}
}

static void p5_absurd_inputs_move_no_price(void **state)
{
	const char *const laws[] = {"utilization_pi", "eip1559", "cost_plus", "fixed"};
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int i = 0; i < 4; i++) {
		world w;
		world_init(&w);
		world_use_law(&w, 0, laws[i]);
		w.families[0].mode = i % 2 ? SP_MODE_AUTO : SP_MODE_PROPOSE;
		w.lots[0].by_signal = true;
		world_build(&w);
		world_send(&w, SP_KIND_usd_per_gpu_h, "p:base", 2);
		world_send(&w, SP_KIND_utilization, "p", 0.7);
		for (int k = 0; k < 60; k++) {
			hostile(&w, &rng);
			check_i64(world_step(&w)->index.ppb, SP_NANO);
			check_i64(world_price(&w, 0), 100000000);
		}
		world_fini(&w);
	}
}

static void r25_kinds_have_the_units_and_ranges_of_the_rules(void **state)
{
	(void)state;
	check_text(sp_kinds[SP_KIND_utilization].unit, "1");
	check_text(sp_kinds[SP_KIND_error_budget].unit, "1");
	check_text(sp_kinds[SP_KIND_capacity].unit, "resource units/s");
	check_text(sp_kinds[SP_KIND_queue].unit, "meter quantity");
	check_text(sp_kinds[SP_KIND_latency].unit, "s");
	check_text(sp_kinds[SP_KIND_incident].unit, "1 open, 0 closed");
	check_near(sp_kinds[SP_KIND_incident].max, 1, 0);
	check_true(sp_kinds[SP_KIND_error_budget].min < 0); /* overspent */
	for (sp_signal_kind kind = 0; kind < SP_SIGNAL_KINDS; kind++) {
		bool flow = kind == SP_KIND_revenue || kind == SP_KIND_cost || kind == SP_KIND_support_cost ||
		            kind == SP_KIND_incident_cost;
		if (flow)
			check_text(sp_kinds[kind].unit, "USD");
		if (flow)
			check_true(sp_kinds[kind].money && sp_kinds[kind].min < 0); /* credits and corrections */
		check_true(sp_kinds[kind].subjects != 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(p5_every_refusal_has_its_reason_and_changes_nothing_else),
	    cmocka_unit_test(the_edges_are_taken),
	    cmocka_unit_test(a_configuration_narrows_a_kinds_bounds),
	    cmocka_unit_test(before_the_first_tick_any_date_is_taken),
	    cmocka_unit_test(a_drivers_refusals_are_counted_in_the_next_tick),
	    cmocka_unit_test(a_real_step_of_minus_44_percent_is_taken_at_its_third_record),
	    cmocka_unit_test(a_single_spike_is_forgotten),
	    cmocka_unit_test(spikes_that_differ_do_not_confirm_each_other),
	    cmocka_unit_test(a_record_sent_twice_confirms_nothing),
	    cmocka_unit_test(a_gauges_first_value_is_no_jump_and_gauges_are_apart),
	    cmocka_unit_test(zero_is_near_nothing_but_zero),
	    cmocka_unit_test(p5_absurd_inputs_move_no_price),
	    cmocka_unit_test(r25_kinds_have_the_units_and_ranges_of_the_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
