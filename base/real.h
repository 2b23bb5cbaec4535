/* real.h - doubles in text: read strictly, written so that reading gives the same bits back.
 *
 * For measured values and settings; a price is never read or written here (money.h). */
#ifndef SP_BASE_REAL_H
#define SP_BASE_REAL_H

#include <stddef.h>

#include "base/status.h"

/* The longest number read [bytes]; longer ones are no measurement. */
#define SP_REAL_PARSE_MAX 400

/* "-2.2250738585072014e-308" and the terminating zero. */
#define SP_REAL_TEXT_MAX 32

/* sp_real_parse - reads a number in the grammar of sp_decimal_parse ("0.45", "-3", "1e-7") as the nearest double.
 *
 * in     text, n [bytes]; surrounding blanks, hexadecimal and ".5" are not accepted
 * out    *x, never -0.0; written only on SP_OK. What is too small becomes the nearest denormal or 0
 * fails  SP_E_SYNTAX; SP_E_NOT_FINITE a spelling of NaN or infinity; SP_E_OVERFLOW beyond the largest double
 * cost   O(n), allocates: no */
sp_status sp_real_parse(const char *text, size_t n, double *x);

/* sp_real_format - the shortest of 15 to 17 significant digits that reads back to the same double; returns text. x finite
 * (asserted). */
char *sp_real_format(double x, char text[SP_REAL_TEXT_MAX]);

#endif
