/* inputs.c - inputs as bytes and back; see inputs.h.
 *
 * A block is a run of entries. Each begins with its kind (1 byte):
 *   1 signal         name subject, name source, u8 kind, zigzag t (difference to the block's last), value
 *   2 command        text subject, u8 kind, u8 scope, zigzag index, u8 alarm, u8 raised, varint withdraw, varint
 *                    published, text by
 *   3 configuration  32 bytes of its hash
 *   4 refused        u8 reason, varint count
 *   5 message        name source, varint seq
 * A name is a varint: 0 is followed by a text, which takes the block's next number from 1 on; others are such numbers. A
 * value is a zigzag for money, else the 8 bytes of a double. */
#include "controller/engine/inputs.h"

#include <string.h>

#include "base/assert.h"
#include "base/time.h"

/* Room for one entry, whatever it is. */
#define ENTRY_MAX 512

struct sp_inputs {
	sp_writer writer;
	int64_t last_ns;
	uint32_t n_names, n_subjects, block, pad;
	uint32_t *named;  /* [subjects + sources]: the block that named it last */
	uint32_t *number; /* and the number it took there */
};

size_t sp_inputs_size(uint32_t n_subjects)
{
	return sizeof(sp_inputs) + 2 * sizeof(uint32_t) * ((size_t)n_subjects + SP_SOURCES_MAX) + SP_INPUTS_BLOCK_MAX;
}

sp_inputs *sp_inputs_init(void *memory, size_t size, uint32_t n_subjects)
{
	sp_inputs *inputs = memory;
	size_t n = (size_t)n_subjects + SP_SOURCES_MAX;

	SP_ASSERT(memory && size >= sp_inputs_size(n_subjects));
	memset(inputs, 0, sizeof *inputs + 2 * sizeof(uint32_t) * n);
	inputs->n_subjects = n_subjects;
	inputs->named = (uint32_t *)(void *)(inputs + 1);
	inputs->number = inputs->named + n;
	inputs->writer = (sp_writer){.at = (uint8_t *)(inputs->number + n), .size = SP_INPUTS_BLOCK_MAX};
	inputs->block = 1;
	return inputs;
}

void sp_inputs_clear(sp_inputs *inputs)
{
	inputs->writer.n = 0;
	inputs->n_names = 0;
	inputs->last_ns = 0;
	inputs->block++;
	if (inputs->block == 0) { /* the count went round: forget whom it named */
		memset(inputs->named, 0, sizeof(uint32_t) * ((size_t)inputs->n_subjects + SP_SOURCES_MAX));
		inputs->block = 1;
	}
}

const uint8_t *sp_inputs_bytes(const sp_inputs *inputs, size_t *n)
{
	*n = inputs->writer.n;
	return inputs->writer.at;
}

bool sp_inputs_has_room(const sp_inputs *inputs)
{
	return inputs->n_names + 2 <= SP_INPUTS_NAMES_MAX && inputs->writer.size - inputs->writer.n >= ENTRY_MAX;
}

/* Writes a name: out in full at its first use in the block, else its number. `place` is the subject's or source's own. */
static void put_name(sp_inputs *inputs, uint32_t place, const char *name)
{
	SP_ASSERT(place < inputs->n_subjects + SP_SOURCES_MAX);
	if (inputs->named[place] == inputs->block) {
		sp_put_varint(&inputs->writer, inputs->number[place]);
		return;
	}
	SP_ASSERT(sp_id_check(name, strlen(name)) == SP_OK);
	inputs->named[place] = inputs->block;
	inputs->number[place] = ++inputs->n_names;
	sp_put_varint(&inputs->writer, 0);
	sp_put_text(&inputs->writer, name);
}

void sp_inputs_add_signal(sp_inputs *inputs, const sp_signal *signal, const char *subject, const char *source)
{
	sp_writer *w = &inputs->writer;

	SP_ASSERT(signal->kind < SP_SIGNAL_KINDS && signal->subject < inputs->n_subjects &&
	          signal->source < SP_SOURCES_MAX);
	SP_ASSERT(signal->t_ns >= SP_TIME_MIN_NS && signal->t_ns < SP_TIME_MAX_NS);
	SP_ASSERT(sp_inputs_has_room(inputs));
	sp_put_u8(w, SP_INPUT_SIGNAL);
	put_name(inputs, signal->subject, subject);
	put_name(inputs, inputs->n_subjects + signal->source, source);
	sp_put_u8(w, (uint8_t)signal->kind);
	sp_put_zigzag(w, signal->t_ns - inputs->last_ns);
	inputs->last_ns = signal->t_ns;
	if (sp_kinds[signal->kind].money)
		sp_put_zigzag(w, signal->value.nano);
	else
		sp_put_double(w, signal->value.real);
	SP_ASSERT(w->n <= w->size);
}

