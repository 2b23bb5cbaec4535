/* period.c - a period closed, and how what it gave is stored: here and now offline, by another thread live. */
#include "controller/drive/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"

/* --- what is to be stored --- */

/* The refusals since the last time become inputs, a number each; what finds no room waits for the next block. */
static void record_refused(sp_drive *drive)
{
	for (uint32_t i = SP_REFUSED_none + 1; i < SP_REFUSALS; i++) {
		if (drive->refused[i] == 0 || !sp_inputs_has_room(drive->inputs))
			continue;
		sp_inputs_add_refused(drive->inputs, (sp_refusal)i, drive->refused[i]);
		sp_engine_refuse(drive->engine, (sp_refusal)i, drive->refused[i]);
		drive->refused[i] = 0;
	}
}

static sp_drive_parcel parcel_of_inputs(const sp_drive *drive, const sp_inputs *inputs)
{
	sp_drive_parcel parcel = {.config = drive->unstored};

	parcel.row.inputs = sp_inputs_bytes(inputs, &parcel.row.n_inputs);
	return parcel;
}

sp_status sp_drive_flush(sp_drive *drive, sp_message *message)
{
	sp_drive_parcel parcel = parcel_of_inputs(drive, drive->inputs);
	sp_status status = SP_OK;

	SP_ASSERT(!drive->live);
	if (drive->log && parcel.row.n_inputs > 0)
		status = sp_drive_store(drive->log, &parcel, NULL, message);
	if (status != SP_OK)
		return status;
	drive->unstored = NULL;
	sp_inputs_clear(drive->inputs);
	return SP_OK;
}

/* --- the tick --- */

static sp_status may_tick(const sp_drive *drive, int64_t now_ns, sp_message *message)
{
	if (now_ns <= sp_engine_now(drive->engine))
		return sp_message_set(message, SP_E_RANGE, "a tick must be later than the one before it");
	if (now_ns >= SP_TIME_MAX_NS)
		return sp_message_set(message, SP_E_RANGE, "a tick must be before the year 2200");
	return SP_OK;
}

/* Closes the period; all that is to be stored of it, but for the checkpoint. */
static sp_drive_parcel close_period(sp_drive *drive, int64_t now_ns)
{
	const sp_tick *tick = drive->tick;
	sp_drive_parcel parcel;

	record_refused(drive);
	sp_engine_tick(drive->engine, now_ns, drive->tick);
	parcel = parcel_of_inputs(drive, drive->inputs);
	parcel.is_tick = true;
	parcel.row.t_ns = tick->t_ns;
	parcel.row.skipped = tick->skipped;
	parcel.row.decisions = tick->decisions;
	parcel.row.n_decisions = tick->n_families;
	parcel.row.alarms = tick->alarms;
	parcel.row.n_alarms = tick->n_alarms;
	parcel.row.rollups = tick->rollups;
	parcel.row.n_rollups = tick->n_rollups;
	parcel.row.taken = tick->taken;
	parcel.row.refused = tick->refused;
	memcpy(parcel.row.config, drive->setup->hash, sizeof parcel.row.config);
	drive->ticked = true;
	return parcel;
}

static void save(sp_drive *drive)
{
	drive->n_checkpoint = sp_drive_save(drive, drive->checkpoint);
}

static void add_checkpoint(sp_drive *drive, sp_drive_parcel *parcel)
{
	if (!drive->tick->checkpoint_due && drive->n_since < SP_DRIVE_SINCE_MAX)
		return;
	drive->n_since = 0;
	parcel->row.checkpoint = drive->checkpoint;
	parcel->row.n_checkpoint = drive->n_checkpoint;
}

static sp_status commit(sp_drive *drive, sp_drive_parcel *parcel, sp_drive_answer *out, sp_message *message)
{
	sp_log_receipt receipt;
	sp_status status;

	if (drive->tick->checkpoint_due)
		save(drive);
	add_checkpoint(drive, parcel);
	status = sp_drive_store(drive->log, parcel, &receipt, message);
	if (status != SP_OK)
		return status;
	out->number = receipt.tick;
	out->first_id = receipt.first_id;
	memcpy(out->digest, receipt.digest, sizeof out->digest);
	return SP_OK;
}

