/* score.c - `setpoint score`: every price law on every kind of world, against what could have been made. */
#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "cli/exit.h"
#include "cli/number.h"
#include "cli/progress.h"
#include "cli/scorecard.h"
#include "cli/scorepage.h"
#include "cli/verb.h"
#include "sim/score/foresight.h"

#define KINDS_MAX    64
#define SETTINGS_MAX 64
#define HINTS_MAX    8
#define LAWS_MAX     16
#define SEEDS_USUAL  4
#define MOVES_MAX    1000000
#define COMMAND_MAX  1024

typedef struct score_asked {
	const char *laws[LAWS_MAX], *report, *markdown, *traces;
	const char *settings[SETTINGS_MAX];
	uint32_t n_laws, n_settings, n_hints, n_kinds, n_seeds, moves, jobs;
	sp_hint hints[HINTS_MAX];
	uint32_t kinds[KINDS_MAX];
	uint64_t first_seed;
	bool json;
} score_asked;

enum {
	KEY_LAW = 0x100,
	KEY_SCENARIO,
	KEY_SEEDS,
	KEY_TOLD,
	KEY_JOBS,
	KEY_JSON,
	KEY_REPORT,
	KEY_MARKDOWN,
	KEY_TRACES,
	KEY_SET,
	KEY_MOVES
};

static const struct argp_option score_options[] = {
    {"law", KEY_LAW, "NAME[=KEY: VALUE, …]", 0, "A law, with parameters; may be repeated (default: all there are)", 0},
    {"told", KEY_TOLD, "E|truth|sure", 0,
     "What a law with an `elasticity' is told of it: a number, the world's own, or that and certain; may be repeated "
     "(default: 1.5, truth and sure)",
     0},
    {"scenario", KEY_SCENARIO, "NAME", 0, "A kind of world; may be repeated (default: all; `setpoint sim --list')", 1},
    {"seeds", KEY_SEEDS, "N|A..B", 0, "Seeds 1 to N, or A to B (default 1..4)", 1},
    {"set", KEY_SET, "KEY=VALUE", 0, "One trait of every world, such as length=14d", 1},
    {"traces", KEY_TRACES, "DIR", 0, "Folder of recorded demand, for the worlds made after it", 1},
    {"moves", KEY_MOVES, "N", 0, "Random block moves that the clairvoyant is improved by (default 1000)", 1},
    {"jobs", KEY_JOBS, "N", 0, "Processes (default: one a core); the result is the same however many", 2},
    {"json", KEY_JSON, NULL, 0, "One object instead of tables", 3},
    {"report", KEY_REPORT, "FILE.html", 0, "Write it as one page, with pictures", 3},
    {"markdown", KEY_MARKDOWN, "FILE.md", 0, "Write it as docs/scorecard.md is; `-' is standard output, alone", 3},
    {0},
};

static const char score_about[] =
    "Tries price laws on simulated worlds, the engine in a closed loop, and says how much of the way from the list "
    "price to "
    "one who knew it all they made.\v"
    "  setpoint score --seeds 8\n"
    "  setpoint score --law margin_curve --scenario gpu_down --report page.html\n"
    "  setpoint score --law 'utilization_pi=elasticity: 3' --law fixed --seeds 5..6\n";

/* --- what was asked --- */

static uint64_t take_whole(const char *text, char **end, const char *option, struct argp_state *state)
{
	errno = 0;
	const unsigned long long n = strtoull(text, end, 10);

	if (*text < '0' || *text > '9' || errno != 0 || n > INT64_MAX)
		argp_error(state, "%s: '%s' is not a whole number", option, text);
	return n;
}

static uint32_t take_count(const char *text, uint64_t most, const char *option, struct argp_state *state)
{
	char *end;
	const uint64_t n = take_whole(text, &end, option, state);

	if (*end != '\0' || n > most)
		argp_error(state, "%s: '%s': expected a whole number up to %llu", option, text, (unsigned long long)most);
	return (uint32_t)n;
}

