/* request.c - see request.h. */
#include "transport/wire/request.h"

#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "transport/wire/frame_fields.h"
#include "transport/wire/pack.h"

#define REQUEST_FIELDS 6
#define REPLY_FIELDS   3
#define REPLY_KIND     32

static const sp_wire_limits request_limits = {
    .bytes = SP_REQUEST_BYTES_MAX,
    .nodes = 1 + REQUEST_FIELDS + SP_EPOCH_FIELDS,
    .depth = SP_WIRE_DEPTH_MAX,
    .canonical = true,
};

static bool request_is_first(const sp_request *request)
{
	static const uint8_t none[SP_EPOCH_RANDOM_MAX];
	return request->seq == 0 && request->epoch.counter == 0 && memcmp(request->epoch.random, none, sizeof none) == 0;
}

/* Of the latest snapshot only the first chunk can be asked; everything else names its epoch and seq. */
static sp_wire_reason request_check(const sp_request *request)
{
	if (sp_id_check(request->client, strnlen(request->client, sizeof request->client)) != SP_OK) {
		return SP_WIRE_name;
	}
	if (request->kind == SP_REQUEST_SNAPSHOT && request_is_first(request)) {
		return request->chunk == 0 ? SP_WIRE_ok : SP_WIRE_chunk;
	}
	if (request->epoch.counter == 0) {
		return SP_WIRE_epoch;
	}
	if (request->seq == 0) {
		return SP_WIRE_seq;
	}
	const bool dated = request->applied_ns >= SP_TIME_MIN_NS && request->applied_ns < SP_TIME_MAX_NS;
	return request->kind == SP_REQUEST_SNAPSHOT || dated ? SP_WIRE_ok : SP_WIRE_time;
}

sp_wire_reason sp_request_decode(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n, sp_request *request)
{
	SP_ASSERT(request != NULL);
	msgpack_object object;
	sp_wire_reason reason = sp_wire_unpack(decoder, bytes, n, &request_limits, &object);
	if (reason != SP_WIRE_ok) {
		return reason;
	}
	sp_request read = {0};
	size_t n_client;
	sp_fields fields = sp_fields_of(&object, REQUEST_FIELDS, &reason);
	sp_fields_whole(&fields, SP_WIRE_VERSION, SP_WIRE_VERSION, SP_WIRE_version);
	read.kind = (sp_request_kind)sp_fields_whole(&fields, SP_REQUEST_SNAPSHOT, SP_REQUEST_ACKNOWLEDGE, SP_WIRE_kind);
	const char *client = sp_fields_name(&fields, &n_client, SP_WIRE_name);
	read.epoch = sp_epoch_read(&fields, 0);
	read.seq = sp_fields_whole(&fields, 0, UINT64_MAX, SP_WIRE_seq);
	if (read.kind == SP_REQUEST_SNAPSHOT) {
		read.chunk = (uint32_t)sp_fields_whole(&fields, 0, UINT32_MAX, SP_WIRE_chunk);
	} else {
		read.applied_ns = sp_fields_signed(&fields, SP_WIRE_time);
	}
	if (reason != SP_WIRE_ok) {
		return reason;
	}
	memcpy(read.client, client, n_client);
	reason = request_check(&read);
	if (reason == SP_WIRE_ok) {
		*request = read;
	}
	return reason;
}

sp_wire_reason sp_request_encode(const sp_request *request, sp_writer *writer)
{
	SP_ASSERT(request->kind == SP_REQUEST_SNAPSHOT || request->kind == SP_REQUEST_ACKNOWLEDGE);
	const sp_wire_reason reason = request_check(request);
	if (reason != SP_WIRE_ok) {
		return reason;
	}
	msgpack_packer packer;
	sp_pack_begin(&packer, writer);
	msgpack_pack_array(&packer, REQUEST_FIELDS);
	msgpack_pack_int(&packer, SP_WIRE_VERSION);
	msgpack_pack_int(&packer, (int)request->kind);
	sp_pack_text(&packer, request->client, strlen(request->client));
	sp_epoch_pack(&packer, &request->epoch);
	msgpack_pack_uint64(&packer, request->seq);
	if (request->kind == SP_REQUEST_SNAPSHOT) {
		msgpack_pack_uint32(&packer, request->chunk);
	} else {
		msgpack_pack_int64(&packer, request->applied_ns);
	}
	return SP_WIRE_ok;
}

sp_wire_reason sp_reply_decode(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n, sp_status *status)
{
	SP_ASSERT(status != NULL);
	msgpack_object object;
	sp_wire_reason reason = sp_wire_unpack(decoder, bytes, n, &request_limits, &object);
	if (reason != SP_WIRE_ok) {
		return reason;
	}
	sp_fields fields = sp_fields_of(&object, REPLY_FIELDS, &reason);
	sp_fields_whole(&fields, SP_WIRE_VERSION, SP_WIRE_VERSION, SP_WIRE_version);
	sp_fields_whole(&fields, REPLY_KIND, REPLY_KIND, SP_WIRE_kind);
	const sp_status read = sp_fields_status(&fields, SP_WIRE_status);
	if (reason == SP_WIRE_ok) {
		*status = read;
	}
	return reason;
}

void sp_reply_encode(sp_status status, sp_writer *writer)
{
	msgpack_packer packer;
	sp_pack_begin(&packer, writer);
	msgpack_pack_array(&packer, REPLY_FIELDS);
	msgpack_pack_int(&packer, SP_WIRE_VERSION);
	msgpack_pack_int(&packer, REPLY_KIND);
	msgpack_pack_int(&packer, (int)status);
}
