/* test_exact.c - money to 10^-18: nothing is lost on the way in, out, or into a signal. */
#include <string.h>

#include "sim/import/exact.h"
#include "tests/check/check.h"

static sp_exact exact_of(const char *text)
{
	sp_exact exact = {0};
	check_status(sp_exact_parse(text, strlen(text), &exact), SP_OK);
	return exact;
}

static void a_decimal_comes_out_as_it_went_in(void **unused)
{
	(void)unused;
	static const char *const same[] = {"0",
	                                   "1",
	                                   "-3",
	                                   "0.00000080000",
	                                   "20.52022672899",
	                                   "0.000000000000000001",
	                                   "-170141183460469231731.687303715884105727"};
	static const char *const shown[] = {"0",
	                                    "1",
	                                    "-3",
	                                    "0.0000008",
	                                    "20.52022672899",
	                                    "0.000000000000000001",
	                                    "-170141183460469231731.687303715884105727"};
	char text[SP_EXACT_TEXT_MAX];
	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
		check_text(sp_exact_format(exact_of(same[i]), text), shown[i]);
	check_text(sp_exact_format(exact_of("3.2175e-07"), text), "0.00000032175");
	check_text(sp_exact_format(exact_of("+1.20E2"), text), "120");
}

static void what_is_no_decimal_or_cannot_be_held_is_refused(void **unused)
{
	(void)unused;
	static const struct {
		const char *text;
		sp_status status;
	} cases[] = {
	    {"", SP_E_SYNTAX},
	    {"-", SP_E_SYNTAX},
	    {"1.", SP_E_SYNTAX},
	    {".5", SP_E_SYNTAX},
	    {"1e", SP_E_SYNTAX},
	    {"nan", SP_E_SYNTAX},
	    {"1 ", SP_E_SYNTAX},
	    {"1,5", SP_E_SYNTAX},
	    {"1e-19", SP_E_RANGE},
	    {"1e21", SP_E_OVERFLOW},
	    {"1e999999999999999", SP_E_OVERFLOW},
	    {"170141183460469231731.687303715884105728", SP_E_OVERFLOW},
	};
	sp_exact kept = {7};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		check_status(sp_exact_parse(cases[i].text, strlen(cases[i].text), &kept), cases[i].status);
	check_i64((int64_t)kept.atto, 7);
	check_status(sp_exact_parse("0e999999999999", 14, &kept), SP_OK);
	check_status(sp_exact_parse_rounded("1.0000000000000000019", 21, &kept), SP_OK);
	check_i64((int64_t)(kept.atto - exact_of("1").atto), 1);
}

static void money_and_residue_are_the_whole(void **unused)
{
	(void)unused;
	sp_rng rng;
	sp_check_seed("money_and_residue_are_the_whole", &rng);
	for (int i = 0; i < 10000; i++) {
		sp_exact exact = {(__int128)(int64_t)sp_rng_next(&rng) * 1000 + (int64_t)(sp_rng_next(&rng) % 1000)}, residue;
		sp_money money;
		check_status(sp_exact_money(exact, &money, &residue), SP_OK);
		check_true((__int128)money.nano * 1000000000 + residue.atto == exact.atto);
		check_true(residue.atto >= -500000000 && residue.atto <= 500000000);
	}
	sp_exact half = {1500000000}, rest;
	sp_money money;
	check_status(sp_exact_money(half, &money, &rest), SP_OK);
	check_i64(money.nano, 2);
	half.atto = -2500000000;
	check_status(sp_exact_money(half, &money, &rest), SP_OK);
	check_i64(money.nano, -2);
	check_status(sp_exact_money(exact_of("1e12"), &money, &rest), SP_E_OVERFLOW);
}

static void a_rate_is_applied_exactly_or_refused(void **unused)
{
	(void)unused;
	char text[SP_EXACT_TEXT_MAX];
	sp_exact usd;
	check_status(sp_exact_scale(exact_of("100.000000001"), 1080000000, &usd), SP_OK);
	check_text(sp_exact_format(usd, text), "108.00000000108");
	check_status(sp_exact_scale(exact_of("1e20"), 1080000000, &usd), SP_E_OVERFLOW);
	check_status(sp_exact_add(exact_of("1.7e20"), exact_of("1e18"), &usd), SP_E_OVERFLOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_decimal_comes_out_as_it_went_in),
	    cmocka_unit_test(what_is_no_decimal_or_cannot_be_held_is_refused),
	    cmocka_unit_test(money_and_residue_are_the_whole),
	    cmocka_unit_test(a_rate_is_applied_exactly_or_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
