/* The kinds of signals: their table, and what is let in. */
#include "tests/check/check.h"

#include <math.h>
#include <string.h>

#include "base/ids.h"
#include "base/math.h"
#include "base/signal.h"

static void check_parse(sp_signal_kind kind, const char *text, sp_status status)
{
	sp_value value = {.nano = -77};
	const sp_status got = sp_kind_parse(kind, text, strlen(text), &value);
	if (got != status) {
		print_error("%s \"%s\":\n", sp_kinds[kind].name, text);
	}
	check_status(got, status);
	if (status != SP_OK) {
		check_i64(value.nano, -77);
	}
}

static void the_stored_numbers_of_kinds_never_move(void **state)
{
	(void)state;
	static const char *const names[] = {
	    "utilization",  "capacity",      "queue",    "latency",      "slo",       "usd_per_gpu_h", "gpus_running",
	    "cost",         "demand",        "served",   "rejected",     "revenue",   "list_price",    "market_price",
	    "support_cost", "incident_cost", "incident", "error_budget", "customers", "cash",
	};
	check_u64(SP_SIGNAL_KINDS, sizeof names / sizeof names[0]);
	for (unsigned i = 0; i < SP_SIGNAL_KINDS; i++) {
		check_text(sp_kinds[i].name, names[i]);
		check_u64(sp_kind_find(names[i], strlen(names[i])), i);
	}
}

static void r25_every_kind_has_subjects_a_unit_and_bounds(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SP_SIGNAL_KINDS; i++) {
		const sp_kind *k = &sp_kinds[i];
		check_status(sp_id_check(k->name, strlen(k->name)), SP_OK);
		check_true(k->subjects != 0 && k->subjects < 1u << SP_SUBJECT_TYPES);
		check_true(k->unit[0] != '\0');
		check_true(sp_finite(k->min) && sp_finite(k->max) && k->min < k->max);
		check_true((k->jump > 1) == (k->confirm > 0)); /* a bound on jumps says how it is confirmed */
		check_true(!k->money || (sp_abs(k->min) <= 9e9 && sp_abs(k->max) <= 9e9));
	}
	check_text(sp_kinds[SP_KIND_latency].unit, "s");
	check_text(sp_kinds[SP_KIND_error_budget].unit, "1");
}

static void an_unknown_name_is_no_kind(void **state)
{
	(void)state;
	check_u64(sp_kind_find("demands", 7), SP_SIGNAL_KINDS);
	check_u64(sp_kind_find("demand", 5), SP_SIGNAL_KINDS);
	check_u64(sp_kind_find("Demand", 6), SP_SIGNAL_KINDS);
	check_u64(sp_kind_find(NULL, 0), SP_SIGNAL_KINDS);
	check_u64(sp_kind_find("demandx", 6), SP_KIND_demand);
}

static void money_is_read_to_the_nano(void **state)
{
	(void)state;
	sp_value value = {0};
	check_status(sp_kind_parse(SP_KIND_market_price, "0.00000024999988", 16, &value), SP_OK);
	check_i64(value.nano, 250);
	check_status(sp_kind_parse(SP_KIND_usd_per_gpu_h, "2.10", 4, &value), SP_OK);
	check_i64(value.nano, 2100000000);
	check_near(sp_kind_real(SP_KIND_usd_per_gpu_h, value), 2.1, 0);
	check_status(sp_kind_parse(SP_KIND_cost, "-1000000000", 11, &value), SP_OK);
	check_i64(value.nano, -SP_NANO * SP_NANO);
}

static void other_kinds_are_read_as_doubles(void **state)
{
	(void)state;
	sp_value value = {0};
	check_status(sp_kind_parse(SP_KIND_utilization, "0.725", 5, &value), SP_OK);
	check_ulp(value.real, 0.725, 0);
	check_ulp(sp_kind_real(SP_KIND_utilization, value), 0.725, 0);
	check_status(sp_kind_parse(SP_KIND_demand, "1e15", 4, &value), SP_OK);
	check_ulp(value.real, 1e15, 0);
	check_status(sp_kind_parse(SP_KIND_demand, "-0.0", 4, &value), SP_OK);
	check_u64(signbit(value.real) != 0, 0);
}

