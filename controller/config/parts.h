/* parts.h - the laws of a blend: a list in the configuration, each item with `use`, a weight and its law's parameters. */
#ifndef SP_CONFIG_PARTS_H
#define SP_CONFIG_PARTS_H

#include "controller/config/method.h"
#include "controller/config/rows.h"
#include "controller/config/tree.h"

/* sp_parts_taken - does this method have parts? */
bool sp_parts_taken(const sp_method *method);

/* sp_parts_bind - the list of a block, if it has one, into the blend's parameters; it replaces what another layer listed. What
 * is wrong with an item by itself has been complained about; that its law can be no part is complained about here. */
void sp_parts_bind(sp_spot block, void *params);

/* sp_parts_whole - were all items of the list taken? False after complaints. */
bool sp_parts_whole(sp_spot list, const void *params);

/* All rows that an item of a law may have. */
typedef struct sp_part_rows {
	sp_param list[SP_ROWS_MAX];
	size_t n;
} sp_part_rows;

/* sp_part_rows_of - for checking an item by itself: offsets are of no one struct. */
void sp_part_rows_of(const sp_method *method, sp_part_rows *rows);

#endif
