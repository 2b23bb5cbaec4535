/* dial.h - a socket of ours connects to a daemon's, and again whenever the connection was lost.
 *
 * nng tries in the background, ten times a second, for as long as the socket is open: whether anybody is there shows by what
 * comes back, so whoever dials waits for that, with a time limit. */
#ifndef SP_SOCKET_DIAL_H
#define SP_SOCKET_DIAL_H

#include <nng/nng.h>
#include <stddef.h>

#include "base/status.h"

#define SP_SOCKET_RECONNECT_MS 100

/* sp_socket_dial - begins to connect.
 * in     longest [bytes] of a message that is read, not 0
 * out    *dialer, where not NULL; it ends with its socket
 * fails  SP_E_SYNTAX, SP_E_RANGE no such address; SP_E_MEMORY; SP_E_IO. Nobody there is no failure */
sp_status sp_socket_dial(nng_socket socket, const char *url, size_t longest, nng_dialer *dialer, sp_message *message);

#endif
