/* shape.c - see shape.h. */
#include "sim/market/shape.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"
#include "sim/forecast/history.h"
#include "sim/market/buyers.h"
#include "sim/market/stream.h"

#define SHAPE_WEEK     (7 * SP_DAY)
#define SHAPE_FADE     (2 * SP_HOUR)
#define SHAPE_DAYS_MAX 120

/* A week as a few numbers: waves, a weekend, wandering and bursts. */
typedef struct shape_form {
	double day, noon; /* height of the daily wave and of its second harmonic */
	double weekend;   /* what Saturday and Sunday are of a working day */
	double wander;    /* standard deviation of wandering with a time constant of 6 h */
	double bursts;    /* a week */
	double burst;     /* times demand, at its height */
	int64_t burst_half_life_ns;
} shape_form;

const sp_shape_kind sp_shape_kinds[] = {
    {"flat", "The same at every hour."},
    {"day", "A strong daily wave, highest at 15:00 UTC, and quieter weekends."},
    {"service", "A large service: a weak daily wave, wandering, a few bursts."},
    {"app", "A small service: a daily wave, much wandering, many short bursts."},
    {"image", "Images: a strong daily wave and high bursts."},
};
static const shape_form shape_forms[] = {
    {.weekend = 1},
    {.day = 0.40, .noon = 0.08, .weekend = 0.85},
    {.day = 0.12, .weekend = 0.95, .wander = 0.12, .bursts = 5, .burst = 0.5, .burst_half_life_ns = 2 * SP_HOUR},
    {.day = 0.30,
     .noon = 0.05,
     .weekend = 0.90,
     .wander = 0.20,
     .bursts = 20,
     .burst = 0.9,
     .burst_half_life_ns = SP_HOUR},
    {.day = 0.45,
     .noon = 0.10,
     .weekend = 1.05,
     .wander = 0.15,
     .bursts = 28,
     .burst = 1.2,
     .burst_half_life_ns = 30 * SP_MIN},
};
const size_t sp_shape_n_kinds = sizeof sp_shape_kinds / sizeof *sp_shape_kinds;

_Static_assert(sizeof shape_forms / sizeof *shape_forms == sizeof sp_shape_kinds / sizeof *sp_shape_kinds,
               "every shape has a form");

void sp_shape_fini(sp_shape *shape)
{
	free(shape->level);
	*shape = (sp_shape){0};
}

/* Levels over their mean; false when that is none. */
static bool shape_norm(sp_shape *shape)
{
	double sum = 0;

	for (size_t i = 0; i < shape->n; i++)
		sum += shape->level[i];
	if (!(sum > 0) || !sp_finite(sum))
		return false;
	for (size_t i = 0; i < shape->n; i++)
		shape->level[i] *= (double)shape->n / sum;
	return true;
}

/* --- made --- */

static double form_waves(const shape_form *form, int64_t t_ns)
{
	const sp_market_buyers day = {.day_swing_ppb = (int64_t)(form->day * 1e9), .day_peak_ns = 15 * SP_HOUR};
	const sp_market_buyers noon = {.day_swing_ppb = (int64_t)(form->noon * 1e9), .day_peak_ns = 6 * SP_HOUR};
	const double weekday = t_ns % SHAPE_WEEK >= 5 * SP_DAY ? form->weekend : 1; /* a world begins on a Monday */

	return weekday * (sp_buyers_wave(&day, t_ns) + sp_buyers_wave(&noon, 2 * t_ns) - 1);
}

static void form_draw(const shape_form *form, const char *name, int64_t period_ns, sp_shape *shape)
{
	sp_rng rng = sp_stream(0, name);
	const double keep = sp_exp(-(double)period_ns / (double)(6 * SP_HOUR));
	const double fade =
	    form->burst_half_life_ns > 0 ? sp_exp2(-(double)period_ns / (double)form->burst_half_life_ns) : 0;
	const double chance = form->bursts * (double)period_ns / (double)SHAPE_WEEK;
	double wander = form->wander * sp_rng_normal(&rng), burst = 0;

	for (size_t i = 0; i < shape->n; i++) {
		wander = keep * wander + form->wander * sp_sqrt(1 - keep * keep) * sp_rng_normal(&rng);
		burst *= fade;
		if (sp_rng_uniform(&rng) < chance)
			burst += form->burst;
		shape->level[i] = form_waves(form, (int64_t)i * period_ns + period_ns / 2) * sp_exp(wander) * (1 + burst);
	}
}

