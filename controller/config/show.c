/* show.c - `config show`: every value with where it came from.
 *
 * As text it is a configuration again, in one file, each line's origin in a comment: what is shown can be read back and
 * means the same.
 * As JSON each value is {"value": …, "from": …}. Pools and families are resolved anew, this time with their origins. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "controller/config/gain.h"
#include "controller/config/parts.h"
#include "controller/config/quote.h"
#include "controller/config/reading.h"
#include "policies/price/blend.h"

#define SHOW_DEPTH_MAX 12
#define SHOW_COLUMN    60 /* where comments begin */

typedef struct show {
	const sp_config *config;
	FILE *out;
	bool json;
	size_t depth;
	bool dash;                             /* text: the next line begins an item */
	const char *derived[SP_LOOP_KEYS_MAX]; /* keys of rows that were computed; NULL after the last */
	char derivation[SP_GAIN_WORDS_MAX];    /* of them, in words */
	bool filled[SHOW_DEPTH_MAX];           /* JSON: a comma is due */
	char closing[SHOW_DEPTH_MAX + 1];      /* JSON: of each level */
} show;

/* --- origins --- */

/* How much of a path names the giver: "defaults", "profiles.night", "families[2]". */
static size_t origin_levels(const char *path)
{
	return strncmp(path, "defaults", 8) == 0 || strncmp(path, "estimators", 10) == 0 || strncmp(path, "clocks", 6) == 0
	           ? 1
	           : 2;
}

char *sp_origin_words(const sp_config *config, sp_spot spot, char words[160])
{
	char path[SP_TREE_PATH_MAX];

	snprintf(words, 160, "built-in");
	if (!sp_spot_there(spot))
		return words;
	sp_spot_path(spot, 0, path);
	sp_spot_path(spot, origin_levels(path), path);
	if (spot.tree == config->builtin && strncmp(path, "profiles.", 9) == 0)
		snprintf(words, 160, "profile %.100s (built-in)", path + 9);
	else if (spot.tree != config->builtin && strpbrk(path, ".[") == NULL && origin_levels(path) == 2)
		snprintf(words, 160, "line %u", sp_spot_line(spot)); /* a key of the top level names itself */
	else if (spot.tree != config->builtin)
		snprintf(words, 160, "%.120s, line %u", path, sp_spot_line(spot));
	return words;
}

/* --- writing --- */

static void show_indent(show *s)
{
	for (size_t i = 0; i < s->depth; i++)
		fputs(s->dash && i + 1 == s->depth ? "- " : "  ", s->out);
	s->dash = false;
}

/* JSON: the comma before, and the key unless inside a list. */
static void show_key(show *s, const char *key)
{
	if (s->filled[s->depth])
		putc(',', s->out);
	s->filled[s->depth] = true;
	if (key) {
		sp_quote_put(key, s->out);
		putc(':', s->out);
	}
}

static void show_open(show *s, const char *key, bool list)
{
	SP_ASSERT(s->depth + 1 < SHOW_DEPTH_MAX);
	if (s->json) {
		show_key(s, key);
		putc(list ? '[' : '{', s->out);
	} else {
		show_indent(s);
		fprintf(s->out, "%s:\n", key);
	}
	s->closing[s->depth++] = list ? ']' : '}';
	s->filled[s->depth] = false;
}

static void show_close(show *s)
{
	SP_ASSERT(s->depth > 0);
	s->depth--;
	if (s->json)
		putc(s->closing[s->depth], s->out);
}

/* In text an item is a dash before its first line. */
static void show_item(show *s)
{
	if (s->json) {
		show_key(s, NULL);
		putc('{', s->out);
	}
	s->dash = true;
	s->closing[s->depth++] = '}';
	s->filled[s->depth] = false;
}

static void show_value_json(show *s, const char *key, const char *value, const char *from)
{
	show_key(s, key);
	fputs("{\"value\":", s->out);
	sp_quote_put(value, s->out);
	fputs(",\"from\":", s->out);
	sp_quote_put(from, s->out);
	putc('}', s->out);
}

/* Names may begin or end with what YAML takes for its own. "{}" is ours. */
static bool show_is_plain(const char *value)
{
	bool letter = (value[0] >= '0' && value[0] <= '9') || (value[0] >= 'A' && value[0] <= 'Z') ||
	              (value[0] >= 'a' && value[0] <= 'z') || (value[0] == '-' && value[1] >= '0' && value[1] <= '9');

	return value[0] == '{' || (letter && value[strlen(value) - 1] != ':');
}

