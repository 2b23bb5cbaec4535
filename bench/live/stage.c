/* stage.c - see stage.h. */
#include "bench/live/stage.h"

#include <nng/nng.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/supplemental/util/platform.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/time.h"
#include "bench/clock.h"
#include "bench/live/place.h"
#include "bench/live/watcher.h"
#include "controller/drive/drive.h"
#include "daemon/recorder.h"
#include "transport/socket/listen.h"

#define STAGE_START   (INT64_C(1795478400) * SP_SEC)
#define STAGE_WAITING 8192
#define STAGE_URL_MAX (SP_BENCH_PATH_MAX + 32)
#define STAGE_TRIES   500
#define STAGE_TRY_MS  20
#define STAGE_WARM    4 /* ticks that nobody counts, before each run */

struct sp_bench_stage {
	sp_bench_town town;
	char folder[SP_BENCH_PATH_MAX];
	char freeze[STAGE_URL_MAX], prices[STAGE_URL_MAX], book[STAGE_URL_MAX], hop_url[STAGE_URL_MAX];
	sp_config *config;
	sp_drive *drive;
	sp_log_file *log, *second;
	sp_feed *feed;
	sp_gate gate;
	sp_wake wake;
	sp_journal journal;
	sp_recorder *recorder;
	sp_news news;
	sp_epoch epoch;
	atomic_llong ahead_ns; /* of tick time before CLOCK_MONOTONIC */
	int64_t end_ns, seq, published_ns;
	uint32_t ticks;
	nng_socket hop;
	uint64_t hops;
	sp_bench_child watcher, crowd;
	bool watched;
};

static int64_t stage_now(void *context)
{
	sp_bench_stage *stage = context;

	return sp_bench_now_ns() + atomic_load(&stage->ahead_ns);
}

static void must(sp_status status, const sp_message *message)
{
	if (status != SP_OK)
		sp_bench_fail("%s: %s", sp_status_name(status), message->text);
}

/* --- opening --- */

static void stage_read(sp_bench_stage *stage)
{
	char path[SP_BENCH_PATH_MAX + 16];
	sp_complaints complaints = {0};
	sp_message message = {""};

	sp_bench_town_write(&stage->town, stage->folder, path, sizeof path);
	if (sp_config_read(path, &stage->config, &complaints) != SP_OK)
		sp_bench_fail("%s: %s", path, complaints.n > 0 ? complaints.list[0].text : "?");
	sp_complaints_fini(&complaints);
	must(sp_drive_open(stage->config, &(sp_drive_options){.live = true}, &stage->drive, &message), &message);
}

static sp_log_file *stage_log(sp_bench_stage *stage, const char *name)
{
	sp_log_options options = {.create = true, .engine_version = SP_ENGINE_VERSION};
	char path[SP_BENCH_PATH_MAX + 16];
	sp_log_epoch_row epoch;
	sp_message message = {""};
	sp_log_file *log;

	snprintf(path, sizeof path, "%s/%s.db", stage->folder, name);
	must(sp_log_open(path, &options, &log, &message), &message);
	must(sp_log_epoch(log, &(sp_log_start){.t_ns = STAGE_START}, &epoch, &message), &message);
	stage->epoch.counter = epoch.counter;
	return log;
}

static void stage_listen(sp_bench_stage *stage)
{
	const sp_live *live = sp_config_live(stage->config);
	sp_feed_options options = {
	    .prices = (const char *const[]){stage->prices},
	    .n_prices = 1,
	    .book = (const char *const[]){stage->book},
	    .n_book = 1,
	    .lease_ns = live->lease_ns,
	    .heartbeat_ns = live->heartbeat_ns,
	    .grace_ns = live->grace_ns,
	    .convergence_ns = sp_config_setup(stage->config)->convergence_ns,
	    .now = stage_now,
	    .context = stage,
	};
	sp_message message = {""};

	snprintf(stage->prices, sizeof stage->prices, "ipc://%s/prices", stage->folder);
	snprintf(stage->book, sizeof stage->book, "ipc://%s/book", stage->folder);
	snprintf(stage->hop_url, sizeof stage->hop_url, "ipc://%s/hop", stage->folder);
	must(sp_feed_open(&options, &stage->feed, &message), &message);
	if (nng_pub0_open(&stage->hop) != 0 || nng_socket_set_int(stage->hop, NNG_OPT_SENDBUF, STAGE_WAITING) != 0)
		sp_bench_fail("no PUB socket");
	must(sp_socket_listen(stage->hop, stage->hop_url, 1, NULL, &message), &message);
}

