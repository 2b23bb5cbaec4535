/* reload.c - another configuration is taken up between two ticks, or refused with every reason (R17). */
#include <string.h>

#include "base/failpoint.h"
#include "base/time.h"
#include "daemon/live.h"

sp_status sp_daemon_read_config(sp_daemon *d, sp_config **config, sp_message *message)
{
	sp_complaints complaints = {0};
	sp_status status = sp_config_read(d->options.config, config, &complaints);

	for (size_t i = 0; i < complaints.n; i++)
		sp_journal_say(&d->journal, SP_JOURNAL_ERROR, "config", complaints.list[i].text);
	if (status != SP_OK && complaints.n > 0)
		(void)sp_message_set(message, status, "%s%s", complaints.list[0].text,
		                     complaints.n + complaints.more > 1 ? " (and more)" : "");
	else if (status != SP_OK)
		(void)sp_message_set(message, status, "%s: %s", d->options.config, sp_status_text(status));
	sp_complaints_fini(&complaints);
	return status;
}

static void refused(sp_daemon *d, const sp_message *why)
{
	(void)sp_driver_alarm_state(&d->alarms, SP_ALARM_reload, true, sp_daemon_now(d), why->text);
	sp_journal_say(&d->journal, SP_JOURNAL_ERROR, "reload_refused", why->text);
}

static void taken(sp_daemon *d)
{
	sp_journal_line line = sp_journal_begin(&d->journal, SP_JOURNAL_NOTE, "reloaded");
	char hash[SP_HASH_TEXT_MAX];

	(void)sp_driver_alarm_state(&d->alarms, SP_ALARM_reload, false, sp_daemon_now(d), "");
	sp_journal_text(&line, "config", sp_hash_text(sp_drive_setup(d->drive)->hash, hash));
	sp_journal_end(&line);
}

static bool same_addresses(const sp_addresses *a, const sp_addresses *b)
{
	bool same = a->n == b->n;

	for (uint32_t i = 0; same && i < a->n; i++)
		same = strcmp(a->list[i], b->list[i]) == 0;
	return same;
}

/* What is only read at start is not taken up: who changed it is told so. */
static void say_what_waits(const sp_daemon *d, const sp_live *now, const sp_live *next)
{
	bool same = now->lease_ns == next->lease_ns && now->heartbeat_ns == next->heartbeat_ns &&
	            now->grace_ns == next->grace_ns && now->rotate_bytes == next->rotate_bytes;

	for (int i = 0; same && i < SP_LISTENS; i++)
		same = same_addresses(&now->listen[i], &next->listen[i]);
	if (!same)
		sp_journal_say(
		    &d->journal, SP_JOURNAL_WARN, "restart_needed",
		    "listen, feed and the size of the log's file are read at start: what has changed there waits for "
		    "the next one");
}

void sp_daemon_tell_scopes_again(sp_daemon *d)
{
	pthread_mutex_lock(&d->gate.lock);
	sp_freeze_again(&d->gate.freeze);
	pthread_mutex_unlock(&d->gate.lock);
}

static sp_status take_up(sp_daemon *d, sp_message *why)
{
	sp_config *next = NULL;
	sp_status status = sp_daemon_read_config(d, &next, why);

	if (status == SP_OK)
		status = sp_drive_reload(d->drive, next, false, why);
	if (status != SP_OK) {
		sp_config_close(next);
		return status;
	}
	SP_FAILPOINT(reload_after_swap);
	say_what_waits(d, sp_config_live(d->config), sp_config_live(next));
	sp_config_close(d->config);
	d->config = next;
	d->whole_book = true; /* new rows have prices that stand in no decision */
	sp_daemon_tell_scopes_again(d);
	sp_inflow_expect(&d->inflow);
	return SP_OK;
}

void sp_daemon_reload(sp_daemon *d)
{
	sp_message why = {{0}};

	d->reload = false;
	if (take_up(d, &why) == SP_OK)
		taken(d);
	else
		refused(d, &why);
	sp_notify_ready(&d->notify, "running");
}
