/* baseline.c - see baseline.h. */
#include "sim/score/baseline.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/math.h"
#include "sim/score/foresight.h"

#define FINER 8 /* times, around the best of the half steps */

typedef struct statics {
	const sp_world *world;
	sp_path_rails rails;
	sp_baseline *best;
	double *path, goal;
} statics;

static void statics_try(statics *s, double goal)
{
	goal = sp_clamp(goal, s->rails.low, s->rails.high);
	sp_path_toward(&s->rails, goal, s->path);
	sp_money margin = sp_path_margin(s->world, s->path, s->rails.n);
	if (margin.nano <= s->best->fixed.nano)
		return;
	s->best->fixed = margin;
	s->goal = goal;
	memcpy(s->best->fixed_path, s->path, s->rails.n * sizeof *s->path);
}

static void statics_find(statics *s)
{
	const double half = s->rails.half;

	for (int i = 1; - (i - 1) * half > s->rails.low; i++)
		statics_try(s, -i * half);
	for (int i = 1; (i - 1) * half < s->rails.high; i++)
		statics_try(s, i * half);
	const double middle = s->goal;
	for (int i = 1 - FINER; i < FINER; i++)
		if (i != 0)
			statics_try(s, middle + i * half / FINER);
	s->best->price = sp_exp(s->goal);
}

sp_status sp_baseline_find(const sp_world *world, uint32_t moves, sp_baseline *baseline)
{
	SP_ASSERT(world != NULL && baseline != NULL);
	statics s = {.world = world, .rails = sp_path_rails_of(world), .best = baseline};
	*baseline = (sp_baseline){.n = s.rails.n};
	s.path = calloc(s.rails.n, sizeof *s.path);
	baseline->fixed_path = calloc(s.rails.n, sizeof(double)); /* zeros: list */
	baseline->best_path = calloc(s.rails.n, sizeof(double));
	sp_status status =
	    s.path != NULL && baseline->fixed_path != NULL && baseline->best_path != NULL ? SP_OK : SP_E_MEMORY;
	if (status == SP_OK) {
		baseline->list = baseline->fixed = sp_path_margin(world, s.path, s.rails.n);
		statics_find(&s);
		memcpy(baseline->best_path, baseline->fixed_path, s.rails.n * sizeof *s.path);
		baseline->clairvoyant = baseline->fixed;
		status = sp_foresight_find(world, &s.rails, moves, baseline->best_path, &baseline->clairvoyant);
	}
	free(s.path);
	return status;
}

void sp_baseline_close(sp_baseline *baseline)
{
	free(baseline->fixed_path);
	free(baseline->best_path);
	*baseline = (sp_baseline){0};
}
