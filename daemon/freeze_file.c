/* freeze_file.c - the FREEZE file: read at start and each second, written atomically (freeze.h).
 *
 * What people write by hand is never lost to a write of ours: before it, and again just before the new file takes the old one's
 * name, the file is read, and lines that memory does not know are taken over. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/failpoint.h"
#include "daemon/freeze.h"
#include "daemon/home.h"

#define FILE_BY    "file"
#define FILE_TRIES 3 /* of a write, where somebody edits at the same time */

static const char file_head[] =
    "# What is frozen, one scope a line: all, pool ID or family ID. Setpoint looks at this file each\n"
    "# second: a line added freezes, a line removed thaws. A file that names nothing, or that cannot\n"
    "# be read, freezes all; to thaw all, remove it. Comments do not last.\n";

_Static_assert(sizeof file_head + (SP_FREEZE_SCOPES_MAX + SP_FREEZE_ALL_ROOM) * 400 < SP_FREEZE_FILE_MAX, "all fit");

static const sp_frozen file_all = {.scope = SP_SCOPE_ALL};

/* One reading of the file. */
typedef struct file_reading {
	sp_freeze *freeze;
	const sp_frozen *except; /* a scope whose line is passed over; NULL: none */
	bool start;              /* nothing is in flight: the file knows what was barred */
	bool there;
	bool came;        /* something new does hold */
	uint32_t n_named; /* lines that name a scope, thawed ones too */
	sp_status status; /* the first thing that was wrong */
	sp_message why;
} file_reading;

/* --- reading --- */

static bool file_is_except(const file_reading *r, const sp_frozen *line)
{
	return r->except && r->except->scope == line->scope && strcmp(r->except->id, line->id) == 0;
}

static void file_has_too_many(file_reading *r)
{
	if (r->status == SP_OK)
		r->status = sp_message_set(&r->why, SP_E_FULL, "%s: more than %d scopes: until there are fewer all is frozen",
		                           r->freeze->path, SP_FREEZE_SCOPES_MAX);
}

/* A scope that the file holds. One that is new to memory is known to the file alone; only a barred tick is news to the file. */
static void file_hold(file_reading *r, const sp_frozen *line)
{
	sp_freeze *freeze = r->freeze;
	sp_frozen *known = sp_freeze_find(freeze, line->scope, line->id);
	bool unfiled = freeze->unfiled;

	if (!known) {
		r->came = true;
		if (sp_freeze_put(freeze, line) != SP_OK) {
			file_has_too_many(r);
			line = &file_all;
		}
		known = sp_freeze_find(freeze, line->scope, line->id);
		SP_ASSERT(known);
		freeze->unfiled = unfiled || known->barred_ns != (r->start ? line->barred_ns : 0);
	}
	known->filed = known->listed = true;
	known->missed = false;
}

/* A scope that was thawed before its barred tick was withdrawn: at start this is news, later memory knows. */
static void file_remember(file_reading *r, const sp_frozen *line)
{
	sp_frozen *known = sp_freeze_barring(r->freeze, line);

	if (!known && r->start && line->barred_ns != 0 && sp_freeze_remember(r->freeze, line) != SP_OK)
		file_has_too_many(r);
	if (known)
		known->listed = true;
}

static void file_meet(file_reading *r, const sp_frozen *met, int64_t since_ns)
{
	sp_frozen line = *met;

	r->n_named++;
	if (file_is_except(r, &line))
		return;
	if (line.since_ns == 0)
		line.since_ns = since_ns;
	if (line.by[0] == 0)
		sp_frozen_sign(line.by, FILE_BY);
	if (!line.holds) {
		file_remember(r, &line);
		return;
	}
	if (!r->start)
		line.barred_ns = r->freeze->in_flight_ns;
	file_hold(r, &line);
}

static void file_parse(file_reading *r, size_t n, int64_t since_ns)
{
	const char *at = r->freeze->text, *end = at + n;

	for (uint32_t number = 1; at < end; number++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t length = (size_t)((stop ? stop : end) - at);
		sp_frozen line;
		sp_status status = sp_frozen_read(at, length, &line);

		if (status == SP_OK)
			file_meet(r, &line, since_ns);
		else if (status != SP_E_END && r->status == SP_OK)
			r->status = sp_message_set(&r->why, SP_E_SYNTAX,
			                           "%s:%u: not " SP_FREEZE_FORMS "; until it is put right all is frozen",
			                           r->freeze->path, number);
		at += length + 1;
	}
}

static sp_status file_unreadable(file_reading *r, const char *why)
{
	r->status = sp_message_set(&r->why, SP_E_IO, "%s: %s; until it can be read all is frozen", r->freeze->path, why);
	return r->status;
}

