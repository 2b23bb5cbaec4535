/* machine.c - see machine.h. */
#include "cli/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "cli/number.h"

#define WATCH_MS    200         /* for how long the clocks are compared */
#define STEP_NS     (5 * SP_MS) /* they differ by less than this, or the wall clock was set meanwhile */
#define SYNC_TRIES  20
#define SYNC_BYTES  4096                 /* SQLite's page */
#define SYNC_SLOW   (20 * SP_MS)         /* a tick with its checkpoint of the WAL takes several of them */
#define ROOM_LEAST  (UINT64_C(64) << 20) /* [bytes] under this the log soon stops, and with it prices */
#define ROOM_LITTLE (UINT64_C(1) << 30)  /* [bytes] */

/* --- clock --- */

static int64_t clock_of(clockid_t which)
{
	struct timespec now;

	clock_gettime(which, &now);
	return now.tv_sec * SP_SEC + now.tv_nsec;
}

static void find_synchronised(sp_findings *findings)
{
	struct timex kernel = {0};
	int state = adjtimex(&kernel);

	if (state < 0)
		sp_finding_add(findings, SP_FINDING_WARN, "clock", "", "whether it is synchronised cannot be seen: %s",
		               strerror(errno));
	else if (state == TIME_ERROR || (kernel.status & STA_UNSYNC))
		sp_finding_add(findings, SP_FINDING_WARN, "clock",
		               "run chrony or systemd-timesyncd; signals are judged by their time",
		               "nothing says that it is synchronised (NTP)");
	else
		sp_finding_add(findings, SP_FINDING_OK, "clock", "", "synchronised, error at most %ld ms",
		               kernel.maxerror / 1000);
}

void sp_machine_clock(sp_findings *findings)
{
	const struct timespec moment = {.tv_nsec = WATCH_MS * SP_MS};
	int64_t before_ns = clock_of(CLOCK_REALTIME) - clock_of(CLOCK_BOOTTIME), apart_ns;
	char t[SP_TIME_TEXT_MAX];

	nanosleep(&moment, NULL);
	apart_ns = clock_of(CLOCK_REALTIME) - clock_of(CLOCK_BOOTTIME) - before_ns;
	if (llabs(apart_ns) > STEP_NS)
		sp_finding_add(
		    findings, SP_FINDING_BAD, "clock", "find out what sets it; ticks follow the monotonic clock meanwhile",
		    "it jumped by %lld ms against the monotonic one in %d ms", (long long)(apart_ns / SP_MS), WATCH_MS);
	else
		sp_finding_add(findings, SP_FINDING_OK, "clock", "", "%s; runs as the monotonic one does",
		               sp_time_format(clock_of(CLOCK_REALTIME) / SP_SEC * SP_SEC, t));
	find_synchronised(findings);
}

/* --- state directory --- */

static void find_owner(sp_findings *findings, const char *path, const struct stat *found)
{
	if (found->st_uid != geteuid())
		sp_finding_add(findings, SP_FINDING_WARN, "state", "ask as that user; the daemon runs as its owner",
		               "%s belongs to the user with id %u, you are %u", path, found->st_uid, geteuid());
	else if (found->st_mode & (S_IRWXG | S_IRWXO))
		sp_finding_add(findings, SP_FINDING_BAD, "state", "chmod 700 it: prices to come, and later keys, are in there",
		               "%s can be entered by others (mode %03o)", path, found->st_mode & 0777);
	else
		sp_finding_add(findings, SP_FINDING_OK, "state", "", "%s, its owner's alone", path);
}

static void find_system(sp_findings *findings, const struct statfs *disk)
{
	if (disk->f_type == TMPFS_MAGIC || disk->f_type == RAMFS_MAGIC)
		sp_finding_add(findings, SP_FINDING_BAD, "disk", "give --state a directory on a disk",
		               "the state directory is in memory: the log is lost with the power");
	else if (disk->f_type == NFS_SUPER_MAGIC || disk->f_type == SMB_SUPER_MAGIC)
		sp_finding_add(findings, SP_FINDING_BAD, "disk", "give --state a directory on a local disk",
		               "the state directory is on another machine: SQLite's WAL is not safe there");
}

static void find_room(sp_findings *findings, const struct statfs *disk)
{
	uint64_t left = (uint64_t)disk->f_bavail * (uint64_t)disk->f_bsize,
	         whole = disk->f_blocks * (uint64_t)disk->f_bsize;
	double share = whole > 0 ? (double)left / (double)whole : 0;
	sp_finding_level level = left < ROOM_LEAST ? SP_FINDING_BAD : left < ROOM_LITTLE ? SP_FINDING_WARN : SP_FINDING_OK;

	if (level == SP_FINDING_OK && disk->f_files > 0 && disk->f_ffree < 100)
		level = SP_FINDING_BAD;
	sp_finding_add(findings, level, "disk",
	               level == SP_FINDING_OK ? ""
	                                      : "make room, or lower keep_inputs; when it is full "
	                                        "prices hold and senders wait",
	               "%.1f GB free, %.0f %%%s", (double)left / 1e9, 100 * share,
	               level == SP_FINDING_BAD && left >= ROOM_LEAST ? ", but hardly a file more" : "");
}

