/* senders.c - what signals are believed: bounds by kind, and who may send what. */
#include <string.h>

#include "base/assert.h"
#include "controller/config/complaint.h"
#include "controller/config/reading.h"
#include "controller/engine/inputs.h"

/* --- kinds --- */

static void kind_init(sp_kind_setup *setup, const sp_kind *kind)
{
	*setup = (sp_kind_setup){kind->min, kind->max, kind->jump, kind->confirm > 0 ? kind->confirm : 1, false};
}

/* Bounds may be drawn in only: beyond the table's, a record cannot even be read. */
static void kind_check(const sp_kind_setup *setup, const sp_kind *kind, sp_spot spot)
{
	sp_spot min = sp_spot_find(spot, "min"), max = sp_spot_find(spot, "max");

	if (sp_spot_there(min) && setup->min < kind->min)
		sp_say(min, "%s is at least %g everywhere [%s]: write that or more", kind->name, kind->min, kind->unit);
	if (sp_spot_there(max) && setup->max > kind->max)
		sp_say(max, "%s is at most %g everywhere [%s]: write that or less", kind->name, kind->max, kind->unit);
	if (setup->total && kind != &sp_kinds[SP_KIND_demand] && kind != &sp_kinds[SP_KIND_served] &&
	    kind != &sp_kinds[SP_KIND_rejected])
		sp_say(sp_spot_find(spot, "total"), "%s is no rate: only demand, served and rejected can come as totals",
		       kind->name);
	if (setup->min > setup->max)
		sp_say(sp_spot_there(max) ? max : min, "the smallest value lies above the largest: swap min and max");
}

void sp_signals_read(sp_config *config)
{
	sp_spot signals = sp_spot_find(sp_config_root(config), "signals");
	sp_rows rows = sp_shape_rows(&sp_shape_kind);

	for (size_t i = 0; i < SP_SIGNAL_KINDS; i++) {
		sp_spot spot = sp_spot_find(signals, sp_kinds[i].name);
		kind_init(&config->setup.kinds[i], &sp_kinds[i]);
		sp_rows_bind(&rows, spot, &config->setup.kinds[i], NULL);
		kind_check(&config->setup.kinds[i], &sp_kinds[i], spot);
	}
}

/* --- sources --- */

static bool pattern_matches_any(const sp_config *config, const char *pattern)
{
	for (uint32_t i = 0; i < sp_ids_count(config->names); i++) {
		if (sp_pattern_match(pattern, sp_ids_name(config->names, i)))
			return true;
	}
	return false;
}

/* Takes the patterns in behind those taken so far; returns how many. */
static uint32_t source_subjects(sp_config *config, sp_spot subjects, const char **patterns)
{
	uint32_t taken = 0;
	size_t n;

	if (!sp_spot_there(subjects))
		patterns[taken++] = "*";
	for (size_t i = 0; sp_spot_is_list(subjects) && i < sp_spot_count(subjects); i++) {
		sp_spot item = sp_spot_item(subjects, i);
		if (sp_spot_said(item) || !sp_spot_is_text(item))
			continue;
		patterns[taken] = sp_spot_text(item, &n);
		if (config->sheet.whole && !sp_spot_is_quiet(item) && !pattern_matches_any(config, patterns[taken]))
			sp_say(item, "matches no pool, lot, family or SKU: look at their ids, or remove it");
		taken++;
	}
	if (sp_spot_is_list(subjects) && sp_spot_count(subjects) == 0)
		sp_say(subjects, "no subject, so it may send nothing: write [\"*\"] for all, or remove the source");
	return taken;
}

static uint32_t source_kinds(sp_spot kinds)
{
	uint32_t bits = 0;
	size_t n;

	for (size_t i = 0; sp_spot_is_list(kinds) && i < sp_spot_count(kinds); i++) {
		const char *text = sp_spot_text(sp_spot_item(kinds, i), &n);
		sp_signal_kind kind = sp_kind_find(text, n);
		if (kind < SP_SIGNAL_KINDS)
			bits |= UINT32_C(1) << kind;
	}
	return bits;
}

static bool source_repeated(const sp_config *config, const char *id)
{
	for (uint32_t i = 0; i < config->setup.n_sources; i++) {
		if (strcmp(config->sources[i].id, id) == 0)
			return true;
	}
	return false;
}

/* --- whom a law that follows the market may hear --- */

/* The first family with such a law; NULL: none. */
static const sp_family_setup *market_follower(const sp_config *config)
{
	for (uint32_t i = 0; i < config->setup.n_families; i++) {
		const sp_family_setup *family = &config->families[i];
		if (family->law && sp_law_needs(family->law, family->law_params) & SP_NEEDS(MARKET))
			return family;
	}
	return NULL;
}

static bool source_is_public(sp_spot source)
{
	size_t n, n_origin;
	const char *public = sp_spot_text(sp_spot_find(source, "public"), &n);

	sp_spot_text(sp_spot_find(source, "origin"), &n_origin);
	return strcmp(public, "true") == 0 && n_origin > 0;
}

/* Only what anybody can read, and says where (docs/legal.md). */
static void market_check(sp_config *config, sp_spot sources)
{
	const sp_family_setup *family = market_follower(config);
	uint32_t heard = 0;

	if (!family)
		return;
	for (size_t i = 0; sp_spot_is_list(sources) && i < sp_spot_count(sources); i++) {
		sp_spot source = sp_spot_item(sources, i), kinds = sp_spot_find(source, "kinds");
		if (!(source_kinds(kinds) >> SP_KIND_market_price & 1))
			continue;
		heard++;
		if (!source_is_public(source))
			sp_say(
			    source,
			    "family %.*s follows market_price, which must be public: say public: true and origin: (where it can be "
			    "read), or give the family another law; see docs/legal.md",
			    SP_QUOTE(strlen(family->id), family->id));
	}
	if (heard == 0)
		sp_place_say(
		    config, config->places[family->subject], "family",
		    "family %.*s follows market_price: list under sources: who sends it, with public: true and origin:; "
		    "see docs/legal.md",
		    SP_QUOTE(strlen(family->id), family->id));
}

void sp_sources_read(sp_config *config)
{
	sp_spot sources = sp_spot_find(sp_config_root(config), "sources");
	sp_rows rows = sp_shape_rows(&sp_shape_source);
	const char **patterns = config->patterns;
	size_t n;

	if (sp_spot_is_list(sources) && sp_spot_count(sources) > SP_SOURCES_MAX) {
		sp_say(sources, "more than %d sources: let senders share a name", SP_SOURCES_MAX);
		return;
	}
	_Static_assert(SP_SIGNAL_KINDS <= 32, "kinds are bits of a uint32_t");
	for (size_t i = 0; sp_spot_is_list(sources) && i < sp_spot_count(sources); i++) {
		sp_spot spot = sp_spot_item(sources, i), id = sp_spot_find(spot, "id");
		sp_source_setup *source = &config->sources[config->setup.n_sources];
		source->id = sp_spot_text(id, &n);
		if (sp_id_check(source->id, n) != SP_OK)
			continue;
		if (source_repeated(config, source->id))
			sp_say(id, "this source is given twice: keep one, with all its kinds");
		source->kinds = source_kinds(sp_spot_find(spot, "kinds"));
		source->subjects = patterns;
		source->n_subjects = source_subjects(config, sp_spot_find(spot, "subjects"), patterns);
		patterns += source->n_subjects;
		sp_params_init(rows.list, rows.n, source);
		sp_rows_bind(&rows, spot, source, NULL);
		config->setup.n_sources++;
	}
	market_check(config, sources);
}
