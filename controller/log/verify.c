/* verify.c - the whole chain once more, from what is stored.
 *
 * One cursor a table, each in order of its key; the next row of the chain is the one with the smallest `pos`, and it must be exactly
 * the next number. So a missing row is a gap, an inserted one a number that was there already, and a changed one does not
 * give its link. Cold bytes must have the hash that the row holds for them, unless they were pruned. */
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "controller/log/store.h"

#define VERIFY_SLICE 4096 /* rows a read transaction: some milliseconds */

typedef struct verify_cursor {
	sqlite3_stmt *select;
	int64_t pos, key; /* of the row it stands on; pos 0: at its end */
	int64_t from;     /* first key not done yet */
} verify_cursor;

typedef struct verify_walk {
	sp_log_file *log;
	sp_log_place at; /* the last row that was right */
	int64_t last;    /* pos of the file's last row, as of the start, for the progress */
	verify_cursor cursors[SP_TABLES];
	sp_chain_watch *watch;
	sp_log_verdict *verdict;
} verify_walk;

static int verify_prepare(verify_walk *walk, int id)
{
	const sp_log_table *table = &sp_log_tables[id];
	char sql[512];

	(void)snprintf(sql, sizeof sql, "SELECT %s FROM %s WHERE %s >= ?1 ORDER BY %s", table->columns, table->name,
	               table->key, table->key);
	return sqlite3_prepare_v2(walk->log->db, sql, -1, &walk->cursors[id].select, NULL);
}

/* To the cursor's next row. */
static int verify_step(verify_walk *walk, int id)
{
	verify_cursor *cursor = &walk->cursors[id];
	const sp_log_table *table = &sp_log_tables[id];
	int rc = sqlite3_step(cursor->select);

	cursor->pos = 0;
	if (rc != SQLITE_ROW)
		return rc == SQLITE_DONE ? SQLITE_OK : rc;
	cursor->key = sqlite3_column_int64(cursor->select, table->key_at);
	cursor->pos = sqlite3_column_int64(cursor->select, table->pos_at);
	/* No row has such a place: let it come first and be found. */
	if (cursor->pos <= 0)
		cursor->pos = INT64_MIN;
	return SQLITE_OK;
}

static int verify_first(const verify_walk *walk)
{
	int first = -1;

	for (int i = 0; i < SP_TABLES; i++)
		if (walk->cursors[i].pos != 0 && (first < 0 || walk->cursors[i].pos < walk->cursors[first].pos))
			first = i;
	return first;
}

static void verify_wrong(verify_walk *walk, int id, const char *what)
{
	sp_log_verdict *verdict = walk->verdict;
	const sp_log_table *table = &sp_log_tables[id];
	const verify_cursor *cursor = &walk->cursors[id];
	int64_t tick = table->tick_at < 0 ? 0 : sqlite3_column_int64(cursor->select, table->tick_at);

	verdict->sound = false;
	if (id == SP_TABLE_SEGMENT || id == SP_TABLE_TICK)
		(void)snprintf(verdict->where, sizeof verdict->where, "%s %lld", table->name, (long long)cursor->key);
	else
		(void)snprintf(verdict->where, sizeof verdict->where, "%s %lld (tick %lld)", table->name,
		               (long long)cursor->key, (long long)tick);
	(void)snprintf(verdict->what, sizeof verdict->what, "%s", what);
}

static bool verify_is_hash(sqlite3_stmt *select, int column, const uint8_t hash[SP_HASH_SIZE])
{
	const void *bytes = sqlite3_column_blob(select, column);

	return sqlite3_column_type(select, column) == SQLITE_BLOB && bytes &&
	       sqlite3_column_bytes(select, column) == SP_HASH_SIZE && memcmp(bytes, hash, SP_HASH_SIZE) == 0;
}

static bool verify_cold(const verify_walk *walk, int id)
{
	const sp_log_table *table = &sp_log_tables[id];
	sqlite3_stmt *select = walk->cursors[id].select;

	for (int i = 0; i < table->n_cold; i++) {
		int column = table->n_hashed + 1 + i;
		uint8_t hash[SP_HASH_SIZE];

		if (sqlite3_column_type(select, column) == SQLITE_NULL && id != SP_TABLE_CONFIG)
			continue; /* pruned */
		if (sqlite3_column_type(select, column) != SQLITE_BLOB)
			return false;
		sp_blob_hash(sqlite3_column_blob(select, column), (size_t)sqlite3_column_bytes(select, column), hash);
		if (!verify_is_hash(select, table->n_hashed - table->n_cold + i, hash))
			return false;
	}
	return true;
}

