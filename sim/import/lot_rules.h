/* lot_rules.h - which supply lot a row of a bill belongs to, by a small CSV that a person writes.
 *
 *     lot,ServiceName,RegionId,SkuId,tag:environment
 *     us-east/h100:base,Amazon Elastic Compute Cloud,us-east-*,,production
 *
 * A row is a rule: all its cells must match, `*` stands for any run of characters, an empty cell matches anything. The first
 * rule that matches wins; what none matches is unmatched, and told. Columns are those of the bill; `tag:KEY` is a key of its Tags. */
#ifndef SP_SIM_IMPORT_LOT_RULES_H
#define SP_SIM_IMPORT_LOT_RULES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/ids.h"
#include "base/status.h"
#include "sim/trace/csv.h"

#define SP_LOT_RULES_MAX 10000 /* what a person writes, or a script from a list of contracts */

typedef struct sp_lot_rules {
	sp_ids *lots;    /* owned; the lots in order of their first rule */
	char **columns;  /* owned: what each cell is matched against; the lot's own column is not among them */
	char **patterns; /* owned; [rule x column], "" matches anything */
	uint32_t *lot;   /* owned; by rule: slot in lots */
	uint32_t n_columns, n_rules, room;
} sp_lot_rules;

/* sp_lot_rules_read - reads a file that is open; `name` stands in messages. fails  SP_E_SYNTAX, SP_E_IO, SP_E_MEMORY, SP_E_FULL.
 * Fini whatever the answer. */
sp_status sp_lot_rules_read(FILE *file, const char *name, sp_lot_rules *rules, sp_message *message);
void sp_lot_rules_fini(sp_lot_rules *rules); /* accepts all zero */

/* sp_lot_rules_find - the slot of a row's lot, or SP_NO_SLOT. in  values: by column, zero-terminated, "" for nothing */
uint32_t sp_lot_rules_find(const sp_lot_rules *rules, const char *const *values);

#endif
