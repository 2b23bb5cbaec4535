/* frame_read.c - a frame out of msgpack-c's objects: types and widths here, what the fields may say in frame.c. */
#include <string.h>

#include "base/assert.h"
#include "transport/wire/frame_fields.h"

/* A text of the message, terminated: room for all that a frame can have was made at open. "" where there is none, which no check
 * takes for a name or a unit; nor one with a zero byte in it. */
static const char *frame_keep(sp_wire_decoder *decoder, const char *text, size_t n)
{
	if (text == NULL || memchr(text, '\0', n) != NULL) {
		return "";
	}
	SP_ASSERT(n + 1 <= sizeof decoder->room.book.texts - decoder->room.book.n_texts);
	char *kept = decoder->room.book.texts + decoder->room.book.n_texts;
	memcpy(kept, text, n);
	kept[n] = '\0';
	decoder->room.book.n_texts += n + 1;
	return kept;
}

static const char *frame_read_name(sp_wire_decoder *decoder, sp_fields *fields)
{
	size_t n;
	const char *text = sp_fields_name(fields, &n, SP_WIRE_name);
	return frame_keep(decoder, text, n);
}

static const char *frame_read_unit(sp_wire_decoder *decoder, sp_fields *fields)
{
	size_t n;
	const char *text = sp_fields_text(fields, SP_FRAME_UNIT_MAX, &n, SP_WIRE_price);
	return frame_keep(decoder, text, n);
}

static void frame_read_price(sp_wire_decoder *decoder, sp_fields fields, sp_price *price)
{
	price->sku = SP_NO_SLOT;
	price->sku_id = frame_read_name(decoder, &fields);
	price->unit = frame_read_unit(decoder, &fields);
	price->version = sp_fields_whole(&fields, 0, UINT64_MAX, SP_WIRE_price);
	price->parent = sp_fields_whole(&fields, 0, UINT64_MAX, SP_WIRE_price);
	price->before = (sp_money){sp_fields_signed(&fields, SP_WIRE_price)};
	price->amount = (sp_money){sp_fields_signed(&fields, SP_WIRE_price)};
	price->fallback = (sp_money){sp_fields_signed(&fields, SP_WIRE_price)};
	price->offer = (sp_offer)sp_fields_whole(&fields, 0, SP_OFFERS - 1, SP_WIRE_price);
	price->not_before_ns = sp_fields_signed(&fields, SP_WIRE_price);
	price->not_before_existing_ns = sp_fields_signed(&fields, SP_WIRE_price);
}

/* One family's item; returns how many prices it has, 0 on an error. */
static uint32_t frame_read_group(sp_wire_decoder *decoder, sp_fields fields, uint32_t n_before, sp_frame_group *group)
{
	sp_fields_whole(&fields, SP_FRAME_ITEM_PRICES, SP_FRAME_ITEM_PRICES, SP_WIRE_items);
	const char *family = frame_read_name(decoder, &fields);
	const msgpack_object_array *prices = sp_fields_array(&fields, SP_WIRE_items);
	if (prices == NULL) {
		return 0;
	}
	if (prices->size == 0 || prices->size > SP_FRAME_PRICES_MAX - n_before) {
		*fields.reason = SP_WIRE_items;
		return 0;
	}
	sp_price *at = &decoder->room.book.prices[n_before];
	sp_fields each = {prices->ptr, prices->size, fields.reason};
	for (uint32_t i = 0; i < prices->size; i++) {
		frame_read_price(decoder, sp_fields_inner(&each, SP_FRAME_PRICE_FIELDS, SP_WIRE_price), &at[i]);
	}
	*group = (sp_frame_group){family, at, prices->size};
	return prices->size;
}