/* A command is rare: its subject is always written out, as a name of its own. */
/* Where drivers' alarms begin in a block, however many the engine has of its own: theirs never stand in one. */
#define STORED_ALARMS 9u

static uint8_t stored_alarm(uint32_t alarm)
{
	return (uint8_t)(alarm < SP_ALARM_commit ? 0 : alarm - SP_ALARM_commit + STORED_ALARMS);
}

static uint32_t alarm_stored(uint8_t stored)
{
	return stored < STORED_ALARMS ? 0 : stored - STORED_ALARMS + SP_ALARM_commit;
}

void sp_inputs_add_command(sp_inputs *inputs, const sp_command *command, const char *subject)
{
	sp_writer *w = &inputs->writer;

	SP_ASSERT(command->kind < SP_COMMAND_KINDS && strlen(subject) <= SP_ID_MAX && strlen(command->by) <= SP_ID_MAX);
	SP_ASSERT(command->withdraw_ns >= SP_TIME_MIN_NS && command->withdraw_ns < SP_TIME_MAX_NS &&
	          command->published_ns >= SP_TIME_MIN_NS && command->published_ns < SP_TIME_MAX_NS);
	SP_ASSERT(sp_inputs_has_room(inputs));
	sp_put_u8(w, SP_INPUT_COMMAND);
	sp_put_text(w, subject);
	sp_put_u8(w, (uint8_t)command->kind);
	sp_put_u8(w, (uint8_t)command->scope);
	sp_put_zigzag(w, command->index.ppb);
	sp_put_u8(w, stored_alarm(command->alarm));
	sp_put_u8(w, command->raised);
	sp_put_varint(w, (uint64_t)command->withdraw_ns);
	sp_put_varint(w, (uint64_t)command->published_ns);
	sp_put_text(w, command->by);
	SP_ASSERT(w->n <= w->size);
}

void sp_inputs_add_config(sp_inputs *inputs, const uint8_t hash[SP_CONFIG_HASH_SIZE])
{
	SP_ASSERT(sp_inputs_has_room(inputs));
	sp_put_u8(&inputs->writer, SP_INPUT_CONFIG);
	sp_put_bytes(&inputs->writer, hash, SP_CONFIG_HASH_SIZE);
}

void sp_inputs_add_refused(sp_inputs *inputs, sp_refusal refusal, uint32_t n)
{
	SP_ASSERT(refusal > SP_REFUSED_none && refusal < SP_REFUSALS && n > 0);
	SP_ASSERT(sp_inputs_has_room(inputs));
	sp_put_u8(&inputs->writer, SP_INPUT_REFUSED);
	sp_put_u8(&inputs->writer, (uint8_t)refusal);
	sp_put_varint(&inputs->writer, n);
}

void sp_inputs_add_message(sp_inputs *inputs, uint32_t slot, const char *source, int64_t seq)
{
	SP_ASSERT(slot < SP_SOURCES_MAX && seq > 0);
	SP_ASSERT(sp_inputs_has_room(inputs));
	sp_put_u8(&inputs->writer, SP_INPUT_MESSAGE);
	put_name(inputs, inputs->n_subjects + slot, source);
	sp_put_varint(&inputs->writer, (uint64_t)seq);
}

/* --- back --- */

void sp_inputs_begin(sp_inputs_cursor *cursor, const uint8_t *bytes, size_t n)
{
	cursor->reader = (sp_reader){.at = bytes, .size = n, .ok = true};
	cursor->n_names = 0;
	cursor->last_ns = 0;
}

/* A text without a zero in it, of at most an id's length. */
static void get_text(sp_reader *r, char out[SP_ID_MAX + 1])
{
	size_t n;
	const char *text = sp_get_text(r, &n);

	if (!r->ok || n > SP_ID_MAX || (n > 0 && memchr(text, '\0', n))) {
		r->ok = false;
		return;
	}
	memcpy(out, text, n);
	out[n] = '\0';
}

static void get_id(sp_reader *r, char id[SP_ID_MAX + 1])
{
	get_text(r, id);
	r->ok = r->ok && sp_id_check(id, strlen(id)) == SP_OK;
}

