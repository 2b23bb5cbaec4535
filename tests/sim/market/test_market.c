/* test_market.c - the whole market: conservation, money to the nano-dollar, reproduction, and recorded demand. */
#include "sim/market/market.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "tests/sim/trace/fixture.h"

#define NOISELESS   "drift_noise=0%", "white_noise=0%"
#define SIGNALS_MAX 4096
#define KNOWN_DAY   UINT64_C(3074714981806603829)

/* What a market said. */
typedef struct tape {
	sp_signal signals[SIGNALS_MAX];
	uint32_t n;
	sp_status answer;
} tape;

static sp_status record(void *context, const sp_signal *signal)
{
	tape *t = context;
	if (t->n < SIGNALS_MAX)
		t->signals[t->n++] = *signal;
	return t->answer;
}

/* The last value of a kind and subject. */
static sp_value last(const fixture *f, const tape *t, sp_signal_kind kind, const char *subject)
{
	for (uint32_t i = t->n; i-- > 0;)
		if (t->signals[i].kind == kind && t->signals[i].subject == fixture_subject(f, subject))
			return t->signals[i].value;
	check_true(false && "no such signal");
	return (sp_value){0};
}

static sp_market *open_market(const fixture *f, const char *const *settings, uint32_t n, const sp_series *series,
                              uint64_t seed)
{
	sp_market_options options = {
	    .settings = settings, .n_settings = n, .series = series, .seed = seed, .start_ns = 20000 * SP_DAY};
	sp_market *market = NULL;
	sp_message message = {""};
	sp_status status = sp_market_open(&f->setup, &options, &market, &message);
	check_text(message.text, "");
	check_status(status, SP_OK);
	return market;
}

static void prices_at(const fixture *f, double index, sp_money prices[FIXTURE_MAX])
{
	for (uint32_t i = 0; i < f->setup.n_skus; i++)
		prices[i].nano = llround((double)f->skus[i].sheet.nano * index);
}

/* 16 GPUs x 1000 units/s, 65 % wanted: 10400 units/s, half of it by either SKU; the output SKU weighs 4. */
static void demand_at_list_price_is_the_load_that_was_set(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	f.skus[1].weight = 4;
	const char *const settings[] = {NOISELESS};
	sp_market *market = open_market(&f, settings, 2, NULL, 1);
	sp_money prices[FIXTURE_MAX];
	tape t = {.n = 0};
	prices_at(&f, 1, prices);
	check_status(sp_market_step(market, 20000 * SP_DAY + SP_MIN, prices, record, &t), SP_OK);
	check_near(last(&f, &t, SP_KIND_demand, "chat/east/input").real, 5200, 1e-9);
	check_near(last(&f, &t, SP_KIND_demand, "chat/east/output").real, 1300, 1e-9);
	check_near(last(&f, &t, SP_KIND_served, "chat/east/output").real, 1300, 1e-9);
	check_near(last(&f, &t, SP_KIND_rejected, "chat/east/output").real, 0, 0);
	check_near(last(&f, &t, SP_KIND_utilization, "east/h100").real, 0.65, 1e-12);
	check_i64(last(&f, &t, SP_KIND_usd_per_gpu_h, "east/h100:spot").nano, 2500000000);
	check_near(sp_market_pool_load(market, 0), 10400, 1e-9);
	check_near(sp_market_pool_capacity(market, 0), 16000, 0);
	check_u64(t.n, 1 + 2 * 3 + 1);
	for (uint32_t i = 0; i < t.n; i++)
		check_i64(t.signals[i].t_ns, 20000 * SP_DAY + SP_MIN - 1); /* R12 */
	sp_market_close(market);
	fixture_close(&f);
}

