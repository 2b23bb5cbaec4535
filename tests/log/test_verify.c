/* P11: any changed, missing, inserted or cut row is found. A small log is changed in every way there is, byte by byte. */
#include "tests/log/sample.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "controller/log/store.h"

#define VERIFY_TICKS 4

/* A log that someone works on with SQL, and a reader that verifies it. */
typedef struct tampered {
	const char *path;
	sqlite3 *db;
	sp_log_file *log;
	uint8_t head[SP_HASH_SIZE];
	int64_t changes, unfound, refused;
} tampered;

static void sql(sqlite3 *db, const char *text)
{
	char *error = NULL;

	if (sqlite3_exec(db, text, NULL, NULL, &error) != SQLITE_OK)
		print_error("%s: %s\n", text, error);
	check_true(error == NULL);
}

static void drop_triggers(sqlite3 *db)
{
	char text[4096] = "";
	sqlite3_stmt *select;

	check_i64(sqlite3_prepare_v2(db, "SELECT name FROM sqlite_schema WHERE type = 'trigger'", -1, &select, NULL),
	          SQLITE_OK);
	while (sqlite3_step(select) == SQLITE_ROW)
		(void)snprintf(text + strlen(text), sizeof text - strlen(text), "DROP TRIGGER %s;",
		               sqlite3_column_text(select, 0));
	sqlite3_finalize(select);
	sql(db, text);
}

static void tamper_begin(tampered *t)
{
	const sp_log_options reading = {.read_only = true};
	uint8_t appended[40] = {9, 8, 7};

	*t = (tampered){.path = sample_path("a.db")};
	t->log = sample_open(t->path, NULL);
	sample_config_put(t->log);
	sample_epoch(t->log);
	sample_commit(t->log, 1, 2);
	sample_epoch(t->log);
	sample_commit(t->log, 3, VERIFY_TICKS);
	check_status(sp_log_append(t->log, appended, sizeof appended, NULL), SP_OK);
	sp_log_head(t->log, t->head);
	sp_log_close(t->log);
	t->log = sample_open(t->path, &reading);
	check_i64(sqlite3_open(t->path, &t->db), SQLITE_OK);
	sql(t->db, "PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF");
	drop_triggers(t->db);
}

static void tamper_end(tampered *t)
{
	sp_log_close(t->log);
	sqlite3_close(t->db);
}

/* Is the change found, at a row and not only because the triggers are gone? */
static bool is_found(tampered *t, sp_log_verdict *verdict)
{
	check_status(sp_log_verify(t->log, t->head, NULL, NULL, verdict, NULL), SP_OK);
	return !verdict->sound && strncmp(verdict->where, "trigger", 7) != 0;
}

static void check_found(tampered *t, const char *where)
{
	sp_log_verdict verdict;

	if (!is_found(t, &verdict))
		print_error("not found: %s\n", where);
	check_true(is_found(t, &verdict));
	if (strstr(verdict.where, where) == NULL)
		print_error("%s: %s\n", verdict.where, verdict.what);
	check_contains(verdict.where, where);
}

/* --- every byte of every column --- */

/* One column of one row, with the byte to change. */
typedef struct place {
	sqlite3_stmt *row;
	const sp_log_table *table;
	int column, byte;
	int64_t key;
} place;

/* The value with a byte changed, or as it was. */
static int bind_value(sqlite3_stmt *update, const place *at, bool changed)
{
	uint8_t bytes[8192];
	int n = sqlite3_column_bytes(at->row, at->column), type = sqlite3_column_type(at->row, at->column);
	int64_t integer = sqlite3_column_int64(at->row, at->column);
	double real = sqlite3_column_double(at->row, at->column);

	if (type == SQLITE_INTEGER)
		return sqlite3_bind_int64(update, 1, integer ^ (changed ? (int64_t)(UINT64_C(1) << (8 * at->byte)) : 0));
	if (type == SQLITE_FLOAT) {
		memcpy(bytes, &real, sizeof real);
		bytes[at->byte] ^= changed;
		memcpy(&real, bytes, sizeof real);
		return sqlite3_bind_double(update, 1, real);
	}
	check_true(n <= (int)sizeof bytes);
	memcpy(bytes, sqlite3_column_blob(at->row, at->column), (size_t)n);
	bytes[at->byte] ^= changed;
	return type == SQLITE_TEXT ? sqlite3_bind_text(update, 1, (const char *)bytes, n, SQLITE_TRANSIENT)
	                           : sqlite3_bind_blob(update, 1, bytes, n, SQLITE_TRANSIENT);
}

