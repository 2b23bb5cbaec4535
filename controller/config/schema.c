/* schema.c - the JSON Schema by which editors complete and check a configuration as it is typed; from the same tables.
 *
 * It is as strict as a schema can be about keys and types; names, bounds and what layers merge to are `config check`'s. */
#include <string.h>

#include "base/assert.h"
#include "base/signal.h"
#include "controller/config/config.h"
#include "controller/config/parts.h"
#include "controller/config/quote.h"
#include "controller/config/shape.h"
#include "controller/config/words.h"
#include "controller/engine/setup.h"
#include "policies/price/blend.h"

#define NAME_PATTERN    "^[A-Za-z0-9._:/@+-]{1,128}$"
#define PATTERN_PATTERN "^[A-Za-z0-9._:/@+*-]{1,128}$"
#define SPAN_PATTERN    "^([0-9]+(\\\\.[0-9]+)?(ns|us|ms|s|m|h|d|w))+$"
#define RATIO_PATTERN   "^[0-9]+(\\\\.[0-9]+)?%?$"
#define MONEY_PATTERN   "^[0-9]+(\\\\.[0-9]{1,9})?$"
#define UNIT_PATTERN    "^([0-9.]*[kMG]? )?[A-Za-z].*$"
#define ADDRESS_PATTERN "^(tcp://(127\\\\.[0-9.]+|\\\\[::1\\\\]):[1-9][0-9]{0,4}|ipc:///.+)$"

/* --- values --- */

static void schema_described(const char *help, FILE *out)
{
	fputs("\"description\": ", out);
	sp_quote_put(help, out);
}

/* The type of a row, without its braces; a row that may be absent also takes the word none. */
static void schema_type(const sp_param *row, FILE *out)
{
	switch (row->type) {
	case SP_PARAM_REAL:
		fprintf(out, "\"type\": \"number\", \"minimum\": %.15g, \"maximum\": %.15g", row->min, row->max);
		break;
	case SP_PARAM_COUNT:
		fprintf(out, "\"type\": \"integer\", \"minimum\": %.15g, \"maximum\": %.15g", row->min, row->max);
		break;
	case SP_PARAM_SPAN:
		fputs("\"type\": \"string\", \"pattern\": \"" SPAN_PATTERN "\"", out);
		break;
	case SP_PARAM_RATIO:
		fputs("\"type\": [\"string\", \"number\"], \"pattern\": \"" RATIO_PATTERN "\"", out);
		break;
	case SP_PARAM_MONEY:
		fputs("\"type\": \"string\", \"pattern\": \"" MONEY_PATTERN "\"", out);
		break;
	case SP_PARAM_TIME:
		fputs("\"type\": [\"string\", \"integer\"]", out);
		break;
	case SP_PARAM_CHOICE:
		fputs("\"enum\": [", out);
		for (size_t i = 0; row->choices[i]; i++)
			fprintf(out, "%s\"%s\"", i ? ", " : "", row->choices[i]);
		putc(']', out);
		break;
	case SP_PARAM_FLAG:
		fputs("\"type\": \"boolean\"", out);
		break;
	}
}

static void schema_row(const sp_param *row, FILE *out)
{
	bool none = row->initial && strcmp(row->initial, "none") == 0;

	putc('{', out);
	schema_described(row->help, out);
	fputs(none ? ", \"anyOf\": [{\"const\": \"none\"}, {" : ", ", out);
	schema_type(row, out);
	fputs(none ? "}]" : "", out);
	if (row->initial) {
		fputs(", \"default\": ", out);
		sp_quote_put(row->initial, out);
	}
	putc('}', out);
}

/* --- mappings --- */

/* Is this row the first of its dotted group below the prefix? */
static bool schema_group_starts(const sp_rows *rows, size_t at, size_t skip, size_t n)
{
	for (size_t i = 0; i < at; i++) {
		if (strncmp(rows->list[i].key, rows->list[at].key, skip + n + 1) == 0)
			return false;
	}
	return true;
}

static void schema_rows(const sp_rows *rows, const char *prefix, const char *comma, FILE *out)
{
	char deeper[SP_PREFIX_MAX];
	size_t skip = strlen(prefix);

	for (size_t i = 0; i < rows->n; i++) {
		const char *key = rows->list[i].key + skip;
		size_t n = strncmp(rows->list[i].key, prefix, skip) == 0 ? strcspn(key, ".") : 0;
		if (n == 0 || (key[n] == '.' && !schema_group_starts(rows, i, skip, n)))
			continue;
		fprintf(out, "%s\"%.*s\": ", comma, (int)n, key);
		comma = ",\n";
		if (key[n] == '\0') {
			schema_row(&rows->list[i], out);
			continue;
		}
		snprintf(deeper, sizeof(deeper), "%s%.*s.", prefix, (int)n, key);
		fputs("{\"type\": \"object\", \"additionalProperties\": false, \"properties\": {\n", out);
		schema_rows(rows, deeper, "", out);
		fputs("}}", out);
	}
}