static void bounds_are_inclusive(void **state)
{
	(void)state;
	check_parse(SP_KIND_usd_per_gpu_h, "0.0001", SP_OK);
	check_parse(SP_KIND_usd_per_gpu_h, "0.000099999", SP_E_RANGE);
	check_parse(SP_KIND_usd_per_gpu_h, "10000", SP_OK);
	check_parse(SP_KIND_usd_per_gpu_h, "10000.000000001", SP_E_RANGE);
	check_parse(SP_KIND_list_price, "1e-9", SP_OK);
	check_parse(SP_KIND_list_price, "0", SP_E_RANGE);
	check_parse(SP_KIND_list_price, "-0.45", SP_E_RANGE);
	check_parse(SP_KIND_list_price, "1000000", SP_OK);
	check_parse(SP_KIND_list_price, "1000000.000000001", SP_E_RANGE);
	check_parse(SP_KIND_slo, "1", SP_OK);
	check_parse(SP_KIND_slo, "1.0000000000000002", SP_E_RANGE);
	check_parse(SP_KIND_demand, "-1e-300", SP_E_RANGE);
	check_parse(SP_KIND_error_budget, "-100", SP_OK);
	check_parse(SP_KIND_error_budget, "-100.00000000000001", SP_E_RANGE);
	check_parse(SP_KIND_revenue, "1000000000.000000001", SP_E_RANGE);
}

static void every_bound_of_the_table_is_let_in_and_the_next_value_is_not(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SP_SIGNAL_KINDS; i++) {
		const sp_kind *k = &sp_kinds[i];
		sp_value low = {.real = k->min};
		sp_value high = {.real = k->max};
		sp_value below = {.real = nextafter(k->min, -INFINITY)};
		sp_value above = {.real = nextafter(k->max, INFINITY)};
		if (k->money) {
			low.nano = (int64_t)llround(k->min * 1e9);
			high.nano = (int64_t)llround(k->max * 1e9);
			below.nano = low.nano - 1;
			above.nano = high.nano + 1;
		}
		check_status(sp_kind_check((sp_signal_kind)i, low), SP_OK);
		check_status(sp_kind_check((sp_signal_kind)i, high), SP_OK);
		check_status(sp_kind_check((sp_signal_kind)i, below), SP_E_RANGE);
		check_status(sp_kind_check((sp_signal_kind)i, above), SP_E_RANGE);
	}
}

static void nan_and_infinity_end_here(void **state)
{
	(void)state;
	static const char *const texts[] = {"nan", "NaN", "-nan", "inf", "-inf", ".inf", "Infinity"};
	for (unsigned kind = 0; kind < SP_SIGNAL_KINDS; kind++) {
		for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
			check_parse((sp_signal_kind)kind, texts[i], SP_E_NOT_FINITE);
		}
		if (!sp_kinds[kind].money) {
			check_status(sp_kind_check((sp_signal_kind)kind, (sp_value){.real = NAN}), SP_E_NOT_FINITE);
			check_status(sp_kind_check((sp_signal_kind)kind, (sp_value){.real = INFINITY}), SP_E_NOT_FINITE);
			check_status(sp_kind_check((sp_signal_kind)kind, (sp_value){.real = -INFINITY}), SP_E_NOT_FINITE);
		}
	}
}

static void other_bad_values_are_refused_for_their_reason(void **state)
{
	(void)state;
	check_parse(SP_KIND_demand, "1e999", SP_E_OVERFLOW);
	check_parse(SP_KIND_cost, "1e999", SP_E_OVERFLOW);
	check_parse(SP_KIND_demand, "", SP_E_SYNTAX);
	check_parse(SP_KIND_cost, "", SP_E_SYNTAX);
	check_parse(SP_KIND_cost, "$2", SP_E_SYNTAX);
	check_parse(SP_KIND_demand, "0x10", SP_E_SYNTAX);
	check_parse(SP_KIND_market_price, "1e-30", SP_E_RANGE); /* rounds to 0, which is no price */
}

static void every_refusal_has_a_name_and_words(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SP_REFUSALS; i++) {
		check_true(sp_refusal_name((sp_refusal)i)[0] != '\0');
		check_true(sp_refusal_text((sp_refusal)i)[0] != '\0');
	}
	check_text(sp_refusal_name(SP_REFUSED_jump), "jump");
	check_text(sp_refusal_text(SP_REFUSED_older), "older than the last one taken");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_stored_numbers_of_kinds_never_move),
	    cmocka_unit_test(r25_every_kind_has_subjects_a_unit_and_bounds),
	    cmocka_unit_test(an_unknown_name_is_no_kind),
	    cmocka_unit_test(money_is_read_to_the_nano),
	    cmocka_unit_test(other_kinds_are_read_as_doubles),
	    cmocka_unit_test(bounds_are_inclusive),
	    cmocka_unit_test(every_bound_of_the_table_is_let_in_and_the_next_value_is_not),
	    cmocka_unit_test(nan_and_infinity_end_here),
	    cmocka_unit_test(other_bad_values_are_refused_for_their_reason),
	    cmocka_unit_test(every_refusal_has_a_name_and_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