/* The directory itself, or the nearest one above it that is there. */
static void nearest_directory(const char *path, char nearest[PATH_MAX])
{
	struct stat found;
	char *slash;

	snprintf(nearest, PATH_MAX, "%s", path);
	while ((stat(nearest, &found) != 0 || !S_ISDIR(found.st_mode)) && (slash = strrchr(nearest, '/')) &&
	       slash > nearest)
		*slash = '\0';
	if (stat(nearest, &found) != 0)
		strcpy(nearest, nearest[0] == '/' ? "/" : ".");
}

void sp_machine_state(sp_findings *findings, const char *path)
{
	char nearest[PATH_MAX];
	struct statfs disk;
	struct stat found;

	if (stat(path, &found) != 0 && errno == ENOENT)
		sp_finding_add(findings, SP_FINDING_OK, "state", "", "%s: not there yet; `setpoint run' makes it", path);
	else if (stat(path, &found) != 0)
		sp_finding_add(findings, SP_FINDING_BAD, "state", "see who may enter the directories above it", "%s: %s", path,
		               strerror(errno));
	else if (!S_ISDIR(found.st_mode))
		sp_finding_add(findings, SP_FINDING_BAD, "state", "give --state a directory", "%s is no directory", path);
	else
		find_owner(findings, path, &found);
	nearest_directory(path, nearest);
	if (statfs(nearest, &disk) != 0) {
		sp_finding_add(findings, SP_FINDING_WARN, "disk", "", "%s: %s", nearest, strerror(errno));
		return;
	}
	find_system(findings, &disk);
	find_room(findings, &disk);
}

/* --- how fast it keeps --- */

static int by_length(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The times of all tries; 0, or why it could not be tried. */
static int try_sync(int fd, int64_t spans_ns[SYNC_TRIES])
{
	static const char page[SYNC_BYTES] = "setpoint doctor";

	for (int i = 0; i < SYNC_TRIES; i++) {
		int64_t from_ns = clock_of(CLOCK_MONOTONIC);
		if (pwrite(fd, page, sizeof page, (off_t)i * SYNC_BYTES) != (ssize_t)sizeof page || fdatasync(fd) != 0)
			return errno ? errno : EIO;
		spans_ns[i] = clock_of(CLOCK_MONOTONIC) - from_ns;
	}
	return 0;
}

static void judge_sync(sp_findings *findings, int64_t spans_ns[SYNC_TRIES])
{
	double median_ms, worst_ms;
	bool slow;

	qsort(spans_ns, SYNC_TRIES, sizeof *spans_ns, by_length);
	median_ms = (double)spans_ns[SYNC_TRIES / 2] / SP_MS;
	worst_ms = (double)spans_ns[SYNC_TRIES - 1] / SP_MS;
	slow = spans_ns[SYNC_TRIES / 2] > SYNC_SLOW;
	sp_finding_add(
	    findings, slow ? SP_FINDING_WARN : SP_FINDING_OK, "disk",
	    slow ? "a disk with a cache that survives a power cut is faster; periods of some seconds still work" : "",
	    "keeps 4 KiB for good in %.2f ms (median of %d; the slowest %.2f ms)", median_ms, SYNC_TRIES, worst_ms);
}

void sp_machine_sync(sp_findings *findings, const char *path)
{
	int64_t spans_ns[SYNC_TRIES];
	char file[PATH_MAX + 32], nearest[PATH_MAX];
	int fd, error;

	nearest_directory(path, nearest);
	snprintf(file, sizeof file, "%s/.doctor-XXXXXX", nearest);
	fd = mkostemp(file, O_CLOEXEC);
	if (fd < 0) {
		sp_finding_add(findings, SP_FINDING_BAD, "disk", "see who may write there, and whether it is mounted read-only",
		               "%s: cannot be written to: %s", nearest, strerror(errno));
		return;
	}
	unlink(file);
	error = try_sync(fd, spans_ns);
	close(fd);
	if (error == 0)
		judge_sync(findings, spans_ns);
	else
		sp_finding_add(findings, SP_FINDING_BAD, "disk", "make room, or see what the kernel's log says of this disk",
		               "%s: writing fails: %s", nearest, strerror(error));
}
