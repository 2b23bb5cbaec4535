/* crash_vfs.c - see crash_vfs.h. */
#include "tests/log/crash_vfs.h"

#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define CRASH_FILES  16
#define CRASH_SECTOR 512

/* A write or a truncation (bytes NULL, at: the new size) that no fsync has promised. */
typedef struct crash_op {
	struct crash_op *next;
	uint8_t *bytes;
	size_t n;
	int64_t at;
	bool doubtful; /* a failed fsync may have dropped it, whatever comes later */
} crash_op;

typedef struct crash_bytes {
	uint8_t *at;
	int64_t n, room;
} crash_bytes;

typedef struct crash_file {
	char name[PATH_MAX];
	crash_bytes durable;
	crash_op *first, *last;
	int64_t size;     /* as the running program sees it */
	bool there;       /* now */
	bool promised;    /* its name survives a power cut */
	bool was_deleted; /* but nothing promises that */
	bool in_folder;   /* SQLite's own VFS syncs the folder, too, at the first sync of a new journal or WAL */
} crash_file;

typedef struct crash_open {
	sqlite3_file base;
	crash_file *file; /* NULL: a temporary file, not tracked */
	sqlite3_file *real;
} crash_open;

static struct {
	sqlite3_vfs vfs, *real;
	crash_file files[CRASH_FILES];
	int n_files;
	unsigned calls;
	int64_t countdown;
	bool onwards, failed;
	int64_t quota;
	void (*hook)(void *context);
	void *context;
	sp_rng rng;
} crash;

/* --- plans --- */

static bool crash_now(crash_call call)
{
	if (!(crash.calls & (unsigned)call) || crash.countdown == 0)
		return false;
	if (crash.countdown > 1) {
		crash.countdown--;
		return false;
	}
	if (!crash.onwards)
		crash.countdown = 0;
	crash.failed = true;
	return true;
}

static void crash_before_change(void)
{
	if (crash.hook)
		crash.hook(crash.context);
}

/* --- what is remembered --- */

static void crash_room(crash_bytes *bytes, int64_t n)
{
	if (n > bytes->room) {
		bytes->room = 2 * n + 65536;
		bytes->at = realloc(bytes->at, (size_t)bytes->room);
		SP_ASSERT(bytes->at);
	}
	if (n > bytes->n) {
		memset(bytes->at + bytes->n, 0, (size_t)(n - bytes->n));
		bytes->n = n;
	}
}

static void crash_apply(crash_bytes *to, const crash_op *op)
{
	if (!op->bytes) {
		if (op->at < to->n)
			to->n = op->at;
		return;
	}
	crash_room(to, op->at + (int64_t)op->n);
	memcpy(to->at + op->at, op->bytes, op->n);
}

static void crash_forget_ops(crash_file *file)
{
	while (file->first) {
		crash_op *next = file->first->next;

		free(file->first->bytes);
		free(file->first);
		file->first = next;
	}
	file->last = NULL;
}

static void crash_forget(crash_file *file)
{
	crash_forget_ops(file);
	file->durable.n = 0;
	file->promised = file->was_deleted = false;
	file->size = 0;
}

static crash_file *crash_find(const char *name, bool add)
{
	crash_file *file;

	for (int i = 0; i < crash.n_files; i++)
		if (strcmp(crash.files[i].name, name) == 0)
			return &crash.files[i];
	if (!add)
		return NULL;
	SP_ASSERT(crash.n_files < CRASH_FILES);
	file = &crash.files[crash.n_files++];
	(void)snprintf(file->name, sizeof file->name, "%s", name);
	return file;
}

static void crash_remember(crash_file *file, const void *bytes, size_t n, int64_t at)
{
	crash_op *op = calloc(1, sizeof *op);

	SP_ASSERT(op);
	op->at = at;
	if (bytes) {
		op->bytes = malloc(n);
		SP_ASSERT(op->bytes);
		memcpy(op->bytes, bytes, n);
		op->n = n;
		if (at + (int64_t)n > file->size)
			file->size = at + (int64_t)n;
	} else {
		file->size = at;
	}
	if (file->last)
		file->last->next = op;
	else
		file->first = op;
	file->last = op;
}

static void crash_promise(crash_file *file)
{
	for (crash_op *op = file->first; op; op = op->next)
		if (!op->doubtful || sp_rng_below(&crash.rng, 2))
			crash_apply(&file->durable, op);
	crash_forget_ops(file);
}

