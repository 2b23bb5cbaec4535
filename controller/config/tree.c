/* tree.c - loads a YAML text in two passes: one over the events, which holds the bounds and says what a person did wrong;
 * one that lets libyaml build its document. libyaml 0.2.5 keeps no path and bounds nothing; this file adds both. */
#include "controller/config/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "controller/config/complaint.h"

/* --- complaints of a place that has no node yet --- */

typedef struct tree_mark {
	size_t line, column; /* from 1 */
} tree_mark;

static __attribute__((format(printf, 3, 4))) void tree_say(sp_tree *tree, tree_mark mark, const char *format, ...)
{
	char text[512];
	sp_complaint_place place = {text, "", (uint32_t)mark.line, (uint32_t)mark.column};
	va_list args;

	if (mark.line > 0)
		snprintf(text, sizeof(text), "%.400s:%zu:%zu", tree->name, mark.line, mark.column);
	else
		snprintf(text, sizeof(text), "%.400s", tree->name);
	va_start(args, format);
	sp_complaints_add(tree->complaints, &place, format, args);
	va_end(args);
}

static tree_mark mark_of(yaml_mark_t mark)
{
	return (tree_mark){mark.line + 1, mark.column + 1};
}

/* The place of a byte; columns count characters, as libyaml's marks do. */
static tree_mark mark_at(const char *text, size_t offset)
{
	tree_mark mark = {1, 1};

	for (size_t i = 0; i < offset; i++) {
		if (text[i] == '\n')
			mark = (tree_mark){mark.line + 1, 1};
		else if (((unsigned char)text[i] & 0xc0) != 0x80)
			mark.column++;
	}
	return mark;
}

/* --- what libyaml says, and what a person can do about it --- */

typedef struct tree_cure {
	const char *problem, *cure;
} tree_cure;

static const tree_cure tree_cures[] = {
    {"mapping values are not allowed", "indent it as its neighbours are, or quote a value that holds \": \""},
    {"could not find expected ':'", "write \"key: value\", one a line"},
    {"did not find expected key", "indent it as its neighbours are"},
    {"did not find expected '-' indicator", "indent it as its neighbours are, each item with \"- \""},
    {"did not find expected ',' or ']'", "put a comma between items and close the list with \"]\""},
    {"did not find expected ',' or '}'", "put a comma between pairs and close them with \"}\""},
    {"found unexpected end of stream", "close the quote"},
    {"found unexpected document indicator", "close the quote"},
    {"unknown escape character", "use single quotes, or double the backslash"},
    {"did not find expected hexdecimal number", "use single quotes, or double the backslash"},
    {"block sequence entries are not allowed", "put the list's first \"- \" on a line of its own"},
    {"did not find expected <document start>", "begin with \"version: 1\", without a line before it"},
    {"found a tab character", "use blanks, not tabs"},
};

static const char *cure_of(const char *problem, char at)
{
	if (strstr(problem, "cannot start any token"))
		return at == '\t' ? "use blanks, not tabs" : "put the value in quotes";
	for (size_t i = 0; i < sizeof(tree_cures) / sizeof(tree_cures[0]); i++) {
		if (strstr(problem, tree_cures[i].problem))
			return tree_cures[i].cure;
	}
	return "look for indentation, quotes and brackets nearby";
}

static void tree_say_reader(sp_tree *tree, const yaml_parser_t *parser, const char *text, size_t n)
{
	size_t at = parser->problem_offset < n ? parser->problem_offset : n;
	bool control = strstr(parser->problem, "control") != NULL;

	if (strstr(parser->problem, "trailing")) /* of a sequence: the place is where that begins */
		do {
			at -= at > 0;
		} while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80);
	tree_say(tree, mark_at(text, at), "%s: %s", control ? "a control character" : "not UTF-8",
	         control ? "remove it" : "save the file as UTF-8");
}

static sp_status tree_say_problem(sp_tree *tree, const yaml_parser_t *parser, const char *text, size_t n)
{
	size_t at = parser->problem_mark.index;
	size_t byte = 0;

	if (parser->error == YAML_MEMORY_ERROR)
		return SP_E_MEMORY;
	if (parser->error == YAML_READER_ERROR) {
		tree_say_reader(tree, parser, text, n);
		return SP_E_SYNTAX;
	}
	for (size_t left = at; byte < n && left > 0; byte++) /* marks count characters */
		left -= byte + 1 == n || ((unsigned char)text[byte + 1] & 0xc0) != 0x80;
	tree_say(tree, mark_of(parser->problem_mark), "%s%s%s: %s", parser->context ? parser->context : "",
	         parser->context ? ", " : "", parser->problem, cure_of(parser->problem, byte < n ? text[byte] : '\0'));
	return SP_E_SYNTAX;
}