static int64_t changed_key(const place *at)
{
	return at->column == at->table->key_at ? at->key ^ (int64_t)(UINT64_C(1) << (8 * at->byte)) : at->key;
}

static int put_value(sqlite3_stmt *update, const place *at, bool changed)
{
	int rc;

	check_i64(bind_value(update, at, changed), SQLITE_OK);
	check_i64(sqlite3_bind_int64(update, 2, changed ? at->key : changed_key(at)), SQLITE_OK);
	rc = sqlite3_step(update);
	sqlite3_reset(update);
	return rc;
}

/* Changes one byte, verifies, takes the change back. */
static void flip(tampered *t, sqlite3_stmt *update, const place *at)
{
	sp_log_verdict verdict;
	int rc = put_value(update, at, true);

	if (rc != SQLITE_DONE) { /* the key is taken, or NaN is no value */
		check_i64(rc & 0xff, SQLITE_CONSTRAINT);
		t->refused++;
		return;
	}
	t->changes++;
	if (!is_found(t, &verdict)) {
		print_error("%s %lld, column %s, byte %d: not found\n", at->table->name, (long long)at->key,
		            sqlite3_column_name(at->row, at->column), at->byte);
		t->unfound++;
	}
	check_i64(put_value(update, at, false), SQLITE_DONE);
}

static void flip_column(tampered *t, place *at)
{
	int type = sqlite3_column_type(at->row, at->column);
	int n = type == SQLITE_INTEGER || type == SQLITE_FLOAT ? 8 : sqlite3_column_bytes(at->row, at->column);
	char text[256];
	sqlite3_stmt *update;

	(void)snprintf(text, sizeof text, "UPDATE %s SET %s = ?1 WHERE rowid = ?2", at->table->name,
	               sqlite3_column_name(at->row, at->column));
	check_i64(sqlite3_prepare_v2(t->db, text, -1, &update, NULL), SQLITE_OK);
	for (at->byte = 0; at->byte < n; at->byte++)
		flip(t, update, at);
	sqlite3_finalize(update);
}

/* Rows are read from a second connection, which sees them as they were. */
static void flip_table(tampered *t, const char *original, sp_log_table_id id)
{
	place at = {.table = &sp_log_tables[id]};
	sqlite3 *db;
	char text[512];
	int rows = 0;

	check_i64(sqlite3_open(original, &db), SQLITE_OK);
	(void)snprintf(text, sizeof text, "SELECT %s FROM %s ORDER BY %s", at.table->columns, at.table->name,
	               at.table->key);
	check_i64(sqlite3_prepare_v2(db, text, -1, &at.row, NULL), SQLITE_OK);
	for (; sqlite3_step(at.row) == SQLITE_ROW; rows++) {
		at.key = sqlite3_column_int64(at.row, at.table->key_at);
		for (at.column = 0; at.column < sqlite3_column_count(at.row); at.column++)
			flip_column(t, &at);
	}
	sqlite3_finalize(at.row);
	sqlite3_close(db);
	check_true(rows > 0 || id == SP_TABLE_CLOSING);
}

static void p11_every_changed_byte_of_every_column_of_every_row_is_found(void **state)
{
	const char *original = sample_path("original.db");
	sp_log_verdict verdict;
	tampered t;

	(void)state;
	tamper_begin(&t);
	check_status(sp_log_backup(t.path, original, NULL), SP_OK);
	for (int i = 0; i < SP_TABLES; i++)
		flip_table(&t, original, (sp_log_table_id)i);
	print_message("%lld bytes changed, %lld not found; %lld refused by SQLite\n", (long long)t.changes,
	              (long long)t.unfound, (long long)t.refused);
	check_i64(t.unfound, 0);
	check_true(t.changes > 5000);
	check_true(t.refused < 100);
	/* All was taken back: only the triggers are missing. */
	check_true(!is_found(&t, &verdict));
	tamper_end(&t);
}

/* --- rows --- */