/* Is the row under cursor `id` the next of the chain? SP_OK with the verdict's `sound`, or SP_E_MEMORY. */
static sp_status verify_row(verify_walk *walk, int id)
{
	const sp_log_table *table = &sp_log_tables[id];
	verify_cursor *cursor = &walk->cursors[id];
	uint8_t link[SP_HASH_SIZE];
	sp_status status;
	char what[96];

	if (cursor->pos != walk->at.pos + 1) {
		(void)snprintf(what, sizeof what, "row %lld of the chain is missing", (long long)walk->at.pos + 1);
		verify_wrong(walk, id, cursor->pos > walk->at.pos ? what : "it stands where another row has its place");
		return SP_OK;
	}
	status = sp_chain_of_row(&walk->log->canon, walk->at.link, (sp_log_table_id)id, cursor->select, link);
	if (status != SP_OK || sp_log_starved(walk->log))
		return SP_E_MEMORY;
	if (!verify_is_hash(cursor->select, table->n_hashed, link)) {
		verify_wrong(walk, id, "its bytes do not give its link of the chain");
		return SP_OK;
	}
	if (!verify_cold(walk, id)) {
		verify_wrong(walk, id, "its stored bytes do not have the hash that the chain holds for them");
		return SP_OK;
	}
	memcpy(walk->at.link, link, sizeof link);
	walk->at.pos = cursor->pos;
	walk->verdict->rows++;
	walk->verdict->ticks += id == SP_TABLE_TICK;
	if (walk->watch->head && memcmp(link, walk->watch->head, sizeof link) == 0)
		walk->watch->met = true;
	cursor->from = cursor->key < INT64_MAX ? cursor->key + 1 : cursor->key;
	return SP_OK;
}

/* Places every cursor at its first row not done yet. */
static int verify_begin(verify_walk *walk)
{
	int rc = SQLITE_OK;

	for (int i = 0; i < SP_TABLES && rc == SQLITE_OK; i++) {
		if (!walk->cursors[i].select)
			continue;
		rc = sqlite3_bind_int64(walk->cursors[i].select, 1, walk->cursors[i].from);
		if (rc == SQLITE_OK)
			rc = verify_step(walk, i);
	}
	return rc;
}

static void verify_rest(verify_walk *walk)
{
	for (int i = 0; i < SP_TABLES; i++)
		if (walk->cursors[i].select)
			sqlite3_reset(walk->cursors[i].select);
}