static void stage_record(sp_bench_stage *stage)
{
	sp_message message = {""};
	sp_recorder_options options = {
	    .log = stage->log,
	    .feed = stage->feed,
	    .epoch = stage->epoch,
	    .gate = &stage->gate,
	    .wake = &stage->wake,
	    .journal = &stage->journal,
	    .now = stage_now,
	    .context = stage,
	};

	stage->journal = (sp_journal){.fd = STDERR_FILENO, .least = SP_JOURNAL_WARN};
	snprintf(stage->freeze, sizeof stage->freeze, "%s/FREEZE", stage->folder);
	sp_gate_open(&stage->gate, stage->freeze, STAGE_START, &message);
	must(sp_wake_init(&stage->wake, &message), &message);
	must(sp_recorder_open(&options, &stage->recorder, &message), &message);
}

/* --- who watches --- */

static void stage_await_subscribers(sp_bench_stage *stage, uint32_t n)
{
	sp_feed_counts counts = {.subscribers = 0};

	for (int i = 0; i < 5000 && counts.subscribers != n; i++) {
		nng_msleep(2);
		sp_feed_count(stage->feed, &counts);
	}
	if (counts.subscribers != n)
		sp_bench_fail("%u subscribers instead of %u", counts.subscribers, n);
}

/* Until the hop's far end is there: what is sent before that is lost. */
static void stage_join_hop(sp_bench_stage *stage)
{
	sp_bench_seen seen = {.sight = SP_BENCH_BOOK};

	for (int i = 0; i < STAGE_TRIES && seen.sight != SP_BENCH_HOP; i++) {
		if (nng_send(stage->hop, (char[]){0}, 1, 0) != 0)
			sp_bench_fail("the hop takes nothing");
		if (!sp_bench_watcher_next(&stage->watcher, STAGE_TRY_MS, &seen))
			seen.sight = SP_BENCH_BOOK;
	}
	while (sp_bench_watcher_next(&stage->watcher, STAGE_TRY_MS, &seen))
		;
	if (seen.sight != SP_BENCH_HOP)
		sp_bench_fail("the hop leads nowhere");
	stage->hops = seen.seq;
}

/* There is a book to follow once the first tick is published. */
static void stage_watch(sp_bench_stage *stage)
{
	stage->watcher = sp_bench_watcher_start(stage->prices, stage->book, stage->hop_url);
	stage->watched = true;
	sp_bench_watcher_await(&stage->watcher, SP_BENCH_SNAPSHOT, 0);
	stage_await_subscribers(stage, 1);
	stage_join_hop(stage);
}

void sp_bench_stage_crowd(sp_bench_stage *stage, uint32_t n)
{
	if (stage->crowd.pid)
		sp_bench_child_stop(&stage->crowd);
	if (n > 0)
		stage->crowd = sp_bench_crowd_start(stage->prices, n);
	stage_await_subscribers(stage, n + (stage->watched ? 1 : 0));
}

/* --- a tick --- */

/* Before it: what the pools measure, and when the last one was published. */
static void stage_feed(sp_bench_stage *stage, uint32_t pools)
{
	const sp_setup *setup = sp_drive_setup(stage->drive);
	sp_signal signal = {.t_ns = stage->end_ns - SP_SEC, .kind = SP_KIND_utilization};
	sp_command published = {.kind = SP_COMMAND_PUBLISHED, .published_ns = stage->published_ns};
	sp_message message = {""};

	if (stage->published_ns > 0)
		must(sp_drive_command(stage->drive, &published, "", &message), &message);
	must(sp_drive_message(stage->drive, SP_BENCH_SOURCE, ++stage->seq, &signal.source, NULL, &message), &message);
	signal.value.real = sp_bench_town_utilization(stage->ticks);
	for (uint32_t i = 0; i < pools; i++) {
		sp_refusal refusal;
		signal.subject = setup->pools[i].subject;
		must(sp_drive_take(stage->drive, &signal, &refusal, &message), &message);
		SP_ASSERT(refusal == SP_REFUSED_none);
	}
}

