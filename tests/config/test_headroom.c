/* test_headroom.c - the headroom of a pool is given, or computed once from a target; `config show` says which. */
#include "tests/check/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/economics/headroom.h"
#include "tests/config/given.h"

static sp_config *config_of(const char *keys)
{
	char yaml[1024];

	snprintf(yaml, sizeof yaml,
	         "version: 1\n"
	         "pools:\n"
	         "  - id: p\n"
	         "    units_per_gpu_s: 2000\n"
	         "%s"
	         "    supply:\n"
	         "      - {id: base, term: owned, gpus: 8, usd_per_gpu_h: \"2.10\"}\n"
	         "families: [{id: f, pool: p, skus: [" GIVEN_SKU("s") "]}]\n",
	         keys);
	return given_config(yaml, NULL);
}

static int64_t headroom_of(const char *keys)
{
	sp_config *config = config_of(keys);
	int64_t ppb = sp_config_setup(config)->pools[0].slo_headroom_ppb;

	sp_config_close(config);
	return ppb;
}

static void a_target_becomes_headroom_rounded_up_to_a_hundredth_of_a_percent(void **state)
{
	static const struct {
		uint32_t places;
		double service_s, wait_s, late, variability;
	} table[] = {{640, 8, 1, 0.01, 1}, {64, 8, 0.5, 0.01, 1}, {16, 2, 2, 0.05, 3.5}, {100000, 1, 0, 0.5, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		sp_queue queue = {table[i].places, table[i].service_s, table[i].wait_s, table[i].late, table[i].variability};
		char keys[200];
		double exact;
		int64_t ppb;
		snprintf(keys, sizeof keys, "    slo: {places: %u, service: %gs, wait: %gms, late: %g%%, variability: %g}\n",
		         queue.places, queue.service_s, queue.wait_s * 1e3, queue.late * 100, queue.variability);
		ppb = headroom_of(keys);
		check_true(sp_headroom_of_queue(&queue, &exact).knowledge == SP_KNOWN);
		check_true(exact > 0 && (double)ppb >= exact * 1e9 && (double)ppb <= exact * 1e9 + 1e5);
		check_i64(ppb % 100000, 0);
	}
}

static void what_is_given_holds_and_without_a_target_there_is_none(void **state)
{
	(void)state;
	check_i64(headroom_of(""), 0);
	check_i64(headroom_of("    slo_headroom: 7%\n"), 70000000);
	check_i64(headroom_of("    slo_headroom: 7%\n    slo: {places: 640, service: 8s}\n"), 70000000);
	check_i64(headroom_of("    slo_headroom: 0%\n    slo: {places: 640, service: 8s}\n"), 0);
	check_i64(headroom_of("    slo: {late: 5%}\n"), 0);
}

/* The text that is shown is a configuration: read back it means the same. */
static void what_is_computed_says_so_and_reads_back(void **state)
{
	sp_config *config = config_of("    slo: {places: 640, service: 8s, wait: 1s, late: 1%}\n"), *again;
	char *shown = given_shown(config, NULL, false), *json = given_shown(config, NULL, true);
	const char *line = strstr(shown, "slo_headroom: ");

	(void)state;
	check_true(line != NULL);
	check_contains(line, "# computed from slo: pools[0], line 5\n");
	check_contains(json, "\"from\":\"computed from slo: pools[0], line 5\"");
	again = given_config(shown, NULL);
	check_i64(sp_config_setup(again)->pools[0].slo_headroom_ppb, sp_config_setup(config)->pools[0].slo_headroom_ppb);
	free(shown);
	free(json);
	shown = given_shown(again, NULL, false);
	check_true(strstr(shown, "computed from slo") == NULL);
	free(shown);
	sp_config_close(again);
	sp_config_close(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_target_becomes_headroom_rounded_up_to_a_hundredth_of_a_percent),
	    cmocka_unit_test(what_is_given_holds_and_without_a_target_there_is_none),
	    cmocka_unit_test(what_is_computed_says_so_and_reads_back),
	};
	return cmocka_run_group_tests_name("config: headroom", tests, NULL, NULL);
}
