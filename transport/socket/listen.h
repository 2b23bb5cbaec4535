/* listen.h - a socket of ours begins to listen at an address.
 *
 * What holds for all of them: a unix socket's file is its owner's alone (0600, before anybody can connect); one that a killed
 * daemon left behind is taken over, one that is in use is not, and a file that is no socket is left as it is; no message longer
 * than the caller says is read (nng drops the connection), because nng's own default is without bound; and a peer that goes away
 * while it is greeted does not end the listening (greeting.c). */
#ifndef SP_SOCKET_LISTEN_H
#define SP_SOCKET_LISTEN_H

#include <nng/nng.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* sp_socket_listen - listens at url, too: a socket may have several.
 * in     longest [bytes] of a message that is read, not 0
 * out    *listener, where not NULL; it ends with its socket
 * fails  SP_E_BUSY, SP_E_PERMISSION, SP_E_ABSENT no such directory or address, SP_E_FOREIGN a file that is no socket,
 *        SP_E_SYNTAX, SP_E_RANGE, SP_E_FULL, SP_E_MEMORY, SP_E_IO; the message names the url and the cure */
sp_status sp_socket_listen(nng_socket socket, const char *url, size_t longest, nng_listener *listener,
                           sp_message *message);

/* sp_socket_port - the port of a tcp listener (the one that was free, where its url says 0); 0 where it has none. */
uint16_t sp_socket_port(nng_listener listener);

#endif
