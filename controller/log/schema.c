/* schema.c - the tables, and how a file comes from one version of them to the next.
 *
 * Rows are only ever added: triggers refuse UPDATE and DELETE (but for pruning, which empties a cold column and leaves its
 * hash). They stop accidents, not an attacker with the file in hand: that is what the chain is for. STRICT and CHECK keep
 * NaN, text in numbers and unknown words out. The hot table has no second index: a random one costs nine times the insert. */
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "controller/log/store.h"

#define SCHEMA_LINK "link BLOB NOT NULL CHECK (length(link) = 32)"

/* Spelt with OR: an IN of more than two words makes and fills a table of its own for every row that is inserted. */
#define SCHEMA_MODE "mode = 'auto' OR mode = 'observe' OR mode = 'propose'"
#define SCHEMA_OUTCOME                                                                           \
	"outcome = 'held' OR outcome = 'published' OR outcome = 'observed' OR outcome = 'announced'" \
	" OR outcome = 'proposed'"
#define SCHEMA_OFFER "offer = 'open' OR offer = 'restricted' OR offer = 'closed'"

#define SCHEMA_KEEP_DELETE(table)                            \
	"CREATE TRIGGER " table "_stays BEFORE DELETE ON " table \
	" BEGIN SELECT RAISE(ABORT, 'the log is append-only: rows of " table " are never deleted'); END;"
#define SCHEMA_KEEP(table)                                  \
	SCHEMA_KEEP_DELETE(table)                               \
	"CREATE TRIGGER " table "_kept BEFORE UPDATE ON " table \
	" BEGIN SELECT RAISE(ABORT, 'the log is append-only: rows of " table " are never changed'); END;"
/* `same` says that every other column stays. */
#define SCHEMA_KEEP_BUT_BLOB(table, same)                                                                  \
	SCHEMA_KEEP_DELETE(table)                                                                              \
	"CREATE TRIGGER " table "_kept BEFORE UPDATE ON " table " WHEN NEW.blob IS NOT NULL OR NOT (" same ")" \
	" BEGIN SELECT RAISE(ABORT, 'the log is append-only: of " table " only the blob may be dropped'); END;"

