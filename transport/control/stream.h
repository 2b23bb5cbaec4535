/* stream.h - inside the room: whole runs of bytes over a unix socket, until a moment at the latest.
 *
 * What goes over it is nng's framing of REQ/REP on ipc, so that any nng REQ socket may ask:
 *
 *     00 'S' 'P' 00 00 30 00 00             both greet, each with its protocol: 30 REQ, 31 REP
 *     01, 8 bytes of length, 4 of number    then the body; the length counts number and body, big-endian; the number, its highest bit
 *                                           set, is the asker's and comes back in the answer */
#ifndef SP_CONTROL_STREAM_H
#define SP_CONTROL_STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/un.h>

#include "base/status.h"

#define SP_STREAM_GREETING 8
#define SP_STREAM_HEAD     13
#define SP_STREAM_REQ      0x30
#define SP_STREAM_REP      0x31
#define SP_STREAM_NUMBERED UINT32_C(0x80000000) /* the bit that every number has */

/* [ms] of a clock that only goes forward. */
int64_t sp_stream_now(void);

/* sp_stream_address - the socket address of an ipc url.
 * fails  SP_E_SYNTAX no ipc url; SP_E_RANGE its path is too long */
sp_status sp_stream_address(const char *url, struct sockaddr_un *address, sp_message *message);

/* sp_stream_send, sp_stream_receive - all n bytes, until_ms at the latest.
 * returns 0, or errno: ETIMEDOUT; ECONNRESET or EPIPE, the other side is gone; … */
int sp_stream_send(int sock, const void *bytes, size_t n, int64_t until_ms);
int sp_stream_receive(int sock, void *bytes, size_t n, int64_t until_ms);

void sp_stream_greeting(uint8_t bytes[SP_STREAM_GREETING], uint8_t protocol);
/* sp_stream_protocol - what a greeting says that the other is; 0 where it is no greeting. */
uint8_t sp_stream_protocol(const uint8_t bytes[SP_STREAM_GREETING]);

void sp_stream_head(uint8_t bytes[SP_STREAM_HEAD], uint32_t number, size_t n_body);
/* sp_stream_body - how many bytes of body a head announces; UINT64_MAX where it is no head. */
uint64_t sp_stream_body(const uint8_t bytes[SP_STREAM_HEAD], uint32_t *number);

#endif
