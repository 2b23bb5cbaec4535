/* scene.h - a company at one moment: its configuration, the engine as it stood there, and what was served in the while before.
 *
 * What was served is added up from a log's inputs, record by record. Its hourly rows would not say the same: their means are by records
 * and not by time, and they know whole hours only. They serve where the inputs are pruned, and that is said.
 *
 * The moment is that of a decision log, of traces, or of a configuration alone, to which nothing was ever sent. */
#ifndef SP_CLI_SCENE_H
#define SP_CLI_SCENE_H

#include "cli/exit.h"
#include "cli/tally.h"
#include "controller/drive/rerun.h"
#include "sim/trace/traces.h"

typedef struct sp_scene_asked {
	const char *config;       /* NULL only with a log, which has its own */
	const char *log;          /* a decision log, or NULL */
	const char *const *specs; /* traces, or none */
	uint32_t n_specs;
	bool skip_bad;   /* rows of traces: count and pass over */
	int64_t at_ns;   /* SP_TIME_NEVER: where the recording ends, or now for a configuration alone */
	int64_t over_ns; /* the while before it, > 0 */
} sp_scene_asked;

typedef enum sp_scene_source { SP_SCENE_CONFIG, SP_SCENE_LOG, SP_SCENE_TRACES } sp_scene_source;

typedef struct sp_scene {
	sp_scene_source source;
	const char *name; /* of the file it is from, for messages */
	int64_t t_ns;
	sp_config *config; /* owned, as are drive and tally */
	sp_drive *drive;
	sp_tally *tally;
	const sp_setup *setup;
	const sp_engine *engine;
	bool pruned; /* the recording does not hold the while before any more, not even as hours */
	bool hourly; /* it holds it as hourly rows only */
	uint64_t bad,
	    unmatched; /* rows of traces that were passed over up to the moment; of them those of a name that is not here … */
	sp_exact unmatched_usd; /* … with their dollars */
	char unmatched_name[SP_EXCERPT_MAX];
} sp_scene;

/* sp_scene_open - goes there; says on stderr what is wrong. Close it whatever the answer.
 * fails  SP_EXIT_NEGATIVE the recording does not reach that moment; as the configuration, log or traces say */
sp_exit sp_scene_open(const sp_scene_asked *asked, sp_scene *scene);
void sp_scene_close(sp_scene *scene);

#endif
