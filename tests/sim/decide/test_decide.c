/* test_decide.c - the lines that other people's programs read and write (DESIGN, "`decide` in detail"; R19): fields and their
 * forms, what is refused alone, and how it ends. */
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/decide/decide.h"
#include "sim/decide/line.h"
#include "tests/drive/tape.h"

typedef struct talk {
	char *out, *err;
	sp_decide_counts counts;
	sp_status status;
	sp_message message;
	json_t **lines;
	size_t n;
} talk;

static talk said;

static void forget(void)
{
	for (size_t i = 0; i < said.n; i++)
		json_decref(said.lines[i]);
	free(said.lines);
	free(said.out);
	free(said.err);
	said = (talk){0};
}

static void read_lines(void)
{
	char *at = said.out;
	json_error_t error;

	said.lines = calloc(4096, sizeof *said.lines);
	while (*at) {
		char *end = strchr(at, '\n');
		assert_non_null(end);
		said.lines[said.n] = json_loadb(at, (size_t)(end - at), JSON_REJECT_DUPLICATES, &error);
		if (!said.lines[said.n])
			print_error("%s: %.200s\n", error.text, at);
		assert_non_null(said.lines[said.n++]);
		assert_in_range(said.n, 0, 4000);
		at = end + 1;
	}
}

/* Says n bytes to a new engine; the answer stands in `said`. */
static void say_bytes(const char *yaml, const char *text, size_t n, const char *log_path)
{
	sp_config *config = tape_config(yaml);
	FILE *in = n > 0 ? fmemopen((void *)(uintptr_t)text, n, "r") : fopen("/dev/null", "r");
	size_t n_out, n_err;
	FILE *out, *err;

	forget();
	out = open_memstream(&said.out, &n_out);
	err = open_memstream(&said.err, &n_err);
	said.status = sp_decide_run(config, log_path, in, out, err, &said.counts, &said.message);
	fclose(in);
	fclose(out);
	fclose(err);
	sp_config_close(config);
	read_lines();
}

static void say(const char *text)
{
	say_bytes(tape_yaml, text, strlen(text), NULL);
	if (said.status != SP_OK)
		print_error("%s\n", said.message.text);
	check_status(said.status, SP_OK);
}

static const char *text_of(size_t line, const char *key)
{
	const char *text = json_string_value(json_object_get(said.lines[line], key));

	return text ? text : "(no text)";
}

static json_int_t refused(size_t line, const char *reason)
{
	return json_integer_value(json_object_get(json_object_get(said.lines[line], "refused"), reason));
}

/* Eleven minutes of a full pool: for a published move, an observed and an announced one. */
static char *long_talk(int periods)
{
	char *text;
	size_t n;
	FILE *file = open_memstream(&text, &n);

	for (int i = 0; i < periods; i++) {
		int64_t end = tape_end(i);
		fprintf(file, "{\"t\":%lld,\"kind\":\"utilization\",\"subject\":\"east/h100\",\"value\":0.9}\n",
		        (long long)(end - 1000));
		fprintf(file,
		        "{\"t\":%lld,\"kind\":\"usd_per_gpu_h\",\"subject\":\"east/"
		        "h100:spot\",\"value\":\"%s\",\"source\":\"f\"}\n",
		        (long long)(end - 1000), i < 2 ? "2.00" : "2.50");
		fprintf(file, "{\"tick\":%lld}\n", (long long)end);
	}
	fclose(file);
	return text;
}

static void is_decimal(const char *text)
{
	size_t n = strlen(text);
	int64_t nano;

	/* nine digits after the point, exactly */
	check_true(n > 10 && text[n - 10] == '.');
	check_status(sp_decimal_parse(text, n, &nano), SP_OK);
}

static void is_exactly(const json_t *object, const char *const *keys, size_t n)
{
	check_u64(json_object_size(object), n);
	for (size_t i = 0; i < n; i++) {
		if (!json_object_get(object, keys[i]))
			print_error("no %s\n", keys[i]);
		check_true(json_object_get(object, keys[i]) != NULL);
	}
}

#define KEYS(...) (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)

