/* frame.c - what a frame may say, how it is written, and how many families fit in one. */
#include "transport/wire/frame.h"

#include <string.h>

#include "base/assert.h"
#include "base/ids.h"
#include "base/time.h"
#include "transport/wire/frame_fields.h"
#include "transport/wire/pack.h"

/* Ten fields with the epoch's two and the snapshot's three; of an item its four with its head; of a price its ten. */
const sp_wire_limits sp_frame_limits = {
    .bytes = SP_FRAME_BYTES_MAX,
    .nodes = 1 + SP_FRAME_FIELDS + 2 + 3 + SP_FRAME_PRICES_MAX * (1 + SP_FRAME_ITEM_FIELDS + 1 + SP_FRAME_PRICE_FIELDS),
    .depth = SP_WIRE_DEPTH_MAX,
    .canonical = true,
};

/* The longest frame: names with 2 bytes of head, numbers of 9 bytes, heads of arrays of 1 or 3. */
_Static_assert(SP_FRAME_PRICES_MAX *(2 + 2 + SP_ID_MAX + 3 + 1 + 2 + SP_ID_MAX + 2 + SP_FRAME_UNIT_MAX +
                                     9 * (SP_FRAME_PRICE_FIELDS - 2)) +
                       512 <=
                   SP_FRAME_BYTES_MAX,
               "every frame that may be made may be sent");

/* --- what is permitted --- */

static bool frame_is_money(sp_money money, int64_t least)
{
	return money.nano >= least && money.nano <= SP_PRICE_MAX_NANO;
}

static bool frame_is_date(int64_t t_ns)
{
	return (t_ns >= SP_TIME_MIN_NS && t_ns < SP_TIME_MAX_NS) || t_ns == SP_TIME_NEVER;
}

/* Printable, so that a client may show it as it is. */
static bool frame_is_unit(const char *unit)
{
	size_t n = 0;
	while (n <= SP_FRAME_UNIT_MAX && unit[n] >= ' ' && unit[n] <= '~') {
		n++;
	}
	return n > 0 && n <= SP_FRAME_UNIT_MAX && unit[n] == '\0';
}

static bool frame_is_name(const char *name)
{
	return sp_id_check(name, strnlen(name, SP_ID_MAX + 1)) == SP_OK;
}

static sp_wire_reason frame_check_price(const sp_price *price)
{
	if (!frame_is_name(price->sku_id)) {
		return SP_WIRE_name;
	}
	const bool stands = price->version == 0 ? price->parent == 0 : price->parent < price->version;
	const bool sound = frame_is_unit(price->unit) && stands && frame_is_money(price->before, 0) &&
	                   frame_is_money(price->amount, SP_PRICE_MIN_NANO) && frame_is_money(price->fallback, 0) &&
	                   (unsigned)price->offer < SP_OFFERS && frame_is_date(price->not_before_ns) &&
	                   frame_is_date(price->not_before_existing_ns);
	return sound ? SP_WIRE_ok : SP_WIRE_price;
}

static bool frame_is_rising(const sp_price *a, const sp_price *b)
{
	const int order = strcmp(a->sku_id, b->sku_id);
	return order < 0 || (order == 0 && a->version < b->version);
}

static sp_wire_reason frame_check_group(const sp_frame_group *group)
{
	if (!frame_is_name(group->family)) {
		return SP_WIRE_name;
	}
	for (uint32_t i = 0; i < group->n_prices; i++) {
		const sp_wire_reason reason = frame_check_price(&group->prices[i]);
		if (reason != SP_WIRE_ok) {
			return reason;
		}
		if (i > 0 && !frame_is_rising(&group->prices[i - 1], &group->prices[i])) {
			return SP_WIRE_order;
		}
	}
	return SP_WIRE_ok;
}

/* A book has an item; only the one chunk of an empty book has none. */
static sp_wire_reason frame_check_groups(const sp_frame *frame)
{
	const bool may_be_empty = frame->kind == SP_FRAME_SNAPSHOT && frame->chunks == 1;
	if (frame->n_groups == 0 ? !may_be_empty : sp_frame_fit(frame->groups, frame->n_groups) != frame->n_groups) {
		return SP_WIRE_items;
	}
	for (uint32_t i = 0; i < frame->n_groups; i++) {
		const sp_frame_group *group = &frame->groups[i];
		const sp_wire_reason reason = frame_check_group(group);
		if (reason != SP_WIRE_ok) {
			return reason;
		}
		if (i > 0 && strcmp(group[-1].family, group->family) >= 0) {
			return SP_WIRE_order;
		}
	}
	return SP_WIRE_ok;
}

static sp_wire_reason frame_check_head(const sp_frame *frame)
{
	if (frame->kind < SP_FRAME_BOOK || frame->kind > SP_FRAME_SNAPSHOT) {
		return SP_WIRE_kind;
	}
	if (frame->epoch.counter == 0) {
		return SP_WIRE_epoch;
	}
	if (frame->seq == 0 && frame->kind != SP_FRAME_HEARTBEAT) {
		return SP_WIRE_seq;
	}
	if (frame->issued_ns < SP_TIME_MIN_NS || frame->issued_ns >= SP_TIME_MAX_NS) {
		return SP_WIRE_time;
	}
	return frame->lease_ns > 0 ? SP_WIRE_ok : SP_WIRE_lease;
}

