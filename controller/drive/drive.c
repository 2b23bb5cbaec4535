/* drive.c - the offline way from a signal to a committed decision; see drive.h. */
#include "controller/drive/drive.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/time.h"
#include "controller/engine/inputs.h"

#define ALIGNMENT 64

struct sp_drive {
	const sp_config *config;
	const sp_setup *setup;
	sp_engine *engine;
	sp_tick *tick;
	sp_inputs *inputs;
	sp_ids *sources;
	sp_log_file *log;
	uint8_t *checkpoint;
	size_t n_checkpoint;
	int64_t ticks, ids;
	bool digest;
};

static void *aligned(size_t size)
{
	return aligned_alloc(ALIGNMENT, (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
}

static sp_engine *new_engine(const sp_setup *setup)
{
	size_t size = sp_engine_size(setup);
	void *memory = aligned(size);

	return memory ? sp_engine_init(memory, size, setup) : NULL;
}

/* Engine, tick and input block of a setup; the drive holds what could be had, for sp_drive_close. */
static sp_status build(sp_drive *drive, const sp_config *config, sp_message *message)
{
	const sp_setup *setup = sp_config_setup(config);
	size_t n_tick = sp_tick_size(setup), n_inputs = sp_inputs_size(setup->n_subjects);
	void *tick = aligned(n_tick), *inputs = aligned(n_inputs);

	drive->config = config;
	drive->setup = setup;
	drive->engine = new_engine(setup);
	drive->tick = tick ? sp_tick_init(tick, n_tick, setup) : NULL;
	drive->inputs = inputs ? sp_inputs_init(inputs, n_inputs, setup->n_subjects) : NULL;
	drive->n_checkpoint = drive->engine ? sp_engine_save_size(drive->engine) : 0;
	drive->checkpoint = drive->engine && drive->log ? malloc(drive->n_checkpoint) : NULL;
	if (!drive->engine || !drive->tick || !drive->inputs || (drive->log && !drive->checkpoint))
		return sp_message_set(message, SP_E_MEMORY, "out of memory: this configuration needs %zu MB",
		                      (sp_engine_size(setup) + n_tick + n_inputs) >> 20);
	return SP_OK;
}

static void demolish(sp_drive *drive)
{
	free(drive->engine);
	free(drive->tick);
	free(drive->inputs);
	free(drive->checkpoint);
}

/* --- inputs --- */

/* Stores the block so far, so that the next input has room (R12). */
static sp_status flush(sp_drive *drive, sp_message *message)
{
	size_t n;
	const uint8_t *bytes = sp_inputs_bytes(drive->inputs, &n);
	sp_status status = SP_OK;

	if (drive->log && n > 0)
		status = sp_log_append(drive->log, bytes, n, message);
	if (status == SP_OK)
		sp_inputs_clear(drive->inputs);
	return status;
}

/* Called before every append: there is room for one more input. */
static sp_status make_room(sp_drive *drive, sp_message *message)
{
	return sp_inputs_has_room(drive->inputs) ? SP_OK : flush(drive, message);
}

/* The configuration's text goes into the log, its hash among the inputs; the block is empty, so there is room. */
static sp_status record_config(sp_drive *drive, sp_message *message)
{
	const char *yaml, *sheet;
	size_t n_yaml, n_sheet;
	sp_status status = SP_OK;

	SP_ASSERT(sp_inputs_has_room(drive->inputs));
	sp_config_texts(drive->config, &yaml, &n_yaml, &sheet, &n_sheet);
	if (drive->log)
		status = sp_log_config(drive->log, drive->setup->hash, yaml, n_yaml, sheet, n_sheet, message);
	if (status == SP_OK)
		sp_inputs_add_config(drive->inputs, drive->setup->hash);
	return status;
}

/* --- life --- */

static sp_status open_log(sp_drive *drive, const sp_drive_options *asked, sp_message *message)
{
	sp_log_options options = {.create = true, .vfs = asked->vfs, .engine_version = SP_ENGINE_VERSION};
	const char *path = asked->log_path;

	if (access(path, F_OK) == 0)
		return sp_message_set(message, SP_E_DUPLICATE,
		                      "%s exists: a recording is never written over; name another file", path);
	return sp_log_open(path, &options, &drive->log, message);
}

sp_status sp_drive_open(const sp_config *config, const sp_drive_options *options, sp_drive **out, sp_message *message)
{
	sp_drive *drive = calloc(1, sizeof *drive);
	sp_status status = SP_OK;

	if (!drive)
		return sp_message_set(message, SP_E_MEMORY, "out of memory");
	drive->digest = options->digest;
	drive->sources = sp_ids_open();
	if (!drive->sources)
		status = sp_message_set(message, SP_E_MEMORY, "out of memory");
	if (status == SP_OK && options->log_path)
		status = open_log(drive, options, message);
	if (status == SP_OK)
		status = build(drive, config, message);
	if (status == SP_OK)
		status = record_config(drive, message);
	if (status == SP_OK)
		*out = drive;
	else
		sp_drive_close(drive);
	return status;
}

void sp_drive_close(sp_drive *drive)
{
	if (!drive)
		return;
	demolish(drive);
	sp_ids_close(drive->sources);
	sp_log_close(drive->log);
	free(drive);
}

/* The same text is no change: the state goes over as it is, and nothing is recorded. */
static sp_status take_over(sp_drive *next, const sp_drive *from, bool accept_sheet, sp_message *message)
{
	size_t n = sp_engine_save_size(from->engine);
	uint8_t *state;
	sp_status status;

	if (memcmp(next->setup->hash, from->setup->hash, SP_HASH_SIZE) != 0) {
		status = sp_engine_carry(next->engine, from->engine, accept_sheet, message);
		return status == SP_OK ? record_config(next, message) : status;
	}
	state = malloc(n);
	if (!state)
		return sp_message_set(message, SP_E_MEMORY, "out of memory");
	sp_engine_save(from->engine, state, n);
	status = sp_engine_restore(next->engine, state, n, message);
	free(state);
	return status;
}

sp_status sp_drive_reload(sp_drive *drive, const sp_config *config, bool accept_sheet, sp_message *message)
{
	sp_drive next = *drive;
	sp_status status = flush(drive, message);

	if (status != SP_OK)
		return status;
	status = build(&next, config, message);
	if (status == SP_OK)
		status = take_over(&next, drive, accept_sheet, message);
	if (status != SP_OK) {
		demolish(&next);
		return status;
	}
	demolish(drive);
	*drive = next;
	return SP_OK;
}

/* --- in --- */

sp_status sp_drive_source(sp_drive *drive, const char *name, uint32_t *slot)
{
	uint32_t known = sp_ids_find(drive->sources, name, strlen(name));

	if (known == SP_NO_SLOT && sp_ids_count(drive->sources) >= SP_SOURCES_MAX)
		return SP_E_FULL;
	return sp_ids_add(drive->sources, name, strlen(name), slot);
}

sp_status sp_drive_take(sp_drive *drive, const sp_signal *signal, sp_refusal *refusal, sp_message *message)
{
	const char *subject = sp_ids_name(drive->setup->names, signal->subject);
	const char *source = sp_ids_name(drive->sources, signal->source);
	sp_refusal answer;
	sp_status status;

	if (!sp_setup_source_may(drive->setup, source, signal->kind, subject)) {
		if (refusal)
			*refusal = SP_REFUSED_source;
		return sp_drive_refuse(drive, SP_REFUSED_source, message);
	}
	status = make_room(drive, message);
	if (status != SP_OK)
		return status;
	sp_inputs_add_signal(drive->inputs, signal, subject, source);
	answer = sp_engine_take(drive->engine, signal);
	if (refusal)
		*refusal = answer;
	return SP_OK;
}

sp_status sp_drive_refuse(sp_drive *drive, sp_refusal refusal, sp_message *message)
{
	sp_status status = make_room(drive, message);

	if (status != SP_OK)
		return status;
	sp_inputs_add_refused(drive->inputs, refusal, 1);
	sp_engine_refuse(drive->engine, refusal, 1);
	return SP_OK;
}

sp_status sp_drive_signal(sp_drive *drive, const sp_signal *signal, const char *subject, const char *source,
                          sp_refusal *refusal, sp_message *message)
{
	sp_signal resolved = *signal;
	sp_refusal why = SP_REFUSED_none;

	resolved.subject = sp_ids_find(drive->setup->names, subject, strlen(subject));
	if (resolved.subject == SP_NO_SLOT)
		why = SP_REFUSED_unknown_subject;
	else if (sp_drive_source(drive, source, &resolved.source) != SP_OK)
		why = SP_REFUSED_source;
	if (why == SP_REFUSED_none)
		return sp_drive_take(drive, &resolved, refusal, message);
	if (refusal)
		*refusal = why;
	return sp_drive_refuse(drive, why, message);
}

static sp_status find_scope(const sp_setup *setup, sp_command *command, const char *subject, sp_message *message)
{
	bool index = command->kind == SP_COMMAND_SET_INDEX; /* of a family, whatever scope it carries */
	uint32_t type = command->scope == SP_SCOPE_POOL && !index ? SP_SUBJECT_POOL : SP_SUBJECT_FAMILY;
	uint32_t slot = sp_ids_find(setup->names, subject, strlen(subject));

	if (command->kind == SP_COMMAND_ALARM || (command->scope == SP_SCOPE_ALL && !index))
		return SP_OK;
	if (slot == SP_NO_SLOT || setup->subjects[slot].type != type)
		return sp_message_set(message, SP_E_UNKNOWN, "there is no %s \"%s\" in the configuration",
		                      type == SP_SUBJECT_POOL ? "pool" : "family", subject);
	command->slot = setup->subjects[slot].slot;
	return SP_OK;
}

sp_status sp_drive_command(sp_drive *drive, const sp_command *command, const char *subject, sp_message *message)
{
	sp_command resolved = *command;
	sp_status status = find_scope(drive->setup, &resolved, subject, message);

	if (status == SP_OK)
		status = make_room(drive, message);
	if (status == SP_OK && sp_engine_command(drive->engine, &resolved) != SP_OK)
		status = sp_message_set(message, SP_E_RANGE, "the engine refuses this command for \"%s\"", subject);
	if (status == SP_OK)
		sp_inputs_add_command(drive->inputs, &resolved, subject);
	return status;
}

/* --- the tick --- */

static sp_status commit(sp_drive *drive, sp_drive_answer *out, sp_message *message)
{
	const sp_tick *tick = drive->tick;
	sp_log_receipt receipt;
	sp_log_tick row = {
	    .t_ns = tick->t_ns,
	    .skipped = tick->skipped,
	    .decisions = tick->decisions,
	    .n_decisions = tick->n_families,
	    .alarms = tick->alarms,
	    .n_alarms = tick->n_alarms,
	    .rollups = tick->rollups,
	    .n_rollups = tick->n_rollups,
	    .taken = tick->taken,
	    .refused = tick->refused,
	};
	sp_status status;

	memcpy(row.config, drive->setup->hash, sizeof row.config);
	row.inputs = sp_inputs_bytes(drive->inputs, &row.n_inputs);
	if (tick->checkpoint_due) {
		sp_engine_save(drive->engine, drive->checkpoint, drive->n_checkpoint);
		row.checkpoint = drive->checkpoint;
		row.n_checkpoint = drive->n_checkpoint;
	}
	status = sp_log_commit(drive->log, &row, &receipt, message);
	if (status != SP_OK)
		return status;
	out->number = receipt.tick;
	out->first_id = receipt.first_id;
	memcpy(out->digest, receipt.digest, sizeof out->digest);
	return SP_OK;
}

sp_status sp_drive_tick(sp_drive *drive, int64_t now_ns, sp_drive_answer *out, sp_message *message)
{
	sp_status status = SP_OK;

	if (now_ns <= sp_engine_now(drive->engine))
		return sp_message_set(message, SP_E_RANGE, "a tick must be later than the one before it");
	if (now_ns >= SP_TIME_MAX_NS)
		return sp_message_set(message, SP_E_RANGE, "a tick must be before the year 2200");
	sp_engine_tick(drive->engine, now_ns, drive->tick);
	*out = (sp_drive_answer){.tick = drive->tick, .number = drive->ticks + 1, .first_id = drive->ids + 1};
	if (drive->log)
		status = commit(drive, out, message);
	else if (drive->digest)
		sp_log_digest(drive->tick->decisions, drive->tick->n_families, out->digest);
	if (status != SP_OK)
		return status;
	sp_inputs_clear(drive->inputs);
	drive->ticks++;
	drive->ids += drive->tick->n_recorded;
	return SP_OK;
}

/* --- elsewhere --- */

sp_status sp_drive_resume(sp_drive *drive, int64_t tick, const uint8_t *checkpoint, size_t n, sp_message *message)
{
	sp_status status = sp_engine_restore(drive->engine, checkpoint, n, message);

	if (status == SP_OK)
		drive->ticks = tick;
	return status;
}

sp_engine *sp_drive_engine(const sp_drive *drive)
{
	return drive->engine;
}

const sp_setup *sp_drive_setup(const sp_drive *drive)
{
	return drive->setup;
}

sp_engine *sp_drive_copy(const sp_drive *drive)
{
	sp_engine *copy = new_engine(drive->setup);

	if (copy)
		sp_engine_fork(copy, drive->engine);
	return copy;
}
