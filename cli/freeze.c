/* freeze.c - `setpoint freeze` and `setpoint thaw`: the kill switch, also when no daemon answers.
 *
 * A daemon that answers has frozen before it says so. One that does not is told by the FREEZE file, which it reads each second
 * while it runs, and before its first tick when it starts. */
#include <argp.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/time.h"
#include "cli/asking.h"
#include "cli/exit.h"
#include "cli/number.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "daemon/freeze.h"

typedef struct freeze_asked {
	const char *state;
	char scope[SP_FREEZE_TEXT_MAX]; /* "" until one is given */
	bool json;
} freeze_asked;

enum { KEY_STATE = 0x100, KEY_FAMILY, KEY_POOL, KEY_JSON };

static const struct argp_option freeze_options[] = {
    {"state", KEY_STATE, "DIR", 0, "The daemon's state directory (default: as `setpoint run' has it)", 0},
    {"family", KEY_FAMILY, "ID", 0, "This family alone", 0},
    {"pool", KEY_POOL, "ID", 0, "The families of this pool", 0},
    {"json", KEY_JSON, NULL, 0, "What is frozen, as one object instead of text", 0},
    {0},
};

/* --- the command line --- */

/* Words of a scope come one by one: "family" "chat/us-east", or both in one. */
static void add_words(freeze_asked *asked, const char *words, const struct argp_state *state)
{
	size_t n = strlen(asked->scope);
	int more = snprintf(asked->scope + n, sizeof asked->scope - n, "%s%s", n > 0 ? " " : "", words);

	if (more < 0 || (size_t)more >= sizeof asked->scope - n)
		argp_error(state, "'%.40s…' is longer than any scope", words);
}

static void take_scope(freeze_asked *asked, const char *kind, const char *id, const struct argp_state *state)
{
	if (asked->scope[0])
		argp_error(state, "one scope at a time; after '%s' comes '%s %s'", asked->scope, kind, id);
	if (sp_id_check(id, strlen(id)) != SP_OK)
		argp_error(state, "--%s: '%s' is no name: 1-128 of A-Z a-z 0-9 . _ : / @ + -", kind, id);
	add_words(asked, kind, state);
	add_words(asked, id, state);
}

static void check_scope(freeze_asked *asked, const struct argp_state *state)
{
	const char *scope = asked->scope, *id = strchr(scope, ' ');
	bool known = strncmp(scope, "family ", 7) == 0 || strncmp(scope, "pool ", 5) == 0;

	if (!scope[0])
		strcpy(asked->scope, "all");
	else if (strcmp(scope, "all") != 0 && (!known || sp_id_check(id + 1, strlen(id + 1)) != SP_OK))
		argp_error(state, "'%s' is no scope: give " SP_FREEZE_FORMS, scope);
}