/* --- first pass: the bounds --- */

typedef struct tree_count {
	size_t documents, depth, nodes, wrong;
	bool stop;
} tree_count;

static void count_wrong(tree_count *count, bool stop)
{
	count->wrong++;
	count->stop = count->stop || stop;
}

static void count_anchor(sp_tree *tree, tree_count *count, const yaml_event_t *event, const yaml_char_t *anchor,
                         const yaml_char_t *tag)
{
	if (anchor) {
		tree_say(tree, mark_of(event->start_mark),
		         "an anchor: every value stands in one place; share values by defaults: or profiles:");
		count_wrong(count, false);
	}
	if (tag) {
		tree_say(tree, mark_of(event->start_mark), "a tag: types come from the keys; remove it");
		count_wrong(count, false);
	}
}

static void count_deeper(sp_tree *tree, tree_count *count, const yaml_event_t *event)
{
	if (++count->depth > SP_TREE_DEPTH_MAX) {
		tree_say(tree, mark_of(event->start_mark),
		         "nested deeper than %d: no key is that deep; look for a bracket "
		         "that is not closed",
		         SP_TREE_DEPTH_MAX);
		count_wrong(count, true);
	}
}

static void count_node(sp_tree *tree, tree_count *count, const yaml_event_t *event)
{
	if (++count->nodes > SP_TREE_NODES_MAX) {
		tree_say(tree, mark_of(event->start_mark), "more than %d keys and values: move SKUs to a price sheet",
		         SP_TREE_NODES_MAX);
		count_wrong(count, true);
	}
}

static void count_event(sp_tree *tree, tree_count *count, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++count->documents > 1) {
			tree_say(tree, mark_of(event->start_mark), "a second document: a configuration is one; remove the \"---\"");
			count_wrong(count, true);
		}
		break;
	case YAML_ALIAS_EVENT:
		tree_say(tree, mark_of(event->start_mark),
		         "an alias: every value stands in one place; share values by defaults: or profiles:");
		count_wrong(count, false);
		break;
	case YAML_SCALAR_EVENT:
		count_anchor(tree, count, event, event->data.scalar.anchor, event->data.scalar.tag);
		count_node(tree, count, event);
		break;
	case YAML_SEQUENCE_START_EVENT:
		count_anchor(tree, count, event, event->data.sequence_start.anchor, event->data.sequence_start.tag);
		count_node(tree, count, event);
		count_deeper(tree, count, event);
		break;
	case YAML_MAPPING_START_EVENT:
		count_anchor(tree, count, event, event->data.mapping_start.anchor, event->data.mapping_start.tag);
		count_node(tree, count, event);
		count_deeper(tree, count, event);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		count->depth--;
		break;
	default:
		break;
	}
}

/* A parser over a text; false without memory. */
static bool tree_parser(yaml_parser_t *parser, const char *text, size_t n)
{
	if (!yaml_parser_initialize(parser))
		return false;
	yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(parser, (const unsigned char *)text, n);
	return true;
}

