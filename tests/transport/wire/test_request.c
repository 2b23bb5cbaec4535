/* Requests and replies: both ways, each field's bounds, and every byte changed. */
#include "transport/wire/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "tests/check/check.h"

#define T INT64_C(1795478400000000000)

static sp_request acknowledgement(void)
{
	return (sp_request){
	    .kind = SP_REQUEST_ACKNOWLEDGE, .client = "gw-1", .epoch = {3, {1, 2, 3}}, .seq = 17, .applied_ns = T};
}

static sp_request snapshot(uint32_t chunk)
{
	return (sp_request){
	    .kind = SP_REQUEST_SNAPSHOT, .client = "gw-1", .epoch = {3, {1, 2, 3}}, .seq = 17, .chunk = chunk};
}

static size_t encode(const sp_request *request, uint8_t bytes[SP_REQUEST_BYTES_MAX])
{
	sp_writer writer = {bytes, SP_REQUEST_BYTES_MAX, 0};

	check_i64(sp_request_encode(request, &writer), SP_WIRE_ok);
	return writer.n;
}

static void a_request_is_read_as_it_was_written(void **state)
{
	sp_wire_decoder *decoder = sp_wire_open();
	sp_request requests[] = {acknowledgement(), snapshot(0), snapshot(UINT32_MAX), snapshot(0), acknowledgement()},
	           read;
	uint8_t bytes[SP_REQUEST_BYTES_MAX];

	(void)state;
	memset(&requests[3].epoch, 0, sizeof requests[3].epoch); /* the latest */
	requests[3].seq = 0;
	memset(requests[4].client, 'c', SP_ID_MAX); /* the longest */
	requests[4].epoch.counter = requests[4].seq = UINT64_MAX;
	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
		size_t n = encode(&requests[i], bytes);
		check_i64(sp_request_decode(decoder, bytes, n, &read), SP_WIRE_ok);
		check_i64(read.kind, requests[i].kind);
		check_text(read.client, requests[i].client);
		check_u64(read.epoch.counter, requests[i].epoch.counter);
		check_bytes(read.epoch.random, requests[i].epoch.random, sizeof read.epoch.random);
		check_u64(read.seq, requests[i].seq);
		check_u64(read.chunk, requests[i].chunk);
		check_i64(read.applied_ns, requests[i].applied_ns);
	}
	sp_wire_close(decoder);
}

static void check_refused(sp_request request, sp_wire_reason expected)
{
	uint8_t bytes[SP_REQUEST_BYTES_MAX];
	sp_writer writer = {bytes, sizeof bytes, 0};

	check_i64(sp_request_encode(&request, &writer), expected);
	check_u64(writer.n, 0);
}

static void an_unsound_request_is_not_sent(void **state)
{
	sp_request r;

	(void)state;
	r = acknowledgement(), r.client[0] = '\0';
	check_refused(r, SP_WIRE_name);
	r = acknowledgement(), memset(r.client, 'c', sizeof r.client);
	check_refused(r, SP_WIRE_name);
	r = acknowledgement(), r.epoch.counter = 0;
	check_refused(r, SP_WIRE_epoch);
	r = acknowledgement(), r.seq = 0;
	check_refused(r, SP_WIRE_seq);
	r = acknowledgement(), r.applied_ns = -1;
	check_refused(r, SP_WIRE_time);
	r = acknowledgement(), r.applied_ns = SP_TIME_MAX_NS;
	check_refused(r, SP_WIRE_time);
	r = snapshot(1), r.seq = 0, r.epoch = (sp_epoch){0};
	check_refused(r, SP_WIRE_chunk);
	r = snapshot(1), r.seq = 0;
	check_refused(r, SP_WIRE_seq);
	r = snapshot(1), r.epoch.counter = 0;
	check_refused(r, SP_WIRE_epoch);
}

static void every_change_of_a_byte_is_refused_or_another_request(void **state)
{
	sp_wire_decoder *decoder = sp_wire_open();
	sp_request requests[] = {acknowledgement(), snapshot(300)}, read;
	uint8_t bytes[SP_REQUEST_BYTES_MAX], again[SP_REQUEST_BYTES_MAX];
	sp_status status;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		size_t n = encode(&requests[i], bytes);
		for (size_t at = 0; at < n; at++) {
			uint8_t kept = bytes[at];
			for (unsigned byte = 0; byte < 256; byte++) {
				bytes[at] = (uint8_t)byte;
				check_true(sp_reply_decode(decoder, bytes, n, &status) != SP_WIRE_ok);
				if (sp_request_decode(decoder, bytes, n, &read) != SP_WIRE_ok)
					continue;
				check_u64(encode(&read, again), n);
				check_bytes(again, bytes, n);
			}
			bytes[at] = kept;
		}
		for (size_t k = 0; k < n; k++)
			check_i64(sp_request_decode(decoder, bytes, k, &read), SP_WIRE_truncated);
	}
	memset(bytes, 0, sizeof bytes);
	check_i64(sp_request_decode(decoder, again, SP_REQUEST_BYTES_MAX + 1, &read), SP_WIRE_too_long);
	sp_wire_close(decoder);
}

static void a_reply_is_a_status(void **state)
{
	sp_wire_decoder *decoder = sp_wire_open();

	(void)state;
#define X(name, number, text)                                                                 \
	{                                                                                         \
		uint8_t bytes[8];                                                                     \
		sp_writer writer = {bytes, sizeof bytes, 0};                                          \
		sp_status status;                                                                     \
		sp_reply_encode(SP_##name, &writer);                                                  \
		check_i64(sp_reply_decode(decoder, bytes, writer.n, &status), SP_WIRE_ok);            \
		check_status(status, SP_##name);                                                      \
		check_i64(sp_reply_decode(decoder, bytes, writer.n - 1, &status), SP_WIRE_truncated); \
	}
	SP_STATUS_MAP(X)
#undef X
	sp_wire_close(decoder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_request_is_read_as_it_was_written),
	    cmocka_unit_test(an_unsound_request_is_not_sent),
	    cmocka_unit_test(every_change_of_a_byte_is_refused_or_another_request),
	    cmocka_unit_test(a_reply_is_a_status),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
