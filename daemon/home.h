/* home.h - the state directory: where everything of one daemon lies, and the lock that makes it one.
 *
 *     setpoint.db  archive/  FREEZE  lock  run/{signals,prices,book,control}  keys/
 *
 * The directory is its owner's alone (0700); what can be read further is refused with the cure. */
#ifndef SP_DAEMON_HOME_H
#define SP_DAEMON_HOME_H

#include "base/status.h"

typedef struct sp_home {
	char *path;                              /* absolute */
	char *db, *freeze, *lock;                /* paths in it */
	char *signals, *prices, *book, *control; /* ipc:// urls */
	int lock_fd;                             /* -1: not held */
} sp_home;

/* sp_home_default - "$XDG_STATE_HOME/setpoint", else "~/.local/state/setpoint"; the caller's to free. NULL: neither is known. */
char *sp_home_default(void);

/* sp_home_find - the paths of a state directory; makes nothing. For commands that talk to a daemon.
 * fails  SP_E_RANGE where a socket's path would be longer than the 107 bytes that unix sockets allow; SP_E_MEMORY */
sp_status sp_home_find(const char *path, sp_home *home, sp_message *message);

/* sp_home_take - the same, and makes it where it is not (with run/), checks owner and modes, and takes the lock.
 * fails  SP_E_BUSY another daemon holds it: the message says its process id, since when, and the configuration;
 *        SP_E_PERMISSION; SP_E_IO */
sp_status sp_home_take(const char *path, const char *config, sp_home *home, sp_message *message);

void sp_home_fini(sp_home *home); /* lets go of the lock */

#endif
