/* read.c - rows back out of the file, each checked to be what a row of its table can be: a damaged file gives an answer, never
 * a wrong pointer. Walks go in slices, each its own short read: rows are only ever added, so nothing is missed between
 * two, and no slow reader keeps the writer's WAL from being checkpointed. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "controller/log/store.h"

#define READ_SLICE 256 /* rows */

int sp_log_ask(sqlite3 *db, const char *sql, int64_t argument, int64_t *answer)
{
	sqlite3_stmt *select = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &select, NULL);

	*answer = 0;
	if (rc == SQLITE_OK && sqlite3_bind_parameter_count(select) > 0)
		rc = sqlite3_bind_int64(select, 1, argument);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(select);
	if (rc == SQLITE_ROW)
		*answer = sqlite3_column_int64(select, 0);
	sqlite3_finalize(select);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* --- one row's columns, read straight down --- */

int64_t sp_read_int(sp_read_row *row)
{
	row->ok = row->ok && sqlite3_column_type(row->select, row->column) == SQLITE_INTEGER;
	return sqlite3_column_int64(row->select, row->column++);
}

uint32_t sp_read_u32(sp_read_row *row)
{
	int64_t x = sp_read_int(row);

	row->ok = row->ok && x >= 0 && x <= UINT32_MAX;
	return (uint32_t)x;
}

const char *sp_read_text(sp_read_row *row)
{
	const char *text = (const char *)sqlite3_column_text(row->select, row->column);

	row->ok = row->ok && sqlite3_column_type(row->select, row->column) == SQLITE_TEXT && text;
	row->column++;
	return text ? text : "";
}

const uint8_t *sp_read_bytes(sp_read_row *row, size_t *n)
{
	const void *bytes = sqlite3_column_blob(row->select, row->column);

	row->ok = row->ok && sqlite3_column_type(row->select, row->column) == SQLITE_BLOB;
	*n = (size_t)sqlite3_column_bytes(row->select, row->column++);
	return bytes;
}

void sp_read_hash(sp_read_row *row, uint8_t hash[SP_HASH_SIZE])
{
	size_t n;
	const uint8_t *bytes = sp_read_bytes(row, &n);

	row->ok = row->ok && bytes && n == SP_HASH_SIZE;
	if (row->ok)
		memcpy(hash, bytes, SP_HASH_SIZE);
}

static sp_status read_damaged(const sp_log_file *log, const char *table, int64_t key, sp_message *message)
{
	return sp_message_set(message, SP_E_DAMAGED, "%s: %s %lld is not what was written; %s", log->path, table,
	                      (long long)key, sp_log_cure(SP_E_DAMAGED));
}

/* --- walks --- */

/* One slice; *rc is SQLITE_ROW when there may be more, SQLITE_DONE at the end. */
static sp_read_next read_slice(sp_read_walk *walk, sqlite3_stmt *select, int *rc)
{
	sp_read_next next = SP_READ_ON;
	int n = 0;

	sqlite3_bind_int64(select, 1, walk->key);
	while (next == SP_READ_ON && (*rc = sqlite3_step(select)) == SQLITE_ROW) {
		int64_t key = sqlite3_column_int64(select, 0);

		if (key < walk->key || key == INT64_MAX)
			return SP_READ_DAMAGED;
		walk->key = key;
		next = walk->row(walk, select);
		if (next == SP_READ_DAMAGED && sp_log_starved(walk->log))
			next = SP_READ_NO_MEMORY;
		if (next == SP_READ_ON)
			walk->key++;
		n++;
	}
	sqlite3_reset(select);
	if (*rc == SQLITE_DONE && n == READ_SLICE)
		*rc = SQLITE_ROW;
	return next;
}

