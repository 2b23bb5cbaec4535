/* signals.c - the signal message, out of msgpack-c's objects and back. */
#include "transport/wire/signals.h"

#include <string.h>

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"
#include "transport/wire/fields.h"
#include "transport/wire/pack.h"

const sp_wire_limits sp_wire_signals_limits = {
    .bytes = SP_WIRE_SIGNALS_MAX,
    .nodes = SP_WIRE_NODES_MAX,
    .depth = SP_WIRE_DEPTH_MAX,
    .canonical = false, /* a sender's library may write integers as it likes */
};

/* --- values --- */

static bool signals_is_float(const msgpack_object *object)
{
	return object->type == MSGPACK_OBJECT_FLOAT32 || object->type == MSGPACK_OBJECT_FLOAT64;
}

/* Money is an integer; a float is refused even where it is whole: who sends one has computed prices in floats. */
static sp_refusal signals_money(const msgpack_object *object, sp_value *value)
{
	if (object->type == MSGPACK_OBJECT_NEGATIVE_INTEGER) {
		value->nano = object->via.i64;
		return SP_REFUSED_none;
	}
	if (object->type == MSGPACK_OBJECT_POSITIVE_INTEGER) {
		value->nano = (int64_t)object->via.u64;
		return object->via.u64 <= INT64_MAX ? SP_REFUSED_none : SP_REFUSED_out_of_range;
	}
	return signals_is_float(object) && !sp_finite(object->via.f64) ? SP_REFUSED_not_finite : SP_REFUSED_malformed;
}

/* An integer stands for the double that it is; one that is none (beyond 2^53, odd bits) is refused. */
static sp_refusal signals_real(const msgpack_object *object, sp_value *value)
{
	if (signals_is_float(object)) {
		value->real = object->via.f64 == 0 ? 0 : object->via.f64; /* no -0.0: a second spelling of zero */
		return sp_finite(value->real) ? SP_REFUSED_none : SP_REFUSED_not_finite;
	}
	if (object->type == MSGPACK_OBJECT_POSITIVE_INTEGER) {
		value->real = (double)object->via.u64;
		return (__int128)value->real == (__int128)object->via.u64 ? SP_REFUSED_none : SP_REFUSED_malformed;
	}
	if (object->type == MSGPACK_OBJECT_NEGATIVE_INTEGER) {
		value->real = (double)object->via.i64;
		return (__int128)value->real == (__int128)object->via.i64 ? SP_REFUSED_none : SP_REFUSED_malformed;
	}
	return SP_REFUSED_malformed;
}

/* --- kinds --- */

static uint32_t signals_place(const char *text, size_t n)
{
	return (3 * (uint32_t)n + (uint8_t)text[0] + 6 * (uint32_t)(uint8_t)text[n - 1]) % SP_WIRE_KIND_PLACES;
}

/* Should two kinds ever meet in one place, the first has it and the other is looked up by name. */
void sp_wire_kinds_init(sp_wire_decoder *decoder)
{
	for (unsigned kind = 0; kind < SP_SIGNAL_KINDS; kind++) {
		const size_t n = strlen(sp_kinds[kind].name);
		const uint32_t place = signals_place(sp_kinds[kind].name, n);
		if (decoder->kinds[place].n == 0) {
			decoder->kinds[place].kind = (uint8_t)kind;
			decoder->kinds[place].n = (uint8_t)n;
		}
	}
}

uint32_t sp_wire_kind_find(const sp_wire_decoder *decoder, const char *text, size_t n)
{
	if (n > 0) {
		const uint32_t place = signals_place(text, n), kind = decoder->kinds[place].kind;
		if (decoder->kinds[place].n == n && memcmp(sp_kinds[kind].name, text, n) == 0) {
			return kind;
		}
	}
	return sp_kind_find(text, n);
}

/* --- records --- */

static sp_refusal signals_record(const sp_wire_decoder *decoder, const msgpack_object *object, sp_wire_record *record)
{
	*record = (sp_wire_record){.kind = SP_SIGNAL_KINDS};
	if (object->type != MSGPACK_OBJECT_ARRAY || object->via.array.size != SP_WIRE_FIELDS) {
		return SP_REFUSED_malformed;
	}
	const msgpack_object *t = &object->via.array.ptr[0], *kind = t + 1, *subject = t + 2, *value = t + 3;
	if (t->type != MSGPACK_OBJECT_POSITIVE_INTEGER || t->via.u64 >= (uint64_t)SP_TIME_MAX_NS ||
	    kind->type != MSGPACK_OBJECT_STR || subject->type != MSGPACK_OBJECT_STR ||
	    sp_id_check(subject->via.str.ptr, subject->via.str.size) != SP_OK) {
		return SP_REFUSED_malformed;
	}
	record->t_ns = (int64_t)t->via.u64;
	record->subject = subject->via.str.ptr;
	record->n_subject = subject->via.str.size;
	record->kind = sp_wire_kind_find(decoder, kind->via.str.ptr, kind->via.str.size);
	if (record->kind == SP_SIGNAL_KINDS) {
		return SP_REFUSED_unknown_kind;
	}
	return sp_kinds[record->kind].money ? signals_money(value, &record->value) : signals_real(value, &record->value);
}

