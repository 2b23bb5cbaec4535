/* test_market_follow.c - the market with a premium or an undercut, and never for less than a unit costs: by hand. */
#include "tests/policies/asked.h"

static void start(asked *a, double market, double marginal)
{
	asked_start(a, "market_follow");
	a->input.list_usd = 2;
	a->input.readings[SP_READING_MARKET].estimate.value = market;
	a->input.readings[SP_READING_MARGINAL].estimate.value = marginal;
}

static void check_level(asked *a, double index, const char *reason)
{
	sp_wish wish = asked_decide(a);
	check_text(wish.reason, reason);
	check_near((double)(a->input.told.ppb + wish.terms[0].amount.ppb) / 1e9, index, 1e-9);
}

static void it_goes_beside_the_market(void **state)
{
	(void)state;
	asked a;
	start(&a, 1, 0.5);
	check_level(&a, 1, "at_market");
	asked_set(&a, "premium", "10%");
	check_level(&a, 1.1, "market_above");
	asked_set(&a, "premium", "0%");
	asked_set(&a, "undercut", "5%");
	check_level(&a, 0.95, "market_below");
	a.input.told.ppb = 900000000; /* a level: what is left from the told price */
	check_level(&a, 0.95, "market_above");
}

static void never_below_marginal_cost_and_the_least_margin(void **state)
{
	(void)state;
	asked a;
	start(&a, 0.5, 1.5); /* 1.5 x 1.2 / 2 = 0.9 */
	check_level(&a, 0.9, "least_margin");
	asked_set(&a, "least_margin", "0%");
	check_level(&a, 0.75, "least_margin");
	a.input.readings[SP_READING_MARGINAL].estimate.value = 0.9;
	check_level(&a, 0.5, "market_below");
}

static void an_unknown_market_or_cost_is_refused(void **state)
{
	(void)state;
	asked a;
	start(&a, 0.5, 1.5);
	a.input.readings[SP_READING_MARGINAL].answer = (sp_answer){SP_TOO_LITTLE, "none"};
	check_text(asked_decide(&a).reason, "marginal_cost_unknown");
	a.input.readings[SP_READING_MARKET].answer = (sp_answer){SP_TOO_LITTLE, "none"};
	check_text(asked_decide(&a).reason, "market_unknown");
	check_true(asked_decide(&a).action == SP_LAW_REFUSE);
}

static void a_premium_and_an_undercut_exclude_each_other(void **state)
{
	(void)state;
	asked a;
	sp_message message = {""};
	start(&a, 1, 0.5);
	asked_set(&a, "premium", "10%");
	check_status(a.ops->check(a.params, &message), SP_OK);
	asked_set(&a, "undercut", "10%");
	check_true(a.ops->check(a.params, &message) != SP_OK);
	check_contains(message.text, "remove one");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_goes_beside_the_market),
	    cmocka_unit_test(never_below_marginal_cost_and_the_least_margin),
	    cmocka_unit_test(an_unknown_market_or_cost_is_refused),
	    cmocka_unit_test(a_premium_and_an_undercut_exclude_each_other),
	};
	return cmocka_run_group_tests_name("price laws: market_follow", tests, NULL, NULL);
}
