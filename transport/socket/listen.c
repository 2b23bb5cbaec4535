/* listen.c - see listen.h. nng itself tries a unix socket's file that is there already: when nobody answers it takes the place
 * over. It would do so with any file, so what is no socket is refused before. */
#include "transport/socket/listen.h"

#include <stdbool.h>
#include <sys/stat.h>

#include "base/assert.h"
#include "transport/socket/greeting.h"
#include "transport/socket/url.h"

#define LISTEN_PERMISSIONS 0600

static sp_status listen_check_file(const char *url, sp_message *message)
{
	struct stat file;
	const char *path = sp_socket_url_path(url);
	if (path == NULL || lstat(path, &file) != 0 || S_ISSOCK(file.st_mode)) {
		return SP_OK;
	}
	return sp_message_set(
	    message, SP_E_FOREIGN,
	    "cannot listen at %s: a file that is no socket lies there: move it away, or choose another path", url);
}

/* What must be set before the listener starts; 0 or an error of nng. */
static int listen_set(nng_listener listener, const char *url, size_t longest)
{
	const int error = nng_listener_set_size(listener, NNG_OPT_RECVMAXSZ, longest);
	if (error != 0 || sp_socket_url_path(url) == NULL) {
		return error;
	}
	return nng_listener_set_int(listener, NNG_OPT_IPC_PERMISSIONS, LISTEN_PERMISSIONS);
}

sp_status sp_socket_listen(nng_socket socket, const char *url, size_t longest, nng_listener *listener,
                           sp_message *message)
{
	SP_ASSERT(longest > 0);
	sp_socket_greet();
	sp_status status = sp_socket_url_check(url, message);
	if (status == SP_OK) {
		status = listen_check_file(url, message);
	}
	if (status != SP_OK) {
		return status;
	}
	nng_listener opened;
	int error = nng_listener_create(&opened, socket, url);
	if (error != 0) {
		return sp_socket_fault(error, "listen", url, message);
	}
	error = listen_set(opened, url, longest);
	if (error == 0) {
		error = nng_listener_start(opened, 0);
	}
	if (error != 0) {
		nng_listener_close(opened);
		return sp_socket_fault(error, "listen", url, message);
	}
	if (listener != NULL) {
		*listener = opened;
	}
	return SP_OK;
}

uint16_t sp_socket_port(nng_listener listener)
{
	int port = 0;
	const bool has = nng_listener_get_int(listener, NNG_OPT_TCP_BOUND_PORT, &port) == 0;
	return has ? (uint16_t)port : 0;
}
