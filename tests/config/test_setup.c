/* test_setup.c - what a sound configuration becomes: values, order, names, bounds, hash. */
#include "tests/check/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "controller/log/log.h"
#include "tests/config/given.h"

/* --- top level --- */

static void every_value_lands_in_its_field(void **state)
{
	sp_config *config =
	    given_config("version: 1\n"
	                 "period: 5m\n"
	                 "lateness: 10s\n"
	                 "keep_inputs: {age: 7d, size: 5000000}\n"
	                 "pools:\n"
	                 "  - id: us/h100\n"
	                 "    units_per_gpu_s: 9000\n"
	                 "    utilization_setpoint: 0.65\n"
	                 "    redundancy: 1.10\n"
	                 "    slo_headroom: 5%\n"
	                 "    capacity: running\n"
	                 "    supply:\n"
	                 "      - {id: base, term: reserved, gpus: 64, usd_per_gpu_h: \"2.10\", ends: 2027-03-01}\n"
	                 "      - {id: burst, term: on_demand, gpus: 32, step_gpus: 8, start_delay: 30m,\n"
	                 "         min_hold: 1h, usd_per_gpu_h: signal}\n"
	                 "families:\n"
	                 "  - id: f\n"
	                 "    pool: us/h100\n"
	                 "    mode: auto\n"
	                 "    skus: [{id: f/in, meter: input, unit: 2k tokens, usd: \"0.45\", weight: 1.5,\n"
	                 "            variable_usd: \"0.01\", floor_usd: \"0.2\", ceiling_usd: \"3\",\n"
	                 "            grid_usd: \"0.0001\"}]\n",
	                 NULL);
	const sp_setup *s = sp_config_setup(config);
	const sp_pool_setup *pool = &s->pools[0];
	const sp_lot_setup *burst = &s->lots[1];
	const sp_sku_setup *sku = &s->skus[0];

	(void)state;
	check_i64(s->period_ns, 5 * SP_MIN);
	check_i64(s->lateness_ns, 10 * SP_SEC);
	check_i64(s->convergence_ns, 2 * SP_SEC);
	check_i64(s->keep_age_ns, 7 * SP_DAY);
	check_i64(s->keep_size_bytes, 5000000);
	check_u64(s->n_subjects, 5);
	check_text(pool->id, "us/h100");
	check_near(pool->units_per_gpu_s, 9000, 0);
	check_i64(pool->setpoint_ppb, 650000000);
	check_near(pool->redundancy, 1.10, 0);
	check_i64(pool->slo_headroom_ppb, 50000000);
	check_u64(pool->capacity, SP_CAPACITY_RUNNING);
	check_text(pool->load.ops->name, "ewma");
	check_u64(pool->n_lots, 2);
	check_i64(s->lots[0].usd_per_gpu_h.nano, 2100000000);
	check_i64(s->lots[0].ends_ns, INT64_C(1803859200) * SP_SEC);
	check_i64(s->lots[0].credits_until_ns, SP_PARAM_NONE);
	check_text(burst->id, "burst");
	check_true(burst->by_signal);
	check_i64(burst->usd_per_gpu_h.nano, 0);
	check_i64(burst->step_gpus, 8);
	check_i64(burst->start_delay_ns, 30 * SP_MIN);
	check_i64(burst->min_hold_ns, SP_HOUR);
	check_text(sp_ids_name(s->names, burst->subject), "us/h100:burst");
	check_u64(s->subjects[burst->subject].type, SP_SUBJECT_LOT);
	check_u64(s->subjects[burst->subject].slot, 1);
	check_text(sku->meter, "input");
	check_text(sku->unit, "2k tokens");
	check_near(sku->quantity, 2000, 0);
	check_near(sku->weight, 1.5, 0);
	check_i64(sku->sheet.nano, 450000000);
	check_i64(sku->variable_cost.nano, 10000000);
	check_i64(sku->floor.nano, 200000000);
	check_i64(sku->ceiling.nano, 3000000000);
	check_i64(sku->grid.nano, 100000);
	check_u64(s->families[0].mode, SP_MODE_AUTO);
	sp_config_close(config);
}

static void measured_ends_are_read_from_pool_and_sheet_and_are_0_without(void **state)
{
	sp_config *config =
	    given_config("version: 1\nprice_sheet: prices.csv\ndefaults: {pool: p}\npools:\n"
	                 "  - {id: p, units_per_gpu_s: 2000, units_per_gpu_s_low: 1900, units_per_gpu_s_high: 2100.5,\n"
	                 "     supply: [{id: b, term: owned, gpus: 1, usd_per_gpu_h: \"1\"}]}\n",
	                 "sku,family,meter,unit,usd,weight,weight_low,weight_high\n"
	                 "f/in,f,input,1M tokens,0.45,1,,\nf/out,f,output,1M tokens,0.45,4,3.5,4.25\n");
	const sp_setup *s = sp_config_setup(config);

	(void)state;
	check_near(s->pools[0].units_per_gpu_s_low, 1900, 0);
	check_near(s->pools[0].units_per_gpu_s_high, 2100.5, 0);
	check_near(s->skus[0].weight_high, 0, 0);
	check_near(s->skus[1].weight_low, 3.5, 0);
	check_near(s->skus[1].weight_high, 4.25, 0);
	sp_config_close(config);
}

