/* estimate.c - `setpoint estimate`: one estimator over standard streams, what there is, and who foretells best. */
#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "cli/estimating.h"
#include "cli/exit.h"
#include "cli/kinds.h"
#include "cli/verb.h"
#include "sim/forecast/contest.h"

#define SETTINGS_MAX 32
#define COMPARED_MAX 16 /* files in one table of forecasts */

typedef struct estimate_asked {
	const char *kind, *explain, *missing;
	const char *settings[SETTINGS_MAX], *compared[COMPARED_MAX];
	uint32_t n_settings, n_compared;
	sp_estimating run;
	bool list, reference;
} estimate_asked;

enum { KEY_PARAM = 0x100, KEY_AT, KEY_PLOT, KEY_MISSING, KEY_JSON, KEY_LIST, KEY_EXPLAIN, KEY_COMPARE, KEY_REFERENCE };

static const struct argp_option estimate_options[] = {
    {"param", KEY_PARAM, "KEY=VALUE", 0, "One parameter; --explain shows which there are", 0},
    {"missing", KEY_MISSING, "CODING", 0,
     "What in x means \"not measured\": zero, null, numbers, joined by + (null+-1). Such a line is answered, not "
     "folded",
     0},
    {"at", KEY_AT, "TIME", 0, "One answer, for this time, after the last line", 0},
    {"plot", KEY_PLOT, "FILE.svg", 0, "Draw measurements, estimate and its 90 % band", 0},
    {"json", KEY_JSON, NULL, 0, "JSON Lines instead, with count, lag, age and noise", 0},
    {"list", KEY_LIST, NULL, 0, "List the kinds", 1},
    {"explain", KEY_EXPLAIN, "KIND", 0, "Its formula, source and parameters", 1},
    {"compare", KEY_COMPARE, "FILE,value=COLUMN[,key=value…]", 0,
     "No lines from standard input: let every kind foretell this file, and print the errors as a Markdown table; may "
     "be "
     "repeated",
     1},
    {"reference", KEY_REFERENCE, NULL, 0, "All kinds as Markdown: the generated part of docs/estimators.md", 1},
    {0},
};

static const char estimate_about[] =
    "Reads t,x lines from standard input (t: RFC 3339, nanoseconds or seconds since 1970; a third column is the second "
    "input that few kinds take) and answers each with t,value,stderr,slope, flushed at once: what the estimator knows "
    "at "
    "that time. Where it knows nothing yet the cells are empty, and why is said on standard error. A header in the "
    "input "
    "makes one in the output."
    "\vFor --compare: time=COLUMN (the first), start=TIME, unit=SPAN, covers=SPAN, missing=CODING, scale=X, and "
    "COLUMN=VALUE to filter. A --param then holds for every kind that has it, and a `step' that is not given is the "
    "file's own.\n\n"
    "  setpoint estimate ewma --param half_life=30m <load.csv\n"
    "  setpoint estimate cusum --param step=1d --plot price.svg <prices.csv\n"
    "  setpoint estimate --explain local_level\n";

/* --- what was asked --- */

static void take_setting(estimate_asked *asked, const char *setting, const struct argp_state *state)
{
	if (asked->n_settings == SETTINGS_MAX)
		argp_error(state, "more than %d parameters", SETTINGS_MAX);
	asked->settings[asked->n_settings++] = setting;
}

static void take_compared(estimate_asked *asked, const char *spec, const struct argp_state *state)
{
	if (asked->n_compared == COMPARED_MAX)
		argp_error(state, "more than %d files", COMPARED_MAX);
	asked->compared[asked->n_compared++] = spec;
}

static void take_at(estimate_asked *asked, const char *text, const struct argp_state *state)
{
	static const sp_cell_clock seconds = {0, SP_SEC};
	sp_message message = {{0}};

	if (sp_cell_time(text, strlen(text), &seconds, &asked->run.at_ns, &message) != SP_OK)
		argp_error(state, "--at: %s", message.text);
	asked->run.at = text;
}

static void check_asked(const estimate_asked *asked, const struct argp_state *state)
{
	int ways =
	    (asked->kind != NULL) + asked->list + asked->reference + (asked->explain != NULL) + (asked->n_compared > 0);

	if (ways == 0)
		argp_error(state, "which kind? Write `setpoint estimate KIND <FILE'; --list names all");
	if (ways > 1)
		argp_error(state, "give one of: a kind, --list, --explain, --compare, --reference");
}

