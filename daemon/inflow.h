/* inflow.h - a message's way from the ring into the engine: decoded, admitted, recorded, taken.
 *
 * Bytes → sp_wire_decode → rate and seq of its source → each record: checks that need a clock, the subject's name → sp_drive_take.
 * What fails anywhere is refused and counted under its reason and its source. A message may be left half-way when the block of
 * inputs is full; it goes on where it stood. The loop alone. */
#ifndef SP_DAEMON_INFLOW_H
#define SP_DAEMON_INFLOW_H

#include "controller/drive/drive.h"
#include "transport/intake/intake.h"
#include "transport/intake/senders.h"
#include "transport/wire/signals.h"

/* Subjects by whose slot it is remembered which one followed: those of 100,000 SKUs do not get in one another's way. */
#define SP_INFLOW_GUESSES (UINT32_C(1) << 17)

typedef struct sp_inflow {
	sp_intake *intake;
	sp_senders *senders;
	sp_wire_decoder *decoder;
	sp_drive *drive;
	/* the message in hand */
	bool in_hand;
	sp_intake_message message;
	sp_wire_message decoded;
	uint32_t next, admitted; /* records: the next one, and how many the rate lets pass */
	uint32_t sender, source; /* its slots: in the counts, and in the drive */
	/* senders send scrape after scrape, so the next subject is guessed, and its name compared */
	uint32_t subject; /* of the record before */
	uint32_t follows[SP_INFLOW_GUESSES];
} sp_inflow;

/* sp_inflow_open - needs intake and drive set before its first use. SP_E_MEMORY. */
sp_status sp_inflow_open(sp_inflow *inflow, sp_message *message);
void sp_inflow_close(sp_inflow *inflow);

/* sp_inflow_expect - those whom the configuration names get a bucket and counts of their own before any stranger does. */
void sp_inflow_expect(sp_inflow *inflow);

/* sp_inflow_step - one message, or the rest of one.
 * in     now_ns: tick time
 * out    false: there is none, or no room in the block for more */
bool sp_inflow_step(sp_inflow *inflow, int64_t now_ns);

/* sp_inflow_stuck - does a message wait for room in the block? */
bool sp_inflow_stuck(const sp_inflow *inflow);

#endif
