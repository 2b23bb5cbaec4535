/* test_litellm.c - what a LiteLLM proxy logged becomes demand of SKUs and revenue of families. */
#include "tests/sim/trace/fixture.h"

#define HEADER                   "request_id,startTime,model,prompt_tokens,completion_tokens,spend,metadata\n"
#define FAMILY                   "chat/east"
#define ROW(time, tokens, spend) "r,2026-11-24 " time "," FAMILY "," tokens "," spend ",\"{\"\"a\"\": 1}\"\n"

static void r12_requests_are_summed_by_hour_and_missing_hours_are_zero(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	sp_trace *trace = fixture_trace(&f, "litellm-spendlogs:s.csv",
	                                HEADER ROW("00:00:00.123", "3600,7200", "1.2000000000000002e-05")
	                                    ROW("00:59:59.999", "3600,0", "0.0000000004") ROW("02:30:00", "0,3600", "0.5"),
	                                false);
	sp_trace_record record;
	fixture_expect(trace, &f, "2026-11-24T00:59:59.999999999Z", "chat/east/input", 2);
	fixture_expect(trace, &f, "2026-11-24T00:59:59.999999999Z", "chat/east/output", 2);
	check_status(sp_trace_next(trace, &record, NULL), SP_OK);
	check_u64(record.kind, SP_KIND_revenue);
	check_u64(record.subject, fixture_subject(&f, FAMILY));
	check_i64(record.value.nano, 12000); /* rounded once, after the sum */
	fixture_expect(trace, &f, "2026-11-24T01:59:59.999999999Z", "chat/east/input", 0);
	fixture_expect(trace, &f, "2026-11-24T01:59:59.999999999Z", "chat/east/output", 0);
	fixture_expect(trace, &f, "2026-11-24T01:59:59.999999999Z", FAMILY, 0);
	fixture_expect(trace, &f, "2026-11-24T02:59:59.999999999Z", "chat/east/input", 0);
	fixture_expect(trace, &f, "2026-11-24T02:59:59.999999999Z", "chat/east/output", 1);
	fixture_expect(trace, &f, "2026-11-24T02:59:59.999999999Z", FAMILY, 0.5);
	fixture_expect_end(trace);
	fixture_expect_counts(trace, 3, 0, 0, 9);
	sp_trace_close(trace);
	fixture_close(&f);
}

static void a_subject_takes_the_rows_of_a_model_of_another_name(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	sp_trace *trace = fixture_trace(&f, "litellm-spendlogs:s.csv,model=gpt-x,subject=" FAMILY,
	                                HEADER "r,2026-11-24,gpt-x,7200,0,1,\nr,2026-11-24,other,7200,0,1,\n", false);
	fixture_expect(trace, &f, "2026-11-24T00:59:59.999999999Z", "chat/east/input", 2);
	fixture_expect(trace, &f, "2026-11-24T00:59:59.999999999Z", "chat/east/output", 0);
	fixture_expect(trace, &f, "2026-11-24T00:59:59.999999999Z", FAMILY, 1);
	fixture_expect_end(trace);
	fixture_expect_counts(trace, 1, 1, 0, 3);
	sp_trace_close(trace);
	fixture_close(&f);
}

static void check_unmatched(const sp_trace *trace, uint64_t rows, const char *usd, const char *name)
{
	sp_trace_counts counts;
	char text[SP_EXACT_TEXT_MAX];
	sp_trace_count(trace, &counts);
	check_u64(counts.unmatched, rows);
	check_text(sp_exact_format(counts.unmatched_usd, text), usd);
	check_text(counts.unmatched_name, name);
}

/* A row that is wrong elsewhere, too, has no dollars that one could rely on. */
static void the_dollars_of_no_family_are_kept_to_the_last_digit(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	sp_trace *trace = fixture_trace(&f, "litellm-spendlogs:s.csv",
	                                "startTime,model,prompt_tokens,completion_tokens,spend\n"
	                                "2026-11-24,gpt-a,1,0,0.000000000000000001\n"
	                                "2026-11-24," FAMILY ",3600,0,1\n"
	                                "2026-11-24,gpt-b,1,0,12.5\n"
	                                "2026-11-24,gpt-b,1,0,-3\n"
	                                "never,gpt-b,1,0,7\n",
	                                true);
	fixture_expect(trace, &f, "2026-11-24T00:59:59.999999999Z", "chat/east/input", 1);
	fixture_expect(trace, &f, "2026-11-24T00:59:59.999999999Z", "chat/east/output", 0);
	fixture_expect(trace, &f, "2026-11-24T00:59:59.999999999Z", FAMILY, 1);
	fixture_expect_end(trace);
	fixture_expect_counts(trace, 1, 0, 4, 3);
	check_unmatched(trace, 2, "12.500000000000000001", "gpt-a");
	sp_trace_close(trace);
	fixture_close(&f);
}

