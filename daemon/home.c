/* home.c - see home.h. */
#include "daemon/home.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/time.h"
#include "daemon/clock.h"

#define HOME_LOCK_MAX   4096           /* [bytes] of the lock file: a path and two short lines */
#define HOME_SOCKET     "/run/control" /* no name in run/ is longer */
#define HOME_SOCKET_MAX (sizeof((struct sockaddr_un *)0)->sun_path - 1)

_Static_assert(HOME_SOCKET_MAX == 107, "home.h says so");

/* --- where it is --- */

static char *home_join(const char *first, const char *second)
{
	char *path;

	return asprintf(&path, "%s%s", first, second) < 0 ? NULL : path;
}

char *sp_home_default(void)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state && state[0] == '/')
		return home_join(state, "/setpoint");
	return home && home[0] == '/' ? home_join(home, "/.local/state/setpoint") : NULL;
}

/* Absolute, for the daemon's life and others' messages; without slashes at its end. */
static sp_status home_absolute(const char *path, char **absolute, sp_message *message)
{
	char *here = NULL, *whole;

	if (path[0] == 0)
		return sp_message_set(message, SP_E_SYNTAX, "the state directory's path is empty");
	if (path[0] != '/' && !(here = getcwd(NULL, 0)))
		return sp_home_fault(path, "the current directory is not there", errno, message);
	if (asprintf(&whole, "%s%s%s", here ? here : "", here ? "/" : "", path) < 0)
		whole = NULL;
	free(here);
	if (!whole)
		return sp_message_set(message, SP_E_MEMORY, "%s: out of memory", path);
	for (size_t n = strlen(whole); n > 1 && whole[n - 1] == '/'; n--)
		whole[n - 1] = 0;
	*absolute = whole;
	return SP_OK;
}

static bool home_name_parts(sp_home *home)
{
	const struct {
		char **to;
		const char *name;
		bool socket;
	} parts[] = {{&home->db, "/setpoint.db", false},   {&home->freeze, "/FREEZE", false},
	             {&home->lock, "/lock", false},        {&home->signals, "/run/signals", true},
	             {&home->prices, "/run/prices", true}, {&home->book, "/run/book", true},
	             {&home->control, HOME_SOCKET, true}};
	bool all = true;

	for (size_t i = 0; i < sizeof parts / sizeof parts[0] && all; i++) {
		if (asprintf(parts[i].to, "%s%s%s", parts[i].socket ? "ipc://" : "", home->path, parts[i].name) < 0)
			*parts[i].to = NULL;
		all = *parts[i].to != NULL;
	}
	return all;
}

sp_status sp_home_find(const char *path, sp_home *home, sp_message *message)
{
	sp_home found = {.lock_fd = -1};
	sp_status status;

	SP_ASSERT(path && home);
	status = home_absolute(path, &found.path, message);
	if (status == SP_OK && strlen(found.path) + strlen(HOME_SOCKET) > HOME_SOCKET_MAX)
		status = sp_message_set(message, SP_E_RANGE,
		                        "%s: its sockets' paths would have %zu bytes, unix sockets allow %zu: name a shorter "
		                        "directory with --state, or a short symbolic link to this one",
		                        found.path, strlen(found.path) + strlen(HOME_SOCKET), HOME_SOCKET_MAX);
	if (status == SP_OK && !home_name_parts(&found))
		status = sp_message_set(message, SP_E_MEMORY, "%s: out of memory", path);
	if (status == SP_OK)
		*home = found;
	else
		sp_home_fini(&found);
	return status;
}

void sp_home_fini(sp_home *home)
{
	char *const texts[] = {home->path,    home->db,     home->freeze, home->lock,
	                       home->signals, home->prices, home->book,   home->control};

	SP_ASSERT(home);
	if (home->lock_fd >= 0) {
		(void)!ftruncate(home->lock_fd, 0); /* a clean end leaves nobody's name */
		close(home->lock_fd);
	}
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		free(texts[i]);
	*home = (sp_home){.lock_fd = -1};
}