static void each_missing_row_is_found(void **state)
{
	tampered t;
	int64_t rows = 0;

	(void)state;
	tamper_begin(&t);
	for (int i = 0; i < SP_TABLES; i++) {
		const sp_log_table *table = &sp_log_tables[i];
		char text[512];
		sqlite3_stmt *keys;

		(void)snprintf(text, sizeof text, "CREATE TEMP TABLE kept AS SELECT * FROM %s", table->name);
		sql(t.db, text);
		check_i64(sqlite3_prepare_v2(t.db, "SELECT * FROM kept", -1, &keys, NULL), SQLITE_OK);
		for (; sqlite3_step(keys) == SQLITE_ROW; rows++) {
			int64_t key = sqlite3_column_int64(keys, table->key_at);

			(void)snprintf(text, sizeof text, "DELETE FROM %s WHERE rowid = %lld", table->name, (long long)key);
			sql(t.db, text);
			check_found(&t, "");
			(void)snprintf(text, sizeof text, "INSERT INTO %s SELECT * FROM kept WHERE %s = %lld", table->name,
			               table->key, (long long)key);
			sql(t.db, text);
		}
		sqlite3_finalize(keys);
		sql(t.db, "DROP TABLE kept");
	}
	check_true(rows > 15);
	tamper_end(&t);
}

static void a_missing_row_is_named_by_its_place(void **state)
{
	sp_log_verdict verdict;
	tampered t;

	(void)state;
	tamper_begin(&t);
	sql(t.db, "DELETE FROM decision WHERE id = 2");
	check_true(is_found(&t, &verdict));
	check_contains(verdict.what, "of the chain is missing");
	sql(t.db, "UPDATE decision SET reason = 'none' WHERE id = 1");
	check_true(is_found(&t, &verdict));
	check_text(verdict.where, "decision 1 (tick 1)");
	check_text(verdict.what, "its bytes do not give its link of the chain");
	tamper_end(&t);
}

static void two_rows_that_change_places_are_found(void **state)
{
	tampered t;

	(void)state;
	tamper_begin(&t);
	sql(t.db, "UPDATE decision SET id = 99 WHERE id = 1; UPDATE decision SET id = 1 WHERE id = 2;"
	          "UPDATE decision SET id = 2 WHERE id = 99");
	check_found(&t, "decision");
	tamper_end(&t);

	/* With everything but their place exchanged. */
	tamper_begin(&t);
	sql(t.db,
	    "CREATE TEMP TABLE two AS SELECT * FROM tick WHERE tick IN (1, 2);"
	    "DELETE FROM tick WHERE tick IN (1, 2); UPDATE two SET tick = 3 - tick, pos = (SELECT sum(pos) FROM two) - pos;"
	    "INSERT INTO tick SELECT * FROM two");
	check_found(&t, "tick 1");
	tamper_end(&t);
}

static void an_inserted_row_is_found(void **state)
{
	tampered t;

	(void)state;
	tamper_begin(&t);
	sql(t.db,
	    "INSERT INTO alarm SELECT 1000, tick, raised, code, subject, since_ns, text, cure, link FROM alarm LIMIT 1");
	check_found(&t, "alarm 1000");
	tamper_end(&t);

	tamper_begin(&t);
	sql(t.db,
	    "INSERT INTO alarm SELECT -3, tick, raised, code, subject, since_ns, text, cure, link FROM alarm LIMIT 1");
	check_found(&t, "alarm -3");
	tamper_end(&t);

	tamper_begin(&t);
	sql(t.db,
	    "INSERT INTO decision SELECT 50, pos, tick, t_ns, family, policy, mode, outcome, reason, offer, index_before,"
	    " index_wish, index_after, in_force, binds, terms, prices, activated, clocks, body, config, link FROM decision"
	    " WHERE id = 1");
	check_found(&t, "decision 50");
	tamper_end(&t);
}

static void a_replaced_row_is_found_though_no_trigger_fires(void **state)
{
	const char *path = sample_path("a.db");

	(void)state;
	sample_log(path, 3, NULL);
	sample_sql(path,
	           "INSERT OR REPLACE INTO tick SELECT tick, pos, t_ns, skipped, families, recorded, first_id, 0, refused,"
	           " engine, config, digest, link FROM tick WHERE tick = 2");
	check_text(sample_verdict(path, NULL).where, "tick 2");
}

