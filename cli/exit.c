/* exit.c - exit codes and last words; see exit.h. */
#include "cli/exit.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"

sp_exit sp_exit_of(sp_status status)
{
	switch (status) {
	case SP_OK:
	case SP_E_END:
		return SP_EXIT_OK;
	case SP_E_SYNTAX:
	case SP_E_RANGE:
	case SP_E_OVERFLOW:
	case SP_E_NOT_FINITE:
	case SP_E_FULL:
	case SP_E_FOREIGN:
	case SP_E_NEWER:
	case SP_E_DAMAGED:
	case SP_E_MISMATCH:
		return SP_EXIT_BAD_INPUT;
	case SP_E_UNKNOWN:
	case SP_E_DUPLICATE:
		return SP_EXIT_USAGE; /* a name on the command line that is not there, or already is */
	case SP_E_IO:
	case SP_E_DISK_FULL:
	case SP_E_ABSENT:
		return SP_EXIT_IO;
	case SP_E_BUSY:
		return SP_EXIT_TEMPORARY;
	case SP_E_UNREACHABLE:
		return SP_EXIT_UNREACHABLE;
	case SP_E_PERMISSION:
		return SP_EXIT_PERMISSION;
	case SP_E_MEMORY:
		return SP_EXIT_FAILURE;
	}
	return SP_EXIT_FAILURE;
}

sp_exit sp_exit_with(sp_status status, const sp_message *message)
{
	if (status == SP_OK || (status == SP_E_IO && ferror(stdout) && sp_exit_reader_gone()))
		return SP_EXIT_OK;
	fflush(stdout);
	fprintf(stderr, "setpoint: %s\n", message && message->text[0] ? message->text : sp_status_text(status));
	return sp_exit_of(status);
}

sp_exit sp_exit_usage(const char *command, const char *format, ...)
{
	va_list args;

	SP_ASSERT(command && format);
	fprintf(stderr, "%s: ", command);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nTry `%s --help'.\n", command);
	return SP_EXIT_USAGE;
}

/* SIGPIPE is ignored (main.c); asking the pipe itself also finds what an earlier write hit. */
bool sp_exit_reader_gone(void)
{
	struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};

	return poll(&out, 1, 0) > 0 && (out.revents & POLLERR);
}

sp_exit sp_exit_flushed(sp_exit code)
{
	int why;
	bool failed;

	errno = 0;
	failed = fflush(stdout) != 0 || ferror(stdout) != 0;
	why = errno;
	if (failed && sp_exit_reader_gone())
		return code;
	if (fclose(stdout) != 0 && errno != EBADF && !failed) {
		failed = true;
		why = errno;
	}
	if (!failed)
		return code;
	fprintf(stderr, "setpoint: standard output: %s; what was printed is not complete\n",
	        why ? strerror(why) : "writing failed");
	return code == SP_EXIT_OK ? SP_EXIT_IO : code;
}
