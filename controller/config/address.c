/* address.c - the grammar of addresses, narrower than what nng would take: no names to look up, no port that is chosen. */
#include "controller/config/address.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "controller/config/complaint.h"

#define TCP      "tcp://"
#define IPC      "ipc://"
#define PORT_MAX 65535

static bool address_starts(const char *text, size_t n, const char *scheme)
{
	return n >= strlen(scheme) && memcmp(text, scheme, strlen(scheme)) == 0;
}

/* A zero byte too: it would end the address early for whoever listens. */
static bool address_has_control(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return true;
	}
	return false;
}

/* --- tcp --- */

/* Up to the port's colon; those of an IPv6 address stand in brackets. */
static size_t host_length(const char *text, size_t n)
{
	bool bracket = n > 0 && text[0] == '[';
	const char *end = memchr(text, bracket ? ']' : ':', n);

	return end ? (size_t)(end - text) + bracket : n;
}

static bool host_is_loopback(const char *host, size_t n)
{
	char text[INET_ADDRSTRLEN];
	struct in_addr address;

	if (n == strlen("[::1]") && memcmp(host, "[::1]", n) == 0)
		return true;
	if (n >= sizeof(text))
		return false;
	memcpy(text, host, n);
	text[n] = '\0';
	return inet_pton(AF_INET, text, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

/* ":8421", and nothing behind it. */
static bool port_is_one(const char *text, size_t n)
{
	uint32_t port = 0;

	if (n < 2 || n > 6 || text[0] != ':' || text[1] == '0')
		return false;
	for (size_t i = 1; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		port = 10 * port + (uint32_t)(text[i] - '0');
	}
	return port <= PORT_MAX;
}

static sp_status tcp_check(const char *text, size_t n, sp_message *message)
{
	size_t n_host = host_length(text, n);

	if (n_host == strlen("localhost") && memcmp(text, "localhost", n_host) == 0)
		return sp_message_set(message, SP_E_SYNTAX, "names are not looked up: write 127.0.0.1 for localhost");
	if (!host_is_loopback(text, n_host))
		return sp_message_set(
		    message, SP_E_RANGE,
		    "\"%.*s\" is no loopback address (127.0.0.0/8 or [::1]): further than this machine needs TLS and client "
		    "certificates, which Setpoint does not have yet: write 127.0.0.1, and let a proxy that asks for "
		    "certificates forward to it",
		    SP_QUOTE(n_host, text));
	if (!port_is_one(text + n_host, n - n_host))
		return sp_message_set(message, SP_E_SYNTAX,
		                      "expected a port from 1 to %d behind the address, such as tcp://127.0.0.1:8421",
		                      PORT_MAX);
	return SP_OK;
}

/* --- ipc --- */

/* Does every part of an absolute path have a name of its own: no "//", no "." or "..", no slash at the end? */
static bool path_is_plain(const char *path, size_t n)
{
	size_t start = 1;

	for (size_t i = 1; i <= n; i++) {
		if (i < n && path[i] != '/')
			continue;
		if (i == start || (i == start + 1 && path[start] == '.') ||
		    (i == start + 2 && memcmp(path + start, "..", 2) == 0))
			return false;
		start = i + 1;
	}
	return true;
}

static sp_status ipc_check(const char *path, size_t n, sp_message *message)
{
	if (n == 0 || path[0] != '/')
		return sp_message_set(message, SP_E_SYNTAX,
		                      "expected an absolute path, with three slashes: ipc:///run/setpoint/signals");
	if (n > SP_ADDRESS_PATH_MAX)
		return sp_message_set(message, SP_E_RANGE,
		                      "the path has %zu bytes, but that of a unix socket at most %d: use a shorter folder", n,
		                      SP_ADDRESS_PATH_MAX);
	if (!path_is_plain(path, n))
		return sp_message_set(message, SP_E_SYNTAX,
		                      "a path has one spelling: write it without \"//\", \".\", \"..\" and a slash at the end");
	return SP_OK;
}

sp_status sp_address_check(const char *text, size_t n, sp_message *message)
{
	_Static_assert(sizeof(TCP) == sizeof(IPC), "both schemes are skipped alike");
	size_t skip = strlen(TCP);

	SP_ASSERT(text);
	if (address_has_control(text, n))
		return sp_message_set(message, SP_E_SYNTAX, "an address holds no control character: remove it");
	if (address_starts(text, n, TCP))
		return tcp_check(text + skip, n - skip, message);
	if (address_starts(text, n, IPC))
		return ipc_check(text + skip, n - skip, message);
	return sp_message_set(message, SP_E_SYNTAX,
	                      "expected an address of this machine: tcp:// with a loopback address and a port, such as "
	                      "tcp://127.0.0.1:8421, or ipc:// with an absolute path, such as ipc:///run/setpoint/signals");
}

bool sp_address_is_tcp(const char *address)
{
	SP_ASSERT(sp_address_check(address, strlen(address), NULL) == SP_OK);
	return address_starts(address, strlen(address), TCP);
}
