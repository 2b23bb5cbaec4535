/* live.h - a running daemon, as its own files see it: which part belongs to which thread.
 *
 * Private to the room. */
#ifndef SP_DAEMON_LIVE_H
#define SP_DAEMON_LIVE_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "controller/config/live.h"
#include "controller/drive/rerun.h"
#include "daemon/alarms.h"
#include "daemon/clock.h"
#include "daemon/daemon.h"
#include "daemon/gate.h"
#include "daemon/home.h"
#include "daemon/inflow.h"
#include "daemon/journal.h"
#include "daemon/notify.h"
#include "daemon/question.h"
#include "daemon/recorder.h"
#include "daemon/wake.h"
#include "transport/control/control.h"
#include "transport/feed/feed.h"

typedef struct sp_daemon_clock {
	pthread_mutex_t lock;
	sp_tick_clock clock;
} sp_daemon_clock;

typedef struct sp_daemon {
	sp_daemon_options options;
	sp_journal journal;
	sp_home home;
	/* of all threads, each with its own lock */
	sp_daemon_clock clock;
	sp_gate gate;
	sp_feed *feed;
	sp_intake *intake;
	sp_wake wake;
	sp_question question;
	sp_control *control; /* of the control thread, once it runs */
	pthread_t control_thread;
	atomic_bool control_stops;
	/* of the recorder, while it runs */
	sp_log_file *log;
	/* of the loop */
	sp_recorder *recorder;
	sp_notify notify;
	sp_config *config;   /* the file's, last taken up */
	sp_config *recorded; /* the log's, until the file's has taken over */
	sp_drive *drive;
	sp_inflow inflow;
	sp_driver_alarms alarms;
	sp_news news;
	sp_epoch epoch;
	uint8_t head[SP_HASH_SIZE]; /* of the log's chain, as it was stored last */
	int64_t published_ns;       /* of the last tick, as the engine is still to be told; 0: it knows */
	bool urgent;                /* what waits to be stored does not wait for the next tick */
	bool whole_book;            /* the next tick compares every family with the book */
	bool reload, stopping;      /* asked for */
	sp_message freeze_doubt;    /* what was wrong with the FREEZE file at the last look */
	bool held;                  /* the ring was full when it was looked at last */
	int64_t appended_ns;        /* when inputs were stored last, by CLOCK_BOOTTIME */
	int64_t polled_ns;          /* when the FREEZE file was looked at last */
	int64_t started_ns, last_tick_ns;
	uint64_t ticks, published;
} sp_daemon;

/* Tick time now; any thread. The form with a context is for callbacks. */
int64_t sp_daemon_now(sp_daemon *daemon);
int64_t sp_daemon_now_context(void *daemon);

/* start.c: everything up to the first turn of the loop; on a failure the caller ends what was begun. */
sp_status sp_daemon_start(sp_daemon *daemon, sp_message *message);

/* loop.c: notes signals of the system from now on, but for those that end it; then the loop, until it is told to stop. */
void sp_daemon_catch_signals(sp_daemon *daemon);
void sp_daemon_drop_signals(void); /* nobody is there to follow them any more */
void sp_daemon_loop(sp_daemon *daemon);

/* reload.c: takes up the configuration file as it is now; a refusal raises an alarm and changes nothing. */
void sp_daemon_reload(sp_daemon *daemon);
/* A frozen family may have come, or its pool have changed: the engine is told all scopes anew. */
void sp_daemon_tell_scopes_again(sp_daemon *daemon);
/* The configuration file, with every complaint in the journal. */
sp_status sp_daemon_read_config(sp_daemon *daemon, sp_config **config, sp_message *message);

/* answers.c: the control thread; and what only the loop can answer. */
sp_status sp_daemon_control_start(sp_daemon *daemon, sp_message *message);
void sp_daemon_control_stop(sp_daemon *daemon);
void sp_daemon_answer(sp_daemon *daemon, const sp_control_request *request, sp_control_answer *answer);

/* A command into the engine and its record; there must be room. What the engine refuses is said in the journal. */
void sp_daemon_command(sp_daemon *daemon, const sp_command *command, const char *subject);

#endif
