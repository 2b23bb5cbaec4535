/* sim.c - `setpoint sim`: the loop closed over a market that answers to prices. */
#include <argp.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "cli/complain.h"
#include "cli/exit.h"
#include "cli/number.h"
#include "cli/picture.h"
#include "cli/progress.h"
#include "cli/summary.h"
#include "cli/telling.h"
#include "cli/verb.h"
#include "cli/world.h"
#include "sim/market/loop.h"
#include "sim/market/traits.h"

#define SETTINGS_MAX  256
#define HOURS_DEFAULT 24
#define HOURS_MAX     (366.0 * 24)
#define START_DEFAULT "2026-11-24T00:00:00Z" /* no clock is read: the same command gives the same run */

typedef struct sim_asked {
	const char *config, *scenario, *log, *demand, *law, *report, *traces;
	const char *settings[SETTINGS_MAX];
	uint32_t n_settings;
	uint64_t seed;
	double hours;     /* 0: not given */
	int64_t start_ns; /* SP_TIME_NEVER: not given */
	bool json, plot, story;
} sim_asked;

enum {
	KEY_SCENARIO = 0x100,
	KEY_SEED,
	KEY_SET,
	KEY_HOURS,
	KEY_START,
	KEY_DEMAND,
	KEY_LOG,
	KEY_JSON,
	KEY_PLOT,
	KEY_STORY,
	KEY_LIST,
	KEY_LAW,
	KEY_REPORT,
	KEY_TRACES
};

static const struct argp_option sim_options[] = {
    {"config", 'c', "FILE", 0, "The configuration; without one, --scenario names a world that has its own", 0},
    {"scenario", KEY_SCENARIO, "NAME", 0, "What the market is like (default `calm'; --list names all)", 0},
    {"seed", KEY_SEED, "N", 0, "Of its chance (default 1): the same seed, the same run", 0},
    {"set", KEY_SET, "KEY[@SUBJECT]=VALUE", 0, "One setting of the market, for all or for one family, pool or lot", 0},
    {"hours", KEY_HOURS, "H", 0, "How long (default 24)", 0},
    {"start", KEY_START, "TIME", 0, "When it begins (default " START_DEFAULT ")", 0},
    {"demand", KEY_DEMAND, "SPEC", 0, "Take the base demand from a trace, over and over, instead of a curve", 0},
    {"log", KEY_LOG, "DB", 0, "Record inputs and decisions in a new decision log", 0},
    {"story", KEY_STORY, NULL, 0, "Tell what happened, and when (not with --json)", 0},
    {"plot", KEY_PLOT, NULL, 0, "Draw load, cost, and every family's index between its bounds", 0},
    {"json", KEY_JSON, NULL, 0, "One object instead of text", 0},
    {"list", KEY_LIST, NULL, 0, "List the scenarios and the settings", 1},
    {NULL, 0, NULL, 0, "Without -c, in one of the worlds that come with setpoint:", 2},
    {"law", KEY_LAW, "LAW", 0,
     "The price law tried: its name, or what stands after `policy:', such as {use: NAME, KEY: VALUE}", 2},
    {"report", KEY_REPORT, "FILE.html", 0, "Write what it came to as one page, with pictures", 2},
    {"traces", KEY_TRACES, "DIR", 0,
     "Folder of recorded demand, for the worlds made after it; without it all shapes are the program's own", 2},
    {0},
};

static const char sim_about[] =
    "Closes the loop: a market of buyers who answer to prices, fleets with a capacity and GPUs with a cost lives a day "
    "under the engine's decisions."
    "\vIt shows how a configuration behaves, not how your customers do: `setpoint sim --list' says what is assumed.\n\n"
    "  setpoint sim -c examples/demo.yaml --scenario demo_day --story --plot\n"
    "  setpoint sim -c setpoint.yaml --scenario spike --set elasticity=2.5\n"
    "  setpoint sim --scenario gpu_down --seed 3 --report gpu_down.html\n";

/* --- what there is --- */

static void list_rows(const char *of, const sp_param *rows, size_t n)
{
	printf("\nSettings of %s:\n", of);
	for (size_t i = 0; i < n; i++)
		printf("  %-18s %-6s %s\n", rows[i].key, rows[i].initial, rows[i].help);
}

