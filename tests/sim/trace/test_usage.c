/* test_usage.c - a warehouse's rollup becomes demand and revenue per SKU and hour. */
#include <string.h>

#include "base/time.h"
#include "tests/sim/trace/fixture.h"

#define HEADER "hour,sku,cohort,units,revenue\n"
#define IN     "chat/east/input"
#define OUT    "chat/east/output"

static void r12_cohorts_are_summed_per_sku_and_hour_and_missing_hours_are_zero(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	sp_trace *trace = fixture_trace(&f, "usage:u.csv",
	                                HEADER "2026-11-24T00:00:00Z," IN ",acme,3600000,0.10\n"
	                                       "2026-11-24T00:00:00Z," IN ",bolt,1800000,0.000000001\n"
	                                       "2026-11-24T02:00:00Z," OUT ",acme,7200,1.5\n",
	                                false);
	fixture_expect(trace, &f, "2026-11-24T00:59:59.999999999Z", IN, 1500);
	sp_trace_record record;
	check_status(sp_trace_next(trace, &record, NULL), SP_OK);
	check_u64(record.kind, SP_KIND_revenue);
	check_i64(record.value.nano, 100000001);
	fixture_expect(trace, &f, "2026-11-24T01:59:59.999999999Z", IN, 0);
	fixture_expect(trace, &f, "2026-11-24T01:59:59.999999999Z", IN, 0);
	fixture_expect(trace, &f, "2026-11-24T02:59:59.999999999Z", IN, 0);
	fixture_expect(trace, &f, "2026-11-24T02:59:59.999999999Z", IN, 0);
	fixture_expect(trace, &f, "2026-11-24T02:59:59.999999999Z", OUT, 2);
	fixture_expect(trace, &f, "2026-11-24T02:59:59.999999999Z", OUT, 1.5);
	fixture_expect_end(trace);
	fixture_expect_counts(trace, 3, 0, 0, 8);
	sp_trace_close(trace);
	fixture_close(&f);
}

static void revenue_and_cohort_may_be_missing_and_columns_may_be_in_any_order(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	sp_trace *trace = fixture_trace(
	    &f, "usage:u.csv,region=east",
	    "units,region,sku,hour\n36,east," IN ",2026-11-24 05:00\n36,west," IN ",2026-11-24 05:00\n", true);
	fixture_expect_end(trace);
	fixture_expect_counts(trace, 0, 1, 1, 0); /* 05:00 without seconds is no time */
	sp_trace_close(trace);
	trace = fixture_trace(&f, "usage:u.csv,region=east", "units,region,sku,hour\n36,east," IN ",2026-11-24 05:00:00\n",
	                      false);
	fixture_expect(trace, &f, "2026-11-24T05:59:59.999999999Z", IN, 0.01);
	fixture_expect_end(trace);
	sp_trace_close(trace);
	fixture_close(&f);
}

static void every_bad_row_has_its_message(void **unused)
{
	(void)unused;
	static const struct {
		const char *rows, *message;
	} cases[] = {
	    {"now," IN ",a,1,1", "u:2: hour: 'now' is no time; expected one such as 2026-11-24T00:00:00Z"},
	    {"2026-11-24,chat/east/inpt,a,1,1",
	     "u:2: sku: no SKU 'chat/east/inpt' in the configuration; did you mean 'chat/east/input'?"},
	    {"2026-11-24,qqqqqqqqqqqqqqqqqq,a,1,1", "u:2: sku: no SKU 'qqqqqqqqqqqqqqqqqq' in the configuration"},
	    {"2026-11-24,east/h100,a,1,1", "u:2: sku: 'east/h100' is in the configuration, but is no SKU"},
	    {"2026-11-24," IN ",a,,1", "u:2: units: '' is no quantity; expected a number, 0 or more, of meter quantities"},
	    {"2026-11-24," IN ",a,-1,1",
	     "u:2: units: '-1' is no quantity; expected a number, 0 or more, of meter quantities"},
	    {"2026-11-24," IN ",a,inf,1",
	     "u:2: units: 'inf' is no quantity; expected a number, 0 or more, of meter quantities"},
	    {"2026-11-24," IN ",a,4e18,1",
	     "u:2: units: '4e18' is no quantity; expected a number, 0 or more, of meter quantities"},
	    {"2026-11-24," IN ",a,3e18,1\n2026-11-24," IN ",a,3e18,1",
	     "u:3: units: the hour's sum is beyond 10^15 a second; are they meter quantities?"},
	    {"2026-11-24," IN ",a,1,$1", "u:2: revenue: '$1' is no amount; expected USD such as 12.50"},
	    {"2026-11-24," IN ",a,1,2e9", "u:2: revenue: '2e9' is no amount; expected USD such as 12.50"},
	    {"2026-11-24," IN ",a,1,6e8\n2026-11-24," IN ",b,1,6e8",
	     "u:3: revenue: the hour's sum is beyond 1000000000 USD"},
	    {"2026-11-24T02:00:00Z," IN ",a,1,1\n2026-11-24T01:00:00Z," IN ",a,1,1",
	     "u:3: hour: before the running stretch of 1 h that began 2026-11-24T02:00:00Z; sort the file by time"},
	};
	fixture f;
	fixture_open(&f);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[400];
		snprintf(text, sizeof text, HEADER "%s\n", cases[i].rows);
		check_text(fixture_complaint(&f, "usage:u", text), cases[i].message);
	}
	check_text(
	    fixture_complaint(&f, "usage:u,subject=chat/east", HEADER),
	    "trace 'usage:u,subject=chat/east': 'subject' is no option of usage and no column of the file; its columns: "
	    "hour, sku, cohort, units, revenue");
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r12_cohorts_are_summed_per_sku_and_hour_and_missing_hours_are_zero),
	    cmocka_unit_test(revenue_and_cohort_may_be_missing_and_columns_may_be_in_any_order),
	    cmocka_unit_test(every_bad_row_has_its_message),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