/* --- what is wrong with it --- */

static sp_status home_status(int number)
{
	switch (number) {
	case EACCES:
	case EPERM:
	case EROFS:
		return SP_E_PERMISSION;
	case ENOSPC:
	case EDQUOT:
		return SP_E_DISK_FULL;
	case ENOMEM:
		return SP_E_MEMORY;
	default:
		return SP_E_IO;
	}
}

static const char *home_cure(sp_status status)
{
	switch (status) {
	case SP_E_PERMISSION:
		return "check who owns it and its folder";
	case SP_E_DISK_FULL:
		return "free some space";
	case SP_E_MEMORY:
		return "give it more memory";
	default:
		return "check the path and the disk";
	}
}

sp_status sp_home_fault(const char *path, const char *doing, int number, sp_message *message)
{
	sp_status status = home_status(number);

	SP_ASSERT(path && doing);
	return sp_message_set(message, status, "%s: %s: %s; %s", path, doing, strerror(number), home_cure(status));
}

static sp_status home_check_owner(const char *path, const struct stat *found, sp_message *message)
{
	if (found->st_uid == geteuid())
		return SP_OK;
	return sp_message_set(message, SP_E_PERMISSION,
	                      "%s belongs to user %u and this is user %u: run it as that user, name another directory with "
	                      "--state, or: chown -R %u %s",
	                      path, found->st_uid, geteuid(), geteuid(), path);
}

/* --- the directory --- */

/* 0700 whatever the umask; one that is there is left as it is. */
static bool home_make(const char *path)
{
	if (mkdir(path, S_IRWXU) == 0)
		return chmod(path, S_IRWXU) == 0;
	return errno == EEXIST;
}

static bool home_make_all(char *path)
{
	bool made = true;

	for (char *at = strchr(path + 1, '/'); at && made; at = strchr(at + 1, '/')) {
		*at = 0;
		made = home_make(path);
		*at = '/';
	}
	return made && home_make(path);
}

