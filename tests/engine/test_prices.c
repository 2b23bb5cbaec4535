/* test_prices.c - SKU prices: sheet x index on a grid, rounded toward what was told before (R7), inside the SKU's bounds (R5). */
#include <stdio.h>
#include <string.h>

#include "controller/engine/state.h"
#include "tests/engine/world.h"

#define PERCENT (SP_NANO / 100)

static int64_t price_at(int64_t sheet, int64_t grid, int64_t index_ppb, int64_t told)
{
	const sp_sku_setup sku = {.sheet = {sheet}, .grid = {grid}};

	return sp_book_price_at(&sku, index_ppb, told);
}

static void r7_a_price_is_rounded_toward_the_last_told(void **state)
{
	(void)state;
	/* 0.4500 USD at 1.0537: 0.474165 exactly */
	check_i64(price_at(450000000, 1000000, 1053700000, 450000000), 474000000);
	check_i64(price_at(450000000, 1000000, 1053700000, 500000000), 475000000);
	check_i64(price_at(450000000, 5000, 1053700000, 450000000), 474165000);
	check_i64(price_at(450000000, 5000, 1053700000, 500000000), 474165000);
	check_i64(price_at(450000000, 1000000, 1053700000, 474000000), 474000000);
	check_i64(price_at(450000000, 1000000, 1053700000, 475000000), 475000000);
}

static void r7_the_smallest_and_the_largest_price_have_a_grid_too(void **state)
{
	(void)state;
	check_i64(price_at(1, 1, SP_NANO, 1), 1);
	check_i64(price_at(1, 1, SP_NANO * 19 / 10, 1), 1);
	check_i64(price_at(1, 1, SP_NANO * 2, 1), 2);
	check_i64(price_at(1, 1, SP_NANO * 19 / 10, 2), 2);
	check_i64(price_at(1, 1, SP_INDEX_MIN_PPB, 1), 1);
	check_i64(price_at(1, 1, SP_INDEX_MAX_PPB, 1), 1000);
	check_i64(price_at(SP_PRICE_MAX_NANO, 1, SP_INDEX_MAX_PPB, SP_PRICE_MAX_NANO), 1000 * SP_PRICE_MAX_NANO);
	check_i64(price_at(SP_PRICE_MAX_NANO, 1, SP_INDEX_MAX_PPB - 1, SP_PRICE_MAX_NANO),
	          1000 * SP_PRICE_MAX_NANO - 1000000);
	check_i64(price_at(SP_PRICE_MAX_NANO, 7, SP_INDEX_MAX_PPB - 1, SP_PRICE_MAX_NANO), 999999999999000000 / 7 * 7);
	check_i64(price_at(SP_PRICE_MAX_NANO, SP_PRICE_MAX_NANO, SP_NANO + 1, SP_PRICE_MAX_NANO), SP_PRICE_MAX_NANO);
	check_i64(price_at(SP_PRICE_MAX_NANO, SP_PRICE_MAX_NANO, SP_NANO - 1, SP_PRICE_MAX_NANO), SP_PRICE_MAX_NANO);
}

/* What the world charges need not be on our grid: 100.5 at an index that says 100.7 must not become 100. */
static void r7_a_told_price_off_the_grid_is_not_passed_by_rounding(void **state)
{
	(void)state;
	check_i64(price_at(1000, 10, 1007000000, 1005), 1005);
	check_i64(price_at(1000, 10, 1003000000, 1005), 1005);
	check_i64(price_at(1000, 10, 1011000000, 1005), 1010);
	check_i64(price_at(1000, 10, 999000000, 1005), 1000);
	check_i64(price_at(1000, 10, 1010000000, 1005), 1010);
	check_i64(price_at(1000, 10, 1000000000, 1005), 1000);
	check_i64(price_at(3, 10, 1100000000, 3), 3); /* and no price becomes nothing */
}

/* --- properties --- */

static int64_t log_uniform(sp_rng *rng, int64_t most)
{
	int64_t x = 1;

	while (x < most && sp_rng_below(rng, 20) > 0)
		x *= 1 + (int64_t)sp_rng_below(rng, 9);
	x += (int64_t)sp_rng_below(rng, (uint64_t)x);
	return x > most ? most : x;
}

