/* test_traces.c - several traces as one stream: order, alignment, end, and what is counted. */
#include "sim/trace/traces.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "tests/sim/trace/fixture.h"

#define HEADER "t,kind,subject,value\n"

/* Writes a file into the scratch directory and gives the spec that reads it. */
static const char *spec_of(const char *preset, const char *name, const char *options, const char *text)
{
	static char specs[8][1200];
	static unsigned turn;
	char path[1024];
	snprintf(path, sizeof path, "%s/%s", sp_check_scratch(), name);
	FILE *file = fopen(path, "wb");
	check_true(file != NULL);
	fputs(text, file);
	fclose(file);
	char *spec = specs[turn++ % 8];
	snprintf(spec, sizeof specs[0], "%s:%s%s", preset, path, options);
	return spec;
}

static sp_traces *open_traces(const fixture *f, const char *const *specs, uint32_t n, const char *until)
{
	sp_traces_options options = {.skip_bad = false};
	sp_traces *traces = NULL;
	sp_message message = {""};
	check_status(sp_until_parse(until, &options.until, &message), SP_OK);
	sp_status status = sp_traces_open(specs, n, &f->setup, &options, &traces, &message);
	check_text(message.text, "");
	check_status(status, SP_OK);
	return traces;
}

/* The values in the order they come, as "1 2 3 ". */
static const char *values(sp_traces *traces)
{
	static char text[4096];
	sp_trace_record record;
	sp_message message = {""};
	sp_status status;
	size_t used = 0;
	text[0] = '\0';
	while ((status = sp_traces_next(traces, &record, &message)) == SP_OK)
		used += (size_t)sprintf(text + used, "%g ", sp_kind_real(record.kind, record.value));
	check_status(status, SP_E_END);
	check_text(message.text, "");
	check_status(sp_traces_next(traces, &record, &message), SP_E_END);
	sp_traces_close(traces);
	return text;
}

static void r12_records_come_by_time_then_by_spec_then_by_row(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	const char *specs[2] = {
	    spec_of("signals", "a.csv", "",
	            HEADER "2026-11-24T00:00:01Z,queue,east/h100,1\n2026-11-24T00:00:01Z,queue,east/h100,2\n"
	                   "2026-11-24T00:00:03Z,queue,east/h100,5\n"),
	    spec_of("signals", "b.csv", "",
	            HEADER "2026-11-24T00:00:01Z,queue,east/h100,3\n2026-11-24T00:00:02Z,queue,east/h100,4\n"
	                   "2026-11-24T00:00:03Z,queue,east/h100,6\n"),
	};
	check_text(values(open_traces(&f, specs, 2, "longest")), "1 2 3 4 5 6 ");
	check_text(values(open_traces(&f, specs, 2, "shortest")), "1 2 3 4 5 6 ");
	const char *swapped[2] = {specs[1], specs[0]};
	check_text(values(open_traces(&f, swapped, 2, "shortest")), "3 1 2 4 6 5 ");
	check_text(values(open_traces(&f, specs, 1, "shortest")), "1 2 5 ");
	fixture_close(&f);
}

static void until_says_where_the_stream_ends(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	const char *specs[2] = {
	    spec_of("signals", "a.csv", "",
	            HEADER "2026-11-24T00:00:01Z,queue,east/h100,1\n2026-11-24T00:00:03Z,queue,east/h100,3\n"),
	    spec_of("signals", "b.csv", "",
	            HEADER "2026-11-24T00:00:02Z,queue,east/h100,2\n2026-11-24T00:00:03Z,queue,east/h100,4\n"
	                   "2026-11-24T00:00:04Z,queue,east/h100,5\n"),
	};
	check_text(values(open_traces(&f, specs, 2, "shortest")), "1 2 3 4 ");
	check_text(values(open_traces(&f, specs, 2, "longest")), "1 2 3 4 5 ");
	check_text(values(open_traces(&f, specs, 2, "2026-11-24T00:00:03Z")), "1 2 ");
	check_text(values(open_traces(&f, specs, 2, "2026-11-24T00:00:03.000000001Z")), "1 2 3 4 ");
	check_text(values(open_traces(&f, specs, 2, "2026-11-24T00:00:01Z")), "");
	sp_until until;
	sp_message message;
	check_status(sp_until_parse("noon", &until, &message), SP_E_SYNTAX);
	check_text(message.text, "until 'noon': expected shortest, longest or a time such as 2026-11-24T00:00:00Z");
	fixture_close(&f);
}