sp_status sp_drive_tick(sp_drive *drive, int64_t now_ns, sp_drive_answer *out, sp_message *message)
{
	sp_status status = may_tick(drive, now_ns, message);
	sp_drive_parcel parcel;

	SP_ASSERT(!drive->live);
	if (status != SP_OK)
		return status;
	parcel = close_period(drive, now_ns);
	*out = (sp_drive_answer){.tick = drive->tick, .number = drive->ticks + 1, .first_id = drive->ids + 1};
	if (drive->log)
		status = commit(drive, &parcel, out, message);
	else if (drive->digest)
		sp_log_digest(drive->tick->decisions, drive->tick->n_families, out->digest);
	if (status != SP_OK)
		return status;
	drive->unstored = NULL;
	sp_inputs_clear(drive->inputs);
	drive->ticks++;
	drive->ids += drive->tick->n_recorded;
	return SP_OK;
}

/* --- live --- */

sp_status sp_drive_live(sp_drive *drive, sp_message *message)
{
	SP_ASSERT(!drive->log && !drive->live);
	drive->sent = sp_drive_new_inputs(drive->setup);
	drive->checkpoint = malloc(sp_drive_save_max(drive));
	if (!drive->sent || !drive->checkpoint)
		return sp_message_set(message, SP_E_MEMORY, "out of memory");
	sp_inputs_clear(drive->inputs);
	drive->unstored = NULL;
	drive->live = true;
	drive->ticked = false;
	return SP_OK;
}

sp_status sp_drive_store(sp_log_file *log, const sp_drive_parcel *parcel, sp_log_receipt *receipt, sp_message *message)
{
	const char *yaml, *sheet;
	size_t n_yaml, n_sheet;
	sp_status status = SP_OK;

	if (parcel->config) {
		sp_config_texts(parcel->config, &yaml, &n_yaml, &sheet, &n_sheet);
		status = sp_log_config(log, sp_config_setup(parcel->config)->hash, yaml, n_yaml, sheet, n_sheet, message);
	}
	if (status != SP_OK)
		return status;
	if (parcel->is_tick)
		return sp_log_commit(log, &parcel->row, receipt, message);
	return sp_log_append(log, parcel->row.inputs, parcel->row.n_inputs, message);
}

bool sp_drive_has_room(const sp_drive *drive)
{
	return sp_inputs_has_room(drive->inputs);
}

size_t sp_drive_gathered(const sp_drive *drive)
{
	size_t n;

	(void)sp_inputs_bytes(drive->inputs, &n);
	return n;
}

/* From now on inputs go into the other block. */
static void hand_out(sp_drive *drive)
{
	sp_inputs *full = drive->inputs;

	SP_ASSERT(drive->live && !drive->out);
	drive->inputs = drive->sent;
	drive->sent = full;
	drive->out = true;
}

void sp_drive_pack_inputs(sp_drive *drive, sp_drive_parcel *parcel)
{
	record_refused(drive);
	*parcel = parcel_of_inputs(drive, drive->inputs);
	drive->n_since += parcel->row.n_inputs;
	hand_out(drive);
}

sp_status sp_drive_pack_tick(sp_drive *drive, int64_t now_ns, sp_drive_parcel *parcel, sp_message *message)
{
	sp_status status = may_tick(drive, now_ns, message);

	if (status != SP_OK)
		return status;
	*parcel = close_period(drive, now_ns);
	save(drive); /* of every tick: a clean stop stores the last one's, and later the state has moved on (R13) */
	drive->n_since += parcel->row.n_inputs;
	add_checkpoint(drive, parcel);
	hand_out(drive);
	return SP_OK;
}

void sp_drive_stored(sp_drive *drive)
{
	SP_ASSERT(drive->out);
	drive->out = false;
	drive->unstored = NULL;
	sp_inputs_clear(drive->sent);
}

bool sp_drive_is_out(const sp_drive *drive)
{
	return drive->out;
}

const sp_tick *sp_drive_last(const sp_drive *drive)
{
	return drive->ticked ? drive->tick : NULL;
}

const uint8_t *sp_drive_checkpoint(const sp_drive *drive, size_t *n)
{
	*n = drive->n_checkpoint;
	return drive->n_checkpoint > 0 ? drive->checkpoint : NULL;
}
