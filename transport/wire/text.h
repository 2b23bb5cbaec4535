/* text.h - inside the room: texts that a person is shown, as they are on the wire.
 *
 * UTF-8 without anything that commands a terminal or a line: no control character (C0, DEL, C1), no line or paragraph separator, nothing
 * that turns the direction of what stands beside it. Pure. */
#ifndef SP_WIRE_TEXT_H
#define SP_WIRE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* sp_text_check - may n bytes be shown as they are? */
bool sp_text_check(const char *text, size_t n);

/* sp_text_clean - the text as it may be shown: each byte that may not becomes '?', and it ends before the first character that goes
 * beyond `most` bytes.
 * out    shown [most + 1], terminated
 * returns its length */
size_t sp_text_clean(const char *text, size_t most, char *shown);

#endif
