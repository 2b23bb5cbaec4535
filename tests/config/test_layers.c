/* test_layers.c - R20: which layer's value wins, and where `config show` says it came from. */
#include "tests/check/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "tests/config/given.h"

static char *law_param(const sp_family_setup *family, const char *key, char text[64])
{
	const sp_param *row = sp_param_find(family->law->params, family->law->n_params, key, strlen(key));

	check_true(row != NULL);
	return sp_param_format(row, family->law_params, text);
}

/* --- precedence --- */

/* Every subset of the layers above the built-in profile; the highest given wins. The steps are told apart by their value. */
static void r20_the_highest_layer_that_gives_a_key_wins(void **state)
{
	static const char *const origins[] = {"profile dynamic (built-in)", "defaults, line ", "profiles.dynamic, line ",
	                                      "families[0], line ", "families[1], line "};
	char yaml[2048], step[64], *shown;

	(void)state;
	for (unsigned given = 0; given < 16; given++) {
		sp_config *config;
		int64_t expected = 50000000; /* dynamic: 5% */
		size_t origin = 0;
		for (unsigned layer = 0; layer < 4; layer++) {
			if (given >> layer & 1) {
				expected = (11 + layer) * INT64_C(10000000);
				origin = layer + 1;
			}
		}
		snprintf(yaml, sizeof(yaml),
		         GIVEN_POOL "defaults: {pool: p, profile: dynamic%s}\n"
		                    "profiles: {dynamic: {mode: observe%s}}\n"
		                    "families:\n"
		                    "  - {match: \"*\", mode: auto%s}\n"
		                    "  - {id: f, mode: propose%s, skus: [" GIVEN_SKU("s") "]}\n",
		         given & 1 ? ", guardrails: {max_step: 11%}" : "", given & 2 ? ", guardrails: {max_step: 12%}" : "",
		         given & 4 ? ", guardrails: {max_step: 13%}" : "", given & 8 ? ", guardrails: {max_step: 14%}" : "");
		config = given_config(yaml, NULL);
		check_i64(given_family(config, "f")->rails.max_step_ppb, expected);
		check_u64(given_family(config, "f")->mode, SP_MODE_PROPOSE);
		shown = given_shown(config, "f", false);
		snprintf(step, sizeof(step), "max_step: %d%%", (int)(expected / 10000000));
		check_contains(shown, step);
		check_contains(strstr(shown, step), "# ");
		check_i64(strncmp(strstr(strstr(shown, step), "# ") + 2, origins[origin], strlen(origins[origin])), 0);
		free(shown);
		sp_config_close(config);
	}
}

static void r20_what_no_layer_gives_is_the_rows_own(void **state)
{
	sp_config *config = given_config(GIVEN_POOL "families: [{id: f, pool: p, skus: [" GIVEN_SKU("s") "]}]\n", NULL);
	const sp_family_setup *f = given_family(config, "f");
	char *shown = given_shown(config, NULL, false);

	(void)state;
	check_text(f->profile, "announced");
	check_u64(f->mode, SP_MODE_OBSERVE);
	check_i64(f->rails.floor_ppb, 500000000);
	check_i64(f->rails.max_per_hour_ppb, SP_PARAM_NONE);
	check_contains(strstr(shown, "floor: 50%"), "# built-in");
	check_contains(strstr(shown, "use: ewma"), "# built-in");
	free(shown);
	sp_config_close(config);
}

static void r23_announced_follows_cost_up_and_dynamic_follows_load(void **state)
{
	sp_config *config = given_config(
	    GIVEN_POOL "defaults: {pool: p}\n"
	               "families:\n"
	               "  - {id: a, skus: [" GIVEN_SKU("sa") "]}\n"
	                                                     "  - {id: d, profile: dynamic, skus: [" GIVEN_SKU("sd") "]}\n",
	    NULL);
	const sp_family_setup *a = given_family(config, "a"), *d = given_family(config, "d");
	char text[64];

	(void)state;
	check_text(a->law->name, "cost_plus");
	check_text(law_param(a, "pass_through.up", text), "80%");
	check_text(law_param(a, "pass_through.down", text), "0%");
	check_i64(a->rails.notice_ns, 30 * SP_DAY);
	check_true(92 * SP_DAY <= 4 * a->rails.min_interval_ns); /* at most four changes in the longest quarter */
	check_u64(a->cuts, SP_CUTS_PROPOSE);
	check_text(d->law->name, "margin_curve");
	check_i64(d->rails.notice_ns, 0);
	check_i64(d->rails.min_interval_ns, 15 * SP_MIN);
	check_u64(d->cuts, SP_CUTS_AUTO);
	sp_config_close(config);
}

