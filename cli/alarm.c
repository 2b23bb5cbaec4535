/* alarm.c - `setpoint alarm`: what is wrong now, since when, and what to do about it. */
#include <argp.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/time.h"
#include "cli/asking.h"
#include "cli/exit.h"
#include "cli/table.h"
#include "cli/verb.h"

typedef struct alarm_asked {
	const char *state;
	bool json;
} alarm_asked;

enum { KEY_STATE = 0x100, KEY_JSON };

static const struct argp_option list_options[] = {
    {"state", KEY_STATE, "DIR", 0, "The daemon's state directory (default: as `setpoint run' has it)", 0},
    {"json", KEY_JSON, NULL, 0, "One object instead of text", 0},
    {0},
};

static error_t take_option(int key, char *value, struct argp_state *state)
{
	alarm_asked *asked = state->input;

	switch (key) {
	case KEY_STATE:
		asked->state = value;
		return 0;
	case KEY_JSON:
		asked->json = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is one argument too many", value);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void print_json(const sp_asking *asking)
{
	json_t *alarms = json_array(), *whole;

	for (uint32_t row = 0; row < asking->table.n_rows; row++)
		json_array_append_new(alarms,
		                      json_pack("{s:s,s:s,s:s,s:s,s:s}", "code", sp_asking_cell(asking, row, SP_ASK_CODE),
		                                "subject", sp_asking_cell(asking, row, SP_ASK_SUBJECT), "since",
		                                sp_asking_cell(asking, row, SP_ASK_ALARM_SINCE), "text",
		                                sp_asking_cell(asking, row, SP_ASK_ALARM_TEXT), "cure",
		                                sp_asking_cell(asking, row, SP_ASK_CURE)));
	whole = json_pack("{s:s,s:o}", "schema", "setpoint.alarms/v1", "alarms", alarms);
	json_dumpf(whole, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(whole);
}

static sp_status print_words(const sp_asking *asking)
{
	static const sp_table_column columns[] = {{"alarm", SP_TABLE_LEFT},
	                                          {"of", SP_TABLE_LEFT},
	                                          {"for", SP_TABLE_LEFT},
	                                          {"what, and what to do", SP_TABLE_LEFT},
	                                          {0}};
	sp_screen screen = sp_screen_of(stdout);
	sp_table *table = sp_table_open(columns);
	sp_status status;

	if (!table)
		return SP_E_MEMORY;
	for (uint32_t row = 0; row < asking->table.n_rows; row++) {
		char since[SP_NUMBER_MAX], what[2 * SP_CONTROL_TEXT_MAX + 3];
		snprintf(what, sizeof what, "%s; %s", sp_asking_cell(asking, row, SP_ASK_ALARM_TEXT),
		         sp_asking_cell(asking, row, SP_ASK_CURE));
		sp_table_add(table, SP_COLOUR_PLAIN,
		             (const char *const[]){sp_asking_cell(asking, row, SP_ASK_CODE),
		                                   sp_asking_cell(asking, row, SP_ASK_SUBJECT),
		                                   sp_asking_since(asking, row, SP_ASK_ALARM_SINCE, since), what});
	}
	status = sp_table_print(table, &screen, stdout);
	sp_table_close(table);
	if (asking->table.n_rows == 0)
		puts("nothing is wrong");
	return status;
}

static int run_list(int argc, char **argv)
{
	static const struct argp argp = {
	    list_options,
	    take_option,
	    "",
	    "Lists what a running daemon knows to be wrong, since when, and what to do."
	    "\vExits with 0 also when something is wrong: the list is the answer. 69 when no daemon answers.\n\n"
	    "  setpoint alarm list\n  setpoint alarm list --json | jq -e '.alarms == []'\n",
	    NULL,
	    NULL,
	    NULL};
	alarm_asked asked = {0};
	sp_asking asking;
	sp_exit code;

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	code = sp_asking_open(asked.state, &asking);
	if (code != SP_EXIT_OK)
		return code;
	code = sp_asking_ask(&asking, SP_CONTROL_alarms, NULL, NULL);
	if (code == SP_EXIT_OK && asked.json)
		print_json(&asking);
	else if (code == SP_EXIT_OK)
		code = sp_exit_with(print_words(&asking), NULL);
	if (code == SP_EXIT_OK && asking.table.more)
		fprintf(stderr, "and more than can be listed: cure the first ones\n");
	sp_asking_close(&asking);
	return code;
}

int sp_noun_alarm(int argc, char **argv)
{
	static const sp_verb list[] = {
	    {"list", "what is wrong now, and what to do", run_list},
	    {0},
	};
	static const sp_verbs verbs = {list, "What is wrong and stays so until it is cured.", ""};

	return sp_verb_run(&verbs, argc, argv);
}
