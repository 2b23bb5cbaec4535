/* test_gpu_spot.c - market prices become a lot's cost, exactly. */
#include <string.h>

#include "base/time.h"
#include "tests/sim/trace/fixture.h"

#define HEADER "ts_utc,gpu,socket,min,p25,median\n"

static void prices_are_read_as_decimals_to_the_lot_by_signal(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	sp_trace *trace = fixture_trace(&f, "gpu-spot:p.csv,gpu=H100_80GB,socket=SXM5",
	                                HEADER "2025-10-19T21:01:58.727366+00:00,A100_80GB,SXM4,0.89,1.74,1.75\n"
	                                       "2025-10-19T21:01:58.727366+00:00,H100_80GB,SXM5,0.9,1.7,1.99\n"
	                                       "2025-10-19T21:01:58.727366+00:00,B200_180GB,,1,2,5\n"
	                                       "2025-10-19T21:32:26.896201+00:00,H100_80GB,SXM5,0.9,1.7,0.0000000005\n"
	                                       "2025-10-19T22:02:26.896201+00:00,H100_80GB,SXM5,0.9,1.7,2.123456789\n",
	                                true);
	sp_trace_record record;
	check_status(sp_trace_next(trace, &record, NULL), SP_OK);
	check_i64(record.value.nano, 1990000000);
	check_u64(record.kind, SP_KIND_usd_per_gpu_h);
	check_u64(record.subject, fixture_subject(&f, "east/h100:spot"));
	check_text(record.source, "gpu-spot");
	check_status(sp_trace_next(trace, &record, NULL), SP_OK);
	check_i64(record.value.nano, 2123456789);
	fixture_expect_end(trace);
	fixture_expect_counts(trace, 2, 2, 1, 2); /* 0.0000000005 rounds to 0, which is no price */
	sp_trace_close(trace);
	fixture_close(&f);
}

static void value_chooses_the_column_and_an_empty_filter_an_empty_cell(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	const char *text =
	    HEADER "2025-10-19T21:01:58+00:00,B200_180GB,,1,2,5\n2025-10-19T21:01:58+00:00,B200_180GB,SXM5,2,3,6\n";
	sp_trace *trace = fixture_trace(&f, "gpu-spot:p.csv,socket=,value=p25", text, false);
	fixture_expect(trace, &f, "2025-10-19T21:01:58Z", "east/h100:spot", 2);
	fixture_expect_end(trace);
	fixture_expect_counts(trace, 1, 1, 0, 1);
	sp_trace_close(trace);
	fixture_close(&f);
}

static void every_bad_row_has_its_message(void **unused)
{
	(void)unused;
	static const struct {
		const char *rows, *message;
	} cases[] = {
	    {"x,H,S,1,1,1", "p:2: ts_utc: 'x' is no time; expected one such as 2026-11-24T00:00:00Z"},
	    {"2025-10-19,H,S,1,1,", "p:2: median: '' is no price; expected USD per GPU and hour such as 2.10"},
	    {"2025-10-19,H,S,1,1,-1", "p:2: median: '-1' is no price; expected USD per GPU and hour such as 2.10"},
	    {"2025-10-19,H,S,1,1,0", "p:2: median: '0' is no price; expected USD per GPU and hour such as 2.10"},
	    {"2025-10-19,H,S,1,1,NaN", "p:2: median: 'NaN' is no price; expected USD per GPU and hour such as 2.10"},
	    {"2025-10-19,H,S,1,1,1e30", "p:2: median: '1e30' is no price; expected USD per GPU and hour such as 2.10"},
	    {"2025-10-19,H,S,1,1,1\n2025-10-18,H,S,1,1,1", "p:3: ts_utc: before the row before it; sort the file by time"},
	    {"2025-10-19,H,S,1,1,1\n2025-10-19,A,S,1,1,1",
	     "p:3: ts_utc: a second price at this time for one lot; choose one series with COLUMN=VALUE, such as "
	     "gpu=H100_80GB,socket=SXM5"},
	};
	fixture f;
	fixture_open(&f);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[400];
		snprintf(text, sizeof text, HEADER "%s\n", cases[i].rows);
		check_text(fixture_complaint(&f, "gpu-spot:p", text), cases[i].message);
	}
	check_text(fixture_complaint(&f, "gpu-spot:p,value=p26", HEADER),
	           "trace 'gpu-spot:p,value=p26': value=p26 is no column of the file; usual are median, p25, min");
	check_text(
	    fixture_complaint(&f, "gpu-spot:p,gup=H100", HEADER),
	    "trace 'gpu-spot:p,gup=H100': 'gup' is no option of gpu-spot and no column of the file; its columns: ts_utc, "
	    "gpu, socket, min, p25, median");
	fixture_close(&f);
}

