/* intake.h - where signals come in: nng PULL sockets whose callbacks only hand a message to a bounded ring.
 *
 * The ring has one reader, the engine's thread; it decodes there. When the ring is full nothing more is received, nng stops
 * reading the sockets and senders feel it: back-pressure, never loss (R24). Those of one connection keep their order. A message
 * longer than may be is still handed on as long as it fits SP_INTAKE_LONGEST, so that it is counted under its reason; beyond
 * that nng drops the connection. */
#ifndef SP_INTAKE_INTAKE_H
#define SP_INTAKE_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define SP_INTAKE_URLS_MAX     8
#define SP_INTAKE_MESSAGES_MAX 1024                  /* in the ring: some 0.1 s of decoding */
#define SP_INTAKE_BYTES_MAX    (UINT32_C(64) << 20)  /* in the ring: what the daemon may spend on them */
#define SP_INTAKE_LONGEST      (UINT32_C(512) << 10) /* [bytes] of one message */
/* Connections by ipc, and as many by tcp: nng holds two messages for each, one read and one being read. Further ones are closed
 * at once; those by tcp take none of the places of those by ipc. */
#define SP_INTAKE_SENDERS_MAX 256

typedef struct sp_intake sp_intake; /* opaque */

typedef struct sp_intake_options {
	const char *const *urls; /* "ipc://…" (its file becomes readable by its owner alone), "tcp://…"; copied */
	uint32_t n_urls;         /* 1 to SP_INTAKE_URLS_MAX */
	void (*wake)(
	    void *context); /* from nng's threads, after a message was put into the ring; must not block. Or NULL */
	void *context;
} sp_intake_options;

/* One message out of the ring. */
typedef struct sp_intake_message {
	const uint8_t *bytes;
	size_t n;
	bool local; /* came by ipc: its sender may read our files anyway */
	void *owner;
} sp_intake_message;

typedef struct sp_intake_counts {
	uint64_t messages, bytes; /* handed to the ring */
	uint64_t connections;     /* ever made */
	uint64_t turned_away;     /* of these, closed at once: there were SP_INTAKE_SENDERS_MAX */
	uint32_t senders;         /* connected now */
	uint32_t waiting;         /* in the ring now */
	bool held;                /* the ring is full: senders wait */
	uint64_t held_times;      /* how often that was so */
} sp_intake_counts;

/* sp_intake_open - listens. Messages come from then on; an ipc file left behind by a killed daemon is taken over.
 * fails  SP_E_BUSY address in use; SP_E_MEMORY; what else sp_socket_listen answers; the message names the url and the cure
 * thread every function but open and close: the ring's one reader; port and count: any */
sp_status sp_intake_open(const sp_intake_options *options, sp_intake **intake, sp_message *message);
/* sp_intake_close - NULL is accepted; unread messages are gone: stop first, then read the ring empty. Takes some 50 ms while anybody is
 * connected, at most two seconds (transport/socket/close.h). */
void sp_intake_close(sp_intake *intake);

/* sp_intake_stop - receives no more; what is in the ring stays to be read. After it `wake` is not called any more. */
void sp_intake_stop(sp_intake *intake);

/* sp_intake_next - the oldest message of the ring; false when it is empty. Give it back with sp_intake_release, before the next:
 * until then its place in the ring is taken. */
bool sp_intake_next(sp_intake *intake, sp_intake_message *message);
void sp_intake_release(sp_intake *intake, sp_intake_message *message);

/* sp_intake_port - the tcp port of a url, counted from 0 (the one that was free, where it says 0); 0 for ipc. */
uint16_t sp_intake_port(const sp_intake *intake, uint32_t url);

void sp_intake_count(const sp_intake *intake, sp_intake_counts *counts);

#endif
