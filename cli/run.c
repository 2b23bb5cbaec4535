/* run.c - `setpoint run`: the live daemon, in the foreground, until it is told to stop. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "cli/complain.h"
#include "cli/exit.h"
#include "cli/verb.h"
#include "daemon/daemon.h"

enum { KEY_STATE = 0x100, KEY_ACCEPT_SHEET, KEY_EPOCH };

static const struct argp_option run_options[] = {
    {"config", 'c', "FILE", 0, "The configuration", 0},
    {"state", KEY_STATE, "DIR", 0,
     "The state directory (default: $XDG_STATE_HOME/setpoint, else ~/.local/state/setpoint)", 0},
    {"accept-sheet", KEY_ACCEPT_SHEET, NULL, 0, "Accept a changed price sheet: prices move to it past the rails", 0},
    {"epoch", KEY_EPOCH, "N", 0, "The least epoch to publish under: above that of a lost state directory", 0},
    {"verbose", 'v', NULL, 0, "Say on standard error what happens at every tick", 0},
    {0},
};

static const char run_about[] =
    "Runs the control loop: takes signals, decides every period, commits every decision, then publishes its prices."
    "\vIt stays in the foreground and says what happens on standard error, one line each. SIGTERM and SIGINT stop it "
    "cleanly, "
    "SIGHUP reads the configuration again, SIGUSR1 freezes all prices. After a crash or a power cut it goes on where "
    "the "
    "decision log ends.\n\n"
    "Exits with 75 when another daemon holds the state directory, 78 when the configuration is refused.\n\n"
    "  setpoint run -c setpoint.yaml\n"
    "  setpoint run -c setpoint.yaml --state /var/lib/setpoint\n";

static uint64_t take_epoch(const char *text, const struct argp_state *state)
{
	unsigned long long epoch;
	char *end;

	errno = 0;
	epoch = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || epoch < 1 || epoch > INT64_MAX)
		argp_error(state, "--epoch: '%s' is not a whole number from 1 to %" PRId64, text, INT64_MAX);
	return epoch;
}

static error_t take_option(int key, char *value, struct argp_state *state)
{
	sp_daemon_options *options = state->input;

	switch (key) {
	case 'c':
		options->config = value;
		return 0;
	case KEY_STATE:
		options->state = value;
		return 0;
	case KEY_ACCEPT_SHEET:
		options->accept_sheet = true;
		return 0;
	case KEY_EPOCH:
		options->epoch = take_epoch(value, state);
		return 0;
	case 'v':
		options->least = SP_JOURNAL_DEBUG;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': give the configuration with -c FILE", value);
		return 0;
	case ARGP_KEY_END:
		if (!options->config)
			argp_error(state, "which configuration? Give -c FILE");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int sp_noun_run(int argc, char **argv)
{
	static const struct argp argp = {run_options, take_option, NULL, run_about, NULL, NULL, NULL};
	sp_daemon_options options = {.least = SP_JOURNAL_NOTE};
	sp_config *config = NULL;
	sp_message message = {{0}};
	sp_status status;
	sp_exit code;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	code = sp_complain_read(options.config, &config); /* every complaint at once, before anything is started */
	if (code != SP_EXIT_OK)
		return code;
	sp_config_close(config);
	status = sp_daemon_run(&options, &message);
	code = sp_exit_with(status, &message);
	return status == SP_E_SYNTAX || status == SP_E_MISMATCH ? SP_EXIT_CONFIG : code;
}
