/* map.c - a LiteLLM price map into a draft: what a token costs, by model and meter. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "sim/draft/draft.h"

#define MAP_BYTES_MAX (64u << 20) /* of a price map: some 30 times today's */

static const struct {
	const char *key, *meter;
} map_meters[] = {{"input_cost_per_token", "input"},
                  {"output_cost_per_token", "output"},
                  {"cache_read_input_token_cost", "cached"},
                  {"cache_creation_input_token_cost", "cache_write"},
                  {"output_cost_per_reasoning_token", "reasoning"}};

/* JSON with every number as a string: then a price is what was written, not the nearest double. */
static char *map_quote_numbers(const char *text, size_t n, size_t *n_quoted)
{
	char *out = malloc(3 * n + 1);
	size_t at = 0;
	bool quoted = false;
	for (size_t i = 0; out != NULL && i < n; i++) {
		if (quoted || text[i] == '"') {
			quoted = text[i] == '"' ? !quoted : quoted;
			out[at++] = text[i];
			if (quoted && text[i] == '\\' && i + 1 < n)
				out[at++] = text[++i];
			continue;
		}
		size_t digits = text[i] == '-' || (text[i] >= '0' && text[i] <= '9') ? 1 : 0;
		while (digits > 0 && i + digits < n && strchr("0123456789+-.eE", text[i + digits]) != NULL)
			digits++;
		if (digits == 0) {
			out[at++] = text[i];
			continue;
		}
		out[at++] = '"';
		memcpy(out + at, text + i, digits);
		at += digits;
		out[at++] = '"';
		i += digits - 1;
	}
	*n_quoted = at;
	return out;
}

/* Does the usage name a SKU of this model? Without usage every model counts. */
static bool map_model_used(const sp_draft *draft, const char *model)
{
	size_t n = strlen(model);
	if (!draft->has_usage)
		return true;
	for (uint32_t i = 0; i < sp_ids_count(draft->billed.skus); i++) {
		const char *sku = sp_ids_name(draft->billed.skus, i);
		if (strncmp(sku, model, n) == 0 && sku[n] == '/' && strchr(sku + n + 1, '/') == NULL)
			return true;
	}
	return false;
}

/* Is this the only entry of a model of that name, whoever provides it? */
static bool map_only(json_t *map, const char *bare)
{
	size_t n = strlen(bare), found = 0;
	const char *model;
	json_t *entry;
	json_object_foreach(map, model, entry)
	{
		size_t length = strlen(model);
		if (length > n && model[length - n - 1] == '/' && strcmp(model + length - n, bare) == 0)
			found++;
	}
	return found == 1;
}

/* What an entry is called in the usage: as in the map, else without the provider before a slash, where that is the only one it could
 * be and none has the bare name. NULL: it is not used. */
static const char *map_name_used(const sp_draft *draft, json_t *map, const char *model)
{
	if (map_model_used(draft, model))
		return model;
	for (const char *slash = strchr(model, '/'); slash != NULL; slash = strchr(slash + 1, '/'))
		if (map_model_used(draft, slash + 1) && json_object_get(map, slash + 1) == NULL && map_only(map, slash + 1))
			return slash + 1;
	return NULL;
}

/* A price of the same tokens on other terms: by the batch, with priority, of a long prompt. */
static bool map_is_variant(const char *key)
{
	static const char *const ends[] = {"_batches", "_flex", "_priority", "_above_"};
	bool variant = false;
	for (size_t i = 0; i < sizeof map_meters / sizeof map_meters[0]; i++) {
		size_t n = strlen(map_meters[i].key);
		for (size_t e = 0; strncmp(key, map_meters[i].key, n) == 0 && e < sizeof ends / sizeof ends[0]; e++)
			variant = variant || strncmp(key + n, ends[e], strlen(ends[e])) == 0;
	}
	return variant;
}

