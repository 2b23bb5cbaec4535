/* quote.c - the escapes that JSON and YAML share: \" \\ and \uxxxx. */
#include "controller/config/quote.h"

#include <string.h>

/* What YAML takes for the end of a line, but JSON does not; 0: the bytes are none. */
static unsigned quote_break(const char *text)
{
	if (strncmp(text, "\xc2\x85", 2) == 0)
		return 0x85;
	if (strncmp(text, "\xe2\x80\xa8", 3) == 0)
		return 0x2028;
	return strncmp(text, "\xe2\x80\xa9", 3) == 0 ? 0x2029 : 0;
}

void sp_quote_put(const char *text, FILE *out)
{
	putc('"', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		unsigned line_break = quote_break(text);
		if (line_break) {
			fprintf(out, "\\u%04x", line_break);
			text += line_break == 0x85 ? 1 : 2;
		} else if (c == '"' || c == '\\') {
			fprintf(out, "\\%c", c);
		} else if (c < 0x20 || c == 0x7f) {
			fprintf(out, "\\u%04x", c);
		} else {
			putc(c, out);
		}
	}
	putc('"', out);
}