sp_wire_reason sp_wire_decode(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n, sp_wire_message *message)
{
	SP_ASSERT(message != NULL);
	*message = (sp_wire_message){0};
	msgpack_object object;
	sp_wire_reason reason = sp_wire_unpack(decoder, bytes, n, &sp_wire_signals_limits, &object);
	if (reason != SP_WIRE_ok) {
		return reason;
	}
	sp_fields fields = sp_fields_of(&object, SP_WIRE_FIELDS, &reason);
	sp_fields_whole(&fields, SP_WIRE_VERSION, SP_WIRE_VERSION, SP_WIRE_version);
	message->source = sp_fields_name(&fields, &message->n_source, SP_WIRE_name);
	const uint64_t seq = sp_fields_whole(&fields, 1, INT64_MAX, SP_WIRE_seq);
	const msgpack_object_array *records = sp_fields_array(&fields, SP_WIRE_records);
	if (reason == SP_WIRE_ok && records->size > SP_WIRE_RECORDS_MAX) {
		reason = SP_WIRE_records;
	}
	if (reason != SP_WIRE_ok) {
		return reason;
	}
	for (uint32_t i = 0; i < records->size; i++) {
		decoder->room.records[i].refusal = signals_record(decoder, &records->ptr[i], &decoder->room.records[i]);
	}
	message->seq = (int64_t)seq;
	message->records = decoder->room.records;
	message->n_records = records->size;
	return SP_WIRE_ok;
}

/* --- for senders --- */

static sp_status signals_check(const sp_wire_message *message)
{
	if (sp_id_check(message->source, message->n_source) != SP_OK) {
		return SP_E_SYNTAX;
	}
	return message->seq >= 1 && message->n_records <= SP_WIRE_RECORDS_MAX ? SP_OK : SP_E_RANGE;
}

static sp_status signals_check_record(const sp_wire_record *record)
{
	if (record->t_ns < SP_TIME_MIN_NS || record->t_ns >= SP_TIME_MAX_NS) {
		return SP_E_RANGE;
	}
	if (record->kind >= SP_SIGNAL_KINDS) {
		return SP_E_UNKNOWN;
	}
	if (sp_id_check(record->subject, record->n_subject) != SP_OK) {
		return SP_E_SYNTAX;
	}
	return sp_kinds[record->kind].money || sp_finite(record->value.real) ? SP_OK : SP_E_NOT_FINITE;
}

static void signals_pack_record(msgpack_packer *packer, const sp_wire_record *record)
{
	const sp_kind *kind = &sp_kinds[record->kind];
	msgpack_pack_array(packer, SP_WIRE_FIELDS);
	msgpack_pack_int64(packer, record->t_ns);
	sp_pack_text(packer, kind->name, strlen(kind->name));
	sp_pack_text(packer, record->subject, record->n_subject);
	if (kind->money) {
		msgpack_pack_int64(packer, record->value.nano);
	} else {
		msgpack_pack_double(packer, record->value.real);
	}
}

static sp_status signals_pack(const sp_wire_message *message, sp_writer *writer)
{
	msgpack_packer packer;
	sp_pack_begin(&packer, writer);
	msgpack_pack_array(&packer, SP_WIRE_FIELDS);
	msgpack_pack_int(&packer, SP_WIRE_VERSION);
	sp_pack_text(&packer, message->source, message->n_source);
	msgpack_pack_int64(&packer, message->seq);
	msgpack_pack_array(&packer, message->n_records);
	for (uint32_t i = 0; i < message->n_records; i++) {
		const sp_status status = signals_check_record(&message->records[i]);
		if (status != SP_OK) {
			return status;
		}
		signals_pack_record(&packer, &message->records[i]);
	}
	return SP_OK;
}

sp_status sp_wire_encode(const sp_wire_message *message, sp_writer *writer)
{
	SP_ASSERT(message->records != NULL || message->n_records == 0);
	SP_ASSERT(writer->n <= writer->size);
	const size_t before = writer->n;
	sp_status status = signals_check(message);
	if (status == SP_OK) {
		status = signals_pack(message, writer);
	}
	if (status == SP_OK && writer->n - before > SP_WIRE_SIGNALS_MAX) {
		status = SP_E_RANGE;
	}
	if (status != SP_OK) {
		writer->n = before;
		return status;
	}
	return writer->n <= writer->size ? SP_OK : SP_E_FULL;
}
