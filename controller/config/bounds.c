/* bounds.c - do a family's bounds leave room, can its prices take a step at all (R5, R7), and what does its relation to another
 * family compare? */
#include <string.h>

#include "base/assert.h"
#include "controller/config/complaint.h"
#include "controller/config/reading.h"

/* The SKU whose floor (or ceiling) is the family's: which to name when they cross. */
static const sp_sku_setup *bounds_tightest(const sp_config *config, const sp_family_setup *family, bool floor)
{
	const sp_sku_setup *tightest = NULL;
	__int128 best = 0;

	for (uint32_t i = family->first_sku; i < family->first_sku + family->n_skus; i++) {
		const sp_sku_setup *sku = &config->skus[i];
		sp_money bound = floor ? sp_sku_floor(sku, &family->rails) : sp_sku_ceiling(sku, &family->rails);
		__int128 part = (__int128)bound.nano * SP_NANO * (floor ? -1 : 1) / sku->sheet.nano;
		if (!tightest || part < best) {
			tightest = sku;
			best = part;
		}
	}
	return tightest;
}

/* Complains where the ceiling that counts was given: the sheet's own, the file's percent, or the floor's percent. */
static void bounds_say_crossing(sp_config *config, const sp_family_setup *family, sp_spot floor, sp_spot ceiling)
{
	const sp_sku_setup *low = bounds_tightest(config, family, true), *high = bounds_tightest(config, family, false);
	char low_text[SP_DECIMAL_TEXT_MAX], high_text[SP_DECIMAL_TEXT_MAX];
	sp_guardrails unbound = family->rails;
	sp_place place = config->places[high->subject];
	const char *key = "ceiling_usd";

	unbound.ceiling_ppb = SP_INDEX_MAX_PPB;
	if (sp_sku_ceiling(high, &unbound).nano > sp_sku_ceiling(high, &family->rails).nano) {
		place = config->places[family->subject];
		key = NULL;
		if (sp_spot_there(ceiling) || sp_spot_there(floor))
			place = (sp_place){sp_spot_there(ceiling) ? ceiling : floor, 0, 0};
	}
	sp_place_say(config, place, key,
	             "the bounds of family %.*s cross: %.*s may not fall below %s, %.*s may not rise above %s, and the "
	             "family's prices keep the sheet's ratios: lower the floor or raise the ceiling",
	             SP_QUOTE(strlen(family->id), family->id), SP_QUOTE(strlen(low->id), low->id),
	             sp_decimal_format_short(sp_sku_floor(low, &family->rails).nano, low_text),
	             SP_QUOTE(strlen(high->id), high->id),
	             sp_decimal_format_short(sp_sku_ceiling(high, &family->rails).nano, high_text));
}

/* A grid over a tenth of the smallest full step would make prices jump or stand still (R7). */
static void bounds_check_grid(sp_config *config, const sp_family_setup *family, const sp_sku_setup *sku, sp_spot step)
{
	char grid[SP_DECIMAL_TEXT_MAX], most[SP_DECIMAL_TEXT_MAX];
	sp_place place = config->places[sku->subject];
	__int128 full = (__int128)sp_sku_floor(sku, &family->rails).nano * family->rails.max_step_ppb / SP_NANO;

	if ((__int128)sku->grid.nano * 10 <= full)
		return;
	if (sku->grid.nano == 1 && sp_spot_there(step)) /* the finest there is: the step is too small */
		place = (sp_place){step, 0, 0};
	sp_place_say(
	    config, place, "grid_usd",
	    "a grid of %s is over a tenth of max_step at the floor of %.*s: write a grid of at most %s, or a larger "
	    "max_step",
	    sp_decimal_format_short(sku->grid.nano, grid), SP_QUOTE(strlen(sku->id), sku->id),
	    sp_decimal_format_short((int64_t)(full / 10), most));
}

void sp_bounds_check(sp_config *config, uint32_t family, sp_spot floor, sp_spot ceiling, sp_spot step)
{
	const sp_family_setup *f = &config->families[family];
	sp_index low, high;

	SP_ASSERT(family < config->setup.n_families);
	if (f->n_skus == 0)
		return;
	config->setup.families = config->families;
	config->setup.skus = config->skus;
	if (sp_setup_bounds(&config->setup, family, &low, &high) != SP_OK)
		bounds_say_crossing(config, f, floor, ceiling);
	for (uint32_t i = f->first_sku; i < f->first_sku + f->n_skus; i++)
		bounds_check_grid(config, f, &config->skus[i], step);
}

/* One of the two keys alone says nothing; and there must be something to compare. The other's SKUs are known by now. */
void sp_relation_check(sp_config *config, uint32_t family, sp_spot of, sp_spot at_most)
{
	const sp_family_setup *f = &config->families[family];

	SP_ASSERT(family < config->setup.n_families);
	config->setup.families = config->families;
	config->setup.skus = config->skus;
	if (f->rails.at_most_ppb == SP_PARAM_NONE) {
		if (sp_spot_there(of))
			sp_say(of, "at_most is missing: write how much of that family's prices, such as at_most: 60%%");
		return;
	}
	if (!sp_spot_there(of))
		sp_say(at_most, "at_most_of is missing: name the family whose prices it is of");
	else if (f->relation == family)
		sp_say(of, "a family's prices cannot be a part of its own: name another family");
	else if (f->relation != SP_NO_SLOT && sp_setup_relation(&config->setup, family) == 0 && config->sheet.whole)
		sp_say(of, "the two families have no meter and unit in common, so there is nothing to compare");
}
