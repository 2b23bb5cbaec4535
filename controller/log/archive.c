/* archive.c - the files that a log has left behind: archive/NAME.SEQUENCE.TIME beside it, each beginning where the one before
 * it ended. */
#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/assert.h"
#include "base/time.h"
#include "controller/log/store.h"

static const char *archive_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *sp_archive_folder(const char *path)
{
	char *folder;
	int rc = asprintf(&folder, "%.*sarchive", (int)(archive_base(path) - path), path);

	return rc < 0 ? NULL : folder;
}

/* "2026-11-24T00:00:00Z" without what a file name had better not have: "20261124T000000Z". */
static void archive_time(int64_t t_ns, char *out)
{
	char text[SP_TIME_TEXT_MAX];

	for (const char *c = sp_time_format(t_ns - t_ns % SP_SEC, text); *c; c++)
		if (*c != '-' && *c != ':')
			*out++ = *c;
	*out = 0;
}

char *sp_archive_path(const char *path, int64_t sequence, int64_t t_ns)
{
	char time[SP_TIME_TEXT_MAX], *made;
	int rc;

	SP_ASSERT(sequence > 0);
	archive_time(t_ns, time);
	rc = asprintf(&made, "%.*sarchive/%s.%06lld.%s", (int)(archive_base(path) - path), path, archive_base(path),
	              (long long)sequence, time);
	return rc < 0 ? NULL : made;
}

/* Is it "BASE.123456.…"? */
static bool archive_is_ours(const char *name, const char *base)
{
	size_t n = strlen(base), digits;

	if (strncmp(name, base, n) != 0 || name[n] != '.')
		return false;
	digits = strspn(name + n + 1, "0123456789");
	return digits >= 6 && name[n + 1 + digits] == '.' && strchr(name + n + 2 + digits, '-') == NULL;
}

static bool archive_add(sp_archive *archive, const char *folder, const char *name)
{
	char *path;

	if (archive->n == archive->room) {
		size_t room = archive->room ? 2 * archive->room : 16;
		char **paths = realloc(archive->paths, room * sizeof *paths);

		if (!paths)
			return false;
		archive->paths = paths;
		archive->room = room;
	}
	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return false;
	archive->paths[archive->n++] = path;
	return true;
}

/* By sequence: names of one log differ first in it, and a longer number is the larger one. */
static int archive_order(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;
	size_t nx = strlen(x), ny = strlen(y);

	return nx != ny ? (nx < ny ? -1 : 1) : strcmp(x, y);
}

sp_status sp_archive_list(const char *path, sp_archive *archive, sp_message *message)
{
	char *folder = sp_archive_folder(path);
	DIR *entries = folder ? opendir(folder) : NULL;
	bool ok = folder != NULL;
	sp_status status = SP_OK;

	*archive = (sp_archive){.n = 0};
	if (folder && !entries && errno != ENOENT)
		status = sp_message_set(message, sp_log_errno_status(errno), "%s: %s", folder, strerror(errno));
	for (struct dirent *entry; ok && entries && (entry = readdir(entries));)
		if (archive_is_ours(entry->d_name, archive_base(path)))
			ok = archive_add(archive, folder, entry->d_name);
	if (entries)
		closedir(entries);
	free(folder);
	if (!ok)
		status = sp_message_set(message, SP_E_MEMORY, "%s: out of memory", path);
	if (status != SP_OK)
		sp_archive_fini(archive);
	else if (archive->n > 1)
		qsort(archive->paths, archive->n, sizeof *archive->paths, archive_order);
	return status;
}

sp_status sp_archive_last(const sp_log_file *log, sp_log_file **last, sp_message *message)
{
	const sp_log_options options = {.read_only = true, .vfs = log->vfs};
	sp_archive archive;
	sp_status status = sp_archive_list(log->path, &archive, message);

	if (status == SP_OK && archive.n > 0)
		status = sp_log_open_as(archive.paths[archive.n - 1], &options, log->schema, last, message);
	sp_archive_fini(&archive);
	return status;
}

sp_status sp_log_previous(const sp_log_file *log, sp_log_file **previous, sp_message *message)
{
	sp_log_file *last = NULL;
	sp_status status = sp_archive_last(log, &last, message);

	SP_ASSERT(log && previous);
	if (status == SP_OK && (!last || last->sequence + 1 != log->sequence))
		status = sp_message_set(message, SP_E_ABSENT, "%s: the file before it is not in its archive", log->path);
	if (status == SP_OK)
		*previous = last;
	else
		sp_log_close(last);
	return status;
}

void sp_archive_fini(sp_archive *archive)
{
	for (size_t i = 0; i < archive->n; i++)
		free(archive->paths[i]);
	free(archive->paths);
	*archive = (sp_archive){.n = 0};
}

/* --- verification over all files --- */