static void take_seeds(score_asked *asked, const char *text, struct argp_state *state)
{
	char *end;
	uint64_t first = 1, last = take_whole(text, &end, "--seeds", state);

	if (strncmp(end, "..", 2) == 0) {
		first = last;
		last = take_whole(end + 2, &end, "--seeds", state);
	}
	if (*end != '\0' || last < first || last - first >= SP_SCORE_WORLDS_MAX / KINDS_MAX)
		argp_error(state, "--seeds: '%s': expected N, or A..B, at most %d of them", text,
		           SP_SCORE_WORLDS_MAX / KINDS_MAX);
	asked->first_seed = first;
	asked->n_seeds = (uint32_t)(last - first + 1);
}

static void take_kind(score_asked *asked, const char *name, struct argp_state *state)
{
	const sp_world_kind *kind = sp_world_kind_find(name);

	if (!kind)
		argp_error(state, "no scenario '%s'; `setpoint sim --list' names all", name);
	if (asked->n_kinds == KINDS_MAX)
		argp_error(state, "more than %d scenarios", KINDS_MAX);
	asked->kinds[asked->n_kinds++] = (uint32_t)(kind - sp_world_kinds);
}

static void take_hint(score_asked *asked, const char *text, struct argp_state *state)
{
	sp_message message = {""};

	if (asked->n_hints == HINTS_MAX)
		argp_error(state, "--told: more than %d", HINTS_MAX);
	if (sp_hint_parse(text, &asked->hints[asked->n_hints++], &message) != SP_OK)
		argp_error(state, "--told: %s", message.text);
}

