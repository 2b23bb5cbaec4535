/* peer.h - the other end of a command socket, spoken by hand on a unix socket: nng's greeting and framing, so that a test can stop, lie
 * or die in the middle of either. */
#ifndef SP_TESTS_CONTROL_PEER_H
#define SP_TESTS_CONTROL_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PEER_WAIT_S 10

int peer_listen(const char *path);  /* the file of one that was there before goes */
int peer_connect(const char *path); /* -1 where it cannot */

/* peer_accept - waits at most wait_ms for one who connects; -1: nobody. */
int peer_accept(int listener, int wait_ms);

/* peer_greet - tells that this is `own` (REQ 0x30, REP 0x31) and reads what the other is; false where nothing comes. */
bool peer_greet(int sock, uint8_t own, uint8_t *other);

bool peer_send(int sock, const void *bytes, size_t n);
bool peer_receive(int sock, void *bytes, size_t n);

/* peer_ask - a question: its head, the number that an answer must repeat, and n bytes. */
bool peer_ask(int sock, uint32_t number, const void *bytes, size_t n);
/* peer_read - one message, at most `size` bytes of body after its number; returns how many, or -1. */
long peer_read(int sock, uint32_t *number, void *bytes, size_t size);

#endif
