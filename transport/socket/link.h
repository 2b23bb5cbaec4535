/* link.h - one connection to a socket of nng's, made again whenever it is lost; what SUB and REQ do, in one thread and without nng.
 *
 * nng 1.5.2 may wait for ever when a socket is closed that is just reading (close.h), and then connects no more. Whoever only reads a
 * feed or asks a question does not need it: after a greeting of 8 bytes each way a message is its length and its bytes
 * (docs/wire.md, "A sender in Python"). Nothing happens but in a call; every call has a time limit. */
#ifndef SP_SOCKET_LINK_H
#define SP_SOCKET_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define SP_LINK_QUESTION_MAX 4096 /* [bytes] */

/* Which end we are; the other end must be its counterpart. The numbers are nng's. */
typedef enum sp_link_role {
	SP_LINK_SUB = 0x21, /* of a PUB, 0x20; all topics */
	SP_LINK_REQ = 0x30, /* of a REP, 0x31 */
} sp_link_role;

typedef struct sp_link sp_link; /* opaque */

/* sp_link_open - connects to nobody yet.
 * in     longest [bytes] of a message that is read
 * fails  SP_E_SYNTAX, SP_E_RANGE no such address; SP_E_MEMORY */
sp_status sp_link_open(const char *url, sp_link_role role, size_t longest, sp_link **link, sp_message *message);
void sp_link_close(sp_link *link); /* NULL is accepted */

/* sp_link_clock - the clock of all time limits here [ms]: it only goes forward. */
int64_t sp_link_clock(void);

/* sp_link_connect - connects, where there is no connection; every other call does so by itself.
 * fails  SP_E_UNREACHABLE: not by then */
sp_status sp_link_connect(sp_link *link, int64_t until_ms);

/* A message that came; the bytes are the caller's to free(). */
typedef struct sp_link_message {
	uint8_t *bytes;
	size_t n;
} sp_link_message;

/* sp_link_receive - the next message; connects first, where there is no connection.
 * fails  SP_E_END: none by then; SP_E_UNREACHABLE: the connection was lost: call again; SP_E_MEMORY */
sp_status sp_link_receive(sp_link *link, int64_t until_ms, sp_link_message *message);

/* sp_link_ask - REQ: sends a question and waits for its answer; asks again where the connection was lost.
 * in     n <= SP_LINK_QUESTION_MAX (asserted)
 * fails  SP_E_UNREACHABLE: no answer by then; SP_E_MEMORY */
sp_status sp_link_ask(sp_link *link, int64_t until_ms, const uint8_t *question, size_t n, sp_link_message *answer);

#endif
