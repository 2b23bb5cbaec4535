/* sending.h - signals gathered into messages and pushed to a daemon: at once, at a rate, or as they were recorded, only faster.
 *
 * Records that are due within 10 ms of one another share a message, up to 256 of them; one that has to wait lets go first what
 * was gathered before it. Sources keep apart: a message has one, and each has its own sequence of messages. */
#ifndef SP_CLI_SENDING_H
#define SP_CLI_SENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "sim/trace/signal_line.h"

#define SP_SENDING_RECORDS_MAX 256 /* of a message: what the wire's page calls usual */

typedef struct sp_sending sp_sending; /* opaque */

typedef struct sp_sending_options {
	const char *url;
	const char *source; /* of signals that name none */
	int64_t timeout_ns; /* gives up when the daemon has read nothing for so long; 0: never */
	double per_s;       /* at most so many records/s; 0: any */
	double pace;        /* so many times faster than recorded, with times moved to now; 0: at once */
	bool now;           /* times are moved so that the first one is now */
	void (*waiting)(void *context, bool pushed_back); /* called ten times a second while it waits; may be NULL */
	void *context;
} sp_sending_options;

typedef struct sp_sending_counts {
	uint64_t records, messages, bytes;
} sp_sending_counts;

/* sp_sending_open - connects. fails  as sp_push_open; the options outlive it */
sp_status sp_sending_open(const sp_sending_options *options, sp_sending **sending, sp_message *message);
void sp_sending_close(sp_sending *sending); /* NULL is accepted; what was not let go is not sent */

/* sp_sending_add - one signal, as the line says it. Waits until it is due, and while the daemon does not read.
 * fails  SP_E_RANGE its time, moved, is none; it is left out. SP_E_BUSY, SP_E_UNREACHABLE patience is over; SP_E_MEMORY, SP_E_IO */
sp_status sp_sending_add(sp_sending *sending, const sp_signal_line *line, sp_message *message);

/* sp_sending_go - lets go what is gathered: before reading what may not be there yet. */
sp_status sp_sending_go(sp_sending *sending, sp_message *message);

/* sp_sending_end - the same, and waits until all has left. */
sp_status sp_sending_end(sp_sending *sending, sp_message *message);

sp_sending_counts sp_sending_count(const sp_sending *sending);

#endif
