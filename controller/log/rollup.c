/* rollup.c - hours back out of the file: what a gauge's signals came to, long after the inputs themselves were pruned. */
#include <string.h>

#include "base/assert.h"
#include "base/math.h"
#include "controller/log/store.h"

static double rollup_real(sp_read_row *row)
{
	double x = sqlite3_column_double(row->select, row->column);

	row->ok = row->ok && sqlite3_column_type(row->select, row->column) == SQLITE_FLOAT && sp_finite(x);
	row->column++;
	return x;
}

/* Money as nano-USD, anything else as a double. */
static sp_value rollup_value(sp_read_row *row, bool money)
{
	sp_value value = {0};

	if (money)
		value.nano = sp_read_int(row);
	else
		value.real = rollup_real(row);
	return value;
}

static sp_read_next rollup_read(sp_read_walk *walk, sqlite3_stmt *select)
{
	sp_read_row row = {.select = select, .column = 1, .ok = true};
	sp_log_rollup_row out = {.tick = sp_read_int(&row)};
	sp_rollup *rollup = &out.rollup;
	const char *kind;
	bool money;

	rollup->hour_ns = sp_read_int(&row);
	rollup->subject = sp_read_text(&row);
	kind = sp_read_text(&row);
	rollup->kind = sp_kind_find(kind, strlen(kind));
	if (rollup->kind == SP_SIGNAL_KINDS)
		return SP_READ_DAMAGED;
	money = sp_kinds[rollup->kind].money;
	rollup->count = sp_read_u32(&row);
	rollup->mean = rollup_value(&row, money);
	rollup->min = rollup_value(&row, money);
	rollup->max = rollup_value(&row, money);
	rollup->last = rollup_value(&row, money);
	if (!row.ok)
		return SP_READ_DAMAGED;
	return walk->fn.rollup(walk->context, &out) ? SP_READ_ON : SP_READ_ENOUGH;
}

sp_status sp_log_rollups(sp_log_file *log, int64_t from_tick, sp_log_rollup_fn fn, void *context, sp_message *message)
{
	sp_read_walk walk = {.log = log,
	                     .table = "rollup",
	                     .sql = "SELECT pos, tick, hour_ns, subject, kind, count, mean, min, max, last FROM rollup"
	                            " WHERE pos >= ?1 ORDER BY pos LIMIT ?2",
	                     .row = rollup_read,
	                     .fn.rollup = fn,
	                     .context = context};

	SP_ASSERT(fn);
	return sp_read_from_tick(&walk, from_tick, message);
}
