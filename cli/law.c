/* law.c - `setpoint law`: which price laws there are, what each does, and a time-of-use table fitted to a load. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ids.h"
#include "base/param.h"
#include "base/time.h"
#include "cli/exit.h"
#include "cli/kinds.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "policies/price/law.h"
#include "policies/price/schedule.h"
#include "sim/forecast/history.h"

typedef struct law_asked {
	const char *explain, *fit;
	double elasticity, most;
	int64_t utc_offset_min;
	bool list, reference;
} law_asked;

enum { KEY_LIST = 0x100, KEY_EXPLAIN, KEY_REFERENCE, KEY_FIT, KEY_ELASTICITY, KEY_MOST, KEY_OFFSET };

static const struct argp_option law_options[] = {
    {"list", KEY_LIST, NULL, 0, "List the laws", 0},
    {"explain", KEY_EXPLAIN, "LAW", 0, "Its formula, source, readings, terms and parameters", 0},
    {"reference", KEY_REFERENCE, NULL, 0, "All laws as Markdown: the generated part of docs/laws.md", 0},
    {"fit", KEY_FIT, "FILE,value=COLUMN[,key=value…]", 0, "A time-of-use table for the load in this file, as YAML", 1},
    {"elasticity", KEY_ELASTICITY, "E", 0, "For --fit: by how many percent load falls when price rises by one (2)", 1},
    {"most", KEY_MOST, "X", 0, "For --fit: no level more than so many times the mean's, or below 1/X (1.5)", 1},
    {"utc-offset", KEY_OFFSET, "MINUTES", 0, "For --fit: local time less UTC (0)", 1},
    {0},
};

static const char law_about[] = "Which price laws a configuration may name by `policy: {use: …}', and what each does."
                                "\v  setpoint law --explain cost_plus\n"
                                "  setpoint law --fit load.csv,value=tokens --utc-offset=60\n";

/* --- what was asked --- */

static double take_number(const char *text, double min, double max, const struct argp_state *state)
{
	char *end;
	double x = strtod(text, &end);

	if (end == text || *end != '\0' || !(x >= min && x <= max))
		argp_error(state, "'%s': expected a number from %g to %g", text, min, max);
	return x;
}

static void check_asked(const law_asked *asked, const struct argp_state *state)
{
	int ways = asked->list + asked->reference + (asked->explain != NULL) + (asked->fit != NULL);

	if (ways != 1)
		argp_error(state, "give one of --list, --explain LAW, --reference, --fit FILE,value=COLUMN");
}

