/* rotate.c - from one file to the next.
 *
 *     1. nobody reads an old state, and the WAL is empty       (else SP_E_BUSY, and nothing has changed)
 *     2. the closing row is committed: its link is the anchor of the next file
 *     3. the gate is closed to readers; the file moves into archive/, its empty WAL goes
 *     4. the next file is made in one transaction: anchor, configuration in force, the feed's place, inputs that wait for their tick
 *
 * After 2 there is no way back, and from any point after it sp_log_settle goes on: a closed file belongs into the archive,
 * and where the archive has a file and the log has none, the next one is due. A reader that has the old file open keeps it. */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/failpoint.h"
#include "controller/log/store.h"

#define ROTATE_WAIT_MS 100 /* a reader's slice is over by then */

static sp_status rotate_busy(const sp_log_file *log, sp_message *message)
{
	return sp_message_set(
	    message, SP_E_BUSY,
	    "%s: another program reads an old state of it, so it cannot be moved; end that program's query", log->path);
}

/* All of the WAL into the file; with `empty`, and the WAL begun anew. */
static sp_status rotate_flush(sp_log_file *log, bool empty, sp_message *message)
{
	int in_wal = 0, done = 0, rc;

	sqlite3_busy_timeout(log->db, ROTATE_WAIT_MS);
	rc = sqlite3_wal_checkpoint_v2(log->db, NULL, empty ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE,
	                               &in_wal, &done);
	sqlite3_busy_timeout(log->db, SP_LOG_BUSY_MS);
	if ((rc & 0xff) == SQLITE_BUSY || (rc == SQLITE_OK && in_wal != done))
		return rotate_busy(log, message);
	return rc == SQLITE_OK ? SP_OK : sp_log_fault(log, log->db, rc, "its WAL cannot be written back", message);
}

static int rotate_put_closing(sp_log_file *log)
{
	sp_log_row row = sp_row_begin(log, SP_TABLE_CLOSING);

	sp_row_pos(&row);
	sp_row_int(&row, log->now.tick);
	sp_row_int(&row, log->now.t_ns);
	sp_row_int(&row, log->sequence + 1);
	return sp_row_end(&row, NULL, NULL);
}

sp_status sp_log_rotate(sp_log_file *log, sp_message *message)
{
	sp_status status;
	int rc;

	SP_ASSERT(log && !log->options.read_only);
	if (!log->db || log->closed)
		return sp_log_settle(log, message);
	if (log->now.tick == log->segment_tick)
		return sp_message_set(message, SP_E_ABSENT, "%s: has no tick to archive yet", log->path);
	status = rotate_flush(log, true, message);
	if (status != SP_OK)
		return status;
	rc = sp_log_begin(log);
	if (rc == SQLITE_OK)
		rc = rotate_put_closing(log);
	rc = sp_log_end(log, rc);
	if (rc != SQLITE_OK)
		return sp_log_fault(log, log->db, rc, "its chain cannot be closed", message);
	SP_FAILPOINT(rotate_after_closing);
	log->closed = true;
	return sp_log_settle(log, message);
}

/* --- the rest, from wherever it stopped --- */

static sp_status rotate_fault(const char *path, sp_message *message)
{
	sp_status status = sp_log_errno_status(errno);

	return sp_message_set(message, status, "%s: cannot be made: %s; %s", path, strerror(errno), sp_log_cure(status));
}

static sp_status rotate_move_to(const sp_log_file *log, const char *folder, const char *target, sp_message *message)
{
	struct stat entry;

	if (mkdir(folder, 0755) != 0 && errno != EEXIST)
		return rotate_fault(folder, message);
	/* We are the only writer, so nobody makes it in between. */
	if (stat(target, &entry) == 0)
		return sp_message_set(message, SP_E_DUPLICATE, "%s: is there already; move it away", target);
	if (rename(log->path, target) != 0)
		return rotate_fault(target, message);
	sp_log_sync_folder(target);
	sp_log_sync_folder(log->path);
	return SP_OK;
}

static sp_status rotate_move(sp_log_file *log, sp_message *message)
{
	char *folder = sp_archive_folder(log->path), *target = sp_archive_path(log->path, log->sequence, log->now.t_ns);
	sp_status status = folder && target ? rotate_flush(log, false, message)
	                                    : sp_message_set(message, SP_E_MEMORY, "%s: out of memory", log->path);

	if (status == SP_OK) {
		sp_log_detach(log);
		status = rotate_move_to(log, folder, target, message);
	}
	if (status == SP_OK)
		SP_FAILPOINT(rotate_after_move);
	free(folder);
	free(target);
	return status;
}

/* What a moved file may have left at its old name; all of it is in the file. */
static sp_status rotate_clear(const sp_log_file *log, sp_message *message)
{
	static const char *const ends[] = {"-wal", "-shm"};

	for (int i = 0; i < 2; i++) {
		char *path;

		if (asprintf(&path, "%s%s", log->path, ends[i]) < 0)
			return sp_message_set(message, SP_E_MEMORY, "%s: out of memory", log->path);
		(void)unlink(path);
		free(path);
	}
	return SP_OK;
}

static sp_status rotate_next(sp_log_file *log, sp_message *message)
{
	bool empty = access(log->path, F_OK) == 0;
	sp_log_file *last = NULL;
	sp_status status = empty ? SP_OK : rotate_clear(log, message);

	if (status == SP_OK)
		status = sp_archive_last(log, &last, message);
	if (status == SP_OK && last && !last->closed)
		status = sp_message_set(message, SP_E_DAMAGED, "%s: its chain has no end, so no file can follow it; %s",
		                        last->path, sp_log_cure(SP_E_DAMAGED));
	else if (status == SP_OK && !last && !log->options.create)
		status = empty ? sp_message_set(message, SP_E_FOREIGN, "%s: an empty file, not a decision log; %s", log->path,
		                                sp_log_cure(SP_E_FOREIGN))
		               : sp_message_set(message, SP_E_ABSENT, "%s: there is no such file; %s", log->path,
		                                sp_log_cure(SP_E_ABSENT));
	if (status == SP_OK)
		status = sp_log_create(log, last, message);
	if (status == SP_OK && last)
		SP_FAILPOINT(rotate_after_new);
	sp_log_close(last);
	return status;
}

static bool rotate_in_archive(const char *path)
{
	char *copy = strdup(path);
	bool is = copy && strcmp(basename(dirname(copy)), "archive") == 0;

	free(copy);
	return is;
}

sp_status sp_log_settle(sp_log_file *log, sp_message *message)
{
	sp_status status = SP_OK;

	SP_ASSERT(log->guard.fd >= 0);
	if (log->db && log->closed && rotate_in_archive(log->path))
		return sp_message_set(message, SP_E_PERMISSION, "%s: an archived file is never written; name the log itself",
		                      log->path);
	if (!sp_guard_close_gate(&log->guard))
		return rotate_busy(log, message);
	if (!log->db && access(log->path, F_OK) == 0)
		status = sp_log_attach(log, message);
	if (status == SP_OK && log->db && log->closed)
		status = rotate_move(log, message);
	if (status == SP_OK && !log->db)
		status = rotate_next(log, message);
	sp_guard_open_gate(&log->guard);
	return status;
}
