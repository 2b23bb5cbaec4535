/* test_traps.c - known ways for a price loop to go wrong, each as a scene (docs/traps.md). Where the safeguard is a mark or a setting, the
 * same scene without it shows that the trap is there. */
#include <string.h>

#include "controller/engine/state.h"
#include "tests/engine/world.h"

#define PERCENT INT64_C(10000000)

/* --- noise eating the rate budget --- */

/* A noisy night fills the day's limit up and down, then GPUs cost 10 % of the price more: how much of that is told at once? */
static int64_t told_of_a_cost_step(bool marked_as_cost)
{
	sp_law_ops law = world_law;
	sp_law_term terms[3];
	world w;
	int64_t before;

	memcpy(terms, world_law.terms, sizeof terms);
	terms[1].cost = marked_as_cost;
	law.terms = terms;
	world_init(&w);
	w.families[0].law = &law;
	w.families[0].rails.max_per_day_ppb = 5 * PERCENT;
	w.families[0].rails.cost_max_per_day_ppb = 25 * PERCENT;
	world_build(&w);
	for (int i = 0; i < 8 * 60; i++)
		world_push(&w, (i / 60 % 2 == 0 ? 1 : -1) * PERCENT / 5);
	while (w.engine->families[0].book.told_ppb < 104 * PERCENT)
		world_push(&w, PERCENT); /* the night ends at the limit */
	world_push(&w, 5 * PERCENT);
	before = w.engine->families[0].book.told_ppb;
	world_says.cost_ppb = 10 * PERCENT;
	world_step(&w);
	world_says.cost_ppb = 0;
	before = w.engine->families[0].book.told_ppb - before;
	world_fini(&w);
	return before;
}

static void trap_noise_does_not_eat_the_rate_budget_that_a_cost_step_needs(void **state)
{
	(void)state;
	check_i64(told_of_a_cost_step(true), 10 * PERCENT);
	check_i64(told_of_a_cost_step(false), 0); /* the trap: a term like any other finds no room */
}

/* --- dead band swallowing corrections --- */

static void trap_a_dead_band_does_not_swallow_small_corrections(void **state)
{
	world w;
	int told = 0;

	(void)state;
	world_init(&w);
	w.families[0].rails.dead_band_ppb = PERCENT;
	world_build(&w);
	for (int i = 0; i < 100; i++) /* none of them is worth a change by itself */
		told += world_push(&w, PERCENT / 8)->outcome == SP_OUTCOME_PUBLISHED;
	check_true(told >= 8);
	check_true(w.engine->families[0].book.told_ppb >= SP_NANO + 100 * PERCENT / 8 - PERCENT);
	world_fini(&w);
}

/* --- floor against step limit --- */

/* A price far below its floor, and a law that wants it lower still: it climbs by the step at every tick, whatever interval and dead
 * band say, never faster, with the alarm and a restricted offer until it is there. */
static void trap_the_floor_and_the_step_limit_do_not_lock_each_other(void **state)
{
	const int64_t floor = 150 * PERCENT;
	world w;
	int ticks = 0;

	(void)state;
	world_init(&w);
	w.families[0].rails.floor_ppb = floor;
	w.families[0].rails.max_step_ppb = 5 * PERCENT;
	w.families[0].rails.dead_band_ppb = 10 * PERCENT;
	w.families[0].rails.min_interval_ns = SP_DAY;
	world_build(&w);
	while (w.engine->families[0].book.told_ppb < floor && ticks < 100) {
		const sp_decision *d = world_push(&w, -PERCENT);
		int64_t most = d->before.ppb + d->before.ppb / 20;
		ticks++;
		check_i64(d->index.ppb, most < floor ? most : floor);
		check_true(d->index.ppb == floor || d->offer == SP_OFFER_RESTRICTED);
		check_true(d->index.ppb == floor || world_alarmed(&w, "outside_bounds", "f"));
	}
	check_i64(ticks, 9); /* 1.05^9 > 1.5 */
	world_push(&w, -PERCENT);
	check_i64(w.engine->families[0].book.told_ppb, floor);
	check_true(!world_alarmed(&w, "outside_bounds", "f"));
	world_fini(&w);
}

/* --- notice with a utilization law --- */

typedef struct evening {
	int64_t dearest; /* in force in the month after */
	uint32_t most_pending, announced, left_pending;
} evening;

/* A utilization law, a full evening, then a month at the setpoint's lower side. */
static evening full_evening(int64_t notice_ns)
{
	evening e = {0};
	world w;

	world_init(&w);
	world_use_law(&w, 0, "utilization_pi");
	w.families[0].rails.notice_ns = notice_ns;
	w.families[0].rails.max_step_ppb = 5 * PERCENT;
	w.families[0].rails.min_interval_ns = 31 * SP_DAY; /* what is taken back waits for no interval */
	w.setup.period_ns = 10 * SP_MIN;
	world_build(&w);
	for (int i = 0; i < 35 * 144; i++) {
		const sp_family_state *f = &w.engine->families[0];
		const sp_decision *d;
		world_send_at(&w, SP_KIND_utilization, "p", i < 36 ? 0.97 : 0.55, w.now_ns + 9 * SP_MIN);
		d = world_step(&w);
		e.announced += d->outcome == SP_OUTCOME_ANNOUNCED;
		e.dearest = f->book.in_force_ppb > e.dearest ? f->book.in_force_ppb : e.dearest;
		e.most_pending = f->book.n_pending > e.most_pending ? f->book.n_pending : e.most_pending;
		e.left_pending = f->book.n_pending;
	}
	world_fini(&w);
	return e;
}

/* A list price with a month's notice can follow cost, never load: what was announced for a full evening is taken back when the evening
 * is over, and never comes into force a month later, in the middle of an idle night. */
static void trap_under_notice_a_full_evening_raises_no_price_a_month_later(void **state)
{
	evening noticed = full_evening(30 * SP_DAY), at_once = full_evening(0);

	(void)state;
	check_true(noticed.announced > 0);
	check_true(noticed.most_pending > 0);
	check_i64(noticed.left_pending, 0);
	check_i64(noticed.dearest, SP_NANO);
	check_true(at_once.dearest > SP_NANO); /* the evening is one that moves a price */
}

/* --- observe winding up --- */

/* A month of observing under pressure, then the switch to auto: the first move is one permitted step, not the month's. */
static void trap_a_month_of_observing_does_not_come_out_at_once(void **state)
{
	sp_message message;
	world w, live;

	(void)state;
	world_init(&w);
	w.families[0].mode = SP_MODE_OBSERVE;
	w.families[0].rails.max_step_ppb = 5 * PERCENT;
	world_build(&w);
	for (int i = 0; i < 30 * 144; i++)
		world_push(&w, PERCENT);
	world_init(&live);
	live.families[0].rails.max_step_ppb = 5 * PERCENT;
	world_build(&live);
	check_status(world_carry(&live, &w, false, &message), SP_OK);
	check_i64(world_push(&live, PERCENT)->index.ppb, SP_NANO + PERCENT);
	check_i64(world_step(&live)->index.ppb, SP_NANO + PERCENT); /* and nothing waits behind it */
	world_fini(&live);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(trap_noise_does_not_eat_the_rate_budget_that_a_cost_step_needs),
	    cmocka_unit_test(trap_a_dead_band_does_not_swallow_small_corrections),
	    cmocka_unit_test(trap_the_floor_and_the_step_limit_do_not_lock_each_other),
	    cmocka_unit_test(trap_under_notice_a_full_evening_raises_no_price_a_month_later),
	    cmocka_unit_test(trap_a_month_of_observing_does_not_come_out_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
