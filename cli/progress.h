/* progress.h - how far a long command has come, and how long it will still take: one line on stderr, on a terminal only. */
#ifndef SP_CLI_PROGRESS_H
#define SP_CLI_PROGRESS_H

#include "cli/screen.h"

typedef struct sp_progress {
	sp_screen screen;
	const char *what;        /* "replay" */
	double began_s, drawn_s; /* monotonic; drawn 0: not yet */
} sp_progress;

void sp_progress_begin(sp_progress *progress, const char *what);

/* sp_progress_show - draws, at most a few times a second. share: done [1], negative when unknown; where: "2023-11-16
 * 18:40", may be "". */
void sp_progress_show(sp_progress *progress, double share, const char *where);

/* sp_progress_end - clears the line. */
void sp_progress_end(sp_progress *progress);

/* sp_progress_spent - seconds since it began. */
double sp_progress_spent(const sp_progress *progress);

#endif
