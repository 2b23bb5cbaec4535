/* row.c - one row into its table and the chain at once: each value is bound and hashed by the same call, so what is stored
 * and what is hashed cannot drift apart. */
#include <string.h>

#include "base/assert.h"
#include "base/math.h"
#include "controller/log/store.h"

sp_log_row sp_row_begin(sp_log_file *log, sp_log_table_id table)
{
	SP_ASSERT(table < SP_TABLES && log->insert[table]);
	sp_chain_begin(&log->canon, log->work.link, table);
	return (sp_log_row){.log = log, .table = &sp_log_tables[table], .insert = log->insert[table], .column = 1};
}

static void row_keep(sp_log_row *row, int rc)
{
	if (row->rc == SQLITE_OK)
		row->rc = rc;
	row->column++;
}

void sp_row_int(sp_log_row *row, int64_t x)
{
	sp_chain_int(&row->log->canon, x);
	row_keep(row, sqlite3_bind_int64(row->insert, row->column, x));
}

void sp_row_pos(sp_log_row *row)
{
	sp_row_int(row, row->log->work.pos + 1);
}

void sp_row_real(sp_log_row *row, double x)
{
	SP_ASSERT(sp_finite(x));
	sp_chain_real(&row->log->canon, x);
	row_keep(row, sqlite3_bind_double(row->insert, row->column, x));
}

void sp_row_text_n(sp_log_row *row, const char *text, size_t n)
{
	sp_chain_text(&row->log->canon, text, n);
	row_keep(row, sqlite3_bind_text64(row->insert, row->column, text, n, SQLITE_STATIC, SQLITE_UTF8));
}

void sp_row_text(sp_log_row *row, const char *text)
{
	sp_row_text_n(row, text ? text : "", text ? strlen(text) : 0);
}

static int row_bind_bytes(sp_log_row *row, const void *bytes, size_t n)
{
	/* A NULL pointer would be SQL NULL, which is not the same as no bytes. */
	return sqlite3_bind_blob64(row->insert, row->column, n ? bytes : "", n, SQLITE_STATIC);
}

void sp_row_bytes(sp_log_row *row, const void *bytes, size_t n)
{
	sp_chain_bytes(&row->log->canon, bytes, n);
	row_keep(row, row_bind_bytes(row, bytes, n));
}

int sp_row_end(sp_log_row *row, const void *cold[], const size_t n_cold[])
{
	sp_log_file *log = row->log;
	uint8_t link[SP_HASH_SIZE];

	SP_ASSERT(row->column == row->table->n_hashed + 1);
	if (log->canon.failed)
		return SQLITE_NOMEM;
	sp_chain_link(&log->canon, link);
	row_keep(row, sqlite3_bind_blob(row->insert, row->column, link, sizeof link, SQLITE_STATIC));
	for (int i = 0; i < row->table->n_cold; i++)
		row_keep(row, row_bind_bytes(row, cold[i], n_cold[i]));
	if (row->rc == SQLITE_OK)
		row->rc = sqlite3_step(row->insert);
	if (row->rc == SQLITE_DONE)
		row->rc = SQLITE_OK;
	sqlite3_reset(row->insert);
	if (row->rc != SQLITE_OK)
		return row->rc;
	memcpy(log->work.link, link, sizeof link);
	log->work.pos++;
	return SQLITE_OK;
}
