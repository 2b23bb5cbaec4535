/* test_r18_withdraw.c - a freeze that bars a committed tick from publication withdraws what it told (R18): customers never saw
 * it, so what stood before comes back, to the digit. */
#include <stdlib.h>
#include <string.h>

#include "controller/engine/state.h"
#include "tests/engine/world.h"

#define POINT (SP_NANO / 100)

/* --- what stood before --- */

static void r18_a_price_in_force_at_once_is_withdrawn(void **state)
{
	world w;
	world_group before, after;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_push(&w, 3 * POINT);
	before = world_told(&w, 0);
	world_push(&w, 2 * POINT);
	check_i64(world_price(&w, 0), 105000000);
	world_bar(&w, SP_SCOPE_ALL, 0, w.now_ns);
	check_true(sp_engine_frozen(w.engine, 0));
	after = world_told(&w, 0);
	world_check_group(&after, &before);
	check_u64(before.prices[0].version, 1);
	check_i64(before.prices[1].amount.nano, 412000000);
	d = world_step(&w);
	check_text(d->reason, "withdrawn");
	check_true(d->recorded);
	check_i64(d->outcome, SP_OUTCOME_HELD);
	check_i64(d->before.ppb, 103 * POINT);
	check_i64(d->index.ppb, 103 * POINT);
	check_i64(d->in_force.ppb, 103 * POINT);
	check_u64(d->n_prices + d->n_activated + d->n_terms, 0);
	world_fini(&w);
}

static void r18_it_is_said_once(void **state)
{
	world w;
	const sp_decision *d;
	int64_t told_ns;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_push(&w, 3 * POINT);
	told_ns = w.now_ns;
	world_bar(&w, SP_SCOPE_ALL, 0, told_ns);
	world_bar(&w, SP_SCOPE_ALL, 0, told_ns); /* again: there is nothing left to withdraw */
	check_text(world_step(&w)->reason, "withdrawn");
	world_bar(&w, SP_SCOPE_ALL, 0, told_ns);
	d = world_step(&w);
	check_text(d->reason, "frozen");
	check_true(d->recorded);
	check_true(!world_step(&w)->recorded);
	world_fini(&w);
}

static void r18_an_announced_raise_is_withdrawn_and_those_before_it_stay(void **state)
{
	world w;
	world_group before, after;
	const sp_decision *d;
	int64_t first, second;

	(void)state;
	world_init(&w);
	w.families[0].rails.notice_ns = SP_HOUR;
	world_build(&w);
	first = world_push(&w, 2 * POINT)->prices[0].not_before_ns;
	before = world_told(&w, 0);
	second = world_push(&w, 3 * POINT)->prices[0].not_before_ns;
	check_u64(world_told(&w, 0).n, 6);
	world_bar(&w, SP_SCOPE_FAMILY, 0, w.now_ns);
	after = world_told(&w, 0);
	world_check_group(&after, &before);
	check_u64(after.n, 4);
	check_i64(world_step(&w)->before.ppb, 102 * POINT);
	check_u64(world_says.input.n_pending, 1);
	d = world_tick(&w, first); /* told, so it comes into force, frozen or not */
	check_i64(d->in_force.ppb, 102 * POINT);
	check_u64(d->activated[0].version, 1);
	check_u64(world_tick(&w, second)->n_activated, 0);
	world_fini(&w);
}

/* 1.02 and 1.05 wait; an end to both, at once, and then a lowered raise, are barred: both come back with dates and digits. */
static void r18_what_a_barred_cut_withdrew_returns(void **state)
{
	const int64_t pushes[] = {-8 * POINT, -5 * POINT, -2 * POINT, -3 * POINT, POINT};

	(void)state;
	for (size_t i = 0; i < sizeof pushes / sizeof pushes[0]; i++) {
		world w;
		world_group before, after;
		int64_t first, second;
		world_init(&w);
		w.families[0].rails.notice_ns = SP_HOUR;
		w.skus[0].grid.nano = 900000; /* prices that are rounded */
		world_build(&w);
		first = world_push(&w, 2 * POINT)->prices[0].not_before_ns;
		second = world_push(&w, 3 * POINT)->prices[0].not_before_ns;
		before = world_told(&w, 0);
		check_u64(before.n, 6);
		check_i64(before.prices[1].amount.nano, 101700000);
		check_i64(before.prices[2].amount.nano, 104400000);
		world_push(&w, pushes[i]);
		world_bar(&w, SP_SCOPE_ALL, 0, w.now_ns);
		after = world_told(&w, 0);
		world_check_group(&after, &before);
		check_i64(world_step(&w)->before.ppb, 105 * POINT);
		world_thaw(&w, SP_SCOPE_ALL, 0);
		check_i64(world_tick(&w, first)->in_force.ppb, 102 * POINT);
		check_i64(world_price(&w, 0), 101700000);
		check_i64(world_tick(&w, second)->in_force.ppb, 105 * POINT);
		check_i64(world_price(&w, 0), 104400000);
		world_fini(&w);
	}
}