static void a_noiseless_market_shows_its_elasticity(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	const char *const settings[] = {NOISELESS, "elasticity=1.7", "response_lag=0s", "delay_periods=1", "load=20%"};
	sp_market *market = open_market(&f, settings, 6, NULL, 1);
	sp_money prices[FIXTURE_MAX];
	tape t = {.n = 0};
	double demand[3];
	static const double index[] = {1.25, 0.8, 1};
	for (int k = 0; k < 3; k++) {
		prices_at(&f, index[k], prices);
		check_status(sp_market_step(market, 20000 * SP_DAY + (k + 1) * SP_MIN, prices, record, &t), SP_OK);
		demand[k] = last(&f, &t, SP_KIND_demand, "chat/east/input").real;
	}
	check_near(sp_market_family_bill(market, 0), 0.8, 1e-15);
	check_near(log(demand[1] / demand[0]) / log(1.25), -1.7, 1e-12); /* one period late */
	check_near(log(demand[2] / demand[0]) / log(0.8), -1.7, 1e-12);
	check_near(sp_market_family_demand(market, 0), pow(0.8, -1.7), 1e-12);
	sp_market_close(market);
	fixture_close(&f);
}

/* A mean second's basket at list price: 5200 input at 1 USD, 1300 output at 3 USD, 9100 together; with input 20 % dearer 10140. */
static void buyers_pay_for_the_basket_they_buy(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	f.skus[1].weight = 4;
	f.skus[1].sheet.nano = 3000000000;
	const char *const settings[] = {NOISELESS, "response_lag=0s"};
	sp_market *market = open_market(&f, settings, 3, NULL, 1);
	const sp_money prices[FIXTURE_MAX] = {{1200000000}, {3000000000}};
	tape t = {.n = 0};
	check_status(sp_market_step(market, 20000 * SP_DAY + SP_MIN, prices, record, &t), SP_OK);
	check_near(sp_market_family_bill(market, 0), 10140.0 / 9100, 1e-15);
	sp_market_close(market);
	fixture_close(&f);
}

static void mean_demand_is_the_base_under_noise_and_wave(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	f.setup.period_ns = 10 * SP_MIN;
	const char *const settings[] = {"drift_noise=10%", "drift_noise_time=30m", "white_noise=5%", "day_swing=50%"};
	sp_market *market = open_market(&f, settings, 4, NULL, 7);
	sp_money prices[FIXTURE_MAX];
	prices_at(&f, 1, prices);
	const int n = 144 * 100;
	double sum = 0;
	for (int k = 0; k < n; k++) {
		tape t = {.n = 0};
		check_status(sp_market_step(market, 20000 * SP_DAY + (k + 1) * f.setup.period_ns, prices, record, &t), SP_OK);
		sum += last(&f, &t, SP_KIND_demand, "chat/east/input").real;
	}
	check_near(sum / n / 5200, 1, 0.012); /* five standard errors: 10 % over sqrt(14400 / 6.7) */
	sp_market_close(market);
	fixture_close(&f);
}

/* Offered = served + rejected for each SKU, served load within capacity, all of it used before anything is turned away. */
static void what_is_offered_is_served_or_rejected(void **unused)
{
	(void)unused;
	sp_rng rng;
	sp_check_seed("what_is_offered_is_served_or_rejected", &rng);
	for (int world = 0; world < 60; world++) {
		fixture f;
		fixture_open(&f);
		fixture_add_family(&f, "batch/east");
		fixture_add_sku(&f, "batch/east/output", "output");
		fixture_add_sku(&f, "batch/east/cached", "cached");
		f.skus[1].weight = 4;
		f.skus[3].weight = 0;
		char load[32];
		snprintf(load, sizeof load, "load=%d%%", 40 + (int)sp_rng_below(&rng, 200));
		const char *const settings[] = {load, "white_noise=30%", "share@batch/east=0.5"};
		sp_market *market = open_market(&f, settings, 3, NULL, sp_rng_next(&rng));
		sp_money prices[FIXTURE_MAX];
		for (int k = 0; k < 30; k++) {
			tape t = {.n = 0};
			double used = 0, rejected = 0;
			prices_at(&f, 0.5 + sp_rng_uniform(&rng), prices);
			check_status(sp_market_step(market, 20000 * SP_DAY + (k + 1) * SP_MIN, prices, record, &t), SP_OK);
			for (uint32_t i = 0; i < f.setup.n_skus; i++) {
				double d = last(&f, &t, SP_KIND_demand, f.skus[i].id).real,
				       s = last(&f, &t, SP_KIND_served, f.skus[i].id).real;
				double r = last(&f, &t, SP_KIND_rejected, f.skus[i].id).real;
				check_near(s + r, d, 1e-12 * d);
				check_true(s >= 0 && r >= 0);
				used += s * f.skus[i].weight;
				rejected += r;
				if (f.skus[i].weight == 0)
					check_near(r, 0, 0);
			}
			check_true(used <= 16000 * (1 + 1e-12));
			if (rejected > 0)
				check_near(used, 16000, 1e-6);
			check_near(last(&f, &t, SP_KIND_utilization, "east/h100").real, used / 16000, 1e-12);
		}
		sp_market_close(market);
		fixture_close(&f);
	}
}

