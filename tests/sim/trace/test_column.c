/* test_column.c - one column of any CSV: times in every form, and "not measured" as each file writes it. */
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "sim/trace/cell.h"
#include "tests/sim/trace/fixture.h"

#define SPEC "column:c.csv,kind=demand,subject=chat/east/output,"

static void a_column_becomes_signals_dated_at_the_end_of_what_it_covers(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	sp_trace *trace = fixture_trace(&f, SPEC "value=tok,covers=10m,start=2026-11-24,scale=2,model=a",
	                                "t_s,model,tok\n0,a,1.5\n0,b,9\n600,a,0\n1200.5,a,3\n", false);
	fixture_expect(trace, &f, "2026-11-24T00:09:59.999999999Z", "chat/east/output", 3);
	fixture_expect(trace, &f, "2026-11-24T00:19:59.999999999Z", "chat/east/output", 0); /* zero is not missing */
	fixture_expect(trace, &f, "2026-11-24T00:30:00.499999999Z", "chat/east/output", 6);
	fixture_expect_end(trace);
	fixture_expect_counts(trace, 3, 1, 0, 3);
	sp_trace_close(trace);
	fixture_close(&f);
}

static void what_is_declared_missing_makes_no_record(void **unused)
{
	(void)unused;
	static const struct {
		const char *missing, *kept;
	} cases[] = {
	    {"zero", "5 -1 -1 -2"},   {"null", "5 0 0 -1 -1 -2"},  {"null+zero", "5 -1 -1 -2"},
	    {"null+zero+-1", "5 -2"}, {"-1+zero+null+-2.00", "5"},
	};
	fixture f;
	fixture_open(&f);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char spec[200], kept[64] = "";
		sp_trace_record record;
		snprintf(spec, sizeof spec, "%svalue=v,missing=%s", SPEC, cases[i].missing);
		sp_trace *trace =
		    fixture_trace(&f, spec, "t,v\n1,\n2,NULL\n3,NaN\n4,5\n5,0\n6,0.000\n7,-1\n8,-1.0\n9,-2e0\n", true);
		while (sp_trace_next(trace, &record, NULL) == SP_OK)
			snprintf(kept + strlen(kept), sizeof kept - strlen(kept), "%s%g", kept[0] ? " " : "", record.value.real);
		check_text(kept, cases[i].kept);
		sp_trace_close(trace);
	}
	fixture_close(&f);
}

static void what_is_not_declared_is_a_value_or_an_error(void **unused)
{
	(void)unused;
	static const struct {
		const char *keys, *rows, *message;
	} cases[] = {
	    {"", "1,", "c.csv:2: v: '' is no number; where it means that nothing was measured, say missing=null"},
	    {"", "1,NULL", "c.csv:2: v: 'NULL' is no number; where it means that nothing was measured, say missing=null"},
	    {"", "1,ten", "c.csv:2: v: 'ten' is no number"},
	    {"", "1,1e999", "c.csv:2: v: '1e999' is no number"},
	    {",scale=1e300", "1,1e300", "c.csv:2: v: times scale is too large"},
	    {"", "yesterday,1",
	     "c.csv:2: t: 'yesterday' is no time; expected one such as 2026-11-24T00:00:00Z, nanoseconds or seconds since "
	     "1970"},
	    {"", "9999999999,1",
	     "c.csv:2: t: '9999999999' is no time between 1970 and 2200; expected one such as 2026-11-24T00:00:00Z, "
	     "nanoseconds "
	     "or seconds since 1970"},
	    {"", "5,1\n4,1", "c.csv:3: t: before the row before it; sort the file by time"},
	    {"", "1,-1", ""}, /* whether -1 is plausible is the engine's to say */
	    {"", "1,0\n1,0", ""},
	};
	fixture f;
	fixture_open(&f);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char spec[200], text[200];
		snprintf(spec, sizeof spec, "%svalue=v%s", SPEC, cases[i].keys);
		snprintf(text, sizeof text, "t,v\n%s\n", cases[i].rows);
		check_text(fixture_complaint(&f, spec, text), cases[i].message);
	}
	fixture_close(&f);
}

