/* bench_log.c - the decision log against its ceiling: a bare loop of prepared inserts with the same columns, values and
 * batch, in a plain table without checks, triggers, chain or digest; both in WAL with synchronous=FULL on the same disk.
 *
 *     bench_log [directory]      the files are made there and removed; default: $TMPDIR or /var/tmp, a disk and not a tmpfs */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "bench/clock.h"
#include "controller/log/log.h"

#define COLUMNS 22

/* What both write: one tick's decisions, again and again. */
typedef struct batch {
	sp_decision *decisions;
	sp_price *prices;
	char (*ids)[64];
	char (*skus)[64];
	uint32_t n;
	int64_t tick;
	/* ours */
	sp_log_file *log;
	char path[512];
	/* the ceiling's: the rows that ours wrote first, as SQLite values */
	sqlite3 *db;
	sqlite3_stmt *insert;
	sqlite3_value **rows;
	char bare_path[512];
} batch;

static void fail(const char *what)
{
	fprintf(stderr, "bench_log: %s\n", what);
	exit(1);
}

#define PRICES_EACH 3

static void make_decisions(batch *b)
{
	b->decisions = calloc(b->n, sizeof *b->decisions);
	b->prices = calloc((size_t)b->n * PRICES_EACH, sizeof *b->prices);
	b->ids = calloc(b->n, sizeof *b->ids);
	b->skus = calloc((size_t)b->n * PRICES_EACH, sizeof *b->skus);
	for (uint32_t i = 0; i < b->n; i++) {
		sp_decision *d = &b->decisions[i];
		snprintf(b->ids[i], sizeof b->ids[i], "model-%05u/us-east/batch", i);
		*d = (sp_decision){.family = i,
		                   .family_id = b->ids[i],
		                   .policy = "utilization_pi",
		                   .reason = "above_setpoint",
		                   .mode = SP_MODE_AUTO,
		                   .outcome = SP_OUTCOME_PUBLISHED,
		                   .recorded = true,
		                   .binds = SP_RAIL_BIT(step),
		                   .before = SP_INDEX_ONE,
		                   .wish = {1090000000},
		                   .index = {1050000000},
		                   .in_force = {1050000000},
		                   .n_terms = 2,
		                   .n_prices = PRICES_EACH,
		                   .prices = b->prices + (size_t)i * PRICES_EACH};
		d->terms[0] = (sp_term){"utilization", {90000000}};
		d->terms[1] = (sp_term){"rail.step", {-40000000}};
		d->clocks[SP_CLOCK_DEMAND] = (sp_clock_reading){SP_CLOCK_FRESH, 12 * SP_SEC};
		d->clocks[SP_CLOCK_COST] = (sp_clock_reading){SP_CLOCK_FRESH, 700 * SP_SEC};
		for (uint32_t k = 0; k < PRICES_EACH; k++) {
			char *sku = b->skus[(size_t)i * PRICES_EACH + k];
			snprintf(sku, sizeof b->skus[0], "model-%05u/us-east/batch/meter-%u", i, k);
			b->prices[(size_t)i * PRICES_EACH + k] = (sp_price){.sku = i * PRICES_EACH + k,
			                                                    .sku_id = sku,
			                                                    .unit = "1M tokens",
			                                                    .version = 42,
			                                                    .parent = 41,
			                                                    .before = {450000000},
			                                                    .amount = {472500000}};
		}
	}
}

static void commit_ours(void *context)
{
	batch *b = context;
	static const uint32_t refused[SP_REFUSALS];
	sp_log_tick tick = {.decisions = b->decisions, .n_decisions = b->n, .refused = refused};
	sp_log_receipt receipt;
	sp_message message;

	tick.t_ns = INT64_C(1795478400) * SP_SEC + ++b->tick * SP_MIN;
	for (uint32_t i = 0; i < b->n; i++)
		b->decisions[i].t_ns = tick.t_ns;
	if (sp_log_commit(b->log, &tick, &receipt, &message) != SP_OK)
		fail(message.text);
}

static void open_ours(batch *b)
{
	sp_log_options options = {.create = true, .engine_version = 1};
	sp_message message;
	static const uint8_t no_config[SP_HASH_SIZE];

	remove(b->path);
	if (sp_log_open(b->path, &options, &b->log, &message) != SP_OK ||
	    sp_log_config(b->log, no_config, "", 0, "", 0, &message) != SP_OK)
		fail(message.text);
	commit_ours(b);
}