/* By hand: 5200 tokens/s for 60 s are 0.312 units of 1M; at 1.05 USD 0.3276 USD revenue, at 0.20 USD 0.0624 USD variable cost. 8 GPUs
 * at 2.00 and 8 at 2.50 USD/h are 36 USD an hour, 0.6 USD a minute. */
static void money_is_exact_to_the_nano_dollar(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	f.skus[0].variable_cost.nano = 200000000;
	f.skus[1].weight = 0;
	f.skus[1].sheet.nano = 1;
	const char *const settings[] = {NOISELESS, "elasticity=0"};
	sp_market *market = open_market(&f, settings, 3, NULL, 1);
	sp_money prices[FIXTURE_MAX] = {{1050000000}, {1}};
	sp_market_money money;
	tape t = {.n = 0};
	check_status(sp_market_step(market, 20000 * SP_DAY + SP_MIN, prices, record, &t), SP_OK);
	sp_market_last(market, &money);
	check_i64(money.revenue.nano, 327600000); /* the second SKU's 0.312 units at 1 nano-USD round to 0 */
	check_i64(money.variable.nano, 62400000);
	check_i64(money.capacity.nano, 600000000);
	check_i64(money.margin.nano, 327600000 - 62400000 - 600000000);
	prices[0].nano = 2000000000;
	check_status(sp_market_step(market, 20000 * SP_DAY + 2 * SP_MIN, prices, record, &t), SP_OK);
	sp_market_total(market, &money);
	check_i64(money.revenue.nano, 327600000 + 624000000);
	check_i64(money.capacity.nano, 1200000000);
	check_i64(money.margin.nano, money.revenue.nano - 2 * 62400000 - 1200000000);
	check_i64(sp_market_family_revenue(market, 0).nano, money.revenue.nano);
	sp_market_close(market);
	fixture_close(&f);
}

static void gpus_cost_what_their_path_says(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	f.setup.period_ns = SP_DAY;
	const char *const settings[] = {"gpu_usd_per_h=2.00", "gpu_step=30%", "gpu_step_at=3d", "gpu_drift_per_week=-3%"};
	sp_market *market = open_market(&f, settings, 4, NULL, 1);
	sp_money prices[FIXTURE_MAX];
	tape t = {.n = 0};
	prices_at(&f, 1, prices);
	for (int day = 0; day < 15; day++) {
		check_status(sp_market_step(market, (20001 + day) * SP_DAY, prices, record, &t), SP_OK);
		double cost = 2 * pow(0.97, day / 7.0) * (day >= 3 ? 1.3 : 1);
		check_near((double)last(&f, &t, SP_KIND_usd_per_gpu_h, "east/h100:spot").nano, cost * 1e9, 1);
	}
	sp_market_close(market);
	fixture_close(&f);
}