static int64_t random_index(sp_rng *rng)
{
	if (sp_rng_below(rng, 4) == 0)
		return SP_INDEX_MIN_PPB + (int64_t)sp_rng_below(rng, SP_INDEX_MAX_PPB - SP_INDEX_MIN_PPB + 1);
	if (sp_rng_below(rng, 4) == 0)
		return (int64_t)(1 + sp_rng_below(rng, 40)) * SP_NANO / 20;
	return SP_NANO / 2 + (int64_t)sp_rng_below(rng, 2 * SP_NANO);
}

static void check_rounded(const sp_sku_setup *sku, int64_t index, int64_t told, int64_t price)
{
	__int128 exact = (__int128)sku->sheet.nano * index, unit = (__int128)sku->grid.nano * SP_NANO;
	__int128 off = (__int128)price * SP_NANO - exact, told_off = (__int128)told * SP_NANO - exact;

	check_true(price > 0 || exact < unit);
	check_true(off < unit && off > -unit);
	check_true(price % sku->grid.nano == 0 || price == told);
	/* between the exact product and the told price, both included */
	if (told_off >= 0)
		check_true(off >= 0 && off <= told_off);
	else
		check_true(off <= 0 && off >= told_off);
	/* and the furthest from told that a grid allows */
	if (price != told && told_off > 0)
		check_true(off < unit);
}

static void r7_every_price_is_on_its_grid_and_less_than_a_unit_away(void **state)
{
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int i = 0; i < 300000; i++) {
		sp_sku_setup sku = {.grid = {log_uniform(&rng, SP_NANO)}};
		int64_t index = random_index(&rng), told;
		sku.sheet.nano = sku.grid.nano * log_uniform(&rng, SP_PRICE_MAX_NANO / sku.grid.nano);
		told = sku.grid.nano * (1 + (int64_t)sp_rng_below(&rng, (uint64_t)(2 * (sku.sheet.nano / sku.grid.nano))));
		check_rounded(&sku, index, told, sp_book_price_at(&sku, index, told));
		told = log_uniform(&rng, 2 * sku.sheet.nano);
		check_rounded(&sku, index, told, sp_book_price_at(&sku, index, told));
	}
}

/* Hysteresis: while the exact product stays within a unit of the told price, no digit changes. */
static void r7_an_index_that_wiggles_within_a_unit_changes_no_price(void **state)
{
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int i = 0; i < 3000; i++) {
		sp_sku_setup sku = {.grid = {log_uniform(&rng, SP_NANO)}};
		int64_t told, unit_ppb, middle;
		sku.sheet.nano = sku.grid.nano * (10 + log_uniform(&rng, 100000));
		middle = SP_NANO * 3 / 4 + (int64_t)sp_rng_below(&rng, SP_NANO / 2);
		told = sp_book_price_at(&sku, middle, sku.sheet.nano);
		check_status(sp_muldiv_floor(told, SP_NANO, sku.sheet.nano, &middle), SP_OK);
		check_status(sp_muldiv_floor(sku.grid.nano, SP_NANO, sku.sheet.nano, &unit_ppb), SP_OK);
		for (int k = 0; k < 50; k++) {
			int64_t index = middle - unit_ppb + 2 + (int64_t)sp_rng_below(&rng, 2 * (uint64_t)unit_ppb - 3);
			check_i64(sp_book_price_at(&sku, index, told), told);
		}
	}
}

/* --- bounds (R5) --- */

typedef struct bound_row {
	int64_t sheet, grid, floor, ceiling; /* of the SKU [nano-USD]; 0: none */
	int64_t floor_ppb, ceiling_ppb;      /* of the family */
	int64_t floor_nano, ceiling_nano, low_ppb, high_ppb;
} bound_row;