static sp_status map_take_price(sp_draft *draft, const char *model, const char *meter, const char *per_token)
{
	char text[SP_EXACT_TEXT_MAX], sku[SP_ID_MAX + 1], none[] = "", family[SP_ID_MAX + 1], name[16];
	sp_exact usd;
	if ((size_t)snprintf(sku, sizeof sku, "%s/%s", model, meter) >= sizeof sku ||
	    sp_id_check(sku, strlen(sku)) != SP_OK || sp_exact_parse_rounded(per_token, strlen(per_token), &usd) != SP_OK ||
	    usd.atto <= 0 || sp_exact_scale(usd, INT64_C(1000000) * SP_NANO, &usd) != SP_OK) {
		draft->n_skipped++;
		return SP_OK;
	}
	snprintf(family, sizeof family, "%.*s", SP_ID_MAX, model);
	snprintf(name, sizeof name, "%s", meter);
	sp_exact_format(usd, text);
	return sp_draft_add_sku(draft, &(sp_draft_sku){sku, family, name, none, text, none});
}

static sp_status map_take_model(sp_draft *draft, const char *model, json_t *entry)
{
	sp_status status = SP_OK;
	const char *key;
	json_t *value;
	json_object_foreach(entry, key, value) draft->n_variants += map_is_variant(key);
	for (size_t i = 0; status == SP_OK && i < sizeof map_meters / sizeof map_meters[0]; i++) {
		const char *price = json_string_value(json_object_get(entry, map_meters[i].key));
		if (price != NULL)
			status = map_take_price(draft, model, map_meters[i].meter, price);
	}
	return status;
}

/* A map that gives no SKU is no price list: better said than that prices are made of something else. */
static sp_status map_complain_empty(const sp_draft *draft, const char *name, size_t n_models, sp_message *message)
{
	if (!draft->has_usage)
		return sp_message_set(message, SP_E_SYNTAX, "%s: no price a token in it", name);
	if (sp_ids_count(draft->billed.skus) == 0)
		return sp_message_set(message, SP_E_SYNTAX, "%s: no model of it is used: the usage has no row", name);
	return sp_message_set(
	    message, SP_E_SYNTAX,
	    "%s: none of its %zu models is in the usage; a SKU of the usage must be MODEL/input, /output, "
	    "/reasoning, /cached or /cache_write, and is '%s'; or leave out --prices",
	    name, n_models, sp_ids_name(draft->billed.skus, 0));
}

static sp_status map_take_models(sp_draft *draft, json_t *map, const char *name, sp_message *message)
{
	sp_status status = SP_OK;
	const char *model;
	json_t *entry;
	json_object_foreach(map, model, entry)
	{
		const char *used = strcmp(model, "sample_spec") != 0 ? map_name_used(draft, map, model) : NULL;
		if (status == SP_OK && used != NULL)
			status = map_take_model(draft, used, entry);
	}
	if (status == SP_OK && draft->n_skus == 0)
		return map_complain_empty(draft, name, json_object_size(map), message);
	return status;
}

sp_status sp_draft_map(sp_draft *draft, FILE *file, const char *name, sp_message *message)
{
	SP_ASSERT(file != NULL && name != NULL);
	char *text = malloc(MAP_BYTES_MAX), *quoted = NULL;
	size_t n = text != NULL ? fread(text, 1, MAP_BYTES_MAX, file) : 0, n_quoted = 0;
	json_error_t error;
	if (text != NULL && n < MAP_BYTES_MAX)
		quoted = map_quote_numbers(text, n, &n_quoted);
	json_t *map = quoted != NULL ? json_loadb(quoted, n_quoted, JSON_REJECT_DUPLICATES, &error) : NULL;
	sp_status status = SP_E_MEMORY;
	if (n == MAP_BYTES_MAX)
		status =
		    sp_message_set(message, SP_E_RANGE, "%s: longer than %u bytes; is it a price map?", name, MAP_BYTES_MAX);
	else if (quoted != NULL && !json_is_object(map))
		status = sp_message_set(message, SP_E_SYNTAX, "%s:%d: no price map: %s", name, map == NULL ? error.line : 1,
		                        map == NULL ? error.text : "expected an object of models");
	else if (quoted != NULL)
		status = map_take_models(draft, map, name, message);
	json_decref(map);
	free(text);
	free(quoted);
	return status;
}