static int home_open(char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 || errno != ENOENT || !home_make_all(path))
		return fd;
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static sp_status home_check(int folder, const char *path, sp_message *message)
{
	struct stat found;
	sp_status status;

	if (fstat(folder, &found) != 0)
		return sp_home_fault(path, "cannot be looked at", errno, message);
	status = home_check_owner(path, &found, message);
	if (status == SP_OK && (found.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		status =
		    sp_message_set(message, SP_E_PERMISSION, "%s is open to others than its owner (mode %04o): chmod 700 %s",
		                   path, found.st_mode & 07777, path);
	return status;
}

static sp_status home_check_part(int folder, const sp_home *home, const char *name, mode_t kind, sp_message *message)
{
	char *path = NULL;
	struct stat found;
	sp_status status = SP_OK;

	if (fstatat(folder, name, &found, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? SP_OK : sp_home_fault(home->path, "cannot be looked into", errno, message);
	if (asprintf(&path, "%s/%s", home->path, name) < 0)
		return sp_message_set(message, SP_E_MEMORY, "%s: out of memory", home->path);
	if ((found.st_mode & S_IFMT) != kind)
		status = sp_message_set(message, SP_E_PERMISSION, "%s is no %s: move it away", path,
		                        kind == S_IFDIR ? "directory" : "plain file");
	else
		status = home_check_owner(path, &found, message);
	free(path);
	return status;
}

static sp_status home_check_parts(int folder, const sp_home *home, sp_message *message)
{
	static const struct {
		const char *name;
		mode_t kind;
	} parts[] = {{"lock", S_IFREG},
	             {"setpoint.db", S_IFREG},
	             {"setpoint.db-wal", S_IFREG},
	             {"setpoint.db-shm", S_IFREG},
	             {"archive", S_IFDIR},
	             {"keys", S_IFDIR},
	             {"run", S_IFDIR}};
	sp_status status = SP_OK;

	for (size_t i = 0; i < sizeof parts / sizeof parts[0] && status == SP_OK; i++)
		status = home_check_part(folder, home, parts[i].name, parts[i].kind, message);
	return status;
}

static sp_status home_make_run(int folder, const sp_home *home, sp_message *message)
{
	if ((mkdirat(folder, "run", S_IRWXU) != 0 && errno != EEXIST) || fchmodat(folder, "run", S_IRWXU, 0) != 0)
		return sp_home_fault(home->path, "run/ cannot be made in it", errno, message);
	return SP_OK;
}

/* --- the lock --- */

/* Who holds it, as far as the file says. */
static sp_status home_is_busy(int fd, const sp_home *home, sp_message *message)
{
	char text[HOME_LOCK_MAX + 1], since[SP_TIME_TEXT_MAX], config[HOME_LOCK_MAX];
	ssize_t n = pread(fd, text, HOME_LOCK_MAX, 0);
	long process = 0;

	text[n > 0 ? n : 0] = 0;
	if (sscanf(text, "process %ld\nsince %35s\nconfiguration %4095[^\n]", &process, since, config) == 3)
		return sp_message_set(message, SP_E_BUSY, "another daemon holds %s: process %ld since %s, with %s", home->path,
		                      process, since, config);
	return sp_message_set(message, SP_E_BUSY, "another daemon holds %s: it is just starting", home->path);
}

/* For people; that it cannot be written is no reason not to start. */
static void home_sign(int fd, const char *config)
{
	char text[HOME_LOCK_MAX], since[SP_TIME_TEXT_MAX], *path = realpath(config, NULL);
	int n = snprintf(text, sizeof text, "process %ld\nsince %s\nconfiguration ", (long)getpid(),
	                 sp_time_format(sp_clock_wall() / SP_SEC * SP_SEC, since));

	for (const char *at = path ? path : config; *at && (size_t)n + 1 < sizeof text; at++)
		text[n++] = (unsigned char)*at < 0x20 || *at == 0x7f ? '?' : *at;
	text[n++] = '\n';
	(void)!ftruncate(fd, 0);
	(void)!pwrite(fd, text, (size_t)n, 0);
	free(path);
}

static sp_status home_lock(int folder, sp_home *home, const char *config, sp_message *message)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = openat(folder, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
	sp_status status;

	if (fd < 0)
		return sp_home_fault(home->lock, "cannot be opened", errno, message);
	if (fcntl(fd, F_OFD_SETLK, &lock) == 0) {
		(void)fchmod(fd, S_IRUSR | S_IWUSR);
		home_sign(fd, config);
		home->lock_fd = fd;
		return SP_OK;
	}
	if (errno == EAGAIN || errno == EACCES)
		status = home_is_busy(fd, home, message);
	else
		status = sp_home_fault(home->lock, "cannot be locked", errno, message);
	close(fd);
	return status;
}

sp_status sp_home_take(const char *path, const char *config, sp_home *home, sp_message *message)
{
	sp_home found = {.lock_fd = -1};
	sp_status status;
	int folder;

	SP_ASSERT(config);
	status = sp_home_find(path, &found, message);
	if (status != SP_OK)
		return status;
	folder = home_open(found.path);
	status = folder < 0 ? sp_home_fault(found.path, "cannot be opened as a directory", errno, message)
	                    : home_check(folder, found.path, message);
	if (status == SP_OK)
		status = home_check_parts(folder, &found, message);
	if (status == SP_OK)
		status = home_lock(folder, &found, config, message);
	if (status == SP_OK)
		status = home_make_run(folder, &found, message);
	if (folder >= 0)
		close(folder);
	if (status == SP_OK)
		*home = found;
	else
		sp_home_fini(&found);
	return status;
}
