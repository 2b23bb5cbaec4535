/* score.h - every law on every kind of world and seed: what it made of each, against what could have been made.
 *
 * A world is one piece of work: its baselines are found once (baseline.h), then every law is tried on it, the real engine in a closed loop
 * over the same plant (trial.h). Pieces are shared out over processes (crew.h); what comes of them does not depend on how many. */
#ifndef SP_SIM_SCORE_SCORE_H
#define SP_SIM_SCORE_SCORE_H

#include "sim/score/crew.h"
#include "sim/score/entrant.h"

#define SP_SCORE_ENTRANTS_MAX 64
#define SP_SCORE_WORLDS_MAX   100000
#define SP_SCORE_STAGES_MAX   512 /* changes of a path kept for pictures: 85 days of 4 h */

/* What a law made of a world. */
typedef struct sp_score_row {
	sp_money margin, below;   /* below: lost in periods under cost */
	sp_money clairvoyant;     /* the world's, or this law's own where it was better */
	double offered, rejected; /* resource units */
	double moves_a_day, at_rail, bill_change_p95;
	float path[SP_SCORE_STAGES_MAX]; /* price at the start of each change period, relative to list */
} sp_score_row;

/* A world and what could have been made of it. */
typedef struct sp_score_world {
	uint32_t kind; /* of sp_world_kinds */
	uint32_t n_stages;
	uint64_t seed;
	sp_world_group group;
	sp_money list, fixed, clairvoyant, reserved; /* reserved: sunk, the same for every price, not in the margins */
	double fixed_price, elasticity, days;
	char base[32];                        /* of its demand */
	float best_path[SP_SCORE_STAGES_MAX]; /* the clairvoyant's */
} sp_score_world;

typedef struct sp_score_plan {
	const sp_entrant *entrants;
	uint32_t n_entrants;
	const uint32_t *kinds; /* of sp_world_kinds */
	uint32_t n_kinds;
	uint64_t first_seed;
	uint32_t n_seeds;
	uint32_t moves; /* of the clairvoyant */
	uint32_t jobs;
	sp_world_options options;
	void (*show)(void *context, uint32_t done); /* NULL: nobody looks */
	void *context;
} sp_score_plan;

typedef struct sp_score {
	uint32_t n_worlds, n_entrants;
	sp_score_world *worlds; /* [n_worlds], by kind in the plan's order, then by seed */
	sp_score_row *rows;     /* [n_worlds][n_entrants] */
} sp_score;

/* sp_score_run - tries them all.
 * out    *score, to be closed whatever the answer
 * fails  what a world, a configuration or a trial says; SP_E_MEMORY */
sp_status sp_score_run(const sp_score_plan *plan, sp_score *score, sp_message *message);
void sp_score_close(sp_score *score); /* accepts all zero */

#endif
