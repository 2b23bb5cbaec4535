/* test_scenario.c - the rows and scenarios are sound; settings go where they should, wrong ones say the cure. */
#include "sim/market/scenario.h"

#include <string.h>

#include "base/time.h"
#include "tests/sim/trace/fixture.h"

static void the_tables_are_sound(void **unused)
{
	(void)unused;
	sp_message message = {""};
	check_status(sp_params_check(sp_market_buyer_params, sp_market_buyer_n_params, sizeof(sp_market_buyers), &message),
	             SP_OK);
	check_status(sp_params_check(sp_market_fleet_params, sp_market_fleet_n_params, sizeof(sp_market_fleet), &message),
	             SP_OK);
	check_status(sp_params_check(sp_market_gpu_params, sp_market_gpu_n_params, sizeof(sp_market_gpus), &message),
	             SP_OK);
	check_text(message.text, "");
	for (size_t i = 0; i < sp_market_buyer_n_params; i++) { /* one key names one row */
		const char *key = sp_market_buyer_params[i].key;
		check_true(sp_param_find(sp_market_fleet_params, sp_market_fleet_n_params, key, strlen(key)) == NULL);
		check_true(sp_param_find(sp_market_gpu_params, sp_market_gpu_n_params, key, strlen(key)) == NULL);
	}
}

static void every_scenario_makes_a_plan(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	check_true(sp_scenario_n >= 5);
	for (size_t i = 0; i < sp_scenario_n; i++) {
		sp_market_plan plan;
		sp_message message = {""};
		sp_status status = sp_market_plan_open(&plan, &f.setup, sp_scenarios[i].name, &message);
		check_text(message.text, "");
		check_status(status, SP_OK);
		sp_market_plan_close(&plan);
		check_true(sp_scenario_find(sp_scenarios[i].name) == &sp_scenarios[i]);
		check_true(sp_scenarios[i].help[strlen(sp_scenarios[i].help) - 1] == '.');
	}
	sp_market_plan plan;
	sp_message message;
	check_status(sp_market_plan_open(&plan, &f.setup, "storm", &message), SP_E_UNKNOWN);
	check_text(message.text, "market: no scenario 'storm'; there are: calm, day, spike, cost_step, demo_day");
	fixture_close(&f);
}

static void a_setting_is_for_all_or_for_one_subject(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	fixture_add_family(&f, "batch/east");
	fixture_add_sku(&f, "batch/east/output", "output");
	sp_market_plan plan;
	check_status(sp_market_plan_open(&plan, &f.setup, "calm", NULL), SP_OK);
	check_near(plan.buyers[1].elasticity, 1.5, 0);
	check_status(sp_market_plan_set(&plan, "elasticity=2", NULL), SP_OK);
	check_status(sp_market_plan_set(&plan, "elasticity@batch/east=3.5", NULL), SP_OK);
	check_status(sp_market_plan_set(&plan, "load@east/h100=80%", NULL), SP_OK);
	check_status(sp_market_plan_set(&plan, "gpu_usd_per_h@east/h100:spot=3.10", NULL), SP_OK);
	check_status(sp_market_plan_set(&plan, "gpu_step_at=2h", NULL), SP_OK);
	check_near(plan.buyers[0].elasticity, 2, 0);
	check_near(plan.buyers[1].elasticity, 3.5, 0);
	check_i64(plan.fleets[0].load_ppb, 800000000);
	check_i64(plan.gpus[0].usd_per_gpu_h.nano, 2500000000);
	check_i64(plan.gpus[1].usd_per_gpu_h.nano, 3100000000);
	check_i64(plan.gpus[0].step_at_ns, 2 * SP_HOUR);
	sp_market_plan_close(&plan);
	fixture_close(&f);
}

static void a_wrong_setting_says_the_cure(void **unused)
{
	(void)unused;
	static const struct {
		const char *setting;
		sp_status status;
		const char *message;
	} cases[] = {
	    {"elasticity", SP_E_SYNTAX, "market: 'elasticity': expected KEY=VALUE or KEY@SUBJECT=VALUE"},
	    {"=2", SP_E_SYNTAX, "market: '=2': expected KEY=VALUE or KEY@SUBJECT=VALUE"},
	    {"elasticty=2", SP_E_UNKNOWN, "market: no setting 'elasticty'; did you mean 'elasticity'?"},
	    {"weather=2", SP_E_UNKNOWN, "market: no setting 'weather'"},
	    {"elasticity@chat/eats=2", SP_E_UNKNOWN,
	     "market: 'chat/eats' is not a family of the configuration; did you mean 'chat/east'?"},
	    {"elasticity@east/h100=2", SP_E_UNKNOWN, "market: 'east/h100' is not a family of the configuration"},
	    {"load@chat/east=2", SP_E_UNKNOWN, "market: 'chat/east' is not a pool of the configuration"},
	    {"gpu_step@=2", SP_E_UNKNOWN, "market: '' is not a lot of the configuration"},
	};
	fixture f;
	fixture_open(&f);
	sp_market_plan plan;
	sp_message message;
	check_status(sp_market_plan_open(&plan, &f.setup, "calm", NULL), SP_OK);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		check_status(sp_market_plan_set(&plan, cases[i].setting, &message), cases[i].status);
		check_text(message.text, cases[i].message);
	}
	check_true(sp_market_plan_set(&plan, "elasticity=-1", &message) != SP_OK);
	check_contains(message.text, "market: elasticity: ");
	check_true(sp_market_plan_set(&plan, "response_lag=30", &message) != SP_OK);
	check_contains(message.text, "market: response_lag: ");
	check_near(plan.buyers[0].elasticity, 1.5, 0);
	sp_market_plan_close(&plan);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_tables_are_sound),
	    cmocka_unit_test(every_scenario_makes_a_plan),
	    cmocka_unit_test(a_setting_is_for_all_or_for_one_subject),
	    cmocka_unit_test(a_wrong_setting_says_the_cure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
