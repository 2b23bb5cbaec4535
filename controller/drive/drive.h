/* drive.h - what every driver does with the engine: feed it, close its periods, commit or digest what it answers.
 *
 * replay, decide, sim and re-run differ only in where signals come from and who looks at the decisions; the way from one to
 * the other is here, once. The live daemon walks the same way with sockets at its ends. One thread. */
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

/* sp_drive_take - one signal, by slots; recorded as an input, then taken or refused. *refusal says which; may be NULL.
 * fails  only when the input could not be stored */
sp_status sp_drive_take(sp_drive *drive, const sp_signal *signal, sp_refusal *refusal, sp_message *message);

/* sp_drive_signal - the same by names: an unknown subject, or a source that may not send it, is refused and counted. */
sp_status sp_drive_signal(sp_drive *drive, const sp_signal *signal, const char *subject, const char *source,
                          sp_refusal *refusal, sp_message *message);

/* sp_drive_refuse - counts and records what never became a signal. */
sp_status sp_drive_refuse(sp_drive *drive, sp_refusal refusal, sp_message *message);

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

/* sp_drive_resume - puts the engine where a checkpoint was taken (re-run): later ticks are numbered from tick + 1. */
sp_status sp_drive_resume(sp_drive *drive, int64_t tick, const uint8_t *checkpoint, size_t n, sp_message *message);

sp_engine *sp_drive_engine(const sp_drive *drive);
const sp_setup *sp_drive_setup(const sp_drive *drive);

/* sp_drive_copy - a second engine in the state of this one, in memory of its own; free() it. NULL when out of memory. */
sp_engine *sp_drive_copy(const sp_drive *drive);

#endif
