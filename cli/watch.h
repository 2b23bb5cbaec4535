/* watch.h - what a follower of the feed has seen of each family, and what is new in what comes next.
 *
 * A frame holds a family's whole group, in force and announced; of it only what differs from the last one is told. */
#ifndef SP_CLI_WATCH_H
#define SP_CLI_WATCH_H

#include <stdio.h>

#include "cli/screen.h"
#include "transport/wire/frame.h"

typedef enum sp_watch_event {
	SP_WATCH_SNAPSHOT,  /* known when the watching began */
	SP_WATCH_CHANGE,    /* told by now: at once, or announced for a later date */
	SP_WATCH_IN_FORCE,  /* announced before, and its date has come */
	SP_WATCH_WITHDRAWN, /* announced before, and no longer */
} sp_watch_event;

/* One piece of news. */
typedef struct sp_watch_news {
	sp_watch_event event;
	const sp_frame *frame;
	const char *family;
	const sp_price *price;
	sp_money before; /* what was told before it: as the frame says, else as was heard; 0: nothing */
} sp_watch_news;

typedef struct sp_watch sp_watch; /* opaque */

/* sp_watch_open - in  tell: called for each piece of news, in order of families, SKUs and versions. NULL when out of memory */
typedef void (*sp_watch_fn)(void *context, const sp_watch_news *news);
sp_watch *sp_watch_open(sp_watch_fn tell, void *context);
void sp_watch_close(sp_watch *watch); /* NULL is accepted */

/* sp_watch_take - a frame with prices: of the book, or a chunk of a snapshot. SP_E_MEMORY */
sp_status sp_watch_take(sp_watch *watch, const sp_frame *frame);

/* What is known now: families, their SKUs, and prices announced for later. */
typedef struct sp_watch_counts {
	uint64_t families, skus, announced;
} sp_watch_counts;

sp_watch_counts sp_watch_count(const sp_watch *watch);

/* sp_watch_words, sp_watch_json - a piece of news as a line for people, and as a JSON line ("setpoint.price/v1"). */
void sp_watch_words(FILE *out, const sp_screen *screen, const sp_watch_news *news);
void sp_watch_json(FILE *out, const sp_watch_news *news);

#endif
