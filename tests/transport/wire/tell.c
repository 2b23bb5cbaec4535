/* tell.c - see tell.h. */
#include "tests/transport/wire/tell.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/real.h"
#include "tests/check/check.h"
#include "transport/wire/control.h"
#include "transport/wire/request.h"
#include "transport/wire/signals.h"

/* --- verdicts --- */

static char *refused(sp_wire_reason reason)
{
	char *text = NULL;
	check_true(asprintf(&text, "refused: %s", sp_wire_reason_name(reason)) > 0);
	return text;
}

static void tell_record(FILE *out, const sp_wire_record *record)
{
	char real[SP_REAL_TEXT_MAX];

	if (record->refusal != SP_REFUSED_none) {
		fprintf(out, "refused %s", sp_refusal_name(record->refusal));
		return;
	}
	fprintf(out, "%" PRId64 " %s %.*s ", record->t_ns, sp_kinds[record->kind].name, (int)record->n_subject,
	        record->subject);
	if (sp_kinds[record->kind].money)
		fprintf(out, "%" PRId64 " nano", record->value.nano);
	else
		fputs(sp_real_format(record->value.real, real), out);
}

char *sp_tell_signals(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n)
{
	sp_wire_message message;
	sp_wire_reason reason = sp_wire_decode(decoder, bytes, n, &message);
	char *text = NULL;
	size_t n_text = 0;
	FILE *out;

	if (reason != SP_WIRE_ok)
		return refused(reason);
	out = open_memstream(&text, &n_text);
	fprintf(out, "%.*s #%" PRId64 ":%s", (int)message.n_source, message.source, message.seq,
	        message.n_records == 0 ? " nothing" : "");
	for (uint32_t i = 0; i < message.n_records; i++) {
		fputs(i > 0 ? ", " : " ", out);
		tell_record(out, &message.records[i]);
	}
	fclose(out);
	return text;
}

static void tell_hex(FILE *out, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%02x", bytes[i]);
}

static void tell_price(FILE *out, const sp_price *price)
{
	fprintf(out,
	        "%s (%s) v%" PRIu64 " on v%" PRIu64 " %" PRId64 " -> %" PRId64 " fallback %" PRId64 " %s from %" PRId64
	        " existing %" PRId64,
	        price->sku_id, price->unit, price->version, price->parent, price->before.nano, price->amount.nano,
	        price->fallback.nano, sp_offer_name(price->offer), price->not_before_ns, price->not_before_existing_ns);
}

static void tell_groups(FILE *out, const sp_frame *frame)
{
	if (frame->n_groups == 0)
		fputs(" nothing", out);
	for (uint32_t i = 0; i < frame->n_groups; i++) {
		fprintf(out, "%s %s [", i > 0 ? "," : "", frame->groups[i].family);
		for (uint32_t k = 0; k < frame->groups[i].n_prices; k++) {
			fputs(k > 0 ? "; " : "", out);
			tell_price(out, &frame->groups[i].prices[k]);
		}
		fputs("]", out);
	}
}

static void tell_epoch(FILE *out, const sp_epoch *epoch, uint64_t seq)
{
	fprintf(out, " epoch %" PRIu64 " ", epoch->counter);
	tell_hex(out, epoch->random, sizeof epoch->random);
	fprintf(out, " seq %" PRIu64, seq);
}

static void tell_frame(FILE *out, const sp_frame *frame, size_t n)
{
	static const char *const kinds[] = {"", "book", "heartbeat", "snapshot"};

	fputs(kinds[frame->kind], out);
	tell_epoch(out, &frame->epoch, frame->seq);
	fprintf(out, " issued %" PRId64 " lease %" PRId64 " config ", frame->issued_ns, frame->lease_ns);
	tell_hex(out, frame->config, sizeof frame->config);
	if (frame->kind == SP_FRAME_SNAPSHOT)
		fprintf(out, " chunk %" PRIu32 " of %" PRIu32, frame->chunk, frame->chunks);
	fputs(":", out);
	if (frame->kind == SP_FRAME_HEARTBEAT) {
		fputs(" head ", out);
		tell_hex(out, frame->head, sizeof frame->head);
	} else {
		tell_groups(out, frame);
	}
	if (frame->is_signed) {
		fputs("; key ", out);
		tell_hex(out, frame->key, sizeof frame->key);
		fprintf(out, " over the first %zu bytes", sp_frame_preceding(frame, n));
	}
}

char *sp_tell_frame(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n)
{
	sp_frame frame;
	sp_wire_reason reason = sp_frame_decode(decoder, bytes, n, &frame);
	char *text = NULL;
	size_t n_text = 0;
	FILE *out;

	if (reason != SP_WIRE_ok)
		return refused(reason);
	out = open_memstream(&text, &n_text);
	tell_frame(out, &frame, n);
	fclose(out);
	return text;
}

char *sp_tell_request(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n)
{
	sp_request request;
	sp_wire_reason reason = sp_request_decode(decoder, bytes, n, &request);
	char *text = NULL;
	size_t n_text = 0;
	FILE *out;

	if (reason != SP_WIRE_ok)
		return refused(reason);
	out = open_memstream(&text, &n_text);
	fprintf(out, "%s %s", request.kind == SP_REQUEST_SNAPSHOT ? "snapshot for" : "acknowledged by", request.client);
	tell_epoch(out, &request.epoch, request.seq);
	if (request.kind == SP_REQUEST_SNAPSHOT)
		fprintf(out, " chunk %" PRIu32, request.chunk);
	else
		fprintf(out, " at %" PRId64, request.applied_ns);
	fclose(out);
	return text;
}

