/* control.c - questions and answers, out of msgpack-c's objects and back (see control.h). */
#include "transport/wire/control.h"

#include <string.h>

#include "base/assert.h"
#include "transport/wire/fields.h"
#include "transport/wire/pack.h"
#include "transport/wire/text.h"

#define CONTROL_REQUEST        64
#define CONTROL_ANSWER         80
#define CONTROL_REQUEST_FIELDS 4
#define CONTROL_ANSWER_FIELDS  6
#define CONTROL_VERB_MAX       16 /* [bytes] */

static const sp_wire_limits control_request_limits = {
    .bytes = SP_CONTROL_REQUEST_MAX,
    .nodes = 1 + CONTROL_REQUEST_FIELDS + SP_CONTROL_ARGUMENTS_MAX + 1, /* one too many is told as such */
    .depth = SP_WIRE_DEPTH_MAX,
    .canonical = true,
};

static const sp_wire_limits control_answer_limits = {
    .bytes = SP_CONTROL_BYTES_MAX,
    .nodes = 1 + CONTROL_ANSWER_FIELDS + SP_CONTROL_ROWS_MAX * (1 + SP_CONTROL_CELLS_MAX),
    .depth = SP_WIRE_DEPTH_MAX,
    .canonical = true,
};

/* Texts have heads of up to 3 bytes; the rest are heads of arrays, version, kind and status. */
_Static_assert(SP_CONTROL_ARGUMENTS_MAX *(3 + SP_CONTROL_TEXT_MAX) + 2 * CONTROL_VERB_MAX <= SP_CONTROL_REQUEST_MAX,
               "every question that may be asked may be sent");
_Static_assert(sizeof((sp_control_answer *)0)->rows + 3 + SP_MESSAGE_MAX + 32 <= SP_CONTROL_BYTES_MAX,
               "every answer that may be given may be sent");

/* --- verbs --- */

static const char *const control_verbs[SP_CONTROL_VERBS] = {
#define X(name, text) #name,
    SP_CONTROL_MAP(X)
#undef X
};

const char *sp_control_verb_name(sp_control_verb verb)
{
	SP_ASSERT((unsigned)verb < SP_CONTROL_VERBS);
	return control_verbs[verb];
}

/* SP_CONTROL_VERBS where it is none. */
static sp_control_verb control_verb_find(const char *name, size_t n)
{
	sp_control_verb verb = (sp_control_verb)0;
	while (verb < SP_CONTROL_VERBS && (strlen(control_verbs[verb]) != n || memcmp(control_verbs[verb], name, n) != 0)) {
		verb++;
	}
	return verb;
}

/* --- questions --- */

static void control_arguments_read(const msgpack_object_array *array, sp_control_request *request,
                                   sp_wire_reason *reason)
{
	if (array->size > SP_CONTROL_ARGUMENTS_MAX) {
		*reason = SP_WIRE_arguments;
		return;
	}
	sp_fields fields = {array->ptr, array->size, reason};
	for (uint32_t i = 0; i < array->size; i++) {
		size_t n;
		const char *text = sp_fields_words(&fields, SP_CONTROL_TEXT_MAX, &n, SP_WIRE_text);
		if (text == NULL) {
			return;
		}
		memcpy(request->arguments[i], text, n);
	}
	request->n_arguments = array->size;
}

sp_wire_reason sp_control_request_decode(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n,
                                         sp_control_request *request)
{
	SP_ASSERT(request != NULL);
	msgpack_object object;
	sp_wire_reason reason = sp_wire_unpack(decoder, bytes, n, &control_request_limits, &object);
	if (reason != SP_WIRE_ok) {
		return reason;
	}
	sp_control_request read = {0};
	size_t n_verb;
	sp_fields fields = sp_fields_of(&object, CONTROL_REQUEST_FIELDS, &reason);
	sp_fields_whole(&fields, SP_WIRE_VERSION, SP_WIRE_VERSION, SP_WIRE_version);
	sp_fields_whole(&fields, CONTROL_REQUEST, CONTROL_REQUEST, SP_WIRE_kind);
	const char *verb = sp_fields_text(&fields, CONTROL_VERB_MAX, &n_verb, SP_WIRE_verb);
	const msgpack_object_array *arguments = sp_fields_array(&fields, SP_WIRE_arguments);
	if (reason != SP_WIRE_ok) {
		return reason;
	}
	read.verb = control_verb_find(verb, n_verb);
	if (read.verb == SP_CONTROL_VERBS) {
		return SP_WIRE_verb;
	}
	control_arguments_read(arguments, &read, &reason);
	if (reason == SP_WIRE_ok) {
		*request = read;
	}
	return reason;
}

