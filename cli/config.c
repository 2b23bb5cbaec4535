/* config.c - `setpoint config`: what a configuration file says, whether it is right, and what there is to say. */
#include <argp.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "cli/complain.h"
#include "cli/exit.h"
#include "cli/loops.h"
#include "cli/number.h"
#include "cli/verb.h"
#include "controller/log/log.h"

#define FILES_MAX 256 /* what a shell's pattern names */

typedef struct config_asked {
	const char *files[FILES_MAX];
	int n_files;
	const char *family;
	bool json;
} config_asked;

enum { KEY_JSON = 0x100, KEY_FAMILY };

static void add_file(config_asked *asked, const char *file, const struct argp_state *state)
{
	if (asked->n_files == FILES_MAX)
		argp_error(state, "more than %d files", FILES_MAX);
	asked->files[asked->n_files++] = file;
}

static error_t take_option(int key, char *value, struct argp_state *state)
{
	config_asked *asked = state->input;

	switch (key) {
	case 'c':
	case ARGP_KEY_ARG:
		add_file(asked, value, state);
		return 0;
	case KEY_JSON:
		asked->json = true;
		return 0;
	case KEY_FAMILY:
		asked->family = value;
		return 0;
	case ARGP_KEY_END:
		if (asked->n_files == 0)
			argp_error(state, "which file? Give it as an argument or with -c FILE");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* --- check --- */

static json_t *complaints_json(const sp_complaints *complaints)
{
	json_t *list = json_array();

	for (size_t i = 0; i < complaints->n; i++) {
		const sp_complaint *c = &complaints->list[i];
		json_array_append_new(
		    list, json_pack("{s:i,s:i,s:s}", "line", (int)c->line, "column", (int)c->column, "text", c->text));
	}
	return list;
}

static json_t *check_json(const char *file, const sp_config *config, const sp_complaints *complaints)
{
	json_t *one = json_pack("{s:s,s:b,s:o,s:I}", "file", file, "ok", config != NULL, "complaints",
	                        complaints_json(complaints), "more", (json_int_t)complaints->more);

	if (config) {
		const sp_setup *setup = sp_config_setup(config);
		char hash[SP_HASH_TEXT_MAX];
		json_object_update_new(one, json_pack("{s:i,s:i,s:i,s:s}", "pools", (int)setup->n_pools, "families",
		                                      (int)setup->n_families, "skus", (int)setup->n_skus, "config",
		                                      sp_hash_text(setup->hash, hash)));
		json_object_set_new(one, "loops", sp_loops_json(setup));
	}
	return one;
}

static void check_words(const char *file, int n_files, const sp_config *config, const sp_complaints *complaints)
{
	char pools[2 * SP_NUMBER_MAX], families[2 * SP_NUMBER_MAX], skus[2 * SP_NUMBER_MAX];

	if (!config) {
		sp_complain_print(complaints);
		if (complaints->n > 0 && complaints->list[0].line > 0)
			fprintf(stderr, "%s: %s\n", file, sp_number_plural(complaints->n + complaints->more, "complaint", pools));
		return;
	}
	if (n_files > 1)
		printf("%s: ", file);
	printf("ok: %s, %s, %s\n", sp_number_plural(sp_config_setup(config)->n_pools, "pool", pools),
	       sp_number_plural(sp_config_setup(config)->n_families, "family", families),
	       sp_number_plural(sp_config_setup(config)->n_skus, "SKU", skus));
	sp_loops_print(sp_config_setup(config), stdout);
}

static sp_exit check_file(const char *file, const config_asked *asked, json_t *answers)
{
	sp_complaints complaints = {0};
	sp_config *config = NULL;
	sp_status status = sp_config_read(file, &config, &complaints);

	if (asked->json)
		json_array_append_new(answers, check_json(file, config, &complaints));
	else
		check_words(file, asked->n_files, config, &complaints);
	sp_config_close(config);
	sp_complaints_fini(&complaints);
	return sp_complain_code(status, file);
}

static const struct argp_option check_options[] = {
    {"config", 'c', "FILE", 0, "The configuration; the same as the argument", 0},
    {"json", KEY_JSON, NULL, 0, "One object: every file with its complaints", 0},
    {0},
};

static int run_check(int argc, char **argv)
{
	static const struct argp argp = {
	    check_options,
	    take_option,
	    "FILE...",
	    "Reads configuration files with their price sheets and names every error there is, as file:line:column: "
	    "message (path). Nothing is changed or started."
	    "\vExits with 0 when all are right, 78 when one is refused.\n\n"
	    "  setpoint config check setpoint.yaml\n  setpoint config check --json staging/*.yaml\n",
	    NULL,
	    NULL,
	    NULL};
	config_asked asked = {0};
	json_t *answers;
	sp_exit code = SP_EXIT_OK;

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	answers = json_array();
	for (int i = 0; i < asked.n_files; i++) {
		sp_exit one = check_file(asked.files[i], &asked, answers);
		code = code == SP_EXIT_OK ? one : code;
	}
	if (asked.json) {
		json_t *whole = json_pack("{s:s,s:b,s:O}", "schema", "setpoint.config_check/v1", "ok", code == SP_EXIT_OK,
		                          "files", answers);
		json_dumpf(whole, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(whole);
	}
	json_decref(answers);
	return code;
}

/* --- show --- */

static bool any_family(const sp_setup *setup, const char *pattern)
{
	bool any = pattern == NULL;

	for (uint32_t i = 0; i < setup->n_families && !any; i++)
		any = sp_pattern_match(pattern, setup->families[i].id);
	return any;
}

static const struct argp_option show_options[] = {
    {"config", 'c', "FILE", 0, "The configuration; the same as the argument", 0},
    {"family", KEY_FAMILY, "PATTERN", 0, "Only the families that match: '*' stands for any run of characters", 0},
    {"json", KEY_JSON, NULL, 0, "One object instead of text", 0},
    {0},
};

static int run_show(int argc, char **argv)
{
	static const struct argp argp = {show_options,
	                                 take_option,
	                                 "FILE",
	                                 "Shows every value of a configuration with where it came from: built-in, a "
	                                 "profile, defaults, or the line of an entry."
	                                 "\vExits with 2 when no family matches, 78 when the file is refused.\n\n"
	                                 "  setpoint config show setpoint.yaml --family '*/us-east/batch'\n",
	                                 NULL,
	                                 NULL,
	                                 NULL};
	config_asked asked = {0};
	sp_config *config = NULL;
	sp_exit code;

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	if (asked.n_files != 1)
		return sp_exit_usage(argv[0], "one file at a time");
	code = sp_complain_read(asked.files[0], &config);
	if (code != SP_EXIT_OK)
		return code;
	if (any_family(sp_config_setup(config), asked.family)) {
		code = sp_exit_with(sp_config_show(config, asked.family, asked.json, stdout), NULL);
	} else {
		fprintf(stderr, "setpoint: no family matches '%s'; `setpoint config show %s` has them all\n", asked.family,
		        asked.files[0]);
		code = SP_EXIT_NEGATIVE;
	}
	sp_config_close(config);
	return code;
}

/* --- what there is to say --- */

static int run_reference(int argc, char **argv)
{
	static const struct argp argp = {
	    NULL, NULL, "",  "Prints docs/config.md: every key, what it expects and what holds unless it is given.",
	    NULL, NULL, NULL};

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	sp_config_reference(stdout);
	return SP_EXIT_OK;
}

static int run_schema(int argc, char **argv)
{
	static const struct argp argp = {
	    NULL, NULL,
	    "",   "Prints docs/config.schema.json: the JSON Schema from which editors complete and check a configuration.",
	    NULL, NULL,
	    NULL};

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	sp_config_schema(stdout);
	return SP_EXIT_OK;
}

int sp_noun_config(int argc, char **argv)
{
	static const sp_verb list[] = {
	    {"check", "every error of a configuration and its price sheet, at once", run_check},
	    {"show", "every value, with where it came from", run_show},
	    {"reference", "all keys there are, as Markdown", run_reference},
	    {"schema", "the JSON Schema for editors", run_schema},
	    {0},
	};
	static const sp_verbs verbs = {list, "What a configuration says, and whether it is right.", ""};

	return sp_verb_run(&verbs, argc, argv);
}
