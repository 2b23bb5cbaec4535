/* Tick time follows a wall clock only when that has been of one mind for ten minutes, and never goes back (R11).
 *
 * A world has a true time; its wall clock is off by what the test says, its CLOCK_BOOTTIME never is. It is read each second, as
 * the loop does. */
#include "tests/check/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "daemon/clock.h"

#define START     (INT64_C(1795478400) * SP_SEC) /* 2026-11-24 */
#define BOOTED    (START - 5 * SP_SEC)           /* younger than the patience: CLOCK_BOOTTIME is small */
#define TOLERANCE SP_SEC

typedef struct world {
	sp_tick_clock clock;
	int64_t now_ns, off_ns, said_ns; /* true time; the wall clock less it; the last answer */
	uint32_t follows;                /* answers that went further than time did */
	int64_t followed_ns;             /* CLOCK_BOOTTIME of the last */
} world;

static void world_init(world *w, int64_t off_ns, int64_t last_tick_ns)
{
	*w = (world){.now_ns = START, .off_ns = off_ns, .followed_ns = -SP_CLOCK_PATIENCE_NS};
	sp_tick_clock_init(&w->clock, START + off_ns, START - BOOTED, last_tick_ns);
	w->said_ns = last_tick_ns > START + off_ns ? last_tick_ns : START + off_ns;
}

/* Time goes on by so much, and is read. A follow ahead is checked to be the first for ten minutes. */
static int64_t world_step(world *w, int64_t step_ns)
{
	bool held = sp_tick_clock_held(&w->clock) != 0;
	int64_t said_ns;

	w->now_ns += step_ns;
	said_ns = sp_tick_clock_read(&w->clock, w->now_ns + w->off_ns, w->now_ns - BOOTED, TOLERANCE);
	check_true(said_ns >= w->said_ns);
	if (!held && said_ns > w->said_ns + step_ns) {
		check_true(w->now_ns - BOOTED - w->followed_ns >= SP_CLOCK_PATIENCE_NS);
		w->followed_ns = w->now_ns - BOOTED;
		w->follows++;
	}
	if (sp_tick_clock_held(&w->clock))
		check_i64(said_ns, w->said_ns);
	w->said_ns = said_ns;
	return said_ns;
}

static int64_t world_run(world *w, int64_t length_ns)
{
	for (int64_t t = 0; t < length_ns; t += SP_SEC)
		(void)world_step(w, SP_SEC);
	return w->said_ns - w->now_ns; /* how far tick time is off */
}

static const int64_t jumps[] = {2 * SP_SEC, SP_MIN, SP_HOUR, SP_DAY};
#define JUMPS (sizeof jumps / sizeof jumps[0])

static void r11_without_jumps_it_is_the_wall_clock(void **state)
{
	world w;

	(void)state;
	world_init(&w, 0, START - SP_MIN);
	check_i64(world_run(&w, 3 * SP_HOUR), 0);
	check_u64(w.follows, 0);
	check_i64(sp_tick_clock_held(&w.clock), 0);
}

static void r11_a_jump_shorter_than_ten_minutes_is_ignored(void **state)
{
	world w;

	(void)state;
	for (size_t i = 0; i < 2 * JUMPS; i++) {
		world_init(&w, 0, START - SP_MIN);
		check_i64(world_run(&w, SP_HOUR), 0);
		w.off_ns = i % 2 ? -jumps[i / 2] : jumps[i / 2];
		check_i64(world_run(&w, 10 * SP_MIN), 0); /* first seen 1 s after it came */
		w.off_ns = 0;
		check_i64(world_run(&w, SP_HOUR), 0);
		check_u64(w.follows, 0);
	}
}

static void r11_a_wall_clock_ahead_for_ten_minutes_is_followed_at_once(void **state)
{
	world w;

	(void)state;
	for (size_t i = 0; i < JUMPS; i++) {
		world_init(&w, 0, START - SP_MIN);
		check_i64(world_run(&w, SP_HOUR), 0);
		w.off_ns = jumps[i];
		check_i64(world_run(&w, 10 * SP_MIN), 0);
		(void)world_step(&w, SP_SEC);
		check_i64(w.said_ns - w.now_ns, jumps[i]); /* what the wall clock says */
		check_u64(w.follows, 1);
		check_i64(world_run(&w, SP_DAY), jumps[i]);
		check_u64(w.follows, 1);
	}
}