static void show_value_from(show *s, const char *key, const char *value, bool quoted, const char *from)
{
	int width;

	if (s->json) {
		show_value_json(s, key, value, from);
		return;
	}
	quoted = quoted || !show_is_plain(value);
	width = (int)(2 * s->depth + strlen(key) + 2 + strlen(value) + (quoted ? 2 : 0));
	show_indent(s);
	fprintf(s->out, "%s: ", key);
	if (quoted)
		sp_quote_put(value, s->out);
	else
		fputs(value, s->out);
	fprintf(s->out, "%*s # %s\n", width < SHOW_COLUMN ? SHOW_COLUMN - width : 0, "", from);
}

static void show_value(show *s, const char *key, const char *value, bool quoted, sp_spot spot)
{
	char words[160];

	show_value_from(s, key, value, quoted, sp_origin_words(s->config, spot, words));
}

static void show_spot(show *s, sp_spot map, const char *key)
{
	size_t n;
	sp_spot spot = sp_spot_find(map, key);

	if (sp_spot_there(spot))
		show_value(s, key, sp_spot_text(spot, &n), true, spot);
}

/* One word of a list. */
static void show_text(show *s, const char *text, const char *from)
{
	if (s->json) {
		show_key(s, NULL);
		sp_quote_put(text, s->out);
		return;
	}
	show_indent(s);
	fputs("  - ", s->out);
	sp_quote_put(text, s->out);
	fprintf(s->out, " # %s\n", from);
}

static bool show_is_derived(const show *s, const char *key)
{
	size_t i = 0;

	while (s->derived[i] && strcmp(s->derived[i], key) != 0)
		i++;
	return s->derived[i] != NULL;
}

static void show_row(show *s, const char *key, const sp_param *row, const void *record, sp_spot from)
{
	char text[64];

	sp_param_format(row, record, text);
	if (show_is_derived(s, row->key))
		show_value_from(s, key, text, false, s->derivation);
	else
		show_value(s, key, text, row->type == SP_PARAM_MONEY, from);
}

/* A table of rows; dotted keys nest. */
static void show_rows(show *s, const sp_rows *rows, const void *record, const sp_spot *from)
{
	char group[SP_PREFIX_MAX] = "";

	for (size_t i = 0; i < rows->n; i++) {
		const char *key = rows->list[i].key, *dot = strchr(key, '.');
		size_t n = dot ? (size_t)(dot - key) : 0;
		if (group[0] && (n != strlen(group) || strncmp(group, key, n) != 0)) {
			show_close(s);
			group[0] = '\0';
		}
		if (dot && !group[0]) {
			snprintf(group, sizeof(group), "%.*s", (int)n, key);
			show_open(s, group, false);
		}
		show_row(s, dot ? dot + 1 : key, &rows->list[i], record, from[i]);
	}
	if (group[0])
		show_close(s);
}

/* The laws of a blend; where their values came from is read again from the list. */
static void show_parts(show *s, const sp_choice *choice)
{
	const sp_rows own = {sp_blend_part_params, sp_blend_part_n_params};
	const sp_blend *blend = choice->params;

	show_open(s, SP_BLEND_LAWS, true);
	for (uint32_t i = 0; i < blend->n; i++) {
		const sp_law_ops *law = sp_blend_law(&blend->parts[i]);
		const sp_rows rows = {law->params, law->n_params};
		sp_spot item = sp_spot_item(choice->parts, i), from[2][SP_ROWS_MAX] = {{{NULL, 0}}};
		sp_blend_part scratch = {0};
		sp_rows_bind(&own, item, &scratch, from[0]);
		sp_rows_bind(&rows, item, scratch.params, from[1]);
		show_item(s);
		show_value(s, "use", law->name, false, sp_spot_find(item, "use"));
		show_rows(s, &own, &blend->parts[i], from[0]);
		show_rows(s, &rows, blend->parts[i].params, from[1]);
		show_close(s);
	}
	show_close(s);
}

static void show_choice(show *s, const char *key, const sp_choice *choice)
{
	show_open(s, key, false);
	show_value(s, "use", choice->method.name, false, choice->use);
	show_rows(s, &choice->method.rows, choice->params, choice->from);
	if (sp_parts_taken(&choice->method))
		show_parts(s, choice);
	show_close(s);
}

/* --- the parts --- */