static const char schema_1[] =
    /* What the chain of this file begins with. created_ns 0: the driver has no clock. */
    "CREATE TABLE segment (pos INTEGER PRIMARY KEY CHECK (pos = 1), sequence INTEGER NOT NULL CHECK (sequence > 0),"
    " anchor BLOB NOT NULL CHECK (length(anchor) = 32), tick INTEGER NOT NULL, t_ns INTEGER NOT NULL,"
    " decision INTEGER NOT NULL, created_ns INTEGER NOT NULL, engine INTEGER NOT NULL, " SCHEMA_LINK ") STRICT;"
    /* A configuration's texts, once each. */
    "CREATE TABLE config (pos INTEGER PRIMARY KEY, tick INTEGER NOT NULL, hash BLOB NOT NULL CHECK (length(hash) = 32),"
    " yaml_size INTEGER NOT NULL, sheet_size INTEGER NOT NULL, yaml_hash BLOB NOT NULL, sheet_hash BLOB NOT NULL,"
    " " SCHEMA_LINK ", yaml BLOB NOT NULL, sheet BLOB NOT NULL) STRICT;"
    /* A block of inputs in order of arrival; tick: the one that they belong to. */
    "CREATE TABLE input (pos INTEGER PRIMARY KEY, tick INTEGER NOT NULL, size INTEGER NOT NULL,"
    " blob_hash BLOB NOT NULL CHECK (length(blob_hash) = 32), " SCHEMA_LINK ", blob BLOB) STRICT;"
    /* What moved, was proposed or refused; indexes in parts per billion of the sheet. body: the canonical bytes. */
    "CREATE TABLE decision (id INTEGER PRIMARY KEY, pos INTEGER NOT NULL, tick INTEGER NOT NULL, t_ns INTEGER NOT NULL,"
    " family TEXT NOT NULL, policy TEXT NOT NULL,"
    " mode TEXT NOT NULL CHECK (" SCHEMA_MODE "),"
    " outcome TEXT NOT NULL CHECK (" SCHEMA_OUTCOME "),"
    " reason TEXT NOT NULL, offer TEXT NOT NULL CHECK (" SCHEMA_OFFER "),"
    " index_before INTEGER NOT NULL, index_wish INTEGER NOT NULL, index_after INTEGER NOT NULL,"
    " in_force INTEGER NOT NULL, binds INTEGER NOT NULL, terms TEXT NOT NULL, prices TEXT NOT NULL,"
    " activated TEXT NOT NULL, clocks TEXT NOT NULL, body BLOB NOT NULL, config BLOB NOT NULL, " SCHEMA_LINK ") STRICT;"
    "CREATE TABLE alarm (pos INTEGER PRIMARY KEY, tick INTEGER NOT NULL, raised INTEGER NOT NULL CHECK (raised IN (0, "
    "1)),"
    " code TEXT NOT NULL, subject TEXT NOT NULL, since_ns INTEGER NOT NULL, text TEXT NOT NULL, cure TEXT NOT NULL,"
    " " SCHEMA_LINK ") STRICT;"
    /* Values are INTEGER nano-USD for the kinds of money, else REAL. */
    "CREATE TABLE rollup (pos INTEGER PRIMARY KEY, tick INTEGER NOT NULL, hour_ns INTEGER NOT NULL,"
    " subject TEXT NOT NULL, kind TEXT NOT NULL, count INTEGER NOT NULL CHECK (count >= 0),"
    " mean ANY NOT NULL CHECK (typeof(mean) IN ('integer', 'real')),"
    " min ANY NOT NULL CHECK (typeof(min) = typeof(mean)), max ANY NOT NULL CHECK (typeof(max) = typeof(mean)),"
    " last ANY NOT NULL CHECK (typeof(last) = typeof(mean)), " SCHEMA_LINK ") STRICT;"
    /* The engine's state after a tick. */
    "CREATE TABLE checkpoint (tick INTEGER PRIMARY KEY, pos INTEGER NOT NULL, t_ns INTEGER NOT NULL, size INTEGER NOT "
    "NULL,"
    " blob_hash BLOB NOT NULL CHECK (length(blob_hash) = 32), " SCHEMA_LINK ", blob BLOB) STRICT;"
    /* The last row of each tick: its link is the head of the chain. first_id 0: no decision has a row. */
    "CREATE TABLE tick (tick INTEGER PRIMARY KEY, pos INTEGER NOT NULL, t_ns INTEGER NOT NULL, skipped INTEGER NOT "
    "NULL,"
    " families INTEGER NOT NULL, recorded INTEGER NOT NULL, first_id INTEGER NOT NULL, taken INTEGER NOT NULL,"
    " refused TEXT NOT NULL, engine INTEGER NOT NULL, config BLOB NOT NULL CHECK (length(config) = 32),"
    " digest BLOB NOT NULL CHECK (length(digest) = 32), " SCHEMA_LINK ") STRICT;"
    /* The last row of a file that was rotated away: its link is the anchor of file `next`. */
    "CREATE TABLE closing (pos INTEGER PRIMARY KEY, tick INTEGER NOT NULL, t_ns INTEGER NOT NULL, next INTEGER NOT "
    "NULL,"
    " " SCHEMA_LINK ") STRICT;" SCHEMA_KEEP("segment") SCHEMA_KEEP("config") SCHEMA_KEEP("decision")
        SCHEMA_KEEP("alarm") SCHEMA_KEEP("rollup") SCHEMA_KEEP("tick") SCHEMA_KEEP("closing")
            SCHEMA_KEEP_BUT_BLOB("input", "NEW.pos IS OLD.pos AND NEW.tick IS OLD.tick AND NEW.size IS OLD.size"
                                          " AND NEW.blob_hash IS OLD.blob_hash AND NEW.link IS OLD.link")
                SCHEMA_KEEP_BUT_BLOB("checkpoint",
                                     "NEW.tick IS OLD.tick AND NEW.pos IS OLD.pos AND NEW.t_ns IS OLD.t_ns"
                                     " AND NEW.size IS OLD.size AND NEW.blob_hash IS OLD.blob_hash"
                                     " AND NEW.link IS OLD.link");

/* What the feed has given out: its starts, each with the frames of its whole book, and the frames of each tick that had some.
 * And the checkpoints that are not pruned, for a live log is pruned between two ticks (prune.c). */