static void check_terms(const json_t *line)
{
	int64_t sum = 0, index, before, amount;
	size_t i;
	json_t *term;
	const char *text;

	json_array_foreach(json_object_get(line, "terms"), i, term)
	{
		is_exactly(term, KEYS("name", "index"));
		text = json_string_value(json_object_get(term, "index"));
		is_decimal(text);
		check_status(sp_decimal_parse(text, strlen(text), &amount), SP_OK);
		sum += amount;
	}
	text = json_string_value(json_object_get(line, "index"));
	check_status(sp_decimal_parse(text, strlen(text), &index), SP_OK);
	text = json_string_value(json_object_get(line, "index_before"));
	check_status(sp_decimal_parse(text, strlen(text), &before), SP_OK);
	check_i64(sum, index - before);
}

static void check_prices(const json_t *line)
{
	size_t i;
	json_t *price;
	int64_t t_ns;

	json_array_foreach(json_object_get(line, "prices"), i, price)
	{
		const char *when = json_string_value(json_object_get(price, "not_before"));
		is_exactly(price, KEYS("sku", "unit", "before_usd", "usd", "not_before"));
		check_text(json_string_value(json_object_get(price, "unit")), "1M tokens");
		is_decimal(json_string_value(json_object_get(price, "before_usd")));
		is_decimal(json_string_value(json_object_get(price, "usd")));
		check_status(sp_time_parse(when, strlen(when), &t_ns), SP_OK);
	}
}

static void check_clocks(const json_t *line)
{
	const json_t *clocks = json_object_get(line, "clocks");
	const char *name;
	json_t *clock;

	is_exactly(clocks, KEYS("cost", "demand", "reliability", "market"));
	json_object_foreach((json_t *)(uintptr_t)clocks, name, clock)
	{
		bool absent = strcmp(json_string_value(json_object_get(clock, "state")), "absent") == 0;
		check_true(absent == (json_object_get(clock, "age_s") == NULL));
		check_true(absent || json_is_number(json_object_get(clock, "age_s")));
	}
}

static void check_decision(const json_t *line)
{
	is_exactly(line,
	           KEYS("schema", "id", "t", "family", "policy", "mode", "reason", "outcome", "index_before", "index_wish",
	                "index", "index_in_force", "terms", "binds", "offer", "activated", "prices", "clocks", "config"));
	is_decimal(json_string_value(json_object_get(line, "index_before")));
	is_decimal(json_string_value(json_object_get(line, "index_wish")));
	is_decimal(json_string_value(json_object_get(line, "index")));
	check_true(json_is_null(json_object_get(line, "id")) || json_integer_value(json_object_get(line, "id")) > 0);
	check_u64(strlen(json_string_value(json_object_get(line, "config"))), 64);
	check_terms(line);
	check_prices(line);
	check_clocks(line);
}

/* Every line: three decisions in bytewise order of their families, then the marker; ids rise by one over all, null ids are not
 * counted (R19). */
static void r19_each_tick_is_a_line_for_every_family_and_a_marker(void **state)
{
	static const char *const families[] = {"bulk/east", "chat/east", "list/east"};
	char *text = long_talk(90);
	json_int_t id = 0, counted = 0;

	(void)state;
	say(text);
	check_u64(said.n, 4 * 90);
	for (size_t i = 0; i < said.n; i++) {
		const json_t *line = said.lines[i];
		if (i % 4 == 3) {
			is_exactly(line,
			           KEYS("schema", "t", "families", "decisions", "skipped", "taken", "refused", "alarms", "digest"));
			check_text(text_of(i, "schema"), "setpoint.tick/v1");
			check_i64(json_integer_value(json_object_get(line, "families")), 3);
			check_i64(json_integer_value(json_object_get(line, "decisions")), counted);
			check_i64(json_integer_value(json_object_get(line, "taken")), 2);
			check_u64(strlen(text_of(i, "digest")), 64);
			counted = 0;
			continue;
		}
		check_text(text_of(i, "schema"), "setpoint.decision/v1");
		check_text(text_of(i, "family"), families[i % 4]);
		check_text(text_of(i, "t"), text_of(i - i % 4 + 3, "t"));
		check_decision(line);
		if (!json_is_null(json_object_get(line, "id"))) {
			check_i64(json_integer_value(json_object_get(line, "id")), ++id);
			counted++;
		}
	}
	check_true(id > 20);
	check_u64(said.counts.ticks, 90);
	check_u64(said.counts.signals, 180);
	check_u64(said.counts.lines, 270);
	check_u64(said.counts.refused, 0);
	check_text(said.err, "");
	free(text);
}