static error_t take_option(int key, char *value, struct argp_state *state)
{
	law_asked *asked = state->input;

	switch (key) {
	case KEY_LIST:
		asked->list = true;
		return 0;
	case KEY_EXPLAIN:
		asked->explain = value;
		return 0;
	case KEY_REFERENCE:
		asked->reference = true;
		return 0;
	case KEY_FIT:
		asked->fit = value;
		return 0;
	case KEY_ELASTICITY:
		asked->elasticity = take_number(value, 0.05, 20, state);
		return 0;
	case KEY_MOST:
		asked->most = take_number(value, 1, 10, state);
		return 0;
	case KEY_OFFSET:
		asked->utc_offset_min = (int64_t)take_number(value, -720, 840, state);
		return 0;
	case ARGP_KEY_END:
		check_asked(asked, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* --- what there is --- */

static sp_exit list_laws(void)
{
	static const sp_table_column columns[] = {{"LAW", SP_TABLE_LEFT}, {"", SP_TABLE_LEFT}, {NULL, SP_TABLE_LEFT}};
	sp_screen screen = sp_screen_of(stdout);
	sp_table *table = sp_table_open(columns);
	sp_status status = SP_E_MEMORY;

	for (size_t i = 0; table && sp_laws[i]; i++)
		sp_table_add(table, SP_COLOUR_PLAIN, (const char *[]){sp_laws[i]->name, sp_laws[i]->help});
	if (table)
		status = sp_table_print(table, &screen, stdout);
	sp_table_close(table);
	return sp_exit_with(status, NULL);
}

#define LAW_LINE_MAX 400

static void append(char line[LAW_LINE_MAX], const char *word)
{
	size_t n = strlen(line);

	snprintf(line + n, LAW_LINE_MAX - n, "%s%s", n > 0 ? ", " : "", word);
}

/* Which readings it asks for, and which terms stand in its ledger. */
static void say_more(const sp_law_ops *law, char reads[LAW_LINE_MAX], char terms[LAW_LINE_MAX])
{
	static const char *const words[SP_READINGS] = {"load of the pool", "cost of sellable capacity",
	                                               "market price",     "demand of the family",
	                                               "marginal cost",    "measured elasticity"};

	reads[0] = terms[0] = '\0';
	if (law->asks)
		append(reads, "what its laws read");
	for (size_t i = 0; !law->asks && i < SP_READINGS; i++)
		if (law->needs >> i & 1)
			append(reads, words[i]);
	for (size_t i = 0; i < law->n_terms; i++)
		append(terms, law->terms[i].name);
	if (!reads[0])
		append(reads, "nothing");
	if (!terms[0])
		append(terms, "none");
}

/* The page of a law, or its part of the reference where there is no screen. */
static sp_status print_law(const sp_law_ops *law, const sp_screen *screen)
{
	char reads[LAW_LINE_MAX], terms[LAW_LINE_MAX];
	const char *const more[] = {"reads", reads, "terms", terms, NULL};
	const sp_kind_page page = {law->name,       law->help,       law->formula, law->source, more,
	                           "O(1) a period", law->state_size, law->version, law->params, law->n_params};

	say_more(law, reads, terms);
	if (screen)
		return sp_kind_page_print(&page, screen, stdout);
	sp_kind_page_reference(&page, stdout);
	return SP_OK;
}

static sp_exit explain(const char *name, const char *command)
{
	const sp_law_ops *law = sp_law_find(name, strlen(name));
	sp_screen screen = sp_screen_of(stdout);
	sp_ids *names = law ? NULL : sp_ids_open();
	const char *near = NULL;
	uint32_t slot;
	sp_exit code;

	if (law)
		return sp_exit_with(print_law(law, &screen), NULL);
	for (size_t i = 0; names && sp_laws[i]; i++)
		sp_ids_add(names, sp_laws[i]->name, strlen(sp_laws[i]->name), &slot);
	near = names ? sp_ids_nearest(names, name, strlen(name)) : NULL;
	code = sp_exit_usage(command, "there is no law '%.60s'%s%s%s; --list names all", name,
	                     near ? ": did you mean " : "", near ? near : "", near ? "?" : "");
	sp_ids_close(names);
	return code;
}

static sp_exit reference(void)
{
	for (size_t i = 0; sp_laws[i]; i++)
		print_law(sp_laws[i], NULL);
	return SP_EXIT_OK;
}

/* --- a table fitted to a load --- */

/* The mean of every hour of the local week; hours without a measurement are as the mean of all. */
static sp_status weekly(const sp_history *history, const sp_schedule *schedule, double load[SP_WEEK_HOURS],
                        sp_message *message)
{
	double count[SP_WEEK_HOURS] = {0}, sum = 0;
	size_t n = 0;

	memset(load, 0, SP_WEEK_HOURS * sizeof *load);
	for (size_t i = 0; i < history->n; i++) {
		int hour = sp_schedule_hour(schedule, history->t_ns[i]);
		if (history->x[i] < 0)
			return sp_message_set(message, SP_E_RANGE, "%s: a load is not negative", history->name);
		load[hour] += history->x[i];
		count[hour] += 1;
		sum += history->x[i];
		n++;
	}
	if (n == 0)
		return sp_message_set(message, SP_E_ABSENT, "%s: no measurement", history->name);
	for (int h = 0; h < SP_WEEK_HOURS; h++)
		load[h] = count[h] > 0 ? load[h] / count[h] : sum / (double)n;
	return SP_OK;
}

static void print_schedule(const sp_schedule *schedule)
{
	const sp_law_ops *law = sp_law_find("schedule", strlen("schedule"));
	static const char *const classes[] = {"peak", "shoulder", "night", "weekend"};
	char text[64], key[64];

	printf("policy:\n  use: schedule\n  utc_offset_minutes: %lld\n  level: %lld%%\n",
	       (long long)schedule->utc_offset_min, (long long)(schedule->level_ppb / (SP_NANO / 100)));
	for (int i = 0; i < SP_SCHEDULE_CLASSES; i++) {
		static const char *const keys[] = {"days", "from_h", "to_h", "level"};
		if (schedule->classes[i].level_ppb == SP_PARAM_NONE)
			continue;
		printf("  %s: {", classes[i]);
		for (int k = 0; k < 4; k++) {
			int n = snprintf(key, sizeof key, "%s.%s", classes[i], keys[k]);
			const sp_param *row = sp_param_find(law->params, law->n_params, key, (size_t)n);
			printf("%s%s: %s", k > 0 ? ", " : "", keys[k], sp_param_format(row, schedule, text));
		}
		printf("}\n");
	}
}

static sp_exit fit(const law_asked *asked)
{
	sp_schedule schedule = {.utc_offset_min = asked->utc_offset_min};
	sp_history history = {0};
	sp_message message = {{0}};
	double load[SP_WEEK_HOURS];
	sp_status status = sp_history_read(asked->fit, &history, &message);

	if (status == SP_OK)
		status = weekly(&history, &schedule, load, &message);
	if (status == SP_OK) {
		sp_schedule_fit(load, asked->elasticity, (int64_t)(asked->most * (double)SP_NANO), &schedule);
		print_schedule(&schedule);
	}
	sp_history_fini(&history);
	return sp_exit_with(status, &message);
}

int sp_noun_law(int argc, char **argv)
{
	static const struct argp argp = {law_options, take_option, "", law_about, NULL, NULL, NULL};
	law_asked asked = {.elasticity = 2, .most = 1.5};

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	if (asked.list)
		return list_laws();
	if (asked.explain)
		return explain(asked.explain, argv[0]);
	return asked.reference ? reference() : fit(&asked);
}
