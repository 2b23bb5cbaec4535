/* bare.c - see bare.h. The formulas are those of the heads of estimators/NAME.c. */
#include "bench/estimators/bare.h"

#include <math.h>
#include <string.h>

static double bare_ewma(const bare_series *s)
{
	double w = 0, w2 = 0, pairs = 0, mean = 0, spread = 0, age = 0;

	for (size_t i = 0; i < s->n; i++) {
		double decay = exp2(-s->gap_s[i] / 300), kept = decay * w, gap = s->x[i] - mean;
		age = decay * (age + s->gap_s[i] * w);
		w = kept + 1;
		pairs = decay * decay * pairs + kept;
		w2 = decay * decay * w2 + 1;
		spread = decay * spread + gap * gap * (kept / w);
		mean += gap / w;
	}
	return mean + spread + age + w2 + pairs;
}

static double bare_holt(const bare_series *s)
{
	double level = s->x[0], trend = 0, v = 0.3, f = 0;

	for (size_t i = 1; i < s->n; i++) {
		double k = s->gap_s[i] / 60, fade = pow(0.9, k), expected = level + 0.9 * (1 - fade) / 0.1 * trend;
		double error = s->x[i] - expected, g = pow(0.9, k);
		v /= pow(0.7, k) + v;
		double next = expected + v * error;
		trend = (1 - g) * ((next - level) / k) + g * fade * trend;
		level = next;
		f += v * (error * error - f);
	}
	return level + trend + f;
}

static double bare_holt_winters(const bare_series *s)
{
	static double season[24], weight[24];
	double level = s->x[0], trend = 0, v = 0.5, errors = 0, square = 0, t_s = 0;

	for (int i = 0; i < 24; i++)
		weight[i] = 0.2;
	for (size_t i = 1; i < s->n; i++) {
		t_s += s->gap_s[i];
		double k = s->gap_s[i] / 3600, fade = pow(0.9, k), expected = level + 0.9 * (1 - fade) / 0.1 * trend;
		int phase = (int)(fmod(t_s, 86400) / 3600);
		double error = s->x[i] - season[phase] - expected, g = pow(0.95, k), kept = exp2(-s->gap_s[i] / 86400);
		v /= pow(0.5, k) + v;
		double next = expected + v * error;
		trend = (1 - g) * ((next - level) / k) + g * fade * trend;
		level = next;
		weight[phase] /= pow(0.8, 0) + weight[phase];
		season[phase] += weight[phase] * (1 - v) * error;
		errors = kept * errors + 1;
		square = kept * square + error * error;
	}
	return level + trend + square / errors;
}

/* --- banks --- */

#define FILTERS_MAX 26

typedef struct bare_scores {
	double square[FILTERS_MAX], log_f[FILTERS_MAX], share[FILTERS_MAX], weight;
} bare_scores;

static void bare_note(bare_scores *b, int i, double kept, double error, double f)
{
	b->square[i] = kept * b->square[i] + error * error / f;
	b->log_f[i] = kept * b->log_f[i] + log(f);
}

static void bare_share(bare_scores *b, int n)
{
	double best = -INFINITY, total = 0;

	for (int i = 0; i < n; i++) {
		b->share[i] = -0.5 * (b->log_f[i] + b->weight * log(b->square[i] / b->weight));
		best = fmax(best, b->share[i]);
	}
	for (int i = 0; i < n; i++)
		total += b->share[i] = exp(b->share[i] - best);
	for (int i = 0; i < n; i++)
		b->share[i] /= total;
}

static double bare_local_level(const bare_series *s)
{
	double level[12], gain[12], age[12] = {0}, sum = 0;
	bare_scores b = {.weight = 0};

	for (int j = 0; j < 12; j++) {
		level[j] = s->x[0];
		gain[j] = 1;
	}
	for (size_t i = 1; i < s->n; i++) {
		double kept = fmax(exp2(-s->gap_s[i] / 21600), 0.97857206208770013451);
		b.weight = kept * b.weight + 1;
		for (int j = 0; j < 12; j++) {
			double p = gain[j] + ldexp(64, -3 * j) * s->gap_s[i], f = p + 1, error = s->x[i] - level[j];
			gain[j] = p / f;
			level[j] += gain[j] * error;
			age[j] = (1 - gain[j]) * (age[j] + s->gap_s[i]);
			bare_note(&b, j, kept, error, f);
		}
		bare_share(&b, 12);
		sum += b.share[3];
	}
	return sum + level[4] + age[5];
}

static double bare_local_trend(const bare_series *s)
{
	double level[26], slope[26] = {0}, pll[26], plb[26] = {0}, pbb[26], q[26] = {0}, z[26] = {0}, sum = 0;
	bare_scores b = {.weight = 0};

	for (int j = 0; j < 26; j++) {
		level[j] = s->x[0];
		pll[j] = pbb[j] = 1;
		q[j] = j < 12 ? ldexp(64, -3 * j) : 0;
		z[j] = j < 12 ? 0 : ldexp(3, -6 * (j - 12));
	}
	for (size_t i = 1; i < s->n; i++) {
		double kept = fmax(exp2(-s->gap_s[i] / 21600), 0.97857206208770013451), t = s->gap_s[i];
		b.weight = kept * b.weight + 1;
		for (int j = 0; j < 26; j++) {
			double ll = pll[j] + 2 * t * plb[j] + t * t * pbb[j] + q[j] * t + z[j] * t * t * t / 3;
			double lb = plb[j] + t * pbb[j] + z[j] * t * t / 2, bb = pbb[j] + z[j] * t;
			double f = ll + 1, error = s->x[i] - level[j] - slope[j] * t, k = ll / f, m = lb / f;
			level[j] += slope[j] * t + k * error;
			slope[j] += m * error;
			pll[j] = ll * (1 - k);
			plb[j] = lb * (1 - k);
			pbb[j] = bb - m * lb;
			bare_note(&b, j, kept, error, f);
		}
		bare_share(&b, 26);
		sum += b.share[3];
	}
	return sum + level[4] + slope[5];
}

