/* Every line is one line of logfmt, whatever it is about and however much of it there is. The twin reads lines back. */
#include "tests/check/check.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "daemon/journal.h"

static char taken[1 << 20];

/* What an act writes to a journal of its own. */
static const char *written(void (*act)(const sp_journal *, const void *), sp_journal_level least, const void *argument)
{
	sp_journal journal = {.fd = memfd_create("journal", MFD_CLOEXEC), .least = least};
	ssize_t n;

	check_true(journal.fd >= 0);
	act(&journal, argument);
	n = pread(journal.fd, taken, sizeof taken - 1, 0);
	check_true(n >= 0);
	taken[n] = 0;
	close(journal.fd);
	return taken;
}

/* --- the twin: a reader of logfmt --- */

static size_t put_utf8(char *out, unsigned code)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	out[0] = (char)(0xe0 | code >> 12);
	out[1] = (char)(0x80 | (code >> 6 & 0x3f));
	out[2] = (char)(0x80 | (code & 0x3f));
	return 3;
}

/* What follows a backslash, read into *out; returns how many bytes that was. */
static size_t read_escape(const char *at, char **out)
{
	static const char names[] = "ntr\"\\", meant[] = "\n\t\r\"\\";
	const char *name = strchr(names, *at);
	unsigned code;

	if (*at && name) {
		*(*out)++ = meant[name - names];
		return 1;
	}
	check_i64(*at, 'u');
	check_i64(sscanf(at + 1, "%4x", &code), 1);
	*out += put_utf8(*out, code);
	return 5;
}

/* The value of a key, NULL where it has none. Checks the form of the whole line. */
static const char *value_of(const char *line, const char *key)
{
	static char value[SP_JOURNAL_LINE_MAX], other[SP_JOURNAL_LINE_MAX];
	bool found = false;

	for (;;) {
		size_t n = strcspn(line, "= \n");
		bool wanted = n == strlen(key) && strncmp(line, key, n) == 0;
		char *out = wanted && !found ? value : other;

		found = found || wanted;
		check_true(n > 0 && line[n] == '=');
		line += n + 1;
		if (*line == '"') {
			for (line++; *line != '"';) {
				check_true((unsigned char)*line >= 0x20);
				if (*line == '\\')
					line += 1 + read_escape(line + 1, &out);
				else
					*out++ = *line++;
			}
			line++;
		} else {
			for (; *line != ' ' && *line != '\n'; *out++ = *line++)
				check_true((unsigned char)*line > 0x20 && *line != '"' && *line != '=');
		}
		*out = 0;
		if (line[0] == '\n' || strcmp(line, " …\n") == 0)
			return found ? value : NULL;
		check_i64(*line++, ' ');
	}
}

static bool is_one_line(const char *text)
{
	size_t n = strlen(text);

	return n > 0 && n <= SP_JOURNAL_LINE_MAX && strchr(text, '\n') == text + n - 1;
}

/* --- */

static void write_all_kinds(const sp_journal *journal, const void *argument)
{
	sp_journal_line line = sp_journal_begin(journal, SP_JOURNAL_NOTE, "tick");

	(void)argument;
	sp_journal_time(&line, "t_tick", INT64_C(1795478400) * SP_SEC);
	sp_journal_number(&line, "families", 2);
	sp_journal_number(&line, "least", INT64_MIN);
	sp_journal_text(&line, "family", "chat/us-east");
	sp_journal_text(&line, "empty", "");
	sp_journal_text(&line, "words", "two words");
	sp_journal_end(&line);
}

static void a_line_has_a_time_a_level_an_event_and_what_it_says(void **state)
{
	const char *line = written(write_all_kinds, SP_JOURNAL_NOTE, NULL);
	int64_t t_ns = 0, now_ns = time(NULL) * SP_SEC;

	(void)state;
	check_true(is_one_line(line));
	check_contains(line, " level=info event=tick t_tick=2026-11-24T00:00:00Z families=2 least=-9223372036854775808 "
	                     "family=chat/us-east empty=\"\" words=\"two words\"\n");
	check_true(strncmp(line, "t=", 2) == 0);
	check_status(sp_time_parse(line + 2, strcspn(line, " ") - 2, &t_ns), SP_OK);
	check_i64(t_ns % SP_MS, 0);
	check_true(t_ns >= now_ns - 2 * SP_SEC && t_ns <= now_ns + 60 * SP_SEC);
}

static void say_text(const sp_journal *journal, const void *text)
{
	sp_journal_say(journal, SP_JOURNAL_WARN, "said", text);
}

