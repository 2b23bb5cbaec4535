/* check.h - the structural check: are these bytes one msgpack element of bounded size, before anything is allocated for it?
 *
 * msgpack-c believes what it reads: 150 bytes of nested array headers reserve 120 GiB. This walk believes nothing. Every
 * element still owed takes at least one byte, so what is declared may never exceed what is left; the number of elements bounds
 * the memory that msgpack-c will ask for. Maps, extensions and reserved bytes are in no message of ours. */
#ifndef SP_WIRE_CHECK_H
#define SP_WIRE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/wire/reason.h"

#define SP_WIRE_DEPTH_MAX 8 /* arrays in one another; the deepest message has 6 */

typedef struct sp_wire_limits {
	size_t bytes;
	uint32_t nodes;
	uint32_t depth; /* at most SP_WIRE_DEPTH_MAX */
	bool canonical; /* integers, lengths and counts in their shortest form, floats of 8 bytes: one spelling only */
} sp_wire_limits;

/* sp_wire_check - are n bytes exactly one element within the limits?
 *
 * out    SP_WIRE_ok, too_long, truncated, trailing, too_deep, too_many, type or not_canonical
 * cost   O(n), allocates: no
 * thread pure */
sp_wire_reason sp_wire_check(const uint8_t *bytes, size_t n, const sp_wire_limits *limits);

#endif
