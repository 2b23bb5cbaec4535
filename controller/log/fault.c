/* fault.c - SQLite's answers as ours, with what to do about them. */
#include <errno.h>
#include <stdio.h>

#include "base/assert.h"
#include "controller/log/store.h"

sp_status sp_log_errno_status(int number)
{
	switch (number) {
	case ENOENT:
	case ENOTDIR:
		return SP_E_ABSENT;
	case EACCES:
	case EPERM:
	case EROFS:
		return SP_E_PERMISSION;
	case ENOSPC:
	case EDQUOT:
		return SP_E_DISK_FULL;
	case ENOMEM:
		return SP_E_MEMORY;
	case EEXIST:
		return SP_E_DUPLICATE;
	default:
		return SP_E_IO;
	}
}

/* The disk's own word counts where SQLite only says "input or output". */
static sp_status fault_of_disk(sqlite3 *db, int extended)
{
	int number = db ? sqlite3_system_errno(db) : 0;

	if (extended == SQLITE_IOERR_NOMEM)
		return SP_E_MEMORY;
	if (extended == SQLITE_IOERR_SHMSIZE || number == ENOSPC || number == EDQUOT)
		return SP_E_DISK_FULL;
	return SP_E_IO;
}

sp_status sp_log_status(sqlite3 *db, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return SP_OK;
	case SQLITE_FULL:
		return SP_E_DISK_FULL;
	case SQLITE_NOMEM:
		return SP_E_MEMORY;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return SP_E_BUSY;
	case SQLITE_IOERR:
		return fault_of_disk(db, rc);
	case SQLITE_CANTOPEN:
		return sp_log_errno_status(db ? sqlite3_system_errno(db) : 0);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return SP_E_PERMISSION;
	case SQLITE_NOTADB:
		return SP_E_FOREIGN;
	default: /* CORRUPT, CONSTRAINT, SCHEMA, ERROR: the file is not what we wrote */
		return SP_E_DAMAGED;
	}
}

const char *sp_log_cure(sp_status status)
{
	switch (status) {
	case SP_E_DISK_FULL:
		return "free some space; it goes on by itself";
	case SP_E_MEMORY:
		return "give it more memory";
	case SP_E_BUSY:
		return "end the other program that has it open";
	case SP_E_PERMISSION:
		return "check who owns the file and its folder";
	case SP_E_ABSENT:
		return "check the path";
	case SP_E_FOREIGN:
		return "name another file; this one is left as it is";
	case SP_E_DAMAGED:
		return "keep the file, run `setpoint log verify` on it, and go on from a backup";
	default:
		return "check the disk";
	}
}

char *sp_log_plain(const char *text, char *plain, size_t size)
{
	size_t n = 0;

	SP_ASSERT(text && size > 4);
	for (; *text && n + 5 < size; text++) {
		unsigned char c = (unsigned char)*text;
		n += (size_t)snprintf(plain + n, size - n, c >= 0x20 && c < 0x7f ? "%c" : "\\x%02x", c);
	}
	plain[n] = 0;
	return plain;
}

sp_status sp_log_fault(const sp_log_file *log, sqlite3 *db, int rc, const char *doing, sp_message *message)
{
	sp_status status = sp_log_status(db, rc);
	const char *text = db && sqlite3_errcode(db) == (rc & 0xff) ? sqlite3_errmsg(db) : sqlite3_errstr(rc);

	char plain[512];

	return sp_message_set(message, status, "%s: %s: %s; %s", log->path, doing, sp_log_plain(text, plain, sizeof plain),
	                      sp_log_cure(status));
}

bool sp_log_starved(const sp_log_file *log)
{
	return sqlite3_errcode(log->db) == SQLITE_NOMEM;
}