static const char schema_2[] =
    "CREATE TABLE epoch (counter INTEGER PRIMARY KEY CHECK (counter > 0), pos INTEGER NOT NULL, tick INTEGER NOT NULL,"
    " t_ns INTEGER NOT NULL, random BLOB NOT NULL CHECK (length(random) = 16),"
    " first_seq INTEGER NOT NULL CHECK (first_seq > 0), frames INTEGER NOT NULL CHECK (frames >= 0),"
    " " SCHEMA_LINK ") STRICT;"
    "CREATE TABLE publication (tick INTEGER PRIMARY KEY, pos INTEGER NOT NULL,"
    " first_seq INTEGER NOT NULL CHECK (first_seq > 0), frames INTEGER NOT NULL CHECK (frames > 0),"
    " " SCHEMA_LINK ") STRICT;" SCHEMA_KEEP("epoch")
        SCHEMA_KEEP("publication") "CREATE INDEX checkpoint_there ON checkpoint (tick, t_ns) WHERE blob IS NOT NULL;";

static const char *const schema_steps[SP_LOG_SCHEMA] = {schema_1, schema_2};

const sp_log_schema sp_log_schema_now = {SP_LOG_SCHEMA, schema_steps};

#define SCHEMA_DECISION                                                                            \
	"id, pos, tick, t_ns, family, policy, mode, outcome, reason, offer, index_before, index_wish," \
	" index_after, in_force, binds, terms, prices, activated, clocks, body, config, link"
#define SCHEMA_TICK \
	"tick, pos, t_ns, skipped, families, recorded, first_id, taken, refused, engine, config, digest, link"

const sp_log_table sp_log_tables[SP_TABLES] = {
    [SP_TABLE_SEGMENT] = {"segment", "pos", "pos, sequence, anchor, tick, t_ns, decision, created_ns, engine, link", 8,
                          0, 0, 0, -1, 1},
    [SP_TABLE_CONFIG] = {"config", "pos",
                         "pos, tick, hash, yaml_size, sheet_size, yaml_hash, sheet_hash, link, yaml, sheet", 7, 2, 0, 0,
                         1, 1},
    [SP_TABLE_INPUT] = {"input", "pos", "pos, tick, size, blob_hash, link, blob", 4, 1, 0, 0, 1, 1},
    [SP_TABLE_DECISION] = {"decision", "id", SCHEMA_DECISION, 21, 0, 0, 1, 2, 1},
    [SP_TABLE_ALARM] = {"alarm", "pos", "pos, tick, raised, code, subject, since_ns, text, cure, link", 8, 0, 0, 0, 1,
                        1},
    [SP_TABLE_ROLLUP] = {"rollup", "pos", "pos, tick, hour_ns, subject, kind, count, mean, min, max, last, link", 10, 0,
                         0, 0, 1, 1},
    [SP_TABLE_CHECKPOINT] = {"checkpoint", "tick", "tick, pos, t_ns, size, blob_hash, link, blob", 5, 1, 0, 1, 0, 1},
    [SP_TABLE_TICK] = {"tick", "tick", SCHEMA_TICK, 12, 0, 0, 1, 0, 1},
    [SP_TABLE_CLOSING] = {"closing", "pos", "pos, tick, t_ns, next, link", 4, 0, 0, 0, 1, 1},
    [SP_TABLE_EPOCH] = {"epoch", "counter", "counter, pos, tick, t_ns, random, first_seq, frames, link", 7, 0, 0, 1, 2,
                        2},
    [SP_TABLE_PUBLICATION] = {"publication", "tick", "tick, pos, first_seq, frames, link", 4, 0, 0, 1, 0, 2},
};

/* An empty database of somebody's, or one that was cut off while it was made. */
static int schema_is_empty(const sp_log_file *log, bool *empty)
{
	int64_t objects = 0, version = 0, application = 0;
	int rc = sp_log_ask(log->db, "SELECT count(*) FROM sqlite_schema", 0, &objects);

	if (rc == SQLITE_OK)
		rc = sp_log_ask(log->db, "PRAGMA user_version", 0, &version);
	if (rc == SQLITE_OK)
		rc = sp_log_ask(log->db, "PRAGMA application_id", 0, &application);
	*empty = objects == 0 && version == 0 && application == 0;
	return rc;
}

