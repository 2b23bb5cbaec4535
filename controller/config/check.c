/* check.c - walks a tree along the shapes and says all that is wrong with each mapping by itself.
 *
 * Values are read into a scratch record, by the same rows that bind them later; a spot that was complained about stays
 * silent then. */
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/signal.h"
#include "controller/config/address.h"
#include "controller/config/complaint.h"
#include "controller/config/live.h"
#include "controller/config/nearest.h"
#include "controller/config/parts.h"
#include "controller/config/shape.h"
#include "controller/config/unit.h"
#include "controller/engine/setup.h"
#include "policies/price/blend.h"

#define KEYS_MAX     64  /* known keys of one mapping, rows and others */
#define PROFILES_MAX 256 /* looked through one by one */
#define MISSING_MAX  400 /* [bytes] of the list of what is missing */

/* Where values are tried: as large as the largest struct that rows describe. */
typedef union check_scratch {
	sp_setup setup;
	sp_pool_setup pool;
	sp_lot_setup lot;
	sp_family_setup family;
	sp_sku_setup sku;
	sp_source_setup source;
	sp_live live;
	_Alignas(8) uint8_t law[SP_LAW_PARAMS_MAX];
	_Alignas(8) uint8_t estimator[SP_ESTIMATOR_PARAMS_MAX];
} check_scratch;

/* --- one mapping --- */

typedef struct check_map {
	const sp_shape *shape;
	const char *prefix; /* of the rows that may stand here */
	sp_spot at;
	uint64_t seen; /* bits of known keys: first the shape's own, then rows */
} check_map;

static void check_value(const sp_key *key, sp_spot value);

/* The first part of a row's key below a prefix: "pass_through" of "pass_through.up". */
static const char *row_part(const sp_param *row, const char *prefix, size_t *n)
{
	size_t skip = strlen(prefix);

	if (strncmp(row->key, prefix, skip) != 0)
		return NULL;
	*n = strcspn(row->key + skip, ".");
	return row->key + skip;
}

/* Is this first part that of the row before, too? Dotted rows of a group stand together. */
static bool row_part_again(const sp_rows *rows, size_t at, const char *part, size_t n)
{
	size_t whole = (size_t)(part - rows->list[at].key) + n;

	return at > 0 && strncmp(rows->list[at - 1].key, rows->list[at].key, whole) == 0 &&
	       rows->list[at - 1].key[whole] == '.';
}

static void offer_keys(const check_map *map, sp_nearest *nearest)
{
	sp_rows rows = sp_shape_rows(map->shape);
	size_t n;

	for (size_t i = 0; map->prefix[0] == '\0' && i < map->shape->n_keys; i++)
		sp_nearest_offer(nearest, map->shape->keys[i].key, strlen(map->shape->keys[i].key));
	for (size_t i = 0; i < rows.n; i++) {
		const char *part = row_part(&rows.list[i], map->prefix, &n);
		if (part && !row_part_again(&rows, i, part, n))
			sp_nearest_offer(nearest, part, n);
	}
}

static void say_unknown(const check_map *map, sp_spot key)
{
	size_t n;
	const char *text = sp_spot_text(key, &n);
	sp_nearest nearest = sp_nearest_to(text, n);

	if (!sp_spot_is_quiet(key))
		offer_keys(map, &nearest);
	sp_say(key, "no such key here: %s", sp_nearest_words(&nearest));
}

/* Has this known key been seen in the mapping before? Its bit is set. */
static bool seen_before(check_map *map, sp_spot key, size_t bit)
{
	size_t n;
	const char *text = sp_spot_text(key, &n);
	bool before;

	SP_ASSERT(bit < KEYS_MAX);
	before = map->seen >> bit & 1;
	map->seen |= UINT64_C(1) << bit;
	if (before)
		sp_say(key, "%.*s is given twice: keep one", SP_QUOTE(n, text));
	return before;
}

static void check_rows(const sp_shape *shape, const char *prefix, sp_spot at);

