/* test_attribution.c - the Shapley value: worked by hand, against every order, and rounded to the last nano-USD. */
#include "tests/check/check.h"

#include "controller/economics/attribution.h"

/* A value of every set, looked up. */
typedef struct table {
	int64_t values[1u << SP_ATTRIBUTION_FACTORS_MAX];
} table;

static sp_status look_up(const void *context, uint32_t changed, int64_t *nano)
{
	*nano = ((const table *)context)->values[changed];
	return SP_OK;
}

static void a_product_of_two_shares_what_both_made_together(void **state)
{
	(void)state;
	/* 10 x 10 to 13 x 12: alone 30 and 20, together 6 more, half each */
	const table product = {{100, 130, 120, 156}};
	sp_money parts[2];
	check_status(sp_attribution_of(2, look_up, &product, parts), SP_OK);
	check_i64(parts[0].nano, 33);
	check_i64(parts[1].nano, 23);
}

static void gloves_are_worth_what_the_books_say(void **state)
{
	(void)state;
	/* The glove game: one left hand (0), two right hands (1, 2); a pair is worth 6. Shapley: 4, 1, 1. */
	table gloves = {{0}};
	sp_money parts[3];
	for (uint32_t set = 0; set < 8; set++)
		gloves.values[set] = (set & 1) && (set & 6) ? 6 : 0;
	check_status(sp_attribution_of(3, look_up, &gloves, parts), SP_OK);
	check_i64(parts[0].nano, 4);
	check_i64(parts[1].nano, 1);
	check_i64(parts[2].nano, 1);
}

static void what_rounding_leaves_goes_to_the_largest_remainders_then_to_the_lower_number(void **state)
{
	(void)state;
	/* Three factors that only act together: a third each of 2, of -1. */
	table alike = {{0}};
	sp_money parts[3];
	alike.values[7] = 2;
	check_status(sp_attribution_of(3, look_up, &alike, parts), SP_OK);
	check_i64(parts[0].nano, 1);
	check_i64(parts[1].nano, 1);
	check_i64(parts[2].nano, 0);
	alike.values[7] = -1; /* -1/3 each: rounded down to -1, and two of them back */
	check_status(sp_attribution_of(3, look_up, &alike, parts), SP_OK);
	check_i64(parts[0].nano, 0);
	check_i64(parts[1].nano, 0);
	check_i64(parts[2].nano, -1);
}

/* --- against every order --- */

/* n! times each part: the marginal contributions of all permutations, added up. */
static void by_every_order(uint32_t n, const int64_t *values, __int128 *sums)
{
	uint32_t order[SP_ATTRIBUTION_FACTORS_MAX], counts[SP_ATTRIBUTION_FACTORS_MAX] = {0};
	uint32_t i = 0;
	for (uint32_t k = 0; k < n; k++) {
		order[k] = k;
		sums[k] = 0;
	}
	for (;;) { /* Heap's permutations */
		for (uint32_t k = 0, set = 0; k < n; k++) {
			sums[order[k]] += (__int128)values[set | 1u << order[k]] - values[set];
			set |= 1u << order[k];
		}
		while (i < n && counts[i] >= i)
			counts[i++] = 0;
		if (i == n)
			return;
		uint32_t other = i % 2 ? counts[i] : 0, kept = order[other];
		order[other] = order[i];
		order[i] = kept;
		counts[i]++;
		i = 0;
	}
}

static int64_t factorial(uint32_t n)
{
	return n < 2 ? 1 : n * factorial(n - 1);
}

static void check_parts(uint32_t n, const table *any)
{
	__int128 sums[SP_ATTRIBUTION_FACTORS_MAX];
	sp_money parts[SP_ATTRIBUTION_FACTORS_MAX];
	int64_t whole = 0, orders = factorial(n);
	by_every_order(n, any->values, sums);
	check_status(sp_attribution_of(n, look_up, any, parts), SP_OK);
	for (uint32_t i = 0; i < n; i++) {
		__int128 off = (__int128)parts[i].nano * orders - sums[i];
		check_true(off > -orders && off < orders);
		check_true(sums[i] % orders != 0 || off == 0);
		whole += parts[i].nano;
	}
	check_i64(whole, any->values[(1u << n) - 1] - any->values[0]);
}

