/* messages.c - the hostile messages of tests/transport/intake, for tests that are not in C.
 *
 *     messages config     prints the configuration that takes them
 *     messages            on stdin a line "NUMBER TIME" for each that is wanted, NUMBER from 0, TIME in ns; on stdout a line
 *                         {"name":…,"source":…,"stage":…,"reason":…,"refusal":…,"records":N,"refused":N,"bytes":N}
 *                         and then so many bytes. A line "count" is answered {"count":N,"sound":N} */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/transport/intake/hostile.h"

static const char *const stages[SP_HOSTILE_STAGES] = {
    [SP_HOSTILE_TAKEN] = "taken",   [SP_HOSTILE_MESSAGE] = "message", [SP_HOSTILE_RECORDS] = "records",
    [SP_HOSTILE_SENDER] = "sender", [SP_HOSTILE_ENGINE] = "engine",
};

/* Names of messages are ASCII; a quote in one would be no JSON. */
static void print_text(const char *key, const char *text)
{
	printf("\"%s\":\"", key);
	for (; *text; text++)
		putchar(*text == '"' || *text == '\\' || (unsigned char)*text < ' ' ? '?' : *text);
	printf("\",");
}

static void print_message(uint32_t number, int64_t now_ns)
{
	sp_hostile_verdict verdict;
	const uint8_t *bytes;
	size_t n;

	sp_hostile_get(number, now_ns, &bytes, &n, &verdict);
	putchar('{');
	print_text("name", verdict.name);
	print_text("source", verdict.source);
	print_text("stage", stages[verdict.stage]);
	print_text("reason", sp_wire_reason_name(verdict.reason));
	print_text("refusal", sp_refusal_name(verdict.refusal));
	printf("\"records\":%" PRIu32 ",\"refused\":%" PRIu32 ",\"bytes\":%zu}\n", verdict.n_records, verdict.n_refused, n);
	fwrite(bytes, 1, n, stdout);
}

int main(int argc, char **argv)
{
	char line[80];
	uint32_t number;
	int64_t now_ns;

	if (argc == 2 && strcmp(argv[1], "config") == 0)
		return fputs(sp_hostile_config, stdout) < 0;
	while (fgets(line, sizeof line, stdin)) {
		if (strcmp(line, "count\n") == 0)
			printf("{\"count\":%" PRIu32 ",\"sound\":%" PRIu32 "}\n", sp_hostile_count(), sp_hostile_sound());
		else if (sscanf(line, "%" SCNu32 " %" SCNd64, &number, &now_ns) == 2 && number < sp_hostile_count())
			print_message(number, now_ns);
		else
			return 64;
		fflush(stdout);
	}
	return 0;
}