/* fsync of the folder: names there are stay, names deleted stay away. */
static void crash_promise_names(void)
{
	for (int i = 0; i < crash.n_files; i++) {
		crash.files[i].promised = crash.files[i].there;
		crash.files[i].was_deleted = false;
	}
}

static void crash_doubt(crash_file *file)
{
	for (crash_op *op = file->first; op; op = op->next)
		op->doubtful = true;
}

/* --- SQLite's methods --- */

#define CRASH_REAL(f) (((crash_open *)(f))->real)
#define CRASH_FILE(f) (((crash_open *)(f))->file)

static int crash_close(sqlite3_file *f)
{
	int rc = CRASH_REAL(f)->pMethods->xClose(CRASH_REAL(f));

	sqlite3_free(CRASH_REAL(f));
	return rc;
}

static int crash_read(sqlite3_file *f, void *out, int n, sqlite3_int64 at)
{
	if (crash_now(CRASH_READ))
		return SQLITE_IOERR_READ;
	return CRASH_REAL(f)->pMethods->xRead(CRASH_REAL(f), out, n, at);
}

static int crash_write(sqlite3_file *f, const void *bytes, int n, sqlite3_int64 at)
{
	crash_file *file = CRASH_FILE(f);
	bool fails;
	int rc;

	if (!file)
		return CRASH_REAL(f)->pMethods->xWrite(CRASH_REAL(f), bytes, n, at);
	crash_before_change();
	if (crash.quota > 0 && at + n > file->size && crash_vfs_bytes() + at + n - file->size > crash.quota)
		return SQLITE_FULL;
	fails = crash_now(CRASH_WRITE);
	if (fails)
		n /= 2; /* a part has been written */
	rc = n ? CRASH_REAL(f)->pMethods->xWrite(CRASH_REAL(f), bytes, n, at) : SQLITE_OK;
	if (rc == SQLITE_OK && n)
		crash_remember(file, bytes, (size_t)n, at);
	return fails ? SQLITE_IOERR_WRITE : rc;
}

static int crash_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	crash_file *file = CRASH_FILE(f);
	int rc;

	if (file)
		crash_before_change();
	if (file && crash_now(CRASH_TRUNCATE))
		return SQLITE_IOERR_TRUNCATE;
	rc = CRASH_REAL(f)->pMethods->xTruncate(CRASH_REAL(f), size);
	if (rc == SQLITE_OK && file)
		crash_remember(file, NULL, 0, size);
	return rc;
}

static int crash_sync(sqlite3_file *f, int flags)
{
	crash_file *file = CRASH_FILE(f);

	(void)flags;
	if (!file)
		return SQLITE_OK;
	crash_before_change();
	if (crash_now(CRASH_SYNC)) {
		crash_doubt(file);
		return SQLITE_IOERR_FSYNC;
	}
	crash_promise(file);
	if (!file->promised && file->in_folder)
		crash_promise_names();
	return SQLITE_OK;
}

static int crash_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return CRASH_REAL(f)->pMethods->xFileSize(CRASH_REAL(f), size);
}

static int crash_lock(sqlite3_file *f, int level)
{
	return CRASH_REAL(f)->pMethods->xLock(CRASH_REAL(f), level);
}

static int crash_unlock(sqlite3_file *f, int level)
{
	return CRASH_REAL(f)->pMethods->xUnlock(CRASH_REAL(f), level);
}

static int crash_reserved(sqlite3_file *f, int *out)
{
	return CRASH_REAL(f)->pMethods->xCheckReservedLock(CRASH_REAL(f), out);
}

static int crash_control(sqlite3_file *f, int op, void *argument)
{
	return CRASH_REAL(f)->pMethods->xFileControl(CRASH_REAL(f), op, argument);
}

static int crash_sector(sqlite3_file *f)
{
	return CRASH_REAL(f)->pMethods->xSectorSize(CRASH_REAL(f));
}

static int crash_traits(sqlite3_file *f)
{
	return CRASH_REAL(f)->pMethods->xDeviceCharacteristics(CRASH_REAL(f));
}

static int crash_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
	if (crash_now(CRASH_SHM))
		return SQLITE_IOERR_SHMMAP;
	return CRASH_REAL(f)->pMethods->xShmMap(CRASH_REAL(f), page, size, extend, out);
}