static void r20_the_profile_is_resolved_first_and_its_last_giver_wins(void **state)
{
	sp_config *config = given_config(
	    GIVEN_POOL "defaults: {pool: p, profile: dynamic, guardrails: {dead_band: 2%}}\n"
	               "profiles:\n"
	               "  night: {guardrails: {max_step: 7%, dead_band: 3%}}\n"
	               "families:\n"
	               "  - {match: \"*\", profile: announced}\n"
	               "  - {id: f, skus: [" GIVEN_SKU("sf") "]}\n"
	                                                     "  - {id: g, profile: night, skus: [" GIVEN_SKU(
	                                                         "sg") "]}\n"
	                                                               "  - {match: \"h*\", profile: dynamic}\n"
	                                                               "  - {id: h, skus: [" GIVEN_SKU("sh") "]}\n",
	    NULL);
	const sp_family_setup *f = given_family(config, "f"), *g = given_family(config, "g"),
	                      *h = given_family(config, "h");

	(void)state;
	check_text(f->profile, "announced");
	check_i64(f->rails.notice_ns, 30 * SP_DAY);
	check_i64(f->rails.dead_band_ppb, 20000000); /* defaults over the built-in profile */
	check_text(g->profile, "night");             /* of no built-in name: no built-in profile below it */
	check_text(g->law->name, "fixed");
	check_i64(g->rails.max_step_ppb, 70000000);
	check_i64(g->rails.dead_band_ppb, 30000000); /* the user's profile over defaults */
	check_i64(g->rails.notice_ns, 0);
	check_text(h->profile, "dynamic"); /* by a later entry that matches */
	check_text(h->law->name, "margin_curve");
	sp_config_close(config);
}

static void r20_mappings_merge_by_key(void **state)
{
	sp_config *config = given_config(
	    GIVEN_POOL "defaults: {pool: p, guardrails: {floor: 61%}, policy: {use: cost_plus, pass_through: {up: 70%}}}\n"
	               "families:\n"
	               "  - {match: \"*\", guardrails: {ceiling: 180%}, policy: {pass_through: {down: 10%}}}\n"
	               "  - {id: f, guardrails: {max_step: 3%}, skus: [" GIVEN_SKU("s") "]}\n",
	    NULL);
	const sp_family_setup *f = given_family(config, "f");
	char text[64];

	(void)state;
	check_i64(f->rails.floor_ppb, 610000000);
	check_i64(f->rails.ceiling_ppb, 1800000000);
	check_i64(f->rails.max_step_ppb, 30000000);
	check_text(law_param(f, "pass_through.up", text), "70%");
	check_text(law_param(f, "pass_through.down", text), "10%");
	sp_config_close(config);
}

static void r20_another_use_drops_the_earlier_laws_parameters_and_the_same_keeps_them(void **state)
{
	sp_config *config = given_config(
	    GIVEN_POOL
	    "defaults: {pool: p, policy: {use: utilization_pi, elasticity: 2.5, response_lag: 3h}}\n"
	    "families:\n"
	    "  - {id: same, policy: {use: utilization_pi, gain: 50%}, skus: [" GIVEN_SKU(
	        "a") "]}\n"
	             "  - {id: other, policy: {use: eip1559}, loop: {elasticity: {low: 0.5, high: 1}}, skus: [" GIVEN_SKU(
	                 "b") "]}\n"
	                      "  - {id: back, policy: {use: fixed}, skus: [" GIVEN_SKU(
	                          "c") "]}\n"
	                               "  - {match: back, policy: {use: utilization_pi}}\n",
	    NULL);
	char text[64];

	(void)state;
	check_text(law_param(given_family(config, "same"), "elasticity", text), "2.5");
	check_text(law_param(given_family(config, "same"), "response_lag", text), "3h");
	check_text(law_param(given_family(config, "same"), "gain", text), "50%");
	check_text(law_param(given_family(config, "other"), "denominator", text), "8");
	check_text(law_param(given_family(config, "back"), "elasticity", text), "1.5"); /* dropped on the way */
	check_text(law_param(given_family(config, "back"), "response_lag", text), "1d");
	sp_config_close(config);
}

