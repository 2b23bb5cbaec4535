/* url.c - see url.h. */
#include "transport/socket/url.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include <nng/nng.h>

#include "base/assert.h"

#define URL_IPC      "ipc://"
#define URL_TCP      "tcp://"
#define URL_HOST_MAX 255
#define URL_PORT_MAX 65535

_Static_assert(SP_SOCKET_PATH_MAX == sizeof((struct sockaddr_un *)0)->sun_path - 1, "what the kernel takes");

const char *sp_socket_url_path(const char *url)
{
	SP_ASSERT(url != NULL);
	return strncmp(url, URL_IPC, strlen(URL_IPC)) == 0 ? url + strlen(URL_IPC) : NULL;
}

static sp_status url_check_path(const char *url, const char *path, sp_message *message)
{
	const size_t n = strlen(path);
	if (n == 0) {
		return sp_message_set(message, SP_E_SYNTAX, "%s names no file: write ipc:///PATH", url);
	}
	if (n > SP_SOCKET_PATH_MAX) {
		return sp_message_set(message, SP_E_RANGE,
		                      "%s: its path has %zu bytes, a unix socket's may have %d: choose a shorter directory",
		                      url, n, SP_SOCKET_PATH_MAX);
	}
	return SP_OK;
}

/* A port is what stands after the last colon; 0 is any that is free. */
static bool url_is_port(const char *text)
{
	const size_t n = strlen(text);
	return n >= 1 && n <= 5 && strspn(text, "0123456789") == n && strtol(text, NULL, 10) <= URL_PORT_MAX;
}

static bool url_is_host(const char *host, size_t n)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
		return strspn(host + 1, "0123456789abcdefABCDEF:.") == n - 2;
	}
	return (n == 1 && host[0] == '*') || (n > 0 && n <= URL_HOST_MAX && strspn(host, letters) == n);
}

sp_status sp_socket_url_check(const char *url, sp_message *message)
{
	SP_ASSERT(url != NULL);
	const char *path = sp_socket_url_path(url);
	if (path != NULL) {
		return url_check_path(url, path, message);
	}
	if (strncmp(url, URL_TCP, strlen(URL_TCP)) == 0) {
		const char *host = url + strlen(URL_TCP), *colon = strrchr(host, ':');
		if (colon != NULL && url_is_port(colon + 1) && url_is_host(host, (size_t)(colon - host))) {
			return SP_OK;
		}
	}
	return sp_message_set(message, SP_E_SYNTAX, "\"%.200s\" is no address: write ipc:///PATH or tcp://HOST:PORT", url);
}

/* What nng calls it, what we call it, and what to do. */
static const struct {
	int error;
	sp_status status;
	const char *text;
} url_faults[] = {
    {NNG_EADDRINUSE, SP_E_BUSY, "another program listens there: stop it, or choose another address"},
    {NNG_EPERM, SP_E_PERMISSION, "not permitted: its directory must belong to this user, a port must be above 1023"},
    {NNG_ENOENT, SP_E_ABSENT, "its directory does not exist: create it"},
    {NNG_EADDRINVAL, SP_E_ABSENT, "there is no such address on this machine, or its name is not known"},
    {NNG_ECONNREFUSED, SP_E_UNREACHABLE, "nobody listens there: is the daemon running?"},
    {NNG_ETIMEDOUT, SP_E_UNREACHABLE, "no answer in time: is the daemon running?"},
    {NNG_ENOFILES, SP_E_FULL, "too many files are open: raise the limit (ulimit -n, LimitNOFILE=)"},
    {NNG_ENOMEM, SP_E_MEMORY, "out of memory"},
};

sp_status sp_socket_fault(int error, const char *what, const char *url, sp_message *message)
{
	SP_ASSERT(error != 0);
	for (size_t i = 0; i < sizeof url_faults / sizeof url_faults[0]; i++) {
		if (url_faults[i].error == error) {
			return sp_message_set(message, url_faults[i].status, "cannot %s at %s: %s", what, url, url_faults[i].text);
		}
	}
	return sp_message_set(message, SP_E_IO, "cannot %s at %s: %s", what, url, nng_strerror(error));
}