static void show_top(show *s)
{
	sp_rows rows = sp_shape_rows(&sp_shape_top);
	sp_spot root = sp_config_root(s->config), from[SP_ROWS_MAX] = {{NULL, 0}};
	sp_setup given = s->config->setup;

	sp_rows_bind(&rows, root, &given, from);
	show_value(s, "version", "1", false, sp_spot_find(root, "version"));
	if (!s->json && s->config->sheet_name) /* its SKUs are shown in their families */
		fputs("# ", s->out);
	show_spot(s, root, "price_sheet");
	show_rows(s, &rows, &s->config->setup, from);
}

static void show_lot(show *s, const sp_lot_setup *lot, sp_spot spot)
{
	sp_rows rows = sp_shape_rows(&sp_shape_lot);
	sp_spot from[SP_ROWS_MAX] = {{NULL, 0}}, price = sp_spot_find(spot, sp_lot_price.key);
	sp_lot_setup resolved;
	char text[64];

	sp_lot_resolve(spot, &resolved, from);
	show_item(s);
	show_value(s, "id", lot->id, false, sp_spot_find(spot, "id"));
	show_value(s, sp_lot_price.key, lot->by_signal ? "signal" : sp_param_format(&sp_lot_price, lot, text),
	           !lot->by_signal, price);
	show_rows(s, &rows, lot, from);
	show_close(s);
}

static void show_clocks(show *s, const sp_pool_setup *pool, const sp_pool_origins *origins)
{
	sp_rows rows = sp_shape_rows(&sp_shape_clock);

	show_open(s, "clocks", false);
	for (size_t i = 0; i < SP_CLOCKS; i++) {
		show_open(s, sp_clock_name((sp_clock)i), false);
		show_rows(s, &rows, &pool->clocks[i], origins->clocks[i]);
		show_close(s);
	}
	show_close(s);
}

static void show_pool(show *s, const sp_pool_setup *pool)
{
	sp_rows rows = sp_shape_rows(&sp_shape_pool);
	sp_spot spot = s->config->places[pool->subject].spot;
	sp_pool_setup resolved = *pool;
	sp_pool_origins origins;
	char words[160];

	sp_pool_resolve(s->config, spot, &resolved, &origins);
	show_item(s);
	show_value(s, "id", pool->id, false, sp_spot_find(spot, "id"));
	s->derived[0] = sp_spot_there(origins.headroom) ? "slo_headroom" : NULL;
	snprintf(s->derivation, sizeof s->derivation, "computed from slo: %s",
	         sp_origin_words(s->config, origins.headroom, words));
	show_rows(s, &rows, &resolved, origins.rows);
	s->derived[0] = NULL;
	show_clocks(s, &resolved, &origins);
	show_open(s, "estimators", false);
	show_choice(s, "load", &origins.load);
	show_choice(s, "cost", &origins.cost);
	show_close(s);
	show_open(s, "supply", true);
	for (uint32_t i = pool->first_lot; i < pool->first_lot + pool->n_lots; i++)
		show_lot(s, &s->config->lots[i], s->config->places[s->config->lots[i].subject].spot);
	show_close(s);
	show_close(s);
}

/* 0 is the engine's word for none; people read none. */
static bool sku_is_without(const sp_param *row, const char *text)
{
	return row->initial && strcmp(row->initial, "none") == 0 && text[strspn(text, "0.")] == '\0';
}

static void show_sku_param(show *s, const sp_param *row, const sp_sku_setup *sku, const char *from)
{
	char text[64];
	bool without = sku_is_without(row, sp_param_format(row, sku, text));

	show_value_from(s, row->key, without ? "none" : text, row->type == SP_PARAM_MONEY && !without, from);
}

static void show_sku(show *s, const sp_sku_setup *sku)
{
	sp_place place = s->config->places[sku->subject];
	char words[160];

	if (place.row)
		sp_place_words(s->config, place, words);
	else
		sp_origin_words(s->config, place.spot, words);
	show_item(s);
	show_value_from(s, "id", sku->id, false, words);
	show_value_from(s, "meter", sku->meter, false, words);
	show_value_from(s, "unit", sku->unit, true, words);
	for (size_t i = 0; i < sp_sku_n_params; i++)
		show_sku_param(s, &sp_sku_params[i], sku, place.given >> i & 1 ? words : "built-in");
	show_close(s);
}

