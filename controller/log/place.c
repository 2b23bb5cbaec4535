/* place.c - where a file begins and ends: what a writer goes on from, and a reader shows as the head. */
#include <string.h>

#include "base/assert.h"
#include "controller/log/store.h"

static bool place_hash(sqlite3_stmt *select, int column, uint8_t hash[SP_HASH_SIZE])
{
	const void *bytes = sqlite3_column_blob(select, column);

	if (sqlite3_column_type(select, column) != SQLITE_BLOB || !bytes ||
	    sqlite3_column_bytes(select, column) != SP_HASH_SIZE)
		return false;
	memcpy(hash, bytes, SP_HASH_SIZE);
	return true;
}

static int place_last_row(sp_log_file *log, const sp_log_table *table, bool *sound)
{
	sqlite3_stmt *select = NULL;
	char sql[128];
	int rc;

	(void)sqlite3_snprintf((int)sizeof sql, sql, "SELECT pos, link FROM %s ORDER BY %s DESC LIMIT 1", table->name,
	                       table->key);
	rc = sqlite3_prepare_v2(log->db, sql, -1, &select, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(select);
	if (rc == SQLITE_ROW) {
		int64_t pos = sqlite3_column_int64(select, 0);
		uint8_t link[SP_HASH_SIZE] = {0};
		bool is_hash = place_hash(select, 1, link);

		*sound = *sound && is_hash && pos > 0 && pos < INT64_MAX;
		if (*sound && pos > log->now.pos) {
			log->now.pos = pos;
			memcpy(log->now.link, link, sizeof link);
		}
	}
	sqlite3_finalize(select);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* What the segment's row counts on from; false: there is none, or not of this form. */
static int place_segment(sp_log_file *log, bool *sound)
{
	sqlite3_stmt *select = NULL;
	int rc = sqlite3_prepare_v2(log->db, "SELECT sequence, tick, t_ns, decision, anchor FROM segment WHERE pos = 1", -1,
	                            &select, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(select);
	*sound = false;
	if (rc == SQLITE_ROW) {
		log->sequence = sqlite3_column_int64(select, 0);
		log->now.tick = log->segment_tick = sqlite3_column_int64(select, 1);
		log->now.t_ns = sqlite3_column_int64(select, 2);
		log->now.id = sqlite3_column_int64(select, 3);
		*sound = place_hash(select, 4, log->anchor) && log->sequence > 0 && log->now.tick >= 0 && log->now.id >= 0;
	}
	sqlite3_finalize(select);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static bool place_last_tick(void *context, const sp_log_tick_row *row)
{
	sp_log_file *log = context;

	log->now.tick = row->tick;
	log->now.t_ns = row->t_ns;
	memcpy(log->config, row->config, sizeof log->config);
	return false;
}

static int place_read(sp_log_file *log, bool *sound, int64_t *last)
{
	int64_t id = 0, closed = 0;
	int rc = place_segment(log, sound);

	for (int i = 0; i < SP_TABLES && rc == SQLITE_OK; i++)
		rc = sp_schema_has(log, (sp_log_table_id)i) ? place_last_row(log, &sp_log_tables[i], sound) : SQLITE_OK;
	if (rc == SQLITE_OK)
		rc = sp_log_ask(log->db, "SELECT max(tick) FROM tick", 0, last);
	if (rc == SQLITE_OK)
		rc = sp_log_ask(log->db, "SELECT max(id) FROM decision", 0, &id);
	if (rc == SQLITE_OK)
		rc = sp_log_ask(log->db, "SELECT count(*) FROM closing", 0, &closed);
	if (rc == SQLITE_OK)
		rc = sp_epoch_place(log, sound);
	*sound = *sound && *last < INT64_MAX && id < INT64_MAX;
	if (id > log->now.id)
		log->now.id = id;
	log->closed = closed > 0;
	return rc;
}

sp_status sp_log_read_place(sp_log_file *log, sp_message *message)
{
	bool sound = false;
	int64_t last = 0;
	sp_status status = SP_OK;
	int rc = sp_log_rollback(log);

	log->now = (sp_log_place){.stored = -1};
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(log->db, "BEGIN", NULL, NULL, NULL); /* all of it as of one commit */
	if (rc == SQLITE_OK)
		rc = place_read(log, &sound, &last);
	if (rc != SQLITE_OK)
		status = sp_log_fault(log, log->db, rc, "cannot be read", message);
	else if (!sound)
		status = sp_message_set(message, SP_E_DAMAGED, "%s: does not say where its chain begins and ends; %s",
		                        log->path, sp_log_cure(SP_E_DAMAGED));
	else if (last > log->now.tick)
		status = sp_log_ticks(log, last, place_last_tick, log, message);
	(void)sp_log_rollback(log);
	return status;
}

bool sp_log_closed(sp_log_file *log)
{
	int64_t closed = 0;

	SP_ASSERT(log && log->db);
	return sp_log_ask(log->db, "SELECT count(*) FROM closing", 0, &closed) == SQLITE_OK && closed > 0;
}
