/* test_signals.c - our own records, line by line and as files. */
#include <string.h>

#include "base/time.h"
#include "sim/trace/signal_line.h"
#include "tests/sim/trace/fixture.h"

static sp_refusal parse(const fixture *f, const char *text, sp_signal_line *line, sp_message *message)
{
	message->text[0] = '\0';
	return sp_signal_line_parse(text, strlen(text), &f->setup, line, message);
}

static void a_line_gives_a_signal_or_a_tick(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	sp_signal_line line;
	sp_message message;
	check_i64(parse(&f,
	                "{\"t\":\"2026-11-24T00:00:00Z\",\"kind\":\"utilization\",\"subject\":\"east/h100\",\"value\":0.72,"
	                "\"source\":\"prom-1\"}",
	                &line, &message),
	          SP_REFUSED_none);
	check_true(!line.tick);
	check_i64(line.t_ns, INT64_C(1795478400) * SP_SEC);
	check_u64(line.kind, SP_KIND_utilization);
	check_u64(line.subject, fixture_subject(&f, "east/h100"));
	check_near(line.value.real, 0.72, 0);
	check_text(line.source, "prom-1");
	check_i64(parse(&f,
	                " {\"value\":\"0.00000032175\",\"subject\":\"east/"
	                "h100:spot\",\"kind\":\"usd_per_gpu_h\",\"t\":1795478400000000001} ",
	                &line, &message),
	          SP_REFUSED_none);
	check_i64(line.t_ns, INT64_C(1795478400000000001));
	check_i64(line.value.nano, 322); /* rounded half to even from 321.75 */
	check_text(line.source, "");
	check_i64(parse(&f, "{\"tick\":\"2026-11-24T00:01:00Z\"}", &line, &message), SP_REFUSED_none);
	check_true(line.tick);
	check_i64(line.t_ns, INT64_C(1795478460) * SP_SEC);
	check_i64(parse(&f, "{\"tick\":0}", &line, &message), SP_REFUSED_none);
	check_i64(line.t_ns, 0);
	check_i64(parse(&f, "{\"t\":0,\"kind\":\"utilization\",\"subject\":\"east/h100\",\"value\":-0.0}", &line, &message),
	          SP_REFUSED_none);
	check_ulp(line.value.real, 0.0, 0);
	fixture_close(&f);
}

