/* bank.c - scores of filters side by side; see bank.h. */
#include "estimators/bank.h"

#include "base/assert.h"
#include "base/math.h"

/* Filters that never erred are equal in this, and the first error tells them apart. */
#define BANK_LEAST_SCALE 1e-300

void sp_bank_init(sp_bank_score *scores, size_t n)
{
	SP_ASSERT(scores != NULL && n > 0 && n <= SP_BANK_MOST);
	for (size_t i = 0; i < n; i++)
		scores[i] = (sp_bank_score){.share = 1 / (double)n};
}

void sp_bank_note(sp_bank_score *scores, size_t n, double kept, const sp_bank_error *errors)
{
	double logs[SP_BANK_MOST];
	SP_ASSERT(n > 0 && n <= SP_BANK_MOST);
	for (size_t i = 0; i < n; i++) {
		SP_ASSERT(errors[i].f >= 1 && sp_finite(errors[i].f));
		scores[i].square = kept * scores[i].square + errors[i].error * (errors[i].error / errors[i].f);
		logs[i] = errors[i].f;
	}
	sp_log_each(logs, logs, n);
	for (size_t i = 0; i < n; i++)
		scores[i].log_f = kept * scores[i].log_f + logs[i];
}

double sp_bank_scale(const sp_bank_score *score, double weight)
{
	SP_ASSERT(weight > 0);
	return score->square / weight;
}

/* The log-likelihood of each; returns the best. */
static double bank_likelihoods(const sp_bank_score *scores, size_t n, double weight, double *likelihoods)
{
	double best = 0;
	for (size_t i = 0; i < n; i++) {
		double scale = sp_bank_scale(&scores[i], weight);
		likelihoods[i] = scale > BANK_LEAST_SCALE ? scale : BANK_LEAST_SCALE;
	}
	sp_log_each(likelihoods, likelihoods, n);
	for (size_t i = 0; i < n; i++) {
		likelihoods[i] = -0.5 * (scores[i].log_f + weight * likelihoods[i]);
		best = i == 0 || likelihoods[i] > best ? likelihoods[i] : best;
	}
	return best;
}

void sp_bank_share(sp_bank_score *scores, size_t n, double weight)
{
	double shares[SP_BANK_MOST], total = 0;
	SP_ASSERT(n > 0 && n <= SP_BANK_MOST);
	double best = bank_likelihoods(scores, n, weight, shares);
	for (size_t i = 0; i < n; i++)
		shares[i] -= best;
	sp_exp_each(shares, shares, n);
	for (size_t i = 0; i < n; i++)
		total += shares[i];
	SP_ASSERT(total >= 1);
	for (size_t i = 0; i < n; i++)
		scores[i].share = shares[i] / total;
}