static void check_row(check_map *map, sp_spot key, sp_spot value)
{
	sp_rows rows = sp_shape_rows(map->shape);
	char deeper[SP_PREFIX_MAX];
	check_scratch scratch;
	size_t n, at;
	const char *text = sp_spot_text(key, &n);
	sp_row_match match = sp_rows_find(&rows, map->prefix, text, n, &at);

	if (match == SP_ROW_NONE) {
		say_unknown(map, key);
		return;
	}
	if (seen_before(map, key, map->shape->n_keys + at))
		return;
	if (match == SP_ROW_EXACT) {
		sp_row_read(&rows.list[at], value, &scratch);
		return;
	}
	snprintf(deeper, sizeof(deeper), "%s%.*s.", map->prefix, (int)n, text);
	check_rows(map->shape, deeper, value);
}

static const sp_key *shape_key(const sp_shape *shape, const char *text, size_t n)
{
	for (size_t i = 0; i < shape->n_keys; i++) {
		if (strlen(shape->keys[i].key) == n && memcmp(shape->keys[i].key, text, n) == 0)
			return &shape->keys[i];
	}
	return NULL;
}

static void check_pair(check_map *map, sp_spot key, sp_spot value)
{
	size_t n;
	const char *text = sp_spot_text(key, &n);
	const sp_key *known = map->prefix[0] ? NULL : shape_key(map->shape, text, n);

	if (!sp_spot_is_text(key))
		sp_say(key, "a key is one word: write \"key: value\"");
	else if (!known)
		check_row(map, key, value);
	else if (!seen_before(map, key, (size_t)(known - map->shape->keys)))
		check_value(known, value);
}

/* The rows of one mapping, whole or below a dotted key. */
static void check_rows(const sp_shape *shape, const char *prefix, sp_spot at)
{
	check_map map = {shape, prefix, at, 0};
	sp_rows rows = sp_shape_rows(shape);
	char missing[MISSING_MAX] = "";
	size_t n_missing = 0;

	if (!sp_spot_is_map(at)) {
		sp_say(at, "%s: expected keys and values below it, \"key: value\" one a line",
		       sp_spot_is_null(at) ? "nothing is given" : "not a mapping");
		return;
	}
	for (size_t i = 0; i < sp_spot_count(at); i++)
		check_pair(&map, sp_spot_key(at, i), sp_spot_value(at, i));
	for (size_t i = 0; prefix[0] == '\0' && i < shape->n_keys + rows.n; i++) {
		const char *key = i < shape->n_keys ? shape->keys[i].key : rows.list[i - shape->n_keys].key;
		bool required =
		    i < shape->n_keys ? shape->keys[i].required : !shape->merged && !rows.list[i - shape->n_keys].initial;
		if (required && !(map.seen >> i & 1) && n_missing + strlen(key) + 3 < MISSING_MAX)
			n_missing += (size_t)sprintf(missing + n_missing, "%s%s", n_missing ? ", " : "", key);
	}
	if (n_missing > 0)
		sp_say(at, "missing: %s", missing);
}

void sp_shape_check(const sp_shape *shape, sp_spot at)
{
	SP_ASSERT(shape && sp_spot_there(at));
	check_rows(shape, "", at);
}

/* --- values that are no rows --- */

static void check_version(const sp_key *key, sp_spot value)
{
	size_t n;
	const char *text = sp_spot_text(value, &n);

	if (n != 1 || text[0] != '1')
		sp_say(value, "this Setpoint reads version 1: write \"%s: 1\"", key->key);
}

static bool check_is_text(const sp_key *key, sp_spot value)
{
	size_t n;

	sp_spot_text(value, &n);
	if (n > 0)
		return true;
	sp_say(value, "expected one value, such as %s", key->example);
	return false;
}

static void check_id(const sp_key *key, sp_spot value)
{
	size_t n;
	const char *text = sp_spot_text(value, &n);

	if (check_is_text(key, value) && sp_id_check(text, n) != SP_OK)
		sp_say(value, "not a name: 1 to %d of A-Z a-z 0-9 . _ : / @ + -, such as %s", SP_ID_MAX, key->example);
}

