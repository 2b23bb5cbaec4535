/* test_experiment.c - the experiment of a family: beside the policy or within it, shown, and refused under notice. */
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "tests/check/check.h"
#include "tests/config/given.h"

#define POINT (SP_NANO / 100)

#define FAMILY(rest) \
	GIVEN_POOL "families:\n  - {id: a, pool: p, profile: dynamic, skus: [" GIVEN_SKU("a/a") "], " rest "}\n"

static void check_bound(const sp_config *config)
{
	const sp_experiment_setup *e = &given_family(config, "a")->experiment;

	check_i64(e->size_ppb, 10 * POINT);
	check_i64(e->block_ns, SP_DAY);
	check_i64(e->blocks, 7);
	check_i64(e->budget.nano, INT64_C(500) * SP_NANO);
	check_near(e->enough, 0.25, 0);
}

static void it_may_stand_within_the_policy_or_beside_it_and_is_shown_as_it_is(void **state)
{
	static const char *const texts[] = {
	    FAMILY("policy: {use: margin_curve, experiment: {size: 10%, block: 1d, blocks: 7, enough: 0.25}}"),
	    FAMILY("policy: {experiment: {size: 10%, block: 1d, blocks: 7, enough: 0.25}}"),
	    FAMILY("experiment: {size: 10%, block: 1d, blocks: 7, enough: 0.25}"),
	};

	(void)state;
	for (int i = 0; i < 3; i++) {
		sp_config *config = given_config(texts[i], NULL), *again;
		char *shown = given_shown(config, NULL, false);
		check_bound(config);
		again = given_config(shown, NULL);
		check_bound(again);
		sp_config_close(again);
		free(shown);
		sp_config_close(config);
	}
}

static void no_family_is_marked_unless_it_is_said(void **state)
{
	sp_config *config = given_config(FAMILY("mode: auto"), NULL);

	(void)state;
	check_i64(given_family(config, "a")->experiment.size_ppb, SP_PARAM_NONE);
	sp_config_close(config);
}

static void notice_and_an_experiment_contradict_each_other(void **state)
{
	sp_complaints said =
	    given_refused(FAMILY("guardrails: {notice: 30d}, policy: {use: fixed, experiment: {size: 10%}}"), NULL);

	(void)state;
	check_u64(said.n, 1);
	check_contains(said.list[0].text, "need notice");
	sp_complaints_fini(&said);
}

static void check_contradicts(const char *text, const char *what)
{
	sp_complaints said = given_refused(text, NULL);

	check_u64(said.n, 1);
	check_contains(said.list[0].text, what);
	sp_complaints_fini(&said);
}

static void what_would_hold_an_experiment_contradicts_it(void **state)
{
	(void)state;
	check_contradicts(FAMILY("cuts: propose, policy: {use: fixed, experiment: {size: 10%}}"), "cuts here are proposed");
	check_contradicts(FAMILY("contract: true, policy: {use: fixed, experiment: {size: 10%}}"), "by contract");
	check_contradicts(FAMILY("guardrails: {dead_band: 10%}, policy: {use: fixed, experiment: {size: 11%}}"),
	                  "holds a block of this size");
	sp_config_close(given_config(FAMILY("guardrails: {dead_band: 9%}, experiment: {size: 10%}"), NULL));
	sp_config_close(given_config(FAMILY("contract: true, cuts: propose, experiment: {size: none}"), NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_may_stand_within_the_policy_or_beside_it_and_is_shown_as_it_is),
	    cmocka_unit_test(no_family_is_marked_unless_it_is_said),
	    cmocka_unit_test(what_would_hold_an_experiment_contradicts_it),
	    cmocka_unit_test(notice_and_an_experiment_contradict_each_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