static void frame_read_groups(sp_wire_decoder *decoder, sp_fields *fields, sp_frame *frame)
{
	const msgpack_object_array *items = sp_fields_array(fields, SP_WIRE_items);
	if (items == NULL) {
		return;
	}
	decoder->room.book.n_texts = 0;
	sp_fields each = {items->ptr, items->size, fields->reason};
	uint32_t n_prices = 0;
	for (uint32_t i = 0; i < items->size && *fields->reason == SP_WIRE_ok; i++) {
		sp_fields item = sp_fields_inner(&each, SP_FRAME_ITEM_FIELDS, SP_WIRE_items);
		/* a full frame refuses the next family before it is kept */
		sp_frame_group *group = &decoder->room.book.groups[n_prices < SP_FRAME_PRICES_MAX ? i : 0];
		n_prices += frame_read_group(decoder, item, n_prices, group);
	}
	frame->groups = decoder->room.book.groups;
	frame->n_groups = items->size;
}

static void frame_read_body(sp_wire_decoder *decoder, sp_fields *fields, sp_frame *frame)
{
	if (frame->kind == SP_FRAME_HEARTBEAT) {
		sp_fields_binary(fields, frame->head, sizeof frame->head, SP_WIRE_hash);
	} else if (frame->kind == SP_FRAME_SNAPSHOT) {
		sp_fields snapshot = sp_fields_inner(fields, SP_FRAME_SNAPSHOT_FIELDS, SP_WIRE_chunk);
		frame->chunk = (uint32_t)sp_fields_whole(&snapshot, 0, UINT32_MAX, SP_WIRE_chunk);
		frame->chunks = (uint32_t)sp_fields_whole(&snapshot, 1, UINT32_MAX, SP_WIRE_chunk);
		frame_read_groups(decoder, &snapshot, frame);
	} else {
		frame_read_groups(decoder, fields, frame);
	}
}

sp_epoch sp_epoch_read(sp_fields *fields, uint64_t least)
{
	sp_epoch epoch = {0};
	sp_fields inner = sp_fields_inner(fields, SP_EPOCH_FIELDS, SP_WIRE_epoch);
	epoch.counter = sp_fields_whole(&inner, least, UINT64_MAX, SP_WIRE_epoch);
	sp_fields_binary(&inner, epoch.random, sizeof epoch.random, SP_WIRE_epoch);
	return epoch;
}

sp_wire_reason sp_frame_decode(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n, sp_frame *frame)
{
	SP_ASSERT(frame != NULL);
	msgpack_object object;
	sp_wire_reason reason = sp_wire_unpack(decoder, bytes, n, &sp_frame_limits, &object);
	if (reason != SP_WIRE_ok) {
		return reason;
	}
	sp_frame read = {0};
	sp_fields fields = sp_fields_of(&object, SP_FRAME_FIELDS, &reason);
	sp_fields_whole(&fields, SP_WIRE_VERSION, SP_WIRE_VERSION, SP_WIRE_version);
	read.kind = (sp_frame_kind)sp_fields_whole(&fields, SP_FRAME_BOOK, SP_FRAME_SNAPSHOT, SP_WIRE_kind);
	const bool has_key = sp_fields_binary_or_none(&fields, read.key, sizeof read.key, SP_WIRE_key);
	read.epoch = sp_epoch_read(&fields, 1);
	read.seq = sp_fields_whole(&fields, 0, UINT64_MAX, SP_WIRE_seq);
	read.issued_ns = sp_fields_signed(&fields, SP_WIRE_time);
	read.lease_ns = sp_fields_signed(&fields, SP_WIRE_lease);
	sp_fields_binary(&fields, read.config, sizeof read.config, SP_WIRE_hash);
	frame_read_body(decoder, &fields, &read);
	read.is_signed = sp_fields_binary_or_none(&fields, read.signature, sizeof read.signature, SP_WIRE_key);
	if (reason == SP_WIRE_ok && read.is_signed != has_key) {
		reason = SP_WIRE_key;
	}
	if (reason == SP_WIRE_ok) {
		reason = sp_frame_check(&read);
	}
	if (reason == SP_WIRE_ok) {
		*frame = read;
	}
	return reason;
}
