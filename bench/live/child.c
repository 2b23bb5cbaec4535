/* child.c - see child.h. */
#include "bench/live/child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/live/place.h"

#define CHILD_ARGUMENTS_MAX 8
#define CHILD_SELF          "/proc/self/exe"
#define CHILD_PARENT_DEATH  1 /* PR_SET_PDEATHSIG of prctl(2) */

extern char **environ;

sp_bench_child sp_bench_child_start(const char *const arguments[])
{
	char *list[CHILD_ARGUMENTS_MAX + 2] = {(char[]){CHILD_SELF}};
	posix_spawn_file_actions_t actions;
	sp_bench_child child;
	int ends[2], error;

	for (int i = 0; i < CHILD_ARGUMENTS_MAX && arguments[i]; i++)
		list[i + 1] = strdup(arguments[i]);
	if (pipe2(ends, O_CLOEXEC) != 0)
		sp_bench_fail("no pipe: %s", strerror(errno));
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	error = posix_spawn(&child.pid, CHILD_SELF, &actions, NULL, list, environ);
	if (error != 0)
		sp_bench_fail("no process can be started: %s", strerror(error));
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	child.out = ends[0];
	for (int i = 1; list[i]; i++)
		free(list[i]);
	return child;
}

void sp_bench_child_die_with_parent(void)
{
	syscall(SYS_prctl, CHILD_PARENT_DEATH, SIGKILL);
}

void sp_bench_child_begin(void)
{
	sp_bench_child_die_with_parent();
	if (getppid() == 1)
		exit(1);
}

void sp_bench_child_stop(sp_bench_child *child)
{
	kill(child->pid, SIGTERM);
	while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(child->out);
	child->pid = 0;
}

/* The first line of a file of a thread; "" where it has just ended. */
static const char *child_line(pid_t pid, const char *thread, const char *file, char line[128])
{
	char path[320];
	FILE *opened;

	snprintf(path, sizeof path, "/proc/%d/task/%s/%s", (int)pid, thread, file);
	opened = fopen(path, "r");
	line[0] = '\0';
	if (opened && !fgets(line, 128, opened))
		line[0] = '\0';
	if (opened)
		fclose(opened);
	return line;
}

/* schedstat: time on a core, and time in which one was waited for [ns]. */
static void child_add_thread(sp_bench_cpu *cpu, pid_t pid, const char *thread)
{
	char line[128], *end;
	double used = strtod(child_line(pid, thread, "schedstat", line), &end) / 1e9, waited = strtod(end, NULL) / 1e9;

	if (atoi(thread) == pid) {
		cpu->loop += used;
		cpu->late += waited;
	} else if (strncmp(child_line(pid, thread, "comm", line), "nng:", 4) == 0) {
		cpu->nng += used;
	} else {
		cpu->rest += used;
	}
}

sp_bench_cpu sp_bench_child_cpu(const sp_bench_child *child)
{
	char path[64];
	sp_bench_cpu cpu = {0};
	struct dirent *entry;
	DIR *threads;

	snprintf(path, sizeof path, "/proc/%d/task", (int)child->pid);
	threads = opendir(path);
	if (!threads)
		sp_bench_fail("the process has ended");
	while ((entry = readdir(threads)) != NULL) {
		if (entry->d_name[0] != '.')
			child_add_thread(&cpu, child->pid, entry->d_name);
	}
	closedir(threads);
	return cpu;
}

void sp_bench_cpu_add(sp_bench_cpu *to, sp_bench_cpu before, sp_bench_cpu after)
{
	to->loop += after.loop - before.loop;
	to->nng += after.nng - before.nng;
	to->rest += after.rest - before.rest;
	to->late += after.late - before.late;
}

double sp_bench_cpu_sum(sp_bench_cpu cpu)
{
	return cpu.loop + cpu.nng + cpu.rest;
}

double sp_bench_child_memory(const sp_bench_child *child)
{
	char path[64], line[128];
	double kb = 0;
	FILE *status;

	snprintf(path, sizeof path, "/proc/%d/status", (int)child->pid);
	status = fopen(path, "r");
	while (status && fgets(line, sizeof line, status)) {
		if (strncmp(line, "VmRSS:", 6) == 0)
			kb = strtod(line + 6, NULL);
	}
	if (status)
		fclose(status);
	return kb / 1024;
}
