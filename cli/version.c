/* version.c - `setpoint version`: which one this is, and what it can read. */
#include <argp.h>
#include <stdio.h>

#include "cli/exit.h"
#include "cli/verb.h"
#include "controller/engine/engine.h"
#include "controller/log/log.h"

enum { KEY_JSON = 0x100 };

static const struct argp_option version_options[] = {
    {"json", KEY_JSON, NULL, 0, "One object instead of text", 0},
    {0},
};

static error_t take_option(int key, char *value, struct argp_state *state)
{
	(void)value;
	if (key != KEY_JSON)
		return ARGP_ERR_UNKNOWN;
	*(bool *)state->input = true;
	return 0;
}

int sp_noun_version(int argc, char **argv)
{
	static const struct argp argp = {version_options,
	                                 take_option,
	                                 NULL,
	                                 "Says which version this is, which engine (logs of the same one can be re-run "
	                                 "digest by digest), and which schema of the decision log it writes.",
	                                 NULL,
	                                 NULL,
	                                 NULL};
	bool json = false;

	argp_parse(&argp, argc, argv, 0, NULL, &json);
	if (json)
		printf("{\"schema\":\"setpoint.version/v1\",\"version\":\"%s\",\"engine\":%d,\"log_schema\":%d}\n", SP_VERSION,
		       SP_ENGINE_VERSION, SP_LOG_SCHEMA);
	else
		printf("setpoint %s (engine %d, log schema %d)\n", SP_VERSION, SP_ENGINE_VERSION, SP_LOG_SCHEMA);
	return SP_EXIT_OK;
}
