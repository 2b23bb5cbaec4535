/* test_r18_freeze.c - the engine's part of freeze and thaw (R18). */
#include <string.h>

#include "tests/engine/world.h"

#define POINT (SP_NANO / 100)

static void three(world *w)
{
	world_init(w);
	world_add_pool(w, "q");
	world_add_lot(w, "base", 1);
	w->pools[1].first_lot = 1;
	world_add_family(w, "g", 0);
	world_add_family(w, "h", 1);
	world_build(w);
}

static void check_moves(world *w, bool f, bool g, bool h)
{
	const bool moves[] = {f, g, h};

	world_push(w, POINT);
	for (uint32_t i = 0; i < 3; i++) {
		const sp_decision *d = &w->tick->decisions[i];
		check_i64(d->outcome, moves[i] ? SP_OUTCOME_PUBLISHED : SP_OUTCOME_HELD);
		check_true(sp_engine_frozen(w->engine, i) == !moves[i]);
		check_text(d->reason, moves[i] ? "as_told" : "frozen");
		check_u64(d->binds, moves[i] ? 0 : SP_RAIL_BIT(frozen));
	}
}

static void r18_a_freeze_has_a_scope(void **state)
{
	world w;

	(void)state;
	three(&w);
	check_moves(&w, true, true, true);
	world_freeze(&w, SP_SCOPE_FAMILY, 1);
	check_moves(&w, true, false, true);
	world_thaw(&w, SP_SCOPE_FAMILY, 1);
	world_freeze(&w, SP_SCOPE_POOL, 0);
	check_moves(&w, false, false, true);
	world_thaw(&w, SP_SCOPE_POOL, 0);
	world_freeze(&w, SP_SCOPE_ALL, 0);
	check_moves(&w, false, false, false);
	world_thaw(&w, SP_SCOPE_ALL, 0);
	check_moves(&w, true, true, true);
	world_fini(&w);
}

static void r18_each_scope_is_thawed_by_itself(void **state)
{
	world w;

	(void)state;
	three(&w);
	world_freeze(&w, SP_SCOPE_ALL, 0);
	world_freeze(&w, SP_SCOPE_FAMILY, 0);
	world_thaw(&w, SP_SCOPE_ALL, 0);
	check_moves(&w, false, true, true);
	world_thaw(&w, SP_SCOPE_POOL, 0); /* of what is not frozen: nothing */
	check_moves(&w, false, true, true);
	world_fini(&w);
}

static void r18_a_freeze_holds_at_once(void **state)
{
	world w;

	(void)state;
	three(&w);
	check_true(!sp_engine_frozen(w.engine, 0));
	world_freeze(&w, SP_SCOPE_ALL, 0);
	check_true(sp_engine_frozen(w.engine, 0));
	world_fini(&w);
}

/* Neither what the law wanted meanwhile nor what a person set is kept for later. */
static void r18_thaw_publishes_nothing_by_itself(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_freeze(&w, SP_SCOPE_ALL, 0);
	for (int i = 0; i < 10; i++)
		world_push(&w, POINT);
	world_set_index(&w, 0, 120 * POINT);
	check_i64(world_step(&w)->wish.ppb, 120 * POINT);
	world_thaw(&w, SP_SCOPE_ALL, 0);
	for (int i = 0; i < 10; i++) {
		const sp_decision *d = world_step(&w);
		check_i64(d->outcome, SP_OUTCOME_HELD);
		check_i64(d->wish.ppb, SP_NANO);
	}
	world_fini(&w);
}

static void r18_versions_already_told_come_into_force_on_their_date(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].rails.notice_ns = 10 * SP_MIN;
	world_build(&w);
	world_push(&w, 2 * POINT);
	world_push(&w, 2 * POINT);
	world_freeze(&w, SP_SCOPE_ALL, 0);
	world_push(&w, -4 * POINT); /* nor is a raise withdrawn */
	d = world_steps(&w, 8);
	check_u64(d->n_activated, 2);
	d = world_step(&w);
	check_i64(d->in_force.ppb, 104 * POINT);
	check_i64(world_price(&w, 0), 104000000);
	world_fini(&w);
}

static void r18_a_frozen_family_still_follows_what_the_world_charges(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].mode = SP_MODE_OBSERVE;
	world_build(&w);
	world_freeze(&w, SP_SCOPE_ALL, 0);
	world_send(&w, SP_KIND_list_price, "f/input", 0.12);
	d = world_step(&w);
	check_i64(d->in_force.ppb, 120 * POINT);
	check_i64(d->outcome, SP_OUTCOME_HELD);
	check_i64(world_term(d, "outside"), 20 * POINT);
	world_fini(&w);
}

static void r18_a_frozen_price_outside_its_bounds_stays_and_says_so(void **state)
{
	world w, lower;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_push(&w, 20 * POINT);
	world_freeze(&w, SP_SCOPE_ALL, 0);
	world_init(&lower);
	lower.families[0].rails.ceiling_ppb = 110 * POINT;
	world_build(&lower);
	check_status(world_carry(&lower, &w, false, NULL), SP_OK);
	d = world_steps(&lower, 5);
	check_i64(d->in_force.ppb, 120 * POINT);
	check_i64(d->offer, SP_OFFER_RESTRICTED);
	check_true(world_alarmed(&lower, "outside_bounds", "f"));
	world_fini(&w);
	world_fini(&lower);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r18_a_freeze_has_a_scope),
	    cmocka_unit_test(r18_each_scope_is_thawed_by_itself),
	    cmocka_unit_test(r18_a_freeze_holds_at_once),
	    cmocka_unit_test(r18_thaw_publishes_nothing_by_itself),
	    cmocka_unit_test(r18_versions_already_told_come_into_force_on_their_date),
	    cmocka_unit_test(r18_a_frozen_family_still_follows_what_the_world_charges),
	    cmocka_unit_test(r18_a_frozen_price_outside_its_bounds_stays_and_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
