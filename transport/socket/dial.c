/* dial.c - see dial.h. */
#include "transport/socket/dial.h"

#include "base/assert.h"
#include "transport/socket/url.h"

/* What must be set before the dialer starts; 0 or an error of nng. */
static int dial_set(nng_dialer dialer, size_t longest)
{
	int error = nng_dialer_set_size(dialer, NNG_OPT_RECVMAXSZ, longest);
	if (error == 0) {
		error = nng_dialer_set_ms(dialer, NNG_OPT_RECONNMINT, SP_SOCKET_RECONNECT_MS);
	}
	return error != 0 ? error : nng_dialer_set_ms(dialer, NNG_OPT_RECONNMAXT, SP_SOCKET_RECONNECT_MS);
}

sp_status sp_socket_dial(nng_socket socket, const char *url, size_t longest, nng_dialer *dialer, sp_message *message)
{
	SP_ASSERT(longest > 0);
	const sp_status status = sp_socket_url_check(url, message);
	if (status != SP_OK) {
		return status;
	}
	nng_dialer opened;
	int error = nng_dialer_create(&opened, socket, url);
	if (error != 0) {
		return sp_socket_fault(error, "dial", url, message);
	}
	error = dial_set(opened, longest);
	if (error == 0) {
		error = nng_dialer_start(opened, NNG_FLAG_NONBLOCK);
	}
	if (error != 0) {
		nng_dialer_close(opened);
		return sp_socket_fault(error, "dial", url, message);
	}
	if (dialer != NULL) {
		*dialer = opened;
	}
	return SP_OK;
}