/* "#/$defs/pool" by the shape's place in the list of definitions. */
static const struct {
	const char *name;
	const sp_shape *shape;
} schema_defs[] = {
    {"clock", &sp_shape_clock},
    {"clocks", &sp_shape_clocks},
    {"estimators", &sp_shape_estimators},
    {"lot", &sp_shape_lot},
    {"pool", &sp_shape_pool},
    {"guardrails", &sp_shape_guardrails},
    {"loop", &sp_shape_loop},
    {SP_EXPERIMENT_KEY, &sp_shape_experiment},
    {"layer", &sp_shape_layer},
    {"defaults", &sp_shape_defaults},
    {"sku", &sp_shape_sku},
    {"entry", &sp_shape_entry},
    {"blackout", &sp_shape_blackout},
    {"kind", &sp_shape_kind},
    {"source", &sp_shape_source},
    {"listen", &sp_shape_listen},
    {"feed", &sp_shape_feed},
    {"log", &sp_shape_log},
};

static void schema_ref(const sp_shape *shape, FILE *out)
{
	size_t i = 0;

	while (schema_defs[i].shape != shape) {
		i++;
		SP_ASSERT(i < sizeof(schema_defs) / sizeof(schema_defs[0]));
	}
	fprintf(out, "\"$ref\": \"#/$defs/%s\"", schema_defs[i].name);
}

static void schema_kinds(const sp_key *key, FILE *out)
{
	if (key->type == SP_KEY_KINDS)
		fputs("\"type\": \"array\", \"minItems\": 1, \"uniqueItems\": true, \"items\": {\"enum\": [", out);
	else
		fputs("\"type\": \"object\", \"propertyNames\": {\"enum\": [", out);
	for (size_t i = 0; i < SP_SIGNAL_KINDS; i++)
		fprintf(out, "%s\"%s\"", i ? ", " : "", sp_kinds[i].name);
	fputs("]}", out);
	if (key->type == SP_KEY_SIGNALS) {
		fputs(", \"additionalProperties\": {", out);
		schema_ref(key->shape, out);
		putc('}', out);
	}
}

static void schema_shape_key(const sp_key *key, FILE *out)
{
	switch (key->type) {
	case SP_KEY_CLOCK:
		fputs("\"anyOf\": [{\"enum\": [\"fed\", \"absent\", \"implied\"]}, {", out);
		schema_ref(key->shape, out);
		fputs("}]", out);
		break;
	case SP_KEY_LIST:
		fputs("\"type\": \"array\", \"items\": {", out);
		schema_ref(key->shape, out);
		putc('}', out);
		break;
	case SP_KEY_PROFILES:
		fputs("\"type\": \"object\", \"additionalProperties\": {", out);
		schema_ref(key->shape, out);
		putc('}', out);
		break;
	default:
		SP_ASSERT(key->type == SP_KEY_MAP);
		schema_ref(key->shape, out);
	}
}

static void schema_key_type(const sp_key *key, FILE *out)
{
	static const char *const fixed[SP_KEY_TYPES] = {
	    [SP_KEY_VERSION] = "\"const\": 1",
	    [SP_KEY_ID] = "\"type\": \"string\", \"pattern\": \"" NAME_PATTERN "\"",
	    [SP_KEY_NAME] = "\"type\": \"string\", \"pattern\": \"" NAME_PATTERN "\"",
	    [SP_KEY_PATTERN] = "\"type\": \"string\", \"pattern\": \"" PATTERN_PATTERN "\"",
	    [SP_KEY_PATTERNS] =
	        "\"type\": \"array\", \"minItems\": 1, \"items\": {\"type\": \"string\", \"pattern\": \"" PATTERN_PATTERN
	        "\"}",
	    [SP_KEY_TEXT] = "\"type\": \"string\", \"minLength\": 1",
	    [SP_KEY_ADDRESSES] = "\"anyOf\": [{\"type\": \"string\", \"pattern\": \"" ADDRESS_PATTERN
	                         "\"}, {\"type\": \"array\", \"minItems\": 1, \"maxItems\": 4, \"uniqueItems\": true, "
	                         "\"items\": {\"type\": \"string\", \"pattern\": \"" ADDRESS_PATTERN "\"}}]",
	    [SP_KEY_UNIT] = "\"type\": \"string\", \"pattern\": \"" UNIT_PATTERN "\"",
	    [SP_KEY_PRICE] =
	        "\"anyOf\": [{\"const\": \"signal\"}, {\"type\": \"string\", \"pattern\": \"" MONEY_PATTERN "\"}]",
	    [SP_KEY_FLAG] = "\"type\": \"boolean\"",
	    [SP_KEY_LAW] = "\"$ref\": \"#/$defs/law\"",
	    [SP_KEY_ESTIMATOR] = "\"$ref\": \"#/$defs/estimator\"",
	};

	if (fixed[key->type])
		fputs(fixed[key->type], out);
	else if (key->type == SP_KEY_KINDS || key->type == SP_KEY_SIGNALS)
		schema_kinds(key, out);
	else
		schema_shape_key(key, out);
}