static void a_wrong_declaration_is_refused_before_any_row(void **unused)
{
	(void)unused;
	static const struct {
		const char *spec, *part;
	} cases[] = {
	    {SPEC "value=x", "value=x is no column of the file; it has: t, v"},
	    {SPEC "value=v,time=x", "time=x is no column of the file"},
	    {"column:c.csv,kind=demand,subject=chat/east/output", "which column? Say value=COLUMN"},
	    {"column:c.csv,value=v", "Say kind=KIND and subject=NAME"},
	    {"column:c.csv,value=v,kind=demand,subject=nobody", "nobody"},
	    {SPEC "value=v,missing=none",
	     "missing: 'none' is not known; there are zero, null and numbers, joined by +: null+-1"},
	    {SPEC "value=v,missing=", "missing: '' is not known"},
	    {SPEC "value=v,missing=1+2+3+4+5", "missing: more than 4 numbers"},
	    {SPEC "value=v,start=soon", "start=soon is no time"},
	    {SPEC "value=v,covers=10", "covers=10 is no duration"},
	    {SPEC "value=v,unit=0s", "unit=0s is no duration"},
	    {SPEC "value=v,scale=much", "scale=much is no number"},
	    {"column:c.csv,value=v,kind=usd_per_gpu_h,subject=east/h100:spot,scale=2", "money is exact and takes no scale"},
	};
	fixture f;
	fixture_open(&f);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		check_contains(fixture_complaint(&f, cases[i].spec, "t,v\n1,2\n"), cases[i].part);
	fixture_close(&f);
}

static void money_is_read_as_a_decimal(void **unused)
{
	(void)unused;
	fixture f;
	sp_trace_record record;
	fixture_open(&f);
	sp_trace *trace =
	    fixture_trace(&f, "column:c.csv,value=usd,kind=usd_per_gpu_h,subject=east/h100:spot,missing=-1+zero",
	                  "t,usd\n1,0.00000024999988\n2,-1\n3,0\n4,2.10\n", false);
	check_status(sp_trace_next(trace, &record, NULL), SP_OK);
	check_i64(record.value.nano, 250);
	check_status(sp_trace_next(trace, &record, NULL), SP_OK);
	check_i64(record.value.nano, 2100000000);
	fixture_expect_end(trace);
	sp_trace_close(trace);
	fixture_close(&f);
}

static void every_form_of_a_time_is_read(void **unused)
{
	(void)unused;
	static const struct {
		const char *text;
		int64_t t_ns;
	} cases[] = {
	    {"0", 0},
	    {"300", 300 * SP_SEC},
	    {"1764000000.25", INT64_C(1764000000250000000)},
	    {"1764000000000000001", INT64_C(1764000000000000001)},
	    {"2025-11-24T16:00:00Z", INT64_C(1764000000000000000)},
	    {"2025-11-24 16:00:00.5", INT64_C(1764000000500000000)},
	};
	const sp_cell_clock seconds = {0, SP_SEC}, days = {SP_DAY, SP_DAY};
	int64_t third_ns = 0;
	check_status(sp_cell_time("2.5", 3, &days, &third_ns, NULL), SP_OK);
	check_i64(third_ns, 3 * SP_DAY + 12 * SP_HOUR);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t t_ns = -1;
		sp_message message;
		check_status(sp_cell_time(cases[i].text, strlen(cases[i].text), &seconds, &t_ns, &message), SP_OK);
		check_i64(t_ns, cases[i].t_ns);
	}
}

/* --- the three real codings --- */

typedef struct reading {
	sp_trace_counts counts;
	uint64_t zeros, negative;
} reading;

static reading read_file(const char *path, const char *keys)
{
	fixture f;
	sp_trace *trace = NULL;
	sp_trace_record record;
	sp_message message = {""};
	reading read = {0};
	char spec[800];
	fixture_open(&f);
	snprintf(spec, sizeof spec, "column:%s,kind=demand,subject=chat/east/output,%s", path, keys);
	check_status(sp_trace_open(spec, &f.setup, NULL, &trace, &message), SP_OK);
	sp_status status;
	while ((status = sp_trace_next(trace, &record, &message)) == SP_OK) {
		read.zeros += record.value.real >= 0 && record.value.real <= 0;
		read.negative += record.value.real < 0;
	}
	check_text(message.text, "");
	check_status(status, SP_E_END);
	sp_trace_count(trace, &read.counts);
	sp_trace_close(trace);
	fixture_close(&f);
	return read;
}

static void empty_cells_of_genai_cluster_are_missing_and_its_zeros_are_not(void **unused)
{
	(void)unused;
	const char *path = sp_check_data("genai_cluster/system_5min.csv");
	if (path == NULL)
		skip();
	reading read = read_file(path, "value=generative_qps_sum,covers=5m,missing=null");
	check_u64(read.counts.rows, 274);
	check_u64(read.counts.filtered, 34);
	check_u64(read.counts.records, 240);
	check_u64(read.zeros, 14);
}

