/* daemon.h - the live driver: signals in over nng, committed decisions out to gateways, through any crash.
 *
 * Threads: the loop (decodes, runs the engine), the recorder (owns the only connection that writes the log; commits, then
 * publishes), the control thread (answers commands), and nng's own. */
#ifndef SP_DAEMON_DAEMON_H
#define SP_DAEMON_DAEMON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "daemon/journal.h"

typedef struct sp_daemon_options {
	const char *config;     /* path of the YAML file */
	const char *state;      /* path of the state directory; NULL: sp_home_default */
	bool accept_sheet;      /* the operator accepts a changed price sheet at this start */
	uint64_t epoch;         /* the least epoch counter; 0: the last one and one more */
	sp_journal_level least; /* of what is written to stderr */
} sp_daemon_options;

/* sp_daemon_run - runs until SIGTERM or SIGINT; SIGHUP reloads the configuration, SIGUSR1 freezes all.
 * fails  SP_E_BUSY another daemon holds the state directory; SP_E_SYNTAX the configuration, SP_E_MISMATCH the log and the
 *        configuration do not go together; what sp_log_open and the sockets answer; the message says what to do
 * thread the process's main thread, once: it owns signals and locale */
sp_status sp_daemon_run(const sp_daemon_options *options, sp_message *message);

#endif