/* The last told before, what the rails left after; from when it holds; and what comes into force (R19). */
static void r19_published_announced_and_observed_say_what_holds_from_when(void **state)
{
	char *text = long_talk(90), when[SP_TIME_TEXT_MAX];
	bool published = false, announced = false, observed = false, activated = false;
	int64_t t_ns, from_ns;

	(void)state;
	say(text);
	for (size_t i = 0; i < said.n; i++) {
		const json_t *line = said.lines[i];
		const json_t *price = json_array_get(json_object_get(line, "prices"), 0);
		const char *outcome = text_of(i, "outcome"),
		           *from = price ? json_string_value(json_object_get(price, "not_before")) : "";
		if (i % 4 == 3)
			continue;
		check_status(sp_time_parse(text_of(i, "t"), strlen(text_of(i, "t")), &t_ns), SP_OK);
		check_true((strcmp(outcome, "held") == 0) == (price == NULL));
		if (price)
			check_status(sp_time_parse(from, strlen(from), &from_ns), SP_OK);
		if (strcmp(outcome, "published") == 0) {
			published = true;
			check_i64(from_ns - t_ns, 4 * SP_SEC); /* lateness and convergence (R9) */
			check_text(text_of(i, "index_in_force"), text_of(i, "index"));
		} else if (strcmp(outcome, "announced") == 0) {
			announced = true;
			check_i64(from_ns - t_ns, SP_HOUR);
			check_true(strcmp(text_of(i, "index_in_force"), text_of(i, "index")) != 0);
		} else if (strcmp(outcome, "observed") == 0) {
			observed = true;
			check_text(text_of(i, "index_in_force"), text_of(i, "index_before"));
		}
		if (json_array_size(json_object_get(line, "activated")) > 0) {
			const json_t *a = json_array_get(json_object_get(line, "activated"), 0);
			activated = true;
			is_exactly(a, KEYS("sku", "version", "usd"));
			check_text(json_string_value(json_object_get(a, "sku")), "list/east/in");
			check_text(sp_time_format(t_ns, when), text_of(i, "t"));
		}
	}
	check_true(published && announced && observed && activated);
	free(text);
}

#define T0   "{\"tick\":\"2026-11-24T00:00:00Z\"}\n"
#define T1   "{\"tick\":\"2026-11-24T00:01:00Z\"}\n"
#define T2   "{\"tick\":\"2026-11-24T00:02:00Z\"}\n"
#define GOOD "{\"t\":\"2026-11-24T00:00:30Z\",\"kind\":\"utilization\",\"subject\":\"east/h100\",\"value\":0.72}\n"
#define AT   "{\"t\":\"2026-11-24T00:00:30Z\",\"kind\":"
#define TOO_LARGE \
	"{\"t\":\"2026-11-24T00:00:30Z\",\"kind\":\"utilization\",\"subject\":\"east/h100\",\"value\":1e999}\n"