/* The folder that the file lies in. */
static bool file_folder(const char *path, char folder[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;

	if (n >= PATH_MAX)
		return false;
	(void)snprintf(folder, PATH_MAX, "%.*s", (int)(n ? n : 1), slash ? path : ".");
	return true;
}

/* No file freezes nothing, no folder all: a disk that went away thaws nobody. */
static void file_is_absent(file_reading *r)
{
	char folder[PATH_MAX];

	if (!file_folder(r->freeze->path, folder) || access(folder, X_OK) != 0)
		(void)file_unreadable(r, "its directory is gone");
}

static void file_take(file_reading *r, int fd)
{
	char *text = r->freeze->text;
	struct stat found;
	size_t n = 0;
	ssize_t got = 1;

	if (fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)) {
		(void)file_unreadable(r, "not a file");
		return;
	}
	r->there = true;
	while (got > 0 && n <= SP_FREEZE_FILE_MAX) {
		got = read(fd, text + n, SP_FREEZE_FILE_MAX + 1 - n);
		n += got > 0 ? (size_t)got : 0;
	}
	if (got < 0)
		(void)file_unreadable(r, strerror(errno));
	else if (n > SP_FREEZE_FILE_MAX)
		(void)file_unreadable(r, "too long");
	else
		file_parse(r, n, found.st_mtim.tv_sec * INT64_C(1000000000) + found.st_mtim.tv_nsec);
}

/* When in doubt, all. If a command froze it, what becomes of the file does not thaw it. */
static void file_doubt(file_reading *r)
{
	sp_frozen all = {.scope = SP_SCOPE_ALL, .by = FILE_BY, .since_ns = r->freeze->now_ns, .holds = true};
	sp_frozen *held = sp_freeze_find(r->freeze, SP_SCOPE_ALL, "");

	if (file_is_except(r, &all))
		return;
	if (held) {
		held->listed = true;
		held->missed = false;
		return;
	}
	all.barred_ns = r->start ? 0 : r->freeze->in_flight_ns;
	file_hold(r, &all);
}

static void file_read(file_reading *r)
{
	int fd = open(r->freeze->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	for (uint32_t i = 0; i < r->freeze->n; i++)
		r->freeze->scopes[i].listed = false;
	if (fd >= 0) {
		file_take(r, fd);
		close(fd);
	} else if (errno == ENOENT) {
		file_is_absent(r);
	} else {
		(void)file_unreadable(r, strerror(errno));
	}
	if (r->status != SP_OK || (r->there && r->n_named == 0))
		file_doubt(r);
}

sp_status sp_freeze_load(sp_freeze *freeze, const char *path, int64_t now_ns, sp_message *message)
{
	file_reading r = {.freeze = freeze, .start = true};

	sp_freeze_init(freeze, path);
	freeze->now_ns = now_ns;
	file_read(&r);
	return r.status == SP_OK ? SP_OK : sp_message_set(message, r.status, "%s", r.why.text);
}

static void file_miss(sp_freeze *freeze, sp_frozen *frozen)
{
	bool unfiled = freeze->unfiled;

	if (!frozen->missed) {
		frozen->missed = true;
		return;
	}
	sp_freeze_release(freeze, frozen, FILE_BY);
	freeze->unfiled = unfiled || frozen->barred_ns != 0;
}

/* Lines that went: missed a second time, they are meant; but what is still to be withdrawn is written again. While the file is in doubt
 * nothing thaws. */
static void file_release(const file_reading *r)
{
	for (uint32_t i = 0; i < r->freeze->n && r->status == SP_OK; i++) {
		sp_frozen *frozen = &r->freeze->scopes[i];

		if (frozen->holds && frozen->filed && !frozen->listed)
			file_miss(r->freeze, frozen);
		else if (!frozen->holds && frozen->barred_ns != 0 && !frozen->listed)
			r->freeze->unfiled = true;
	}
}

sp_status sp_freeze_poll(sp_freeze *freeze, int64_t now_ns, sp_message *message)
{
	file_reading r = {.freeze = freeze};

	SP_ASSERT(freeze && freeze->path);
	freeze->now_ns = now_ns;
	file_read(&r);
	file_release(&r);
	return r.status == SP_OK ? SP_OK : sp_message_set(message, r.status, "%s", r.why.text);
}

/* --- writing --- */

/* Takes over what the file says and memory does not know; returns whether there was any. */
static bool file_absorb(sp_freeze *freeze, const sp_frozen *except)
{
	file_reading r = {.freeze = freeze, .except = except};

	file_read(&r);
	return r.came;
}

static bool file_belongs(const sp_frozen *frozen)
{
	return frozen->holds || frozen->barred_ns != 0;
}

/* The text of the file; 0: nothing is to stand in it, there is none. */
static size_t file_compose(sp_freeze *freeze)
{
	size_t n = 0;

	for (uint32_t i = 0; i < freeze->n; i++) {
		if (!file_belongs(&freeze->scopes[i]))
			continue;
		if (n == 0) {
			memcpy(freeze->text, file_head, sizeof file_head - 1);
			n = sizeof file_head - 1;
		}
		SP_ASSERT(n + SP_FREEZE_LINE_MAX <= sizeof freeze->text);
		n += sp_frozen_line(&freeze->scopes[i], freeze->text + n);
	}
	return n;
}

static bool file_write_all(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t written = write(fd, text, n);

		if (written < 0 && errno != EINTR)
			return false;
		text += written > 0 ? written : 0;
		n -= written > 0 ? (size_t)written : 0;
	}
	return fsync(fd) == 0;
}

