/* loop.c - the daemon's heart: signals and commands into the engine, a tick when one is due, one job at a time to the recorder.
 *
 * A turn looks at everything once and does a bounded piece of each: what others ask first, so that a flood of signals delays
 * neither a tick nor a command. */
#include "daemon/live.h"

#include <inttypes.h>
#include <string.h>

#include "base/assert.h"
#include "base/failpoint.h"
#include "base/time.h"

#define LOOP_APPEND_NS (10 * SP_SEC) /* what came in is on the disk no later than this (R12) */
#define LOOP_LOOK_NS   SP_SEC        /* how often the FREEZE file and the ring are looked at */
#define LOOP_TAKE_NS   (5 * SP_MS)   /* of messages between two looks at the rest; a large one takes half of one ms */

/* --- what signals of the system ask --- */

static volatile sig_atomic_t asked_stop, asked_reload, asked_freeze;
static sp_wake *signalled;

static void note_signal(int number)
{
	if (number == SIGHUP)
		asked_reload = 1;
	else if (number == SIGUSR1)
		asked_freeze = 1;
	else
		asked_stop = 1;
	sp_wake_ring(signalled);
}

static void catch_signal(int number)
{
	struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};

	sigemptyset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

/* From early on, so that a freeze or reload during a long re-run is not the daemon's end. It may be ended all the while: until it is
 * done a start leaves nothing behind that the next one would miss. */
void sp_daemon_catch_signals(sp_daemon *d)
{
	signalled = &d->wake;
	catch_signal(SIGHUP);
	catch_signal(SIGUSR1);
	signal(SIGPIPE, SIG_IGN);
}

void sp_daemon_drop_signals(void)
{
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
}

static void begin_stop(sp_daemon *d)
{
	d->stopping = true;
	sp_intake_stop(d->intake);
	sp_notify_stopping(&d->notify);
	sp_journal_say(&d->journal, SP_JOURNAL_NOTE, "stopping", "what came in is stored first");
}

static void follow_signals(sp_daemon *d, int64_t now_ns)
{
	sp_message why = {{0}};

	if (asked_freeze) {
		asked_freeze = 0;
		if (sp_gate_freeze(&d->gate, "all", "SIGUSR1", now_ns, &why) != SP_OK)
			sp_journal_say(&d->journal, SP_JOURNAL_ERROR, "freeze", why.text);
	}
	if (asked_reload) {
		asked_reload = 0;
		d->reload = true;
		sp_notify_reloading(&d->notify);
	}
	if (asked_stop && !d->stopping)
		begin_stop(d);
}

/* --- commands into the engine --- */

void sp_daemon_command(sp_daemon *d, const sp_command *command, const char *subject)
{
	sp_message why = {{0}};

	SP_ASSERT(sp_drive_has_room(d->drive));
	if (sp_drive_command(d->drive, command, subject, &why) != SP_OK)
		sp_journal_say(&d->journal, SP_JOURNAL_WARN, "command_refused", why.text);
}

/* When the last tick was published becomes an input (R9). */
static void pay(sp_daemon *d)
{
	if (d->published_ns == 0 || !sp_drive_has_room(d->drive))
		return;
	sp_daemon_command(d, &(sp_command){.kind = SP_COMMAND_PUBLISHED, .published_ns = d->published_ns}, "");
	d->published_ns = 0;
	d->urgent = true; /* or a start would have to think that it never went out */
	SP_FAILPOINT(published_recorded);
}

static void say_freeze(const sp_daemon *d, const sp_command *command, const char *subject)
{
	static const char *const scopes[] = {
	    [SP_SCOPE_ALL] = "all", [SP_SCOPE_POOL] = "pool", [SP_SCOPE_FAMILY] = "family"};
	bool freeze = command->kind == SP_COMMAND_FREEZE;
	sp_journal_line line = sp_journal_begin(&d->journal, SP_JOURNAL_WARN, freeze ? "frozen" : "thawed");

	sp_journal_text(&line, "scope", scopes[command->scope]);
	if (subject[0] != '\0')
		sp_journal_text(&line, "id", subject);
	sp_journal_text(&line, "by", command->by);
	if (command->withdraw_ns > 0)
		sp_journal_time(&line, "withdraws", command->withdraw_ns);
	sp_journal_end(&line);
}