static void r11_a_wall_clock_behind_for_ten_minutes_holds_until_it_has_caught_up(void **state)
{
	world w;

	(void)state;
	for (size_t i = 0; i < JUMPS; i++) {
		int64_t until_ns;

		world_init(&w, 0, START - SP_MIN);
		check_i64(world_run(&w, SP_HOUR), 0);
		w.off_ns = -jumps[i];
		check_i64(world_run(&w, 10 * SP_MIN), 0);
		until_ns = w.said_ns;
		(void)world_step(&w, SP_SEC);
		check_i64(sp_tick_clock_held(&w.clock), until_ns);
		check_i64(w.said_ns, until_ns);
		while (w.now_ns + w.off_ns + SP_SEC < until_ns)
			check_i64(world_step(&w, SP_SEC), until_ns);
		check_i64(sp_tick_clock_held(&w.clock), until_ns);
		(void)world_step(&w, SP_SEC); /* the wall clock has reached it */
		check_i64(sp_tick_clock_held(&w.clock), 0);
		check_i64(world_run(&w, SP_HOUR), -jumps[i]); /* and runs with it */
		check_u64(w.follows, 0);
	}
}

static void r11_a_held_clock_goes_on_when_the_wall_clock_is_put_right(void **state)
{
	world w;

	(void)state;
	world_init(&w, 0, START - SP_MIN);
	w.off_ns = -SP_DAY;
	(void)world_run(&w, SP_HOUR);
	check_true(sp_tick_clock_held(&w.clock) != 0);
	w.off_ns = 0;
	(void)world_step(&w, SP_SEC);
	check_i64(w.said_ns - w.now_ns, 0);
	check_i64(world_run(&w, SP_HOUR), 0);
}

/* It jumped beyond the right time: believed as far as our own clock goes, and then as any clock that is ahead. */
static void r11_a_held_clock_is_not_dragged_ahead(void **state)
{
	world w;

	(void)state;
	world_init(&w, 0, START - SP_MIN);
	w.off_ns = -SP_HOUR;
	(void)world_run(&w, 20 * SP_MIN);
	check_true(sp_tick_clock_held(&w.clock) != 0);
	w.off_ns = SP_DAY;
	(void)world_step(&w, SP_SEC);
	check_i64(w.said_ns - w.now_ns, 0);
	check_i64(world_run(&w, 10 * SP_MIN), 0);
	check_i64(world_run(&w, 2 * SP_SEC), SP_DAY);
}

static void r11_behind_the_last_tick_at_start_is_held_at_once(void **state)
{
	static const struct {
		int64_t last_ns, held_ns;
	} starts[] = {{START, 0},
	              {START - SP_DAY, 0},
	              {START + TOLERANCE, 0}, /* it cannot be told from a clock that is right */
	              {START + TOLERANCE + 1, START + TOLERANCE + 1},
	              {START + SP_HOUR, START + SP_HOUR},
	              {START + SP_DAY, START + SP_DAY}};
	world w;

	(void)state;
	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
		int64_t first_ns = starts[i].last_ns > START ? starts[i].last_ns : START;

		world_init(&w, 0, starts[i].last_ns);
		check_i64(world_step(&w, 0), first_ns);
		check_i64(sp_tick_clock_held(&w.clock), starts[i].held_ns);
		while (w.now_ns + SP_SEC < starts[i].held_ns)
			check_i64(world_step(&w, SP_SEC), first_ns);
		(void)world_run(&w, 2 * SP_SEC);
		check_i64(sp_tick_clock_held(&w.clock), 0);
		check_true(w.said_ns - w.now_ns >= 0 && w.said_ns - w.now_ns <= TOLERANCE);
	}
}

