/* margin.c - `setpoint margin show`: what each family leaves, from a decision log, from recorded signals, or from a rollup of usage
 * without a daemon. */
#include <argp.h>
#include <string.h>

#include "base/time.h"
#include "cli/complain.h"
#include "cli/margins.h"
#include "cli/verb.h"

#define MARGIN_OVER (7 * SP_DAY) /* a week holds every day of the week once */

typedef struct margin_asked {
	sp_scene_asked scene;
	const char *specs[SP_TRACES_MAX];
	const char *usage, *measured;
	bool json;
} margin_asked;

enum { KEY_USAGE = 0x100, KEY_LOG, KEY_TRACE, KEY_AT, KEY_OVER, KEY_MEASURED, KEY_SKIP_BAD, KEY_JSON, KEY_HELP = '?' };

static const struct argp_option show_options[] = {
    {"config", 'c', "FILE", 0, "The configuration; a decision log has its own", 0},
    {"usage", KEY_USAGE, "CSV", 0, "What was billed: hour,sku,cohort,units,revenue; `-' is standard input", 0},
    {"log", KEY_LOG, "DB", 0, "A decision log: loads, revenue and lots' prices as it recorded them", 0},
    {"trace", KEY_TRACE, "SPEC", 0, "Recorded signals instead, as in `setpoint replay'; several are merged", 0},
    {"at", KEY_AT, "TIME", 0, "As of then (default: the end of the recording)", 0},
    {"over", KEY_OVER, "SPAN", 0, "Over so long before (default 7d)", 0},
    {"measured", KEY_MEASURED, "FILE", 0, "What `setpoint calibrate --json' measured of weights and capacity", 0},
    {"skip-bad", KEY_SKIP_BAD, NULL, 0, "Count bad rows of a trace and go on; without it the first one ends the run",
     0},
    {"json", KEY_JSON, NULL, 0, "One object, with exact amounts", 0},
    {"help", KEY_HELP, NULL, 0, "Give this help list", -1},
    {0},
};

static const char show_about[] =
    "Contribution margin by family in USD a day: revenue less the sellable-capacity cost of the load, at full price; "
    "of "
    "a recording less support and incidents, too. Weights and capacity that nobody has measured are assumed, so a cost "
    "has a band; a margin whose sign flips inside it is unknown."
    "\vExits with 2 when a recording knows no margin; what to send is said below.\n\n"
    "  setpoint margin show -c setpoint.yaml --usage usage.csv\n"
    "  setpoint margin show --log setpoint.db\n"
    "  setpoint margin show -c setpoint.yaml --trace usage:usage.csv --over 24h\n";

/* --- what was asked --- */

static void take_trace(margin_asked *asked, const char *spec, const struct argp_state *state)
{
	if (asked->scene.n_specs == SP_TRACES_MAX)
		argp_error(state, "more than %d traces", SP_TRACES_MAX);
	asked->specs[asked->scene.n_specs++] = spec;
}

static void take_time(margin_asked *asked, const char *text, const struct argp_state *state)
{
	if (sp_time_parse(text, strlen(text), &asked->scene.at_ns) != SP_OK)
		argp_error(state, "--at: '%s' is no time, such as 2026-11-24T06:00:00Z", text);
}

static void take_span(margin_asked *asked, const char *text, const struct argp_state *state)
{
	if (sp_span_parse(text, strlen(text), &asked->scene.over_ns) != SP_OK || asked->scene.over_ns == 0)
		argp_error(state, "--over: '%s' is no time span, such as 24h", text);
}

static void check(const margin_asked *asked, const struct argp_state *state)
{
	int given = (asked->usage != NULL) + (asked->scene.log != NULL) + (asked->scene.n_specs > 0);

	if (given == 0)
		argp_error(state, "margin of what? Give --usage CSV with -c FILE, --log DB, or --trace SPEC with -c FILE");
	if (given > 1)
		argp_error(state, "--usage, --log and --trace exclude one another");
	if (asked->scene.skip_bad && asked->scene.n_specs == 0)
		argp_error(state, "--skip-bad is for --trace");
	if (!asked->scene.log && !asked->scene.config)
		argp_error(state, "which configuration does it belong to? Give -c FILE");
	if (asked->usage && (asked->scene.at_ns != SP_TIME_NEVER || asked->scene.over_ns != MARGIN_OVER))
		argp_error(state, "--at and --over are for a recording; of usage it is the last seven days");
}

static error_t take_option(int key, char *value, struct argp_state *state)
{
	margin_asked *asked = state->input;

	switch (key) {
	case 'c':
		asked->scene.config = value;
		return 0;
	case KEY_USAGE:
		asked->usage = value;
		return 0;
	case KEY_LOG:
		asked->scene.log = value;
		return 0;
	case KEY_TRACE:
		take_trace(asked, value, state);
		return 0;
	case KEY_AT:
		take_time(asked, value, state);
		return 0;
	case KEY_OVER:
		take_span(asked, value, state);
		return 0;
	case KEY_MEASURED:
		asked->measured = value;
		return 0;
	case KEY_SKIP_BAD:
		asked->scene.skip_bad = true;
		return 0;
	case KEY_JSON:
		asked->json = true;
		return 0;
	case KEY_HELP:
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		return 0;
	case ARGP_KEY_END:
		check(asked, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* --- the two ways --- */

static sp_exit show_billed(const margin_asked *asked)
{
	sp_config *config = NULL;
	sp_billed billed = {0};
	sp_exit code = sp_complain_read(asked->scene.config, &config);

	if (code == SP_EXIT_OK)
		code = sp_margins_read(asked->usage, &billed);
	if (code == SP_EXIT_OK)
		code = sp_margins_billed(config, asked->measured, &billed, asked->json);
	sp_billed_fini(&billed);
	sp_config_close(config);
	return code;
}

static sp_exit show_recorded(const margin_asked *asked)
{
	sp_view view = {0};
	sp_exit code = sp_view_open(&asked->scene, asked->measured, &view);

	if (code == SP_EXIT_OK)
		code = sp_margins_recorded(&view, asked->json);
	sp_view_close(&view);
	return code;
}

static int run_show(int argc, char **argv)
{
	static const struct argp argp = {show_options, take_option, NULL, show_about, NULL, NULL, NULL};
	margin_asked asked = {.scene = {.at_ns = SP_TIME_NEVER, .over_ns = MARGIN_OVER}};

	argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &asked); /* argp's own --usage would stand beside ours */
	asked.scene.specs = asked.specs;
	return asked.usage ? show_billed(&asked) : show_recorded(&asked);
}

int sp_noun_margin(int argc, char **argv)
{
	static const sp_verb list[] = {
	    {"show", "by family, from a log, recorded signals, or usage and what capacity costs", run_show},
	    {0},
	};
	static const sp_verbs verbs = {list, "What is left of revenue after what it cost.", ""};

	return sp_verb_run(&verbs, argc, argv);
}
