/* test_loop_causes.c - which of a law's terms came from outside, what of its wish was booked, and what a blend makes of that. */
#include <string.h>

#include "controller/engine/state.h"
#include "policies/price/blend.h"
#include "tests/engine/world.h"

#define POINT (SP_NANO / 100)

/* The scripted law under another table. */
static sp_law_ops scripted;

static void scripted_world(world *w)
{
	scripted = world_law;
	world_init(w);
	sp_params_init(sp_loop_params, sp_loop_n_params, &w->families[0].loop);
	w->families[0].law = &scripted;
}

static void utilization_and_step(world *w)
{
	world_send(w, SP_KIND_utilization, "p", 0.6);
	world_step(w);
}

/* A name says nothing: a term is a cause from outside where its law says so. */
static void a_cause_is_from_outside_where_the_law_says_so(void **state)
{
	static const sp_law_term fees[] = {
	    {"push", false, false, SP_CLOCK_DEMAND},
	    {"fees", true, true, SP_CLOCK_COST},
	    {"trend", false, false, SP_CLOCK_MARKET},
	};

	(void)state;
	for (int outside = 0; outside < 2; outside++) {
		world w;
		scripted_world(&w);
		scripted.exogenous = outside ? 1u << 1 : 0;
		scripted.terms = outside ? fees : world_law.terms; /* there it is called "cost" */
		world_build(&w);
		utilization_and_step(&w);
		world_says.cost_ppb = 2 * POINT;
		utilization_and_step(&w);
		check_i64(w.tick->decisions[0].outcome, SP_OUTCOME_PUBLISHED);
		check_i64(w.engine->families[0].response.began_ns, outside ? w.now_ns : SP_TIME_NEVER);
		world_fini(&w);
	}
}

static void the_cost_of_cost_plus_is_such_a_cause_and_marginal_cost_is_none(void **state)
{
	(void)state;
	check_u64(sp_law_find("cost_plus", 9)->exogenous, 1);
	check_u64(sp_law_find("lerner", 6)->exogenous, 0);
	check_u64(sp_law_find("blend", 5)->exogenous, 0);
}

/* --- what is booked --- */

static void a_law_is_told_what_of_each_term_is_booked(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	w.families[0].rails.dead_band_ppb = 50 * POINT;
	world_build(&w);
	world_says.cost_ppb = 3 * POINT;
	world_push(&w, 2 * POINT);
	world_push(&w, 1 * POINT);
	world_step(&w);
	check_i64(world_says.input.booked[0].ppb, 3 * POINT);
	check_i64(world_says.input.booked[1].ppb, 3 * POINT);
	check_i64(world_says.input.booked[2].ppb, 0);
	world_set_index(&w, 0, 200 * POINT);
	world_steps(&w, 2);
	check_i64(world_says.input.booked[0].ppb, 0);
	world_fini(&w);
}

static bool stay;

static void decide_and_stay(const sp_law_input *input, void *state, const void *params, sp_wish *wish)
{
	world_law.decide(input, state, params, wish);
	for (int i = 0; i < 3; i++)
		wish->terms[i].stays = stay;
}

static void what_stays_is_left_as_it_is_booked(void **state)
{
	world w;

	(void)state;
	scripted_world(&w);
	scripted.decide = decide_and_stay;
	w.families[0].rails.dead_band_ppb = 50 * POINT;
	world_build(&w);
	stay = false;
	world_says.cost_ppb = 3 * POINT;
	check_i64(world_push(&w, 2 * POINT)->wish.ppb, 105 * POINT);
	stay = true;
	world_says.cost_ppb = 9 * POINT;
	world_says.trend = 0.5;
	check_i64(world_push(&w, 2 * POINT)->wish.ppb, 105 * POINT);
	stay = false;
	world_says.trend = 0;
	check_i64(world_push(&w, 0)->wish.ppb, 111 * POINT);
	world_fini(&w);
}

/* --- a blend in a loop --- */

static void add(world *w, const char *name)
{
	sp_blend *blend = (sp_blend *)(void *)w->families[0].law_params;
	sp_message message;

	check_status(sp_blend_set(&blend->parts[blend->n], sp_law_find(name, strlen(name)), &message), SP_OK);
	blend->parts[blend->n++].weight_ppb = SP_NANO / 2;
}

/* Cost, and dollars earned: none of its parts reads a load with a setpoint, so that no move answers to one. */
static void a_blend_answers_to_the_load_only_where_a_part_reads_it(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	world_use_law(&w, 0, "blend");
	add(&w, "cost_plus");
	add(&w, "cost_recovery");
	sp_params_init(sp_loop_params, sp_loop_n_params, &w.families[0].loop);
	world_build(&w);
	for (int i = 0; i < 60; i++) {
		world_send(&w, SP_KIND_demand, "f/input", 6000);
		world_step(&w);
	}
	check_true(w.engine->families[0].moved_ns != SP_TIME_NEVER);
	check_u64(w.engine->families[0].response.n_answers, 0);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_cause_is_from_outside_where_the_law_says_so),
	    cmocka_unit_test(the_cost_of_cost_plus_is_such_a_cause_and_marginal_cost_is_none),
	    cmocka_unit_test(a_law_is_told_what_of_each_term_is_booked),
	    cmocka_unit_test(what_stays_is_left_as_it_is_booked),
	    cmocka_unit_test(a_blend_answers_to_the_load_only_where_a_part_reads_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