static void r11_lateness_defaults_to_two_seconds_or_a_quarter_of_the_period(void **state)
{
	static const struct {
		const char *period;
		int64_t lateness_ns;
	} table[] = {{"1s", SP_SEC / 4}, {"4s", SP_SEC}, {"8s", 2 * SP_SEC}, {"60s", 2 * SP_SEC}, {"1d", 2 * SP_SEC}};
	char yaml[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		sp_config *config;
		snprintf(yaml, sizeof(yaml),
		         GIVEN_POOL "period: %s\nfamilies: [{id: f, pool: p, skus: [" GIVEN_SKU("s") "]}]\n", table[i].period);
		config = given_config(yaml, NULL);
		check_i64(sp_config_setup(config)->lateness_ns, table[i].lateness_ns);
		sp_config_close(config);
	}
}

static void r10_clocks_stay_implied_and_a_pool_overrides_the_top(void **state)
{
	sp_config *config =
	    given_config("version: 1\n"
	                 "clocks: {cost: {max_age: 45m}, market: fed, reliability: {feed: fed, max_age: 2d}}\n"
	                 "pools:\n"
	                 "  - {id: p, units_per_gpu_s: 1, clocks: {cost: {max_age: 1h}, market: absent},\n"
	                 "     supply: [{id: b, term: owned, gpus: 1, usd_per_gpu_h: \"1\"}]}\n"
	                 "  - {id: q, units_per_gpu_s: 1,\n"
	                 "     supply: [{id: b, term: owned, gpus: 1, usd_per_gpu_h: \"1\"}]}\n"
	                 "families: [{id: f, pool: p, skus: [" GIVEN_SKU("s") "]}]\n",
	                 NULL);
	const sp_pool_setup *p = &sp_config_setup(config)->pools[0], *q = &sp_config_setup(config)->pools[1];

	(void)state;
	check_u64(p->clocks[SP_CLOCK_COST].feed, SP_FEED_IMPLIED);
	check_i64(p->clocks[SP_CLOCK_COST].max_age_ns, SP_HOUR);
	check_u64(p->clocks[SP_CLOCK_MARKET].feed, SP_FEED_ABSENT);
	check_u64(p->clocks[SP_CLOCK_RELIABILITY].feed, SP_FEED_FED);
	check_i64(p->clocks[SP_CLOCK_RELIABILITY].max_age_ns, 2 * SP_DAY);
	check_u64(p->clocks[SP_CLOCK_DEMAND].feed, SP_FEED_IMPLIED);
	check_i64(p->clocks[SP_CLOCK_DEMAND].max_age_ns, 15 * SP_MIN);
	check_i64(q->clocks[SP_CLOCK_COST].max_age_ns, 45 * SP_MIN);
	check_u64(q->clocks[SP_CLOCK_MARKET].feed, SP_FEED_FED);
	sp_config_close(config);
}

static void estimators_merge_by_key_and_another_use_starts_anew(void **state)
{
	sp_config *config = given_config("version: 1\n"
	                                 "estimators: {load: {half_life: 2m}}\n"
	                                 "pools:\n"
	                                 "  - {id: p, units_per_gpu_s: 1, estimators: {load: {use: holt, alpha: 0.5}},\n"
	                                 "     supply: [{id: b, term: owned, gpus: 1, usd_per_gpu_h: \"1\"}]}\n"
	                                 "  - {id: q, units_per_gpu_s: 1, estimators: {cost: {half_life: 1h}},\n"
	                                 "     supply: [{id: b, term: owned, gpus: 1, usd_per_gpu_h: \"1\"}]}\n"
	                                 "families: [{id: f, pool: p, skus: [" GIVEN_SKU("s") "]}]\n",
	                                 NULL);
	const sp_pool_setup *p = &sp_config_setup(config)->pools[0], *q = &sp_config_setup(config)->pools[1];
	const sp_estimator_ops *holt = sp_estimator_find("holt", 4), *ewma = sp_estimator_find("ewma", 4);
	const sp_param *alpha = sp_param_find(holt->params, holt->n_params, "alpha", 5);
	const sp_param *half_life = sp_param_find(ewma->params, ewma->n_params, "half_life", 9);
	char text[64];

	(void)state;
	check_true(p->load.ops == holt && q->load.ops == ewma && p->cost.ops == ewma);
	check_text(sp_param_format(alpha, p->load.params, text), "0.5");
	check_text(sp_param_format(half_life, p->cost.params, text), "30m");
	check_text(sp_param_format(half_life, q->load.params, text), "2m");
	check_text(sp_param_format(half_life, q->cost.params, text), "1h");
	sp_config_close(config);
}

