/* hostile.h - messages as an enemy, a broken library or a tired person would send them, each with what must become of it.
 *
 * A message is a function of its number and of the time; the first ones are sound, so that the later ones have something to
 * contradict. They are meant to come in order, all over one connection, to a daemon of sp_hostile_config that has not met them
 * before, with a first tick after the sound ones, at a time that does not go back, while nobody else sends what they contradict.
 * None may crash, or move a price. */
#ifndef SP_TESTS_INTAKE_HOSTILE_H
#define SP_TESTS_INTAKE_HOSTILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/signal.h"
#include "transport/wire/reason.h"

#define SP_HOSTILE_BYTES_MAX (UINT32_C(512) << 10) /* of a message */

/* A configuration that takes them: the pool runs at its setpoint, prices may follow it at once. Their senders: prom-1 may send
 * anything; gauge-1 only `utilization` of us-east/h100; steady-1 is free for a test's own sound signals; intruder-1 is unknown. */
extern const char sp_hostile_config[];

/* Who refuses it. */
typedef enum sp_hostile_stage {
	SP_HOSTILE_TAKEN,   /* nobody: odd, or the contrast */
	SP_HOSTILE_MESSAGE, /* sp_wire_decode, as a whole: `reason` */
	SP_HOSTILE_RECORDS, /* sp_wire_decode, records alone: `refusal` */
	SP_HOSTILE_SENDER,  /* who looks at source and seq: `refusal` is source or sequence, of all its records */
	SP_HOSTILE_ENGINE,  /* who looks at subjects, ranges, order and jumps: `refusal` */
	SP_HOSTILE_STAGES
} sp_hostile_stage;

typedef struct sp_hostile_verdict {
	char name[80];
	const char *source; /* "" where none can be told */
	sp_hostile_stage stage;
	sp_wire_reason reason;         /* SP_WIRE_ok but for SP_HOSTILE_MESSAGE */
	sp_refusal refusal;            /* of those refused */
	uint32_t n_records, n_refused; /* of a message that is not refused whole; the others are taken */
} sp_hostile_verdict;

uint32_t sp_hostile_count(void);
uint32_t sp_hostile_sound(void); /* so many of the first are sound */

/* sp_hostile_get - the i-th message; its bytes live until the next call, in memory that is there from the start. */
void sp_hostile_get(uint32_t i, int64_t now_ns, const uint8_t **bytes, size_t *n, sp_hostile_verdict *expected);

#endif
