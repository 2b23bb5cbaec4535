/* fuzz_log.c - any bytes as a log: opening, reading and verifying them gives an answer, never a crash or a hang; and what verifies
 * can be read to its end.
 *
 * The bytes stand in SQLite's memory VFS under one name, so a run touches no disk. That VFS has no WAL: the two bytes of the
 * header that ask for one are cleared. A seed is any small log with small pages, in one file:
 *     sqlite3 a.db "PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM" */
#include "fuzz.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "controller/log/log.h"

#define FUZZ_NAME  "/fuzz.db" /* shared by all connections of the process */
#define FUZZ_BYTES (1 << 20)
#define FUZZ_ROWS  2000 /* a damaged tree can be a circle: enough of it */

static sqlite3_file *fuzz_disk;

/* The one file of the memory VFS, kept open so that it stays. */
static void fuzz_disk_make(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find("memdb");
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MAIN_DB;

	SP_ASSERT(vfs);
	fuzz_disk = calloc(1, (size_t)vfs->szOsFile);
	SP_ASSERT(fuzz_disk && vfs->xOpen(vfs, FUZZ_NAME, fuzz_disk, flags, &flags) == SQLITE_OK);
}

static void fuzz_disk_fill(const uint8_t *bytes, size_t n)
{
	static const uint8_t no_wal[] = {1, 1};
	const sqlite3_io_methods *disk = fuzz_disk->pMethods;

	SP_ASSERT(disk->xTruncate(fuzz_disk, 0) == SQLITE_OK);
	SP_ASSERT(disk->xWrite(fuzz_disk, bytes, (int)n, 0) == SQLITE_OK);
	if (n >= 20)
		SP_ASSERT(disk->xWrite(fuzz_disk, no_wal, sizeof no_wal, 18) == SQLITE_OK);
}

typedef struct fuzz_seen {
	int rows;
	size_t bytes;
} fuzz_seen;

static bool fuzz_tick(void *context, const sp_log_tick_row *row)
{
	fuzz_seen *seen = context;

	seen->bytes += row->refused[1];
	return ++seen->rows < FUZZ_ROWS;
}

static bool fuzz_decision(void *context, const sp_log_decision_row *row)
{
	fuzz_seen *seen = context;

	seen->bytes += strlen(row->family) + strlen(row->policy) + strlen(row->mode) + strlen(row->outcome) +
	               strlen(row->reason) + strlen(row->offer) + strlen(row->terms) + strlen(row->prices) +
	               strlen(row->activated) + strlen(row->clocks);
	for (size_t i = 0; i < row->n_body; i++)
		seen->bytes += row->body[i];
	return ++seen->rows < FUZZ_ROWS;
}

static bool fuzz_inputs(void *context, int64_t tick, const uint8_t *bytes, size_t n)
{
	fuzz_seen *seen = context;

	(void)tick;
	for (size_t i = 0; i < n; i++)
		seen->bytes += bytes[i];
	return ++seen->rows < FUZZ_ROWS;
}

static void fuzz_find(sp_log_file *log)
{
	sp_log_tick_row tick;
	sp_log_decision_row decision;
	sp_message message;
	uint8_t *checkpoint = NULL;
	void *yaml = NULL, *sheet = NULL;
	size_t n = 0, n_yaml = 0, n_sheet = 0;
	int64_t at = 0;

	if (sp_log_tick_find(log, sp_log_last_tick(log, NULL), &tick, &message) == SP_OK &&
	    sp_log_config_find(log, tick.config, &yaml, &n_yaml, &sheet, &n_sheet, &message) == SP_OK) {
		free(yaml);
		free(sheet);
	}
	(void)sp_log_decision_find(log, 1, &decision, &message);
	if (sp_log_checkpoint_find(log, INT64_MAX, &at, &checkpoint, &n, &message) == SP_OK)
		free(checkpoint);
	(void)sp_log_closed(log);
}

/* Are all rows read? */
static bool fuzz_walk(sp_log_file *log)
{
	fuzz_seen seen = {.rows = 0};
	sp_message message;
	bool ticks = sp_log_ticks(log, INT64_MIN, fuzz_tick, &seen, &message) == SP_OK;
	bool decisions = sp_log_decisions(log, INT64_MIN, NULL, fuzz_decision, &seen, &message) == SP_OK;
	bool inputs = sp_log_inputs(log, INT64_MIN, fuzz_inputs, &seen, &message) == SP_OK;

	return ticks && decisions && inputs;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const sp_log_options options = {.read_only = true, .vfs = "memdb"};
	sp_log_file *log = NULL;
	sp_message message;
	sp_log_verdict verdict = {.sound = false};
	bool whole;

	if (n == 0 || n > FUZZ_BYTES)
		return 0;
	if (!fuzz_disk)
		fuzz_disk_make();
	fuzz_disk_fill(bytes, n);
	if (sp_log_open(FUZZ_NAME, &options, &log, &message) != SP_OK)
		return 0;
	whole = fuzz_walk(log);
	fuzz_find(log);
	if (sp_log_verify(log, NULL, NULL, NULL, &verdict, &message) == SP_OK && verdict.sound)
		SP_ASSERT(whole);
	sp_log_close(log);
	return 0;
}
