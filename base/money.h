/* money.h - prices and price levels: one-field structs, so that adding a price to a time does not compile.
 *
 * Money is int64 nano-USD (1e-9 USD) per unit; the index is int64 parts per billion of the sheet. Neither is ever a
 * float. Products go through __int128; what would not fit is an answer (SP_E_OVERFLOW), never a wrap.
 * All functions are pure and may be called from any thread; none allocates. */
#ifndef SP_BASE_MONEY_H
#define SP_BASE_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define SP_NANO INT64_C(1000000000) /* nano-USD in a USD; ppb in 1 */

typedef struct sp_money {
	int64_t nano; /* [nano-USD] */
} sp_money;

typedef struct sp_index {
	int64_t ppb; /* [1e-9], 1000000000 = the sheet */
} sp_index;

#define SP_INDEX_ONE ((sp_index){SP_NANO})

/* A price is from 1 nano-USD to 10^6 USD a unit (DESIGN section 6). */
#define SP_PRICE_MIN_NANO INT64_C(1)
#define SP_PRICE_MAX_NANO (INT64_C(1000000) * SP_NANO)

/* The index lies within [1e-6, 1000]: beyond, the sheet is wrong, not the level. */
#define SP_INDEX_MIN_PPB INT64_C(1000)
#define SP_INDEX_MAX_PPB (INT64_C(1000) * SP_NANO)

/* Text of a decimal with 9 places, sign and terminating zero: "-9223372036.854775808". */
#define SP_DECIMAL_TEXT_MAX 24

/* sp_decimal_parse - reads a decimal ("0.45", "-3", "1e-7", "+2.50E3") exactly, as value x 10^9, never through a double.
 *
 * in     text, n [bytes]; surrounding blanks are not accepted
 * out    *nano; written only on SP_OK
 * fails  SP_E_SYNTAX not a decimal; SP_E_RANGE finer than 10^-9 and not zero there; SP_E_OVERFLOW over int64
 * cost   O(n), allocates: no */
sp_status sp_decimal_parse(const char *text, size_t n, int64_t *nano);

/* sp_decimal_parse_rounded - the same, but places beyond 10^-9 are rounded half to even (measured values such as a market
 * price; never for a price of ours). */
sp_status sp_decimal_parse_rounded(const char *text, size_t n, int64_t *nano);

/* sp_decimal_format - writes value / 10^9 with all nine places ("0.450000000"); returns text. */
char *sp_decimal_format(int64_t nano, char text[SP_DECIMAL_TEXT_MAX]);

/* sp_decimal_format_short - the same without trailing zeros ("0.45", "2", "-0.5"). */
char *sp_decimal_format_short(int64_t nano, char text[SP_DECIMAL_TEXT_MAX]);

/* Checked arithmetic; *out written only on SP_OK, else SP_E_OVERFLOW. */
sp_status sp_add(int64_t a, int64_t b, int64_t *out);
sp_status sp_sub(int64_t a, int64_t b, int64_t *out);

/* sp_muldiv_even / _floor / _ceil - a x b / c through 128 bits, rounded half to even / down / up. c > 0 (asserted). */
sp_status sp_muldiv_even(int64_t a, int64_t b, int64_t c, int64_t *out);
sp_status sp_muldiv_floor(int64_t a, int64_t b, int64_t c, int64_t *out);
sp_status sp_muldiv_ceil(int64_t a, int64_t b, int64_t c, int64_t *out);

/* sp_round_even - the one place where a double becomes an integer: rounds half to even.
 *
 * fails  SP_E_NOT_FINITE; SP_E_OVERFLOW outside int64 */
sp_status sp_round_even(double x, int64_t *out);

#endif