static void r20_entries_apply_in_order_whether_by_pattern_or_by_id(void **state)
{
	sp_config *config =
	    given_config(GIVEN_POOL "defaults: {pool: p}\n"
	                            "families:\n"
	                            "  - {id: f, guardrails: {max_step: 1%}, skus: [" GIVEN_SKU(
	                                "s") "]}\n"
	                                     "  - {match: \"f\", guardrails: {max_step: 2%, dead_band: 2%}}\n"
	                                     "  - {id: f, guardrails: {max_step: 3%}}\n"
	                                     "  - {match: \"*\", guardrails: {max_step: 4%}}\n"
	                                     "  - {id: f, mode: auto}\n",
	                 NULL);

	(void)state;
	check_i64(given_family(config, "f")->rails.max_step_ppb, 40000000);
	check_i64(given_family(config, "f")->rails.dead_band_ppb, 20000000);
	check_u64(given_family(config, "f")->mode, SP_MODE_AUTO);
	sp_config_close(config);
}

static void r20_a_star_matches_any_run_and_is_anchored(void **state)
{
	static const struct {
		const char *pattern;
		unsigned matched; /* bits of the families below */
	} table[] = {{"*", 7},        {"*/us", 2}, {"llama/*", 6},         {"llama*batch", 4}, {"l*/*/b*h", 4},
	             {"llama/us", 2}, {"*us*", 6}, {"llama/us/batch*", 4}, {"*a*", 7}};
	static const char *const families[] = {"gemma", "llama/us", "llama/us/batch"};
	char yaml[2048];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		sp_config *config;
		snprintf(yaml, sizeof(yaml),
		         GIVEN_POOL
		         "defaults: {pool: p}\n"
		         "families:\n"
		         "  - {id: gemma, skus: [" GIVEN_SKU("a") "]}\n"
		                                                  "  - {id: llama/us, skus: [" GIVEN_SKU(
		                                                      "b") "]}\n"
		                                                           "  - {id: llama/us/batch, skus: [" GIVEN_SKU(
		                                                               "c") "]}\n"
		                                                                    "  - {match: \"%s\", mode: auto}\n",
		         table[i].pattern);
		config = given_config(yaml, NULL);
		for (unsigned f = 0; f < 3; f++)
			check_u64(given_family(config, families[f])->mode == SP_MODE_AUTO, table[i].matched >> f & 1);
		sp_config_close(config);
	}
}

static void r20_a_family_without_a_pool_is_an_error(void **state)
{
	sp_complaints complaints = given_refused(
	    GIVEN_POOL "price_sheet: prices.csv\nfamilies: [{match: \"f*\", mode: auto}]\n",
	    "sku,family,meter,unit,usd,weight\nf/in,f,input,1M tokens,0.45,1\ng/in,g,input,1M tokens,0.45,1\n");

	(void)state;
	check_u64(complaints.n, 2);
	check_contains(complaints.list[0].text, "prices.csv:2: family: family f has no pool: give pool: in an entry");
	check_contains(complaints.list[1].text, "prices.csv:3: family: family g is matched by no entry of families");
	sp_complaints_fini(&complaints);
}

static void one_wrong_default_is_one_complaint_however_many_families_have_it(void **state)
{
	sp_complaints complaints =
	    given_refused(GIVEN_POOL "defaults: {pool: p, policy: {elasticity: 2}}\n"
	                             "families:\n"
	                             "  - {id: f, skus: [" GIVEN_SKU("a") "]}\n"
	                                                                  "  - {id: g, skus: [" GIVEN_SKU("b") "]}\n",
	                  NULL);

	(void)state;
	check_u64(complaints.n, 1);
	check_contains(complaints.list[0].text, "the law here is cost_plus, which has no elasticity");
	sp_complaints_fini(&complaints);
}

/* --- show --- */