static void rented_gpus_run_by_their_share_and_ended_lots_are_gone(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	f.lots[1].kind = SP_LOT_SPOT;
	f.lots[0].ends_ns = 20000 * SP_DAY + SP_MIN;
	const char *const settings[] = {"rented=50%"};
	sp_market *market = open_market(&f, settings, 1, NULL, 1);
	sp_money prices[FIXTURE_MAX];
	sp_market_money money;
	tape t = {.n = 0};
	prices_at(&f, 1, prices);
	check_status(sp_market_step(market, 20000 * SP_DAY + SP_MIN, prices, record, &t), SP_OK);
	check_near(sp_market_pool_capacity(market, 0), 12000, 0);
	check_near(last(&f, &t, SP_KIND_gpus_running, "east/h100:spot").real, 4, 0);
	sp_market_last(market, &money);
	check_i64(money.capacity.nano, 266666667 + 166666667); /* 16 and 10 USD an hour, each rounded to the minute */
	check_status(sp_market_step(market, 20000 * SP_DAY + 2 * SP_MIN, prices, record, &t), SP_OK);
	check_near(sp_market_pool_capacity(market, 0), 4000, 0);
	sp_market_last(market, &money);
	check_i64(money.capacity.nano, 166666667);
	check_near(last(&f, &t, SP_KIND_utilization, "east/h100").real, 1, 0);
	sp_market_close(market);
	f.lots[1].gpus = f.lots[0].gpus = 0;
	market = open_market(&f, settings, 1, NULL, 1);
	check_status(sp_market_step(market, 20000 * SP_DAY + SP_MIN, prices, record, &t), SP_OK);
	check_near(last(&f, &t, SP_KIND_utilization, "east/h100").real, 0, 0); /* nothing wanted, nothing there */
	sp_market_close(market);
	fixture_close(&f);
}

static void run_day(const fixture *f, uint64_t seed, const char *scenario, tape *t)
{
	sp_market_options options = {.scenario = scenario, .seed = seed, .start_ns = 20000 * SP_DAY};
	sp_market *market = NULL;
	sp_money prices[FIXTURE_MAX];
	check_status(sp_market_open(&f->setup, &options, &market, NULL), SP_OK);
	memset(t, 0, sizeof *t);
	for (int k = 0; k < 96; k++) {
		prices_at(f, 1 + 0.002 * k, prices);
		check_status(sp_market_step(market, 20000 * SP_DAY + (k + 1) * f->setup.period_ns, prices, record, t), SP_OK);
	}
	sp_market_close(market);
}

static void a_seed_reproduces_byte_for_byte_and_another_differs(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	f.setup.period_ns = 15 * SP_MIN;
	static tape a, b;
	for (size_t i = 0; i < sp_scenario_n; i++) {
		run_day(&f, 11, sp_scenarios[i].name, &a);
		run_day(&f, 11, sp_scenarios[i].name, &b);
		check_true(a.n == 96 * 8);
		check_bytes(&b, &a, sizeof a);
		run_day(&f, 12, sp_scenarios[i].name, &b);
		check_true(memcmp(&b, &a, sizeof a) != 0);
	}
	fixture_close(&f);
}

/* These figures were computed once by this code on x86-64 with gcc 12; another compiler or machine must give the same bits (P7). */
static void a_known_day_has_known_bits(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	f.setup.period_ns = 15 * SP_MIN;
	static tape t;
	uint64_t hash = UINT64_C(14695981039346656037);
	run_day(&f, 11, "demo_day", &t);
	for (uint32_t i = 0; i < t.n; i++) {
		uint64_t bits;
		memcpy(&bits, &t.signals[i].value, sizeof bits);
		hash = (hash ^ bits) * UINT64_C(1099511628211);
	}
	check_u64(hash, KNOWN_DAY);
	fixture_close(&f);
}

static void another_family_changes_no_chance_of_this_one(void **unused)
{
	(void)unused;
	fixture one, two;
	fixture_open(&one);
	fixture_open(&two);
	fixture_add_family(&two, "batch/east");
	fixture_add_sku(&two, "batch/east/output", "output");
	const char *const settings[] = {"share@batch/east=0", "white_noise=20%"};
	sp_market *a = open_market(&one, settings + 1, 1, NULL, 5), *b = open_market(&two, settings, 2, NULL, 5);
	sp_money prices[FIXTURE_MAX];
	tape t = {.n = 0};
	prices_at(&two, 1, prices);
	for (int k = 0; k < 50; k++) {
		check_status(sp_market_step(a, 20000 * SP_DAY + (k + 1) * SP_MIN, prices, record, &t), SP_OK);
		check_status(sp_market_step(b, 20000 * SP_DAY + (k + 1) * SP_MIN, prices, record, &t), SP_OK);
		check_ulp(sp_market_family_demand(a, 0), sp_market_family_demand(b, 0), 0);
		check_near(sp_market_family_demand(b, 1), 0, 0); /* nobody wants it */
	}
	sp_market_close(a);
	sp_market_close(b);
	fixture_close(&one);
	fixture_close(&two);
}