static void r5_bounds_are_rounded_inward_on_the_grid(void **state)
{
	static const bound_row rows[] = {
	    {1000, 10, 0, 0, 50 * PERCENT, 200 * PERCENT, 500, 2000, 500000000, 2000000000},
	    {1000, 30, 0, 0, 50 * PERCENT, 200 * PERCENT, 510, 1980, 510000000, 1980000000},
	    {900, 30, 0, 0, 50 * PERCENT, 200 * PERCENT, 450, 1800, 500000000, 2000000000},
	    {1000, 10, 601, 1499, 50 * PERCENT, 200 * PERCENT, 610, 1490, 610000000, 1490000000},
	    {1000, 10, 100, 9000, 50 * PERCENT, 200 * PERCENT, 500, 2000, 500000000, 2000000000},
	    {3, 1, 0, 0, 50 * PERCENT, 200 * PERCENT, 2, 6, 666666667, 2000000000},
	    {7, 1, 0, 0, 50 * PERCENT, 120 * PERCENT, 4, 8, 571428572, 1142857142},
	    {1, 1, 0, 0, 50 * PERCENT, 200 * PERCENT, 1, 2, 1000000000, 2000000000},
	    {SP_PRICE_MAX_NANO, 1, 0, 0, 1000, 1000 * SP_NANO, 1000000000, SP_PRICE_MAX_NANO, 1000, SP_NANO},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const bound_row *r = &rows[i];
		const sp_sku_setup sku = {.sheet = {r->sheet}, .grid = {r->grid}, .floor = {r->floor}, .ceiling = {r->ceiling}};
		const sp_family_setup family = {.n_skus = 1,
		                                .rails = {.floor_ppb = r->floor_ppb, .ceiling_ppb = r->ceiling_ppb}};
		const sp_setup setup = {.n_families = 1, .n_skus = 1, .families = &family, .skus = &sku};
		sp_index low, high;
		check_money(sp_sku_floor(&sku, &family.rails), (sp_money){r->floor_nano});
		check_money(sp_sku_ceiling(&sku, &family.rails), (sp_money){r->ceiling_nano});
		check_status(sp_setup_bounds(&setup, 0, &low, &high), SP_OK);
		check_i64(low.ppb, r->low_ppb);
		check_i64(high.ppb, r->high_ppb);
	}
}

static void r5_the_tightest_sku_bounds_the_family(void **state)
{
	sp_sku_setup skus[2] = {{.sheet = {1000}, .grid = {1}, .floor = {700}},
	                        {.sheet = {500}, .grid = {1}, .ceiling = {600}}};
	const sp_family_setup family = {.n_skus = 2, .rails = {.floor_ppb = 50 * PERCENT, .ceiling_ppb = 200 * PERCENT}};
	const sp_setup setup = {.n_families = 1, .n_skus = 2, .families = &family, .skus = skus};
	sp_index low, high;

	(void)state;
	check_status(sp_setup_bounds(&setup, 0, &low, &high), SP_OK);
	check_i64(low.ppb, 700000000);
	check_i64(high.ppb, 1200000000);
	skus[0].floor.nano = 1201;
	check_status(sp_setup_bounds(&setup, 0, &low, &high), SP_E_RANGE);
	check_i64(low.ppb, 1201000000);
	skus[0].floor.nano = INT64_MAX / 2; /* a floor that no index reaches */
	check_status(sp_setup_bounds(&setup, 0, &low, &high), SP_E_RANGE);
}

/* --- in the engine --- */

/* A walk of the index over odd sheets and grids; every price told keeps P1. */
static void walk(world *w, sp_rng *rng, int steps)
{
	const sp_family_setup *f = &w->families[0];

	for (int i = 0; i < steps; i++) {
		const sp_decision *d;
		world_says.push_ppb = (int64_t)sp_rng_below(rng, 200000001) - 100000000;
		if (sp_rng_below(rng, 2) == 0)
			world_says.push_ppb /= 1000;
		d = world_step(w);
		for (uint32_t k = 0; k < d->n_prices; k++) {
			const sp_price *p = &d->prices[k];
			const sp_sku_setup *sku = &w->skus[p->sku];
			check_true(p->amount.nano % sku->grid.nano == 0);
			check_true(p->amount.nano >= sp_sku_floor(sku, &f->rails).nano);
			check_true(p->amount.nano <= sp_sku_ceiling(sku, &f->rails).nano);
			check_rounded(sku, d->index.ppb, p->before.nano, p->amount.nano);
			check_true(p->amount.nano != p->before.nano);
		}
		check_true(d->outcome != SP_OUTCOME_PUBLISHED || d->n_prices > 0);
		check_true(!(d->binds & SP_RAIL_BIT(grid)) || d->outcome == SP_OUTCOME_HELD);
	}
}

