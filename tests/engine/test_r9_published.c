/* test_r9_published.c - the time of publication enters the next tick's inputs, and moves what the last tick told (R9): a late
 * commit never changes the past. */
#include <string.h>

#include "tests/engine/world.h"

#define POINT (SP_NANO / 100)

/* Notice of 100 s: the date of a raise is soon. Lateness and convergence are 2 s. */
static void soon(world *w)
{
	world_init(w);
	w->families[0].rails.notice_ns = 100 * SP_SEC;
	w->setup.convergence_ns = 2 * SP_SEC;
}

/* The date of the last of a family's announced versions, or of the one in force. */
static int64_t last_date(const world *w)
{
	world_group group = world_told(w, 0);

	check_true(group.n > 0);
	return group.prices[group.n - 1].not_before_ns;
}

static void r9_a_late_publication_moves_an_announced_date(void **state)
{
	static const struct {
		int64_t after_ns, date_ns; /* from the tick on */
	} cases[] = {
	    {2 * SP_SEC, 100 * SP_SEC},
	    {98 * SP_SEC, 100 * SP_SEC},
	    {98 * SP_SEC + 1, 100 * SP_SEC + 1},
	    {130 * SP_SEC, 132 * SP_SEC},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		world w;
		int64_t told_ns;
		soon(&w);
		world_build(&w);
		world_push(&w, POINT);
		told_ns = w.now_ns;
		world_published(&w, cases[i].after_ns);
		check_i64(last_date(&w), told_ns + cases[i].date_ns);
		check_i64(world_tick(&w, told_ns + cases[i].date_ns - 1)->in_force.ppb, SP_NANO);
		check_i64(world_tick(&w, told_ns + cases[i].date_ns)->in_force.ppb, 101 * POINT);
		check_i64(last_date(&w), told_ns + cases[i].date_ns);
		world_fini(&w);
	}
}

/* In force at once: the engine counts it from its own tick; the price book says from when customers do. */
static void r9_a_price_in_force_at_once_counts_from_its_publication(void **state)
{
	world w;

	(void)state;
	soon(&w);
	world_build(&w);
	check_i64(last_date(&w), SP_TIME_MIN_NS); /* the sheet */
	world_push(&w, -POINT);
	check_i64(last_date(&w), w.now_ns + 4 * SP_SEC);
	world_published(&w, SP_SEC);
	check_i64(last_date(&w), w.now_ns + 4 * SP_SEC);
	world_published(&w, 30 * SP_SEC);
	check_i64(last_date(&w), w.now_ns + 32 * SP_SEC);
	check_i64(world_price(&w, 0), 99000000);
	world_fini(&w);
}

static void r9_only_what_the_last_tick_told_is_moved(void **state)
{
	world w;
	int64_t date;

	(void)state;
	soon(&w);
	world_build(&w);
	world_published(&w, SP_HOUR); /* before the first tick there is nothing */
	date = world_push(&w, POINT)->prices[0].not_before_ns;
	world_step(&w);
	world_published(&w, SP_HOUR);
	check_i64(last_date(&w), date);
	world_fini(&w);
}

/* 1.01 waits since an earlier tick, and keeps its date; 1.02 is moved. A further raise comes after it. */
static void r9_dates_go_on_rising(void **state)
{
	world w;
	world_group group;
	int64_t first, second;

	(void)state;
	soon(&w);
	world_build(&w);
	first = world_push(&w, POINT)->prices[0].not_before_ns;
	world_push(&w, POINT);
	second = w.now_ns + 500 * SP_SEC;
	world_published(&w, 498 * SP_SEC);
	group = world_told(&w, 0);
	check_u64(group.n, 6);
	check_i64(group.prices[1].not_before_ns, first);
	check_i64(group.prices[2].not_before_ns, second);
	check_i64(world_push(&w, POINT)->prices[0].not_before_ns, second + 1);
	world_fini(&w);
}