static void list_all(void)
{
	sp_world_list();
	printf("\nScenarios for a configuration of yours (with -c):\n");
	for (size_t i = 0; i < sp_scenario_n; i++) {
		printf("  %-10s %s\n            ", sp_scenarios[i].name, sp_scenarios[i].help);
		for (int k = 0; k < SP_SCENARIO_SETTINGS_MAX && sp_scenarios[i].settings[k]; k++)
			printf(" %s", sp_scenarios[i].settings[k]);
		putchar('\n');
	}
	list_rows("a family's buyers", sp_market_buyer_params, sp_market_buyer_n_params);
	list_rows("a pool's fleet", sp_market_fleet_params, sp_market_fleet_n_params);
	list_rows("a lot whose price comes by signal", sp_market_gpu_params, sp_market_gpu_n_params);
	list_rows("a world (without -c); LOW..HIGH draws", sp_world_trait_params, sp_world_trait_n_params);
}

/* --- what was asked --- */

static uint64_t take_seed(const char *text, struct argp_state *state)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0')
		argp_error(state, "--seed: '%s' is not a whole number", text);
	return n;
}

static double take_hours(const char *text, struct argp_state *state)
{
	char *end;
	double hours = strtod(text, &end);

	if (*text == '\0' || *end != '\0' || !(hours > 0 && hours <= HOURS_MAX))
		argp_error(state, "--hours: '%s' is not a number of hours, above 0 and up to a year", text);
	return hours;
}

static int64_t take_start(const char *text, struct argp_state *state)
{
	int64_t t_ns = 0;

	if (sp_time_parse(text, strlen(text), &t_ns) != SP_OK)
		argp_error(state, "--start: '%s' is no time; expected one such as " START_DEFAULT, text);
	return t_ns;
}

static void take_setting(sim_asked *asked, const char *setting, struct argp_state *state)
{
	if (asked->n_settings == SETTINGS_MAX)
		argp_error(state, "more than %d settings", SETTINGS_MAX);
	asked->settings[asked->n_settings++] = setting;
}

