/* question.h - a person at a terminal is asked for a file. */
#ifndef SP_CLI_QUESTION_H
#define SP_CLI_QUESTION_H

#include <stdbool.h>

#define SP_QUESTION_PATH_MAX 4096

/* sp_question_possible - is there a person: do we read from a terminal, and does the question come to one? */
bool sp_question_possible(void);

/* sp_question_file - asks until the answer names a file that can be read, or nothing. Blanks and quotes around the name, which
 * terminals add to a file that is dropped on them, are taken off; ~/ is the home directory.
 *
 * in     what: the question, without a mark
 * out    the path, in `answer`; or NULL for none */
const char *sp_question_file(const char *what, char answer[SP_QUESTION_PATH_MAX]);

#endif
