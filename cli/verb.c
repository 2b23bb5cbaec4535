/* verb.c - finds and runs the command that was named; see verb.h. */
#include "cli/verb.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/ids.h"
#include "cli/exit.h"

#define COMMAND_MAX 128 /* "setpoint proposal approve" and room */

static const sp_verb *find_verb(const sp_verbs *verbs, const char *name)
{
	for (const sp_verb *verb = verbs->list; verb->name; verb++)
		if (strcmp(verb->name, name) == 0)
			return verb;
	return NULL;
}

static void list_verbs(const sp_verbs *verbs, const char *command, FILE *out)
{
	int widest = 0;

	for (const sp_verb *verb = verbs->list; verb->name; verb++)
		widest = (int)strlen(verb->name) > widest ? (int)strlen(verb->name) : widest;
	fprintf(out, "Usage: %s COMMAND [OPTION…]\n%s\n\n", command, verbs->about);
	for (const sp_verb *verb = verbs->list; verb->name; verb++)
		fprintf(out, "  %-*s  %s\n", widest, verb->name, verb->help);
	fprintf(out, "\n`%s help COMMAND' says more of one.\n%s", command, verbs->examples);
}

static int run_verb(const sp_verb *verb, int argc, char **argv)
{
	char command[COMMAND_MAX];

	snprintf(command, sizeof command, "%s %s", argv[0], verb->name);
	argv[1] = command;
	return verb->run(argc - 1, argv + 1);
}

static int unknown_verb(const sp_verbs *verbs, const char *command, const char *name)
{
	sp_ids *names = sp_ids_open();
	const char *nearest;
	uint32_t slot;

	for (const sp_verb *verb = verbs->list; names && verb->name; verb++)
		sp_ids_add(names, verb->name, strlen(verb->name), &slot);
	nearest = names ? sp_ids_nearest(names, name, strlen(name)) : NULL;
	sp_exit_usage(command, "there is no command '%.60s'%s%s%s", name, nearest ? ": did you mean " : "",
	              nearest ? nearest : "", nearest ? "?" : "");
	sp_ids_close(names);
	return SP_EXIT_USAGE;
}

int sp_verb_run(const sp_verbs *verbs, int argc, char **argv)
{
	bool helps = argc > 1 && (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
	                          strcmp(argv[1], "-?") == 0 || strcmp(argv[1], "-h") == 0);
	const sp_verb *verb;
	static char help[] = "--help";
	char *asks[] = {argv[0], NULL, help, NULL};

	SP_ASSERT(argc > 0 && verbs->list);
	if (argc < 2) {
		list_verbs(verbs, argv[0], stderr);
		return SP_EXIT_USAGE;
	}
	if (helps && argc < 3) {
		list_verbs(verbs, argv[0], stdout);
		return SP_EXIT_OK;
	}
	verb = find_verb(verbs, argv[helps ? 2 : 1]);
	if (!verb)
		return unknown_verb(verbs, argv[0], argv[helps ? 2 : 1]);
	return helps ? run_verb(verb, 3, asks) : run_verb(verb, argc, argv);
}
