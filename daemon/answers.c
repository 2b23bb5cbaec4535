/* answers.c - what people ask of the daemon, and what it says (the columns: docs/wire.md, "Control").
 *
 * The control thread answers by itself what has a lock of its own: freeze, thaw, frozen, prices. So a freeze acts even while the
 * loop is busy. What only the loop knows it asks the loop. */
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/failpoint.h"
#include "base/time.h"
#include "daemon/live.h"

#define ANSWERS_LOOK_MS 200  /* how often the thread looks whether it is to stop */
#define ANSWERS_WAIT_MS 3000 /* for the loop, which comes round in milliseconds */

#define ROW(answer, ...)                                              \
	sp_control_answer_row(answer, (const char *const[]){__VA_ARGS__}, \
	                      sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static const char *argument(const sp_control_request *request, uint32_t i)
{
	return i < request->n_arguments ? request->arguments[i] : "";
}

/* --- freeze and thaw --- */

/* Who asks, as an id: "uid-1000", or the user's name. */
static void name_of(uid_t uid, char by[SP_ID_MAX + 1])
{
	struct passwd entry, *found = NULL;
	char text[1024];

	snprintf(by, SP_ID_MAX + 1, "uid-%u", (unsigned)uid);
	if (getpwuid_r(uid, &entry, text, sizeof text, &found) == 0 && found)
		snprintf(by, SP_ID_MAX + 1, "%s", entry.pw_name);
}

/* A scope that the engine does not know holds nothing: most likely it is misspelt. When the loop cannot say, it is frozen. */
static bool is_known(sp_daemon *d, const sp_control_request *request, sp_control_answer *answer)
{
	if (strcmp(argument(request, 0), "all") == 0)
		return true;
	return !sp_question_ask(&d->question, request, answer, ANSWERS_WAIT_MS) || answer->status == SP_OK;
}

static void answer_freeze(sp_daemon *d, const sp_control_request *request, uid_t uid, sp_control_answer *answer)
{
	const char *scope = argument(request, 0);
	char by[SP_ID_MAX + 1];
	sp_message why = {{0}};
	sp_status status;

	if (!is_known(d, request, answer))
		return;
	name_of(uid, by);
	status = sp_gate_freeze(&d->gate, scope, by, sp_daemon_now(d), &why);
	sp_wake_ring(&d->wake);
	answer->status = status == SP_OK
	                     ? sp_message_set(&answer->message, SP_OK,
	                                      "frozen: %s; nothing new of it is published until it is thawed", scope)
	                     : sp_message_set(&answer->message, status, "%s", why.text);
}

static void answer_thaw(sp_daemon *d, const sp_control_request *request, uid_t uid, sp_control_answer *answer)
{
	const char *scope = argument(request, 0);
	char by[SP_ID_MAX + 1];
	sp_message why = {{0}};
	sp_status status;

	name_of(uid, by);
	status = sp_gate_thaw(&d->gate, scope, by, &why);
	sp_wake_ring(&d->wake);
	answer->status = status == SP_OK
	                     ? sp_message_set(&answer->message, SP_OK, "thawed: %s; the next tick decides", scope)
	                     : sp_message_set(&answer->message, status, "%s", why.text);
}

static void answer_frozen(sp_daemon *d, sp_control_answer *answer)
{
	const sp_freeze *freeze = &d->gate.freeze;

	pthread_mutex_lock(&d->gate.lock);
	for (uint32_t i = 0; i < freeze->n; i++) {
		char scope[SP_FREEZE_TEXT_MAX], since[SP_TIME_TEXT_MAX];
		if (freeze->scopes[i].holds)
			ROW(answer, sp_frozen_text(&freeze->scopes[i], scope), sp_time_format(freeze->scopes[i].since_ns, since),
			    freeze->scopes[i].by);
	}
	pthread_mutex_unlock(&d->gate.lock);
}

/* --- prices --- */

typedef struct price_search {
	const char *pattern;
	int64_t now_ns;
	sp_control_answer *answer;
} price_search;

/* Of a SKU's prices in order: this one is in force when its date has come and that of the next has not. */
static bool in_force(const sp_price *price, const sp_price *end, int64_t now_ns)
{
	const sp_price *next = price + 1;

	if (price->not_before_ns > now_ns)
		return false;
	return next == end || strcmp(next->sku_id, price->sku_id) != 0 || next->not_before_ns > now_ns;
}

static bool tell_prices(void *context, const sp_frame_group *group)
{
	price_search *search = context;
	const sp_price *end = group->prices + group->n_prices;
	bool all = sp_pattern_match(search->pattern, group->family);

	sp_control_answer_group(search->answer);
	for (const sp_price *price = group->prices; price < end; price++) {
		char version[24], usd[SP_DECIMAL_TEXT_MAX], date[SP_TIME_TEXT_MAX];
		bool now = in_force(price, end, search->now_ns);
		if (!all && !sp_pattern_match(search->pattern, price->sku_id))
			continue;
		if (!now && price->not_before_ns <= search->now_ns) /* a later one has taken its place */
			continue;
		snprintf(version, sizeof version, "%" PRIu64, price->version);
		if (!ROW(search->answer, price->sku_id, price->unit, version, sp_decimal_format(price->amount.nano, usd),
		         sp_offer_name(price->offer), sp_time_format(price->not_before_ns, date), group->family,
		         now ? "in force" : "announced"))
			return false;
	}
	return true;
}

static void answer_prices(sp_daemon *d, const sp_control_request *request, sp_control_answer *answer)
{
	price_search search = {.pattern = request->n_arguments > 0 ? request->arguments[0] : "*",
	                       .now_ns = sp_daemon_now(d),
	                       .answer = answer};

	sp_feed_groups(d->feed, argument(request, 1), tell_prices, &search);
}

/* --- what only the loop knows --- */

static void row_number(sp_control_answer *answer, const char *name, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRIu64, number);
	ROW(answer, name, text);
}

