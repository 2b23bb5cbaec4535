/* place.c - see place.h. */
#include "bench/live/place.h"

#include <errno.h>
#include <ftw.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/live/child.h"

#define PLACE_OPEN_MAX 16 /* directories that nftw keeps open */

static volatile pid_t place_bench;

void sp_bench_fail(const char *format, ...)
{
	va_list list;

	fflush(stdout);
	fprintf(stderr, "bench_live: ");
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fprintf(stderr, "\n");
	exit(1);
}

static void place_make(char path[SP_BENCH_PATH_MAX])
{
	const char *folder = getenv("TMPDIR") ? getenv("TMPDIR") : "/var/tmp";
	struct statfs disk;

	if ((size_t)snprintf(path, SP_BENCH_PATH_MAX, "%s/sp-bench-XXXXXX", folder) >= SP_BENCH_PATH_MAX - 40)
		sp_bench_fail("%s: too long a path for sockets; give TMPDIR a shorter one", folder);
	if (!mkdtemp(path))
		sp_bench_fail("%s: %s", path, strerror(errno));
	if (statfs(path, &disk) == 0 && disk.f_type == TMPFS_MAGIC) {
		rmdir(path);
		sp_bench_fail("%s is in memory, and a commit costs nothing there; give TMPDIR a directory on a disk", folder);
	}
}

static int place_remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	(void)remove(path);
	return 0;
}

/* What ends the keeper ends the bench, and the keeper cleans up. */
static void place_end(int number)
{
	if (place_bench > 0)
		kill(place_bench, number);
}

int sp_bench_place_run(int (*bench)(const char *place, char **arguments), char **arguments)
{
	char path[SP_BENCH_PATH_MAX];
	int status = 0;

	place_make(path);
	signal(SIGTERM, place_end);
	signal(SIGINT, SIG_IGN); /* the terminal sends it to the bench, too */
	fflush(stdout);
	place_bench = fork();
	if (place_bench < 0)
		sp_bench_fail("no process can be started: %s", strerror(errno));
	if (place_bench == 0) {
		signal(SIGTERM, SIG_DFL);
		signal(SIGINT, SIG_DFL);
		sp_bench_child_die_with_parent();
		exit(bench(path, arguments));
	}
	while (waitpid(place_bench, &status, 0) < 0 && errno == EINTR)
		;
	nftw(path, place_remove_one, PLACE_OPEN_MAX, FTW_DEPTH | FTW_PHYS);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

void sp_bench_place_sub(const char *place, const char *name, char path[SP_BENCH_PATH_MAX])
{
	if ((size_t)snprintf(path, SP_BENCH_PATH_MAX, "%s/%s", place, name) >= SP_BENCH_PATH_MAX || mkdir(path, 0700) != 0)
		sp_bench_fail("%s/%s: %s", place, name, strerror(errno));
}
