/* exit.h - how a command ends: its exit code, its last words, and whether all that it printed arrived.
 *
 * The codes are part of the outside contract (DESIGN, "Command"): scripts branch on them. */
#ifndef SP_CLI_EXIT_H
#define SP_CLI_EXIT_H

#include <stdbool.h>

#include "base/status.h"

typedef enum sp_exit {
	SP_EXIT_OK = 0,
	SP_EXIT_FAILURE = 1,      /* none of the others: out of memory */
	SP_EXIT_NEGATIVE = 2,     /* asked and answered: not sound, not found */
	SP_EXIT_USAGE = 64,       /* the command line is wrong */
	SP_EXIT_BAD_INPUT = 65,   /* a trace or a log is not what it should be */
	SP_EXIT_UNREACHABLE = 69, /* no daemon answers there */
	SP_EXIT_IO = 74,          /* a file that cannot be read or written */
	SP_EXIT_TEMPORARY = 75,   /* in use: try again */
	SP_EXIT_PERMISSION = 77,  /* not allowed to */
	SP_EXIT_CONFIG = 78,      /* the configuration is refused */
} sp_exit;

/* sp_exit_of - the exit code of a status. */
sp_exit sp_exit_of(sp_status status);

/* sp_exit_with - says why on stderr (the message, or the status's own words) and returns its exit code. Silent on SP_OK,
 * and when the one who read standard output went away. */
sp_exit sp_exit_with(sp_status status, const sp_message *message);

/* sp_exit_usage - says on stderr what is wrong with the command line, and where the help is; returns SP_EXIT_USAGE. */
sp_exit sp_exit_usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* sp_exit_flushed - closes standard output: a full disk turns `code` into SP_EXIT_IO. A reader that went away (`| head`) has
 * what it wanted and is no error. */
sp_exit sp_exit_flushed(sp_exit code);

/* sp_exit_reader_gone - has whoever reads standard output gone away? Then an endless command ends. */
bool sp_exit_reader_gone(void);

#endif
