/* url.h - where our sockets may be, and what went wrong there, in words with a cure.
 *
 * Of all that nng could do only two are permitted: ipc://PATH (a unix socket, the default) and tcp://HOST:PORT (where configured).
 * Its ws and wss are unsafe, its tls comes with the keys. */
#ifndef SP_SOCKET_URL_H
#define SP_SOCKET_URL_H

#include <stdbool.h>

#include "base/status.h"

#define SP_SOCKET_PATH_MAX 107 /* [bytes] of a unix socket's path, without the terminating zero: Linux */

/* sp_socket_url_check - is it an address that we may listen at or dial?
 * fails  SP_E_SYNTAX no such address; SP_E_RANGE a path too long */
sp_status sp_socket_url_check(const char *url, sp_message *message);

/* sp_socket_url_path - the path of an ipc url, else NULL: what comes over ipc comes from somebody who may open that file. */
const char *sp_socket_url_path(const char *url);

/* sp_socket_fault - what an error of nng at that address means for a person: fills the message, returns its status.
 * in     error: of nng, not 0; what: "listen", "dial" */
sp_status sp_socket_fault(int error, const char *what, const char *url, sp_message *message);

#endif
