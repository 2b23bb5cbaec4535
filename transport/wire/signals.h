/* signals.h - the message by which a sender tells what it measured: [1, source, seq, [[t_ns, kind, subject, value], …]].
 *
 * A malformed message is refused whole, with a reason. In a well-formed one a record that is none is refused alone. Layout and
 * test vectors: docs/wire.md. */
#ifndef SP_WIRE_SIGNALS_H
#define SP_WIRE_SIGNALS_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/signal.h"
#include "transport/wire/check.h"
#include "transport/wire/decoder.h"

#define SP_WIRE_VERSION     1
#define SP_WIRE_RECORDS_MAX 4096
#define SP_WIRE_SIGNALS_MAX (UINT32_C(256) << 10) /* [bytes] of a message */
#define SP_WIRE_FIELDS      4                     /* of a message, and of a record */
/* The message, its fields, its records and theirs. */
#define SP_WIRE_NODES_MAX (1 + SP_WIRE_FIELDS + SP_WIRE_RECORDS_MAX * (1 + SP_WIRE_FIELDS))

extern const sp_wire_limits sp_wire_signals_limits;

/* One record. Refused ones keep what could be read: kind is SP_SIGNAL_KINDS and subject empty where it could not. */
typedef struct sp_wire_record {
	int64_t t_ns;        /* in [SP_TIME_MIN_NS, SP_TIME_MAX_NS) */
	sp_refusal refusal;  /* SP_REFUSED_none: take it. malformed, unknown_kind, not_finite, out_of_range */
	uint32_t kind;       /* sp_signal_kind */
	const char *subject; /* a name (sp_id_check), not terminated */
	size_t n_subject;
	sp_value value; /* of the kind's type, finite, never -0.0; its range is the engine's to check */
} sp_wire_record;

typedef struct sp_wire_message {
	const char *source; /* a name, not terminated */
	size_t n_source;
	int64_t seq; /* from 1 */
	const sp_wire_record *records;
	uint32_t n_records; /* 0 is permitted: a sign of life */
} sp_wire_message;

/* sp_wire_decode - reads a message.
 *
 * out    *message. Of a refused one only the source is set, and only where the message got so far: to count by
 * returns SP_WIRE_ok; else why it is refused whole
 * cost   O(n), allocates: no */
sp_wire_reason sp_wire_decode(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n, sp_wire_message *message);

/* sp_wire_encode - writes a message into the caller's buffer, for senders; `refusal` of the records is not read.
 *
 * out    writer->n grows by the bytes of the message, on SP_E_FULL by those that are needed; else it stays
 * fails  SP_E_SYNTAX source or subject is no name; SP_E_RANGE seq, time, over 4,096 records or 256 KiB; SP_E_UNKNOWN no such kind;
 *        SP_E_NOT_FINITE; SP_E_FULL the buffer is too small
 * cost   O(records), allocates: no */
sp_status sp_wire_encode(const sp_wire_message *message, sp_writer *writer);

#endif