char *sp_tell_reply(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n)
{
	sp_status status;
	sp_wire_reason reason = sp_reply_decode(decoder, bytes, n, &status);

	return reason != SP_WIRE_ok ? refused(reason) : strdup(sp_status_name(status));
}

char *sp_tell_question(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n)
{
	sp_control_request question;
	sp_wire_reason reason = sp_control_request_decode(decoder, bytes, n, &question);
	char *text = NULL;
	size_t n_text = 0;
	FILE *out;

	if (reason != SP_WIRE_ok)
		return refused(reason);
	out = open_memstream(&text, &n_text);
	fputs(sp_control_verb_name(question.verb), out);
	for (uint32_t i = 0; i < question.n_arguments; i++)
		fprintf(out, " [%s]", question.arguments[i]);
	fclose(out);
	return text;
}

char *sp_tell_answer(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n)
{
	sp_control_table table;
	sp_wire_reason reason = sp_control_answer_decode(decoder, bytes, n, &table);
	char *text = NULL;
	size_t n_text = 0;
	FILE *out;

	if (reason != SP_WIRE_ok)
		return refused(reason);
	out = open_memstream(&text, &n_text);
	fprintf(out, "%s (%s)", sp_status_name(table.status), table.text);
	for (uint32_t i = 0; i < table.n_rows; i++) {
		for (uint32_t k = 0; k < table.n_cells; k++)
			fprintf(out, "%s%s", k > 0 ? " | " : " [", table.cells[i * table.n_cells + k]);
		fputs("]", out);
	}
	fputs(table.more ? ", and more" : "", out);
	fclose(out);
	return text;
}

/* --- the page --- */

#define PAGE "docs/wire.md"

static char *page_read(void)
{
	FILE *in = fopen(PAGE, "rb");
	char *text = NULL;
	size_t room = 0;
	ssize_t n;

	check_true(in != NULL);
	n = getdelim(&text, &room, '\0', in);
	check_true(n > 0);
	fclose(in);
	return text;
}

char *sp_page_block(const char *language)
{
	char *page = page_read(), fence[32], *start, *end, *block;

	snprintf(fence, sizeof fence, "\n```%s\n", language);
	start = strstr(page, fence);
	check_true(start != NULL);
	start += strlen(fence);
	end = strstr(start, "\n```");
	check_true(end != NULL);
	block = strndup(start, (size_t)(end - start) + 1);
	free(page);
	return block;
}

/* Hex digits of an indented line, added to the vector's bytes. */
static void vector_add(sp_vector *vector, const char *line)
{
	if (strcmp(line, "  (no bytes)") == 0)
		return;
	size_t n = strlen(line + 2) / 2, read = 0;
	vector->bytes = realloc(vector->bytes, vector->n + n);
	check_true(vector->bytes != NULL && strlen(line + 2) % 2 == 0);
	while (read < n && sscanf(line + 2 + 2 * read, "%2hhx", &vector->bytes[vector->n + read]) == 1)
		read++;
	check_u64(read, n);
	vector->n += n;
}

typedef struct page_reader {
	sp_vector *vectors;
	size_t n;
	char block[16];
	bool open; /* a vector has begun and has no verdict yet */
} page_reader;

static bool is_vector_block(const char *name)
{
	static const char *const blocks[] = {"signals", "frames", "requests", "replies", "questions", "answers"};

	for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
		if (strcmp(name, blocks[i]) == 0)
			return true;
	return false;
}

static void page_line(page_reader *page, const char *line)
{
	if (strncmp(line, "```", 3) == 0) {
		check_true(!page->open);
		snprintf(page->block, sizeof page->block, "%s", is_vector_block(line + 3) ? line + 3 : "");
	} else if (page->block[0] == '\0' || line[0] == '\0') {
		check_true(!page->open);
	} else if (strncmp(line, "= ", 2) == 0) {
		check_true(page->open && strlen(line) < sizeof page->vectors[0].verdict);
		strcpy(page->vectors[page->n - 1].verdict, line + 2);
		page->open = false;
	} else if (line[0] == ' ') {
		check_true(page->open);
		vector_add(&page->vectors[page->n - 1], line);
	} else {
		check_true(!page->open);
		page->vectors = realloc(page->vectors, (page->n + 1) * sizeof *page->vectors);
		page->vectors[page->n] = (sp_vector){0};
		snprintf(page->vectors[page->n].block, sizeof page->block, "%s", page->block);
		snprintf(page->vectors[page->n].title, sizeof page->vectors[0].title, "%s", line);
		page->open = true;
		page->n++;
	}
}

sp_vector *sp_vectors_read(size_t *n)
{
	char *text = page_read(), *rest = text, *line;
	page_reader page = {0};

	while ((line = strsep(&rest, "\n")) != NULL)
		page_line(&page, line);
	free(text);
	*n = page.n;
	return page.vectors;
}

void sp_vectors_free(sp_vector *vectors, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(vectors[i].bytes);
	free(vectors);
}