/* Its owner's alone, and that is the folder's owner: root freezes where a daemon of another user must read it. */
static bool file_give(int fd, const char *path)
{
	char folder[PATH_MAX];
	struct stat found;

	if (fchmod(fd, S_IRUSR | S_IWUSR) != 0)
		return false;
	if (geteuid() != 0 || !file_folder(path, folder) || stat(folder, &found) != 0 || found.st_uid == 0)
		return true;
	return fchown(fd, found.st_uid, found.st_gid) == 0;
}

/* The new text beside the file, on the disk. */
static bool file_prepare(const char *beside, const char *text, size_t n)
{
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR), number;
	bool written;

	if (fd < 0)
		return false;
	written = file_give(fd, beside) && file_write_all(fd, text, n);
	number = errno;
	if (close(fd) != 0 && written) {
		written = false;
		number = errno;
	}
	if (!written)
		(void)unlink(beside);
	errno = number;
	return written;
}

/* A changed name is on the disk only once its folder is. */
static bool file_sync_folder(const char *path)
{
	char folder[PATH_MAX];
	int fd = file_folder(path, folder) ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, number;
	bool synced;

	if (fd < 0)
		return false;
	synced = fsync(fd) == 0;
	number = errno;
	close(fd);
	errno = number;
	return synced;
}

static bool file_replace(const char *path, const char *beside, bool any)
{
	if (any ? rename(beside, path) != 0 : unlink(path) != 0 && errno != ENOENT)
		return false;
	return file_sync_folder(path);
}

/* Makes the file say what memory says, but for lines that somebody adds meanwhile: those are taken over. */
static bool file_put(sp_freeze *freeze, const sp_frozen *except)
{
	char beside[PATH_MAX];
	bool came = file_absorb(freeze, except), any = false;
	/* A name of this process's own: a command may write while a daemon does. */
	int length = snprintf(beside, sizeof beside, "%s.new-%ld", freeze->path, (long)getpid());

	SP_ASSERT(length > 0 && (size_t)length < sizeof beside);
	for (int i = 0; i < FILE_TRIES && (i == 0 || came); i++) {
		size_t n = file_compose(freeze);

		any = n > 0;
		if (any && !file_prepare(beside, freeze->text, n))
			return false;
		came = file_absorb(freeze, except);
	}
	if (!file_replace(freeze->path, beside, any))
		return false;
	for (uint32_t i = 0; i < freeze->n; i++)
		freeze->scopes[i].filed = !came && freeze->scopes[i].holds;
	freeze->unfiled = came;
	return true;
}

sp_status sp_freeze_write(sp_freeze *freeze, sp_message *message)
{
	sp_message why;
	sp_status status;

	SP_ASSERT(freeze && freeze->path);
	SP_FAILPOINT(freeze_before_file);
	if (file_put(freeze, NULL)) {
		SP_FAILPOINT(freeze_after_file);
		return SP_OK;
	}
	freeze->unfiled = true;
	status = sp_home_fault(freeze->path, "cannot be written", errno, &why);
	return sp_message_set(message, status, "%s; what is frozen holds until restart", why.text);
}

sp_status sp_freeze_thaw(sp_freeze *freeze, const char *scope, const char *by, sp_message *message)
{
	sp_frozen what, *held;
	sp_message why;
	sp_status status;

	SP_ASSERT(freeze && freeze->path);
	if (sp_frozen_scope(scope, &what) != SP_OK)
		return sp_message_set(message, SP_E_SYNTAX, "\"%s\" is no scope: write " SP_FREEZE_FORMS, scope);
	(void)file_absorb(freeze, NULL);
	held = sp_freeze_find(freeze, what.scope, what.id);
	if (!held)
		return sp_message_set(message, SP_E_ABSENT, "%s is not frozen%s", scope,
		                      sp_freeze_find(freeze, SP_SCOPE_ALL, "") ? " by itself: all is" : "");
	sp_freeze_release(freeze, held, by);
	SP_FAILPOINT(thaw_before_file);
	if (file_put(freeze, &what)) {
		SP_FAILPOINT(thaw_after_file);
		return sp_freeze_find(freeze, what.scope, what.id) == NULL
		           ? SP_OK
		           : sp_message_set(message, SP_E_FULL, "%s stays frozen: there are too many scopes; thaw some", scope);
	}
	status = sp_home_fault(freeze->path, "cannot be written", errno, &why);
	sp_freeze_retain(freeze, &what);
	return sp_message_set(message, status, "%s; %s stays frozen", why.text, scope);
}
