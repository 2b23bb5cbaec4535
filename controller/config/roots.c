/* roots.c - all roots of a polynomial at once; see roots.h. */
#include "controller/config/roots.h"

#include "base/assert.h"
#include "base/math.h"

#define ROOTS_ROUNDS  200
#define ROOTS_SETTLED 1e-13 /* of a root's size */

static sp_complex times(sp_complex a, sp_complex b)
{
	return (sp_complex){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

/* 0 where the divisor is: a step that cannot be told is none. */
static sp_complex over(sp_complex a, sp_complex b)
{
	double size = b.re * b.re + b.im * b.im;

	return size > 0 ? (sp_complex){(a.re * b.re + a.im * b.im) / size, (a.im * b.re - a.re * b.im) / size}
	                : (sp_complex){0, 0};
}

sp_polynomial sp_polynomial_times(const sp_polynomial *a, const sp_polynomial *b)
{
	sp_polynomial out = {.degree = a->degree + b->degree};

	SP_ASSERT(out.degree <= SP_DEGREE_MAX);
	for (size_t i = 0; i <= a->degree; i++) {
		for (size_t j = 0; j <= b->degree; j++)
			out.c[i + j] += a->c[i] * b->c[j];
	}
	return out;
}

sp_polynomial sp_polynomial_plus(const sp_polynomial *a, double factor, const sp_polynomial *b)
{
	sp_polynomial out = {.degree = a->degree > b->degree ? a->degree : b->degree};

	for (size_t i = 0; i <= out.degree; i++)
		out.c[i] = (i <= a->degree ? a->c[i] : 0) + factor * (i <= b->degree ? b->c[i] : 0);
	return out;
}

double sp_complex_size(sp_complex z)
{
	return sp_sqrt(z.re * z.re + z.im * z.im);
}

/* For 0 <= x <= 1: three times halved, atan x = 2 atan(x / (1 + sqrt(1 + x^2))), then the series; its first term left out is below 1e-17. */
static double arc(double x)
{
	double z, sum = 0;

	for (int i = 0; i < 3; i++)
		x = x / (1 + sp_sqrt(1 + x * x));
	z = x * x;
	for (int k = 17; k > 0; k -= 2)
		sum = 1.0 / k - z * sum;
	return 8 * x * sum;
}

double sp_complex_angle(sp_complex z)
{
	double size = sp_complex_size(z), im = sp_abs(z.im);

	if (size == 0)
		return 0;
	return z.re >= 0 ? 2 * arc(im / (size + z.re)) : SP_PI - 2 * arc(im / (size - z.re));
}

/* p(z) / p'(z) by Horner. */
static sp_complex newton(const sp_polynomial *p, sp_complex z)
{
	sp_complex value = {p->c[p->degree], 0}, slope = {0, 0};

	for (size_t i = p->degree; i-- > 0;) {
		slope = times(slope, z);
		slope.re += value.re;
		slope.im += value.im;
		value = times(value, z);
		value.re += p->c[i];
	}
	return over(value, slope);
}

static sp_complex step(const sp_polynomial *p, const sp_complex *roots, size_t k)
{
	sp_complex w = newton(p, roots[k]), apart = {0, 0};

	for (size_t j = 0; j < p->degree; j++) {
		sp_complex gap = {roots[k].re - roots[j].re, roots[k].im - roots[j].im};
		sp_complex one = j == k ? (sp_complex){0, 0} : over((sp_complex){1, 0}, gap);
		apart.re += one.re;
		apart.im += one.im;
	}
	apart = times(w, apart);
	return over(w, (sp_complex){1 - apart.re, -apart.im});
}

bool sp_roots_find(const sp_polynomial *p, sp_complex roots[SP_DEGREE_MAX])
{
	sp_complex start = {1, 0};
	bool settled = false;

	SP_ASSERT(p->degree <= SP_DEGREE_MAX && (p->degree == 0 || p->c[p->degree] != 0));
	for (size_t k = 0; k < p->degree; k++) {
		roots[k] = start;
		start = times(start, (sp_complex){0.4, 0.9});
	}
	for (int round = 0; round < ROOTS_ROUNDS && !settled; round++) {
		settled = true;
		for (size_t k = 0; k < p->degree; k++) {
			sp_complex by = step(p, roots, k);
			roots[k].re -= by.re;
			roots[k].im -= by.im;
			settled = settled && sp_complex_size(by) <= ROOTS_SETTLED * (1 + sp_complex_size(roots[k]));
		}
	}
	return settled;
}
