/* fields.h - inside the room: from bytes to msgpack-c's objects, and the fields of an array read straight down.
 *
 * A cursor's error is sticky: the first field that is none leaves its reason, and everything read after it is zero; test once,
 * at the end. */
#ifndef SP_WIRE_FIELDS_H
#define SP_WIRE_FIELDS_H

#include <stdbool.h>

#include <msgpack.h>

#include "transport/wire/control.h"
#include "transport/wire/frame.h"
#include "transport/wire/signals.h"

/* [bytes] A frame's texts with their terminating zeros, and the name of the one family that is too many. */
#define SP_WIRE_TEXTS_MAX (SP_FRAME_PRICES_MAX * (2 * (SP_ID_MAX + 1) + SP_FRAME_UNIT_MAX + 1) + SP_ID_MAX + 1)

/* Where the kinds' names are found at once: by length, first and last letter, which today tell all of them apart. */
#define SP_WIRE_KIND_PLACES 64

struct sp_wire_decoder {
	msgpack_zone zone;
	struct {
		uint8_t kind, n; /* n 0: no kind has this place */
	} kinds[SP_WIRE_KIND_PLACES];
	union {
		sp_wire_record records[SP_WIRE_RECORDS_MAX];
		struct {
			sp_frame_group groups[SP_FRAME_PRICES_MAX];
			sp_price prices[SP_FRAME_PRICES_MAX];
			char texts[SP_WIRE_TEXTS_MAX];
			size_t n_texts;
		} book;
		struct {
			const char *cells[SP_CONTROL_ROWS_MAX * SP_CONTROL_CELLS_MAX];
			char texts[SP_CONTROL_BYTES_MAX];
			size_t n_texts;
		} table;
	} room;
};

typedef struct sp_fields {
	const msgpack_object *next;
	uint32_t left;
	sp_wire_reason *reason;
} sp_fields;

/* sp_wire_unpack - checks the bytes and has msgpack-c read them into the decoder's zone, which is emptied first. */
sp_wire_reason sp_wire_unpack(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n, const sp_wire_limits *limits,
                              msgpack_object *object);

/* sp_wire_kinds_init, sp_wire_kind_find - sp_kind_find, from the decoder's places where it can. */
void sp_wire_kinds_init(sp_wire_decoder *decoder);
uint32_t sp_wire_kind_find(const sp_wire_decoder *decoder, const char *text, size_t n);

/* sp_fields_of - a cursor over an array of exactly n elements (else `reason` becomes SP_WIRE_shape). */
sp_fields sp_fields_of(const msgpack_object *object, uint32_t n, sp_wire_reason *reason);

/* sp_fields_array - the next element as an array of any length; NULL when it is none. */
const msgpack_object_array *sp_fields_array(sp_fields *fields, sp_wire_reason otherwise);
/* sp_fields_inner - the next element as an array of exactly n fields. */
sp_fields sp_fields_inner(sp_fields *fields, uint32_t n, sp_wire_reason otherwise);
uint64_t sp_fields_whole(sp_fields *fields, uint64_t least, uint64_t most, sp_wire_reason otherwise);
/* sp_fields_signed - a time, a span or money: none is negative; what else it may be is checked after reading. */
int64_t sp_fields_signed(sp_fields *fields, sp_wire_reason otherwise);
/* sp_fields_binary - exactly n bytes, copied; left as they are where there are none. */
void sp_fields_binary(sp_fields *fields, uint8_t *bytes, size_t n, sp_wire_reason otherwise);
/* sp_fields_binary_or_none - the same, or no bytes at all: then false. */
bool sp_fields_binary_or_none(sp_fields *fields, uint8_t *bytes, size_t n, sp_wire_reason otherwise);
/* sp_fields_name - a name in the message's bytes, not terminated. */
const char *sp_fields_name(sp_fields *fields, size_t *n, sp_wire_reason otherwise);
/* sp_fields_text - a text of 1 to `most` bytes in the message's bytes, not terminated. */
const char *sp_fields_text(sp_fields *fields, size_t most, size_t *n, sp_wire_reason otherwise);
/* sp_fields_words - a text of at most `most` bytes that may be shown to a person (sp_text_check), not terminated; may
 * be empty. NULL after an error. */
const char *sp_fields_words(sp_fields *fields, size_t most, size_t *n, sp_wire_reason otherwise);
/* sp_fields_status - a status of base/status.h; SP_OK after an error. */
sp_status sp_fields_status(sp_fields *fields, sp_wire_reason otherwise);

#endif
