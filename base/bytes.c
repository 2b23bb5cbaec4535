/* bytes.c - the canonical bytes: little-endian, LEB128 varints of the least length, zigzag for signs.
 *
 * There is one encoding of every value: a reader refuses a varint longer than need be or over 64 bits, so that no two
 * different byte strings mean the same. */
#include "base/bytes.h"

#include <string.h>

#include "base/assert.h"

#define VARINT_MAX 10 /* [bytes] 64 bits in groups of 7 */

void sp_put_bytes(sp_writer *w, const void *bytes, size_t n)
{
	/* What does not fit is counted only; once over, nothing later may land before it. */
	if (n != 0 && w->n <= w->size && n <= w->size - w->n) {
		memcpy(w->at + w->n, bytes, n);
	}
	w->n += n;
}

void sp_put_u8(sp_writer *w, uint8_t x)
{
	if (w->n < w->size) {
		w->at[w->n] = x;
	}
	w->n++;
}

void sp_put_varint(sp_writer *w, uint64_t x)
{
	if (x < 0x80) {
		sp_put_u8(w, (uint8_t)x);
		return;
	}
	uint8_t bytes[VARINT_MAX];
	size_t n = 0;
	for (; x >= 0x80; x >>= 7) {
		bytes[n++] = (uint8_t)(x | 0x80);
	}
	bytes[n++] = (uint8_t)x;
	sp_put_bytes(w, bytes, n);
}

void sp_put_zigzag(sp_writer *w, int64_t x)
{
	sp_put_varint(w, (uint64_t)x << 1 ^ (x < 0 ? UINT64_MAX : 0));
}

void sp_put_double(sp_writer *w, double x)
{
	uint64_t bits = 0;
	memcpy(&bits, &x, sizeof bits);
	uint8_t bytes[8];
	for (unsigned i = 0; i < 8; i++) {
		bytes[i] = (uint8_t)(bits >> 8 * i);
	}
	sp_put_bytes(w, bytes, sizeof bytes);
}

void sp_put_text(sp_writer *w, const char *text)
{
	const size_t n = text != NULL ? strlen(text) : 0;
	sp_put_varint(w, n);
	sp_put_bytes(w, text, n);
}

const uint8_t *sp_get_bytes(sp_reader *r, size_t n)
{
	SP_ASSERT(r->n <= r->size);
	if (!r->ok || n > r->size - r->n) {
		r->ok = false;
		return NULL;
	}
	const uint8_t *bytes = r->at + r->n;
	r->n += n;
	return bytes;
}

uint8_t sp_get_u8(sp_reader *r)
{
	const uint8_t *byte = sp_get_bytes(r, 1);
	return byte != NULL ? *byte : 0;
}

uint64_t sp_get_varint(sp_reader *r)
{
	uint64_t x = 0;
	for (unsigned i = 0; i < VARINT_MAX; i++) {
		const uint8_t byte = sp_get_u8(r);
		const bool last = byte < 0x80;
		const bool padded = last && byte == 0 && i > 0;
		const bool too_large = i == VARINT_MAX - 1 && byte > 1;
		if (!r->ok || padded || too_large) {
			break;
		}
		x |= (uint64_t)(byte & 0x7f) << 7 * i;
		if (last) {
			return x;
		}
	}
	r->ok = false;
	return 0;
}

int64_t sp_get_zigzag(sp_reader *r)
{
	const uint64_t x = sp_get_varint(r);
	return (int64_t)(x >> 1 ^ (0 - (x & 1)));
}

double sp_get_double(sp_reader *r)
{
	const uint8_t *bytes = sp_get_bytes(r, 8);
	uint64_t bits = 0;
	for (unsigned i = 0; bytes != NULL && i < 8; i++) {
		bits |= (uint64_t)bytes[i] << 8 * i;
	}
	double x = 0;
	memcpy(&x, &bits, sizeof x);
	return x;
}

const char *sp_get_text(sp_reader *r, size_t *n)
{
	SP_ASSERT(n != NULL);
	*n = 0;
	const uint64_t length = sp_get_varint(r);
	if (!r->ok || length > r->size - r->n) {
		r->ok = false;
		return NULL;
	}
	*n = (size_t)length;
	return (const char *)sp_get_bytes(r, (size_t)length);
}

bool sp_reader_ended(const sp_reader *r)
{
	return r->ok && r->n == r->size;
}
