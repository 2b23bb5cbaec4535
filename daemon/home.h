/* home.h - the state directory: where everything of one daemon lies, and the lock that makes it one.
 *
 *     setpoint.db  archive/  FREEZE  lock  run/{signals,prices,book,control}  keys/
 *
 * The directory is its owner's alone (0700); one that others can look into is refused with the cure. It may be reached through a
 * symbolic link (a short one, where its sockets' paths would be too long); below it nothing is a link, and all is ours. FREEZE is not
 * looked at here: whatever is wrong with it freezes, and does not keep a daemon from starting. The lock is an open-file-description
 * lock on `lock`, held for life: it ends with the process, however that ends. What stands in the file tells a second daemon's user
 * who the first is. */
#ifndef SP_DAEMON_HOME_H
#define SP_DAEMON_HOME_H

#include "base/status.h"

typedef struct sp_home {
	char *path;                              /* absolute */
	char *db, *freeze, *lock;                /* paths in it */
	char *signals, *prices, *book, *control; /* ipc:// urls */
	int lock_fd;                             /* -1: not held */
} sp_home;

/* sp_home_default - "$XDG_STATE_HOME/setpoint", else "~/.local/state/setpoint"; the caller's to free. NULL: neither is known, or no
 * memory. A relative path in either does not count (XDG Base Directory Specification). */
char *sp_home_default(void);

/* sp_home_find - the paths of a state directory; makes nothing. For commands that talk to a daemon.
 * fails  SP_E_RANGE where a socket's path would be longer than the 107 bytes that unix sockets allow; SP_E_SYNTAX an empty path;
 *        SP_E_IO no current directory; SP_E_MEMORY; then *home needs no fini */
sp_status sp_home_find(const char *path, sp_home *home, sp_message *message);

/* sp_home_take - the same, and makes it where it is not (with run/), checks owner and modes, and takes the lock.
 * in     config: what the lock file names, for people
 * fails  SP_E_BUSY another daemon holds it: the message says its process id, since when, and the configuration;
 *        SP_E_PERMISSION, SP_E_DISK_FULL, SP_E_IO; as sp_home_find */
sp_status sp_home_take(const char *path, const char *config, sp_home *home, sp_message *message);

void sp_home_fini(
    sp_home *home); /* lets go of the lock; accepts one that has been fini'd, or is all zero but for lock_fd -1 */

/* sp_home_fault - what a failed call on something in it means: the error as a status, and a message with the cure.
 * in     doing: "cannot be written"; number: errno */
sp_status sp_home_fault(const char *path, const char *doing, int number, sp_message *message);

#endif