static void every_refused_line_says_what_and_the_cure(void **unused)
{
	(void)unused;
#define SIGNAL(t, kind, subject, value) "{\"t\":" t ",\"kind\":" kind ",\"subject\":" subject ",\"value\":" value "}"
	static const struct {
		const char *text;
		sp_refusal refusal;
		const char *message;
	} cases[] = {
	    {"", SP_REFUSED_malformed, "row: is no JSON object: '[' or '{' expected near end of file (byte 0)"},
	    {"{\"t\":1", SP_REFUSED_malformed, "row: is no JSON object: '}' expected near end of file (byte 6)"},
	    {"{}x", SP_REFUSED_malformed, "row: is no JSON object: end of file expected near 'x' (byte 3)"},
	    {"[1]", SP_REFUSED_malformed, "row: is no JSON object"},
	    {"{}", SP_REFUSED_malformed, "t: is missing"},
	    {"{\"t\":1,\"t\":1}", SP_REFUSED_malformed, "row: a key is given twice (byte 10)"},
	    {"{\"t\":1e999}", SP_REFUSED_not_finite, "row: a number too large to be held (byte 10)"},
	    {"{\"t\":0,\"kind\":\"slo\",\"subject\":\"a\"}", SP_REFUSED_malformed, "value: is missing"},
	    {"{\"t\":0,\"knd\":\"slo\"}", SP_REFUSED_malformed,
	     "knd: no such key, did you mean 'kind'?; there are t, kind, subject, value, source"},
	    {"{\"\\u001b[2J\":0}", SP_REFUSED_malformed, "?[2J: no such key; there are t, kind, subject, value, source"},
	    {"{\"tick\":0,\"t\":0}", SP_REFUSED_malformed, "tick: stands alone in its line"},
	    {"{\"tick\":true}", SP_REFUSED_malformed,
	     "tick: expected a text such as \"2026-11-24T00:00:00Z\" or whole nanoseconds since 1970"},
	    {SIGNAL("1.5", "\"slo\"", "\"east/h100\"", "1"), SP_REFUSED_malformed,
	     "t: expected a text such as \"2026-11-24T00:00:00Z\" or whole nanoseconds since 1970"},
	    {SIGNAL("\"noon\"", "\"slo\"", "\"east/h100\"", "1"), SP_REFUSED_malformed,
	     "t: 'noon' is no time; expected one such as 2026-11-24T00:00:00Z"},
	    {SIGNAL("1795478400", "\"slo\"", "\"east/h100\"", "1"), SP_REFUSED_malformed,
	     "t: 1795478400 looks like seconds; write nanoseconds since 1970, or a text such as \"2026-11-24T00:00:00Z\""},
	    {SIGNAL("-1", "\"slo\"", "\"east/h100\"", "1"), SP_REFUSED_malformed, "t: -1 ns is not between 1970 and 2200"},
	    {SIGNAL("0", "1", "\"east/h100\"", "1"), SP_REFUSED_malformed, "kind: expected a text"},
	    {SIGNAL("0", "\"slo\"", "null", "1"), SP_REFUSED_malformed, "subject: expected a text"},
	    {SIGNAL("0", "\"utilisation\"", "\"east/h100\"", "1"), SP_REFUSED_unknown_kind,
	     "kind: there is no kind 'utilisation'; did you mean 'utilization'?"},
	    {SIGNAL("0", "\"x\"", "\"east/h100\"", "1"), SP_REFUSED_unknown_kind, "kind: there is no kind 'x'"},
	    {SIGNAL("0", "\"slo\"", "\"east/h10\"", "1"), SP_REFUSED_unknown_subject,
	     "subject: no 'east/h10' in the configuration; did you mean 'east/h100'?"},
	    {SIGNAL("0", "\"slo\"", "\"\"", "1"), SP_REFUSED_unknown_subject, "subject: no '' in the configuration"},
	    {SIGNAL("0", "\"slo\"", "\"chat/east\"", "1"), SP_REFUSED_wrong_subject,
	     "subject: slo is measured on a pool, and 'chat/east' is none"},
	    {SIGNAL("0", "\"demand\"", "\"east/h100\"", "1"), SP_REFUSED_wrong_subject,
	     "subject: demand is measured on a family or an SKU, and 'east/h100' is none"},
	    {SIGNAL("0", "\"slo\"", "\"east/h100\"", "\"1\""), SP_REFUSED_malformed,
	     "value: expected a number without quotes"},
	    {SIGNAL("0", "\"slo\"", "\"east/h100\"", "null"), SP_REFUSED_malformed, "value: expected a number"},
	    {SIGNAL("0", "\"usd_per_gpu_h\"", "\"east/h100:spot\"", "2.1"), SP_REFUSED_malformed,
	     "value: usd_per_gpu_h is money; write it as a quoted decimal such as \"2.10\""},
	    {SIGNAL("0", "\"usd_per_gpu_h\"", "\"east/h100:spot\"", "\"2,1\""), SP_REFUSED_malformed,
	     "value: '2,1' is no decimal; money is USD such as 2.10"},
	    {SIGNAL("0", "\"usd_per_gpu_h\"", "\"east/h100:spot\"", "\"1e30\""), SP_REFUSED_out_of_range,
	     "value: '1e30' is too large to be an amount of USD"},
	    {"{\"t\":0,\"kind\":\"slo\",\"subject\":\"east/h100\",\"value\":1,\"source\":\"a b\"}", SP_REFUSED_malformed,
	     "source: expected a name of 1-128 of A-Z a-z 0-9 . _ : / @ + -"},
	    {"{\"t\":0,\"kind\":\"slo\",\"subject\":\"east/h100\",\"value\":1,\"source\":7}", SP_REFUSED_malformed,
	     "source: expected a name of 1-128 of A-Z a-z 0-9 . _ : / @ + -"},
	};
#undef SIGNAL
	fixture f;
	fixture_open(&f);
	sp_signal_line line = {.t_ns = 7};
	sp_message message;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		sp_refusal refusal = parse(&f, cases[i].text, &line, &message);
		check_text(message.text, cases[i].message);
		check_text(sp_refusal_name(refusal), sp_refusal_name(cases[i].refusal));
		check_i64(sp_signal_line_parse(cases[i].text, strlen(cases[i].text), &f.setup, &line, NULL), cases[i].refusal);
	}
	check_i64(line.t_ns, 7); /* untouched */
	fixture_close(&f);
}

