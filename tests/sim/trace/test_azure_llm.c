/* test_azure_llm.c - requests become demand per period, on text and on the real file. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "sim/trace/traces.h"
#include "tests/sim/trace/fixture.h"

#define HEADER "TIMESTAMP,ContextTokens,GeneratedTokens\r\n"

/* The trace begins 13.32 s before its first period ends: the sum is a rate over that part. */
static void r12_requests_are_summed_per_period_and_dated_at_its_last_nanosecond(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	sp_trace *trace = fixture_trace(&f, "azure-llm:conv.csv",
	                                HEADER "2023-11-16 18:15:46.6805900,374,44\r\n"
	                                       "2023-11-16 18:15:59.9999999,226,16\r\n"
	                                       "2023-11-16 18:16:00.0000000,60,6",
	                                false);
	fixture_expect(trace, &f, "2023-11-16T18:15:59.999999999Z", "chat/east/input", 600.0 / 13.31941);
	fixture_expect(trace, &f, "2023-11-16T18:15:59.999999999Z", "chat/east/output", 60.0 / 13.31941);
	fixture_expect(trace, &f, "2023-11-16T18:16:59.999999999Z", "chat/east/input", 1);
	fixture_expect(trace, &f, "2023-11-16T18:16:59.999999999Z", "chat/east/output", 0.1);
	fixture_expect_end(trace);
	fixture_expect_counts(trace, 3, 0, 0, 4);
	sp_trace_close(trace);
	fixture_close(&f);
}

static void r12_a_period_without_rows_inside_the_trace_is_zero(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	sp_trace *trace =
	    fixture_trace(&f, "azure-llm:conv.csv", HEADER "2023-11-16 18:00:01,60,0\n2023-11-16 18:03:00,0,60\n", false);
	static const double input[] = {60.0 / 59, 0, 0, 0}, output[] = {0, 0, 0, 1};
	for (int i = 0; i < 4; i++) {
		char time[64];
		snprintf(time, sizeof time, "2023-11-16T18:%02d:59.999999999Z", i);
		fixture_expect(trace, &f, time, "chat/east/input", input[i]);
		fixture_expect(trace, &f, time, "chat/east/output", output[i]);
	}
	fixture_expect_end(trace);
	sp_trace_close(trace);
	fixture_close(&f);
}

static void rows_may_be_out_of_order_within_the_running_period_only(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	const char *text = HEADER "2023-11-16 18:00:50,30,0\n2023-11-16 18:00:10,30,0\n"
	                          "2023-11-16 18:01:50,60,0\n2023-11-16 18:00:59,1,1\n2023-11-16 18:01:00,60,0\n";
	check_text(
	    fixture_complaint(&f, "azure-llm:conv.csv", text),
	    "conv.csv:5: TIMESTAMP: before the running stretch of 1 min that began 2023-11-16T18:01:00Z; sort the file by "
	    "time");
	sp_trace *trace = fixture_trace(&f, "azure-llm:conv.csv", text, true);
	fixture_expect(trace, &f, "2023-11-16T18:00:59.999999999Z", "chat/east/input", 60.0 / 50);
	fixture_expect(trace, &f, "2023-11-16T18:00:59.999999999Z", "chat/east/output", 0);
	fixture_expect(trace, &f, "2023-11-16T18:01:59.999999999Z", "chat/east/input", 120 / 50.000000001);
	fixture_expect(trace, &f, "2023-11-16T18:01:59.999999999Z", "chat/east/output", 0);
	fixture_expect_end(trace);
	fixture_expect_counts(trace, 4, 0, 1, 4);
	sp_trace_close(trace);
	fixture_close(&f);
}

static void r21_a_family_takes_the_columns_of_the_meters_it_bills(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	fixture_add_family(&f, "embed/east");
	fixture_add_sku(&f, "embed/east/image", "image");
	fixture_add_sku(&f, "embed/east/output", "output");
	fixture_add_family(&f, "video/east");
	fixture_add_sku(&f, "video/east/seconds", "gpu_second");
	const char *text = HEADER "2023-11-16 18:00:50,30,6\n";
	sp_trace *trace = fixture_trace(&f, "azure-llm:conv.csv,subject=embed/east", text, false);
	fixture_expect(trace, &f, "2023-11-16T18:00:59.999999999Z", "embed/east/output", 0.1);
	fixture_expect_end(trace);
	sp_trace_close(trace);
	check_text(fixture_complaint(&f, "azure-llm:conv.csv", text),
	           "trace 'azure-llm:conv.csv': 2 could take it; choose with subject=NAME: chat/east, embed/east");
	check_text(
	    fixture_complaint(&f, "azure-llm:c,subject=video/east", text),
	    "trace 'azure-llm:c,subject=video/east': subject=video/east is not a family with an SKU of meter input or "
	    "output; there are: chat/east, embed/east");
	check_text(
	    fixture_complaint(&f, "azure-llm:c,subject=chat/eats", text),
	    "trace 'azure-llm:c,subject=chat/eats': no subject 'chat/eats' in the configuration (did you mean "
	    "'chat/east'?); a family with an SKU of meter input or output is expected, there are: chat/east, embed/east");
	fixture_add_sku(&f, "video/east/input-1", "input");
	fixture_add_sku(&f, "video/east/input-2", "input");
	check_text(
	    fixture_complaint(&f, "azure-llm:c,subject=video/east", text),
	    "trace 'azure-llm:c,subject=video/east': 2 SKUs of family video/east have the meter input; a request's tokens "
	    "can go to one only");
	fixture_close(&f);
}

static void a_configuration_without_a_fitting_family_is_refused(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	f.skus[0].meter = f.skus[1].meter = "image";
	check_text(
	    fixture_complaint(&f, "azure-llm:c", HEADER),
	    "trace 'azure-llm:c': the configuration has not a family with an SKU of meter input or output to take it");
	fixture_close(&f);
}

