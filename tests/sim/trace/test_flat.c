/* test_flat.c - the quick way to read a signal's line beside jansson's, its slow twin: same answer, same message, same bits. */
#include <stdio.h>
#include <string.h>

#include "sim/trace/flat.h"
#include "sim/trace/signal_line.h"
#include "tests/sim/trace/fixture.h"

#define LINE_MAX 512

static const char *const lines[] = {
    "{\"t\":\"2026-11-24T00:00:00Z\",\"kind\":\"utilization\",\"subject\":\"east/"
    "h100\",\"value\":0.72,\"source\":\"p-1\"}",
    "{ \"value\" : \"0.00000032175\",\"subject\":\"east/h100:spot\", "
    "\"kind\":\"usd_per_gpu_h\",\"t\":1795478400000000001} ",
    "{\"t\":0,\"kind\":\"demand\",\"subject\":\"chat/east/input\",\"value\":-0.0}",
    "{\"t\":0,\"kind\":\"demand\",\"subject\":\"chat/east/input\",\"value\":1.7976931348623157e308}",
    "{\"t\":0,\"kind\":\"demand\",\"subject\":\"chat/east/input\",\"value\":123456789012345678}",
    "{\"t\":0,\"kind\":\"demand\",\"subject\":\"chat/east/input\",\"value\":9223372036854775807}",
    "{\"t\":0,\"kind\":\"slo\",\"subject\":\"e\\u0061st/h100\",\"value\":1E-7}",
    "{\"tick\":\"2026-11-24T00:01:00Z\"}",
    "{\"tick\":7}",
};

/* Both ways over the same bytes; true where they were taken. */
static bool same_both_ways(const fixture *f, const char *text, size_t n)
{
	sp_signal_line quick = {.t_ns = 7}, slow = {.t_ns = 7};
	sp_message said = {""}, expected = {""};
	sp_refusal refusal = sp_signal_line_parse_tree(text, n, &f->setup, &slow, &expected);
	check_text(sp_refusal_name(sp_signal_line_parse(text, n, &f->setup, &quick, &said)), sp_refusal_name(refusal));
	check_text(said.text, expected.text);
	check_i64(quick.t_ns, slow.t_ns);
	check_true(quick.tick == slow.tick);
	check_u64(quick.kind, slow.kind);
	check_u64(quick.subject, slow.subject);
	check_bytes(&quick.value, &slow.value, sizeof slow.value);
	check_text(quick.source, slow.source);
	check_text(quick.name, slow.name);
	return refusal == SP_REFUSED_none;
}

static void every_line_reads_the_same_both_ways(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		check_true(same_both_ways(&f, lines[i], strlen(lines[i])));
	fixture_close(&f);
}

/* One byte or so replaced, doubled or left out: most of these are errors, some are JSON all the same. */
static void lines_with_errors_read_the_same_both_ways(void **unused)
{
	(void)unused;
	static const char odd[] = "\"\\{}[]:,.-+eE0189tnu \t\r\x01\x7f\xc3\x00";
	fixture f;
	fixture_open(&f);
	sp_rng rng;
	sp_check_seed("flat", &rng);
	uint32_t n_taken = 0;
	for (int i = 0; i < 30000; i++) {
		const char *from = lines[sp_rng_below(&rng, sizeof lines / sizeof lines[0])];
		char text[LINE_MAX];
		size_t n = strlen(from);
		memcpy(text, from, n);
		for (uint64_t changes = 1 + sp_rng_below(&rng, 3); changes > 0 && n > 1; changes--) {
			size_t at = sp_rng_below(&rng, n);
			switch (sp_rng_below(&rng, 3)) {
			case 0:
				text[at] = odd[sp_rng_below(&rng, sizeof odd)];
				break;
			case 1:
				memmove(text + at, text + at + 1, --n - at);
				break;
			default:
				memmove(text + at + 1, text + at, n++ - at);
			}
		}
		n_taken += same_both_ways(&f, text, n);
	}
	check_true(n_taken > 300 && n_taken < 29000);
	fixture_close(&f);
}

