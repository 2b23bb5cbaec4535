/* test_baseline.c - what could have been made of a world: never less than list, and in small worlds what trying every path finds. */
#include "sim/score/baseline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/score/foresight.h"
#include "tests/check/check.h"

#define MOVES     20
#define ENOUGH    3000 /* block moves, in a world of a few changes */
#define CHANGES   4
#define FINE_MOST 16 /* parts of a step up, either way */

static const char *const WEEK[] = {"length=6d", "tail=1d"};
#define TAIL 72 /* periods */

static sp_world *open_world(const char *kind, uint64_t seed, const char *const settings[2])
{
	const sp_world_options options = {.settings = settings, .n_settings = 2};
	sp_message message = {""};
	sp_world *world = NULL;
	sp_status status = sp_world_open(sp_world_kind_find(kind), seed, &options, &world, &message);

	check_text(message.text, "");
	check_status(status, SP_OK);
	return world;
}

/* A life of so few changes that every path can be tried: shorter than a kind may be told to be. */
static sp_world *open_small(const char *kind, uint64_t seed, uint32_t changes)
{
	sp_world *world = open_world(kind, seed, WEEK);

	world->n_priced = changes * world->change_periods;
	world->n_periods = world->n_priced + TAIL;
	return world;
}

static sp_baseline find(const sp_world *world, uint32_t moves)
{
	sp_baseline baseline;

	check_status(sp_baseline_find(world, moves, &baseline), SP_OK);
	return baseline;
}

/* --- every world --- */

static void static_is_at_least_list_and_clairvoyant_at_least_static(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sp_world_n_kinds; i++)
		for (uint64_t seed = 1; seed <= 2; seed++) {
			sp_world *world = open_world(sp_world_kinds[i].name, seed, WEEK);
			sp_baseline b = find(world, MOVES);
			const double list[] = {1};
			check_money(b.list, sp_plant_path(world, list, 1));
			check_true(b.fixed.nano >= b.list.nano);
			check_true(b.clairvoyant.nano >= b.fixed.nano);
			check_money(sp_path_margin(world, b.fixed_path, b.n), b.fixed);
			check_money(sp_path_margin(world, b.best_path, b.n), b.clairvoyant);
			sp_baseline_close(&b);
			sp_world_close(world);
		}
}

static void check_rails(const sp_path_rails *rails, const double *path)
{
	double before = 0;

	for (uint32_t i = 0; i < rails->n; i++) {
		check_true(path[i] <= rails->high && path[i] >= rails->low);
		check_true(fabs(path[i] - before) <= 2 * rails->half + 1e-12);
		check_true(i >= rails->notice || path[i] <= before);
		before = path[i];
	}
}

static void both_keep_to_the_rails(void **unused)
{
	static const char *const kinds[] = {"crowd", "notice"};
	static const char *const long_enough[] = {"length=34d", "tail=1d"}; /* past the notice */
	(void)unused;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		sp_world *world = open_world(kinds[i], 3, long_enough);
		const sp_path_rails rails = sp_path_rails_of(world);
		sp_baseline b = find(world, MOVES);
		check_rails(&rails, b.fixed_path);
		check_rails(&rails, b.best_path);
		sp_baseline_close(&b);
		sp_world_close(world);
	}
}

static void a_raise_under_notice_waits_for_it(void **unused)
{
	static const char *const months[] = {"length=40d", "tail=3d"};
	sp_world *world = open_world("notice", 1, months);
	const sp_path_rails rails = sp_path_rails_of(world);
	double path[512];
	(void)unused;
	check_u64(rails.notice, 30 * 6);
	check_true(rails.n < sizeof path / sizeof *path);
	sp_path_toward(&rails, 0.2, path);
	check_near(path[rails.notice - 1], 0, 0);
	check_near(path[rails.notice], 2 * rails.half, 1e-15);
	check_near(path[rails.n - 1], 0.2, 1e-15);
	sp_path_toward(&rails, -0.1, path); /* a cut does not */
	check_near(path[0], -2 * rails.half, 1e-15);
	sp_world_close(world);
}