static sp_status tree_count_events(sp_tree *tree, yaml_parser_t *parser, const char *text, size_t n)
{
	tree_count count = {0};
	yaml_event_t event;
	bool ended = false;

	while (!ended && !count.stop) {
		if (!yaml_parser_parse(parser, &event))
			return tree_say_problem(tree, parser, text, n);
		count_event(tree, &count, &event);
		ended = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	if (ended && count.documents == 0) {
		tree_say(tree, (tree_mark){1, 1}, "nothing is in it: begin with \"version: 1\"");
		return SP_E_SYNTAX;
	}
	return count.wrong > 0 ? SP_E_SYNTAX : SP_OK;
}

static sp_status tree_bound(sp_tree *tree, const char *text, size_t n)
{
	yaml_parser_t parser;
	const char *zero = memchr(text, '\0', n);
	sp_status status;

	if (zero) {
		tree_say(tree, mark_at(text, (size_t)(zero - text)), "a zero byte: this is not a text file");
		return SP_E_SYNTAX;
	}
	if (!tree_parser(&parser, text, n))
		return SP_E_MEMORY;
	status = tree_count_events(tree, &parser, text, n);
	yaml_parser_delete(&parser);
	return status;
}

/* --- second pass: the document, and each node's parent --- */

static sp_status tree_build(sp_tree *tree, const char *text, size_t n)
{
	yaml_parser_t parser;
	sp_status status = SP_OK;

	if (!tree_parser(&parser, text, n))
		return SP_E_MEMORY;
	if (!yaml_parser_load(&parser, &tree->document))
		status = tree_say_problem(tree, &parser, text, n);
	yaml_parser_delete(&parser);
	return status;
}

static yaml_node_t *tree_node(const sp_tree *tree, int node)
{
	SP_ASSERT(node >= 1 && node <= tree->document.nodes.top - tree->document.nodes.start);
	return tree->document.nodes.start + node - 1;
}

static void tree_adopt(sp_tree *tree, int parent)
{
	const yaml_node_t *node = tree_node(tree, parent);

	if (node->type == YAML_MAPPING_NODE) {
		for (yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top; p++)
			tree->parents[p->key] = tree->parents[p->value] = parent;
	} else if (node->type == YAML_SEQUENCE_NODE) {
		for (yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top; i++)
			tree->parents[*i] = parent;
	}
}

static sp_status tree_relate(sp_tree *tree)
{
	size_t n = sp_tree_nodes(tree);

	tree->parents = calloc(n + 1, sizeof(*tree->parents));
	tree->said = calloc(n + 1, sizeof(*tree->said));
	if (!tree->parents || !tree->said)
		return SP_E_MEMORY;
	for (size_t i = 1; i <= n; i++)
		tree_adopt(tree, (int)i);
	return SP_OK;
}

sp_status sp_tree_load(const char *name, const char *text, size_t n, sp_complaints *complaints, sp_tree **tree)
{
	sp_tree *made = calloc(1, sizeof(*made));
	sp_status status;

	SP_ASSERT(name && tree);
	*tree = NULL;
	if (!made)
		return SP_E_MEMORY;
	made->name = name;
	made->complaints = complaints;
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* libyaml calls a byte order mark a control character */
		text += 3;
		n -= 3;
	}
	status = tree_bound(made, text, n);
	if (status == SP_OK)
		status = tree_build(made, text, n);
	if (status == SP_OK)
		status = tree_relate(made);
	if (status == SP_OK)
		*tree = made;
	else
		sp_tree_close(made);
	return status;
}

void sp_tree_close(sp_tree *tree)
{
	if (!tree)
		return;
	yaml_document_delete(&tree->document); /* accepts one that was never loaded */
	free(tree->parents);
	free(tree->said);
	free(tree);
}

/* --- spots --- */

sp_spot sp_tree_root(sp_tree *tree)
{
	return (sp_spot){tree, 1};
}

size_t sp_tree_nodes(const sp_tree *tree)
{
	return (size_t)(tree->document.nodes.top - tree->document.nodes.start);
}

static const yaml_node_t *spot_node(sp_spot spot)
{
	return spot.node > 0 ? tree_node(spot.tree, spot.node) : NULL;
}

static bool spot_is(sp_spot spot, yaml_node_type_t type)
{
	return spot.node > 0 && spot_node(spot)->type == type;
}

bool sp_spot_there(sp_spot spot)
{
	return spot.node > 0;
}

bool sp_spot_is_map(sp_spot spot)
{
	return spot_is(spot, YAML_MAPPING_NODE);
}

bool sp_spot_is_list(sp_spot spot)
{
	return spot_is(spot, YAML_SEQUENCE_NODE);
}

bool sp_spot_is_text(sp_spot spot)
{
	return spot_is(spot, YAML_SCALAR_NODE);
}