static void r11_a_suspended_machine_wakes_to_the_right_time(void **state)
{
	world w;

	(void)state;
	world_init(&w, 0, START - SP_MIN);
	check_i64(world_run(&w, SP_MIN), 0);
	check_i64(world_step(&w, 3 * SP_HOUR) - w.now_ns, 0); /* both clocks have gone on */
	w.follows = 0, w.followed_ns = -SP_CLOCK_PATIENCE_NS; /* that was none */
	check_i64(world_run(&w, SP_HOUR), 0);
	check_u64(w.follows, 0);
}

/* An oscillator that is off, and a wall clock that NTP slews by its 500 ppm: what accumulates is followed a little at a time. */
static void r11_a_slow_drift_is_followed_in_steps_of_the_tolerance(void **state)
{
	const int64_t ppm_500 = SP_SEC / 2000;
	world w;

	(void)state;
	world_init(&w, 0, START - SP_MIN);
	for (int i = 0; i < 86400; i++) {
		int64_t behind_ns;

		w.off_ns += ppm_500;
		behind_ns = w.now_ns + SP_SEC + w.off_ns - world_step(&w, SP_SEC);
		check_true(behind_ns >= 0 && behind_ns <= TOLERANCE + (10 * SP_MIN / SP_SEC + 2) * ppm_500);
	}
	check_true(w.follows >= 30 && w.follows <= 44); /* 43.2 s in a day, each follow 1.0 to 1.3 s */
	world_init(&w, 0, START - SP_MIN);
	for (int i = 0; i < 86400; i++) {
		int64_t ahead_ns;

		w.off_ns -= ppm_500;
		ahead_ns = world_step(&w, SP_SEC) - w.now_ns - w.off_ns;
		check_true(ahead_ns >= 0 && ahead_ns <= TOLERANCE + (10 * SP_MIN / SP_SEC + 2) * ppm_500);
	}
	check_u64(w.follows, 0);
}

static void r11_a_flapping_wall_clock_is_ignored(void **state)
{
	static const int64_t waves[][4] = {{SP_DAY, 0, SP_DAY, 0},
	                                   {SP_DAY, -SP_DAY, SP_HOUR, -SP_HOUR},
	                                   {-SP_HOUR, 0, 0, 0},
	                                   {SP_HOUR, SP_HOUR, SP_HOUR, 0}};
	world w;

	(void)state;
	for (size_t i = 0; i < sizeof waves / sizeof waves[0]; i++) {
		world_init(&w, 0, START - SP_MIN);
		for (int k = 0; k < 100; k++) {
			w.off_ns = waves[i][k % 4];
			check_i64(world_run(&w, 3 * SP_MIN), 0);
		}
		check_u64(w.follows, 0);
	}
}

/* Ahead all the time, now by an hour, now by a day: it has been an hour for ten minutes, not a day. */
static void r11_what_is_followed_is_what_was_so_all_the_time(void **state)
{
	world w;

	(void)state;
	world_init(&w, 0, START - SP_MIN);
	w.off_ns = SP_HOUR;
	check_i64(world_run(&w, 9 * SP_MIN), 0);
	w.off_ns = SP_DAY;
	check_i64(world_run(&w, SP_MIN + SP_SEC), SP_HOUR);
	check_i64(world_run(&w, 10 * SP_MIN), SP_HOUR);
	check_i64(world_run(&w, 2 * SP_SEC), SP_DAY);
	check_u64(w.follows, 2);
}

static void r11_times_stay_within_what_is_permitted(void **state)
{
	sp_tick_clock clock;

	(void)state;
	sp_tick_clock_init(&clock, SP_TIME_MAX_NS - 2, 0, SP_TIME_MIN_NS);
	check_i64(sp_tick_clock_read(&clock, SP_TIME_MAX_NS - 1, SP_SEC, TOLERANCE), SP_TIME_MAX_NS - 1);
	check_i64(sp_tick_clock_read(&clock, SP_TIME_MAX_NS - 1, 40 * 366 * SP_DAY, TOLERANCE), SP_TIME_MAX_NS - 1);
	sp_tick_clock_init(&clock, SP_TIME_MIN_NS, 0, SP_TIME_MIN_NS);
	check_i64(sp_tick_clock_read(&clock, SP_TIME_MIN_NS, 0, 0), SP_TIME_MIN_NS);
}

