/* address.h - where the live daemon may listen: a tcp port of this machine alone, or a unix socket.
 *
 * Anything further needs TLS and client certificates, which Setpoint does not have yet. There is one spelling of an address,
 * so that two are equal when their bytes are. */
#ifndef SP_CONFIG_ADDRESS_H
#define SP_CONFIG_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

#define SP_ADDRESS_PATH_MAX \
	107 /* [bytes] of a unix socket's path: sun_path without its zero, which is nng's bound too */

/* sp_address_check - is it `tcp://HOST:PORT` with a loopback host, 127.0.0.0/8 or [::1], or `ipc://` and an absolute path?
 *
 * fails  SP_E_SYNTAX, SP_E_RANGE; the message says why and the cure
 * cost   O(n), allocates: no */
sp_status sp_address_check(const char *text, size_t n, sp_message *message);

/* sp_address_is_tcp - is an address that was checked one of a port, which anybody on this machine can reach? */
bool sp_address_is_tcp(const char *address);

#endif