/* Its token means are empty where too few requests had tokens; a window in which nothing was collected would be 0. */
static void empty_cells_and_zeros_of_servegen_are_missing(void **unused)
{
	(void)unused;
	const char *path = sp_check_data("servegen/m-small_clients_10min_week1.csv");
	if (path == NULL)
		skip();
	reading read = read_file(path, "value=mean_out_tok,covers=10m,missing=null");
	check_u64(read.counts.rows, 19640);
	check_u64(read.counts.filtered, 4314);
	path = sp_check_data("servegen/m-small_10min_week1.csv");
	if (path == NULL)
		skip();
	read = read_file(path, "value=req_per_s,covers=10m,missing=zero");
	check_u64(read.counts.records, 1008); /* the whole service has no such window in this week */
	check_u64(read.zeros, 0);
}

static void the_sentinels_of_market_are_missing(void **unused)
{
	(void)unused;
	const char *path = sp_check_data("market/events_2024-09_to_2025-12.csv");
	if (path == NULL)
		skip();
	reading raw = read_file(path, "value=prompt_usd_per_token,missing=null");
	reading read = read_file(path, "value=prompt_usd_per_token,missing=null+-1+zero");
	check_u64(raw.counts.filtered, 398); /* delisted: no price */
	check_u64(raw.negative, 3);
	check_u64(raw.zeros, 196);
	check_u64(read.zeros + read.negative, 0);
	check_u64(read.counts.records, raw.counts.records - 199);
}

static void a_running_total_becomes_rates_and_its_resets_are_counted(void **unused)
{
	(void)unused;
	sp_trace_counts counts;
	fixture f;
	fixture_open(&f);
	sp_trace *trace =
	    fixture_trace(&f, SPEC "value=v,total=yes,scale=2,missing=null",
	                  "t,v\n100,1000\n160,1600\n160,1600\n220,\n280,1600\n340,60\n400,120\n460,115\n520,175\n", false);
	fixture_expect(trace, &f, "1970-01-01T00:02:40Z", "chat/east/output", 20);
	fixture_expect(trace, &f, "1970-01-01T00:04:40Z", "chat/east/output", 0); /* standing still, over the gap */
	fixture_expect(trace, &f, "1970-01-01T00:06:40Z", "chat/east/output", 2); /* after a restart at 60 */
	fixture_expect(trace, &f, "1970-01-01T00:08:40Z", "chat/east/output", 2); /* after a correction to 115 */
	fixture_expect_end(trace);
	fixture_expect_counts(trace, 4, 5, 0, 4);
	sp_trace_count(trace, &counts);
	check_u64(counts.resets, 2);
	sp_trace_close(trace);
	check_text(fixture_complaint(&f, SPEC "value=v,total=yes", "t,v\n1,-1\n"),
	           "c.csv:2: v: no running total is negative");
	check_text(fixture_complaint(&f, SPEC "value=v,total=yes", "t,v\n5,1\n4,1\n"),
	           "c.csv:3: t: before the row before it; sort the file by time");
	fixture_close(&f);
}

static void a_total_is_declared_once_and_of_a_rate(void **unused)
{
	(void)unused;
	static const struct {
		const char *spec, *part;
		bool declared;
	} cases[] = {
	    {SPEC "value=v,total=maybe", "total=maybe: write yes or no", false},
	    {"column:c.csv,kind=utilization,subject=east/h100,value=v,total=yes", "utilization is no rate", false},
	    {SPEC "value=v,total=yes", "leave total=yes out", true},
	};
	fixture f;
	fixture_open(&f);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		static const char text[] = "t,v\n1,1\n";
		sp_message message = {""};
		sp_trace *trace;
		f.setup.kinds[SP_KIND_demand].total = cases[i].declared;
		check_status(fixture_trace_bytes(&f, cases[i].spec, text, sizeof text - 1, false, &trace, &message),
		             SP_E_UNKNOWN);
		check_contains(message.text, cases[i].part);
	}
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_column_becomes_signals_dated_at_the_end_of_what_it_covers),
	    cmocka_unit_test(what_is_declared_missing_makes_no_record),
	    cmocka_unit_test(what_is_not_declared_is_a_value_or_an_error),
	    cmocka_unit_test(a_wrong_declaration_is_refused_before_any_row),
	    cmocka_unit_test(money_is_read_as_a_decimal),
	    cmocka_unit_test(every_form_of_a_time_is_read),
	    cmocka_unit_test(empty_cells_of_genai_cluster_are_missing_and_its_zeros_are_not),
	    cmocka_unit_test(empty_cells_and_zeros_of_servegen_are_missing),
	    cmocka_unit_test(the_sentinels_of_market_are_missing),
	    cmocka_unit_test(a_running_total_becomes_rates_and_its_resets_are_counted),
	    cmocka_unit_test(a_total_is_declared_once_and_of_a_rate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