/* --- the others --- */

#define CELLS 256

/* The median's cell; `top` is the highest there is. */
static int bare_median(const double *cells, int top, double total)
{
	double reached = 0;
	int i = top - CELLS;

	while (i < top && reached < total / 2)
		reached += cells[++i & (CELLS - 1)];
	return i;
}

static double bare_quantile(const bare_series *s)
{
	static double cells[CELLS];
	double t_s = 0, scale = 1 / log(1.02 / 0.98), total = 0, squares = 0, moment = 0, pairs = 0, agreement = 0,
	       sign = 0;
	int top = 0, median = 0;

	memset(cells, 0, sizeof cells);
	for (size_t i = 0; i < s->n; i++) {
		t_s += s->gap_s[i];
		if (t_s > 32 * 86400.0) {
			double factor = exp2(-t_s / 86400);
			for (int j = 0; j < CELLS; j++)
				cells[j] *= factor;
			t_s = 0;
		}
		int cell = (int)ceil(log(s->x[i]) * scale);
		double weight = exp2(t_s / 86400), now = (cell > median) - (cell < median);
		top = cell > top ? cell : top;
		cells[cell & (CELLS - 1)] += weight;
		total += weight;
		squares += weight * weight;
		moment += weight * t_s;
		pairs += weight;
		agreement += weight * now * sign;
		sign = now;
		if (i % 64 == 63)
			median = bare_median(cells, top, total);
	}
	return total + squares + moment + pairs + agreement + cells[0];
}

#define WINDOW 21

static double bare_hampel(const bare_series *s)
{
	double ring[WINDOW] = {0}, sorted[WINDOW + 1] = {0}, pairs = 0, agreement = 0, sign = 0;
	int n = 0;

	for (size_t i = 0; i < s->n; i++) {
		int at = 0;
		if (n == WINDOW) {
			while (sorted[at] < ring[i % WINDOW])
				at++;
			memmove(sorted + at, sorted + at + 1, (size_t)(WINDOW - at - 1) * sizeof *sorted);
			n--;
		}
		double now = s->x[i] > sorted[n / 2] ? 1 : -1;
		pairs = 0.988 * pairs + 1;
		agreement = 0.988 * agreement + now * sign;
		sign = now;
		for (at = n; at > 0 && sorted[at - 1] > s->x[i]; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = ring[i % WINDOW] = s->x[i];
		n++;
	}
	return sorted[n / 2] + pairs + agreement;
}

static double bare_cusum(const bare_series *s)
{
	double level = s->x[0], noise2 = 1, n = 1, up = 0, down = 0, up_sum = 0, down_sum = 0, y = 10, age = 0;
	double pairs = 0, agreement = 0, sign = 0;
	size_t told = 0;

	for (size_t i = 1; i < s->n; i++) {
		double kept = exp2(-s->gap_s[i] / 604800), r = sin(M_PI / 2 * fmax(agreement / (pairs + 4), 0));
		double root = sqrt((1 + r) / (1 - r)), noise = sqrt(noise2), z = (s->x[i] - level) / (root * noise);
		double k = 0.5 / root + 1 / sqrt(n), e = fmin(fmax(s->x[i] - level, -2.5 * noise), 2.5 * noise);
		y = log(1 + y + 4 * 0.25 / (root * root) * 43200);
		up = fmax(0, up + z - k);
		down = fmax(0, down - z - k);
		up_sum = up > 0 ? up_sum + s->x[i] : 0;
		down_sum = down > 0 ? down_sum + s->x[i] : 0;
		told += fmax(up, down) > y * root - 1.166 / root;
		pairs = kept * pairs + 1;
		agreement = kept * agreement + sign * (e > 0 ? 1 : -1);
		sign = e > 0 ? 1 : -1;
		age = kept * (age + s->gap_s[i] * n);
		n = kept * n + 1;
		level += e / n;
		noise2 += (e * e / 0.97756 - noise2) / n;
	}
	return level + (double)told + age + up_sum + down_sum;
}

bare_loop bare_find(const char *kind)
{
	static const struct {
		const char *kind;
		bare_loop loop;
	} loops[] = {
	    {"ewma", bare_ewma},
	    {"holt", bare_holt},
	    {"holt_winters", bare_holt_winters},
	    {"local_level", bare_local_level},
	    {"local_trend", bare_local_trend},
	    {"quantile", bare_quantile},
	    {"hampel", bare_hampel},
	    {"cusum", bare_cusum},
	};

	for (size_t i = 0; i < sizeof loops / sizeof *loops; i++)
		if (strcmp(loops[i].kind, kind) == 0)
			return loops[i].loop;
	return NULL;
}
