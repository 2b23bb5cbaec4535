/* math.h - exp and log of our own, so that decisions do not depend on the C library (promise P7).
 *
 * Both are total: every finite input has a finite answer. Errors against libm are below 1 ulp over the whole range
 * (tests/base/test_math.c). Pure; no libm call. */
#ifndef SP_BASE_MATH_H
#define SP_BASE_MATH_H

#include <stdbool.h>

/* sp_exp - e^x, saturating at the largest finite double (x > 709.78) and at 0 (x < -745.13). x finite (asserted). */
double sp_exp(double x);

/* sp_log - natural logarithm; x > 0 and finite (asserted). */
double sp_log(double x);

/* sp_exp2 - 2^x = sp_exp(x ln 2), for half-lives. */
double sp_exp2(double x);

double sp_sqrt(double x); /* x >= 0; the processor's own, correctly rounded instruction */

/* sp_finite - neither NaN nor infinite. */
bool sp_finite(double x);

#define SP_LN2 0.693147180559945309417232121458

double sp_clamp(double x, double low, double high);
double sp_abs(double x);

#endif