static void check_pattern(const sp_key *key, sp_spot value)
{
	char plain[SP_ID_MAX];
	size_t n, n_plain = 0;
	const char *text = sp_spot_text(value, &n);

	if (!check_is_text(key, value))
		return;
	for (size_t i = 0; i < n && n <= SP_ID_MAX; i++)
		plain[n_plain++] = text[i] == '*' ? 'x' : text[i];
	if (sp_id_check(plain, n_plain) != SP_OK)
		sp_say(value, "not a pattern: 1 to %d of A-Z a-z 0-9 . _ : / @ + - and *, such as %s", SP_ID_MAX, key->example);
}

static void check_text(const sp_key *key, sp_spot value)
{
	check_is_text(key, value);
}

static void check_unit(const sp_key *key, sp_spot value)
{
	sp_message message = {""};
	double quantity;
	size_t n;
	const char *text = sp_spot_text(value, &n);

	if (check_is_text(key, value) && sp_unit_parse(text, n, &quantity, &message) != SP_OK)
		sp_say(value, "%s", message.text);
}

static void check_address(const sp_key *key, sp_spot value)
{
	sp_message message = {""};
	size_t n;
	const char *text = sp_spot_text(value, &n);

	if (check_is_text(key, value) && sp_address_check(text, n, &message) != SP_OK)
		sp_say(value, "%s", message.text);
}

/* One stands for a list of one. */
static void check_addresses(const sp_key *key, sp_spot value)
{
	size_t n = sp_spot_is_list(value) ? sp_spot_count(value) : 1;

	if (n == 0) {
		sp_say(value, "no address: write one, such as %s, or remove the key", key->example);
		return;
	}
	if (n > SP_LISTEN_MAX) {
		sp_say(value, "%zu addresses, but at most %d are listened on: remove some", n, SP_LISTEN_MAX);
		return;
	}
	for (size_t i = 0; i < n; i++)
		check_address(key, sp_spot_is_list(value) ? sp_spot_item(value, i) : value);
}

static void check_price(const sp_key *key, sp_spot value)
{
	sp_lot_setup lot;
	size_t n;
	const char *text = sp_spot_text(value, &n);

	if (check_is_text(key, value) && strcmp(text, "signal") != 0)
		sp_row_read(&sp_lot_price, value, &lot);
}

static void check_clock(const sp_key *key, sp_spot value)
{
	sp_clock_setup clock;
	sp_rows rows = sp_shape_rows(key->shape);
	size_t at;

	if (sp_spot_is_text(value) && sp_rows_find(&rows, "", "feed", 4, &at) == SP_ROW_EXACT)
		sp_row_read(&rows.list[at], value, &clock);
	else
		sp_shape_check(key->shape, value);
}

static void check_map_of(const sp_key *key, sp_spot value)
{
	sp_shape_check(key->shape, value);
}

static void check_list(const sp_key *key, sp_spot value)
{
	if (!sp_spot_is_list(value)) {
		sp_say(value, "expected a list, each item with \"- \"");
		return;
	}
	for (size_t i = 0; i < sp_spot_count(value); i++) {
		if (key->type == SP_KEY_PATTERNS)
			check_pattern(key, sp_spot_item(value, i));
		else
			sp_shape_check(key->shape, sp_spot_item(value, i));
	}
}

static bool check_kind(sp_spot name, sp_signal_kind *kind)
{
	size_t n;
	const char *text = sp_spot_text(name, &n);
	sp_nearest nearest = sp_nearest_to(text, n);

	*kind = sp_kind_find(text, n);
	if (*kind < SP_SIGNAL_KINDS)
		return true;
	for (size_t i = 0; !sp_spot_is_quiet(name) && i < SP_SIGNAL_KINDS; i++)
		sp_nearest_offer(&nearest, sp_kinds[i].name, strlen(sp_kinds[i].name));
	sp_say(name, "no such signal kind: %s", sp_nearest_words(&nearest));
	return false;
}

static void check_kinds(const sp_key *key, sp_spot value)
{
	uint64_t seen = 0;
	sp_signal_kind kind;

	if (!sp_spot_is_list(value) || sp_spot_count(value) == 0) {
		sp_say(value, "expected a list, such as %s", key->example);
		return;
	}
	for (size_t i = 0; i < sp_spot_count(value); i++) {
		sp_spot item = sp_spot_item(value, i);
		if (check_kind(item, &kind) && seen >> kind & 1)
			sp_say(item, "%s is given twice: keep one", sp_kinds[kind].name);
		else if (kind < SP_SIGNAL_KINDS)
			seen |= UINT64_C(1) << kind;
	}
}

