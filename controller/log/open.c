/* open.c - a log from its path: the connection, what it may do, and the place in the chain where it goes on.
 *
 * One connection writes and checkpoints (SQLite 3.40.1 can corrupt a WAL that two connections reset); all others are
 * read-only and do not checkpoint when they close. The WAL is checkpointed in line after a commit that leaves it long. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "base/assert.h"
#include "base/failpoint.h"
#include "controller/log/store.h"

#define OPEN_WAL_LIMIT 1000 /* pages, 4 MB: checkpointed in 10-20 ms */

static int open_wal_grew(void *context, sqlite3 *db, const char *schema, int pages)
{
	(void)db, (void)schema;
	((sp_log_file *)context)->wal_pages = pages;
	return SQLITE_OK;
}

static int open_rules(sp_log_file *log)
{
	int rc = sqlite3_exec(log->db, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY",
	                      NULL, NULL, NULL);

	sqlite3_db_config(log->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(log->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(log->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, log->options.read_only ? 1 : 0, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(log->db, SP_LOG_BUSY_MS);
	return rc;
}

static sp_status open_connection(sp_log_file *log, bool create, sp_message *message)
{
	int flags = SQLITE_OPEN_NOMUTEX | (log->options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
	            (create ? SQLITE_OPEN_CREATE : 0);
	int rc = sqlite3_open_v2(log->path, &log->db, flags, log->vfs);

	if (rc == SQLITE_OK) {
		sqlite3_extended_result_codes(log->db, 1);
		rc = open_rules(log);
	}
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v3(log->db, "ROLLBACK", -1, SQLITE_PREPARE_PERSISTENT, &log->rollback, NULL);
	if (rc != SQLITE_OK) {
		sp_status status = sp_log_fault(log, log->db, rc, "cannot be opened", message);

		sp_log_detach(log);
		return status;
	}
	return SP_OK;
}

/* Ready to write: WAL with every commit on the disk. */
static int open_for_writing(sp_log_file *log)
{
	char pragmas[192];
	int rc;

	SP_ASSERT(!log->options.read_only);
	(void)snprintf(pragmas, sizeof pragmas,
	               "PRAGMA journal_mode = WAL; PRAGMA synchronous = %s; PRAGMA journal_size_limit = 16777216;"
	               "PRAGMA secure_delete = OFF",
	               log->options.sync == SP_LOG_SYNC_OFF ? "OFF" : "FULL");
	rc = sqlite3_exec(log->db, pragmas, NULL, NULL, NULL);
	sqlite3_wal_hook(log->db, open_wal_grew, log); /* takes the place of SQLite's automatic checkpoint */
	return rc;
}

static int open_insert(sp_log_file *log, const sp_log_table *table, sqlite3_stmt **insert)
{
	char sql[512];
	int n = snprintf(sql, sizeof sql, "INSERT INTO %s (%s) VALUES (?", table->name, table->columns);

	for (int i = 1; i < table->n_hashed + 1 + table->n_cold; i++)
		n += snprintf(sql + n, sizeof sql - (size_t)n, ", ?");
	n += snprintf(sql + n, sizeof sql - (size_t)n, ")");
	SP_ASSERT(n < (int)sizeof sql);
	return sqlite3_prepare_v3(log->db, sql, -1, SQLITE_PREPARE_PERSISTENT, insert, NULL);
}

static int open_inserts(sp_log_file *log)
{
	int rc = SQLITE_OK;

	for (int i = 0; i < SP_TABLES && rc == SQLITE_OK; i++)
		if (sp_schema_has(log, (sp_log_table_id)i))
			rc = open_insert(log, &sp_log_tables[i], &log->insert[i]);
	return rc;
}

void sp_log_detach(sp_log_file *log)
{
	for (int i = 0; i < SP_TABLES; i++) {
		sqlite3_finalize(log->insert[i]);
		log->insert[i] = NULL;
	}
	sqlite3_finalize(log->rollback);
	log->rollback = NULL;
	sqlite3_close(log->db);
	log->db = NULL;
}

/* A name for the copy that no file has yet: a migration may have been tried before. */
static sp_status open_backup(const sp_log_file *log, int version, sp_message *message)
{
	size_t size = strlen(log->path) + 48;
	char *copy = malloc(size);
	sp_status status = SP_E_DUPLICATE;

	if (!copy)
		return sp_message_set(message, SP_E_MEMORY, "%s: out of memory", log->path);
	for (int i = 0; i < 100 && status == SP_E_DUPLICATE; i++) {
		if (i == 0)
			(void)snprintf(copy, size, "%s.schema-%d", log->path, version);
		else
			(void)snprintf(copy, size, "%s.schema-%d.%d", log->path, version, i);
		status = sp_backup_copy(log, copy, message);
	}
	free(copy);
	return status;
}

static sp_status open_migrate(sp_log_file *log, sp_message *message)
{
	sp_status status = open_backup(log, log->version, message);
	int rc;

	if (status != SP_OK)
		return status;
	SP_FAILPOINT(migrate_after_backup);
	rc = sqlite3_exec(log->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sp_schema_advance(log->db, log->schema, log->version);
	SP_FAILPOINT(migrate_before_commit);
	rc = sp_log_end(log, rc);
	if (rc != SQLITE_OK)
		return sp_log_fault(log, log->db, rc, "cannot be brought to this version", message);
	SP_FAILPOINT(migrate_after_commit);
	log->version = log->schema->version;
	return SP_OK;
}

/* The last two ticks' rows must fit the chain before anything is added to it. */
static sp_status open_check_tail(sp_log_file *log, sp_message *message)
{
	sp_log_place from = {.tick = log->segment_tick};
	sp_log_tick_row row;
	sp_chain_watch watch = {.head = NULL};
	sp_log_verdict verdict;
	sp_status status = SP_OK;
	char what[160];
	int rc;

	memcpy(from.link, log->anchor, sizeof from.link);
	if (log->now.tick > log->segment_tick + 1) {
		status = sp_log_tick_find(log, log->now.tick - 1, &row, message);
		memcpy(from.link, row.head, sizeof from.link);
		from.pos = row.pos;
		from.tick = row.tick;
	}
	if (status == SP_OK)
		status = sp_chain_check(log, &from, &watch, &verdict, message);
	if (status != SP_OK)
		return status;
	if (!verdict.sound)
		return sp_message_set(message, SP_E_DAMAGED, "%s: %s: %s; %s", log->path, verdict.where, verdict.what,
		                      sp_log_cure(SP_E_DAMAGED));
	rc = sp_schema_differs(log, what, sizeof what);
	if (rc != SQLITE_OK)
		return sp_log_fault(log, log->db, rc, "its tables cannot be checked", message);
	if (what[0] != 0)
		return sp_message_set(message, SP_E_DAMAGED, "%s: %s is not as this version makes it; %s", log->path, what,
		                      sp_log_cure(SP_E_DAMAGED));
	return SP_OK;
}

static sp_status open_as_writer(sp_log_file *log, sp_message *message)
{
	sp_status status = SP_OK;
	int rc;

	if (log->version < log->schema->version && sp_log_closed(log))
		return sp_log_read_place(log, message);
	if (log->version < log->schema->version)
		status = open_migrate(log, message);
	if (status != SP_OK)
		return status;
	rc = open_for_writing(log);
	if (rc == SQLITE_OK)
		rc = open_inserts(log);
	if (rc != SQLITE_OK)
		return sp_log_fault(log, log->db, rc, "cannot be written", message);
	status = sp_log_read_place(log, message);
	return status == SP_OK ? open_check_tail(log, message) : status;
}

sp_status sp_log_attach(sp_log_file *log, sp_message *message)
{
	sp_status status = open_connection(log, false, message);

	if (status == SP_OK)
		status = sp_schema_version(log, &log->version, message);
	if (status == SP_OK && log->version == 0 && !log->options.read_only) {
		sp_log_detach(log);
		return SP_OK;
	}
	if (status == SP_OK && log->version == 0)
		status = sp_message_set(message, SP_E_FOREIGN, "%s: an empty file, not a decision log; %s", log->path,
		                        sp_log_cure(SP_E_FOREIGN));
	if (status == SP_OK)
		status = log->options.read_only ? sp_log_read_place(log, message) : open_as_writer(log, message);
	if (status != SP_OK)
		sp_log_detach(log);
	return status;
}

/* --- a new file --- */

static int open_put_segment(sp_log_file *log, const sp_log_place *anchor)
{
	sp_log_row row = sp_row_begin(log, SP_TABLE_SEGMENT);

	sp_row_pos(&row);
	sp_row_int(&row, log->sequence);
	sp_row_bytes(&row, anchor->link, SP_HASH_SIZE);
	sp_row_int(&row, anchor->tick);
	sp_row_int(&row, anchor->t_ns);
	sp_row_int(&row, anchor->id);
	sp_row_int(&row, log->options.created_ns);
	sp_row_int(&row, log->options.engine_version);
	return sp_row_end(&row, NULL, NULL);
}

/* A row of another file as it is, at its new place in this chain. */
static int open_carry_row(sp_log_file *log, sp_log_table_id id, sqlite3_stmt *from)
{
	const sp_log_table *table = &sp_log_tables[id];
	sp_log_row row = sp_row_begin(log, id);
	const void *cold[SP_LOG_COLD_MAX];
	size_t n_cold[SP_LOG_COLD_MAX];

	for (int i = 0; i < table->n_hashed; i++) {
		if (i == table->pos_at)
			sp_row_pos(&row);
		else if (sqlite3_column_type(from, i) == SQLITE_INTEGER)
			sp_row_int(&row, sqlite3_column_int64(from, i));
		else
			sp_row_bytes(&row, sqlite3_column_blob(from, i), (size_t)sqlite3_column_bytes(from, i));
	}
	for (int i = 0; i < table->n_cold; i++) {
		cold[i] = sqlite3_column_blob(from, table->n_hashed + 1 + i);
		n_cold[i] = (size_t)sqlite3_column_bytes(from, table->n_hashed + 1 + i);
	}
	return sp_row_end(&row, cold, n_cold);
}

/* What the closed file's successor must have of it: configurations and inputs for the tick to come, the configuration in force,
 * and the last epoch and frames, so that the file knows by itself how the feed goes on. */
static const struct {
	sp_log_table_id id;
	const char *rows; /* ?1: the last tick; ?2, ?3: the configurations in force and named */
} open_carried[] = {
    {SP_TABLE_CONFIG, "WHERE tick > ?1 OR hash = ?2 OR hash = ?3 ORDER BY pos"},
    {SP_TABLE_EPOCH, "ORDER BY counter DESC LIMIT 1"},
    {SP_TABLE_PUBLICATION, "ORDER BY tick DESC LIMIT 1"},
    {SP_TABLE_INPUT, "WHERE tick > ?1 AND pos > ifnull((SELECT pos FROM tick WHERE tick = ?1), 0) ORDER BY pos"},
};

static int open_carry_prepare(const sp_log_file *log, const sp_log_file *carry, size_t i, sqlite3_stmt **select)
{
	const sp_log_table *table = &sp_log_tables[open_carried[i].id];
	char sql[256];
	int rc, n;

	(void)snprintf(sql, sizeof sql, "SELECT %s FROM %s %s", table->columns, table->name, open_carried[i].rows);
	rc = sqlite3_prepare_v2(carry->db, sql, -1, select, NULL);
	n = sqlite3_bind_parameter_count(*select);
	if (rc == SQLITE_OK && n > 0)
		rc = sqlite3_bind_int64(*select, 1, carry->now.tick);
	if (rc == SQLITE_OK && n > 1)
		rc = sqlite3_bind_blob(*select, 2, carry->config, SP_HASH_SIZE, SQLITE_STATIC);
	if (rc == SQLITE_OK && n > 2)
		rc = sqlite3_bind_blob(*select, 3, log->named, SP_HASH_SIZE, SQLITE_STATIC);
	return rc;
}

static int open_carry(sp_log_file *log, const sp_log_file *carry, size_t i)
{
	sqlite3_stmt *select = NULL;
	int rc;

	if (!sp_schema_has(carry, open_carried[i].id))
		return SQLITE_OK;
	rc = open_carry_prepare(log, carry, i, &select);
	while (rc == SQLITE_OK && (rc = sqlite3_step(select)) == SQLITE_ROW)
		rc = open_carry_row(log, open_carried[i].id, select);
	sqlite3_finalize(select);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int open_make(sp_log_file *log, const sp_log_file *carry)
{
	sp_log_place anchor = carry ? carry->now : (sp_log_place){.pos = 0};
	int rc = open_for_writing(log);

	anchor.pos = 0;
	anchor.stored = -1;
	log->version = log->schema->version;
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(log->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sp_schema_advance(log->db, log->schema, 0);
	if (rc == SQLITE_OK)
		rc = open_inserts(log);
	log->work = anchor;
	log->sequence = carry ? carry->sequence + 1 : 1;
	if (rc == SQLITE_OK)
		rc = open_put_segment(log, &anchor);
	for (size_t i = 0; i < sizeof open_carried / sizeof open_carried[0] && rc == SQLITE_OK && carry; i++)
		rc = open_carry(log, carry, i);
	return sp_log_end(log, rc);
}

sp_status sp_log_create(sp_log_file *log, const sp_log_file *carry, sp_message *message)
{
	sp_status status = open_connection(log, true, message);
	int rc;

	if (status != SP_OK)
		return status;
	rc = open_make(log, carry);
	if (rc != SQLITE_OK) {
		status = sp_log_fault(log, log->db, rc, "cannot be made", message);
		sp_log_detach(log);
		return status;
	}
	log->segment_tick = log->now.tick;
	log->closed = false;
	if (carry) {
		memcpy(log->anchor, carry->now.link, sizeof log->anchor);
		memcpy(log->config, carry->config, sizeof log->config);
	}
	sp_log_sync_folder(log->path);
	return SP_OK;
}

/* --- from a path to a log --- */

static sp_log_file *open_empty(const char *path, const sp_log_options *options, const sp_log_schema *schema)
{
	sp_log_file *log = calloc(1, sizeof *log);

	if (!log)
		return NULL;
	log->guard.fd = -1;
	log->wal_limit = OPEN_WAL_LIMIT;
	log->options = *options;
	log->schema = schema;
	log->path = strdup(path);
	log->vfs = options->vfs ? strdup(options->vfs) : NULL;
	log->squeeze = options->read_only ? NULL : ZSTD_createCCtx();
	if (!log->path || (options->vfs && !log->vfs) || (!options->read_only && !log->squeeze)) {
		sp_log_close(log);
		return NULL;
	}
	return log;
}

static sp_status open_writer(sp_log_file *log, sp_message *message)
{
	sp_status status = sp_guard_take(&log->guard, log->path, message);

	if (status != SP_OK)
		return status;
	if (access(log->path, F_OK) == 0)
		status = sp_log_attach(log, message);
	if (status == SP_OK && (!log->db || log->closed))
		status = sp_log_settle(log, message);
	return status;
}

static sp_status open_reader(sp_log_file *log, sp_message *message)
{
	int gate = sp_guard_enter(log->path);
	sp_status status = sp_log_attach(log, message);

	sp_guard_leave(gate);
	return status;
}

sp_status sp_log_open_as(const char *path, const sp_log_options *options, const sp_log_schema *schema,
                         sp_log_file **out, sp_message *message)
{
	sp_log_file *log;
	sp_status status;

	SP_ASSERT(path && options && out);
	SP_ASSERT(sodium_init() >= 0);
	log = open_empty(path, options, schema);
	if (!log)
		return sp_message_set(message, SP_E_MEMORY, "%s: out of memory; %s", path, sp_log_cure(SP_E_MEMORY));
	status = options->read_only ? open_reader(log, message) : open_writer(log, message);
	if (status != SP_OK) {
		sp_log_close(log);
		return status;
	}
	*out = log;
	return SP_OK;
}

sp_status sp_log_open(const char *path, const sp_log_options *options, sp_log_file **log, sp_message *message)
{
	return sp_log_open_as(path, options, &sp_log_schema_now, log, message);
}

void sp_log_close(sp_log_file *log)
{
	if (!log)
		return;
	sp_log_detach(log);
	sp_guard_drop(&log->guard);
	sp_log_pending_fini(log);
	sp_log_buffer_fini(&log->canon);
	sp_log_buffer_fini(&log->body);
	sp_log_buffer_fini(&log->text);
	sp_log_buffer_fini(&log->clocks_text);
	sp_log_buffer_fini(&log->kept);
	ZSTD_freeCCtx(log->squeeze);
	free(log->path);
	free(log->vfs);
	free(log);
}

void sp_log_head(const sp_log_file *log, uint8_t head[SP_HASH_SIZE])
{
	SP_ASSERT(log && head);
	memcpy(head, log->now.link, SP_HASH_SIZE);
}

int64_t sp_log_last_tick(const sp_log_file *log, int64_t *t_ns)
{
	SP_ASSERT(log);
	if (t_ns)
		*t_ns = log->now.t_ns;
	return log->now.tick;
}
