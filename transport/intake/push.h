/* push.h - the sending end of intake: what `setpoint signal send` and tests push messages with.
 *
 * Back-pressure reaches whoever calls: a send that is not taken waits, and says so when its patience is over; nothing is lost
 * by waiting. What the daemon has read and not yet committed is lost with the daemon all the same: PUSH has no
 * acknowledgement. A connection that breaks is made again by itself. One thread. */
#ifndef SP_INTAKE_PUSH_H
#define SP_INTAKE_PUSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct sp_push sp_push; /* opaque */

/* sp_push_open - connects to a url, "ipc://…" or "tcp://…".
 * in     wait_ms: for a daemon that is just starting
 * fails  SP_E_UNREACHABLE nobody there within wait_ms; SP_E_SYNTAX no such url; SP_E_RANGE an ipc path too long; SP_E_MEMORY;
 *        SP_E_IO. The message names url and cure */
sp_status sp_push_open(const char *url, int wait_ms, sp_push **push, sp_message *message);
void sp_push_close(sp_push *push); /* NULL is accepted; what is not flushed may be lost */

/* sp_push_send - one message, copied. Waits while the other end does not read, wait_ms at most.
 * fails  SP_E_BUSY connected, and not read in that time: send it again; SP_E_UNREACHABLE nobody there any more; SP_E_MEMORY; SP_E_IO */
sp_status sp_push_send(sp_push *push, const void *bytes, size_t n, int wait_ms, sp_message *message);

/* sp_push_flush - waits until all that was sent has left this program: then closing loses nothing.
 * fails  as sp_push_send */
sp_status sp_push_flush(sp_push *push, int wait_ms, sp_message *message);

#endif