/* Parameters that were not given may have been chosen when the family was read. */
static void show_policy(show *s, const sp_family_setup *family, const sp_choice *law)
{
	sp_gain gain = (sp_gain)s->config->gains[family - s->config->families];

	sp_gain_chosen(&s->config->setup, family, gain, s->derived, s->derivation);
	show_choice(s, "policy", law);
	memset(s->derived, 0, sizeof s->derived);
}

static void show_family(show *s, const sp_family_draft *draft, const sp_family_setup *family)
{
	sp_rows rows = sp_shape_rows(&sp_shape_layer), rails = sp_shape_rows(&sp_shape_guardrails);
	sp_rows loop = sp_shape_rows(&sp_shape_loop), experiment = sp_shape_rows(&sp_shape_experiment);
	sp_family_setup resolved = *family;
	sp_family_origins origins;
	bool whole = sp_family_resolve(s->config, draft, &resolved, &origins);

	SP_ASSERT(whole);
	memcpy(resolved.law_params, family->law_params, sizeof resolved.law_params);
	show_item(s);
	show_value(s, "id", family->id, false, s->config->places[family->subject].spot);
	show_value(s, "profile", resolved.profile, false, origins.profile);
	show_value(s, "pool", s->config->pools[resolved.pool].id, false, origins.pool);
	show_rows(s, &rows, &resolved, origins.rows);
	show_policy(s, family, &origins.law);
	show_open(s, "guardrails", false);
	show_rows(s, &rails, &resolved.rails, origins.rails);
	if (sp_spot_there(origins.relation))
		show_value(s, "at_most_of", s->config->families[resolved.relation].id, false, origins.relation);
	show_close(s);
	show_open(s, SP_EXPERIMENT_KEY, false);
	show_rows(s, &experiment, &resolved.experiment, origins.experiment);
	show_close(s);
	show_open(s, "loop", false);
	show_rows(s, &loop, &resolved.loop, origins.loop);
	show_close(s);
	show_open(s, "skus", true);
	for (uint32_t i = family->first_sku; i < family->first_sku + family->n_skus; i++)
		show_sku(s, &s->config->skus[i]);
	show_close(s);
	show_close(s);
}

/* The user's own profiles are laid into their families by now; their names must still be known. */
static void show_profiles(show *s)
{
	sp_spot profiles = sp_spot_find(sp_config_root(s->config), "profiles");
	size_t n;

	if (!sp_spot_is_map(profiles) || sp_spot_count(profiles) == 0)
		return;
	show_open(s, "profiles", false);
	for (size_t i = 0; i < sp_spot_count(profiles); i++)
		show_value(s, sp_spot_text(sp_spot_key(profiles, i), &n), "{}", false, sp_spot_value(profiles, i));
	show_close(s);
}

static void show_blackouts(show *s)
{
	sp_spot blackouts = sp_spot_find(sp_config_root(s->config), "blackouts");
	static const char *const keys[] = {"from", "to", "match", "reason"};

	if (s->config->setup.n_blackouts == 0)
		return;
	show_open(s, "blackouts", true);
	for (size_t i = 0; i < sp_spot_count(blackouts); i++) {
		show_item(s);
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			show_spot(s, sp_spot_item(blackouts, i), keys[k]);
		show_close(s);
	}
	show_close(s);
}

/* Only the kinds that the file speaks of; the others are the reference's. */
static void show_signals(show *s)
{
	sp_spot signals = sp_spot_find(sp_config_root(s->config), "signals");
	sp_rows rows = sp_shape_rows(&sp_shape_kind);
	sp_kind_setup given;
	size_t n;

	if (!sp_spot_is_map(signals) || sp_spot_count(signals) == 0)
		return;
	show_open(s, "signals", false);
	for (size_t i = 0; i < sp_spot_count(signals); i++) {
		const char *name = sp_spot_text(sp_spot_key(signals, i), &n);
		sp_spot from[SP_ROWS_MAX] = {{NULL, 0}};
		sp_rows_bind(&rows, sp_spot_value(signals, i), &given, from);
		show_open(s, name, false);
		show_rows(s, &rows, &s->config->setup.kinds[sp_kind_find(name, n)], from);
		show_close(s);
	}
	show_close(s);
}