static void a_sender_s_line_knows_no_configuration(void **unused)
{
	(void)unused;
	static const char *const nows[] = {
	    "{\"kind\":\"slo\",\"subject\":\"any/where\",\"value\":1}",
	    "{\"t\":\"now\",\"kind\":\"slo\",\"subject\":\"any/where\",\"value\":1}",
	};
	sp_signal_line line;
	sp_message message;
	for (size_t i = 0; i < sizeof nows / sizeof nows[0]; i++) {
		check_i64(sp_signal_line_parse(nows[i], strlen(nows[i]), NULL, &line, &message), SP_REFUSED_none);
		check_i64(line.t_ns, SP_TIME_NEVER);
		check_text(line.name, "any/where");
		check_u64(line.subject, SP_NO_SLOT);
	}
	const char *dated = "{\"t\":5,\"kind\":\"cash\",\"subject\":\"p\",\"value\":\"-2.5\",\"source\":\"me\"}";
	check_i64(sp_signal_line_parse(dated, strlen(dated), NULL, &line, &message), SP_REFUSED_none);
	check_i64(line.t_ns, 5);
	check_i64(line.value.nano, -2500000000);
	check_text(line.source, "me");
	const char *nameless = "{\"kind\":\"slo\",\"subject\":\"a b\",\"value\":1}";
	check_i64(sp_signal_line_parse(nameless, strlen(nameless), NULL, &line, &message), SP_REFUSED_malformed);
	check_contains(message.text, "subject: expected a name");
	const char *later = "{\"t\":\"later\",\"kind\":\"slo\",\"subject\":\"p\",\"value\":1}";
	check_i64(sp_signal_line_parse(later, strlen(later), NULL, &line, &message), SP_REFUSED_malformed);
}

static void csv_columns_may_be_in_any_order_and_the_source_may_be_missing(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	sp_trace *trace = fixture_trace(&f, "signals:s.csv",
	                                "value,kind,subject,t,source\n0.5,utilization,east/h100,2026-11-24T00:00:00Z,prom\n"
	                                "2.10,usd_per_gpu_h,east/h100:spot,2026-11-24T00:00:00Z,\n"
	                                "3,demand,chat/east,1795478400000000000,x\n",
	                                false);
	sp_trace_record record;
	check_status(sp_trace_next(trace, &record, NULL), SP_OK);
	check_text(record.source, "prom");
	check_near(record.value.real, 0.5, 0);
	check_status(sp_trace_next(trace, &record, NULL), SP_OK);
	check_text(record.source, "signals");
	check_i64(record.value.nano, 2100000000);
	fixture_expect(trace, &f, "2026-11-24T00:00:00Z", "chat/east", 3);
	fixture_expect_end(trace);
	fixture_expect_counts(trace, 3, 0, 0, 3);
	sp_trace_close(trace);
	trace = fixture_trace(&f, "signals:s.csv,subject=east/h100",
	                      "t,kind,subject,value\n2026-11-24,slo,east/h100,1\n2026-11-24,demand,chat/east,1\n", false);
	fixture_expect(trace, &f, "2026-11-24T00:00:00Z", "east/h100", 1);
	fixture_expect_end(trace);
	fixture_expect_counts(trace, 1, 1, 0, 1);
	sp_trace_close(trace);
	fixture_close(&f);
}

