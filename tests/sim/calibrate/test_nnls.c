/* test_nnls.c - bounded least squares against its slow twin: the best of all subsets of columns. */
#include "sim/calibrate/nnls.h"

#include <math.h>
#include <string.h>

#include "tests/check/check.h"

#define TWIN_MAX 7

typedef struct problem {
	uint32_t n;
	double gram[TWIN_MAX * TWIN_MAX], right[TWIN_MAX];
} problem;

/* Columns of a few random rows; scaled to unit length, with the ridge, as fit.c does. */
static void problem_draw(problem *p, sp_rng *rng)
{
	double x[16][TWIN_MAX], y[16];
	uint32_t rows = 2 + (uint32_t)sp_rng_below(rng, 14);

	p->n = 1 + (uint32_t)sp_rng_below(rng, TWIN_MAX);
	double shared = sp_rng_uniform(rng) < 0.3 ? 0.99 : 0;
	for (uint32_t r = 0; r < rows; r++) {
		y[r] = sp_rng_normal(rng);
		for (uint32_t j = 0; j < p->n; j++)
			x[r][j] = j > 0 ? shared * x[r][0] + (1 - shared) * sp_rng_normal(rng) : sp_rng_normal(rng);
	}
	for (uint32_t i = 0; i < p->n; i++) {
		p->right[i] = 0;
		for (uint32_t r = 0; r < rows; r++)
			p->right[i] += x[r][i] * y[r];
		for (uint32_t j = 0; j < p->n; j++) {
			p->gram[i * p->n + j] = i == j ? 1e-6 : 0;
			for (uint32_t r = 0; r < rows; r++)
				p->gram[i * p->n + j] += x[r][i] * x[r][j];
		}
	}
}

static double problem_cost(const problem *p, const double *c)
{
	double cost = 0;

	for (uint32_t i = 0; i < p->n; i++) {
		cost -= 2 * c[i] * p->right[i];
		for (uint32_t j = 0; j < p->n; j++)
			cost += c[i] * c[j] * p->gram[i * p->n + j];
	}
	return cost;
}

/* Plain least squares over the columns of a subset; false when one of them comes out negative. */
static bool twin_subset(const problem *p, uint32_t subset, double *c)
{
	uint32_t in[TWIN_MAX], n = 0;
	double gram[TWIN_MAX * TWIN_MAX], inverse[TWIN_MAX * TWIN_MAX];

	memset(c, 0, sizeof *c * TWIN_MAX);
	for (uint32_t i = 0; i < p->n; i++)
		if (subset >> i & 1)
			in[n++] = i;
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j < n; j++)
			gram[i * n + j] = p->gram[in[i] * p->n + in[j]];
	if (n == 0 || !sp_gram_invert(gram, n, inverse))
		return n == 0;
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t j = 0; j < n; j++)
			c[in[i]] += inverse[i * n + j] * p->right[in[j]];
		if (c[in[i]] < 0)
			return false;
	}
	return true;
}

static double twin(const problem *p)
{
	double best = 0, c[TWIN_MAX];

	for (uint32_t subset = 1; subset < 1u << p->n; subset++)
		if (twin_subset(p, subset, c))
			best = fmin(best, problem_cost(p, c));
	return best;
}

static void the_active_set_finds_the_best_of_all_subsets(void **state)
{
	sp_rng rng;
	problem p;
	double c[TWIN_MAX];

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int round = 0; round < 2000; round++) {
		problem_draw(&p, &rng);
		sp_nnls_solve(p.gram, p.right, p.n, c);
		for (uint32_t i = 0; i < p.n; i++)
			check_true(c[i] >= 0);
		double best = twin(&p);
		check_near(problem_cost(&p, c), best, 1e-8 * (1 + fabs(best)));
	}
}

static void a_column_that_only_harms_stays_at_zero(void **state)
{
	const double gram[] = {1, 0.5, 0.5, 1}, right[] = {1, -1};
	double c[2];

	(void)state;
	sp_nnls_solve(gram, right, 2, c);
	check_near(c[0], 1, 1e-15);
	check_near(c[1], 0, 0);
}

static void an_inverse_times_its_matrix_is_one(void **state)
{
	const double gram[] = {4, 1, 0.5, 1, 3, 0.25, 0.5, 0.25, 2}, broken[] = {1, 2, 2, 1};
	double inverse[9];

	(void)state;
	check_true(sp_gram_invert(gram, 3, inverse));
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++) {
			double sum = 0;
			for (int k = 0; k < 3; k++)
				sum += inverse[i * 3 + k] * gram[k * 3 + j];
			check_near(sum, i == j, 1e-14);
		}
	check_true(!sp_gram_invert(broken, 2, inverse));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_active_set_finds_the_best_of_all_subsets),
	    cmocka_unit_test(a_column_that_only_harms_stays_at_zero),
	    cmocka_unit_test(an_inverse_times_its_matrix_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
