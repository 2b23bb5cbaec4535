/* main.c - the `setpoint` command: one table of nouns, one file each. */
#include <argp.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/exit.h"
#include "cli/verb.h"

static const sp_verb nouns[] = {
    {"init", "from the files a company has to a configuration and its first margin", sp_noun_init},
    {"config", "check a configuration, show where its values come from", sp_noun_config},
    {"run", "the live daemon: signals in, committed prices out", sp_noun_run},
    {"signal", "measurements to a running daemon", sp_noun_signal},
    {"price", "prices in force and announced, and every change as it comes", sp_noun_price},
    {"rate", "a request to lines and a total, or why it has none", sp_noun_rate},
    {"freeze", "no price moves, whatever comes", sp_noun_freeze},
    {"thaw", "prices may move again", sp_noun_thaw},
    {"alarm", "what is wrong, and what to do", sp_noun_alarm},
    {"doctor", "clock, disk, state, daemon, sources: is all well?", sp_noun_doctor},
    {"replay", "recorded signals through the engine: what it would have decided", sp_noun_replay},
    {"sim", "a simulated market closes the loop: how a configuration behaves", sp_noun_sim},
    {"score", "every price law on every kind of world, against what could have been made", sp_noun_score},
    {"calibrate", "resource weights and capacity, measured from recorded load", sp_noun_calibrate},
    {"decide", "signals in and decisions out as JSON Lines", sp_noun_decide},
    {"loop", "whether prices are calm, by family", sp_noun_loop},
    {"margin", "what is left of revenue after what it cost, by family", sp_noun_margin},
    {"cost", "what a unit costs, and why that changed", sp_noun_cost},
    {"estimate", "one estimator over t,x lines; what there is; who foretells best", sp_noun_estimate},
    {"law", "the price laws: which there are, what each does, a table for a load", sp_noun_law},
    {"log", "the decision log: tail, explain, verify, backup", sp_noun_log},
    {"version", "which version this is", sp_noun_version},
    {0},
};

static const char examples[] = "\nA first look:\n"
                               "  setpoint config check examples/quickstart.yaml\n"
                               "  setpoint config show examples/quickstart.yaml\n";

/* However the command ends, also from within argp: was all of its output written? */
static void check_output(int code, void *unused)
{
	int flushed = sp_exit_flushed((sp_exit)code);

	(void)unused;
	if (flushed != code)
		_exit(flushed);
}

int main(int argc, char **argv)
{
	static const sp_verbs verbs = {nouns, "Runs prices as a control system: signals in, explained decisions out.",
	                               examples};
	static char name[] = "setpoint", version[] = "version";
	char *asks_version[] = {name, version, NULL};

	setlocale(LC_CTYPE, ""); /* only what can be shown: numbers are written the same everywhere */
	signal(SIGPIPE, SIG_IGN);
	on_exit(check_output, NULL);
	argp_err_exit_status = SP_EXIT_USAGE;
	if (argc > 0)
		argv[0] = name;
	if (argc == 2 && (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0))
		return sp_verb_run(&verbs, 2, asks_version);
	return sp_verb_run(&verbs, argc, argv);
}
