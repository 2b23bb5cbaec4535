/* real.c - doubles in text, through the C library's correctly rounding reader, but in our own grammar: what strtod takes
 * beyond it (blanks, hexadecimal, "nan") is refused first. The program never leaves the locale "C". */
#include "base/real.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/assert.h"
#include "base/math.h"
#include "base/money.h"

static bool real_names_no_number(const char *text)
{
	static const char *const spellings[] = {"nan", ".nan", "inf", ".inf", "infinity"};
	text += text[0] == '-' || text[0] == '+' ? 1 : 0;
	for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
		if (strcasecmp(text, spellings[i]) == 0) {
			return true;
		}
	}
	return false;
}

sp_status sp_real_parse(const char *text, size_t n, double *x)
{
	SP_ASSERT(text != NULL || n == 0);
	SP_ASSERT(x != NULL);
	if (n == 0 || n > SP_REAL_PARSE_MAX) {
		return SP_E_SYNTAX;
	}
	char copy[SP_REAL_PARSE_MAX + 1];
	memcpy(copy, text, n);
	copy[n] = '\0';
	int64_t ignored = 0;
	if (sp_decimal_parse_rounded(text, n, &ignored) == SP_E_SYNTAX) {
		return real_names_no_number(copy) ? SP_E_NOT_FINITE : SP_E_SYNTAX;
	}
	const double value = strtod(copy, NULL);
	if (!sp_finite(value)) {
		return SP_E_OVERFLOW;
	}
	*x = value == 0 ? 0 : value; /* no -0.0: it would be a second spelling of zero in the canonical bytes */
	return SP_OK;
}

char *sp_real_format(double x, char text[SP_REAL_TEXT_MAX])
{
	SP_ASSERT(sp_finite(x));
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, SP_REAL_TEXT_MAX, "%.*g", digits, x);
		if (strtod(text, NULL) == x) {
			break;
		}
	}
	return text;
}