/* Keeps the first tick's rows as values, and makes the plain table. */
static void open_bare(batch *b)
{
	sqlite3 *from;
	sqlite3_stmt *select;
	char sql[1024] = "INSERT INTO decision VALUES (?";

	remove(b->bare_path);
	SP_ASSERT(sqlite3_open(b->path, &from) == SQLITE_OK && sqlite3_open(b->bare_path, &b->db) == SQLITE_OK);
	SP_ASSERT(
	    sqlite3_exec(
	        b->db,
	        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE decision (id INTEGER PRIMARY KEY, pos,"
	        " tick, t_ns, family, policy, mode, outcome, reason, offer, b, w, i, f, binds, terms, prices, activated,"
	        " clocks, body, config, link)",
	        NULL, NULL, NULL) == SQLITE_OK);
	for (int i = 1; i < COLUMNS; i++)
		strcat(sql, ",?");
	SP_ASSERT(sqlite3_prepare_v2(b->db, strcat(sql, ")"), -1, &b->insert, NULL) == SQLITE_OK);
	SP_ASSERT(sqlite3_prepare_v2(from, "SELECT * FROM decision ORDER BY id", -1, &select, NULL) == SQLITE_OK);
	SP_ASSERT(sqlite3_column_count(select) == COLUMNS);
	b->rows = calloc((size_t)b->n * COLUMNS, sizeof(sqlite3_value *));
	for (uint32_t i = 0; i < b->n; i++) {
		SP_ASSERT(sqlite3_step(select) == SQLITE_ROW);
		for (int k = 0; k < COLUMNS; k++)
			b->rows[(size_t)i * COLUMNS + k] = sqlite3_value_dup(sqlite3_column_value(select, k));
	}
	sqlite3_finalize(select);
	sqlite3_close(from);
}

static void commit_bare(void *context)
{
	batch *b = context;
	static int64_t id;

	sqlite3_exec(b->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	for (uint32_t i = 0; i < b->n; i++) {
		sqlite3_bind_int64(b->insert, 1, ++id);
		for (int k = 1; k < COLUMNS; k++)
			sqlite3_bind_value(b->insert, k + 1, b->rows[(size_t)i * COLUMNS + k]);
		SP_ASSERT(sqlite3_step(b->insert) == SQLITE_DONE);
		sqlite3_reset(b->insert);
	}
	SP_ASSERT(sqlite3_exec(b->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK);
}

static void remove_files(const char *path)
{
	char name[600];

	remove(path);
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "%s%s", path, (const char *[]){"-wal", "-shm", "-lock"}[i]);
		remove(name);
	}
}

static void compare(const char *directory, uint32_t rows)
{
	batch b = {.n = rows};
	sp_bench_time ours, bare;
	char name[64];

	snprintf(b.path, sizeof b.path, "%s/bench_log.db", directory);
	snprintf(b.bare_path, sizeof b.bare_path, "%s/bench_bare.db", directory);
	remove_files(b.path);
	remove_files(b.bare_path);
	make_decisions(&b);
	open_ours(&b);
	open_bare(&b);
	sp_bench_compare(commit_ours, &b, commit_bare, &b, &ours, &bare);
	snprintf(name, sizeof name, "log append, %u rows a commit", rows);
	sp_bench_print(name, rows, &ours, &bare);
	sp_log_close(b.log);
	for (size_t i = 0; i < (size_t)rows * COLUMNS; i++)
		sqlite3_value_free(b.rows[i]);
	free(b.rows);
	sqlite3_finalize(b.insert);
	sqlite3_close(b.db);
	remove_files(b.path);
	remove_files(b.bare_path);
	free(b.decisions);
	free(b.prices);
	free(b.ids);
	free(b.skus);
}

int main(int argc, char **argv)
{
	const char *directory = argc > 1 ? argv[1] : getenv("TMPDIR") ? getenv("TMPDIR") : "/var/tmp";

	printf("decision rows with 2 terms, 3 prices and their canonical bytes; ceiling: prepared inserts, no chain, no "
	       "checks\n");
	sp_bench_print_head("rows/s");
	for (int i = 0; i < 4; i++)
		compare(directory, (const uint32_t[]){1, 100, 1000, 10000}[i]);
	return 0;
}