static sp_wire_reason control_request_check(const sp_control_request *request)
{
	if (request->n_arguments > SP_CONTROL_ARGUMENTS_MAX) {
		return SP_WIRE_arguments;
	}
	for (uint32_t i = 0; i < request->n_arguments; i++) {
		const size_t n = strnlen(request->arguments[i], sizeof request->arguments[i]);
		if (n > SP_CONTROL_TEXT_MAX || !sp_text_check(request->arguments[i], n)) {
			return SP_WIRE_text;
		}
	}
	return SP_WIRE_ok;
}

sp_wire_reason sp_control_request_encode(const sp_control_request *request, sp_writer *writer)
{
	const char *verb = sp_control_verb_name(request->verb);
	const sp_wire_reason reason = control_request_check(request);
	if (reason != SP_WIRE_ok) {
		return reason;
	}
	msgpack_packer packer;
	sp_pack_begin(&packer, writer);
	msgpack_pack_array(&packer, CONTROL_REQUEST_FIELDS);
	msgpack_pack_int(&packer, SP_WIRE_VERSION);
	msgpack_pack_int(&packer, CONTROL_REQUEST);
	sp_pack_text(&packer, verb, strlen(verb));
	msgpack_pack_array(&packer, request->n_arguments);
	for (uint32_t i = 0; i < request->n_arguments; i++) {
		sp_pack_text(&packer, request->arguments[i], strlen(request->arguments[i]));
	}
	return SP_WIRE_ok;
}

/* --- answers, as they are written --- */

void sp_control_answer_init(sp_control_answer *answer)
{
	SP_ASSERT(answer != NULL);
	memset(answer, 0, offsetof(sp_control_answer, rows)); /* what is in rows counts only up to n_bytes */
}

void sp_control_answer_group(sp_control_answer *answer)
{
	SP_ASSERT(answer->n_rows <= SP_CONTROL_ROWS_MAX);
	if (!answer->full) {
		answer->grouped = true;
		answer->group_rows = answer->n_rows;
		answer->group_bytes = answer->n_bytes;
	}
}

static void control_row_pack(const char *const *cells, uint32_t n_cells, sp_writer *writer)
{
	char shown[SP_CONTROL_TEXT_MAX + 1];
	msgpack_packer packer;
	sp_pack_begin(&packer, writer);
	msgpack_pack_array(&packer, n_cells);
	for (uint32_t i = 0; i < n_cells; i++) {
		const size_t n = sp_text_clean(cells[i], SP_CONTROL_TEXT_MAX, shown);
		sp_pack_text(&packer, shown, n);
	}
}

/* Rows that have no room take those of their group with them. */
static void control_answer_end(sp_control_answer *answer)
{
	answer->full = true;
	if (answer->grouped) {
		answer->n_rows = answer->group_rows;
		answer->n_bytes = answer->group_bytes;
	}
}

bool sp_control_answer_row(sp_control_answer *answer, const char *const *cells, uint32_t n_cells)
{
	SP_ASSERT(n_cells >= 1 && n_cells <= SP_CONTROL_CELLS_MAX);
	SP_ASSERT(answer->n_rows == 0 || n_cells == answer->n_cells);
	if (answer->full) {
		return false;
	}
	sp_writer writer = {answer->rows + answer->n_bytes, sizeof answer->rows - answer->n_bytes, 0};
	control_row_pack(cells, n_cells, &writer);
	if (answer->n_rows == SP_CONTROL_ROWS_MAX || writer.n > writer.size) {
		control_answer_end(answer);
		return false;
	}
	answer->n_bytes += writer.n;
	answer->n_cells = n_cells;
	answer->n_rows++;
	return true;
}