static void every_order_gives_the_same_parts(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("every_order_gives_the_same_parts", &rng);
	for (int round = 0; round < 400; round++) {
		uint32_t n = 1 + (uint32_t)sp_rng_below(&rng, round % 40 == 0 ? 8 : 6);
		uint64_t size = UINT64_C(1) << (1 + sp_rng_below(&rng, 60));
		table any;
		for (uint32_t set = 0; set < 1u << n; set++)
			any.values[set] = (int64_t)sp_rng_below(&rng, size) - (int64_t)(size / 2);
		check_parts(n, &any);
	}
}

/* The same game with its factors called otherwise. */
static table renamed(uint32_t n, const table *game, const uint32_t *names)
{
	table out = {{0}};
	for (uint32_t set = 0; set < 1u << n; set++) {
		uint32_t other = 0;
		for (uint32_t i = 0; i < n; i++)
			other |= (set >> i & 1) << names[i];
		out.values[other] = game->values[set];
	}
	return out;
}

static void the_order_of_the_factors_is_of_no_account(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("the_order_of_the_factors_is_of_no_account", &rng);
	for (int round = 0; round < 500; round++) {
		const uint32_t n = 5;
		uint32_t names[5] = {0, 1, 2, 3, 4};
		table game, other;
		sp_money parts[5], others[5];
		for (uint32_t i = n - 1; i > 0; i--) {
			uint32_t k = (uint32_t)sp_rng_below(&rng, i + 1), kept = names[i];
			names[i] = names[k];
			names[k] = kept;
		}
		for (uint32_t set = 0; set < 1u << n; set++)
			game.values[set] = (int64_t)sp_rng_below(&rng, 2000000);
		other = renamed(n, &game, names);
		check_status(sp_attribution_of(n, look_up, &game, parts), SP_OK);
		check_status(sp_attribution_of(n, look_up, &other, others), SP_OK);
		for (uint32_t i = 0; i < n; i++) {
			int64_t off = parts[i].nano - others[names[i]].nano;
			check_true(off >= -1 && off <= 1); /* only equal remainders fall to a number */
		}
	}
}

static void a_factor_that_did_not_change_gets_nothing(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("a_factor_that_did_not_change_gets_nothing", &rng);
	for (int round = 0; round < 300; round++) {
		const uint32_t n = 6, idle = (uint32_t)sp_rng_below(&rng, n);
		table game;
		sp_money parts[6];
		for (uint32_t set = 0; set < 1u << n; set++)
			game.values[set] = (int64_t)sp_rng_below(&rng, 1000);
		for (uint32_t set = 0; set < 1u << n; set++)
			game.values[set | 1u << idle] = game.values[set & ~(1u << idle)];
		check_status(sp_attribution_of(n, look_up, &game, parts), SP_OK);
		check_i64(parts[idle].nano, 0);
	}
}

static void what_no_int64_holds_is_an_answer(void **state)
{
	(void)state;
	const table wide = {{INT64_MIN, INT64_MAX}};
	table apart = {{0, INT64_MAX, INT64_MIN, 0}};
	sp_money parts[2] = {{7}, {7}};
	check_status(sp_attribution_of(1, look_up, &wide, parts), SP_E_OVERFLOW);
	check_status(sp_attribution_of(2, look_up, &apart, parts), SP_E_OVERFLOW);
	check_i64(parts[0].nano, 7);
}

static sp_status fail_at_last(const void *context, uint32_t changed, int64_t *nano)
{
	(void)context;
	*nano = 0;
	return changed == 3 ? SP_E_RANGE : SP_OK;
}

static void a_value_that_fails_fails_the_whole(void **state)
{
	(void)state;
	sp_money parts[2];
	check_status(sp_attribution_of(2, fail_at_last, NULL, parts), SP_E_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_product_of_two_shares_what_both_made_together),
	    cmocka_unit_test(gloves_are_worth_what_the_books_say),
	    cmocka_unit_test(what_rounding_leaves_goes_to_the_largest_remainders_then_to_the_lower_number),
	    cmocka_unit_test(every_order_gives_the_same_parts),
	    cmocka_unit_test(the_order_of_the_factors_is_of_no_account),
	    cmocka_unit_test(a_factor_that_did_not_change_gets_nothing),
	    cmocka_unit_test(what_no_int64_holds_is_an_answer),
	    cmocka_unit_test(a_value_that_fails_fails_the_whole),
	};
	return cmocka_run_group_tests_name("economics: attribution", tests, NULL, NULL);
}
