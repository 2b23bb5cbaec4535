/* sending.c - see sending.h. */
#include "cli/sending.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "base/time.h"
#include "transport/intake/push.h"
#include "transport/wire/signals.h"

#define OPEN_MS  2000          /* for a daemon that is just starting */
#define STEP_NS  (100 * SP_MS) /* how often whoever watches hears of a wait */
#define TOGETHER (10 * SP_MS)  /* due within this: one message */
#define FAR_NS   (INT64_C(36500) * SP_DAY)

struct sp_sending {
	const sp_sending_options *options;
	sp_push *push;
	sp_sending_counts counts;
	int64_t began_mono_ns, began_wall_ns;
	int64_t first_ns; /* the first recorded time; SP_TIME_NEVER: none yet */
	sp_ids *sources;
	int64_t *seqs; /* by source: of its next message */
	uint32_t source, n_seqs;
	uint32_t n; /* gathered */
	sp_wire_record records[SP_SENDING_RECORDS_MAX];
	char names[SP_SENDING_RECORDS_MAX][SP_ID_MAX + 1];
	uint8_t bytes[SP_WIRE_SIGNALS_MAX];
};

static int64_t clock_of(clockid_t which)
{
	struct timespec now;

	clock_gettime(which, &now);
	return now.tv_sec * SP_SEC + now.tv_nsec;
}

/* --- pushing --- */

static void tell_waiting(const sp_sending *sending, bool pushed_back)
{
	if (sending->options->waiting)
		sending->options->waiting(sending->options->context, pushed_back);
}

/* One try lasts a step, so that whoever watches hears of it. */
typedef sp_status (*push_try)(sp_sending *sending, size_t n, int wait_ms, sp_message *message);

static sp_status try_send(sp_sending *sending, size_t n, int wait_ms, sp_message *message)
{
	return sp_push_send(sending->push, sending->bytes, n, wait_ms, message);
}

static sp_status try_flush(sp_sending *sending, size_t n, int wait_ms, sp_message *message)
{
	(void)n;
	return sp_push_flush(sending->push, wait_ms, message);
}

/* A daemon that restarts is waited for as one that is busy is. */
static sp_status push_patiently(sp_sending *sending, push_try attempt, size_t n, sp_message *message)
{
	const int64_t timeout_ns = sending->options->timeout_ns, from_ns = clock_of(CLOCK_MONOTONIC);

	for (;;) {
		sp_status status = attempt(sending, n, STEP_NS / SP_MS, message);
		int64_t waited_ns = clock_of(CLOCK_MONOTONIC) - from_ns;
		if (status != SP_E_BUSY && status != SP_E_UNREACHABLE)
			return status;
		if (timeout_ns > 0 && waited_ns >= timeout_ns)
			return status;
		tell_waiting(sending, true);
	}
}

sp_status sp_sending_go(sp_sending *sending, sp_message *message)
{
	const char *source = sending->n > 0 ? sp_ids_name(sending->sources, sending->source) : "";
	sp_wire_message packed = {source, strlen(source), 0, sending->records, sending->n};
	sp_writer writer = {.at = sending->bytes, .size = sizeof sending->bytes};
	sp_status status;

	if (sending->n == 0)
		return SP_OK;
	packed.seq = sending->seqs[sending->source]++;
	status = sp_wire_encode(&packed, &writer);
	SP_ASSERT(status == SP_OK); /* every record was checked when it was added */
	status = push_patiently(sending, try_send, writer.n, message);
	if (status != SP_OK)
		return status;
	sending->counts.records += sending->n;
	sending->counts.messages++;
	sending->counts.bytes += writer.n;
	sending->n = 0;
	return SP_OK;
}

sp_status sp_sending_end(sp_sending *sending, sp_message *message)
{
	sp_status status = sp_sending_go(sending, message);

	return status == SP_OK ? push_patiently(sending, try_flush, 0, message) : status;
}

/* --- when --- */

/* How long after the beginning a signal is due, and its time as it is sent. */
static int64_t due_after(sp_sending *sending, int64_t t_ns)
{
	const sp_sending_options *options = sending->options;
	uint64_t before = sending->counts.records + sending->n;
	double after_ns = 0;

	if (options->per_s > 0)
		after_ns = (double)before / options->per_s * SP_SEC;
	else if (options->pace > 0 && t_ns != SP_TIME_NEVER)
		after_ns = (double)(t_ns - sending->first_ns) / options->pace;
	if (after_ns >= (double)FAR_NS)
		return FAR_NS;
	return after_ns > 0 ? (int64_t)after_ns : 0;
}