static void align_start_shifts_whole_periods_to_the_first_specs_first_period(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	const char *specs[3] = {
	    spec_of("azure-llm", "c.csv", "",
	            "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6,60,0\n2023-11-16 18:17:46.6,60,0\n"),
	    spec_of("gpu-spot", "p.csv", ",align=start",
	            "ts_utc,median\n2025-10-19T21:01:58.727366+00:00,1.99\n2025-10-19T21:03:02+00:00,2.5\n"),
	    spec_of("signals", "s.csv", ",align=start", HEADER "2020-01-01T00:00:00Z,queue,east/h100,7\n"),
	};
	sp_traces *traces = open_traces(&f, specs, 3, "longest");
	sp_trace_record record;
	char text[SP_TIME_TEXT_MAX];
	static const char *const times[] = {"2023-11-16T18:15:00Z",
	                                    "2023-11-16T18:15:58.727366Z",
	                                    "2023-11-16T18:15:59.999999999Z",
	                                    "2023-11-16T18:15:59.999999999Z",
	                                    "2023-11-16T18:16:59.999999999Z",
	                                    "2023-11-16T18:16:59.999999999Z",
	                                    "2023-11-16T18:17:02Z"};
	check_text(sp_time_format(sp_traces_first(traces), text), times[0]);
	for (size_t i = 0; i < 7; i++) {
		check_status(sp_traces_next(traces, &record, NULL), SP_OK);
		check_text(sp_time_format(record.t_ns, text), times[i]);
	}
	check_u64(sp_traces_n(traces), 3);
	check_i64(sp_traces_shift(traces, 0), 0);
	check_i64(sp_traces_shift(traces, 1) % f.setup.period_ns, 0);
	check_i64(sp_traces_shift(traces, 1), -INT64_C(703) * SP_DAY - 2 * SP_HOUR - 46 * SP_MIN);
	check_u64(sp_traces_given(traces, 1), 2);
	check_text(sp_trace_preset_name(sp_traces_trace(traces, 1)), "gpu-spot");
	check_text(sp_trace_spec_text(sp_traces_trace(traces, 0)), specs[0]);
	sp_traces_close(traces);
	fixture_close(&f);
}

static void progress_rises_from_zero_to_one(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	char text[200000] = HEADER;
	size_t used = strlen(text);
	for (int i = 0; i < 3000; i++)
		used += (size_t)sprintf(text + used, "2026-11-24T%02d:%02d:%02dZ,queue,east/h100,1\n", i / 3600, i / 60 % 60,
		                        i % 60);
	const char *specs[2] = {
	    spec_of("signals", "a.csv", "", text),
	    spec_of("signals", "b.csv", "", HEADER "2026-11-24,queue,east/h100,1\n2026-11-25,queue,east/h100,1\n")};
	static const char *const untils[] = {"shortest", "longest", "2026-11-24T00:50:00Z"};
	for (size_t u = 0; u < 3; u++) {
		sp_traces *traces = open_traces(&f, specs, u == 1 ? 2 : 1, untils[u]);
		double last = sp_traces_progress(traces);
		sp_trace_record record;
		check_true(last >= 0 && last < 0.1);
		while (sp_traces_next(traces, &record, NULL) == SP_OK) {
			double share = sp_traces_progress(traces);
			check_true(share >= last && share <= 1);
			last = share;
		}
		check_near(sp_traces_progress(traces), 1, 0);
		sp_traces_close(traces);
	}
	fixture_close(&f);
}

