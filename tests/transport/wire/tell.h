/* tell.h - what a decoder made of bytes, as the text that stands after `=` in docs/wire.md; and the blocks of that page. */
#ifndef SP_TESTS_WIRE_TELL_H
#define SP_TESTS_WIRE_TELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/wire/decoder.h"

/* Each decodes n bytes and returns its verdict; the caller frees it. */
char *sp_tell_signals(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n);
char *sp_tell_frame(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n);
char *sp_tell_request(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n);
char *sp_tell_reply(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n);
char *sp_tell_question(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n);
char *sp_tell_answer(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n);

/* A vector of docs/wire.md. */
typedef struct sp_vector {
	char block[16]; /* signals, frames, requests, replies, questions, answers */
	char title[160];
	uint8_t *bytes; /* allocated to their exact size, so that ASan sees a read past the end */
	size_t n;
	char verdict[2048];
} sp_vector;

/* sp_vectors_read - all of them, *n; ends the test where the page is not as it should be. */
sp_vector *sp_vectors_read(size_t *n);
void sp_vectors_free(sp_vector *vectors, size_t n);

/* sp_page_block - the text of the first fenced block of a language ("python"); the caller frees it. */
char *sp_page_block(const char *language);

#endif
