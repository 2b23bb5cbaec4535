/* roots.h - all roots of a polynomial at once, by Aberth's method: Newton's step for each, with the others held apart.
 *
 *     w_k = p(z_k) / p'(z_k);  z_k -= w_k / (1 - w_k sum over j of 1 / (z_k - z_j))
 *
 * from Durand and Kerner's starting points. A root that counts twice is found twice, each about 1e-8 off. Pure; no matrix.
 * source  Aberth 1973, Iteration methods for finding all zeros of a polynomial simultaneously */
#ifndef SP_CONFIG_ROOTS_H
#define SP_CONFIG_ROOTS_H

#include <stdbool.h>
#include <stddef.h>

#define SP_DEGREE_MAX 48

typedef struct sp_complex {
	double re, im;
} sp_complex;

#define SP_PI 3.14159265358979323846

double sp_complex_size(sp_complex z);
double sp_complex_angle(sp_complex z); /* from the positive real axis, either way: 0 to pi */

/* c[0] + c[1] z + … + c[degree] z^degree; c[degree] is not 0 */
typedef struct sp_polynomial {
	size_t degree;
	double c[SP_DEGREE_MAX + 1];
} sp_polynomial;

sp_polynomial sp_polynomial_times(const sp_polynomial *a, const sp_polynomial *b);
/* a + factor x b */
sp_polynomial sp_polynomial_plus(const sp_polynomial *a, double factor, const sp_polynomial *b);

/* sp_roots_find - out: roots, [degree]; false where they have not settled */
bool sp_roots_find(const sp_polynomial *p, sp_complex roots[SP_DEGREE_MAX]);

#endif
