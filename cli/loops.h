/* loops.h - what the check of a configuration says of its families' loops: calm or not, in which bands, and which gain would be. */
#ifndef SP_CLI_LOOPS_H
#define SP_CLI_LOOPS_H

#include <jansson.h>
#include <stdio.h>

#include "controller/engine/setup.h"

/* sp_loops_print - a line for every kind of loop: families that would say the same are one. Nothing where no law has a setpoint. */
void sp_loops_print(const sp_setup *setup, FILE *out);

/* sp_loops_json - the same, as a list. */
json_t *sp_loops_json(const sp_setup *setup);

#endif