static void row_time(sp_control_answer *answer, const char *name, int64_t t_ns)
{
	char text[SP_TIME_TEXT_MAX] = "";

	ROW(answer, name, t_ns > 0 ? sp_time_format(t_ns, text) : text);
}

static void row_flag(sp_control_answer *answer, const char *name, bool is)
{
	ROW(answer, name, is ? "yes" : "no");
}

static void answer_status_engine(sp_daemon *d, sp_control_answer *answer)
{
	const sp_setup *setup = sp_drive_setup(d->drive);
	char hash[SP_HASH_TEXT_MAX];

	ROW(answer, "state", d->home.path);
	ROW(answer, "config", d->options.config);
	ROW(answer, "config_hash", sp_hash_text(setup->hash, hash));
	row_number(answer, "families", setup->n_families);
	row_number(answer, "skus", setup->n_skus);
	row_time(answer, "started", d->started_ns);
	row_time(answer, "tick_time", sp_daemon_now(d));
	row_time(answer, "last_tick", d->last_tick_ns);
	row_number(answer, "period_ms", (uint64_t)(setup->period_ns / SP_MS));
	row_number(answer, "ticks", d->ticks);
	row_number(answer, "families_told", d->published);
}

static void answer_status_outside(sp_daemon *d, sp_control_answer *answer)
{
	sp_intake_counts intake;
	sp_feed_counts feed;
	sp_message why = {{0}};

	sp_intake_count(d->intake, &intake);
	sp_feed_count(d->feed, &feed);
	row_number(answer, "messages", intake.messages);
	row_number(answer, "senders", intake.senders);
	row_number(answer, "waiting", intake.waiting);
	row_flag(answer, "held", intake.held);
	row_number(answer, "held_times", intake.held_times);
	row_number(answer, "epoch", d->epoch.counter);
	row_number(answer, "seq", feed.seq);
	row_number(answer, "frames", feed.frames);
	row_number(answer, "heartbeats", feed.heartbeats);
	row_number(answer, "snapshots", feed.snapshots);
	row_number(answer, "acknowledgements", feed.acknowledgements);
	row_number(answer, "subscribers", feed.subscribers);
	row_number(answer, "questions_refused", sp_control_refused(d->control));
	row_flag(answer, "commit_failing", sp_recorder_failing(d->recorder, &why) != 0);
}