static void what_cannot_be_merged_is_refused(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	sp_traces *traces = NULL;
	sp_message message;
	const char *twice[2] = {"usage:-", "signals:-,kind=slo"};
	check_status(sp_traces_open(twice, 2, &f.setup, NULL, &traces, &message), SP_E_SYNTAX);
	check_text(message.text, "standard input (-) is given 2 times; it can be read once");
	const char *many[SP_TRACES_MAX + 1] = {NULL};
	check_status(sp_traces_open(many, SP_TRACES_MAX + 1, &f.setup, NULL, &traces, &message), SP_E_RANGE);
	check_text(message.text, "65 traces given; between 1 and 64 can be read together");
	const char *empty[1] = {spec_of("signals", "e.csv", ",kind=slo", HEADER "2026-11-24,queue,east/h100,1\n")};
	check_status(sp_traces_open(empty, 1, &f.setup, NULL, &traces, &message), SP_E_SYNTAX);
	check_contains(message.text, "e.csv: gives no record: 1 rows, 1 of them filtered and 0 bad; look at the filters");
	const char *bad[1] = {spec_of("signals", "e.csv", "", HEADER "2026-11-24,queue,east/h100,x\n")};
	check_status(sp_traces_open(bad, 1, &f.setup, NULL, &traces, &message), SP_E_SYNTAX);
	check_contains(message.text, "e.csv:2: value: 'x' is no number");
	const char *early[2] = {
	    spec_of("signals", "a.csv", "", HEADER "1970-01-01,queue,east/h100,1\n"),
	    spec_of("signals", "b.csv", ",align=start",
	            HEADER "2026-11-24T00:00:00Z,queue,east/h100,1\n2199-11-24T00:00:00Z,queue,east/h100,1\n")};
	check_status(sp_traces_open(early, 2, &f.setup, NULL, &traces, &message), SP_OK);
	sp_traces_close(traces);
	const char *late[2] = {early[1], early[0]};
	traces = NULL;
	check_status(sp_traces_open(late, 2, &f.setup, NULL, &traces, &message), SP_OK);
	sp_traces_close(traces);
	fixture_close(&f);
}

static void a_shift_out_of_the_permitted_years_is_refused(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	sp_traces *traces = NULL;
	sp_trace_record record;
	sp_message message;
	const char *specs[2] = {spec_of("signals", "a.csv", "", HEADER "2199-12-31,queue,east/h100,1\n"),
	                        spec_of("signals", "b.csv", ",align=start",
	                                HEADER "1970-01-01,queue,east/h100,2\n1970-01-03,queue,east/h100,3\n")};
	sp_traces_options options = {.until.kind = SP_UNTIL_LONGEST};
	check_status(sp_traces_open(specs, 2, &f.setup, &options, &traces, &message), SP_OK);
	check_status(sp_traces_next(traces, &record, &message), SP_OK);
	check_status(sp_traces_next(traces, &record, &message), SP_OK);
	check_status(sp_traces_next(traces, &record, &message), SP_E_RANGE);
	check_contains(message.text, "b.csv: align=start shifts it out of the years 1970 to 2200");
	sp_traces_close(traces);
	fixture_close(&f);
}

static void a_bad_row_ends_the_stream_or_is_counted(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	const char *specs[1] = {
	    spec_of("signals", "a.csv", "",
	            HEADER "2026-11-24,queue,east/h100,1\n2026-11-24,queue,east/h100,x\n2026-11-25,queue,east/h100,3\n")};
	sp_traces *traces = open_traces(&f, specs, 1, "shortest");
	sp_trace_record record;
	sp_message message;
	check_status(sp_traces_next(traces, &record, &message), SP_OK);
	check_status(sp_traces_next(traces, &record, &message), SP_E_SYNTAX);
	check_contains(message.text, "a.csv:3: value: 'x' is no number");
	sp_traces_close(traces);
	sp_traces_options options = {.skip_bad = true};
	check_status(sp_traces_open(specs, 1, &f.setup, &options, &traces, &message), SP_OK);
	check_text(values(traces), "1 3 ");
	fixture_close(&f);
}