/* As in daemon/loop.c. */
static void stage_collect(sp_bench_stage *stage)
{
	const sp_tick *tick = sp_drive_last(stage->drive);
	const sp_engine *engine = sp_drive_engine(stage->drive);

	sp_news_clear(&stage->news);
	for (uint32_t i = 0; i < tick->n_families; i++) {
		if ((stage->ticks == 0 || tick->decisions[i].recorded) &&
		    sp_news_add(&stage->news, engine, i, stage->feed) != SP_OK)
			sp_bench_fail("out of memory");
	}
	sp_news_done(&stage->news);
}

static void stage_await_result(sp_bench_stage *stage, sp_job_result *result)
{
	while (!sp_recorder_result(stage->recorder, result))
		sp_wake_sleep(&stage->wake, SP_SEC);
	SP_ASSERT(result->stored && result->barred == 0);
}

typedef struct tick_times {
	int64_t start, closed, collected, done; /* CLOCK_MONOTONIC */
	sp_job_result result;
} tick_times;

static tick_times stage_tick(sp_bench_stage *stage, sp_job *job)
{
	tick_times at;
	sp_message message = {""};

	at.start = sp_bench_now_ns();
	atomic_store(&stage->ahead_ns, stage->end_ns - at.start);
	sp_gate_begin(&stage->gate, stage->end_ns);
	must(sp_drive_pack_tick(stage->drive, stage->end_ns, &job->parcel, &message), &message);
	at.closed = sp_bench_now_ns();
	stage_collect(stage);
	job->news = &stage->news;
	job->setup = sp_drive_setup(stage->drive);
	job->parcel.row.frames = sp_feed_frames(stage->news.groups, stage->news.n);
	at.collected = sp_bench_now_ns();
	sp_recorder_submit(stage->recorder, job);
	stage_await_result(stage, &at.result);
	at.done = sp_bench_now_ns();
	return at;
}

/* --- alone --- */

static double stage_commit_alone(sp_bench_stage *stage, const sp_job *job)
{
	sp_log_receipt receipt;
	sp_message message = {""};
	int64_t start_ns = sp_bench_now_ns();

	must(sp_drive_store(stage->second, &job->parcel, &receipt, &message), &message);
	return (double)(sp_bench_now_ns() - start_ns) / 1e6;
}

static nng_msg *stage_message(sp_bench_stage *stage, const sp_frame *frame)
{
	static uint8_t bytes[SP_FRAME_BYTES_MAX];
	sp_writer writer = {bytes, sizeof bytes, 0};
	nng_msg *message;

	if (sp_frame_encode(frame, &writer) != SP_WIRE_ok || nng_msg_alloc(&message, 0) != 0 ||
	    nng_msg_append(message, bytes, writer.n) != 0)
		sp_bench_fail("no frame for the hop");
	stage->hops++;
	return message;
}

/* The tick's frames, made in advance. */
static double stage_hop_alone(sp_bench_stage *stage)
{
	static nng_msg *messages[SP_FRAME_PRICES_MAX];
	sp_frame frame = {.kind = SP_FRAME_BOOK, .epoch = stage->epoch, .issued_ns = STAGE_START, .lease_ns = SP_SEC};
	uint32_t n = 0;
	int64_t start_ns;

	for (uint32_t i = 0; i < stage->news.n; i += frame.n_groups) {
		frame.groups = stage->news.groups + i;
		frame.n_groups = sp_frame_fit(frame.groups, stage->news.n - i);
		frame.seq++;
		SP_ASSERT(n < SP_FRAME_PRICES_MAX);
		messages[n++] = stage_message(stage, &frame);
	}
	start_ns = sp_bench_now_ns();
	for (uint32_t i = 0; i < n; i++) {
		if (nng_sendmsg(stage->hop, messages[i], 0) != 0)
			sp_bench_fail("the hop takes nothing");
	}
	return (double)(sp_bench_watcher_await(&stage->watcher, SP_BENCH_HOP, stage->hops).at_ns - start_ns) / 1e6;
}

/* --- many ticks --- */

