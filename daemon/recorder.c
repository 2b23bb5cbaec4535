/* recorder.c - commit, then publish; see recorder.h. */
#include "daemon/recorder.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "base/failpoint.h"
#include "base/time.h"

typedef enum recorder_state { RECORDER_IDLE, RECORDER_BUSY, RECORDER_DONE } recorder_state;

struct sp_recorder {
	sp_recorder_options o;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	recorder_state state; /* from here on under the lock */
	bool stop;
	sp_job job;
	sp_job_result result;
	int64_t failing_since_ns; /* 0: it is not */
	sp_message why;
};

static int64_t now_of(const sp_recorder *r)
{
	return r->o.now(r->o.context);
}

/* --- commit --- */

static void fails(sp_recorder *r, const sp_message *why)
{
	bool first;

	pthread_mutex_lock(&r->lock);
	first = r->failing_since_ns == 0;
	if (first)
		r->failing_since_ns = now_of(r);
	r->why = *why;
	pthread_mutex_unlock(&r->lock);
	if (first)
		sp_journal_say(r->o.journal, SP_JOURNAL_ERROR, "commit_failed", why->text);
	sp_wake_ring(r->o.wake);
}

static void succeeds(sp_recorder *r)
{
	bool failed;

	pthread_mutex_lock(&r->lock);
	failed = r->failing_since_ns != 0;
	r->failing_since_ns = 0;
	pthread_mutex_unlock(&r->lock);
	if (failed)
		sp_journal_say(r->o.journal, SP_JOURNAL_NOTE, "commit_resumed", "the log can be written again");
}

/* Waits before the next try; false: the daemon stops. */
static bool wait_to_retry(sp_recorder *r)
{
	struct timespec until;
	bool stop;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += SP_RECORDER_RETRY_NS / SP_SEC;
	pthread_mutex_lock(&r->lock);
	while (!r->stop && pthread_cond_timedwait(&r->changed, &r->lock, &until) != ETIMEDOUT)
		;
	stop = r->stop;
	pthread_mutex_unlock(&r->lock);
	return !stop;
}

/* The same bytes again and again, until they are on the disk. */
static bool commit(sp_recorder *r, const sp_job *job, sp_log_receipt *receipt)
{
	sp_message why = {{0}};

	while (sp_drive_store(r->o.log, &job->parcel, receipt, &why) != SP_OK) {
		fails(r, &why);
		if (!wait_to_retry(r))
			return false;
	}
	succeeds(r);
	return true;
}

/* --- publish --- */

static sp_feed_news news_of(const sp_job *job, const sp_log_receipt *receipt)
{
	sp_feed_news news = {.groups = job->news->groups,
	                     .n_groups = job->news->n,
	                     .first_seq = receipt->first_seq,
	                     .last_seq = receipt->first_seq + job->parcel.row.frames - 1};

	SP_ASSERT(receipt->first_seq > 0 && job->parcel.row.frames > 0);
	memcpy(news.config, job->parcel.row.config, sizeof news.config);
	memcpy(news.head, receipt->head, sizeof news.head);
	return news;
}

/* A book that is not whole is none: families that are missing would lose their prices. */
static bool may_begin(const sp_recorder *r, const sp_job *job, const sp_job_result *result)
{
	return r->o.begun || (result->barred == 0 && job->news->n == job->setup->n_families);
}

static sp_status hand_to_feed(sp_recorder *r, const sp_feed_news *news, sp_job_result *result, sp_message *why)
{
	sp_status status;

	if (r->o.begun)
		return sp_feed_publish(r->o.feed, news, &result->published_ns, why);
	status = sp_feed_begin(r->o.feed, &r->o.epoch, news, why);
	if (status == SP_OK)
		result->published_ns = now_of(r);
	r->o.begun = status == SP_OK;
	return status;
}

/* What is not held goes out; what is held is barred, and the engine will withdraw it. False: the feed found no memory. */
static bool publish(sp_recorder *r, const sp_job *job, sp_job_result *result)
{
	sp_freeze *freeze = &r->o.gate->freeze;
	sp_message why = {{0}};
	sp_feed_news news;

	result->barred += sp_news_bar(job->news, job->setup, freeze, result->t_ns);
	if (result->barred > 0)
		sp_freeze_bar(freeze, result->t_ns);
	news = news_of(job, &result->receipt);
	SP_FAILPOINT(publish_before);
	if (may_begin(r, job, result)) {
		if (hand_to_feed(r, &news, result, &why) != SP_OK) {
			sp_journal_say(r->o.journal, SP_JOURNAL_ERROR, "publish_failed", why.text);
			return false;
		}
		result->published = news.n_groups;
		if (news.n_groups == 0)
			result->published_ns = 0; /* only the number of the last frame went up */
	}
	SP_FAILPOINT(publish_after);
	return true;
}