static void more_moves_never_earn_less_and_the_seed_repeats_them(void **unused)
{
	sp_world *world = open_world("mixed", 2, WEEK);
	sp_baseline few = find(world, 0), more = find(world, 100), again = find(world, 100);
	(void)unused;
	check_true(more.clairvoyant.nano > few.clairvoyant.nano);
	check_money(again.clairvoyant, more.clairvoyant);
	check_bytes(again.best_path, more.best_path, more.n * sizeof(double));
	sp_baseline_close(&few);
	sp_baseline_close(&more);
	sp_baseline_close(&again);
	sp_world_close(world);
}

/* --- every path of a small world --- */

/* The best of all paths whose prices lie on a grid of `size`, each at most `most` of it from the one before. */
static int64_t try_all(const sp_world *world, const sp_path_rails *rails, double size, int most, double *path,
                       uint32_t at)
{
	const double before = at > 0 ? path[at - 1] : 0;
	int64_t best = INT64_MIN;

	if (at == rails->n)
		return sp_path_margin(world, path, rails->n).nano;
	for (int i = -most; i <= most; i++) {
		path[at] = before + i * size;
		const int64_t margin = try_all(world, rails, size, most, path, at + 1);
		best = margin > best ? margin : best;
	}
	return best;
}

static void the_clairvoyant_finds_what_trying_every_path_finds(void **unused)
{
	static const char *const kinds[] = {"calm", "daily", "growth", "spot"};
	double path[CHANGES];
	(void)unused;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		for (uint64_t seed = 1; seed <= 3; seed++) {
			sp_world *world = open_small(kinds[i], seed, CHANGES);
			const sp_path_rails rails = sp_path_rails_of(world);
			sp_baseline b = find(world, ENOUGH);
			check_u64(rails.n, CHANGES);
			const int64_t best = try_all(world, &rails, rails.half, 2, path, 0);
			check_near((double)b.clairvoyant.nano / (double)best, 1, 5e-3); /* off the grid it finds a little more */
			check_true((double)b.clairvoyant.nano >= (1 - 5e-5) * (double)best);
			sp_baseline_close(&b);
			sp_world_close(world);
		}
}

/* Where the best path is along the rails, it is on the grid, and the two are the same to the nano-USD. */
static void along_the_rails_it_is_the_same_path(void **unused)
{
	(void)unused;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		sp_world *world = open_small("inelastic", seed, CHANGES);
		const sp_path_rails rails = sp_path_rails_of(world);
		double path[CHANGES];
		sp_baseline b = find(world, ENOUGH);
		const int64_t best = try_all(world, &rails, rails.half, 2, path, 0);
		check_near((double)(b.clairvoyant.nano - best), 0, 10);
		for (uint32_t i = 0; i < rails.n; i++)
			check_near(b.best_path[i], (i + 1) * 2 * rails.half, 1e-12);
		sp_baseline_close(&b);
		sp_world_close(world);
	}
}

static void a_finer_grid_finds_hardly_more(void **unused)
{
	sp_world *world = open_small("calm", 2, 3);
	const sp_path_rails rails = sp_path_rails_of(world);
	double path[CHANGES];
	sp_baseline b = find(world, ENOUGH);
	(void)unused;
	const int64_t best = try_all(world, &rails, 2 * rails.half / FINE_MOST, FINE_MOST, path, 0);
	check_near((double)b.clairvoyant.nano / (double)best, 1, 5e-5);
	sp_baseline_close(&b);
	sp_world_close(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(static_is_at_least_list_and_clairvoyant_at_least_static),
	    cmocka_unit_test(both_keep_to_the_rails),
	    cmocka_unit_test(a_raise_under_notice_waits_for_it),
	    cmocka_unit_test(more_moves_never_earn_less_and_the_seed_repeats_them),
	    cmocka_unit_test(the_clairvoyant_finds_what_trying_every_path_finds),
	    cmocka_unit_test(along_the_rails_it_is_the_same_path),
	    cmocka_unit_test(a_finer_grid_finds_hardly_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
