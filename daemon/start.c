/* start.c - from nothing to the first turn: lock, log, re-run, freeze, epoch, book, sockets (DESIGN, "The live daemon").
 *
 * The book that is sent at start is of the last *committed* tick, under the configuration that the log records; only then another
 * configuration file is taken up, and what it changes goes out with the first tick. */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/assert.h"
#include "base/failpoint.h"
#include "base/time.h"
#include "daemon/live.h"

/* Nearer to sending than this the start cannot say when it sends: what is told for the first time counts from then (R9). */
#define START_SENDING_NS (20 * SP_MS)

/* --- the log, and where it ends --- */

static sp_status open_log(sp_daemon *d, sp_message *message)
{
	sp_log_options options = {
	    .create = true,
	    .engine_version = SP_ENGINE_VERSION,
	    .created_ns = sp_clock_wall(),
	    .rotate_bytes = sp_config_live(d->config)->rotate_bytes,
	};

	return sp_log_open(d->home.db, &options, &d->log, message);
}

static void doubt(sp_daemon *d, const sp_rerun_verdict *verdict)
{
	sp_message why = {{0}};

	if (verdict->skipped > 0) {
		(void)sp_driver_alarm_state(&d->alarms, SP_ALARM_rerun_skipped, true, sp_daemon_now(d),
		                            "another engine version");
		sp_journal_say(&d->journal, SP_JOURNAL_WARN, "rerun_skipped",
		               "ticks of another engine version are not compared");
	}
	if (verdict->sound)
		return;
	(void)sp_message_set(&why, SP_OK, "the re-run differs from tick %lld on", (long long)verdict->first_wrong);
	(void)sp_driver_alarm_state(&d->alarms, SP_ALARM_rerun_differs, true, sp_daemon_now(d), why.text);
	sp_journal_say(&d->journal, SP_JOURNAL_ERROR, "rerun_differs", why.text);
	if (sp_gate_freeze(&d->gate, "all", "rerun_differs", sp_daemon_now(d), &why) != SP_OK)
		sp_journal_say(&d->journal, SP_JOURNAL_ERROR, "freeze", why.text);
}

/* The alarms that the engine knows of, from before: those that are over will be cleared. */
static sp_status recall_alarms(sp_daemon *d, sp_message *message)
{
	const sp_engine *engine = sp_drive_engine(d->drive);
	uint32_t n = sp_engine_alarms(engine, NULL, 0);
	sp_alarm *alarms = calloc(n + 1, sizeof *alarms);

	if (!alarms)
		return sp_message_set(message, SP_E_MEMORY, "out of memory");
	sp_engine_alarms(engine, alarms, n);
	for (uint32_t i = 0; i < n; i++)
		sp_driver_alarm_recall(&d->alarms, alarms[i].code);
	free(alarms);
	return SP_OK;
}

/* The engine as it was when the log ends, or a new one. */
static sp_status resume(sp_daemon *d, sp_rerun_verdict *verdict, sp_message *message)
{
	sp_drive_options options = {.live = true};
	sp_status status = sp_rerun_resume(d->log, &d->drive, &d->recorded, verdict, message);

	if (status == SP_OK)
		status = d->drive ? sp_drive_live(d->drive, message) : sp_drive_open(d->config, &options, &d->drive, message);
	if (status == SP_OK)
		status = recall_alarms(d, message);
	SP_FAILPOINT(rerun_after);
	return status;
}

/* --- what is told first --- */

/* Before the recorder runs the log is ours. */
static sp_status store_gathered(sp_daemon *d, sp_message *message)
{
	sp_drive_parcel parcel;
	sp_status status;

	if (sp_drive_gathered(d->drive) == 0)
		return SP_OK;
	sp_drive_pack_inputs(d->drive, &parcel);
	status = sp_drive_store(d->log, &parcel, NULL, message);
	sp_drive_stored(d->drive);
	return status;
}

