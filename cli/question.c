/* question.c - a person is asked for a file; see question.h. Questions go to standard error: the output may go to a file. */
#include "cli/question.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"

bool sp_question_possible(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* Takes off, in place, what stands around a name. */
static void strip(char *text)
{
	size_t first = strspn(text, " \t"), n = strlen(text + first);

	memmove(text, text + first, n + 1);
	while (n > 0 && strchr(" \t\r\n", text[n - 1]))
		text[--n] = '\0';
	if (n < 2 || (text[0] != '\'' && text[0] != '"') || text[n - 1] != text[0])
		return;
	text[n - 1] = '\0';
	memmove(text, text + 1, n - 1);
}

static void expand_home(char text[SP_QUESTION_PATH_MAX])
{
	const char *home = getenv("HOME");
	size_t n = strlen(text), n_home = home ? strlen(home) : 0;

	if (n_home == 0 || strncmp(text, "~/", 2) != 0 || n + n_home > SP_QUESTION_PATH_MAX)
		return;
	memmove(text + n_home, text + 1, n);
	memcpy(text, home, n_home);
}

const char *sp_question_file(const char *what, char answer[SP_QUESTION_PATH_MAX])
{
	SP_ASSERT(what && answer);
	for (;;) {
		fprintf(stderr, "%s (Enter: none): ", what);
		if (!fgets(answer, SP_QUESTION_PATH_MAX, stdin)) {
			fputc('\n', stderr);
			return NULL;
		}
		strip(answer);
		expand_home(answer);
		if (answer[0] == '\0')
			return NULL;
		if (access(answer, R_OK) == 0)
			return answer;
		fprintf(stderr, "  %s: %s\n", answer, strerror(errno));
	}
}