sp_wire_reason sp_frame_check(const sp_frame *frame)
{
	SP_ASSERT(frame->groups != NULL || frame->n_groups == 0);
	const sp_wire_reason reason = frame_check_head(frame);
	if (reason != SP_WIRE_ok || frame->kind == SP_FRAME_HEARTBEAT) {
		return reason;
	}
	if (frame->kind == SP_FRAME_SNAPSHOT && frame->chunk >= frame->chunks) {
		return SP_WIRE_chunk;
	}
	return frame_check_groups(frame);
}

uint32_t sp_frame_fit(const sp_frame_group *groups, uint32_t n_groups)
{
	SP_ASSERT(groups != NULL || n_groups == 0);
	uint32_t fit = 0, n_prices = 0;
	while (fit < n_groups && groups[fit].n_prices > 0 && groups[fit].n_prices <= SP_FRAME_PRICES_MAX - n_prices) {
		n_prices += groups[fit++].n_prices;
	}
	return fit;
}

/* --- writing --- */

static void frame_pack_price(msgpack_packer *packer, const sp_price *price)
{
	msgpack_pack_array(packer, SP_FRAME_PRICE_FIELDS);
	sp_pack_text(packer, price->sku_id, strlen(price->sku_id));
	sp_pack_text(packer, price->unit, strlen(price->unit));
	msgpack_pack_uint64(packer, price->version);
	msgpack_pack_uint64(packer, price->parent);
	msgpack_pack_int64(packer, price->before.nano);
	msgpack_pack_int64(packer, price->amount.nano);
	msgpack_pack_int64(packer, price->fallback.nano);
	msgpack_pack_int(packer, (int)price->offer);
	msgpack_pack_int64(packer, price->not_before_ns);
	msgpack_pack_int64(packer, price->not_before_existing_ns);
}

static void frame_pack_groups(msgpack_packer *packer, const sp_frame *frame)
{
	msgpack_pack_array(packer, frame->n_groups);
	for (uint32_t i = 0; i < frame->n_groups; i++) {
		const sp_frame_group *group = &frame->groups[i];
		msgpack_pack_array(packer, SP_FRAME_ITEM_FIELDS);
		msgpack_pack_int(packer, SP_FRAME_ITEM_PRICES);
		sp_pack_text(packer, group->family, strlen(group->family));
		msgpack_pack_array(packer, group->n_prices);
		for (uint32_t k = 0; k < group->n_prices; k++) {
			frame_pack_price(packer, &group->prices[k]);
		}
	}
}

static void frame_pack_body(msgpack_packer *packer, const sp_frame *frame)
{
	if (frame->kind == SP_FRAME_HEARTBEAT) {
		sp_pack_binary(packer, frame->head, sizeof frame->head);
		return;
	}
	if (frame->kind == SP_FRAME_SNAPSHOT) {
		msgpack_pack_array(packer, SP_FRAME_SNAPSHOT_FIELDS);
		msgpack_pack_uint32(packer, frame->chunk);
		msgpack_pack_uint32(packer, frame->chunks);
	}
	frame_pack_groups(packer, frame);
}

void sp_epoch_pack(msgpack_packer *packer, const sp_epoch *epoch)
{
	msgpack_pack_array(packer, SP_EPOCH_FIELDS);
	msgpack_pack_uint64(packer, epoch->counter);
	sp_pack_binary(packer, epoch->random, sizeof epoch->random);
}

sp_wire_reason sp_frame_encode(const sp_frame *frame, sp_writer *writer)
{
	const sp_wire_reason reason = sp_frame_check(frame);
	if (reason != SP_WIRE_ok) {
		return reason;
	}
	msgpack_packer packer;
	sp_pack_begin(&packer, writer);
	msgpack_pack_array(&packer, SP_FRAME_FIELDS);
	msgpack_pack_int(&packer, SP_WIRE_VERSION);
	msgpack_pack_int(&packer, (int)frame->kind);
	sp_pack_binary(&packer, frame->key, frame->is_signed ? sizeof frame->key : 0);
	sp_epoch_pack(&packer, &frame->epoch);
	msgpack_pack_uint64(&packer, frame->seq);
	msgpack_pack_int64(&packer, frame->issued_ns);
	msgpack_pack_int64(&packer, frame->lease_ns);
	sp_pack_binary(&packer, frame->config, sizeof frame->config);
	frame_pack_body(&packer, frame);
	sp_pack_binary(&packer, frame->signature, frame->is_signed ? sizeof frame->signature : 0);
	return SP_WIRE_ok;
}

size_t sp_frame_preceding(const sp_frame *frame, size_t n)
{
	const size_t last = 2 + (frame->is_signed ? sizeof frame->signature : 0);
	SP_ASSERT(n > last);
	return n - last;
}
