/* nnls.h - least squares whose coefficients may not be negative, on the normal equations.
 *
 *     minimise |y - X c|^2 over c >= 0, given G = X'X and b = X'y
 *
 * A token cannot cost less than no GPU time, so a fit that says so is noise. For the few columns that there are (SKUs of a pool)
 * the normal equations are small, whatever the number of windows. With columns scaled to unit length and a ridge of SP_NNLS_RIDGE
 * the minimum is unique, and a set of columns that says the same twice breaks nothing.
 * source  Lawson and Hanson, Solving Least Squares Problems, 1974, chapter 23, algorithm NNLS; differs in: a) Cholesky of the normal
 *         equations instead of QR, the columns being scaled and few; b) the number of exchanges is bounded */
#ifndef SP_SIM_CALIBRATE_NNLS_H
#define SP_SIM_CALIBRATE_NNLS_H

#include <stdbool.h>
#include <stdint.h>

#define SP_NNLS_COLUMNS_MAX 64    /* SKUs of one pool that have traffic */
#define SP_NNLS_RIDGE       1e-10 /* of a unit column's square: far below what any trace can tell, far above rounding */

/* A symmetric matrix, n x n, rows one after the other. */
typedef double sp_gram[SP_NNLS_COLUMNS_MAX * SP_NNLS_COLUMNS_MAX];

/* sp_gram_invert - the inverse of a positive definite matrix, by Cholesky.
 * in     gram: n x n, finite, 1 <= n <= SP_NNLS_COLUMNS_MAX
 * out    inverse; meaningless unless true
 * fails  false when it is not positive definite to working precision */
bool sp_gram_invert(const double *gram, uint32_t n, double *inverse);

/* sp_nnls_solve - in   gram: positive definite (asserted), right: n; both finite
 *                 out  coefs[n] >= 0: the minimum of c'Gc - 2 c'b
 *                 cost O(n^4) at the usual number of exchanges, allocates: no */
void sp_nnls_solve(const double *gram, const double *right, uint32_t n, double *coefs);

#endif