static void stage_note(const sp_bench_stage *stage, const tick_times *at, const sp_bench_seen *seen,
                       sp_bench_steps *steps)
{
	int64_t published = at->result.published_ns - atomic_load(&stage->ahead_ns);

	sp_bench_series_add(&steps->engine, (double)(at->closed - at->start) / 1e6);
	sp_bench_series_add(&steps->news, (double)(at->collected - at->closed) / 1e6);
	sp_bench_series_add(&steps->commit, (double)(published - at->collected) / 1e6);
	sp_bench_series_add(&steps->frames, (double)(seen->at_ns - published) / 1e6);
	sp_bench_series_add(&steps->path, (double)(seen->at_ns - at->start) / 1e6);
	sp_bench_series_add(&steps->turn, (double)(at->done - at->start) / 1e6);
	steps->prices = (uint32_t)stage->news.n_prices;
	steps->gaps = seen->gaps;
	steps->repaired = seen->repaired;
}

/* The first tick gives the feed its book, and the second log its configuration; then there is something to watch. */
static void stage_begin(sp_bench_stage *stage)
{
	sp_job job = {.keep_age_ns = 0};

	stage->end_ns += SP_MIN;
	stage_feed(stage, 0);
	(void)stage_tick(stage, &job);
	(void)stage_commit_alone(stage, &job);
	sp_drive_stored(stage->drive);
	stage->ticks++;
	stage_watch(stage);
}

sp_bench_stage *sp_bench_stage_open(const char *place, const char *name, const sp_bench_town *town)
{
	sp_bench_stage *stage = calloc(1, sizeof *stage);

	SP_ASSERT(stage != NULL);
	stage->town = *town;
	stage->end_ns = STAGE_START;
	atomic_store(&stage->ahead_ns, STAGE_START - sp_bench_now_ns());
	sp_bench_place_sub(place, name, stage->folder);
	stage_read(stage);
	stage->log = stage_log(stage, "log");
	stage->second = stage_log(stage, "second");
	stage_listen(stage);
	stage_record(stage);
	stage_begin(stage);
	return stage;
}

void sp_bench_stage_close(sp_bench_stage *stage)
{
	sp_bench_stage_crowd(stage, 0);
	if (stage->watched)
		sp_bench_child_stop(&stage->watcher);
	sp_recorder_close(stage->recorder);
	sp_feed_close(stage->feed);
	nng_close(stage->hop);
	sp_gate_close(&stage->gate);
	sp_wake_fini(&stage->wake);
	sp_news_fini(&stage->news);
	sp_drive_close(stage->drive);
	sp_log_close(stage->log);
	sp_log_close(stage->second);
	sp_config_close(stage->config);
	free(stage);
}

static void stage_once(sp_bench_stage *stage, uint32_t pools, bool alone, sp_bench_steps *steps)
{
	sp_job job = {.keep_age_ns = 0};
	sp_bench_seen seen;
	tick_times at;
	uint64_t last;

	stage->end_ns += SP_MIN;
	stage_feed(stage, pools);
	at = stage_tick(stage, &job);
	stage->published_ns = at.result.published_ns;
	steps->n_frames = job.parcel.row.frames;
	steps->families = at.result.published;
	if (steps->n_frames > 0) {
		last = at.result.receipt.first_seq + steps->n_frames - 1;
		seen = sp_bench_watcher_await(&stage->watcher, SP_BENCH_BOOK, last);
		stage_note(stage, &at, &seen, steps);
	}
	if (alone && steps->n_frames > 0) {
		sp_bench_series_add(&steps->alone, stage_commit_alone(stage, &job));
		sp_bench_series_add(&steps->hop, stage_hop_alone(stage));
	}
	sp_drive_stored(stage->drive);
	stage->ticks++;
}

void sp_bench_stage_run(sp_bench_stage *stage, uint32_t ticks, uint32_t pools, bool alone, sp_bench_steps *steps)
{
	uint32_t n = 0;

	SP_ASSERT(pools > 0 && pools <= stage->town.pools);
	for (uint32_t i = 0; i < stage->town.families; i++)
		n += i % stage->town.pools < pools;
	for (uint32_t i = 0; i < STAGE_WARM; i++)
		stage_once(stage, pools, alone, steps);
	memset(steps, 0, sizeof *steps);
	for (uint32_t i = 0; i < ticks; i++) {
		stage_once(stage, pools, alone, steps);
		if (steps->families != n)
			sp_bench_fail("%u families moved instead of %u: the first %s, since %s", steps->families, n,
			              sp_outcome_name(sp_drive_last(stage->drive)->decisions[0].outcome),
			              sp_drive_last(stage->drive)->decisions[0].reason);
	}
}