static sp_status tell(sp_daemon *d, const sp_command *command, const char *subject, sp_message *message)
{
	sp_status status = sp_drive_has_room(d->drive) ? SP_OK : store_gathered(d, message);

	if (status == SP_OK)
		sp_daemon_command(d, command, subject);
	return status;
}

static bool any_frozen(const sp_daemon *d)
{
	uint32_t i = 0;

	while (i < sp_drive_setup(d->drive)->n_families && !sp_engine_frozen(sp_drive_engine(d->drive), i))
		i++;
	return i < sp_drive_setup(d->drive)->n_families;
}

/* What the engine holds frozen may have been thawed when it could not be told: killed between file and commit, or the file removed
 * while nobody ran. So it forgets all of it, before it is told what the file says. */
static sp_status thaw_engine(sp_daemon *d, sp_message *message)
{
	const sp_setup *setup = sp_drive_setup(d->drive);
	sp_command thaw = {.kind = SP_COMMAND_THAW, .scope = SP_SCOPE_ALL, .by = "start"};
	sp_status status = tell(d, &thaw, "", message);

	thaw.scope = SP_SCOPE_POOL;
	for (uint32_t i = 0; i < setup->n_pools && status == SP_OK; i++)
		status = tell(d, &thaw, setup->pools[i].id, message);
	thaw.scope = SP_SCOPE_FAMILY;
	for (uint32_t i = 0; i < setup->n_families && status == SP_OK; i++) {
		if (sp_engine_frozen(sp_drive_engine(d->drive), i))
			status = tell(d, &thaw, setup->families[i].id, message);
	}
	return status;
}

static sp_status tell_engine(sp_daemon *d, sp_message *message)
{
	char subject[SP_ID_MAX + 1];
	sp_command command;
	sp_status status = any_frozen(d) ? thaw_engine(d, message) : SP_OK;

	while (status == SP_OK && sp_gate_next(&d->gate, &command, subject))
		status = tell(d, &command, subject, message);
	return status;
}

/* The committed book; empty before the first tick. */
static sp_status collect_book(sp_daemon *d, const sp_engine *engine, sp_message *message)
{
	const sp_setup *setup = sp_engine_setup(engine);
	sp_status status = SP_OK;

	sp_news_clear(&d->news);
	for (uint32_t i = 0; i < setup->n_families && d->last_tick_ns > 0 && status == SP_OK; i++)
		status = sp_news_add(&d->news, engine, i, NULL);
	sp_news_done(&d->news);
	return status == SP_OK ? SP_OK : sp_message_set(message, status, "out of memory");
}

/* What the last tick told may not have gone out: then it counts from now, that is from *soonest_ns on. The engine is told when it was
 * sent, as of any tick: else a second death before that would find it recorded, and date it back. */
static sp_status collect_unsure_book(sp_daemon *d, int64_t *soonest_ns, sp_message *message)
{
	sp_command published = {.kind = SP_COMMAND_PUBLISHED, .published_ns = sp_daemon_now(d)};
	sp_engine *copy = sp_drive_copy(d->drive);
	sp_status status;

	if (!copy)
		return sp_message_set(message, SP_E_MEMORY, "out of memory");
	status = sp_engine_command(copy, &published);
	SP_ASSERT(status == SP_OK);
	status = collect_book(d, copy, message);
	*soonest_ns = published.published_ns + sp_drive_setup(d->drive)->convergence_ns;
	free(copy);
	return status;
}

static sp_status raise_epoch(sp_daemon *d, sp_log_epoch_row *epoch, sp_message *message)
{
	sp_log_start start = {.t_ns = sp_daemon_now(d), .least = d->options.epoch};
	sp_status status;

	start.frames = sp_feed_frames(d->news.groups, d->news.n);
	if (getrandom(start.random, sizeof start.random, 0) != (ssize_t)sizeof start.random)
		return sp_message_set(message, SP_E_IO, "no random bytes for the epoch");
	status = sp_log_epoch(d->log, &start, epoch, message);
	if (status != SP_OK)
		return status;
	d->epoch.counter = epoch->counter;
	memcpy(d->epoch.random, epoch->random, sizeof d->epoch.random);
	return SP_OK;
}