static void what_ends_a_step_is_told(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	sp_money prices[FIXTURE_MAX];
	tape t = {.answer = SP_E_DISK_FULL};
	prices_at(&f, 1, prices);
	sp_market *market = open_market(&f, NULL, 0, NULL, 1);
	check_status(sp_market_step(market, 20000 * SP_DAY + SP_MIN, prices, record, &t), SP_E_DISK_FULL);
	check_u64(t.n, 1);
	sp_market_close(market);
	t.answer = SP_OK;
	f.skus[0].quantity = 1e-6;
	f.setup.period_ns = SP_DAY;
	prices[0].nano = SP_PRICE_MAX_NANO;
	market = open_market(&f, NULL, 0, NULL, 1);
	check_status(sp_market_step(market, 20001 * SP_DAY, prices, record, &t), SP_E_OVERFLOW);
	check_u64(t.n, 1);
	sp_market_close(market);
	fixture_close(&f);
}

static void what_cannot_be_opened_says_why(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	sp_market *market = NULL;
	sp_message message;
	const char *const settings[] = {"load=much"};
	sp_market_options options = {.start_ns = SP_MIN + 1};
	check_status(sp_market_open(&f.setup, &options, &market, &message), SP_E_RANGE);
	check_text(message.text, "market: starts at a multiple of the period between 1970 and 2200");
	options = (sp_market_options){.scenario = "storm"};
	check_status(sp_market_open(&f.setup, &options, &market, &message), SP_E_UNKNOWN);
	options = (sp_market_options){.settings = settings, .n_settings = 1};
	check_true(sp_market_open(&f.setup, &options, &market, &message) != SP_OK);
	check_contains(message.text, "market: load: ");
	check_true(market == NULL);
	sp_market_close(NULL);
	fixture_close(&f);
}

/* --- recorded demand --- */

static const char *write_file(const char *name, const char *preset, const char *text)
{
	static char spec[1200];
	char path[1024];
	snprintf(path, sizeof path, "%s/%s", sp_check_scratch(), name);
	FILE *file = fopen(path, "wb");
	check_true(file != NULL);
	fputs(text, file);
	fclose(file);
	snprintf(spec, sizeof spec, "%s:%s", preset, path);
	return spec;
}

static void recorded_demand_is_the_base_over_and_over(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	fixture_add_family(&f, "batch/east");
	fixture_add_sku(&f, "batch/east/output", "other");
	sp_series series;
	sp_message message = {""};
	const char *spec =
	    write_file("c.csv", "azure-llm",
	               "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:00:00,600,60\n2023-11-16 18:02:01,1200,0\n");
	check_status(sp_series_read(spec, &f.setup, &series, &message), SP_OK);
	check_u64(series.n_periods, 3);
	check_true(series.given[0] && series.given[1] && !series.given[2]);
	check_near(series.mean[0], 10, 1e-12);
	const char *const settings[] = {NOISELESS, "step=100%", "step_at=3m", "load=10%"};
	sp_market *market = open_market(&f, settings, 5, &series, 1);
	sp_money prices[FIXTURE_MAX];
	tape t = {.n = 0};
	static const double input[] = {10, 0, 20, 20, 0, 40}, output[] = {1, 0, 0, 2, 0, 0};
	prices_at(&f, 1, prices);
	for (int k = 0; k < 6; k++) {
		check_status(sp_market_step(market, 20000 * SP_DAY + (k + 1) * SP_MIN, prices, record, &t), SP_OK);
		check_near(last(&f, &t, SP_KIND_demand, "chat/east/input").real, input[k], 1e-12);
		check_near(last(&f, &t, SP_KIND_demand, "chat/east/output").real, output[k], 1e-12);
		check_near(last(&f, &t, SP_KIND_demand, "batch/east/output").real, k < 3 ? 800 : 1600,
		           1e-9); /* the curve's half */
	}
	sp_market_close(market);
	sp_series_fini(&series);
	fixture_close(&f);
}