/* The engine is told what froze and thawed, by whichever way it came. What was barred and is no move, as the first prices of a family,
 * has not been withdrawn: it goes out with the first tick after the thaw. */
static void follow_freeze(sp_daemon *d)
{
	char subject[SP_ID_MAX + 1];
	sp_command command;

	while (sp_drive_has_room(d->drive) && sp_gate_next(&d->gate, &command, subject)) {
		say_freeze(d, &command, subject);
		d->whole_book |= command.kind == SP_COMMAND_THAW;
		sp_daemon_command(d, &command, subject);
	}
}

static void follow_alarms(sp_daemon *d)
{
	sp_alarm_code code;
	bool raised;

	while (sp_drive_has_room(d->drive) && sp_driver_alarm_next(&d->alarms, &code, &raised))
		sp_daemon_command(d, &(sp_command){.kind = SP_COMMAND_ALARM, .alarm = code, .raised = raised}, "");
}

/* --- what is wrong just now --- */

static void look_at_clock(sp_daemon *d, int64_t now_ns)
{
	int64_t until_ns;
	char detail[SP_TIME_TEXT_MAX + 48] = "", text[SP_TIME_TEXT_MAX];

	pthread_mutex_lock(&d->clock.lock);
	until_ns = sp_tick_clock_held(&d->clock.clock);
	pthread_mutex_unlock(&d->clock.lock);
	if (until_ns > 0)
		snprintf(detail, sizeof detail, "no tick before the wall clock says %s", sp_time_format(until_ns, text));
	if (sp_driver_alarm_state(&d->alarms, SP_ALARM_clock, until_ns > 0, now_ns, detail))
		sp_journal_say(&d->journal, SP_JOURNAL_WARN, "clock", until_ns > 0 ? detail : "runs on");
}

static void look_at_recorder(sp_daemon *d, int64_t now_ns)
{
	sp_message why = {{0}};
	int64_t since_ns = sp_recorder_failing(d->recorder, &why);

	(void)sp_driver_alarm_state(&d->alarms, SP_ALARM_commit, since_ns != 0, now_ns, why.text);
}

/* Held at two looks on end: more comes than can be taken. */
static void look_at_ring(sp_daemon *d, int64_t now_ns)
{
	sp_intake_counts counts;
	char detail[96] = "";

	sp_intake_count(d->intake, &counts);
	snprintf(detail, sizeof detail, "%" PRIu32 " messages wait, senders are held", counts.waiting);
	if (sp_driver_alarm_state(&d->alarms, SP_ALARM_intake, counts.held && d->held, now_ns, detail))
		sp_journal_say(&d->journal, SP_JOURNAL_WARN, "intake", counts.held ? detail : "senders go on");
	d->held = counts.held;
}

/* What is wrong with it is said when it changes, not at every look. */
static void look_at_freeze_file(sp_daemon *d, int64_t now_ns)
{
	sp_message why = {{0}};

	(void)sp_gate_poll(&d->gate, now_ns, &why);
	if (why.text[0] != '\0' && strcmp(why.text, d->freeze_doubt.text) != 0)
		sp_journal_say(&d->journal, SP_JOURNAL_ERROR, "freeze_file", why.text);
	d->freeze_doubt = why;
}

static void look_around(sp_daemon *d, int64_t now_ns)
{
	int64_t boot_ns = sp_clock_boot();

	look_at_recorder(d, now_ns);
	if (boot_ns - d->polled_ns < LOOP_LOOK_NS)
		return;
	d->polled_ns = boot_ns;
	look_at_clock(d, now_ns);
	look_at_ring(d, now_ns);
	look_at_freeze_file(d, now_ns);
	if (d->alarms.at[SP_ALARM_commit].stands || !sp_recorder_idle(d->recorder))
		return;
	sp_feed_alive(d->feed, d->head, now_ns); /* nothing to write is no failure to write */
}