static void hostile_texts_stay_in_their_quotes(void **state)
{
	static const struct {
		const char *text, *shown;
	} texts[] = {
	    {"plain", "message=plain\n"},
	    {"a=b", "message=\"a=b\"\n"},
	    {"a b", "message=\"a b\"\n"},
	    {"say \"no\"", "message=\"say \\\"no\\\"\"\n"},
	    {"back\\slash", "message=\"back\\\\slash\"\n"},
	    {"x\nt=2026-11-24T00:00:00Z level=error event=forged",
	     "message=\"x\\nt=2026-11-24T00:00:00Z level=error event=forged\"\n"},
	    {"\r\t\b\x7f", "message=\"\\r\\t\\u0008\\u007f\"\n"},
	    {"\x1b[31mred", "message=\"\\u001b[31mred\"\n"},
	    {"\xc2\x9b[31m", "message=\"\\u009b[31m\"\n"},
	    {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "message=\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"\n"},
	    {"caf\xc3\xa9", "message=\"caf\xc3\xa9\"\n"},
	    {"a\xe2\x80\xa8"
	     "b",
	     "message=\"a\\u2028b\"\n"},
	    {"\xe2\x80\xaetxt.exe", "message=\"\\u202etxt.exe\"\n"},
	    {"\xef\xbb\xbf", "message=\"\\ufeff\"\n"},
	    {"\xff\xfe", "message=\"\\ufffd\\ufffd\"\n"},
	    {"\xc0\xaf", "message=\"\\ufffd\\ufffd\"\n"},            /* a slash in two bytes */
	    {"\xed\xa0\x80", "message=\"\\ufffd\\ufffd\\ufffd\"\n"}, /* a surrogate */
	    {"\xf4\x90\x80\x80", "message=\"\\ufffd\\ufffd\\ufffd\\ufffd\"\n"},
	    {"half \xe2\x82", "message=\"half \\ufffd\\ufffd\"\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		const char *line = written(say_text, SP_JOURNAL_NOTE, texts[i].text);

		check_true(is_one_line(line));
		check_text(strstr(line, "message="), texts[i].shown);
	}
}

static void any_bytes_read_back_as_they_were_or_as_replaced(void **state)
{
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int i = 0; i < 5000; i++) {
		static const char letters[] = "ab =\"\\\n\r\t\x01\x7f\xc3\xa9\xe2\x80\xae\xf0\x9f\x98\x80\xff";
		char text[64];
		size_t n = sp_rng_below(&rng, sizeof text);
		const char *line;
		bool ascii = sp_rng_below(&rng, 2) == 0;

		for (size_t k = 0; k < n; k++)
			text[k] = ascii ? (char)(1 + sp_rng_below(&rng, 127)) : letters[sp_rng_below(&rng, sizeof letters - 1)];
		text[n] = 0;
		line = written(say_text, SP_JOURNAL_NOTE, text);
		check_true(is_one_line(line));
		if (ascii)
			check_text(value_of(line, "message"), text);
		else
			check_true(value_of(line, "message") != NULL);
	}
}

/* --- long lines --- */

typedef struct sizes {
	size_t first, second;
	const char *letter;
} sizes;

static void write_long(const sp_journal *journal, const void *argument)
{
	static char text[3 * SP_JOURNAL_LINE_MAX + 1];
	const sizes *s = argument;
	sp_journal_line line = sp_journal_begin(journal, SP_JOURNAL_ERROR, "long");

	memset(text, 'x', sizeof text);
	text[s->first] = 0;
	sp_journal_text(&line, "first", text);
	for (size_t n = 0; n < s->second; n++)
		memcpy(text + n * strlen(s->letter), s->letter, strlen(s->letter) + 1);
	text[s->second * strlen(s->letter)] = 0;
	sp_journal_text(&line, "second", text);
	sp_journal_number(&line, "third", 1234567890);
	sp_journal_text(&line, "fourth", "a b");
	sp_journal_end(&line);
}

static void a_line_that_would_be_too_long_is_cut_and_stays_one(void **state)
{
	static const char *const letters[] = {"y", " ", "\n", "\x1b", "€", "\xff"};
	size_t longest = 0;

	(void)state;
	for (size_t l = 0; l < sizeof letters / sizeof letters[0]; l++) {
		for (size_t n = SP_JOURNAL_LINE_MAX - 180; n < SP_JOURNAL_LINE_MAX + 10; n++) {
			sizes s = {.first = n, .second = 8, .letter = letters[l]};
			const char *line = written(write_long, SP_JOURNAL_NOTE, &s), *third;

			check_true(is_one_line(line));
			longest = strlen(line) > longest ? strlen(line) : longest;
			third = value_of(line, "third");
			if (third)
				check_text(third, "1234567890"); /* never a part of a number */
			if (!value_of(line, "fourth"))
				check_contains(line, "…");
			else if (!strstr(line, "…"))
				check_text(value_of(line, "fourth"), "a b");
		}
	}
	check_true(longest > SP_JOURNAL_LINE_MAX - 8);
	for (size_t l = 0; l < sizeof letters / sizeof letters[0]; l++) {
		sizes s = {.first = 1, .second = SP_JOURNAL_LINE_MAX, .letter = letters[l]};
		const char *line = written(write_long, SP_JOURNAL_NOTE, &s);

		check_true(is_one_line(line) && strlen(line) > SP_JOURNAL_LINE_MAX - 16);
		check_contains(value_of(line, "second"), "…");
	}
}

static void quieter_lines_are_left_out(void **state)
{
	(void)state;
	check_text(written(say_text, SP_JOURNAL_ERROR, "a"), "");
	check_text(written(write_all_kinds, SP_JOURNAL_WARN, NULL), "");
	check_contains(written(say_text, SP_JOURNAL_WARN, "a"), "level=warn event=said message=a\n");
	check_contains(written(write_all_kinds, SP_JOURNAL_DEBUG, NULL), "level=info event=tick");
}

static void begin_unnamed(void *argument)
{
	sp_journal journal = {.fd = STDERR_FILENO};

	sp_journal_say(&journal, SP_JOURNAL_NOTE, argument, "text");
}

static void an_event_is_a_name(void **state)
{
	static char blank[] = "two words", forged[] = "a=b", none[] = "";

	(void)state;
	check_true(sp_check_stopped(begin_unnamed, blank) != NULL);
	check_true(sp_check_stopped(begin_unnamed, forged) != NULL);
	check_true(sp_check_stopped(begin_unnamed, none) != NULL);
}

/* --- who reads it --- */

#define SAYERS      4
#define SAYER_LINES 200

static void *say_often(void *argument)
{
	static char text[3000];

	memset(text, 'x', sizeof text - 1);
	for (int i = 0; i < SAYER_LINES; i++)
		sp_journal_say(argument, SP_JOURNAL_NOTE, "often", text);
	return NULL;
}

static void lines_of_several_threads_do_not_mix(void **state)
{
	pthread_t threads[SAYERS];
	sp_journal journal;
	FILE *reader;
	int ends[2], lines = 0;

	(void)state;
	check_i64(pipe(ends), 0);
	journal = (sp_journal){.fd = ends[1]};
	reader = fdopen(ends[0], "r");
	for (int i = 0; i < SAYERS; i++)
		check_i64(pthread_create(&threads[i], NULL, say_often, &journal), 0);
	for (; lines < SAYERS * SAYER_LINES && fgets(taken, sizeof taken, reader); lines++) {
		check_true(is_one_line(taken));
		check_u64(strlen(value_of(taken, "message")), 2999);
	}
	check_i64(lines, SAYERS * SAYER_LINES);
	for (int i = 0; i < SAYERS; i++)
		check_i64(pthread_join(threads[i], NULL), 0);
	(void)fclose(reader);
	close(ends[1]);
}

static int64_t monotonic_ns(void)
{
	struct timespec t;

	check_i64(clock_gettime(CLOCK_MONOTONIC, &t), 0);
	return t.tv_sec * SP_SEC + t.tv_nsec;
}

static void a_reader_that_hangs_costs_lines_not_time(void **state)
{
	sp_journal journal;
	int ends[2];
	int64_t start_ns = monotonic_ns(), said = 0, lost = 0;
	char *line;

	(void)state;
	check_i64(pipe(ends), 0);
	journal = (sp_journal){.fd = ends[1]};
	for (int i = 0; i < 5000; i++)
		sp_journal_say(&journal, SP_JOURNAL_NOTE, "tick", "a pipe holds so many of these and no more");
	check_true(monotonic_ns() - start_ns < 5 * SP_SEC);
	check_i64(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	for (ssize_t n; (n = read(ends[0], taken, sizeof taken - 1)) > 0;) {
		taken[n] = 0;
		for (line = taken; (line = strchr(line, '\n')); line++)
			said++;
	}
	sp_journal_say(&journal, SP_JOURNAL_NOTE, "tick", "heard again");
	sp_journal_say(&journal, SP_JOURNAL_NOTE, "tick", "and again");
	memset(taken, 0, sizeof taken);
	check_true(read(ends[0], taken, sizeof taken - 1) > 0);
	check_i64(sscanf(value_of(taken, "lost"), "%ld", &lost), 1);
	check_true(said > 100 && lost > 100);
	check_i64(said + lost, 5000);
	line = strchr(taken, '\n') + 1;
	check_true(value_of(line, "lost") == NULL);
	close(ends[0]);
	sp_journal_say(&journal, SP_JOURNAL_NOTE, "tick", "to nobody");
	close(ends[1]);
	sp_journal_say(&journal, SP_JOURNAL_NOTE, "tick", "to nothing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_has_a_time_a_level_an_event_and_what_it_says),
	    cmocka_unit_test(hostile_texts_stay_in_their_quotes),
	    cmocka_unit_test(any_bytes_read_back_as_they_were_or_as_replaced),
	    cmocka_unit_test(a_line_that_would_be_too_long_is_cut_and_stays_one),
	    cmocka_unit_test(quieter_lines_are_left_out),
	    cmocka_unit_test(an_event_is_a_name),
	    cmocka_unit_test(lines_of_several_threads_do_not_mix),
	    cmocka_unit_test(a_reader_that_hangs_costs_lines_not_time),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
