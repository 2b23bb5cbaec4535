/* fuzz_wire.c - any bytes as what comes over a socket: a signal message, a frame, a request or a reply, a question or an answer.
 *
 * Beyond "does not crash": what the structural check lets pass, msgpack-c reads to the same end; what any decoder but that of signals
 * takes, its encoder writes again byte for byte; a signal message that is taken, encoded and decoded again, says the same; no
 * text that a person will see holds a control character; and nobody takes the message of another. */
#include "fuzz.h"

#include <msgpack.h>
#include <string.h>

#include "base/assert.h"
#include "transport/wire/control.h"
#include "transport/wire/request.h"
#include "transport/wire/signals.h"

static sp_wire_decoder *one, *two; /* what the first decoded stands while the second reads it back */

static void check_twin(const uint8_t *bytes, size_t n)
{
	msgpack_zone zone;
	msgpack_object object;
	size_t read = 0;

	if (sp_wire_check(bytes, n, &sp_wire_signals_limits) != SP_WIRE_ok)
		return;
	SP_ASSERT(msgpack_zone_init(&zone, 8192));
	msgpack_unpack_return answer = msgpack_unpack((const char *)bytes, n, &read, &zone, &object);
	SP_ASSERT(answer == MSGPACK_UNPACK_SUCCESS && read == n);
	msgpack_zone_destroy(&zone);
}

static void check_record(const sp_wire_record *a, const sp_wire_record *b)
{
	SP_ASSERT(b->refusal == SP_REFUSED_none && a->kind == b->kind && a->t_ns == b->t_ns);
	SP_ASSERT(a->n_subject == b->n_subject && memcmp(a->subject, b->subject, a->n_subject) == 0);
	SP_ASSERT(memcmp(&a->value, &b->value, sizeof a->value) == 0);
}

/* Senders that write their integers longer than need be can say what does not fit when written shortest: never the reverse. */
static bool try_signals(const uint8_t *bytes, size_t n)
{
	static sp_wire_record taken[SP_WIRE_RECORDS_MAX];
	static uint8_t room[2 * SP_WIRE_SIGNALS_MAX];
	sp_writer writer = {room, sizeof room, 0};
	sp_wire_message message, again;
	uint32_t n_taken = 0;

	if (sp_wire_decode(one, bytes, n, &message) != SP_WIRE_ok)
		return false;
	for (uint32_t i = 0; i < message.n_records; i++)
		if (message.records[i].refusal == SP_REFUSED_none)
			taken[n_taken++] = message.records[i];
	message.records = taken;
	message.n_records = n_taken;
	sp_status status = sp_wire_encode(&message, &writer);
	if (status == SP_E_RANGE) /* small integers became doubles of nine bytes */
		return true;
	SP_ASSERT(status == SP_OK);
	SP_ASSERT(sp_wire_decode(two, room, writer.n, &again) == SP_WIRE_ok);
	SP_ASSERT(again.seq == message.seq && again.n_records == n_taken);
	for (uint32_t i = 0; i < n_taken; i++)
		check_record(&taken[i], &again.records[i]);
	return true;
}

static bool try_frame(const uint8_t *bytes, size_t n)
{
	static uint8_t room[SP_FRAME_BYTES_MAX];
	sp_writer writer = {room, sizeof room, 0};
	sp_frame frame;

	if (sp_frame_decode(one, bytes, n, &frame) != SP_WIRE_ok)
		return false;
	SP_ASSERT(sp_frame_encode(&frame, &writer) == SP_WIRE_ok);
	SP_ASSERT(writer.n == n && memcmp(room, bytes, n) == 0);
	SP_ASSERT(sp_frame_preceding(&frame, n) < n);
	return true;
}

static bool try_request(const uint8_t *bytes, size_t n)
{
	uint8_t room[SP_REQUEST_BYTES_MAX];
	sp_writer writer = {room, sizeof room, 0};
	sp_request request;

	if (sp_request_decode(one, bytes, n, &request) != SP_WIRE_ok)
		return false;
	SP_ASSERT(sp_request_encode(&request, &writer) == SP_WIRE_ok);
	SP_ASSERT(writer.n == n && memcmp(room, bytes, n) == 0);
	return true;
}

static bool try_reply(const uint8_t *bytes, size_t n)
{
	uint8_t room[16];
	sp_writer writer = {room, sizeof room, 0};
	sp_status status;

	if (sp_reply_decode(one, bytes, n, &status) != SP_WIRE_ok)
		return false;
	sp_reply_encode(status, &writer);
	SP_ASSERT(writer.n == n && memcmp(room, bytes, n) == 0);
	return true;
}

static void check_shown(const char *text)
{
	for (size_t i = 0; text[i] != '\0'; i++)
		SP_ASSERT((uint8_t)text[i] >= ' ' && text[i] != 0x7f);
}

static bool try_question(const uint8_t *bytes, size_t n)
{
	static uint8_t room[SP_CONTROL_REQUEST_MAX];
	sp_writer writer = {room, sizeof room, 0};
	sp_control_request question;

	if (sp_control_request_decode(one, bytes, n, &question) != SP_WIRE_ok)
		return false;
	for (uint32_t i = 0; i < question.n_arguments; i++)
		check_shown(question.arguments[i]);
	SP_ASSERT(sp_control_request_encode(&question, &writer) == SP_WIRE_ok);
	SP_ASSERT(writer.n == n && memcmp(room, bytes, n) == 0);
	return true;
}

static bool try_answer(const uint8_t *bytes, size_t n)
{
	static uint8_t room[SP_CONTROL_BYTES_MAX];
	static sp_control_answer answer;
	sp_writer writer = {room, sizeof room, 0};
	sp_control_table table;

	if (sp_control_answer_decode(one, bytes, n, &table) != SP_WIRE_ok)
		return false;
	sp_control_answer_init(&answer);
	answer.status = table.status;
	strcpy(answer.message.text, table.text);
	check_shown(table.text);
	for (uint32_t i = 0; i < table.n_rows * table.n_cells; i++)
		check_shown(table.cells[i]);
	for (uint32_t i = 0; i < table.n_rows; i++)
		if (!sp_control_answer_row(&answer, table.cells + i * table.n_cells, table.n_cells))
			return true; /* more than a writer of ours has room for */
	answer.full = table.more;
	sp_control_answer_encode(&answer, &writer);
	SP_ASSERT(writer.n == n && memcmp(room, bytes, n) == 0);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	if (one == NULL) {
		one = sp_wire_open();
		two = sp_wire_open();
		SP_ASSERT(one && two);
	}
	check_twin(bytes, n);
	int takers = try_signals(bytes, n) + try_frame(bytes, n) + try_request(bytes, n) + try_reply(bytes, n) +
	             try_question(bytes, n) + try_answer(bytes, n);
	SP_ASSERT(takers <= 1);
	return 0;
}