static void check_signals(const sp_key *key, sp_spot value)
{
	uint64_t seen = 0;
	sp_signal_kind kind;

	if (!sp_spot_is_map(value)) {
		sp_say(value, "expected signal kinds with their bounds, such as \"utilization: {max: 2}\"");
		return;
	}
	for (size_t i = 0; i < sp_spot_count(value); i++) {
		sp_spot name = sp_spot_key(value, i);
		if (!check_kind(name, &kind))
			continue;
		if (seen >> kind & 1)
			sp_say(name, "%s is given twice: keep one", sp_kinds[kind].name);
		seen |= UINT64_C(1) << kind;
		sp_shape_check(key->shape, sp_spot_value(value, i));
	}
}

static bool profile_repeated(sp_spot map, size_t at)
{
	size_t n, n_other;
	const char *text = sp_spot_text(sp_spot_key(map, at), &n);

	for (size_t i = 0; i < at; i++) {
		const char *other = sp_spot_text(sp_spot_key(map, i), &n_other);
		if (n == n_other && memcmp(text, other, n) == 0)
			return true;
	}
	return false;
}

static void check_profiles(const sp_key *key, sp_spot value)
{
	static const sp_key name = {"", SP_KEY_ID, true, NULL, "night", "", NULL};

	if (!sp_spot_is_map(value)) {
		sp_say(value, "expected names with their settings, such as \"night: {mode: auto}\"");
		return;
	}
	if (sp_spot_count(value) > PROFILES_MAX) {
		sp_say(value, "more than %d profiles: let entries of families: differ instead", PROFILES_MAX);
		return;
	}
	for (size_t i = 0; i < sp_spot_count(value); i++) {
		check_id(&name, sp_spot_key(value, i));
		if (profile_repeated(value, i))
			sp_say(sp_spot_key(value, i), "this profile is given twice: keep one");
		sp_shape_check(key->shape, sp_spot_value(value, i));
	}
}

/* --- laws and estimators --- */

static void say_no_method(sp_method_kind kind, sp_spot use)
{
	size_t n;
	const char *text = sp_spot_text(use, &n);
	sp_nearest nearest = sp_nearest_to(text, n);
	sp_method method;

	for (size_t i = 0; !sp_spot_is_quiet(use) && sp_method_at(kind, i, &method); i++)
		sp_nearest_offer(&nearest, method.name, strlen(method.name));
	sp_say(use, "no such %s: %s", sp_method_word(kind), sp_nearest_words(&nearest));
}

/* Without `use` the law is another layer's; here only: is there any that has such a key? */
static void check_keys_of_any(sp_method_kind kind, sp_spot value)
{
	sp_method method;
	size_t n, at;

	for (size_t i = 0; i < sp_spot_count(value); i++) {
		sp_spot key = sp_spot_key(value, i);
		const char *text = sp_spot_text(key, &n);
		bool known = kind == SP_METHOD_LAW && strcmp(text, SP_BLEND_LAWS) == 0;
		if (kind == SP_METHOD_LAW && strcmp(text, SP_EXPERIMENT_KEY) == 0) {
			sp_shape_check(&sp_shape_experiment, sp_spot_value(value, i));
			continue;
		}
		for (size_t m = 0; !known && sp_method_at(kind, m, &method); m++)
			known = sp_rows_find(&method.rows, "", text, n, &at) != SP_ROW_NONE;
		if (!known)
			sp_say(key, "no %s has such a parameter: name the %s with use:", sp_method_word(kind),
			       sp_method_word(kind));
	}
}

