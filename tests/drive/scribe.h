/* scribe.h - writes decision logs as no drive would: inputs that are not what the engine was given, another engine's version,
 * blocks that are none, files rotated away. Their chains are sound; only a re-run can tell. */
#ifndef SP_TESTS_DRIVE_SCRIBE_H
#define SP_TESTS_DRIVE_SCRIBE_H

#include "tests/drive/tape.h"

typedef struct scribe {
	sp_config *config;
	const sp_setup *setup;
	sp_engine *engine;
	sp_tick *tick;
	sp_inputs *inputs;
	sp_log_file *log;
	sp_ids *sources; /* none */
	uint8_t *checkpoint;
	double lie;          /* added to what is written down of each utilization, not to what the engine is given */
	bool checkpoint_due; /* give the next commit one */
} scribe;

void scribe_open(scribe *s, const char *path, uint32_t engine_version);
void scribe_close(scribe *s);

/* One utilization and a tick. */
void scribe_period(scribe *s, int64_t period);
void scribe_periods(scribe *s, int64_t from, int64_t to);

/* A tick whose block of inputs is these bytes. */
void scribe_block(scribe *s, int64_t period, const void *bytes, size_t n);

#endif