static void get_name(sp_inputs_cursor *cursor, char id[SP_ID_MAX + 1])
{
	sp_reader *r = &cursor->reader;
	uint64_t number = sp_get_varint(r);

	if (r->ok && number == 0 && cursor->n_names < SP_INPUTS_NAMES_MAX) {
		cursor->name_at[cursor->n_names++] = (uint32_t)r->n;
		get_id(r, id);
	} else if (r->ok && number > 0 && number <= cursor->n_names) {
		sp_reader back = {.at = r->at, .size = r->size, .n = cursor->name_at[number - 1], .ok = true};
		get_id(&back, id);
		r->ok = back.ok;
	} else {
		r->ok = false;
	}
}

/* A damaged block might lead outside the times there are, for which the engine has no answer. */
static int64_t step_time(sp_inputs_cursor *cursor, int64_t difference)
{
	int64_t t_ns = 0;

	if (sp_add(cursor->last_ns, difference, &t_ns) != SP_OK || t_ns < SP_TIME_MIN_NS || t_ns >= SP_TIME_MAX_NS)
		cursor->reader.ok = false;
	cursor->last_ns = t_ns;
	return t_ns;
}

static void get_signal(sp_inputs_cursor *cursor, sp_input *input)
{
	sp_reader *r = &cursor->reader;

	get_name(cursor, input->subject);
	get_name(cursor, input->source);
	input->signal_kind = sp_get_u8(r);
	input->t_ns = step_time(cursor, sp_get_zigzag(r));
	if (!r->ok || input->signal_kind >= SP_SIGNAL_KINDS) {
		r->ok = false;
		return;
	}
	if (sp_kinds[input->signal_kind].money)
		input->value.nano = sp_get_zigzag(r);
	else
		input->value.real = sp_get_double(r);
}

static bool get_flag(sp_reader *r)
{
	uint8_t flag = sp_get_u8(r);

	r->ok = r->ok && flag <= 1;
	return flag == 1;
}

static int64_t get_time(sp_reader *r)
{
	uint64_t t_ns = sp_get_varint(r);

	r->ok = r->ok && t_ns < (uint64_t)SP_TIME_MAX_NS;
	return r->ok ? (int64_t)t_ns : 0;
}

/* The subject is "" where a command is for all. */
static void get_command(sp_inputs_cursor *cursor, sp_input *input)
{
	sp_reader *r = &cursor->reader;
	sp_command *command = &input->command;

	get_text(r, input->subject);
	command->kind = sp_get_u8(r);
	command->scope = sp_get_u8(r);
	command->slot = SP_NO_SLOT;
	command->index.ppb = sp_get_zigzag(r);
	command->alarm = alarm_stored(sp_get_u8(r));
	command->raised = get_flag(r);
	command->withdraw_ns = get_time(r);
	command->published_ns = get_time(r);
	get_text(r, command->by);
	if (command->kind >= SP_COMMAND_KINDS || command->scope > SP_SCOPE_FAMILY ||
	    (input->subject[0] && sp_id_check(input->subject, strlen(input->subject)) != SP_OK))
		r->ok = false;
}

static void get_refused(sp_reader *r, sp_input *input)
{
	uint64_t n;

	input->refusal = sp_get_u8(r);
	n = sp_get_varint(r);
	r->ok = r->ok && input->refusal > SP_REFUSED_none && input->refusal < SP_REFUSALS && n > 0 && n <= UINT32_MAX;
	input->n = (uint32_t)n;
}

static void get_message(sp_inputs_cursor *cursor, sp_input *input)
{
	sp_reader *r = &cursor->reader;
	uint64_t seq;

	get_name(cursor, input->source);
	seq = sp_get_varint(r);
	r->ok = r->ok && seq > 0 && seq <= INT64_MAX;
	input->seq = (int64_t)seq;
}

sp_status sp_inputs_next(sp_inputs_cursor *cursor, sp_input *input)
{
	sp_reader *r = &cursor->reader;
	const uint8_t *hash;

	if (sp_reader_ended(r))
		return SP_E_END;
	memset(input, 0, sizeof *input);
	input->kind = sp_get_u8(r);
	switch (input->kind) {
	case SP_INPUT_SIGNAL:
		get_signal(cursor, input);
		break;
	case SP_INPUT_COMMAND:
		get_command(cursor, input);
		break;
	case SP_INPUT_CONFIG:
		hash = sp_get_bytes(r, SP_CONFIG_HASH_SIZE);
		if (hash)
			memcpy(input->config, hash, SP_CONFIG_HASH_SIZE);
		break;
	case SP_INPUT_REFUSED:
		get_refused(r, input);
		break;
	case SP_INPUT_MESSAGE:
		get_message(cursor, input);
		break;
	default:
		r->ok = false;
	}
	return r->ok ? SP_OK : SP_E_DAMAGED;
}
