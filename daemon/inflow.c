/* inflow.c - see inflow.h. */
#include "daemon/inflow.h"

#include <string.h>

#include "base/assert.h"

sp_status sp_inflow_open(sp_inflow *inflow, sp_message *message)
{
	*inflow = (sp_inflow){.senders = sp_senders_open(), .decoder = sp_wire_open()};
	return inflow->senders && inflow->decoder ? SP_OK : sp_message_set(message, SP_E_MEMORY, "out of memory");
}

void sp_inflow_close(sp_inflow *inflow)
{
	if (inflow->in_hand)
		sp_intake_release(inflow->intake, &inflow->message);
	sp_senders_close(inflow->senders);
	sp_wire_close(inflow->decoder);
}

void sp_inflow_expect(sp_inflow *inflow)
{
	const sp_setup *setup = sp_drive_setup(inflow->drive);

	for (uint32_t i = 0; i < setup->n_sources; i++)
		(void)sp_senders_find(inflow->senders, setup->sources[i].id, strlen(setup->sources[i].id));
}

static void refuse(sp_inflow *inflow, sp_refusal refusal, uint32_t n)
{
	if (n == 0)
		return;
	sp_drive_refuse(inflow->drive, refusal, n);
	sp_senders_refuse(inflow->senders, inflow->sender, refusal, n);
}

/* --- a message --- */

static void drop(sp_inflow *inflow)
{
	sp_intake_release(inflow->intake, &inflow->message);
	inflow->in_hand = false;
}

/* Refused whole: its records, or itself where it has none. */
static void refuse_whole(sp_inflow *inflow, sp_refusal refusal)
{
	refuse(inflow, refusal, inflow->decoded.n_records > 0 ? inflow->decoded.n_records : 1);
	drop(inflow);
}

/* Nobody whom the configuration names. Over tcp anybody on the machine may send, so there it must name who may (R19). What they
 * send is not recorded: no number of names keeps out one that is known. */
static bool is_foreign(const sp_inflow *inflow, int64_t rate)
{
	return sp_drive_setup(inflow->drive)->n_sources > 0 ? rate == 0 : !inflow->message.local;
}

/* Its seq: recorded with the first of its records, so that what was taken before a crash is not taken again. */
static void take_seq(sp_inflow *inflow, const char *source)
{
	uint64_t missing = 0;
	sp_status status = sp_drive_message(inflow->drive, source, inflow->decoded.seq, &inflow->source, &missing, NULL);

	if (status != SP_OK) {
		refuse_whole(inflow, status == SP_E_DUPLICATE ? SP_REFUSED_sequence : SP_REFUSED_source);
		return;
	}
	if (missing > 0)
		sp_senders_missing(inflow->senders, inflow->sender, missing);
}

static void admit(sp_inflow *inflow, int64_t now_ns)
{
	const sp_wire_message *decoded = &inflow->decoded;
	char source[SP_ID_MAX + 1];
	int64_t rate;

	SP_ASSERT(decoded->n_source <= SP_ID_MAX);
	memcpy(source, decoded->source, decoded->n_source);
	source[decoded->n_source] = '\0';
	rate = sp_setup_source_rate(sp_drive_setup(inflow->drive), source);
	inflow->admitted = sp_senders_admit(inflow->senders, inflow->sender, decoded->n_records, rate, now_ns);
	if (is_foreign(inflow, rate))
		refuse_whole(inflow, SP_REFUSED_source);
	else if (inflow->admitted == 0 && decoded->n_records > 0) /* unheard: its seq may come again */
		refuse_whole(inflow, SP_REFUSED_rate);
	else
		take_seq(inflow, source);
}

