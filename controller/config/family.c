/* family.c - from entries, defaults and profiles to each family's settings, by the precedence of R20:
 *
 *     built-in < built-in profile < defaults < user's profile < entries in order
 *
 * The profile's name is resolved first, from the same layers; then every layer is laid over the one before. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "controller/config/complaint.h"
#include "controller/config/gain.h"
#include "controller/config/nearest.h"
#include "controller/config/reading.h"

#define MATCHES_MAX 2000 /* entries with a pattern: each is tried on every family */

/* --- entries --- */

static void entry_read(sp_config *config, uint32_t number, sp_spot spot)
{
	sp_spot match = sp_spot_find(spot, "match"), id = sp_spot_find(spot, "id"), skus = sp_spot_find(spot, "skus");
	sp_entry *entry = &config->entries[number];
	size_t n;

	*entry = (sp_entry){.spot = spot, .next = SP_NO_SLOT};
	if (!sp_spot_is_map(spot))
		return;
	if (sp_spot_there(match) && sp_spot_there(id))
		sp_say(id, "an entry has match: or id:, not both: remove one");
	else if (!sp_spot_there(match) && !sp_spot_there(id))
		sp_say(spot, "an entry needs match: (a pattern) or id: (one family)");
	else if (sp_spot_there(match) && sp_spot_there(skus))
		sp_say(skus, "SKUs belong to one family: name it with id: instead of match:");
	else if (sp_spot_there(match) && !sp_spot_said(match))
		entry->match = sp_spot_text(match, &n);
	else if (sp_spot_there(id) && !sp_spot_said(id))
		entry->id = sp_spot_text(id, &n);
	entry->used = sp_spot_there(skus); /* whatever is wrong with those */
	if (entry->match && config->n_matches == MATCHES_MAX)
		sp_say(match, "more than %d entries with match: join those that say the same", MATCHES_MAX);
	else if (entry->match)
		config->matches[config->n_matches++] = number;
}

void sp_entries_read(sp_config *config)
{
	sp_spot families = sp_spot_find(sp_config_root(config), "families");

	if (!sp_spot_is_list(families))
		return;
	config->n_entries = (uint32_t)sp_spot_count(families);
	for (uint32_t i = 0; i < config->n_entries; i++)
		entry_read(config, i, sp_spot_item(families, i));
}

/* --- sorting --- */

static int draft_compare(const void *a, const void *b)
{
	return strcmp(((const sp_family_draft *)a)->id, ((const sp_family_draft *)b)->id);
}

static int sku_compare(const void *a, const void *b)
{
	const sp_sku_setup *x = a, *y = b;

	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	return strcmp(x->id, y->id);
}

/* Gives each entry with an id to its family, so that a family finds its own without looking at all. */
static void entries_give(sp_config *config)
{
	for (uint32_t i = config->n_entries; i-- > 0;) {
		sp_entry *entry = &config->entries[i];
		uint32_t slot = entry->id ? sp_ids_find(config->names, entry->id, strlen(entry->id)) : SP_NO_SLOT;
		if (slot == SP_NO_SLOT || config->subjects[slot].type != SP_SUBJECT_FAMILY)
			continue;
		entry->next = config->drafts[config->subjects[slot].slot].first_entry;
		config->drafts[config->subjects[slot].slot].first_entry = i;
		entry->used = true;
	}
}

void sp_families_sort(sp_config *config)
{
	uint32_t n = config->setup.n_families;

	qsort(config->drafts, n, sizeof(*config->drafts), draft_compare);
	for (uint32_t i = 0; i < n; i++)
		config->subjects[config->drafts[i].subject].slot = i;
	for (uint32_t i = 0; i < config->setup.n_skus; i++)
		config->skus[i].family = config->subjects[config->skus[i].family].slot;
	qsort(config->skus, config->setup.n_skus, sizeof(*config->skus), sku_compare);
	for (uint32_t i = 0; i < config->setup.n_skus; i++)
		config->subjects[config->skus[i].subject].slot = i;
	entries_give(config);
}

/* --- layers --- */

/* The entries of a family in the order of the file: those that match and those with its id, merged. */
static size_t layers_of_entries(const sp_config *config, const sp_family_draft *draft, sp_spot *layers)
{
	size_t n = 0;
	uint32_t by_id = draft->first_entry, m = 0;

	while (m < config->n_matches || by_id != SP_NO_SLOT) {
		uint32_t number = m < config->n_matches ? config->matches[m] : SP_NO_SLOT;
		sp_entry *entry;
		if (by_id < number) {
			layers[n++] = config->entries[by_id].spot;
			by_id = config->entries[by_id].next;
			continue;
		}
		entry = &config->entries[number];
		m++;
		if (!sp_pattern_match(entry->match, draft->id))
			continue;
		entry->used = true;
		layers[n++] = entry->spot;
	}
	return n;
}

