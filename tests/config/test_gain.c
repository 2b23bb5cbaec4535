/* test_gain.c - the gain of a law for which none was given: where it is chosen, what it is, and that its loop is calm. */
#include <stdlib.h>
#include <string.h>

#include "controller/config/gain.h"
#include "controller/config/stability.h"
#include "tests/check/check.h"
#include "tests/config/given.h"

#define FAMILY(rest) \
	GIVEN_POOL "families:\n  - {id: a, pool: p, profile: dynamic, skus: [" GIVEN_SKU("a/a") "], " rest "}\n"

static char *param_of(const sp_config *config, const char *family, const char *key, char text[64])
{
	const sp_family_setup *f = given_family(config, family);
	const sp_param *row = sp_param_find(f->law->params, f->law->n_params, key, strlen(key));

	check_true(row != NULL);
	return sp_param_format(row, f->law_params, text);
}

static void check_param(const char *yaml, const char *key, const char *value, const char *said)
{
	sp_config *config = given_config(yaml, NULL);
	char text[64], line[80], *shown = given_shown(config, NULL, false);
	const char *at;

	check_text(param_of(config, "a", key, text), value);
	snprintf(line, sizeof line, "%s: %s ", strchr(key, '.') ? strchr(key, '.') + 1 : key, value);
	at = strstr(shown, line);
	check_true(at != NULL);
	check_true(memmem(at, strcspn(at, "\n"), said, strlen(said)) != NULL);
	free(shown);
	sp_config_close(config);
}

static void a_gain_that_nobody_gave_is_calm_over_the_bands(void **state)
{
	static const char calm[] = "# chosen: no oscillation over the assumed bands";

	(void)state;
	check_param(FAMILY("policy: {use: eip1559}"), "denominator", "560", calm);
	check_param(FAMILY("policy: {use: eip4844}"), "fraction", "56000%", calm);
	check_param(FAMILY("policy: {use: utilization_pi}"), "gain", "50%", calm);
	check_param(FAMILY("policy: {use: multi_window}"), "short.window", "153h", calm);
	check_param(FAMILY("policy: {use: multi_window}"), "middle.window", "11w", calm);
}

static void one_that_was_given_stands_whichever_layer_gave_it(void **state)
{
	(void)state;
	check_param(FAMILY("policy: {use: eip1559, denominator: 8}"), "denominator", "8", "# families[0]");
	check_param(FAMILY("policy: {use: utilization_pi, gain: 100%}"), "gain", "100%", "# families[0]");
	check_param("defaults: {policy: {use: eip1559, denominator: 8}}\n" FAMILY("mode: auto, policy: {use: eip1559}"),
	            "denominator", "8", "# defaults");
	check_param(FAMILY("policy: {use: multi_window, long: {window: 2d}}"), "short.window", "10m", "# built-in");
}

static void it_is_never_quicker_than_the_laws_own(void **state)
{
	(void)state;
	check_param(FAMILY("policy: {use: eip1559}, loop: {lag: {low: 0s, high: 1m}, elasticity: {low: 0.5, high: 2}}"),
	            "denominator", "8", "# built-in");
	check_param(
	    FAMILY("policy: {use: utilization_pi}, loop: {elasticity: {low: 1.4, high: 1.6}, lag: {low: 1d, high: 1d}}"),
	    "gain", "100%", "# built-in");
}

static void where_the_slowest_that_there_is_swings_that_is_said(void **state)
{
	(void)state;
	check_param(FAMILY("policy: {use: eip4844}, loop: {lag: {low: 0s, high: 365d}, elasticity: {low: 1, high: 20}}"),
	            "fraction", "100000%", "# chosen: the slowest, yet it oscillates within the configured bands");
}

/* Whatever the bands: what was chosen is calm, or at the end of its row; half as slow again is not. */
static void what_was_chosen_is_the_quickest_that_is_calm(void **state)
{
	sp_config *config = given_config(FAMILY("policy: {use: eip1559}"), NULL);
	const sp_setup *setup = sp_config_setup(config);
	sp_rng rng;

	(void)state;
	sp_check_seed("what_was_chosen_is_the_quickest_that_is_calm", &rng);
	for (int i = 0; i < 20; i++) {
		sp_family_setup f = *given_family(config, "a");
		int64_t own = 8, chosen, quicker;
		sp_gain gain;
		f.loop.elasticity_low = 0.2 + sp_rng_uniform(&rng);
		f.loop.elasticity_high = f.loop.elasticity_low + 3 * sp_rng_uniform(&rng);
		f.loop.lag_high_ns = (int64_t)(1e9 * 3 * 86400 * sp_rng_uniform(&rng));
		memcpy(f.law_params, &own, sizeof own);
		gain = sp_gain_slow(setup, &f);
		memcpy(&chosen, f.law_params, sizeof chosen);
		check_true(chosen >= own && sp_stability_is_calm(setup, &f));
		quicker = chosen * 9 / 10;
		memcpy(f.law_params, &quicker, sizeof quicker);
		check_true(gain == SP_GAIN_KEPT || !sp_stability_is_calm(setup, &f));
	}
	sp_config_close(config);
}

static void shown_it_reads_back_as_given(void **state)
{
	sp_config *config = given_config(FAMILY("policy: {use: multi_window}"), NULL), *again;
	char *shown = given_shown(config, NULL, false), *once_more, text[64];

	(void)state;
	again = given_config(shown, NULL);
	check_text(param_of(again, "a", "short.window", text), "153h");
	once_more = given_shown(again, NULL, false);
	check_contains(once_more, "window: 153h");
	check_true(strstr(once_more, "chosen:") == NULL);
	free(once_more);
	sp_config_close(again);
	free(shown);
	sp_config_close(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_gain_that_nobody_gave_is_calm_over_the_bands),
	    cmocka_unit_test(one_that_was_given_stands_whichever_layer_gave_it),
	    cmocka_unit_test(it_is_never_quicker_than_the_laws_own),
	    cmocka_unit_test(where_the_slowest_that_there_is_swings_that_is_said),
	    cmocka_unit_test(what_was_chosen_is_the_quickest_that_is_calm),
	    cmocka_unit_test(shown_it_reads_back_as_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