static void begin(sp_inflow *inflow, int64_t now_ns)
{
	sp_wire_message *decoded = &inflow->decoded;
	sp_wire_reason reason;

	*decoded = (sp_wire_message){0};
	reason = sp_wire_decode(inflow->decoder, inflow->message.bytes, inflow->message.n, decoded);
	inflow->sender = sp_senders_find(inflow->senders, decoded->source, decoded->n_source);
	inflow->next = 0;
	inflow->in_hand = true;
	if (reason == SP_WIRE_ok) {
		admit(inflow, now_ns);
		return;
	}
	sp_drive_refuse(inflow->drive, SP_REFUSED_malformed, 1);
	sp_senders_malformed(inflow->senders, inflow->sender, reason);
	drop(inflow);
}

/* --- a record --- */

/* The checks that need a clock; the others are the engine's. */
static sp_refusal check(const sp_setup *setup, const sp_wire_record *record, int64_t now_ns)
{
	if (record->refusal != SP_REFUSED_none)
		return record->refusal;
	if (record->t_ns > now_ns && record->t_ns - now_ns > setup->max_ahead_ns)
		return SP_REFUSED_future;
	return SP_REFUSED_none;
}

static bool is_name(const sp_ids *names, uint32_t slot, const sp_wire_record *record)
{
	const char *name = slot < sp_ids_count(names) ? sp_ids_name(names, slot) : "";

	return strncmp(name, record->subject, record->n_subject) == 0 && name[record->n_subject] == '\0';
}

/* The slot of a record's subject: that of the record before, or what followed it last time, or else it is looked up. */
static uint32_t find_subject(sp_inflow *inflow, const sp_ids *names, const sp_wire_record *record)
{
	uint32_t *follows = &inflow->follows[inflow->subject % SP_INFLOW_GUESSES], slot = *follows;

	SP_ASSERT(record->n_subject > 0);
	if (is_name(names, inflow->subject, record))
		return inflow->subject;
	if (!is_name(names, slot, record))
		slot = sp_ids_find(names, record->subject, record->n_subject);
	if (slot != SP_NO_SLOT)
		inflow->subject = *follows = slot;
	return slot;
}

static void take(sp_inflow *inflow, const sp_setup *setup, const sp_wire_record *record, int64_t now_ns)
{
	sp_signal signal = {.t_ns = record->t_ns, .kind = record->kind, .source = inflow->source, .value = record->value};
	sp_refusal refusal = check(setup, record, now_ns);
	sp_status status;

	if (refusal == SP_REFUSED_none) {
		signal.subject = find_subject(inflow, setup->names, record);
		refusal = signal.subject == SP_NO_SLOT ? SP_REFUSED_unknown_subject : SP_REFUSED_none;
	}
	if (refusal != SP_REFUSED_none) {
		refuse(inflow, refusal, 1);
		return;
	}
	status = sp_drive_take(inflow->drive, &signal, &refusal, NULL);
	SP_ASSERT(status == SP_OK); /* there is room */
	if (refusal == SP_REFUSED_none)
		sp_senders_take(inflow->senders, inflow->sender);
	else
		sp_senders_refuse(inflow->senders, inflow->sender, refusal, 1);
}

static bool go_on(sp_inflow *inflow, int64_t now_ns)
{
	const sp_wire_message *decoded = &inflow->decoded;
	const sp_setup *setup = sp_drive_setup(inflow->drive);

	while (inflow->next < inflow->admitted && sp_drive_has_room(inflow->drive))
		take(inflow, setup, &decoded->records[inflow->next++], now_ns);
	if (inflow->next < inflow->admitted)
		return false;
	refuse(inflow, SP_REFUSED_rate, decoded->n_records - inflow->admitted);
	drop(inflow);
	return true;
}

bool sp_inflow_step(sp_inflow *inflow, int64_t now_ns)
{
	if (!inflow->in_hand) {
		if (!sp_drive_has_room(inflow->drive) || !sp_intake_next(inflow->intake, &inflow->message))
			return false;
		begin(inflow, now_ns);
	}
	return inflow->in_hand ? go_on(inflow, now_ns) : true;
}

bool sp_inflow_stuck(const sp_inflow *inflow)
{
	return inflow->in_hand || !sp_drive_has_room(inflow->drive);
}