/* The slow twin: all records of all files, sorted stably by (time, spec), cut by the rule's own words. */
static void random_traces_merge_like_the_twin(void **unused)
{
	(void)unused;
	sp_rng rng;
	sp_check_seed("random_traces_merge_like_the_twin", &rng);
	fixture f;
	fixture_open(&f);
	for (int world = 0; world < 100; world++) {
		int times[4][10], n[4], last = 1 << 20;
		const char *specs[4];
		for (int k = 0; k < 4; k++) {
			char text[1000] = HEADER, name[24];
			int t = (int)sp_rng_below(&rng, 5);
			n[k] = 1 + (int)sp_rng_below(&rng, 9);
			for (int i = 0; i < n[k]; i++) {
				times[k][i] = t;
				sprintf(text + strlen(text), "2026-11-24T00:00:%02dZ,queue,east/h100,%d\n", t, k * 10 + i);
				t += (int)sp_rng_below(&rng, 4);
			}
			last = times[k][n[k] - 1] < last ? times[k][n[k] - 1] : last;
			snprintf(name, sizeof name, "w%d.csv", k);
			specs[k] = spec_of("signals", name, "", text);
		}
		char expected[4096] = "";
		for (int t = 0; t <= last; t++)
			for (int k = 0; k < 4; k++)
				for (int i = 0; i < n[k]; i++)
					if (times[k][i] == t)
						sprintf(expected + strlen(expected), "%d ", k * 10 + i);
		check_text(values(open_traces(&f, specs, 4, "shortest")), expected);
	}
	fixture_close(&f);
}

/* As issue 3 names them: 120 demands of the requests' hour, and the market price that lies in it. */
static void the_real_traces_merge_aligned(void **unused)
{
	(void)unused;
	char specs[2][2048];
	const char *conv = sp_check_data("azure_llm_2023/AzureLLMInferenceTrace_conv.csv");
	if (conv == NULL)
		skip();
	snprintf(specs[0], sizeof specs[0], "azure-llm:%s", conv);
	const char *spot = sp_check_data("gpu_spot/prices_30min.csv");
	if (spot == NULL)
		skip();
	snprintf(specs[1], sizeof specs[1], "gpu-spot:%s,gpu=H100_80GB,socket=SXM5,align=start", spot);
	fixture f;
	fixture_open(&f);
	const char *both[2] = {specs[0], specs[1]};
	sp_traces *traces = open_traces(&f, both, 2, "shortest");
	sp_trace_record record;
	int64_t last = 0;
	while (sp_traces_next(traces, &record, NULL) == SP_OK) {
		check_true(record.t_ns >= last);
		last = record.t_ns;
	}
	sp_trace_counts counts;
	sp_trace_count(sp_traces_trace(traces, 0), &counts);
	check_u64(counts.rows, 19366);
	check_u64(counts.used, 19366);
	check_u64(sp_traces_given(traces, 0), 120);
	check_true(sp_traces_given(traces, 1) >= 2);
	sp_trace_count(sp_traces_trace(traces, 1), &counts);
	check_u64(counts.rows, counts.used + counts.filtered);
	check_u64(counts.records, sp_traces_given(traces, 1) + 1); /* one read ahead, beyond the end */
	sp_traces_close(traces);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r12_records_come_by_time_then_by_spec_then_by_row),
	    cmocka_unit_test(until_says_where_the_stream_ends),
	    cmocka_unit_test(align_start_shifts_whole_periods_to_the_first_specs_first_period),
	    cmocka_unit_test(progress_rises_from_zero_to_one),
	    cmocka_unit_test(what_cannot_be_merged_is_refused),
	    cmocka_unit_test(a_shift_out_of_the_permitted_years_is_refused),
	    cmocka_unit_test(a_bad_row_ends_the_stream_or_is_counted),
	    cmocka_unit_test(random_traces_merge_like_the_twin),
	    cmocka_unit_test(the_real_traces_merge_aligned),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
