/* world.h - `setpoint sim` without a configuration of one's own: a law tried on one of the worlds that come with the program. */
#ifndef SP_CLI_WORLD_H
#define SP_CLI_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/exit.h"

typedef struct sp_world_asked {
	const char *command;                            /* for what is said on stderr */
	const char *name, *law, *report, *log, *traces; /* law, report, log, traces: NULL unless given */
	const char *const *settings;
	uint32_t n_settings;
	uint64_t seed;
	bool json, plot, story;
} sp_world_asked;

/* sp_world_try - tries it and prints what it came to. */
sp_exit sp_world_try(const sp_world_asked *asked);

/* sp_world_list - the kinds there are, and their traits. */
void sp_world_list(void);

#endif
