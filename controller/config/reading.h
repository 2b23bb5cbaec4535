/* reading.h - the inside of an sp_config: the trees, the sheet and what has been made of them so far.
 *
 * A configuration is read in one order: shapes are checked; pools and lots, then SKUs and families are named; families are
 * sorted, resolved and bound; bounds are checked. Every stage leaves out what it complained about, so later ones go on. The
 * trees stay: `config show` resolves again, this time asking where each value came from. */
#ifndef SP_CONFIG_READING_H
#define SP_CONFIG_READING_H

#include "controller/config/config.h"
#include "controller/config/method.h"
#include "controller/config/sheet.h"
#include "controller/config/tree.h"

/* Where a name or a SKU was given: a row of the sheet, or a spot of the file. */
typedef struct sp_place {
	sp_spot spot;
	uint32_t row;   /* 0: the spot counts */
	uint32_t given; /* of a SKU: bits of the sp_sku_params that were given */
} sp_place;

/* One entry of `families:`. */
typedef struct sp_entry {
	sp_spot spot;
	const char *match, *id; /* one of them; both NULL when the entry is unusable */
	uint32_t next;          /* of the entries with the same id; SP_NO_SLOT ends */
	bool used;
} sp_entry;

/* A family before it is resolved. */
typedef struct sp_family_draft {
	const char *id;
	uint32_t subject;
	uint32_t first_entry; /* by id */
} sp_family_draft;

struct sp_config {
	char *name, *yaml, *sheet_name, *sheet_text; /* owned */
	size_t n_yaml, n_sheet;
	sp_complaints *complaints; /* of the file; NULL once it is read */
	sp_complaints sheet_complaints;
	sp_tree *file, *builtin;
	sp_sheet sheet;
	sp_ids *names;
	sp_subject *subjects; /* by slot; its `slot` is the draft's or the table's number */
	sp_place *places;     /* by slot */
	sp_entry *entries;
	uint32_t *matches; /* numbers of the entries with `match` */
	uint32_t n_entries, n_matches;
	sp_spot *layers; /* scratch: those of one family */
	sp_family_draft *drafts;
	sp_pool_setup *pools;
	sp_lot_setup *lots;
	sp_family_setup *families;
	sp_sku_setup *skus;
	sp_source_setup *sources;
	const char **patterns; /* of the sources */
	uint8_t *gains;        /* by family: sp_gain */
	struct sp_kept_gain *kept_gains;
	uint32_t n_gains; /* ever kept */
	bool pools_whole; /* every pool has a name */
	bool no_memory;
	sp_setup setup;
	sp_live live;
};

sp_spot sp_config_root(const sp_config *config);
sp_spot sp_config_builtin(const sp_config *config); /* root of the built-in defaults */

/* sp_place_say - complains about a key of a place: "id" is the sheet's "sku". key NULL: the place as a whole. */
void sp_place_say(sp_config *config, sp_place place, const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* sp_place_words - "line 12" or "prices.csv, row 3"; returns words. */
char *sp_place_words(const sp_config *config, sp_place place, char words[160]);

/* sp_subject_claim - takes a name for one thing; names of pools, lots, families and SKUs share one space (R21).
 * out    *slot; false after a complaint at `key` of the place */
bool sp_subject_claim(sp_config *config, sp_subject subject, const char *name, sp_place place, const char *key,
                      uint32_t *slot);

/* The stages, in order. Each complains and goes on. */
void sp_top_read(sp_config *config);
void sp_pools_read(sp_config *config);
void sp_entries_read(sp_config *config);
void sp_skus_read(sp_config *config);
void sp_families_sort(sp_config *config);
void sp_families_read(sp_config *config);
void sp_bounds_check(sp_config *config, uint32_t family, sp_spot floor, sp_spot ceiling, sp_spot step);
void sp_relation_check(sp_config *config, uint32_t family, sp_spot of, sp_spot at_most);
void sp_blackouts_read(sp_config *config);
void sp_signals_read(sp_config *config);
void sp_sources_read(sp_config *config);
void sp_live_read(sp_config *config);

/* --- resolving, with or without asking where values came from --- */

typedef struct sp_pool_origins {
	sp_spot rows[SP_ROWS_MAX];
	sp_spot clocks[SP_CLOCKS][SP_ROWS_MAX];
	sp_choice load, cost;
	sp_spot headroom; /* where slo_headroom is computed from; else not there */
} sp_pool_origins;

/* sp_pool_resolve - the pool's own rows, clocks and estimators. */
void sp_pool_resolve(const sp_config *config, sp_spot spot, sp_pool_setup *pool, sp_pool_origins *origins);

/* sp_lot_resolve - its rows and price. */
void sp_lot_resolve(sp_spot spot, sp_lot_setup *lot, sp_spot from[SP_ROWS_MAX]);

typedef struct sp_family_origins {
	sp_spot profile, pool, relation, rows[SP_ROWS_MAX], rails[SP_ROWS_MAX], loop[SP_ROWS_MAX];
	sp_spot experiment[SP_ROWS_MAX], tried; /* tried: where it was given last */
	sp_choice law;
} sp_family_origins;

/* sp_family_resolve - profile first, then every layer in the order of R20. Fills profile, mode, cuts, law, rails, and the
 * pool's subject in `pool` (SP_NO_SLOT: none). False after a complaint. */
bool sp_family_resolve(const sp_config *config, const sp_family_draft *draft, sp_family_setup *family,
                       sp_family_origins *origins);

/* sp_origin_words - where a value stands: "built-in", "profile dynamic (built-in)", "defaults, line 5", "families[2], line 31". */
char *sp_origin_words(const sp_config *config, sp_spot spot, char words[160]);

#endif
