/* margins.h - margins by family for a person, and as an object ("setpoint.margin/v1"). */
#ifndef SP_CLI_MARGINS_H
#define SP_CLI_MARGINS_H

#include "cli/exit.h"
#include "cli/view.h"
#include "controller/config/config.h"
#include "sim/margin/family.h"

/* sp_margins_read - what was billed, from a file ("-" is standard input). Complains on stderr. sp_billed_fini whatever the answer. */
sp_exit sp_margins_read(const char *path, sp_billed *billed);

/* sp_margins_show - of what was billed, on stdout, weights and capacity as configured. Complains on stderr. */
sp_exit sp_margins_show(const sp_config *config, const sp_billed *billed, bool json);

/* sp_margins_billed - the same, as a calibration's file says, unless that is NULL (beliefs.h). */
sp_exit sp_margins_billed(const sp_config *config, const char *measured, const sp_billed *billed, bool json);

/* sp_margins_recorded - of a log or of traces. fails  SP_EXIT_NEGATIVE no family's margin is known: it is said what to send */
sp_exit sp_margins_recorded(const sp_view *view, bool json);

#endif
