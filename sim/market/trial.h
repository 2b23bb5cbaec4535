/* trial.h - a law tried on a world: the engine and the plant in turns, the loop closed.
 *
 * Each period the plant lives at the prices in force, its signals go to the engine, the engine answers. After the priced part the
 * engine is asked no more; the last price holds to the end and what comes of it counts. */
#ifndef SP_SIM_MARKET_TRIAL_H
#define SP_SIM_MARKET_TRIAL_H

#include "controller/drive/drive.h"
#include "sim/market/plant.h"
#include "sim/replay/story.h"

typedef struct sp_trial_options {
	const char *log_path; /* NULL: none */
	bool story;           /* keep one */
	/* After every period; NULL: nobody looks. `answer` NULL in the tail. Anything but SP_OK ends the run with that status. */
	sp_status (*look)(void *context, const sp_engine *engine, const sp_drive_answer *answer, const sp_plant_flow *flow);
	void *context;
} sp_trial_options;

typedef struct sp_trial_result {
	sp_plant_money money;
	double offered, rejected; /* resource units, over all periods */
	uint32_t moves;           /* changes of the price in force */
	uint32_t at_rail;         /* priced periods at floor or ceiling */
	double bill_change_p95;   /* of the monthly bill's mean price from one week to the next, |log| [1] */
	double *path;             /* owned: [world->n_periods] the price in force, relative to list */
	sp_story *story;          /* owned; NULL: none */
} sp_trial_result;

/* sp_trial_run - config: of this world's kind, under the law tried (sp_world_config).
 * out    *result, to be closed by the caller whatever the answer
 * fails  SP_E_MISMATCH the configuration is not the world's: another period or other SKUs; what the drive or `look` says */
sp_status sp_trial_run(const sp_world *world, const sp_config *config, const sp_trial_options *options,
                       sp_trial_result *result, sp_message *message);
void sp_trial_close(sp_trial_result *result); /* accepts all zero */

#endif