static int crash_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	if ((flags & SQLITE_SHM_LOCK) && crash_now(CRASH_SHM))
		return SQLITE_IOERR_SHMLOCK;
	return CRASH_REAL(f)->pMethods->xShmLock(CRASH_REAL(f), offset, n, flags);
}

static void crash_shm_barrier(sqlite3_file *f)
{
	CRASH_REAL(f)->pMethods->xShmBarrier(CRASH_REAL(f));
}

static int crash_shm_unmap(sqlite3_file *f, int remove)
{
	return CRASH_REAL(f)->pMethods->xShmUnmap(CRASH_REAL(f), remove);
}

static const sqlite3_io_methods crash_methods = {.iVersion = 2,
                                                 .xClose = crash_close,
                                                 .xRead = crash_read,
                                                 .xWrite = crash_write,
                                                 .xTruncate = crash_truncate,
                                                 .xSync = crash_sync,
                                                 .xFileSize = crash_size,
                                                 .xLock = crash_lock,
                                                 .xUnlock = crash_unlock,
                                                 .xCheckReservedLock = crash_reserved,
                                                 .xFileControl = crash_control,
                                                 .xSectorSize = crash_sector,
                                                 .xDeviceCharacteristics = crash_traits,
                                                 .xShmMap = crash_shm_map,
                                                 .xShmLock = crash_shm_lock,
                                                 .xShmBarrier = crash_shm_barrier,
                                                 .xShmUnmap = crash_shm_unmap};

/* A file that is new here: what an earlier one of this name left is gone with it. */
static void crash_begin(crash_file *file, sqlite3_file *real)
{
	sqlite3_int64 size = 0;

	if (file->there)
		return;
	crash_forget(file);
	file->there = true;
	if (real->pMethods->xFileSize(real, &size) == SQLITE_OK && size > 0) {
		crash_room(&file->durable, size); /* it was there before this disk was */
		(void)real->pMethods->xRead(real, file->durable.at, (int)size, 0);
		file->size = size;
		file->promised = true;
	}
}

static int crash_open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	const int tracked = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL;
	crash_open *opened = (crash_open *)f;
	int rc;

	(void)vfs;
	memset(opened, 0, sizeof *opened);
	if (crash_now(CRASH_OPEN))
		return SQLITE_CANTOPEN;
	opened->real = sqlite3_malloc(crash.real->szOsFile);
	if (!opened->real)
		return SQLITE_NOMEM;
	memset(opened->real, 0, (size_t)crash.real->szOsFile);
	rc = crash.real->xOpen(crash.real, name, opened->real, flags, out);
	if (rc != SQLITE_OK) {
		sqlite3_free(opened->real);
		return rc;
	}
	opened->base.pMethods = &crash_methods;
	if (name && (flags & tracked)) {
		opened->file = crash_find(name, true);
		opened->file->in_folder = !(flags & SQLITE_OPEN_MAIN_DB);
		crash_begin(opened->file, opened->real);
	}
	return SQLITE_OK;
}

static int crash_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
	crash_file *file = crash_find(name, false);
	int rc;

	(void)vfs;
	crash_before_change();
	if (crash_now(CRASH_DELETE))
		return SQLITE_IOERR_DELETE;
	rc = crash.real->xDelete(crash.real, name, sync_folder);
	if (rc == SQLITE_OK && file) {
		file->there = false;
		file->was_deleted = file->promised && !sync_folder;
	}
	return rc;
}

static int crash_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
	(void)vfs;
	return crash.real->xAccess(crash.real, name, flags, out);
}

void crash_vfs_reset(uint64_t seed)
{
	for (int i = 0; i < crash.n_files; i++) {
		crash_forget(&crash.files[i]);
		free(crash.files[i].durable.at);
		crash.files[i] = (crash_file){.size = 0};
	}
	crash.n_files = 0;
	crash.calls = 0;
	crash.countdown = crash.quota = 0;
	crash.hook = NULL;
	crash.failed = false;
	sp_rng_init(&crash.rng, seed);
	if (crash.real)
		return;
	crash.real = sqlite3_vfs_find(NULL);
	crash.vfs = *crash.real;
	crash.vfs.zName = CRASH_VFS;
	crash.vfs.pNext = NULL;
	crash.vfs.szOsFile = (int)sizeof(crash_open);
	crash.vfs.xOpen = crash_open_file;
	crash.vfs.xDelete = crash_delete;
	crash.vfs.xAccess = crash_access;
	SP_ASSERT(sqlite3_vfs_register(&crash.vfs, 0) == SQLITE_OK);
}

