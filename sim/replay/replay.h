/* replay.h - recorded signals through the engine: traces, or a decision log, into a log, a summary and a picture. */
#ifndef SP_SIM_REPLAY_REPLAY_H
#define SP_SIM_REPLAY_REPLAY_H

#include <stdio.h>

#include "controller/drive/drive.h"
#include "sim/replay/story.h"
#include "sim/trace/traces.h"

typedef struct sp_replay_options {
	const char *const *specs; /* traces; or one that names a decision log */
	uint32_t n_specs;
	sp_traces_options traces;
	const char *log_path;                                          /* NULL: none */
	void (*progress)(void *context, double share, int64_t now_ns); /* NULL: nobody looks */
	void *context;
} sp_replay_options;

/* What became of one trace, copied when it ended. */
typedef struct sp_replay_trace {
	char spec[512], preset[32];
	sp_trace_counts counts;
	uint64_t given;
	int64_t shift_ns;
} sp_replay_trace;

typedef struct sp_replay_result {
	sp_replay_trace traces[SP_TRACES_MAX];
	uint32_t n_traces;
	sp_story *story; /* the caller's to close */
} sp_replay_result;

/* sp_replay_run - the traces through an engine of this configuration.
 * out    *result, written as far as it came; its story is NULL when nothing began
 * fails  a trace's, the configuration's or the log's error */
sp_status sp_replay_run(const sp_config *config, const sp_replay_options *options, sp_replay_result *result,
                        sp_message *message);

/* sp_replay_log - a decision log as the trace (R16): under `config`, or, when that is NULL, under the configurations it
 * recorded, where they stand. */
sp_status sp_replay_log(const sp_config *config, const char *path, const sp_replay_options *options,
                        sp_replay_result *result, sp_message *message);

#endif
