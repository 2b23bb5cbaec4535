/* quote.h - text inside double quotes, as JSON and YAML both read it. */
#ifndef SP_CONFIG_QUOTE_H
#define SP_CONFIG_QUOTE_H

#include <stdio.h>

/* sp_quote_put - writes "text", its quotes, backslashes and control bytes escaped. */
void sp_quote_put(const char *text, FILE *out);

#endif
