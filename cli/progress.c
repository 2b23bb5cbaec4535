/* progress.c - one line that tells how far it is; see progress.h. */
#include "cli/progress.h"

#include <math.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "base/time.h"
#include "cli/number.h"

#define EVERY_S   0.1 /* as often as an eye follows */
#define PATIENT_S 0.5 /* what is over sooner needs no bar */
#define BAR       30  /* [columns] */

static double progress_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void sp_progress_begin(sp_progress *progress, const char *what)
{
	SP_ASSERT(what);
	*progress = (sp_progress){.screen = sp_screen_of(stderr), .what = what, .began_s = progress_clock()};
}

double sp_progress_spent(const sp_progress *progress)
{
	return progress_clock() - progress->began_s;
}

/* A bar in eighths of a column, or in '#'. */
static void draw_bar(const sp_screen *screen, double share)
{
	static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
	int parts = (int)(share * BAR * 8), whole = parts / 8, columns = whole;

	fputs(sp_screen_paint(screen, SP_COLOUR_CYAN), stderr);
	for (int i = 0; i < whole; i++)
		fputs(sp_screen_pick(screen, "█", "#"), stderr);
	if (screen->utf8 && parts % 8) {
		fputs(eighths[parts % 8], stderr);
		columns++;
	}
	fputs(sp_screen_paint(screen, SP_COLOUR_PLAIN), stderr);
	fprintf(stderr, "%*s", BAR - columns, "");
}

void sp_progress_show(sp_progress *progress, double share, const char *where)
{
	const char *edge = sp_screen_pick(&progress->screen, "▕", "[");
	double now_s = progress_clock(), spent_s = now_s - progress->began_s;
	char left[SP_SPAN_TEXT_MAX], percent[SP_NUMBER_MAX];

	if (!progress->screen.terminal || spent_s < PATIENT_S || now_s - progress->drawn_s < EVERY_S)
		return;
	progress->drawn_s = now_s;
	fprintf(stderr, "\r%s ", progress->what);
	if (share >= 0) {
		share = share > 1 ? 1 : share;
		fputs(edge, stderr);
		draw_bar(&progress->screen, share);
		fprintf(stderr, "%s %5s", sp_screen_pick(&progress->screen, "▏", "]"), sp_number_share(share, percent));
		if (share > 0.01)
			fprintf(stderr, ", %s left", sp_span_words((int64_t)ceil(spent_s * (1 - share) / share) * SP_SEC, left));
	}
	fprintf(stderr, "  %s\033[K", where);
	fflush(stderr);
}

void sp_progress_end(sp_progress *progress)
{
	if (progress->drawn_s > 0)
		fputs("\r\033[K", stderr);
	progress->drawn_s = 0;
}