static void row_alarm(sp_control_answer *answer, const sp_alarm *alarm, const char *detail)
{
	char since[SP_TIME_TEXT_MAX], text[SP_CONTROL_TEXT_MAX];

	snprintf(text, sizeof text, "%s%s%s", alarm->text, detail[0] ? ": " : "", detail);
	ROW(answer, alarm->code, alarm->subject, sp_time_format(alarm->since_ns, since), text, alarm->cure);
}

/* The driver's own stand in memory at once; those of the engine are as of the last tick (R14). */
static void answer_driver_alarms(sp_daemon *d, sp_control_answer *answer)
{
	static const sp_alarm texts[SP_ALARM_CODES] = {
#define X(name, owner, words, what) [SP_ALARM_##name] = {.code = #name, .subject = "", .text = words, .cure = what},
	    SP_ALARM_MAP(X)
#undef X
	};

	for (uint32_t i = SP_ALARM_commit; i < SP_ALARM_CODES; i++) {
		const sp_driver_alarm *stands = &d->alarms.at[i];
		sp_alarm alarm = texts[i];
		alarm.since_ns = stands->since_ns;
		if (stands->stands)
			row_alarm(answer, &alarm, stands->detail.text);
	}
}

static void answer_alarms(sp_daemon *d, sp_control_answer *answer)
{
	const sp_engine *engine = sp_drive_engine(d->drive);
	uint32_t n = sp_engine_alarms(engine, NULL, 0);
	sp_alarm *alarms = calloc(n + 1, sizeof *alarms);

	answer_driver_alarms(d, answer);
	if (!alarms) {
		answer->status =
		    sp_message_set(&answer->message, SP_E_MEMORY, "out of memory: only the daemon's own are shown");
		return;
	}
	sp_engine_alarms(engine, alarms, n);
	for (uint32_t i = 0; i < n; i++) {
		if (sp_driver_alarm_code(alarms[i].code) == SP_ALARM_CODES)
			row_alarm(answer, &alarms[i], "");
	}
	free(alarms);
}

/* One more, where there is room for the whole of it: half a number would be another one. */
static void list_one(char text[SP_CONTROL_TEXT_MAX], const char *name, uint64_t count)
{
	size_t n = strlen(text), room = SP_CONTROL_TEXT_MAX - n;

	if (count > 0 && snprintf(text + n, room, "%s%s %" PRIu64, n > 0 ? ", " : "", name, count) >= (int)room)
		text[n] = '\0';
}

/* "older 3, rate 120, truncated 1" */
static void list_refused(const sp_sender *sender, char text[SP_CONTROL_TEXT_MAX])
{
	text[0] = '\0';
	for (uint32_t i = SP_REFUSED_none + 1; i < SP_REFUSALS; i++)
		list_one(text, sp_refusal_name((sp_refusal)i), sender->refused[i]);
	for (uint32_t i = SP_WIRE_ok + 1; i < SP_WIRE_REASONS; i++)
		list_one(text, sp_wire_reason_name((sp_wire_reason)i), sender->malformed[i]);
}

static void row_source(sp_control_answer *answer, const sp_sender *sender)
{
	char messages[24], records[24], taken[24], missing[24], refused[SP_CONTROL_TEXT_MAX], last[SP_TIME_TEXT_MAX] = "";

	snprintf(messages, sizeof messages, "%" PRIu64, sender->messages);
	snprintf(records, sizeof records, "%" PRIu64, sender->records);
	snprintf(taken, sizeof taken, "%" PRIu64, sender->taken);
	snprintf(missing, sizeof missing, "%" PRIu64, sender->missing);
	list_refused(sender, refused);
	if (sender->last_ns > 0)
		sp_time_format(sender->last_ns, last);
	ROW(answer, sender->name, messages, records, taken, missing, refused, last);
}