/* It counts from when it is sent, however long the start took until then. soonest_ns 0: all has been sent before. */
static void count_from_sending(sp_daemon *d, int64_t soonest_ns)
{
	int64_t sent_ns = sp_daemon_now(d) + START_SENDING_NS;
	int64_t later_ns = sent_ns + sp_drive_setup(d->drive)->convergence_ns;

	if (soonest_ns == 0)
		return;
	for (size_t i = 0; i < d->news.n_prices; i++) {
		sp_price *price = &d->news.prices[i];
		if (price->not_before_ns == soonest_ns)
			price->not_before_ns = price->not_before_existing_ns = later_ns;
	}
	d->published_ns = sent_ns;
}

/* Nothing is sent where the re-run differs: gateways keep what they have, and fall back when its lease ends. */
static sp_status send_book(sp_daemon *d, bool sound, int64_t soonest_ns, const uint8_t config[SP_HASH_SIZE],
                           sp_message *message)
{
	sp_log_epoch_row epoch;
	sp_feed_news book = {0};
	sp_status status = raise_epoch(d, &epoch, message);

	if (status != SP_OK || !sound)
		return status;
	count_from_sending(d, soonest_ns);
	book.groups = d->news.groups;
	book.n_groups = d->news.n;
	book.first_seq = d->news.n > 0 ? epoch.first_seq : 0;
	sp_log_feed(d->log, NULL, NULL, &book.last_seq);
	memcpy(book.config, config, sizeof book.config);
	memcpy(book.head, epoch.head, sizeof book.head);
	memcpy(d->head, epoch.head, sizeof d->head);
	status = sp_feed_begin(d->feed, &d->epoch, &book, message);
	SP_FAILPOINT(book_sent);
	return status;
}

/* --- sockets and threads --- */

static uint32_t addresses(const sp_daemon *d, sp_listen which, const char *own, const char *urls[])
{
	const sp_addresses *further = &sp_config_live(d->config)->listen[which];

	urls[0] = own;
	for (uint32_t i = 0; i < further->n; i++)
		urls[i + 1] = further->list[i];
	return further->n + 1;
}

static sp_status open_feed(sp_daemon *d, sp_message *message)
{
	const char *prices[SP_LISTEN_MAX + 1], *book[SP_LISTEN_MAX + 1];
	const sp_live *live = sp_config_live(d->config);
	sp_feed_options options = {
	    .prices = prices,
	    .n_prices = addresses(d, SP_LISTEN_PRICES, d->home.prices, prices),
	    .book = book,
	    .n_book = addresses(d, SP_LISTEN_BOOK, d->home.book, book),
	    .lease_ns = live->lease_ns,
	    .heartbeat_ns = live->heartbeat_ns,
	    .grace_ns = live->grace_ns,
	    .convergence_ns = sp_config_setup(d->config)->convergence_ns,
	    .now = sp_daemon_now_context,
	    .context = d,
	};

	return sp_feed_open(&options, &d->feed, message);
}

static sp_status open_intake(sp_daemon *d, sp_message *message)
{
	const char *urls[SP_LISTEN_MAX + 1];
	sp_intake_options options = {
	    .urls = urls,
	    .n_urls = addresses(d, SP_LISTEN_SIGNALS, d->home.signals, urls),
	    .wake = sp_wake_ring_context,
	    .context = &d->wake,
	};
	sp_status status = sp_intake_open(&options, &d->intake, message);

	d->inflow.intake = d->intake;
	d->inflow.drive = d->drive;
	sp_inflow_expect(&d->inflow);
	return status;
}

static sp_status start_recorder(sp_daemon *d, bool begun, sp_message *message)
{
	sp_recorder_options options = {
	    .log = d->log,
	    .feed = d->feed,
	    .epoch = d->epoch,
	    .begun = begun,
	    .gate = &d->gate,
	    .wake = &d->wake,
	    .journal = &d->journal,
	    .now = sp_daemon_now_context,
	    .context = d,
	};

	return sp_recorder_open(&options, &d->recorder, message);
}