static error_t take_option(int key, char *value, struct argp_state *state)
{
	freeze_asked *asked = state->input;

	switch (key) {
	case KEY_STATE:
		asked->state = value;
		return 0;
	case KEY_FAMILY:
		take_scope(asked, "family", value, state);
		return 0;
	case KEY_POOL:
		take_scope(asked, "pool", value, state);
		return 0;
	case KEY_JSON:
		asked->json = true;
		return 0;
	case ARGP_KEY_ARG:
		add_words(asked, value, state);
		return 0;
	case ARGP_KEY_END:
		check_scope(asked, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* --- what holds now --- */

/* The rows of what is frozen: from the daemon's answer, or from the file. */
typedef struct freeze_list {
	bool json;
	sp_table *table;
	json_t *rows;
	uint32_t n;
} freeze_list;

static const sp_table_column frozen_columns[] = {
    {"frozen", SP_TABLE_LEFT}, {"since", SP_TABLE_LEFT}, {"by", SP_TABLE_LEFT}, {0}};

static sp_status list_open(freeze_list *list, bool json)
{
	*list = (freeze_list){.json = json, .table = sp_table_open(frozen_columns), .rows = json_array()};
	return list->table && list->rows ? SP_OK : SP_E_MEMORY;
}

static void list_add(freeze_list *list, const char *scope, const char *since, const char *by)
{
	char moment[SP_NUMBER_MAX];
	int64_t t_ns;

	list->n++;
	json_array_append_new(list->rows, json_pack("{s:s,s:s?,s:s?}", "scope", scope, "since", since[0] ? since : NULL,
	                                            "by", by[0] ? by : NULL));
	if (sp_time_parse(since, strlen(since), &t_ns) == SP_OK)
		since = sp_number_moment(t_ns / SP_SEC * SP_SEC, moment);
	sp_table_add(list->table, SP_COLOUR_PLAIN, (const char *const[]){scope, since, by});
}

static sp_exit list_show(freeze_list *list, bool daemon, const char *said)
{
	sp_screen screen = sp_screen_of(stdout);
	sp_status status = SP_OK;

	if (list->json) {
		json_t *whole = json_pack("{s:s,s:b,s:s,s:O}", "schema", "setpoint.frozen/v1", "daemon", daemon, "said", said,
		                          "frozen", list->rows);
		json_dumpf(whole, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(whole);
	} else if (list->n > 0) {
		status = sp_table_print(list->table, &screen, stdout);
	} else {
		puts("nothing is frozen");
	}
	sp_table_close(list->table);
	json_decref(list->rows);
	return sp_exit_with(status, NULL);
}

static sp_exit show_answer(sp_asking *asking, bool json, const char *said)
{
	freeze_list list;
	sp_exit code = sp_asking_ask(asking, SP_CONTROL_frozen, NULL, NULL);

	if (code != SP_EXIT_OK)
		return code;
	if (list_open(&list, json) != SP_OK)
		return sp_exit_with(SP_E_MEMORY, NULL);
	for (uint32_t row = 0; row < asking->table.n_rows; row++)
		list_add(&list, sp_asking_cell(asking, row, SP_ASK_SCOPE), sp_asking_cell(asking, row, SP_ASK_FROZEN_SINCE),
		         sp_asking_cell(asking, row, SP_ASK_BY));
	return list_show(&list, true, said);
}

static sp_exit show_file(const sp_freeze *freeze, bool json, const char *said)
{
	freeze_list list;

	if (list_open(&list, json) != SP_OK)
		return sp_exit_with(SP_E_MEMORY, NULL);
	for (uint32_t i = 0; i < freeze->n; i++) {
		char scope[SP_FREEZE_TEXT_MAX], since[SP_TIME_TEXT_MAX];
		if (freeze->scopes[i].holds)
			list_add(&list, sp_frozen_text(&freeze->scopes[i], scope),
			         sp_time_format(freeze->scopes[i].since_ns, since), freeze->scopes[i].by);
	}
	return list_show(&list, false, said);
}

/* --- by the file --- */

static sp_status change_file(sp_freeze *freeze, bool thaws, const char *scope, sp_message *message)
{
	struct timespec now;
	char by[32];
	sp_status status;

	snprintf(by, sizeof by, "uid-%u", (unsigned)getuid());
	clock_gettime(CLOCK_REALTIME, &now);
	status = sp_freeze_load(freeze, freeze->path, now.tv_sec * SP_SEC + now.tv_nsec, message);
	if (status != SP_OK)
		fprintf(stderr, "setpoint: %s\n", message->text); /* then all is frozen already */
	if (thaws)
		return sp_freeze_thaw(freeze, scope, by, message);
	status = sp_freeze_add(freeze, scope, by, now.tv_sec * SP_SEC + now.tv_nsec);
	return status == SP_OK || status == SP_E_FULL ? sp_freeze_write(freeze, message) : status;
}

/* Does a daemon hold the state directory, though it does not answer? */
static bool is_held(const sp_home *home)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open(home->lock, O_RDONLY | O_CLOEXEC);
	bool held = fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;

	if (fd >= 0)
		close(fd);
	return held;
}

static const char *what_is_said(bool held, bool thaws)
{
	if (held)
		return thaws ? "a daemon runs and does not answer; the FREEZE file no longer says so: it reads that within a "
		               "second, once it goes on"
		             : "a daemon runs and does not answer; the FREEZE file is written: it reads that within a second, "
		               "once it goes on";
	return thaws ? "no daemon runs; the FREEZE file no longer says so, the next start is not frozen by it"
	             : "no daemon runs; the FREEZE file is written, the next start is frozen";
}

/* Nobody answers: the file says it, to a daemon that hangs as to one that starts later. */
static sp_exit by_file(const sp_home *home, const freeze_asked *asked, bool thaws)
{
	const char *said = what_is_said(is_held(home), thaws);
	sp_freeze *freeze = malloc(sizeof *freeze);
	sp_message message = {{0}};
	sp_status status;
	sp_exit code;

	if (!freeze)
		return sp_exit_with(SP_E_MEMORY, NULL);
	sp_freeze_init(freeze, home->freeze);
	status = change_file(freeze, thaws, asked->scope, &message);
	code = sp_exit_with(status, &message);
	if (status == SP_E_ABSENT)
		code = SP_EXIT_NEGATIVE;
	if (status == SP_OK) {
		fprintf(stderr, "%s\n", said);
		code = show_file(freeze, asked->json, said);
	}
	free(freeze);
	return code;
}

static sp_exit check_state(const sp_home *home)
{
	struct stat found;

	if (stat(home->path, &found) == 0 && S_ISDIR(found.st_mode))
		return SP_EXIT_OK;
	fprintf(stderr, "setpoint: %s: no state directory is there: give the daemon's with --state DIR\n", home->path);
	return SP_EXIT_UNREACHABLE;
}

/* --- by the daemon --- */

static sp_exit change(const freeze_asked *asked, bool thaws)
{
	char said[SP_MESSAGE_MAX];
	sp_asking asking;
	sp_message message = {{0}};
	sp_status status;
	sp_exit code = sp_asking_open(asked->state, &asking);

	if (code != SP_EXIT_OK)
		return code;
	code = check_state(&asking.home);
	if (code != SP_EXIT_OK) {
		sp_asking_close(&asking);
		return code;
	}
	status = sp_asking_try(&asking, thaws ? SP_CONTROL_thaw : SP_CONTROL_freeze, asked->scope, NULL, &message);
	if (status == SP_E_UNREACHABLE) {
		code = by_file(&asking.home, asked, thaws);
	} else if (status != SP_OK) {
		code = sp_exit_with(status, &message);
		code = status == SP_E_ABSENT ? SP_EXIT_NEGATIVE : code;
	} else {
		snprintf(said, sizeof said, "%s", asking.table.text);
		if (said[0] && !asked->json)
			fprintf(stderr, "%s\n", said);
		code = show_answer(&asking, asked->json, said);
	}
	sp_asking_close(&asking);
	return code;
}

int sp_noun_freeze(int argc, char **argv)
{
	static const struct argp argp = {
	    freeze_options,
	    take_option,
	    "[all|family ID|pool ID]",
	    "Freezes prices: from its return on nothing of the scope is published, until it is thawed, past crashes and "
	    "restarts. Without a scope: everything. Prices already told come into force on their date."
	    "\vWhen no daemon answers the FREEZE file in the state directory is written, which a daemon reads each second "
	    "and at its "
	    "start.\n\n"
	    "  setpoint freeze\n  setpoint freeze --family chat/us-east\n  setpoint freeze pool us-east/h100\n",
	    NULL,
	    NULL,
	    NULL};
	freeze_asked asked = {0};

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	return change(&asked, false);
}

int sp_noun_thaw(int argc, char **argv)
{
	static const struct argp argp = {
	    freeze_options,
	    take_option,
	    "[all|family ID|pool ID]",
	    "Thaws what was frozen, scope by scope: the next tick may move its prices again; nothing is published by "
	    "itself. "
	    "Without a scope: all, which leaves families and pools that were frozen one by one."
	    "\vExits with 2 when the scope is not frozen.\n\n"
	    "  setpoint thaw\n  setpoint thaw --family chat/us-east\n",
	    NULL,
	    NULL,
	    NULL};
	freeze_asked asked = {0};

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	return change(&asked, true);
}
