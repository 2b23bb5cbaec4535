/* daemon.c - one daemon's life: start, loop, clean stop; see daemon.h. */
#include "daemon/daemon.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/failpoint.h"
#include "base/time.h"
#include "daemon/live.h"

/* A wall clock nearer than this to tick time is right: NTP slews, and a tick is late by more. */
#define CLOCK_TOLERANCE_NS (2 * SP_SEC)

/* More than one machine has ports to connect from; 3 KB of memory each. */
#define DESCRIPTORS_MAX (1 << 16)

int64_t sp_daemon_now(sp_daemon *d)
{
	int64_t now_ns;

	pthread_mutex_lock(&d->clock.lock);
	now_ns = sp_tick_clock_read(&d->clock.clock, sp_clock_wall(), sp_clock_boot(), CLOCK_TOLERANCE_NS);
	pthread_mutex_unlock(&d->clock.lock);
	return now_ns;
}

int64_t sp_daemon_now_context(void *daemon)
{
	return sp_daemon_now(daemon);
}

static sp_status take_home(sp_daemon *d, sp_message *message)
{
	char *usual = d->options.state ? NULL : sp_home_default();
	const char *path = d->options.state ? d->options.state : usual;
	sp_status status;

	if (!path)
		return sp_message_set(message, SP_E_ABSENT, "neither XDG_STATE_HOME nor HOME is set: give --state DIR");
	status = sp_home_take(path, d->options.config, &d->home, message);
	free(usual);
	if (status == SP_OK)
		SP_FAILPOINT(lock_taken);
	return status;
}

/* As many descriptors as the system permits, within reason: nng holds whoever connects for ten seconds until he says what he is, so a
 * thousand who say nothing would keep the FREEZE file from being read. */
static void widen_descriptors(void)
{
	struct rlimit limit;
	rlim_t wanted;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	wanted = limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX;
	if (limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static sp_status init(sp_daemon *d, sp_message *message)
{
	sp_message unheard = {{0}};
	sp_status status;

	d->journal = (sp_journal){.fd = STDERR_FILENO, .least = d->options.least};
	if (sp_notify_init(&d->notify, &unheard) != SP_OK)
		sp_journal_say(&d->journal, SP_JOURNAL_WARN, "notify", unheard.text);
	pthread_mutex_init(&d->clock.lock, NULL);
	status = sp_wake_init(&d->wake, message);
	if (status == SP_OK)
		sp_daemon_catch_signals(d);
	sp_question_init(&d->question, &d->wake);
	if (status == SP_OK)
		status = sp_inflow_open(&d->inflow, message);
	return status;
}

/* The state as of the last tick, so that the next start re-runs nothing (R13). The log is ours again. A tick that was not stored is
 * in that state all the same: then the log goes on from an older one. */
static void store_checkpoint(sp_daemon *d)
{
	size_t n;
	const uint8_t *bytes = sp_drive_checkpoint(d->drive, &n);
	sp_message why = {{0}};

	SP_FAILPOINT(stop_before_checkpoint);
	if (bytes && !sp_drive_is_out(d->drive) && sp_log_checkpoint(d->log, bytes, n, &why) != SP_OK)
		sp_journal_say(&d->journal, SP_JOURNAL_WARN, "no_checkpoint", why.text);
	SP_FAILPOINT(stop_after_checkpoint);
}

/* Ends whatever has begun, in the reverse order of the start. */
static void fini(sp_daemon *d)
{
	sp_daemon_drop_signals();
	sp_daemon_control_stop(d);
	sp_recorder_close(d->recorder);
	sp_inflow_close(&d->inflow);
	sp_intake_close(d->intake);
	sp_feed_close(d->feed);
	sp_drive_close(d->drive);
	sp_config_close(d->recorded);
	sp_config_close(d->config);
	sp_log_close(d->log);
	sp_news_fini(&d->news);
	sp_question_fini(&d->question);
	sp_gate_close(&d->gate);
	sp_wake_fini(&d->wake);
	sp_notify_fini(&d->notify);
	pthread_mutex_destroy(&d->clock.lock);
	sp_home_fini(&d->home);
}

static void run(sp_daemon *d)
{
	sp_message why = {{0}};

	sp_daemon_loop(d);
	sp_daemon_control_stop(d);
	if (sp_recorder_failing(d->recorder, &why) == 0)
		(void)sp_message_set(&why, SP_OK, "all that came in is stored");
	sp_recorder_close(d->recorder);
	d->recorder = NULL;
	store_checkpoint(d);
	sp_journal_say(&d->journal, sp_drive_is_out(d->drive) ? SP_JOURNAL_ERROR : SP_JOURNAL_NOTE, "stopped", why.text);
}

sp_status sp_daemon_run(const sp_daemon_options *options, sp_message *message)
{
	sp_daemon *d = calloc(1, sizeof *d);
	sp_status status;

	if (!d)
		return sp_message_set(message, SP_E_MEMORY, "out of memory");
	(void)umask(077); /* all that it makes is its owner's alone */
	widen_descriptors();
	d->options = *options;
	d->home.lock_fd = d->wake.fd = -1;
	status = init(d, message);
	if (status == SP_OK)
		status = take_home(d, message);
	if (status == SP_OK)
		status = sp_daemon_start(d, message);
	if (status == SP_OK)
		run(d);
	fini(d);
	free(d);
	return status;
}