static void a_model_is_found_by_its_group_and_without_its_provider(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	sp_trace *trace = fixture_trace(&f, "litellm-spendlogs:s.csv",
	                                "startTime,model,model_group,prompt_tokens,completion_tokens,spend\n"
	                                "2026-11-24,gpt-x," FAMILY ",3600,0,1\n"
	                                "2026-11-24,hosted_vllm/" FAMILY ",,3600,0,1\n"
	                                "2026-11-24,azure/eu/" FAMILY ",other,3600,0,1\n"
	                                "2026-11-24,azure/east,other,3600,0,1\n",
	                                true);
	fixture_expect(trace, &f, "2026-11-24T00:59:59.999999999Z", "chat/east/input", 3);
	fixture_expect(trace, &f, "2026-11-24T00:59:59.999999999Z", "chat/east/output", 0);
	fixture_expect(trace, &f, "2026-11-24T00:59:59.999999999Z", FAMILY, 3);
	fixture_expect_end(trace);
	fixture_expect_counts(trace, 3, 0, 1, 3); /* what has no family is counted, and taken into none */
	check_unmatched(trace, 1, "1", "azure/east");
	sp_trace_close(trace);
	fixture_close(&f);
}

static void cached_tokens_have_a_meter_of_their_own_where_there_is_one(void **unused)
{
	(void)unused;
	static const char *const text =
	    "startTime,model,prompt_tokens,completion_tokens,spend,cache_read_input_tokens,cache_creation_input_tokens\n"
	    "2026-11-24," FAMILY ",10800,0,1,3600,1800\n2026-11-24," FAMILY ",3600,0,1,,\n"
	    "2026-11-24," FAMILY ",0,0,1,3600,\n"; /* counted beside the prompt: taken, and the prompt is not below 0 */
	fixture f;
	fixture_open(&f);
	sp_trace *trace = fixture_trace(&f, "litellm-spendlogs:s.csv", text, false);
	fixture_expect(trace, &f, "2026-11-24T00:59:59.999999999Z", "chat/east/input", 4); /* it has no such SKU */
	sp_trace_close(trace);
	fixture_add_sku(&f, "chat/east/cached", "cached");
	trace = fixture_trace(&f, "litellm-spendlogs:s.csv", text, false);
	fixture_expect(trace, &f, "2026-11-24T00:59:59.999999999Z", "chat/east/input", 3);
	fixture_expect(trace, &f, "2026-11-24T00:59:59.999999999Z", "chat/east/output", 0);
	fixture_expect(trace, &f, "2026-11-24T00:59:59.999999999Z", "chat/east/cached", 2);
	sp_trace_close(trace);
	fixture_add_sku(&f, "chat/east/cache_write", "cache_write");
	trace = fixture_trace(&f, "litellm-spendlogs:s.csv", text, false);
	fixture_expect(trace, &f, "2026-11-24T00:59:59.999999999Z", "chat/east/input", 2.5);
	fixture_expect(trace, &f, "2026-11-24T00:59:59.999999999Z", "chat/east/output", 0);
	fixture_expect(trace, &f, "2026-11-24T00:59:59.999999999Z", "chat/east/cached", 2);
	fixture_expect(trace, &f, "2026-11-24T00:59:59.999999999Z", "chat/east/cache_write", 0.5);
	fixture_expect(trace, &f, "2026-11-24T00:59:59.999999999Z", FAMILY, 3);
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
	    {"r,now," FAMILY ",1,1,1,", "s:2: startTime: 'now' is no time; expected one such as 2026-11-24T00:00:00Z"},
	    {"r,2026-11-24,gpt-x,1,1,1,",
	     "s:2: model: no family 'gpt-x' in the configuration; choose rows with model=NAME and name theirs with "
	     "subject=FAMILY"},
	    {"r,2026-11-24," FAMILY ",-1,1,1,", "s:2: prompt_tokens: '-1' is no count of tokens"},
	    {"r,2026-11-24," FAMILY ",1,1e30,1,", "s:2: completion_tokens: '1e30' is no count of tokens"},
	    {"r,2026-11-24," FAMILY ",1,1,-1,", "s:2: spend: '-1' is no amount; expected USD such as 0.0125"},
	    {"r,2026-11-24," FAMILY ",1,1,nan,", "s:2: spend: 'nan' is no amount; expected USD such as 0.0125"},
	    {"r,2026-11-24," FAMILY ",1,1,2e9,", "s:2: spend: the hour's sum is beyond 1000000000 USD"},
	    {"r,2026-11-24," FAMILY ",1,1,6e8,\nr,2026-11-24," FAMILY ",1,1,6e8,",
	     "s:3: spend: the hour's sum is beyond 1000000000 USD"},
	    {"r,2026-11-24T02:00:00Z," FAMILY ",1,1,1,\nr,2026-11-24T01:00:00Z," FAMILY ",1,1,1,",
	     "s:3: startTime: before the running stretch of 1 h that began 2026-11-24T02:00:00Z; sort the file by time"},
	};
	fixture f;
	fixture_open(&f);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[400];
		snprintf(text, sizeof text, HEADER "%s\n", cases[i].rows);
		check_text(fixture_complaint(&f, "litellm-spendlogs:s", text), cases[i].message);
	}
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r12_requests_are_summed_by_hour_and_missing_hours_are_zero),
	    cmocka_unit_test(a_subject_takes_the_rows_of_a_model_of_another_name),
	    cmocka_unit_test(the_dollars_of_no_family_are_kept_to_the_last_digit),
	    cmocka_unit_test(a_model_is_found_by_its_group_and_without_its_provider),
	    cmocka_unit_test(cached_tokens_have_a_meter_of_their_own_where_there_is_one),
	    cmocka_unit_test(every_bad_row_has_its_message),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
