/* loop.c - `setpoint loop status`: is each family's price calm, how much of its law's wish counts, what is known of the loop, and
 * what its experiment found. */
#include <argp.h>
#include <jansson.h>
#include <stdio.h>

#include "base/money.h"
#include "base/time.h"
#include "cli/asking.h"
#include "cli/number.h"
#include "cli/scene.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "controller/engine/experiment.h"

typedef struct loop_asked {
	const char *state, *log;
	bool json;
} loop_asked;

enum { KEY_STATE = 0x100, KEY_LOG, KEY_JSON };

static const struct argp_option status_options[] = {
    {"state", KEY_STATE, "DIR", 0, "A daemon's state directory: its decision log (default: as `setpoint run' has it)",
     0},
    {"log", KEY_LOG, "DB", 0, "A decision log instead", 0},
    {"json", KEY_JSON, NULL, 0, "One object instead of text", 0},
    {0},
};

static const char status_about[] =
    "How calm each family's told price is: turns and moves within its window against the family's limits, the share of "
    "ticks at a rail, how much of the law's wish counts, and the loop's gain and delay as far as they can be measured. "
    "Of "
    "each experiment: its block, what it has spent, what it found, and how it ended."
    "\vAs of the log's last tick. Exits with 0 also when a loop swings: the table is the answer.\n\n"
    "  setpoint loop status\n  setpoint loop status --log setpoint.db --json\n";