/* A raise told long ago comes into force at the very tick that is barred: that was no telling of this tick's. */
static void r18_what_came_into_force_at_the_barred_tick_stays(void **state)
{
	world w;
	world_group after;
	int64_t date;

	(void)state;
	world_init(&w);
	w.families[0].rails.notice_ns = SP_HOUR;
	world_build(&w);
	date = world_push(&w, 2 * POINT)->prices[0].not_before_ns;
	world_says.push_ppb = -3 * POINT;
	check_i64(world_tick(&w, date)->in_force.ppb, 99 * POINT);
	check_u64(w.tick->decisions[0].n_activated, 2);
	world_bar(&w, SP_SCOPE_ALL, 0, w.now_ns);
	after = world_told(&w, 0);
	check_u64(after.n, 2);
	check_u64(after.prices[0].version, 1);
	check_i64(after.prices[0].amount.nano, 102000000);
	check_i64(after.prices[0].not_before_ns, date);
	check_u64(world_step(&w)->n_activated, 0);
	world_fini(&w);
}

static void r18_an_index_set_by_hand_is_withdrawn_too(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].mode = SP_MODE_PROPOSE;
	world_build(&w);
	world_send(&w, SP_KIND_list_price, "f/input", 0.102);
	world_step(&w);
	world_set_index(&w, 0, 110 * POINT);
	world_step(&w);
	world_bar(&w, SP_SCOPE_ALL, 0, w.now_ns);
	d = world_step(&w);
	check_i64(d->in_force.ppb, 102 * POINT);
	check_text(d->reason, "withdrawn");
	world_send(&w, SP_KIND_list_price, "f/input", 0.103); /* and the world goes on */
	check_i64(world_step(&w)->in_force.ppb, 103 * POINT);
	world_fini(&w);
}

/* --- what was never told counts for nothing --- */

/* Told, barred, and the freeze lifted again: the tick that says so is the last one of three minutes. */
static void tell_and_bar(world *w, int64_t push_ppb)
{
	check_i64(world_push(w, push_ppb)->outcome, SP_OUTCOME_PUBLISHED);
	world_bar(w, SP_SCOPE_ALL, 0, w->now_ns);
	check_text(world_step(w)->reason, "withdrawn");
	world_thaw(w, SP_SCOPE_ALL, 0);
	world_step(w);
}

static void r18_what_was_barred_is_no_change_and_moved_no_revenue(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	w.families[0].rails.max_changes = 2;
	w.families[0].rails.changes_window_ns = SP_DAY;
	world_build(&w);
	check_i64(world_push(&w, POINT)->outcome, SP_OUTCOME_PUBLISHED);
	int64_t moved_ns = w.engine->families[0].moved_ns;
	tell_and_bar(&w, POINT);
	check_i64(w.engine->families[0].moved_ns, moved_ns);
	check_i64(world_push(&w, POINT)->outcome, SP_OUTCOME_PUBLISHED);
	check_u64(world_push(&w, POINT)->binds, SP_RAIL_BIT(max_changes));
	world_fini(&w);
}