static error_t take_output(int key, char *value, sim_asked *asked)
{
	switch (key) {
	case KEY_LOG:
		asked->log = value;
		return 0;
	case KEY_JSON:
		asked->json = true;
		return 0;
	case KEY_PLOT:
		asked->plot = true;
		return 0;
	case KEY_STORY:
		asked->story = true;
		return 0;
	case KEY_REPORT:
		asked->report = value;
		return 0;
	case KEY_LIST:
		list_all();
		exit(SP_EXIT_OK);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void check_together(const sim_asked *asked, struct argp_state *state)
{
	if (!asked->config && !asked->scenario)
		argp_error(state, "which configuration? Give -c FILE, or --scenario NAME alone for a world with its own");
	if (asked->config && (asked->law || asked->report || asked->traces))
		argp_error(state, "--law, --report and --traces are of worlds with a configuration of their own: leave -c out");
	if (!asked->config && (asked->hours > 0 || asked->start_ns != SP_TIME_NEVER || asked->demand))
		argp_error(state, "--hours, --start and --demand go with -c FILE; a world takes --set length=14d");
}

static error_t take_option(int key, char *value, struct argp_state *state)
{
	sim_asked *asked = state->input;

	switch (key) {
	case 'c':
		asked->config = value;
		return 0;
	case KEY_SCENARIO:
		asked->scenario = value;
		return 0;
	case KEY_SEED:
		asked->seed = take_seed(value, state);
		return 0;
	case KEY_SET:
		take_setting(asked, value, state);
		return 0;
	case KEY_HOURS:
		asked->hours = take_hours(value, state);
		return 0;
	case KEY_START:
		asked->start_ns = take_start(value, state);
		return 0;
	case KEY_DEMAND:
		asked->demand = value;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': settings are given with --set KEY=VALUE", value);
		return 0;
	case KEY_LAW:
		asked->law = value;
		return 0;
	case KEY_TRACES:
		asked->traces = value;
		return 0;
	case ARGP_KEY_END:
		check_together(asked, state);
		return 0;
	default:
		return take_output(key, value, asked);
	}
}

/* --- the run --- */

typedef struct sim_run {
	const sim_asked *asked;
	sp_progress progress;
	sp_telling *telling; /* NULL: not asked for */
	sp_series series;
	sp_loop_options options;
	sp_loop_result result;
} sim_run;

static sp_status look(void *context, const sp_market *market, const sp_engine *engine, const sp_drive_answer *answer)
{
	sim_run *run = context;
	char where[SP_NUMBER_MAX];

	(void)market;
	sp_progress_show(&run->progress, (double)answer->number / (double)run->options.periods,
	                 sp_number_moment(answer->tick->t_ns, where));
	return run->telling ? sp_telling_tick(run->telling, engine, answer) : SP_OK;
}

/* Before anything is made: a wrong scenario or setting is the command line's error. */
static sp_exit check_market(const sim_asked *asked, const sp_setup *setup, const char *command)
{
	sp_market_plan plan = {0};
	sp_message message = {{0}};
	sp_status status = sp_market_plan_open(&plan, setup, asked->scenario ? asked->scenario : "calm", &message);

	for (uint32_t i = 0; i < asked->n_settings && status == SP_OK; i++)
		status = sp_market_plan_set(&plan, asked->settings[i], &message);
	sp_market_plan_close(&plan);
	return status == SP_OK ? SP_EXIT_OK : sp_exit_usage(command, "%s", message.text);
}

static sp_status prepare(sim_run *run, const sp_setup *setup, sp_message *message)
{
	const sim_asked *asked = run->asked;
	int64_t periods = (int64_t)(asked->hours * (double)SP_HOUR / (double)setup->period_ns);

	run->options = (sp_loop_options){
	    .market = {asked->scenario, asked->settings, asked->n_settings, NULL, asked->seed,
	               asked->start_ns / setup->period_ns * setup->period_ns},
	    .periods = periods > 0 ? periods : 1,
	    .log_path = asked->log,
	    .look = look,
	    .context = run,
	};
	if (asked->story && !(run->telling = sp_telling_open(setup)))
		return sp_message_set(message, SP_E_MEMORY, "out of memory");
	if (!asked->demand)
		return SP_OK;
	run->options.market.series = &run->series;
	return sp_series_read(asked->demand, setup, &run->series, message);
}

static void run_fini(sim_run *run)
{
	sp_story_close(run->result.story);
	sp_telling_close(run->telling);
	sp_series_fini(&run->series);
}

/* --- words and JSON --- */

static double usd(sp_money money)
{
	return (double)money.nano / SP_NANO;
}

static void print_money(const sp_market_money *money)
{
	char revenue[SP_NUMBER_MAX], variable[SP_NUMBER_MAX], capacity[SP_NUMBER_MAX], margin[SP_NUMBER_MAX];
	double left = usd(money->margin);

	printf("revenue %s USD - capacity %s - variable %s = contribution margin %s%s USD",
	       sp_number_count((uint64_t)llround(usd(money->revenue)), revenue),
	       sp_number_count((uint64_t)llround(usd(money->capacity)), capacity),
	       sp_number_count((uint64_t)llround(usd(money->variable)), variable), left < 0 ? "-" : "",
	       sp_number_count((uint64_t)llround(fabs(left)), margin));
	if (money->revenue.nano > 0)
		printf(" (%.1f %% of revenue)", 100 * left / usd(money->revenue));
	putchar('\n');
}

static void print_words(sim_run *run, const sp_config *config)
{
	const sim_asked *asked = run->asked;
	sp_screen screen = sp_screen_of(stdout);

	if (run->telling)
		sp_telling_print(run->telling, &screen, stdout);
	if (run->telling)
		putchar('\n');
	if (asked->plot) {
		sp_picture_draw(run->result.story, sp_config_setup(config), &screen, stdout);
		putchar('\n');
	}
	sp_summary_words(stdout, &screen, run->result.story);
	print_money(&run->result.money);
	if (asked->log)
		printf("recorded in %s: see `setpoint log tail %s`\n", asked->log, asked->log);
	printf("closed loop: a simulated market, scenario %s, seed %llu; %.2f s\n",
	       asked->scenario ? asked->scenario : "calm", (unsigned long long)asked->seed,
	       sp_progress_spent(&run->progress));
}

static json_t *money_json(sp_money money)
{
	char text[SP_DECIMAL_TEXT_MAX];

	return json_string(sp_decimal_format(money.nano, text));
}

static void print_json(const sim_run *run, const sp_config *config)
{
	const sim_asked *asked = run->asked;
	const sp_market_money *money = &run->result.money;
	char hash[SP_HASH_TEXT_MAX], start[SP_TIME_TEXT_MAX];
	json_t *settings = json_array(), *whole;

	for (uint32_t i = 0; i < asked->n_settings; i++)
		json_array_append_new(settings, json_string(asked->settings[i]));
	whole = json_pack(
	    "{s:s,s:b,s:s,s:I,s:o,s:s?,s:s,s:s,s:s?,s:f,s:{s:o,s:o,s:o,s:o}}", "schema", "setpoint.sim/v1", "open_loop",
	    false, "scenario", asked->scenario ? asked->scenario : "calm", "seed", (json_int_t)asked->seed, "settings",
	    settings, "demand", asked->demand, "start", sp_time_format(run->options.market.start_ns, start), "config",
	    sp_hash_text(sp_config_setup(config)->hash, hash), "log", asked->log, "wall_s",
	    sp_progress_spent(&run->progress), "money_usd", "revenue", money_json(money->revenue), "capacity",
	    money_json(money->capacity), "variable", money_json(money->variable), "margin", money_json(money->margin));
	json_object_update_new(whole, sp_summary_json(run->result.story));
	json_dumpf(whole, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(whole);
}

static sp_exit try_world(const sim_asked *asked, const char *command)
{
	char policy[512];
	const sp_world_asked world = {
	    .command = command,
	    .name = asked->scenario,
	    .law = asked->law && *asked->law != '{' ? policy : asked->law,
	    .report = asked->report,
	    .log = asked->log,
	    .traces = asked->traces,
	    .settings = asked->settings,
	    .n_settings = asked->n_settings,
	    .seed = asked->seed,
	    .json = asked->json,
	    .plot = asked->plot,
	    .story = asked->story,
	};

	snprintf(policy, sizeof policy, "{use: %s}", asked->law ? asked->law : "");
	return sp_world_try(&world);
}

static sp_exit try_config(sim_asked *asked, const char *command)
{
	sim_run run = {.asked = asked};
	sp_config *config = NULL;
	sp_message message = {{0}};
	sp_status status;
	sp_exit code;

	if (asked->hours <= 0)
		asked->hours = HOURS_DEFAULT;
	if (asked->start_ns == SP_TIME_NEVER)
		sp_time_parse(START_DEFAULT, strlen(START_DEFAULT), &asked->start_ns);
	code = sp_complain_read(asked->config, &config);
	if (code == SP_EXIT_OK)
		code = check_market(asked, sp_config_setup(config), command);
	if (code != SP_EXIT_OK) {
		sp_config_close(config);
		return code;
	}
	sp_progress_begin(&run.progress, "sim");
	status = prepare(&run, sp_config_setup(config), &message);
	if (status == SP_OK)
		status = sp_loop_run(config, &run.options, &run.result, &message);
	sp_progress_end(&run.progress);
	code = sp_exit_with(status, &message);
	if (code == SP_EXIT_OK && asked->json)
		print_json(&run, config);
	else if (code == SP_EXIT_OK)
		print_words(&run, config);
	if (code == SP_EXIT_OK)
		sp_summary_warn(run.result.story);
	run_fini(&run);
	sp_config_close(config);
	return code;
}

int sp_noun_sim(int argc, char **argv)
{
	static const struct argp argp = {sim_options, take_option, NULL, sim_about, NULL, NULL, NULL};
	sim_asked asked = {.seed = 1, .start_ns = SP_TIME_NEVER};

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	return asked.config ? try_config(&asked, argv[0]) : try_world(&asked, argv[0]);
}