static void every_bad_row_has_its_message(void **unused)
{
	(void)unused;
	static const struct {
		const char *row, *message;
	} cases[] = {
	    {"yesterday,1,1", "c:2: TIMESTAMP: 'yesterday' is no time; expected one such as 2026-11-24T00:00:00Z"},
	    {"2023-02-30,1,1",
	     "c:2: TIMESTAMP: '2023-02-30' is no time between 1970 and 2200; expected one such as 2026-11-24T00:00:00Z"},
	    {"2023-11-16 18:00:50,,1",
	     "c:2: ContextTokens: '' is no count of tokens; expected a whole number up to 1000000000"},
	    {"2023-11-16 18:00:50,-1,1",
	     "c:2: ContextTokens: '-1' is no count of tokens; expected a whole number up to 1000000000"},
	    {"2023-11-16 18:00:50,1,1.5",
	     "c:2: GeneratedTokens: '1.5' is no count of tokens; expected a whole number up to 1000000000"},
	    {"2023-11-16 18:00:50,1,nan",
	     "c:2: GeneratedTokens: 'nan' is no count of tokens; expected a whole number up to 1000000000"},
	    {"2023-11-16 18:00:50,1,1000000001",
	     "c:2: GeneratedTokens: '1000000001' is no count of tokens; expected a whole number up to 1000000000"},
	    {"2023-11-16 18:00:50,1", "c:2: row: has 2 columns, the header has 3"},
	    {"2023-11-16 18:00:50,1,1\n2025-11-16 18:00:50,1,1",
	     "c:3: TIMESTAMP: over a year after 2023-11-16T18:00:00Z, where the rows before it are; is the date right?"},
	};
	fixture f;
	fixture_open(&f);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[400];
		snprintf(text, sizeof text, HEADER "%s\n", cases[i].row);
		check_text(fixture_complaint(&f, "azure-llm:c", text), cases[i].message);
	}
	check_text(
	    fixture_complaint(&f, "azure-llm:c", "TIMESTAMP,ContextTokens,Generated\n"),
	    "c:1: GeneratedTokens: no such column, and azure-llm needs it; the header has: TIMESTAMP, ContextTokens, "
	    "Generated");
	fixture_close(&f);
}

static void a_period_of_absurd_sums_is_refused(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	f.setup.period_ns = SP_DAY;
	const size_t n_rows = 1000001;
	char *text = malloc(n_rows * 32 + 100);
	size_t n = (size_t)sprintf(text, HEADER);
	for (size_t i = 0; i < n_rows; i++)
		n += (size_t)sprintf(text + n, "2023-11-16,1000000000,0\n");
	check_text(fixture_complaint(&f, "azure-llm:c", text), "c:1000002: row: over 10^15 tokens in one period");
	free(text);
	fixture_close(&f);
}

/* Constants from the file by Python's csv and int, once: 19,366 rows; 22,361,870 context and 4,088,665 generated tokens; 60 minutes; the
 * second minute holds 220,337 and 61,283. */
static void the_real_trace_is_accounted_for_to_the_token(void **unused)
{
	(void)unused;
	const char *path = sp_check_data("azure_llm_2023/AzureLLMInferenceTrace_conv.csv");
	if (path == NULL)
		skip();
	fixture f;
	fixture_open(&f);
	char spec[2048];
	snprintf(spec, sizeof spec, "azure-llm:%s", path);
	sp_trace *trace = NULL;
	check_status(sp_trace_open(spec, &f.setup, NULL, &trace, NULL), SP_OK);
	sp_trace_record record;
	int64_t tokens[2] = {0, 0};
	for (int n = 0; sp_trace_next(trace, &record, NULL) == SP_OK; n++) {
		/* The first row comes 13.31941 s before its period ends, the last one 8.402527 s after its begins. */
		double covered_s = n / 2 == 0 ? 13.31941 : n / 2 == 59 ? 8.402527001 : 60;
		double sum = record.value.real * covered_s;
		check_near(sum, nearbyint(sum), 1e-6);
		check_u64(record.subject, fixture_subject(&f, n % 2 == 0 ? "chat/east/input" : "chat/east/output"));
		if (n / 2 == 1)
			check_i64(llround(sum), n % 2 == 0 ? 220337 : 61283);
		tokens[n % 2] += llround(sum);
	}
	check_i64(tokens[0], 22361870);
	check_i64(tokens[1], 4088665);
	fixture_expect_counts(trace, 19366, 0, 0, 120);
	sp_trace_counts counts;
	char text[SP_TIME_TEXT_MAX];
	sp_trace_count(trace, &counts);
	check_u64(counts.bytes, 719188);
	check_u64(counts.bytes_total, 719188);
	check_text(sp_time_format(counts.first_ns, text), "2023-11-16T18:15:59.999999999Z");
	check_text(sp_time_format(counts.last_ns, text), "2023-11-16T19:14:59.999999999Z");
	sp_trace_close(trace);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r12_requests_are_summed_per_period_and_dated_at_its_last_nanosecond),
	    cmocka_unit_test(r12_a_period_without_rows_inside_the_trace_is_zero),
	    cmocka_unit_test(rows_may_be_out_of_order_within_the_running_period_only),
	    cmocka_unit_test(r21_a_family_takes_the_columns_of_the_meters_it_bills),
	    cmocka_unit_test(a_configuration_without_a_fitting_family_is_refused),
	    cmocka_unit_test(every_bad_row_has_its_message),
	    cmocka_unit_test(a_period_of_absurd_sums_is_refused),
	    cmocka_unit_test(the_real_trace_is_accounted_for_to_the_token),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