static void answer_sources(sp_daemon *d, sp_control_answer *answer)
{
	for (uint32_t i = 0; i < sp_senders_count(d->inflow.senders); i++) {
		const sp_sender *sender = sp_senders_get(d->inflow.senders, i);
		if (sender->messages > 0 || i > 0)
			row_source(answer, sender);
	}
}

/* Is a scope of a pool or family that there is? With the nearest name where there is not. */
static void answer_known(sp_daemon *d, const sp_control_request *request, sp_control_answer *answer)
{
	const sp_setup *setup = sp_drive_setup(d->drive);
	const char *scope = argument(request, 0), *blank = strchr(scope, ' '), *name = blank ? blank + 1 : "";
	uint32_t type = strncmp(scope, "pool ", 5) == 0 ? SP_SUBJECT_POOL : SP_SUBJECT_FAMILY;
	uint32_t slot = sp_ids_find(setup->names, name, strlen(name));
	const char *nearest = sp_ids_nearest(setup->names, name, strlen(name));

	if (slot != SP_NO_SLOT && setup->subjects[slot].type == type)
		return;
	answer->status = sp_message_set(&answer->message, SP_E_UNKNOWN, "there is no %s \"%s\"%s%s%s",
	                                type == SP_SUBJECT_POOL ? "pool" : "family", name,
	                                nearest ? ": did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
}

void sp_daemon_answer(sp_daemon *d, const sp_control_request *request, sp_control_answer *answer)
{
	switch (request->verb) {
	case SP_CONTROL_status:
		answer_status_engine(d, answer);
		answer_status_outside(d, answer);
		break;
	case SP_CONTROL_alarms:
		answer_alarms(d, answer);
		break;
	case SP_CONTROL_sources:
		answer_sources(d, answer);
		break;
	case SP_CONTROL_freeze:
		answer_known(d, request, answer);
		break;
	default:
		SP_ASSERT(false);
	}
}

/* --- the control thread --- */

static void answer_one(sp_daemon *d, const sp_control_request *request, uid_t uid, sp_control_answer *answer)
{
	switch (request->verb) {
	case SP_CONTROL_freeze:
		answer_freeze(d, request, uid, answer);
		break;
	case SP_CONTROL_thaw:
		answer_thaw(d, request, uid, answer);
		break;
	case SP_CONTROL_frozen:
		answer_frozen(d, answer);
		break;
	case SP_CONTROL_prices:
		answer_prices(d, request, answer);
		break;
	default:
		if (!sp_question_ask(&d->question, request, answer, ANSWERS_WAIT_MS))
			answer->status = sp_message_set(&answer->message, SP_E_BUSY, "the daemon is busy: ask again in a moment");
	}
}

static void *control_main(void *context)
{
	static sp_control_answer answer; /* a quarter of a megabyte, for the one control thread there is */
	sp_daemon *d = context;
	sp_control_request request;
	uid_t uid;

	while (!atomic_load(&d->control_stops)) {
		if (sp_control_next(d->control, ANSWERS_LOOK_MS, &request, &uid) != SP_OK)
			continue;
		sp_control_answer_init(&answer);
		answer_one(d, &request, uid, &answer);
		sp_control_reply(d->control, &answer);
	}
	return NULL;
}

sp_status sp_daemon_control_start(sp_daemon *d, sp_message *message)
{
	sp_status status = sp_control_open(d->home.control, &d->control, message);

	atomic_store(&d->control_stops, false);
	if (status == SP_OK && pthread_create(&d->control_thread, NULL, control_main, d) != 0) {
		sp_control_close(d->control);
		d->control = NULL;
		status = sp_message_set(message, SP_E_MEMORY, "no thread can be started");
	}
	return status;
}

void sp_daemon_control_stop(sp_daemon *d)
{
	if (!d->control)
		return;
	atomic_store(&d->control_stops, true);
	pthread_join(d->control_thread, NULL);
	sp_control_close(d->control);
	d->control = NULL;
}
