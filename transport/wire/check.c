/* check.c - one walk over the bytes with a stack of eight counts (see check.h).
 *
 * An element is its head byte, for some heads a length, value or count of 1 to 8 bytes (big-endian), and for texts and binaries
 * their content. The elements of an array follow it and are walked like any other. source: the msgpack specification,
 * section "Formats". */
#include "transport/wire/check.h"

#include "base/assert.h"

/* What a head byte begins. */
typedef enum check_form {
	CHECK_ALONE, /* nothing more */
	CHECK_UINT,
	CHECK_INT,
	CHECK_FLOAT,
	CHECK_TEXT, /* a length, and so many bytes */
	CHECK_BINARY,
	CHECK_ARRAY, /* a count; the elements follow */
	CHECK_FORBIDDEN,
} check_form;

typedef struct check_head {
	uint8_t form;
	uint8_t size; /* [bytes] of the value, length or count after the head */
} check_head;

/* The heads 0xc0 to 0xdf, in the specification's order. */
static const check_head check_heads[32] = {
    {CHECK_ALONE, 0},     {CHECK_FORBIDDEN, 0}, {CHECK_ALONE, 0},     {CHECK_ALONE, 0},     /* nil, -, false, true */
    {CHECK_BINARY, 1},    {CHECK_BINARY, 2},    {CHECK_BINARY, 4},    {CHECK_FORBIDDEN, 0}, /* bin 8 16 32, ext 8 */
    {CHECK_FORBIDDEN, 0}, {CHECK_FORBIDDEN, 0}, {CHECK_FLOAT, 4},     {CHECK_FLOAT, 8},     /* ext 16 32, float 32 64 */
    {CHECK_UINT, 1},      {CHECK_UINT, 2},      {CHECK_UINT, 4},      {CHECK_UINT, 8},      /* uint 8 16 32 64 */
    {CHECK_INT, 1},       {CHECK_INT, 2},       {CHECK_INT, 4},       {CHECK_INT, 8},       /* int 8 16 32 64 */
    {CHECK_FORBIDDEN, 0}, {CHECK_FORBIDDEN, 0}, {CHECK_FORBIDDEN, 0}, {CHECK_FORBIDDEN, 0}, /* fixext 1 2 4 8 */
    {CHECK_FORBIDDEN, 0}, {CHECK_TEXT, 1},      {CHECK_TEXT, 2},      {CHECK_TEXT, 4},      /* fixext 16, str 8 16 32 */
    {CHECK_ARRAY, 2},     {CHECK_ARRAY, 4},     {CHECK_FORBIDDEN, 0}, {CHECK_FORBIDDEN, 0}, /* array 16 32, map 16 32 */
};

/* An element as it stands alone, without what an array contains. */
typedef struct check_element {
	size_t size; /* [bytes] */
	uint32_t count;
	bool array;
	bool shortest;
} check_element;

static uint64_t check_big_endian(const uint8_t *bytes, uint32_t n)
{
	uint64_t x = 0;
	for (uint32_t i = 0; i < n; i++) {
		x = x << 8 | bytes[i];
	}
	return x;
}

/* Would the next shorter form have held it? `tiny`: the head itself holds what is less. */
static bool check_shortest(uint64_t x, uint32_t size, uint64_t tiny)
{
	return size == 1 ? x >= tiny : x >> 4 * size != 0;
}

/* Non-negative ones are written as unsigned; the head itself holds those from -32. */
static bool check_shortest_negative(uint64_t x, uint32_t size)
{
	const uint32_t unused = 64 - 8 * size;
	const int64_t value = (int64_t)(x << unused) >> unused;
	return value < (size == 1 ? -32 : -(INT64_C(1) << (4 * size - 1)));
}

/* An element whose head has a length, value or count of its own; `left` is at least 1. */
static sp_wire_reason check_long(const uint8_t *bytes, size_t left, check_element *element)
{
	const check_head head = check_heads[bytes[0] - 0xc0];
	if (head.form == CHECK_FORBIDDEN) {
		return SP_WIRE_type;
	}
	if (head.size >= left) {
		return SP_WIRE_truncated;
	}
	const uint64_t x = check_big_endian(bytes + 1, head.size);
	*element = (check_element){.size = 1 + (size_t)head.size, .shortest = true};
	switch (head.form) {
	case CHECK_UINT:
		element->shortest = check_shortest(x, head.size, 0x80);
		break;
	case CHECK_INT:
		element->shortest = check_shortest_negative(x, head.size);
		break;
	case CHECK_FLOAT:
		element->shortest = head.size == 8;
		break;
	case CHECK_TEXT:
	case CHECK_BINARY:
		element->size += x;
		element->shortest = check_shortest(x, head.size, head.form == CHECK_TEXT ? 32 : 0);
		break;
	case CHECK_ARRAY:
		element->array = true;
		element->count = (uint32_t)x;
		element->shortest = head.size == 2 ? x >= 16 : x > UINT16_MAX;
		break;
	default: /* CHECK_ALONE */
		break;
	}
	return element->size <= left ? SP_WIRE_ok : SP_WIRE_truncated;
}

/* `left` is at least 1. */
static sp_wire_reason check_next(const uint8_t *bytes, size_t left, check_element *element)
{
	const uint8_t head = bytes[0];
	*element = (check_element){.size = 1, .shortest = true};
	if (head < 0x80 || head >= 0xe0) {
		return SP_WIRE_ok; /* a small integer */
	}
	if (head >= 0xc0) {
		return check_long(bytes, left, element);
	}
	if (head >= 0xa0) {
		element->size += head & 0x1f;
		return element->size <= left ? SP_WIRE_ok : SP_WIRE_truncated;
	}
	element->array = head >= 0x90;
	element->count = head & 0x0f;
	return element->array ? SP_WIRE_ok : SP_WIRE_type;
}

sp_wire_reason sp_wire_check(const uint8_t *bytes, size_t n, const sp_wire_limits *limits)
{
	SP_ASSERT(bytes != NULL || n == 0);
	SP_ASSERT(limits->depth <= SP_WIRE_DEPTH_MAX);
	if (n > limits->bytes) {
		return SP_WIRE_too_long;
	}
	if (n == 0) {
		return SP_WIRE_truncated;
	}
	uint32_t open[SP_WIRE_DEPTH_MAX + 1] = {1}; /* elements that each level still lacks */
	uint32_t depth = 0;
	size_t at = 0, owed = 1, nodes = 0;
	while (owed > 0) {
		/* what is owed is never more than what is left, so there is a byte */
		check_element element;
		const sp_wire_reason reason = check_next(bytes + at, n - at, &element);
		if (reason != SP_WIRE_ok) {
			return reason;
		}
		if (limits->canonical && !element.shortest) {
			return SP_WIRE_not_canonical;
		}
		if (element.array && depth == limits->depth) {
			return SP_WIRE_too_deep;
		}
		at += element.size;
		owed += (size_t)element.count - 1;
		nodes++;
		if (owed > n - at) {
			return SP_WIRE_truncated;
		}
		if (nodes + owed > limits->nodes) {
			return SP_WIRE_too_many;
		}
		open[depth]--;
		if (element.count > 0) {
			open[++depth] = element.count;
		}
		while (depth > 0 && open[depth] == 0) {
			depth--;
		}
	}
	return at == n ? SP_WIRE_ok : SP_WIRE_trailing;
}