static void p1_prices_keep_grid_and_bounds_over_random_walks(void **state)
{
	static const int64_t sheets[][2] = {{1, 1},
	                                    {7, 1},
	                                    {1000, 10},
	                                    {123456789, 1000},
	                                    {97 * 13, 13},
	                                    {450000000, 1},
	                                    {SP_PRICE_MAX_NANO, 1},
	                                    {SP_PRICE_MAX_NANO, SP_NANO},
	                                    {400000, 40000},
	                                    {30, 3}};
	const size_t n = sizeof sheets / sizeof sheets[0];
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (size_t i = 0; i < n; i++) {
		world w;
		world_init(&w);
		w.skus[0].sheet.nano = sheets[i][0];
		w.skus[0].grid.nano = sheets[i][1];
		w.skus[1].sheet.nano = sheets[(i + 3) % n][0];
		w.skus[1].grid.nano = sheets[(i + 3) % n][1];
		w.skus[1].floor.nano = w.skus[1].sheet.nano * 6 / 10;
		world_build(&w);
		walk(&w, &rng, 2000);
		world_fini(&w);
	}
}

static void r7_a_price_outside_its_bounds_stays_within_a_unit_of_its_index(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].rails.max_step_ppb = PERCENT;
	w.families[0].rails.floor_ppb = 90 * PERCENT;
	w.skus[0].sheet.nano = 1000;
	w.skus[0].grid.nano = 1;
	world_build(&w);
	w.engine->families[0].book.told_ppb = w.engine->families[0].book.in_force_ppb =
	    800000000; /* as a reload with new bounds leaves it */
	for (int i = 0; i < 2; i++)
		w.engine->skus[i].book.told_nano = w.engine->skus[i].book.in_force_nano = w.skus[i].sheet.nano * 8 / 10;
	d = world_step(&w);
	check_i64(d->index.ppb, 808000000);
	check_i64(d->outcome, SP_OUTCOME_PUBLISHED);
	check_i64(d->offer, SP_OFFER_RESTRICTED);
	check_money(d->prices[0].amount, (sp_money){808});
	for (int i = 0; i < 20; i++)
		d = world_step(&w);
	check_i64(w.engine->families[0].book.told_ppb, 900000000);
	check_money(sp_engine_price(w.engine, 0, NULL), (sp_money){900});
	world_fini(&w);
}

/* A grid coarser than a move: the index runs on until a price changes. */
static void r7_a_move_that_changes_no_price_waits_for_the_grid(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	for (int i = 0; i < 2; i++) {
		w.skus[i].sheet.nano = 1000;
		w.skus[i].grid.nano = 10;
	}
	world_build(&w);
	world_says.push_ppb = 3000000;
	for (int i = 1; i <= 3; i++) {
		d = world_step(&w);
		check_u64(d->binds, SP_RAIL_BIT(grid));
		check_i64(d->wish.ppb, SP_NANO + i * 3000000);
		check_i64(d->index.ppb, SP_NANO);
		check_u64(d->n_prices, 0);
	}
	d = world_step(&w);
	check_i64(d->index.ppb, 1012000000);
	check_u64(d->n_prices, 2);
	check_money(d->prices[0].amount, (sp_money){1010});
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r7_a_price_is_rounded_toward_the_last_told),
	    cmocka_unit_test(r7_the_smallest_and_the_largest_price_have_a_grid_too),
	    cmocka_unit_test(r7_a_told_price_off_the_grid_is_not_passed_by_rounding),
	    cmocka_unit_test(r7_every_price_is_on_its_grid_and_less_than_a_unit_away),
	    cmocka_unit_test(r7_an_index_that_wiggles_within_a_unit_changes_no_price),
	    cmocka_unit_test(r5_bounds_are_rounded_inward_on_the_grid),
	    cmocka_unit_test(r5_the_tightest_sku_bounds_the_family),
	    cmocka_unit_test(p1_prices_keep_grid_and_bounds_over_random_walks),
	    cmocka_unit_test(r7_a_price_outside_its_bounds_stays_within_a_unit_of_its_index),
	    cmocka_unit_test(r7_a_move_that_changes_no_price_waits_for_the_grid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
