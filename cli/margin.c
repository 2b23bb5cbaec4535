/* margin.c - `setpoint margin show`: what each family leaves, from a configuration and a rollup of usage, without a daemon. */
#include <argp.h>
#include <string.h>

#include "cli/complain.h"
#include "cli/margins.h"
#include "cli/verb.h"

typedef struct margin_asked {
	const char *config, *usage;
	bool json;
} margin_asked;

enum { KEY_USAGE = 0x100, KEY_JSON };

static const struct argp_option show_options[] = {
    {"config", 'c', "FILE", 0, "The configuration", 0},
    {"usage", KEY_USAGE, "CSV", 0, "What was billed: hour,sku,cohort,units,revenue; `-' is standard input", 0},
    {"json", KEY_JSON, NULL, 0, "One object, with exact amounts", 0},
    {0},
};

static const char show_about[] = "Contribution margin by family in USD a day, over the last seven days of usage: "
                                 "revenue less the sellable-capacity cost of the "
                                 "load, at full price. Weights and capacity are assumed, so a cost has a band; a "
                                 "margin whose sign flips inside it is unknown."
                                 "\v  setpoint margin show -c setpoint.yaml --usage usage.csv\n";

static error_t take_option(int key, char *value, struct argp_state *state)
{
	margin_asked *asked = state->input;

	switch (key) {
	case 'c':
		asked->config = value;
		return 0;
	case KEY_USAGE:
		asked->usage = value;
		return 0;
	case KEY_JSON:
		asked->json = true;
		return 0;
	case ARGP_KEY_END:
		if (!asked->config || !asked->usage)
			argp_error(state, "-c FILE and --usage CSV must be given");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int run_show(int argc, char **argv)
{
	static const struct argp argp = {show_options, take_option, NULL, show_about, NULL, NULL, NULL};
	margin_asked asked = {0};
	sp_config *config = NULL;
	sp_billed billed = {0};
	sp_exit code;

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	code = sp_complain_read(asked.config, &config);
	if (code == SP_EXIT_OK)
		code = sp_margins_read(asked.usage, &billed);
	if (code == SP_EXIT_OK)
		code = sp_margins_show(config, &billed, asked.json);
	sp_billed_fini(&billed);
	sp_config_close(config);
	return code;
}

int sp_noun_margin(int argc, char **argv)
{
	static const sp_verb list[] = {
	    {"show", "by family, from usage and what capacity costs", run_show},
	    {0},
	};
	static const sp_verbs verbs = {list, "What is left of revenue after what it cost.", ""};

	return sp_verb_run(&verbs, argc, argv);
}
