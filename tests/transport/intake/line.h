/* line.h - a plain socket that speaks nng's PUSH framing byte for byte, so that tests can speak it wrongly too.
 *
 * The framing is that of docs/wire.md, "A sender in Python". It allocates nothing, so a test can count what the other end does.
 * Waits are at most SP_LINE_WAIT_MS. */
#ifndef SP_TESTS_INTAKE_LINE_H
#define SP_TESTS_INTAKE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SP_LINE_WAIT_MS 5000
#define SP_LINE_PUSH    0x50
#define SP_LINE_PULL    0x51

typedef struct sp_line {
	int fd;
	bool local; /* a unix socket: a byte 01 stands before each length */
} sp_line;

/* sp_line_connect - "ipc://PATH" or "tcp://127.0.0.1:PORT"; says nothing yet. Ends the test where nobody listens. */
sp_line sp_line_connect(const char *url);
void sp_line_close(sp_line *line);

/* sp_line_greet - says which protocol it is and hears PULL's answer; false when there is none. */
bool sp_line_greet(const sp_line *line, uint8_t protocol);
/* sp_line_open - both: a sender that is ready. */
sp_line sp_line_open(const char *url);

/* Bytes as they are; only the head of a message of n bytes; a whole message. False when the other end is gone, or does not read. */
bool sp_line_write(const sp_line *line, const void *bytes, size_t n);
bool sp_line_head(const sp_line *line, uint64_t n);
bool sp_line_send(const sp_line *line, const void *bytes, size_t n);

/* sp_line_frame - the bytes before a message of n bytes, up to 9; returns how many. */
size_t sp_line_frame(const sp_line *line, uint8_t *head, uint64_t n);
/* sp_line_try - as much as the socket takes now, or as there is; 0 as well when the other end is gone. */
size_t sp_line_try(const sp_line *line, const void *bytes, size_t n);

/* sp_line_ended - has the other end closed it? Waits for that. */
bool sp_line_ended(const sp_line *line);

#endif