sp_status sp_read_rows(sp_read_walk *walk, sp_message *message)
{
	sp_log_file *log = walk->log;
	sqlite3_stmt *select = NULL;
	sp_read_next next = SP_READ_ON;
	int rc;

	SP_ASSERT(log->db);
	rc = sqlite3_prepare_v2(log->db, walk->sql, -1, &select, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(select, 2, READ_SLICE);
	if (rc == SQLITE_OK && sqlite3_bind_parameter_count(select) > 2)
		rc = sqlite3_bind_text(select, 3, walk->text, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = SQLITE_ROW;
	while (rc == SQLITE_ROW && next == SP_READ_ON)
		next = read_slice(walk, select, &rc);
	sqlite3_finalize(select);
	if (next == SP_READ_DAMAGED)
		return read_damaged(log, walk->table, walk->key, message);
	if (next == SP_READ_NO_MEMORY)
		return sp_message_set(message, SP_E_MEMORY, "%s: out of memory", log->path);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return sp_log_fault(log, log->db, rc, "cannot be read", message);
	return SP_OK;
}

/* --- ticks --- */

#define READ_TICK                                                                                                  \
	"SELECT tick, pos, t_ns, skipped, families, recorded, first_id, taken, refused, engine, config, digest, link " \
	"FROM tick "

static bool read_tick(sqlite3_stmt *select, sp_log_tick_row *out)
{
	sp_read_row row = {.select = select, .ok = true};
	sp_log_tick_row tick = {.tick = sp_read_int(&row)};

	tick.pos = sp_read_int(&row);
	tick.t_ns = sp_read_int(&row);
	tick.skipped = sp_read_u32(&row);
	tick.families = sp_read_u32(&row);
	tick.recorded = sp_read_u32(&row);
	tick.first_id = sp_read_int(&row);
	tick.taken = sp_read_u32(&row);
	row.ok = sp_json_refused_read(sp_read_text(&row), tick.refused) && row.ok;
	tick.engine_version = sp_read_u32(&row);
	sp_read_hash(&row, tick.config);
	sp_read_hash(&row, tick.digest);
	sp_read_hash(&row, tick.head);
	*out = tick;
	return row.ok;
}

static sp_read_next read_tick_row(sp_read_walk *walk, sqlite3_stmt *select)
{
	sp_log_tick_row row;

	if (!read_tick(select, &row))
		return SP_READ_DAMAGED;
	return walk->fn.tick(walk->context, &row) ? SP_READ_ON : SP_READ_ENOUGH;
}

sp_status sp_log_ticks(sp_log_file *log, int64_t from_tick, sp_log_tick_fn fn, void *context, sp_message *message)
{
	sp_read_walk walk = {.log = log,
	                     .table = "tick",
	                     .sql = READ_TICK "WHERE tick >= ?1 ORDER BY tick LIMIT ?2",
	                     .key = from_tick,
	                     .row = read_tick_row,
	                     .fn.tick = fn,
	                     .context = context};

	SP_ASSERT(log && fn);
	return sp_read_rows(&walk, message);
}

static bool read_keep_tick(void *context, const sp_log_tick_row *row)
{
	*(sp_log_tick_row *)context = *row;
	return false;
}

static sp_status read_absent(const sp_log_file *log, const char *table, int64_t key, sp_message *message)
{
	return sp_message_set(message, SP_E_ABSENT, "%s: has no %s %lld", log->path, table, (long long)key);
}

sp_status sp_log_tick_find(sp_log_file *log, int64_t tick, sp_log_tick_row *row, sp_message *message)
{
	sp_log_tick_row found = {.tick = 0};
	sp_status status = sp_log_ticks(log, tick, read_keep_tick, &found, message);

	SP_ASSERT(row);
	if (status != SP_OK)
		return status;
	if (found.pos == 0 || found.tick != tick)
		return read_absent(log, "tick", tick, message);
	*row = found;
	return SP_OK;
}

/* --- decisions --- */

#define READ_DECISION                                                                                \
	"SELECT id, tick, t_ns, family, policy, mode, outcome, reason, offer, index_before, index_wish," \
	" index_after, in_force, binds, terms, prices, activated, clocks, body, config FROM decision "

static bool read_decision(sqlite3_stmt *select, sp_log_decision_row *out)
{
	sp_read_row row = {.select = select, .ok = true};
	sp_log_decision_row decision = {.id = sp_read_int(&row)};

	decision.tick = sp_read_int(&row);
	decision.t_ns = sp_read_int(&row);
	decision.family = sp_read_text(&row);
	decision.policy = sp_read_text(&row);
	decision.mode = sp_read_text(&row);
	decision.outcome = sp_read_text(&row);
	decision.reason = sp_read_text(&row);
	decision.offer = sp_read_text(&row);
	decision.before.ppb = sp_read_int(&row);
	decision.wish.ppb = sp_read_int(&row);
	decision.index.ppb = sp_read_int(&row);
	decision.in_force.ppb = sp_read_int(&row);
	decision.binds = sp_read_u32(&row);
	decision.terms = sp_read_text(&row);
	decision.prices = sp_read_text(&row);
	decision.activated = sp_read_text(&row);
	decision.clocks = sp_read_text(&row);
	decision.body = sp_read_bytes(&row, &decision.n_body);
	sp_read_hash(&row, decision.config);
	*out = decision;
	return row.ok;
}

static sp_read_next read_decision_row(sp_read_walk *walk, sqlite3_stmt *select)
{
	sp_log_decision_row row;

	if (!read_decision(select, &row))
		return SP_READ_DAMAGED;
	return walk->fn.decision(walk->context, &row) ? SP_READ_ON : SP_READ_ENOUGH;
}

sp_status sp_log_decisions(sp_log_file *log, int64_t from_id, const char *family, sp_log_decision_fn fn, void *context,
                           sp_message *message)
{
	sp_read_walk walk = {.log = log,
	                     .table = "decision",
	                     .sql = family ? READ_DECISION "WHERE id >= ?1 AND family = ?3 ORDER BY id LIMIT ?2"
	                                   : READ_DECISION "WHERE id >= ?1 ORDER BY id LIMIT ?2",
	                     .text = family,
	                     .key = from_id,
	                     .row = read_decision_row,
	                     .fn.decision = fn,
	                     .context = context};

	SP_ASSERT(log && fn);
	return sp_read_rows(&walk, message);
}

/* Copies what the row points to into log->kept: first all, then the pointers, for the buffer moves while it grows. */
static bool read_keep_texts(sp_log_file *log, sp_log_decision_row *row)
{
	const char **texts[] = {&row->family, &row->policy, &row->mode,   &row->outcome,   &row->reason,
	                        &row->offer,  &row->terms,  &row->prices, &row->activated, &row->clocks};
	size_t n = sizeof texts / sizeof texts[0], at = row->n_body;

	log->kept.n = 0;
	log->kept.failed = false;
	sp_log_buffer_put(&log->kept, row->body, row->n_body);
	for (size_t i = 0; i < n; i++)
		sp_log_buffer_put(&log->kept, *texts[i], strlen(*texts[i]) + 1);
	if (log->kept.failed)
		return false;
	row->body = log->kept.at;
	for (size_t i = 0; i < n; i++) {
		*texts[i] = (const char *)log->kept.at + at;
		at += strlen(*texts[i]) + 1;
	}
	return true;
}

typedef struct read_found {
	sp_log_file *log;
	sp_log_decision_row *row;
	bool found, no_memory;
	int64_t id;
} read_found;

static bool read_keep_decision(void *context, const sp_log_decision_row *row)
{
	read_found *found = context;
	sp_log_decision_row kept = *row;

	if (row->id != found->id)
		return false;
	found->no_memory = !read_keep_texts(found->log, &kept);
	found->found = true;
	if (!found->no_memory)
		*found->row = kept;
	return false;
}

sp_status sp_log_decision_find(sp_log_file *log, int64_t id, sp_log_decision_row *row, sp_message *message)
{
	read_found found = {.log = log, .row = row, .id = id};
	sp_status status = sp_log_decisions(log, id, NULL, read_keep_decision, &found, message);

	SP_ASSERT(row);
	if (status != SP_OK)
		return status;
	if (!found.found)
		return read_absent(log, "decision", id, message);
	return found.no_memory ? sp_message_set(message, SP_E_MEMORY, "%s: out of memory", log->path) : SP_OK;
}

/* --- alarms --- */

static sp_read_next read_alarm_row(sp_read_walk *walk, sqlite3_stmt *select)
{
	sp_read_row row = {.select = select, .column = 1, .ok = true};
	sp_log_alarm_row alarm = {.tick = sp_read_int(&row)};

	alarm.t_ns = sp_read_int(&row);
	alarm.change.raised = sp_read_int(&row) != 0;
	alarm.change.alarm.code = sp_read_text(&row);
	alarm.change.alarm.subject = sp_read_text(&row);
	alarm.change.alarm.since_ns = sp_read_int(&row);
	alarm.change.alarm.text = sp_read_text(&row);
	alarm.change.alarm.cure = sp_read_text(&row);
	if (!row.ok)
		return SP_READ_DAMAGED;
	return walk->fn.alarm(walk->context, &alarm) ? SP_READ_ON : SP_READ_ENOUGH;
}

/* A tick's own row comes after the rows that it brought, so that of the tick before says where those begin. */
sp_status sp_read_from_tick(sp_read_walk *walk, int64_t from_tick, sp_message *message)
{
	sp_log_file *log = walk->log;
	int rc;

	SP_ASSERT(log && log->db);
	rc = sp_log_ask(log->db, "SELECT pos FROM tick WHERE tick < ?1 ORDER BY tick DESC LIMIT 1", from_tick, &walk->key);
	if (rc != SQLITE_OK)
		return sp_log_fault(log, log->db, rc, "cannot be read", message);
	return sp_read_rows(walk, message);
}

sp_status sp_log_alarms(sp_log_file *log, int64_t from_tick, sp_log_alarm_fn fn, void *context, sp_message *message)
{
	sp_read_walk walk = {.log = log,
	                     .table = "alarm",
	                     .sql =
	                         "SELECT a.pos, a.tick, t.t_ns, a.raised, a.code, a.subject, a.since_ns, a.text, a.cure"
	                         " FROM alarm a JOIN tick t ON t.tick = a.tick WHERE a.pos >= ?1 ORDER BY a.pos LIMIT ?2",
	                     .row = read_alarm_row,
	                     .fn.alarm = fn,
	                     .context = context};

	SP_ASSERT(fn);
	return sp_read_from_tick(&walk, from_tick, message);
}

/* --- cold bytes --- */

/* The plain bytes of a cold column, if they are those that the chain knows. */
static sp_status read_cold(sp_read_row *row, const uint8_t hash[SP_HASH_SIZE], int64_t size, void **plain)
{
	uint8_t actual[SP_HASH_SIZE];
	size_t n;
	const uint8_t *packed = sp_read_bytes(row, &n);

	if (!row->ok || !packed)
		return SP_E_DAMAGED;
	sp_blob_hash(packed, n, actual);
	return memcmp(actual, hash, sizeof actual) == 0 ? sp_blob_unpack(packed, n, size, plain) : SP_E_DAMAGED;
}

static sp_read_next read_inputs_row(sp_read_walk *walk, sqlite3_stmt *select)
{
	sp_read_row row = {.select = select, .column = 1, .ok = true};
	int64_t tick = sp_read_int(&row), size = sp_read_int(&row);
	uint8_t hash[SP_HASH_SIZE];
	void *plain = NULL;
	bool more;

	sp_read_hash(&row, hash);
	if (row.ok && sqlite3_column_type(select, row.column) == SQLITE_NULL) {
		more = walk->fn.inputs(walk->context, tick, NULL, 0);
	} else {
		sp_status status = row.ok ? read_cold(&row, hash, size, &plain) : SP_E_DAMAGED;

		if (status != SP_OK)
			return status == SP_E_MEMORY ? SP_READ_NO_MEMORY : SP_READ_DAMAGED;
		more = walk->fn.inputs(walk->context, tick, plain, (size_t)size);
		free(plain);
	}
	return more ? SP_READ_ON : SP_READ_ENOUGH;
}

sp_status sp_log_inputs(sp_log_file *log, int64_t from_tick, sp_log_inputs_fn fn, void *context, sp_message *message)
{
	sp_read_walk walk = {.log = log,
	                     .table = "input",
	                     .sql =
	                         "SELECT pos, tick, size, blob_hash, blob FROM input WHERE pos >= ?1 ORDER BY pos LIMIT ?2",
	                     .row = read_inputs_row,
	                     .fn.inputs = fn,
	                     .context = context};
	int rc;

	SP_ASSERT(log && fn);
	/* Inputs of a tick stand between the row of the tick before and its own. */
	rc = sp_log_ask(log->db, "SELECT pos FROM tick WHERE tick < ?1 ORDER BY tick DESC LIMIT 1", from_tick, &walk.key);
	if (rc != SQLITE_OK)
		return sp_log_fault(log, log->db, rc, "cannot be read", message);
	return sp_read_rows(&walk, message);
}

/* Prepares a question for one row; SP_E_ABSENT when there is none. */
static sp_status read_one(sp_log_file *log, const char *sql, const void *key, int64_t number, sqlite3_stmt **select,
                          sp_message *message)
{
	int rc = sqlite3_prepare_v2(log->db, sql, -1, select, NULL);

	if (rc == SQLITE_OK)
		rc = key ? sqlite3_bind_blob(*select, 1, key, SP_HASH_SIZE, SQLITE_STATIC)
		         : sqlite3_bind_int64(*select, 1, number);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(*select);
	if (rc == SQLITE_ROW)
		return SP_OK;
	return rc == SQLITE_DONE ? SP_E_ABSENT : sp_log_fault(log, log->db, rc, "cannot be read", message);
}

static sp_status read_config(sqlite3_stmt *select, void *plain[2], size_t size[2])
{
	sp_read_row row = {.select = select, .ok = true};
	uint8_t hash[2][SP_HASH_SIZE];
	sp_status status;

	size[0] = (size_t)sp_read_int(&row);
	size[1] = (size_t)sp_read_int(&row);
	sp_read_hash(&row, hash[0]);
	sp_read_hash(&row, hash[1]);
	status = read_cold(&row, hash[0], (int64_t)size[0], &plain[0]);
	return status == SP_OK ? read_cold(&row, hash[1], (int64_t)size[1], &plain[1]) : status;
}

sp_status sp_log_config_find(sp_log_file *log, const uint8_t hash[SP_HASH_SIZE], void **yaml, size_t *n_yaml,
                             void **sheet, size_t *n_sheet, sp_message *message)
{
	sqlite3_stmt *select = NULL;
	void *plain[2] = {NULL, NULL};
	size_t size[2] = {0, 0};
	char text[SP_HASH_TEXT_MAX];
	sp_status status = read_one(log,
	                            "SELECT yaml_size, sheet_size, yaml_hash, sheet_hash, yaml, sheet FROM config"
	                            " WHERE hash = ?1 LIMIT 1",
	                            hash, 0, &select, message);

	if (status == SP_E_ABSENT)
		sp_message_set(message, status, "%s: has no configuration %s", log->path, sp_hash_text(hash, text));
	if (status == SP_OK) {
		status = read_config(select, plain, size);
		if (status != SP_OK && sp_log_starved(log))
			status = SP_E_MEMORY;
		if (status != SP_OK)
			sp_message_set(message, status, "%s: the texts of configuration %s are not what was written; %s", log->path,
			               sp_hash_text(hash, text), sp_log_cure(status));
	}
	sqlite3_finalize(select);
	if (status != SP_OK) {
		free(plain[0]);
		return status;
	}
	*yaml = plain[0], *n_yaml = size[0];
	*sheet = plain[1], *n_sheet = size[1];
	return SP_OK;
}

static sp_status read_checkpoint(sqlite3_stmt *select, int64_t *tick, int64_t *size, void **plain)
{
	sp_read_row row = {.select = select, .ok = true};
	uint8_t hash[SP_HASH_SIZE];

	*tick = sp_read_int(&row);
	*size = sp_read_int(&row);
	sp_read_hash(&row, hash);
	return row.ok ? read_cold(&row, hash, *size, plain) : SP_E_DAMAGED;
}

sp_status sp_log_checkpoint_find(sp_log_file *log, int64_t at_or_before, int64_t *tick, uint8_t **bytes, size_t *n,
                                 sp_message *message)
{
	sqlite3_stmt *select = NULL;
	int64_t found = 0, size = 0;
	void *plain = NULL;
	sp_status status = read_one(log,
	                            "SELECT tick, size, blob_hash, blob FROM checkpoint WHERE tick <= ?1"
	                            " AND blob IS NOT NULL ORDER BY tick DESC LIMIT 1",
	                            NULL, at_or_before, &select, message);

	if (status == SP_E_ABSENT)
		sp_message_set(message, status, "%s: has no checkpoint at or before tick %lld", log->path,
		               (long long)at_or_before);
	if (status == SP_OK) {
		status = read_checkpoint(select, &found, &size, &plain);
		if (status != SP_OK && sp_log_starved(log))
			status = SP_E_MEMORY;
		if (status != SP_OK)
			sp_message_set(message, status, "%s: the checkpoint of tick %lld is not what was written; %s", log->path,
			               (long long)found, sp_log_cure(status));
	}
	sqlite3_finalize(select);
	if (status != SP_OK)
		return status;
	*tick = found;
	*bytes = plain;
	*n = (size_t)size;
	return SP_OK;
}