/* A loop that is barred each time it turns has not swung: no gain is halved for what nobody saw. */
static void r18_what_was_barred_halves_no_gain(void **state)
{
	world w;
	sp_loop_report report;

	(void)state;
	world_init(&w);
	sp_params_init(sp_loop_params, sp_loop_n_params, &w.families[0].loop);
	w.families[0].loop.alternations = 2;
	world_build(&w);
	world_push(&w, 2 * POINT);
	sp_health before = w.engine->families[0].health;
	for (int i = 0; i < 20; i++)
		tell_and_bar(&w, i % 2 ? 4 * POINT : -4 * POINT);
	sp_engine_loop(w.engine, 0, &report);
	check_near(report.gain, 1, 0);
	check_true(report.moves <= before.moves && report.alternations <= before.alternations);
	check_true(!world_alarmed(&w, "loop_unstable", "f"));
	world_fini(&w);
}

/* --- where nothing is withdrawn --- */

static void r18_only_what_the_barred_tick_told_is_withdrawn(void **state)
{
	world w;
	world_group before, after;
	int64_t earlier;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_push(&w, POINT);
	earlier = w.now_ns;
	world_push(&w, POINT);
	before = world_told(&w, 0);
	world_bar(&w, SP_SCOPE_ALL, 0, earlier); /* told again since */
	world_bar(&w, SP_SCOPE_ALL, 0, w.now_ns + 1);
	world_freeze(&w, SP_SCOPE_ALL, 0);
	after = world_told(&w, 0);
	world_check_group(&after, &before);
	check_text(world_step(&w)->reason, "frozen");
	world_bar(&w, SP_SCOPE_ALL, 0, w.now_ns); /* that tick told nothing */
	check_text(world_step(&w)->reason, "frozen");
	check_i64(world_price(&w, 0), 102000000);
	world_fini(&w);
}

/* The world's own price came after what was told: there is no going back behind it. */
static void r18_what_the_world_has_overtaken_is_not_withdrawn(void **state)
{
	world w;
	int64_t told_ns;

	(void)state;
	world_init(&w);
	w.families[0].mode = SP_MODE_PROPOSE;
	world_build(&w);
	world_set_index(&w, 0, 110 * POINT);
	world_step(&w);
	told_ns = w.now_ns;
	world_send_at(&w, SP_KIND_list_price, "f/input", 0.12, w.now_ns + 1);
	world_step(&w);
	world_bar(&w, SP_SCOPE_ALL, 0, told_ns);
	check_i64(world_step(&w)->in_force.ppb, 120 * POINT);
	world_fini(&w);
}

static void r18_a_thaw_withdraws_nothing(void **state)
{
	world w;
	sp_command thaw = {.kind = SP_COMMAND_THAW, .scope = SP_SCOPE_ALL};

	(void)state;
	world_init(&w);
	world_build(&w);
	world_push(&w, POINT);
	thaw.withdraw_ns = w.now_ns;
	check_status(sp_engine_command(w.engine, &thaw), SP_OK);
	check_i64(world_step(&w)->in_force.ppb, 101 * POINT);
	world_fini(&w);
}

static void r18_a_barred_tick_outside_the_permitted_times_is_refused(void **state)
{
	world w;
	sp_command freeze = {.kind = SP_COMMAND_FREEZE, .scope = SP_SCOPE_ALL};
	const int64_t times[] = {-1, SP_TIME_MAX_NS, INT64_MIN, SP_TIME_NEVER};

	(void)state;
	world_init(&w);
	world_build(&w);
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		freeze.withdraw_ns = times[i];
		check_status(sp_engine_command(w.engine, &freeze), SP_E_RANGE);
	}
	freeze.withdraw_ns = w.now_ns;
	freeze.scope = SP_SCOPE_FAMILY;
	freeze.slot = 1;
	check_status(sp_engine_command(w.engine, &freeze), SP_E_RANGE);
	check_true(!sp_engine_frozen(w.engine, 0));
	world_fini(&w);
}

/* --- scopes --- */

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

