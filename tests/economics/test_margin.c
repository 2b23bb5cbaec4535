/* test_margin.c - margin twice: with credits ended and as booked; a band that flips its sign leaves it unknown. */
#include "tests/check/check.h"

#include "controller/economics/credits.h"
#include "controller/economics/margin.h"

#define USD INT64_C(1000000000)

static sp_amount between(int64_t low, int64_t value, int64_t high)
{
	return (sp_amount){{low * USD}, {value * USD}, {high * USD}, SP_BASIS_ASSUMED};
}

static sp_amount exactly(int64_t usd)
{
	return sp_amount_exact((sp_money){usd * USD});
}

static void margin_is_as_worked_by_hand(void **state)
{
	(void)state;
	sp_margin_lines lines = {.revenue = exactly(1000),
	                         .cost = between(600, 700, 800),
	                         .support = exactly(50),
	                         .incidents = exactly(30),
	                         .credits = exactly(120)};
	sp_margin margin;
	check_status(sp_margin_of(&lines, &margin), SP_OK);
	check_i64(margin.ended.low.nano, 120 * USD);
	check_i64(margin.ended.value.nano, 220 * USD);
	check_i64(margin.ended.high.nano, 320 * USD);
	check_i64(margin.booked.value.nano, 340 * USD);
	check_i64(margin.ended.basis, SP_BASIS_ASSUMED);
	check_i64(sp_amount_sign(margin.ended), SP_SIGN_POSITIVE);
}

static void credits_can_hide_that_nobody_knows_whether_it_is_a_loss(void **state)
{
	(void)state;
	sp_margin_lines lines = {.revenue = exactly(1000),
	                         .cost = between(900, 980, 1060),
	                         .support = exactly(0),
	                         .incidents = exactly(0),
	                         .credits = exactly(200)};
	sp_margin margin;
	check_status(sp_margin_of(&lines, &margin), SP_OK);
	check_i64(sp_amount_sign(margin.ended), SP_SIGN_UNKNOWN);
	check_i64(sp_amount_sign(margin.booked), SP_SIGN_POSITIVE);
	lines.cost = exactly(INT64_MAX / USD);
	lines.revenue = exactly(-10);
	check_status(sp_margin_of(&lines, &margin), SP_E_OVERFLOW);
}

static void credits_are_the_full_price_of_the_lots_on_them_until_their_date(void **state)
{
	(void)state;
	const sp_supply_lot lots[] = {
	    {.gpus = 10, .usd_per_gpu_h = {2000000000}, .counted = true, .priced = true},
	    {.gpus = 8, .usd_per_gpu_h = {3000000000}, .counted = true, .priced = true},
	    {.gpus = 6, .usd_per_gpu_h = {1000000000}, .counted = true, .priced = true, .rented = true, .running = 2},
	    {.gpus = 6, .usd_per_gpu_h = {9000000000}, .counted = false, .priced = true},
	};
	const int64_t until[] = {SP_CREDITS_NONE, 1000, 2000, 9000};
	const sp_supply supply = {.lots = lots, .n_lots = 4, .units_per_gpu_s = 1, .redundancy = 2};
	const struct {
		int64_t now_ns;
		double usd;
	} rows[] = {{0, 26}, {999, 26}, {1000, 2}, {1999, 2}, {2000, 0}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		double usd = -1;
		check_true(sp_credits_rate(&supply, until, rows[i].now_ns, &usd).knowledge == SP_KNOWN);
		check_near(usd, rows[i].usd, 1e-12);
	}
}

static void credits_of_a_lot_without_a_price_are_not_known(void **state)
{
	(void)state;
	const sp_supply_lot lots[] = {{.gpus = 8, .counted = true}};
	const int64_t until[] = {1000};
	const sp_supply supply = {.lots = lots, .n_lots = 1, .units_per_gpu_s = 1, .redundancy = 1};
	double usd = -1;
	check_true(sp_credits_rate(&supply, until, 0, &usd).knowledge == SP_TOO_LITTLE);
	check_true(sp_credits_rate(&supply, until, 1000, &usd).knowledge == SP_KNOWN);
	check_near(usd, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(margin_is_as_worked_by_hand),
	    cmocka_unit_test(credits_can_hide_that_nobody_knows_whether_it_is_a_loss),
	    cmocka_unit_test(credits_are_the_full_price_of_the_lots_on_them_until_their_date),
	    cmocka_unit_test(credits_of_a_lot_without_a_price_are_not_known),
	};
	return cmocka_run_group_tests_name("economics: margin", tests, NULL, NULL);
}