static void a_pool_takes_an_estimator_that_learns(void **state)
{
	static const char *const wrong =
	    "version: 1\n"
	    "estimators: {load: {use: local_trend, variances: given, noise_sd: 0, level_sd: 0,\n"
	    "                    slope_sd: 0}}\n"
	    "pools: [{id: p, units_per_gpu_s: 1,\n"
	    "         supply: [{id: b, term: owned, gpus: 1, usd_per_gpu_h: \"1\"}]}]\n"
	    "families: [{id: f, pool: p, skus: [" GIVEN_SKU("s") "]}]\n";
	sp_config *config = given_config("version: 1\n"
	                                 "estimators: {load: {use: local_level}, cost: {use: local_level, memory: 1d}}\n"
	                                 "pools: [{id: p, units_per_gpu_s: 1,\n"
	                                 "         supply: [{id: b, term: owned, gpus: 1, usd_per_gpu_h: \"1\"}]}]\n"
	                                 "families: [{id: f, pool: p, skus: [" GIVEN_SKU("s") "]}]\n",
	                                 NULL);
	const sp_pool_setup *p = &sp_config_setup(config)->pools[0];
	const sp_estimator_ops *level = sp_estimator_find("local_level", 11);
	const sp_param *memory = sp_param_find(level->params, level->n_params, "memory", 6);
	sp_complaints complaints;
	char text[64];

	(void)state;
	check_true(p->load.ops == level && p->cost.ops == level);
	check_text(sp_param_format(memory, p->load.params, text), "6h");
	check_text(sp_param_format(memory, p->cost.params, text), "1d");
	sp_config_close(config);
	complaints = given_refused(wrong, NULL);
	check_contains(complaints.list[0].text, "needs no estimate");
	sp_complaints_fini(&complaints);
}

/* --- order and names --- */

static void r15_families_and_skus_are_in_bytewise_order(void **state)
{
	sp_config *config =
	    given_config(GIVEN_POOL "price_sheet: prices.csv\ndefaults: {pool: p}\n", "sku,family,meter,unit,usd,weight\n"
	                                                                              "z,b,input,1M tokens,1,1\n"
	                                                                              "a-x,a,input,1M tokens,1,1\n"
	                                                                              "k,B,input,1M tokens,1,1\n"
	                                                                              "a/x,a,output,1M tokens,1,1\n"
	                                                                              "a+x,a,cached,1M tokens,1,1\n"
	                                                                              "j,a/1,input,1M tokens,1,1\n");
	static const char *const families[] = {"B", "a", "a/1", "b"}, *const skus[] = {"k", "a+x", "a-x", "a/x", "j", "z"};
	static const uint32_t first[] = {0, 1, 4, 5}, count[] = {1, 3, 1, 1};
	const sp_setup *s = sp_config_setup(config);

	(void)state;
	check_u64(s->n_families, 4);
	check_u64(s->n_skus, 6);
	for (uint32_t i = 0; i < 4; i++) {
		check_text(s->families[i].id, families[i]);
		check_u64(s->families[i].first_sku, first[i]);
		check_u64(s->families[i].n_skus, count[i]);
		check_u64(s->subjects[s->families[i].subject].type, SP_SUBJECT_FAMILY);
		check_u64(s->subjects[s->families[i].subject].slot, i);
	}
	for (uint32_t i = 0; i < 6; i++) {
		check_text(s->skus[i].id, skus[i]);
		check_u64(s->subjects[s->skus[i].subject].type, SP_SUBJECT_SKU);
		check_u64(s->subjects[s->skus[i].subject].slot, i);
		check_text(sp_ids_name(s->names, s->skus[i].subject), skus[i]);
	}
	for (uint32_t i = 0; i < 6; i++)
		check_true(i >= s->families[s->skus[i].family].first_sku);
	sp_config_close(config);
}

/* Every pair of places that can give a name, given the same one. */
static void r21_no_two_of_pool_lot_family_and_sku_share_a_name(void **state)
{
	char yaml[2048];

	(void)state;
	for (int a = 0; a < 4; a++) {
		for (int b = a + 1; b < 4; b++) {
			const char *names[4] = {"q", "p:base", "f", "s"};
			sp_complaints complaints;
			names[a] = names[b] = a == 1 || b == 1 ? "p:base" : "same";
			snprintf(yaml, sizeof(yaml),
			         GIVEN_POOL "  - {id: \"%s\", units_per_gpu_s: 1, supply: [{id: b, term: owned, gpus: 1, "
			                    "usd_per_gpu_h: \"1\"}]}\n"
			                    "families: [{id: \"%s\", pool: p, skus: [{id: \"%s\", meter: input, unit: 1M tokens, "
			                    "usd: \"1\", weight: 1}]}]\n",
			         names[0], names[2], names[3]);
			complaints = given_refused(yaml, NULL);
			check_contains(complaints.list[0].text, "already names a");
			sp_complaints_fini(&complaints);
		}
	}
}

