/* loops.c - the check of a configuration's loops, in words and as JSON; see loops.h. */
#include "cli/loops.h"

#include "cli/number.h"
#include "controller/config/gain.h"
#include "controller/config/stability.h"

#define LOOPS_MAX 64 /* kinds of loops that are told apart: more nobody reads, and each is computed but once */

typedef struct loops {
	uint32_t first[LOOPS_MAX], count[LOOPS_MAX];
	uint32_t n, more; /* more: families of kinds beyond */
} loops;

static bool is_same(const sp_setup *setup, uint32_t a, uint32_t b)
{
	return sp_stability_same(setup, &setup->families[a], &setup->families[b]);
}

/* Families with the same law, parameters, smoothing of the load and bands are one kind. */
static loops gather(const sp_setup *setup)
{
	loops found = {.n = 0};

	for (uint32_t family = 0; family < setup->n_families; family++) {
		uint32_t i = 0;
		if (!setup->families[family].law->steers)
			continue;
		while (i < found.n && !is_same(setup, found.first[i], family))
			i++;
		if (i == LOOPS_MAX) {
			found.more++;
			continue;
		}
		if (i == found.n)
			found.first[found.n++] = family;
		found.count[i]++;
	}
	return found;
}

/* The parameters with which the loop would be calm. */
static void print_slower(const sp_setup *setup, uint32_t family, FILE *out)
{
	sp_family_setup slower = setup->families[family];
	char text[64];
	const sp_param *row;

	if (sp_gain_slow(setup, &slower) != SP_GAIN_CALM)
		return;
	for (size_t i = 0; (row = sp_gain_key(setup, &slower, i)) != NULL; i++)
		fprintf(out, "%s%s: %s", i == 0 ? ": write " : ", ", row->key, sp_param_format(row, slower.law_params, text));
}

/* The same, by key; empty where the loop is calm, or cannot be made so. */
static json_t *slower_json(const sp_setup *setup, uint32_t family)
{
	sp_family_setup slower = setup->families[family];
	json_t *map = json_object();
	char text[64];
	const sp_param *row;

	if (sp_gain_slow(setup, &slower) != SP_GAIN_CALM)
		return map;
	for (size_t i = 0; (row = sp_gain_key(setup, &slower, i)) != NULL; i++)
		json_object_set_new(map, row->key, json_string(sp_param_format(row, slower.law_params, text)));
	return map;
}

static void print_one(const sp_setup *setup, uint32_t family, uint32_t count, FILE *out)
{
	char low[SP_NUMBER_MAX], high[SP_NUMBER_MAX], step[SP_NUMBER_MAX];
	sp_stability s;

	sp_stability_check(setup, family, &s);
	fprintf(out, "loop of %s", setup->families[family].id);
	if (count > 1)
		fprintf(out, " and %u more", count - 1);
	fprintf(out, " (%s): %s", setup->families[family].law->name, sp_verdict_words(s.verdict));
	if (s.verdict == SP_VERDICT_SWINGS)
		fprintf(out, ", of a swing up to %.0f%% is left at the next", s.rest.swing * 100);
	fprintf(out, "; elasticity %.3g to %.3g%s, lag %s to %s, gain %.3g every %s", s.low, s.high,
	        s.assumed ? " (assumed)" : "", sp_number_span(s.lag_low_ns, low), sp_number_span(s.lag_high_ns, high),
	        s.gain, sp_number_span(s.step_ns, step));
	if (s.verdict != SP_VERDICT_CALM)
		fprintf(out, "; calm up to %.3g", s.chosen);
	if (s.verdict != SP_VERDICT_CALM)
		print_slower(setup, family, out);
	fputc('\n', out);
}

void sp_loops_print(const sp_setup *setup, FILE *out)
{
	loops found = gather(setup);

	for (uint32_t i = 0; i < found.n; i++)
		print_one(setup, found.first[i], found.count[i], out);
	if (found.more > 0)
		fprintf(out, "and the loops of %u families more, of other kinds\n", found.more);
}

json_t *sp_loops_json(const sp_setup *setup)
{
	loops found = gather(setup);
	json_t *list = json_array();

	for (uint32_t i = 0; i < found.n; i++) {
		const sp_family_setup *f = &setup->families[found.first[i]];
		sp_stability s;
		json_t *one;
		sp_stability_check(setup, found.first[i], &s);
		one =
		    json_pack("{s:s,s:i,s:s,s:s,s:b,s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:f}", "family", f->id, "families",
		              (int)found.count[i], "law", f->law->name, "verdict", sp_verdict_words(s.verdict), "assumed",
		              (int)s.assumed, "elasticity_low", s.low, "elasticity_high", s.high, "lag_low_s",
		              (double)s.lag_low_ns / (double)SP_NANO, "lag_high_s", (double)s.lag_high_ns / (double)SP_NANO,
		              "largest_root", s.rest.size, "swing_left", s.rest.swing, "gain", s.gain, "gain_chosen", s.chosen);
		json_object_set_new(one, "calm_with", slower_json(setup, found.first[i]));
		json_array_append_new(list, one);
	}
	return list;
}
