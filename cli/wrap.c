/* wrap.c - breaks lines at blanks; see wrap.h. */
#include "cli/wrap.h"

#include <string.h>

#include "base/assert.h"

#define FURTHER_IN 2 /* [columns] */

/* Columns of the word at text, its bytes in *n; a character of several bytes is one column. */
static int word_columns(const char *text, size_t *n)
{
	int columns = 0;

	for (*n = 0; text[*n] && text[*n] != ' '; (*n)++)
		columns += ((unsigned char)text[*n] & 0xC0) != 0x80;
	return columns;
}

static void print_word(FILE *out, const sp_screen *screen, const char *word, size_t n)
{
	static const char arrow[] = "→";
	const char *found = screen->utf8 ? NULL : memmem(word, n, arrow, strlen(arrow));
	size_t before = found ? (size_t)(found - word) : n;

	fwrite(word, 1, before, out);
	if (found) {
		fputs("->", out);
		fwrite(found + strlen(arrow), 1, n - before - strlen(arrow), out);
	}
}

void sp_wrap_line(FILE *out, const sp_screen *screen, const char *text, int at, int indent)
{
	bool begun = false; /* with a word: what is longer than a line stands alone */
	size_t n;

	SP_ASSERT(at >= 0 && indent >= 0 && indent < screen->width);
	for (const char *word = text; *word; word += n) {
		int blanks = (int)strspn(word, " "), columns;
		word += blanks;
		columns = word_columns(word, &n);
		if (n == 0)
			break; /* blanks at the end */
		if (begun && at + blanks + columns > screen->width) {
			fputc('\n', out);
			at = 0;
			blanks = indent;
		}
		fprintf(out, "%*s", blanks, "");
		print_word(out, screen, word, n);
		at += blanks + columns;
		begun = true;
	}
	putc('\n', out);
}

void sp_wrap_text(FILE *out, const sp_screen *screen, char *text)
{
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (rest == NULL && *line == '\0')
			return; /* the text ended with a newline */
		sp_wrap_line(out, screen, line, 0, (int)strspn(line, " ") + FURTHER_IN);
	}
}