/* A line that is refused, why it is counted so, and what is said on the error stream. */
static const struct {
	const char *line, *reason, *says;
} refusals[] = {
    {"not json\n", "malformed", "stdin:2: row: is no JSON object"},
    {"[1,2]\n", "malformed", "stdin:2: row: is no JSON object"},
    {"{\"t\":\n", "malformed", "stdin:2: row: is no JSON object"},
    {AT "\"utilization\",\"subject\":\"east/h100\",\"value\":NaN}\n", "malformed", "stdin:2: row"},
    {TOO_LARGE, "not_finite", "stdin:2: row: a number too large"},
    {AT "\"utilization\",\"subject\":\"east/h100\",\"value\":0.1,\"value\":0.2}\n", "malformed", "given twice"},
    {AT "\"utilization\",\"subject\":\"east/h200\",\"value\":0.1}\n", "unknown_subject", "did you mean 'east/h100'"},
    {AT "\"utilisation\",\"subject\":\"east/h100\",\"value\":0.1}\n", "unknown_kind", "did you mean 'utilization'"},
    {AT "\"utilization\",\"subject\":\"chat/east\",\"value\":0.1}\n", "wrong_subject", "measured on a pool"},
    {AT "\"utilization\",\"subject\":\"east/h100\",\"value\":\"0.1\"}\n", "malformed", "a number without quotes"},
    {AT "\"usd_per_gpu_h\",\"subject\":\"east/h100:spot\",\"value\":2.1}\n", "malformed", "quoted decimal"},
    {AT "\"utilization\",\"subject\":\"east/h100\",\"value\":72}\n", "out_of_range", "stdin:2: refused: outside"},
    {AT "\"utilization\",\"subject\":\"east/h100\"}\n", "malformed", "value: is missing"},
    {AT "\"utilization\",\"subject\":\"east/h100\",\"value\":0.1,\"colour\":1}\n", "malformed", "colour: no such key"},
    {AT "\"utilization\",\"subject\":\"east/h100\",\"value\":0.1,\"source\":\"a b\"}\n", "malformed", "source: "},
    {"{\"t\":\"yesterday\",\"kind\":\"utilization\",\"subject\":\"east/h100\",\"value\":0.1}\n", "malformed",
     "is no time"},
    {"{\"t\":\"2026-11-24T03:00:00Z\",\"kind\":\"utilization\",\"subject\":\"east/h100\",\"value\":0.1}\n", "future",
     "dated too far ahead"},
    {T0, "malformed", "stdin:2: tick: must be later"},
    {"{\"tick\":\"2026-11-23T00:00:00Z\"}\n", "malformed", "stdin:2: tick: must be later"},
    {"{\"tick\":\"2026-11-24T00:01:00Z\",\"kind\":\"slo\"}\n", "malformed", "stands alone"},
    {"{\"tick\":-5}\n", "malformed", "stdin:2: tick"},
    {"{\"tick\":true}\n", "malformed", "stdin:2: tick"},
    {"{\"tick\":9223372036854775807}\n", "malformed", "stdin:2: tick"},
};

static void a_line_that_is_none_is_refused_alone_named_and_counted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		char text[2048];
		snprintf(text, sizeof text, T0 "%s" GOOD T1, refusals[i].line);
		say(text);
		check_contains(said.err, refusals[i].says);
		check_true(strchr(said.err, '\n') == said.err + strlen(said.err) - 1);
		check_u64(said.n, 8);
		check_i64(refused(7, refusals[i].reason), 1);
		check_i64(json_integer_value(json_object_get(said.lines[7], "taken")), 1);
		check_u64(said.counts.refused, 1);
		check_u64(said.counts.ticks, 2);
	}
}

static void a_huge_line_is_passed_over(void **state)
{
	size_t n = 3u << 20;
	char *text = malloc(n + 1024);

	(void)state;
	strcpy(text, T0);
	memset(text + strlen(T0), '[', n);
	strcpy(text + strlen(T0) + n, "\n" GOOD T1);
	say(text);
	check_contains(said.err, "stdin:2: a line of more than 65536 bytes");
	check_i64(refused(7, "malformed"), 1);
	check_i64(json_integer_value(json_object_get(said.lines[7], "taken")), 1);
	free(text);
}

static void blank_lines_line_ends_and_a_last_line_without_one_are_read(void **state)
{
	(void)state;
	say("\n\r\n" GOOD "\r\n\n{\"tick\":\"2026-11-24T00:01:00Z\"}");
	check_u64(said.n, 4);
	check_u64(said.counts.refused, 0);
	check_text(said.err, "");
	say("\xEF\xBB\xBF" GOOD T1);
	check_u64(said.counts.refused, 0);
	check_u64(said.n, 4);
}

static void nothing_said_is_answered_by_nothing(void **state)
{
	(void)state;
	say("");
	check_u64(said.n, 0);
	check_u64(said.counts.lines, 0);
	say(GOOD);
	check_u64(said.n, 0);
	check_u64(said.counts.signals, 1);
}

static void a_zero_byte_is_no_end(void **state)
{
	static const char text[] = T0 "{\"tick\":\0}\n" GOOD T1;

	(void)state;
	say_bytes(tape_yaml, text, sizeof text - 1, NULL);
	check_status(said.status, SP_OK);
	check_i64(refused(7, "malformed"), 1);
}

