/* test_gpu_list.c - what lists say of GPUs becomes a lot's cost; and two real ones. */
#include <string.h>

#include "base/time.h"
#include "tests/sim/trace/fixture.h"

#define HEADER "date,cloud,gpu_type,gpus,instance,on_demand_usd_h,per_gpu_usd_h,spot_usd_h\n"
#define P4DE   "AWS,A100 (80 GB),8,p4de.24xlarge,"

static void a_list_is_a_price_until_it_changes(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	sp_trace *trace = fixture_trace(&f, "gpu-list:l.csv,instance=p4de.24xlarge",
	                                HEADER "2022-08-04," P4DE "40.97,5.12,\n"
	                                       "2022-08-04," P4DE "40.97,5.12,12\n" /* named twice: one price */
	                                       "2022-08-04,AWS,T4 (16 GB),1,g4dn.4xlarge,1.2,1.2,0.36\n"
	                                       "2023-01-01," P4DE ",,\n" /* nothing on offer */
	                                       "2023-02-01," P4DE "0,0,\n"
	                                       "2025-06-01," P4DE "27.4471,3.430888,\n",
	                                false);
	fixture_expect(trace, &f, "2022-08-04T00:00:00Z", "east/h100:spot", 5.12);
	fixture_expect(trace, &f, "2025-06-01T00:00:00Z", "east/h100:spot", 3.430888);
	fixture_expect_end(trace);
	fixture_expect_counts(trace, 2, 4, 0, 2);
	sp_trace_close(trace);
	fixture_close(&f);
}

static void per_divides_the_price_of_an_instance_once(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	sp_trace_record record;
	sp_trace *trace = fixture_trace(&f, "gpu-list:l.csv,value=on_demand_usd_h,per=gpus",
	                                HEADER "2022-08-04," P4DE "40.97,5.12,\n2022-08-05,X,Y,3,z,10,3.33,\n", false);
	check_status(sp_trace_next(trace, &record, NULL), SP_OK);
	check_i64(record.value.nano, 5121250000);
	check_u64(record.kind, SP_KIND_usd_per_gpu_h);
	check_text(record.source, "gpu-list");
	check_status(sp_trace_next(trace, &record, NULL), SP_OK);
	check_i64(record.value.nano, 3333333333);
	fixture_expect_end(trace);
	sp_trace_close(trace);
	fixture_close(&f);
}

static void every_bad_row_has_its_message(void **unused)
{
	(void)unused;
	static const struct {
		const char *spec, *rows, *message;
	} cases[] = {
	    {"gpu-list:l", "x," P4DE "1,1,", "l:2: date: 'x' is no time; expected one such as 2026-11-24T00:00:00Z"},
	    {"gpu-list:l", "2022-08-04," P4DE "1,-1,",
	     "l:2: per_gpu_usd_h: '-1' is no price; expected USD per GPU and hour such as 2.10"},
	    {"gpu-list:l", "2022-08-04," P4DE "1,1,\n2022-08-04,GCP,H,8,a,2,2,",
	     "l:3: date: a second price at this time for one lot; choose one series with COLUMN=VALUE, such as "
	     "cloud=AWS,instance=p5.48xlarge"},
	    {"gpu-list:l", "2022-08-04," P4DE "1,1,\n2022-08-03," P4DE "1,1,",
	     "l:3: date: before the row before it; sort the file by time"},
	    {"gpu-list:l,per=gpus", "2022-08-04,AWS,H,0,a,1,1,", "l:2: gpus: '0' is no count of GPUs; expected 1 to 1024"},
	};
	fixture f;
	fixture_open(&f);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[400];
		snprintf(text, sizeof text, HEADER "%s\n", cases[i].rows);
		check_text(fixture_complaint(&f, cases[i].spec, text), cases[i].message);
	}
	fixture_close(&f);
}

static void a_file_that_is_no_list_is_told(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	sp_trace *trace = NULL;
	sp_message message = {""};
	const char *no_time = "day,per_gpu_usd_h\n", *no_price = "date,usd\n";
	check_status(fixture_trace_bytes(&f, "gpu-list:l", no_time, strlen(no_time), false, &trace, &message), SP_E_SYNTAX);
	check_contains(message.text, "no column of times: ts_utc or date");
	check_status(fixture_trace_bytes(&f, "gpu-list:l", no_price, strlen(no_price), false, &trace, &message),
	             SP_E_UNKNOWN);
	check_contains(message.text, "value=per_gpu_usd_h is no column of the file");
	check_status(
	    fixture_trace_bytes(&f, "gpu-list:l,value=usd,per=n", no_price, strlen(no_price), false, &trace, &message),
	    SP_E_UNKNOWN);
	check_contains(message.text, "per=n is no column");
	fixture_close(&f);
}

/* The first and the last price of a real list; how many there are. */
static uint64_t real_list(const char *file, const char *options, int64_t ends[2])
{
	const char *path = sp_check_data(file);
	char spec[700];
	uint64_t n = 0;
	fixture f;
	sp_trace *trace;
	sp_trace_record record;
	sp_message message = {""};
	if (!path)
		skip();
	fixture_open(&f);
	snprintf(spec, sizeof spec, "gpu-list:%s%s", path, options);
	check_status(sp_trace_open(spec, &f.setup, NULL, &trace, &message), SP_OK);
	for (; sp_trace_next(trace, &record, &message) == SP_OK; n++)
		ends[n > 0] = record.value.nano;
	check_text(message.text, "");
	sp_trace_close(trace);
	fixture_close(&f);
	return n;
}

static void the_real_step_of_44_percent_is_read_to_the_nano_dollar(void **unused)
{
	(void)unused;
	int64_t ends[2];
	check_u64(real_list("gpu_list/p5_48xlarge_us_east_1.csv", "", ends), 487);
	check_i64(ends[0], 12290000000);
	check_i64(ends[1], 6880000000);
}

static void real_lists_of_one_cloud_and_gpu_are_read_whole(void **unused)
{
	(void)unused;
	int64_t ends[2];
	check_u64(real_list("gpu_list/list_price_changes.csv", ",cloud=Lambda,gpu_type=H100 (80 GB),gpus=1", ends), 2);
	check_i64(ends[0], 2400000000);
	check_i64(ends[1], 1990000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_list_is_a_price_until_it_changes),
	    cmocka_unit_test(per_divides_the_price_of_an_instance_once),
	    cmocka_unit_test(every_bad_row_has_its_message),
	    cmocka_unit_test(a_file_that_is_no_list_is_told),
	    cmocka_unit_test(the_real_step_of_44_percent_is_read_to_the_nano_dollar),
	    cmocka_unit_test(real_lists_of_one_cloud_and_gpu_are_read_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