static const char shown_yaml[] =
    "version: 1\n"
    "price_sheet: prices.csv\n"
    "period: 30s\n"
    "clocks: {cost: {max_age: 45m}, market: absent}\n"
    "estimators: {load: {use: holt, alpha: 0.5}}\n"
    "pools:\n"
    "  - id: p\n"
    "    units_per_gpu_s: 2000\n"
    "    clocks: {demand: {max_age: 2m}}\n"
    "    supply:\n"
    "      - {id: base, term: owned, gpus: 8, usd_per_gpu_h: \"2.10\"}\n"
    "      - {id: burst, term: spot, gpus: 4, usd_per_gpu_h: signal, ends: 2027-03-01}\n"
    "defaults: {pool: p}\n"
    "profiles:\n"
    "  night: {policy: {use: utilization_pi}, guardrails: {floor: 70%}}\n"
    "families:\n"
    "  - {match: f, profile: night, mode: auto}\n"
    "  - {id: \"-g:\", policy: {pass_through: {up: 50%}}, skus: [" GIVEN_SKU(
        "\"@s\"") "]}\n"
                  "blackouts: [{from: 2026-12-24, to: 2026-12-27, match: \"f*\", reason: \"a \\\"quiet\\\" week\"}]\n"
                  "signals: {latency: {max: 60}}\n"
                  "sources: [{id: prom, kinds: [latency, demand], subjects: [p, \"f*\"], max_per_s: 70}]\n"
                  "listen: {signals: [\"tcp://127.0.0.1:8421\", \"ipc:///run/a: b\"], book: \"tcp://[::1]:8423\"}\n"
                  "feed: {lease: 1m, grace: none}\n"
                  "log: {rotate_size: 0}\n";
static const char shown_sheet[] = "sku,family,meter,unit,usd,weight,grid_usd\nf/in,f,input,1M tokens,0.45,1,\n"
                                  "f/out,f,output,1M tokens,1.80,4,0.0001\n";

/* A setup without what differs by form only: hash and addresses. */
static void check_same_setup(const sp_setup *a, const sp_setup *b)
{
	check_i64(a->period_ns, b->period_ns);
	check_i64(a->lateness_ns, b->lateness_ns);
	check_u64(a->n_pools, b->n_pools);
	check_u64(a->n_lots, b->n_lots);
	check_u64(a->n_families, b->n_families);
	check_u64(a->n_skus, b->n_skus);
	check_u64(a->n_sources, b->n_sources);
	for (uint32_t i = 0; i < a->n_sources; i++)
		check_i64(a->sources[i].max_per_s, b->sources[i].max_per_s);
	check_bytes(a->blackouts, b->blackouts, sizeof(a->blackouts));
	check_bytes(a->kinds, b->kinds, sizeof(a->kinds));
	for (uint32_t i = 0; i < a->n_pools; i++) {
		check_bytes(a->pools[i].clocks, b->pools[i].clocks, sizeof(a->pools[i].clocks));
		check_bytes(a->pools[i].load.params, b->pools[i].load.params, SP_ESTIMATOR_PARAMS_MAX);
		check_true(a->pools[i].load.ops == b->pools[i].load.ops);
	}
	for (uint32_t i = 0; i < a->n_families; i++) {
		check_text(a->families[i].id, b->families[i].id);
		check_text(a->families[i].profile, b->families[i].profile);
		check_u64(a->families[i].mode, b->families[i].mode);
		check_u64(a->families[i].cuts, b->families[i].cuts);
		check_true(a->families[i].law == b->families[i].law);
		check_bytes(a->families[i].law_params, b->families[i].law_params, SP_LAW_PARAMS_MAX);
		check_bytes(&a->families[i].rails, &b->families[i].rails, sizeof(sp_guardrails));
		check_u64(a->families[i].blackouts, b->families[i].blackouts);
	}
	for (uint32_t i = 0; i < a->n_skus; i++) {
		check_text(a->skus[i].id, b->skus[i].id);
		check_text(a->skus[i].unit, b->skus[i].unit);
		check_money(a->skus[i].sheet, b->skus[i].sheet);
		check_money(a->skus[i].grid, b->skus[i].grid);
		check_money(a->skus[i].variable_cost, b->skus[i].variable_cost);
		check_money(a->skus[i].floor, b->skus[i].floor);
		check_money(a->skus[i].ceiling, b->skus[i].ceiling);
		check_near(a->skus[i].weight, b->skus[i].weight, 0);
	}
}