void crash_vfs_fail(unsigned calls, int64_t nth, bool onwards)
{
	crash.calls = calls;
	crash.countdown = nth;
	crash.onwards = onwards;
}

bool crash_vfs_failed(void)
{
	return crash.failed;
}

void crash_vfs_quota(int64_t bytes)
{
	crash.quota = bytes;
}

int64_t crash_vfs_bytes(void)
{
	int64_t sum = 0;

	for (int i = 0; i < crash.n_files; i++)
		sum += crash.files[i].there ? crash.files[i].size : 0;
	return sum;
}

void crash_vfs_hook(void (*hook)(void *context), void *context)
{
	crash.hook = hook;
	crash.context = context;
}

/* --- images --- */

typedef enum crash_way { CRASH_NOTHING, CRASH_PREFIX, CRASH_SUBSET, CRASH_TORN, CRASH_SHUFFLED, CRASH_WAYS } crash_way;

/* Each sector of a write on its own: kept or not. */
static void crash_apply_torn(crash_bytes *to, const crash_op *op, sp_rng *rng)
{
	for (size_t done = 0; done < op->n;) {
		size_t piece = CRASH_SECTOR - (size_t)((op->at + (int64_t)done) % CRASH_SECTOR);
		crash_op part = {.bytes = op->bytes + done, .at = op->at + (int64_t)done};

		part.n = piece < op->n - done ? piece : op->n - done;
		if (sp_rng_below(rng, 2))
			crash_apply(to, &part);
		done += part.n;
	}
}

static void crash_apply_some(crash_bytes *to, const crash_op *op, crash_way way, sp_rng *rng)
{
	if (op->bytes && way >= CRASH_TORN)
		crash_apply_torn(to, op, rng);
	else if (sp_rng_below(rng, 2))
		crash_apply(to, op);
}

static void crash_leave(crash_bytes *to, const crash_file *file, crash_way way, sp_rng *rng)
{
	const crash_op *ops[4096];
	size_t n = 0, prefix;

	for (const crash_op *op = file->first; op && n < sizeof ops / sizeof ops[0]; op = op->next)
		ops[n++] = op;
	if (way == CRASH_SHUFFLED)
		for (size_t i = n; i > 1; i--) {
			size_t j = (size_t)sp_rng_below(rng, i);
			const crash_op *swap = ops[i - 1];

			ops[i - 1] = ops[j];
			ops[j] = swap;
		}
	prefix = n && way == CRASH_PREFIX ? (size_t)sp_rng_below(rng, n + 1) : 0;
	for (size_t i = 0; i < n; i++) {
		if (way == CRASH_PREFIX ? i < prefix : false)
			crash_apply(to, ops[i]);
		else if (way > CRASH_PREFIX)
			crash_apply_some(to, ops[i], way, rng);
	}
}

static void crash_store(const char *folder, const char *name, const crash_bytes *bytes)
{
	char path[PATH_MAX];
	FILE *out;

	(void)snprintf(path, sizeof path, "%s/%s", folder, strrchr(name, '/') + 1);
	out = fopen(path, "wb");
	SP_ASSERT(out);
	SP_ASSERT(fwrite(bytes->at, 1, (size_t)bytes->n, out) == (size_t)bytes->n);
	SP_ASSERT(fclose(out) == 0);
}

void crash_vfs_image(const char *folder, sp_rng *rng)
{
	for (int i = 0; i < crash.n_files; i++) {
		const crash_file *file = &crash.files[i];
		crash_way way = (crash_way)sp_rng_below(rng, CRASH_WAYS);
		crash_bytes left = {.n = 0};

		if (!file->there && !(file->was_deleted && sp_rng_below(rng, 2)))
			continue;
		if (!file->promised && sp_rng_below(rng, 2))
			continue;
		crash_room(&left, 1);
		left.n = 0;
		crash_room(&left, file->durable.n);
		if (file->durable.n > 0)
			memcpy(left.at, file->durable.at, (size_t)file->durable.n);
		crash_leave(&left, file, way, rng);
		crash_store(folder, file->name, &left);
		free(left.at);
	}
}
