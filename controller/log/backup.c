/* backup.c - a consistent copy of a log that may be in use: one read transaction, one file that needs no WAL. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "controller/log/store.h"

void sp_log_sync_folder(const char *path)
{
	char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		(void)fsync(fd);
		close(fd);
	}
	free(copy);
}

/* All pages in one step: the target's own transaction makes it whole or nothing. */
static int backup_pages(sqlite3 *from, sqlite3 *to)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
	int rc;

	if (!backup)
		return sqlite3_errcode(to);
	rc = sqlite3_backup_step(backup, -1);
	(void)sqlite3_backup_finish(backup);
	if (rc != SQLITE_DONE)
		return rc;
	return sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
}

sp_status sp_backup_copy(const sp_log_file *from, const char *copy, sp_message *message)
{
	sqlite3 *to = NULL;
	sp_status status = SP_OK;
	int fd = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644), rc;

	if (fd < 0) {
		status = sp_log_errno_status(errno);
		return sp_message_set(message, status, "%s: cannot be made: %s; name another file", copy, strerror(errno));
	}
	close(fd);
	rc = sqlite3_open_v2(copy, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, from->vfs);
	if (rc == SQLITE_OK)
		rc = backup_pages(from->db, to);
	if (rc != SQLITE_OK) {
		status = sp_log_status(to, rc);
		sp_message_set(message, status, "%s: the copy of %s was not made: %s; %s", copy, from->path, sqlite3_errstr(rc),
		               sp_log_cure(status));
	}
	sqlite3_close(to);
	if (status != SP_OK)
		(void)unlink(copy);
	else
		sp_log_sync_folder(copy);
	return status;
}

sp_status sp_log_backup(const char *path, const char *copy, sp_message *message)
{
	sp_log_options options = {.read_only = true};
	sp_log_file *log = NULL;
	sp_status status;

	SP_ASSERT(path && copy);
	status = sp_log_open(path, &options, &log, message);
	if (status == SP_OK)
		status = sp_backup_copy(log, copy, message);
	sp_log_close(log);
	return status;
}
