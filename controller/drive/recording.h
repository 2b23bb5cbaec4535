/* recording.h - a decision log read as a recording: inputs and ticks in their order, under the configurations it holds (R16).
 *
 * The same walk serves re-run (compare every digest), replay of a log, and explain (stop before one tick). */
#ifndef SP_DRIVE_RECORDING_H
#define SP_DRIVE_RECORDING_H

#include "controller/engine/inputs.h"
#include "controller/log/log.h"
#include "controller/drive/drive.h"

/* Whoever walks a recording; each is called in order and ends the walk by anything but SP_OK. */
typedef struct sp_recording_visitor {
	void *context;
	sp_status (*input)(void *context, const sp_input *input, sp_message *message);
	sp_status (*tick)(void *context, const sp_log_tick_row *row, sp_message *message);
} sp_recording_visitor;

/* sp_recording_walk - every input and tick after `after_tick`, up to and with `last_tick` (0: all).
 * fails  SP_E_ABSENT inputs are pruned; SP_E_DAMAGED a block is none; what the visitor answers */
sp_status sp_recording_walk(sp_log_file *log, int64_t after_tick, int64_t last_tick,
                            const sp_recording_visitor *visitor, sp_message *message);

/* sp_recording_config - the configuration of a hash, read from the log's own texts; the caller's to close. */
sp_status sp_recording_config(sp_log_file *log, const uint8_t hash[SP_HASH_SIZE], sp_config **config,
                              sp_message *message);

/* sp_recording_apply - gives one recorded signal, refusal or command to a drive (a configuration is not applied here). */
sp_status sp_recording_apply(sp_drive *drive, const sp_input *input, sp_message *message);

#endif