/* --- in their order --- */

static void start_clock(sp_daemon *d)
{
	(void)sp_log_last_tick(d->log, &d->last_tick_ns);
	sp_tick_clock_init(&d->clock.clock, sp_clock_wall(), sp_clock_boot(), d->last_tick_ns);
	d->started_ns = sp_daemon_now(d);
	d->appended_ns = d->polled_ns = sp_clock_boot();
}

/* The file's configuration, where it is another than the log's. A refusal ends the start: the operator is there. */
static sp_status take_up_file(sp_daemon *d, sp_message *message)
{
	sp_status status = store_gathered(d, message);

	if (status == SP_OK)
		status = sp_drive_reload(d->drive, d->config, d->options.accept_sheet, message);
	if (status == SP_E_MISMATCH)
		return sp_message_set(message, status, "%s; or start once with --accept-sheet", message->text);
	if (status == SP_OK &&
	    memcmp(sp_config_setup(d->recorded)->hash, sp_config_setup(d->config)->hash, SP_HASH_SIZE) != 0)
		sp_daemon_tell_scopes_again(d);
	return status;
}

/* Everything that needs the log's own configuration: it ends when the file's has taken over. */
static sp_status start_from(sp_daemon *d, const sp_rerun_verdict *verdict, sp_message *message)
{
	uint8_t config[SP_HASH_SIZE];
	int64_t soonest_ns = 0;
	sp_status status;

	memcpy(config, sp_drive_setup(d->drive)->hash, sizeof config);
	doubt(d, verdict);
	status = tell_engine(d, message);
	if (status == SP_OK)
		status = d->last_tick_ns == 0 || verdict->published ? collect_book(d, sp_drive_engine(d->drive), message)
		                                                    : collect_unsure_book(d, &soonest_ns, message);
	if (status == SP_OK && d->recorded)
		status = take_up_file(d, message);
	if (status == SP_OK)
		status = open_feed(d, message);
	if (status == SP_OK)
		status = open_intake(d, message); /* whatever may be refused comes before the book is sent */
	if (status == SP_OK)
		status = send_book(d, verdict->sound, soonest_ns, config, message);
	return status;
}

static void say_started(const sp_daemon *d, const sp_rerun_verdict *verdict)
{
	sp_journal_line line = sp_journal_begin(&d->journal, SP_JOURNAL_NOTE, "started");
	char hash[SP_HASH_TEXT_MAX];

	sp_journal_text(&line, "state", d->home.path);
	sp_journal_number(&line, "epoch", (int64_t)d->epoch.counter);
	sp_journal_number(&line, "rerun_ticks", verdict->ticks);
	if (d->last_tick_ns > 0)
		sp_journal_time(&line, "last_tick", d->last_tick_ns);
	sp_journal_text(&line, "config", sp_hash_text(sp_drive_setup(d->drive)->hash, hash));
	sp_journal_end(&line);
}

sp_status sp_daemon_start(sp_daemon *d, sp_message *message)
{
	sp_rerun_verdict verdict = {.sound = true};
	sp_message unsure;
	sp_status status = sp_daemon_read_config(d, &d->config, message);

	if (status == SP_OK)
		status = open_log(d, message);
	if (status != SP_OK)
		return status;
	start_clock(d);
	sp_gate_open(&d->gate, d->home.freeze, sp_daemon_now(d), &unsure);
	if (unsure.text[0] != '\0')
		sp_journal_say(&d->journal, SP_JOURNAL_ERROR, "freeze_file", unsure.text);
	status = resume(d, &verdict, message);
	if (status == SP_OK)
		status = start_from(d, &verdict, message);
	if (status == SP_OK)
		status = start_recorder(d, verdict.sound, message);
	if (status == SP_OK)
		status = sp_daemon_control_start(d, message);
	if (status != SP_OK)
		return status;
	sp_config_close(d->recorded); /* the file's has taken over */
	d->recorded = NULL;
	d->whole_book = true;
	say_started(d, &verdict);
	return SP_OK;
}
