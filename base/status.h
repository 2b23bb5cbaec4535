/* status.h - what a call can answer. One list gives the numbers, the names and the texts.
 *
 * The world's errors are values of this type; a programmer's error is an assertion (assert.h). The numbers are stored
 * in logs, so they are never changed or reused. A place and a cure are added by the few functions that parse; they
 * fill an sp_message. */
#ifndef SP_BASE_STATUS_H
#define SP_BASE_STATUS_H

#define SP_STATUS_MAP(X)                             \
	X(OK, 0, "ok")                                   \
	X(E_SYNTAX, 1, "not in the expected form")       \
	X(E_RANGE, 2, "outside the permitted range")     \
	X(E_OVERFLOW, 3, "too large to be held exactly") \
	X(E_NOT_FINITE, 4, "not a finite number")        \
	X(E_UNKNOWN, 5, "no such name")                  \
	X(E_DUPLICATE, 6, "given twice")                 \
	X(E_FULL, 7, "a bound is reached")               \
	X(E_MEMORY, 8, "out of memory")                  \
	X(E_IO, 9, "input or output failed")             \
	X(E_DISK_FULL, 10, "no space left on the disk")  \
	X(E_BUSY, 11, "in use by another process")       \
	X(E_FOREIGN, 12, "not a Setpoint file")          \
	X(E_NEWER, 13, "written by a newer version")     \
	X(E_DAMAGED, 14, "damaged")                      \
	X(E_MISMATCH, 15, "does not match")              \
	X(E_ABSENT, 16, "not there")                     \
	X(E_PERMISSION, 17, "not permitted")             \
	X(E_END, 18, "nothing more")                     \
	X(E_UNREACHABLE, 19, "nobody answers there")

typedef enum sp_status {
#define X(name, number, text) SP_##name = number,
	SP_STATUS_MAP(X)
#undef X
} sp_status;

/* The longest message, its terminating zero included; longer ones are cut at a character. */
#define SP_MESSAGE_MAX 1024

/* What, where and what to do, for a person. Empty after SP_OK. */
typedef struct sp_message {
	char text[SP_MESSAGE_MAX];
} sp_message;

/* sp_status_name, sp_status_text - the name ("E_RANGE") and the words of a status; "?" for a number that is none. */
const char *sp_status_name(sp_status status);
const char *sp_status_text(sp_status status);

/* sp_message_set - writes a message as printf does and returns `status`, so that a parser can
 * `return sp_message_set(message, SP_E_SYNTAX, "…")`. `message` may be NULL. */
sp_status sp_message_set(sp_message *message, sp_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
