/* sender.h - a sender that costs next to nothing: messages packed in advance, in a ring, written to a plain tcp socket with the few
 * bytes that nng's PUSH puts before a message. What changes from round to round, seq and dates, is put in as a message is sent. */
#ifndef SP_BENCH_LIVE_SENDER_H
#define SP_BENCH_LIVE_SENDER_H

#include <stddef.h>
#include <stdint.h>

#include "bench/live/town.h"

#define SP_BENCH_RECORDS  256 /* a message, as senders are told to send */
#define SP_BENCH_MESSAGES 512 /* in the ring: some eight megabytes, as from a socket and not from the cache */

typedef struct sp_bench_sender {
	uint8_t *bytes; /* of the ring's messages, each with its length before it */
	size_t at[SP_BENCH_MESSAGES + 1];
	uint32_t *dates; /* places of all dates in the bytes, SP_BENCH_RECORDS a message */
	int64_t t_ns;    /* the next scrape's */
	int64_t seq;
	int fd;         /* -1: not connected */
	uint64_t sent;  /* records */
	double packing; /* [records/s] of sp_wire_encode alone */
} sp_bench_sender;

void sp_bench_sender_open(sp_bench_sender *sender, const sp_bench_town *town);
void sp_bench_sender_close(sp_bench_sender *sender);

/* sp_bench_sender_connect - to a daemon's tcp port. */
void sp_bench_sender_connect(sp_bench_sender *sender, uint16_t port);

/* sp_bench_sender_send - the i-th message of the ring, blocking while nobody reads. */
void sp_bench_sender_send(sp_bench_sender *sender, uint32_t i);

/* The i-th message of the ring, as it is sent. */
const uint8_t *sp_bench_sender_message(const sp_bench_sender *sender, uint32_t i, size_t *n);

#endif