/* Under the gate's lock from the question who is held to the end of the tick: what freezes after that bars the next one. */
static bool try_to_let_out(sp_recorder *r, const sp_job *job, sp_job_result *result)
{
	sp_gate *gate = r->o.gate;
	bool out;

	pthread_mutex_lock(&gate->lock);
	out = job->parcel.row.frames == 0 || publish(r, job, result);
	if (out) {
		sp_freeze_committed(&gate->freeze, result->t_ns);
		sp_freeze_begin(&gate->freeze, 0);
	}
	pthread_mutex_unlock(&gate->lock);
	return out;
}

/* Nothing committed may be lost to gateways, so it is tried again; between two tries the gate is open to whoever freezes. */
static void let_out(sp_recorder *r, const sp_job *job, sp_job_result *result)
{
	while (!try_to_let_out(r, job, result) && wait_to_retry(r))
		;
}

/* The one place where the order is written: durably committed first, then published (P2). */
static void commit_then_publish(sp_recorder *r, const sp_job *job, sp_job_result *result)
{
	result->is_tick = job->parcel.is_tick;
	result->t_ns = job->parcel.row.t_ns;
	result->stored = commit(r, job, &result->receipt);
	if (result->stored && result->is_tick)
		let_out(r, job, result);
}

/* --- beside it --- */

/* With each checkpoint: what is older than is to be kept, and what exceeds the size. Its failure costs space, nothing else. */
static void prune(sp_recorder *r, const sp_job *job)
{
	sp_message why = {{0}};
	int64_t before_ns = job->parcel.row.t_ns - job->keep_age_ns;

	if (!job->parcel.row.checkpoint || before_ns <= 0)
		return;
	if (sp_log_prune(r->o.log, before_ns, job->keep_bytes, &why) != SP_OK)
		sp_journal_say(r->o.journal, SP_JOURNAL_WARN, "prune_failed", why.text);
}

static void work(sp_recorder *r, const sp_job *job, sp_job_result *result)
{
	commit_then_publish(r, job, result);
	if (!result->stored)
		return;
	sp_log_head(r->o.log, result->head);
	sp_feed_alive(r->o.feed, result->head, now_of(r));
	prune(r, job);
}

static bool next_job(sp_recorder *r, sp_job *job)
{
	bool stop;

	pthread_mutex_lock(&r->lock);
	while (!r->stop && r->state != RECORDER_BUSY)
		pthread_cond_wait(&r->changed, &r->lock);
	stop = r->state != RECORDER_BUSY; /* a job in hand is finished first */
	*job = r->job;
	pthread_mutex_unlock(&r->lock);
	return !stop;
}

static void *recorder_main(void *context)
{
	sp_recorder *r = context;
	sp_job job;

	while (next_job(r, &job)) {
		sp_job_result result = {.stored = false};
		work(r, &job, &result);
		pthread_mutex_lock(&r->lock);
		r->result = result;
		r->state = RECORDER_DONE;
		pthread_mutex_unlock(&r->lock);
		sp_wake_ring(r->o.wake);
	}
	return NULL;
}

/* --- the loop's side --- */

static void init_locks(sp_recorder *r)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&r->changed, &attributes);
	pthread_condattr_destroy(&attributes);
}

sp_status sp_recorder_open(const sp_recorder_options *options, sp_recorder **recorder, sp_message *message)
{
	sp_recorder *r = calloc(1, sizeof *r);

	if (!r)
		return sp_message_set(message, SP_E_MEMORY, "out of memory");
	r->o = *options;
	init_locks(r);
	if (pthread_create(&r->thread, NULL, recorder_main, r) != 0) {
		free(r);
		return sp_message_set(message, SP_E_MEMORY, "no thread can be started");
	}
	*recorder = r;
	return SP_OK;
}

void sp_recorder_close(sp_recorder *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->stop = true;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->changed);
	free(r);
}

void sp_recorder_submit(sp_recorder *r, const sp_job *job)
{
	SP_ASSERT(!job->parcel.is_tick || (job->news && job->setup));
	pthread_mutex_lock(&r->lock);
	SP_ASSERT(r->state == RECORDER_IDLE);
	r->job = *job;
	r->state = RECORDER_BUSY;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

bool sp_recorder_idle(sp_recorder *r)
{
	bool idle;

	pthread_mutex_lock(&r->lock);
	idle = r->state == RECORDER_IDLE;
	pthread_mutex_unlock(&r->lock);
	return idle;
}

bool sp_recorder_result(sp_recorder *r, sp_job_result *result)
{
	bool done;

	pthread_mutex_lock(&r->lock);
	done = r->state == RECORDER_DONE;
	if (done) {
		*result = r->result;
		r->state = RECORDER_IDLE;
	}
	pthread_mutex_unlock(&r->lock);
	return done;
}

int64_t sp_recorder_failing(sp_recorder *r, sp_message *why)
{
	int64_t since_ns;

	pthread_mutex_lock(&r->lock);
	since_ns = r->failing_since_ns;
	if (since_ns != 0)
		*why = r->why;
	pthread_mutex_unlock(&r->lock);
	return since_ns;
}
