/* rerun.h - runs a log's inputs through the engine again and compares every tick's digest (P11). */
#ifndef SP_SIM_REPLAY_RERUN_H
#define SP_SIM_REPLAY_RERUN_H

#include "controller/log/log.h"
#include "sim/drive/drive.h"

typedef struct sp_rerun_verdict {
	bool sound;
	int64_t ticks, from_tick; /* compared, and where it began: 1, or after a checkpoint where inputs are pruned */
	int64_t first_wrong;      /* tick; 0: none */
	int64_t skipped;          /* ticks of another engine version, not compared (R13) */
} sp_rerun_verdict;

/* sp_rerun_log - re-runs all there is. SP_OK with sound = false when a digest differs. */
sp_status sp_rerun_log(sp_log *log, void (*progress)(void *context, double share), void *context,
                       sp_rerun_verdict *verdict, sp_message *message);

/* sp_rerun_to - a drive in the state before a tick's inputs were applied: for explain. *drive and *config are the caller's. */
sp_status sp_rerun_to(sp_log *log, int64_t tick, sp_drive **drive, sp_config **config, sp_message *message);

#endif
