/* test_credits_end.c - the day on which a lot's credits end, lived through by an engine: no price moves by a nano-dollar, and what the
 * books show does. */
#include "tests/check/check.h"

#include <string.h>

#include "base/math.h"
#include "base/time.h"
#include "controller/drive/drive.h"
#include "controller/economics/credits.h"
#include "controller/economics/margin.h"

#define START     (INT64_C(1798675200) * SP_SEC) /* 2026-12-31T00:00:00Z */
#define END       (START + SP_DAY)               /* credits_until */
#define PERIODS   (2 * 24 * 60)
#define SKUS      3
#define OUTPUT    1           /* chat/east/output, in the order of ids */
#define SERVED    90000.0     /* resource units a second */
#define REVENUE_H INT64_C(80) /* USD an hour of all customers */

/* %s: the second lot's price, and until when its credits last, if it has any. */
static const char yaml[] =
    "version: 1\n"
    "period: 60s\n"
    "pools:\n"
    "  - id: east/h100\n"
    "    units_per_gpu_s: 3000\n"
    "    redundancy: 1.10\n"
    "    slo_headroom: 10%%\n"
    "    estimators: {load: {use: ewma, half_life: 5m}, cost: {use: ewma, half_life: 5m}}\n"
    "    supply:\n"
    "      - {id: base,    term: reserved, gpus: 32, usd_per_gpu_h: \"2.10\"}\n"
    "      - {id: credits, term: reserved, gpus: 16, usd_per_gpu_h: %s}\n"
    "families:\n"
    "  - id: chat/east\n"
    "    pool: east/h100\n"
    "    profile: announced\n"
    "    mode: auto\n"
    "    policy: {use: cost_plus, pass_through: {up: 100%%, down: 100%%}}\n"
    "    guardrails: {floor: 10%%, ceiling: 1000%%, max_step: 50%%, max_per_day: 90%%, cost_max_per_day: 90%%, notice: "
    "0s, "
    "min_interval: 1m}\n"
    "    skus:\n"
    "      - {id: chat/east/input,  meter: input,  unit: 1M tokens, usd: \"0.60\", weight: 1, grid_usd: \"0.000001\"}\n"
    "      - {id: chat/east/output, meter: output, unit: 1M tokens, usd: \"2.40\", weight: 4, grid_usd: \"0.000001\"}\n"
    "  - id: spot/east\n"
    "    pool: east/h100\n"
    "    profile: dynamic\n"
    "    mode: auto\n"
    "    policy: {use: utilization_pi, elasticity: 1.0, response_lag: 30m}\n"
    "    guardrails: {floor: 50%%, ceiling: 200%%, max_step: 5%%, min_interval: 1m}\n"
    "    skus: [{id: spot/east/output, meter: output, unit: 1M tokens, usd: \"1.20\", weight: 4, grid_usd: "
    "\"0.000001\"}]\n";

/* One engine on its way through the date. */
typedef struct life {
	sp_config *config;
	sp_drive *drive;
	int64_t prices[PERIODS][SKUS];
	uint8_t digests[PERIODS][SP_HASH_SIZE];
} life;

static life with, without, signalled;

static void life_begin(life *l, const char *price)
{
	char text[sizeof yaml + 100];
	sp_drive_options options = {.digest = true};
	sp_complaints complaints = {0};
	sp_message message = {{0}};
	int n = snprintf(text, sizeof text, yaml, price);
	sp_status status = sp_config_parse("credits.yaml", text, (size_t)n, NULL, NULL, 0, &l->config, &complaints);
	if (status != SP_OK && complaints.n > 0)
		print_error("%s\n", complaints.list[0].text);
	check_status(status, SP_OK);
	sp_complaints_fini(&complaints);
	check_status(sp_drive_open(l->config, &options, &l->drive, &message), SP_OK);
}

static void life_end(life *l)
{
	sp_drive_close(l->drive);
	sp_config_close(l->config);
}

static void send(life *l, sp_signal_kind kind, const char *subject, sp_value value, int64_t t_ns)
{
	sp_signal signal = {.t_ns = t_ns, .kind = kind, .value = value};
	sp_refusal refusal;
	sp_message message = {{0}};
	check_status(sp_drive_signal(l->drive, &signal, subject, "test", &refusal, &message), SP_OK);
	check_i64(refusal, SP_REFUSED_none);
}

/* A day and a night of load; none of it knows of credits. */
static double load_at(int64_t period)
{
	double part = (double)(period % 1440) / 1440;
	return 0.55 + 1.2 * part * (1 - part);
}

static void life_period(life *l, int64_t i, int64_t lot_nano)
{
	int64_t now_ns = START + (i + 1) * SP_MIN;
	sp_drive_answer answer;
	sp_message message = {{0}};
	send(l, SP_KIND_utilization, "east/h100", (sp_value){.real = load_at(i)}, now_ns - 1);
	if (lot_nano > 0)
		send(l, SP_KIND_usd_per_gpu_h, "east/h100:credits", (sp_value){.nano = lot_nano}, now_ns - 1);
	check_status(sp_drive_tick(l->drive, now_ns, &answer, &message), SP_OK);
	memcpy(l->digests[i], answer.digest, SP_HASH_SIZE);
	for (uint32_t sku = 0; sku < SKUS; sku++)
		l->prices[i][sku] = sp_engine_price(sp_drive_engine(l->drive), sku, NULL).nano;
}

