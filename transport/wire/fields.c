/* fields.c - see fields.h. */
#include "transport/wire/fields.h"

#include <string.h>

#include "base/assert.h"
#include "transport/wire/text.h"

static void fields_refuse(sp_fields *fields, sp_wire_reason reason)
{
	if (*fields->reason == SP_WIRE_ok) {
		*fields->reason = reason;
	}
	fields->left = 0;
}

/* The next element; NULL after an error. A cursor is opened on as many elements as are read from it. */
static const msgpack_object *fields_next(sp_fields *fields)
{
	if (*fields->reason != SP_WIRE_ok) {
		return NULL;
	}
	SP_ASSERT(fields->left > 0);
	fields->left--;
	return fields->next++;
}

/* The next element if it is of a type; else the error is set. */
static const msgpack_object *fields_take(sp_fields *fields, msgpack_object_type type, sp_wire_reason otherwise)
{
	const msgpack_object *object = fields_next(fields);
	if (object != NULL && object->type != type) {
		fields_refuse(fields, otherwise);
		return NULL;
	}
	return object;
}

sp_fields sp_fields_of(const msgpack_object *object, uint32_t n, sp_wire_reason *reason)
{
	SP_ASSERT(n > 0);
	sp_fields fields = {.reason = reason};
	if (object->type != MSGPACK_OBJECT_ARRAY || object->via.array.size != n) {
		fields_refuse(&fields, SP_WIRE_shape);
		return fields;
	}
	fields.next = object->via.array.ptr;
	fields.left = n;
	return fields;
}

const msgpack_object_array *sp_fields_array(sp_fields *fields, sp_wire_reason otherwise)
{
	const msgpack_object *object = fields_take(fields, MSGPACK_OBJECT_ARRAY, otherwise);
	return object != NULL ? &object->via.array : NULL;
}

sp_fields sp_fields_inner(sp_fields *fields, uint32_t n, sp_wire_reason otherwise)
{
	const msgpack_object_array *array = sp_fields_array(fields, otherwise);
	if (array != NULL && array->size != n) {
		fields_refuse(fields, otherwise);
		array = NULL;
	}
	return (sp_fields){array != NULL ? array->ptr : NULL, array != NULL ? n : 0, fields->reason};
}

uint64_t sp_fields_whole(sp_fields *fields, uint64_t least, uint64_t most, sp_wire_reason otherwise)
{
	const msgpack_object *object = fields_take(fields, MSGPACK_OBJECT_POSITIVE_INTEGER, otherwise);
	if (object == NULL) {
		return 0;
	}
	if (object->via.u64 < least || object->via.u64 > most) {
		fields_refuse(fields, otherwise);
		return 0;
	}
	return object->via.u64;
}

int64_t sp_fields_signed(sp_fields *fields, sp_wire_reason otherwise)
{
	return (int64_t)sp_fields_whole(fields, 0, INT64_MAX, otherwise);
}

bool sp_fields_binary_or_none(sp_fields *fields, uint8_t *bytes, size_t n, sp_wire_reason otherwise)
{
	const msgpack_object *object = fields_take(fields, MSGPACK_OBJECT_BIN, otherwise);
	if (object == NULL || object->via.bin.size == 0) {
		return false;
	}
	if (object->via.bin.size != n) {
		fields_refuse(fields, otherwise);
		return false;
	}
	memcpy(bytes, object->via.bin.ptr, n);
	return true;
}

void sp_fields_binary(sp_fields *fields, uint8_t *bytes, size_t n, sp_wire_reason otherwise)
{
	if (!sp_fields_binary_or_none(fields, bytes, n, otherwise)) {
		fields_refuse(fields, otherwise);
	}
}

const char *sp_fields_text(sp_fields *fields, size_t most, size_t *n, sp_wire_reason otherwise)
{
	*n = 0;
	const msgpack_object *object = fields_take(fields, MSGPACK_OBJECT_STR, otherwise);
	if (object == NULL) {
		return NULL;
	}
	if (object->via.str.size == 0 || object->via.str.size > most) {
		fields_refuse(fields, otherwise);
		return NULL;
	}
	*n = object->via.str.size;
	return object->via.str.ptr;
}

const char *sp_fields_name(sp_fields *fields, size_t *n, sp_wire_reason otherwise)
{
	const char *text = sp_fields_text(fields, SP_ID_MAX, n, otherwise);
	if (text != NULL && sp_id_check(text, *n) != SP_OK) {
		fields_refuse(fields, otherwise);
		*n = 0;
		return NULL;
	}
	return text;
}

const char *sp_fields_words(sp_fields *fields, size_t most, size_t *n, sp_wire_reason otherwise)
{
	*n = 0;
	const msgpack_object *object = fields_take(fields, MSGPACK_OBJECT_STR, otherwise);
	if (object == NULL) {
		return NULL;
	}
	if (object->via.str.size > most || !sp_text_check(object->via.str.ptr, object->via.str.size)) {
		fields_refuse(fields, otherwise);
		return NULL;
	}
	*n = object->via.str.size;
	return *n > 0 ? object->via.str.ptr : ""; /* msgpack-c has no place for an empty one */
}

sp_status sp_fields_status(sp_fields *fields, sp_wire_reason otherwise)
{
	const sp_status status = (sp_status)sp_fields_whole(fields, 0, INT32_MAX, otherwise);
	if (*fields->reason == SP_WIRE_ok && strcmp(sp_status_name(status), "?") == 0) {
		fields_refuse(fields, otherwise);
	}
	return *fields->reason == SP_WIRE_ok ? status : SP_OK;
}
