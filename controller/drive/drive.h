/* drive.h - what every driver does with the engine: feed it, close its periods, commit or digest what it answers.
 *
 * replay, decide, sim, re-run and the live daemon differ only in where signals come from and who looks at the decisions; the way
 * from one to the other is here, once. Offline a tick is committed where it is made. The daemon commits on another thread: what
 * is to be stored is handed out as a parcel, and signals are taken meanwhile into a second block. One thread. */
#ifndef SP_DRIVE_DRIVE_H
#define SP_DRIVE_DRIVE_H

#include "controller/config/config.h"
#include "controller/engine/engine.h"
#include "controller/engine/inputs.h"
#include "controller/log/log.h"

typedef struct sp_drive sp_drive;

typedef struct sp_drive_options {
	const char *log_path; /* NULL: no log; digests are made all the same */
	const char *vfs;      /* of the log, as in sp_log_options; NULL: the default; tests give a faulty one */
	bool digest;          /* without a log: make digests (a log always has them) */
	bool live;            /* what is to be stored is handed out from the start; as sp_drive_live */
} sp_drive_options;

/* What one tick gave. Lives until the next tick. */
typedef struct sp_drive_answer {
	const sp_tick *tick;
	int64_t number;   /* of the tick, from 1 */
	int64_t first_id; /* of its recorded decisions; the others follow in order */
	uint8_t digest[SP_HASH_SIZE];
} sp_drive_answer;

/* sp_drive_open - an engine of this configuration, and a new log where a path is given (an existing file is refused: a
 * recording is never written over).
 * in     config outlives the drive, or the next sp_drive_reload
 * fails  SP_E_MEMORY; SP_E_DUPLICATE the file exists; what sp_log_open answers */
sp_status sp_drive_open(const sp_config *config, const sp_drive_options *options, sp_drive **drive,
                        sp_message *message);
void sp_drive_close(sp_drive *drive); /* NULL is accepted */

/* sp_drive_source - the slot of a sender's name. SP_E_FULL beyond SP_SOURCES_MAX, SP_E_SYNTAX no id. */
sp_status sp_drive_source(sp_drive *drive, const char *name, uint32_t *slot);

/* sp_drive_message - a sender's message begins. Its seq must be higher than the last of that source; recorded, so that it is known
 * after a crash, too (R12).
 * out    *slot of the source; *missing: messages that its seq says were sent and never came; both may be NULL
 * fails  SP_E_DUPLICATE not higher: nothing was recorded, its records are the caller's to refuse; as sp_drive_source */
sp_status sp_drive_message(sp_drive *drive, const char *source, int64_t seq, uint32_t *slot, uint64_t *missing,
                           sp_message *message);

/* sp_drive_take - one signal, by slots; recorded as an input, then taken or refused. *refusal says which; may be NULL.
 * fails  only when the input could not be stored */
sp_status sp_drive_take(sp_drive *drive, const sp_signal *signal, sp_refusal *refusal, sp_message *message);

/* sp_drive_signal - the same by names: an unknown subject, or a source that may not send it, is refused and counted. */
sp_status sp_drive_signal(sp_drive *drive, const sp_signal *signal, const char *subject, const char *source,
                          sp_refusal *refusal, sp_message *message);

/* sp_drive_refuse - counts n records that never became signals; they are recorded as a number, before the next tick. */
void sp_drive_refuse(sp_drive *drive, sp_refusal refusal, uint32_t n);

/* sp_drive_command - one command; subject: the pool or family of its scope, "" for all.
 * fails  SP_E_UNKNOWN no such subject; what sp_engine_command answers; then nothing was recorded */
sp_status sp_drive_command(sp_drive *drive, const sp_command *command, const char *subject, sp_message *message);

/* sp_drive_reload - takes another configuration up (R17). On failure the old one holds. One of the same text is no change, and no
 * input. */
sp_status sp_drive_reload(sp_drive *drive, const sp_config *config, bool accept_sheet, sp_message *message);

/* sp_drive_tick - closes the period that ends at now_ns: engine, then log.
 * fails  SP_E_RANGE not later than the tick before, or past the permitted times: nothing happened; what sp_log_commit answers:
 *        then the drive is only good for closing */
sp_status sp_drive_tick(sp_drive *drive, int64_t now_ns, sp_drive_answer *tick, sp_message *message);

/* --- live: stored by another thread --- */

/* sp_drive_live - after a re-run: from now on nothing is stored here: what is to be stored is handed out. Inputs gathered so far are forgotten (a
 * re-run's are in the log). Not for a drive with a log of its own (asserted). SP_E_MEMORY. */
sp_status sp_drive_live(sp_drive *drive, sp_message *message);

/* What leaves a drive to be stored. Its memory is the drive's, and stays as it is until sp_drive_stored. */
typedef struct sp_drive_parcel {
	const sp_config *config; /* its texts go first; NULL: they are stored */
	bool is_tick;            /* else inputs alone, which could not wait for their tick (R12) */
	sp_log_tick row;
} sp_drive_parcel;

/* sp_drive_has_room - may one more input come? Each of message, take, command and reload is one; live they must be given none without
 * room (asserted). */
bool sp_drive_has_room(const sp_drive *drive);

/* sp_drive_gathered - the bytes of inputs that wait to be stored, those handed out not counted. */
size_t sp_drive_gathered(const sp_drive *drive);

/* Live a tick's checkpoint is stored each hour, and whenever so many bytes of inputs have come since the last one: some 3 million
 * signals, which a start runs again within a second. */
#define SP_DRIVE_SINCE_MAX (UINT32_C(32) << 20)

/* sp_drive_pack_inputs, sp_drive_pack_tick - hand out the inputs so far, or close the period that ends at now_ns and hand all of it
 * out. One parcel is out at a time (asserted); until it is stored no tick runs and no configuration is taken up, but signals are.
 * fails  pack_tick: as sp_drive_tick */
void sp_drive_pack_inputs(sp_drive *drive, sp_drive_parcel *parcel);
sp_status sp_drive_pack_tick(sp_drive *drive, int64_t now_ns, sp_drive_parcel *parcel, sp_message *message);

/* sp_drive_store - a parcel into a log; after a failure the same parcel may be stored again.
 * out    *receipt, for a tick
 * thread of the log's owner, while the drive's goes on */
sp_status sp_drive_store(sp_log_file *log, const sp_drive_parcel *parcel, sp_log_receipt *receipt, sp_message *message);

void sp_drive_stored(sp_drive *drive);
bool sp_drive_is_out(const sp_drive *drive);

/* What the last tick gave, and its checkpoint: for a clean stop (R13). NULL before the first tick. Live only. */
const sp_tick *sp_drive_last(const sp_drive *drive);
const uint8_t *sp_drive_checkpoint(const sp_drive *drive, size_t *n);

/* --- elsewhere --- */

/* sp_drive_save - a checkpoint of the state now: writes at most sp_drive_save_max bytes, returns how many. */
size_t sp_drive_save_max(const sp_drive *drive);
size_t sp_drive_save(const sp_drive *drive, uint8_t *bytes);

/* sp_drive_resume - puts the engine where a checkpoint was taken (re-run): later ticks are numbered from tick + 1. */
sp_status sp_drive_resume(sp_drive *drive, int64_t tick, const uint8_t *checkpoint, size_t n, sp_message *message);

sp_engine *sp_drive_engine(const sp_drive *drive);
const sp_setup *sp_drive_setup(const sp_drive *drive);

/* sp_drive_copy - a second engine in the state of this one, in memory of its own; free() it. NULL when out of memory. */
sp_engine *sp_drive_copy(const sp_drive *drive);

#endif
