/* state.h - a drive, as the files of this room see it. Private to them. */
#ifndef SP_DRIVE_STATE_H
#define SP_DRIVE_STATE_H

#include "controller/drive/drive.h"
#include "controller/engine/inputs.h"

/* Of a subject: what the source that sent of it last was found to be permitted. It stays so while the configuration does. */
typedef struct sp_drive_permit {
	uint32_t source; /* slot + 1; 0: nobody yet */
	uint32_t kinds;  /* bits of sp_signal_kind */
} sp_drive_permit;

_Static_assert(SP_SIGNAL_KINDS <= 32, "a permit has a bit for every kind");

struct sp_drive {
	const sp_config *config;
	const sp_setup *setup;
	sp_engine *engine;
	sp_tick *tick;
	sp_inputs *inputs; /* being filled */
	sp_inputs *sent;   /* live: the block handed out, or an empty one */
	sp_ids *sources;
	int64_t *seqs;            /* of each source's last message; 0: none */
	sp_drive_permit *permits; /* by subject */
	sp_log_file *log;
	const sp_config *unstored; /* among the inputs, its texts not yet in the log */
	uint8_t *checkpoint;
	size_t n_checkpoint;           /* of the last tick's; 0: none was made */
	size_t n_since;                /* live: bytes of inputs handed out since the last checkpoint that was stored */
	uint32_t refused[SP_REFUSALS]; /* not yet among the inputs */
	int64_t ticks, ids;
	bool digest, live, out, ticked;
};

/* drive.c: an empty block of inputs; NULL when out of memory. */
sp_inputs *sp_drive_new_inputs(const sp_setup *setup);

/* period.c: stores the block so far, so that the next input has room (R12). Without a log there is nobody to store it for. */
sp_status sp_drive_flush(sp_drive *drive, sp_message *message);

#endif
