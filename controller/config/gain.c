/* gain.c - the gain of a law for which none was given; see gain.h. */
#include "controller/config/gain.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"
#include "controller/config/reading.h"
#include "controller/config/stability.h"

#define GAIN_FINE 1.005 /* a factor known to so much: two digits are written */

static sp_law_loop gain_loop(const sp_setup *setup, const sp_family_setup *family)
{
	sp_law_loop loop = {0};

	SP_ASSERT(family->law->steers && setup->period_ns > 0);
	family->law->steers(family->law_params, setup->period_ns, family->rails.min_interval_ns, &loop);
	return loop;
}

static const sp_param *gain_row(const sp_law_ops *law, const sp_law_loop *loop, size_t i)
{
	const char *key = loop->keys[i];

	SP_ASSERT(i < SP_LOOP_KEYS_MAX);
	return key ? sp_param_find(law->params, law->n_params, key, strlen(key)) : NULL;
}

const sp_param *sp_gain_key(const sp_setup *setup, const sp_family_setup *family, size_t i)
{
	sp_law_loop loop = gain_loop(setup, family);

	return gain_row(family->law, &loop, i);
}

/* --- slower values --- */

static int64_t gain_value(const sp_param *row, const uint8_t *params)
{
	int64_t value;

	SP_ASSERT(row->type == SP_PARAM_COUNT || row->type == SP_PARAM_SPAN || row->type == SP_PARAM_RATIO);
	memcpy(&value, params + row->offset, sizeof value);
	return value;
}

/* An end of the row's range, as values are stored. */
static double gain_end(const sp_param *row, bool inverse)
{
	return (inverse ? row->max : row->min) * (row->type == SP_PARAM_COUNT ? 1 : (double)SP_NANO);
}

/* What a value is written in whole numbers of: two digits of it, or the largest unit of time that it has ten of. */
static int64_t gain_grain(const sp_param *row, double value)
{
	static const int64_t spans[] = {SP_DAY, SP_HOUR, SP_MIN, SP_SEC};
	int64_t grain = 1;

	for (size_t i = 0; row->type == SP_PARAM_SPAN && i < sizeof spans / sizeof *spans; i++)
		if (value >= 10 * (double)spans[i])
			return spans[i];
	while (value >= 100 * (double)grain)
		grain *= 10;
	return grain;
}

/* The value, slower by the factor: round, within the range, never quicker than it was. */
static int64_t gain_slower(const sp_param *row, int64_t value, bool inverse, double factor)
{
	double to = inverse ? (double)value * factor : (double)value / factor, end = gain_end(row, inverse);
	int64_t grain, whole;

	if (inverse ? to >= end : to <= end)
		return (int64_t)end;
	grain = gain_grain(row, to);
	whole = (int64_t)(to / (double)grain) * grain;
	if (inverse && (double)whole < to)
		whole += grain;
	if (inverse)
		return whole < value ? value : (double)whole > end ? (int64_t)end : whole;
	return whole > value ? value : (double)whole < end ? (int64_t)end : whole;
}

/* --- slower laws --- */

static void gain_apply(const sp_family_setup *from, const sp_law_loop *loop, double factor, sp_family_setup *family)
{
	const sp_param *row;

	for (size_t i = 0; (row = gain_row(from->law, loop, i)) != NULL; i++) {
		int64_t value = gain_slower(row, gain_value(row, from->law_params), loop->inverse, factor);
		memcpy(family->law_params + row->offset, &value, sizeof value);
	}
}

/* The factor beyond which nothing gets slower. */
static double gain_farthest(const sp_family_setup *family, const sp_law_loop *loop)
{
	double most = 1;
	const sp_param *row;

	for (size_t i = 0; (row = gain_row(family->law, loop, i)) != NULL; i++) {
		double value = (double)gain_value(row, family->law_params), end = gain_end(row, loop->inverse);
		double factor = loop->inverse ? end / value : value / end;
		most = factor > most ? factor : most;
	}
	return most;
}

sp_gain sp_gain_slow(const sp_setup *setup, sp_family_setup *family)
{
	const sp_family_setup from = *family;
	const sp_law_loop loop = gain_loop(setup, family);
	double low = 1, high = gain_farthest(family, &loop);

	if (!loop.keys[0] || sp_stability_is_calm(setup, family))
		return SP_GAIN_KEPT;
	gain_apply(&from, &loop, high, family);
	if (!sp_stability_is_calm(setup, family))
		return SP_GAIN_LEAST;
	while (high > GAIN_FINE * low) {
		double factor = sp_sqrt(low * high);
		gain_apply(&from, &loop, factor, family);
		if (sp_stability_is_calm(setup, family))
			high = factor;
		else
			low = factor;
	}
	gain_apply(&from, &loop, high, family);
	return SP_GAIN_CALM;
}

/* --- of a configuration --- */

static bool gain_is_given(const sp_setup *setup, const sp_family_setup *family, const sp_family_origins *origins)
{
	const sp_law_loop loop = gain_loop(setup, family);
	const sp_param *row;
	bool given = false;

	for (size_t i = 0; (row = gain_row(family->law, &loop, i)) != NULL; i++)
		given = given || sp_spot_there(origins->law.from[row - family->law->params]);
	return given;
}

/* What was chosen for a family like it, now or before. */
static const sp_kept_gain *gain_kept(sp_config *config, const sp_family_setup *family)
{
	uint32_t n = config->n_gains < SP_GAINS_KEPT ? config->n_gains : SP_GAINS_KEPT;
	sp_family_setup slowed = *family;
	sp_kept_gain *kept;

	for (uint32_t i = 0; i < n; i++)
		if (sp_stability_same(&config->setup, &config->kept_gains[i].asked, family))
			return &config->kept_gains[i];
	kept = &config->kept_gains[config->n_gains++ % SP_GAINS_KEPT];
	kept->asked = *family;
	kept->gain = sp_gain_slow(&config->setup, &slowed);
	memcpy(kept->law_params, slowed.law_params, sizeof kept->law_params);
	return kept;
}

void sp_gain_choose(sp_config *config, uint32_t family, const sp_family_origins *origins)
{
	sp_family_setup *f = &config->families[family];
	const sp_kept_gain *kept;

	SP_ASSERT(family < config->setup.n_families && f->pool < config->setup.n_pools);
	if (!f->law->steers || gain_is_given(&config->setup, f, origins))
		return;
	kept = gain_kept(config, f);
	memcpy(f->law_params, kept->law_params, sizeof f->law_params);
	config->gains[family] = (uint8_t)kept->gain;
}

void sp_gain_chosen(const sp_setup *setup, const sp_family_setup *family, sp_gain gain,
                    const char *keys[SP_LOOP_KEYS_MAX], char words[SP_GAIN_WORDS_MAX])
{
	bool configured = family->loop.elasticity_low > 0 && family->loop.elasticity_high > 0;
	sp_law_loop loop = {0};

	SP_ASSERT(keys && words && gain <= SP_GAIN_LEAST);
	if (gain != SP_GAIN_KEPT)
		loop = gain_loop(setup, family);
	memcpy(keys, loop.keys, sizeof loop.keys);
	snprintf(words, SP_GAIN_WORDS_MAX, "chosen: %s the %s bands",
	         gain == SP_GAIN_CALM ? "no oscillation over" : "the slowest, yet it oscillates within",
	         configured ? "configured" : "assumed");
}