sp_status sp_shape_make(const char *name, int64_t period_ns, sp_shape *shape, sp_message *message)
{
	size_t kind = 0;

	SP_ASSERT(name != NULL && shape != NULL);
	SP_ASSERT(period_ns > 0 && period_ns <= SP_DAY);
	while (kind < sp_shape_n_kinds && strcmp(sp_shape_kinds[kind].name, name) != 0)
		kind++;
	if (kind == sp_shape_n_kinds)
		return sp_message_set(message, SP_E_UNKNOWN, "world: no shape '%s'", name);
	sp_shape made = {.n = (size_t)(SHAPE_WEEK / period_ns)};
	made.level = malloc(made.n * sizeof *made.level);
	if (made.level == NULL)
		return SP_E_MEMORY;
	form_draw(&shape_forms[kind], name, period_ns, &made);
	bool sound = shape_norm(&made);
	SP_ASSERT(sound); /* no form goes below 0 */
	*shape = made;
	return SP_OK;
}

/* --- recorded --- */

/* Means by period into level, a count of measurements in each; then the gaps. */
static void shape_gather(const sp_history *history, int64_t period_ns, sp_shape *shape, uint32_t *count)
{
	for (size_t i = 0; i < history->n; i++) {
		size_t at = (size_t)((history->t_ns[i] - history->t_ns[0]) / period_ns);
		count[at]++;
		shape->level[at] += (history->x[i] - shape->level[at]) / count[at];
	}
	size_t last = 0; /* the first has a measurement */
	for (size_t i = 1; i < shape->n; i++) {
		if (count[i] == 0)
			continue;
		for (size_t k = last + 1; k < i; k++)
			shape->level[k] =
			    shape->level[last] + (shape->level[i] - shape->level[last]) * (double)(k - last) / (double)(i - last);
		last = i;
	}
}

/* Periods that a history covers: its last measurement stands for as long as the usual step. */
static size_t shape_length(const sp_history *history, int64_t period_ns)
{
	int64_t last_ns = history->t_ns[history->n - 1] - history->t_ns[0];
	int64_t end_ns = last_ns + (history->step_ns > period_ns ? history->step_ns : period_ns);

	return (size_t)(end_ns / period_ns);
}

static sp_status shape_take(const sp_history *history, const char *spec, int64_t period_ns, sp_shape *shape,
                            sp_message *message)
{
	for (size_t i = 0; i < history->n; i++)
		if (history->x[i] < 0)
			return sp_message_set(message, SP_E_RANGE, "%s: demand below 0", spec);
	if (history->n == 0 || history->t_ns[history->n - 1] - history->t_ns[0] > SHAPE_DAYS_MAX * SP_DAY)
		return sp_message_set(message, SP_E_RANGE, "%s: nothing measured, or more than %d days", spec, SHAPE_DAYS_MAX);
	sp_shape read = {.n = shape_length(history, period_ns)};
	uint32_t *count = calloc(read.n, sizeof *count);
	read.level = calloc(read.n, sizeof *read.level);
	sp_status status = count != NULL && read.level != NULL ? SP_OK : SP_E_MEMORY;
	if (status == SP_OK) {
		shape_gather(history, period_ns, &read, count);
		if (!shape_norm(&read))
			status = sp_message_set(message, SP_E_RANGE, "%s: nothing but zeros", spec);
	}
	free(count);
	if (status == SP_OK)
		*shape = read;
	else
		sp_shape_fini(&read);
	return status;
}

sp_status sp_shape_read(const char *spec, int64_t period_ns, sp_shape *shape, sp_message *message)
{
	sp_history history = {0};

	SP_ASSERT(spec != NULL && shape != NULL);
	SP_ASSERT(period_ns > 0 && period_ns <= SP_DAY);
	sp_status status = sp_history_read(spec, &history, message);
	if (status == SP_OK)
		status = shape_take(&history, spec, period_ns, shape, message);
	sp_history_fini(&history);
	return status;
}

/* --- a long life of it --- */

void sp_shape_tile(const sp_shape *shape, size_t per_day, uint64_t seed, double *levels, size_t n)
{
	SP_ASSERT(shape->n > 0 && per_day > 0);
	const size_t days = shape->n / per_day > 0 ? shape->n / per_day : 1;
	const size_t fade = per_day * (size_t)(SHAPE_FADE / SP_MIN) / (size_t)(SP_DAY / SP_MIN);
	size_t from = 0, before = 0; /* where this day begins in the shape, and how the day before went on */
	sp_rng rng = sp_stream(seed, "days");

	for (size_t i = 0; i < n; i++) {
		const size_t k = i % per_day;
		if (k == 0 && i > 0) {
			before = from + per_day;
			from = i / per_day < days ? before : (size_t)sp_rng_below(&rng, days) * per_day;
		}
		levels[i] = shape->level[(from + k) % shape->n];
		if (i >= per_day && k < fade) {
			double other = shape->level[(before + k) % shape->n];
			levels[i] = other + (levels[i] - other) * (double)(k + 1) / (double)(fade + 1);
		}
	}
}