static error_t take_option(int key, char *value, struct argp_state *state)
{
	estimate_asked *asked = state->input;

	switch (key) {
	case KEY_PARAM:
		take_setting(asked, value, state);
		return 0;
	case KEY_AT:
		take_at(asked, value, state);
		return 0;
	case KEY_PLOT:
		asked->run.svg_path = value;
		return 0;
	case KEY_MISSING:
		asked->missing = value;
		return 0;
	case KEY_JSON:
		asked->run.json = true;
		return 0;
	case KEY_LIST:
		asked->list = true;
		return 0;
	case KEY_EXPLAIN:
		asked->explain = value;
		return 0;
	case KEY_COMPARE:
		take_compared(asked, value, state);
		return 0;
	case KEY_REFERENCE:
		asked->reference = true;
		return 0;
	case ARGP_KEY_ARG:
		if (asked->kind)
			argp_error(state, "'%s': one kind at a time; lines come on standard input", value);
		asked->kind = value;
		return 0;
	case ARGP_KEY_END:
		check_asked(asked, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* --- one kind over lines --- */

static sp_status check_params(const sp_estimator_setup *kind, sp_message *message)
{
	return kind->ops->check ? kind->ops->check(kind->params, message) : SP_OK;
}

static sp_exit run_kind(estimate_asked *asked, const char *command)
{
	sp_estimator_setup *kind = &asked->run.kind;
	sp_message message = {{0}};
	sp_status status = sp_missing_parse(asked->missing, &asked->run.missing, &message);

	kind->ops = sp_kinds_find(asked->kind, &message);
	if (!kind->ops || status != SP_OK)
		return sp_exit_usage(command, "%s", message.text);
	sp_params_init(kind->ops->params, kind->ops->n_params, kind->params);
	for (uint32_t i = 0; i < asked->n_settings && status == SP_OK; i++)
		status = sp_kinds_set(kind->ops, asked->settings[i], kind->params, &message);
	if (status == SP_OK)
		status = check_params(kind, &message);
	if (status != SP_OK)
		return sp_exit_usage(command, "%s", message.text);
	return sp_exit_with(sp_estimating_run(&asked->run, stdin, stdout, stderr, &message), &message);
}

static sp_exit explain(const char *name, const char *command)
{
	sp_message message = {{0}};
	sp_screen screen = sp_screen_of(stdout);
	const sp_estimator_ops *ops = sp_kinds_find(name, &message);

	return ops ? sp_exit_with(sp_kinds_explain(ops, &screen, stdout), NULL)
	           : sp_exit_usage(command, "%s", message.text);
}

/* --- who foretells best --- */

#define HOUR_AHEAD 1 /* place of the second horizon; the first is one step */
#define HORIZONS   2

/* Every kind with its defaults, the file's own step, and what was given. */
static sp_status enter_kinds(const estimate_asked *asked, const sp_history *history, sp_estimator_setup *entrants,
                             size_t *n, sp_message *message)
{
	char step[64];
	bool taken[SETTINGS_MAX] = {false};

	snprintf(step, sizeof step, "step=");
	sp_span_format(history->step_ns, step + strlen(step));
	for (*n = 0; sp_estimators[*n]; (*n)++) {
		sp_estimator_setup *entrant = &entrants[*n];
		SP_ASSERT(*n < SP_CONTEST_MAX - SP_CONTEST_BASELINES);
		*entrant = (sp_estimator_setup){.ops = sp_estimators[*n]};
		sp_params_init(entrant->ops->params, entrant->ops->n_params, entrant->params);
		if (history->step_ns > 0 && sp_param_find(entrant->ops->params, entrant->ops->n_params, "step", 4))
			sp_kinds_set(entrant->ops, step, entrant->params, message);
		for (uint32_t i = 0; i < asked->n_settings; i++) {
			const char *setting = asked->settings[i];
			if (!sp_param_find(entrant->ops->params, entrant->ops->n_params, setting, strcspn(setting, "=")))
				continue;
			taken[i] = true;
			sp_status status = sp_kinds_set(entrant->ops, setting, entrant->params, message);
			if (status != SP_OK)
				return status;
		}
		if (check_params(entrant, message) != SP_OK)
			return SP_E_RANGE;
	}
	for (uint32_t i = 0; i < asked->n_settings; i++)
		if (!taken[i])
			return sp_message_set(message, SP_E_UNKNOWN, "no kind has a parameter '%s'", asked->settings[i]);
	return SP_OK;
}

/* Four digits, and never an exponent where there are places enough. */
static void print_error(double mae)
{
	if (mae >= 1000 && mae < 1e9)
		printf(" %.0f |", mae);
	else
		printf(" %.4g |", mae);
}

static void print_cells(const sp_contest *contest, size_t row)
{
	const sp_contest_row *r = &contest->rows[row], *last = &contest->rows[SP_CONTEST_LAST];

	if (!r->judged || contest->times == 0) {
		printf(" – | – |");
		return;
	}
	print_error(r->mae);
	if (last->mae > 0)
		printf(" %.2f |", r->mae / last->mae);
	else
		printf(" – |");
}

static void print_table(const sp_history *history, const sp_contest contests[HORIZONS])
{
	char step[SP_SPAN_TEXT_MAX];
	bool hour = contests[HOUR_AHEAD].n_rows > 0;

	printf("**%s**: one measurement in %s; %zu of them, %llu not measured. Judged", history->name,
	       sp_span_format(history->step_ns, step), history->n, (unsigned long long)history->missing);
	printf(" one step ahead on %zu (%zu of them 0)", contests[0].times, contests[0].zeros);
	if (hour)
		printf(", one hour ahead on %zu (%zu of them 0)", contests[HOUR_AHEAD].times, contests[HOUR_AHEAD].zeros);
	printf(".\n\n| | one step: MAE | ÷ last value |%s\n|---|--:|--:|%s\n",
	       hour ? " one hour: MAE | ÷ last value |" : "", hour ? "--:|--:|" : "");
	for (size_t row = 0; row < contests[0].n_rows; row++) {
		bool kind = row >= SP_CONTEST_BASELINES;
		printf("| %s%s%s |", kind ? "`" : "", contests[0].rows[row].name, kind ? "`" : "");
		for (int h = 0; h < (hour ? HORIZONS : 1); h++)
			print_cells(&contests[h], row);
		putchar('\n');
	}
	putchar('\n');
}

static sp_status compare_file(const estimate_asked *asked, const char *spec, sp_message *message)
{
	sp_estimator_setup entrants[SP_CONTEST_MAX];
	sp_contest contests[HORIZONS] = {{0}};
	sp_history history = {0};
	size_t n = 0;
	sp_status status = sp_history_read(spec, &history, message);

	if (status == SP_OK)
		status = enter_kinds(asked, &history, entrants, &n, message);
	if (status == SP_OK)
		status = sp_contest_run(&history, 0, entrants, n, &contests[0]);
	if (status == SP_OK && history.step_ns < SP_HOUR)
		status = sp_contest_run(&history, SP_HOUR, entrants, n, &contests[HOUR_AHEAD]);
	if (status == SP_OK)
		print_table(&history, contests);
	sp_history_fini(&history);
	return status;
}

static sp_exit compare(const estimate_asked *asked)
{
	sp_message message = {{0}};
	sp_status status = SP_OK;

	for (uint32_t i = 0; i < asked->n_compared && status == SP_OK; i++)
		status = compare_file(asked, asked->compared[i], &message);
	return sp_exit_with(status, &message);
}

int sp_noun_estimate(int argc, char **argv)
{
	static const struct argp argp = {estimate_options, take_option, "[KIND]", estimate_about, NULL, NULL, NULL};
	estimate_asked asked = {0};
	sp_screen screen = sp_screen_of(stdout);

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	if (asked.list)
		return sp_exit_with(sp_kinds_list(&screen, stdout), NULL);
	if (asked.explain)
		return explain(asked.explain, argv[0]);
	if (asked.reference)
		sp_kinds_reference(stdout);
	if (asked.n_compared > 0)
		return compare(&asked);
	return asked.kind ? run_kind(&asked, argv[0]) : SP_EXIT_OK;
}
