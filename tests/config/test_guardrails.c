/* test_guardrails.c - the bounds that name another family, dates, counts and money: bound, shown, and read back. */
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "tests/check/check.h"
#include "tests/config/given.h"

#define POINT (SP_NANO / 100)

static const char yaml[] = GIVEN_POOL
    "portfolio: {revenue_share: 20%, window: 2d, below_cost_usd: \"100\", exploration_usd: \"7.50\"}\n"
    "defaults: {pool: p, guardrails: {at_most_of: z}}\n"
    "families:\n"
    "  - {id: z, skus: [" GIVEN_SKU(
        "z/a") "], guardrails: {at_most: 170%, at_most_of: a}}\n"
               "  - id: a\n"
               "    skus: [" GIVEN_SKU(
                   "a/a") "]\n"
                          "    guardrails: {at_most: 60%, max_changes: 3, changes_window: 30d, no_raise_before: "
                          "2027-03-01,\n"
                          "                 least_margin: 5%, restrict_at: 90%, close_at: 110%, outside: closed}\n";

static void check_bound(const sp_config *config)
{
	const sp_setup *s = sp_config_setup(config);
	const sp_family_setup *a = given_family(config, "a"), *z = given_family(config, "z");

	check_i64(s->revenue_share_ppb, 20 * POINT);
	check_i64(s->revenue_window_ns, 2 * SP_DAY);
	check_i64(s->below_cost_budget.nano, 100 * SP_NANO);
	check_i64(s->explore_budget.nano, 7500000000);
	check_true(sp_setup_has_portfolio(s));
	check_i64(a->rails.at_most_ppb, 60 * POINT);
	check_true(&s->families[a->relation] == z); /* defaults name it, the entry gives the share */
	check_true(&s->families[z->relation] == a);
	check_i64(a->rails.max_changes, 3);
	check_i64(a->rails.changes_window_ns, 30 * SP_DAY);
	check_i64(a->rails.no_raise_before_ns, INT64_C(1803859200) * SP_SEC);
	check_i64(a->rails.least_margin_ppb, 5 * POINT);
	check_i64(a->rails.restrict_at_ppb, 90 * POINT);
	check_i64(a->rails.close_at_ppb, 110 * POINT);
	check_u64(a->rails.outside, SP_OUTSIDE_CLOSED);
}

static void every_key_of_the_rails_is_bound_and_what_is_shown_means_the_same(void **state)
{
	sp_config *config = given_config(yaml, NULL), *again;
	char *shown = given_shown(config, NULL, false);

	(void)state;
	check_bound(config);
	check_contains(strstr(shown, "at_most_of: z"), "# defaults, line");
	again = given_config(shown, NULL);
	check_bound(again);
	sp_config_close(again);
	free(shown);
	sp_config_close(config);
}

static void nothing_of_it_holds_unless_it_is_given_but_four_changes_a_quarter_in_announced(void **state)
{
	sp_config *config = given_config(
	    GIVEN_POOL "defaults: {pool: p}\n"
	               "families:\n"
	               "  - {id: a, skus: [" GIVEN_SKU("sa") "]}\n"
	                                                     "  - {id: d, profile: dynamic, skus: [" GIVEN_SKU("sd") "]}\n",
	    NULL);
	const sp_guardrails *a = &given_family(config, "a")->rails, *d = &given_family(config, "d")->rails;

	(void)state;
	check_i64(a->max_changes, 4);
	check_i64(a->changes_window_ns, 92 * SP_DAY);
	check_i64(d->max_changes, SP_PARAM_NONE);
	check_i64(a->no_raise_before_ns, SP_PARAM_NONE);
	check_i64(a->at_most_ppb, SP_PARAM_NONE);
	check_i64(a->least_margin_ppb, SP_PARAM_NONE);
	check_i64(d->least_margin_ppb, SP_PARAM_NONE);
	check_i64(a->restrict_at_ppb, SP_PARAM_NONE);
	check_i64(a->close_at_ppb, SP_PARAM_NONE);
	check_u64(a->outside, SP_OUTSIDE_RESTRICTED);
	check_true(!sp_setup_has_portfolio(sp_config_setup(config)));
	sp_config_close(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_key_of_the_rails_is_bound_and_what_is_shown_means_the_same),
	    cmocka_unit_test(nothing_of_it_holds_unless_it_is_given_but_four_changes_a_quarter_in_announced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