static void schema_required(const sp_shape *shape, const sp_rows *rows, FILE *out)
{
	const char *comma = "";

	fputs("\"required\": [", out);
	for (size_t i = 0; i < shape->n_keys; i++) {
		if (!shape->keys[i].required)
			continue;
		fprintf(out, "%s\"%s\"", comma, shape->keys[i].key);
		comma = ", ";
	}
	for (size_t i = 0; i < rows->n; i++) {
		if (rows->list[i].initial)
			continue;
		fprintf(out, "%s\"%s\"", comma, rows->list[i].key);
		comma = ", ";
	}
	fputs("]", out);
}

/* The members of a mapping's schema, without its braces. */
static void schema_shape(const sp_shape *shape, FILE *out)
{
	sp_rows rows = sp_shape_rows(shape);

	schema_described(shape->help, out);
	fputs(", \"type\": \"object\", \"additionalProperties\": false,\n", out);
	schema_required(shape, &rows, out);
	fputs(", \"properties\": {\n", out);
	for (size_t i = 0; i < shape->n_keys; i++) {
		fprintf(out, "%s\"%s\": {", i ? ",\n" : "", shape->keys[i].key);
		schema_described(shape->keys[i].help, out);
		fputs(", ", out);
		schema_key_type(&shape->keys[i], out);
		putc('}', out);
	}
	schema_rows(&rows, "", shape->n_keys ? ",\n" : "", out);
	fputs("}", out);
}

/* --- laws and estimators: which parameters there are depends on `use` --- */

/* The laws of a blend: which parameters an item has beside these depends on its `use`, and is `config check`'s. */
static void schema_parts(FILE *out)
{
	const sp_rows own = {sp_blend_part_params, sp_blend_part_n_params};

	fprintf(out,
	        ",\n\"%s\": {\"type\": \"array\", \"minItems\": 2, \"maxItems\": %d, \"items\": {\"type\": \"object\", "
	        "\"required\": [\"use\"], \"properties\": {\"use\": {\"type\": \"string\"}",
	        SP_BLEND_LAWS, SP_BLEND_PARTS);
	schema_rows(&own, "", ",\n", out);
	fputs("}}}", out);
}

static void schema_method(const sp_method *method, FILE *out)
{
	fprintf(out,
	        "{\"if\": {\"required\": [\"use\"], \"properties\": {\"use\": {\"const\": \"%s\"}}},\n"
	        "\"then\": {\"additionalProperties\": false, \"properties\": {\n\"use\": {",
	        method->name);
	schema_described(method->help, out);
	putc('}', out);
	schema_rows(&method->rows, "", ",\n", out);
	if (method->law)
		fputs(",\n\"" SP_EXPERIMENT_KEY "\": {\"$ref\": \"#/$defs/" SP_EXPERIMENT_KEY "\"}", out);
	if (sp_parts_taken(method))
		schema_parts(out);
	fputs("}}}", out);
}

static void schema_methods(sp_method_kind kind, FILE *out)
{
	sp_method method;

	fprintf(out, "\"%s\": {\"type\": \"object\", \"properties\": {\"use\": {\"enum\": [", sp_method_word(kind));
	for (size_t i = 0; sp_method_at(kind, i, &method); i++)
		fprintf(out, "%s\"%s\"", i ? ", " : "", method.name);
	fputs("]}}, \"allOf\": [\n", out);
	for (size_t i = 0; sp_method_at(kind, i, &method); i++) {
		fputs(i ? ",\n" : "", out);
		schema_method(&method, out);
	}
	fputs("]}", out);
}

void sp_config_schema(FILE *out)
{
	SP_ASSERT(out);
	fputs("{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n\"title\": \"Setpoint configuration\",\n",
	      out);
	schema_shape(&sp_shape_top, out);
	fputs(",\n\"$defs\": {\n", out);
	schema_methods(SP_METHOD_LAW, out);
	fputs(",\n", out);
	schema_methods(SP_METHOD_ESTIMATOR, out);
	for (size_t i = 0; i < sizeof(schema_defs) / sizeof(schema_defs[0]); i++) {
		fprintf(out, ",\n\"%s\": {", schema_defs[i].name);
		schema_shape(schema_defs[i].shape, out);
		fputs("}", out);
	}
	fputs("}}\n", out);
}