static sp_spot profile_find(sp_spot root, const char *name)
{
	return sp_spot_find(sp_spot_find(root, "profiles"), name);
}

static void say_no_profile(const sp_config *config, sp_spot given)
{
	sp_spot roots[] = {sp_config_builtin(config), sp_config_root(config)};
	size_t n, n_name;
	const char *text = sp_spot_text(given, &n);
	sp_nearest nearest = sp_nearest_to(text, n);

	for (size_t r = 0; !sp_spot_is_quiet(given) && r < 2; r++) {
		sp_spot profiles = sp_spot_find(roots[r], "profiles");
		for (size_t i = 0; sp_spot_is_map(profiles) && i < sp_spot_count(profiles); i++) {
			const char *name = sp_spot_text(sp_spot_key(profiles, i), &n_name);
			sp_nearest_offer(&nearest, name, n_name);
		}
	}
	sp_say(given, "no such profile: %s", sp_nearest_words(&nearest));
}

/* The last layer's that names one (R20); layers are the built-in defaults, the file's, and entries. */
static sp_spot profile_given(const sp_spot *layers, size_t n)
{
	sp_spot given = {NULL, 0};

	for (size_t i = 0; i < n; i++) {
		sp_spot profile = sp_spot_find(layers[i], "profile");
		if (sp_spot_there(profile) && !sp_spot_said(profile))
			given = profile;
	}
	return given;
}

/* All layers of a family in the order of R20, into config->layers; *profile is where its name was given. */
static size_t layers_of(const sp_config *config, const sp_family_draft *draft, sp_spot *profile)
{
	sp_spot builtin = sp_config_builtin(config), root = sp_config_root(config);
	sp_spot *layers = config->layers;
	size_t n = layers_of_entries(config, draft, layers + 4), n_name;
	sp_spot named[3] = {sp_spot_find(builtin, "defaults"), sp_spot_find(root, "defaults"), {NULL, 0}};
	sp_spot by_entry = profile_given(layers + 4, n);
	const char *name;

	named[2] = sp_spot_there(by_entry) ? by_entry : profile_given(named, 2);
	SP_ASSERT(sp_spot_there(named[2]));
	*profile = named[2];
	name = sp_spot_text(named[2], &n_name);
	layers[0] = named[0];
	layers[1] = profile_find(builtin, name);
	layers[2] = named[1];
	layers[3] = profile_find(root, name);
	if (!sp_spot_there(layers[1]) && !sp_spot_there(layers[3]))
		say_no_profile(config, named[2]);
	return n + 4;
}

static void experiment_apply(sp_spot block, sp_family_setup *family, sp_family_origins *origins)
{
	sp_rows rows = sp_shape_rows(&sp_shape_experiment);

	if (sp_spot_is_map(block))
		origins->tried = block;
	sp_rows_bind(&rows, block, &family->experiment, origins->experiment);
}

static void layer_apply(sp_spot layer, sp_family_setup *family, sp_family_origins *origins)
{
	sp_rows rows = sp_shape_rows(&sp_shape_layer), rails = sp_shape_rows(&sp_shape_guardrails);
	sp_rows loop = sp_shape_rows(&sp_shape_loop);
	sp_spot pool = sp_spot_find(layer, "pool"), bounds = sp_spot_find(layer, "guardrails");
	sp_spot of = sp_spot_find(bounds, "at_most_of");

	if (!sp_spot_is_map(layer))
		return;
	if (sp_spot_there(of) && !sp_spot_said(of))
		origins->relation = of;
	if (sp_spot_there(pool) && !sp_spot_said(pool))
		origins->pool = pool;
	sp_rows_bind(&rows, layer, family, origins->rows);
	sp_rows_bind(&rails, bounds, &family->rails, origins->rails);
	sp_rows_bind(&loop, sp_spot_find(layer, "loop"), &family->loop, origins->loop);
	experiment_apply(sp_spot_find(layer, SP_EXPERIMENT_KEY), family, origins);
	experiment_apply(sp_spot_find(sp_spot_find(layer, "policy"), SP_EXPERIMENT_KEY), family, origins);
	sp_choice_apply(&origins->law, sp_spot_find(layer, "policy"));
}

