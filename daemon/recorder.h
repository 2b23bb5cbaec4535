/* recorder.h - the one who writes: commits what the loop hands over, then lets it out.
 *
 * A thread with the only connection that writes the log. It has one job at a time: tick n+1 waits for tick n's commit. A commit
 * that fails is tried again with the same bytes, once a second, until it succeeds or the daemon stops. */
#ifndef SP_DAEMON_RECORDER_H
#define SP_DAEMON_RECORDER_H

#include "controller/drive/drive.h"
#include "daemon/gate.h"
#include "daemon/journal.h"
#include "daemon/news.h"
#include "daemon/wake.h"

#define SP_RECORDER_RETRY_NS SP_SEC /* a full disk is not filled faster by asking more often */

typedef struct sp_recorder sp_recorder; /* opaque */

typedef struct sp_recorder_options {
	sp_log_file *log; /* its from now on, until sp_recorder_close */
	sp_feed *feed;
	sp_epoch epoch;
	bool begun; /* the feed has been given its book; else the first tick of which nothing is held gives it the whole */
	sp_gate *gate;
	sp_wake *wake;
	const sp_journal *journal;
	int64_t (*now)(void *context); /* the tick clock; from any thread */
	void *context;
} sp_recorder_options;

/* What the loop hands over; all of it stays the loop's, untouched until the job is done. */
typedef struct sp_job {
	sp_drive_parcel parcel;
	sp_news *news;                   /* of a tick */
	const sp_setup *setup;           /* that the news is of */
	int64_t keep_age_ns, keep_bytes; /* keep_inputs */
} sp_job;

typedef struct sp_job_result {
	bool stored; /* false: the daemon stops, and it could not be stored */
	bool is_tick;
	uint8_t head[SP_HASH_SIZE]; /* of the log's chain, after it */
	sp_log_receipt receipt;     /* of a tick */
	int64_t t_ns;               /* of the tick */
	int64_t published_ns;       /* 0: nothing was published */
	uint32_t published, barred; /* families */
} sp_job_result;

sp_status sp_recorder_open(const sp_recorder_options *options, sp_recorder **recorder, sp_message *message);

/* sp_recorder_close - gives up what cannot be stored, ends the thread. The log is the caller's again. */
void sp_recorder_close(sp_recorder *recorder); /* NULL is accepted */

/* sp_recorder_submit - hands a job over. It must be idle (asserted), and the last result have been taken. */
void sp_recorder_submit(sp_recorder *recorder, const sp_job *job);
bool sp_recorder_idle(sp_recorder *recorder);

/* sp_recorder_result - what became of the last job, once; false: it goes on, or there was none. */
bool sp_recorder_result(sp_recorder *recorder, sp_job_result *result);

/* sp_recorder_failing - since when the job in hand has been failing, and why; 0: it is not. */
int64_t sp_recorder_failing(sp_recorder *recorder, sp_message *why);

#endif