/* Up to VERIFY_SLICE rows in one read transaction, so that all cursors see the same commits; *more: there may be others. */
static int verify_slice(verify_walk *walk, bool *more, sp_status *status)
{
	int rc = sp_log_rollback(walk->log), n = 0;

	*more = true;
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(walk->log->db, "BEGIN", NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = verify_begin(walk);
	while (rc == SQLITE_OK && walk->verdict->sound && n++ < VERIFY_SLICE) {
		int id = verify_first(walk);

		*more = id >= 0;
		if (!*more)
			break;
		*status = verify_row(walk, id);
		if (*status != SP_OK)
			break;
		if (walk->verdict->sound)
			rc = verify_step(walk, id);
	}
	verify_rest(walk);
	(void)sp_log_rollback(walk->log);
	return rc;
}

static void verify_tell(const verify_walk *walk)
{
	const sp_chain_watch *watch = walk->watch;

	if (watch->progress && walk->last > 0)
		watch->progress(watch->context,
		                watch->done + watch->share * (double)walk->at.pos /
		                                  (double)(walk->at.pos > walk->last ? walk->at.pos : walk->last));
}

static int verify_all(verify_walk *walk, sp_status *status)
{
	bool more = true;
	int rc = SQLITE_OK;

	for (int i = 0; i < SP_TABLES && rc == SQLITE_OK; i++)
		rc = sp_schema_has(walk->log, (sp_log_table_id)i) ? verify_prepare(walk, i) : SQLITE_OK;
	while (rc == SQLITE_OK && *status == SP_OK && more && walk->verdict->sound) {
		rc = verify_slice(walk, &more, status);
		verify_tell(walk);
	}
	for (int i = 0; i < SP_TABLES; i++)
		sqlite3_finalize(walk->cursors[i].select);
	return rc;
}

/* A key's rows before `from` are taken as done: in each table those with a pos up to it. */
static int verify_skip(verify_walk *walk, const sp_log_place *from)
{
	int rc = SQLITE_OK;

	for (int i = 0; i < SP_TABLES && rc == SQLITE_OK; i++) {
		const sp_log_table *table = &sp_log_tables[i];
		int64_t last = 0;
		char sql[160];

		walk->cursors[i].from = from->pos > 0 ? 0 : INT64_MIN;
		if (from->pos == 0 || !sp_schema_has(walk->log, (sp_log_table_id)i))
			continue;
		(void)snprintf(sql, sizeof sql, "SELECT %s FROM %s WHERE pos <= ?1 ORDER BY %s DESC LIMIT 1", table->key,
		               table->name, table->key);
		rc = sp_log_ask(walk->log->db, sql, from->pos, &last);
		walk->cursors[i].from = last < INT64_MAX ? last + 1 : last;
	}
	return rc;
}

sp_status sp_chain_check(sp_log_file *log, const sp_log_place *from, sp_chain_watch *watch, sp_log_verdict *verdict,
                         sp_message *message)
{
	verify_walk walk = {.log = log, .at = *from, .last = log->now.pos, .watch = watch, .verdict = verdict};
	sp_status status = SP_OK;
	int rc;

	SP_ASSERT(log->db && watch && verdict);
	*verdict = (sp_log_verdict){.sound = true, .files = 1};
	memcpy(verdict->anchor, from->link, SP_HASH_SIZE);
	log->canon.failed = false;
	if (watch->head && memcmp(from->link, watch->head, SP_HASH_SIZE) == 0)
		watch->met = true;
	rc = verify_skip(&walk, from);
	if (rc == SQLITE_OK)
		rc = verify_all(&walk, &status);
	memcpy(verdict->head, walk.at.link, SP_HASH_SIZE);
	if (status != SP_OK)
		return sp_message_set(message, status, "%s: out of memory", log->path);
	if (rc != SQLITE_OK && sp_log_status(log->db, rc) == SP_E_DAMAGED) {
		verdict->sound = false;
		(void)snprintf(verdict->where, sizeof verdict->where, "after row %lld of the chain", (long long)walk.at.pos);
		(void)snprintf(verdict->what, sizeof verdict->what, "the file's structure is broken: %s", sqlite3_errstr(rc));
		return SP_OK;
	}
	return rc == SQLITE_OK ? SP_OK : sp_log_fault(log, log->db, rc, "cannot be read", message);
}

/* The anchor that the file names; *found false: it names none. */
static int verify_anchor(sp_log_file *log, uint8_t anchor[SP_HASH_SIZE], bool *found)
{
	sqlite3_stmt *select = NULL;
	int rc = sqlite3_prepare_v2(log->db, "SELECT anchor FROM segment WHERE pos = 1", -1, &select, NULL);

	*found = false;
	if (rc == SQLITE_OK)
		rc = sqlite3_step(select);
	if (rc == SQLITE_ROW && sqlite3_column_type(select, 0) == SQLITE_BLOB &&
	    sqlite3_column_bytes(select, 0) == SP_HASH_SIZE) {
		memcpy(anchor, sqlite3_column_blob(select, 0), SP_HASH_SIZE);
		*found = true;
	}
	sqlite3_finalize(select);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static void verify_head(const sp_chain_watch *watch, sp_log_verdict *verdict)
{
	char head[SP_HASH_TEXT_MAX];

	if (!watch->head || watch->met)
		return;
	verdict->sound = false;
	(void)snprintf(verdict->where, sizeof verdict->where, "the end");
	(void)snprintf(verdict->what, sizeof verdict->what,
	               "the chain does not come by head %s: rows were cut, or it is the head of another log",
	               sp_hash_text(watch->head, head));
}

static sp_status verify_schema(sp_log_file *log, sp_log_verdict *verdict, sp_message *message)
{
	char what[sizeof verdict->where];
	int rc = sp_schema_differs(log, what, sizeof what);

	if (rc != SQLITE_OK)
		return sp_log_fault(log, log->db, rc, "its tables cannot be checked", message);
	if (what[0] == 0)
		return SP_OK;
	verdict->sound = false;
	sp_log_plain(what, verdict->where, sizeof verdict->where);
	(void)snprintf(verdict->what, sizeof verdict->what, "it is not as this version makes it");
	return SP_OK;
}

/* A writer may have brought the file forward since this reader opened it. */
static int verify_version(sp_log_file *log)
{
	int64_t version = 0;
	int rc = sp_log_ask(log->db, "PRAGMA user_version", 0, &version);

	if (rc == SQLITE_OK && version > log->version && version <= log->schema->version)
		log->version = (int)version;
	return rc;
}

sp_status sp_log_verify_one(sp_log_file *log, bool last, sp_chain_watch *watch, sp_log_verdict *verdict,
                            sp_message *message)
{
	sp_log_place from = {.pos = 0};
	bool found = false;
	sp_status status;
	int rc;

	*verdict = (sp_log_verdict){.files = 1};
	rc = verify_version(log);
	if (rc == SQLITE_OK)
		rc = verify_anchor(log, from.link, &found);
	if (rc != SQLITE_OK && sp_log_status(log->db, rc) != SP_E_DAMAGED)
		return sp_log_fault(log, log->db, rc, "cannot be read", message);
	if (!found) {
		(void)snprintf(verdict->where, sizeof verdict->where, "segment 1");
		(void)snprintf(verdict->what, sizeof verdict->what, "the file does not say what its chain begins with");
		return SP_OK;
	}
	status = sp_chain_check(log, &from, watch, verdict, message);
	if (status == SP_OK && verdict->sound && last)
		verify_head(watch, verdict);
	if (status == SP_OK && verdict->sound)
		status = verify_schema(log, verdict, message);
	return status;
}

sp_status sp_log_verify(sp_log_file *log, const uint8_t *expected_head, sp_log_progress_fn progress, void *context,
                        sp_log_verdict *verdict, sp_message *message)
{
	sp_chain_watch watch = {.head = expected_head, .progress = progress, .context = context, .share = 1};

	SP_ASSERT(log && log->db && verdict);
	return sp_log_verify_one(log, true, &watch, verdict, message);
}
