/* bytes.h - the canonical bytes of inputs, decisions and checkpoints: little-endian, LEB128 varints, zigzag for signs.
 *
 * A writer fills the caller's buffer; when it does not fit, `n` still counts what would have been needed and nothing
 * is written past the end. A reader's error is sticky: read the fields straight down and test `ok` once. Pure. */
#ifndef SP_BASE_BYTES_H
#define SP_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sp_writer {
	uint8_t *at;    /* may be NULL with size 0: counts only */
	size_t size, n; /* [bytes] room, and bytes written or needed */
} sp_writer;

typedef struct sp_reader {
	const uint8_t *at;
	size_t size, n; /* [bytes] given, and consumed */
	bool ok;        /* false from the first field that was not there */
} sp_reader;

void sp_put_u8(sp_writer *w, uint8_t x);
void sp_put_varint(sp_writer *w, uint64_t x); /* 1-10 bytes */
void sp_put_zigzag(sp_writer *w, int64_t x);  /* 1-10 bytes */
void sp_put_double(sp_writer *w, double x);   /* 8 bytes, the bit pattern; -0.0 as it is */
void sp_put_bytes(sp_writer *w, const void *bytes, size_t n);
void sp_put_text(sp_writer *w, const char *text); /* varint length, then the bytes; NULL as length 0 */

uint8_t sp_get_u8(sp_reader *r);
uint64_t sp_get_varint(sp_reader *r);
int64_t sp_get_zigzag(sp_reader *r);
double sp_get_double(sp_reader *r);
/* sp_get_bytes - a pointer into the reader's bytes, NULL when fewer than n are left. */
const uint8_t *sp_get_bytes(sp_reader *r, size_t n);
/* sp_get_text - a pointer into the bytes (not terminated) and its length. */
const char *sp_get_text(sp_reader *r, size_t *n);
bool sp_reader_ended(const sp_reader *r); /* ok and nothing left */

#endif
