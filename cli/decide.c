/* decide.c - `setpoint decide`: the engine over standard streams, for programs of any language. */
#include <argp.h>
#include <stdio.h>

#include "cli/complain.h"
#include "cli/exit.h"
#include "cli/number.h"
#include "cli/verb.h"
#include "sim/decide/decide.h"

typedef struct decide_asked {
	const char *config, *log;
} decide_asked;

enum { KEY_LOG = 0x100 };

static const struct argp_option decide_options[] = {
    {"config", 'c', "FILE", 0, "The configuration", 0},
    {"log", KEY_LOG, "DB", 0, "Record inputs and decisions in a new decision log", 0},
    {0},
};

static error_t take_option(int key, char *value, struct argp_state *state)
{
	decide_asked *asked = state->input;

	switch (key) {
	case 'c':
		asked->config = value;
		return 0;
	case KEY_LOG:
		asked->log = value;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': signals come on standard input; write `setpoint decide -c FILE <%s'", value, value);
		return 0;
	case ARGP_KEY_END:
		if (!asked->config)
			argp_error(state, "which configuration? Give -c FILE");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const char decide_about[] =
    "Reads signals as JSON Lines from standard input and answers every {\"tick\": …} line with one decision per family "
    "and a marker, flushed at once, so that a program in any language can close the loop."
    "\vIn, one object a line (t: RFC 3339 or integer nanoseconds; money as a decimal string):\n\n"
    "{\"t\":\"2026-11-24T00:00:00Z\",\"kind\":\"utilization\",\"subject\":\"h100\",\"value\":0.9}\n"
    "{\"tick\":\"2026-11-24T00:01:00Z\"}\n\n"
    "Out, for each tick: a line with \"schema\":\"setpoint.decision/v1\" for every family, quiet ones too, then one "
    "with \"schema\":\"setpoint.tick/v1\", which has the alarms that were raised or cleared. A line that is no signal "
    "is refused alone, named on standard error with its number, and counted in the marker; the loop goes on, and it "
    "does not change the exit code.\n\n"
    "  producer | setpoint decide -c setpoint.yaml --log decisions.db | consumer\n";

static void print_counts(const sp_decide_counts *counts)
{
	char ticks[2 * SP_NUMBER_MAX], signals[2 * SP_NUMBER_MAX], refused[SP_NUMBER_MAX];

	fprintf(stderr, "decide: %s, %s taken, %s refused\n", sp_number_plural(counts->ticks, "tick", ticks),
	        sp_number_plural(counts->signals, "signal", signals), sp_number_count(counts->refused, refused));
}

int sp_noun_decide(int argc, char **argv)
{
	static const struct argp argp = {decide_options, take_option, NULL, decide_about, NULL, NULL, NULL};
	decide_asked asked = {0};
	sp_decide_counts counts = {0};
	sp_config *config = NULL;
	sp_message message = {{0}};
	sp_status status;
	sp_exit code;

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	code = sp_complain_read(asked.config, &config);
	if (code != SP_EXIT_OK)
		return code;
	status = sp_decide_run(config, asked.log, stdin, stdout, stderr, &counts, &message);
	sp_config_close(config);
	code = sp_exit_with(status, &message);
	if (code == SP_EXIT_OK && ferror(stdin)) {
		fprintf(stderr, "setpoint: standard input could not be read to its end\n");
		code = SP_EXIT_IO;
	}
	print_counts(&counts);
	return code;
}
