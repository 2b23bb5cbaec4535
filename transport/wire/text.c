/* text.c - see text.h. source: the Unicode standard, section 3.9, table 3-7 "Well-formed UTF-8 byte sequences". */
#include "transport/wire/text.h"

#include <stdint.h>
#include <string.h>

#include "base/assert.h"

#define TEXT_BYTES_MAX 4 /* of a character */

/* By the number of bytes: the least character that needs so many. */
static const uint32_t text_least[TEXT_BYTES_MAX + 1] = {0, 0, 0x80, 0x800, 0x10000};

static size_t text_length(uint8_t lead)
{
	if (lead < 0x80) {
		return 1;
	}
	return lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
}

static bool text_is_within(uint32_t character, uint32_t first, uint32_t last)
{
	return character >= first && character <= last;
}

static bool text_is_shown(uint32_t character)
{
	const bool control = character < 0x20 || text_is_within(character, 0x7f, 0x9f);
	const bool separator_or_turn =
	    text_is_within(character, 0x2028, 0x202e) || text_is_within(character, 0x2066, 0x2069);
	const bool none = text_is_within(character, 0xd800, 0xdfff) || character > 0x10ffff;
	return !control && !separator_or_turn && !none;
}

/* [bytes] The character at the beginning; 0 where there is none that may be shown. `left` is at least 1. */
static size_t text_next(const char *text, size_t left)
{
	const uint8_t lead = (uint8_t)text[0];
	const size_t n = text_length(lead);
	if (n == 0 || n > left) {
		return 0;
	}
	uint32_t character = n == 1 ? lead : lead & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		const uint8_t next = (uint8_t)text[i];
		if ((next & 0xc0) != 0x80) {
			return 0;
		}
		character = character << 6 | (next & 0x3f);
	}
	return character >= text_least[n] && text_is_shown(character) ? n : 0;
}

bool sp_text_check(const char *text, size_t n)
{
	SP_ASSERT(text != NULL || n == 0);
	size_t at = 0;
	while (at < n) {
		const size_t next = text_next(text + at, n - at);
		if (next == 0) {
			return false;
		}
		at += next;
	}
	return true;
}

size_t sp_text_clean(const char *text, size_t most, char *shown)
{
	SP_ASSERT(text != NULL && shown != NULL);
	size_t n = 0, left = strnlen(text, most + TEXT_BYTES_MAX); /* so that the last character is seen whole */
	while (left > 0) {
		const size_t next = text_next(text, left), taken = next > 0 ? next : 1;
		if (n + taken > most) {
			break;
		}
		memcpy(shown + n, next > 0 ? text : "?", taken);
		n += taken;
		text += taken;
		left -= taken;
	}
	shown[n] = '\0';
	return n;
}
