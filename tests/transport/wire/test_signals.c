/* Signal messages: what is encoded is decoded, what is changed by a byte is decoded or refused, always in the same way. */
#include "transport/wire/signals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "tests/check/check.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/@+-";

static void random_name(sp_rng *rng, char name[SP_ID_MAX], size_t *n)
{
	*n = 1 + sp_rng_below(rng, sp_rng_below(rng, 4) == 0 ? SP_ID_MAX : 24);
	for (size_t i = 0; i < *n; i++)
		name[i] = alphabet[sp_rng_below(rng, sizeof alphabet - 1)];
}

static double random_real(sp_rng *rng)
{
	union {
		uint64_t bits;
		double real;
	} x = {sp_rng_next(rng)};

	return isfinite(x.real) && sp_rng_below(rng, 2) ? x.real : sp_rng_uniform(rng);
}

typedef struct sample {
	char names[64][SP_ID_MAX];
	char source[SP_ID_MAX];
	sp_wire_record records[64];
	sp_wire_message message;
} sample;

static void random_message(sp_rng *rng, sample *s)
{
	random_name(rng, s->source, &s->message.n_source);
	s->message.source = s->source;
	s->message.seq = (int64_t)(1 + sp_rng_next(rng) / 4);
	s->message.records = s->records;
	s->message.n_records = (uint32_t)sp_rng_below(rng, 64);
	for (uint32_t i = 0; i < s->message.n_records; i++) {
		sp_wire_record *r = &s->records[i];
		*r = (sp_wire_record){.kind = (uint32_t)sp_rng_below(rng, SP_SIGNAL_KINDS), .subject = s->names[i]};
		random_name(rng, s->names[i], &r->n_subject);
		r->t_ns = (int64_t)sp_rng_below(rng, SP_TIME_MAX_NS);
		if (sp_kinds[r->kind].money)
			r->value.nano = (int64_t)(sp_rng_next(rng) >> sp_rng_below(rng, 64)) * (sp_rng_below(rng, 2) ? 1 : -1);
		else
			r->value.real = random_real(rng);
	}
}

static void check_record(const sp_wire_record *read, const sp_wire_record *given)
{
	check_i64(read->refusal, SP_REFUSED_none);
	check_u64(read->kind, given->kind);
	check_i64(read->t_ns, given->t_ns);
	check_u64(read->n_subject, given->n_subject);
	check_bytes(read->subject, given->subject, given->n_subject);
	if (sp_kinds[given->kind].money)
		check_i64(read->value.nano, given->value.nano);
	else
		check_ulp(read->value.real, given->value.real, 0);
}

static void check_message(const sp_wire_message *read, const sp_wire_message *given)
{
	check_u64(read->n_source, given->n_source);
	check_bytes(read->source, given->source, given->n_source);
	check_i64(read->seq, given->seq);
	check_u64(read->n_records, given->n_records);
	for (uint32_t i = 0; i < given->n_records; i++)
		check_record(&read->records[i], &given->records[i]);
}

static void what_is_encoded_is_decoded(void **state)
{
	sp_wire_decoder *decoder = sp_wire_open();
	static uint8_t bytes[1 << 16];
	sp_wire_message read;
	sp_rng rng;
	sample s;

	(void)state;
	sp_check_seed("signals", &rng);
	for (int i = 0; i < (getenv("SETPOINT_SOAK") != NULL ? 200000 : 3000); i++) {
		sp_writer writer = {bytes, sizeof bytes, 0}, counter = {NULL, 0, 0};
		random_message(&rng, &s);
		check_status(sp_wire_encode(&s.message, &writer), SP_OK);
		check_status(sp_wire_encode(&s.message, &counter), SP_E_FULL);
		check_u64(counter.n, writer.n);
		check_i64(sp_wire_decode(decoder, bytes, writer.n, &read), SP_WIRE_ok);
		check_message(&read, &s.message);
	}
	sp_wire_close(decoder);
}

