/* whatif.h - asks the engine what it would have answered had one input been different: forks of the moment before a tick. */
#ifndef SP_SIM_EXPLAIN_WHATIF_H
#define SP_SIM_EXPLAIN_WHATIF_H

#include "controller/drive/rerun.h"

/* One input that can be turned: a kind of signal on one subject, or on several at once (the demand of a pool). */
#define SP_LEVER_NAME_MAX 192

typedef struct sp_lever {
	char name[SP_LEVER_NAME_MAX]; /* "load of us-east/h100", "usd_per_gpu_h of us-east/h100:burst" */
	uint32_t *subjects;
	uint32_t *kinds; /* of each subject */
	uint32_t n, room;
} sp_lever;

/* What the engine answered in one trial. */
typedef struct sp_trial {
	sp_outcome outcome;
	sp_index before, index;
	uint32_t binds;
	const char *reason;
	int64_t t_ns;
} sp_trial;

/* The smallest change of a lever that gives another answer, each way. Where nothing came in this period, that it comes again
 * unchanged may be enough (a stale clock): then only that is asked. */
typedef struct sp_turning {
	bool up_found, down_found, again_found;
	double up, down; /* factors: up > 1, down < 1 */
	sp_trial up_trial, down_trial, again_trial;
} sp_turning;

typedef struct sp_whatif sp_whatif;

/* sp_whatif_open - forks a moment; the moment outlives it. NULL when out of memory. */
sp_whatif *sp_whatif_open(const sp_moment *moment, uint32_t family);
void sp_whatif_close(sp_whatif *whatif);

/* What the engine does answer: the base of every comparison. The decision lives until the next question. */
const sp_decision *sp_whatif_base(sp_whatif *whatif);
const sp_engine *sp_whatif_engine(const sp_whatif *whatif); /* as after the last question */

/* The levers that reach this family: its pool's load, and the price of each signalled lot. Owned by the whatif. */
const sp_lever *sp_whatif_levers(sp_whatif *whatif, uint32_t *n);

/* sp_whatif_turn - the smallest factor up to fourfold, each way, with another outcome or direction; within 0.1 %. */
#define SP_TURN_MAX 4.0
sp_turning sp_whatif_turn(sp_whatif *whatif, const sp_lever *lever);

/* sp_whatif_wait - with every input staying as it is (what is fresh goes on to come): when does the answer change, within a day? False:
 * it does not. */
bool sp_whatif_wait(sp_whatif *whatif, sp_trial *trial);

#endif
