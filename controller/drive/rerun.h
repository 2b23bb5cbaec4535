/* rerun.h - runs a log's inputs through the engine again and compares every tick's digest (P11). */
#ifndef SP_DRIVE_RERUN_H
#define SP_DRIVE_RERUN_H

#include "controller/log/log.h"
#include "controller/drive/drive.h"

typedef struct sp_rerun_verdict {
	bool sound;
	int64_t ticks, from_tick; /* compared, and where it began: 1, or after a checkpoint where inputs are pruned */
	int64_t first_wrong;      /* tick; 0: none */
	int64_t skipped;          /* ticks of another engine version, not compared (R13) */
	bool published;           /* when the last tick was published stands among the inputs after it (R9) */
} sp_rerun_verdict;

/* sp_rerun_log - re-runs all there is. SP_OK with sound = false when a digest differs. */
sp_status sp_rerun_log(sp_log_file *log, void (*progress)(void *context, double share), void *context,
                       sp_rerun_verdict *verdict, sp_message *message);

/* sp_rerun_resume - takes a log up where it ends, to go on with it: from its last checkpoint all inputs are re-run, those that wait
 * for their tick, too, and every digest compared. A checkpoint of another engine version is no use: then all inputs there are.
 *
 * out    *drive, *config: the caller's to close, in that order; both NULL for a log without inputs. verdict: sound = false when a
 *        digest differs, and the drive stands where the re-run came to
 * fails  as sp_rerun_log; then there is nothing to close */
sp_status sp_rerun_resume(sp_log_file *log, sp_drive **drive, sp_config **config, sp_rerun_verdict *verdict,
                          sp_message *message);

/* The moment before a tick: an engine that has not taken its inputs yet, and those inputs. */
typedef struct sp_moment {
	sp_drive *drive;
	sp_config *config;
	sp_input *inputs; /* those since the last configuration, which is applied */
	size_t n_inputs, room;
	int64_t t_ns; /* of the tick */
} sp_moment;

/* sp_rerun_to - goes to the moment before a tick: from the latest checkpoint before it, or from the start. Free it with
 * sp_moment_fini, whatever the answer. */
sp_status sp_rerun_to(sp_log_file *log, int64_t tick, sp_moment *moment, sp_message *message);
void sp_moment_fini(sp_moment *moment);

/* sp_rerun_behind - goes to where the engine stood behind a tick. What was pruned with that very tick's inputs is no hindrance where a
 * checkpoint was taken of it.
 *
 * out    *drive, *config: the caller's to close, in that order
 * fails  as sp_rerun_to; then there is nothing to close */
sp_status sp_rerun_behind(sp_log_file *log, int64_t tick, sp_drive **drive, sp_config **config, sp_message *message);

#endif
