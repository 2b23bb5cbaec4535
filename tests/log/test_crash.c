/* P2: nothing committed is lost by a power cut, and nothing half-done is found after one.
 *
 * A workload of commits, appends, checkpoints of the WAL and prunings runs on a disk that tears, drops and reorders what no fsync has
 * promised. At random instants, mostly inside a commit, an image is taken, opened as the next start would, and compared with
 * what had been acknowledged. With synchronous=OFF the same test must find losses, else it proves nothing. */
#include "tests/log/sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/time.h"
#include "controller/log/store.h"
#include "tests/log/crash_vfs.h"

#define CRASH_TICKS     24
#define CRASH_WAL_PAGES 30 /* so that the workload checkpoints its WAL every few ticks */

typedef struct workload {
	sp_rng rng;
	sp_log_sync sync;
	int64_t acked, appended; /* ticks; appends for the tick to come */
	uint64_t epoch, seq;     /* acknowledged */
	uint8_t heads[CRASH_TICKS + 1][SP_HASH_SIZE];
	int64_t countdown; /* changes of the disk until the next image */
	bool appending, starting;
	int images, lost, wanted;
	bool taking;
} workload;

static bool count_input(void *context, int64_t tick, const uint8_t *bytes, size_t n)
{
	(void)tick, (void)bytes, (void)n;
	++*(int64_t *)context;
	return true;
}

/* Are the inputs that had been appended for the tick to come there, and no half one? */
static bool appends_are_kept(sp_log_file *log, const workload *w)
{
	int64_t n = 0;

	if (sp_log_inputs(log, w->acked + 1, count_input, &n, NULL) != SP_OK)
		return false;
	return n == w->appended || (w->appending && n == w->appended + 1);
}

/* What was given out is not given out again. */
static bool feed_is_kept(const sp_log_file *log, const workload *w)
{
	uint64_t epoch, seq;

	sp_log_feed(log, &epoch, NULL, &seq);
	if (epoch != w->epoch && !(w->starting && epoch == w->epoch + 1))
		return false;
	if (epoch == w->epoch && sp_log_last_tick(log, NULL) == w->acked)
		return seq == w->seq;
	return seq >= w->seq;
}

/* What is wrong with an opened image; NULL: it holds all that was acknowledged, at most the one tick more that was in the making,
 * and a chain that verifies. */
static const char *image_fault(sp_log_file *log, const workload *w)
{
	int64_t last = sp_log_last_tick(log, NULL);
	sp_log_verdict verdict;
	sp_log_tick_row row;

	if (last < w->acked)
		return "a committed tick is lost";
	if (last > w->acked + 1)
		return "there is a tick that nobody committed";
	if (w->acked > 0 && sp_log_tick_find(log, w->acked, &row, NULL) != SP_OK)
		return "the last committed tick cannot be read";
	if (w->acked > 0 && memcmp(row.head, w->heads[w->acked], SP_HASH_SIZE) != 0)
		return "the last committed tick is not what was committed";
	if (last == w->acked && !appends_are_kept(log, w))
		return "inputs that were appended are lost";
	if (!feed_is_kept(log, w))
		return "an epoch or a frame's number is lost";
	if (sp_log_verify(log, NULL, NULL, NULL, &verdict, NULL) != SP_OK || !verdict.sound)
		return "the chain does not verify";
	return NULL;
}

/* The log goes on where the image ends. */
static bool image_goes_on(sp_log_file *log)
{
	sp_log_receipt receipt;
	sp_log_verdict verdict;
	sample s;

	sample_make(&s, sp_log_last_tick(log, NULL) + 1);
	return sp_log_commit(log, &s.tick, &receipt, NULL) == SP_OK &&
	       sp_log_verify(log, receipt.head, NULL, NULL, &verdict, NULL) == SP_OK && verdict.sound;
}

static bool image_holds(const char *path, const workload *w)
{
	sp_log_options options = sample_options();
	sp_log_file *log = NULL;
	sp_message message = {""};
	const char *fault = NULL;

	if (sp_log_open(path, &options, &log, &message) != SP_OK)
		fault = message.text;
	else
		fault = image_fault(log, w);
	if (!fault && !image_goes_on(log))
		fault = "the log does not go on";
	if (fault && w->sync == SP_LOG_SYNC_FULL)
		print_error("after tick %lld: %s\n", (long long)w->acked, fault);
	sp_log_close(log);
	return !fault;
}