static void check_same_live(const sp_live *a, const sp_live *b)
{
	for (size_t socket = 0; socket < SP_LISTENS; socket++) {
		check_u64(a->listen[socket].n, b->listen[socket].n);
		for (uint32_t i = 0; i < a->listen[socket].n; i++)
			check_text(a->listen[socket].list[i], b->listen[socket].list[i]);
	}
	check_i64(a->lease_ns, b->lease_ns);
	check_i64(a->heartbeat_ns, b->heartbeat_ns);
	check_i64(a->grace_ns, b->grace_ns);
	check_i64(a->rotate_bytes, b->rotate_bytes);
}

static void what_is_shown_reads_back_as_the_same_setup(void **state)
{
	sp_config *config = given_config(shown_yaml, shown_sheet), *again;
	char *shown = given_shown(config, NULL, false);

	(void)state;
	check_contains(shown, "floor_usd: none ");
	again = given_config(shown, NULL);
	check_same_setup(sp_config_setup(config), sp_config_setup(again));
	check_same_live(sp_config_live(config), sp_config_live(again));
	free(shown);
	sp_config_close(again);
	sp_config_close(config);
}

/* Its step is shown as one GPU, which is more than it has. */
static void a_lot_without_gpus_is_shown_and_reads_back(void **state)
{
	sp_config *config = given_config("version: 1\n"
	                                 "pools:\n"
	                                 "  - id: p\n"
	                                 "    units_per_gpu_s: 2000\n"
	                                 "    supply: [{id: over, term: spot, gpus: 0, usd_per_gpu_h: signal}]\n"
	                                 "families: [{id: f, pool: p, skus: [" GIVEN_SKU("s") "]}]\n",
	                                 NULL);
	char *shown = given_shown(config, NULL, false);

	(void)state;
	check_contains(shown, "step_gpus: 1 ");
	sp_config_close(given_config(shown, NULL));
	free(shown);
	sp_config_close(config);
}

/* The line of a shown text that begins with `start`, after its blanks; checks that it ends with the origin. */
static void check_origin(const char *shown, const char *start, const char *origin)
{
	const char *line = strstr(shown, start);
	char end[200];

	check_true(line != NULL);
	snprintf(end, sizeof(end), " # %s\n", origin);
	check_true(strncmp(strchr(line, '\n') + 1 - strlen(end), end, strlen(end)) == 0);
}

static void every_value_is_shown_with_where_it_came_from(void **state)
{
	sp_config *config = given_config(shown_yaml, shown_sheet);
	char *shown = given_shown(config, NULL, false);
	const char *g = strstr(shown, "id: \"-g:\""), *f = strstr(shown, "- id: f ");

	(void)state;
	check_origin(shown, "period: 30s", "line 3");
	check_origin(shown, "convergence: 2s", "built-in");
	check_origin(shown, "max_age: 45m", "clocks, line 4");
	check_origin(shown, "max_age: 2m", "pools[0], line 9");
	check_origin(shown, "use: holt", "estimators, line 5");
	check_origin(shown, "beta: 0.1", "built-in");
	check_origin(shown, "half_life: 30m", "built-in");
	check_origin(shown, "usd_per_gpu_h: signal", "pools[0], line 12");
	check_origin(f, "profile: night", "families[0], line 17");
	check_origin(f, "floor: 70%", "profiles.night, line 15");
	check_origin(f, "use: utilization_pi", "profiles.night, line 15");
	check_origin(f, "pool: p", "defaults, line 13");
	check_origin(f, "usd: \"0.45\"", "prices.csv, row 2");
	check_origin(f, "grid_usd: \"0.000000001\"", "built-in");
	check_origin(f, "grid_usd: \"0.0001\"", "prices.csv, row 3");
	check_origin(g, "profile: announced", "built-in");
	check_origin(g, "up: 50%", "families[1], line 18");
	check_origin(g, "down: 0%", "profile announced (built-in)");
	check_origin(g, "notice: 30d", "profile announced (built-in)");
	check_origin(g, "weight: 1", "families[1], line 18");
	check_origin(shown, "max_per_s: 70", "sources[0], line 21");
	check_origin(shown, "- \"tcp://127.0.0.1:8421\"", "listen.signals, line 22");
	check_origin(shown, "- \"ipc:///run/a: b\"", "listen.signals, line 22");
	check_origin(shown, "- \"tcp://[::1]:8423\"", "listen.book, line 22");
	check_origin(shown, "lease: 1m", "feed.lease, line 23");
	check_origin(shown, "heartbeat: 5s", "built-in");
	check_origin(shown, "rotate_size: 0", "log.rotate_size, line 24");
	free(shown);
	sp_config_close(config);
}

