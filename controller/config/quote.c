/* quote.c - the escapes that JSON and YAML share: \" \\ and \u00xx. */
#include "controller/config/quote.h"

void sp_quote_put(const char *text, FILE *out)
{
	putc('"', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\u%04x", c);
		else
			putc(c, out);
	}
	putc('"', out);
}
