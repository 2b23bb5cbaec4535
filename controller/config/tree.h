/* tree.h - a YAML file as a tree whose every node knows its line, column and path.
 *
 * One document of plain mappings, lists and scalars: anchors, aliases and tags are refused, so that every value stands in
 * one place only, `config show` can name it, and no small file unfolds into a large one. Size, depth and node count are
 * bounded before libyaml builds anything. */
#ifndef SP_CONFIG_TREE_H
#define SP_CONFIG_TREE_H

#include <stdbool.h>
#include <yaml.h>

#include "controller/config/config.h"

#define SP_TREE_DEPTH_MAX 16      /* mappings and lists inside one another; the deepest known key is at 6 */
#define SP_TREE_NODES_MAX 1000000 /* keys, values and lists; 10,000 families with 40 values each are 800,000 */
#define SP_TREE_PATH_MAX  256     /* [bytes] of a path's text */

typedef struct sp_tree {
	const char *name; /* stands in messages */
	yaml_document_t document;
	sp_complaints *complaints; /* where sp_say writes; NULL: nowhere */
	int *parents;              /* by node, from 1; 0: none */
	bool *said;                /* by node, from 1: complained about already */
} sp_tree;

/* A place in a tree. Node 0 is nowhere: what is asked there answers "nothing". */
typedef struct sp_spot {
	sp_tree *tree;
	int node;
} sp_spot;

/* sp_tree_load - reads a text; `name` and `complaints` must outlive the tree.
 * out    *tree, the caller's to close; NULL unless SP_OK
 * fails  SP_E_SYNTAX with complaints; SP_E_MEMORY */
sp_status sp_tree_load(const char *name, const char *text, size_t n, sp_complaints *complaints, sp_tree **tree);
void sp_tree_close(sp_tree *tree); /* NULL is accepted */

sp_spot sp_tree_root(sp_tree *tree);
size_t sp_tree_nodes(const sp_tree *tree);

bool sp_spot_there(sp_spot spot);
bool sp_spot_is_map(sp_spot spot);
bool sp_spot_is_list(sp_spot spot);
bool sp_spot_is_text(sp_spot spot);
bool sp_spot_is_plain(sp_spot spot); /* a scalar without quotes */
bool sp_spot_is_null(sp_spot spot);  /* nothing was written: "key:" */

/* sp_spot_text - the bytes of a scalar (zero-terminated too); "" and 0 where there is none. */
const char *sp_spot_text(sp_spot spot, size_t *n);

/* How many pairs or items, and each of them. */
size_t sp_spot_count(sp_spot spot);
sp_spot sp_spot_key(sp_spot map, size_t i);
sp_spot sp_spot_value(sp_spot map, size_t i);
sp_spot sp_spot_item(sp_spot list, size_t i);

/* sp_spot_find - the first value of a key; nowhere when there is none or the spot is no mapping. O(pairs). */
sp_spot sp_spot_find(sp_spot map, const char *key);

uint32_t sp_spot_line(sp_spot spot); /* from 1; 0: nowhere */

/* sp_spot_path - "pools[0].supply[1].gpus"; "" at the root. `levels` 0: all, else only that many from the root. */
char *sp_spot_path(sp_spot spot, size_t levels, char path[SP_TREE_PATH_MAX]);

/* sp_say - complains about a spot, once: a spot that was complained about stays silent. */
void sp_say(sp_spot spot, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool sp_spot_said(sp_spot spot);

/* sp_spot_is_quiet - would a complaint here be swallowed or only counted? Then its words need not be looked for. */
bool sp_spot_is_quiet(sp_spot spot);

#endif