static void a_sheet_and_inline_skus_live_side_by_side(void **state)
{
	sp_config *config = given_config(GIVEN_POOL "price_sheet: prices.csv\ndefaults: {pool: p}\n"
	                                            "families: [{id: g, skus: [" GIVEN_SKU("g/in") "]}]\n",
	                                 "sku,family,meter,unit,usd,weight\nf/in,f,input,1M tokens,0.45,1\n");

	(void)state;
	check_u64(sp_config_setup(config)->n_families, 2);
	check_text(sp_config_setup(config)->skus[1].id, "g/in");
	sp_config_close(config);
}

/* --- the sheet's forms --- */

static void a_sheet_is_read_in_every_form_a_spreadsheet_writes(void **state)
{
	static const char *const sheets[] = {
	    "sku,family,meter,unit,usd,weight\nf/in,f,input,1M tokens,0.45,1\n",
	    "sku,family,meter,unit,usd,weight\nf/in,f,input,1M tokens,0.45,1",
	    "sku,family,meter,unit,usd,weight\r\nf/in,f,input,1M tokens,0.45,1\r\n",
	    "sku,family,meter,unit,usd,weight\r\nf/in,f,input,1M tokens,0.45,1\r",
	    "\xef\xbb\xbfsku,family,meter,unit,usd,weight\nf/in,f,input,1M tokens,0.45,1\n",
	    "\"sku\",\"family\",meter,unit,\"usd\",\"weight\"\n\"f/in\",\"f\",input,\"1M tokens\",\"0.45\",\"1\"\n",
	    " sku , family ,meter, unit,usd,weight\n f/in , f ,input, \"1M tokens\" ,0.45,\t1 \n",
	    "\n \nsku,family,meter,unit,usd,weight\nf/in,f,input,1M tokens,0.45,1\n",
	    "weight,usd,unit,meter,family,sku\n\n1,0.45,1M tokens,input,f,f/in\n\n  \n",
	    "sku,family,meter,unit,usd,weight,grid_usd,floor_usd\nf/in,f,input,1M tokens,0.45,1,,\n",
	};
	const char *yaml = GIVEN_POOL "price_sheet: prices.csv\ndefaults: {pool: p}\n";

	(void)state;
	for (size_t i = 0; i < sizeof(sheets) / sizeof(sheets[0]); i++) {
		sp_config *config = given_config(yaml, sheets[i]);
		check_u64(sp_config_setup(config)->n_skus, 1);
		check_text(sp_config_setup(config)->skus[0].id, "f/in");
		check_text(sp_config_setup(config)->skus[0].unit, "1M tokens");
		check_i64(sp_config_setup(config)->skus[0].sheet.nano, 450000000);
		check_i64(sp_config_setup(config)->skus[0].grid.nano, 1);
		sp_config_close(config);
	}
}

static void quotes_inside_a_quoted_cell_are_doubled(void **state)
{
	sp_complaints complaints = given_refused(GIVEN_POOL "price_sheet: prices.csv\ndefaults: {pool: p}\n",
	                                         "sku,family,meter,unit,usd,weight\n\"a\"\"b\",f,input,1M tokens,0.45,1\n");

	(void)state;
	check_contains(complaints.list[0].text, "sku: \"a\"b\" is not a name");
	sp_complaints_fini(&complaints);
}

static void a_byte_order_mark_before_the_yaml_is_no_matter(void **state)
{
	sp_config *config =
	    given_config("\xef\xbb\xbf" GIVEN_POOL "families: [{id: f, pool: p, skus: [" GIVEN_SKU("s") "]}]\n", NULL);
	sp_complaints complaints = given_refused("\xef\xbb\xbfversion: 2\n", NULL);

	(void)state;
	check_u64(sp_config_setup(config)->n_families, 1);
	check_u64(complaints.list[0].line, 1);
	check_u64(complaints.list[0].column, 1); /* "missing: pools" */
	check_u64(complaints.list[1].column, 10);
	sp_complaints_fini(&complaints);
	sp_config_close(config);
}