static void skipped_periods_are_counted(void **state)
{
	(void)state;
	say(T0 T1 "{\"tick\":\"2026-11-24T00:05:00Z\"}\n");
	check_i64(json_integer_value(json_object_get(said.lines[7], "skipped")), 0);
	check_i64(json_integer_value(json_object_get(said.lines[11], "skipped")), 3);
}

static void too_many_senders_are_refused(void **state)
{
	char *text;
	size_t n;
	FILE *file = open_memstream(&text, &n);

	(void)state;
	for (int i = 0; i < SP_SOURCES_MAX + 2; i++)
		fprintf(file, AT "\"slo\",\"subject\":\"east/h100\",\"value\":0.5,\"source\":\"s%d\"}\n", i);
	fputs(T1, file);
	fclose(file);
	say(text);
	check_i64(refused(3, "source"), 2);
	check_contains(said.err, "too many different senders");
	free(text);
}

static void a_log_holds_the_ids_and_digests_that_were_said(void **state)
{
	const char *path = tape_path();
	char *text = long_talk(20), hash[SP_HASH_TEXT_MAX];
	tape_digests *digests = calloc(1, sizeof *digests);

	(void)state;
	say_bytes(tape_yaml, text, strlen(text), path);
	check_status(said.status, SP_OK);
	tape_read_log(path, digests);
	check_u64(digests->n, 20);
	for (size_t i = 0; i < 20; i++)
		check_text(text_of(4 * i + 3, "digest"), sp_hash_text(digests->of[i], hash));
	say_bytes(tape_yaml, text, strlen(text), path);
	check_status(said.status, SP_E_DUPLICATE);
	check_u64(said.n, 0);
	free(digests);
	free(text);
}

static void an_output_closed_early_is_an_error(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	char *text = long_talk(5);
	FILE *in = fmemopen(text, strlen(text), "r"), *out, *err = fopen("/dev/null", "w");
	sp_decide_counts counts;
	sp_message message = {{0}};
	int ends[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	out = fdopen(ends[1], "w");
	check_status(sp_decide_run(config, NULL, in, out, err, &counts, &message), SP_E_IO);
	check_contains(message.text, "gone");
	check_u64(counts.ticks, 1);
	fclose(in);
	fclose(out);
	fclose(err);
	free(text);
	sp_config_close(config);
}

static void an_input_that_breaks_off_is_an_error(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	FILE *in = fopen("/", "r"), *out = fopen("/dev/null", "w");
	sp_decide_counts counts;
	sp_message message = {{0}};

	(void)state;
	assert_non_null(in);
	check_status(sp_decide_run(config, NULL, in, out, out, &counts, &message), SP_E_IO);
	check_contains(message.text, "cannot be read");
	fclose(in);
	fclose(out);
	sp_config_close(config);
}

static void text_is_escaped(void **state)
{
	char *out;
	size_t n;
	FILE *file = open_memstream(&out, &n);

	(void)state;
	sp_line_text(file, "a\"b\\c\n\x01");
	fclose(file);
	check_text(out, "\"a\\\"b\\\\c\\u000a\\u0001\"");
	free(out);
}

static int close_talk(void **state)
{
	(void)state;
	forget();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r19_each_tick_is_a_line_for_every_family_and_a_marker),
	    cmocka_unit_test(r19_published_announced_and_observed_say_what_holds_from_when),
	    cmocka_unit_test(a_line_that_is_none_is_refused_alone_named_and_counted),
	    cmocka_unit_test(a_huge_line_is_passed_over),
	    cmocka_unit_test(blank_lines_line_ends_and_a_last_line_without_one_are_read),
	    cmocka_unit_test(nothing_said_is_answered_by_nothing),
	    cmocka_unit_test(a_zero_byte_is_no_end),
	    cmocka_unit_test(skipped_periods_are_counted),
	    cmocka_unit_test(too_many_senders_are_refused),
	    cmocka_unit_test(a_log_holds_the_ids_and_digests_that_were_said),
	    cmocka_unit_test(an_output_closed_early_is_an_error),
	    cmocka_unit_test(an_input_that_breaks_off_is_an_error),
	    cmocka_unit_test(text_is_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, close_talk);
}
