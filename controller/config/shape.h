/* shape.h - every mapping that a configuration may hold, as one set of tables.
 *
 * From them come the check of a file (unknown keys, duplicates, missing ones, every value's own range), the reference page
 * and the editors' schema; so none of the three can know a key that the others do not. */
#ifndef SP_CONFIG_SHAPE_H
#define SP_CONFIG_SHAPE_H

#include <stdbool.h>

#include "base/param.h"
#include "controller/config/method.h"
#include "controller/config/rows.h"
#include "controller/config/tree.h"

typedef enum sp_key_type {
	SP_KEY_VERSION,   /* 1 */
	SP_KEY_ID,        /* a name given here */
	SP_KEY_NAME,      /* a name given elsewhere */
	SP_KEY_PATTERN,   /* a name with * */
	SP_KEY_PATTERNS,  /* a list of them */
	SP_KEY_KINDS,     /* a list of signal kinds */
	SP_KEY_TEXT,      /* any words */
	SP_KEY_ADDRESSES, /* an address to listen on, or a list of them */
	SP_KEY_UNIT,      /* "1M tokens" */
	SP_KEY_PRICE,     /* a quoted decimal, or the word signal */
	SP_KEY_CLOCK,     /* fed, absent, implied, or a mapping */
	SP_KEY_FLAG,      /* true or false */
	SP_KEY_LAW,       /* {use: LAW, its parameters} */
	SP_KEY_LAWS,      /* a list of them, each with its weight */
	SP_KEY_ESTIMATOR, /* {use: ESTIMATOR, its parameters} */
	SP_KEY_MAP,       /* a mapping of the shape */
	SP_KEY_LIST,      /* a list of such mappings */
	SP_KEY_PROFILES,  /* a mapping from new names to such mappings */
	SP_KEY_SIGNALS,   /* a mapping from signal kinds to such mappings */
	SP_KEY_TYPES
} sp_key_type;

typedef struct sp_shape sp_shape;

typedef struct sp_key {
	const char *key;
	sp_key_type type;
	bool required;
	const char *initial; /* in words; NULL where there is none */
	const char *example;
	const char *help;
	const sp_shape *shape;
} sp_key;

struct sp_shape {
	const char *title; /* of its section in the reference */
	const char *help;
	const sp_param *rows;
	const size_t *n_rows; /* NULL: no rows */
	const sp_key *keys;
	size_t n_keys;
	bool merged; /* rows may be given by another layer */
};

extern const sp_shape sp_shape_top, sp_shape_pool, sp_shape_lot, sp_shape_clocks, sp_shape_clock, sp_shape_estimators,
    sp_shape_layer, sp_shape_defaults, sp_shape_entry, sp_shape_guardrails, sp_shape_loop, sp_shape_experiment,
    sp_shape_sku, sp_shape_blackout, sp_shape_kind, sp_shape_source, sp_shape_listen, sp_shape_feed, sp_shape_log;

sp_rows sp_shape_rows(const sp_shape *shape);

/* Rows that belong to this room: what a SKU is given on the sheet or inline, a lot's price, a blackout. */
extern const sp_param sp_sku_params[]; /* of sp_sku_setup */
extern const size_t sp_sku_n_params;
extern const sp_param sp_lot_price;         /* of sp_lot_setup */
extern const sp_param sp_blackout_params[]; /* of sp_blackout */
extern const size_t sp_blackout_n_params;

/* sp_shape_check - complains about all that is wrong with a mapping by itself and below it. What depends on other
 * places (names, merged parameters, bounds) is checked where it is bound. */
void sp_shape_check(const sp_shape *shape, sp_spot at);

#endif