/* One law of a blend: by itself, and without another layer's `use`. */
static void check_part(sp_spot item)
{
	static const sp_key use_key = {"use", SP_KEY_NAME, false, NULL, "fixed", "", NULL};
	sp_spot use = sp_spot_find(item, "use");
	sp_part_rows rows = {.n = 0};
	sp_shape shape = {"", "", rows.list, &rows.n, &use_key, 1, true};
	sp_method method;
	size_t n;
	const char *name = sp_spot_text(use, &n);

	if (!sp_spot_there(use)) {
		sp_say(item, "expected a law with its parameters, such as {use: cost_plus, weight: 50%%}");
	} else if (!sp_method_find(SP_METHOD_LAW, name, n, &method)) {
		say_no_method(SP_METHOD_LAW, use);
	} else {
		sp_part_rows_of(&method, &rows);
		sp_shape_check(&shape, item);
	}
}

static void check_laws(const sp_key *key, sp_spot value)
{
	if (!sp_spot_is_list(value) || sp_spot_count(value) < 2 || sp_spot_count(value) > SP_BLEND_PARTS) {
		sp_say(value, "expected a list of 2 to %d laws, such as %s", SP_BLEND_PARTS, key->example);
		return;
	}
	for (size_t i = 0; i < sp_spot_count(value); i++)
		check_part(sp_spot_item(value, i));
}

static void check_flag(const sp_key *key, sp_spot value)
{
	size_t n;
	const char *text = sp_spot_text(value, &n);

	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		sp_say(value, "expected true or false, such as %s: %s", key->key, key->example);
}

static void check_method(const sp_key *key, sp_spot value)
{
	static const sp_key use_keys[] = {
	    {"use", SP_KEY_NAME, false, NULL, "fixed", "", NULL},
	    {SP_EXPERIMENT_KEY, SP_KEY_MAP, false, NULL, NULL, "", &sp_shape_experiment},
	    {SP_BLEND_LAWS, SP_KEY_LAWS, false, NULL, "[{use: cost_plus, weight: 50%}, {use: schedule, weight: 50%}]", "",
	     NULL},
	};
	sp_method_kind kind = key->type == SP_KEY_LAW ? SP_METHOD_LAW : SP_METHOD_ESTIMATOR;
	sp_spot use = sp_spot_find(value, "use");
	sp_shape shape = {"", "", NULL, NULL, use_keys, kind == SP_METHOD_LAW ? 2 : 1, true};
	sp_method method;
	size_t n;
	const char *name = sp_spot_text(use, &n);

	if (!sp_spot_is_map(value)) {
		sp_say(value, "expected the %s with its parameters, such as %s", sp_method_word(kind), key->example);
	} else if (!sp_spot_there(use)) {
		check_keys_of_any(kind, value);
	} else if (!sp_method_find(kind, name, n, &method)) {
		say_no_method(kind, use);
	} else {
		shape.rows = method.rows.list;
		shape.n_rows = &method.rows.n;
		shape.n_keys += sp_parts_taken(&method);
		sp_shape_check(&shape, value);
	}
}

/* --- by type --- */

static void check_value(const sp_key *key, sp_spot value)
{
	static void (*const by_type[SP_KEY_TYPES])(const sp_key *, sp_spot) = {
	    [SP_KEY_VERSION] = check_version,
	    [SP_KEY_ID] = check_id,
	    [SP_KEY_NAME] = check_id,
	    [SP_KEY_PATTERN] = check_pattern,
	    [SP_KEY_PATTERNS] = check_list,
	    [SP_KEY_KINDS] = check_kinds,
	    [SP_KEY_TEXT] = check_text,
	    [SP_KEY_UNIT] = check_unit,
	    [SP_KEY_PRICE] = check_price,
	    [SP_KEY_CLOCK] = check_clock,
	    [SP_KEY_FLAG] = check_flag,
	    [SP_KEY_LAW] = check_method,
	    [SP_KEY_LAWS] = check_laws,
	    [SP_KEY_ESTIMATOR] = check_method,
	    [SP_KEY_MAP] = check_map_of,
	    [SP_KEY_LIST] = check_list,
	    [SP_KEY_PROFILES] = check_profiles,
	    [SP_KEY_SIGNALS] = check_signals,
	    [SP_KEY_ADDRESSES] = check_addresses,
	};

	SP_ASSERT(key->type < SP_KEY_TYPES && by_type[key->type]);
	by_type[key->type](key, value);
}