/* --- jobs --- */

/* The end of the latest period whose lateness is over and that has had no tick; 0: none. Missed ones are not made up (R11). */
static int64_t due(const sp_daemon *d, int64_t now_ns)
{
	const sp_setup *setup = sp_drive_setup(d->drive);
	int64_t end_ns = (now_ns - setup->lateness_ns) / setup->period_ns * setup->period_ns;
	int64_t last_ns = d->last_tick_ns > 0 ? d->last_tick_ns : d->started_ns;

	return end_ns > last_ns ? end_ns : 0;
}

static sp_job new_job(const sp_daemon *d)
{
	const sp_setup *setup = sp_drive_setup(d->drive);

	return (sp_job){.setup = setup, .keep_age_ns = setup->keep_age_ns, .keep_bytes = setup->keep_size_bytes};
}

/* The groups that customers will see otherwise. A decision without a row changes none. */
static sp_status collect_news(sp_daemon *d)
{
	const sp_tick *tick = sp_drive_last(d->drive);
	const sp_engine *engine = sp_drive_engine(d->drive);
	sp_status status = SP_OK;

	sp_news_clear(&d->news);
	for (uint32_t i = 0; i < tick->n_families && status == SP_OK; i++) {
		if (d->whole_book || tick->decisions[i].recorded)
			status = sp_news_add(&d->news, engine, i, d->feed);
	}
	sp_news_done(&d->news);
	d->whole_book = status != SP_OK; /* what found no memory goes out with the next tick */
	return status;
}

static void run_tick(sp_daemon *d, int64_t end_ns)
{
	sp_job job = new_job(d);
	sp_status status;

	sp_gate_begin(&d->gate, end_ns);
	follow_freeze(d); /* what froze before; of what freezes from now on the file says that it bars this tick */
	status = sp_drive_pack_tick(d->drive, end_ns, &job.parcel, NULL);
	SP_ASSERT(status == SP_OK);
	d->last_tick_ns = end_ns;
	d->urgent = false;
	d->ticks++;
	if (collect_news(d) != SP_OK)
		sp_journal_say(&d->journal, SP_JOURNAL_ERROR, "out_of_memory", "the tick's prices are told with the next");
	job.news = &d->news;
	job.parcel.row.frames = sp_feed_frames(d->news.groups, d->news.n);
	sp_recorder_submit(d->recorder, &job);
}

static void store_inputs(sp_daemon *d)
{
	sp_job job = new_job(d);

	if (!sp_drive_has_room(d->drive))
		SP_FAILPOINT(block_full);
	d->urgent = false;
	sp_drive_pack_inputs(d->drive, &job.parcel);
	sp_recorder_submit(d->recorder, &job);
	follow_freeze(d); /* before signals fill the other block, too */
}

/* A freeze that found the block full waits: the engine is to withdraw what it barred of the last tick. Would another tick run before
 * it is told, then that one might move what customers never saw. */
static bool may_tick(sp_daemon *d)
{
	return sp_drive_has_room(d->drive) || !sp_gate_owes(&d->gate);
}

static bool must_store(const sp_daemon *d)
{
	size_t gathered = sp_drive_gathered(d->drive);

	if (gathered == 0)
		return false;
	return d->urgent || d->reload || d->stopping || !sp_drive_has_room(d->drive) ||
	       sp_clock_boot() - d->appended_ns >= LOOP_APPEND_NS;
}

static void next_job(sp_daemon *d, int64_t now_ns)
{
	int64_t end_ns;

	if (!sp_recorder_idle(d->recorder))
		return;
	end_ns = d->published_ns > 0 || d->stopping ? 0 : due(d, now_ns);
	if (end_ns > 0 && may_tick(d))
		run_tick(d, end_ns);
	else if (must_store(d))
		store_inputs(d);
	else if (d->reload && sp_drive_gathered(d->drive) == 0)
		sp_daemon_reload(d);
}

