/* notify.h - what systemd is told over NOTIFY_SOCKET: ready, reloading, stopping, a sign of life, one line of status.
 *
 * sd_notify's protocol: one datagram of NAME=VALUE lines (sd_notify(3), "Notes"). Without the variable nothing is sent. */
#ifndef SP_DAEMON_NOTIFY_H
#define SP_DAEMON_NOTIFY_H

#include <stdint.h>

typedef struct sp_notify {
	int fd;              /* -1: nobody listens */
	int64_t watchdog_ns; /* half of what WATCHDOG_USEC asks for this process; 0: no watchdog */
	int64_t last_ns;
} sp_notify;

void sp_notify_init(sp_notify *notify);
void sp_notify_fini(sp_notify *notify);

void sp_notify_ready(sp_notify *notify, const char *status);
void sp_notify_reloading(sp_notify *notify); /* with MONOTONIC_USEC */
void sp_notify_stopping(sp_notify *notify);
void sp_notify_status(sp_notify *notify, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* sp_notify_alive - the loop has come round: sends WATCHDOG=1 when it is time. */
void sp_notify_alive(sp_notify *notify, int64_t boot_ns);

#endif