/* A changed message, decoded: by another decoder it says the same, and its records that are taken survive a round of their own. */
static bool check_consistent(sp_wire_decoder *one, sp_wire_decoder *two, const uint8_t *bytes, size_t n)
{
	static sp_wire_record records[SP_WIRE_RECORDS_MAX];
	uint8_t again[1024];
	sp_writer writer = {again, sizeof again, 0};
	sp_wire_message a, b;
	sp_wire_reason reason = sp_wire_decode(one, bytes, n, &a);
	uint32_t n_taken = 0;

	check_i64(sp_wire_decode(two, bytes, n, &b), reason);
	check_u64(a.n_source, b.n_source);
	check_true(a.source == b.source && a.n_records == b.n_records && a.seq == b.seq);
	if (reason != SP_WIRE_ok) {
		check_true(a.n_records == 0 && a.seq == 0);
		return false;
	}
	for (uint32_t i = 0; i < a.n_records; i++) {
		check_i64(a.records[i].refusal, b.records[i].refusal);
		if (a.records[i].refusal == SP_REFUSED_none)
			records[n_taken++] = a.records[i];
	}
	a.records = records;
	a.n_records = n_taken;
	check_status(sp_wire_encode(&a, &writer), SP_OK);
	check_i64(sp_wire_decode(two, again, writer.n, &b), SP_WIRE_ok);
	check_message(&b, &a);
	return true;
}

static void every_change_of_a_byte_is_taken_or_refused_consistently(void **state)
{
	sp_wire_decoder *one = sp_wire_open(), *two = sp_wire_open();
	size_t taken = 0, refused = 0;
	sp_rng rng;
	sample s;

	(void)state;
	sp_check_seed("changes", &rng);
	for (int round = 0; round < (getenv("SETPOINT_SOAK") != NULL ? 400 : 4); round++) {
		uint8_t room[1024];
		sp_writer writer = {room, sizeof room, 0};
		random_message(&rng, &s);
		s.message.n_records = s.message.n_records < 3 ? s.message.n_records : 3;
		check_status(sp_wire_encode(&s.message, &writer), SP_OK);
		uint8_t *bytes = malloc(writer.n);
		memcpy(bytes, room, writer.n);
		for (size_t at = 0; at < writer.n; at++) {
			for (unsigned byte = 0; byte < 256; byte++) {
				bytes[at] = (uint8_t)byte;
				if (check_consistent(one, two, bytes, writer.n))
					taken++;
				else
					refused++;
			}
			bytes[at] = room[at];
		}
		free(bytes);
	}
	print_message("%zu taken, %zu refused\n", taken, refused);
	check_true(taken > 0 && refused > 0);
	sp_wire_close(one);
	sp_wire_close(two);
}

/* --- what a sender may not say --- */

static sp_wire_record one_record(void)
{
	return (sp_wire_record){
	    .t_ns = SP_SEC, .kind = SP_KIND_utilization, .subject = "p", .n_subject = 1, .value = {.real = 0.5}};
}

static void check_refused(const sp_wire_message *message, sp_status expected)
{
	uint8_t bytes[256];
	sp_writer writer = {bytes, sizeof bytes, 0};

	sp_put_u8(&writer, 7);
	check_status(sp_wire_encode(message, &writer), expected);
	check_u64(writer.n, 1);
}

static void check_record_refused(sp_wire_record record, sp_status expected)
{
	check_refused(&(sp_wire_message){.source = "a", .n_source = 1, .seq = 1, .records = &record, .n_records = 1},
	              expected);
}

static void a_sender_is_told_what_would_be_refused(void **state)
{
	sp_wire_record r;

	(void)state;
	check_refused(&(sp_wire_message){.source = "", .n_source = 0, .seq = 1}, SP_E_SYNTAX);
	check_refused(&(sp_wire_message){.source = "a b", .n_source = 3, .seq = 1}, SP_E_SYNTAX);
	check_refused(&(sp_wire_message){.source = "a", .n_source = 1, .seq = 0}, SP_E_RANGE);
	r = one_record(), r.t_ns = -1;
	check_record_refused(r, SP_E_RANGE);
	r = one_record(), r.t_ns = SP_TIME_MAX_NS;
	check_record_refused(r, SP_E_RANGE);
	r = one_record(), r.kind = SP_SIGNAL_KINDS;
	check_record_refused(r, SP_E_UNKNOWN);
	r = one_record(), r.n_subject = 0;
	check_record_refused(r, SP_E_SYNTAX);
	r = one_record(), r.value.real = NAN;
	check_record_refused(r, SP_E_NOT_FINITE);
	r = one_record(), r.value.real = -INFINITY;
	check_record_refused(r, SP_E_NOT_FINITE);
}