static void the_lot_is_the_only_one_by_signal_or_named(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	check_text(fixture_complaint(&f, "gpu-spot:p,subject=east/h100:base", HEADER),
	           "trace 'gpu-spot:p,subject=east/h100:base': subject=east/h100:base is not a lot with usd_per_gpu_h: "
	           "signal; there "
	           "are: east/h100:spot");
	check_text(
	    fixture_complaint(&f, "gpu-spot:p,subject=chat/east", HEADER),
	    "trace 'gpu-spot:p,subject=chat/east': subject=chat/east is not a lot with usd_per_gpu_h: signal; there are: "
	    "east/h100:spot");
	fixture_add_lot(&f, "burst", true);
	check_text(fixture_complaint(&f, "gpu-spot:p", HEADER),
	           "trace 'gpu-spot:p': 2 could take it; choose with subject=NAME: east/h100:spot, east/h100:burst");
	sp_trace *trace = fixture_trace(&f, "gpu-spot:p,subject=east/h100:burst", HEADER "2025-10-19,H,S,1,1,1.5\n", false);
	fixture_expect(trace, &f, "2025-10-19T00:00:00Z", "east/h100:burst", 1.5);
	sp_trace_close(trace);
	fixture_close(&f);
}

/* Constants from the file by Python's csv and Decimal, once: 957 rows of H100_80GB SXM5 among 6,494; medians of rows 0, 1, 100, 956; their
 * sum 2411.10. */
static void the_real_series_is_equal_at_several_rows_and_in_sum(void **unused)
{
	(void)unused;
	const char *path = sp_check_data("gpu_spot/prices_30min.csv");
	if (path == NULL)
		skip();
	fixture f;
	fixture_open(&f);
	char spec[2048], text[SP_TIME_TEXT_MAX];
	snprintf(spec, sizeof spec, "gpu-spot:%s,gpu=H100_80GB,socket=SXM5", path);
	sp_trace *trace = NULL;
	check_status(sp_trace_open(spec, &f.setup, NULL, &trace, NULL), SP_OK);
	sp_trace_record record;
	static const struct {
		int row;
		const char *time;
		int64_t nano;
	} known[] = {{0, "2025-10-19T21:01:58.727366Z", 1990000000},
	             {1, "2025-10-19T21:02:26.896201Z", 1990000000},
	             {100, "2025-10-27T01:00:51.895410Z", 2700000000},
	             {956, "2025-11-16T06:47:03.709906Z", 2690000000}};
	size_t next = 0;
	int64_t sum = 0;
	for (int row = 0; sp_trace_next(trace, &record, NULL) == SP_OK; row++) {
		sum += record.value.nano;
		if (next < 4 && row == known[next].row) {
			check_text(sp_time_format(record.t_ns, text), known[next].time);
			check_i64(record.value.nano, known[next++].nano);
		}
	}
	check_u64(next, 4);
	check_i64(sum, 2411100000000);
	fixture_expect_counts(trace, 957, 5537, 0, 957);
	sp_trace_close(trace);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(prices_are_read_as_decimals_to_the_lot_by_signal),
	    cmocka_unit_test(value_chooses_the_column_and_an_empty_filter_an_empty_cell),
	    cmocka_unit_test(every_bad_row_has_its_message),
	    cmocka_unit_test(the_lot_is_the_only_one_by_signal_or_named),
	    cmocka_unit_test(the_real_series_is_equal_at_several_rows_and_in_sum),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