static void units_count_what_they_say(void **state)
{
	static const struct {
		const char *unit;
		double quantity;
	} table[] = {{"1M tokens", 1e6},       {"M tokens", 1e6},    {"token", 1},
	             {"1k images", 1000},      {"0.5M tokens", 5e5}, {"1000 tokens", 1e3},
	             {"1G input tokens", 1e9}, {"GPU-second", 1},    {"3600 GPU-seconds", 3600},
	             {"1e3 requests", 1e3}};
	char yaml[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		sp_config *config;
		snprintf(yaml, sizeof(yaml),
		         GIVEN_POOL
		         "families: [{id: f, pool: p, skus: [{id: s, meter: m, unit: %s, usd: \"1\", weight: 1}]}]\n",
		         table[i].unit);
		config = given_config(yaml, NULL);
		check_near(sp_config_setup(config)->skus[0].quantity, table[i].quantity, 0);
		sp_config_close(config);
	}
}

/* --- bounds --- */

static sp_status bounds_of(const char *rails, const char *sku, char *text)
{
	char yaml[2048];
	sp_complaints complaints = {0};
	sp_config *config;
	sp_status status;

	snprintf(yaml, sizeof(yaml),
	         GIVEN_POOL
	         "families:\n  - {id: f, pool: p, guardrails: {%s},\n     skus: [{id: a, meter: m, unit: token, %s}]}\n",
	         rails, sku);
	status = sp_config_parse("test.yaml", yaml, strlen(yaml), NULL, NULL, 0, &config, &complaints);
	snprintf(text, SP_MESSAGE_MAX, "%s", complaints.n ? complaints.list[0].text : "");
	sp_complaints_fini(&complaints);
	sp_config_close(config);
	return status;
}

static void r5_static_bounds_that_cross_are_refused_and_those_that_touch_are_not(void **state)
{
	char text[SP_MESSAGE_MAX];

	(void)state;
	check_status(bounds_of("floor: 110%, ceiling: 110%", "usd: \"1\", weight: 1", text), SP_OK);
	check_status(bounds_of("floor: 110.1%, ceiling: 110%", "usd: \"1\", weight: 1", text), SP_E_SYNTAX);
	check_contains(text, "a may not fall below 1.101, a may not rise above 1.1");
	check_status(bounds_of("floor: 90%", "usd: \"1\", weight: 1, ceiling_usd: \"0.9\"", text), SP_OK);
	check_status(bounds_of("floor: 90%", "usd: \"1\", weight: 1, ceiling_usd: \"0.8999\"", text), SP_E_SYNTAX);
	check_status(bounds_of("ceiling: 120%", "usd: \"1\", weight: 1, floor_usd: \"1.2\"", text), SP_OK);
	check_status(bounds_of("ceiling: 120%", "usd: \"1\", weight: 1, floor_usd: \"1.2001\"", text), SP_E_SYNTAX);
}

static void r7_a_grid_over_a_tenth_of_the_smallest_step_is_refused(void **state)
{
	char text[SP_MESSAGE_MAX];
	const char *rails = "floor: 50%, max_step: 4%"; /* the smallest full step is 0.02 of the sheet */

	(void)state;
	check_status(bounds_of(rails, "usd: \"1\", weight: 1, grid_usd: \"0.002\"", text), SP_OK);
	check_status(bounds_of(rails, "usd: \"1\", weight: 1, grid_usd: \"0.0025\"", text), SP_E_SYNTAX);
	check_contains(text, "write a grid of at most 0.002");
	check_status(bounds_of("floor: 100%, max_step: 4%", "usd: \"1\", weight: 1, grid_usd: \"0.004\"", text), SP_OK);
	check_status(bounds_of("max_step: 4%", "usd: \"1\", weight: 1, floor_usd: \"1\", grid_usd: \"0.004\"", text),
	             SP_OK);
}

/* --- calendar, signals, sources --- */

static void blackouts_mark_the_families_they_match(void **state)
{
	sp_config *config = given_config(
	    GIVEN_POOL "families:\n"
	               "  - {id: chat/eu, pool: p, skus: [" GIVEN_SKU(
	                   "a") "]}\n"
	                        "  - {id: chat/us, pool: p, skus: [" GIVEN_SKU(
	                            "b") "]}\n"
	                                 "blackouts:\n"
	                                 "  - {from: 2026-12-24, to: 2026-12-27, match: \"*/eu\", reason: holidays}\n"
	                                 "  - {from: 2026-12-31T12:00:00Z, to: 2027-01-02}\n",
	    NULL);
	const sp_setup *s = sp_config_setup(config);

	(void)state;
	check_u64(s->n_blackouts, 2);
	check_u64(s->families[0].blackouts, 3);
	check_u64(s->families[1].blackouts, 2);
	check_i64(s->blackouts[0].to_ns - s->blackouts[0].from_ns, 3 * SP_DAY);
	check_i64(s->blackouts[1].to_ns - s->blackouts[1].from_ns, 36 * SP_HOUR);
	sp_config_close(config);
}