static void a_message_of_too_much_is_refused_to_its_sender(void **state)
{
	sp_wire_record *records = calloc(SP_WIRE_RECORDS_MAX + 1, sizeof *records);
	uint8_t *bytes = malloc(1 << 20);
	sp_writer writer = {bytes, 1 << 20, 0};
	char longest[SP_ID_MAX];
	sp_wire_message message = {
	    .source = "a", .n_source = 1, .seq = 1, .records = records, .n_records = SP_WIRE_RECORDS_MAX + 1};

	(void)state;
	memset(longest, 'x', sizeof longest);
	for (uint32_t i = 0; i <= SP_WIRE_RECORDS_MAX; i++)
		records[i] = one_record();
	check_status(sp_wire_encode(&message, &writer), SP_E_RANGE);
	message.n_records--;
	check_status(sp_wire_encode(&message, &writer), SP_OK);
	writer.n = 0;
	for (uint32_t i = 0; i <= SP_WIRE_RECORDS_MAX; i++) {
		records[i].subject = longest;
		records[i].n_subject = sizeof longest;
	}
	check_status(sp_wire_encode(&message, &writer), SP_E_RANGE);
	check_u64(writer.n, 0);
	free(bytes);
	free(records);
}

/* Senders that go wrong are counted by name, as far as a message tells it. */
static void a_refused_message_still_names_its_source(void **state)
{
	static const uint8_t bad_seq[] = "\x94\x01\xa3"
	                                 "abc\x00\x90",
	                     bad_source[] = "\x94\x01\xa3"
	                                    "a c\x07\x90";
	sp_wire_decoder *decoder = sp_wire_open();
	sp_wire_message message;

	(void)state;
	check_i64(sp_wire_decode(decoder, bad_seq, sizeof bad_seq - 1, &message), SP_WIRE_seq);
	check_u64(message.n_source, 3);
	check_bytes(message.source, "abc", 3);
	check_i64(sp_wire_decode(decoder, bad_source, sizeof bad_source - 1, &message), SP_WIRE_name);
	check_u64(message.n_source, 0);
	sp_wire_close(decoder);
}

/* R25: on the wire each kind's value has the kind's own type, money in nano-USD, others as doubles. */
static void r25_each_kind_travels_as_its_own_type(void **state)
{
	sp_wire_decoder *decoder = sp_wire_open();

	(void)state;
	for (uint32_t kind = 0; kind < SP_SIGNAL_KINDS; kind++) {
		uint8_t bytes[128];
		sp_writer writer = {bytes, sizeof bytes, 0};
		sp_wire_record record = one_record();
		sp_wire_message message = {.source = "a", .n_source = 1, .seq = 1, .records = &record, .n_records = 1}, read;
		record.kind = kind;
		if (sp_kinds[kind].money)
			record.value.nano = 2100000000;
		else
			record.value.real = 2.1;
		check_status(sp_wire_encode(&message, &writer), SP_OK);
		check_u64(bytes[writer.n - (sp_kinds[kind].money ? 5 : 9)], sp_kinds[kind].money ? 0xce : 0xcb);
		check_i64(sp_wire_decode(decoder, bytes, writer.n, &read), SP_WIRE_ok);
		check_record(&read.records[0], &record);
	}
	sp_wire_close(decoder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_encoded_is_decoded),
	    cmocka_unit_test(every_change_of_a_byte_is_taken_or_refused_consistently),
	    cmocka_unit_test(a_sender_is_told_what_would_be_refused),
	    cmocka_unit_test(a_message_of_too_much_is_refused_to_its_sender),
	    cmocka_unit_test(a_refused_message_still_names_its_source),
	    cmocka_unit_test(r25_each_kind_travels_as_its_own_type),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