/* 1.01 and 1.02 wait: down to 1.015, and to 1.01 again, which is a version of its own and new to gateways all the same. */
static void r9_a_lowered_raise_is_moved_too(void **state)
{
	world w;
	int64_t first, second;

	(void)state;
	soon(&w);
	w.families[0].rails.notice_ns = 400 * SP_SEC;
	world_build(&w);
	first = world_push(&w, POINT)->prices[0].not_before_ns;
	second = world_push(&w, POINT)->prices[0].not_before_ns;
	check_i64(world_push(&w, -POINT / 2)->prices[0].not_before_ns, second);
	check_i64(world_push(&w, -POINT / 2)->prices[0].not_before_ns, first);
	world_published(&w, 2 * SP_SEC);
	check_i64(last_date(&w), first);
	world_published(&w, 600 * SP_SEC);
	check_i64(last_date(&w), w.now_ns + 602 * SP_SEC);
	world_fini(&w);
	soon(&w);
	w.families[0].rails.notice_ns = 400 * SP_SEC;
	world_build(&w);
	world_push(&w, POINT);
	world_push(&w, POINT);
	world_push(&w, -POINT / 2);
	world_published(&w, 600 * SP_SEC);
	check_i64(last_date(&w), w.now_ns + 602 * SP_SEC);
	world_fini(&w);
}

/* What a barred tick told never was; a publication that is said all the same moves nothing. */
static void r9_what_was_barred_is_not_moved(void **state)
{
	world w;
	int64_t date;

	(void)state;
	soon(&w);
	world_build(&w);
	date = world_push(&w, POINT)->prices[0].not_before_ns;
	world_push(&w, POINT);
	world_bar(&w, SP_SCOPE_ALL, 0, w.now_ns);
	world_published(&w, SP_HOUR);
	check_i64(last_date(&w), date);
	world_fini(&w);
	soon(&w);
	world_build(&w);
	world_push(&w, -POINT);
	date = w.now_ns + 4 * SP_SEC;
	world_push(&w, -POINT);
	world_bar(&w, SP_SCOPE_ALL, 0, w.now_ns);
	world_published(&w, SP_HOUR);
	check_i64(last_date(&w), date);
	world_fini(&w);
}

/* A price of the world's own counts since the world has charged it. */
static void r9_the_worlds_own_price_keeps_its_date(void **state)
{
	world w;
	int64_t charged_ns;

	(void)state;
	soon(&w);
	w.families[0].mode = SP_MODE_OBSERVE;
	world_build(&w);
	world_step(&w);
	charged_ns = w.now_ns + 7 * SP_SEC;
	world_send_at(&w, SP_KIND_list_price, "f/input", 0.11, charged_ns - SP_SEC);
	world_send_at(&w, SP_KIND_list_price, "f/output", 0.44, charged_ns);
	world_step(&w);
	world_published(&w, 3 * SP_SEC);
	check_i64(last_date(&w), charged_ns);
	world_send_at(&w, SP_KIND_list_price, "f/input", 0.12,
	              w.now_ns + 90 * SP_SEC); /* a clock ahead: not later than its tick */
	world_step(&w);
	check_i64(world_told(&w, 0).prices[0].amount.nano, 120000000);
	check_i64(last_date(&w), w.now_ns);
	world_fini(&w);
}

static void r9_a_time_of_publication_outside_the_permitted_times_is_refused(void **state)
{
	const int64_t times[] = {-1, SP_TIME_MAX_NS, INT64_MIN, SP_TIME_NEVER};
	world w;

	(void)state;
	soon(&w);
	world_build(&w);
	world_push(&w, -POINT);
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		sp_command command = {.kind = SP_COMMAND_PUBLISHED, .published_ns = times[i]};
		check_status(sp_engine_command(w.engine, &command), SP_E_RANGE);
	}
	check_i64(last_date(&w), w.now_ns + 4 * SP_SEC);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r9_a_late_publication_moves_an_announced_date),
	    cmocka_unit_test(r9_a_price_in_force_at_once_counts_from_its_publication),
	    cmocka_unit_test(r9_only_what_the_last_tick_told_is_moved),
	    cmocka_unit_test(r9_dates_go_on_rising),
	    cmocka_unit_test(r9_a_lowered_raise_is_moved_too),
	    cmocka_unit_test(r9_what_was_barred_is_not_moved),
	    cmocka_unit_test(r9_the_worlds_own_price_keeps_its_date),
	    cmocka_unit_test(r9_a_time_of_publication_outside_the_permitted_times_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
