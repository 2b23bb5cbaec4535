/* guard.c - one writer per log, and no reader in the door while files change their names.
 *
 * SQLite itself lets a second connection write between two transactions of the first, and its exclusive locking mode would
 * shut readers out; a lock row in the database would outlive a crash. So: byte 0 of a lock file beside the log is locked for the
 * writer's life (an open-file-description lock: the kernel drops it when the process dies, it also holds between two
 * connections of one process, and closing the database's own files cannot drop it). Byte 1 is the gate that readers
 * pass to open the file, and that a rotation closes. The file holds the writer's pid, for who is refused, and goes with the
 * writer; whoever locked it looks whether it still has its name. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "controller/log/store.h"

#define GUARD_WRITER 0
#define GUARD_GATE   1
#define GUARD_TRIES  500
#define GUARD_NAP_NS 10000000 /* x GUARD_TRIES = 5 s: a reader is in the door for milliseconds */

static bool guard_lock(int fd, int byte, short type)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};

	return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

static bool guard_lock_soon(int fd, int byte, short type)
{
	const struct timespec nap = {.tv_nsec = GUARD_NAP_NS};

	for (int i = 0; i < GUARD_TRIES; i++) {
		if (guard_lock(fd, byte, type))
			return true;
		(void)nanosleep(&nap, NULL);
	}
	return false;
}

static bool guard_named(int fd, const char *path)
{
	struct stat ours, named;

	return fstat(fd, &ours) == 0 && stat(path, &named) == 0 && ours.st_ino == named.st_ino &&
	       ours.st_dev == named.st_dev;
}

static char *guard_path(const char *path)
{
	char *lock;

	return asprintf(&lock, "%s-lock", path) < 0 ? NULL : lock;
}

static sp_status guard_fault(const char *path, int number, sp_message *message)
{
	sp_status status = sp_log_errno_status(number);

	return sp_message_set(message, status, "%s: cannot be made: %s; %s", path, strerror(number), sp_log_cure(status));
}

/* Only to be told: the lock is the kernel's. */
static void guard_sign(int fd)
{
	if (ftruncate(fd, 0) == 0)
		(void)dprintf(fd, "%ld\n", (long)getpid());
}

static sp_status guard_busy(int fd, const char *path, sp_message *message)
{
	char text[24] = "";
	long pid = pread(fd, text, sizeof text - 1, 0) > 0 ? strtol(text, NULL, 10) : 0;

	if (pid <= 0) /* it has not signed yet */
		return sp_message_set(message, SP_E_BUSY, "%s: another program writes this log; end it, or name another file",
		                      path);
	return sp_message_set(message, SP_E_BUSY,
	                      "%s: another program writes this log (pid %ld); end it, or name another file", path, pid);
}

sp_status sp_guard_take(sp_log_guard *guard, const char *path, sp_message *message)
{
	char *lock = guard_path(path);

	SP_ASSERT(guard->fd < 0);
	if (!lock)
		return sp_message_set(message, SP_E_MEMORY, "%s: out of memory", path);
	for (;;) {
		int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
		sp_status status;

		if (fd < 0)
			status = guard_fault(lock, errno, message);
		else if (!guard_lock(fd, GUARD_WRITER, F_WRLCK))
			status =
			    errno == EAGAIN || errno == EACCES ? guard_busy(fd, path, message) : guard_fault(lock, errno, message);
		else if (guard_named(fd, lock)) {
			guard_sign(fd);
			*guard = (sp_log_guard){fd, lock};
			return SP_OK;
		} else {
			close(fd);
			continue; /* the former writer has just gone, and its file with it */
		}
		if (fd >= 0)
			close(fd);
		free(lock);
		return status;
	}
}

void sp_guard_drop(sp_log_guard *guard)
{
	if (guard->fd < 0)
		return;
	/* With a reader in the door the file stays; it does no harm. */
	if (guard_lock(guard->fd, GUARD_GATE, F_WRLCK))
		(void)unlink(guard->path);
	close(guard->fd);
	free(guard->path);
	*guard = (sp_log_guard){.fd = -1};
}

bool sp_guard_close_gate(const sp_log_guard *guard)
{
	SP_ASSERT(guard->fd >= 0);
	return guard_lock_soon(guard->fd, GUARD_GATE, F_WRLCK);
}

void sp_guard_open_gate(const sp_log_guard *guard)
{
	SP_ASSERT(guard->fd >= 0);
	(void)guard_lock(guard->fd, GUARD_GATE, F_UNLCK);
}

int sp_guard_enter(const char *path)
{
	char *lock = guard_path(path);
	int fd = lock ? open(lock, O_RDONLY | O_CLOEXEC) : -1;

	/* A gate that stays shut for 5 s belongs to a rotation that hangs: then the open itself says what is wrong. */
	if (fd >= 0)
		(void)guard_lock_soon(fd, GUARD_GATE, F_RDLCK);
	free(lock);
	return fd;
}

void sp_guard_leave(int fd)
{
	if (fd >= 0)
		close(fd);
}