sp_status sp_schema_version(const sp_log_file *log, int *version, sp_message *message)
{
	int64_t application = 0, number = 0;
	bool empty = false;
	int rc = schema_is_empty(log, &empty);

	if (rc == SQLITE_OK)
		rc = sp_log_ask(log->db, "PRAGMA application_id", 0, &application);
	if (rc == SQLITE_OK)
		rc = sp_log_ask(log->db, "PRAGMA user_version", 0, &number);
	if ((rc & 0xff) == SQLITE_NOTADB)
		return sp_message_set(message, SP_E_FOREIGN, "%s: not a decision log, nor any SQLite file; %s", log->path,
		                      sp_log_cure(SP_E_FOREIGN));
	if (rc != SQLITE_OK)
		return sp_log_fault(log, log->db, rc, "cannot be read", message);
	if (!empty && application != SP_LOG_APPLICATION_ID)
		return sp_message_set(message, SP_E_FOREIGN, "%s: a SQLite file of another application (id %lld); %s",
		                      log->path, (long long)application, sp_log_cure(SP_E_FOREIGN));
	if (number > log->schema->version)
		return sp_message_set(message, SP_E_NEWER,
		                      "%s: written by a newer version (schema %lld, this one knows %d); use that version",
		                      log->path, (long long)number, log->schema->version);
	if (number < 0 || (!empty && number == 0))
		return sp_message_set(message, SP_E_DAMAGED, "%s: has no schema version; %s", log->path,
		                      sp_log_cure(SP_E_DAMAGED));
	*version = (int)number;
	return SP_OK;
}

static int schema_steps_to(sqlite3 *db, const sp_log_schema *schema, int from, int to)
{
	int rc = SQLITE_OK;

	SP_ASSERT(from >= 0 && from <= to && to <= schema->version);
	for (int v = from; v < to && rc == SQLITE_OK; v++)
		rc = sqlite3_exec(db, schema->steps[v], NULL, NULL, NULL);
	return rc;
}

bool sp_schema_has(const sp_log_file *log, sp_log_table_id table)
{
	SP_ASSERT(table < SP_TABLES && log->version > 0);
	return sp_log_tables[table].since <= log->version;
}

int sp_schema_advance(sqlite3 *db, const sp_log_schema *schema, int version)
{
	char pragmas[96];
	int rc = schema_steps_to(db, schema, version, schema->version);

	(void)snprintf(pragmas, sizeof pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %d",
	               SP_LOG_APPLICATION_ID, schema->version);
	return rc == SQLITE_OK ? sqlite3_exec(db, pragmas, NULL, NULL, NULL) : rc;
}

static const char *schema_column(sqlite3_stmt *objects, int column)
{
	const char *text = (const char *)sqlite3_column_text(objects, column);

	return text ? text : "";
}

/* Walks both lists of objects, in order of name, to the first that differs. */
static int schema_compare(sqlite3_stmt *ours, sqlite3_stmt *theirs, char *what, size_t size)
{
	for (;;) {
		int more = sqlite3_step(ours), other = sqlite3_step(theirs);
		sqlite3_stmt *named = more == SQLITE_ROW ? ours : theirs;

		if (more == SQLITE_DONE && other == SQLITE_DONE)
			return SQLITE_OK;
		if (more != SQLITE_ROW && more != SQLITE_DONE)
			return more;
		if (other != SQLITE_ROW && other != SQLITE_DONE)
			return other;
		if (more == other && strcmp(schema_column(ours, 2), schema_column(theirs, 2)) == 0)
			continue;
		(void)snprintf(what, size, "%s %s", schema_column(named, 0), schema_column(named, 1));
		return SQLITE_OK;
	}
}

int sp_schema_differs(const sp_log_file *log, char *what, size_t size)
{
	static const char list[] = "SELECT type, name, sql FROM sqlite_schema ORDER BY name";
	sqlite3 *model = NULL;
	sqlite3_stmt *ours = NULL, *theirs = NULL;
	int rc = sqlite3_open_v2(":memory:", &model, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	SP_ASSERT(size > 0);
	what[0] = 0;
	if (rc == SQLITE_OK)
		rc = schema_steps_to(model, log->schema, 0, log->version);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(model, list, -1, &ours, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(log->db, list, -1, &theirs, NULL);
	if (rc == SQLITE_OK)
		rc = schema_compare(ours, theirs, what, size);
	sqlite3_finalize(ours);
	sqlite3_finalize(theirs);
	sqlite3_close(model);
	return rc;
}