/* The kernel promises that CLOCK_BOOTTIME does not go back; two threads that read it and then wait for a lock do not. */
static void r11_a_reading_that_comes_late_does_not_turn_it_back(void **state)
{
	sp_tick_clock clock;

	(void)state;
	sp_tick_clock_init(&clock, START, SP_SEC, START);
	check_i64(sp_tick_clock_read(&clock, START + 9 * SP_SEC, 10 * SP_SEC, TOLERANCE), START + 9 * SP_SEC);
	check_i64(sp_tick_clock_read(&clock, START + 4 * SP_SEC, 5 * SP_SEC, TOLERANCE), START + 9 * SP_SEC);
	check_i64(sp_tick_clock_read(&clock, START, 0, TOLERANCE), START + 9 * SP_SEC);
	check_i64(sp_tick_clock_read(&clock, START + 10 * SP_SEC, 11 * SP_SEC, TOLERANCE), START + 10 * SP_SEC);
}

/* Wall clocks that do as they please, read at irregular times: world_step checks that tick time neither goes back nor follows
 * twice within ten minutes; here, that it is never far from a wall clock that stays as it is. */
static void r11_it_never_goes_back_whatever_the_wall_clock_does(void **state)
{
	const int rounds = getenv("SETPOINT_SOAK") ? 20000 : 200;
	sp_rng rng;
	world w;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int i = 0; i < rounds; i++) {
		world_init(&w, 0, START - SP_DAY + (int64_t)sp_rng_below(&rng, (uint64_t)(2 * SP_DAY)));
		for (int k = 0; k < 40; k++) {
			int64_t size = (int64_t)sp_rng_below(&rng, (uint64_t)jumps[sp_rng_below(&rng, JUMPS)] * 2);
			uint64_t steps = sp_rng_below(&rng, 300);

			w.off_ns = sp_rng_below(&rng, 3) == 0 ? 0 : sp_rng_below(&rng, 2) ? size : -size;
			for (uint64_t s = 0; s < steps; s++)
				(void)world_step(&w, (int64_t)sp_rng_below(&rng, (uint64_t)(10 * SP_SEC)));
		}
		w.off_ns = 0;
		for (int k = 0; k < 3 * 86400 / 60 && llabs(w.said_ns - w.now_ns) > TOLERANCE; k++)
			(void)world_step(&w, SP_MIN);
		check_true(llabs(w.said_ns - w.now_ns) <= TOLERANCE);
	}
}

static void the_two_clocks_are_the_systems(void **state)
{
	int64_t boot_ns = sp_clock_boot(), wall_ns = sp_clock_wall();

	(void)state;
	check_true(boot_ns > 0 && sp_clock_boot() >= boot_ns);
	check_true(wall_ns > INT64_C(1577836800) * SP_SEC && wall_ns < SP_TIME_MAX_NS); /* since 2020 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r11_without_jumps_it_is_the_wall_clock),
	    cmocka_unit_test(r11_a_jump_shorter_than_ten_minutes_is_ignored),
	    cmocka_unit_test(r11_a_wall_clock_ahead_for_ten_minutes_is_followed_at_once),
	    cmocka_unit_test(r11_a_wall_clock_behind_for_ten_minutes_holds_until_it_has_caught_up),
	    cmocka_unit_test(r11_a_held_clock_goes_on_when_the_wall_clock_is_put_right),
	    cmocka_unit_test(r11_a_held_clock_is_not_dragged_ahead),
	    cmocka_unit_test(r11_behind_the_last_tick_at_start_is_held_at_once),
	    cmocka_unit_test(r11_a_suspended_machine_wakes_to_the_right_time),
	    cmocka_unit_test(r11_a_slow_drift_is_followed_in_steps_of_the_tolerance),
	    cmocka_unit_test(r11_a_flapping_wall_clock_is_ignored),
	    cmocka_unit_test(r11_what_is_followed_is_what_was_so_all_the_time),
	    cmocka_unit_test(r11_times_stay_within_what_is_permitted),
	    cmocka_unit_test(r11_a_reading_that_comes_late_does_not_turn_it_back),
	    cmocka_unit_test(r11_it_never_goes_back_whatever_the_wall_clock_does),
	    cmocka_unit_test(the_two_clocks_are_the_systems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
