/* wrap.h - long lines broken at blanks, so that a terminal does not break them within words. */
#ifndef SP_CLI_WRAP_H
#define SP_CLI_WRAP_H

#include <stdio.h>

#include "cli/screen.h"

/* sp_wrap_line - one line: text begins in column `at`, goes on in the next lines at column `indent`, and ends with a newline.
 * Without Unicode an arrow is spelt "->". */
void sp_wrap_line(FILE *out, const sp_screen *screen, const char *text, int at, int indent);

/* sp_wrap_text - several lines; each goes on a little further in than it begins. */
void sp_wrap_text(FILE *out, const sp_screen *screen, char *text);

#endif