static void take_image(workload *w)
{
	char folder[512], path[600];

	(void)snprintf(folder, sizeof folder, "%s/image", sp_check_scratch());
	check_i64(mkdir(folder, 0755), 0);
	crash_vfs_image(folder, &w->rng);
	(void)snprintf(path, sizeof path, "%s/log.db", folder);
	w->images++;
	if (!image_holds(path, w))
		w->lost++;
	sample_remove(folder);
}

static void on_change(void *context)
{
	workload *w = context;

	if (w->taking || w->images >= w->wanted || --w->countdown > 0)
		return;
	w->taking = true;
	take_image(w);
	w->taking = false;
	w->countdown = 1 + (int64_t)sp_rng_below(&w->rng, 12);
}

static void commit_one(workload *w, sp_log_file *log, int64_t number)
{
	sp_log_receipt receipt;
	uint8_t noise[4096];
	sample s;

	sample_make(&s, number);
	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (uint8_t)sp_rng_next(&w->rng);
	if (sp_rng_below(&w->rng, 3) == 0) {
		w->appending = true;
		check_status(sp_log_append(log, noise, sizeof noise, NULL), SP_OK);
		w->appending = false;
		w->appended++;
	}
	s.tick.inputs = noise;
	s.tick.n_inputs = (size_t)sp_rng_below(&w->rng, sizeof noise);
	s.tick.frames = sample_frames(log, number);
	check_status(sp_log_commit(log, &s.tick, &receipt, NULL), SP_OK);
	memcpy(w->heads[number], receipt.head, SP_HASH_SIZE);
	w->acked = number;
	w->appended = 0;
	sp_log_feed(log, &w->epoch, NULL, &w->seq);
	if (number % 7 == 0)
		check_status(sp_log_prune(log, sample_time(number - 5), 0, NULL), SP_OK);
}

static void start_one(workload *w, sp_log_file *log)
{
	w->starting = true;
	sample_epoch(log);
	w->starting = false;
	sp_log_feed(log, &w->epoch, NULL, &w->seq);
}

/* One life of a log, with a stop and a start in between. */
static void run_workload(workload *w)
{
	const char *path = "log.db";
	char file[512];
	sp_log_options options = sample_options();
	sp_log_file *log = NULL;

	(void)snprintf(file, sizeof file, "%s/life", sp_check_scratch());
	check_i64(mkdir(file, 0755), 0);
	(void)snprintf(file, sizeof file, "%s/life/%s", sp_check_scratch(), path);
	crash_vfs_reset(sp_rng_next(&w->rng));
	crash_vfs_hook(on_change, w);
	options.vfs = CRASH_VFS;
	options.sync = w->sync;
	w->acked = w->appended = 0;
	w->epoch = w->seq = 0;
	w->countdown = 1 + (int64_t)sp_rng_below(&w->rng, 12);
	for (int64_t number = 1; number <= CRASH_TICKS; number++) {
		if (number % (CRASH_TICKS / 2) == 1) {
			sp_log_close(log);
			log = sample_open(file, &options);
			log->wal_limit = CRASH_WAL_PAGES;
			sample_config_put(log);
			start_one(w, log);
		}
		commit_one(w, log, number);
	}
	sp_log_close(log);
	crash_vfs_reset(0);
	(void)snprintf(file, sizeof file, "%s/life", sp_check_scratch());
	sample_remove(file);
}

static int wanted_images(void)
{
	const char *soak = getenv("SETPOINT_SOAK");

	return soak && strcmp(soak, "1") == 0 ? 2400 : 60;
}

static void run_until(workload *w)
{
	while (w->images < w->wanted)
		run_workload(w);
	print_message("%d crash images, %d with losses\n", w->images, w->lost);
}

static void p2_no_power_cut_loses_a_committed_tick(void **state)
{
	workload w = {.sync = SP_LOG_SYNC_FULL, .wanted = wanted_images()};

	(void)state;
	sp_check_seed("p2_no_power_cut_loses_a_committed_tick", &w.rng);
	run_until(&w);
	check_i64(w.lost, 0);
}

static void without_fsync_the_same_power_cuts_do_lose_ticks(void **state)
{
	workload w = {.sync = SP_LOG_SYNC_OFF, .wanted = wanted_images() / 2};

	(void)state;
	sp_check_seed("without_fsync_the_same_power_cuts_do_lose_ticks", &w.rng);
	run_until(&w);
	check_true(w.lost > w.images / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(p2_no_power_cut_loses_a_committed_tick),
	    cmocka_unit_test(without_fsync_the_same_power_cuts_do_lose_ticks),
	};

	sample_in_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
