/* greeting.c - a peer that goes away while it is greeted must not close the door behind it.
 *
 * nng 1.5.2 sends its greeting to whoever has connected. When the peer is gone already the kernel answers EPIPE, nng calls that
 * "closed", takes it for the listener's own end and accepts nobody any more, silently and for ever (its issue 1518, mended in
 * later versions). Any stranger can bring that about over tcp, any command killed at the wrong moment over ipc. What nng does right
 * is a connection that was reset: so that is what it is told. The function stands before the C library's in the whole
 * program; for whoever else calls it a gone peer is a gone peer by either name. */
#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "transport/socket/greeting.h"

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	const ssize_t n = syscall(SYS_sendmsg, fd, message, flags);
	if (n < 0 && errno == EPIPE) {
		errno = ECONNRESET;
	}
	return n;
}

void sp_socket_greet(void)
{
}
