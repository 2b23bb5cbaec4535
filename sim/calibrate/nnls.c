/* nnls.c - the active-set method of Lawson and Hanson over Cholesky factors; see nnls.h. */
#include "sim/calibrate/nnls.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"

/* Every exchange lowers the sum of squares, so that no set comes twice; the bound is for rounding. */
#define NNLS_EXCHANGES_MAX (10 * SP_NNLS_COLUMNS_MAX)
#define NNLS_TOLERANCE     1e-13 /* of the largest right side: a gradient below it is 0 */

typedef struct nnls_set {
	const double *gram, *right;
	uint32_t n, n_in, in[SP_NNLS_COLUMNS_MAX]; /* the columns that are not held at 0 */
	bool held[SP_NNLS_COLUMNS_MAX];
	sp_gram factor;
} nnls_set;

/* --- Cholesky --- */

/* Lower triangle L of A = L L', in place. */
static bool gram_factor(double *a, uint32_t n)
{
	for (uint32_t j = 0; j < n; j++) {
		double pivot = a[j * n + j];
		for (uint32_t k = 0; k < j; k++)
			pivot -= a[j * n + k] * a[j * n + k];
		if (!(pivot > 0))
			return false;
		a[j * n + j] = sqrt(pivot);
		for (uint32_t i = j + 1; i < n; i++) {
			double sum = a[i * n + j];
			for (uint32_t k = 0; k < j; k++)
				sum -= a[i * n + k] * a[j * n + k];
			a[i * n + j] = sum / a[j * n + j];
		}
	}
	return true;
}

/* Solves L L' x = x, in place. */
static void gram_solve(const double *l, uint32_t n, double *x)
{
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t k = 0; k < i; k++)
			x[i] -= l[i * n + k] * x[k];
		x[i] /= l[i * n + i];
	}
	for (uint32_t i = n; i-- > 0;) {
		for (uint32_t k = i + 1; k < n; k++)
			x[i] -= l[k * n + i] * x[k];
		x[i] /= l[i * n + i];
	}
}

bool sp_gram_invert(const double *gram, uint32_t n, double *inverse)
{
	sp_gram factor;
	double column[SP_NNLS_COLUMNS_MAX];

	SP_ASSERT(n >= 1 && n <= SP_NNLS_COLUMNS_MAX);
	memcpy(factor, gram, sizeof *gram * n * n);
	if (!gram_factor(factor, n))
		return false;
	for (uint32_t j = 0; j < n; j++) {
		memset(column, 0, sizeof column);
		column[j] = 1;
		gram_solve(factor, n, column);
		for (uint32_t i = 0; i < n; i++)
			inverse[i * n + j] = column[i];
	}
	return true;
}

/* --- the active set --- */

/* Least squares over the columns that are in. */
static void nnls_free_fit(nnls_set *set, double *fit)
{
	uint32_t n = set->n_in;

	for (uint32_t i = 0; i < n; i++) {
		fit[i] = set->right[set->in[i]];
		for (uint32_t j = 0; j < n; j++)
			set->factor[i * n + j] = set->gram[set->in[i] * set->n + set->in[j]];
	}
	bool definite = gram_factor(set->factor, n);
	SP_ASSERT(definite);
	gram_solve(set->factor, n, fit);
}

/* The held column whose coefficient wants to rise most; n when none does. */
static uint32_t nnls_wanting(const nnls_set *set, const double *coefs, double least)
{
	uint32_t best = set->n;

	for (uint32_t j = 0; j < set->n; j++) {
		double gradient = set->right[j];
		for (uint32_t k = 0; k < set->n; k++)
			gradient -= set->gram[j * set->n + k] * coefs[k];
		if (set->held[j] && gradient > least) {
			least = gradient;
			best = j;
		}
	}
	return best;
}

/* As far towards the fit as no coefficient falls below 0; what reaches 0 is held. True when it was the whole way. */
static bool nnls_step(nnls_set *set, const double *fit, double *coefs)
{
	double way = 1;
	uint32_t kept = 0, n = set->n_in, stop = n;

	for (uint32_t i = 0; i < n; i++) {
		double at = coefs[set->in[i]], share = at > 0 ? at / (at - fit[i]) : 0;
		if (fit[i] <= 0 && share <= way) {
			way = share;
			stop = i;
		}
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t j = set->in[i];
		coefs[j] += way * (fit[i] - coefs[j]);
		set->held[j] = i == stop || coefs[j] <= 0;
		if (set->held[j])
			coefs[j] = 0;
		else
			set->in[kept++] = j;
	}
	set->n_in = kept;
	return stop == n;
}

void sp_nnls_solve(const double *gram, const double *right, uint32_t n, double *coefs)
{
	nnls_set set = {.gram = gram, .right = right, .n = n};
	double fit[SP_NNLS_COLUMNS_MAX], least = 0;

	SP_ASSERT(n >= 1 && n <= SP_NNLS_COLUMNS_MAX);
	for (uint32_t j = 0; j < n; j++) {
		coefs[j] = 0;
		set.held[j] = true;
		least = fmax(least, fabs(right[j]) * NNLS_TOLERANCE);
	}
	for (uint32_t turn = 0; turn < NNLS_EXCHANGES_MAX; turn++) {
		uint32_t j = nnls_wanting(&set, coefs, least);
		if (j == n)
			return;
		set.held[j] = false;
		set.in[set.n_in++] = j;
		do
			nnls_free_fit(&set, fit);
		while (!nnls_step(&set, fit, coefs) && set.n_in > 0);
	}
}