/* --- pools --- */

static void say_no_pool(const sp_config *config, sp_spot given)
{
	size_t n;
	const char *text = sp_spot_text(given, &n);
	sp_nearest nearest = sp_nearest_to(text, n);

	for (uint32_t i = 0; !sp_spot_is_quiet(given) && i < config->setup.n_pools; i++)
		sp_nearest_offer(&nearest, config->pools[i].id, strlen(config->pools[i].id));
	sp_say(given, "no such pool: %s", sp_nearest_words(&nearest));
}

static bool pool_resolve(const sp_config *config, const sp_family_origins *origins, uint32_t *pool)
{
	size_t n;
	const char *name = sp_spot_text(origins->pool, &n);
	uint32_t slot = sp_ids_find(config->names, name, n);

	*pool = SP_NO_SLOT;
	if (!sp_spot_there(origins->pool))
		return false;
	if (slot == SP_NO_SLOT || config->subjects[slot].type != SP_SUBJECT_POOL) {
		if (config->pools_whole) /* else it may be the one that could not be named */
			say_no_pool(config, origins->pool);
		return false;
	}
	*pool = config->subjects[slot].slot;
	return true;
}

/* --- relations --- */

static void say_no_other(const sp_config *config, sp_spot given)
{
	size_t n;
	const char *text = sp_spot_text(given, &n);
	sp_nearest nearest = sp_nearest_to(text, n);

	for (uint32_t i = 0; !sp_spot_is_quiet(given) && i < config->setup.n_families; i++)
		sp_nearest_offer(&nearest, config->drafts[i].id, strlen(config->drafts[i].id));
	sp_say(given, "no such family: %s", sp_nearest_words(&nearest));
}

/* The family that at_most is of: its slot; SP_NO_SLOT where none is named, or none that there is. */
static uint32_t relation_resolve(const sp_config *config, const sp_family_origins *origins)
{
	size_t n;
	const char *name = sp_spot_text(origins->relation, &n);
	uint32_t slot = sp_spot_there(origins->relation) ? sp_ids_find(config->names, name, n) : SP_NO_SLOT;

	if (slot != SP_NO_SLOT && config->subjects[slot].type == SP_SUBJECT_FAMILY)
		return config->subjects[slot].slot;
	if (sp_spot_there(origins->relation) && config->sheet.whole)
		say_no_other(config, origins->relation);
	return SP_NO_SLOT;
}

/* --- families --- */

bool sp_family_resolve(const sp_config *config, const sp_family_draft *draft, sp_family_setup *family,
                       sp_family_origins *origins)
{
	sp_rows rows = sp_shape_rows(&sp_shape_layer), rails = sp_shape_rows(&sp_shape_guardrails);
	size_t n, n_layers;
	bool whole;

	*origins = (sp_family_origins){.law = {.kind = SP_METHOD_LAW, .params = family->law_params}};
	sp_params_init(rows.list, rows.n, family);
	sp_params_init(rails.list, rails.n, &family->rails);
	sp_params_init(sp_loop_params, sp_loop_n_params, &family->loop);
	sp_params_init(sp_experiment_params, sp_experiment_n_params, &family->experiment);
	n_layers = layers_of(config, draft, &origins->profile);
	for (size_t i = 0; i < n_layers; i++)
		layer_apply(config->layers[i], family, origins);
	family->profile = sp_spot_text(origins->profile, &n);
	whole = sp_choice_finish(&origins->law, draft->id);
	family->law = origins->law.method.law;
	family->relation = relation_resolve(config, origins);
	return pool_resolve(config, origins, &family->pool) && whole;
}

/* Without a pool: was it overlooked by the entries, or did they forget the pool? */
static void family_say_no_pool(sp_config *config, const sp_family_draft *draft)
{
	bool matched = layers_of_entries(config, draft, config->layers + 4) > 0;

	if (matched)
		sp_place_say(config, config->places[draft->subject], "family",
		             "family %.*s has no pool: give pool: in an entry that matches it",
		             SP_QUOTE(strlen(draft->id), draft->id));
	else
		sp_place_say(config, config->places[draft->subject], "family",
		             "family %.*s is matched by no entry of families: add one, with its pool",
		             SP_QUOTE(strlen(draft->id), draft->id));
}