bool sp_spot_is_plain(sp_spot spot)
{
	return sp_spot_is_text(spot) && spot_node(spot)->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

bool sp_spot_is_null(sp_spot spot)
{
	return sp_spot_is_plain(spot) && spot_node(spot)->data.scalar.length == 0;
}

const char *sp_spot_text(sp_spot spot, size_t *n)
{
	const yaml_node_t *node = spot_node(spot);
	bool text = node && node->type == YAML_SCALAR_NODE;

	*n = text ? node->data.scalar.length : 0;
	return text ? (const char *)node->data.scalar.value : "";
}

size_t sp_spot_count(sp_spot spot)
{
	const yaml_node_t *node = spot_node(spot);

	if (sp_spot_is_map(spot))
		return (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
	if (sp_spot_is_list(spot))
		return (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
	return 0;
}

sp_spot sp_spot_key(sp_spot map, size_t i)
{
	SP_ASSERT(sp_spot_is_map(map) && i < sp_spot_count(map));
	return (sp_spot){map.tree, spot_node(map)->data.mapping.pairs.start[i].key};
}

sp_spot sp_spot_value(sp_spot map, size_t i)
{
	SP_ASSERT(sp_spot_is_map(map) && i < sp_spot_count(map));
	return (sp_spot){map.tree, spot_node(map)->data.mapping.pairs.start[i].value};
}

sp_spot sp_spot_item(sp_spot list, size_t i)
{
	SP_ASSERT(sp_spot_is_list(list) && i < sp_spot_count(list));
	return (sp_spot){list.tree, spot_node(list)->data.sequence.items.start[i]};
}

sp_spot sp_spot_find(sp_spot map, const char *key)
{
	size_t wanted = strlen(key), n;

	if (!sp_spot_is_map(map))
		return (sp_spot){map.tree, 0};
	for (size_t i = 0; i < sp_spot_count(map); i++) {
		const char *text = sp_spot_text(sp_spot_key(map, i), &n);
		if (n == wanted && memcmp(text, key, n) == 0)
			return sp_spot_value(map, i);
	}
	return (sp_spot){map.tree, 0};
}

uint32_t sp_spot_line(sp_spot spot)
{
	return spot.node > 0 ? (uint32_t)spot_node(spot)->start_mark.line + 1 : 0;
}

/* --- paths --- */

static size_t path_put(char *path, size_t at, const char *format, ...) __attribute__((format(printf, 3, 4)));
static size_t path_put(char *path, size_t at, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(path + at, SP_TREE_PATH_MAX - at, format, args);
	va_end(args);
	at += (size_t)n;
	return at < SP_TREE_PATH_MAX ? at : SP_TREE_PATH_MAX - 1;
}

/* The item of a list, or the pair of a mapping, that a node is or belongs to: libyaml numbers nodes as they begin, and
 * without aliases no number comes twice, so the last that does not begin behind it. */
static size_t path_find(sp_spot up, int node)
{
	size_t low = 0, high = sp_spot_count(up);

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		int begins = sp_spot_is_list(up) ? sp_spot_item(up, middle).node : sp_spot_key(up, middle).node;
		if (begins <= node)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* Appends the step from a node's parent to it. */
static size_t path_step(sp_spot spot, char *path, size_t at)
{
	sp_spot up = {spot.tree, spot.tree->parents[spot.node]};
	size_t i = path_find(up, spot.node), n;
	const char *key;

	if (sp_spot_is_list(up)) {
		SP_ASSERT(sp_spot_item(up, i).node == spot.node);
		return path_put(path, at, "[%zu]", i);
	}
	SP_ASSERT(sp_spot_key(up, i).node == spot.node || sp_spot_value(up, i).node == spot.node);
	key = sp_spot_text(sp_spot_key(up, i), &n);
	return path_put(path, at, at > 0 ? ".%.*s" : "%.*s", SP_QUOTE(n, key));
}

char *sp_spot_path(sp_spot spot, size_t levels, char path[SP_TREE_PATH_MAX])
{
	int chain[SP_TREE_DEPTH_MAX + 2];
	size_t n = 0, at = 0, taken = 0;

	path[0] = '\0';
	for (int node = spot.node; node > 1; node = spot.tree->parents[node]) {
		SP_ASSERT(n < SP_TREE_DEPTH_MAX + 2);
		chain[n++] = node;
	}
	while (n > 0 && (levels == 0 || taken++ < levels))
		at = path_step((sp_spot){spot.tree, chain[--n]}, path, at);
	return path;
}

bool sp_spot_said(sp_spot spot)
{
	return spot.node > 0 && spot.tree->said[spot.node];
}

bool sp_spot_is_quiet(sp_spot spot)
{
	const sp_complaints *complaints = spot.tree->complaints;

	return sp_spot_said(spot) || !complaints || complaints->n == SP_COMPLAINTS_MAX;
}

void sp_say(sp_spot spot, const char *format, ...)
{
	char text[512], path[SP_TREE_PATH_MAX];
	sp_complaint_place place = {text, path, 0, 0};
	sp_complaints *complaints = spot.tree->complaints;
	tree_mark mark;
	va_list args;

	SP_ASSERT(spot.node > 0);
	if (spot.tree->said[spot.node] || !complaints)
		return;
	spot.tree->said[spot.node] = true;
	if (complaints->n == SP_COMPLAINTS_MAX) {
		complaints->more++;
		return;
	}
	mark = mark_of(spot_node(spot)->start_mark);
	snprintf(text, sizeof(text), "%.400s:%zu:%zu", spot.tree->name, mark.line, mark.column);
	place.line = (uint32_t)mark.line;
	place.column = (uint32_t)mark.column;
	sp_spot_path(spot, 0, path);
	va_start(args, format);
	sp_complaints_add(complaints, &place, format, args);
	va_end(args);
}
