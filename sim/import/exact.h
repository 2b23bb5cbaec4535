/* exact.h - money of a bill, exact to 10^-18 USD: a bill has more places than a nano-USD, and its sum must come out to the last digit.
 *
 * 128 bits hold 10^20 USD. What is made of it for a signal is nano-USD; what that rounding leaves is kept and told. */
#ifndef SP_SIM_IMPORT_EXACT_H
#define SP_SIM_IMPORT_EXACT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/money.h"

#define SP_EXACT_PLACES   18
#define SP_EXACT_TEXT_MAX 64

typedef struct sp_exact {
	__int128 atto; /* [1e-18] */
} sp_exact;

/* sp_exact_parse - reads a decimal in the grammar of sp_decimal_parse, whatever its places.
 * fails  SP_E_SYNTAX; SP_E_RANGE finer than 10^-18 and not zero there; SP_E_OVERFLOW; *exact written only on SP_OK */
sp_status sp_exact_parse(const char *text, size_t n, sp_exact *exact);

/* sp_exact_parse_rounded - the same, places beyond 10^-18 dropped: of a number that some program held as a double. */
sp_status sp_exact_parse_rounded(const char *text, size_t n, sp_exact *exact);

/* SP_E_OVERFLOW; *out written only on SP_OK. */
sp_status sp_exact_add(sp_exact a, sp_exact b, sp_exact *out);

/* sp_exact_scale - times a rate of 10^-9 (a currency's), rounded half to even at 10^-18. fails  SP_E_OVERFLOW */
sp_status sp_exact_scale(sp_exact a, int64_t rate_nano, sp_exact *out);

/* sp_exact_money - the nearest nano-USD, half to even; *residue is what it leaves: exact = money + residue.
 * fails  SP_E_OVERFLOW */
sp_status sp_exact_money(sp_exact exact, sp_money *money, sp_exact *residue);

/* sp_exact_format - all its places, without trailing zeros ("20.52022672899"); returns text. */
char *sp_exact_format(sp_exact exact, char text[SP_EXACT_TEXT_MAX]);

#endif
