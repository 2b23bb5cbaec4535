/* crash_vfs.h - a disk that can fail: a SQLite VFS over the default one, for one thread and one folder.
 *
 * It remembers for every file what fsync has promised and, in order, what was written since. From that it makes *crash images*: what
 * a power cut may leave, each unsynced write kept, dropped, torn at 512-byte sectors, or out of order; names that no fsync
 * promised may be missing, and deleted files back. After a failed fsync nothing later promises the writes before it. It can
 * also fail the Nth call of a kind, and has a quota. It never calls the real fsync: what it promises is the image. */
#ifndef SP_TESTS_LOG_CRASH_VFS_H
#define SP_TESTS_LOG_CRASH_VFS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"

#define CRASH_VFS "crash"

typedef enum crash_call {
	CRASH_WRITE = 1,
	CRASH_SYNC = 2,
	CRASH_TRUNCATE = 4,
	CRASH_DELETE = 8,
	CRASH_OPEN = 16,
	CRASH_SHM = 32,
	CRASH_READ = 64,
	CRASH_CHANGES = CRASH_WRITE | CRASH_SYNC | CRASH_TRUNCATE | CRASH_DELETE,
	CRASH_ALL = 127
} crash_call;

/* Registers the VFS (once) and forgets all files, plans and hooks. */
void crash_vfs_reset(uint64_t seed);

/* The nth call from now of these kinds fails, once or from then on; 0: none does. */
void crash_vfs_fail(unsigned calls, int64_t nth, bool onwards);
bool crash_vfs_failed(void); /* has one failed since crash_vfs_reset? */

/* Bytes that all files together may have; 0: no limit. */
void crash_vfs_quota(int64_t bytes);
int64_t crash_vfs_bytes(void);

/* Called before every write, sync, truncation and deletion. */
void crash_vfs_hook(void (*hook)(void *context), void *context);

/* Writes what a power cut now may leave into an empty folder; the rng chooses. */
void crash_vfs_image(const char *folder, sp_rng *rng);

#endif
