/* test_eip1559.c - the base-fee rule against its published vectors, against a twin with big numbers done long hand, and as a law. */
#include "tests/policies/asked.h"

#include <stdio.h>

#include "policies/price/eip1559.h"

static int64_t next_of(int64_t price, int64_t used, int64_t target, int64_t denominator)
{
	int64_t next = -1;
	check_status(sp_eip1559_next(price, used, target, denominator, &next), SP_OK);
	return next;
}

static void published_vectors_are_met_exactly(void **state)
{
	(void)state;
	const char *path = sp_check_data("vectors/eip1559.csv");
	if (path == NULL)
		skip();
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	char line[256];
	int rows = 0;
	while (fgets(line, sizeof line, file) != NULL) {
		long denominator, elasticity, fee, limit, used, expected;
		if (sscanf(line, "%*[^,],%ld,%ld,%ld,%ld,%ld,%ld", &denominator, &elasticity, &fee, &limit, &used, &expected) !=
		    6)
			continue;
		check_i64(next_of(fee, used, limit / elasticity, denominator), expected);
		rows++;
	}
	fclose(file);
	check_true(rows >= 5);
}

/* Worked by hand, the divisions rounding down, target first. */
static void small_prices_round_as_the_rule_says(void **state)
{
	(void)state;
	static const struct {
		int64_t price, used, target, denominator, next;
	} rows[] = {
	    {1000000000, 10000000, 10000000, 8, 1000000000},
	    {1000000000, 9000000, 10000000, 8, 987500000},
	    {1000000000, 11000000, 10000000, 8, 1012500000},
	    {1000000000, 20000000, 10000000, 8, 1125000000},
	    {1000000000, 0, 10000000, 8, 875000000},
	    {7, 0, 10000000, 8, 7},         /* below the denominator it no longer falls */
	    {8, 0, 10000000, 8, 7},         /* 8 / 8 = 1 */
	    {9, 1, 10000000, 8, 8},         /* 9 x 9999999 / 10^7 = 8, / 8 = 1 */
	    {7, 10000001, 10000000, 8, 8},  /* a rise is at least 1 */
	    {0, 20000000, 10000000, 8, 1},  /* from nothing too */
	    {0, 0, 10000000, 8, 0},         /* and never below it */
	    {1000, 15, 10, 8, 1062},        /* 1000 x 5 / 10 = 500, / 8 = 62 */
	    {1234, 13, 10, 8, 1280},        /* 3702 / 10 = 370, / 8 = 46 */
	    {1599, 1, 10, 100, 1585},       /* 14391 / 10 = 1439, / 100 = 14 */
	    {19, 17, 10, 7, 20},            /* 133 / 10 = 13, / 7 = 1 */
	    {5000, 9999, 10000, 8, 5000},   /* 5000 / 10000 = 0 */
	    {5000, 10001, 10000, 250, 5001} /* 0, so 1 */
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_i64(next_of(rows[i].price, rows[i].used, rows[i].target, rows[i].denominator), rows[i].next);
}

/* The twin: a x b / c by schoolbook long multiplication and division in base 2^16, nothing shared with __int128. */
static uint64_t long_hand(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t digits[8] = {0};
	for (int i = 0; i < 4; i++) {
		uint64_t carry = 0;
		for (int j = 0; j < 4; j++) {
			carry += digits[i + j] + ((a >> (16 * i)) & 0xFFFF) * ((b >> (16 * j)) & 0xFFFF);
			digits[i + j] = carry & 0xFFFF;
			carry >>= 16;
		}
		digits[i + 4] = carry;
	}
	uint64_t quotient = 0, rest = 0;
	for (int bit = 127; bit >= 0; bit--) {
		rest = rest << 1 | (digits[bit / 16] >> (bit % 16) & 1);
		quotient <<= 1;
		if (rest >= c) {
			rest -= c;
			quotient |= 1;
		}
	}
	return quotient;
}

static void it_agrees_with_long_hand_arithmetic(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("it_agrees_with_long_hand_arithmetic", &rng);
	for (int i = 0; i < 20000; i++) {
		int64_t price = (int64_t)(sp_rng_next(&rng) >> (2 + sp_rng_below(&rng, 60)));
		int64_t target = 1 + (int64_t)(sp_rng_next(&rng) >> (2 + sp_rng_below(&rng, 60)));
		int64_t used = (int64_t)sp_rng_below(&rng, 2 * (uint64_t)target + 1);
		int64_t denominator = 1 + (int64_t)sp_rng_below(&rng, 300);
		uint64_t gap = (uint64_t)(used > target ? used - target : target - used);
		int64_t step = (int64_t)long_hand((uint64_t)price, gap, (uint64_t)target) / denominator;
		int64_t expected = used < target ? price - step : used == target ? price : price + (step > 0 ? step : 1);
		check_i64(next_of(price, used, target, denominator), expected);
		check_true(expected >= 0);
	}
}

static void what_does_not_fit_is_an_answer(void **state)
{
	(void)state;
	int64_t next = -7;
	check_status(sp_eip1559_next(INT64_MAX, INT64_MAX, 1, 1, &next), SP_E_OVERFLOW);
	check_status(sp_eip1559_next(INT64_MAX, 2, 1, 8, &next), SP_E_OVERFLOW);
	check_i64(next, -7);
	check_i64(next_of(INT64_MAX, 0, INT64_MAX, 1), 0);
}

/* --- as a law: capacity 1000 x setpoint 0.7 = target 700 --- */

static void check_move(asked *a, double load_mean, int64_t amount_ppb, const char *reason)
{
	a->input.load_mean = load_mean;
	sp_wish wish = asked_decide(a);
	check_text(wish.reason, reason);
	check_i64(wish.terms[0].amount.ppb, amount_ppb);
	check_true(wish.action == (amount_ppb == 0 ? SP_LAW_HOLD : SP_LAW_MOVE));
}

static void the_index_is_the_base_fee(void **state)
{
	(void)state;
	asked a;
	asked_start(&a, "eip1559");
	check_move(&a, 700, 0, "at_target");
	check_move(&a, 770, 12500000, "above_target");
	check_move(&a, 630, -12500000, "below_target");
	check_move(&a, 0, -125000000, "below_target");
	check_move(&a, 1400, 125000000, "above_target");
	check_move(&a, 5000, 125000000, "above_target"); /* a block is never fuller than its limit */
	check_move(&a, 700.4, 0, "at_target");           /* rounded to whole units */
	asked_set(&a, "denominator", "50");
	check_move(&a, 1400, 20000000, "above_target");
	a.input.own.ppb = 40;
	check_move(&a, 0, 0, "below_target"); /* 40 / 50 = 0 */
	check_move(&a, 701, 1, "above_target");
}

static void the_mean_since_the_last_change_counts_not_the_last_reading(void **state)
{
	(void)state;
	asked a;
	asked_start(&a, "eip1559");
	a.input.readings[SP_READING_LOAD].estimate.value = 5;
	check_move(&a, 770, 12500000, "above_target");
	check_true(a.ops->per_change);
	a.input.change_due = false;
	check_move(&a, 770, 0, "waiting");
}

static void a_full_gauge_never_lowers_and_what_is_unknown_is_refused(void **state)
{
	(void)state;
	asked a;
	asked_start(&a, "eip1559");
	a.input.censored = true;
	check_move(&a, 600, 0, "gauge_full");
	check_move(&a, 770, 12500000, "above_target");
	a.input.censored = false;
	a.input.capacity = 0;
	check_text(asked_decide(&a).reason, "capacity_unknown");
	check_true(asked_decide(&a).action == SP_LAW_REFUSE);
	a.input.capacity = 1000;
	a.input.load_mean_count = 0;
	check_text(asked_decide(&a).reason, "load_unknown");
	a.input.load_mean_count = 5;
	a.input.readings[SP_READING_LOAD].answer = (sp_answer){SP_TOO_LITTLE, "no observation yet"};
	check_text(asked_decide(&a).reason, "load_unknown");
	check_true(asked_decide(&a).action == SP_LAW_REFUSE);
}

static void up_and_down_by_the_same_share_drifts_down(void **state)
{
	(void)state;
	asked a;
	asked_start(&a, "eip1559");
	for (int i = 0; i < 10; i++) {
		a.input.load_mean = i % 2 == 0 ? 1400 : 0;
		a.input.own.ppb += asked_decide(&a).terms[0].amount.ppb;
	}
	check_near((double)a.input.own.ppb / 1e9, 0.924279, 1e-6); /* (1.125 x 0.875)^5 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(published_vectors_are_met_exactly),
	    cmocka_unit_test(small_prices_round_as_the_rule_says),
	    cmocka_unit_test(it_agrees_with_long_hand_arithmetic),
	    cmocka_unit_test(what_does_not_fit_is_an_answer),
	    cmocka_unit_test(the_index_is_the_base_fee),
	    cmocka_unit_test(the_mean_since_the_last_change_counts_not_the_last_reading),
	    cmocka_unit_test(a_full_gauge_never_lowers_and_what_is_unknown_is_refused),
	    cmocka_unit_test(up_and_down_by_the_same_share_drifts_down),
	};
	return cmocka_run_group_tests_name("price laws: eip1559", tests, NULL, NULL);
}