/* Every tail that can be cut at the end of a tick: without a head it looks like a shorter log, with one it does not. */
static void p11_a_cut_tail_is_found_against_a_head(void **state)
{
	sp_log_verdict verdict;
	tampered t;

	(void)state;
	for (int64_t last = 1; last <= VERIFY_TICKS; last++) {
		char text[512] = "";

		tamper_begin(&t);
		for (int i = SP_TABLE_CONFIG; i < SP_TABLES; i++) {
			(void)snprintf(text, sizeof text, "DELETE FROM %s WHERE tick > %lld", sp_log_tables[i].name,
			               (long long)last);
			sql(t.db, text);
		}
		check_found(&t, "the end");
		check_status(sp_log_verify(t.log, NULL, NULL, NULL, &verdict, NULL), SP_OK);
		check_contains(verdict.where, "trigger"); /* only the triggers are missing */
		check_i64(verdict.ticks, last);
		tamper_end(&t);
	}
}

static void a_head_seen_earlier_is_found_on_the_way(void **state)
{
	const char *path = sample_path("a.db");
	uint8_t earlier[SP_HASH_SIZE], last[SP_HASH_SIZE], zero[SP_HASH_SIZE] = {0};
	sp_log_verdict verdict;
	sp_log_file *log;

	(void)state;
	sample_log(path, 3, earlier);
	log = sample_open(path, NULL);
	sample_commit(log, 4, 6);
	sp_log_head(log, last);
	sp_log_close(log);
	verdict = sample_verdict(path, earlier);
	check_true(verdict.sound);
	check_i64(verdict.ticks, 6);
	check_bytes(verdict.head, last, SP_HASH_SIZE);
	check_bytes(verdict.anchor, zero, SP_HASH_SIZE);
	check_true(sample_verdict(path, zero).sound); /* the anchor is a head, too */
	earlier[7] ^= 1;
	verdict = sample_verdict(path, earlier);
	check_true(!verdict.sound);
	check_text(verdict.where, "the end");
}

/* --- the tables keep themselves from accidents --- */

static void refused_sql(const char *path, const char *text, const char *why)
{
	sqlite3 *db;
	char *error = NULL;

	check_i64(sqlite3_open(path, &db), SQLITE_OK);
	check_true(sqlite3_exec(db, text, NULL, NULL, &error) != SQLITE_OK);
	check_contains(error, why);
	sqlite3_free(error);
	sqlite3_close(db);
}

static void rows_are_never_changed_or_deleted(void **state)
{
	const char *path = sample_path("a.db");
	uint8_t head[SP_HASH_SIZE];

	(void)state;
	sample_log(path, 3, head);
	for (int i = 0; i < SP_TABLES; i++) {
		const sp_log_table *table = &sp_log_tables[i];
		char text[256];

		if (i == SP_TABLE_CLOSING) /* it has no row yet */
			continue;
		(void)snprintf(text, sizeof text, "UPDATE %s SET link = zeroblob(32)", table->name);
		refused_sql(path, text, "append-only");
		(void)snprintf(text, sizeof text, "UPDATE %s SET rowid = rowid + 1000", table->name);
		refused_sql(path, text, "append-only");
		(void)snprintf(text, sizeof text, "DELETE FROM %s", table->name);
		refused_sql(path, text, "append-only");
	}
	refused_sql(path, "UPDATE input SET blob = x'00'", "append-only");
	refused_sql(path, "UPDATE checkpoint SET blob = NULL, size = 3", "append-only");
	check_true(sample_verdict(path, head).sound);
}

