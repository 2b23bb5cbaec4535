/* margins.h - margins by family for a person, and as an object ("setpoint.margin/v1"). */
#ifndef SP_CLI_MARGINS_H
#define SP_CLI_MARGINS_H

#include "cli/exit.h"
#include "controller/config/config.h"
#include "sim/margin/family.h"

/* sp_margins_read - what was billed, from a file ("-" is standard input). Complains on stderr. sp_billed_fini whatever the answer. */
sp_exit sp_margins_read(const char *path, sp_billed *billed);

/* sp_margins_show - on stdout. Complains on stderr. */
sp_exit sp_margins_show(const sp_config *config, const sp_billed *billed, bool json);

#endif