static void one_family_can_be_shown_and_one_that_is_not_there_says_so(void **state)
{
	sp_config *config = given_config(shown_yaml, shown_sheet);
	char *shown = given_shown(config, "f", false);
	FILE *nowhere = fopen("/dev/null", "w");

	(void)state;
	check_true(strstr(shown, "id: f") != NULL && strstr(shown, "pools:") == NULL && strstr(shown, "-g:") == NULL);
	check_status(sp_config_show(config, "x*", false, nowhere), SP_E_ABSENT);
	fclose(nowhere);
	free(shown);
	sp_config_close(config);
}

/* Brackets balance outside strings, and the members are there; a full parse is the command's test. */
static void shown_as_json_it_is_one_object_with_value_and_origin(void **state)
{
	sp_config *config = given_config(shown_yaml, shown_sheet);
	char *shown = given_shown(config, NULL, true);
	int depth = 0, lowest = 1;
	bool quoted = false;

	(void)state;
	for (const char *c = shown; *c; c++) {
		if (quoted && *c == '\\')
			c++;
		else if (*c == '"')
			quoted = !quoted;
		else if (!quoted && (*c == '{' || *c == '['))
			depth++;
		else if (!quoted && (*c == '}' || *c == ']'))
			lowest = --depth < lowest && c[1] != '\n' ? depth : lowest;
	}
	check_i64(depth, 0);
	check_true(lowest > 0);
	check_contains(shown, "{\"schema\":\"setpoint.config/v1\",\"hash\":\"");
	check_contains(shown, "\"period\":{\"value\":\"30s\",\"from\":\"line 3\"}");
	check_contains(shown, "\"pass_through\":{\"up\":{\"value\":\"50%\",\"from\":\"families[1], line 18\"}");
	check_contains(shown, "\"reason\":{\"value\":\"a \\\"quiet\\\" week\",\"from\":\"blackouts[0], line 19\"}");
	check_contains(shown, "\"kinds\":[\"latency\",\"demand\"]");
	check_contains(shown, "\"max_per_s\":{\"value\":\"70\",\"from\":\"sources[0], line 21\"}");
	check_contains(shown, "\"listen\":{\"signals\":[\"tcp://127.0.0.1:8421\",\"ipc:///run/a: b\"],\"book\":[");
	check_contains(shown, "\"heartbeat\":{\"value\":\"5s\",\"from\":\"built-in\"}");
	check_contains(shown, "\"price_sheet\":{\"value\":\"prices.csv\"");
	free(shown);
	sp_config_close(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r20_the_highest_layer_that_gives_a_key_wins),
	    cmocka_unit_test(r20_what_no_layer_gives_is_the_rows_own),
	    cmocka_unit_test(r23_announced_follows_cost_up_and_dynamic_follows_load),
	    cmocka_unit_test(r20_the_profile_is_resolved_first_and_its_last_giver_wins),
	    cmocka_unit_test(r20_mappings_merge_by_key),
	    cmocka_unit_test(r20_another_use_drops_the_earlier_laws_parameters_and_the_same_keeps_them),
	    cmocka_unit_test(r20_entries_apply_in_order_whether_by_pattern_or_by_id),
	    cmocka_unit_test(r20_a_star_matches_any_run_and_is_anchored),
	    cmocka_unit_test(r20_a_family_without_a_pool_is_an_error),
	    cmocka_unit_test(one_wrong_default_is_one_complaint_however_many_families_have_it),
	    cmocka_unit_test(what_is_shown_reads_back_as_the_same_setup),
	    cmocka_unit_test(a_lot_without_gpus_is_shown_and_reads_back),
	    cmocka_unit_test(every_value_is_shown_with_where_it_came_from),
	    cmocka_unit_test(one_family_can_be_shown_and_one_that_is_not_there_says_so),
	    cmocka_unit_test(shown_as_json_it_is_one_object_with_value_and_origin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