static void hourly_usage_fills_its_periods(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	f.setup.period_ns = 20 * SP_MIN;
	sp_series series;
	const char *spec =
	    write_file("u.csv", "usage",
	               "hour,sku,units\n2026-11-24T00:00:00Z,chat/east/input,3600\n"
	               "2026-11-24T01:00:00Z,chat/east/output,7200\n2026-11-24T01:00:00Z,chat/east/input,36000\n");
	check_status(sp_series_read(spec, &f.setup, &series, NULL), SP_OK);
	check_u64(series.n_periods, 4);
	static const double input[] = {1, 10, 10, 10}, output[] = {2, 2, 2, 2};
	for (int k = 0; k < 4; k++) {
		check_near(series.demand[k * 2], input[k], 1e-12);
		check_near(series.demand[k * 2 + 1], output[k], 1e-12);
	}
	sp_series_fini(&series);
	spec = write_file("s.csv", "signals",
	                  "t,kind,subject,value\n2026-11-24T00:00:01Z,demand,chat/east/output,7\n"
	                  "2026-11-24T00:00:01Z,queue,chat/east/output,9\n2026-11-24T00:00:02Z,demand,chat/east/output,8\n"
	                  "2026-11-24T00:00:03Z,demand,chat/east,9\n2026-11-24T01:00:00Z,demand,chat/east/input,5\n");
	check_status(sp_series_read(spec, &f.setup, &series, NULL), SP_OK);
	check_u64(series.n_periods, 4);
	for (int k = 0; k < 4; k++) { /* what was said last holds */
		check_near(series.demand[k * 2], 5, 0);
		check_near(series.demand[k * 2 + 1], 8, 0);
	}
	sp_series_fini(&series);
	fixture_close(&f);
}

static void a_trace_that_is_no_base_demand_is_refused(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	f.setup.period_ns = SP_SEC;
	sp_series series = {0};
	sp_message message;
	check_status(sp_series_read("usage:/nowhere", &f.setup, &series, &message), SP_E_ABSENT);
	const char *spec = write_file("s.csv", "signals", "t,kind,subject,value\n2026-11-24,queue,chat/east/output,9\n");
	check_status(sp_series_read(spec, &f.setup, &series, &message), SP_E_SYNTAX);
	check_contains(message.text, "s.csv: holds no demand of any SKU");
	spec = write_file(
	    "s.csv", "signals",
	    "t,kind,subject,value\n1971-01-01,demand,chat/east/output,9\n2026-11-24,demand,chat/east/output,9\n");
	check_status(sp_series_read(spec, &f.setup, &series, &message), SP_E_FULL);
	check_contains(message.text, "s.csv: too many periods to be a market's base demand; use a longer period");
	spec = write_file("s.csv", "signals", "t,kind,subject,value\n2026-11-24,demand,chat/east/output,x\n");
	check_status(sp_series_read(spec, &f.setup, &series, &message), SP_E_SYNTAX);
	check_true(series.demand == NULL);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(demand_at_list_price_is_the_load_that_was_set),
	    cmocka_unit_test(a_noiseless_market_shows_its_elasticity),
	    cmocka_unit_test(buyers_pay_for_the_basket_they_buy),
	    cmocka_unit_test(mean_demand_is_the_base_under_noise_and_wave),
	    cmocka_unit_test(what_is_offered_is_served_or_rejected),
	    cmocka_unit_test(money_is_exact_to_the_nano_dollar),
	    cmocka_unit_test(gpus_cost_what_their_path_says),
	    cmocka_unit_test(rented_gpus_run_by_their_share_and_ended_lots_are_gone),
	    cmocka_unit_test(a_seed_reproduces_byte_for_byte_and_another_differs),
	    cmocka_unit_test(a_known_day_has_known_bits),
	    cmocka_unit_test(another_family_changes_no_chance_of_this_one),
	    cmocka_unit_test(what_ends_a_step_is_told),
	    cmocka_unit_test(what_cannot_be_opened_says_why),
	    cmocka_unit_test(recorded_demand_is_the_base_over_and_over),
	    cmocka_unit_test(hourly_usage_fills_its_periods),
	    cmocka_unit_test(a_trace_that_is_no_base_demand_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
