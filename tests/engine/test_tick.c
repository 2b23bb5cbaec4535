/* test_tick.c - the engine's tick from outside: what moves, what is held, and what customers are told. */
#include <string.h>

#include "tests/engine/world.h"

static void a_push_is_published_and_the_prices_keep_their_ratio(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_says.push_ppb = SP_NANO / 20;
	d = world_step(&w);
	check_i64(d->outcome, SP_OUTCOME_PUBLISHED);
	check_index(d->before, SP_INDEX_ONE);
	check_i64(d->index.ppb, 1050000000);
	check_u64(d->n_prices, 2);
	check_money(d->prices[0].amount, (sp_money){105000000});
	check_money(d->prices[1].amount, (sp_money){420000000});
	check_i64(world_term(d, "push"), 50000000);
	check_money(sp_engine_price(w.engine, 1, NULL), (sp_money){420000000});
	world_fini(&w);
}

static void r6_step_holds_what_the_law_wants_beyond_it(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].rails.max_step_ppb = SP_NANO / 20;
	world_build(&w);
	world_says.push_ppb = 90000000;
	d = world_step(&w);
	check_i64(d->wish.ppb, 1090000000);
	check_i64(d->index.ppb, 1050000000);
	check_i64(world_term(d, "push"), 90000000);
	check_i64(world_term(d, "rail.step"), -40000000);
	check_u64(d->binds, SP_RAIL_BIT(step));
	world_fini(&w);
}

static void r1_a_raise_under_notice_is_announced_and_comes_into_force_on_its_date(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].rails.notice_ns = SP_HOUR;
	world_build(&w);
	world_says.push_ppb = 10000000;
	d = world_step(&w);
	check_i64(d->outcome, SP_OUTCOME_ANNOUNCED);
	check_i64(d->prices[0].not_before_ns, w.now_ns + SP_HOUR);
	check_money(sp_engine_price(w.engine, 0, NULL), (sp_money){100000000});
	world_says.push_ppb = 0;
	for (int i = 0; i < 59; i++)
		d = world_step(&w);
	check_u64(d->n_activated, 0);
	d = world_step(&w);
	check_u64(d->n_activated, 2);
	check_u64(d->activated[0].version, 1);
	check_money(sp_engine_price(w.engine, 0, NULL), (sp_money){101000000});
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_push_is_published_and_the_prices_keep_their_ratio),
	    cmocka_unit_test(r6_step_holds_what_the_law_wants_beyond_it),
	    cmocka_unit_test(r1_a_raise_under_notice_is_announced_and_comes_into_force_on_its_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