void sp_control_answer_encode(const sp_control_answer *answer, sp_writer *writer)
{
	SP_ASSERT(strcmp(sp_status_name(answer->status), "?") != 0);
	SP_ASSERT(answer->n_rows <= SP_CONTROL_ROWS_MAX && answer->n_bytes <= sizeof answer->rows);
	char shown[SP_MESSAGE_MAX];
	const size_t n = sp_text_clean(answer->message.text, sizeof shown - 1, shown);
	msgpack_packer packer;
	sp_pack_begin(&packer, writer);
	msgpack_pack_array(&packer, CONTROL_ANSWER_FIELDS);
	msgpack_pack_int(&packer, SP_WIRE_VERSION);
	msgpack_pack_int(&packer, CONTROL_ANSWER);
	msgpack_pack_int(&packer, (int)answer->status);
	sp_pack_text(&packer, shown, n);
	msgpack_pack_int(&packer, answer->full);
	msgpack_pack_array(&packer, answer->n_rows);
	sp_put_bytes(writer, answer->rows, answer->n_bytes);
}

/* --- answers, as they are read --- */

/* A text as its own copy. Each has at least one byte before it on the wire, so all of them with their ends fit. */
static const char *control_text_keep(sp_wire_decoder *decoder, sp_fields *fields, size_t most)
{
	size_t n;
	const char *text = sp_fields_words(fields, most, &n, SP_WIRE_text);
	if (text == NULL) {
		return NULL;
	}
	SP_ASSERT(decoder->room.table.n_texts + n < sizeof decoder->room.table.texts);
	char *kept = decoder->room.table.texts + decoder->room.table.n_texts;
	memcpy(kept, text, n);
	kept[n] = '\0';
	decoder->room.table.n_texts += n + 1;
	return kept;
}

/* The first row says how many cells each has. */
static void control_rows_read(sp_wire_decoder *decoder, const msgpack_object_array *rows, sp_control_table *table,
                              sp_wire_reason *reason)
{
	if (rows->size > SP_CONTROL_ROWS_MAX) {
		*reason = SP_WIRE_rows;
		return;
	}
	const bool first = rows->size > 0 && rows->ptr[0].type == MSGPACK_OBJECT_ARRAY;
	const uint32_t n_cells = first ? rows->ptr[0].via.array.size : 0;
	if (rows->size > 0 && (n_cells == 0 || n_cells > SP_CONTROL_CELLS_MAX)) {
		*reason = SP_WIRE_rows;
		return;
	}
	sp_fields fields = {rows->ptr, rows->size, reason};
	const char **cell = decoder->room.table.cells;
	for (uint32_t i = 0; i < rows->size; i++) {
		sp_fields row = sp_fields_inner(&fields, n_cells, SP_WIRE_rows);
		for (uint32_t k = 0; k < n_cells; k++) {
			*cell++ = control_text_keep(decoder, &row, SP_CONTROL_TEXT_MAX);
		}
	}
	table->n_rows = rows->size;
	table->n_cells = n_cells;
	table->cells = decoder->room.table.cells;
}

sp_wire_reason sp_control_answer_decode(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n,
                                        sp_control_table *table)
{
	SP_ASSERT(table != NULL);
	msgpack_object object;
	sp_wire_reason reason = sp_wire_unpack(decoder, bytes, n, &control_answer_limits, &object);
	if (reason != SP_WIRE_ok) {
		return reason;
	}
	sp_control_table read = {0};
	decoder->room.table.n_texts = 0;
	sp_fields fields = sp_fields_of(&object, CONTROL_ANSWER_FIELDS, &reason);
	sp_fields_whole(&fields, SP_WIRE_VERSION, SP_WIRE_VERSION, SP_WIRE_version);
	sp_fields_whole(&fields, CONTROL_ANSWER, CONTROL_ANSWER, SP_WIRE_kind);
	read.status = sp_fields_status(&fields, SP_WIRE_status);
	read.text = control_text_keep(decoder, &fields, SP_MESSAGE_MAX - 1);
	read.more = sp_fields_whole(&fields, 0, 1, SP_WIRE_rows) == 1;
	const msgpack_object_array *rows = sp_fields_array(&fields, SP_WIRE_rows);
	if (reason == SP_WIRE_ok) {
		control_rows_read(decoder, rows, &read, &reason);
	}
	if (reason == SP_WIRE_ok) {
		*table = read;
	}
	return reason;
}
