/* The sender in Python that docs/wire.md prints, copied from there as a user would, against the intake of a daemon: over a real
 * tcp socket, decoded as the daemon does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nng/nng.h>
#include <nng/supplemental/util/platform.h>

#include "tests/check/check.h"
#include "tests/transport/wire/tell.h"
#include "transport/intake/intake.h"
#include "transport/wire/signals.h"

#define PLAIN   "tests/transport/wire/plain" /* for machines without python3-msgpack */
#define WAIT_MS 30000

static bool has_msgpack(const char *python)
{
	char command[256];

	snprintf(command, sizeof command, "%s -c 'import msgpack' >/dev/null 2>&1", python);
	return system(command) == 0;
}

static const char *write_script(void)
{
	static char script[4096];
	char *text = sp_page_block("python");
	FILE *out;

	snprintf(script, sizeof script, "%s/sender.py", sp_check_scratch());
	out = fopen(script, "w");
	check_true(out != NULL && fputs(text, out) >= 0 && fclose(out) == 0);
	free(text);
	return script;
}

static pid_t run_script(const char *python, const char *script, uint16_t port)
{
	char number[8];
	const pid_t child = fork();

	check_true(child >= 0);
	if (child == 0) {
		snprintf(number, sizeof number, "%u", port);
		execlp(python, python, "-B", script, "127.0.0.1", number, (char *)NULL);
		_exit(127);
	}
	return child;
}

static void take(sp_intake *intake, sp_intake_message *message)
{
	for (int ms = 0; !sp_intake_next(intake, message); ms++) {
		check_true(ms < WAIT_MS);
		nng_msleep(1);
	}
	check_true(!message->local);
}

static int64_t take_first(sp_intake *intake, sp_wire_decoder *decoder)
{
	sp_intake_message raw;
	sp_wire_message message;

	take(intake, &raw);
	check_i64(sp_wire_decode(decoder, raw.bytes, raw.n, &message), SP_WIRE_ok);
	check_u64(message.n_source, 6);
	check_bytes(message.source, "prom-1", 6);
	check_u64(message.n_records, 2);
	check_i64(message.records[0].refusal, SP_REFUSED_none);
	check_u64(message.records[0].kind, SP_KIND_utilization);
	check_ulp(message.records[0].value.real, 0.72, 0);
	check_i64(message.records[1].refusal, SP_REFUSED_none);
	check_u64(message.records[1].kind, SP_KIND_usd_per_gpu_h);
	check_i64(message.records[1].value.nano, INT64_C(2100000000));
	sp_intake_release(intake, &raw);
	return message.seq;
}

static void take_second(sp_intake *intake, sp_wire_decoder *decoder, int64_t seq)
{
	sp_intake_message raw;
	sp_wire_message message;

	take(intake, &raw);
	check_i64(sp_wire_decode(decoder, raw.bytes, raw.n, &message), SP_WIRE_ok);
	check_i64(message.seq, seq);
	check_u64(message.n_records, 1);
	check_i64(message.records[0].refusal, SP_REFUSED_none);
	check_u64(message.records[0].kind, SP_KIND_demand);
	check_ulp(message.records[0].value.real, 125000.5, 0);
	sp_intake_release(intake, &raw);
}

static void the_sender_of_the_page_reaches_a_daemon_s_intake(void **state)
{
	static const char *const url = "tcp://127.0.0.1:0";
	const char *python = has_msgpack("python3") ? "python3" : "/usr/bin/python3", *script = write_script();
	sp_intake_options options = {.urls = &url, .n_urls = 1};
	sp_wire_decoder *decoder;
	sp_intake *intake;
	sp_intake_counts counts;
	int ended;

	(void)state;
	if (!has_msgpack(python))
		setenv("PYTHONPATH", PLAIN, 1);
	if (!has_msgpack(python))
		skip();
	decoder = sp_wire_open();
	check_status(sp_intake_open(&options, &intake, NULL), SP_OK);
	const pid_t child = run_script(python, script, sp_intake_port(intake, 0));
	const int64_t seq = take_first(intake, decoder);
	take_second(intake, decoder, seq + 1);
	check_i64(waitpid(child, &ended, 0), child);
	check_true(WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
	sp_intake_count(intake, &counts);
	check_u64(counts.messages, 2);
	sp_intake_close(intake);
	sp_wire_close(decoder);
	nng_fini();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_sender_of_the_page_reaches_a_daemon_s_intake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
