/* senders.h - who sends what, how fast, and what became of it: a bucket and counts for each source (R24).
 *
 * Pure but for its memory, all of which it has from the start but the names: no clock, no I/O. One thread at a time; an sp_sender
 * is plain, so that thread copies out what others are to see. */
#ifndef SP_INTAKE_SENDERS_H
#define SP_INTAKE_SENDERS_H

#include <stdint.h>

#include "base/ids.h"
#include "base/signal.h"
#include "transport/wire/reason.h"

#define SP_SENDERS_MAX 4096 /* told apart; the rest are counted together, as "(others)" */
/* A seq begins at the clock's nanoseconds: a jump beyond this is a sender that began anew (after a thousandth of a second, at the
 * soonest), not messages lost. */
#define SP_SENDERS_GAP_MAX 1000000

typedef struct sp_sender {
	char name[SP_ID_MAX + 1];
	uint64_t messages; /* of whom it could be told that they are its: well-formed and malformed ones */
	uint64_t records;  /* in the well-formed ones: those taken, and those refused */
	uint64_t taken;
	uint64_t missing;  /* messages that its seq says were sent and never came */
	uint64_t restarts; /* jumps of its seq beyond SP_SENDERS_GAP_MAX */
	uint64_t refused[SP_REFUSALS];
	uint64_t malformed[SP_WIRE_REASONS]; /* messages refused whole; SP_WIRE_ok: none */
	int64_t last_ns;                     /* of its last well-formed message, by the daemon's tick clock; 0: none yet */
} sp_sender;

typedef struct sp_senders sp_senders; /* opaque */

sp_senders *sp_senders_open(void);          /* NULL when out of memory */
void sp_senders_close(sp_senders *senders); /* NULL is accepted */

/* sp_senders_find - the slot of a source's name (n bytes, not terminated); new names are added while there is room. Names that are
 * none, and those beyond the bound, share slot 0, "(others)". O(1). */
uint32_t sp_senders_find(sp_senders *senders, const char *name, size_t n);

/* sp_senders_admit - a well-formed message of so many records has come: how many of them the source's rate lets pass, the first
 * ones. A bucket that holds one second of the rate, at least one whole message; it starts full.
 *
 *     level = min(burst, level + rate x elapsed),  burst = max(rate x 1 s, SP_WIRE_RECORDS_MAX)  [records]
 *
 * in integers, to a billionth of a record. The message and its records are counted here; those that may not pass are counted as
 * refused by sp_senders_refuse, as any others.
 * in     max_per_s [records/s]; 0: nothing passes. now_ns [ns] monotone (a step back counts as no time) */
uint32_t sp_senders_admit(sp_senders *senders, uint32_t slot, uint32_t records, int64_t max_per_s, int64_t now_ns);

/* Each counts, and is O(1). */
void sp_senders_take(sp_senders *senders, uint32_t slot); /* one record */
void sp_senders_refuse(sp_senders *senders, uint32_t slot, sp_refusal refusal, uint32_t n);
void sp_senders_malformed(sp_senders *senders, uint32_t slot, sp_wire_reason reason); /* one message, refused whole */
/* sp_senders_missing - its seq is higher than the last by n + 1. */
void sp_senders_missing(sp_senders *senders, uint32_t slot, uint64_t n);

uint32_t sp_senders_count(const sp_senders *senders); /* slots, with slot 0 */
/* The counts of one source, as they are; slot < sp_senders_count. */
const sp_sender *sp_senders_get(const sp_senders *senders, uint32_t slot);

#endif
