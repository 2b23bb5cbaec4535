/* control.h - the daemon's command socket: one question at a time over ipc, from those who run it.
 *
 * Who may ask is decided by the user id of the process at the other end, which the kernel tells: the daemon's own user and root.
 * Others are answered SP_E_PERMISSION. The socket file is its owner's alone besides. Questions and answers: wire/control.h. */
#ifndef SP_CONTROL_CONTROL_H
#define SP_CONTROL_CONTROL_H

#include <sys/types.h>

#include "transport/wire/control.h"

typedef struct sp_control sp_control; /* the daemon's end; opaque */

/* sp_control_open - listens at an ipc url.
 * fails  SP_E_BUSY, SP_E_PERMISSION, SP_E_RANGE a path too long, SP_E_MEMORY, SP_E_IO; the message names url and cure
 * thread open and close: any; next and answer: one and the same */
sp_status sp_control_open(const char *url, sp_control **control, sp_message *message);
void sp_control_close(sp_control *control); /* NULL is accepted */

/* sp_control_next - waits for a question, `wait_ms` at most. A question that is none, or of somebody who may not ask, is answered
 * here and counted; then it goes on waiting.
 * out    *request, and *uid who asks; SP_E_END: none came in that time */
sp_status sp_control_next(sp_control *control, int wait_ms, sp_control_request *request, uid_t *uid);

/* sp_control_reply - answers the last question. The asker may have gone: that is no error. */
void sp_control_reply(sp_control *control, const sp_control_answer *answer);

uint64_t sp_control_refused(const sp_control *control); /* questions answered with a refusal here */

/* --- the other end --- */

/* sp_control_ask - asks a daemon once.
 *
 * in     decoder: where the table lives until its next use
 * fails  SP_E_UNREACHABLE no daemon there, or no answer within wait_ms (the message says which, and what to do); SP_E_DAMAGED an answer
 *        that is none. What the daemon answers, refusals included, stands in table->status and table->text */
sp_status sp_control_ask(const char *url, const sp_control_request *request, int wait_ms, sp_wire_decoder *decoder,
                         sp_control_table *table, sp_message *message);

#endif