/* A law that reads load needs something to measure it against (R22). */
static bool family_has_capacity(const sp_config *config, const sp_family_setup *family)
{
	const sp_pool_setup *pool = &config->pools[family->pool];

	if (!(sp_law_needs(family->law, family->law_params) & SP_NEEDS(LOAD)) || pool->capacity == SP_CAPACITY_RUNNING)
		return true;
	for (uint32_t i = pool->first_lot; i < pool->first_lot + pool->n_lots; i++) {
		const sp_lot_setup *lot = &config->lots[i];
		if ((lot->kind == SP_LOT_OWNED || lot->kind == SP_LOT_RESERVED) && lot->gpus > 0)
			return true;
	}
	return false;
}

static sp_spot rail_spot(const sp_family_origins *origins, const char *key)
{
	sp_rows rails = sp_shape_rows(&sp_shape_guardrails);
	size_t at = 0;
	sp_row_match match = sp_rows_find(&rails, "", key, strlen(key), &at);

	SP_ASSERT(match == SP_ROW_EXACT);
	return origins->rails[at];
}

/* What an experiment contradicts. */
static void experiment_check(const sp_family_setup *family, sp_spot tried)
{
	__int128 size = family->experiment.size_ppb, least = (__int128)family->rails.dead_band_ppb * (SP_NANO + size);

	if (family->contract)
		sp_say(tried, "the prices of %s are agreed by contract, and nothing is tried on those: write size: none",
		       family->id);
	if (family->rails.notice_ns > 0)
		sp_say(
		    tried,
		    "raises here need notice (for %s), and a block of an experiment begins at once: write guardrails: {notice: "
		    "0s}, or size: none",
		    family->id);
	if (family->cuts != SP_CUTS_AUTO)
		sp_say(tried,
		       "cuts here are proposed (for %s), and a block of an experiment begins by itself: write cuts: auto, or "
		       "size: none",
		       family->id);
	if (size * SP_NANO <= least)
		sp_say(tried,
		       "the dead band (of %s) holds a block of this size: make size more than dead_band x (1 + size), or "
		       "dead_band smaller",
		       family->id);
}

static void family_read(sp_config *config, uint32_t number)
{
	const sp_family_draft *draft = &config->drafts[number];
	sp_family_setup *family = &config->families[number];
	sp_family_origins origins;
	bool whole;

	family->id = draft->id;
	family->subject = draft->subject;
	whole = sp_family_resolve(config, draft, family, &origins);
	if (!sp_spot_there(origins.pool))
		family_say_no_pool(config, draft);
	if (whole && !family_has_capacity(config, family))
		sp_say(
		    origins.pool,
		    "%s reads load, but the pool owns and reserves no GPU to measure it against: write capacity: running there",
		    family->law->name);
	if (whole)
		sp_gain_choose(config, number, &origins);
	if (sp_spot_there(origins.tried) && family->experiment.size_ppb != SP_PARAM_NONE)
		experiment_check(family, origins.tried);
	sp_bounds_check(config, number, rail_spot(&origins, "floor"), rail_spot(&origins, "ceiling"),
	                rail_spot(&origins, "max_step"));
	sp_relation_check(config, number, origins.relation, rail_spot(&origins, "at_most"));
}

static void families_index_skus(sp_config *config)
{
	for (uint32_t i = 0; i < config->setup.n_skus; i++) {
		sp_family_setup *family = &config->families[config->skus[i].family];
		if (family->n_skus++ == 0)
			family->first_sku = i;
	}
}

static void entry_say_unused(sp_config *config, const sp_entry *entry)
{
	sp_spot at = sp_spot_find(entry->spot, entry->match ? "match" : "id");
	sp_nearest nearest;

	if (entry->match) {
		sp_say(at, "matches no family: look at the family column of the sheet, or remove the entry");
		return;
	}
	nearest = sp_nearest_to(entry->id, strlen(entry->id));
	for (uint32_t i = 0; !sp_spot_is_quiet(at) && i < config->setup.n_families; i++)
		sp_nearest_offer(&nearest, config->drafts[i].id, strlen(config->drafts[i].id));
	sp_say(at, "no such family: %s%s", sp_nearest_words(&nearest), nearest.best ? "" : "; or give its skus: here");
}

void sp_families_read(sp_config *config)
{
	families_index_skus(config);
	for (uint32_t i = 0; i < config->setup.n_families; i++)
		family_read(config, i);
	if (!config->sheet.whole) /* a row that could not be read may have named the family */
		return;
	for (uint32_t i = 0; i < config->n_entries; i++) {
		const sp_entry *entry = &config->entries[i];
		if ((entry->match || entry->id) && !entry->used)
			entry_say_unused(config, entry);
	}
}