static void r18_a_withdrawal_has_the_scope_of_its_freeze(void **state)
{
	static const struct {
		sp_scope scope;
		uint32_t slot;
		bool withdrawn[3]; /* of f, g, h */
	} cases[] = {
	    {SP_SCOPE_ALL, 0, {true, true, true}},      {SP_SCOPE_POOL, 0, {true, true, false}},
	    {SP_SCOPE_POOL, 1, {false, false, true}},   {SP_SCOPE_FAMILY, 0, {true, false, false}},
	    {SP_SCOPE_FAMILY, 1, {false, true, false}}, {SP_SCOPE_FAMILY, 2, {false, false, true}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		world w;
		three(&w);
		world_push(&w, POINT);
		world_bar(&w, cases[i].scope, cases[i].slot, w.now_ns);
		world_step(&w);
		for (uint32_t f = 0; f < 3; f++) {
			const sp_decision *d = &w.tick->decisions[f];
			check_i64(d->in_force.ppb, cases[i].withdrawn[f] ? SP_NANO : 101 * POINT);
			check_text(d->reason, cases[i].withdrawn[f] ? "withdrawn" : "as_told");
			check_i64(world_price(&w, 2 * f), cases[i].withdrawn[f] ? 100000000 : 101000000);
		}
		world_fini(&w);
	}
}

/* --- what comes after --- */

static void r18_the_count_of_versions_never_goes_back(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_push(&w, POINT);
	world_push(&w, POINT);
	world_bar(&w, SP_SCOPE_ALL, 0, w.now_ns);
	world_thaw(&w, SP_SCOPE_ALL, 0);
	world_step(&w);
	d = world_push(&w, POINT);
	check_u64(d->prices[0].version, 3);
	check_u64(d->prices[0].parent, 1);
	check_i64(d->index.ppb, 102 * POINT);
	world_fini(&w);
}

/* Within an hour at most 5 %: the barred 1.05 still counts, so 0.9975 is the lowest and 1.05 the highest. */
static void r6_rates_hold_the_barred_index(void **state)
{
	static const struct {
		int64_t push, index;
		const char *rail;
	} cases[] = {{-5 * POINT, 997500000, "rail.rate_hour"}, {8 * POINT, 1050000000, "rail.rate_hour"}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		world w;
		const sp_decision *d;
		world_init(&w);
		w.families[0].rails.max_per_hour_ppb = 5 * POINT;
		world_build(&w);
		world_step(&w);
		world_push(&w, 5 * POINT);
		world_bar(&w, SP_SCOPE_ALL, 0, w.now_ns);
		world_thaw(&w, SP_SCOPE_ALL, 0);
		world_step(&w);
		d = world_push(&w, cases[i].push);
		check_i64(d->before.ppb, SP_NANO);
		check_i64(d->index.ppb, cases[i].index);
		check_i64(world_term(d, cases[i].rail), cases[i].index - SP_NANO - cases[i].push);
		world_fini(&w);
	}
}

/* R1: intervals count from what customers were told last; they were not told the barred one. */
static void r1_intervals_count_from_the_version_that_came_back(void **state)
{
	world w;
	int64_t told_ns;

	(void)state;
	world_init(&w);
	w.families[0].rails.min_interval_ns = 10 * SP_MIN;
	world_build(&w);
	world_push(&w, POINT);
	told_ns = w.now_ns;
	world_says.push_ppb = POINT;
	check_i64(world_tick(&w, told_ns + 12 * SP_MIN)->outcome, SP_OUTCOME_PUBLISHED);
	world_bar(&w, SP_SCOPE_ALL, 0, w.now_ns);
	world_thaw(&w, SP_SCOPE_ALL, 0);
	world_step(&w);
	check_i64(world_says.input.since_change_ns, 13 * SP_MIN);
	check_i64(world_step(&w)->outcome, SP_OUTCOME_PUBLISHED);
	check_i64(world_step(&w)->outcome, SP_OUTCOME_HELD);
	world_fini(&w);
}

/* R3: the own index goes to what is told again, and the law is told so. */
static void r3_a_withdrawal_clears_the_ledger_and_tells_the_law(void **state)
{
	world w;
	const sp_decision *d;
	uint32_t calls;

	(void)state;
	world_init(&w);
	w.families[0].rails.dead_band_ppb = 2 * POINT;
	world_build(&w);
	world_push(&w, 3 * POINT);
	world_says.cost_ppb = POINT;
	world_push(&w, 4 * POINT);
	calls = world_says.told_calls;
	world_bar(&w, SP_SCOPE_ALL, 0, w.now_ns);
	check_u64(world_says.told_calls, calls + 1);
	check_i64(world_says.told.by, SP_TOLD_WITHDRAWN);
	check_i64(world_says.told.before.ppb, 108 * POINT);
	check_i64(world_says.told.after.ppb, 103 * POINT);
	check_i64(world_says.told.now_ns, w.now_ns);
	world_thaw(&w, SP_SCOPE_ALL, 0);
	world_says.cost_ppb = 0;
	world_step(&w);
	check_i64(world_says.input.own.ppb, 103 * POINT);
	d = world_push(&w, POINT);
	check_i64(world_says.input.told.ppb, 103 * POINT);
	check_i64(d->wish.ppb, 104 * POINT);
	world_fini(&w);
}

/* What the law gathered since the telling that is withdrawn is dropped with it. */
static void r3_a_withdrawal_drops_what_was_gathered_since(void **state)
{
	world w;
	const sp_decision *d;
	int64_t told_ns;

	(void)state;
	world_init(&w);
	w.families[0].rails.dead_band_ppb = 2 * POINT;
	world_build(&w);
	world_push(&w, 3 * POINT);
	told_ns = w.now_ns;
	check_i64(world_push(&w, POINT)->outcome, SP_OUTCOME_HELD);
	world_bar(&w, SP_SCOPE_ALL, 0, told_ns);
	d = world_push(&w, POINT / 2);
	check_i64(d->before.ppb, SP_NANO);
	check_i64(d->wish.ppb, SP_NANO + POINT / 2);
	world_fini(&w);
}

/* A freeze and its thaw in one period: that period's tick says what was withdrawn, and moves nothing. */
static void r18_a_thaw_in_the_same_period_moves_a_tick_later(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_push(&w, POINT);
	world_bar(&w, SP_SCOPE_ALL, 0, w.now_ns);
	world_thaw(&w, SP_SCOPE_ALL, 0);
	world_set_index(&w, 0, 120 * POINT); /* by a person who saw it thawed: it is not lost */
	d = world_push(&w, 2 * POINT);
	check_text(d->reason, "withdrawn");
	check_i64(d->outcome, SP_OUTCOME_HELD);
	d = world_step(&w);
	check_text(d->reason, "set_by_hand");
	check_i64(d->in_force.ppb, 120 * POINT);
	world_fini(&w);
}

/* A rise in cost that was passed on, and withdrawn, is due again; in full, and once. */
static void r23_cost_plus_passes_on_again_what_was_withdrawn(void **state)
{
	world w;
	int64_t index;

	(void)state;
	world_init(&w);
	w.lots[0].by_signal = true;
	w.pools[0].clocks[SP_CLOCK_COST].feed = SP_FEED_FED;
	world_use_law(&w, 0, "cost_plus");
	world_build(&w);
	world_send(&w, SP_KIND_usd_per_gpu_h, "p:base", 2);
	world_step(&w);
	world_send(&w, SP_KIND_usd_per_gpu_h, "p:base", 2.2);
	check_i64(world_step(&w)->outcome, SP_OUTCOME_PUBLISHED);
	index = w.tick->decisions[0].index.ppb;
	check_true(index > SP_NANO);
	world_bar(&w, SP_SCOPE_ALL, 0, w.now_ns);
	world_thaw(&w, SP_SCOPE_ALL, 0);
	check_i64(world_step(&w)->in_force.ppb, SP_NANO);
	check_i64(world_step(&w)->in_force.ppb, index);
	check_i64(world_step(&w)->outcome, SP_OUTCOME_HELD);
	world_fini(&w);
}

/* --- elsewhere: another engine takes over between the barred tick, the freeze and the tick that says so --- */

typedef enum passage { STAYS, RESTORED, CARRIED, PASSAGES } passage;

static void noticed(world *w)
{
	world_init(w);
	w->families[0].rails.notice_ns = SP_HOUR;
	w->skus[1].grid.nano = 700000;
}

/* `*w` goes on as `other`; a reload brings another step and a new row of the sheet. */
static void pass(world **w, world *other, passage how)
{
	size_t n = sp_engine_save_size((*w)->engine);
	uint8_t *bytes = malloc(n);

	check_true(bytes != NULL);
	if (how != STAYS) {
		bool grows = how == CARRIED || (*w)->setup.n_skus > 2;
		noticed(other);
		if (grows)
			world_add_sku(other, "xcached", SP_NANO / 20, 1);
		other->families[0].rails.max_step_ppb = grows ? 50 * POINT : SP_PARAM_NONE;
		world_build(other);
		other->now_ns = (*w)->now_ns;
		sp_engine_save((*w)->engine, bytes, n);
		if (how == RESTORED)
			check_status(sp_engine_restore(other->engine, bytes, n, NULL), SP_OK);
		else
			check_status(world_carry(other, *w, false, NULL), SP_OK);
		world_fini(*w);
		*w = other;
	}
	free(bytes);
}

/* The group of a world whose third SKU may be new: its first rows are the old SKUs'. */
static void check_came_back(const world *w, const world_group *before)
{
	world_group after = world_told(w, 0);

	if (w->setup.n_skus > 2) {
		check_u64(after.n, 9);
		check_i64(after.prices[6].amount.nano, 50000000);
		check_i64(after.prices[7].amount.nano, 51000000);
		check_i64(after.prices[8].amount.nano, 52500000);
		after.n = 6;
	}
	world_check_group(&after, before);
}

static void r18_a_withdrawal_survives_restore_and_carry(void **state)
{
	(void)state;
	for (int i = 0; i < PASSAGES * PASSAGES; i++) {
		static world worlds[3];
		world *w = &worlds[0];
		world_group before;
		noticed(w);
		world_build(w);
		world_push(w, 2 * POINT);
		world_push(w, 3 * POINT);
		before = world_told(w, 0);
		check_u64(before.n, 6);
		world_push(w, -8 * POINT);
		pass(&w, &worlds[1], (passage)(i % PASSAGES));
		world_bar(w, SP_SCOPE_ALL, 0, w->now_ns);
		check_came_back(w, &before);
		pass(&w, &worlds[2], (passage)(i / PASSAGES));
		check_came_back(w, &before);
		check_text(world_step(w)->reason, "withdrawn");
		check_i64(w->tick->decisions[0].index.ppb, 105 * POINT);
		check_text(world_step(w)->reason, "frozen");
		world_fini(w);
	}
}

/* The sheet that an operator accepted holds for what comes back, too: the index is restored, the prices are of today's sheet. */
static void r17_what_comes_back_after_an_accepted_sheet_is_of_that_sheet(void **state)
{
	world w, dearer;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_push(&w, 2 * POINT);
	world_push(&w, 3 * POINT);
	world_init(&dearer);
	dearer.skus[0].sheet.nano *= 2;
	world_build(&dearer);
	check_status(world_carry(&dearer, &w, true, NULL), SP_OK);
	world_bar(&dearer, SP_SCOPE_ALL, 0, w.now_ns);
	d = world_step(&dearer);
	check_i64(d->in_force.ppb, 102 * POINT);
	check_i64(world_price(&dearer, 0), 204000000);
	check_i64(world_price(&dearer, 1), 408000000);
	world_fini(&w);
	world_fini(&dearer);
}

/* --- a property: whatever a tick tells, and whatever stood before, barring it is as if it had told nothing --- */

#define LIVES 60
#define TICKS 80

static void random_world(world *w, sp_rng *rng)
{
	static const int64_t notices[] = {0, 0, 10 * SP_SEC, 5 * SP_MIN, SP_HOUR};

	world_init(w);
	world_add_sku(w, "xcached", 7 * SP_NANO / 100, 2);
	w->families[0].rails.notice_ns = notices[sp_rng_below(rng, 5)];
	w->families[0].mode = sp_rng_below(rng, 4) == 0 ? SP_MODE_PROPOSE : SP_MODE_AUTO;
	w->families[0].rails.floor_ppb = 70 * POINT;
	w->families[0].rails.ceiling_ppb = 150 * POINT;
	if (sp_rng_below(rng, 2) == 0)
		w->families[0].rails.max_step_ppb = 4 * POINT;
	for (int i = 0; i < 3; i++)
		w->skus[i].grid.nano = 1 + (int64_t)sp_rng_below(rng, 900000);
	world_build(w);
}

static void random_period(world *w, sp_rng *rng)
{
	world_says.push_ppb = ((int64_t)sp_rng_below(rng, 9) - 4) * POINT * (int64_t)sp_rng_below(rng, 3) / 2;
	world_says.cost_ppb = (int64_t)sp_rng_below(rng, 3) * POINT;
	if (sp_rng_below(rng, 6) == 0)
		world_send(w, SP_KIND_list_price, sp_rng_below(rng, 2) ? "f/input" : "f/output",
		           0.1 + 0.01 * sp_rng_uniform(rng));
	if (sp_rng_below(rng, 6) == 0)
		world_set_index(w, 0, (80 + (int64_t)sp_rng_below(rng, 50)) * POINT);
	world_thaw(w, SP_SCOPE_ALL, 0);
	world_step(w);
}

/* What the next group is when nothing is told at its tick: a frozen copy of the engine goes there. */
static void frozen_twin(const world *w, world *twin)
{
	uint8_t *bytes = malloc(sp_engine_save_size(w->engine));

	check_true(bytes != NULL);
	sp_engine_save(w->engine, bytes, sp_engine_save_size(w->engine));
	check_status(sp_engine_restore(twin->engine, bytes, sp_engine_save_size(w->engine), NULL), SP_OK);
	twin->now_ns = w->now_ns;
	free(bytes);
}

static void r18_a_barred_tick_is_as_if_it_had_been_frozen(void **state)
{
	static world w, twin;
	sp_rng rng, same;
	uint32_t barred = 0;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int life = 0; life < LIVES; life++) {
		same = rng;
		random_world(&twin, &same);
		random_world(&w, &rng);
		for (int i = 0; i < TICKS; i++) {
			world_group got, want;
			frozen_twin(&w, &twin);
			same = rng;
			world_freeze(&twin, SP_SCOPE_FAMILY, 0); /* outlives the thaw of all */
			random_period(&twin, &same);
			random_period(&w, &rng);
			if (w.tick->decisions[0].outcome < SP_OUTCOME_ANNOUNCED || sp_rng_below(&rng, 3) > 0)
				continue;
			barred++;
			world_bar(&w, SP_SCOPE_ALL, 0, w.now_ns);
			got = world_told(&w, 0);
			want = world_told(&twin, 0);
			world_check_group(&got, &want);
			check_i64(world_step(&w)->before.ppb, twin.tick->decisions[0].index.ppb);
		}
		world_fini(&w);
		world_fini(&twin);
	}
	check_true(barred > LIVES * TICKS / 20);
	print_message("%u ticks barred\n", barred);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r18_a_price_in_force_at_once_is_withdrawn),
	    cmocka_unit_test(r18_it_is_said_once),
	    cmocka_unit_test(r18_an_announced_raise_is_withdrawn_and_those_before_it_stay),
	    cmocka_unit_test(r18_what_a_barred_cut_withdrew_returns),
	    cmocka_unit_test(r18_what_came_into_force_at_the_barred_tick_stays),
	    cmocka_unit_test(r18_an_index_set_by_hand_is_withdrawn_too),
	    cmocka_unit_test(r18_what_was_barred_is_no_change_and_moved_no_revenue),
	    cmocka_unit_test(r18_what_was_barred_halves_no_gain),
	    cmocka_unit_test(r18_only_what_the_barred_tick_told_is_withdrawn),
	    cmocka_unit_test(r18_what_the_world_has_overtaken_is_not_withdrawn),
	    cmocka_unit_test(r18_a_thaw_withdraws_nothing),
	    cmocka_unit_test(r18_a_barred_tick_outside_the_permitted_times_is_refused),
	    cmocka_unit_test(r18_a_withdrawal_has_the_scope_of_its_freeze),
	    cmocka_unit_test(r18_the_count_of_versions_never_goes_back),
	    cmocka_unit_test(r6_rates_hold_the_barred_index),
	    cmocka_unit_test(r1_intervals_count_from_the_version_that_came_back),
	    cmocka_unit_test(r3_a_withdrawal_clears_the_ledger_and_tells_the_law),
	    cmocka_unit_test(r3_a_withdrawal_drops_what_was_gathered_since),
	    cmocka_unit_test(r18_a_thaw_in_the_same_period_moves_a_tick_later),
	    cmocka_unit_test(r23_cost_plus_passes_on_again_what_was_withdrawn),
	    cmocka_unit_test(r18_a_withdrawal_survives_restore_and_carry),
	    cmocka_unit_test(r17_what_comes_back_after_an_accepted_sheet_is_of_that_sheet),
	    cmocka_unit_test(r18_a_barred_tick_is_as_if_it_had_been_frozen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