static int live_all(void **state)
{
	(void)state;
	life_begin(&with, "\"3.00\", credits_until: 2027-01-01");
	life_begin(&without, "\"3.00\"");
	life_begin(&signalled, "signal");
	for (int64_t i = 0; i < PERIODS; i++) {
		life_period(&with, i, 0);
		life_period(&without, i, 0);
		life_period(&signalled, i, START + i * SP_MIN < END ? 2100000000 : 3000000000);
	}
	return 0;
}

static int end_all(void **state)
{
	(void)state;
	life_end(&with);
	life_end(&without);
	life_end(&signalled);
	return 0;
}

static void no_price_moves_by_a_nano_dollar_when_credits_end(void **state)
{
	(void)state;
	uint32_t moves = 0;
	for (int64_t i = 0; i < PERIODS; i++) {
		check_bytes(with.digests[i], without.digests[i], SP_HASH_SIZE); /* every decision, of every family */
		for (int sku = 0; sku < SKUS; sku++) {
			check_i64(with.prices[i][sku], without.prices[i][sku]);
			moves += i > 0 && with.prices[i][sku] != with.prices[i - 1][sku];
		}
	}
	print_message("%u prices moved in two days, with credits as without\n", moves);
	check_true(moves > 10); /* the loop was alive, or nothing was shown */
	for (int64_t i = 1; i < PERIODS; i++)
		check_i64(with.prices[i][OUTPUT], with.prices[0][OUTPUT]); /* whose price follows cost, all of it */
}

/* What would have been, had the credit entered the cost: the same lot at a lower price until that day. */
static void the_same_test_sees_a_cost_that_moves_that_day(void **state)
{
	(void)state;
	int64_t last_before = signalled.prices[24 * 60 - 1][OUTPUT], day_after = signalled.prices[PERIODS - 1][OUTPUT];
	check_true(day_after > last_before + 1000000); /* more than a tenth of a cent */
}

/* The supply of the one pool at a time, from its configuration: all prices are fixed. */
static void supply_at(const sp_setup *setup, int64_t now_ns, sp_supply_lot lots[2], int64_t until_ns[2],
                      sp_supply *supply)
{
	const sp_pool_setup *pool = &setup->pools[0];
	for (uint32_t i = 0; i < 2; i++) {
		const sp_lot_setup *lot = &setup->lots[pool->first_lot + i];
		lots[i] = (sp_supply_lot){.gpus = lot->gpus, .usd_per_gpu_h = lot->usd_per_gpu_h, .priced = true};
		lots[i].counted = lot->ends_ns == SP_PARAM_NONE || now_ns < lot->ends_ns;
		until_ns[i] = lot->credits_until_ns;
	}
	*supply = (sp_supply){.lots = lots,
	                      .n_lots = 2,
	                      .units_per_gpu_s = pool->units_per_gpu_s,
	                      .redundancy = pool->redundancy,
	                      .slo_headroom = (double)pool->slo_headroom_ppb / (double)SP_NANO};
}

static sp_amount usd_amount(double usd)
{
	sp_amount amount;
	check_status(sp_amount_of(sp_figure_exact(usd), &amount), SP_OK);
	return amount;
}

/* An hour's margin, of what was served then. */
static sp_margin margin_at(int64_t now_ns, double *cost_usd)
{
	sp_supply_lot lots[2];
	int64_t until_ns[2];
	sp_supply supply;
	sp_margin margin;
	double credits;
	sp_sellable_cost cost;
	supply_at(sp_config_setup(with.config), now_ns, lots, until_ns, &supply);
	check_true(sp_credits_rate(&supply, until_ns, now_ns, &credits).knowledge == SP_KNOWN);
	check_true(sp_sellable_of(&supply, sp_figure_exact(supply.units_per_gpu_s), sp_figure_exact(SERVED * 3600), &cost)
	               .knowledge == SP_KNOWN);
	sp_margin_lines lines = {.revenue = sp_amount_exact((sp_money){REVENUE_H * SP_NANO}),
	                         .cost = usd_amount(cost.usd.value),
	                         .credits = usd_amount(credits)};
	check_status(sp_margin_of(&lines, &margin), SP_OK);
	*cost_usd = cost.usd.value;
	return margin;
}

static void the_margin_as_booked_falls_by_the_credits_and_the_true_one_does_not(void **state)
{
	(void)state;
	double cost_before, cost_after;
	sp_margin before = margin_at(END - 1, &cost_before), after = margin_at(END, &cost_after);
	check_ulp(cost_before, cost_after, 0);
	check_money(before.ended.value, after.ended.value);
	check_i64(before.booked.value.nano - after.booked.value.nano, 48 * SP_NANO); /* 16 GPUs at 3.00 */
	check_money(after.booked.value, after.ended.value);
	check_i64(sp_amount_sign(before.booked), SP_SIGN_POSITIVE); /* a profit on paper, and a loss since ever */
	check_i64(sp_amount_sign(before.ended), SP_SIGN_NEGATIVE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_price_moves_by_a_nano_dollar_when_credits_end),
	    cmocka_unit_test(the_same_test_sees_a_cost_that_moves_that_day),
	    cmocka_unit_test(the_margin_as_booked_falls_by_the_credits_and_the_true_one_does_not),
	};
	return cmocka_run_group_tests_name("economics: credits end", tests, live_all, end_all);
}
