/* close.h - a socket of ours ends, in bounded time.
 *
 * nng 1.5.2 can wait for ever for a connection that is closed from this side just between two parts of a message: of one that is
 * read, its length and its content; of one that is written, what the kernel took at once and the rest (its issues 1543, 1813).
 * From then on its one reaper waits, so no other socket of the program can be closed either, and the program cannot end
 * by exit(). So a socket is closed on a thread of its own; when that does not come back it is left behind with its memory, and
 * the program ends by _exit(). Whoever closes does well to let the line fall quiet first. */
#ifndef SP_SOCKET_CLOSE_H
#define SP_SOCKET_CLOSE_H

#include <nng/nng.h>
#include <stdbool.h>

#define SP_SOCKET_CLOSE_MS 1000

/* sp_socket_close - closes a socket; one that is not open (id 0) is left alone. Its callbacks must have been stopped before. */
void sp_socket_close(nng_socket socket);

/* sp_socket_is_stuck - was one left behind? */
bool sp_socket_is_stuck(void);

#endif