static void signals_keep_the_table_where_the_file_is_silent(void **state)
{
	sp_config *config = given_config(GIVEN_POOL "families: [{id: f, pool: p, skus: [" GIVEN_SKU(
	                                     "s") "]}]\n"
	                                          "signals: {list_price: {max_jump: 2, confirm: 5}, latency: {max: 60}}\n",
	                                 NULL);
	const sp_setup *s = sp_config_setup(config);

	(void)state;
	check_near(s->kinds[SP_KIND_list_price].max_jump, 2, 0);
	check_i64(s->kinds[SP_KIND_list_price].confirm, 5);
	check_near(s->kinds[SP_KIND_list_price].min, sp_kinds[SP_KIND_list_price].min, 0);
	check_near(s->kinds[SP_KIND_latency].max, 60, 0);
	check_near(s->kinds[SP_KIND_demand].max, sp_kinds[SP_KIND_demand].max, 0);
	check_i64(s->kinds[SP_KIND_demand].confirm, 1);
	sp_config_close(config);
}

static void sources_say_who_may_send_what(void **state)
{
	sp_config *config = given_config(GIVEN_POOL "families: [{id: f, pool: p, skus: [" GIVEN_SKU(
	                                     "s") "]}]\n"
	                                          "sources:\n"
	                                          "  - {id: prom, kinds: [utilization, demand], subjects: [p, \"s*\"]}\n"
	                                          "  - {id: bills, kinds: [cost]}\n",
	                                 NULL);
	const sp_setup *s = sp_config_setup(config);

	(void)state;
	check_u64(s->n_sources, 2);
	check_true(sp_setup_source_may(s, "prom", SP_KIND_utilization, "p"));
	check_true(sp_setup_source_may(s, "prom", SP_KIND_demand, "s"));
	check_true(!sp_setup_source_may(s, "prom", SP_KIND_demand, "f"));
	check_true(!sp_setup_source_may(s, "prom", SP_KIND_cost, "p"));
	check_true(sp_setup_source_may(s, "bills", SP_KIND_cost, "p:base"));
	check_true(!sp_setup_source_may(s, "other", SP_KIND_cost, "p:base"));
	sp_config_close(config);
}

/* --- texts, hash, limits --- */

static void r16_the_hash_is_of_both_texts_each_with_its_length(void **state)
{
	const char *yaml = GIVEN_POOL "price_sheet: prices.csv\ndefaults: {pool: p}\n", *got;
	const char *sheet = "sku,family,meter,unit,usd,weight\nf/in,f,input,1M tokens,0.45,1\n", *got_sheet;
	sp_config *config = given_config(yaml, sheet), *other;
	uint8_t expected[SP_HASH_SIZE];
	size_t n, n_sheet;
	char moved[200];

	(void)state;
	sp_log_hash(yaml, strlen(yaml), sheet, strlen(sheet), expected); /* the log's own: the two must agree */
	check_bytes(sp_config_setup(config)->hash, expected, SP_HASH_SIZE);
	sp_config_texts(config, &got, &n, &got_sheet, &n_sheet);
	check_u64(n, strlen(yaml));
	check_bytes(got, yaml, n);
	check_u64(n_sheet, strlen(sheet));
	check_bytes(got_sheet, sheet, n_sheet);
	snprintf(moved, sizeof(moved), "%s\n", sheet); /* a byte more that changes no value */
	other = given_config(yaml, moved);
	check_true(memcmp(sp_config_setup(other)->hash, expected, SP_HASH_SIZE) != 0);
	sp_config_close(other);
	sp_config_close(config);
}

static void without_a_sheet_its_text_is_empty(void **state)
{
	sp_config *config = given_config(GIVEN_POOL "families: [{id: f, pool: p, skus: [" GIVEN_SKU("s") "]}]\n", NULL);
	const char *yaml, *sheet;
	size_t n, n_sheet;

	(void)state;
	sp_config_texts(config, &yaml, &n, &sheet, &n_sheet);
	check_text(sheet, "");
	check_u64(n_sheet, 0);
	sp_config_close(config);
	sp_config_close(NULL);
}

static void files_that_are_absent_too_large_or_folders_say_so(void **state)
{
	sp_complaints complaints = {0};
	sp_config *config;
	char path[400];
	FILE *file;

	(void)state;
	check_status(sp_config_read("tests/config/nowhere.yaml", &config, &complaints), SP_E_ABSENT);
	check_status(sp_config_read("tests/config", &config, &complaints), SP_E_IO);
	snprintf(path, sizeof(path), "%s/large.yaml", sp_check_scratch());
	file = fopen(path, "w");
	check_true(file != NULL && ftruncate(fileno(file), (long)SP_CONFIG_BYTES_MAX + 1) == 0);
	fclose(file);
	check_status(sp_config_read(path, &config, &complaints), SP_E_SYNTAX);
	check_u64(complaints.n, 3);
	check_contains(complaints.list[0].text, "nowhere.yaml: cannot be read");
	check_contains(complaints.list[2].text, "larger than 8388608 bytes");
	check_u64(complaints.list[2].line, 0);
	sp_complaints_fini(&complaints);
}