static int64_t moved(const sp_sending *sending, int64_t t_ns)
{
	const sp_sending_options *options = sending->options;
	int64_t since_ns = t_ns - sending->first_ns;

	if (t_ns == SP_TIME_NEVER)
		return clock_of(CLOCK_REALTIME);
	if (options->pace > 0)
		return sending->began_wall_ns + (int64_t)((double)since_ns / options->pace);
	return options->now ? sending->began_wall_ns + since_ns : t_ns;
}

static void sleep_until(const sp_sending *sending, int64_t until_ns)
{
	int64_t left_ns;

	while ((left_ns = until_ns - clock_of(CLOCK_MONOTONIC)) > 0) {
		int64_t step_ns = left_ns < STEP_NS ? left_ns : STEP_NS;
		nanosleep(&(struct timespec){.tv_nsec = step_ns}, NULL);
		tell_waiting(sending, false);
	}
}

static sp_status wait_until_due(sp_sending *sending, int64_t t_ns, sp_message *message)
{
	int64_t until_ns = sending->began_mono_ns + due_after(sending, t_ns);
	sp_status status;

	if (until_ns <= clock_of(CLOCK_MONOTONIC) + TOGETHER)
		return SP_OK;
	status = sp_sending_go(sending, message);
	sleep_until(sending, until_ns);
	return status;
}

/* --- gathering --- */

static sp_status find_source(sp_sending *sending, const char *name, uint32_t *slot)
{
	sp_status status = sp_ids_add(sending->sources, name, strlen(name), slot);
	int64_t *seqs;

	if (status != SP_OK || *slot < sending->n_seqs)
		return status;
	seqs = realloc(sending->seqs, (*slot + 1) * sizeof *seqs);
	if (!seqs)
		return SP_E_MEMORY;
	seqs[*slot] = clock_of(CLOCK_REALTIME);
	sending->seqs = seqs;
	sending->n_seqs = *slot + 1;
	return SP_OK;
}

static void gather(sp_sending *sending, const sp_signal_line *line, int64_t t_ns)
{
	char *name = sending->names[sending->n];

	SP_ASSERT(sending->n < SP_SENDING_RECORDS_MAX);
	strcpy(name, line->name);
	sending->records[sending->n++] = (sp_wire_record){
	    .t_ns = t_ns, .kind = line->kind, .subject = name, .n_subject = strlen(name), .value = line->value};
}

sp_status sp_sending_add(sp_sending *sending, const sp_signal_line *line, sp_message *message)
{
	uint32_t source;
	int64_t t_ns;
	sp_status status;

	SP_ASSERT(line->name[0] && !line->tick);
	if (sending->first_ns == SP_TIME_NEVER)
		sending->first_ns = line->t_ns;
	status = find_source(sending, line->source[0] ? line->source : sending->options->source, &source);
	if (status != SP_OK)
		return sp_message_set(message, status, "out of memory");
	status = wait_until_due(sending, line->t_ns, message);
	if (status == SP_OK && (sending->n == SP_SENDING_RECORDS_MAX || source != sending->source))
		status = sp_sending_go(sending, message);
	if (status != SP_OK)
		return status;
	t_ns = moved(sending, line->t_ns);
	if (t_ns < SP_TIME_MIN_NS || t_ns >= SP_TIME_MAX_NS)
		return sp_message_set(message, SP_E_RANGE, "t: moved to now it is not between 1970 and 2200");
	sending->source = source;
	gather(sending, line, t_ns);
	return SP_OK;
}

/* --- life --- */

sp_status sp_sending_open(const sp_sending_options *options, sp_sending **opened, sp_message *message)
{
	sp_sending *sending = calloc(1, sizeof *sending);
	sp_status status = SP_E_MEMORY;

	SP_ASSERT(options->url && sp_id_check(options->source, strlen(options->source)) == SP_OK);
	if (sending && (sending->sources = sp_ids_open())) {
		sending->options = options;
		sending->first_ns = SP_TIME_NEVER;
		status = sp_push_open(options->url, OPEN_MS, &sending->push, message);
		sending->began_mono_ns = clock_of(CLOCK_MONOTONIC);
		sending->began_wall_ns = clock_of(CLOCK_REALTIME);
	} else {
		sp_message_set(message, status, "out of memory");
	}
	if (status == SP_OK)
		*opened = sending;
	else
		sp_sending_close(sending);
	return status;
}

void sp_sending_close(sp_sending *sending)
{
	if (!sending)
		return;
	sp_push_close(sending->push);
	sp_ids_close(sending->sources);
	free(sending->seqs);
	free(sending);
}

sp_sending_counts sp_sending_count(const sp_sending *sending)
{
	return sending->counts;
}
