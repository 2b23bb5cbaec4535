/* bank.c - scores of filters side by side; see bank.h. */
#include "estimators/bank.h"

#include "base/assert.h"
#include "base/math.h"

/* Filters that never erred are equal in this, and the first error tells them apart. */
#define BANK_LEAST_SCALE 1e-300

void sp_bank_init(sp_bank_score *scores, size_t n)
{
	SP_ASSERT(scores != NULL && n > 0);
	for (size_t i = 0; i < n; i++)
		scores[i] = (sp_bank_score){.share = 1 / (double)n};
}

void sp_bank_note(sp_bank_score *score, double kept, double error, double f)
{
	SP_ASSERT(f >= 1 && sp_finite(f));
	score->square = kept * score->square + error * (error / f);
	score->log_f = kept * score->log_f + sp_log(f);
}

double sp_bank_scale(const sp_bank_score *score, double weight)
{
	SP_ASSERT(weight > 0);
	return score->square / weight;
}

static double bank_likelihood(const sp_bank_score *score, double weight)
{
	double scale = sp_bank_scale(score, weight);
	return -0.5 * (score->log_f + weight * sp_log(scale > BANK_LEAST_SCALE ? scale : BANK_LEAST_SCALE));
}

void sp_bank_share(sp_bank_score *scores, size_t n, double weight)
{
	double best = 0, total = 0;
	for (size_t i = 0; i < n; i++) {
		scores[i].share = bank_likelihood(&scores[i], weight);
		best = i == 0 || scores[i].share > best ? scores[i].share : best;
	}
	for (size_t i = 0; i < n; i++) {
		scores[i].share = sp_exp(scores[i].share - best);
		total += scores[i].share;
	}
	SP_ASSERT(total >= 1);
	for (size_t i = 0; i < n; i++)
		scores[i].share /= total;
}