static void a_sheet_that_is_too_large_says_so(void **state)
{
	const char *yaml = GIVEN_POOL "price_sheet: prices.csv\ndefaults: {pool: p}\n";
	size_t n = (size_t)SP_SHEET_BYTES_MAX + 1;
	char *sheet = malloc(n);
	sp_complaints complaints = {0};
	sp_config *config;

	(void)state;
	memset(sheet, '\n', n);
	check_status(sp_config_parse("t", yaml, strlen(yaml), "s", sheet, n, &config, &complaints), SP_E_SYNTAX);
	check_contains(complaints.list[0].text, "larger than 67108864 bytes");
	sp_complaints_fini(&complaints);
	check_status(sp_config_parse("t", yaml, strlen(yaml), "s", sheet, n - 1, &config, &complaints), SP_E_SYNTAX);
	check_contains(complaints.list[0].text, "the sheet is empty");
	sp_complaints_fini(&complaints);
	memcpy(sheet, "sku,family,meter,unit,usd,weight\n", 33);
	check_status(sp_config_parse("t", yaml, strlen(yaml), "s", sheet, n - 1, &config, &complaints), SP_E_SYNTAX);
	check_contains(complaints.list[0].text, "more than 500000 rows");
	sp_complaints_fini(&complaints);
	free(sheet);
}

static void a_sheet_is_found_beside_its_file(void **state)
{
	sp_complaints complaints = {0};
	sp_config *config;
	char path[400];
	FILE *file;

	(void)state;
	snprintf(path, sizeof(path), "%s/prices.csv", sp_check_scratch());
	file = fopen(path, "w");
	fputs("sku,family,meter,unit,usd,weight\nf/in,f,input,1M tokens,0.45,1\n", file);
	fclose(file);
	snprintf(path, sizeof(path), "%s/beside.yaml", sp_check_scratch());
	file = fopen(path, "w");
	fputs(GIVEN_POOL "price_sheet: prices.csv\ndefaults: {pool: p}\n", file);
	fclose(file);
	check_status(sp_config_read(path, &config, &complaints), SP_OK);
	check_u64(sp_config_setup(config)->n_skus, 1);
	sp_config_close(config);
	file = fopen(path, "w");
	fprintf(file, GIVEN_POOL "price_sheet: %s/prices.csv\ndefaults: {pool: p}\n", sp_check_scratch());
	fclose(file);
	check_status(sp_config_read(path, &config, &complaints), SP_OK);
	check_u64(sp_config_setup(config)->n_skus, 1);
	sp_config_close(config);
	sp_complaints_fini(&complaints);
}

static void a_sheet_that_is_named_but_not_given_is_refused(void **state)
{
	sp_complaints complaints = given_refused(GIVEN_POOL "price_sheet: prices.csv\n", NULL);

	(void)state;
	check_u64(complaints.n, 1);
	check_contains(complaints.list[0].text, "the price sheet was not given");
	sp_complaints_fini(&complaints);
}

static void complaints_are_bounded_and_the_rest_counted(void **state)
{
	char *yaml = malloc(200000);
	size_t n = 0;
	sp_complaints complaints;

	(void)state;
	n += (size_t)sprintf(yaml, "%s", GIVEN_POOL "families: [{id: f, pool: p, skus: [" GIVEN_SKU("s") "]}]\n");
	for (int i = 0; i < 1500; i++)
		n += (size_t)sprintf(yaml + n, "unknown_key_%d: 1\n", i);
	complaints = given_refused(yaml, NULL);
	check_u64(complaints.n, SP_COMPLAINTS_MAX);
	check_u64(complaints.more, 500);
	sp_complaints_fini(&complaints);
	free(yaml);
}

/* A mapping of n pairs under a key. */
static char *many_pairs(const char *key, int n, const char *pair)
{
	char *yaml = malloc(4096 + (size_t)n * 32), *at = yaml;

	at += sprintf(at, GIVEN_POOL "families: [{id: f, pool: p, skus: [" GIVEN_SKU("s") "]}]\n%s:\n", key);
	for (int i = 0; i < n; i++)
		at += sprintf(at, pair, i);
	return yaml;
}

static void profiles_and_nodes_are_bounded(void **state)
{
	char *yaml = many_pairs("profiles", 257, " p%d: {mode: auto}\n");
	sp_complaints complaints = given_refused(yaml, NULL);

	(void)state;
	check_contains(complaints.list[0].text, "more than 256 profiles");
	sp_complaints_fini(&complaints);
	free(yaml);
	yaml = many_pairs("defaults", 500000, " a%d: 1\n");
	complaints = given_refused(yaml, NULL);
	check_u64(complaints.n, 1);
	check_contains(complaints.list[0].text, "more than 1000000 keys and values: move SKUs to a price sheet");
	sp_complaints_fini(&complaints);
	free(yaml);
}

