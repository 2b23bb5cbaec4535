/* drive.c - a drive's life, and what goes into it: signals, refusals, commands, configurations; see drive.h. */
#include "controller/drive/state.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/failpoint.h"
#include "base/time.h"
#include "controller/drive/keep.h"

#define ALIGNMENT 64

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

sp_inputs *sp_drive_new_inputs(const sp_setup *setup)
{
	size_t size = sp_inputs_size(setup->n_subjects);
	void *memory = aligned(size);

	return memory ? sp_inputs_init(memory, size, setup->n_subjects) : NULL;
}

/* Engine, tick and input blocks of a setup; the drive holds what could be had, for sp_drive_close. */
static sp_status build(sp_drive *drive, const sp_config *config, sp_message *message)
{
	const sp_setup *setup = sp_config_setup(config);
	size_t n_tick = sp_tick_size(setup);
	void *tick = aligned(n_tick);
	bool saves = drive->log || drive->live, whole;

	drive->config = config;
	drive->setup = setup;
	drive->engine = new_engine(setup);
	drive->tick = tick ? sp_tick_init(tick, n_tick, setup) : NULL;
	drive->inputs = sp_drive_new_inputs(setup);
	drive->permits = calloc(setup->n_subjects, sizeof *drive->permits);
	drive->sent = drive->live ? sp_drive_new_inputs(setup) : NULL;
	drive->n_checkpoint = 0;
	drive->checkpoint = drive->engine && saves ? malloc(sp_keep_size_max(drive->engine)) : NULL;
	whole = drive->engine && drive->tick && drive->inputs && drive->permits && (drive->sent || !drive->live) &&
	        (drive->checkpoint || !saves);
	return whole ? SP_OK
	             : sp_message_set(message, SP_E_MEMORY, "out of memory: this configuration needs %zu MB",
	                              (sp_engine_size(setup) + n_tick + sp_inputs_size(setup->n_subjects)) >> 20);
}

static void demolish(sp_drive *drive)
{
	free(drive->engine);
	free(drive->tick);
	free(drive->inputs);
	free(drive->permits);
	free(drive->sent);
	free(drive->checkpoint);
}

/* --- inputs --- */

/* Called before every append: there is room for one more input. */
static sp_status make_room(sp_drive *drive, sp_message *message)
{
	return sp_inputs_has_room(drive->inputs) ? SP_OK : sp_drive_flush(drive, message);
}

/* Its hash stands among the inputs; its texts go into the log with them. The block is empty, so there is room. */
static void record_config(sp_drive *drive)
{
	SP_ASSERT(sp_inputs_has_room(drive->inputs));
	sp_inputs_add_config(drive->inputs, drive->setup->hash);
	drive->unstored = drive->config;
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
	drive->live = options->live;
	drive->sources = sp_ids_open();
	drive->seqs = calloc(SP_SOURCES_MAX, sizeof *drive->seqs);
	if (!drive->sources || !drive->seqs)
		status = sp_message_set(message, SP_E_MEMORY, "out of memory");
	if (status == SP_OK && options->log_path)
		status = open_log(drive, options, message);
	if (status == SP_OK)
		status = build(drive, config, message);
	if (status != SP_OK) {
		sp_drive_close(drive);
		return status;
	}
	record_config(drive);
	*out = drive;
	return SP_OK;
}

void sp_drive_close(sp_drive *drive)
{
	if (!drive)
		return;
	demolish(drive);
	sp_ids_close(drive->sources);
	free(drive->seqs);
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
		if (status == SP_OK)
			record_config(next);
		return status;
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
	sp_drive next;
	sp_status status = drive->live ? SP_OK : sp_drive_flush(drive, message);

	SP_ASSERT(!drive->out && (!drive->live || sp_drive_gathered(drive) == 0));
	if (status != SP_OK)
		return status;
	next = *drive;
	status = build(&next, config, message);
	if (status == SP_OK)
		status = take_over(&next, drive, accept_sheet, message);
	if (status != SP_OK) {
		demolish(&next);
		return status;
	}
	SP_FAILPOINT(reload_before_swap);
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

sp_status sp_drive_message(sp_drive *drive, const char *source, int64_t seq, uint32_t *slot, uint64_t *missing,
                           sp_message *message)
{
	uint32_t at = 0;
	sp_status status = sp_drive_source(drive, source, &at);

	if (status == SP_OK && seq <= drive->seqs[at])
		return SP_E_DUPLICATE;
	if (status == SP_OK)
		status = make_room(drive, message);
	if (status != SP_OK)
		return status;
	if (missing)
		*missing = drive->seqs[at] == 0 ? 0 : (uint64_t)seq - (uint64_t)drive->seqs[at] - 1;
	if (slot)
		*slot = at;
	drive->seqs[at] = seq;
	sp_inputs_add_message(drive->inputs, at, source, seq);
	return SP_OK;
}

/* Patterns are matched once for a source, kind and subject, not for every record. */
static bool may_send(sp_drive *drive, const sp_signal *signal, const char *source, const char *subject)
{
	sp_drive_permit *permit = &drive->permits[signal->subject];

	SP_ASSERT(signal->kind < SP_SIGNAL_KINDS && signal->subject < drive->setup->n_subjects);
	if (permit->source == signal->source + 1 && permit->kinds >> signal->kind & 1)
		return true;
	if (!sp_setup_source_may(drive->setup, source, signal->kind, subject))
		return false;
	if (permit->source != signal->source + 1)
		*permit = (sp_drive_permit){.source = signal->source + 1};
	permit->kinds |= UINT32_C(1) << signal->kind;
	return true;
}

sp_status sp_drive_take(sp_drive *drive, const sp_signal *signal, sp_refusal *refusal, sp_message *message)
{
	const char *subject = sp_ids_name(drive->setup->names, signal->subject);
	const char *source = sp_ids_name(drive->sources, signal->source);
	sp_refusal answer;
	sp_status status;

	if (!may_send(drive, signal, source, subject)) {
		if (refusal)
			*refusal = SP_REFUSED_source;
		sp_drive_refuse(drive, SP_REFUSED_source, 1);
		return SP_OK;
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

void sp_drive_refuse(sp_drive *drive, sp_refusal refusal, uint32_t n)
{
	SP_ASSERT(refusal > SP_REFUSED_none && refusal < SP_REFUSALS);
	drive->refused[refusal] += n;
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
	sp_drive_refuse(drive, why, 1);
	return SP_OK;
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

/* --- elsewhere --- */

size_t sp_drive_save_max(const sp_drive *drive)
{
	return sp_keep_size_max(drive->engine);
}

size_t sp_drive_save(const sp_drive *drive, uint8_t *bytes)
{
	return sp_keep_save(drive->engine, drive->sources, drive->seqs, bytes);
}

sp_status sp_drive_resume(sp_drive *drive, int64_t tick, const uint8_t *checkpoint, size_t n, sp_message *message)
{
	sp_ids *sources = sp_ids_open();
	sp_status status;

	if (!sources)
		return sp_message_set(message, SP_E_MEMORY, "out of memory");
	sp_ids_close(drive->sources);
	drive->sources = sources;
	memset(drive->seqs, 0, SP_SOURCES_MAX * sizeof *drive->seqs);
	memset(drive->permits, 0, drive->setup->n_subjects * sizeof *drive->permits); /* sources have other slots now */
	memset(drive->refused, 0, sizeof drive->refused);
	status = sp_keep_restore(drive->engine, drive->sources, drive->seqs, (sp_keep){checkpoint, n}, message);
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