static void values_that_are_none_are_refused_by_the_tables(void **state)
{
	const char *path = sample_path("a.db");

	(void)state;
	sample_log(path, 3, NULL);
	refused_sql(path, "INSERT INTO alarm VALUES (1000, 1, 2, '', '', 0, '', '', zeroblob(32))", "CHECK");
	refused_sql(path, "INSERT INTO alarm VALUES (1000, 'x', 1, '', '', 0, '', '', zeroblob(32))", "cannot store TEXT");
	refused_sql(path, "INSERT INTO alarm VALUES (1000, 1, 1, '', '', 0, '', '', zeroblob(31))", "CHECK");
	refused_sql(path, "INSERT INTO rollup VALUES (1000, 1, 0, '', 'x', 1, 1e999 - 1e999, 1.0, 1.0, 1.0, zeroblob(32))",
	            "NOT NULL");
	refused_sql(path, "INSERT INTO rollup VALUES (1000, 1, 0, '', 'x', 1, 'nan', 1.0, 1.0, 1.0, zeroblob(32))",
	            "CHECK");
	refused_sql(path, "INSERT INTO rollup VALUES (1000, 1, 0, '', 'x', 1, 1, 1.0, 1, 1, zeroblob(32))", "CHECK");
	refused_sql(path, "INSERT INTO epoch VALUES (0, 1000, 1, 0, zeroblob(16), 1, 1, zeroblob(32))", "CHECK");
	refused_sql(path, "INSERT INTO epoch VALUES (9, 1000, 1, 0, zeroblob(15), 1, 1, zeroblob(32))", "CHECK");
	refused_sql(path, "INSERT INTO epoch VALUES (9, 1000, 1, 0, zeroblob(16), 0, 1, zeroblob(32))", "CHECK");
	refused_sql(path, "INSERT INTO epoch VALUES (9, 1000, 1, 0, zeroblob(16), 1, -1, zeroblob(32))", "CHECK");
	refused_sql(path, "INSERT INTO publication VALUES (9, 1000, 1, 0, zeroblob(32))", "CHECK");
	refused_sql(path, "INSERT INTO publication VALUES (9, 1000, 0, 1, zeroblob(32))", "CHECK");
	refused_sql(path, "INSERT INTO tick VALUES (9, 9, 9, 0, 0, 0, 0, 0, '{}', 1, x'', zeroblob(32), zeroblob(32))",
	            "CHECK");
}

static void a_missing_trigger_is_a_finding(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_verdict verdict;

	(void)state;
	sample_log(path, 3, NULL);
	sample_sql(path, "DROP TRIGGER alarm_stays");
	verdict = sample_verdict(path, NULL);
	check_true(!verdict.sound);
	check_text(verdict.where, "trigger alarm_stays");
	path = sample_path("a.db");
	sample_log(path, 3, NULL);
	sample_sql(path, "CREATE TABLE zebra (x)");
	check_text(sample_verdict(path, NULL).where, "table zebra");
}

static void a_segment_that_names_no_anchor_is_a_finding(void **state)
{
	sp_log_verdict verdict;
	tampered t;

	(void)state;
	tamper_begin(&t);
	sql(t.db, "UPDATE segment SET anchor = x'00'");
	check_true(is_found(&t, &verdict));
	check_text(verdict.where, "segment 1");
	tamper_end(&t);
}

static void count_progress(void *context, double share)
{
	double *last = context;

	check_true(share >= *last && share <= 1.0);
	*last = share;
}

/* More rows than a slice, verified while a writer adds others. */
static void a_long_log_is_verified_in_slices_while_it_grows(void **state)
{
	const char *path = sample_path("a.db");
	const sp_log_options reading = {.read_only = true};
	sp_log_file *writer = sample_open(path, NULL), *reader;
	sp_log_verdict verdict;
	double share = 0;

	(void)state;
	sample_commit(writer, 1, 1500);
	reader = sample_open(path, &reading);
	sample_commit(writer, 1501, 1600);
	check_status(sp_log_verify(reader, NULL, count_progress, &share, &verdict, NULL), SP_OK);
	check_true(verdict.sound);
	check_i64(verdict.ticks, 1600);
	check_true(verdict.rows > 4096);
	check_near(share, 1, 0);
	sp_log_close(reader);
	sp_log_close(writer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(p11_every_changed_byte_of_every_column_of_every_row_is_found),
	    cmocka_unit_test(each_missing_row_is_found),
	    cmocka_unit_test(a_missing_row_is_named_by_its_place),
	    cmocka_unit_test(two_rows_that_change_places_are_found),
	    cmocka_unit_test(an_inserted_row_is_found),
	    cmocka_unit_test(a_replaced_row_is_found_though_no_trigger_fires),
	    cmocka_unit_test(p11_a_cut_tail_is_found_against_a_head),
	    cmocka_unit_test(a_head_seen_earlier_is_found_on_the_way),
	    cmocka_unit_test(rows_are_never_changed_or_deleted),
	    cmocka_unit_test(values_that_are_none_are_refused_by_the_tables),
	    cmocka_unit_test(a_missing_trigger_is_a_finding),
	    cmocka_unit_test(a_segment_that_names_no_anchor_is_a_finding),
	    cmocka_unit_test(a_long_log_is_verified_in_slices_while_it_grows),
	};

	sample_in_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
