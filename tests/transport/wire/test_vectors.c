/* Every vector of docs/wire.md says what the decoder says, and what is taken is encoded to the same bytes again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check/check.h"
#include "tests/transport/wire/tell.h"
#include "transport/wire/control.h"
#include "transport/wire/request.h"

static char *tell(sp_wire_decoder *decoder, const sp_vector *vector)
{
	if (strcmp(vector->block, "signals") == 0)
		return sp_tell_signals(decoder, vector->bytes, vector->n);
	if (strcmp(vector->block, "frames") == 0)
		return sp_tell_frame(decoder, vector->bytes, vector->n);
	if (strcmp(vector->block, "requests") == 0)
		return sp_tell_request(decoder, vector->bytes, vector->n);
	if (strcmp(vector->block, "questions") == 0)
		return sp_tell_question(decoder, vector->bytes, vector->n);
	if (strcmp(vector->block, "answers") == 0)
		return sp_tell_answer(decoder, vector->bytes, vector->n);
	return sp_tell_reply(decoder, vector->bytes, vector->n);
}

static void every_vector_of_the_page_has_its_verdict(void **state)
{
	sp_wire_decoder *decoder = sp_wire_open();
	size_t n, wrong = 0;
	sp_vector *vectors = sp_vectors_read(&n);

	(void)state;
	check_true(n >= 150);
	for (size_t i = 0; i < n; i++) {
		char *verdict = tell(decoder, &vectors[i]);
		if (strcmp(verdict, vectors[i].verdict) != 0) {
			print_message("%s: %s\n  page    %s\n  decoder %s\n", vectors[i].block, vectors[i].title,
			              vectors[i].verdict, verdict);
			wrong++;
		}
		free(verdict);
	}
	check_u64(wrong, 0);
	sp_vectors_free(vectors, n);
	sp_wire_close(decoder);
}

/* --- the other way --- */

static void encode_frame(sp_wire_decoder *decoder, const sp_vector *vector, sp_writer *writer)
{
	sp_frame frame;

	check_i64(sp_frame_decode(decoder, vector->bytes, vector->n, &frame), SP_WIRE_ok);
	check_i64(sp_frame_encode(&frame, writer), SP_WIRE_ok);
}

static void encode_request(sp_wire_decoder *decoder, const sp_vector *vector, sp_writer *writer)
{
	sp_request request;

	check_i64(sp_request_decode(decoder, vector->bytes, vector->n, &request), SP_WIRE_ok);
	check_i64(sp_request_encode(&request, writer), SP_WIRE_ok);
}

static void encode_reply(sp_wire_decoder *decoder, const sp_vector *vector, sp_writer *writer)
{
	sp_status status;

	check_i64(sp_reply_decode(decoder, vector->bytes, vector->n, &status), SP_WIRE_ok);
	sp_reply_encode(status, writer);
}

static void encode_question(sp_wire_decoder *decoder, const sp_vector *vector, sp_writer *writer)
{
	sp_control_request question;

	check_i64(sp_control_request_decode(decoder, vector->bytes, vector->n, &question), SP_WIRE_ok);
	check_i64(sp_control_request_encode(&question, writer), SP_WIRE_ok);
}

static void encode_answer(sp_wire_decoder *decoder, const sp_vector *vector, sp_writer *writer)
{
	static sp_control_answer answer;
	sp_control_table table;

	check_i64(sp_control_answer_decode(decoder, vector->bytes, vector->n, &table), SP_WIRE_ok);
	sp_control_answer_init(&answer);
	answer.status = table.status;
	answer.full = table.more;
	strcpy(answer.message.text, table.text);
	for (uint32_t i = 0; i < table.n_rows; i++) {
		answer.full = false;
		check_true(sp_control_answer_row(&answer, table.cells + i * table.n_cells, table.n_cells));
		answer.full = table.more;
	}
	sp_control_answer_encode(&answer, writer);
}

static const struct {
	const char *block;
	void (*encode)(sp_wire_decoder *decoder, const sp_vector *vector, sp_writer *writer);
} encoders[] = {
    {"frames", encode_frame},  {"requests", encode_request}, {"questions", encode_question},
    {"replies", encode_reply}, {"answers", encode_answer},
};

/* Our encoder writes what python3-msgpack wrote for the page. */
static void what_is_taken_is_encoded_to_the_same_bytes(void **state)
{
	sp_wire_decoder *decoder = sp_wire_open();
	size_t n, same = 0;
	sp_vector *vectors = sp_vectors_read(&n);
	uint8_t bytes[2048];

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof encoders / sizeof encoders[0]; k++) {
			sp_writer writer = {bytes, sizeof bytes, 0};
			if (strcmp(vectors[i].block, encoders[k].block) != 0 || strncmp(vectors[i].verdict, "refused", 7) == 0)
				continue;
			encoders[k].encode(decoder, &vectors[i], &writer);
			check_u64(writer.n, vectors[i].n);
			check_bytes(bytes, vectors[i].bytes, writer.n);
			same++;
		}
	check_true(same >= 24);
	sp_vectors_free(vectors, n);
	sp_wire_close(decoder);
}

static void every_vector_is_another_one(void **state)
{
	size_t n;
	sp_vector *vectors = sp_vectors_read(&n);

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			check_true(vectors[i].n != vectors[k].n || strcmp(vectors[i].block, vectors[k].block) != 0 ||
			           vectors[i].n == 0 || memcmp(vectors[i].bytes, vectors[k].bytes, vectors[i].n) != 0);
	sp_vectors_free(vectors, n);
}

static char *read_page(void)
{
	FILE *in = fopen("docs/wire.md", "rb");
	char *page = NULL;
	size_t room = 0;

	check_true(in != NULL && getdelim(&page, &room, '\0', in) > 0);
	fclose(in);
	return page;
}

/* The page's table of reasons is the code's list, and every reason has a vector. */
static void every_reason_stands_on_the_page(void **state)
{
	char *page = read_page();

	(void)state;
	for (int i = SP_WIRE_ok + 1; i < SP_WIRE_REASONS; i++) {
		char line[160];
		snprintf(line, sizeof line, "| `%s` | %s |", sp_wire_reason_name((sp_wire_reason)i),
		         sp_wire_reason_text((sp_wire_reason)i));
		check_contains(page, line);
		snprintf(line, sizeof line, "\n= refused: %s\n", sp_wire_reason_name((sp_wire_reason)i));
		if (i != SP_WIRE_too_long && i != SP_WIRE_too_many) /* those would be long vectors */
			check_contains(page, line);
	}
	free(page);
}

/* So is its table of verbs, and every verb has its columns. */
static void every_verb_stands_on_the_page(void **state)
{
	char *page = read_page();

	(void)state;
#define X(name, text) check_contains(page, "\n| `" #name "` | " text " |\n");
	SP_CONTROL_MAP(X)
#undef X
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_vector_of_the_page_has_its_verdict),
	    cmocka_unit_test(what_is_taken_is_encoded_to_the_same_bytes),
	    cmocka_unit_test(every_vector_is_another_one),
	    cmocka_unit_test(every_reason_stands_on_the_page),
	    cmocka_unit_test(every_verb_stands_on_the_page),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