static void say_tick(const sp_daemon *d, const sp_job_result *result)
{
	bool news = result->published > 0 || result->barred > 0;
	sp_journal_line line = sp_journal_begin(&d->journal, news ? SP_JOURNAL_NOTE : SP_JOURNAL_DEBUG, "tick");

	sp_journal_number(&line, "tick", result->receipt.tick);
	sp_journal_time(&line, "of", result->t_ns);
	sp_journal_number(&line, "published", result->published);
	if (result->barred > 0)
		sp_journal_number(&line, "barred", result->barred);
	sp_journal_end(&line);
}

static void take_result(sp_daemon *d)
{
	sp_job_result result;

	if (!sp_recorder_result(d->recorder, &result))
		return;
	if (!result.stored) /* only when it stops */
		return;
	sp_drive_stored(d->drive);
	d->appended_ns = sp_clock_boot();
	memcpy(d->head, result.head, sizeof d->head);
	if (!result.is_tick)
		return;
	d->published += result.published;
	d->published_ns = result.published_ns;
	say_tick(d, &result);
	sp_notify_status(&d->notify, "tick %" PRId64 ", %" PRIu64 " families told since the start", result.receipt.tick,
	                 d->published);
}

/* --- signals in --- */

/* Nothing is taken while the log cannot be written: senders feel it (R24). */
static bool take_messages(sp_daemon *d, int64_t now_ns)
{
	const int64_t until_ns = sp_clock_boot() + LOOP_TAKE_NS;
	bool more;

	if (d->reload || d->alarms.at[SP_ALARM_commit].stands)
		return false;
	do
		more = sp_inflow_step(&d->inflow, now_ns);
	while (more && sp_clock_boot() < until_ns);
	return more;
}

static void answer_question(sp_daemon *d)
{
	const sp_control_request *request;
	sp_control_answer *answer;

	if (!sp_question_take(&d->question, &request, &answer))
		return;
	sp_daemon_answer(d, request, answer);
	sp_question_answered(&d->question);
}

/* --- the turn --- */

/* All that came in is stored, and all that was told is dated; or the log cannot be written, and people want it to end. */
static bool stopped(sp_daemon *d)
{
	sp_intake_counts counts;
	sp_message why;

	if (!d->stopping)
		return false;
	if (sp_recorder_failing(d->recorder, &why) != 0)
		return true;
	sp_intake_count(d->intake, &counts);
	return sp_recorder_idle(d->recorder) && d->published_ns == 0 && counts.waiting == 0 &&
	       !sp_inflow_stuck(&d->inflow) && sp_drive_gathered(d->drive) == 0;
}

static int64_t until_next(const sp_daemon *d, int64_t now_ns)
{
	const sp_setup *setup = sp_drive_setup(d->drive);
	int64_t late_ns = now_ns - setup->lateness_ns;
	int64_t next_ns = (late_ns / setup->period_ns + 1) * setup->period_ns - late_ns;
	int64_t longest_ns = sp_notify_rest(&d->notify, sp_clock_boot());

	if (longest_ns > LOOP_LOOK_NS)
		longest_ns = LOOP_LOOK_NS;
	return next_ns < longest_ns ? next_ns : longest_ns;
}

/* One look at everything; true when there is more to do at once. */
static bool turn(sp_daemon *d)
{
	int64_t now_ns = sp_daemon_now(d);
	bool more;

	follow_signals(d, now_ns);
	take_result(d);
	pay(d);
	look_around(d, now_ns);
	follow_freeze(d);
	follow_alarms(d);
	answer_question(d);
	next_job(d, now_ns);
	more = take_messages(d, now_ns);
	sp_notify_alive(&d->notify, sp_clock_boot());
	return more;
}

void sp_daemon_loop(sp_daemon *d)
{
	catch_signal(SIGTERM);
	catch_signal(SIGINT);
	sp_notify_ready(&d->notify, "running");
	while (!stopped(d)) {
		if (!turn(d) && !stopped(d))
			sp_wake_sleep(&d->wake, until_next(d, sp_daemon_now(d)));
	}
}