static error_t take_option(int key, char *value, struct argp_state *state)
{
	loop_asked *asked = state->input;

	switch (key) {
	case KEY_STATE:
		asked->state = value;
		return 0;
	case KEY_LOG:
		asked->log = value;
		return 0;
	case KEY_JSON:
		asked->json = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is one argument too many", value);
		return 0;
	case ARGP_KEY_END:
		if (asked->state && asked->log)
			argp_error(state, "--state and --log exclude one another");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* --- what there is to say --- */

static const char *trouble_words(uint32_t trouble)
{
	static const char *const words[] = {"calm", "swings", "moves too often", "swings and moves too often"};

	return words[trouble & 3];
}

/* "3.2 of 5", or without a limit "3.2". */
static char *count_words(double count, int64_t limit, char text[SP_NUMBER_MAX])
{
	if (limit == SP_PARAM_NONE || limit == 0)
		snprintf(text, SP_NUMBER_MAX, "%.1f", count);
	else
		snprintf(text, SP_NUMBER_MAX, "%.1f of %lld", count, (long long)limit);
	return text;
}

/* "0.31 +- 0.08", or "not identified". */
static char *measured_words(const sp_measured *measured, char text[SP_NUMBER_MAX])
{
	if (measured->answer.knowledge != SP_KNOWN)
		snprintf(text, SP_NUMBER_MAX, "not identified");
	else
		snprintf(text, SP_NUMBER_MAX, "%.2f +- %.2f", measured->value, measured->sd);
	return text;
}

static char *delay_words(const sp_measured *delay, char text[SP_NUMBER_MAX])
{
	if (delay->answer.knowledge != SP_KNOWN)
		return measured_words(delay, text);
	return sp_number_span((int64_t)(delay->value * (double)SP_SEC), text);
}

static void add_family(sp_table *table, const sp_scene *scene, uint32_t family)
{
	const sp_family_setup *f = &scene->setup->families[family];
	char gain[SP_NUMBER_MAX], turns[SP_NUMBER_MAX], moves[SP_NUMBER_MAX], rail[SP_NUMBER_MAX];
	char loop_gain[SP_NUMBER_MAX], delay[SP_NUMBER_MAX];
	sp_loop_report r;

	sp_engine_loop(scene->engine, family, &r);
	snprintf(gain, sizeof gain, "%.3g%%", r.gain * 100);
	snprintf(rail, sizeof rail, "%.0f%%", r.at_rail * 100);
	sp_table_add(table, r.gain < 1 ? SP_COLOUR_YELLOW : SP_COLOUR_PLAIN,
	             (const char *const[]){f->id, f->law->name, r.gain < 1 ? trouble_words(r.trouble) : "calm", gain,
	                                   count_words(r.alternations, f->loop.alternations, turns),
	                                   count_words(r.moves, f->loop.flap_budget, moves), rail,
	                                   measured_words(&r.response.gain, loop_gain),
	                                   delay_words(&r.response.delay_s, delay)});
}

static sp_status print_loops(const sp_scene *scene)
{
	static const sp_table_column columns[] = {{"family", SP_TABLE_LEFT},     {"law", SP_TABLE_LEFT},
	                                          {"loop", SP_TABLE_LEFT},       {"of its wish", SP_TABLE_RIGHT},
	                                          {"turns", SP_TABLE_RIGHT},     {"moves", SP_TABLE_RIGHT},
	                                          {"at a rail", SP_TABLE_RIGHT}, {"loop gain", SP_TABLE_RIGHT},
	                                          {"delay", SP_TABLE_RIGHT},     {NULL, SP_TABLE_LEFT}};
	sp_screen screen = sp_screen_of(stdout);
	sp_table *table = sp_table_open(columns);
	sp_status status;

	if (!table)
		return SP_E_MEMORY;
	for (uint32_t family = 0; family < scene->setup->n_families; family++)
		add_family(table, scene, family);
	status = sp_table_print(table, &screen, stdout);
	sp_table_close(table);
	return status;
}

static json_t *measured_json(const sp_measured *measured)
{
	static const char *const words[] = {"known", "too_little", "not_identified"};

	if (measured->answer.knowledge != SP_KNOWN)
		return json_pack("{s:s,s:s}", "knowledge", words[measured->answer.knowledge], "reason",
		                 measured->answer.reason);
	return json_pack("{s:s,s:f,s:f}", "knowledge", words[0], "value", measured->value, "sd", measured->sd);
}

/* --- experiments --- */

/* Is the family marked for one? */
static bool tried(const sp_scene *scene, uint32_t family, sp_experiment_report *r)
{
	return sp_engine_experiment(scene->engine, family, r) &&
	       sp_experiment_is_on(&scene->setup->families[family].experiment);
}

/* "runs", or how it ended. Without a block it waits: for demand to have been watched, or for the family to be in auto. A reload may
 * have taken it out of auto in a block: then the price stays off its base, and that goes on to cost. */
static const char *tried_state(const sp_experiment_report *r)
{
	if (r->end == SP_EXPERIMENT_RUNS && r->block == 0)
		return r->began_ns == SP_TIME_NEVER ? "not begun" : r->part_ppb != 0 ? "off base" : "rests";
	return sp_experiment_end_name(r->end);
}

/* "3.12 of 500.00 USD" */
static char *tried_spent(const sp_experiment_report *r, sp_money budget, char text[SP_NUMBER_MAX])
{
	snprintf(text, SP_NUMBER_MAX, "%.2f of %.2f USD", (double)r->spent_nano / 1e9, (double)budget.nano / 1e9);
	return text;
}

/* "2.10, 90 % within 1.60 to 2.60", or why it is not known. */
static void tried_answer(const sp_experiment_report *r, char *text, size_t n)
{
	if (r->elasticity.answer.knowledge != SP_KNOWN)
		snprintf(text, n, "not identified: %s", r->elasticity.answer.reason);
	else
		snprintf(text, n, "%.2f, 90 %% within %.2f to %.2f", r->elasticity.value, r->low, r->high);
}

static void add_tried(sp_table *table, const sp_scene *scene, uint32_t family)
{
	const sp_family_setup *f = &scene->setup->families[family];
	char block[SP_NUMBER_MAX], spent[SP_NUMBER_MAX], part[SP_NUMBER_MAX], answer[200];
	sp_experiment_report r;

	if (!tried(scene, family, &r))
		return;
	snprintf(block, sizeof block, "%u of %lld", r.block, (long long)f->experiment.blocks);
	snprintf(part, sizeof part, "%+.4f", (double)r.part_ppb / 1e9);
	tried_answer(&r, answer, sizeof answer);
	sp_table_add(table, SP_COLOUR_PLAIN,
	             (const char *const[]){f->id, tried_state(&r), r.block > 0 ? block : "", part,
	                                   tried_spent(&r, f->experiment.budget, spent), answer});
}

static json_t *tried_json(const sp_experiment_setup *setup, const sp_experiment_report *r)
{
	char spent[SP_DECIMAL_TEXT_MAX], budget[SP_DECIMAL_TEXT_MAX], part[SP_DECIMAL_TEXT_MAX];
	json_t *elasticity = measured_json(&r->elasticity);

	if (r->elasticity.answer.knowledge == SP_KNOWN)
		json_object_set_new(elasticity, "interval_90", json_pack("[f,f]", r->low, r->high));
	return json_pack("{s:s,s:I,s:I,s:s,s:s,s:s,s:o}", "state", tried_state(r), "block", (json_int_t)r->block, "blocks",
	                 (json_int_t)setup->blocks, "index", sp_decimal_format(r->part_ppb, part), "spent_usd",
	                 sp_decimal_format(r->spent_nano, spent), "budget_usd",
	                 sp_decimal_format(setup->budget.nano, budget), "elasticity", elasticity);
}

static sp_status print_tried(const sp_scene *scene)
{
	static const sp_table_column columns[] = {{"experiment", SP_TABLE_LEFT}, {"state", SP_TABLE_LEFT},
	                                          {"block", SP_TABLE_RIGHT},     {"of the index", SP_TABLE_RIGHT},
	                                          {"spent", SP_TABLE_RIGHT},     {"elasticity", SP_TABLE_LEFT},
	                                          {NULL, SP_TABLE_LEFT}};
	sp_screen screen = sp_screen_of(stdout);
	sp_table *table;
	sp_status status;
	sp_experiment_report r;
	uint32_t first = 0;

	while (first < scene->setup->n_families && !tried(scene, first, &r))
		first++;
	if (first == scene->setup->n_families)
		return SP_OK;
	table = sp_table_open(columns);
	if (!table)
		return SP_E_MEMORY;
	for (uint32_t family = first; family < scene->setup->n_families; family++)
		add_tried(table, scene, family);
	putchar('\n');
	status = sp_table_print(table, &screen, stdout);
	sp_table_close(table);
	return status;
}

static sp_status print_words(const sp_scene *scene)
{
	sp_status status = print_loops(scene);

	return status == SP_OK ? print_tried(scene) : status;
}

static json_t *limit_json(int64_t limit)
{
	return limit == SP_PARAM_NONE || limit == 0 ? json_null() : json_integer(limit);
}

static json_t *family_json(const sp_scene *scene, uint32_t family)
{
	const sp_family_setup *f = &scene->setup->families[family];
	char recovers[SP_TIME_TEXT_MAX];
	sp_experiment_report tries;
	sp_loop_report r;
	json_t *one;

	sp_engine_loop(scene->engine, family, &r);
	one = json_pack("{s:s,s:s,s:s,s:f,s:f,s:o,s:f,s:o,s:f,s:f}", "family", f->id, "law", f->law->name, "loop",
	                r.gain < 1 ? trouble_words(r.trouble) : "calm", "gain", r.gain, "alternations", r.alternations,
	                "alternations_limit", limit_json(f->loop.alternations), "moves", r.moves, "flap_budget",
	                limit_json(f->loop.flap_budget), "window_s", (double)f->loop.window_ns / (double)SP_SEC, "at_rail",
	                r.at_rail);
	json_object_update_new(one,
	                       json_pack("{s:o,s:o,s:o}", "elasticity", measured_json(&r.response.elasticity), "loop_gain",
	                                 measured_json(&r.response.gain), "delay_s", measured_json(&r.response.delay_s)));
	if (tried(scene, family, &tries))
		json_object_set_new(one, "experiment", tried_json(&f->experiment, &tries));
	if (r.recovers_ns != SP_TIME_NEVER)
		json_object_set_new(one, "recovers", json_string(sp_time_format(r.recovers_ns, recovers)));
	return one;
}

static void print_json(const sp_scene *scene)
{
	char t[SP_TIME_TEXT_MAX];
	json_t *families = json_array(), *whole;

	for (uint32_t family = 0; family < scene->setup->n_families; family++)
		json_array_append_new(families, family_json(scene, family));
	whole = json_pack("{s:s,s:s,s:o}", "schema", "setpoint.loops/v1", "t", sp_time_format(scene->t_ns, t), "families",
	                  families);
	json_dumpf(whole, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(whole);
}

static sp_exit show(const char *log, bool json)
{
	sp_scene_asked asked = {.log = log, .at_ns = SP_TIME_NEVER, .over_ns = SP_MIN};
	sp_scene scene = {0};
	sp_exit code = sp_scene_open(&asked, &scene);

	if (code == SP_EXIT_OK && json)
		print_json(&scene);
	else if (code == SP_EXIT_OK)
		code = sp_exit_with(print_words(&scene), NULL);
	sp_scene_close(&scene);
	return code;
}

static int run_status(int argc, char **argv)
{
	static const struct argp argp = {status_options, take_option, "", status_about, NULL, NULL, NULL};
	loop_asked asked = {0};
	sp_home home = {0};
	sp_exit code;

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	if (asked.log)
		return show(asked.log, asked.json);
	code = sp_asking_home(asked.state, &home);
	if (code == SP_EXIT_OK) {
		code = show(home.db, asked.json);
		sp_home_fini(&home);
	}
	return code;
}

int sp_noun_loop(int argc, char **argv)
{
	static const sp_verb list[] = {
	    {"status", "how calm each family's price is, and what is known of its loop", run_status},
	    {0},
	};
	static const sp_verbs verbs = {list, "Whether prices are calm: what the loop itself does to them.", ""};

	return sp_verb_run(&verbs, argc, argv);
}
