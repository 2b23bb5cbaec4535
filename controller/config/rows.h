/* rows.h - from a mapping of the tree to a struct, through parameter rows and only through them. */
#ifndef SP_CONFIG_ROWS_H
#define SP_CONFIG_ROWS_H

#include "base/param.h"
#include "controller/config/tree.h"

#define SP_ROWS_MAX   32  /* rows of one table: a law has at most a dozen */
#define SP_PREFIX_MAX 128 /* [bytes] of a dotted key */

/* A table of rows, or the part of one below a dotted key ("pass_through."). */
typedef struct sp_rows {
	const sp_param *list;
	size_t n;
} sp_rows;

/* What a key is in a table: a row, the first part of dotted rows, or nothing. */
typedef enum sp_row_match { SP_ROW_NONE, SP_ROW_EXACT, SP_ROW_GROUP } sp_row_match;

/* sp_rows_find - looks prefix + key up. out: *at, the row's number (of the group's first row). */
sp_row_match sp_rows_find(const sp_rows *rows, const char *prefix, const char *key, size_t n, size_t *at);

/* sp_row_read - a scalar into its field; complains, once, with what is expected. Money must be quoted in YAML: a plain 2.10
 * may have been a float in whatever wrote the file. */
bool sp_row_read(const sp_param *row, sp_spot value, void *record);

/* sp_rows_bind - every key of a mapping that is a row (or a group of them) into the record; other keys are skipped.
 * from   NULL, or [rows->n]: where each value that was given stands */
void sp_rows_bind(const sp_rows *rows, sp_spot map, void *record, sp_spot *from);

#endif