static void every_number_reads_to_the_same_bits(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	sp_rng rng;
	sp_check_seed("flat_numbers", &rng);
	uint32_t n_taken = 0; /* a whole number beyond 2^63 is refused, both ways */
	for (int i = 0; i < 20000; i++) {
		char text[LINE_MAX];
		double value = sp_rng_normal(&rng) * (double)(sp_rng_next(&rng) >> sp_rng_below(&rng, 64));
		int n = snprintf(text, sizeof text, "{\"t\":0,\"kind\":\"demand\",\"subject\":\"chat/east\",\"value\":%.*f}",
		                 (int)sp_rng_below(&rng, 26), value);
		n_taken += same_both_ways(&f, text, (size_t)n);
		n = snprintf(text, sizeof text, "{\"t\":0,\"kind\":\"demand\",\"subject\":\"chat/east\",\"value\":%.*g}",
		             1 + (int)sp_rng_below(&rng, 17), value);
		n_taken += same_both_ways(&f, text, (size_t)n);
	}
	check_true(n_taken > 30000 && n_taken < 40000);
	fixture_close(&f);
}

static void what_was_ever_fuzzed_reads_the_same_both_ways(void **unused)
{
	(void)unused;
	static const char *const names[] = {"escapes",        "duplicate-keys", "nan",   "not-json", "deep",
	                                    "number-as-text", "money-bounds",   "times", "unknown",  "step"};
	fixture f;
	fixture_open(&f);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char path[LINE_MAX];
		static char text[1 << 16];
		snprintf(path, sizeof path, CORPUS "/%s.jsonl", names[i]);
		FILE *file = fopen(path, "r");
		check_true(file != NULL);
		while (file != NULL && fgets(text, sizeof text, file) != NULL)
			same_both_ways(&f, text, strcspn(text, "\n"));
		if (file != NULL)
			fclose(file);
	}
	fixture_close(&f);
}

/* Without it the twin would be compared with itself. */
static void a_plain_line_is_read_flat_and_others_are_not(void **unused)
{
	(void)unused;
	static const char *const names[] = {"t", "kind", "subject", "value", "source", "tick"};
	const sp_flat_keys keys = {names, 6};
	sp_flat_value found[SP_FLAT_KEYS_MAX];
	check_true(sp_flat_read(lines[0], strlen(lines[0]), &keys, found));
	check_u64(found[0].n, strlen("2026-11-24T00:00:00Z"));
	check_near(found[3].real, 0.72, 0);
	check_u64(found[5].type, SP_FLAT_ABSENT);
	check_true(sp_flat_read("{\"tick\":12}", 11, &keys, found));
	check_i64(found[5].whole, 12);
	static const char *const others[] = {"",
	                                     "{",
	                                     "{}",
	                                     "{\"t\":1,}",
	                                     "{\"t\":01}",
	                                     "{\"t\":1,\"t\":2}",
	                                     "{\"u\":1}",
	                                     "{\"t\":1e999}",
	                                     "{\"t\":null}",
	                                     "{\"t\":[1]}",
	                                     "{\"t\":\"\\n\"}",
	                                     "{\"t\":\"\xc3\xa4\"}",
	                                     "{\"t\":1} x",
	                                     "{\"t\":1.}",
	                                     "{\"t\":-}",
	                                     "{\"t\":1e}",
	                                     "{\"t\":1234567890123456789}",
	                                     "{\"\":1}"};
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		check_true(!sp_flat_read(others[i], strlen(others[i]), &keys, found));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_plain_line_is_read_flat_and_others_are_not),
	    cmocka_unit_test(every_line_reads_the_same_both_ways),
	    cmocka_unit_test(lines_with_errors_read_the_same_both_ways),
	    cmocka_unit_test(every_number_reads_to_the_same_bits),
	    cmocka_unit_test(what_was_ever_fuzzed_reads_the_same_both_ways),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