static error_t take_worlds(int key, char *value, struct argp_state *state)
{
	score_asked *asked = state->input;

	switch (key) {
	case KEY_SCENARIO:
		take_kind(asked, value, state);
		return 0;
	case KEY_SEEDS:
		take_seeds(asked, value, state);
		return 0;
	case KEY_SET:
		if (asked->n_settings == SETTINGS_MAX)
			argp_error(state, "more than %d settings", SETTINGS_MAX);
		asked->settings[asked->n_settings++] = value;
		return 0;
	case KEY_TRACES:
		asked->traces = value;
		return 0;
	case KEY_MOVES:
		asked->moves = take_count(value, MOVES_MAX, "--moves", state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t take_option(int key, char *value, struct argp_state *state)
{
	score_asked *asked = state->input;

	switch (key) {
	case KEY_LAW:
		if (asked->n_laws == LAWS_MAX)
			argp_error(state, "more than %d laws", LAWS_MAX);
		asked->laws[asked->n_laws++] = value;
		return 0;
	case KEY_TOLD:
		take_hint(asked, value, state);
		return 0;
	case KEY_JOBS:
		asked->jobs = take_count(value, SP_CREW_MAX, "--jobs", state);
		if (asked->jobs == 0)
			argp_error(state, "--jobs: one at least");
		return 0;
	case KEY_JSON:
		asked->json = true;
		return 0;
	case KEY_REPORT:
		asked->report = value;
		return 0;
	case KEY_MARKDOWN:
		asked->markdown = value;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': laws are given with --law NAME", value);
		return 0;
	default:
		return take_worlds(key, value, state);
	}
}

static void ask_usual(score_asked *asked)
{
	static const char *const usual[] = {"1.5", "truth", "sure"};
	const long cores = sysconf(_SC_NPROCESSORS_ONLN);

	SP_ASSERT(sp_world_n_kinds <= KINDS_MAX);
	if (asked->n_hints == 0) {
		asked->n_hints = sizeof usual / sizeof *usual;
		for (uint32_t i = 0; i < asked->n_hints; i++)
			sp_hint_parse(usual[i], &asked->hints[i], NULL);
	}
	if (asked->n_kinds == 0) {
		asked->n_kinds = (uint32_t)sp_world_n_kinds;
		for (uint32_t i = 0; i < asked->n_kinds; i++)
			asked->kinds[i] = i;
	}
	if (asked->jobs == 0)
		asked->jobs = cores < 1 ? 1 : cores > SP_CREW_MAX ? SP_CREW_MAX : (uint32_t)cores;
}

/* --- the run --- */

typedef struct score_run {
	const score_asked *asked;
	sp_entrant entrants[SP_SCORE_ENTRANTS_MAX];
	sp_score_plan plan;
	sp_score score;
	sp_progress progress;
	char command[COMMAND_MAX];
} score_run;

static void show(void *context, uint32_t done)
{
	score_run *run = context;
	const uint32_t all = run->plan.n_kinds * run->plan.n_seeds;
	char where[2 * SP_NUMBER_MAX + 16], count[2 * SP_NUMBER_MAX];

	snprintf(where, sizeof where, "%u of %s", done, sp_number_plural(all, "world", count));
	sp_progress_show(&run->progress, (double)done / all, where);
}

/* A law as often as it can be told something else. "sure" is news to a law only that knows how sure it is. */
static sp_status enter(score_run *run, const char *text, sp_message *message)
{
	sp_entrant entrant;
	sp_status status = sp_entrant_parse(text, &entrant, message);

	if (status != SP_OK)
		return status;
	const bool listens = sp_entrant_listens(&entrant);
	const bool doubts = sp_param_find(entrant.law->params, entrant.law->n_params, "elasticity_sd", 13) != NULL;
	for (uint32_t i = 0; i < (listens ? run->asked->n_hints : 1); i++) {
		if (listens)
			entrant.told = run->asked->hints[i];
		if (entrant.told.kind == SP_HINT_SURE && !doubts)
			continue;
		if (run->plan.n_entrants == SP_SCORE_ENTRANTS_MAX)
			return sp_message_set(message, SP_E_RANGE, "more than %d laws", SP_SCORE_ENTRANTS_MAX);
		run->entrants[run->plan.n_entrants++] = entrant;
	}
	return SP_OK;
}

/* Can the worlds be run under the entrants from `first` on? */
static sp_status check_from(const score_run *run, const sp_world *world, uint32_t first, sp_message *message)
{
	sp_status status = SP_OK;

	for (uint32_t i = first; i < run->plan.n_entrants && status == SP_OK; i++) {
		sp_config *config = NULL;
		status = sp_entrant_config(&run->entrants[i], world, &config, message);
		sp_config_close(config);
	}
	return status;
}

/* Every law that these worlds can be run under; the others are named. */
static sp_status enter_known(score_run *run, const sp_world *world, sp_message *message)
{
	sp_status status = SP_OK;

	for (size_t i = 0; sp_laws[i] != NULL && status == SP_OK; i++) {
		const uint32_t first = run->plan.n_entrants;
		status = enter(run, sp_laws[i]->name, message);
		if (status == SP_OK && check_from(run, world, first, message) == SP_E_SYNTAX) {
			fprintf(stderr, "score: %s is left out: %s\n", sp_laws[i]->name, message->text);
			run->plan.n_entrants = first;
		}
	}
	return status;
}

/* Before anything is made: a wrong law, parameter or trait is the command line's error. */
static sp_status enter_all(score_run *run, sp_message *message)
{
	sp_world *world = NULL;
	sp_status status =
	    sp_world_open(&sp_world_kinds[run->plan.kinds[0]], run->plan.first_seed, &run->plan.options, &world, message);

	for (uint32_t i = 0; i < run->asked->n_laws && status == SP_OK; i++)
		status = enter(run, run->asked->laws[i], message);
	if (status == SP_OK)
		status = run->asked->n_laws > 0 ? check_from(run, world, 0, message) : enter_known(run, world, message);
	sp_world_close(world);
	return status;
}

static void plan_fill(score_run *run)
{
	const score_asked *asked = run->asked;

	run->plan = (sp_score_plan){
	    .entrants = run->entrants,
	    .kinds = asked->kinds,
	    .n_kinds = asked->n_kinds,
	    .first_seed = asked->first_seed,
	    .n_seeds = asked->n_seeds,
	    .moves = asked->moves,
	    .jobs = asked->jobs,
	    .options = {asked->traces, asked->settings, asked->n_settings},
	    .show = show,
	    .context = run,
	};
}

/* --- what it came to --- */

/* What changes nothing of the result is not told: how many processes, and another file. */
static bool untold(const char *word, bool *with_next)
{
	static const char *const options[] = {"--jobs", "--report"};

	for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
		const size_t n = strlen(options[i]);
		if (strncmp(word, options[i], n) != 0 || (word[n] != '\0' && word[n] != '='))
			continue;
		*with_next = word[n] == '\0';
		return true;
	}
	return false;
}

/* The command as it was typed. */
static void command_text(int argc, char **argv, char text[COMMAND_MAX])
{
	size_t n = (size_t)snprintf(text, COMMAND_MAX, "%s", argv[0]);
	bool with_next = false;

	for (int i = 1; i < argc && n < COMMAND_MAX; i++) {
		const bool plain = strpbrk(argv[i], " '\"{}:;&|<>$*") == NULL;
		if (untold(argv[i], &with_next))
			i += with_next;
		else
			n += (size_t)snprintf(text + n, COMMAND_MAX - n, plain ? " %s" : " '%s'", argv[i]);
	}
}

typedef void (*score_writer)(const sp_scorecard *card, const char *command, FILE *out);

static sp_status write_file(const score_run *run, const char *path, score_writer write, sp_message *message)
{
	const sp_scorecard card = {&run->score, &run->plan};
	FILE *file = fopen(path, "we");

	if (!file)
		return sp_message_set(message, errno == EACCES ? SP_E_PERMISSION : SP_E_IO, "%s: cannot be written: %s", path,
		                      strerror(errno));
	write(&card, run->command, file);
	bool failed = ferror(file) != 0;
	failed |= fclose(file) != 0;
	return failed ? sp_message_set(message, SP_E_IO, "%s: writing failed: %s", path, strerror(errno)) : SP_OK;
}

static sp_status print_words(const score_run *run)
{
	const sp_scorecard card = {&run->score, &run->plan};
	const sp_screen screen = sp_screen_of(stdout);
	char worlds[2 * SP_NUMBER_MAX];
	sp_status status = sp_scorecard_words(&card, &screen, stdout);

	printf("a simulated market; %s, seeds %llu to %llu; %.1f s\n",
	       sp_number_plural(run->score.n_worlds, "world", worlds), (unsigned long long)run->plan.first_seed,
	       (unsigned long long)(run->plan.first_seed + run->plan.n_seeds - 1), sp_progress_spent(&run->progress));
	return status;
}

static sp_status print_json(const score_run *run)
{
	const sp_scorecard card = {&run->score, &run->plan};
	json_t *whole = sp_scorecard_json(&card);

	if (!whole)
		return SP_E_MEMORY;
	json_dumpf(whole, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(whole);
	return SP_OK;
}

static sp_status tell(const score_run *run, sp_message *message)
{
	const sp_scorecard card = {&run->score, &run->plan};
	const char *markdown = run->asked->markdown;
	const bool alone = markdown && strcmp(markdown, "-") == 0;
	sp_status status = SP_OK;

	if (run->asked->report)
		status = write_file(run, run->asked->report, sp_scorepage_write, message);
	if (status == SP_OK && markdown && !alone)
		status = write_file(run, markdown, sp_scorecard_markdown, message);
	if (status != SP_OK)
		return status;
	if (alone) {
		sp_scorecard_markdown(&card, run->command, stdout);
		return SP_OK;
	}
	return run->asked->json ? print_json(run) : print_words(run);
}

static sp_exit try_all(score_run *run, const char *command)
{
	sp_message message = {""};

	plan_fill(run);
	sp_status status = enter_all(run, &message);
	if (status != SP_OK && status != SP_E_MEMORY && status != SP_E_ABSENT)
		return sp_exit_usage(command, "%s", message.text);
	sp_progress_begin(&run->progress, "score");
	if (status == SP_OK)
		status = sp_score_run(&run->plan, &run->score, &message);
	sp_progress_end(&run->progress);
	if (status == SP_OK)
		status = tell(run, &message);
	sp_score_close(&run->score);
	return sp_exit_with(status, &message);
}

int sp_noun_score(int argc, char **argv)
{
	static const struct argp argp = {score_options, take_option, NULL, score_about, NULL, NULL, NULL};
	score_asked asked = {.first_seed = 1, .n_seeds = SEEDS_USUAL, .moves = SP_FORESIGHT_MOVES};
	score_run *run = calloc(1, sizeof *run);

	if (!run)
		return SP_EXIT_FAILURE;
	run->asked = &asked;
	command_text(argc, argv, run->command); /* argp reorders them */
	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	ask_usual(&asked);
	sp_exit code = try_all(run, argv[0]);
	free(run);
	return code;
}