typedef struct archive_walk {
	sp_chain_watch watch;
	sp_log_verdict sum;
	int64_t sequence; /* of the file that must come next */
	double bytes;     /* of all files */
} archive_walk;

static double archive_bytes(const char *path)
{
	struct stat entry;

	return stat(path, &entry) == 0 ? (double)entry.st_size : 0;
}

static void archive_wrong(archive_walk *walk, const char *what)
{
	walk->sum.sound = false;
	(void)snprintf(walk->sum.where, sizeof walk->sum.where, "file %lld", (long long)walk->sequence);
	(void)snprintf(walk->sum.what, sizeof walk->sum.what, "%.500s", what);
}

/* One file's verdict into that of all. */
static void archive_sum(archive_walk *walk, const sp_log_file *log, const sp_log_verdict *one, bool last)
{
	sp_log_verdict *sum = &walk->sum;

	sum->rows += one->rows;
	sum->ticks += one->ticks;
	if (log->sequence != walk->sequence)
		archive_wrong(walk, "it is missing from the archive");
	else if (sum->files > 0 && memcmp(sum->head, one->anchor, SP_HASH_SIZE) != 0)
		archive_wrong(walk,
		              "it does not begin with the head of the file before it: one of the two was cut or exchanged");
	else if (!one->sound) {
		sum->sound = false;
		if (walk->sequence == 1 && last) /* the only file needs no number */
			(void)snprintf(sum->where, sizeof sum->where, "%.150s", one->where);
		else
			(void)snprintf(sum->where, sizeof sum->where, "file %lld, %.120s", (long long)walk->sequence, one->where);
		(void)snprintf(sum->what, sizeof sum->what, "%s", one->what);
	} else if (!last && !log->closed)
		archive_wrong(walk, "its chain has no end: rows were cut");
	if (sum->files++ == 0)
		memcpy(sum->anchor, one->anchor, SP_HASH_SIZE);
	memcpy(sum->head, one->head, SP_HASH_SIZE);
	walk->sequence++;
}

static sp_status archive_verify_log(archive_walk *walk, sp_log_file *log, bool last, sp_message *message)
{
	sp_log_verdict one;
	sp_status status;

	walk->watch.share = walk->bytes > 0 ? archive_bytes(log->path) / walk->bytes : 0;
	status = sp_log_verify_one(log, last, &walk->watch, &one, message);
	walk->watch.done += walk->watch.share;
	if (status == SP_OK)
		archive_sum(walk, log, &one, last);
	return status;
}

/* An archived file that is no log any more is a finding, not a failure. */
static sp_status archive_verify_path(archive_walk *walk, const char *path, int64_t before, sp_message *message)
{
	const sp_log_options options = {.read_only = true};
	sp_log_file *log = NULL;
	sp_message why;
	sp_status status = sp_log_open(path, &options, &log, &why);

	if (status == SP_E_DAMAGED || status == SP_E_FOREIGN) {
		archive_wrong(walk, why.text);
		return SP_OK;
	}
	if (status != SP_OK)
		return sp_message_set(message, status, "%s", why.text);
	if (log->sequence < before)
		status = archive_verify_log(walk, log, false, message);
	sp_log_close(log);
	return status;
}

static sp_status archive_verify_all(archive_walk *walk, const sp_archive *archive, sp_log_file *live,
                                    sp_message *message)
{
	sp_status status = SP_OK;

	walk->bytes = archive_bytes(live->path);
	for (size_t i = 0; i < archive->n; i++)
		walk->bytes += archive_bytes(archive->paths[i]);
	for (size_t i = 0; i < archive->n && status == SP_OK && walk->sum.sound; i++)
		status = archive_verify_path(walk, archive->paths[i], live->sequence, message);
	if (status == SP_OK && walk->sum.sound)
		status = archive_verify_log(walk, live, true, message);
	return status;
}

sp_status sp_log_verify_files(const char *path, const uint8_t *expected_head, sp_log_progress_fn progress,
                              void *context, sp_log_verdict *verdict, sp_message *message)
{
	archive_walk walk = {.watch = {.head = expected_head, .progress = progress, .context = context},
	                     .sum = {.sound = true},
	                     .sequence = 1};
	const sp_log_options options = {.read_only = true};
	sp_archive archive = {.n = 0};
	sp_log_file *live = NULL;
	sp_status status;

	SP_ASSERT(path && verdict);
	/* The live file first: should it be rotated meanwhile, it is still the end of what was asked for. */
	status = sp_log_open(path, &options, &live, message);
	if (status == SP_OK)
		status = sp_archive_list(path, &archive, message);
	if (status == SP_OK)
		status = archive_verify_all(&walk, &archive, live, message);
	sp_archive_fini(&archive);
	sp_log_close(live);
	if (status == SP_OK)
		*verdict = walk.sum;
	return status;
}
