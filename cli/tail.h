/* tail.h - the last decisions of a log, with the alarms raised and cleared among them; and those that follow. */
#ifndef SP_CLI_TAIL_H
#define SP_CLI_TAIL_H

#include "cli/screen.h"
#include "controller/log/log.h"

typedef struct sp_tail {
	const char *path;
	const char *family; /* NULL: all; else its decisions and its own alarms only */
	int64_t lines;      /* so many decisions at first */
	bool json;
	sp_screen screen;
	/* the tail's own */
	int64_t skip;                 /* decisions not to print first */
	int64_t seen;                 /* decisions that passed */
	int64_t last_id, last_tick;   /* of the last decision, and the last alarm read */
	struct sp_tail_alarm *alarms; /* read, and not printed yet: their turn comes with their tick */
	size_t n_alarms, at_alarm, room;
} sp_tail;

/* sp_tail_show - prints the last lines to stdout; tail->seen is 0 when there was nothing to show. */
sp_status sp_tail_show(sp_tail *tail, sp_log_file *log, sp_message *message);

/* sp_tail_follow - waits a moment and prints what has come since. A log that was rotated away is opened anew under its name:
 * *log is the caller's to close. */
sp_status sp_tail_follow(sp_tail *tail, sp_log_file **log, sp_message *message);

void sp_tail_fini(sp_tail *tail);

#endif