static void entries_with_patterns_and_sources_are_bounded(void **state)
{
	char *yaml = malloc(1000000), *at = yaml;
	sp_complaints complaints;

	(void)state;
	at += sprintf(at, GIVEN_POOL "families:\n  - {id: f, pool: p, skus: [" GIVEN_SKU("s") "]}\n");
	for (int i = 0; i < 2001; i++)
		at += sprintf(at, "  - {match: \"*\", mode: auto}\n");
	at += sprintf(at, "sources:\n");
	for (int i = 0; i < 4097; i++)
		at += sprintf(at, "  - {id: s%d, kinds: [demand]}\n", i);
	complaints = given_refused(yaml, NULL);
	check_u64(complaints.n, 2);
	check_contains(complaints.list[0].text, "more than 2000 entries with match");
	check_contains(complaints.list[1].text, "more than 4096 sources");
	sp_complaints_fini(&complaints);
	free(yaml);
}

/* Reading a hostile file ends soon: nothing is looked up for a complaint that is only counted. */
static void unknown_keys_by_the_hundred_thousand_are_no_burden(void **state)
{
	char *yaml = many_pairs("defaults", 300000, " a%d: 1\n");
	sp_complaints complaints = given_refused(yaml, NULL);

	(void)state;
	check_u64(complaints.n + complaints.more, 300000);
	sp_complaints_fini(&complaints);
	free(yaml);
}

static void control_bytes_of_a_file_do_not_reach_a_terminal(void **state)
{
	sp_complaints complaints = given_refused(GIVEN_POOL "\"\\e[31mred\": 1\n", NULL);

	(void)state;
	check_true(strchr(complaints.list[0].text, '\033') == NULL);
	check_contains(complaints.list[0].text, "?[31mred");
	sp_complaints_fini(&complaints);
}

static void the_examples_are_sound(void **state)
{
	static const char *const paths[] = {"examples/quickstart.yaml", "examples/inference.yaml"};
	sp_complaints complaints = {0};
	sp_config *config;

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		check_status(sp_config_read(paths[i], &config, &complaints), SP_OK);
		check_true(sp_config_setup(config)->n_families > 0);
		sp_config_close(config);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_value_lands_in_its_field),
	    cmocka_unit_test(measured_ends_are_read_from_pool_and_sheet_and_are_0_without),
	    cmocka_unit_test(r11_lateness_defaults_to_two_seconds_or_a_quarter_of_the_period),
	    cmocka_unit_test(r10_clocks_stay_implied_and_a_pool_overrides_the_top),
	    cmocka_unit_test(estimators_merge_by_key_and_another_use_starts_anew),
	    cmocka_unit_test(a_pool_takes_an_estimator_that_learns),
	    cmocka_unit_test(r15_families_and_skus_are_in_bytewise_order),
	    cmocka_unit_test(r21_no_two_of_pool_lot_family_and_sku_share_a_name),
	    cmocka_unit_test(a_sheet_and_inline_skus_live_side_by_side),
	    cmocka_unit_test(a_sheet_is_read_in_every_form_a_spreadsheet_writes),
	    cmocka_unit_test(quotes_inside_a_quoted_cell_are_doubled),
	    cmocka_unit_test(a_byte_order_mark_before_the_yaml_is_no_matter),
	    cmocka_unit_test(units_count_what_they_say),
	    cmocka_unit_test(r5_static_bounds_that_cross_are_refused_and_those_that_touch_are_not),
	    cmocka_unit_test(r7_a_grid_over_a_tenth_of_the_smallest_step_is_refused),
	    cmocka_unit_test(blackouts_mark_the_families_they_match),
	    cmocka_unit_test(signals_keep_the_table_where_the_file_is_silent),
	    cmocka_unit_test(sources_say_who_may_send_what),
	    cmocka_unit_test(r16_the_hash_is_of_both_texts_each_with_its_length),
	    cmocka_unit_test(without_a_sheet_its_text_is_empty),
	    cmocka_unit_test(files_that_are_absent_too_large_or_folders_say_so),
	    cmocka_unit_test(a_sheet_that_is_too_large_says_so),
	    cmocka_unit_test(a_sheet_is_found_beside_its_file),
	    cmocka_unit_test(a_sheet_that_is_named_but_not_given_is_refused),
	    cmocka_unit_test(complaints_are_bounded_and_the_rest_counted),
	    cmocka_unit_test(profiles_and_nodes_are_bounded),
	    cmocka_unit_test(entries_with_patterns_and_sources_are_bounded),
	    cmocka_unit_test(unknown_keys_by_the_hundred_thousand_are_no_burden),
	    cmocka_unit_test(control_bytes_of_a_file_do_not_reach_a_terminal),
	    cmocka_unit_test(the_examples_are_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
