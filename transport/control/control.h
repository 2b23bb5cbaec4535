/* control.h - the daemon's command socket: one question at a time over ipc, from those who run it.
 *
 * Who may ask is decided by the user id of the process at the other end, which the kernel tells: the daemon's own user and root.
 * Others are answered SP_E_PERMISSION. The socket file is its owner's alone besides. Questions and answers: wire/control.h. */
#ifndef SP_CONTROL_CONTROL_H
#define SP_CONTROL_CONTROL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/status.h"
#include "transport/wire/control.h"

typedef struct sp_control sp_control; /* the daemon's end; opaque */

/* sp_control_may_ask - is `uid` one of those that a daemon of `own` answers? Pure. */
bool sp_control_may_ask(uid_t uid, uid_t own);

/* sp_control_open - listens at an ipc url; what is asked waits for sp_control_next. A file left behind by a killed daemon is taken over.
 * fails  SP_E_SYNTAX no ipc url; SP_E_RANGE its path too long; SP_E_BUSY, SP_E_PERMISSION, SP_E_ABSENT no such directory,
 *        SP_E_FULL, SP_E_MEMORY, SP_E_DISK_FULL, SP_E_IO; the message names url and cure
 * thread open and close: any, close after the last next; next and reply: one and the same */
sp_status sp_control_open(const char *url, sp_control **control, sp_message *message);
void sp_control_close(sp_control *control); /* NULL is accepted */

/* sp_control_next - waits for a question, `wait_ms` at most. One that is none, or of somebody who may not ask, is answered here and
 * counted; one whose asker has hung up is left out; then it goes on waiting. Who got no reply to the last question is cut off.
 * out    *request, and *uid who asks; only on SP_OK
 * fails  SP_E_END none came in that time */
sp_status sp_control_next(sp_control *control, int wait_ms, sp_control_request *request, uid_t *uid);

/* sp_control_reply - answers the last question, once. The asker may have gone: that is no error. Waits for one who does not read,
 * but not for long. */
void sp_control_reply(sp_control *control, const sp_control_answer *answer);

uint64_t sp_control_refused(const sp_control *control); /* questions refused here; any thread */

/* --- the other end (ask.c) --- */

/* sp_control_ask - asks a daemon once: whatever happens, the question is never sent a second time.
 *
 * in     wait_ms, from 1: for all of it; decoder: where the table lives until its next use
 * out    *table, written only on SP_OK. What the daemon answers, refusals included, stands in table->status and table->text
 * fails  SP_E_UNREACHABLE no daemon there, or no answer within wait_ms; SP_E_PERMISSION its socket may not be opened; SP_E_DAMAGED an
 *        answer that is none; SP_E_SYNTAX, SP_E_RANGE an argument or url that is none; SP_E_MEMORY. The message says which, whether
 *        what was asked may yet be done, and what to do */
sp_status sp_control_ask(const char *url, const sp_control_request *request, int wait_ms, sp_wire_decoder *decoder,
                         sp_control_table *table, sp_message *message);

#endif
