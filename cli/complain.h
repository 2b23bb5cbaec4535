/* complain.h - reads a configuration for a command, and shows whoever wrote it every complaint at once. */
#ifndef SP_CLI_COMPLAIN_H
#define SP_CLI_COMPLAIN_H

#include "cli/exit.h"
#include "controller/config/config.h"

/* sp_complain_read - the configuration of a file; else its complaints on stderr, one a line, and how many there are.
 * out    *config, the caller's to close; written only on SP_EXIT_OK
 * fails  SP_EXIT_CONFIG refused; SP_EXIT_IO not there or not readable; SP_EXIT_PERMISSION */
sp_exit sp_complain_read(const char *path, sp_config **config);

/* sp_complain_code - the exit code of what sp_config_read answered about a file. */
sp_exit sp_complain_code(sp_status status, const char *path);

/* sp_complain_print - every complaint on stderr. */
void sp_complain_print(const sp_complaints *complaints);

#endif
