/* notify.h - what systemd is told over NOTIFY_SOCKET: ready, reloading, stopping, a sign of life, one line of status.
 *
 * sd_notify's protocol by hand: one datagram of NAME=VALUE lines (sd_notify(3), "Notes"). Without the variable nothing is sent. The
 * variables stay in the environment: a daemon without children has nobody to hide them from, and unsetenv is not for a program with
 * threads. Whoever listens may hang: the loop's words (alive, status) wait for nobody, the others for a second at most. */
#ifndef SP_DAEMON_NOTIFY_H
#define SP_DAEMON_NOTIFY_H

#include <stdint.h>

#include "base/status.h"

typedef struct sp_notify {
	int fd;              /* -1: nobody listens */
	int64_t watchdog_ns; /* half of what WATCHDOG_USEC asks for this process; 0: no watchdog */
	int64_t next_ns;     /* CLOCK_BOOTTIME of the next sign of life */
} sp_notify;

/* sp_notify_init - connects to the socket that the environment names.
 * fails  SP_E_SYNTAX, SP_E_IO: somebody wants to be told and cannot; then nothing is sent, and the message says why */
sp_status sp_notify_init(sp_notify *notify, sp_message *message);
void sp_notify_fini(sp_notify *notify);

void sp_notify_ready(sp_notify *notify, const char *status);
void sp_notify_reloading(sp_notify *notify); /* with MONOTONIC_USEC; ready ends it */
void sp_notify_stopping(sp_notify *notify);

/* sp_notify_status - one line for `systemctl status`; control characters become blanks, a long one is cut. */
void sp_notify_status(sp_notify *notify, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* sp_notify_alive - the loop has come round: sends WATCHDOG=1 when it is time. Suspended time counts, so it is early rather than
 * late. */
void sp_notify_alive(sp_notify *notify, int64_t boot_ns);

/* sp_notify_rest - how long the loop may sleep before it must say so again; INT64_MAX: as long as it likes. */
int64_t sp_notify_rest(const sp_notify *notify, int64_t boot_ns);

#endif