static void json_lines_are_read_and_ticks_among_them_are_no_measurements(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	sp_trace *trace = fixture_trace(
	    &f, "signals:s.jsonl",
	    "\xEF\xBB\xBF\n{\"t\":\"2026-11-24T00:00:00Z\",\"kind\":\"slo\",\"subject\":\"east/h100\",\"value\":1}\r\n\r\n"
	    "{\"tick\":\"2026-11-24T00:01:00Z\"}\n"
	    "nonsense\n"
	    "{\"t\":\"2026-11-24T00:01:00Z\",\"kind\":\"slo\",\"subject\":\"east/h100\",\"value\":0,\"source\":\"p\"}",
	    true);
	fixture_expect(trace, &f, "2026-11-24T00:00:00Z", "east/h100", 1);
	fixture_expect(trace, &f, "2026-11-24T00:01:00Z", "east/h100", 0);
	fixture_expect_end(trace);
	fixture_expect_counts(trace, 2, 1, 1, 2);
	sp_trace_close(trace);
	fixture_close(&f);
}

static void every_bad_row_has_its_message(void **unused)
{
	(void)unused;
#define ROW "{\"t\":60000000000,\"kind\":\"slo\",\"subject\":\"east/h100\",\"value\":1}\n"
	static const struct {
		const char *text, *message;
	} cases[] = {
	    {"t,kind,subject,value\n2026-11-24,slo,east/h100,nan", "s:2: value: 'nan' is not a finite number"},
	    {"t,kind,subject,value\n2026-11-24,slo,east/h100,1e999", "s:2: value: '1e999' is too large to be held"},
	    {"t,kind,subject,value\n2026-11-24,slo,east/h100,0x1", "s:2: value: '0x1' is no number"},
	    {"t,kind,subject,value\n2026-11-24,slo,chat/east,1",
	     "s:2: subject: slo is measured on a pool, and 'chat/east' is none"},
	    {"t,kind,subject,value\n2026-11-24,sol,east/h100,1", "s:2: kind: there is no kind 'sol'"},
	    {"t,kind,subject,value\n,slo,east/h100,1", "s:2: t: '' is no time; expected one such as 2026-11-24T00:00:00Z"},
	    {"t,kind,subject,value,source\n2026-11-24,slo,east/h100,1,a b",
	     "s:2: source: expected a name of 1-128 of A-Z a-z 0-9 . _ : / @ + -"},
	    {"t,kind,subject,value\n2026-11-24,slo,east/h100,1\n2026-11-23,slo,east/h100,1",
	     "s:3: t: before the row before it; sort the file by time"},
	    {ROW "\n" ROW "{\"t\":0,\"kind\":\"slo\",\"subject\":\"east/h100\",\"value\":1}",
	     "s:4: t: before the row before it; sort the file by time"},
	    {ROW "{", "s:2: row: is no JSON object: string or '}' expected near end of file (byte 1)"},
	    {"time,kind,subject,value\n",
	     "s:1: t: no such column, and signals needs it; the header has: time, kind, subject, value"},
	};
#undef ROW
	fixture f;
	fixture_open(&f);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		check_text(fixture_complaint(&f, "signals:s", cases[i].text), cases[i].message);
	check_text(
	    fixture_complaint(&f, "signals:s,kind=slo", "{}"),
	    "trace 'signals:s,kind=slo': 'kind' is no option of signals and no column of the file (JSON Lines take no "
	    "filters)");
	fixture_close(&f);
}

static void a_json_line_is_bounded(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	static char text[70000];
	memset(text, '{', sizeof text - 1);
	check_text(fixture_complaint(&f, "signals:s", text), "s:1: row: longer than 65536 bytes; is it JSON Lines?");
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_gives_a_signal_or_a_tick),
	    cmocka_unit_test(every_refused_line_says_what_and_the_cure),
	    cmocka_unit_test(a_sender_s_line_knows_no_configuration),
	    cmocka_unit_test(csv_columns_may_be_in_any_order_and_the_source_may_be_missing),
	    cmocka_unit_test(json_lines_are_read_and_ticks_among_them_are_no_measurements),
	    cmocka_unit_test(every_bad_row_has_its_message),
	    cmocka_unit_test(a_json_line_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