static void show_source(show *s, const sp_source_setup *source, sp_spot spot)
{
	sp_rows rows = sp_shape_rows(&sp_shape_source);
	sp_spot from[SP_ROWS_MAX] = {{NULL, 0}};
	sp_source_setup given;
	char words[160];

	sp_rows_bind(&rows, spot, &given, from);
	show_item(s);
	show_spot(s, spot, "id");
	show_spot(s, spot, "public");
	show_spot(s, spot, "origin");
	show_rows(s, &rows, source, from);
	show_open(s, "kinds", true);
	for (size_t i = 0; i < SP_SIGNAL_KINDS; i++) {
		if (source->kinds >> i & 1)
			show_text(s, sp_kinds[i].name, sp_origin_words(s->config, sp_spot_find(spot, "kinds"), words));
	}
	show_close(s);
	show_open(s, "subjects", true);
	for (uint32_t i = 0; i < source->n_subjects; i++)
		show_text(s, source->subjects[i], sp_origin_words(s->config, sp_spot_find(spot, "subjects"), words));
	show_close(s);
	show_close(s);
}

static void show_sources(show *s)
{
	sp_spot sources = sp_spot_find(sp_config_root(s->config), "sources");

	if (s->config->setup.n_sources == 0)
		return;
	show_open(s, "sources", true);
	for (uint32_t i = 0; i < s->config->setup.n_sources; i++)
		show_source(s, &s->config->setup.sources[i], sp_spot_item(sources, i));
	show_close(s);
}

static void show_addresses(show *s, const char *key, const sp_addresses *addresses, sp_spot spot)
{
	char words[160];

	if (addresses->n == 0)
		return;
	show_open(s, key, true);
	for (uint32_t i = 0; i < addresses->n; i++)
		show_text(s, addresses->list[i], sp_origin_words(s->config, spot, words));
	show_close(s);
}

static void show_listen(show *s)
{
	sp_spot listen = sp_spot_find(sp_config_root(s->config), "listen");

	if (!sp_spot_is_map(listen) || sp_spot_count(listen) == 0)
		return;
	show_open(s, "listen", false);
	for (size_t i = 0; i < SP_LISTENS; i++) {
		const char *key = sp_shape_listen.keys[i].key;
		show_addresses(s, key, &s->config->live.listen[i], sp_spot_find(listen, key));
	}
	show_close(s);
}

/* A mapping of the top level that is rows of sp_live alone. */
static void show_live(show *s, const sp_shape *shape)
{
	sp_rows rows = sp_shape_rows(shape);
	sp_spot from[SP_ROWS_MAX] = {{NULL, 0}};
	sp_live given;

	sp_rows_bind(&rows, sp_spot_find(sp_config_root(s->config), shape->title), &given, from);
	show_open(s, shape->title, false);
	show_rows(s, &rows, &s->config->live, from);
	show_close(s);
}

/* The families that match; false when there is none. */
static bool show_families(show *s, const char *pattern)
{
	const sp_setup *setup = &s->config->setup;
	bool any = false;

	show_open(s, "families", true);
	for (uint32_t i = 0; i < setup->n_families; i++) {
		if (pattern && !sp_pattern_match(pattern, setup->families[i].id))
			continue;
		show_family(s, &s->config->drafts[i], &setup->families[i]);
		any = true;
	}
	show_close(s);
	return any;
}

static void show_head(show *s)
{
	char hash[2 * SP_CONFIG_HASH_SIZE + 1];

	for (size_t i = 0; i < SP_CONFIG_HASH_SIZE; i++)
		snprintf(hash + 2 * i, 3, "%02x", s->config->setup.hash[i]);
	if (s->json)
		fprintf(s->out, "{\"schema\":\"setpoint.config/v1\",\"hash\":\"%s\"", hash);
	else
		fprintf(s->out, "# configuration %s\n", hash);
	s->filled[0] = true;
}

static void show_pools(show *s)
{
	show_open(s, "pools", true);
	for (uint32_t i = 0; i < s->config->setup.n_pools; i++)
		show_pool(s, &s->config->pools[i]);
	show_close(s);
}

sp_status sp_config_show(const sp_config *config, const char *family, bool json, FILE *out)
{
	show s = {.config = config, .out = out, .json = json};
	bool any;

	SP_ASSERT(config && out);
	show_head(&s);
	if (!family) {
		show_top(&s);
		show_pools(&s);
		show_profiles(&s);
		show_blackouts(&s);
		show_signals(&s);
		show_sources(&s);
		show_listen(&s);
		show_live(&s, &sp_shape_feed);
		show_live(&s, &sp_shape_log);
	}
	any = show_families(&s, family);
	SP_ASSERT(s.depth == 0);
	if (json)
		fputs("}\n", out);
	if (ferror(out))
		return SP_E_IO;
	return any || !family ? SP_OK : SP_E_ABSENT;
}
