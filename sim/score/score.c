/* score.c - see score.h. */
#include "sim/score/score.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"
#include "sim/market/trial.h"
#include "sim/score/baseline.h"

typedef struct score_run {
	const sp_score_plan *plan;
	sp_score *score;
} score_run;

static size_t rows_size(const sp_score *score)
{
	return (size_t)score->n_worlds * score->n_entrants * sizeof *score->rows;
}

static size_t worlds_size(const sp_score *score)
{
	return (size_t)score->n_worlds * sizeof *score->worlds;
}

/* --- one world --- */

static void score_keep_path(const sp_world *world, const sp_trial_result *result, float *path)
{
	for (uint32_t k = 0; k < SP_SCORE_STAGES_MAX && k * world->change_periods < world->n_periods; k++)
		path[k] = (float)result->path[k * world->change_periods];
}

static void score_row(const sp_world *world, const sp_trial_result *result, sp_money clairvoyant, sp_score_row *row)
{
	const double days = (double)(world->n_priced * world->period_ns) / (double)SP_DAY;

	*row = (sp_score_row){
	    .margin = result->money.margin,
	    .below = result->money.below,
	    .clairvoyant = clairvoyant.nano > result->money.margin.nano ? clairvoyant : result->money.margin,
	    .offered = result->offered,
	    .rejected = result->rejected,
	    .moves_a_day = result->moves / days,
	    .at_rail = (double)result->at_rail / world->n_priced,
	    .bill_change_p95 = result->bill_change_p95,
	};
	score_keep_path(world, result, row->path);
}

static sp_status score_try(const sp_world *world, const sp_entrant *entrant, sp_score_world *known, sp_score_row *row,
                           sp_message *message)
{
	sp_config *config = NULL;
	sp_trial_result result = {0};
	sp_status status = sp_entrant_config(entrant, world, &config, message);

	if (status == SP_OK) {
		status = sp_trial_run(world, config, NULL, &result, message);
		if (status == SP_OK) {
			score_row(world, &result, known->clairvoyant, row);
			known->reserved = result.money.reserved;
		}
		sp_trial_close(&result);
	}
	sp_config_close(config);
	return status;
}

static sp_status score_baseline(const sp_world *world, uint32_t moves, sp_score_world *known)
{
	sp_baseline baseline;
	sp_status status = sp_baseline_find(world, moves, &baseline);

	if (status == SP_OK) {
		known->list = baseline.list;
		known->fixed = baseline.fixed;
		known->clairvoyant = baseline.clairvoyant;
		known->fixed_price = baseline.price;
		known->n_stages = baseline.n < SP_SCORE_STAGES_MAX ? baseline.n : SP_SCORE_STAGES_MAX;
		for (uint32_t k = 0; k < known->n_stages; k++)
			known->best_path[k] = (float)sp_exp(baseline.best_path[k]);
	}
	sp_baseline_close(&baseline);
	return status;
}

static sp_status score_group(const sp_world_kind *kind, sp_world_group *group, sp_message *message)
{
	sp_world_recipe *recipe = NULL;
	sp_status status = sp_world_recipe_open(kind, &recipe, message);

	if (status == SP_OK)
		*group = sp_world_recipe_group(recipe);
	sp_world_recipe_close(recipe);
	return status;
}

static sp_status score_live(const sp_score_plan *plan, const sp_world *world, sp_score_world *known, sp_score_row *rows,
                            sp_message *message)
{
	known->elasticity = world->traits.elasticity;
	known->days = (double)(world->n_periods * world->period_ns) / (double)SP_DAY;
	snprintf(known->base, sizeof known->base, "%s", world->base);
	sp_status status = score_group(world->kind, &known->group, message);
	if (status == SP_OK)
		status = score_baseline(world, plan->moves, known);
	for (uint32_t i = 0; i < plan->n_entrants && status == SP_OK; i++)
		status = score_try(world, &plan->entrants[i], known, &rows[i], message);
	return status;
}

static void score_show(void *context, uint32_t done)
{
	const score_run *run = context;

	if (run->plan->show != NULL)
		run->plan->show(run->plan->context, done);
}

static sp_status score_piece(void *context, uint32_t piece, sp_message *message)
{
	const score_run *run = context;
	const sp_score_plan *plan = run->plan;
	sp_score_world *known = &run->score->worlds[piece];
	sp_world *world = NULL;

	known->kind = plan->kinds[piece / plan->n_seeds];
	known->seed = plan->first_seed + piece % plan->n_seeds;
	sp_status status = sp_world_open(&sp_world_kinds[known->kind], known->seed, &plan->options, &world, message);
	if (status == SP_OK)
		status = score_live(plan, world, known, &run->score->rows[(size_t)piece * plan->n_entrants], message);
	sp_world_close(world);
	return status;
}

/* --- all --- */

sp_status sp_score_run(const sp_score_plan *plan, sp_score *score, sp_message *message)
{
	score_run run = {plan, score};

	SP_ASSERT(plan != NULL && score != NULL);
	SP_ASSERT(plan->n_kinds > 0 && plan->n_seeds > 0 && plan->n_seeds <= SP_SCORE_WORLDS_MAX / plan->n_kinds);
	*score = (sp_score){.n_worlds = plan->n_kinds * plan->n_seeds, .n_entrants = plan->n_entrants};
	score->worlds = sp_crew_memory(worlds_size(score));
	score->rows = sp_crew_memory(rows_size(score));
	if (score->worlds == NULL || score->rows == NULL)
		return sp_message_set(message, SP_E_MEMORY, "out of memory");
	const sp_crew crew = {
	    .n_pieces = score->n_worlds,
	    .jobs = plan->jobs < score->n_worlds ? plan->jobs : score->n_worlds,
	    .work = score_piece,
	    .show = score_show,
	    .context = &run,
	};
	return sp_crew_run(&crew, message);
}

void sp_score_close(sp_score *score)
{
	sp_crew_forget(score->worlds, worlds_size(score));
	sp_crew_forget(score->rows, rows_size(score));
	*score = (sp_score){0};
}
